"""Columns of a file as they stand in it."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from digicit_lib.data.layout import Layout


@dataclass(frozen=True)
class Raw:
    """Columns of one file as they stand in it, with the labels and user-missing codes it declares.

    Attributes
    ----------
    layout : Layout
        How the file was read.
    bases : dict
        Column to the column and the answers that let it be asked, where a questionnaire says so.
    repeats : list of str
        Columns that stand on a sheet of repeats: several answers an interview.
    doubled : list of str
        Names that head more than one column: a rule on one of them is refused.
    notes : list of str
        What a reader should know of how the file was read.
    """

    frame: pd.DataFrame = field(repr=False)
    labels: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    user_missing: dict[str, list[tuple[Any, Any]]] = field(default_factory=dict)
    layout: Layout = field(default_factory=Layout)
    bases: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    repeats: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
