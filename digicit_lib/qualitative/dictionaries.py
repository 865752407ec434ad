"""What dictionaries say of a word: a name, a place, an ordinary one, or one that no dictionary holds."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel import Locale

from digicit_lib.qualitative.names import cue, suffix
from digicit_lib.qualitative.tokens import fold_token

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_FOREIGN = 0.25  # of the words, not in the dictionary: another language
_MOSTLY = 0.6  # of a word's uses, as a name
COMMON = 3e-6  # three times in a million words
RARE = 2e-6
TOWNS = 2e-5  # of all words: no town of Turkey but the provinces is said oftener
# Kazakh, Kyrgyz and Tatar have letters of both beside their own: no dictionary of ours is theirs.
_LETTERS = {"": "[әғқңөұүһў]", "ru": "[ыэъё]", "uk": "[іїєґ]"}
_HARD = str.maketrans("bcdğ", "pçtk")
_CIRCUMFLEX = str.maketrans("âîû", "aiu")
_NAMES = {"Name", "Surn", "Patr"}
_PLACES = {"Geox", "Orgn"}  # a works or a club names a quarter: Уралмаш


@cache
def _dictionaries() -> tuple[Any, ...]:
    """Those of pymorphy3 where the extra `names` is installed: the rules are the floor without it."""
    if find_spec("pymorphy3") is None:
        return ()
    pymorphy3 = import_module("pymorphy3")  # a third of a second: only where talk is in Cyrillic
    return tuple(pymorphy3.MorphAnalyzer(lang=lang) for lang in ("ru", "uk"))


@cache
def countries() -> frozenset[str]:
    """Folded names of countries and languages in English, Russian, Ukrainian, Turkish: they tell nobody."""
    return frozenset(
        fold_token(name, lang, yo=True)
        for lang in ("en", "ru", "uk", "tr")
        for names in (Locale(lang).territories, Locale(lang).languages)
        for code, name in names.items()
        if len(code) == 2
    )


@cache
def cities() -> frozenset[str]:
    """Folded names of the cities by which clocks are set (CLDR): they tell somebody whose home they are."""
    parts = ("Europe", "Asia", "Africa", "Aus")
    zones = [zone for zone in map(str, Locale("ru").time_zones) if zone.startswith(parts)]
    names = {zone.split("/")[-1].lower() for zone in zones}
    for lang in ("ru", "uk", "tr"):
        table: Mapping[str, Any] = Locale(lang).time_zones
        names |= {fold_token(table[z]["city"], lang, yo=True) for z in zones if "city" in table.get(z, {})}
    return frozenset(names) - countries()


@cache
def senses(word: str, lang: str = "") -> frozenset[str]:
    """The senses of a word in any form, of ``name``, ``place``, ``city``, ``country`` and ``word``.

    Parameters
    ----------
    word : str
        Folded. A word in Latin letters can only be a country or a city.
    lang : str
        Of the talk, where known: `ru` asks the Ukrainian dictionary for words that the Russian one lacks.

    Returns
    -------
    frozenset of str
        Empty for a word that no dictionary holds, or where no dictionary is installed.

    Examples
    --------
    >>> sorted(senses("зинаиде")), sorted(senses("верой")), sorted(senses("бразилии"))
    (['name'], ['name', 'word'], ['country'])
    """
    if word in countries() or word in cities():
        return frozenset({"country" if word in countries() else "city"})
    if word.isascii() or not _CYRILLIC.search(word):
        return frozenset()
    parses = [d.parse(word) if d.word_is_known(word) else [] for d in _dictionaries()]
    # In Ukrainian nearly every noun is somebody's surname.
    asked = parses[:1] if lang == "ru" and parses and parses[0] else parses
    kinds = frozenset(_sense(parse) for several in asked for parse in several)
    # The Russian dictionary counts uses; what Ukrainian has as a word is one.
    mostly = sum(p.score for p in [*parses, []][0] if p.tag.grammemes & _NAMES) >= _MOSTLY
    ordinary = any(_sense(parse) == "word" for several in parses[1:] for parse in several)
    return kinds - {"word"} if mostly and not ordinary else kinds


def in_no_dictionary(word: str, lang: str = "") -> bool:
    """Dictionaries are there and hold no such word: slang, a nickname, a rare name.

    Parameters
    ----------
    word : str
        Folded.
    lang : str
        Of a word in Latin letters: `en` or `tr`, else nothing is said of it.

    Examples
    --------
    >>> [in_no_dictionary(w, "en") for w in ("bethan", "phones", "dont")]
    [True, False, False]
    >>> [in_no_dictionary(w, "tr") for w in ("abdulmenaf", "telefonumuzu", "gitmiyordu")]
    [True, False, False]
    """
    if _CYRILLIC.search(word):
        return bool(_dictionaries()) and not senses(word)
    plain = word.split("'")[0]
    plain = cue("put_before").sub("", plain) if lang == "en" else plain
    if lang == "tr" and _turkish():
        inflects = cue("inflected").fullmatch(plain) and not cue("arabic_name").fullmatch(plain)
        return not (plain in _turkish() or inflects or _begins_common(plain) or inflects_common(plain))
    english = _english() if lang == "en" else {}
    known = any(form in english for form in (plain, *_restored(plain))) or cue("shortened").fullmatch(plain)
    return bool(english) and not known


def is_ordinary(word: str, lang: str = "") -> bool:
    """Whether a dictionary has a word, folded, and as neither a name nor a place.

    Examples
    --------
    >>> [is_ordinary(w) for w in ("физике", "мороз", "пекине")], is_ordinary("drama", "en")
    ([True, False, False], True)
    """
    if _CYRILLIC.search(word):
        sense = senses(word, lang)
        return "word" in sense and not sense & {"name", "place", "city"}
    if lang == "tr":
        if often(word, COMMON) and not re.search("[dt][ae]n?$", word):
            return True
        return often(word, TOWNS) or bool(
            cue("inflected").fullmatch(word) and (often(word, COMMON) or len(word) > 8)
        )
    return lang == "en" and bool(_english()) and not in_no_dictionary(word, "en")


def uncommon(word: str) -> bool:
    """Whether a Turkish word is rare enough to be a name beside a person: `kuzenim ergül`.

    Examples
    --------
    >>> uncommon("ergül"), uncommon("telefon"), uncommon("gösterdi")
    (True, False, False)
    """
    return rarer(word, COMMON) and not cue("inflected").fullmatch(word)


def seldom(word: str, lang: str) -> bool:
    """Whether a word is so rare in talk that one written large may name somebody.

    Examples
    --------
    >>> [seldom(w, "en") for w in ("ludo", "homework")], [seldom(w, "tr") for w in ("ılgın", "ödevden")]
    ([True, False], [True, False])
    """
    if lang == "tr":
        return uncommon(word) and not inflects_common(word) and not _begins_common(word)
    if _CYRILLIC.search(word):
        return _seldom_in_cyrillic(word, lang)
    plain = cue("put_before").sub("", word.split("'")[0])
    stem = re.sub("(?:ies|e?s|e?d|ing|ly|e?r)$", "", plain)
    forms = (plain, stem, stem + "e", stem + "y")
    return bool(_said()) and lang == "en" and all(_said().get(form, 0) < COMMON for form in forms)


@lru_cache(maxsize=1 << 16)
def _seldom_in_cyrillic(word: str, lang: str) -> bool:
    """Whether neither a Cyrillic word nor its first form is said in talk."""
    if lang not in ("ru", "uk") or not (_dictionaries() and _frequencies(lang)):
        return False
    parses = _dictionaries()[lang == "uk"].parse(word)
    forms = {word, *(fold_token(p.normal_form, yo=lang == "ru") for p in parses)}
    return all(_frequencies(lang).get(form, 0) < RARE for form in forms)


def is_noun(word: str, lang: str, case: str = "") -> bool:
    """Whether a Cyrillic word is a noun, as nicknames are; of one in Latin letters nothing is said."""
    if not _CYRILLIC.search(word) or not _dictionaries():
        return True
    parses = _dictionaries()[lang == "uk"].parse(word)
    return "NOUN" in parses[0].tag and any(case in p.tag for p in parses if case) >= bool(case)


def rare_stem(word: str) -> bool:
    """Whether no reading of a Turkish word as a stem and a suffix is said often, and it is no verb.

    Examples
    --------
    >>> rare_stem("ejder"), rare_stem("bahçede")
    (True, False)
    """
    stems = {word, *(word[:size] for size in range(3, len(word)) if suffix().fullmatch(word, size))}
    return not cue("inflected").fullmatch(word) and all(rarer(stem, 1e-5) for stem in stems)


def rarer(word: str, share: float) -> bool:
    """Whether a Turkish word is less than this share of all words; never where no dictionary is.

    Examples
    --------
    >>> rarer("siverek", 2e-5), rarer("bahçe", 2e-5)
    (True, False)
    """
    return bool(_turkish()) and _share(word) < share


def often(word: str, share: float) -> bool:
    """Whether a Turkish word is at least this share of all words; never where no dictionary is.

    Examples
    --------
    >>> often("polis", 2e-5), often("siverek", 2e-5)
    (True, False)
    """
    return _share(word) >= share


def told_language(text: str) -> str:
    """The language of a text by its letters, or whose dictionary holds most of its words, or "".

    Examples
    --------
    >>> told_language("so he took my phone and then everyone saw it"), told_language("і що це було")
    ('en', 'uk')
    >>> told_language("біз қуанып, үйге келдік")
    ''
    """
    cyrillic = {lang: len(re.findall(letters, text)) for lang, letters in _LETTERS.items()}
    if any(cyrillic.values()):
        return max(cyrillic, key=cyrillic.__getitem__)
    words = {match[0] for match in re.finditer(r"[a-zçğıöşüâîû]{4,}", text)}
    for lang in ("en", "tr"):
        if words and sum(in_no_dictionary(word, lang) for word in words) < _FOREIGN * len(words):
            return lang if (_english() if lang == "en" else _turkish()) else ""
    return ""


@cache
def _english() -> Mapping[str, str]:
    """Simplemma's words; names stand in it with a capital."""
    if find_spec("simplemma") is None:
        return {}
    factory = import_module("simplemma.strategies.dictionaries.dictionary_factory")
    words: Mapping[str, str] = factory.DefaultDictionaryFactory().get_dictionary("en")
    return words


