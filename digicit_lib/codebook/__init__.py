"""The indicator catalogue and the instruments: what is asked, of whom, and what counts as a yes.

The catalogue (`codebooks/catalogue/*.yaml`, one file a construct) is the only list of indicators. An
instrument (`codebooks/instruments/*.yaml`) maps the variables of one survey programme to it once. The
own questionnaire, instrument `digicit`, is generated from the catalogue, so nobody keeps a second list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, ValidationError

from digicit_lib.codebook.definitions import (
    APOSTROPHES,
    BASES,
    Age,
    Breakdown,
    Code,
    Codes,
    Frozen,
    Indicator,
    Item,
    Mapped,
    MissingCodes,
    Note,
    Part,
    Rule,
    Says,
    Surveyed,
    answer_key,
    canonical,
    column_name,
)
from digicit_lib.codebook.problems import placeholders, problems
from digicit_lib.errors import CodebookError, DigicitError, InstrumentError, nearest, suggest
from digicit_lib.language import N_
from digicit_lib.safe import Lines, load_yaml

__all__ = [
    "APOSTROPHES", "BASES", "CLEARANCE_ONLY", "CONSTRUCTS", "DONT_KNOW", "FOLDER", "MODULES", "NOT_ASKED",
    "NOT_SAY", "SCALES", "Age", "Breakdown", "Catalogue", "Indicator", "Instrument", "Item", "Mapped",
    "MissingCodes", "Note", "Rule", "Says", "answer_key", "canonical", "catalogue",
    "column_name", "comparable", "instrument", "instruments", "questionnaire", "split_id",
]  # fmt: skip

FOLDER = Path(__file__).parents[1] / "codebooks"
# Sections of the catalogue in their order, as headings and within a sentence.
SECTIONS = {
    "access": N_("Access"),
    "activities": N_("Activities"),
    "skills": N_("Skills"),
    "risks": N_("Risks"),
    "harm_coping": N_("Harm and coping"),
    "mediation": N_("Mediation"),
    "rights": N_("Rights"),
}
# The same within a sentence.
TOPICS = {
    "access": N_("access"),
    "activities": N_("activities"),
    "skills": N_("skills"),
    "risks": N_("risks"),
    "harm_coping": N_("harm and coping"),
    "mediation": N_("mediation"),
    "rights": N_("rights"),
}
CONSTRUCTS = tuple(SECTIONS)
DONT_KNOW, NOT_SAY, NOT_ASKED = "dk", "pnts", "na"
UNITS = {"share": "share", "distribution": "share", "scale": N_("score 0-100")}
CLEARANCE_ONLY = (
    "RSK-18", "RSK-19", "RSK-20", "RSK-21", "RSK-22", "IBA-01", "IBA-03", "IBA-04", "IBA-05", "IBA-06",
)  # fmt: skip
# What a study may ask beyond the base, a file each of `codebooks/modules`.
MODULES = (
    "ai", "image_abuse", "money_design", "privacy_age", "conflict_civic", "school", "abilities", "wellbeing",
)  # fmt: skip
SCALES: Mapping[str, Mapping[str, str]]


class Instrument(Frozen):
    """One survey programme's variables, mapped to the catalogue once.

    Attributes
    ----------
    design : dict
        `weight`, `strata`, `psu`, `replicates`, or `unweighted: true`: column names in the file.
    bases : dict
        How `NET`, `SCHOOL` and the like are told in this file.
    missing : MissingCodes
        Codes that are no answer wherever a rule names no others; `column_missing` names them by column.
    kind : str
        How people came into the file: a sample survey, a census of schools, or whoever chose to answer.
    respondents : str
        The noun for its people in sentences.
    mode, recruitment, sponsor, conductor : str
        What the programme reports of them; empty: not reported.
    notes : dict
        Whole sentences about the questionnaire by section, each with the indicators that it is true of.
    indicators : dict
        Catalogue id, variant (`RSK-01@yrbs`) or own id to its rule; what is absent is not measured.
    own : dict
        The project's own indicators; no key of the file.
    """

    name: str
    title: str
    programme: str
    citation: str
    licence: str
    where: str
    population: Surveyed
    wave: str = ""
    fieldwork: str = ""
    country: str = ""
    kind: Literal["", "sample survey", "census of schools", "opt-in"] = ""
    respondents: Literal["children", "students", "people", "parents"] = "children"
    mode: str = ""
    recruitment: str = ""
    sponsor: str = ""
    conductor: str = ""
    notes: dict[str, tuple[Note, ...]] = Field({})
    filter: dict[str, Codes | Code] = Field({})
    generated: bool = False
    id: tuple[str, ...] = ()
    age: Age | None = None
    minutes: str = ""
    design: dict[str, Any]
    breakdowns: dict[str, Breakdown] = Field({})
    bases: dict[str, Part] = Field({})
    missing: MissingCodes = MissingCodes()
    column_missing: dict[str, MissingCodes] = Field({})
    indicators: dict[str, Mapped] = Field({})
    own: dict[str, Indicator] = Field({}, exclude=True)

    def definition(self, name: str) -> Indicator:
        """The catalogue's indicator, this instrument's variant of it, or an own indicator.

        Raises
        ------
        CodebookError
            An unknown id, or an own one that nothing defines.
        """
        from digicit_lib.codebook.frames import base_of
        from digicit_lib.codebook.own import is_own

        plain, variant = split_id(name)[0], self.indicators[name].variant
        if plain in self.own and not variant:
            own, asked = self.own[plain], self.population.base
            if own.base != "ALL":
                asked = base_of(own, self.respondents, known=self.own)
            return own if own.population else own.model_copy(update={"population": asked})
        if plain in self.own or not is_own(plain):
            indicator = self.own[plain] if plain in self.own else catalogue()[plain]
            return variant.of(indicator, name, self.population.base, self.programme) if variant else indicator
        if variant:
            return variant.new(name, self.population.base, self.programme)
        hint = "define it in params/indicators/, or say here: variant: {title: …, question: …, …}"
        raise CodebookError("An own indicator without a definition.", where=self.name, got=name, next=hint)

    def columns(self, name: str) -> frozenset[str]:
        """The raw columns that an indicator's answers come from.

        Examples
        --------
        >>> sorted(instrument("ess10").columns("ACC-02@ess"))
        ['netusoft']
        """
        found: set[str] = set()
        for leaf in self.indicators[name].leaves():
            found |= {leaf.column} if leaf.column else set()
            found |= self.columns(leaf.of) if leaf.of in self.indicators else set()
        return frozenset(found)

    @property
    def not_measured(self) -> tuple[str, ...]:
        """Ids of the base that the instrument does not hold in any variant; a module is a study's choice."""
        held = {split_id(name)[0] for name in self.indicators}
        return tuple(name for name in questionnaire() if name not in held)


