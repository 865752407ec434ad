"""Output checking: what a run on children's answers would publish, read as a stranger reads it.

Before anything is published each file is looked through for rows of respondents and for values that point to
one of them; `digicit check --publish` does the same with what stands. Kinds of files that nobody knows how to
read are refused. The answers that are looked for never stand in a message.
"""

import io
import json
import re
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from digicit_lib.data import files, layout_of, open_survey
from digicit_lib.data.interviews import open_working
from digicit_lib.data.selection import design_of, named_columns
from digicit_lib.disclosure.traces import LONG, Identifying, Unapproved, words_in
from digicit_lib.disclosure.written_words import own_words, project_words
from digicit_lib.errors import DigicitError, PublicationRefused
from digicit_lib.evidence.store import FILES as EVIDENCE
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.params import PHASES, Params, load_params
from digicit_lib.project import roster_path
from digicit_lib.qualitative import quotations
from digicit_lib.qualitative.name_scan import RosterNames
from digicit_lib.runner.failures import NOTEBOOK
from digicit_lib.runner.freshness import read_json
from digicit_lib.runner.jobs import Job
from digicit_lib.runner.republication import refuse_differencing
from digicit_lib.runner.stray_files import DESCRIPTIONS, strays
from digicit_lib.workbook.statements import FILE as STATEMENTS

TEXTS = (
    ".html",
    ".ipynb",
    ".csv",
    ".json",
    ".svg",
    ".md",
    ".txt",
    ".xml",
    ".atom",
    ".po",
    ".yaml",
    ".geojson",
)
PACKED = (".docx", ".xlsx", ".pptx")
# A run makes them of the notebook and the drawings that are read as text; `--publish` reads them too.
COPIES = (".pdf", ".png")
KINDS = (*TEXTS, *PACKED, *COPIES, ".parquet")
_PACKED_TEXT = re.compile(
    r"data:(?:text|application|image/svg)[-+/.a-z]*(?:;charset=[-\w]+)?;base64,([A-Za-z0-9+/=]+)"
)
_GOT = re.compile(" +got:")
_TAG, _SAID = re.compile(r"<[^<>]*>"), re.compile(r'\b(?:descr|title|name|Target)="([^"]*)"')
# Of a sheet: its cells are read one by one, and here a text is only the number of its place in a list.
_CELL = re.compile(r"<v>[^<]*</v>")
MOST_CELLS = 2_000_000  # of a larger file only the columns that the study reads are looked at


Looks = Identifying | Unapproved | RosterNames
Reader = Callable[[Path], Iterable[str]]


def identifying(params: Params, root: Path) -> Identifying | None:
    """What the study's survey holds that may not be published; None where nobody was asked, or not here."""
    source = params.data.survey
    if source is None or source.kind == "synthetic":
        return None
    people = open_survey(params, root)
    tool, raw = people.mapper.instrument, people.mapper.raw.frame
    path, facts, _ = files.find(source.files, root)
    layout = layout_of(source, facts)
    there = list(map(str, files.header(path, layout).frame.columns))
    leaves = (leaf for rule in tool.indicators.values() for leaf in rule.leaves())
    printed = {leaf.column for leaf in leaves if leaf.column}
    printed |= {column for group in tool.breakdowns.values() for column in group.columns}
    design = {name for name in design_of(tool, params).values() if isinstance(name, str)} | set(tool.id)
    if len(raw) * len(there) <= MOST_CELLS:
        whole = files.read_columns(path, there, layout).frame
        raw = whole.rename(columns=files.aliases(named_columns(tool, params, there), there))
    else:
        raw = raw[[name for name in raw if name in printed | design]]
    groups = [name for name in people.breakdowns if name in people.frame]
    cell, common = params.publication.min_cell, partial(printable, params, root)
    return Identifying(raw, printed, design, cell, common, people.frame, groups)


def unapproved(params: Params, root: Path) -> Unapproved | None:
    """What participants have said and no person has approved for print; None where nobody was asked."""
    if params.data.interviews is None or params.data.interviews.kind == "synthetic":
        return None
    project = open_working(params, root)  # the words are the same; to number people takes half a second
    turns = project.spoken
    places = zip(turns["source"], turns["text_start"], turns["end"], strict=True)
    words = (project.texts[source][start:end] for source, start, end in places)
    return Unapproved(words, quotations(project, k=2, attribution=())["text"])


def names_of_roster(params: Params, root: Path) -> RosterNames | None:
    """The real names of those who were interviewed; None where no roster is kept, or not here."""
    interviews = params.data.interviews
    if interviews is None or interviews.kind == "synthetic":
        return None
    path = roster_path(interviews.roster, params.slug, root)
    return RosterNames(path, partial(printable, params, root)) if path and path.is_file() else None


