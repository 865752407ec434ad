"""Working files of coded interviews: sheets that a team fills, texts that reviewers sign, exports."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from digicit_lib import project as folders
from digicit_lib.data import interview_sheets as files
from digicit_lib.data.interviews import open_interviews, read_raw
from digicit_lib.data.theme_texts import theme_texts
from digicit_lib.errors import DataError
from digicit_lib.qualitative import Project, pseudonymise
from digicit_lib.qualitative.attached_sheets import place_rest
from digicit_lib.qualitative.coded.refi_writer import refi_codebook, refi_project, unwritten
from digicit_lib.qualitative.pseudonyms import with_neutral_marks
from digicit_lib.qualitative.roster import read_roster
from digicit_lib.qualitative.segment_table import segment_table
from digicit_lib.qualitative.sheet_drafts import ROSTER, drafts, merged, roster_draft
from digicit_lib.safe import private_folder, write_private

NO_NAMES = (
    "fill the sheet roster before anybody signs: a name replaced later changes a text and ends its signature"
)
ENDED = "{n} signatures moved to the column earlier: a name was replaced or the text edited; sign again"


def write_working_sheets(params: Any, root: Path) -> tuple[list[tuple[Path, int]], list[str]]:
    """Write or bring up to date the working sheets of a study, and the texts that reviewers sign.

    Parameters
    ----------
    params : Params
        With a coded project.
    root : Path

    Returns
    -------
    list of (Path, int)
        Each sheet (its XLSX; the CSV stands beside it) with its number of rows.
    list of str
        Rows that do not fit the project yet, kept as they are; signatures that have no text any more.

    Raises
    ------
    DataError
        No coded project, or no folder outside every repository.
    """
    spec = _coded(params)
    home = files.private_home(params.slug, root)
    raw, wrong = read_raw(params, root)
    paths, notes = [], []

    def write(name: str, rows: Any) -> None:
        path = folders.sheet_path(params.slug, name, root, getattr(spec, name, ""))
        table = merged(name, files.read_text_sheet(path, name, spec.encoding).rows if path else None, rows)
        paths.append((files.write_sheet(home, name, table)[-1], len(table)))
        if name == "reviews" and (n := int((table["earlier"].ne("") & table["reviewer"].eq("")).sum())):
            notes.append(ENDED.format(n=n))

    roster = folders.roster_path(spec.roster, params.slug, root)
    if roster is None or roster.parent == home:
        write(folders.ROSTER, roster_draft(raw)[ROSTER])
        roster = folders.roster_path(spec.roster, params.slug, root)
    project, unplaced = place_rest(pseudonymise(raw, roster, root=root).project if roster else raw)
    for name, rows in drafts(raw, project, written_by_team(params, root)).items():
        if len(rows) or folders.sheet_path(params.slug, name, root):
            write(name, rows)
    _write_texts(home, project)
    has_names = read_roster(roster)["pseudonym"].str.strip().ne("").any() if roster else False
    notes += [] if has_names else [NO_NAMES]
    return paths, [*(f"does not fit: {line}" for line in (*wrong, *unplaced)), *notes]


def written_by_team(params: Any, root: Path) -> dict[str, str]:
    """What the team itself wrote for the report, by the file or sheet: paragraphs on themes, summaries."""
    words = {text.file: f"{text.finding}\n{text.body}" for text in theme_texts(params, root)}
    path = folders.sheet_paths(params, root).get("summaries")
    rows = files.read_text_sheet(path, "summaries").rows if path else {}
    return words | ({"summaries": "\n".join(rows["summary"])} if "summary" in rows else {})


def _coded(params: Any) -> Any:
    spec = params.data.interviews
    if spec is None or spec.kind != "project":
        what = "The interviews are invented." if spec else "The study has no interviews."
        raise DataError(what, where=params.file, next="name your coded project: data.interviews.path")
    return spec


def _write_texts(home: Path, project: Project) -> None:
    """Each text under pseudonyms with the number of each turn: what a reviewer reads and signs."""
    folder = private_folder(home / "texts")
    for number, (source, text) in enumerate(project.texts.items(), 1):
        turns = project.turns[project.turns["source"] == source]
        lines = [f"[{t.turn}] {text[t.start : t.end]}" for t in turns.itertuples()]
        name = re.sub(r"[^\w.-]+", "_", source)[:60]
        write_private(folder / f"{number:02d}_{name}.txt", "\n\n".join(lines) + "\n")


def export_segments(params: Any, root: Path, *, refi: bool) -> tuple[list[Path], list[str]]:
    """Write the coded segments as CSV and XLSX, and with `refi` the project and its codebook.

    Parameters
    ----------
    params : Params
    root : Path
    refi : bool
        Also a REFI-QDA project (``.qdpx``) of the pseudonymised material and the codebook (``.qdc``).

    Returns
    -------
    list of Path
        Below the folder of working sheets, for their owner only.
    list of str
        What the files do not hold.

    Raises
    ------
    DataError
        The study has no interviews, or no folder outside every repository.
    """
    project = open_interviews(params, root)
    invented = params.is_synthetic("qualitative")
    project = _coders_numbered(project)
    folder = private_folder(files.private_home(params.slug, root) / "export")
    mark = "SYNTHETIC-" if invented else ""
    table = segment_table(project, k=int(getattr(params.data.interviews, "k", 3)))
    if invented:
        table = table.assign(words=table["words"].where(table["words"] == "", "[invented] " + table["words"]))
    paths = files.write_sheet(folder, f"{mark}segments", table)
    if refi:
        note = "SYNTHETIC: invented interviews; no one was asked." if invented else ""
        # A signature is for the text before the marks.
        material = project if invented else with_neutral_marks(project)
        archive = refi_project(material, f"{mark}{params.slug}", note)
        paths += [
            write_private(folder / f"{mark}{params.slug}.qdpx", archive),
            write_private(folder / f"{mark}{params.slug}.qdc", refi_codebook(project)),
        ]
    wordless = int(table["withheld"].ne("").sum())
    notes = [f"{wordless} of {len(table)} segments stand without their words: the column withheld says why"]
    if refi and (absent := unwritten(project)):
        notes.append(f"{absent} codings of pictures, times or lost texts are not in the archive")
    roster = folders.roster_path(getattr(params.data.interviews, "roster", ""), params.slug, root)
    if not (invented or roster):
        notes.append("no list of names was used: the texts hold the names that the project holds")
    return paths, notes


def _coders_numbered(project: Project) -> Project:
    """Coders as C1, C2: who coded is nobody's business outside the team; a consensus stays one."""
    names = [name for name in sorted(set(project.segments["coder"])) if name != "consensus"]
    numbers = {name: f"C{number}" for number, name in enumerate(names, 1)}
    coder = project.segments["coder"].map(lambda name: numbers.get(name, name))
    return replace(project, segments=project.segments.assign(coder=coder))
