"""A figure that is taller than a page, in parts: shrunk to one page its letters could not be read."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise, takewhile
from typing import Any

from digicit_lib.language import translate

TALLEST = 580.0  # points of a drawing that a page holds without letters under 8 points
PART = 300.0  # points of a part at most, its heads and axis included: about half a page, so that pages fill
_LETTERS = 12.0  # points that a line of text takes above its foot
_APART = 16.0  # points between two rows at least; lines of one label stand closer
Strip = tuple[float, float]  # top and bottom of a part of a drawing
_BOX = re.compile(r'height="[\d.]+pt" viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"')
# matplotlib writes a line alone with x and y, the lines of one text with a shift each.
_TEXT = re.compile(
    r'<text (?:style="(?P<style>[^"]*)" )?(?:x="(?P<x>[-\d.]+)" y="(?P<y>[-\d.]+)"[^>]*'
    r'|transform="translate\((?P<right>[-\d.]+) (?P<down>[-\d.]+)\)")>.*?</text>',
    re.DOTALL,
)
_PLOT = re.compile(r'<clipPath[^>]*>\s*<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"')
_SYMBOL = re.compile(r'<use [^>]*?y="([\d.]+)"[^>]*/>')
_SEAM = 0.5  # points by which a cover overlaps what it adjoins
_MARGIN = 20.0  # points at the side where headings of rows begin, the right one of a mirrored chart


def readable(data: dict[str, Any], tallest: float = TALLEST, part: float = PART) -> dict[str, Any]:
    """A document whose figures each fit on a page: the first part of one has its name, the last its notes.

    Parameters
    ----------
    data : dict
        As `pdf.document` makes it.
    tallest : float
        Points of a drawing that is printed whole.
    part : float
        Points of a part of one that is taller, at most.

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
    limits = data["language"], tallest, part
    parts = (_in_parts(p, *limits) if p["type"] == "figure" else [p] for p in data["parts"])
    return data | {"parts": [one for several in parts for one in several]}


def _in_parts(figure: dict[str, Any], language: str, tallest: float, most: float) -> list[dict[str, Any]]:
    drawings = slices(figure["svg"], tallest, most)
    last = len(drawings)
    parts = []
    for n, svg in enumerate(drawings, 1):
        part = translate("part {n} of {all}", language, n=n, all=last) if last > 1 else ""
        head = {"name": figure["name"], "alt": figure["alt"]} if n == 1 else later_part(figure, part)
        notes = figure["notes"] if n == last else []
        parts.append({**figure, "svg": svg, "part": part, "notes": notes, **head})
    return parts


def later_part(exhibit: dict[str, Any], part: str = "") -> dict[str, str]:
    """What stands over a later part of an exhibit: its topic, since the number of its title is in the first.

    Examples
    --------
    >>> whole = {"title": "Played games: 40%", "topic": "Activities", "subtitle": "Activities · children"}
    >>> later_part(whole, "part 2 of 2")
    {'title': 'Activities', 'subtitle': 'children', 'name': '', 'alt': 'Activities, part 2 of 2'}
    """
    topic = exhibit.get("topic") or ""
    title = topic or exhibit["title"]
    subtitle = (exhibit.get("subtitle") or "").removeprefix(topic).removeprefix(" · ")
    return {"title": title, "subtitle": subtitle, "name": "", "alt": f"{title}, {part}"}


def has_rows(svg: str, words: int = 3, rows: int = 2) -> bool:
    """Whether so many words stand in so many rows across a drawing: it may be cut between two of them.

    Examples
    --------
    >>> row = "".join(f'<text x="{x}" y="{{y}}">a</text>' for x in (0, 50, 90))
    >>> has_rows(row.format(y=20) + row.format(y=40)), has_rows(row.format(y=20))
    (True, False)
    """
    heights = Counter(round(_foot(text) / 4) for text in _TEXT.finditer(svg))
    return sum(n >= words for n in heights.values()) >= rows


def slices(svg: str, tallest: float = TALLEST, part: float = PART) -> list[str]:
    """Windows of a drawing that no page holds, cut above a heading of rows where one is near.

    Each has the heads of the columns above it and the axis below.

    Examples
    --------
    >>> rows = "".join(f'<text x="0" y="{y}">{y}</text>' for y in range(20, 600, 20))
    >>> parts = slices(f'<svg height="600pt" viewBox="0 0 90 600">{rows}</svg>')
    >>> [part.count("<text") for part in parts], _BOX.search(parts[1])[0]
    ([14, 7, 8], 'height="140.00pt" viewBox="0.0 288.00 90.0 140.00"')
    """
    box = _BOX.search(svg)
    if not box or float(box[4]) <= tallest:
        return [svg]
    (x, top, width, height), (plot, feet, edges) = map(float, box.groups()), _edges(svg, part)
    bottom = top + height
    return [
        _window(svg, (x, upper, width, lower), _above(feet, upper, (top, plot[0])), (plot[1], bottom))
        for upper, lower in pairwise(edges)
    ]


def windows(svg: str, tallest: float, part: float) -> list[str]:
    """Boxes of a drawing, one below the other, none taller than a part: what a browser prints one by one.

    Examples
    --------
    >>> rows = "".join(f'<text x="0" y="{y}">{y}</text>' for y in range(20, 900, 20))
    >>> windows(f'<svg height="900pt" viewBox="0 0 90 900">{rows}</svg>', 600, 500)
    ['0.0 0.00 90.0 488.00', '0.0 488.00 90.0 412.00']
    """
    box = _BOX.search(svg)
    if not box or float(box[4]) <= tallest:
        return []
    x, _, width, _ = map(float, box.groups())
    edges = _edges(svg, part, repeats=False)[2]
    return [f"{x} {upper:.2f} {width} {lower - upper:.2f}" for upper, lower in pairwise(edges)]


