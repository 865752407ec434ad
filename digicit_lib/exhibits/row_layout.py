"""Rows of a chart on paper: their order, labels, marks, values at the right edge, axis."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from digicit_lib.disclosure.additions import records
from digicit_lib.errors import DataError
from digicit_lib.evidence import CONTRASTS
from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import FigureLayout, FigureSpec, KeyEntry, tall, width, wrap
from digicit_lib.exhibits.cell_text import HIDDEN_WORDS, MARKS, interval_head, interval_text

PITCH = 0.2  # inches between the marks of one row
TALLEST = 8.2  # what a page holds
LEAST = 1.2  # inches of a plot beside its columns
_PLACED = ("indicator_text", "indicator", "category", "category_text", "by", "level", "level_text")
BELOW = 3.5 / 72  # inches from the plot to the labels of its axis
GUTTER = (1.3, 2.35)  # least and greatest room of the labels at the left


class Column(NamedTuple):
    """What stands at the right edge for each mark: a head, texts, where and how they are set."""

    head: str
    texts: Sequence[str]
    right: bool = True
    bold: bool = False
    colour: str = c.INK
    group: str | None = None  # the group whose values these are
    size: float = c.SMALL

    @property
    def room(self) -> float:
        return max(width(text, self.size, True) for text in (self.head, *self.texts))


@dataclass
class Rows:
    """A row chart on paper: the table with the `y` of each mark, and the mark of each group."""

    paper: FigureLayout
    plot: Axes
    table: pd.DataFrame
    marks: Mapping[str, KeyEntry]
    wide: float
    high: float

    @cached_property
    def shown(self) -> pd.DataFrame:
        return self.table[self.table["estimate"].notna()]

    @property
    def inch(self) -> float:
        """One inch of the x axis, in its units."""
        return float(np.ptp(self.plot.get_xlim())) / self.wide

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Text at a place of the plot, as the sheet's own: a plot would clip each to its patch."""
        self.paper.figure.text(x, y, text, va="center", transform=self.plot.transData, **style)


def arrange(table: pd.DataFrame, apart: Any = "") -> pd.DataFrame:
    """What stands in a section, a row and a group: levels are groups while they are four or fewer.

    Indicators of one population stand by value, within their base; whoever is hidden stands last.
    """
    names, codes, answers, said, bys, levels, words = (table[column].tolist() for column in _PLACED)
    # Two titles may be one text of a language.
    alike = Counter(name for name, _ in set(zip(names, codes, strict=True)))
    labels = [
        name + f" ({code})" * (alike[name] > 1) + (f": {text}" if answer else "")
        for name, code, answer, text in zip(names, codes, answers, said, strict=True)
    ]
    domains, blank = set(zip(bys, levels, strict=True)), [""] * len(table)
    lone = domains == {("", "")} and not ("level_label" in table and table["level_label"].any())
    several, plain = len(set(labels)) > 1 or lone, isinstance(apart, str)  # one row is called by its own name
    order = [*range(len(table))]
    if several and (len(domains) == 1 or (len(domains) <= 4 and plain)):
        bases = table["base_text"].tolist() if "base_text" in table else blank
        sections, rows = (bases if len(set(bases)) > 1 else blank), labels
        groups = words if len(domains) > 1 else blank
        by_value = len(domains) == 1 and plain and not any(answers)
        order = _by_base(sections, table["estimate"].tolist() if by_value else [0.0] * len(table))
    else:
        heads = table["by_text"].where(table["by"] != "", "").tolist() if len(set(bys)) > 1 else blank
        sections, rows, groups = (labels if several else heads), words, blank
    places = zip(sections, rows, groups, blank if plain else apart, strict=True)
    if len(set(places)) < len(table):
        raise DataError(
            "Two estimates for one place of a figure.", allowed="one statistic and period for each"
        )
    return table.assign(section=sections, row=rows, group=groups).iloc[order]


def _by_base(sections: Sequence[str], values: Sequence[float]) -> list[int]:
    """Rows of one base after those of another, in each the greatest first and last whoever has no value."""
    places = {name: place for place, name in enumerate(dict.fromkeys(sections))}
    keys = [(places[s], inf if value != value else -value) for s, value in zip(sections, values, strict=True)]
    return sorted(range(len(keys)), key=keys.__getitem__)


def is_chosen(table: pd.DataFrame, ask: FigureSpec) -> pd.Series:
    """The rows of the country that `highlight` names, by code or by name."""
    highlight = str(ask.options.get("highlight", ""))
    return (highlight != "") & ((table["country"] == highlight) | (table["country_text"] == highlight))


