"""Agreement between coders: coefficients for given units, the unitizing family, intervals by document.

Sources: Krippendorff 2011 and Content Analysis 4th ed. (2019) 12; Gwet 2014 (AC1, AC2, standard errors);
Fleiss 1971; Conger 1980; Krippendorff, Mathet, Bouvry and Widlocher 2016 (unitizing).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from digicit_lib.errors import QualitativeError

COEFFICIENTS = ("percent", "kappa", "fleiss", "ac1", "brennan_prediger", "alpha")
WEIGHTS = ("nominal", "ordinal", "linear", "interval", "ratio")
UNDEFINED = "one_value"


def weight_matrix(name: str, values: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
    """How far two values agree, from 1 to 0: one minus Krippendorff's squared metric over its largest.

    ``interval`` is Gwet's quadratic weight. ``ordinal`` with `counts` is Krippendorff's metric on the
    marginals; without, Gwet's ordinal weight, which knows ranks only.
    """
    q = len(values)
    if name == "nominal":
        return np.eye(q)
    if name == "ordinal" and counts is not None:
        upto = np.cumsum(counts) - counts / 2
        distance = (upto[:, None] - upto[None, :]) ** 2
    elif name == "ordinal":
        gap = np.abs(np.arange(q)[:, None] - np.arange(q)[None, :])
        distance = gap * (gap + 1)
    else:
        x = values.astype(float)
        gap, total = np.abs(x[:, None] - x[None, :]), np.abs(x[:, None] + x[None, :])
        squared = {"linear": gap, "interval": gap**2, "ratio": (gap / np.where(total > 0, total, 1)) ** 2}
        distance = squared[name]
    return 1 - distance / distance.max() if distance.max() > 0 else np.ones((q, q))


def coefficients(
    ratings: pd.DataFrame, which: Sequence[str] = COEFFICIENTS, *, weights: str = "nominal"
) -> pd.DataFrame:
    """Chance-corrected agreement with Gwet's analytic standard errors, conditional on the coders.

    Parameters
    ----------
    ratings : DataFrame
        Units in rows, coders in columns; missing is NaN, None or "". Units with one rating stay in the
        prevalence of AC1 and Fleiss, as Gwet has it; alpha leaves them out, as Krippendorff has it.
    which : sequence of str
        ``percent``, ``kappa`` (Cohen; Conger's for more than two coders), ``fleiss``, ``ac1`` (AC2 where
        weights are not nominal), ``brennan_prediger``, ``alpha``.
    weights : {"nominal", "ordinal", "linear", "interval", "ratio"}

    Returns
    -------
    DataFrame
        ``coefficient, value, se, ci_low, ci_high, units, coders, reason``: (po - pe) / (1 - pe), a 95 %
        interval from Student's t with units - 1 degrees of freedom, cut at 1. Without variation the value is
        None and `reason` says why: never 1, never NaN.

    Raises
    ------
    QualitativeError
        Unknown coefficient or weights, fewer than two coders, values that are not numbers where they must be.

    Examples
    --------
    >>> pairs = pd.DataFrame({"A": ["x", "x", "y", "y"], "B": ["x", "x", "y", "x"]})
    >>> float(coefficients(pairs, ["kappa"])["value"][0])
    0.5
    """
    for name, allowed in (*((c, COEFFICIENTS) for c in which), (weights, WEIGHTS)):
        if name not in allowed:
            raise QualitativeError("Unknown coefficient or weights.", got=name, allowed=", ".join(allowed))
    labels, coded = _numbered(ratings, weights)
    rated = coded >= 0
    if not (rated.sum(1) >= 2).any():
        return pd.DataFrame([_result(c, None, ratings.shape, "few_coders") for c in which])
    return pd.DataFrame([_coefficient(c, coded, labels, weights) for c in which])


def _numbered(ratings: pd.DataFrame, weights: str) -> tuple[np.ndarray, np.ndarray]:
    """The sorted values and the ratings as their numbers, not a number where missing."""
    cells = ratings.astype("object").where(ratings.notna() & (ratings != ""), None).to_numpy()
    if weights not in ("nominal", "ordinal"):
        try:
            cells = np.array([[None if c is None else float(c) for c in row] for row in cells], dtype=object)
        except (TypeError, ValueError) as error:
            raise QualitativeError("These weights need numbers.", got=weights) from error
    values = {c for c in cells.ravel() if c is not None}
    try:
        ordered = sorted(values)
    except TypeError:
        ordered = sorted(values, key=str)
    place = {value: i for i, value in enumerate(ordered)}
    coded = [[place.get(c, np.nan) for c in row] for row in cells]
    return np.array(ordered, dtype=object), np.array(coded, dtype=float).reshape(ratings.shape)


def _result(name: str, value: float | None, shape: tuple[int, int], reason: str = "") -> dict[str, Any]:
    return {
        "coefficient": name,
        "value": value,
        "se": None,
        "ci_low": None,
        "ci_high": None,
        "units": shape[0],
        "coders": shape[1],
        "reason": reason,
    }


def _coefficient(name: str, coded: np.ndarray, labels: np.ndarray, weights: str) -> dict[str, Any]:
    """One coefficient by linearisation: each unit's part in po and in pe (Gwet 2014, chapters 5 and 6)."""
    if name == "alpha":
        coded = coded[(coded >= 0).sum(1) >= 2]
    coded = coded[(coded >= 0).any(1)][:, (coded >= 0).any(0)]  # whoever rated nothing is no coder
    q, (n, coders) = len(labels), coded.shape
    counts = np.stack([(coded == k).sum(1) for k in range(q)], axis=1).astype(float)
    if name != "percent" and (counts.sum(0) > 0).sum() < 2:
        return _result(name, None, (n, coders), UNDEFINED)
    rated = counts.sum(1)
    w = weight_matrix(weights, labels, counts.sum(0) if name == "alpha" else None)
    pairs = (counts * (counts @ w - 1)).sum(1)
    if name == "alpha":
        po_unit, pe_unit, po, pe = _alpha_parts(counts, rated, pairs, w)
        scale = np.ones(n)
    else:
        both = rated >= 2
        po_unit = np.divide(pairs, rated * (rated - 1), out=np.zeros(n), where=both)
        po, scale = po_unit.sum() / both.sum(), both * n / both.sum()
        pe, pe_unit = _chance(name, coded, counts, w)
    value = float((po - pe) / (1 - pe))
    result = _result(name, value, (n, coders))
    if n < 2:
        return result
    unit = scale * (po_unit - pe) / (1 - pe) - (1 - value) * (pe_unit - pe) / (1 - pe)
    se = float(np.sqrt(((unit - value) ** 2).sum() / (n * (n - 1))))
    half = se * float(stdtrit(n - 1, 0.975))
    return result | {"se": se, "ci_low": value - half, "ci_high": min(1.0, value + half)}


