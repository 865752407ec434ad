"""Ethics and safeguarding from facts: each item is filled from the study, or says that it is not reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digicit_lib.codebook import Instrument
from digicit_lib.codebook.people import ADULT
from digicit_lib.language import N_, date, number, translate

if TYPE_CHECKING:
    from digicit_lib.data import Respondents
    from digicit_lib.params import Params

SENSITIVE, GRAVEST = 2, 3
FEW = 5  # uses of a referral below which no count is printed
BOXED = ("Consent", "Consent and assent", "Referral")  # beside the clearance, where there is little room
NOBODY_ASKED = N_("Nobody was asked in this phase: it reads what others have published.")


@dataclass(frozen=True)
class ChecklistItem:
    """One item of a checklist.

    Attributes
    ----------
    item : str
        Its name, in English; a message.
    text : str
        What is reported, in the language; empty: nothing is.
    source : str
        Where it was taken from: authors, params, instrument, design, data or project.
    loud : bool
        Whether its absence must be seen.
    """

    item: str
    text: str = ""
    source: str = ""
    loud: bool = False


def told(items: Sequence[ChecklistItem], language: str) -> list[list[str]]:
    """Names and texts of the items that are reported, and in one row the names of all others.

    Examples
    --------
    >>> told([ChecklistItem("Dates", "May 2026"), ChecklistItem("Incentives"), ChecklistItem("Limits")], "en")
    [['Dates', 'May 2026'], ['Not reported', 'Incentives; Limits']]
    """
    rows = [[translate(item.item, language), item.text] for item in items if item.text]
    silent = "; ".join(translate(item.item, language) for item in items if not item.text)
    return [*rows, [translate("Not reported", language), silent]] if silent else rows


def ethics(
    params: Params,
    *,
    survey: Respondents | None = None,
    consent: str = "",
    adults: bool | None = None,
    others: Mapping[str, str] | None = None,
    language: str = "en",
) -> list[ChecklistItem]:
    """The box on ethics and safeguarding: clearance, consent and referral first, as a cover shows them.

    Parameters
    ----------
    params : Params
    survey : Respondents, optional
        For its instrument's mode, its codes of "prefer not to say" and what it asks.
    consent : str
        What the columns of participants say of consent and assent.
    adults : bool, optional
        Whether no child took part; as the ages of the population say where nobody knows better.
    others : mapping, optional
        Further items that the coded project fills: names, words let out.
    language : str
    """
    say = _sayer(language)
    facts, more = params.ethics, dict(others or {})
    tool = survey.mapper.instrument if survey is not None else None
    whose = "authors" if facts.consent else "project"
    grown = _adults(params, tool) if adults is None else adults
    items = [
        clearance(params, tool, language),
        ChecklistItem(
            N_("Consent") if grown else N_("Consent and assent"), say(facts.consent) or consent, whose
        ),
        _referral(params, language),
        ChecklistItem(N_("Who asked"), _team(params, language), "params"),
        ChecklistItem(N_("Right to stop or skip"), _stop(params, survey, language), "params"),
        ChecklistItem(N_("Setting"), say(facts.private) or (say(tool.mode) if tool else ""), "instrument"),
        ChecklistItem(N_("Incentives"), say(facts.incentives), "authors"),
    ]
    if survey is not None:
        items.append(ChecklistItem(N_("Sensitive questions"), _sensitive(survey, language), "data"))
    items += [ChecklistItem(name, text, "project") for name, text in more.items()]
    items.append(ChecklistItem(N_("Storage and access"), say(facts.storage), "authors"))
    if not grown and (tool is None or tool.respondents != "people"):
        part = say(facts.child_participation)
        items.append(ChecklistItem(N_("Part of children in the study"), part, "authors"))
    return items


def boxed(
    params: Params, tool: Instrument | None = None, *, consent: str = "", language: str = "en"
) -> list[ChecklistItem]:
    """Clearance, consent and referral alone: the box of a product and of a desk review."""
    items = ethics(params, consent=consent, adults=_adults(params, tool), language=language)
    return [clearance(params, tool, language), *(item for item in items if item.item in BOXED)]


def _adults(params: Params, tool: Instrument | None) -> bool:
    """Whether no child was asked: by the ages of the population, or as parents answered."""
    return params.population.ages[0] >= ADULT or (tool is not None and tool.respondents == "parents")


def _sayer(language: str) -> Any:
    return lambda message, **values: translate(message, language, **values)


def clearance(params: Params, tool: Instrument | None = None, language: str = "en") -> ChecklistItem:
    """The recorded clearance; without one that is said loudly, but for an agency's own public file.

    Parameters
    ----------
    params : Params
    tool : Instrument, optional
    language : str
    """
    facts, say = params.ethics, _sayer(language)
    if facts.clearance and facts.date:
        day = date(facts.date, language)
        text = say("Cleared by {board}, {number}, {day}.", board=facts.board, number=facts.clearance, day=day)
        return ChecklistItem(N_("Ethics clearance"), text, "params")
    if tool is not None and not tool.generated and tool.sponsor:
        text = say("Asked under the agency's own rules; its clearance is not reported here.")
        return ChecklistItem(N_("Ethics clearance"), text, "instrument")
    return ChecklistItem(N_("Ethics clearance"), say("No clearance on record."), "", loud=True)


def _team(params: Params, language: str) -> str:
    if not params.team:
        return ""
    say, roles = _sayer(language), [member.role for member in params.team]
    roles_said = [f"{say(role)}: {number(roles.count(role), language)}" for role in dict.fromkeys(roles)]
    training = [say(member.training) for member in params.team if member.training]
    return "; ".join([", ".join(roles_said), *dict.fromkeys(training)])


def _stop(params: Params, survey: Respondents | None, language: str) -> str:
    say, lines = _sayer(language), [translate(params.ethics.stop, language)] if params.ethics.stop else []
    if survey is not None:
        tool = survey.mapper.instrument
        names = [name for name in survey.indicators if name in tool.indicators and tool.columns(name)]
        with_refusal = [name for name in names if _may_decline(tool, name) or _declined(survey, name)]
        if with_refusal:
            n, of = number(len(with_refusal), language), number(len(names), language)
            lines.append(say("prefer not to say is an answer to {n} of {all} questions", n=n, all=of))
    return "; ".join(lines)


def _may_decline(tool: Instrument, name: str) -> bool:
    """Whether a code for "prefer not to say" is named for an indicator's own question."""
    leaves = list(tool.indicators[name].leaves())
    column_codes = (tool.column_missing.get(leaf.column or "") for leaf in leaves)
    return any(codes and codes.pnts for codes in (*column_codes, *(leaf.missing for leaf in leaves)))


