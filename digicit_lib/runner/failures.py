"""What a failure may keep: kinds and places of errors. Foreign words and shown values may quote an answer."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import digicit_lib
from digicit_lib import errors
from digicit_lib.errors import DigicitError
from digicit_lib.runner.freshness import read_json
from digicit_lib.safe import write_atomic

NOTEBOOK = "workbook.ipynb"
NOT_KEPT = "The text of this error is not kept: it may quote an answer."
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# As errors are named: a cell may call one of its own after whatever it read.
_KIND = re.compile(r"[A-Z][A-Za-z]{1,60}(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Refused|Made)")
_PLACE = re.compile(r"File (?P<file>[^\n]+?):\d+(?=,)|Cell In\[\d+\], line \d+")
_OURS = Path(digicit_lib.__file__).parent
_INSTALLED = (_OURS, Path(sys.prefix), Path(sys.base_prefix))
_OWN_FILE = "a file of its own"


def forget_outputs(notebook: Path, sentence: str = "") -> None:
    """Take outputs out of an executed notebook; of an error its name and places stay, its words only if ours.

    A foreign message may quote an answer, and so may whatever a cell has shown; ours is kept as it was told.
    """
    content = read_json(notebook)
    for cell in content.get("cells", []):
        if "outputs" in cell:
            errors = (output for output in cell["outputs"] if output["output_type"] == "error")
            cell["outputs"] = [_error_without_words(output, sentence) for output in errors]
            cell.get("metadata", {}).get("papermill", {}).pop("exception_text", None)
    # A killed run may leave half a notebook: then nothing of it is kept.
    write_atomic(notebook, json.dumps(content)) if content else notebook.unlink()


def _error_without_words(output: dict[str, Any], sentence: str = "") -> dict[str, Any]:
    kind = error_kind(str(output.get("ename")))
    words = (sentence or output.get("evalue", "")) if is_ours(kind, output["traceback"]) else NOT_KEPT
    return {
        **output,
        "ename": kind,
        "evalue": words,
        "traceback": [*places_in("\n".join(output["traceback"])), f"{kind}: {words}"],
    }


def error_kind(name: str) -> str:
    """The kind of an error, where it is named as kinds are.

    Examples
    --------
    >>> error_kind("KeyError"), error_kind("girl_9_yes")
    ('KeyError', 'an error of its own kind')
    """
    return name if _KIND.fullmatch(name) else "an error of its own kind"


def places_in(texts: Iterable[str]) -> list[str]:
    """Files and lines of a kernel's traceback, without code and words.

    Examples
    --------
    >>> places_in(["Cell In[5], line 1\\n----> 1 raise ValueError(row)", "ValueError: {'age': 9}"])
    ['Cell In[5], line 1']
    """
    lines = (_PLACE.match(_COLOURS.sub("", line)) for text in texts for line in text.split("\n"))
    places = (
        line[0] if not line["file"] or _is_installed(line["file"]) else _OWN_FILE for line in lines if line
    )
    return list(dict.fromkeys(places))


def _is_installed(name: str, *folders: Path) -> bool:
    """Whether a place is a file of digicit, of Python or of its packages: code may say that it is in any."""
    path = Path(name).expanduser()
    return path.is_file() and any(path.is_relative_to(folder) for folder in folders or _INSTALLED)


def places_of(error: BaseException) -> Iterator[str]:
    """Kind and places of an error and of its causes, without their words and values."""
    for frame in traceback.extract_tb(error.__traceback__):
        place = _is_installed(frame.filename)
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}" if place else f"  {_OWN_FILE}"
    yield error_kind(type(error).__name__) + (f": {error}" if isinstance(error, DigicitError) else "")
    # An error of a cell carries the kernel's own traceback, as text, and its kind.
    yield from (f"  {place}" for place in places_in(getattr(error, "traceback", ())))
    yield from (f"  {error_kind(name)}" for name in filter(None, [getattr(error, "ename", "")]))
    cause = error.__cause__ or error.__context__
    if cause is not None:
        yield from places_of(cause)


def is_ours(name: str, texts: Iterable[str]) -> bool:
    """Whether digicit has raised an error: its words hold no answer, while a cell may say anything."""
    kind, places = getattr(errors, name, None), places_in(texts)
    has_type = isinstance(kind, type) and issubclass(kind, DigicitError)
    last = places[-1].removeprefix("File ").rpartition(":")[0] if places else ""
    return has_type and (not places or _is_installed(last, _OURS))
