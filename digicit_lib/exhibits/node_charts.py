"""Figures of things that hang together: a tree of codes, the flow of a search from records to sources."""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.lines import Line2D

from digicit_lib.exhibits import canvas as c
from digicit_lib.exhibits.alt_text import steps
from digicit_lib.exhibits.canvas import FigureLayout, FigureSpec, tall, wrap

STEP = 0.22  # inches a level of the tree stands further in
GAP = 0.1  # between two rows of a tree
PAD = 0.1  # around the words of a box
DOWN = 0.24  # between two boxes of a flow


def tree(table: pd.DataFrame, spec: FigureSpec) -> FigureLayout:
    """Branches and what hangs on them, each with a bar; a branch that is no row itself has a name only."""
    nodes = _nodes(table)
    bar = 0.9 if spec.narrow else 1.9
    room = spec.wide - bar - 0.75
    names = [wrap(name, room - STEP * depth - 0.2, spec.size, depth == 0) for name, depth, _ in nodes]
    highs = [
        tall(name, spec.size) + GAP + 0.08 * (node[1] == 0) for name, node in zip(names, nodes, strict=True)
    ]
    middles = [sum(highs[:i]) + high / 2 for i, high in enumerate(highs)]
    paper = FigureLayout(sum(highs) + 0.1, spec)
    for i, (name, (_, depth, _)) in enumerate(zip(names, nodes, strict=True)):
        x = 0.1 + STEP * depth
        above = [j for j in range(i) if nodes[j][1] < depth]
        if above:
            knee = (x - 0.14, middles[i])
            _path(
                paper,
                [(x - 0.14, middles[above[-1]] + tall(names[above[-1]]) / 2), knee, (x - 0.04, middles[i])],
            )
        paper.write(x, middles[i], name, size=spec.size, weight="normal" if depth else c.BOLD)
    values = [value for *_, value in nodes]
    plot = paper.plot(room + 0.15, 0.0, bar, sum(highs) + 0.1)
    plot.set(xlim=(0, max(v for v in values if v == v)), ylim=(sum(highs) + 0.1, 0), yticks=[], xticks=[])
    plot.spines["bottom"].set_visible(False)
    plot.barh(middles, values, height=0.14, color=c.MAIN)
    for y, value in zip(middles, values, strict=True):
        if value == value:
            paper.write(spec.wide - 0.1, y, spec.value(value), ha="right", weight=c.BOLD)
    return paper


def _nodes(table: pd.DataFrame) -> list[tuple[str, int, float]]:
    """Name, depth and value of each line of a tree, with a line for each branch that is no row."""
    nodes, branch = [], ""
    for row in table[["indicator_text", "branch", "depth", "estimate"]].itertuples(index=False):
        if row.branch != branch and row.depth:
            nodes.append((str(row.branch), 0, float("nan")))
        branch = row.branch
        nodes.append((str(row.indicator_text), int(row.depth), float(row.estimate)))
    return nodes


def flow(table: pd.DataFrame, spec: FigureSpec) -> FigureLayout:
    """Boxes from the top down with arrows; a row that is `aside` left the flow above the next box."""
    main = (spec.wide - 0.2) * (0.54 if spec.narrow else 0.56)
    side = spec.wide - 0.2 - main - 0.3
    counts = steps(table, spec.language)
    words = [f"{name}: {count}" for name, count in zip(table["indicator_text"], counts, strict=True)]
    widths = [side if aside else main for aside in table["aside"]]
    texts = [wrap(text, wide - 2 * PAD, spec.size) for text, wide in zip(words, widths, strict=True)]
    highs = [tall(text, spec.size) + 2 * PAD for text in texts]
    tops, y, free = [], 0.05, 0.05  # what left the flow stands at the middle of an arrow, below the last such
    for high, aside in zip(highs, table["aside"], strict=True):
        tops.append(max(y - DOWN / 2 - high / 2, free) if aside else y)
        free = tops[-1] + high + PAD if aside else free
        y = max(y, tops[-1] + high / 2 + DOWN / 2) if aside else y + high + DOWN
    paper = FigureLayout(max(y - DOWN, free - PAD) + 0.1, spec)
    boxes = [i for i, aside in enumerate(table["aside"]) if not aside]
    for i, text in enumerate(texts):
        left = 0.1 if i in boxes else 0.1 + main + 0.3
        _box(paper, left, tops[i], widths[i], highs[i])
        paper.write(left + PAD, tops[i] + highs[i] / 2, text, size=spec.size)
        if i not in boxes:
            level = tops[i] + highs[i] / 2
            _arrow(paper, (0.1 + main / 2, level), (left, level))
    for above, below in pairwise(boxes):
        _arrow(paper, (0.1 + main / 2, tops[above] + highs[above]), (0.1 + main / 2, tops[below]))
    return paper


def _path(paper: FigureLayout, points: Sequence[tuple[float, float]], colour: str = c.QUIET) -> None:
    """A line through points of the sheet, in inches."""
    xs, ys = zip(*((x, paper.total - paper.top - paper.key - y) for x, y in points), strict=True)
    line = Line2D(xs, ys, transform=paper.figure.dpi_scale_trans, color=colour, lw=1.0)
    paper.figure.add_artist(line)


def _box(paper: FigureLayout, left: float, top: float, wide: float, high: float) -> None:
    right, foot = left + wide, top + high
    _path(paper, [(left, top), (right, top), (right, foot), (left, foot), (left, top)], c.SOFT)


def _arrow(paper: FigureLayout, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A line with a head that points along it, down or aside."""
    (x, y), size = end, 0.06
    _path(paper, [start, end], c.SOFT)
    across = [(x - size, y - size), end, (x + size, y - size)]
    _path(paper, across if start[0] == x else [(x - size, y - size), end, (x - size, y + size)], c.SOFT)