def _declined(survey: Respondents, name: str) -> bool:
    """Whether somebody preferred not to say: a code of the whole file need not have been on each card."""
    return bool(survey.status.loc[name, "pnts_share"] > 0)


def _referral(params: Params, language: str) -> ChecklistItem:
    facts, say = params.ethics.referral, _sayer(language)
    if facts is None:
        return ChecklistItem(N_("Referral"), say("No referral procedure is reported."), "", loud=True)
    use = ""
    if facts.used is not None:
        many = facts.used >= FEW or facts.used == 0
        use = say("used {n} times", n=number(facts.used, language)) if many else say("used")
    return ChecklistItem(
        N_("Referral"), "; ".join(filter(None, (say(facts.procedure), say(facts.service), use))), "params"
    )


def _sensitive(survey: Respondents, language: str) -> str:
    say = _sayer(language)
    measured = [i for name, i in survey.indicators.items() if bool(survey.status.loc[name, "measured"])]
    classes = {c: [i for i in measured if i.sensitivity == c] for c in (SENSITIVE, GRAVEST)}
    if not classes[SENSITIVE] and not classes[GRAVEST]:
        return str(say("none of the two highest classes"))
    two, three = (number(len(classes[c]), language) for c in (SENSITIVE, GRAVEST))
    if survey.mapper.instrument.respondents == "parents":
        message = N_("indicators of class two: {two}, of class three, the highest: {three}")
        return str(say(message, two=two, three=three))
    youngest = min(i.ages[0] for members in classes.values() for i in members)
    message = N_("indicators of class two: {two}, of class three, the highest: {three}; asked from age {age}")
    return str(say(message, two=two, three=three, age=youngest))
