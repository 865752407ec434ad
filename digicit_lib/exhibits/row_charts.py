"""Figures made of rows: dots, bars, stacked bars, countries, pyramid, timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from babel.dates import format_skeleton
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from digicit_lib.disclosure.following import records
from digicit_lib.errors import DataError
from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import Ask, Entry, Paper, marks_of, tall, width, wrap
from digicit_lib.exhibits.tables import MARKS
from digicit_lib.language import date

PITCH = 0.22  # between the marks of one row
TALLEST = 8.2  # what a page holds
_FINISHED = ["section", "row", "y", "said", "estimate", "ci_high", "quality"]
HIDDEN_WORDS = {"suppressed": "(*) not shown", "not_asked": "- not asked"}


@dataclass
class Rows:
    """A row chart on paper: the table with the `y` of each mark, and the mark of each group."""

    paper: Paper
    plot: Axes
    table: pd.DataFrame
    marks: Mapping[str, Entry]
    wide: float
    high: float
    crowded: bool = False

    @property
    def shown(self) -> pd.DataFrame:
        return self.table[self.table["estimate"].notna()]

    @property
    def inch(self) -> float:
        """One inch of the x axis, in its units."""
        return float(np.ptp(self.plot.get_xlim())) / self.wide

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Text at a place of the plot, as the sheet's own: a plot would clip each to its patch."""
        self.paper.figure.text(x, y, text, va="center", transform=self.plot.transData, **style)


def dots(table: pd.DataFrame, ask: Ask) -> Paper:
    """Dot and interval, one row an indicator or a group."""
    table = arrange(table)
    rows = lay_rows(table, ask, marks_of(table["group"]), crowd=True)
    scale(rows, ask, zero=ask.unit in ("share", "count"))
    scatter(rows)
    return finish(rows, ask)


def bars(table: pd.DataFrame, ask: Ask) -> Paper:
    """Bars from zero with their intervals."""
    table = arrange(table)
    rows = lay_rows(table, ask, marks_of(table["group"], "s" * 6))
    draw_bars(rows, PITCH * 0.9)
    scale(rows, ask)
    for colour, thick in (("white", 4.0), (c.INK, 1.6)):
        y, low, high = rows.shown[["y", "ci_low", "ci_high"]].to_numpy(float).T
        rows.plot.hlines(y, low, high, colors=colour, linewidth=thick, zorder=3)
    return finish(rows, ask)


def stacked(table: pd.DataFrame, ask: Ask) -> Paper:
    """The whole as one bar a row, its answers side by side; a row with a hidden answer is not drawn."""
    answers = table["category_text"]
    table = arrange(table.assign(category=""), answers).assign(
        group=answers, part=table["estimate"], ci_high=np.nan
    )
    lines = table.groupby(["section", "row"], sort=False)
    whole = lines["part"].transform(lambda part: part.notna().all())
    table["estimate"] = lines["part"].cumsum().where(whole)
    table.loc[~whole, "quality"] = "suppressed"
    rows = lay_rows(table, ask, marks_of(answers, "s" * 6), dodge=False, values=False)
    draw_bars(rows, 0.26, edgecolor="white", linewidth=1.2)
    scale(rows, ask)
    rows.plot.set_xlim(0, max(1.0, rows.shown["estimate"].max()))
    for row in records(rows.shown):
        text = ask.value(row.part, row.unit)
        if width(text, c.SMALL) + 0.06 < row.part / rows.inch:
            colour = "white" if rows.marks[row.group].colour in c.DARK else c.INK
            rows.write(row.estimate - row.part / 2, row.y, text, ha="center", color=colour)
    rows.table = rows.table[~whole].drop_duplicates(["section", "row"])
    return finish(rows, ask)


def country_dots(table: pd.DataFrame, ask: Ask) -> Paper:
    """One country among others, the reference year beside each name."""
    others, mine = ask.say("comparison group"), is_chosen(table, ask)
    year = (" (" + table["period_text"] + ")").where(table["period_text"] != "", "")
    section = table["indicator_text"] if table["indicator_text"].nunique() > 1 else ""
    group = table["country_text"].where(mine, others)
    table = table.assign(section=section, row=table["country_text"] + year, group=group)
    marks = {name: Entry(name, c.PALETTE[3], "D") for name in group[mine]} | {
        others: Entry(others, c.PALETTE[0], "o")
    }
    rows = lay_rows(table, ask, marks, dodge=False, bold=[*group[mine]])
    scale(rows, ask)
    rows.plot.hlines(rows.shown["y"], 0, rows.shown["estimate"], colors=c.GRID, linewidth=2, zorder=1)
    scatter(rows)
    return finish(rows, ask)


