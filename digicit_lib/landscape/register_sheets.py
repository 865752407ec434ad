"""The registers of a desk review as one XLSX workbook to fill in, and what comes back, checked, as YAML."""

import datetime as dt
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml
from openpyxl import load_workbook

from digicit_lib.errors import LandscapeError
from digicit_lib.landscape.countries import load_codebook
from digicit_lib.landscape.registers import entry_problems, raw_entries, rules_of
from digicit_lib.safe import TEXT_IS_TEXT, Lines, refuse_bomb, write_atomic, write_private

MOST_ROWS = 5_000
WIDE = {"text": 30, "list": 20}
SAID = {
    "list": "several, separated by ;",
    "ages": "two ages, such as 9-17",
    "day": "2026-11-28",
    "flag": "yes or no",
}
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def write_workbook(folder: Path | None, target: Path) -> Path:
    """Write the registers of a country to a workbook: a sheet a register, a column a field, a row an entry.

    Parameters
    ----------
    folder : Path or None
        Such as ``params/landscape/turkey``; registers that are not there are empty sheets.
    target : Path

    Raises
    ------
    LandscapeError
        A register that is no list of entries.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, TEXT_IS_TEXT)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for name in load_codebook("registers")["registers"]:
        path = folder / f"{name}.yaml" if folder else None
        rules, sheet = rules_of(name), book.add_worksheet(name)
        entries = raw_entries(path, name)[0] if path and path.is_file() else []
        sheet.freeze_panes(1, 1)
        for column, (field, rule) in enumerate(rules.items()):
            sheet.write_string(0, column, field + " *" * bool(rule.get("required")), bold)
            sheet.write_comment(0, column, _help(rule))
            sheet.set_column(column, column, WIDE.get(rule["type"], 12))
            if rule.get("allowed") and rule["type"] == "text":
                how = {"validate": "list", "source": [str(word) for word in rule["allowed"]]}
                if len(",".join(how["source"])) < 255:  # more than a list of Excel holds
                    sheet.data_validation(1, column, MOST_ROWS, column, how)
            for row, entry in enumerate(entries, 1):
                _write_cell(sheet, row, column, entry.get(field), rule["type"], day)
    book.close()
    return write_private(target, stream.getvalue())


def _help(rule: Mapping[str, Any]) -> str:
    allowed = ", ".join(map(str, rule.get("allowed", ())))
    low_high = "{} to {}".format(*rule["range"]) if "range" in rule else ""
    parts = [rule["type"], SAID.get(rule["type"], ""), rule.get("say", ""), allowed, low_high]
    return "; ".join(part for part in parts if part)


def _write_cell(sheet: Any, row: int, column: int, value: Any, kind: str, day: Any) -> None:
    if isinstance(value, dt.date) and kind == "day":
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, list):
        between = "-" if kind == "ages" else "; "
        sheet.write_string(row, column, between.join(map(str, value)))
    elif isinstance(value, int | float) and kind != "text":
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, str(value))


def take_workbook(source: Path, folder: Path) -> dict[str, int]:
    """Check a filled workbook whole and write its sheets to the registers of a country.

    Parameters
    ----------
    source : Path
        As `write_workbook` wrote it; a sheet that is not there leaves its register as it is.
    folder : Path

    Returns
    -------
    dict of str to int
        The registers that changed, with their number of entries.

    Raises
    ------
    LandscapeError
        Every problem of the workbook at once, by sheet and row; then no register is touched.
    """
    refuse_bomb(source, LandscapeError)
    try:
        book = load_workbook(source, read_only=True, data_only=True)
        names = [name for name in load_codebook("registers")["registers"] if name in book.sheetnames]
        pages = {n: list(book[n].iter_rows(max_row=MOST_ROWS + 1, values_only=True)) for n in names}
    except Exception as error:
        what = "Not a readable XLSX workbook."
        raise LandscapeError(what, where=source.name, next="save it again as XLSX") from error
    sheets, wrong = {}, []
    for name, rows in pages.items():
        sheets[name], problems = _sheet(name, rows)
        if any(map(any, rows[MOST_ROWS:])):
            problems = [f"sheet {name}: more than {MOST_ROWS} rows"]
        wrong += problems
    if wrong:
        report = "\n".join(f"  {line}" for line in wrong)
        raise LandscapeError(
            f"{len(wrong)} problem(s) in a workbook of registers.\n{report}", where=source.name
        )
    return {n: len(entries) for n, entries in sheets.items() if _save(folder / f"{n}.yaml", n, entries)}


def _sheet(name: str, rows: list[tuple[Any, ...]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries of a sheet and what is wrong with them; a row without any cell is left out."""
    rules = rules_of(name)
    heads = [str(head or "").removesuffix("*").strip() for head in (rows or [()])[0]]
    entries, wrong = [], []
    for number, cells in enumerate(rows[1:], 2):
        written = {head: cell for head, cell in zip(heads, cells, strict=False) if cell not in (None, "")}
        entry = {head: _typed(c, rules.get(head, {"type": "text"})["type"]) for head, c in written.items()}
        if entry:
            entries.append(entry)
            lines: Lines = dict.fromkeys([(name, 0), *((name, 0, field) for field in entry)], number)
            problems = entry_problems(entry, rules, name, lines, 0)
            wrong += [f"sheet {name}, row {row}: {words}" for row, words in problems]
    return entries, wrong


def _typed(cell: Any, kind: str) -> Any:
    """A cell as its field wants it; what does not fit stays as it is, for the check to name."""
    text = str(cell).strip()
    if isinstance(cell, dt.datetime):
        return cell.date() if kind == "day" else cell.date().isoformat()
    if kind == "flag":
        return _FLAGS.get(text.casefold(), cell)
    if kind in ("whole", "year") and re.fullmatch(r"-?\d+(?:\.0)?", text):
        return int(float(text))
    if kind == "number" and re.fullmatch(r"-?\d+(?:[.,]\d+)?", text):
        number = float(text.replace(",", "."))
        return int(number) if number.is_integer() else number
    if kind == "day" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return dt.date.fromisoformat(text)
    if kind in ("list", "ages"):
        parts = [part.strip() for part in re.split(r"[;–-]" if kind == "ages" else ";", text) if part.strip()]
        return [int(part) if part.isdigit() else part for part in parts]
    return text


def _save(path: Path, name: str, entries: list[dict[str, Any]]) -> bool:
    """Write a register with the comment at its head; whether it changed."""
    before = raw_entries(path, name)[0] if path.is_file() else []
    if [_plain(entry) for entry in before] == [_plain(entry) for entry in entries]:
        return False
    head = re.match(r"(?:#[^\n]*\n)*", path.read_text(encoding="utf-8"))[0] if path.is_file() else ""  # type: ignore[index]
    how: dict[str, Any] = {"default_flow_style": True, "allow_unicode": True, "sort_keys": False}
    how["width"] = 1_000_000
    lines = [f"  - {yaml.safe_dump(entry, **how).strip()}\n" for entry in entries]
    write_atomic(path, f"{head}{name}:{'' if lines else ' []'}\n{''.join(lines)}")
    return True


def _plain(entry: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an entry as they compare: 79.0 is 79."""
    whole = {f: int(v) if isinstance(v, float) and v.is_integer() else v for f, v in entry.items()}
    return {field: str(value) for field, value in whole.items() if value not in (None, "")}
