"""The core: rows collapse once to sums by (variance unit x cell of all breakdowns); the rest uses sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from digicit_lib.errors import DataError, suggest
from digicit_lib.survey.variance import Floats, Ints, Replication

if TYPE_CHECKING:
    from digicit_lib.survey.design import SurveyDesign

By = str | Sequence[str] | Sequence[Sequence[str]] | None


def breakdowns(by: By) -> list[tuple[str, ...]]:
    """`None`, ``"a"``, ``"a,b"``, ``("a", "b")`` (a cross) or a list of those, as a list of tuples."""
    if by is None:
        return [()]
    if isinstance(by, str):
        return [tuple(part for part in by.split(",") if part)]
    if isinstance(by, tuple) and all(isinstance(part, str) for part in by):
        return [tuple(by)]  # type: ignore[arg-type]
    return [one for part in by for one in breakdowns(part)]


def levels(frame: pd.DataFrame, name: str) -> tuple[Ints, list[str]]:
    """Codes (-1: missing) and labels of a breakdown; a Categorical keeps its order and its empty levels."""
    if name not in frame.columns:
        near = suggest(name, map(str, frame.columns))
        raise DataError("The data have no such breakdown.", got=name, next=near and f"did you mean {near}?")
    values = frame[name]
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.int64), [_label(v) for v in values.cat.categories]
    coded, found = pd.factorize(values, sort=True)
    return np.asarray(coded, dtype=np.int64), [_label(v) for v in found]


def _label(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class Place(NamedTuple):
    """Where each group falls in one breakdown."""

    by: str
    code: Ints  # of each group; -1 outside
    labels: list[str]


@dataclass(frozen=True, eq=False)
class Layout:
    """The rows of a domain, coded once into groups: the (unit x cell) pairs that occur."""

    rows: Ints  # positions in the frame
    group: Ints  # of each row
    unit: Ints  # of each group
    codes: Ints  # of each group, one column a variable; -1 missing
    variables: tuple[str, ...]
    labels: tuple[list[str], ...]

    def place(self, by: tuple[str, ...]) -> Place:
        """Levels of a breakdown, the last variable running fastest."""
        code, names = np.zeros(len(self.unit), dtype=np.int64), [""]
        for variable in by:
            at = self.variables.index(variable)
            part, own = self.codes[:, at], self.labels[at]
            code = np.where((part < 0) | (code < 0), -1, code * len(own) + part)
            names = [f"{n},{o}" if n else o for n in names for o in own]
        return Place(",".join(by), code, names)

    @cached_property
    def members(self) -> sparse.csr_matrix:
        """Groups by rows, ones: building it is a counting sort."""
        ones = np.ones(len(self.rows))
        return sparse.csr_matrix(
            (ones, (self.group, np.arange(len(self.rows)))), (len(self.unit), len(self.rows))
        )


def layout(
    design: SurveyDesign, wanted: Sequence[tuple[str, ...]], where: NDArray[np.bool_] | None
) -> Layout:
    """Code the rows of a domain for some breakdowns."""
    inside = design.weights > 0 if where is None else (design.weights > 0) & where
    rows = np.flatnonzero(inside)
    variables = tuple(dict.fromkeys(v for by in wanted for v in by))
    coded = [levels(design.frame, v) for v in variables]
    unit = design.units[rows]
    parts = [unit, *(codes[rows] + 1 for codes, _ in coded)]
    sizes = [int(unit.max(initial=0)) + 1, *(len(names) + 1 for _, names in coded)]
    group, first = _group(parts, sizes)
    codes = (
        np.stack([p[first] - 1 for p in parts[1:]], axis=1)
        if variables
        else np.zeros((len(first), 0), np.int64)
    )
    return Layout(rows, group, unit[first], codes, variables, tuple(names for _, names in coded))


def _group(parts: list[Ints], sizes: list[int]) -> tuple[Ints, Ints]:
    """Number the combinations that occur, in order; with one row of each."""
    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part, size in zip(parts, sizes, strict=True):
        key = key * size + part
    space = int(np.prod([float(s) for s in sizes]))
    if space > 4 * len(key) + (1 << 22):
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        return group, first
    seen = np.full(space, -1, dtype=np.int64)
    seen[key] = np.arange(len(key))  # a table of all combinations is cheaper than sorting the rows
    number = np.cumsum(seen >= 0) - 1
    return number[key], seen[seen >= 0]


class Sums(NamedTuple):
    """Sums by group (first axis) and indicator (last axis)."""

    wy: Floats
    wx: Floats
    wyy: Floats
    n: Floats
    yes: Floats
    base: Floats
    binary: NDArray[np.bool_]
    crosses: tuple[Floats, ...]  # of y and x, groups by moments by indicators: replicates, calibration


def collapse(
    design: SurveyDesign, place: Layout, y: Floats, x: Floats | None, base: NDArray[np.bool_] | None
) -> Sums:
    """One pass over the rows of a block of indicators (rows by indicators, NaN without a valid answer)."""
    weight = design.weights[place.rows]
    ones = place.members
    weighted = sparse.csr_matrix((weight[ones.indices], ones.indices, ones.indptr), ones.shape)
    seen = ~np.isnan(y) if x is None else ~(np.isnan(y) | np.isnan(x))
    y = np.where(seen, y, 0.0)
    counts = seen.astype(float)
    x = counts if x is None else np.where(seen, x, 0.0)
    binary = ((y == 0) | (y == 1)).all(axis=0)
    wy = weighted @ y
    wyy = wy if binary.all() else weighted @ (y * y)
    asked = np.ones((len(y), 1)) if base is None else base.astype(float)
    moments = _moments(design, place.rows, weight)
    return Sums(
        wy, weighted @ x, wyy, ones @ counts, ones @ y, weighted @ asked, binary,
        () if moments is None else (_cross(ones, moments, y), _cross(ones, moments, x)),
    )  # fmt: skip


def _moments(design: SurveyDesign, rows: Ints, weight: Floats) -> Floats | None:
    """The further weights of each row under which the sums are needed."""
    if isinstance(design.variance, Replication):
        return design.variance.weights[rows]
    if design.calibration is not None:
        return design.calibration.moments(design.weights)[rows]
    return None


def _cross(ones: sparse.csr_matrix, moments: Floats, y: Floats) -> Floats:
    """Sums of moment x variable by group, one indicator at a time to keep memory flat."""
    out = np.empty((ones.shape[0], moments.shape[1], y.shape[1]))
    for i in range(y.shape[1]):
        scaled = sparse.csr_matrix((y[ones.indices, i], ones.indices, ones.indptr), ones.shape)
        out[:, :, i] = scaled @ moments
    return out


class Cells(NamedTuple):
    """Estimates of one breakdown: arrays levels by indicators; deviations have their own first axis."""

    place: Place
    estimate: Floats
    deviations: Floats
    n: Floats
    yes: Floats
    sum_w: Floats
    base: Floats
    spread: Floats  # Σ w (y - estimate)² / Σ w within the cell
    psus: Floats
    df: Floats

    @property
    def se(self) -> Floats:
        """Standard errors; NaN where there is no estimate."""
        variance = np.einsum("k...,k...->...", self.deviations, self.deviations)
        return np.where(np.isnan(self.estimate), np.nan, np.sqrt(variance))


def cells(design: SurveyDesign, plan: Layout, sums: Sums, where: Place, total: bool = False) -> Cells:
    """Ratios of sums (or totals of `y`) in each level of a breakdown, with their deviations."""
    inside = np.flatnonzero(where.code >= 0)
    size = len(where.labels)
    level = _adder(where.code[inside], inside, size, len(plan.unit))
    wy, wx, wyy, n, yes, base = (level @ a for a in sums[:6])
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.where(n > 0, wy, np.nan) if total else wy / np.where(wx == 0, np.nan, wx)
        mean = wy / wx
        spread = np.maximum(wyy / wx - mean**2, 0)
    units, psus, strata = _units(design, plan, sums, where, inside)
    if isinstance(design.variance, Replication):
        deviations = _replicated(design.variance, sums.crosses, level, estimate, total)
    else:
        deviations = _linearised(design, plan, sums, level, units, (estimate, wx), total)
    df = np.where(psus > 0, psus - strata, 0.0) if design.counted else np.full(n.shape, float(design.df))
    return Cells(where, estimate, deviations, n, yes, wx, base, spread, psus, df)


def _adder(to: Ints, at: Ints, size: int, groups: int) -> sparse.csr_matrix:
    """Matrix that adds groups up."""
    return sparse.csr_matrix((np.ones(len(at)), (to, at)), (size, groups))


def _units(
    design: SurveyDesign, plan: Layout, sums: Sums, where: Place, inside: Ints
) -> tuple[tuple[Floats, Floats], Floats, Floats]:
    """Sums by unit and level, and the PSUs and strata with anyone in the cell."""
    size, count = len(where.labels), len(design.taylor.unit_psu) if design.counted else 1
    place = plan.unit[inside] * size + where.code[inside]
    adder = _adder(place, inside, count * size, len(plan.unit))
    wy, wx, n = ((adder @ a).reshape(count, size, -1) for a in (sums.wy, sums.wx, sums.n))
    if not design.counted:
        unknown = np.full(wy.shape[1:], np.nan)
        return (wy, wx), unknown, unknown
    taylor = design.taylor
    held = n > 0
    if taylor.unit_fraction is not None:
        held = np.logical_or.reduceat(
            held, np.searchsorted(taylor.unit_psu, np.arange(len(taylor.psu_stratum)))
        )
    strata = np.logical_or.reduceat(held, np.searchsorted(taylor.psu_stratum, np.arange(len(taylor.psus))))
    return (wy, wx), held.sum(axis=0).astype(float), strata.sum(axis=0).astype(float)


def _linearised(
    design: SurveyDesign, plan: Layout, sums: Sums, level: sparse.csr_matrix, units: tuple[Floats, Floats],
    found: tuple[Floats, Floats], total: bool,
) -> Floats:  # fmt: skip
    """Deviations of the linearised totals: (y - estimate x) / Σ w x by unit, or y itself for a total."""
    (wy, wx), (estimate, weight) = units, found
    known = np.nan_to_num(estimate)
    size = np.where(weight == 0, 1.0, weight)
    influence = wy if total else (wy - known * wx) / size
    calibration = design.calibration
    if calibration is not None:
        cross_y, cross_x = (_levels(level, cross) for cross in sums.crosses)
        cross = cross_y if total else (cross_y - known[:, None] * cross_x) / size[:, None]
        beta = calibration.solve(np.moveaxis(cross, 1, 0))
        fitted = np.zeros((len(influence), calibration.auxiliary.shape[1]))
        np.add.at(fitted, design.taylor.unit, calibration.auxiliary * calibration.fitted[:, None])
        influence = influence - np.tensordot(fitted, beta, axes=1)
    return design.taylor.spread(influence, wx > 0 if design.lonely_domain else None)


def _replicated(
    replication: Replication,
    crosses: tuple[Floats, ...],
    level: sparse.csr_matrix,
    estimate: Floats,
    total: bool,
) -> Floats:
    """Deviations of the replicate estimates."""
    y, x = (np.moveaxis(_levels(level, cross), 1, 0) for cross in crosses)
    return replication.spread(y if total else y / np.where(x == 0, np.nan, x), estimate)


def _levels(level: sparse.csr_matrix, cross: Floats) -> Floats:
    """Add groups up where each holds one value a moment and indicator."""
    return (level @ cross.reshape(len(cross), -1)).reshape(level.shape[0], *cross.shape[1:])
