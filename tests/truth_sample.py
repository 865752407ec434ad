"""Mutated studies in this process: their workbooks run without drawing, and what they would print is text."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from digicit_lib import Workbook, synthetic
from digicit_lib.exhibits import figures
from digicit_lib.exhibits.alt_text import alt_text
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.exhibits.tables import labelled
from digicit_lib.report.printing import printed
from digicit_lib.workbook.finding_sentences import words

ROOT = Path(__file__).resolve().parents[1]
CELLS = json.loads((ROOT / "workbooks" / "quantitative.ipynb").read_text(encoding="utf-8"))["cells"]
PEOPLE = ["id", "age", "gender", "residence", "ses", "disability", "in_school", "stratum", "psu", "weight"]
ASKED = [
    "acc_01",
    "acc_03",
    "opp_01",
    "opp_10",
    "rsk_01",
    "hrm_01",
    "cop_01",
    "cop_09",
    "med_07",
    "rgt_04",
]
Rows = list[dict[str, str]]


# --- studies in this process ---------------------------------------------------------------------------


@cache
def _answers() -> pd.DataFrame:
    frame = synthetic.survey(seed=11, n=500)
    return frame[[*PEOPLE, *ASKED, "minutes"]].astype(str)


def answers() -> pd.DataFrame:
    return _answers().copy()


def all_say(frame: pd.DataFrame, column: str, answer: str) -> None:
    frame.loc[~frame[column].isin(["na"]), column] = answer


class Study:
    """A study in a folder of its own, and what its survey report says."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (root / "params").mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text("")
        self.root = root
        monkeypatch.setenv("DIGICIT_DATA", str(root / "data"))
        monkeypatch.setattr(figures, "draw", _undrawn)
        monkeypatch.setattr(figures, "svg_bytes", lambda block: b"")

    def write(self, frame: pd.DataFrame, slug: str = "made", **more: Any) -> None:
        (self.root / "data").mkdir(exist_ok=True)
        frame.to_csv(self.root / "data" / f"{slug}.csv", index=False, quoting=csv.QUOTE_MINIMAL)
        study = {"country": "KEN", "date": "2026-11-28", "title": "A study", "wave": "2026"} | more.pop(
            "study", {}
        )
        survey = {"kind": "microdata", "instrument": more.pop("instrument", "digicit")}
        survey |= {"files": [{"name": f"{slug}.csv", "where": "the study"}]} | more.pop("survey", {})
        params = {
            "study": study, "population": {"ages": [9, 17], "base": "children aged 9 to 17"},
            "data": {"survey": survey}, "design": {"weight": "weight", "strata": "stratum", "psu": "psu"},
            "analysis": {"breakdowns": ["gender", "age_group", "residence", "ses"]},
        }  # fmt: skip
        text = yaml.safe_dump(params | more, allow_unicode=True).replace("'2026-11-28'", "2026-11-28")
        (self.root / "params" / f"{slug}.yaml").write_text(text, encoding="utf-8")

    def report(self, frame: pd.DataFrame, **more: Any) -> str:
        self.write(frame, **more)
        return self.text()

    def text(self, slug: str = "made", language: str = "en") -> str:
        return "\n".join(_said(printed(self.run(slug, language))))

    def run(self, slug: str, language: str) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = []
        names: dict[str, Any] = {}
        book = Workbook.open(slug, "quantitative", root=self.root, language=language)
        book.exhibits.show = lambda block: outputs.append(
            {"output_type": "display_data", "data": {MIME: block}}
        )
        cells = [dict(cell) for cell in CELLS]
        for cell in (c for c in cells if c["cell_type"] == "code"):
            outputs.clear()
            source = "".join(cell["source"])
            if "Workbook.open" in source:
                names["wb"], source = book, "wb.facts()"
            if re.search(r"\b(sns|pg|pd)\.", source):
                continue  # pictures and statistics of one's own take time and are told elsewhere
            if "parameters" not in cell["metadata"].get("tags", ()):
                exec(compile(source, cell["id"], "exec"), names)
            cell["outputs"] = list(outputs)
        return cells


def _undrawn(kind: str, frame: pd.DataFrame, **words: Any) -> dict[str, Any]:
    table = labelled(frame, language=words["language"])
    alt = alt_text(kind, table, title=words["title"], language=words["language"])
    shown = {"kind": "figure", "slug": "x", "svg": "", "files": {}, "alt": alt} | words
    return shown | {"provenance": list(frame["id"])}


def _said(cells: list[dict[str, Any]]) -> Iterator[str]:
    for cell in cells:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
        for output in cell.get("outputs", ()):
            yield from _texts(output["data"][MIME])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value.get("kind") == "finding":
        yield "FINDING " + words(value["parts"])
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("id", "provenance", "files", "slug", "kind", "tone", "quality"):
                yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str) and value:
        yield value
