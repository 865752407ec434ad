"""The invented interviews: one script in four languages, coded by two people who do not always agree.

In the script `{code: words}` is a segment of the first coder and `{@n1 words}` an identifying detail that
was planted. Both are read here, so offsets are counted and never typed.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from digicit_lib.codebook import catalogue
from digicit_lib.synthetic.population import population_model, stream

SPOKEN = ("tr", "uk", "ru")
_MARK = re.compile(r"\{(@?\w+)(?::? )?|\}")
Details = Mapping[str, Mapping[str, str]]
Turn = dict[str, Any]  # session_id, turn, pid, text; segments and details as (name, start, end)


class Interviews(NamedTuple):
    """Demonstration interviews.

    Attributes
    ----------
    tables : dict of DataFrame
        The coded project, as `digicit_lib.qualitative.read_table` takes it.
    roster : DataFrame
        real, pseudonym, kind, lang, aliases: what a study keeps outside the repository.
    planted : DataFrame
        The identifying details of a raw transcript: session_id, turn, char_start, char_end, text, kind,
        lang, in_roster. Without rows where the transcripts are pseudonymised.
    """

    tables: dict[str, pd.DataFrame]
    roster: pd.DataFrame
    planted: pd.DataFrame
    data_kind: str = "synthetic"


def build(*, seed: int, languages: Sequence[str], country: str, raw: bool) -> Interviews:
    """The frames of one demonstration project, in the first of the languages that the script is spoken in."""
    script = population_model("interviews")
    lang = next((code for code in languages if code in SPOKEN), "en")
    voice = population_model(f"interviews_{lang if lang in SPOKEN else SPOKEN[0]}")
    english = {key[:6]: text for key, text in script["turns"].items()}
    details, talk = voice["details"], voice["turns"] if lang in SPOKEN else english
    turns, clean = (list(_turns(script, talk, details, raw=kind)) for kind in (raw, False))
    translated = list(_turns(script, english, details, raw=raw))
    fixed = {"setting": "community room", "others": "nobody else", "recorded": "yes", "guide_version": "1"}
    fixed |= {"moderator_id": "MOD", "note_taker_id": "NOTE"}
    tables = {
        "participants": _participants(script, lang),
        "sessions": pd.DataFrame(script["sessions"]).assign(country=country, language=lang, **fixed),
        "transcripts": pd.DataFrame(turns)[["session_id", "turn", "pid", "text"]].assign(
            lang=lang, text_en=[t["text"] if lang != "en" else "" for t in translated]
        ),
        "codebook": _codebook(script, clean, voice["labels"] if lang in SPOKEN else {}),
        "codings": pd.DataFrame(_codings(seed, turns, script["codebook"])),
        "reviews": pd.DataFrame(script["reviews"]).assign(text_sha256=_signatures(script, clean)),
        "quotations": pd.DataFrame(_quotations(script, turns, translated)),
        "routing": pd.DataFrame(
            {"session_id": session, "theme": title, "asked": "yes" if theme in topics else "no"}
            for session, topics in script["asked"].items()
            for theme, title in script["themes"].items()
        ),
    }
    return Interviews(tables, _roster(details, lang), _planted(turns if raw else [], details, lang))


def write_turn(template: str, details: Details, *, raw: bool) -> Turn:
    """A turn without its marks; details as spoken, or masked with the ending after an apostrophe kept."""
    text, at = "", 0
    opened: list[tuple[str, int]] = []
    spans: dict[str, list[tuple[str, int, int]]] = {"segments": [], "details": []}
    for mark in _MARK.finditer(template):
        text, at = text + template[at : mark.start()], mark.end()
        if mark[1]:
            opened.append((mark[1], len(text)))
            continue
        name, start = opened.pop()
        end, kind = len(text), "segments"
        if name.startswith("@"):
            name, kind = name[1:], "details"
            core, *ending = re.split("(?=')", text[start:] or details[name]["en"], maxsplit=1)
            core = core if raw else _mask(name, details)
            text, end = text[:start] + core + "".join(ending), start + len(core)
        spans[kind].append((name, start, end))
    return {"text": text + template[at:], **spans}


def _mask(name: str, details: Details) -> str:
    return f"<{details[name]['kind'].upper()}{re.sub('[a-z]', '', name)}>"


def _turns(script: Turn, details_said: Mapping[str, str], details: Details, *, raw: bool) -> Iterator[Turn]:
    for place, who in (key.split() for key in script["turns"]):
        session, number = place.split("-")
        pid = "MOD" if who == "M" else f"{session}-{who}"
        turn = write_turn(details_said[place], details, raw=raw)
        yield {"session_id": session, "turn": int(number), "pid": pid, **turn}


def _participants(script: Turn, lang: str) -> pd.DataFrame:
    rows = []
    for facts in script["sessions"]:
        same = {key: facts[key] for key in ("session_id", "role", "age_band", "area")}
        for number, sex in enumerate(script["sex"][facts["session_id"]], 1):
            rows.append({"pid": f"{facts['session_id']}-P{number}", **same, "sex": sex, "language": lang})
    frame = pd.DataFrame(rows).assign(region_code="R1", school_type="", displaced_yn="", recording_ok="yes")
    child = frame["role"].eq("child").map({True: "yes", False: ""})
    quote = frame["pid"].isin(script["no_quotation"]).map({True: "no", False: "yes"})
    return frame.assign(consent_carer=child, assent_child=child, quote_ok=quote)


def _codebook(script: Turn, turns: list[Turn], labels: Mapping[str, str]) -> pd.DataFrame:
    """Codes with an example in the words spoken and the construct of their first indicator."""
    first = {name: t["text"][a:b] for t in reversed(turns) for name, a, b in reversed(t["segments"])}
    frame = pd.DataFrame({"code": code, "parent": "", **facts} for code, facts in script["codebook"].items())
    indicator = frame["indicator_ids"].str.split().str[0]
    return frame.drop(columns="near").assign(
        theme=frame["theme"].map(script["themes"]),
        theme_local=[labels.get(theme, "") for theme in frame["theme"]],
        label_local=[labels.get(code, "") for code in frame["code"]],
        example="[invented] " + frame["code"].map(first),
        construct=indicator.map(lambda name: catalogue()[name].section),
        version="1",
        origin=["data" if code in script["from_data"] else "prior" for code in frame["code"]],
        status="in use",
    )


def _span(turn: Turn, code: str, start: int, end: int) -> dict[str, Any]:
    span = {"turn_start": turn["turn"], "char_start": start, "turn_end": turn["turn"], "char_end": end}
    return {"session_id": turn["session_id"], **span, "code": code}


def _codings(seed: int, turns: list[Turn], codes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Two coders: of 100 segments 66 alike, 12 with other limits, 10 left out, 12 under a near code."""
    for turn in turns:
        for number, (code, start, end) in enumerate(turn["segments"]):
            yield {**_span(turn, code, start, end), "coder_id": "C1", "round": 1, "memo": ""}
            luck = int(stream(seed, f"{turn['session_id']} {turn['turn']} {number}").integers(0, 100))
            if 66 <= luck < 72:
                start, end = 0, len(turn["text"])
            elif 72 <= luck < 78 and (stop := re.search(r"[.!?,](?= )", turn["text"][start:end])):
                end = start + stop.end()
            if not 78 <= luck < 88:
                code = codes[code]["near"] if luck >= 88 else code
                yield {**_span(turn, code, start, end), "coder_id": "C2", "round": 1, "memo": ""}


