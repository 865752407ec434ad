"""Words and numbers in four languages: gettext catalogues, CLDR formats, phrases made from tested results.

Messages are English in the code and in the codebook; translations are `.po` files in
`digicit_lib/codebooks/locale/<language>/`, which any translator's tool opens.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from digicit_lib.errors import LanguageError, suggest


def N_(message: str) -> str:
    """Mark words where they are written; they are said later. It gives back what it was given.

    Parameters
    ----------
    message : str
        One literal: a whole sentence or a word of a table. The extractor reads the code, not what it does.

    Examples
    --------
    >>> N_("Girls")
    'Girls'
    """
    return message


LANGUAGES = ("en", "ru", "uk", "tr")
LOCALE = Path(__file__).parents[1] / "codebooks" / "locale"
MINUS = "−"
ENGLISH = "[English]"  # begins what a page in another language says in English

# CLDR's forms: one, few, many and other (which fractions take) in Russian and Ukrainian; Turkish words after
# a number never change.
_SLAVIC = (
    4,
    "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
    "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14) ? 2 : 3)",
)
_PLURALS = {"en": (2, "(n != 1)"), "ru": _SLAVIC, "uk": _SLAVIC, "tr": (1, "0")}
# Phrases of a tested difference, by its verdict. There is none for "not shown": that is no equality.
_COMPARISONS = {
    "likely": {"more": N_("more likely than"), "less": N_("less likely than")},
    "often": {"more": N_("more often than"), "less": N_("less often than")},
    "higher": {"more": N_("higher than"), "less": N_("lower than")},
    "changed": {"more": N_("rose"), "less": N_("fell")},
}
# Upper bounds of a share and the words below them.
_SHARES = (
    (0.005, N_("almost none")),
    (0.075, N_("about one in twenty")),
    (0.15, N_("about one in ten")),
    (0.225, N_("about one in five")),
    (0.29, N_("about one in four")),
    (0.37, N_("about one in three")),
    (0.45, N_("about two in five")),
    (0.55, N_("about half")),
    (0.63, N_("about three in five")),
    (0.71, N_("about two in three")),
    (0.775, N_("about three in four")),
    (0.85, N_("about four in five")),
    (0.925, N_("about nine in ten")),
    (0.995, N_("almost all")),
    (1.01, N_("all")),
)


def check_language(code: str) -> str:
    """The code itself, or an error with the likeliest meant one.

    Examples
    --------
    >>> check_language("tr")
    'tr'
    """
    if code not in LANGUAGES:
        close = suggest(code, LANGUAGES)
        hint = f"did you mean {close}?" if close else None
        raise LanguageError("Unknown language.", got=code, allowed=", ".join(LANGUAGES), next=hint)
    return code


@lru_cache(maxsize=1 << 14)
def number(value: float, language: str = "en", decimals: int = 0) -> str:
    """A number in the language's own form.

    Parameters
    ----------
    value : float
    language : str
    decimals : int
        Always that many places, so that a column lines up.

    Examples
    --------
    >>> number(1234.5, "en", 1), number(1234.5, "tr", 1)
    ('1,234.5', '1.234,5')
    """
    from babel.numbers import format_decimal

    if value is None or math.isnan(value):
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    # A minus zero is the same key of the cache as zero, so it must be the same text.
    return format_decimal(value or 0, format=pattern, locale=language, decimal_quantization=True).replace(
        "-", MINUS
    )


def percent(value: float, language: str = "en", decimals: int = 0) -> str:
    """A share between 0 and 1 as a percentage; small shares are never rounded to nothing.

    Examples
    --------
    >>> percent(0.453), percent(0.453, "tr"), percent(0.453, "ru"), percent(0.002)
    ('45%', '%45', '45\\xa0%', '<1%')
    """
    if value is None or math.isnan(value):
        return "–"
    smallest = 0.5 * 10.0 ** -(decimals + 2)
    below = 0 < value < smallest
    shown = number(10.0**-decimals if below else 100 * value, language, decimals)
    form = {"en": "{}%", "tr": "%{}"}.get(language, "{}\u00a0%")
    return ("<" if below else "") + form.format(shown)


def date(day: dt.date, language: str = "en") -> str:
    """A date in long form.

    Examples
    --------
    >>> date(dt.date(2026, 11, 1))
    '1 November 2026'
    """
    from babel.dates import format_date

    pattern = {"en": "d MMMM y"}.get(language, "long")
    return format_date(day, pattern, locale=language)


def country(code: str, language: str = "en") -> str:
    """A country's name by its ISO 3166 alpha-3 code, as CLDR gives it.

    Examples
    --------
    >>> country("TUR"), country("UKR", "tr")
    ('Türkiye', 'Ukrayna')
    """
    from babel import Locale
    from babel.core import get_global

    alpha2 = get_global("territory_aliases").get(code, [code])[0]
    return str(Locale.parse(language).territories.get(alpha2, code))


@lru_cache
def _source(language: str) -> Any:
    """The language's `.po` file, refused when its forms are broken, without claims; None for English."""
    path = LOCALE / language / "digicit.po"
    if language == "en" or not path.is_file():
        return None
    from digicit_lib.language.gate import refuse_claims
    from digicit_lib.language.po import read

    catalogue = read(language, path)
    refuse_claims(catalogue, language)
    return catalogue


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    catalogue = _source(language)
    if catalogue is None:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def is_translated(message: str, language: str) -> bool:
    """Whether the language has its own words for a message; a fuzzy translation does not count.

    Examples
    --------
    >>> is_translated("Region", "tr"), is_translated("No such message", "tr"), is_translated("Any", "en")
    (True, False, True)
    """
    catalogue = _source(language)
    entry = catalogue.get(message) if catalogue is not None else None
    return catalogue is None or bool(entry and entry.string and not entry.fuzzy)


