"""Reliability of scales, weighted, listwise or pairwise; pingouin's unweighted figures beside."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from digicit_lib.errors import DataError
from digicit_lib.survey.columns import aligned, one_of
from digicit_lib.survey.design import Drawn, SurveyDesign, designed
from digicit_lib.survey.sums import levels
from digicit_lib.survey.table import Mask, mask
from digicit_lib.survey.variance import Floats


def reliability(
    design: SurveyDesign | pd.DataFrame,
    items: pd.DataFrame | Sequence[str],
    *,
    where: Mask = None,
    pairwise: bool = False,
    **sampling: Unpack[Drawn],
) -> dict[str, float | list[float]]:
    """Cronbach's alpha and one-factor omega of a scale, over respondents who answered every item.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
    items : DataFrame or list of str
        Numeric items in the same direction: columns of the frame, or a frame with its index.
    where : mask or column name, optional
        A domain.
    pairwise : bool
        Each covariance from the respondents who answered its two items, as R's `psych::alpha`.
    weights, strata, psu
        Of a plain frame, as for `table`.

    Returns
    -------
    dict
        `alpha` (weighted), `omega` (weighted, one factor), `alpha_standardised`, `average_r`, `dropped`
        (alpha without each item), `item_rest` (correlation of each item with the sum of the others), `n`,
        `items`, and `pingouin`, its unweighted alpha on the same rows. NaN with fewer than three rows.

    Raises
    ------
    DataError
        Fewer than two items.

    Notes
    -----
    alpha = k/(k-1) (1 - Σ var(item) / var(sum)), design-weighted variances (R's `svycralpha`);
    omega = (Σl)² / ((Σl)² + Σ(1 - l²)), l the loadings of one minres factor of the correlations (McDonald
    1999).

    Examples
    --------
    >>> data = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 5], "c": [2.0, 2, 3, 4]})
    >>> round(reliability(SurveyDesign(data, unweighted=True), ["a", "b", "c"])["alpha"], 3)
    0.962
    """
    is_frame, design = isinstance(items, pd.DataFrame), designed(design, sampling)
    answers = aligned(items, design.frame, "items") if is_frame else design.frame[list(items)]
    values = answers.to_numpy(dtype=float, na_value=np.nan)
    if values.shape[1] < 2:
        raise DataError("A scale needs at least two items.", got=str(values.shape[1]))
    inside = mask(design, where)
    valid = ~np.isnan(values)
    full = valid.any(axis=1) if pairwise else valid.all(axis=1)
    full &= (design.weights > 0) & (True if inside is None else inside)
    values, weight = values[full], design.weights[full]
    if len(values) < 3:
        names = ("alpha", "omega", "alpha_standardised", "average_r", "pingouin")
        return {**dict.fromkeys(names, np.nan), "n": len(values), "items": values.shape[1]}
    covariance = _covariance(values, weight)
    correlation = covariance / np.sqrt(np.outer(*[np.diag(covariance)] * 2))
    every = range(len(covariance))
    return {
        "alpha": _alpha(covariance),
        "omega": _omega(correlation),
        "alpha_standardised": _alpha(correlation),
        "average_r": float(correlation[np.triu_indices(len(correlation), 1)].mean()),
        "dropped": [_alpha(np.delete(np.delete(covariance, i, 0), i, 1)) for i in every],
        "item_rest": [_rest(covariance, i) for i in every],
        "pingouin": _pingouin(values, "pairwise" if pairwise else "listwise"),
        "n": len(values),
        "items": len(covariance),
    }


def _covariance(values: Floats, weight: Floats) -> Floats:
    """Weighted covariances, each over the rows that have both items."""
    valid = (~np.isnan(values)).astype(float)
    centred = np.nan_to_num(values - np.nanmean(values, axis=0))
    count, size = valid.T @ valid, (valid * weight[:, None]).T @ valid
    with np.errstate(all="ignore"):
        mean = (centred * weight[:, None]).T @ valid / size
        product = (centred * weight[:, None]).T @ centred / size
        return (product - mean * mean.T) * count / (count - 1)


def _alpha(covariance: Floats) -> float:
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())) if k > 1 else np.nan


def _rest(covariance: Floats, i: int) -> float:
    """Correlation of an item with the sum of the others."""
    with_rest = covariance[i].sum() - covariance[i, i]
    rest = covariance.sum() - 2 * covariance[i].sum() + covariance[i, i]
    return float(with_rest / np.sqrt(covariance[i, i] * rest))


def _omega(correlation: Floats) -> float:
    """One minres factor: loadings that leave the least squared off-diagonal residuals."""
    pairs = np.triu_indices(len(correlation), 1)
    if len(correlation) < 3 or np.isnan(correlation).any():
        return np.nan

    def residuals(loading: Floats) -> Floats:
        return (correlation - np.outer(loading, loading))[pairs]

    value, vector = np.linalg.eigh(correlation)
    start = (vector[:, -1] * np.sqrt(value[-1]) * np.sign(vector[:, -1].sum())).clip(-1, 1)
    fit = least_squares(residuals, start, bounds=(-1, 1), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    common = fit.x.sum() ** 2
    return float(common / (common + (1 - fit.x**2).sum()))


def _pingouin(values: Floats, policy: str) -> float:
    """Unweighted alpha of the same rows."""
    import pingouin

    return float(pingouin.cronbach_alpha(data=pd.DataFrame(values), nan_policy=policy)[0])


def effect_size(
    design: SurveyDesign,
    indicator: str,
    by: str,
    first: str,
    second: str,
    *,
    kind: str = "hedges",
    where: Mask = None,
) -> dict[str, float | str]:
    """Standardised difference of two groups by pingouin; unweighted, and saying so.

    Parameters
    ----------
    design : SurveyDesign
        Its frame is used, its weights are not: pingouin knows none.
    indicator, by, first, second
        As for `difference`.
    kind : str
        A name that `pingouin.compute_effsize` knows: "hedges", "cohen", "CLES"...
    where : mask or column name, optional
        A domain.

    Returns
    -------
    dict
        `estimate`, `n`, `kind` and `method`, which is ``"pingouin, unweighted"``.

    Raises
    ------
    DataError
        A level that the breakdown lacks.

    Examples
    --------
    >>> data = pd.DataFrame({"y": [1.0, 2, 3, 2, 3, 4], "sex": list("aaabbb")})
    >>> effect_size(SurveyDesign(data, unweighted=True), "y", "sex", "b", "a", kind="cohen")["estimate"]
    1.0
    """
    import pingouin

    code, names = levels(design.frame, by)
    for name in (first, second):
        one_of(name, names, "The breakdown has no such level.")
    inside = mask(design, where)
    y = design.frame[indicator].to_numpy(dtype=float, na_value=np.nan)
    usable = ~np.isnan(y) & (True if inside is None else inside)
    groups = [y[usable & (code == names.index(name))] for name in (first, second)]
    value = pingouin.compute_effsize(*groups, eftype=kind)
    return {
        "estimate": float(value),
        "n": sum(map(len, groups)),
        "kind": kind,
        "method": "pingouin, unweighted",
    }
