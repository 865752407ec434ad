"""Weighted regression: statsmodels fits the coefficients, the sample design gives their covariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from digicit_lib.errors import DataError
from digicit_lib.survey.columns import one_of
from digicit_lib.survey.design import SurveyDesign
from digicit_lib.survey.intervals import t_value
from digicit_lib.survey.table import Mask, mask
from digicit_lib.survey.tails import tail
from digicit_lib.survey.variance import Floats, Ints, Replication, row_deviations

FAMILIES = ("gaussian", "binomial", "poisson")
SEPARATED = 1e-8  # a fitted probability this near to 0 or 1 has no finite odds


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted model.

    Attributes
    ----------
    coefficients : DataFrame
        One row a coefficient: `term`, `coef`, `se`, `t`, `df`, `p_value`, `ci_low`, `ci_high`; for the
        binomial and Poisson families also `ratio`, `ratio_low`, `ratio_high` (odds or rate ratios).
    n : int
        Rows with every variable.
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
    method: str
    covariance: Floats
    columns: dict[str, slice]
    naive: Floats
    deviance: Callable[[Ints], float]

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
        p = tail(statistic, effects, ddf)
        return {"term": " + ".join(terms), "statistic": statistic, "ndf": len(at), "ddf": ddf, "p_value": p}

    def _places(self, terms: tuple[str, ...]) -> Ints:
        """Coefficients of terms."""
        for term in terms:
            one_of(term, self.columns, "The model has no such term.")
        return np.concatenate([np.arange(len(self.covariance))[self.columns[term]] for term in terms])

    @property
    def terms(self) -> pd.DataFrame:
        """Wald F of each term but the intercept."""
        return pd.DataFrame([self.wald(term) for term in self.columns if term != "Intercept"])


def regression(
    design: SurveyDesign, formula: str, family: str = "gaussian", *, where: Mask = None,
    offset: str | None = None, level: float = 0.95,
) -> Regression:  # fmt: skip
    """Fit a linear, logistic or Poisson regression with design-based standard errors.

    Parameters
    ----------
    design : SurveyDesign
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

    Returns
    -------
    Regression

    Raises
    ------
    DataError
        Unknown family, a formula that cannot be read, or one that the data cannot identify: terms that
        say the same, groups in which everybody answers alike (separation, Albert and Anderson 1984).

    Notes
    -----
    Sandwich of the weighted score totals by PSU (Binder 1983), or refitted by replicate weight; df = PSUs
    less strata of the rows used, plus one, less the coefficients, as R's `svyglm` and `regTermTest`.

    Examples
    --------
    >>> data = pd.DataFrame({"psu": range(6), "y": [1.0, 2, 2, 3, 5, 4], "x": [0, 1, 2, 3, 4, 5]})
    >>> fit = regression(SurveyDesign(data, psu="psu", unweighted=True), "y ~ x")
    >>> fit.coefficients["coef"].round(3).tolist(), fit.n
    ([1.048, 0.714], 6)
    """
    one_of(family, FAMILIES, "Unknown family.")
    inside = mask(design, where)
    rows = np.flatnonzero((design.weights > 0) & (True if inside is None else inside))
    names, rows, x, y, slices = _matrices(design, formula, rows)
    shift = np.zeros(len(rows)) if offset is None else design.frame[offset].to_numpy(float)[rows]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataError(
            "The data cannot tell the terms of the model apart.", where=formula, next="drop a term or a level"
        )
    beta, deviations, bread = _fit(design, family, rows, x, y, shift)
    covariance = deviations.T @ deviations
    scale = design.weights[slice(None) if inside is None else inside].mean()

    def deviance(kept: Ints) -> float:
        weight = design.weights[rows]
        return float(_glm(family, x[:, kept], y, weight, shift).deviance * weight.mean() / scale)

    df = _df(design, rows) + 1 - x.shape[1]
    return Regression(
        _coefficients(names, beta, np.sqrt(np.diag(covariance)), df, level, family),
        len(rows),
        f"{design.method}, {family}",
        covariance,
        slices,
        bread * scale,
        deviance,
    )


def _matrices(
    design: SurveyDesign, formula: str, rows: Ints
) -> tuple[list[str], Ints, Floats, Floats, dict[str, slice]]:
    """Names, complete rows, design matrix, response and columns by term."""
    import patsy
    import statsmodels.formula.api as smf

    data = design.frame.reset_index(drop=True).iloc[rows]
    try:
        model = smf.ols(formula, data)
    except (patsy.PatsyError, NameError, SyntaxError, TypeError, ValueError, KeyError) as error:
        raise DataError("The formula cannot be read.", where=formula, got=type(error).__name__) from None
    columns = model.data.model_spec.term_name_slices
    return (
        list(model.exog_names),
        np.asarray(model.data.row_labels),
        model.exog,
        np.ravel(model.endog),
        dict(columns),
    )


def _glm(family: str, x: Floats, y: Floats, weight: Floats, shift: Floats) -> Any:
    """The fit of statsmodels; the weights are scaled to a mean of one, for its own convergence."""
    import statsmodels.api as sm

    kind = {
        "gaussian": sm.families.Gaussian,
        "binomial": sm.families.Binomial,
        "poisson": sm.families.Poisson,
    }[family]()
    return sm.GLM(y, x, family=kind, var_weights=weight / weight.mean(), offset=shift).fit(
        maxiter=100, tol=1e-12, tol_criterion="params"
    )


def _fit(
    design: SurveyDesign, family: str, rows: Ints, x: Floats, y: Floats, shift: Floats
) -> tuple[Floats, Floats, Floats]:
    """Coefficients, their deviations and the inverse of their weighted information."""
    weight = design.weights[rows]
    fit = _glm(family, x, y, weight, shift)
    mean, beta = np.asarray(fit.mu), np.asarray(fit.params)
    if family == "binomial" and (np.minimum(mean, 1 - mean) < SEPARATED).any():
        raise DataError(
            "The model cannot be estimated: a group or a combination of groups all say the same.",
            next="drop a term or a level",
        )
    try:
        bread = np.linalg.inv((x * (weight * fit.family.variance(mean))[:, None]).T @ x)
    except np.linalg.LinAlgError:
        raise DataError("The model cannot be estimated.", next="drop a term or a level") from None
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
        "p_value": 2 * special.stdtr(df, -np.abs(t)),
    }
    out |= {"ci_low": beta - half, "ci_high": beta + half}
    if family != "gaussian":
        out |= {"ratio": np.exp(beta), "ratio_low": np.exp(beta - half), "ratio_high": np.exp(beta + half)}
    return pd.DataFrame(out)
