"""What does nothing cost? `python benchmarks/noop.py [--runs 9] [--write]`

`digicit --help`, `digicit list` and a `digicit run --all` that finds all reports fresh, over the studies in
params/. The last line gives the medians.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import measure

COMMANDS = {"--help": ["--help"], "list": ["list"], "run --all, nothing to do": ["run", "--all"]}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = measure.project(Path(folder, "project"))
        measure.cost([*measure.DIGICIT, "run", "--all"], root)
        measure.cost([*measure.DIGICIT, "list"], root)
        runs = [
            {name: measure.cost([*measure.DIGICIT, *words], root) for name, words in COMMANDS.items()}
            for _ in range(chosen.runs)
        ]
    rows = [
        [
            f"`digicit {name}`",
            *(f"{measure.median([getattr(r[name], kind) for r in runs]):.2f}" for kind in ("wall", "cpu")),
        ]
        for name in COMMANDS
    ]
    text = measure.table(["command", "wall s", "CPU s"], rows)
    print(text)
    if chosen.write:
        measure.write_section("Nothing to do", f"Nine reports, {chosen.runs} runs each, in turn.\n\n{text}")
    print("; ".join(f"{name} {wall} s" for name, wall, _ in rows))


if __name__ == "__main__":
    main()
