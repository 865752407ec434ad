"""Params: strict, all problems at once with their lines, three studies and the examples load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from digicit_lib.codebook import MODULES
from digicit_lib.errors import DigicitError, ParamsError
from digicit_lib.params import earlier_waves, json_schema, load_params
from digicit_lib.params.schema import Microdata
from digicit_lib.project import ProjectFolder, find_root

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "params" / "examples").glob("*.yaml"))
GOOD = """
study: {country: TUR, date: 2026-11-01, title: A study, wave: 2026}
population: {ages: [9, 17], base: children}
data:
  survey: {kind: synthetic, seed: 1}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def write(root: Path, text: str, name: str = "study") -> Path:
    path = root / "params" / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(root: Path, text: str) -> list[DigicitError]:
    write(root, text)
    with pytest.raises(ParamsError) as caught:
        load_params("study", root)
    return caught.value.problems


def test_the_three_countries_share_everything_but_names_and_seeds() -> None:
    assert ProjectFolder(ROOT).studies() == ["russia", "turkey", "ukraine"]
    loaded = [load_params(slug, ROOT) for slug in ProjectFolder(ROOT).studies()]
    assert [p.study.country for p in loaded] == ["RUS", "TUR", "UKR"]
    for params in loaded:
        assert params.phases == ("exploratory", "quantitative", "qualitative")
        assert params.is_synthetic("quantitative")
        assert params.is_synthetic("qualitative")
        assert not params.is_synthetic("exploratory")
    assert len({(p.population.ages, p.population.base) for p in loaded}) == 1
    chosen = {module for p in loaded for module in p.modules}
    # Issue 18: together they measure every module, but for children of 3 to 8, whom none holds.
    assert chosen == set(MODULES) - {"young"}
    assert len({p.data.survey.seed for p in loaded if p.data.survey}) == 3


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_say_where_a_file_comes_from(path: Path) -> None:
    params = load_params(path, ROOT)
    assert params.slug == path.stem
    assert "quantitative" in params.phases and "qualitative" not in params.phases
    assert params.data.survey is not None
    assert params.data.survey.kind == "microdata"
    assert all(file.where for file in params.data.survey.files)
    assert any(file.sha256 and file.rows for file in params.data.survey.files)


def test_a_study_stands_on_the_defaults(root: Path) -> None:
    write(root, "publication: {min_base: 30}\nrun: {timeout: 5}\n", "defaults")
    write(root, GOOD + "run: {cell_timeout: 2}\n")
    params = load_params("study", root)
    assert (params.publication.min_base, params.run.timeout, params.run.cell_timeout) == (30, 5, 2)


def test_another_kind_of_data_replaces_the_default_kind(root: Path) -> None:
    write(root, "data:\n  survey: {kind: synthetic, seed: 3, n: 500}\n", "defaults")
    survey = "{kind: microdata, instrument: pisa2018, files: [{name: a.sav}]}"
    write(root, GOOD.replace("{kind: synthetic, seed: 1}", survey))
    loaded = load_params("study", root).data.survey
    assert loaded is not None
    assert loaded.kind == "microdata"


def test_data_are_real_unless_they_say_that_they_are_invented(root: Path) -> None:
    data = "{instrument: pisa2018, files: [{name: a.sav}]}\n  interviews: {path: b.qdpx}"
    write(root, GOOD.replace("{kind: synthetic, seed: 1}", data))
    loaded = load_params("study", root).data
    assert loaded.survey is not None and loaded.interviews is not None
    assert (loaded.survey.kind, loaded.interviews.kind) == ("microdata", "project")
    (wrong,) = problems(root, GOOD.replace("kind: synthetic", "kind: real"))
    assert "allowed: synthetic, microdata" in str(wrong)


def test_params_are_frozen(root: Path) -> None:
    write(root, GOOD)
    params = load_params("study", root)
    with pytest.raises(ValidationError):
        params.study.title = "other"  # type: ignore[misc]


def test_all_problems_come_at_once_with_lines_and_suggestions(root: Path) -> None:
    found = problems(root, GOOD.replace("country: TUR", "country: Turkey, waev: 1") + "analyss: {}\n")
    assert [problem.where for problem in found] == ["params/study.yaml:2"] * 2 + ["params/study.yaml:6"]
    texts = "\n".join(map(str, found))
    assert "did you mean wave?" in texts
    assert "did you mean analysis?" in texts
    assert "study.country" in texts


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("[9, 17]", "[17, 9]", "population.ages"),
        ("seed: 1", "sed: 1", "data.survey.sed"),
        ("kind: synthetic", "kind: sinthetic", "data.survey.kind"),
        ("wave: 2026", "wave: 2026, languages: [en, de]", "study.languages.1"),
        ("wave: 2026", "wave: 2026, languages: []", "study.languages"),
        ("seed: 1", "seed: 1, n: 3", "data.survey.n"),
        ("2026-11-01", "0001-01-01", "study.date"),
    ],
)
def test_wrong_values_are_named(root: Path, old: str, new: str, name: str) -> None:
    assert any(name in str(problem) for problem in problems(root, GOOD.replace(old, new)))


