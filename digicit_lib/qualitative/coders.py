"""Agreement within a project, by code, with intervals that resample whole sources."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from digicit_lib.errors import QualitativeError
from digicit_lib.language import N_
from digicit_lib.qualitative.agreement import UNDEFINED
from digicit_lib.qualitative.analyses import passages
from digicit_lib.qualitative.coded.model import CONSENSUS, Project, headings

UNITS = ("turn", "character", "source")
MAX_UNDEFINED = 0.1
RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff 2004
COUNTS = ("prevalence", "bias", "percent")
NEVER_MET = "no_common_code"
ONLY_CODED = N_("not computable: only the coded words are there, not what was left uncoded")
FEW_SOURCES = N_("interval: fewer than two sources")


def agreement(
    project: Project,
    *,
    unit: str = "turn",
    level: str = "code",
    replicates: int = 1000,
    seed: int = 1,
    interval: str = "percentile",
) -> pd.DataFrame:
    """How far coders agree that a code applies to a unit, with document-cluster bootstrap intervals.

    Only sources that two or more coders coded count, each in its first round; a ``consensus`` coder is
    left out. Each code is one yes-or-no rating a unit; both-absent units count. A code that only holds
    others is no rating.

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
    for choice, allowed in ((unit, UNITS), (level, ("code", "theme")), (interval, ("percentile", "bca"))):
        if choice not in allowed:
            raise QualitativeError("Unknown choice for agreement.", got=choice, allowed=", ".join(allowed))
    spans = comparable(project).merge(project.codes[["code", "theme"]], on="code")
    names = sorted(set(project.codes[level]) - (headings(project) if level == "code" else set()))
    sources, coders = sorted(set(spans["source"])), sorted(set(spans["coder"]))
    sums = _sums(project, spans, unit, level, names, sources, coders)
    sums = np.concatenate([sums, sums.sum(1, keepdims=True)], axis=1)
    both_coded = spans.groupby([level, "source"])["coder"].nunique().ge(2)
    is_rated = np.full(len(names) + 1, bool(both_coded.any()))
    table = pd.DataFrame({level: [*names, "all"], "units": sums[:, :, 0].sum(0).astype(int)})
    table = table.assign(sources=len(sources), coders=len(coders))
    values = _values(sums.sum(0)) | {"kappa": _kappa_within(sums, spans, sources)}
    values = {name: np.where(is_rated | (name in COUNTS), v, np.nan) for name, v in values.items()}
    low, high, why = resampled(sums, lambda s: _values(s)["alpha"], replicates, seed, interval)
    low, high = np.where(is_rated, low, np.nan), np.where(is_rated, high, np.nan)
    none = "no_common_source" if independent(project).empty else ONLY_CODED
    undefined = UNDEFINED if len(sources) else none
    reason = np.where(
        np.isnan(values["alpha"]), np.where(is_rated | (not sources), undefined, NEVER_MET), why
    )
    columns = {**values, "ci_low": low, "ci_high": high}
    return table.assign(**{name: or_none(value) for name, value in columns.items()}, reason=reason)


def independent(project: Project) -> pd.DataFrame:
    """Text segments of sources that two or more coders coded, in the source's first round."""
    spans = project.segments[(project.segments["kind"] == "text") & (project.segments["coder"] != CONSENSUS)]
    first = spans.groupby("source")["round"].transform(lambda r: min(r.astype("str")))
    spans = spans[spans["round"].astype("str") == first]
    return spans[spans.groupby("source")["coder"].transform("nunique") >= 2]


def comparable(project: Project) -> pd.DataFrame:
    """Of `independent`, those of whole texts: a list of coded words lacks what both coders left alone."""
    whole = project.sources.loc[project.sources["kind"] != "excerpts", "source"]
    spans = independent(project)
    return spans[spans["source"].isin(set(whole))]


