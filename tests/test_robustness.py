"""Bad input, damaged records, full disks, files that change: one sentence, and the other studies go on."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import zoo
from click.testing import CliRunner

from digicit_lib import cli, safe
from digicit_lib.data import files, open_survey
from digicit_lib.data.theme_texts import _read as _read_theme
from digicit_lib.errors import LONGEST, DigicitError
from digicit_lib.evidence import Evidence, Finding
from digicit_lib.landscape.register_sheets import take_workbook
from digicit_lib.params import load_params
from digicit_lib.products.authored import read_arguments
from digicit_lib.products.gate import read_review
from digicit_lib.products.review_sheet import comments, marked
from digicit_lib.products.templates import load_template
from digicit_lib.runner import Batch, Hashes, state_of
from digicit_lib.runner import locks as locks_room
from digicit_lib.runner.failures import NOT_KEPT
from digicit_lib.runner.freshness import read_json, read_record
from digicit_lib.runner.notebooks import read_notebook
from digicit_lib.safe import file_sha256, load_yaml, write_atomic, yaml_quoted
from digicit_lib.workbook.notebook_rules import problems

HEAD = """study: {country: TUR, date: 2026-11-01, title: T, wave: 1}
population: {ages: [9, 17], base: b}
data: {landscape: {kind: files}}
"""
HOSTILE = {
    "bad_date": HEAD.replace("2026-11-01", "2026-13-40"),
    "null_key": HEAD + "~: 1\n",
    "empty_value_key": HEAD + "? \n: 1\n",
    "number_key": HEAD + "1: 1\n",
    "date_key": HEAD + "2026-11-01: 1\n",
    "deep": HEAD + "x: " + "[" * 900 + "]" * 900,
    "dashes": HEAD + "x:\n" + "- " * 50_000,
    "brackets": HEAD + "x: " + "[" * 100_000,
    "braces": HEAD + "x: " + "{a: " * 50_000,
    "long_integer": HEAD + "run: {timeout: " + "9" * 5000 + "}\n",
    "bands": HEAD + "analysis: {age_bands: [9-11, 11-14]}\n",
    "bands_twice": HEAD + "analysis: {age_bands: [9-11, 9-11]}\n",
    "bands_backwards": HEAD + "analysis: {age_bands: [17-9]}\n",
    "infinite": HEAD + "analysis: {confidence_level: 1e999}\n",
    "no_mapping": "- 1\n",
    "empty": "",
    "control": HEAD + "x: \x1b[31m\n",
    "not_utf8": HEAD.encode() + b"x: \xff\n",
    "utf16": HEAD.encode("utf-16"),
    "huge_key": HEAD + "k" * 200_000 + ": 1\n",
    "huge_language": HEAD.replace("title:", "languages: [" + "l" * 20_000 + "], title:"),
    "huge_value": HEAD.replace("TUR", "T" * 200_000),
    "next_line": HEAD + "a\x85b: 1\n",
    "tag_of_a_date": HEAD + "x: !!timestamp abc\n",
    "tag_of_a_bool": HEAD + "x: !!bool abc\n",
    "many_keys": HEAD + "".join(f"k{i}: 1\n" for i in range(12_000)),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    monkeypatch.chdir(root)
    return root


def digicit(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.digicit, words, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


# --- params -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_params_file_is_one_short_refusal(root: Path, name: str) -> None:
    text = HOSTILE[name]
    path = root / "params" / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    start = time.monotonic()
    with pytest.raises(DigicitError) as refused:
        load_params("bad", root)
    assert time.monotonic() - start < 5
    lines = str(refused.value).splitlines()
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 3 * LONGEST + 40
    code, out, err = digicit("list")
    assert code == 0
    assert "good" in out and "bad: refused." in err and "params/bad.yaml" in err


def test_all_mistakes_are_told_at_once_with_their_lines(root: Path) -> None:
    text = HEAD.replace("2026-11-01", "2026-02-30").replace("TUR", "tur").replace("[9, 17]", "[17, 9]")
    (root / "params" / "bad.yaml").write_text(text)
    with pytest.raises(DigicitError) as refused:
        load_params("bad", root)
    told = str(refused.value)
    assert told.startswith("3 problems in params/bad.yaml.")
    assert [told.count(f"params/bad.yaml:{line}") for line in (1, 2)] == [2, 1]
    assert "2026-02-30" in told


def test_a_params_file_that_cannot_be_read_stops_no_other(root: Path) -> None:
    (root / "params" / "gone.yaml").symlink_to(root / "nowhere.yaml")
    (root / "params" / "folder.yaml").mkdir()
    code, out, err = digicit("list")
    assert code == 0 and "good" in out
    assert "gone: refused." in err and "folder: refused." in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["con", "a\u2028b", "a\x85b", "\u202egnp", "e\x1b[2J", "x\ny", "A B"])
def test_a_params_file_of_any_name_stops_no_other_and_is_told_in_plain_characters(root, name: str) -> None:
    (root / "params" / f"{name}.yaml").write_text(HEAD)
    code, out, err = digicit("list")
    assert code == 0 and "good" in out
    assert "must be a slug" in err and all(line.isprintable() for line in err.split("\n"))


def test_what_nobody_has_foreseen_is_one_sentence_without_its_words(root: Path, monkeypatch) -> None:
    def surprise(*_: object) -> None:
        raise KeyError("Ayşe, 12, yes")

    monkeypatch.setattr("digicit_lib.cli.plan_everything", surprise)
    code, _, err = digicit("list")
    assert (code, err.splitlines()[0]) == (1, "Error: digicit did not expect this: KeyError.")
    assert "Ayşe" not in err and "Traceback" not in err
    assert "Traceback" in digicit("-v", "list")[2]


@pytest.mark.parametrize(
    "text", ["a: \x85b", "a\u2028b", "\x1b]0;t\x07", 'x"\\', "\U000e0001", "Ölçek: evet"]
)
def test_names_from_outside_come_back_from_yaml_and_stay_on_one_line(text: str) -> None:
    quoted = yaml_quoted(text)
    assert quoted.isprintable() and load_yaml(f"x: {quoted}")[0] == {"x": text}


def test_messages_are_cut_and_escaped() -> None:
    told = str(DigicitError("x", got="y" * 10_000 + "\x1b[2J", where="a\u2028b"))
    place = str(DigicitError("x", where="/" + "y" * 10_000 + "/bad.yaml:7"))
    assert len(place) < 300 and place.endswith("/bad.yaml:7")
    assert len(told) < 200 and told.splitlines() == ["x", "  where:   a\\u2028b", f"  got:     {'y' * 79}…"]


# --- records and caches -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        '{"inputs": 5, "outputs": []}',
        '{"inputs": {}, "outputs": {"a": 1}}',
        '{"inputs": {}, "outputs": {"a": {"bytes": 1}}}',
        "[" * 100_000,
        '{"params": 3, "timings": 4}',
    ],
)
def test_a_damaged_record_is_no_record(root: Path, text: str) -> None:
    folder = root / "outputs" / "good" / "quantitative"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(text)
    assert read_record(folder) == {}
    assert str(state_of(*zoo.jobs_of(root, "good"))) == "never"
    assert digicit("list")[0] == 0


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"files": 1, "facts": 2}', '{"files": {"a": 1}, "facts": {"b": 2}}']
)
def test_a_damaged_cache_is_no_cache(root: Path, text: str) -> None:
    Hashes(root)
    write_atomic(root / "outputs" / ".staging" / "hashes.json", text)
    code, out, _ = digicit("list")
    assert code == 0 and "good" in out


def published(root: Path) -> Path:
    """A survey's evidence as a run leaves it."""
    store = Evidence("good", "quantitative", {"data_kind": "observed"})
    store.add(pd.DataFrame({"indicator": ["ACC-03"], "statistic": "share", "estimate": 0.4, "n": 400.0}))
    store.findings.append(Finding("{ACC-03} x", "40% x", ("good/quantitative/ACC-03/share/all",)))
    folder = root / "outputs" / "good" / "quantitative"
    store.save(folder)
    (folder / "run.json").write_text('{"run": "x"}')
    return folder


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES = {
    "cut": ("evidence.parquet", half),
    "empty": ("evidence.parquet", lambda path: path.write_bytes(b"")),
    "other columns": ("evidence.parquet", lambda path: pd.DataFrame({"x": [1]}).to_parquet(path)),
    "no numbers": (
        "evidence.parquet",
        lambda path: pd.read_parquet(path).assign(estimate="x").to_parquet(path),
    ),
    "a folder": ("evidence.parquet", lambda path: (path.unlink(), path.mkdir())),
    "text cut": ("evidence.csv", half),
    "no text": ("evidence.csv", lambda path: path.write_bytes(b"\xff\xfe")),
    "sentences cut": ("findings.json", half),
    "other shape": ("findings.json", lambda path: path.write_text('{"a": 1}')),
    "other items": ("findings.json", lambda path: path.write_text('[1, {"ids": 3, "template": null}]')),
    "statements": ("statements.json", lambda path: path.write_text('{"a": "b"}')),
    "record": ("run.json", half),
    "notebook": ("workbook.ipynb", lambda path: path.write_text("[")),
}
LOOKS = [
    ("list",),
    ("check",),
    ("check", "--publish"),
    ("check", "good", "--disclosure"),
    ("trace", "good/quantitative/ACC-03"),
]


