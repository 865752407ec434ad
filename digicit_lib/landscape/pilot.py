"""A pilot describes those who took part and nobody else."""

from collections.abc import Mapping, Sequence

import pandas as pd

from digicit_lib.errors import LandscapeError
from digicit_lib.landscape.review import EMPTY
from digicit_lib.language import N_

PILOT_METHOD = "unweighted, opt-in: not a population estimate"


def pilot(
    answers: pd.DataFrame,
    indicators: Mapping[str, str],
    *,
    by: Sequence[str] = ("",),
    data_kind: str = "observed",
) -> pd.DataFrame:
    """Describe a small opt-in survey: plain shares of those who answered, and no claim beyond them.

    Parameters
    ----------
    answers : DataFrame
        Respondents: a column an indicator (1.0, 0.0, NaN), a column a breakdown.
    indicators : mapping of str to str
        Column to title.
    by : sequence of str
        Breakdown columns; "" is everyone.
    data_kind : {"observed", "synthetic"}

    Returns
    -------
    DataFrame
        Estimates frame without standard error or interval; every row is `caution`, with the reason.

    Raises
    ------
    LandscapeError
        A column is not there.

    Examples
    --------
    >>> shown = pilot(pd.DataFrame({"ACC-03": [1.0, 0.0, None, 1.0]}), {"ACC-03": "Goes online daily"})
    >>> round(float(shown["estimate"].iloc[0]), 3), int(shown["n"].iloc[0]), shown["method"].iloc[0]
    (0.667, 3, 'unweighted, opt-in: not a population estimate')
    """
    lacking = [c for c in (*indicators, *filter(None, by)) if c not in answers]
    if lacking:
        raise LandscapeError("The pilot lacks a column.", got=", ".join(lacking))
    groups = [
        (b, str(level), part)
        for b in by
        for level, part in (answers.groupby(b, observed=True) if b else [("", answers)])
    ]
    rows = [
        {
            "indicator": name,
            "title": title,
            "by": b,
            "level": level,
            "n": int(part[name].notna().sum()),
            "n_yes": float(part[name].sum()),
            "estimate": float(part[name].mean()),
            "missing_share": float(part[name].isna().mean()),
        }
        for name, title in indicators.items()
        for b, level, part in groups
    ]
    fixed = {
        "statistic": "share",
        "category": "",
        "period": "",
        "unit": "share",
        "method": PILOT_METHOD,
        "base": N_("those who took part in the pilot"),
        "quality": "caution",
        "data_kind": data_kind,
        "reason": "opt_in_pilot",
    }
    rest = [column for column in EMPTY if column not in ("n", "n_yes", "missing_share")]
    return pd.DataFrame(rows).assign(**fixed, **dict.fromkeys(rest, float("nan")))
