"""Demonstration data: a survey, a pilot and interviews, invented from a seed and labelled so everywhere.

One population model and one script serve every country, so that nothing invented can rank real ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicit_lib.synthetic.population import convenience, draw

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.synthetic.population import Children

DATA_KIND = "synthetic"
__all__ = ["DATA_KIND", "pilot", "survey"]

_PERSON = ("id", "age", "gender", "residence", "ses", "disability", "in_school")


def survey(*, seed: int, n: int = 1200, clearance: bool = False) -> pd.DataFrame:
    """Draw a demonstration survey: the raw answers to the own questionnaire, `digicit`.

    Parameters
    ----------
    seed : int
        The only thing in which two studies differ.
    n : int
        Children, at least 240.
    clearance : bool
        Whether a recorded ethics clearance lets the tier M questions (RSK-18 to RSK-22) exist.

    Returns
    -------
    pandas.DataFrame
        One row a child: id, age (years), gender, residence, ses, disability, in_school, region, stratum,
        psu, weight (mean 1), then one categorical column a question (``acc_03``, ``skl_j_1``) with the
        scale's answer code, ``""`` for a question left out and ``"na"`` for one not asked.
        ``attrs["data_kind"]`` is ``"synthetic"``.

    Raises
    ------
    DataError
        If `n` is too small for twelve strata of four clusters.

    Examples
    --------
    >>> frame = survey(seed=1, n=240)
    >>> frame.shape[0], frame["stratum"].nunique(), frame.attrs["data_kind"]
    (240, 12, 'synthetic')
    """
    return _frame(draw(seed, n), ("region", "stratum", "psu", "weight"), clearance)


def pilot(seed: int, *, n: int = 60) -> pd.DataFrame:
    """Draw an opt-in pilot of the same questionnaire: no design, no weights, no claim to represent.

    Parameters
    ----------
    seed : int
    n : int
        Answers.

    Returns
    -------
    pandas.DataFrame
        As `survey`, without stratum, psu and weight.

    Examples
    --------
    >>> len(pilot(1)), "weight" in pilot(1)
    (60, False)
    """
    return _frame(convenience(seed, n), ("region",), clearance=False)


def _frame(children: Children, design: tuple[str, ...], clearance: bool) -> pd.DataFrame:
    import pandas as pd

    from digicit_lib.synthetic.answers import Questionnaire

    person = {name: children.columns[name] for name in (*_PERSON, *design)}
    frame = pd.DataFrame(person | Questionnaire(children, clearance=clearance).fill())
    frame.attrs["data_kind"] = DATA_KIND
    return frame
