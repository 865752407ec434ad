"""What a reader can compute from published counts, and what must be hidden with a small one.

Counts add up: parts to their total, answers to their base. A hidden count lies between the ends of two linear
programmes over all these sums; while that interval is narrower than the minimum cell, a further count is
hidden. One that is hidden only to help may be known to be one of several that could all be printed.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from digicit_lib.disclosure.additions import Sum, unknown_in

if TYPE_CHECKING:
    import pandas as pd


def may_be_printed(low: Any, high: Any, n: Any, cell: Any, width: Any = None) -> Any:
    """Whether an interval holds several counts, each with as many yes and no as are printed: no secret."""
    several = (high - low if width is None else width) > 1 - 1e-6
    return several & (low > cell - 1e-6) & (n - high > cell - 1e-6)


class HiddenCounts:
    """What decides about each row, as arrays, and which rows are hidden by now."""

    def __init__(self, work: pd.DataFrame) -> None:
        self.yes, self.n, self.most = (work[name].to_numpy() for name in ("n_yes", "n", "most"))
        self.fixed = work["fixed"].to_numpy()
        self.cell = work["cell"].to_numpy()
        self.need = np.minimum(self.cell, self.n) - 1e-6
        self.small = np.minimum(self.yes, self.n - self.yes)
        self.private, self.bounded = work["private"].to_numpy(copy=True), work["bounded"].to_numpy()
        # Of a count whose reason is another one it tells too much for it to hide a third.
        self.unknown = unknown_in(work).to_numpy() & ~self.bounded | self.private

    def hide(self, row: int) -> None:
        self.private[row] = self.unknown[row] = True

    def all_hidden(self) -> HiddenCounts:
        """The same with all hidden that is not out yet."""
        every = copy(self)
        every.unknown = self.unknown | ~self.fixed
        return every


class Attack:
    """What can be computed: one linear programme for each end of a hidden count."""

    def __init__(self, counts: HiddenCounts, sums: list[Sum], before: Attack | None = None) -> None:
        rows = list(dict.fromkeys(i for s in sums for i in s.signs if counts.unknown[i]))
        self.hidden = {row: j for j, row in enumerate(rows)}
        self.left = np.zeros((len(sums), len(rows) + len(sums)))
        self.left[:, len(rows) :] = np.eye(len(sums))  # the rest of each sum
        self.right = np.array([s.total for s in sums])
        for k, s in enumerate(sums):
            for row, sign in s.signs.items():
                if row in self.hidden:
                    self.left[k, self.hidden[row]] = sign
                else:
                    self.right[k] -= sign * counts.yes[row]
        self.most = np.array([*counts.most[rows], *(s.rest for s in sums)])  # the least is nought
        self.loose = np.array(
            [any(counts.yes[i] % 1 for i in s.signs if not counts.unknown[i]) for s in sums]
        )
        self.counts, self.n, self.cell = counts.yes[rows], counts.n[rows], counts.cell[rows]
        self.seen = np.stack([self.counts, self.counts])  # least and greatest of what solves all sums
        if before:  # what solved them with fewer unknowns solves them still
            old = [self.hidden[row] for row in before.hidden]
            self.seen[:, old] = before.seen

    def hides(self, row: int, need: float) -> bool:
        """Whether a hidden count can be told no closer than `need`, or is no secret and stays uncertain."""
        cell = self.hidden[row]
        n, smallest = self.n[cell], self.cell[cell]
        for (low, high), (least, most) in self._looks(row):
            if not (most - least >= need or may_be_printed(low, high, n, smallest, most - least)):
                return False
            if high - low >= need or may_be_printed(least, most, n, smallest, high - low):
                return True
        return False

    def width(self, row: int, enough: float) -> float:
        """How far apart the least and the greatest value of a hidden count lie, or may be seen to if that is
        `enough`."""
        width = 0.0
        for (low, high), _ in self._looks(row):
            width = high - low
            if width >= enough:
                break
        return width

    def _looks(self, row: int) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
        """Two values between which all solve the sums, and two beyond which none do: closer at each look.

        The first look costs nothing and settles most cases, where the true counts keep the sums; the others
        solve one end each.
        """
        cell = self.hidden[row]
        low = high = self.counts[cell]
        least, most = -math.inf, math.inf
        if self.consistent:
            (low, high), (least, most) = self._reach(cell), self._bounds[:, cell]
        yield (low, high), (least, most)
        high = most = self.end(row, -1)
        yield (low, high), (least, most)
        low = least = self.end(row, 1)
        yield (low, high), (least, most)

    def _reach(self, cell: int) -> tuple[float, float]:
        """How far a count was seen to go, or goes where others in just the same sums give and take for it."""
        same = (self.left[:, [cell]] == self.left).all(axis=0)
        same[cell] = False
        room, count = self.most - self.true, self.counts[cell]
        up, down = min(room[cell], self.true[same].sum()), min(count, room[same].sum())
        return min(self.seen[0, cell], count - down), max(self.seen[1, cell], count + up)

    @cached_property
    def _bounds(self) -> np.ndarray:
        """The least and the most of each unknown that a sum leaves it, by the bounds of the others there."""
        bounds = np.stack([np.zeros(len(self.most)), self.most])
        sums, cells = np.nonzero(self.left)
        signs = self.left[sums, cells]
        for _ in range(2):  # a third time tells hardly more
            ends = np.sort(bounds[:, cells] * signs, axis=0)
            others = np.stack([np.bincount(sums, end)[sums] for end in ends]) - ends
            free = np.sort((self.right[sums] - others) / signs, axis=0)
            np.maximum.at(bounds[0], cells, free[0])
            np.minimum.at(bounds[1], cells, free[1])
        return bounds

    @cached_property
    def true(self) -> np.ndarray:
        """The hidden counts as they are, and the rests that they leave."""
        return np.r_[self.counts, self.right - self.left[:, : len(self.counts)] @ self.counts]

    @cached_property
    def consistent(self) -> bool:
        """Whether the true counts keep all sums, as they do unless some were weighted."""
        return bool(((self.true > -0.5) & (self.true < self.most + 0.5)).all())

    def end(self, row: int, sign: int) -> float:
        """The least (1) or the greatest (-1) value of a hidden count, given all that is visible; not a number
        where nothing solves the sums: such a count is not shown to be safe."""
        aim = sign * np.eye(len(self.most))[self.hidden[row]]
        values = _solved(aim, self.left, self.right, self.most)
        if values is None and self.loose.any():  # shares of weights: sums that are about so give way a little
            way = np.eye(len(self.right))[:, self.loose]
            left, most = np.c_[self.left, way, -way], np.r_[self.most, np.full(2 * way.shape[1], np.inf)]
            near = _solved(np.arange(len(most)) >= len(self.most), left, self.right, most)
            if near is not None:
                self.right = self.left @ near[: len(self.most)]
                values = _solved(aim, self.left, self.right, self.most)
        if values is None:
            return math.nan
        point = values[: len(self.counts)]
        self.seen = np.stack([np.minimum(self.seen[0], point), np.maximum(self.seen[1], point)])
        return float(point[self.hidden[row]])


def _solved(aim: np.ndarray, left: np.ndarray, right: np.ndarray, most: np.ndarray) -> np.ndarray | None:
    """The values from nought to the most that keep all sums and make the aim least; None where none do."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # reads its input sooner than `linprog`

    sums = LinearConstraint(left, right, right)
    result = milp(aim, constraints=sums, bounds=Bounds(0, most), options={"presolve": False})
    return result.x if result.status == 0 else None


