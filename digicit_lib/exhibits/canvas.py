"""Paper, ink and letters: what every figure shares. Lengths are inches, from the top left corner of the plot.

Text is measured before anything is drawn, so the margins are right at once and a figure is drawn one time.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_params_from_file, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.rcsetup import cycler
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from digicit_lib.errors import DataError
from digicit_lib.evidence import CONTRASTS
from digicit_lib.exhibits.colours import COLOURS, FONT_FILES
from digicit_lib.exhibits.tables import value_text
from digicit_lib.language import number, percent, translate
from digicit_lib.language.typography import NBSP
from digicit_lib.safe import html

INK, SOFT, RULE, WASH, PAGE, MAIN, SECOND, THIRD, FOURTH, FIFTH, QUIET = (
    light for light, _ in [*COLOURS.values()][:11]
)
YOUNG, MIDDLE, OFTEN, HARDLY, NEVER, SOME, MARK, GROUND = (light for light, _ in [*COLOURS.values()][11:])
PALETTE = (MAIN, SECOND, THIRD, FOURTH, FIFTH, SOFT)
PAIR = (FOURTH, THIRD)  # two groups: the ordinary case is girls and boys
AGES = (YOUNG, MIDDLE, MAIN)  # ordered groups: one hue, from young to old
SCALE = (NEVER, HARDLY, SOME, MIDDLE, OFTEN)  # ordered answers, from least to most
DARK = (OFTEN, MIDDLE, *PALETTE)  # white letters can be read on these, and dark ones on a dark page
MARKERS = ("o", "D", "s", "^", "P", "X")
WIDE, NARROW = 6.3, 3.71  # inches: the text of a page, the screen of a phone
SIZE, SMALL, TITLE = 9.5, 9.0, 12.5
BOLD = "bold"
FAMILY = ["Source Sans 3", "DejaVu Sans"]
FONTS = "'Source Sans 3', 'DejaVu Sans', Verdana, 'Noto Sans', Arial, sans-serif"
STYLE: Any = rc_params_from_file(Path(__file__).with_name("house.mplstyle"), use_default_template=False)
for _file in sorted(FONT_FILES.glob("*.ttf")):
    fontManager.addfont(_file)


def set_style() -> None:
    """The house style for what a notebook draws itself."""
    cycle = cycler(color=PALETTE)
    rcParams.update({**STYLE, "figure.figsize": (WIDE, 3.0), "axes.prop_cycle": cycle})


class KeyEntry(NamedTuple):
    """One item of a key: words and the mark that they explain."""

    text: str
    colour: str
    marker: str = "s"
    filled: bool = True


@dataclass(frozen=True)
class FigureSpec:
    """How a figure is wanted: its words, unit and language, and what its kind further needs."""

    words: Mapping[str, str]
    unit: str
    axis_title: str = ""
    language: str = "en"
    synthetic: bool = False
    wide: float = WIDE
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def narrow(self) -> bool:
        """For a phone: labels stand above their marks."""
        return self.wide < WIDE

    @property
    def size(self) -> float:
        """Of the letters: a narrow figure is read on a phone, where its inches are smaller."""
        return float(self.options.get("letters", SIZE)) + 0.8 * self.narrow

    def say(self, message: str, **values: object) -> str:
        return translate(message, self.language, **values)

    def value(self, value: float, unit: str = "", statistic: str = "share") -> str:
        """A number in the language, with the sign of its unit."""
        unit = unit or self.unit
        if unit == "share" and statistic in CONTRASTS:  # the axis says that it counts points
            return ("+" if value > 0 else "") + number(100 * value, self.language, 1)
        places = 0 if unit in ("share", "count") else 1
        return value_text(value, unit=unit, statistic=statistic, language=self.language, decimals=places)

    def ticks(self, steps: Iterable[float], unit: str = "", statistic: str = "share") -> list[str]:
        """Labels of an axis, with as many decimals as its steps need."""
        share = (unit or self.unit) == "share"
        values = np.asarray([*steps], dtype=float) * (100 if share else 1)
        places = next(p for p in range(4) if p == 3 or np.allclose(values, values.round(p)))
        if share and statistic not in CONTRASTS:
            return [percent(s / 100, self.language, places) for s in values]
        return [number(s, self.language, places) for s in values]


_SYLLABLE = re.compile(  # before a consonant and its vowel, or after a hyphen
    r"(?<=\w\w)(?=[^\W\d_aeiouyаеёиоуыэюяіїєäöüıьъй][aeiouyаеёиоуыэюяіїєöüı]\w)|(?<=\w\w-)", re.IGNORECASE
)
LINE = 1.27  # height of a line of text, in sizes of the type
BAND = 0.22  # inches of the mark of invented data


class FigureLayout:
    """A sheet: mark of invented data, title, key, plot and source; `write` puts words anywhere on it.

    Parameters
    ----------
    height : float
        Of the plot, without title, key and source.
    ask : Ask
    key : sequence of Entry
    sheet : matplotlib.figure.Figure, optional
        A drawing that is to stand on the sheet; without it a blank one.
    """

    def __init__(
        self, height: float, ask: FigureSpec, key: Sequence[KeyEntry] = (), sheet: Figure | None = None
    ) -> None:
        self.wide, self.height, self.size = ask.wide, height, ask.size
        places = _flow(key, self.wide)
        self.key = places[-1][1] + 0.3 if places else 0.0
        room = self.wide - 0.2
        lines = [
            (wrap(ask.words["title"], room, TITLE, True), TITLE, BOLD, INK),
            (wrap(ask.words["subtitle"], room, SIZE), SIZE, "normal", SOFT),
        ]
        foot = wrap(ask.words["source"], room, SMALL)
        band = BAND * ask.synthetic
        self.top = band + sum(tall(text, size) + 0.04 for text, size, _, _ in lines) + 0.16
        self.total = self.top + self.key + height + tall(foot, SMALL) + 0.14
        self.figure = sheet or Figure()
        self.figure.set_size_inches(self.wide, self.total)
        self.figure.set_facecolor(PAGE)
        y = 0.1 + band - self.top - self.key
        for text, size, weight, colour in lines:
            self.write(0.1, y, text, size=size, weight=weight, color=colour, va="top", gid="words")
            y += tall(text, size) + 0.04
        self.write(0.1, height + 0.06, foot, color=SOFT, va="top", gid="words")
        if ask.synthetic:
            self._mark_invented(ask)
        for entry, (x, down) in zip(key, places, strict=True):
            self._mark(x + 0.07, down + 0.14 - self.key, entry)
            self.write(x + 0.2, down + 0.14 - self.key, entry.text)

    def _mark_invented(self, ask: FigureSpec) -> None:
        """A band above and a broken line around, never across the data; the page says the same in words."""
        high = BAND / self.total
        look: dict[str, Any] = {"transform": self.figure.transFigure, "gid": "words"}
        self.figure.add_artist(Rectangle((0, 1 - high), 1, high, facecolor=GROUND, linewidth=0, **look))
        frame: dict[str, Any] = {"fill": False, "edgecolor": MARK, "linewidth": 1.4, "linestyle": (0, (4, 3))}
        self.figure.add_artist(Rectangle((0, 0), 1, 1, **frame, **look))
        words = ask.say("SYNTHETIC: invented data")
        y = BAND / 2 - self.top - self.key
        self.write(0.1, y, words, size=SMALL, weight=BOLD, color=MARK, gid="words")

    def _mark(self, x: float, y: float, entry: KeyEntry) -> None:
        face, place = entry.colour if entry.filled else PAGE, self.figure.dpi_scale_trans
        look: dict[str, Any] = {"marker": entry.marker, "ms": 6.5, "mfc": face, "mew": 1.3}
        self.figure.add_artist(Line2D([x], [self._up(y)], transform=place, mec=entry.colour, **look))

    def _up(self, y: float) -> float:
        """Inches above the foot of the sheet, as matplotlib counts them."""
        return self.total - self.top - self.key - y

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Text on the sheet."""
        if text:
            style = {"va": "center", "size": SMALL, "linespacing": 1.0, **style}
            self.figure.text(x, self._up(y), text, transform=self.figure.dpi_scale_trans, **style)

    def plot(self, left: float, top: float, wide: float, high: float) -> Axes:
        """A plot area."""
        low = 1 - (self.top + self.key + top + high) / self.total
        axes = self.figure.add_axes(
            (left / self.wide, low, wide / self.wide, high / self.total), label=f"{left},{top}"
        )
        axes.patch.set_visible(False)
        return axes

    def mirror(self, plots: bool = True) -> None:
        """The sheet as languages that are written from the right read it: labels right, axes leftwards."""
        sides: dict[str, Any] = {"left": "right", "right": "left", "center": "center"}
        for text in self.figure.texts:
            text.set_x(self.wide - text.get_position()[0])
        for line in (artist for artist in self.figure.artists if isinstance(artist, Line2D)):
            line.set_xdata(self.wide - np.asarray(line.get_xdata(), dtype=float))
        turned = self.figure.axes if plots else []
        for axes in turned:
            place = axes.get_position()
            axes.set_position((1 - place.x1, place.y0, place.width, place.height))
            axes.invert_xaxis()
        for text in (*self.figure.texts, *(text for axes in turned for text in axes.texts)):
            text.set_horizontalalignment(sides[text.get_horizontalalignment()])


