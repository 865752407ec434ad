"""New working sheets with what is known, and their merge with those that people have filled."""

import re
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from digicit_lib.qualitative.analyses import final, framework
from digicit_lib.qualitative.attached_sheets import COLUMNS, SHEETS
from digicit_lib.qualitative.coded.model import GROUPS, Project, recorded
from digicit_lib.qualitative.coded.parts import ASKERS, frame, outermost
from digicit_lib.qualitative.coded.turns import text_sha256
from digicit_lib.qualitative.flags import RANKS
from digicit_lib.qualitative.memos import flags_of_team, team_notes
from digicit_lib.qualitative.neutral import neutral_ids
from digicit_lib.qualitative.passage_gate import K, is_day
from digicit_lib.qualitative.relations import disagreements
from digicit_lib.qualitative.risk import risk
from digicit_lib.qualitative.tokens import fold_token

KEYS = COLUMNS["keys"]
EACH, SHORTEST, LONGEST = 6, 6, 60  # proposed quotations a code, in words
MOST_FLAG = 2  # the rank to which flags are for people
NAMING = ("name", "capital inside a sentence", "somebody acts", "place")  # kinds of flags, or parts of them
ROSTER = ["real", "pseudonym", "kind", "lang", "aliases"]


def drafts(
    raw: Project, project: Project, paragraphs: Mapping[str, str] | None = None
) -> dict[str, pd.DataFrame]:
    """The sheets of a project, by name; every cell that nobody knows is empty.

    Parameters
    ----------
    raw : Project
        As the file has it: people are found by the marks that stand there.
    project : Project
        Under pseudonyms: what people read and sign.
    paragraphs : mapping, optional
        The team's paragraphs, by file: names in them are flagged too.

    Returns
    -------
    dict of DataFrame
        participants, sessions, reviews, quotations (proposed), flags, disagreements, memos.

    Examples
    --------
    >>> p = Project.build({"a": "P1: yes"}, [], [])
    >>> drafts(p, p)["participants"]["speaker"].tolist()
    ['P1']
    """
    return {
        "participants": _laid("participants", _people(raw)),
        "sessions": _laid("sessions", _sessions(raw)),
        "reviews": _laid("reviews", _reviews(project)),
        "quotations": _laid("quotations", _quotations(project)),
        "flags": _laid("flags", _flags(project, paragraphs or {})),
        "disagreements": _disagreements(project),
        "memos": team_notes(project).assign(publish=""),
        "summaries": _summaries(project),
    }


