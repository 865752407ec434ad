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
_SAID = ["estimate", "ci_low", "ci_high", "unit", "statistic", *_PARTS, *(f"{p}_text" for p in _PARTS)]


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
        frame = frame.rename(columns={column: translate(head, language) for column, head in heads.items()})
        return tables.plain_table(frame, **words)
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


def _extremes(table: pd.DataFrame, language: str) -> str:
    """The largest and the smallest, only among rows that can be compared: of one base, unit and polarity."""
    rows = [*records(table[_SAID])]
    names = _differing(rows)
    values = {name: table[name].tolist() for name in ("base_text", "unit", "polarity") if name in table}
    keys = [name for name, cells in values.items() if len({cell for cell in cells if cell == cell}) > 1]
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row, *key in zip(rows, *(values[name] for name in keys), strict=True):
        if all(cell == cell for cell in key):
            groups.setdefault(tuple(key), []).append(row)
    parts = [
        (f"{capital(key[0], language)}: " if keys[:1] == ["base_text"] and key[0] else "")
        + _ends(part, names, language)
        for key, part in [*groups.items()][:MOST_GROUPS]
    ]
    return " ".join(parts)


def _ends(rows: list[Any], names: list[str], language: str) -> str:
    high = _said(max(rows, key=lambda row: row.estimate), names, language)
    if len(rows) == 1:
        return f"{high}."
    low = _said(min(rows, key=lambda row: row.estimate), names, language)
    return translate("Largest: {high}; smallest: {low}.", language, high=high, low=low)


def _journey(table: pd.DataFrame, highlight: str, language: str) -> str:
    """First and last point of the series that matters most."""
    of_country = table[(table["country"] == highlight) | (table["country_text"] == highlight)]
    rows = of_country if highlight and len(of_country) else table
    keys = ["country", "indicator", "category", "level"]
    one = rows[(rows[keys] == rows[keys].iloc[0]).all(axis=1)] if table["period"].nunique() > 1 else rows
    ends, names = [*records(one[_SAID])], _differing([*records(table[_SAID])])
    first, last = (_said(ends[k], names, language) for k in (0, -1))
    return translate(N_("From {first} to {last}."), language, first=first, last=last)


def _differing(rows: list[Any]) -> list[str]:
    """What tells the rows of a figure apart, and so stands in their names."""
    return [f"{part}_text" for part in _PARTS if len({getattr(row, part) for row in rows}) > 1]


def _said(row: Any, names: list[str], language: str) -> str:
    """Name, value and interval of one estimate."""
    name = ", ".join(filter(None, (getattr(row, name) for name in names)))
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
