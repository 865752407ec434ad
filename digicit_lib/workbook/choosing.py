"""Which statements a report's key findings hold: a rule over evidence and its verdicts, not over wishes.

No sentence is made here (`finding_sentences` makes them), and no number is estimated or tested.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from digicit_lib.codebook import CONSTRUCTS, OTHER, Indicator
from digicit_lib.evidence import row_dicts

if TYPE_CHECKING:
    import pandas as pd

MOST = 9  # places before the caution
ENOUGH = 6  # below it, further leads of sections that are cited already
A_BREAKDOWN = 2  # differences by one breakdown
LAST_BREAKDOWN = "age_group"
SENSITIVE = 2  # the highest class that a finding may speak of
WORST = ("risks", "harm_coping")
SHOWN = ("more", "less")
NONE = "not shown"
Kind = Literal["level", "change", "difference", "none"]
_PRINTED: tuple[Kind, ...] = ("level", "change", "difference", "none")


@dataclass(frozen=True)
class Statement:
    """One thing to say, and the evidence that says it.

    Attributes
    ----------
    kind : {"level", "change", "difference", "none"}
        `none`: a difference that is not shown.
    id : str
        Evidence of the level, the change or the difference.
    indicator, section, by : str
    """

    kind: Kind
    id: str
    indicator: str
    section: str
    by: str = ""


@dataclass(frozen=True)
class Facts:
    """What the rule must know beside the evidence.

    Attributes
    ----------
    indicators : mapping
        The survey's own forms by id.
    columns : mapping
        Raw columns of each: two statements of one question say the same thing.
    breakdowns : tuple of str
        Those of the params whose groups are not sensitive, in their order.
    circular : set of (str, str)
        Indicator and breakdown where the groups are made of the indicator.
    young : str
        The age group that levels speak of, in a survey of people beyond 18.
    """

    indicators: Mapping[str, Indicator]
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    breakdowns: tuple[str, ...] = ()
    circular: frozenset[tuple[str, str]] = frozenset()
    young: str = ""


def choose(evidence: pd.DataFrame, facts: Facts) -> list[Statement]:
    """The key findings of a survey, at most nine, in the order of the report; the caution stands apart.

    Parameters
    ----------
    evidence : DataFrame
        Evidence rows of the survey, after the rules of disclosure.
    facts : Facts

    Returns
    -------
    list of Statement
        Fewer where fewer are true: never filler.

    Notes
    -----
    Differences and changes are ranked by the end of the simultaneous interval that is nearest to zero: since
    all intervals of a family hold together, choosing the largest costs nothing (Tukey 1953; Dunn 1961).
    """
    return _Choice(evidence, facts).run()


def leads(indicators: Mapping[str, Indicator], section: str) -> list[str]:
    """The forms of a section's leads, the first to speak first.

    Examples
    --------
    >>> from digicit_lib.codebook import catalogue
    >>> leads(catalogue(), "mediation")
    ['MED-02', 'MED-07']
    """
    turns = [(i.says.lead, name) for name, i in indicators.items() if i.says.lead and i.section == section]
    return [name for _, name in sorted(turns, key=lambda pair: pair[0])]


class _Choice:
    """The rule at work: what stands, which sections and questions are cited."""

    def __init__(self, evidence: pd.DataFrame, facts: Facts) -> None:
        self.facts = facts
        self.rows = [r for r in row_dicts(evidence) if r["indicator"] in facts.indicators]
        now = (r for r in self.rows if r["statistic"] in ("share", "mean") and not r["period"])
        self.levels = {(r["indicator"], r["by"], r["level"]): r for r in now}
        self.out: list[Statement] = []
        self.asked: set[str] = set()  # question columns of the differences that stand

    def run(self) -> list[Statement]:
        lead = {s: i for s in (*CONSTRUCTS, OTHER) if (i := self._lead(s))}
        self._level(lead.get("access"))
        pool = self._differences()
        self._take(pool, 2, spread=True)
        self._changes(lead)
        self._rest_of_leads(lead)
        self._not_shown(lead.get("risks") or lead.get("access"))
        worst = [r for r in pool if self._section(r) in WORST]
        if not self._take(worst, 1):
            self._take(pool, 1)
        self._balance(lead)
        self._all_there_is()
        order = {section: i for i, section in enumerate(CONSTRUCTS)}
        return sorted(self.out, key=lambda s: (order.get(s.section, len(order)), _PRINTED.index(s.kind)))

    # --- levels ------------------------------------------------------------------------------------------

    def told(self, indicator: str, shown: Collection[str] = ("ok",)) -> dict | None:
        """The row that a level of an indicator is told from, where it may be told."""
        by, level = (LAST_BREAKDOWN, self.facts.young) if self.facts.young else ("", "")
        row, of = self.levels.get((indicator, by, level)), self.facts.indicators[indicator]
        fit = of.type in ("share", "scale") and of.sensitivity <= SENSITIVE
        return row if row is not None and fit and row["quality"] in shown else None

    def _lead(self, section: str) -> str | None:
        return next((i for i in leads(self.facts.indicators, section) if self.told(i)), None)

    def _level(self, indicator: str | None, shown: Collection[str] = ("ok",)) -> None:
        row = self.told(indicator, shown) if indicator else None
        if row is not None and not any(s.kind == "level" and s.indicator == indicator for s in self.out):
            self._add("level", row)

    def _rest_of_leads(self, lead: Mapping[str, str]) -> None:
        cited = {s.section for s in self.out}
        for section in (s for s in lead if s not in cited):
            if len(self.out) < MOST:
                self._level(lead[section])
        if len(self.out) < ENOUGH:
            for indicator in lead.values():
                self._level(indicator)

    def _all_there_is(self) -> None:
        """Of a small study every level that no statement cites; of any other such as make six.

        Leads come first, those on few answers last.
        """
        first = [i for section in (*CONSTRUCTS, OTHER) for i in leads(self.facts.indicators, section)]
        every = list(dict.fromkeys([*first, *self.facts.indicators]))
        marks, cited = (("ok",), ("ok", "caution")), {s.indicator for s in self.out}
        untold = [i for i in every if i not in cited and self.told(i, marks[-1])]
        small = len(self.out) + len(untold) <= MOST
        for names, most in ((untold, MOST if small else ENOUGH), (every, ENOUGH)):
            for indicator, qualities in ((i, q) for q in marks for i in names):
                if len(self.out) < most:
                    self._level(indicator, qualities)

    # --- differences and changes -------------------------------------------------------------------------

    def _differences(self) -> list[dict]:
        """Differences that stand and may be told, the largest first, those by age last."""
        fit = [r for r in self.rows if r["statistic"] == "diff" and r["verdict"] in SHOWN and self._fit(r)]
        fit.sort(key=lambda r: (r["by"] == LAST_BREAKDOWN, -nearest_end(r)))
        return fit

    def _fit(self, row: Mapping) -> bool:
        """Not sensitive, not circular, both groups shown without a mark; only what is declared is judged.

        Beside core indicators only an own question that leads its section speaks of groups here.
        """
        of = self.facts.indicators[row["indicator"]]
        pair = (row["indicator"], row["by"])
        if row["family"] == "own" and not of.says.lead:
            return False
        if of.sensitivity > SENSITIVE or of.type not in ("share", "scale"):
            return False
        if row["by"] not in self.facts.breakdowns or pair in self.facts.circular or row["quality"] != "ok":
            return False
        groups = {level: r["quality"] for (i, by, level), r in self.levels.items() if (i, by) == pair}
        first, last = ends(row["level"], groups)
        return groups.get(first) == groups.get(last) == "ok"

    def _take(self, pool: Iterable[dict], most: int, *, spread: bool = False) -> int:
        """Add up to so many differences: one a question, two a breakdown, each of a section of its own."""
        before = len(self.out)
        for row in pool:
            if len(self.out) - before == most or len(self.out) >= MOST:
                break
            columns = self.facts.columns.get(row["indicator"]) or {row["indicator"]}
            by = [s for s in self.out if s.kind == "difference" and s.by == row["by"]]
            near = {s.section for s in self.out[before:]} if spread else set()
            if not self.asked & columns and len(by) < A_BREAKDOWN and self._section(row) not in near:
                self.asked |= columns
                self._add("difference", row)
        return len(self.out) - before

    def _changes(self, lead: Mapping[str, str]) -> None:
        """The largest change, and the largest for the worse in another section; or that none is shown.

        Of several earlier waves the nearest speaks; the others have their exhibit.
        """
        waves = [r for r in self.rows if r["statistic"] == "change" and not r["by"] and r["quality"] == "ok"]
        last = max((r["period"] for r in waves), default="")
        waves = [r for r in waves if r["period"] == last and self.facts.indicators[r["indicator"]].core]
        stand = sorted((r for r in waves if r["verdict"] in SHOWN), key=lambda r: -nearest_end(r))
        if not stand:
            none = (r for i in lead.values() for r in waves if r["indicator"] == i and r["verdict"] == NONE)
            stand = list(none)[:1]
        for row in stand[:1]:
            self._add("change", row)
        for row in (r for r in stand[1:] if self._worse(r) and self._section(r) != self._section(stand[0])):
            self._add("change", row)
            break

    def _worse(self, row: Mapping) -> bool:
        polarity = self.facts.indicators[row["indicator"]].polarity
        return bool(polarity == ("bad" if row["verdict"] == "more" else "good"))

    def _not_shown(self, indicator: str | None) -> None:
        """The lead risk by the first breakdown that does not show a difference in it."""
        for by in self.facts.breakdowns if len(self.out) < MOST else ():
            for row in self.rows:
                here = row["indicator"] == indicator and row["by"] == by and row["statistic"] == "diff"
                if here and row["verdict"] == NONE and self._fit(row):
                    self._add("none", row)
                    return

    def _balance(self, lead: Mapping[str, str]) -> None:
        """A risk never stands without an opportunity that was measured, nor the reverse."""
        cited = {s.section for s in self.out}
        for one, other in (("risks", "activities"), ("activities", "risks")):
            if one in cited and other in lead and other not in cited:
                last = [s for s in self.out if s.kind == "difference"][-1:]
                self.out = [s for s in self.out if s not in last]
                self._level(lead[other])

    def _section(self, row: Mapping) -> str:
        return self.facts.indicators[row["indicator"]].section

    def _add(self, kind: Kind, row: Mapping) -> None:
        self.out.append(Statement(kind, row["id"], row["indicator"], self._section(row), row["by"]))


def nearest_end(row: Mapping) -> float:
    """How large a difference or change is at least, in points: the interval's end nearest to zero.

    Examples
    --------
    >>> nearest_end({"sim_low": -0.5, "sim_high": -0.25, "unit": "share"})
    25.0
    """
    low, high = row["sim_low"], row["sim_high"]
    size = low if low > 0 else -high if high < 0 else 0.0
    return float(100 * size if row["unit"] == "share" else size)


def ends(level: str, groups: Iterable[str]) -> tuple[str, str]:
    """The two groups that a difference's level names; group names may hold a hyphen themselves.

    Examples
    --------
    >>> ends("9-11-15-17", ["9-11", "12-14", "15-17"]), ends("girl-boy", ["girl", "boy"])
    (('9-11', '15-17'), ('girl', 'boy'))
    """
    names = list(groups)
    return next(_pairs(level, names), ("", ""))


def _pairs(level: str, names: list[str]) -> Iterator[tuple[str, str]]:
    yield from ((a, b) for a in names for b in names if level == f"{a}-{b}")
