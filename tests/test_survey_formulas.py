"""Textbook formulas on small numbers, computed here once more without the library: no reference data needed.

Sources beside each: Cochran (1977) *Sampling Techniques*; Särndal, Swensson, Wretman (1992) *Model Assisted
Survey Sampling*; Rao and Scott (1984); Woodruff (1952); scipy for Pearson's chi-squared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from digicit_lib.errors import DesignError
from digicit_lib.survey import (
    SurveyDesign,
    association,
    contrast,
    difference,
    mean,
    proportion,
    quantile,
    ratio,
    regression,
    reliability,
    total,
    trend,
    weight_report,
)


def simple(n: int = 60) -> pd.DataFrame:
    """A simple random sample: each row a PSU, no weights."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(10, 3, n).round(2), "g": rng.choice(list("abc"), n)})
    frame["y"] = (rng.random(n) < 0.3 + 0.2 * (frame["g"] == "a")).astype(float)
    return frame


@pytest.fixture(scope="module")
def srs() -> SurveyDesign:
    return SurveyDesign(simple(), unweighted=True)


def one(frame: pd.DataFrame) -> dict[str, Any]:
    (row,) = frame.to_dict("records")
    return row


def test_a_mean_of_a_simple_random_sample(srs: SurveyDesign) -> None:
    """Cochran 2.20: s²/n; t with n - 1 degrees of freedom."""
    x, got = srs.frame["x"], one(mean(srs, "x"))
    se, t = x.std(ddof=1) / np.sqrt(len(x)), stats.t.ppf(0.975, len(x) - 1)
    want = [x.mean(), se, len(x) - 1, x.mean() - t * se, x.mean() + t * se, 1.0]
    assert [got[k] for k in ("estimate", "se", "df", "ci_low", "ci_high", "deff")] == pytest.approx(want)


def test_a_share_of_a_simple_random_sample_and_its_korn_graubard_interval(srs: SurveyDesign) -> None:
    """p(1-p)/(n-1); Korn and Graubard (1998): Clopper-Pearson on the effective n, which is n - 1 here."""
    y, got = srs.frame["y"], one(proportion(srs, "y"))
    n, p = len(y), y.mean()
    assert got["se"] == pytest.approx(np.sqrt(p * (1 - p) / (n - 1)))
    assert (got["n"], got["n_yes"], got["deff"]) == pytest.approx((n, y.sum(), 1.0))
    yes, no = p * (n - 1), (1 - p) * (n - 1)
    ends = stats.beta.ppf(0.025, yes, no + 1), stats.beta.ppf(0.975, yes + 1, no)
    assert (got["ci_low"], got["ci_high"]) == pytest.approx(ends)


@pytest.fixture(scope="module")
def strata() -> pd.DataFrame:
    """Three strata of 4, 5 and 6 PSUs with 3 to 6 children each, uneven weights."""
    rng, rows = np.random.default_rng(2), []
    for h, count in enumerate((4, 5, 6)):
        for psu in range(count):
            rows += [
                {
                    "h": h,
                    "psu": f"{h}-{psu}",
                    "w": float(rng.uniform(0.5, 3)),
                    "y": float(rng.random() < 0.4),
                    "x": float(rng.normal(5, 2)),
                    "g": str(rng.choice(["a", "b"])),
                    "N": (40, 60, 30)[h],
                }
                for _ in range(int(rng.integers(3, 7)))
            ]
    return pd.DataFrame(rows)


def linearised(frame: pd.DataFrame, z: pd.Series, fpc: bool = False) -> float:
    """Särndal 4.4.2 with replacement within strata: sum over h of (1-f) n/(n-1) of squared PSU totals."""
    variance = 0.0
    for _, part in frame.assign(z=z).groupby("h"):
        totals = part.groupby("psu")["z"].sum()
        n = len(totals)
        f = n / part["N"].iloc[0] if fpc else 0.0
        variance += (1 - f) * n / (n - 1) * ((totals - totals.mean()) ** 2).sum()
    return float(np.sqrt(variance))


