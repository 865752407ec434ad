"""The tutorial, run from an empty folder as it is printed: an Excel file, own questions, a report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages import BLOCK, script
from product_sample import shown, sign

from digicit_lib import Product
from digicit_lib.codebook import catalogue
from digicit_lib.data.propose import propose
from digicit_lib.evidence import load
from digicit_lib.products.templates import SHIPPED

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The project that the page makes, and what its commands said."""
    folder = tmp_path_factory.mktemp("empty")
    environment = {k: v for k, v in os.environ.items() if k not in ("DIGICIT_DATA", "PYTHONPATH")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script(DOCS / "tutorial.md")],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return folder / "study", done.stdout


def test_what_is_certain_is_in_force_at_once(study: tuple[Path, str]) -> None:
    assert "6 certain guesses are in force, 4 wait for you" in study[1]
    assert "All in order." in study[1]


def test_own_questions_have_the_shares_that_pandas_counts(study: tuple[Path, str]) -> None:
    """Weighted shares by pandas alone, of those with a valid answer."""
    frame = pd.read_excel(study[0] / "data" / "answers.xlsx", keep_default_na=False)
    rule = frame["Does your school have a rule about phones in class?"]
    cost = frame["What keeps you from going online?"].str.contains("It costs too much")
    rows = load(study[0] / "outputs" / "kenya" / "quantitative").set_index("id")["estimate"]
    told = rule.isin(["Yes", "No"])
    assert rows["kenya/quantitative/KEN-02/share/all"] == pytest.approx(
        np.average(rule[told] == "Yes", weights=frame.loc[told, "Weight"])
    )
    assert rows["kenya/quantitative/KEN-03/share/all"] == pytest.approx(
        np.average(cost, weights=frame["Weight"])
    )
    morning = told & (frame["Shift"] == "Morning")
    assert rows["kenya/quantitative/KEN-02/share/shift=morning"] == pytest.approx(
        np.average(rule[morning] == "Yes", weights=frame.loc[morning, "Weight"])
    )


def test_the_report_has_their_sections_the_annex_and_the_trail(study: tuple[Path, str]) -> None:
    page = (study[0] / "outputs" / "kenya" / "quantitative" / "report.html").read_text(encoding="utf-8")
    sections = {
        re.sub("<.*?>", "", part.partition("</h2>")[0].partition(">")[2]).lstrip("0123456789 "): part
        for part in page.split("<h2")[1:]
    }
    assert "Somebody was nasty to them online" in sections["Risks"]
    assert "School has a rule about phones" in sections["Other questions of this survey"]
    assert "schoolchildren say that their school has a rule" in sections["Phones at school"]
    assert "Differences, shift: morning − afternoon" in sections["Differences between groups"]
    assert "say that somebody was nasty to them online" in sections["Key findings"]
    assert "Does your school have a rule about phones in class?" in study[1]


def test_the_catalogue_of_the_project_holds_its_own_questions_first_and_marked(
    study: tuple[Path, str],
) -> None:
    own, rest = study[1].partition("## Own indicators of this project")[2].split("\n## Access\n")
    assert re.findall('<details id="(.*?)">', own) == ["KEN-01", "KEN-02", "KEN-03"]
    assert own.count("- Own: an indicator of this project") == own.count("- Asked in: kenya") == 3
    assert "- Question: Does your school have a rule about phones in class?" in own
    assert "- Own:" not in rest and rest.count("- Definition: ") == len(catalogue())


def test_a_product_says_an_own_question(study: tuple[Path, str]) -> None:
    """The share of KEN-01 in a sheet for parents, as the evidence has it, beside another own one."""
    root, line = study[0], "- {KEN-01} of schoolchildren say that somebody was nasty to them online."
    line += "\n- {KEN-02} of schoolchildren say that their school has a rule about phones."
    text = (SHIPPED / "communication_parents.md").read_text(encoding="utf-8")
    folder = root / "params" / "products"
    folder.mkdir()
    (folder / "communication_parents.md").write_text(text.replace("{say: harm}", line), encoding="utf-8")
    sign(root, "kenya")
    page = Product.open("communication_parents", "kenya", root=root)
    parts = [part for block in shown(page.sheet) for part in block.get("parts", ()) if isinstance(part, dict)]
    rows = load(root / "outputs" / "kenya" / "quantitative").set_index("id")["estimate"]
    name = "kenya/quantitative/KEN-01/share/all"
    assert {part["text"] for part in parts if part["id"] == name} == {f"{rows[name]:.0%}"}


def test_the_page_shows_the_guess_that_the_file_gives(study: tuple[Path, str]) -> None:
    """The excerpt of the proposal is what `digicit new` writes, up to the cut in its first line."""
    blocks = (text for kind, text in BLOCK.findall((DOCS / "tutorial.md").read_text(encoding="utf-8")))
    shown = next(text for text in blocks if "# guess" in text).split("…")
    made = propose(study[0] / "data" / "answers.xlsx", slug="kenya", country="KEN").instrument
    assert [piece for piece in shown if piece.strip("\n") not in made] == []
