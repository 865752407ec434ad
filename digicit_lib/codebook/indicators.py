"""The indicators: what is asked, of whom, what counts as a yes; one YAML file a construct or module."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import ValidationError

from digicit_lib.codebook.definitions import OTHER, Indicator
from digicit_lib.codebook.says import BASES
from digicit_lib.errors import CodebookError, did_you_mean, nearest
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.safe import load_yaml

FOLDER = Path(__file__).parents[1] / "codebooks"
# Sections of the catalogue in their order, as headings and within a sentence.
SECTIONS = label_table("sections")
# The same within a sentence.
TOPICS = label_table("topics")
CONSTRUCTS = tuple(SECTIONS)
DONT_KNOW, NOT_SAY, NOT_ASKED = "dk", "pnts", "na"
UNITS = {"share": "share", "distribution": "share", "scale": N_("score 0-100")}
# What a study may ask beyond the base, a file each of `codebooks/modules`.
Module = Literal[
    "ai",
    "image_abuse",
    "money_design",
    "privacy_age",
    "conflict_civic",
    "school",
    "abilities",
    "wellbeing",
    "young",
]
MODULES: tuple[str, ...] = get_args(Module)
OWN_ID = re.compile(r"[A-Z]{2,8}-[A-Z0-9]{1,4}")


class Catalogue(dict[str, Indicator]):
    """All indicators by id, in the catalogue's order; an unknown id gets a suggestion."""

    def __missing__(self, name: str) -> Indicator:
        hint = did_you_mean(name, self) or "see docs/catalogue.md"
        raise CodebookError("Unknown indicator.", got=name, next=hint)


def split_id(name: str) -> tuple[str, str]:
    """An indicator id and its variant, empty for the catalogue's own definition.

    Examples
    --------
    >>> split_id("RSK-01@yrbs"), split_id("ACC-03")
    (('RSK-01', 'yrbs'), ('ACC-03', ''))
    """
    plain, _, variant = name.partition("@")
    return plain, variant


@cache
def clearance_only() -> tuple[str, ...]:
    """The indicators of tier M, which a study asks only with a recorded ethics clearance."""
    return tuple(name for name, one in catalogue().items() if one.tier == "M")


@cache
def catalogue() -> Catalogue:
    """The indicator catalogue, read once.

    Returns
    -------
    Catalogue
        Mapping of id to `Indicator`.

    Raises
    ------
    CodebookError
        When a YAML file of the catalogue is wrong, with its file and id.

    Examples
    --------
    >>> catalogue()["ACC-03"].title
    'Uses the internet daily'
    """
    indicators: dict[str, Indicator] = {}
    base = [(FOLDER / "catalogue" / f"{name}.yaml", {"section": name}) for name in CONSTRUCTS]
    for path, place in [
        *base,
        *((FOLDER / "modules" / f"{name}.yaml", {"module": name}) for name in MODULES),
    ]:
        data, lines = load_yaml(path)
        for name, fields in data.items():
            where = f"{path.name}:{lines[(name,)]}"
            if name in indicators:
                raise CodebookError("An indicator stands twice.", where=where, got=name)
            unit = UNITS.get(fields.get("type", "share"), "")
            indicators[name] = _built(Indicator, {"id": name, "unit": unit, **place, **fields}, where)
    check_links(indicators, indicators)
    return Catalogue({name: _through(one, indicators) for name, one in indicators.items()})


def _through(one: Indicator, indicators: Mapping[str, Indicator]) -> Indicator:
    """With whom its base lets through in words, by what the answers say that it is made of."""
    if one.base in BASES or one.population:
        return one
    words = "children who " + ", or ".join(indicators[name].says.they for name in one.base.split("|"))
    return one.model_copy(update={"through": words})


