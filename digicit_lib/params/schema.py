"""The shape of a params file, as pydantic models: unknown keys are refused, nothing changes after loading."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from digicit_lib.codebook import Module
from digicit_lib.codebook.people import Bands
from digicit_lib.params.locale import Language
from digicit_lib.params.publication import Publication
from digicit_lib.params.reporting import (
    Day,
    Findings,
    InterviewReporting,
    LegalMinimum,
    Member,
    Outcomes,
    Person,
    Primary,
    Referral,
    Response,
    Stage,
    Thresholds,
    Weighting,
)

Phase = Literal["exploratory", "quantitative", "qualitative"]
Rating = Literal["green", "amber", "red"]

PHASES: tuple[Phase, ...] = ("exploratory", "quantitative", "qualitative")


class Strict(BaseModel):
    """Unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StudySection(Strict):
    """What is studied, where and when; `date` is the date that every published page carries."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 3166 alpha-3 code")]
    date: Annotated[dt.date, Field(ge=dt.date(1990, 1, 1), lt=dt.date(2100, 1, 1))]
    title: str
    wave: str | int
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    partners: tuple[str, ...] = ()
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)] = PHASES
    coverage: str = Field("", description="who and where the study cannot speak for")
    fieldwork_began: dt.date | None = None
    embargo: dt.date | None = Field(None, description="no page is for the public before; every cover says so")
    earlier: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")], ...] = Field(
        (), description="slugs of earlier waves; the first is the nearest"
    )


class Population(Strict):
    """Ages in completed years, both ends included; the base in words."""

    ages: tuple[Annotated[int, Field(ge=0, le=120)], Annotated[int, Field(ge=0, le=120)]]
    base: str
    legal_minimum: LegalMinimum | None = None

    @field_validator("ages")
    @classmethod
    def _ordered(cls, ages: tuple[int, int]) -> tuple[int, int]:
        if ages[0] > ages[1]:
            raise ValueError("the first age must not exceed the second")
        return ages


class File(Strict):
    """One accepted data file; an unknown hash is a warning, or an error with `strict_hash`."""

    name: str
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    rows: int | None = None
    where: str = Field("", description="where a user gets the file")
    note: str = ""
    encoding: str | None = Field(None, description="text encoding, such as cp1251; else it is detected")
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    decimal: Literal[".", ","] | None = None
    header_rows: tuple[Annotated[int, Field(ge=1)], ...] | None = Field(
        None, description="rows of the header, from 1: names, then labels; what stands above is skipped"
    )
    sheet: str | None = Field(None, description="sheet of an Excel workbook; else the largest table")


class SyntheticSurvey(Strict):
    """A demonstration survey, drawn from the catalogue and a seed."""

    kind: Literal["synthetic"]
    seed: int
    n: Annotated[int, Field(ge=200, le=5_000_000)] = 1200


class Microdata(Strict):
    """A real survey file under `$DIGICIT_DATA`, read through an instrument."""

    kind: Literal["microdata"] = "microdata"
    instrument: str
    files: Annotated[tuple[File, ...], Field(min_length=1)]
    strict_hash: bool = False
    filter: dict[str, str | int | float | tuple[str | int | float, ...]] = Field(
        {}, description="column: value, or a list of them: rows of one country of many"
    )


class SyntheticInterviews(Strict):
    """Demonstration interviews, invented and labelled so."""

    kind: Literal["synthetic"]
    seed: int


class CodedInterviews(Strict):
    """A coded qualitative project under `$DIGICIT_DATA`: a project file, or tables of coded segments."""

    kind: Literal["project"] = "project"
    path: str | Annotated[tuple[str, ...], Field(min_length=1)] = Field(description="a file, or one a coder")
    coders: tuple[str, ...] = Field((), description="who coded each file, where it does not say")
    offsets: str = "auto"
    encoding: str = Field("", description="of texts and tables that are not UTF-8, such as cp1251")
    language: str = Field("", description="of transcripts whose language nothing tells")
    columns: dict[str, str] = Field({}, description="our column: the heading in a list of segments")
    preset: Literal["own", "maxqda", "atlasti", "nvivo", "dedoose", "taguette", "segments"] = "own"
    transcripts: str = Field("", description="folder of texts beside a list of segments")
    roster: str = Field("", description="names and pseudonyms: a file elsewhere, or $DIGICIT_ROSTER")
    participants: str = Field("", description="a sheet under $DIGICIT_DATA; digicit sheets writes it")
    sessions: str = Field("", description="a sheet, as participants")
    reviews: str = Field("", description="a sheet, as participants")
    quotations: str = Field("", description="a sheet, as participants")
    flags: str = Field("", description="a sheet, as participants")
    routing: str = Field("", description="a sheet, as participants")
    memos: str = Field("", description="a sheet, as participants: which of the team's notes may be printed")
    summaries: str = Field("", description="a sheet, as participants: the team's words on a theme in a group")
    disagreements: str = Field("", description="a sheet, as participants: what the coders' meeting decided")
    themes: int | tuple[str, ...] = Field(
        (),
        description="the level of the tree, from 1, whose codes are themes, or a list of codes or of groups",
    )
    k: Annotated[int, Field(ge=2)] = 3

    @property
    def paths(self) -> tuple[str, ...]:
        """The files, one or several."""
        return (self.path,) if isinstance(self.path, str) else self.path


class Series(Strict):
    """A further indicator file of the desk review, under `$DIGICIT_DATA`."""

    file: str
    format: Literal["ddf", "wpp", "unicef_connectivity", "tidy", "wdi", "owid", "sdmx"]
    indicator: str = ""
    title: str = ""
    unit: str = ""
    base: str = ""
    definition: str = ""
    citation: str = ""
    licence: str = ""
    vintage: str = ""
    access_date: dt.date | None = None
    source: str = ""


class LandscapeSection(Strict):
    """The desk review: the shipped snapshot, a folder of registers, further series."""

    kind: Literal["files"] = "files"
    folder: str = Field("", description="registers (sources, legal, platforms, stakeholders, timeline)")
    comparison: tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...] = ()
    series: tuple[Series, ...] = ()
    pilot: SyntheticInterviews | None = Field(None, description="a small opt-in pilot (demonstrations only)")
    invented: bool = Field(True, description="whether entries made up for a demonstration are shown")


class Data(Strict):
    """Where each phase's data come from; a phase without data is not run."""

    survey: Annotated[SyntheticSurvey | Microdata, Field(discriminator="kind")] | None = None
    interviews: Annotated[SyntheticInterviews | CodedInterviews, Field(discriminator="kind")] | None = None
    landscape: LandscapeSection | None = None

    @field_validator("survey", "interviews", mode="before")
    @classmethod
    def _real(cls, value: Any, info: ValidationInfo) -> Any:
        kind = "microdata" if info.field_name == "survey" else "project"  # real, unless it says otherwise
        return {"kind": kind, **value} if isinstance(value, Mapping) else value


