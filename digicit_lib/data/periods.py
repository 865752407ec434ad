"""Of which time a question asks, in four languages: the same words of other months are another question."""

import math
import re
from functools import cache, lru_cache

from digicit_lib.data.labels import fold, word_lists

DAYS = {"day": 1.0, "week": 7.0, "month": 365 / 12, "year": 365.0, "school year": 270.0, "lifetime": 36500.0}
ALIKE = 0.15  # four weeks, 30 days and a month are one period


@lru_cache(maxsize=50_000)
def periods_in(text: str) -> tuple[str, ...]:
    """The periods that a text names, in plain English; empty: none.

    Examples
    --------
    >>> periods_in("In the LAST twelve months, did you?"), periods_in("Son bir ayda"), periods_in("Now?")
    (('past 12 months',), ('past month',), ())
    >>> periods_in("За останні 30 днів"), periods_in("В этом учебном году"), periods_in("Have you ever?")
    (('past 30 days',), ('school year',), ('lifetime',))
    """
    plain = fold(text)
    whole = [unit for unit, pattern in _phrases().items() if pattern.search(plain)]
    plain = _phrases()["school year"].sub(" ", plain)
    counted = [_in_words(hit, words) for pattern, words in _patterns() for hit in pattern.finditer(plain)]
    return tuple(dict.fromkeys(counted or whole))


def other_period(text: str, question: str) -> bool:
    """Whether two questions name periods, and none is as long as one of the other.

    Examples
    --------
    >>> [other_period(text, "past 12 months") for text in ("In the past 30 days, …?", "Last year, …?")]
    [True, False]
    """
    lengths, others = ([_days(period) for period in periods_in(some)] for some in (text, question))
    return bool(lengths and others) and all(abs(math.log(a / b)) > ALIKE for a in lengths for b in others)


def period_as_asked(usual: str, question: str, same: bool) -> str:
    """The period that a question names; the `usual` one where it names none and is the `same` question.

    Examples
    --------
    >>> [period_as_asked("past 12 months", "In the past 6 months, did you?", same) for same in (True, False)]
    ['past 6 months', 'past 6 months']
    """
    if period := ", ".join(periods_in(question)):
        return period if other_period(period, usual) or not periods_in(usual) else usual
    return usual if same or usual.endswith("now") else ""


def _days(period: str) -> float:
    number = re.search(r"\d+", period)
    if number is None:
        return DAYS[period.removeprefix("past ")]
    return int(number[0]) * DAYS[period.split()[-1].rstrip("s")]


def _in_words(hit: re.Match[str], words: dict[str, str]) -> str:
    parts = {key.rstrip("123"): part for key, part in hit.groupdict().items() if part}
    number = parts.pop("n", "1")
    number = words.get(number, number)
    unit = next(iter(parts))
    return f"past {unit}" if number == "1" else f"past {number} {unit}s"


@cache
def _phrases() -> dict[str, re.Pattern[str]]:
    phrases = word_lists()["periods"]["whole"]
    return {unit: re.compile(rf"\b(?:{pattern})") for unit, pattern in phrases.items()}


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    """A pattern a language, with its numbers in words: after a mark, in a span, or months by themselves."""
    patterns = []
    for words in word_lists()["periods"]["languages"].values():
        numbers = {text: str(n) for n, texts in words["numbers"].items() for text in texts.split("|")}
        either = "|".join([r"[1-9]\d*", *sorted(numbers, key=len, reverse=True)])
        kinds = words["units"].items()
        units = ["|".join(f"(?P<{unit}{place}>{text})" for unit, text in kinds) for place in "12"]
        text = (
            rf"\b(?:{words['before']}) (?:(?P<n1>{either}) (?:(?:{either}) )?)?(?:{units[0]})\b"
            rf"|\b(?:{words['spans']}) ?(?P<n2>{either}) (?:{units[1]})\b{words['after']}"
            rf"|\b(?P<n3>[1-9]\d*) (?P<month3>{words['units']['month']})\b"
        )
        patterns.append((re.compile(text), numbers))
    return patterns