def marks_of(
    groups: Iterable[str], shapes: Sequence[str] = MARKERS, colours: Sequence[str] = ()
) -> dict[str, KeyEntry]:
    """Colour and shape of each group, in order of appearance."""
    names = list(dict.fromkeys(groups))
    if len(names) > len(PALETTE):
        raise DataError("Too many groups for one figure.", got=str(len(names)), allowed="4, at most 6")
    inks = colours or PALETTE
    return {name: KeyEntry(name, inks[i], shapes[i]) for i, name in enumerate(names)}


@lru_cache(maxsize=8192)
def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of the widest line of a text, as a browser sets it: without hinting."""
    return max(sum(_advance(c, bold) for c in _printable(line)) for line in text.split("\n")) * size / 72


@lru_cache(maxsize=2048)
def _advance(letter: str, bold: bool) -> float:
    """How far one letter moves the pen, in sizes of the type."""
    weight = BOLD if bold else "normal"
    fonts = [get_font(findfont(FontProperties(family=name, weight=weight))) for name in FAMILY]
    font = next((font for font in fonts if font.get_char_index(ord(letter))), fonts[-1])
    font.set_size(SIZE, 72)
    return float(font.load_char(ord(letter), LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / SIZE)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == NBSP else " " for c in text)


def tall(text: str, size: float = SIZE) -> float:
    """Height of a text."""
    return (text.count("\n") + 1) * size * LINE / 72 if text else 0.0


def wrap(text: str, room: float, size: float = SIZE, bold: bool = False) -> str:
    """Text broken into lines no wider than `room`; a word that is wider is cut, at best between syllables."""
    lines = [""]
    glued = _printable(text).split(" ")
    for word in (
        part for one in glued for part in (one.split(NBSP) if width(one, size, bold) > room else [one])
    ):
        while width(word, size, bold) > room and len(word) > 1:
            cuts = [(n := found.start(), "-"[word[n - 1] == "-" :]) for found in _SYLLABLE.finditer(word)]
            cuts = [(n, mark) for n, mark in cuts if width(word[:n] + mark, size, bold) <= room] or [
                (n, "") for n in range(1, len(word)) if n == 1 or width(word[:n], size, bold) <= room
            ]
            n, mark = cuts[-1]
            lines, word = [*lines, word[:n] + mark], word[n:]
        joined = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], joined] if width(joined, size, bold) <= room else [*lines, word]
    return "\n".join(line for line in lines if line)


def _flow(entries: Iterable[KeyEntry], room: float) -> list[tuple[float, float]]:
    """Where the items of a key stand: side by side, in as many lines as they need."""
    places: list[tuple[float, float]] = []
    x, y = 0.1, 0.0
    for entry in entries:
        wide = width(entry.text, SMALL) + 0.38
        x, y = (0.1, y + 0.2) if places and x + wide > room else (x, y)
        places.append((x, y))
        x += wide
    return places


def round_steps(low: float, high: float, wide: float, *, whole: bool = False) -> np.ndarray:
    """Round numbers that cover the range, about one an inch; `whole`: only whole numbers."""
    high = high if high > low else low + 1
    steps = [1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10]
    locator = MaxNLocator(nbins=int(max(2, wide / 0.85)), steps=steps, integer=whole)
    return np.asarray(locator.tick_values(low, high), dtype=float)


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The same places, pushed apart until neighbours are `gap` from each other.

    Examples
    --------
    >>> spread([1.0, 1.0, 5.0], 1.0)
    [0.5, 1.5, 5.0]
    """
    order = np.argsort(places, kind="stable")
    moved = np.asarray(places, dtype=float)[order]
    for _ in range(100):
        short = np.maximum(gap - np.diff(moved), 0) / 2
        if (short < 1e-6).all():
            break
        moved[:-1] -= short
        moved[1:] += short
    result = np.empty_like(moved)
    result[order] = moved
    return [float(x) for x in result]


