"""Countries in rows and sentences: grouped within an indicator, each with its base, year and verdict."""

from typing import Any

import pandas as pd

from digicit_lib.evidence import Estimate
from digicit_lib.language import N_, number
from digicit_lib.language.codes import label_table
from digicit_lib.products import contrasts as room
from digicit_lib.products.page_parts import Countries
from digicit_lib.workbook.findings import form, points, value

MEAN_OF = 3  # countries of which a mean is said
SHOWN, NOT_SHOWN = N_("shown"), N_("no difference shown")


def values(page: Countries) -> None:
    """Each country's number with base and year, by indicator; what is not comparable, with the reason."""
    aligned_rows, gaps = page.aligned(page.indicators)
    heads = tuple(label_table("values compared").values())
    body = [_value_row(page, rows, i) for rows in aligned_rows.values() for i in range(len(rows))]
    if body:
        page._grid(N_("Country by country"), heads, body)
    if gaps:
        page.note(page.say("Not comparable: {list}.", list="; ".join(gaps)), tone="gap")


def _value_row(page: Countries, rows: pd.DataFrame, i: int) -> list[Any]:
    row = {str(key): worth for key, worth in rows.iloc[i].items()}
    one, slug = _estimate(row), str(row["study"])
    facts = [page.names[slug], page.say(str(page.members[slug].study.wave)), page.say(one.base)]
    cell = page._cell(one, page._value(one), one.estimate)
    return [str(row["title"]) if i == 0 else "", *facts, cell, page._cell(one, number(one.n, page.language))]


def _estimate(row: dict[str, Any]) -> Estimate:
    return Estimate(**{key: v for key, v in row.items() if key in Estimate.__dataclass_fields__})


def difference_rows(page: Countries) -> None:
    """Every comparison of the page with its interval, base, years and whether a difference is shown."""
    aligned_rows, _ = page.aligned(page.indicators)
    what = (N_("Indicator"), N_("Compared"), N_("Years"), N_("Who was asked"))
    heads = (*what, N_("Difference [interval]"), N_("Difference"))
    body = [row for rows in aligned_rows.values() for row in _difference_rows(page, rows)]
    if body:
        note = page.say("Intervals hold together for all comparisons of this page. Countries are not ranked.")
        page._grid(N_("Differences between countries"), heads, body, note)


def _difference_rows(page: Countries, rows: pd.DataFrame) -> list[list[Any]]:
    waves = {slug: str(p.study.wave) for slug, p in page.members.items()}
    body = []
    for i, one in enumerate(map(_estimate, page.differences_of(rows).to_dict("records"))):
        first, _, last = one.level.rpartition("-")
        years = ", ".join(dict.fromkeys(page.say(waves[s]) for s in (first, last) if s in waves))
        title = str(rows["title"].iloc[0]) if i == 0 else ""
        verdict = page.say(SHOWN if _apart(one) else NOT_SHOWN)
        cell = page._cell(one, page._value(one), one.estimate)
        body.append([title, page.pair(one.level), years, page.say(one.base), cell, verdict])
    return body


def regional(page: Countries) -> None:
    """What is shown, indicator by indicator; what is not, once; the mean of three countries or more."""
    aligned_rows, _ = page.aligned(page.indicators)
    none: list[str] = []
    for rows in aligned_rows.values():
        tests = [_estimate(row) for row in page.differences_of(rows).to_dict("records")]
        for one in filter(_apart, tests):
            _say_apart(page, rows, one, len(tests) * len(page.indicators))
        if not any(map(_apart, tests)):
            none.append(str(rows["title"].iloc[0]))
        if len(rows) >= MEAN_OF:
            _mean(page, rows)
    if none:
        page.note(page.say("No difference is shown for: {list}.", list="; ".join(none)))


_APART = {  # percentage points only where shares are compared
    True: N_("{title}. {A}: {a}, {B}: {b}; higher in {A} by {d} points ({low} to {high}; {m} comparisons)."),
    False: N_("{title}. {A}: {a}, {B}: {b}; higher in {A} by {d} ({low} to {high}; {m} comparisons)."),
}


def _say_apart(page: Countries, rows: pd.DataFrame, one: Estimate, comparisons: int) -> None:
    """One difference that is shown, the country with the larger number first."""
    by_study = {str(row["study"]): _estimate(row) for row in rows.to_dict("records")}
    first, _, last = one.level.rpartition("-")
    high, low = (first, last) if one.estimate > 0 else (last, first)
    scale, ends = (100 if one.unit == "share" else 1), sorted((abs(one.ci_low), abs(one.ci_high)))
    title, names = str(rows["title"].iloc[0]), {"A": _name(page, high), "B": _name(page, low)}
    parts: dict[str, Any] = {"title": title, **names}
    sizes = points(abs(one.estimate), *ends, scale=scale, language=page.language)
    for name, text in zip(("d", "low", "high"), sizes, strict=True):
        parts[name] = {"text": text, "id": one.id, "value": one.estimate}
    parts["m"] = {"text": number(comparisons, page.language), "id": one.id, "value": float(comparisons)}
    for name, slug in (("a", high), ("b", low)):
        row = by_study.get(slug)
        worth = row.estimate if row else by_study[first].estimate - one.estimate
        source = row.id if row else one.id
        parts[name] = {"text": value(worth, one.unit, page.language), "id": source, "value": worth}
    page._found(f"{{{one.id}}}", page._filled(_APART[one.unit == "share"], parts), key=True)


def _name(page: Countries, slug: str) -> str:
    return page.names.get(slug, page.say("mean of the others"))


def _mean(page: Countries, rows: pd.DataFrame) -> None:
    mean = room.mean_of_countries(rows).assign(statistic="regional", by="", level="", **page.like(rows))
    average = Estimate(**page.evidence.rows[page.evidence.add(mean)["id"].iloc[0]])
    cell = {"text": form(average, "ci", page.language), "id": average.id, "value": average.estimate}
    count = {"text": number(len(rows), page.language), "id": average.id, "value": float(len(rows))}
    message = N_("{title}: {mean} on average over {count} countries.")
    parts = {"title": str(rows["title"].iloc[0]), "mean": cell, "count": count}
    page._found(message, page._filled(message, parts), key=True)  # type: ignore[arg-type]


def _apart(one: Estimate) -> bool:
    """Whether the interval of a difference lies on one side of zero."""
    return bool(one.ci_low > 0 or one.ci_high < 0)
