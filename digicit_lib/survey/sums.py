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
from digicit_lib.survey.variance import Floats, Ints, Replication, starts

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

    def adder(self, unit: Ints | int = 0, units: int = 1) -> sparse.csr_matrix:
        """Matrix that adds groups up to (unit x level)."""
        inside = np.flatnonzero(self.code >= 0)
        size = len(self.labels)
        to = (unit[inside] if isinstance(unit, np.ndarray) else unit) * size + self.code[inside]
        return sparse.csr_matrix((np.ones(len(to)), (to, inside)), (units * size, len(self.code)))


@dataclass(frozen=True, eq=False)
class Layout:
    """The rows of a domain, coded once into groups: the (unit x cell) pairs that occur."""

    rows: Ints  # positions in the frame
    weight: Floats  # of each row
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
    def cells(self) -> tuple[Ints, int]:
        """Cell of all breakdowns that each group falls in, and their number."""
        sizes = [len(names) + 1 for names in self.labels]
        cell, first = _group([np.zeros_like(self.unit), *(self.codes.T + 1)], [1, *sizes])
        return cell, len(first)

    @cached_property
    def cell(self) -> Ints:
        """Cell of each row."""
        return self.cells[0][self.group]

    def by_cell(self, place: Place) -> Place:
        """The same breakdown for cells in place of groups."""
        code = np.full(self.cells[1], -1, dtype=np.int64)
        code[self.cells[0]] = place.code
        return place._replace(code=code)

    def values(self, series: pd.Series) -> np.ndarray:
        """A column of the frame as floats, the rows of the domain."""
        if isinstance(series.dtype, np.dtype) and series.dtype.kind == "f":
            found = series.to_numpy()
        else:
            found = series.to_numpy(dtype=float, na_value=np.nan)
        return found if len(self.rows) == len(found) else found[self.rows]


def layout(
    design: SurveyDesign, wanted: Sequence[tuple[str, ...]], where: NDArray[np.bool_] | None
) -> Layout:
    """Code the rows of a domain for some breakdowns."""
    inside = design.weights > 0 if where is None else (design.weights > 0) & where
    rows = np.flatnonzero(inside)
    names = tuple(dict.fromkeys(v for by in wanted for v in by))
    coded = [levels(design.frame, v) for v in names]
    parts = [design.units[rows], *(codes[rows] + 1 for codes, _ in coded)]
    group, first = _group(parts, [int(parts[0].max(initial=0)) + 1, *(len(own) + 1 for _, own in coded)])
    codes = (
        np.stack([p[first] - 1 for p in parts[1:]], axis=1) if names else np.zeros((len(first), 0), np.int64)
    )
    labels = tuple(own for _, own in coded)
    return Layout(rows, design.weights[rows], group, parts[0][first], codes, names, labels)


def _group(parts: Sequence[Ints], sizes: list[int]) -> tuple[Ints, Ints]:
    """Number the combinations that occur, in order; with one row of each."""
    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part, size in zip(parts, sizes, strict=True):
        key = key * size + part
    space = int(np.prod([float(s) for s in sizes]))
    if space > 16 * len(key) + 1024:
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        return group, first
    seen = np.full(space, -1, dtype=np.int64)
    seen[key] = np.arange(len(key))  # for many rows a table of all combinations is cheaper than sorting them
    number = np.cumsum(seen >= 0) - 1
    return number[key], seen[seen >= 0]


class Sums(NamedTuple):
    """Sums of a block of indicators (last axis) by group, or by cell of all breakdowns where units do not matter."""

    wy: Floats  # by group
    w: Floats  # by group: weights of rows with a valid answer
    wx: Floats  # by group: the denominator, `w` itself but for ratios
    n: Floats  # by cell, as all below
    yes: Floats
    wyy: Floats
    base: Floats  # weights of those asked
    binary: NDArray[np.bool_]
    crosses: tuple[Floats, ...]  # of y and x, cells by moments by indicators: replicates, calibration


