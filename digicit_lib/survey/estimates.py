"""Shares, means, totals, ratios and differences: readable ways into the table engine."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy import special

from digicit_lib.survey.cells import cells
from digicit_lib.survey.columns import Options, one_of
from digicit_lib.survey.design import Drawn, SurveyDesign, designed
from digicit_lib.survey.intervals import t_interval
from digicit_lib.survey.multiple import adjust_p
from digicit_lib.survey.sums import BreakdownLevels, By, DomainLayout, Sums, breakdowns, layout
from digicit_lib.survey.table import (
    Estimates,
    Mask,
    Piece,
    TableOptions,
    Variable,
    assembled,
    blocks,
    estimated,
    mask,
    rows,
    table,
    variables,
)

Indicators = str | Sequence[str]


def proportion(
    design: SurveyDesign | pd.DataFrame,
    indicators: Indicators,
    by: By = None,
    **options: Unpack[TableOptions],
) -> pd.DataFrame:
    """Estimate shares of 1/0 variables, or the distribution of a column of labels.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
    indicators : str or list of str
    by : None, str, tuple or list, optional
        As for `table`.
    **options
        `where`, `in_base`, `ci`, `df`, `level`, `deff`, and `weights`, `strata`, `psu` of a plain frame.

    Returns
    -------
    DataFrame
        One row an estimate, shares from 0 to 1.

    Raises
    ------
    DataError
        A variable that holds anything but 0, 1 and NaN.

    Examples
    --------
    >>> data = pd.DataFrame({"w": 1.0, "psu": [1, 1, 2, 2, 3, 3], "y": [1, 0, 1, 1, 0, 0]})
    >>> proportion(SurveyDesign(data, "w", psu="psu"), "y")[["estimate", "n_yes"]].values.tolist()
    [[0.5, 3.0]]
    """
    return table(design, indicators, by, statistic="share", **options)


def mean(
    design: SurveyDesign | pd.DataFrame,
    indicators: Indicators,
    by: By = None,
    **options: Unpack[TableOptions],
) -> pd.DataFrame:
    """Estimate means of numeric variables, with t intervals.

    Parameters
    ----------
    design, indicators, by, **options
        As for `table`.

    Returns
    -------
    DataFrame
        One row an estimate, in the unit of the variable.

    Examples
    --------
    >>> data = pd.DataFrame({"w": [1.0, 3.0], "y": [10.0, 20.0]})
    >>> mean(SurveyDesign(data, "w"), "y")["estimate"].tolist()
    [17.5]
    """
    return table(design, indicators, by, statistic="mean", **options)


def total(
    design: SurveyDesign | pd.DataFrame,
    indicators: Indicators,
    by: By = None,
    **options: Unpack[TableOptions],
) -> pd.DataFrame:
    """Estimate population totals Σwy; weights must sum to the population for them to mean anything.

    Parameters
    ----------
    design, indicators, by, **options
        As for `table`.

    Returns
    -------
    DataFrame
        One row an estimate.

    Examples
    --------
    >>> data = pd.DataFrame({"w": [1.0, 3.0], "y": [10.0, 20.0]})
    >>> total(SurveyDesign(data, "w"), "y")["estimate"].tolist()
    [70.0]
    """
    return table(design, indicators, by, statistic="total", **options)


def ratio(
    design: SurveyDesign | pd.DataFrame,
    numerator: str,
    denominator: str,
    by: By = None,
    **options: Unpack[TableOptions],
) -> pd.DataFrame:
    """Estimate the ratio of two totals, Σwy / Σwx, over rows that have both.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
    numerator, denominator : str
        Numeric columns.
    by, **options
        As for `table`.

    Returns
    -------
    DataFrame
        One row an estimate; `indicator` is ``"numerator/denominator"``.

    Examples
    --------
    >>> data = pd.DataFrame({"w": [1.0, 1.0], "y": [1.0, 2.0], "x": [2.0, 4.0]})
    >>> ratio(SurveyDesign(data, "w"), "y", "x")[["indicator", "estimate"]].values.tolist()
    [['y/x', 0.5]]
    """
    where, in_base = options.pop("where", None), options.pop("in_base", None)
    design = designed(design, {k: v for k, v in options.items() if k not in Options._fields})
    top, over = variables(design, numerator), variables(design, denominator)
    quotients = [Variable(f"{numerator}/{denominator}", "", top[0].values)]
    choice = Options(**{k: v for k, v in options.items() if k in Options._fields})  # type: ignore[arg-type]
    return estimated(design, quotients, by, "ratio", choice, where=where, in_base=in_base, over=over)


def difference(
    design: SurveyDesign | pd.DataFrame,
    indicators: Indicators,
    by: str,
    first: str | None = None,
    second: str | None = None,
    *,
    within: str = "",
    statistic: str = "auto",
    where: Mask = None,
    in_base: Any = None,
    df: str = "domain",
    level: float = 0.95,
    adjust: str = "holm",
    **sampling: Unpack[Drawn],
) -> pd.DataFrame:
    """Differences between levels of a breakdown, with the covariance of the two domains.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
    indicators : str or list of str
    by : str
        The breakdown.
    first, second : str, optional
        Its two levels, first minus second; without them every pair, in the order of the levels.
    within : str, optional
        Another breakdown: the differences in each of its levels.
    statistic, where, in_base, df, level, weights, strata, psu
        As for `table`.
    adjust : {"holm", "bh", "bonferroni", "none", ...}
        How `p_adjusted` treats all rows of this call as one family; names as for `adjust_p`.

    Returns
    -------
    DataFrame
        Statistic ``diff``, level ``"girl-boy"``, with `t`, `p_value` and `p_adjusted`. `n` counts both;
        a difference of shares is a share.

    Raises
    ------
    DataError
        A level that the breakdown lacks.

    Notes
    -----
    var(a - b) = var(a) + var(b) - 2 cov(a, b), as R's `svyby(covmat = TRUE)` with `svycontrast`; t with the
    PSUs less strata of the two levels together.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": [1, 1, 2, 2, 3, 3], "y": [1, 0, 1, 1, 0, 0], "sex": list("ababab")})
    >>> out = difference(SurveyDesign(data, psu="psu", unweighted=True), "y", "sex")
    >>> out[["level", "estimate"]].round(3).values.tolist()
    [['a-b', 0.333]]
    """
    options, design = Options("t", df, level).checked(), designed(design, sampling)
    groups = breakdowns((by, within) if within else by)
    columns = variables(design, indicators)
    plan = layout(design, groups, mask(design, where))
    pairs = _pairs(plan.labels[0], first, second)
    inner = plan.labels[1] if within else [""]
    pieces = [
        one
        for part, sums in blocks(design, plan, columns, statistic, in_base)
        for one in _differences(design, plan, part, sums, (pairs, inner), statistic, options)
    ]
    return tested(assembled(pieces, columns, groups), level, adjust)


def tested(out: pd.DataFrame, level: float, adjust: str, null: float = 0.0) -> pd.DataFrame:
    """t, p-values and interval from estimate, se and df."""
    numbers = [out[name].to_numpy(float) for name in ("estimate", "se", "n", "df")]
    low, high = t_interval(numbers[0], numbers[1], numbers[2], numbers[3], level)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = (numbers[0] - null) / numbers[1]
    p = 2 * special.stdtr(np.where(numbers[3] > 0, numbers[3], np.nan), -np.abs(t))
    return Estimates(out.assign(ci_low=low, ci_high=high, t=t, p_value=p, p_adjusted=adjust_p(p, adjust)))


def _pairs(names: list[str], first: str | None, second: str | None) -> list[tuple[int, int]]:
    """Positions of the levels to compare."""
    for name in (first, second):
        if name is not None:
            one_of(name, names, "The breakdown has no such level.")
    if first is not None and second is not None:
        return [(names.index(first), names.index(second))]
    fixed = first if first is not None else second
    every = combinations(range(len(names)), 2)
    return [pair for pair in every if fixed is None or names.index(fixed) in pair]


def _differences(
    design: SurveyDesign,
    plan: DomainLayout,
    part: list[Variable],
    sums: Sums,
    places: tuple,
    statistic: str,
    options: Options,
) -> list[Piece]:
    """Rows of all pairs of one block."""
    pairs, inner = places
    place = plan.place(plan.variables)
    got = cells(design, plan, sums, place, statistic == "total")
    names, size, out = plan.labels[0], len(inner), []
    for a, b in pairs:
        # The two levels together as one domain give the base, the missing share and the degrees of freedom.
        both = np.isin(place.code // size, (a, b)) & (place.code >= 0)
        labels = [f"{names[a]}-{names[b]},{word}".rstrip(",") for word in inner]
        pooled = cells(
            design,
            plan,
            sums,
            BreakdownLevels(place.by, np.where(both, place.code % size, -1), labels),
            covariance=False,
        )
        first, second = slice(a * size, (a + 1) * size), slice(b * size, (b + 1) * size)
        change = pooled.with_estimates(
            got.estimate[first] - got.estimate[second],
            got.deviations[:, first] - got.deviations[:, second],
        )
        columns = rows(design, part, change, sums.binary, "diff", options)
        out.append({**columns, "deff": np.nan, "n_yes": np.nan, "unit": np.where(sums.binary, "share", "")})
    return out
