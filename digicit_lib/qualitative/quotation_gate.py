"""The gate: which words of a participant may be shown, and why others may not.

A quotation passes if a second person approved it, its source's review is signed for the text as it now
stands by somebody who did not code it, the safeguarding flag is down, the participant explicitly agreed, the
attribution fits at least k participants, and no identifier or flag of rank 0 or 1 is left in it that nobody
cleared by name. There is no switch that opens the gate.
"""

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.coded.model import REVIEWS, Project, once_a_project, turn_index
from digicit_lib.qualitative.coded.parts import frame, outermost
from digicit_lib.qualitative.coded.turns import text_sha256
from digicit_lib.qualitative.consent import may_be_quoted, says_yes, signer
from digicit_lib.qualitative.dictionaries import told_language
from digicit_lib.qualitative.flags import GRAVE, PATTERN, find_flags, small_words
from digicit_lib.qualitative.names import find_patterns
from digicit_lib.safe import has_come

TRANSLATIONS = ("text_en", "text_ru", "text_uk", "text_tr")
ATTRIBUTION = ("role", "sex", "age_band", "area")
FEW = "the attribution fits too few participants"
FLAG_DOWN = ("no", "none", "cleared")
K = 3


def _says(values: pd.Series, words: Sequence[str]) -> pd.Series:
    return values.astype("str").str.strip().str.lower().isin(words)


