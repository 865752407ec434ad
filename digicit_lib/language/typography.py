"""No-break spaces of the languages: what belongs together is not parted at the end of a line."""

from __future__ import annotations

import re

NBSP = "\u00a0"
_NUMBER = r"(?=[\d{])"
# By language: what stands before a space that must not break. The next is a number or a token's place.
_THOUSANDS = r"\d{1,3}(?= \d{3}(?!\d))"
_POINTS = r"[Пп]ункт\w{0,3}|[Пп]араграф\w{0,3}"
_BEFORE_NUMBERS = {
    "ru": rf"(?:№|[Сс]тать\w{{1,3}}|[Сс]татей|[Чч]аст[ьи]|{_POINTS}|ст\.|п\.|пп\.|стр\.|{_THOUSANDS})",
    "uk": rf"(?:№|[Сс]татт\w{{1,3}}|[Сс]татей|[Чч]астин\w{{0,2}}|{_POINTS}|ст\.|п\.|пп\.|с\.|{_THOUSANDS})",
    "tr": r"(?:[Mm]adde|[Mm]addeler|[Pp]aragraf|s\.|No\.)",
}
# Before a dash, a percent sign, percentage points and millions, within points ("п. п.") and after initials.
_TIED = re.compile(
    r"(?<=\S) (?=[—–] )|(?<=[\d}]) (?=%|[пв]\. п\.|мл[нр]|трлн)"
    r"|(?<=\b[пв]\.) (?=п\.)|(?<=\b[А-Я]\.) (?=[А-Я])"
)
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
    >>> typeset("Замечание № 25, статья 12 — 0 %, 3 млрд, М. В. Ли", "ru").replace(NBSP, "~")
    'Замечание №~25, статья~12~— 0~%, 3~млрд, М.~В.~Ли'
    >>> typeset("100 000 человек; со статьями 13 и 17; {value} п. п.; в 2010 году", "ru").replace(NBSP, "~")
    '100~000 человек; со статьями~13 и 17; {value}~п.~п.; в 2010 году'
    >>> typeset("Sözleşme’nin 12. maddesi", "tr").replace(NBSP, "~")
    'Sözleşme’nin 12.~maddesi'
    """
    text = _TIED.sub(NBSP, text)
    if language == "tr":
        text = _ORDINAL.sub(NBSP, text)
    words = _BEFORE_NUMBERS.get(language)
    return re.sub(rf"(?<!\w)({words}) {_NUMBER}", rf"\1{NBSP}", text) if words else text
