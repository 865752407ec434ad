"""What follows from a hidden count: bases that are that count, totals and differences that give it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from digicit_lib.codebook import catalogue, split_id
from digicit_lib.disclosure.attack import SHARES, records, unknown_in
from digicit_lib.disclosure.judging import NAMES

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.params import Publication


def filters(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Indicator to those, in the forms that are measured here, whose yes makes its base.

    Examples
    --------
    >>> filters(["RSK-13@mine", "RSK-14", "ACC-03"])
    {'RSK-14': ('RSK-13@mine',)}
    """
    indicators = catalogue()
    forms: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        forms[split_id(name)[0]].append(name)
    filters_of: dict[str, tuple[str, ...]] = {}
    for plain, own in forms.items():
        base = indicators[plain].base.split("|") if plain in indicators else []
        asked_of = tuple(form for name in base for form in forms.get(name, ()))
        filters_of |= dict.fromkeys(own, asked_of) if asked_of else {}
    return filters_of


def derived(names: Iterable[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Indicator to how it is made of others that are measured here, with one base and the same ages.

    Examples
    --------
    >>> derived(["COP-01", "COP-06", "RSK-30", "RSK-27"])
    {'COP-06': ('none', ('COP-01',))}
    """
    there, indicators = set(names), catalogue()
    recipes: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name in sorted(there & indicators.keys()):
        whole = indicators[name]
        for kind in ("none", "any", "count"):
            parts = tuple(leaf.of or "" for leaf in getattr(whole.derived, kind, ()))
            alike = (indicators[p] for p in parts if p in there and p in indicators)
            same = [i for i in alike if (i.base, i.ages) == (whole.base, whole.ages)]
            if parts and len(same) == len(parts):
                recipes[name] = (kind, parts)
    return recipes


def hide_bases(work: pd.DataFrame, name: str, asked_of: Sequence[str]) -> None:
    """Rows of a question in the domains where the yes that let children be asked it is hidden."""
    withheld = work[work["indicator"].isin(asked_of) & work["private"] & work["statistic"].isin(SHARES)]
    domains = dict(
        zip(
            zip(withheld["by"], withheld["level"], withheld["period"], strict=True),
            withheld["n"],
            strict=True,
        )
    )
    is_it = work["indicator"] == name
    if not domains or not is_it.any():
        return
    rows = work.loc[is_it]
    places = list(zip(rows["by"], rows["level"], rows["period"], strict=True))
    here = np.array([place in domains for place in places]) & ~rows["absent"].to_numpy()
    work.loc[rows.index[here], "base_hidden"] = True
    # The base is not told, so a reader knows no more than how many were asked whether.
    work.loc[rows.index[here], "most"] = [domains[p] for p, yes in zip(places, here, strict=True) if yes]
    work.loc[rows.index[here & ~rows["fixed"].to_numpy()], "private"] = True


def follow(work: pd.DataFrame) -> None:
    """Totals, ratios and differences of a hidden domain would give its share back."""
    by_key: dict[tuple[str, ...], dict[str, bool]] = defaultdict(dict)
    rows = work[unknown_in(work) & (work["statistic"] != "diff")]
    for row in records(rows[[*NAMES, "private"]]):
        by_key[row.indicator, row.category, row.by, row.period][row.level] = bool(row.private)
    open_ = ~unknown_in(work) & ~work["absent"] & ~work["fixed"]
    private: list[int] = []
    weak: list[int] = []
    for row in records(work.loc[open_, list(NAMES)]):
        levels = by_key.get((row.indicator, row.category, row.by, row.period), {})
        if row.statistic == "diff":
            ends = [a for a in levels if row.level.startswith(f"{a}-") or row.level.endswith(f"-{a}")]
        else:
            ends = [row.level] if row.level in levels else []
        if ends:
            (private if any(levels[a] for a in ends) else weak).append(row.Index)
    work.loc[private, "private"] = True
    work.loc[weak, "weak"] = "from_hidden"


def untold(work: pd.DataFrame, profile: Publication) -> pd.Series:
    """Rows whose base is not told: it is small, or a hidden count; and differences from such a group."""
    untold = work["base_hidden"] | (work["n"] < profile.min_base) & ~work["absent"]
    ends: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in records(work.loc[untold & (work["statistic"] != "diff"), list(NAMES)]):
        ends[row.indicator, row.by, row.period].append(row.level)
    from_it = []
    for row in records(work.loc[work["statistic"] == "diff", list(NAMES)] if ends else work[:0]):
        few = ends.get((row.indicator, row.by, row.period), ())
        if any(row.level.startswith(f"{a}-") or row.level.endswith(f"-{a}") for a in few):
            from_it.append(row.Index)
    untold[from_it] = True
    return untold
