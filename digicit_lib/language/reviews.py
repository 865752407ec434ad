"""Which translations a native speaker has read: a change of the English or of the translation voids it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from digicit_lib.errors import LanguageError
from digicit_lib.language import N_, catalogue_texts, message_id, translate
from digicit_lib.language.po import path_of
from digicit_lib.language.translation_gate import rendered_otherwise
from digicit_lib.project import text_written_in
from digicit_lib.safe import fingerprint, write_atomic

COLUMNS = ("message", "review", "reviewer", "role", "date")
SHEET = ("message", "english", "translation", "where", "example", "terms", "read")
READ = ("yes", "ok", "да", "так", "evet")


def review_id(english: str, text: str) -> str:
    """What a review is of: this English and this translation."""
    return fingerprint(f"{english}\0{text}")[:16]


def file_of(language: str) -> Path:
    """The reviews of a language, beside its catalogue."""
    return path_of(language).with_name("reviews.csv")


def reviewed(language: str) -> set[str]:
    """Ids of the messages whose translation was read as it stands now."""
    return set(_valid(language))


def _valid(language: str) -> dict[str, tuple[str, ...]]:
    """Id of a message to its review, as far as neither side has changed."""
    file, texts = file_of(language), catalogue_texts(language).items()
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))) if file.is_file() else ()
    reviews = {row["review"]: tuple(row[name] for name in COLUMNS) for row in rows}
    ids = {message_id(english): review_id(english, text) for english, text in texts}
    return {name: reviews[review] for name, review in ids.items() if review in reviews}


def counts(language: str, messages: Iterable[str]) -> tuple[int, int, int]:
    """Messages of a page: how many, how many of them translated, how many of these read by a native speaker.

    Parameters
    ----------
    language : str
    messages : iterable of str
        Ids, as blocks carry them.
    """
    ids, translated = set(messages), {message_id(english) for english in catalogue_texts(language)}
    return len(ids), len(ids & translated), len(ids & reviewed(language))


def how_translated(names: Iterable[str], language: str) -> str:
    """How many of some messages are translated, and how many of these a native speaker has read."""
    every, translated, reviewed_count = counts(language, names)
    words = N_("{n} of {all} messages of this document were read by a native speaker.")
    lines = [translate(words, language, n=reviewed_count, all=every)]
    if every > translated:
        lines.append(translate("{n} of them are still in English.", language, n=every - translated))
    return " ".join(lines)


def preview_sheet(language: str, places: Mapping[str, str], examples: Mapping[str, tuple[str, str]]) -> str:
    """A sheet to read a language by: each message with its translation, page and an example of its tokens.

    Parameters
    ----------
    language : str
    places : mapping of str to str
        English to where the message is written.
    examples : mapping of str to (str, str)
        Id to a published page and the message as it stands there, as `published` finds them.

    Returns
    -------
    str
        CSV; `terms` has the words of the glossary that a translation lacks; a reviewer writes yes at its end.
    """
    stream, texts, reviews = io.StringIO(), catalogue_texts(language), reviewed(language)
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(SHEET)
    for english, where in places.items():
        name = message_id(english)
        text, (page, example) = texts.get(english, ""), examples.get(name, (where, ""))
        terms = "; ".join(use for _, use in rendered_otherwise(english, text, language)) if text else ""
        rows.writerow([name, english, text, page, example, terms, "yes" if name in reviews else ""])
    return stream.getvalue()


def record(language: str, sheet: Path, reviewer: str, role: str, day: dt.date) -> int:
    """Put what a reviewer marked as read into the language's reviews; who has read a message first keeps it.

    Returns
    -------
    int
        How many messages are this reviewer's.

    Raises
    ------
    LanguageError
        A sheet without its columns, a translation that is not the catalogue's: file and line.
    """
    texts = {message_id(english): (english, text) for english, text in catalogue_texts(language).items()}
    marks, count = _valid(language), 0
    lines = csv.DictReader(io.StringIO(text_written_in(sheet, sheet.name)))
    if {"message", "translation", "read"} - set(lines.fieldnames or ()):
        raise LanguageError("No sheet of translations.", where=f"{sheet.name}:1", allowed=", ".join(SHEET))
    for number, row in enumerate(lines, 2):
        if (row["read"] or "").strip().lower() in READ:
            english, text = texts.get(row["message"], ("", ""))
            if not text or text != row["translation"]:
                what = "The translation has changed since the sheet was written."
                hint = f"digicit translate {language} --preview"
                raise LanguageError(what, where=f"{sheet.name}:{number}", got=row["message"], next=hint)
            own = (row["message"], review_id(english, text), reviewer, role, str(day))
            count += marks.setdefault(row["message"], own)[2] == reviewer
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *(marks[name] for name in sorted(marks))])
    write_atomic(file_of(language), stream.getvalue())
    return count