def or_none(value: np.ndarray) -> pd.Series:
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
    if not sources:
        return np.zeros((0, len(names), 6))
    spans, size = scaled(project, spans, unit)
    length = np.array([size[s] for s in sources], dtype=float)
    coders_of_source = spans.groupby("source")["coder"].unique()
    assigned = np.array(
        [[coder in coders_of_source[s] for coder in coders] for s in sources], dtype=float
    ).reshape(-1, len(coders))
    r = assigned.sum(1)
    keys = {"c": (level, names), "s": ("source", sources), "g": ("coder", coders)}
    at = {k: spans[column].map({v: i for i, v in enumerate(order)}) for k, (column, order) in keys.items()}
    merged = passages(spans.assign(**at), list(keys))
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
    edge, code, source, depth = edge[order], code[order], source[order], np.cumsum(step[order])
    same = (code[1:] == code[:-1]) & (source[1:] == source[:-1])
    width = np.where(same, np.diff(edge), 0)
    return [((code[:-1], source[:-1]), width, depth[:-1])]


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
        valid = ~np.isnan(p)
        q, m = np.where(valid, p, 0), valid.sum(-1)
        both = (q.sum(-1) ** 2 - (q**2).sum(-1)) / (m * (m - 1))
        pe = 1 - 2 * q.sum(-1) / m + 2 * both
        pi, po, no = share / n, agree / n, ratings - yes
        varied = (yes > 0) & (no > 0)
        chance = {"kappa": pe, "fleiss": pi**2 + (1 - pi) ** 2, "ac1": 2 * pi * (1 - pi)}
        by_name = {name: np.where(varied, (po - e) / (1 - e), np.nan) for name, e in chance.items()}
        alpha = np.where(varied, 1 - (ratings - 1) * split / (yes * no), np.nan)
        bias = (
            np.where(m > 0, 0, np.nan)
            + np.where(valid, p, -np.inf).max(-1, initial=-np.inf)
            - np.where(valid, p, np.inf).min(-1, initial=np.inf)
        )
        return {"prevalence": pi, "bias": bias, "percent": po, **by_name, "alpha": alpha}


def _kappa_within(sums: np.ndarray, spans: pd.DataFrame, sources: list[str]) -> np.ndarray:
    """Kappa with the chance of the coders of each source: those who never met say nothing of each other."""
    teams = spans.groupby("source")["coder"].agg(lambda who: tuple(sorted(set(who)))).reindex(sources)
    blocks = [np.flatnonzero((teams == team).to_numpy()) for team in teams.unique()]
    if len(blocks) < 2:
        return _values(sums.sum(0))["kappa"]
    above, room = np.zeros(sums.shape[1]), np.zeros(sums.shape[1])
    for block in blocks:
        part = sums[block].sum(0)
        values = _values(part)
        gap = 1 - values["percent"]
        kappa = values["kappa"]
        # 1 - chance = (1 - observed) / (1 - kappa); without variation a block adds nothing.
        with np.errstate(divide="ignore", invalid="ignore"):
            chance_left = np.where(kappa < 1, gap / (1 - kappa), np.nan)
            chance_left = np.where(np.isnan(chance_left) & (kappa == 1), _even_chance(part), chance_left)
        defined = ~np.isnan(chance_left)
        above += np.where(defined, part[:, 0] * np.nan_to_num(kappa * chance_left), 0)
        room += np.where(defined, part[:, 0] * np.nan_to_num(chance_left), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(room > 0, above / room, np.nan)


def _even_chance(part: np.ndarray) -> np.ndarray:
    """1 - chance where all agree: every coder has the same share."""
    share = part[:, 2] / part[:, 0]
    return np.asarray(2 * share * (1 - share))


def resampled(
    sums: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], replicates: int, seed: int, method: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """95 % interval over resampled sources (first axis of `sums`), and why there is none."""
    count, size = len(sums), statistic(sums.sum(0)).shape[0]
    none = np.full(size, np.nan)
    if count < 2 or not replicates:
        return none, none, np.full(size, FEW_SOURCES if count < 2 else "")
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
    return low, high, np.where(usable, "", "unstable_interval")


def _bca(draws: np.ndarray, value: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Efron's corrected percentiles; the acceleration comes from leaving out one source at a time."""
    below = np.clip((draws < value).mean(0) + (draws == value).mean(0) / 2, 1e-6, 1 - 1e-6)
    z0 = ndtri(below)[:, None]
    valid = ~np.isnan(left_out)
    mean = np.where(valid, left_out, 0).sum(0) / np.maximum(valid.sum(0), 1)
    gap = np.where(valid, mean - left_out, 0)
    spread = (gap**2).sum(0)
    a = ((gap**3).sum(0) / np.where(spread > 0, 6 * spread**1.5, 1))[:, None]
    z = z0 + ndtri([0.025, 0.975])
    return np.asarray(ndtr(z0 + z / (1 - a * z)))


def reading(low: float | None) -> str:
    """How Krippendorff reads alpha, by the lower end of its interval; "" where there is none.

    Examples
    --------
    >>> reading(0.7), reading(None)
    ('for tentative conclusions: the interval begins between 0.667 and 0.8', '')
    """
    if low is None or np.isnan(low):
        return ""
    if low >= RELIABLE:
        return N_("reliable: the interval begins at 0.8 or above")
    if low >= TENTATIVE:
        return N_("for tentative conclusions: the interval begins between 0.667 and 0.8")
    return N_("not shown to be reliable: the interval begins below 0.667")
