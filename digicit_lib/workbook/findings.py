"""Sentences from templates: each number comes from evidence, and so does each word that compares.

A token is ``{tail}`` or ``{tail|form}``. Forms: the number itself (default), ``ci`` (with its interval),
``n``, ``points`` (a difference in percentage points), ``words`` (a share in words), ``year`` (the period
of a series), and the comparisons ``likely``, ``often``, ``higher``, ``changed`` of a difference, by the
verdict that stands with it in the evidence: a sentence that compares is said where a difference is shown.
"""

import re
from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate
from digicit_lib.language import (
    ENGLISH,
    N_,
    comparison,
    is_translated,
    number,
    percent,
    plural,
    share_in_words,
    translate,
)
from digicit_lib.language.codes import label_table
from digicit_lib.workbook.voice import Voice

# Role and sex, as one says them of a person.
PEOPLE = label_table("people of interviews")
AGE_BAND = re.compile(r"\d+-\d+")
TREATIES = (N_("CRC"), N_("OPSC"), N_("OPIC"), N_("Lanzarote"), N_("Budapest"))
MODELS = (N_("WeProtect Model National Response"),)  # norms that are no treaties
_GROUP = re.compile(r"([a-z_]+)=([^,/|}]+)")  # a breakdown and its group, in a token
TOKEN = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
FORMS = ("ci", "n", "points", "words", "year", "likely", "often", "higher", "changed")
FINE = 5  # points: nearer to nought than this, a difference has one decimal
_COMPARING = ("likely", "often", "higher", "changed")
# Digits that are no findings: years, ages, articles and paragraphs of a treaty, indicator ids.
_ALLOWED = re.compile(
    r"\b(?:19|20)\d\d\b"
    r"|\b(?:articles?|paragraphs?|section|figure|table) \d+(?:(?:, | and |–|-)\d+)*"
    r"|\bgeneral comment (?:no\.? )?\d+"
    r"|\bage[ds]? (?:of )?\d+(?: (?:to|and) \d+)?"
    r"|\b\d+(?:–| to )\d+ years?\b|\b\d+-year-olds?\b|\bunder (?:the age of )?1\d\b"
    r"|\b[a-z]{3}-(?:\d\d|[a-z])\b",
    re.IGNORECASE,
)
_COMPARATIVE = re.compile(
    r"\b(?:more|fewer|less|most|majority|minority|half|third|quarter|twice|double|triple|rising|rose|falling|"
    r"fell|higher|lower|highest|lowest|increas\w+|decreas\w+|declin\w+|grow(?:s|n|ing)?|grew)\b",
    re.IGNORECASE,
)

Part = str | dict[str, Any]


