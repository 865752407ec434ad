"""The index, the page of a failure, the page of changes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_sample import HOSTILE, markdown

from digicit_lib import evidence, report

ROW = {
    "study": "turkey", "title": "Digital citizenship", "country": "Türkiye", "phase": "quantitative",
    "language": "en", "state": "fresh", "data_kind": "synthetic", "date": "2026-11-01",
    "folder": "turkey/quantitative",
    "files": ["report.html", "report.pdf", "summary.html", "workbook.ipynb", "evidence.csv", "run.json"],
}  # fmt: skip


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def test_a_row_links_what_is_there() -> None:
    page = soup(report.index_page([ROW]))
    links = [a["href"].removeprefix("turkey/quantitative/") for a in page.select("tbody a")]
    assert links == ["report.html", "report.pdf", "summary.html", "workbook.ipynb", "evidence.csv"]
    assert page.select_one("tbody .synthetic-mark") and page.caption.get_text() == "Reports of Türkiye"
    assert all("turkey, Quantitative" in a.get_text() for a in page.select("tbody a"))


def test_states_say_why() -> None:
    rows = [
        ROW | {"state": "stale", "why": ["params", "data/survey.csv"]},
        ROW | {"phase": "qualitative", "state": "failed", "why": ["A cell raised KeyError."],
               "failure": ".failed/turkey/qualitative/failure.html"},
        ROW | {"phase": "exploratory", "state": "never", "files": []},
    ]  # fmt: skip
    page = soup(report.index_page(rows))
    stale, failed, never = page.select("tbody tr")
    assert "params, data/survey.csv" in stale.get_text()
    assert failed.select_one(".failed") and failed.find("a", href=rows[1]["failure"])
    assert not never.find_all("a") and "–" in never.get_text()
    assert page.select(".cover .state.stale")


def test_products_and_countries() -> None:
    product = ROW | {"phase": "communication_parents", "folder": "turkey/products/tr", "language": "tr",
                     "files": ["communication_parents.html", "communication_parents.pdf"]}  # fmt: skip
    page = soup(report.index_page([ROW, product, ROW | {"study": "ukraine", "country": "Ukraine"}]))
    assert [h.get_text() for h in page.find_all("h2")] == ["Türkiye", "Ukraine"]
    assert "Communication parents" in page.get_text()
    assert page.find("a", href="turkey/products/tr/communication_parents.pdf")


def test_an_empty_index_says_what_to_run() -> None:
    assert "digicit run --all" in soup(report.index_page([])).get_text()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text: str) -> None:
    row = {**ROW, "study": text, "title": text, "country": text, "phase": text, "why": [text], "date": text}
    failed = {"cell_type": "code", "id": "a", "source": text, "outputs": []}
    pages = [
        report.index_page([row]),
        report.failure_page({"cells": [markdown(f"## {text}"), failed]}, title=text, message=text, cell=1),
        report.changes_page(_diff(text), title=text),
    ]
    for page in map(soup, pages):
        assert not page.find_all(["script", "img"])
        assert not [n for tag in page.find_all(True) for n in tag.attrs if n.startswith("on")]


def _diff(name: str) -> pd.DataFrame:
    row = {"id": name, "change": "new", "before": float("nan"), "after": 0.25, "quality_after": "ok"}
    return pd.DataFrame([row | {"quality_before": float("nan")}])


def cell(kind: str = "code", source: str = "1/0", **output: str) -> dict[str, object]:
    outputs = [{"output_type": "error", "traceback": ["Ayşe"], **output}] if output else []
    return {"cell_type": kind, "id": "cell-7", "source": source, "outputs": outputs}


def test_a_failure_leads_to_its_cell_and_quotes_no_answer(tmp_path: Path) -> None:
    cells = [markdown("## 4 Risks"), cell(source="wb.table(x)", ename="KeyError", evalue="'Ayşe, 0555'")]
    path = tmp_path / "workbook.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}}), encoding="utf-8")
    page = soup(report.failure_page(path, title="turkey quantitative"))
    assert page.find("a", href="workbook.ipynb#cell-id=cell-7")
    text = page.get_text()
    assert (
        "Cell 2 of the failed notebook: 4 Risks" in text
        and "wb.table(x)" in text
        and "KeyError" in text
        and "Ayşe" not in text
    )


def test_our_own_errors_are_shown_whole() -> None:
    failed = cell(ename="EvidenceError", evalue="Unknown evidence.\n  got:     ACC-99")
    page = soup(report.failure_page({"cells": [failed]}, title="t"))
    assert "ACC-99" in page.select_one("pre.failed").get_text()


def test_a_failure_without_a_notebook_still_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "workbook.ipynb").write_text("{half", encoding="utf-8")
    page = soup(report.failure_page(tmp_path / "workbook.ipynb", title="t", message="The kernel died."))
    assert "The kernel died." in page.get_text() and page.find("a", href="workbook.ipynb")


def test_changes_are_those_of_the_evidence_room() -> None:
    old = pd.DataFrame({"id": ["a", "b", "c"], "estimate": [0.5, 0.25, 1234.5], "quality": "ok"})
    new = pd.DataFrame({"id": ["b", "c", "d"], "estimate": [0.2512, 1234.5, 3.0], "quality": "ok"})
    page = soup(report.changes_page(evidence.diff(old, new), title="turkey"))
    rows = [[c.get_text() for c in tr.find_all(["th", "td"])][:4] for tr in page.select("tbody tr")]
    assert rows == [["a", "gone", "0.5", "–"], ["b", "changed", "0.25", "0.2512"], ["d", "new", "–", "3"]]
    assert "changed: 1 · gone: 1 · new: 1" in " ".join(page.header.get_text().split())


def test_no_change_is_said() -> None:
    same = pd.DataFrame({"id": ["a"], "estimate": [0.5], "quality": ["ok"]})
    page = soup(report.changes_page(evidence.diff(same, same), title="turkey"))
    assert "No estimate changed." in page.get_text() and not page.table
