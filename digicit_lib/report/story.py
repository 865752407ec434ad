"""An executed notebook as a story: headings, prose, blocks and code in order, ready for any renderer."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from digicit_lib.evidence.marks import Mark, name_of, review_state, value_of, words_of
from digicit_lib.exhibits.blocks import MIME, anchor, exhibit_of
from digicit_lib.language import N_, check_language, date, translate
from digicit_lib.language.reviews import how_translated
from digicit_lib.language.typography import NBSP
from digicit_lib.params import PHASES
from digicit_lib.report.printing import printed
from digicit_lib.report.prose import Node, inline_text, parse_markdown
from digicit_lib.safe import slug

_TYPED_NUMBER = re.compile(r"^\d+(\.\d+)*\.?\s+")
_SIZE = re.compile(r"(?<!\w)n (?=\d|$)")  # n and its number, which is mostly a part of its own
METHODS = N_("How this was done")  # the title under which a workbook closes with its methods
BACKSTAGE = ("code", "grid", "pre", "picture")  # of a product: for those who make it
PICTURES = ("image/png", "image/jpeg")
# Of the two-page summary.
MIN_FIGURES = 2  # of the summary: further ones than the key figures fill it up
MAX_KEY_FIGURES, MAX_KEY_FINDINGS, MAX_KEY_VOICES, MAX_NOTES, MAX_METHODS = 3, 10, 2, 3, 6


@dataclass(frozen=True)
class Story:
    """What a renderer needs to know.

    Parameters
    ----------
    title : str
    language : str
    cover : mapping
        The cover block; empty when the notebook shows none.
    parts : tuple of dict
        In reading order; `type` is that of `prose.parse`, or block, code, output or error.
    synthetic : {"", "part", "all"}
        How much of it is invented.
    citation : str
        How to cite the report.
    kind : {"report", "summary", "product"}
    """

    title: str
    language: str
    cover: Mapping[str, Any]
    parts: tuple[Node, ...]
    synthetic: str
    citation: str = ""
    kind: str = "report"

    def blocks(self, *kinds: str) -> list[dict[str, Any]]:
        """The workbook's blocks of these kinds."""
        return [p["block"] for p in self.parts if p["type"] == "block" and p["block"]["kind"] in kinds]


def loaded(notebook: Mapping[str, Any] | Path) -> Mapping[str, Any]:
    """Read as plain JSON: the first import of nbformat would cost more than the page."""
    if not isinstance(notebook, Path):
        return notebook
    document: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return document


def read_story(notebook: Mapping[str, Any], language: str | None = None, title: str | None = None) -> Story:
    """The story of a notebook.

    Parameters
    ----------
    notebook : NotebookNode or mapping
        Executed, format 4.
    language : str, optional
        By default that of the notebook's parameters.
    title : str, optional
        By default the cover's, else that of the first heading.

    Returns
    -------
    Story

    Notes
    -----
    Prose before the cell that shows the cover speaks to those who run the workbook and is left out.

    Examples
    --------
    >>> story = read_story({"cells": [{"cell_type": "markdown", "source": "# Title"}], "metadata": {}})
    >>> story.title, story.parts
    ('Title', ())
    """
    parameters = notebook["metadata"].get("papermill", {}).get("parameters", {})
    cells = printed(notebook["cells"])
    parts = [part for number, cell in enumerate(cells, 1) for part in _cell(cell, number)]
    covers = [i for i, part in enumerate(parts) if part.get("block", {}).get("kind") == "cover"]
    cover: dict[str, Any] = parts[covers[0]]["block"] if covers else {}
    body = _after_cover(parts, covers[0]) if covers else parts
    heading, body = _without_title(body)
    name = str(title or cover.get("title") or heading or "Notebook")
    spoken = check_language(str(language or cover.get("language") or parameters.get("language") or "en"))
    invented = any(p["block"].get("synthetic") for p in parts if p["type"] == "block")
    synthetic = "all" if cover.get("synthetic") else "part" if invented else ""
    with_numbers = cover.get("phase") in PHASES
    cover = (
        {**cover, "facts": [*cover.get("facts", ()), *_translation(cells, parts, spoken)]} if cover else cover
    )
    story = Story(name, spoken, cover, tuple(_numbered(body, counted=with_numbers)), synthetic)
    words = translate("Cite as", spoken)
    cited_parts = tuple(_cited_once(part, words) for part in story.parts)
    return replace(story, citation=_citation(story), parts=cited_parts)


