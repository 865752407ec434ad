"""The table engine: the frame's shape, missing and empty things, and laws that hold whatever the data."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from digicit_lib.errors import DataError
from digicit_lib.survey import (
    SurveyDesign,
    association,
    contrast,
    difference,
    mean,
    proportion,
    quantile,
    ratio,
    sums,
    table,
    total,
    trend,
)
from digicit_lib.survey.table import COLUMNS


def survey(seed: int = 1, rows: int = 1200, strata: int = 6, psus: int = 8) -> pd.DataFrame:
    """A clustered sample with unequal weights, 5 % item non-response and a filter question."""
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, strata, rows)
    psu = stratum * psus + rng.integers(0, psus, rows)
    effect = rng.normal(0, 0.15, strata * psus)[psu]
    frame = pd.DataFrame({"w": rng.lognormal(0, 0.4, rows), "stratum": stratum, "psu": psu})
    frame["gender"] = pd.Categorical.from_codes(rng.integers(0, 2, rows), ["girl", "boy"])
    frame["age"] = pd.Categorical.from_codes(rng.integers(0, 3, rows), ["9-11", "12-14", "15-17"])
    frame["yes"] = (rng.random(rows) < 0.4 + effect).astype(float)
    frame["score"] = rng.normal(50, 10, rows) + 20 * effect
    for name in ("yes", "score"):
        frame.loc[rng.random(rows) < 0.05, name] = np.nan
    frame["follow"] = np.where((frame["yes"] == 1) & (stratum > 0), rng.random(rows) < 0.3, np.nan)
    return frame


@pytest.fixture(scope="module")
def design() -> SurveyDesign:
    return SurveyDesign(survey(), weight="w", strata="stratum", psu="psu")


def test_one_row_an_estimate_in_order(design: SurveyDesign) -> None:
    got = table(design, ["score", "yes"], by=[(), "gender", ("gender", "age")])
    assert tuple(got.columns) == COLUMNS
    assert list(got["indicator"]) == ["score"] * 9 + ["yes"] * 9
    assert list(got["by"][:9]) == ["", "gender", "gender", *["gender,age"] * 6]
    assert list(got["level"][:5]) == ["", "girl", "boy", "girl,9-11", "girl,12-14"]
    assert set(got.loc[got["indicator"] == "yes", "statistic"]) == {"share"}
    assert set(got.loc[got["indicator"] == "score", "unit"]) == {""}
    assert got.loc[got["indicator"] == "score", "n_yes"].isna().all()


@pytest.mark.parametrize("by", ["gender,age", ("gender", "age"), [("gender", "age")]])
def test_ways_to_name_a_cross(design: SurveyDesign, by: object) -> None:
    assert len(table(design, "yes", by=by)) == 6  # type: ignore[arg-type]


def by_hand(frame: pd.DataFrame, name: str, rows: pd.Series) -> tuple[float, float]:
    """Mean and standard error of a domain, written out over every PSU of the design."""
    used = rows & frame[name].notna()
    w = frame["w"].where(used, 0.0)
    y = frame[name].fillna(0.0)
    p = (w * y).sum() / w.sum()
    totals = (w * (y - p) / w.sum()).groupby([frame["stratum"], frame["psu"]]).sum()
    spread = totals.groupby("stratum").transform(lambda t: (t - t.mean()) * np.sqrt(len(t) / (len(t) - 1)))
    return p, float(np.sqrt((spread**2).sum()))


def test_domains_by_hand(design: SurveyDesign) -> None:
    frame = design.frame
    got = table(design, ["yes", "score"], by="gender").set_index(["indicator", "level"])
    for name in ("yes", "score"):
        for level in ("girl", "boy"):
            p, se = by_hand(frame, name, frame["gender"] == level)
            assert got.loc[(name, level), "estimate"] == pytest.approx(p, rel=1e-12)
            assert got.loc[(name, level), "se"] == pytest.approx(se, rel=1e-11)


def test_missing_not_asked_and_zero_are_three_things(design: SurveyDesign) -> None:
    frame = design.frame
    asked = (frame["yes"] == 1).to_numpy()
    got = proportion(design, ["follow", "yes"], in_base={"follow": asked}).set_index("indicator")
    w = frame["w"]
    silent = asked & frame["follow"].isna()
    assert got.loc["follow", "missing_share"] == pytest.approx(w[silent].sum() / w[asked].sum())
    assert got.loc["yes", "missing_share"] == pytest.approx(w[frame["yes"].isna()].sum() / w.sum())
    assert got.loc["follow", "n"] == frame["follow"].notna().sum()
    gap = difference(design, "follow", "gender", "girl", "boy", in_base={"follow": asked})
    assert gap["missing_share"].iloc[0] == pytest.approx(got.loc["follow", "missing_share"])
    same = proportion(design, ["follow"], in_base=pd.DataFrame({"follow": asked}))
    assert same["missing_share"].iloc[0] == got.loc["follow", "missing_share"]


def test_a_filter_that_empties_a_stratum_counts_its_own_df(design: SurveyDesign) -> None:
    got = proportion(design, "follow").iloc[0]
    held = design.frame[design.frame["follow"].notna()]
    assert got["n_psu"] == held["psu"].nunique()
    assert got["df"] == held["psu"].nunique() - held["stratum"].nunique()
    assert proportion(design, "follow", df="design")["df"].iloc[0] == design.df == 42


def test_empty_levels_and_items_keep_their_row(design: SurveyDesign) -> None:
    frame = design.frame.assign(
        age=design.frame["age"].cat.add_categories(["18+"]), blank=np.nan, never=0.0, always=1.0
    )
    wide = replace(design, frame=frame)
    got = table(wide, ["yes", "blank", "never", "always"], by="age").set_index(["indicator", "level"])
    assert got.loc[("yes", "18+"), ["n", "n_psu", "df"]].tolist() == [0, 0, 0]
    assert np.isnan(got.loc[("yes", "18+"), ["estimate", "se", "ci_low"]].astype(float)).all()
    assert got.loc[("blank", "9-11"), "n"] == 0
    never, always = got.loc[("never", "9-11")], got.loc[("always", "9-11")]
    assert (never["estimate"], never["se"], never["ci_low"]) == (0, 0, 0)
    assert (always["estimate"], always["se"], always["ci_high"]) == (1, 0, 1)
    assert never["ci_high"] == pytest.approx(1 - always["ci_low"])
    assert 0 < never["ci_high"] < 0.02
    nobody = table(wide, "yes", by=[(), "age"], where=np.zeros(len(frame), dtype=bool))
    assert len(nobody) == 5
    assert (nobody["n"] == 0).all()


def test_zero_weights_are_nobody(design: SurveyDesign) -> None:
    frame = design.frame.assign(w=design.frame["w"].where(design.frame["psu"] > 3, 0.0))
    kept = replace(design, frame=frame)
    got, domain = proportion(kept, "yes"), proportion(design, "yes", where=frame["psu"] > 3)
    columns = ["estimate", "se", "n", "n_psu", "df", "ci_low"]
    pd.testing.assert_frame_equal(got[columns], domain[columns])


def test_the_order_of_rows_changes_nothing(design: SurveyDesign) -> None:
    mixed = replace(design, frame=design.frame.sample(frac=1, random_state=4))
    by = [(), "age", ("gender", "age")]
    pd.testing.assert_frame_equal(
        table(mixed, ["yes", "score", "follow"], by),
        table(design, ["yes", "score", "follow"], by),
        rtol=1e-11,
    )


def test_chunks_and_blocks_change_nothing(design: SurveyDesign, monkeypatch: pytest.MonkeyPatch) -> None:
    by, names = ["", "gender", "age"], ["yes", "score", "follow"]
    whole = table(design, names, by)
    monkeypatch.setattr(sums, "CHUNK", 100)
    monkeypatch.setattr(sys.modules[table.__module__], "BUDGET", 1)
    pd.testing.assert_frame_equal(table(design, names, by), whole, rtol=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_two_ways_to_a_variance_agree(seed: int) -> None:
    """From the pairs that occur, and from deviations over every PSU (what `difference` uses)."""
    design = SurveyDesign(survey(seed, rows=300), weight="w", strata="stratum", psu="psu")
    names = ["yes", "score", "follow"]
    by_level = table(design, names, by="age").set_index(["indicator", "level"])
    for level in ("9-11", "12-14", "15-17"):
        only = contrast(design, names, "age", {level: 1.0}).set_index("indicator")
        np.testing.assert_allclose(only["se"], by_level.xs(level, level="level")["se"].loc[names], rtol=1e-9)


def test_laws(design: SurveyDesign) -> None:
    """Weights in other units leave shares alone; yes and no add up; a total is its mean times its weights."""
    frame = design.frame
    scaled = replace(design, frame=frame.assign(w=frame["w"] * 1000, no=1 - frame["yes"]))
    yes, no, plain = proportion(scaled, "yes"), proportion(scaled, "no"), proportion(design, "yes")
    for column in ("estimate", "se", "ci_low", "ci_high", "deff"):
        assert yes[column][0] == pytest.approx(plain[column][0], rel=1e-10)
    assert yes["estimate"][0] + no["estimate"][0] == pytest.approx(1)
    assert yes["se"][0] == pytest.approx(no["se"][0])
    assert yes["ci_low"][0] == pytest.approx(1 - no["ci_high"][0])
    whole = total(design, "score", by="gender")
    assert whole["estimate"].sum() == pytest.approx((frame["w"] * frame["score"]).sum())
    one = ratio(
        design.__class__(frame.assign(one=1.0), weight="w", strata="stratum", psu="psu"), "score", "one"
    )
    assert one["se"][0] == pytest.approx(mean(design, "score")["se"][0])


def test_a_distribution_has_one_row_a_category(design: SurveyDesign) -> None:
    got = proportion(design, "age", by="gender")
    assert list(got["category"]) == ["9-11", "12-14", "15-17"] * 2
    assert set(got["statistic"]) == {"category"}
    assert got.groupby("level")["estimate"].sum().tolist() == pytest.approx([1, 1])


def test_refusals_suggest(design: SurveyDesign) -> None:
    for call, words in (
        (lambda: table(design, "yess"), "did you mean yes?"),
        (lambda: table(design, "yes", by="gendr"), "did you mean gender?"),
        (lambda: proportion(design, "score"), "use mean()"),
        (lambda: table(design, "yes", ci="wald"), "korn-graubard"),
        (lambda: table(design, "yes", df="full"), "domain, design"),
        (lambda: table(design, "yes", level=95), "0.5 to 1"),
        (lambda: table(design, "yes", where="yess"), "did you mean yes?"),
        (lambda: quantile(design, "score", probs=1.5), "between 0 and 1"),
        (lambda: quantile(design, "score", rule="hf8"), "hf7"),
        (lambda: difference(design, "yes", "gender", "girls"), "girl, boy"),
    ):
        with pytest.raises(DataError) as caught:
            call()
        assert words in str(caught.value)


def test_differences_and_pairs(design: SurveyDesign) -> None:
    got = difference(design, ["yes", "score"], "age")
    assert list(got["level"][:3]) == ["9-11-12-14", "9-11-15-17", "12-14-15-17"]
    assert (got["p_adjusted"] >= got["p_value"]).all()
    assert list(got["unit"]) == ["share"] * 3 + [""] * 3
    one = difference(design, "yes", "gender", "girl", "boy").iloc[0]
    by = proportion(design, "yes", by="gender").set_index("level")
    assert one["estimate"] == pytest.approx(by.loc["girl", "estimate"] - by.loc["boy", "estimate"])
    assert one["n"] == by["n"].sum()
    back = difference(design, "yes", "gender", "boy", "girl").iloc[0]
    assert (back["estimate"], back["se"]) == (-one["estimate"], one["se"])
    inside = difference(design, "yes", "gender", "girl", "boy", within="age")
    assert list(inside["level"]) == ["girl-boy,9-11", "girl-boy,12-14", "girl-boy,15-17"]
    assert set(inside["by"]) == {"gender,age"}
    alone = difference(design, "yes", "gender", "girl", "boy", where=design.frame["age"] == "12-14").iloc[0]
    assert inside["se"].iloc[1] == pytest.approx(alone["se"])
    assert len(difference(replace(design, frame=design.frame.assign(all="x")), "yes", "all")) == 0


def test_a_trend_is_the_slope_over_waves() -> None:
    """Waves are independent: the variance of the slope is Σ c² var, c the scaled years."""
    parts = [survey(seed).assign(year=year, wave=seed) for seed, year in ((1, 2017), (2, 2019), (3, 2021))]
    frame = pd.concat(parts, ignore_index=True)
    design = SurveyDesign(frame, weight="w", strata=["wave", "stratum"], psu="psu", nest=True)
    got, by = trend(design, "yes", "year").iloc[0], proportion(design, "yes", by="year")
    assert got["estimate"] == pytest.approx((by["estimate"][2] - by["estimate"][0]) / 4)
    assert got["se"] == pytest.approx(np.hypot(by["se"][0], by["se"][2]) / 4)
    assert got["level"] == "2017 to 2021"


def test_association_of_one_level_is_not_a_number(design: SurveyDesign) -> None:
    wide = replace(design, frame=design.frame.assign(all="x", never=0.0))
    assert np.isnan(association(wide, ["yes", "never"], "all")["p_value"]).all()
    assert np.isnan(association(wide, "never", "gender")["statistic"]).all()


def test_a_missing_value_is_outside_the_domain_it_asks_for() -> None:
    """Mutant 6: a child of unknown sex is no girl. Masks by name and as a Series with gaps."""
    girls = pd.array([True, None, False, True, None], dtype="boolean")
    data = pd.DataFrame({"y": [1.0, 0, 0, 1, 0], "girl": girls, "psu": range(5)})
    design = SurveyDesign(data, psu="psu", unweighted=True)
    for where in ("girl", pd.Series(girls)):
        row = table(design, "y", where=where).iloc[0]
        assert (row["n"], row["estimate"]) == (2, 1.0)
