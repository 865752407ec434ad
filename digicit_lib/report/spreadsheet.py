"""The tables of a story as one spreadsheet: a cover sheet, a sheet a table, numbers as numbers."""

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xlsxwriter

from digicit_lib.exhibits import blocks
from digicit_lib.exhibits.cell_text import HIDDEN_WORDS
from digicit_lib.language import N_, translate
from digicit_lib.language.formats import MINUS, number
from digicit_lib.report.html_page import banners
from digicit_lib.report.story import Story
from digicit_lib.safe import TEXT_IS_TEXT, clean

SHEET_NAME = 31  # characters that a spreadsheet allows
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
MOST_DECIMALS = 4
_PLACES = ["", *("." + "0" * places for places in range(1, MOST_DECIMALS + 1))]
_FORMATS = {
    "year": "0",
    **{f"number {places}": f"#,##0{part}" for places, part in enumerate(_PLACES)},
    **{f"share {places}": f"0{part}%" for places, part in enumerate(_PLACES)},
}
Cell = Mapping[str, Any]


def xlsx(story: Story) -> bytes:
    """The tables of a story, and the data of its figures, as a spreadsheet.

    Parameters
    ----------
    story : Story

    Returns
    -------
    bytes
        First a cover sheet that names each table and links to it. Numbers stand as numbers; the mark of an
        estimate that is hidden or to be read with caution has a column of its own; nothing is a formula. The
        same for the same story.

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> xlsx(read_story({"cells": [], "metadata": {}}, title="T"))[:2]
    b'PK'
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, TEXT_IS_TEXT)
    moment = dt.datetime.combine(_day(story), dt.time(12))
    book.set_properties({"title": clean(story.title), "created": moment})
    looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
    tables = [(block, table) for block in story.blocks("figure", "table") if (table := _table(block))]
    names = [_sheet_name(block, number, story.language) for number, (block, _) in enumerate(tables, 1)]
    _cover(book, story, [block for block, _ in tables], names, looks)
    for name, (block, table) in zip(names, tables, strict=True):
        _sheet(book.add_worksheet(name), block, table, story.language, looks)
    book.close()
    return file.getvalue()


_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "bold": {"bold": True},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "soft": {"font_color": "#4A5564"},
    "mark": {"font_color": "#8A3B00", "bold": True},
    **{kind: {"num_format": form, "valign": "top"} for kind, form in _FORMATS.items()},
}


def _day(story: Story) -> dt.date:
    """The study's date: the clock's would differ from run to run."""
    try:
        return dt.date.fromisoformat(str(story.cover.get("date")))
    except ValueError:
        return dt.date(2000, 1, 1)


def _table(block: Cell) -> Cell | None:
    """The rows and columns of an exhibit: a figure's are those of its data table."""
    table = block if block["kind"] == "table" else block.get("table")
    return table if table and table.get("rows") else None


def _sheet_name(block: Cell, number: int, language: str) -> str:
    """At most 31 characters without those that a spreadsheet refuses, unique by its number."""
    return f"{number} {_FORBIDDEN.sub(' ', blocks.label(block, language))}"[:SHEET_NAME]


