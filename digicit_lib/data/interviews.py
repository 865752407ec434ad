"""Opens a study's coded interviews, real or synthetic."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from digicit_lib import project as folders
from digicit_lib import qualitative, synthetic
from digicit_lib.data import interview_sheets as sheets
from digicit_lib.data.theme_texts import heading_line, theme_texts
from digicit_lib.errors import DataError, QualitativeError
from digicit_lib.qualitative import Project
from digicit_lib.qualitative.attached_sheets import attach, consent_problems, place_rest, refuse, spoken_in
from digicit_lib.qualitative.themes import strange_themes, with_themes
from digicit_lib.safe import load_yaml


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
    spec = params.data.interviews
    if spec is None:
        hint = "add data.interviews to the params file"
        raise DataError("The study has no interviews.", where=params.file, next=hint)
    if spec.kind == "synthetic":
        study = params.study
        sample = synthetic.interviews(seed=spec.seed, languages=study.languages, country=study.country)
        return qualitative.read_table(sample.tables)
    return qualitative.neutral_ids(open_working(params, root))[0]


def open_working(params: Any, root: Path) -> Project:
    """The project under pseudonyms with the team's names of sessions: for working sheets, never for print.

    Raises
    ------
    DataError, QualitativeError
        With every row of the sheets that does not fit.
    """
    spec = params.data.interviews
    project, wrong = read_raw(params, root)
    roster = folders.roster_path(spec.roster, params.slug, root)
    project = qualitative.pseudonymise(project, roster, root=root).project if roster else project
    project, unplaced = place_rest(project)
    refuse([*wrong, *unplaced])
    return project


def read_raw(params: Any, root: Path) -> tuple[Project, list[str]]:
    """The files of a study as they are, merged, with their sheets; and the rows that do not fit."""
    spec = params.data.interviews
    project, wrong = _read_all(spec, root)
    strange = _strange_themes(project, params, root)
    wrong += strange
    project = project if strange else with_themes(project, spec.themes)
    paths = folders.sheet_paths(params, root)
    if "participants" not in paths and folders.located(spec.paths[0], root).is_dir():
        people = project.cases.assign(file="participants.csv", row=range(2, len(project.cases) + 2))
        wrong += consent_problems(people)
    by_name = {name: sheets.read_text_sheet(path, name, spec.encoding) for name, path in paths.items()}
    project, stray = attach(project, by_name)
    return project, [*wrong, *stray]


def _strange_themes(project: Project, params: Any, root: Path) -> list[str]:
    """Themes of params that are no code, each with its line."""
    themes, texts = params.data.interviews.themes, theme_texts(params, root)
    codes_by_line: dict[tuple[str | int, ...], str] = {
        ("judgements", i, "theme"): judgement.theme for i, judgement in enumerate(params.judgements)
    }
    codes_by_line |= {
        ("data", "interviews", "themes", i): name
        for i, name in enumerate(() if isinstance(themes, int) else themes)
    }
    strange = strange_themes(project, [*codes_by_line.values(), *(text.theme for text in texts)])
    file = root / params.file
    lines = load_yaml(file)[1] if strange and file.is_file() else {}
    what = "a theme that is no code of the project"
    places = {at: name for at, name in codes_by_line.items() if name in strange}
    stray = [f"{params.file}:{lines.get(at, 1)} {name}: {what}" for at, name in places.items()]
    for text in (text for text in texts if text.theme in strange):
        stray.append(f"{text.file}:{heading_line(root / text.file, 'theme')} {text.theme}: {what}")
    theirs = ", ".join(sorted({*project.codes["theme"]} - {""})[:12])
    if stray and theirs:
        stray.append(f"(themes of the project: {theirs}; any code or group of codes may be one)")
    return stray


def _read_all(spec: Any, root: Path) -> tuple[Project, list[str]]:
    """The projects of several coders as one, a document matched by its text; and those that do not fit."""
    wrong = []
    coders = [*spec.coders, *[None] * len(spec.paths)][: len(spec.paths)]
    project, *others = (_read(spec, name, who, root) for name, who in zip(spec.paths, coders, strict=True))
    for name, other in zip(spec.paths[1:], others, strict=True):
        try:
            project = project.merge(other)
        except QualitativeError as error:
            wrong.append(f"{Path(name).name}: {error.what} ({error.got})")
    if spec.language:
        lang = project.sources["lang"].where(project.sources["lang"] != "", spec.language)
        turns = spoken_in(project.turns, dict(zip(project.sources["source"], lang, strict=True)))
        project = replace(project, sources=project.sources.assign(lang=lang), turns=turns)
    return project, wrong


def _read(spec: Any, name: str, coder: str | None, root: Path) -> Project:
    path = folders.located(name, root)
    if spec.preset == "own" and path.suffix.lower() not in (".csv", ".xlsx"):
        return qualitative.read(path, offsets=spec.offsets, encoding=spec.encoding or None, coder=coder)
    texts = folders.located(spec.transcripts, root) if spec.transcripts else None
    project = qualitative.read_table(
        path,
        preset="segments" if spec.preset == "own" else spec.preset,
        transcripts=texts,
        columns=spec.columns,
        encoding=spec.encoding or "utf-8-sig",
    )
    return replace(project, segments=project.segments.assign(coder=coder)) if coder else project
