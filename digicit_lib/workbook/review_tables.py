"""The registers of a desk review as tables and figures: sources, platforms, actors, events, gaps."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from digicit_lib.codebook import SECTIONS, TOPICS
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.landscape import Landscape
from digicit_lib.landscape.registers import STEPS, grade
from digicit_lib.landscape.words import EVENTS, FLAGS
from digicit_lib.language import N_, plural
from digicit_lib.language.codes import label_table, say_codes
from digicit_lib.workbook.findings import value
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.voice import Voice

LETTERS = ("grade",)  # as the note below the table explains them, in no language
UNREVIEWED, NOT_REVIEWED = N_("not yet reviewed by the country team"), N_("not yet reviewed")
SECTORS = label_table("sectors")  # of kinds of organisations
SPOKEN = "en"  # the language in which registers are written
KINDS_OF_EVENTS = ("policy", "research", "connectivity")
STRONG = 4  # from which influence and interest are high, of five
QUESTIONS = tuple(label_table("platform questions").values())


def named(voice: Voice, frame: pd.DataFrame) -> pd.DataFrame:
    """What was measured and where, in the workbook's language; English keeps the names of the UN."""
    if voice.language != "en" and "country_name" in frame:
        codes = zip(frame["country"], frame["country_name"], strict=True)
        names = [voice.country(code) if code else name for code, name in codes]
        frame = frame.assign(country_name=names)
    return frame.assign(title=frame["title"].map(voice.say)) if "title" in frame else frame


def display(voice: Voice, frame: pd.DataFrame, title: str, columns: dict[str, str], note: str = "") -> Result:
    """Columns of a register under their printed names."""
    table = frame[list(columns)].astype(object)
    table = table.where(table.notna(), "")
    texts = [key for key in columns if key not in LETTERS]
    table[texts] = table[texts].map(voice.cell)
    # Two heads may be one word of a language.
    table = table.rename(columns={key: voice.say(head) for key, head in columns.items()})
    gaps = () if len(frame) else (f"{voice.say(title)}: {voice.say(UNREVIEWED)}",)
    return Result(table, title, notes=(voice.say(note),) if note else (), gaps=gaps)


def flags(review: Landscape, voice: Voice) -> Result:
    """Breaks, projections, old values and disagreements in the figures of this review, each once."""
    columns = label_table("flags columns")
    title = N_("What to worry about in the figures")
    rows = named(voice, review.flags())
    details = [reason_text(text, voice.language) for text in rows["detail"]]
    titles = review.rows.drop_duplicates("indicator").set_index("indicator")["title"].map(voice.say)
    rows = rows.assign(
        detail=details,
        flag=[voice.say(FLAGS[flag]) for flag in rows["flag"]],
        indicator=rows["indicator"].map(titles).fillna(rows["indicator"]),
    )
    columns["detail"] = N_("Detail")
    return display(voice, rows.drop_duplicates(list(columns)), title, columns)


def as_printed(estimate: float, unit: str, voice: Voice) -> str:
    """A figure of a source with the decimal that the source gave it.

    Examples
    --------
    >>> [as_printed(x, "share", Voice("en")) for x in (0.445, 0.66)]
    ['44.5%', '66%']
    """
    tenths = round(1000 * estimate) if unit == "share" else 0
    return voice.percent(estimate, 1) if tenths % 10 else value(estimate, unit, voice.language)


def known_figures(voice: Voice, rows: pd.DataFrame, *, title: str = "") -> Result:
    """Figures that the sources of the register printed, each with its year, base and source.

    Parameters
    ----------
    rows : DataFrame
        Recorded facts of the register.
    title : str
    """
    values = [as_printed(x, unit, voice) for x, unit in zip(rows["estimate"], rows["unit"], strict=True)]
    group = rows["level"].astype(str).replace("", voice.say("all"))
    reasons = [reason_text(codes, voice.language, ", ") for codes in rows["reason"]]
    table = rows.assign(shown=values, group=group, reason=reasons)
    columns = label_table("known figures columns")
    columns |= {"source": N_("Source"), "reason": N_("Caution")}
    result = display(voice, table, title or N_("Figures that sources have printed"), columns)
    return placed(result, voice, rows)


def stamp(review: Landscape, voice: Voice, register: str = "") -> str:
    """When a register was read and when somebody last searched; empty where nobody recorded either."""
    first, last, searched = review.read(register)
    if not (last or searched):
        return ""
    first, last, searched = (voice.cell(day) for day in (first, last, searched or last))
    since = voice.say("Nothing newer was looked for since {day}.", day=searched)
    if register == "search":
        return since
    sentence = voice.say("On which day the sources of this register were read is not recorded.")
    if last:
        days = voice.say("Passages were read from {first} to {last}.", first=first, last=last)
        sentence = voice.say("Passages were read on {day}.", day=last) if first == last else days
    return f"{sentence} {since}"


