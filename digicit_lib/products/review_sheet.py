"""The sheet on which reviewers mark findings, exhibits and numbers, and what comes back from them.

The sheet is a spreadsheet to fill in and a page to print; comments in a Word file come back as a list.
"""

import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import xlsxwriter
from docx import Document
from markupsafe import Markup
from openpyxl import load_workbook

from digicit_lib.data.respondents import level_name
from digicit_lib.errors import DigicitError
from digicit_lib.evidence import Estimate, marks
from digicit_lib.exhibits.blocks import label, tag
from digicit_lib.exhibits.grid import LONG
from digicit_lib.exhibits.tables import interval_text, value_text
from digicit_lib.language import N_, translate
from digicit_lib.params import load_params
from digicit_lib.products.gate import Published, SignOff, read_review, value_hash
from digicit_lib.report.html_page import fill
from digicit_lib.report.story import Story, read_story
from digicit_lib.safe import TEXT_IS_TEXT, clean, has_come, html, inside, refuse_bomb, write_atomic
from digicit_lib.workbook.survey_guards import level_words

FOLDER = "reviews"
SIGNATURE = "digicit review"
HEADS = (
    "id",
    "value",
    N_("What stands there"),
    N_("Details"),
    N_("Mark: agree, query or wrong"),
    N_("Name"),
    N_("Date"),
    N_("Note"),
)
WIDTHS = (14, 15, 70, 24, 16, 20, 12, 40)
LONGEST_NAME = 80
FIRST = 4  # row of the first line, counted from 1: signature, how to, heads come before
HOW_TO = N_(
    "For each line choose agree, query or wrong, and give your name and the date. Lines without a mark stay "
    "as they are. To agree with a number signs it for products."
)


class Line(NamedTuple):
    """What a reviewer reads, and the mark that stands already."""

    name: str
    value: str
    what: str
    details: str
    mark: marks.Mark | SignOff | None = None


def story_of(root: Path, study: str, phase: str, language: str | None = None) -> Story:
    """What a study has published of a phase.

    Raises
    ------
    DigicitError
        Nothing yet.
    """
    path = inside(root, "outputs", study, phase) / "workbook.ipynb"
    if not path.is_file():
        raise DigicitError(
            "There is no report to review.", got=f"{study} {phase}", next=f"digicit run {study}"
        )
    return read_story(json.loads(path.read_text(encoding="utf-8")), language)


def write_review_sheets(root: Path, study: str, phase: str, params_file: str = "") -> list[Path]:
    """Write the sheet of a report, as a spreadsheet and as a page; marks that stand already are filled in.

    Parameters
    ----------
    root : Path
        The project folder.
    study, phase : str
    params_file : str
        Of a study whose params stand elsewhere.

    Returns
    -------
    list of Path
        In `reviews/`.
    """
    story = story_of(root, study, phase)
    marks_given = marks.read_marks(root, marks.review_file(study, params_file), phase)
    parts = {
        N_("Findings"): _findings(story, marks_given),
        N_("Figures and tables"): _exhibits(story, marks_given),
    }
    numbers = {N_("Numbers"): _numbers(root, study, phase, params_file, story.language)}
    base = inside(root, FOLDER, f"{study}_{phase}")
    files: dict[Path, bytes | str] = {
        base.with_suffix(".xlsx"): _xlsx({**parts, **numbers}, f"{study} {phase}", story.language),
        base.with_suffix(".html"): _page(parts, story),
    }
    for path, content in files.items():
        write_atomic(path, content)
    return list(files)


def _findings(story: Story, marks_given: Mapping[str, marks.Mark]) -> list[Line]:
    lines = {}
    for block in story.blocks("finding"):
        name = marks.name_of(block)
        if name:
            text = "".join(part if isinstance(part, str) else part["text"] for part in block["parts"])
            lines[name] = Line(name, marks.value_of(block), text, "", marks_given.get(name))
    return list(lines.values())


def _exhibits(story: Story, marks_given: Mapping[str, marks.Mark]) -> list[Line]:
    lines = {}
    for block in story.blocks("figure", "table"):
        name, title = marks.name_of(block), str(block["title"])
        lines[name] = Line(
            name, marks.value_of(block), title, label(block, story.language), marks_given.get(name)
        )
    return list(lines.values())


def _numbers(root: Path, study: str, phase: str, params_file: str, language: str) -> list[Line]:
    """Estimates that are shown, each of which a product may cite once somebody has signed it."""
    store = Published(root, study, phases=[phase]).store(phase)
    signatures = read_review(root, study, params_file)
    ages = load_params(root / params_file if params_file else study, root).population.ages
    rows = [Estimate(**row) for row in store.rows.values() if row["quality"] in ("ok", "caution")]
    levels = {row["level"] for row in store.rows.values()} - {""}
    pairs = {f"{a}-{b}": (a, b) for a in levels for b in levels}
    return [
        Line(
            one.id,
            value_hash(one),
            _what(one, pairs, ages, language),
            _told(one, language),
            signatures.get(one.id),
        )
        for one in rows
    ]


