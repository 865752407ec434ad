"""How a survey was made, from its facts: AAPOR's items, weights, response; what is unknown says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from digicit_lib.codebook import Instrument, questionnaire, split_id
from digicit_lib.codebook.frames import population_of
from digicit_lib.codebook.people import names_ages
from digicit_lib.data import Respondents
from digicit_lib.language import N_, number, percent, translate
from digicit_lib.language.codes import label_table
from digicit_lib.params import Params
from digicit_lib.survey.response import response_rates
from digicit_lib.workbook.study_facts import ChecklistItem
from digicit_lib.workbook.survey_estimates import SurveyEstimates

MANY_SILENT = 0.10
OLDEST = 99  # an upper age that means "and over"
# Stages of a sample, as the rates of each are told.
STAGES = label_table("response stages")
OF_AGES = N_("{n} of the study's ages, {total} in all")
UNWEIGHTED = N_("No weights: the numbers describe those who answered.")


@dataclass(frozen=True)
class MethodsFacts:
    """What is known of a survey when its methods are told.

    Attributes
    ----------
    params : Params
    survey : Respondents
    design : mapping
        As from `SurveyDesign.report`.
    rows : mapping
        Evidence by id.
    language : str
    """

    params: Params
    survey: Respondents
    design: Mapping[str, Any]
    rows: Mapping[str, Mapping[str, Any]]
    language: str = "en"

    @property
    def tool(self) -> Instrument:
        """The instrument."""
        return self.survey.mapper.instrument

    def say(self, message: str, **values: object) -> str:
        """A message in the language."""
        return translate(message, self.language, **values)

    def number(self, x: float, decimals: int = 0) -> str:
        """A number in the language."""
        return number(x, self.language, decimals)


def surveyed(survey: SurveyEstimates, design: Mapping[str, Any]) -> MethodsFacts:
    """What is known of a survey after its estimates were made."""
    rows, language = survey.evidence.rows, survey.voice.language
    return MethodsFacts(survey.params, survey.respondents, design, rows, language=language)


def aapor(known: MethodsFacts) -> list[ChecklistItem]:
    """AAPOR's eleven items for immediate disclosure: the authors' words, else what the study shows.

    Parameters
    ----------
    known : Surveyed

    Returns
    -------
    list of Item
        In AAPOR's order.
    """
    tool, say = known.tool, known.say
    people = "; ".join(dict.fromkeys(say(name) for name in (tool.sponsor, tool.conductor) if name))
    question = say("{title}; wording: {where}", title=say(tool.title), where=say(tool.where))
    rows = (
        (N_("Collection strategy"), "instrument", sampling_strategy(tool, say)),
        (N_("Sponsor and conductor"), "instrument", people),
        (N_("Instruments"), "instrument", question),
        (N_("Population"), "params", _population(known)),
        (N_("Sample recruitment"), "design", _recruitment(known)),
        (N_("Method and mode"), "instrument", _mode(known)),
        (N_("Dates"), "instrument", say(tool.fieldwork)),
        (N_("Sample sizes and precision"), "data", _precision(known)),
        (N_("Weighting"), "design", weighting_story(known)),
        (N_("Processing and checks"), "data", _processing(known)),
        (N_("Limits"), "data", _limits(known)),
    )
    return [_item(known, *row) for row in rows]


def _item(survey_facts: MethodsFacts, name: str, source: str, text: str) -> ChecklistItem:
    """The authors' words win; else what was computed, from its source."""
    key = name.lower().replace(" ", "_")
    stated = getattr(survey_facts.params.disclosure, key)
    if stated:
        return ChecklistItem(name, survey_facts.say(stated), "authors")
    return ChecklistItem(name, text, source if text else "")


def sampling_strategy(tool: Instrument, say: Any) -> str:
    """What kind of survey it was, in words; empty where its instrument does not say.

    Examples
    --------
    >>> from digicit_lib.codebook import instrument
    >>> sampling_strategy(instrument("yrbs2021"), str)
    'A probability sample survey.'
    """
    if tool.kind == "sample survey":
        return str(say("A probability sample survey."))
    if tool.kind == "census of schools":
        return str(say("A census of schools."))
    return str(say("A survey of those who chose to answer.")) if tool.kind == "opt-in" else ""


