"""Ages from the dates of birth and interview."""

import re
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import DataError

YEAR = re.compile(r"(?:19|20)\d\d(?:\.0)?")
COUNTED = (  # numbers that stand for days of 1955 to 2065: Excel's days, SPSS's and Unix's seconds
    ((20_100, 60_300), "D", "1899-12-30"),
    ((1.17e10, 1.53e10), "s", "1582-10-14"),
    ((1e9, 3e9), "s", "1970-01-01"),
    ((1e12, 3e12), "ms", "1970-01-01"),
)
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}")


def days_of(values: pd.Series, name: str) -> pd.Series:
    """A column of dates: ISO, or day and month in the order that the column shows; of years, their middle.

    Raises
    ------
    DataError
        Texts that are no dates, or a column in which day and month cannot be told apart.

    Examples
    --------
    >>> days_of(pd.Series(["31.12.2010", "01.02.2011"]), "born").dt.month.tolist()
    [12, 2]
    >>> days_of(pd.Series([41000, 46296]), "born, as Excel counts").dt.strftime("%d.%m.%Y").tolist()
    ['01.04.2012', '01.10.2026']
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    texts = values.astype(object).map(str, na_action="ignore").str.strip()
    if years_alone(texts):
        return pd.to_datetime(texts.str[:4] + "-07-01", errors="coerce")
    numbers = pd.to_numeric(texts.str.replace(",", ".", regex=False), errors="coerce")
    for (low, high), unit, origin in COUNTED:
        if numbers.notna().any() and numbers.dropna().between(low, high).all() and _numbers_alone(texts):
            return (pd.Timestamp(origin) + pd.to_timedelta(numbers, unit=unit)).dt.floor("D")
    first = texts.str.extract(r"^(\d{1,2})[./-](\d{1,2})[./-]\d{4}").astype(float)
    if first[0].notna().any():
        day_first, month_first = (bool((first[i] > 12).any()) for i in (0, 1))
        unclear = not month_first and not day_first and not texts.str.contains(".", regex=False).any()
        if unclear or (month_first and day_first):
            what = "Day and month of these dates cannot be told apart."
            hint = "save the column as dates of the form 2012-03-31"
            raise DataError(what, where=f"column {name}", allowed="2012-03-31 or 31.03.2012", next=hint)
        days = pd.to_datetime(texts, dayfirst=not month_first, errors="coerce", format="mixed")
    else:
        days = pd.to_datetime(texts, errors="coerce", format="mixed")
    wrong = int((days.isna() & texts.notna() & (texts != "")).sum())
    if wrong:
        what = "Some dates cannot be read."
        raise DataError(what, where=f"column {name}", got=f"{wrong} rows", allowed="2012-03-31 or 31.03.2012")
    return days


def _numbers_alone(texts: pd.Series) -> bool:
    filled = texts.dropna()
    return bool(filled[filled != ""].str.fullmatch(r"\d+(?:[.,]\d+)?(?:[eE][+]?\d+)?").all())


def years_alone(values: pd.Series) -> bool:
    """Whether a column holds years and nothing more, as the year of birth in many questionnaires.

    Examples
    --------
    >>> years_alone(pd.Series([2012, 2013.0, None])), years_alone(pd.Series(["2012-05-01"]))
    (True, False)
    """
    texts = values.dropna().astype(object).map(str).str.strip()
    return bool(len(texts[texts != ""])) and bool(texts[texts != ""].str.fullmatch(YEAR).all())


def age_at(born: pd.Series, day: pd.Series) -> np.ndarray[Any, np.dtype[Any]]:
    """Age in completed years on a day (NaN: a date is missing), float32.

    Examples
    --------
    >>> born = pd.Series(pd.to_datetime(["2010-03-02", "2010-03-01"]))
    >>> age_at(born, pd.Series([pd.Timestamp("2020-03-01")] * 2))
    array([ 9., 10.], dtype=float32)
    """
    before = (day.dt.month < born.dt.month) | ((day.dt.month == born.dt.month) & (day.dt.day < born.dt.day))
    years = day.dt.year - born.dt.year - before.astype(float)
    return years.where(born.notna() & day.notna()).to_numpy(dtype=np.float32)
