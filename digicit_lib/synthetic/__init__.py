"""Demonstration data: a survey, a pilot and interviews, invented from a seed and labelled so everywhere.

One population model and one script serve every country, so that nothing invented can rank real ones.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from digicit_lib.synthetic.answers import Questionnaire
from digicit_lib.synthetic.population import draw_children, population_model
from digicit_lib.synthetic.script import Interviews, build

DATA_KIND = "synthetic"

_DESIGN = ["stratum", "psu", "weight"]


def survey(
    *, seed: int, n: int = 1200, clearance: bool = False, modules: Sequence[str] = (), legal_age: int = 0
) -> pd.DataFrame:
    """Draw a demonstration survey: the raw answers to the own questionnaire, `digicit`.

    Parameters
    ----------
    seed : int
        The only thing in which two studies differ.
    n : int
        Children, at least 240.
    clearance : bool
        Whether a recorded ethics clearance lets the questions of tier M exist.
    modules : sequence of str
        Modules that are asked beside the base.
    legal_age : int
        As in `codebook.questionnaire`.

    Returns
    -------
    pandas.DataFrame
        One row a child: id, age (years), gender, residence, ses, disability, in_school, minutes (of the
        interview), region, stratum, psu, weight (mean 1), then one categorical column a question
        (``acc_03``, ``skl_j_1``) with the scale's answer code, ``""`` for a question left out and ``"na"``
        for one not asked. ``attrs["data_kind"]`` is ``"synthetic"``.

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
    children = draw_children(seed, n)
    frame = pd.DataFrame(
        children.columns
        | Questionnaire(children, clearance=clearance, modules=modules, legal_age=legal_age).fill()
    )
    frame.attrs["data_kind"] = DATA_KIND
    return frame


def draw_pilot(seed: int, *, n: int = 60) -> pd.DataFrame:
    """Draw an opt-in pilot of the same questionnaire: those who answer polls, so no weights, no design.

    Parameters
    ----------
    seed : int
    n : int
        Answers, at least 24: the keenest internet users among ten times as many children.

    Returns
    -------
    pandas.DataFrame
        As `survey`, without stratum, psu and weight.

    Examples
    --------
    >>> len(draw_pilot(1)), "weight" in draw_pilot(1)
    (60, False)
    """
    keen = np.argsort(-draw_children(seed, 10 * n).score("opt in", {"use": 60}), kind="stable")[:n]
    return survey(seed=seed, n=10 * n).iloc[np.sort(keen)].drop(columns=_DESIGN).reset_index(drop=True)


def invented_theme_texts() -> list[dict[str, str]]:
    """What the invented team says of each theme: theme, finding, body.

    Examples
    --------
    >>> invented_theme_texts()[0]["theme"]
    'Everyday life online'
    """
    script = population_model("interviews")
    return [{"theme": script["themes"][key], **text} for key, text in script["texts"].items()]


def interviews(*, seed: int, languages: Sequence[str], country: str, raw: bool = False) -> Interviews:
    """Make demonstration interviews: eight sessions, two coders, reviewers' decisions; one script for all.

    Parameters
    ----------
    seed : int
        Moves only where the second coder differs.
    languages : sequence of str
        The study's languages; the first of ``tr``, ``uk``, ``ru`` among them is spoken, else English.
    country : str
        ISO 3166 code, a column of the sessions.
    raw : bool
        Whether the planted names, numbers and places are still there. No signature covers a raw text, so
        nothing of it can be quoted.

    Returns
    -------
    Interviews
        With ``tables`` (participants, sessions, transcripts, codebook, codings, reviews, quotations,
        routing), ``roster``, ``planted`` and ``data_kind``.

    Examples
    --------
    >>> made = interviews(seed=7, languages=["en", "tr"], country="TUR")
    >>> made.tables["transcripts"].loc[1, "text"][-31:], made.data_kind
    (" En çok <NAME1>'le yazışıyorum.", 'synthetic')
    """
    return build(seed=seed, languages=languages, country=country, raw=raw)
