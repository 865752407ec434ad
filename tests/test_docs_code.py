"""Python of the documentation: what can run alone is run; of the rest each call names what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib import qualitative
from digicit_lib.workbook.exploratory import Exploratory
from digicit_lib.workbook.qualitative import Qualitative
from digicit_lib.workbook.quantitative import Quantitative

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^( *)```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
NAMES = {"qn1": "bullied", "qn3": "daily", "kind": "device", "age3": "age", "x": "hours"}


def blocks(path: Path) -> list[str]:
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return ["\n".join(line.removeprefix(indent) for line in code.split("\n")) for indent, code in found]


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_python_of_every_page_names_what_is_there(path: Path) -> None:
    rooms = {"q": (qualitative,), "wb": (Quantitative, Qualitative, Exploratory)}
    for code in blocks(path):
        for node in ast.walk(ast.parse(code)):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in rooms
            ):
                if "wbgapi" in code and node.value.id == "wb":
                    continue
                assert any(hasattr(room, node.attr) for room in rooms[node.value.id]), ast.unparse(node)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("digicit_lib"):
                exec(ast.unparse(node), {})


def test_the_lines_on_estimators_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children = pd.read_csv(ROOT / "tests" / "reference" / "own.csv").rename(columns=NAMES)
    cluster = children["stratum"] * 10 + children["psu"]
    children.assign(cluster=cluster).to_csv(tmp_path / "answers.csv", index=False)
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(ROOT / "docs" / "statistics.md")
    names: dict[str, pd.DataFrame] = {}
    exec(code, names)
    assert names["once"]["estimate"].between(0.5, 0.8).all()  # of 240 invented children some 63 %
