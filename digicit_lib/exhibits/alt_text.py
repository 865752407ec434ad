"""Alternative text of a figure, made from the estimates."""

from __future__ import annotations

import re
from datetime import date as Day
from typing import TYPE_CHECKING, Any

from digicit_lib.disclosure.additions import records
from digicit_lib.exhibits import tables
from digicit_lib.exhibits.tables import interval_text, value_text
from digicit_lib.language import N_, capital, date, number, plural, translate
from digicit_lib.language.codes import label_table

if TYPE_CHECKING:
    import pandas as pd

_NAMES = label_table("charts")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOST_GROUPS = 4  # of rows that can be compared, told in one text
_PARTS = ("country", "indicator", "category", "level", "period")
_SAID = ["estimate", "ci_low", "ci_high", "unit", "statistic", *(f"{part}_text" for part in _PARTS)]


def alt_text(kind: str, table: pd.DataFrame, *, title: str, language: str, highlight: str = "") -> str:
    """A few sentences: what it is, the largest and the smallest, the base, what is hidden."""
    start = f"{translate(_NAMES[kind], language)}: {title}."
    if kind == "timeline":
        order = table["period"].sort_values(kind="stable")
        years = "–".join(dict.fromkeys(str(order.iloc[i])[:4] for i in (0, -1)))  # of days as well
        sentences = plural("{n} event, {years}.", "{n} events, {years}.", len(table), language, years=years)
        return f"{start} {sentences}"
    if kind == "positions":
        top = table[table["influence"] == table["influence"].max()]["indicator_text"]
        sentences = plural(
            "{n} name; most influence: {names}.",
            "{n} names; most influence: {names}.",
            len(table),
            language,
            names=", ".join(top),
        )
        return f"{start} {sentences}"
    if kind == "flow":
        pairs = zip(table["indicator_text"], steps(table, language), strict=True)
        return f"{start} {'; '.join(f'{name}: {count}' for name, count in pairs)}."
    values_shown = table[table["estimate"].notna()]
    if values_shown.empty:
        return start + " " + translate("No value is shown.", language)
    sentences = (
        _journey(values_shown, highlight, language)
        if kind in ("slope", "trend", "curve")
        else _extremes(values_shown, language)
    )
    return " ".join(part for part in (start, sentences, _rest(table, language)) if part)


def steps(table: pd.DataFrame, language: str) -> list[str]:
    """The counts of a flow; one that nobody wrote down is not nought."""
    absent = translate("not reported", language)
    return [number(int(x), language) if x == x else absent for x in table["estimate"]]


def data_table(
    kind: str, table: pd.DataFrame, *, title: str, language: str, synthetic: bool
) -> dict[str, Any]:
    """The numbers of a figure as a table: a grid where the figure is one, else a list."""
    words: dict[str, Any] = {"title": title, "language": language, "synthetic": synthetic}
    if kind == "flow":
        frame = table[["indicator_text"]].assign(count=steps(table, language))
        heads = {"indicator_text": N_("Step"), "count": N_("Number")}
        return tables.plain_table(
            frame.rename(columns={k: translate(v, language) for k, v in heads.items()}), **words
        )
    if kind in ("timeline", "positions"):
        heads = {"indicator_text": N_("Name"), "category_text": N_("Kind"), "period": N_("Date")}
        heads |= {name: name.capitalize() for name in ("influence", "interest")}
        names = [name for name in heads if name in table and (table[name].astype(str) != "").any()]
        frame = table[names].rename(columns={name: translate(heads[name], language) for name in names})
        frame = frame.map(lambda x: date(Day.fromisoformat(x), language) if _DAY.fullmatch(str(x)) else x)
        return tables.plain_table(frame, **words)
    lone = table["indicator"].nunique() == 1
    series = "country" if table["country"].nunique() > 1 else "level"
    over_years = kind == "trend" or (kind == "own" and min(table[["period", series]].nunique()) > 1)
    if kind in ("matrix", "slope") or (
        over_years and lone and not table.duplicated(["period", series]).any()
    ):
        grids = {"matrix": ("indicator", "level"), "slope": ("indicator", "period")}
        rows, columns = grids.get(kind, ("period", series))
        return tables.estimates(table, rows=rows, columns=columns, **words)
    return tables.listing(table, **words)


def _extremes(rows: pd.DataFrame, language: str) -> str:
    """The largest and the smallest, only among rows that can be compared: of one base, unit and polarity."""
    keys = [name for name in ("base_text", "unit", "polarity") if name in rows and rows[name].nunique() > 1]
    if not keys:
        return _ends(rows, rows, language)
    groups = [part for _, part in rows.groupby(keys, sort=False)][:MOST_GROUPS]
    several = "base_text" in keys
    parts = [
        (capital(base, language) + ": " if base else "") + _ends(part, rows, language)
        for base, part in ((part["base_text"].iloc[0] if several else "", part) for part in groups)
    ]
    return " ".join(parts)


def _ends(rows: pd.DataFrame, table: pd.DataFrame, language: str) -> str:
    texts, order = list(records(rows[_SAID])), rows["estimate"].to_numpy()
    high = _said(texts[order.argmax()], table, language)
    if len(texts) == 1:
        return f"{high}."
    low = _said(texts[order.argmin()], table, language)
    return translate("Largest: {high}; smallest: {low}.", language, high=high, low=low)


def _journey(table: pd.DataFrame, highlight: str, language: str) -> str:
    """First and last point of the series that matters most."""
    of_country = table[(table["country"] == highlight) | (table["country_text"] == highlight)]
    rows = of_country if highlight and len(of_country) else table
    keys = ["country", "indicator", "category", "level"]
    one = rows[(rows[keys] == rows[keys].iloc[0]).all(axis=1)] if table["period"].nunique() > 1 else rows
    text = N_("From {first} to {last}.")
    first, *_, last = [*records(one[_SAID]), *records(one[_SAID].tail(1))]
    return translate(text, language, first=_said(first, table, language), last=_said(last, table, language))


def _said(row: Any, table: pd.DataFrame, language: str) -> str:
    """Name, value and interval of one estimate; the name holds whatever differs in the figure."""
    texts = (getattr(row, f"{part}_text") for part in _PARTS if len(set(table[part])) > 1)
    name = ", ".join(filter(None, texts))
    form = {"unit": row.unit, "language": language, "decimals": 0 if row.unit in ("share", "count") else 1}
    value = value_text(row.estimate, statistic=row.statistic, **form)
    ends = interval_text(row.ci_low, row.ci_high, **form)
    return ", ".join(filter(None, (name, value))) + (f" ({ends})" if ends else "")


def _rest(table: pd.DataFrame, language: str) -> str:
    """The base, and how many values are hidden."""
    n, count = table["n"].dropna(), int((table["quality"] == "suppressed").sum())
    ends = [number(end, language) for end in dict.fromkeys((n.min(), n.max()))] if len(n) else []
    base = translate("Base: {n} answers.", language, n="–".join(ends)) if ends else ""
    sentence = translate("Values not shown: {count}.", language, count=count) if count else ""
    return " ".join(part for part in (base, sentence) if part)
