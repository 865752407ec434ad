"""Response rates: AAPOR's definitions by hand, and the agency's own published rates."""

from __future__ import annotations

import pytest

from digicit_lib.survey.response import overall, printed_rates, response_rates

COUNTS = {
    "complete": 620, "partial": 30, "refusal": 140, "noncontact": 80, "other": 20, "unknown": 90,
    "unknown_other": 20, "not_eligible": 55, "e": 0.8,
}  # fmt: skip


def test_six_rates_by_hand() -> None:
    """AAPOR, Standard Definitions (10th edition): I/(I+P+R+NC+O+UH+UO) and its kin; 890 known eligible."""
    expected = {
        "RR1": 620 / 1000, "RR2": 650 / 1000, "RR3": 620 / (890 + 0.8 * 110), "RR4": 650 / (890 + 0.8 * 110),
        "RR5": 620 / 890, "RR6": 650 / 890,
    }  # fmt: skip
    assert response_rates(COUNTS) == pytest.approx(expected, rel=1e-12)


def test_without_e_the_rates_that_need_it_are_not_told() -> None:
    counts = {**COUNTS, "e": None}
    rates = response_rates(counts)
    assert rates["RR3"] != rates["RR3"]
    assert list(printed_rates(counts)) == ["RR1", "RR2"]
    assert list(printed_rates(COUNTS)) == ["RR1", "RR2", "RR3", "RR4"]


def test_without_unknown_cases_all_rates_agree() -> None:
    rates = response_rates({"complete": 152, "refusal": 57})
    assert set(rates.values()) == {152 / 209}


def test_stages_multiply_as_the_agency_publishes_them() -> None:
    """YRBS 2021: 72.7 % of schools, 79.1 % of students, 57.5 % together (CDC's data users' guide)."""
    schools, students = (response_rates(c) for c in (
        {"complete": 152, "refusal": 209 - 152}, {"complete": 17232, "refusal": 21791 - 17232},
    ))  # fmt: skip
    both = overall([schools, students])
    assert [round(100 * x["RR1"], 1) for x in (schools, students, both)] == [72.7, 79.1, 57.5]
