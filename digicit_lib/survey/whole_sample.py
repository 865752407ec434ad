"""The numbers that rest on all answers of a sample, or on whole groups of it.

A mean of three answers looks like one of all, and no array knows how many it was made of. So a table of a
sample prints numbers that are computed here again, and tests that tell how many answers they rest on.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd

DESCRIPTIONS = ("mean", "std", "var", "sem", "median", "skew", "kurt")
QUARTILES, FEW_VALUES = (0.25, 0.75), 20
SAME, ROUNDED = 1e-6, 6  # answers have seven figures; the most decimals of a number that is rounded
CORRELATIONS = ("pearson", "spearman", "kendall")
ADJUSTMENTS = ("bonf", "holm", "fdr_bh", "sidak")
EFFECTS = ("cohen", "hedges", "r", "eta_square", "odds_ratio", "AUC", "CLES")
# What pingouin has no answer to, such as groups without variance.
UNANSWERED = (ValueError, AssertionError, ZeroDivisionError, KeyError, TypeError, np.linalg.LinAlgError)
# Heads of pingouin's tests that tell n or degrees of freedom; older versions write p-unc and CI95%.
_TEST_HEAD = re.compile(
    "(?:index|[ABFTXYnr]|SS|DF|MS|df|dd?of[12]?|dof|se|eps|n[pg]?2|CI95%?|BF10|Source|p[-_]?(?:val|unc|corr|adjust)"
    "|cohen(?:[-_]d)?|hedges|power|diff|bound|covar|outliers|alternative|tail|method|Contrast|Paired|Parametric"
    "|(?:mean|std)_[AB])(?: low| high)?"
)
VERDICTS = {"normal", "equal_var", "sig", "Paired", "Parametric"}  # a yes or no that a test gives


class WholeSample:
    """Which numbers tell of all answers, or of groups of at least `least` and cells of at least `few`.

    Examples
    --------
    >>> answers = pd.DataFrame({"score": [1.0, 2.0, 4.0] * 20, "group": ["a", "b"] * 30})
    >>> whole = WholeSample(answers, 25, 5)
    >>> whole.tells([answers["score"].mean()]), whole.tells([answers["score"][:3].std() * 1.01])
    (True, False)
    """

    def __init__(self, sample: pd.DataFrame, least: int, few: int) -> None:
        self.frame = pd.DataFrame(sample).reset_index(drop=True)
        self.groups = [n for n in self.frame if self.frame[n].dtype.kind not in "iufb"]
        self.scales = [n for n in self.frame if n not in self.groups]
        self.least, self.few = least, few
        self._known = [
            self._alpha,
            self._described,
            self._tested,
        ]  # asked when they are needed, quick ones first
        self.sorted = np.array([])

    def tells(self, numbers: Iterable[float]) -> bool:
        """Whether all numbers are among those: as they are, in percent, rounded to three decimals or more."""
        all_numbers = np.array([*numbers], float)
        decimals = [len(repr(float(x)).partition(".")[2]) for x in all_numbers]
        places = max(3, *decimals) if decimals else 3
        while (far := all_numbers[[not self._has(x, places) for x in all_numbers]]).size and self._known:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                more = np.array([*map(float, self._known.pop(0)())])
            self.sorted = np.sort(np.concatenate([self.sorted, more[np.isfinite(more)]]))
        return not far.size

    def _has(self, number: float, places: int) -> bool:
        wide = max(SAME * max(1.0, abs(number)), 0.5 * 10.0**-places if places <= ROUNDED else 0)
        return any(self._distance(number / unit) <= wide / unit for unit in (1, 100))

    def _distance(self, number: float) -> float:
        at = int(np.searchsorted(self.sorted, number))
        beside = self.sorted[max(at - 1, 0) : at + 1]
        return float(np.abs(beside - number).min()) if len(beside) else np.inf

    def _parts(self) -> Iterator[pd.DataFrame]:
        """All answers, each group, and each cross of two, of enough answers."""
        yield self.frame
        for names in (*([name] for name in self.groups), *map(list, combinations(self.groups, 2))):
            parts = (part for _, part in self.frame.groupby(names, observed=True))
            yield from (part for part in parts if len(part) >= self.least)

    def _alpha(self) -> list[float]:
        return _numbers(_pingouin().cronbach_alpha, self.frame[self.scales]) if len(self.scales) > 1 else []

    def _described(self) -> Iterator[float]:
        for part in self._parts():
            scales = part[self.scales]
            yield len(part)
            yield from scales.agg([*DESCRIPTIONS]).to_numpy().ravel() if self.scales else ()
            yield from scales.quantile(QUARTILES).to_numpy().ravel() if self.scales else ()
            for method in CORRELATIONS:
                yield from scales.corr(method=method).to_numpy().ravel()  # type: ignore[arg-type]
        short = [name for name in self.frame if self.frame[name].nunique() <= FEW_VALUES]
        for names in (*([name] for name in short), *map(list, permutations(short, 2))):
            yield from self._shared(names)

    def _shared(self, names: list[str]) -> Iterator[float]:
        """Counts and shares of answers, or of those crossed with others, of which no cell is a few."""
        counts = pd.crosstab(self.frame[names[0]], self.frame[names[-1]] if names[1:] else "all").to_numpy()
        if not ((counts > 0) & (counts < self.few)).any():
            for whole in (1, counts.sum(), counts.sum(0), counts.sum(1, keepdims=True)):
                yield from (counts / whole).ravel()
            for axis in (0, 1):
                yield from counts.sum(axis)
                yield from counts.sum(axis) / counts.sum()

    def _tested(self) -> Iterator[float]:
        pg, frame = _pingouin(), self.frame
        yes = [n for n in self.scales if self.frame[n].nunique() == 2]
        for dv in self.scales:
            others = [name for name in self.scales if name != dv]
            yield from _numbers(pg.normality, frame[[dv]])
            for model in [[name] for name in others] + ([others] if len(others) > 1 else []):
                fit = pg.logistic_regression if dv in yes else pg.linear_regression
                yield from _numbers(fit, frame[model], frame[dv])
            for other in others:
                yield from _numbers(pg.wilcoxon, frame[dv], frame[other])
            for by in self.groups:
                yield from self._of_groups(dv, by)
        for one, two in permutations([*self.groups, *yes], 2):
            for part in range(3):
                yield from _numbers(lambda a, b, k=part: pg.chi2_independence(frame, a, b)[k], one, two)

    def _of_groups(self, dv: str, by: str) -> Iterator[float]:
        pg, whole = _pingouin(), {"data": self.frame, "dv": dv}
        yield from _numbers(pg.normality, **whole, group=by)
        for method in ("levene", "bartlett"):
            yield from _numbers(pg.homoscedasticity, **whole, group=by, method=method)
        yield from _numbers(pg.kruskal, **whole, between=by)
        yield from _numbers(pg.pairwise_tukey, **whole, between=by)
        pairs = [*_numbers(pg.pairwise_tests, **whole, between=by, parametric=False, column="p_unc")]
        yield from pairs
        for method in ADJUSTMENTS if pairs else ():
            yield from _numbers(lambda p, m=method: pg.multicomp(p, method=m)[1], pairs)
        yield from _numbers(pg.pairwise_tests, **whole, between=by, parametric=False)
        parts = [part[dv].to_numpy() for _, part in self.frame.groupby(by, observed=True)]
        for one, two in permutations(parts, 2):
            yield from _numbers(pg.mwu, one, two)
            for kind in EFFECTS:
                yield from _numbers(pg.compute_effsize, one, two, eftype=kind)


def _pingouin() -> Any:
    """Loaded where a sample is printed."""
    import pingouin

    return pingouin


def _numbers(ask: Callable[..., Any], *parts: Any, column: str = "", **options: Any) -> list[float]:
    """The numbers that a function answers with, in whatever form; none where it has no answer."""
    try:
        answer = ask(*parts, **options)
    except UNANSWERED:
        return []
    return [*_flat(answer[column] if column else answer)]


def _flat(answer: Any) -> Iterator[float]:
    if isinstance(answer, pd.DataFrame | pd.Series):
        answer = answer.to_numpy().ravel()
    if isinstance(answer, str):  # as Bayes factors are told
        number = pd.to_numeric(answer, errors="coerce")
        yield from [float(number)] if number == number else []
    elif isinstance(answer, Iterable):
        yield from (number for part in answer for number in _flat(part))
    elif isinstance(answer, int | float | np.number) and not isinstance(answer, bool):
        yield float(answer)


def tells_its_base(frame: pd.DataFrame, groups: Iterable[str] = ()) -> bool:
    """Whether a frame is of tests that say how many answers they rest on, named as pingouin names them."""
    counts = {"n", "ddof2", "DF", "df"} | ({"dof"} if {"T", "bound"} & set(frame) else set())
    others = [name for name in map(str, frame) if name not in groups]
    return bool(counts & set(frame)) and all(map(_TEST_HEAD.fullmatch, others))
