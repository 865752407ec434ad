"""Words of Russian, Ukrainian, Turkish and English talk: tokens and folding."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