@pytest.mark.parametrize("fpc", [False, True])
@pytest.mark.parametrize("level", [None, "a"])
def test_weighted_means_totals_and_ratios_of_a_stratified_cluster_sample(strata, fpc, level) -> None:
    design = SurveyDesign(strata, weight="w", strata="h", psu="psu", fpc="N" if fpc else None)
    inside = pd.Series(True, strata.index) if level is None else strata["g"] == level
    w, x = strata["w"].where(inside, 0.0), strata["x"]
    where = None if level is None else inside
    value = (w * x).sum() / w.sum()
    got = one(mean(design, "x", where=where))
    assert got["estimate"] == pytest.approx(value)
    assert got["se"] == pytest.approx(linearised(strata, w * (x - value) / w.sum(), fpc))
    assert got["sum_w"] == pytest.approx(w.sum()) and got["n"] == inside.sum()
    whole = one(total(design, "x", where=where))
    assert (whole["estimate"], whole["se"]) == pytest.approx(((w * x).sum(), linearised(strata, w * x, fpc)))
    by = one(ratio(design, "y", "x", where=where))
    r = (w * strata["y"]).sum() / (w * x).sum()
    assert by["estimate"] == pytest.approx(r)
    assert by["se"] == pytest.approx(linearised(strata, w * (strata["y"] - r * x) / (w * x).sum(), fpc))


def test_a_difference_is_of_one_sample_with_its_covariance(strata: pd.DataFrame) -> None:
    design = SurveyDesign(strata, weight="w", strata="h", psu="psu")
    parts = []
    for level in "ab":
        w = strata["w"].where(strata["g"] == level, 0.0)
        value = (w * strata["y"]).sum() / w.sum()
        parts.append((value, w * (strata["y"] - value) / w.sum()))
    got = one(difference(design, "y", "g", "a", "b"))
    se = linearised(strata, parts[0][1] - parts[1][1])
    assert (got["estimate"], got["se"]) == pytest.approx((parts[0][0] - parts[1][0], se))
    t = got["estimate"] / se
    assert (got["t"], got["p_value"]) == pytest.approx((t, 2 * stats.t.sf(abs(t), got["df"])))
    assert got["df"] == 15 - 3
    same = one(contrast(design, "y", "g", {"a": 1.0, "b": -1.0}))
    assert (same["estimate"], same["se"]) == pytest.approx((got["estimate"], se))


