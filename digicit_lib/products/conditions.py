"""Conditions in product texts: whether a line of text is true of the study at hand.

``{if: measured MED-07 and gap MED-07}`` … ``{else}`` … ``{end}``, each on a line of its own, never nested. A
condition joins facts by `and`, or by `or`, never by both; `not` may stand before a fact. Nothing is computed.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from digicit_lib.codebook import CONSTRUCTS, catalogue, split_id
from digicit_lib.errors import EvidenceError, did_you_mean, suggest

_NUMBER = r"[0-9]{1,3}"  # as digits and in length: the text is anybody's
_ID = r"[A-Z]{3}-(?:\d{2}[a-z]?|[A-Z])(?:@\w+)?"
ALLOWED = (
    "measured ID, shown ID, ID < N, ID > N, gap ID, verdict ID by GROUP is more|less|none, section NAME, "
    "phase NAME, voices CODE [child], asks, law N verified|documented, clearance, helpline, signed ID, "
    "instrument NAME, authors, ages A-B, lang CODE"
)


@dataclass(frozen=True)
class KnownFacts:
    """What is true of a study, frozen before any text is read.

    Attributes
    ----------
    intervals : mapping
        Plain indicator id to the interval of its level for all, in percent or points of a score; shown ones.
    measured, gaps, signed, sections, phases : frozenset
    verdicts : mapping
        (indicator, breakdown) to more, less or none.
    voices : mapping
        Code to whether a child's quotation is among the approved ones.
    laws : mapping
        Item of the legal checklist to its state, verified or documented.
    asks, clearance, helpline, authors : bool
    instrument, language : str
    ages : (int, int)
    """

    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    verdicts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    voices: Mapping[str, bool] = field(default_factory=dict)
    laws: Mapping[int, str] = field(default_factory=dict)
    asks: bool = False
    clearance: bool = False
    helpline: bool = False
    authors: bool = False
    instrument: str = ""
    language: str = "en"
    ages: tuple[int, int] = (0, 120)

    def interval(self, name: str) -> tuple[float, float]:
        """Of an indicator's level; neither below nor above anything where it is not shown."""
        return self.intervals.get(plain_id(name), (math.nan, math.nan))


# Each kind of fact: its words, and what makes it true.
_FACTS: Mapping[str, tuple[str, Callable[[KnownFacts, Mapping[str, str]], bool]]] = {
    "measured": (rf"measured (?P<id>{_ID})", lambda k, t: plain_id(t["id"]) in k.measured),
    "shown": (rf"shown (?P<id>{_ID})", lambda k, t: plain_id(t["id"]) in k.intervals),
    "below": (
        rf"(?P<id>{_ID}) < (?P<n>{_NUMBER}(?:\.{_NUMBER})?)",
        lambda k, t: k.interval(t["id"])[1] < float(t["n"]),
    ),
    "above": (
        rf"(?P<id>{_ID}) > (?P<n>{_NUMBER}(?:\.{_NUMBER})?)",
        lambda k, t: k.interval(t["id"])[0] > float(t["n"]),
    ),
    "gap": (rf"gap (?P<id>{_ID})", lambda k, t: plain_id(t["id"]) in k.gaps),
    "verdict": (
        rf"verdict (?P<id>{_ID}) by (?P<by>[a-z_]+) is (?P<word>more|less|none)",
        lambda k, t: k.verdicts.get((plain_id(t["id"]), t["by"])) == t["word"],
    ),
    "section": (rf"section (?P<name>{'|'.join(CONSTRUCTS)})", lambda k, t: t["name"] in k.sections),
    "phase": (r"phase (?P<name>exploratory|quantitative|qualitative)", lambda k, t: t["name"] in k.phases),
    "voices": (
        r"voices (?P<code>[\w.-]+)(?P<child> child)?",
        lambda k, t: t["code"] in k.voices and (k.voices[t["code"]] or not t["child"]),
    ),
    "asks": (r"asks", lambda k, t: k.asks),
    "law": (
        rf"law (?P<n>{_NUMBER}) (?P<word>verified|documented)",
        lambda k, t: k.laws.get(int(t["n"])) == t["word"],
    ),
    "clearance": (r"clearance", lambda k, t: k.clearance),
    "helpline": (r"helpline", lambda k, t: k.helpline),
    "signed": (rf"signed (?P<id>{_ID})", lambda k, t: plain_id(t["id"]) in k.signed),
    "instrument": (r"instrument (?P<name>\w+)", lambda k, t: k.instrument == t["name"]),
    "authors": (r"authors", lambda k, t: k.authors),
    "ages": (
        rf"ages (?P<low>{_NUMBER})-(?P<high>{_NUMBER})",
        lambda k, t: k.ages[0] <= int(t["low"]) and int(t["high"]) <= k.ages[1],
    ),
    "lang": (r"lang (?P<code>en|ru|uk|tr)", lambda k, t: k.language == t["code"]),
}
_TERM = {name: re.compile(pattern) for name, (pattern, _) in _FACTS.items()}


def holds(condition: str, known: KnownFacts, where: str = "") -> bool:
    """Whether a condition is true of a study.

    Parameters
    ----------
    condition : str
    known : Known
    where : str
        File and line, for errors.

    Raises
    ------
    EvidenceError
        An unknown fact or indicator, `and` mixed with `or`, brackets.

    Examples
    --------
    >>> known = KnownFacts(intervals={"MED-07": (20.0, 30.0)}, measured=frozenset({"MED-07"}))
    >>> holds("MED-07 < 50 and not asks", known), holds("MED-07 < 25", known), holds("MED-07 > 25", known)
    (True, False, False)
    """
    terms = [(text, *_parsed(text, where)) for text in _terms(condition, where)]
    truths = [_FACTS[name][1](known, parts) is not negated for _, name, parts, negated in terms]
    return any(truths) if " or " in condition else all(truths)


def _terms(condition: str, where: str) -> list[str]:
    if " and " in condition and " or " in condition:
        what = "A condition joins its facts by `and` or by `or`, not by both."
        raise EvidenceError(what, where=where, got=condition, allowed="one of the two; write two conditions")
    return re.split(r" and | or ", condition.strip())


def _parsed(text: str, where: str) -> tuple[str, dict[str, str], bool]:
    """The name of a fact, its parts, and whether it is negated."""
    bare = text.strip().removeprefix("not ")
    for name, pattern in _TERM.items():
        match = pattern.fullmatch(bare)
        if match:
            parts = {key: value or "" for key, value in match.groupdict().items()}
            _check_names(parts, where)
            return name, parts, bare != text.strip()
    first = bare.split(" ")[0]
    what = "Unknown fact in a condition."
    raise EvidenceError(what, where=where, got=text.strip(), allowed=ALLOWED, next=suggest(first, _FACTS))


def _check_names(parts: Mapping[str, str], where: str) -> None:
    if "id" in parts and plain_id(parts["id"]) not in catalogue():
        hint = did_you_mean(parts["id"], catalogue())
        ids = "an id of the catalogue, such as ACC-03: digicit catalogue lists them"
        raise EvidenceError("Unknown indicator.", where=where, got=parts["id"], allowed=ids, next=hint)


def plain_id(name: str) -> str:
    return split_id(name)[0]
