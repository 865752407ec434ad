"""The coded project: tidy frames over canonical texts, content-based ids, joins and merges.

Spans are half-open Unicode code points of the canonical text (no byte order mark, LF line ends).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError, suggest
from digicit_lib.qualitative.coded.parts import (
    ABOUT_PEOPLE,
    ASKERS,
    REPORT,
    SEGMENTS,
    TABLES,
    TURNS,
    Row,
    code_rows,
    frame,
    our_heads,
    segment_rows,
    source_rows,
    speaker_rows,
    spoken_spans,
    stacked_rows,
    turn_rows,
    with_roles,
)
from digicit_lib.qualitative.coded.turns import canonical_text

REVIEWS, QUOTATIONS = TABLES["reviews"]["columns"], TABLES["quotations"]["columns"]
FLAGS, MEMOS = TABLES["flags"]["columns"], TABLES["memos"]["columns"]
OF_TEAM = ("reviews", "quotations", "routing", "flags", "memos")
CONSENSUS = "consensus"
GROUPS = ("role", "age_band", "area")
T = TypeVar("T")


@dataclass(frozen=True, repr=False, eq=False)
class Project:
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
        return f"Project({', '.join(f'{len(getattr(self, n))} {n}' for n in names)})"

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

    def only(self, **columns: str | Iterable[str]) -> Project:
        """The same project with only the segments whose column has the value, or one of the values.

        Examples
        --------
        >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
        >>> p = Project.build({"a": "P1: yes"}, rows, [])
        >>> p.only(coder="B")
        Project(1 sources, 1 turns, 0 segments, 1 codes, 0 cases)
        """
        segments = self.segments
        for column, value in columns.items():
            if column not in segments:
                raise QualitativeError(
                    "Segments have no such column.", got=column, allowed=", ".join(SEGMENTS)
                )
            segments = segments[segments[column].isin([value] if isinstance(value, str) else list(value))]
        return replace(self, segments=segments.reset_index(drop=True))

    def merge(self, other: Project) -> Project:
        """Two exports or two coders' projects as one; sources are matched by the hash of their text.

        Raises
        ------
        QualitativeError
            Two different texts have one name.
        """
        self, other = _with_all_passages(self, other), _with_all_passages(other, self)
        mine = {sha: s for s, sha in zip(self.sources["source"], self.sources["sha256"], strict=True) if sha}
        pairs = list(zip(other.sources["source"], other.sources["sha256"], strict=True))
        names = {s: mine.get(sha, s) for s, sha in pairs}
        clash = [s for s, sha in pairs if sha not in mine and s in set(self.sources["source"])]
        if clash:
            what = "Two projects have different transcripts under one name."
            raise QualitativeError(what, where="merge", got=", ".join(clash), next="export both again")
        tables = ((name, getattr(self, name), getattr(other, name)) for name in _KEYS)
        frames = {name: stacked_rows(mine, theirs, names, _KEYS[name]) for name, mine, theirs in tables}
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
    ) -> Project:
        """Bring parts to the one shape: turns parsed, spans checked, ids made from content."""
        notes: list[Row] = list(report)
        texts = {source: canonical_text(text) for source, text in texts.items()}
        source_frame = source_rows(texts, sources)
        code_frame, checked = code_rows(codes), segment_rows(segments, texts, source_frame, notes)
        unknown = sorted(set(checked["code"]) - set(code_frame["code"]))
        if unknown:
            code_frame = code_rows(pd.concat([code_frame, pd.DataFrame({"code": unknown})]))
        turn_frame = turn_rows(texts, source_frame) if turns is None else frame(turns, TURNS)
        case_frame = with_roles(our_heads(frame(cases, ["case"]), ABOUT_PEOPLE).drop_duplicates())
        turn_frame = turn_frame.sort_values(["source", "start"], kind="stable", ignore_index=True)
        turn_frame = speaker_rows(turn_frame, case_frame, source_frame)
        turn_frame = turn_frame if spoken is None or spoken.empty else spoken_spans(turn_frame, spoken)
        return Project(
            texts,
            source_frame,
            turn_frame,
            checked,
            code_frame,
            case_frame,
            report=frame(notes, REPORT),
            facts=facts or {},
            **{name: frame(frames.get(name), TABLES[name]["columns"]) for name in OF_TEAM},
        )


def _with_all_passages(project: Project, other: Project) -> Project:
    """The project with the other's passages too, where both have only the words that were coded."""
    kinds = [dict(zip(p.sources["source"], p.sources["kind"], strict=True)) for p in (project, other)]
    apart = [s for s, text in project.texts.items() if text != other.texts.get(s, text)]
    for source in apart:
        if all(kind[source] == "excerpts" for kind in kinds):
            project = _with_passages(project, other, source)
    return project


