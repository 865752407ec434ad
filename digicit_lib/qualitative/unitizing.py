"""The unitizing family: agreement on where passages begin and end, and on their codes.

Source: Krippendorff, Mathet, Bouvry and Widlocher 2016; Krippendorff, Content Analysis (2019), 12.6.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from digicit_lib.qualitative.analyses import passages
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coders import comparable, or_none, resampled


def unitizing(
    project: Project, themes: Sequence[str] | None = None, *, replicates: int = 1000, seed: int = 1
) -> pd.DataFrame:
    """Krippendorff's unitizing family: do coders mark the same stretches of text with the same codes?

    Parameters
    ----------
    project : Project
    themes : sequence of str, optional
        Domains whose codes exclude each other; all by default. A coder who overlaps herself within a domain
        makes it undefined: use `agreement` by code instead.
    replicates, seed : int
        As in `agreement`; sources are resampled.

    Returns
    -------
    DataFrame
        ``theme, coefficient, code, value, ci_low, ci_high, coverage, reason``. ``u_alpha`` rates units and
        codes, ``binary`` relevance only (ATLAS.ti: alpha binary), ``cu_alpha`` the codes of what both marked
        (ATLAS.ti: cu-alpha), ``k_u_alpha`` one code's reliability, with the share of it that others marked.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="t/x", coder=c) for c in "AB"]
    >>> unitizing(Project.build({"a": "P1: yes indeed"}, rows, []))["value"].tolist()[:2]
    [1.0, 1.0]
    """
    spans = comparable(project).merge(project.codes[["code", "theme"]], on="code")
    coders = spans.groupby("source")["coder"].unique()
    tables, parts = [], dict(iter(passages(spans, ["theme", "code", "coder"]).groupby("theme")))
    for theme in themes if themes is not None else sorted(parts):
        part = parts.get(theme, spans[:0])
        codes = sorted(set(part["code"]))
        continua = _continua(project, part, coders)
        tables.append(unitizing_alpha(continua, codes, replicates=replicates, seed=seed).assign(theme=theme))
    columns = ["theme", "coefficient", "code", "value", "ci_low", "ci_high", "coverage", "reason"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


Unit = tuple[int, int, str]
Continuum = tuple[int, Sequence[Sequence[Unit]]]


def _continua(project: Project, part: pd.DataFrame, coders: pd.Series) -> list[Continuum]:
    """For each source its length and its coders' units, in order."""
    units_by_line: dict[tuple[str, str], list[Unit]] = {}
    columns = (part[c] for c in ("source", "coder", "start", "end", "code"))
    for source, coder, *unit in zip(*columns, strict=True):
        units_by_line.setdefault((source, coder), []).append((int(unit[0]), int(unit[1]), unit[2]))
    return [
        (len(project.texts[str(s)]), [sorted(units_by_line.get((str(s), c), [])) for c in sorted(who)])
        for s, who in coders.items()
    ]


def unitizing_alpha(
    continua: Sequence[Continuum],
    codes: Sequence[str],
    *,
    replicates: int = 0,
    seed: int = 1,
) -> pd.DataFrame:
    """The unitizing family on given continua (Krippendorff, Mathet, Bouvry and Widlocher 2016).

    With observed l and expected e coincidences of lengths,
    u_alpha = 1 - (l.. - sum l_cc) / (sum e - sum e_cc), where
    e_ck = l.. (l_c. l_k. - [c=k] s_c) / (l..^2 - sum s_c), s_c the summed squared lengths of units of value c
    and the summed lengths of gaps.

    Parameters
    ----------
    continua : sequence of (length, coders)
        For each source its length and, a coder, units (start, end, code), half-open.
    codes : sequence of str
    replicates, seed : int

    Returns
    -------
    DataFrame
        As `unitizing`, without theme.

    Examples
    --------
    >>> unitizing_alpha([(10, [[(0, 4, "x")], [(0, 4, "x")]])], ["x"])["value"].tolist()
    [1.0, 1.0, None, None]
    """
    names = [("u_alpha", ""), ("binary", ""), ("cu_alpha", ""), *(("k_u_alpha", code) for code in codes)]
    table = pd.DataFrame(names, columns=["coefficient", "code"])
    blank = table.assign(value=None, ci_low=None, ci_high=None, coverage=None)
    if any(
        a[1] > b[0]
        for _, coders in continua
        for units in coders
        for a, b in zip(sorted(units), sorted(units)[1:], strict=False)
    ):
        return blank.assign(reason="overlapping_codes")
    if not continua:
        return blank.assign(reason="no_common_source")
    sums = _coincidences(continua, {code: i for i, code in enumerate(codes, 1)})
    value = _unitized(sums.sum(0))
    low, high, why = resampled(sums, _unitized, replicates, seed, "percentile")
    total = sums.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = total[0, 1:, 1:].sum(0) / total[0].sum(0)[1:]
    coverage = [None, None, None, *or_none(lengths)]
    reason = np.where(np.isnan(value), "no_variation", why)
    result = {"value": value, "ci_low": low, "ci_high": high}
    return table.assign(**{k: or_none(v) for k, v in result.items()}, coverage=coverage, reason=reason)


