"""A run that is killed: the last good report stands, nothing half made is published, the next run works."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zoo

from digicit_lib.runner import Batch, state_of
from digicit_lib.runner.freshness import read_record

# Where a run goes from one stage to the next: module and function whose call is the last thing done.
BOUNDARIES = [
    ("execute", "execute"),
    ("execute", "check_written"),
    ("execute", "make_pages"),
    ("execute", "record_run"),
    ("output_check", "check_outputs"),
    ("batch", "publish"),
    ("publish", "_sync"),
    ("publish", "swap"),
    ("publish", "_sync_folder"),
]
SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import zoo
from digicit_lib.runner import batch, execute, output_check, publish
from digicit_lib.runner.locks import staging
module, name, after = {module}, {name!r}, {after}
whole = getattr(module, name)
def killed(*what, **how):
    if after:
        whole(*what, **how)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, killed)
(job,) = zoo.jobs_of(Path({root!r}), "good")
batch._settle(job, execute.perform(job))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    return root


def stands_whole(root: Path, page: Path) -> str:
    """What a reader finds: the last good report, or the new one, whole; nothing else."""
    (job,) = zoo.jobs_of(root, "good")
    if page.exists() and page.read_text() == "the last good report":
        assert not (page.parent / "run.json").exists()
        return "old"
    assert state_of(job, rehash=True).kind == "fresh"
    return "new"


def next_run_works(root: Path) -> None:
    (done,) = Batch(zoo.jobs_of(root, "good"), zoo.Heard(), forked=False).run(1)
    assert done.state in ("done", "fresh")
    assert read_record(done.job.target)
    left = {path.name for path in (root / "outputs" / ".staging").iterdir()}
    assert left <= {"hashes.json", "locks", "logs"}


def killed(root: Path, module: str, name: str, *, after: bool) -> None:
    """A run in a process of its own that ends itself, without a word, at a boundary."""
    where = {"tests": str(Path(__file__).parent), "root": str(root)}
    script = SCRIPT.format(module=module, name=name, after=after, **where)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-500:]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "name"), BOUNDARIES)
@pytest.mark.long
def test_a_kill_at_a_boundary_leaves_a_whole_report(root: Path, module: str, name: str, after: bool) -> None:
    page = zoo.put_last_good_report(root, "good")
    killed(root, module, name, after=after)
    swapped = after and name in ("publish", "swap")
    assert stands_whole(root, page) == ("new" if swapped else "old")
    next_run_works(root)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(50))
def test_a_kill_at_a_random_moment_leaves_a_whole_report(root: Path, seed: int) -> None:
    page = zoo.put_last_good_report(root, "good")
    command = [sys.executable, "-m", "digicit_lib.cli", "run", "good", "--jobs", "1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    run = subprocess.Popen(command, cwd=root, start_new_session=True, **quiet)
    time.sleep(random.Random(seed).uniform(0.05, 8.0))
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    time.sleep(0.5)  # workers end with their parent
    stands_whole(root, page)
    next_run_works(root)


def test_a_kill_in_the_middle_of_a_run(root: Path) -> None:
    """The quick one of the many: the notebook has run, its pages are not there yet."""
    page = zoo.put_last_good_report(root, "good")
    killed(root, "execute", "make_pages", after=False)
    assert stands_whole(root, page) == "old"
    next_run_works(root)


def test_a_clock_that_runs_backwards_harms_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (done,) = Batch(zoo.jobs_of(root, "good"), zoo.Heard(), forked=False).run(1)
    before = {path.name: path.read_bytes() for path in done.job.target.glob("evidence.*")}
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: real - 10 * 365 * 86_400)
    assert state_of(*zoo.jobs_of(root, "good"), rehash=True).kind == "fresh"
    (again,) = Batch(zoo.jobs_of(root, "good"), zoo.Heard(), forked=False, force=True).run(1)
    assert again.state == "done"
    assert {path.name: path.read_bytes() for path in again.job.target.glob("evidence.*")} == before