def _signatures(script: Turn, clean: list[Turn]) -> list[str]:
    """Hashes of the pseudonymised texts: a signature never covers a raw transcript."""
    sessions = [review["session_id"] if review["signed_on"] else "" for review in script["reviews"]]
    texts = ["\n".join(f"{t['pid']}: {t['text']}" for t in clean if t["session_id"] == s) for s in sessions]
    return [hashlib.sha256(text.encode()).hexdigest() if text else "" for text in texts]


def _quotations(script: Turn, turns: list[Turn], translated: list[Turn]) -> Iterator[dict[str, Any]]:
    """What the second person decided; the translation is the same segment of the English script."""
    pairs = {f"{t['session_id']}-{t['turn']:02d}": (t, e) for t, e in zip(turns, translated, strict=True)}
    for key, reason in script["quotations"].items():
        place, code = key.split()
        (spoken, *_), (other, *_) = ([s for s in turn["segments"] if s[0] == code] for turn in pairs[place])
        decision = {"approved": "no" if reason else "yes", "approved_by": "R1", "reason": reason or ""}
        english = {"text_en": pairs[place][1]["text"][other[1] : other[2]], "translator": "T1"}
        negative = "yes" if key in script["negative"] else ""
        yield {**_span(pairs[place][0], *spoken), **decision, **english, "negative": negative}


def _roster(details: Details, lang: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"real": facts["roster" if lang in SPOKEN else "en"], "pseudonym": _mask(name, details)}
        | {"kind": facts["kind"], "lang": lang, "aliases": facts.get("aliases", "")}
        for name, facts in details.items()
        if "roster" in facts
    )


def _planted(turns: list[Turn], details: Details, lang: str) -> pd.DataFrame:
    columns = ["session_id", "turn", "char_start", "char_end", "text", "kind", "lang", "in_roster"]
    rows = [
        (
            t["session_id"],
            t["turn"],
            a,
            b,
            t["text"][a:b],
            details[name]["kind"],
            lang,
            "roster" in details[name],
        )
        for t in turns
        for name, a, b in t["details"]
    ]
    return pd.DataFrame(rows, columns=columns)
