"""Products as a run makes them: planned, refused, published whole, fresh, listed, free of stray digits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from product_sample import change, project, publish, sign, survey, template, voices

from digicit_lib import cli
from digicit_lib.checks import check_project
from digicit_lib.errors import DataError, DigicitError, EvidenceError, PublicationRefused
from digicit_lib.products import planning as room
from digicit_lib.products.kinds import KINDS
from digicit_lib.products.planning import ProductJob, plan_everything, plan_product
from digicit_lib.products.requests import Products, plan_reports, split
from digicit_lib.products.stray_digits import stray_digits
from digicit_lib.report import render
from digicit_lib.report.story import read_story, to_product
from digicit_lib.runner import Batch, Hashes, load_study, state_of
from digicit_lib.runner.index import write_index

NOTEBOOKS = Path(__file__).resolve().parents[1] / "workbooks"
NAMES = ("communication_parents", "advocacy_summary")


class Silent:
    """A progress that tells nobody."""

    def cell(self, *_: object) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, outcome: object) -> None: ...


def make(folder: Path, kind: str = "synthetic", studies: dict[str, str] | None = None) -> Path:
    """A project with published evidence and the notebooks of the products."""
    root = project(folder / "p", kind, studies or {"land": "TUR"})
    for slug in studies or {"land": "TUR"}:
        voices(root, slug, invented=kind == "synthetic")
    (root / "workbooks").mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, root / "workbooks")
    return root


def plan(root: Path, name: str, language: str = "en") -> ProductJob:
    hashes = Hashes(root)
    return plan_product(load_study("land", root, hashes), root, hashes, name, language)


def digicit(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.digicit, words)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make(tmp_path)
    monkeypatch.chdir(root)
    return root


# --- asked for ----------------------------------------------------------------------------------------


def test_words_of_a_command_are_phases_or_products() -> None:
    assert split(["quantitative", "forum_pack", "products"]) == (["quantitative"], ["forum_pack", "products"])
    assert split(["quantitatve"]) == (["quantitatve"], [])  # the phases suggest for it
    with pytest.raises(DigicitError, match="did you mean advocacy_brief"):
        split(["advocacy_breif"])


def test_a_named_product_of_invented_data_is_refused_without_the_flag(root: Path) -> None:
    for words in (["land", "forum_pack"], ["land", "products"], ["--all", "products"]):
        code, out, err = digicit("run", *words)
        assert (code, out) == (3, ""), words
        assert "--demonstration" in err
    assert not (root / "outputs" / "land" / "products").exists()


def test_all_leaves_products_of_invented_data_out_in_one_line(root: Path) -> None:
    products = Products(root, Hashes(root))
    assert products.jobs() == []
    assert products.notes == ["Products of invented data are left out (land); --demonstration makes them."]


def test_all_makes_every_product_of_a_demonstration_but_no_comparison_of_one(root: Path) -> None:
    jobs = Products(root, Hashes(root), demonstration=True).jobs()
    assert [job.phase for job in jobs] == list(KINDS)
    assert all(job.parameters["demonstration"] is True for job in jobs)
    assert jobs[0].parameters["audience"] == "children_9_11"


def test_phases_or_nothing_named_ask_for_no_product(root: Path) -> None:
    assert Products(root, Hashes(root), "land", demonstration=True).jobs() == []
    assert Products(root, Hashes(root), demonstration=True, alone=True).jobs() == []
    assert plan_reports(root, Hashes(root), "land", [], ["forum_pack"], None) == ([], [])


def test_unsigned_real_studies_are_left_out_of_all_and_reach_the_gate_by_name(tmp_path: Path) -> None:
    root = make(tmp_path, "observed")
    told = "Products of land are left out: it has no numbers that a person has signed."
    products = Products(root, Hashes(root))
    assert (products.jobs(), products.notes) == ([], [told])
    named = Products(root, Hashes(root), "land", ["forum_pack"]).jobs()
    assert [job.pages for job in named] == [{"product": "forum_pack"}]
    assert named[0].parameters["demonstration"] is False


def test_products_and_lists_need_no_survey_file_and_reports_do(tmp_path: Path) -> None:
    root = make(tmp_path, "observed")  # its survey file is nowhere
    sign(root)
    jobs = Products(root, Hashes(root), "land", ["forum_pack"]).jobs()
    (outcome,) = Batch(jobs, Silent()).run(1)
    assert outcome.message == ""
    page = write_index(
        root, Hashes(root), lambda some: room.could_be_made(some, root, Hashes(root))
    ).read_text()
    assert "land/products/en/forum_pack.html" in page
    listed = {job.phase: state_of(job).kind for job in plan_everything(root, Hashes(root))[0]}
    assert (listed["quantitative"], listed["forum_pack"]) == ("never", "fresh")
    with pytest.raises(DataError, match="Data file not found"):
        plan_reports(root, Hashes(root), "land", [], [], None)


def test_a_study_without_evidence_says_what_to_run(root: Path) -> None:
    shutil.rmtree(root / "outputs" / "land")
    with pytest.raises(EvidenceError, match="digicit run land"):
        Products(root, Hashes(root), "land", ["forum_pack"], demonstration=True).jobs()


def test_the_comparison_is_of_all_studies(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DigicitError, match="digicit run comparison"):
        Products(root, Hashes(root), "land", ["comparison"], demonstration=True)
    with pytest.raises(DigicitError, match="two studies"):
        Products(root, Hashes(root), "comparison", demonstration=True).jobs()
    two = make(tmp_path / "two", studies={"one": "TUR", "other": "UKR"})
    with pytest.raises(PublicationRefused):
        Products(two, Hashes(two), "comparison").jobs()
    (job,) = Products(two, Hashes(two), "comparison", demonstration=True).jobs()
    assert (job.name, job.folder, job.params_file) == ("comparison en", Path("comparison/comparison"), "")
    assert job.parameters == {"study": "", "language": "en", "params_file": "", "demonstration": True}
    before = job.inputs
    publish(two, "other", survey("synthetic", 0.01))
    (after,) = Products(two, Hashes(two), "comparison", demonstration=True).jobs()
    changed = {key for key in before if before[key] != after.inputs[key]}
    assert changed == {"evidence other/quantitative/evidence.parquet"}
    (two / "params" / "examples").mkdir()
    shutil.copy(two / "params" / "one.yaml", two / "params" / "examples" / "real.yaml")
    publish(two, "real", survey("observed", 0.01))
    assert [job.inputs for job in Products(two, Hashes(two), "comparison", demonstration=True).jobs()] == [
        after.inputs
    ]


def test_a_notebook_that_lacks_a_parameter_is_refused_before_anything_runs(root: Path) -> None:
    path = root / "workbooks" / "communication.ipynb"
    path.write_text(path.read_text().replace('audience = \\"parents\\"', "pass"))
    with pytest.raises(DigicitError, match="does not take a parameter"):
        Products(root, Hashes(root), "land", ["communication_press"], demonstration=True)


# --- inputs -------------------------------------------------------------------------------------------


def test_what_a_product_rests_on_is_hashed(root: Path) -> None:
    before = plan(root, "communication_press").inputs
    change(root, "OPP-02", estimate=0.9)
    template(root, "communication_press", "# Another\n")
    template(root, "communication_public", "# Not this one\n")
    (root / "params" / "land.review.yaml").write_text("signoffs: {}\n")
    after = plan(root, "communication_press").inputs
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    rests = "evidence quantitative/evidence.parquet"
    assert names == {rests, "sign-offs", "text params/products/communication_press.md"}
    assert "product texts" in after


# --- made ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two products of one demonstration, made in one batch."""
    root = make(tmp_path_factory.mktemp("made"))
    outcomes = Batch([plan(root, name) for name in NAMES], Silent()).run(2)
    assert [outcome.message for outcome in outcomes] == ["", ""]
    yield root


