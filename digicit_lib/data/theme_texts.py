"""The team's own words on each theme: `params/STUDY/themes/*.md`, with their authors."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from digicit_lib.errors import DataError
from digicit_lib.project import text_written_in, theme_files
from digicit_lib.synthetic import invented_theme_texts as invented

KEYS = ("theme", "authors", "finding", "language")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.S)


class ThemeText(NamedTuple):
    """A team's paragraph on a theme.

    Attributes
    ----------
    theme : str
    finding : str
        One sentence for the key findings: what was said; numbers only as tokens.
    authors : tuple of str
    language, body, file : str
        Without a language a text of the library, which is said in each.
    """

    theme: str
    finding: str
    authors: tuple[str, ...]
    language: str
    body: str
    file: str


def theme_texts(params: Any, root: Path) -> list[ThemeText]:
    """The paragraphs of a study; of a demonstration those that were invented with its interviews.

    Raises
    ------
    DataError
        A file without its heading, or with a key that is none.
    """
    if params.is_synthetic("qualitative"):
        return [ThemeText(t["theme"], t["finding"], (), "", t["body"], "") for t in invented()]
    return [_read(path, root) for path in theme_files(params.slug, root)]


def _read(path: Path, root: Path) -> ThemeText:
    where = path.relative_to(root).as_posix()
    match = _FRONT.match(text_written_in(path, where).replace("\r\n", "\n"))
    try:
        head = yaml.safe_load(match[1]) if match else None
    except (yaml.YAMLError, ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or not match:
        what = "A paragraph on a theme begins with its heading."
        allowed = "---, then theme, authors, finding and language as YAML, then ---"
        raise DataError(what, where=f"{where}:1", allowed=allowed)
    strange = [str(key) for key in head if key not in KEYS]
    lacking = [key for key in ("theme", "authors") if not head.get(key)]
    if strange or lacking:
        raise DataError(
            "The heading of a paragraph on a theme is not complete." if lacking else "Unknown key.",
            where=f"{where}:{heading_line(path, (strange or [''])[0])}",
            got=", ".join(strange) or None,
            allowed=", ".join(KEYS),
        )
    authors = head["authors"] if isinstance(head["authors"], list) else [head["authors"]]
    fields = {key: str(head.get(key) or "").strip() for key in KEYS}
    names, body, language = tuple(map(str, authors)), match[2].strip(), fields["language"] or "en"
    return ThemeText(fields["theme"], fields["finding"], names, language, body, where)


def heading_line(path: Path, key: str) -> int:
    """The line of a heading's key; the first where it is not there."""
    lines = text_written_in(path, path.name).splitlines()
    return next((n for n, text in enumerate(lines, 1) if key and text.startswith(f"{key}:")), 1)