def _cover(
    book: Any, story: Story, blocks: Sequence[Cell], names: Sequence[str], looks: Mapping[str, Any]
) -> None:
    sheet = book.add_worksheet(_FORBIDDEN.sub(" ", translate("Contents", story.language))[:SHEET_NAME])
    banner, _ = banners(story)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    facts = [(str(term), str(text)) for term, text in story.cover.get("facts") or ()]
    cite = (translate("How to cite", story.language), story.citation)
    lines: list[tuple[str, str, str]] = [
        (story.title, "", "title"),
        (str(story.cover.get("subtitle") or ""), "", "bold"),
    ]
    lines += [(banner, "", "mark"), (str(story.cover.get("status") or ""), "", "bold")]
    lines += [(term, text, "text") for term, text in [*facts, cite]]
    filled = [line for line in lines if line[0]]
    for row, (first, second, look) in enumerate(filled):
        sheet.write_string(row, 0, clean(first), looks[look])
        sheet.write_string(row, 1, clean(second), looks["text"])
    for row, (block, name) in enumerate(zip(blocks, names, strict=True), len(filled) + 1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_string(row, 1, clean(block["title"]), looks["text"])


def _sheet(sheet: Any, block: Cell, table: Cell, language: str, looks: Mapping[str, Any]) -> None:
    """Title, what it is of, the table, its notes."""
    head = [block["title"], block.get("subtitle") or ""]
    marks = [translate(blocks.SYNTHETIC, language)] if block.get("synthetic") else []
    for row, words in enumerate(filter(None, [*head, *marks])):
        look = "title" if row == 0 else "mark" if words in marks else "soft"
        sheet.write_string(row, 0, clean(words), looks[look])
    start = len([words for words in head if words]) + len(marks) + 1
    columns = list(_columns(table, language))
    for at, (label, _, width) in enumerate(columns):
        sheet.write_string(start, at, clean(label), looks["head"])
        sheet.set_column(at, at, width)
    end = start + _rows(sheet, table, columns, start + 1, looks, language)
    sheet.freeze_panes(start + 1, int(table.get("row_headers") or 0))
    source = f"{translate('Source', language)}: {block['source']}" if block.get("source") else ""
    for row, words in enumerate(filter(None, [*(block.get("notes") or ()), source]), end + 2):
        sheet.write_string(row, 0, clean(words), looks["soft"])


def _columns(table: Cell, language: str) -> Iterator[tuple[str, tuple[int, str], int]]:
    """Label, (column of the table, what of its cells), width; the group of rows stands first.

    The ends of an interval take a column each, and so do the marks of a column that has any.
    """
    if table.get("groups"):
        yield translate("Group", language), (-1, ""), 24
    for at, column in enumerate(table["columns"]):
        label = ": ".join(filter(None, (str(column.get("group") or ""), str(column["label"]))))
        cells = [row[at] for row in table["rows"] if at < len(row)]
        longest = max((len(_text(cell)) for cell in cells), default=0)
        if any(isinstance(cell, Mapping) and cell.get("ends") for cell in cells):
            yield f"{label}: {translate('lower end', language)}", (at, "low"), 12
            yield f"{label}: {translate('upper end', language)}", (at, "high"), 12
        else:
            yield label, (at, ""), max(10, min(60, longest + 2))
        if any(_quality(cell) for cell in cells):
            yield f"{label}: {translate('Mark', language)}", (at, "mark"), 12


def _rows(
    sheet: Any, table: Cell, columns: Sequence[Any], start: int, looks: Mapping[str, Any], language: str
) -> int:
    groups = {n: g["label"] for g in table.get("groups") or () for n in range(g["start"], g["end"])}
    for place, row in enumerate(table["rows"]):
        shares = any(isinstance(cell, Mapping) and "%" in _text(cell) for cell in row)
        for at, (_, (source, part), _) in enumerate(columns):
            cell = groups.get(place, "") if source < 0 else row[source] if source < len(row) else ""
            _write(sheet, start + place, at, _part(cell, part, shares, language), looks, language)
    return len(table["rows"])


def _part(cell: object, part: str, shares: bool, language: str) -> object:
    """One end of an interval, in the unit of its row; the mark of a cell in words; else the cell itself."""
    if part == "mark":
        return translate(_MARKS[_quality(cell)], language) if _quality(cell) else ""
    if not part:
        return cell
    ends = cell.get("ends") if isinstance(cell, Mapping) else None
    return {"text": "%" if shares else "", "value": ends[part == "high"]} if ends else ""


def _write(sheet: Any, row: int, at: int, cell: object, looks: Mapping[str, Any], language: str) -> None:
    value = cell.get("value") if isinstance(cell, Mapping) else None
    text = _text(cell)
    printed = printed_number(text, language)
    if isinstance(value, int | float) or (printed and not isinstance(cell, Mapping)):
        value = value if isinstance(value, int | float) else printed[0] if printed else 0
        sheet.write_number(row, at, value, looks[_form(text, value, printed)])
    elif not (isinstance(cell, Mapping) and _quality(cell) in _HIDDEN):
        sheet.write_string(row, at, clean(text), looks["text"])


def _form(text: str, value: float, printed: tuple[float, int] | None) -> str:
    """The unit and the decimals of a printed value are seen in its text."""
    if "%" in text:
        return f"share {max(1, printed[1] if printed else 1)}"
    if printed and text == f"{value:.0f}" and value >= 1000:
        return "year"
    return f"number {printed[1] if printed else 0 if float(value).is_integer() else 1}"


def printed_number(text: str, language: str) -> tuple[float, int] | None:
    """The number that a text is, in its language's own form, and its decimals; nothing when it is more.

    Examples
    --------
    >>> printed_number("1,028", "en"), printed_number("%3,1", "tr"), printed_number("−0,82", "ru")
    ((1028.0, 0), (0.031, 1), (-0.82, 2))
    >>> printed_number("2017", "ru"), printed_number("p < 0.001", "en"), printed_number("007", "en")
    ((2017.0, 0), None, None)
    """
    core = text.strip("%() \u00a0\u202f").removeprefix("+")
    digits = re.sub(r"\D", "", core)
    if not 0 < len(digits) <= 15:
        return None
    whole = int(digits) * (-1 if core.startswith(MINUS) else 1)
    forms = ((places, number(whole / 10**places, language, places)) for places in range(MOST_DECIMALS + 1))
    places = next((places for places, form in forms if form == core), 0 if core == str(whole) else None)
    return None if places is None else (whole / 10**places / (100 if "%" in text else 1), places)


_HIDDEN = ("suppressed", "not_asked")
_MARKS = {"caution": N_("Caution"), **HIDDEN_WORDS}


def _quality(cell: object) -> str:
    """The mark of a cell, empty for an ordinary one."""
    quality = str(cell.get("quality") or "") if isinstance(cell, Mapping) else ""
    return "" if quality == "ok" else quality


def _text(cell: object) -> str:
    return str(cell.get("text", "") if isinstance(cell, Mapping) else "" if cell is None else cell)