def shelf(root: Path) -> Path:
    return root / "outputs" / "land" / "products" / "en"


def test_page_pdf_and_files_stand_where_their_links_say(made: Path) -> None:
    from bs4 import BeautifulSoup

    assert sorted(path.name for path in shelf(made).iterdir()) == sorted(
        [f"SYNTHETIC-{name}.{end}" for name in NAMES for end in ("html", "pdf")] + list(NAMES)
    )
    page = BeautifulSoup((shelf(made) / "SYNTHETIC-communication_parents.html").read_text(), "html.parser")
    links = [str(a["href"]) for a in page.select("a[href]") if not str(a["href"]).startswith("#")]
    assert "SYNTHETIC-communication_parents.pdf" in links
    assert "communication_parents/exhibits/SYNTHETIC-infographic-tall.png" in links
    assert not [link for link in links if not (shelf(made) / link).is_file()]
    folder = shelf(made) / "communication_parents"
    crate = {e["@id"]: e for e in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]}
    action = crate[f"#run-{plan(made, folder.name).run}"]
    told = [entity["@id"] for entity in (*crate["./"]["hasPart"], *action["result"])]
    assert "../SYNTHETIC-communication_parents.html" in told
    assert not [name for name in told if not (folder / name).is_file()]
    record = json.loads((folder / "run.json").read_text())
    assert "SYNTHETIC-communication_parents.html" in record["outputs"]
    assert "evidence quantitative/evidence.parquet" in record["inputs"]


