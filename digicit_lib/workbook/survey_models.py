"""Tests, models, scales and weights of a survey, each as a table."""

from typing import Any

import pandas as pd

from digicit_lib import codebook, disclosure
from digicit_lib.disclosure.judging import SENSITIVE
from digicit_lib.language import N_
from digicit_lib.language.codes import code, label_table
from digicit_lib.survey import association, effect_size, letters, quantile, reliability, weight_report
from digicit_lib.survey import table as estimate_table
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyEstimates

FEW = N_("fewer complete answers than a number may rest on")
GIVES_BACK = N_("a group of it is hidden, and a test or model would give it back")
NOT_ASKED = N_("nobody of one of its groups was asked or answered")
NOBODY = "nobody_answered"  # of a group: no secret, and nothing to compare


def record_rows(survey: SurveyEstimates, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Record what a test or model found; returns the ids behind its table, for `trace`."""
    if not rows:
        return {}
    facts = [survey.definition(row["indicator"]) for row in rows]
    frame = pd.DataFrame(rows).assign(
        title=[survey.voice.say(i.title) for i in facts],
        base=[i.base_text for i in facts],
        question=[i.question for i in facts],
        definition_sha=[i.definition_sha for i in facts],
        source=survey.source,
    )
    return {"table": {"provenance": survey.evidence.add(frame)["id"].tolist()}}


def hidden_behind(survey: SurveyEstimates, name: str, by: str) -> str:
    """Why a test or model may not be printed, in a code: it would give a hidden number back; or ""."""
    rows, profile = [survey.select([name], "")], survey.params.publication
    if by in survey.respondents.breakdowns:
        rows.append(survey.select([name], by))
    elif survey.definition(by).type == "share":
        crossed = estimate_table(survey.design, [name], by=(by,), in_base=survey.respondents.in_base)
        rows.append(survey.judged(survey.worded(crossed), survey.estimates))
    reasons = [reason for part in rows for reason in part["reason"][part["quality"].isin(disclosure.HIDDEN)]]
    if survey.private(name) or any("privacy" in reason for reason in reasons):
        return code("privacy", n=profile.cell(sensitive=survey.definition(name).sensitivity >= SENSITIVE))
    return NOBODY if set(reasons) == {NOBODY} else "from_hidden" if reasons else ""


def withheld_line(survey: SurveyEstimates, name: str, reason: str, **place: str) -> str:
    """Record that a test or model is not printed, for the auditor; returns the line that says so."""
    record_rows(survey, [{"indicator": name, "quality": "suppressed", "reason": reason, **place}])
    why = NOT_ASKED if reason == NOBODY else GIVES_BACK
    return f"{survey.voice.say(survey.definition(name).title)}: {survey.voice.say(why)}"


def reliability_table(survey: SurveyEstimates, *scores: str) -> Result:
    """Alpha and omega of scores, weighted and listwise, with pingouin's unweighted alpha beside them.

    Parameters
    ----------
    scores : str
        Indicator ids of type scale.
    """
    rows, recorded, absent = [], [], []
    for name in (form for score in scores for form in survey.measured(score)):
        items = survey.respondents.items(name)
        coefficients: dict[str, Any] = dict(reliability(survey.design, items))
        if coefficients["n"] < survey.params.publication.min_base:
            absent.append(f"{survey.gap(codebook.split_id(name)[0])}: {survey.voice.say(FEW)}")
            continue
        same = {"indicator": name, "unit": "alpha", "n": coefficients["n"]}
        recorded += [
            {**same, "statistic": kind, "estimate": float(coefficients[kind])} for kind in ("alpha", "omega")
        ]
        figures = [survey.voice.number(float(coefficients[k]), 2) for k in ("alpha", "omega", "pingouin")]
        words = survey.voice.say(survey.definition(name).title)
        rows.append([words, str(items.shape[1]), survey.voice.number(float(coefficients["n"])), *figures])
    head = tuple(label_table("reliability").values())
    gaps = (*(survey.gap(score) for score in scores if not survey.measured(score)), *absent)
    frame = pd.DataFrame(rows, columns=[survey.voice.say(words) for words in head])
    note = survey.voice.say("The unweighted alpha is pingouin's; it ignores weights and clusters.")
    ids = record_rows(survey, recorded)
    title = N_("Reliability of the scores")
    return Result(frame, title, source=survey.source, gaps=gaps, notes=(note,), options=ids)


def effect_size_table(survey: SurveyEstimates, name: str, *, by: str) -> Result:
    """Hedges' g between the first and last group, by pingouin: unweighted, it describes the sample only.

    Parameters
    ----------
    name : str
        An indicator of type scale or numeric.
    by : str
        A breakdown.
    """
    forms = survey.measured(name) if by in survey.respondents.breakdowns else []
    if not forms or hidden_behind(survey, forms[0], by):
        return Result(pd.DataFrame(), N_("Effect size"), gaps=(survey.gap(name),))
    first, last = survey.ends(by)
    whole = effect_size(survey.design, forms[0], by, first, last)
    size = whole["estimate"]
    place = {"indicator": forms[0], "by": by, "level": f"{first}-{last}", "statistic": "hedges_g"}
    facts = {"estimate": float(size), "n": whole["n"], "method": whole["method"]}
    ids = record_rows(survey, [place | facts])
    groups = survey.level_text(by, f"{first}-{last}")
    row = [survey.voice.say(survey.definition(forms[0]).title), groups, survey.voice.number(float(size), 2)]
    columns = [survey.voice.say(words) for words in (N_("Score"), N_("Groups"), N_("Hedges' g, unweighted"))]
    frame = pd.DataFrame([row], columns=columns)
    return Result(frame, N_("Effect size, unweighted (pingouin)"), source=survey.source, options=ids)


def associations(survey: SurveyEstimates, *names: str, by: str) -> Result:
    """Whether indicators and a breakdown are related: Rao-Scott F, adjusted within the table (Holm).

    Parameters
    ----------
    names : str
        Indicator ids of shares.
    by : str
        A breakdown.
    """
    if not survey.compares(by):
        return Result(pd.DataFrame(), N_("Association"), gaps=(survey.gap_of_groups(by),))
    forms = [form for name in names for form in survey.measured(name)]
    reasons = {form: hidden_behind(survey, form, by) for form in forms}
    gaps = tuple(
        withheld_line(survey, form, reason, statistic="association", category=by)
        for form, reason in reasons.items()
        if reason
    )
    forms = [form for form in forms if not reasons[form]]
    if not forms:
        return Result(pd.DataFrame(), N_("Association"), gaps=gaps or tuple(map(survey.gap, names)))
    tests = association(survey.design, forms, by, df=survey.params.analysis.df)
    rows = [
        [
            survey.voice.say(survey.definition(row.indicator).title),
            survey.voice.number(row.statistic, 2),
            f"{survey.voice.number(row.ndf, 1)}; {survey.voice.number(row.ddf, 1)}",
            survey.voice.p_value(row.p_adjusted),
            survey.voice.number(row.cramers_v, 2),
            survey.voice.number(row.n),
        ]
        for row in tests.itertuples()
    ]
    heads = tuple(label_table("association").values())
    frame = pd.DataFrame(rows, columns=[survey.voice.say(head) for head in heads])
    kept = tests[["indicator", "statistic", "ddf", "n", "p_value", "p_adjusted"]]
    facts = kept.rename(columns={"statistic": "estimate", "ddf": "df"}).assign(
        statistic="association",
        category=by,
        unit="F",
        m=len(tests),
        family=f"association by {by} (Holm)",
        method=[f"Rao-Scott F, ndf {ndf:.4g}" for ndf in tests["ndf"]],
    )
    ids = record_rows(survey, facts.to_dict("records"))
    topic = survey.voice.say("Association with {by}", by=survey.voice.lower(survey.breakdown_text(by)))
    limit = 1 - survey.params.analysis.confidence_level
    counts = {"n": int((tests["p_adjusted"] < limit).sum()), "all": len(tests)}
    title = survey.voice.say("{title}: shown in {n} of {all}", title=topic, **counts)
    return Result(frame, title, source=survey.source, gaps=gaps, options={**ids, "topic": topic})


def letters_table(survey: SurveyEstimates, *names: str, by: str) -> Result:
    """Which groups of a breakdown are significantly higher than which: letters, with the rule.

    Parameters
    ----------
    names : str
        Indicator ids.
    by : str
        A breakdown.
    """
    rows = survey.select([f for n in names for f in survey.measured(n)], by)
    several = survey.compares(by)
    if rows.empty or not several:
        gaps = tuple(map(survey.gap, names)) if several else (survey.gap_of_groups(by),)
        return Result(rows.iloc[:0], N_("Significance letters"), gaps=gaps)
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
    withheld = ~marks["quality"].isin(["ok", "caution"])
    # A hidden cell carries no letter, and nobody else's letter speaks of it.
    letters_lost = marks[withheld].groupby("indicator")["letter"].agg("".join)
    texts = [
        "(*)"
        if is_withheld
        else "".join(c for c in row.higher_than if c not in letters_lost.get(row.indicator, "")) or "·"
        for row, is_withheld in zip(marks.itertuples(), withheld, strict=True)
    ]
    marks = marks.assign(told=texts, head=marks["level_label"] + " (" + marks["letter"] + ")")
    wide = marks.pivot(index="title", columns="head", values="told").loc[list(dict.fromkeys(marks["title"]))]
    wide = wide[list(dict.fromkeys(marks["head"]))].rename_axis(survey.voice.say("Indicator")).reset_index()
    if set(texts) <= {"·", "(*)"}:
        none = survey.voice.say("no group is shown to exceed another")
        gap = f"{survey.voice.say('Significance letters')}, {survey.breakdown_text(by)}: {none}"
        return Result(rows.iloc[:0], N_("Significance letters"), gaps=(gap,))
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
    forms = [form for name in names for form in survey.measured(name)]
    forms = [form for form in forms if survey.definition(form).type in ("numeric", "scale")]
    if not forms or (by and by not in survey.respondents.breakdowns):
        gaps = tuple(map(survey.gap, names)) if not forms else (survey.breakdown_text(by),)
        return Result(pd.DataFrame(), title or N_("Medians"), gaps=gaps)
    analysis = survey.params.analysis
    estimates = quantile(survey.design, forms, by or (), df=analysis.df, level=analysis.confidence_level)
    rows = survey.evidence.add(survey.judged(survey.worded(estimates), survey.estimates))
    return Result(rows, title or N_("Medians"), unit=str(rows["unit"].iloc[0]), source=survey.source)


def weighting(survey: SurveyEstimates) -> Result:
    """The weights before and after calibration; nothing where they are used as they were delivered."""
    if survey.design is survey.delivered_design:
        return Result(pd.DataFrame(), N_("Weights"))

    designs = {N_("as delivered"): survey.delivered_design, N_("calibrated"): survey.design}
    report = weight_report(**designs).rename_axis("weights").reset_index()
    whole = report[["n", "n_effective", "sum_w"]].map(lambda x: survey.voice.number(x))
    parts = report[["min", "median", "max", "kish_deff"]].map(lambda x: survey.voice.number(x, 2))
    table = report[["weights"]].map(survey.voice.say).join(whole).join(parts)
    heads = tuple(label_table("weights").values())
    spec = survey.params.design.calibration
    notes = (survey.voice.say("Calibrated to: {source}", source=spec.source),) if spec else ()
    frame = table.set_axis([survey.voice.say(head) for head in heads], axis=1)
    return Result(frame, N_("Weights"), source=survey.source, notes=notes)
