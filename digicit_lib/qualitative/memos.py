"""The team's own notes: printed only where its sheet says so, and without what may tell a person."""

from __future__ import annotations

import pandas as pd

from digicit_lib.qualitative.coded.model import MEMOS, Project
from digicit_lib.qualitative.coded.parts import frame
from digicit_lib.qualitative.consent import says_yes
from digicit_lib.qualitative.flags import GRAVE, find_flags


def team_notes(project: Project) -> pd.DataFrame:
    """All notes of the team: of the project, its documents and people, and those written at a coding.

    Examples
    --------
    >>> rows = [{"source": "a", "start": 0, "end": 2, "code": "Rules", "coder": "A", "memo": "or help?"}]
    >>> team_notes(Project.build({"a": "no phones"}, rows, []))[["kind", "name", "text"]].values.tolist()
    [['coding', 'Rules', 'or help?']]
    """
    at_codings = project.segments[project.segments["memo"].astype(str).str.strip().ne("")]
    rows = at_codings.assign(kind="coding", name=at_codings["code"], text=at_codings["memo"], date="")
    rows = rows.rename(columns={"coder": "author"}).drop_duplicates(["name", "text", "author"])
    return pd.concat([frame(project.memos, MEMOS), frame(rows, MEMOS)[MEMOS]], ignore_index=True)


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
