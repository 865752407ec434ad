"""What a reader can compute from published counts, and what must be hidden with a small one.

Counts add up: parts to their total, answers to their base. A hidden count lies between the ends of two linear
programmes over all these sums; while that interval is narrower than the minimum cell, a further count is
hidden.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SHARES = ("share", "category")


class Sum(NamedTuple):
    """A published addition: signed counts (parts +1, their sum -1) and a rest up to `rest` make `total`."""

    signs: dict[int, int]
    total: float
    rest: float


def systems(work: pd.DataFrame) -> Iterator[list[Sum]]:
    """The published sums of each indicator and period that hides something for privacy."""
    counts = work[work["statistic"].isin(SHARES) & ~work["absent"]]
    for _, rows in counts.groupby(["indicator", "period", "statistic"], sort=False):
        if rows["private"].any():
            yield [*_sums_of_levels(rows), *_sums_of_categories(rows)]


def _sums_of_levels(rows: pd.DataFrame) -> Iterator[Sum]:
    names = zip(rows["category"], rows["by"], rows["level"], strict=True)
    where, n = dict(zip(names, rows.index, strict=True)), rows["n"]
    families: dict[tuple[str, tuple[str, str, str]], list[int]] = defaultdict(list)
    for (category, by, level), row in where.items():
        for parent_by, parent_level in _parents(by, level):
            families[by, (category, parent_by, parent_level)].append(row)
    for (_, above), parts in families.items():
        parent = where.get(above)
        rest = n[parent] - n[parts].sum() if parent is not None else -1
        if parent is not None and rest >= 0:  # levels that overlap add up to more, and give nothing back
            yield Sum({**dict.fromkeys(parts, 1), parent: -1}, 0.0, float(rest))


def _parents(by: str, level: str) -> list[tuple[str, str]]:
    """The domains that a domain is a part of, one for each breakdown taken away."""
    names, levels = by.split(","), level.split(",")
    if not by or len(names) != len(levels):
        return [("", "")] if by else []
    pairs = list(zip(names, levels, strict=True))
    kept = [pairs[:i] + pairs[i + 1 :] for i in range(len(pairs))]
    return [(",".join(a for a, _ in keep), ",".join(b for _, b in keep)) for keep in kept]


def _sums_of_categories(rows: pd.DataFrame) -> Iterator[Sum]:
    """The answers of a distribution make the base, unless visible ones show that they do not."""
    for _, part in rows[rows["category"] != ""].groupby(["by", "level"], sort=False):
        total = float(part["n"].max())
        if len(part) > 1 and (unknown_in(part).any() or abs(part["n_yes"].sum() - total) < 0.5):
            yield Sum(dict.fromkeys(part.index, 1), total, 0.0)


def unknown_in(work: pd.DataFrame) -> pd.Series:
    return work["private"] | (work["weak"] != "")


class Attack:
    """What can be computed: one linear programme for each end of a hidden count."""

    def __init__(self, work: pd.DataFrame, sums: list[Sum]) -> None:
        unknown, counts, n = unknown_in(work), work["n_yes"], work["n"]
        rows = dict.fromkeys(i for s in sums for i in s.signs if unknown[i])
        self.hidden = {row: j for j, row in enumerate(rows)}
        self.left = np.zeros((len(sums), len(rows) + len(sums)))
        self.right = np.array([s.total for s in sums])
        for k, s in enumerate(sums):
            self.left[k, len(rows) + k] = 1  # the rest
            for row, sign in s.signs.items():
                if row in rows:
                    self.left[k, self.hidden[row]] = sign
                else:
                    self.right[k] -= sign * counts[row]
        self.bounds = [*((0, n[row]) for row in rows), *((0, s.rest) for s in sums)]

    def end(self, row: int, sign: int) -> float:
        """The least (1) or the greatest (-1) value of a hidden count, given all that is visible."""
        from scipy.optimize import linprog

        aim = sign * np.eye(self.left.shape[1])[self.hidden[row]]
        solved = linprog(aim, A_eq=self.left, b_eq=self.right, bounds=self.bounds)
        return float(sign * solved.fun if solved.status == 0 else self.bounds[self.hidden[row]][sign < 0])


def protect(work: pd.DataFrame, sums: list[Sum]) -> None:
    """Hide further counts until no hidden one can be told to within its minimum cell.

    A helper is made safe before the count that it helps is looked at again; what is safe stays safe, as
    hiding more only widens intervals.
    """
    need = np.minimum(work["cell"], work["n"]) - 1e-6
    attack = Attack(work, sums)
    waiting = [row for row in attack.hidden if work.at[row, "private"]]
    while waiting:
        row = waiting[-1]
        safe = _safe(attack, row, float(work["n_yes"][row]), need[row])
        helper = None if safe else next(_helpers(work, sums, row), None)
        if helper is None:
            waiting.pop()
            continue
        work.at[helper, "private"] = True
        waiting.append(helper)
        attack = Attack(work, sums)


def _safe(attack: Attack, row: int, count: float, need: float) -> bool:
    """Whether the interval is wide enough; the true count lies in it and often saves the second programme."""
    high = attack.end(row, -1)
    return high - count >= need or high - attack.end(row, 1) >= need


def _helpers(work: pd.DataFrame, sums: list[Sum], row: int) -> Iterator[int]:
    """Visible counts whose hiding helps a row: its tightest sum first; there parts before the total, then
    those whose other sums hide something already (they need no helpers of their own), then small ones."""
    unknown, cell = unknown_in(work), work["cell"]
    small = np.minimum(work["n_yes"], work["n"] - work["n_yes"])
    crowd = [sum(unknown[i] for i in s.signs) for s in sums]
    for k in sorted(np.flatnonzero(crowd), key=lambda k: (row not in sums[k].signs, crowd[k])):
        signs = sums[k].signs
        bare = Counter(i for s, count in zip(sums, crowd, strict=True) if not count for i in s.signs)
        free = [i for i in signs if not unknown[i] and not work.at[i, "fixed"]]
        yield from sorted(free, key=lambda i: (signs[i] < 0, small[i] < cell[i], bare[i], small[i]))
