"""How codes meet in the text, how much of it is coded, and where coders part."""

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.analyses import final, passages
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coders import independent, scaled

HOW = ("overlap", "adjacent", "turn", "source")
SCOPES = ("coder", "any", "across")


def cooccurrence(
    project: Project, how: str = "overlap", *, scope: str = "coder", gap: int = 0
) -> pd.DataFrame:
    """Pairs of codes that meet, with indices that name their unit.

    Parameters
    ----------
    project : Project
    how : {"overlap", "adjacent", "turn", "source"}
        Segments that share a character; that follow within `gap` characters; sets of codes of one turn or
        one source, each turn or source counted once.
    scope : {"coder", "any", "across"}
        Segments of one coder, of anyone, or of two coders.
    gap : int
        Most characters between adjacent segments.

    Returns
    -------
    DataFrame
        ``code_a code_b pairs``, then for overlap ``equal inside crossing c_coefficient jaccard_characters
        above_one``, for turn and source ``either jaccard_turns`` or ``jaccard_sources``. c_coefficient is
        ATLAS.ti's n12 / (n1 + n2 - n12) on segments, which can pass 1 where one segment meets several.

    Raises
    ------
    QualitativeError
        An unknown way or scope.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code=c, coder="A") for c in "xy"]
    >>> project = Project.build({"a": "P1: yes"}, rows, [])
    >>> cooccurrence(project)[["code_a", "code_b", "pairs"]].values.tolist()
    [['x', 'y', 1]]
    """
    if how not in HOW or scope not in SCOPES:
        raise QualitativeError(
            "Unknown kind of co-occurrence.", got=f"{how}, {scope}", allowed=", ".join((*HOW, *SCOPES))
        )
    spans = final(project).segments
    spans = spans[spans["kind"] == "text"].reset_index(drop=True)
    if how in ("turn", "source"):
        return _sets(project, spans, how, scope)
    pairs = _pairs(spans, gap if how == "adjacent" else None, scope)
    table = pairs.groupby(["code_a", "code_b"], as_index=False)
    table = table[["pairs", "equal", "inside", "crossing"]].sum()
    if how == "adjacent":
        return table[["code_a", "code_b", "pairs"]]
    count = spans.groupby("code").size()
    n1, n2 = table["code_a"].map(count), table["code_b"].map(count)
    index = (table["pairs"] / (n1 + n2 - table["pairs"]).where(lambda n: n > 0)).astype("float64")
    both = _shared(spans)
    chars = passages(spans, ["code"]).assign(n=lambda p: p["end"] - p["start"]).groupby("code")["n"].sum()
    shared = pd.Series(
        [both.get(pair, 0) for pair in zip(table["code_a"], table["code_b"], strict=True)], index=table.index
    )
    union = table["code_a"].map(chars) + table["code_b"].map(chars) - shared
    return table.assign(
        c_coefficient=index,
        jaccard_characters=(shared / union).astype("float64"),
        above_one=(index > 1) | (table["pairs"] >= n1 + n2),
    )


