"""Scores of the catalogue whose items a survey file asks: a draft with one part an item."""

from collections.abc import Mapping, Sequence

import numpy as np

from digicit_lib.codebook import SCALES, Indicator, catalogue
from digicit_lib.data.labels import exit_of, fold, own_codes, steps_of, word_lists
from digicit_lib.data.matching import CERTAIN, PROBABLE, label_languages, likeness
from digicit_lib.language import translate

LEAST = 2 / 3  # of the items, as of their answers (rule 6)
TOO_LONG = 2.5  # times the longest item


def scores_asked(texts: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Scores to the columns of their items, each with how like it is; a score with few of its items is none.

    Parameters
    ----------
    texts : mapping
        Column to its label.

    Examples
    --------
    >>> items = [item.question for item in catalogue()["SKL-J"].items]
    >>> found = scores_asked({f"q{i}": text for i, text in enumerate(items)})
    >>> {name: list(columns) for name, columns in found.items()}
    {'SKL-J': ['q0', 'q1', 'q2', 'q3', 'q4', 'q5']}
    """
    scores = {i.id: i for i in catalogue().values() if i.type == "scale" and i.items and i.values}
    items: dict[str, dict[str, float]] = {}
    for lang in label_languages(texts.values()):
        for name, indicator in scores.items():
            columns = _columns(indicator, texts, lang)
            enough = len(columns) >= max(2, LEAST * len(indicator.items))
            if enough and len(columns) > len(items.get(name, {})):
                items[name] = columns
    return {name: items[name] for name in scores if name in items}


def _columns(indicator: Indicator, texts: Mapping[str, str], lang: str) -> dict[str, float]:
    """The column of each item, without what a battery says before all of them."""
    battery = fold(translate(indicator.question, lang))
    items = [translate(item.question, lang) for item in indicator.items]
    labels = [" ".join(fold(text).replace(battery, " ").split()) for text in texts.values()]
    longest = TOO_LONG * max(map(len, items))  # of a longer label the stems need not be looked for
    labels = [label if len(label) < longest else "" for label in labels]
    matrix = likeness(items, labels, lang)
    names, columns = list(texts), {}
    for row in matrix:
        place = int(np.argmax(row))
        if row[place] >= PROBABLE and matrix[:, place].max() == row[place]:
            columns[names[place]] = float(row[place])
    return columns


def certain(columns: Mapping[str, float], indicator: Indicator, open_codes: Sequence[str]) -> bool:
    """Whether every item is asked word by word, and every answer has its value."""
    whole = len(columns) == len(indicator.items)
    return whole and not open_codes and min(columns.values()) >= CERTAIN


def values_of(
    indicator: Indicator, answers: Mapping[str, str]
) -> tuple[dict[str, float], dict[str, list[str]], list[str]]:
    """Codes to their values, codes that are no answer by kind, and codes that nothing places.

    Examples
    --------
    >>> labels = {"1": "Not at all true of me", "2": "Very true of me", "8": "I don't know", "9": "Perhaps"}
    >>> values_of(catalogue()["SKL-C"], labels)
    ({'1': 0.0, '2': 3.0}, {'dk': ['8']}, ['9'])
    """
    values: dict[str, float] = {}
    missing: dict[str, list[str]] = {}
    unplaced: list[str] = []
    scale, steps = steps_of(answers.values())
    codes_by_text = own_codes(indicator.scale, answers.values())
    for (code, text), step in zip(answers.items(), steps, strict=True):
        ours = codes_by_text.get(fold(text), "")
        value = _value(indicator, ours, step if scale == word_lists()["kinds"].get(indicator.scale) else "")
        kind = ours if ours in ("dk", "pnts") else exit_of(text)
        if value is not None:
            values[code] = value
        elif kind:
            missing.setdefault(kind, []).append(code)
        else:
            unplaced.append(code)
    return values, missing, unplaced


def _value(indicator: Indicator, own: str, step: str) -> float | None:
    """The catalogue's value of an answer in its own words, or of a step of the same scale."""
    renamed = word_lists()["steps"]
    codes = {renamed.get(code, code): code for code in SCALES[indicator.scale]}
    return indicator.values.get(own or codes.get(step, ""))
