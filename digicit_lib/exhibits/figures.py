"""Figures of estimates, drawn with seaborn; they never see respondents and never compute an estimate.

seaborn loads with the first figure. The same frame gives the same bytes on every run.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from digicit_lib.errors import DigicitError, did_you_mean
from digicit_lib.exhibits import canvas, own_charts
from digicit_lib.exhibits.alt_text import alt_text, data_table
from digicit_lib.exhibits.canvas import FigureLayout
from digicit_lib.exhibits.drawing import PNG_DPI
from digicit_lib.exhibits.row_layout import arrange
from digicit_lib.exhibits.tables import labelled
from digicit_lib.language import direction, each, translate
from digicit_lib.safe import slug as safe_slug

Pair = Sequence[Any]

# Kind: the module that draws it, and the columns that it needs beside `estimate`.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dots": ("row_charts", ("estimate",)),
    "bars": ("row_charts", ("estimate",)),
    "pictogram": ("row_charts", ("estimate",)),
    "stacked": ("row_charts", ("estimate", "category")),
    "country_dots": ("row_charts", ("estimate", "country")),
    "pyramid": ("row_charts", ("estimate", "level")),
    "timeline": ("row_charts", ("title", "period")),
    "slope": ("slope_chart", ("estimate", "period")),
    "trend": ("plane_charts", ("estimate", "period")),
    "curve": ("plane_charts", ("estimate",)),
    "matrix": ("plane_charts", ("estimate", "level")),
    "tree": ("node_charts", ("estimate", "branch", "depth")),
    "flow": ("node_charts", ("estimate", "aside")),
    "positions": ("plane_charts", ("title", "influence", "interest")),
}


class Figure(dict[str, Any]):
    """A figure block that still knows its drawing, so that files can be made of it."""

    paper: FigureLayout
    file_svg: str


def draw(
    kind: str,
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    unit: str = "share",
    language: str = "en",
    synthetic: bool = False,
    slug: str = "",
    number: int = 1,
    notes: Iterable[str] = (),
    source: str = "",
    labels: Mapping[str, str] | None = None,
    **options: Any,
) -> Figure:
    """Draw estimates as a figure block.

    Parameters
    ----------
    kind : {"dots", "bars", "pictogram", "stacked", "country_dots", "pyramid", "timeline", "slope", "trend", \
"curve", "matrix", "positions", "tree", "flow"}
    frame : DataFrame
        Estimates or series in the order in which they are to stand; hidden rows are drawn as hidden.
        `pictogram`: shares, in tenths; option `letters`, in points.
        `stacked`: one row an answer (`category`). `country_dots` and `trend`: `country`, `period`, option
        `highlight`. `pyramid`: levels such as ``girl,0-4``; options `ages` are dark, `sums` is a text a side.
        `trend`: bool columns `break`, `projected`. `curve`: option `x` names the column of the axis,
        `x_title` its words. `matrix`: `title` by `level`, optional `text` for cells. `positions`: `title`,
        `influence`, `interest`, `category`.
        `tree`: `branch` a row hangs on, its `depth` from 1, or 0 where it is the branch itself. `flow`: boxes
        in their order, `aside` where one left the flow; an empty `estimate` reads "not reported". `timeline`:
        `title`, `period` (year or ISO date), `category`.
    unit : str
        ``share`` and ``count`` have their own form; any other text becomes the title of the axis.
    synthetic : bool
        Mark the picture as invented by a band and a broken border, never across the data.
    labels : mapping, optional
        Display names of raw values.
    options
        `highlight`, `x`, `x_title`, as said above.

    Returns
    -------
    Figure
        The block, a dict; `svg_bytes` and `png_bytes` make its files.

    Raises
    ------
    DigicitError
        Unknown kind (with a suggestion), missing columns, no rows, too many groups.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"title": ["Daily use", "Own phone"], "indicator": ["ACC-03", "ACC-05"],
    ...     "estimate": [0.81, 0.64], "ci_low": [0.78, 0.6], "ci_high": [0.84, 0.68], "n": [900, 900]})
    >>> block = draw("dots", frame, title="Access", slug="access", number=1)
    >>> block["alt"]
    'Dot plot: Access. Largest: Daily use, 81% (78–84); smallest: Own phone, 64% (60–68). Base: 900 answers.'
    """
    drawer = _drawer(kind, frame)
    table = labelled(frame if "unit" in frame else frame.assign(unit=unit), labels=labels, language=language)
    measured = unit if unit in set(table["unit"]) else table["unit"].iloc[0]
    if "base" in frame and "base_text" not in table:
        table["base_text"] = [translate(str(base), language) for base in frame["base"]]
    drawing, texts = _one_unit(kind, table, measured, language)
    rows = arrange(drawing) if kind in ("dots", "bars", "pictogram") else drawing
    words = {"title": title, "subtitle": subtitle, "source": source}
    axis_title = "" if unit in ("share", "count") else each(unit, language)
    prefix = f"{safe_slug(slug or title)[:24]}-{number}-"
    with matplotlib.style.context(canvas.STYLE, after_reset=True):
        how = (words, measured, axis_title, language, synthetic)
        sizes = (canvas.WIDE, canvas.NARROW)
        papers = [drawer(rows, canvas.FigureSpec(*how, size, options)) for size in sizes]
        for paper in papers if direction(language) == "rtl" else ():
            paper.mirror()
        prefixes = (prefix, f"{prefix}n-")
        svg, narrow = (_clean(paper, name) for paper, name in zip(papers, prefixes, strict=True))
    highlight = str(options.get("highlight", ""))
    alt = alt_text(kind, drawing, title=title, language=language, highlight=highlight)
    block = _block(
        papers, (svg, narrow), prefixes, alt, **words, slug=slug or safe_slug(title), number=number
    )
    return _with_data(block, table, kind, language, unit, [*notes, *texts], synthetic)


def draw_own(
    figure: Drawing,
    along: Mapping[Axes, str],
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    unit: str = "share",
    language: str = "en",
    synthetic: bool = False,
    slug: str = "",
    number: int = 1,
    notes: Iterable[str] = (),
    source: str = "",
) -> Figure:
    """A chart that a researcher drew of estimates, as a figure block like those of `draw`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Loses its place in pyplot, gets our font, words and sizes.
    along : mapping
        What `own_charts.check_chart` said of it.
    frame : DataFrame
        The estimates after disclosure that it shows.

    Returns
    -------
    Figure
    """
    table = labelled(frame if "unit" in frame else frame.assign(unit=unit), language=language)
    words = {"title": title, "subtitle": subtitle, "source": source}
    height = float(min(max(figure.get_figheight(), 1.5), 6.0))
    how = (words, table["unit"].iloc[0], "", language, synthetic)
    prefix = f"{safe_slug(slug or title)[:24]}-{number}-"
    prefixes, drawings = (f"{prefix}n-", prefix), []
    with matplotlib.style.context(canvas.STYLE, after_reset=True):
        own_charts.dress(figure, along, frame, canvas.FigureSpec(*how), table)
        names, from_right = own_charts.long_names(figure), direction(language) == "rtl"
        if from_right:
            own_charts.turn(figure)
        for name, wide in zip(prefixes, (canvas.NARROW, canvas.WIDE), strict=True):
            paper = own_charts.paper(figure, height, canvas.FigureSpec(*how, wide), names)
            if from_right:
                paper.mirror(plots=False)
            drawings.append((_clean(paper, name), paper))
    (narrow, slim), (svg, broad) = drawings
    alt = alt_text("own", table, title=title, language=language)
    facts = {**words, "slug": slug or safe_slug(title), "number": number}
    block = _block((broad, slim), (svg, narrow), (prefix, f"{prefix}n-"), alt, **facts)
    return _with_data(block, table, "own", language, unit, [*notes], synthetic)


def _block(papers: Pair, drawings: Pair, prefixes: Pair, alt: str, **words: Any) -> Figure:
    """A block of its two drawings, on a wide and on a narrow sheet, and of its words."""
    bare = [canvas.without_words(*one) for one in zip(drawings, papers, prefixes, strict=True)]
    block = Figure(kind="figure", **words, alt=alt, svg=bare[0], narrow=bare[1], files={})
    block.paper = papers[0]
    block.file_svg = canvas.sheet_as_file(drawings[0], prefixes[0], words["title"], alt)
    return block


def _with_data(
    block: Figure,
    labels: pd.DataFrame,
    kind: str,
    language: str,
    unit: str,
    notes: list[str],
    synthetic: bool,
) -> Figure:
    """The block with the numbers behind its drawing and where they come from."""
    table = data_table(kind, labels, title=block["title"], language=language, synthetic=synthetic)
    ids = [str(name) for name in labels["id"] if name]
    block.update(unit=unit, notes=notes, synthetic=synthetic, table=table, provenance=ids)
    return block


def _one_unit(kind: str, table: pd.DataFrame, unit: str, language: str) -> tuple[pd.DataFrame, list[str]]:
    """Years and shares share no axis: rows of another unit are named in a note instead of drawn."""
    other = table["unit"] != unit
    if kind not in ("dots", "bars", "stacked", "country_dots") or not other.any():
        return table, []
    names = "; ".join(dict.fromkeys(table.loc[other, "indicator_text"]))
    return table[~other], [translate("Not drawn, because the unit differs: {names}.", language, names=names)]


def _clean(paper: FigureLayout, prefix: str) -> str:
    return canvas.strip_svg(canvas.as_svg(paper.figure), prefix)


def svg_bytes(block: Mapping[str, Any]) -> bytes:
    """The figure as an SVG file, with its title, source and alternative text.

    Raises
    ------
    DigicitError
        When the block does not come from `draw`.
    """
    return _drawn(block).file_svg.encode()


def png_bytes(block: Mapping[str, Any], *, dpi: int = PNG_DPI) -> bytes:
    """The figure as a PNG file with its title and source.

    Raises
    ------
    DigicitError
        When the block does not come from `draw`.
    """
    drawing = _drawn(block)
    with matplotlib.style.context(canvas.STYLE, after_reset=True):
        stream, words = io.BytesIO(), {"Software": None, "Title": drawing["title"]}
        drawing.paper.figure.savefig(stream, format="png", dpi=dpi, metadata=words)
    return stream.getvalue()


def _drawn(block: Mapping[str, Any]) -> Figure:
    if isinstance(block, Figure):
        return block
    raise DigicitError("Files are made of the block that `figures.draw` returned.", got=type(block).__name__)


def _drawer(kind: str, frame: pd.DataFrame) -> Callable[..., FigureLayout]:
    """The function that draws a kind, once the frame has what it needs."""
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise DigicitError("Unknown kind of figure.", got=kind, allowed=", ".join(KINDS), next=hint)
    module, columns = KINDS[kind]
    missing = [name for name in columns if name not in frame]
    if missing or frame.empty:
        what = f"A {kind} figure lacks columns." if missing else f"A {kind} figure without rows."
        raise DigicitError(what, got=", ".join(map(str, frame)), allowed=", ".join(missing or columns))
    drawer: Callable[..., FigureLayout] = getattr(import_module(f"digicit_lib.exhibits.{module}"), kind)
    return drawer
