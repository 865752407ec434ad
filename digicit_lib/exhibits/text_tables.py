"""Tables of sentences as blocks: a name, and under it what the other columns say."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from digicit_lib.exhibits.grid import LONG, cell_words, language_of, marks, row_groups, tag, text_of
from digicit_lib.exhibits.row_groups import runs
from digicit_lib.safe import html

COLUMNS = 4  # with fewer, sentences have room side by side
ROW = 80  # letters in the columns of text of a row, on average, above which a table is mostly sentences
PRINTED_LINE = 115, 150  # letters beside a name, and below a long one: what wraps is no taller than two lines
SEVERAL = 3  # rows that repeat a sentence
_NUMBER = re.compile(r"\d+[a-z]?\.?")  # a first cell that only numbers the row

Pair = tuple[str, Any]  # head of a column, cell
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Entry:
    """One row: its name and lines in the order of the columns; a sentence alone, short cells side by side.

    `above`: the name stands above its lines and not beside them, as it does in the whole table.
    """

    name: Any
    lines: tuple[tuple[Pair, ...], ...]
    above: bool = False


@dataclass(frozen=True)
class EntryGroup:
    """Rows under one head; what holds for each of them stands once."""

    name: str
    common: tuple[Pair, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Register:
    """A table of sentences; what holds for every row stands once above."""

    common: tuple[Pair, ...]
    groups: tuple[EntryGroup, ...]


def register(block: Mapping[str, Any]) -> Register | None:
    """The blocks of a table that is mostly sentences; None for a table that reads as one.

    Parameters
    ----------
    block : mapping
        With columns, rows, row_headers and groups, as `tables` makes it.

    Returns
    -------
    Register or None
        Where at least two fifths of the rows hold a cell of more than 60 characters, or the rows more than 80
        on average, in four or more columns that are mostly text. Empty cells are left out; a first column
        that repeats itself heads its rows, one of numbers stands before the second. Rows that differ only in
        their name are one line.

    Examples
    --------
    >>> columns = [{"label": name, "align": "left"} for name in ("Law", "Text", "Year", "Force")]
    >>> rows = [["A", "x" * 61, "2020", "yes"], ["B", "y" * 70, "", "yes"]]
    >>> table = register({"columns": columns, "rows": rows, "row_headers": 1})
    >>> table.common, [len(entry.lines) for entry in table.groups[0].entries]
    ((('Force', 'yes'),), [2, 1])
    >>> alike = register({"columns": columns, "rows": [[name, *rows[0][1:]] for name in "AB"]})
    >>> alike.common[0], alike.groups
    (('Law', 'A; B'), ())
    >>> register({"columns": columns, "rows": [["A", "x", "2020", "yes"]], "row_headers": 1}) is None
    True
    """
    columns = block["columns"]
    rows = [[*row, *[""] * (len(columns) - len(row))] for row in block["rows"]]
    if not _is_prose(columns, rows):
        return None
    if len(rows) > 1 and all(_NUMBER.fullmatch(cell_words(row[0])) for row in rows):
        columns, rows = columns[1:], [_numbered(row) for row in rows]
    heads = [str(column["label"]) for column in columns]
    names = [cell_words(row[0]) for row in rows]
    repeated = not block.get("groups") and 1 < len(set(names)) < len(names)
    groups = row_groups({**block, "groups": runs(names)} if repeated else block)
    at = 1 if repeated else 0  # the column that names an entry
    common, left = _alike(rows, heads, range(at + 1, len(columns)))
    if common and not left and not any(name for name, _, _ in groups):
        return Register(((heads[at], "; ".join(cell_words(row[at]) for row in rows)), *common), ())
    again, rows = _numbered_once(rows, heads, left)
    above = 2 * sum(is_long(row[at]) for row in rows) >= len(rows)
    parts = tuple(_group(name, rows[a:b], heads, (at, left), above) for name, a, b in groups)
    return Register((*common, *again), parts)


def _is_prose(columns: Sequence[Mapping[str, Any]], rows: Rows) -> bool:
    text = [i for i, column in enumerate(columns) if column.get("align") in (None, "left")]
    spoken = [any(is_long(row[i]) for i in text) for row in rows]
    letters = sum(len(cell_words(row[i])) for row in rows for i in text)
    much = 5 * sum(spoken) >= 2 * max(len(rows), 1) or letters > ROW * len(rows)
    return len(columns) >= COLUMNS and 2 * len(text) > len(columns) and much


def _numbered(row: Sequence[Any]) -> list[Any]:
    """A row without its first cell, which numbers the second."""
    number, name, *rest = row
    words = f"{cell_words(number)} {cell_words(name)}".strip()
    return [{**name, "text": words} if isinstance(name, dict) else words, *rest]


def _alike(rows: Rows, heads: Sequence[str], columns: Sequence[int]) -> tuple[tuple[Pair, ...], list[int]]:
    """What every one of several rows says, and the columns that are left."""
    alike = [i for i in columns if len(rows) > 1 and len({cell_words(row[i]) for row in rows}) == 1]
    pairs = tuple((heads[i], rows[0][i]) for i in alike if cell_words(rows[0][i]))
    return pairs, [i for i in columns if i not in alike]


def _numbered_once(
    rows: Rows, heads: Sequence[str], columns: Sequence[int]
) -> tuple[list[Pair], list[list[Any]]]:
    """What a column says at length in several rows, such as a source: once, with a number for the rows."""
    pairs: list[Pair] = []
    changed = [list(row) for row in rows]
    for i in columns:
        times = Counter(cell_words(row[i]) for row in rows if is_long(row[i]))
        names = {text: f"[{k}]" for k, text in enumerate((w for w, n in times.items() if n >= SEVERAL), 1)}
        cells = {cell_words(row[i]): row[i] for row in rows}
        pairs += [(f"{heads[i]} {name}", cells[text]) for text, name in names.items()]
        for row in changed:
            row[i] = names.get(cell_words(row[i]), row[i])
    return pairs, changed


def _group(
    name: str, rows: Rows, heads: Sequence[str], places: tuple[int, Sequence[int]], above: bool
) -> EntryGroup:
    """Rows under a head; `places` are the column of their names and those of what is said of them."""
    common, left = _alike(rows, heads, places[1])
    entries = (Entry(row[places[0]], _lines_of(row, heads, left), above) for row in rows)
    return EntryGroup(name, common, tuple(entries))


def _lines_of(
    row: Sequence[Any], heads: Sequence[str], columns: Sequence[int]
) -> tuple[tuple[Pair, ...], ...]:
    pairs = [(heads[i], row[i]) for i in columns if cell_words(row[i])]
    runs_of_pairs = groupby(pairs, key=lambda pair: pair if is_long(pair[1]) else None)
    return tuple(tuple(line) for _, line in runs_of_pairs)


def is_long(cell: object) -> bool:
    """Whether a cell is a sentence.

    Examples
    --------
    >>> is_long("45%"), is_long("x" * 61)
    (False, True)
    """
    return len(cell_words(cell)) > LONG


def in_lines(entry: Entry) -> list[tuple[Pair, ...]]:
    """What is said of an entry, two lines in one where a line of a printed page holds both.

    Examples
    --------
    >>> lines = ((("Value", "45%"),), (("Asked", "x" * 61),), (("Answers", "512"),))
    >>> entry = Entry("A" * 61, lines, above=True)
    >>> [[head for head, _ in line] for line in in_lines(entry)]
    [['Value', 'Asked', 'Answers']]
    """
    lines: list[tuple[Pair, ...]] = []
    room = PRINTED_LINE[entry.above]
    for line in entry.lines:
        joint = (*lines[-1], *line) if lines else line
        if lines and sum(len(head) + len(cell_words(cell)) + 5 for head, cell in joint) <= room:
            lines[-1] = joint
        else:
            lines.append(line)
    return lines


def sentence_of(block: Mapping[str, Any]) -> list[Any]:
    """A table of one row as the parts of a sentence: its title, then in brackets what stands in its cells.

    The row's name stands there only where title and subtitle do not say it.

    Examples
    --------
    >>> columns = [{"label": name} for name in ("Indicator", "Estimate", "n")]
    >>> mean = {"text": "2.6", "id": "land/quantitative/OPP-18/mean/all", "value": 2.6}
    >>> block = {"title": "Activities", "columns": columns, "rows": [["All", mean, "867"]], "row_headers": 1}
    >>> [part if isinstance(part, str) else part["text"] for part in sentence_of(block)]
    ['Activities (All; Estimate: ', '2.6', '; n: 867).']
    >>> block["rows"][0][0] = "Activities"
    >>> sentence_of(block)[0]
    'Activities (Estimate: '
    """
    parts: list[Any] = [f"{block['title']} ("]
    heads = f"{block['title']} {block.get('subtitle') or ''}".casefold()
    for at, (column, cell) in enumerate(zip(block["columns"], block["rows"][0], strict=True)):
        is_name = at < block["row_headers"] and column.get("align") in (None, "left")
        if is_name and cell_words(cell).casefold() in heads:
            continue
        parts += ["; " if parts[1:] else "", "" if is_name else f"{column['label']}: "]
        parts.append(cell if isinstance(cell, Mapping) and cell.get("id") else cell_words(cell))
    texts = (str(text) for text in (block.get("subtitle"), *block.get("notes", ())) if text)
    under = (text if text.endswith("?") else text.rstrip(".") + "." for text in texts)
    parts.append(" ".join([").", *under]))
    runs_of_text = groupby(parts, key=lambda part: isinstance(part, str))
    return [piece for is_text, run in runs_of_text for piece in (["".join(run)] if is_text else run)]


def spoken(cell: object) -> str | dict[str, str]:
    """The words of a cell, with their language where it is not the page's.

    Examples
    --------
    >>> spoken({"text": "45%", "value": 0.45}), spoken({"text": "Soruyoruz.", "lang": "tr"})
    ('45%', {'text': 'Soruyoruz.', 'lang': 'tr'})
    """
    words, lang = cell_words(cell), language_of(cell)
    return {"text": words, "lang": lang} if lang else words


def pieces(pairs: Sequence[Pair]) -> list[str | dict[str, str]]:
    """Heads and cells one after the other, so that a passage in another language stands alone.

    Examples
    --------
    >>> pieces([("Year", "2020"), ("Said", {"text": "Soruyoruz.", "lang": "tr"})])
    ['Year: ', '2020', ' · Said: ', {'text': 'Soruyoruz.', 'lang': 'tr'}]
    """
    heads = [(" · " if place else "") + f"{head}: " for place, (head, _) in enumerate(pairs)]
    return [piece for head, (_, cell) in zip(heads, pairs, strict=True) for piece in (head, spoken(cell))]


def as_html(table: Register) -> str:
    """A register as lists of names and what is said of them.

    Examples
    --------
    >>> as_html(Register((), (EntryGroup("", (), (Entry("A", ((("Year", "2020"),),)),)),)))
    '<dl class="register"><div><dt>A</dt><dd class="short">Year: 2020</dd></div></dl>'
    """
    return _line(table.common) + "".join(map(_group_html, table.groups))


def _group_html(group: EntryGroup) -> str:
    head = tag("p", html(group.name), class_="register-head") if group.name else ""
    entries = "".join(map(_entry_html, group.entries))
    return head + _line(group.common) + tag("dl", entries, class_="register")


def _entry_html(entry: Entry) -> str:
    said = (tag("dd", _pairs(line), class_="" if is_long(line[0][1]) else "short") for line in entry.lines)
    name = tag("dt", _passage(entry.name))
    return tag("div", name, *said, class_="long" if entry.above else "")


def _line(pairs: Sequence[Pair]) -> str:
    return tag("p", _pairs(pairs), class_="exhibit-note") if pairs else ""


def _pairs(pairs: Sequence[Pair]) -> str:
    return " · ".join(map(_pair, pairs))


def _pair(pair: Pair) -> str:
    return f"{html(pair[0])}: {_passage(pair[1])}"


def _passage(cell: object) -> str:
    """A cell within a line, with what it says of itself."""
    return tag("span", text_of(cell), **marks(cell)) if marks(cell) else text_of(cell)
