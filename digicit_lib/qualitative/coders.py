"""Agreement within a project: by code with document-cluster intervals, the unitizing family, disagreements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.agreement import UNDEFINED
from digicit_lib.qualitative.analyses import passages
from digicit_lib.qualitative.model import CONSENSUS, Project

UNITS = ("turn", "character", "source")
MAX_UNDEFINED = 0.1


def agreement(
    project: Project, *, unit: str = "turn", level: str = "code", replicates: int = 1000, seed: int = 1,
    interval: str = "percentile",
) -> pd.DataFrame:  # fmt: skip
    """How far coders agree that a code applies to a unit, with document-cluster bootstrap intervals.

    Only sources that two or more coders coded count, each in its first round; a ``consensus`` coder is
    left out. Each code is one yes-or-no rating a unit; both-absent units count.

    Parameters
    ----------
    project : Project
    unit : {"turn", "character", "source"}
    level : {"code", "theme"}
        For a theme, yes means that any of its codes applies.
    replicates, seed : int
        Sources are drawn with replacement, since the turns of one group are not independent.
    interval : {"percentile", "bca"}
        95 % interval of alpha.

    Returns
    -------
    DataFrame
        ``code|theme, units, sources, coders, prevalence, bias, percent, kappa, fleiss, ac1, alpha, ci_low,
        ci_high, reason``; the last row, named ``all``, pools the ratings of all codes. `prevalence` is the
        share of yes, `bias` the largest difference of two coders' shares. kappa is Cohen's (Conger's for
        more coders). alpha = 1 - (N - 1) o01 / (n0 n1) on the coincidences. Undefined values are None.

    Raises
    ------
    QualitativeError
        An unknown unit, level or interval.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x", coder=c) for c in "AB"]
    >>> table = agreement(Project.build({"a": "P1: yes\\nP2: no"}, rows, []), replicates=0)
    >>> float(table["alpha"][0]), table["reason"][0]
    (1.0, 'interval: fewer than two sources')
    """
    for given, allowed in ((unit, UNITS), (level, ("code", "theme")), (interval, ("percentile", "bca"))):
        if given not in allowed:
            raise QualitativeError("Unknown choice for agreement.", got=given, allowed=", ".join(allowed))
    spans = independent(project).merge(project.codes[["code", "theme"]], on="code")
    names = sorted(set(project.codes[level]))
    sources, coders = sorted(set(spans["source"])), sorted(set(spans["coder"]))
    sums = _sums(project, spans, unit, level, names, sources, coders)
    sums = np.concatenate([sums, sums.sum(1, keepdims=True)], axis=1)
    table = pd.DataFrame({level: [*names, "all"], "units": sums[:, :, 0].sum(0).astype(int), "sources": len(sources),
                          "coders": len(coders)})  # fmt: skip
    found = _values(sums.sum(0))
    low, high, why = _interval(sums, lambda s: _values(s)["alpha"], replicates, seed, interval)
    reason = np.where(
        np.isnan(found["alpha"]), UNDEFINED if len(sources) else "no source was coded by two coders", why
    )
    columns = {**found, "ci_low": low, "ci_high": high}
    return table.assign(**{name: _or_none(value) for name, value in columns.items()}, reason=reason)


def independent(project: Project) -> pd.DataFrame:
    """Text segments of sources that two or more coders coded, in the source's first round."""
    spans = project.segments[(project.segments["kind"] == "text") & (project.segments["coder"] != CONSENSUS)]
    spans = spans[
        spans["round"].astype("str")
        == spans.groupby("source")["round"].transform(lambda r: min(r.astype("str")))
    ]
    return spans[spans.groupby("source")["coder"].transform("nunique") >= 2]


def _or_none(value: np.ndarray) -> pd.Series:
    return pd.Series([None if np.isnan(v) else float(v) for v in value], dtype="object")


