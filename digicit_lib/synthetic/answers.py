"""The invented answers: one raw column for each question of the own questionnaire.

The questions come from the indicator catalogue; who is asked what follows its bases, age floors and skips.
A blank is a question left out, `na` one that was not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from digicit_lib.codebook import DONT_KNOW, NOT_ASKED, NOT_SAY, SCALES, Indicator, questionnaire
from digicit_lib.errors import CodebookError
from digicit_lib.synthetic.population import Children, Whole, chance, population_model, stream, trait_cut

Mask = npt.NDArray[np.bool_]
Coded = tuple[Whole, list[str]]  # a number for each child, and the answer codes that the numbers stand for
_GATES = {"NET": "ACC-01", "PARENTS": "ACC-01", "PAIRS": "ACC-01", "PROFILE": "OPP-15"}


class Questionnaire:
    """Fills in the questionnaire for drawn children, each question when something first needs it."""

    def __init__(
        self, children: Children, *, clearance: bool, modules: Sequence[str] = (), legal_age: int = 0
    ) -> None:
        self.children = children
        self.filled: dict[str, pd.Categorical[str]] = {}
        self.counted: dict[str, Mask] = {}
        catalogue = questionnaire(modules, legal_age=legal_age)
        self.indicators = {i: ind for i, ind in catalogue.items() if clearance or ind.tier != "M"}
        interviewed = 10 * population_model()["parent_interviewed"]
        self.parent = chance(stream(children.seed, "parent"), interviewed, len(children.place))

    def fill(self) -> dict[str, pd.Categorical[str]]:
        """All raw columns in the order of the catalogue."""
        questions = [(ind, i, c) for ind in self.indicators.values() for i, c in enumerate(ind.raw_columns)]
        return {column: self.column(indicator, index) for indicator, index, column in questions}

    def column(self, indicator: Indicator, index: int) -> pd.Categorical[str]:
        """The answers to the indicator's question number `index`."""
        name = indicator.raw_columns[index]
        if name not in self.filled:
            self.filled[name] = self._answers(indicator, index, name)
        return self.filled[name]

    def yes(self, name: str) -> Mask:
        """Children whose answer to this indicator counts; those not asked do not."""
        if name not in self.counted:
            self.counted[name] = self._counts(name)
        return self.counted[name]

    def _counts(self, name: str) -> Mask:
        indicator = self.indicators[name]
        if indicator.derived:
            return np.logical_or.reduce([self.yes(str(leaf.of)) for leaf in indicator.derived.leaves()])
        if not indicator.yes:
            raise CodebookError("Only an indicator with answers that count can be a base.", where=name)
        hits = [self.column(indicator, i).isin(indicator.yes) for i in range(len(indicator.raw_columns))]
        return np.asarray(np.sum(hits, axis=0) >= indicator.at_least)

    def _asked(self, indicator: Indicator) -> Mask:
        """Age floor, base and skip. A parent is never routed by what the child told in confidence."""
        age, (low, high) = self.children.columns["age"], indicator.ages
        parents = indicator.asked_of == "parent"
        base = self._base("PARENTS") & self.parent if parents else self._base(indicator.base)
        eligible = (age >= low) & (age <= high) & base
        return eligible & self.yes(indicator.implied_no_if) if indicator.implied_no_if else eligible

    def _base(self, base: str) -> Mask:
        if base == "ALL":
            return np.ones(len(self.children.place), bool)
        if base == "SCHOOL":
            return np.asarray(self.children.columns["in_school"] == "yes")
        return np.logical_or.reduce([self.yes(name) for name in _GATES.get(base, base).split("|")])

    def _answers(self, indicator: Indicator, index: int, name: str) -> pd.Categorical[str]:
        target = target_of(indicator.id)
        score = self.children.score(target.get("like", name), target["loads"], target.get("psu", 15))
        if indicator.scale == "INT":
            codes, labels = self._number(indicator, target, score)
        else:
            shares = _shares(indicator, target)
            # Items of one battery differ a little in how often they are true.
            shift = 100 * (index % 5 - 2) if indicator.items else 0
            codes = np.searchsorted(_cuts(shares), score + shift, side="right")
            labels = list(shares)
        if "only_if" in target:
            codes = np.where(self.yes(target["only_if"]), codes, 0)
        # A child who leaves out one question of a battery mostly leaves out the others too.
        without, kinds = self._lost(indicator, name if index % 3 == 2 else indicator.raw)
        codes = np.where(without > 0, len(labels) - 1 + without, codes)
        codes = np.where(self._asked(indicator), codes, len(labels) + len(kinds))
        return pd.Categorical.from_codes(codes.astype(np.int16), pd.Index([*labels, *kinds, NOT_ASKED]))

    def _number(self, indicator: Indicator, target: Mapping[str, Any], score: Whole) -> Coded:
        """A whole number within the indicator's range and, where it is an age, not above the child's."""
        low, high = (int(bound) for bound in indicator.range or (0, 30))
        value = (target.get("mean", 300) * 1000 + target.get("sd", 100) * score + 50_000) // 100_000
        top = self.children.columns["age"] if target.get("cap") == "age" else high
        return np.clip(value, low, np.minimum(top, high)) - low, [str(v) for v in range(low, high + 1)]

    def _lost(self, indicator: Indicator, name: str) -> Coded:
        """0 for an answer, else which kind of non-answer; a child who holds back does so again."""
        offered = [code for code in (DONT_KNOW, NOT_SAY) if code in SCALES[indicator.scale]]
        rates = [population_model()["missing"][k][indicator.sensitivity] / 1000 for k in ("blank", *offered)]
        score = self.children.score(f"lost {name}", {"reticence": 50})
        cuts = _cuts({"answered": 1 - sum(rates), **dict(enumerate(rates))})
        return np.searchsorted(cuts, score, side="right"), ["", *offered]


def target_of(name: str) -> Mapping[str, Any]:
    """The model's target for an indicator, in the catalogue or not: the longest key that begins its id."""
    targets = population_model()["indicators"]
    key = max((key for key in targets if name.startswith(key)), key=len)
    return cast("Mapping[str, Any]", targets[key])


def _shares(indicator: Indicator, target: Mapping[str, Any]) -> dict[str, float]:
    """Share of each answer code, from the one that counts least to the one that counts most."""
    if "shares" in target:
        return {code: share / 100 for code, share in target["shares"].items()}
    codes = [code for code in SCALES[indicator.scale] if code not in (DONT_KNOW, NOT_SAY)]
    codes.sort(key=lambda code: (code in indicator.yes, indicator.values.get(code, 0.0)))
    positive = sum(code in indicator.yes for code in codes) or len(codes) // 2
    share, below = target["share"] / 100, len(codes) - positive
    return {code: (1 - share) / below if i < below else share / positive for i, code in enumerate(codes)}


def _cuts(shares: Mapping[Any, float]) -> list[int]:
    """Scores that part the answers."""
    steps = np.cumsum(list(shares.values()))[:-1]
    return [trait_cut(float(step)) for step in steps]
