"""Whether a catalogue of translations may be printed from: plural forms whole, tokens and numbers kept."""

from __future__ import annotations

from pathlib import Path

from digicit_lib.language import LOCALE, check_language


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
    from digicit_lib.language.po_files import check_tokens, read

    check_tokens(read(language, file), f"{file.parent.name}/{file.name}")
