"""A poster of one number, square or tall, for walls and phones: the number, its sentence, ten children."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib

from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import tall, width, wrap
from digicit_lib.exhibits.row_charts import CHILD

SIDE, DPI = 6.0, 180  # 1080 pixels wide
SHAPES = {"square": SIDE, "tall": SIDE * 16 / 9}
STRIP, EDGE = 0.32, 0.4  # inches: the mark of invented data; the margin
ROOM = SIDE - 2 * EDGE
_TAIL = 0.11 / 72  # inches for each point of size: digits have no tails
FILLED = "#FFB48A"  # a child of the share: light on every colour of a sheet
_BIG, _WORDS = (96, 80, 66, 56, 46, 34, 28), (27, 24, 21, 18.5, 16.5, 14.5, 12.5)
_LINE, _SMALL, _GAP, _CHILDREN = 13, 9.5, 0.14, 0.7


@dataclass(frozen=True)
class Panel:
    """What a poster shows.

    Attributes
    ----------
    big : str
        The number, as it is read.
    words : str
        What it is of.
    share : float or None
        Fills ten children; None where the number is no share.
    """

    big: str
    words: str
    share: float | None = None


@dataclass(frozen=True)
class Poster:
    """The files of a poster, and what it says to those who do not see it."""

    svg: bytes
    png: bytes
    alt: str


def poster(
    title: str,
    panel: Panel,
    *,
    lines: Sequence[str],
    foot: str,
    shape: str = "square",
    colour: str = c.PALETTE[0],
    mark: str = "",
) -> Poster:
    """Draw a poster.

    Parameters
    ----------
    title : str
    panel : Panel
    lines : sequence of str
        Sentences below the number: a right, where to get help.
    foot : str
        Base, answers, interval and source, in small letters.
    shape : {"square", "tall"}
        1080 × 1080 or 1080 × 1920 pixels.
    colour : str
        The ground, dark enough for white letters.
    mark : str
        What a strip above says of invented data; empty: they are real.

    Returns
    -------
    Poster

    Examples
    --------
    >>> made = poster("Life online", Panel("62%", "of children play", 0.62), lines=(), foot="Source")
    >>> made.png[:4], made.alt
    (b'\\x89PNG', 'Life online: 62% of children play')
    """
    alt = f"{title}: {panel.big} {panel.words}"
    with matplotlib.rc_context(c.STYLE):
        sheet = _Sheet(SHAPES[shape], colour, mark)
        sheet.fill(title, panel, lines, foot)
        svg = c.strip_svg(c.as_svg(sheet.figure), "poster-")
        png, words = io.BytesIO(), {"Software": None, "Title": title}
        sheet.figure.savefig(png, format="png", dpi=DPI, metadata=words)
    return Poster(c.sheet_as_file(svg, "poster-", title, alt).encode(), png.getvalue(), alt)


def _largest(text: str, sizes: Sequence[float], room: float, *, bold: bool = True) -> tuple[str, float]:
    """A text in lines, in the largest size that has room without a word cut in two."""
    for size in sizes:
        broken = wrap(text, ROOM, size, bold)
        if tall(broken, size) < room and all(width(word, size, bold) <= ROOM for word in text.split()):
            return broken, size
    return wrap(text, ROOM, sizes[-1], bold), sizes[-1]


class _Sheet:
    """Paper with its origin at the top left corner, in inches."""

    def __init__(self, high: float, colour: str, mark: str) -> None:
        self.figure = c.Figure(figsize=(SIDE, high), facecolor=colour)
        self.high, self.colour, self.top = high, colour, STRIP if mark else 0.0
        self.ink = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.ink.set(xlim=(0, SIDE), ylim=(high, 0))
        self.ink.set_axis_off()
        if mark:  # a strip above all, never across the number
            self.ink.fill_between([0, SIDE], 0, STRIP, color=c.GROUND, linewidth=0)
            self._write(STRIP / 2, mark, 10, weight=c.BOLD, color=c.MARK, va="center", gid="synthetic")

    def _write(self, y: float, text: str, size: float, **style: Any) -> float:
        """A text below `y`; returns where it ends."""
        kept = {"size": size, "va": "top", "linespacing": 1.0, "color": "white", **style}
        self.ink.text(EDGE, y, text, **kept)
        return y + tall(text, size)

    def fill(self, title: str, panel: Panel, lines: Sequence[str], foot: str) -> None:
        """Title above, source below, and the room between shared out among number, children and lines."""
        small = wrap(foot, ROOM, _SMALL)
        bottom = self.high - 0.25 - tall(small, _SMALL)
        self._write(bottom, small, _SMALL)
        top = self._write(self.top + 0.25, wrap(title, ROOM, _LINE), _LINE)
        texts = [wrap(line, ROOM, _LINE) for line in lines]
        need = sum(tall(text, _LINE) + _GAP for text in texts) + (_CHILDREN if panel.share is not None else 0)
        room = bottom - top - need - 4 * _GAP
        big, large = _largest(panel.big, _BIG, min(1.75, 0.75 * room))
        high = tall(big, large) - _TAIL * large
        words, size = _largest(panel.words, _WORDS, room - high)
        gap = min(0.8, (room - high - tall(words, size)) / 4) + _GAP
        self._write(top + gap, big, large, weight=c.BOLD)
        y = self._write(top + gap + high, words, size, weight=c.BOLD) + gap
        if panel.share is not None:
            self._children(round(10 * panel.share), y + _CHILDREN / 2)
            y += _CHILDREN + gap
        for text in texts:
            y = self._write(y, text, _LINE) + _GAP

    def _children(self, count: int, y: float) -> None:
        places = [EDGE + 0.18 + ROOM / 10.5 * k for k in range(10)]
        faces = [FILLED if k < count else self.colour for k in range(10)]
        edges = [FILLED if k < count else "white" for k in range(10)]
        size, how = (72 * 0.62) ** 2, {"marker": CHILD, "linewidths": 1.4}
        self.ink.scatter(places, [y] * 10, s=size, c=faces, edgecolors=edges, **how)
