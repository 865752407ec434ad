"""What of an executed workbook is printed: no heading, paragraph or title without what it introduces."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from digicit_lib.exhibits.blocks import MIME

_HEADING = re.compile(r"(#{1,6}) ")
_SILENT = {"note"}  # with the tone "gap": they say what is not there

Cell = Mapping[str, Any]


def printed(cells: Sequence[Cell]) -> list[Cell]:
    """The cells of a report, without prose that introduces nothing.

    Parameters
    ----------
    cells : sequence of mapping
        Of an executed notebook. A paragraph prints with the code cell after it, or with those that its
        metadata name (`prints_with`: an id or a list of ids); a heading prints with anything of its section.

    Returns
    -------
    list of mapping
        All of them when no cell has any output: then nothing was executed.

    Examples
    --------
    >>> text = lambda source: {"cell_type": "markdown", "source": source, "metadata": {}}
    >>> code = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": []}
    >>> shown = {**code, "outputs": [{"output_type": "stream", "text": "1"}]}
    >>> [c["source"] for c in printed([text("## A"), code, text("## B"), text("Of it."), shown])]
    ['x', '## B', 'Of it.', 'x']
    """
    if not any(cell.get("outputs") for cell in cells):
        return list(cells)
    return [cell for place, cell in enumerate(cells) if _prints(cells, place)]


def _prints(cells: Sequence[Cell], place: int) -> bool:
    cell = cells[place]
    if cell["cell_type"] != "markdown":
        return True
    if "lab" in cell.get("metadata", {}).get("tags", ()):
        return False  # it speaks to those who run the workbook
    names = cell.get("metadata", {}).get("prints_with")
    if names:
        ids = {names} if isinstance(names, str) else set(names)
        return any(_shows(other) for other in cells if other.get("id") in ids)
    level = _level(cell)
    if not level:
        return _introduces(cells, place)
    section = cells[place + 1 : _end(cells, place, level)]
    return any(map(_shows, section))


def _introduces(cells: Sequence[Cell], place: int) -> bool:
    """A paragraph stands with the next code cell of its section, and with the section where there is none."""
    for other in cells[place + 1 :]:
        if _level(other):
            break
        if other["cell_type"] == "code":
            return _shows(other)
    return True


def _end(cells: Sequence[Cell], place: int, level: int) -> int:
    """Where the section of a heading ends: at the next heading of its level or above."""
    later = range(place + 1, len(cells))
    return next((i for i in later if 0 < _level(cells[i]) <= level), len(cells))


def _level(cell: Cell) -> int:
    """The level of the heading that a cell begins with; 0: none."""
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    match = _HEADING.match(source.lstrip()) if cell["cell_type"] == "markdown" else None
    return len(match[1]) if match else 0


def _shows(cell: Cell) -> bool:
    """Whether a code cell shows anything but what is missing."""
    return any(_is_shown(output.get("data", {}).get(MIME)) for output in cell.get("outputs", ()))


def _is_shown(block: Mapping[str, Any] | None) -> bool:
    return block is None or block["kind"] not in _SILENT or block.get("tone") != "gap"