def _sums(
    project: Project,
    spans: pd.DataFrame,
    unit: str,
    level: str,
    names: list[str],
    sources: list[str],
    coders: list[str],
) -> np.ndarray:
    """By source and code: units, agreeing, yes share, ratings, yes, split pairs, then yes and units a coder.

    Everything the coefficients need is linear in units, so a resample of sources is a weighted sum of these.
    """
    spans, size = scaled(project, spans, unit)
    length = np.array([size[s] for s in sources], dtype=float)
    given = spans.groupby("source")["coder"].unique()
    assigned = np.array([[coder in given[s] for coder in coders] for s in sources], dtype=float).reshape(
        -1, len(coders)
    )
    r = assigned.sum(1)
    at = [spans[level].map({c: i for i, c in enumerate(names)}), spans["source"].map({c: i for i, c in enumerate(sources)}),
          spans["coder"].map({c: i for i, c in enumerate(coders)})]  # fmt: skip
    merged = passages(spans.assign(c=at[0], s=at[1], g=at[2]), ["c", "s", "g"])
    c, s, g = (merged[k].to_numpy(int) for k in "csg")
    lo, hi = merged["start"].to_numpy(int), merged["end"].to_numpy(int)
    shape = (len(sources), len(names))
    by_coder = np.zeros((*shape, len(coders)))
    np.add.at(by_coder, (s, c, g), hi - lo)
    yes, share, split, differ = (np.zeros(shape) for _ in range(4))
    for (cc, ss), width, y in _sweep(c, s, lo, hi):
        rr = r[ss]
        for total, amount in (
            (yes, y),
            (share, y / rr),
            (split, y * (rr - y) / (rr - 1)),
            (differ, 2 * y * (rr - y) / (rr * (rr - 1))),
        ):
            np.add.at(total, (ss, cc), width * amount)
    whole = np.broadcast_to(length[:, None], shape)
    parts = [whole, whole - differ, share, whole * r[:, None], yes, split]
    per = np.broadcast_to((length[:, None] * assigned)[:, None, :], by_coder.shape)
    return np.concatenate([np.stack(parts, axis=2), by_coder, per], axis=2)


def _sweep(
    c: np.ndarray, s: np.ndarray, lo: np.ndarray, hi: np.ndarray
) -> list[tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]]:
    """Stretches between span edges with how many coders marked each: one sort for all codes and sources."""
    if not len(c):
        return []
    edge, step = np.concatenate([lo, hi]), np.repeat([1, -1], len(lo))
    code, source = np.tile(c, 2), np.tile(s, 2)
    order = np.lexsort((edge, source, code))
    edge, code, source, marked = edge[order], code[order], source[order], np.cumsum(step[order])
    same = (code[1:] == code[:-1]) & (source[1:] == source[:-1])
    width = np.where(same, np.diff(edge), 0)
    return [((code[:-1], source[:-1]), width, marked[:-1])]


