"""Markdown cells as plain data that both renderers read; HTML written inside Markdown stays text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import mistune

from digicit_lib.exhibits.blocks import scrolling, tag
from digicit_lib.safe import html

Node = dict[str, Any]
_WRAPPED = {"strong": "strong", "emphasis": "em", "strikethrough": "s"}
_TEXT = ("text", "inline_html")
_SAFE_LINK = re.compile(r"(https?://|mailto:|#)|(?![\w+.-]*:)(?!//)", re.I)


def parse_markdown(markdown: str) -> list[Node]:
    """The blocks of a Markdown cell.

    Parameters
    ----------
    markdown : str
        CommonMark with tables and strikethrough.

    Returns
    -------
    list of dict
        `type` is heading, paragraph, list, quote, pre, rule or grid; inline parts are text, strong, em, s,
        code, link and break.

    Examples
    --------
    >>> parse_markdown("# A *b*")
    [{'type': 'heading', 'level': 1, 'parts': [{'type': 'text', 'text': 'A '}, {'type': 'em', 'parts': \
[{'type': 'text', 'text': 'b'}]}]}]
    """
    return list(_blocks(_reader()(markdown)))


@lru_cache
def _reader() -> Callable[[str], Any]:
    return mistune.create_markdown(renderer="ast", plugins=["table", "strikethrough"])


def _blocks(tokens: Sequence[Mapping[str, Any]]) -> Iterator[Node]:
    for token in tokens:
        kind = token["type"]
        if kind == "heading":
            yield {"type": kind, "level": token["attrs"]["level"], "parts": _inline(token)}
        elif kind in ("paragraph", "block_text"):
            yield {"type": "paragraph", "parts": _inline(token)}
        elif kind == "list":
            yield _list(token)
        elif kind == "block_quote":
            yield {"type": "quote", "blocks": list(_blocks(token["children"]))}
        elif kind in ("block_code", "block_html"):
            yield {"type": "pre", "text": token["raw"].rstrip("\n")}
        elif kind == "thematic_break":
            yield {"type": "rule"}
        elif kind == "table":
            yield _grid(token)


def _list(token: Mapping[str, Any]) -> Node:
    items = [list(_blocks(item["children"])) for item in token["children"]]
    attrs = token["attrs"]
    return {"type": "list", "ordered": attrs["ordered"], "start": attrs.get("start") or 1, "items": items}


def _grid(token: Mapping[str, Any]) -> Node:
    head, *body = token["children"]
    columns = [
        {"label": inline_text(_inline(c)), "align": c["attrs"]["align"] or "left"} for c in head["children"]
    ]
    rows = [[inline_text(_inline(c)) for c in row["children"]] for part in body for row in part["children"]]
    return {"type": "grid", "columns": columns, "rows": rows}


def _inline(token: Mapping[str, Any]) -> list[Node]:
    return [part for child in token.get("children", ()) for part in _parts(child)]


def _parts(token: Mapping[str, Any]) -> list[Node]:
    """A link of a foreign scheme is its words; a picture, which would have to be fetched, its description."""
    kind = token["type"]
    if kind in _TEXT:
        return [{"type": "text", "text": token["raw"]}]
    if kind == "codespan":
        return [{"type": "code", "text": token["raw"]}]
    if kind in ("softbreak", "linebreak"):
        return [{"type": "break"} if kind == "linebreak" else {"type": "text", "text": " "}]
    if kind in _WRAPPED:
        return [{"type": _WRAPPED[kind], "parts": _inline(token)}]
    if kind == "link" and _SAFE_LINK.match(token["attrs"]["url"]):
        return [{"type": "link", "url": token["attrs"]["url"], "parts": _inline(token)}]
    return _inline(token)


def inline_text(parts: Sequence[Node]) -> str:
    """The text of inline parts."""
    return "".join(p["text"] if "text" in p else inline_text(p.get("parts", ())) or " " for p in parts)


def inline_html(parts: Sequence[Node]) -> str:
    """Inline parts as HTML."""
    return "".join(_part_html(part) for part in parts)


def _part_html(part: Node) -> str:
    kind = part["type"]
    if kind == "text":
        return html(part["text"])
    if kind == "break":
        return "<br>"
    if kind == "code":
        return tag("code", html(part["text"]))
    return tag("a" if kind == "link" else kind, inline_html(part["parts"]), href=part.get("url"))


def to_html(node: Node) -> str:
    """A block of prose as HTML; headings take the id and level that the story gave them."""
    return _WRITERS[node["type"]](node)


def _list_html(node: Node) -> str:
    items = (tag("li", _item_html(item)) for item in node["items"])
    start = str(node["start"]) if node["start"] != 1 else ""
    lang = node.get("lang")
    return tag("ol", *items, start=start, lang=lang) if node["ordered"] else tag("ul", *items, lang=lang)


def _item_html(blocks: Sequence[Node]) -> str:
    """The first paragraph of an item needs no element of its own."""
    first, *rest = blocks or [{"type": "paragraph", "parts": []}]
    begin = inline_html(first["parts"]) if first["type"] == "paragraph" else to_html(first)
    return begin + "".join(to_html(block) for block in rest)


_WRITERS: dict[str, Callable[[Node], str]] = {
    "heading": lambda node: tag(
        f"h{node['level']}", inline_html(node["parts"]), id=node.get("id"), lang=node.get("lang")
    ),
    "paragraph": lambda node: tag("p", inline_html(node["parts"]), lang=node.get("lang")),
    "list": _list_html,
    "quote": lambda node: tag("blockquote", *map(to_html, node["blocks"]), lang=node.get("lang")),
    "pre": lambda node: tag("pre", tag("code", html(node["text"])), tabindex="0"),
    "rule": lambda node: "<hr>",
    "grid": lambda node: scrolling(node, html(node.get("title", "")), node.get("title") or "table"),
}
