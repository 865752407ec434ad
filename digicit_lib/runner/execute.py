"""One report from beginning to end, in a worker process: execute, check, tidy, render, record.

Loaded only where notebooks run. Nothing here publishes: a result goes back to the caller.
"""

from __future__ import annotations

import calendar
import functools
import json
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from digicit_lib import errors
from digicit_lib.errors import DigicitError, PublicationRefused, RunError
from digicit_lib.evidence.store import FILES
from digicit_lib.params import load_params
from digicit_lib.project import workbook_label
from digicit_lib.runner import crate, output_check
from digicit_lib.runner.failures import NOTEBOOK, error_kind, forget_outputs, is_ours, places_in, places_of
from digicit_lib.runner.freshness import NOT_MADE
from digicit_lib.runner.jobs import Job, JobResult
from digicit_lib.runner.kernels.fork_server import ENVIRONMENT, needed
from digicit_lib.runner.notebooks import compose, read_notebook
from digicit_lib.runner.outputs import check_blocks, keep_blocks
from digicit_lib.runner.publish import empty_stage, link
from digicit_lib.runner.rendering import (
    render_changes,
    render_failure,
    render_office,
    render_pages,
    render_pictures,
)
from digicit_lib.runner.stray_files import DESCRIPTIONS, refuse_strays
from digicit_lib.safe import file_sha256, write_atomic

LOG = logging.getLogger("digicit.run")
Tell = Callable[[int, int, str], None]
PACKAGES = (
    "digicit",
    "papermill",
    "nbclient",
    "nbconvert",
    "ipykernel",
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "seaborn",
    "pingouin",
    "statsmodels",
    "pyarrow",
    "typst",
)
_SYSTEM_ERROR = re.compile(r"\[Errno (\d{1,4})\] ")
# Bounded, since each slash of a picture in base64 would else be followed to the picture's end.
_TEMPORARY_CELL = re.compile(r"/[^\s\"':]{0,250}?ipykernel_\d+/\d+\.py")


def perform(job: Job, tell: Tell = lambda *_: None, *, render_only: bool = False) -> JobResult:
    """Make the report of a job in its staging folder.

    Parameters
    ----------
    job : Job
    tell : callable
        Called with (cell index, number of cells, heading) as the notebook goes on.
    render_only : bool
        Keep the published numbers and redo the pages, after a change of the template.

    Returns
    -------
    Result
        Never raises for what a notebook does; the staging folder then holds the failed notebook.
    """
    clock, stage = Clock(), job.stage
    try:
        empty_stage(job)
        if render_only:
            shutil.copytree(
                job.target,
                stage,
                copy_function=link,
                dirs_exist_ok=True,
                ignore=lambda folder, names: _not_ours(job, Path(folder), names),
            )
        else:
            execute(job, stage, tell, clock)
            check_written(stage)
            output_check.check_made(job, stage)
            refuse_strays(job, clock.began)
        make_pages(job, stage, clock)
        write_changes_page(job, stage)
        record_run(job, stage, clock, executed=not render_only)
        with clock.step("output check"):
            output_check.check_outputs(job, stage)
    except Exception as error:  # noqa: BLE001 - whatever a notebook does, the batch goes on
        return _failure(job, stage, error, clock)
    return JobResult("done", timings=clock.seconds)


def _not_ours(job: Job, folder: Path, names: list[str]) -> list[str]:
    """What a new rendering does not take over: the pages, the record, other languages' folders."""
    top = folder == job.target
    languages = [name for name in names if top and (folder / name / "run.json").is_file()]
    pages = [f"{stem}.{suffix}" for stem in job.pages.values() for suffix in ("html", "pdf")]
    return [*languages, *(name for name in names if top and name in (*pages, *DESCRIPTIONS))]


class Clock:
    """Seconds of each step, and what the kernel used."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.kernel: dict[str, Any] = {}
        self.began = time.time()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)


def execute(job: Job, stage: Path, tell: Tell, clock: Clock) -> None:
    """Run the composed notebook; papermill sees only plain relative names, since it formats paths."""
    source = compose(job.root / job.workbook, job.root / job.annex if job.annex else None, job.language)
    (stage / "source.ipynb").write_text(json.dumps(source), encoding="utf-8")
    with _environment(job, stage), _inside(stage), clock.step("execute"):
        notebook = papermill.execute_notebook(
            "source.ipynb",
            "workbook.ipynb",
            parameters=job.parameters,
            engine_name="digicit",
            kernel_name="python3",
            cwd=str(_folder_of(job)),
            on_cell=tell,
            on_save=lambda notebook: tidy_notebook(notebook, clock),
            execution_timeout=job.limits["cell_timeout"],
            total_timeout=job.limits["timeout"],
            memory_mb=job.limits["memory_mb"],
        )
    (stage / "source.ipynb").unlink()
    check_blocks(notebook)
    name_no_machine(stage / "workbook.ipynb", job)


def _folder_of(job: Job) -> Path:
    """Where a kernel starts: beside the workbook; the shipped one's is no place of the project."""
    return job.root if Path(job.workbook).is_absolute() else (job.root / job.workbook).parent


