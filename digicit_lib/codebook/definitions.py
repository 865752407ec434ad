"""What the YAML of the catalogue and of an instrument may say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from digicit_lib.codebook.answer_texts import answer_code, canonical, column_name, refuse_doubles
from digicit_lib.codebook.people import Bands, names_ages
from digicit_lib.codebook.says import BASES, PARENTS, Says
from digicit_lib.safe import fingerprint

OTHER = "other"
YOUNGEST = 9  # of a younger child a carer tells: it is not asked itself
# What an own indicator need not say. Nobody has judged how sensitive it is, so it counts as sensitive; its
# wording is that of the survey that asks it.
OWN_DEFAULTS: dict[str, Any] = {
    "section": OTHER,
    "competence": "cross",
    "tier": "A",
    "base": "ALL",
    "period": "",
    "scale": "",
    "polarity": "neither",
    "sensitivity": 2,
    "crc": [],
    "gc25": [],
    "source": "own question",
    "certainty": "S",
}
Kind = Literal["share", "numeric", "scale", "distribution"]
Sensitivity = Annotated[int, Field(ge=0, le=3)]


_CODE = re.compile(r"\S*\d\S*")


Column = Annotated[str, BeforeValidator(lambda name: name if name is None else column_name(name))]


Code = Annotated[str, BeforeValidator(canonical)]
Codes = tuple[Code, ...]


class Frozen(BaseModel):
    """Unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(Frozen):
    """One question of a score, a count or an any-of."""

    name: str
    question: str
    minimum_age: int | None = None


class MissingCodes(Frozen):
    """Codes that are no answer; four kinds, because a report tells them apart."""

    dk: Codes = ()
    pnts: Codes = ()
    blank: Codes = ()
    not_asked: tuple[Annotated[Code, BeforeValidator(answer_code)], ...] = ()


