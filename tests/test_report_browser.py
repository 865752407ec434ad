"""What only a browser can tell: nothing is fetched, nothing overflows, the keyboard reaches everything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_sample import notebook

from digicit_lib import report

pytestmark = pytest.mark.browser
CHROMIUM = next(
    (p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("pages")
    row = {
        "study": "demo",
        "country": "Demo",
        "phase": "quantitative",
        "state": "stale",
        "why": ["params"],
        "folder": "demo",
        "files": ["report.html", "report.pdf", "workbook.ipynb"],
    }
    pages = {kind: report.render(notebook(), kind=kind)["html"] for kind in ("report", "summary")}
    pages["index"] = report.index_page([row] * 9).encode()
    for name, content in pages.items():
        (folder / f"{name}.html").write_bytes(content)
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.mark.parametrize("name", ["report", "summary", "index"])
@pytest.mark.parametrize("width", [1280, 390, 320])  # 320 px is 1280 px at 400 % (WCAG 1.4.10)
def test_nothing_is_fetched_and_nothing_overflows(
    browser: Any, addresses: dict[str, str], name: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(addresses[name])
    assert asked == [addresses[name]]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_page_works_without_javascript_and_by_keyboard(browser: Any, addresses: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses["report"])
    page.keyboard.press("Tab")
    assert page.locator(".skip:focus").count() == 1
    page.locator("details.code > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.code[open] pre").first.is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_stand_on_the_ground_of_the_scheme(
    browser: Any, addresses: dict[str, str], scheme: str
) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(addresses["report"])
    ground = page.locator(".drawing").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 26, 33)"}[scheme]
    page.close()


def test_targets_are_large_enough(browser: Any, addresses: dict[str, str]) -> None:
    """WCAG 2.5.8: 24 px, links within a sentence aside."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(addresses["report"])
    heights = page.locator("summary:visible, nav a:visible").evaluate_all(
        "tags => tags.map(t => t.getBoundingClientRect().height)"
    )
    assert heights and min(heights) >= 24
    page.close()


def test_synthetic_is_printed_on_every_page(browser: Any, addresses: dict[str, str], tmp_path: Path) -> None:
    from pypdf import PdfReader

    page = browser.new_page()
    page.goto(addresses["report"])
    page.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True, print_background=True)
    printed = PdfReader(tmp_path / "print.pdf")
    assert len(printed.pages) > 2
    assert all("SYNTHETIC: invented data" in p.extract_text() for p in printed.pages)
    page.close()