class NotShown(Exception):
    """A token's number is not measured or may not be shown; carries the reasons."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


def typed_claims(text: str) -> list[str]:
    """Digits and comparative words that stand outside a token.

    Parameters
    ----------
    text : str
        A finding's template or a prose cell.

    Returns
    -------
    list of str
        Each offending piece; years, ages, article and paragraph numbers are no claims.

    Examples
    --------
    >>> typed_claims("{ACC-03} of children under Article 17, and 45% more")
    ['45', 'more']
    """
    prose = re.sub(r"`[^`]*`|\]\([^)]*\)", " ", TOKEN.sub(" ", text))
    digits = re.findall(r"\d+(?:[.,]\d+)*", _ALLOWED.sub(" ", prose))
    return digits + _COMPARATIVE.findall(prose)


def render(
    template: str, find: Callable[[str], Estimate], language: str = "en", *, written: bool = False
) -> list[Part]:
    """A sentence as parts: text, and numbers with their evidence.

    Parameters
    ----------
    template : str
    find : callable
        Gives the estimate of a tail; raises `EvidenceError` when there is none.
    language : str
    written : bool
        Whether the sentence was written in this language and waits for no translation.

    Returns
    -------
    list
        Strings and ``{"text", "id", "value"}``; all of it English, and marked, without a translation.

    Raises
    ------
    NotShown
        When any number is suppressed, or a comparison asked for is not shown by the data.
    EvidenceError
        Unknown token or form, or a number typed into the sentence.
    """
    typed = typed_claims(template)
    if typed:
        raise EvidenceError(
            "A finding may not type a number or a comparison.",
            got=re.sub(r"\d", "#", ", ".join(typed)),  # a cell may have put an answer there
            allowed="tokens such as {ACC-03} and {ACC-03/diff:gender=girl-boy|likely}",
        )
    spoken = language if written or is_translated(template, language) else "en"
    message = template if written else translate(template, spoken)
    parts: list[Part] = []
    withheld: list[str] = []
    position = 0
    for match in TOKEN.finditer(message):
        parts.append(message[position : match.start()])
        position = match.end()
        estimate = find(match[1].strip())
        if not estimate.shown:
            why = reason_text(estimate.reason or estimate.quality, language)
            withheld.append(f"{translate(estimate.title or estimate.indicator, language)}: {why}")
        elif match[2] in _COMPARING and estimate.verdict == "not shown":
            withheld.append(no_difference(estimate, language))
        else:
            text = form(estimate, match[2] or "", spoken)
            parts.append({"text": text, "id": estimate.id, "value": estimate.estimate})
    if withheld:
        raise NotShown(withheld)
    mark = "" if spoken == language else f"{ENGLISH} "
    return [part for part in [mark, *parts, message[position:]] if part]


def absent_groups(template: str, breakdowns: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Breakdowns that lack a group which a template names: the sentence is not said, and stops nothing.

    Parameters
    ----------
    template : str
    breakdowns : mapping
        Those that the survey recorded, with the groups in its file.

    Examples
    --------
    >>> absent_groups("Girls are {RSK-01/diff:gender=girl-boy|likely} boys.", {"gender": ("girl",)})
    ['gender']
    >>> absent_groups("{ACC-03/share/gender=girl} of girls", {"gender": ("girl", "boy")})
    []
    """
    pairs = [pair for match in TOKEN.finditer(template) for pair in _GROUP.findall(match[1])]
    return list(dict.fromkeys(by for by, group in pairs if not _within(group, breakdowns.get(by, ()))))


def _within(group: str, levels: tuple[str, ...]) -> bool:
    """Whether a group, or both groups of a difference, are levels of a breakdown."""
    return group in levels or any(group == f"{a}-{b}" for a in levels for b in levels if a != b)


def form(estimate: Estimate, kind: str, language: str = "en") -> str:
    """One number or phrase of an estimate.

    Raises
    ------
    EvidenceError
        Unknown form, or a comparison asked of something that is no difference.
    """
    if kind in _COMPARING:
        if estimate.statistic not in ("diff", "change"):
            raise EvidenceError(
                "`|likely` needs a difference.", got=f"{estimate.indicator}|{kind}", allowed="…/diff:…"
            )
        if not estimate.verdict:
            what = "This difference was not declared, so it has no verdict."
            allowed = "core indicators by the params' breakdowns"
            raise EvidenceError(what, got=estimate.id, allowed=allowed, next="declare it: analysis.primary")
        return comparison(kind, estimate.verdict, language)
    if kind == "points":
        points = round(abs(100 * estimate.estimate))
        return plural("{n} percentage point", "{n} percentage points", points, language)
    if kind == "n":
        return number(estimate.n, language)
    if kind == "year":
        return estimate.period
    if kind == "words":
        return share_in_words(estimate.estimate, language)
    if kind not in ("", "ci"):
        raise EvidenceError("Unknown form of a number.", got=kind, allowed=", ".join(FORMS))
    shown = value(estimate.estimate, estimate.unit, language)
    if kind == "":
        return shown
    level = percent(estimate.confidence_level, language)
    if not has_interval(estimate):
        return shown
    if estimate.verdict:
        low, high = contrast_ends(estimate, language)
        text = N_(
            "{shown} ({low} to {high}; the {level} intervals of all declared comparisons hold together)"
        )
        return translate(text, language, shown=shown, level=level, low=low, high=high)
    low, high = (value(x, estimate.unit, language) for x in (estimate.ci_low, estimate.ci_high))
    return translate(
        "{shown} ({level} interval {low} to {high})", language, shown=shown, level=level, low=low, high=high
    )


