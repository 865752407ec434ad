"""The index, the page of a failure, the page of changes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_sample import HOSTILE, changed, markdown

from digicit_lib import evidence, report

ROW = {
    "study": "turkey",
    "title": "Digital citizenship",
    "country": "Türkiye",
    "phase": "quantitative",
    "language": "en",
    "state": "fresh",
    "data_kind": "synthetic",
    "date": "2026-11-01",
    "folder": "turkey/quantitative",
    "files": ["report.html", "report.pdf", "summary.html", "workbook.ipynb", "evidence.csv", "run.json"],
}


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def test_a_study_is_one_row_that_links_what_is_there() -> None:
    more = [
        ROW | {"phase": "qualitative", "folder": "turkey/qualitative", "state": "never", "files": []},
        ROW | {"language": "tr", "folder": "turkey/quantitative/tr"},
    ]
    page = soup(report.index_page([ROW, *more]))
    assert len(page.select("tbody tr")) == 1
    links = [a["href"] for a in page.select("tbody a")]
    assert links == ["turkey/quantitative/report.html", "turkey/quantitative/tr/report.html"]
    assert page.select_one("tbody .synthetic-mark")
    assert all("Türkiye" in a.get_text() for a in page.select("tbody a"))


def test_a_study_is_called_by_its_title_its_ages_and_its_wave() -> None:
    told = {"title": "Life online", "ages": [9, 17], "wave": "autumn"}
    row = soup(report.index_page([ROW | told])).select_one("tbody tr")
    assert "Life online · Ages 9–17 · Wave autumn" in " ".join(row.get_text(" ").split())
    assert "turkey" not in row.get_text()  # no slug


def test_the_mark_of_invented_data_has_the_colours_of_its_page() -> None:
    """Its own style, for JupyterLab, is a light ground: on a dark page it was light on dark."""
    css = soup(report.index_page([ROW])).style.get_text()
    rule = css.partition(".synthetic-mark {")[2].partition("}")[0]
    for name, colour in (("color", "--warm-ink"), ("background", "--warm")):
        assert f"{name}: var({colour}) !important" in rule


def test_the_state_of_a_study_is_that_of_its_worst_report() -> None:
    rows = [
        ROW | {"state": "stale", "why": ["params", "data/survey.csv"]},
        ROW
        | {
            "phase": "qualitative",
            "state": "failed",
            "why": ["A cell raised KeyError."],
            "failure": ".failed/turkey/qualitative/failure.html",
        },
        ROW | {"study": "kenya", "country": "Kenya", "state": "never", "files": []},
    ]
    page = soup(report.index_page(rows))
    turkey, kenya = page.select("tbody tr")
    assert "params, data/survey.csv" in turkey.get_text()
    assert turkey.select_one(".dot.failed") and turkey.find("a", href=rows[1]["failure"])
    assert not kenya.find_all("a") and "not made yet" in kenya.get_text()


def test_demonstrations_stand_below_and_products_are_folded() -> None:
    product = ROW | {
        "phase": "communication_parents",
        "folder": "turkey/products/tr",
        "language": "tr",
        "files": ["communication_parents.html", "communication_parents.pdf"],
    }
    real = ROW | {"study": "usa", "country": "United States", "data_kind": "observed"}
    page = soup(report.index_page([ROW, product, real]))
    heads = [h.get_text() for h in page.find_all("h2")]
    assert heads == ["Studies (1)", "Demonstrations: every result is invented (1)"]
    assert page.find("a", href="turkey/products/tr/communication_parents.html").find_parent("details")


def test_products_are_called_in_their_language_and_a_comparison_by_its_page() -> None:
    sheet = ROW | {
        "phase": "communication_parents",
        "language": "tr",
        "files": ["p.html"],
        "pages_in": "t/tr",
    }
    sheet |= {
        "titles": {"p.html": "TANITIM: Sayılarla yaşam · Türkiye · Ebeveynler"},
        "data_kind": "synthetic",
    }
    brief = sheet | {
        "phase": "advocacy_brief",
        "titles": {"p.html": "TANITIM: Politika notu · Türkiye · Meclis"},
    }
    whole = sheet | {"study": "comparison", "phase": "comparison", "country": "Comparison of countries"}
    whole |= {
        "title": "",
        "titles": {"p.html": "TANITIM: Çocuklar: karşılaştırma · Birden çok ülke · Ülkeler"},
    }
    page = soup(report.index_page([ROW, sheet, brief, whole]))
    links = [link for link in page.find_all("a") if link.get("lang") == "tr"]
    assert [link.get_text() for link in links] == [
        "Ebeveynler (tr)",
        "Politika notu (tr)",
        "Çocuklar: karşılaştırma (tr)",
    ]
    assert "Comparison of countriesÇocuklar: karşılaştırma" in page.get_text()


def test_the_newest_findings_stand_first_and_in_the_feed() -> None:
    rows = [
        ROW | {"study": f"s{year}", "date": f"{year}-01-01", "headline": f"Finding of {year}."}
        for year in (2020, 2024, 2022, 2018)
    ]
    shown = [item.get_text() for item in soup(report.index_page(rows)).select(".new li")]
    assert [year for year in ("2024", "2022", "2020") for text in shown[:1] if year in text] == ["2024"]
    assert len(shown) == 3
    told = soup(report.feed(rows))
    assert told.author.find("name").get_text() == "digicit"  # RFC 4287, 4.1.1: a feed names an author
    entries = told.find_all("entry")
    assert len(entries) == 4 and entries[0]["xml:lang"] == "en"
    assert "SYNTHETIC" in entries[0].title.get_text()
    assert entries[0].summary.get_text() == "Finding of 2024."


def test_sixty_countries_make_a_small_page() -> None:
    rows = [
        ROW
        | {"study": f"country{i}", "country": f"Country {i}", "phase": phase, "folder": f"country{i}/{phase}"}
        for i in range(60)
        for phase in ("exploratory", "quantitative", "qualitative", "communication_parents")
    ]
    text = report.index_page(rows)
    page = soup(text)
    assert len(text.encode()) < 300_000
    stops = [
        t
        for t in page.find_all(["a", "summary", "input", "select"])
        if not t.find_parent("form", hidden=True) and (t.name == "summary" or not t.find_parent("details"))
    ]
    assert len(stops) <= 100
    assert page.find("a", href="country59/qualitative/report.html")


def test_an_index_says_what_changed_without_paths() -> None:
    """PAGES.md, section 7: no slugs; a row of 30 file names pushed the date over two lines."""
    why = ["catalogue", "data russia/facts.yaml", "data russia/legal.yaml", "product texts"]
    page = soup(report.index_page([ROW | {"state": "stale", "why": why}]))
    assert page.select_one(".dot.stale + .slug").get_text() == "catalogue, data, product texts"


def test_an_empty_index_says_what_to_run() -> None:
    assert "digicit run --all" in soup(report.index_page([])).get_text()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text: str) -> None:
    row = {**ROW, "study": text, "title": text, "country": text, "phase": text, "why": [text], "date": text}
    failed = {"cell_type": "code", "id": "a", "source": text, "outputs": []}
    pages = [
        report.index_page([row]),
        report.failure_page({"cells": [markdown(f"## {text}"), failed]}, title=text, message=text, cell=1),
        report.changes_page(changed(text), title=text),
    ]
    for page in map(soup, pages):
        assert not page.find_all("img")
        assert all("Hides the rows" in script.get_text() for script in page.find_all("script"))
        assert not [n for tag in page.find_all(True) for n in tag.attrs if n.startswith("on")]


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


def lines(page: BeautifulSoup) -> list[list[str]]:
    return [[c.get_text() for c in tr.find_all(["th", "td"])] for tr in page.select("tbody tr")]


def test_changes_are_those_of_the_evidence_room() -> None:
    old = pd.DataFrame({"id": ["a", "b", "c"], "estimate": [0.5, 0.25, 1234.5], "quality": "ok"})
    new = pd.DataFrame({"id": ["b", "c", "d"], "estimate": [0.2512, 1234.5, 3.0], "quality": "ok"})
    page = soup(report.changes_page(evidence.diff(old, new), title="turkey", total=12, reworded=2))
    assert [row[0] for row in lines(page)] == ["b", "a"] and lines(page)[1][-1] == "not in the new run"
    said = " ".join(page.header.get_text().split())
    assert "Key findings that changed their words or are gone: 2. Of 12 numbers, 0 moved" in said
    assert [p.get_text() for p in page.select(".cards .lead")] == ["2", "0", "1"]
    assert page.find("a", href="changes.csv")


def test_changes_in_another_language_say_how_much_of_them_was_read() -> None:
    row = {"id": "turkey/x", "title": "T", "change": "changed", "before": 0.5, "after": 0.25, "unit": "share"}
    frame = pd.DataFrame([row | {"quality_before": "ok", "quality_after": "ok"}])
    page = report.changes_page(frame, title="turkey", language="tr")
    assert re.search(r"Bu belgedeki \d+ ifadeden 0’ı ana dili Türkçe olan biri tarafından okundu", page)


def test_the_largest_changes_stand_first_with_base_answers_and_reason() -> None:
    """PAGES.md, section 7: title, base, n, before, now, points, reason; then the lost cells."""
    about = {"quality": "ok", "unit": "share", "data_kind": "synthetic", "by": "gender", "level": "girl"}
    about |= {
        "statistic": ["share", "diff", "share"],
        "base": ["users", "", ""],
        "period": "",
        "category": "",
        "reason": "",
        "definition_sha": "1",
    }
    names = {"id": ["a", "b", "c"], "title": ["Daily use", "Own phone", "Lost"]}
    old = pd.DataFrame({**names, "estimate": [0.781, 0.5, 0.3], "n": [1164, 90, 40], **about})
    new = pd.DataFrame({**names, "estimate": [0.8107, 0.42, float("nan")], "n": [1171, 90, 24], **about})
    new = new.assign(ci_low=[0.75, 0.4, float("nan")], ci_high=[0.86, 0.44, float("nan")])
    new.loc[2, "reason"] = "few_answers?n=25"
    old = old.assign(ci_low=0.1, ci_high=0.9)
    page = soup(report.changes_page(evidence.diff(old, new), title="turkey", inputs=["data a.sav", "lock"]))
    phone = ["Own phone, Gender: Girls", "n 90", "+50 points", "+42 points", "40–44", "−8 points"]
    use = ["Daily use, Gender: Girls", "users · n 1,164 → 1,171", "78%", "81%", "75–86", "+3 points"]
    lost = ["Lost, Gender: Girls", "n 40 → 24", "reliability: fewer than 25 answers (MICS)"]
    assert lines(page) == [[*phone, "data or weights, software"], [*use, "other number of answers"], lost]
    assert page.find(class_="synthetic-mark")
    assert "Changed since: data or weights, software." in page.get_text()


def test_a_page_of_changes_tells_of_observed_children_neither_lost_cells_nor_moved_bases() -> None:
    """Issue 13, point 4: beside the new run they would tell what was hidden, or which base lost a child."""
    about = {"quality": "ok", "unit": "share", "data_kind": "observed", "base": "users", "statistic": "share"}
    names = {"id": ["a", "b"], "title": ["Daily use", "Hidden"]}
    old = pd.DataFrame({**names, "estimate": [0.781, 0.3], "n": [164, 40], **about})
    new = pd.DataFrame({**names, "estimate": [0.8107, float("nan")], "n": [163, 24], **about})
    diff = evidence.diff(old, new)
    told = evidence.publishable_changes(diff)
    page = soup(report.changes_page(told, title="turkey", inputs=["data a.sav"]))
    assert lines(page) == [["Daily use", "users · n 163", "78%", "81%", "", "+3 points", "data or weights"]]
    assert len(page.select(".cards .lead")) == 2 and "Hidden" not in page.get_text()
    assert "Hidden" not in report.changes_page(diff, title="turkey")
    assert told["n_before"].isna().all() and "164" not in told.to_csv()


def test_no_change_is_said() -> None:
    same = pd.DataFrame({"id": ["a"], "estimate": [0.5], "quality": ["ok"]})
    page = soup(report.changes_page(evidence.diff(same, same), title="turkey"))
    assert "No estimate changed." in page.get_text() and not page.table
