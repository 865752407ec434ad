"""What a run asks of the report room: pages, office files, pictures; and whether a name was left."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.codebook.people import gender_word
from digicit_lib.evidence import diff, load, publishable_changes
from digicit_lib.evidence.marks import Mark, read_marks, review_file
from digicit_lib.evidence.trail import checked_records
from digicit_lib.params import PHASES, load_params
from digicit_lib.report import changes_page, failure_page, pngs, product_links, render
from digicit_lib.report.changes import FILE
from digicit_lib.report.office import office_files
from digicit_lib.report.story import loaded, read_story
from digicit_lib.runner.freshness import read_record
from digicit_lib.runner.jobs import Job
from digicit_lib.safe import csv_frame

if TYPE_CHECKING:
    import pandas as pd


def render_pages(stage: Path, job: Job, kind: str, stem: str) -> dict[str, bytes | str]:
    """The page and the PDF of an executed notebook, by suffix."""
    links = product_links(stem, job.phase, stage / "exhibits", job.language) if kind == "product" else None
    how: dict[str, Any] = {"kind": kind, "language": job.language, "links": links}
    return dict(render(stage / "workbook.ipynb", **how, marks=_marks(job)))


def _marks(job: Job) -> dict[str, Mark]:
    """What reviewers said of a report; of a product nobody marks findings."""
    file = review_file(job.study, job.params_file)
    return read_marks(job.root, file, job.phase) if job.phase in PHASES else {}


def render_office(stage: Path, job: Job) -> dict[str, bytes]:
    """The files of a report that offices edit, by name."""
    return dict(office_files(stage / "workbook.ipynb", job.language, _marks(job)))


def render_pictures(stage: Path) -> None:
    """A PNG copy beside every drawing that has none."""
    drawings = [path for path in (stage / "exhibits").glob("*.svg") if not path.with_suffix(".png").exists()]
    pictures = pngs([path.read_text(encoding="utf-8") for path in drawings])
    for path, picture in zip(drawings, pictures, strict=True):
        path.with_suffix(".png").write_bytes(picture)


def render_failure(stage: Path, job: Job, message: str, cell: int | None) -> str:
    """A page with the failed notebook that leads to the cell that failed."""
    return str(failure_page(stage / "workbook.ipynb", title=job.name, message=message, cell=cell))


def render_changes(old: Path, new: Path, job: Job) -> dict[str, str]:
    """What changed in evidence and findings between two folders: a page for readers, and all rows."""
    story = read_story(loaded(new / "workbook.ipynb"), job.language)
    title = " · ".join(filter(None, (story.title, story.cover.get("subtitle"))))
    now, then = load(new), read_record(old).get("inputs", {})
    changes = publishable_changes(diff(load(old), now))
    facts: dict[str, Any] = {"title": title, "language": job.language, "total": len(now)}
    facts["inputs"] = sorted(name for name in {*then, *job.inputs} if then.get(name) != job.inputs.get(name))
    facts["reworded"] = len(_key_words(old) - _key_words(new))
    page = changes_page(_of_grown_people(changes, job), **facts)
    return {"changes.html": str(page), FILE: csv_frame(changes)}


def _of_grown_people(changes: pd.DataFrame, job: Job) -> pd.DataFrame:
    """The changes with groups of women and men called so, where a study's people are grown."""
    if not job.params_file or changes.empty or "level" not in changes:
        return changes
    ages = load_params(job.root / job.params_file, job.root).population.ages
    words = changes["level"].str.replace(r"\b(girl|boy)\b", lambda m: gender_word(m[0], ages), regex=True)
    return changes.assign(level=words)


def _key_words(folder: Path) -> set[str]:
    """Key findings without their numbers."""
    records = checked_records(folder / "findings.json", text=str, ids=list)
    return {re.sub(r"[\d.,\u2212]+", "", finding["text"]) for finding in records if finding.get("key")}