def group_colours(table: pd.DataFrame) -> Sequence[str]:
    """Two groups differ in hue; ages are one hue from light to dark."""
    groups = table["group"].nunique()
    aged = table["by"].str.startswith("age").all()
    return c.AGES if groups == 3 and aged else c.PAIR if groups == 2 else c.PALETTE


def value_columns(table: pd.DataFrame, ask: FigureSpec, marks: Mapping[str, KeyEntry]) -> list[Column]:
    """Value, interval and n of one series; of several, a column of values for each."""
    values = [shown_value(row, ask) for row in records(table[["estimate", "unit", "statistic", "quality"]])]
    if len(marks) > 1:
        return [Column(n, values, bold=True, colour=mark.colour, group=n) for n, mark in marks.items()]
    form: dict[str, Any] = {"language": ask.language, "decimals": 0 if ask.unit in ("share", "count") else 1}
    lost = [ask.say(HIDDEN_WORDS[q])[len(MARKS[q]) :].strip() if q in MARKS else "" for q in table["quality"]]
    ends = [
        gone or interval_text(low, high, unit=unit, **form)
        for gone, low, high, unit in zip(lost, table["ci_low"], table["ci_high"], table["unit"], strict=True)
    ]
    columns = [Column("", values, bold=True)]
    if any(ends):
        tested = "verdict" in table and (table["verdict"].fillna("") != "").any()
        head = interval_head(table["confidence_level"].max(), bool(tested), ask.language)
        columns.append(Column(head, ends, right=False, colour=c.SOFT))
    if table["n"].notna().any() and not ask.narrow:
        counts = ["" if n != n else ask.value(n, "count", "") for n in table["n"]]
        columns.append(Column("n", counts, colour=c.SOFT))
    return columns


def shown_value(row: Any, ask: FigureSpec) -> str:
    """As it stands in a column; a mark where it is hidden or to be read with caution."""
    if row.quality in MARKS or np.isnan(row.estimate):
        return MARKS.get(row.quality, "")
    text = ask.value(row.estimate, row.unit, row.statistic)
    return f"({text})" if row.quality == "caution" else text


def lay_rows(
    table: pd.DataFrame,
    ask: FigureSpec,
    marks: Mapping[str, KeyEntry],
    columns: Sequence[Column],
    *,
    dodge: bool = True,
    bold: Sequence[str] = (),
    thick: float = 0.2,
    gap: float = 0.1,
    beside: bool = False,
) -> Rows:
    """Place every row: its label, the marks of its groups below one another, its values at the right edge.

    On a narrow figure the label stands above its marks, unless `beside` keeps it at the left. Rows that
    would not fit a page move together.
    """
    sections, names, groups = (table[column].tolist() for column in ("section", "row", "group"))
    slots: dict[tuple[str, str], str] = {}  # rows, with the group of the first mark
    for section, name, group in zip(sections, names, groups, strict=True):
        slots.setdefault((section, name), group)
    lanes = len(marks) if dodge else 1
    above = ask.narrow and not beside
    crowded = not above and len(slots) * (lanes * PITCH + gap) > TALLEST
    pitch, gap = (0.08, 0.06) if crowded else (PITCH, gap)
    longest = max(width(text, ask.size) for _, text in slots) + 0.05
    room = ask.wide - 0.25 if above else min(max(GUTTER[0] * (not beside), longest), GUTTER[1])
    labels = [wrap(text, room, ask.size) for _, text in slots]
    words = [tall(text, ask.size) for text in labels]
    marked = max(lanes * pitch * dodge, thick)
    heights = [w + marked + gap if above else max(w, marked) + gap for w in words]
    heads, tops, high = _stack([section for section, _ in slots], heights, ask)
    middles = [
        top + (w if above else 0) + (height - (w if above else 0)) / 2
        for top, w, height in zip(tops, words, heights, strict=True)
    ]
    west = 0.15 if above else room + 0.25
    columns = _broken_heads(columns, ask.wide - west - LEAST)
    places, margin = _edges(columns, above and lanes > 1)
    wide = ask.wide - west - margin
    points = ask.unit == "share" and set(CONTRASTS) & set(table["statistic"])
    title = ask.say("percentage points") if points else ask.axis_title
    high_heads = max(tall(column.head, column.size) for column in columns) if columns else 0.0
    head = 0.14 + high_heads if high_heads and not (above and lanes > 1) else 0.0
    grouped = len(columns) > 1 and columns[0].group is not None and not above
    paper = FigureLayout(head + high + (0.5 if title else 0.3), ask, _key(table, ask, marks, grouped))
    paper.write(west + wide / 2, head + high + 0.4, title, ha="center", color=c.SOFT)
    for at, text in heads:
        paper.write(
            0.1,
            head + at,
            text,
            size=ask.size,
            weight=c.BOLD,
            color=c.MAIN,
            bbox={"fc": c.PAGE, "ec": "none", "pad": 1.5},
        )
    for top, w, height, label, group in zip(tops, words, heights, labels, slots.values(), strict=True):
        look: dict[str, Any] = {"size": ask.size, "weight": c.BOLD if group in bold else "normal"}
        at = head + top + (0.04 + w / 2 if above else height / 2)
        paper.write(0.15 if above else west - 0.1, at, label, ha="left" if above else "right", **look)
    where = dict(zip(slots, middles, strict=True))
    lane = {group: (i - (lanes - 1) / 2) * pitch * dodge for i, group in enumerate(marks)}
    middle = [where[place] for place in zip(sections, names, strict=True)]
    y = [at + lane[group] for at, group in zip(middle, groups, strict=True)]
    for column, place in zip(columns, places, strict=True):
        spots = zip(groups, y, middle, column.texts, strict=True)
        _write_column(paper, spots, column, west + wide + place, head, marks, above and lanes > 1)
    return Rows(
        paper, paper.plot(west, head, wide, high), table.assign(y=y, middle=middle), marks, wide, high
    )


