"""What the runner asks of the rooms that read data and make pages, loaded when it asks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import DataError
from digicit_lib.safe import inside

if TYPE_CHECKING:
    from digicit_lib.params import Params
    from digicit_lib.runner.plan import Job


def data_files(params: Params, root: Path) -> list[str]:
    """Files and folders that the study's data come from; raises DataError for one that is not there."""
    from digicit_lib.data import files

    source = params.data
    found: list[Path] = []
    if source.survey and source.survey.kind == "microdata":
        found.append(files.find(source.survey.files, root, strict=source.survey.strict_hash)[0])
    if source.interviews and source.interviews.kind == "project":
        found.append(_data_path(source.interviews.path, root))
    if source.landscape:
        found += [_data_path(series.file, root) for series in source.landscape.series]
        found += [inside(root, source.landscape.folder)] if source.landscape.folder else []
    return [str(path) for path in found]


def _data_path(name: str, root: Path) -> Path:
    """A file or folder under `$DIGICIT_DATA` or the project's `data/`."""
    folders = [Path(part) for part in os.environ.get("DIGICIT_DATA", "").split(os.pathsep) if part]
    for folder in (*folders, root / "data"):
        if folder.is_dir() and inside(folder, name).exists():
            return inside(folder, name)
    raise DataError(
        "The data are not there.", got=name, next="set DIGICIT_DATA to the folder that holds them"
    )


def render_pages(notebook: Path, kind: str, language: str) -> dict[str, bytes | str]:
    """The page and the PDF of an executed notebook, by suffix."""
    from digicit_lib.report import render

    return dict(render(notebook, kind=kind, language=language))


def render_failure(stage: Path, job: Job, message: str, cell: int | None) -> str:
    """A page with the failed notebook that leads to the cell that failed."""
    from digicit_lib.report import failure_page

    return str(failure_page(stage / "workbook.ipynb", title=job.name, message=message, cell=cell))


def render_index(rows: Sequence[dict[str, Any]]) -> str:
    """The table of studies and phases."""
    from digicit_lib.report import index_page

    return str(index_page(rows))
