"""The PDF of a story: one typst program reads it as data, so no string of it can become markup."""

import base64
import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import typst

from digicit_lib.errors import RunError
from digicit_lib.exhibits import blocks
from digicit_lib.exhibits.grid import cell_words, column_spans, row_groups
from digicit_lib.exhibits.text_tables import Entry, Register, in_lines, pieces, register, spoken
from digicit_lib.language import direction, translate
from digicit_lib.report.composing import arranged
from digicit_lib.report.fitting import sentence, table_sheets
from digicit_lib.report.foreign import with_language
from digicit_lib.report.html_page import banners
from digicit_lib.report.layouts import facing_pages, laid_out
from digicit_lib.report.press import PROGRAM, compiler_of, drawn
from digicit_lib.report.row_heads import with_row_heads
from digicit_lib.report.story import Node, Story, keep_figures, said_once
from digicit_lib.report.tall_figures import later_part
from digicit_lib.report.white import MOST, RESOLUTION, half_empty, white_bands
from digicit_lib.safe import clean

LOG = logging.getLogger(__name__)
# The strictest first: what a drawing or a font keeps typst from exporting is dropped, and said in the log.
STANDARDS: tuple[list[str], ...] = (["ua-1", "a-3a"], ["ua-1"], [])
SUMMARY_PAGES, SUMMARY_METHODS = 2, (6, 4, 2)
# A report so short needs no table of contents and no cover of its own.
SHORT_EXHIBITS, SHORT_PAGES = 12, 4
LONG_PAGES = 6  # a document longer than this in its largest letters is no short one in the smallest
# Sizes of letters and of drawings in which a summary is tried.
_SUMMARY_SIZES = ((1.25, 1.0), (1.12, 1.0), (1.0, 1.0), (1.0, 0.8))
# How the text of a product with a page limit shrinks until it fits; nothing falls below 7 pt.
_SMALLER = (1.0, 0.95, 0.9, 0.86, 0.845)
_FORM = {"size": 1.0, "text": 1.0, "floats": False, "measured": False}  # in which a document is tried first
TAIL = 0.7  # of a page is white: what stands on it is a tail
KEPT_LINES = 16  # a table of about so few lines is never broken across pages


def pdf(story: Story) -> bytes:
    """The story as a tagged PDF; a summary gives up figures to stay on two pages, a product its size.

    Parameters
    ----------
    story : Story

    Returns
    -------
    bytes
        The same for the same story: no clock, no system fonts.

    Raises
    ------
    RunError
        When typst refuses the document in every standard.

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> pdf(read_story({"cells": [], "metadata": {}}, title="T"))[:5]
    b'%PDF-'
    """
    if story.kind == "summary":
        return _compile(_summary(story), story)
    pages = int(story.cover.get("pages") or 0)
    if story.kind == "product":
        return _compile(_product(document(story), pages), story)
    if len(story.blocks("figure", "table")) > SHORT_EXHIBITS:
        return _compile(_report(story), story)
    data = {**document(story), "contents": ""}
    if len(_pictures(data)) <= LONG_PAGES:
        data = _fitting(data, SHORT_PAGES)
    return _compile(data if len(_pictures(data)) <= SHORT_PAGES else _report(story), story)


def _report(story: Story) -> dict[str, Any]:
    return arranged(document(story), _white_and_layout)


def _white_and_layout(data: Mapping[str, Any]) -> tuple[list[int], list[Any]]:
    """Half-empty pages, the cover aside, which no order of the parts can fill, and what `report.typ` says."""
    with compiler_of(_json(data)) as compiler:
        pages = half_empty(drawn(compiler, RESOLUTION), most=MOST - 0.01)
        return [page for page in pages if page > 1], json.loads(
            compiler.query("<layout>", field="value", one=True)
        )