def stamped(result: Result, review: Landscape, voice: Voice, register: str) -> Result:
    """A register's exhibit with its age below it; an empty register has none."""
    age = stamp(review, voice, register) if len(result.frame) else ""
    return replace(result, options={**result.options, "always": (age,)}) if age else result


def placed(result: Result, voice: Voice, rows: pd.DataFrame) -> Result:
    """A table that tells readers the source; the line of a file that holds the number stands in its data."""
    parts = zip(rows["source"], rows["file"], rows["row"], strict=True)
    lines = [voice.say("{file} line {row}", file=f"{source}; {file}", row=row) for source, file, row in parts]
    return replace(result, options={"csv": result.frame.assign(**{voice.say("Source"): lines})})


def cautions(review: Landscape, voice: Voice) -> Result:
    """What the sources cannot see: territories, groups, breaks."""
    columns = {"text": N_("Caution"), "citation": N_("Source")}
    return display(voice, review.cautions(), N_("What the sources cannot see"), columns)


def search(review: Landscape, voice: Voice) -> Result:
    """The search log: which databases were asked, when, with which words, and what was kept."""
    columns = label_table("search columns")
    frame = review.search()
    if frame.empty:
        has_sources = not review.sources().empty
        gap = voice.say("No search log is held: this is a list of sources, not a review")
        return Result(frame, N_("Search log"), gaps=(gap,) if has_sources else ())
    return display(voice, frame, N_("Search log"), {**columns, "rule": N_("Rule")})


def search_flow(review: Landscape, voice: Voice) -> Result:
    """From records to sources and figures, counted over the log and the registers (PRISMA-ScR).

    A step is the sum over the log where each search has it; else nobody wrote it down.
    """
    log, facts = review.search(), review.facts()
    title = N_("From searches to figures")
    if log.empty:
        return Result(pd.DataFrame(), title)
    steps = (*STEPS, "duplicates")
    at = {step: log[step].sum() if log[step].notna().all() else float("nan") for step in steps}
    passages = int((facts["quote"].fillna("") != "").sum())
    rows = [
        (N_("Records that the searches gave"), False, at["found"]),
        (N_("Left out: found by another search too"), True, at["duplicates"]),
        (N_("Records of which title or excerpt was read"), False, at["screened"]),
        (N_("Left out after title or excerpt"), True, at["screened"] - at["read"]),
        (N_("Records read whole"), False, at["read"]),
        (N_("Left out after reading"), True, at["read"] - at["kept"]),
        (N_("Records kept"), False, at["kept"]),
        (N_("Sources in the register, with those that the team knew"), False, len(review.sources())),
        (N_("Figures taken from them"), False, len(facts)),
        (N_("Figures with the passage that was read"), False, passages),
    ]
    frame = pd.DataFrame(rows, columns=["title", "aside", "estimate"]).assign(unit="count")
    frame = frame.assign(indicator=frame["title"], title=frame["title"].map(voice.say))
    subtitle = plural("{n} search of the log", "{n} searches of the log", len(log), voice.language)
    notes = tuple(filter(None, [stamp(review, voice)]))
    source = voice.say("Register of the study and its series")
    heading = f"{voice.say(title)}: {voice.number(len(log))} → {voice.number(len(facts))}"
    return Result(frame, heading, "flow", subtitle, "count", source, notes, options={"topic": title})


def initiatives(review: Landscape, voice: Voice) -> Result:
    """What governments began, with what each may mean for expression and information."""
    frame = review.timeline()
    frame = frame[frame["kind"] == "policy"]
    frame = frame.assign(crc=[_listed(x) for x in frame["crc"]])
    columns = {"date": N_("Date"), "event": N_("Initiative"), "crc": N_("Articles"), "citation": N_("Source")}
    columns["tension"] = N_("Tension with expression and information (Articles 13 and 17)")
    return display(voice, frame, N_("Government initiatives"), columns)


