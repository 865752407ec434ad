"""Tests, models, scales and weights of a survey, each as a table."""

from __future__ import annotations

from typing import Any

from digicit_lib import codebook
from digicit_lib.language import N_
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyEstimates


def reliability(survey: SurveyEstimates, *scores: str) -> Result:
    """Alpha and omega of scores, weighted and listwise, with pingouin's unweighted alpha beside them.

    Parameters
    ----------
    scores : str
        Indicator ids of type scale.
    """
    import pandas as pd

    from digicit_lib.survey import reliability

    rows = []
    for name in (form for score in scores for form in survey.measured(score)):
        items = survey.respondents.items(name)
        found: dict[str, Any] = dict(reliability(survey.design, items))
        figures = [survey.voice.number(float(found[k]), 2) for k in ("alpha", "omega", "pingouin")]
        words = survey.voice.say(survey.definition(name).title)
        rows.append([words, str(items.shape[1]), survey.voice.number(float(found["n"])), *figures])
    head = (
        N_("Score"),
        N_("Items"),
        N_("Complete answers"),
        N_("Alpha, weighted"),
        N_("Omega, weighted"),
        N_("Alpha, unweighted"),
    )
    gaps = tuple(survey.gap(score) for score in scores if not survey.measured(score))
    frame = pd.DataFrame(rows, columns=[survey.voice.say(words) for words in head])
    note = survey.voice.say("The unweighted alpha is pingouin's; it ignores weights and clusters.")
    return Result(frame, N_("Reliability of the scores"), source=survey.source, gaps=gaps, notes=(note,))


def effect_size(survey: SurveyEstimates, name: str, *, by: str) -> Result:
    """Hedges' g between the first and last group, by pingouin: unweighted, it describes the sample only.

    Parameters
    ----------
    name : str
        An indicator of type scale or numeric.
    by : str
        A breakdown.
    """
    import pandas as pd

    from digicit_lib.survey import effect_size

    forms = survey.measured(name) if by in survey.respondents.breakdowns else []
    if not forms:
        return Result(pd.DataFrame(), N_("Effect size"), gaps=(survey.gap(name),))
    first, last = survey.ends(by)
    found = effect_size(survey.design, forms[0], by, first, last)["estimate"]
    groups = survey.level_text(by, f"{first}-{last}")
    row = [survey.voice.say(survey.definition(forms[0]).title), groups, survey.voice.number(float(found), 2)]
    columns = [survey.voice.say(words) for words in (N_("Score"), N_("Groups"), N_("Hedges' g, unweighted"))]
    return Result(
        pd.DataFrame([row], columns=columns), N_("Effect size, unweighted (pingouin)"), source=survey.source
    )


def associations(survey: SurveyEstimates, *names: str, by: str) -> Result:
    """Whether indicators and a breakdown are related: Rao-Scott F, adjusted within the table (Holm).

    Parameters
    ----------
    names : str
        Indicator ids of shares.
    by : str
        A breakdown.
    """
    import pandas as pd

    from digicit_lib.survey import association

    forms = (
        [form for name in names for form in survey.measured(name)]
        if by in survey.respondents.breakdowns
        else []
    )
    if not forms:
        return Result(pd.DataFrame(), N_("Association"), gaps=tuple(map(survey.gap, names)))
    found = association(survey.design, forms, by, df=survey.params.analysis.df)
    rows = [
        [
            survey.voice.say(survey.definition(row.indicator).title),
            survey.voice.number(row.statistic, 2),
            f"{survey.voice.number(row.ndf, 1)}; {survey.voice.number(row.ddf, 1)}",
            survey.voice.p_value(row.p_adjusted),
            survey.voice.number(row.cramers_v, 2),
            survey.voice.number(row.n),
        ]
        for row in found.itertuples()
    ]
    heads = (
        N_("Indicator"),
        N_("F (Rao-Scott)"),
        N_("Degrees of freedom"),
        N_("p, adjusted (Holm)"),
        N_("Cramér's V"),
        N_("Answers"),
    )
    frame = pd.DataFrame(rows, columns=[survey.voice.say(head) for head in heads])
    return Result(
        frame,
        survey.voice.say("Association with {by}", by=survey.voice.lower(survey.breakdown_text(by))),
        source=survey.source,
    )


def letters(survey: SurveyEstimates, *names: str, by: str) -> Result:
    """Which groups of a breakdown are significantly higher than which: letters, with the rule.

    Parameters
    ----------
    names : str
        Indicator ids.
    by : str
        A breakdown.
    """
    import pandas as pd

    from digicit_lib.survey import letters

    rows = survey.select([f for n in names for f in survey.measured(n)], by)
    if rows.empty:
        return Result(rows, N_("Significance letters"), gaps=tuple(map(survey.gap, names)))
    marks, rule = letters(
        survey.design,
        list(dict.fromkeys(rows["indicator"])),
        by,
        df=survey.params.analysis.df,
        level=survey.params.analysis.confidence_level,
        m=len(survey.declared["report"]),
        language=survey.voice.language,
    )
    marks = rows.merge(marks, on=["indicator", "level"])
    hidden = ~marks["quality"].isin(["ok", "caution"])
    # A hidden cell carries no letter, and nobody else's letter speaks of it.
    lost = marks[hidden].groupby("indicator")["letter"].agg("".join)
    told = [
        "(*)" if gone else "".join(c for c in row.higher_than if c not in lost.get(row.indicator, "")) or "·"
        for row, gone in zip(marks.itertuples(), hidden, strict=True)
    ]
    marks = marks.assign(told=told, head=marks["level_label"] + " (" + marks["letter"] + ")")
    wide = marks.pivot(index="title", columns="head", values="told").loc[list(dict.fromkeys(marks["title"]))]
    wide = wide[list(dict.fromkeys(marks["head"]))].rename_axis(survey.voice.say("Indicator")).reset_index()
    title = survey.voice.say(
        "Significance letters, by {by}", by=survey.voice.lower(survey.breakdown_text(by))
    )
    return Result(pd.DataFrame(wide), title, source=survey.source, notes=(rule,))


