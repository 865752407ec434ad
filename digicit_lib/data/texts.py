"""Delimited text: read as the file is, every cell as text; `na` and an empty cell are two things."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv as pc

from digicit_lib.data.encodings import encoding_of, in_utf8
from digicit_lib.data.layout import (
    SAMPLE_CHARS,
    Layout,
    header_columns,
    is_total,
    plain_numbers,
    text_layout,
    text_records,
    twice,
)
from digicit_lib.data.raw import Raw
from digicit_lib.errors import DataError

LONGEST_ROW = 1 << 16  # bytes of a last row that is looked at


def read_text(path: Path, columns: list[str] | None, header: bool, given: Layout) -> Raw:
    """The columns of a delimited file, or its header alone.

    Raises
    ------
    DataError
        An encoding that does not fit, or rows of unequal length (their lines named).
    """
    data = path.read_bytes()
    encoding = given.encoding or encoding_of(data, path.name)
    data = in_utf8(data, encoding, path.name)
    head = data[: 4 * SAMPLE_CHARS].decode("utf-8", errors="ignore")
    layout = text_layout(head, replace(given, encoding=encoding))
    heads = list(islice(text_records(head, layout.delimiter), max(layout.header_rows)))
    names, labels = header_columns([heads[n - 1] for n in layout.header_rows if n <= len(heads)])
    if header:
        frame = pd.DataFrame(columns=[name for name in dict.fromkeys(names) if name])
    else:
        names_read = [name for name in names if name] if columns is None else columns
        frame = _table(data, head, layout, names, names_read, path.name)
    note = (
        f"The text of {path.name} was garbled before it was saved; it is read as it was meant ({encoding})."
    )
    notes = [note] if "/" in encoding and not given.encoding else []
    return Raw(frame, labels, layout=layout, doubled=twice(names), notes=notes)


def _table(
    data: bytes, head: str, layout: Layout, names: Sequence[str], columns: Sequence[str], where: str
) -> pd.DataFrame:
    names = _fitted(names, head, layout)
    start = _offset(head, layout.delimiter, max(layout.header_rows))
    places = [name if name and name not in names[:i] else f"\0{i}" for i, name in enumerate(names)]
    kind = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pc.read_csv(
            pa.BufferReader(_respondents(data, start, layout.delimiter)),
            read_options=pc.ReadOptions(column_names=places),
            parse_options=pc.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, kind),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pd.DataFrame(columns=list(columns))
        raise _unequal(data, layout, len(names), where) from None
    frame = table.to_pandas()
    return pd.DataFrame({name: _numbers(frame[name], layout.decimal) for name in columns}, copy=False)


def _respondents(data: bytes, start: int, delimiter: str) -> bytes | memoryview:
    """The rows of data without what spreadsheets and people write below them: delimiters alone, a total."""
    mark = delimiter.encode()
    rows: bytes | memoryview = memoryview(data)[start:]
    if b"\n" + mark in data or data.startswith(mark, start):
        empty = rb"(?m)^(?:[ \t]*%b)+[ \t]*(?:\r?\n|\r?\Z)" % re.escape(mark)
        rows = re.sub(empty, b"", data[start:])
    tail = bytes(rows[-LONGEST_ROW:])
    at = tail.rstrip().rfind(b"\n") + 1
    cells = next(csv.reader([tail[at:].decode(errors="replace").rstrip()], delimiter=delimiter), [])
    return rows[: len(rows) - len(tail) + at] if at and is_total(cells) else rows


def _fitted(names: Sequence[str], head: str, layout: Layout) -> list[str]:
    """Names for every cell of a row: R names no row numbers, some programs end rows with a delimiter."""
    first = max(layout.header_rows)
    below = list(islice(text_records(head, layout.delimiter), first, first + 60))
    widths = {len(row) for row in below[:-1] if row} or {len(row) for row in below if row}
    if widths == {len(names) + 1}:
        ends_empty = all(not row[-1] for row in below if row)
        return [*names, ""] if ends_empty else ["", *names]
    return list(names)


def _offset(head: str, delimiter: str, rows: int) -> int:
    """Bytes before the first row of data."""
    lines = io.StringIO(head, newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    for _ in islice(reader, rows):
        continue
    again = io.StringIO(head, newline="")
    return sum(len(again.readline().encode()) for _ in range(reader.line_num))


def _numbers(values: pd.Series, decimal: str) -> pd.Series:
    """A column of numbers with a decimal point, whatever its program wrote; other columns as they stand."""
    changed = plain_numbers([str(text) for text in values.cat.categories], decimal)
    if not changed:
        return values
    return values.astype(object).map(lambda t: changed.get(t, t), na_action="ignore").astype("category")


def _unequal(data: bytes, layout: Layout, width: int, where: str) -> DataError:
    """The refusal of rows that do not have the header's number of cells, with their lines."""
    text = io.StringIO(data.decode("utf-8", errors="replace"), newline="")
    reader = csv.reader(text, delimiter=layout.delimiter)
    lines, before = [], 0
    try:
        for number, row in enumerate(reader, 1):
            if number > max(layout.header_rows) and row and len(row) != width:
                lines.append((before + 1, len(row)))
            before = reader.line_num
    except csv.Error:
        lines.append((before + 1, 0))
    places = "; ".join(f"line {line}: {cells} cells" for line, cells in lines[:5])
    more = f"; and {len(lines) - 5} more lines" if len(lines) > 5 else ""
    what = "Rows do not have as many cells as the header."
    got = (places + more) or "a quotation mark that is not closed"
    hint = "mend these lines in the program that wrote the file"
    return DataError(what, where=where, got=got, allowed=f"{width} cells", next=hint)
