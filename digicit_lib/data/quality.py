"""What to worry about in a survey's data."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from digicit_lib.data.mapping import VALID, Array
from digicit_lib.data.respondents import Respondents
from digicit_lib.language import N_, number, percent, translate

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
NONRESPONSE, STRAIGHT = N_("Item non-response"), N_("Straight-lining")
TWINS, HEAPING = N_("Twin interviews"), N_("Age heaping")
LENGTH, WEIGHTS = N_("Interview length"), N_("Weights")
LEFT_OUT = N_("Rows left out by a filter")
Row = tuple[str, str, str, int, bool]


def quality_table(survey: Respondents, language: str = "en") -> pd.DataFrame:
    """Rows left out, item non-response, straight-lining, twins, age heaping, length, the weights' spread.

    Parameters
    ----------
    survey : Respondents
    language : str
        Of the words and numbers.

    Returns
    -------
    pandas.DataFrame
        Columns Check, What, Value (text with its unit), n (unweighted base), Mark ("look" or empty); rows to
        look at first. A check whose columns the file lacks says so.
    """
    checks = (_left_out, _nonresponse, _straight_lining, _twins, _heaping, _length, _weights)
    rows = [row for check in checks for row in check(survey, language)]
    rows.sort(key=lambda row: not row[4])
    look = translate("look", language)
    table = [(translate(row[0], language), *row[1:4], look if row[4] else "") for row in rows]
    heads = (N_("Check"), N_("What"), N_("Value"), N_("n"), N_("Mark"))
    return pd.DataFrame(table, columns=[translate(head, language) for head in heads])


def _left_out(survey: Respondents, language: str = "en") -> Iterator[Row]:
    """What a filter cut from the sample, PSUs and strata too; nothing where nothing was cut."""
    cut = survey.facts.get("cut")
    if cut:
        left = N_(
            "by {filter}; without any row left: {psus} of {of_psus} PSUs, {strata} of {of_strata} strata"
        )
        what = translate(left if cut["of_psus"] else N_("by {filter}"), language, **cut)
        yield LEFT_OUT, what, number(cut["rows"], language), cut["of_rows"], cut["psus"] > 0


def _nonresponse(survey: Respondents, language: str = "en") -> Iterator[Row]:
    """The items with most missing answers, and the middle of all; weighted shares of the base."""
    measured = survey.status[survey.status["measured"]].sort_values("missing_share", ascending=False)
    median = float(measured["missing_share"].median()) if len(measured) else np.nan
    what = translate("median of {n} indicators", language, n=len(measured))
    yield NONRESPONSE, what, _percent(median, language), len(survey.frame), False
    for name, row in measured.head(SHOWN).iterrows():
        title = translate(survey.indicators[str(name)].title, language)
        share, base = float(row["missing_share"]), int(row["base_n"])
        yield NONRESPONSE, title, _percent(share, language), base, share > LOOK["item"]


def _straight_lining(survey: Respondents, language: str = "en") -> Iterator[Row]:
    """The same answer to every item of a battery, among those who answered all of it."""
    for name, indicator in survey.indicators.items():
        items = survey.items(name).to_numpy()
        if items.shape[1] >= MIN_ITEMS:
            items = items[~np.isnan(items).any(axis=1)]
            share = float((items == items[:, :1]).all(axis=1).mean()) if len(items) else np.nan
            title = translate(indicator.title, language)
            what = translate("{title}: same answer to all {n} items", language, title=title, n=items.shape[1])
            yield STRAIGHT, what, _percent(share, language), len(items), share > LOOK["straight"]


def _twins(survey: Respondents, language: str = "en") -> Iterator[Row]:
    """Respondents who agree with another one in every mapped column: copied or invented interviews."""
    mapper = survey.mapper
    rules = {r.column: r for m in mapper.instrument.indicators.values() for r in m.leaves() if r.column}
    if len(rules) < MIN_COLUMNS:
        what = translate("not told from {n} questions", language, n=len(rules))
        yield TWINS, what, "", len(survey.frame), False
        return
    answered = np.zeros(len(survey.frame), dtype=np.int32)
    print_of = np.zeros(len(survey.frame), dtype=np.uint64)
    for column, rule in rules.items():
        answered += mapper.rule(rule).state == VALID
        print_of = print_of * np.uint64(1099511628211) + (mapper.codes(column)[0] + 2).astype(np.uint64)
    whole = answered * 2 > len(rules)
    count = int(pd.Series(print_of[whole]).duplicated(keep=False).sum())
    what = translate("same answers in all {n} questions as another respondent", language, n=len(rules))
    yield TWINS, what, str(count), int(whole.sum()), count > LOOK["twins"]


def _heaping(survey: Respondents, language: str = "en") -> Iterator[Row]:
    """Adults: Whipple's index, ages 23 to 62. Children: the single year most above its neighbours' mean."""
    age = survey.frame["age"].to_numpy()
    counts = np.bincount(age[~np.isnan(age)].astype(int), minlength=2)
    years = np.flatnonzero(counts)
    if len(years) and years[-1] >= 62:
        span = counts[23:63]
        index = float(500 * counts[25:61:5].sum() / span.sum())
        what = translate("Whipple's index, 100 is none", language)
        yield HEAPING, what, number(index, language), int(span.sum()), index > LOOK["whipple"]
    elif len(years) >= 5:
        inner = years[1:-1]
        beside = np.stack([counts[inner - 1], counts[inner + 1]])
        # A year at the edge of the population has hardly any neighbours, which is no heaping.
        usual = counts.sum() / len(years) / 2
        ratio = np.where(beside.min(axis=0) > usual, counts[inner] * 2 / np.maximum(beside.sum(axis=0), 1), 0)
        if not ratio.any():
            yield HEAPING, translate("not told: too few people of each age", language), "", len(age), False
            return
        top = int(ratio.argmax())
        what = translate("most frequent year against its neighbours: age {age}", language, age=inner[top])
        times = translate("{n} times", language, n=number(ratio[top], language, 2))
        yield HEAPING, what, times, int(counts.sum()), float(ratio[top]) > LOOK["heap"]
    else:
        what = translate("not told: single years of age are not recorded", language)
        yield HEAPING, what, "", len(age), False


def _length(survey: Respondents, language: str = "en") -> Iterator[Row]:
    column = survey.mapper.instrument.minutes
    if column not in survey.mapper.raw.frame:
        yield LENGTH, translate("not recorded", language), "", len(survey.frame), False
        return
    minutes = pd.to_numeric(survey.mapper.raw.frame[column], errors="coerce").dropna()
    middle = float(minutes.median())
    fast = float((minutes < middle / 2).mean())
    what = translate("under half of the median of {n} minutes", language, n=number(middle, language))
    yield LENGTH, what, _percent(fast, language), len(minutes), fast > LOOK["fast"]


def _weights(survey: Respondents, language: str = "en") -> Iterator[Row]:
    """Kish's 1 + CV² of the weights, and the effective number of respondents that follows."""
    name = survey.design.get("weight")
    if name is None:
        what = translate("none: every respondent counts one", language)
        yield WEIGHTS, what, "", len(survey.frame), True
        return
    weights: Array = survey.frame[name].to_numpy(dtype=float)
    kish = float(len(weights) * (weights**2).sum() / weights.sum() ** 2)
    top = weights.max() / weights.mean()
    what = translate(
        "spread, 1 + CV²; effective n {n}; largest {top} times the mean",
        language,
        n=number(len(weights) / kish, language),
        top=number(top, language, 1),
    )
    yield WEIGHTS, what, number(kish, language, 2), len(weights), kish > LOOK["spread"]


def _percent(share: float, language: str) -> str:
    return "" if np.isnan(share) else percent(share, language, 1)
