"""Countries beside each other: what may be compared, differences with intervals, means over countries.

Samples of different countries are independent, so variances add. An interval of a difference is widened for
the number of comparisons that a page makes (Bonferroni), and nothing here ever sorts countries by value.
"""

from collections.abc import Hashable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from digicit_lib.language.codes import code, label_table
from digicit_lib.params import Params

PAIRS_UP_TO = 4  # countries; with more, each is set against the mean of the others
OTHERS = "others"

# Why a study is left out: the codes of `align` and their sentences.
WHY = label_table("left out")


def comparability_facts(params: Params) -> tuple[str, str, str, str]:
    """What decides comparability of a study: wave, ages, population, mode.

    Parameters
    ----------
    params : Params
    """
    low, high = params.population.ages
    mode = params.disclosure.method_and_mode or "not reported"
    return str(params.study.wave), f"{low}–{high}", params.population.base, mode


def align(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows of one indicator that may be compared: the largest group of one definition, base and unit.

    Parameters
    ----------
    rows : DataFrame
        One row a study: study, indicator, definition_sha, ages, base, period, unit, quality, reason.

    Returns
    -------
    DataFrame
    dict
        Study to the code of the reason why it is left out, a key of `WHY` with values.
    """
    printed = rows[rows["quality"].isin(["ok", "caution"])]
    withheld = rows[~rows["quality"].isin(["ok", "caution"])]
    out = {
        str(study): code("not_published", reason=reason or quality)
        for study, reason, quality in withheld[["study", "reason", "quality"]].values.tolist()
    }
    if printed.empty:
        return printed, out
    keys = ["definition_sha", "ages", "base", "period", "unit"]
    groups = [part for _, part in printed.groupby(keys, sort=True, dropna=False)]
    largest = max(groups, key=len)
    first, others = largest.to_dict("records")[0], printed.drop(largest.index).to_dict("records")
    return largest, out | {f"{row['study']}": _why(row, first) for row in others}


def _why(row: Mapping[Hashable, Any], first: Mapping[Hashable, Any]) -> str:
    """The reason why a row does not compare with the first of the largest group."""
    if row["definition_sha"] != first["definition_sha"]:
        ours, theirs = (f"{r['indicator']}, {r['definition_sha']}: {r['base']}" for r in (row, first))
        return code("other_definition", own=ours, theirs=theirs)
    for what in ("ages", "base", "period"):
        if row[what] != first[what]:
            return code(f"other_{what}", own=row[what], theirs=first[what])
    return code("other_unit")


def country_differences(rows: pd.DataFrame, *, level: float = 0.95, indicators: int = 1) -> pd.DataFrame:
    """Differences between countries with intervals that hold together.

    Parameters
    ----------
    rows : DataFrame
        What `align` kept: study, estimate, se, df.
    level : float
        Joint confidence of all intervals of the page.
    indicators : int
        How many indicators the page compares.

    Returns
    -------
    DataFrame
        by (``study``), level (``a-b``), estimate, se, df, ci_low, ci_high, confidence_level, method, in the
        order of the rows. Up to four studies every pair, beyond that each against the mean of the others.

    Notes
    -----
    With contrast weights c the variance is Σ c²·se², its degrees of freedom those of Welch and Satterthwaite,
    (Σ c²se²)² / Σ (c²se²)²/df; quantiles of t at 1 − (1 − level)/(2m) for m comparisons (Bonferroni).

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"study": ["a", "b"], "estimate": [0.5, 0.3], "se": [0.03, 0.04], "df": [40, 40]})
    >>> country_differences(two)[["level", "estimate", "se"]].round(3).values.tolist()
    [['a-b', 0.2, 0.05]]
    """
    names = list(rows["study"])
    contrasts = dict(_contrasts(names))
    weights = np.array(list(contrasts.values()))
    count = max(1, len(weights) * indicators)
    contrast_row = _contrast(rows, weights, 1 - (1 - level) / count)
    method = f"independent samples, Welch df, Bonferroni over {count} comparisons"
    return pd.DataFrame(contrast_row).assign(
        by="study", level=list(contrasts), confidence_level=level, method=method
    )


def _contrasts(names: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    count = len(names)
    unit = np.eye(count)
    if count <= PAIRS_UP_TO:
        for i, j in combinations(range(count), 2):
            yield f"{names[i]}-{names[j]}", unit[i] - unit[j]
    else:
        for i in range(count):
            yield f"{names[i]}-{OTHERS}", unit[i] - (1 - unit[i]) / (count - 1)


def _contrast(rows: pd.DataFrame, weights: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Estimates, standard errors and intervals of linear contrasts of independent estimates."""
    parts = weights**2 * rows["se"].to_numpy(float) ** 2
    variance = parts.sum(axis=1)
    estimate, se = weights @ rows["estimate"].to_numpy(float), np.sqrt(variance)
    df = variance**2 / (parts**2 / rows["df"].to_numpy(float)).sum(axis=1)
    half = stdtrit(df, 0.5 + level / 2) * se
    return {"estimate": estimate, "se": se, "df": df, "ci_low": estimate - half, "ci_high": estimate + half}


def mean_of_countries(rows: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """The mean over countries, each counting the same, for these countries and no others.

    Parameters
    ----------
    rows : DataFrame
        What `align` kept: study, estimate, se, df, n.
    level : float

    Returns
    -------
    DataFrame
        One row: estimate, se, df, ci_low, ci_high, n (all answers), confidence_level, method.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"estimate": [0.5, 0.3], "se": [0.03, 0.04], "df": [40, 40], "n": [900, 800]})
    >>> mean_of_countries(two)[["estimate", "se", "n"]].round(3).values.tolist()
    [[0.4, 0.025, 1700.0]]
    """
    count = len(rows)
    contrast_row = _contrast(rows, np.full((1, count), 1 / count), level)
    method = f"unweighted mean of {count} countries"
    return pd.DataFrame(contrast_row).assign(n=float(rows["n"].sum()), confidence_level=level, method=method)
