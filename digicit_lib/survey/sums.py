"""The core: rows collapse once to sums by (variance unit x cell of all breakdowns); the rest uses sums."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from digicit_lib.survey.columns import column
from digicit_lib.survey.design import SurveyDesign
from digicit_lib.survey.variance import Floats, Ints, Replication

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
    values = column(frame, name, "The data have no such breakdown.")
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.int64), [_label(v) for v in values.cat.categories]
    coded, categories = pd.factorize(values, sort=True)
    return np.asarray(coded, dtype=np.int64), [_label(v) for v in categories]


def _label(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class BreakdownLevels(NamedTuple):
    """Where each group falls in one breakdown."""

    by: str
    code: Ints  # of each group; -1 outside
    labels: list[str]

    def aggregation_matrix(self) -> sparse.csr_matrix:
        """Matrix that adds groups up to levels."""
        inside = np.flatnonzero(self.code >= 0)
        return aggregation_matrix(self.code[inside], inside, (len(self.labels), len(self.code)))


@dataclass(frozen=True, eq=False)
class DomainLayout:
    """The rows of a domain, coded once into groups: the (unit x cell) pairs that occur."""

    rows: Ints  # positions in the frame
    weight: Floats  # of each row
    group: Ints  # of each row
    unit: Ints  # of each group
    codes: Ints  # of each group, one column a variable; -1 missing
    variables: tuple[str, ...]
    labels: tuple[list[str], ...]

    def place(self, by: tuple[str, ...]) -> BreakdownLevels:
        """Levels of a breakdown, the last variable running fastest."""
        code, names = np.zeros(len(self.unit), dtype=np.int64), [""]
        for variable in by:
            at = self.variables.index(variable)
            part, labels = self.codes[:, at], self.labels[at]
            code = np.where((part < 0) | (code < 0), -1, code * len(labels) + part)
            names = [f"{n},{o}" if n else o for n in names for o in labels]
        return BreakdownLevels(",".join(by), code, names)

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

    def by_cell(self, place: BreakdownLevels) -> BreakdownLevels:
        """The same breakdown for cells in place of groups."""
        code = np.full(self.cells[1], -1, dtype=np.int64)
        code[self.cells[0]] = place.code
        return place._replace(code=code)

    def values(self, series: pd.Series) -> np.ndarray:
        """A column of the frame as floats, the rows of the domain."""
        if isinstance(series.dtype, np.dtype) and series.dtype.kind == "f":
            numbers = series.to_numpy()
        else:
            numbers = series.to_numpy(dtype=float, na_value=np.nan)
        return numbers if len(self.rows) == len(numbers) else numbers[self.rows]


def layout(
    design: SurveyDesign, groups: Sequence[tuple[str, ...]], where: NDArray[np.bool_] | None
) -> DomainLayout:
    """Code the rows of a domain for some breakdowns."""
    inside = design.weights > 0 if where is None else (design.weights > 0) & where
    rows = np.flatnonzero(inside)
    names = tuple(dict.fromkeys(v for by in groups for v in by))
    coded = [levels(design.frame, v) for v in names]
    parts = [design.units[rows], *(codes[rows] + 1 for codes, _ in coded)]
    group, first = _group(
        parts, [int(parts[0].max(initial=0)) + 1, *(len(categories) + 1 for _, categories in coded)]
    )
    codes = (
        np.stack([p[first] - 1 for p in parts[1:]], axis=1) if names else np.zeros((len(first), 0), np.int64)
    )
    labels = tuple(categories for _, categories in coded)
    return DomainLayout(rows, design.weights[rows], group, parts[0][first], codes, names, labels)


def _group(parts: Sequence[Ints], sizes: list[int]) -> tuple[Ints, Ints]:
    """Number the combinations that occur, in order; with one row of each."""
    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part, size in zip(parts, sizes, strict=True):
        key = key * size + part
    space = int(np.prod([float(s) for s in sizes]))
    if space > 16 * len(key) + 1024:
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        return group, first
    position = np.full(space, -1, dtype=np.int64)
    position[key] = np.arange(
        len(key)
    )  # for many rows a table of all combinations is cheaper than sorting them
    number = np.cumsum(position >= 0) - 1
    return number[key], position[position >= 0]


class Sums(NamedTuple):
    """Sums by group, or by cell of all breakdowns where units do not matter; last axis the indicator."""

    wy: Floats  # by group
    w: Floats  # by group: weights of rows with a valid answer
    wx: Floats  # by group: the denominator, `w` itself but for ratios
    n: Floats  # by cell, as all below
    yes: Floats
    excess: Floats  # Σ w y (y - 1), nothing for a share
    base: Floats  # weights of those asked
    binary: NDArray[np.bool_]
    crosses: tuple[Floats, ...]  # of y and x, cells by moments by indicators: replicates, calibration


class Chunk(NamedTuple):
    """Some rows whose numbers fit a processor's cache: that is three times as fast as whole columns."""

    rows: slice
    groups: slice  # that occur in it
    group: Ints  # of each row, from the first that occurs
    cell: Ints
    weight: Floats
    by_group: Floats  # all weights
    by_cell: Ints  # all rows


Columns = Sequence[np.ndarray] | np.ndarray
CHUNK = 1 << 16


