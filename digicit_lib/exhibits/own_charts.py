"""Charts that a researcher draws of a result with seaborn or matplotlib: looked through, then as ours.

Each mark must stand at a number of the result and at the place of its row, so that a chart of respondents,
which nothing has estimated and nothing has hidden, is refused. It guards honest people: a notebook is code.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import UnitData
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure as Drawing
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter

from digicit_lib.disclosure.additions import records
from digicit_lib.errors import PublicationRefused
from digicit_lib.exhibits.canvas import BOLD, FAMILY, NARROW, RULE, FigureLayout, FigureSpec, width, wrap
from digicit_lib.exhibits.cell_text import without_hidden
from digicit_lib.exhibits.row_layout import shown_value

MARKS_A_ROW, REFERENCE_LINES = 4, 3
SAID_ABOVE = 0.11  # of the height of a plot: what a number takes above its mark
NUMBERS = ("estimate", "ci_low", "ci_high", "n")
EXACT = 1e-9
NAMED = 0.34  # of the width of a sheet: what the names of rows have
FINEST = 0.05  # of a place without a name: rows and the steps aside between groups of one row


class DrawnMark(NamedTuple):
    """The numbers that a mark stands at if they run along x or y, and its place on the other axis."""

    x: tuple[tuple[float, ...], float]
    y: tuple[tuple[float, ...], float]


class ResultValues:
    """The numbers and words of a result, row by row."""

    def __init__(self, frame: pd.DataFrame) -> None:
        names = [name for name in NUMBERS if name in frame]
        self.rows = len(frame)
        self.places: dict[float, list[set[object]]] = defaultdict(list)
        self.words: set[str] = set()
        for row in records(frame):
            cells = {_number_or_text(cell) for cell in row}
            self.words |= {str(cell) for cell in row}
            for value in {round(float(getattr(row, name)), 9) for name in names}:
                self.places[value].append(cells)

    def rows_of(self, value: float) -> list[set[object]]:
        """Cells of the rows that hold a number, told as a share or in percent."""
        near = (round(value, 9), round(value / 100, 9))
        return [row for one in near for row in self.places.get(one, ())]


def _number_or_text(cell: object) -> object:
    try:
        return round(float(str(cell)), 9)
    except ValueError:
        return str(cell)


def drawing_of(drawn: Any) -> Drawing:
    """The matplotlib figure of what was drawn: axes, a figure, a grid of seaborn's.

    Raises
    ------
    PublicationRefused
        Something else.
    """
    figure = drawn if isinstance(drawn, Drawing) else getattr(drawn, "figure", None)
    if not isinstance(figure, Drawing):
        _refuse(
            "something that is no drawing", "axes, a figure or a grid of seaborn's: wb.show(ax, of=result)"
        )
    return figure


def let_go(figure: Drawing) -> None:
    """Take a drawing from pyplot, which would show it once more when the cell ends."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close(figure)


def check_chart(figure: Drawing, frame: pd.DataFrame) -> dict[Axes, str]:
    """Refuse a chart that shows anything but numbers of the result.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    frame : DataFrame
        Estimates after disclosure.

    Returns
    -------
    dict
        Along which axis the numbers run, x or y, of all axes that hold marks; empty where none does.

    Raises
    ------
    PublicationRefused
        With what stands where it may not, in words that hold no number.
    """
    numbers = ResultValues(without_hidden(frame))
    figure.draw_without_rendering()
    if figure.subfigs or figure.images or figure.lines or figure.patches or figure.artists:
        _refuse("a picture, a line or a shape on the figure", "what is drawn on its axes")
    axes: list[Any] = [*figure.axes]
    while inner := [child for one in axes for child in one.child_axes if child not in axes]:
        axes += inner
    marks = {one: _marks_on(one) for one in axes}
    count = sum(map(len, marks.values()))
    if count > MARKS_A_ROW * numbers.rows:
        _refuse(f"{count} marks", f"{MARKS_A_ROW} a row of the result, which has {numbers.rows}")
    _check_words(figure, axes, numbers)
    return {one: _along(marks_of, one, numbers) for one, marks_of in marks.items() if marks_of}


def _marks_on(axes: Axes) -> list[DrawnMark]:
    """The marks of the axes; reference lines are counted, all that is no point, line or bar is refused."""
    furniture = (Axis, Spine, Text, Legend)
    artists = [a for a in axes.get_children() if a is not axes.patch and not isinstance(a, furniture)]
    artists = [a for a in artists if a not in axes.child_axes]
    lines = [a for a in artists if isinstance(a, Line2D) and a.get_transform() != axes.transData]
    if len(lines) > REFERENCE_LINES:
        _refuse(f"{len(lines)} reference lines", f"at most {REFERENCE_LINES}")
    return [mark for artist in artists if artist not in lines for mark in _marks(artist, axes)]


