"""The command line: exit codes, what goes to which stream, suggestions, a stop in the middle."""

from __future__ import annotations

import inspect
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
import zoo
from click.testing import CliRunner

from digicit_lib import cli
from digicit_lib.cli.next_command import reachable
from digicit_lib.safe import file_sha256

DIGICIT = [sys.executable, "-m", "digicit_lib.cli"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good", "turkey")
    monkeypatch.chdir(root)
    return root


def digicit(*words: str) -> tuple[int, str, str]:
    """Run in this process: exit code, stdout, stderr."""
    result = CliRunner().invoke(cli.digicit, words)
    return result.exit_code, result.stdout, result.stderr


# --- refused before anything starts -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["run", "turky"], "did you mean turkey?"),
        (["run", "turkey", "quantitatve"], "did you mean quantitative?"),
        (["run", "turkey", "--language", "tru"], "did you mean tr?"),
        (["run", "--all", "quantitatve"], "did you mean quantitative?"),
        (["run", "--all", "--language", "uk"], "allowed: en, tr"),
        (["run", "nowhere.yaml"], "The params file is not there."),
        (["rnu"], "did you mean run?"),
        (["run"], "give a study or --all"),
        (["run", "turkey", "--forse"], "--force"),
        (["list", "--jsn"], "--json"),
    ],
)
def test_what_is_mistyped_exits_2_with_a_suggestion(root: Path, words: list[str], hint: str) -> None:
    code, out, err = digicit(*words)
    assert (code, out) == (2, "")
    assert hint in err
    assert "Traceback" not in err


def test_a_study_without_data_says_what_it_needs(root: Path) -> None:
    path = root / "params" / "turkey.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(told | {"data": {}}), encoding="utf-8")
    code, out, err = digicit("run", "turkey")
    assert (code, out) == (2, "")
    assert "The study has no data yet." in err and "digicit new turkey --survey FILE" in err


def test_all_refused_studies_are_told_and_the_others_run(root: Path) -> None:
    for slug, text in (("aa", "studdy: 1\n"), ("bb", "study: [\n")):
        (root / "params" / f"{slug}.yaml").write_text(text)
    code, _, err = digicit("run", "--all")
    assert code == 2
    assert "aa.yaml" in err and "bb.yaml" in err and "did you mean study?" in err
    assert (root / "outputs" / "turkey" / "quantitative" / "run.json").is_file()
    code, out, err = digicit("list", "--json")
    states = {row["study"]: row["state"] for row in json.loads(out)}
    assert (code, states) == (0, {"turkey": "never", "aa": "refused", "bb": "refused"})


def test_a_missing_data_file_names_where_to_get_it(root: Path) -> None:
    text = zoo.PARAMS.format(timeout=60, cell_timeout=30)
    microdata = (
        'survey: {kind: microdata, instrument: pisa2018, files: [{name: x.csv, where: "the publisher"}]}'
    )
    (root / "params" / "real.yaml").write_text(text.replace("survey: {kind: synthetic, seed: 1}", microdata))
    code, _, err = digicit("run", "real")
    assert code == 2
    assert "Data file not found." in err and "the publisher" in err


def test_outside_a_project_it_says_so(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = digicit("list")
    assert code == 2
    assert "No digicit project here." in err


def test_every_help_opens_with_two_examples() -> None:
    for name, command in [("digicit", cli.digicit), *cli.digicit.commands.items()]:
        lines = inspect.cleandoc(command.help or "").splitlines()
        examples = [line for line in lines if line.startswith("digicit ")]
        assert len(examples) == 2, name


# --- a run -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One real process over a good, a failing and a refusing workbook, its output piped."""
    root = zoo.make_root(tmp_path_factory.mktemp("cli"))
    for name in ("good", "raises", "refuses"):
        zoo.add_study(root, name)
    return root, subprocess.run(
        [*DIGICIT, "run", "--all"], cwd=root, capture_output=True, text=True, check=False
    )


def test_a_failed_workbook_exits_1_and_the_last_line_is_where_the_report_is(ran) -> None:
    root, done = ran
    assert done.returncode == 1
    assert done.stdout == f"{root}/outputs/good/quantitative/report.html\n"
    assert "\x1b" not in done.stderr
    assert "[3/3]" in done.stderr
    assert "raises quantitative: A cell raised KeyError." in done.stderr
    assert "page:    outputs/.failed/raises/quantitative/failure.html" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_ends_with_a_table_of_seconds(ran) -> None:
    lines = ran[1].stderr.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("seconds"))
    assert lines[start].split() == ["seconds", "execute", "pages", "all"]
    table = {" ".join(line.split()[:2]): list(map(float, line.split()[2:])) for line in lines[start + 1 :]}
    assert set(table) == {"good quantitative", "raises quantitative", "refuses quantitative"}
    assert all(total >= 0.1 and abs(run + pages - total) < 0.11 for run, pages, total in table.values())
    assert sorted(table.values(), key=lambda row: -row[2]) == list(table.values())


