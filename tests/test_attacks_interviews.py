"""Two projects of interviews that differ in what nobody may be told: a workbook shows the same of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import seaborn

from digicit_lib.qualitative import draft_reviews, read_table
from digicit_lib.synthetic.script import build
from digicit_lib.workbook.door import Workbook
from digicit_lib.workbook.exhibits import Exhibits

Tables = dict[str, pd.DataFrame]
PARAMS = """study: {country: TUR, date: 2026-11-01, title: A study, wave: 1, phases: [qualitative]}
population: {ages: [9, 17], base: children}
data:
  interviews: {kind: project, path: talks}
"""
WITHHELD = ("FG2-P4", "FG2-P5")  # two boys of one group
TURNS = (6, 8)  # in which they speak, each with codes of his own
BOOK = Path(__file__).parents[1] / "workbooks" / "qualitative.ipynb"


def project() -> Tables:
    tables = {**build(seed=7, languages=["en"], country="TUR", raw=False).tables}
    people = tables["participants"] = tables["participants"].copy()
    people.loc[people["pid"].isin(WITHHELD), "quote_ok"] = "no"
    codings = tables["codings"] = tables["codings"].copy()
    both = codings["session_id"].eq("FG2") & codings["turn_start"].isin(TURNS)
    codings.loc[both, ["char_start", "char_end"]] = 0, 60  # within either's turn
    quotes = tables["quotations"]
    tables["quotations"] = quotes[~(quotes["session_id"].eq("FG2") & quotes["turn_start"].isin(TURNS))]
    return tables


def speakers(tables: Tables) -> None:
    """Each has said all that the other said, in his place."""
    table = tables["transcripts"]
    tables["transcripts"] = table.assign(
        pid=table["pid"].replace(dict(zip(WITHHELD, WITHHELD[::-1], strict=True)))
    )


def words(tables: Tables) -> None:
    """What they said in one turn each, with its codes, is exchanged."""
    table = tables["transcripts"] = tables["transcripts"].copy()
    first, second = (table["session_id"].eq("FG2") & table["turn"].eq(turn) for turn in TURNS)
    said = ["text", "text_en"]
    table.loc[first, said], table.loc[second, said] = (
        table[second][said].to_numpy(),
        table[first][said].to_numpy(),
    )
    codes(tables)


def codes(tables: Tables) -> None:
    """What one was coded the other is, words and turns as they were."""
    table = tables["codings"]
    there = table["session_id"].eq("FG2")
    other = dict(zip(TURNS, TURNS[::-1], strict=True))
    turns = {name: table[name].mask(there, table[name].replace(other)) for name in ("turn_start", "turn_end")}
    tables["codings"] = table.assign(**turns)


def refusal(tables: Tables) -> None:
    """One has left the cell empty, and the other's word is another known one for no."""
    people = tables["participants"]
    people.loc[people["pid"] == WITHHELD[0], "quote_ok"] = ""
    people.loc[people["pid"] == WITHHELD[1], "quote_ok"] = "pending"


def published(folder: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that the shared workbook shows and leaves of a project."""
    signed = {"reviewer": "R1", "signed_on": "2026-03-01", "safeguarding": "no"}
    tables["reviews"] = draft_reviews(read_table(tables)).assign(**signed)
    for name in ("params", "data/talks"):
        (folder / name).mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "params" / "study.yaml").write_text(PARAMS)
    for name, table in tables.items():
        table.to_csv(folder / "data" / "talks" / f"{name}.csv", index=False)
    blocks: list[Any] = []
    monkeypatch.setattr(Exhibits, "show", lambda self, block: blocks.append(block))
    wb: Any = Workbook.open("study", "qualitative", root=folder)
    cells = ["".join(c["source"]) for c in json.loads(BOOK.read_text())["cells"] if c["cell_type"] == "code"]
    for cell in cells[1:]:
        exec(cell, {"wb": wb, "sns": seaborn}) if "wb.close()" not in cell and ".open(" not in cell else None
    files = {name: repr(content) for name, content in wb.exhibits.files.items()}
    return json.dumps([blocks, files, wb.evidence.to_frame().to_csv()], default=str, indent=1)


@pytest.mark.long
@pytest.mark.parametrize("change", [speakers, words, codes, refusal])
def test_which_of_two_withheld_children_said_what_is_told_nowhere(tmp_path, monkeypatch, change) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    other = project()
    change(other)
    here, there = (
        published(tmp_path / name, tables, monkeypatch) for name, tables in (("a", project()), ("b", other))
    )
    assert here.splitlines() == there.splitlines()
