"""Annexes of a survey report: sampling errors, missing answers, changes since earlier waves, first use."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.data.quality import quality_table
from digicit_lib.disclosure.judging import SENSITIVE
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.survey import table as estimate_table
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyEstimates

MOST_LINES = 6  # of a slope figure

FIRST_USE, FIRST_AGES = "ACC-10", (7, 9, 11)
PLAIN, OWN, SHARE = range(3)  # a number, in the unit of the estimate, a share
# Heads of the sampling-error table, with decimals and what a value is counted in.
ERRORS = (
    (N_("Estimate"), 1, OWN),
    (N_("Standard error"), 2, OWN),
    (N_("CV"), 1, SHARE),
    (N_("Design effect"), 2, PLAIN),
    (N_("Root of it"), 2, PLAIN),
    (N_("Unweighted n"), 0, PLAIN),
    (N_("No valid answer"), 1, SHARE),
    (N_("Lower limit"), 1, OWN),
    (N_("Upper limit"), 1, OWN),
)
CERTAINTIES = label_table("certainties")
NO_PAIR = N_("no difference between its groups can be shown")
UNDECLARED = N_("not among the comparisons that were declared, so no difference is tested")
FAMILY_NOTES = label_table("family notes")


def family_note(survey: SurveyEstimates, family: str) -> str:
    """What the intervals of a declared family of differences promise."""
    m = survey.voice.number(len(survey.declared[family]))
    level = survey.voice.percent(survey.params.analysis.confidence_level)
    return survey.voice.say(FAMILY_NOTES[family], level=level, m=m)


def quality(survey: SurveyEstimates) -> Result:
    """What to worry about in the data; checks that the file has nothing for in a note."""
    people, whole = survey.respondents, survey.estimates[survey.estimates["by"] == ""]
    printed = set(whole.loc[whole["quality"].isin(["ok", "caution"]), "indicator"])
    # A base that is hidden is not told here either.
    result = replace(
        people,
        status=people.status[people.status.index.isin(printed)],
        indicators={name: i for name, i in people.indicators.items() if name in printed},
    )
    rows = quality_table(result, survey.voice.language)
    silent = (rows.iloc[:, 2] == "") & (rows.iloc[:, 4] == "")
    checks = "; ".join(dict.fromkeys(rows.iloc[:, 0][silent]))
    note = survey.voice.say("Not told from this file: {checks}.", checks=checks)
    notes = (note,) if checks else ()
    heading = N_("Data quality: what to worry about")
    return Result(rows[~silent].reset_index(drop=True), heading, source=survey.source, notes=notes)


POINTS = N_("Percentage points, with intervals")
OWN_UNITS = N_("In the unit of each indicator, with intervals")
POINTS_AND_UNITS = N_("Percentage points, or the unit of each indicator, with intervals")


def differences(
    survey: SurveyEstimates, forms: list[str], by: str, title: str = "", others: Collection[str] = ()
) -> Result:
    """Differences between the first and the last group, those declared, with the intervals of their test.

    Of `others` those that are shown stand in rows beside the forms, and a note counts the rest.
    """
    say = survey.voice.say
    rows = survey.select([*forms, *others], by, differences=True)
    if not rows["quality"].isin(["ok", "caution"]).any():
        gap = survey.gap_of_groups(by)
        if survey.compares(by):
            gap = f"{survey.breakdown_text(by)}: {say(NO_PAIR)}"
        return Result(rows.iloc[:0], title, gaps=(gap,))
    tested = rows["family"] != ""
    gaps = tuple(f"{name}: {say(UNDECLARED)}" for name in rows["title"][~tested])
    tests = rows[tested].assign(ci_low=rows["sim_low"], ci_high=rows["sim_high"])
    unlisted = tests["indicator"].isin(others if forms else ()) & ~tests["verdict"].isin(["more", "less"])
    rows, none_shown = tests[~unlisted], int((tests["verdict"][unlisted].fillna("") != "").sum())
    groups = survey.level_text(by, "-".join(survey.ends(by)))
    heading = title or say(
        "Differences, {by}: {groups}", by=survey.voice.lower(survey.breakdown_text(by)), groups=groups
    )
    shares = rows["unit"] == "share"
    base = say(POINTS if shares.all() else POINTS_AND_UNITS if shares.any() else OWN_UNITS)
    notes = tuple(family_note(survey, name) for name in dict.fromkeys(rows["family"]))
    if none_shown:
        unlisted_note = N_("Further declared comparisons, none of which shows a difference: {n}.")
        notes += (say(unlisted_note, n=survey.voice.number(none_shown)),)
    spec = survey.respondents.mapper.instrument.breakdowns.get(by)
    if made_of := list(rows["title"][rows["indicator"].isin(spec.contains if spec else ())]):
        circular = N_(
            "{list}: the groups are made from this too, so the difference is partly true by construction; no "
            "finding is made of it."
        )
        notes += (say(circular, list="; ".join(made_of)),)
    unit = str(rows["unit"].iloc[0]) if len(rows) else "share"
    topic, heading = {"topic": heading}, heading if title else verdicts_counted(survey, heading, tests)
    return Result(rows, heading, "dots", base, unit, survey.source, notes, gaps, topic)


def verdicts_counted(survey: SurveyEstimates, title: str, rows: pd.DataFrame) -> str:
    """A title with how many of the differences or changes that were tested are shown."""
    verdicts = rows["verdict"][rows["verdict"].fillna("") != ""]
    counts = {"n": int(verdicts.isin(["more", "less"]).sum()), "all": len(verdicts)}
    return (
        survey.voice.say("{title}: shown in {n} of {all}", title=title, **counts) if len(verdicts) else title
    )


def sampling_errors(survey: SurveyEstimates) -> Result:
    """Estimate, standard error, CV, design effect, n, interval: everyone here, groups in the CSV."""
    rows = survey.estimates
    rows = rows[rows["statistic"].isin(["share", "mean"]) & rows["quality"].isin(["ok", "caution"])]
    whole = rows[rows["by"] == ""]
    if whole.empty:
        return Result(whole, N_("Sampling errors"))
    note = survey.voice.say(
        "The design effect is the ratio of the variance to that of a simple random sample of that size; "
        "the interval widens by its root. Groups of all breakdowns stand in the data of this table."
    )
    sure = {survey.definition(name).certainty for name in whole["indicator"]}
    kinds = [survey.voice.say(text) for kind, text in CERTAINTIES.items() if kind in sure]
    legend = survey.voice.say("Certainty of the definition: {kinds}.", kinds="; ".join(kinds))
    extras = {"table": {"provenance": whole["id"].tolist()}, "csv": _errors(survey, rows, False)}
    return Result(
        _errors(survey, whole, True),
        "Sampling errors",
        source=survey.source,
        notes=(note, legend) if sure != {"S"} else (note,),
        options=extras,
    )


def _errors(survey: SurveyEstimates, rows: Any, page: bool) -> Any:
    """The columns of a sampling-error table; as text for a page, as numbers for its data."""
    cv = rows["se"] / rows["estimate"].abs().where(rows["estimate"] != 0)
    columns_of_errors = (
        rows["estimate"],
        rows["se"],
        cv,
        rows["deff"],
        np.sqrt(rows["deff"]),
        rows["n"],
        rows["missing_share"],
        rows["ci_low"],
        rows["ci_high"],
    )
    columns: dict[str, Any] = {survey.voice.say(N_("Indicator")): rows["title"].tolist()}
    if not page:
        columns[survey.voice.say(N_("Group"))] = rows["level_label"].tolist()
    for (head, places, kind), values in zip(ERRORS, columns_of_errors, strict=True):
        label = survey.voice.say(head)
        columns[label] = (
            [_error_text(survey, x, u, places, kind) for x, u in zip(values, rows["unit"], strict=True)]
            if page
            else values.tolist()
        )
    sure = [survey.definition(name).certainty for name in rows["indicator"]]
    if not page or set(sure) != {"S"}:
        columns[survey.voice.say(N_("Certainty"))] = sure
    return pd.DataFrame(columns)


def _error_text(survey: SurveyEstimates, value: float, unit: str, places: int, kind: int) -> str:
    """One cell of the page's table: shares in percent, all else as a number."""
    if value != value:
        return ""
    share = kind == SHARE or (kind == OWN and unit == "share")
    return (survey.voice.percent if share else survey.voice.number)(value, places)


