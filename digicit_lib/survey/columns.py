"""Columns, masks and choices as a caller gives them: put on the frame's rows, or refused."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from digicit_lib.errors import DataError, DesignError, DigicitError, did_you_mean
from digicit_lib.safe import load_yaml

ESTIMATES = load_yaml(Path(__file__).parents[1] / "codebooks" / "estimates.yaml")[0]  # lists of columns


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
    word: str,
    allowed: Iterable[str],
    what: str,
    where: str | None = None,
    error: type[DigicitError] = DataError,
) -> None:
    """Refuse a word that is not among the allowed, with the nearest one."""
    allowed = list(allowed)
    if word not in allowed:
        options = ", ".join(allowed) if len(allowed) <= 12 else None
        raise error(what, where=where, got=str(word), allowed=options, next=did_you_mean(str(word), allowed))


def column(
    frame: pd.DataFrame, name: str, what: str, where: str | None = None, error: type[DigicitError] = DataError
) -> pd.Series:
    """A column of the data, or an error with the nearest name."""
    if name not in frame.columns:
        one_of(name, map(str, frame.columns), what, where, error)
    return frame[name]


def aligned(values: Any, frame: pd.DataFrame, role: str) -> Any:
    """Values of a caller that stand in the order of the data's rows, or an error: no order is guessed.

    Parameters
    ----------
    values : Series, DataFrame or array
        pandas objects have the index of the data, in its order; an array or a list goes by position.
    frame : DataFrame
        The data of a design.
    role : str
        What the values are for, said in the error.

    Returns
    -------
    Series, DataFrame or ndarray
        As given, one row for each row of the data; a list becomes an array.

    Raises
    ------
    DesignError
        Another index than the data's, or the same in another order; an array of another length.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": list("gb")}, index=["x", "y"])
    >>> aligned(pd.Series([True, False], index=["x", "y"]), frame, "where").tolist()
    [True, False]
    """
    if isinstance(values, pd.Series | pd.DataFrame):
        if values.index.equals(frame.index):
            return values
        raise DesignError(
            "The index of the values is not the index of the data.",
            where=role,
            got=f"{len(values)} values for {len(frame)} rows",
            allowed="the same labels in the same order",
            next="values.reindex(frame.index), or an array in the order of the frame (.to_numpy())",
        )
    values = np.asarray(values)
    if len(values) != len(frame):
        got, allowed = f"{len(values)} values", f"{len(frame)}"
        raise DesignError("Values and data differ in length.", where=role, got=got, allowed=allowed)
    return values
