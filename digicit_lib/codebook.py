"""The indicator catalogue and the instruments: what is asked, of whom, and what counts as a yes.

The catalogue (`codebooks/catalogue/*.yaml`, one file a construct) is the only list of indicators. An
instrument (`codebooks/instruments/*.yaml`) maps the variables of one survey programme to it once. The
own questionnaire, instrument `digicit`, is generated from the catalogue, so nobody keeps a second list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from digicit_lib.errors import CodebookError, suggest
from digicit_lib.safe import fingerprint, load_yaml

FOLDER = Path(__file__).parent / "codebooks"
CONSTRUCTS = ("access", "activities", "skills", "risks", "harm_coping", "mediation", "rights")
DONT_KNOW, NOT_SAY, NOT_ASKED = "dk", "pnts", "na"
CLEARANCE_ONLY = ("RSK-18", "RSK-19", "RSK-20", "RSK-21", "RSK-22")

BASES: Mapping[str, str] = MappingProxyType(
    {
        "ALL": "all children of these ages",
        "NET": "children who used the internet in the last 3 months",
        "SCHOOL": "children who go to school",
        "PROFILE": "children with their own social media or chat profile",
        "PARENTS": "parents or carers of children who use the internet",
        "PAIRS": "children interviewed together with a parent or carer",
    }
)

SCALES: Mapping[str, Mapping[str, str]]


def canonical(code: object) -> str:
    """An answer code as text, whatever a file format made of it: `1`, `1.0` and `"01 "` are one code.

    Examples
    --------
    >>> canonical(1.0), canonical("01 "), canonical("Yes"), canonical(1.5), canonical("0")
    ('1', '1', 'Yes', '1.5', '0')
    """
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    text = str(code).strip()
    return re.sub(r"^(-?)0*(\d+)(\.0+)?$", r"\1\2", text)


Code = Annotated[str, BeforeValidator(canonical)]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Frozen):
    """One question of a score or of an any-of."""

    name: str
    question: str
    minimum_age: int | None = None


class MissingCodes(_Frozen):
    """Codes that are no answer; four kinds, because a report tells them apart."""

    dk: tuple[Code, ...] = ()
    pnts: tuple[Code, ...] = ()
    blank: tuple[Code, ...] = ()
    not_asked: tuple[Code, ...] = ()


class Rule(_Frozen):
    """How one value is made: a column's codes, another indicator (`of`), or rules combined."""

    column: str | None = None
    yes: tuple[Code, ...] = ()
    no: tuple[Code, ...] = ()
    values: dict[Code, float] = {}
    range: tuple[float, float] | None = None
    of: str | None = None
    not_asked: Literal["missing", "no"] = "missing"
    any: tuple[Part, ...] = ()
    all: tuple[Part, ...] = ()
    none: tuple[Part, ...] = ()
    count: tuple[Part, ...] = ()
    mean: tuple[Part, ...] = ()
    at_least: int | None = None
    missing: MissingCodes | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        kinds = [k for k in ("column", "of", "any", "all", "none", "count", "mean") if getattr(self, k)]
        if len(kinds) != 1:
            raise ValueError("a rule has exactly one of: column, of, any, all, none, count, mean")
        coded = bool(self.yes or self.no) + bool(self.values) + bool(self.range)
        if coded != (self.column is not None):
            raise ValueError("a column needs exactly one of: yes and no, values, range")
        return self

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rules that this one combines."""
        return self.any or self.all or self.none or self.count or self.mean

    def leaves(self) -> Iterator[Rule]:
        """This rule's rules on a column or on an indicator, in order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def _short_rule(value: object) -> object:
    """`{any: [RSK-05, RSK-06]}`: a bare id stands for `{of: id}`."""
    return {"of": value} if isinstance(value, str) else value


Part = Annotated[Rule, BeforeValidator(_short_rule)]


