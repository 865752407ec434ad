"""The rules of our own questionnaire, made from the catalogue: nobody keeps a second list."""

from typing import Any

from digicit_lib.codebook.definitions import Indicator, Mapped, Rule, Says, Variant
from digicit_lib.codebook.indicators import DONT_KNOW, NOT_SAY, catalogue, scales
from digicit_lib.language import N_

SERVICE, LAW = "OPP-16", "OPP-16@law"  # a profile below the age that the service states, that the law sets


def asked_rule(indicator: Indicator) -> Mapped:
    """The rule of an indicator in our own questionnaire: the generated instrument."""
    if indicator.derived:
        return Mapped(**indicator.derived.model_dump(exclude_unset=True))
    if not indicator.items:
        return Mapped(**_column(indicator, indicator.raw))
    parts = tuple(Rule(**_column(indicator, column)) for column in indicator.raw_columns)
    if indicator.type == "scale":
        return Mapped(mean=parts)
    if indicator.type == "numeric":
        return Mapped(count=parts)
    if indicator.at_least == 1:
        return Mapped(any=parts)
    return Mapped(count=parts, at_least=indicator.at_least, complete=indicator.complete)


def _column(indicator: Indicator, column: str) -> dict[str, Any]:
    if indicator.several:
        return {"column": column, "contains": indicator.yes}
    if indicator.range:
        return {"column": column, "range": indicator.range}
    groups = enumerate(indicator.categories.values(), 1)
    values = indicator.values or {code: place for place, codes in groups for code in codes}
    if values:
        return {"column": column, "values": values}
    answers = [code for code in scales()[indicator.scale] if code not in (DONT_KNOW, NOT_SAY)]
    no = indicator.no or tuple(code for code in answers if code not in indicator.yes)
    return {"column": column, "yes": indicator.yes, "no": no}


def below_legal_age(age: int) -> Mapped:
    """Profiles of children below the age that a law in force sets: the questions of `OPP-16`, other ages.

    Parameters
    ----------
    age : int
        Completed years from which the law allows a profile.

    Examples
    --------
    >>> below_legal_age(15).variant.ages
    (9, 14)
    """
    of = catalogue()[SERVICE]
    variant = Variant(
        title=N_("Profile below the age that the law sets"),
        says=Says(
            short=N_("Have a profile below the age of the law"),
            they=N_("have an account on a service for which the law says that they are too young"),
        ),
        numerator=N_("Has a profile on a service, and is younger than the law in force allows"),
        base=of.base,
        ages=(of.ages[0], age - 1),
        period=of.period,
        question=of.question,
    )
    return asked_rule(of).model_copy(update={"variant": variant})