class Replicates(Strict):
    """Replicate weights; `weights` names the columns, `{1..80}` or a `*` at the end.

    JK2 without `weights` makes them: `strata` are the zones (JKZONE), `psu` their halves (JKREP).
    """

    method: Literal["BRR", "Fay", "JK1", "JK2", "JKn", "bootstrap"]
    weights: str | None = None
    both: bool = Field(False, description="JK2 made here: each half in turn (TIMSS from 2015, PIRLS 2016)")
    fay: Annotated[float, Field(ge=0, lt=1)] = 0.0
    scale: Annotated[
        float | None, Field(gt=0, description="of all squared deviations; empty: the method's own")
    ] = None
    rscales: Annotated[
        tuple[Annotated[float, Field(ge=0)], ...],
        Field(description="one a replicate; JKn: (n-1)/n of its stratum"),
    ] = ()
    mse: bool = Field(
        True, description="deviations around the full-sample estimate, not the replicates' mean"
    )

    @model_validator(mode="after")
    def _scaled(self) -> Replicates:
        if self.method == "JKn" and not self.rscales:
            raise ValueError("JKn needs rscales: (n-1)/n of its stratum, one a replicate")
        if self.method != "JK2" and (self.weights is None or self.both):
            raise ValueError("only JK2 is made here (`both`); else `weights` names the columns")
        return self


class CalibrationSpec(Strict):
    """Weights fitted to known population counts: raking of several margins, or one cross of groups."""

    kind: Literal["linear", "raking", "logit"] = "raking"
    totals: dict[str, dict[str, Annotated[float, Field(gt=0)]]]
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = Field(None, description="least and greatest weight afterwards")
    source: str = Field(description="where the counts come from")


class Design(Strict):
    """Columns of the sample design; empty: the instrument's own."""

    weight: str | None = None
    strata: str | None = None
    psu: str | None = None
    fpc: str | None = None
    nest: bool = Field(False, description="PSU labels start again in each stratum")
    replicates: Replicates | None = None
    lonely: Literal["fail", "adjust", "average", "certainty"] = "fail"
    unweighted: bool = False
    calibration: CalibrationSpec | None = None


