"""Can everyone read the pages, and how soon? `python benchmarks/pages.py outputs reviews [--write]`

axe-core, every rule, on one page of each kind and language below the folders, light and dark, at 1280 and 390
pixels; then the time until a report is loaded, and an index of 60 studies.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sys
import tempfile
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import axe_playwright_python
import measure
from playwright.sync_api import sync_playwright

from digicit_lib import report

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = (
    "() => axe.run(document).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`))"
)
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
# axe judges what is laid out: what waits below the fold it takes for overlapping.
LAID_OUT = ".exhibit { content-visibility: visible !important }"
STATES = list(product(("light", "dark"), (1280, 390)))
LARGEST, STUDIES = 5, 60


def kinds(folders: Iterable[Path]) -> list[Path]:
    """One page of each kind and language: those of other studies have the same path within their study."""
    pages = [(page.relative_to(folder).parts, page) for folder in folders for page in folder.rglob("*.html")]
    return list({parts[1:] or parts: page for parts, page in sorted(pages)}.values())


def violations(browser: Any, page: Path) -> list[str]:
    """What axe says of a page in each of its states."""
    tab, broken = browser.new_page(), []
    for scheme, width in STATES:  # loaded anew: while colours change slowly, axe sees neither
        tab.emulate_media(color_scheme=scheme)
        tab.set_viewport_size({"width": width, "height": 844})
        tab.goto(page.resolve().as_uri())
        tab.add_style_tag(content=LAID_OUT)
        tab.evaluate(AXE)
        broken += [f"{page} ({scheme}, {width}): {rule}" for rule in tab.evaluate(RULES)]
    tab.close()
    return broken


def opening(browser: Any, page: Path, runs: int) -> float:
    """Milliseconds until a page is loaded, the median of some runs."""
    times = []
    for _ in range(runs):
        tab = browser.new_page(viewport={"width": 1280, "height": 844})
        tab.goto(page.resolve().as_uri())
        times.append(tab.evaluate(LOADED))
        tab.close()
    return measure.median(times)


def index_of_many(folder: Path) -> Path:
    """An index of 60 studies with three reports each."""
    files = ["report.html", "report.pdf", "summary.html", "workbook.ipynb"]
    rows = [
        {
            "study": f"land{n:02}",
            "country": f"Land {n:02}",
            "phase": phase,
            "state": "fresh",
            "folder": f"land{n:02}",
        }
        | {"files": files, "data_kind": "observed", "date": "2026-11-01", "languages": ["en", "ru"]}
        for n in range(STUDIES)
        for phase in measure.PHASES
    ]
    page = folder / "index-60.html"
    page.write_text(report.index_page(rows), encoding="utf-8")
    return page


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        many = index_of_many(Path(folder))
        pages = [*kinds(chosen.folders), many]
        broken = [rule for page in pages for rule in violations(browser, page)]
        reports = [page for page in pages if page.name == "report.html"]
        largest = sorted(reports, key=lambda page: -page.stat().st_size)[:LARGEST]
        rows = [
            [
                "/".join(page.parts[-4:-1]),
                page.stat().st_size // 1000,
                round(opening(browser, page, chosen.runs)),
            ]
            for page in [*largest, many]
        ]
        browser.close()
    text = measure.table(
        ["page", "kB", "ms until loaded"], [*rows[:-1], [f"index of {STUDIES}", *rows[-1][1:]]]
    )
    states = len(pages) * len(STATES)
    said = f"axe-core, every rule: {len(broken)} violations in {states} states of {len(pages)} pages"
    print(*broken, text, f"{said}.", sep="\n")
    if chosen.write:
        how = f"light and dark, 1280 and 390 pixels, {dt.date.today().isoformat()}"
        again = "Made again by `python benchmarks/pages.py outputs reviews --write`."
        measure.write_section("Pages", f"{said} ({how}). {again}\n\n{text}\n\nMedians of {chosen.runs}.")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