def pyramid(table: pd.DataFrame, ask: Ask) -> Paper:
    """Two sides by age, the youngest at the foot; `by` is two breakdowns, the first makes the sides."""
    sides, ages = table["level_text"].str.partition(", ")[[0, 2]].T.to_numpy()
    if len(set(sides)) != 2:
        raise DataError(
            "A pyramid has two sides.", got=str(len(set(sides))), allowed="levels such as girl,0-4"
        )
    table = table.assign(section="", row=ages, group=sides, sign=np.where(sides == sides[0], -1, 1))
    thick = 0.28 if len(table) <= 30 else 0.17
    rows = lay_rows(table[::-1], ask, marks_of(sides, "ss"), dodge=False, values=False, thick=thick, gap=0.04)
    rows.table["estimate"] *= rows.table["sign"]
    draw_bars(rows, thick)
    most, beside = (
        rows.shown["estimate"].abs().max(),
        max(width(text, c.SMALL) for text in rows.table["said"]) + 0.1,
    )
    half = c.steps_of(0, most, rows.wide / 2 - 0.6)
    half, edge = half[half <= most], most / (1 - 2 * beside / rows.wide)
    rows.plot.set_xlim(-edge, edge)
    axis(rows, [*-half[:0:-1], *half], ask.ticks([*half[:0:-1], *half]))
    for row in records(rows.shown):
        side = "left" if row.sign > 0 else "right"
        rows.write(row.estimate + row.sign * 0.06 * rows.inch, row.y, row.said, ha=side)
    rows.table = rows.table[rows.table["estimate"].isna()]
    return finish(rows, ask)


def timeline(table: pd.DataFrame, ask: Ask) -> Paper:
    """Events in order of time, each with its date; `category` makes the groups."""
    days = table["period"].map(_day)
    said = [_date_text(day, text, ask.language) for day, text in zip(days, table["period"], strict=True)]
    years = [day.year + (day.timetuple().tm_yday - 1) / 366 for day in days]
    table = table.assign(section="", row=table["indicator_text"], group=table["category_text"], said=said)
    table = table.assign(estimate=years, ci_low=np.nan, ci_high=np.nan).sort_values("estimate", kind="stable")
    rows = lay_rows(table, ask, marks_of(table["group"]), dodge=False)
    first, last = min(years) - 0.5, max(years) + 0.5
    rows.plot.set_xlim(first, last)
    steps = c.steps_of(first, last, rows.wide, whole=True)
    steps = steps[(steps >= first) & (steps <= last)]
    axis(rows, steps, [f"{year:.0f}" for year in steps])
    rows.plot.hlines(rows.table["y"], first, rows.table["estimate"], colors=c.GRID, zorder=1)
    scatter(rows)
    return finish(rows, ask)


# --- the parts that rows share ----------------------------------------------------------------------


def arrange(table: pd.DataFrame, apart: Any = "") -> pd.DataFrame:
    """What stands in a section, a row and a group: levels are groups while they are four or fewer."""
    answered = (table["category"] != "").any()
    answer = (": " + table["category_text"]).where(table["category"] != "", "") if answered else ""
    named = table["indicator_text"] + answer
    domains = set(zip(table["by"], table["level"], strict=True))
    several, plain = named.nunique() > 1, isinstance(apart, str)
    if several and (len(domains) == 1 or (len(domains) <= 4 and plain)):
        made = table.assign(section="", row=named, group=table["level_text"] if len(domains) > 1 else "")
    else:
        by = table["by_text"].where(table["by"] != "", "") if len({by for by, _ in domains}) > 1 else ""
        made = table.assign(section=named if several else by, row=table["level_text"], group="")
    places = set(zip(made["section"], made["row"], made["group"], made.assign(_=apart)["_"], strict=True))
    if len(places) < len(made):
        raise DataError(
            "Two estimates for one place of a figure.", allowed="one statistic and period for each"
        )
    return made


def is_chosen(table: pd.DataFrame, ask: Ask) -> pd.Series:
    """The rows of the country that `highlight` names, by code or by name."""
    chosen = str(ask.options.get("highlight", ""))
    return (chosen != "") & ((table["country"] == chosen) | (table["country_text"] == chosen))


