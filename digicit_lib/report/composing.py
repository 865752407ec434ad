"""The order of a section on paper: figures stand where they fill the page, and under their own heading.

A float may pass the next heading. Here figures keep their order, text keeps its order, and it is chosen how
the two of each section are shuffled: the cheapest way by the white at the feet of pages, how long figures
wait, and how much they shrink or grow. No figure passes a heading, of whatever level.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple

from digicit_lib.report.tall_figures import PART, TALLEST, readable
from digicit_lib.report.white import MOST

Part = dict[str, Any]
Layout = tuple[list[Part], list[float]]
# By the size of letters, smaller by a trifle at last: how many points a page is said to hold,
# less where an order did not keep what it promised.
_ROOMS = {1.0: (717.0, 711.0, 705.0), 0.97: (717.0,)}
_MAY_STAND_APART = ("heading", "figure", "table", "register")
_TOP = 68.0  # points above them
# Points above and below a part, as `report.typ` sets them at 10.5 points; a heading's go by its level.
_SPACE = {"figure": (17, 19), "table": (17, 19), "register": (17, 19), "quotation": (14, 14)}
_ABOVE_CHAPTER = 35
_SPACE |= {"heading2": (_ABOVE_CHAPTER, 14), "heading3": (21, 10), "finding": (8, 8), "note": (8, 8)}
_TEXT_SPACE = (10, 11)
_WHOLE = ("figure", "picture", "quotation")
_ROWS = ("table", "register")
_TURN = {
    "register": 24.0,
    "table": 32.0,
}  # points lost at a page's end: a row, the head again
_LINES, _HEAD = 26.0, 85.0  # of a text, and of a table with its head, that stand at least before a page ends
_MANY_ROWS = 8  # of a short table that may be broken where a page would stand empty
# Sizes of a figure, whose letters stay at 8 points, and what each costs; a figure before the table above it;
# text that a figure lets pass.
_SIZES = ((1.0, 0.0), (1.06, 0.2), (0.95, 0.5))
_EARLY, _PASSED, _PAGE, _BREAK = 0.7, 0.1, 0.4, 0.8
_WAITING = 4  # figures at a time
# Points of a figure that is printed in parts, and of such a part: where those before leave pages half empty.
_PARTED = ((TALLEST, PART), (400.0, PART), (400.0, 200.0))
_SPREADABLE = 0.33  # of a page: so much white can stand between its parts
_KEPT = 12  # ways to each point of a chapter that are followed further


class Way(NamedTuple):
    """One way to lay out what came so far: its cost, the height reached, the headings that stick above."""

    cost: float
    y: float
    stuck: float
    last: Part | None
    order: tuple[tuple[int, Part], ...]


def arranged(data: Part, setting: Callable[[Part], tuple[list[int], list[Any]]]) -> Part:
    """A report whose figures stay in their sections, without a half-empty page or with as few as can be.

    Parameters
    ----------
    data : dict
        As `pdf.document` gives it to typst.
    setting : callable
        Sets a document: the numbers of its half-empty pages, and where its parts stand; of one that is
        `measured`, how tall they are.

    Returns
    -------
    dict
        The document with its parts in another order, figures smaller or larger by a twentieth at most.

    Examples
    --------
    >>> heights = [500.0, 400.0, 150.0]
    >>> figure = {"type": "figure", "svg": "", "alt": "", "name": "", "notes": []}
    >>> data = {"language": "en", "parts": [{"type": "paragraph"}, figure, {"type": "list"}]}
    >>> [part["type"] for part in arranged(data, lambda document: ([], heights))["parts"]]
    ['paragraph', 'list', 'figure']
    """
    forms = list[tuple[list[int], Part]]()
    data = data | {"parts": _turned_with_heads(data["parts"])}
    for parted, text in product(_PARTED, _ROOMS):
        for form in _orders(readable(data, *parted) | {"text": text}, setting):
            forms.append(form)
            if not form[0]:
                return form[1]
    return min(forms, key=lambda form: len(form[0]))[1]


def _orders(
    data: Part, setting: Callable[[Part], tuple[list[int], list[Any]]]
) -> Iterator[tuple[list[int], Part]]:
    """Orders of the parts with the pages that they leave half empty: each mends the one before."""
    heights, start, y, tried = setting(data | {"measured": True})[1], 0, 0.0, list[list[Part]]()
    for room in _ROOMS[data["text"]]:
        order, heights = _compose(data["parts"], heights, start, y, room)
        if order in tried:
            continue
        data = data | {"parts": order}
        bad, places = setting(data)
        tried.append(order)
        yield bad, data
        spread, pages, spots = data, bad, places
        for _ in range(3):  # what is spread on one page may move the end of another
            wider = _spread(spread["parts"], spots, pages)
            if not pages or wider == spread["parts"]:
                break
            spread = spread | {"parts": wider}
            pages, spots = setting(spread)
            yield pages, spread
        below = next((i for i, (page, _) in enumerate(places) if page > pages[0] and i), 1)
        start = max(chapter for chapter in _chapters(order) if chapter < below)
        y = max(0.0, places[start][1] - _TOP - _ABOVE_CHAPTER)


def _spread(parts: Sequence[Any], places: Sequence[Any], bad: Sequence[int]) -> list[Any]:
    """What half-empty pages leave white, between their exhibits and sections instead of at their feet."""
    apart = {
        i
        for i, (page, y) in enumerate(places)
        if page in bad and y > _TOP + 1 and parts[i]["type"] in _MAY_STAND_APART
        if parts[i - 1]["type"] != "heading"
    }
    ends = {i - 1 for i in range(1, len(places)) if places[i][0] > places[i - 1][0]}
    return [part | {"apart": 1 + (i in ends)} if i in apart else part for i, part in enumerate(parts)]


def _compose(parts: Sequence[Part], heights: Sequence[float], start: int, y: float, room: float) -> Layout:
    """The parts from a chapter on in their best order, with their heights; it begins at `y` of its page."""
    ways = [Way(0.0, y, 0.0, parts[start - 1] if start else None, ())]
    turned = [i + k for i in range(start, len(parts)) if parts[i]["type"] == "across" for k in (0, 1)]
    for first, end in pairwise(sorted({start, *turned, len(parts)})):
        if parts[first]["type"] == "across":
            ways = [Way(w.cost, 0.0, 0.0, None, (*w.order, (first, parts[first]))) for w in ways]
            continue
        further = (w for way in ways for w in _chapter(parts, heights, (first, end), way, room))
        ways = _cheapest(further, 6)
    order = ways[0].order
    return [*parts[:start], *(part for _, part in order)], [*heights[:start], *(heights[i] for i, _ in order)]


def _chapters(parts: Sequence[Part], start: int = 0) -> list[int]:
    """Where chapters begin from `start` on."""
    return [
        i
        for i in range(start, len(parts))
        if i == start or (parts[i]["type"] == "heading" and parts[i]["level"] == 2)
    ]


def _turned_with_heads(parts: Sequence[Part]) -> list[Part]:
    """The parts, with the headings just above a turned page on that page: they would end the page before.

    Examples
    --------
    >>> parts = _turned_with_heads([{"type": "heading", "level": 3}, {"type": "across", "sheets": []}])
    >>> [(part["type"], len(part["heads"])) for part in parts]
    [('across', 1)]
    """
    result: list[Part] = []
    for part in parts:
        heads: list[Part] = []
        while part["type"] == "across" and result and result[-1]["type"] == "heading":
            heads.insert(0, result.pop())
        result.append(part | {"heads": heads} if heads else part)
    return result


def _chapter(
    parts: Sequence[Part], heights: Sequence[float], span: tuple[int, int], way: Way, room: float
) -> list[Way]:
    """All good ways through a chapter: next stands the next of its text or the next of its figures."""
    texts = [i for i in range(*span) if parts[i]["type"] != "figure"]
    figures = [i for i in range(*span) if parts[i]["type"] == "figure"]
    due = [sum(text < figure for text in texts) for figure in figures]
    heads = [t for t, text in enumerate(texts) if parts[text]["type"] == "heading"]
    soon = [max((t + 1 for t in heads if t < place), default=0) for place in due]
    layer = {(0, 0): [way]}
    for _ in range(*span):
        further: dict[tuple[int, int], list[Way]] = {}
        for (t, f), ways in layer.items():
            for now in ways:
                waiting = sum(place <= t for place in due[f:])
                stays = t in heads and waiting  # no heading before the figures of the section above it
                if t < len(texts) and waiting <= _WAITING and not stays:
                    steps = _with_text(now, texts[t], parts[texts[t]], heights[texts[t]], waiting, room)
                    further.setdefault((t + 1, f), []).extend(steps)
                if f < len(figures) and soon[f] <= t:
                    early = _EARLY * (t < due[f])
                    steps = _with_figure(now, figures[f], parts[figures[f]], heights[figures[f]], early, room)
                    further.setdefault((t, f + 1), []).extend(steps)
        layer = {place: _cheapest(ways, _KEPT) for place, ways in further.items()}
    return layer[len(texts), len(figures)]


def _with_text(way: Way, index: int, part: Part, height: float, waiting: int, room: float) -> Iterator[Way]:
    yield _put(way, index, part, height, room, (waiting * _PASSED, waiting * _PAGE))
    if part.get("short") and sum(len(group["rows"]) for group in part["groups"]) >= _MANY_ROWS:
        loose = {**part, "short": False}
        yield _put(way, index, loose, height, room, (_BREAK + waiting * _PASSED, waiting * _PAGE))


def _with_figure(way: Way, index: int, part: Part, height: float, early: float, room: float) -> Iterator[Way]:
    for size, price in _SIZES:
        form = part if size == 1 else {**part, "size": size}
        words = 50.0  # points of a figure that do not shrink
        yield _put(way, index, form, height - (1 - size) * (height - words), room, (early + price, 0.0))


def _put(way: Way, index: int, part: Part, height: float, room: float, price: tuple[float, float]) -> Way:
    """A part below the others; what does not fit, and headings just above it, begin a page."""
    gap = max(_space(way.last)[1], _space(part)[0]) if way.last and way.y else 0.0
    order, cost = (*way.order, (index, part)), way.cost + price[0]
    if part["type"] == "heading":
        stuck = way.stuck + gap * bool(way.stuck) + height
        return Way(cost, way.y + gap + height, stuck, part, order)
    whole = part["type"] in _WHOLE or part.get("short")
    least = height if whole else min(height, _HEAD if part["type"] in _ROWS else _LINES)
    y, turns = way.y, 0
    if y + gap + least > room:
        cost += _white(room - y + way.stuck, room)
        y, turns, gap = way.stuck, 1, gap * bool(way.stuck)
    y += gap + height
    while y > room and not whole:
        y, turns = y - room + _TURN.get(part["type"], 8.0), turns + 1
    return Way(cost + turns * price[1], y, 0.0, part, order)


def _space(part: Part | None) -> tuple[int, int]:
    kind = part["type"] if part else ""
    return _SPACE.get(f"heading{part['level']}" if part and kind == "heading" else kind, _TEXT_SPACE)


def _white(points: float, room: float) -> float:
    share = max(points, 0.0) / room
    if share <= MOST - 0.015:
        return share**2
    return 2.0 + 5 * share if share < _SPREADABLE else 5 + 20 * share


def _cheapest(ways: Iterator[Way] | Sequence[Way], most: int) -> list[Way]:
    """The cheapest way to each height, the cheapest first."""
    best: dict[tuple[int, bool], Way] = {}
    for way in sorted(ways, key=lambda way: way.cost):
        best.setdefault((round(way.y / 8), bool(way.stuck)), way)
    return list(best.values())[:most]