def collapse(
    design: SurveyDesign, plan: Layout, columns: Sequence[np.ndarray], over: Sequence[np.ndarray] | None = None,
    asked: Sequence[np.ndarray | None] | None = None,
) -> Sums:  # fmt: skip
    """One pass over each column (rows of the layout, NaN without a valid answer); columns may be made lazily."""
    moments = _moments(design, plan)
    whole = (
        np.bincount(plan.group, plan.weight, len(plan.unit)),
        np.bincount(plan.cell, minlength=plan.cells[1]),
    )
    base = np.bincount(plan.cell, plan.weight, plan.cells[1])
    found = []
    for i, y in enumerate(columns):
        x = None if over is None else over[i]
        one = _column(plan, y, x, whole)
        who = None if asked is None else asked[i]
        own = base if who is None else np.bincount(plan.cell[who], plan.weight[who], plan.cells[1])
        found.append((*one, own, () if moments is None else _cross(plan, moments, y, x)))
    wy, w, wx, n, yes, wyy, binary, base_by, crosses = zip(*found, strict=True)
    stacked = [np.ascontiguousarray(np.array(a).T) for a in (wy, w, wx, n, yes, wyy, base_by)]
    if over is None:
        stacked[2] = stacked[1]
    return Sums(*stacked, np.array(binary), tuple(np.stack(a, axis=-1) for a in zip(*crosses, strict=True)))


def _column(plan: Layout, y: np.ndarray, x: np.ndarray | None, whole: tuple[Floats, Ints]) -> tuple:
    """Sums of one column; a share needs only the rows that say yes and those that say nothing."""
    missing = np.isnan(y) if x is None else np.isnan(y) | np.isnan(x)
    yes, silent, size = y == 1, np.flatnonzero(missing), plan.cells[1]
    binary = np.count_nonzero(yes) + np.count_nonzero(y == 0) + len(silent) == len(y)
    if binary and x is None and 2 * len(silent) <= len(y):
        at = np.flatnonzero(yes)
        w = whole[0] - np.bincount(plan.group[silent], plan.weight[silent], len(plan.unit))
        n = whole[1] - np.bincount(plan.cell[silent], minlength=size)
        wy = np.bincount(plan.group[at], plan.weight[at], len(plan.unit))
        wyy = np.bincount(plan.cell[at], plan.weight[at], size)
        return wy, w, 0, n, np.bincount(plan.cell[at], minlength=size), wyy, True
    at = np.flatnonzero(~missing)
    weight, value, group, cell = plan.weight[at], y[at].astype(float), plan.group[at], plan.cell[at]
    weighted = weight * value
    wx = 0 if x is None else np.bincount(group, weight * x[at], len(plan.unit))
    return (
        np.bincount(group, weighted, len(plan.unit)), np.bincount(group, weight, len(plan.unit)), wx,
        np.bincount(cell, minlength=size), np.bincount(cell, value, size), np.bincount(cell, weighted * value, size),
        binary,
    )  # fmt: skip


def _moments(design: SurveyDesign, plan: Layout) -> Floats | None:
    """The further weights of each row under which the sums are needed."""
    if isinstance(design.variance, Replication):
        return design.variance.weights[plan.rows]
    if design.calibration is not None:
        return design.calibration.moments(design.weights)[plan.rows]
    return None


def _cross(plan: Layout, moments: Floats, y: np.ndarray, x: np.ndarray | None) -> tuple[Floats, Floats]:
    """Sums of moment x variable by cell, for numerator and denominator."""
    known = ~np.isnan(y) if x is None else ~(np.isnan(y) | np.isnan(x))
    at = np.flatnonzero(known)
    size = (plan.cells[1], len(at))
    below = np.ones(len(at)) if x is None else x[at]
    adders = (
        sparse.csr_matrix((v, (plan.cell[at], np.arange(len(at)))), size)
        for v in (y[at].astype(float), below)
    )
    top, bottom = (adder @ moments[at] for adder in adders)
    return top, bottom


class Cells(NamedTuple):
    """Estimates of one breakdown: arrays levels by indicators; deviations have their own first axis."""

    place: Place
    estimate: Floats
    deviations: Floats
    n: Floats
    yes: Floats
    sum_w: Floats
    base: Floats
    spread: Floats  # Σ w (y - mean)² / Σ w within the cell
    psus: Floats
    df: Floats

    @property
    def se(self) -> Floats:
        """Standard errors; NaN where there is no estimate."""
        variance = np.einsum("k...,k...->...", self.deviations, self.deviations)
        return np.where(np.isnan(self.estimate), np.nan, np.sqrt(variance))


