"""One verdict a difference: simultaneous intervals of a family of contrasts declared before looking."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy import special

from digicit_lib.errors import DataError
from digicit_lib.survey.intervals import t_value

MORE, LESS, NOT_SHOWN = "more", "less", "not shown"


def verdicts(contrasts: pd.DataFrame, m: int, family: str, *, level: float = 0.95) -> pd.DataFrame:
    """Say of each contrast of a declared family whether the first group has more, less, or neither is shown.

    Parameters
    ----------
    contrasts : DataFrame
        Columns `estimate`, `se` and `df`, one row a contrast, as from `difference`.
    m : int
        How many contrasts the family declares: fixed by catalogue and params, hidden contrasts included.
    family : str
        Its name.
    level : float
        Of all m intervals together (0.95 = 95 %).

    Returns
    -------
    DataFrame
        A copy with `family`, `m`, `p_adjusted` (the least of 1 and m p), `sim_low`, `sim_high` and `verdict`:
        "more", "less" or "not shown", and empty where there is no estimate. A standard error of zero carries
        no test: its verdict is "not shown", without an interval.

    Raises
    ------
    DataError
        A family smaller than one.

    Notes
    -----
    d ± t(1 - (1 - level)/(2m); df) se(d): Bonferroni's simultaneous intervals (Dunn 1961). Interval and
    adjusted p agree by construction, so every place that prints one of them says the same.

    Examples
    --------
    >>> rows = pd.DataFrame({"estimate": [0.05, -0.08, 0.08], "se": 0.02, "df": 40.0})
    >>> verdicts(rows, 5, "report")[["verdict", "sim_low", "p_adjusted"]].round(3).values.tolist()
    [['not shown', -0.004, 0.083], ['less', -0.134, 0.001], ['more', 0.026, 0.001]]
    """
    if m < 1:
        raise DataError("A family holds at least one contrast.", where=family, got=str(m))
    change, se, df = (contrasts[name].to_numpy(float) for name in ("estimate", "se", "df"))
    testable = (se > 0) & (df > 0)
    se, df = np.where(testable, se, np.nan), np.where(testable, df, np.nan)
    half = t_value(df, 1 - (1 - level) / m) * se
    low, high = change - half, change + half
    p = np.minimum(1.0, m * 2 * special.stdtr(df, -np.abs(change / se)))
    words = np.select([np.isnan(change), low > 0, high < 0], ["", MORE, LESS], NOT_SHOWN)
    return contrasts.assign(family=family, m=m, p_adjusted=p, sim_low=low, sim_high=high, verdict=words)


def families(
    contrasts: pd.DataFrame, declared: Mapping[str, Collection[tuple[str, str]]], *, level: float = 0.95
) -> pd.DataFrame:
    """Judge each contrast in the family that declares it; undeclared ones have no verdict.

    Parameters
    ----------
    contrasts : DataFrame
        As from `difference`, with `indicator` and `by`.
    declared : mapping
        Family to its contrasts (indicator, breakdown), also those that no row holds: m is their number. A
        contrast in two families belongs to the last.
    level : float
        Of the intervals of each family together.

    Returns
    -------
    DataFrame
        As `verdicts`; NaN and empty text for undeclared contrasts.

    Examples
    --------
    >>> rows = pd.DataFrame({"indicator": ["A", "B"], "by": "sex", "estimate": 0.1, "se": 0.03, "df": 40.0})
    >>> families(rows, {"report": [("A", "sex"), ("A", "age")]})[["m", "verdict"]].values.tolist()
    [[2.0, 'more'], [nan, '']]
    """
    place = list(zip(contrasts["indicator"], contrasts["by"], strict=True))
    empty = dict.fromkeys(("m", "p_adjusted", "sim_low", "sim_high"), np.nan)
    out = contrasts.assign(family="", **empty, verdict="")
    for family, members in declared.items():
        mine = np.array([one in members for one in place], dtype=bool)
        if mine.any():
            judged = verdicts(contrasts[mine], len(members), family, level=level)
            for name in ("family", *empty, "verdict"):
                out.loc[mine, name] = judged[name]
    return out


def changes(now: pd.DataFrame, then: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Changes between two independent samples, judged as one family.

    Parameters
    ----------
    now, then : DataFrame
        The same rows of two waves (equal index): `estimate`, `se`, `df`, `n`, and `quality` where numbers may
        be hidden; all other columns of the result are those of `now`.
    level : float
        Of all intervals together.

    Returns
    -------
    DataFrame
        Statistic ``change``, now minus then: `estimate`, `se`, `df`, `n` (both), plain interval and p, and
        the columns of `verdicts`. A change is hidden where either wave's number is.

    Notes
    -----
    se = sqrt(se1² + se2²); df = se⁴ / (se1⁴/df1 + se2⁴/df2) (Satterthwaite 1946).

    Examples
    --------
    >>> now = pd.DataFrame({"estimate": [0.70], "se": [0.02], "df": [60], "n": 6800}, index=["ACC-04"])
    >>> out = changes(now, now.assign(estimate=0.37, se=0.015))
    >>> out[["estimate", "se", "verdict"]].round(3).values.tolist()
    [[0.33, 0.025, 'more']]
    """
    one, other = (part["se"].to_numpy(float) ** 2 for part in (now, then))
    variance = one + other
    with np.errstate(invalid="ignore", divide="ignore"):
        df = variance**2 / (one**2 / now["df"].to_numpy(float) + other**2 / then["df"].to_numpy(float))
    change, se = now["estimate"] - then["estimate"], np.sqrt(variance)
    half = t_value(df, level) * se
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * special.stdtr(df, -np.abs(change.to_numpy(float) / se))
    out = now.assign(
        statistic="change",
        estimate=change,
        se=se,
        df=df,
        n=now["n"] + then["n"],
        p_value=p,
        ci_low=change - half,
        ci_high=change + half,
        deff=np.nan,
        n_psu=np.nan,
        n_yes=np.nan,
        bound_low=np.nan,
        bound_high=np.nan,
        method="independent samples, Satterthwaite df",
    )
    return verdicts(_of_both(out, now, then), len(out), "change", level=level)


