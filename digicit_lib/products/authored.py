"""What named people wrote for a study's products: arguments with their authors."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digicit_lib.errors import PublicationRefused
from digicit_lib.params.asks import check_filled
from digicit_lib.project import text_written_in
from digicit_lib.safe import has_come, inside, load_yaml
from digicit_lib.workbook.findings import typed_claims

_HEADING = re.compile(r"## +.*?\{#([a-z_]+)\}|## +(.+)")


@dataclass(frozen=True)
class Argument:
    """Paragraphs of named authors, by their key."""

    key: str
    authors: tuple[str, ...]
    paragraphs: tuple[str, ...]


def read_arguments(root: Path, study: str) -> dict[str, Argument]:
    """The arguments of a study by key; none where no file holds them.

    Parameters
    ----------
    root : Path
        The project folder; the file is ``params/arguments/<study>.md``: front matter with `authors` and
        `date`, then ``## heading {#key}`` and paragraphs, whose numbers are tokens.
    study : str

    Raises
    ------
    PublicationRefused
        No authors or date, a typed number, a placeholder, or words under no heading, with the line.
    """
    path = inside(root, "params", "arguments", f"{study}.md")
    if not path.is_file():
        return {}
    text = text_written_in(path, label := f"params/arguments/{path.name}")
    head, start = _front_matter(text, label)
    authors = _authors(head, label)
    texts_by_key: dict[str, list[str]] = {}
    for number, line in _lines(text, start):
        match = _HEADING.fullmatch(line)
        if match:
            key = match[1] or re.sub(r"\W+", "_", match[2].lower()).strip("_")
            texts_by_key[key] = []
        else:
            _check_words(line, f"{label}:{number}", under=bool(texts_by_key))
            texts_by_key[next(reversed(texts_by_key))].append(line)
    return {key: Argument(key, authors, tuple(lines)) for key, lines in texts_by_key.items()}


def _is_day(value: Any) -> bool:
    return isinstance(value, dt.date) and has_come(value)


def _front_matter(text: str, label: str) -> tuple[Any, int]:
    """What stands between the first two lines of dashes, and the line after it."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        return {}, 0
    end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == "---")
    return load_yaml("\n".join(lines[1:end]), name=label)[0], end + 1


def _authors(head: Any, label: str) -> tuple[str, ...]:
    fields = head if isinstance(head, Mapping) else {}
    authors = fields.get("authors") or []
    people = authors if isinstance(authors, list) else [authors]
    names = [p.get("name") for p in people if isinstance(p, Mapping) and p.get("name") and p.get("role")]
    whole = names and len(names) == len(people) and people is authors
    if not whole or not _is_day(fields.get("date")):
        got = "no date that has come" if names else "no authors"
        got = "authors without name and role" if people and not whole else got
        what = "An argument is printed only with its authors."
        allowed = "--- / authors: [{name: …, role: …}] / date: 2026-10-01 / ---"
        raise PublicationRefused(what, where=f"{label}:1", got=got, allowed=allowed)
    return tuple(str(name) for name in names)


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Paragraphs as one line each, with the number of their first line."""
    buffer, first = "", 0
    for number, raw in enumerate([*text.splitlines()[start:], ""], start + 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            buffer, first = f"{buffer} {line}".strip(), first or number
            continue
        if buffer:
            yield first, buffer
        buffer, first = "", 0
        if line:
            yield number, line


def _check_words(line: str, where: str, *, under: bool) -> None:
    if not under:
        raise PublicationRefused("An argument stands under a heading.", where=where, next="## Title {#key}")
    check_filled(line, where)
    digits = [claim for claim in typed_claims(line) if claim[0].isdigit()]
    if digits:
        what = "An argument may not type a number."
        raise PublicationRefused(what, where=where, got=", ".join(digits), allowed="tokens such as {ACC-03}")
