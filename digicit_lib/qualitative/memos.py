"""The team's own notes: printed only where its sheet says so, and without what may tell a person."""

from __future__ import annotations

import pandas as pd

from digicit_lib.qualitative.coded.model import MEMOS
from digicit_lib.qualitative.coded.parts import frame
from digicit_lib.qualitative.consent import says_yes
from digicit_lib.qualitative.flags import GRAVE, find_flags


def printable_memos(sheet: pd.DataFrame) -> pd.DataFrame:
    """The rows of the memo sheet that are cleared (`publish` is a yes) and hold no grave flag.

    Parameters
    ----------
    sheet : DataFrame
        ``kind name text author date`` and ``publish``.

    Examples
    --------
    >>> rows = [("code rules made shorter", "yes"), ("ask Tamsin again", "yes"), ("open", "")]
    >>> printable_memos(pd.DataFrame(rows, columns=["text", "publish"]))["text"].tolist()
    ['code rules made shorter']
    """
    rows = frame(sheet, [*MEMOS, "publish"])
    plain = [
        not any(flag.rank <= GRAVE for flag in find_flags(f"{name} {text}", set()))
        for name, text in zip(rows["name"], rows["text"], strict=True)
    ]
    publishable = rows["publish"].map(says_yes).astype(bool) & pd.Series(plain, index=rows.index, dtype=bool)
    return rows[publishable].reset_index(drop=True)
