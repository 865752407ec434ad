"""What guards a survey workbook: private names, and the words of its declared comparisons."""

from __future__ import annotations

from typing import NoReturn

from digicit_lib.errors import PublicationRefused
from digicit_lib.language import N_

DEGREES = {"domain": N_("domain"), "design": N_("design")}  # whose degrees of freedom an interval takes
UNDECLARED = N_("not among the comparisons that were declared, so no difference is tested")
FAMILY_NOTES = {
    "report": N_(
        "{level} intervals of differences hold for all {m} declared comparisons together (Bonferroni). "
        "An interval that meets zero shows no difference."
    ),
    "primary": N_(
        "Declared beforehand: {level} intervals hold for these {m} primary comparisons together "
        "(Bonferroni). An interval that meets zero shows no difference."
    ),
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