class Rule(Frozen):
    """How one value is made: a column's codes, another indicator (`of`), or rules combined.

    `contains` looks for any of some answers in a cell that holds several; `blank: no` reads an empty cell as
    a no, as multiple choices are exported where nothing is ticked, `blank: not_asked` as not asked.
    `complete`: a count says nothing of who left a part out, even where the others decide.
    """

    column: Column | None = None
    yes: Codes = ()
    no: Codes = ()
    contains: Codes = ()
    values: dict[Code, float] = {}
    range: tuple[float, float] | None = None
    blank: Literal["missing", "no", "not_asked"] | None = None
    of: str | None = None
    not_asked: Literal["missing", "no"] = "missing"
    any: tuple[Part, ...] = ()
    all: tuple[Part, ...] = ()
    none: tuple[Part, ...] = ()
    count: tuple[Part, ...] = ()
    mean: tuple[Part, ...] = ()
    at_least: int | None = None
    complete: bool = False
    missing: MissingCodes | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        return self._one_way()

    def _one_way(self) -> Self:
        kinds = [k for k in ("column", "of", "any", "all", "none", "count", "mean") if getattr(self, k)]
        if len(kinds) != 1:
            raise ValueError("a rule has exactly one of: column, of, any, all, none, count, mean")
        ways = (self.yes or self.no, self.contains, self.values, self.range)
        if sum(map(bool, ways)) != (self.column is not None):
            raise ValueError("a column needs exactly one of: yes and no, contains, values, range")
        sides = {"yes": self.yes, "no": self.no, "contains": self.contains, "values": self.values}
        refuse_doubles(sides | (self.missing.model_dump() if self.missing else {}))
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that this rule itself reads."""
        return (self.column,) if self.column else ()

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


class Age(Rule):
    """Age in completed years: a column, or the dates of birth and interview (a column or one date)."""

    born: Column = ""
    interviewed: Column = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Age:
        if bool(self.born) != bool(self.interviewed):
            raise ValueError("age by birth needs both: born, interviewed")
        if self.born and self.column:
            raise ValueError("age is either a column, or born and interviewed")
        return self if self.born else self._one_way()

    @property
    def columns(self) -> tuple[str, ...]:
        dated = re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.interviewed)
        both = (self.born, "" if dated else self.interviewed)
        return tuple(name for name in both if name) or super().columns


class Indicator(Frozen):
    """One indicator: its definition, its question and where it stands in the framework.

    Attributes
    ----------
    id : str
        `ACC-03`, or a variant of it, `RSK-01@yrbs`.
    base : str
        A key of `BASES`, or indicator ids joined by `|` (children with a yes in any of them).
    yes, no : tuple of str
        Answer codes of `scale` that count; `no` empty: every other valid answer.
    categories : dict
        Of a distribution: label to codes; the value is the label's place, from 1.
    items : tuple of Item
        Questions of a score, a count or an any-of, one raw column each.
    column : str
        The raw column, where another indicator's question already asks it.
    says : Says
            Its words in sentences.
    module : str
        The module of the questionnaire that asks it; empty: the base, which every study asks.
    read : tuple of str
        Passages on its topic that were read: keys of `codebooks/read.yaml`.
    lead : int
        Its turn among the leads of its section: 1 speaks first for the section.
    answers : tuple of str
        What the answers that count are called in a survey's file, for a sentence where `says` has none.
    complete : bool
        Whether all items must be answered, even where fewer would decide.
    trend : bool
        Whether a change between waves means anything.
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
    type: Kind = "share"
    unit: str = ""
    polarity: Literal["good", "bad", "neither"]
    sensitivity: Sensitivity
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
    complete: bool = False
    trend: bool = True
    missing: Literal["valid", "as_no"] = "valid"
    implied_no_if: str | None = None
    derived: Part | None = None
    note: str = ""
    module: str = ""
    read: tuple[str, ...] = ()
    says: Says = Says()
    answers: tuple[str, ...] = Field((), exclude=True)
    through: str = Field("", exclude=True, description="whom a base of other answers lets through")
    of_parents: bool = Field(False, exclude=True, description="whether ages are the answerers' children's")

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, fields: Any) -> Any:
        """What most questions share need not be written: they ask of now, and of yes or no count the yes."""
        usual: dict[str, Any] = {"period": "now"}
        of_share = fields.get("type", "share") == "share" and not fields.get("derived")
        if fields.get("scale") == "YN" and of_share:
            usual["yes"] = ["yes"]
        return {**usual, **fields}

    @property
    def several(self) -> bool:
        """Whether a child may tick several answers, which then stand in one cell."""
        return self.scale.startswith("MULTI_")

    @property
    def core(self) -> bool:
        """Whether the indicator belongs to the core, whose contrasts a report declares."""
        return self.tier.startswith("C")

    @property
    def raw(self) -> str:
        """Name of the raw column in our own questionnaire."""
        return self.column or self.id.partition("@")[0].lower().replace("-", "_")

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Raw columns that this indicator itself asks; a question that serves twice is asked once."""
        if self.items:
            return tuple(f"{self.raw}_{i}" for i in range(1, len(self.items) + 1))
        return () if self.derived or self.column else (self.raw,)

    @property
    def asked_of(self) -> Literal["child", "parent"]:
        """Who answers: the child, or the parent or carer."""
        carers = self.base in ("PARENTS", "PAIRS") or self.ages[1] < YOUNGEST
        return "parent" if carers or self.id.startswith("MED-06") else "child"

    @property
    def people(self) -> str:
        """The base in words, without its ages."""
        return self.through or self.population or BASES.get(self.base, "")

    @property
    def base_message(self) -> str:
        """The base in words, with places for its ages where these do not name them: what is translated."""
        if names_ages(self.people, *self.ages):
            return self.people
        ages = "children's ages" if self.of_parents and self.people != PARENTS else "ages"
        return f"{self.people}, {ages} {{low}} " + ("and over" if self.ages[1] >= 99 else "to {high}")

    @property
    def base_text(self) -> str:
        """The base in words, with its ages; `translate` says it in another language, whatever the ages."""
        return self.base_message.replace("{low}", str(self.ages[0])).replace("{high}", str(self.ages[1]))

    @property
    def definition_sha(self) -> str:
        """Twelve hex digits of everything that decides what the number means."""
        aside = {"title", "section", "competence", "tier", "polarity", "sensitivity", "crc", "gc25", "source"}
        aside |= {"certainty", "column", "note", "says", "module", "read", "trend"}
        return fingerprint(self.model_dump(exclude=aside, exclude_defaults=True))[:12]


class Variant(Frozen):
    """What differs from the catalogue's definition in one survey programme."""

    title: str
    numerator: str
    base: str = "ALL"
    population: str = ""
    ages: tuple[int, int]
    period: str = Field(description="the time that the question asks about; empty: it names none")
    question: str
    answers: tuple[str, ...] = Field((), description="the answers that count, as people read them")
    type: Kind | None = None
    missing: Literal["valid", "as_no"] = "valid"
    unit: str = ""
    note: str = ""
    section: str = Field("", description="of an own indicator: a section of the report")
    sensitivity: Sensitivity | None = Field(None, description="of an own indicator; else 2")
    polarity: Literal["good", "bad", "neither"] | None = None
    crc: tuple[int | Literal["OPSC"], ...] = ()
    says: Says | None = None

    def of(self, indicator: Indicator, name: str, source: str) -> Indicator:
        """The catalogue's indicator with this definition in place of its own."""
        inherited = ("id", "section", "competence", "tier", "polarity", "sensitivity", "crc", "gc25")
        fields: dict[str, Any] = {key: getattr(indicator, key) for key in inherited}
        blank = (None, "", ())
        fields |= {n: v for n, v in self if v not in blank or n in ("unit", "note", "period")}
        kind = self.type or indicator.type
        unit = self.unit or ("share" if self.type == "share" else indicator.unit)
        fields |= {"id": name, "scale": "", "certainty": "S", "type": kind, "unit": unit, "source": source}
        fields["says"] = (self.says or Says()).model_copy(update={"lead": indicator.says.lead})
        return Indicator(**fields)

    def new(self, name: str, source: str) -> Indicator:
        """An own indicator, which the catalogue does not have, from what its instrument says of it."""
        fields = {**OWN_DEFAULTS, **{key: value for key, value in self if value not in (None, "", ())}}
        kind = self.type or "share"
        unit = self.unit or {"share": "share", "distribution": "share", "scale": "score 0-100"}.get(kind, "")
        fields |= {"id": name, "type": kind, "unit": unit, "source": source, "certainty": "S"}
        return Indicator(**fields)


