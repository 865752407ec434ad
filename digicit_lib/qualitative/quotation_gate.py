"""The gate: which words of a participant may be shown, and why others may not.

A quotation passes if a second person approved it, its source's review is signed for the text as it now
stands by somebody who did not code it, the safeguarding flag is down, the participant explicitly agreed, the
attribution fits at least k participants, and no identifier or flag of rank 0 or 1 is left in it that nobody
cleared by name. There is no switch that opens the gate.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from digicit_lib.qualitative.coded.model import REVIEWS, Project, once_a_project
from digicit_lib.qualitative.coded.parts import frame, outermost
from digicit_lib.qualitative.coded.turns import text_sha256
from digicit_lib.qualitative.consent import says_yes, signer
from digicit_lib.qualitative.names import find_patterns
from digicit_lib.qualitative.passage_gate import (
    ATTRIBUTION,
    K,
    by_facts,
    by_words,
    translations,
    words_in_small,
    words_of_spans,
)


def translated(rows: pd.DataFrame, language: str) -> pd.Series:
    """Each row's words in a language: its translation, "" where there is none or the words are in it."""
    column = f"text_{language}"
    texts = rows[column] if column in rows else pd.Series("", index=rows.index, dtype="object")
    return texts.where(rows["lang"] != language, "")


@once_a_project
def _decided(project: Project, k: int, attribution: Sequence[str]) -> pd.DataFrame:
    """Every row of the quotations file with its theme and the reason that withholds it."""
    rows = _before_reading(project, k, attribution)
    return _read(project, rows, words_in_small(project, rows))


def _before_reading(project: Project, k: int, attribution: Sequence[str]) -> pd.DataFrame:
    """`_decided` as far as nobody reads the words."""
    rows = by_facts(project, project.quotations.reset_index(drop=True), k, attribution)
    coded = project.segments[project.segments["kind"] == "text"]
    near = rows.assign(row=rows.index).drop(columns=["code"], errors="ignore")
    coded = coded[["source", "start", "end", "code", "coder"]]
    near = near.merge(coded, on="source", suffixes=("", "_coded"))
    near = near[(near["start_coded"] < near["end"]) & (near["start"] < near["end_coded"])]
    codes = rows["code"] if "code" in rows else pd.Series("", index=rows.index)
    paths = dict(zip(project.codes["name"], project.codes["code"], strict=True))
    code_of_row = near["row"].map(codes.map(lambda c: paths.get(c, c)))
    near = near[(code_of_row == "") | (code_of_row == near["code"])]
    team = near.groupby(["row", "code"]).agg(coders=("coder", frozenset)).reset_index()
    rows = rows.drop(columns="code", errors="ignore").merge(team, left_index=True, right_on="row", how="left")
    rows = rows.merge(project.codes[["code", "theme"]], on="code", how="left").reset_index(drop=True)
    approver = rows["approved_by"].map(signer)
    approved = rows["approved"].map(says_yes).astype(bool) & (approver != "")
    alone = approver == ""
    for i, coders in rows["coders"].dropna().items():
        alone.loc[i] = approver[i] in {signer(coder) for coder in coders}
    withheld = rows["withheld"].mask(alone, "approved by its own coder").mask(~approved, "not approved")
    return rows.assign(withheld=withheld, theme=rows["theme"].fillna(""), code=rows["code"].fillna(""))


def _read(project: Project, rows: pd.DataFrame, small: set[str]) -> pd.DataFrame:
    """Rows decided to the end, with the ids of their quotations."""
    is_open = rows["withheld"] == ""
    once = rows[is_open].drop_duplicates("row")  # a quotation of two codes is read once
    reasons = by_words(project, once, small).set_axis(once["row"])
    first = rows["withheld"].mask(is_open, rows["row"].map(reasons))
    first = first.mask(rows["coders"].isna() & (first == ""), "no segment has these words")
    has_name = pd.Series([bool(find_patterns(t)) for t in translations(rows)], index=rows.index, dtype=bool)
    first = first.mask(has_name & (first == ""), "an identifier is left in its translation")
    rows = rows.assign(withheld=first)
    return rows.assign(quotation=_ids(project, rows))


def _ids(project: Project, rows: pd.DataFrame) -> list[str]:
    """A hash of what is printed of a quotation, so that none tells of words that are not."""
    ids, alike = [], defaultdict[str, dict[tuple[Any, ...], int]](dict)
    places = zip(rows["source"], rows["start"], rows["end"], strict=True)
    for place, words, turn, why in zip(
        places, words_of_spans(project, rows), rows["turn"], rows["withheld"], strict=True
    ):
        name = f"{turn}|{words}" if why == "" else f"{text_sha256(project.texts.get(place[0], ''))}|{place}"
        count = alike[name].setdefault(place, len(alike[name]))
        ids.append(hashlib.sha256(f"{name}|{count}".encode()).hexdigest()[:12])
    return ids


def quotations(
    project: Project,
    theme: str | None = None,
    *,
    k: int = K,
    each: int | None = None,
    attribution: Sequence[str] = ATTRIBUTION,
    language: str = "en",
) -> pd.DataFrame:
    """The quotations that may be shown: approved, signed, consented, unflagged, attributable to k or more.

    Parameters
    ----------
    project : Project
    theme : str, optional
        Only this theme's.
    k : int
        The fewest participants of the study whom the attribution must fit; at least 2.
    each : int, optional
        At most so many a theme: one a speaker while others wait, groups in turn, those that more coders
        marked first, ties by hash. The same input gives the same choice.
    attribution : sequence of str
        A part of role, sex, age band, area, the same for all, so that nobody stands out by a missing part.
    language : str
        Of `translation`; empty where nobody translated into it, or it was spoken.

    Returns
    -------
    DataFrame
        ``quotation theme code source lang text attribution translation translator checked_by negative
        participant turn``;
        `text` is the exact slice of the canonical text.

    Raises
    ------
    QualitativeError
        k below 2, or an attribution that says more than the four.

    Examples
    --------
    >>> p = Project.build({"a": "P1: yes"}, [dict(source="a", start=4, end=7, code="x", coder="A")], [])
    >>> len(quotations(p))
    0
    """
    rows = _decided(project, k, attribution)
    rows = rows[(rows["withheld"] == "") & ((rows["theme"] == theme) | (theme is None))]
    return _shown(project, _chosen(rows, each) if each is not None else rows, language)


