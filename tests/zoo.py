"""A project folder around the wicked notebooks of tests/notebooks, one study each."""

from __future__ import annotations

import shutil
from pathlib import Path

from digicit_lib.runner import Hashes, Job, Outcome, load_study, plan_jobs

NOTEBOOKS = Path(__file__).parent / "notebooks"
PARAMS = """\
study: {{country: TUR, date: 2026-11-01, title: Zoo, wave: zoo, languages: [en, tr], phases: [quantitative]}}
population: {{ages: [9, 17], base: nobody}}
data:
  survey: {{kind: synthetic, seed: 1}}
run: {{timeout: {timeout}, cell_timeout: {cell_timeout}, memory_mb: 1024}}
"""


def make_root(folder: Path) -> Path:
    """A digicit folder without studies; its name would run as code if papermill ever formatted it."""
    root = folder / "ro ot {pm[run_uuid]} ü"
    (root / "params").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    return root


def add_study(root: Path, notebook: str, slug: str = "", *, timeout: int = 60, cell_timeout: int = 30) -> str:
    """A study whose quantitative workbook is one of the zoo."""
    slug = slug or notebook
    text = PARAMS.format(timeout=timeout, cell_timeout=cell_timeout)
    (root / "params" / f"{slug}.yaml").write_text(text)
    place = root / "workbooks" / slug / "quantitative.ipynb"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(NOTEBOOKS / f"{notebook}.ipynb", place)
    return slug


def jobs_of(root: Path, *slugs: str, language: str | None = None) -> list[Job]:
    hashes = Hashes(root)
    studies = [load_study(slug, root, hashes) for slug in slugs]
    return [job for study in studies for job in plan_jobs(study, root, hashes, language=language)]


def put_last_good_report(root: Path, slug: str) -> Path:
    """Something published before, to be found unharmed later."""
    page = root / "outputs" / slug / "quantitative" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("the last good report")
    return page


class Heard:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.cells: list[tuple[str, int, int, str]] = []
        self.notes: list[str] = []
        self.ends: list[Outcome] = []

    def cell(self, job: Job, index: int, count: int, heading: str) -> None:
        self.cells.append((job.study, index, count, heading))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def end(self, outcome: Outcome) -> None:
        self.ends.append(outcome)
