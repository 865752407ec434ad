"""The table engine: all indicators by all breakdowns in one pass, as one tidy frame of estimates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from digicit_lib.errors import DataError
from digicit_lib.survey.cells import Cells, cells
from digicit_lib.survey.columns import ESTIMATES, INTERVALS, Options, aligned, column
from digicit_lib.survey.design import Column, Drawn, SurveyDesign, designed
from digicit_lib.survey.intervals import interval, t_interval
from digicit_lib.survey.sums import By, DomainLayout, Sums, breakdowns, collapse, layout
from digicit_lib.survey.variance import Floats

Mask: TypeAlias = "np.ndarray | pd.Series | str | None"
Statistic = Literal["auto", "share", "mean", "total", "ratio"]
COLUMNS, FIRST = (tuple(ESTIMATES[name]) for name in ("made", "first"))  # of all; of what a frame prints
Piece = dict[str, Any]
ROUNDING = 1e-12  # a share of nobody is nought, whatever sums of weights make of it
BUDGET = 4_000_000  # floats in the largest array of a block


class Estimates(pd.DataFrame):
    """All that is known of each estimate, printed by the columns that are read first.

    Whatever pandas makes of it is a plain frame, so `.to_string()` or a choice of columns shows the rest.
    """

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def short(self) -> pd.DataFrame:
        """Its first columns, those without a word left out; numbers to four decimals."""
        frame = self[[name for name in FIRST if name in self]]
        return frame.loc[:, (frame != "").any()].round(4)

    def __repr__(self) -> str:
        return f"{self.short()!r}\n[{len(self)} estimates, {self.shape[1]} columns]"

    def _repr_html_(self) -> str | None:
        return str(self.short()._repr_html_())  # type: ignore[operator]


class TableOptions(TypedDict, total=False):
    """Keyword arguments that every estimator shares; `table` says what each means."""

    where: Mask
    in_base: Any
    ci: str
    df: str
    level: float
    deff: str
    weights: Column
    strata: Column
    psu: Column


class Variable(NamedTuple):
    """A column to estimate, or one category of it."""

    indicator: str
    category: str
    values: pd.Series


def variables(design: SurveyDesign, indicators: str | Sequence[str]) -> list[Variable]:
    """Columns by name; a column of labels becomes one 0/1 variable a category."""
    names = [indicators] if isinstance(indicators, str) else list(indicators)
    columns = [column(design.frame, name, "The data have no such indicator.") for name in names]
    return [one for name, values in zip(names, columns, strict=True) for one in _split(name, values)]


def _split(name: str, values: pd.Series) -> Iterator[Variable]:
    if pd.api.types.is_numeric_dtype(values.dtype):
        yield Variable(name, "", values)
        return
    coded = values.astype("category")
    for category in coded.cat.categories:
        yield Variable(name, str(category), (coded == category).astype(float).where(coded.notna()))


def mask(design: SurveyDesign, where: Mask) -> NDArray[np.bool_] | None:
    """A domain as a boolean array; missing is outside."""
    if where is None:
        return None
    if isinstance(where, str):
        values = column(design.frame, where, "The data have no such domain.")
    else:
        values = pd.Series(aligned(where, design.frame, "where"))
    return values.fillna(False).to_numpy(dtype=bool)


def table(
    design: SurveyDesign | pd.DataFrame,
    indicators: str | Sequence[str],
    by: By = None,
    *,
    statistic: Statistic = "auto",
    where: Mask = None,
    in_base: Any = None,
    ci: str = "korn-graubard",
    df: str = "domain",
    level: float = 0.95,
    deff: str = "replace",
    **sampling: Unpack[Drawn],
) -> pd.DataFrame:
    """Estimate indicators for everyone and by breakdowns in one pass over the data.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
        Of a plain frame say `weights`, and `strata` and `psu` where there are any.
    indicators : str or list of str
        Columns: 1/0 for a share, numbers for a mean, NaN without a valid answer or outside the base. A
        column of labels gives its distribution, one row a category.
    by : None, str, tuple or list, optional
        ``"gender"``, a cross as ``("gender", "age_group")`` or ``"gender,age_group"``, a list of those;
        ``()`` is everyone.
    statistic : {"auto", "share", "mean", "total"}
        "auto": a share where all answers are 0 or 1, else a mean.
    where : mask or column name, optional
        A domain over the full design.
    in_base : mapping, DataFrame or mask, optional
        Who was asked, by indicator or for all; `missing_share` is then among them.
    ci : {"korn-graubard", "beta", "logit", "wilson", "asin", "t"}
        For shares; means and totals always have t intervals.
    df : {"domain", "design"}
        PSUs less strata of the rows used (NCHS, Stata), or of the design (R's default).
    level : float
        Confidence level (0.95 = 95 %).
    deff : {"replace", "no replace"}
        Design effect against simple random sampling with or without replacement (population Σw).
    weights, strata, psu
        Of a plain frame, for one-off use: as `weight`, `strata` and `psu` of `SurveyDesign`.

    Returns
    -------
    DataFrame
        One row an estimate, printed by its first columns (`Estimates`); a level without respondents keeps its
        row, with n = 0.

    Raises
    ------
    DataError
        A column that is absent; a share of a variable that is not 0/1.

    Notes
    -----
    A mean is Σwy/Σw over rows of the domain with a valid answer; its variance that of the PSU totals of
    w(y - mean)/Σw within strata, n/(n-1)(1-f), over all PSUs of the design (Woodruff 1971); with replicate
    weights Σ c (replicate - estimate)². Equal to R's survey 4.5 with `df="design"`.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": [1, 1, 2, 2, 3, 3], "y": [1, 0, 1, 1, 0, 0], "sex": list("ababab")})
    >>> out = table(SurveyDesign(data, psu="psu", unweighted=True), "y", by=[(), "sex"], df="design")
    >>> out[["level", "estimate", "n", "df"]].round(3).values.tolist()
    [['', 0.5, 6, 2.0], ['a', 0.667, 3, 2.0], ['b', 0.333, 3, 2.0]]
    """
    options = Options(ci, df, level, deff).checked()
    design = designed(design, sampling)
    columns = variables(design, indicators)
    return estimated(design, columns, by, statistic, options, where=where, in_base=in_base)


def estimated(
    design: SurveyDesign,
    columns: list[Variable],
    by: By,
    statistic: str,
    options: Options,
    where: Mask = None,
    in_base: Any = None,
    over: list[Variable] | None = None,
) -> pd.DataFrame:
    """The engine behind every estimator of means, shares, totals and ratios."""
    groups = breakdowns(by)
    plan = layout(design, groups, mask(design, where))
    places = [plan.place(one) for one in groups]
    pieces = []
    for part, sums in blocks(design, plan, columns, statistic, in_base, over):
        for place in places:
            got = cells(design, plan, sums, place, statistic == "total", covariance=False)
            pieces.append(rows(design, part, got, sums.binary, statistic, options))
    return assembled(pieces, columns, groups)


def blocks(
    design: SurveyDesign,
    plan: DomainLayout,
    listed: list[Variable],
    statistic: str = "auto",
    in_base: Any = None,
    over: list[Variable] | None = None,
) -> Iterator[tuple[list[Variable], Sums]]:
    """Sums for one block of indicators after the other, so that memory stays flat."""
    widest = max([len(names) for names in plan.labels], default=1) ** min(2, max(len(plan.labels), 1))
    units = len(design.taylor.unit_psu) if design.counted else 1
    block = max(1, min(BUDGET // max(units * widest, len(plan.unit)), len(listed)))
    for start in range(0, len(listed), block):
        part = listed[start : start + block]
        columns = [plan.values(v.values) for v in part]
        x = None if over is None else [plan.values(v.values) for v in over[start : start + block]]
        sums = collapse(design, plan, columns, x, _asked(in_base, part, plan, design))
        _finite(sums, part)
        if statistic == "share" and not sums.binary.all():
            bad = part[int(np.flatnonzero(~sums.binary)[0])].indicator
            raise DataError("A share needs a variable of 0 and 1.", got=bad, next="use mean()")
        yield part, sums


def _finite(sums: Sums, part: list[Variable]) -> None:
    """An infinite answer makes its sums infinite, and every estimate of them meaningless."""
    infinite = ~np.isfinite(sums.wy).all(axis=0)
    if infinite.any():
        where = part[int(np.flatnonzero(infinite)[0])].indicator
        allowed = "finite numbers, and empty where there is no answer"
        raise DataError("Values are infinite.", where=where, allowed=allowed, next="correct the column")


def _asked(
    in_base: Any, part: list[Variable], plan: DomainLayout, design: SurveyDesign
) -> list[np.ndarray | None] | None:
    """Who was asked, by variable; None where everyone was."""
    if in_base is None:
        return None
    if isinstance(in_base, (Mapping, pd.DataFrame)):
        answers = [in_base.get(v.indicator) for v in part]
    else:
        answers = [in_base] * len(part)
    masks = [None if who is None else aligned(who, design.frame, "in_base") for who in answers]
    return [None if who is None else np.asarray(who, dtype=bool)[plan.rows] for who in masks]


def rows(
    design: SurveyDesign,
    part: list[Variable],
    got: Cells,
    binary: NDArray[np.bool_],
    statistic: str,
    options: Options,
) -> Piece:
    """One breakdown of one block: columns that broadcast to levels by variables."""
    shares = binary if statistic in ("auto", "share") else np.zeros(len(part), dtype=bool)
    df = got.df if options.df == "domain" else np.full(got.n.shape, float(design.df))
    se = got.se
    low, high = t_interval(got.estimate, se, got.n, df, options.level)
    if shares.any():
        limits = interval(options.ci, got.estimate, se, got.n, df, options.level)
        low, high = np.where(shares, limits[0], low), np.where(shares, limits[1], high)
    missing = 1 - got.sum_w / np.where(got.base == 0, np.nan, got.base)
    plain = "mean" if statistic == "auto" else statistic
    statistics = [
        "category" if v.category and s else "share" if s else plain for v, s in zip(part, shares, strict=True)
    ]
    return {
        "indicator": np.array([v.indicator for v in part], dtype=object),
        "by": got.place.by,
        "level": np.array(got.place.labels, dtype=object)[:, None],
        "statistic": np.array(statistics, dtype=object),
        "category": np.array([v.category for v in part], dtype=object),
        "period": "",
        "estimate": got.estimate,
        "se": se,
        "ci_low": low,
        "ci_high": high,
        "confidence_level": options.level,
        "n": got.n.astype(np.int64),
        "n_yes": np.where(binary, got.yes, np.nan),
        "n_psu": got.psus if np.isnan(got.psus).any() else got.psus.astype(np.int64),
        "df": df,
        "deff": design_effect(got, se, options.deff, statistic == "total"),
        "sum_w": got.sum_w,
        "missing_share": np.where(missing < ROUNDING, 0.0, missing),
        "unit": np.where(shares, "share", ""),
        "method": np.where(shares, f"{design.method}, {INTERVALS[options.ci]}", f"{design.method}, t"),
    }


def design_effect(got: Cells, se: Floats, kind: str, total: bool) -> Floats:
    """Variance against that of a simple random sample of the same n."""
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = np.where(got.spread > 0, got.spread, np.nan) / (got.n - 1)
        if kind == "no replace":
            simple = simple * np.where(got.sum_w > got.n, 1 - got.n / got.sum_w, np.nan)
        return se**2 / (simple * (got.sum_w**2 if total else 1.0))


def assembled(pieces: list[Piece], listed: list[Variable], groups: list[tuple[str, ...]]) -> pd.DataFrame:
    """One frame, rows by indicator, then breakdown, then level."""
    if not pieces:
        return pd.DataFrame({name: [] for name in COLUMNS})
    columns = {
        name: np.concatenate(
            [np.broadcast_to(np.asarray(p[name]), p["estimate"].shape).ravel() for p in pieces]
        )
        for name in COLUMNS
    }
    place = {key: i for i, key in enumerate(dict.fromkeys(v.indicator for v in listed))}
    order = {",".join(by): i for i, by in enumerate(groups)}
    keys = [order[by] for by in columns["by"]], [place[name] for name in columns["indicator"]]
    at = np.lexsort(keys)
    return Estimates({name: values[at] for name, values in columns.items()})