# Two in every run, the others with `make test-long`: nine seconds each.
@pytest.mark.parametrize(
    "name", [n if n in ("cut", "record") else pytest.param(n, marks=pytest.mark.long) for n in DAMAGES]
)
def test_a_damaged_published_file_is_one_sentence_with_its_place(root: Path, name: str) -> None:
    folder = published(root)
    file, damage = DAMAGES[name]
    damage(folder / file)
    zoo.add_study(root, "good", "other")
    told = [digicit(*look) for look in LOOKS]
    assert "other" in told[0][1]  # the others go on
    words = "".join(out + err for _, out, err in told)
    assert "Traceback" not in words and "did not expect" not in words
    if file in ("evidence.parquet", "findings.json", "run.json") and (folder / file).is_file():
        assert "A published file is damaged." in words and f"good/quantitative/{file}" in words
        assert "digicit run good quantitative --force" in words


def test_what_has_not_run_is_no_unsafe_count(root: Path) -> None:
    code, out, err = digicit("check", "good", "--disclosure")
    assert (code, out) == (1, "") and "hidden counts" not in err
    assert "It has no run to check.\n  next:    digicit run good quantitative" in err
    assert json.loads(digicit("check", "good", "--disclosure", "--json")[1])[0]["unread"]


@pytest.mark.parametrize("text", ["- 1\n", "signoffs:\n  a: 5\n", "signoffs:\n  a: {name: \n", "signoffs: 7"])
def test_a_review_of_another_shape_is_told_with_its_file(root: Path, text: str) -> None:
    (root / "params" / "good.review.yaml").write_text(text)
    with pytest.raises(DigicitError, match=r"good\.review\.yaml"):
        read_review(root, "good")


