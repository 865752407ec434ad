"""Weighted regression: statsmodels fits the coefficients, the sample design gives their covariance."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import linprog

from digicit_lib.errors import DataError
from digicit_lib.survey.columns import one_of
from digicit_lib.survey.design import Drawn, SurveyDesign, designed
from digicit_lib.survey.intervals import t_value
from digicit_lib.survey.table import Mask, mask
from digicit_lib.survey.tails import upper_tail
from digicit_lib.survey.variance import Floats, Ints, Replication, row_deviations

FAMILIES = ("gaussian", "binomial", "poisson")
EDGE = 1e-6  # a probability or a coefficient closer to its limit is at it


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted model.

    Attributes
    ----------
    coefficients : DataFrame
        One row a coefficient: `term`, `coef`, `se`, `t`, `df`, `p_value`, `ci_low`, `ci_high`; for the
        binomial and Poisson families also `ratio`, `ratio_low`, `ratio_high` (odds or rate ratios). A
        coefficient without a finite estimate (separation) is NaN, and `separated` says so.
    n, n_yes : int
        Rows with every variable; those with a yes (binomial).
    method : str
        How the covariance was estimated.
    covariance : ndarray
        Of the coefficients.
    columns : dict
        Coefficients of each term.
    naive : ndarray
        The covariance that the weights, scaled to a mean of one, would give without a sample design.
    deviance : callable
        Of the model with some of its coefficients, given by position, refitted with those weights.
    """

    coefficients: pd.DataFrame
    n: int
    n_yes: int
    method: str
    covariance: Floats
    columns: dict[str, slice]
    naive: Floats
    deviance: Callable[[Ints], float]

    def __repr__(self) -> str:
        first = self.coefficients.filter(["term", "coef", "ci_low", "ci_high", "ratio", "p_value"]).round(4)
        return f"{first!r}\n[{self.method}, n = {self.n:,}]"

    def wald(self, *terms: str) -> dict[str, Any]:
        """Test terms of the formula together.

        Parameters
        ----------
        *terms : str
            As in `terms`.

        Returns
        -------
        dict
            `term`, `statistic` (Wald F), `ndf`, `ddf`, `p_value`.

        Raises
        ------
        DataError
            A term that the model lacks.
        """
        at, ddf = self._places(terms), int(self.coefficients["df"].iloc[0])
        part = self.coefficients["coef"].to_numpy()[at]
        statistic = float(part @ np.linalg.solve(self.covariance[np.ix_(at, at)], part)) / len(at)
        p = float(special.fdtrc(len(at), ddf, statistic))
        return {"term": " + ".join(terms), "statistic": statistic, "ndf": len(at), "ddf": ddf, "p_value": p}

    def likelihood_ratio(self, *terms: str) -> dict[str, Any]:
        """Test terms of the formula together by the working likelihood ratio of Rao and Scott.

        Parameters
        ----------
        *terms : str
            As in `terms`.

        Returns
        -------
        dict
            `term`, `statistic` (fall of the deviance), `ndf`, `ddf`, `p_value` by `tail` with the terms'
            design effects (Lumley and Scott 2014), as R's ``regTermTest(method = "LRT")``.

        Raises
        ------
        DataError
            A term that the model lacks.
        """
        at, ddf = self._places(terms), int(self.coefficients["df"].iloc[0])
        every, block = np.arange(len(self.covariance)), np.ix_(at, at)
        statistic = self.deviance(np.setdiff1d(every, at)) - self.deviance(every)
        effects = np.linalg.eigvals(np.linalg.solve(self.naive[block], self.covariance[block])).real
        p = upper_tail(statistic, effects, ddf)
        return {"term": " + ".join(terms), "statistic": statistic, "ndf": len(at), "ddf": ddf, "p_value": p}

    def _places(self, terms: tuple[str, ...]) -> Ints:
        """Coefficients of terms."""
        for term in terms:
            one_of(term, self.columns, "The model has no such term.")
            if self.coefficients["separated"].to_numpy()[self.columns[term]].any():
                raise DataError(
                    "A term without a finite estimate cannot be tested.", where=term, next="merge its levels"
                )
        return np.concatenate([np.arange(len(self.covariance))[self.columns[term]] for term in terms])

    @property
    def terms(self) -> pd.DataFrame:
        """Wald F of each term but the intercept."""
        separated = self.coefficients["separated"].to_numpy()
        tested = [
            term for term, at in self.columns.items() if term != "Intercept" and not separated[at].any()
        ]
        return pd.DataFrame([self.wald(term) for term in tested])