class Catalogue(dict[str, Indicator]):
    """All indicators by id, in the catalogue's order; an unknown id gets a suggestion."""

    def __missing__(self, name: str) -> Indicator:
        close = suggest(name, self)
        hint = f"did you mean {close}?" if close else "see docs/catalogue.md"
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


def comparable(one: Indicator, other: Indicator) -> str:
    """Why two indicators may not be compared over time or country (rule 7); empty where they may.

    Examples
    --------
    >>> comparable(catalogue()["ACC-03"], catalogue()["ACC-04"])
    'other indicator or variant'
    >>> comparable(catalogue()["ACC-03"], catalogue()["ACC-03"])
    ''
    """
    if one.id != other.id:
        return "other indicator or variant"
    for what in ("ages", "base", "population", "period"):
        if getattr(one, what) != getattr(other, what):
            return f"other {what}"
    if one.definition_sha != other.definition_sha:
        return "other definition"
    return "" if "@" in one.id or "C" in one.tier else "not a core item: countries may reword it"


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
    found: dict[str, Indicator] = {}
    base = [(FOLDER / "catalogue" / f"{name}.yaml", {"section": name}) for name in CONSTRUCTS]
    for path, told in [*base, *((FOLDER / "modules" / f"{name}.yaml", {"module": name}) for name in MODULES)]:
        data, lines = load_yaml(path)
        for name, fields in data.items():
            where = f"{path.name}:{lines[(name,)]}"
            if name in found:
                raise CodebookError("An indicator stands twice.", where=where, got=name)
            unit = UNITS.get(fields.get("type", "share"), "")
            found[name] = _built(Indicator, {"id": name, "unit": unit, **told, **fields}, where)
    from digicit_lib.codebook.links import check_links

    check_links(found, found)
    return Catalogue(found)


