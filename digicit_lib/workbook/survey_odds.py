"""Odds ratios of a weighted logistic regression, as a table."""

from typing import Any

import pandas as pd

from digicit_lib import codebook
from digicit_lib.disclosure.judging import SENSITIVE
from digicit_lib.errors import DataError
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.survey import adjust_p, regression
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyEstimates
from digicit_lib.workbook.survey_models import hidden_behind, record_rows, withheld_line

NO_MODEL = N_("the model cannot be estimated from these answers")
MODEL_NOTE = N_(
    "Logistic regression, weights and standard errors by the sample design; answers used: {n}. An odds ratio "
    "compares a group with its reference group while the others are held equal."
)
NO_FINITE = N_("No finite estimate: a group answered only yes or only no.")


def odds(survey: SurveyEstimates, outcome: str, *predictors: str) -> Result:
    """Odds ratios of a weighted logistic regression with design-based standard errors.

    Parameters
    ----------
    outcome : str
        Indicator id of a share.
    predictors : str
        Breakdowns, or indicator ids.
    """
    say = survey.voice.say
    forms = {name: _predictor(survey, name) for name in predictors}
    target = next(iter(survey.measured(outcome)), "")
    absent = [survey.gap_of_groups(n) for n, form in forms.items() if not form]
    predictors_measured = [form for form in forms.values() if form]
    if not target or not predictors_measured:
        return Result(
            pd.DataFrame(), N_("Odds ratios"), gaps=tuple(absent) if target else (survey.gap(outcome),)
        )
    words = say(survey.definition(target).title)
    if reason := max(hidden_behind(survey, target, form) for form in predictors_measured):
        names = "+".join(predictors_measured)
        reason_row = withheld_line(survey, target, reason, statistic="odds", category=names)
        return Result(pd.DataFrame(), N_("Odds ratios"), gaps=(reason_row, *absent))
    terms = " + ".join(f'Q("{name}")' for name in predictors_measured)
    level = survey.params.analysis.confidence_level
    try:
        fit = regression(survey.design, f'Q("{target}") ~ {terms}', "binomial", level=level)
    except DataError:
        return Result(pd.DataFrame(), N_("Odds ratios"), gaps=(f"{words}: {say(NO_MODEL)}", *absent))
    rows = _odds_rows(survey, fit, target, predictors_measured)
    heads = tuple(label_table("odds ratios").values())
    frame = pd.DataFrame([_odds_words(survey, row) for row in rows], columns=[say(head) for head in heads])
    title = say("Odds ratios: {title}", title=words)
    infinite = (say(NO_FINITE),) if any(row.get("quality") == "suppressed" for row in rows) else ()
    notes = (say(MODEL_NOTE, n=survey.voice.number(fit.n)), *infinite, *_yes_count(survey, fit, target))
    ids = record_rows(survey, [{k: v for k, v in row.items() if k != "words"} for row in rows])
    return Result(frame, title, source=survey.source, notes=notes, gaps=tuple(absent), options=ids)


def _odds_rows(survey: SurveyEstimates, fit: Any, target: str, terms: list[str]) -> list[dict[str, Any]]:
    """The coefficients of a model but its intercept, as rows of evidence."""
    coefficients = fit.coefficients[fit.coefficients["term"] != "Intercept"]
    adjusted = adjust_p(coefficients["p_value"].to_numpy(float), "holm")
    models = survey.models.setdefault(target, [])
    models += [terms] if terms not in models else []
    # The first model of an outcome has the plain id; another one names its predictors.
    period = "" if models.index(terms) == 0 else "+".join(terms)
    fixed = {"indicator": target, "statistic": "odds", "period": period, "n": fit.n, "m": len(coefficients)}
    fixed |= {"unit": "odds ratio", "family": "odds of one model (Holm)", "method": fit.method}
    fixed |= {"confidence_level": survey.params.analysis.confidence_level}
    rows = []
    for row, p in zip(coefficients.itertuples(), adjusted, strict=True):
        place = dict(zip(("by", "level", "words"), _term(survey, row.term), strict=True))
        ends = {"estimate": row.ratio, "ci_low": row.ratio_low, "ci_high": row.ratio_high}
        test = {"df": row.df, "p_value": row.p_value, "p_adjusted": p}
        mark = {"quality": "suppressed", "reason": "separated"} if row.separated else {}
        rows.append({**fixed, **place, **ends, **test, **mark})
    return rows


def _odds_words(survey: SurveyEstimates, row: dict[str, Any]) -> list[str]:
    """One line of the table: a term that has no finite estimate is marked, never given a number."""
    voice = survey.voice
    if row.get("quality") == "suppressed":
        return [row["words"], voice.say("no finite estimate"), "", ""]
    ends = f"{voice.number(row['ci_low'], 2)}–{voice.number(row['ci_high'], 2)}"
    return [row["words"], voice.number(row["estimate"], 2), ends, voice.p_value(row["p_adjusted"])]


def _yes_count(survey: SurveyEstimates, fit: Any, target: str) -> list[str]:
    """How many answered yes, without weights (a second equation), where no part is a small cell."""
    whole, profile = survey.select([target], "").iloc[0], survey.params.publication
    small = profile.cell(sensitive=survey.definition(target).sensitivity >= SENSITIVE)
    parts = [fit.n_yes, fit.n - fit.n_yes]
    others = [whole["n_yes"] - parts[0], whole["n"] - whole["n_yes"] - parts[1]]
    safe = min(parts) >= small and all(rest == 0 or rest >= small for rest in others)
    safe = safe and survey.design.unweighted
    yes = survey.voice.number(fit.n_yes)
    return [survey.voice.say("Of the answers used, {yes} are yes.", yes=yes)] if safe else []


def _predictor(survey: SurveyEstimates, name: str) -> str:
    """The column of a breakdown or of a measured indicator; empty when the survey has neither."""
    if name in survey.respondents.breakdowns:
        return name if survey.compares(name) else ""
    indicators = {**codebook.catalogue(), **survey.respondents.own}
    return next(iter(survey.measured(name)), "") if name in indicators else ""


def _term(survey: SurveyEstimates, term: str) -> tuple[str, str, str]:
    """A model's term: its variable, its level, and both in words with the group it is compared with."""
    name, _, level = term.replace('Q("', "").replace('")', "").partition("[T.")
    if level:
        level, first = level.rstrip("]"), survey.respondents.breakdowns[name][0]
        words = survey.voice.say(
            "{by}: {level}, against {reference}",
            by=survey.breakdown_text(name),
            level=survey.level_text(name, level),
            reference=survey.level_text(name, first),
        )
        return name, level, words
    definition = survey.definition(name)
    return name, "yes" if definition.type == "share" else "one more", survey.voice.say(definition.title)