def questionnaire(modules: Sequence[str] = (), *, legal_age: int = 0) -> Catalogue:
    """The indicators that a study asks: the base, and the modules that its params choose.

    Parameters
    ----------
    modules : sequence of str
        Names of `MODULES`.
    legal_age : int
        Age that the law sets for a profile: children below it are asked for theirs (`OPP-16`), too.

    Raises
    ------
    CodebookError
        No module of this name.

    Examples
    --------
    >>> len(questionnaire()), len(questionnaire(["wellbeing"]))
    (100, 102)
    """
    if stray := [name for name in modules if name not in MODULES]:
        raise CodebookError("Unknown module.", got=stray[0], allowed=", ".join(MODULES))
    form = {name: i for name, i in catalogue().items() if not i.module or i.module in modules}
    low, high = form["OPP-16"].ages
    wider = {"ages": (low, max(high, legal_age - 1))}
    return Catalogue(form | {"OPP-16": form["OPP-16"].model_copy(update=wider)})


def is_own(name: str) -> bool:
    """Whether an id is of the form of own ids and its letters are none of the catalogue's.

    Examples
    --------
    >>> is_own("KEN-01"), is_own("ACC-77"), is_own("gender")
    (True, False, False)
    """
    return bool(OWN_ID.fullmatch(name)) and name.partition("-")[0] not in _letters()


@cache
def _letters() -> frozenset[str]:
    """What the catalogue's ids begin with."""
    return frozenset(name.partition("-")[0] for name in catalogue())


def check_links(known: Mapping[str, Indicator], checked: Mapping[str, Indicator]) -> None:
    """Bases, skips and derived parts name indicators that exist; answer codes stand in their scale.

    Parameters
    ----------
    known, checked : mapping
        The indicators that may be named, and those whose links are looked at.

    Raises
    ------
    CodebookError
    """
    for name, indicator in checked.items():
        links = [*([] if indicator.base in BASES else indicator.base.split("|")), indicator.implied_no_if]
        links += [leaf.of for leaf in (indicator.derived.leaves() if indicator.derived else ())]
        unknown = [link for link in links if link and link not in known]
        if unknown:
            raise CodebookError("An indicator names one that is not there.", where=name, got=unknown[0])
        _check_scale(name, indicator)
        check_section(indicator, name)


def check_section(indicator: Indicator, where: str) -> None:
    """A section that no report has would lose the question without a word.

    Raises
    ------
    CodebookError
    """
    if (section := indicator.section) not in (*CONSTRUCTS, OTHER):
        hint = did_you_mean(section, CONSTRUCTS) or f"leave it out for {OTHER}"
        raise CodebookError(
            "Unknown section.", where=where, got=section, allowed=", ".join(CONSTRUCTS), next=hint
        )


def _check_scale(name: str, indicator: Indicator) -> None:
    """An own indicator may have no scale of the catalogue; its answers are then only those of its rule."""
    scale = {} if indicator.source and not indicator.scale else scales().get(indicator.scale)
    if scale is None:
        allowed = ", ".join(nearest(indicator.scale, scales()))
        raise CodebookError("Unknown answer scale.", where=name, got=indicator.scale, allowed=allowed)
    codes = [*indicator.yes, *indicator.no, *indicator.values, *sum(indicator.categories.values(), ())]
    stray = [code for code in codes if code not in scale]
    if stray:
        allowed = ", ".join(scale)
        raise CodebookError("An answer code is not in its scale.", where=name, got=stray[0], allowed=allowed)


def _built(kind: type[Any], fields: Mapping[str, Any], where: str) -> Any:
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(map(str, first["loc"]))
        what = f"Wrong {kind.__name__.lower()}."
        raise CodebookError(what, where=f"{where} {path}", got=first["msg"]) from None


@cache
def scales() -> Mapping[str, Mapping[str, str]]:
    """Answer scales by name, each code with its words; read at the first use."""
    data, _ = load_yaml(FOLDER / "scales.yaml")
    full = {name: {**codes, **data["exits"]} if codes else {} for name, codes in data["scales"].items()}
    return MappingProxyType({name: MappingProxyType(codes) for name, codes in full.items()})
