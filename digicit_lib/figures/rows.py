"""Figures made of rows: dots, bars, stacked bars, countries, pyramid, timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from digicit_lib.errors import DataError
from digicit_lib.figures.canvas import (
    GREY,
    GRID,
    INK,
    MARKERS,
    PALETTE,
    SIZE,
    SMALL,
    WIDTH,
    Entry,
    Paper,
    key_height,
    tall,
    ticks,
    watermark,
    width,
    wrap,
)
from digicit_lib.language import date, translate
from digicit_lib.tables import value_text

PITCH = 0.21  # between the marks of one row
HIDDEN_WORDS = {"suppressed": "(*) not shown", "not_asked": "- not asked"}


@dataclass(frozen=True)
class Ask:
    """How a figure is wanted: its words, unit and language, and what this kind further needs."""

    words: Mapping[str, str]
    unit: str
    language: str = "en"
    synthetic: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def say(self, message: str, **values: object) -> str:
        return translate(message, self.language, **values)

    def value(self, value: float, row: Any = None, decimals: int = 0) -> str:
        """A number in the language, with the sign of its unit."""
        unit, statistic = (row.unit, row.statistic) if row is not None else (self.unit, "share")
        places = decimals if unit in ("share", "count") else max(decimals, 1)
        return value_text(value, unit=unit, statistic=statistic, language=self.language, decimals=places)


@dataclass
class Rows:
    """A row chart on paper: the table with the `y` of each mark, and the mark of each group."""

    paper: Paper
    plot: Axes
    table: pd.DataFrame
    marks: Mapping[str, Entry]
    wide: float
    high: float

    @property
    def shown(self) -> pd.DataFrame:
        return self.table[self.table["estimate"].notna()]

    @property
    def colours(self) -> list[str]:
        return [self.marks[group].colour for group in self.shown["group"]]

    @property
    def inch(self) -> float:
        """One inch on the x axis, in its units."""
        low, high = self.plot.get_xlim()
        return float(high - low) / self.wide


def dots(table: pd.DataFrame, ask: Ask) -> Paper:
    """Dot and interval, one row an indicator or a group."""
    table = arrange(table)
    rows = lay_rows(table, ask, marks_of(table["group"]), caution(table, ask))
    scale(rows, ask, zero=ask.unit in ("share", "count"))
    whiskers(rows, rows.colours)
    scatter(rows)
    return finish(rows, ask)


def bars(table: pd.DataFrame, ask: Ask) -> Paper:
    """Bars from zero with their intervals."""
    table = arrange(table)
    rows = lay_rows(table, ask, marks_of(table["group"], "s" * 6), caution(table, ask, "s"))
    draw_bars(rows, PITCH * 0.9)
    scale(rows, ask)
    whiskers(rows, INK)
    return finish(rows, ask)


def stacked(table: pd.DataFrame, ask: Ask) -> Paper:
    """The whole as one bar a row, its answers side by side; a row with a hidden answer is not drawn."""
    answers = table["category_text"]
    if answers.nunique() > len(PALETTE):
        raise DataError("Too many answers for a stacked bar.", got=str(answers.nunique()), allowed="6")
    table = arrange(table.assign(category="")).assign(group=answers, part=table["estimate"], ci_high=np.nan)
    bars_ = table.groupby(["section", "row"], sort=False)
    whole = bars_["part"].transform(lambda part: part.notna().all())
    table["estimate"] = bars_["part"].cumsum().where(whole)
    table.loc[~whole, "quality"] = "suppressed"
    rows = lay_rows(table, ask, marks_of(answers, "s" * 6), dodge=False, margin=0.3)
    draw_bars(rows, 0.24, edgecolor="white", linewidth=1.2)
    scale(rows, ask)
    rows.plot.set_xlim(0, max(1.0, rows.shown["estimate"].max()))
    for row in rows.shown.itertuples():
        text = ask.value(row.part, row)
        if width(text, SMALL) + 0.06 < row.part / rows.inch:
            dark = rows.marks[row.group].colour in PALETTE[0:5:2]
            rows.plot.text(row.estimate - row.part / 2, row.y, text, ha="center", va="center", size=SMALL,
                           color="white" if dark else INK, zorder=4)  # fmt: skip
    rows.table = rows.table[~whole].drop_duplicates(["section", "row"])
    return finish(rows, ask)


def country_dots(table: pd.DataFrame, ask: Ask) -> Paper:
    """One country among others, the reference year beside each name."""
    mine = table["country_text"].where(is_chosen(table, ask), ask.say("comparison group"))
    year = table["period_text"].map(lambda text: f" ({text})" if text else "")
    several = table["indicator_text"].nunique() > 1
    section = table["indicator_text"] if several else ""
    table = table.assign(section=section, row=table["country_text"] + year, group=mine)
    names = [*table.loc[is_chosen(table, ask), "group"].unique(), ask.say("comparison group")]
    marks = {
        name: Entry(name, *style)
        for name, style in zip(names[::-1], zip(PALETTE, "oDs", strict=False), strict=False)
    }
    rows = lay_rows(table, ask, marks, caution(table, ask), dodge=False, bold=names[:-1])
    scale(rows, ask)
    rows.plot.hlines(rows.shown["y"], 0, rows.shown["estimate"], colors=GRID, linewidth=2, zorder=1)
    whiskers(rows, rows.colours)
    scatter(rows)
    return finish(rows, ask)


def pyramid(table: pd.DataFrame, ask: Ask) -> Paper:
    """Two sides by age, the youngest at the foot; `by` is two breakdowns, the first makes the sides."""
    sides, ages = table["level_text"].str.partition(", ")[[0, 2]].T.to_numpy()
    if len(set(sides)) != 2:
        raise DataError("A pyramid has two sides.", got=str(len(set(sides))), allowed="levels such as girl,0-4")
    sign = np.where(sides == sides[0], -1, 1)
    table = table.assign(section="", row=ages, group=sides, sign=sign)
    rows = lay_rows(table[::-1], ask, marks_of(table["group"], "ss"), dodge=False, margin=0.5)
    rows.table["estimate"] *= rows.table["sign"]
    draw_bars(rows, 0.26)
    most = ticks(0, rows.shown["estimate"].abs().max(), rows.wide / 2 - 0.5)
    steps = [*-most[:0:-1], *most]
    rows.plot.set_xlim(steps[0] * 1.12, steps[-1] * 1.12)
    axis(rows, ask, steps)
    for row in rows.shown.itertuples():
        gap = row.sign * 0.06 * rows.inch
        rows.plot.text(row.estimate + gap, row.y, ask.value(abs(row.estimate), row), va="center",
                       ha="left" if row.sign > 0 else "right", size=SMALL)  # fmt: skip
    rows.table = rows.table[rows.table["estimate"].isna()]
    return finish(rows, ask)


def timeline(table: pd.DataFrame, ask: Ask) -> Paper:
    """Events in order of time, each with its date; `category` makes the groups."""
    days = [_day(text) for text in table["period"]]
    shown = [
        date(day, ask.language) if len(text) > 4 else text
        for day, text in zip(days, table["period"], strict=True)
    ]
    years = [day.year + (day.timetuple().tm_yday - 1) / 366 for day in days]
    table = table.assign(section="", row=table["indicator_text"], group=table["category_text"], when=shown)
    table = table.assign(estimate=years, ci_low=np.nan, ci_high=np.nan).sort_values("estimate", kind="stable")
    rows = lay_rows(
        table, ask, marks_of(table["group"]), dodge=False, margin=max(width(t, SMALL) for t in shown) + 0.1
    )
    whole = np.unique(np.floor(ticks(min(years), max(years), rows.wide, zero=False)))
    rows.plot.set_xlim(whole[0], max(whole[-1], max(years)))
    rows.plot.set_xticks(whole, [f"{year:.0f}" for year in whole])
    _grid(rows)
    rows.plot.hlines(
        table["estimate"].size and rows.table["y"], whole[0], rows.table["estimate"], colors=GRID, zorder=1
    )
    scatter(rows)
    for row in rows.table.itertuples():
        rows.plot.text(row.estimate + 0.09 * rows.inch, row.y, row.when, va="center", size=SMALL)
    rows.table = rows.table[:0]
    return finish(rows, ask)


# --- the parts that rows share ----------------------------------------------------------------------


def arrange(table: pd.DataFrame) -> pd.DataFrame:
    """What stands in a section, a row and a group: levels are groups while they are four or fewer."""
    answer = (": " + table["category_text"]).where(table["category"] != "", "")
    named = table["indicator_text"] + answer
    domains = table[["by", "level"]].drop_duplicates()
    several = named.nunique() > 1
    if several and len(domains) <= 4:
        return table.assign(section="", row=named, group=table["level_text"] if len(domains) > 1 else "")
    by = table["by_text"] if domains["by"].nunique() > 1 else ""
    return table.assign(section=named if several else by, row=table["level_text"], group="")


def is_chosen(table: pd.DataFrame, ask: Ask) -> pd.Series:
    """The rows of the country that `highlight` names, by code or by name."""
    chosen = str(ask.options.get("highlight", ""))
    return (chosen != "") & ((table["country"] == chosen) | (table["country_text"] == chosen))


def marks_of(groups: pd.Series, shapes: Sequence[str] = MARKERS) -> dict[str, Entry]:
    """Colour and shape of each group, in order of appearance."""
    names = list(dict.fromkeys(groups))
    if len(names) > len(PALETTE):
        raise DataError("Too many groups for one figure.", got=str(len(names)), allowed="4, at most 6")
    return {
        name: Entry(name, *style)
        for name, style in zip(names, zip(PALETTE, shapes, strict=False), strict=False)
    }


def caution(table: pd.DataFrame, ask: Ask, marker: str = "o") -> list[Entry]:
    """What a hollow mark means, where there is one."""
    some = (table["quality"] == "caution").any()
    return [Entry(ask.say("hollow: read with caution"), INK, marker, False)] if some else []


def lay_rows(
    table: pd.DataFrame, ask: Ask, marks: Mapping[str, Entry], extra: Sequence[Entry] = (), *,
    dodge: bool = True, bold: Sequence[str] = (), margin: float = 0.62,
) -> Rows:  # fmt: skip
    """Place every row: its label in full at the left, the marks of its groups below one another."""
    key = [*(marks.values() if len(marks) > 1 else ()), *extra]
    lanes = len(marks) if dodge else 1
    slots = table.drop_duplicates(["section", "row"])
    room = min(max(width(text) for text in slots["row"]) + 0.05, 2.5)
    labels = [wrap(text, room) for text in slots["row"]]
    heights = [max(tall(text) + 0.1, lanes * PITCH + 0.1, 0.3) for text in labels]
    heads, middles, high = _stack(list(slots["section"]), heights)
    top, left = key_height(key), room + 0.25
    titled = 0.2 if ask.unit not in ("share", "") else 0.0
    paper = Paper(top + high + 0.3 + titled, ask.words)
    wide = WIDTH - left - margin
    plot = paper.axes(left, top, wide, high, inches=True)
    paper.key(key, 0.1, 0.14)
    for at, head in heads:
        paper.write(0.1, top + at, head, weight="bold")
    for at, label, group in zip(middles, labels, slots["group"], strict=True):
        paper.write(left - 0.1, top + at, label, ha="right", weight="bold" if group in bold else "normal")
    if titled:
        paper.write(left + wide / 2, top + high + 0.38, ask.unit, ha="center", color=GREY, size=SMALL)
    where = dict(zip(zip(slots["section"], slots["row"], strict=True), middles, strict=True))
    lane = {group: (i - (lanes - 1) / 2) * PITCH if dodge else 0.0 for i, group in enumerate(marks)}
    y = [where[s, r] + lane[g] for s, r, g in table[["section", "row", "group"]].itertuples(index=False)]
    return Rows(paper, plot, table.assign(y=y), marks, wide, high)


def _stack(
    sections: Sequence[str], heights: Sequence[float]
) -> tuple[list[tuple[float, str]], list[float], float]:
    """Heads of sections with their places, the middle of each row, and the whole height."""
    heads, middles, y, last = [], [], 0.06, ""
    for section, height in zip(sections, heights, strict=True):
        if section and section != last:
            head = wrap(section, WIDTH - 0.3, SIZE, True)
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
    steps = ticks(low, high, rows.wide, zero=zero)
    rows.plot.set_xlim(steps[0], steps[-1])
    axis(rows, ask, steps)


def axis(rows: Rows, ask: Ask, steps: Sequence[float]) -> None:
    """Labels and pale lines at the steps; a dark line at nought."""
    rows.plot.set_ylim(rows.high, 0)
    first = next(rows.table.itertuples(), None)
    fine = 0 if steps[1] - steps[0] >= 0.00999 or ask.unit != "share" else 1
    rows.plot.set_xticks(
        steps, [ask.value(abs(s) if "sign" in rows.table else s, first, fine) for s in steps]
    )
    _grid(rows)
    if steps[0] <= 0 <= steps[-1]:
        rows.plot.axvline(0, color=GREY, linewidth=1)


def _grid(rows: Rows) -> None:
    rows.plot.tick_params(axis="x", length=0)
    rows.plot.grid(axis="x", color=GRID, linewidth=0.8)
    rows.plot.spines["bottom"].set_color(GRID)
    rows.plot.set(xlabel="", ylabel="")


def whiskers(rows: Rows, colours: Sequence[str] | str) -> None:
    """Intervals as lines."""
    shown = rows.shown
    rows.plot.hlines(shown["y"], shown["ci_low"], shown["ci_high"], colors=colours, linewidth=1.8, zorder=3)


def scatter(rows: Rows) -> None:
    """Marks by shape and colour of their group; hollow ones are to be read with caution."""
    shown, names = rows.shown, list(rows.marks)
    if shown.empty:
        return
    shapes = {name: mark.marker for name, mark in rows.marks.items()}
    sns.scatterplot(shown, x="estimate", y="y", style="group", style_order=names, markers=shapes, color=INK, s=46,
                    linewidth=1.4, ax=rows.plot, legend=False, zorder=4, clip_on=False)  # fmt: skip
    drawn = rows.plot.collections[-1]
    drawn.set_edgecolor(rows.colours)
    hollow = shown["quality"] == "caution"
    drawn.set_facecolor(["white" if h else colour for h, colour in zip(hollow, rows.colours, strict=True)])
    rows.plot.set(xlabel="", ylabel="")


def draw_bars(rows: Rows, height: float, **style: Any) -> None:
    """Bars at exact places (seaborn counts a width in shares of the closest two); caution is hollow."""
    palette = {name: mark.colour for name, mark in rows.marks.items()}
    for hollow in (False, True):
        shown = rows.shown[(rows.shown["quality"] == "caution") == hollow]
        if shown.empty:
            continue
        gaps = np.diff(np.unique(shown["y"].round(6)))
        sns.barplot(shown, x="estimate", y="y", hue="group", hue_order=list(palette)[::-1], palette=palette,
                    orient="y", native_scale=True, dodge=False, width=height / (gaps.min() if len(gaps) else 1),
                    errorbar=None, saturation=1, legend=False, ax=rows.plot, fill=not hollow,
                    zorder=2, **style)  # fmt: skip


def finish(rows: Rows, ask: Ask) -> Paper:
    """Hidden rows say so in their place; values stand beside their marks; invented data is marked."""
    for row in rows.table.itertuples():
        if np.isnan(row.estimate):
            text = ask.say(HIDDEN_WORDS.get(row.quality, "no figure"))
            start = max(rows.plot.get_xlim()[0], 0) + 0.06 * rows.inch
            rows.plot.text(start, row.y, text, va="center", color=GREY, size=SMALL, style="italic", zorder=4)
        else:
            end = np.nanmax([row.estimate, row.ci_high]) + 0.09 * rows.inch
            rows.plot.text(end, row.y, ask.value(row.estimate, row), va="center", size=SMALL, zorder=4)
    if ask.synthetic:
        watermark(rows.plot, rows.wide, rows.high)
    return rows.paper


def _day(text: str) -> dt.date:
    """A year or an ISO date; a year alone is its first day."""
    try:
        return dt.date.fromisoformat(f"{text}-01-01" if len(text) == 4 else text)
    except ValueError:
        raise DataError("Not a date for a timeline.", got=text, allowed="2024 or 2024-05-31") from None
