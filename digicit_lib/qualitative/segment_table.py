"""Coded segments by code with attributes, each cell behind the gate: the table that teams ask for most."""

import pandas as pd

from digicit_lib.qualitative.analyses import final
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.passage_gate import ATTRIBUTION, K, judged_spans

COLUMNS = [
    "theme",
    "code",
    "document",
    "turn",
    "participant",
    *ATTRIBUTION,
    "language",
    "coder",
    "words",
    "withheld",
]


def segment_table(project: Project, *, k: int = K) -> pd.DataFrame:
    """One row a segment, ordered by code; words only where the gate lets them through, else the reason.

    Parameters
    ----------
    project : Project
        Under pseudonyms and neutral names.
    k : int
        The fewest participants whom role, sex, age band and area together must fit, to be told at all.

    Returns
    -------
    DataFrame
        ``theme code document turn participant role sex age_band area language coder words withheld``.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
    >>> table = segment_table(Project.build({"a": "P1: yes"}, rows, []))
    >>> table[["code", "words", "withheld"]].values.tolist()
    [['x', '', 'the speaker is not a participant']]
    """
    rows = final(project).segments.merge(project.codes[["code", "theme"]], on="code", how="left")
    spans = rows[rows["kind"] == "text"].reset_index(drop=True)
    empty = spans.assign(case="", turn=0, lang="", withheld="")
    judgements = judged_spans(project, spans, k) if len(spans) else empty
    people = project.attributes(judgements[["source", "case"]])
    people = people.reindex(columns=list(ATTRIBUTION), fill_value="")
    attributed = judgements.get("attribution", pd.Series("", index=judgements.index)).ne("")
    words = [
        project.texts[s][a:b] if not why else ""
        for s, a, b, why in zip(
            judgements["source"], judgements["start"], judgements["end"], judgements["withheld"], strict=True
        )
    ]
    table = judgements.assign(**people.fillna("").where(attributed, ""), words=words)
    names = {"source": "document", "case": "participant", "lang": "language"}
    table = table.drop(columns="role", errors="ignore").assign(role=people["role"].where(attributed, ""))
    table = table.rename(columns=names)[COLUMNS]
    return table.sort_values(["theme", "code", "document", "turn"], kind="stable", ignore_index=True)
