"""Figures in a plane: series over time, curves, grids and maps of two scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from digicit_lib.errors import DataError
from digicit_lib.figures.canvas import (
    GREY,
    GRID,
    INK,
    PALETTE,
    SIZE,
    SMALL,
    WIDTH,
    Entry,
    Paper,
    key_height,
    spread,
    tall,
    ticks,
    watermark,
    width,
    wrap,
)
from digicit_lib.figures.rows import Ask, is_chosen, marks_of

QUIET = "#A9AFBA"  # the comparison group


# --- series -----------------------------------------------------------------------------------------


def trend(table: pd.DataFrame, ask: Ask) -> Paper:
    """Series by period, one panel an indicator.

    `highlight` names the country that stands before its comparison group; columns `break` and `projected`
    (bool) mark a change of definition before that point and a value that is not observed.
    """
    table = _series(table, ask)
    panels = list(dict.fromkeys(table["indicator_text"]))
    across = 1 if len(panels) == 1 else 2
    wide, high = (WIDTH - 0.1) / across, 2.9 if across == 1 else 2.1
    key = _trend_key(table, ask)
    heads = [wrap(name, wide - 0.3, SIZE, True) if across == 2 else "" for name in panels]
    head = max(tall(text) for text in heads) + 0.12
    lines = -(-len(panels) // across)
    top = key_height(key)
    titled = 0.2 if ask.unit not in ("share", "") else 0.0
    paper = Paper(top + lines * (head + titled + high + 0.4), ask.words)
    paper.key(key, 0.1, 0.14)
    for i, (name, text) in enumerate(zip(panels, heads, strict=True)):
        x, y = (i % across) * wide, top + (i // across) * (head + titled + high + 0.4)
        paper.write(x + 0.1, y + head / 2, text, weight="bold")
        paper.write(x + 0.1, y + head + titled / 2, ask.unit if titled else "", size=SMALL, color=GREY)
        _panel(paper, table[table["indicator_text"] == name], ask, (x, y + head + titled, wide, high))
    return paper


def curve(table: pd.DataFrame, ask: Ask) -> Paper:
    """A curve with its band over a counted axis: `x` names the column (by default `level`), `x_title` its words."""
    x = pd.to_numeric(table[ask.options.get("x", "level")])
    several = table["indicator_text"].nunique() > 1
    table = table.assign(x=x, series=table["indicator_text"] if several else "").sort_values("x")
    marks = marks_of(table["series"])
    top = key_height(list(marks.values()) if several else [])
    paper = Paper(top + 3.3, ask.words)
    paper.key(list(marks.values()) if several else [], 0.1, 0.14)
    paper.write(0.1, top + 0.1, "" if ask.unit == "share" else ask.unit, size=SMALL, color=GREY)
    plot = paper.axes(0.65, top + 0.25, WIDTH - 0.95, 2.5)
    for name, mark in marks.items():
        own = table[table["series"] == name]
        plot.fill_between(own["x"], own["ci_low"], own["ci_high"], color=mark.colour, alpha=0.18, linewidth=0)
        sns.lineplot(own, x="x", y="estimate", color=mark.colour, marker=mark.marker, markersize=5, estimator=None,
                     errorbar=None, ax=plot, legend=False)  # fmt: skip
    _vertical(plot, table, ask, 2.5)
    steps = np.unique(ticks(1, x.max(), WIDTH - 0.95).round())
    plot.set_xticks(steps, [f"{s:.0f}" for s in steps])
    plot.set_xlim(0, x.max() * 1.02)
    paper.write(
        0.65 + (WIDTH - 0.95) / 2,
        top + 3.15,
        ask.options.get("x_title", ""),
        ha="center",
        size=SMALL,
        color=GREY,
    )
    if ask.synthetic:
        watermark(plot, WIDTH - 0.95, 2.5)
    return paper


def _series(table: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """Time as a number, what makes a series, and runs that neither gap nor break interrupts."""
    flags = {
        name: table[name].fillna(False).astype(bool) if name in table else False
        for name in ("break", "projected")
    }
    named = next((c for c in ("country", "level", "category") if table[c].nunique() > 1), "country")
    table = table.assign(**flags, time=pd.to_numeric(table["period"].str[:4]), series=table[f"{named}_text"])
    table = table.assign(mine=is_chosen(table, ask)).sort_values("time", kind="stable")
    many = table["series"].nunique() > 4
    if many and not table["mine"].any():
        raise DataError(
            "More than four series.",
            got=str(table["series"].nunique()),
            allowed="4",
            next="name one in highlight",
        )
    quiet = table["series"].where(table["mine"], "") if many else table["series"]
    own = table.groupby(["indicator_text", "series"], sort=False)["time"].diff()
    step = own.groupby(table["indicator_text"]).transform("min")
    cut = (own > step) | table["estimate"].isna() | table["break"]
    run = cut.groupby([table["indicator_text"], table["series"]], sort=False).cumsum()
    return table.assign(group=quiet, run=table["series"] + "/" + run.astype(str))


def _marks(table: pd.DataFrame) -> dict[str, Entry]:
    """The highlighted first; a large comparison group is one quiet grey."""
    order = table.sort_values("mine", ascending=False, kind="stable")["group"]
    marks = marks_of(order[order != ""])
    return marks | ({"": Entry("", QUIET, "o")} if (order == "").any() else {})


def _trend_key(table: pd.DataFrame, ask: Ask) -> list[Entry]:
    """Only what no label says at the line itself."""
    count = table.loc[table["group"] == "", "series"].nunique()
    others = (
        [Entry(ask.say("comparison group ({count} countries)", count=count), QUIET, "_")] if count else []
    )
    dashed = (
        [Entry(ask.say("dashed, hollow: projection"), INK, "o", False)] if table["projected"].any() else []
    )
    broken = [Entry(ask.say("dotted line: break in series"), INK, "|")] if table["break"].any() else []
    return [*others, *dashed, *broken]


def _panel(paper: Paper, table: pd.DataFrame, ask: Ask, box: tuple[float, float, float, float]) -> None:
    """One indicator's lines, with names at their ends."""
    x, y, wide, high = box
    marks = _marks(table)
    names = {name: wrap(name, 1.2, SMALL) for name in marks}
    edge = max(max(width(line, SMALL) for line in text.split("\n")) for text in names.values()) + 0.2
    room = wide - 0.6 - edge
    plot = paper.axes(x + 0.55, y, room, high)
    for name in [*marks][::-1]:
        _line(plot, table[table["group"] == name], marks[name], bool(name))
    _vertical(plot, table, ask, high)
    first, last = table["time"].min(), table["time"].max()
    steps = np.unique(ticks(first, last, room, zero=False).round())
    steps = steps[(steps >= first) & (steps <= last)]
    plot.set_xticks(steps, [f"{s:.0f}" for s in steps])
    pad = max((last - first) * 0.02, 0.3)
    plot.set_xlim(first - pad, last + pad)
    _end_names(plot, table, marks, names, high)
    if ask.synthetic:
        watermark(plot, room, high)