def sources(review: Landscape, voice: Voice, *, columns: list[str] | None = None, title: str = "") -> Result:
    """The register of studies and data sources, graded by their kind of sample.

    Parameters
    ----------
    columns : list of str, optional
        Some of study, population, ages, n, sampling, year, measured.
    title : str
    """
    names = {"study": N_("Study"), "citation": N_("Source"), "population": N_("Population")}
    names |= {"ages": N_("Ages"), "n": N_("Size"), "sampling": N_("Kind of sample"), "year": N_("Year")}
    names |= {"measured": N_("Topics"), "grade": N_("Grade")}
    frame = review.sources()
    topics = [", ".join(voice.say(TOPICS.get(x, x)) for x in cell or ()) for cell in frame["measured"]]
    lists = {"ages": [_span(x) for x in frame["ages"]], "measured": topics}
    local = voice.language == SPOKEN  # a citation heads its row in its own language only
    heads = {n: names[n] for n in columns or names if n != "citation" or not local}
    sizes = [voice.number(int(n)) if n == n and n is not None else "" for n in frame["n"]]
    graded = [grade(row, review.date.year) for row in frame.to_dict("records")]
    citations = [{"text": voice.say(text), "lang": _language(voice, text)} for text in frame["citation"]]
    study = frame["citation"] if local else _headings(voice, frame, lists["measured"])
    frame = frame.assign(
        study=study, citation=citations, year=frame["year"].astype(str), n=sizes, grade=graded, **lists
    )
    note = N_(
        "Grades: A probability sample, size known, read at its source, at most five years old; B another "
        "probability sample; C a sample chosen by a stated method; D opt-in, commercial or unknown method; "
        "E administrative counts, never a prevalence; F recalled, not read."
    )
    return display(
        voice, frame, title or N_("Studies and data sources"), heads, note if "grade" in heads else ""
    )


def _headings(voice: Voice, frame: pd.DataFrame, topics: Sequence[str]) -> list[str]:
    """What names a study in a language that its citation is not written in: its place, year and topics."""
    rows = enumerate(zip(frame["year"], topics, strict=True), 1)
    return [
        voice.say("Study {n}, {year}: {topics}", n=n, year=year, topics=topic) for n, (year, topic) in rows
    ]


def _language(voice: Voice, citation: str) -> str:
    """The language that a citation stands in: nothing where the page's own says it."""
    return "" if voice.language == SPOKEN or voice.say(citation) != citation else SPOKEN


def platforms(review: Landscape, voice: Voice, *, local: bool = False, title: str = "") -> Result:
    """Services that children use, as far as the team has reviewed them.

    Parameters
    ----------
    local : bool
        Only services with a local name in the country's register.
    title : str
    """
    columns = label_table("platforms columns")
    columns |= {"used": N_("Share who use it"), "reporting_tool": N_("Reporting in a local language")}
    columns |= {"legal_status": N_("Legal status"), "read_on": N_("Read on")}
    frame = _platforms(review, local)
    citations = review.sources().set_index("id")["citation"]
    frame = frame.assign(used=[_used(row, voice, citations) for row in frame.to_dict("records")])
    return display(voice, frame, title or N_("Platform landscape"), columns)


def _used(row: dict[str, Any], voice: Voice, citations: pd.Series) -> str:
    """A share as the register holds it, with its base, year and source."""
    share = row.get("share")
    if not isinstance(share, int | float) or isinstance(share, bool):
        return voice.say(NOT_REVIEWED)
    parts = {"share": as_printed(share / 100, "share", voice), "base": voice.say(str(row["share_base"]))}
    source = voice.say(str(citations.get(row["source"], row["source"])))
    return voice.say(
        "{share} of {base}, {year} ({source})", **parts, year=int(row["share_year"]), source=source
    )


def _platforms(review: Landscape, local: bool) -> pd.DataFrame:
    frame = review.platforms()
    return frame[~frame["local_name"].isin(["", "not yet reviewed"])] if local else frame


def platform_questions(review: Landscape, voice: Voice, *, local: bool = False) -> list[str]:
    """What a children's panel would ask of each service that has not been reviewed."""
    frame = _platforms(review, local)
    open_ones = frame.loc[frame["reporting_tool"] == "not yet reviewed", "name"].astype(str)
    names = ", ".join(map(voice.say, open_ones))
    lead = [voice.say("Not yet reviewed: {names}", names=names)] if names else []
    return lead + [voice.say(question) for question in QUESTIONS]


def timeline_table(review: Landscape, voice: Voice) -> Result:
    """Policy, research and steps of connectivity in the order of time."""
    names = {"event": "title", "date": "period", "kind": "category"}
    frame = review.timeline().rename(columns=names)
    frame = frame.assign(title=[say_codes(text, EVENTS, voice.language) for text in frame["title"]])
    gaps = () if len(frame) else (": ".join((voice.say("Timeline"), voice.say(UNREVIEWED))),)
    source, topic = voice.say("Register of the study and its series"), N_("Policy, research and connectivity")
    title = _events_told(frame, voice) or topic
    subtitle = voice.say(topic) if title != topic else ""
    return Result(frame, title, "timeline", subtitle, source=source, gaps=gaps, options={"topic": topic})