def _marks(artist: Any, axes: Axes) -> Iterator[DrawnMark]:
    if isinstance(artist, LineCollection):
        lines = artist.get_segments()  # one of a hidden row has no ends
        yield from (_line(line) for line in lines if len(line) and np.isfinite(line).all())
    elif isinstance(artist, Line2D | PathCollection):
        dots = artist.get_xydata() if isinstance(artist, Line2D) else artist.get_offsets()
        for x, y in np.ma.filled(np.ma.asarray(dots, dtype=float), np.nan):
            if np.isfinite((x, y)).all():
                yield DrawnMark(((x,), y), ((y,), x))
    elif isinstance(artist, Rectangle):
        yield from _bar(artist, axes)
    else:
        _refuse(type(artist).__name__, "points, lines and bars of estimates")


def _line(ends: Any) -> DrawnMark:
    """From number to number at one place; a slanted line is at none."""
    (x, *_), (y, *_) = np.asarray(ends).T
    flat = [bool(np.ptp(np.asarray(ends)[:, k]) < EXACT) for k in (1, 0)]
    across = [tuple(np.asarray(ends)[:, k].tolist()) for k in (0, 1)]
    return DrawnMark((across[0], y if flat[0] else np.nan), (across[1], x if flat[1] else np.nan))


def _bar(bar: Rectangle, axes: Axes) -> Iterator[DrawnMark]:
    """A bar's number is its length, where it begins at zero or at the end of another bar."""
    start, size = np.asarray(bar.get_xy(), float), np.asarray((bar.get_width(), bar.get_height()), float)
    if not np.isfinite([start, size]).all() or not size.any():  # none there, or an entry of a key
        return
    bars = [b for b in axes.patches if isinstance(b, Rectangle) and b is not bar]
    ends = [np.add(b.get_xy(), (b.get_width(), b.get_height())) for b in bars]
    joined = [abs(start[k]) < EXACT or any(abs(end[k] - start[k]) < EXACT for end in ends) for k in (0, 1)]
    x, y = (float(size[k]) if joined[k] else np.nan for k in (0, 1))
    middle = start + size / 2
    yield DrawnMark(((x,), float(middle[1])), ((y,), float(middle[0])))


def _along(marks: list[DrawnMark], axes: Axes, numbers: ResultValues) -> str:
    """Along which axis every mark stands at numbers of the result, at the place of its row."""
    sides = {"x": axes.yaxis, "y": axes.xaxis}
    for along, axis in sides.items():
        if _stand_at_numbers([getattr(mark, along) for mark in marks], _names(axis), numbers):
            return along
    raise _refusal("marks that stand at no number of the result", "result.to_frame(), each number in its row")


def _stand_at_numbers(
    marks: list[tuple[tuple[float, ...], float]], names: list[str], allowed: ResultValues
) -> bool:
    rows_at: dict[float, set[int]] = defaultdict(set)
    for number, place in ((number, place) for numbers, place in marks for number in numbers):
        rows = allowed.rows_of(number)
        if not rows or not _is_place(place, rows, names):
            return False
        rows_at[round(number, 9)].add(round(place))
    # Without names of its places a list has one for each row: a number of one row stands at one of them.
    return bool(names) or all(len(places) <= len(allowed.rows_of(n)) for n, places in rows_at.items())


def _names(axis: Axis) -> list[str]:
    """The categories of an axis, in their places."""
    units: Any = axis.get_units() if hasattr(axis, "get_units") else None
    return list(units._mapping) if isinstance(units, UnitData) else []


def _is_place(place: float, rows: list[set[object]], names: list[str]) -> bool:
    """Whether a mark may stand there: at a category or number of its row, or at a plain place in a list."""
    if names:
        name_here = names[round(place)] if -0.5 <= place < len(names) - 0.5 else None
        return name_here is not None and any(_number_or_text(name_here) in row for row in rows)
    steps = place / FINEST
    in_row = any(round(place, 9) in row for row in rows)
    return in_row or bool(np.isfinite(steps) and abs(steps - round(steps)) < 1e-6)


def _check_words(figure: Drawing, axes: list[Axes], numbers: ResultValues) -> None:
    """No figure in a text but those of the axes themselves and those of words of the result."""
    automatic: set[int] = set()
    for one in axes:
        for axis in (one.xaxis, one.yaxis):
            fixed = isinstance(axis.get_major_formatter(), FixedFormatter | FuncFormatter) or _names(axis)
            automatic |= (
                set() if fixed else {id(text) for text in axis.findobj(Text) if text is not axis.label}
            )
    for text in figure.findobj(Text):
        words = text.get_text().strip().rpartition(" = ")[2]  # a grid of seaborn's says "column = word"
        if id(text) not in automatic and any(c.isdigit() for c in words) and words not in numbers.words:
            _refuse(
                "a text with a figure in it",
                "words of the result; numbers stand in the table under the chart",
            )


def words_on(figure: Drawing) -> list[str]:
    """All texts of a chart."""
    return [text.get_text() for text in figure.findobj(Text)]


