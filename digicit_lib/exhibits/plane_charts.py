"""Figures in a plane: series over time, curves, grids and maps of two scales."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from digicit_lib.disclosure.additions import records
from digicit_lib.errors import DataError
from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import FigureLayout, FigureSpec, KeyEntry, marks_of, tall, width, wrap
from digicit_lib.exhibits.row_layout import is_chosen
from digicit_lib.language import N_, plural
from digicit_lib.language import each as spoken

# --- series -----------------------------------------------------------------------------------------


def trend(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Series by period, one panel an indicator.

    `highlight` names the country that stands before its comparison group; columns `break` and `projected`
    (bool) mark a change of definition before that point and a value that is not observed.
    """
    table = _series(table, ask)
    panels = {str(name): rows for name, rows in table.groupby("indicator_text", sort=False)}
    across = 1 if ask.narrow else min(len(panels), 2)
    wide, high = (ask.wide - 0.1) / across, (2.7, 2.1)[across - 1]
    heads = [wrap(name, wide - 0.3, c.SIZE, True) if across == 2 else "" for name in panels]
    titled = not table["unit"].isin(["share", "count", ""]).all()
    head = max(map(tall, heads)) + (0.3 if titled else 0.12)
    paper = FigureLayout(-(-len(panels) // across) * (head + high + 0.4), ask, _trend_key(table, ask))
    for i, (text, rows) in enumerate(zip(heads, panels.values(), strict=True)):
        x, y, unit = (i % across) * wide, (i // across) * (head + high + 0.4), rows["unit"].iloc[0]
        paper.write(x + 0.1, y + tall(text) / 2, text, size=c.SIZE, weight=c.BOLD)
        paper.write(x + 0.1, y + head - 0.16, spoken(unit, ask.language) if titled else "", color=c.SOFT)
        _panel(paper, rows, ask, (x, y + head, wide, high))
    return paper


def curve(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """A curve with its band over a counted axis: `x` names its column (`level`), `x_title` its words."""
    x = pd.to_numeric(table[ask.options.get("x", "level")])
    series = table["indicator_text"] if table["indicator_text"].nunique() > 1 else ""
    table = table.assign(x=x, series=series).sort_values("x", kind="stable")
    marks = marks_of(table["series"])
    paper = FigureLayout(3.4, ask, list(marks.values()) if len(marks) > 1 else [])
    paper.write(0.1, 0.1, ask.axis_title, color=c.SOFT)
    wide = ask.wide - 0.95
    plot = paper.plot(0.65, 0.28, wide, 2.5)
    for name, mark in marks.items():
        rows = table[table["series"] == name]
        plot.fill_between(
            rows["x"], rows["ci_low"], rows["ci_high"], color=mark.colour, alpha=0.18, linewidth=0
        )
        sns.lineplot(
            rows,
            x="x",
            y="estimate",
            color=mark.colour,
            marker=mark.marker,
            markersize=5,
            estimator=None,
            errorbar=None,
            ax=plot,
            legend=False,
        )
    _upright(plot, table, ask, 2.5)
    steps = c.round_steps(0, x.max(), wide, whole=True)
    plot.set_xticks(steps, ask.ticks(steps, "count"))
    plot.set_xlim(0, x.max() * 1.02)
    paper.write(0.65 + wide / 2, 3.22, ask.options.get("x_title", ""), ha="center", color=c.SOFT)
    return paper


def _series(table: pd.DataFrame, ask: FigureSpec) -> pd.DataFrame:
    """Time as a number, what makes a series, and runs that neither gap nor break interrupts."""
    marks = ("break", "projected")
    flags = {name: table[name].fillna(False).astype(bool) if name in table else False for name in marks}
    dimension = next((n for n in ("country", "level", "category") if table[n].nunique() > 1), "country")
    time, series = pd.to_numeric(table["period"].str[:4]), table[f"{dimension}_text"]
    table = table.assign(**flags, time=time, series=series)
    table = table.assign(mine=is_chosen(table, ask)).sort_values("time", kind="stable")
    many = table["series"].nunique() > 4
    if many and not table["mine"].any():
        count = str(table["series"].nunique())
        raise DataError("Too many series.", got=count, allowed="4", next="name the country in `highlight`")
    each = ["indicator_text", "series"]
    since = table.groupby(each, sort=False)["time"].diff()
    usual = since.groupby(table["indicator_text"]).transform("min")
    cut = (since > usual) | table["estimate"].isna() | table["break"]
    run = cut.groupby([table[name] for name in each], sort=False).cumsum()
    group = table["series"].where(table["mine"], "") if many else table["series"]
    return table.assign(group=group, run=table["series"] + "/" + run.astype(str))


def _trend_key(table: pd.DataFrame, ask: FigureSpec) -> list[KeyEntry]:
    """Only what no label says at the line itself."""
    count = table.loc[(table["group"] == "") & (table["series"] != ""), "series"].nunique()
    others = plural("comparison group ({n} country)", "comparison group ({n} countries)", count, ask.language)
    entries = [
        (count, KeyEntry(others, c.QUIET, "_")),
        (table["projected"].any(), KeyEntry(ask.say("dashed, hollow: projection"), c.INK, "o", False)),
        (table["break"].any(), KeyEntry(ask.say("dotted: break in series"), c.INK, "|")),
    ]
    return [entry for some, entry in entries if some]


def _panel(
    paper: FigureLayout, table: pd.DataFrame, ask: FigureSpec, box: tuple[float, float, float, float]
) -> None:
    """One indicator's lines, with names at their ends."""
    x, y, wide, high = box
    order = table.sort_values("mine", ascending=False, kind="stable")["group"]
    quiet = (order == "") & (table["series"].nunique() > 1)
    marks = marks_of(order[~quiet]) | ({"": KeyEntry("", c.QUIET, "o")} if quiet.any() else {})
    names = {name: wrap(name, 1.25, c.SMALL, True) for name in marks}
    several = table["series"].nunique() > 1
    room = wide - 0.75 - (max(width(text, c.SMALL, True) for text in names.values()) if several else 0)
    plot = paper.plot(x + 0.55, y, room, high)
    _lines(plot, table, marks)
    _upright(plot, table, ask, high)
    times = np.unique(table["time"])
    steps = times if len(times) <= 4 else c.round_steps(times[0], times[-1], room * 1.2, whole=True)
    steps = steps[(steps >= times[0]) & (steps <= times[-1])]
    plot.set_xticks(steps, [f"{step:.0f}" for step in steps])
    pad = max(np.ptp(times) * 0.03, 0.3)
    plot.set_xlim(times[0] - pad, times[-1] + pad)
    if several:
        _end_names(plot, table, marks, names, high)


def _lines(plot: Axes, table: pd.DataFrame, marks: Mapping[str, KeyEntry]) -> None:
    points = table[table["estimate"].notna()]
    # A projection starts at the last observed point, so that the line does not tear there.
    follows = points.groupby("run", sort=False)["projected"].shift(-1, fill_value=False)
    dashed = points[points["projected"] | follows]
    dashed = dashed.assign(dash="dashed", run=dashed["run"] + "p")
    parts = [points[~points["projected"]].assign(dash="solid"), dashed]
    sns.lineplot(
        pd.concat(parts),
        x="time",
        y="estimate",
        units="run",
        hue="group",
        style="dash",
        size="group",
        palette={name: mark.colour for name, mark in marks.items()},
        hue_order=list(marks)[::-1],
        sizes={name: 2.0 if name or len(marks) == 1 else 1.0 for name in marks},
        legend=False,
        ax=plot,
        style_order=["solid", "dashed"],
        dashes={"solid": "", "dashed": (2.5, 1.5)},
        estimator=None,
        errorbar=None,
    )
    alone = points.groupby("run", sort=False)["time"].transform("size") == 1
    for name, mark in marks.items():
        rows = points[(points["group"] == name) & (alone | (mark.colour != c.QUIET))]
        hollow = rows["projected"] | (rows["quality"] == "caution")
        plot.vlines(rows["time"], rows["ci_low"], rows["ci_high"], colors=mark.colour, linewidth=1.2)
        face = hollow.map({True: c.PAGE, False: mark.colour})
        size = 20 if mark.colour != c.QUIET else 6
        plot.scatter(
            rows["time"],
            rows["estimate"],
            s=size,
            marker=mark.marker,
            c=face,
            edgecolors=mark.colour,
            zorder=4,
        )
        for time in rows.loc[rows["break"], "time"].unique():
            plot.axvline(time - 0.5, color=c.SOFT, linewidth=1, linestyle=":")


def _upright(plot: Axes, table: pd.DataFrame, ask: FigureSpec, high: float) -> None:
    """An upright axis of round numbers from zero, with pale lines."""
    values = table[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    low, most = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0, 1)
    steps = c.round_steps(min(low, 0), most, high * 1.4)
    plot.set_yticks(steps, ask.ticks(steps, table["unit"].iloc[0]))
    plot.set(ylim=(steps[0], steps[-1]), xlabel="", ylabel="")
    plot.grid(axis="y", color=c.RULE, linewidth=0.8)
    plot.spines["left"].set_visible(False)


def _end_names(
    plot: Axes, table: pd.DataFrame, marks: Mapping[str, KeyEntry], names: Mapping[str, str], high: float
) -> None:
    """Names beside the last points, pushed apart where lines end close together."""
    last = table[table["estimate"].notna() & (table["group"] != "")].groupby("group", sort=False).tail(1)
    gap = max((tall(names[g], c.SMALL) for g in last["group"]), default=0.2) * np.ptp(plot.get_ylim()) / high
    right = plot.get_xlim()[1]
    for row, y in zip(records(last), c.spread(list(last["estimate"]), gap), strict=True):
        text = " " + names[row.group].replace("\n", "\n ")
        plot.text(right, y, text, color=marks[row.group].colour, va="center", weight=c.BOLD, linespacing=1.0)


# --- grids ------------------------------------------------------------------------------------------


DARK = 0.68  # of the largest value: from here white letters stand out more than dark ones


def matrix(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Numbers, or words of a column `text`, by titles and levels; empty, zero, hidden, not asked differ."""
    table = table.assign(title=table["indicator_text"], head=table["level_text"])
    rows, columns = (list(dict.fromkeys(table[name])) for name in ("title", "head"))
    if table.duplicated(["title", "head"]).any():
        raise DataError("Two values for one cell of a grid.", got=ask.words["title"])
    table = table.assign(said=[_cell_text(row, ask) for row in records(table)])
    words = [word for text in (*columns, *table["said"]) for word in text.split(" ")]
    longest = max(width(word, c.SMALL) for word in words) + 0.1
    # A head may reach a little over its cell, so that the names of the rows take fewer lines.
    inside = max(width(word, c.SMALL) for text in table["said"] for word in text.split(" ")) + 0.1
    least = max(1.3, min(1.75, ask.wide - 0.3 - max(inside, longest - 0.14) * len(columns)))
    room = max(least, min(2.5, ask.wide - 0.3 - longest * len(columns), max(map(width, rows)) + 0.05))
    wide = ask.wide - room - 0.3
    cell = wide / len(columns)
    heads, turned = _heads(columns, cell)
    labels = [wrap(text, room) for text in rows]
    table["said"] = [wrap(text, cell - 0.06, c.SMALL) for text in table["said"]]
    high = max(0.34, *(tall(text) + 0.1 for text in (*labels, *table["said"])))
    sizes = (width(t, c.SMALL) if turned else tall(head, c.SMALL) for head in heads for t in head.split("\n"))
    head = max(sizes) + 0.1
    notes = _matrix_notes(table, len(rows) * len(columns), ask)
    paper = FigureLayout(head + high * len(rows) + 0.12 + tall(notes, c.SMALL), ask)
    for j, text in enumerate(heads):
        paper.write(
            room + 0.2 + (j + 0.5) * cell, head - 0.05, text, ha="center", va="bottom", rotation=turned
        )
    for i, text in enumerate(labels):
        paper.write(room + 0.1, head + (i + 0.5) * high, text, size=c.SIZE, ha="right")
    paper.write(0.1, head + high * len(rows) + 0.08, notes, color=c.SOFT, va="top")
    _tiles(paper.plot(room + 0.2, head, wide, high * len(rows)), table, rows, columns)
    return paper


def _heads(columns: Sequence[str], cell: float) -> tuple[list[str], int]:
    """The heads of columns, a line each part, else turned by as many degrees: no word of them is cut."""
    if max(width(word, c.SMALL) for text in columns for word in text.split(" ")) <= cell - 0.02:
        return [
            "\n".join(wrap(part, cell - 0.02, c.SMALL) for part in text.split(" · ")) for text in columns
        ], 0
    lines = max(1, int(cell / tall("x", c.SMALL)))
    reach = max(width(text, c.SMALL) for text in columns) / lines + (0.25 if lines > 1 else 0.02)
    return [wrap(text, reach, c.SMALL) for text in columns], 90


def _cell_text(row: Any, ask: FigureSpec) -> str:
    hidden = {"suppressed": "(*)", "not_asked": "–"}.get(row.quality)
    text = hidden or str(getattr(row, "text", ask.value(row.estimate)))
    return f"({text})" if row.quality == "caution" else text


def _tiles(plot: Axes, table: pd.DataFrame, rows: list[str], columns: list[str]) -> None:
    """Tints by value with the words on them; hatching where nothing was asked."""
    values = table.pivot(index="title", columns="head", values="estimate").loc[rows, columns]
    most = values.max().max() * 1.25 if (values > 0).any().any() else 1.0
    tint = sns.blend_palette([c.PAGE, c.HARDLY, c.MAIN], as_cmap=True)
    sns.heatmap(
        values,
        mask=values.isna(),
        cmap=tint,
        vmin=0,
        vmax=most,
        cbar=False,
        linewidths=1.5,
        xticklabels=False,
        yticklabels=False,
        ax=plot,
    )
    plot.set(xlabel="", ylabel="")
    for row in records(table):
        x, y = columns.index(row.head), rows.index(row.title)
        colour = c.PAGE if row.estimate > DARK * most else c.INK
        if row.quality == "not_asked":
            plot.add_patch(Rectangle((x + 0.03, y + 0.06), 0.94, 0.88, fill=False, hatch="///", linewidth=0))
        plot.text(x + 0.5, y + 0.5, row.said, ha="center", va="center", color=colour, linespacing=1.0)


def _matrix_notes(table: pd.DataFrame, cells: int, ask: FigureSpec) -> str:
    """What the marks in the cells mean, of those that occur."""
    qualities = set(table["quality"])
    notes = [
        (len(table) < cells, N_("empty: nothing recorded")),
        ("not_asked" in qualities, ask.options.get("hatched") or N_("– hatched: not asked")),
        ("suppressed" in qualities, N_("(*) not shown")),
        ("caution" in qualities, N_("( ) read with caution")),
    ]
    return wrap(" · ".join(ask.say(text) for yes, text in notes if yes), ask.wide - 0.2, c.SMALL)


# --- two scales -------------------------------------------------------------------------------------

Box = tuple[float, float, float, float]


def positions(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Who has how much `influence` and `interest`; names never cover one another."""
    marks = marks_of(table["category_text"])
    size = np.array([ask.wide - 0.7, min(1.8 + 0.25 * len(table), 4.6)])  # few names need little room
    paper = FigureLayout(size[1] + 0.45, ask, list(marks.values()) if len(marks) > 1 else [])
    plot = paper.plot(0.5, 0.05, *size)
    raw = table[["interest", "influence"]].to_numpy(float)
    reach = np.maximum(np.ptp(raw, axis=0), 1e-9)
    x, y = _apart((raw - raw.min(axis=0)) / reach * size * 0.74 + size * 0.13).T
    palette, shapes = ({name: mark[i] for name, mark in marks.items()} for i in (1, 2))
    sns.scatterplot(
        table.assign(x=x, y=y),
        x="x",
        y="y",
        hue="category_text",
        style="category_text",
        s=52,
        palette=palette,
        markers=shapes,
        ax=plot,
        legend=False,
        zorder=3,
    )
    plot.set(xlim=(0, size[0]), ylim=(0, size[1]), xticks=[], yticks=[], xlabel="", ylabel="")
    plot.axvline(size[0] / 2, color=c.RULE, zorder=0)
    plot.axhline(size[1] / 2, color=c.RULE, zorder=0)
    points = [(px - 0.08, py - 0.08, px + 0.08, py + 0.08) for px, py in zip(x, y, strict=True)]
    _name_points(plot, list(table["indicator_text"]), points, size)
    low, high = ask.say("lower"), ask.say("higher")
    words = [f"{low} ← {name} → {high}" for name in (ask.say("Interest"), ask.say("Influence"))]
    paper.write(0.5 + size[0] / 2, size[1] + 0.22, words[0], ha="center", color=c.SOFT)
    paper.write(0.28, size[1] / 2, words[1], ha="center", color=c.SOFT, rotation=90)
    return paper


def _apart(at: np.ndarray) -> np.ndarray:
    """Points that share a place, set below one another."""
    result = at.copy()
    for place in np.unique(at.round(3), axis=0):
        same = np.flatnonzero((at.round(3) == place).all(axis=1))
        result[same, 1] -= (np.arange(len(same)) - (len(same) - 1) / 2) * 0.22
    return result


def _name_points(plot: Axes, names: Sequence[str], points: Sequence[Box], size: np.ndarray) -> None:
    """Each name at the nearest free place beside its point, with a line where that is away."""
    boxes = list(points)
    for name, point in zip(names, points, strict=True):
        text = wrap(name, 1.35, c.SMALL)
        x, y = (point[0] + point[2]) / 2, (point[1] + point[3]) / 2
        others = [box for box in boxes if box is not point]
        west, low, right, top = box = _free_place(
            x, y, width(text, c.SMALL), tall(text, c.SMALL), others, size
        )
        boxes.append(box)
        side = "left" if west > x else "right" if right < x else "center"
        end, middle = {"left": west, "right": right, "center": x}[side], (low + top) / 2
        if abs(middle - y) > 0.12 + (side == "center") * (top - low) / 2:
            plot.plot([x, end], [y, middle], color=c.SOFT, linewidth=0.7, zorder=1)
        plot.text(end, middle, text, va="center", ha=side)


def _free_place(x: float, y: float, wide: float, high: float, boxes: Sequence[Box], size: np.ndarray) -> Box:
    """The place for a name beside, above or below its point that is nearest and covers least."""
    best, least = (0.0, 0.0, wide, high), np.inf
    for down in (sign * step for step in np.arange(0, 3, 0.05) for sign in (1, -1)):
        for west in (x + 0.13, x - 0.13 - wide, x - wide / 2):
            box = (west, y + down - high / 2, west + wide, y + down + high / 2)
            outside = max(0, -box[0], -box[1], box[2] - size[0], box[3] - size[1])
            covers_point = _overlap(box, (x - 0.09, y - 0.09, x + 0.09, y + 0.09))
            cover = outside + covers_point + sum(_overlap(box, other) for other in boxes)
            if cover < least - 1e-9:
                best, least = box, cover
            if least == 0:
                return best
    return best


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
