"""Forms of a name as people say it: by case, in the plural, shortened, and back in the case that was said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from digicit_lib.qualitative.names import lists
from digicit_lib.qualitative.tokens import fold_token
from digicit_lib.safe import load_yaml

CASES = ("nominative", "genitive", "dative", "accusative", "instrumental", "locative", "vocative")
PLURAL = tuple(f"plural {case}" for case in CASES[:-1])
POSSESSIVE = "possessive"
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_VOWELS = "аеиоуыэюяёіїє"


@cache
def forms(word: str, lang: str = "") -> dict[str, tuple[str, ...]]:
    """The folded forms of a name to the cases of each; Russian and Ukrainian rules both, `lang`'s first.

    Turkish and English need no table: their suffixes stand behind the name.
    """
    base = fold_token(word, lang, yo=True)
    cases: dict[str, tuple[str, ...]] = {base: (CASES[0],)}
    if not _CYRILLIC.search(base):
        return cases | {base + ending: (PLURAL[0],) for ending in ("s", "es") if base.isascii()}
    for order in dict.fromkeys((lang, "ru", "uk")):
        for case, variants in _declined(fold_token(word, lang), lists()["endings"].get(order, []), CASES[1:]):
            for form in variants:
                key = fold_token(form, yo=True)
                cases[key] = tuple(dict.fromkeys((*cases.get(key, ()), case)))
    return cases


@cache
def family_forms(word: str, lang: str = "") -> dict[str, tuple[str, ...]]:
    """Forms of a surname's family: the plural, and the other sex's form."""
    base, cases = fold_token(word, lang), dict(forms(word, lang))
    for hers, his in lists()["surname_pairs"]:
        other = (his if base.endswith(hers) else hers) if base.endswith((hers, his)) else ""
        if other and len(base) > len(hers) + 1:
            ending = hers if other == his else his
            cases = {**forms(base.removesuffix(ending) + other, lang), **cases}
    for order in dict.fromkeys((lang, "ru", "uk")):
        for case, variants in _declined(base, lists()["plural"].get(order, []), PLURAL):
            for form in variants:
                cases.setdefault(fold_token(form, yo=True), (case,))
    return cases


def _declined(word: str, rules: list[list[Any]], names: Sequence[str]) -> list[tuple[str, list[str]]]:
    rows = []
    for ending, cut, *cases in rules:
        if (
            (ending and word.endswith(ending) and len(word) > len(ending))
            or word == ending
            or (not ending and word[-1] not in f"{_VOWELS}йь")
        ):
            stem = word[: len(word) - cut]
            for case, text in zip(names, cases, strict=True):
                if text != "-":
                    rows.append((case, [stem + ("" if v == "0" else v) for v in str(text).split("/")]))
    return rows


def inflect(name: str, case: str, lang: str) -> str:
    """A pseudonym in a case, word by word, written as it was; a mask or another script stays as it is."""
    if case == CASES[0] or name.startswith("<") or not _CYRILLIC.search(name.lower()):
        return name
    plural, case = case in PLURAL, CASES[1] if case == POSSESSIVE else case
    rules = lists()["plural" if plural else "endings"].get(lang or "ru", [])
    words = []
    for word in name.split(" "):
        rows = [
            variants[0]
            for which, variants in _declined(word.lower(), rules, PLURAL if plural else CASES[1:])
            if which == case
        ]
        # The part that did not change keeps its capitals.
        words.append((word[:1] + rows[0][1:]) if rows else word)
    return " ".join(words)


def case_said(cases: Sequence[str], before: str) -> str:
    """The case of a form that may be several, by the word before it; else the first.

    Examples
    --------
    >>> case_said(("genitive", "dative"), "я сказала"), case_said(("genitive", "dative"), "у")
    ('dative', 'genitive')
    """
    words = re.findall(r"[\w’'ʼ-]+", before)
    if len(cases) > 1 and words:
        last = fold_token(words[-1], yo=True)
        for case, governors in lists()["governs"].items():
            if case in cases and any(
                last.startswith(g[:-1]) if g.endswith("*") else last == g for g in governors
            ):
                return str(case)
    return cases[0]


# --- short forms ------------------------------------------------------------------------------------


@cache
def name_groups() -> dict[str, list[list[str]]]:
    """Given names of each language, each with its short forms."""
    table, _ = load_yaml(Path(__file__).with_name("given_names.yaml"))
    return {lang: [str(row).split() for row in rows] for lang, rows in table.items()}


@cache
def short_names(word: str, lang: str = "") -> tuple[str, ...]:
    """The other names by which somebody of this given name is called, folded; of its language where known."""
    base = fold_token(word, lang, yo=True)
    groups = name_groups()
    rows = [row for order in ([lang] if lang in groups else groups) for row in groups[order]]
    folded = [[fold_token(n, lang, yo=True) for n in row] for row in rows]
    return tuple(dict.fromkeys(n for row in folded if base in row for n in row if n != base))


@cache
def given_names(language: str = "") -> frozenset[str]:
    """Folded forms of common given names and their short forms, of all languages or of one."""
    many = {language: name_groups()[language]} if language else name_groups()
    rows = [(name, lang) for lang, groups in many.items() for row in groups for name in row]
    names = frozenset(form for name, lang in rows for form in forms(name, lang))
    singular = {n: n.removesuffix("s").removesuffix("e") if n.isascii() else n for n in names}
    return frozenset(n for n in names if singular[n] == n or singular[n] not in names)


@cache
def diminutive_endings() -> dict[str, tuple[str, ...]]:
    """What may follow the stem of a Cyrillic given name, to its cases: ``ёной`` of Наст-ёной."""
    cases: dict[str, tuple[str, ...]] = {}
    for suffix in lists()["diminutives"]:
        for lang in ("ru", "uk"):
            for form, which in forms("наст" + suffix, lang).items():
                if len(form) > 4:
                    cases.setdefault(form[4:], which)
    for suffix in lists()["possessives"]:
        for ending in lists()["possessive_endings"]:
            cases.setdefault(fold_token(suffix + ending, yo=True), (POSSESSIVE,))
    return cases


def name_stem(word: str, lang: str = "") -> str:
    """What stays of a Cyrillic given name before a diminutive, or "": Настя, Наст."""
    base = fold_token(word, lang, yo=True)
    return base.rstrip("аяйьео") if _CYRILLIC.search(base) else ""


@cache
def given_stems() -> frozenset[str]:
    """Stems of the common Cyrillic given names, of three letters or more."""
    rows = [(n, lang) for lang in ("ru", "uk") for row in name_groups()[lang] for n in row]
    stems = {stem for n, lang in rows if len(stem := name_stem(n, lang)) >= 3}
    return frozenset(stems | {stem + "й" for stem in stems if stem.endswith("і")})


def stem_readings(word: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A folded Cyrillic word as (stem, cases of the diminutive ending), the longest stem first."""
    for size in range(len(word) - 1, 1, -1):
        cases = diminutive_endings().get(word[size:])
        if cases:
            yield word[:size], cases


def diminutive(folded: str) -> bool:
    """A short form made from a common given name: ``Катюха``, ``Оленці``."""
    return any(stem in given_stems() for stem, _ in stem_readings(folded))