def cells(design: SurveyDesign, plan: Layout, sums: Sums, where: Place, total: bool = False) -> Cells:
    """Ratios of sums (or totals of `y`) in each level of a breakdown, with their deviations."""
    level = plan.by_cell(where).adder()
    n, yes, wyy, base = (level @ a for a in sums[3:7])
    wy, w, wx = _by_unit(design, plan, sums, where)
    top, weight = wy.sum(axis=0), w.sum(axis=0)
    bottom = weight if wx is w else wx.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.where(n > 0, top if total else top / bottom, np.nan)
        spread = np.maximum(wyy / weight - (top / weight) ** 2, 0)
    held, psus, df = _held(design, w)
    if isinstance(design.variance, Replication):
        deviations = _replicated(design.variance, sums, level, estimate, total)
    else:
        influence = wy if total else (wy - np.nan_to_num(estimate) * wx) / np.where(bottom == 0, 1.0, bottom)
        if design.calibration is not None:
            influence -= _explained(design, sums, level, np.nan_to_num(estimate), None if total else bottom)
        deviations = design.taylor.spread(influence, held)
    if not total and wx is w:
        # 0 % and 100 % are exact: no rounding error may make them 99.99... % with a standard error of 1e-17.
        sure = sums.binary & ((yes == 0) | (yes == n)) & (n > 0)
        estimate, spread = np.where(sure, yes > 0, estimate), np.where(sure, 0.0, spread)
        deviations = np.where(sure, 0.0, deviations)
    return Cells(where, estimate, deviations, n, yes, weight, base, spread, psus, df)


def _by_unit(design: SurveyDesign, plan: Layout, sums: Sums, where: Place) -> tuple[Floats, Floats, Floats]:
    """Numerator, weight and denominator by unit, level and indicator."""
    count = len(design.taylor.unit_psu) if design.counted else 1
    adder = where.adder(plan.unit, count)
    wy, w = ((adder @ a).reshape(count, len(where.labels), -1) for a in (sums.wy, sums.w))
    return wy, w, w if sums.wx is sums.w else (adder @ sums.wx).reshape(w.shape)


def _held(design: SurveyDesign, w: Floats) -> tuple[NDArray[np.bool_] | None, Floats, Floats]:
    """PSUs with anyone in the cell, their number and the degrees of freedom of the domain."""
    if not design.counted:
        return None, np.full(w.shape[1:], np.nan), np.full(w.shape[1:], float(design.df))
    held, taylor = w > 0, design.taylor
    if taylor.unit_fraction is not None:
        held = np.logical_or.reduceat(held, starts(taylor.unit_psu))
    psus = held.sum(axis=0)
    df = psus - np.logical_or.reduceat(held, starts(taylor.psu_stratum)).sum(axis=0)
    if isinstance(design.variance, Replication):
        df = np.minimum(df, design.df)
    return held, psus.astype(float), df.astype(float)


def _explained(
    design: SurveyDesign, sums: Sums, level: sparse.csr_matrix, estimate: Floats, bottom: Floats | None
) -> Floats:
    """The part of the influence values that the calibration totals explain, by unit."""
    calibration, unit = design.calibration, design.taylor.unit
    top, below = (_levels(level, cross) for cross in sums.crosses)
    cross = (
        top
        if bottom is None
        else (top - estimate[:, None] * below) / np.where(bottom == 0, 1.0, bottom)[:, None]
    )
    beta = calibration.solve(np.moveaxis(cross, 1, 0))  # type: ignore[union-attr]
    fitted = (calibration.auxiliary * calibration.fitted[:, None]).T  # type: ignore[union-attr]
    by_unit = np.stack([np.bincount(unit, one, len(design.taylor.unit_psu)) for one in fitted], axis=1)
    return np.tensordot(by_unit, beta, axes=1)


def _replicated(
    replication: Replication, sums: Sums, level: sparse.csr_matrix, estimate: Floats, total: bool
) -> Floats:
    """Deviations of the replicate estimates."""
    y, x = (np.moveaxis(_levels(level, cross), 1, 0) for cross in sums.crosses)
    return replication.spread(y if total else y / np.where(x == 0, np.nan, x), estimate)


def _levels(level: sparse.csr_matrix, cross: Floats) -> Floats:
    """Add cells up where each holds one value a moment and indicator."""
    return (level @ cross.reshape(len(cross), -1)).reshape(level.shape[0], *cross.shape[1:])
