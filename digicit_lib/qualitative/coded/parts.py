"""Tidy frames of a coded project, made from what a reader found: sources, turns, codes, segments."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.language import N_, language_code
from digicit_lib.qualitative.coded.turns import clean_name, parse_turns, text_sha256
from digicit_lib.safe import load_yaml

TABLES: dict[str, dict[str, list[str]]] = load_yaml(Path(__file__).parents[1] / "sheets.yaml")[0]["project"]
SEGMENTS, CODES, TURNS, REPORT = (TABLES[n]["columns"] for n in ("segments", "codes", "turns", "report"))
ASKERS = ("moderator", "interviewer", "facilitator", "note taker")
# What a program's variables say of people, under whatever heading it has it.
ABOUT_PEOPLE = ("role", "sex", "age_band", "area", "quote_ok", "consent_carer", "assent_child", "withdrawn")
_APOSTROPHES = str.maketrans("’ʼ‘", "'''")
Row = dict[str, Any]


def frame(rows: Iterable[Row] | pd.DataFrame | None, columns: Sequence[str]) -> pd.DataFrame:
    """A frame that has at least `columns`, in that order; a missing text is an empty one."""
    data = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows or []))
    names = [*columns, *(c for c in data.columns if c not in columns)]
    if not len(data):
        return pd.DataFrame(index=data.index, columns=names, dtype="object")
    data = data if names == list(data.columns) else data.reindex(columns=names)
    texts = np.empty(data.shape, dtype="object")
    numbers = {}
    for i, (_, column) in enumerate(data.items()):
        missing = column.isna().to_numpy()
        if missing.all() or not pd.api.types.is_numeric_dtype(column.dtype):
            texts[:, i] = column.to_numpy(dtype="object")
            texts[missing, i] = ""
        else:
            numbers[i] = column
    made = pd.DataFrame(texts, data.index, data.columns, dtype="object")
    for i, column in numbers.items():  # far quicker than a frame of columns
        made.isetitem(i, column)
    return made


def stacked_rows(
    mine: pd.DataFrame, theirs: pd.DataFrame, names: Mapping[str, str], keys: list[str]
) -> pd.DataFrame:
    if "source" in theirs:
        theirs = theirs.assign(source=theirs["source"].map(names).fillna(theirs["source"]))
    both = pd.concat([mine, theirs.reindex(columns=mine.columns.union(theirs.columns, sort=False))])
    return frame(both.drop_duplicates(keys).reset_index(drop=True), list(mine.columns))


def outermost(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The spans that lie in no other of the same keys; of equal ones the first.

    Examples
    --------
    >>> rows = pd.DataFrame({"source": ["a"] * 3, "start": [4, 0, 6], "end": [8, 9, 12]})
    >>> outermost(rows, ["source"])["start"].tolist()
    [0, 6]
    """
    rows = rows.reset_index(drop=True)
    ordered = rows.sort_values([*keys, "start", "end"], ascending=[True] * (len(keys) + 1) + [False])
    reach = ordered["end"].astype("int64").groupby([ordered[key] for key in keys]).cummax()
    before = reach.groupby([ordered[key] for key in keys]).shift(fill_value=-1)
    return rows[(before < ordered["end"]).reindex(rows.index)]


def source_rows(texts: Mapping[str, str], rows_of: Iterable[Row] | pd.DataFrame | None) -> pd.DataFrame:
    rows = our_heads(frame(rows_of, ["source"]), (*ABOUT_PEOPLE[:4], "lang"))
    rows = frame(rows, ["source", "kind", "lang"])
    absent = [s for s in texts if s not in set(rows["source"])]
    rows = pd.concat([rows, frame([{"source": s} for s in absent], list(rows.columns))], ignore_index=True)
    rows = rows.assign(lang=rows["lang"].map(language_code))
    texts_of = [texts.get(s) for s in rows["source"]]
    return rows.assign(
        kind=rows["kind"].where(rows["kind"] != "", "text"),
        chars=[len(t or "") for t in texts_of],
        sha256=["" if t is None else text_sha256(t) for t in texts_of],
    )


def turn_rows(texts: Mapping[str, str], sources: pd.DataFrame) -> pd.DataFrame:
    lang = dict(zip(sources["source"], sources["lang"], strict=True))
    parsed = ((source, parse_turns(text)) for source, text in texts.items())
    turns = ((s, n, *turn) for s, some in parsed for n, turn in enumerate(some, 1))
    rows = [(*turn, lang.get(turn[0], "")) for turn in turns]
    columns = ["source", "turn", "start", "text_start", "end", "speaker", "lang"]
    return frame(pd.DataFrame(rows, columns=columns), TURNS)


