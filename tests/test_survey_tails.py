"""Saddlepoint tails, the working likelihood ratio, the profile interval, pairwise alpha."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, special, stats

from digicit_lib.errors import DataError
from digicit_lib.survey import SurveyDesign, interval, proportion, regression, reliability
from digicit_lib.survey.tails import upper_tail

EFFECTS = np.array([1.5, 0.5])


@pytest.mark.parametrize(
    ("statistic", "ddf", "wanted"), [(6, 40, 0.0697812025383), (1.9, 12.7, 0.400618600193)]
)
def test_tail_equals_r(statistic: float, ddf: float, wanted: float) -> None:
    """R survey 4.1: pFsum(x, c(1, 1), c(1.5, .5), ddf, lower.tail = FALSE, method = "saddlepoint")."""
    assert upper_tail(statistic, EFFECTS, ddf) == pytest.approx(wanted, rel=1e-7)


def test_tail_at_the_mean_is_satterthwaite() -> None:
    """R gives 0.360919673121 for x = 2: F(1.6, 40) beyond 2 / 2."""
    assert upper_tail(2, EFFECTS, 40) == pytest.approx(stats.f.sf(1, 1.6, 40), rel=1e-12)
    assert upper_tail(2, EFFECTS, 40) == pytest.approx(0.360919673121, rel=1e-10)


@pytest.mark.parametrize("statistic", [0.5, 4.0, 12.0])
def test_tail_is_near_the_exact_one(statistic: float) -> None:
    """Imhof's inversion integral (1961) of the same quadratic form."""
    weight, count = np.append(EFFECTS, -statistic / 30), np.array([1, 1, 30])

    def integrand(u: float) -> float:
        angle = (count * np.arctan(weight * u)).sum() / 2
        return float(np.sin(angle) / u / np.prod((1 + (weight * u) ** 2) ** (count / 4)))

    exact = 0.5 + integrate.quad(integrand, 0, np.inf, limit=200)[0] / np.pi
    assert upper_tail(statistic, EFFECTS, 30) == pytest.approx(exact, rel=0.06)


def test_tail_without_anything_to_say() -> None:
    assert upper_tail(0.0, EFFECTS, 40) == 1.0
    assert np.isnan(upper_tail(1.0, np.zeros(2), 40))
    assert np.isnan(upper_tail(1.0, EFFECTS, 0))
    assert 0 <= upper_tail(1e6, EFFECTS, 40) < 1e-30


def test_likelihood_ratio_of_a_linear_model(shared: Path) -> None:
    """R survey 4.1: regTermTest(svyglm(api00 ~ ell + stype, apistrat), ~stype, method = "LRT")."""
    frame = pd.read_csv(shared / "reference/survey/data/apistrat.csv")
    fit = regression(SurveyDesign(frame, weight="pw", strata="stype", fpc="fpc"), "api00 ~ ell + stype")
    got = fit.likelihood_ratio("stype")
    assert got["statistic"] == pytest.approx(235158.167479, rel=1e-10)
    assert got["p_value"] == pytest.approx(2.74023801868e-08, rel=1e-6)
    with pytest.raises(DataError, match="no such term"):
        fit.likelihood_ratio("styp")


def test_weights_outside_a_domain_leave_its_likelihood_ratio() -> None:
    """The deviance is scaled by the weights of those who are in, as R's svyglm of a subset."""
    frame = pd.DataFrame(
        {"y": [1.0, 3, 2, 5, 4, 6, 7, 9], "x": [0, 1, 0, 1, 1, 0, 1, 0], "w": [1, 2, 3, 1, 2, 1, 4, 4]}
    )
    others = frame.assign(w=frame["w"].where(frame.index < 6, 40))
    both = [regression(SurveyDesign(f, weight="w"), "y ~ x", where=f.index < 6) for f in (frame, others)]
    one, two = (fit.likelihood_ratio("x") for fit in both)
    assert one["statistic"] == pytest.approx(two["statistic"], rel=1e-12)


def test_profile_interval_equals_r_and_nearly_the_exact_one() -> None:
    """R survey 4.5, svyciprop(~awards == "Yes", apistrat, method = "likelihood"); and KL(p, limit) solved."""
    p, se = 0.6389360640505779, 0.034405917997268963
    low, high = (end[0] for end in interval("likelihood", *(np.array([v]) for v in (p, se, 200, 197))))
    assert (low, high) == pytest.approx((0.56939598460367924, 0.70478590138417618), rel=1e-8)
    fall = (stats.t.ppf(0.975, 197) * se) ** 2 / (2 * p * (1 - p)) * 200 / 199

    def gap(q: float) -> float:
        return float(special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q) - fall)

    assert low == pytest.approx(optimize.brentq(gap, 0.01, p), rel=1e-3)
    assert high == pytest.approx(optimize.brentq(gap, p, 0.99), rel=1e-3)


def test_profile_interval_at_the_edges() -> None:
    frame = pd.DataFrame({"psu": range(40), "y": [0.0] * 20 + [1.0] * 20, "g": ["a"] * 20 + ["b"] * 20})
    design = SurveyDesign(frame, psu="psu", unweighted=True)
    out = proportion(design, "y", by="g", ci="likelihood")
    assert out["ci_low"].tolist() == pytest.approx([0, 0.025 ** (1 / 20)])
    assert out["ci_high"].tolist() == pytest.approx([1 - 0.025 ** (1 / 20), 1])
    low, high = interval("likelihood", *(np.array([v]) for v in (0.5, 0.0, 40.0, 39.0)))
    assert (low[0], high[0]) == (0.5, 0.5)
    assert np.isnan(interval("likelihood", *(np.array([v]) for v in (0.5, 0.1, 40.0, 0.0)))[0][0])


def test_pairwise_alpha_uses_every_pair() -> None:
    """pandas' pairwise covariances; weights of two count a row twice."""
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 6], "b": [1.0, 2, 3, 5, np.nan], "c": [2.0, np.nan, 3, 4, 4]})
    covariance = frame.cov().to_numpy()
    got = reliability(SurveyDesign(frame, unweighted=True), list("abc"), pairwise=True)
    assert got["alpha"] == pytest.approx(1.5 * (1 - np.trace(covariance) / covariance.sum()))
    assert got["n"] == 5
    listwise = reliability(SurveyDesign(frame, unweighted=True), list("abc"))
    assert listwise["n"] == 3
