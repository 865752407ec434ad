"""The Word file of a story: the document of the PDF with real headings, captions and tables, to edit."""

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, takewhile
from typing import Any

import docx as word
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Inches, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from digicit_lib.exhibits.grid import cell_words
from digicit_lib.report.fitting import STAND_IN, em
from digicit_lib.report.office_parts import (
    DOCUMENT_LANGUAGES,
    FONT,
    INK,
    MARK,
    SOFT,
    Part,
    add_bookmark,
    add_field,
    add_inline,
    add_link,
    add_run,
    bookmark_numbers,
    embed_font,
    end_field,
    in_language,
    line_of,
    sealed,
    start_field,
    styled,
    with_pictures,
)
from digicit_lib.report.pdf import document
from digicit_lib.report.prose import inline_text
from digicit_lib.report.story import Story
from digicit_lib.report.word_tables import Box, add_table

TEXT_WIDTH, TURNED_WIDTH = 6.3, 9.7  # inches between the margins of an A4 page, upright and turned
FACT_WIDTHS = (2.0, 4.3)  # inches
LEAST_SIZE = 8.0  # points of the smallest table text
SHORT_NUMBER = 12  # a cell of so few characters is a number with its unit: it stays on one line
CELL_EDGES = 0.16  # inches beside the text of a cell


def docx(story: Story) -> bytes:
    """The story as a Word file.

    Parameters
    ----------
    story : Story

    Returns
    -------
    bytes
        Styles that Word knows, alternative texts, mark and state in each page's head. The same each time.

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> docx(read_story({"cells": [], "metadata": {}}, title="T"))[:2]
    b'PK'
    """
    of = " ".join(str(story.cover.get(key) or "") for key in ("study", "phase")).strip()
    data = document(story) | {"of": of}
    data["parts"] = with_pictures(data["parts"])
    file = word.Document()
    _set_up(file, data)
    _cover(file, data)
    _contents(file, data)
    marks = bookmark_numbers(data["parts"])
    for part in data["parts"]:
        with in_language(file, part.get("lang")):
            _WRITERS[part["type"]](file, part, marks)
    line_of(file, f"{data['cite'][0]}: {data['cite'][1]}", SOFT)
    stream = io.BytesIO()
    file.save(stream)
    return sealed(stream)


# --- the page -----------------------------------------------------------------------------------------


def _set_up(file: Document, data: Part) -> None:
    """Paper, styles, language, properties, head and foot."""
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(22)
    embed_font(file)
    _styles(file, DOCUMENT_LANGUAGES.get(data["language"], str(data["language"])))
    properties = file.core_properties
    properties.title, properties.language, properties.keywords = data["title"], data["language"], data["of"]
    properties.author = properties.comments = ""
    properties.created = properties.modified = dt.datetime.combine(dt.date(*data["moment"]), dt.time(12))
    properties.last_modified_by = ""
    head = section.header.paragraphs[0]
    add_run(head, " · ".join(filter(None, (data["title"], data["status"]))), SOFT, 8)
    if data["label"]:
        add_run(head, "   " + data["label"], MARK, 8).bold = True
    add_field(section.footer.paragraphs[0], "PAGE", "1")


def _styles(file: Document, language: str) -> None:
    sizes = {"Normal": 10.5, "Title": 26, "Heading 1": 17, "Heading 2": 14, "Heading 3": 12, "Caption": 10.5}
    for name, size in sizes.items():
        style = file.styles[name]
        style.font.size, style.font.name = Pt(size), FONT
        style.font.color.rgb = RGBColor.from_string(INK)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(key), None)
        for key in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(key), FONT)
    caption = file.styles["Caption"].paragraph_format
    caption.keep_with_next, caption.space_before, caption.space_after = True, Pt(14), Pt(3)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), language)
    defaults = file.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(spoken)


def _cover(file: Document, data: Part) -> None:
    styled(file, "Title", data["title"])
    if data["subtitle"]:
        line_of(file, data["subtitle"], SOFT, 13)
    if data["banner"]:
        line_of(file, data["banner"], MARK).runs[0].bold = True
    if data["facts"]:
        _facts(file, data["facts"])


def _contents(file: Document, data: Part) -> None:
    """A contents field that holds its entries already; Word renews it with the page numbers (F9)."""
    headings = [part for part in data["parts"] if part["type"] == "heading" and part["level"] < 4]
    if not headings:
        return
    styled(file, "Heading 1", data["contents"])
    entries = [("    " * (part["level"] - 2) + inline_text(part["parts"])) for part in headings]
    lines = [file.add_paragraph() for _ in entries]
    start_field(lines[0], 'TOC \\o "1-3" \\h \\z \\u')
    for line, part, words in zip(lines, headings, entries, strict=True):
        add_link(line, part.get("id", ""), words)
        line.paragraph_format.space_after = 0
    end_field(lines[-1])


# --- parts of the document ----------------------------------------------------------------------------


