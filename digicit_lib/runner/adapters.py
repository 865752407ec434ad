"""What the runner asks of the rooms that read data and make pages, loaded when it asks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.evidence import diff, for_readers, load
from digicit_lib.evidence.marks import read_marks, review_file
from digicit_lib.safe import inside

if TYPE_CHECKING:
    from digicit_lib.evidence.marks import Mark
    from digicit_lib.params import Params
    from digicit_lib.runner.jobs import Job


def data_files(params: Params, root: Path) -> dict[str, list[str]]:
    """Files and folders that each phase reads, by phase.

    Raises
    ------
    DataError, LandscapeError, CodebookError
        One is not there, is another one than the params name, or lacks a column: told before a kernel starts.
    """
    paths_by_phase = {
        "exploratory": _landscape(params, root),
        "quantitative": [*_survey(params, root), *_earlier(params, root)],
        "qualitative": _interviews(params, root),
    }
    return {phase: [str(path) for path in paths] for phase, paths in paths_by_phase.items()}


def _survey(params: Params, root: Path) -> list[Path]:
    source = params.data.survey
    if source is None or source.kind == "synthetic":
        return []
    from digicit_lib.codebook.own import OWN_FILES, study_instrument
    from digicit_lib.data import files, layout_of
    from digicit_lib.data.selection import needed_columns

    path, facts, _ = files.find(source.files, root, strict=source.strict_hash)
    columns = list(map(str, files.header(path, layout_of(source, facts)).frame.columns))
    needed_columns(study_instrument(source.instrument, root), params, columns, path.name)
    folders = [inside(root, source.instrument).parent] if source.instrument.endswith(".yaml") else []
    return [path, *folders, *([root / OWN_FILES] if (root / OWN_FILES).is_dir() else [])]


def _earlier(params: Params, root: Path) -> list[Path]:
    """Files of the earlier waves that a survey is compared with, their params too."""
    from digicit_lib.params import earlier_waves

    waves = earlier_waves(params, root)
    return [path for wave in waves for path in (root / wave.file, *_survey(wave, root))]


def _interviews(params: Params, root: Path) -> list[Path]:
    source = params.data.interviews
    if source is None or source.kind == "synthetic":
        return []
    from digicit_lib.data.interview_sheets import located, sheet_paths
    from digicit_lib.data.interviews import open_working
    from digicit_lib.data.theme_texts import theme_files

    sheets = sheet_paths(params, root)
    names = [*source.paths, *([source.transcripts] if source.transcripts else [])]
    texts = theme_files(params.slug, root)
    paths = [*(located(name, root) for name in names), *sheets.values(), *texts]
    if sheets or texts or paths[0].is_dir() or source.themes or params.judgements:
        open_working(params, root)  # a row that does not fit is told before a kernel starts
    return paths


def names_left(job: Job, stage: Path) -> list[str]:
    """Files of a report that hold a name of the study's roster; none where it has no roster."""
    from digicit_lib.data.interview_sheets import roster_path
    from digicit_lib.params import load_params
    from digicit_lib.qualitative.name_scan import files_with_names

    if not job.params_file:
        return []
    params = load_params(job.root / job.params_file, job.root)
    interviews = params.data.interviews
    if interviews is None or interviews.kind == "synthetic":
        return []
    roster = roster_path(interviews.roster, params.slug, job.root)
    return files_with_names(stage, roster) if roster and roster.is_file() else []


def _landscape(params: Params, root: Path) -> list[Path]:
    source = params.data.landscape
    if source is None:
        return []
    from digicit_lib.landscape.review import data_files as series_files

    folder = os.environ.get("DIGICIT_DATA", "")
    series, _ = series_files(source, Path(folder) if folder else None)
    return [path for path, *_ in series] + ([inside(root, source.folder)] if source.folder else [])


def render_pages(stage: Path, job: Job, kind: str, stem: str) -> dict[str, bytes | str]:
    """The page and the PDF of an executed notebook, by suffix."""
    from digicit_lib.report import product_links, render

    links = product_links(stem, job.phase, stage / "exhibits", job.language) if kind == "product" else None
    how: dict[str, Any] = {"kind": kind, "language": job.language, "links": links}
    return dict(render(stage / "workbook.ipynb", **how, marks=_marks(job)))


def _marks(job: Job) -> dict[str, Mark]:
    """What reviewers said of a report; of a product nobody marks findings."""
    from digicit_lib.params import PHASES

    file = review_file(job.study, job.params_file)
    return read_marks(job.root, file, job.phase) if job.phase in PHASES else {}


def render_office(stage: Path, job: Job) -> dict[str, bytes]:
    """The files of a report that offices edit, by name."""
    from digicit_lib.report.office import office_files

    return dict(office_files(stage / "workbook.ipynb", job.language, _marks(job)))


def render_pictures(stage: Path) -> None:
    """A PNG copy beside every drawing that has none."""
    from digicit_lib.report import png

    for drawing in sorted((stage / "exhibits").glob("*.svg")):
        copy = drawing.with_suffix(".png")
        if not copy.exists():
            copy.write_bytes(png(drawing.read_text(encoding="utf-8")))


def render_failure(stage: Path, job: Job, message: str, cell: int | None) -> str:
    """A page with the failed notebook that leads to the cell that failed."""
    from digicit_lib.report import failure_page

    return str(failure_page(stage / "workbook.ipynb", title=job.name, message=message, cell=cell))


def render_changes(old: Path, new: Path, title: str, language: str) -> str:
    """What changed in the evidence between two folders."""
    from digicit_lib.report import changes_page

    return str(changes_page(for_readers(diff(load(old), load(new))), title=title, language=language))


def render_index(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The table of studies and the feed of what is new, by file name."""
    from digicit_lib.report import feed, index_page

    return {"index.html": str(index_page(rows)), "feed.xml": str(feed(rows))}
