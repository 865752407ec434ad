"""The rules of our own questionnaire, made from the catalogue: nobody keeps a second list."""

from __future__ import annotations

from typing import Any

from digicit_lib.codebook.definitions import Indicator, Mapped, Rule
from digicit_lib.codebook.indicators import DONT_KNOW, NOT_SAY, scales


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