def collapse(
    design: SurveyDesign,
    plan: DomainLayout,
    columns: Columns,
    over: Columns | None = None,
    asked: Sequence[np.ndarray | None] | None = None,
) -> Sums:
    """One pass over the rows of a block of columns (rows of the layout, NaN without a valid answer)."""
    count, cell_count = len(columns), plan.cells[1]
    by_group = np.zeros((2 if over is None else 3, count, len(plan.unit)))
    by_cell, binary = np.zeros((3, count, cell_count)), np.ones(count, dtype=bool)
    for chunk in _chunks(plan):
        for i, y in enumerate(columns):
            x = None if over is None else over[i][chunk.rows]
            binary[i] &= _add(chunk, y[chunk.rows], x, by_group[:, i, chunk.groups], by_cell[:, i])
    wy, w, *wx = (np.ascontiguousarray(part.T) for part in by_group)
    n, yes, excess = (np.ascontiguousarray(part.T) for part in by_cell)
    base = np.stack([_weights(plan, who) for who in asked or [None]], axis=1)
    crosses = _crosses(design, plan, columns, over)
    return Sums(wy, w, wx[0] if wx else w, n, yes, excess, base, binary, crosses)


def _weights(plan: DomainLayout, who: np.ndarray | None) -> Floats:
    """Weights of some rows by cell."""
    at = slice(None) if who is None else who
    return np.bincount(plan.cell[at], plan.weight[at], plan.cells[1]).astype(float)


def _chunks(plan: DomainLayout) -> Iterator[Chunk]:
    """The rows in pieces; files are mostly in the order of their PSUs, so that each holds few groups."""
    for start in range(0, len(plan.rows), CHUNK):
        rows = slice(start, start + CHUNK)
        group, cell, weight = plan.group[rows], plan.cell[rows], plan.weight[rows]
        groups = slice(int(group.min()), int(group.max()) + 1)
        group = group - groups.start
        whole = np.bincount(group, weight).astype(float)
        yield Chunk(rows, groups, group, cell, weight, whole, np.bincount(cell, minlength=plan.cells[1]))


def _add(chunk: Chunk, y: np.ndarray, x: np.ndarray | None, by_group: Floats, by_cell: Floats) -> bool:
    """Add the sums of one column, and say whether it holds only 0 and 1."""
    missing = np.isnan(y) if x is None else np.isnan(y) | np.isnan(x)
    yes, silent = np.flatnonzero(y == 1), np.flatnonzero(missing)
    binary = len(yes) + np.count_nonzero(y == 0) + len(silent) == len(y)
    size, cells = len(chunk.by_group), len(chunk.by_cell)
    if binary and x is None and 2 * len(silent) <= len(y):
        # A share needs only the rows that say yes and those that say nothing.
        by_group[0] += np.bincount(chunk.group[yes], chunk.weight[yes], size)
        by_group[1] += chunk.by_group - np.bincount(chunk.group[silent], chunk.weight[silent], size)
        by_cell[0] += chunk.by_cell - np.bincount(chunk.cell[silent], minlength=cells)
        by_cell[1] += np.bincount(chunk.cell[yes], minlength=cells)
        return True
    at = np.flatnonzero(~missing)
    group, cell, weight, value = chunk.group[at], chunk.cell[at], chunk.weight[at], y[at].astype(float)
    by_group[0] += np.bincount(group, weight * value, size)
    by_group[1] += np.bincount(group, weight, size)
    if x is not None:
        by_group[2] += np.bincount(group, weight * x[at], size)
    by_cell[0] += np.bincount(cell, minlength=cells)
    by_cell[1] += np.bincount(cell, value, cells)
    by_cell[2] += np.bincount(cell, weight * value * (value - 1), cells)
    return bool(binary)


def _moments(design: SurveyDesign, plan: DomainLayout) -> Floats | None:
    """The further weights of each row under which the sums are needed."""
    if isinstance(design.variance, Replication):
        return design.variance.weights[plan.rows]
    if design.calibration is not None:
        return design.calibration.moments(design.weights)[plan.rows]
    return None


def _crosses(
    design: SurveyDesign, plan: DomainLayout, columns: Columns, over: Columns | None
) -> tuple[Floats, ...]:
    """Sums of moment x variable by cell, for numerators and denominators, where the variance needs them."""
    moments = _moments(design, plan)
    if moments is None:
        return ()
    out = np.empty((2, plan.cells[1], moments.shape[1], len(columns)))
    for i, y in enumerate(columns):
        x = np.ones(len(y)) if over is None else over[i]
        at = np.flatnonzero(~(np.isnan(y) | np.isnan(x)))
        for k, value in enumerate((y[at].astype(float), x[at])):
            out[k, :, :, i] = (
                aggregation_matrix(plan.cell[at], None, (plan.cells[1], len(at)), value) @ moments[at]
            )
    return out[0], out[1]


def aggregation_matrix(
    to: Ints, at: Ints | None, shape: tuple[int, int], values: Floats | None = None
) -> sparse.csr_matrix:
    """Matrix that adds rows up, each times its value."""
    values = np.ones(len(to)) if values is None else values
    return sparse.csr_matrix((values, (to, np.arange(len(to)) if at is None else at)), shape)