def _said() -> Mapping[str, float]:
    """29,000 words that English says at least once in a million."""
    return _frequencies("en")


def _turkish() -> Mapping[str, float]:
    """63,000 words of Turkish."""
    return _frequencies("tr")


@cache
def _frequencies(lang: str) -> Mapping[str, float]:
    """Wordfreq's words with their frequency: its file of centibels is read without its slow import."""
    spec = find_spec("wordfreq")
    if spec is None:
        return {}
    folder = Path((spec.submodule_search_locations or [""])[0])
    packed = gzip.decompress((folder / "data" / f"small_{lang}.msgpack.gz").read_bytes())
    _, *buckets = import_module("msgpack").unpackb(packed, raw=False)
    return {word: 10 ** (-bel / 100) for bel, words in enumerate(buckets) for word in words}


def _share(word: str) -> float:
    """How often a Turkish word is said, with a circumflex or without."""
    bare = word.translate(_CIRCUMFLEX)
    return max(_turkish().get(word, 0), _turkish().get(bare, 0) if bare != word else 0)


def inflects_common(word: str) -> bool:
    """Whether a Turkish word is an everyday one with a suffix.

    Examples
    --------
    >>> inflects_common("selde"), inflects_common("sivereklide")
    (True, False)
    """
    sizes = [size for size in range(3, len(word)) if suffix().fullmatch(word, size)]
    return any(often(stem, TOWNS if size < 6 else COMMON) for size in sizes for stem in hardened(word[:size]))