def regression(
    design: SurveyDesign | pd.DataFrame,
    formula: str,
    family: str = "gaussian",
    *,
    where: Mask = None,
    offset: str | None = None,
    level: float = 0.95,
    **sampling: Unpack[Drawn],
) -> Regression:
    """Fit a linear, logistic or Poisson regression with design-based standard errors.

    Parameters
    ----------
    design : SurveyDesign or DataFrame
    formula : str
        As in statsmodels, ``"bullied ~ gender + age_group"``; an id with a hyphen as ``Q("RSK-01")``.
    family : {"gaussian", "binomial", "poisson"}
        With identity, logit and log link.
    where : mask or column name, optional
        A domain; rows that miss a variable leave it too.
    offset : str, optional
        Column to add to the linear predictor.
    level : float
        Confidence level (0.95 = 95 %).
    weights, strata, psu
        Of a plain frame, as for `table`.

    Returns
    -------
    Regression

    Raises
    ------
    DataError
        Unknown family, a formula that cannot be read, one that the data cannot identify, an outcome that does
        not vary, or a fit that does not converge.

    Notes
    -----
    Sandwich of the weighted score totals by PSU (Binder 1983), or refitted by replicate weight; df = PSUs
    less strata of the rows used, plus one, less the coefficients, as R's `svyglm` and `regTermTest`. Where a
    logistic model has no finite maximum (separation: a group without a yes, or without a no), the terms that
    run away are found by the linear programme of Konis (2007); they and the rows that they predict exactly
    leave the fit, whose other coefficients are the limit of the likelihood's.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": range(6), "y": [1.0, 2, 2, 3, 5, 4], "x": [0, 1, 2, 3, 4, 5]})
    >>> fit = regression(SurveyDesign(data, psu="psu", unweighted=True), "y ~ x")
    >>> fit.coefficients["coef"].round(3).tolist(), fit.n
    ([1.048, 0.714], 6)
    """
    one_of(family, FAMILIES, "Unknown family.")
    design = designed(design, sampling)
    inside = mask(design, where)
    rows = np.flatnonzero((design.weights > 0) & (True if inside is None else inside))
    names, rows, x, y, slices = _matrices(design, formula, rows)
    shift = np.zeros(len(rows)) if offset is None else design.frame[offset].to_numpy(float)[rows]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataError(
            "The data cannot tell the terms of the model apart.", where=formula, next="drop a term or a level"
        )
    if family == "binomial" and len(np.unique(y)) < 2:
        raise DataError("The outcome does not vary.", where=formula, got=f"{len(rows)} rows")
    finite, informative = _finite_part(family, x, y, design.weights[rows], shift)
    part = x[np.ix_(informative, finite)]
    estimates = _fit(design, family, rows[informative], part, y[informative], shift[informative])
    beta, covariance, bread = _spread_out(finite, *estimates, x.shape[1])
    scale = design.weights[slice(None) if inside is None else inside].mean()

    def deviance(columns: Ints) -> float:
        weight = design.weights[rows]
        return float(_glm(family, x[:, columns], y, weight, shift).deviance * weight.mean() / scale)

    df = _df(design, rows[informative]) + 1 - len(finite)
    return Regression(
        _coefficients(names, beta, np.sqrt(np.diag(covariance)), df, level, family),
        len(rows),
        int(y.sum()) if family == "binomial" else 0,
        f"{design.method}, {family}",
        covariance,
        slices,
        bread * scale,
        deviance,
    )


def _finite_part(family: str, x: Floats, y: Floats, weight: Floats, shift: Floats) -> tuple[Ints, Ints]:
    """Columns with a finite estimate and rows that inform them: all, unless a logistic fit runs away."""
    columns, rows = np.arange(x.shape[1]), np.arange(len(y))
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore")  # of separation, which is looked for below
        fit = _glm(family, x, y, weight, shift)
        sure = (np.minimum(fit.mu, 1 - fit.mu) < EDGE).any()
    if family == "binomial" and sure:
        away, undecided = _runaway(x, y)
        if len(undecided) < len(y):
            # What a runaway term predicts exactly says nothing of the others.
            rows = undecided
            if len(np.unique(y[rows])) < 2:
                raise DataError(
                    "The model predicts every answer exactly, so it has no finite estimate.",
                    next="leave out a term, or merge its levels",
                )
            return _independent(x[rows], [0, *sorted(columns[1:], key=lambda c: away[c] != 0)]), rows
    if not fit.converged:
        raise DataError("The model did not converge.", next="leave out a term, or merge its levels")
    return columns, rows