def nonresponse(survey: SurveyEstimates) -> Result:
    """Who gave no valid answer, and how far a share could move if all of them had said no, or yes."""
    status = survey.respondents.status
    table = survey.select(list(survey.respondents.indicators), "").drop_duplicates("indicator")
    table = table.set_index("indicator")
    names = [name for name in table.index if table.loc[name, "quality"] in ("ok", "caution")]
    silent = [name for name in names if status.loc[name, "missing_share"] > 0]
    rows = [_missing_row(survey, name, status.loc[name]) for name in silent]
    heads = tuple(label_table("missing answers").values())
    frame = pd.DataFrame(rows, columns=[survey.voice.say(head) for head in heads])
    nothing = ("", survey.voice.percent(0.0, 1))
    frame = frame.loc[:, [not frame[head].isin(nothing).all() for head in frame]]  # answers that nobody gave
    note = survey.voice.say(
        "Bounds: the share with these answers counted as no, and as yes. Where several questions make "
        "one number, one yes decides, and a no needs a no to every part that was asked."
    )
    return Result(frame, N_("Missing answers and their bounds"), source=survey.source, notes=(note,))


def _missing_row(survey: SurveyEstimates, name: str, row: Any) -> list[str]:
    """One line of the table; a kind of answer that only a few gave is not told, nor what gives it back."""
    definition, profile = survey.definition(name), survey.params.publication
    cell = profile.cell(sensitive=definition.sensitivity >= SENSITIVE)
    count = {key: row[key] * row["base_n"] for key in ("missing_share", "dk_share", "pnts_share")}
    few = {key: 0 < number < cell for key, number in count.items()}
    for one, other in (("dk_share", "pnts_share"), ("pnts_share", "dk_share")):
        few[other] |= few[one] and cell <= count["missing_share"] < count[other] + cell
    shares = ["(*)" if hide else survey.voice.percent(row[key], 1) for key, hide in few.items()]
    bounds = [
        "" if few[key] else _bounds_text(survey, row[f"{kind}low"], row[f"{kind}high"])
        for kind, key in (("", "pnts_share"), ("missing_", "missing_share"))
    ]
    return [survey.voice.say(definition.title), survey.voice.number(row["base_n"]), *shares, *bounds]