def _translation(
    cells: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]], language: str
) -> list[list[str]]:
    """How much of this page is translated, and how much of that a native speaker has read."""
    if language == "en":
        return []
    names = {name for part in parts for name in part.get("block", {}).get("said", ())}
    names |= {cell["metadata"]["said"] for cell in cells if "said" in cell["metadata"]}
    return [[translate("Translation", language), how_translated(names, language)]]


def _citation(story: Story) -> str:
    """As the workbook says, or from the cover."""
    words = translate("Cite as", story.language)
    rows = [row for block in story.blocks("provenance") for row in block["rows"] if row[0] == words]
    facts = [story.title, story.cover.get("subtitle"), story.cover.get("date")]
    return str(rows[-1][1]) if rows else ". ".join(str(part) for part in facts if part) + "."


def _after_cover(parts: list[Node], at: int) -> list[Node]:
    """What follows the cover; the code before it stands with the code that shows it."""
    before = [part for part in parts[:at] if part["type"] == "code"]
    rest = parts[at + 1 :]
    position = next(i for i, part in enumerate(rest) if part["type"] == "code")
    return [*rest[:position], *before, *rest[position:]]


def _cell(cell: Mapping[str, Any], number: int) -> Iterator[Node]:
    source = _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        language = cell.get("metadata", {}).get("lang")  # of prose that nobody has translated
        yield from ({**node, "lang": language} if language else node for node in parse_markdown(source))
    elif cell["cell_type"] == "code" and source.strip():
        for output in cell.get("outputs", ()):
            yield from _output(output)
        yield {"type": "code", "text": source, "number": number}


def _joined(source: object) -> str:
    return "".join(source) if isinstance(source, list) else str(source)


def _output(output: Mapping[str, Any]) -> Iterator[Node]:
    """A block if there is one; HTML of unknown origin never enters a page, but its table does, as text."""
    data = output.get("data", {})
    if output["output_type"] == "error":
        yield {"type": "error", "name": output["ename"]}
    elif MIME in data:
        yield from _block(data[MIME])
    elif picture := next((mime for mime in PICTURES if mime in data), None):
        alt = output.get("metadata", {}).get(picture, {}).get("alt") or ""
        yield {
            "type": "picture",
            "mime": picture,
            "data": "".join(_joined(data[picture]).split()),
            "alt": alt,
        }
    elif "text/markdown" in data:
        yield from parse_markdown(_joined(data["text/markdown"]))
    elif grid := _frame(_joined(data.get("text/html", ""))):
        yield grid
    else:
        text = _joined(output.get("text", data.get("text/plain", "")))
        yield from [{"type": "pre", "text": text.rstrip("\n")}] if text.strip() else []


def _block(block: dict[str, Any]) -> Iterator[Node]:
    """Prose and unnumbered tables are set like those of a Markdown cell."""
    if block["kind"] == "prose":
        key = {"key": block["key"]} if block.get("key") else {}
        yield from ({**node, **key} for node in parse_markdown(block["text"]))
    elif block["kind"] == "grid":
        yield {**block, "type": "grid"}
    elif block["kind"] == "finding":
        parts = [_SIZE.sub(f"n{NBSP}", part) if isinstance(part, str) else part for part in block["parts"]]
        yield {"type": "block", "block": {**block, "parts": parts}}
    elif block["kind"] != "files":  # those have their links at the head of the page
        yield {"type": "block", "block": block}


def _frame(markup: str) -> Node | None:
    """The cells of a data frame's HTML, as text."""
    if "<table" not in markup:
        return None
    lines = [line.find_all(["th", "td"]) for line in BeautifulSoup(markup, "html.parser").find_all("tr")]
    rows = [[cell.get_text(" ", strip=True) for cell in line] for line in lines if line]
    width = max(map(len, rows), default=0)
    if not width:
        return None
    head, *body = [[*[""] * (width - len(row)), *row] for row in rows]
    sides = ["left" if i == 0 else "right" for i in range(width)]
    columns = [{"label": text, "align": side} for text, side in zip(head, sides, strict=True)]
    return {"type": "grid", "columns": columns, "rows": body, "row_headers": 1}


