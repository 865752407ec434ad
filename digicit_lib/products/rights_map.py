"""The rights map: for each article the indicators that may speak to it, what they show, voices and law."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digicit_lib.codebook import CLEARANCE_ONLY, Indicator, rights, split_id
from digicit_lib.codebook.frames import SPOKEN_AS
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.products.choice import Choice
from digicit_lib.workbook.choosing import SHOWN

NOT_MEASURED = N_("not measured")
HIDDEN = N_("measured, not shown")
NOT_CLEARED = N_("asked without clearance")
NEAR = 0.05  # five points: a smaller difference is no gap


@dataclass(frozen=True)
class Cell:
    """An indicator that may speak to an article: its number, or why there is none."""

    indicator: str
    state: str = ""
    estimate: Estimate | None = None


@dataclass
class ArticleEntry:
    """One article of the Convention.

    Attributes
    ----------
    article : int
    right : str
    paragraphs : list of int
        Of General Comment 25.
    enjoyment, gap : list of Cell
        Of what may show that children enjoy the right, and of what may show a gap or harm.
    voices, laws : list of dict
        Approved quotations and items of law.
    reserved : bool
        Whether the register holds a reservation of the State on it.
    """

    article: int
    right: str
    paragraphs: list[int]
    enjoyment: list[Cell] = field(default_factory=list)
    gap: list[Cell] = field(default_factory=list)
    voices: list[dict[str, Any]] = field(default_factory=list)
    laws: list[dict[str, Any]] = field(default_factory=list)
    reserved: bool = False

    @property
    def verified(self) -> int:
        """Items of law with a verified answer."""
        return sum(law["verified"] for law in self.laws)


def side(indicator: Indicator) -> str:
    """The side of an indicator: ``risks``, ``opportunities``, or neither, such as long hours online.

    Examples
    --------
    >>> from digicit_lib.codebook import catalogue
    >>> [side(catalogue()[name]) for name in ("RSK-01", "ACC-09", "OPP-02", "ACC-11")]
    ['risks', 'risks', 'opportunities', '']
    """
    if indicator.section == "risks" or indicator.polarity == "bad":
        return "risks"
    return "opportunities" if indicator.polarity == "good" else ""


def rights_map(choice: Choice, *, cleared: bool) -> list[ArticleEntry]:
    """What a study has on each article, whether or not anything was found.

    Parameters
    ----------
    choice : Choice
        Its levels and differences, with the gate that says what may be printed.
    cleared : bool
        Whether an ethics clearance is recorded: without it no number on abuse is printed.
    """
    proof, said = _Proof(choice, cleared), choice.published.said
    entries = []
    for a in rights.articles():
        entry = ArticleEntry(int(a["article"]), str(a["right"]), list(a["paragraphs"]))
        entry.laws = [s for s in said("law") if entry.article in s["articles"]]
        entry.reserved = any(entry.article in s["articles"] for s in said("reservation"))
        entry.voices = [s for s in said("quotation") if entry.article in s["articles"]]
        entry.gap = proof.cells(a.get("gaps", ()), gap=True)
        gaps = {cell.indicator for cell in entry.gap if cell.estimate}
        enjoyment = proof.cells(a.get("accepts", ()), gap=False)
        entry.enjoyment = [cell for cell in enjoyment if cell.indicator not in gaps]
        entries.append(entry)
    return entries


class _Proof:
    """What a survey shows on the entries of one side of an article: see `codebooks/rights.yaml`."""

    def __init__(self, choice: Choice, cleared: bool) -> None:
        self.choice, self.cleared = choice, cleared
        self.verified = {s["item"] for s in choice.published.said("law") if s["verified"]}
        # One question, or six of the short set, miss many children: it is no evidence on disability.
        self.blind = {"disability", "disability_wgss"} if choice.tool.generated else set()

    def cells(self, entries: Iterable[str | Mapping[str, Any]], *, gap: bool) -> list[Cell]:
        """A cell for each entry that may speak; what does not meet its conditions looks related only."""
        cells = []
        for entry in entries:
            of = {"of": entry} if isinstance(entry, str) else entry
            cell = self._difference(of, gap) if "groups" in of else self._level(str(of["of"]))
            if cell.estimate is None or self._holds(of, cell.estimate):
                cells.append(cell)
        return [cell for cell in cells if cell.estimate or cell.state]

    def _level(self, plain: str) -> Cell:
        """An indicator's number in the survey's own form, or the state of it."""
        whole = ((name, row) for (name, by, _), row in self.choice.levels.items() if not by)
        names = [str(row["id"]) for name, row in whole if split_id(name)[0] == plain]
        return self._first(plain, names)

    def _first(self, plain: str, names: list[str]) -> Cell:
        if not names:
            return Cell(plain, NOT_MEASURED)
        if plain in CLEARANCE_ONLY and not self.cleared:
            return Cell(plain, NOT_CLEARED)
        estimates = map(self.choice.published.find, names)
        first = next((e for e in estimates if self.choice.gate.passes(e)), None)
        return Cell(plain, "" if first else HIDDEN, first)

    def _difference(self, of: Mapping[str, Any], gap: bool) -> Cell:
        """A tested difference: of five points or more for a gap, wholly within five points for enjoyment."""
        plain, groups = str(of["of"]), set(of["groups"])
        rows = [
            r
            for r in self.choice.rows.values()
            if r["statistic"] == "diff"
            and split_id(str(r["indicator"]))[0] == plain
            and r["by"] not in self.blind
            and SPOKEN_AS.get(r["by"], r["by"]) in groups
        ]
        near = [abs(r["ci_low"]) < NEAR and abs(r["ci_high"]) < NEAR for r in rows]
        if gap:
            apart = [r for r in rows if r["verdict"] in SHOWN and abs(r["estimate"]) >= NEAR]
            return self._first(plain, [str(r["id"]) for r in apart]) if apart or not rows else Cell(plain)
        if rows and not all(near):
            return Cell(plain)
        return self._first(plain, [str(r["id"]) for r in rows])

    def _holds(self, of: Mapping[str, Any], estimate: Estimate) -> bool:
        """Whether the conditions of an entry are met by its number, by other indicators and by the law."""
        low, high = (100 * end for end in (estimate.ci_low, estimate.ci_high))
        if low <= of.get("above", -math.inf) or high >= of.get("below", math.inf):
            return False
        if "law" in of and of["law"] not in self.verified:
            return False
        others = [(condition, self._level(condition["of"]).estimate) for condition in of.get("given", ())]
        return all(other is not None and self._holds(condition, other) for condition, other in others)