def _runaway(x: Floats, y: Floats) -> tuple[Floats, Ints]:
    """A direction in which a logistic likelihood rises for ever, and the rows that it leaves undecided.

    The linear programme puts as many rows as it can strictly on their own side and none on the other.
    """
    signed = (2 * y - 1)[:, None] * x
    directions, place = np.unique(signed / np.abs(x).max(axis=0), axis=0, return_inverse=True)
    rows, columns = directions.shape
    solution = linprog(
        np.r_[np.zeros(columns), -np.ones(rows)],
        A_ub=np.hstack([-directions, np.eye(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(None, None)] * columns + [(0, 1)] * rows,
    )
    side = solution.x[columns:][place.ravel()] if solution.success else np.zeros(len(y))
    return np.where(np.abs(solution.x[:columns]) > EDGE, solution.x[:columns], 0.0), np.flatnonzero(
        side < 0.5
    )


def _independent(x: Floats, candidates: list[int]) -> Ints:
    """The first of the candidate columns that are linearly independent on these rows."""
    columns: list[int] = []
    for column in candidates:
        if np.linalg.matrix_rank(x[:, [*columns, column]]) > len(columns):
            columns.append(column)
    return np.sort(columns)


def _spread_out(
    finite: Ints, beta: Floats, deviations: Floats, bread: Floats, size: int
) -> tuple[Floats, Floats, Floats]:
    """Estimate, covariance and inverse information at their places among all columns, NaN elsewhere."""
    every, square = np.full(size, np.nan), np.full((2, size, size), np.nan)
    every[finite] = beta
    square[0][np.ix_(finite, finite)], square[1][np.ix_(finite, finite)] = deviations.T @ deviations, bread
    return every, square[0], square[1]


def _matrices(
    design: SurveyDesign, formula: str, rows: Ints
) -> tuple[list[str], Ints, Floats, Floats, dict[str, slice]]:
    """Names, complete rows, design matrix, response and columns by term."""
    import patsy
    from statsmodels.regression.linear_model import OLS

    data = design.frame.reset_index(drop=True).iloc[rows]
    try:
        model = OLS.from_formula(formula, data)
    except (patsy.PatsyError, NameError, SyntaxError, TypeError, ValueError, KeyError) as error:
        raise DataError("The formula cannot be read.", where=formula, got=type(error).__name__) from None
    columns = model.data.model_spec.term_name_slices
    rows, y = np.asarray(model.data.row_labels), np.ravel(model.endog)
    return list(model.exog_names), rows, model.exog, y, dict(columns)


def _glm(family: str, x: Floats, y: Floats, weight: Floats, shift: Floats) -> Any:
    """The fit of statsmodels; the weights are scaled to a mean of one, for its own convergence."""
    from statsmodels.genmod.generalized_linear_model import GLM, families

    kind = getattr(families, family.capitalize())()
    return GLM(y, x, family=kind, var_weights=weight / weight.mean(), offset=shift).fit(
        maxiter=100, tol=1e-12, tol_criterion="params"
    )


def _fit(
    design: SurveyDesign, family: str, rows: Ints, x: Floats, y: Floats, shift: Floats
) -> tuple[Floats, Floats, Floats]:
    """Coefficients, their deviations and the inverse of their weighted information."""
    weight = design.weights[rows]
    fit = _glm(family, x, y, weight, shift)
    mean, beta = np.asarray(fit.mu), np.asarray(fit.params)
    bread = np.linalg.inv((x * (weight * fit.family.variance(mean))[:, None]).T @ x)
    if isinstance(design.variance, Replication):
        again = [_glm(family, x, y, w, shift).params for w in design.variance.weights[rows].T]
        return beta, design.variance.spread(np.array(again), beta), bread
    influence = np.zeros((len(design.frame), x.shape[1]))
    influence[rows] = (x * (weight * (y - mean))[:, None]) @ bread
    return beta, row_deviations(design, influence), bread


def _df(design: SurveyDesign, rows: Ints) -> int:
    """Degrees of freedom of the rows used."""
    if isinstance(design.variance, Replication):
        return design.variance.rank(rows) - 1
    psu = np.unique(design.taylor.unit_psu[design.taylor.unit[rows]])
    return len(psu) - len(np.unique(design.taylor.psu_stratum[psu]))


def _coefficients(
    names: list[str], beta: Floats, se: Floats, df: int, level: float, family: str
) -> pd.DataFrame:
    t = beta / se
    half = t_value(np.full(len(se), float(df)), level) * se
    out = {
        "term": names,
        "coef": beta,
        "se": se,
        "t": t,
        "df": df,
        "separated": np.isnan(beta),
        "p_value": 2 * special.stdtr(df, -np.abs(t)),
    }
    out |= {"ci_low": beta - half, "ci_high": beta + half}
    if family != "gaussian":
        out |= {"ratio": np.exp(beta), "ratio_low": np.exp(beta - half), "ratio_high": np.exp(beta + half)}
    return pd.DataFrame(out)
