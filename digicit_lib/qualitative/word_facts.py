"""What lists and dictionaries say of one word of talk, whatever stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from digicit_lib.qualitative.dictionaries import (
    TOWNS,
    cities,
    countries,
    hardened,
    inflects_common,
    is_ordinary,
    often,
    rarer,
    senses,
    uncommon,
)
from digicit_lib.qualitative.name_forms import family_forms, forms, given_names
from digicit_lib.qualitative.names import WORD, cue, lists, suffix, word_list
from digicit_lib.qualitative.tokens import fold_token

LARGE_AFTER = re.compile(r" (?:(?:and|и|і|й|та|ve|&) )?([^\W\d_][\w'’-]*)")
_LISTED = "(?:[^\\W\\d_a-zа-яёіїєґçğıöşü][\\w’'-]*|\\d+)"
_LISTED = f"{_LISTED}(?: {_LISTED})?"
_JOINT = "(?:,? (?:and|и|і|й|та|ve|or|или|або) |, )"
_LISTED_BEFORE = re.compile(f"(?:(?<![\\w’'-]){_LISTED}{_JOINT})*(?:[^\\W\\d_a-zа-яёіїєґçğıöşü][\\w’'-]* )?$")
_LISTED_AFTER = re.compile(f"(?: (?!and ){_LISTED})?(?:{_JOINT}{_LISTED})*")
CYRILLIC = re.compile("[\u0400-\u04ff]")


@cache
def also_words() -> frozenset[str]:
    """Names that are also words, in all forms."""
    return frozenset(form for word in lists()["also_words"] for form in forms(str(word)))


@cache
def _services() -> frozenset[str]:
    return frozenset(form for word in lists()["services"] for form in family_forms(str(word)))


@cache
def _slang() -> frozenset[str]:
    """Ordinary words of chats that a dictionary lacks, in all forms."""
    return frozenset(form for word in lists()["slang"] for form in family_forms(word))


@cache
def _nobody() -> frozenset[str]:
    return word_list("known") | word_list("titles") | _services()


def _sound(word: str) -> str:
    """A word as it sounds, in Latin letters: the same for ``Леново`` and ``Lenovo``."""
    latin = "".join(lists()["sounds"].get(letter, letter) for letter in word)
    latin = re.sub("c(?=[eiy])", "s", latin.replace("x", "ks").replace("ph", "f").replace("oo", "u"))
    latin = latin.translate(str.maketrans("ycqw", "ikkv"))
    return re.sub(r"(.)\1", r"\1", latin)


@cache
def _service_sounds() -> frozenset[str]:
    return frozenset(_sound(str(word)) for word in lists()["services"] if str(word).isascii())


def sounds_like_service(folded: str) -> bool:
    """Whether a Cyrillic word, with an ending or without, is how a service in Latin letters sounds.

    Examples
    --------
    >>> [sounds_like_service(word) for word in ("леново", "робуксов", "ленова")]
    [True, True, False]
    """
    stems = (folded, folded[:-1], folded[:-2])
    return len(folded) > 4 and any(len(s) > 3 and _sound(s) in _service_sounds() for s in stems)


def _turkish_service(word: str) -> bool:
    """A service or a lesson with a suffix and no apostrophe: ``Bilişimde``, ``Fiziği``."""
    folded = fold_token(word, "tr")
    sizes = [size for size in range(5, len(folded)) if suffix().fullmatch(folded, size)]
    return any(stem in _services() for size in sizes for stem in hardened(folded[:size]))


class Word(NamedTuple):
    """A word as lists and dictionaries know it, whatever stands around it."""

    folded: str
    readings: frozenset[str]
    sense: frozenset[str]
    nobody: bool  # a list says so
    named: bool  # by the lists of given names or by a dictionary
    also_word: bool


@lru_cache(100_000)
def word_facts(word: str, lang: str = "") -> Word:
    """The facts of a word; `lang` is the language of the talk, or of a word in Latin letters.

    Examples
    --------
    >>> word_facts("Сашей", "ru").named, word_facts("adam", "tr").named, word_facts("adam", "en").named
    (True, False, True)
    """
    # In Cyrillic an apostrophe is a sound inside the word, elsewhere a suffix may stand behind it.
    stem = re.split("['’ʼ]", word)[0]
    parts = (word,) if CYRILLIC.search(word) or len(stem) < 2 else (word, stem)
    readings = {fold_token(w, rule, yo=True) for rule in ("", "tr") for w in parts}
    readings |= (
        {word.lower().removesuffix("s")} if word.isascii() and lang != "tr" and len(word) > 4 else set()
    )
    folded = fold_token(word, yo=True)
    # Elsewhere a name, here a word: Turkish adam.
    names = readings & given_names()
    names = {n for n in names if lang != "tr" or n in given_names("tr") or not often(n, TOWNS)}
    people = {re.sub(r"l[ıiuü]\w{0,5}$", "", reading) for reading in readings}  # Turkish: of a country
    people |= {re.sub(r"(?<=c[ae])\w{1,5}$", "", reading) for reading in readings}  # and its language
    sense = senses(folded, lang) or frozenset({"country"} if (readings | people) & countries() else ())
    sense = sense or frozenset({"city"} if readings & cities() else ())
    sense |= {"word"} if readings & _slang() else set()
    return Word(
        folded,
        frozenset(readings),
        sense,
        nobody=bool(readings & _nobody()) or (lang == "tr" and _turkish_service(word)),
        named=bool(names) or sense == {"name"},
        also_word=bool(readings & also_words()) and (not sense or "word" in sense),
    )


def asked_language(word: str, lang: str) -> str:
    """The language whose dictionary is asked: Latin letters in Cyrillic talk are English (Family Link).

    Examples
    --------
    >>> asked_language("Family", "uk"), asked_language("Candy", "tr"), asked_language("Deniz", "tr")
    ('en', 'en', 'tr')
    """
    if CYRILLIC.search(word):
        return lang if lang in ("ru", "uk") else ""
    if lang == "tr" and word.isascii() and not often(fold_token(word, lang), TOWNS):
        return "en" if is_ordinary(word.lower(), "en") else lang
    return "en" if lang in ("ru", "uk") else lang


def is_everyday(word: str, lang: str) -> bool:
    """Whether a word is in the dictionary of its language or in a list as nobody, and is no given name.

    Examples
    --------
    >>> [is_everyday(word, "en") for word in ("Drama", "YouTube", "Olivia", "Ravensbourne")]
    [True, True, False, False]
    """
    facts, folded = word_facts(word, lang), fold_token(word, lang, yo=True)
    bare = folded if CYRILLIC.search(word) else folded.split("'")[0]
    return facts.nobody or (is_ordinary(bare, lang) and not facts.named)


def among_services(word: str, before: str, after: str) -> bool:
    """One of three capitals or more in a row with commas, another of which is a service: all may be such."""
    several = _LISTED_BEFORE.search(before)[0] + word + _LISTED_AFTER.match(after)[0]  # type: ignore[index]
    items = [item for item in re.split(r",? (?:and|и|і|й|та|ve|or|или|або) |, ", several) if item.strip()]
    others = [item for item in items if word not in item]
    return len(items) > 2 and any(
        all(word_facts(part).nobody or part.isupper() for part in item.split()) for item in others
    )


def says_little(words: str, kind: str) -> bool:
    """A country is no home, a program no account, a Turkish verb no name: ``Almanya'da``, ``oynuyorum``."""
    if kind == "place":
        return word_facts(words).sense == {"country"}
    if kind == "contact or address":
        return word_facts(words).nobody  # PowerPoint
    everyday = often(words, TOWNS) and words not in given_names() and words not in also_words()
    verb = re.fullmatch(r"\w+[ıiuü]yor(?:um|uz|sun|sunuz|lar)?", words)
    return kind == "name by its context" and bool(verb or everyday)