def _coincidences(continua: Sequence[Continuum], place: dict[str, int]) -> np.ndarray:
    """By source: observed coincidences, then on diagonals the s of all units and the s of what others met.

    All sources lie on one line with a blank between them, so that one sweep serves them all.
    """
    q, count = len(place) + 1, len(continua)
    length = np.array([c[0] for c in continua], dtype=float)
    begin = np.concatenate([[0.0], np.cumsum(length + 1)[:-1]])
    team = np.array([len(coders) for _, coders in continua])
    units = [_slot(continua, begin, place, slot) for slot in range(team.max())]
    edges = np.unique(np.concatenate([begin, begin + length, *(u[:, :2].ravel() for u in units)]))
    source = np.searchsorted(begin, edges[:-1], side="right") - 1
    width = np.where(edges[:-1] < (begin + length)[source], np.diff(edges), 0)
    marks = [np.where(slot < team[source], _marks(edges[:-1], u), -1) for slot, u in enumerate(units)]
    out = np.zeros((count, 3, q, q))
    for i, mine in enumerate(marks):
        others = np.zeros(len(mine), bool)
        for j, theirs in enumerate(marks):
            both = (mine >= 0) & (theirs >= 0) & (i != j)
            others |= both & (theirs > 0)
            key = (source * q + np.maximum(mine, 0)) * q + np.maximum(theirs, 0)
            out[:, 0] += np.bincount(key, width * both, count * q * q).reshape(count, q, q)
        _squares(out, edges, width * others, units[i], begin)
        out[:, 1, 0, 0] += np.bincount(source, width * (mine == 0), count)
    out[:, 0] /= (team - 1)[:, None, None]
    return out


def _slot(continua: Sequence[Continuum], begin: np.ndarray, place: dict[str, int], slot: int) -> np.ndarray:
    """Start, end and value of the units of each source's coder number `slot`, on the one line."""
    rows = [
        (at + a, at + b, place[code])
        for at, (_, coders) in zip(begin.tolist(), continua, strict=True)
        if slot < len(coders)
        for a, b, code in sorted(coders[slot])
    ]
    return np.array(rows, dtype=float).reshape(-1, 3)


def _marks(at: np.ndarray, units: np.ndarray) -> np.ndarray:
    if not len(units):
        return np.zeros(len(at), int)
    row = np.maximum(np.searchsorted(units[:, 0], at, side="right") - 1, 0)
    inside = (at >= units[row, 0]) & (at < units[row, 1])
    return np.where(inside, units[row, 2], 0).astype(int)


def _squares(
    out: np.ndarray, edges: np.ndarray, lengths: np.ndarray, units: np.ndarray, begin: np.ndarray
) -> None:
    """Add squared lengths of units, and of the part of each that another coder marked too."""
    upto = np.concatenate([[0.0], np.cumsum(lengths)])[np.searchsorted(edges, units[:, :2])]
    source = np.searchsorted(begin, units[:, 0], side="right") - 1
    value = units[:, 2].astype(int)
    for plane, spans in ((1, units[:, :2]), (2, upto)):
        np.add.at(out[:, plane], (source, value, value), (spans[:, 1] - spans[:, 0]) ** 2)


def _unitized(sums: np.ndarray) -> np.ndarray:
    """u, binary, cu and each code's (k)u alpha from sums of shape (..., 3, q, q)."""
    observed, squares, lengths = (
        sums[..., 0, :, :],
        np.einsum("...ii->...i", sums[..., 1, :, :]),
        np.einsum("...ii->...i", sums[..., 2, :, :]),
    )
    both = observed[..., 1:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected, shared = _expected(observed, squares), _expected(both, lengths[..., 1:])
        whole = _one_minus(observed, expected)
        folded = [
            np.stack([m[..., 0, 0], m[..., 1:, 1:].sum((-1, -2))], -1).sum(-1) for m in (observed, expected)
        ]
        binary = 1 - (observed.sum((-1, -2)) - folded[0]) / (expected.sum((-1, -2)) - folded[1])
        column, chance = both.sum(-2), shared.sum(-2)
        hit, luck = np.einsum("...ii->...i", both), np.einsum("...ii->...i", shared)
        each = 1 - chance / column * (column - hit) / (chance - luck)
        parts = [whole[..., None], binary[..., None], _one_minus(both, shared)[..., None], each]
    arrays = np.concatenate(parts, axis=-1)
    return np.where(np.isfinite(arrays), arrays, np.nan)


def _expected(observed: np.ndarray, squares: np.ndarray) -> np.ndarray:
    rows, total = observed.sum(-1), observed.sum((-1, -2))[..., None, None]
    product = rows[..., :, None] * rows[..., None, :] - squares[..., None] * np.eye(rows.shape[-1])
    return total * product / (total**2 - squares.sum(-1)[..., None, None])


def _one_minus(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    trace = [np.einsum("...ii->...", m) for m in (observed, expected)]
    return 1 - (observed.sum((-1, -2)) - trace[0]) / (expected.sum((-1, -2)) - trace[1])