def _summary(story: Story) -> dict[str, Any]:
    """A summary on two pages: rather without a part of its methods than without a figure."""
    forms = (_fullest(_with_methods(story, rows)) for rows in SUMMARY_METHODS)
    has_figure = (form for form in forms if any(part["type"] == "figure" for part in form["parts"]))
    return (next(has_figure, None) if story.blocks("figure") else None) or _fullest(story)


def _with_methods(story: Story, rows: int) -> Story:
    """A summary with the first rows of its methods, which stand in it without a title."""
    parts = (
        {**part, "block": {**part["block"], "rows": part["block"]["rows"][:rows]}}
        if _are_methods(part)
        else part
        for part in story.parts
    )
    return replace(story, parts=tuple(parts))


def _are_methods(part: Node) -> bool:
    block = part.get("block", {})
    return block.get("kind") == "definitions" and not block.get("title")


def _fullest(story: Story) -> dict[str, Any]:
    """The first form of a summary that fills its two pages, else the fullest of those that fit on them."""
    fullest: tuple[float, dict[str, Any]] = (float("inf"), {})
    # A figure that floats stands apart from its text: only where the pages would be emptier.
    for floats, some in product((False, True), _choices(story)):
        choice = document(keep_figures(story, some))
        forms = [choice | {"size": a * text, "text": text, "floats": floats} for text, a in _SUMMARY_SIZES]
        data = forms[-1]
        if _length(data) > SUMMARY_PAGES:
            continue  # what is too long in the smallest size is too long in each
        for data in (form for form in forms if _length(form) <= SUMMARY_PAGES):
            pages = _pictures(data)
            white = max(white_bands(pages, "other")) + SUMMARY_PAGES - len(pages)
            if white < fullest[0]:
                fullest = white, data
            if fullest[0] <= MOST:
                return fullest[1]
    return fullest[1] or data


def _choices(story: Story) -> list[tuple[int, ...]]:
    """Figures that a summary may keep: many rather than few, the first rather than the last."""
    numbers = [block["number"] for block in story.blocks("figure")]
    return [some for count in range(len(numbers), -1, -1) for some in combinations(numbers, count)]


def _product(whole: dict[str, Any], limit: int) -> dict[str, Any]:
    """A document within its limit, without a last page of a few lines where smaller letters can do that."""
    data = _fitting(whole, limit) if limit else whole
    pages = _pictures(data)
    tail = len(pages) > 1 and white_bands(pages, "other")[-1] >= TAIL
    data = _fitting(whole, len(pages) - 1) if tail else data
    empty = half_empty(_pictures(data), "other")
    flowing = {**data, "floats": True}  # text flows on past a figure that left a page half empty
    return flowing if empty and len(half_empty(_pictures(flowing), "other")) < len(empty) else data


def _fitting(whole: dict[str, Any], pages: int) -> dict[str, Any]:
    """A document in the first size that keeps to its pages, else in the first of the fewest pages."""
    forms: dict[int, dict[str, Any]] = {}
    for text, floats in product(_SMALLER, (False, True)):
        data = {**whole, "size": text, "text": text, "floats": floats}
        forms.setdefault(len(_pictures(data)), data)
        if min(forms) <= pages:
            break
    return forms[min(forms)]


def _pictures(data: Mapping[str, Any]) -> list[bytes]:
    """Its pages, small enough to be measured at once."""
    return _pages(_json(data))


@lru_cache(maxsize=32)  # the forms that are tried for one limit are those for the next
def _pages(story: str) -> list[bytes]:
    with compiler_of(story) as compiler:
        return drawn(compiler, RESOLUTION)


def compiled(data: Mapping[str, Any], story: Story, program: str) -> bytes:
    """Data through a typst program of this room.

    Raises
    ------
    RunError
        When typst refuses the document in every standard.
    """
    return _compile(data, story, PROGRAM.with_name(program))


def _length(data: Mapping[str, Any]) -> int:
    return _feet(_json(data))


@lru_cache(maxsize=32)
def _feet(story: str) -> int:
    """Pages of a summary, each of which has its foot: to count them none is drawn."""
    with compiler_of(story) as compiler:
        return len(json.loads(compiler.query("<foot>", field="value")))