def dress(
    figure: Drawing, along: Mapping[Axes, str], frame: pd.DataFrame, ask: FigureSpec, rows: pd.DataFrame
) -> None:
    """Our font, numbers in the language and the unit, no names of columns; a key stands above the plot.

    `rows`: the frame as `labelled` gives it, whose numbers stand at their dots.
    """
    for axes, side in along.items():
        axis = axes.xaxis if side == "x" else axes.yaxis
        axis.set_major_formatter(lambda value, _: ask.ticks([value], statistic=_statistic(frame))[0])
        axis.grid(visible=True, color=RULE, linewidth=0.8)
        _say_values(axes, side, rows, ask)
        key = axes.get_legend()
        if key and len(key.get_texts()) == 1:
            key.remove()
        elif key:
            key.set_frame_on(False)
            key.set_title("" if key.get_title().get_text() in frame else key.get_title().get_text())
    for text in figure.findobj(Text):
        column, _, words = text.get_text().rpartition(" = ")
        if (column or words) in frame:
            text.set_text(words if column else "")
        text.set_fontfamily(FAMILY)
    legends: list[Any] = [*figure.legends]
    for key in legends:  # beside the axes, where a sheet ends
        texts = [text.get_text() for text in key.get_texts()]
        figure.legends.remove(key)
        how: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False}
        figure.axes[0].legend(key.legend_handles, texts, ncols=len(texts), **how)


def _say_values(axes: Axes, side: str, table: pd.DataFrame, ask: FigureSpec) -> None:
    """The number of each dot and bar: in a column beside the rows, or above what stands upright."""
    texts = {round(float(row.estimate), 9): shown_value(row, ask) for row in records(table)}
    marks = [getattr(mark, side) for mark in _marks_on(axes)]
    spots = sorted({(place, numbers[0]) for numbers, place in marks if len(numbers) == 1})
    rows: dict[int, list[str]] = defaultdict(list)
    for place, number in spots:
        text = texts.get(round(number, 9)) or texts.get(round(number / 100, 9))
        if text and side == "y" and has_room(axes, place, number, spots):
            axes.annotate(text, (place, number), (0, 6), textcoords="offset points", ha="center", weight=BOLD)
        elif text and side == "x":
            rows[round(place)].append(text)
    for place, row in rows.items():
        axes.text(
            1.02, place, " · ".join(row), transform=axes.get_yaxis_transform(), va="center", weight=BOLD
        )


def turn(figure: Drawing) -> None:
    """The plot as languages that are written from the right read it: rows named right, numbers leftwards."""
    for axes in figure.axes:
        axes.invert_xaxis()
        if any(label.get_visible() and label.get_text() for label in axes.get_yticklabels()):
            axes.yaxis.tick_right()
            axes.yaxis.set_label_position("right")
        for text in axes.texts:
            if text.get_horizontalalignment() == "left":  # the column of numbers beside the rows
                text.set_x(1 - text.get_position()[0])
                text.set_horizontalalignment("right")
        if key := axes.get_legend():
            key.set_loc("lower right")
            key.set_bbox_to_anchor((1, 1), axes.transAxes)


def has_room(axes: Axes, place: float, number: float, spots: Iterable[tuple[float, float]]) -> bool:
    """Whether no other point stands where the number would be said; the table below says them all."""
    heights = axes.transLimits.transform([(place, number), *(spot for spot in spots if spot[0] == place)])[
        :, 1
    ]
    above = heights[1:] - heights[0]
    return not ((above > 0) & (above < SAID_ABOVE)).any()


def _statistic(frame: pd.DataFrame) -> str:
    return str(frame["statistic"].iloc[0]) if "statistic" in frame else "share"


def long_names(figure: Drawing) -> dict[Axes, list[str]]:
    """What rows are called in the plots where a name is too long for a phone, before a sheet breaks it."""
    called = {axes: [label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes}
    return {axes: names for axes, names in called.items() if any(width(n) > NAMED * NARROW for n in names)}


def paper(figure: Drawing, height: float, ask: FigureSpec, names: Mapping[Axes, list[str]]) -> FigureLayout:
    """The chart on a sheet with title, source and the mark of invented data, in place of an earlier one.

    `names`: of `long_names`, broken here into the lines that the sheet has room for.
    """
    for axes, called in names.items():
        axes.set_yticks(axes.get_yticks(), [wrap(name, NAMED * ask.wide) for name in called])
    for artist in [a for a in figure.get_children() if a.get_gid() == "words"]:
        artist.remove()
    sheet = FigureLayout(height, ask, sheet=figure)
    foot = sheet.total - sheet.top - height
    room = (0, foot / sheet.total, 1, height / sheet.total)
    figure.set_layout_engine("constrained", rect=room, w_pad=0.1, h_pad=0.06)
    return sheet


def _refuse(got: str, allowed: str) -> NoReturn:
    raise _refusal(got, allowed)


def _refusal(got: str, allowed: str) -> PublicationRefused:
    what = "A chart may show nothing but the numbers of its result."
    hint = "draw result.to_frame(), or show it with wb.figure(result)"
    return PublicationRefused(what, got=got, allowed=allowed, next=hint)