def scaled(project: Project, spans: pd.DataFrame, unit: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Spans counted in units: characters as they are, turns by their number, a source as one."""
    if unit == "character":
        return spans, {source: len(text) for source, text in project.texts.items()}
    if unit == "source":
        return spans.assign(start=0, end=1), dict.fromkeys(project.texts, 1)
    starts = {s: rows.to_numpy(int) for s, rows in project.turns.groupby("source")["start"]}
    ends = {s: rows.to_numpy(int) for s, rows in project.turns.groupby("source")["end"]}
    first, last = np.zeros(len(spans), int), np.zeros(len(spans), int)
    for source, rows in spans.reset_index(drop=True).groupby("source"):
        first[rows.index] = np.searchsorted(ends[source], rows["start"], side="right")
        last[rows.index] = np.searchsorted(starts[source], rows["end"], side="left")
    return spans.assign(start=first, end=last), {s: len(rows) for s, rows in starts.items()}


def _values(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Coefficients from sums of shape (..., parts)."""
    n, agree, share, ratings, yes, split = (sums[..., i] for i in range(6))
    coders = (sums.shape[-1] - 6) // 2
    with np.errstate(divide="ignore", invalid="ignore"):
        p = sums[..., 6 : 6 + coders] / sums[..., 6 + coders :]
        known = ~np.isnan(p)
        q, m = np.where(known, p, 0), known.sum(-1)
        both = (q.sum(-1) ** 2 - (q**2).sum(-1)) / (m * (m - 1))
        pe = 1 - 2 * q.sum(-1) / m + 2 * both
        pi, po, no = share / n, agree / n, ratings - yes
        varied = (yes > 0) & (no > 0)
        chance = {"kappa": pe, "fleiss": pi**2 + (1 - pi) ** 2, "ac1": 2 * pi * (1 - pi)}
        found = {name: np.where(varied, (po - e) / (1 - e), np.nan) for name, e in chance.items()}
        alpha = np.where(varied, 1 - (ratings - 1) * split / (yes * no), np.nan)
        bias = np.where(known, p, -np.inf).max(-1, initial=-np.inf) - np.where(known, p, np.inf).min(
            -1, initial=np.inf
        )
        return {"prevalence": pi, "bias": bias, "percent": po, **found, "alpha": alpha}


def _interval(
    sums: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], replicates: int, seed: int, method: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """95 % interval over resampled sources (first axis of `sums`), and why there is none."""
    count, size = len(sums), statistic(sums.sum(0)).shape[0]
    none = np.full(size, np.nan)
    if count < 2 or not replicates:
        return none, none, np.full(size, "interval: fewer than two sources" if count < 2 else "")
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=replicates)
    draws = statistic(np.tensordot(weights.astype(float), sums, axes=1))
    undefined = np.isnan(draws).mean(0)
    usable = (undefined <= MAX_UNDEFINED) & ~np.isnan(statistic(sums.sum(0)))
    low, high = none.copy(), none.copy()
    tails = np.tile([0.025, 0.975], (size, 1))
    if method == "bca":
        tails = _bca(draws, statistic(sums.sum(0)), statistic(sums.sum(0)[None] - sums))
    for i in np.flatnonzero(usable):
        low[i], high[i] = np.nanquantile(draws[:, i], tails[i])
    return low, high, np.where(usable, "", "interval: undefined in too many resamples")


