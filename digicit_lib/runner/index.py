"""The index of all reports: what stands in outputs/, and whether it still fits its inputs."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError
from digicit_lib.evidence import Finding
from digicit_lib.evidence.marks import read_marks, review_file
from digicit_lib.evidence.marks import review_state as review_state
from digicit_lib.language import country
from digicit_lib.params import PHASES
from digicit_lib.project import ProjectFolder
from digicit_lib.report import feed, index_page
from digicit_lib.runner.freshness import NOT_MADE, Hashes, state_of
from digicit_lib.runner.jobs import INDEX, OUTPUTS, Job, StudyFacts
from digicit_lib.runner.plan import load_known, plan_jobs, run_elsewhere
from digicit_lib.safe import write_atomic

HEAD = 4_000  # characters of a page in which its title stands
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
More = Callable[[Sequence[StudyFacts]], Iterable[Job]]


def write_index(root: Path, hashes: Hashes, more: More = lambda _: ()) -> Path:
    """Write `outputs/index.html`: studies of `params/` first, then others that have been run.

    Parameters
    ----------
    root : Path
        The project folder.
    hashes : Hashes
        The cache of file hashes.
    more : callable
        Further jobs that rest on reports: of some studies, or with none those of the whole project.

    Returns
    -------
    Path
        The page.
    """
    rows = [_row(job) for job in _jobs(root, hashes, more)]
    for name, content in zip(INDEX, (index_page(rows), feed(rows)), strict=True):
        write_atomic(root / OUTPUTS / name, content)
    return root / OUTPUTS / INDEX[0]


def _jobs(root: Path, hashes: Hashes, more: More) -> Iterator[Job]:
    """Jobs of every study, as far as they can be read: what is refused is told when it is run."""
    for which in [*ProjectFolder(root).studies(), *run_elsewhere(root)]:
        with suppress(DigicitError):
            study = load_known(which, root, hashes)
            jobs = plan_jobs(study, root, hashes, language="all")
            yield from (job for job in jobs if job.main or job.target.is_dir())
            yield from filter(_tried, more([study]))
    yield from filter(_tried, more([]))


def _tried(job: Job) -> bool:
    """Products that nobody has asked for yet would make the page long."""
    return job.target.is_dir() or job.failed.is_dir()


def _row(job: Job) -> dict[str, Any]:
    state, folder = state_of(job), job.target
    failure = job.failed / "failure.html"
    files = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    folders = ((stem, job.published(stem).parent) for stem in job.pages.values())
    pages = sorted(path.name for stem, folder in folders for path in folder.glob(f"{stem}.*"))
    row: dict[str, Any] = {
        "study": job.study,
        "phase": job.phase,
        "language": job.language,
        "country": country(job.country) if job.country else "Comparison of countries",
    }
    why = tuple(f"{job.phase}: {text}" for text in state.why) if state.kind == NOT_MADE else state.why
    row |= {"state": "stale" if state.kind == "render" else state.kind, "why": why, "date": job.date}
    row |= {"folder": job.folder.as_posix(), "files": files, "data_kind": _kind(folder / "evidence.csv")}
    row |= {"pages_in": job.shelf.relative_to(job.root / OUTPUTS).as_posix(), "pages": pages}
    row["titles"] = {} if job.phase in PHASES else dict(_titles(job))
    page = failure.relative_to(job.root / OUTPUTS).as_posix() if failure.is_file() else ""
    row |= _told(folder / "run.json")
    row["headline"] = _headline(folder / "findings.json")
    row["review"] = _review(job) if job.phase in PHASES else ""
    return {**row, "failure": page if state.kind == "failed" else ""}


def _titles(job: Job) -> Iterator[tuple[str, str]]:
    """What the pages of a product are called, each in its own language."""
    for stem in job.pages.values():
        with suppress(OSError), job.published(f"{stem}.html").open(encoding="utf-8") as page:
            if title := _TITLE.search(page.read(HEAD)):
                yield f"{stem}.html", unescape(title[1])


def _told(run: Path) -> dict[str, Any]:
    """What a run says of its study: what it is called, its wave and whom it asked."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        params = json.loads(run.read_text(encoding="utf-8"))["params"]
        study, people = params["study"], params["population"]
        return {"title": study["title"], "wave": study["wave"], "ages": people["ages"]}
    return {}


def _review(job: Job) -> str:
    """How far the review of a report is; empty where nobody has begun."""
    with suppress(OSError, ValueError, TypeError, DigicitError):
        marks = read_marks(job.root, review_file(job.study, job.params_file), job.phase)
        statements = json.loads((job.target / "findings.json").read_text(encoding="utf-8")) if marks else []
        findings = [
            Finding(one["template"], "", tuple(one["ids"]), value=one.get("value", "")) for one in statements
        ]
        return review_state([(one.name, one.value) for one in findings], marks) if findings else ""
    return ""


def _headline(findings: Path) -> str:
    """The first key finding of a report."""
    with suppress(OSError, ValueError, TypeError):
        statements = json.loads(findings.read_text(encoding="utf-8"))
        return next((str(one["text"]) for one in statements if one.get("key")), "")
    return ""


def _kind(evidence: Path) -> str:
    """What a run's rows rest on, told from its CSV without loading pandas."""
    if not evidence.is_file():
        return ""
    text = evidence.read_text(encoding="utf-8")
    kinds = [kind for kind in ("observed", "synthetic") if f",{kind}," in text]
    return " and ".join(kinds)
