"""Words and numbers of estimates, as tables and figures print them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from digicit_lib.codebook import FOLDER
from digicit_lib.disclosure import GIVES_BACK, HIDDEN
from digicit_lib.evidence import CONTRASTS
from digicit_lib.language import N_, each, percent, translate
from digicit_lib.language import number as format_number
from digicit_lib.language.codes import label_table
from digicit_lib.safe import load_yaml

if TYPE_CHECKING:
    import pandas as pd

# Counts and weighted sums of all cells would be equations for whoever solves for a hidden one.
NOT_PUBLISHED = ("n_yes", "sum_w", "base_text", "question_text", "polarity")
MARKS = {"suppressed": "(*)", "not_asked": "-"}
HIDDEN_WORDS = {"suppressed": N_("(*) not shown"), "not_asked": N_("- not asked")}
# A number; a p-value; a pair of numbers of which one is no whole number, which years and ages are.
_ONE, _PART = r"[−-]?%?\d[\d.,\u00a0\u202f]*%?", r"[−-]?(?:%\d[\d.,]*|\d+[.,]\d+%?|\d+[\u00a0\u202f]?%)"
_NUMBER = re.compile(rf"(?:p\s?[=<]\s?)?{_ONE}|{_PART}(?:–|; ?){_ONE}|{_ONE}(?:–|; ?){_PART}")
MANY_LETTERS = 24  # a text so long is no number in words
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(("indicator", "by", "level", "category", "period", "country", "id", "method"), ""),
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "n", "missing_share"), np.nan),
    **dict.fromkeys(("statistic", "unit"), "share"),
    "quality": "ok",
    "confidence_level": 0.95,
}


# Where a number comes from, which no view prints and every step of one would carry along.
_BEHIND = load_yaml(FOLDER / "estimates.yaml")[0]["behind"]
_STATISTICS = label_table("statistics")
_WORDED = ("indicator", "level", "by", "category", "period", "country")
_OWN_WORDS = {"indicator": "title", "level": "level_label", "by": "by_label", "country": "country_name"}
VERDICTS = {"more": N_("more"), "less": N_("less"), "not shown": N_("no difference shown")}


def without_hidden(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose hidden rows hold no number that gives them back, whatever was left in them."""
    withheld = frame["quality"].isin(HIDDEN).to_numpy()
    if not withheld.any():
        return frame.copy()
    columns = [name for name in GIVES_BACK if name in frame]
    return frame.assign(**{name: np.where(withheld, np.nan, frame[name].to_numpy(float)) for name in columns})


def labelled(
    frame: pd.DataFrame, *, labels: Mapping[str, str] | None = None, language: str = "en"
) -> pd.DataFrame:
    """Estimates with every column that a view needs, their words, and no number in a hidden row.

    Parameters
    ----------
    frame : DataFrame
        Estimates or series; absent columns get their neutral value.
    labels : mapping, optional
        Display names of raw values; before the frame's own `title` and `level_label`.

    Returns
    -------
    DataFrame
        With ``indicator_text``, ``level_text``, ``by_text``, ``category_text``, ``period_text``,
        ``country_text``, ``unit_text`` and ``statistic_text``.

    Examples
    --------
    >>> import pandas as pd
    >>> labelled(pd.DataFrame({"indicator": ["ACC-03"], "estimate": [0.5]}))["level_text"].tolist()
    ['All']
    """
    if all(f"{column}_text" in frame for column in _WORDED):
        return frame.reset_index(drop=True)  # made here, so nothing hidden is in it
    visible = frame[[name for name in frame if name not in _BEHIND]]
    result = visible.reset_index(drop=True).assign(**{k: v for k, v in _DEFAULTS.items() if k not in frame})
    return without_hidden(result.assign(**_worded(result, labels or {}, language)))