@contextmanager
def _environment(job: Job, stage: Path) -> Iterator[None]:
    """What a kernel is told: where to write, what the run is called, one thread, no chance."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ |= needed(before) | {
        "DIGICIT_STAGE": str(stage),
        "DIGICIT_RUN": job.run,
        **ENVIRONMENT,
        "SOURCE_DATE_EPOCH": str(calendar.timegm(time.strptime(job.date, "%Y-%m-%d"))),
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Change folder for a while; the process runs one job at a time."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def tidy_notebook(notebook: Any, clock: Clock) -> None:
    """What papermill is to save: blocks and no times; of a cell that failed its mark."""
    keep_blocks(notebook)
    meta = notebook.metadata
    clock.kernel = dict(meta.papermill.get("kernel", {}))
    meta.papermill = {"parameters": meta.papermill.parameters, "version": meta.papermill.version}
    has_failed = any(cell.metadata.papermill.get("exception") for cell in notebook.cells)
    for cell in notebook.cells:
        marks = cell.metadata.pop("papermill")
        if has_failed:
            cell.metadata.papermill = {name: marks[name] for name in ("exception", "status")}
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            output.metadata = {}
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"


def name_no_machine(notebook: Path, job: Job) -> None:
    """No path of this machine in an executed notebook, so that it is the same wherever it is made."""
    text = _TEMPORARY_CELL.sub("<cell>", notebook.read_text(encoding="utf-8") + "\n")
    write_atomic(notebook, text.replace(str(job.root), ".").replace(str(Path.home()), "~"))


def check_written(stage: Path) -> None:
    """A workbook that ends without its evidence is not a report, whatever its cells say."""
    lacking = [name for name in FILES if not (stage / name).is_file() or not (stage / name).stat().st_size]
    if lacking:
        raise RunError(
            "The notebook ended without wb.close().",
            got=f"no {', '.join(lacking)}",
            next="let its last cell be wb.close()",
        )


def make_pages(job: Job, stage: Path, clock: Clock) -> None:
    """PNG copies of the drawings; the pages of report and summary, or of the product."""
    with clock.step("pictures"):
        render_pictures(stage)
    for kind, stem in job.pages.items():
        with clock.step(f"render {kind}"):
            for suffix, content in render_pages(stage, job, kind, stem).items():
                write_atomic(stage / f"{stem}.{suffix}", content)
    if "report" in job.pages:
        with clock.step("render office"):
            for name, content in render_office(stage, job).items():
                write_atomic(stage / name, content)


def write_changes_page(job: Job, stage: Path) -> None:
    """Write what changed against the report that is about to be replaced, when there is one to read."""
    if not (job.target / "run.json").is_file():
        return
    try:
        files = render_changes(job.target, stage, job)
    except (DigicitError, ValueError, OSError, KeyError) as error:
        LOG.warning("%s: no page of changes, the published evidence cannot be read: %s", job.name, error)
        return
    for name, content in files.items():
        write_atomic(stage / name, content)


def record_run(job: Job, stage: Path, clock: Clock, *, executed: bool) -> None:
    """Gather what is known of a run and write it down."""
    params = load_params(job.root / job.params_file, job.root).resolved() if job.params_file else {}
    interviews = (params.get("data") or {}).get("interviews") or {}
    params = params if interviews.get("kind") != "project" else _without_names(params)
    sources = params.get("data", {}).items()
    seeds = {name: source["seed"] for name, source in sources if "seed" in (source or {})}
    facts = {
        "study": job.study,
        "phase": job.phase,
        "language": job.language,
        "run": job.run,
        "inputs": job.inputs,
        "params": params,
        "files": [
            {"name": name.removeprefix("data "), "sha256": sha}
            for name, sha in job.inputs.items()
            if name.startswith("data ")
        ],
        "seed": seeds,
        "date": job.date,
        "commit": commit(job.root),
        "python": sys.version.split()[0],
        "platform": platform.platform(terse=True),
        "versions": {name: version(name) for name in PACKAGES},
        "executed": executed,
        "timings": clock.seconds,
        "kernel": clock.kernel,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    seal(job, stage, facts)


def _without_names(params: dict[str, Any]) -> dict[str, Any]:
    """Params as published: who coded, and where real names lie, is nobody's business."""
    data, replaced = params["data"], dict.fromkeys(("roster", "coders"), "not published")
    public = {k: replaced.get(k, v) if v else v for k, v in data["interviews"].items()}
    return {**params, "data": {**data, "interviews": public}}