def hardened(stem: str) -> tuple[str, ...]:
    """A Turkish stem and what it is without a suffix: ``klib`` of klip, ``fiziğ`` of fizik."""
    hard = stem[-1:].translate(_HARD)
    return (stem, stem[:-1] + hard) if hard != stem[-1:] else (stem,)


def _begins_common(word: str) -> bool:
    """Whether a word begins as a common one does: Turkish adds suffix to suffix."""
    with_it = re.fullmatch(r"(\w{3})l(?:[ıiuü]|[ae]r\w*)", word)  # fişli: with a plug, fişler
    return any(often(word[:size], COMMON) for size in range(4, len(word))) or bool(
        with_it and often(with_it[1], COMMON)
    )


def _restored(word: str) -> Iterator[str]:
    """English as chats write it: the g of -ing left away, letters drawn out."""
    yield from (word + "g", re.sub(r"(.)\1{2,}", r"\1", word), re.sub(r"(.)\1{2,}", r"\1\1", word))


def _sense(parse: Any) -> str:
    normal = fold_token(parse.normal_form, yo=True)
    if normal in countries() or normal in cities():
        return "country" if normal in countries() else "city"
    if parse.tag.grammemes & _NAMES:
        return "name"
    return "place" if parse.tag.grammemes & _PLACES else "word"
