"""Waves side by side: a line an indicator from wave to wave, its value and name beside the last one."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from digicit_lib.errors import DataError
from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.canvas import FigureLayout, FigureSpec, KeyEntry, marks_of, tall, wrap

MOST = 6  # lines that a reader can tell apart
SMALL_SHARE = 0.3  # where every share is below, the axis ends there


def slope(table: pd.DataFrame, ask: FigureSpec) -> FigureLayout:
    """Levels by period, one line an indicator with the interval of each level; at most six lines.

    An indicator that is hidden in one wave has no line; the data table says that it is hidden.

    Where the column `break` says that the next wave had another definition, a double stroke stands in place
    of the line that would join them; the first such indicator is always drawn.
    """
    waves = sorted(set(table["period"]))
    lines = table[table["estimate"].notna()].groupby("indicator_text", sort=False)["period"].nunique()
    broken = set(table.loc[table["break"].astype(bool), "indicator_text"]) if "break" in table else set()
    whole = [str(name) for name in lines.index[lines == len(waves)]]
    parted = [name for name in whole if name in broken]
    names = [*[n for n in whole if n not in broken][: MOST - bool(parted)], *parted][:MOST]
    if not names:
        raise DataError("No indicator is shown in every wave.", got=", ".join(waves))
    west, right = 0.6, 1.75 if ask.narrow else 2.9
    last = {n: _at(table, n, waves[-1]) for n in names}
    texts = {n: wrap(f"{ask.value(v)}  {n}", right - 0.2, ask.size) for n, v in last.items()}
    high = max(min(2.6, 1.0 + 0.4 * len(names)), sum(tall(text, ask.size) + 0.06 for text in texts.values()))
    key = [KeyEntry(ask.say("double stroke: another definition"), c.INK, "|")] if broken & set(names) else []
    paper = FigureLayout(high + 0.45, ask, key)
    plot = paper.plot(west, 0.1, ask.wide - west - right, high)
    top = SMALL_SHARE if table["ci_high"].fillna(table["estimate"]).max() < SMALL_SHARE else 1.0
    marks = marks_of(names)
    for name in names:
        _line(plot, table[table["indicator_text"] == name], waves, marks[name])
    _frame(plot, waves, top)
    first = {n: _at(table, n, waves[0]) for n in names}
    heights = [tall(text, ask.size) + 0.04 for text in texts.values()]
    for side, ends, tops in (("right", last, heights), ("left", first, [0.17] * len(names))):
        places = stack([0.1 + high * (1 - min(v / top, 1)) for v in ends.values()], tops, high + 0.2)
        for (name, value), y in zip(ends.items(), places, strict=True):
            text = texts[name] if side == "right" else ask.value(value)
            x = ask.wide - right + 0.12 if side == "right" else west - 0.1
            how = {"ha": "left" if side == "right" else "right", "color": marks[name].colour}
            paper.write(x, y, text, size=ask.size, **how)
    return paper


def stack(places: list[float], heights: list[float], room: float) -> list[float]:
    """The same places, moved until texts of these heights neither overlap nor leave the room.

    Examples
    --------
    >>> [round(y, 2) for y in stack([0.1, 0.1, 1.9], [0.4, 0.2, 0.4], 2.0)]
    [0.2, 0.5, 1.8]
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    moved, above = [*places], 0.0
    for k in order:
        moved[k] = max(places[k], above + heights[k] / 2)
        above = moved[k] + heights[k] / 2
    below = room
    for k in reversed(order):
        moved[k] = min(moved[k], below - heights[k] / 2)
        below = moved[k] - heights[k] / 2
    return moved


def _at(table: pd.DataFrame, name: str, wave: str) -> float:
    rows = table[(table["indicator_text"] == name) & (table["period"] == wave)]
    return float(rows["estimate"].iloc[0])


def _line(plot: Axes, rows: pd.DataFrame, waves: list[str], mark: KeyEntry) -> None:
    x = np.array([waves.index(period) for period in rows["period"]], dtype=float)
    plot.vlines(x, rows["ci_low"], rows["ci_high"], colors=mark.colour, lw=2, alpha=0.5)
    look: dict[str, Any] = {"color": mark.colour, "marker": mark.marker, "ms": 6, "lw": 1.8}
    runs = rows["break"].astype(bool).to_numpy() if "break" in rows else np.zeros(len(rows), bool)
    cuts = [i for i in range(1, len(runs)) if runs[i - 1]]  # after each wave of another definition
    y = rows["estimate"].to_numpy(float)
    for part in np.split(np.arange(len(rows)), cuts):
        plot.plot(x[part], y[part], **look)
    for i in cuts:
        middle = (x[i - 1] + x[i]) / 2
        stroke = {**look, "marker": "|", "ms": 13, "lw": 0, "mew": 1.6, "gid": "break"}
        plot.plot([middle - 0.02, middle + 0.02], [(y[i - 1] + y[i]) / 2] * 2, **stroke)


def _frame(plot: Axes, waves: list[str], top: float) -> None:
    plot.set_ylim(0, top)
    plot.set_xlim(-0.12, len(waves) - 0.88)
    plot.set_xticks(range(len(waves)), waves)
    plot.set_yticks([])
    for side in ("left", "right", "top"):
        plot.spines[side].set_visible(False)
    for x in range(len(waves)):
        plot.axvline(x, color=c.RULE, lw=0.8, zorder=0)
