"""How a table gets on paper: upright, then smaller, then across, then in parts; never below 7 points."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from digicit_lib.exhibits.grid import cell_words, column_spans

SIZES = (9.0, 8.0, 7.0)
PORTRAIT, LANDSCAPE = 482.0, 729.0  # text widths of an A4 page with margins of 20 mm, in points
GAP = 9.0  # between columns, in points
# Mean advance of a character and of a wide one (capitals, Cyrillic) in Libertinus Serif, in em; measured.
NARROW, WIDE = 0.48, 0.6
STAND_IN = 1.25  # how much wider than ours a font may be that stands in for it in office files
LINE = 13.0  # a column of text is at least so wide, in em, before a page is turned
UNPARTED = 18  # characters of a word that no line parts, as in the head of a column; an address may be parted
KEPT_TOGETHER = 20  # a cell of so few characters is a number with its interval: it stays on one line


Width = tuple[str, float]  # ("pt", points), ("fr", share of what is left) or ("auto", 0): as the text asks


@dataclass(frozen=True)
class TableSheet:
    """One table on paper: which columns, in what size, whether across, how wide each column is."""

    columns: tuple[int, ...]
    size: float
    across: bool
    widths: tuple[Width, ...]


def table_sheets(block: Mapping[str, Any]) -> list[TableSheet]:
    """The sheets that a table block takes.

    Parameters
    ----------
    block : mapping
        A table block.

    Returns
    -------
    list of Sheet
        More than one only when the table is too wide for a page across at 7 points; each then repeats the
        row headers.

    Examples
    --------
    >>> block = {"columns": [{"label": "a"}, {"label": "b"}], "rows": [["x", "1"]], "row_headers": 1}
    >>> [(s.columns, s.size, s.across) for s in table_sheets(block)]
    [((0, 1), 9.0, False)]
    """
    texts = [_column(block, i) for i in range(len(block["columns"]))]
    narrowest = [max(map(_narrowest, column)) for column in texts]
    every = tuple(range(len(texts)))
    for across, room in ((False, PORTRAIT), (True, LANDSCAPE)):
        sizes = SIZES[:2] if not across else SIZES
        for size in sizes:
            if _width(every, narrowest, size) <= room:
                return [TableSheet(every, size, across, _widths(every, texts, size, room))]
    size = SIZES[-1]
    parts = _split(block, narrowest, size)
    return [TableSheet(part, size, True, _widths(part, texts, size, LANDSCAPE)) for part in parts]


def _column(block: Mapping[str, Any], index: int) -> list[str]:
    """Head first; the heads of columns may break at spaces, like any text."""
    cells = (row[index] if index < len(row) else "" for row in block["rows"])
    return [str(block["columns"][index]["label"]) + " ", *map(cell_words, cells)]


@lru_cache(maxsize=65_536)  # words stand again, in each column, size and table
def em(text: str) -> float:
    """About how wide a text is, in em.

    Examples
    --------
    >>> em("n 1,025") < em("MMMMMMM")
    True
    """
    return sum(WIDE if c.isupper() or c > "\u036f" or c in "mwMW%@" else NARROW for c in text)


def _narrowest(text: str) -> float:
    """The least width in em: a number with its interval whole, a text in three lines or its longest word."""
    if len(text) <= KEPT_TOGETHER and not text.endswith(" ") and any(c.isdigit() for c in text):
        return em(text)
    longest_word = _word([text])
    return longest_word if text.endswith(" ") else max(longest_word, min(em(text) / 3, LINE))


def _width(columns: Sequence[int], narrowest: Sequence[float], size: float) -> float:
    return sum(narrowest[i] * size + GAP for i in columns)


def _widths(columns: Sequence[int], texts: list[list[str]], size: float, room: float) -> tuple[Width, ...]:
    """Columns of numbers take what they need; columns of text share the rest by the length of their text."""
    longest = [max(map(em, texts[i])) for i in columns]
    if sum(n * size + GAP for n in longest) <= room * 0.6:
        return tuple(("fr", 1.0) if k == 0 else ("auto", 0.0) for k in range(len(columns)))
    prose = [any(len(text) > KEPT_TOGETHER for text in texts[i][1:]) for i in columns]
    prose[0] = prose[0] or not any(prose)
    narrow = [max(map(_narrowest, texts[i])) for i in columns]
    uncut = [
        n if is_prose else _uncut(texts[i]) for i, n, is_prose in zip(columns, narrow, prose, strict=True)
    ]
    needs = next((ns for ns in (longest, uncut) if sum(n * size + GAP for n in ns) <= room), narrow)
    fixed = {i: n * size + GAP for i, yes, n in zip(columns, prose, needs, strict=True) if not yes}
    free = {i: _weight(texts[i]) for i in columns if i not in fixed}
    fixed |= {
        i: _word(texts[i]) * size + GAP for i in _starved(free, texts, size, room - sum(fixed.values()))
    }
    return tuple(("pt", round(fixed[i], 1)) if i in fixed else ("fr", free[i]) for i in columns)


def _starved(free: Mapping[int, float], texts: list[list[str]], size: float, room: float) -> list[int]:
    """Columns of text whose share of the room is narrower than their longest word."""
    total = sum(free.values())
    tight = [i for i, weight in free.items() if room * weight / total < _word(texts[i]) * size + GAP]
    return tight if len(tight) < len(free) else []


def _uncut(column: Sequence[str]) -> float:
    """The width of a column whose head breaks between words and whose cells do not."""
    return max(_word(column[:1]), *map(em, column[1:]), 0.5)


def _word(texts: Sequence[str]) -> float:
    return max((em(word[:UNPARTED]) for text in texts for word in text.split()), default=0.5)


def _weight(texts: Sequence[str]) -> float:
    """Between the mean and the longest: one long cell does not starve a column that is full throughout."""
    lengths = [max(em(text), 2.0) for text in texts]
    return round((max(lengths) * sum(lengths) / len(lengths)) ** 0.5, 2)


def _split(block: Mapping[str, Any], narrowest: Sequence[float], size: float) -> list[tuple[int, ...]]:
    """Parts of about equal width behind the row headers; columns of one spanner stay together."""
    headers = int(block.get("row_headers") or 0)
    stub, at = tuple(range(headers)), headers
    bundles: list[tuple[int, ...]] = []
    for _, count in column_spans(block["columns"][headers:]):
        bundles.append(tuple(range(at, at + count)))
        at += count
    if not any(column.get("group") for column in block["columns"]):
        bundles = [(i,) for i in range(headers, at)]
    room = LANDSCAPE - _width(stub, narrowest, size)
    wide = [_width(bundle, narrowest, size) for bundle in bundles]
    even = sum(wide) / -(-sum(wide) // room) + max(wide)
    return [(*stub, *part) for part in _packed(bundles, narrowest, size, min(even, room))]


def _packed(
    bundles: Sequence[tuple[int, ...]], narrowest: Sequence[float], size: float, room: float
) -> Iterator[tuple[int, ...]]:
    part: tuple[int, ...] = ()
    for bundle in bundles:
        if part and _width((*part, *bundle), narrowest, size) > room:
            yield part
            part = ()
        part = (*part, *bundle)
    yield part


def sentence(parts: Sequence[Any]) -> dict[str, Any]:
    """A finding as typst sets it: pieces that lines may part, its evidence, its first share in tenths.

    Examples
    --------
    >>> share = {"text": "61%", "id": "land/quantitative/OPP-06/share/all", "value": 0.61}
    >>> sentence(["Played: ", share])["tenths"]
    [6]
    """
    numbers = [part for part in parts if isinstance(part, dict)]
    shares = [part["value"] for part in numbers if "/share/" in str(part["id"])]
    texts = [(p, False) if isinstance(p, str) else (str(p["text"]), True) for p in parts]
    ids = [str(part["id"]) for part in numbers]
    return {"parts": _whole_ranges(texts), "of": ids, "tenths": [round(10 * share) for share in shares[:1]]}


def _whole_ranges(parts: Sequence[tuple[str, bool]]) -> list[list[tuple[str, bool]]]:
    """Pieces of a sentence; both ends of a range are one."""
    pieces: list[list[tuple[str, bool]]] = []
    for part in parts:
        joins = bool(pieces) and (part[0] == "–" or pieces[-1][-1][0] == "–")
        if joins:
            pieces[-1].append(part)
        else:
            pieces.append([part])
    return pieces
