"""How unit totals or replicate estimates become deviations whose cross-products are the covariance.

Every estimator hands over its linearised totals (Taylor) or its replicate estimates; what comes back is an
array of deviations `d` with ``cov(a, b) = (d[a] * d[b]).sum(axis=0)``. Differences, contrasts and tests
then need nothing else, whichever way the variance is estimated.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Taylor:
    """Linearisation: PSUs within strata, and second-stage units within PSUs where both fractions are known.

    Units are numbered so that those of a PSU, and PSUs of a stratum, are neighbours.
    """

    unit: Ints  # of each row
    unit_psu: Ints  # of each unit
    psu_stratum: Ints  # of each PSU
    fraction: Floats  # of PSUs sampled, by stratum
    unit_fraction: Floats | None  # of second-stage units sampled, by PSU
    lonely: str = "fail"
    lonely_domain: bool = False

    @property
    def psus(self) -> Ints:
        """PSUs by stratum."""
        return np.bincount(self.psu_stratum)

    @property
    def singles(self) -> NDArray[np.bool_]:
        """Strata whose only PSU was not taken with certainty."""
        return (self.psus == 1) & (self.fraction < 1 - 1e-7)

    def spread(self, totals: Floats, present: NDArray[np.bool_] | None = None) -> Floats:
        """Deviations of unit totals, first axis the unit; `present` marks PSUs that a domain holds."""
        first = starts(self.psu_stratum)
        psu = totals if self.unit_fraction is None else np.add.reduceat(totals, starts(self.unit_psu))
        shape = (-1,) + (1,) * (totals.ndim - 1)
        count = self.psus
        centre = np.add.reduceat(psu, first) / count.reshape(shape)
        if self.lonely == "adjust":
            centre[self.singles] = psu.mean(axis=0)
        if self.lonely_domain and present is not None:
            few = (np.add.reduceat(present, first, dtype=np.int64) == 1) & (count > 1).reshape(shape)
            centre = np.where(few, psu.mean(axis=0), centre)
        out = (psu - centre[self.psu_stratum]) * self.factor()[self.psu_stratum].reshape(shape)
        if self.lonely == "average" and self.singles.any():
            out = out * self._inflation(present, shape)
        return out if self.unit_fraction is None else np.concatenate([out, self._second(totals, psu)])

    def factor(self) -> Floats:
        """Root of (1 - f) n / (n - 1) by stratum; nothing from a lonely PSU unless it is adjusted."""
        count = self.psus
        factor = np.sqrt((1 - self.fraction) * count / np.maximum(count - 1, 1))
        return factor if self.lonely == "adjust" else np.where(self.singles, 0.0, factor)

    def _inflation(self, present: NDArray[np.bool_] | None, shape: tuple[int, ...]) -> Floats | float:
        """Lonely strata get the mean of the others: of those that the domain holds, as in R."""
        if present is None:
            return float(np.sqrt(len(self.psus) / max(len(self.psus) - self.singles.sum(), 1)))
        occupied = np.logical_or.reduceat(present, starts(self.psu_stratum))
        lonely = (occupied & self.singles.reshape(shape)).sum(axis=0)
        return np.sqrt(occupied.sum(axis=0) / np.maximum(occupied.sum(axis=0) - lonely, 1))

    def _second(self, totals: Floats, psu: Floats) -> Floats:
        """The second-stage term: between units within PSUs, shrunk by the first-stage fraction."""
        shape = (-1,) + (1,) * (totals.ndim - 1)
        count = np.bincount(self.unit_psu)
        within = (1 - self.unit_fraction) * count / np.maximum(count - 1, 1)  # type: ignore[operator]
        factor = np.sqrt(self.fraction[self.psu_stratum] * within)
        mean = psu / count.reshape(shape)
        return (totals - mean[self.unit_psu]) * factor[self.unit_psu].reshape(shape)


@dataclass(frozen=True, eq=False)
class Replication:
    """Replicate weights given with the data (BRR, Fay, jackknife, bootstrap)."""

    weights: Floats  # rows by replicates
    coefficients: Floats  # of the squared deviations, by replicate
    mse: bool  # around the full-sample estimate, else around the replicates' mean
    name: str

    def spread(self, replicates: Floats, full: Floats) -> Floats:
        """Deviations of replicate estimates, first axis the replicate; empty replicates are left out."""
        valid = ~np.isnan(replicates)
        centre = full if self.mse else np.nansum(replicates, axis=0) / np.maximum(valid.sum(axis=0), 1)
        root = np.sqrt(self.coefficients).reshape((-1,) + (1,) * (replicates.ndim - 1))
        return np.where(valid, (replicates - centre) * root, 0.0)

    def rank(self, rows: Ints | None = None) -> int:
        """Rank of the replicate weights, as R's `degf` counts it (tolerance 1e-5)."""
        weights = self.weights if rows is None else self.weights[rows]
        gram = weights.T @ weights
        size = np.sqrt(np.diag(gram)).clip(min=1e-300)
        values = np.linalg.eigvalsh(gram / size / size[:, None])
        return int((values > 1e-10 * values[-1]).sum())


@dataclass(frozen=True, eq=False)
class Calibration:
    """What the weights were fitted to: standard errors then rest on residuals (Deville and Särndal 1992)."""

    auxiliary: Floats  # rows by totals
    base: Floats  # weights before
    fitted: Floats  # weights after

    def solve(self, cross: Floats) -> Floats:
        """Regression coefficients from cross-products with `auxiliary`, first axis the auxiliary."""
        gram = (self.auxiliary * self.base[:, None]).T @ self.auxiliary
        flat = np.linalg.pinv(gram, hermitian=True) @ cross.reshape(len(gram), -1)
        return flat.reshape(cross.shape)

    def moments(self, weight: Floats) -> Floats:
        """Rows whose cross-products with a variable `solve` needs."""
        return self.auxiliary * (self.base * weight / self.fitted)[:, None]

    def residuals(self, influence: Floats) -> Floats:
        """Weighted influence values of rows, less what the auxiliary explains."""
        cross = self.auxiliary.T @ (influence * (self.base / self.fitted)[:, None])
        return influence - self.fitted[:, None] * (self.auxiliary @ self.solve(cross))


def starts(labels: Ints) -> Ints:
    """First position of each run of neighbours."""
    return np.flatnonzero(np.concatenate([[True], labels[1:] != labels[:-1]]))


def row_deviations(design: Any, influence: Floats) -> Floats:
    """Deviations of totals of weighted influence values (rows by parameters); Taylor designs only."""
    taylor: Taylor = design.variance
    rows = influence if design.calibration is None else design.calibration.residuals(influence)
    sums = [np.bincount(taylor.unit, one, len(taylor.unit_psu)) for one in rows.T]
    return taylor.spread(np.stack(sums, axis=1))
