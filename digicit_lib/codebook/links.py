"""What indicators and instruments name: indicators and answers that are there, sections of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from digicit_lib.codebook import BASES, CONSTRUCTS, SCALES, Indicator, Instrument, catalogue, split_id
from digicit_lib.errors import CodebookError, DigicitError, nearest, suggest
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


def check_links(known: Mapping[str, Indicator], checked: Mapping[str, Indicator]) -> None:
    """Bases, skips and derived parts name indicators that exist; answer codes stand in their scale.

    Parameters
    ----------
    known, checked : mapping
        The indicators that may be named, and those whose links are looked at.

    Raises
    ------
    CodebookError
    """
    for name, indicator in checked.items():
        links = [*([] if indicator.base in BASES else indicator.base.split("|")), indicator.implied_no_if]
        links += [leaf.of for leaf in (indicator.derived.leaves() if indicator.derived else ())]
        unknown = [link for link in links if link and link not in known]
        if unknown:
            raise CodebookError("An indicator names one that is not there.", where=name, got=unknown[0])
        _check_scale(name, indicator)


def _check_scale(name: str, indicator: Indicator) -> None:
    """An own indicator may have no scale of the catalogue; its answers are then only those of its rule."""
    scale = {} if indicator.source and not indicator.scale else SCALES.get(indicator.scale)
    if scale is None:
        allowed = ", ".join(nearest(indicator.scale, SCALES))
        raise CodebookError("Unknown answer scale.", where=name, got=indicator.scale, allowed=allowed)
    codes = [*indicator.yes, *indicator.no, *indicator.values, *sum(indicator.categories.values(), ())]
    stray = [code for code in codes if code not in scale]
    if stray:
        allowed = ", ".join(scale)
        raise CodebookError("An answer code is not in its scale.", where=name, got=stray[0], allowed=allowed)
