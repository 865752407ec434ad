"""Passages of a page in another language than its own: each says which, so that it is read aloud as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from digicit_lib.exhibits.blocks import tag
from digicit_lib.language import vocabulary

TAG = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>|<svg\b.*?</svg>|<[^>]*>)", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")
_LABEL = re.compile(r'<svg (?![^>]* lang=)[^>]* aria-label="([^"]*)"')
_NOT_LATIN = re.compile(r"[\u0370-\u1dff]")
# Words that no other language has, in a run of Latin letters that no colon parts: titles of sources. An
# address is of no language; the country that English writes with a letter of its own parts no run.
_RUN = re.compile(
    r'https?://\S+|(?<![\w&])[A-Za-z(\["](?:[\x20-\x39\x3b-\x7e–’“”]|Türkiye(?=[ ,.;)]))*[\w.)\]"](?!\w)'
)
_ENGLISH = re.compile(
    r"\b(?:the|of|and|or|from|for|with|through|aged|who|which|whether|your?|did|does|have)\b"
)
_TITLE = re.compile("“[^“”]+”")
# Cyrillic words of a page in Latin letters, such as questions as asked; each language has letters of its own.
_CYRILLIC = re.compile(r"[а-яёіїєґ](?:[а-яёіїєґ\s\d,.?!«»()’–-]*[а-яёіїєґ])?(?!\w)", re.IGNORECASE)
_LETTERS = {"uk": set("іїєґ"), "ru": set("ыэъё")}
_NAMED = re.compile(r'<(?!svg\b)[^>]* lang=|<li id="e\d')  # an id of evidence is of no language


def in_english(body: str, language: str) -> str:
    """Passages of another language than the page's say what they are: titles of sources, questions as asked.

    Examples
    --------
    >>> in_english("<p>Источник: Institute of Statistics, 2024; строка 4</p>", "ru")
    '<p>Источник: <span lang="en">Institute of Statistics, 2024</span>; строка 4</p>'
    >>> in_english("<p>75% answered “Да” to “Вы смотрите?”</p>", "en")
    '<p>75% answered “<span lang="ru">Да</span>” to “<span lang="ru">Вы смотрите</span>?”</p>'
    >>> in_english("<p>UNICEF “Youth of Turkey” raporunu yayımladı</p>", "tr")
    '<p>UNICEF <span lang="en">“Youth of Turkey”</span> raporunu yayımladı</p>'
    >>> in_english("<p>Запрос: Youth of Türkiye online</p><p>https://a.org/youth-of-today</p>", "ru")
    '<p>Запрос: <span lang="en">Youth of Türkiye online</span></p><p>https://a.org/youth-of-today</p>'

    What stands in English because a language has no words for it is one of them:

    >>> in_english("<b>Children report</b><select><option>Draft</option></select>", "tr")
    '<b><span lang="en">Children report</span></b><select><option lang="en">Draft</option></select>'
    """
    pieces = TAG.split(body)
    letters = set("".join(pieces[::2]).lower())
    named = [code for code, own in _LETTERS.items() if own & letters]
    code = named[0] if len(named) == 1 and language in ("en", "tr") else ""
    for at in range(1, len(pieces), 2):  # a figure by its description
        if (match := _LABEL.match(pieces[at])) and is_english(match[1], language):
            pieces[at] = pieces[at].replace("<svg", '<svg lang="en"', 1)
    for at in range(2, len(pieces), 2):
        if _NAMED.match(pieces[at - 1]):
            continue
        if is_english(pieces[at], language):
            if pieces[at - 1].startswith("<option"):  # it may hold no other tag
                pieces[at - 1] = pieces[at - 1].replace("<option", '<option lang="en"', 1)
            else:
                text = pieces[at].strip()
                pieces[at] = pieces[at].replace(text, tag("span", text, lang="en"))
        else:
            text = (
                _CYRILLIC.sub(lambda run: tag("span", run[0], lang=code), pieces[at]) if code else pieces[at]
            )
            pieces[at] = (
                _RUN.sub(partial(_named_english, language), text)
                if language != "en" and text == pieces[at]
                else text
            )
    return "".join(pieces)


def is_english(text: str, language: str) -> bool:
    """Whether a text of a page in another language is English: most of its words are those of our messages.

    Examples
    --------
    >>> [is_english("Children report", to) for to in ("tr", "en")], is_english("Çocuk raporu", "tr")
    ([True, False], False)
    """
    if language == "en" or _NOT_LATIN.search(text) or not (words := _WORD.findall(text.lower())):
        return False
    english, own = vocabulary(language)
    count = sum(word in english for word in words)
    return 2 * count > len(words) and not any(word in own for word in words)


_TEXTS = ("parts", "items", "text", "title", "rows", "blocks", "subtitle", "notes")


def with_language(part: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A part of a printed page, which says that it is in English where it is.

    Examples
    --------
    >>> with_language({"type": "note", "title": "How to read", "text": "Children report."}, "tr")["lang"]
    'en'
    """
    unnamed = language != "en" and not part.get("lang")
    english = unnamed and is_english(" ".join(_strings(part)), language)
    return {**part, "lang": "en"} if english else dict(part)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name in _TEXTS:
            yield from _strings(value.get(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _named_english(language: str, match: re.Match[str]) -> str:
    run = match[0]
    if run.startswith("http") or not (_ENGLISH.search(run) or is_english(run, language)):
        return run
    if _TITLE.search(run) and not _ENGLISH.search(_TITLE.sub("", run)):
        return _TITLE.sub(lambda title: tag("span", title[0], lang="en"), run)
    opened = run.count("(") > run.count(")") and " (" in run  # "… abstract (D sınıfı)"
    end = run.rindex(" (") if opened else len(run)
    return tag("span", run[:end], lang="en") + run[end:]
