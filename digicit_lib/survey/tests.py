"""Design-based tests: association, t, contrasts, trend, one declared family of p-values at a time."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Unpack

import numpy as np
import pandas as pd
from scipy import special

from digicit_lib.errors import DataError
from digicit_lib.language import N_, number, percent, translate
from digicit_lib.survey.cells import Cells, cells
from digicit_lib.survey.columns import ESTIMATES, Options, one_of
from digicit_lib.survey.design import Drawn, SurveyDesign, designed
from digicit_lib.survey.estimates import difference, tested
from digicit_lib.survey.multiple import adjust_p
from digicit_lib.survey.sums import DomainLayout, breakdowns, collapse, layout, levels
from digicit_lib.survey.table import Estimates, Mask, assembled, blocks, mask, rows, variables
from digicit_lib.survey.tails import upper_tail
from digicit_lib.survey.variance import Floats
from digicit_lib.survey.verdicts import LESS, MORE, verdicts

LETTERS = N_(
    "A letter: higher than the level of that letter, by {level} intervals that hold for {m} comparisons "
    "together (Bonferroni); other pairs than the first and last group are judged at least as strictly."
)


def association(
    design: SurveyDesign | pd.DataFrame,
    indicators: str | Sequence[str],
    by: str,
    *,
    where: Mask = None,
    df: str = "domain",
    adjust: str = "holm",
    **sampling: Unpack[Drawn],
) -> pd.DataFrame:
    """Test whether indicators and a breakdown are related, by Rao and Scott's corrections.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
    indicators : str or list of str
        1/0 variables or columns of labels.
    by : str
        The breakdown, or a cross of two.
    where : mask or column name, optional
        A domain.
    df : {"domain", "design"}
        Degrees of freedom of the PSUs with a valid answer (R: `svychisq` on a subset), or of the design.
    adjust : str
        How `p_adjusted` treats the rows of this call as one family; see `adjust_p`.
    weights, strata, psu
        Of a plain frame, as for `table`.

    Returns
    -------
    DataFrame
        One row an indicator: `statistic` (the second-order F), `ndf`, `ddf`, `p_value`, `p_adjusted`;
        Pearson's `chisq` on weighted shares times n, `chisq_df`, `chisq_p` (first-order),
        `saddlepoint_p` (its whole distribution, see `tail`); `wald`, `wald_p`, `wald_adjusted`,
        `wald_adjusted_p`, `wald_ddf`; `cramers_v`, `n`. NaN where a side has but one level.

    Notes
    -----
    F = X² / tr(D), with ndf = tr(D)² / tr(D²) and ddf = ndf x df, where D are the generalised design effects
    (Rao and Scott 1984; Thomas and Rao 1987). Equal to R's `svychisq`.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": range(8), "y": [1, 0, 1, 1, 0, 0, 0, 1], "sex": list("abababab")})
    >>> out = association(SurveyDesign(data, psu="psu", unweighted=True), "y", "sex")
    >>> out[["indicator", "n"]].values.tolist()
    [['y', 8]]
    """
    design, one = designed(design, sampling), breakdowns(by)[0]
    plan = layout(design, [one], mask(design, where))
    code, names = plan.place(one).code[plan.group], plan.place(one).labels
    columns = variables(design, indicators)
    results = []
    for name in dict.fromkeys(v.indicator for v in columns):
        y = np.stack([plan.values(v.values) for v in columns if v.indicator == name], axis=1)
        y = y if y.shape[1] > 1 else np.hstack([1 - y, y])
        tests = _rao_scott(design, plan, *_joint(plan, y, code, len(names)), df)
        results.append({"indicator": name, "by": ",".join(one), **tests})
    out = pd.DataFrame(results)
    out.insert(6, "p_adjusted", adjust_p(out["p_value"], adjust))
    return Estimates(out)


def _joint(plan: DomainLayout, y: Floats, code: np.ndarray, size: int) -> tuple[Floats, tuple[int, int]]:
    """One 0/1 variable a cell of a two-way table, rows within columns; empty ones are left out."""
    both = ~np.isnan(y).any(axis=1) & (code >= 0)
    columns = [level for level in range(size) if (both & (code == level)).any()]
    y = y[:, (y[both] > 0).any(axis=0)]
    joint = np.stack([np.where(code == level, one, 0.0) for level in columns for one in y.T] or [y[:, 0]])
    joint[:, ~both] = np.nan
    return joint, (y.shape[1], len(columns))


def _rao_scott(
    design: SurveyDesign, plan: DomainLayout, joint: Floats, shape: tuple[int, int], df: str
) -> dict[str, float]:
    """All statistics of one table; NaN where a side has but one level."""
    sums, everyone = collapse(design, plan, joint), plan.place(())
    got = cells(design, plan, sums, everyone)
    p, d, n = got.estimate[0], got.deviations[:, 0], float(got.n[0, 0])
    rows, cols = shape
    if min(shape) < 2:
        return {**dict.fromkeys(ESTIMATES["association"], np.nan), "n": int(n)}
    nu = float(design.df) if df == "design" else float(got.df[0, 0])
    table = p.reshape(cols, rows)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)).ravel()
    chisq = n * ((p - expected) ** 2 / expected).sum()
    contrasts = _interaction(rows, cols)
    inverse = np.where(p > 0, 1 / np.where(p > 0, p, 1), 0)
    simple = contrasts.T @ (contrasts * inverse[:, None]) / n
    effects = d @ (contrasts * inverse[:, None])
    delta = np.linalg.solve(simple, effects.T @ effects)
    trace, size = np.trace(delta), len(delta)
    ndf = trace**2 / np.trace(delta @ delta)
    totals = cells(design, plan, sums, everyone, total=True)
    wald, adjusted, ddf = _wald(totals.estimate[0].reshape(cols, rows), totals.deviations[:, 0], size, nu)
    return {
        "statistic": chisq / trace,
        "ndf": ndf,
        "ddf": ndf * nu,
        "p_value": special.fdtrc(ndf, ndf * nu, chisq / trace),
        "chisq": chisq,
        "chisq_df": size,
        "chisq_p": special.chdtrc(size, chisq * size / trace),
        "saddlepoint_p": upper_tail(chisq, np.linalg.eigvals(delta).real, ndf * nu),
        "wald": wald,
        "wald_p": special.fdtrc(size, nu, wald),
        "wald_adjusted": adjusted,
        "wald_adjusted_p": special.fdtrc(size, ddf, adjusted),
        "wald_ddf": ddf,
        "cramers_v": np.sqrt(chisq / n / (min(shape) - 1)),
        "n": int(n),
    }


def _interaction(rows: int, cols: int) -> Floats:
    """Contrasts that span what the margins do not."""
    between: Floats = np.eye(cols)[:, 1:] - 1 / cols
    return (between[:, None, :, None] * (np.eye(rows)[:, 1:] - 1 / rows)[None, :, None]).reshape(
        rows * cols, -1
    )


def _wald(table: Floats, d: Floats, size: int, nu: float) -> tuple[float, float, float]:
    """Wald's test of the departures from independence, on totals, and its adjustment for few PSUs."""
    change = d.reshape(-1, *table.shape)
    n, by_col, by_row = table.sum(), table.sum(axis=1)[:, None], table.sum(axis=0)
    moved = change - (by_col * change.sum(axis=1)[:, None, :] + change.sum(axis=2)[:, :, None] * by_row) / n
    moved += by_col * by_row / n**2 * change.sum(axis=(1, 2))[:, None, None]
    gap, moved = (table - by_col * by_row / n)[1:, 1:].ravel(), moved[:, 1:, 1:].reshape(len(d), -1)
    statistic = float(gap @ np.linalg.lstsq(moved.T @ moved, gap, rcond=None)[0])
    ddf = nu - size + 1
    return statistic / size, statistic * ddf / (size * nu), ddf