def seal(job: Job, stage: Path, facts: dict[str, Any]) -> None:
    """Write the crate, which describes the record, then `run.json`: a folder without it is no report."""
    paths = (path for path in sorted(stage.rglob("*")) if path.is_file() and path.name not in DESCRIPTIONS)
    files = {
        path.relative_to(stage).as_posix(): {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for path in paths
    }
    facts["outputs"] = files
    write_atomic(stage / crate.FILE, crate.describe_run(job, facts))
    write_atomic(stage / "run.json", json.dumps(facts, indent=1, ensure_ascii=False) + "\n")


@functools.cache
def commit(root: Path) -> str | None:
    """The commit of the checkout, with `+` when files differ from it; None without git."""
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def _failure(job: Job, stage: Path, error: Exception, clock: Clock) -> JobResult:
    """One sentence for people, the places for the log, a page beside the notebook; no foreign words."""
    index, cell = _failed_cell(stage / NOTEBOOK)
    code, sentence = explain(error, job)
    if code == 0:
        return JobResult(NOT_MADE, sentence, 0, clock.seconds)
    LOG.error("%s failed\n%s", job.name, "\n".join(places_of(error)))
    head, _, facts = sentence.partition("\n")
    message = "\n".join(filter(None, (str(RunError(head, where=_where(job, cell))), facts)))
    with suppress(Exception):  # a full disk or a broken page must not hide the first failure
        forget_outputs(stage / NOTEBOOK, sentence)
        (stage / "failure.html").write_text(render_failure(stage, job, message, index), encoding="utf-8")
    return JobResult("failed" if code == 1 else "refused", message, code, clock.seconds)


def _failed_cell(path: Path) -> tuple[int | None, str]:
    """Index and id of the cell that failed or was refused, in the notebook as it was saved."""
    with suppress(OSError, ValueError, KeyError):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        failed = [i for i, c in enumerate(cells) if c["metadata"].get("papermill", {}).get("exception")]
        refused = [i for i, c in enumerate(cells) if "refused" in c["metadata"]]
        index = next(iter([*failed, *refused]), None)
        return index, "" if index is None else str(cells[index].get("id", ""))
    return None, ""


def _where(job: Job, cell: str) -> str:
    """File and number of a cell as its author sees them, in the annex or in the workbook."""
    for name in filter(None, (job.annex, job.workbook)):
        ids = [c.get("id") for c in read_notebook(job.root / name)["cells"]]
        number = next((i for i, cell_id in enumerate(ids, 1) if cell in (cell_id, f"annex-{cell_id}")), None)
        if cell and number:
            return f"{workbook_label(name)}, cell {number}"
    return workbook_label(job.workbook)


REFUSALS = (PublicationRefused, errors.DataError, errors.DesignError, errors.ParamsError, errors.NotMade)


def explain(error: Exception, job: Job) -> tuple[int, str]:
    """Exit code and sentence; the text of a foreign error stays in the log, for it may quote an answer."""
    if isinstance(error, PapermillExecutionError):
        return _explain_cell(error, job)
    memory, again = "raise run.memory_mb, or run fewer at a time: --jobs 1", "read the log, then run again"
    most = f"limit {job.limits['memory_mb']} MB"
    if isinstance(error, DeadKernelError):
        return 1, str(RunError(f"The kernel died, likely out of memory ({most}).", next=memory))
    if isinstance(error, CellTimeoutError):
        limits = f"{job.limits['cell_timeout']} s for a cell, {job.limits['timeout']} s for the run"
        what = f"The workbook took longer than it may: {limits}."
        return 1, str(RunError(what, next="raise run.cell_timeout or run.timeout"))
    if isinstance(error, RuntimeError | NoSuchKernel):
        return 1, str(RunError(f"The kernel did not start ({most}); the log says more.", next=memory))
    if isinstance(error, DigicitError):
        return error.exit_code if isinstance(error, REFUSALS) else 1, str(error)
    if isinstance(error, OSError):
        return 1, str(errors.as_digicit_error(error))
    return 1, str(RunError(f"{type(error).__name__} while the report was made.", next=again))


def _explain_cell(error: PapermillExecutionError, job: Job) -> tuple[int, str]:
    """Our own errors, known by their name, carry a message that may be shown."""
    if is_ours(error.ename, error.traceback):
        kind, last = getattr(errors, error.ename), places_in(error.traceback)[-1:]
        reads_data = "digicit_lib/data/" in "".join(last)  # whose columns and codes are to be told
        words = error.evalue if reads_data else output_check.without_values(error.evalue, job.root)
        return kind.exit_code if issubclass(kind, REFUSALS) else 1, words
    if error.ename == "MemoryError":
        what = f"A cell needed more memory than it may: {job.limits['memory_mb']} MB."
        return 1, str(RunError(what, next="raise run.memory_mb, or work on fewer columns"))
    if number := _SYSTEM_ERROR.match(error.evalue):
        what = f"A cell could not read or write: {os.strerror(int(number[1]))}"
        return 1, str(errors.as_digicit_error(OSError(int(number[1]), what), "a file of that cell"))
    what = f"A cell raised {error_kind(error.ename)}."
    return 1, str(RunError(what, next="mend that cell, its data or its params, then run again"))
