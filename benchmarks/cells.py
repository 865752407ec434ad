"""What do a workbook's own cells cost? `python benchmarks/cells.py [--runs 5] [--write]`

CPU seconds of all cells of a phase's workbook, in a process that has the libraries loaded as a forked kernel
has: nothing of kernel start, messages or rendering; and how much of that the rules of suppression take. The
last line gives the medians by phase.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import time

import measure


def cells(phase: str) -> list[str]:
    """The code of a workbook as it stands, for the study that it names itself."""
    notebook = json.loads((measure.ROOT / "workbooks" / f"{phase}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def suppression() -> list[float]:
    """A list that gets the CPU seconds of each call of the rules."""
    from digicit_lib import disclosure

    whole, seconds = disclosure.apply, []

    def timed(*frames: object, **how: object) -> object:
        start = time.process_time()
        try:
            return whole(*frames, **how)
        finally:
            seconds.append(time.process_time() - start)

    disclosure.apply = timed
    return seconds


def once(sources: list[str]) -> tuple[float, float]:
    """CPU seconds in a child of its own, so that no run warms the next: of all cells, of suppression."""
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        with os.fdopen(read) as answer:
            seconds = answer.read()
        os.wait()
        if not seconds:
            raise SystemExit("a cell failed: run the workbook to see which")
        cpu, rules = map(float, seconds.split())
        return cpu, rules
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

    pd.set_option("mode.string_storage", "python")  # as in the process of a run
    shell, rules = InteractiveShell.instance(), suppression()
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        whole = all(shell.run_cell(source).success for source in sources)
    if whole:
        os.write(write, f"{time.process_time() - start} {sum(rules)}".encode())
    os._exit(0)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    from digicit_lib.runner.kernels.fork_server import ENVIRONMENT, preload

    os.environ |= {**ENVIRONMENT, "MPLBACKEND": "agg"}
    preload()
    os.chdir(measure.ROOT)
    found = {}
    for phase in measure.PHASES:
        runs = [once(cells(phase)) for _ in range(chosen.runs)]
        cpu, rules = (measure.median([run[k] for run in runs]) for k in (0, 1))
        found[phase] = [f"{cpu:.2f}", f"{rules:.2f}", f"{100 * rules / cpu:.1f} %"]
    heads = ["workbook", "CPU s", "of them suppression", "share"]
    text = measure.table(heads, [[phase, *numbers] for phase, numbers in found.items()])
    print(text)
    if chosen.write:
        told = f"CPU seconds of the cells alone, {chosen.runs} runs each."
        measure.write_section("A workbook's own cells", f"{told}\n\n{text}")
    print("; ".join(f"{phase} {numbers[0]} CPU s" for phase, numbers in found.items()))


if __name__ == "__main__":
    main()
