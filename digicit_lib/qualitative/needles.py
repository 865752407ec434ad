"""What a text must hold before a regular expression can match in it: hundreds of patterns, few looked for."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

_parse: Callable[..., Any] = import_module("re._parser").parse  # what `re.compile` itself calls


def levelled(text: str) -> str:
    """Letters that `re.IGNORECASE` takes for one another as one letter, every digit as 0.

    Examples
    --------
    >>> levelled("İki KIZ, 27")
    'iki kiz, 00'
    """
    return re.sub(r"\d", "0", text.casefold().replace("ı", "i").replace("\u0307", ""))


@cache
def needles(pattern: str) -> tuple[str, ...]:
    """Levelled pieces of which every match holds one; empty where a match may hold none.

    Examples
    --------
    >>> needles(r"(?i)(?<!\\w)(?:school|lyc[eé]e) no\\.? ?\\d+"), needles(r"\\w+ (?:and )?$")
    ((' no',), (' ',))
    """
    return _of_sequence(_parse(pattern))


def _of_sequence(tree: Any) -> tuple[str, ...]:
    """The best piece of what must all be there: the one whose shortest alternative is longest."""
    pieces: list[tuple[str, ...]] = []
    run = ""
    for kind, value in tree:
        if str(kind) == "LITERAL":
            run += chr(value)
            continue
        pieces, run = [*pieces, (levelled(run),), _of_part(str(kind), value)], ""
    good = [piece for piece in [*pieces, (levelled(run),)] if piece and all(piece)]
    return max(good, key=lambda piece: (min(map(len, piece)), -len(piece)), default=())


def _of_part(kind: str, value: Any) -> tuple[str, ...]:
    if kind in ("SUBPATTERN", "ASSERT"):  # what must stand before or behind a match stands in the text
        return _of_sequence(value[-1])
    if kind == "BRANCH":
        return _either(map(_of_sequence, value[1]))
    if kind == "MAX_REPEAT" and value[0] > 0:
        return _of_sequence(value[2])
    if kind == "IN":
        return _either(_of_member(str(member), what) for member, what in value)
    return ()


def _of_member(kind: str, value: Any) -> tuple[str, ...]:
    """What one member of a set of letters stands for; a class or a wide range is anything."""
    if kind == "LITERAL":
        return (levelled(chr(value)),)
    if kind == "RANGE" and value[1] - value[0] < 10:
        return tuple(levelled(chr(letter)) for letter in range(value[0], value[1] + 1))
    return ("0",) if str(value) == "CATEGORY_DIGIT" else ()


def _either(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    several = list(parts)
    return tuple(dict.fromkeys(piece for part in several for piece in part)) if all(several) else ()
