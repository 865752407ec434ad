"""What to worry about in a survey's data, before any result is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from digicit_lib.data.mapping import VALID, Array

if TYPE_CHECKING:
    from digicit_lib.data.respondents import Survey

# Attention marks are conventions, not tests: they say where to look first.
LOOK = {
    "item": 0.10,
    "straight": 0.10,
    "twins": 0.0,
    "heap": 1.5,
    "whipple": 125.0,
    "fast": 0.05,
    "spread": 2.0,
}
MIN_ITEMS, MIN_COLUMNS, SHOWN = 4, 20, 5
Row = tuple[str, str, str, int, bool]


def summary(survey: Survey) -> pd.DataFrame:
    """Item non-response, straight-lining, twins, age heaping, interview length and the weights' spread.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    pandas.DataFrame
        Columns Check, What, Value (text with its unit), n (unweighted base), Mark ("look" or empty); rows to
        look at first. A check whose columns the file lacks says so.
    """
    checks = (_nonresponse, _straight_lining, _twins, _heaping, _length, _weights)
    rows = [row for check in checks for row in check(survey)]
    rows.sort(key=lambda row: not row[4])
    marked = [(check, what, value, n, "look" if mark else "") for check, what, value, n, mark in rows]
    return pd.DataFrame(marked, columns=["Check", "What", "Value", "n", "Mark"])


def _nonresponse(survey: Survey) -> Iterator[Row]:
    """The items with most missing answers, and the middle of all; weighted shares of the base."""
    held = survey.status[survey.status["measured"]].sort_values("missing_share", ascending=False)
    median = float(held["missing_share"].median()) if len(held) else np.nan
    yield "Item non-response", f"median of {len(held)} indicators", _percent(median), len(survey.frame), False
    for name, row in held.head(SHOWN).iterrows():
        title = f"{survey.indicators[str(name)].title} ({name})"
        share, base = float(row["missing_share"]), int(row["base_n"])
        yield "Item non-response", title, _percent(share), base, share > LOOK["item"]


def _straight_lining(survey: Survey) -> Iterator[Row]:
    """The same answer to every item of a battery, among those who answered all of it."""
    for name, indicator in survey.indicators.items():
        items = survey.items(name).to_numpy()
        if items.shape[1] >= MIN_ITEMS:
            items = items[~np.isnan(items).any(axis=1)]
            share = float((items == items[:, :1]).all(axis=1).mean()) if len(items) else np.nan
            what = f"{indicator.title}: same answer to all {items.shape[1]} items"
            yield "Straight-lining", what, _percent(share), len(items), share > LOOK["straight"]


def _twins(survey: Survey) -> Iterator[Row]:
    """Respondents who agree with another one in every mapped column: copied or invented interviews."""
    mapper = survey.mapper
    rules = {
        leaf.column: leaf for m in mapper.instrument.indicators.values() for leaf in m.leaves() if leaf.column
    }
    if len(rules) < MIN_COLUMNS:
        yield "Twin interviews", f"not told from {len(rules)} questions", "", len(survey.frame), False
        return
    answered = np.zeros(len(survey.frame), dtype=np.int32)
    print_of = np.zeros(len(survey.frame), dtype=np.uint64)
    for column, rule in rules.items():
        answered += mapper.rule(rule).state == VALID
        print_of = print_of * np.uint64(1099511628211) + (mapper.codes(column)[0] + 2).astype(np.uint64)
    whole = answered * 2 > len(rules)
    count = int(pd.Series(print_of[whole]).duplicated(keep=False).sum())
    what = f"same answers in all {len(rules)} questions as another respondent"
    yield "Twin interviews", what, str(count), int(whole.sum()), count > LOOK["twins"]


def _heaping(survey: Survey) -> Iterator[Row]:
    """Adults: Whipple's index, ages 23 to 62. Children: the single year most above its neighbours' mean."""
    age = survey.frame["age"].to_numpy()
    counts = np.bincount(age[~np.isnan(age)].astype(int), minlength=2)
    years = np.flatnonzero(counts)
    if len(years) and years[-1] >= 62:
        span = counts[23:63]
        index = float(500 * counts[25:61:5].sum() / span.sum())
        yield (
            "Age heaping",
            "Whipple's index, 100 is none",
            f"{index:.0f}",
            int(span.sum()),
            index > LOOK["whipple"],
        )
    elif len(years) >= 5:
        inner = years[1:-1]
        beside = np.stack([counts[inner - 1], counts[inner + 1]])
        # A year at the edge of the population has hardly any neighbours, which is no heaping.
        ratio = np.where(beside.min(axis=0) > counts.sum() / 20, counts[inner] * 2 / beside.sum(axis=0), 0)
        top = int(ratio.argmax())
        what = f"most frequent year against its neighbours: age {inner[top]}"
        yield (
            "Age heaping",
            what,
            f"{ratio[top]:.2f} times",
            int(counts.sum()),
            float(ratio[top]) > LOOK["heap"],
        )
    else:
        yield "Age heaping", "not told: single years of age are not recorded", "", len(age), False


def _length(survey: Survey) -> Iterator[Row]:
    column = survey.mapper.instrument.minutes
    if column not in survey.mapper.raw.frame:
        yield "Interview length", "not recorded", "", len(survey.frame), False
        return
    minutes = pd.to_numeric(survey.mapper.raw.frame[column], errors="coerce").dropna()
    middle = float(minutes.median())
    fast = float((minutes < middle / 2).mean())
    what = f"under half of the median of {middle:.0f} minutes"
    yield "Interview length", what, _percent(fast), len(minutes), fast > LOOK["fast"]


def _weights(survey: Survey) -> Iterator[Row]:
    """Kish's 1 + CV² of the weights, and the effective number of respondents that follows."""
    name = survey.design.get("weight")
    if name is None:
        yield "Weights", "none: every respondent counts one", "", len(survey.frame), True
        return
    weights: Array = survey.frame[name].to_numpy(dtype=float)
    kish = float(len(weights) * (weights**2).sum() / weights.sum() ** 2)
    top = weights.max() / weights.mean()
    what = f"spread, 1 + CV²; effective n {len(weights) / kish:,.0f}; largest {top:.1f} times the mean"
    yield "Weights", what, f"{kish:.2f}", len(weights), kish > LOOK["spread"]


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{100 * share:.1f} %"