def lower(text: str, language: str = "en") -> str:
    """Text in small letters by the language's own rule: Turkish İ and I become i and ı.

    Examples
    --------
    >>> lower("İnternet", "tr"), lower("Internet")
    ('internet', 'internet')
    """
    pairs = (("İ", "i"), ("I", "ı")) if language == "tr" else ()
    for great, small in pairs:
        text = text.replace(great, small)
    return text.lower()


def translate(message: str, language: str = "en", **values: object) -> str:
    """A message in the language (English where there is no translation), with its values filled in.

    Examples
    --------
    >>> translate("Figure {n}", n=3)
    'Figure 3'
    """
    text = _catalogue(language).gettext(message) if message else ""
    return text.format(**values) if values else text


def each(text: str, language: str = "en", between: str = ", ") -> str:
    """The words of a list in one text, each in the language; a list that has a message of its own is one.

    Examples
    --------
    >>> each("child, girl, 12-14", "tr"), each("child, girl, 12-14")
    ('çocuk, kız, 12-14', 'child, girl, 12-14')
    """
    if is_translated(text, language):
        return translate(text, language)
    return between.join(translate(part, language) for part in text.split(between))


def plural(singular: str, many: str, n: float, language: str = "en", **values: object) -> str:
    """A sentence around a count, in the form that the language has for it.

    Parameters
    ----------
    singular, many : str
        The English sentence for one and for any other count; ``{n}`` is the count.
    n : float
        A whole number, or a fraction, which takes a form of its own in Russian and Ukrainian.
    language : str
    values
        Further values to fill in.

    Examples
    --------
    >>> plural("{n} child", "{n} children", 1), plural("{n} child", "{n} children", 1200)
    ('1 child', '1,200 children')
    """
    whole = float(n).is_integer()
    text = (
        _catalogue(language).ngettext(singular, many, int(n)) if whole else _of_fractions(singular, language)
    )
    return (text or many).format(n=number(n, language, 0 if whole else 1), **values)


def _of_fractions(singular: str, language: str) -> str:
    """The last form, CLDR's `other`; gettext's own rules know whole numbers only."""
    catalogue = _source(language)
    entry = catalogue.get(singular) if catalogue is not None else None
    return str(entry.string[-1]) if entry and isinstance(entry.string, tuple) and not entry.fuzzy else ""


def plural_forms(language: str) -> tuple[int, str]:
    """How many plural forms a language has, and gettext's rule for which one a whole number takes.

    Examples
    --------
    >>> [plural_forms(code)[0] for code in ("en", "ru", "uk", "tr")]
    [2, 4, 4, 1]
    """
    return _PLURALS[language]


def comparison(kind: str, verdict: str, language: str = "en") -> str:
    """The phrase for a tested difference, taken from its verdict and never from its sign.

    Parameters
    ----------
    kind : {"likely", "often", "higher", "changed"}
    verdict : {"more", "less"}
        Of the first group against the second, as stored with the contrast.

    Raises
    ------
    LanguageError
        Unknown kind, or a verdict that has no phrase.

    Examples
    --------
    >>> comparison("likely", "more"), comparison("changed", "less")
    ('more likely than', 'fell')
    """
    if kind not in _COMPARISONS:
        raise LanguageError("Unknown comparison.", got=kind, allowed=", ".join(_COMPARISONS))
    phrases = _COMPARISONS[kind]
    if verdict not in phrases:
        raise LanguageError("A comparison needs a verdict.", got=verdict, allowed=", ".join(phrases))
    return translate(phrases[verdict], language)


def share_in_words(value: float, language: str = "en") -> str:
    """A share in words, for readers who do not read percentages.

    Examples
    --------
    >>> share_in_words(0.34), share_in_words(0.5)
    ('about one in three', 'about half')
    """
    return translate(next(words for bound, words in _SHARES if value < bound), language)


def comparison_words() -> set[str]:
    """Every phrase that may only come from a token."""
    return {word for phrases in _COMPARISONS.values() for word in phrases.values()} | {w for _, w in _SHARES}
