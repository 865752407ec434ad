"""A run where the system is no POSIX: the parts that only POSIX has are hidden from every process of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zoo

from digicit_lib.runner.kernels.provisioner import ADDRESS

# Python runs it in each process of its path. Windows' locks are made here of those of the system's files:
# alone or not at all, byte by byte. Others' modules keep what they have, for they know Windows by its name.
HIDDEN = """
import builtins, multiprocessing, os, subprocess, sys, types

def locking(handle, how, count):
    os.lockf(handle, how, count)

sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_UNLCK=os.F_ULOCK, LK_NBLCK=os.F_TLOCK)
import_module = builtins.__import__

def without_posix(name, globals=None, *rest, **named):
    if name in ("fcntl", "resource") and (globals or {}).get("__name__", "").startswith("digicit_lib"):
        raise ImportError(name)
    return import_module(name, globals, *rest, **named)

builtins.__import__ = without_posix
multiprocessing.get_all_start_methods = lambda: ["spawn"]
for name in ("fork", "getuid", "killpg", "link"):
    delattr(os, name)
"""
RUN = """
import sys
from pathlib import Path
import zoo
from digicit_lib.runner import Batch
from digicit_lib.runner.kernels.provisioner import SUPPORTED
from digicit_lib.runner.locks import fcntl

heard = zoo.Heard()
if __name__ == "__main__":
    Batch(zoo.jobs_of(Path(sys.argv[1]), "good"), heard).run(1)
    print(fcntl, SUPPORTED, [end.state for end in heard.ends])
"""
LOCK = """
import sys
from pathlib import Path
import zoo
from digicit_lib.runner.locks import Locks

job, = zoo.jobs_of(Path(sys.argv[1]), "good")
locks = Locks()
locks.begin(job.root)
print(locks.acquire(job), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(HIDDEN)
    monkeypatch.delenv(ADDRESS, raising=False)
    paths = (tmp_path / "hidden", Path(zoo.__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, paths)))
    root = zoo.make_root(tmp_path)
    zoo.add_study(root, "good")
    return root


def started(text: str, *words: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", text, *map(str, words)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, **pipes)


def test_a_report_is_made_without_posix(root: Path, tmp_path: Path) -> None:
    program = tmp_path / "run.py"
    program.write_text(RUN)
    command = [sys.executable, program, root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("None False ['done']\n", "")
    made = {path.name for path in (root / "outputs/good/quantitative").iterdir()}
    assert {"report.html", "report.pdf", "report.docx", "evidence.csv", "run.json"} <= made


def test_a_lock_without_posix_holds_until_its_process_ends(root: Path) -> None:
    first = started(LOCK, root)
    assert first.stdout.readline() == "True\n"
    staged = root / "outputs/.staging/left"
    staged.mkdir()
    second = started(LOCK, root)
    assert second.communicate("")[0] == "False\n"
    assert staged.is_dir(), "what another run is making was swept"
    first.kill()
    first.wait()
    third = started(LOCK, root)
    assert third.communicate("")[0] == "True\n"
    assert not staged.exists()