def medians(survey: SurveyEstimates, *names: str, by: str = "", title: str = "") -> Result:
    """Medians with Woodruff intervals, for everyone asked or by a breakdown.

    Parameters
    ----------
    names : str
        Indicator ids of type numeric or scale.
    by : str
        A breakdown.
    title : str
    """
    import pandas as pd

    from digicit_lib import disclosure
    from digicit_lib.survey import quantile

    forms = [form for name in names for form in survey.measured(name)]
    if not forms or (by and by not in survey.respondents.breakdowns):
        gaps = tuple(map(survey.gap, names)) if not forms else (survey.breakdown_text(by),)
        return Result(pd.DataFrame(), title or N_("Medians"), gaps=gaps)
    analysis = survey.params.analysis
    found = quantile(survey.design, forms, by or (), df=analysis.df, level=analysis.confidence_level)
    profile = survey.params.publication
    shown = disclosure.apply(survey.worded(found), profile=profile, published=survey.estimates)
    rows = survey.evidence.add(shown)
    return Result(rows, title or N_("Medians"), unit=str(rows["unit"].iloc[0]), source=survey.source)


def odds(survey: SurveyEstimates, outcome: str, *predictors: str) -> Result:
    """Odds ratios of a weighted logistic regression with design-based standard errors.

    Parameters
    ----------
    outcome : str
        Indicator id of a share.
    predictors : str
        Breakdowns, or indicator ids.
    """
    import pandas as pd

    from digicit_lib.survey import regression

    named = {name: _predictor(survey, name) for name in predictors}
    known = [form for form in named.values() if form]
    target = survey.measured(outcome)
    if not target or not known:
        gaps = (survey.gap(outcome),) if not target else tuple(map(survey.breakdown_text, predictors))
        return Result(pd.DataFrame(), N_("Odds ratios"), gaps=gaps)
    terms = " + ".join(f'Q("{name}")' for name in known)
    level = survey.params.analysis.confidence_level
    fit = regression(survey.design, f'Q("{target[0]}") ~ {terms}', "binomial", level=level)
    shown = fit.coefficients[fit.coefficients["term"] != "Intercept"]
    rows = [
        [
            _term(survey, row.term),
            survey.voice.number(row.ratio, 2),
            f"{survey.voice.number(row.ratio_low, 2)}–{survey.voice.number(row.ratio_high, 2)}",
            survey.voice.p_value(row.p_value),
        ]
        for row in shown.itertuples()
    ]
    heads = (N_("Compared with the first group"), N_("Odds ratio"), N_("Interval"), N_("p"))
    title = survey.voice.say(
        "Odds ratios: {title}", title=survey.voice.lower(survey.voice.say(survey.definition(target[0]).title))
    )
    note = survey.voice.say(
        "Weighted logistic regression, standard errors by the sample design; answers used: {n}.", n=fit.n
    )
    frame = pd.DataFrame(rows, columns=[survey.voice.say(head) for head in heads])
    lost = [survey.breakdown_text(name) for name, form in named.items() if not form]
    absent = survey.voice.say("not recorded in this survey")
    gaps = tuple(f"{name}: {absent}" for name in lost)
    return Result(frame, title, source=survey.source, notes=(note,), gaps=gaps)


def _predictor(survey: SurveyEstimates, name: str) -> str:
    """The column of a breakdown or of a measured indicator; empty when the survey has neither."""
    if name in survey.respondents.breakdowns:
        return name
    return next(iter(survey.measured(name)), "") if name in codebook.catalogue() else ""


def _term(survey: SurveyEstimates, term: str) -> str:
    """A model's term in words: the breakdown and its level, or the indicator."""
    name, _, level = term.replace('Q("', "").replace('")', "").partition("[T.")
    if level:
        return f"{survey.breakdown_text(name)}: {survey.level_text(name, level.rstrip(']'))}"
    return survey.voice.say(survey.definition(name).title) if name in survey.respondents.indicators else name


def weighting(survey: SurveyEstimates) -> Result:
    """The weights: their spread and what they cost, before and after calibration; nothing without weights."""
    import pandas as pd

    from digicit_lib.survey import weight_report

    if survey.respondents.design.get("weight") is None:
        return Result(pd.DataFrame(), "Weights")

    designs = {N_("as delivered"): survey.delivered_design}
    designs |= {N_("calibrated"): survey.design} if survey.design is not survey.delivered_design else {}
    report = weight_report(**designs).rename_axis("weights").reset_index()
    whole = report[["n", "n_effective", "sum_w"]].map(lambda x: survey.voice.number(x))
    parts = report[["min", "median", "max", "kish_deff"]].map(lambda x: survey.voice.number(x, 2))
    shown = report[["weights"]].map(survey.voice.say).join(whole).join(parts)
    heads = (
        N_("Weights"),
        N_("Answers"),
        N_("Effective number"),
        N_("Sum"),
        N_("Least"),
        N_("Median"),
        N_("Greatest"),
        N_("Design effect (Kish)"),
    )
    spec = survey.params.design.calibration
    notes = (survey.voice.say("Calibrated to: {source}", source=spec.source),) if spec else ()
    frame = shown.set_axis([survey.voice.say(head) for head in heads], axis=1)
    return Result(frame, N_("Weights"), source=survey.source, notes=notes)
