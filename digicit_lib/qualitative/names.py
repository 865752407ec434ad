"""Names in talk: their forms by case, identifiers by pattern, lists that tell a name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from digicit_lib.qualitative.tokens import fold
from digicit_lib.safe import load_yaml

CASES = ("nominative", "genitive", "dative", "accusative", "instrumental", "locative", "vocative")
# A word for matching: an apostrophe may belong to it (Мар'яна) or part a suffix from it (Ayşe'nin).
WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|\d+")
MASK = re.compile(r"<[A-Z]+\d+>|\[[^\[\]\n]{1,60}\]")
_CYRILLIC = re.compile("[а-яёіїєґ]")


@cache
def lists() -> dict[str, Any]:
    """The data beside this file."""
    found: dict[str, Any] = load_yaml(Path(__file__).with_name("identifiers.yaml"))[0]
    return found


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(p)) for kind, many in lists()["patterns"].items() for p in many)


@cache
def word_list(name: str) -> frozenset[str]:
    """A list of the data file, folded."""
    return frozenset(fold(str(word), yo=True) for word in lists()[name])


def find_patterns(text: str) -> list[tuple[int, int, str]]:
    """Identifiers that a pattern tells, as (start, end, kind), longest first; masks are left alone."""
    masks = [m.span() for m in MASK.finditer(text)]
    found = [(*m.span(), kind) for kind, pattern in _patterns() for m in pattern.finditer(text)]
    kept: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
        if not any(start < b and a < end for a, b in masks):
            masks.append((start, end))
            kept.append((start, end, kind))
    return kept


@cache
def forms(word: str, lang: str = "") -> dict[str, str]:
    """The folded forms of a name to the case of each; Russian and Ukrainian rules both, `lang`'s first.

    Turkish and English need no table: their suffixes stand behind the name.
    """
    base = fold(word, lang, yo=True)
    found = {base: CASES[0]}
    if not _CYRILLIC.search(base):
        return found
    for order in dict.fromkeys((lang, "ru", "uk")):
        for case, variants in _declined(fold(word, lang), lists()["endings"].get(order, [])):
            for form in variants:
                found.setdefault(fold(form, yo=True), case)
    return found


def _declined(word: str, rules: list[list[Any]]) -> list[tuple[str, list[str]]]:
    rows = []
    for ending, cut, *cases in rules:
        if (
            (ending and word.endswith(ending) and len(word) > len(ending))
            or word == ending
            or (not ending and word[-1] not in "аеиоуыэюяёіїєьй")
        ):
            stem = word[: len(word) - cut]
            for case, text in zip(CASES[1:], cases, strict=True):
                if text != "-":
                    rows.append((case, [stem + ("" if v == "0" else v) for v in str(text).split("/")]))
    return rows


def inflect(name: str, case: str, lang: str) -> str:
    """A pseudonym in a case, word by word, written as it was; a mask or another script stays as it is."""
    if case == CASES[0] or name.startswith("<") or not _CYRILLIC.search(name.lower()):
        return name
    words = []
    for word in name.split(" "):
        rows = [
            variants[0]
            for found, variants in _declined(word.lower(), lists()["endings"].get(lang or "ru", []))
            if found == case
        ]
        # The part that did not change keeps its capitals.
        words.append((word[:1] + rows[0][1:]) if rows else word)
    return " ".join(words)


@cache
def given_names() -> frozenset[str]:
    """Folded forms of common given names."""
    every = [forms(name, lang) for lang, names in lists()["given"].items() for name in names]
    return frozenset(form for found in every for form in found)


@cache
def suffix() -> re.Pattern[str]:
    """What may stand behind a Turkish name without an apostrophe."""
    return re.compile(lists()["turkish_suffix"])
