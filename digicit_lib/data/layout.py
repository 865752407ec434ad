"""How a table stands in its file: text encoding, delimiter, decimal mark, header rows, sheet.

Everything here is detected, said, and can be overruled by plain keys of the params file (`encoding`,
`delimiter`, `decimal`, `header_rows`, `sheet`).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from digicit_lib.codebook import column_name

KEYS = ("encoding", "delimiter", "decimal", "header_rows", "sheet")
DELIMITERS = ",;\t|"
SAMPLE_ROWS, SAMPLE_CHARS = 300, 1 << 20
EXPORT_MARK = '{"ImportId"'  # Qualtrics, third row
RESPONSE = ("response", "open-ended response")  # SurveyMonkey, second row
ENOUGH = 8  # rows below a header before "never again below" says anything
_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}([. \u00a0\u202f'’]\d{3})+),\d+")
_TOTAL = re.compile(
    r"(?i)(?:(?:grand |sub)?total|sum|n ?=|итого|всего|разом|усього|всього|(?:genel )?toplam)[:.]?"
)
_WHOLE = re.compile(r"[-+]?\d+")
_GROUPED = re.compile(r"[-+]?\d{1,3}([,. \u00a0\u202f'’])\d{3}(\1\d{3})*([.,]\d+)?")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How to read a file; empty: detect it. `header_rows` counts rows from 1: names, labels, export marks."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    header_rows: tuple[int, ...] = ()
    sheet: str = ""

    @classmethod
    def of(cls, given: Any) -> Layout:
        """The keys that a file of the params names.

        Examples
        --------
        >>> from types import SimpleNamespace as S
        >>> Layout.of(S(encoding="cp1251", decimal=None))
        Layout(encoding='cp1251', delimiter='', decimal='', header_rows=(), sheet='')
        """
        return cls(**{key: getattr(given, key, None) or getattr(cls, key) for key in KEYS})

    def unusual(self) -> dict[str, Any]:
        """What differs from a plain UTF-8 table with one header row, as keys of the params file."""
        usual = {
            "encoding": ("", "utf_8", "utf_8_sig"),
            "decimal": ("", "."),
            "header_rows": ((), (1,)),
            "delimiter": ("", *DELIMITERS),
            "sheet": ("",),
        }
        return {key: getattr(self, key) for key in KEYS if getattr(self, key) not in usual[key]}


def text_layout(text: str, layout: Layout) -> Layout:
    """Delimiter, header rows and decimal mark of delimited text, where they are not given.

    Examples
    --------
    >>> text_layout("sep=;\\nid;w\\n1;0,5\\n2;1,5\\n", Layout())
    Layout(encoding='', delimiter=';', decimal=',', header_rows=(2,), sheet='')
    """
    first_line = re.match(r"\"?sep=(.)\"?\r?\n", text)
    delimiter = layout.delimiter or (first_line[1] if first_line else _delimiter(text))
    if layout.delimiter and layout.header_rows and layout.decimal:
        return layout
    rows = list(islice(text_records(text, delimiter), SAMPLE_ROWS))
    skipped = 1 if first_line else 0
    heads = layout.header_rows or tuple(n + skipped for n in header_rows(rows[skipped:]))
    decimal = layout.decimal or decimal_of(rows[max(heads, default=1) :])
    return replace(layout, delimiter=delimiter, header_rows=heads, decimal=decimal)


def text_records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Rows of delimited text; a line break between quotes ends none.

    A header of thousands of questions is, under a wrong delimiter, one cell longer than `csv` allows.
    """
    csv.field_size_limit(max(csv.field_size_limit(), 4 * SAMPLE_CHARS))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _delimiter(text: str) -> str:
    """The delimiter under which most rows have the same number of cells, and more than one."""
    scores = {}
    for mark in DELIMITERS:
        widths = [len(row) for row in islice(text_records(text, mark), 60) if row]
        common = max(set(widths), key=widths.count, default=1)
        scores[mark] = (common > 1) * widths.count(common) * common
    best = max(scores, key=lambda mark: scores[mark])
    return best if scores[best] else ","


def header_rows(rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Which rows are the header, counted from 1: names, then labels, then marks of the export.

    A title above has few cells; a row below belongs to the header when an export's marks say so (Qualtrics,
    SurveyMonkey) or when no column goes on as it begins.

    Examples
    --------
    >>> header_rows([["Survey 2026", "", ""], ["", "", ""], ["id", "w", "q1"], ["1", "2", "1"]])
    (3,)
    >>> header_rows([["Q1", "Q2"], ["Age", "Sex"], ['{"ImportId":"a"}', '{"ImportId":"b"}'], ["9", "1"]])
    (1, 2, 3)
    """
    filled = [sum(bool(cell) for cell in row) for row in rows]
    wide = max(filled, default=0)
    first = next((i for i, n in enumerate(filled) if not (2 * n < wide and n <= 2)), 0)
    last = first
    for place in range(first + 1, min(first + 3, len(rows))):
        is_export = any(cell.startswith(EXPORT_MARK) for cell in rows[place])
        second = place == first + 1 and _goes_on(rows[first], rows[place], rows[place + 1 :])
        last = place if is_export or second else last
    return tuple(range(first + 1, last + 2))


def _goes_on(names: Sequence[str], row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a second row still belongs to the header."""
    if {cell.strip().lower() for cell in row} & set(RESPONSE):
        return True
    below = [line for line in below if any(line)]
    if len(below) < ENOUGH:
        return False
    columns = [(cell, [line[i] for line in below if i < len(line) and line[i]]) for i, cell in enumerate(row)]
    differs = [_unlike(cell, rest) for cell, rest in columns if cell and rest]
    several = any(not name and cell for name, cell in zip(names[1:], row[1:], strict=False))
    return len(differs) >= 2 and sum(differs) >= (0.5 if several else 0.9) * len(differs)