_measure = lru_cache(maxsize=8192)(text_to_path.get_text_width_height_descent)


class _Renderer(RendererSVG):
    """What figures repeat, such as the texts of the wide one in the narrow, is measured once for all."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Any:
        return _measure(s, prop, ismath)


def as_svg(figure: Figure) -> str:
    """As `savefig` draws it, without the looks at canvases and rasters that a file of any kind would need."""
    stream, figure.dpi = io.StringIO(), 72
    figure.set_canvas(FigureCanvasSVG(figure))  # by whose measures a layout of matplotlib's own is made
    wide, high = figure.get_size_inches() * 72
    renderer = _Renderer(wide, high, stream)
    figure.draw(renderer)
    renderer.finalize()
    return stream.getvalue()


_LISTED = ", ".join(f"'{name}'" for name in FAMILY)


def strip_svg(svg: str, prefix: str) -> str:
    """Matplotlib's SVG as part of a page: no prologue, no metadata, only ids that are used, all prefixed."""
    svg = re.sub(r"\s*(<metadata>.*?</metadata>|<!--.*?-->)", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    ids = {*re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg), "words"}
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in ids else "", svg)
    svg = re.sub(r"(url\(|href=\")#", rf"\g<1>#{prefix}", svg)
    # The font is said once, not with each word: a page of 30 drawings is a fifth smaller and sooner read.
    svg = re.sub(rf"font-family: {_LISTED}; |(?:; )?font-family: {_LISTED}", "", svg)
    svg = svg.replace("<svg ", f'<svg font-family="{FONTS}" ', 1)
    return re.sub(r"\n\s*", "\n", svg).strip() + "\n"


