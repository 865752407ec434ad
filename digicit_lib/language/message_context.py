"""What a translator is told above a message: the line that says it, and an example of each of its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from digicit_lib.language.catalogue_files import LOCALE
from digicit_lib.safe import load_yaml

SHORT = 25  # characters below which a message says too little of itself
LIBRARY = Path(__file__).parents[1]
_TOKEN = re.compile(r"\{([^{}]+)\}")
_BEFORE, _AFTER = 45, 30  # characters of the line that are kept around the message


def context_comments(
    message: str | tuple[str, str], places: Sequence[tuple[str, int]], root: Path
) -> list[str]:
    """The comments of a message, as `.po` files keep them after ``#.``.

    Parameters
    ----------
    message : str or (str, str)
        A message, or its singular and plural.
    places : sequence of (str, int)
        Files below the project or the library, and lines; of a workbook the number of the cell.
    root : Path
        The project folder.

    Returns
    -------
    list of str
        The line where a short message stands, and ``{token}: example`` for its tokens; empty for a sentence
        without any.

    Examples
    --------
    >>> context_comments("{n} of {all}", [("digicit_lib/products/kinds.py", 1)], Path("."))
    ['said in: kinds', '{n}: 1,205; {all}: 12']
    """
    english = message if isinstance(message, str) else message[0]
    text = english if isinstance(message, str) else " ".join(message)
    told = [f"said in: {_line(*places[0], english, root)}"] if len(english) < SHORT and places else []
    given = token_examples(english)
    tokens = [f"{{{name}}}: {given[name]}" for name in dict.fromkeys(_TOKEN.findall(text)) if name in given]
    return [*told, "; ".join(tokens)] if tokens else told


def token_examples(english: str) -> Mapping[str, str]:
    """What may stand in each token of a message, by the token's name."""
    table = _table()
    own = [words for start, words in table["within"].items() if english.startswith(start)]
    return {str(k): str(v) for words in (table["tokens"], *own) for k, v in words.items()}


@cache
def _table() -> dict[str, Any]:
    return dict(load_yaml(LOCALE / "examples.yaml")[0])


def _line(file: str, line: int, text: str, root: Path) -> str:
    """The words around a message on the line that says it; a mark's literal may stand some lines below."""
    lines = _lines(root / file) or _lines(LIBRARY.parent / file)
    order = [*range(line - 1, len(lines)), *range(min(line - 1, len(lines)))]
    at = next((i for i in order if text in lines[i]), None)
    if at is None:
        return Path(file).stem
    words = " ".join(lines[at].split())
    start = words.find(text)
    first = 0 if start <= _BEFORE else words.find(" ", start - _BEFORE, start) + 1 or start
    return words[first : start + len(text) + _AFTER].strip()


@cache
def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
