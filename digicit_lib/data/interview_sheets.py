"""Files of the working sheets beside a coded project: under $DIGICIT_DATA, for their owner only."""

import datetime as dt
import io
import os
from pathlib import Path

import pandas as pd
import xlsxwriter

from digicit_lib import project as folders
from digicit_lib.errors import DataError
from digicit_lib.qualitative.attached_sheets import SHEETS, AttachedSheet
from digicit_lib.qualitative.coded.parts import our_heads
from digicit_lib.qualitative.coded.table_files import read_cells
from digicit_lib.safe import TEXT_IS_TEXT, csv_cell, csv_frame, private_folder, write_private

WIDE = 60  # characters of a column that holds words
DAY = (2000, 1, 1, 0, 0, 0)


def read_text_sheet(path: Path, name: str, encoding: str = "") -> AttachedSheet:
    """A sheet's cells as text, its columns under our names."""
    table = read_cells(path, encoding or "utf-8-sig")
    rows = our_heads(table, [c for part in SHEETS.get(name, ()) for c in part])
    return AttachedSheet(path.name, rows, table.attrs["rows"])


def private_home(slug: str, root: Path) -> Path:
    """The folder of a study's sheets, made when it is not there; never inside a project or a repository.

    Raises
    ------
    DataError
        $DIGICIT_DATA is not set, or lies inside one.
    """
    homes = [Path(part) for part in os.environ.get("DIGICIT_DATA", "").split(os.pathsep) if part]
    home = next((folder.resolve() for folder in homes if folder.is_dir()), None)
    if home is None:
        what = "Working sheets hold names and words of participants: they need a folder of their own."
        hint = "export DIGICIT_DATA=/a/protected/folder"
        raise DataError(what, got="DIGICIT_DATA is not set to a folder", next=hint)
    if any((f / ".git").exists() or folders.is_project(f) for f in (home, *home.parents)):
        what = "Working sheets may not lie inside a repository: they would be committed with it."
        raise DataError(what, where="DIGICIT_DATA", next="set DIGICIT_DATA to a protected folder elsewhere")
    return private_folder(home / f"{slug}_sheets")


def write_sheet(folder: Path, name: str, rows: pd.DataFrame) -> list[Path]:
    """A sheet as CSV and XLSX, of one moment, readable by their owner alone."""
    paths = [write_private(folder / f"{name}.csv", csv_frame(rows))]
    paths.append(write_private(folder / f"{name}.xlsx", workbook(name, rows)))
    moment = paths[-1].stat().st_mtime
    for path in paths:
        os.utime(path, (moment, moment))
    return paths


def workbook(name: str, rows: pd.DataFrame) -> bytes:
    """A table as a spreadsheet: text cells, a heading that stays, no formula."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, TEXT_IS_TEXT)
    book.set_properties({"title": name, "created": dt.datetime(*DAY)})
    head = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    page = book.add_worksheet(name[:31])
    for column, label in enumerate(rows.columns):
        cells = [str(cell) for cell in rows[label]]
        longest = max([len(str(label)), *map(len, cells)])
        page.set_column(column, column, min(longest + 2, WIDE), text)
        page.write_string(0, column, str(label), head)
        for row, cell in enumerate(cells, 1):
            if cell:
                page.write_string(row, column, str(csv_cell(cell)))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), max(len(rows.columns) - 1, 0))
    book.close()
    return file.getvalue()