def _broken_heads(columns: Sequence[Column], room: float) -> list[Column]:
    """Long heads in several lines: the room that a head in one line takes is lost to the plot."""
    for most in (0.95, 0.7):
        limits = [max(most, *(width(text, column.size, True) for text in column.texts)) for column in columns]
        heads = [wrap(k.head, limit, k.size, True) for k, limit in zip(columns, limits, strict=True)]
        lines = [column._replace(head=head) for column, head in zip(columns, heads, strict=True)]
        if _edges(lines, False)[1] <= room:
            break
    return lines


def _edges(columns: Sequence[Column], shared: bool) -> tuple[list[float], float]:
    """Where each column stands, in inches from the plot's edge, and the room of all; `shared`: one place."""
    places, x = [], 0.12
    for column in columns:
        start = 0.12 if shared else x
        places.append(start + column.room if column.right else start)
        x = max(x, start + column.room + 0.14)
    return places, max(x, 0.3)


def _write_column(
    paper: FigureLayout,
    spots: Iterable[tuple[str, float, float, str]],
    column: Column,
    x: float,
    head: float,
    marks: Mapping[str, KeyEntry],
    lanes: bool,
) -> None:
    """Texts in a line with their marks; a column of one group stands in the middle of each row."""
    side = "right" if column.right else "left"
    look: dict[str, Any] = {"ha": side, "color": column.colour, "size": column.size}
    for group, y, middle, text in spots:
        if column.group in (None, group):
            at = middle if column.group is not None and not lanes else y
            paper.write(x, head + at, text, weight=c.BOLD if column.bold else "normal", **look)
    if column.head and not lanes:
        look |= {"va": "bottom", "weight": c.BOLD if column.group else "normal"}
        paper.write(x, head - 0.02, column.head, **look)
    if column.group is not None and not lanes:
        paper._mark(x - 0.06, 0.04, marks[column.group])


def _key(
    table: pd.DataFrame, ask: FigureSpec, marks: Mapping[str, KeyEntry], grouped: bool
) -> list[KeyEntry]:
    """Groups, unless heads of columns name them; what hollow marks mean, where there are any."""
    qualities = set(table["quality"])
    groups = list(marks.values()) if len(marks) > 1 and not grouped else []
    hollow = KeyEntry(ask.say("hollow: read with caution"), c.INK, next(iter(marks.values())).marker, False)
    words = HIDDEN_WORDS.items() if grouped else ()
    hidden = [KeyEntry(ask.say(text), c.SOFT, "") for mark, text in words if mark in qualities]
    return [*groups, *([hollow] if "caution" in qualities else []), *hidden]


def _stack(
    sections: Sequence[str], heights: Sequence[float], ask: FigureSpec
) -> tuple[list[tuple[float, str]], list[float], float]:
    """Heads of sections with their places, the top of each row, and the whole height."""
    heads, tops, y, last = [], [], 0.04, ""
    for section, height in zip(sections, heights, strict=True):
        if section and section != last:
            head = wrap(section, ask.wide - 0.3, ask.size, True)
            heads.append((y + 0.08 + tall(head, ask.size) / 2, head))
            y += tall(head, ask.size) + 0.14
        last = section
        tops.append(y)
        y += height
    return heads, tops, y + 0.06


