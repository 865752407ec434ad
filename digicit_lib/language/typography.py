"""No-break spaces of the languages: what belongs together is not parted at the end of a line."""

from __future__ import annotations

import re

NBSP = "\u00a0"
_NUMBER = r"(?=[\d{])"
# By language: what stands before a space that must not break. The next is a number or a token's place.
_BEFORE_NUMBERS = {
    "ru": r"(?:№|[Сс]тать[яиеёюй]{1,2}|[Сс]татей|[Пп]ункт\w{0,2}|[Пп]араграф\w{0,2}|ст\.|п\.|пп\.|стр\.)",
    "uk": r"(?:№|[Сс]тат(?:т\w{1,3}|ей)|(?:[Пп]ункт|[Пп]араграф|[Чч]астин)\w{0,2}|ст\.|п\.|пп\.|с\.)",
    "tr": r"(?:[Mm]adde|[Mm]addeler|[Pp]aragraf|s\.|No\.)",
}
_DASH = re.compile(r"(?<=\S) (?=[—–] )")
_PERCENT = re.compile(r"(?<=[\d}]) (?=%)")
_ORDINAL = re.compile(r"(?<=[\d}]\.) (?=(?:madde|paragraf|sınıf)\w*)")


def typeset(text: str, language: str) -> str:
    """A text with the no-break spaces of its language.

    Parameters
    ----------
    text : str
        Words of a catalogue, with or without their tokens filled in.
    language : str

    Examples
    --------
    >>> typeset("Замечание № 25, статья 12 — 0 %", "ru").replace(NBSP, "~")
    'Замечание №~25, статья~12~— 0~%'
    >>> typeset("Sözleşme’nin 12. maddesi", "tr").replace(NBSP, "~")
    'Sözleşme’nin 12.~maddesi'
    """
    text = _PERCENT.sub(NBSP, _DASH.sub(NBSP, text))
    if language == "tr":
        text = _ORDINAL.sub(NBSP, text)
    words = _BEFORE_NUMBERS.get(language)
    return re.sub(rf"(?<!\w)({words}) {_NUMBER}", rf"\1{NBSP}", text) if words else text