def _events_told(frame: pd.DataFrame, voice: Voice) -> str:
    """How many events there are and of which years; empty where none is dated."""
    years = sorted(str(day)[:4] for day in frame["period"])
    if not years:
        return ""
    span = "–".join(dict.fromkeys((years[0], years[-1])))
    kinds = {f"n_{kind}": voice.number(int((frame["category"] == kind).sum())) for kind in KINDS_OF_EVENTS}
    message = N_("Events of {span}: policy {n_policy}, research {n_research}, connectivity {n_connectivity}")
    return voice.say(message, span=span, **kinds)


def stakeholders(review: Landscape, voice: Voice) -> Result:
    """Organisations by influence and interest, as the team judges them."""
    frame = review.stakeholders()
    whole = [[isinstance(x, int) for x in frame[name]] for name in ("influence", "interest")]
    # A real body is never placed by an invented judgement: only invented bodies are.
    real = [_judged(row) for row in frame["invented"]] if "invented" in frame else [True] * len(frame)
    rated = frame.loc[[a and b and c for a, b, c in zip(*whole, real, strict=True)]]
    gaps = () if len(rated) else (": ".join((voice.say("Stakeholder map"), voice.say(UNREVIEWED))),)
    sectors = [voice.say(SECTORS[str(kind)]) for kind in rated["type"]]
    rated = rated.rename(columns={"name": "title"}).assign(category=sectors)
    rated = rated.assign(title=rated["title"].map(voice.cell))
    note = voice.say("Positions are the team's judgement, from one (low) to five (high).")
    invented_rows = [bool(_invented(row)) for row in rated["invented"]] if len(rated) else []
    rated = rated.assign(data_kind=["synthetic" if yes else "observed" for yes in invented_rows])
    topic = N_("Who acts: influence and interest")
    both = int(((rated["influence"] >= STRONG) & (rated["interest"] >= STRONG)).sum()) if len(rated) else 0
    message = N_("High in both influence and interest: {n}; bodies that were rated: {all}")
    title = voice.say(message, n=voice.number(both), all=voice.number(len(rated))) if len(rated) else topic
    return Result(
        rated,
        title,
        "positions",
        voice.say(topic) if len(rated) else "",
        notes=(note,),
        gaps=gaps,
        options={"topic": topic},
    )


def gap_grid(review: Landscape, voice: Voice) -> Result:
    """Studies by topic and age group, with the best kind of sample."""
    grid = review.gap_grid()
    topics = [voice.say(SECTIONS[str(name)]) for name in grid["construct"]]
    old = voice.say(N_("ten years old or older"))
    pairs = zip(grid["quality"], grid["coverage"], strict=True)
    words = [old if coverage == "old" else voice.say(quality) for quality, coverage in pairs]
    numbers = grid["n_recent"].astype(float)  # what is old is shaded as little as what is not there
    fixed = {"by": "age_group", "statistic": "value", "unit": "count"}
    ages = grid["age_group"].map(voice.say)
    frame = grid.assign(title=topics, level=grid["age_group"], estimate=numbers, text=words, **fixed)
    frame = frame.assign(indicator=grid["construct"], level_label=ages)
    table = frame.drop(columns=["quality"])
    subtitle = voice.say("Best kind of source of the last ten years in the register, by topic and age group")
    topic = N_("What has been measured, and what has not")
    if not review.sources().shape[0]:
        return Result(table.iloc[:0], topic)
    heading = voice.capital(voice.say("combinations without a study in the register"))
    empty = {"n": int((grid["coverage"] == "none").sum()), "all": len(grid)}
    title = f"{heading}: {voice.say('{n} of {all}', **empty)}"
    return Result(table, title, "matrix", subtitle, "count", options={"topic": topic})


def _judged(invented: object) -> bool:
    """Whether a body's rating is somebody's judgement, or the body itself is invented."""
    fields = _invented(invented)
    return "name" in fields or not {"influence", "interest"} & set(fields)


def _listed(cell: object) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, list) else ""


def _span(cell: object) -> str:
    """Ages from the lowest to the highest; one age once."""
    return "–".join(dict.fromkeys(map(str, cell))) if isinstance(cell, list) else ""


def _invented(fields: object) -> list[str]:
    return fields if isinstance(fields, list) else []
