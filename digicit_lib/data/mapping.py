"""Answer codes to values: an instrument's rules evaluated on whole columns at once.

A state is kept beside every value, because not asked, no answer and zero are three things.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import Age, Indicator, Instrument, Mapped, MissingCodes, Rule, answer_key, canonical
from digicit_lib.data.dates import DATE, age_at, days_of, years_alone
from digicit_lib.data.raw import Raw
from digicit_lib.data.several import SEPARATORS, answers_in, mark_of
from digicit_lib.errors import CodebookError, DataError

VALID, DK, PNTS, BLANK, NOT_ASKED, UNKNOWN = range(6)
_KINDS = (("dk", DK), ("pnts", PNTS), ("blank", BLANK), ("not_asked", NOT_ASKED))
LONGEST = 60  # a longer text is an open answer and is never shown
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

    `age` is in completed years (NaN: not known); `unknown` counts, by column, codes that no rule names,
    `misnamed` says whose rules name codes that are not there; `notes` say how empty cells were read.
    """

    def __init__(self, raw: Raw, instrument: Instrument) -> None:
        self.raw, self.instrument = raw, instrument
        self.unknown: dict[str, dict[str, int]] = {}
        self.misnamed: dict[str, DataError] = {}
        self.notes: list[str] = []
        self._done: dict[tuple[str, float | None], Answers] = {}
        self._factors: dict[str, tuple[Array, list[str]]] = {}
        nobody = np.full(len(raw.frame), np.nan, dtype=np.float32)
        self.age: Array = np.floor(self._ages(instrument.age)) if instrument.age else nobody

    def indicator(self, name: str, pnts: float | None = None) -> Answers:
        """An indicator's answers; with `pnts`, "prefer not to say" counts as 0 or 1 (rule 2, bounds)."""
        if (name, pnts) not in self._done:
            if name not in self.instrument.indicators:
                raise CodebookError(
                    "A rule names an indicator that is not mapped.", where=self.instrument.name, got=name
                )
            answers = self._finished(self.instrument.definition(name), self.instrument.indicators[name], pnts)
            self._done[name, pnts] = (
                answers if pnts is None else answers.replaced(answers.state == PNTS, pnts)
            )
        return self._done[name, pnts]

    def rule(self, rule: Rule, pnts: float | None = None, *, else_no: bool = False) -> Answers:
        """A rule's answers; with `else_no`, every answer that is not a yes is a no (MICS, rule 1)."""
        if rule.of:
            answers = self.indicator(rule.of, pnts)
            return answers.replaced(answers.state == NOT_ASKED, 0.0) if rule.not_asked == "no" else answers
        if rule.column is not None:
            answers = self._column(rule, rule.column)
            answers = answers if pnts is None else answers.replaced(answers.state == PNTS, pnts)
            return answers.replaced(np.isin(answers.state, (DK, PNTS, BLANK)), 0.0) if else_no else answers
        flipped = 1 - pnts if rule.none and pnts is not None else pnts
        parts = [self.rule(part, flipped, else_no=else_no) for part in rule.parts]
        return _combined(rule, self._ticked(rule, parts))

    def asked(self, rule: Rule) -> Array:
        """Who was asked (bool): a code that a base does not name is one that was not."""
        before = dict(self.unknown)
        answers = self.rule(rule)
        self.unknown = before
        return np.asarray(answers.value == 1)

    def _ages(self, rule: Age) -> Array:
        """Ages as the file gives them, or completed years from birth to interview."""
        if rule.born:
            if years_alone(self.raw.frame[rule.born]):
                self.notes.append(f"{rule.born} holds years alone: an age may be one year off.")
            return age_at(*(self._days(name) for name in (rule.born, rule.interviewed)))
        texts = [text for text in self.codes(rule.column or "")[1] if text]
        if texts and all(DATE.match(text) for text in texts):
            what = "The column of the age holds dates."
            hint = f"write age: {{born: {rule.column}, interviewed: <column or date of the interview>}}"
            raise DataError(what, where=f"column {rule.column}", allowed="ages in completed years", next=hint)
        return self.rule(rule).value

    def _days(self, name: str) -> pd.Series:
        if DATE.fullmatch(name):
            return pd.Series(pd.Timestamp(name), index=self.raw.frame.index)
        return days_of(self.raw.frame[name], name)

    def _ticked(self, rule: Rule, parts: list[Answers]) -> list[Answers]:
        """The columns of one multiple choice: what is not ticked stands empty in many exports.

        Empty beside a tick is a no where no code says no. Empty throughout is a no where the columns are the
        options of one question (KoBo and ODK name them `question/option`); that is told, since a skipped
        question looks the same, and `blank: missing` turns it off.
        """
        leaves = rule.parts
        if not (rule.any or rule.none or rule.count) or not all(leaf.column for leaf in leaves):
            return parts
        empty = np.stack([part.state == BLANK for part in parts])
        if not any(leaf.no or leaf.blank or leaf.values or leaf.range for leaf in leaves):
            beside = empty & ~empty.all(axis=0)
            parts = [part.replaced(where, 0.0) for part, where in zip(parts, beside, strict=True)]
        questions = {(leaf.column or "").rpartition("/")[0] for leaf in leaves}
        if len(leaves) > 1 and len(questions) == 1 and questions != {""} and not any(f.blank for f in leaves):
            none: Array = np.asarray(empty.all(axis=0))
            parts = [part.replaced(none, 0.0) for part in parts]
            self._note_unticked(questions.pop(), int(none.sum()))
        return parts

    def _note_unticked(self, question: str, rows: int) -> None:
        note = (
            f"{question}: {rows} rows have no option ticked; they count as a no. "
            "Write blank: missing in the rule where the question could be skipped."
        )
        if rows and note not in self.notes:
            self.notes.append(note)

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

    def rare_words(self, rule: Mapped, least: int) -> bool:
        """Whether fewer than `least` rows hold an answer in words that counts: it may be a child's own.

        The file's labels are the questionnaire's words, however few chose one.
        """
        if not rule.answers_in_words or not rule.column:
            return False
        codes, texts = self.codes(rule.column)
        rows, keys = np.bincount(codes[codes >= 0], minlength=len(texts)), list(map(answer_key, texts))
        labels = self.raw.values.get(rule.column, {})
        for answer in map(answer_key, {*rule.answers_in_words} - {*labels}):
            alike = [answer in key if rule.contains else answer == key for key in keys]
            if 0 < rows[alike].sum() < least:
                return True
        return False

    def strangers(self, column: str, shared: int) -> str:
        """Codes of a column that no rule names: with a label or shared by `shared` rows.

        A code that few hold may tell of a child, so only its number of rows is said.
        """
        counts = self.unknown[column]
        labels = self.raw.values.get(column, {})
        frequent = {c: n for c, n in counts.items() if (n >= shared or c in labels) and len(c) <= LONGEST}
        most = sorted(frequent, key=lambda code: -frequent[code])[:6]
        texts = [f"{code} ({labels[code]})" if code in labels else code for code in most]
        lines = [f"{text}: {frequent[code]} rows" for text, code in zip(texts, most, strict=True)]
        rest = sum(counts.values()) - sum(frequent[code] for code in most)
        return ", ".join(
            lines + ([f"other codes: {rest} rows"] if rest and lines else [f"{rest} rows"] * (not lines))
        )

    def _column(self, rule: Rule, column: str) -> Answers:
        codes, texts = self.codes(column)
        self._check_known(rule, column, texts)
        value = np.full(len(texts) + 1, np.nan, dtype=np.float32)
        state = np.full(len(texts) + 1, BLANK, dtype=np.int8)
        find = self._inside(rule, texts) if rule.contains else self._one
        keyed = _keyed(rule)
        for place, text in enumerate(texts):
            value[place], state[place] = find(keyed, column, text)
        answers = Answers(value[codes], state[codes])
        strange = answers.state == UNKNOWN
        if strange.any():
            counts = np.bincount(codes[strange], minlength=len(texts))
            self.unknown[column] = {text: int(n) for text, n in zip(texts, counts, strict=False) if n}
        if rule.contains and any(texts) and not self.instrument.generated and not (answers.value == 1).any():
            self.notes.append(f"{column}: no cell holds {', '.join(rule.contains)}; compare the spelling.")
        empty = answers.state == BLANK
        if rule.blank == "not_asked":
            return Answers(answers.value, np.where(empty, np.int8(NOT_ASKED), answers.state))
        return answers.replaced(empty, 0.0) if rule.blank == "no" else answers

    def _inside(self, rule: Rule, texts: list[str]) -> Callable[[Rule, str, str], tuple[float, int]]:
        """How a cell with several answers is read: a yes where any of those that count stands in it."""
        mark = mark_of(texts)
        answers = answers_in(texts, mark, rule.contains) if mark else {}
        keys = {text: set(map(answer_key, parts)) for text, parts in answers.items()}
        wanted = set(map(answer_key, rule.contains))
        unseen = wanted - set().union(*keys.values())  # as a whole answer: it may be a part of one
        words = not mark and not any(" " in text for text in rule.contains)
        edge, stems = r"\s" if words else f"[{SEPARATORS}]", "|".join(map(re.escape, unseen)) or r"(?!)"
        pattern = re.compile(rf"(?:^|{edge})\s*(?:{stems})\s*(?:$|{edge})")

        def one(keyed: Rule, column: str, text: str) -> tuple[float, int]:
            value, state = self._one(keyed, column, text)
            if state != UNKNOWN:
                return value, state
            hit = wanted & keys.get(text, set()) or pattern.search(answer_key(text))
            return float(bool(hit)), VALID

        return one

    def _one(self, rule: Rule, column: str, text: str) -> tuple[float, int]:
        """Value and state of one code: the rule's own codes first, the file's declarations last."""
        key = text if text in (*rule.yes, *rule.no, *rule.values) else answer_key(text)
        if key in rule.yes or key in rule.no:
            return float(key in rule.yes), VALID
        if key in rule.values:
            return rule.values[key], VALID
        user_missing = any(between(text, *span) for span in self.raw.user_missing.get(column, ()))
        kind = _kind(rule.missing, text)
        if kind is None and rule.range and not user_missing and between(text, *rule.range):
            return (float(text) if rule.at_least is None else float(float(text) >= rule.at_least)), VALID
        lists = (self.instrument.column_missing.get(column), self.instrument.missing)
        kind = next((k for k in (kind, *(_kind(codes, text) for codes in lists)) if k is not None), None)
        if kind is None and (user_missing or text == ""):
            kind = BLANK
        return np.nan, UNKNOWN if kind is None else kind

    def _check_known(self, rule: Rule, column: str, texts: list[str]) -> None:
        """A mapping none of whose codes the file's own value labels know is a wrong mapping."""
        labelled = self.raw.values.get(column)
        codes = rule.yes or tuple(rule.values)
        if labelled and codes and not set(map(answer_key, codes)) & set(map(answer_key, (*labelled, *texts))):
            self.misnamed[column] = DataError(
                "A mapping names values that the column does not have.",
                where=f"{self.instrument.place(column)} column {column}",
                got=", ".join(codes[:6]),
                allowed="the codes of the column's value labels",
                next=f"correct the codes in the instrument {self.instrument.name}",
            )

    def _finished(self, definition: Indicator, rule: Rule, pnts: float | None) -> Answers:
        """Ages that are not asked, and skips that imply a no (rule 3): a blank there is no missing answer."""
        answers = self.rule(rule, pnts, else_no=definition.missing == "as_no")
        low, high = definition.ages
        blank = (answers.state == BLANK) & ((self.age < low) | (self.age > high))
        answers = Answers(answers.value, np.where(blank, np.int8(NOT_ASKED), answers.state))
        if definition.implied_no_if in self.instrument.indicators:
            first = self.indicator(definition.implied_no_if or "")
            skipped = np.isin(answers.state, (NOT_ASKED, BLANK))
            unknown = skipped & (first.state != VALID)  # the filter's missing answer is this one's, too
            answers = Answers(answers.value, np.where(unknown, first.state, answers.state))
            answers = answers.replaced(skipped & (first.value == 0), 0.0)
        return answers


