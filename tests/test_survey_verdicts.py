"""One verdict a difference: the declared family, its simultaneous intervals, agreement of interval and p."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from digicit_lib.errors import DataError
from digicit_lib.survey import families, verdicts, within_scale


def contrasts(**columns: object) -> pd.DataFrame:
    rows = {"indicator": ["A", "B", "C"], "by": "gender", "estimate": [0.06, -0.10, 0.0], "se": 0.02}
    return pd.DataFrame({**rows, "df": [35.0, 80.0, 12.0], **columns})


def test_interval_and_adjusted_p_agree() -> None:
    rng = np.random.default_rng(1)
    many = pd.DataFrame({"estimate": rng.normal(0, 0.06, 400), "se": 0.02, "df": rng.integers(2, 90, 400)})
    got = verdicts(many, 38, "report")
    assert ((got["p_adjusted"] < 0.05) == (got["verdict"] != "not shown")).all()
    assert {"more", "less", "not shown"} == set(got["verdict"])


def test_the_interval_is_bonferroni_by_hand() -> None:
    got = verdicts(contrasts(), 4, "report").iloc[0]
    half = stats.t.ppf(1 - 0.05 / 8, 35) * 0.02  # TRUTH 3.2: d ± t(1 - 0.05/(2m); df) se(d)
    assert (got["sim_low"], got["sim_high"]) == pytest.approx((0.06 - half, 0.06 + half), rel=1e-12)
    assert got["p_adjusted"] == pytest.approx(4 * 2 * stats.t.sf(0.06 / 0.02, 35), rel=1e-9)
    assert (got["family"], got["m"], got["verdict"]) == ("report", 4, "more")


def test_what_cannot_be_tested_shows_nothing() -> None:
    got = verdicts(contrasts(se=[0.0, np.nan, 0.02], df=[35.0, 80.0, 0.0]), 3, "report")
    assert got["verdict"].tolist() == ["not shown"] * 3
    assert got[["sim_low", "sim_high", "p_adjusted"]].isna().all(axis=None)
    assert verdicts(contrasts(estimate=np.nan), 3, "report")["verdict"].tolist() == [""] * 3
    with pytest.raises(DataError, match="family"):
        verdicts(contrasts(), 0, "report")


def test_m_counts_what_is_declared_and_one_contrast_has_one_family() -> None:
    declared = {"report": [(i, "gender") for i in "ABDEFGH"], "primary": [("A", "gender")]}
    got = families(contrasts(), declared).set_index("indicator")
    assert got["family"].to_dict() == {"A": "primary", "B": "report", "C": ""}
    assert got["m"].fillna(0).to_dict() == {"A": 1, "B": 7, "C": 0}
    assert got.loc["C", "verdict"] == ""
    alone = families(contrasts(), {"report": declared["report"]}).set_index("indicator")
    assert alone.loc["A", "sim_low"] < got.loc["A", "sim_low"]


def test_no_interval_leaves_its_scale_and_none_turns_its_verdict() -> None:
    """Differences of shares and of scores from 0 to 100; hours have no end, what is hidden has none."""
    units = ["share", "share", "score 0-100", "score 0-100", "hours", "score 0-100"]
    kinds = ["share", "diff", "mean", "change", "diff", "diff"]
    rows = pd.DataFrame({"unit": units, "statistic": kinds, "sim_low": -130.0, "sim_high": 130.0})
    rows.loc[5, ["sim_low", "sim_high"]] = np.nan
    cut = within_scale(rows)
    assert cut["sim_low"].fillna(9).tolist() == [0.0, -1.0, 0.0, -100.0, -130.0, 9]
    assert cut["sim_high"].fillna(9).tolist() == [1.0, 1.0, 100.0, 100.0, 130.0, 9]
    assert "ci_low" not in cut