def turkish_beginning(word: str, after: str) -> bool:
    """A plural of what is no common word, or such a word before another capital: ``Pendik Spor``."""
    folded = fold_token(word, "tr")
    plural = re.match(r"(\w{5,})l[ae]r(?![ıi](?:m|n[ıi]z))", folded)
    deed = plural and re.search("(?:[ıiuü]ş|l[ae])m[ae]$", plural[1])
    if plural and cue("family_turkish").search(plural[1]):
        return True
    if (
        plural
        and not deed
        and not inflects_common(folded)
        and (uncommon(plural[1]) or cue("kin_after").match(after))
    ):
        return rarer(plural[1], TOWNS)
    beside = LARGE_AFTER.match(after)
    if not beside or not beside[1][0].isupper() or word_facts(beside[1]).nobody:
        return False
    return rarer(folded, TOWNS) and not inflects_common(folded)


def turkish_family(word: str) -> bool:
    """Whether a rare word ends as Turkish surnames do, and as no verb.

    Examples
    --------
    >>> [turkish_family(word) for word in ("halisdemir", "gelmez", "telefon")]
    [True, False, False]
    """
    folded = fold_token(word, "tr")
    return bool(cue("family_turkish").search(folded)) and uncommon(folded) and not inflects_common(folded)


def put_together(word: str) -> bool:
    """A word made as Turkish given names are: ``bedirhan``, ``nisagülle``; the few others are known words."""
    folded = fold_token(word, "tr")
    stems = [folded[:size] for size in range(5, len(folded) + 1) if suffix().fullmatch(folded, size)]
    return any(map(cue("turkish_made").fullmatch, stems)) and not word_list("known") & set(stems)


