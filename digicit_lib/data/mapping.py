"""Answer codes to values: an instrument's rules evaluated on whole columns at once.

A state is kept beside every value, because not asked, no answer and zero are three things.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import Indicator, Instrument, MissingCodes, Rule, canonical
from digicit_lib.data.files import Raw
from digicit_lib.errors import CodebookError, DataError

VALID, DK, PNTS, BLANK, NOT_ASKED, UNKNOWN = range(6)
_KINDS = (("dk", DK), ("pnts", PNTS), ("blank", BLANK), ("not_asked", NOT_ASKED))
Array = np.ndarray[Any, np.dtype[Any]]


class Answers:
    """One value a respondent (float32, NaN: none) and its state, VALID to UNKNOWN (int8)."""

    __slots__ = ("state", "value")

    def __init__(self, value: Array, state: Array) -> None:
        self.value, self.state = value, state

    def replaced(self, where: Array, value: float) -> Answers:
        """The same answers with a valid `value` where the mask says so."""
        state = np.where(where, np.int8(VALID), self.state)
        return Answers(np.where(where, np.float32(value), self.value), state)


class Mapper:
    """Evaluates an instrument's rules on raw columns; each column and each indicator once.

    `age` is in completed years (NaN: not known); `unknown` counts, by column, codes that no rule names.
    """

    def __init__(self, raw: Raw, instrument: Instrument) -> None:
        self.raw, self.instrument = raw, instrument
        self.unknown: dict[str, int] = {}
        self._done: dict[tuple[str, float | None], Answers] = {}
        self._factors: dict[str, tuple[Array, list[str]]] = {}
        nobody = np.full(len(raw.frame), np.nan, dtype=np.float32)
        self.age: Array = np.floor(self.rule(instrument.age).value) if instrument.age else nobody

    def indicator(self, name: str, pnts: float | None = None) -> Answers:
        """An indicator's answers; with `pnts`, "prefer not to say" counts as 0 or 1 (rule 2, bounds)."""
        if (name, pnts) not in self._done:
            if name not in self.instrument.indicators:
                raise CodebookError(
                    "A rule names an indicator that is not mapped.", where=self.instrument.name, got=name
                )
            found = self._finished(self.instrument.definition(name), self.instrument.indicators[name], pnts)
            self._done[name, pnts] = found if pnts is None else found.replaced(found.state == PNTS, pnts)
        return self._done[name, pnts]

    def rule(self, rule: Rule, pnts: float | None = None, *, else_no: bool = False) -> Answers:
        """A rule's answers; with `else_no`, every answer that is not a yes is a no (MICS, rule 1)."""
        if rule.of:
            found = self.indicator(rule.of, pnts)
            return found.replaced(found.state == NOT_ASKED, 0.0) if rule.not_asked == "no" else found
        if rule.column is not None:
            found = self._column(rule, rule.column)
            found = found if pnts is None else found.replaced(found.state == PNTS, pnts)
            return found.replaced(np.isin(found.state, (DK, PNTS, BLANK)), 0.0) if else_no else found
        flipped = 1 - pnts if rule.none and pnts is not None else pnts
        return _combined(rule, [self.rule(part, flipped, else_no=else_no) for part in rule.parts])

    def levels(self, column: str, groups: dict[str, tuple[str, ...]], missing: MissingCodes) -> Any:
        """A column as an ordered categorical of groups of codes."""
        places = {code: float(i) for i, codes in enumerate(groups.values()) for code in codes}
        value = self.rule(Rule(column=column, values=places, missing=missing)).value
        codes = np.where(np.isnan(value), -1, value).astype(np.int8)
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(groups)), ordered=True)

    def codes(self, column: str) -> tuple[Array, list[str]]:
        """Integer codes of a column (-1: empty cell), and the text that each stands for."""
        if column not in self._factors:
            values = self.raw.frame[column]
            if isinstance(values.dtype, pd.CategoricalDtype):
                codes, uniques = values.cat.codes.to_numpy(), values.cat.categories
            else:
                codes, uniques = pd.factorize(values, use_na_sentinel=True)
            self._factors[column] = (codes, [canonical(value) for value in uniques])
        return self._factors[column]

    def _column(self, rule: Rule, column: str) -> Answers:
        codes, texts = self.codes(column)
        self._check_known(rule, column, texts)
        value = np.full(len(texts) + 1, np.nan, dtype=np.float32)
        state = np.full(len(texts) + 1, BLANK, dtype=np.int8)
        for place, text in enumerate(texts):
            value[place], state[place] = self._one(rule, column, text)
        found = Answers(value[codes], state[codes])
        strangers = int((found.state == UNKNOWN).sum())
        if strangers:
            self.unknown[column] = max(strangers, self.unknown.get(column, 0))
        return found

    def _one(self, rule: Rule, column: str, text: str) -> tuple[float, int]:
        """Value and state of one code: the rule's own codes first, the file's declarations last."""
        if text in rule.yes or text in rule.no:
            return float(text in rule.yes), VALID
        if text in rule.values:
            return rule.values[text], VALID
        user_missing = any(_between(text, *span) for span in self.raw.user_missing.get(column, ()))
        kind = _kind(rule.missing, text)
        if kind is None and rule.range and not user_missing and _between(text, *rule.range):
            return (float(text) if rule.at_least is None else float(float(text) >= rule.at_least)), VALID
        kind = _kind(self.instrument.missing, text) if kind is None else kind
        if kind is None and (user_missing or text == ""):
            kind = BLANK
        return np.nan, UNKNOWN if kind is None else kind

    def _check_known(self, rule: Rule, column: str, texts: list[str]) -> None:
        """A mapping none of whose codes the file's own value labels know is a wrong mapping."""
        labelled = self.raw.values.get(column)
        named = rule.yes or tuple(rule.values)
        if labelled and named and not set(named) & {*labelled, *texts}:
            raise DataError(
                "A mapping names values that the column does not have.", where=f"column {column}",
                got=", ".join(named[:6]), allowed="the codes of the column's value labels",
                next=f"correct the codes in the instrument {self.instrument.name}",
            )  # fmt: skip

    def _finished(self, definition: Indicator, rule: Rule, pnts: float | None) -> Answers:
        """Ages that are not asked, and skips that imply a no (rule 3): a blank there is no missing answer."""
        found = self.rule(rule, pnts, else_no=definition.missing == "as_no")
        low, high = definition.ages
        blank = (found.state == BLANK) & ((self.age < low) | (self.age > high))
        found = Answers(found.value, np.where(blank, np.int8(NOT_ASKED), found.state))
        if definition.implied_no_if in self.instrument.indicators:
            first = self.indicator(definition.implied_no_if or "")
            skipped = np.isin(found.state, (NOT_ASKED, BLANK))
            lost = skipped & (first.state != VALID)  # the filter's missing answer is this one's, too
            found = Answers(found.value, np.where(lost, first.state, found.state))
            found = found.replaced(skipped & (first.value == 0), 0.0)
        return found


