"""A keyword in its context, behind the gate."""

from collections.abc import Iterator

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.passage_gate import ATTRIBUTION, judged_spans
from digicit_lib.qualitative.tokens import fold_token, tokens


def kwic(
    project: Project, word: str, *, lang: str = "", window: int = 6, k: int = 3, sort: str = "right"
) -> pd.DataFrame:
    """A keyword in its context, from turns of participants that the gate lets through.

    Parameters
    ----------
    project : Project
    word : str
        A word, or a beginning with ``*``: ``парол*``. Case and apostrophes do not count.
    lang : str, optional
        Only turns in this language; its folding.
    window : int
        Tokens on each side.
    k : int
        As in `quotations`; unsigned sources, withheld consent, raised flags and left identifiers hide a line.
    sort : {"left", "right", "source"}
        By what stands before the keyword, after it, or by place.

    Returns
    -------
    DataFrame
        ``left keyword right source turn attribution``; ``attrs["withheld"]`` counts the hidden lines.

    Raises
    ------
    QualitativeError
        An empty word or an unknown order.

    Examples
    --------
    >>> who = pd.DataFrame({"case": ["P1"]})
    >>> kwic(Project.build({"a": "P1: yes"}, [], [], cases=who), "yes").attrs["withheld"]
    1
    """
    stem = fold_token(word.rstrip("*"), lang, yo=True)
    if not stem or sort not in ("left", "right", "source"):
        raise QualitativeError("A keyword needs letters, and an order of left, right or source.", got=sort)
    rows = list(_hits(project, stem, word.endswith("*"), lang, window))
    columns = ["left", "keyword", "right", "source", "turn", "start", "end"]
    hits = (
        judged_spans(project, pd.DataFrame(rows, columns=columns), k, ATTRIBUTION)
        if rows
        else pd.DataFrame(columns=[*columns, "attribution", "withheld"])
    )
    visible = hits[hits["withheld"] == ""]
    keys = {
        "left": lambda c: c.map(lambda t: t.split()[::-1]),
        "right": lambda c: c.map(str.lower),
        "source": None,
    }
    visible = visible.sort_values(
        "source" if sort == "source" else sort, key=keys[sort], kind="stable", ignore_index=True
    )
    result = visible[["left", "keyword", "right", "source", "turn", "attribution"]]
    result.attrs["withheld"] = len(hits) - len(visible)
    return result


def _hits(project: Project, stem: str, begins: bool, lang: str, window: int) -> Iterator[tuple[object, ...]]:
    """Lines around each hit; start and end are of the whole line shown, which is what the gate judges."""
    turns = project.turns[(project.turns["case"] != "") & ((project.turns["lang"] == lang) | (lang == ""))]
    for source, turn, start, end in zip(
        *(turns[c] for c in ("source", "turn", "text_start", "end")), strict=True
    ):
        text = project.texts[source][start:end]
        words = list(tokens(text))
        for i, hit in enumerate(words):
            word = fold_token(hit[0], lang, yo=True)
            if word == stem or (begins and word.startswith(stem)):
                first, last = words[max(i - window, 0)].start(), words[min(i + window, len(words) - 1)].end()
                yield (
                    text[first : hit.start()],
                    hit[0],
                    text[hit.end() : last],
                    source,
                    turn,
                    start + first,
                    start + last,
                )