def two_stages() -> pd.DataFrame:
    """Simple random samples of 3 of 10 schools and of some of their classes of one child each."""
    rng = np.random.default_rng(3)
    sizes = {"s1": (4, 9), "s2": (3, 5), "s3": (5, 20)}  # drawn of so many
    rows = [
        {
            "psu": s,
            "ssu": f"{s}{k}",
            "n2": m,
            "N1": 10,
            "N2": big,
            "y": float(rng.integers(1, 9)),
            "w": 10 / 3 * big / m,
        }
        for s, (m, big) in sizes.items()
        for k in range(m)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("fractions", [False, True])
def test_a_total_of_two_stages(fractions: bool) -> None:
    """Cochran 11.24: N²(1-f1)s1²/n, and N/n times the sum of M²(1-f2)s2²/m."""
    frame = two_stages()
    counts = {"fpc": "N1", "ssu_fpc": "N2"}
    if fractions:
        frame = frame.assign(f1=3 / 10, f2=frame["n2"] / frame["N2"])
        counts = {"fpc": "f1", "ssu_fpc": "f2"}
    design = SurveyDesign(frame, weight="w", psu="psu", ssu="ssu", **counts)
    schools = frame.groupby("psu").agg(
        m=("y", "size"), big=("N2", "first"), mean=("y", "mean"), s2=("y", "var")
    )
    first = 100 * (1 - 0.3) * (schools["big"] * schools["mean"]).var() / 3
    second = (
        10 / 3 * (schools["big"] ** 2 * (1 - schools["m"] / schools["big"]) * schools["s2"] / schools["m"])
    )
    got = one(total(design, "y"))
    assert got["estimate"] == pytest.approx(10 / 3 * (schools["big"] * schools["mean"]).sum())
    assert got["se"] == pytest.approx(np.sqrt(first + second.sum()))


def test_a_census_has_no_error_and_a_count_below_the_sample_is_refused(strata: pd.DataFrame) -> None:
    psus = strata.groupby("h")["psu"].transform("nunique")
    whole = SurveyDesign(strata.assign(N=psus), weight="w", strata="h", psu="psu", fpc="N")
    assert one(mean(whole, "x"))["se"] == pytest.approx(0.0, abs=1e-12)
    for few in (psus - 1, psus.where(strata["h"] > 0, psus - 0.5)):
        with pytest.raises(DesignError, match="smaller than the sample"):
            SurveyDesign(strata.assign(N=few), weight="w", strata="h", psu="psu", fpc="N").taylor  # noqa: B018


def test_pearson_and_rao_scott_of_a_simple_random_sample(srs: SurveyDesign) -> None:
    """Without clusters the design effects are n/(n-1) each, so F = X²(n-1)/(n size) on size and size(n-1)."""
    table = pd.crosstab(srs.frame["y"], srs.frame["g"])
    pearson, _, size, _ = stats.chi2_contingency(table, correction=False)
    n, got = len(srs.frame), one(association(srs, "y", "g"))
    assert (got["chisq"], got["chisq_df"], got["n"]) == pytest.approx((pearson, size, n))
    assert (got["ndf"], got["ddf"]) == pytest.approx((size, size * (n - 1)))
    f = pearson * (n - 1) / n / size
    assert (got["statistic"], got["p_value"]) == pytest.approx((f, stats.f.sf(f, size, size * (n - 1))))
    assert got["chisq_p"] == pytest.approx(stats.chi2.sf(pearson * (n - 1) / n, size))
    assert got["cramers_v"] == pytest.approx(np.sqrt(pearson / n))
    assert (got["wald_ddf"], got["wald_adjusted"]) == pytest.approx(
        (n - size, got["wald"] * (n - size) / (n - 1))
    )
    assert got["wald_p"] == pytest.approx(stats.f.sf(got["wald"], size, n - 1))
    assert got["wald_adjusted_p"] == pytest.approx(stats.f.sf(got["wald_adjusted"], size, n - size))


def test_walds_test_of_two_by_two_is_the_square_of_one_departure(strata: pd.DataFrame) -> None:
    """Särndal 13.5: the departure n11 - n1 n1' / n over its linearised standard error, squared."""
    design = SurveyDesign(strata, weight="w", strata="h", psu="psu")
    w, a, b = strata["w"], strata["y"], (strata["g"] == "b").astype(float)
    n, n_a, n_b = w.sum(), (w * a).sum(), (w * b).sum()
    gap = (w * a * b).sum() - n_a * n_b / n
    z = w * (a * b - (n_b * a + n_a * b) / n + n_a * n_b / n**2)
    assert one(association(design, "y", "g"))["wald"] == pytest.approx((gap / linearised(strata, z)) ** 2)


def test_quantiles_are_named_and_lie_where_half_of_the_weight_does(srs: SurveyDesign) -> None:
    x = np.sort(srs.frame["x"])
    got = quantile(srs, "x", probs=[0.25, 0.5]).set_index("statistic")
    assert got.index.tolist() == ["quantile", "median"] and got["category"].tolist() == ["p25", ""]
    assert x[28] <= got.loc["median", "estimate"] <= x[31]
    t = stats.t.ppf(0.975, 59)
    assert ((got["ci_high"] - got["ci_low"]) / (2 * t)).tolist() == pytest.approx(got["se"].tolist())
    assert got["deff"].isna().all()


def test_a_linear_regression_of_a_simple_random_sample(srs: SurveyDesign) -> None:
    """The sandwich of Binder (1983): (X'X)^-1 times the sum of squared scores, times n/(n-1)."""
    fit = regression(srs, "x ~ y")
    design = np.c_[np.ones(60), srs.frame["y"]]
    beta = np.linalg.lstsq(design, srs.frame["x"], rcond=None)[0]
    scores = design * (srs.frame["x"].to_numpy() - design @ beta)[:, None]
    bread = np.linalg.inv(design.T @ design)
    want = bread @ (scores.T @ scores) @ bread * 60 / 59
    assert fit.coefficients["coef"].tolist() == pytest.approx(beta.tolist())
    assert fit.coefficients["se"].tolist() == pytest.approx(np.sqrt(np.diag(want)).tolist())


def test_a_trend_is_the_weighted_slope_over_its_levels(srs: SurveyDesign) -> None:
    levels = srs.frame.groupby("g")["y"].mean()
    got = one(trend(srs, "y", "g"))
    assert got["estimate"] == pytest.approx((levels["c"] - levels["a"]) / 2)


def test_kish_and_alpha(strata: pd.DataFrame) -> None:
    """Kish (1965): n sum w² / (sum w)²; Cronbach (1951) with weighted covariances."""
    rng = np.random.default_rng(4)
    design = SurveyDesign(strata, weight="w", strata="h", psu="psu")
    w = strata["w"]
    kish = len(w) * (w**2).sum() / w.sum() ** 2
    report = weight_report(all=design).loc["all"]
    assert (report["kish_deff"], report["n_effective"]) == pytest.approx((kish, len(w) / kish))
    items = strata.assign(
        x2=strata["x"] + rng.normal(0, 1, len(strata)), x3=strata["x"] + rng.normal(0, 2, len(strata))
    )
    cov = np.cov(items[["x", "x2", "x3"]].T, aweights=w)
    alpha = 3 / 2 * (1 - np.trace(cov) / cov.sum())
    got = reliability(SurveyDesign(items, weight="w", strata="h", psu="psu"), ["x", "x2", "x3"])
    assert got["alpha"] == pytest.approx(alpha)