def _what(one: Estimate, pairs: Mapping[str, Sequence[str]], ages: tuple[int, int], language: str) -> str:
    """Title, group, category and period; of a difference both groups, as its exhibit names them."""
    ends = map(level_name, pairs.get(one.level, (one.level,)))
    texts = (translate(level_words(end, ages), language) for end in ends)
    group = re.sub(r"(?<=\d)-(?=\d)", "–", " − ".join(texts))
    return " · ".join(filter(None, (one.title, group, one.category, one.period)))


def _told(one: Estimate, language: str) -> str:
    form: dict[str, Any] = {"unit": one.unit, "language": language, "decimals": 1}
    ends = interval_text(*one.interval, **form)
    return value_text(one.estimate, statistic=one.statistic, **form) + (f" ({ends})" if ends else "")


def _filled(line: Line) -> tuple[str, str, str, str]:
    """Mark, name, date and note that stand already, where the value is still the one that was read."""
    mark = line.mark
    if mark is None or mark.value != line.value:
        return "", "", "", ""
    verdict, note = (mark.mark, mark.note) if isinstance(mark, marks.Mark) else ("agree", "")
    return verdict, mark.name, mark.date.isoformat(), note


def _xlsx(parts: Mapping[str, list[Line]], of: str, language: str) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, TEXT_IS_TEXT)
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    bold, plain = book.add_format({"bold": True}), book.add_format()
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for title, lines in parts.items():
        sheet = book.add_worksheet(translate(title, language)[:31])
        sheet.write_row(0, 0, (SIGNATURE, of), bold)
        sheet.write(1, 0, translate(HOW_TO, language), plain)  # over its neighbours, not in a narrow column
        sheet.write_row(2, 0, [translate(head, language) for head in HEADS], bold)
        for k, width in enumerate(WIDTHS):
            sheet.set_column(k, k, width, wrapped)
        for k, line in enumerate(lines, FIRST - 1):
            sheet.write_row(k, 0, (*map(clean, line[:4]), *_filled(line)))
        choice = {"validate": "list", "source": list(marks.VERDICTS)}
        sheet.data_validation(FIRST - 1, 4, FIRST + len(lines), 4, choice)
        sheet.freeze_panes(3, 3)
    book.close()
    return file.getvalue()


def _page(parts: Mapping[str, list[Line]], story: Story) -> str:
    language, say = story.language, partial(translate, language=story.language)
    sections = [
        tag("h2", html(say(words))) + tag("ol", *(_item(line, say) for line in lines), class_="review")
        for words, lines in parts.items()
    ]
    words = {
        "title": translate("{title}: review", language, title=clean(story.title)),
        "lead": say(HOW_TO),
        "content": Markup("".join(sections)),
    }
    return fill("changes.html.j2", language=language, say=say, **words)


def _item(line: Line, say: Callable[[str], str]) -> str:
    """What stands there, boxes to tick, lines to write on."""
    verdict, *rest = _filled(line)
    boxes = [f"{'☒' if mark == verdict else '☐'} {mark}" for mark in marks.VERDICTS]
    heads = (say("Name"), say("Date"), say("Note"))
    lines = (f"{head}: {text or '…………'}" for head, text in zip(heads, rest, strict=True))
    # A line to write on is not torn from its word; a note that stands there may be long.
    pieces = (tag("span", html(words), class_="" if len(words) > LONG else "whole") for words in lines)
    details = tag("span", html(line.details), class_="slug") if line.details else ""
    return tag(
        "li",
        tag("p", details, html(line.what)),
        tag("p", " · ".join((html(" ".join(boxes)), *pieces)), class_="boxes"),
    )


# --- what comes back ----------------------------------------------------------------------------------


def take_back(root: Path, study: str, phase: str, path: Path, params_file: str = "") -> str:
    """Put what stands in a filled sheet, or in the comments of a Word file, into the study's marks.

    Returns
    -------
    str
        What was taken, in a sentence; marks on what has changed since the sheet was written are counted.

    Raises
    ------
    DigicitError
        Another study's sheet, a mark that is none, a line without name or date, a file of another kind.
    """
    file = marks.review_file(study, params_file)
    if path.suffix == ".docx":
        remarks = [{"phase": phase, **one, "file": path.name} for one in comments(path, f"{study} {phase}")]
        new = marks.keep_comments(root, file, remarks)
        return f"{len(remarks)} comments, {new} of them new"
    if path.suffix != ".xlsx":
        raise DigicitError(
            "A review comes back as XLSX or DOCX.", got=path.name, next="digicit review STUDY PHASE"
        )
    rows = list(marked(path, f"{study} {phase}"))
    marks_said = {name: mark for name, mark in rows if not name.startswith(f"{study}/")}
    signatures = {
        name: {"name": mark.name, "date": mark.date, "value": mark.value}
        for name, mark in rows
        if name.startswith(f"{study}/") and mark.mark == "agree"
    }
    marks.keep_marks(root, file, phase, marks_said, signatures)
    story = story_of(root, study, phase)
    standing = {(line.name, line.value) for line in [*_findings(story, {}), *_exhibits(story, {})]}
    numbers = {line.name for line in _numbers(root, study, phase, params_file, story.language)}
    past = [name for name, mark in marks_said.items() if (name, mark.value) not in standing]
    past += [name for name in signatures if name not in numbers]
    words = f"{len(marks_said)} marks, {len(signatures)} numbers signed"
    return f"{words}; on what the report no longer says: {len(past)}" if past else words


