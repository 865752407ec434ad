"""p-values of one declared family."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from digicit_lib.survey.choices import one_of
from digicit_lib.survey.variance import Floats

ADJUSTMENTS = {
    "holm": "holm", "bh": "fdr_bh", "by": "fdr_by", "bonferroni": "bonferroni", "hochberg": "simes-hochberg",
    "hommel": "hommel",
}  # fmt: skip


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
    from statsmodels.stats.multitest import multipletests

    out = np.array(p, dtype=float)
    if method == "none":
        return out
    one_of(method, ADJUSTMENTS, "Unknown adjustment.")
    known = ~np.isnan(out)
    if known.any():
        out[known] = multipletests(out[known], method=ADJUSTMENTS[method])[1]
    return out