def _population(survey_facts: MethodsFacts) -> str:
    (low, high), say = survey_facts.params.population.ages, survey_facts.say
    left_out = survey_facts.params.study.coverage
    base = population_of(survey_facts.params.population.base, survey_facts.tool.respondents)
    if names_ages(base, low, high):
        whom = f"{say(base)}."
    elif low < high < OLDEST:
        whom = say("{base}, ages {low} to {high}.", base=say(base), low=low, high=high)
    else:
        ages = "{low} and over" if high >= OLDEST else "{low} to {high}"
        whom = say(f"{base}, ages {ages}".format(low=low, high=high)) + "."
    out = (
        say("Who is left out: {coverage}.", coverage=say(left_out).rstrip("."))
        if left_out
        else say("Who is left out: not reported.")
    )
    return f"{whom} {out}"


def _recruitment(survey_facts: MethodsFacts) -> str:
    """How people were chosen, and the stages that the file shows; never "in 1 strata"."""
    say, facts, design = survey_facts.say, survey_facts.design, survey_facts.survey.design
    how = (
        say(survey_facts.tool.recruitment)
        if survey_facts.tool.recruitment
        else say("how people were chosen: not reported")
    )
    stages = ""
    if (design.get("replicates") or {}).get("weights") is not None:
        stages = say("the file carries replicate weights ({method})", method=str(facts["method"]))
    elif design.get("psu") is not None and design.get("strata") is not None:
        psus, strata = survey_facts.number(facts["psus"]), survey_facts.number(facts["strata"])
        stages = say("{psus} first units in {strata} strata", psus=psus, strata=strata)
    elif design.get("psu") is not None:
        stages = say("{psus} first units, strata not known", psus=survey_facts.number(facts["psus"]))
    return "; ".join(filter(None, (how, stages)))


def _mode(survey_facts: MethodsFacts) -> str:
    """The instrument's mode, and how long an interview took in the middle."""
    mode, raw = survey_facts.say(survey_facts.tool.mode), survey_facts.survey.mapper.raw.frame
    if survey_facts.tool.minutes not in raw:
        return mode
    length = float(pd.to_numeric(raw[survey_facts.tool.minutes], errors="coerce").median())
    length_text = survey_facts.say("median length {minutes} minutes", minutes=survey_facts.number(length))
    return "; ".join(filter(None, (mode, length_text if length == length else "")))


def sample_size(survey_facts: MethodsFacts) -> str:
    """How many answered: those of the study's ages, and all, where the file holds others too."""
    n, some = survey_facts.design["n"], survey_facts.survey.facts["of_ages"]
    parts = {"n": survey_facts.number(some), "total": survey_facts.number(n)}
    return parts["total"] if n == some else survey_facts.say(OF_AGES, **parts)


def _precision(survey_facts: MethodsFacts) -> str:
    say, facts = survey_facts.say, survey_facts.design
    levels = [
        (r["ci_high"] - r["ci_low"]) / 2
        for r in survey_facts.rows.values()
        if r["statistic"] == "share"
        and not r["by"]
        and not r["period"]
        and r["quality"] in ("ok", "caution")
        and r["ci_low"] == r["ci_low"]
    ]
    n, effective = sample_size(survey_facts), survey_facts.number(facts["n"] / facts["kish_deff"])
    if survey_facts.survey.design.get("weight") is None:
        n = say("{n} answered", n=n)
    else:
        n = say("{n} answered; {effective} effectively, after weighting", n=n, effective=effective)
    if not levels:
        return n
    low, high = (survey_facts.number(100 * x, 1) for x in (min(levels), max(levels)))
    return (
        n + "; " + say("intervals of shares reach {low} to {high} points to either side", low=low, high=high)
    )