def strips(svg: str, part: float) -> list[str]:
    """A drawing of rows in pieces that can be read alone: a page may end between two.

    Examples
    --------
    >>> rows = "".join(f'<text x="{x}" y="{y}">{y}</text>' for y in range(20, 300, 20) for x in (0, 50, 90))
    >>> parts = strips(f'<svg height="300pt" viewBox="0 0 90 300">{rows}</svg>', 150)
    >>> [_BOX.search(part)[0].partition(" ")[0] for part in parts]
    ['height="148.00pt"', 'height="60.00pt"', 'height="92.00pt"']
    """
    if not (has_rows(svg) or has_rows(svg, words=2, rows=6)):  # names and their numbers alone
        return [svg]
    if _is_table_like(svg):
        return slices(svg, part, part)
    sized = (f'height="{box.split()[-1]}pt" viewBox="{box}"' for box in windows(svg, part, part))
    return [_BOX.sub(size, svg, count=1) for size in sized] or [svg]


def _is_table_like(svg: str) -> bool:
    """Whether one plot has its words beside it, as rows have, and none among its points."""
    plots = [tuple(map(float, plot)) for plot in _PLOT.findall(svg)]
    places = (
        (float(text["x"] or text["right"]), _foot(text))
        for text in _TEXT.finditer(svg)
        if "weight: 700" not in (text["style"] or "")
    )
    return len(plots) < 2 and not any(
        x < right < x + width and y < down < y + height
        for right, down in places
        for x, y, width, height in plots
    )


def _edges(svg: str, part: float, *, repeats: bool = True) -> tuple[Strip, dict[float, bool], list[float]]:
    """Where the axes of a drawing stand, the feet of its words with headings of rows, and where it is cut.

    `repeats`: each part has room for the heads of the columns and the axis.
    """
    box = _BOX.search(svg)
    x, top, width, height = map(float, box.groups()) if box else (0.0, 0.0, 0.0, 0.0)
    words = []
    for text in _TEXT.finditer(svg):
        beside = float(text["x"] or text["right"]) - x
        is_head = "weight: 700" in (text["style"] or "") and min(beside, width - beside) < _MARGIN
        words.append((_foot(text), is_head))
    # A heading stands alone in its line.
    feet = {y: all(is_head for foot, is_head in words if abs(foot - y) < _APART / 4) for y, _ in words}
    # A row begins well below what is above it, which is no heading of its own; its points may stand above its
    # words, as far as half way to the row above.
    starts = {
        b: b - (_LETTERS if feet[b] else max(_LETTERS, (b - a + _LETTERS / 3) / 2))
        for a, b in pairwise(sorted(feet))
        if b - a >= _APART and feet[a] <= feet[b]
    }
    plots = [(float(y), float(y) + float(high)) for _, y, _, high in _PLOT.findall(svg)] or [
        (top, top + height)
    ]
    plot, bottom = (min(y for y, _ in plots), max(y for _, y in plots)), top + height
    most, edges = part - repeats * (plot[0] - top + bottom - plot[1]), [top]
    while (rest := bottom - edges[-1]) > part:
        goal = edges[-1] + (most if rest > 1.25 * part else rest / 2) + _LETTERS
        before = [y for y, cut in starts.items() if edges[-1] + _LETTERS < cut and y <= goal]
        heads = [y for y in before if feet[y] and y > goal - most / 5]
        if not before:
            break  # nothing to cut at: it is printed smaller
        edges.append(starts[max(heads or before)])
    return plot, feet, [*edges, bottom]


def _foot(text: re.Match[str]) -> float:
    return float(text["y"] or text["down"])


def _above(feet: dict[float, bool], upper: float, columns: Strip) -> list[Strip]:
    """What a window repeats above itself, the nearest first: the heading of its rows, heads of columns."""
    if upper == columns[0]:
        return []
    heads = sorted(y for y, is_head in feet.items() if is_head and y < upper)
    if not heads or feet[min(y for y in feet if y > upper)]:
        return [columns]
    lines = takewhile(lambda pair: pair[0] - pair[1] < _APART, pairwise(heads[::-1]))
    first = min((y for _, y in lines), default=heads[-1])
    return [(first - _LETTERS, heads[-1] + _APART / 4), columns]


def _window(svg: str, window: tuple[float, ...], above: Iterable[Strip], axis: Strip) -> str:
    """What stands in a window between heads and axis; words outside leave: nobody hears them twice."""
    x, upper, width, lower = window
    inside = _TEXT.sub(lambda text: text[0] if upper < _foot(text) <= lower else "", svg)
    pieces = [(_foot(text), text[0]) for text in _TEXT.finditer(svg)]
    pieces += [(float(symbol[1]), symbol[0]) for symbol in _SYMBOL.finditer(svg)]

    def repeated(begin: float, end: float, down: float) -> str:
        box = f'x="{x}" y="{begin - _SEAM:.2f}" width="{width}" height="{end - begin + 2 * _SEAM:.2f}"'
        cover = f'<rect {box} fill="#ffffff"/>'
        words = "".join(words for y, words in pieces if begin < y <= end)
        return f'<g transform="translate(0 {down:.2f})">{cover}{words}</g>'

    strips = [repeated(*axis, lower - axis[0])] if lower < axis[1] else []
    lower += axis[1] - axis[0] if strips else 0
    for begin, end in above:
        strips.append(repeated(begin, end, upper - end))
        upper -= end - begin
    size = f'height="{lower - upper:.2f}pt" viewBox="{x} {upper:.2f} {width} {lower - upper:.2f}"'
    return _BOX.sub(size, inside.replace("</svg>", "".join(strips) + "</svg>"), count=1)
