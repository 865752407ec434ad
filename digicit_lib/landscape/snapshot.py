"""How the shipped figures were made: restated from files of open licence, nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from digicit_lib.landscape.countries import un_members
from digicit_lib.landscape.readers import series
from digicit_lib.safe import csv_frame

YEARS = range(2000, 2025)
POPULATION_YEARS = range(2010, 2031)
OLDEST = 25
GAPMINDER = "data as of commit c63631a (2025)"
_FILES = ("internet_users", "cell_phones_per_100_people", "broadband_subscribers_per_100_people")


def snapshot(data: Path | str) -> dict[str, str]:
    """Make the shipped snapshot again from its source files.

    Parameters
    ----------
    data : Path or str
        Folder with ``indicators_gapminder_sg/`` and ``population_wpp2019_ddf/``; docs/landscape.md says
        where each file comes from.

    Returns
    -------
    dict of str to str
        ``snapshot.csv``: a row a UN member state and indicator, a column a year (two decimals);
        ``population.csv``: a row a country, sex and age (thousands to one decimal, in persons; ages of 25
        and over together). Each row names its source and licence.

    Raises
    ------
    LandscapeError
        A source file is missing.

    Examples
    --------
    >>> snapshot("nowhere")
    Traceback (most recent call last):
    digicit_lib.errors.LandscapeError: An indicator file is not there.
      where:   internet_users.csv
      next:    put it under $DIGICIT_DATA
    """
    folder = Path(data)
    rates = [series(folder / "indicators_gapminder_sg" / f"{name}.csv", "ddf") for name in _FILES]
    counts = [
        series(folder / "population_wpp2019_ddf" / f"population_country-{m49}.csv", "wpp")
        for m49 in (643, 792, 804)
    ]
    return {
        "snapshot.csv": csv_frame(_rates(pd.concat(rates))),
        "population.csv": csv_frame(_ages(pd.concat(counts))),
    }


def _rates(rows: pd.DataFrame) -> pd.DataFrame:
    kept = rows[rows["country"].isin(un_members()) & rows["reference_year"].isin(YEARS)]
    return _wide(kept.assign(value=kept["value"].round(2), vintage=GAPMINDER), YEARS)


def _ages(rows: pd.DataFrame) -> pd.DataFrame:
    """Single years of age below 25, the rest together, so that shares of the population can be told."""
    kept = rows[rows["reference_year"].isin(POPULATION_YEARS)]
    parts = kept["level"].str.extract(r"(\w+),(\d+)")
    age = parts[1].astype(int).clip(upper=OLDEST)
    level = parts[0] + "," + age.map(lambda a: f"{OLDEST}+" if a == OLDEST else f"{a:02d}")
    keys = [
        "country",
        "country_name",
        "indicator",
        "title",
        "source",
        "vintage",
        "licence",
        "by",
        "level",
        "period",
    ]
    summed = kept.assign(level=level).groupby(keys, as_index=False)["value"].sum()
    # Hundreds of persons, as the source's thousands with one decimal.
    return _wide(summed.assign(value=(summed["value"] / 1000).round(1)), POPULATION_YEARS)


def _wide(rows: pd.DataFrame, years: range) -> pd.DataFrame:
    names = {"country": "Country Code", "country_name": "Country Name", "indicator": "Indicator Code",
             "title": "Indicator Name", "source": "Source", "vintage": "Vintage", "licence": "Licence",
             "by": "By", "level": "Level"}  # fmt: skip
    keys = ["country_name", "country", "title", "indicator", "by", "level", "source", "vintage", "licence"]
    wide = rows.pivot(index=keys, columns="period", values="value").reset_index().rename(columns=names)
    wide = wide.sort_values(["Indicator Code", "Country Code", "Level"], ignore_index=True)
    empty = [c for c in ("By", "Level") if (wide[c] == "").all()]
    wide["Level"] = wide["Level"].str.replace(",0", ",")
    return wide.drop(columns=empty)[
        [c for c in wide.columns if c not in empty and c not in map(str, years)] + [str(y) for y in years]
    ]