def _line(plot: Axes, table: pd.DataFrame, mark: Entry, strong: bool) -> None:
    shown = table[table["estimate"].notna()]
    style = {"color": mark.colour, "linewidth": 2.0 if strong else 1.0, "zorder": 3 if strong else 2}
    seen = shown[~shown["projected"]]
    # A projection starts at the last observed point, so that the line does not tear there.
    joined = shown[shown["projected"] | shown["projected"].shift(-1, fill_value=False)]
    for part, dash in ((seen, "-"), (joined if shown["projected"].any() else seen[:0], (0, (3, 2)))):
        if len(part):
            sns.lineplot(part, x="time", y="estimate", units="run", estimator=None, errorbar=None, ax=plot,
                         legend=False, linestyle=dash, **style)  # fmt: skip
    plot.vlines(shown["time"], shown["ci_low"], shown["ci_high"], colors=mark.colour, linewidth=1.2)
    face = [
        "white" if p or q == "caution" else mark.colour
        for p, q in zip(shown["projected"], shown["quality"], strict=True)
    ]
    plot.scatter(shown["time"], shown["estimate"], s=22 if strong else 7, marker=mark.marker, c=face,
                 edgecolors=mark.colour, zorder=style["zorder"] + 0.5)  # fmt: skip
    for time in shown.loc[shown["break"] & strong, "time"]:
        plot.axvline(time - 0.5, color=GREY, linewidth=1, linestyle=":")


