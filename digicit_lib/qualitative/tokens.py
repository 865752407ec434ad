"""Words of Russian, Ukrainian, Turkish and English talk: tokens and folding."""

import re
from collections.abc import Iterator

from digicit_lib.language import N_, translate
from digicit_lib.language.codes import label_table

_EMOJI = "[\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]"
_SKIN = "[\ufe0f\U0001f3fb-\U0001f3ff]*"
# An apostrophe of any kind and a hyphen hold a word together: they’d, п'ять, İstanbul'da, какой-то, 5-й.
TOKEN = re.compile(
    r"https?://[^\s<>\"»”]+|www\.[^\s<>\"»”]+|(?<!\w)[@#]\w[\w.]*\w|(?<!\w)[@#]\w"
    r"|[^\W_]+(?:['’ʼ`\-‑][^\W_]+)*"
    f"|[\U0001f1e6-\U0001f1ff]{{2}}|{_EMOJI}{_SKIN}(?:\u200d{_EMOJI}{_SKIN})*"
)
_APOSTROPHES = dict.fromkeys(map(ord, "’ʼ`"), "'") | {ord("‑"): "-"}


_PLACEHOLDER = re.compile(r"<([A-Z]+)_?\d*>|\[([A-Z]{3,})_?\d+\]")
# What a placeholder of a masked word is called when it is printed.
MASKED = label_table("masked")


def unmasked(text: str, language: str = "en") -> str:
    """A quotation whose masked names are said in words in brackets: a code means nothing to a reader.

    Parameters
    ----------
    text : str
    language : str
        Of the quotation.

    Examples
    --------
    >>> unmasked("<NAME5> told me at <SCHOOL>")
    '[a person] told me at [a school]'
    """

    def said(match: re.Match[str]) -> str:
        kind = match[1] or match[2]
        return f"[{translate(MASKED.get(kind, N_('left out')), language)}]"

    return _PLACEHOLDER.sub(said, text)


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


def fold_token(token: str, lang: str = "", *, yo: bool = False) -> str:
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
    >>> fold_token("IŞIK", "tr"), fold_token("İstanbul’da", "tr"), fold_token("Ещё", "ru", yo=True)
    ('ışık', "istanbul'da", 'еще')
    """
    if lang == "tr":
        token = token.replace("I", "ı").replace("İ", "i")
    token = token.lower().translate(_APOSTROPHES)
    return token.replace("ё", "е") if yo else token
