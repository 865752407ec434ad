"""Confirming a proposal: in the terminal, in the notebook, and what the two write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import papermill
import pytest
from click.testing import CliRunner

from digicit_lib import cli, starter
from digicit_lib.codebook import catalogue
from digicit_lib.data import open_survey
from digicit_lib.data.propose import propose
from digicit_lib.errors import DataError
from digicit_lib.params import load_params
from digicit_lib.safe import load_yaml

ROOT = Path(__file__).resolve().parents[1]
PHONE, HURT = (
    catalogue()["ACC-05"].question,
    "In the past year, has anyone been nasty to you on the internet?",
)


def answers(n: int = 120) -> pd.DataFrame:
    """A web survey of children: one question of the catalogue, two of its own."""
    rows = range(n)
    return pd.DataFrame(
        {
            "Age": [9 + i % 9 for i in rows],
            "Gender": [("Boy", "Girl")[i % 2] for i in rows],
            "Region code": [1 + i % 4 for i in rows],
            PHONE: [("Yes, a smartphone", "Yes, a phone without apps", "No")[i % 3] for i in rows],
            "Do you own a pet robot?": [("Yes", "No", "Perhaps")[i % 3] for i in rows],
            "What keeps you from it?": [
                ("Cost, No signal", "Cost", "Fear", "Fear, Cost")[i % 4] for i in rows
            ],
            "Name of the school": [f"PLANTED{i}" for i in rows],
        }
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    starter.begin(tmp_path)
    answers().to_csv(tmp_path / "data" / "answers.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    return tmp_path


def interactive(lines: list[str]) -> Any:
    words = ["new", "kenya", "--survey", "data/answers.csv", "--interactive"]
    return CliRunner().invoke(cli.digicit, words, input="".join(f"{line}\n" for line in lines))


def mapped(folder: Path) -> dict[str, Any]:
    return load_yaml(folder / "params" / "instruments" / "kenya.yaml")[0]["indicators"]


ROBOT, KEEPS = ["e", "Yes", "No, Perhaps", "", "", "", ""], ["e", "Cost, No signal"]


def test_the_terminal_walks_through_what_is_doubtful(project: Path) -> None:
    result = interactive([*ROBOT, *KEEPS])
    assert result.exit_code == 0, result.output
    rules = mapped(project)
    assert (rules["KEN-01"]["yes"], rules["KEN-01"]["no"]) == (["Yes"], ["No", "Perhaps"])
    assert rules["KEN-02"]["contains"] == ["Cost", "No signal"]
    survey = open_survey(load_params("kenya", project), project)
    # By hand: of four kinds of cells three hold "Cost"; of three answers one is "Yes".
    assert survey.frame["KEN-02"].mean() == 0.75
    assert survey.frame["KEN-01"].mean() == pytest.approx(1 / 3)
    assert "PLANTED" not in result.output


@pytest.mark.parametrize("lines", [[], ["s"], ["n", "s"], ["x", "", ""]])
def test_the_walk_can_be_skipped_and_nothing_doubtful_is_in_force(project: Path, lines: list[str]) -> None:
    result = interactive(lines)
    assert result.exit_code == 0 and set(mapped(project)) == {"ACC-05@mine"}
    text = (project / "params" / "instruments" / "kenya.yaml").read_text()
    assert ("# KEN-01:" in text) == (lines != ["n", "s"])


def test_a_mistake_in_the_walk_is_told_and_can_be_mended(project: Path) -> None:
    result = interactive(
        ["y", "y", "Yes", "Never", "", "", "", "", "y", "Yes", "No, Perhaps", "", "", "", ""]
    )
    assert "Answers count as nothing." in result.stderr and "The column has no such answer." in result.stderr
    assert mapped(project)["KEN-01"]["no"] == ["No", "Perhaps"]


def test_a_guess_is_taken_whole_or_not_at_all(project: Path) -> None:
    made = propose("data/answers.csv", slug="kenya", country="KEN")
    assert made.doubtful == ["KEN-01", "KEN-02"]
    for wrong, said in [
        ({"yes": ["Yes"]}, "Answers count as nothing"),
        ({"yes": [], "no": ["No"]}, "no yes"),
        ({"yes": ["Yes"], "no": ["Nein"]}, "no such answer"),
        ({"maybe": ["Perhaps"]}, "No such side"),
    ]:
        with pytest.raises(DataError, match=said):
            made.take("KEN-01", **wrong)
    with pytest.raises(DataError, match="did you mean KEN-01"):
        made.take("KEN-1")
    with pytest.raises(DataError, match="no such column"):
        made.take("weight", column="wgt")
    taken = made.take("weight", column="Age").take("KEN-01", yes=["Yes"], no=["No"], dk=["Perhaps"])
    assert taken.roles["weight"].certain and taken.doubtful == ["KEN-02"]
    assert taken.leave("KEN-02").doubtful == [] and made.doubtful == ["KEN-01", "KEN-02"]


def test_tables_list_shared_answers_alone(project: Path) -> None:
    made = propose("data/answers.csv", slug="kenya", country="KEN")
    shown = made.answers("ACC-05")
    assert shown[["code", "rows", "counts as"]].values.tolist() == [
        ["No", 40, "no"],
        ["Yes, a phone without apps", 40, "yes"],
        ["Yes, a smartphone", 40, "yes"],
    ]
    assert "PLANTED" not in made.answers().to_string() + made.table().to_string()
    row = made.table().set_index("name").loc["KEN-01"]
    assert (row["counts"], row["indicator"]) == ("yes: Yes; no: No; open: Perhaps", row["asks"])


def test_the_notebook_writes_what_the_terminal_writes(project: Path) -> None:
    interactive(["s"])
    kinds = ("params/kenya.yaml", "params/instruments/kenya.yaml")
    written = {name: (project / name).read_text() for name in kinds}
    for name in kinds:
        (project / name).unlink()
    done = papermill.execute_notebook(
        "workbooks/mapping.ipynb",
        None,
        {"study": "kenya", "take": ""},
        kernel_name="python3",
        progress_bar=False,
        cwd=str(project / "workbooks"),
    )
    assert {name: (project / name).read_text() for name in kinds} == written
    html = [o["data"].get("text/html", "") for c in done.cells for o in c.get("outputs", []) if "data" in o]
    assert sum("<table" in text for text in html) == 2 and not re.search("PLANTED", str(done))
