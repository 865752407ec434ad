"""A poster of a few numbers, square or tall, for walls and phones: a big number, a bar, a sentence."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib

from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import tall, width, wrap

SIDE, DPI = 6.0, 180  # 1080 pixels wide
SHAPES = {"square": SIDE, "tall": SIDE * 16 / 9}
STRIP = 0.32  # inches of the mark of invented data
LEFT, ROOM = 2.35, 2.95  # the column of the numbers; the room of the sentences
_BIG, _WORDS = (56, 46, 34, 28, 22, 18, 15, 12), (19, 16.5, 14, 12.5, 11, 9.5)


@dataclass(frozen=True)
class Panel:
    """One number of a poster.

    Attributes
    ----------
    big : str
        The number, as it is read.
    words : str
        What it is of.
    share : float or None
        Fills the bar; None where the number is no share.
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
    panels: Sequence[Panel],
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
    panels : sequence of Panel
        Three suit a square, five a tall one.
    lines : sequence of str
        Sentences below the numbers: a right, where to get help.
    foot : str
        The source, in small letters.
    shape : {"square", "tall"}
        1080 × 1080 or 1080 × 1920 pixels.
    colour : str
    mark : str
        What a strip above says of invented data; empty: they are real.

    Returns
    -------
    Poster

    Examples
    --------
    >>> made = poster("Life online", [Panel("62%", "of children play", 0.62)], lines=(), foot="Source")
    >>> made.png[:4], made.alt
    (b'\\x89PNG', 'Life online: 62% of children play')
    """
    alt = f"{title}: " + "; ".join(f"{p.big} {p.words}" for p in panels)
    with matplotlib.rc_context(c.STYLE):
        sheet = _Sheet(SHAPES[shape], title, panels, lines, foot, colour, mark)
        svg = c.strip_svg(sheet.printed("svg", metadata={"Date": None}).decode(), "poster-")
        png = sheet.printed("png", dpi=DPI, metadata={"Software": None, "Title": title})
    return Poster(c.sheet_as_file(svg, "poster-", title, alt).encode(), png, alt)


def _fits(text: str, size: float, high: float) -> bool:
    """Whether a number has room in its column without a word cut in two."""
    words = all(width(word, size, True) <= LEFT - 0.55 for word in text.split())
    return words and tall(wrap(text, LEFT - 0.55, size, True), size) < high


class _Sheet:
    """Paper with its origin at the top left corner, in inches."""

    def __init__(
        self,
        high: float,
        title: str,
        panels: Sequence[Panel],
        lines: Sequence[str],
        foot: str,
        colour: str,
        mark: str,
    ) -> None:
        self.figure = c.Figure(figsize=(SIDE, high), facecolor="white")
        self.ink = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.ink.set(xlim=(0, SIDE), ylim=(high, 0))
        self.ink.set_axis_off()
        top = self._band(title, colour, STRIP if mark else 0.0)
        bottom = self._lines(high, lines, foot)
        each = (bottom - top) / max(1, len(panels))
        sizes = [
            next((n for n in _WORDS if tall(wrap(p.words, ROOM, n), n) < each - 0.3), _WORDS[-1])
            for p in panels
        ]
        self.words = min(sizes, default=_WORDS[0])
        for i, panel in enumerate(panels):
            self._panel(panel, top + i * each, each, colour, last=i == len(panels) - 1)
        if mark:
            self._mark(mark, high)

    def _write(self, x: float, y: float, text: str, size: float, **style: Any) -> None:
        self.ink.text(x, y, text, **{"size": size, "va": "top", "linespacing": 1.0, "color": c.INK, **style})

    def _band(self, title: str, colour: str, top: float) -> float:
        size = 21 if wrap(title, SIDE - 0.8, 21, True).count("\n") < 2 else 17
        text = wrap(title, SIDE - 0.8, size, True)
        high = top + tall(text, size) + 0.55
        self.ink.fill_between([0, SIDE], top, high, color=colour, linewidth=0)
        self._write(0.4, top + 0.28, text, size, weight=c.BOLD, color="white")
        return high

    def _lines(self, high: float, lines: Sequence[str], foot: str) -> float:
        """What stands below the numbers, from the bottom up; returns where the numbers end."""
        y = high - 0.25
        for text, size, colour in [(foot, 8.5, c.SOFT), *((line, 11.5, c.INK) for line in reversed(lines))]:
            told = wrap(text, SIDE - 0.8, size)
            y -= tall(told, size) + 0.08
            self._write(0.4, y, told, size, color=colour)
        self.ink.plot([0.4, SIDE - 0.4], [y - 0.1, y - 0.1], color=c.RULE, linewidth=1)
        return y - 0.1

    def _panel(self, panel: Panel, top: float, high: float, colour: str, *, last: bool) -> None:
        middle = top + high / 2
        size = next((s for s in _BIG if _fits(panel.big, s, min(1.0, high * 0.55))), _BIG[-1])
        big = wrap(panel.big, LEFT - 0.55, size, True)
        self._write(0.4, middle - 0.02, big, size, weight=c.BOLD, color=colour, va="center")
        if panel.share is not None:
            y = middle + tall(big, size) / 2 + 0.1
            for share, ink in ((1.0, c.RULE), (panel.share, colour)):
                self.ink.fill_between([0.4, 0.4 + share * (LEFT - 0.6)], y, y + 0.1, color=ink, linewidth=0)
        self._write(LEFT + 0.3, middle, wrap(panel.words, ROOM, self.words), self.words, va="center")
        if not last:
            self.ink.plot([0.4, SIDE - 0.4], [top + high] * 2, color=c.RULE, linewidth=1)

    def _mark(self, words: str, high: float) -> None:
        """A strip above all and a broken line around, never across the numbers."""
        self.ink.fill_between([0, SIDE], 0, STRIP, color=c.GROUND, linewidth=0)
        self._write(0.4, STRIP / 2, words, 10, weight=c.BOLD, color=c.MARK, va="center", gid="synthetic")
        edge = 0.02
        corners = [
            (edge, edge),
            (SIDE - edge, edge),
            (SIDE - edge, high - edge),
            (edge, high - edge),
            (edge, edge),
        ]
        self.ink.plot(*zip(*corners, strict=True), color=c.MARK, linewidth=2, linestyle=(0, (4, 3)))

    def printed(self, ending: str, **how: Any) -> bytes:
        stream = io.BytesIO()
        self.figure.savefig(stream, format=ending, **how)
        return stream.getvalue()
