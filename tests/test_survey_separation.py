"""Models that have no finite estimate: found, marked, and never told as an odds ratio of 10^16."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from digicit_lib.errors import DataError
from digicit_lib.survey import SurveyDesign, regression


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "psu": np.repeat(range(40), 10),
            "gender": rng.choice(["girl", "boy"], 400),
            "age": rng.choice(["9-11", "12-14", "15-17"], 400),
            "w": rng.uniform(0.5, 2, 400),
            "y": (rng.random(400) < 0.3).astype(float),
        }
    )
    frame.loc[frame["gender"] == "girl", "y"] = 0.0
    return frame


@pytest.mark.parametrize("order", [["boy", "girl"], ["girl", "boy"]])
def test_a_group_without_a_yes_has_no_odds_ratio_and_spoils_no_other(
    frame: pd.DataFrame, order: list[str]
) -> None:
    """The other coefficients are those of the boys alone: the girls' answers are predicted exactly."""
    data = frame.assign(gender=pd.Categorical(frame["gender"], order))
    design = SurveyDesign(data, weight="w", psu="psu")
    fit = regression(design, "y ~ gender + age", "binomial")
    boys = regression(design, "y ~ age", "binomial", where=frame["gender"] == "boy").coefficients
    rows = fit.coefficients.set_index("term")
    gone = rows.index[rows["separated"]].tolist()
    assert gone == [f"gender[T.{order[1]}]"]
    assert rows.loc[gone, ["coef", "se", "ratio", "ratio_low", "ratio_high", "p_value"]].isna().all(axis=None)
    kept = rows.drop(index=gone)[["coef", "se", "df", "p_value"]]
    pd.testing.assert_frame_equal(kept, boys.set_index("term")[["coef", "se", "df", "p_value"]], rtol=1e-7)
    assert (fit.n, fit.n_yes) == (400, int(frame["y"].sum()))
    assert fit.terms["term"].tolist() == ["age"]
    with pytest.raises(DataError, match="finite estimate"):
        fit.wald("gender")


def test_a_term_that_decides_every_answer_is_refused(frame: pd.DataFrame) -> None:
    design = SurveyDesign(frame.assign(x=frame["y"] * 2 + frame["w"] / 10), weight="w", psu="psu")
    with pytest.raises(DataError, match="predicts every answer"):
        regression(design, "y ~ x + age", "binomial")


def test_an_outcome_that_does_not_vary_is_refused(frame: pd.DataFrame) -> None:
    design = SurveyDesign(frame.assign(y=0.0), weight="w", psu="psu")
    with pytest.raises(DataError, match="does not vary"):
        regression(design, "y ~ age", "binomial")


def test_a_small_group_with_both_answers_is_no_separation(frame: pd.DataFrame) -> None:
    data = frame.copy()
    data.loc[data.index[data["gender"] == "girl"][0], "y"] = 1.0
    fit = regression(SurveyDesign(data, weight="w", psu="psu"), "y ~ gender + age", "binomial")
    assert not fit.coefficients["separated"].any() and np.isfinite(fit.coefficients["ratio"]).all()
