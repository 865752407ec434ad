"""How the shipped figures were made: restated from files of open licence, nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from digicit_lib.landscape.countries import un_members
from digicit_lib.landscape.series_files import series
from digicit_lib.safe import csv_frame

YEARS, POPULATION_YEARS, OLDEST = range(2000, 2025), range(2010, 2031), 25
GAPMINDER = "data as of commit c63631a (2025)"
_RATES = ("internet_users", "cell_phones_per_100_people", "broadband_subscribers_per_100_people")


def snapshot(data: Path | str) -> dict[str, str]:
    """Make the shipped snapshot again from its source files.

    Parameters
    ----------
    data : Path or str
        Folder with ``indicators_gapminder_sg/`` and ``population_wpp2019_ddf/`` (see docs/landscape.md).

    Returns
    -------
    dict of str to str
        ``snapshot.csv``: a row a UN member state and indicator, a column a year, two decimals;
        ``population.csv``: a row a country, sex and age, thousands to one decimal, ages of 25 and over
        together. Each row names its source, vintage and licence.

    Raises
    ------
    LandscapeError
        A source file is missing.
    """
    folder = Path(data)
    rates = pd.concat(series(folder / "indicators_gapminder_sg" / f"{name}.csv", "ddf") for name in _RATES)
    rates = rates[rates["country"].isin(un_members()) & rates["reference_year"].isin(YEARS)]
    names = [f"population_country-{m49}.csv" for m49 in (643, 792, 804)]
    people = pd.concat(series(folder / "population_wpp2019_ddf" / name, "wpp") for name in names)
    people = people[people["reference_year"].isin(POPULATION_YEARS)]
    gender, age = people["level"].str.split(",").str[0], people["level"].str.split(",").str[1].astype(int)
    # Single years of age below 25, the rest together, so that shares of the population can be told.
    order = people.assign(gender=gender, age=age.clip(upper=OLDEST), value=people["value"] / 1000)
    order["level"] = gender + "," + order["age"].astype(str).replace(str(OLDEST), f"{OLDEST}+")
    return {
        "snapshot.csv": csv_frame(_wide(rates.assign(vintage=GAPMINDER), [], 2)),
        "population.csv": csv_frame(_wide(order, ["gender", "age"], 1)),
    }


def _wide(rows: pd.DataFrame, order: list[str], decimals: int) -> pd.DataFrame:
    names = {
        "country_name": "Country Name",
        "country": "Country Code",
        "title": "Indicator Name",
        "indicator": "Indicator Code",
        "by": "By",
        "level": "Level",
        "source": "Source",
        "vintage": "Vintage",
        "licence": "Licence",
    }
    wide = rows.pivot_table(index=[*names, *order], columns="period", values="value", aggfunc="sum").round(
        decimals
    )
    wide = wide.reset_index().sort_values(["indicator", "country", *order]).drop(columns=order)
    return wide.drop(columns=[] if order else ["by", "level"]).rename(columns=names)


if __name__ == "__main__":
    for name, text in snapshot(sys.argv[1]).items():
        Path("digicit_lib/codebooks/landscape", name).write_text(text, encoding="utf-8")
