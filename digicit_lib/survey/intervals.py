"""Confidence intervals for shares and means from a design-based standard error; never Wald for shares."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special

from digicit_lib.survey.columns import INTERVALS, one_of

Floats = NDArray[np.float64]
Method = Callable[[Floats, Floats, Floats, Floats, float], tuple[Floats, Floats]]


def interval(
    ci: str, share: Floats, se: Floats, n: Floats, df: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Limits for shares.

    Parameters
    ----------
    ci : {"korn-graubard", "beta", "logit", "wilson", "asin", "likelihood", "t"}
        Korn-Graubard is the NCHS form (Series 2 No. 175): Clopper-Pearson on an effective n, capped at n.
        `beta` is R's `svyciprop(method="beta")`, not capped; the others are R's `xlogit`, `wilson`, `asin`,
        `likelihood` (cell by cell: slower) and `mean`.
    share, se : ndarray
        Estimates from 0 to 1 and their standard errors.
    n, df : ndarray
        Unweighted bases and degrees of freedom.
    level : float
        Confidence level (0.95 = 95 %).

    Returns
    -------
    tuple of ndarray
        Lower and upper limits. At 0 % and 100 % every method gives the exact one-sided limit on n, because
        no other has one.

    Raises
    ------
    DataError
        Unknown method.

    Examples
    --------
    >>> low, high = interval("logit", np.array([0.2]), np.array([0.02]), np.array([400.0]), np.array([40.0]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.1626, 0.2435)
    """
    one_of(ci, INTERVALS, "Unknown interval method.", "ci")
    share, se, n, df = (np.asarray(a, dtype=float) for a in np.broadcast_arrays(share, se, n, df))
    with np.errstate(all="ignore"):
        low, high = _METHODS[ci](share, se, n, df, level)
        edge = ((share <= 0) | (share >= 1)) & (df > 0)
        exact = _beta(share, n, level)
    usable = np.where(df > 0, 1.0, np.nan)
    return np.where(edge, exact[0], low) * usable, np.where(edge, exact[1], high) * usable


def t_value(df: Floats, level: float) -> Floats:
    """Two-sided critical value; NaN without degrees of freedom."""
    df = np.asarray(df, dtype=float)
    unique, place = np.unique(df, return_inverse=True)
    with np.errstate(invalid="ignore"):
        values = special.stdtrit(np.where(unique > 0, unique, np.nan), (1 + level) / 2)
    return values[place].reshape(df.shape)


def t_interval(
    estimate: Floats, se: Floats, n: Floats, df: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Estimate -/+ t times se, for means, totals, ratios and differences."""
    half = t_value(df, level) * se
    return estimate - half, estimate + half


def effective_n(share: Floats, se: Floats, n: Floats, df: Floats, level: float) -> Floats:
    """p(1-p)/se², adjusted for the degrees of freedom and capped at n (Korn and Graubard 1998; NCHS).

    A standard error that is zero, or zero but for rounding, says nothing: NCHS then takes n itself.
    """
    with np.errstate(all="ignore"):
        size = _size(share, se, n, df, level)
    return np.where((share <= 0) | (share >= 1) | (se < 1e-12), n, np.minimum(size, n))


def _size(share: Floats, se: Floats, n: Floats, df: Floats, level: float) -> Floats:
    ratio = t_value(n - 1, level) / t_value(df, level)
    return share * (1 - share) / se**2 * ratio**2


def _beta(share: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Clopper-Pearson; the outer limit of 0 % and 100 % is the edge itself."""
    tail, yes, no = (1 - level) / 2, n * share, n * (1 - share)
    low = np.where(share <= 0, 0.0, special.betaincinv(yes, no + 1, tail))
    high = np.where(share >= 1, 1.0, special.betaincinv(yes + 1, no, 1 - tail))
    return low, high


def _korn_graubard(p: Floats, se: Floats, n: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    return _beta(p, effective_n(p, se, n, df, level), level)


def _plain_beta(p: Floats, se: Floats, n: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    return _beta(p, _size(p, se, n, df, level), level)


def _logit(p: Floats, se: Floats, n: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    half = t_value(df, level) * se / (p * (1 - p))
    centre = special.logit(p)
    return special.expit(centre - half), special.expit(centre + half)


def _wilson(p: Floats, se: Floats, n: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    t2, size = t_value(df, level) ** 2, p * (1 - p) / se**2
    centre = (p + t2 / (2 * size)) / (1 + t2 / size)
    half = np.sqrt(t2 * (p * (1 - p) / size + t2 / (4 * size**2))) / (1 + t2 / size)
    return centre - half, centre + half


def _asin(p: Floats, se: Floats, n: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    centre, half = np.arcsin(np.sqrt(p)), t_value(df, level) * se / (2 * np.sqrt(p * (1 - p)))
    return np.sin(centre - half) ** 2, np.sin(centre + half) ** 2


def _likelihood(p: Floats, se: Floats, n: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    t = np.ravel(t_value(df, level))
    limits = np.stack([*map(profile, np.ravel(p), np.ravel(se), np.ravel(n), t)]).T
    return limits[0].reshape(p.shape), limits[1].reshape(p.shape)


def profile(p: float, se: float, n: float, t: float, root: float = 1.0) -> Floats:
    """Limits by R's profile of a logistic intercept: its grid, its spline, its lines between spline points.

    Exact limits differ in the fourth digit. `root` is for R's own slips (see the tests of the reference).
    """
    error = se / (p * (1 - p))
    cut = t * error * np.sqrt(n * p * (1 - p)) * root
    if error <= 1e-12:  # no width
        return np.array([p, p]) if t > 0 else np.full(2, np.nan)
    with np.errstate(invalid="ignore"):  # of a tail without digits no end, no grid
        end = -special.stdtrit(n - 1, special.ndtr(-cut) / 4)
        grid = special.logit(p) + np.arange(-9, 10) * end / 5 * error
    q = special.expit(grid)
    z = np.sqrt(2 * (n - 1) * (special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q)).clip(min=0))
    inside = z < end
    inside = inside | np.append(False, inside[:-1]) | np.append(inside[1:], False)
    if inside.sum() < 4 or np.isinf(z[inside]).any():  # a design effect that leaves R's grid nothing
        return np.full(2, np.nan)
    x, y = grid[inside], (np.sign(grid - grid[9]) * z)[inside]
    ends = [[(3, _third(x[part], y[part]))] for part in (slice(4), slice(-4, None))]
    fine = np.linspace(x[0], x[-1], 3 * len(x))
    line = interpolate.make_interp_spline(x, y, k=3, bc_type=ends)(fine)
    limits: Floats = special.expit(np.interp([-cut, cut], line, fine, np.nan, np.nan))
    return limits


def _third(x: Floats, y: Floats) -> float:
    """Third derivative of the cubic through four points."""
    return float(6 * (y / np.prod(x[:, None] - x + np.eye(4), axis=1)).sum())


_METHODS: dict[str, Method] = {
    "korn-graubard": _korn_graubard,
    "beta": _plain_beta,
    "logit": _logit,
    "wilson": _wilson,
    "asin": _asin,
    "likelihood": _likelihood,
    "t": t_interval,
}
