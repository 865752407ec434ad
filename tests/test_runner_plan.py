"""Before a start and after the end: names, notebooks, annexes, and how a report takes its place."""

from __future__ import annotations

import errno
import json
import threading
from pathlib import Path

import pytest
import zoo

from digicit_lib.errors import DigicitError, PublicationRefused
from digicit_lib.project import SHIPPED, ProjectFolder
from digicit_lib.runner import Batch, Hashes, Outcome, load_study, plan_jobs, republication
from digicit_lib.runner import batch as batch_room
from digicit_lib.runner import publish as publish_room
from digicit_lib.runner.locks import Locks
from digicit_lib.runner.notebooks import check_parameters, compose, read_notebook
from digicit_lib.runner.publish import publish, recover, swap


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return zoo.make_root(tmp_path)


# --- what published hashes confirm ------------------------------------------------------------------


def test_a_published_hash_confirms_no_guess_of_a_file_but_of_one_that_the_params_name(root: Path) -> None:
    own, known, public = root / "own.csv", root / "pisa.csv", root / "params" / "questions.yaml"
    for path in (own, known, public):
        path.write_text(path.name)
    hashes = Hashes(root, rehash=True)
    named = [hashes.of(known)]
    assert [hashes.published(path, named) == hashes.of(path) for path in (own, known, public)] == [0, 1, 1]
    keyed = hashes.published(own, named)
    assert keyed == Hashes(root, rehash=True).published(own, named)  # the team's own key proves the file
    assert (root / "outputs" / ".staging" / "key").stat().st_mode & 0o777 == 0o600
    (other := root / "other").mkdir()
    assert keyed != Hashes(other, rehash=True).published(own, named)


# --- before anything starts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("other_parameters", "does not take a parameter"),
        ("no_parameters", "one cell with the tag parameters"),
    ],
)
def test_a_workbook_that_does_not_take_the_parameters_never_starts(tmp_path, name, message) -> None:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, name)
    with pytest.raises(DigicitError, match=message):
        zoo.jobs_of(root, name)


def test_a_parameter_name_is_never_code() -> None:
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": 'study = language = params_file = ""\nz = 1; open("x", "w")',
    }
    check_parameters({"cells": [cell]}, "zoo")  # names come from a list of three, never from a file
    cell["source"] = 'Study = language = ""'
    with pytest.raises(DigicitError, match="does not take"):
        check_parameters({"cells": [cell]}, "zoo")


@pytest.mark.parametrize(
    ("phases", "language", "hint"),
    [
        (["quantitatve"], None, "did you mean quantitative?"),
        ([], "tru", "did you mean tr?"),
        ([], "fr", "digicit list"),
    ],
)
def test_mistyped_names_get_a_suggestion(
    root: Path, phases: list[str], language: str | None, hint: str
) -> None:
    zoo.add_study(root, "good", "typo")
    hashes = Hashes(root)
    with pytest.raises(DigicitError, match="Unknown") as caught:
        plan_jobs(load_study("typo", root, hashes), root, hashes, phases=phases, language=language)
    assert caught.value.next == hint


@pytest.mark.parametrize("text", ["", "{", '{"cells": 3}', '{"cells": [], "nbformat": 3}'])
def test_a_damaged_notebook_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.ipynb").write_text(text)
    with pytest.raises(DigicitError, match="notebook"):
        read_notebook(tmp_path / "x.ipynb")


# --- workbook, annex, override -----------------------------------------------------------------------


def test_the_studys_own_workbook_comes_first_then_the_projects_then_the_shipped(tmp_path: Path) -> None:
    for name in ("quantitative", "turkey/quantitative", "turkey/quantitative_annex"):
        path = tmp_path / "workbooks" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    project = ProjectFolder(tmp_path)
    assert project.workbook("turkey", "quantitative") == "workbooks/turkey/quantitative.ipynb"
    assert project.annex("turkey", "quantitative") == "workbooks/turkey/quantitative_annex.ipynb"
    assert project.workbook("turkey_pisa2018", "quantitative") == "workbooks/quantitative.ipynb"
    assert project.annex("turkey_pisa2018", "quantitative") is None  # an annex belongs to its study alone
    assert project.workbook("turkey", "qualitative") == str(SHIPPED / "workbooks" / "qualitative.ipynb")
    with pytest.raises(DigicitError, match="The workbook is not there"):
        project.workbook("turkey", "quantitatif")


def test_the_annex_stands_before_the_closing_cells() -> None:
    cells = compose(zoo.NOTEBOOKS / "good.ipynb", zoo.NOTEBOOKS / "annex.ipynb")["cells"]
    assert [cell["id"] for cell in cells] == [
        "title",
        "parameters",
        "head",
        "body",
        "annex-head",
        "answer",
        "close",
    ]


