"""Figures made of rows: dots, bars, stacked bars, countries, pyramid, timeline."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from babel.dates import format_skeleton
from matplotlib.path import Path

from digicit_lib.disclosure.additions import records
from digicit_lib.errors import DataError
from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import FigureLayout, FigureSpec, KeyEntry, marks_of, width
from digicit_lib.exhibits.cell_text import HIDDEN_WORDS
from digicit_lib.exhibits.row_layout import (
    PITCH,
    Column,
    Rows,
    arrange,
    axis,
    draw_bars,
    group_colours,
    is_chosen,
    join,
    lay_rows,
    scale,
    scatter,
    value_columns,
)
from digicit_lib.language import N_, date

_BODY = Path([(-0.2, 0.2), (0.2, 0.2), (0.3, -0.8), (-0.3, -0.8), (-0.2, 0.2)], closed=True)
CHILD: Any = Path.make_compound_path(Path.circle((0, 0.52), 0.24), _BODY)
_SCALES = {2: c.SCALE[1::3], 3: c.SCALE[1::2] + c.SCALE[4:], 4: c.SCALE[:2] + c.SCALE[3:], 5: c.SCALE}


def dots(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Dot and interval, one row an indicator or a group."""
    marks = marks_of(table["group"], colours=group_colours(table))
    rows = lay_rows(table, ask, marks, value_columns(table, ask, marks))
    scale(rows, ask, zero=ask.unit in ("share", "count"))
    if len(marks) > 1:
        join(rows)
    scatter(rows)
    return rows.paper