def _bounds_text(survey: SurveyEstimates, low: float, high: float) -> str:
    ends = [survey.voice.number(100 * end, 1) for end in (low, high)]  # one sign, where the language has it
    text = survey.voice.percent(high, 1).replace(ends[1], "–".join(ends))
    return text if low == low and high == high else ""


def wave_levels(survey: SurveyEstimates) -> Result:
    """Shares of the waves, largest change first, those with another definition last: a slope figure.

    A change of definition is a break of the line and a word at the title; no change is tested over it. What
    is hidden in one of the waves, and what is no share, stands in the table of changes only.
    """
    rows = survey.changes
    same, broken = (
        survey.voice.say("Then and now: what was asked in the same way in every wave"),
        survey.voice.say("Then and now: a break where the definition is another one"),
    )
    then = rows[(rows["statistic"] == "share") & rows["estimate"].notna()]
    now = survey.estimates[(survey.estimates["by"] == "") & (survey.estimates["statistic"] == "share")]
    now = now[(now["period"] == "") & now["indicator"].isin(then["indicator"]) & now["estimate"].notna()]
    waves = then["period"].nunique()
    waves_of = then.groupby("indicator")["period"].nunique()
    names = [name for name in now["indicator"] if waves_of[name] == waves]
    now = now[now["indicator"].isin(names)].assign(period=str(survey.params.study.wave))
    both = pd.concat([then[then["indicator"].isin(names)], now], ignore_index=True)
    if both.empty:
        return Result(both, same)
    both = both.sort_values(["indicator", "period"], ignore_index=True)
    after = both.groupby("indicator")["definition_sha"].shift(-1)
    both["break"] = after.notna() & (after != both["definition_sha"])
    indicators = both.groupby("indicator")
    parted = indicators["break"].transform("any")
    words = [survey.voice.say("{title} (another definition then)", title=title) for title in both["title"]]
    both["title"] = both["title"].where(~parted, words)
    reach = indicators["estimate"].transform("min") - indicators["estimate"].transform("max")
    order = both.assign(reach=reach, parted=parted).sort_values(["parted", "reach", "indicator", "period"])
    frame = order.drop(columns=["reach", "parted"]).assign(country=survey.params.study.country)
    frame, title = frame.reset_index(drop=True), broken if parted.any() else same
    many = frame["indicator"].nunique() > MOST_LINES
    notes = (survey.voice.say("Drawn are the largest changes; the table below holds all."),) if many else ()
    return Result(frame, title, figure="slope", unit="share", source=survey.source, notes=notes)


