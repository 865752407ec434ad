"""Catalogues of translations: refreshed from the messages there are, counted, their mistakes named."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import LanguageError
from digicit_lib.language import LOCALE, check_language, plural_forms
from digicit_lib.safe import write_atomic

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

WIDTH = 110
DRAFT = "draft, not natively reviewed"
_CLOSE = 0.75  # likeness from which an old translation is offered, marked fuzzy, for a changed message
_FIELD = re.compile(r"\{[^{}]*\}")
Places = Mapping[str | tuple[str, str], Sequence[tuple[str, int]]]


@dataclass(frozen=True)
class Counts:
    """How far a language is: messages translated, missing, and stale (the English has changed since)."""

    translated: int
    missing: int
    stale: int
    obsolete: int

    def __str__(self) -> str:
        return f"{self.translated} translated, {self.missing} missing, {self.stale} stale"


def path_of(language: str) -> Path:
    """The catalogue of a language.

    Raises
    ------
    LanguageError
        Unknown language, or English, which is the language of the messages.
    """
    if check_language(language) == "en":
        raise LanguageError("English is what is translated.", got="en", allowed="ru, tr, uk")
    return LOCALE / language / "digicit.po"


def refresh(language: str, messages: Places, reviewers: str = "", path: Path | None = None) -> Counts:
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

    Returns
    -------
    Counts

    Notes
    -----
    A translation is kept as it is. One whose message changed a little is offered to the new message and
    marked fuzzy: it is never printed until a person has looked at it. One without a message stays as ``#~``.
    """
    file = path or path_of(language)
    old = read(language, file) if file.is_file() else _new(language)
    made = _new(language)
    for message, places in messages.items():
        made.add(message, locations=places)
    _keep(old, made)
    made.header_comment = _header(language, reviewers)
    write_atomic(file, _text(made))
    return count(made)


def _keep(old: Catalog, made: Catalog) -> None:
    """Translations of the old catalogue into the new one."""
    gone: dict[str, Message] = {}
    for message in [*(m for m in old if m.id), *old.obsolete.values()]:
        match = made.get(message.id if isinstance(message.id, str) else message.id[0])
        if match is not None and match.id == message.id:
            match.string, match.flags = message.string, message.flags | match.flags
            match.user_comments, match.previous_id = message.user_comments, message.previous_id
        elif any(_texts(message.string)):
            gone[_texts(message.id)[0]] = message
    open_ = [m.id for m in made if isinstance(m.id, str) and m.id and not m.string]
    for text, message in gone.items():
        near = difflib.get_close_matches(text, open_, n=1, cutoff=_CLOSE)
        if near and isinstance(message.string, str) and not message.fuzzy:
            target = made[near[0]]
            target.string, target.previous_id = message.string, [text]
            target.flags.add("fuzzy")
            open_.remove(near[0])
        else:
            made.obsolete[text] = message


def count(catalogue: Catalog) -> Counts:
    """Translated, missing, stale and obsolete messages of a catalogue."""
    entries = [m for m in catalogue if m.id]
    stale = sum(m.fuzzy for m in entries)
    done = sum(all(_texts(m.string)) and not m.fuzzy for m in entries)
    return Counts(done, len(entries) - done - stale, stale, len(catalogue.obsolete))


def missing(language: str, path: Path | None = None) -> list[str]:
    """Entries of a catalogue that have no translation in use, each as a piece of a `.po` file."""
    catalogue = read(language, path or path_of(language))
    return [_entry(language, m) for m in catalogue if m.id and (m.fuzzy or not all(_texts(m.string)))]


def _entry(language: str, message: Message) -> str:
    one = _new(language)
    one[message.id] = message
    return _text(one).partition("\n\n")[2].strip() + "\n"


def merge(language: str, parts: Iterable[Path], path: Path | None = None) -> Counts:
    """Put translators' pieces into a language's catalogue.

    Parameters
    ----------
    language : {"ru", "uk", "tr"}
    parts : iterable of Path
        `.po` files or pieces of one; a message that the catalogue does not have is refused.
    path : Path, optional

    Raises
    ------
    LanguageError
        With the piece's file and line.
    """
    file = path or path_of(language)
    catalogue = read(language, file)
    for part in parts:
        for message in read(language, part):
            if message.id and any(_texts(message.string)):
                target = catalogue.get(_texts(message.id)[0])
                if target is None:
                    where = f"{part.name}:{message.lineno}"
                    raise LanguageError(
                        "Nobody says this message.", where=where, got=_texts(message.id)[0][:60]
                    )
                target.string, target.previous_id = message.string, []
                target.flags = (target.flags - {"fuzzy"}) | (message.flags & {"fuzzy"})
    write_atomic(file, _text(catalogue))
    return count(catalogue)