def judged_spans(
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
    spans_of_people = project.attributes(spans.assign(case=here["case"], role=here["role"]))
    who, fits = _attributed(project, spans_of_people, list(attribution))
    inside = (spans["start"] >= here["text_start"]) & (spans["end"] <= here["end"])
    reasons = {
        "not inside one participant's turn": ~inside,
        "the speaker is not a participant": spans_of_people["case"] == "",
        **_source_reasons(project, spans),
        "no consent to be quoted": ~spans_of_people["case"].map(may_be_quoted(project)).eq(True),
        FEW: fits < k,
        "an identifier is left in it": _identifiers(project, spans),
        "a flag was not cleared": _flagged(project, spans),
    }
    withheld = pd.Series("", index=spans.index, dtype="object")
    for reason, holds in reversed(reasons.items()):
        withheld = withheld.mask(holds, reason)
    who = who.where(fits >= k, "")
    turn = here["turn"].fillna(0).astype(int) if len(here) else here["turn"]
    return spans.assign(
        case=spans_of_people["case"], turn=turn, lang=here["lang"], attribution=who, withheld=withheld
    )


def _attributed(project: Project, spans: pd.DataFrame, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """The attribution of each span, and how many participants of the study it fits."""
    people = project.cases.drop_duplicates("case").reindex(columns=["case", "source", *keys])
    if "source" in project.cases:
        people = project.attributes(people[["case", "source"]]).reindex(columns=["case", *keys])
    names = ["\x1f".join(map(str, at)) for at in _told(people, keys)]
    size = pd.Series(names, dtype="object").value_counts()
    rows = _told(spans.reindex(columns=keys), keys)
    fits = [int(size.get("\x1f".join(map(str, at)), 0)) for at in rows]
    who = [", ".join(str(v) for v in at if v) for at in rows]
    return pd.Series(who, index=spans.index, dtype="object"), pd.Series(
        fits, index=spans.index, dtype="int64"
    )


def _told(rows: pd.DataFrame, keys: list[str]) -> list[tuple[object, ...]]:
    values = rows[keys].astype("object")
    return (
        list(values.where(values.notna(), "").itertuples(index=False, name=None))
        if keys
        else [()] * len(rows)
    )


def _source_reasons(project: Project, spans: pd.DataFrame) -> dict[str, pd.Series]:
    """What stands against a source: no signature for this text, a flag; its strictest row counts."""
    rows = project.reviews
    now = {source: text_sha256(text) for source, text in project.texts.items()}
    coders = project.segments.groupby("source")["coder"].agg(lambda who: {signer(w) for w in who})
    other = [
        signer(r) not in coders.get(s, ()) for r, s in zip(rows["reviewer"], rows["source"], strict=True)
    ]
    has_signature = rows["reviewer"].map(signer).ne("") & rows["signed_on"].map(is_day)
    by_another = pd.Series(other, index=rows.index, dtype=bool)
    same = rows["text_sha256"] == rows["source"].map(now)
    down = _says(rows["safeguarding"], FLAG_DOWN)
    facts = {
        "its source's review is not signed": has_signature,
        "its source's review is signed by its own coder": by_another,
        "its source changed after the review": same,
        "a safeguarding flag is up": down,
    }
    return {
        reason: ~spans["source"].map(good.groupby(rows["source"]).all()).eq(True)
        for reason, good in facts.items()
    }


def is_day(value: object) -> bool:
    """Whether a cell is a day of the calendar that has come, as 2026-10-20 or 20.10.2026.

    Examples
    --------
    >>> is_day("2026-10-20"), is_day("20.10.2026"), is_day("2099-10-20"), is_day("not yet")
    (True, True, False, False)
    """
    text = re.sub(r"[T ]00:00(?::00)?(?:\.0+)?$", "", str(value).strip())
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return has_come(dt.datetime.strptime(text, form))
        except ValueError:
            continue
    return False


def _slices(project: Project, spans: pd.DataFrame) -> list[str]:
    places = zip(spans["source"], spans["start"], spans["end"], strict=True)
    return [project.texts.get(source, "")[a:b] for source, a, b in places]


def _identifiers(project: Project, spans: pd.DataFrame) -> pd.Series:
    has_name = [bool(find_patterns(text)) for text in _slices(project, spans)]
    return pd.Series(has_name, index=spans.index, dtype=bool)


def _flagged(project: Project, spans: pd.DataFrame) -> pd.Series:
    """Spans with words that may mean harm or tell a person, whose flags no named person cleared."""
    # Only the sources of the spans are read: a large project has few quotations.
    small = small_words(project.texts.get(source, "") for source in set(spans["source"]))
    turns = project.turns.reset_index(drop=True)
    words = _translations(spans)
    rows = []
    for row, at, translated in zip(spans.to_dict("records"), turn_index(project, spans), words, strict=True):
        lang = told_language(str(translated))
        kinds = {flag.kind for flag in find_flags(str(translated), small, lang=lang) if flag.rank <= GRAVE}
        kinds -= {PATTERN}  # a reason of its own
        if at >= 0:
            # The whole turn is read: whether a capital begins a sentence is not seen in a part of it.
            base = turns["text_start"][at]
            text = project.texts[str(row["source"])][base : turns["end"][at]]
            flags = find_flags(text, small, lang=turns["lang"][at] or told_language(text))
            kinds |= {
                f.kind
                for f in flags
                if f.rank <= GRAVE and f.start + base < row["end"] and f.end + base > row["start"]
            }
        turn = turns["turn"][at] if at >= 0 else None
        rows.append(bool(kinds - _cleared(project, row, turn)))
    return pd.Series(rows, index=spans.index, dtype=bool)


def _translations(rows: pd.DataFrame) -> pd.Series:
    """All translations of each row, one a line: each passes the same looks."""
    table = frame(rows.reindex(columns=list(TRANSLATIONS)), TRANSLATIONS)
    joined = ["\n".join(filter(None, map(str, at))) for at in table.itertuples(index=False)]
    return pd.Series(joined, index=rows.index, dtype="object")


def translated(rows: pd.DataFrame, language: str) -> pd.Series:
    """Each row's words in a language: its translation, "" where there is none or the words are in it."""
    column = f"text_{language}"
    texts = rows[column] if column in rows else pd.Series("", index=rows.index, dtype="object")
    return texts.where(rows["lang"] != language, "")


def _cleared(project: Project, row: Mapping[Any, Any], turn: Any) -> set[str]:
    """Kinds of flags that a named person, no coder of the source, cleared on a day: here or on the sheet."""
    here = [(row.get("flags_cleared", ""), row.get("cleared_by", ""), row.get("cleared_on", ""))]
    sheet = project.flags[project.flags["source"] == row["source"]]
    sheet = sheet[pd.to_numeric(sheet["turn"], errors="coerce") == turn] if turn is not None else sheet[:0]
    here += list(sheet[["kind", "cleared_by", "cleared_on"]].itertuples(index=False, name=None))
    coders = {signer(c) for c in project.segments.loc[project.segments["source"] == row["source"], "coder"]}
    kinds_cleared = [
        kinds for kinds, who, day in here if signer(who) and signer(who) not in coders and is_day(day)
    ]
    return {kind.strip() for kinds in kinds_cleared for kind in re.split("[;,|]", str(kinds))}


@once_a_project
def _decided(project: Project, k: int, attribution: Sequence[str]) -> pd.DataFrame:
    """Every row of the quotations file with its theme and the reason that withholds it."""
    rows = judged_spans(project, project.quotations.reset_index(drop=True), k, attribution)
    coded = project.segments[project.segments["kind"] == "text"]
    near = rows.assign(row=rows.index).drop(columns=["code"], errors="ignore")
    near = near.merge(
        coded[["source", "start", "end", "code", "coder"]], on="source", suffixes=("", "_coded")
    )
    near = near[(near["start_coded"] < near["end"]) & (near["start"] < near["end_coded"])]
    codes = rows["code"] if "code" in rows else pd.Series("", index=rows.index)
    paths = dict(zip(project.codes["name"], project.codes["code"], strict=True))
    code_of_row = near["row"].map(codes.map(lambda c: paths.get(c, c)))
    near = near[(code_of_row == "") | (code_of_row == near["code"])]
    coders_of = near.groupby(["row", "code"]).agg(coders=("coder", frozenset)).reset_index()
    rows = rows.drop(columns="code", errors="ignore").merge(
        coders_of, left_index=True, right_on="row", how="left"
    )
    rows = rows.merge(project.codes[["code", "theme"]], on="code", how="left").reset_index(drop=True)
    approver = rows["approved_by"].map(signer)
    approved = rows["approved"].map(says_yes).astype(bool) & (approver != "")
    alone = approver == ""
    for i, coders in rows["coders"].dropna().items():
        alone.loc[i] = approver[i] in {signer(coder) for coder in coders}
    uncoded = rows["code"].isna() & (rows["withheld"] == "")
    first = rows["withheld"].mask(uncoded, "no segment has these words")
    first = first.mask(alone, "approved by its own coder")
    has_name = pd.Series([bool(find_patterns(t)) for t in _translations(rows)], index=rows.index, dtype=bool)
    first = first.mask(has_name & (first == ""), "an identifier is left in its translation")
    rows = rows.assign(
        withheld=first.mask(~approved, "not approved"),
        theme=rows["theme"].fillna(""),
        code=rows["code"].fillna(""),
    )
    return rows.assign(quotation=_ids(project, rows))


def _ids(project: Project, rows: pd.DataFrame) -> list[str]:
    """A hash of what is printed of a quotation, so that none tells of words that are not."""
    ids, alike = [], defaultdict[str, dict[tuple[Any, ...], int]](dict)
    places = zip(rows["source"], rows["start"], rows["end"], strict=True)
    for place, words, turn, why in zip(
        places, _slices(project, rows), rows["turn"], rows["withheld"], strict=True
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
    rows = _chosen(rows, each) if each is not None else rows
    rows = frame(rows, [*rows.columns, *({"checked_by"} - set(rows.columns))])
    facts = {"text": _slices(project, rows), "translation": translated(rows, language)}
    rows = rows.assign(**facts, participant=rows["case"]).drop_duplicates(["quotation", "code"])
    columns = ["quotation", "theme", "code", "source", "lang", "text", "attribution", "translation"]
    columns += ["translator", "checked_by", "negative", "participant", "turn"]
    return rows[columns].reset_index(drop=True)


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
    rows = (
        rows[rows["withheld"] != ""]
        .rename(columns={"withheld": "why"})
        .drop(columns="reason", errors="ignore")
    )
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