def _keyed(rule: Rule) -> Rule:
    """The rule with its answers in the form in which answers are compared, beside their own."""
    exact = {*rule.yes, *rule.no, *rule.values}
    values = {key: v for c, v in rule.values.items() if (key := answer_key(c)) not in exact} | rule.values
    yes, no = ((*codes, *({*map(answer_key, codes)} - exact)) for codes in (rule.yes, rule.no))
    keyed = {"yes": yes, "no": no, "values": values}
    return rule.model_copy(update=keyed)


def _combined(rule: Rule, parts: list[Answers]) -> Answers:
    values, states = np.stack([p.value for p in parts]), np.stack([p.state for p in parts])
    valid = states == VALID
    if rule.mean:
        return _score(rule, values, states, valid)
    if rule.any or rule.none or rule.at_least:
        return _decided(rule, values, states, valid)
    if rule.all:
        decided = valid.all(axis=0) | ((values == 0) & valid).any(axis=0)
        value = (values != 0).all(axis=0)
    else:
        decided, value = valid.all(axis=0), np.where(valid, values, 0).sum(axis=0)
    return Answers(np.where(decided, value, np.nan).astype(np.float32), _state(states, decided))


def _decided(rule: Rule, values: Array, states: Array, valid: Array) -> Answers:
    """Any of several, or at least so many: enough yes decide; a no needs one to every part asked (rule 5)."""
    least = rule.at_least or 1
    # Several answers together can lack one that was not asked; alone, such a part is no part of the question.
    joint = [bool(part.all or part.mean or (part.count and not part.at_least)) for part in rule.parts]
    was_asked = (states != NOT_ASKED) | np.array(joint)[:, None]
    yes = np.where(valid, values, 0).sum(axis=0)
    unanswered = (was_asked & ~valid).sum(axis=0)
    decided = was_asked.any(axis=0) & ((yes >= least) | (yes + unanswered < least))
    decided &= (unanswered == 0) | (not rule.complete)
    value = np.where(decided, (yes >= least) != bool(rule.none), np.nan).astype(np.float32)
    states = np.where(was_asked | ~was_asked.any(axis=0), states, np.int8(BLANK))
    return Answers(value, _state(states, decided))


