"""Confidence intervals: the formulas, the edges, and how often they cover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from digicit_lib.errors import DataError
from digicit_lib.survey import SurveyDesign, interval, table
from digicit_lib.survey.intervals import effective_n, profile, t_value
from digicit_lib.survey.quantiles import Distribution

SHARES = (0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95)


def one(*values: float) -> list[np.ndarray]:
    return [np.array([v]) for v in values]


def test_korn_graubard_by_hand() -> None:
    """p = 0.1, se = 0.02, n = 400, df = 30: n_eff = 225 (t399 / t30)², then scipy's beta."""
    size = 0.09 / 0.0004 * (stats.t.ppf(0.975, 399) / stats.t.ppf(0.975, 30)) ** 2
    low, high = interval("korn-graubard", *one(0.1, 0.02, 400, 30))
    assert low[0] == pytest.approx(stats.beta.ppf(0.025, 0.1 * size, 0.9 * size + 1), rel=1e-10)
    assert high[0] == pytest.approx(stats.beta.ppf(0.975, 0.1 * size + 1, 0.9 * size), rel=1e-10)


def test_effective_n_is_capped_and_falls_back() -> None:
    p, se, n, df = (
        np.array([0.5, 0.5, 0.0, 0.5]),
        np.array([0.001, 1e-17, 0.0, 0.1]),
        np.full(4, 50.0),
        np.full(4, 20.0),
    )
    size = effective_n(p, se, n, df, 0.95)
    assert list(size[:3]) == [50, 50, 50]
    assert size[3] < 50


@pytest.mark.parametrize("se", [np.nan, 0.1])
def test_none_and_all_are_counted_by_those_who_answered_whatever_their_error(se: float) -> None:
    """NCHS (2017): where the share is 0 or 1 the effective sample is n; each condition is enough alone."""
    size = effective_n(np.array([0.0, 1.0]), np.full(2, se), np.full(2, 50.0), np.full(2, 20.0), 0.95)
    assert size.tolist() == [50, 50]


@pytest.mark.parametrize("ci", ["korn-graubard", "beta", "logit", "wilson", "asin", "t"])
def test_zero_and_hundred_percent_have_one_sided_limits(ci: str) -> None:
    """Clopper-Pearson with no yes among 30: 0 to 1 - 0.025^(1/30)."""
    low, high = interval(ci, np.array([0.0, 1.0]), np.zeros(2), np.full(2, 30.0), np.full(2, 12.0))
    outer = 1 - 0.025 ** (1 / 30)
    np.testing.assert_allclose([low, high], [[0, 1 - outer], [outer, 1]], rtol=1e-10)


@pytest.mark.parametrize("ci", ["korn-graubard", "logit", "wilson"])
def test_limits_are_ordered_and_inside(ci: str) -> None:
    p = np.linspace(0.001, 0.999, 200)
    low, high = interval(ci, p, np.sqrt(p * (1 - p) / 60), np.full(200, 90.0), np.full(200, 25.0))
    assert ((low >= 0) & (low <= p) & (p <= high) & (high <= 1)).all()


def test_no_degrees_of_freedom_no_interval() -> None:
    low, high = interval("korn-graubard", *one(0.3, 0.1, 20, 0))
    assert np.isnan([low, high]).all()
    assert np.isnan(t_value(np.array([0.0, -1.0]), 0.95)).all()


def test_unknown_method_names_the_known() -> None:
    with pytest.raises(DataError, match="Unknown interval method") as caught:
        interval("wald", *one(0.3, 0.1, 20, 5))
    assert "logit" in str(caught.value)


@pytest.mark.parametrize(("se", "limits"), [(0.4, True), (0.45, False), (0.9, False), (5.0, False)])
def test_a_profile_of_a_huge_design_effect_is_no_error(se: float, limits: bool) -> None:
    """Half of 100: at 0.4 the grid holds both limits; further out it has met 0 and 1, where no profile is."""
    assert np.isfinite(profile(0.5, se, 100, 2.0)).all() == limits


def test_a_profile_without_width_is_its_share_and_without_degrees_of_freedom_none() -> None:
    assert profile(0.5, 2.5e-13, 100, 2.0).tolist() == [0.5, 0.5]
    assert np.isnan(profile(0.5, 2.5e-13, 100, np.nan)).all() and np.isnan(profile(0.5, 0, 100, 0)).all()


@pytest.mark.parametrize(
    ("rule", "numpys"), [("math", "inverted_cdf"), ("school", "averaged_inverted_cdf"), ("hf7", "linear")]
)
def test_quantiles_are_numpys_at_the_steps_and_beside_them(rule: str, numpys: str) -> None:
    """The rules are types 1, 2 and 7 of Hyndman and Fan (1996), which numpy has too."""
    values = np.array([1.0, 2.0, 4.0, 8.0])
    spread = Distribution(values, np.arange(1.0, 5.0))
    for p in (0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0):
        assert spread.at(p, rule) == pytest.approx(np.quantile(values, p, method=numpys)), p


def coverage(samples: int, seed: int) -> pd.DataFrame:
    """Shares of intervals that hold the truth; one indicator a sample, 15 strata x 4 PSUs x 20, ICC 0.05."""
    rng = np.random.default_rng(seed)
    psu = np.repeat(np.arange(60), 20)
    columns = {"weight": rng.lognormal(0, 0.3, len(psu)), "psu": psu, "stratum": psu // 4}
    for p in SHARES:
        cluster = rng.beta(p * 19, (1 - p) * 19, (samples, 60))
        answers = rng.random((samples, len(psu))) < cluster[:, psu]
        columns |= {f"{p}/{i}": answers[i].astype(np.float32) for i in range(samples)}
    frame = pd.DataFrame(columns)
    design = SurveyDesign(frame, weight="weight", strata="stratum", psu="psu")
    found = {}
    for ci in ("korn-graubard", "logit"):
        got = table(design, list(frame)[3:], ci=ci)
        truth = got["indicator"].str.split("/").str[0].astype(float)
        found[ci] = ((got["ci_low"] <= truth) & (truth <= got["ci_high"])).groupby(truth).mean()
    return pd.DataFrame(found)


def test_coverage_of_300_samples() -> None:
    assert (coverage(300, seed=20111117) >= 0.90).all(axis=None)


@pytest.mark.slow
def test_coverage_of_2000_samples() -> None:
    """Logit 92.5-97.5 % from 5 to 95 %; Korn-Graubard at least 93.5 % down to 2 %."""
    found = coverage(2000, seed=20111117)
    assert found.loc[0.05:, "logit"].between(0.925, 0.975).all(), found
    assert (found["korn-graubard"] >= 0.935).all(), found
