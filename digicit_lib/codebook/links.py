"""What an instrument names: indicators that somebody defines, sections of the report."""

from __future__ import annotations

from collections.abc import Iterator

from digicit_lib.codebook import CONSTRUCTS, Instrument, catalogue, split_id
from digicit_lib.errors import CodebookError, DigicitError, suggest
from digicit_lib.safe import Lines


def undefined(tool: Instrument, lines: Lines, label: str) -> list[DigicitError]:
    """Indicators that nobody knows, each with its line."""
    wrong: list[DigicitError] = []
    for name in tool.indicators:
        try:
            tool.definition(name)
        except CodebookError as error:
            where = f"{label}:{lines.get(('indicators', name), 1)}"
            wrong.append(CodebookError(error.what, where=where, got=error.got, next=error.next))
    return wrong


def stray_notes(tool: Instrument, label: str) -> Iterator[DigicitError]:
    """Notes stand in a section of the report, and name indicators that exist, as `contains` does."""
    for section in (section for section in tool.notes if section not in CONSTRUCTS):
        where, allowed = f"{label} notes", ", ".join(CONSTRUCTS)
        yield CodebookError("Unknown section.", where=where, got=section, allowed=allowed)
    named = [(f"notes.{s}", i) for s, notes in tool.notes.items() for note in notes for i in note.indicators]
    named += [(f"breakdowns.{b}.contains", i) for b, kind in tool.breakdowns.items() for i in kind.contains]
    mapped = {split_id(name)[0] for name in tool.indicators}
    for where, name in named:
        plain = split_id(name)[0]
        if plain not in catalogue() and plain not in mapped:
            close = suggest(plain, catalogue())
            yield CodebookError(
                "Unknown indicator.", where=f"{label} {where}", got=name, allowed="ids of the catalogue",
                next=close and f"did you mean {close}?",
            )  # fmt: skip
