"""Estimates of the levels of one breakdown, with variances and, where asked for, covariances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digicit_lib.survey.design import SurveyDesign
from digicit_lib.survey.sums import BreakdownLevels, DomainLayout, Sums, aggregation_matrix
from digicit_lib.survey.variance import Calibration, Floats, Ints, Replication, Taylor, starts

Known = tuple[Floats, Floats | None]  # estimates without NaN; denominators, or None for totals


class Cells(NamedTuple):
    """Estimates of one breakdown: arrays levels by indicators; deviations have their own first axis."""

    place: BreakdownLevels
    estimate: Floats
    variance: Floats
    n: Floats
    yes: Floats
    sum_w: Floats
    base: Floats
    spread: Floats  # Σ w (y - mean)² / Σ w within the cell
    psus: Floats
    df: Floats
    deviations: Floats  # empty where only the variance was asked for

    @property
    def se(self) -> Floats:
        """Standard errors; NaN where there is no estimate."""
        return np.where(np.isnan(self.estimate), np.nan, np.sqrt(self.variance))

    def with_estimates(self, estimate: Floats, deviations: Floats) -> Cells:
        """The same cells for a function of the estimates."""
        variance = np.einsum("k...,k...->...", deviations, deviations)
        return self._replace(estimate=estimate, deviations=deviations, variance=variance)


def cells(
    design: SurveyDesign,
    plan: DomainLayout,
    sums: Sums,
    where: BreakdownLevels,
    total: bool = False,
    covariance: bool = True,
) -> Cells:
    """Ratios of sums (or totals of `y`) in each level of a breakdown, with their variances."""
    by_cell = plan.by_cell(where).aggregation_matrix()
    n, yes, excess, base = (by_cell @ a for a in sums[3:7])
    pairs = LevelPairs.of(plan, sums, where)
    top, weight = pairs.level_sums(pairs.wy), pairs.level_sums(pairs.w)
    bottom = weight if pairs.wx is pairs.w else pairs.level_sums(pairs.wx)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.where(n > 0, top if total else top / bottom, np.nan)
        spread = np.maximum((top + excess) / weight - (top / weight) ** 2, 0)
    sure = sums.binary & ((yes == 0) | (yes == n)) & (n > 0) & (not total) & (pairs.wx is pairs.w)
    # 0 % and 100 % are exact: no rounding error may make them 99.99... % with a standard error of 1e-17.
    estimate, spread = np.where(sure, yes > 0, estimate), np.where(sure, 0.0, spread)
    centre = np.nan_to_num(estimate), None if total else np.where(bottom == 0, 1.0, bottom)
    psus, df = _counts(design, pairs)
    deviations = np.empty((0, *n.shape))
    if not covariance and design.plain:
        variance = _variance(design.taylor, pairs, centre)
    else:
        deviations = _deviations(design, sums, pairs, centre, by_cell)
        deviations[:, sure] = 0.0
        variance = np.einsum("k...,k...->...", deviations, deviations)
    variance[sure] = 0.0
    return Cells(where, estimate, variance, n, yes, weight, base, spread, psus, df, deviations)


class LevelPairs(NamedTuple):
    """Sums by the (unit x level) pairs that occur in one breakdown; absent units are nothing but zeros."""

    size: int  # levels
    unit: Ints
    level: Ints
    wy: Floats
    w: Floats
    wx: Floats

    @classmethod
    def of(cls, plan: DomainLayout, sums: Sums, where: BreakdownLevels) -> LevelPairs:
        """Add groups up."""
        inside, size = np.flatnonzero(where.code >= 0), len(where.labels)
        pairs, at = np.unique(plan.unit[inside] * size + where.code[inside], return_inverse=True)
        up = aggregation_matrix(at, inside, (len(pairs), len(plan.unit)))
        wy, w = up @ sums.wy, up @ sums.w
        return cls(size, pairs // size, pairs % size, wy, w, w if sums.wx is sums.w else up @ sums.wx)

    def level_sums(self, values: Floats) -> Floats:
        """Sums by level."""
        return aggregation_matrix(self.level, None, (self.size, len(self.level))) @ values

    def influence(self, centre: Known) -> Floats:
        """Linearised totals (y - estimate x) / Σ w x, or y itself for a total."""
        if centre[1] is None:
            return self.wy
        return (self.wy - centre[0][self.level] * self.wx) / centre[1][self.level]

    def dense(self, values: NDArray, units: int) -> NDArray:
        """Units by levels by indicators, zeros where a pair does not occur."""
        out = np.zeros((units, self.size, values.shape[1]), dtype=values.dtype)
        out[self.unit, self.level] = values
        return out


def _by_stratum(taylor: Taylor, pairs: LevelPairs, values: Floats) -> Floats:
    """Sums by stratum, level and indicator."""
    to = taylor.psu_stratum[taylor.unit_psu[pairs.unit]] * pairs.size + pairs.level
    count = len(taylor.psus)
    return (aggregation_matrix(to, None, (count * pairs.size, len(to))) @ values).reshape(
        count, pairs.size, -1
    )


def _counts(design: SurveyDesign, pairs: LevelPairs) -> tuple[Floats, Floats]:
    """PSUs with anyone in the cell, and the degrees of freedom of the domain."""
    shape = (pairs.size, pairs.w.shape[1])
    if not design.counted:
        return np.full(shape, np.nan), np.full(shape, float(design.df))
    taylor, weighted = design.taylor, pairs.w > 0
    if taylor.unit_fraction is not None:
        whole = pairs.dense(weighted, len(taylor.unit_psu))
        by_psu = np.logical_or.reduceat(whole, starts(taylor.unit_psu))
        psus = by_psu.sum(axis=0)
        strata = np.logical_or.reduceat(by_psu, starts(taylor.psu_stratum)).sum(axis=0)
    else:
        by_stratum = _by_stratum(taylor, pairs, weighted.astype(float))
        psus, strata = by_stratum.sum(axis=0), (by_stratum > 0).sum(axis=0)
    df = (psus - strata).astype(float)
    if isinstance(design.variance, Replication):
        df = np.minimum(df, design.df)
    return psus.astype(float), df


def _variance(taylor: Taylor, pairs: LevelPairs, centre: Known) -> Floats:
    """Variances from present PSUs alone: Σ (r - mean)² = Σ r² - (Σ r)² / n in a stratum, n all its PSUs."""
    r = pairs.influence(centre)
    first, square = _by_stratum(taylor, pairs, r), _by_stratum(taylor, pairs, r * r)
    factor = (taylor.factor() ** 2)[:, None, None]
    whole = (factor * square).sum(axis=0)
    variance = whole - (factor * first**2 / taylor.psus[:, None, None]).sum(axis=0)
    return np.where(variance > 1e-14 * whole, variance, 0.0)  # what rounding leaves is nothing


def _deviations(
    design: SurveyDesign, sums: Sums, pairs: LevelPairs, centre: Known, by_cell: sparse.csr_matrix
) -> Floats:
    """Deviations of the estimates, which also give their covariances."""
    if isinstance(design.variance, Replication):
        return _replicated(design.variance, sums, by_cell, centre)
    units = len(design.taylor.unit_psu)
    influence = pairs.dense(pairs.influence(centre), units)
    if design.calibration is not None:
        influence -= _explained(design.calibration, design.taylor, sums, by_cell, centre)
    weighted = pairs.dense(pairs.w > 0, units) if design.lonely != "fail" or design.lonely_domain else None
    return design.taylor.spread(influence, weighted)


def _explained(
    calibration: Calibration, taylor: Taylor, sums: Sums, by_cell: sparse.csr_matrix, centre: Known
) -> Floats:
    """The part of the influence values that the calibration totals explain, by unit."""
    top, below = (_levels(by_cell, cross) for cross in sums.crosses)
    cross = top if centre[1] is None else (top - centre[0][:, None] * below) / centre[1][:, None]
    beta = calibration.solve(np.moveaxis(cross, 1, 0))
    fitted = (calibration.auxiliary * calibration.fitted[:, None]).T
    by_unit = np.stack([np.bincount(taylor.unit, one, len(taylor.unit_psu)) for one in fitted], axis=1)
    return np.tensordot(by_unit, beta, axes=1)


def _replicated(replication: Replication, sums: Sums, by_cell: sparse.csr_matrix, centre: Known) -> Floats:
    """Deviations of the replicate estimates."""
    y, x = (np.moveaxis(_levels(by_cell, cross), 1, 0) for cross in sums.crosses)
    return replication.spread(y if centre[1] is None else y / np.where(x == 0, np.nan, x), centre[0])


def _levels(by_cell: sparse.csr_matrix, cross: Floats) -> Floats:
    """Add cells up where each holds one value a moment and indicator."""
    return (by_cell @ cross.reshape(len(cross), -1)).reshape(by_cell.shape[0], *cross.shape[1:])
