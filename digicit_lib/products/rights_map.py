"""The rights map: for each article the indicators that may speak to it, what they show, voices and law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digicit_lib.codebook import CLEARANCE_ONLY, Indicator, rights, split_id
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.products.gate import Gate

NOT_MEASURED = N_("not measured")
HIDDEN = N_("measured, not shown")
NOT_CLEARED = N_("asked without clearance")
MOST = 2  # numbers of an article on one side
Levels = Mapping[tuple[str, str, str], Mapping[str, Any]]


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
    """

    article: int
    right: str
    paragraphs: list[int]
    enjoyment: list[Cell] = field(default_factory=list)
    gap: list[Cell] = field(default_factory=list)
    voices: list[dict[str, Any]] = field(default_factory=list)
    laws: list[dict[str, Any]] = field(default_factory=list)

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


def rights_map(gate: Gate, levels: Levels, *, cleared: bool) -> list[ArticleEntry]:
    """What a study has on each article, whether or not anything was found.

    Parameters
    ----------
    gate : Gate
    levels : mapping
        Evidence rows of levels by indicator, breakdown and group.
    cleared : bool
        Whether an ethics clearance is recorded: without it no number on abuse is printed.
    """
    rows_of = gate.published.said
    entries = []
    for a in rights.articles():
        entry = ArticleEntry(int(a["article"]), str(a["right"]), list(a["paragraphs"]))
        by, group = next(iter((a.get("by") or {}).items()), ("", ""))
        for name, cells in (("accepts", entry.enjoyment), ("gaps", entry.gap)):
            cells += [_cell(gate, levels, one, by, group, cleared) for one in a.get(name, ())]
        entry.voices = [s for s in rows_of("quotation") if entry.article in s["articles"]]
        entry.laws = [s for s in rows_of("law") if entry.article in s["articles"]]
        entries.append(entry)
    return entries


def _cell(gate: Gate, levels: Levels, plain: str, by: str, group: str, cleared: bool) -> Cell:
    """An indicator's number in the survey's own form, or the state of it."""
    rows = [r for (name, b, g), r in levels.items() if split_id(name)[0] == plain and (b, g) == (by, group)]
    if not rows:
        return Cell(plain, NOT_MEASURED)
    if plain in CLEARANCE_ONLY and not cleared:
        return Cell(plain, NOT_CLEARED)
    return _first(plain, gate, (str(r["id"]) for r in rows))


def _first(plain: str, gate: Gate, ids: Iterable[str]) -> Cell:
    for name in ids:
        estimate = gate.published.find(name)
        if gate.passes(estimate):
            return Cell(plain, "", estimate)
    return Cell(plain, HIDDEN)
