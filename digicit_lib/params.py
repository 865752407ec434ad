"""A study's parameters: `params/<study>.yaml` over `params/defaults.yaml`, checked whole, then frozen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from digicit_lib.errors import DigicitError, ParamsError, suggest
from digicit_lib.safe import Lines, load_yaml

PHASES = ("exploratory", "quantitative", "qualitative")
LANGUAGES = ("en", "ru", "uk", "tr")
SLUG = re.compile(r"[a-z][a-z0-9_]{0,60}")

Phase = Literal["exploratory", "quantitative", "qualitative"]
Language = Literal["en", "ru", "uk", "tr"]
Rating = Literal["green", "amber", "red"]


class Strict(BaseModel):
    """Unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Study(Strict):
    """What is studied, where and when; `date` is the date that every published page carries."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 3166 alpha-3 code")]
    date: dt.date
    title: str
    wave: str | int
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    partners: tuple[str, ...] = ()
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)] = PHASES
    coverage: str = Field("", description="who and where the study cannot speak for")


class Population(Strict):
    """Ages in completed years, both ends included; the base in words."""

    ages: tuple[Annotated[int, Field(ge=0, le=120)], Annotated[int, Field(ge=0, le=120)]]
    base: str

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


class SyntheticSurvey(Strict):
    """A demonstration survey, drawn from the catalogue and a seed."""

    kind: Literal["synthetic"]
    seed: int
    n: Annotated[int, Field(ge=200, le=5_000_000)] = 1200


class Microdata(Strict):
    """A real survey file under `$DIGICIT_DATA`, read through an instrument."""

    kind: Literal["microdata"]
    instrument: str
    files: Annotated[tuple[File, ...], Field(min_length=1)]
    strict_hash: bool = False
    filter: dict[str, str | int | float] = Field({}, description="column: value, rows of one country of many")


class SyntheticInterviews(Strict):
    """Demonstration interviews, invented and labelled so."""

    kind: Literal["synthetic"]
    seed: int


class CodedProject(Strict):
    """A coded qualitative project under `$DIGICIT_DATA`: a folder of tables or a project file."""

    kind: Literal["project"]
    path: str
    review: str = Field("", description="file with the signed reviews, relative to `path`")
    offsets: str = "auto"
    k: Annotated[int, Field(ge=2)] = 3


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


class Landscape(Strict):
    """The desk review: the shipped snapshot, a folder of registers, further series."""

    kind: Literal["files"] = "files"
    folder: str = Field("", description="registers (sources, legal, platforms, stakeholders, timeline)")
    comparison: tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...] = ()
    series: tuple[Series, ...] = ()
    pilot: SyntheticInterviews | None = Field(None, description="a small opt-in pilot (demonstrations only)")


class Data(Strict):
    """Where each phase's data come from; a phase without data is not run."""

    survey: Annotated[SyntheticSurvey | Microdata, Field(discriminator="kind")] | None = None
    interviews: Annotated[SyntheticInterviews | CodedProject, Field(discriminator="kind")] | None = None
    landscape: Landscape | None = None


class Replicates(Strict):
    """Given replicate weights; `weights` names the columns, `{1..80}` or a `*` at the end."""

    method: Literal["BRR", "Fay", "JK1", "JKn", "bootstrap"]
    weights: str
    fay: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Design(Strict):
    """Columns of the sample design; empty: the instrument's own."""

    weight: str | None = None
    strata: str | None = None
    psu: str | None = None
    fpc: str | None = None
    replicates: Replicates | None = None
    lonely: Literal["fail", "adjust", "average", "certainty"] = "fail"
    unweighted: bool = False


class Analysis(Strict):
    """How estimates are made; the defaults are those of the statistical chapter."""

    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    breakdowns: tuple[str, ...] = ("gender", "age_group", "residence", "ses", "disability")
    ci: Literal["korn-graubard", "beta", "logit", "wilson"] = "korn-graubard"
    df: Literal["domain", "design"] = "domain"


class Ethics(Strict):
    """The clearance that questions on sexual abuse need (RSK-18 to RSK-22)."""

    clearance: str | None = None
    board: str | None = None
    date: dt.date | None = None

    @model_validator(mode="after")
    def _whole(self) -> Ethics:
        if self.clearance and not (self.board and self.date):
            raise ValueError("a clearance needs its board and its date")
        return self


class Publication(Strict):
    """Thresholds under which a number is marked or hidden."""

    min_base: Annotated[int, Field(ge=1)] = 25
    caution_base: Annotated[int, Field(ge=1)] = 50
    min_cell: Annotated[int, Field(ge=1)] = 5
    min_cell_sensitive: Annotated[int, Field(ge=1)] = 10


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

    name: str
    number: str
    hours: str = ""
    source: str
    verified_by: str
    verified_on: dt.date


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
    study: Study
    population: Population
    data: Data
    design: Design = Design()
    analysis: Analysis = Analysis()
    ethics: Ethics = Ethics()
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
        has = {
            "exploratory": self.data.landscape,
            "quantitative": self.data.survey,
            "qualitative": self.data.interviews,
        }
        return tuple(phase for phase in self.study.phases if has[phase] is not None)

    def is_synthetic(self, phase: str) -> bool:
        """Whether the phase's respondents or interviews are invented."""
        source = {"quantitative": self.data.survey, "qualitative": self.data.interviews}.get(phase)
        return source is not None and source.kind == "synthetic"

    def resolved(self) -> dict[str, Any]:
        """All values as plain JSON types, for hashing and for the run record."""
        return self.model_dump(mode="json")