class Mapped(Rule):
    """A rule with the variant that it measures and the base that it was asked of."""

    variant: Variant | None = None
    base: Part | None = None

    @property
    def answers_in_words(self) -> tuple[str, ...]:
        """The answers that count, where the file holds them in words; a code such as `1` or `A2` is none.

        Examples
        --------
        >>> Mapped(column="q1", yes=["Every day"], no=["Never"]).answers_in_words
        ('Every day',)
        >>> Mapped(column="q1", yes=["1"], no=["2"]).answers_in_words
        ()
        """
        answers = self.yes or self.contains
        worded = all(re.search(r"[^\W\d_]{2}", a) and not _CODE.fullmatch(a) for a in answers)
        return answers if worded else ()


class Breakdown(Frozen):
    """Groups: codes by level, bands of the age, or weighted thirds of a number.

    `made_of`: a rule over several columns in place of one; a yes is 1 and a no 0.
    """

    column: Column = ""
    made_of: Part | None = None
    levels: dict[str, Codes] = {}
    bands: Bands = ()
    range: tuple[float, float] = (-1e9, 1e9)
    tertiles: tuple[str, str, str] | None = None
    sensitivity: Sensitivity = 0
    missing: MissingCodes = MissingCodes()
    says: tuple[str, str] | None = Field(None, description="first and last group, as they stand after 'of'")
    contains: tuple[str, ...] = Field(
        (), description="indicators that the groups are made of: never a finding"
    )

    @model_validator(mode="after")
    def _apart(self) -> Breakdown:
        refuse_doubles(self.levels | self.missing.model_dump())
        if len(set(self.tertiles or "abc")) < 3:
            raise ValueError("three names for three thirds")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Levels in their order."""
        return tuple(self.levels) or self.bands or self.tertiles or ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that the groups are read from; none for bands of the age."""
        leaves = self.made_of.leaves() if self.made_of else ()
        return tuple(c for leaf in leaves for c in leaf.columns) or (self.column,) * bool(self.column)