def _shown(project: Project, rows: pd.DataFrame, language: str) -> pd.DataFrame:
    rows = frame(rows, [*rows.columns, *({"checked_by"} - set(rows.columns))])
    facts = {"text": words_of_spans(project, rows), "translation": translated(rows, language)}
    rows = rows.assign(**facts, participant=rows["case"]).drop_duplicates(["quotation", "code"])
    columns = ["quotation", "theme", "code", "source", "lang", "text", "attribution", "translation"]
    columns += ["translator", "checked_by", "negative", "participant", "turn"]
    return rows[columns].reset_index(drop=True)


def best_quotation(
    project: Project, rank: Callable[[str, bool], Any], *, k: int = K, language: str = "en"
) -> pd.DataFrame:
    """The first of `quotations` by a rank; words are read until one may be shown, which takes long for all.

    Parameters
    ----------
    project : Project
    rank : callable
        Of a code, and whether the words stand in another language than asked; the lowest comes first.
    k : int
    language : str

    Returns
    -------
    DataFrame
        As `quotations`, of one row or none.

    Examples
    --------
    >>> best_quotation(Project.build({}, [], []), lambda code, is_foreign: code).empty
    True
    """
    rows = _before_reading(project, k, ATTRIBUTION)
    small, rows = words_in_small(project, rows), rows[rows["withheld"] == ""]
    foreign = (translated(rows, language) == "") & (rows["lang"] != language)
    ranks = map(rank, rows["code"], foreign)
    for _, index in sorted(zip(ranks, rows.index, strict=True)):
        row = _read(project, rows.loc[[index]], small)
        if row["withheld"].eq("").all():
            return _shown(project, row, language)
    return _shown(project, _read(project, rows[:0], small), language)


def _chosen(rows: pd.DataFrame, each: int) -> pd.DataFrame:
    rows = outermost(rows, ["source", "theme"])
    rows = rows.assign(agreed=[-len(c) for c in rows["coders"]]).sort_values(["theme", "agreed", "quotation"])
    rows = rows.assign(again=rows.groupby(["theme", "case"]).cumcount()).sort_values(
        ["theme", "again", "agreed", "quotation"]
    )
    rows = rows.assign(place=rows.groupby(["theme", "again", "source"]).cumcount())
    return rows.sort_values(["theme", "again", "place", "agreed", "quotation"]).groupby("theme").head(each)


def withheld(project: Project, *, k: int = K, attribution: Sequence[str] = ATTRIBUTION) -> pd.DataFrame:
    """The quotations that were proposed and may not be shown, without their words: why, and whose decision.

    Returns
    -------
    DataFrame
        ``quotation theme code source reason``.

    Examples
    --------
    >>> withheld(Project.build({}, [], [])).empty
    True
    """
    rows = _decided(project, k, attribution)
    rows = rows[rows["withheld"] != ""].rename(columns={"withheld": "why"})
    rows = rows.drop(columns="reason", errors="ignore")
    columns = ["quotation", "theme", "code", "source", "reason"]
    return rows.rename(columns={"why": "reason"})[columns].reset_index(drop=True)


def negative_cases(
    project: Project, *, k: int = K, attribution: Sequence[str] = ATTRIBUTION, language: str = "en"
) -> pd.DataFrame:
    """Voices against a theme's usual run, as reviewers marked them; in words only behind the gate.

    Returns
    -------
    DataFrame
        ``quotation theme code text lang attribution reason``, translated where it can be;
        a text that may not be shown is "", with a reason.

    Examples
    --------
    >>> negative_cases(Project.build({}, [], [])).empty
    True
    """
    rows = _decided(project, k, attribution)
    rows = (
        rows[rows["negative"].map(says_yes).astype(bool)]
        .drop(columns="reason", errors="ignore")
        .rename(columns={"withheld": "reason"})
    )
    open_ = rows["reason"] == ""
    text = [
        project.texts[s][a:b] if ok else ""
        for s, a, b, ok in zip(rows["source"], rows["start"], rows["end"], open_, strict=True)
    ]
    texts = translated(rows, language).where(open_, "")
    rows = rows.assign(text=texts.where(texts != "", text), lang=rows["lang"].where(texts == "", language))
    columns = ["quotation", "theme", "code", "text", "lang", "attribution", "reason"]
    return rows[columns].drop_duplicates().reset_index(drop=True)


def draft_reviews(project: Project) -> pd.DataFrame:
    """The sheet that reviewers fill: a row a source, with the hash of the text that they read.

    Returns
    -------
    DataFrame
        ``session_id reviewer signed_on safeguarding text_sha256``; a signature with another hash is void.

    Examples
    --------
    >>> project = Project.build({"a": "P1: yes"}, [], [])
    >>> draft_reviews(project)[["session_id", "reviewer"]].values.tolist()
    [['a', '']]
    """
    rows = [(source, "", "", "", text_sha256(text)) for source, text in project.texts.items()]
    return pd.DataFrame(rows, columns=["session_id", *REVIEWS[1:]])