def lay_rows(
    table: pd.DataFrame, ask: Ask, marks: Mapping[str, Entry], *, dodge: bool = True, crowd: bool = False,
    bold: Sequence[str] = (), values: bool = True, thick: float = 0.2, gap: float = 0.12,
) -> Rows:  # fmt: skip
    """Place every row: its label in full at the left, the marks of its groups below one another.

    With `crowd`, rows that would not fit a page move together, and several groups lose their values.
    """
    lanes, slots = len(marks) if dodge else 1, table.drop_duplicates(["section", "row"])
    crowded = crowd and len(slots) * (max(lanes * PITCH, thick) + gap) > TALLEST
    pitch, gap = (0.07, 0.07) if crowded else (PITCH, gap)
    table = table if "said" in table else table.assign(said=_said(table, ask, crowded and lanes > 1))
    room = min(max(0.7, *(width(text) for text in slots["row"])) + 0.05, 2.5)
    labels = [wrap(text, room) for text in slots["row"]]
    heights = [max(tall(text), lanes * pitch * dodge, thick) + gap for text in labels]
    heads, middles, high = _stack(list(slots["section"]), heights)
    left, margin = room + 0.25, max(width(text, c.SMALL) for text in table["said"]) + 0.2 if values else 0.3
    wide = c.WIDTH - left - margin
    points = ask.unit == "share" and "diff" in set(table["statistic"])
    title = ask.say("percentage points") if points else ask.axis_title
    paper = Paper(high + (0.5 if title else 0.3), ask, _key(table, ask, marks, crowded and lanes > 1))
    paper.write(left + wide / 2, high + 0.4, title, ha="center", color=c.GREY)
    for at, head in heads:
        paper.write(0.1, at, head, size=c.SIZE, weight="bold", bbox={"fc": "white", "ec": "none", "pad": 1.5})
    for at, label, group in zip(middles, labels, slots["group"], strict=True):
        weight = "bold" if group in bold else "normal"
        paper.write(left - 0.1, at, label, size=c.SIZE, ha="right", weight=weight)
    where = dict(zip(zip(slots["section"], slots["row"], strict=True), middles, strict=True))
    lane = {group: (i - (lanes - 1) / 2) * pitch * dodge for i, group in enumerate(marks)}
    y = [where[s, r] + lane[g] for s, r, g in table[["section", "row", "group"]].itertuples(index=False)]
    table = table.assign(y=y)
    return Rows(paper, paper.plot(left, 0, wide, high), table, marks, wide, high, crowded and lanes > 1)


def _said(table: pd.DataFrame, ask: Ask, crowded: bool) -> list[str]:
    """What stands beside each mark: its value; where rows are crowded, once a row who is hidden."""
    if not crowded:
        return [ask.value(*row) for row in table[["estimate", "unit", "statistic"]].itertuples(index=False)]
    told = {}
    for key, part in table.groupby(["section", "row"], sort=False):
        hidden = {mark: part.loc[part["quality"] == quality, "group"] for quality, mark in MARKS.items()}
        parts = ((mark, ", ".join(who) * (len(who) < len(part))) for mark, who in hidden.items() if len(who))
        told[key] = "; ".join(" ".join(filter(None, pair)) for pair in parts)
    first = ~table.duplicated(["section", "row"])
    return [told[s, r] * f for s, r, f in zip(table["section"], table["row"], first, strict=True)]


def _key(table: pd.DataFrame, ask: Ask, marks: Mapping[str, Entry], crowded: bool) -> list[Entry]:
    """Groups where there are several; what hollow marks and those at the side mean, where there are any."""
    seen, groups = set(table["quality"]), list(marks.values()) if len(marks) > 1 else []
    hollow = Entry(ask.say("hollow: read with caution"), c.INK, next(iter(marks.values())).marker, False)
    side = [
        Entry(ask.say(text), c.GREY, "") for mark, text in HIDDEN_WORDS.items() if crowded and mark in seen
    ]
    return [*groups, *([hollow] if "caution" in seen else []), *side]