def turkish_name(word: str, after: str = "") -> bool:
    """A capital and an apostrophe before a suffix mark a proper name in Turkish: ``Bağcılar'da``."""
    stem, mark, ending = word.partition("’") if "’" in word else word.partition("'")
    home = bool(cue("home_after").match(after)) or after.startswith(" oku")
    home = home or bool(re.fullmatch("n?[dt][ae]n", ending) and re.match(r"[.!?](?:\s|$)", after))  # whence
    ordinary = often(fold_token(stem, "tr"), TOWNS) and after and not home
    return bool(mark and ending.islower() and not ordinary and not CYRILLIC.search(word))


def capitals_beside(before: str, after: str) -> tuple[list[str], str, str]:
    """The capitals directly beside a word, and what stands around them all."""
    words: list[str] = []
    while (match := cue("capital_before").search(before)) and match[1][0].isupper():
        words, before = [match[1], *words], before[: match.start()]
    while (match := LARGE_AFTER.match(after)) and match[1][0].isupper():
        words, after = [*words, match[1]], after[match.end() :]
    return words, before, after


def public_places(words: Sequence[re.Match[str]]) -> set[int]:
    """Where words begin that together name a land, a feast, a game or a book, in any case.

    Examples
    --------
    >>> sorted(public_places(list(re.finditer("[^ ]+", "я в Южной Корее")))), public_places([])
    ([4, 10], set())
    """
    runs = (
        words[at : at + len(parts)]
        for at, word in enumerate(words)
        if word[0][0].isupper()
        for parts in _phrases().get(fold_token(word[0], yo=True)[:3], ())
        if [*map(_is_form, words[at : at + len(parts)], parts)].count(True) == len(parts)
    )
    return {match.start() for run in runs for match in run}


@cache
def _phrases() -> dict[str, list[list[str]]]:
    """Public names of several words, folded, by the first three letters."""
    by_beginning: dict[str, list[list[str]]] = {}
    for name in (*lists()["phrases"], *(name for name in countries() if " " in name)):
        parts = [fold_token(match[0], yo=True) for match in WORD.finditer(name)]
        by_beginning.setdefault(parts[0][:3], []).append(parts)
    return by_beginning


def _is_form(word: re.Match[str], part: str) -> bool:
    """Whether a word is a part of a public name: Cyrillic changes its last two letters."""
    same = part[: max(3, len(part) - 2)] if CYRILLIC.search(part) else part
    folded = fold_token(word[0], yo=True)
    return folded.startswith(same) and len(folded) <= len(part) + 5
