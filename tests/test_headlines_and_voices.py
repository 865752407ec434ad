"""What stands over figures, what people said beside numbers, and what children asked for, in three phases."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from product_sample import shown

from digicit_lib import Workbook
from digicit_lib.errors import PublicationRefused
from digicit_lib.exhibits import blocks, figures
from digicit_lib.params import load_params
from digicit_lib.params.asks import read_asks
from digicit_lib.report import slides
from digicit_lib.report.story import Story
from digicit_lib.runner.inputs import input_files
from digicit_lib.workbook.review_chapters import RECENT

ROOT = Path(__file__).resolve().parents[1]
ASKS = """asks:
- {text: Ask us first., group: forum, day: 2026-05-02, agreed: by hands, approved_by: A. Person}
questions:
- {text: Who answers at night?, group: forum, day: 2026-05-02, agreed: by hands, approved_by: A. Person}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the demonstration's Türkiye."""
    for name in ("params", "workbooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_each_figure_of_a_desk_review_says_what_it_shows() -> None:
    book: Any = Workbook.open("turkey", "exploratory", root=ROOT)
    events = book.timeline()
    counts = [
        int((events.frame["category"] == kind).sum()) for kind in ("policy", "research", "connectivity")
    ]
    assert sum(counts) == len(events.frame)
    assert f"policy {counts[0]}, research {counts[1]}, connectivity {counts[2]}" in events.title
    actors = book.stakeholders()
    high = (actors.frame[["influence", "interest"]] >= 4).all(axis=1).sum()
    assert actors.title.endswith(f"interest: {high}; bodies that were rated: {len(actors.frame)}")
    users = book.series("IT.NET.USER.ZS")
    recent = book.since(users, "2015")
    here = recent.frame[recent.frame["country"] == "TUR"]
    assert here["period"].min() == "2015" and recent.title.startswith("People using the internet: from ")
    assert recent.title.endswith(f"in {here['period'].max()}") and recent.title != users.title
    blocks_shown = shown(lambda: book.figure(recent)) + shown(lambda: book.figure(recent, title="Rights"))
    assert [block.get("topic") for block in blocks_shown] == [RECENT, None]


def test_each_figure_of_interviews_says_what_it_shows() -> None:
    book: Any = Workbook.open("turkey", "qualitative", root=ROOT)
    tree = book.coding_tree()
    first = tree.frame.sort_values("estimate").iloc[-1]
    assert (
        tree.title
        == f"Codes in use: {len(tree.frame)}; most passages: {first['title']} ({first['estimate']:.0f})"
    )
    matrix = book.framework()
    most = book.most(matrix)
    highest = matrix.frame["estimate"].max()
    assert (matrix.frame["estimate"] == highest).sum() > 1  # several groups: none is named
    assert most.title == f"Most passages of one group on one theme: {highest:.0f}"
    one = matrix.frame.assign(estimate=[9.0, *[1.0] * (len(matrix.frame) - 1)])
    name = f"{one['title'].iloc[0]}; {one['level_label'].iloc[0]}"
    assert book.most(replace(matrix, frame=one)).title == f"Most passages of one group: 9 ({name})"
    assert most.subtitle == "Passages on each theme, a dot a group"
    assert book.saturation().title.startswith("New codes in the last of 8 discussions and interviews: ")


def test_a_survey_has_one_voice_of_its_interviews_and_none_without() -> None:
    book: Any = Workbook.open("turkey", "quantitative", root=ROOT, language="tr")
    (voice,) = shown(book.in_their_words)
    assert voice["kind"] == "quotation" and voice["key"] and voice["text"].startswith("[kurgu]")
    assert voice["id"].startswith("turkey/qualitative/quotation/")
    invented = book.params
    for name in ("survey", "interviews"):  # where only one of the two is real they do not stand together
        real = invented.data.model_copy(update={name: SimpleNamespace(kind="observed", k=3)})
        book.params = invented.model_copy(update={"data": real})
        assert shown(book.in_their_words) == []
    book.params = invented
    book.params = book.params.model_copy(
        update={"data": book.params.data.model_copy(update={"interviews": None})}
    )
    assert shown(book.in_their_words) == []


def test_what_children_asked_stands_in_the_report_and_on_slides(root: Path) -> None:
    file = root / "params" / "asks" / "turkey.yaml"
    book: Any = Workbook.open("turkey", "qualitative", root=root)
    assert shown(book.asked) == []
    file.parent.mkdir()
    file.write_text(ASKS)
    lists = shown(book.asked)
    assert [(block["title"], block["items"]) for block in lists] == [
        ("What children ask for", ["Ask us first. (forum, 2 May 2026; by hands)"]),
        ("Questions for discussion", ["Who answers at night? (forum, 2 May 2026; by hands)"]),
    ]
    parts = tuple({"type": "block", "block": block} for block in lists)
    titles = [slide.title for slide in slides.slides(Story("T", "en", {}, parts, ""))]
    assert titles == ["T", "What children ask for", "Questions for discussion", "How to cite"]
    assert str(file) in input_files(load_params("turkey", root), root)["qualitative"]
    file.write_text(ASKS.replace("approved_by: A. Person", "approved_by: ''"))
    with pytest.raises(PublicationRefused, match="approval"):
        input_files(load_params("turkey", root), root)
    with pytest.raises(PublicationRefused, match="approval"):
        read_asks(root, "turkey", "questions")


def test_slides_of_one_title_are_about_equally_full() -> None:
    lines = [(f"Term {n}", "Some words that say what it is about. " * 3) for n in range(10)]
    made = list(slides.several("Methods", lines))
    counts = [len(slide.lines) for slide in made]
    assert sum(counts) == 10 and len(counts) > 1 and max(counts) - min(counts) <= 1


def test_a_card_sets_the_share_large_and_not_how_many_countries_it_is_of() -> None:
    count, share = {"text": "3", "id": "a", "value": 3.0}, {"text": "78%", "id": "a", "value": 0.78}
    block = {"kind": "finding", "key": True, "parts": ["Over ", count, " countries: ", share]}
    assert '<span class="lead">78%</span>' in blocks.block_html(block)
    assert '<span class="lead">3</span>' in blocks.block_html({**block, "parts": ["Of all: ", count]})


def test_data_of_a_series_stand_under_its_name() -> None:
    years = pd.DataFrame({"period": [str(year) for year in range(2015, 2023)], "estimate": 50.0, "unit": "%"})
    rows = [
        years.assign(indicator=i, title=i, country=c, country_name=c)
        for i in ("Lines", "Phones")
        for c in "AB"
    ]
    block = figures.draw("trend", pd.concat(rows, ignore_index=True), title="T", unit="%")
    table = block["table"]
    assert (
        table["row_headers"] == 1 and [group["end"] - group["start"] for group in table["groups"]] == [8] * 4
    )
    assert {"Lines" in group["label"] for group in table["groups"]} == {True, False}
    based = [rows[0].assign(base="all people"), rows[2].assign(base="contracts")]
    table = figures.draw("trend", pd.concat(based, ignore_index=True), title="T", unit="%")["table"]
    assert [group["label"].split(" · ")[-1] for group in table["groups"]] == ["all people", "contracts"]


def test_words_on_a_tint_are_dark_until_it_is_dark() -> None:
    grid = pd.DataFrame(
        {"title": ["a"] * 3, "level": ["x", "y", "z"], "by": "age", "estimate": [10.0, 6.0, 1.0]}
    )
    svg = figures.draw("matrix", grid.assign(unit="count"), title="T", unit="count")["svg"]
    white = [text for text in svg.split("<text")[1:] if "#ffffff" in text.split(">")[0]]
    assert len(white) == 1 and ">10<" in white[0]


def test_a_key_figure_that_no_finding_shows_has_a_slide_under_what_it_says() -> None:
    cells = {"title": ["a", "b"], "indicator": ["a", "b"], "level": "x", "by": "age", "estimate": [3.0, 1.0]}
    grid = pd.DataFrame(cells)
    figure = dict(figures.draw("matrix", grid.assign(unit="count"), title="Most passages: a", unit="count"))
    for key, titles in ((True, ["T", "Most passages: a", "How to cite"]), (False, ["T", "How to cite"])):
        parts = ({"type": "block", "block": {**figure, "key": key}},)
        made = slides.slides(Story("T", "en", {}, parts, ""))
        assert [slide.title for slide in made] == titles
        assert not key or (made[1].svg and made[1].alt)
