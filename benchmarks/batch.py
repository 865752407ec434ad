"""A batch of reports against a chain of tools: `benchmarks/batch.py [--runs 5] [--countries N] [--write]`.

Reports of N invented countries, or of the studies in params/ (N = 0), by `digicit run` and by the command
lines that one would else chain. The last line gives the ratios.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from pathlib import Path

import measure
from scale import studies

BIN = Path(sys.executable).parent
ABOUT = (
    "Ours makes a technical report and a summary, each as HTML and PDF, and Word, Excel, slides, evidence "
    "and a run record besides. The chain is `papermill`, `nbconvert --to html`, `nbconvert --to webpdf` for "
    "each notebook. "
    "Both do all phases of {which} with the same workbooks, {jobs} at a time, {runs} runs each, in turn."
)


def chain(root: Path, out: Path) -> list[str]:
    """One command line a report, for xargs."""
    lines = []
    for params in sorted((root / "params").glob("*.yaml")):
        if params.stem == "defaults" or params.stem.endswith(".review"):
            continue
        for phase in measure.PHASES:
            made = out / f"{params.stem}-{phase}.ipynb"
            steps = (
                [BIN / "papermill", root / "workbooks" / f"{phase}.ipynb", made, "-p", "study", params.stem],
                [BIN / "jupyter-nbconvert", "--to", "html", made],
                [BIN / "jupyter-nbconvert", "--to", "webpdf", "--WebPDFExporter.disable_sandbox=True", made],
            )
            lines.append(" && ".join(shlex.join(map(str, step)) for step in steps))
    return lines


def browser(folder: Path) -> dict[str, str]:
    """nbconvert's PDF exporter takes only a browser in Playwright's own folder: put a link to ours there."""
    from playwright.sync_api import sync_playwright

    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder)
    system = measure.shutil.which("chromium") or measure.shutil.which("google-chrome")
    if not system:
        raise SystemExit("this comparison needs a Chromium on the machine")
    with sync_playwright() as tools:
        for place in {tools.chromium.executable_path, *_headless(tools.chromium.executable_path)}:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            Path(place).symlink_to(system)
    return {"PLAYWRIGHT_BROWSERS_PATH": str(folder)}


def _headless(path: str) -> list[str]:
    """Where newer versions look for the headless browser, beside the full one."""
    folder = Path(path).parents[1]
    number = folder.name.rpartition("-")[2]
    shell = folder.with_name(f"chromium_headless_shell-{number}")
    return [
        str(shell / name)
        for name in ("chrome-linux/headless_shell", "chrome-headless-shell-linux64/chrome-headless-shell")
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--jobs", type=int, default=2, help="at a time, for both")
    options.add_argument("--countries", type=int, default=5, help="invented; 0: the studies in params/")
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "project")
        root = studies(place, chosen.countries) if chosen.countries else measure.project(place)
        out = Path(folder, "out")
        out.mkdir()
        lines = chain(root, out)
        (out / "lines").write_text("\0".join(lines))
        stock = [
            "xargs",
            "-0",
            "-P",
            str(chosen.jobs),
            "-I",
            "{}",
            "-a",
            str(out / "lines"),
            "sh",
            "-ec",
            "{}",
        ]
        ours = [*measure.DIGICIT, "run", "--all", "--force", "--jobs", str(chosen.jobs)]
        known = browser(Path(folder, "browsers"))
        pairs = [(measure.cost(stock, root, **known), measure.cost(ours, root)) for _ in range(chosen.runs)]
        made = len(list(out.glob("*.pdf")))
    if made != len(lines):
        raise SystemExit(f"the chain made {made} PDFs of {len(lines)}")
    rows = [
        [
            name,
            *(
                f"{measure.median([getattr(pair[i], kind) for pair in pairs]):.1f}"
                for kind in ("wall", "cpu")
            ),
        ]
        for i, name in enumerate(("papermill, nbconvert html and webpdf", "digicit run"))
    ]
    wall, cpu = (
        measure.median([getattr(a, kind) / getattr(b, kind) for a, b in pairs]) for kind in ("wall", "cpu")
    )
    rows.append(["ratio", f"{wall:.1f}", f"{cpu:.1f}"])
    text = measure.table([f"{len(lines)} reports", "wall s", "CPU s"], rows)
    print(text)
    if chosen.write:
        which = f"{chosen.countries} invented countries" if chosen.countries else "the studies in params/"
        told = ABOUT.format(which=which, jobs=chosen.jobs, runs=chosen.runs)
        measure.write_section("A batch of reports", f"{told}\n\n{text}")
    print(f"digicit takes {wall:.1f} times less time and {cpu:.1f} times less CPU")


if __name__ == "__main__":
    main()