def contrast(
    design: SurveyDesign,
    indicators: str | Sequence[str],
    by: str,
    weights: Mapping[str, float],
    *,
    ratio: bool = False,
    where: Mask = None,
    df: str = "domain",
    level: float = 0.95,
    adjust: str = "holm",
) -> pd.DataFrame:
    """A weighted sum of the levels of a breakdown, or the ratio of two, with all covariances.

    Parameters
    ----------
    design, indicators, by, where, df, level
        As for `difference`.
    weights : mapping
        Level to coefficient, as ``{"girl": 1, "boy": -1}``.
    ratio : bool
        The level with the positive coefficient over the one with the negative (delta method).
    adjust : str
        See `adjust_p`; a ratio is tested against one.

    Returns
    -------
    DataFrame
        One row an indicator, with `t`, `p_value`, `p_adjusted`.

    Raises
    ------
    DataError
        A level that the breakdown lacks.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": range(4), "y": [1.0, 3, 2, 4], "sex": list("abab")})
    >>> design = SurveyDesign(data, psu="psu", unweighted=True)
    >>> contrast(design, "y", "sex", {"b": 1, "a": -1}, ratio=True)["estimate"].round(3).tolist()
    [2.333]
    """
    one_by = breakdowns(by)[0]
    plan = layout(design, [one_by], mask(design, where))
    place = plan.place(one_by)
    for name in weights:
        one_of(name, place.labels, "The breakdown has no such level.")
    c = np.array([float(weights.get(name, 0.0)) for name in place.labels])
    inside = (place.code >= 0) & (c[place.code] != 0)
    domain = place._replace(code=np.where(inside, 0, -1), labels=[_name(weights)])
    pieces = []
    columns = variables(design, indicators)
    for part, sums in blocks(design, plan, columns):
        got, pooled = cells(design, plan, sums, place), cells(design, plan, sums, domain, covariance=False)
        estimate, d = _combined(got, c, ratio)
        one = pooled.with_estimates(estimate[None], d[:, None])
        columns_of_part = rows(
            design,
            part,
            one,
            sums.binary,
            "ratio" if ratio else "contrast",
            Options("t", df, level).checked(),
        )
        pieces.append({**columns_of_part, "deff": np.nan, "n_yes": np.nan})
    return tested(assembled(pieces, columns, [one_by]), level, adjust, null=float(ratio))


