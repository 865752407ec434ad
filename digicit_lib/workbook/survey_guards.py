"""What guards a survey workbook: private names, and the names of groups of indicators."""

from __future__ import annotations

from typing import NoReturn

from digicit_lib.codebook import SECTIONS
from digicit_lib.codebook.own import OTHER
from digicit_lib.errors import PublicationRefused
from digicit_lib.language import N_

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
