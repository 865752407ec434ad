"""What dictionaries of Russian and Ukrainian say of a word: a name, a place, an ordinary one."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from babel import Locale

from digicit_lib.qualitative.tokens import fold_token

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_NAMES = {"Name", "Surn", "Patr"}


@cache
def _dictionaries() -> tuple[Any, ...]:
    """Those of pymorphy3 where the extra `names` is installed: the rules are the floor without it."""
    if find_spec("pymorphy3") is None:
        return ()
    pymorphy3 = import_module("pymorphy3")  # a third of a second: only where talk is in Cyrillic
    return tuple(pymorphy3.MorphAnalyzer(lang=lang) for lang in ("ru", "uk"))


@cache
def countries() -> frozenset[str]:
    """Names of countries in English, Russian, Ukrainian and Turkish, folded: they tell nobody."""
    return frozenset(
        fold_token(name, lang, yo=True)
        for lang in ("en", "ru", "uk", "tr")
        for code, name in Locale(lang).territories.items()
        if len(code) == 2
    )


@cache
def senses(word: str) -> frozenset[str]:
    """The senses of a word in any form, of ``name``, ``place``, ``country`` and ``word``.

    Parameters
    ----------
    word : str
        Folded. A word in Latin letters can only be a country.

    Returns
    -------
    frozenset of str
        Empty for a word that no dictionary holds, or where no dictionary is installed.

    Examples
    --------
    >>> sorted(senses("зинаиде")), sorted(senses("верой")), sorted(senses("бразилии"))
    (['name'], ['name', 'word'], ['country'])
    """
    if word in countries():
        return frozenset({"country"})
    if word.isascii() or not _CYRILLIC.search(word):
        return frozenset()
    parses = [p for d in _dictionaries() if d.word_is_known(word) for p in d.parse(word)]
    return frozenset(_sense(parse) for parse in parses)


def in_no_dictionary(word: str) -> bool:
    """Dictionaries are there and hold no such word: slang, a nickname, a diminutive."""
    return bool(_CYRILLIC.search(word)) and bool(_dictionaries()) and not senses(word)


def _sense(parse: Any) -> str:
    if fold_token(parse.normal_form, yo=True) in countries():
        return "country"
    if parse.tag.grammemes & _NAMES:
        return "name"
    return "place" if "Geox" in parse.tag.grammemes else "word"
