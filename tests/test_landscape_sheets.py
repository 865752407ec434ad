"""Registers as a workbook: all comes back, a slip is named by sheet and row, nothing is half written."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from digicit_lib.cli import digicit
from digicit_lib.errors import LandscapeError
from digicit_lib.landscape import load_register, register_sheets
from digicit_lib.landscape.countries import load_codebook
from digicit_lib.landscape.register_sheets import take_workbook, write_workbook

ROOT = Path(__file__).resolve().parents[1]
REGISTERS = list(load_codebook("registers")["registers"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "params/landscape/turkey", tmp_path / "turkey"))


def edited(folder: Path, sheet: str, row: dict[str, object]) -> Path:
    """The workbook of a folder with one more row in a sheet."""
    path = write_workbook(folder, folder / "registers.xlsx")
    book = openpyxl.load_workbook(path)
    heads = [str(cell.value).removesuffix("*").strip() for cell in book[sheet][1]]
    book[sheet].append([row.get(head) for head in heads])
    book.save(path)
    return path


@pytest.mark.parametrize("country", ["turkey", "ukraine", "russia"])
def test_what_nobody_changed_comes_back_as_it_was(country: str, tmp_path: Path) -> None:
    source = ROOT / "params/landscape" / country
    path = write_workbook(source, tmp_path / "registers.xlsx")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    copy = Path(shutil.copytree(source, tmp_path / "copy"))
    assert take_workbook(path, copy) == {}
    new = tmp_path / "new"
    take_workbook(path, new)
    for name in REGISTERS:
        before, after = (load_register(f, name).drop(columns=["row"]) for f in (source, new))
        assert after.astype(str).to_numpy().tolist() == before.astype(str).to_numpy().tolist(), name


def test_a_row_that_was_filled_in_stands_in_the_register(folder: Path) -> None:
    row = {"id": "x2026", "citation": "A survey (2026)", "year": 2026, "population": "pupils", "ages": "9-17"}
    row |= {"n": 900, "sampling": "probability", "measured": "risks; mediation", "basis": "read"}
    head = (folder / "sources.yaml").read_text(encoding="utf-8").split("sources:")[0]
    before = len(load_register(folder, "sources"))
    assert take_workbook(edited(folder, "sources", row), folder) == {"sources": before + 1}
    assert (folder / "sources.yaml").read_text(encoding="utf-8").startswith(head)
    last = load_register(folder, "sources").iloc[-1]
    assert (last["ages"], last["measured"], last["n"]) == ([9, 17], ["risks", "mediation"], 900)


@pytest.mark.parametrize(
    ("sheet", "row", "words"),
    [
        ("facts", {"id": "x", "value": "many"}, "`value` is number, not str"),
        ("sources", {"id": "x", "sampling": "survey"}, "is one of probability"),
        ("stakeholders", {"name": "A body", "type": "NGO", "contact_role": "a@b.example"}, "e-mail address"),
        ("search", {"searched_on": "2026-11-28", "found": 3, "kept": 9}, "cannot grow"),
        ("legal", {"item": 99}, "lies between 1 and 42"),
        ("timeline", {"date": "2024", "kind": "policy", "event": "<b>A law</b>"}, "holds markup"),
    ],
)
def test_a_slip_is_named_and_no_register_is_touched(
    sheet: str, row: dict[str, object], words: str, folder: Path
) -> None:
    path = edited(folder, sheet, row)
    before = {p.name: p.read_bytes() for p in folder.glob("*.yaml")}
    with pytest.raises(LandscapeError, match=f"sheet {sheet}, row") as caught:
        take_workbook(path, folder)
    assert words in str(caught.value)
    assert {p.name: p.read_bytes() for p in folder.glob("*.yaml")} == before


def test_rows_beyond_the_most_are_refused_not_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_workbook(folder, folder / "registers.xlsx")
    monkeypatch.setattr(register_sheets, "MOST_ROWS", len(load_register(folder, "facts")))
    with pytest.raises(LandscapeError, match="sheet facts: more than"):
        take_workbook(path, folder)


def test_the_command_writes_the_workbook_outside_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(digicit, ["registers", "turkey"])
    path = tmp_path / "turkey_sheets" / "registers.xlsx"
    assert done.exit_code == 0
    assert openpyxl.load_workbook(path, read_only=True).sheetnames == REGISTERS
    again = CliRunner().invoke(digicit, ["registers", "turkey", "--from", str(path)])
    assert (again.exit_code, again.stdout) == (0, "")
