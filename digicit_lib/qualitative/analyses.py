"""Tables of a coded project: codebook, frequency, framework, themes, co-occurrence, saturation, coverage.

Counts are of segments, passages, sources (groups, interviews) and participants, never a share of people:
who takes part in a focus group is not a sample of anyone.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.language import N_
from digicit_lib.language.codes import code
from digicit_lib.qualitative.coded.model import CONSENSUS, Project, once_a_project
from digicit_lib.qualitative.coded.parts import ASKERS
from digicit_lib.qualitative.coded.table_files import read_csv

MIN_CELL = 5


@once_a_project
def final(project: Project) -> Project:
    """The codings that count: the consensus coder's where a source has them, else everyone's."""
    agreed = set(project.segments.loc[project.segments["coder"] == CONSENSUS, "source"])
    rows = project.segments
    rows_left = rows[(rows["coder"] == CONSENSUS) | ~rows["source"].isin(agreed)]
    return project if len(rows_left) == len(rows) else project.only(segment=rows_left["segment"])


def passages(spans: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Text spans of equal `keys` and source that overlap, as one row (the first, with the last end)."""
    spans = spans[spans["kind"] == "text"]
    if spans.empty:
        return spans.reset_index(drop=True)
    group = spans.groupby([*keys, "source"]).ngroup().to_numpy()
    start, end = (spans[side].to_numpy(dtype="int64") for side in ("start", "end"))
    order = np.lexsort((end, start, group))
    # All groups lie on one line, each behind the last: one sweep tells where a passage begins.
    begin = (group * (end.max() + 1))[order]
    reach = np.maximum.accumulate(begin + end[order])
    first = np.concatenate([[0], np.flatnonzero(begin[1:] + start[order][1:] >= reach[:-1]) + 1])
    ends = np.maximum.reduceat(end[order], first)
    return spans.iloc[order[first]].assign(end=ends).reset_index(drop=True)


def codebook(project: Project) -> pd.DataFrame:
    """The codebook with how often each code was used.

    Parameters
    ----------
    project : Project

    Returns
    -------
    DataFrame
        ``code name theme depth definition include_when exclude_when example ... segments segments_below
        sources cases coders first_used flag``. `segments_below` counts the code's descendants too;
        `first_used` is the first source in the project's order; `flag` is ``unused``, ``one source`` or "".

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x/y", coder="A")]
    >>> p = Project.build({"a": "P1: yes"}, rows, [{"code": "x"}])
    >>> codebook(p)[["code", "segments", "segments_below", "flag"]].values.tolist()
    [['x', 0, 1, ''], ['x/y', 1, 1, 'one source']]
    """
    rows = project.context
    order = {source: i for i, source in enumerate(project.sources["source"])}
    by = rows.assign(order=rows["source"].map(order)).groupby("code")
    counts = by.agg(
        segments=("segment", "size"),
        sources=("source", "nunique"),
        coders=("coder", "nunique"),
        first=("order", "min"),
    )
    counts["cases"] = rows[rows["case"].astype("str") != ""].groupby("code")["case"].nunique()
    book = project.codes.sort_values("code", ignore_index=True).merge(
        counts.reset_index(), on="code", how="left"
    )
    numbers = ["segments", "sources", "cases", "coders"]
    book = book.assign(**{c: book[c].fillna(0).astype(int) for c in numbers})
    segments_of = dict(zip(book["code"], book["segments"], strict=True))
    sizes = segments_of.items()
    below = [sum(n for c, n in sizes if c == key or c.startswith(f"{key}/")) for key in book["code"]]
    names = project.sources["source"].to_numpy()
    first = ["" if pd.isna(i) else names[int(i)] for i in book["first"]]
    nowhere = np.array(below, dtype=int) == 0  # a theme that only holds codes is in use
    flag = np.select([nowhere, book["sources"] == 1], [N_("unused"), N_("one source")], "")
    return book.drop(columns="first").assign(segments_below=below, first_used=first, flag=flag)


