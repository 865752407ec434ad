"""Survey and voices side by side: published numbers, what was said, and how the team reads the two."""

from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib import qualitative
from digicit_lib.evidence import Evidence
from digicit_lib.exhibits.cell_text import interval_text
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.params import Params
from digicit_lib.qualitative import Project
from digicit_lib.workbook.findings import value
from digicit_lib.workbook.survey_estimates import SurveyEstimates

NOT_JUDGED = "not judged yet"
NOT_MEASURED, HIDDEN = N_("not measured"), N_("measured, not shown")
JOINT_HEADS = label_table("joint display")
PAIRS = N_("Pairs of theme and indicator: {of}; judged by the team: {n}; shown without a judgement: {rest}.")


def beside_survey(
    project: Project, params: Params, root: Path, voice: Any, *, k: int, invented: bool
) -> tuple[pd.DataFrame, str]:
    """One row a pair of theme and indicator: all that the team judged, then one a theme that it did not; how
    many there are of each.

    Parameters
    ----------
    project : Project
    params : Params
        With the survey of the same study and the team's judgements.
    root : Path
    voice : Voice
    k : int
        Of `quotations`.
    invented : bool
        Whether the interviews are a demonstration's.

    Returns
    -------
    DataFrame, str
        The columns of `JOINT_HEADS`; a sentence.
    """
    survey = SurveyEstimates(params, root, voice, Evidence(params.slug, "quantitative"))
    numbers = survey.levels
    levels = numbers[(numbers["by"] == "") & numbers["quality"].isin(["ok", "caution"])]
    readings = [judgement.model_dump() for judgement in params.judgements]
    table = qualitative.joint_display(
        project, levels, pd.DataFrame(readings) if readings else None, k=k, language=voice.language
    )
    judged = table["relation"] != NOT_JUDGED
    worded = table["text"].astype(str) != ""
    first = ~table["theme"].isin(table.loc[judged, "theme"]) & worded & ~table["theme"].duplicated()
    counts = {"n": int(judged.sum()), "of": len(table), "rest": int((~judged & first).sum())}
    table = pd.concat([table[judged], table[~judged & first]])

    def interval(row: Any) -> str:
        if row.estimate != row.estimate:
            return str(voice.say(HIDDEN if survey.measured(row.indicator) else NOT_MEASURED))
        places = 0 if row.unit in ("share", "%") else 1
        ends = interval_text(row.ci_low, row.ci_high, unit=row.unit, language=voice.language, decimals=places)
        return f"{value(row.estimate, row.unit, voice.language)} ({ends})"

    def words(row: Any) -> str:
        text = str(row.translation if row.translation and row.lang != voice.language else row.text)
        return voice.invented(text) if invented and text else text or "–"

    rows = list(table.itertuples())
    lacking = {name: survey.respondents.known(name).title for name in table["indicator"][table["n"].isna()]}
    body = table.assign(
        title=[voice.say(lacking.get(row.indicator, row.title)) for row in rows],
        base=[voice.say(row.base) if row.base == row.base else "" for row in rows],
        number=[interval(row) for row in rows],
        said=[words(row) for row in rows],
        spoken=[voice.language if row.translation else row.lang for row in rows],
        relation=[": ".join(filter(None, (voice.say(row.relation), voice.say(row.note)))) for row in rows],
    )
    return body, voice.say(PAIRS, **counts)
