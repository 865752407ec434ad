"""Numbers, dates, names of countries, order of words: the forms that CLDR and ICU give a language."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

MINUS = "−"


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
    text = format_decimal(value or 0, format=pattern, locale=language, decimal_quantization=True)
    return text.replace("-", MINUS)


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
    figure = number(10.0**-decimals if below else 100 * value, language, decimals)
    return ("<" if below else "") + _percent_sign(language).format(figure)


@lru_cache
def _locale(language: str) -> Any:
    """What CLDR knows of a language; Babel loads with the first word that needs it."""
    from babel import Locale

    return Locale.parse(language)


@lru_cache
def _icu() -> Any:
    """ICU, which loads when a word needs it."""
    import icu

    return icu


@lru_cache
def _percent_sign(language: str) -> str:
    """Where CLDR puts the sign: behind the number, before it, or after a no-break space."""
    if language == "uk":  # CLDR has no space there, Ukrainian style guides and DSTU 3582 do
        return "{}\u00a0%"
    return re.sub(r"[#0,.]+", "{}", _locale(language).percent_formats[None].pattern)


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


def month_names(language: str) -> frozenset[str]:
    """Its months in small letters, whole and short, as CLDR gives them with and without a day.

    Examples
    --------
    >>> sorted(month_names("es"))[:4]
    ['abr', 'abril', 'ago', 'agosto']
    """
    forms = (form[width] for form in _locale(language).months.values() for width in ("wide", "abbreviated"))
    return frozenset(lower(name, language).strip(".") for names in forms for name in names.values())


def number_words(language: str) -> frozenset[str]:
    """Its words for the numbers that people say one by one, as ICU spells them.

    Examples
    --------
    >>> {"cero", "seis", "veinte"} <= number_words("es")
    True
    """
    icu = _icu()
    spell = icu.RuleBasedNumberFormat(icu.URBNFRuleSetTag.SPELLOUT, icu.Locale(language)).format
    numbers = (*range(31), *range(40, 100, 10), *range(100, 1000, 100), 1000)
    return frozenset(spell(each).replace("\u00ad", "") for each in numbers)


def country(code: str, language: str = "en") -> str:
    """A country's name by its ISO 3166 alpha-3 code, as CLDR gives it.

    Examples
    --------
    >>> country("TUR"), country("UKR", "tr")
    ('Türkiye', 'Ukrayna')
    """
    from babel.core import get_global

    alpha2 = get_global("territory_aliases").get(code, [code])[0]
    return str(_locale(language).territories.get(alpha2, code))


def language_name(code: str, language: str = "en") -> str:
    """A language's name by its code, as CLDR gives it; a code that is none stays.

    Examples
    --------
    >>> language_name("tr"), language_name("uk", "ru"), language_name("xx-old")
    ('Turkish', 'украинский', 'xx-old')
    """
    return str(_locale(language).languages.get(code, code))


def language_code(name: str) -> str:
    """The code of a language by its name in English, Russian, Ukrainian or Turkish, or its beginning.

    Examples
    --------
    >>> [language_code(name) for name in ("Turkish", "Русский", "укр.", "tr", "mixed")]
    ['tr', 'ru', 'uk', 'tr', 'mixed']
    """
    word = str(name).strip().rstrip(".").casefold()
    codes = {code for full, code in _language_codes().items() if len(word) > 2 and full.startswith(word)}
    return _language_codes().get(word, min(codes) if len(codes) == 1 else name)


@lru_cache
def _language_codes() -> dict[str, str]:
    from babel import Locale

    locales = (Locale(language) for language in ("en", "ru", "uk", "tr"))
    return {n.casefold(): c for each in locales for c, n in each.languages.items() if len(c) == 2}


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


def mid_sentence(text: str, language: str = "en") -> str:
    """A title as an item inside a sentence: its first letter small, unless its first word is AI or YouTube.

    Examples
    --------
    >>> mid_sentence("Saw it online"), mid_sentence("AI made it"), mid_sentence("İnterneti kullandı", "tr")
    ('saw it online', 'AI made it', 'interneti kullandı')
    """
    first = text.split(" ")[0]
    if len(first) > 1 and first[1:] != lower(first[1:], language):
        return text
    return lower(first[:1], language) + text[1:]


def capital(text: str, language: str = "en") -> str:
    """Text whose first letter is great by the language's own rule: Turkish i becomes İ.

    Examples
    --------
    >>> capital("internet", "tr"), capital("the frame"), capital("")
    ('İnternet', 'The frame', '')
    """
    first = "İ" if language == "tr" and text[:1] == "i" else text[:1].upper()
    return first + text[1:]


def direction(language: str) -> str:
    """Which way a language is written: "ltr", or "rtl" from the right.

    Examples
    --------
    >>> direction("tr"), direction("ar")
    ('ltr', 'rtl')
    """
    return "rtl" if _locale(language).character_order == "right-to-left" else "ltr"


@lru_cache
def alphabet(language: str) -> Callable[[str], Any]:
    """The key that sorts words as a dictionary of the language does (ICU's collation).

    Examples
    --------
    >>> sorted(["Ürdün", "Çekya", "Cezayir", "Uganda", "Zimbabve"], key=alphabet("tr"))
    ['Cezayir', 'Çekya', 'Uganda', 'Ürdün', 'Zimbabve']
    """
    icu = _icu()
    key: Callable[[str], Any] = icu.Collator.createInstance(icu.Locale(language)).getSortKey
    return key
