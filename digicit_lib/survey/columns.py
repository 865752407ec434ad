"""What a caller may choose, and one way to refuse anything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from digicit_lib.errors import DataError, DigicitError, suggest


class Options(NamedTuple):
    """What a caller chooses about intervals."""

    ci: str = "korn-graubard"
    df: str = "domain"
    level: float = 0.95
    deff: str = "replace"

    def checked(self) -> Options:
        """The same, or an error before any work."""
        one_of(self.ci, INTERVALS, "Unknown interval method.", "ci")
        one_of(self.df, ("domain", "design"), "Unknown degrees of freedom.", "df")
        one_of(self.deff, ("replace", "no replace"), "Unknown design effect.", "deff")
        if not 0.5 <= self.level < 1:
            raise DataError("Unknown confidence level.", got=str(self.level), allowed="0.5 to 1")
        return self


INTERVALS = {
    "korn-graubard": "Korn-Graubard",
    "beta": "beta",
    "logit": "logit",
    "wilson": "Wilson",
    "asin": "arcsine",
    "likelihood": "profile likelihood",
    "t": "t",
}


def one_of(
    word: str, allowed: Iterable[str], what: str, where: str | None = None,
    error: type[DigicitError] = DataError,
) -> None:  # fmt: skip
    """Refuse a word that is not among the allowed, with the nearest one."""
    allowed = list(allowed)
    if word not in allowed:
        near = suggest(str(word), allowed)
        shown = ", ".join(allowed) if len(allowed) <= 12 else None
        raise error(what, where=where, got=str(word), allowed=shown, next=near and f"did you mean {near}?")


def column(
    frame: pd.DataFrame, name: str, what: str, where: str | None = None, error: type[DigicitError] = DataError
) -> pd.Series:
    """A column of the data, or an error with the nearest name."""
    if name not in frame.columns:
        one_of(name, map(str, frame.columns), what, where, error)
    return frame[name]
