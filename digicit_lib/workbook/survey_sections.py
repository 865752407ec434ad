"""Sections of a survey's report that need more than one exhibit: abuse and exploitation, own questions."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pandas as pd

from digicit_lib import codebook
from digicit_lib.codebook import OTHER
from digicit_lib.language import N_
from digicit_lib.workbook.authors_choice import AuthorsChoice, authors_choice
from digicit_lib.workbook.base import BaseWorkbook
from digicit_lib.workbook.closing import help_services
from digicit_lib.workbook.findings import value
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.study_facts import clearance
from digicit_lib.workbook.survey_estimates import SurveyEstimates
from digicit_lib.workbook.survey_guards import GROUPS
from digicit_lib.workbook.survey_story import SHOWN, SurveyStory

# Acts that show an ability and stand in another module.
ACTS = ("AIX-08", "DSN-03")


def findings(
    wb: BaseWorkbook, survey: SurveyEstimates, story: SurveyStory, section: str, changes: Mapping[str, Any]
) -> None:
    """Key findings as rule and authors chose them, then what to beware of, which always stands."""
    statements, indicators = story.statements, survey.respondents.indicators
    choice = authors_choice(statements, indicators, wb.find, **changes)
    for statement in choice.statements:
        if section not in ("", statement.section):
            continue
        if words := choice.words.get(statement.id):
            BaseWorkbook.finding(wb, words["text"], key=not section)
        else:
            wb._found(f"{{{statement.id}}}", story.speaker.say(statement), not section)
    if not section:
        if {i.section for i in indicators.values()} & {"risks", "harm_coping"}:
            harm = N_("A risk that somebody met is not the same as harm: the two are kept apart here.")
            wb.note(harm, key=True)
        if any(
            s.by and s.kind != "level" and indicators[s.indicator].base != "ALL" for s in choice.statements
        ):
            base = N_("A difference is one among those who were asked the question; its exhibit names them.")
            wb.note(base, key=True)
        for parts in story.cautions():
            wb._found("caution", parts, True)
        _tell_changes(wb, choice, len(statements))


def _tell_changes(wb: BaseWorkbook, choice: AuthorsChoice, count: int) -> None:
    """What the authors did with the findings of the rule."""
    text = N_("Left out of {m} key findings by {by}: {title}. Reason: {why}.")
    for edit in choice.dropped:
        title, why = wb.say(wb.find(edit["id"]).title), edit["why"].rstrip(".")
        wb.note(wb.say(text, m=count, by=edit["by"], title=title, why=why))
    if names := ", ".join(dict.fromkeys(edit["by"] for edit in choice.words.values())):
        wb.note(wb.say("Key findings reworded by {names}: {n}.", names=names, n=len(choice.words)))


def exploitation(wb: BaseWorkbook, survey: SurveyEstimates, story: SurveyStory) -> None:
    """Questions on sexual abuse and exploitation: behind a recorded clearance, with help first."""
    forms = [form for name in codebook.CLEARANCE_ONLY for form in survey.measured(name)]
    cleared = wb.params.ethics.clearance is not None
    if not forms or not cleared:
        return
    item = clearance(wb.params, survey.respondents.mapper.instrument, wb.language)
    wb.note(item.text, title=item.item)
    wb.definitions(N_("Getting help"), help_services(wb.params, wb.voice, wb.synthetic))
    rows = survey.select(forms, "")
    wb.table(story.exhibit(rows, wb.say("Sexual abuse and exploitation online")))


def other_questions(
    wb: BaseWorkbook, survey: SurveyEstimates, story: SurveyStory, estimate: Callable[..., Result]
) -> None:
    """Own questions of the survey in no section of the catalogue; nothing where it has none."""
    respondents = survey.respondents
    names = [name for name, indicator in respondents.own.items() if indicator.section == OTHER]
    if names:
        result = estimate(*names, title=wb.say(GROUPS[OTHER]))
        wb.figure(result, title=result.title)
        wb.table(estimate(*names, by=next(iter(respondents.breakdowns), "")))
        own = [respondents.own[name] for name in names]
        questions = [(wb.say(i.title), story.asked(i), wb.say(i.base_text)) for i in own]
        rows = [[title, f"{text} ({base})" if text else base] for title, text, base in questions]
        wb.definitions(wb.say("How these questions were asked"), rows)


def lacking_terms(survey: SurveyEstimates, marks: Collection[str], title: str) -> set[str]:
    """Terms that a survey has no use for: weights without weights, marks that none bears, no difference."""
    design, rows = survey.respondents.design, survey.evidence.rows.values()
    compared = (r["quality"] for r in rows if r["statistic"] in ("diff", "change"))
    lacking = {"Weight"} if design.get("weight") is None else set()
    lacking |= {"Cluster (PSU)"} if design.get("psu") is None else set()
    lacking |= {"Design effect"} if len(lacking) > 1 else set()
    lacking |= {sign for sign, mark in (("( )", "caution"), ("(*)", "suppressed")) if mark not in marks}
    lacking |= set() if {"ok", "caution"}.intersection(compared) else {"Differences"}
    in_title = survey.voice.lower(survey.voice.say("Digital citizenship")) in survey.voice.lower(title)
    return lacking if in_title else lacking | {"Digital citizenship"}


def abilities(survey: SurveyEstimates) -> Result:
    """What children show in a test or by an act, believe of themselves, and met or have, by ability.

    The three stand side by side and are never averaged; nothing where no test or act was asked.
    """
    say, rows, tested = survey.voice.say, [], False
    for ability in ("judge", "create", "navigate", "consume"):
        indicators = [i for i in survey.respondents.indicators.values() if i.competence == ability and i.core]
        parts = [
            [i.id for i in indicators if i.module == "abilities" or i.id in ACTS],
            [i.id for i in indicators if i.id.startswith("SKL-") and i.type == "scale"],
            [i.id for i in indicators if i.section in ("access", "risks") and not i.module],
        ]
        texts = ["; ".join(_levels(survey, names)) for names in parts]
        rows.append([say(GROUPS[ability]), *(text or say(N_("not measured")) for text in texts)])
        tested |= bool(texts[0])
    heads = (N_("Ability"), N_("Shown in a test or by an act"), N_("Believed of oneself"), N_("Met or had"))
    rows = rows if tested else []
    frame = pd.DataFrame(rows, columns=[say(head) for head in heads])
    note = say("The columns are three different things and are never averaged; what was met is no ability.")
    return Result(frame, N_("The four abilities"), source=survey.source, notes=(note,) if rows else ())


def _levels(survey: SurveyEstimates, names: list[str]) -> list[str]:
    """Title and value of what may be shown of these indicators, for everyone."""
    frame = survey.select(names, "") if names else survey.estimates.iloc[:0]
    frame = frame[frame["quality"].isin(SHOWN) & frame["statistic"].isin(["share", "mean"])]
    triples = zip(frame["title"], frame["estimate"], frame["unit"], strict=True)
    return [f"{title}: {value(x, unit, survey.voice.language)}" for title, x, unit in triples]
