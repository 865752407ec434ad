"""What a person does in a browser: opens a workbook in JupyterLab, runs it, and reads a page by keyboard."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PHASES = ("exploratory", "quantitative", "qualitative")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """JupyterLab on a copy of the project, on the loopback address only."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    root = tmp_path_factory.mktemp("lab")
    for name in ("params", "workbooks"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "pyproject.toml", root)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", "--no-browser", "--allow-root"]
    options += [
        "--IdentityProvider.token=",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}", root
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("JupyterLab did not start")


def _saved_when_done(page: Any, stored: Path) -> str:
    """Run all, save until the last cell's output stands in the file; Lab draws only the cells in view."""
    text = ""
    for second in range(0, 240, 2):
        for overwrite in page.locator(".jp-Dialog .jp-mod-accept").all():  # what a slow save asks
            overwrite.click()
        if second % 20 == 0 and '"execution_count": 1' not in text:  # a click can be lost
            page.click(".lm-MenuBar-item:has-text('Run')")
            page.click(".lm-Menu-item[data-command='runmenu:run-all']")
        page.wait_for_timeout(2000)
        page.keyboard.press("Control+s")
        text = stored.read_text(encoding="utf-8")
        if "Cite as" in text or '"output_type": "error"' in text:
            return text
    return text


# What all cells of a workbook give, other tests read: in every run Lab runs the first ones and the last.
@pytest.mark.parametrize(
    ("phase", "first"),
    [("qualitative", 17), *(pytest.param(phase, 999, marks=pytest.mark.long) for phase in PHASES)],
)
def test_run_all_in_jupyterlab(browser: Any, lab: tuple[str, Path], phase: str, first: int) -> None:
    address, root = lab
    book = json.loads((ROOT / "workbooks" / f"{phase}.ipynb").read_text(encoding="utf-8"))
    book["cells"] = [*book["cells"][:-1][:first], book["cells"][-1]]
    (root / "workbooks" / f"{phase}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(240_000)
    page.goto(f"{address}/lab/workspaces/{phase}/tree/workbooks/{phase}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/")
    stored = root / "workbooks" / f"{phase}.ipynb"
    text = _saved_when_done(page, stored)
    page.screenshot(path=root / f"{phase}.png")
    page.close()
    assert '"output_type": "error"' not in text
    assert "<figure" in text
    assert not (root / "outputs").exists(), "working by hand publishes nothing"
