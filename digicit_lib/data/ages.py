"""Ages as answers tell them: in words, in groups, and numbers that nobody's age is."""

import re
from collections.abc import Mapping

import pandas as pd

from digicit_lib.data.labels import fold

CHILD = (5, 25)  # a median age outside is no age of children or young people
CODES = tuple(map(float, (77, 88, 97, 98, 99, 777, 888, 997, 998, 999)))  # of no answer, where no label is
FAR = 20
NUMBER = re.compile(r"-?\d+(\.\d+)?")
BAND = re.compile(r"\D{0,12}?(\d{1,2})\s*(?:[-–—]|to|and|до|ila|и|і|ve)\s*(\d{1,2})\b")
UPWARDS = re.compile(r"\D{0,12}?(\d{1,2})\s*(?:\+|\w* ?(?:and|or|и|і|або|или|ve) )")  # "15 лет и старше"
DOWNWARDS = re.compile(r"(?:under|below|less than|younger|до|младше|молодше|менее|менше)\D{0,8}?(\d{1,2})")
SMALLER = re.compile(r"younger|under|less|fewer|младше|молодше|моложе|меньше|менше|alt|kucuk")


def band_of(text: str) -> tuple[int, int]:
    """First and last age of a group, 0 for an open end; two zeros where a text is no group.

    Examples
    --------
    >>> texts = ["12-14", "15 to 17 years", "13–15 лет", "under 12", "15 лет и старше", "16+", "11 or less"]
    >>> [band_of(text) for text in texts]
    [(12, 14), (15, 17), (13, 15), (0, 11), (15, 0), (16, 0), (0, 11)]
    """
    plain = fold(text)
    if hit := BAND.match(text.lower()):
        return int(hit[1]), int(hit[2])
    if hit := DOWNWARDS.match(plain):
        return 0, int(hit[1]) - 1
    if hit := UPWARDS.match(text.lower()):
        return (0, int(hit[1])) if SMALLER.search(plain) else (int(hit[1]), 0)
    return 0, 0


def no_ages(values: pd.Series) -> list[float]:
    """Numbers that nobody's age is: below zero, and 77, 99, 998 and their like far above young people."""
    plain = values[(values >= 0) & ~values.isin(CODES)]
    if plain.empty or plain.median() > CHILD[1]:
        return []
    return sorted(values[(values < 0) | (values.isin(CODES) & (values > plain.max() + FAR))].unique())


def labelled_years(answers: Mapping[str, str]) -> dict[str, float]:
    """Codes that stand for ages: `4` is "15 years old" in some surveys of schools."""
    years = {}
    for code, text in answers.items():
        hit = re.match(r"\D{0,12}?(\d{1,2})\s*(?:years?|y o|yrs?|год|лет|рок|рік|yas)", fold(text))
        if hit:
            years[code] = float(hit[1])
    shifted = any(not NUMBER.fullmatch(code) or float(code) != year for code, year in years.items())
    return years if len(years) > 2 and shifted else {}