def find_root(start: Path | None = None) -> Path:
    """The first folder upwards that holds `params/` and `pyproject.toml`.

    Raises
    ------
    DigicitError
        Outside a digicit folder.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "params").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise DigicitError(
        "This is not inside a digicit folder.",
        where=str(here),
        allowed="a folder with params/ and pyproject.toml in it or above it",
        next="change into the project's folder",
    )


def studies(root: Path) -> list[str]:
    """Slugs of all studies in `params/`: not the defaults, not review files, not the examples."""
    names = (path.stem for path in sorted((root / "params").glob("*.yaml")))
    return [name for name in names if name != "defaults" and not name.endswith(".review")]


def params_path(study: str | Path, root: Path) -> Path:
    """The file of a study given by slug or by file name.

    Raises
    ------
    DigicitError
        With the likeliest meant study.
    """
    text = str(study)
    if text.endswith((".yaml", ".yml")):
        for path in (Path(text), root / text):
            if path.is_file():
                return path.resolve()
        raise DigicitError("The params file is not there.", got=text, next="ls params/examples")
    path = root / "params" / f"{text}.yaml"
    if SLUG.fullmatch(text) and text in studies(root):
        return path
    known = studies(root)
    close = suggest(text.lower(), known)
    hint = f"did you mean {close}? digicit run {close}" if close else "digicit list"
    raise DigicitError("Unknown study.", got=text, allowed=", ".join(known), next=hint)


def load_params(study: str | Path, root: Path | None = None) -> Params:
    """Read a study's params file over the defaults.

    Parameters
    ----------
    study : str or Path
        A slug (`turkey`) or a params file (`params/examples/turkey_pisa2018.yaml`).
    root : Path, optional
        The project folder; found from the working directory when not given.

    Returns
    -------
    Params

    Raises
    ------
    ParamsError
        All problems of the file at once, each with its line.
    DigicitError
        Unknown study, or YAML that cannot be read.
    """
    root = root or find_root()
    path = params_path(study, root)
    label = _label(path, root)
    if not SLUG.fullmatch(path.stem):
        raise DigicitError(
            "A study's file name is its slug.", got=path.name, allowed="a-z, 0-9, _ (turkey.yaml)"
        )
    raw, lines = _read(path, label)
    defaults_path = root / "params" / "defaults.yaml"
    base, _ = _read(defaults_path, _label(defaults_path, root)) if defaults_path.is_file() else ({}, {})
    merged = _merge(base, raw)
    try:
        return Params(slug=path.stem, file=label, **merged)
    except ValidationError as error:
        raise ParamsError(_problems(error, merged, lines, label), file=label) from None


def json_schema() -> dict[str, Any]:
    """JSON Schema of a params file, for completion in an editor."""
    schema = Params.model_json_schema()
    for name in ("slug", "file"):
        schema["properties"].pop(name)
    schema["required"] = [name for name in schema["required"] if name not in ("slug", "file")]
    return schema


def _label(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _read(path: Path, label: str) -> tuple[dict[str, Any], Lines]:
    data, lines = load_yaml(path)
    if not isinstance(data, dict):
        raise DigicitError("A params file is a mapping.", where=label, got=type(data).__name__)
    reserved = [key for key in ("slug", "file") if key in data]
    if reserved:
        raise DigicitError(
            "Key not for params files.", where=f"{label}:{lines[(reserved[0],)]}", got=reserved[0]
        )
    return data, lines


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The study's mappings upon the defaults'; anything else, and a change of `kind`, replaces."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(old, Mapping)
        same_kind = both and ("kind" not in value or value["kind"] == old.get("kind", value["kind"]))
        merged[key] = _merge(old, value) if same_kind else value
    return merged


def _problems(error: ValidationError, data: Any, lines: Lines, label: str) -> list[DigicitError]:
    found = []
    for item in error.errors(include_url=False):
        path = _yaml_path(item["loc"], data)
        line = next((lines[path[:i]] for i in range(len(path), -1, -1) if path[:i] in lines), 1)
        found.append((line, _problem(item, path, f"{label}:{line}")))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _yaml_path(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """Pydantic's location without the names of union members, which no reader has typed."""
    path: list[int | str] = []
    for part in loc:
        known = isinstance(data, Mapping) and part in data
        indexed = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if known or indexed:
            path.append(part)
            data = data[part]
        elif part == loc[-1]:
            path.append(part)
    return tuple(path)


def _problem(item: Any, path: tuple[int | str, ...], where: str) -> DigicitError:
    name = ".".join(map(str, path))
    if item["type"] == "extra_forbidden":
        options = _keys_at(path[:-1])
        close = suggest(str(path[-1]), options)
        hint = f"did you mean {close}?" if close else None
        return DigicitError(
            "Unknown key.", where=where, got=name, allowed=", ".join(options) or None, next=hint
        )
    if item["type"] == "missing":
        return DigicitError("A needed key is missing.", where=where, got=name, next=f"add {name}")
    message = str(item["msg"]).removeprefix("Value error, ")
    shown = item["input"] if isinstance(item["input"], str | int | float) else type(item["input"]).__name__
    return DigicitError(f"Wrong value for {name}.", where=where, got=str(shown)[:80], allowed=message)


def _keys_at(path: tuple[int | str, ...]) -> list[str]:
    """Keys that the model allows at a place, over all members of a union."""
    models: list[Any] = [Params]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [model.model_fields.get(str(part)) for model in models]
        models = [m for field in fields if field is not None for m in _models_in(field.annotation)]
    return sorted({key for model in models for key in model.model_fields} - {"slug", "file"})


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