def _compile(data: Mapping[str, Any], story: Story, program: Path = PROGRAM) -> bytes:
    options: dict[str, Any] = {"format": "pdf", "timestamp": _moment(story)}
    # Typst may fail to tag a figure that floats over a page's end (typst/typst#8487): then none floats.
    first, *others = STANDARDS
    forms = [(data, first), ({**data, "floats": False}, first), *((data, other) for other in others)]
    for form, standards in forms:
        try:
            with compiler_of(_json(form), program) as compiler:
                return with_row_heads(bytes(compiler.compile(pdf_standards=standards, **options)))
        except typst.TypstError as error:
            LOG.warning("typst refused %s: %s", "+".join(standards) or "a plain PDF", error.message)
            refused = error
    raise RunError(
        "The PDF could not be made.", got=refused.message, next="the HTML report is whole"
    ) from None


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def _moment(story: Story) -> dt.datetime:
    """Noon of the study's date: a PDF/A needs a date, and the clock's would differ from run to run."""
    try:
        day = dt.date.fromisoformat(str(story.cover.get("date")))
    except ValueError:
        day = dt.date(2000, 1, 1)
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


# --- the story as data --------------------------------------------------------------------------------


def document(story: Story) -> dict[str, Any]:
    """All that the typst program prints: text, numbers and drawings, no markup."""
    story = said_once(story)
    cover, language = story.cover, story.language
    banner, label = banners(story)
    nodes = [node for part in story.parts if part["type"] != "code" for node in _part(part, language)]
    data = {
        "title": story.title,
        "subtitle": cover.get("subtitle") or "",
        "status": cover.get("status") or "",
        "facts": [list(map(str, row)) for row in cover.get("facts") or ()],
        "language": language,
        "from-right": direction(language) == "rtl",
        "kind": story.kind,
        "moment": _moment(story).date().timetuple()[:3],
        "label": label,
        "banner": banner,
        **_FORM,
        "letters": float(cover.get("letters") or 0),
        "parts": laid_out([with_language(node, language) for node in nodes], language),
        "cite": [translate("How to cite", language), story.citation],
        "contents": translate("Contents", language),
    }
    return dict(_plain(data))


def _plain(value: Any) -> Any:
    """Control and direction characters go, as they do on the page."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _part(part: Node, language: str) -> list[dict[str, Any]]:
    kind = part["type"]
    if kind == "block":
        return _block(part["block"], language)
    if kind == "grid":
        return _tables(part, [part.get("title", "")], language)
    if kind == "picture":
        alt = part["alt"] or translate("A picture without a description", language)
        facts = {"bytes": list(base64.b64decode(part["data"])), "format": part["mime"].split("/")[1]}
        return [{"type": "picture", **facts, "alt": alt}]
    if kind == "error":
        words = translate("This step failed: {name}.", language, name=part["name"])
        return [{"type": "note", "tone": "warning", "title": words, "text": ""}]
    return [part]


def _block(block: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """One block, or the several sheets of a table that is too wide for one."""
    kind = block["kind"]
    if kind == "figure":
        name = blocks.anchor(block)
        svg = blocks.sanitise_svg(block["svg"], "")
        return [
            {"type": kind, "svg": svg, "alt": block["alt"] or block["title"], "name": name}
            | {"of": list(block.get("provenance") or ())}
            | _frame(block, language)
        ]
    if kind == "table" and block.get("spread"):
        return [facing_pages(block, language)]
    if kind == "table" and (entries := register(block)):
        return [_register(entries) | {"name": blocks.anchor(block)} | _frame(block, language)]
    if kind == "table":
        return _tables(block, [blocks.label(block, language), block["title"]], language)
    if kind == "finding":
        target = blocks.exhibit_of(block)
        link = [blocks.anchor(target), blocks.label(target, language)] if target else []
        return [{"type": kind, "link": link, "lang": block.get("lang") or "", **sentence(block["parts"])}]
    if kind == "note":
        title = blocks.note_title(block, language) + "."
        return [{"type": kind, "tone": block.get("tone"), "text": block["text"], "title": title}]
    if kind == "quotation":
        return [_quotation(block, language)]
    if kind == "list":
        return [{"type": "bullets", "title": block.get("title") or "", "items": list(block["items"])}]
    return [
        {"type": kind, "title": block.get("title") or "", "rows": [list(map(str, r)) for r in block["rows"]]}
    ]


def _frame(block: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Number, title and what stands under an exhibit."""
    source = translate("Source", language) + f": {block['source']}" if block.get("source") else ""
    return {
        "number": blocks.label(block, language),
        "title": block["title"],
        "subtitle": block.get("subtitle") or "",
        "topic": block.get("topic") or "",
        "mark": translate(blocks.SYNTHETIC, language) if block.get("synthetic") else "",
        "notes": [*(block.get("notes") or ()), *([source] if source else [])],
    }


