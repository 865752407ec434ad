"""The sums that published counts stand in: of parts, of answers, of bases, of what is made of others."""

from __future__ import annotations

import math
from collections import defaultdict, namedtuple
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

SHARES = ("share", "category")
_DECIDING = ["indicator", "by", "level", "statistic", "category", "period", "estimate", "n", "n_yes"]
_DECIDING += ["each", "sum_w", "missing_share", "told", "private", "fixed"]


Rows = list[Any]  # records of counts


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame, their columns as attributes: `itertuples` without a new class each time."""
    columns = (column.tolist() for _, column in frame.items())
    return map(_record(tuple(map(str, frame)))._make, zip(frame.index, *columns, strict=True))


@lru_cache
def _record(names: tuple[str, ...]) -> Any:
    return namedtuple("Record", ("Index", *names), rename=True)  # type: ignore[misc]


class Sum(NamedTuple):
    """A published addition: counts times their signs (parts +1, their sum -1; weights where those are added)
    and a rest up to `rest` make `total`."""

    signs: Mapping[int, float]
    total: float
    rest: float


def systems(
    work: pd.DataFrame,
    bases: Mapping[str, Sequence[str]],
    recipes: Mapping[str, tuple[str, Sequence[str]]],
    names: Container[str] | None = None,
) -> Iterator[list[Sum]]:
    """The published sums of each indicator (of `names`) and period that hides something for privacy.

    Those of which another one is made (`recipes`: any, none or the number of them) are one system with it.
    """
    counts = list(records(work.loc[work["statistic"].isin(SHARES) & ~work["absent"], _DECIDING]))
    whole_of = {part: name for name, (_, parts) in recipes.items() for part in parts}
    groups: dict[tuple[str, str, str], Rows] = defaultdict(list)
    for row in counts:
        groups[whole_of.get(row.indicator, row.indicator), row.period, row.statistic].append(row)
    for (name, *_), rows in groups.items():
        if names is not None and rows[0].indicator not in names:
            continue
        if any(row.private for row in rows):
            each = _by(rows, "indicator") if name in recipes else [rows]
            sums = (f(one) for one in each for f in (_sums_of_levels, _sums_of_categories))
            of_bases = (_sums_of_bases(one, counts, bases) for one in each)
            of_parts = _sums_of_parts(rows, work, name, *recipes[name]) if name in recipes else ()
            yield [*chain.from_iterable((*sums, *of_bases)), *of_parts]


def _by(rows: Rows, *names: str) -> list[Rows]:
    """Rows with the same values of some columns, in the order of the first of each."""
    groups: dict[Any, Rows] = defaultdict(list)
    of = attrgetter(*names)
    for row in rows:
        groups[of(row)].append(row)
    return list(groups.values())


def _sums_of_parts(
    rows: Rows, work: pd.DataFrame, name: str, kind: str, parts: Sequence[str]
) -> Iterator[Sum]:
    """What an indicator that is made of others tells of them: any, none, or (a mean) how many of them."""
    where = {(row.indicator, row.by, row.level): row.Index for row in rows}
    n, is_told = ({row.Index: getattr(row, fact) for row in rows} for fact in ("n", "told"))
    means = work[(work["indicator"] == name) & (work["statistic"] == "mean") & ~unknown_in(work)]
    number = {(row.by, row.level): (row.estimate * row.n, row.n) for row in means.itertuples()}
    for place in dict.fromkeys((by, level) for _, by, level in where):
        several, whole = [where.get((part, *place), -1) for part in parts], where.get((name, *place))
        if -1 in several:
            continue
        total, base = number.get(place, (0.5, 0.0))
        if kind == "count" and abs(total - round(total)) < 1e-6:  # of answers without weights
            more = sum(max(n[part] - base, 0.0) for part in several)  # of those who left one out
            yield Sum(dict.fromkeys(several, 1), round(total) + more, more)
        elif kind == "any" and whole is not None:
            yield Sum({whole: 1, **dict.fromkeys(several, -1)}, 0.0, sum(n[part] for part in several))
            yield from (Sum({part: 1, whole: -1}, 0.0, n[whole]) for part in several)
        elif kind == "none" and whole is not None and {n[part] for part in several} == {n[whole]}:
            exact = is_told[whole] and not several[1:]
            yield Sum(dict.fromkeys([whole, *several], 1), n[whole], 0.0 if exact else n[whole])


def _sums_of_bases(rows: Rows, counts: Rows, bases: Mapping[str, Sequence[str]]) -> Iterator[Sum]:
    """Whoever was asked a further question had said yes here: a base that is out is this count."""
    further = {follow for follow, of in bases.items() if rows[0].indicator in of}
    where = {(row.by, row.level, row.period): row for row in rows} if further else {}
    pairs = [
        (
            row.indicator,
            where[place],
            round(row.n / (1 - row.missing_share) if row.missing_share < 1 else row.n),
        )
        for row in (counts if further else ())
        if row.indicator in further
        and row.fixed
        and row.told
        and (place := (row.by, row.level, row.period)) in where
    ]
    # Which answer it was, a group tells whose count is out; else the one that most gave.
    of_no: dict[str, bool] = {}
    for name, gate, base in pairs:
        if gate.n_yes == gate.n_yes:
            of_no.setdefault(name, abs(gate.n - gate.n_yes - base) < abs(gate.n_yes - base))
    for name, gate, base in (pair for pair in pairs if pair[1].private):
        rest = float(base) if len(bases[name]) > 1 else 0.0
        is_no = of_no.get(name, base > gate.n / 2) and not rest
        yield Sum({gate.Index: 1}, gate.n - base if is_no else base, rest)


def _sums_of_levels(rows: Rows) -> Iterator[Sum]:
    where = {(row.category, row.by, row.level): row for row in rows}
    weighed = any(row.each > 0 for row in rows)
    families: dict[tuple[str, tuple[str, str, str]], Rows] = defaultdict(list)
    for (category, by, level), row in where.items():
        for parent_by, parent_level in _parents(by, level):
            families[by, (category, parent_by, parent_level)].append(row)
    for (_, above), parts in families.items():
        parent = where.get(above)
        if parent is None:
            continue
        # Levels that overlap add up to more, and give nothing back; a base that is not told adds nothing.
        rest = parent.n - sum(part.n for part in parts if part.told)
        if rest >= 0:
            yield Sum({**{part.Index: 1 for part in parts}, parent.Index: -1}, 0.0, float(rest))
        if weighed:
            yield from _sum_of_weights(parts, parent)


def _sum_of_weights(parts: Rows, parent: Any) -> Iterator[Sum]:
    """Weighted shares add up too: an equation for counts where all of a group have one weight."""
    each = {part.Index: part.each for part in parts}
    per_yes = parent.sum_w * parent.estimate / parent.n_yes if parent.n_yes > 0 else math.nan
    rest = parent.sum_w - sum(part.sum_w for part in parts)
    finite = all(map(math.isfinite, (*each.values(), per_yes, rest)))
    if finite and rest > -1e-6 and len({*each.values()}) > 1:
        yield Sum({**each, parent.Index: -per_yes}, 0.0, max(0.0, round(rest, 9)))


def _parents(by: str, level: str) -> list[tuple[str, str]]:
    """The domains that a domain is a part of, one for each breakdown taken away."""
    names, levels = by.split(","), level.split(",")
    if not by or len(names) != len(levels):
        return [("", "")] if by else []
    pairs = list(zip(names, levels, strict=True))
    kept = [pairs[:i] + pairs[i + 1 :] for i in range(len(pairs))]
    return [(",".join(a for a, _ in keep), ",".join(b for _, b in keep)) for keep in kept]


def _sums_of_categories(rows: Rows) -> Iterator[Sum]:
    """The answers of a distribution make the base, unless those of a group show that they do not: where
    several may be ticked there is no such sum, and a false one would hide what the others tell."""
    groups = _by([row for row in rows if row.category], "by", "level")
    bases = [[row.n for row in part if row.told] for part in groups]  # of one that is not told the most
    totals = [float(max(n or (row.n for row in part))) for part, n in zip(groups, bases, strict=True)]
    parts = [each for each in zip(groups, totals, bases, strict=True) if len(each[0]) > 1]
    if all(_adds_up([row.n_yes for row in part], total) for part, total, _ in parts):
        for part, total, n in parts:
            yield Sum({row.Index: 1 for row in part}, total, 0.0 if n else total)


def _adds_up(yes: list[float], total: float) -> bool:
    """Whether counts make their base, or can with those that are not known; shares may be rounded."""
    near = 0.5 + 0.0005 * len(yes) * total
    known = [x for x in yes if not math.isnan(x)]
    short = total - sum(known)
    return abs(short) < near or (len(known) < len(yes) and short > 0)


def unknown_in(work: pd.DataFrame) -> pd.Series:
    return work["private"] | (work["weak"] != "")