def _without_title(parts: list[Node]) -> tuple[str, list[Node]]:
    """A first heading of level 1 is the title of the page and stands nowhere else."""
    first = next((p for p in parts if p["type"] == "heading"), None)
    if first is None or first["level"] > 1:
        return "", parts
    return inline_text(first["parts"]), [part for part in parts if part is not first]


def _numbered(parts: Iterable[Node], *, counted: bool = False) -> Iterator[Node]:
    """Headings from level 2 without a gap, each with an id of its own; a grid takes its heading's words.

    `counted`: sections get numbers, given here, after those that show nothing were left out.
    """
    level, anchors, words, count = 1, set[str](), "", 0
    for part in parts:
        if part["type"] == "heading":
            level, words = max(2, min(part["level"], level + 1)), inline_text(part["parts"])
            name = _free(f"s-{slug(words)}", anchors)
            count += level == 2
            numbered = counted and level == 2
            number = [{"type": "text", "text": f"{count} "}] if numbered else []
            children = _without_number(part["parts"]) if numbered else part["parts"]
            yield part | {"level": level, "id": name, "parts": [*number, *children]}
        else:
            yield part | {"title": part.get("title") or words} if part["type"] == "grid" else part


def _without_number(parts: list[Node]) -> list[Node]:
    """The words of a heading whose author has typed a number before them."""
    first, *rest = parts or [{"type": "text", "text": ""}]
    return (
        [first | {"text": _TYPED_NUMBER.sub("", first["text"])}, *rest] if first["type"] == "text" else parts
    )


def _free(name: str, anchors: set[str]) -> str:
    free = next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(anchors) + 3))) if n not in anchors)
    anchors.add(free)
    return free


def summarize(story: Story) -> Story:
    """The two-page form: key findings, key figures, and in short how sure one can be."""
    every = sorted(story.blocks("figure"), key=lambda b: not b.get("key"))
    few = max(MIN_FIGURES, sum(bool(b.get("key")) for b in every))
    drawings = every[: min(few, MAX_KEY_FIGURES)]
    key = [b for b in story.blocks("finding") if b.get("key")]
    statements, cautions = ([b for b in key if bool(b.get("caution")) is beware] for beware in (False, True))
    findings = [*statements[:MAX_KEY_FINDINGS], *cautions]  # what to beware of always stands
    words = translate(METHODS, story.language)
    methods = [b for b in story.blocks("definitions") if b.get("title") == words]
    short = ({**b, "title": None, "rows": b["rows"][:MAX_METHODS]} for b in methods)
    limits = [*told_limits(story)[:MAX_NOTES], *short]
    voices = [b for b in story.blocks("quotation") if b.get("key")][:MAX_KEY_VOICES]
    parts = [
        *_chapter(translate("Key findings", story.language), findings),
        *({"type": "block", "block": {**b, "table": None, "provenance": []}} for b in drawings),
        *_chapter(translate("In their words", story.language), voices),
        *_chapter(translate("Limits and methods", story.language), limits),
    ]
    summary = replace(story, parts=tuple(_numbered(parts)), kind="summary")
    return keep_figures(summary, [b["number"] for b in drawings])


def told_limits(story: Story) -> list[dict[str, Any]]:
    """Notes and lists on what the numbers do not say: of report, summary and deck."""
    return [b for b in story.blocks("note", "list") if b.get("tone") == "warning" or b.get("key")]


def keep_figures(story: Story, numbers: Sequence[int]) -> Story:
    """A summary with these of its figures, numbered anew; its findings point at no other."""
    new = {number: place for place, number in enumerate(numbers, 1)}
    anchors = {anchor({"kind": "figure", "number": number}): place for number, place in new.items()}
    parts = []
    for part in story.parts:
        block = part.get("block", {})
        if block.get("kind") == "finding":
            part = {**part, "block": _pointing(block, anchors)}
        elif block.get("kind") == "figure" and block["number"] in new:
            part = {**part, "block": {**block, "number": new[block["number"]]}}
        elif block.get("kind") == "figure":
            continue
        parts.append(part)
    return replace(story, parts=tuple(parts))


