"""Tables: what stands in each cell, which marks mean what, and files that no spreadsheet runs."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_sample import register_block

from digicit_lib import disclosure
from digicit_lib.errors import DataError
from digicit_lib.exhibits import alt_text, blocks, tables
from digicit_lib.exhibits.text_tables import as_html, register
from digicit_lib.params import Publication

PROFILE = Publication()


def row(title: str = "Daily use", level: str = "girl", p: float = 0.5, **more: Any) -> dict[str, Any]:
    names = {"id": f"t/q/{title}/share/{level}", "indicator": title, "title": title, "by": "gender"}
    kind = {"level": level, "statistic": "share", "category": "", "period": "", "unit": "share"}
    numbers = {"estimate": p, "se": 0.02, "ci_low": p - 0.04, "ci_high": p + 0.04, "confidence_level": 0.95}
    bases = {"n": 400, "n_yes": 200.0, "df": 50.0, "deff": 1.2, "missing_share": 0.031}
    start = {
        **names,
        **kind,
        **numbers,
        **bases,
        "method": "Taylor, Korn-Graubard",
        "quality": "ok",
        "reason": "",
    }
    return {**start, **more}


def texts(block: dict[str, Any]) -> list[list[str]]:
    return [[cell if isinstance(cell, str) else cell["text"] for cell in line] for line in block["rows"]]


def heads(block: dict[str, Any]) -> list[str]:
    return [column["label"] for column in block["columns"]]


def two_by_two() -> pd.DataFrame:
    return pd.DataFrame(
        [row(), row(level="boy", p=0.612, n=390), row("Own phone"), row("Own phone", "boy", n=380)]
    )


# --- estimates ---------------------------------------------------------------------------------------


def test_indicators_by_levels_with_intervals_and_the_unweighted_base() -> None:
    block = tables.estimates(two_by_two(), title="Access", number=2, slug="access")
    assert heads(block) == ["Indicator", "girl", "boy"]
    assert texts(block) == [
        ["Daily use", "50.0% [46.0–54.0]", "61.2% [57.2–65.2]"],
        ["Own phone", "50.0% [46.0–54.0]", "50.0% [46.0–54.0]"],
        ["Unweighted n", "400", "380–390"],
    ]
    cell = block["rows"][0][2]
    assert cell["id"] == "t/q/Daily use/share/boy"
    assert cell["value"] == 0.612
    assert block["provenance"] == two_by_two()["id"].tolist()
    assert json.loads(json.dumps(block)) == block


def test_levels_of_several_breakdowns_stand_under_their_name() -> None:
    domains = [("", ""), ("gender", "girl"), ("age_group", "9-11")]
    frame = pd.DataFrame([row(t, level, by=by) for t in ("Daily use", "Own phone") for by, level in domains])
    block = tables.estimates(frame, title="Access", labels={"age_group": "Age"})
    assert [column["group"] for column in block["columns"]] == [None, None, "Gender", "Age"]
    assert heads(block)[1] == "All"


def test_one_indicator_makes_a_row_of_each_group() -> None:
    frame = pd.DataFrame([row(level="", by=""), row(), row(level="boy"), row(level="9-11", by="age_group")])
    block = tables.estimates(frame, title="Daily use", missing=True)
    assert heads(block) == ["Group", "Estimate", "95% interval", "Unweighted n", "No valid answer"]
    assert texts(block)[0] == ["All", "50.0%", "46.0–54.0", "400", "3.1%"]
    assert block["groups"] == [
        {"label": "Gender", "start": 1, "end": 3},
        {"label": "Age group", "start": 3, "end": 4},
    ]


def test_marks_stand_in_cells_never_in_numbers_and_are_explained_when_used() -> None:
    frame = pd.DataFrame(
        [
            row(quality="caution"),
            row(level="boy", p=0.777, quality="suppressed"),
            row(level="other", p=np.nan, n=0, quality="not_asked"),
        ]
    )
    block = tables.estimates(frame, title="Daily use")
    assert [line[1] for line in texts(block)] == ["(50.0%)", "(*)", "-"]
    assert [line[2] for line in texts(block)] == ["46.0–54.0", "", ""]
    assert [line[1]["value"] for line in block["rows"]] == [0.5, None, None]
    assert [note[:3] for note in block["notes"][:3]] == ["( )", "(*)", "- N"]
    assert len(block["notes"]) == 3  # of the marks in use, and nothing else
    assert "77.7" not in json.dumps(block)
    assert "0.777" not in json.dumps(block)
    clean = tables.estimates(pd.DataFrame([row()]), title="Daily use")
    assert clean["notes"] == []


def test_what_disclosure_hides_is_hidden_in_the_table() -> None:
    small = [
        row(indicator="RSK-01", title="Bullied", level=g, n_yes=k, n=400)
        for g, k in (("girl", 3), ("boy", 90))
    ]
    frame = disclosure.apply(pd.DataFrame(small), profile=PROFILE)
    assert [line[1] for line in texts(tables.estimates(frame, title="Bullied"))] == ["(*)", "50.0%"]


def test_units_are_told_where_rows_differ_and_counts_are_whole() -> None:
    years = row("First use", "", 9.27, by="", unit="years", statistic="mean")
    count = row("Children", "", 1204.4, by="", unit="count", statistic="total")
    block = tables.estimates(pd.DataFrame([row(level="", by=""), years, count]), title="Access")
    assert [line[0] for line in texts(block)] == ["Daily use", "First use, years", "Children"]
    assert [line[1] for line in texts(block)] == ["50.0%", "9.3", "1,204"]


def test_two_statistics_of_one_indicator_keep_apart() -> None:
    ages = [
        row("First use", "", p, by="", unit="years", statistic=s) for s, p in (("mean", 9.2), ("median", 9.0))
    ]
    block = tables.estimates(pd.DataFrame(ages), title="First use")
    assert [line[0] for line in texts(block)] == ["First use, mean, years", "First use, median, years"]


def test_a_difference_is_in_points_with_its_sign() -> None:
    frame = pd.DataFrame([row(), row(level="boy"), row(level="girl-boy", p=0.02, statistic="diff")])
    assert texts(tables.estimates(frame, title="Daily use"))[2][1:3] == ["+2.0 points", "−2.0 to 6.0"]


def test_answers_across_and_groups_down() -> None:
    frame = pd.DataFrame(
        [
            row(level=g, p=p, statistic="category", category=c)
            for g in ("girl", "boy")
            for c, p in (("no", 0.2), ("yes", 0.8))
        ]
    )
    block = tables.estimates(frame, rows="level", columns="category", title="Checks facts", interval=False)
    assert heads(block) == ["Group", "no", "yes"]
    assert texts(block)[0] == ["girl", "20.0%", "80.0%"]
    named = tables.estimates(frame, title="Checks facts", interval=False)
    assert [line[0] for line in texts(named)[:2]] == ["Daily use: no", "Daily use: yes"]


def test_many_columns_leave_intervals_to_the_file() -> None:
    frame = pd.DataFrame([row(t, f"region {i}") for t in ("Daily use", "Own phone") for i in range(9)])
    assert texts(tables.estimates(frame, title="Access"))[0][1] == "50.0%"
    assert "[" in texts(tables.estimates(frame, title="Access", interval=True))[0][1]


def test_unweighted_estimates_say_so() -> None:
    block = tables.estimates(pd.DataFrame([row(method="unweighted, Wilson")]), title="Daily use")
    assert block["notes"] == ["Unweighted: these figures describe those who answered, not the population."]


def test_numbers_follow_the_language() -> None:
    frame = pd.DataFrame([row(), row(level="boy")])
    assert texts(tables.estimates(frame, title="x", language="tr"))[0][1:3] == ["%50,0", "46,0–54,0"]
    assert texts(tables.estimates(frame, title="x", language="ru"))[0][1] == "50,0\u00a0%"


def test_categorical_columns_and_an_odd_index_are_no_obstacle() -> None:
    frame = two_by_two().astype({"level": "category"}).set_axis([3, 3, 1, 1])
    assert texts(tables.estimates(frame, title="x"))[0][0] == "Daily use"


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (two_by_two().iloc[:0], "without estimates"),
        (pd.concat([two_by_two()] * 2), "Two estimates for one cell"),
    ],
)
def test_what_cannot_be_a_table_is_refused(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        tables.estimates(frame, title="Access")


# --- listings and plain tables -----------------------------------------------------------------------


def test_a_listing_has_a_column_for_whatever_differs() -> None:
    where = {"country": ["TUR", "TUR", "UKR"], "country_name": ["Türkiye", "Türkiye", "Ukraine"]}
    values = {"period": ["2020", "2021", "2021"], "estimate": [77.67, 81.4, np.nan], "unit": "%"}
    frame = pd.DataFrame({"indicator": "NET", "title": "Internet users", **where, **values})
    block = tables.listing(frame, title="Internet users")
    assert heads(block) == ["Country", "Year", "Estimate (%)"]
    assert texts(block) == [["Türkiye", "2020", "77.7"], ["Türkiye", "2021", "81.4"], ["Ukraine", "2021", ""]]
    assert block["row_headers"] == 2


def test_plain_frames_keep_text_and_format_numbers() -> None:
    frame = pd.DataFrame(
        {"Theme": ["Help", None], "Segments": [1204, 3], "Share": [12.345, np.nan], "Kept": [True, False]}
    )
    block = tables.plain_table(frame, title="Themes", align={"Share": "center"})
    texts = [[cell["text"] if isinstance(cell, dict) else cell for cell in row] for row in block["rows"]]
    assert texts == [["Help", "1,204", "12.3", "yes"], ["", "3", "", "no"]]
    assert block["rows"][0][1]["value"] == 1204
    assert [column["align"] for column in block["columns"]] == ["left", "right", "center", "left"]


# --- files -------------------------------------------------------------------------------------------


def test_no_cell_of_a_file_is_a_formula_and_numbers_stay_numbers() -> None:
    frame = pd.DataFrame([row("=HYPERLINK(1)", "@girl", -0.25)])
    back = pd.read_csv(io.StringIO(tables.csv(frame)))
    assert back[["title", "level"]].iloc[0].tolist() == ["'=HYPERLINK(1)", "'@girl"]
    assert back["estimate"].tolist() == [-0.25]


def test_a_file_of_invented_data_says_so_in_every_row() -> None:
    frame = two_by_two().assign(data_kind="synthetic")
    for text in (tables.csv(frame), tables.csv(two_by_two(), synthetic=True)):
        lines = text.splitlines()
        assert lines[0].startswith("data_kind,")
        assert all(line.startswith("SYNTHETIC,") for line in lines[1:])
    assert tables.csv(frame.assign(data_kind="observed")).splitlines()[1].startswith("observed,")


def test_a_file_holds_no_hidden_number() -> None:
    frame = pd.DataFrame([row(), row(level="boy", p=0.777, quality="suppressed")]).astype(
        {"level": "category"}
    )
    back = pd.read_csv(io.StringIO(tables.csv(frame)))
    assert back.loc[1, ["estimate", "se", "ci_low", "ci_high", "deff"]].isna().all()
    assert "n_yes" not in back and "sum_w" not in back
    assert back["n"].tolist() == [400, 400]
    assert "777" not in tables.csv(frame)


def test_a_table_of_sentences_is_blocks_that_lose_nothing() -> None:
    block = register_block()
    page = BeautifulSoup(blocks.block_html(block), "html.parser")
    assert not page.find("table") and not page.select('[tabindex="0"]')
    assert [head.get_text() for head in page.select(".register-head")] == ["A", "B"]
    assert [name.get_text() for name in page.select("dt")] == ["a", "b", "c", "d"]
    assert page.get_text().count("draft") == 1  # what holds for every row stands once
    for row in block["rows"]:
        assert row[2] in page.get_text()


def test_a_checklist_of_short_sentences_is_blocks_and_its_numbers_stand_before_the_items() -> None:
    """No cell has 60 letters, but a row has 100: four narrow columns of text (COREQ, a legal checklist)."""
    columns = [{"label": name, "align": "left"} for name in ("Item", "Topic", "Question", "In this study")]
    rows = [[str(n), "credentials", f"{n}" * 50, f"{n}" * 45] for n in range(1, 4)]
    block = register_block() | {"columns": columns, "rows": rows}
    page = BeautifulSoup(blocks.block_html(block), "html.parser")
    assert [name.get_text() for name in page.select("dt")] == [f"{n} credentials" for n in (1, 2, 3)]
    assert [row[2] in page.get_text() for row in rows] == [True] * 3
    block["rows"] = [[str(n), "credentials", "q" * 20, "a" * 20] for n in range(1, 4)]
    assert BeautifulSoup(blocks.block_html(block), "html.parser").find("table")


def test_a_table_of_numbers_stays_a_table() -> None:
    block = register_block()
    columns = [{"label": name, "align": "right"} for name in ("n", "Share", "From", "To")]
    block["columns"] = [*block["columns"][:2], *columns]
    block["rows"] = [["A", "x" * 90, "1", "2", "3", "4"]]
    assert BeautifulSoup(blocks.block_html(block), "html.parser").find("table")


def test_days_of_a_timeline_are_written_out_as_on_the_page() -> None:
    frame = pd.DataFrame(
        {"indicator_text": ["a", "b"], "category_text": "policy", "period": ["2018", "2012-06-20"]}
    )
    block = alt_text.data_table("timeline", frame, title="Events", language="en", synthetic=False)
    assert [row[-1] for row in block["rows"]] == ["2018", "20 June 2012"]


def test_a_source_that_several_rows_share_is_said_once() -> None:
    """PAGES.md, 8: "a citation repeated in 16 rows is said once above"."""
    source = "Institute of Statistics, survey of the use of technology by children, 2024, press report"
    other = "Ministry of Education, a report on the use of technology in schools, in print only, 2021"
    columns = [{"label": head, "align": "left"} for head in ("Group", "Value", "Base", "Source")]
    rows = [["all", "1", "a", source], ["girl", "2", "b", source], ["boy", "3", "c", source]]
    block = {"columns": columns, "rows": [*rows, ["other", "4", "d", other]], "row_headers": 1}
    page = as_html(register(block))
    assert page.count(source) == 1 and page.count("Source: [1]") == 3 and page.count(other) == 1