def _worded(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> dict[str, list[str]]:
    """The raw columns as text, and their words: given names, the frame's own, else the raw value."""
    raw = {column: _texts(frame[column]) for column in _WORDED}
    raw |= {f"{c}_text": _texts(frame[f"{c}_text"]) for c in _WORDED if f"{c}_text" in frame}
    for column in _WORDED:
        word = _OWN_WORDS.get(column, column)
        ready = frame[word].astype(str) if word in frame else raw[column]
        words = [names.get(key) or text or key for key, text in zip(raw[column], ready, strict=True)]
        raw.setdefault(f"{column}_text", _said(words, language) if column == "category" else words)
    raw |= {f"{name}_text": _said(frame[name], language) for name in ("unit", "statistic")}
    for i, (by, level) in enumerate(zip(raw["by"], raw["level"], strict=True)):
        if by == "country":  # the column `country` says it already
            raw["by"][i] = raw["level"][i] = raw["by_text"][i] = raw["level_text"][i] = by = level = ""
        if "," in by and raw["level_text"][i] == level:
            raw["level_text"][i] = ", ".join(
                names.get(part) or each(part, language) for part in level.split(",")
            )
        if not by and not raw["level_text"][i]:
            raw["level_text"][i] = translate("All", language)
        if raw["by_text"][i] == by:
            raw["by_text"][i] = translate(by.replace("_", " ").replace(",", ", ").capitalize(), language)
    return raw


def _said(words: Iterable[str], language: str) -> list[str]:
    known = {word: each(_STATISTICS.get(word, word), language) for word in set(words)}
    return [known[word] for word in words]


def _texts(values: pd.Series) -> list[str]:
    return ["" if is_missing else str(value) for value, is_missing in zip(values, values.isna(), strict=True)]


def verdict_words(table: pd.DataFrame, language: str) -> list[str] | None:
    """What the declared test of each contrast shows; nothing where no row was tested."""
    if "verdict" not in table or not (table["verdict"].fillna("") != "").any():
        return None
    words = {name: translate(text, language) for name, text in VERDICTS.items()}
    return [words.get(verdict, "") for verdict in table["verdict"]]


def value_text(
    value: float, *, unit: str = "share", statistic: str = "share", language: str = "en", decimals: int = 1
) -> str:
    """An estimate as it is printed: a share in percent, a difference of shares in points.

    Examples
    --------
    >>> value_text(0.4523), value_text(-0.021, statistic="diff"), value_text(1204, unit="count")
    ('45.2%', '−2.1 points', '1,204')
    >>> value_text(1.6, unit="score 0-100", statistic="diff")
    '+1.6'
    """
    if unit == "share" and statistic not in CONTRASTS:
        return percent(value, language, decimals)
    if unit == "share":
        points = format_number(100 * value, language, decimals)
        return translate("{value} points", language, value=points if value <= 0 else f"+{points}")
    text = format_number(value, language, _places(unit, decimals, value))
    return f"+{text}" if statistic in CONTRASTS and value > 0 else text


def _places(unit: str, decimals: int, *values: float) -> int:
    """Decimals of numbers of a unit: a count has none, the mean of small counts one, below one two."""
    fractions = [abs(v) for v in values if unit == "count" and abs(v) < 100 and not float(v).is_integer()]
    return decimals if unit != "count" else 2 if min(fractions, default=1) < 1 else int(bool(fractions))


def interval_text(
    low: float, high: float, *, unit: str = "share", language: str = "en", decimals: int = 1
) -> str:
    """The two ends of an interval, without unit; empty where there is none.

    Examples
    --------
    >>> interval_text(0.412, 0.5), interval_text(-0.02, 0.05)
    ('41.2–50.0', '−2.0 to 5.0')
    >>> interval_text(2.74, 2.91, unit="count"), interval_text(0.04, 0.31, unit="count")
    ('2.7–2.9', '0.04–0.31')
    """
    if np.isnan(low) or np.isnan(high):
        return ""
    factor, places = 100 if unit == "share" else 1, _places(unit, decimals, low, high)
    ends = [format_number(factor * end, language, places) for end in (low, high)]
    return "–".join(ends) if low >= 0 else translate("{low} to {high}", language, low=ends[0], high=ends[1])


def interval_head(level: float, tested: bool, language: str) -> str:
    """What stands over the ends of intervals: their level, and nothing of it over a band that has none.

    Examples
    --------
    >>> interval_head(0.95, False, "en"), interval_head(float("nan"), False, "en")
    ('95% interval', 'Interval')
    """
    if np.isnan(level):
        return translate(N_("Interval"), language)
    head = N_("{level} simultaneous interval") if tested else N_("{level} interval")
    return translate(head, language, level=percent(level, language))


def plain_cell(
    value: object, language: str, decimals: int, foreign: Mapping[str, str] | None = None
) -> str | dict[str, Any]:
    """A number keeps its value beside its text, a passage in another language the name of that language."""
    if isinstance(value, dict):
        return value
    text = _plain_text(value, language, decimals)
    if foreign and text in foreign:
        return {"text": text, "lang": foreign[text]}
    numeric = isinstance(value, int | float | np.integer | np.floating) and not isinstance(
        value, bool | np.bool_
    )
    return {"text": text, "value": getattr(value, "item", lambda: value)()} if text and numeric else text


def counted_cell(n: float, language: str) -> str | dict[str, Any]:
    """A number of answers with its value; the mark of hidden ones where it may not be told."""
    text = base_text(n, language)
    return text if np.isnan(n) else {"text": text, "value": int(n)}


def interval_ends(low: float, high: float) -> list[float] | None:
    return [float(low), float(high)] if low == low and high == high else None


def _plain_text(value: object, language: str, decimals: int) -> str:
    if value is None or value != value:  # NaN and NaT are the values that differ from themselves
        return ""
    if isinstance(value, bool | np.bool_):
        return translate(N_("yes") if value else N_("no"), language)
    if isinstance(value, int | np.integer):
        return format_number(int(value), language)
    return format_number(float(value), language, decimals) if isinstance(value, float) else str(value)


def base_text(n: float, language: str) -> str:
    """A number of answers; the mark of hidden ones where it may not be told."""
    return MARKS["suppressed"] if np.isnan(n) else format_number(n, language)


def span_text(low: float, high: float, language: str) -> str:
    """The least and the most of several numbers of answers; the mark of hidden ones where none is told."""
    if np.isnan(low):
        return MARKS["suppressed"]
    ends = [format_number(end, language) for end in dict.fromkeys((low, high))]
    return "–".join(ends)


def of_numbers(column: pd.Series) -> bool:
    """Whether a column stands to the right: numbers, or numbers in words such as "fewer than 5".

    Examples
    --------
    >>> import pandas as pd
    >>> of_numbers(pd.Series(["1,204", "fewer than 5", None])), of_numbers(pd.Series(["FG1", "FG2"]))
    (True, False)
    >>> of_numbers(pd.Series(["p = 0.03", "(*)"])), of_numbers(pd.Series(["0.4–1.2"]))
    (True, True)
    >>> of_numbers(pd.Series(["2012–2015", "2018"])), of_numbers(pd.Series(["9–11"]))
    (True, False)
    """
    if column.dtype.kind in "iuf":
        return True
    texts = column[column.notna() & ~column.isin(["", *MARKS.values()])]
    if not all(
        isinstance(text, str) and len(text) < MANY_LETTERS and re.search(r"\d", text) for text in texts
    ):
        return False
    return any(_NUMBER.fullmatch(text) for text in texts)
