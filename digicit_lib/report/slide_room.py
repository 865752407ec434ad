"""How much room words and drawings take on a slide, told before anything is drawn."""

import math
import re
from collections.abc import Iterable, Sequence

from digicit_lib.report.fitting import STAND_IN, em


def natural_size(svg: str) -> tuple[float, float]:
    """Width and height of a drawing, in inches."""
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    return (float(size[1]) / 72, float(size[2]) / 72) if size else (1.0, 1.0)


def lines_height(lines: Iterable[str], size: float, room: float) -> float:
    """About how high lines stand, in inches, were they set in a font wider than ours."""
    rows = (math.ceil(em(line) * size * STAND_IN / 72 / room) for line in lines)
    return sum(count * size * 1.2 / 72 + 0.11 for count in rows)


def size_that_fits(lines: Iterable[str], sizes: Sequence[int], room: tuple[float, float]) -> int:
    """The first of some sizes, in points, in which lines fit into a room, else the last."""
    texts = list(lines)
    return next((size for size in sizes if lines_height(texts, size, room[0]) <= room[1]), sizes[-1])