def read(language: str, path: Path) -> Catalog:
    """A catalogue, checked: it can be read, and every plural form of its language is there.

    Raises
    ------
    LanguageError
        With file and line.
    """
    from babel.messages.pofile import PoFileError, read_po

    said, label = "A file of translations cannot be read.", f"{path.parent.name}/{path.name}"
    try:
        data = path.read_bytes()
        head = b"" if b"Plural-Forms" in data else _head(language)
        catalogue = read_po(io.BytesIO(head + data), locale=language, abort_invalid=True)
    except PoFileError as error:
        line = (getattr(error, "lineno", None) or 0) + 1 - head.count(b"\n")
        raise LanguageError(said, where=f"{label}:{line}", got=str(error)) from None
    except (ValueError, OSError) as error:
        raise LanguageError(said, where=f"{label}:1", got=str(error)) from None
    for message in catalogue:
        message.lineno = (message.lineno or 0) - head.count(b"\n")
        _restore_previous(message)
    _check_forms(language, catalogue, label)
    return catalogue


def _head(language: str) -> bytes:
    """What a piece of a `.po` file lacks: it declares no plural forms, so it has its language's."""
    forms, rule = plural_forms(language)
    content = 'Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: '
    return f'msgid ""\nmsgstr ""\n"{content}nplurals={forms}; plural={rule};\\n"\n\n'.encode()


def _restore_previous(message: Message) -> None:
    """Babel reads the ``#|`` lines that it writes, wrapped anywhere, as comments of the translator."""
    from babel.messages.pofile import denormalize

    lines = [c[1:].strip() for c in message.user_comments if c.startswith("|")]
    if lines:
        message.user_comments = [c for c in message.user_comments if not c.startswith("|")]
        joined = " ".join(lines).removeprefix("msgid").strip().replace('" "', "")
        message.previous_id = [denormalize(joined)]


def _check_forms(language: str, catalogue: Catalog, name: str) -> None:
    """Every form of the language, declared and filled."""
    forms = plural_forms(language)[0]
    if catalogue.num_plurals != forms:
        raise LanguageError(
            "The plural forms of a language are declared wrongly.",
            where=f"{name}:1",
            got=f"nplurals={catalogue.num_plurals}",
            allowed=f"nplurals={forms} for {language}",
        )
    for message in catalogue:
        filled = [text for text in _texts(message.string) if text]
        if message.id and message.pluralizable and filled and len(filled) != forms:
            raise LanguageError(
                "A plural form is missing.",
                where=f"{name}:{message.lineno}",
                got=f"{len(filled)} of {forms} forms: {_texts(message.id)[0][:60]}",
                allowed="every form, or none",
            )


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
                raise LanguageError(
                    "A translation drops or alters a token.",
                    where=f"{name}:{message.lineno}",
                    got=f"{', '.join(sorted(other))} in: {text[:60]}",
                    allowed=", ".join(sorted(fields)),
                )


def _new(language: str) -> Catalog:
    import datetime as dt

    from babel.messages.catalog import Catalog

    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    facts = {"project": "digicit", "version": "0.1.0", "fuzzy": False, "creation_date": day}
    people = {"msgid_bugs_address": "", "last_translator": "digicit", "language_team": "digicit"}
    catalogue = Catalog(locale=language, **facts, **people)  # type: ignore[arg-type]
    catalogue.revision_date = day
    _declare(catalogue, language)
    return catalogue


def _declare(catalogue: Any, language: str) -> None:
    """Babel has no public way to give a catalogue other plural forms than its own."""
    catalogue._num_plurals, catalogue._plural_expr = plural_forms(language)


def _header(language: str, reviewers: str) -> str:
    state = f"Read by native speakers: {reviewers}." if reviewers else f"Status: {DRAFT}."
    return (
        f"# Translations of digicit ({language}). {state}\n"
        "# The words of the questionnaire wait for a review by native speakers and by children. Name\n"
        "# reviewers in params (translation_reviewers). Refresh with: digicit translate " + language
    )


def _text(catalogue: Catalog) -> str:
    from babel.messages.pofile import write_po

    stream = io.BytesIO()
    write_po(stream, catalogue, width=WIDTH, include_previous=True)
    return stream.getvalue().decode("utf-8")


def _texts(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)
