"""Response rates: AAPOR's definitions by hand, an agency's published rates, counts that do not add up."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_params import GOOD, problems, write

from digicit_lib.params import load_params
from digicit_lib.params.reporting import Outcomes
from digicit_lib.survey.response import response_rates

COUNTS = {
    "complete": 620,
    "partial": 30,
    "refusal": 140,
    "noncontact": 80,
    "other": 20,
    "unknown": 90,
    "unknown_other": 20,
    "not_eligible": 55,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def test_rates_by_hand() -> None:
    """AAPOR, Standard Definitions (10th edition): I/(I+P+R+NC+O+UH+UO) and its kin; 890 known eligible."""
    rates = response_rates(Outcomes(**COUNTS, e=0.8, e_source="screening"))
    line = 890 + 0.8 * 110
    expected = {"RR1": 620 / 1000, "RR2": 650 / 1000, "RR3": 620 / line, "RR4": 650 / line}
    assert rates == pytest.approx(expected, rel=1e-12)


def test_rates_that_the_counts_do_not_allow_are_not_told() -> None:
    assert list(response_rates(Outcomes(**COUNTS))) == ["RR1", "RR2"]
    known = response_rates(Outcomes(complete=152, refusal=57))
    assert known == pytest.approx(dict.fromkeys(("RR1", "RR2", "RR5", "RR6"), 152 / 209))


def test_stages_multiply_as_the_agency_publishes_them(root: Path) -> None:
    """YRBS 2021: 72.7 % of schools, 79.1 % of students, 57.5 % together (CDC's data user's guide)."""
    stages = "[{name: schools, of: 209, took_part: 152}, {name: students, of: 21791, took_part: 17232}]"
    write(root, GOOD + f"response: {{source: guide, stages: {stages}}}\n")
    assert round(100 * (load_params("study", root).response_rate or 0), 1) == 57.5


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ("{complete: 10, refusal: 5, sampled: 20}", "add up to 15"),
        ("{complete: 0}", "at least 1"),
        ("{complete: 10, e: 0.5}", "e_source"),
        ("{complete: -1}", "greater than or equal to 0"),
    ],
)
def test_outcome_counts_that_do_not_add_up_name_their_line(root: Path, outcomes: str, said: str) -> None:
    told = "\n".join(str(problem) for problem in problems(root, GOOD + f"outcomes:\n  child: {outcomes}\n"))
    assert said in told and "study.yaml:7" in told