def printable(params: Params, root: Path) -> set[str]:
    """Words that a report may print whatever the survey holds: digicit's, the params', the workbooks'."""
    return words_in(json.dumps(params.resolved(), ensure_ascii=False)) | project_words(root) | own_words()


def without_values(words: str, root: Path) -> str:
    """A message of ours without what nobody has written: a cell may have passed us an answer as a name."""
    for line in filter(_GOT.match, words.split("\n")):
        names = {word for word in words_in(line) if len(word) >= LONG - 1 and not word.isdecimal()}
        words = (
            words
            if names <= project_words(root) | own_words()
            else words.replace(line, "  got:     what nobody has written")
        )
    return words


def unpublishable_files(
    folder: Path, what: Looks | None, *, copies: bool = False, read_file: Reader | None = None
) -> Iterator[tuple[str, str]]:
    """Files of a folder that may not be published, each with why; of a name that says too much only the kind.

    Parameters
    ----------
    folder : Path
    what : Identifying, Unapproved or RosterNames, optional
        Without it only the kinds of the files are looked at.
    copies : bool
        Read PDFs and the texts of pictures too, which a run makes of what it has read already.
    read_file : callable, optional
        Gives the texts of a file to several looks, and reads it once.
    """
    read_file = read_file or _texts
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix in COPIES and not copies:
            continue
        is_record = path.name in DESCRIPTIONS and not isinstance(what, RosterNames)
        read = (lambda _: []) if what is None or is_record else what.found_in
        name = path.relative_to(folder).as_posix()
        in_name = read(name)
        label = f"the name of a {path.suffix[:9]} file" if in_name else name
        yield from ((label, f"holds {words}") for words in in_name)
        try:
            texts = list(read_file(path))
        except (OSError, ValueError, KeyError, SyntaxError, zipfile.BadZipFile) as error:
            yield label, f"cannot be read ({type(error).__name__})"
            continue
        if path.suffix not in KINDS:
            yield label, "is of a kind that no report has"
        wrong = dict.fromkeys(words for text in texts for words in read(text))
        yield from ((label, f"holds {words}") for words in wrong)


def _texts(path: Path) -> Iterator[str]:
    """What can be read in a file, however it is packed, and what describes it; nothing of unknown kinds."""
    if path.suffix in TEXTS:
        text = path.read_text(encoding="utf-8")
        yield text
        if path.suffix in (".json", ".ipynb"):  # as whoever opens it sees it: without escapes
            yield from _strings(json.loads(text))
        yield from (b64decode(packed).decode("utf-8", "replace") for packed in _PACKED_TEXT.findall(text))
    elif path.suffix == ".parquet":
        from pyarrow import parquet

        for text in (parquet.read_schema(path).metadata or {}).values():
            yield text.decode("utf-8", "replace")
            with suppress(ValueError):
                yield from _strings(json.loads(text))
        yield parquet.read_table(path).to_pandas().to_csv()
    elif path.suffix in PACKED:
        yield from _packed(path.read_bytes(), path.suffix)
    elif path.suffix == ".pdf":
        yield from _pdf(path)
    elif path.suffix == ".png":
        from PIL import Image

        with Image.open(path) as picture:
            picture.load()  # what describes a picture may stand behind it
            yield str(picture.info)


def _packed(content: bytes, suffix: str) -> Iterator[str]:
    """The parts of an office file, and those of the spreadsheets behind its charts; cells as they stand."""
    if suffix == ".xlsx":
        from openpyxl import load_workbook

        for sheet in load_workbook(io.BytesIO(content), read_only=True, data_only=True):
            yield "\n".join(" ".join(map(str, row)) for row in sheet.iter_rows(values_only=True))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith(PACKED):
                yield from _packed(archive.read(name), Path(name).suffix)
            elif name.endswith((".xml", ".svg", ".rels")):
                text = _CELL.sub(" ", archive.read(name).decode("utf-8"))
                yield " ".join(_TAG.sub(" ", text).split())
                yield " ".join(_SAID.findall(text))


def _pdf(path: Path) -> Iterator[str]:
    try:
        document = PdfReader(path)
        yield from (page.extract_text() for page in document.pages)
        yield str(document.metadata)
    except PyPdfError as error:
        raise ValueError from error


