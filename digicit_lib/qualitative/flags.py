"""Flags of a text: words that may tell a person, an address or harm, for a human who decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from digicit_lib.qualitative.name_forms import forms, given_names, given_stems, stem_readings
from digicit_lib.qualitative.names import MASK, WORD, find_patterns, lists, suffix, word_list
from digicit_lib.qualitative.tokens import fold_token

PATTERN = "identifier pattern"
GRAVE = 1  # flags to this rank withhold a quotation
RANKS = {
    "words that may mean harm": 0,
    "identifier pattern": 1,
    "name": 1,
    "name in a moderator's turn": 1,
    "contact or address": 1,
    "capital inside a sentence": 1,
    "name in small letters": 2,
    "place": 2,
    "long number": 2,
    "hashtag": 2,
    "somebody acts": 2,
    "combination of attributes": 2,
    "small group": 2,
    "capital at a beginning": 3,
    "number": 4,
}
_FAMILY = re.compile(
    r"\w{3,}(?:ович|евич|ьич|івн|овн|евн|енк|чук|щук|ськ)\w{0,4}|\w{3,}(?:оглу|oğlu|gil)\w{0,4}"
    r"|\w{2,}(?:ванн|санн|ловн|иничн|геевн|тровн|аныч|алыч|саныч)\w{1,3}"
)
_PATRONYMIC = re.compile(
    r"\s*\w{2,}(?:ович|евич|ійович|овн|евн|івн|ївн|иничн)(?:а|у|ем|ом|еві|ові|ы|е|ой|ою|і|и)?(?!\w)"
)
_OPENS = re.compile(r"(?:^|[.!?…:;]|\)\)|\n|—|–\s)[\s«“\"'(\[—–-]*$")


class Flag(NamedTuple):
    """A flag of a text: where, and for what."""

    start: int
    end: int
    kind: str

    @property
    def rank(self) -> int:
        """0 for the safeguarding lead; 1 likely names a person; 2 may; 3 and 4 for completeness."""
        return RANKS[self.kind]


def small_words(texts: Iterable[str]) -> set[str]:
    """Words that stand in small letters somewhere: at the beginning of a sentence they are no names."""
    return {m[0] for text in texts for m in WORD.finditer(text) if m[0].islower()}


def find_flags(text: str, small: set[str], *, asks: bool = False) -> list[Flag]:
    """Flags of the words of one turn.

    Parameters
    ----------
    text : str
        What one person said; masks in it carry no flags.
    small : set of str
        Words that the project has in small letters.
    asks : bool
        A moderator's turn: a name there is one that the moderator used.

    Examples
    --------
    >>> find_flags("then I asked Наташа about it", set())
    [Flag(start=13, end=19, kind='name')]
    """
    return [Flag(*row) for row in _found(text, asks, small)]


def mask_free_words(text: str) -> Iterator[re.Match[str]]:
    """The words of a text that are not inside a mask."""
    masks = [m.span() for m in MASK.finditer(text)]
    return (m for m in WORD.finditer(text) if not any(a <= m.start() < b for a, b in masks))


def _found(text: str, asks: bool, lower: set[str]) -> Iterator[tuple[int, int, str]]:
    """Flags of the words of one turn, as (start, end, kind)."""
    patterns = [(a, b, PATTERN) for a, b, _ in find_patterns(text)]
    patterns += find_patterns(text, "hints")
    yield from patterns
    yield from ((m.start(), m.end(), "hashtag") for m in re.finditer(r"(?<!\w)#\w+", text))
    yield from (
        (m.start(), m.end(), "words that may mean harm") for m in _harm().finditer(fold_token(text, yo=True))
    )
    for match in mask_free_words(text):
        before = text[max(match.start() - 12, 0) : match.start()]
        kind = _kind(match[0], before, text[match.end() : match.end() + 32], lower)
        if kind and not any(a <= match.start() < b for a, b, _ in patterns):
            certain = asks and kind in ("name", "capital inside a sentence")
            yield match.start(), match.end(), "name in a moderator's turn" if certain else kind


@cache
def _harm() -> re.Pattern[str]:
    """Phrases that may mean harm; one that ends in * goes on."""
    phrases = [re.escape(fold_token(p, yo=True)).replace(r"\*", r"\w*") for p in lists()["safeguarding"]]
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")


@cache
def _word_forms() -> frozenset[str]:
    """Names that are also words, in all forms."""
    return frozenset(form for word in lists()["also_words"] for form in forms(str(word)))


@cache
def _acts() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in lists()["acts"]))


def _kind(word: str, before: str, after: str, lower: set[str]) -> str:
    """What a word is a flag for, or ""."""
    if word[0].isdigit():
        year = len(word) == 4 and word[:2] in ("19", "20")
        return "long number" if len(word) >= 4 and not year else "number"
    readings = {
        fold_token(w, rule, yo=True) for rule in ("", "tr") for w in (word, re.split("['’ʼ]", word)[0])
    }
    readings |= {word.lower().removesuffix("s")} if word.isascii() else set()
    if readings & word_list("known") or readings & word_list("titles"):
        return ""
    is_name = bool(readings & given_names())
    if word[0].islower():
        sure = not readings & _word_forms() or bool(_PATRONYMIC.match(after))
        small = is_name and sure and len(word) >= 4
        return "name in small letters" if small else ""
    is_name = is_name or bool(_FAMILY.fullmatch(min(readings, key=len)))
    is_name = is_name or _diminutive(fold_token(word, yo=True)) or _turkish_name(word)
    opens = bool(_OPENS.search(before)) or not before.strip()
    # A word that is also a name and begins a sentence says little; inside one it says much.
    if is_name and not (opens and readings & lower):
        return "name"
    if word.isupper() and len(word) > 1 and readings & lower:
        return ""
    if not opens:
        return "capital inside a sentence"
    if readings & lower:
        return ""
    return "somebody acts" if _acts().match(after) else "capital at a beginning"


def _diminutive(folded: str) -> bool:
    """A short form made from a common given name: ``Катюха``, ``Оленці``."""
    return any(stem in given_stems() for stem, _ in stem_readings(folded))


def _turkish_name(word: str) -> bool:
    """A capital and an apostrophe before a suffix mark a proper name in Turkish: ``Bağcılar'da``."""
    _, mark, ending = word.partition("’") if "’" in word else word.partition("'")
    return bool(mark and ending and suffix().fullmatch(fold_token(ending, "tr")))
