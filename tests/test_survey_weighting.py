"""Calibrated and trimmed weights, regression and reliability beyond the R reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from digicit_lib.errors import DataError, DesignError
from digicit_lib.survey import (
    SurveyDesign,
    adjust_p,
    calibrate,
    effect_size,
    mean,
    regression,
    reliability,
    total,
    trim,
    weight_report,
    weighting,
)


@pytest.fixture
def design() -> SurveyDesign:
    rng = np.random.default_rng(8)
    psu = np.repeat(np.arange(20), 10)
    frame = pd.DataFrame({"w": rng.uniform(1, 2, 200), "psu": psu, "stratum": psu // 5})
    frame["sex"], frame["area"] = rng.choice(["f", "m"], 200), rng.choice(["u", "r"], 200)
    frame["x"] = rng.normal(0, 1, 200)
    frame["y"] = 3 + 2 * frame["x"] + (frame["sex"] == "f") + rng.normal(0, 1, 200)
    frame["z"] = (frame["y"] > 3).astype(float)
    return SurveyDesign(frame, weight="w", strata="stratum", psu="psu")


MARGINS = {"sex": {"f": 160, "m": 140}, "area": {"u": 200, "r": 100}}


@pytest.mark.parametrize(
    ("kind", "bounds"), [("linear", None), ("raking", None), ("logit", (0.3, 3)), ("raking", (0.5, 2))]
)
def test_margins_are_met_and_their_error_is_nothing(
    design: SurveyDesign, kind: str, bounds: tuple | None
) -> None:
    fitted = calibrate(design, MARGINS, kind=kind, bounds=bounds)
    held = fitted.frame.assign(w=fitted.weights, girl=(fitted.frame["sex"] == "f").astype(float))
    assert held.groupby("sex")["w"].sum().to_dict() == pytest.approx({"f": 160, "m": 140})
    assert held.groupby("area")["w"].sum().to_dict() == pytest.approx({"u": 200, "r": 100})
    known = SurveyDesign(held, weight="w", strata="stratum", psu="psu", calibration=fitted.calibration)
    assert total(known, "girl")["se"].iloc[0] == pytest.approx(0, abs=1e-9)
    assert "calibrated" in mean(fitted, "y")["method"].iloc[0]
    assert design.weights.sum() != pytest.approx(300)  # the old design is as it was
    if bounds:
        ratio = fitted.weights / design.weights
        assert (ratio >= bounds[0] - 1e-9).all()
        assert (ratio <= bounds[1] + 1e-9).all()


@pytest.mark.parametrize(
    ("kind", "bounds"), [("linear", (0.5, 2)), ("raking", (0.5, 2)), ("raking", None), ("logit", (0.5, 2))]
)
def test_the_slope_of_a_new_weight_is_its_derivative_within_its_bounds_and_beyond(
    kind: str, bounds: tuple[float, float] | None
) -> None:
    u = np.array([-3.0, -0.9, -0.2, 0.1, 0.6, 1.5, 3.0])
    _, slope = weighting._ratio(u, kind, bounds)
    ends = [weighting._ratio(u + step, kind, bounds)[0] for step in (1e-6, -1e-6)]
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-9)


def test_a_margin_may_be_crossed_of_unequal_groups(design: SurveyDesign) -> None:
    """Three ages by two sexes: each cell meets its own count, in whichever order it is given."""
    ages = np.where(design.frame["x"] < -0.5, "young", np.where(design.frame["x"] < 0.5, "middle", "old"))
    design = SurveyDesign(design.frame.assign(age=ages), weight="w", strata="stratum", psu="psu")
    cells = design.frame.groupby(["age", "sex"])["w"].sum()
    totals = {",".join(cell): 50.0 + 10 * k for k, cell in enumerate(reversed(list(cells.index)))}
    fitted = calibrate(design, {"age,sex": totals})
    met = fitted.frame.assign(w=fitted.weights).groupby(["age", "sex"])["w"].sum()
    assert {",".join(cell): w for cell, w in met.items()} == pytest.approx(totals)


def test_calibration_on_the_outcome_gains_precision(design: SurveyDesign) -> None:
    plain, fitted = (
        mean(design, "y")["se"][0],
        mean(calibrate(design, {"psu": 2900.0, "x": 4.0}), "y")["se"][0],
    )
    assert fitted < plain


def test_replicates_are_calibrated_too(design: SurveyDesign) -> None:
    psu, stratum = design.taylor.unit, design.frame["stratum"].to_numpy()
    columns = [
        np.where(psu == r, 0, np.where(stratum == r // 5, 1.25, 1.0)) * design.weights for r in range(20)
    ]
    replicates = {"method": "JKn", "rscales": [0.8] * 20, "weights": np.stack(columns, axis=1)}
    jack = calibrate(SurveyDesign(design.frame, weight="w", replicates=replicates), MARGINS)
    sums = jack.variance.weights[design.frame["sex"] == "f"].sum(axis=0)  # type: ignore[union-attr]
    np.testing.assert_allclose(sums, 160)
    assert mean(jack, "y")["se"][0] == pytest.approx(mean(calibrate(design, MARGINS), "y")["se"][0], rel=0.15)


def test_totals_that_are_refused(design: SurveyDesign) -> None:
    for totals, options, words in (
        ({"sex": {"f": 100, "x": 90}}, {}, "levels: m, x"),
        ({"sex": {"f": 10, "m": 10}, "area": {"u": 500, "r": 1}}, {"kind": "raking"}, "same sum"),
        (MARGINS, {"kind": "greg"}, "linear"),
        (MARGINS, {"kind": "logit"}, "needs bounds"),
        (MARGINS, {"bounds": (2, 3)}, "both sides of one"),
        ({"weight": 3.0}, {}, "data lack"),
    ):
        with pytest.raises(DesignError) as caught:
            calibrate(design, totals, **options)  # type: ignore[arg-type]
        assert words in str(caught.value)


def test_trimming_keeps_the_sum(design: SurveyDesign) -> None:
    cut = trim(design, 1.2, 1.7)
    assert cut.weights.sum() == pytest.approx(design.weights.sum())
    assert cut.weights.min() >= 1.2
    assert cut.weights.max() <= 1.7
    report = weight_report(before=design, after=cut)
    assert report.loc["after", "kish_deff"] < report.loc["before", "kish_deff"]
    with pytest.raises(DesignError, match="No weights of this sum"):
        trim(design, 1.9, 2.0)


def test_odds_ratios_and_joint_tests(design: SurveyDesign) -> None:
    fit = regression(design, "z ~ x + sex", "binomial")
    row = fit.coefficients.set_index("term").loc["x"]
    assert row["ratio"] == pytest.approx(np.exp(row["coef"]))
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert fit.wald("x")["statistic"] == pytest.approx(row["t"] ** 2)
    assert fit.wald("x", "sex")["ndf"] == 2
    with pytest.raises(DataError, match="no such term"):
        fit.wald("age")


def test_regression_on_a_group_is_the_difference(design: SurveyDesign) -> None:
    slope = regression(design, "y ~ sex").coefficients.set_index("term").loc["sex[T.m]"]
    by = mean(design, "y", by="sex").set_index("level")["estimate"]
    assert slope["coef"] == pytest.approx(by["m"] - by["f"])


def test_formulas_that_are_refused(design: SurveyDesign) -> None:
    for formula, family, words in (
        ("y ~ nothing", "gaussian", "cannot be read"),
        ("y ~ x + I(2 * x)", "gaussian", "tell the terms"),
        ("y ~ x", "probit", "binomial"),
    ):
        with pytest.raises(DataError) as caught:
            regression(design, formula, family)
        assert words in str(caught.value)


def test_reliability_by_hand() -> None:
    """Two items: alpha is 2 cov / var(sum) x 2; weights of two are rows twice."""
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 2], "b": [2.0, 2, 4, 5, np.nan], "w": [1.0, 2, 1, 1, 9]})
    got = reliability(SurveyDesign(frame, weight="w"), ["a", "b"])
    twice = frame.iloc[[0, 1, 1, 2, 3]]
    c = np.cov(twice["a"], twice["b"], ddof=0)
    assert got["alpha"] == pytest.approx(4 * c[0, 1] / c.sum())
    assert got["n"] == 4
    assert np.isnan(got["omega"])
    assert np.isnan(reliability(SurveyDesign(frame.iloc[:2], weight="w"), ["a", "b"])["alpha"])
    alike = reliability(SurveyDesign(frame.fillna(3.0).assign(c=1.0), weight="w"), ["a", "b", "c"])
    assert np.isnan(alike["omega"]) and alike["alpha"] > 0  # a constant correlates with none
    with pytest.raises(DataError, match="at least two items"):
        reliability(SurveyDesign(frame, weight="w"), ["a"])


def test_effect_sizes_say_that_they_are_unweighted(design: SurveyDesign) -> None:
    got = effect_size(design, "y", "sex", "f", "m")
    assert got["method"] == "pingouin, unweighted"
    assert got["n"] == 200
    with pytest.raises(DataError, match="no such level"):
        effect_size(design, "y", "sex", "f", "n")


def test_adjustment_leaves_missing_p_alone() -> None:
    assert adjust_p([0.01, np.nan, 0.02], "bonferroni").tolist() == [
        0.02,
        pytest.approx(np.nan, nan_ok=True),
        0.04,
    ]
    with pytest.raises(DataError, match="Unknown adjustment"):
        adjust_p([0.1], "sidak")
