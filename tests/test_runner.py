"""The runner on the zoo: what a notebook may do wrong, and that it harms nothing else."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import zoo
from rich.console import Console

from digicit_lib.exhibits.blocks import MIME
from digicit_lib.runner import Batch, Hashes, Outcome, batch, state_of
from digicit_lib.runner import freshness as inputs_room
from digicit_lib.runner.crate import FILE
from digicit_lib.runner.kernels.provisioner import ADDRESS
from digicit_lib.runner.notebooks import read_notebook
from digicit_lib.runner.progress import Bars

WICKED = {
    "raises": ("failed", "A cell raised KeyError."),
    "kills_kernel": ("failed", "The kernel died"),
    "hangs": ("failed", "The workbook took longer than it may: 1 s for a cell"),
    "writes_nothing": ("failed", "The notebook ended without wb.close()."),
    "exits": ("failed", "The notebook ended without wb.close()."),
    "refuses_data": ("refused", "Values of the design are negative."),
    "refuses": ("refused", "Rows of respondents are private."),
    "eats_memory": ("failed", "A cell needed more memory than it may: 1024 MB."),
}
GOOD = "workbooks/good/quantitative"
PO, TEXT = "codebooks/locale/tr/digicit.po", "products/texts/forum_pack.md"
SHOWN = "A cell shows something else than an exhibit or a finding"
LEAKS = {
    "prints_rows": "printed text",
    "shows_rows": "text/html",
    "shows_markdown": "text/markdown",
    "draws_rows": "image/png",
    "hides_rows": "text/csv",
}
WICKED |= dict.fromkeys(LEAKS, ("refused", SHOWN)) | {
    "raises_rows": ("failed", "A cell raised ValueError."),
    "quotes_rows": ("failed", "A cell raised DataError."),
    "writes_rows": ("refused", "A cell has written a file that no exhibit names."),
}
KEPT = ("raises_rows", "quotes_rows", "writes_rows", "warns_of_rows", "logs_rows")
CODES = dict.fromkeys(("refuses", "writes_rows", *LEAKS), 3) | {"refuses_data": 2}
TAME = ("good", "leaves_children", "names_paths", "warns_of_rows", "logs_rows")


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small library to hash, so that a test may change it."""
    folder = tmp_path_factory.mktemp("library")
    for name in ("codebooks/access.yaml", "report/page.css", "cli.py", PO, TEXT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs_room, "LIBRARY", folder)
        yield folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.make_root(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def zoo_run(root: Path) -> tuple[dict[str, Outcome], zoo.Heard]:
    """All notebooks of the zoo in one batch of two workers, each over a report published before."""
    for name in (*WICKED, *TAME):
        zoo.add_study(root, name, cell_timeout=1 if name == "hangs" else 30)
        zoo.put_last_good_report(root, name)
    heard = zoo.Heard()
    outcomes = Batch(zoo.jobs_of(root, *WICKED, *TAME), heard).run(2)
    return {outcome.job.study: outcome for outcome in outcomes}, heard


# --- what goes wrong in a notebook -------------------------------------------------------------------


@pytest.mark.parametrize("name", WICKED)
def test_a_wicked_notebook_fails_alone_with_one_message(zoo_run, root: Path, name: str) -> None:
    outcome = zoo_run[0][name]
    state, message = WICKED[name]
    assert outcome.state == state
    assert outcome.exit_code == (
        {"refuses_data": 2, "refuses": 3, "writes_rows": 3} | dict.fromkeys(LEAKS, 3)
    ).get(name, 1)
    assert outcome.message.startswith(message)
    if outcome.state == "failed":
        assert "\n  where: " in outcome.message and "\n  next: " in outcome.message
    assert (root / "outputs" / name / "quantitative" / "report.html").read_text() == "the last good report"
    assert not (root / "outputs" / ".staging" / name / "quantitative").exists()
    assert json.loads((outcome.job.failed / "failure.json").read_text())["message"] == outcome.message
    assert state_of(outcome.job).kind == "failed"


@pytest.mark.parametrize(
    "name", ["raises", "kills_kernel", "hangs", "eats_memory", "refuses", "refuses_data"]
)
def test_the_failing_cell_is_named_and_linked(zoo_run, name: str) -> None:
    outcome = zoo_run[0][name]
    assert f"workbooks/{name}/quantitative.ipynb, cell 4" in outcome.message
    page = (outcome.job.failed / "failure.html").read_text()
    assert 'href="#' in page


@pytest.mark.parametrize("name", ["kills_kernel", "hangs"])
def test_a_killed_kernels_notebook_is_never_marked_completed(zoo_run, name: str) -> None:
    cells = read_notebook(zoo_run[0][name].job.failed / "workbook.ipynb")["cells"]
    marks = [cell["metadata"]["papermill"]["status"] for cell in cells]
    assert marks == ["completed"] * 4 + ["failed", "not run"]


def test_no_message_holds_an_answer(zoo_run) -> None:
    outcome = zoo_run[0]["raises"]
    assert "answer" not in outcome.message + (outcome.job.failed / "failure.json").read_text()


@pytest.mark.parametrize("name", TAME)
def test_the_others_are_published(zoo_run, name: str) -> None:
    job = zoo_run[0][name].job
    assert zoo_run[0][name].state == "done"
    assert (job.target / "report.html").read_text() != "the last good report"
    assert {"report.pdf", "summary.html", "summary.pdf", "workbook.ipynb", "evidence.csv", "run.json"} <= {
        path.name for path in job.target.iterdir()
    }
    assert state_of(job, rehash=True).kind == "fresh"


def test_nothing_is_left_beside_the_outputs(zoo_run, root: Path) -> None:
    assert sorted(path.name for path in root.iterdir()) == [
        "outputs",
        "params",
        "pyproject.toml",
        "workbooks",
    ]
    assert {path.suffix for path in (root / "workbooks").rglob("*") if path.is_file()} == {".ipynb"}
    assert sorted(path.name for path in root.parent.iterdir()) == [root.name]


def test_a_cells_children_end_with_its_kernel(zoo_run) -> None:
    cells = read_notebook(zoo_run[0]["leaves_children"].job.target / "workbook.ipynb")["cells"]
    (pid,) = next(o["data"][MIME]["items"] for cell in cells for o in cell.get("outputs", []))
    status = Path(f"/proc/{pid}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


@pytest.mark.parametrize("name", [*LEAKS, *KEPT])
def test_rows_that_a_cell_shows_are_kept_nowhere(zoo_run, root: Path, name: str) -> None:
    """Not on a page, not in the failed notebook, not in a log; the message names the cell and the kind."""
    files = [path for path in (root / "outputs").rglob("*") if path.is_file() and name in str(path)]
    assert files
    assert [path.name for path in files if b"ZYXROW" in path.read_bytes()] == []
    if name in LEAKS:
        assert f"workbooks/{name}/quantitative.ipynb, cell 4" in zoo_run[0][name].message
        assert LEAKS[name] in zoo_run[0][name].message


def test_progress_names_cells_and_headings(zoo_run) -> None:
    told = [entry[1:] for entry in zoo_run[1].cells if entry[0] == "good"]
    assert told[0] == (0, 6, "good")
    assert [index for index, _, _ in told] == list(range(6))
    assert told[-1][2] == "1 Counting"
    assert len(zoo_run[1].ends) == len(WICKED) + len(TAME)


@pytest.mark.parametrize("forked", [False, True])
def test_a_parent_that_is_killed_costs_at_most_its_job(
    tmp_path: Path, forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ordinary kernel's parent is the worker, a forked one's the fork server; each is done without."""
    monkeypatch.delenv(ADDRESS, raising=False)  # the tests' own fork server is not the one to kill
    root = zoo.make_root(tmp_path)
    for name in ("kills_parent", "good"):
        zoo.add_study(root, name)
    page = zoo.put_last_good_report(root, "kills_parent")
    first, second = Batch(zoo.jobs_of(root, "kills_parent", "good"), zoo.Heard(), forked=forked).run(1)
    if forked:
        assert first.state == "done"
    else:
        assert first.message.startswith("The worker process died")
        assert page.read_text() == "the last good report"
        assert state_of(first.job).kind == "failed"
    assert second.state == "done"
    assert json.loads((second.job.target / "run.json").read_text())["kernel"]["forked"] is False


# --- what a good run leaves --------------------------------------------------------------------------


def test_the_executed_notebook_names_no_machine_path(zoo_run, root: Path) -> None:
    for name in TAME:
        text = (zoo_run[0][name].job.target / "workbook.ipynb").read_text()
        assert str(root) not in text
        assert str(Path.home()) not in text
        assert "ipykernel_" not in text
        assert "start_time" not in text


def test_the_executed_notebook_keeps_its_kernel_and_parameters(zoo_run) -> None:
    notebook = read_notebook(zoo_run[0]["good"].job.target / "workbook.ipynb")
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    injected = next(cell for cell in notebook["cells"] if cell["id"] == "injected-parameters")
    assert 'params_file = "params/good.yaml"' in injected["source"]


def test_the_run_record_tells_inputs_outputs_and_versions(zoo_run) -> None:
    job = zoo_run[0]["good"].job
    record = json.loads((job.target / "run.json").read_text())
    assert record["inputs"] == job.inputs
    assert {
        "workbook workbooks/good/quantitative.ipynb",
        "params",
        "catalogue",
        "library",
        "template",
        "lock",
        "python",
    } <= set(record["inputs"])
    assert record["run"] == job.run
    assert record["params"]["data"]["survey"]["seed"] == 1
    assert record["timings"]["execute"] > 0
    there = {path.name for path in job.target.iterdir() if path.is_file()}
    assert set(record["outputs"]) == there - {"run.json", FILE}


def test_force_gives_the_same_bytes_and_an_unforced_run_publishes_nothing(zoo_run, root: Path) -> None:
    job = zoo_run[0]["good"].job
    before = json.loads((job.target / "run.json").read_text())
    (again,) = Batch([job], zoo.Heard()).run(1)
    assert (again.state, json.loads((job.target / "run.json").read_text())) == ("fresh", before)
    (forced,) = Batch([job], zoo.Heard(), force=True).run(1)
    after = json.loads((job.target / "run.json").read_text())
    assert forced.state == "done"
    assert after["outputs"].pop("changes.html") and after["outputs"].pop("changes.csv")
    assert job.name not in (job.target / "changes.html").read_text(encoding="utf-8")  # but its title
    assert after["outputs"] == before["outputs"]
    assert after["finished"] != before["finished"] or after["timings"] != before["timings"]


# --- freshness ---------------------------------------------------------------------------------------


@pytest.fixture
def published(root: Path, zoo_run) -> Outcome:
    return zoo_run[0]["good"]


def test_a_comment_or_an_output_makes_nothing_stale(published: Outcome, root: Path) -> None:
    params = root / "params" / "good.yaml"
    params.write_text(params.read_text() + "# a note\n")
    book = root / published.job.workbook
    notebook = json.loads(book.read_text())
    notebook["cells"][-1]["execution_count"] = 7
    book.write_text(json.dumps(notebook))
    assert state_of(zoo.jobs_of(root, "good")[0]).kind == "fresh"


@pytest.mark.parametrize(
    ("file", "change", "why"),
    [
        ("params/good.yaml", ("seed: 1", "seed: 2"), "params"),
        (
            "workbooks/good/quantitative.ipynb",
            ("two = 1 + 1", "two = 1 + 2"),
            "workbook workbooks/good/quantitative.ipynb",
        ),
        ("requirements.lock", None, "lock"),
        ("workbooks/good/quantitative_annex.ipynb", None, "annex workbooks/good/quantitative_annex.ipynb"),
    ],
)
def test_the_changed_input_is_named(published, root: Path, file: str, change, why: str) -> None:
    path = root / file
    before = path.read_text() if path.exists() else None
    path.write_text(before.replace(*change) if change else (zoo.NOTEBOOKS / "annex.ipynb").read_text())
    try:
        state = state_of(zoo.jobs_of(root, "good")[0])
        assert (state.kind, state.why) == ("stale", (why,))
    finally:
        path.unlink() if before is None else path.write_text(before)


@pytest.mark.parametrize(
    ("file", "kind", "why"),
    [
        ("codebooks/access.yaml", "stale", "catalogue"),
        ("report/page.css", "render", "template"),
        ("cli.py", "stale", "library"),
    ],
)
def test_a_changed_library_is_named_and_a_template_asks_for_rendering_only(
    published, root: Path, library: Path, file: str, kind: str, why: str
) -> None:
    before = (library / file).read_text()
    (library / file).write_text("changed")
    state = state_of(zoo.jobs_of(root, "good")[0])
    (library / file).write_text(before)
    assert (state.kind, state.why) == (kind, (why,))


def test_messages_of_a_language_and_texts_of_products_touch_only_what_rests_on_them(
    published, root: Path, library: Path
) -> None:
    english, turkish = zoo.jobs_of(root, "good", language="all")
    for file in (PO, TEXT):
        (library / file).write_text("changed")
    assert state_of(zoo.jobs_of(root, "good")[0]).kind == "fresh"
    other = zoo.jobs_of(root, "good", language="tr")[0].inputs
    for file in (PO, TEXT):
        (library / file).write_text(file)
    assert [name for name in other if other[name] != turkish.inputs[name]] == ["messages tr"]
    assert "messages tr" not in english.inputs


def test_a_same_size_edit_with_the_old_time_is_seen_by_rehash_only(tmp_path: Path) -> None:
    root = zoo.make_root(tmp_path)
    file = root / "data.csv"
    file.write_text("a,1")
    os.utime(file, ns=(10**18, 10**18))
    hashes = Hashes(root)
    first = hashes.of(file)
    hashes.save()
    file.write_text("a,2")
    os.utime(file, ns=(10**18, 10**18))
    assert Hashes(root).of(file) == first
    assert Hashes(root, rehash=True).of(file) != first


def test_a_missing_or_altered_page_is_made_again_without_execution(published, root: Path) -> None:
    job = published.job
    (job.target / "summary.html").write_text("tampered with")
    state = state_of(job)
    assert (state.kind, state.why) == ("render", ("summary.html changed or missing",))
    heard = zoo.Heard()
    (outcome,) = Batch([job], heard).run(1)
    assert (outcome.state, heard.cells) == ("done", [])
    record = json.loads((job.target / "run.json").read_text())
    assert record["executed"] is False
    assert "tampered" not in (job.target / "summary.html").read_text()


def test_a_full_shared_memory_stops_nothing(zoo_run, monkeypatch) -> None:
    """Named semaphores live in /dev/shm; this process asks for none."""
    import multiprocessing.synchronize as synchronize

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(synchronize._multiprocessing, "SemLock", full)
    (outcome,) = Batch([zoo_run[0]["good"].job], zoo.Heard(), force=True).run(1)
    assert outcome.state == "done"


# --- what a person sees ------------------------------------------------------------------------------


def test_bars_show_job_heading_and_end_and_honour_no_color(zoo_run, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=120)
    outcome = zoo_run[0]["good"]
    with Bars(console, 2) as bars:
        bars.cell(outcome.job, 3, 6, "1 Counting [b]")
        bars.bars.refresh()
        bars.end(outcome)
    text = shown.getvalue()
    assert (
        "good quantitative" in text and "1 Counting [b]" in text and "[1/2] good quantitative: done" in text
    )
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", text)


def test_ctrl_c_in_the_middle_of_an_import_is_not_lost() -> None:
    """Modules may swallow it: some catch whatever their optional parts raise."""
    before, went_on = signal.getsignal(signal.SIGINT), False
    with pytest.raises(KeyboardInterrupt), batch._interrupted_afterwards():
        with suppress(KeyboardInterrupt):  # as such a module does
            signal.raise_signal(signal.SIGINT)
        went_on = True
    assert went_on and signal.getsignal(signal.SIGINT) is before