def _alpha_parts(
    counts: np.ndarray, rated: np.ndarray, pairs: np.ndarray, w: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float, float]:
    mean, epsilon = rated.mean(), 1 / rated.sum()
    share = counts.mean(0) / mean
    po_unit = pairs / (mean * (rated - 1))
    raw = float(po_unit.mean())
    pe = float(share @ w @ share)
    surplus = (rated - mean) / mean
    po_unit = (1 - epsilon) * (po_unit - raw * surplus) + epsilon
    pe_unit = pe + 2 * ((counts @ (w @ share)) / mean - pe * surplus - pe)
    return po_unit, pe_unit, (1 - epsilon) * raw + epsilon, pe


def _chance(name: str, coded: np.ndarray, counts: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray]:
    """Expected agreement and each unit's part in it."""
    n, q = counts.shape
    if name in ("percent", "brennan_prediger"):
        pe = 0.0 if name == "percent" else float(w.sum() / q**2)
        return pe, np.full(n, pe)
    share_unit = counts / counts.sum(1, keepdims=True)
    share = share_unit.mean(0)
    if name == "fleiss":
        pe = float(share @ w @ share)
        return pe, pe + 2 * (share_unit @ (w @ share) - pe)
    if name == "ac1":
        factor = w.sum() / (q * (q - 1))
        pe = float(factor * (share * (1 - share)).sum())
        return pe, pe + 2 * (factor * (share_unit @ (1 - share)) - pe)
    rows = coded.T[:, :, None] == np.arange(q)
    rated = (coded >= 0).T[:, :, None]
    each = rated.sum(1)
    coder = rows.sum(1) / each
    r = len(coder)
    others = (coder.sum(0) - coder) @ w / (r - 1)
    pe = float((coder * others).sum() / r)
    lift = n / each[:, None] * (rows - coder[:, None, :] * rated)
    return pe, pe + 2 * np.einsum("ciq,cq->i", lift, others) / r
