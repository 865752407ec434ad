"""Weights that meet known totals, trimmed where they must be; standard errors then rest on residuals."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import DesignError
from digicit_lib.survey.columns import one_of
from digicit_lib.survey.design import SurveyDesign
from digicit_lib.survey.sums import breakdowns, levels
from digicit_lib.survey.variance import Calibration, Floats, Replication

KINDS = ("linear", "raking", "logit")


def calibrate(
    design: SurveyDesign,
    totals: Mapping[str, Any],
    *,
    kind: str = "linear",
    bounds: tuple[float, float] | None = None,
) -> SurveyDesign:
    """Fit weights to known population totals.

    Parameters
    ----------
    design : SurveyDesign
    totals : mapping
        A breakdown (or a cross, ``"gender,age_group"``) to a mapping of level to population count; or a
        numeric column to its population total. One breakdown alone is post-stratification; several margins
        with ``kind="raking"`` are raking.
    kind : {"linear", "raking", "logit"}
        Distance of Deville and Särndal (1992): regression (GREG), exponential, bounded logit.
    bounds : (float, float), optional
        Least and greatest ratio of new to old weight; needed by "logit", cuts "linear" and "raking".

    Returns
    -------
    SurveyDesign
        A new design with the fitted weights; the old one is as it was.

    Raises
    ------
    DesignError
        Totals that contradict each other, levels without respondents, bounds that cannot be kept.

    Examples
    --------
    >>> data = pd.DataFrame({"w": [1.0, 1, 1, 1], "sex": list("aabb"), "y": [1.0, 2, 3, 4]})
    >>> fitted = calibrate(SurveyDesign(data, "w"), {"sex": {"a": 30, "b": 10}})
    >>> fitted.weights.tolist()
    [15.0, 15.0, 5.0, 5.0]
    """
    one_of(kind, KINDS, "Unknown kind of calibration.", error=DesignError)
    if kind == "logit" and bounds is None:
        raise DesignError("Logit calibration needs bounds.", next="bounds=(0.3, 3)")
    if bounds is not None and not 0 <= bounds[0] < 1 < bounds[1]:
        raise DesignError("Bounds must lie on both sides of one.", got=str(bounds))
    auxiliary, target = _auxiliary(design, totals)
    fitted = _fitted(design.weights, auxiliary, target, kind, bounds)
    memory = Calibration(auxiliary, design.weights, fitted)
    if not isinstance(design.variance, Replication):
        return replace(design, weight=fitted, unweighted=False, calibration=memory)
    each = [_fitted(w, auxiliary, target, kind, bounds) for w in design.variance.weights.T]
    replicates = {**(design.replicates or {}), "weights": np.stack(each, axis=1)}
    return replace(design, weight=fitted, unweighted=False, replicates=replicates)


def _auxiliary(design: SurveyDesign, totals: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """Columns that must meet totals, and the totals."""
    columns, target = [], []
    for name, population in totals.items():
        if not isinstance(population, Mapping):
            columns.append(design.column(name, name).to_numpy(dtype=float))
            target.append(float(population))
            continue
        code, names = np.zeros(len(design.frame), dtype=np.int64), [""]
        for part in breakdowns(name)[0]:
            codes, labels = levels(design.frame, part)
            code = np.where((codes < 0) | (code < 0), -1, code * len(labels) + codes)
            names = [f"{n},{o}" if n else o for n in names for o in labels]
        counts = {str(level): float(count) for level, count in population.items()}
        present = [n for i, n in enumerate(names) if (code == i).any()]
        if (code < 0).any() or set(present) != set(counts):
            odd = sorted(set(counts) ^ set(present))
            what = f"levels: {', '.join(odd)}" if odd else f"{int((code < 0).sum())} rows without a level"
            raise DesignError("Population counts and respondents do not match.", where=name, got=what)
        columns += [(code == names.index(level)).astype(float) for level in counts]
        target += list(counts.values())
    return np.stack(columns, axis=1), np.array(target)


def _fitted(base: Floats, x: Floats, target: Floats, kind: str, bounds: tuple[float, float] | None) -> Floats:
    """Newton's method on the calibration equations."""
    factor = np.zeros(x.shape[1])
    scale = np.maximum(np.abs(target), 1.0)
    for _ in range(100):
        ratio, slope = _ratio(x @ factor, kind, bounds)
        gap = target - x.T @ (base * ratio)
        if (np.abs(gap) <= 1e-11 * scale).all():
            return base * ratio
        hessian = (x * (base * slope)[:, None]).T @ x
        factor = factor + np.linalg.lstsq(hessian, gap, rcond=1e-12)[0]
    if (np.abs(gap) <= 1e-7 * scale).all():
        return base * ratio
    missed = int((np.abs(gap) > 1e-7 * scale).sum())
    got = f"{missed} of {len(target)} totals missed"
    hint = "check that the margins have the same sum, or widen the bounds"
    raise DesignError("No weights meet these totals.", got=got, next=hint)


