"""The coded project: tidy frames over canonical texts, content-based ids, joins and merges.

Spans are half-open Unicode code points of the canonical text (no byte order mark, LF line ends).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError, suggest
from digicit_lib.language import N_
from digicit_lib.qualitative.coded.turns import canonical_text, parse_turns, text_sha256

SEGMENTS = ["segment", "source", "start", "end", "code", "coder", "kind", "round", "memo", "guid"]
CODES = [
    "code",
    "name",
    "parent",
    "theme",
    "depth",
    "definition",
    "include_when",
    "exclude_when",
    "example",
    "construct",
    "indicator_ids",
    "crc_articles",
    "version",
    "status",
]
TURNS = ["source", "turn", "start", "text_start", "end", "speaker", "case", "role", "lang", "translation"]
REVIEWS = ["source", "reviewer", "signed_on", "safeguarding", "text_sha256"]
QUOTATIONS = ["source", "start", "end", "approved", "approved_by", "text_en", "translator", "negative"]
FLAGS = ["source", "turn", "kind", "cleared_by", "cleared_on"]
MEMOS = ["kind", "name", "text", "author", "date"]
REPORT = ["guid", "element", "outcome", "reason"]
CONSENSUS = "consensus"
ASKERS = ("moderator", "interviewer", "facilitator", "note taker")
# The same as teams write it; a comparison folds the word first.
_ASKERS_SAID = {
    **{word: word for word in ASKERS},
    **dict.fromkeys(("mod", "модератор", "модераторка", "moderatör", "co-moderator"), "moderator"),
    **dict.fromkeys(("интервьюер", "інтерв'юер", "інтерв'юерка", "görüşmeci", "researcher"), "interviewer"),
    **dict.fromkeys(("фасилитатор", "фасилітатор", "фасилітаторка", "kolaylaştırıcı"), "facilitator"),
    **dict.fromkeys(("note-taker", "notetaker", "note_taker", "observer", "assistant"), "note taker"),
    **dict.fromkeys(("наблюдатель", "ассистент", "спостерігач", "асистент", "асистентка"), "note taker"),
    **dict.fromkeys(("gözlemci", "yazman", "raportör", "asistan"), "note taker"),
}
GROUPS = ("role", "age_band", "area")
Row = dict[str, Any]
T = TypeVar("T")


def frame(rows: Iterable[Row] | pd.DataFrame | None, columns: Sequence[str]) -> pd.DataFrame:
    """A frame that has at least `columns`, in that order; a missing text is an empty one."""
    data = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows or []))
    extra = [c for c in data.columns if c not in columns]
    data = data.reindex(columns=[*columns, *extra])
    missing, numeric = data.isna(), pd.api.types.is_numeric_dtype
    texts = [c for c, dtype in data.dtypes.items() if not numeric(dtype) or missing[c].all()]
    data[texts] = data[texts].astype("object").where(~missing[texts], "")
    return data


@dataclass(frozen=True, repr=False, eq=False)
class CodedProject:
    """A coded project. Never changed in place; its representation never shows a text.

    Attributes
    ----------
    texts : mapping
        Source to canonical text.
    sources, turns, segments, codes, cases : DataFrame
        Tidy frames. A segment is one coding: source, [start, end), code, coder; `kind` is ``text``,
        ``area``, ``time``, ``source`` (whole) or ``lost`` (its text is not there). A case is a speaker.
    reviews, quotations, routing, flags : DataFrame
        Signatures by source, the reviewers' decision on each quotation, what was asked where, flags that
        somebody cleared.
    memos : DataFrame
        Notes and journals of the team, where the program wrote them; printed only where a sheet says so.
    report : DataFrame
        By guid or row what the import lost, repaired or only noted.
    facts : mapping
        Writer, offset convention with its score and margin, element counts.
    """

    texts: Mapping[str, str]
    sources: pd.DataFrame
    turns: pd.DataFrame
    segments: pd.DataFrame
    codes: pd.DataFrame
    cases: pd.DataFrame
    reviews: pd.DataFrame
    quotations: pd.DataFrame
    routing: pd.DataFrame
    report: pd.DataFrame
    flags: pd.DataFrame
    memos: pd.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        names = ("sources", "turns", "segments", "codes", "cases")
        return f"CodedProject({', '.join(f'{len(getattr(self, n))} {n}' for n in names)})"

    @property
    def coders(self) -> pd.DataFrame:
        """Coders with their segments and sources."""
        grouped = self.segments.groupby("coder", sort=True)
        return grouped.agg(segments=("segment", "size"), sources=("source", "nunique")).reset_index()

    @cached_property
    def answers(self) -> dict[Any, Any]:
        """What `once_a_project` remembers."""
        return {}

    @cached_property
    def context(self) -> pd.DataFrame:
        """Segments with the turn, speaker, case and attributes of where they start."""
        joined = self.segments.assign(row=turn_index(self, self.segments))
        turns = self.turns.drop(columns=["start", "end", "source"])
        joined = joined.merge(turns, left_on="row", right_index=True, how="left").drop(columns="row")
        words = [c for c in ("speaker", "case", "role", "lang", "translation") if c in joined]
        return self.attributes(joined.assign(**{c: joined[c].astype("object").fillna("") for c in words}))

    @cached_property
    def spoken(self) -> pd.DataFrame:
        """Turns of those who are not asking, with their number of words and their attributes."""
        turns = self.turns[~self.turns["role"].isin(ASKERS)]
        places = zip(turns["source"], turns["text_start"], turns["end"], strict=True)
        words = [len(self.texts[s][a:b].split()) for s, a, b in places]
        return self.attributes(turns.assign(words=words).drop(columns="translation"))

    def attributes(self, rows: pd.DataFrame) -> pd.DataFrame:
        """`rows` (with `source` and `case`) joined with the attributes of the case, then of the source."""
        cases = self.cases.drop_duplicates("case").drop(columns=["source", "speaker"], errors="ignore")
        old = [c for c in rows.columns if c in cases.columns and c != "case"]
        rows = rows.drop(columns=old).astype({"case": "object"})
        joined = rows.merge(cases, on="case", how="left")
        new = [c for c in self.sources.columns if c not in joined.columns]
        return joined.merge(self.sources[["source", *new]], on="source", how="left").set_axis(rows.index)

    def find_code(self, name: str) -> str:
        """The key of a code given by its path or, where only one code has it, its name."""
        matches = self.codes.loc[(self.codes["code"] == name) | (self.codes["name"] == name), "code"]
        if name in set(matches) or len(matches) == 1:
            return name if name in set(matches) else str(matches.iloc[0])
        what = "Several codes have this name." if len(matches) else "No code has this name."
        near = suggest(name, self.codes["code"].tolist() + self.codes["name"].tolist())
        raise QualitativeError(what, got=name, next=f"use the path, such as {near!r}" if near else None)

    def only(self, **columns: str | Iterable[str]) -> CodedProject:
        """The same project with only the segments whose column has the value, or one of the values.

            Examples
            --------
            >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
        >>> p = CodedProject.build({"a": "P1: yes"}, rows, [])
            >>> p.only(coder="B")
            CodedProject(1 sources, 1 turns, 0 segments, 1 codes, 0 cases)
        """
        segments = self.segments
        for column, value in columns.items():
            if column not in segments:
                raise QualitativeError(
                    "Segments have no such column.", got=column, allowed=", ".join(SEGMENTS)
                )
            segments = segments[segments[column].isin([value] if isinstance(value, str) else list(value))]
        return replace(self, segments=segments.reset_index(drop=True))

    def join_participants(
        self, rows: pd.DataFrame, on: Sequence[str] = ("source", "speaker")
    ) -> CodedProject:
        """The project with `rows` as its cases, found by source and speaker (or by `case`).

        Raises
        ------
        QualitativeError
            A key column is missing or a participant stands twice.
        """
        rows = rows.rename(columns={"document": "source", "pid": "case", "session_id": "source"})
        missing = [c for c in on if c not in rows]
        if missing or rows.duplicated(list(on)).any():
            what = "Participants lack a key column." if missing else "A participant stands twice."
            raise QualitativeError(
                what, where="participants", got=", ".join(missing) or None, allowed=", ".join(on)
            )
        if "case" not in rows:
            rows = rows.assign(case=rows["source"].astype(str) + "/" + rows["speaker"].astype(str))
        return replace(self, cases=frame(rows, ["case"]), turns=_speakers(self.turns, rows, self.sources))

    def merge(self, other: CodedProject) -> CodedProject:
        """Two exports or two coders' projects as one; sources are matched by the hash of their text.

        Raises
        ------
        QualitativeError
            Two different texts have one name.
        """
        mine = {sha: s for s, sha in zip(self.sources["source"], self.sources["sha256"], strict=True) if sha}
        pairs = list(zip(other.sources["source"], other.sources["sha256"], strict=True))
        names = {s: mine.get(sha, s) for s, sha in pairs}
        clash = [s for s, sha in pairs if sha not in mine and s in set(self.sources["source"])]
        if clash:
            what = "Two projects have different transcripts under one name."
            raise QualitativeError(what, where="merge", got=", ".join(clash), next="export both again")
        frames = {
            name: _stack(getattr(self, name), getattr(other, name), names, keys)
            for name, keys in _KEYS.items()
        }
        texts = {**{names[s]: t for s, t in other.texts.items()}, **self.texts}
        return replace(self, texts=texts, facts={**other.facts, **self.facts}, **frames)

    @staticmethod
    def build(
        texts: Mapping[str, str],
        segments: Iterable[Row] | pd.DataFrame,
        codes: Iterable[Row] | pd.DataFrame,
        *,
        sources: Iterable[Row] | pd.DataFrame | None = None,
        turns: pd.DataFrame | None = None,
        cases: pd.DataFrame | None = None,
        spoken: pd.DataFrame | None = None,
        report: Iterable[Row] = (),
        facts: Mapping[str, Any] | None = None,
        **frames: pd.DataFrame | None,
    ) -> CodedProject:
        """Bring parts to the one shape: turns parsed, spans checked, ids made from content."""
        notes: list[Row] = list(report)
        texts = {source: canonical_text(text) for source, text in texts.items()}
        source_frame = _sources(texts, sources)
        code_frame, checked = _codes(codes), _segments(segments, texts, source_frame, notes)
        unknown = sorted(set(checked["code"]) - set(code_frame["code"]))
        if unknown:
            code_frame = _codes(pd.concat([code_frame, pd.DataFrame({"code": unknown})]))
        turn_frame = _turns(texts, source_frame) if turns is None else frame(turns, TURNS)
        case_frame = with_roles(frame(cases, ["case"]).drop_duplicates())
        turn_frame = turn_frame.sort_values(["source", "start"], kind="stable", ignore_index=True)
        turn_frame = _speakers(turn_frame, case_frame, source_frame)
        turn_frame = turn_frame if spoken is None or spoken.empty else _spoken(turn_frame, spoken)
        return CodedProject(
            texts,
            source_frame,
            turn_frame,
            checked,
            code_frame,
            case_frame,
            frame(frames.get("reviews"), REVIEWS),
            frame(frames.get("quotations"), QUOTATIONS),
            frame(frames.get("routing"), ["source", "theme", "asked"]),
            frame(notes, REPORT),
            frame(frames.get("flags"), FLAGS),
            frame(frames.get("memos"), MEMOS),
            facts or {},
        )


_KEYS = {
    "sources": ["source"],
    "turns": ["source", "start"],
    "segments": ["segment"],
    "codes": ["code"],
    "cases": ["case"],
    "reviews": ["source"],
    "quotations": ["source", "start", "end"],
    "routing": ["source", "theme"],
    "report": REPORT,
    "flags": ["source", "turn", "kind"],
    "memos": ["kind", "name", "text"],
}


def _stack(
    mine: pd.DataFrame, theirs: pd.DataFrame, names: Mapping[str, str], keys: list[str]
) -> pd.DataFrame:
    if "source" in theirs:
        theirs = theirs.assign(source=theirs["source"].map(names).fillna(theirs["source"]))
    both = pd.concat([mine, theirs.reindex(columns=mine.columns.union(theirs.columns, sort=False))])
    return frame(both.drop_duplicates(keys).reset_index(drop=True), list(mine.columns))


def _sources(texts: Mapping[str, str], rows_of: Iterable[Row] | pd.DataFrame | None) -> pd.DataFrame:
    rows = frame(rows_of, ["source", "kind", "lang"])
    absent = [s for s in texts if s not in set(rows["source"])]
    rows = pd.concat([rows, frame([{"source": s} for s in absent], list(rows.columns))], ignore_index=True)
    texts_of = [texts.get(s) for s in rows["source"]]
    return rows.assign(
        kind=rows["kind"].where(rows["kind"] != "", "text"),
        chars=[len(t or "") for t in texts_of],
        sha256=["" if t is None else text_sha256(t) for t in texts_of],
    )


def _turns(texts: Mapping[str, str], sources: pd.DataFrame) -> pd.DataFrame:
    lang = dict(zip(sources["source"], sources["lang"], strict=True))
    parsed = ((source, parse_turns(text)) for source, text in texts.items())
    rows = [
        (s, n, a, b, c, who, lang.get(s, ""))
        for s, turns in parsed
        for n, (a, b, c, who) in enumerate(turns, 1)
    ]
    columns = ["source", "turn", "start", "text_start", "end", "speaker", "lang"]
    return frame(pd.DataFrame(rows, columns=columns), TURNS)


def _speakers(turns: pd.DataFrame, cases: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
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
            role = [ASKERS[0] if pair in asks else r for pair, r in zip(pairs, role, strict=True)]
    spoke = ["" if r in ASKERS else c for c, r in zip(case, role, strict=True)]
    return turns.assign(case=spoke, role=role)


def with_roles(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases whose role says who asks in one way, as the team may write it in its own language."""
    if "role" not in cases:
        return cases
    said = cases["role"].astype(str).str.strip().str.casefold().str.replace("[’ʼ]", "'", regex=True)
    return cases.assign(role=said.map(_ASKERS_SAID).fillna(cases["role"]))


