"""Reviews: the sheet that goes out, the marks and comments that come back, and what readers see of them."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from docx import Document
from openpyxl import load_workbook

from digicit_lib import evidence as ev
from digicit_lib.cli import digicit
from digicit_lib.errors import DigicitError, LandscapeError
from digicit_lib.evidence import marks as reviews
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.landscape.register_sheets import take_workbook
from digicit_lib.language import LANGUAGES
from digicit_lib.products.gate import read_review
from digicit_lib.products.review_sheet import FIRST, comments, take_back, write_review_sheets
from digicit_lib.report import render
from digicit_lib.report.office import office_files
from digicit_lib.report.story import Story, with_reviews
from digicit_lib.runner.rendering import _of_grown_people

ROW = {
    "indicator": "ACC-03",
    "statistic": "share",
    "estimate": 0.41,
    "ci_low": 0.38,
    "ci_high": 0.44,
    "n": 900,
    "title": "Daily use",
    "unit": "share",
    "base": "children",
    "quality": "ok",
    "definition_sha": "ab",
}
PARAMS = """
study: {country: TUR, date: 2026-11-01, title: A study, wave: 2026}
population: {ages: [9, 17], base: children}
data: {survey: {kind: synthetic, seed: 4, n: 600}}
design: {weight: weight, strata: stratum, psu: psu}
"""
FILE = reviews.review_file("mine")
ID = "mine/quantitative/ACC-03/share/all"


def published(root: Path, share: float = 0.41) -> dict[str, Any]:
    """A project with one published report: a finding, a caution without a number, a figure."""
    folder = root / "outputs" / "mine" / "quantitative"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "params").mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text("")
    (root / "params" / "mine.yaml").write_text(PARAMS)
    store = ev.Evidence("mine", "quantitative")
    store.add(pd.DataFrame([{**ROW, "estimate": share, "by": "", "level": ""}]))
    number = {"text": f"{100 * share:.0f}%", "id": ID, "value": share}
    block = {"kind": "finding", "key": True, "parts": ["Of children, ", number, " do."], "exhibit": None}
    said = ev.Finding("Of children, {ACC-03} do.", "", (ID,), value=reviews.value_of(block))
    store.findings.append(said)
    store.save(folder, str)
    cover = {
        "kind": "cover",
        "title": "T",
        "study": "mine",
        "phase": "quantitative",
        "date": "2026-11-01",
        "facts": [],
        "status": "draft, not reviewed",
        "synthetic": False,
        "embargo": "2026-12-01",
    }
    cell = {"text": f"{100 * share:.1f}%", "id": ID, "value": share, "quality": "ok"}
    table = {
        "kind": "table",
        "number": 1,
        "title": "Daily use",
        "columns": [{"label": "x"}],
        "rows": [[cell]],
        "row_headers": 0,
        "provenance": [ID],
        "notes": [],
        "groups": [],
        "files": {},
    }
    blocks = [cover, {**block, "name": said.name}, table]
    cells = [
        {
            "cell_type": "code",
            "source": "wb",
            "metadata": {},
            "outputs": [
                {"output_type": "display_data", "data": {MIME: one}, "metadata": {}} for one in blocks
            ],
        }
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "workbook.ipynb").write_text(json.dumps(notebook))
    return notebook


def fill_in(path: Path, **by_sheet: tuple[Any, ...]) -> None:
    book = load_workbook(path)
    for title, values in by_sheet.items():
        for column, value in enumerate(values, 5):
            book[title.replace("_", " ")].cell(FIRST, column, value)
    book.save(path)


def test_marks_on_what_the_report_no_longer_says_are_counted(tmp_path: Path) -> None:
    published(tmp_path)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    fill_in(sheet, Findings=("agree", "A. Person", dt.date(2026, 11, 3)))
    book = load_workbook(sheet)
    book["Findings"].cell(FIRST, 2, "v0")  # read before the finding got another number
    book.save(sheet)
    words = take_back(tmp_path, "mine", "quantitative", sheet)
    assert words == "1 marks, 0 numbers signed; on what the report no longer says: 1"


def test_marks_go_out_and_come_back(tmp_path: Path) -> None:
    notebook = published(tmp_path)
    sheet, page = write_review_sheets(tmp_path, "mine", "quantitative")
    assert "Of children, 41% do." in page.read_text() and page.read_text().count("☐") == 6
    book = load_workbook(sheet)
    assert book.sheetnames == ["Findings", "Figures and tables", "Numbers"]
    assert book["Findings"].cell(FIRST, 3).value == "Of children, 41% do."
    assert [book["Numbers"].cell(FIRST, k).value for k in (1, 4)] == [ID, "41.0% (38.0–44.0)"]
    day = dt.date(2026, 11, 3)
    fill_in(
        sheet,
        Findings=("Agree", "A. Person", day),
        Figures_and_tables=("query", "B. Person", "2026-11-04", "Base?"),
        Numbers=("agree", "A. Person", day),
    )
    assert take_back(tmp_path, "mine", "quantitative", sheet) == "2 marks, 1 numbers signed"
    marks = reviews.read_marks(tmp_path, FILE, "quantitative")
    assert sorted(mark.mark for mark in marks.values()) == ["agree", "query"]
    assert read_review(tmp_path, "mine")[ID].name == "A. Person"  # the sign-off that products ask for
    assert take_back(tmp_path, "mine", "quantitative", sheet) == "2 marks, 1 numbers signed"
    html = render(notebook, marks=marks)["html"].decode()
    assert "agreed by A. Person" not in html  # of all findings alike: the cover says it once
    assert "queried by B. Person, 4 November 2026: Base?" in html
    assert "reviewed by A. Person, 3 November 2026 · embargoed until 1 December 2026" in html
    (known,) = json.loads((tmp_path / "outputs/mine/quantitative/findings.json").read_text())
    named = ev.Finding(known["template"], "", tuple(known["ids"])).name
    # What the index says of the report, without reading its notebook.
    assert reviews.review_state([(named, known["value"])], marks) == "reviewed by A. Person, 3 November 2026"
    again, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    assert load_workbook(again)["Findings"].cell(FIRST, 6).value == "A. Person"


@pytest.mark.parametrize(("ages", "groups"), [("9, 17", "Girls − Boys"), ("24, 61", "Women − Men")])
def test_a_sheet_names_groups_as_the_report_does_and_prints_the_interval_of_the_test(
    tmp_path: Path, ages: str, groups: str
) -> None:
    published(tmp_path)
    params = tmp_path / "params" / "mine.yaml"
    params.write_text(params.read_text().replace("9, 17", ages))
    store = ev.Evidence("mine", "quantitative")
    tested = {"verdict": "not shown", "sim_low": -0.18, "sim_high": 0.22, "statistic": "diff", "by": "gender"}
    levels = [{"level": "girl"}, {"level": "boy"}, {**tested, "level": "girl-boy", "estimate": 0.02}]
    store.add(pd.DataFrame([{**ROW, "by": "gender", **row} for row in levels]))
    store.save(tmp_path / "outputs" / "mine" / "quantitative", str)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    rows = load_workbook(sheet)["Numbers"].iter_rows(min_row=FIRST, min_col=3, max_col=4, values_only=True)
    assert (f"Daily use · {groups}", "+2.0 points (−18.0 to 22.0)") in set(rows)
    job: Any = SimpleNamespace(root=tmp_path, params_file="params/mine.yaml")
    levels_changed = _of_grown_people(pd.DataFrame({"level": ["girl-boy", "9-11"]}), job)["level"].tolist()
    assert levels_changed == [groups.replace(" − ", "-").lower() if ages == "24, 61" else "girl-boy", "9-11"]


def test_what_all_agree_with_stands_on_the_cover_and_exceptions_where_they_are() -> None:
    cover = {"type": "block", "block": {"kind": "cover", "phase": "quantitative"}}
    blocks = [{"kind": "finding", "name": name, "parts": [{"value": 1}]} for name in ("f1", "f2")]
    story = Story("T", "en", cover["block"], tuple({"type": "block", "block": b} for b in blocks), "")
    agreed = reviews.Mark("agree", "A. Person", dt.date(2026, 11, 3), reviews.value_of(blocks[0]))

    def said(second: reviews.Mark) -> list[str]:
        marked = with_reviews(story, {"f1": agreed, "f2": second})
        return [str(b["parts"][1:]) for b in marked.blocks("finding")]

    assert said(agreed) == ["[]", "[]"]
    for other in (replace(agreed, name="B"), replace(agreed, mark="query"), replace(agreed, value="v")):
        assert all(said(other)) and "agreed by A. Person" in said(other)[0] and said(other)[1] != "[]"


def test_a_mark_does_not_hold_for_another_number(tmp_path: Path) -> None:
    published(tmp_path)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    fill_in(sheet, Findings=("agree", "A. Person", "2026-11-03"))
    take_back(tmp_path, "mine", "quantitative", sheet)
    marks = reviews.read_marks(tmp_path, FILE, "quantitative")
    html = render(published(tmp_path, 0.44), marks=marks)["html"].decode()
    assert "reviewed by A. Person, 3 November 2026; changed since" in html and "draft, not reviewed" in html
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    assert load_workbook(sheet)["Findings"].cell(FIRST, 5).value is None


def test_marks_say_themselves_in_every_language() -> None:
    mark = reviews.Mark("wrong", "A", dt.date(2026, 1, 2), "v1")
    said = {reviews.words_of(mark, "v1", language) for language in LANGUAGES}
    states = {
        reviews.review_state([("f", "v1"), ("g", "v2")], {"f": mark}, language) for language in LANGUAGES
    }
    assert len(said) == len(states) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("agree", "", "2026-11-03"), "name none"),
        (("fine", "A", "2026-11-03"), "fine"),
        (("agree", "A", "soon"), "soon"),
        (("agree", "A", "2099-11-03"), "2099"),
        (("", "A", "2026-11-03"), "mark none"),
    ],
)
def test_a_line_that_says_too_little_is_named(tmp_path: Path, values: tuple[str, ...], said: str) -> None:
    published(tmp_path)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    fill_in(sheet, Findings=values)
    with pytest.raises(DigicitError) as refused:
        take_back(tmp_path, "mine", "quantitative", sheet)
    assert said in str(refused.value) and "Findings, row 4" in str(refused.value)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    ("column", "value", "got"),
    [(1, " ", "no id or no value"), (2, " ", "no id or no value"), (6, "x" * 81, "a long name")],
)
def test_a_mark_that_nobody_could_read_again_is_not_taken(
    tmp_path: Path, column: int, value: str, got: str
) -> None:
    """A line without its value was written into the marks, which then no command could read."""
    published(tmp_path)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    fill_in(sheet, Findings=("agree", "A", "2026-11-03"))
    book = load_workbook(sheet)
    book["Findings"].cell(FIRST, column, value)
    book.save(sheet)
    with pytest.raises(DigicitError) as refused:
        take_back(tmp_path, "mine", "quantitative", sheet)
    assert refused.value.got == got and "Findings, row 4" in str(refused.value.where)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_a_sheet_with_a_part_that_is_no_xml_is_one_sentence(tmp_path: Path, part: str) -> None:
    published(tmp_path)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    with zipfile.ZipFile(sheet) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(sheet, "w") as broken:
        for name, content in parts.items():
            broken.writestr(name, b"<a>" if name == part else content)
    with pytest.raises(DigicitError, match="cannot be read"):
        take_back(tmp_path, "mine", "quantitative", sheet)
    with pytest.raises(LandscapeError, match="Not a readable"):
        take_workbook(sheet, tmp_path)


def test_a_number_that_no_report_shows_is_signed_in_vain_and_told(tmp_path: Path) -> None:
    published(tmp_path)
    sheet, _ = write_review_sheets(tmp_path, "mine", "quantitative")
    book = load_workbook(sheet)
    numbers = book.worksheets[-1]
    for column, value in {
        1: "mine/quantitative/NO-99/share/all",
        5: "agree",
        6: "A",
        7: "2026-11-03",
    }.items():
        numbers.cell(FIRST, column, value)
    numbers.cell(1048576, 16384, "x")  # and a cell in the last corner takes no memory
    book.save(sheet)
    words = take_back(tmp_path, "mine", "quantitative", sheet)
    assert words == "0 marks, 1 numbers signed; on what the report no longer says: 1"


def test_another_sheet_and_another_file_are_refused(tmp_path: Path) -> None:
    published(tmp_path)
    sheet, page = write_review_sheets(tmp_path, "mine", "quantitative")
    for path, phase in ((sheet, "qualitative"), (page, "quantitative")):
        with pytest.raises(DigicitError):
            take_back(tmp_path, "mine", phase, path)
    with pytest.raises(DigicitError, match="no report to review"):
        write_review_sheets(tmp_path, "mine", "qualitative")


def test_comments_of_a_word_file_are_a_list_that_a_new_version_does_not_lose(tmp_path: Path) -> None:
    report = tmp_path / "report.docx"
    report.write_bytes(office_files(published(tmp_path))["report.docx"])
    document = Document(str(report))
    told = next(paragraph for paragraph in document.paragraphs if "Of children" in paragraph.text)
    document.add_comment(told.runs, text="Which children?", author="C. Person", initials="C")
    document.save(str(report))
    (one,) = comments(report)
    assert (one["name"], one["text"]) == ("C. Person", "Which children?") and "Of children" in one["on"]
    assert take_back(tmp_path, "mine", "quantitative", report) == "1 comments, 1 of them new"
    assert take_back(tmp_path, "mine", "quantitative", report) == "1 comments, 0 of them new"
    published(tmp_path, 0.44)
    document.add_comment(told.runs, text="And where?", author="C. Person", initials="C")
    document.save(str(report))
    assert take_back(tmp_path, "mine", "quantitative", report) == "2 comments, 1 of them new"
    kept = reviews.read_file(tmp_path, FILE)[0]["comments"]
    assert [comment["text"] for comment in kept] == ["Which children?", "And where?"]
    for study, phase in (("mine", "qualitative"), ("other", "quantitative")):
        with pytest.raises(DigicitError, match="another report") as refusal:
            take_back(tmp_path, study, phase, report)
        assert "mine quantitative" in str(refusal.value)


def test_a_review_of_thousands_of_numbers_is_read(tmp_path: Path) -> None:
    published(tmp_path)
    one = {"name": "A. Person", "date": dt.date(2026, 11, 3), "value": "v0123456789ab"}
    many = {f"mine/quantitative/ACC-{k:04d}/share/all": one for k in range(2885)}
    reviews.keep_marks(tmp_path, FILE, "quantitative", {}, many)
    assert (tmp_path / FILE).stat().st_size > 256 * 1024
    assert len(read_review(tmp_path, "mine")) == 2885


def test_a_file_of_reviews_is_8_mb_at_most(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_text("#" * 8_388_608)
    assert reviews.read_marks(tmp_path, FILE, "quantitative") == {}
    (tmp_path / FILE).write_text("#" * 8_388_609)
    with pytest.raises(DigicitError, match="too large"):
        reviews.read_marks(tmp_path, FILE, "quantitative")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "reviews:\n", "reviews: {quantitative: }\n"])
def test_a_file_of_reviews_in_which_nothing_stands_yet_is_no_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / FILE).write_text(text)
    assert reviews.read_marks(tmp_path, FILE, "quantitative") == {}


def test_the_sheet_names_both_groups_of_a_difference(tmp_path: Path) -> None:
    published(tmp_path)
    folder = tmp_path / "outputs" / "mine" / "quantitative"
    store = ev.Evidence("mine", "quantitative")
    ages = [{**ROW, "by": "age_group", "level": level} for level in ("11-13", "14-16")]
    apart = {**ROW, "by": "age_group", "level": "11-13-14-16", "statistic": "diff", "unit": "points"}
    store.add(pd.DataFrame([*ages, apart]))
    store.save(folder)
    sheet = load_workbook(write_review_sheets(tmp_path, "mine", "quantitative")[0])["Numbers"]
    texts = {sheet.cell(row, 3).value for row in range(FIRST, sheet.max_row + 1)}
    assert texts == {"Daily use · 11–13", "Daily use · 14–16", "Daily use · 11–13 − 14–16"}


def test_what_is_not_shown_is_the_same_value_however_it_is_missing() -> None:
    rows = ([[{"value": value}]] for value in (None, "", 0.0))
    missing, empty, zero = (reviews.value_of({"kind": "table", "rows": row}) for row in rows)
    assert missing == empty != zero


@pytest.mark.parametrize(
    "entry",
    [
        "name: A, value: v1, mark: fine, date: 2026-11-03",
        "name: A, value: v1, mark: agree, date: 2099-11-03",
        "name: A, mark: agree, date: 2026-11-03",  # of no value
        "name: ~, value: v1, mark: agree, date: 2026-11-03",
        "name: A, value: ~, mark: agree, date: 2026-11-03",
    ],
)
def test_an_entry_by_hand_is_refused_with_its_line(tmp_path: Path, entry: str) -> None:
    published(tmp_path)
    path = tmp_path / FILE
    path.write_text(f"reviews:\n  quantitative:\n    f1: {{{entry}}}\n")
    with pytest.raises(DigicitError, match=r"mine.review.yaml:3"):
        reviews.read_marks(tmp_path, FILE, "quantitative")


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("reviews: [a]", 1, None),
        ("comments: []\nreviews:\n  quantitative: [a]", 3, None),
        ("comments: []\nreviews: 5", 2, None),
        ("reviews:\n  quantitative:\n    f1: {zone: 1, mork: agree}", 3, "mork"),
        ("reviews:\n  quantitative:\n    f1: {1: agree, mork: agree}", 3, "1"),
        ("reviews:\n  quantitative:\n    f1: ~", 3, "no mark, name, date, value"),
        ("reviews:\n  quantitative:\n    f1: agreed", 3, "no mark, name, date, value"),
    ],
)
def test_a_file_of_reviews_of_another_shape_is_refused(
    tmp_path: Path, text: str, line: int, got: str | None
) -> None:
    published(tmp_path)
    (tmp_path / FILE).write_text(text)
    with pytest.raises(DigicitError) as error:
        reviews.read_marks(tmp_path, FILE, "quantitative")
    assert (error.value.where, error.value.got) == (f"{FILE}:{line}", got)


def test_the_command_writes_and_takes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(digicit, ["review", "mine", "quantitative"])
    assert done.exit_code == 0 and "mine_quantitative.xlsx" in done.output
    sheet = tmp_path / "reviews" / "mine_quantitative.xlsx"
    first = load_workbook(sheet).worksheets[0]
    assert not first["A2"].alignment.wrap_text  # what to do reads in one line, not in a column of two words
    assert '<span class="whole">Note: …' in sheet.with_suffix(".html").read_text(encoding="utf-8")
    fill_in(sheet, Findings=("agree", "A. Person", "2026-11-03"))
    done = CliRunner().invoke(digicit, ["review", "mine", "quantitative", "--from", str(sheet)])
    assert done.exit_code == 0 and "1 marks" in done.output
