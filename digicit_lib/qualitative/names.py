"""Identifiers in talk: patterns that are replaced, hints that are flagged, lists of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from digicit_lib.language import LANGUAGES, languages, month_names, number_words
from digicit_lib.qualitative.needles import levelled, needles
from digicit_lib.qualitative.tokens import fold_token
from digicit_lib.safe import load_yaml

# A word for matching: an apostrophe may belong to it (Мар'яна) or part a suffix from it (Ayşe'nin).
WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|\d+")
MASK = re.compile(r"<[A-Z]+\d+>|\[[^\[\]\n]{1,60}\]")
Place = tuple[int, int, str]
_PART = re.compile(r"\{([a-z_]+)\}")


@cache
def lists() -> dict[str, Any]:
    """The data beside this file."""
    identifiers: dict[str, Any] = load_yaml(Path(__file__).with_name("identifiers.yaml"))[0]
    return identifiers


@cache
def _patterns(section: str) -> tuple[tuple[str, str], ...]:
    """The regular expressions of a section, with the words for numbers and months put in."""
    parts = lists()["parts"]

    def whole(pattern: str) -> str:
        # A part may hold another one.
        filled = _PART.sub(lambda m: f"(?:{parts[m[1]]})" if m[1] in parts else m[0], pattern)
        return filled if filled == pattern else whole(filled)

    return tuple((kind, whole(p)) for kind, many in lists()[section].items() for p in many)


_compiled = cache(re.compile)  # a pattern is compiled where a text may hold it; `re` itself keeps too few


@cache
def _patterns_of_project(language: str) -> tuple[tuple[str, str], ...]:
    """Dates, and numbers said digit by digit, in a language that does not ship: words of CLDR and ICU."""

    def either(words: frozenset[str]) -> str:
        return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))

    month, digit = f"(?:{either(month_names(language))})", f"(?:{either(number_words(language))})"
    day = rf"(?:\d{{1,2}}|{digit})"  # "1 de noviembre de 2026", "quince de mayo"
    expressions = {
        "date": rf"(?i)(?<!\w){day}[.ºª]*(?: \w{{1,3}})? {month}\.?(?!\w)(?:(?: \w{{1,3}})? \d{{4}}(?!\d))?",
        "phone": rf"(?i)(?<!\w)(?:(?:{digit}|\d{{1,3}})[ ,.–-]+){{4,}}{digit}(?!\w)",
    }
    return tuple(expressions.items())


@cache
def word_list(name: str) -> frozenset[str]:
    """A list of the data file, folded."""
    return frozenset(fold_token(str(word), yo=True) for word in lists()[name])


def find_patterns(text: str, section: str = "patterns") -> list[Place]:
    """Identifiers that a pattern tells, as (start, end, kind), longest first; masks are left alone.

    Parameters
    ----------
    text : str
    section : {"patterns", "hints"}
        What is sure enough to be replaced, or what a person should look at.

    Examples
    --------
    >>> find_patterns("ring 020 7946 0000")
    [(5, 18, 'phone')]
    """
    codes = [code for code in languages() if code not in LANGUAGES] if section == "patterns" else []
    return list(_places(text, section, *codes))


@lru_cache(4096)
def _places(text: str, section: str, *codes: str) -> tuple[Place, ...]:
    """What patterns tell in a text: a passage is looked at as a quotation, in its turn and for its flags."""
    masks = [m.span() for m in MASK.finditer(text)]
    patterns = [*_patterns(section), *(each for code in codes for each in _patterns_of_project(code))]
    plain = levelled(text)
    matches = [
        (*m.span(1 if m.re.groups and m[1] else 0), kind)
        for kind, pattern in patterns
        if not (pieces := needles(pattern)) or any(piece in plain for piece in pieces)
        for m in _compiled(pattern).finditer(text)
    ]
    hits: list[Place] = []
    for start, end, kind in sorted(matches, key=lambda f: (f[0] - f[1], f[0])):
        if not any(start < b and a < end for a, b in masks):
            masks.append((start, end))
            hits.append((start, end, kind))
    return tuple(hits)


@cache
def suffix() -> re.Pattern[str]:
    """What may stand behind a Turkish name without an apostrophe."""
    return re.compile(lists()["turkish_suffix"])


@cache
def cue(name: str) -> re.Pattern[str]:
    """A rule of the data file, its variants joined where it has several."""
    rule = lists()[name]
    return re.compile(rule if isinstance(rule, str) else "|".join(f"(?:{p})" for p in rule))


def mask_free_words(text: str) -> Iterator[re.Match[str]]:
    """The words of a text that are not inside a mask or an idiom."""
    masks = [m.span() for m in (*MASK.finditer(text), *cue("idioms").finditer(text))]
    return (m for m in WORD.finditer(text) if not any(a <= m.start() < b for a, b in masks))


@cache
def harm() -> re.Pattern[str]:
    """Phrases that may mean harm; one that ends in * goes on."""
    phrases = [re.escape(fold_token(p, yo=True)).replace(r"\*", r"\w*") for p in lists()["safeguarding"]]
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")