def _of_both(out: pd.DataFrame, now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Marks of two waves: hidden where one is hidden, with caution where one is."""
    if "quality" not in now:
        return out
    kinds = ("not_asked", "suppressed", "caution")
    marks = [(now["quality"] == kind) | (then["quality"] == kind) for kind in kinds]
    withheld = marks[0] | marks[1]
    quality = np.select(marks, ["not_asked", "suppressed", "caution"], "ok")
    of_either = np.where(now["quality"] == "ok", then["reason"], now["reason"])
    reason = np.where(withheld, "from_hidden", of_either)
    blanks = {n: out[n].mask(withheld) for n in ("estimate", "se", "df", "ci_low", "ci_high", "p_value")}
    return out.assign(**blanks, quality=quality, reason=reason)


def within_scale(rows: pd.DataFrame) -> pd.DataFrame:
    """Limits of shares, scores and their differences, cut where their scale ends.

    No value lies beyond, so a cut interval holds the true one as often as the whole one, and its verdict is
    the same (Newcombe 1998 on limits that overshoot).

    Parameters
    ----------
    rows : DataFrame
        Columns `unit` (share, or a score that names its ends) and `statistic`.

    Examples
    --------
    >>> row = {"unit": "score 0-100", "statistic": "diff", "sim_low": -140.0, "sim_high": 20.0}
    >>> within_scale(pd.DataFrame([row]))[["sim_low", "sim_high"]].values.tolist()
    [[-100.0, 20.0]]
    """
    ends = rows["unit"].str.extract(r"^score (\d+)-(\d+)$").astype(float)
    low, high = (ends[side].mask(rows["unit"] == "share", side) for side in (0, 1))
    apart, level = (rows["statistic"].isin(names) for names in (("diff", "change"), ("mean", "share")))
    floor, ceiling = low.where(level, low - high), high.where(level, high - low)
    limits = {
        name: rows[name].clip(floor.where(level | apart), ceiling.where(level | apart))
        for name in ("ci_low", "ci_high", "sim_low", "sim_high")
        if name in rows
    }
    return rows.assign(**limits)
