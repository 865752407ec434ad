"""What guards a survey workbook: private names; the names of groups of indicators and of children."""

import re
from typing import NoReturn

from digicit_lib.codebook import OTHER, SECTIONS
from digicit_lib.codebook.people import gender_word
from digicit_lib.errors import PublicationRefused
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table

DEGREES = {"domain": N_("domain"), "design": N_("design")}  # whose degrees of freedom an interval takes
# Headings of several indicators: a section or a competence of the catalogue.
GROUPS = {
    **SECTIONS,
    OTHER: N_("Other questions of this survey"),
    "judge": N_("Judge"),
    "create": N_("Create"),
    "navigate": N_("Navigate"),
    "consume": N_("Consume"),
    "cross": N_("Cross"),
}


BREAKDOWNS = label_table("breakdowns")
LEVELS = label_table("levels")


def level_words(level: str, ages: tuple[int, int]) -> str:
    """A group of a survey of these ages, as a message: grown people are no girls and boys, an age group ends
    where the survey does.

    Examples
    --------
    >>> level_words("girl", (9, 17)), level_words("girl", (24, 62)), level_words("boy", (15, 24))
    ('Girls', 'Women', 'Young men')
    >>> level_words("9-11", (11, 17)), level_words("15-17", (16, 19))
    ('11', '16-17')
    """
    if (band := re.fullmatch(r"(\d+)-(\d+)", level)) and int(band[1]) <= ages[1] and ages[0] <= int(band[2]):
        level = "-".join(dict.fromkeys(map(str, (max(int(band[1]), ages[0]), min(int(band[2]), ages[1])))))
    name = gender_word(level, ages)
    return LEVELS.get(name, name)


class Private:
    """A name that would lead to rows of respondents: asking for it ends a run without publication."""

    def __init__(self, instead: str) -> None:
        self.instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, workbook: object, owner: type | None = None) -> NoReturn:
        raise PublicationRefused(
            "Rows of respondents are private.", got=f"wb.{self.name}", next=f"{self.instead}, run again"
        )