def test_the_index_is_there(ran) -> None:
    page = (ran[0] / "outputs" / "index.html").read_text()
    assert "good/quantitative/report.html" in page
    assert ".failed/raises/quantitative/failure.html" in page


def test_list_tells_fresh_failed_and_never_in_words_and_in_json(ran, monkeypatch) -> None:
    monkeypatch.chdir(ran[0])
    code, out, _ = digicit("list")
    assert code == 0
    rows = [line.split(maxsplit=3) for line in out.splitlines()]
    assert ["good", "quantitative", "en", "fresh"] in rows
    assert ["good", "quantitative", "tr", "never"] in rows
    assert ["raises", "quantitative", "en", "failed (A cell raised KeyError.)"] in rows
    facts = json.loads(digicit("list", "--json")[1])
    assert {"study": "good", "phase": "quantitative", "language": "en", "state": "fresh", "why": []} in facts


def test_a_refused_publication_alone_exits_3(ran, monkeypatch) -> None:
    monkeypatch.chdir(ran[0])
    assert digicit("run", "refuses")[0] == 3


def test_a_second_run_has_nothing_to_do(ran, monkeypatch) -> None:
    monkeypatch.chdir(ran[0])
    code, out, err = digicit("run", "good")
    assert (code, out) == (0, f"{ran[0]}/outputs/good/quantitative/report.html\n")
    assert "done" not in err


def test_ctrl_c_exits_130_ends_the_kernel_and_keeps_the_last_report(root: Path) -> None:
    zoo.add_study(root, "tells_its_pid")
    page = zoo.put_last_good_report(root, "tells_its_pid")
    os.mkfifo(root / "fifo")
    command = [*DIGICIT, "run", "tells_its_pid"]
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True, start_new_session=True)
    kernel = int((root / "fifo").read_text())
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the last good reports stand" in err
    assert page.read_text() == "the last good report"
    assert not [
        path for path in (root / "outputs" / ".staging").iterdir() if path.is_dir() and "." in path.name
    ]
    status = Path(f"/proc/{kernel}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


def test_two_commands_at_once_both_end_well(ran) -> None:
    """Each waits for the other's report, and neither sees a half one."""
    root = ran[0]
    command = [*DIGICIT, "run", "good", "--force"]
    both = [subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all("done in" in text for text in told)
    assert not (root / "outputs" / ".staging" / "good.quantitative.en").exists()
    folder = root / "outputs" / "good" / "quantitative"
    for name, facts in json.loads((folder / "run.json").read_text())["outputs"].items():
        assert file_sha256(folder / name) == facts["sha256"]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a stranger's process")
def test_a_killed_command_leaves_no_kernel_and_no_half_report(root: Path) -> None:
    zoo.add_study(root, "tells_its_pid")
    page = zoo.put_last_good_report(root, "tells_its_pid")
    os.mkfifo(root / "fifo")
    process = subprocess.Popen([*DIGICIT, "run", "tells_its_pid"], cwd=root, stderr=subprocess.DEVNULL)
    handle = os.pidfd_open(int((root / "fifo").read_text()))
    process.kill()
    process.wait()
    assert select.select([handle], [], [], 30)[0]
    os.close(handle)
    assert page.read_text() == "the last good report"


# --- what a light command may import -----------------------------------------------------------------


@pytest.mark.parametrize("words", [["--help"], ["list"], ["run", "--all"]])
def test_light_commands_import_no_heavy_package(ran, words: list[str]) -> None:
    """Kept on `sys.modules`, not on a clock; the run has nothing to do, for its only study is fresh."""
    root = ran[0]
    for name in ("raises", "refuses"):
        (root / "params" / f"{name}.yaml").unlink(missing_ok=True)
    code = f"""
import sys
from digicit_lib import cli
from digicit_lib.safe import file_sha256
sys.argv = ["digicit", *{words!r}]
try:
    cli.main()
except SystemExit as end:
    heavy = {{"papermill", "nbformat", "nbconvert", "jupyter_client", "pandas", "matplotlib", "pydantic"}}
    print(end.code, sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "0 []"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Next: digicit run kenya", "Next: env/bin/digicit run kenya"),
        ("Next: fill it in; digicit review kenya", "Next: fill it in; env/bin/digicit review kenya"),
        ("Next: cd study && digicit run demo", "Next: cd study && {home}/env/bin/digicit run demo"),
        (
            "Error\n  next:    run digicit check\nthe digicit library",
            "Error\n  next:    run env/bin/digicit check\nthe digicit library",
        ),
    ],
)
def test_the_next_command_can_be_typed_where_the_shell_does_not_find_digicit(
    text: str, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the folder only a whole path leads there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "env" / "bin" / "digicit")])
    assert reachable(text) == typed.replace("{home}", str(tmp_path))