def change(survey: SurveyEstimates) -> Result:
    """Changes since earlier waves, each pair of waves one family, with the verdict of each."""
    rows = survey.changes
    rows = rows[rows["statistic"] == "change"]
    rewording = tuple(
        survey.voice.say(
            "Asked otherwise in {year}, so no change is told: {list}.", year=year, list=_titles(survey, names)
        )
        for year, names in survey.rewording.items()
        if names
    )
    if rows.empty:
        return Result(rows, N_("Changes since earlier waves"), gaps=tuple(x.rstrip(".") for x in rewording))
    spans = rows.assign(ci_low=rows["sim_low"], ci_high=rows["sim_high"], level=rows["period"], by="wave")
    spans["level_label"] = [survey.voice.say("since {year}", year=period) for period in rows["period"]]
    level = survey.voice.percent(survey.params.analysis.confidence_level)
    family = N_(
        "{level} intervals hold for all {m} changes since one wave together (Bonferroni); the samples "
        "are independent. An interval that meets zero shows no change."
    )
    alone = N_(
        "{level} intervals hold for each change by itself; the samples are independent. An interval that "
        "meets zero shows no change."
    )
    many = rows["m"].max() > 1
    note = survey.voice.say(family if many else alone, level=level, m=survey.voice.number(rows["m"].max()))
    waves = list(dict.fromkeys(rows["period"]))
    title = N_("Changes since earlier waves")
    if len(waves) == 1:
        title = survey.voice.say("Changes since {year}", year=waves[0])
    coverage = (
        () if survey.params.study.coverage else (survey.voice.say("Coverage of the waves: not reported."),)
    )
    options, heading = {"topic": title}, verdicts_counted(survey, survey.voice.say(title), rows)
    unit, notes = str(spans["unit"].iloc[0]), (note, *rewording, *coverage)
    return Result(spans, heading, unit=unit, source=survey.source, notes=notes, options=options)


def _titles(survey: SurveyEstimates, names: list[str]) -> str:
    return "; ".join(survey.voice.say(survey.definition(name).title) for name in names)


def first_use(survey: SurveyEstimates) -> Result:
    """The share who were online by an age, among those who are older than it."""
    forms = [name for name in survey.measured(FIRST_USE) if survey.definition(name).type == "numeric"]
    if not forms:
        return Result(pd.DataFrame(), N_("Online by an age"), gaps=(survey.gap(FIRST_USE),))
    frame, age = survey.design.frame.copy(), survey.respondents.frame["age"]  # one block, not fragments
    ages = frame[forms[0]]
    columns = {f"by_{k}": (ages <= k).astype(float).where(ages.notna() & (age > k)) for k in FIRST_AGES}
    design = replace(survey.design, frame=frame.assign(**columns))
    bases = {
        name: survey.respondents.in_base[forms[0]] & (age > k).to_numpy()
        for name, k in zip(columns, FIRST_AGES, strict=True)
    }
    analysis = survey.params.analysis
    estimates = estimate_table(
        design, list(columns), in_base=bases, ci=analysis.ci, df=analysis.df, level=analysis.confidence_level
    )
    definition = survey.definition(forms[0])
    worded = estimates.assign(
        title=[survey.voice.say("Online by the age of {k}", k=k) for k in FIRST_AGES],
        base=[survey.voice.say("users aged {k} and over", k=k + 1) for k in FIRST_AGES],
        level_label=survey.voice.say("All"),
        sensitivity=definition.sensitivity,
        definition_sha=definition.definition_sha,
        question=definition.question,
        source=survey.source,
    )
    published = survey.judged(worded, None)
    rows = survey.evidence.add(published.assign(category=published["indicator"], indicator=forms[0]))
    note = survey.voice.say(
        "Of internet users who are older than the age named: a mean age would rise with the age of those "
        "who were asked. What is remembered of early years is uncertain."
    )
    table_rows = rows.assign(level_label=rows["title"], level=rows["category"], by="age", category="")
    return Result(
        table_rows,
        N_("Online by an age"),
        "",
        survey.voice.say("Users who are older than the age named"),
        "share",
        survey.source,
        (note,),
    )