def scale(rows: Rows, ask: FigureSpec, *, zero: bool = True) -> None:
    """A horizontal axis of round numbers that holds every interval; shares end at 100 %, low ones at 30 %."""
    numbers = rows.shown[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    low, high = (np.nanmin(numbers), np.nanmax(numbers)) if len(numbers) else (0.0, 1.0)
    share = ask.unit == "share" and not set(CONTRASTS) & set(rows.table["statistic"])
    if share and low >= 0 and high <= 1:
        steps = np.arange(0, 1.01, 0.25) if high > 0.3 else np.arange(0, 0.31, 0.1)
    else:
        steps = c.round_steps(min(low, 0) if zero else low, max(high, 0) if zero else high, rows.wide)
    rows.plot.set_xlim(steps[0], steps[-1])
    axis(rows, steps, ask.ticks(steps, statistic=rows.table["statistic"].iloc[0]))


def axis(rows: Rows, steps: Sequence[float] | np.ndarray, labels: Sequence[str]) -> None:
    """Labels and pale lines at the steps, a dark line at zero; y runs down in inches.

    Matplotlib's own axis would cost more than all that stands in the plot: ticks, spines and a second axis.
    """
    plot = rows.plot
    plot.set_ylim(rows.high, 0)
    plot.set_axis_off()
    plot.vlines(steps, 0, rows.high, colors=c.RULE, linewidth=0.7, zorder=0.5)
    for step, label in zip(steps, labels, strict=True):
        plot.text(step, rows.high + BELOW, label, ha="center", va="top", color=c.SOFT)
    if steps[0] <= 0 <= steps[-1]:
        plot.axvline(0, color=c.SOFT, linewidth=0.9)


def join(rows: Rows) -> None:
    """A pale band from the least to the greatest value of a row, so that its groups are seen together."""
    values = defaultdict(list)
    for middle, value in zip(rows.shown["middle"], rows.shown["estimate"], strict=True):
        values[middle].append(value)
    low, high = ([*map(end, values.values())] for end in (min, max))
    rows.plot.hlines([*values], low, high, colors=c.RULE, linewidth=5, zorder=1)


def scatter(rows: Rows) -> None:
    """Intervals, and marks by shape and colour of their group; hollow ones are to be read with caution.

    A difference that the declared comparisons do not show is pale and hollow.
    """
    table = rows.shown
    if table.empty:
        return
    x, y, low, high = table[["estimate", "y", "ci_low", "ci_high"]].to_numpy(float).T
    groups, caution = np.array(table["group"].tolist()), np.array(table["quality"].tolist()) == "caution"
    colours: Any = np.array([rows.marks[group].colour for group in groups])
    unseen = np.full(len(table), False)
    if "verdict" in table:
        unseen = np.array(table["verdict"].tolist()) == "not shown"
    colours, hollow = np.where(unseen, c.QUIET, colours), caution | unseen
    faces: Any = np.where(hollow, c.PAGE, colours)
    for style, on in (("solid", ~caution), ("dashed", caution)):
        how: dict[str, Any] = {"linewidth": 1.8, "linestyles": style, "zorder": 3}
        if on.any():
            rows.plot.hlines(y[on], low[on], high[on], colors=colours[on], **how)
    for name, mark in rows.marks.items():
        on = groups == name
        look: dict[str, Any] = {"marker": mark.marker, "s": 42, "linewidths": 1.4, "clip_on": False}
        if on.any():
            rows.plot.scatter(x[on], y[on], facecolors=faces[on], edgecolors=colours[on], zorder=4, **look)


def draw_bars(rows: Rows, height: float, **style: Any) -> None:
    """Bars at exact places (seaborn counts a width in shares of the closest two); caution is hollow."""
    palette = {name: mark.colour for name, mark in rows.marks.items()}
    for hollow in (False, True):
        table = rows.shown[(rows.shown["quality"] == "caution") == hollow]
        gaps = np.diff(np.unique(table["y"].round(6)))
        wide = height / (gaps.min() if len(gaps) else 1)
        if len(table):
            sns.barplot(
                table,
                x="estimate",
                y="y",
                hue="group",
                hue_order=list(palette)[::-1],
                palette=palette,
                width=wide,
                orient="y",
                native_scale=True,
                dodge=False,
                errorbar=None,
                saturation=1,
                legend=False,
                ax=rows.plot,
                fill=not hollow,
                zorder=2,
                **style,
            )
    rows.plot.set(xlabel="", ylabel="")
