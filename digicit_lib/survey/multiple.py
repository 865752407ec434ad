"""p-values of one declared family."""

import numpy as np
from numpy.typing import ArrayLike

from digicit_lib.survey.columns import one_of
from digicit_lib.survey.variance import Floats

# Names at pingouin; the last two at statsmodels, which collects garbage at each call.
ADJUSTMENTS = {
    "holm": "holm",
    "bh": "fdr_bh",
    "by": "fdr_by",
    "bonferroni": "bonf",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
}


def adjust_p(p: ArrayLike, method: str = "holm") -> Floats:
    """Adjust p-values of one declared family.

    Parameters
    ----------
    p : array of float
        NaN stays NaN and is no member of the family.
    method : {"holm", "bh", "by", "bonferroni", "hochberg", "hommel", "none"}
        Holm (1979) bounds the chance of any false claim, Benjamini-Hochberg (1995) the share of false ones.

    Returns
    -------
    ndarray
        Equal to R's `p.adjust`.

    Raises
    ------
    DataError
        Unknown method.

    Examples
    --------
    >>> adjust_p([0.01, 0.04], "holm").tolist()
    [0.02, 0.04]
    """
    out = np.array(p, dtype=float)
    if method == "none":
        return out
    one_of(method, ADJUSTMENTS, "Unknown adjustment.")
    valid = ~np.isnan(out)
    if valid.any():
        out[valid] = _adjusted(out[valid], method)
    return out


def _adjusted(p: Floats, method: str) -> Floats:
    name = ADJUSTMENTS[method]
    if method in ("hochberg", "hommel"):
        from statsmodels.stats.multitest import multipletests

        return np.asarray(multipletests(p, method=name)[1])
    from pingouin import multicomp

    return np.asarray(multicomp(p, method=name)[1])
