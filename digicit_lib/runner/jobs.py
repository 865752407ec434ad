"""What a run is made of: a study's few facts, a report to make, what became of it. Plain values."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from digicit_lib.safe import fingerprint, inside

OUTPUTS = "outputs"
INDEX = ("index.html", "feed.xml")  # what stands in outputs/ beside the folders of studies


@dataclass(frozen=True)
class StudyFacts:
    """The few facts of a params file that planning needs, so that pydantic loads only after a change."""

    slug: str
    file: str
    country: str
    date: str
    phases: tuple[str, ...]
    languages: tuple[str, ...]
    limits: dict[str, int]
    params_sha: str
    files: dict[str, dict[str, str]]
    synthetic: tuple[str, ...] = ()  # phases whose respondents are invented
    open_hashes: tuple[str, ...] = ()  # hashes of survey files that the params name, which may be printed

    def of_job(self, language: str) -> dict[str, Any]:
        """What every job of the study in a language holds of it."""
        return {
            "study": self.slug,
            "language": language,
            "main": language == self.languages[0],
            "params_file": self.file,
            "country": self.country,
            "date": self.date,
            "limits": self.limits,
        }


@dataclass(frozen=True)
class Job(ABC):
    """One report to make: a study's phase in one language. Plain values: it travels to other machines."""

    root: Path
    study: str
    phase: str
    language: str
    main: bool
    params_file: str
    workbook: str
    annex: str | None
    country: str
    date: str
    limits: dict[str, int] = field(compare=False)
    files: tuple[str, ...] = field(compare=False, repr=False)
    inputs: dict[str, str] = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        return f"{self.study} {self.phase}" + ("" if self.main else f" {self.language}")

    @property
    def folder(self) -> Path:
        """Path of the report below `outputs/`: further languages stand inside the first one's folder."""
        return Path(self.study, self.phase) if self.main else Path(self.study, self.phase, self.language)

    @cached_property
    def target(self) -> Path:
        return inside(self.root / OUTPUTS, self.folder)

    @property
    def stage(self) -> Path:
        return inside(self.root / OUTPUTS, ".staging", f"{self.study}.{self.phase}.{self.language}")

    @property
    def shelf(self) -> Path:
        """The folder that one rename exchanges."""
        return self.target

    @property
    def lock(self) -> tuple[str, str]:
        """What no two runs may do at once: all languages of a phase, for they share a folder."""
        return self.study, self.phase

    @property
    def pages(self) -> dict[str, str]:
        """Kind of page to the name of its files, without suffix."""
        return {"report": "report", "summary": "summary"}

    @property
    def parameters(self) -> dict[str, Any]:
        """What papermill puts into the notebook."""
        return {"study": self.study, "language": self.language, "params_file": self.params_file}

    def published(self, name: str) -> Path:
        """Where a file of the run record stands."""
        return self.target / name

    @property
    def failed(self) -> Path:
        phase = self.phase if self.main else f"{self.phase}.{self.language}"
        return inside(self.root / OUTPUTS, ".failed", self.study, phase)

    @property
    def log(self) -> Path:
        return inside(
            self.root / OUTPUTS, ".staging", "logs", f"{self.study}.{self.phase}.{self.language}.log"
        )

    @abstractmethod
    def inputs_now(self) -> dict[str, str]:
        """The inputs as they are at this moment, to be compared with those that the job was planned with."""

    @property
    def run(self) -> str:
        """Hash of all inputs but the template: the `run` column of the evidence."""
        return fingerprint({k: v for k, v in self.inputs.items() if k != "template"})[:16]


@dataclass(frozen=True)
class JobResult:
    """What became of a job: `done`, `not made`, `failed` or `refused`, its exit code, and why.

    A worker sends it back, so it stands here, where whoever waits need not load what the worker has.
    """

    state: str
    message: str = ""
    exit_code: int = 0
    timings: dict[str, float] = field(default_factory=dict)