@once_a_project
def frequency(
    project: Project, by: str | Sequence[str] = (), *, level: str = "code", min_cell: int = MIN_CELL
) -> pd.DataFrame:
    """Codes or themes by group: counts of what was said where and by how many, never a share of people.

    Parameters
    ----------
    project : Project
        `Project.only(coder=...)` narrows it; where a coder ``consensus`` exists, only it counts.
    by : str or sequence of str
        ``source``, or attributes of sources or participants such as ``sex``, ``age_band``.
    level : {"code", "theme"}
    min_cell : int
        A group formed by attributes of participants with fewer participants than this is suppressed, and the
        next smallest with it: counts of all would give it back.

    Returns
    -------
    DataFrame
        ``code|theme, *by, segments, passages, sources, cases, chars, words, per_1000_words, base_sources,
        of_sources, base_cases, quality, reason``. `of_sources` are the coded ones of the
        base. Segments are codings; passages count overlapping codings once; chars is the union of spans;
        per_1000_words relates passages to the words that the group spoke.

    Raises
    ------
    QualitativeError
        No such attribute or level.

    Examples
    --------
    >>> p = Project.build({"a": "P1: yes"}, [dict(source="a", start=4, end=7, code="x", coder="A")], [])
    >>> frequency(p, "source")[["code", "source", "segments", "chars"]].values.tolist()
    [['x', 'a', 1, 3]]
    """
    keys = [by] if isinstance(by, str) else list(by)
    if level not in ("code", "theme"):
        raise QualitativeError("Unknown level.", got=level, allowed="code, theme")
    rows = coded(project, keys)
    base = _bases(project, keys)
    group = [level, *keys]
    rows = rows[rows["theme"] != ""] if level == "theme" else rows
    merged = passages(rows, group)
    merged = merged.assign(chars=(merged["end"] - merged["start"]).astype("int64"))
    counts = rows.groupby(group).agg(segments=("segment", "size"), sources=("source", "nunique"))
    counts["cases"] = rows[rows["case"].astype("str") != ""].groupby(group)["case"].nunique()
    counts = counts.join(merged.groupby(group).agg(passages=("start", "size"), chars=("chars", "sum")))
    # Of a hidden group it is not told either whether it said anything: each code has a row of it.
    if keys:
        every = rows[[level]].drop_duplicates().merge(base[[*keys]], how="cross")
        counts = counts.reindex(counts.index.union(pd.MultiIndex.from_frame(every)))
    table = in_order(counts.fillna(0).astype("int64").reset_index(), group)
    # Without a text there is no base; what is coded on pictures or lost texts is counted all the same.
    whole = base.iloc[0].to_dict() if len(base) else dict.fromkeys(base.columns, 0)
    table = table.merge(base, on=keys, how="left") if keys else table.assign(**whole)
    table["per_1000_words"] = 1000 * table["passages"] / table["words"].where(table["words"] > 0)
    table = _suppress(table, keys, project, min_cell)
    return table[table["segments"] != 0].reset_index(drop=True)


@once_a_project
def coded(project: Project, keys: Sequence[str]) -> pd.DataFrame:
    """The segments that count, with theme and the attributes that `keys` name."""
    rows = final(project).context.merge(project.codes[["code", "theme"]], on="code", how="left")
    missing = [k for k in keys if k not in rows]
    if missing:
        allowed = ", ".join(sorted({*map(str, project.sources), *map(str, project.cases)} - {"case"}))
        raise QualitativeError(
            "Neither sources nor participants have this attribute.", got=missing[0], allowed=allowed
        )
    return rows


@once_a_project
def _bases(project: Project, keys: Sequence[str]) -> pd.DataFrame:
    """For each group its sources, its participants (silent ones where the file lists them), its words."""
    turns = project.spoken.assign(one=0)
    started = turns["source"].isin(set(project.segments["source"]))  # the others are not coded yet
    turns = turns.assign(coded=turns["source"].where(started), words=turns["words"].where(started, 0))
    groups = list(keys) or ["one"]
    people = turns[turns["case"] != ""]
    if "source" in project.cases:
        people = project.attributes(project.cases[["case", "source"]]).assign(one=0)
        people = people[~people["role"].isin(ASKERS)] if "role" in people else people
    base = turns.groupby(groups).agg(
        base_sources=("source", "nunique"), of_sources=("coded", "nunique"), words=("words", "sum")
    )
    base["base_cases"] = people.groupby(groups)["case"].nunique()
    base = in_order(base.fillna(0).astype("int64").reset_index(), groups)
    return base[[*keys, "base_sources", "of_sources", "base_cases", "words"]]