def weighting_story(survey_facts: MethodsFacts) -> str:
    """A sentence a step of the weights that exists; how they were made is not reported unless somebody did.

    Parameters
    ----------
    survey_facts : Surveyed
    """
    say, facts, stated = survey_facts.say, survey_facts.design, survey_facts.params.weighting
    if survey_facts.survey.design.get("weight") is None:
        return say(UNWEIGHTED)
    steps = [say(text) for text in (stated.base, stated.nonresponse) if text]
    spec = survey_facts.params.design.calibration
    if spec is not None:
        margins = ", ".join(survey_facts.say(name.replace("_", " ")) for name in spec.totals)
        steps.append(say("calibrated here to {margins} ({source})", margins=margins, source=say(spec.source)))
    steps += [say(text) for text in (stated.calibration, stated.trimming) if text]
    how = "; ".join(steps) or say("how weights were made: not reported")
    deff = facts["kish_deff"]
    kish, effective = survey_facts.number(deff, 2), survey_facts.number(facts["n"] / deff)
    spread = say("design effect of the weights {deff} (Kish), effective n {n}", deff=kish, n=effective)
    return "; ".join([how, weight_scale(survey_facts), spread])


def weight_scale(survey_facts: MethodsFacts) -> str:
    """What the weights add up to: the population, the answers, or a mean of one.

    Parameters
    ----------
    survey_facts : Surveyed
    """
    n, total = survey_facts.design["n"], survey_facts.design["sum_w"]
    if abs(total / n - 1) < 0.01:
        return survey_facts.say("the weights add up to the number of answers")
    return survey_facts.say("the weights add up to {total}", total=survey_facts.number(total))


def _processing(survey_facts: MethodsFacts) -> str:
    say, survey = survey_facts.say, survey_facts.survey
    sentences = [say("{n} indicators mapped from the file", n=survey_facts.number(len(survey.indicators)))]
    cut = survey.facts.get("cut")
    if cut:
        sentences.append(say("rows left out by the filter: {n}", n=survey_facts.number(cut["rows"])))
    return "; ".join(sentences)


def missing_rule(survey_facts: MethodsFacts) -> str:
    """What a missing answer counts as, by the rules of this survey's indicators.

    Parameters
    ----------
    survey_facts : Surveyed
    """
    as_no = [i.title for i in survey_facts.survey.indicators.values() if i.missing == "as_no"]
    if not as_no:
        return survey_facts.say("Missing answers leave the base of their question.")
    titles = "; ".join(map(survey_facts.say, dict.fromkeys(as_no)))
    return survey_facts.say("Missing answers leave the base; no answer counts as no in: {list}.", list=titles)


def _limits(survey_facts: MethodsFacts) -> str:
    silent = [
        r["title"]
        for r in survey_facts.rows.values()
        if not r["by"]
        and not r["period"]
        and r["statistic"] in ("share", "mean")
        and r["missing_share"] > MANY_SILENT
    ]
    sentences = [survey_facts.say("answers are the respondents' own reports")]
    if silent:
        names = "; ".join(dict.fromkeys(silent))
        sentences.append(survey_facts.say("over a tenth gave no valid answer to: {list}", list=names))
    measured = {split_id(name)[0] for name in survey_facts.survey.indicators}
    lacking = survey_facts.number(len(set(questionnaire(survey_facts.params.modules)) - measured))
    sentences.append(survey_facts.say("indicators of the catalogue not measured: {n}", n=lacking))
    return "; ".join(sentences)


def response(params: Params, language: str = "en") -> list[ChecklistItem]:
    """Response rates, stage by stage: from counts, else those that an agency published, else not reported.

    Parameters
    ----------
    params : Params
    language : str
    """
    name = N_("Response rate")
    if params.outcomes:
        parts = []
        for stage, counts in params.outcomes.items():
            rates = "; ".join(f"{k} {percent(v, language, 1)}" for k, v in response_rates(counts).items())
            parts.append(f"{translate(STAGES[stage], language)}: {rates}")
        return [ChecklistItem(name, " · ".join(parts) + _overall(params, language), "params")]
    if params.response:
        parts = [
            translate(
                "{share} of {name}",
                language,
                share=percent(s.took_part / s.of, language, 1),
                name=translate(s.name, language),
            )
            for s in params.response.stages
        ]
        source = translate(params.response.source, language)
        return [ChecklistItem(name, f"{', '.join(parts)}{_overall(params, language)} ({source})", "params")]
    return [ChecklistItem(name)]


def _overall(params: Params, language: str) -> str:
    stages = params.outcomes or (params.response.stages if params.response else ())
    rate = params.response_rate
    if len(stages) < 2 or rate is None:
        return ""
    return ", " + translate("{share} together", language, share=percent(rate, language, 1))