def marked(path: Path, of: str) -> Iterator[tuple[str, marks.Mark]]:
    """Names and marks of the lines of a filled sheet."""
    for title, rows in _sheets(path):
        first = [str(cell or "") for cell in rows[0]][:2] if rows else []
        if first != [SIGNATURE, of]:
            _refuse(path, " ".join(first), f"{SIGNATURE} {of}")
        for number, row in enumerate(rows[FIRST - 1 :], FIRST):
            cells = [*row, *[None] * len(HEADS)][: len(HEADS)]
            if any(cells[4:7]):
                yield str(cells[0]), _mark(cells, f"{path.name}, {title}, row {number}")


def _sheets(path: Path) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of each sheet: a part of it may be no XML, and a cell may stand in the last corner."""
    refuse_bomb(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = [list(page.iter_rows(values_only=True, max_col=len(HEADS))) for page in book.worksheets]
        return [(page.title, lines) for page, lines in zip(book.worksheets, rows, strict=True)]
    except Exception as error:
        raise DigicitError("The Excel file cannot be read.", where=path.name, next="save it again") from error


def _refuse(path: Path, got: str, allowed: str) -> NoReturn:
    raise DigicitError("This belongs to another report.", where=path.name, got=got, allowed=allowed)


def _mark(cells: list[Any], where: str) -> marks.Mark:
    line, value, verdict, name, note = (str(cells[k] or "").strip() for k in (0, 1, 4, 5, 7))
    if not line or not value or len(name) > LONGEST_NAME:
        got = "a long name" if line and value else "no id or no value"
        allowed = f"id and value as the sheet was written, a name of up to {LONGEST_NAME} characters"
        raise DigicitError("A mark belongs to a line and a person.", where=where, got=got, allowed=allowed)
    if verdict.lower() not in marks.VERDICTS or not name:
        got = f"mark {verdict or 'none'}, name {name or 'none'}"
        allowed = ", ".join(marks.VERDICTS)
        raise DigicitError("A mark needs a verdict and a name.", where=where, got=got, allowed=allowed)
    return marks.Mark(verdict.lower(), name, _day(cells[6], where), value, note)


def _day(cell: Any, where: str) -> dt.date:
    try:
        day = cell.date() if isinstance(cell, dt.datetime) else dt.date.fromisoformat(str(cell or "").strip())
    except ValueError:
        day = dt.date.max
    if not has_come(day):
        got = str(cell or "none")[:80]
        raise DigicitError("A mark needs a day that has come.", where=where, got=got, allowed="2026-10-01")
    return day


def comments(path: Path, of: str = "") -> list[dict[str, Any]]:
    """Comments of a Word file: who, when, on which words below which heading, and what they say.

    Raises
    ------
    DigicitError
        The file is no Word file, or says in its keywords that it is the report of another study or phase.
    """
    refuse_bomb(path)
    try:
        document = Document(str(path))
    except Exception as error:
        raise DigicitError("The Word file cannot be read.", where=path.name) from error
    if of and document.core_properties.keywords not in ("", of):
        _refuse(path, document.core_properties.keywords, of)
    places = _commented(document)
    return [
        {
            "name": comment.author or "",
            "date": comment.timestamp.date() if comment.timestamp else None,
            "under": places.get(comment.comment_id, ("", ""))[0],
            "on": places.get(comment.comment_id, ("", ""))[1],
            "text": comment.text,
        }
        for comment in document.comments
    ]


def _commented(document: Any) -> dict[int, tuple[str, str]]:
    """By comment: the heading above, and the words that it is about."""
    places: dict[int, tuple[str, str]] = {}
    heading, open_ = "", dict[int, list[str]]()
    for node in document.element.body.iter():
        tag = str(node.tag).rpartition("}")[2]
        if tag == "p":
            style = node.find(".//{*}pStyle")
            is_heading = style is not None and "eading" in str([*style.values()])
            heading = "".join(t.text or "" for t in node.iter("{*}t")) if is_heading else heading
        elif tag == "commentRangeStart":
            open_[int(node.values()[0])] = []
        elif tag == "t":
            for words in open_.values():
                words.append(node.text or "")
        elif tag == "commentRangeEnd":
            name = int(node.values()[0])
            places[name] = (heading, "".join(open_.pop(name, [])))
    return places