def speaker_rows(turns: pd.DataFrame, cases: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Turns with role and case of their speaker: by source and label where cases say so, else by id."""
    pairs = list(zip(turns["source"], turns["speaker"], strict=True))
    if {"source", "speaker"} <= set(cases.columns):
        keys = dict(zip(zip(cases["source"], cases["speaker"], strict=True), cases["case"], strict=True))
        case = [keys.get(pair, "") for pair in pairs]
    else:
        case_names = set(cases["case"])
        case = [speaker if speaker in case_names else "" for _, speaker in pairs]
    roles = dict(zip(cases["case"], cases["role"], strict=True)) if "role" in cases else {}
    role = [roles.get(c, old) for c, old in zip(case, turns["role"], strict=True)]
    for column in ("moderator_id", "note_taker_id"):
        if column in sources:
            asks = set(zip(sources["source"], sources[column], strict=True))
            # A session sheet whose moderator nobody filled in makes no moderator of who has no mark.
            role = [ASKERS[0] if pair[1] and pair in asks else r for pair, r in zip(pairs, role, strict=True)]
    spoke = ["" if r in ASKERS else c for c, r in zip(case, role, strict=True)]
    return turns.assign(case=spoke, role=role)


def asks_or_notes(role: str) -> bool:
    """Whether a word for somebody's part says that they ask or take notes, as teams write it."""
    return re.sub("[’ʼ]", "'", role.strip().casefold()) in _askers()


def with_roles(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases whose role says who asks in one way, as the team may write it in its own language."""
    if "role" not in cases:
        return cases
    said = cases["role"].astype(str).str.strip().str.casefold().str.replace("[’ʼ]", "'", regex=True)
    return cases.assign(role=said.map(_askers()).fillna(cases["role"]))


def spoken_spans(turns: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Turns with the case whose span they begin in, for programs that code who speaks."""
    case = turns["case"].to_numpy(dtype=object)
    for source, rows in spans.groupby("source"):
        mine = np.flatnonzero(turns["source"] == source)
        first = np.searchsorted(turns["text_start"].to_numpy()[mine], rows["start"])
        last = np.searchsorted(turns["text_start"].to_numpy()[mine], rows["end"])
        for name, a, b in zip(rows["case"], first, last, strict=True):
            case[mine[a:b]] = name
    return turns.assign(case=case)


def code_rows(source: Iterable[Row] | pd.DataFrame) -> pd.DataFrame:
    """Codes with name, parent, theme and depth filled from the path where the file does not say."""
    rows = frame(source, CODES).drop_duplicates("code")
    parts = rows["code"].str.split("/")
    last = parts.str[-1].str.replace("\u2215", "/")
    level = _first_level(parts)
    top = parts.str[level].fillna("").str.replace("\u2215", "/")
    return rows.assign(
        name=rows["name"].where(rows["name"] != "", last),
        parent=[code.rpartition("/")[0] for code in rows["code"]],
        theme=rows["theme"].where(rows["theme"] != "", top),
        depth=rows["code"].str.count("/"),
    ).reset_index(drop=True)


def _first_level(paths: pd.Series) -> int:
    """The first level of the tree with more than one code: a sole root over all others is no theme."""
    deepest = int(paths.str.len().max()) if len(paths) else 1
    return next((i for i in range(deepest) if paths.str[i].nunique() > 1), 0)


def segment_rows(
    source: Iterable[Row] | pd.DataFrame, texts: Mapping[str, str], sources: pd.DataFrame, notes: list[Row]
) -> pd.DataFrame:
    """Segments whose span lies in its text, with ids made from content; the rest is listed."""
    rows = frame(source, SEGMENTS)
    rows = rows.assign(kind=rows["kind"].where(rows["kind"] != "", "text"))
    start, end = (
        pd.to_numeric(rows[c], errors="coerce").fillna(-1).astype("int64") for c in ("start", "end")
    )
    length = rows["source"].map({s: len(t) for s, t in texts.items()}).fillna(-1)
    spanned = rows["kind"].eq("text")
    bad = spanned & ((start < 0) | (start >= end) | (end > length))
    rows = rows.assign(start=start.where(spanned, 0), end=end.where(spanned, 0))
    # Equal answers of different people are different segments: such texts are told apart by their source.
    twins = sources["sha256"].duplicated(keep=False)
    names = sources["source"] + "|" + sources["sha256"]
    sha = dict(zip(sources["source"], sources["sha256"].where(~twins, names), strict=True))
    keys = ("source", "start", "end", "code", "coder", "round", "kind", "guid")
    rows["segment"] = [
        hashlib.sha256(f"{sha.get(s) or s}|{at}|{'' if k == 'text' else g}".encode()).hexdigest()[:12]
        for s, *at, k, g in zip(*(rows[c] for c in keys), strict=True)
    ]
    twice = ~bad & rows["segment"].duplicated()
    for mask, outcome, why in (
        (bad, "lost", N_("span is empty or outside its text")),
        (twice, "noted", N_("same coding twice")),
    ):
        notes += [dict(zip(REPORT, (g, "Coding", outcome, why), strict=True)) for g in rows.loc[mask, "guid"]]
    return rows[~(bad | twice)].reset_index(drop=True)


@cache
def _askers() -> dict[str, str]:
    """The same as teams write it, each with ours; a comparison folds the word first."""
    words, _ = load_yaml(Path(__file__).with_name("askers.yaml"))
    return {word: ours for ours in ASKERS for word in (ours, *words[ours])}


@cache
def _spellings() -> dict[str, frozenset[str]]:
    table, _ = load_yaml(Path(__file__).with_name("heads.yaml"))
    table |= {"session_id": table["document"], "coder_id": table["coder"]}
    return {ours: frozenset(_plain_head(name) for name in names) for ours, names in table.items()}


def _plain_head(name: object) -> str:
    letters = clean_name(name).replace("İ", "i").casefold().replace("ё", "е").translate(_APOSTROPHES)
    return " ".join(re.findall(r"[\w']+", letters.replace("_", " ")))


def our_heads(table: pd.DataFrame, wanted: Iterable[str]) -> pd.DataFrame:
    """A table with our names of columns where its own are another spelling of them, each used once.

    Examples
    --------
    >>> list(our_heads(pd.DataFrame(columns=["Документ", "Consent (parent)"]), ["document", "consent_carer"]))
    ['document', 'consent_carer']
    """
    names: dict[str, str] = {}
    for ours in [column for column in wanted if column not in table]:
        spellings = _spellings().get(ours, frozenset()) | {_plain_head(ours)}
        same = [head for head in table if _plain_head(head) in spellings and head not in names]
        names |= {same[0]: ours} if len(same) == 1 else {}
    return table.rename(columns=names)
