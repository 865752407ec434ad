"""A figure that is taller than a page, in parts: shrunk to one page its letters could not be read."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from digicit_lib.language import translate

TALLEST = 580.0  # points of a drawing that a page holds without letters under 8 points
_PART = 300.0  # points of a part at most: about half a page, so that pages can be filled
_LETTERS = 12.0  # points that a line of text takes above its foot
_APART = 16.0  # points between two rows at least; lines of one label stand closer
_BOX = re.compile(r'height="[\d.]+pt" viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"')
# matplotlib writes a line alone with x and y, the lines of one text with a shift each.
_TEXT = re.compile(
    r'<text (?:style="(?P<style>[^"]*)" )?(?:x="(?P<x>[-\d.]+)" y="(?P<y>[-\d.]+)"[^>]*'
    r'|transform="translate\((?P<right>[-\d.]+) (?P<down>[-\d.]+)\)")>.*?</text>',
    re.DOTALL,
)
_MARGIN = 20.0  # points at the side where headings of rows begin, the right one of a mirrored chart


def readable(data: dict[str, Any]) -> dict[str, Any]:
    """A document whose figures each fit on a page: the first part of one has its name, the last its notes.

    Parameters
    ----------
    data : dict
        As `pdf.document` makes it.

    Returns
    -------
    dict

    Examples
    --------
    >>> rows = '<text x="0" y="20">a</text><text x="0" y="300">b</text>'
    >>> svg = f'<svg height="600pt" viewBox="0 0 90 600">{rows}</svg>'
    >>> figure = {"type": "figure", "svg": svg, "alt": "A", "title": "T", "name": "f1", "notes": ["n"]}
    >>> parts = readable({"language": "en", "parts": [figure]})["parts"]
    >>> [(part["part"], part["alt"], part["name"], part["notes"]) for part in parts]
    [('part 1 of 2', 'A', 'f1', []), ('part 2 of 2', 'T, part 2 of 2', '', ['n'])]
    """
    parts = (_in_parts(p, data["language"]) if p["type"] == "figure" else [p] for p in data["parts"])
    return data | {"parts": [part for several in parts for part in several]}


def _in_parts(figure: dict[str, Any], language: str) -> list[dict[str, Any]]:
    drawings = slices(figure["svg"])
    last = len(drawings)
    parts = []
    for n, svg in enumerate(drawings, 1):
        part = translate("part {n} of {all}", language, n=n, all=last) if last > 1 else ""
        alt, name = (figure["alt"], figure["name"]) if n == 1 else (f"{figure['title']}, {part}", "")
        notes = figure["notes"] if n == last else []
        parts.append({**figure, "svg": svg, "part": part, "alt": alt, "name": name, "notes": notes})
    return parts


def slices(svg: str) -> list[str]:
    """Windows of a drawing that no page holds, cut above a heading of rows where one is near.

    Examples
    --------
    >>> rows = "".join(f'<text x="0" y="{y}">{y}</text>' for y in range(20, 600, 20))
    >>> parts = slices(f'<svg height="600pt" viewBox="0 0 90 600">{rows}</svg>')
    >>> [part.count("<text") for part in parts], _BOX.search(parts[1])[0]
    ([14, 7, 8], 'height="140.00pt" viewBox="0.0 288.00 90.0 140.00"')
    """
    box = _BOX.search(svg)
    if not box or float(box[4]) <= TALLEST:
        return [svg]
    x, top, width, height = map(float, box.groups())
    feet = dict[float, bool]()
    for text in _TEXT.finditer(svg):
        beside = float(text["x"] or text["right"]) - x
        is_head = "weight: 700" in (text["style"] or "") and min(beside, width - beside) < _MARGIN
        feet[_foot(text)] = feet.get(_foot(text), False) or is_head
    # A row begins: well below what is above it, which is no heading of its own.
    starts = [b for a, b in pairwise(sorted(feet)) if b - a >= _APART and feet[a] <= feet[b]]
    edges = [top]
    while (rest := top + height - edges[-1]) > _PART:
        goal = edges[-1] + (_PART if rest > 1.25 * _PART else rest / 2) + _LETTERS
        before = [y for y in starts if edges[-1] + _LETTERS < y <= goal]
        heads = [y for y in before if feet[y] and y > goal - _PART / 5]
        if not before:
            break  # nothing to cut at: it is printed smaller
        edges.append(max(heads or before) - _LETTERS)
    return [
        _window(svg, (x, upper, width, lower - upper)) for upper, lower in pairwise([*edges, top + height])
    ]


def _foot(text: re.Match[str]) -> float:
    return float(text["y"] or text["down"])


def _window(svg: str, box: tuple[float, float, float, float]) -> str:
    """What stands in a window; words outside leave, so that nobody hears them twice."""
    x, top, width, height = box
    size = f'height="{height:.2f}pt" viewBox="{x} {top:.2f} {width} {height:.2f}"'
    inside = _TEXT.sub(lambda text: text[0] if top < _foot(text) <= top + height else "", svg)
    return _BOX.sub(size, inside, count=1)
