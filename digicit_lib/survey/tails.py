"""Tail probabilities of first-order Rao-Scott statistics, kept whole instead of matched by two moments."""

import numpy as np
from scipy import optimize, special

from digicit_lib.survey.variance import Floats


def upper_tail(statistic: float, effects: Floats, ddf: float) -> float:
    """P(statistic is exceeded) where it is a sum of chi-squares over an independent denominator.

    Parameters
    ----------
    statistic : float
        Pearson's chi-square or a working likelihood ratio.
    effects : ndarray
        Generalised design effects: the weights of the chi-squares.
    ddf : float
        Degrees of freedom of the denominator.

    Returns
    -------
    float
        P(Σ λ χ²(1) > statistic x χ²(ddf) / ddf), by the saddlepoint of Lugannani and Rice (Kuonen 1999;
        Lumley and Scott 2014); where that is undefined, at the mean, Satterthwaite's F. NaN without
        design effects or degrees of freedom.

    Notes
    -----
    Equal to R survey's ``pFsum(method = "saddlepoint")``, which repeats the denominator floor(ddf) times; its
    `svychisq(statistic = "lincom")` gives the same where R has no CompQuadForm.

    Examples
    --------
    >>> round(upper_tail(6.0, np.array([1.5, 0.5]), 40), 4)
    0.0698
    """
    effects = np.asarray(effects, dtype=float)
    if not (effects.max() > 0 and ddf >= 1 and statistic >= 0):
        return float("nan")
    if statistic < 1e-9 * effects.sum():
        return 1.0
    weight = np.append(effects, -statistic / ddf) / effects.max()
    count = np.append(np.ones(len(effects)), np.floor(ddf + 1e-9))

    inside = 0.5 * (1 - 1e-12)  # of the poles

    def slope(at: float) -> float:
        return float((count * weight / (1 - 2 * at * weight)).sum())

    at = optimize.brentq(slope, inside / weight[-1], inside, xtol=1e-14)
    if abs(at) < 1e-4:
        trace, square = effects.sum(), (effects**2).sum()
        return float(special.fdtrc(trace**2 / square, ddf, statistic / trace))
    root = np.sign(at) * np.sqrt((count * np.log1p(-2 * at * weight)).sum())
    bend = at * np.sqrt(2 * (count * (weight / (1 - 2 * at * weight)) ** 2).sum())
    return float(special.ndtr(-(root + np.log(bend / root) / root)))
