"""What was said, as tables print it: translated, or in its own language, which the cell then names."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from digicit_lib.qualitative import quotations
from digicit_lib.qualitative.tokens import unmasked
from digicit_lib.workbook.voice import Voice

Said = Iterable[tuple[str, str]]  # words and their languages


def quoted(project: Any, k: int, voice: Voice, *, invented: bool) -> pd.DataFrame:
    """Approved quotations with the ``words`` that a table prints and the language they are ``spoken`` in."""
    quotes = quotations(project, k=k, language=voice.language)
    translated = quotes["translation"] != ""
    spoken = quotes["lang"].mask(translated, voice.language)
    said = zip(quotes["translation"].where(translated, quotes["text"]), spoken, strict=True)
    words = [unmasked(str(text), language) for text, language in said]
    return quotes.assign(spoken=spoken, words=[voice.invented(w) if invented else w for w in words])


def filled(table: pd.DataFrame, heads: Mapping[str, str]) -> dict[str, str]:
    """The heads of the columns that a table has and that hold anything."""
    empty = {column for column in heads if column in table and table[column].isin(["", "nan"]).all()}
    return {c: head for c, head in heads.items() if c in table and (c not in empty or table.empty)}


def foreign(said: Said, voice: Voice) -> dict[str, str]:
    """Passages in another language than the page's, to that language; none where it is not recorded."""
    return {voice.cell(words): lang for words, lang in said if lang not in ("", voice.language)}
