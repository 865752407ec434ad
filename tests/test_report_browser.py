"""What only a browser can tell: nothing is fetched, nothing overflows, the keyboard reaches everything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_sample import blocks, changed, code, markdown, notebook

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


@pytest.fixture(scope="module", autouse=True)
def no_paper() -> Iterator[None]:
    """A browser reads pages: the PDF beside each takes longer than the page and is read elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "pdf", lambda story: b"")
        yield


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
    pages["product"] = report.render(notebook(), kind="product", links=[("PDF", "sheet.pdf")])["html"]
    failed = {"cell_type": "code", "id": "a", "source": "1 / 0", "outputs": []}
    pages["failure"] = report.failure_page({"cells": [failed]}, title="T", message="M", cell=0).encode()
    pages["changes"] = report.changes_page(changed("Daily use"), title="T").encode()
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


def cover_page(folder: Path) -> str:
    """A report whose cover says all that a survey's can: eight facts, who is covered, ethics."""
    note = {**blocks()["note"], "tone": "info", "text": "Schools in eight regions; no boarding schools. " * 2}
    invented = {"kind": "note", "tone": "synthetic", "title": None, "text": "Drawn from one population. " * 6}
    rows = [[f"Item {n} of ethics", "What the team reports of it, in a line or two."] for n in range(8)]
    ethics = {"kind": "definitions", "title": "Ethics and safeguarding", "rows": rows}
    cover = blocks()["cover"]
    facts = [[f"Fact {n}", "children aged 9 to 17 in an invented population"] for n in range(7)]
    cells = [code("wb.facts()", {**cover, "facts": facts}, invented, note, ethics)]
    cells += [markdown("## 1 Key findings"), code("wb.finding(…)", blocks()["finding"])]
    links = [(name, name) for name in report.FORM_NAMES.values()]
    page = report.render({"cells": cells, "metadata": {}}, links=links)["html"]
    (folder / "cover.html").write_bytes(page)
    return (folder / "cover.html").as_uri()


@pytest.mark.parametrize(("width", "screens"), [(390, 1.5), (1280, 1.2)])
def test_the_first_number_of_a_report_stands_near_its_head(
    browser: Any, tmp_path: Path, width: int, screens: float
) -> None:
    """PAGES.md §4: within a screen and a half of a phone; at a desk about the first."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(cover_page(tmp_path))
    first = page.locator(".cards .evidence").first.bounding_box()
    assert first["y"] + first["height"] < screens * 844
    rows = page.locator(".box > .titled dt")
    assert rows.count() == 3 and rows.first.is_visible()
    more = page.locator(".box details")
    assert more.locator("dt").count() == 5 and not more.locator("dt").first.is_visible()
    more.locator("summary").click()
    assert more.locator("dt").last.is_visible()
    page.close()


OTHERS = (("dark", 1280), ("light", 390))
LOOKS = [("light", 1280), ("dark", 390), *(pytest.param(*o, marks=pytest.mark.long) for o in OTHERS)]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing(browser: Any, addresses: dict[str, str], scheme: str, width: int) -> None:
    """No violation of any rule, best practices too, on any kind of page, light and dark, large and small."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    rules = """() => axe.run(document).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))"""
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 844})
    for name, address in addresses.items():
        page.goto(address)
        page.evaluate(script)
        assert page.evaluate(rules) == [], name
    page.close()


STOPS = """() => [...document.querySelectorAll("a[href], summary, [tabindex]")]
  .filter(e => e.tabIndex >= 0 && e.checkVisibility()).length"""


def test_an_exhibit_is_two_stops_of_the_keyboard_and_a_number_none(
    browser: Any, addresses: dict[str, str]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.goto(addresses["report"])
    assert page.evaluate(STOPS) <= 2 * page.locator(".exhibit").count() + 30  # issue 16: at most 120 for 42
    numbers = page.locator("main .evidence a")
    assert numbers.count() > 10
    assert set(numbers.evaluate_all("links => links.map(a => a.tabIndex)")) == {-1}
    page.close()


def test_the_evidence_of_a_number_opens_by_pointer_and_by_keyboard(
    browser: Any, addresses: dict[str, str]
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(addresses["report"])
    number = page.locator(".exhibit.table .evidence a").first
    name = number.locator("..").get_attribute("data-id")
    row = page.locator(".ids li[id]").get_by_text(name, exact=True)
    assert not row.is_visible()
    number.click()
    assert row.is_visible()  # the browser opens what a link leads into
    page.goto(addresses["report"])
    page.locator(f'details.ids:has(li[id]:text-is("{name}")) > summary').focus()
    page.keyboard.press("Enter")
    assert row.is_visible()
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_table_scrolls_sideways(browser: Any, addresses: dict[str, str], width: int) -> None:
    """Issue 16: nothing clipped at 1280 or 390 px; on a phone names stand above their numbers."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(addresses["report"])
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    few = "" if width < 1280 else ":not(:has(tr > :nth-child(13)))"  # what no report has, scrolls
    wide = page.locator(f".region{few}").evaluate_all(
        "regions => regions.map(region => region.scrollWidth - region.clientWidth)"
    )
    assert wide and max(wide) <= 0
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


def test_data_behind_a_figure_stay_off_paper(browser: Any, addresses: dict[str, str]) -> None:
    """By hand: of 63 printed pages of a desk review 18 held what its figures show, number by number."""
    page = browser.new_page()
    page.goto(addresses["report"])
    assert page.locator("details.data > summary").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator("details.data:visible").count() == 0
    page.close()
