"""The rights map: for each article what was found, how sure, which voices and laws speak to it, the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digicit_lib.codebook import Indicator, catalogue, questionnaire, split_id
from digicit_lib.evidence import DEFAULT_STATISTICS, Estimate
from digicit_lib.products.signoff_gate import CORE, Gate


@dataclass
class Entry:
    """One article of the Convention.

    Attributes
    ----------
    article : int
    right : str
    paragraphs : list of int
        Of General Comment 25.
    opportunities, risks : list of Estimate
        Core indicators that may be printed, those that speak to this article first and alone leading.
    voices, laws : list of dict
        Approved quotations and items of law.
    missing : list of str
        Titles of core indicators that are not measured, hidden or not signed.
    """

    article: int
    right: str
    paragraphs: list[int]
    opportunities: list[Estimate] = field(default_factory=list)
    risks: list[Estimate] = field(default_factory=list)
    voices: list[dict[str, Any]] = field(default_factory=list)
    laws: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def verified(self) -> int:
        """Items of law with a verified answer."""
        return sum(law["verified"] for law in self.laws)


def side(indicator: Indicator) -> str:
    """The side of an indicator: ``risks``, ``opportunities``, or neither, such as long hours online.

    Examples
    --------
    >>> [side(catalogue()[name]) for name in ("RSK-01", "ACC-09", "OPP-02", "ACC-11")]
    ['risks', 'risks', 'opportunities', '']
    """
    if indicator.section == "risks" or indicator.polarity == "bad":
        return "risks"
    return "opportunities" if indicator.polarity == "good" else ""


def rights_map(gate: Gate, articles: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """What a study has on each article.

    Parameters
    ----------
    gate : Gate
    articles : iterable of mapping
        article, right, paragraphs; every one of them gets an entry, whether or not anything was found.

    Returns
    -------
    list of Entry
    """
    printed = _estimates(gate)
    return [_entry(gate, printed, dict(a)) for a in articles]


def _estimates(gate: Gate) -> dict[str, Estimate | None]:
    """Each core indicator's number for everyone, in the survey's own variant; None: not to be printed."""
    core = [i.id for i in catalogue().values() if i.tier in CORE]
    found: dict[str, Estimate | None] = dict.fromkeys(n for n in core if n in questionnaire())
    if "quantitative" not in gate.published.frames:
        return found
    rows = gate.published.frames["quantitative"]
    rows = rows[(rows["by"] == "") & rows["statistic"].isin(DEFAULT_STATISTICS)]
    for name in rows["id"]:
        estimate = gate.published.find(name)
        plain = split_id(estimate.indicator)[0]
        if plain in core and gate.passes(estimate):
            found[plain] = estimate
    return found


def _entry(gate: Gate, printed: Mapping[str, Estimate | None], row: dict[str, Any]) -> Entry:
    number = int(row["article"])
    entry = Entry(number, str(row["right"]), list(row["paragraphs"]))
    about = [catalogue()[name] for name in printed if number in catalogue()[name].crc]
    for indicator in sorted(about, key=lambda i: (i.crc[0] != number, len(i.crc))):
        estimate = printed[indicator.id]
        if estimate is None:
            entry.missing.append(indicator.title)
        elif side(indicator):
            getattr(entry, side(indicator)).append(estimate)
    entry.voices = [s for s in gate.published.said("quotation") if number in s["articles"]]
    entry.laws = [s for s in gate.published.said("law") if number in s["articles"]]
    return entry
