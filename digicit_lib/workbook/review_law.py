"""The law of a desk review: checklist, treaties, measures that touch expression, what follows."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pandas as pd

from digicit_lib.landscape import Landscape
from digicit_lib.language import N_, mid_sentence
from digicit_lib.workbook.findings import norm
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.review_tables import display
from digicit_lib.workbook.voice import Voice

PASSAGE = {"quoted": N_("Passage that was read"), "where": N_("Address"), "read_on": N_("Read on")}
_LETTERS = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")  # letters of an address that are not ASCII
# Items where protecting may limit expression, information, assembly or privacy: CRC 12, 13, 15, 16, 17.
TENSION = (16, 17, *range(31, 38), 42)
COMPLETE = N_("Law and policy to complete: the text that was read answers no or in part")
WEIGH = N_("Measures to review with children (Article 12) and against Articles 13, 15, 16 and 17")


ANSWERED = N_("legal items with an answer from a text that was read: {n} of {of}")
TOPIC = {"topic": "Legal and policy checklist"}


def answered(law: pd.DataFrame) -> int:
    """How many items of the checklist have an answer that may be printed."""
    return int((law["answer"] != "unknown").sum())


def open_ends(law: pd.DataFrame, voice: Voice) -> list[str]:
    """What remains to be done on the checklist: texts to look for, answers for a lawyer to check."""
    look = N_("Look for texts on the legal items that read unknown; have a named lawyer check each answer.")
    check = N_("Have a named lawyer check each answer on law and policy.")
    if (law["status"] == "verified").all():
        return []
    return [voice.say(look if (law["answer"] == "unknown").any() else check)]


def legal(review: Landscape, voice: Voice) -> Result:
    """The items of law and policy with their status and stage."""
    columns = {"item": N_("Item"), "title": N_("Question"), "norm": N_("Norm"), "answer": N_("Answer")}
    columns |= {
        "status": N_("Status"),
        "stage": N_("Stage"),
        "citation": N_("Text, or where to look"),
        **PASSAGE,
    }
    frame = _with_passages(review.legal())
    status = frame["status"].replace("to be confirmed by the country team", N_("to be confirmed"))
    status = status.replace("documented", N_("documented, not yet checked by a lawyer"))
    frame = frame.assign(stage=[_stages(row, voice) for row in frame.to_dict("records")])
    frame = frame.assign(
        item=frame["item"].astype(str), status=status, norm=frame["norm"].map(lambda text: norm(text, voice))
    )
    note = N_(
        "A place to look is not a finding. A documented answer says what the text that was read says; only a "
        "verified one has been checked by a named lawyer."
    )
    result = display(voice, frame, N_("Legal and policy checklist"), columns, note)
    title = voice.say(ANSWERED, n=answered(frame), of=len(frame)) if len(frame) else result.title
    words: dict[str, Any] = {"title": voice.capital(title), "subtitle": voice.say(result.title)}
    return replace(result, **words, options={**TOPIC, **result.options})


def _with_passages(frame: pd.DataFrame) -> pd.DataFrame:
    """Passages in their own language, and addresses as people read them."""
    pairs = zip(frame["quoted"], frame["lang"], strict=True)
    passages = [{"text": text, "lang": lang} if text else "" for text, lang in pairs]
    where = [_LETTERS.sub(lambda letters: unquote(letters[0]), str(address)) for address in frame["where"]]
    return frame.assign(quoted=passages, where=where)


def treaties(review: Landscape, voice: Voice) -> Result:
    """Treaties by their status and reservations, as far as a text was read."""
    columns = {"treaty": N_("Treaty"), "status": N_("Status"), "dated": N_("Date")}
    columns |= {"reservations": N_("Reservations and declarations"), **PASSAGE}
    frame = _with_passages(review.treaties())
    frame = frame.assign(status=frame["status"].replace("", "unknown"), dated=frame["dated"].map(str))
    note = N_(
        "CRC: Convention on the Rights of the Child. OPSC, OPIC: its protocols on the sale of children and "
        "on complaints. Lanzarote, Budapest: conventions of the Council of Europe against sexual "
        "exploitation of children and on cybercrime."
    )
    return display(voice, frame, N_("Treaties and reservations"), columns, note)


def _stage(row: dict[str, Any], voice: Voice) -> str:
    """A stage, with its day where one is known."""
    return ", ".join(filter(None, (voice.say(str(row["stage"])), voice.cell(str(row["stage_on"])))))


def _stages(row: dict[str, Any], voice: Voice) -> str:
    """The stage that a text has stage_line and those before it, each with its day."""
    stages = [s for s in (row, *row["before"]) if s["stage"]]
    lines = [_stage(s, voice) for s in stages]
    before = voice.say("before: {stages}", stages="; ".join(lines[1:])) if lines[1:] else ""
    return "; ".join(filter(None, [*lines[:1], before]))


def measures(review: Landscape, voice: Voice) -> list[str]:
    """Measures that touch expression, information or privacy: what a text that was read says; its stage."""
    law = review.legal()
    touching = law[law["item"].isin(TENSION)]
    rows = touching[touching["answer"] != "unknown"].to_dict("records")
    lines = [_measure(row, voice) for row in rows]
    rest = len(touching) - len(rows)
    if rest:
        sentence = N_(
            "On {n} of {of} items that may touch expression, information, assembly or privacy no text was "
            "read: nothing is said of them, for or against."
        )
        lines.append(voice.say(sentence, n=rest, of=len(touching)))
    return lines


def _measure(row: dict[str, Any], voice: Voice) -> str:
    words = {name: voice.say(str(row[name])) for name in ("title", "answer", "citation")}
    day = voice.cell(row["verified_on"])
    checked = (
        voice.say("{title}: {answer}, verified on {day} ({citation}).", day=day, **words)
        if row["status"] == "verified"
        else voice.say(
            "{title}: {answer}, by the text that was read, not checked by a lawyer ({citation}).", **words
        )
    )
    stage_line = voice.say("Stage: {stage}.", stage=_stage(row, voice)) if row["stage"] else ""
    conflict = voice.say(str(row["tension"] or N_("not weighed by the team")))
    tension = voice.say("Tension: {what}.", what=mid_sentence(conflict, voice.language))
    return " ".join(filter(None, [checked, stage_line, tension]))


def asks(review: Landscape, voice: Voice) -> dict[str, list[str]]:
    """What follows for law: items that a text answers with no or in part, and measures to be conflict."""
    lines: dict[str, list[str]] = {COMPLETE: [], WEIGH: []}
    for row in review.legal().to_dict("records"):
        weigh = row["item"] in TENSION and row["answer"] != "unknown"
        if weigh or row["answer"] in ("no", "partly"):
            words = {name: voice.say(str(row[name])) for name in ("title", "answer")}
            line = N_("{title} (item {item}: {answer}; norm: {norm})")
            ask = voice.say(line, item=row["item"], norm=norm(row["norm"], voice), **words)
            lines[WEIGH if weigh else COMPLETE].append(ask)
    return lines