def test_a_notebook_that_is_none_is_a_problem_among_the_others(root: Path) -> None:
    for number, text in enumerate(["{", "[]", '{"cells": [1]}']):
        (root / "workbooks" / "good" / f"broken{number}.ipynb").write_text(text)
    for shared in ("broken0", "quantitative"):
        (root / "workbooks" / f"{shared}.ipynb").write_text("{")
    code, out, err = digicit("check")
    assert code == 1, err
    assert (out + err).count("cannot be read as a notebook") == 5
    assert "lacks the section" not in out


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"cells": [{"source": "x", "metadata": []}]}',
        '{"cells": [{"source": "\\ud800", "metadata": {}}]}',
        '{"cells": [{"source": 5}]}',
        '{"worksheets": []}',
    ],
)
def test_a_notebook_of_another_shape_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "quantitative_annex.ipynb"
    path.write_text(text)
    with pytest.raises(DigicitError, match="cannot be read") as refused:
        read_notebook(path)
    assert refused.value.where == path.name and refused.value.next
    assert problems(path)


@pytest.mark.parametrize(
    "place", ["products/communication_parents.md", "arguments/good.md", "good/themes/a.md"]
)
def test_a_text_that_is_not_utf8_is_one_sentence_with_its_place(root: Path, place: str) -> None:
    path = root / "params" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"# T\n> \xed\xa0\x80\n")
    read = {
        "products": lambda: load_template("communication_parents", root, "good"),
        "arguments": lambda: read_arguments(root, "good"),
        "good": lambda: _read_theme(path, root),
    }
    with pytest.raises(DigicitError, match="not UTF-8") as refused:
        read[place.partition("/")[0]]()
    assert str(refused.value.where) == f"params/{place}" and refused.value.next