def said_once(story: Story) -> Story:
    """For a page that is read as a whole: a source stands under the first exhibit that has it.

    Where all is invented and each page says so, no sentence says it again; elsewhere each keeps its own mark.
    """
    parts, sources = [], set[str]()
    for part in story.parts:
        block = part.get("block", {})
        source = str(block.get("source") or "") if block.get("kind") in ("figure", "table") else ""
        if source in sources:
            part = {**part, "block": {**block, "source": ""}}
        elif block.get("kind") == "finding" and block.get("synthetic") and story.synthetic == "all":
            part = {**part, "block": {**block, "parts": block["parts"][1:]}}
        parts.append(part)
        sources |= {source} - {""}
    return replace(story, parts=tuple(parts))


def with_reviews(story: Story, marks: Mapping[str, Mark]) -> Story:
    """The story with what reviewers say of its findings and exhibits, and how far the review is."""
    if story.cover.get("phase") not in PHASES:
        return story
    values = [(name_of(block), value_of(block)) for block in story.blocks("finding")]
    status = review_state([(name, value) for name, value in values if name], marks, story.language)
    if embargo := story.cover.get("embargo"):
        day = date(dt.date.fromisoformat(str(embargo)), story.language)
        status += " · " + translate("embargoed until {day}", story.language, day=day)
    alike = _agreed_alike(story, marks)
    parts = tuple(
        part if part.get("block", {}).get("kind") in alike else _marked(part, marks, story.language)
        for part in story.parts
    )
    return replace(story, cover={**story.cover, "status": status}, parts=parts)


def _agreed_alike(story: Story, marks: Mapping[str, Mark]) -> set[str]:
    """Kinds all of which one person agreed with on one day, without a note: the cover says so once."""
    alike, heads = set[str](), set[tuple[str, dt.date] | None]()
    for kinds in (("finding",), ("figure", "table")):
        for block in filter(name_of, story.blocks(*kinds)):
            mark = marks.get(name_of(block))
            plain = mark and (mark.mark, mark.value, mark.note) == ("agree", value_of(block), "")
            heads.add((mark.name, mark.date) if mark and plain else None)
        if len(heads) > 1 or None in heads:
            break
        alike |= {*kinds}
    return alike


def _marked(part: Node, marks: Mapping[str, Mark], language: str) -> Node:
    block = part.get("block", {})
    mark = marks.get(name_of(block)) if block.get("kind") in ("finding", "figure", "table") else None
    if mark is None:
        return part
    words = words_of(mark, value_of(block), language)
    if block["kind"] == "finding":
        return {**part, "block": {**block, "parts": [*block["parts"], f" [{words}]"]}}
    note = words + (f": {mark.note}" if mark.note else ".")
    return {**part, "block": {**block, "notes": [*block.get("notes", ()), note]}}


def readers_notebook(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A product's notebook without the prose that explains it to those who make the product (tag `lab`)."""
    cells = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] != "markdown" or "lab" not in cell.get("metadata", {}).get("tags", ())
    ]
    return {**notebook, "cells": cells}


def to_product(story: Story) -> Story:
    """What its readers get: neither code nor the tables and pictures that only its makers look at."""
    parts = [part for part in story.parts if part["type"] not in BACKSTAGE]
    return replace(story, parts=tuple(parts), kind="product")


def _cited_once(part: Node, words: str) -> Node:
    """The page says below how to cite it; its provenance need not say so too."""
    block = part.get("block", {})
    if block.get("kind") != "provenance":
        return part
    return {**part, "block": {**block, "rows": [row for row in block["rows"] if row[0] != words]}}


def _chapter(name: str, blocks: list[dict[str, Any]]) -> list[Node]:
    words = [{"type": "text", "text": name}]
    heading = {"type": "heading", "level": 2, "parts": words}
    return [heading, *({"type": "block", "block": block} for block in blocks)] if blocks else []


def _pointing(finding: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    """A finding points at a figure only where that figure is, by its number there."""
    target = exhibit_of(finding)
    return {**finding, "exhibit": numbers.get(anchor(target)) if target else None}
