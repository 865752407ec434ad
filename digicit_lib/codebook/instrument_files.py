"""Instruments: a survey programme's variables, mapped to the indicators once and checked when read."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError

from digicit_lib.codebook.definitions import (
    Age,
    Breakdown,
    Code,
    Codes,
    Frozen,
    Indicator,
    Mapped,
    MissingCodes,
    Part,
)
from digicit_lib.codebook.frames import base_of, population_of
from digicit_lib.codebook.generated import asked_rule
from digicit_lib.codebook.indicators import (
    CONSTRUCTS,
    FOLDER,
    catalogue,
    check_section,
    is_own,
    questionnaire,
    split_id,
)
from digicit_lib.codebook.problems import first_lines, model_problems, placeholders
from digicit_lib.errors import CodebookError, DigicitError, InstrumentError, did_you_mean, nearest
from digicit_lib.language import ASKED
from digicit_lib.safe import Lines, load_yaml


class Surveyed(Frozen):
    """Whom the survey speaks for: `base` in words, ages in completed years, both included."""

    base: str
    ages: tuple[int, int]


class Note(Frozen):
    """A whole sentence about the questionnaire, printed only where one of its indicators is."""

    text: str
    indicators: Annotated[tuple[str, ...], Field(min_length=1, alias="with")]


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
    filter: dict[str, Annotated[Codes | Code, Field(union_mode="left_to_right")]] = Field({})
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
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    def place(self, column: str, otherwise: str = "") -> str:
        """File and line that name a column; the instrument alone where another file names it."""
        return self._places.get(column, otherwise or self.name)

    @property
    def people(self) -> str:
        """Whom the survey asked, in words."""
        return population_of(self.population.base, self.respondents)

    def definition(self, name: str) -> Indicator:
        """The catalogue's indicator, this instrument's variant of it, or an own indicator.

        Raises
        ------
        CodebookError
            An unknown id, or an own one that nothing defines.
        """
        plain, variant = split_id(name)[0], self.indicators[name].variant
        if plain in self.own and not variant:
            return self._asked(self.own[plain])
        if plain in self.own or not is_own(plain):
            indicator = self.own[plain] if plain in self.own else catalogue()[plain]
            if not variant:
                return indicator
            one = variant.of(indicator, name, self.programme)
            # An earlier form of our own question is no more sure than the question is.
            sure = indicator.certainty if self.generated else one.certainty
            return self._asked(one.model_copy(update={"certainty": sure}))
        if variant:
            return self._asked(variant.new(name, self.programme))
        hint = "define it in params/indicators/, or say here: variant: {title: …, question: …, …}"
        raise CodebookError("An own indicator without a definition.", where=self.name, got=name, next=hint)

    def _asked(self, one: Indicator) -> Indicator:
        """With its answers and whom it was asked of in words: all, or those whom its base lets through."""
        one = one.model_copy(update={"answers": one.answers or self.indicators[one.id].answers_in_words})
        if one.population:
            return one.model_copy(update={"of_parents": self.respondents == "parents"})
        through = one.base.split("|") if one.base != "ALL" else ()
        bases = {n: self.definition(form) for form in self.indicators if (n := split_id(form)[0]) in through}
        words = base_of(one, self.respondents, known=bases) if through else self.people
        filtered = not through and self.indicators[one.id].base is not None
        words += ASKED * filtered
        return one.model_copy(update={"population": words, "of_parents": self.respondents == "parents"})

    def columns(self, name: str) -> frozenset[str]:
        """The raw columns that an indicator's answers come from.

        Examples
        --------
        >>> sorted(instrument("ess10").columns("ACC-02@ess"))
        ['netusoft']
        """
        columns: set[str] = set()
        for leaf in self.indicators[name].leaves():
            columns |= {leaf.column} if leaf.column else set()
            columns |= self.columns(leaf.of) if leaf.of in self.indicators else set()
        return frozenset(columns)

    @property
    def not_measured(self) -> tuple[str, ...]:
        """Ids of the base that the instrument does not hold in any variant; a module is a study's choice."""
        measured = {split_id(name)[0] for name in self.indicators}
        return tuple(name for name in questionnaire() if name not in measured)


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
    data, lines = _told(path, ())
    wrong = placeholders(data, lines, path.name)
    if "own" in data:
        wrong.append(DigicitError("Unknown key.", where=f"{path.name}:{lines.get(('own',), 1)}", got="own"))
    try:
        tool = Instrument(**{**data, "name": path.stem, "own": dict(own)})
    except ValidationError as error:
        wrong += model_problems(error, data, lines, path.name, Instrument)
        raise InstrumentError(wrong, file=path.name) from None
    if tool.generated:
        otherwise = {split_id(name)[0] for name in tool.indicators}  # asked in another form
        rules = {i.id: asked_rule(i) for i in catalogue().values() if i.id not in otherwise}
        tool = tool.model_copy(update={"indicators": {**rules, **tool.indicators}})
    wrong += [*_undefined(tool, lines, path.name), *_stray_notes(tool, path.name)]
    if wrong:
        raise InstrumentError(wrong, file=path.name)
    tool._places.update(first_lines(data, lines, path.name))
    return tool


def _told(path: Path, heirs: tuple[Path, ...]) -> tuple[dict[str, Any], Lines]:
    """What a file says over what it `extends`; an indicator or group set to null is not measured."""
    if not path.is_file() or path in heirs:
        hint = did_you_mean(path.stem, instruments()) or "name one of them, or the path of your own file"
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


def _undefined(tool: Instrument, lines: Lines, label: str) -> list[DigicitError]:
    """Indicators that nobody knows, and sections that no report has, each with its line."""
    wrong: list[DigicitError] = []
    for name in tool.indicators:
        where = f"{label}:{lines.get(('indicators', name), 1)}"
        try:
            check_section(tool.definition(name), where)
        except CodebookError as error:
            wrong.append(
                CodebookError(error.what, where=where, got=error.got, allowed=error.allowed, next=error.next)
            )
    return wrong


def _stray_notes(tool: Instrument, label: str) -> Iterator[DigicitError]:
    """Notes stand in a section of the report, and name indicators that exist, as `contains` does."""
    for section in (section for section in tool.notes if section not in CONSTRUCTS):
        where, allowed = f"{label} notes", ", ".join(CONSTRUCTS)
        yield CodebookError("Unknown section.", where=where, got=section, allowed=allowed)
    places = [(f"notes.{s}", i) for s, notes in tool.notes.items() for note in notes for i in note.indicators]
    places += [(f"breakdowns.{b}.contains", i) for b, kind in tool.breakdowns.items() for i in kind.contains]
    mapped = {split_id(name)[0] for name in tool.indicators}
    for where, name in places:
        plain = split_id(name)[0]
        if plain not in catalogue() and plain not in mapped:
            yield CodebookError(
                "Unknown indicator.",
                where=f"{label} {where}",
                got=name,
                allowed="ids of the catalogue",
                next=did_you_mean(plain, catalogue()),
            )
