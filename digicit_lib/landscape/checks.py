"""What is wrong or odd in a series is shown with the value, never averaged away."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from digicit_lib.landscape.readers import MARKUP, register

STALE_YEARS = 10
# Two vintages agree when they differ by no more than rounding: half a unit of the second decimal, or 0.1 %.
ROUNDING, RELATIVE = 0.0051, 0.001
FLAG_COLUMNS = ("flag", "country", "country_name", "indicator", "period", "detail", "file", "row")
_KEY = ["country", "country_name", "indicator", "by", "level"]
_WITHHELD, _CAUTION = "suppressed", "caution"


def check(rows: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge every value of a tidy frame.

    Parameters
    ----------
    rows : DataFrame
        As `series` returns; several files together.
    year : int
        Year of the study: a series that ends ten years before it, or earlier, is stale.

    Returns
    -------
    rows : DataFrame
        Repeated rows once, each with `quality` (ok, caution, suppressed) and `reason`; where vintages give
        one year twice, the newest stands and the others are marked `superseded`.
    flags : DataFrame
        flag, country, country_name, indicator, period, detail, file, row.

    Examples
    --------
    >>> from digicit_lib.landscape.readers import CODEBOOK, series
    >>> rows, flags = check(series(CODEBOOK / "snapshot.csv", "wdi").query("country == 'TUR'"), 2040)
    >>> sorted(set(flags["flag"]))
    ['definition changed', 'series ends long ago']
    """
    out = rows.sort_values(
        [*_KEY, "reference_year", "vintage", "file", "row"], kind="stable", ignore_index=True
    )
    same = out.duplicated([*_KEY, "period", "value", "vintage", "file"])
    flags = [_flags(out[same], "row repeated", "the same row again; counted once")]
    out = out[~same].reset_index(drop=True).assign(quality="ok", reason="", superseded=False)
    for found, flag, quality, detail in _rules(out, year):
        flags.append(_flags(out[found], flag, detail))
        if quality:  # a reason to withhold stands before a reason for caution; all reasons are told
            out.loc[found & (out["quality"] != _WITHHELD), "quality"] = quality
            told = out["reason"].where(out["reason"] == "", out["reason"] + "; ") + detail
            out["reason"] = out["reason"].mask(found, told)
    out["superseded"] = out.duplicated([*_KEY, "period"], keep="last")
    flags += [_disagreements(out), _changed(out)]
    return out, pd.concat([f for f in flags if len(f)] or flags[:1], ignore_index=True)


def _rules(out: pd.DataFrame, year: int) -> Iterator[tuple[pd.Series, str, str, str]]:
    """Mask, name of the flag, quality it sets, words."""
    units = out.groupby("indicator")["unit"].transform("first")
    expected = out["indicator"].map(lambda code: register().get(code, {}).get("unit")).fillna(units)
    yield out["unit"] != expected, "mixed units", _WITHHELD, "another unit than the rest of the series"
    free = out["indicator"].map(lambda code: bool(register().get(code, {}).get("may_pass_100")))
    impossible = (out["unit"] == "percent") & ~free & ~out["value"].between(0, 100)
    yield (
        impossible,
        "impossible percentage",
        _WITHHELD,
        "a share of people cannot lie outside 0 to 100 percent",
    )
    late = (out["reference_year"] > year) & ~out["projection"]
    yield (
        late,
        "year after the study",
        _WITHHELD,
        "later than the study: another calendar, or a projection not marked",
    )
    twice = out.duplicated([*_KEY, "period", "vintage", "file"], keep=False)
    yield twice, "two values for a year", _WITHHELD, "one file gives two values for this year"
    yield out["projection"], "projection", _CAUTION, "a projection, not an observation"
    yield (
        out["definition_break"],
        "definition break",
        _CAUTION,
        "definition break: not comparable with earlier years",
    )
    seen = out["reference_year"].where(~out["projection"], 0)
    last = seen.groupby([out[key] for key in _KEY]).transform("max")
    stale = (last > 0) & (last <= year - STALE_YEARS) & (seen == last)
    yield (
        stale,
        "series ends long ago",
        _CAUTION,
        f"the series ends {STALE_YEARS} years before the study or earlier",
    )
    yield (
        _outside_parts(out),
        "total outside its parts",
        _CAUTION,
        "the total lies outside the range of its parts",
    )
    for mark in sorted(set(out["mark"]) - {""}):
        yield out["mark"] == mark, "read with a remark", _CAUTION, mark
    yield (
        ~out["citation"].str.contains(r"\b(?:19|20)\d\d\b"),
        "citation without year",
        "",
        "the citation names no year",
    )
    marked = out[["citation", "source", "licence"]].map(lambda text: bool(MARKUP.search(text))).any(axis=1)
    yield marked, "markup in a citation", "", "the citation holds markup or a formula, shown as plain text"


def _outside_parts(out: pd.DataFrame) -> pd.Series:
    """Totals of shares that no mixture of their two parts can give (more than one unit outside)."""
    keys = ["country", "indicator", "period", "file"]
    parts = (
        out[(out["by"] != "") & (out["unit"] == "percent")]
        .groupby([*keys, "by"])["value"]
        .agg(["min", "max", "size"])
    )
    parts = parts[(parts["size"] > 1) & (parts.index.get_level_values("by") == "residence")].droplevel("by")
    ranges = (
        out[keys].join(parts, on=keys) if len(parts) else out[keys].assign(min=float("nan"), max=float("nan"))
    )
    return (out["by"] == "") & ((out["value"] < ranges["min"] - 1) | (out["value"] > ranges["max"] + 1))


def _disagreements(out: pd.DataFrame) -> pd.DataFrame:
    newest = out[~out["superseded"]].set_index([*_KEY, "period"])["value"]
    older = out[out["superseded"]]
    if older.empty:
        return _flags(older, "vintages disagree", "")
    other = newest.reindex(pd.MultiIndex.from_frame(older[[*_KEY, "period"]])).to_numpy()
    gap = (older["value"] - other).abs()
    apart = gap > (older["value"].abs() * RELATIVE).clip(lower=ROUNDING)
    words = [
        f"{old:g} in this vintage, {new:g} in the newest"
        for old, new in zip(older["value"], other, strict=True)
    ]
    return _flags(older.assign(detail=words)[apart], "vintages disagree", "")


def _changed(out: pd.DataFrame) -> pd.DataFrame:
    first = out.drop_duplicates("indicator")
    words = first["indicator"].map(lambda code: str(register().get(code, {}).get("changed", "")))
    told = first.assign(detail=words, country="", country_name="", period="", row=0)
    return _flags(told[words != ""], "definition changed", "")


def _flags(rows: pd.DataFrame, flag: str, detail: str) -> pd.DataFrame:
    told = rows.assign(flag=flag, detail=detail if detail else rows.get("detail", ""))
    return told.reindex(columns=list(FLAG_COLUMNS))


def mixed_years(latest: pd.DataFrame) -> pd.DataFrame:
    """Flag an indicator whose latest values come from different years."""
    spans = latest.groupby("indicator")["reference_year"].agg(["min", "max"])
    spans = spans[spans["min"] != spans["max"]]
    words = {code: f"latest values are from {low} to {high}" for code, low, high in spans.itertuples()}
    first = latest[latest["indicator"].isin(words)].drop_duplicates("indicator")
    told = first.assign(detail=first["indicator"].map(words), country="", country_name="", period="", row=0)
    return _flags(told, "mixed reference years", "")


def plain(text: object) -> bool:
    """Whether a text holds no markup and starts no spreadsheet formula."""
    return not re.search(MARKUP, str(text))
