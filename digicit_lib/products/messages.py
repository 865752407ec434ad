"""Whether a catalogue of translations may be printed from: plural forms whole, tokens and numbers kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digicit_lib.errors import LanguageError
from digicit_lib.language import LOCALE, check_language, plural_forms

_FIELD = re.compile(r"\{[^{}]*\}")


def check_messages(language: str, path: Path | None = None) -> None:
    """Refuse a catalogue with broken plural forms, or one that drops or alters a token.

    Parameters
    ----------
    language : {"en", "ru", "uk", "tr"}
    path : Path, optional
        Another `.po` file than the one that ships.

    Raises
    ------
    LanguageError
        Unknown language; the first broken message, with file and line.
    """
    file = path or LOCALE / check_language(language) / "digicit.po"
    if language == "en" or not file.is_file():
        return
    from babel.messages.pofile import PoFileError, read_po

    forms = plural_forms(language)[0]
    try:
        with file.open("rb") as stream:
            catalogue = read_po(stream, locale=language, abort_invalid=True)
    except PoFileError as error:
        where = f"{file.name}:{(getattr(error, 'lineno', None) or 0) + 1}"
        raise LanguageError("A file of translations cannot be read.", where=where, got=str(error)) from None
    if catalogue.num_plurals != forms:
        raise LanguageError(
            "The plural forms of a language are declared wrongly.",
            where=f"{file.name}:1",
            got=f"nplurals={catalogue.num_plurals}",
            allowed=f"nplurals={forms} for {language}",
        )
    for line, what, got, allowed in _problems(catalogue):
        raise LanguageError(what, where=f"{file.name}:{line}", got=got, allowed=allowed)


def _problems(catalogue: Any) -> Iterator[tuple[int, str, str, str]]:
    for message in catalogue:
        if not message.id or "fuzzy" in message.flags:
            continue
        sources, texts = _forms(message.id), _forms(message.string)
        filled = [text for text in texts if text]
        if message.pluralizable and filled and len(filled) != catalogue.num_plurals:
            got = f"{len(filled)} of {catalogue.num_plurals} forms: {sources[0][:60]}"
            yield message.lineno, "A plural form is missing.", got, "every form, or none"
        fields = {field for source in sources for field in _FIELD.findall(source)}
        for text in filled:
            other = set(_FIELD.findall(text)) ^ fields
            if other and not (message.pluralizable and other <= fields):
                got = f"{', '.join(sorted(other))} in: {text[:60]}"
                yield message.lineno, "A translation drops or alters a token.", got, ", ".join(sorted(fields))


def _forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)
