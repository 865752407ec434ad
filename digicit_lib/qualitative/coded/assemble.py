"""From what a REFI-QDA file says to a project: positions proven, references followed, losses listed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.language import N_
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.offsets import CONVENTIONS, Text, detect, offset_convention
from digicit_lib.qualitative.coded.parts import Row
from digicit_lib.qualitative.coded.refi_writer import ORIGIN
from digicit_lib.qualitative.coded.turns import code_path

UNKNOWN = ("unassigned", "not applicable")  # NVivo writes so where a value is not known


def assemble(
    reader: Any, names: Mapping[int, str], texts: Mapping[int, Text], offsets: str, coder: str | None
) -> Project:
    """Build the project; a coding whose code, text or position is not sure is listed and never guessed."""
    for coding in reader.codings:
        coding["name"] = names[id(coding["source"])]
    if reader.project.get("origin", "").startswith("Taguette"):
        for row in reader.codes:  # a flat list: the tree stands in the names
            row["path"] = row["path"][-1].split(".")
    texts_of = {names[key]: text.text for key, text in texts.items()}
    facts = _convert(reader, {names[key]: text for key, text in texts.items()}, offsets)
    rows, spoken = _followed(reader, coder)
    owned = _owned(reader, names)
    placed = (o for o in owned if o["source"] in texts_of)
    whole = [{**o, "start": 0, "end": len(texts_of[o["source"]]) + 1} for o in placed]
    single = Counter(row["source"] for row in whole)
    spoken = [row for row in whole if single[row["source"]] == 1] + spoken
    facts |= {"writer": reader.project.get("origin", ""), "elements": dict(reader.count)}
    reader.codings.clear()  # the largest thing in memory, and no longer needed
    sets = _sets(reader)
    codes = ({**c, "name": c["path"][-1], "groups": sets.get(c["guid"], "")} for c in reader.codes)
    book = pd.DataFrame(codes)
    return Project.build(
        texts_of,
        _without_pictures(reader, rows),
        book.drop(columns=["path", "guid"], errors="ignore"),
        sources=_sources(reader, names),
        cases=_cases(reader, owned),
        memos=_memos(reader),
        spoken=pd.DataFrame(spoken),
        report=reader.notes,
        facts=facts,
    )


def _followed(reader: Any, coder: str | None) -> tuple[list[Row], list[Row]]:
    """Codings whose references lead somewhere: to a code, and to a case as who speaks."""
    codes = _codes(reader)
    cases = {row["guid"]: row["case"] for row in reader.cases}
    rows, spoken = [], []
    for coding in reader.codings:
        row, target = _segment(reader, coding, coder), coding["target"]
        if target in cases and row["kind"] == "text":
            spoken.append(row | {"case": cases[target]})
        elif not codes.get(target):
            shared = N_("two codes have its code's guid")
            reason = shared if target in codes else N_("its code is not in the codebook")
            reader.lose(coding["guid"], "Coding", "lost", reason)
        elif row["kind"] != "bad":
            row["code"], row["selection"] = codes[target], (coding["span"] or row)["guid"]
            rows.append(row)
    return rows, spoken


def _codes(reader: Any) -> dict[str, str]:
    """Guids to the keys of codes; "" where two codes share a guid."""
    keys: dict[str, str] = {}
    for row in reader.codes:
        row["code"] = code_path(row["path"])
        if keys.setdefault(row["guid"], row["code"]) != row["code"]:
            keys[row["guid"]] = ""
            reader.lose(row["guid"], "Code", "lost", N_("two codes have this guid"))
    same = Counter(row["code"] for row in reader.codes)
    for row in reader.codes:
        if same[row["code"]] > 1:
            reader.lose(row["guid"], "Code", "repaired", N_("codes of one name and place are taken as one"))
    return keys


def _convert(reader: Any, texts: Mapping[str, Text], offsets: str) -> dict[str, Any]:
    """Positions of text selections as code points of the canonical texts, in place."""
    by_document: dict[str, list[Row]] = {}
    for coding in reader.codings:
        span = coding["span"]
        if span is not None and span["kind"] == "text" and "at" not in span and coding["name"] in texts:
            span["at"] = _number(span["start"]), _number(span["end"])
            if None not in span["at"]:
                by_document.setdefault(coding["name"], []).append(span)
    arrays = {s: np.array([span["at"] for span in spans], dtype=np.int64) for s, spans in by_document.items()}
    quotes = {s: [span["name"] for span in spans] for s, spans in by_document.items()}
    evidence = {"offsets": offsets, "offsets_evidence": "named by the user"}
    if offset_convention(offsets) == "auto" and reader.project.get("origin") == ORIGIN:
        offsets = CONVENTIONS[0]
        evidence = {"offsets": offsets, "offsets_evidence": "written by digicit"}
    facts: dict[str, Any] = (
        detect(texts, arrays, quotes) if offset_convention(offsets) == "auto" else evidence
    )
    convention = facts["offsets"] if facts["offsets"] in CONVENTIONS else CONVENTIONS[0]
    for source, spans in by_document.items():
        for span, at in zip(spans, texts[source].spans(convention, arrays[source]), strict=True):
            span["at"] = int(at[0]), int(at[1])
    return facts


def _number(text: str | None) -> int | None:
    plain = (text or "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 16 else None


def _segment(reader: Any, coding: Row, coder: str | None) -> Row:
    """One coding as a segment; kind ``bad`` where its position is none of its text's."""
    span, who = coding["span"], coding["user"]
    name = coder or reader.users.get(who, who) or "unknown"
    row = {
        "guid": coding["guid"],
        "source": coding["name"],
        "coder": name,
        "kind": "source",
        "memo": "",
        "start": 0,
        "end": 0,
    }
    if span is None:
        return row
    row |= {"kind": span["kind"], "memo": span["memo"]}
    if span["kind"] == "text":
        start, end = span.get("at", (None, None))
        has_no_place = "at" not in span
        row |= {"kind": "lost"} if has_no_place else {"start": start, "end": end}
        if not has_no_place and (None in (start, end) or min(start, end) < 0):
            reason = N_("its position is none of its text's")
            if None in (start, end):
                reason = N_("its position is not a number")
            reader.lose(coding["guid"], "Coding", "lost", reason)
            row["kind"] = "bad"
    return row


