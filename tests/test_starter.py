"""A project anywhere: `digicit init`, copies that grow old, and what the wheel ships."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from click.testing import CliRunner

from digicit_lib import __version__, cli, starter
from digicit_lib import project as folders
from digicit_lib.checks import check_project
from digicit_lib.params import PHASES, load_params
from digicit_lib.project import SHIPPED, ProjectFolder, find_root
from digicit_lib.safe import file_sha256

ROOT = Path(__file__).resolve().parents[1]
WORKBOOKS = sorted(path.name for path in (ROOT / "workbooks").glob("*.ipynb"))


def digicit(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.digicit, words)
    return result.exit_code, result.stdout, result.stderr


def test_init_makes_a_project_whose_demonstration_is_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "study"
    code, out, err = digicit("init", str(folder))
    assert code == 0 and "digicit run demo" in err
    files = {"params/demo.yaml", "data/README.md", ".gitignore", "digicit.toml"}
    assert {Path(line).relative_to(folder).as_posix() for line in out.splitlines()} == files | {
        f"workbooks/{name}" for name in WORKBOOKS
    }
    (folder / "deeper").mkdir()
    assert find_root(folder / "deeper") == folder
    assert load_params("demo", folder).phases == PHASES
    monkeypatch.chdir(folder)
    assert digicit("check") == (0, "", "All in order.\n")


def test_without_copies_the_shipped_workbooks_and_defaults_are_taken(tmp_path: Path) -> None:
    starter.begin(tmp_path, bare=True)
    assert not (tmp_path / "workbooks").exists()
    project = ProjectFolder(tmp_path)
    assert project.workbook("demo", "qualitative") == str(SHIPPED / "workbooks" / "qualitative.ipynb")
    assert project.defaults == SHIPPED / "params" / "defaults.yaml"
    assert (
        load_params("demo", tmp_path).publication.min_base == load_params("turkey", ROOT).publication.min_base
    )


def test_a_second_init_renews_copies_and_touches_nothing_edited(tmp_path: Path) -> None:
    starter.begin(tmp_path)
    old, own, params = (
        tmp_path / name for name in ("workbooks/forum.ipynb", "workbooks/advocacy.ipynb", "params/demo.yaml")
    )
    for path in (old, own, params):
        path.write_text(path.read_text() + "\n")
    edited, marker = (own.read_text(), params.read_text()), tmp_path / "digicit.toml"
    copied = starter.copies_of(tmp_path)["workbooks/forum.ipynb"]  # from now on as of an older version
    marker.write_text(marker.read_text().replace(copied, file_sha256(old)))
    (note,) = [found for found in check_project(tmp_path) if "older than" in found["what"]]
    assert note["where"] == "workbooks/forum.ipynb" and note["note"]
    assert starter.begin(tmp_path) == ["workbooks/forum.ipynb", "digicit.toml"]
    assert starter.older_copies(tmp_path) == []
    assert (own.read_text(), params.read_text()) == edited


def test_check_fails_where_a_phase_has_no_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter.begin(tmp_path, bare=True)
    monkeypatch.setattr(folders, "SHIPPED", tmp_path / "nowhere")
    (tmp_path / "params" / "defaults.yaml").write_bytes((ROOT / "params" / "defaults.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    code, out, _ = digicit("check")
    assert code == 1 and out.count("The workbook is not there.") == len(PHASES)


@pytest.mark.parametrize("word", ["list", "check"])
def test_outside_a_project_the_way_in_is_named(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = digicit(word)
    assert code != 0 and "digicit init FOLDER" in err


def test_the_wheel_takes_every_shared_workbook_and_the_defaults() -> None:
    """No annex: it belongs to a study of this repository."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {f"workbooks/{name}" for name in WORKBOOKS} | {"params/defaults.yaml"}
    assert wheel["force-include"] == {name: f"digicit_lib/shipped/{name}" for name in wanted}


# --- what the package says of itself -----------------------------------------------------------------


def test_the_version_stands_in_one_place() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.M)
    assert cited and stated == cited[1] == version("digicit") == __version__


def test_what_is_imported_is_declared() -> None:
    """By the distribution that holds the package; the extras serve what is imported where it is used."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = [*project["dependencies"], *project["optional-dependencies"]["cluster"]]
    declared = {_plain(re.split(r"[<>=~\[]", line)[0]) for line in listed}
    owners = packages_distributions()
    undeclared = {
        name
        for path in (ROOT / "digicit_lib").rglob("*.py")
        for name in _imported(path)
        if name in owners and not declared & {_plain(owner) for owner in owners[name]}
    }
    assert undeclared == set()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _imported(path: Path) -> set[str]:
    """Packages, neither ours nor Python's, that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"digicit_lib"}