def test_pages_hold_no_stray_digit_no_code_and_what_the_study_says(made: Path) -> None:
    for page in shelf(made).glob("*.html"):
        text = page.read_text()
        assert stray_digits(text) == []
        assert text.startswith("<!DOCTYPE html>") and "SYNTHETIC" in text
        for backstage in ("wb.", "Readability", "sign as", "<pre", 'class="picture"'):
            assert backstage not in text, backstage
        assert text.count("Cite as") == 0 and text.count("How to cite") == 1


def test_the_batch_leaves_nothing_in_staging(made: Path) -> None:
    staging = made / "outputs" / ".staging"
    assert {path.name for path in staging.iterdir()} <= {"hashes.json", "locks", "logs"}


def test_it_is_fresh_until_the_evidence_changes_and_the_other_survives(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "p"
    shutil.copytree(made, root)
    monkeypatch.chdir(root)
    job = plan(root, "communication_parents")
    assert state_of(job, rehash=True).kind == "fresh"
    assert Batch([job], Silent()).run(1)[0].state == "fresh"
    change(root, "OPP-02", estimate=0.62)
    stale = plan(root, "communication_parents")
    assert str(state_of(stale)) == "stale (evidence quantitative/evidence.parquet)"
    listed = json.loads(digicit("list", "--json")[1])
    rows = {row["phase"]: row["state"] for row in listed if row["phase"] in KINDS}
    assert rows["communication_parents"] == "stale" and rows["forum_pack"] == "never"
    before = (shelf(root) / "SYNTHETIC-advocacy_summary.html").read_bytes()
    assert digicit("run", "land", "communication_parents", "--demonstration")[0] == 0
    assert state_of(stale).kind == "fresh"
    assert (shelf(root) / "SYNTHETIC-advocacy_summary.html").read_bytes() == before
    index = (root / "outputs" / "index.html").read_text()
    assert "land/products/en/SYNTHETIC-communication_parents.html" in index


def test_the_last_good_product_survives_a_failure(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "p"
    shutil.copytree(made, root)
    files = {p: p.read_bytes() for p in shelf(root).rglob("*") if p.is_file()}
    template(root, "communication_parents", "# Title\n\n> {nothing\n")
    job = plan(root, "communication_parents")
    (outcome,) = Batch([job], Silent()).run(1)
    assert outcome.state == "failed" and "A token is not closed." in outcome.message
    assert {p: p.read_bytes() for p in shelf(root).rglob("*") if p.is_file()} == files
    assert (root / "outputs" / ".failed" / "land" / "communication_parents.en" / "failure.html").is_file()
    assert state_of(job).kind == "failed"
    page = write_index(
        root, Hashes(root), lambda some: room.could_be_made(some, root, Hashes(root))
    ).read_text()
    assert ".failed/land/communication_parents.en/failure.html" in page
    assert [p["where"] for p in check_project(root) if "communication_parents" in p["where"]] == [
        "land communication_parents"
    ]


def test_a_product_that_a_study_does_not_hold_is_a_state_with_its_reason_and_no_failure(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "p"
    shutil.copytree(made, root)
    monkeypatch.chdir(root)
    for told in ("not made in", ""):  # the second time nothing is run: no input has changed
        code, _, err = digicit("run", "land", "advocacy_brief", "advocacy_summary", "--demonstration")
        assert code == 0 and told in err and "No recommendation has a measured gap" in err
    assert not (shelf(root) / "advocacy_brief").exists() and (shelf(root) / "advocacy_summary").exists()
    (row,) = [r for r in json.loads(digicit("list", "--json")[1]) if r["phase"] == "advocacy_brief"]
    assert row["state"] == "not made" and row["why"] == [
        "No recommendation has a measured gap, and no argument has authors."
    ]
    index = (root / "outputs" / "index.html").read_text()
    assert "advocacy_brief: No recommendation has a measured gap" in index
    params = root / "params" / "land.yaml"
    params.write_text(params.read_text() + "thresholds: {RGT-04: 99, source: a plan}\n")
    assert digicit("run", "land", "advocacy_brief", "--demonstration")[0] == 0
    assert state_of(plan(root, "advocacy_brief")).kind == "fresh"


def test_a_text_that_is_refused_is_told_before_anything_runs(root: Path) -> None:
    template(root, "communication_parents", "# Title\n\n{if: measurd OPP-02}\nOne.\n{end}\n")
    code, _, err = digicit("run", "land", "communication_parents", "--demonstration")
    assert code == 2 and "params/products/communication_parents.md" in err
    assert not (root / "outputs" / ".failed").exists()


def test_check_finds_a_digit_without_evidence_on_a_page(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "p"
    shutil.copytree(made, root)
    assert not [problem for problem in check_project(root) if "products" in problem["where"]]
    page = shelf(root) / "SYNTHETIC-advocacy_summary.html"
    invented = '<p>In <data class="evidence" data-id="land/quantitative/OPP-99/share/all">45%</data></p>'
    page.write_text(page.read_text().replace("<main", f"<p>Already 45 towns</p>{invented}<main"))
    poster = shelf(root) / "communication_parents" / "exhibits" / "SYNTHETIC-infographic-tall.svg"
    poster.write_text(poster.read_text().replace("</text>", " in 31 towns</text>", 1))
    found = [problem for problem in check_project(root) if "products" in problem["where"]]
    assert found.pop()["where"] == poster.relative_to(root).as_posix()
    assert [(p["where"], p["what"]) for p in found] == [
        ("outputs/land/products/en/SYNTHETIC-advocacy_summary.html", what)
        for what in (
            "digits without evidence: 45: Already 45 towns",
            "a number names evidence that is not there: land/quantitative/OPP-99/share/all",
        )
    ]


def test_a_real_product_replaces_the_demonstration_of_its_name(made: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from digicit_lib.runner.publish import empty_stage, publish

    root = tmp_path / "p"
    shutil.copytree(made, root)
    job = replace(plan(root, "communication_parents"), synthetic=False)
    stage = empty_stage(job)
    for name in ("communication_parents.html", "communication_parents.pdf", "run.json"):
        (stage / name).write_text("real")
    publish(job)
    names = {path.name for path in shelf(root).iterdir()}
    assert {"communication_parents.html", "communication_parents.pdf", "communication_parents"} <= names
    assert not [name for name in names if name.startswith("SYNTHETIC-communication_parents")]
    assert "SYNTHETIC-advocacy_summary.html" in names


# --- the page -----------------------------------------------------------------------------------------


def test_a_product_keeps_what_is_shown_and_drops_what_is_for_its_makers() -> None:
    lab = {"cell_type": "markdown", "source": "For makers", "metadata": {"tags": ["lab"]}}
    kept = {"cell_type": "markdown", "source": "## For readers", "metadata": {}}
    outputs = [
        {"output_type": "display_data", "data": {"text/markdown": "Shown words"}},
        {
            "output_type": "execute_result",
            "data": {"text/html": "<table><tr><td>backstage</td></tr></table>"},
        },
        {"output_type": "stream", "text": "backstage"},
        {"output_type": "display_data", "data": {"image/png": "aGk="}},
    ]
    cells = [lab, kept, {"cell_type": "code", "source": "backstage()", "metadata": {}, "outputs": outputs}]
    notebook = {"cells": cells, "metadata": {}}
    page = render(notebook, kind="product", title="T", links=[("PDF", "t.pdf")])["html"].decode()
    assert "Shown words" in page and "For readers" in page and 'href="t.pdf"' in page
    assert "backstage" not in page and "For makers" not in page
    assert to_product(read_story(notebook)).kind == "product"
