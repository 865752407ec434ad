"""Excel workbooks: the sheet that holds the answers, its header, and repeats on further sheets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.data.layout import SAMPLE_ROWS, Layout, header_columns, header_rows, is_total, twice
from digicit_lib.data.raw import Raw
from digicit_lib.errors import DataError, did_you_mean
from digicit_lib.safe import refuse_bomb

PARENT, INDEX = "_parent_index", "_index"  # KoBo's and ODK's keys between a repeat and its interview
MOST_CELLS = 50_000_000  # one stray cell in the last corner of a sheet makes 17 thousand million
BETWEEN = " | "  # parts the answers of several repeats in one cell


def read_sheet(path: Path, columns: list[str] | None, header: bool, given: Layout) -> Raw:
    """The columns of one sheet, or its header alone; repeats on other sheets are joined, a cell an interview.

    Raises
    ------
    DataError
        An unknown sheet, or a workbook without a table.
    """
    refuse_bomb(path, DataError)
    with pd.ExcelFile(path, engine="openpyxl") as book:
        _refuse_far(book, path.name)
        tops = {str(name): _cells(book, name, SAMPLE_ROWS) for name in book.sheet_names}
        sheet = _chosen(tops, given.sheet, path.name)
        layout = replace(given, sheet=sheet, header_rows=given.header_rows or header_rows(tops[sheet]))
        heads = [tops[sheet][n - 1] for n in layout.header_rows if n <= len(tops[sheet])]
        names, labels = header_columns(heads)
        repeats = {name: rows for name, rows in tops.items() if name != sheet and PARENT in _names(rows)}
        repeated = [f"{name}/{c}" for name, rows in repeats.items() for c in _names(rows) if c[:1] != "_"]
        facts: dict[str, Any] = {"doubled": twice(names), "repeats": repeated}
        notes = [f"The sheet {sheet} of {path.name} was read."] if len(tops) > 1 and not given.sheet else []
        layout = layout if len(tops) > 1 else replace(layout, sheet="")
        if header:
            frame = pd.DataFrame(columns=[n for n in dict.fromkeys([*names, *repeated]) if n])
            short = (name.split("/") for name in repeated if len(name.split()) < 3)
            labels |= {"/".join(parts): f"{parts[0]}: {parts[-1]}" for parts in short}
            return Raw(frame, labels, layout=layout, notes=notes, **facts)
        frame = _frame(book, sheet, names, max(layout.header_rows))
        reading = [name for name in dict.fromkeys(names) if name] if columns is None else columns
        joined = dict(_joined(book, frame, repeats, reading))
        return Raw(
            pd.DataFrame({name: joined.get(name, frame.get(name)) for name in reading}),
            labels,
            layout=layout,
            notes=notes,
            **facts,
        )


def _refuse_far(book: Any, where: str) -> None:
    for sheet in book.book.worksheets:
        rows, columns = sheet.max_row or 0, sheet.max_column or 0  # as the file says them
        if rows * columns > MOST_CELLS:
            what = "A sheet has a cell far below or beside its table."
            got = f"{rows} rows of {columns} columns"
            hint = "delete the rows and columns outside the table, or save the table as CSV (UTF-8)"
            raise DataError(what, where=where, got=got, allowed=f"{MOST_CELLS} cells", next=hint)


def _cells(book: Any, sheet: Any, rows: int | None) -> list[list[str]]:
    frame = _parsed(book, sheet, nrows=rows)
    return [["" if pd.isna(cell) else str(cell) for cell in row] for row in frame.itertuples(index=False)]


def _parsed(book: Any, sheet: Any, **rows: Any) -> pd.DataFrame:
    """A sheet's cells as they stand; `na` is an answer, only an empty cell is none."""
    return pd.read_excel(
        book, sheet_name=sheet, header=None, dtype=object, keep_default_na=False, na_values=[""], **rows
    )


def _names(rows: Sequence[Sequence[str]]) -> list[str]:
    heads = header_rows(rows)
    return header_columns([rows[n - 1] for n in heads if n <= len(rows)])[0] if rows else []


def _chosen(tops: Mapping[str, Sequence[Sequence[str]]], sheet_name: str, where: str) -> str:
    """The sheet that is named, else the one with the largest table that is no repeat."""
    if sheet_name:
        if sheet_name in tops:
            return sheet_name
        what, hint = "The workbook has no such sheet.", did_you_mean(sheet_name, tops)
        raise DataError(what, where=where, got=sheet_name, allowed=", ".join(list(tops)[:5]), next=hint)
    tables = {name: rows for name, rows in tops.items() if PARENT not in _names(rows)}
    sizes = {name: sum(bool(cell) for row in rows for cell in row) for name, rows in tables.items()}
    if not any(sizes.values()):
        raise DataError("The workbook has no table.", where=where)
    return max(sizes, key=lambda name: sizes[name])


def _frame(book: Any, sheet: str, names: Sequence[str], skipped: int) -> pd.DataFrame:
    """The rows below a sheet's header; empty rows and columns without a name go."""
    frame = _parsed(book, sheet, skiprows=skipped).dropna(how="all")
    if len(frame) and is_total(frame.iloc[-1].fillna("").astype(str).tolist()):
        frame = frame.iloc[:-1]
    positions = {name: i for i, name in reversed(list(enumerate(names))) if name and i < frame.shape[1]}
    whole = {name: frame[frame.columns[i]] for name, i in sorted(positions.items(), key=lambda pair: pair[1])}
    empty = {n: pd.Series(None, index=frame.index, dtype=object) for n in names if n and n not in whole}
    return pd.DataFrame(whole | empty).reset_index(drop=True)


def _joined(
    book: Any, frame: pd.DataFrame, repeats: Mapping[str, Sequence[Sequence[str]]], columns: Sequence[str]
) -> Iterator[tuple[str, pd.Series]]:
    """Columns of repeats: all answers of an interview's repeats in one cell, for `contains`."""
    for sheet, rows in repeats.items():
        below_names = [name for name in columns if name.startswith(f"{sheet}/") and name not in frame]
        if not below_names:
            continue
        below = _frame(book, sheet, _names(rows), max(header_rows(rows)))
        keys = frame[INDEX] if INDEX in frame else pd.Series(range(1, len(frame) + 1))
        for name in below_names:
            cells = below[name.removeprefix(f"{sheet}/")].dropna().astype(str)
            joined = cells.groupby(below[PARENT].astype(float)).agg(BETWEEN.join)
            yield name, keys.astype(float).map(joined)