class Indicator(_Frozen):
    """One indicator: its definition, its question and where it stands in the framework.

    Attributes
    ----------
    id : str
        `ACC-03`, or a variant of it, `RSK-01@yrbs`.
    base : str
        A key of `BASES`, or indicator ids joined by `|` (children with a yes in any of them).
    yes, no : tuple of str
        Answer codes of `scale` that count; `no` empty: every other valid answer.
    items : tuple of Item
        Questions of a score, a count or an any-of, one raw column each.
    definition_sha : str
        Only estimates with the same one are compared.
    """

    id: str
    title: str
    section: str
    competence: Literal["judge", "create", "navigate", "consume", "cross"]
    tier: Literal["C", "O", "A", "C/A", "M"]
    numerator: str
    base: str = "NET"
    population: str = ""
    ages: tuple[int, int]
    period: str
    scale: str
    type: Literal["share", "numeric", "scale", "distribution"] = "share"
    unit: str = ""
    polarity: Literal["good", "bad", "neither"]
    sensitivity: Annotated[int, Field(ge=0, le=3)]
    crc: tuple[int | Literal["OPSC"], ...]
    gc25: tuple[Annotated[int, Field(ge=1, le=125)], ...]
    source: str
    certainty: Literal["S", "I", "P"]
    question: str = ""
    column: str = ""
    items: tuple[Item, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    values: dict[str, float] = {}
    range: tuple[float, float] | None = None
    categories: dict[str, tuple[str, ...]] = {}
    at_least: int = 1
    missing: Literal["valid", "as_no"] = "valid"
    implied_no_if: str | None = None
    derived: Part | None = None
    note: str = ""

    @property
    def construct(self) -> str:  # type: ignore[override]
        """The construct, which is also the report's section: `access`, `risks`, …."""
        return self.section

    @property
    def raw(self) -> str:
        """Name of the raw column in our own questionnaire; an item that serves twice is asked once."""
        return self.column or self.id.partition("@")[0].lower().replace("-", "_")

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Raw columns that this indicator itself asks."""
        if self.items:
            return tuple(f"{self.raw}_{i}" for i in range(1, len(self.items) + 1))
        return () if self.derived or self.column else (self.raw,)

    @property
    def asked_of(self) -> Literal["child", "parent"]:
        """Who answers: the child, or the parent or carer."""
        return "parent" if self.base in ("PARENTS", "PAIRS") or self.id.startswith("MED-06") else "child"

    @property
    def base_text(self) -> str:
        """The base in words, with its ages."""
        words = BASES.get(self.base) or "children with a yes in " + " or ".join(self.base.split("|"))
        low, high = self.ages
        return f"{self.population or words}, ages {low} " + ("and over" if high >= 99 else f"to {high}")

    @property
    def definition_sha(self) -> str:
        """Twelve hex digits of everything that decides what the number means."""
        aside = {"title", "section", "competence", "tier", "polarity", "sensitivity", "crc", "gc25", "source"}
        facts = self.model_dump(exclude={*aside, "certainty", "column", "note"}, exclude_defaults=True)
        return fingerprint(facts)[:12]


class Variant(_Frozen):
    """What differs from the catalogue's definition in one survey programme."""

    title: str
    numerator: str
    base: str = "ALL"
    population: str = ""
    ages: tuple[int, int]
    period: str
    question: str
    type: Literal["share", "numeric", "scale", "distribution"] | None = None
    missing: Literal["valid", "as_no"] = "valid"
    unit: str = ""
    note: str = ""


class Mapped(Rule):
    """A rule with the variant that it measures and the base that it was asked of."""

    variant: Variant | None = None
    base: Part | None = None


class Breakdown(_Frozen):
    """Groups: codes by level, bands of the age, or weighted thirds of a number."""

    column: str = ""
    levels: dict[str, tuple[Code, ...]] = {}
    bands: tuple[str, ...] = ()
    range: tuple[float, float] = (-1e9, 1e9)
    tertiles: tuple[str, str, str] | None = None
    sensitivity: Annotated[int, Field(ge=0, le=3)] = 0
    missing: MissingCodes = MissingCodes()

    @property
    def names(self) -> tuple[str, ...]:
        """Levels in their order."""
        return tuple(self.levels) or self.bands or self.tertiles or ()


class Surveyed(_Frozen):
    """Whom the survey speaks for: `base` in words, ages in completed years, both included."""

    base: str
    ages: tuple[int, int]


class Instrument(_Frozen):
    """One survey programme's variables, mapped to the catalogue once.

    Attributes
    ----------
    design : dict
        `weight`, `strata`, `psu`, `replicates`, or `unweighted: true`: column names in the file.
    bases : dict
        How `NET`, `SCHOOL` and the like are told in this file.
    missing : MissingCodes
        Codes that are no answer wherever a rule names no others.
    indicators : dict
        Catalogue id or variant (`RSK-01@yrbs`) to its rule; what is absent is not measured.
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
    filter: dict[str, Code] = {}
    generated: bool = False
    id: tuple[str, ...] = ()
    age: Rule | None = None
    minutes: str = ""
    design: dict[str, Any]
    breakdowns: dict[str, Breakdown] = {}
    bases: dict[str, Part] = {}
    missing: MissingCodes = MissingCodes()
    indicators: dict[str, Mapped] = {}

    def definition(self, name: str) -> Indicator:
        """The catalogue's indicator, or this instrument's variant of it."""
        plain, _ = split_id(name)
        indicator = catalogue()[plain]
        variant = self.indicators[name].variant
        if variant is None:
            return indicator
        changed = {key: value for key, value in variant if value is not None}
        changed["unit"] = variant.unit or ("share" if variant.type == "share" else indicator.unit)
        rule: dict[str, Any] = {
            "scale": "",
            "yes": (),
            "no": (),
            "values": {},
            "range": None,
            "categories": {},
            "items": (),
        }
        fixed = {"implied_no_if": None, "derived": None, "column": "", "certainty": "S"}
        population = variant.population or self.population.base
        where = {"id": name, "population": population, "source": self.programme}
        return indicator.model_copy(update={**rule, **fixed, **changed, **where})

    @property
    def not_measured(self) -> tuple[str, ...]:
        """Catalogue ids that the instrument does not hold in any variant."""
        held = {split_id(name)[0] for name in self.indicators}
        return tuple(name for name in catalogue() if name not in held)


class Catalogue(Mapping[str, Indicator]):
    """All indicators by id, in the catalogue's order; an unknown id gets a suggestion."""

    def __init__(self, indicators: Mapping[str, Indicator]) -> None:
        self._indicators = dict(indicators)

    def __getitem__(self, name: str) -> Indicator:
        if name not in self._indicators:
            close = suggest(name, self._indicators)
            hint = f"did you mean {close}?" if close else "see docs/catalogue.md"
            raise CodebookError("Unknown indicator.", got=name, next=hint)
        return self._indicators[name]

    def __contains__(self, name: object) -> bool:
        return name in self._indicators

    def __iter__(self) -> Iterator[str]:
        return iter(self._indicators)

    def __len__(self) -> int:
        return len(self._indicators)


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
    for construct in CONSTRUCTS:
        path = FOLDER / "catalogue" / f"{construct}.yaml"
        data, lines = load_yaml(path)
        for name, fields in data.items():
            where = f"{path.name}:{lines[(name,)]}"
            if name in found:
                raise CodebookError("An indicator stands twice.", where=where, got=name)
            unit = {"share": "share", "distribution": "share", "scale": "score 0-100"}.get(fields.get("type", "share"), "")
            found[name] = _built(Indicator, {"id": name, "section": construct, "unit": unit, **fields}, where)
    _check_links(found)
    return Catalogue(found)


def _check_links(found: Mapping[str, Indicator]) -> None:
    """Bases, skips and derived parts name indicators that exist; answer codes stand in their scale."""
    for name, indicator in found.items():
        links = [*([] if indicator.base in BASES else indicator.base.split("|")), indicator.implied_no_if]
        links += [leaf.of for leaf in (indicator.derived.leaves() if indicator.derived else ())]
        unknown = [link for link in links if link and link not in found]
        if unknown:
            raise CodebookError("An indicator names one that is not there.", where=name, got=unknown[0])
        scale = _scales().get(indicator.scale)
        if scale is None:
            raise CodebookError("Unknown answer scale.", where=name, got=indicator.scale)
        codes = [*indicator.yes, *indicator.no, *indicator.values, *sum(indicator.categories.values(), ())]
        stray = [code for code in codes if code not in scale]
        if stray:
            raise CodebookError(
                "An answer code is not in its scale.", where=name, got=stray[0], allowed=", ".join(scale)
            )


def instruments() -> list[str]:
    """Names of the instruments that digicit ships.

    Examples
    --------
    >>> "digicit" in instruments()
    True
    """
    return sorted(path.stem for path in (FOLDER / "instruments").glob("*.yaml"))


@cache
def instrument(name: str) -> Instrument:
    """An instrument by name, or by the path of its own YAML file.

    Parameters
    ----------
    name : str
        `pisa2018`, `digicit`, or a path that ends in `.yaml` for a survey of your own.

    Returns
    -------
    Instrument

    Raises
    ------
    CodebookError
        Unknown name (with a suggestion), a wrong key, an unknown indicator.

    Examples
    --------
    >>> instrument("digicit").title
    'The own questionnaire of digicit'
    """
    path = Path(name) if name.endswith(".yaml") else FOLDER / "instruments" / f"{name}.yaml"
    if not path.is_file():
        close = suggest(name, instruments())
        hint = f"did you mean {close}?" if close else "name one of them, or the path of your own file"
        raise CodebookError("Unknown instrument.", got=name, allowed=", ".join(instruments()), next=hint)
    data = _with_parent(path)
    found: Instrument = _built(Instrument, {**data, "name": path.stem}, path.name)
    if found.generated:
        own = {i.id: _own_rule(i) for i in catalogue().values()}
        found = found.model_copy(update={"indicators": {**own, **found.indicators}})
    for key in found.indicators:
        found.definition(key)
    return found


def _with_parent(path: Path) -> dict[str, Any]:
    """A further wave names only what differs (`extends`); an indicator set to null is not measured."""
    data, _ = load_yaml(path)
    parent = data.pop("extends", None)
    if parent:
        old = _with_parent(path.with_name(f"{parent}.yaml"))
        for part in ("indicators", "breakdowns"):
            new = data.get(part, {})
            data[part] = {**old[part], **{k: v and {**old[part].get(k, {}), **v} for k, v in new.items()}}
        data = {**old, **data}
    for part in ("indicators", "breakdowns"):
        data[part] = {key: value for key, value in data.get(part, {}).items() if value is not None}
    return dict(data)


def _own_rule(indicator: Indicator) -> Mapped:
    """The rule of an indicator in our own questionnaire: the generated instrument."""
    if indicator.derived:
        return Mapped(**indicator.derived.model_dump(exclude_unset=True))
    if not indicator.items:
        return Mapped(**_own_column(indicator, indicator.raw))
    parts = tuple(Rule(**_own_column(indicator, column)) for column in indicator.raw_columns)
    if indicator.type == "scale":
        return Mapped(mean=parts)
    if indicator.type == "numeric":
        return Mapped(count=parts)
    return Mapped(any=parts) if indicator.at_least == 1 else Mapped(count=parts, at_least=indicator.at_least)


def _own_column(indicator: Indicator, column: str) -> dict[str, Any]:
    if indicator.range:
        return {"column": column, "range": indicator.range}
    groups = enumerate(indicator.categories.values(), 1)
    values = indicator.values or {code: place for place, codes in groups for code in codes}
    if values:
        return {"column": column, "values": values}
    answers = [code for code in _scales()[indicator.scale] if code not in (DONT_KNOW, NOT_SAY)]
    no = indicator.no or tuple(code for code in answers if code not in indicator.yes)
    return {"column": column, "yes": indicator.yes, "no": no}


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