def without_words(svg: str, paper: FigureLayout, prefix: str) -> str:
    """The plot alone, for a page that prints title and source itself."""
    svg = re.sub(rf'<g id="{prefix}words">.*?</g>\n', "", svg, flags=re.DOTALL)
    w, top, h = (f"{72 * x:.2f}" for x in (paper.wide, paper.top, paper.key + paper.height))
    size = rf'width="{w}pt" height="{h}pt" viewBox="0 {top} {w} {h}"'
    return _lean(re.sub(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"', size, svg, count=1))


# A rule for all elements is a rule for all elements of the page; inherited, it says the same.
_JOINS = re.compile(r"<defs>\s*<style[^>]*>\*\{stroke-linejoin: round[^<]*</style>\s*</defs>")
_UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_FINE = re.compile(r"(?<=\.\d\d)\d+")


def _lean(svg: str) -> str:
    """As little as draws the same: a browser reads a page of thirty drawings sooner.

    Examples
    --------
    >>> style = "<defs><style>*{stroke-linejoin: round}</style></defs>"
    >>> _lean(f'<svg>{style}<path d="M 1.23456 0"/><text transform="rotate(-0 1 2)">1.2345</text></svg>')
    '<svg stroke-linejoin="round"><path d="M 1.23 0"/><text>1.2345</text></svg>'
    """
    svg = _UNTURNED.sub("", _JOINS.sub("", svg)).replace("<svg", '<svg stroke-linejoin="round"', 1)
    return _fewer_nodes(re.sub(r"<[^>]*>", lambda element: _FINE.sub("", element[0]), svg))


def _fewer_nodes(svg: str) -> str:
    """Without groups that say nothing and white between elements: a third of what a browser builds.

    Examples
    --------
    >>> _fewer_nodes('<svg><g>\\n<g />\\n<g id="a">\\n<g>\\n<path /></g>\\n</g>\\n</g></svg>')
    '<svg><g id="a"><path /></g></svg>'
    """
    open_groups: list[bool] = []

    def part(match: re.Match[str]) -> str:
        if match[0] != "</g>":
            open_groups.append(match[0] != "<g>")
        keep = open_groups[-1] if match[0] != "</g>" else open_groups.pop()
        return match[0] if keep else ""

    svg = re.sub(r"<g(?: [^>]*[^>/])?>|</g>", part, svg.replace("<g />", ""))
    return re.sub(r">\s*\n\s*<", "><", svg)


def sheet_as_file(svg: str, prefix: str, title: str, alt: str) -> str:
    """The whole sheet as a file of its own, named and described for those who do not see it."""
    names = f"<title>{html(title)}</title>\n<desc>{html(alt)}</desc>\n"
    svg = svg.replace(f' id="{prefix}words"', "")
    return re.sub(r"(<svg[^>]*>\n)", lambda m: m[1] + names, svg, count=1)
