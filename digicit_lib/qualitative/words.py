"""Words of Russian, Ukrainian, Turkish and English talk: tokens, folding, keyword in context."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.gate import ATTRIBUTION, judged
from digicit_lib.qualitative.model import Project

_EMOJI = "[\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]"
_SKIN = "[\ufe0f\U0001f3fb-\U0001f3ff]*"
# An apostrophe of any kind and a hyphen hold a word together: they’d, п'ять, İstanbul'da, какой-то, 5-й.
TOKEN = re.compile(
    r"https?://[^\s<>\"»”]+|www\.[^\s<>\"»”]+|(?<!\w)[@#]\w[\w.]*\w|(?<!\w)[@#]\w"
    r"|[^\W_]+(?:['’ʼ`\-‑][^\W_]+)*"
    f"|[\U0001f1e6-\U0001f1ff]{{2}}|{_EMOJI}{_SKIN}(?:\u200d{_EMOJI}{_SKIN})*"
)
_APOSTROPHES = dict.fromkeys(map(ord, "’ʼ`"), "'") | {ord("‑"): "-"}


def tokens(text: str) -> Iterator[re.Match[str]]:
    """The tokens of a text with their places; links, handles, hashtags and emoji are one each.

    Parameters
    ----------
    text : str

    Returns
    -------
    iterator of re.Match
        Words, with the apostrophes and hyphens inside them, numbers, links, handles, hashtags, emoji.

    Examples
    --------
    >>> [m[0] for m in tokens("П’ять @user: какой-то 👎🏽!")]
    ['П’ять', '@user', 'какой-то', '👎🏽']
    """
    return TOKEN.finditer(text)


def fold(token: str, lang: str = "", *, yo: bool = False) -> str:
    """A token as it is compared: lower case by the language's own rule, one apostrophe.

    Parameters
    ----------
    token : str
    lang : str
        ``tr`` keeps dotted and dotless i apart.
    yo : bool
        Take Russian ё as е.

    Returns
    -------
    str

    Examples
    --------
    >>> fold("IŞIK", "tr"), fold("İstanbul’da", "tr"), fold("Ещё", "ru", yo=True)
    ('ışık', "istanbul'da", 'еще')
    """
    if lang == "tr":
        token = token.replace("I", "ı").replace("İ", "i")
    token = token.lower().translate(_APOSTROPHES)
    return token.replace("ё", "е") if yo else token


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
    wanted = fold(word.rstrip("*"), lang, yo=True)
    if not wanted or sort not in ("left", "right", "source"):
        raise QualitativeError("A keyword needs letters, and an order of left, right or source.", got=sort)
    rows = list(_hits(project, wanted, word.endswith("*"), lang, window))
    columns = ["left", "keyword", "right", "source", "turn", "start", "end"]
    found = (
        judged(project, pd.DataFrame(rows, columns=columns), k, ATTRIBUTION)
        if rows
        else pd.DataFrame(columns=[*columns, "attribution", "withheld"])
    )
    shown = found[found["withheld"] == ""]
    keys = {
        "left": lambda c: c.map(lambda t: t.split()[::-1]),
        "right": lambda c: c.map(str.lower),
        "source": None,
    }
    shown = shown.sort_values(
        "source" if sort == "source" else sort, key=keys[sort], kind="stable", ignore_index=True
    )
    result = shown[["left", "keyword", "right", "source", "turn", "attribution"]]
    result.attrs["withheld"] = len(found) - len(shown)
    return result


def _hits(
    project: Project, wanted: str, begins: bool, lang: str, window: int
) -> Iterator[tuple[object, ...]]:
    """Lines around each hit; start and end are of the whole line shown, which is what the gate judges."""
    turns = project.turns[(project.turns["case"] != "") & ((project.turns["lang"] == lang) | (lang == ""))]
    for source, turn, start, end in zip(
        *(turns[c] for c in ("source", "turn", "text_start", "end")), strict=True
    ):
        text = project.texts[source][start:end]
        found = list(tokens(text))
        for i, hit in enumerate(found):
            word = fold(hit[0], lang, yo=True)
            if word == wanted or (begins and word.startswith(wanted)):
                first, last = found[max(i - window, 0)].start(), found[min(i + window, len(found) - 1)].end()
                yield (
                    text[first : hit.start()],
                    hit[0],
                    text[hit.end() : last],
                    source,
                    turn,
                    start + first,
                    start + last,
                )