def _met(
    start: np.ndarray, end: np.ndarray, block: np.ndarray, gap: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Index pairs of sorted spans of one block that overlap, or follow within `gap`: two searches."""
    stride = int(end.max(initial=0)) + 2 + (gap or 0)
    begin, stop = block * stride + start, block * stride + end
    if gap is None:
        first, last = np.arange(1, len(begin) + 1), np.searchsorted(begin, stop, side="left")
    else:
        first = np.searchsorted(begin, stop, side="left")
        last = np.searchsorted(begin, stop + gap, side="right")
    many = np.maximum(last - first, 0)
    before = np.repeat(np.arange(len(begin)), many)
    right = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    return before, right


def _pairs(spans: pd.DataFrame, gap: int | None, scope: str) -> pd.DataFrame:
    spans = spans.assign(block=spans["source"].astype("category").cat.codes)
    spans = spans.sort_values(["block", "start", "end"])
    start, end, block = (spans[c].to_numpy("int64") for c in ("start", "end", "block"))
    code, coder = spans["code"].astype("category"), spans["coder"].astype("category").cat.codes.to_numpy()
    first, right = _met(start, end, block, gap)
    kinds = code.cat.codes.to_numpy()
    keep = kinds[first] != kinds[right]
    if scope != "any":
        keep &= (coder[first] == coder[right]) == (scope == "coder")
    first, right = first[keep], right[keep]
    low, high = np.minimum(kinds[first], kinds[right]), np.maximum(kinds[first], kinds[right])
    equal = (start[first] == start[right]) & (end[first] == end[right])
    inside = ~equal & ((end[right] <= end[first]) | (start[first] == start[right]))
    size = max(len(code.cat.categories), 1)
    key, place = np.unique(low.astype("int64") * size + high, return_inverse=True)
    weights = (np.ones(len(place)), equal, inside, ~equal & ~inside)
    sums = [np.bincount(place, w, len(key)).astype("int64") for w in weights]
    names = code.cat.categories.to_numpy()
    columns = {
        "code_a": names[key // size],
        "code_b": names[key % size],
        **dict(zip(("pairs", "equal", "inside", "crossing"), sums, strict=True)),
    }
    return pd.DataFrame(columns)


def _shared(spans: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Characters that both codes of a pair cover."""
    merged = passages(spans, ["code"])
    merged = merged.assign(block=merged["source"].astype("category").cat.codes)
    merged = merged.sort_values(["block", "start", "end"])
    start, end, block = (merged[c].to_numpy("int64") for c in ("start", "end", "block"))
    first, right = _met(start, end, block, None)
    code = merged["code"].astype("category")
    kinds, names = code.cat.codes.to_numpy().astype("int64"), code.cat.categories
    low, high = np.minimum(kinds[first], kinds[right]), np.maximum(kinds[first], kinds[right])
    key, place = np.unique(low * max(len(names), 1) + high, return_inverse=True)
    total = np.bincount(place, np.minimum(end[first], end[right]) - start[right], len(key))
    return {(names[k // len(names)], names[k % len(names)]): int(n) for k, n in zip(key, total, strict=True)}


def _sets(project: Project, spans: pd.DataFrame, how: str, scope: str) -> pd.DataFrame:
    """Codes of one turn or source as sets; a pair counts once in each, whoever gave it."""
    spans, _ = scaled(project, spans, how)
    many = spans.index.repeat((spans["end"] - spans["start"]).clip(lower=1))
    wide = spans.loc[many, ["source", "start", "code", "coder"]]
    wide = wide.assign(place=wide["start"] + wide.groupby(level=0).cumcount())
    wide = wide.assign(place=wide.groupby(["source", "place"]).ngroup())
    wide = wide.drop_duplicates(["place", "code", "coder"])
    together = wide.merge(wide, on="place", suffixes=("_a", "_b"))
    together = together[together["code_a"] < together["code_b"]]
    keys = ["code_a", "code_b"]
    anyone = together.drop_duplicates(["place", *keys]).groupby(keys).size()
    if scope != "any":
        together = together[(together["coder_a"] == together["coder_b"]) == (scope == "coder")]
    table = together.drop_duplicates(["place", *keys]).groupby(keys).size().rename("pairs").reset_index()
    places = wide.drop_duplicates(["place", "code"]).groupby("code").size()
    shared = anyone.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy()
    either = table["code_a"].map(places) + table["code_b"].map(places) - shared
    return table.assign(either=either.astype("int64"), **{f"jaccard_{how}s": table["pairs"] / either})


def disagreements(project: Project, code: str) -> pd.DataFrame:
    """The turns on which coders part about a code, side by side, for the meeting that settles them.

    It holds the words of the turns: a working table, never part of a report.

    Parameters
    ----------
    project : Project
    code : str
        Path, or name where only one code has it.

    Returns
    -------
    DataFrame
        ``source turn speaker text`` and a column a coder with the words that coder marked, "" for none.

    Examples
    --------
    >>> spans = ((4, 7, "A"), (12, 14, "B"))
    >>> rows = [dict(source="a", start=a, end=b, code="x", coder=c) for a, b, c in spans]
    >>> found = disagreements(Project.build({"a": "P1: yes\\nP2: no"}, rows, []), "x")
    >>> found[["turn", "A", "B"]].values.tolist()
    [[1, 'yes', ''], [2, '', 'no']]
    """
    key = project.find_code(code)
    spans = independent(project).reset_index(drop=True)
    coders = spans.groupby("source")["coder"].unique()
    mine = spans[spans["code"] == key].reset_index(drop=True)
    units, _ = scaled(project, mine, "turn")
    rows: dict[tuple[str, int], dict[str, list[str]]] = {}
    for source, a, b, first, last, coder in zip(
        mine["source"], mine["start"], mine["end"], units["start"], units["end"], mine["coder"], strict=True
    ):
        for turn in range(first, last):
            rows.setdefault((source, turn), {}).setdefault(coder, []).append(project.texts[source][a:b])
    turns = {s: t.reset_index(drop=True) for s, t in project.turns.groupby("source")}
    table = []
    for (source, turn), codings in sorted(rows.items()):
        if len(codings) < len(coders[source]):
            at = turns[source].loc[turn]
            words = {c: " … ".join(codings.get(c, [])) for c in sorted(coders[source])}
            table.append(
                {
                    "source": source,
                    "turn": at["turn"],
                    "speaker": at["speaker"],
                    "text": project.texts[source][at["text_start"] : at["end"]],
                    **words,
                }
            )
    return pd.DataFrame(table, columns=None if table else ["source", "turn", "speaker", "text"])