def _without_pictures(reader: Any, rows: list[Row]) -> pd.DataFrame:
    """One segment where a program wrote the same coding on a picture of the page and on its text."""
    keys = ("selection", "code", "coder")
    worded = {tuple(r[k] for k in keys) for r in rows if r["kind"] in ("text", "lost")}
    twins = [r for r in rows if r["kind"] == "area" and tuple(r[k] for k in keys) in worded]
    for row in twins:
        reader.lose(row["guid"], "Coding", "noted", N_("the same coding stands on the page's text"))
    rows_left = [r for r in rows if not any(r is t for t in twins)] if twins else rows
    return pd.DataFrame(rows_left).drop(columns="selection", errors="ignore")


def _attributes(reader: Any, row: Row) -> Row:
    reserved = ("source", "case", "kind", "chars", "sha256")
    values = {reader.variables.get(ref, ref): value for ref, value in row["variables"].items()}
    values = {k: "" if str(v).casefold() in UNKNOWN else v for k, v in values.items()}
    return {f"{k} (file)" if k in reserved else k: v for k, v in values.items() if k}


def _sets(reader: Any) -> dict[str, str]:
    """The groups of codes or documents that programs keep, by the guid of each member."""
    groups: dict[str, list[str]] = {}
    for guid, name in reader.sets:
        groups.setdefault(guid, []).append(name)
    return {guid: "; ".join(names) for guid, names in groups.items()}


def _sources(reader: Any, names: Mapping[int, str]) -> pd.DataFrame:
    sets = _sets(reader)
    rows = [
        {
            "source": names[id(r)],
            "kind": r["kind"],
            "guid": r["guid"],
            **_attributes(reader, r),
            "sets": sets.get(r["guid"], ""),
        }
        for r in reader.sources
    ]
    return pd.DataFrame(rows)


def _memos(reader: Any) -> pd.DataFrame:
    """Notes with their author; one without words is only counted."""
    for note in reader.memos:
        if not note["content"]:
            reader.lose(note["guid"], "Note", "noted", N_("it has no words"))
    rows = [
        {
            "kind": holder["kind"],
            "name": n["name"] or holder["name"],
            "text": n["content"],
            "date": n["date"],
            "author": reader.users.get(n["user"], ""),
        }
        for n in reader.memos
        if n["content"] and (holder := reader.noted.get(n["guid"], {"kind": "note", "name": ""}))
    ]
    return pd.DataFrame(rows)


def _owned(reader: Any, names: Mapping[int, str]) -> list[Row]:
    """Documents that a case owns (REFI-QDA 1.5, Case/SourceRef)."""
    names_by_guid = {row["guid"].lower(): names[id(row)] for row in reader.sources}
    return [
        {"case": case["case"], "source": names_by_guid[guid]}
        for case in reader.cases
        for guid in case["sources"]
        if guid in names_by_guid
    ]


def _cases(reader: Any, owned: list[Row]) -> pd.DataFrame:
    """Cases with their variables; where documents belong to cases, a row for each of them."""
    rows = [{"case": r["case"], **_attributes(reader, r)} for r in reader.cases]
    if not owned:
        return pd.DataFrame(rows)
    places = pd.DataFrame(owned, columns=["case", "source"])
    return pd.DataFrame(rows).merge(places, on="case", how="left").fillna({"source": ""})
