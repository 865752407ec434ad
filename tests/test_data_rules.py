"""Rules that real files need: several answers in a cell, multiple choices, births, capitals and blanks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_data import NAN, mapped, tool

from digicit_lib.codebook import answer_key
from digicit_lib.data.mapping import BLANK, NOT_ASKED, VALID, Mapper
from digicit_lib.data.raw import Raw
from digicit_lib.errors import DataError


@pytest.mark.parametrize(
    ("cells", "wanted", "yes"),
    [
        (["It costs too much, No signal", "It costs too much", "no signal"], ["No signal"], [1, 0, 1]),
        (["cost signal", "signal", "cost"], ["cost"], [1, 0, 1]),
        (["1;3", "2", "13"], ["3"], [1, 0, 0]),
        (["A | B", "B|C", "C"], ["B", "x"], [1, 1, 0]),
        (["No, never, Later", "No", "No, never, Now", "No, Now"], ["No"], [0, 1, 0, 1]),
        (["Phone (old, new), TV", "Phone", "TV"], ["Phone"], [0, 1, 0]),
        (["A, with b, C", "A", "C"], ["A, with b"], [1, 0, 0]),
        (["Hayır, çok pahalı; Sinyal yok", "SİNYAL YOK", "Hayır"], ["Sinyal yok"], [1, 1, 0]),
    ],
)
def test_one_of_several_answers_in_a_cell(cells: list[str], wanted: list[str], yes: list[int]) -> None:
    found = mapped({"column": "q", "contains": wanted}, {"q": [*cells, None, 8]})
    np.testing.assert_array_equal(found.value, [*yes, NAN, NAN])


def test_an_empty_cell_is_a_no_where_the_rule_says_so() -> None:
    found = mapped({"column": "q", "contains": ["a"], "blank": "no"}, {"q": ["a, b", None, "b"]})
    np.testing.assert_array_equal(found.value, [1, 0, 0])
    found = mapped({"column": "q", "contains": ["a"], "blank": "not_asked"}, {"q": ["a, b", None, "b"]})
    assert found.value.tolist()[::2] == [1, 0] and found.state.tolist() == [VALID, NOT_ASKED, VALID]


def test_unticked_options_of_one_question_are_a_no_and_are_told() -> None:
    parts = [{"column": f"barriers/{name}", "yes": [1], "no": [0]} for name in "ab"]
    columns = {"barriers/a": [1, 0, NAN], "barriers/b": [0, 0, NAN]}
    held = tool(indicators={"RSK-01": {"any": parts}})
    mapper = Mapper(Raw(pd.DataFrame(columns)), held)
    np.testing.assert_array_equal(mapper.indicator("RSK-01").value, [1, 0, 0])
    assert mapper.notes[0].startswith("barriers: 1 rows have no option ticked")
    strict = [{**part, "blank": "missing"} for part in parts]
    np.testing.assert_array_equal(mapped({"any": strict}, columns).value, [1, 0, NAN])


def test_columns_with_ticks_alone_are_empty_where_another_is_ticked() -> None:
    parts = [{"column": name, "yes": [name]} for name in ("Phone", "Computer")]
    columns = {"Phone": ["Phone", None, None], "Computer": [None, "Computer", None]}
    found = mapped({"all": parts}, columns)
    np.testing.assert_array_equal(mapped({"any": parts}, columns).value, [1, 1, NAN])
    assert found.state.tolist() == [BLANK] * 3


@pytest.mark.parametrize("answer", ["Yes", " YES", "yes", "Yes\u00a0"])
def test_capitals_and_blanks_make_no_other_answer(answer: str) -> None:
    assert mapped({"column": "q", "yes": ["yes"], "no": ["no"]}, {"q": [answer]}).state.tolist() == [VALID]


def test_answers_that_differ_in_capitals_alone_can_be_told_apart() -> None:
    found = mapped({"column": "q", "yes": ["A"], "no": ["a"]}, {"q": ["A", "a"]})
    np.testing.assert_array_equal(found.value, [1, 0])


def test_missing_codes_of_one_column() -> None:
    found = mapped({"column": "q", "yes": [1], "no": [2]}, {"q": [1, 77]}, column_missing={"q": {"dk": [77]}})
    np.testing.assert_array_equal(found.value, [1, NAN])


def age_of(columns: dict[str, Any], age: dict[str, Any]) -> list[float]:
    return list(Mapper(Raw(pd.DataFrame(columns)), tool(age=age)).age)


@pytest.mark.parametrize(
    "born",
    [
        ["2010-03-02", "2010-03-01"],
        ["02.03.2010", "01.03.2010"],
        pd.to_datetime(["2010-03-02", "2010-03-01"]),
    ],
)
def test_age_in_completed_years_at_the_day_of_the_interview(born: Any) -> None:
    assert age_of({"b": born, "d": ["2020-03-01"] * 2}, {"born": "b", "interviewed": "d"}) == [9, 10]
    assert age_of({"b": born}, {"born": "b", "interviewed": "2020-03-01"}) == [9, 10]


@pytest.mark.parametrize("origin", [("1899-12-30", "D"), ("1582-10-14", "s"), ("1970-01-01", "ms")])
def test_dates_that_a_program_counts_are_dates(origin: tuple[str, str]) -> None:
    days = pd.to_datetime(pd.Series(["2010-03-02", "2010-03-01"])) - pd.Timestamp(origin[0])
    counted = (days / pd.Timedelta(1, origin[1])).map("{:.0f}".format).tolist()
    assert age_of({"b": counted}, {"born": "b", "interviewed": "2020-03-01"}) == [9, 10]


def test_days_and_months_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(DataError, match="cannot be told apart"):
        age_of({"b": ["02/03/2010"]}, {"born": "b", "interviewed": "2020-03-01"})


def test_dates_in_the_column_of_the_age_lead_to_born_and_interviewed() -> None:
    with pytest.raises(DataError, match="holds dates") as error:
        age_of({"b": ["2010-03-02"]}, {"column": "b", "range": [0, 120]})
    assert "born: b" in str(error.value)


def test_grouped_ages_are_given_a_year_each() -> None:
    assert age_of({"g": [1, 2]}, {"column": "g", "values": {"1": 9, "2": 12}}) == [9, 12]


def test_typographic_apostrophes_are_apostrophes() -> None:
    assert answer_key("DON\u2019T KNOW") == answer_key("don't know")


@pytest.mark.parametrize(
    "rule",
    [
        {"column": "q", "yes": [1], "no": [1, 2]},
        {"column": "q", "yes": [1], "no": [2], "missing": {"dk": ["1.0"]}},
        {"column": "q", "values": {"1": 0, "9": 5}, "missing": {"pnts": [9]}},
    ],
)
def test_a_code_that_stands_in_two_places_is_refused(rule: dict[str, Any]) -> None:
    """It would count as one of them, in silence."""
    with pytest.raises(ValueError, match="one place for each code"):
        tool(indicators={"RSK-01": rule})
    with pytest.raises(ValueError, match="stands under girl and boy"):
        tool(breakdowns={"gender": {"column": "q", "levels": {"girl": [1], "boy": [1, 2]}}})


def test_an_answer_that_no_cell_holds_is_told() -> None:
    """A misspelled answer would be a share of nought, and nobody would know."""
    held = tool(indicators={"RSK-01": {"column": "q", "contains": ["No signl"]}})
    mapper = Mapper(Raw(pd.DataFrame({"q": ["Cost, No signal", "Cost"]})), held)
    mapper.indicator("RSK-01")
    assert mapper.notes == ["q: no cell holds No signl; compare the spelling."]