def _heading(file: Document, part: Part, marks: Iterator[int]) -> None:
    line = styled(file, f"Heading {part['level'] - 1}")
    add_inline(line, part["parts"])
    add_bookmark(line, part.get("id", ""), marks)


def _paragraph(file: Document, part: Part, marks: Iterator[int]) -> None:
    add_inline(file.add_paragraph(), part["parts"])


def _list(file: Document, part: Part, marks: Iterator[int]) -> None:
    style = "List Number" if part["ordered"] else "List Bullet"
    for blocks in part["items"]:
        for number, block in enumerate(blocks):
            if block["type"] == "paragraph":
                add_inline(styled(file, "List Continue" if number else style), block["parts"])
            else:
                _WRITERS[block["type"]](file, block, marks)


def _quote(file: Document, part: Part, marks: Iterator[int]) -> None:
    for block in part["blocks"]:
        add_inline(styled(file, "Quote"), block.get("parts", ()))


def _rule(file: Document, part: Part, marks: Iterator[int]) -> None:
    file.add_paragraph()


def _preformatted(file: Document, part: Part, marks: Iterator[int]) -> None:
    for words in part["text"].splitlines():
        line_of(file, words, SOFT, 8.5)


def _caption(file: Document, part: Part, marks: Iterator[int]) -> None:
    """Number and title, the mark, the subtitle: one paragraph, since of several some programs leave one."""
    line = styled(file, "Caption")
    number = ", ".join(filter(None, (part["number"], part.get("part", ""))))
    add_run(line, f"{number}. " if number else "", SOFT).bold = True
    add_run(line, part["title"]).bold = True
    if part["mark"]:
        add_run(line, f"  {part['mark']}", MARK, 8.5).bold = True
    add_bookmark(line, part.get("name", ""), marks)
    if part["subtitle"]:
        line.add_run().add_break()
        add_run(line, part["subtitle"], SOFT, 9).bold = False


def _register(file: Document, part: Part, marks: Iterator[int]) -> None:
    """A table of sentences: what holds for all, then name by name what is said, under the heads of groups."""
    _caption(file, part, marks)
    if part["common"]:
        line_of(file, part["common"], SOFT)
    for group in part["groups"]:
        if group["label"]:
            line_of(file, group["label"]).runs[0].bold = True
        if group["common"]:
            line_of(file, group["common"], SOFT)
        for entry in group["entries"]:
            lines = [line_of(file, words) for words in (entry["name"], *entry["said"])]
            lines[0].runs[0].bold = True
            for line in lines[:-1]:
                line.paragraph_format.space_after, line.paragraph_format.keep_with_next = 0, True
    _notes(file, part)


def _notes(file: Document, part: Part) -> None:
    for words in part["notes"]:
        line_of(file, words, SOFT, 8.5).paragraph_format.space_after = 0


def _figure(file: Document, part: Part, marks: Iterator[int]) -> None:
    _caption(file, part, marks)
    count = len(part["pictures"])
    for n, picture in enumerate(part["pictures"], 1):
        alt = part["alt"] if n == 1 else f"{part['title']} ({n}/{count})"
        line = _drawn(file, picture, alt, n == count and bool(part["notes"]))
        line.paragraph_format.space_after = Pt(3)
    _notes(file, part)


def _picture(file: Document, part: Part, marks: Iterator[int]) -> None:
    _drawn(file, bytes(part["bytes"]), part["alt"], False)


def _drawn(file: Document, content: bytes, alt: str, notes: bool) -> Paragraph:
    """A picture no wider than the text and no higher than most of a page, with its description."""
    line = file.add_paragraph()
    line.paragraph_format.keep_with_next, line.paragraph_format.line_spacing = notes, 1
    shape = line.add_run().add_picture(io.BytesIO(content))
    tall = min(1.0, Inches(8.2) / shape.height, Inches(TEXT_WIDTH) / shape.width)
    shape.width, shape.height = Emu(int(shape.width * tall)), Emu(int(shape.height * tall))
    shape._inline.docPr.set("descr", alt)
    return line


def _table(file: Document, part: Part, marks: Iterator[int], width: float = TEXT_WIDTH) -> None:
    """Spanners, heads, groups, rows; the first columns head their row. What is too wide stands across."""
    sizes = (max(LEAST_SIZE, part["size"]), LEAST_SIZE)
    fitting = (s for s in sizes if sum(word for word, _ in _least_widths(part, s)) <= width)
    size = next(fitting, 0.0 if width < TURNED_WIDTH else LEAST_SIZE)
    if not size:
        _across(file, {"sheets": [part]}, marks)
        return
    _caption(file, part, marks)
    columns, sides = len(part["heads"]), part["align"]
    spanners = [Box(words, span=span, bold=True) for words, span in part["spanners"]]
    heads = [Box(words, side, bold=True) for words, side in zip(part["heads"], sides, strict=True)]
    tops = [spanners, heads] if spanners else [heads]
    rows = []
    for group in part["groups"]:
        rows += [[Box(group["label"], span=columns, bold=True)]] if group["label"] else []
        rows += [
            [Box(cell, side) for cell, side in zip(cells, sides, strict=True)] for cells in group["rows"]
        ]
    add_table(file, [*tops, *rows], _fitted(_least_widths(part, size), width), size, len(tops), ruled=True)
    _notes(file, part)
    file.add_paragraph().paragraph_format.space_after = 0


