"""What follows from a hidden count: bases that are that count, totals and differences that give it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from digicit_lib.codebook import catalogue, split_id
from digicit_lib.disclosure.additions import SHARES, records, unknown_in
from digicit_lib.disclosure.judging import NAMES

NEARLY = 20  # one in so many may have been asked no further

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.params import Publication


MAKES = {"PROFILE": "OPP-15"}  # the base that is this question's yes
USERS = "ACC-01"  # whose yes is the base of nearly all: a report says how many they are


def asked_of(
    people: pd.DataFrame, in_base: Mapping[str, np.ndarray], age: pd.Series
) -> dict[str, tuple[str, ...]]:
    """Indicator to those whose yes, or no, decided whether a child was asked it, as the answers show.

    Parameters
    ----------
    people : DataFrame
        A row a respondent, a column an indicator of yes (1) and no (0).
    in_base : mapping of str to numpy.ndarray
        Indicator to a mask of those who were asked.
    age : Series
        Of the respondents.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"HRM-01": [1, 1, 0, 0], "COP-01": [0, 1, None, None]})
    >>> base = {"HRM-01": np.ones(4, bool), "COP-01": np.array([1, 1, 0, 0], bool)}
    >>> asked_of(frame, base, pd.Series([9, 10, 9, 10]))
    {'COP-01': ('HRM-01',)}
    """
    names = [name for name in people if name != USERS]
    values = people[names].to_numpy(float).T
    answers = np.vstack([values == 1, values == 0]).astype(np.float32)
    gates: dict[str, tuple[str, ...]] = {}
    for name, base in in_base.items():
        inside = age.between(age[base].min(), age[base].max()).to_numpy()
        n = int(base.sum())
        # All who were asked had said so, and hardly anybody else of these ages had.
        all_said, others = answers @ base == n, answers @ inside <= n + n // NEARLY
        of = dict.fromkeys(names[k % len(names)] for k in np.flatnonzero(all_said & others) if n)
        gates |= {name: tuple(one for one in of if one != name)} if of.keys() - {name} else {}
    return gates


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
        base = [MAKES.get(b, b) for b in indicators[plain].base.split("|")] if plain in indicators else []
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


def nested(rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of indicators that count answers of one column, where the first counts some of the second's.

    Examples
    --------
    >>> from types import SimpleNamespace as Rule
    >>> nested({"A": Rule(column="q", yes=(4, 5), contains=()), "B": Rule(column="q", yes=(5,), contains=())})
    [('B', 'A')]
    """
    codes_of: dict[str, dict[str, set[object]]] = defaultdict(dict)
    for name, rule in rules.items():
        if rule.column and (codes := {*rule.yes, *rule.contains}):
            codes_of[rule.column][name] = codes
    pairs = (pair for of_column in codes_of.values() for pair in permutations(of_column.items(), 2))
    return [(one, other) for (one, few), (other, more) in pairs if few < more]


def few_between(work: pd.DataFrame, pairs: Iterable[tuple[str, str]]) -> Iterator[pd.DataFrame]:
    """Open counts of two indicators of one column with a few answers between them: a frame a pair."""
    there, place = set(work["indicator"]), ["by", "level", "period"]
    for pair in (pair for pair in pairs if there >= {*pair}):
        is_open = ~work["absent"] & ~work["private"] & (work["statistic"] == "share")
        open_rows = is_open & work["n_yes"].notna()
        one, other = (work[open_rows & (work["indicator"] == name)].reset_index() for name in pair)
        both = one.merge(other, on=place, suffixes=("", "_more"))
        both["between"] = (both["n_yes_more"] - both["n_yes"]).abs()
        most = both[["cell", "cell_more"]].max(axis=1) - 1e-6
        yield both[(both["between"] > 0.5) & (both["between"] < most)]


def hide_between(work: pd.DataFrame, pairs: Iterable[tuple[str, str]]) -> None:
    """Where a few answers lie between two counts of one column, one of them is hidden: both together tell."""
    for both in few_between(work, pairs):
        rows = both["index"].where(~both["fixed"].astype(bool), both["index_more"])
        open_ = [row for row in rows if not work.loc[row, "fixed"]]
        work.loc[open_, "private"] = True


def hide_bases(work: pd.DataFrame, name: str, asked_of: Sequence[str]) -> None:
    """Rows of a question in the domains where the yes that let children be asked it is hidden."""
    withheld = work[work["indicator"].isin(asked_of) & work["private"] & work["statistic"].isin(SHARES)]
    facts = withheld[["by", "level", "period", "n", "n_yes"]].itertuples(index=False)
    domains = {(by, level, period): (n, yes) for by, level, period, n, yes in facts}
    is_it = work["indicator"] == name
    if not domains or not is_it.any():
        return
    rows = work.loc[is_it]
    places = list(zip(rows["by"], rows["level"], rows["period"], strict=True))
    nobody = np.array([domains.get(place, (0, 1))[1] == 0 for place in places])  # a dash would say so
    here = np.array([place in domains for place in places]) & (nobody | ~rows["absent"].to_numpy())
    work.loc[rows.index[here], ["base_hidden", "absent"]] = [True, False]
    # The base is not told, so a reader knows no more than how many were asked whether.
    work.loc[rows.index[here], "most"] = [domains[p][0] for p, yes in zip(places, here, strict=True) if yes]
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