def questionnaire(modules: Sequence[str] = ()) -> Catalogue:
    """The indicators that a study asks: the base, and the modules that its params choose.

    Parameters
    ----------
    modules : sequence of str
        Names of `MODULES`.

    Raises
    ------
    CodebookError
        No module of this name.

    Examples
    --------
    >>> len(questionnaire()), len(questionnaire(["wellbeing"]))
    (100, 101)
    """
    if stray := [name for name in modules if name not in MODULES]:
        raise CodebookError("Unknown module.", got=stray[0], allowed=", ".join(MODULES))
    return Catalogue({name: i for name, i in catalogue().items() if not i.module or i.module in modules})


def instruments() -> list[str]:
    """Names of the instruments that digicit ships.

    Examples
    --------
    >>> "digicit" in instruments()
    True
    """
    return sorted(path.stem for path in (FOLDER / "instruments").glob("*.yaml"))


def instrument(name: str, own: Mapping[str, Indicator] | None = None) -> Instrument:
    """An instrument by name, or by the path of its own YAML file.

    Parameters
    ----------
    name : str
        `pisa2018`, `digicit`, or a path that ends in `.yaml` for a survey of your own.
    own : mapping, optional
        The project's own indicators, which a file of one's own may map.

    Returns
    -------
    Instrument

    Raises
    ------
    InstrumentError
        All that is wrong in a file, at once: keys, rules, unknown indicators, placeholders.
    CodebookError
        Unknown name, with a suggestion.

    Examples
    --------
    >>> instrument("digicit").title
    'The own questionnaire of digicit'
    """
    return _instrument(Path(name), own or {}) if name.endswith(".yaml") else _shipped(name)


@cache
def _shipped(name: str) -> Instrument:
    return _instrument(FOLDER / "instruments" / f"{name}.yaml", {})


def _instrument(path: Path, own: Mapping[str, Indicator]) -> Instrument:
    from digicit_lib.codebook.links import stray_notes, undefined

    data, lines = _told(path, ())
    wrong = placeholders(data, lines, path.name)
    if "own" in data:
        wrong.append(DigicitError("Unknown key.", where=f"{path.name}:{lines.get(('own',), 1)}", got="own"))
    try:
        found = Instrument(**{**data, "name": path.stem, "own": dict(own)})
    except ValidationError as error:
        wrong += problems(error, data, lines, path.name, Instrument)
        raise InstrumentError(wrong, file=path.name) from None
    if found.generated:
        from digicit_lib.codebook.generated import asked_rule

        asked = {indicator.id: asked_rule(indicator) for indicator in catalogue().values()}
        found = found.model_copy(update={"indicators": {**asked, **found.indicators}})
    wrong += [*undefined(found, lines, path.name), *stray_notes(found, path.name)]
    if wrong:
        raise InstrumentError(wrong, file=path.name)
    return found


def _told(path: Path, heirs: tuple[Path, ...]) -> tuple[dict[str, Any], Lines]:
    """What a file says over what it `extends`; an indicator or group set to null is not measured."""
    if not path.is_file() or path in heirs:
        close = suggest(path.stem, instruments())
        hint = f"did you mean {close}?" if close else "name one of them, or the path of your own file"
        near = ", ".join(nearest(path.stem, instruments()))
        raise CodebookError("Unknown instrument.", got=path.stem, allowed=near, next=hint)
    data, lines = load_yaml(path)
    if not isinstance(data, dict):
        raise CodebookError("An instrument is a mapping.", where=path.name)
    parent = data.pop("extends", None)
    beside = path.with_name(f"{parent}.yaml")
    shipped = FOLDER / "instruments" / f"{parent}.yaml"
    old = _told(beside if beside.is_file() else shipped, (*heirs, path))[0] if parent else {}
    for part in ("indicators", "breakdowns"):
        both, new = dict(old.get(part, {})), data.get(part) or {}
        both |= {k: {**both.get(k, {}), **v} if isinstance(v, dict) else v for k, v in new.items()}
        data[part] = {key: value for key, value in both.items() if value is not None}
    return {**old, **data}, lines


def _built(kind: type[Any], fields: Mapping[str, Any], where: str) -> Any:
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise CodebookError(
            f"Wrong {kind.__name__.lower()}.", where=f"{where} {path}", got=first["msg"]
        ) from None


@cache
def _scales() -> Mapping[str, Mapping[str, str]]:
    data, _ = load_yaml(FOLDER / "scales.yaml")
    full = {name: {**codes, **data["exits"]} if codes else {} for name, codes in data["scales"].items()}
    return MappingProxyType({name: MappingProxyType(codes) for name, codes in full.items()})


def __getattr__(name: str) -> Any:
    """`SCALES` is read at its first use, so that importing this room stays light."""
    if name == "SCALES":
        return _scales()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
