"""Quantiles of domains with Woodruff intervals."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Unpack

import numpy as np
import pandas as pd

from digicit_lib.errors import DataError
from digicit_lib.survey.cells import cells
from digicit_lib.survey.columns import Options, one_of
from digicit_lib.survey.design import Drawn, SurveyDesign, designed
from digicit_lib.survey.intervals import interval as limits
from digicit_lib.survey.intervals import t_value
from digicit_lib.survey.sums import BreakdownLevels, By, DomainLayout, breakdowns, collapse, layout
from digicit_lib.survey.table import Mask, Piece, Variable, assembled, mask, rows, variables
from digicit_lib.survey.variance import Floats

RULES = ("math", "school", "hf7")


class Distribution(NamedTuple):
    """Sorted values of one cell with their cumulated weights."""

    values: Floats
    cumulated: Floats

    def at(self, p: float, rule: str) -> float:
        """The quantile; NaN where `p` is outside 0 to 1 or nobody answered."""
        if not len(self.values) or not 0 <= p <= 1:
            return np.nan
        if rule == "hf7":
            if len(self.values) == 1:
                return float(self.values[0])
            places = np.concatenate([[0.0], self.cumulated[:-1]]) / self.cumulated[-2]
            return float(np.interp(p, places, self.values))
        whole = self.cumulated[-1]
        below = int(np.searchsorted(self.cumulated, p * whole, side="right")) - 1
        above = float(self.values[min(below + 1, len(self.values) - 1)])
        if below < 0 or p != self.cumulated[below] / whole:
            return above
        return float(self.values[below]) if rule == "math" else float(self.values[below] + above) / 2


def quantile(
    design: SurveyDesign | pd.DataFrame,
    indicators: str | Sequence[str],
    by: By = None,
    *,
    probs: float | Sequence[float] = 0.5,
    rule: str = "math",
    interval: str = "t",
    where: Mask = None,
    df: str = "domain",
    level: float = 0.95,
    **sampling: Unpack[Drawn],
) -> pd.DataFrame:
    """Estimate quantiles; the median unless told otherwise.

    Parameters
    ----------
    design, indicators, by, where, df, level, weights, strata, psu
        As for `table`.
    probs : float or list of float
        Shares below the quantile, 0 to 1.
    rule : {"math", "school", "hf7"}
        Inverse of the weighted distribution function; the same with the middle of two values where it is
        flat; linear interpolation (Hyndman and Fan's type 7).
    interval : {"t", "beta", "logit", ...}
        Interval for the share below, which the rule turns back into values (Woodruff 1952); `t`, `beta` and
        `logit` are R's `mean`, `beta` and `xlogit`.

    Returns
    -------
    DataFrame
        Statistic ``median``, or ``quantile`` with category ``p10``. `se` is the interval's width over 2 t;
        a limit beyond the observed range is NaN.

    Raises
    ------
    DataError
        Unknown rule; a share outside 0 to 1.

    Examples
    --------
    >>> data = pd.DataFrame({"w": [1.0, 1, 3], "y": [1.0, 2.0, 9.0]})
    >>> quantile(SurveyDesign(data, "w"), "y")[["statistic", "estimate"]].values.tolist()
    [['median', 9.0]]
    """
    options, design = Options(interval, df, level).checked(), designed(design, sampling)
    one_of(rule, RULES, "Unknown rule.")
    shares = [float(p) for p in np.atleast_1d(probs)]
    if not all(0 < p < 1 for p in shares):
        raise DataError("A quantile needs a share between 0 and 1.", where="probs")
    groups = breakdowns(by)
    plan = layout(design, groups, mask(design, where))
    columns = variables(design, indicators)
    cells = ((variable, plan.place(one)) for variable in columns for one in groups)
    pieces = [_piece(design, plan, *cell, shares, rule, options) for cell in cells]
    return assembled(pieces, columns, groups)


def _piece(
    design: SurveyDesign,
    plan: DomainLayout,
    variable: Variable,
    place: BreakdownLevels,
    shares: list[float],
    rule: str,
    options: Options,
) -> Piece:
    """All quantiles of one variable in the levels of one breakdown."""
    y, code = plan.values(variable.values), place.code[plan.group]
    distributions = _distributions(y, code, design.weights[plan.rows], len(place.labels))
    values = np.array([[one.at(p, rule) for p in shares] for one in distributions])
    # Each row against its own level's quantile: one pass then gives the standard errors of all levels.
    cut = np.where((code >= 0)[:, None], values[np.maximum(code, 0)], np.nan)
    below = np.where(np.isnan(y)[:, None] | np.isnan(cut), np.nan, y[:, None] <= cut)
    got = cells(design, plan, collapse(design, plan, below.T), place)
    df = got.df if options.df == "domain" else np.full(got.n.shape, float(design.df))
    ends = limits(options.ci, got.estimate, got.se, got.n, df, options.level)
    low, high = (_invert(distributions, end, rule) for end in ends)
    se = (high - low) / (2 * t_value(df, options.level))
    part = [
        Variable(variable.indicator, "" if p == 0.5 else f"p{100 * p:g}", variable.values) for p in shares
    ]
    columns = rows(design, part, got, np.zeros(len(shares), dtype=bool), "quantile", options)
    statistics = np.array(["median" if p == 0.5 else "quantile" for p in shares], dtype=object)
    found_rows = {"estimate": values, "se": se, "ci_low": low, "ci_high": high, "statistic": statistics}
    return {**columns, **found_rows, "deff": np.nan, "method": f"{design.method}, Woodruff"}


def _distributions(y: Floats, code: np.ndarray, weight: Floats, count: int) -> list[Distribution]:
    """Sorted values and cumulated weights by level, summed in long double as R does: ties depend on it."""
    at = np.flatnonzero(~np.isnan(y) & (code >= 0))
    at = at[np.lexsort((y[at], code[at]))]
    ends = np.searchsorted(code[at], np.arange(count + 1))
    parts = [at[a:b] for a, b in pairwise(ends)]
    return [Distribution(y[p], np.cumsum(weight[p], dtype=np.longdouble).astype(float)) for p in parts]


def _invert(distributions: list[Distribution], shares: Floats, rule: str) -> Floats:
    """Values at the limits of the share below."""
    return np.array([[one.at(p, rule) for p in row] for one, row in zip(distributions, shares, strict=True)])