# --- files that are none --------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [load_yaml, read_notebook, files.existing, file_sha256])
@pytest.mark.parametrize("kind", ["pipe", "socket", "/dev/zero", "/proc/self/mem", "/proc/self/environ"])
def test_what_never_ends_or_is_the_systems_own_is_no_input(tmp_path: Path, door, kind: str) -> None:
    path = tmp_path / "answers.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        path.symlink_to(tmp_path / "s")
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(str(tmp_path / "s"))
    else:
        path.symlink_to(kind)
    with pytest.raises(DigicitError, match="no ordinary file") as refused:
        door(path)
    assert refused.value.where == "answers.csv" and refused.value.next
    assert read_json(path) == {}


def test_data_by_the_path_of_a_device_are_refused(root: Path) -> None:
    text = HEAD.replace(
        "{kind: files}",
        "{kind: files}, survey: {kind: microdata, instrument: digicit, files: [{name: /proc/kmsg}]}",
    )
    (root / "params" / "bad.yaml").write_text(text)
    code, _, err = digicit("run", "bad", "quantitative")
    assert code == 2 and err.startswith("Error: This is no ordinary file.\n  where:   kmsg")
    assert "next:" in err


def test_a_folder_that_is_gone_is_one_sentence(root: Path, tmp_path: Path, monkeypatch) -> None:
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "digicit")])
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = digicit("list")
    assert code == 1 and "next:" in err and "Traceback" not in err


# --- disks --------------------------------------------------------------------------------------------


def refuse_writing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As a full or a read-only disk does; tests run as root, whom no permission stops."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(safe.os, "open", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_one_sentence_and_list_still_reads(root, monkeypatch, number) -> None:
    refuse_writing(monkeypatch, number)
    code, out, _ = digicit("list")
    assert code == 0 and "good" in out
    code, _, err = digicit("run", "good", "--jobs", "1")
    assert code == 1
    assert err.startswith(f"Error: {os.strerror(number)}.\n  where:")
    assert "next:" in err and "Traceback" not in err


