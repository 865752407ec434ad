"""Habits of the house: outputs are stripped, keys and large files refused, changes told in fragments."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from digicit_lib.runner.stored_outputs import before_save, stripped

ROOT = Path(__file__).resolve().parents[1]
GUARD, CHANGELOG = (runpy.run_path(str(ROOT / ".ci" / name)) for name in ("guard", "changelog"))
CELL = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [{"x": 1}], "execution_count": 3}


@pytest.mark.parametrize("path", sorted((ROOT / "workbooks").rglob("*.ipynb")), ids=lambda p: p.stem)
def test_a_workbook_of_the_repository_passes_the_filter_unchanged(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert stripped(text) == text


def test_the_git_filter_takes_outputs_and_keeps_the_rest() -> None:
    text = json.dumps({"cells": [CELL], "nbformat": 4, "metadata": {"name": "Ölçek"}})
    command = [sys.executable, "-m", "digicit_lib.runner.stored_outputs"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, encoding="utf-8")
    kept = json.loads(done.stdout)
    assert kept["cells"] == [{**CELL, "outputs": [], "execution_count": None}]
    assert kept["metadata"] == {"name": "Ölçek"} and stripped(done.stdout) == done.stdout
    assert stripped("no notebook") == "no notebook"


@pytest.mark.parametrize(("path", "left"), [("workbooks/turkey/x.ipynb", 0), ("notes/x.ipynb", 1)])
def test_saving_a_workbook_in_the_lab_strips_it_and_no_other_notebook(path: str, left: int) -> None:
    manager = pytest.importorskip("jupyter_server.services.contents.filemanager").FileContentsManager
    hook = "digicit_lib.runner.stored_outputs.before_save"
    server = manager(pre_save_hook=hook)
    model = {"type": "notebook", "content": {"cells": [dict(CELL)]}}
    server.run_pre_save_hooks(model=model, path=path)
    assert len(model["content"]["cells"][0]["outputs"]) == left  # type: ignore[index]
    assert f"pre_save_hook={hook}" in (ROOT / "digicit_lib/cli/commands.py").read_text(encoding="utf-8")
    assert before_save({"type": "file"}, path="workbooks/a.txt") is None


KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (KEY, "a private key"),
        ("id = AKIA" + "A" * 16, "a cloud key"),
        ("ghp_" + "a" * 36, "a token"),
        ("api_" + 'key = "0123456789"', "a password"),
        ("x" * 1_000_001, "1,000,001 bytes"),
    ],
)
def test_keys_and_large_files_are_refused(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "x.txt").write_text(text)
    assert what in GUARD["problems"](tmp_path / "x.txt")[0]


def test_nothing_in_the_repository_is_refused() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    paths = [ROOT / name for name in listed.split("\n") if (ROOT / name).is_file()]
    assert [problem for path in paths for problem in GUARD["problems"](path)] == []


def test_fragments_become_a_section(tmp_path: Path) -> None:
    (tmp_path / "7.fixed.md").write_text("A sign of\nzero.\n")
    (tmp_path / "README.md").write_text("x")
    assert (
        CHANGELOG["section"]("1.0", "2027-01-01", tmp_path)
        == "## 1.0 (2027-01-01)\n\n### Fixed\n\n- A sign of zero.\n"
    )
    (tmp_path / "7.broken.md").write_text("x")
    with pytest.raises(SystemExit, match=r"7\.broken\.md"):
        CHANGELOG["fragments"](tmp_path)
    assert sum(map(len, CHANGELOG["fragments"](ROOT / "changes").values()))


def test_every_dependency_has_its_reason_and_classifiers_name_what_ci_runs() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = text.split("dependencies = [")[1].split("]")[0].strip().split("\n")
    assert [line for line in listed if not re.search(r'",  # \w', line)] == []
    versions = {
        c.split(" :: ")[-1] for c in tomllib.loads(text)["project"]["classifiers"] if "Python :: 3." in c
    }
    scripts = "".join((ROOT / ".ci" / name).read_text() for name in ("run", "wheel"))
    assert all(f"python{version}" in scripts for version in versions)
