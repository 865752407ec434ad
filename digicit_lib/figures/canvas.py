"""Paper, ink and letters: what every figure shares. All lengths are inches, from the top left corner.

Text is measured before anything is drawn, so margins are right at once and a figure is drawn one time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import MaxNLocator

from digicit_lib.safe import html

# UK Government Analysis Function palette: neighbours and white keep 3:1.
PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
MARKERS = ("o", "D", "s", "^", "P", "X")
INK, GREY, GRID = "#1D2430", "#5C6370", "#DFE2E7"
WIDTH, SIZE, SMALL = 6.3, 9.5, 8.5
FONTS = "'DejaVu Sans', Verdana, 'Noto Sans', Arial, sans-serif"
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": SIZE,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "hatch.color": "#9AA1AC",
    "hatch.linewidth": 0.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "digicit",
}


class Entry(NamedTuple):
    """One item of a key: words beside the mark that they explain."""

    text: str
    colour: str
    marker: str = "s"
    filled: bool = True


@lru_cache(maxsize=8192)
def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of one line of text."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(size, 72)
    font.set_text(text, 0.0)
    return float(font.get_width_height()[0]) / 64 / 72


def wrap(text: str, room: float, size: float = SIZE, bold: bool = False) -> str:
    """Text broken into lines no wider than `room`; a word that is wider is cut."""
    lines = [""]
    for word in "".join(c if c.isprintable() else " " for c in text).split():
        while width(word, size, bold) > room and len(word) > 1:
            fits = max(
                1, next(n for n in range(len(word), 0, -1) if n == 1 or width(word[:n], size, bold) <= room)
            )
            lines, word = [*lines, word[:fits]], word[fits:]
        joined = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], joined] if width(joined, size, bold) <= room else [*lines, word]
    return "\n".join(line for line in lines if line)


def tall(text: str, size: float = SIZE) -> float:
    """Height of wrapped text."""
    return (text.count("\n") + 1) * size * 1.25 / 72 if text else 0.0


class Paper:
    """A white sheet with a title band, a plot area and a foot; `ink` draws anywhere on it in inches.

    Parameters
    ----------
    height : float
        Of the plot, without title and source.
    words : mapping
        title, subtitle and source of the downloaded file.
    """

    def __init__(self, height: float, words: Mapping[str, str]) -> None:
        self.height = height
        texts = [
            (wrap(words["title"], WIDTH - 0.2, 11.5, True), 11.5, "bold", INK),
            (wrap(words["subtitle"], WIDTH - 0.2, SIZE), SIZE, "normal", GREY),
        ]
        foot = wrap(words["source"], WIDTH - 0.2, SMALL)
        self.top = sum(tall(text, size) + 0.04 for text, size, _, _ in texts) + 0.14
        self.bottom = tall(foot, SMALL) + 0.12
        self.figure = Figure(figsize=(WIDTH, self.top + height + self.bottom), facecolor="white")
        self.ink = self.figure.add_axes((0.0, 0.0, 1.0, 1.0), label="ink", zorder=2)
        self.ink.set(xlim=(0, WIDTH), ylim=(height + self.bottom, -self.top))
        self.ink.set_axis_off()
        y = 0.1 - self.top
        for text, size, weight, colour in texts:
            self.write(0.1, y, text, size=size, weight=weight, color=colour, va="top", gid="words")
            y += tall(text, size) + 0.04
        self.write(0.1, height + 0.06, foot, size=SMALL, color=GREY, va="top", gid="words")

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Text on the sheet."""
        if text:
            self.ink.text(x, y, text, **{"va": "center", "linespacing": 1.2, **style})

    def axes(self, left: float, top: float, wide: float, high: float, *, inches: bool = False) -> Axes:
        """A plot area; with `inches`, its y runs down in inches."""
        total = self.top + self.height + self.bottom
        box = (left / WIDTH, 1 - (self.top + top + high) / total, wide / WIDTH, high / total)
        made = self.figure.add_axes(box, label=f"plot{len(self.figure.axes)}")
        made.patch.set_visible(False)
        made.set_axisbelow(True)
        if inches:
            made.set_ylim(high, 0)
            made.set_yticks([])
            made.spines["left"].set_visible(False)
        return made

    def key(self, entries: Sequence[Entry], x: float, y: float) -> None:
        """Marks with their words, side by side, in as many lines as they need."""
        for entry, (at, down) in zip(entries, _flow(entries, x), strict=True):
            face = entry.colour if entry.filled else "white"
            self.ink.plot(at + 0.07, y + down, entry.marker, ms=7, mfc=face, mec=entry.colour, mew=1.3)
            self.write(at + 0.2, y + down, entry.text, size=SMALL)