def _laid(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    need, more = SHEETS[name]
    columns = [*need, *more]
    return frame(rows.reindex(columns=[*columns, *(c for c in rows if c not in columns)]), columns)


def _people(project: Project) -> pd.DataFrame:
    """Who speaks where, with what the file says of them; moderators are people too, and who was silent.

    Who opens a talk and mostly asks is proposed as its moderator, where the file says nothing of roles.
    """
    turns = project.turns.drop_duplicates(["source", "speaker", "case"])
    turns = turns[(turns["speaker"] != "") | (turns["case"] != "") | ~turns["source"].duplicated(keep=False)]
    known = frame(project.cases, ["source", "speaker", "case", "role"])
    silent = known[known["source"].isin(set(project.texts)) & ~known["case"].isin(set(turns["case"]))]
    silent = silent[~silent["role"].isin(ASKERS)]
    silent = silent.assign(speaker=silent["speaker"].mask(silent["speaker"] == "", silent["case"]))
    rows = pd.concat([turns, silent], ignore_index=True)[["source", "speaker", "case", "role"]]
    asking = set(_who_asks(project))
    pairs = zip(rows["source"], rows["speaker"], strict=True)
    asks = pd.Series([pair in asking for pair in pairs], index=rows.index, dtype=bool)
    asks &= rows["role"].eq("")
    # A case that owns a document owns what its interviewer asks there, and is not the interviewer.
    rows = rows.assign(role=rows["role"].mask(asks, ASKERS[0]), case=rows["case"].mask(asks, ""))
    old = project.cases.drop_duplicates("case").drop(columns=["source", "speaker", "role"], errors="ignore")
    rows = rows.merge(old, on="case", how="left").fillna("")
    return rows.rename(columns={"source": "document", "case": "pid"})


def _who_asks(project: Project) -> Iterator[tuple[str, str]]:
    """The speaker who opens a talk of several, if more than half of what they say ends in a question."""
    for source, turns in project.turns.groupby("source", sort=False):
        first = turns[turns["speaker"] == turns["speaker"].iloc[0]]
        text = project.texts.get(str(source), "")
        said = [text[a:b].rstrip() for a, b in zip(first["text_start"], first["end"], strict=True)]
        if len(first) < len(turns) and sum(words.endswith(("?", "？")) for words in said) > len(said) / 2:
            yield str(source), str(first["speaker"].iloc[0])


def _sessions(project: Project) -> pd.DataFrame:
    names = {"source": "document", "lang": "language", "interview_date": "date"}
    internal = ["chars", "sha256", "guid", "kind"]
    return project.sources.drop(columns=internal, errors="ignore").rename(columns=names)


def _reviews(project: Project) -> pd.DataFrame:
    """A row a source; a signature for an earlier text moves to `earlier`, so that it is given again."""
    now = {source: text_sha256(text) for source, text in project.texts.items()}
    rows = frame(pd.DataFrame(now.items(), columns=["source", "sha"]), ["source"])
    rows = rows.merge(project.reviews, on="source", how="left").fillna("")
    old = (rows["text_sha256"] != rows["sha"]) & rows["reviewer"].ne("")
    signatures = rows["reviewer"] + " " + rows["signed_on"].astype(str)
    rows = rows.assign(
        earlier=frame(rows, ["earlier"])["earlier"].mask(old, signatures), text_sha256=rows["sha"]
    )
    rows.loc[old, ["reviewer", "signed_on", "safeguarding"]] = ""
    return rows.drop(columns="sha").rename(columns={"source": "document"})


def _quotations(project: Project) -> pd.DataFrame:
    """Passages of one participant's turn that were coded: proposals; after decided ones that no sheet has."""
    sheet = "words" in project.quotations
    quotes = project.quotations.assign(words=_words(project, project.quotations))
    turns = project.turns.assign(turn_end=project.turns["end"])[["source", "text_start", "turn_end", "turn"]]
    spans = final(project).segments
    spans = spans[spans["kind"] == "text"].groupby(["source", "start", "end", "code"], sort=False)
    rows = spans["coder"].nunique().rename("coders").reset_index()
    rows = rows.merge(turns, on="source", how="left")
    rows = rows[(rows["start"] >= rows["text_start"]) & (rows["end"] <= rows["turn_end"])]
    rows = outermost(rows.assign(words=_words(project, rows)), ["source", "code"])
    rows = rows[rows["words"].astype(str).str.split().str.len().between(SHORTEST, LONGEST)]
    rows = rows.sort_values(["coders", "source", "start"], ascending=[False, True, True], kind="stable")
    rows = (
        rows.assign(turn=rows["turn"].astype(int).astype(str))
        .groupby("code")
        .head(EACH)
        .sort_values(["code", "source", "start"], kind="stable")
    )
    places = set(zip(quotes["source"], quotes["start"], strict=True)) if sheet else set()
    new = [place not in places for place in zip(rows["source"], rows["start"], strict=True)]
    rows = rows.loc[new, ["source", "words", "turn", "code"]]
    both = rows if sheet else pd.concat([quotes, rows], ignore_index=True)
    both = frame(both, ["source", "words", "code"]).drop(columns=["start", "end", "guid"], errors="ignore")
    return both.drop_duplicates(["source", "words", "code"]).rename(columns={"source": "document"})


def _words(project: Project, rows: pd.DataFrame) -> list[str]:
    places = zip(rows["source"], rows["start"], rows["end"], strict=True)
    return [" ".join(project.texts.get(s, "")[int(a) : int(b)].split()) for s, a, b in places]


def _flags(project: Project, paragraphs: Mapping[str, str]) -> pd.DataFrame:
    """What may still tell a person or harm, the gravest first; one row a turn and kind."""
    risks = risk(project, tokens=True)
    risks = risks[(risks["rank"] <= MOST_FLAG) & (risks["turn"] > 0)]
    risks = pd.concat([risks, flags_of_team(project, paragraphs)]).astype({"turn": str})
    keys = ["rank", "source", "turn", "kind"]
    rows = risks.groupby(keys, sort=True)["token"].agg(lambda words: "; ".join(dict.fromkeys(words)))
    rows = rows.rename("word").reset_index()
    old = project.flags.assign(turn=project.flags["turn"].astype(str).str.removesuffix(".0"))
    old = old[["source", "turn", "kind", "cleared_by", "cleared_on"]]
    rows = rows.merge(old, on=["source", "turn", "kind"], how="left").fillna("")
    return rows.rename(columns={"source": "document"})


def _summaries(project: Project) -> pd.DataFrame:
    """A row a group and theme that came up there, for the team's words; groups as the report names them."""
    neutral, _ = neutral_ids(project)
    groups = recorded(neutral, GROUPS) or ["source"]
    cells = (
        framework(neutral, groups, min_cell=K, together=False) if len(neutral.segments) else pd.DataFrame()
    )
    cells = cells[cells["quality"] == "ok"] if len(cells) else cells
    return frame(cells, ["row", "theme", "passages", "summary"])[["row", "theme", "passages", "summary"]]


def _disagreements(project: Project) -> pd.DataFrame:
    """Every turn on which coders part, code by code: for the meeting that settles them."""
    coders = project.segments.groupby("code")["coder"].nunique()
    several = project.segments["coder"].nunique() > 1
    tables = [disagreements(project, code).assign(code=code) for code in coders.index if several]
    rows = pd.concat([t for t in tables if len(t)]) if any(len(t) for t in tables) else pd.DataFrame()
    rows = rows.rename(columns={"source": "document"}).assign(
        decision="", decided_by="", decided_on="", publish=""
    )
    first = ["code", "document", "turn", "speaker", "text"]
    return frame(rows, [*first, *(c for c in rows if c not in first)])


def roster_draft(project: Project) -> pd.DataFrame:
    """Names that the raw project may hold, without pseudonyms: a row counts when it is given one.

    Of people whom no list knows there is only a capital: of Georgia and Kazakhstan nearly all.

    Examples
    --------
    >>> p = Project.build({"a": "Anna: then I asked Tamsin"}, [], [])
    >>> roster_draft(p)["real"].tolist()
    ['Anna', 'Tamsin']
    """
    labels = [who for who in dict.fromkeys(project.turns["speaker"]) if _may_name(who)]
    risks = risk(project, tokens=True)
    naming = [k for k, rank in RANKS.items() if rank <= MOST_FLAG and any(part in k for part in NAMING)]
    risks = risks[risks["kind"].isin(naming) & risks["token"].ne("")]
    lang = dict(zip(project.sources["source"], project.sources["lang"], strict=True))
    rows = [{"real": word, "kind": "name", "lang": ""} for word in labels]
    rows += [
        {
            "real": re.split("['’ʼ]", word)[0],
            "kind": "place" if kind == "place" else "name",
            "lang": lang.get(source, ""),
        }
        for word, source, kind in zip(risks["token"], risks["source"], risks["kind"], strict=True)
    ]
    table = frame(pd.DataFrame(rows, columns=["real", "kind", "lang"]), ROSTER)
    return table[~table["real"].map(lambda w: fold_token(w, yo=True)).duplicated()].reset_index(drop=True)


def _may_name(label: str) -> bool:
    """A label of letters alone with a capital and a small one: not P1, MOD or S1-P3."""
    return label.replace(" ", "").isalpha() and label[0].isupper() and not label.isupper()


def merged(name: str, old: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    """A filled sheet brought up to date: what people wrote stands, new rows follow.

    Parameters
    ----------
    name : str
    old : DataFrame, optional
        As it was read, with whatever columns people added.
    new : DataFrame
        Of `drafts`.

    Examples
    --------
    >>> old = pd.DataFrame({"document": ["a"], "type": ["interview"]})
    >>> new = pd.DataFrame({"document": ["a", "b"], "type": ["", ""], "date": ["", ""]})
    >>> merged("sessions", old, new).values.tolist()
    [['a', 'interview', ''], ['b', '', '']]
    """
    if old is None or old.empty:
        return new.astype(str)
    old, new = (frame(t, list(t.columns)).astype(str) for t in (old, new))
    keys = [key for key in KEYS[name] if key in old and key in new]
    keys += ["pid"] if name == "participants" and not new["speaker"].all() else []
    proposed = {*KEYS[name], "rank", "word", "words", "code", "text", "text_sha256"}
    by_hand = [c for c in old if c not in new or (c not in proposed and not new[c].any())]
    at = dict(zip(_keys(new, keys), new.to_dict("records"), strict=True))
    rows = []
    for pair, row in zip(_keys(old, keys), old.to_dict("records"), strict=True):
        old_row: Mapping[str, str] = at.pop(pair, {})
        if not old_row and not any(row[c] for c in by_hand):
            continue  # a proposal that nobody took up, of an earlier state
        news = {key: value for key, value in row.items() if value or key not in old_row}
        rows.append({**old_row, **news, **_renewed(name, row, old_row)})
    columns = [*new.columns, *(c for c in old if c not in new)]
    return frame(pd.DataFrame([*rows, *at.values()]), columns).astype(str)


def _renewed(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """A signature is for one text: where that has changed, it moves aside and the row is to sign again."""
    if name != "reviews" or not new or old.get("text_sha256") == new["text_sha256"]:
        return {}
    signature = (
        f"{old.get('reviewer', '')} {old.get('signed_on', '')}" if is_day(old.get("signed_on")) else ""
    )
    void = dict.fromkeys(("reviewer", "signed_on", "safeguarding"), "") if signature else {}
    return {"text_sha256": new["text_sha256"], "earlier": signature or old.get("earlier", ""), **void}


def _keys(rows: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, ...]]:
    places = rows[list(keys)].itertuples(index=False)
    return [tuple(str(v).removesuffix(".0").strip() for v in place) for place in places]
