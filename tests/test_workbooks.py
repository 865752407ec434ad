"""Every stored notebook keeps the rules, and the lint finds each broken one."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from digicit_lib.workbook.notebook_rules import problems, sections

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "workbooks").rglob("*.ipynb"))


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.relative_to(ROOT / "workbooks").as_posix())
def test_stored_notebooks_keep_the_rules(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_pleasant_to_read(path: Path) -> None:
    code = ["".join(c["source"]) for c in cells(path) if c["cell_type"] == "code"]
    prose = [w for c in cells(path) if c["cell_type"] == "markdown" for w in "".join(c["source"]).split()]
    assert statistics.median(len(source.splitlines()) for source in code) <= 3
    # Prose that is printed is true of every study, which is less than a report of one study would say.
    assert len(prose) / len(code) >= 15


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_name_the_ordinary_kernel(path: Path) -> None:
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    assert metadata["kernelspec"]["name"] == "python3"


def test_the_phases_share_one_notebook_each() -> None:
    assert {p.stem for p in (ROOT / "workbooks").glob("*.ipynb")} >= {
        "exploratory",
        "quantitative",
        "qualitative",
    }
    for country in ("turkey", "ukraine", "russia"):
        assert list((ROOT / "workbooks" / country).glob("*_annex.ipynb"))


def test_results_stand_before_the_quality_of_the_data() -> None:
    cells = [
        "".join(c["source"]) for c in json.loads((ROOT / "workbooks/quantitative.ipynb").read_text())["cells"]
    ]
    at = {text: cells.index(text) for text in ("wb.findings()", "wb.table(wb.quality())", "wb.methods()")}
    assert sorted(at, key=at.__getitem__) == ["wb.findings()", "wb.methods()", "wb.table(wb.quality())"]
    change = next(place for place, text in enumerate(cells) if "wb.change()" in text)
    assert cells[change - 1] == "## Changes since earlier waves"  # not among differences between groups


def test_coefficients_of_a_score_stand_with_the_skills() -> None:
    """Under differences between groups they would head that section where no groups are compared."""
    text = "\n".join("".join(c["source"]) for c in cells(ROOT / "workbooks" / "quantitative.ipynb"))
    (skills,) = (part for part in text.split("\n## ") if part.startswith("Skills"))
    assert (
        "wb.reliability(" in skills and text.count("cronbach_alpha(") == skills.count("cronbach_alpha(") == 1
    )


def test_sections_are_found() -> None:
    assert "Access" in sections(ROOT / "workbooks" / "quantitative.ipynb")


def cell(kind: str, source: str, name: str = "a", **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "id": name, "metadata": {}, "source": source, **more}


PARAMETERS = cell("code", "study = 'x'", "p") | {"metadata": {"tags": ["parameters"]}}
CLOSING = cell("markdown", "## 1 Methods", "c") | {"metadata": {"tags": ["closing"]}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (cell("code", "1", outputs=[{"output_type": "stream"}]), "stored outputs"),
        (cell("code", "1", execution_count=3), "stored outputs"),
        (cell("code", "1", ""), "no stable id"),
        (cell("code", "def f():\n    pass"), "defines something"),
        (cell("code", "x = lambda: 1"), "defines something"),
        (cell("code", "import os"), "imports os"),
        (cell("code", "\n".join("a" for _ in range(11))), "11 lines"),
        (cell("markdown", "Of children, 45% go online."), "'45'"),
        (cell("markdown", "Most children go online."), "'Most'"),
        (cell("markdown", "## 3 Late"), "gaps"),
    ],
)
def test_the_lint_finds(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    path = tmp_path / "phase.ipynb"
    intro = [cell("markdown", "Words.", "i"), PARAMETERS, cell("markdown", "Words.", "j")]
    path.write_text(json.dumps({"cells": [*intro, wrong, CLOSING]}))
    assert any(said in problem for problem in problems(path)), problems(path)


def test_the_lint_asks_for_parameters_closing_and_prose(tmp_path: Path) -> None:
    path = tmp_path / "phase.ipynb"
    path.write_text(json.dumps({"cells": [cell("code", "1")]}))
    found = " ".join(problems(path))
    assert "not tagged parameters" in found
    assert "an annex has no place" in found
    assert "no prose before the code" in found
