"""What a survey's people are called in sentences: by the study's own words, else by what all of them are."""

import re
from collections.abc import Collection
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from digicit_lib.codebook.says import RESPONDENTS

ADULT = 18
TEENS, YOUNG = 19, 15  # the last age of girls and boys; from which to YOUTH people are young (WHO, UN)
YOUTH = 24  # to this age people are young; of a survey of older ones levels are told of the youngest group
GROWN = {"female": "women", "male": "men", "girl": "women", "boy": "men"}
VAGUE = ("people", "women", "men")  # who may be of any age
_GENDERS = dict.fromkeys(("girl", "female"), ("girls", "women")) | dict.fromkeys(
    ("boy", "male"), ("boys", "men")
)
_RANGE = re.compile(
    r" (?:(?:aged|of ages?|ages) \d+(?: (?:years?|months?|to|and|over|\d+)|[–-]\d+)+|of \d+(?:[–-]| to )\d+)"
)
_END = re.compile(r"[,;(.]| (?:in|at|from|who|that|whose|living|attending|taking) ")
LONGEST_NAME = 40
_COMMON = ("children", "people", "women", "men", "young")


def _in_line(bands: tuple[str, ...]) -> tuple[str, ...]:
    ends = sorted(tuple(map(int, band.split("-"))) for band in bands)
    if any(low > high for low, high in ends) or any(one[1] >= two[0] for one, two in pairwise(ends)):
        raise ValueError("bands of ages that do not overlap, each from low to high: 9-11, 12-14")
    return bands


_Band = Annotated[str, Field(pattern=r"^\d{1,3}-\d{1,3}$")]
Bands = Annotated[tuple[_Band, ...], AfterValidator(_in_line)]  # groups of the age


def names_ages(base: str, low: int, high: int) -> bool:
    """Whether words for people name these ages already.

    Examples
    --------
    >>> names_ages("children aged 9 to 17 in towns", 9, 17), names_ages("children aged 9 to 17", 12, 14)
    (True, False)
    """
    return bool(re.search(rf"\b{low}\b\D{{1,5}}\b{high}\b", base))


def grown(ages: tuple[int, int]) -> bool:
    """Whether girls and boys would be the wrong words for a survey's people.

    Examples
    --------
    >>> grown((9, 17)), grown((15, 30)), grown((18, 24))
    (False, True, True)
    """
    return ages[0] >= ADULT or ages[1] > YOUTH


def gender_word(level: str, ages: tuple[int, int]) -> str:
    """The label of a gender in a survey of these ages; another group is its own.

    Examples
    --------
    >>> [gender_word("girl", ages) for ages in ((9, 17), (12, 21), (15, 24), (18, 30))]
    ['girl', 'girls and young women', 'young women', 'women']
    """
    if level not in GROWN or not (grown(ages) or young(ages)):
        return level
    words = f"young {GROWN[level]}" if young(ages) else GROWN[level]
    return words if ages[0] >= YOUNG else f"{_GENDERS[level][0]} and {words}"


def young(ages: tuple[int, int]) -> bool:
    """Whether a survey's people are young, but not all of them girls and boys.

    Examples
    --------
    >>> young((15, 24)), young((12, 18)), young((18, 24))
    (True, False, False)
    """
    return ages[0] < ADULT and TEENS < ages[1] <= YOUTH


def mixed(ages: tuple[int, int]) -> bool:
    """Whether children answered beside people who are no longer young.

    Examples
    --------
    >>> mixed((15, 99)), mixed((9, 17)), mixed((18, 99))
    (True, False, False)
    """
    return ages[0] < ADULT and ages[1] > YOUTH


def noun_of(noun: str, genders: Collection[str], ages: tuple[int, int]) -> str:
    """The respondents' noun, or that of the one gender that answered.

    Examples
    --------
    >>> noun_of("children", ["girl"], (9, 17)), noun_of("people", ["male"], (18, 60))
    ('girls', 'men')
    >>> noun_of("students", ["girl", "boy"], (9, 17)), noun_of("parents", ["girl"], (9, 17))
    ('students', 'parents')
    """
    if noun == "parents" or len(genders) != 1:
        return noun
    pair = _GENDERS.get(next(iter(genders)))
    return pair[grown(ages) or (young(ages) and ages[0] >= YOUNG)] if pair else noun


def called(words: str, noun: str) -> str:
    """A base of the catalogue by the noun of those who answered; parents speak for children.

    Examples
    --------
    >>> called("all children surveyed", "girls"), called("children who go to school", "parents")
    ('all girls surveyed', 'children who go to school')
    """
    return words if noun == "parents" else re.sub(r"^(all )?children\b", rf"\g<1>{noun}", words)


def people_name(base: str, noun: str) -> str:
    """How a study's own words name its people, short enough for a sentence; empty where the noun says it.

    Examples
    --------
    >>> people_name("girls of 14 in grades 9 to 12", "students")
    'girls of 14'
    >>> people_name("teachers of grades 5 to 9", "people"), people_name("children aged 9 to 17", "children")
    ('teachers of grades 5 to 9', '')
    >>> people_name("children aged 9 to 17 with a disability", "children")
    'children with a disability'
    """
    name, *rest = _END.split(_RANGE.sub("", base), maxsplit=1)
    name = _small(name.strip())
    unsaid = name in (noun, RESPONDENTS, "those", "")
    of_a_list = bool(rest) and name[-1:].isdigit() and base[len(name) :].startswith(",")  # of 11, 13 and 15
    return "" if unsaid or of_a_list or len(name) > LONGEST_NAME or not name.isascii() else name


def _small(name: str) -> str:
    """A name whose first word is a common noun begins small inside a sentence."""
    first = name.split(" ")[0].casefold()
    return name[:1].lower() + name[1:] if first.endswith("s") or first in _COMMON else name
