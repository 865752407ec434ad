"""The gate: which words of a participant may be shown, and why others may not.

A quotation passes if a second person approved it, its source's review is signed for the text as it now
stands, the safeguarding flag is down, the participant agreed to be quoted, the attribution fits at least k
participants, and no identifier is left in it. There is no switch that opens the gate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.coded.model import REVIEWS, Project, turn_index
from digicit_lib.qualitative.coded.turns import text_sha256
from digicit_lib.qualitative.names import find_patterns

ATTRIBUTION = ("role", "sex", "age_band", "area")
FLAG_DOWN = ("no", "none", "cleared")
YES = ("yes", "true", "1", "y")
K = 3


def _says(values: pd.Series, words: Sequence[str]) -> pd.Series:
    return values.astype("str").str.strip().str.lower().isin(words)


def judged(
    project: Project, spans: pd.DataFrame, k: int = K, attribution: Sequence[str] = ATTRIBUTION
) -> pd.DataFrame:
    """`spans` with ``case, lang, attribution, withheld``: the first reason against each, or ""."""
    if k < 2 or not set(attribution) <= set(ATTRIBUTION):
        what = (
            "An attribution holds role, sex, age band and area at most, and fits at least two participants."
        )
        raise QualitativeError(what, got=f"k={k}: {', '.join(attribution)}", allowed=", ".join(ATTRIBUTION))
    turns = project.turns.reset_index(drop=True)
    here = turns.reindex(turn_index(project, spans)).set_axis(spans.index)
    for column in ("case", "role", "lang"):
        here[column] = here[column].astype("object").where(here[column].notna(), "")
    told = project.attributes(spans.assign(case=here["case"], role=here["role"]))
    who, fits = _attributed(project, told, list(attribution))
    inside = (spans["start"] >= here["text_start"]) & (spans["end"] <= here["end"])
    reasons = {
        "not inside one participant's turn": ~inside,
        "the speaker is not a participant": told["case"] == "",
        **_source_reasons(project, spans),
        "no consent to be quoted": ~told["case"].map(_consents(project)).eq(True),
        f"the attribution fits fewer than {k} participants": fits < k,
        "an identifier is left in it": _identifiers(project, spans),
    }
    withheld = pd.Series("", index=spans.index, dtype="object")
    for reason, holds in reversed(reasons.items()):
        withheld = withheld.mask(holds, reason)
    who = who.where(fits >= k, "")
    return spans.assign(case=told["case"], lang=here["lang"], attribution=who, withheld=withheld)


def _attributed(project: Project, told: pd.DataFrame, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """The attribution of each span, and how many participants of the study it fits."""
    people = project.cases.drop_duplicates("case").reindex(columns=["case", "source", *keys])
    if "source" in project.cases:
        people = project.attributes(people[["case", "source"]]).reindex(columns=["case", *keys])
    names = ["\x1f".join(map(str, at)) for at in _told(people, keys)]
    size = pd.Series(names, dtype="object").value_counts()
    rows = _told(told.reindex(columns=keys), keys)
    fits = [int(size.get("\x1f".join(map(str, at)), 0)) for at in rows]
    who = [", ".join(str(v) for v in at if v) for at in rows]
    return pd.Series(who, index=told.index, dtype="object"), pd.Series(fits, index=told.index, dtype="int64")


def _told(rows: pd.DataFrame, keys: list[str]) -> list[tuple[object, ...]]:
    held = rows[keys].astype("object")
    return list(held.where(held.notna(), "").itertuples(index=False, name=None)) if keys else [()] * len(rows)


def _consents(project: Project) -> pd.Series:
    """By participant, whether every row of the file lets them be quoted."""
    rows = project.cases.reindex(columns=["case", "quote_ok", "consent_carer", "assent_child"])
    refused = _says(rows["consent_carer"], ["no"]) | _says(rows["assent_child"], ["no"])
    return (_says(rows["quote_ok"], YES) & ~refused).groupby(rows["case"]).all()


def _source_reasons(project: Project, spans: pd.DataFrame) -> dict[str, pd.Series]:
    """What stands against a source: no signature for this text, a flag; its strictest row counts."""
    rows = project.reviews
    now = {source: text_sha256(text) for source, text in project.texts.items()}
    signed = (rows["reviewer"].astype("str").str.strip() != "") & (
        rows["signed_on"].astype("str").str.strip() != ""
    )
    same = rows["text_sha256"] == rows["source"].map(now)
    down = _says(rows["safeguarding"], FLAG_DOWN)
    facts = {
        "its source's review is not signed": signed,
        "its source changed after the review": same,
        "a safeguarding flag is up": down,
    }
    return {
        reason: ~spans["source"].map(good.groupby(rows["source"]).all()).eq(True)
        for reason, good in facts.items()
    }


def _identifiers(project: Project, spans: pd.DataFrame) -> pd.Series:
    held = (
        project.texts.get(s, "")[a:b]
        for s, a, b in zip(spans["source"], spans["start"], spans["end"], strict=True)
    )
    return pd.Series([bool(find_patterns(text)) for text in held], index=spans.index, dtype=bool)


def _decided(project: Project, k: int, attribution: Sequence[str]) -> pd.DataFrame:
    """Every row of the quotations file with its theme and the reason that withholds it."""
    rows = judged(project, project.quotations.reset_index(drop=True), k, attribution)
    coded = project.segments[project.segments["kind"] == "text"]
    near = rows.assign(row=rows.index).drop(columns=["code"], errors="ignore")
    near = near.merge(
        coded[["source", "start", "end", "code", "coder"]], on="source", suffixes=("", "_coded")
    )
    near = near[(near["start_coded"] < near["end"]) & (near["start"] < near["end_coded"])]
    own = rows["code"] if "code" in rows else pd.Series("", index=rows.index)
    known = dict(zip(project.codes["name"], project.codes["code"], strict=True))
    wanted = near["row"].map(own.map(lambda c: known.get(c, c)))
    near = near[(wanted == "") | (wanted == near["code"])]
    held = near.groupby(["row", "code"]).agg(coders=("coder", frozenset)).reset_index()
    rows = rows.drop(columns="code", errors="ignore").merge(held, left_index=True, right_on="row", how="left")
    rows = rows.merge(project.codes[["code", "theme"]], on="code", how="left").reset_index(drop=True)
    approved = _says(rows["approved"], YES) & (rows["approved_by"].astype("str").str.strip() != "")
    alone = rows["approved_by"].astype("str") == ""
    for i, coders in rows["coders"].dropna().items():
        alone.loc[i] = rows["approved_by"][i] in coders
    uncoded = rows["code"].isna() & (rows["withheld"] == "")
    first = rows["withheld"].mask(uncoded, "no segment has these words")
    first = first.mask(alone, "approved by its own coder")
    told = pd.Series([bool(find_patterns(str(t))) for t in rows["text_en"]], index=rows.index, dtype=bool)
    first = first.mask(told & (first == ""), "an identifier is left in its translation")
    rows = rows.assign(
        withheld=first.mask(~approved, "not approved"),
        theme=rows["theme"].fillna(""),
        code=rows["code"].fillna(""),
    )
    ids = [
        f"{text_sha256(project.texts.get(s, ''))}|{a}|{b}"
        for s, a, b in zip(rows["source"], rows["start"], rows["end"], strict=True)
    ]
    return rows.assign(quotation=[hashlib.sha256(i.encode()).hexdigest()[:12] for i in ids])


def quotations(
    project: Project, theme: str | None = None, *, k: int = K, each: int | None = None,
    attribution: Sequence[str] = ATTRIBUTION,
) -> pd.DataFrame:  # fmt: skip
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

    Returns
    -------
    DataFrame
        ``quotation theme code source lang text attribution translation translator negative``; `text` is the
        exact slice of the canonical text.

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
    rows = _chosen(rows, each) if each is not None else rows
    text = [project.texts[s][a:b] for s, a, b in zip(rows["source"], rows["start"], rows["end"], strict=True)]
    rows = rows.assign(text=text, translation=rows["text_en"]).drop_duplicates(["quotation", "code"])
    columns = [
        "quotation",
        "theme",
        "code",
        "source",
        "lang",
        "text",
        "attribution",
        "translation",
        "translator",
        "negative",
    ]
    return rows[columns].reset_index(drop=True)


def _chosen(rows: pd.DataFrame, each: int) -> pd.DataFrame:
    rows = rows.assign(agreed=[-len(c) for c in rows["coders"]]).sort_values(["theme", "agreed", "quotation"])
    rows = rows.assign(again=rows.groupby(["theme", "case"]).cumcount()).sort_values(
        ["theme", "again", "agreed", "quotation"]
    )
    rows = rows.assign(turn=rows.groupby(["theme", "again", "source"]).cumcount())
    return rows.sort_values(["theme", "again", "turn", "agreed", "quotation"]).groupby("theme").head(each)


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
    rows = (
        rows[rows["withheld"] != ""]
        .rename(columns={"withheld": "why"})
        .drop(columns="reason", errors="ignore")
    )
    columns = ["quotation", "theme", "code", "source", "reason"]
    return rows.rename(columns={"why": "reason"})[columns].reset_index(drop=True)


def negative_cases(project: Project, *, k: int = K, attribution: Sequence[str] = ATTRIBUTION) -> pd.DataFrame:
    """Voices against a theme's usual run, as reviewers marked them; in words only behind the gate.

    Returns
    -------
    DataFrame
        ``quotation theme code text attribution reason``; a text that may not be shown is "", with a reason.

    Examples
    --------
    >>> negative_cases(Project.build({}, [], [])).empty
    True
    """
    rows = _decided(project, k, attribution)
    rows = (
        rows[_says(rows["negative"], YES)]
        .drop(columns="reason", errors="ignore")
        .rename(columns={"withheld": "reason"})
    )
    open_ = rows["reason"] == ""
    text = [
        project.texts[s][a:b] if ok else ""
        for s, a, b, ok in zip(rows["source"], rows["start"], rows["end"], open_, strict=True)
    ]
    columns = ["quotation", "theme", "code", "text", "attribution", "reason"]
    return rows.assign(text=text)[columns].drop_duplicates().reset_index(drop=True)


def draft_reviews(project: Project) -> pd.DataFrame:
    """The sheet that reviewers fill: a row a source, with the hash of the text that they read.

    Returns
    -------
    DataFrame
        ``session_id reviewer signed_on safeguarding text_sha256``; a signature with another hash is void.

    Examples
    --------
    >>> draft_reviews(Project.build({"a": "P1: yes"}, [], []))[["session_id", "reviewer"]].values.tolist()
    [['a', '']]
    """
    rows = [(source, "", "", "", text_sha256(text)) for source, text in project.texts.items()]
    return pd.DataFrame(rows, columns=["session_id", *REVIEWS[1:]])
