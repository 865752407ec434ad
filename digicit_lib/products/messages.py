"""Whether a catalogue of translations may be printed from: forms whole, tokens kept, nothing claimed."""

from functools import lru_cache
from pathlib import Path

from digicit_lib.language.catalogue_files import catalogue_file, check_language
from digicit_lib.language.po import check_tokens, read
from digicit_lib.language.translation_gate import check_claims, check_glossary


def check_messages(language: str, path: Path | None = None) -> None:
    """Refuse a catalogue with broken plural forms, lost tokens, claims of its own or words to avoid.

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
    file = path or catalogue_file(check_language(language))
    if language == "en" or file is None or not file.is_file():
        return
    state = file.stat()
    _check(language, file, (state.st_size, state.st_mtime_ns))


@lru_cache
def _check(language: str, file: Path, stamp: tuple[int, int]) -> None:
    """Once for each state of a file: a catalogue of thousands of messages is read against all lists."""
    catalogue, name = read(language, file), f"{file.parent.name}/{file.name}"
    check_tokens(catalogue, name)
    check_claims(catalogue, language, name)
    check_glossary(catalogue, language, name)