def test_the_users_umask_holds_and_staging_is_the_owners_alone(root: Path) -> None:
    Batch(zoo.jobs_of(root, "good"), zoo.Heard()).run(1)  # the fork server starts under another umask
    before = os.umask(0o027)
    try:
        (done,) = Batch(zoo.jobs_of(root, "good"), zoo.Heard(), force=True).run(1)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in done.job.target.rglob("*") if path.is_file()}
    assert (done.state, modes) == ("done", {0o640})
    assert stat.S_IMODE(done.job.target.stat().st_mode) == 0o750
    assert stat.S_IMODE(done.job.stage.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(done.job.log.stat().st_mode) == 0o600
    staging = root / "outputs" / ".staging"
    assert [path for path in staging.rglob("*") if path.lstat().st_mode & 0o077] == []


# --- failures -----------------------------------------------------------------------------------------


def test_a_failure_keeps_no_value(root: Path) -> None:
    zoo.add_study(root, "raises")
    (failed,) = Batch(zoo.jobs_of(root, "raises"), zoo.Heard()).run(1)
    folder = failed.job.failed
    assert {path.name for path in folder.iterdir()} == {"workbook.ipynb", "failure.html", "failure.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.parents[1].stat().st_mode) == 0o700
    cells = read_notebook(folder / "workbook.ipynb")["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [(o["output_type"], o["ename"], o["evalue"]) for o in outputs] == [("error", "KeyError", NOT_KEPT)]
    kept = [*folder.iterdir(), failed.job.log]
    assert all("answer of" not in path.read_text() for path in kept)
    assert "KeyError" in failed.job.log.read_text()


# --- what changes during a run ------------------------------------------------------------------------


def test_inputs_that_change_during_a_run_are_refused(root: Path) -> None:
    page = zoo.put_last_good_report(root, "good")
    path = root / "params" / "good.yaml"

    class Edits(zoo.Heard):
        def cell(self, *what) -> None:
            super().cell(*what)
            path.write_text(zoo.PARAMS.format(timeout=60, cell_timeout=30).replace("zoo", "new"))

    (refused,) = Batch(zoo.jobs_of(root, "good"), Edits()).run(1)
    assert refused.message == (
        "Inputs changed while the report was made.\n  got:     params\n  next:    run it again"
    )
    assert page.read_text() == "the last good report"
    (done,) = Batch(zoo.jobs_of(root, "good"), zoo.Heard()).run(1)
    assert done.state == "done"


def test_what_killed_runs_leave_is_swept(root: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (job,) = zoo.jobs_of(root, "good")
    left = locks_room.staging(root) / "gone.quantitative.en"
    left.mkdir()
    killed, alive = locks_room.Scratch(), locks_room.Scratch()
    killed._mark.close()
    old = time.time() - 2 * locks_room._YOUNG_SECONDS
    for folder in (killed.path, alive.path):
        os.utime(folder, (old, old))
    foreign, pages = (
        tmp_path / f"{locks_room.SCRATCH}of-somebody",
        tmp_path / f"{locks_room.PAGES}of-a-killed-run",
    )
    for folder, age in ((foreign, old), (pages, time.time() - 2 * locks_room._SET_SECONDS)):
        folder.mkdir()
        os.utime(folder, (age, age))
    Batch([job], zoo.Heard()).run(1)
    assert not left.exists()
    assert [folder.exists() for folder in (killed.path, pages, alive.path, foreign)] == [
        False,
        False,
        True,
        True,
    ]
    alive.close()
    assert not alive.path.exists()


def test_the_staging_of_a_run_that_goes_on_is_left_alone(root: Path) -> None:
    other = locks_room.Locks()
    other.begin(root)
    stage = locks_room.staging(root) / "other.quantitative.en"
    stage.mkdir()
    Batch(zoo.jobs_of(root, "good"), zoo.Heard()).run(1)
    assert stage.is_dir()
    other.end()


# --- archives -----------------------------------------------------------------------------------------


def test_a_workbook_that_unpacks_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """40 MB of one letter in 40 kB; what is refused is what the archive says of itself."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"A" * 40_000_000)
    start = time.monotonic()
    doors: list[Callable[[], object]] = [
        lambda: files.header(path),
        lambda: files.read_columns(path, None),
        lambda: take_workbook(path, tmp_path),
        lambda: list(marked(path, "turkey quantitative")),
        lambda: comments(path),
    ]
    for read in doors:
        with pytest.raises(DigicitError, match="packed too tightly"):
            read()
    assert time.monotonic() - start < 5
    (tmp_path / "no.xlsx").write_bytes(b"PK no archive")
    with pytest.raises(DigicitError, match="Excel file cannot be read"):
        files.header(tmp_path / "no.xlsx")
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as archive:
        archive.writestr("a.txt", "no workbook")
    for read in (lambda p: take_workbook(p, tmp_path), lambda p: list(marked(p, "turkey quantitative"))):
        with pytest.raises(DigicitError, match="read"):
            read(tmp_path / "empty.xlsx")


def test_a_survey_file_without_any_column_of_its_instrument_is_one_sentence(root: Path, monkeypatch) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    (root / "data").mkdir()
    (root / "data" / "answers.csv").write_text("id,age\n1,10\n")
    survey = "{kind: microdata, instrument: digicit, files: [{name: answers.csv}]}"
    text = (
        HEAD.replace("{landscape: {kind: files}}", f"{{survey: {survey}}}") + "design: {unweighted: true}\n"
    )
    (root / "params" / "bare.yaml").write_text(text)
    with pytest.raises(DigicitError, match="No indicator is mapped"):
        _ = open_survey(load_params("bare", root), root)