def _stack(
    sections: Sequence[str], heights: Sequence[float]
) -> tuple[list[tuple[float, str]], list[float], float]:
    """Heads of sections with their places, the middle of each row, and the whole height."""
    heads, middles, y, last = [], [], 0.06, ""
    for section, height in zip(sections, heights, strict=True):
        if section and section != last:
            head = wrap(section, c.WIDTH - 0.3, c.SIZE, True)
            heads.append((y + 0.08 + tall(head) / 2, head))
            y += tall(head) + 0.14
        last = section
        middles.append(y + height / 2)
        y += height
    return heads, middles, y + 0.06


def scale(rows: Rows, ask: Ask, *, zero: bool = True) -> None:
    """A horizontal axis of round numbers that holds every interval."""
    seen = rows.shown[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    low, high = (np.nanmin(seen), np.nanmax(seen)) if len(seen) else (0.0, 1.0)
    steps = c.steps_of(min(low, 0) if zero else low, max(high, 0) if zero else high, rows.wide)
    rows.plot.set_xlim(steps[0], steps[-1])
    axis(rows, steps, ask.ticks(steps, statistic=rows.table["statistic"].iloc[0]))


def axis(rows: Rows, steps: Sequence[float] | np.ndarray, labels: Sequence[str]) -> None:
    """Labels and pale lines at the steps, a dark line at nought; y runs down in inches."""
    rows.plot.set_ylim(rows.high, 0)
    rows.plot.yaxis.set_major_locator(NullLocator())
    rows.plot.yaxis.set_visible(False)
    rows.plot.set_xticks(steps, labels)
    rows.plot.grid(axis="x", color=c.GRID, linewidth=0.8)
    rows.plot.spines["bottom"].set_color(c.GRID)
    rows.plot.spines["left"].set_visible(False)
    if steps[0] <= 0 <= steps[-1]:
        rows.plot.axvline(0, color=c.GREY, linewidth=1)


def scatter(rows: Rows) -> None:
    """Intervals, and marks by shape and colour of their group; hollow ones are to be read with caution."""
    shown = rows.shown
    if shown.empty:
        return
    colours: Any = np.array([rows.marks[group].colour for group in shown["group"]])
    faces: Any = np.where(shown["quality"] == "caution", "white", colours)
    rows.plot.hlines(shown["y"], shown["ci_low"], shown["ci_high"], colors=colours, linewidth=1.8, zorder=3)
    for name, mark in rows.marks.items():
        own = (shown["group"] == name).to_numpy()
        if own.any():
            rows.plot.scatter(
                shown["estimate"][own], shown["y"][own], marker=mark.marker, facecolors=faces[own], zorder=4,
                edgecolors=colours[own], s=24 if rows.crowded else 48, linewidths=1.4, clip_on=False,
            )  # fmt: skip


def draw_bars(rows: Rows, height: float, **style: Any) -> None:
    """Bars at exact places (seaborn counts a width in shares of the closest two); caution is hollow."""
    palette = {name: mark.colour for name, mark in rows.marks.items()}
    for hollow in (False, True):
        shown = rows.shown[(rows.shown["quality"] == "caution") == hollow]
        gaps = np.diff(np.unique(shown["y"].round(6)))
        wide = height / (gaps.min() if len(gaps) else 1)
        if len(shown):
            sns.barplot(
                shown, x="estimate", y="y", hue="group", hue_order=list(palette)[::-1], palette=palette,
                width=wide, orient="y", native_scale=True, dodge=False, errorbar=None, saturation=1,
                legend=False, ax=rows.plot, fill=not hollow, zorder=2, **style,
            )  # fmt: skip
    rows.plot.set(xlabel="", ylabel="")


def finish(rows: Rows, ask: Ask) -> Paper:
    """Values stand beside their marks; hidden rows say so in their place."""
    edge = rows.plot.get_xlim()[1] + 0.08 * rows.inch
    for row in records(rows.table[_FINISHED]):
        if rows.crowded:
            middle = rows.table.loc[
                (rows.table["section"] == row.section) & (rows.table["row"] == row.row), "y"
            ]
            rows.write(edge, middle.mean(), row.said, color=c.GREY, style="italic")
        elif np.isnan(row.estimate):
            text = ask.say(HIDDEN_WORDS.get(row.quality, "no figure"))
            start = max(rows.plot.get_xlim()[0], 0) + 0.06 * rows.inch
            rows.write(start, row.y, text, color=c.GREY, style="italic")
        else:
            end = np.nanmax([row.estimate, row.ci_high]) + 0.09 * rows.inch
            rows.write(end, row.y, row.said)
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
