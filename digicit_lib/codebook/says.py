"""How an indicator, and whom it is asked of, is said in a sentence."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from digicit_lib.language import N_

BASES = {
    "ALL": "all children surveyed",  # whoever that was: the sample of a study says
    "NET": "children who used the internet in the last 3 months",
    "SCHOOL": "children who go to school",
    "PROFILE": "children with their own social media or chat profile",
    "PARENTS": "parents or carers of children who use the internet",
    "PAIRS": "children interviewed together with a parent or carer",
}
PARENTS = N_("parents or carers of children")
RESPONDENTS = N_("respondents")  # a file tells ages, and seldom whom it asked
SAYS_SLOTS = ("share", "base", "low", "high", "n")


class Says(BaseModel):
    """How an indicator is said in a sentence.

    Attributes
    ----------
    short : str
        Row of a chart or poster: "Were electronically bullied"; empty: the title.
    they : str
        Plural clause for the frames: "were electronically bullied in the past 12 months".
    level : str
        A sentence of its own for a level, with the slots of `SAYS_SLOTS`; empty: the frame.
    base : str
        Whom a level is of, as it stands after "of"; empty: made from the indicator's base.
    lead : int
        Its turn among the leads of its section: 1 speaks first for the section.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    short: str = ""
    they: str = ""
    level: str = ""
    base: str = ""
    lead: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _slots(self) -> Says:
        for text in (self.short, self.they, self.level, self.base):
            names = re.findall(r"\{([^{}]*)\}", text)
            unknown = [name for name in names if text is not self.level or name not in SAYS_SLOTS]
            if unknown:
                allowed = ", ".join(f"{{{slot}}}" for slot in SAYS_SLOTS)
                raise ValueError(f"unknown slot {{{unknown[0]}}}; allowed, in level only: {allowed}")
        return self
