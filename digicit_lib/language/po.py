"""Catalogues of translations: refreshed from the messages there are, counted, their mistakes named."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from digicit_lib.errors import LanguageError
from digicit_lib.language.catalogue_files import catalogue_file, check_language, locale_folders, plural_forms
from digicit_lib.language.message_context import context_comments
from digicit_lib.language.translation_gate import check_claims, check_glossary
from digicit_lib.safe import write_atomic

WIDTH = 110
DRAFT = "draft, not natively reviewed"
_FIELD = re.compile(r"\{[^{}]*\}")
Places = Mapping[str | tuple[str, str], Sequence[tuple[str, int]]]


@dataclass(frozen=True)
class TranslationCounts:
    """How far a language is: messages translated, missing, and stale (the English has changed since)."""

    translated: int
    missing: int
    stale: int
    obsolete: int

    def __str__(self) -> str:
        return f"{self.translated} translated, {self.missing} missing, {self.stale} stale"


def path_of(language: str) -> Path:
    """The catalogue of a language; for one that has none yet, its place in the project.

    Raises
    ------
    LanguageError
        No language that CLDR knows, or English, which is the language of the messages.
    """
    if language == "en":
        raise LanguageError("English is the source language.", got="en", allowed="any other language")
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        check_language(language)
    return catalogue_file(language) or locale_folders()[0] / language / "digicit.po"


def refresh(
    language: str, messages: Places, reviewers: str = "", path: Path | None = None, root: Path | None = None
) -> TranslationCounts:
    """Bring a language's catalogue up to the messages there are.

    Parameters
    ----------
    language : {"ru", "uk", "tr"}
    messages : mapping of str to list of (str, int)
        Each message (or singular and plural) with its files and lines.
    reviewers : str
        Who has read the translation as a native speaker; empty: the file says that nobody has.
    path : Path, optional
        Another file than the one that ships.
    root : Path, optional
        The project folder: short messages get the line that says them, tokens an example.

    Returns
    -------
    TranslationCounts

    Notes
    -----
    A translation is kept as it is. That of a similar message is offered to a new one and marked fuzzy: it is
    never printed until a person has looked at it. One without a message stays as ``#~``.
    """
    file = path or path_of(language)
    catalogue, template = read(language, file) if file.is_file() else _new(language), Catalog()
    for message, places in messages.items():
        told = context_comments(message, places, root) if root else []
        template.add(message, locations=places, auto_comments=told)
    for entry_ in catalogue.obsolete.values():  # a message that returns gets its translation back
        if entry_.id not in catalogue:
            catalogue[entry_.id] = entry_
    catalogue.obsolete.clear()
    catalogue.update(template, update_creation_date=False)
    for entry in catalogue:  # a sentence that had no plural is no offer for one that has
        if entry.fuzzy and entry.pluralizable and len(_texts(entry.string)) != catalogue.num_plurals:
            entry.string, entry.flags = ("",) * catalogue.num_plurals, set()
    catalogue.header_comment = _header(language, reviewers)
    write_atomic(file, _text(catalogue))
    return count(catalogue)


def count(catalogue: Catalog) -> TranslationCounts:
    """Translated, missing, stale and obsolete messages of a catalogue."""
    entries = [m for m in catalogue if m.id]
    stale = sum(m.fuzzy for m in entries)
    translated = sum(all(_texts(m.string)) and not m.fuzzy for m in entries)
    return TranslationCounts(translated, len(entries) - translated - stale, stale, len(catalogue.obsolete))


def missing(language: str, path: Path | None = None) -> str:
    """The entries of a catalogue that have no translation in use, as a `.po` file of its own."""
    rest = _new(language)
    for message in read(language, path or path_of(language)):
        if message.id and (message.fuzzy or not all(_texts(message.string))):
            rest[message.id] = message
    return _text(rest)


def merge(language: str, parts: Iterable[Path], path: Path | None = None) -> TranslationCounts:
    """Put translators' pieces into a language's catalogue.

    Parameters
    ----------
    language : {"ru", "uk", "tr"}
    parts : iterable of Path
        `.po` files with their header; a message that the catalogue does not have is refused, and so is a
        translation that claims what its English does not, or has a word that the glossary avoids.
    path : Path, optional

    Raises
    ------
    LanguageError
        With the piece's file and line.
    """
    file = path or path_of(language)
    catalogue = read(language, file)
    for part in parts:
        for message in _translators(language, part):
            if message.id and any(_texts(message.string)):
                target = catalogue.get(_texts(message.id)[0])
                if target is None:
                    where = f"{part.name}:{message.lineno}"
                    raise LanguageError(
                        "The message is not in the catalogue.", where=where, got=_texts(message.id)[0][:60]
                    )
                target.string = message.string
                target.flags = (target.flags - {"fuzzy"}) | (message.flags & {"fuzzy"})
    write_atomic(file, _text(catalogue))
    return count(catalogue)


def _translators(language: str, part: Path) -> Catalog:
    """A translator's piece: what it claims is looked at first, whatever its header lacks."""
    piece, label = _parsed(language, part)
    check_claims(piece, language, label)
    check_glossary(piece, language, label)
    _check_forms(language, piece, label)
    return piece