def equations(work: pd.DataFrame, counts: HiddenCounts, sums: list[Sum], row: int) -> str:
    """The sums that a hidden count stands in, as an attacker writes them: numbers that are out, ? for hidden.

    Such as ``girl ? + boy ? = 29``.
    """
    texts = []
    for s in (s for s in sums if row in s.signs):
        sides: dict[bool, list[str]] = {True: [], False: []}
        several = len({work.at[i, "indicator"] for i in s.signs}) > 1
        for i, sign in s.signs.items():
            named = [work.at[i, "indicator"]] if several else []
            words = [*named, work.at[i, "level"] or "all", work.at[i, "category"]]
            label = " ".join(filter(None, words))
            weight = "" if abs(sign) == 1 else f"{abs(sign):g} × "
            sides[sign > 0].append(f"{weight}{label} {'?' if counts.unknown[i] else f'{counts.yes[i]:g}'}")
        rest = [f"others 0 to {s.rest:g}"] if s.rest else []
        texts.append(f"{' + '.join(sides[True] + rest)} = {' + '.join(sides[False]) or f'{s.total:g}'}")
    return "; ".join(texts)


def protect(counts: HiddenCounts, sums: list[Sum]) -> None:
    """Hide further counts until no hidden one can be told to within its minimum cell.

    A helper is made safe first; the count that it helps is looked at again after all others, as what hides
    these may be enough. What is safe stays safe, as hiding more only widens intervals.
    """
    attack, widest = Attack(counts, sums), Attack(counts.all_hidden(), sums)
    waiting = deque(row for row in attack.hidden if counts.private[row])
    limited: set[int] = set()
    while waiting:
        row = waiting.pop()
        if attack.hides(row, counts.need[row]):
            continue
        if row not in limited:  # nothing can be less certain than with all hidden
            limited.add(row)
            need = counts.need[row]
            counts.need[row] = min(need, widest.width(row, enough=need + 1e-6) - 1e-6)
            waiting.append(row)
        elif (helper := next(_helpers(counts, sums, row), None)) is not None:
            counts.hide(helper)
            waiting.appendleft(row)
            waiting.append(helper)
            attack = Attack(counts, sums, attack)
    for s in sums:
        _hide_none_or_all(counts, s)


def _hide_none_or_all(counts: HiddenCounts, s: Sum) -> None:
    """Of a hidden total: levels that show nothing but none (or all) would tell whose the others' few are."""
    parts = [i for i, sign in s.signs.items() if sign > 0]
    shown = [i for i in parts if not counts.unknown[i]]
    minus = (i for i, sign in s.signs.items() if sign < 0)
    is_hidden = any(counts.private[parts]) and any(counts.unknown[i] for i in minus)
    if is_hidden and not counts.small[shown].any():
        for i in shown:
            if not counts.fixed[i]:
                counts.hide(i)


def _helpers(counts: HiddenCounts, sums: list[Sum], row: int) -> Iterator[int]:
    """Counts whose hiding helps a row: its tightest sum first; there those that are not printed anyway, parts
    before the total, then those whose other sums hide something already (they need no helpers of their own),
    then small bases, then the last: one chosen by its count would be bounded by the others."""
    none, printed = counts.small == 0, ~counts.bounded
    crowd = [sum(counts.unknown[i] for i in s.signs) for s in sums]
    bare = Counter(i for s, hidden in zip(sums, crowd, strict=True) if not hidden for i in s.signs)
    for k in sorted(np.flatnonzero(crowd), key=lambda k: (row not in sums[k].signs, crowd[k])):
        signs = sums[k].signs
        free = [i for i in signs if not counts.unknown[i] and not counts.fixed[i]]
        yield from sorted(free, key=lambda i: (printed[i], signs[i] < 0, none[i], bare[i], counts.n[i], -i))
