"""Chapters of a desk review in sentences: each is made from entries of the registers, or it is not said."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from digicit_lib.codebook import SECTIONS
from digicit_lib.landscape import Landscape
from digicit_lib.language import N_
from digicit_lib.workbook.findings import value
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.review_law import answered
from digicit_lib.workbook.review_tables import as_printed
from digicit_lib.workbook.voice import Voice

OPPORTUNITIES = ("access", "activities", "skills")
RISKS = ("risks", "harm_coping", "mediation", "rights")
MOST = 10  # figures of a chapter, conclusions of a review
RECENT = N_("Internet use, the latest years")
STRONG = ("A", "B")  # grades that may carry a conclusion
WEAK = N_("{topic}, ages {ages}: the register has no probability sample of the last ten years.")


def lines_of(message: str, grid: pd.DataFrame, voice: Voice) -> list[str]:
    """A sentence about cells of the gap grid, one a topic and year of its newest study."""
    same = ["construct", "latest_year"] if "{year}" in message else ["construct"]
    return [
        voice.say(
            message,
            topic=voice.say(SECTIONS[str(topic)]),
            ages=voice.each(", ".join(part["age_group"])),
            year=part["latest_year"].max(),
        )
        for (topic, *_), part in grid.groupby(same, sort=False)
    ]


def stated(review: Landscape, voice: Voice, sections: Sequence[str]) -> dict[str, list[str]]:
    """The newest figure of each kind on a whole base, by source, the strongest first.

    Parameters
    ----------
    review : Landscape
    voice : Voice
    sections : sequence of str
        Such as ``("risks", "harm_coping")``.

    Returns
    -------
    dict of str to list of str
        A source with its grade, and what it says.
    """
    lines: dict[str, list[str]] = {}
    for row in _newest(review, sections)[:MOST]:
        source = voice.say("{source} (grade {grade})", source=row["citation"], grade=row["grade"])
        lines.setdefault(source, []).append(_said(row, voice))
    return lines


def _measured_at_unknown_ages(review: Landscape) -> set[str]:
    """Topics of studies that do not say whom they asked: no age group counts as measured by them."""
    sources = review.sources()
    return {
        topic
        for ages, topics in zip(sources["ages"], sources["measured"], strict=True)
        if not isinstance(ages, list)
        for topic in topics
    }


def _newest(review: Landscape, sections: Sequence[str]) -> list[dict[str, Any]]:
    facts = review.facts()
    facts = facts[facts["section"].isin(sections) & (facts["level"].astype(str) == "")]
    facts = facts[facts["grade"] != "F"]  # what is recalled is no fact
    facts = facts.sort_values("reference_year", kind="stable").drop_duplicates("indicator", keep="last")
    facts = facts.sort_values(["grade", "reference_year"], ascending=[True, False], kind="stable")
    return [{str(k): v for k, v in row.items()} for row in facts.to_dict("records")]


def headline(review: Landscape, voice: Voice) -> tuple[str, str, str] | None:
    """The strongest figure on children, around the token of its number; none below grade B."""
    for row in _newest(review, tuple(SECTIONS)):
        if row["grade"] in STRONG and row["unit"] == "share":
            token = f"{{{row['indicator']}/value/all/{row['period']}}}"
            return _said(row, voice, token).partition(token)
    return None


def _said(row: dict[str, Any], voice: Voice, value: str = "") -> str:
    words = {"what": voice.say(str(row["title"])), "base": voice.say(str(row["base"]))}
    words |= {"value": value or as_printed(row["estimate"], row["unit"], voice), "year": row["period"]}
    if row["unit"] == "share":
        return voice.say("{what}: {value} of {base}, {year}.", **words)
    return voice.say("{what}: {value}; {base}, {year}.", **words)


def unknown(review: Landscape, voice: Voice, sections: Sequence[str]) -> list[str]:
    """What has not been measured, too long ago or only by weak samples; nothing where no register is filled.

    Parameters
    ----------
    review : Landscape
    voice : Voice
    sections : sequence of str
    """
    if review.sources().empty:
        return []  # which `register_state` says, once
    grid = review.gap_grid()
    grid = grid[grid["construct"].isin(sections)]
    none = grid["coverage"] == "none"
    ageless = grid["construct"].isin(_measured_at_unknown_ages(review))
    kinds = {
        N_("{topic}, ages {ages}: no study is in the register."): none & ~ageless,
        N_("{topic}, ages {ages}: only a study whose ages are not reported."): none & ageless,
        N_("{topic}, ages {ages}: the newest study is ten years old or older (of {year})."): grid["coverage"]
        == "old",
        WEAK: ~grid["coverage"].isin(["none", "old"]) & (grid["quality"] != "probability"),
    }
    return [line for message, here in kinds.items() for line in lines_of(message, grid[here], voice)]


def conclusions(review: Landscape, voice: Voice) -> list[str]:
    """What the registers bear: a topic needs two figures or one of grade A; one sentence a topic."""
    lines, silent = [], []
    for topic, name in SECTIONS.items():
        rows = _newest(review, (topic,))
        if len(rows) >= 2 or any(row["grade"] == "A" for row in rows):
            lines.append(_topic(rows, voice.say(name), voice))
        elif not rows:
            silent.append(voice.lower(voice.say(name)))
    if silent:
        lines.append(voice.say("No figure in the register is on: {topics}.", topics="; ".join(silent)))
    law = review.legal()
    counts = {"of": len(law), "n": answered(law), "verified": int((law["status"] == "verified").sum())}
    law_line = N_(
        "Law and policy: {n} of {of} items have an answer from a text that was read; verified: {verified}."
    )
    return [*lines, voice.say(law_line, **counts)]


def _topic(rows: list[dict[str, Any]], topic: str, voice: Voice) -> str:
    years = sorted({row["period"] for row in rows})
    words = {"topic": topic, "n": len(rows), "sources": len({row["citation"] for row in rows})}
    words |= {"years": "–".join(dict.fromkeys((years[0], years[-1])))}
    head = N_("{topic}. Kinds of figures: {n}; sources: {sources}; years: {years}; best grade: {grade}.")
    lead = voice.say(head, grade=min(row["grade"] for row in rows), **words)
    best = next((row for row in rows if row["grade"] in STRONG), None)
    return f"{lead} {_said(best, voice)}" if best else lead


def headed(voice: Voice, rows: pd.DataFrame, country: str, others: bool = False) -> str:
    """What a series is of, with the newest value of a country and its year; `others`: beside their range."""
    if rows.empty:
        return ""
    here, unit = rows["country"] == country, str(rows["unit"].iloc[0])
    title = voice.say(rows["title"].iloc[0])
    published = rows["estimate"].notna() & ~rows.get("projected", pd.Series(False, rows.index)).astype(bool)
    if not (here & published).any():
        return title
    newest = rows[here & published].sort_values("period").iloc[-1]
    title = f"{title}: {value(newest['estimate'], unit, voice.language)} ({newest['period']})"
    ends = sorted(rows["estimate"][~here & published])
    low, high = (value(ends[k], unit, voice.language) for k in (0, -1)) if ends else ("", "")
    return (
        f"{title}; {voice.lower(voice.say('Comparison group'))}: {low}–{high}" if others and ends else title
    )


def since(voice: Voice, series: Result, country: str, year: str) -> Result:
    """A series from a year on, under a headline of what a country's value was first and last.

    Parameters
    ----------
    voice : Voice
    series : Result
        Of one indicator.
    country, year : str
    """
    frame = series.frame
    recent = frame[frame["period"].astype(str) >= year] if len(frame) else frame
    if recent.empty:
        return replace(series, frame=recent)
    here = recent[(recent["country"] == country) & ~recent["projected"].astype(bool)]
    here = here[here["estimate"].notna()].sort_values("period")
    if len(here) < 2:
        return replace(series, frame=recent)
    ends = here.iloc[0], here.iloc[-1]
    then, now = (value(row["estimate"], series.unit, voice.language) for row in ends)
    years = dict(zip(("first", "last"), (row["period"] for row in ends), strict=True))
    message = N_("{what}: from {then} in {first} to {now} in {last}")
    title = voice.say(message, what=voice.say(str(ends[1]["title"])), then=then, now=now, **years)
    return replace(series, frame=recent, title=title, options={**series.options, "topic": RECENT})