def _vertical(plot: Axes, table: pd.DataFrame, ask: Ask, high: float) -> None:
    """An upright axis of round numbers from zero, with pale lines."""
    seen = table[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    steps = ticks(0, np.nanmax(seen) if np.isfinite(seen).any() else 1, high * 1.4)
    whole = all(float(s).is_integer() for s in steps)
    plot.set_yticks(
        steps,
        [ask.value(s) if ask.unit == "share" else f"{s:,.0f}" if whole else ask.value(s) for s in steps],
    )
    plot.set_ylim(steps[0], steps[-1])
    plot.tick_params(length=0)
    plot.grid(axis="y", color=GRID, linewidth=0.8)
    plot.spines["left"].set_visible(False)
    plot.set(xlabel="", ylabel="")


def _end_names(
    plot: Axes, table: pd.DataFrame, marks: dict[str, Entry], names: dict[str, str], high: float
) -> None:
    """Names beside the last points, pushed apart where lines end close together."""
    last = table[table["estimate"].notna() & (table["group"] != "")].groupby("group", sort=False).tail(1)
    inch = np.diff(plot.get_ylim())[0] / high
    gap = max((tall(names[g], SMALL) for g in last["group"]), default=0.2) * inch
    right = plot.get_xlim()[1]
    if last["group"].nunique() > 1 or (table["group"] == "").any():
        for row, y in zip(last.itertuples(), spread(list(last["estimate"]), gap), strict=True):
            plot.text(right, y, " " + names[row.group].replace("\n", "\n "), color=marks[row.group].colour, size=SMALL,
                      va="center", weight="bold", linespacing=1.1)  # fmt: skip


# --- grids ------------------------------------------------------------------------------------------


def matrix(table: pd.DataFrame, ask: Ask) -> Paper:
    """Counts or shares in a grid of rows (title) by columns (level); empty, zero, hidden and not asked differ."""
    rows, columns = (list(dict.fromkeys(table[c])) for c in ("indicator_text", "level_text"))
    if table.duplicated(["indicator_text", "level_text"]).any():
        raise DataError("Two values for one cell of a grid.", got=ask.words["title"])
    room = min(max(width(name) for name in rows) + 0.05, 2.5)
    wide = WIDTH - room - 0.3
    heads = [wrap(name, wide / len(columns) - 0.08, SMALL) for name in columns]
    labels = [wrap(name, room) for name in rows]
    high = max(0.32, max(tall(label) for label in labels) + 0.1)
    head, notes = max(tall(text, SMALL) for text in heads) + 0.12, _matrix_notes(table, rows, columns, ask)
    paper = Paper(head + high * len(rows) + 0.1 + tall(notes, SMALL), ask.words)
    plot = paper.axes(room + 0.2, head, wide, high * len(rows))
    for j, text in enumerate(heads):
        paper.write(
            room + 0.2 + (j + 0.5) * wide / len(columns),
            head - 0.06,
            text,
            ha="center",
            va="bottom",
            size=SMALL,
        )
    for i, label in enumerate(labels):
        paper.write(room + 0.1, head + (i + 0.5) * high, label, ha="right")
    paper.write(room + 0.2, head + high * len(rows) + 0.06, notes, size=SMALL, color=GREY, va="top")
    values = table.pivot(index="indicator_text", columns="level_text", values="estimate").loc[rows, columns]
    tint = sns.light_palette(PALETTE[0], as_cmap=True)
    sns.heatmap(values, mask=values.isna(), cmap=tint, vmin=0, vmax=max(1e-9, float(np.nanmax(values.fillna(0)))) * 1.25,
                cbar=False, linewidths=1.5, linecolor="white", xticklabels=False, yticklabels=False, ax=plot)  # fmt: skip
    plot.set(xlabel="", ylabel="")
    _cells(plot, table, rows, columns, ask)
    if ask.synthetic:
        watermark(plot, wide, high * len(rows))
    return paper


def _cells(plot: Axes, table: pd.DataFrame, rows: list[str], columns: list[str], ask: Ask) -> None:
    """The value in each cell; hatching where nothing was asked."""
    most = table["estimate"].max()
    for row in table.itertuples():
        x, y = columns.index(row.level_text), rows.index(row.indicator_text)
        text = {"suppressed": "(*)", "not_asked": "–"}.get(row.quality) or getattr(
            row, "text", ask.value(row.estimate, row)
        )
        if row.quality == "not_asked":
            plot.add_patch(
                Rectangle(
                    (x + 0.03, y + 0.06), 0.94, 0.88, fill=False, hatch="///", linewidth=0, edgecolor=GRID
                )
            )
        text = f"({text})" if row.quality == "caution" else text
        light = row.estimate > 0.62 * most
        plot.text(
            x + 0.5, y + 0.5, text, ha="center", va="center", size=SMALL, color="white" if light else INK
        )


def _matrix_notes(table: pd.DataFrame, rows: list[str], columns: list[str], ask: Ask) -> str:
    """What the marks in the cells mean, of those that occur."""
    seen = set(table["quality"])
    told = [
        (len(table) < len(rows) * len(columns), "empty: nothing recorded"),
        ("not_asked" in seen, "– hatched: not asked"),
        ("suppressed" in seen, "(*) not shown"),
        ("caution" in seen, "( ) read with caution"),
    ]
    return wrap(" · ".join(ask.say(text) for yes, text in told if yes), WIDTH - 1.0, SMALL)


def positions(table: pd.DataFrame, ask: Ask) -> Paper:
    """Who has how much influence and interest (columns of those names); names never overlap."""
    side, top = WIDTH - 0.75, 0.0
    marks = marks_of(table["category_text"])
    key = list(marks.values()) if len(marks) > 1 else []
    top = key_height(key)
    high = 4.4
    paper = Paper(top + high + 0.6, ask.words)
    paper.key(key, 0.1, 0.14)
    plot = paper.axes(0.6, top + 0.05, side, high)
    x, y = (table[name].to_numpy(float) for name in ("interest", "influence"))
    limits = [(v.min() - 0.08 * (np.ptp(v) or 1), v.max() + 0.08 * (np.ptp(v) or 1)) for v in (x, y)]
    plot.set(xlim=limits[0], ylim=limits[1], xticks=[], yticks=[])
    plot.axvline(np.mean(limits[0]), color=GRID)
    plot.axhline(np.mean(limits[1]), color=GRID)
    at = np.column_stack(
        [
            (v - low) / (top_ - low) * size
            for v, (low, top_), size in zip((x, y), limits, (side, high), strict=True)
        ]
    )
    _name_points(plot, table, at, (side, high), marks)
    low, much = ask.say("lower"), ask.say("higher")
    paper.write(
        0.6 + side / 2,
        top + high + 0.25,
        f"{low} ← {ask.say('Interest')} → {much}",
        ha="center",
        size=SMALL,
        color=GREY,
    )
    paper.write(
        0.3,
        top + high / 2,
        f"{low} ← {ask.say('Influence')} → {much}",
        ha="center",
        size=SMALL,
        color=GREY,
        rotation=90,
    )
    if ask.synthetic:
        watermark(plot, side, high)
    return paper


def _name_points(
    plot: Axes, table: pd.DataFrame, at: np.ndarray, size: tuple[float, float], marks: dict[str, Entry]
) -> None:
    """Each name at the nearest free place around its point, with a line where that is away."""
    x, y = _apart(at).T
    shown = table.assign(x=x, y=y)
    unit = plot.inset_axes((0, 0, 1, 1), zorder=3)
    unit.set(xlim=(0, size[0]), ylim=(0, size[1]))
    unit.set_axis_off()
    palette = {name: mark.colour for name, mark in marks.items()}
    shapes = {name: mark.marker for name, mark in marks.items()}
    sns.scatterplot(shown, x="x", y="y", hue="category_text", style="category_text", palette=palette, markers=shapes,
                    s=50, ax=unit, legend=False)  # fmt: skip
    taken = [(px - 0.08, py - 0.08, px + 0.08, py + 0.08) for px, py in zip(x, y, strict=True)]
    for i, name in enumerate(table["indicator_text"]):
        text = wrap(name, 1.7, SMALL)
        wide, high = max(width(line, SMALL) for line in text.split("\n")), tall(text, SMALL)
        box = _free_place(x[i], y[i], wide, high, [t for j, t in enumerate(taken) if j != i], size)
        taken.append(box)
        middle, right = (box[1] + box[3]) / 2, box[0] > x[i]
        if abs(middle - y[i]) > 0.12:
            unit.plot(
                [x[i], box[0] if right else box[2]], [y[i], middle], color=GREY, linewidth=0.7, zorder=1
            )
        unit.text(
            box[0] if right else box[2],
            middle,
            text,
            size=SMALL,
            va="center",
            ha="left" if right else "right",
        )


def _apart(at: np.ndarray) -> np.ndarray:
    """Points that share a place, set below one another."""
    result = at.astype(float).copy()
    for place in np.unique(at.round(3), axis=0):
        same = np.flatnonzero((at.round(3) == place).all(axis=1))
        result[same, 1] += (np.arange(len(same)) - (len(same) - 1) / 2) * -0.22
    return result


Box = tuple[float, float, float, float]


def _free_place(
    x: float, y: float, wide: float, high: float, taken: Sequence[Box], size: tuple[float, float]
) -> Box:
    """The place for a name, right or left of its point, that is nearest and covers nothing."""
    best, least = (0.0, 0.0, wide, high), np.inf
    for down in np.arange(0, 3, 0.06):
        for sign, side in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            left = x + 0.13 if side > 0 else x - 0.13 - wide
            box = (left, y + sign * down - high / 2, left + wide, y + sign * down + high / 2)
            outside = max(0, -box[0], -box[1], box[2] - size[0], box[3] - size[1])
            cover = outside + sum(_overlap(box, other) for other in taken)
            if cover < least - 1e-9:
                best, least = box, cover
            if least == 0:
                return best
    return best


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