def _bca(draws: np.ndarray, value: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Efron's corrected percentiles; the acceleration comes from leaving out one source at a time."""
    from scipy.stats import norm

    below = np.clip((draws < value).mean(0) + (draws == value).mean(0) / 2, 1e-6, 1 - 1e-6)
    z0 = norm.ppf(below)[:, None]
    gap = np.nan_to_num(np.nanmean(left_out, axis=0) - left_out)
    a = ((gap**3).sum(0) / (6 * np.maximum((gap**2).sum(0), 1e-300) ** 1.5))[:, None]
    z = z0 + norm.ppf([0.025, 0.975])
    return np.asarray(norm.cdf(z0 + z / (1 - a * z)))


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
    spans = independent(project).merge(project.codes[["code", "theme"]], on="code")
    tables = []
    for theme in themes if themes is not None else sorted(set(spans["theme"])):
        part = passages(spans[spans["theme"] == theme], ["code", "coder"])
        codes = sorted(set(part["code"]))
        given = spans.groupby("source")["coder"].unique()
        continua = [
            (len(project.texts[s]), [_units(part, s, c) for c in sorted(coders)])
            for s, coders in given.items()
        ]
        tables.append(unitizing_alpha(continua, codes, replicates=replicates, seed=seed).assign(theme=theme))
    columns = ["theme", "coefficient", "code", "value", "ci_low", "ci_high", "coverage", "reason"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


Unit = tuple[int, int, str]


def _units(part: pd.DataFrame, source: Any, coder: str) -> list[Unit]:
    rows = part[(part["source"] == source) & (part["coder"] == coder)]
    return list(zip(rows["start"], rows["end"], rows["code"], strict=True))


def unitizing_alpha(
    continua: Sequence[tuple[int, Sequence[Sequence[Unit]]]],
    codes: Sequence[str],
    *,
    replicates: int = 0,
    seed: int = 1,
) -> pd.DataFrame:
    """The unitizing family on given continua (Krippendorff, Mathet, Bouvry and Widlocher 2016).

    With observed l and expected e coincidences of lengths, u_alpha = 1 - (l.. - sum l_cc) / (sum e - sum e_cc),
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
        return blank.assign(reason="undefined: a coder's codes overlap within the domain")
    if not continua:
        return blank.assign(reason="no source was coded by two coders")
    sums = np.stack([_coincidences(length, coders, list(codes)) for length, coders in continua])
    value = _unitized(sums.sum(0))
    low, high, why = _interval(sums, _unitized, replicates, seed, "percentile")
    total = sums.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        met = total[0, 1:, 1:].sum(0) / total[0].sum(0)[1:]
    coverage = [None, None, None, *_or_none(met)]
    reason = np.where(np.isnan(value), "undefined: no variation or nothing marked by two coders", why)
    found = {"value": value, "ci_low": low, "ci_high": high}
    return table.assign(**{k: _or_none(v) for k, v in found.items()}, coverage=coverage, reason=reason)


def _coincidences(length: int, coders: Sequence[Sequence[Unit]], codes: list[str]) -> np.ndarray:
    """Observed coincidences (first plane) and, on the diagonals of the next two, s of all and of met units."""
    q = len(codes) + 1
    place = {code: i for i, code in enumerate(codes, 1)}
    units = [
        (
            np.array([u[:2] for u in sorted(us)], float).reshape(-1, 2),
            np.array([place[u[2]] for u in sorted(us)], int),
        )
        for us in coders
    ]
    edges = np.unique(np.concatenate([[0.0, length], *(spans.ravel() for spans, _ in units)]))
    width = np.diff(edges)
    marks = np.stack([_marks(edges[:-1], spans, values) for spans, values in units])
    out = np.zeros((3, q, q))
    for i, mine in enumerate(marks):
        for theirs in marks[i + 1 :]:
            pair = np.bincount(mine * q + theirs, width, q * q).reshape(q, q)
            out[0] += (pair + pair.T) / (len(units) - 1)
        spans, values = units[i]
        others = (np.delete(marks, i, axis=0) > 0).any(0)
        met = np.concatenate([[0.0], np.cumsum(width * others)])[np.searchsorted(edges, spans)]
        sizes = np.diff(spans, axis=1)[:, 0], np.diff(met, axis=1)[:, 0]
        for plane, size in enumerate(sizes, 1):
            out[plane][np.diag_indices(q)] += np.bincount(values, size**2, q)
        out[1, 0, 0] += length - sizes[0].sum()
    return out


def _marks(at: np.ndarray, spans: np.ndarray, values: np.ndarray) -> np.ndarray:
    if not len(spans):
        return np.zeros(len(at), int)
    row = np.searchsorted(spans[:, 0], at, side="right") - 1
    return np.where((row >= 0) & (at < spans[np.maximum(row, 0), 1]), values[np.maximum(row, 0)], 0)


def _unitized(sums: np.ndarray) -> np.ndarray:
    """u, binary, cu and each code's (k)u alpha from sums of shape (..., 3, q, q)."""
    seen, own, met = (
        sums[..., 0, :, :],
        np.einsum("...ii->...i", sums[..., 1, :, :]),
        np.einsum("...ii->...i", sums[..., 2, :, :]),
    )
    both = seen[..., 1:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected, shared = _expected(seen, own), _expected(both, met[..., 1:])
        whole = _one_minus(seen, expected)
        folded = [
            np.stack([m[..., 0, 0], m[..., 1:, 1:].sum((-1, -2))], -1).sum(-1) for m in (seen, expected)
        ]
        binary = 1 - (seen.sum((-1, -2)) - folded[0]) / (expected.sum((-1, -2)) - folded[1])
        column, chance = both.sum(-2), shared.sum(-2)
        hit, luck = np.einsum("...ii->...i", both), np.einsum("...ii->...i", shared)
        each = 1 - chance / column * (column - hit) / (chance - luck)
        parts = [whole[..., None], binary[..., None], _one_minus(both, shared)[..., None], each]
    found = np.concatenate(parts, axis=-1)
    return np.where(np.isfinite(found), found, np.nan)


def _expected(seen: np.ndarray, squares: np.ndarray) -> np.ndarray:
    rows, total = seen.sum(-1), seen.sum((-1, -2))[..., None, None]
    product = rows[..., :, None] * rows[..., None, :] - squares[..., None] * np.eye(rows.shape[-1])
    return total * product / (total**2 - squares.sum(-1)[..., None, None])


def _one_minus(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    trace = [np.einsum("...ii->...", m) for m in (seen, expected)]
    return 1 - (seen.sum((-1, -2)) - trace[0]) / (expected.sum((-1, -2)) - trace[1])