def _name(weights: Mapping[str, float]) -> str:
    return " ".join(f"{value:+g} {name}" for name, value in weights.items())


def _combined(got: Cells, c: Floats, ratio: bool) -> tuple[Floats, Floats]:
    """Estimate and deviations of a contrast; levels without a coefficient may be empty."""
    keep = c != 0
    theta, d = got.estimate[keep], got.deviations[:, keep]
    if not ratio:
        return np.tensordot(c[keep], theta, axes=1), np.tensordot(d, c[keep], axes=(1, 0))
    top, bottom = np.argmax(c[keep]), np.argmin(c[keep])
    value = theta[top] / theta[bottom]
    return value, (d[:, top] - value * d[:, bottom]) / theta[bottom]


def trend(
    design: SurveyDesign | pd.DataFrame,
    indicators: str | Sequence[str],
    by: str,
    scores: Sequence[float] | None = None,
    *,
    where: Mask = None,
    df: str = "domain",
    level: float = 0.95,
    adjust: str = "holm",
    **sampling: Unpack[Drawn],
) -> pd.DataFrame:
    """Linear trend over the levels of a breakdown, such as waves stacked with strata of their own.

    Parameters
    ----------
    design, indicators, by, where, df, level, adjust
        As for `contrast`; `weights`, `strata` and `psu` of a plain frame, as for `table`.
    scores : list of float, optional
        One a level; else the levels themselves where they are numbers (years), else 0, 1, 2...

    Returns
    -------
    DataFrame
        Statistic ``trend``: the change for one unit of the score, least squares over the levels.

    Raises
    ------
    DataError
        Scores that do not fit the levels.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": range(4), "y": [1.0, 3, 2, 4], "year": [2019, 2021, 2019, 2021]})
    >>> trend(SurveyDesign(data, psu="psu", unweighted=True), "y", "year")["estimate"].tolist()
    [1.0]
    """
    design = designed(design, sampling)
    names = layout(design, breakdowns(by), None).place(breakdowns(by)[0]).labels
    if scores is None:
        numbers = pd.to_numeric(pd.Series(names), errors="coerce")
        scores = list(range(len(names)) if numbers.isna().any() else numbers)
    if len(scores) != len(names) or len(set(scores)) < 2:
        what = "A trend needs one score a level, not all equal."
        raise DataError(what, where=by, got=str(len(scores)), allowed=str(len(names)))
    centred = np.asarray(scores, dtype=float) - np.mean(scores)
    weights = dict(zip(names, centred / (centred**2).sum(), strict=True))
    out = contrast(design, indicators, by, weights, where=where, df=df, level=level, adjust=adjust)
    return Estimates(out.assign(statistic="trend", level=f"{names[0]} to {names[-1]}"))


def letters(
    design: SurveyDesign,
    indicators: str | Sequence[str],
    by: str,
    *,
    where: Mask = None,
    df: str = "domain",
    level: float = 0.95,
    m: int = 0,
    language: str = "en",
) -> tuple[pd.DataFrame, str]:
    """Mark each level with the letters of the levels that it is significantly higher than.

    Parameters
    ----------
    design, indicators, by, where, df
        As for `difference`, of which all pairs are tested.
    level : float
        Of all intervals together.
    m : int
        Size of the report's declared family. It judges the first level against the last, as everywhere in a
        report; the other pairs are judged at least as strictly, and never by fewer than there are of them.
    language : str
        Of the rule.

    Returns
    -------
    tuple of DataFrame and str
        Columns `indicator`, `category`, `level`, `letter` and `higher_than`; and the rule, to print under a
        table.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": range(60), "y": [0.0, 1, 9] * 20, "age": list("abc") * 20})
    >>> data["y"] += data["psu"] % 7
    >>> marks, rule = letters(SurveyDesign(data, psu="psu", unweighted=True), "y", "age")
    >>> marks["higher_than"].tolist()
    ['', '', 'AB']
    """
    names = levels(design.frame, by)[1]
    sign = {name: chr(ord("A") + i) for i, name in enumerate(names)}
    differences = difference(design, indicators, by, where=where, df=df, adjust="none")
    ends = differences["level"] == f"{names[0]}-{names[-1]}"
    judged = pd.concat(
        [
            verdicts(differences[ends], m or len(differences), "letters", level=level),
            verdicts(differences[~ends], max(m, len(differences)), "letters", level=level),
        ]
    ).sort_index()
    lettered = []
    for (indicator, category), tests in judged.groupby(["indicator", "category"], sort=False):
        won = dict.fromkeys(names, "")
        for (a, b), verdict in zip(combinations(names, 2), tests["verdict"], strict=True):
            if verdict in (MORE, LESS):
                won[a if verdict == MORE else b] += sign[b if verdict == MORE else a]
        lettered += [(indicator, category, name, sign[name], "".join(sorted(won[name]))) for name in names]
    rule = translate(
        LETTERS, language, level=percent(level, language), m=number(m or len(differences), language)
    )
    return pd.DataFrame(lettered, columns=["indicator", "category", "level", "letter", "higher_than"]), rule
