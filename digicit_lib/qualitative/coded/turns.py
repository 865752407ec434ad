"""Texts and names as the room takes them: canonical, hashed, told apart, cut into turns."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_LABEL = re.compile(
    r"^[ \t]*(?:\[\d{1,2}:\d{2}(?::\d{2})?\][ \t]*)?"
    r"(?P<who>[\w.\-]{1,24}|[\w.\-]{1,16}(?: [\w.\-]{1,12}){1,2}):(?:[ \t]+|$)",
    re.M,
)
# C0 and C1 controls, direction marks: in a name they can make a table say what its data does not.
_MARKS = dict.fromkeys([*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F),
                        *range(0x2066, 0x206A), 0xFEFF])  # fmt: skip

_ENDINGS = (".txt", ".docx", ".doc", ".rtf", ".odt", ".md", ".pdf")


def canonical(text: str) -> str:
    """The text that spans count on: no byte order mark, every line end one LF."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def text_sha256(text: str) -> str:
    """The hash that a signature is bound to; blank space at the end does not count."""
    return hashlib.sha256(text.rstrip().encode("utf-8", "surrogatepass")).hexdigest()


def clean_name(name: object) -> str:
    """A name without control and direction marks or doubled space, at most 200 characters."""
    return " ".join(str(name).translate({**_MARKS, 9: " ", 10: " ", 13: " "}).split())[:200]


def stem(name: object) -> str:
    """A document's name without the ending of its file."""
    text = clean_name(name)
    return next((text[: -len(end)] for end in _ENDINGS if text.lower().endswith(end)), text)


def unique(names: Iterable[str]) -> list[str]:
    """Names told apart by a number, so that no source stands for another."""
    used: dict[str, None] = {}
    for name in names:
        more = (f"{name or 'source'} ({n})" for n in range(2, len(used) + 3))
        used[next(c for c in (name or "source", *more) if c not in used)] = None
    return list(used)


def code_path(names: Sequence[str]) -> str:
    """The key of a code: its names from the top, so that two programs' exports meet."""
    return "/".join(name.replace("/", "\u2215") for name in names)


def parse_turns(text: str) -> list[tuple[int, int, int, str]]:
    """Turns as (line start, speech start, end, speaker); unlabelled lines continue a turn.

    A label of several words counts only where it comes back: a sentence may hold a colon too.
    """
    found = [m for m in _LABEL.finditer(text) if any(c.isalpha() for c in m["who"])]
    often = Counter(m["who"] for m in found)
    found = [m for m in found if " " not in m["who"] or often[m["who"]] > 1]
    if not found:
        return [(m.start(), m.start(), m.end(), "") for m in re.finditer(r"[^\n]*\S[^\n]*", text)]
    stops = [*(m.start() for m in found[1:]), len(text)]
    head = _trim(text, 0, found[0].start())
    turns = [(0, 0, head, "")] if head else []
    for match, stop in zip(found, stops, strict=True):
        end = _trim(text, match.start(), stop)
        turns.append((match.start(), min(match.end(), end), end, match["who"]))
    return turns


def _trim(text: str, start: int, stop: int) -> int:
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return stop