# --- publication -------------------------------------------------------------------------------------


def staged(root: Path, slug: str, text: str, language: str | None = None):
    (job,) = zoo.jobs_of(root, slug, language=language)
    job.stage.mkdir(parents=True)
    (job.stage / "report.html").write_text(text)
    (job.stage / "run.json").write_text("{}")
    return job


def test_another_languages_report_survives_the_exchange(tmp_path: Path) -> None:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    for text, language in (("first", None), ("birinci", "tr"), ("second", None)):
        publish(staged(root, "good", text, language))
    folder = root / "outputs" / "good" / "quantitative"
    assert (folder / "report.html").read_text() == "second"
    assert (folder / "tr" / "report.html").read_text() == "birinci"


def test_a_full_disk_while_publishing_keeps_the_last_report(tmp_path: Path, monkeypatch) -> None:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    publish(staged(root, "good", "first"))
    job = staged(root, "good", "second")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publish_room, "_sync", full)
    outcome = batch_room._settle(job, Outcome(job, "done"))
    what, where, following = outcome.message.splitlines()
    assert what == "The report could not be put in place. No space left on device."
    assert where.split()[:1] == ["where:"] and "free some space" in following
    assert (job.target / "report.html").read_text() == "first"


@pytest.mark.parametrize(("digest", "state"), [("a", "refused"), ("b", "done")])
def test_what_a_batch_has_published_since_is_compared_before_a_report_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: str, state: str
) -> None:
    """Two studies of one file were made side by side, and neither had seen the other."""
    root = zoo.make_root(tmp_path)
    for slug in ("good", "other"):
        zoo.add_study(root, "good", slug)
    publish(staged(root, "other", "first"))
    record = {"inputs": {"data answers.csv": "a"}, "outputs": {}}
    (root / "outputs" / "other" / "quantitative" / "run.json").write_text(json.dumps(record))
    job = staged(root, "good", "second")
    job.inputs["data answers.csv"] = digest

    def refuse(_: object) -> None:
        raise PublicationRefused("1 bases differ.")

    monkeypatch.setattr(batch_room, "_refuse_changed", lambda job: None)
    monkeypatch.setattr(republication, "refuse_beside_others", refuse)
    assert batch_room._settle(job, Outcome(job, "done")).state == state
    assert (job.target / "report.html").exists() == (state == "done")


def test_folders_are_exchanged_without_the_system_call_too(tmp_path: Path, monkeypatch) -> None:
    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "no such call")

    monkeypatch.setattr(publish_room, "_exchange", missing)
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    swap(tmp_path / "new", tmp_path / "old")
    assert [[f.name for f in (tmp_path / n).iterdir()] for n in ("old", "new")] == [["new"], ["old"]]


def test_a_crash_between_the_two_renames_is_mended(tmp_path: Path) -> None:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    publish(staged(root, "good", "first"))
    (job,) = zoo.jobs_of(root, "good")
    job.target.rename(job.stage.with_name(job.stage.name + ".aside"))
    recover(job)
    assert (job.target / "report.html").read_text() == "first"


def test_two_runs_at_once_make_a_report_once(tmp_path: Path) -> None:
    """The second waits for the lock, then finds what the first has published."""
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    (job,) = zoo.jobs_of(root, "good")
    other = Locks()
    assert other.acquire(job)

    class OtherRunEnds(zoo.Heard):
        def note(self, text: str) -> None:
            super().note(text)
            record = {"inputs": job.inputs, "outputs": {}}
            job.target.mkdir(parents=True)
            (job.target / "run.json").write_text(json.dumps(record))
            other.release(set())

    heard = OtherRunEnds()
    ran = threading.Thread(target=lambda: Batch([job], heard).run(1))
    ran.start()
    ran.join(60)
    assert heard.notes == ["another run is making good quantitative: waiting for it"]
    assert [outcome.state for outcome in heard.ends] == ["fresh"]


def test_a_folder_that_cannot_be_written_is_one_clear_message(root: Path, monkeypatch) -> None:
    """Root may write anywhere, so the refusal is put in the way of the staging folder itself."""
    zoo.add_study(root, "good")
    (job,) = zoo.jobs_of(root, "good")
    job.stage.parent.mkdir(parents=True, exist_ok=True)
    job.stage.write_text("a file where a folder should be")
    (outcome,) = Batch([job], zoo.Heard()).run(1)
    assert outcome.state == "failed"
    assert outcome.message.startswith("File exists.\n  where:")
    assert not job.target.exists()
