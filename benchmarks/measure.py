"""What the benchmarks share: the cost of a whole process tree, the machine, a section of docs."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PHASES = ("exploratory", "quantitative", "qualitative")
DIGICIT = [sys.executable, "-m", "digicit_lib.cli"]
_BECOME_REAPER = 36  # PR_SET_CHILD_SUBREAPER: processes that outlive their parents become ours to wait for


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall, CPU seconds of every process, and the highest sum of their memory in MB."""

    wall: float
    cpu: float
    peak_mb: float


def cost(command: Sequence[str], cwd: Path, *, watch: bool = False, **environment: str) -> Cost:
    """Run a command to the end of its last process."""
    ctypes.CDLL(None).prctl(_BECOME_REAPER, 1)
    others = set(_descendants(os.getpid()))
    before, start, watcher = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), Watcher()
    env = {**os.environ, **environment}
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if watch:
        watcher.start()
    _, told = process.communicate()
    wall = time.perf_counter() - start
    watcher.done.set()
    while left := set(_children().get(os.getpid(), ())) - others:
        os.waitpid(left.pop(), 0)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{told.decode()[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, watcher.peak)


class Watcher(threading.Thread):
    """Sums the proportional memory of all descendants, twice a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done, self.peak = threading.Event(), 0.0

    def run(self) -> None:
        while not self.done.wait(0.5):
            self.peak = max(self.peak, sum(map(_memory_mb, _descendants(os.getpid()))))


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    return children


def _descendants(pid: int) -> list[int]:
    children = _children()
    found = list(children.get(pid, ()))
    for child in found:
        found += children.get(child, ())
    return found


def _memory_mb(pid: int) -> float:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024
    return 0.0


def project(folder: Path) -> Path:
    """A project of its own with this checkout's params and workbooks."""
    for name in ("params", "workbooks"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "pyproject.toml").touch()
    return folder


def machine() -> str:
    """What the figures were measured on."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [model[1] if model else platform.machine(), f"{os.cpu_count()} cores", f"{memory:.0f} GiB"]
    load = f"load {os.getloadavg()[0]:.1f} when it ended"
    return ", ".join([*parts, platform.system(), f"Python {platform.python_version()}", load])


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def write_section(title: str, text: str) -> None:
    """Replace a section of docs/benchmarks.md, or add it."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else HEAD
    section = f"## {title}\n\n{text}\n\nMeasured on {machine()}.\n\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    new = pattern.sub(lambda _: section, old) if pattern.search(old) else f"{old.rstrip()}\n\n{section}"
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(new.rstrip() + "\n", encoding="utf-8")


HEAD = """# How fast it is

Written by `make benchmarks`. Contenders run in turn, on the same notebooks, in the same sitting; a figure is
a median, a ratio the median of the ratios of neighbouring runs. CPU seconds are those of every process that a
command started. On a busy machine they say more than the wall's.
"""