def read(language: str, path: Path) -> Catalog:
    """A catalogue, checked: it can be read, and every plural form of its language is there.

    Raises
    ------
    LanguageError
        With file and line.
    """
    catalogue, label = _parsed(language, path)
    _check_forms(language, catalogue, label)
    return catalogue


def _parsed(language: str, path: Path) -> tuple[Catalog, str]:
    """A catalogue as gettext reads it, and what messages call it."""
    what, label = "A file of translations cannot be read.", f"{path.parent.name}/{path.name}"
    try:
        catalogue = read_po(io.BytesIO(path.read_bytes()), locale=language, abort_invalid=True)
    except PoFileError as error:
        line = (getattr(error, "lineno", None) or 0) + 1
        raise LanguageError(what, where=f"{label}:{line}", got=str(error)) from None
    except (ValueError, OSError) as error:
        raise LanguageError(what, where=f"{label}:1", got=str(error)) from None
    return catalogue, label


def _check_forms(language: str, catalogue: Catalog, name: str) -> None:
    """Every form of the language, declared and filled."""
    forms = plural_forms(language)[0]
    if catalogue.num_plurals != forms:
        what = "The plural forms of a language are declared wrongly."
        got, allowed = f"nplurals={catalogue.num_plurals}", f"nplurals={forms} for {language}"
        hint = f"keep the header that `digicit translate {language} --missing` writes"
        raise LanguageError(what, where=f"{name}:1", got=got, allowed=allowed, next=hint)
    for message in catalogue:
        filled = [text for text in _texts(message.string) if text]
        if message.id and message.pluralizable and filled and len(filled) != forms:
            what, where = "A plural form is missing.", f"{name}:{message.lineno}"
            got = f"{len(filled)} of {forms} forms: {_texts(message.id)[0][:60]}"
            raise LanguageError(what, where=where, got=got, allowed="every form, or none")


def check_tokens(catalogue: Catalog, name: str) -> None:
    """Refuse a translation that drops, alters or adds a token; a plural form may leave out the count.

    Raises
    ------
    LanguageError
        The first one, with file and line.
    """
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        fields = {field for source in _texts(message.id) for field in _FIELD.findall(source)}
        for text in filter(None, _texts(message.string)):
            other = set(_FIELD.findall(text)) ^ fields
            if other and not (message.pluralizable and other <= fields):
                what, where = "A translation drops or alters a token.", f"{name}:{message.lineno}"
                got = f"{', '.join(sorted(other))} in: {text[:60]}"
                raise LanguageError(what, where=where, got=got, allowed=", ".join(sorted(fields)))


def _new(language: str) -> Catalog:
    day, (forms, rule) = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), plural_forms(language)
    facts = {"project": "digicit", "version": version("digicit"), "fuzzy": False, "creation_date": day}
    people = {"msgid_bugs_address": "", "last_translator": "digicit", "language_team": "digicit"}
    catalogue = Catalog(locale=language, revision_date=day, **facts, **people)  # type: ignore[arg-type]
    catalogue.mime_headers = [("Plural-Forms", f"nplurals={forms}; plural={rule};")]
    return catalogue


def _header(language: str, reviewers: str) -> str:
    state = f"Read by native speakers: {reviewers}." if reviewers else f"Status: {DRAFT}."
    return (
        f"# Translations of digicit ({language}). {state}\n"
        "# The words of the questionnaire wait for a review by native speakers and by children. Name\n"
        "# reviewers in params (translation_reviewers). Refresh with: digicit translate " + language
    )


def _text(catalogue: Catalog) -> str:
    """The file's text. Babel takes a percent sign for C's format; `check_tokens` knows what ours is."""
    for message in (*catalogue, *catalogue.obsolete.values()):
        message.flags -= {"python-format", "python-brace-format"}
    stream = io.BytesIO()
    write_po(stream, catalogue, width=WIDTH, include_lineno=False)  # lines move with every change
    return stream.getvalue().decode("utf-8")


def _texts(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)