@pytest.mark.parametrize("character", [r"\x1b[2J", r"\0", r"\N", r"\L", r"\u202e"])
def test_characters_that_nobody_sees_are_refused_where_they_would_be_printed(
    root: Path, character: str
) -> None:
    (problem,) = problems(root, GOOD.replace("base: children", f'base: "child{character}ren"'))
    assert problem.where == "params/study.yaml:3" and all(map(str.isprintable, str(problem).splitlines()))
    of_file = f'instrument: digicit, files: [{{name: a.csv}}], filter: {{sex: "g{character}"}}'
    write(root, GOOD.replace("kind: synthetic, seed: 1", of_file))
    survey = load_params("study", str(root)).data.survey
    assert isinstance(survey, Microdata) and not str(survey.filter["sex"]).isprintable()


def test_a_clearance_without_board_is_refused(root: Path) -> None:
    found = problems(root, GOOD + "ethics: {clearance: E-1}\n")
    assert "board" in str(found[0])


def test_slug_and_file_cannot_be_set(root: Path) -> None:
    write(root, GOOD + "slug: other\n")
    with pytest.raises(DigicitError, match="not for params"):
        load_params("study", root)


@pytest.mark.parametrize(
    ("asked", "hint"), [("turkye", "turkey"), ("Turkey", "turkey"), ("../etc/passwd", "digicit list")]
)
def test_unknown_study_gets_a_suggestion(asked: str, hint: str) -> None:
    with pytest.raises(DigicitError, match="Unknown study") as caught:
        load_params(asked, ROOT)
    assert hint in str(caught.value)


def test_file_names_are_slugs(root: Path) -> None:
    path = write(root, GOOD, "Bad Name")
    with pytest.raises(DigicitError, match="slug"):
        load_params(path, root)


def test_outside_a_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(DigicitError, match="digicit init FOLDER"):
        find_root(tmp_path)


def test_schema_for_editors_is_current() -> None:
    committed = json.loads((ROOT / "params" / "schema.json").read_text(encoding="utf-8"))
    assert committed == json_schema(), "write it again: make schema"


def test_primary_comparisons_are_declared_before_fieldwork(root: Path) -> None:
    one = "{indicator: RSK-01, by: gender, declared_on: 2026-03-01, where: protocol}"
    began = GOOD.replace("wave: 2026}", "wave: 2026, fieldwork_began: 2026-04-01}")
    write(root, began + f"analysis: {{primary: [{one}]}}\n")
    assert load_params("study", root).analysis.primary[0].indicator == "RSK-01"
    late = began.replace("2026-04-01", "2026-02-01") + f"analysis:\n  primary:\n    - {one}\n"
    problem = problems(root, late)[0]
    assert "declared_on" in str(problem) and "study.yaml:8" in str(problem)
    assert "before fieldwork began, 2026-02-01" in str(problem)
    assert "at most 3" in str(
        problems(root, GOOD + f"analysis: {{primary: [{one}, {one}, {one}, {one}]}}\n")[0]
    )


def test_earlier_waves_are_found_beside_the_study(root: Path) -> None:
    write(root, GOOD.replace("wave: 2026}", "wave: 2026, earlier: [before]}"))
    with pytest.raises(DigicitError, match="earlier wave is not there"):
        earlier_waves(load_params("study", root), root)
    write(root, GOOD.replace("2026}", "2022}"), "before")
    assert [p.study.wave for p in earlier_waves(load_params("study", root), root)] == [2022]


SIGNED = (
    "\npublication: {republished: "
    "[{replaces: 0123456789abcdef, reason: wrong file, reviewer: A. P., on: DAY}]}"
)
DAYS = {
    SIGNED: "publication.republished.0.on",
    "\nfindings: {drop: [{id: x, why: y, by: A. P., on: DAY}]}": "findings.drop.0.on",
    "\nethics: {clearance: E-1, board: B, date: DAY}": "ethics.date",
    "\nhelplines: [{name: a, number: '1', source: s, verified_by: A. P., verified_on: DAY}]": (
        "helplines.0.verified_on"
    ),
}


@pytest.mark.parametrize("text", DAYS, ids=DAYS.get)
def test_nobody_signs_on_a_day_that_is_none_or_to_come(root: Path, text: str) -> None:
    for day in ("2099-01-01", "0226-10-01", "soon", "20261301", "9"):
        (problem,) = problems(root, GOOD.rstrip() + text.replace("DAY", day))
        assert DAYS[text] in problem.what and problem.where == "params/study.yaml:6", day
    write(root, GOOD.rstrip() + text.replace("DAY", "2026-10-01"))
    load_params("study", root)


@pytest.mark.parametrize("name", ["'   '", "''", "A"])
def test_whoever_lets_a_run_replace_another_has_a_name(root: Path, name: str) -> None:
    (problem,) = problems(root, GOOD.rstrip() + SIGNED.replace("DAY", "2026-10-01").replace("A. P.", name))
    assert "reviewer" in problem.what
    lower = f"\npublication: {{min_cell: 2, reason: a census, decided_by: {name}}}"
    (problem,) = problems(root, GOOD.rstrip() + lower)
    assert "decided_by" in str(problem)
