"""Pseudonyms: patterns of identifiers."""

from __future__ import annotations

import re

_PATTERNS = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "url": r"(?:https?://|www\.|\b(?:vk\.com|t\.me)/)\S+",
    "phone": r"(?<![\w+])\+?\d(?:[ ()\-–.]{0,2}\d){6,14}(?!\w)",
    "handle": r"(?<![\w@])@\w[\w.]+",
}


def find_patterns(text: str) -> list[tuple[int, int, str]]:
    """Identifiers that a pattern tells, as (start, end, kind)."""
    found = [(m.start(), m.end(), kind) for kind, p in _PATTERNS.items() for m in re.finditer(p, text)]
    return sorted(found)
