"""What is wrong or odd in a series is shown with the value, never averaged away."""

import re

import pandas as pd

from digicit_lib.landscape.countries import load_codebook
from digicit_lib.landscape.words import QUALITY
from digicit_lib.language.codes import code

STALE_YEARS = 10
# Two vintages agree when they differ by no more than rounding: half a unit of the second decimal, or 0.1 %.
ROUNDING, RELATIVE = 0.0051, 0.001
COLUMNS = ("flag", "country", "country_name", "indicator", "period", "detail", "file", "row")
_KEY = ["country", "country_name", "indicator", "by", "level"]
_MARKUP = re.compile(r"<[A-Za-z/!]|^\s*[=+@]|^\s*-[\w(]")


def is_plain(text: object) -> bool:
    """Whether a text holds no markup and starts no spreadsheet formula.

    Examples
    --------
    >>> is_plain("Smith (2020)"), is_plain("<b>Smith</b>"), is_plain("=cmd")
    (True, False, False)
    """
    return not _MARKUP.search(str(text))


def judge_values(rows: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge every value of a tidy frame against the study's year.

    Parameters
    ----------
    rows : DataFrame
        As `series` returns; several files together.
    year : int
        Year of the study: a series that ends ten years before it, or earlier, is stale.

    Returns
    -------
    rows : DataFrame
        Repeated rows once; with `quality` (ok, caution, suppressed), `reason`, and `superseded` for the older
        of two vintages.
    flags : DataFrame
        flag, country, country_name, indicator, period, detail (in codes), file, row.

    Examples
    --------
    >>> from digicit_lib.landscape.series_files import series
    >>> from digicit_lib.landscape.countries import CODEBOOK
    >>> rows, flags = judge_values(series(CODEBOOK / "snapshot.csv", "wdi").query("country == 'TUR'"), 2033)
    >>> sorted(set(flags["flag"]))
    ['definition_changed', 'ends_long_ago']
    """
    order = [*_KEY, "reference_year", "vintage", "file", "row"]
    out = rows.sort_values(order, kind="stable", ignore_index=True)
    again = out.duplicated([*_KEY, "period", "value", "vintage", "file"])
    flags = [_flag(out[again], "row_repeated")]
    out = out[~again].reset_index(drop=True).assign(quality="ok", reason="")
    for flag, flagged in _found(out, year).items():
        flags.append(_flag(out[flagged], flag))
        # A reason to withhold stands before a reason for caution; all reasons are told.
        if quality := QUALITY.get(flag):
            out["quality"] = out["quality"].mask(flagged & (out["quality"] != "suppressed"), quality)
            out["reason"] = out["reason"].mask(flagged, (out["reason"] + ";" + flag).str.lstrip(";"))
    out["superseded"] = out.duplicated([*_KEY, "period"], keep="last")
    flags += [_disagreements(out), _changed(out)]
    return out, pd.concat([f for f in flags if len(f)] or flags[:1], ignore_index=True)


def _found(out: pd.DataFrame, year: int) -> dict[str, pd.Series]:
    """Where each flag of the codebook applies."""
    codes, names = load_codebook("series")["series"], out["indicator"].unique()
    units = {name: codes.get(name, {}).get("unit") for name in names}
    usual = out["indicator"].map(units).fillna(out.groupby("indicator")["unit"].transform("first"))
    free = [name for name in names if codes.get(name, {}).get("may_pass_100")]
    capped = (out["unit"] == "percent") & ~out["indicator"].isin(free)
    years = out["reference_year"].where(~out["projection"], 0)
    last = years.groupby([out[key] for key in _KEY]).transform("max")
    terms = [out["citation"], out["source"], out["licence"]]
    return {
        "mixed_units": out["unit"] != usual,
        "impossible_percentage": capped & ~out["value"].between(0, 100),
        "year_after_study": (out["reference_year"] > year) & ~out["projection"],
        "two_values": out.duplicated([*_KEY, "period", "vintage", "file"], keep=False),
        "projection": out["projection"],
        "definition_break": out["definition_break"],
        "ends_long_ago": (years == last) & years.between(1, year - STALE_YEARS),
        "outside_parts": _outside_parts(out),
        **{mark: out["mark"] == mark for mark in ("urban_only", "percent_sign_twice")},
        "citation_without_year": ~out["citation"].str.contains(r"\b(?:19|20)\d\d\b"),
        "markup_in_citation": pd.concat([_with_markup(term) for term in terms], axis=1).any(axis=1),
    }


def _with_markup(column: pd.Series) -> pd.Series:
    return column.isin([text for text in column.unique() if not is_plain(text)])


def _outside_parts(out: pd.DataFrame) -> pd.Series:
    """Totals that no mixture of the urban and the rural share can give, beyond rounding to percent."""
    keys = ["country", "indicator", "period", "file"]
    parts = out[(out["by"] == "residence") & (out["unit"] == "percent")]
    ends = parts.groupby(keys)["value"].agg(["min", "max", "size"]).query("size > 1")
    both = out[keys].merge(ends, how="left", left_on=keys, right_index=True)
    return (out["by"] == "") & ((out["value"] < both["min"] - 1) | (out["value"] > both["max"] + 1))


def _disagreements(out: pd.DataFrame) -> pd.DataFrame:
    pairs = out[out["superseded"]].merge(
        out.loc[~out["superseded"], [*_KEY, "period", "value"]], on=[*_KEY, "period"], suffixes=("", "_new")
    )
    old, new = pairs["value"], pairs["value_new"]
    apart = (old - new).abs() > (old.abs() * RELATIVE).clip(lower=ROUNDING)
    words = [code("vintages", old=f"{a:g}", new=f"{b:g}") for a, b in zip(old, new, strict=True)]
    return _flag(pairs.assign(detail=words)[apart], "vintages_disagree")


def _changed(out: pd.DataFrame) -> pd.DataFrame:
    codes = load_codebook("series")["series"]
    words = {name: codes.get(name, {}).get("changed", "") for name in out["indicator"].unique()}
    return _of_indicator(out, {name: text for name, text in words.items() if text}, "definition_changed")


def mixed_years(latest: pd.DataFrame) -> pd.DataFrame:
    """Flag an indicator whose latest values, one a country, come from different years."""
    spans = latest.groupby("indicator")["reference_year"].agg(["min", "max"]).query("min != max")
    words = {name: code("years", low=low, high=high) for name, low, high in spans.itertuples()}
    return _of_indicator(latest, words, "mixed_years")


def _of_indicator(rows: pd.DataFrame, words: dict[str, str], flag: str) -> pd.DataFrame:
    first = rows[rows["indicator"].isin(words)].drop_duplicates("indicator")
    marks = first.assign(detail=first["indicator"].map(words), country="", country_name="", period="", row=0)
    return _flag(marks, flag)


def _flag(rows: pd.DataFrame, flag: str) -> pd.DataFrame:
    """The flagged rows; their detail is a code with values or a text of the codebook, else the flag."""
    detail = rows.get("detail", flag)
    return rows.assign(flag=flag, detail=detail).reindex(columns=list(COLUMNS))
