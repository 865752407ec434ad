"""Opens a study's coded interviews, real or synthetic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib import project as folders
from digicit_lib.errors import DataError
from digicit_lib.safe import inside

if TYPE_CHECKING:
    from digicit_lib.qualitative import Project


def open_interviews(params: Any, root: Path) -> Project:
    """Open the coded project that a study's params name.

    Parameters
    ----------
    params : Params
        `data.interviews` says what: the demonstration's script, or a project under `$DIGICIT_DATA`, whose
        names the roster replaces before anything else is done.
    root : Path
        The project folder, whose `data/` is searched last.

    Returns
    -------
    Project

    Raises
    ------
    DataError
        The study has no interviews, or their file is not there.
    QualitativeError
        The project is refused.
    """
    from digicit_lib import qualitative

    spec = params.data.interviews
    if spec is None:
        raise DataError(
            "The study has no interviews.", where=params.file, next="add data.interviews to the params file"
        )
    if spec.kind == "synthetic":
        from digicit_lib import synthetic

        made = synthetic.interviews(
            seed=spec.seed, languages=params.study.languages, country=params.study.country
        )
        return qualitative.read_table(made.tables)
    return qualitative.neutral_ids(open_working(params, root))[0]


def open_working(params: Any, root: Path) -> Project:
    """The project under pseudonyms with the team's names of sessions: for working sheets, never for print."""
    from digicit_lib import qualitative

    spec = params.data.interviews
    project = _read(spec, root)
    roster = roster_path(spec)
    return qualitative.pseudonymise(project, roster, root=root).project if roster else project


def roster_path(spec: Any) -> Path | None:
    """The file of names and pseudonyms that params or the environment name."""
    name = getattr(spec, "roster", "") or os.environ.get("DIGICIT_ROSTER", "")
    return Path(name) if name else None


def _read(spec: Any, root: Path) -> Project:
    from digicit_lib import qualitative

    path = _located(spec.path, root)
    if spec.preset == "own":
        return qualitative.read(path, offsets=spec.offsets)
    texts = _located(spec.transcripts, root) if spec.transcripts else None
    return qualitative.read_table(path, preset=spec.preset, transcripts=texts)


def _located(name: str, root: Path) -> Path:
    for folder in folders.Project(root).data:
        if inside(folder, name).exists():
            return inside(folder, name)
    raise DataError(
        "The interviews are not there.", got=name, next="set DIGICIT_DATA to the folder that holds them"
    )
