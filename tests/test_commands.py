"""Commands that look and set up: trace, check, diff, new, lab."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from digicit_lib import evidence as ev
from digicit_lib.cli import digicit

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("params", "workbooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(digicit, list(words))
    return done.exit_code, done.stdout, done.stderr


def published(root: Path, estimate: float = 0.4) -> Path:
    store = ev.Evidence("turkey", "quantitative")
    store.add(pd.DataFrame({"indicator": ["ACC-03"], "statistic": ["share"], "estimate": [estimate]}))
    store.findings.append(
        ev.Finding("{ACC-03} x", "40% x\x1b[2J\u2028", ("turkey/quantitative/ACC-03/share/all",))
    )
    folder = root / "outputs" / "turkey" / "quantitative"
    store.save(folder)
    (folder / "run.json").write_text(json.dumps({"inputs": {"data a.sav": "f" * 64}, "commit": "abc"}))
    return folder


def test_the_project_itself_is_in_order(root: Path) -> None:
    assert run("check") == (0, "", "All in order.\n")


def test_strict_asks_for_the_disclosure_items(root: Path) -> None:
    text = (root / "params" / "turkey.yaml").read_text(encoding="utf-8")
    (root / "params" / "turkey.yaml").write_text(text.replace("  weighting: simulated design weights\n", ""))
    assert run("check", "turkey")[0] == 0
    code, out, _ = run("check", "turkey", "--strict")
    assert code == 1
    assert "disclosure.weighting is not reported" in out


def test_check_names_workbook_register_params_and_lost_evidence(root: Path) -> None:
    own = root / "workbooks" / "turkey" / "exploratory.ipynb"
    cells = json.loads((root / "workbooks" / "exploratory.ipynb").read_text(encoding="utf-8"))
    cells["cells"] = [c for c in cells["cells"] if "## What to worry about" not in "".join(c["source"])]
    own.write_text(json.dumps(cells))
    (root / "params" / "landscape" / "turkey" / "legal.yaml").write_text("legal: [{item: 99}]\n")
    (root / "params" / "broken.yaml").write_text("study: {country: TUR}\n")
    folder = published(root)
    (folder / "evidence.csv").write_text("id\n")
    code, out, _err = run("check", "--json")
    told = " ".join(f"{p['where']} {p['what']}" for p in json.loads(out))
    assert code == 1
    for words in (
        "lacks the section",
        "legal.yaml",
        "study.date",
        "no evidence row for turkey/quantitative/ACC-03",
    ):
        assert words in told, words


def test_trace_in_words_and_for_programs(root: Path) -> None:
    published(root)
    code, out, _ = run("trace", "turkey/quantitative/ACC-03")
    assert code == 0
    assert "40% x\\x1b[2J\\u2028\n" in out and all(line.isprintable() for line in out.splitlines())
    assert "data a.sav: sha256 ffff" in out
    assert json.loads(run("trace", "turkey/quantitative/ACC-03", "--json")[1])["run"]["commit"] == "abc"
    code, _, err = run("trace", "turkey/quantitative/ACC-99")
    assert code == 2
    assert "No evidence with this id" in err


def test_diff_of_two_runs(root: Path) -> None:
    folder = published(root)
    shutil.copytree(folder, root / "old")
    assert run("diff", "old", str(folder))[2] == "0 estimates changed.\n"
    published(root, 0.5)
    code, out, _err = run("diff", "old", str(folder))
    assert code == 0
    assert "changed" in out
    assert "0.4 → 0.5" in out
    assert json.loads(run("diff", "old", str(folder), "--json")[1])[0]["after"] == 0.5


def test_new_begins_a_study_once(root: Path) -> None:
    assert run("new", "kenya")[1] == "params/kenya.yaml\n"
    assert len((root / "params" / "kenya.yaml").read_text().splitlines()) <= 40
    code, _, err = run("new", "kenya")
    assert code == 2
    assert "has a params file already" in err
    assert run("new", "atlantis")[0] == 2
    assert "slug" in run("new", "Not-A-Slug")[2]


def test_new_from_a_survey_marks_each_guess(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Survey and questionnaire lie where a run looks for them, too."""
    data = root.parent / f"{root.name}_data"
    (data / "2026").mkdir(parents=True)
    monkeypatch.setenv("DIGICIT_DATA", str(data))
    pd.DataFrame({"weight": [1.0], "sex": [1], "age": [12]}).to_csv(data / "2026" / "mine.csv", index=False)
    (data / "labels.csv").write_text("name,label\nsex,Are you a girl or a boy?\n")
    code, out, _err = run("new", "kenya", "--survey", "mine.csv", "--questionnaire", "labels.csv")
    assert code == 0
    assert out.splitlines() == ["params/kenya.yaml", "params/instruments/kenya.yaml"]
    assert "guess" in (root / "params" / "instruments" / "kenya.yaml").read_text()


def test_new_writes_the_questionnaire(root: Path) -> None:
    code, out, err = run("new", "kenya", "--form")
    assert code == 0
    assert (root / out.strip()).stat().st_size > 10_000
    assert "Pilot it with children" in err


def test_lab_says_how_to_get_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digicit_lib.cli.commands.find_spec", lambda name: None)
    code, _, err = run("lab")
    assert code == 1
    assert "make lab" in err


@pytest.mark.parametrize(("found", "shown"), [("/usr/bin/digicit", "digicit"), (None, ".venv/bin/digicit")])
def test_next_commands_can_be_typed_as_they_stand(
    found: str | None, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the shell does not find digicit, a message names its path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(tmp_path / ".venv" / "bin" / "digicit")])
    monkeypatch.setattr("digicit_lib.cli.next_command.which", lambda name: found)
    result = CliRunner().invoke(digicit, ["list"])
    assert f"  next:    {shown} init FOLDER" in result.stderr