class Analysis(Strict):
    """How estimates are made; the defaults are those of the statistical chapter."""

    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    breakdowns: tuple[str, ...] = ("gender", "age_group", "residence", "ses", "disability")
    age_bands: Bands = Field(
        (), description="ages of the groups by age in place of the instrument's, such as 9-16 or 11-15"
    )
    ci: Literal["korn-graubard", "beta", "logit", "wilson"] = "korn-graubard"
    df: Literal["domain", "design"] = "domain"
    primary: Annotated[tuple[Primary, ...], Field(max_length=3)] = ()


class Ethics(Strict):
    """The clearance that questions on sexual abuse need (RSK-18 to RSK-22), and how people were protected.

    All but the clearance is in the authors' words; what stays empty is printed as not reported.
    """

    clearance: str | None = None
    board: str | None = None
    date: Day | None = None
    consent: str = ""
    stop: str = Field("", description="how anyone could skip a question or stop")
    private: str = Field("", description="where and with whom the questions were answered")
    referral: Referral | None = None
    incentives: str = ""
    storage: str = ""
    child_participation: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Ethics:
        if self.clearance and not (self.board and self.date):
            raise ValueError("a clearance needs its board and its date")
        return self


class Assumption(Strict):
    """One assumption, rated for quality and impact."""

    what: str
    quality: Rating
    impact: Rating


class Judgement(Strict):
    """The team's reading of a theme beside a survey indicator."""

    theme: str
    indicator: str
    relation: Literal["agrees", "widens", "contradicts"]
    note: str = ""


class Helpline(Strict):
    """A help service; printed only with its source, verifier and date."""

    name: Person
    number: str
    hours: str = ""
    source: Person
    verified_by: Person
    verified_on: Day


class Run(Strict):
    """Limits of a run, in seconds and megabytes."""

    timeout: Annotated[int, Field(ge=1)] = 600
    cell_timeout: Annotated[int, Field(ge=1)] = 300
    memory_mb: Annotated[int, Field(ge=256)] = 4096


class Disclosure(Strict):
    """AAPOR's eleven items for immediate disclosure; an empty one shows as a gap."""

    collection_strategy: str = ""
    sponsor_and_conductor: str = ""
    instruments: str = ""
    population: str = ""
    sample_recruitment: str = ""
    method_and_mode: str = ""
    dates: str = ""
    sample_sizes_and_precision: str = ""
    weighting: str = ""
    processing_and_checks: str = ""
    limits: str = ""


class Params(Strict):
    """Everything a study's runs need, frozen.

    Attributes
    ----------
    slug : str
        The stem of the params file: it names the output folder and starts every evidence id.
    file : str
        The params file, relative to the root where it can be.
    """

    slug: str
    file: str
    study: StudySection
    population: Population
    data: Data
    modules: tuple[Module, ...] = Field((), description="modules of the questionnaire beside its base")
    design: Design = Design()
    analysis: Analysis = Analysis()
    ethics: Ethics = Ethics()
    team: tuple[Member, ...] = Field((), description="who asked, moderated and coded")
    qualitative: InterviewReporting = InterviewReporting()
    outcomes: dict[Stage, Outcomes] = Field({}, description="AAPOR dispositions, one block a stage")
    response: Response | None = Field(None, description="published response rates, where no counts are known")
    weighting: Weighting = Weighting()
    findings: Findings = Findings()
    thresholds: Thresholds = Thresholds()
    publication: Publication = Publication()
    disclosure: Disclosure = Disclosure()
    coreq: dict[str, str] = Field({}, description="COREQ item number to what the study reports")
    judgements: tuple[Judgement, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    helplines: tuple[Helpline, ...] = ()
    translation_reviewers: dict[Language, str] = {}
    run: Run = Run()

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The study's phases that have data."""
        has = dict(zip(PHASES, (self.data.landscape, self.data.survey, self.data.interviews), strict=True))
        return tuple(phase for phase in self.study.phases if has[phase] is not None)

    @property
    def response_rate(self) -> float | None:
        """The share of the sample that took part, all stages multiplied (RR2 of counts); None: unknown."""
        if self.response:
            return math.prod(stage.took_part / stage.of for stage in self.response.stages)
        rates = [(o.complete + o.partial) / (o.counted - o.not_eligible) for o in self.outcomes.values()]
        return math.prod(rates) if rates else None

    def is_synthetic(self, phase: str) -> bool:
        """Whether the phase's respondents or interviews are invented."""
        source = {"quantitative": self.data.survey, "qualitative": self.data.interviews}.get(phase)
        return source is not None and source.kind == "synthetic"

    def resolved(self) -> dict[str, Any]:
        """All values as plain JSON types, for hashing and for the run record."""
        return self.model_dump(mode="json")