def _least_widths(part: Part, size: float) -> list[tuple[float, float]]:
    """Of each column, in inches: the width of its longest word or short number, and of its mean text."""
    rows = [row for group in part["groups"] for row in group["rows"]]
    widths, inch = [], size * STAND_IN / 72
    for place, head in enumerate(part["heads"]):
        cells = [cell_words(row[place]) for row in rows]
        words = chain(*(_words(text) for text in (head, *cells)))
        mean = sum(map(em, cells)) / max(1, len(cells))
        widths.append((max(map(em, words)) * inch + CELL_EDGES, mean * inch + CELL_EDGES))
    return widths


def _words(text: str) -> list[str]:
    is_number = len(text) <= SHORT_NUMBER and any(map(str.isdigit, text))
    return [text] if is_number else re.split(r"[ \n]", text)


def _fitted(columns: Sequence[tuple[float, float]], room: float) -> list[float]:
    """Each column holds its longest word; what is left goes where text is longer still."""
    spare = room - sum(least for least, _ in columns)
    if spare < 0:
        return [least * room / (room - spare) for least, _ in columns]
    wanting = [max(0.01, mean - least) for least, mean in columns]
    return [least + spare * more / sum(wanting) for (least, _), more in zip(columns, wanting, strict=True)]


def _across(file: Document, part: Part, marks: Iterator[int]) -> None:
    """Wide tables stand on turned pages of their own, below the headings that lead to them.

    An upright page between two of them would hold nothing: the section that waits for it is turned.
    """
    body = file._body._element
    headings = list(takewhile(_is_heading, [*body][-2::-1]))[::-1]
    before = [*body][-2 - len(headings)]
    is_empty = before.find(f".//{qn('w:sectPr')}") is not None
    for orientation, tables in ((WD_ORIENT.LANDSCAPE, part["sheets"]), (WD_ORIENT.PORTRAIT, ())):
        section = file.sections[-1] if tables and is_empty else file.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = orientation
        section.page_width, section.page_height = section.page_height, section.page_width
        while tables and headings:
            body._insert_p(headings.pop(0))
        for table in tables:
            _table(file, table, marks, TURNED_WIDTH)


def _is_heading(line: Any) -> bool:
    return str(getattr(line, "style", None) or "").startswith("Heading")


def _facts(file: Document, rows: Sequence[Sequence[str]]) -> None:
    """Terms and their meanings as a table without heads."""
    add_table(file, [[Box(term, bold=True), Box(meaning)] for term, meaning in rows], FACT_WIDTHS, 10)


def _finding(file: Document, part: Part, marks: Iterator[int]) -> None:
    line = styled(file, "List Bullet")
    for words, number in chain.from_iterable(part["parts"]):
        add_run(line, words).bold = number or None
    if part["link"]:
        line.add_run(" (")
        add_link(line, part["link"][0], part["link"][1])
        line.add_run(")")


def _note(file: Document, part: Part, marks: Iterator[int]) -> None:
    line = file.add_paragraph()
    warm = part["tone"] in ("warning", "synthetic")
    add_run(line, part["title"] + " ", MARK if warm else SOFT).bold = True
    add_run(line, part["text"], MARK if warm else None)


def _quotation(file: Document, part: Part, marks: Iterator[int]) -> None:
    line = styled(file, "Quote")
    add_run(line, {"text": part["text"], "lang": part["lang"]})
    if part["translation"]:
        line_of(file, part["translation"], SOFT)
    line = line_of(file, f"— {part['attribution']}", SOFT, 9)
    if part["mark"]:
        add_run(line, f"  {part['mark']}", MARK, 8.5).bold = True


def _bullets(file: Document, part: Part, marks: Iterator[int]) -> None:
    if part["title"]:
        line_of(file, part["title"]).runs[0].bold = True
    for item in part["items"]:
        styled(file, "List Bullet", str(item))


def _definitions(file: Document, part: Part, marks: Iterator[int]) -> None:
    if part["title"]:
        title = line_of(file, part["title"])
        title.runs[0].bold, title.paragraph_format.keep_with_next = True, True
    _facts(file, part["rows"])


_WRITERS: dict[str, Callable[[Any, Part, Iterator[int]], None]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "list": _list,
    "quote": _quote,
    "pre": _preformatted,
    "rule": _rule,
    "figure": _figure,
    "picture": _picture,
    "table": _table,
    "across": _across,
    "register": _register,
    "finding": _finding,
    "note": _note,
    "quotation": _quotation,
    "bullets": _bullets,
    "definitions": _definitions,
    "provenance": _definitions,
}
