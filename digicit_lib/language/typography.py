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

# The last word of a number, as it is read: its closed vowel, how it ends (a vowel, a hard consonant, a soft
# one). Suffixes stand in messages as after 2 ("{n}’si") and change with the number.
_READ = dict(zip("0123456789", ["ıs", "is", "iv", "üh", "üh", "ih", "ıv", "iv", "is", "us"], strict=True))
_TENS = dict(zip("123456789", ["us", "iv", "us", "ıh", "iv", "ıh", "ih", "is", "ıs"], strict=True))
_POWERS = ((9, "ıs"), (6, "us"), (3, "is"), (2, "üs"))  # milyar, milyon, bin, yüz
_SUFFIX = re.compile(r"(\d[\d.]*(?:,\d+)?)’(ye|den|de|nin|yi|si(?:nden?)?)(?!\w)")


def with_suffixes(text: str) -> str:
    """A Turkish text whose suffixes after numbers are those of the number as it is read.

    Examples
    --------
    >>> with_suffixes("40 sorudan 3’si, 9’sinde, %84’si, 1.200’den 1,5’ye, 2013’de")
    '40 sorudan 3’ü, 9’unda, %84’ü, 1.200’den 1,5’e, 2013’te'
    """
    return _SUFFIX.sub(lambda match: f"{match[1]}’{_suffix(_last_word(match[1]), match[2])}", text)


def _last_word(number: str) -> str:
    """Vowel and end of the last word of a number: of 1.200 of "yüz", of 84 of "dört"."""
    whole, _, fraction = number.replace(".", "").partition(",")
    digits = fraction or whole
    if digits[-1] != "0" or not digits.strip("0"):
        return _READ[digits[-1]]
    zeros = len(digits) - len(digits.rstrip("0"))
    return _TENS[digits[-2]] if zeros == 1 else next(word for power, word in _POWERS if zeros >= power)


def _suffix(word: str, as_after_two: str) -> str:
    closed, end = word[0], word[1]
    is_open = "e" if closed in "iü" else "a"
    if as_after_two.startswith("d"):  # in, from
        return ("t" if end == "h" else "d") + is_open + as_after_two[2:]
    link = as_after_two[0] if end == "v" else ""
    rest = as_after_two[2:].replace("e", is_open)  # of "nin" and "sinde"
    return link + (is_open if as_after_two == "ye" else closed) + rest


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
