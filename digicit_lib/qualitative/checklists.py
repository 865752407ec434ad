"""COREQ and SRQR as tables: what a study does not report says so."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.safe import load_yaml

NOT_REPORTED = "not reported"


def coreq(answers: Mapping[str, str]) -> pd.DataFrame:
    """The 32 items of COREQ; what the study does not report says so.

    Parameters
    ----------
    answers : mapping
        Item number to what the study reports.

    Returns
    -------
    DataFrame
        ``item domain topic question answer reported``.

    Raises
    ------
    QualitativeError
        An item that COREQ does not have.

    Examples
    --------
    >>> coreq({"24": "Two."})["answer"].value_counts().to_dict()
    {'not reported': 31, 'Two.': 1}
    """
    return _checklist("coreq", answers)


def srqr(answers: Mapping[str, str]) -> pd.DataFrame:
    """The 21 standards of SRQR; what the study does not report says so.

    Parameters
    ----------
    answers : mapping
        Item number to what the study reports.

    Returns
    -------
    DataFrame
        As of `coreq`.

    Raises
    ------
    QualitativeError
        An item that SRQR does not have.

    Examples
    --------
    >>> srqr({"21": "None."})["reported"].sum().item()
    1
    """
    return _checklist("srqr", answers)


def _checklist(name: str, answers: Mapping[str, str]) -> pd.DataFrame:
    items, _ = load_yaml(Path(__file__).with_name(f"{name}.yaml"))
    answer_texts = {str(key): str(value or "").strip() for key, value in answers.items()}
    stray = [key for key in answer_texts if key not in {str(i) for i in items}]
    if stray:
        raise QualitativeError(
            f"{name.upper()} has no such item.", got=stray[0], allowed=f"1 to {len(items)}"
        )
    rows = [
        (item, *texts, answer_texts.get(str(item)) or NOT_REPORTED, bool(answer_texts.get(str(item))))
        for item, texts in items.items()
    ]
    return pd.DataFrame(rows, columns=["item", "domain", "topic", "question", "answer", "reported"])