def _combined(rule: Rule, parts: list[Answers]) -> Answers:
    values, states = np.stack([p.value for p in parts]), np.stack([p.state for p in parts])
    valid = states == VALID
    if rule.mean:
        return _score(rule, values, states, valid)
    if rule.any or rule.none or rule.at_least:
        return _decided(rule, values, states, valid)
    if rule.all:
        known = valid.all(axis=0) | ((values == 0) & valid).any(axis=0)
        value = (values != 0).all(axis=0)
    else:
        known, value = valid.all(axis=0), np.where(valid, values, 0).sum(axis=0)
    return Answers(np.where(known, value, np.nan).astype(np.float32), _state(states, known))


def _decided(rule: Rule, values: Array, states: Array, valid: Array) -> Answers:
    """Any of several, or at least so many: enough yes decide; a no needs one to every part asked (rule 5)."""
    needed = rule.at_least or 1
    # Several answers together can lack one that was not asked; alone, such a part is no part of the question.
    joint = [bool(part.all or part.mean or (part.count and not part.at_least)) for part in rule.parts]
    asked = (states != NOT_ASKED) | np.array(joint)[:, None]
    yes = np.where(valid, values, 0).sum(axis=0)
    unanswered = (asked & ~valid).sum(axis=0)
    known = asked.any(axis=0) & ((yes >= needed) | (yes + unanswered < needed))
    value = np.where(known, (yes >= needed) != bool(rule.none), np.nan).astype(np.float32)
    return Answers(value, _state(np.where(asked | ~asked.any(axis=0), states, np.int8(BLANK)), known))


def _score(rule: Rule, values: Array, states: Array, valid: Array) -> Answers:
    """Mean of the answered items on 0 to 100, if at least two thirds are answered (rule 6)."""
    ends = [part.range or (min(part.values.values()), max(part.values.values())) for part in rule.mean]
    low, high = (np.array(end, dtype=np.float32)[:, None] for end in zip(*ends, strict=True))
    answered = valid.sum(axis=0)
    known = answered * 3 >= len(rule.mean) * 2
    total = np.where(valid, (values - low) / (high - low) * 100, 0).sum(axis=0, dtype=np.float32)
    return Answers(
        np.where(known, total / np.maximum(answered, 1), np.nan).astype(np.float32), _state(states, known)
    )


def _state(states: Array, known: Array) -> Array:
    """Of several reasons for no answer: not asked, then not said, then not known, then blank."""
    found = np.full(known.shape, BLANK, dtype=np.int8)
    for state in (DK, PNTS, NOT_ASKED):
        found[(states == state).any(axis=0)] = state
    found[known] = VALID
    return found


def _kind(codes: MissingCodes | None, text: str) -> int | None:
    return next((state for kind, state in _KINDS if codes and text in getattr(codes, kind)), None)


def _between(text: str, low: Any, high: Any) -> bool:
    if isinstance(low, str) or isinstance(high, str):
        return str(low) <= text <= str(high)
    try:
        return bool(low <= float(text) <= high)
    except ValueError:
        return False