def _score(rule: Rule, values: Array, states: Array, valid: Array) -> Answers:
    """Mean of the answered items on 0 to 100, if at least two thirds are answered (rule 6)."""
    ends = [part.range or (min(part.values.values()), max(part.values.values())) for part in rule.mean]
    low, high = (np.array(end, dtype=np.float32)[:, None] for end in zip(*ends, strict=True))
    answered = valid.sum(axis=0)
    enough = answered * 3 >= len(rule.mean) * 2
    total = np.where(valid, (values - low) / (high - low) * 100, 0).sum(axis=0, dtype=np.float32)
    score = np.where(enough, total / np.maximum(answered, 1), np.nan).astype(np.float32)
    return Answers(score, _state(states, enough))


def _state(states: Array, decided: Array) -> Array:
    """Of several reasons for no answer: not asked, then not said, then not known, then blank."""
    result = np.full(decided.shape, BLANK, dtype=np.int8)
    for state in (DK, PNTS, NOT_ASKED):
        result[(states == state).any(axis=0)] = state
    result[decided] = VALID
    return result


def _kind(codes: MissingCodes | None, text: str) -> int | None:
    key = answer_key(text)
    by_state = ((state, getattr(codes, kind)) for kind, state in _KINDS if codes)
    return next((state for state, texts in by_state if text in texts or key in map(answer_key, texts)), None)


def between(text: str, low: Any, high: Any) -> bool:
    """Whether a code lies within a span of codes, both ends of it included."""
    if isinstance(low, str) or isinstance(high, str):
        return str(low) <= text <= str(high)
    try:
        return bool(low <= float(text) <= high)
    except ValueError:
        return False


def thirds(value: Array, weights: Array) -> Array:
    """0, 1 or 2 for the weighted thirds of the numbers that are known, else -1."""
    valid = ~np.isnan(value)
    order = np.argsort(value[valid], kind="stable")
    cumulated = np.cumsum(weights[valid][order])
    cuts = value[valid][order][np.searchsorted(cumulated, cumulated[-1] * np.array([1 / 3, 2 / 3]))]
    return np.where(valid, np.searchsorted(cuts, np.nan_to_num(value), side="left"), -1).astype(np.int8)