def _ratio(u: Floats, kind: str, bounds: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """New over old weight as a function of the linear predictor, and its derivative."""
    if kind == "logit" and bounds is not None:
        low, high = bounds
        a = (high - low) / ((1 - low) * (high - 1))
        e = np.exp(np.clip(a * u, -500, 500))
        base = (high - 1) + (1 - low) * e
        return (low * (high - 1) + high * (1 - low) * e) / base, e * (high - low) ** 2 / base**2
    ratio = 1 + u if kind == "linear" else np.exp(np.clip(u, -50, 50))
    slope = np.ones_like(u) if kind == "linear" else ratio
    if bounds is None:
        return ratio, slope
    free = (ratio > bounds[0]) & (ratio < bounds[1])
    return np.clip(ratio, *bounds), np.where(free, slope, 0.0)


def trim(
    design: SurveyDesign, lower: float = 0.0, upper: float = np.inf, *, strict: bool = True
) -> SurveyDesign:
    """Cut weights to a range and share what is cut equally among the others.

    Parameters
    ----------
    design : SurveyDesign
        With Taylor variance: replicate weights would have to be trimmed by whoever made them.
    lower, upper : float
        The range.
    strict : bool
        Repeat until no weight lies outside (R's `trimWeights(strict = TRUE)`).

    Returns
    -------
    SurveyDesign
        A new design with the same sum of weights.

    Raises
    ------
    DesignError
        A range that the sum of weights cannot keep; replicate weights.

    Examples
    --------
    >>> trim(SurveyDesign(pd.DataFrame({"w": [1.0, 1, 1, 5]}), "w"), upper=3).weights.round(3).tolist()
    [1.667, 1.667, 1.667, 3.0]
    """
    weight = design.weights
    if isinstance(design.variance, Replication):
        raise DesignError(
            "Replicate weights cannot be trimmed here.", next="trim before the replicates are made"
        )
    if not lower <= weight.mean() <= upper:
        raise DesignError("No weights of this sum lie in the range.", got=f"{lower:g} to {upper:g}")
    for _ in range(1000 if strict else 1):
        outside = (weight < lower) | (weight > upper)
        if not outside.any():
            break
        cut = np.clip(weight, lower, upper)
        share = (weight - cut).sum() / max(int((~outside).sum()), 1)
        weight = np.where(outside, cut, cut + share)
    return replace(design, weight=weight, unweighted=False)


def weight_report(**designs: SurveyDesign) -> pd.DataFrame:
    """Compare the weights of designs, such as before and after raking.

    Parameters
    ----------
    **designs : SurveyDesign
        By the name that the row shall have.

    Returns
    -------
    DataFrame
        Columns `n`, `sum_w`, `min`, `median`, `max`, `cv`, `kish_deff` and `n_effective` = n / kish_deff.

    Examples
    --------
    >>> weight_report(base=SurveyDesign(pd.DataFrame({"w": [1.0, 3.0]}), "w"))["kish_deff"].tolist()
    [1.25]
    """
    rows = {}
    for name, design in designs.items():
        w = design.weights[design.weights > 0]
        kish = len(w) * (w**2).sum() / w.sum() ** 2
        rows[name] = {
            "n": len(w),
            "sum_w": w.sum(),
            "min": w.min(),
            "median": np.median(w),
            "max": w.max(),
            "cv": w.std() / w.mean(),
            "kish_deff": kish,
            "n_effective": len(w) / kish,
        }
    return pd.DataFrame.from_dict(rows, orient="index")
