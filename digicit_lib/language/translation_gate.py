"""What a translation may not say: a number or comparison its English lacks, a word the glossary avoids.

Nor may it leave out a number or a "not".

The lists stand beside the catalogues, for editors: `locale/claims.yaml` and `locale/glossary.yaml`. A
language of a project's own has them in its folder: `locale/es/claims.yaml` (words by kind), `glossary.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import LanguageError
from digicit_lib.language.catalogue_files import LOCALE, locale_folders
from digicit_lib.safe import load_yaml

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

DENIAL = "denial"  # the list of which a translation needs a word where its English has one
_NUMBER = re.compile(r"\d+")
_FIELD = re.compile(r"\{[^{}]*\}")
# A plain space may also part two numbers ("GC25 118"): English is read both ways.
_THOUSANDS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_SPACED = re.compile(r"(?<=\d)[., \u00a0\u202f](?=\d{3}(?!\d))")
_Term = tuple[str, re.Pattern[str], re.Pattern[str] | None]
# What no translation renders: code, tokens, addresses; and names, where the translation keeps them.
_KEPT = re.compile(r"`[^`]*`|\{[^{}]*\}|\w[\w-]*(?:\.[\w-]+)+")
_NAME = re.compile(r"[A-Z]\w*(?: (?:of )?[A-Z]\w*)+")


def claims(english: str, text: str, language: str) -> list[str]:
    """Numbers and comparing words of a translation that nothing in its English stands for.

    Parameters
    ----------
    english, text : str
        The message and its translation; what stands in `{ }` is filled from evidence and is no claim.
    language : {"ru", "uk", "tr"}

    Returns
    -------
    list of str

    Examples
    --------
    >>> claims("{A} of children", "Большинство детей — 60 %, вдвое больше: {A}", "ru")
    ['60', 'больше', 'Большинство', 'вдвое', '%']
    """
    here, there = (_FIELD.sub(" ◊ ", side) for side in (text, english))
    numbers = re.findall(r"\d+", _THOUSANDS.sub("", here))
    numbers_there = re.findall(r"\d+", f"{there} {_SPACED.sub('', there)}") if numbers else []
    kinds = (pair for kind, pair in _lists(language).items() if kind != DENIAL)
    matches = ((words.search(here), original) for words, original in kinds)
    words = [match[0] for match, original in matches if match and not original.search(there)]
    return [n for n in numbers if n not in numbers_there] + words


def left_out(english: str, text: str, language: str) -> list[str]:
    """Numbers of the English that a translation lacks, and its "not" where the translation denies nothing.

    Examples
    --------
    >>> left_out("not asked in the past 12 months", "спрашивали за последнее время", "ru")
    ['12', 'not']
    >>> left_out("1,205 children were not asked", "1 205 детей не спрашивали", "ru")
    []
    """
    here, there = (_FIELD.sub(" ", side) for side in (text, english))
    pairs = [(there, here), (_SPACED.sub("", there), _SPACED.sub("", here))]
    numbers = min(([n for n in _NUMBER.findall(a) if n not in _NUMBER.findall(b)] for a, b in pairs), key=len)
    denying, original = _lists(language).get(DENIAL, (None, None))
    match = original.search(there) if original else None
    return [*numbers, match[0]] if match and denying and not denying.search(here) else numbers


def avoided(english: str, text: str, language: str) -> list[tuple[str, str]]:
    """Words of a translation that the glossary avoids, each with the word to use.

    Examples
    --------
    >>> avoided("The right to be heard", "Право голоса", "ru")
    [('Право голоса', 'право выражать свои взгляды и быть услышанным'), ('голоса', 'мнения детей')]
    """
    if not _any_avoided(language).search(text):
        return []
    rules = [(word, use) for use, word, right in _avoided(language) if not (right and right.search(english))]
    hits = [(word.search(text), use) for word, use in rules]
    return [(match[0], use) for match, use in hits if match]


def rendered_otherwise(english: str, text: str, language: str) -> list[tuple[str, str]]:
    """Terms of the English for which a translation has no word of the glossary, each with the word to use.

    Examples
    --------
    >>> rendered_otherwise("{level} interval", "Промежуток {level}", "ru")
    [('confidence interval', 'доверительный интервал')]
    >>> rendered_otherwise("EU Kids Online, `wb.sample()`", "EU Kids Online, `wb.sample()`", "ru")
    []
    """
    there = _KEPT.sub(" ", english)
    there = _NAME.sub(lambda name: " " if name[0] in text else name[0], there)
    rules = ((name, use, words) for name, use, term, words in _renderings(language) if term.search(there))
    return [(name, use) for name, use, words in rules if not words.search(text)]


_ALL_SAID = "every number of the English, and a word that denies where it has one"
_NO_MORE = "numbers and comparisons that the English has, or its tokens"


def check_claims(catalogue: Catalog, language: str, name: str) -> None:
    """Refuse a catalogue in which a translation claims what its English does not, or leaves out what it says.

    Raises
    ------
    LanguageError
        The first one, with file and line.
    """
    for message, english, text in _pairs(catalogue):
        missing, typed = left_out(english, text, language), claims(english, text, language)
        if missing:
            what, allowed = "leaves out what its English says", _ALL_SAID
        elif typed:
            what, allowed = "claims what its English does not", _NO_MORE
        else:
            continue
        where = f"{name}:{message.lineno}"
        got = f"{'no ' if missing else ''}{', '.join(missing or typed)} in: {text[:60]}"
        raise LanguageError(f"A translation {what}.", where=where, got=got, allowed=allowed)


def check_glossary(catalogue: Catalog, language: str, name: str) -> None:
    """Refuse a catalogue in which a translation has a word that the glossary avoids.

    Raises
    ------
    LanguageError
        The first one, with file and line.
    """
    for message, english, text in _pairs(catalogue):
        for word, use in avoided(english, text, language):
            what = "A translation has a word that the glossary avoids."
            where = f"{name}:{message.lineno}"
            raise LanguageError(what, where=where, got=f"{word} in: {text[:60]}", allowed=use)


def says_otherwise(message: Message, language: str) -> bool:
    """Whether a translation claims more or says less than its English: then the page says the English."""
    pairs = ((english, text) for _, english, text in _pairs([message]))
    return any(claims(*pair, language) or left_out(*pair, language) for pair in pairs)


@lru_cache
def glossary() -> tuple[dict[str, Any], ...]:
    """The terms: `en`, `source`, and by language `use`, `avoid`.

    `english` has the words of a term that is rendered one way only, and each language's `words` theirs.
    """
    return tuple(load_yaml(LOCALE / "glossary.yaml")[0]["terms"])


def _pairs(catalogue: Iterable[Message]) -> Iterator[tuple[Message, str, str]]:
    for message in catalogue:
        if message.id and not message.fuzzy:
            english = " ".join(message.id) if isinstance(message.id, tuple | list) else message.id
            forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
            yield from ((message, english, text) for text in forms if text)


def word_pattern(words: Iterable[str], flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """Words or phrases of a list; `*` is the rest of a word."""
    bodies = [re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in words]
    whole = (body if body[0] in "%◊" else rf"\b(?:{body})(?!\w)" for body in bodies)
    return re.compile("|".join(whole), flags)


@lru_cache
def _lists(language: str) -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """Each kind of claim for which somebody has listed words: those of the language, and those of English."""
    kinds, additions = load_yaml(LOCALE / "claims.yaml")[0], _own(language, "claims.yaml")
    if unknown := sorted({*additions} - {*kinds}):
        where = f"locale/{language}/claims.yaml"
        raise LanguageError("Unknown kind of claim.", where=where, got=unknown[0], allowed=", ".join(kinds))
    words = {kind: additions.get(kind) or lists.get(language) for kind, lists in kinds.items()}
    return {k: (word_pattern(terms), word_pattern(kinds[k]["en"])) for k, terms in words.items() if terms}


def _own(language: str, name: str) -> dict[str, Any]:
    """A list that stands in the language's own folder; empty where there is none."""
    files = (folder / language / name for folder in locale_folders())
    return next((dict(load_yaml(file)[0] or {}) for file in files if file.is_file()), {})


