"""Several answers in one cell: what parts them, and which parts are one answer that holds the mark itself."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from digicit_lib.codebook import answer_key

SEPARATORS = ";|,"  # what stands between several answers in one cell


def mark_of(texts: Collection[str]) -> str:
    """What parts the answers in most cells; empty: nothing but blanks, or there is one answer a cell.

    Examples
    --------
    >>> mark_of(["Phone, Radio", "Phone", "Radio; or so", "Radio, TV"])
    ','
    """
    counts = {mark: sum(mark in text for text in texts) for mark in SEPARATORS}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ""


def answers_in(texts: Collection[str], mark: str, options: Collection[str] = ()) -> dict[str, list[str]]:
    """Each cell with its answers: known ones, the longest first, then what belongs together.

    Parts are one answer where a bracket is open between them, where the second begins small and no cell does,
    and where they never stand apart.

    Parameters
    ----------
    texts : collection of str
        The distinct cells of a column.
    mark : str
        What stands between answers.
    options : collection of str
        Answers that may hold the mark.

    Examples
    --------
    >>> phone, pc = "Phone, with apps", "Computer (laptop, desktop)"
    >>> cells = [phone, f"{phone}, {pc}", f"Radio, {phone}"]
    >>> sorted({answer for answers in answers_in(cells, ",").values() for answer in answers})
    ['Computer (laptop, desktop)', 'Phone, with apps', 'Radio']
    """
    joint = f"{mark} "
    keys = {answer_key(joint.join(_parts(text, mark))) for text in options}
    cells = [_with_known(_parts(text, mark), joint, keys) for text in texts]
    small = not any(parts[0][:1].islower() for parts in cells if parts)
    cells = [_joined(cell, joint, lambda a, b: _open(a, b) or (small and b[:1].islower())) for cell in cells]
    pairs = _inseparable(cells)
    cells = [_joined(parts, joint, lambda a, b: (a, b) in pairs) for parts in cells]
    return dict(zip(texts, cells, strict=True))


def _parts(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]


def _with_known(parts: Sequence[str], joint: str, keys: Collection[str]) -> list[str]:
    """Parts with those joined that make a known answer, the longest first."""
    joined, start = [], 0
    while start < len(parts):
        ends = (e for e in range(len(parts), start, -1) if answer_key(joint.join(parts[start:e])) in keys)
        end = next(ends, start + 1)
        joined.append(joint.join(parts[start:end]))
        start = end
    return joined


def _open(first: str, second: str) -> bool:
    return first.count("(") > first.count(")") and ")" in second


def _joined(parts: Sequence[str], joint: str, belongs: Callable[[str, str], bool]) -> list[str]:
    """Parts with each that belongs to the one before it joined to that."""
    groups: list[list[str]] = []
    for part in parts:
        if groups and belongs(groups[-1][-1], part):
            groups[-1].append(part)
        else:
            groups.append([part])
    return [joint.join(group) for group in groups]


def _inseparable(cells: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    """Pairs of parts neither of which ever stands without the other."""
    parts = Counter(part for cell in cells for part in cell)
    pairs = Counter(pair for cell in cells for pair in pairwise(cell))
    return {(a, b) for (a, b), n in pairs.items() if n > 1 and n == parts[a] == parts[b]}