def _flow(entries: Iterable[Entry], start: float) -> list[tuple[float, float]]:
    """Where the items of a key stand, from the left, line by line."""
    places, x, y = [], start, 0.0
    for entry in entries:
        wide = width(entry.text, SMALL) + 0.38
        if x > start and x + wide > WIDTH:
            x, y = start, y + 0.2
        places.append((x, y))
        x += wide
    return places


def key_height(entries: Sequence[Entry], start: float = 0.1) -> float:
    """Height that a key takes; nothing for no entries."""
    return _flow(entries, start)[-1][1] + 0.3 if entries else 0.0


def ticks(low: float, high: float, wide: float, *, zero: bool = True) -> np.ndarray:
    """Round numbers that cover the range, about one an inch; from zero unless told otherwise."""
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    if low == high:
        high = low + 1
    steps = MaxNLocator(nbins=int(max(2, wide / 0.85)), steps=[1, 2, 2.5, 5, 10])
    return np.asarray(steps.tick_values(low, high), dtype=float)


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The same places, pushed apart until neighbours are `gap` from each other."""
    order = np.argsort(places, kind="stable")
    moved = np.asarray(places, dtype=float)[order]
    for _ in range(50):
        close = np.diff(moved) < gap - 1e-9
        if not close.any():
            break
        for i in np.flatnonzero(close):
            middle = (moved[i] + moved[i + 1]) / 2
            moved[i], moved[i + 1] = middle - gap / 2, middle + gap / 2
    result = np.empty_like(moved)
    result[order] = moved
    return [float(x) for x in result]


def watermark(plot: Axes, wide: float, high: float) -> None:
    """SYNTHETIC across the plot area, over the data but not in their way."""
    size = float(np.clip(72 * min(wide / 7.5, high / 1.5), 9, 40))
    count = max(1, round(high / 2.4))
    for i in range(count):
        plot.text(0.5, (i + 0.5) / count, "SYNTHETIC", transform=plot.transAxes, size=size, weight="bold",
                  color="#6B7280", alpha=0.3, ha="center", va="center", zorder=9, gid="synthetic")  # fmt: skip


def clean_svg(svg: str, prefix: str) -> str:
    """Matplotlib's SVG as part of a page: no prologue, no metadata, few ids, each with its own prefix."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    used = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg)) | {"words", "synthetic"}
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r"(url\(|href=\")#", rf"\g<1>#{prefix}", svg)
    svg = svg.replace("'DejaVu Sans'", FONTS).replace(f' id="{prefix}synthetic"', ' class="synthetic"')
    return re.sub(r"\n\s*", "\n", svg).strip() + "\n"


def without_words(svg: str, paper: Paper, prefix: str) -> str:
    """The plot alone, for a page that prints title and source itself."""
    svg = re.sub(rf'<g id="{prefix}words">.*?</g>\n', "", svg, flags=re.DOTALL)
    w, top, h = (f"{72 * x:.2f}" for x in (WIDTH, paper.top, paper.height))
    size = rf'width="{w}pt" height="{h}pt" viewBox="0 {top} {w} {h}"'
    return re.sub(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"', size, svg, count=1)


def titled(svg: str, prefix: str, title: str, alt: str) -> str:
    """The SVG as a file of its own: named and described for those who do not see it."""
    svg = svg.replace(f' id="{prefix}words"', "")
    names = f"<title>{html(title)}</title>\n<desc>{html(alt)}</desc>\n"
    return re.sub(r"(<svg[^>]*>\n)", lambda m: m[1] + names, svg, count=1)