def speaking(project: CodedProject, cases: pd.DataFrame) -> CodedProject:
    """The project with `cases`: who speaks by the label, unless the file itself says which case speaks."""
    before, cases = project.turns["case"], with_roles(cases)
    turns = _speakers(project.turns, cases, project.sources)
    has_case = before.isin(set(cases["case"])) & before.ne("")
    roles = dict(zip(cases["case"], cases["role"], strict=True)) if "role" in cases else {}
    role = turns["role"].mask(has_case, before.map(roles).astype("object").fillna(""))
    case = turns["case"].mask(has_case, before).mask(role.isin(ASKERS), "")
    return replace(project, cases=cases, turns=turns.assign(case=case, role=role))


def _spoken(turns: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Turns with the case whose span they begin in, for programs that code who speaks."""
    case = turns["case"].to_numpy(dtype=object)
    for source, rows in spans.groupby("source"):
        mine = np.flatnonzero(turns["source"] == source)
        first = np.searchsorted(turns["text_start"].to_numpy()[mine], rows["start"])
        last = np.searchsorted(turns["text_start"].to_numpy()[mine], rows["end"])
        for name, a, b in zip(rows["case"], first, last, strict=True):
            case[mine[a:b]] = name
    return turns.assign(case=case)


def _codes(source: Iterable[Row] | pd.DataFrame) -> pd.DataFrame:
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


def _segments(
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
    for mask, outcome, reason in (
        (bad, "lost", N_("span is empty or outside its text")),
        (twice, "noted", N_("same coding twice")),
    ):
        notes += [
            dict(zip(REPORT, (g, "Coding", outcome, reason), strict=True)) for g in rows.loc[mask, "guid"]
        ]
    return rows[~(bad | twice)].reset_index(drop=True)


def recorded(project: CodedProject, names: Sequence[str]) -> list[str]:
    """The attributes of participants or sources that the project has a value of."""
    frames = (project.cases, project.sources)
    return [n for n in names if any(n in f and f[n].astype(str).ne("").any() for f in frames)]


def once_a_project(function: Callable[..., T]) -> Callable[..., T]:
    """A function of a project that is asked again and again: computed once, as a project never changes.

    Every caller gets a copy of its own of a frame (copy on write: free until somebody writes).
    """

    @wraps(function)
    def remembered(project: CodedProject, *how: Any) -> T:
        key = (function, *(tuple(h) if isinstance(h, list) else h for h in how))
        if key not in project.answers:
            project.answers[key] = function(project, *how)
        answer = project.answers[key]
        return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer

    return remembered


def turn_index(project: CodedProject, spans: pd.DataFrame) -> np.ndarray:
    """For each span the row in `project.turns` where it starts, or -1: one search over all sources."""
    order = {source: i for i, source in enumerate(dict.fromkeys(project.turns["source"]))}
    stride = 1 + max((len(t) for t in project.texts.values()), default=0)
    base = project.turns["source"].map(order).to_numpy(dtype="int64") * stride
    keys, ends = (
        base + project.turns["start"].to_numpy("int64"),
        base + project.turns["end"].to_numpy("int64"),
    )
    block = spans["source"].map(order).fillna(-1).to_numpy(dtype="int64")
    positions = block * stride + spans["start"].to_numpy("int64")
    row = np.searchsorted(keys, positions, side="right") - 1
    inside = (
        (row >= 0) & (block >= 0) & (positions < ends[np.maximum(row, 0)])
        if len(keys)
        else np.zeros(len(row), bool)
    )
    return np.where(inside & spans["kind"].eq("text").to_numpy() if "kind" in spans else inside, row, -1)