def _strings(value: Any) -> Iterator[str]:
    """Texts of a JSON value; those of one list in one, as they stand side by side."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        yield " ".join(str(x) for x in value if not isinstance(x, dict | list))
        yield from (text for x in value if isinstance(x, dict | list) for text in _strings(x))


LOOKS: dict[str, Callable[[Params, Path], Identifying | Unapproved | None]] = {
    "quantitative": identifying,
    "qualitative": unapproved,
}


def check_made(job: Job, stage: Path) -> None:
    """Before pages are made: what a phase leaves is its evidence and what its blocks name, and nothing else.

    Raises
    ------
    PublicationRefused
        A cell has written a file of its own.
    """
    if job.phase not in PHASES:
        return
    cells = read_json(stage / NOTEBOOK).get("cells", [])
    blocks = [o.get("data", {}).get(MIME) or {} for cell in cells for o in cell.get("outputs", [])]
    names = {name for block in blocks for name in (block.get("files") or {}).values()}
    paths = [path for path in stage.rglob("*") if not _is_filled(path)]
    files = {path.relative_to(stage).as_posix() for path in paths}
    links = {path.relative_to(stage).as_posix() for path in paths if path.is_symlink()}
    copies = {name for name in names if Path(name).suffix in COPIES}  # which are made later, of what is read
    if others := (files - (names - copies) - {NOTEBOOK, STATEMENTS, *EVIDENCE}) | links:
        what = "A cell has written a file that no exhibit names."
        got = f"{len(others)} in the folder of the report"
        allowed = "what wb.table and wb.figure write"
        raise PublicationRefused(what, got=got, allowed=allowed, next="take the cell out that writes it")


def _is_filled(path: Path) -> bool:
    """A folder with something in it: the name of an empty one may say something, a link leads anywhere."""
    return path.is_dir() and not path.is_symlink() and any(path.iterdir())


def check_outputs(job: Job, stage: Path) -> None:
    """The gate of reports on people who were asked; products rest on what has passed it.

    Raises
    ------
    PublicationRefused
    """
    params = load_params(job.root / job.params_file, job.root) if job.params_file else None
    if params is None:
        return
    read_file = cache(lambda path: tuple(_texts(path)))
    refuse_names(job, stage, params, read_file)
    if _has_own_cells(job):
        refuse_other_data(job, stage, params, read_file)
    if job.phase not in params.phases or params.is_synthetic(job.phase):
        return
    refuse_leaks(job, stage, params, read_file)
    refuse_differencing(job, stage, params)


def _has_own_cells(job: Job) -> bool:
    """Whether cells of the project run in a job; those that digicit ships open their own phase only."""
    return bool(job.annex) or not Path(job.workbook).is_absolute()


def refuse_other_data(job: Job, stage: Path, params: Params, read_file: Reader) -> None:
    """A cell may open the file of another phase: its ids, rows and participants' words are no output either.

    Raises
    ------
    PublicationRefused
    """
    for phase, look in LOOKS.items():
        if phase == job.phase:
            continue
        try:
            what = look(params, job.root)
        except DigicitError:  # what is not here no cell has opened
            continue
        if what:
            what = what.without_words() if isinstance(what, Identifying) else what
            hits = unpublishable_files(stage, what, read_file=read_file)
            _refuse_found([hit for hit in hits if hit[1].startswith("holds")])


def refuse_names(job: Job, stage: Path, params: Params, read_file: Reader) -> None:
    """No file may hold a name of the study's roster, neither in its text nor in its own name.

    Raises
    ------
    PublicationRefused
    """
    if (names := names_of_roster(params, job.root)) is None:
        return
    problems = unpublishable_files(stage, names, read_file=read_file)
    if hits := [name for name, why in problems if why.startswith("holds")]:
        what = "A name of the roster stands in what would be published."
        hint = "write this form into the roster's aliases, or take the words out"
        raise PublicationRefused(what, where=", ".join(hits[:5]), next=hint)


def refuse_leaks(job: Job, stage: Path, params: Params, read_file: Reader) -> None:
    """The gate of a run on observed answers, over all that it has produced.

    Raises
    ------
    PublicationRefused
        With the files, and what they hold, in words.
    """
    look = LOOKS.get(job.phase)
    what = look(params, job.root) if look else None
    _refuse_found(list(unpublishable_files(stage, what, read_file=read_file)))


def _refuse_found(problems: list[tuple[str, str]]) -> None:
    if problems:
        places = "; ".join(f"{name} {why}" for name, why in problems[:3])
        what = "The run would publish what may point to respondents."
        allowed = "estimates, through wb.table, wb.figure and wb.finding"
        hint = "take the cell out that shows or writes them"
        raise PublicationRefused(what, got=places, allowed=allowed, next=hint)


def check_published(root: Path, params: Params) -> list[dict[str, str]]:
    """What `digicit check --publish` says of a study's outputs, against its own data, and of stray files."""
    folder, problems = root / "outputs" / params.slug, {}
    for look in (identifying, unapproved, names_of_roster):
        try:
            what = look(params, root)
        except DigicitError as error:
            problems[params.file, f"its outputs are not compared with its data: {error.what}"] = ()
        else:
            wrong = unpublishable_files(folder, what, copies=True)
            problems |= {(f"outputs/{params.slug}/{name}", why): () for name, why in wrong}
    for path in strays(folder.parent):
        if path.parent == folder.parent or folder in path.parents:
            where = path.relative_to(root).as_posix()
            problems[where, "no run has made this file; move it out of outputs/"] = ()
    return [{"where": where, "what": why} for where, why in problems]