@lru_cache
def _any_avoided(language: str) -> re.Pattern[str]:
    """All words to avoid at once: most messages have none of them."""
    return re.compile("|".join(word.pattern for _, word, _ in _avoided(language)), re.IGNORECASE)


@lru_cache
def _avoided(language: str) -> tuple[_Term, ...]:
    """Each word to avoid with the word to use and the English where it is right; abbreviations by case."""
    terms: list[_Term] = []
    for term in (*glossary(), *_own(language, "glossary.yaml").get("terms", ())):
        for entry in term.get(language, {}).get("avoid", ()):
            word, right = (entry, "") if isinstance(entry, str) else (entry["word"], entry["right_for"])
            flags = re.NOFLAG if word.isupper() else re.IGNORECASE
            pattern = re.compile(right, re.IGNORECASE) if right else None
            terms.append((term[language]["use"], word_pattern([word], flags), pattern))
    return tuple(terms)


@lru_cache
def _renderings(language: str) -> tuple[tuple[str, str, re.Pattern[str], re.Pattern[str]], ...]:
    """Each term that is rendered one way: its name, the word to use, and the patterns of both sides."""
    terms = (*glossary(), *_own(language, "glossary.yaml").get("terms", ()))
    return tuple(
        (
            term["en"],
            term[language]["use"],
            word_pattern(term["english"]),
            word_pattern(term[language]["words"]),
        )
        for term in terms
        if "english" in term and "words" in term.get(language, {})
    )