def pictogram(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Ten children a row, as many of them filled as the share has tenths: no axis and no interval."""
    group = (": " + table["group"]).where(table["group"] != "", "")
    table = table.assign(row=table["row"] + group, group="")
    tenths = (10 * table["estimate"]).round()
    texts = [
        ask.say(HIDDEN_WORDS.get(quality, N_("no figure"))) if n != n else ask.say("{n} in 10", n=int(n))
        for n, quality in zip(tenths, table["quality"], strict=True)
    ]
    marks = marks_of([""])
    column = Column("", texts, bold=True, colour=c.MAIN, size=ask.size)
    rows = lay_rows(table, ask, marks, [column], dodge=False, thick=0.42, gap=0.16)
    rows.plot.set(xlim=(-0.6, 9.6), ylim=(rows.high, 0), xticks=[], yticks=[])
    rows.plot.set_axis_off()
    for y, n in zip(rows.shown["y"], tenths[rows.shown.index], strict=True):
        faces: Any = [c.MAIN if child < n else c.PAGE for child in range(10)]
        size = min(28.0, 72 * rows.wide / 11) ** 2
        rows.plot.scatter(range(10), [y] * 10, s=size, c=faces, marker=CHILD, edgecolors=c.MAIN, linewidths=1)
    return rows.paper


def bars(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Bars from zero with their intervals."""
    marks = marks_of(table["group"], "s" * 6, group_colours(table))
    rows = lay_rows(table, ask, marks, value_columns(table, ask, marks))
    draw_bars(rows, PITCH * 0.9)
    scale(rows, ask)
    for colour, thick in ((c.PAGE, 4.0), (c.INK, 1.6)):
        y, low, high = rows.shown[["y", "ci_low", "ci_high"]].to_numpy(float).T
        rows.plot.hlines(y, low, high, colors=colour, linewidth=thick, zorder=3)
    return rows.paper


def stacked(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """The whole as one bar a row, its answers side by side; a row with a hidden answer is not drawn."""
    answers = table["category_text"]
    table = arrange(table.assign(category=""), answers).assign(group=answers, part=table["estimate"])
    lines = table.groupby(["section", "row"], sort=False)
    whole = lines["part"].transform(lambda part: part.notna().all())
    table["estimate"] = lines["part"].cumsum().where(whole)
    table.loc[~whole, "quality"] = "suppressed"
    first = ~table.duplicated(["section", "row"])
    mark = ask.say(HIDDEN_WORDS["suppressed"])
    gaps = [mark if start and not is_shown else "" for start, is_shown in zip(first, whole, strict=True)]
    marks = marks_of(answers, "s" * 6, _SCALES.get(answers.nunique(), ()))
    columns = [] if whole.all() else [Column("", gaps, colour=c.SOFT)]
    rows = lay_rows(table, ask, marks, columns, dodge=False)
    draw_bars(rows, 0.26, edgecolor=c.PAGE, linewidth=1.2)
    scale(rows, ask)
    rows.plot.set_xlim(0, max(1.0, rows.shown["estimate"].max()) if len(rows.shown) else 1.0)
    for row in records(rows.shown):
        text = ask.value(row.part, row.unit)
        if width(text, c.SMALL) + 0.06 < row.part / rows.inch:
            colour = c.PAGE if rows.marks[row.group].colour in c.DARK else c.INK
            rows.write(row.estimate - row.part / 2, row.y, text, ha="center", color=colour)
    return rows.paper


def country_dots(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """One country among others, the reference year beside each name."""
    others, mine = ask.say("comparison group"), is_chosen(table, ask)
    year = (" (" + table["period_text"] + ")").where(table["period_text"] != "", "")
    section = table["indicator_text"] if table["indicator_text"].nunique() > 1 else ""
    group = table["country_text"].where(mine, others)
    table = table.assign(section=section, row=table["country_text"] + year, group=group)
    marks = {name: KeyEntry(name, c.SECOND, "D") for name in group[mine]} | {
        others: KeyEntry(others, c.MAIN, "o")
    }
    columns = value_columns(table, ask, {"": marks[others]})
    rows = lay_rows(table, ask, marks, columns, dodge=False, bold=[*group[mine]])
    scale(rows, ask)
    rows.plot.hlines(rows.shown["y"], 0, rows.shown["estimate"], colors=c.RULE, linewidth=2, zorder=1)
    scatter(rows)
    return rows.paper


def pyramid(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Two sides by age, the youngest at the foot; `by` is two breakdowns, the first makes the sides."""
    sides, ages = table["level_text"].str.partition(", ")[[0, 2]].T.to_numpy()
    steps, marks = [*dict.fromkeys(ages)][::-1], marks_of(sides, "ss", c.PAIR)
    if len(marks) != 2:
        raise DataError("A pyramid has two sides.", got=str(len(marks)), allowed="levels such as girl,0-4")
    fine = len(steps) > 12  # single years: then not each has its label and its number
    pitch, west = 0.115 if fine else 0.32, max(width(age, ask.size) for age in steps) + 0.25
    places, wide = {age: pitch * (i + 0.5) + 0.05 for i, age in enumerate(steps)}, ask.wide - west - 0.3
    dark = [age for age in steps if age in ask.options.get("ages", steps)]
    paper = FigureLayout(places[steps[-1]] + pitch / 2 + 0.7, ask)
    table = table.assign(y=[places[age] for age in ages], group=sides, dark=[age in dark for age in ages])
    table["sign"] = np.where(sides == next(iter(marks)), -1, 1)
    high = pitch * len(steps) + 0.1
    rows = Rows(paper, paper.plot(west, 0.3, wide, high), table, marks, wide, high)
    ends = [steps.index(dark[0]), steps.index(dark[-1])]
    for i, age in enumerate(steps):
        near = min(abs(i - end) for end in ends)
        if not fine or near == 0 or (near > 1 and (len(steps) - 1 - i) % 5 == 0):
            paper.write(west - 0.1, 0.3 + places[age], age, ha="right", size=ask.size)
    for name, x, ha in zip(marks, (west, west + wide), ("left", "right"), strict=True):
        paper.write(x, 0.12, name, ha=ha, weight=c.BOLD, color=marks[name].colour)
    _two_sides(rows, ask, pitch * 0.78, fine)
    middle, most = (places[dark[0]] + places[dark[-1]]) / 2, table["estimate"].max()
    for name, at in zip(marks, (-most / 2, most / 2), strict=True):
        box = {"fc": marks[name].colour, "ec": "none", "pad": 2.5}
        text = ask.options.get("sums", {}).get(name, "")
        rows.write(at, middle, text, ha="center", weight=c.BOLD, size=c.TITLE, color=c.PAGE, bbox=box)
    return paper


def _two_sides(rows: Rows, ask: FigureSpec, thick: float, fine: bool) -> None:
    """Bars to the left and to the right of zero: dark ages, pale others; numbers beside those of few ages."""
    table, bars = rows.table, rows.shown
    texts = [ask.value(*row) for row in table[["estimate", "unit", "statistic"]].itertuples(index=False)]
    most, side = bars["estimate"].max(), 0.2 + (0 if fine else max(width(text, c.SMALL) for text in texts))
    edge = most / (1 - 2 * side / rows.wide)
    rows.plot.set_xlim(-edge, edge)
    half = c.round_steps(0, most, rows.wide / 2 - 0.6)
    half = half[half <= most]
    axis(rows, [*-half[:0:-1], *half], ask.ticks([*half[:0:-1], *half]))
    colours = table["group"].map({name: mark.colour for name, mark in rows.marks.items()})
    colours = colours.where(table["dark"], c.RULE)
    # Where all are to be read with caution, as projections are, the note says it.
    faces = colours.mask((table["quality"] == "caution") & (bars["quality"] != "caution").any(), c.PAGE)
    ink: Any = {"color": faces[bars.index], "edgecolor": colours[bars.index]}
    rows.plot.barh(bars["y"], bars["sign"] * bars["estimate"], height=thick, zorder=2, **ink)
    for row, text in zip(records(table), texts, strict=True):
        gap = row.estimate != row.estimate
        words = ask.say(HIDDEN_WORDS.get(row.quality, N_("no figure"))) if gap else "" if fine else text
        at = row.sign * ((0 if gap else row.estimate) + 0.06 * rows.inch)
        rows.write(at, row.y, words, ha="left" if row.sign > 0 else "right", color=c.SOFT if gap else c.INK)


def timeline(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Events in order of time, each with its date; `category` makes the groups."""
    days = table["period"].map(_day)
    texts = [_date_text(day, text, ask.language) for day, text in zip(days, table["period"], strict=True)]
    years = [day.year + (day.timetuple().tm_yday - 1) / 366 for day in days]
    table = table.assign(section="", row=table["indicator_text"], group=table["category_text"], said=texts)
    table = table.assign(estimate=years, ci_low=np.nan, ci_high=np.nan).sort_values("estimate", kind="stable")
    column = Column("", list(table["said"]), right=False, colour=c.SOFT)
    rows = lay_rows(table, ask, marks_of(table["group"]), [column], dodge=False)
    first, last = min(years) - 0.5, max(years) + 0.5
    rows.plot.set_xlim(first, last)
    steps = c.round_steps(first, last, rows.wide, whole=True)
    steps = steps[(steps >= first) & (steps <= last)]
    axis(rows, steps, [f"{year:.0f}" for year in steps])
    rows.plot.hlines(rows.table["y"], first, rows.table["estimate"], colors=c.RULE, zorder=1)
    scatter(rows)
    return rows.paper


def _day(text: str) -> dt.date:
    """The first day of a year, month or day in ISO form."""
    try:
        return dt.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise DataError(
            "Not a date for a timeline.", got=text, allowed="2024, 2024-05 or 2024-05-31"
        ) from None


def _date_text(day: dt.date, text: str, language: str) -> str:
    """No more of a date than is known."""
    if len(text) == 7:
        return str(format_skeleton("yMMMM", day, locale=language))
    return text if len(text) == 4 else date(day, language)