def _unlike(cell: str, below: Sequence[str]) -> bool:
    """Words over numbers, or a text that never comes again where the others do."""
    numbers = sum(bool(_NUMBER.fullmatch(other)) for other in below)
    if numbers >= 0.9 * len(below):
        return not _NUMBER.fullmatch(cell)
    return cell not in below and len(set(below)) * 2 <= len(below)


def header_columns(rows: Sequence[Sequence[str]]) -> tuple[list[str], dict[str, str]]:
    """Names and labels of columns from the header's rows; a column without a name has an empty one.

    Examples
    --------
    >>> header_columns([["Q1", "Which of these?", ""], ["Response", "Phone", "Computer"]])[0]
    ['Q1', 'Which of these?: Phone', 'Which of these?: Computer']
    >>> header_columns([["You", "", "Home", ""], ["age", "sex", "urban", "rooms"]])[0]
    ['age', 'sex', 'urban', 'rooms']
    """
    names = [column_name(cell) for cell in rows[0]]
    below = list(map(column_name, rows[1])) if len(rows) > 1 else []
    names += [""] * (len(below) - len(names))
    filled = {second for second in below if second and second.lower() not in RESPONSE}
    if "" in names and len(filled) == len(names):
        return below, {}  # the names stand under merged headings
    labels: dict[str, str] = {}
    group, opens = "", [not name for name in names[1:]] + [False]  # a heading over the columns after it, too
    for i, second in enumerate(below):
        group = names[i] or group
        parted = not names[i] or (opens[i] and second.lower() not in RESPONSE)
        if parted and second and group:
            names[i] = f"{group}: {second}"
        elif second and second.lower() not in RESPONSE:
            labels[names[i]] = second
    return names, labels


def is_total(cells: Sequence[str]) -> bool:
    """Whether a last row is the sum of the others, as people add it below a table: no respondent.

    Examples
    --------
    >>> is_total(["Total", "", "", "400"]), is_total(["Total", "2", "1", "4"]), is_total(["7", "", "", "1"])
    (True, False, False)
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and 2 * len(filled) <= len(cells) and bool(_TOTAL.fullmatch(filled[0]))


def twice(names: Sequence[str]) -> list[str]:
    """Names that head more than one column."""
    return [name for name, count in Counter(names).items() if name and count > 1]


def decimal_of(rows: Sequence[Sequence[str]]) -> str:
    """The decimal mark of the numbers in some rows: a comma where a whole column reads so.

    Examples
    --------
    >>> decimal_of([["1", "0,512"], ["2", "1,5"]]), decimal_of([["1,204"], ["2,500"]]), decimal_of([["0.5"]])
    (',', '.', '.')
    """
    places = {place for row in rows for place, cell in enumerate(row) if "," in cell}
    for place in sorted(places):
        cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        numbers = [cell for cell in cells if _COMMA.fullmatch(cell)]
        others = all(_COMMA.fullmatch(cell) or _WHOLE.fullmatch(cell) for cell in cells)
        thousands = [cell for cell in numbers if (hit := _GROUPED.fullmatch(cell)) and hit[1] == ","]
        if others and len(numbers) > len(thousands):
            return ","
    return "."


def plain_numbers(texts: Sequence[str], decimal: str) -> Mapping[str, str]:
    """How a column's numbers are written with a point and without marks of thousands; empty: as they stand.

    Examples
    --------
    >>> plain_numbers(["0,512", "1,5", "2"], ",")
    {'0,512': '0.512', '1,5': '1.5'}
    >>> plain_numbers(["1,200", "950"], "."), plain_numbers(["1,2", "yes"], ",")
    ({'1,200': '1200'}, {})
    """
    plain = {text: _plain(text.strip(), decimal) for text in texts if text.strip()}
    if not all(_NUMBER.fullmatch(number) for number in plain.values()):
        return {}
    return {text: number for text, number in plain.items() if number != text}


def _plain(text: str, decimal: str) -> str:
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped[1] != decimal:
        text = text.replace(grouped[1], "")
    return text.replace(",", ".") if decimal == "," else text.replace(",", "_")
