"""The files that a report reads, found and looked at before a kernel starts."""

import os
from pathlib import Path

from digicit_lib.codebook.own import OWN_FILES
from digicit_lib.params import Params, earlier_waves
from digicit_lib.params.asks import asks_file, read_asks
from digicit_lib.project import located, sheet_paths, theme_files
from digicit_lib.safe import inside


def input_files(params: Params, root: Path) -> dict[str, list[str]]:
    """Files and folders that each phase reads, by phase.

    Raises
    ------
    DataError, LandscapeError, CodebookError
        One is not there, is another one than the params name, or lacks a column: told before a kernel starts.
    """
    interviews = _interviews(params, root)
    paths_by_phase = {
        "exploratory": _landscape(params, root),
        "quantitative": [*_survey(params, root), *_earlier(params, root), *interviews],
        "qualitative": [*interviews, *_asks(params, root)],
    }
    return {phase: [str(path) for path in paths] for phase, paths in paths_by_phase.items()}


def _survey(params: Params, root: Path) -> list[Path]:
    source = params.data.survey
    if source is None or source.kind == "synthetic":
        return []
    from digicit_lib.data import check_columns, files  # reads tables: a study of interviews alone has none

    path, facts, _ = files.find(source.files, root, strict=source.strict_hash)
    check_columns(params, root, path, facts)
    folders = [inside(root, source.instrument).parent] if source.instrument.endswith(".yaml") else []
    return [path, *folders, *([root / OWN_FILES] if (root / OWN_FILES).is_dir() else [])]


def _earlier(params: Params, root: Path) -> list[Path]:
    """Files of the earlier waves that a survey is compared with, their params too."""
    waves = earlier_waves(params, root)
    return [path for wave in waves for path in (root / wave.file, *_survey(wave, root))]


def _interviews(params: Params, root: Path) -> list[Path]:
    source = params.data.interviews
    if source is None or source.kind == "synthetic":
        return []
    names = [*source.paths, *([source.transcripts] if source.transcripts else [])]
    sheets, texts = sheet_paths(params, root).values(), theme_files(params.slug, root)
    paths = [*(located(name, root) for name in names), *sheets, *texts]
    from digicit_lib.data.interviews import open_working

    open_working(params, root)  # a file or a row that does not fit is told before a kernel starts
    return paths


def _asks(params: Params, root: Path) -> list[Path]:
    """What children of the study agreed on, once every entry has its approval."""
    path = asks_file(root, params.slug)
    for key in ("asks", "questions"):
        read_asks(root, params.slug, key)
    return [path] if path.is_file() else []


def _landscape(params: Params, root: Path) -> list[Path]:
    source = params.data.landscape
    if source is None:
        return []
    from digicit_lib.landscape.series_places import series_files

    folder = os.environ.get("DIGICIT_DATA", "")
    series, _ = series_files(source, Path(folder) if folder else None)
    return [path for path, *_ in series] + ([inside(root, source.folder)] if source.folder else [])