def _quotation(block: Mapping[str, Any], language: str) -> dict[str, Any]:
    word = translate("translation", language)
    by = f" ({word}: {block['translator']})" if block.get("translator") else ""
    return {
        "type": "quotation",
        "text": block["text"],
        "lang": str(block.get("lang") or language)[:2],
        "translation": f"{block['translation']}{by}" if block.get("translation") else "",
        "attribution": block["attribution"],
        "mark": translate(blocks.SYNTHETIC, language) if block.get("synthetic") else "",
    }


def _register(table: Register) -> dict[str, Any]:
    groups = [
        {"label": g.name, "common": pieces(g.common), "entries": list(map(_entry, g.entries))}
        for g in table.groups
    ]
    return {"type": "register", "common": pieces(table.common), "groups": groups}


def _entry(entry: Entry) -> dict[str, Any]:
    texts = list(map(pieces, in_lines(entry)))
    return {"name": spoken(entry.name), "long": entry.above, "said": texts}


# --- tables -------------------------------------------------------------------------------------------


def _tables(block: Mapping[str, Any], words: Sequence[str], language: str) -> list[dict[str, Any]]:
    """The sheets of a table; the first carries its name, the last its notes."""
    parts = table_sheets(block)
    parts_made = [_sheet(block, sheet) for sheet in parts]
    for number, sheet in enumerate(parts_made, 1):
        frame = _frame({"kind": "table", "number": 0, "title": "", **block}, language)
        several = len(words) > 1
        part = translate("part {n} of {all}", language, n=number, all=len(parts_made)) if parts[1:] else ""
        sheet |= frame | {"number": words[0] if several else "", "title": words[-1], "part": part}
        sheet |= later_part(sheet) if number > 1 else {}
        sheet["name"] = blocks.anchor(block) if several and number == 1 else ""
        sheet["notes"] = frame["notes"] if number == len(parts_made) else []
    return [{"type": "across", "sheets": parts_made}] if parts[0].across else parts_made


def _sheet(block: Mapping[str, Any], sheet: Any) -> dict[str, Any]:
    columns = [block["columns"][i] for i in sheet.columns]
    rows = [[spoken(row[i]) if i < len(row) else "" for i in sheet.columns] for row in block["rows"]]
    lengths = [sum(len(cell_words(cell)) for cell in row) for row in rows]
    grouped = any(column.get("group") for column in columns)
    return {
        "type": "table",
        "size": sheet.size,
        "widths": list(sheet.widths),
        "short": sum(2 + length / 60 for length in lengths) < KEPT_LINES,
        "align": [column.get("align") or "left" for column in columns],
        "heads": [str(column["label"]) for column in columns],
        "spanners": [list(span) for span in column_spans(columns)] if grouped else [],
        "groups": [{"label": name, "rows": rows[start:end]} for name, start, end in row_groups(block)],
        "headers": int(block.get("row_headers") or 0),
    }