def no_difference(estimate: Estimate, language: str = "en") -> str:
    """What is said of a tested contrast in which no difference is shown: never that the groups are equal."""
    title = translate(estimate.title or estimate.indicator, language)
    if not has_interval(estimate):
        return translate("{title}: no difference is shown", language, title=title)
    low, high = contrast_ends(estimate, language)
    return translate(
        "{title}: no difference is shown ({low} to {high})", language, title=title, low=low, high=high
    )


def has_interval(estimate: Estimate) -> bool:
    """Whether an interval can be told: of a contrast that of all comparisons together."""
    return not any(map(isnan, estimate.interval))


def contrast_ends(estimate: Estimate, language: str = "en") -> tuple[str, str]:
    """The ends of a contrast's simultaneous interval: points of a share, or the unit's own numbers."""
    ends = (estimate.sim_low, estimate.sim_high)
    if estimate.unit != "share":
        low, high = (number(x, language, 1) for x in ends)
        return low, high
    _, low, high = points(max(map(abs, ends)), *ends, language=language)
    return low, translate("{high} points", language, high=high)


def points(size: float, low: float, high: float, *, scale: int = 100, language: str = "en") -> list[str]:
    """A difference and the ends of its interval: whole, with one decimal below five points.

    The ends have the same decimals, but an end near nought keeps one that tells on which side it is.

    Examples
    --------
    >>> points(0.086, 0.03, 0.101), points(0.0052, -0.0126, 0.0201), points(0.02, -0.018, 0.07)
    (['9', '3', '10'], ['0.5', '−1.3', '2.0'], ['2.0', '−2', '7'])
    >>> points(0.06, 0.004, 0.12)
    ['6', '0.4', '12']
    """
    size, low, high = scale * size, scale * low, scale * high
    fine = max(abs(low), abs(high)) < FINE
    places = ((size, abs(size) < FINE), *((end, fine or abs(end) < 1) for end in (low, high)))
    return [number(round(x, int(decimal)) + 0.0, language, int(decimal)) for x, decimal in places]


def value(x: float, unit: str, language: str = "en") -> str:
    """A number with its unit's own form: shares as percentages.

    Examples
    --------
    >>> value(0.453, "share"), value(8.25, "years"), value(82.68, "%"), value(41, "segments")
    ('45%', '8.2', '83%', '41')
    """
    if unit == "share":
        return percent(x, language)
    if unit == "%":
        return percent(x / 100, language)
    if unit == "alpha":
        return number(x, language, 2)
    whole = unit in ("segments", "groups", "participants", "count", "persons", "cases", "thousands")
    return number(x, language, 0 if whole else 1)


def norm(text: object, voice: Voice) -> str:
    """The norms of a checklist by their names; English keeps the short forms."""
    if voice.language == "en":
        return str(text)
    return "; ".join(_norm(part, voice) for part in str(text).split("; "))


def _norm(part: str, voice: Voice) -> str:
    name, _, rest = part.partition(" ")
    if name == "GC25":
        return voice.say("General Comment 25: {list}", list=rest.replace("-", "–"))
    return f"{voice.say(name)}: {rest}".removesuffix(": ") if name in TREATIES else voice.say(part)


def attribution_text(attribution: object, voice: Voice, separator: str = ", ") -> str:
    """Who said something, as one speaks of a person: role and sex in one word, then age and area.

    Examples
    --------
    >>> from digicit_lib.workbook.voice import Voice
    >>> attribution_text("parent, female, adult, urban", Voice("en"))
    'mother, urban'
    >>> attribution_text("child, girl, 12-14", Voice("ru")).replace("\u00a0", " ")
    'девочка, 12–14 лет'
    """
    parts = str(attribution).split(separator)
    if person := PEOPLE.get(" ".join(parts[:2])):
        parts = [person, *(part for part in parts[2:] if part != "adult")]
    return separator.join(_attribute(part, voice) for part in parts)


def _attribute(part: str, voice: Voice) -> str:
    band = part.replace("-", "–")
    return voice.say("aged {ages}", ages=band) if AGE_BAND.fullmatch(part) else voice.each(part)
