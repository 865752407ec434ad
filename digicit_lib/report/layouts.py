"""Parts of a product that have a page of their own on paper: cards to be cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from digicit_lib.language import N_, translate

CARD = "card"  # the key of a section of a product's text
FRONT = ("finding", "list")
_MAY_PASS = N_("No right answer. You may pass. You need not speak of yourself.")


def cut(parts: Sequence[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """The parts of a PDF, its cards at the end: what was found and the questions in front, the rest behind.

    Parameters
    ----------
    parts : sequence of dict
        As `pdf.document` gives them to typst; a heading with the key `card` begins a card.
    language : str

    Returns
    -------
    list of dict
        The other parts in their order, then one part with all cards, where there are any.

    Examples
    --------
    >>> parts = [{"type": "heading", "level": 2, "key": key, "parts": []} for key in ("use", "card", "how")]
    >>> [part.get("key", part["type"]) for part in cut(parts, "en")]
    ['use', 'how', 'cards']
    """
    rest: list[dict[str, Any]] = []
    cards: list[dict[str, Any]] = []
    inside = False
    for part in parts:
        if part["type"] == "heading" and part["level"] == 2:
            inside = part.get("key") == CARD
            if inside:
                cards.append({"title": part["parts"], "front": [], "back": []})
                continue
        if not inside:
            rest.append(part)
        else:
            cards[-1]["front" if part["type"] in FRONT else "back"] += _pieces(part)
    foot = translate(_MAY_PASS, language)
    return [*rest, {"type": "cards", "cards": cards, "foot": foot}] if cards else rest


def _pieces(part: dict[str, Any]) -> list[dict[str, Any]]:
    """A list as its items, so that a long one can go on to another card."""
    if part["type"] != "list":
        return [part]
    return [{"type": "item", "blocks": item} for item in part["items"]]