def in_order(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Sorted by its groups, numbers by their size: ages 9-11 stand before 12-14.

    Examples
    --------
    >>> in_order(pd.DataFrame({"age": ["12-14", "9-11"], "n": [1, 2]}), ["age"])["age"].tolist()
    ['9-11', '12-14']
    """
    return table.sort_values(list(keys), key=_padded, kind="stable", ignore_index=True)


def _padded(column: pd.Series) -> pd.Series:
    return column.astype("str").str.replace(r"\d+", lambda number: number[0].zfill(6), regex=True)


def _suppress(
    table: pd.DataFrame, keys: Sequence[str], project: Project, min_cell: int, together: bool = True
) -> pd.DataFrame:
    """Hide what a group of few participants said; groups of whole sources are not formed by who they are.

    Counts of all are told too, so the next smallest groups are hidden with it until they are not few
    `together`: what is left of all is theirs.
    """
    personal = [k for k in keys if k in project.cases and k not in ("source", "case")]
    small = (table["base_cases"] < min_cell) & bool(personal)
    if together and (small & (table["base_cases"] > 0)).any():
        groups = table.loc[table["base_cases"] > 0, [*keys, "base_cases"]].drop_duplicates()
        groups = groups.sort_values("base_cases", kind="stable")
        smaller = groups["base_cases"].cumsum() - groups["base_cases"]
        smallest = groups.loc[smaller < min_cell, [*keys]]
        small |= pd.MultiIndex.from_frame(table[[*keys]]).isin(pd.MultiIndex.from_frame(smallest))
    counts = ("segments", "passages", "sources", "cases", "chars", "words", "per_1000_words")
    masks = [column for column in counts if column in table]
    reason = code("few_participants", n=min_cell)
    table = table.assign(quality=np.where(small, "suppressed", "ok"), reason=np.where(small, reason, ""))
    return table.assign(**{c: table[c].where(~small) for c in masks}) if small.any() else table


def counts_out(counts: Sequence[int], few: Sequence[bool], least: int) -> list[bool]:
    """Which counts of people are not told where their sum is: the few, and the next until they are not.

    Parameters
    ----------
    counts : sequence of int
        In the order in which they are hidden with those that are few.
    few : sequence of bool
        Those that nobody may know.
    least : int
        The fewest people whom the untold ones may be together.

    Examples
    --------
    >>> counts_out([2, 5, 9], [True, False, False], 3), counts_out([1, 2, 0], [True, True, False], 3)
    ([True, True, False], [True, True, False])
    """
    out = list(few)
    for i, n in enumerate(counts):
        so_far = [m for m, is_out in zip(counts, out, strict=True) if is_out]
        if so_far and n and not out[i] and (len(so_far) < 2 or sum(so_far) < least):
            out[i] = True
    return out


def code_tree(project: Project) -> pd.DataFrame:
    """The codes that mark passages, below their themes, in the order and at the depth of a tree.

    Parameters
    ----------
    project : Project

    Returns
    -------
    DataFrame
        ``code theme depth passages``: `depth` from 1 below the theme, 0 where the code is the theme.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="help/adults", coder="A")]
    >>> code_tree(Project.build({"a": "P1: yes"}, rows, [])).values.tolist()
    [['help/adults', 'help', 1, 1]]
    """
    counts = frequency(project).set_index("code")["passages"]
    book = codebook(project)
    book = book[book["segments_below"] > 0].sort_values(["theme", "code"])
    book = book[book["code"].isin(counts[counts > 0].index)]
    roots = set(book.loc[book["name"] == book["theme"], "code"])
    rows = []
    for path, theme in zip(book["code"], book["theme"], strict=True):
        above = [other for other in book["code"] if path.startswith(f"{other}/") and other not in roots]
        rows.append((path, theme, 0 if path in roots else len(above) + bool(theme), int(counts[path])))
    return pd.DataFrame(rows, columns=["code", "theme", "depth", "passages"])


def framework(
    project: Project,
    rows: str | Sequence[str] = "source",
    themes: Iterable[str] | None = None,
    *,
    min_cell: int = MIN_CELL,
    summaries: str | Path | pd.DataFrame | None = None,
    together: bool = True,
) -> pd.DataFrame:
    """The theme by group matrix, one row a cell.

    Parameters
    ----------
    project : Project
    rows : str or sequence of str
        ``source``, or attributes of sources or participants.
    themes : iterable of str, optional
        In this order; all by default.
    min_cell : int
        As in `frequency`.
    summaries : path or DataFrame, optional
        A human's ``row, theme, summary``, kept between runs. A summary whose row or theme is gone makes a
        cell of quality ``orphan``, so that no one's work is lost in silence.
    together : bool
        Whether groups are hidden that would give a small one back by counts; not where only words are shown.

    Returns
    -------
    DataFrame
        ``row, *rows, theme, segments, passages, sources, base_sources, cases, base_cases, summary, quality,
        reason``; quality is ``ok``, ``empty`` (asked, nothing coded), ``not_coded`` (yet), ``not_asked``,
        ``suppressed`` or ``orphan``.

    Raises
    ------
    QualitativeError
        An unknown theme or attribute.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
    >>> p = Project.build({"a": "P1: yes", "b": "P2: no"}, rows, [])
    >>> framework(p)[["row", "theme", "segments", "quality"]].values.tolist()
    [['a', 'x', 1, 'ok'], ['b', 'x', 0, 'not_coded']]
    """
    keys = [rows] if isinstance(rows, str) else list(rows)
    names = list(themes) if themes is not None else sorted(set(project.codes["theme"]) - {""})
    unknown = [t for t in names if t not in set(project.codes["theme"])]
    if unknown:
        allowed = ", ".join(sorted(set(project.codes["theme"])))
        raise QualitativeError("No code belongs to this theme.", got=unknown[0], allowed=allowed)
    counts = frequency(project, keys, level="theme", min_cell=0)
    base = _bases(project, keys)
    base = base[(base[keys] != "").all(axis=1)]
    cells = base.merge(pd.DataFrame({"theme": names}, dtype="object"), how="cross")
    cells = cells.merge(
        counts[["theme", *keys, "segments", "passages", "sources", "cases"]], on=["theme", *keys], how="left"
    )
    numbers = {c: cells[c].fillna(0).astype("int64") for c in ("segments", "passages", "sources", "cases")}
    rows = cells[keys].itertuples(index=False)
    cells = cells.assign(row=[" · ".join(map(str, row)) for row in rows], **numbers)
    cells = _suppress(cells, keys, project, min_cell, together)
    empty = (cells["quality"] == "ok") & (cells["segments"] == 0)
    cells.loc[empty & (cells["of_sources"] == 0), "quality"] = "not_coded"
    empty &= cells["of_sources"] > 0
    cells.loc[empty, "quality"] = np.where(_unasked(project, cells, keys)[empty], "not_asked", "empty")
    count_columns = ["segments", "passages", "sources", "base_sources", "cases", "base_cases"]
    columns = ["row", *keys, "theme", *count_columns, "summary", "quality", "reason"]
    return _summarised(cells, summaries).reindex(columns=columns)


def _unasked(project: Project, cells: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Cells of whose sources the routing table says that none was asked about the theme."""
    no = project.routing[project.routing["asked"].astype("str").str.lower().isin(["no", "0", "false"])]
    silent = set(zip(no["source"], no["theme"], strict=True))
    members = project.spoken.groupby(list(keys))["source"].unique()
    at = cells[list(keys)].itertuples(index=False, name=None)
    groups = [members.get(row if len(keys) > 1 else row[0], ()) for row in at]
    return np.array(
        [
            len(sources) > 0 and all((source, theme) in silent for source in sources)
            for sources, theme in zip(groups, cells["theme"], strict=True)
        ],
        dtype=bool,
    )


def _summarised(cells: pd.DataFrame, summaries: str | Path | pd.DataFrame | None) -> pd.DataFrame:
    if summaries is None:
        return cells.assign(summary="")
    table = summaries if isinstance(summaries, pd.DataFrame) else read_csv(Path(summaries))
    if not {"row", "theme", "summary"} <= set(table.columns):
        raise QualitativeError("Summaries lack a column.", allowed="row, theme, summary")
    both = cells.merge(table[["row", "theme", "summary"]], on=["row", "theme"], how="outer", indicator="from")
    both["quality"] = both["quality"].where(both["from"] != "right_only", "orphan")
    order = {pair: i for i, pair in enumerate(zip(cells["row"], cells["theme"], strict=True))}
    place = [order.get(pair, len(order)) for pair in zip(both["row"], both["theme"], strict=True)]
    both = both.assign(summary=both["summary"].fillna(""), reason=both["reason"].fillna(""), place=place)
    return both.sort_values("place", kind="stable", ignore_index=True).drop(columns=["from", "place"])