def _with_passages(project: Project, other: Project, source: str) -> Project:
    """One document's lines of both, in the order of the letters: one text whichever is asked first."""
    rows = pd.concat([_lines_of(p, source) for p in (project, other)]).drop_duplicates("line")
    rows = rows.sort_values("line", kind="stable")
    start = rows["line"].str.len().cumsum() - rows["line"].str.len() + np.arange(len(rows))
    shift = dict(zip(rows["line"], start, strict=True))
    own = _lines_of(project, source)
    at = (project.segments["source"] == source) & project.segments["kind"].eq("text")
    spans = project.segments.loc[at, ["start", "end"]].astype("int64")
    row = np.searchsorted(own["start"].to_numpy("int64"), spans["start"], side="right") - 1
    by = own["line"].map(shift).to_numpy("int64") - own["start"].to_numpy("int64")
    segments = project.segments.copy()
    segments.loc[at, ["start", "end"]] = spans.add(by[row], axis=0)
    moved = rows.assign(**{c: rows[c] + start - rows["start"] for c in ("start", "text_start", "end")})
    moved = moved.assign(turn=np.arange(1, len(rows) + 1)).drop(columns="line")
    turns = pd.concat([project.turns[project.turns["source"] != source], moved], ignore_index=True)
    texts = {**project.texts, source: "\n".join(rows["line"])}
    sources = source_rows(texts, project.sources)
    turns = speaker_rows(turns, pd.concat([project.cases, other.cases]).drop_duplicates(), sources)
    return replace(project, texts=texts, sources=sources, turns=turns, segments=segments)


def _lines_of(project: Project, source: str) -> pd.DataFrame:
    turns = project.turns[project.turns["source"] == source]
    text = project.texts[source]
    return turns.assign(line=[text[a:b] for a, b in zip(turns["start"], turns["end"], strict=True)])


_KEYS = {name: table["key"] for name, table in TABLES.items()}


def speaking(project: Project, cases: pd.DataFrame) -> Project:
    """The project with `cases`: who speaks by the label, unless the file itself says which case speaks."""
    before, cases = project.turns["case"], with_roles(cases)
    turns = speaker_rows(project.turns, cases, project.sources)
    has_case = before.isin(set(cases["case"])) & before.ne("")
    roles = dict(zip(cases["case"], cases["role"], strict=True)) if "role" in cases else {}
    role = turns["role"].mask(has_case, before.map(roles).astype("object").fillna(""))
    case = turns["case"].mask(has_case, before).mask(role.isin(ASKERS), "")
    return replace(project, cases=cases, turns=turns.assign(case=case, role=role))


def recorded(project: Project, names: Sequence[str]) -> list[str]:
    """The attributes of participants or sources that the project has a value of."""
    frames = (project.cases, project.sources)
    return [n for n in names if any(n in f and f[n].astype(str).ne("").any() for f in frames)]


def headings(project: Project) -> frozenset[str]:
    """Codes that hold others and mark no passage: nobody decides whether they apply.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="help/adults", coder="A")]
    >>> sorted(headings(Project.build({"a": "P1: yes"}, rows, [{"code": "help"}, {"code": "unused"}])))
    ['help']
    """
    parts = [path.split("/") for path in project.codes["code"]]
    above = {"/".join(path[:size]) for path in parts for size in range(1, len(path))}
    return frozenset(above & set(project.codes["code"]) - set(project.segments["code"]))


def once_a_project(function: Callable[..., T]) -> Callable[..., T]:
    """A function of a project that is asked again and again: computed once, as a project never changes.

    Every caller gets a copy of its own of a frame (copy on write: free until somebody writes).
    """

    @wraps(function)
    def remembered(project: Project, *how: Any, **named: Any) -> T:
        key = (function, *(tuple(h) if isinstance(h, list) else h for h in how), *named.items())
        if key not in project.answers:
            project.answers[key] = function(project, *how, **named)
        answer = project.answers[key]
        return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer

    return remembered


def turn_index(project: Project, spans: pd.DataFrame) -> np.ndarray:
    """For each span the row in `project.turns` where it starts, or -1: one search over all sources."""
    order = {source: i for i, source in enumerate(dict.fromkeys(project.turns["source"]))}
    stride = 1 + max((len(t) for t in project.texts.values()), default=0)
    base = project.turns["source"].map(order).to_numpy(dtype="int64") * stride
    keys, ends = (base + project.turns[end].to_numpy("int64") for end in ("start", "end"))
    block = spans["source"].map(order).fillna(-1).to_numpy(dtype="int64")
    positions = block * stride + spans["start"].to_numpy("int64")
    row = np.searchsorted(keys, positions, side="right") - 1
    inside = np.zeros(len(row), bool)
    if len(keys):
        inside = (row >= 0) & (block >= 0) & (positions < ends[np.maximum(row, 0)])
    return np.where(inside & spans["kind"].eq("text").to_numpy() if "kind" in spans else inside, row, -1)
