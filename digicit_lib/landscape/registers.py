"""The desk review's registers: small YAML files, checked whole, each entry with its line."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import DigicitError, LandscapeError, suggest
from digicit_lib.landscape.countries import load_codebook
from digicit_lib.landscape.series_checks import STALE_YEARS, is_plain
from digicit_lib.language import N_
from digicit_lib.safe import Lines, has_come, load_yaml

AGE_BANDS = ((0, 5), (6, 8), (9, 11), (12, 14), (15, 17), (18, 120))
# From the strongest kind of evidence on a population to the weakest.
GRADES = ("probability", "administrative", "purposive", "opt-in", "commercial", "unknown")
# What an answer on law must name before it is printed.
PROVEN = ("citation", "verified_by", "verified_on")
DOCUMENTED = ("citation", "quoted", "where", "read_on")
# What a search log counts, each step a part of the one before.
STEPS = ("found", "screened", "read", "kept")
UNREVIEWED = "to be confirmed by the country team"
_CONTACT = re.compile(r"\S+@\S+\.\w|(?:\+|\b00)\d[\d\s().-]{6,}|\b\d{3}[\s.-]\d{2,4}[\s.-]\d{2,4}")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b|\bn\.d\.")
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str, int, dt.date),
    "whole": (int,),
    "year": (int,),
    "flag": (bool,),
    "number": (int, float),
    "day": (dt.date,),
    "list": (list,),
    "ages": (list,),
}


def load_register(folder: Path | None, name: str, *, invented: bool = True) -> pd.DataFrame:
    """Read one register of a country.

    Parameters
    ----------
    folder : Path or None
        Such as ``params/landscape/turkey``.
    name : str
        One of those in `codebooks/landscape/registers.yaml`, such as ``"facts"``.
    invented : bool
        Whether what was made up for a demonstration is there; else its entries and fields are left out.

    Returns
    -------
    DataFrame
        A row an entry, a column a field, with `file` and `row` (its line); no rows when there is no file.
        A text that was made up for a demonstration begins ``[invented]``.

    Raises
    ------
    LandscapeError
        Every problem of the file at once, each with its line.

    Examples
    --------
    >>> load_register(None, "platforms").empty
    True
    """
    rules = rules_of(name)
    path = folder / f"{name}.yaml" if folder else None
    entries, lines = raw_entries(path, name) if path and path.is_file() else ([], {})
    problems = [p for i, entry in enumerate(entries) for p in entry_problems(entry, rules, name, lines, i)]
    if problems:
        report = "\n".join(f"  line {line}: {words}" for line, words in sorted(problems))
        raise LandscapeError(f"{len(problems)} problem(s) in a register.\n{report}", where=f"{name}.yaml")
    entries_shown = [_shown(entry) if invented else _real(entry) for entry in entries]
    rows = [{**e, "file": f"{name}.yaml", "row": lines[(name, i)]} for i, e in enumerate(entries_shown) if e]
    return pd.DataFrame(rows, columns=[*rules, "file", "row"])


def rules_of(name: str) -> dict[str, Any]:
    """The fields of a register and what each may hold."""
    return {**load_codebook("registers")["registers"][name], **load_codebook("registers")["common"]}


def raw_entries(path: Path, name: str) -> tuple[list[dict[str, Any]], Lines]:
    """The entries of a register as they stand in its file, and their lines."""
    try:
        data, lines = load_yaml(path)
    except DigicitError as error:
        raise LandscapeError(error.what, where=error.where, got=error.got, next=error.next) from None
    entries = data.get(name) if isinstance(data, dict) and set(data) == {name} else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LandscapeError("A register is one list of entries.", where=path.name, allowed=f"{name}: [ … ]")
    return entries, lines


def entry_problems(
    entry: dict[str, Any], rules: dict[str, Any], name: str, lines: Lines, i: int
) -> list[tuple[int, str]]:
    """What is wrong with an entry, each with its line."""
    top, required = lines[(name, i)], [field for field in rules if rules[field].get("required")]
    wrong = [(top, f"`{field}` is missing") for field in required if entry.get(field) is None]
    for field, value in entry.items():
        line = lines.get((name, i, field), top)
        if field not in rules:
            close = suggest(str(field), rules)
            wrong.append((line, f"unknown field `{field}`" + (f"; did you mean `{close}`?" if close else "")))
        elif value is not None:
            wrong += [(line, f"`{field}` {words}") for words in _wrong(value, rules[field], name)]
    if entry.get("unit") == "percent" and not 0 <= entry.get("value", 0) <= 100:
        wrong.append((lines[(name, i, "value")], "`value` is a percentage outside 0 to 100"))
    counts = [entry[step] for step in STEPS if isinstance(entry.get(step), int)] if name == "search" else []
    if counts != sorted(counts, reverse=True):
        wrong.append((top, f"{', '.join(STEPS)} cannot grow from step to step"))
    if name == "platforms" and entry.get("share") is not None:
        lacking = [f for f in ("share_base", "share_year", "source") if not entry.get(f)]
        wrong += [(top, f"a share needs {', '.join(lacking)}")] if lacking else []
    return wrong


def _wrong(value: Any, rule: dict[str, Any], register: str) -> list[str]:
    """What one value breaks, in words."""
    kind: str = rule["type"]
    texts: list[Any] = value if isinstance(value, list) else [value]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "flag"):
        return [f"is {kind}, not {type(value).__name__}"]
    if kind == "ages" and ([type(a) for a in texts] != [int, int] or texts[0] > texts[1]):
        return ["is two ages, the lower first"]
    odd = [str(text) for text in texts if text not in rule.get("allowed", texts)]
    low, high = rule.get("range", (1800, 2100) if kind == "year" else (float("-inf"), float("inf")))
    tests = {
        f"is one of {', '.join(rule.get('allowed', []))}; got {', '.join(odd)}": bool(odd),
        f"lies between {low} and {high}": isinstance(value, int | float) and not low <= value <= high,
        f"is a day that has come; got {value}": "past" in rule
        and isinstance(value, dt.date)
        and not has_come(value),
        "names no year (n.d. when the work has no date)": rule.get("year") and not _YEAR.search(str(value)),
        "holds markup or begins like a formula; write plain text": not all(map(is_plain, texts)),
        "holds an e-mail address or telephone number; name a role instead": register == "stakeholders"
        and any(_CONTACT.search(str(text)) for text in texts),
    }
    return [words for words, broken in tests.items() if broken]


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    """Words that were made up say so in the cell itself; made-up numbers are named in `invented`."""
    invented = entry.get("invented") or []
    return {f: f"[invented] {v}" if f in invented and isinstance(v, str) else v for f, v in entry.items()}


def _real(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without its made-up fields; nothing where the entry itself is made up, name and all."""
    invented = entry.get("invented") or []
    return {} if "name" in invented else {f: v for f, v in entry.items() if f not in (*invented, "invented")}


def checklist(answers: pd.DataFrame) -> pd.DataFrame:
    """The legal and policy items with the answers that may be printed.

    Parameters
    ----------
    answers : DataFrame
        The register `legal`; empty for a country that nobody has reviewed. A row with `superseded_on` is
        history.

    Returns
    -------
    DataFrame
        item, title, norm, crc, answer (yes, partly, no, unknown), status (verified, documented or to be
        confirmed), before (earlier stages), and the register's own fields. Verified: citation, verifier and
        date; documented: citation, the passage that was read, its address and the day. Without either an
        answer is unknown.

    Raises
    ------
    LandscapeError
        An item is answered twice.

    Examples
    --------
    >>> set(checklist(load_register(None, "legal"))["answer"])
    {'unknown'}
    """
    past = answers["superseded_on"].notna()
    now, history = answers[~past], answers[past]
    twice = now.loc[now["item"].duplicated(), "item"].tolist()
    if twice:
        what, hint = "A checklist item is answered twice.", "the older row takes superseded_on"
        raise LandscapeError(what, where="legal.yaml", got=f"item {twice[0]}", next=hint)
    fields = [name for name in answers if name not in ("item", "answer", "superseded_on")]
    items = pd.DataFrame(load_codebook("legal")["items"])
    out = items.merge(now[["item", "answer", *fields]], how="left", on="item")
    out = out.astype(object).where(out.notna(), "")
    proven, documented = ((out[list(columns)] != "").all(axis=1) for columns in (PROVEN, DOCUMENTED))
    out["status"] = documented.map({True: N_("documented"), False: UNREVIEWED}).where(~proven, N_("verified"))
    out["answer"] = out["answer"].where((proven | documented) & (out["answer"] != ""), "unknown")
    earlier = history.groupby("item")[["stage", "stage_on"]].apply(lambda rows: rows.to_dict("records"))
    out["before"] = [earlier.get(item, []) for item in out["item"]]
    return out[["item", "title", "norm", "crc", "answer", "status", "before", *fields]]


def grade(source: Mapping[str, Any], year: int) -> str:
    """How far a source's figures carry, A to F.

    A: probability sample, size known, read at its source, not older than five years; B: another probability
    sample; C: a sample chosen by a stated method; D: opt-in, commercial or unknown method; E: administrative
    counts, never a prevalence; F: recalled, not read.

    Parameters
    ----------
    source : mapping
        A row of the register `sources`.
    year : int
        Year of the study.

    Examples
    --------
    >>> grade({"sampling": "probability", "basis": "press", "n": 900, "year": 2024}, 2026)
    'B'
    """
    if source["basis"] == "recalled":
        return "F"
    if source["sampling"] == "probability":
        best = source["basis"] == "read" and source.get("n") == source.get("n") and source["year"] >= year - 5
        return "A" if best and source.get("n") else "B"
    return {"administrative": "E", "purposive": "C"}.get(str(source["sampling"]), "D")


def age_groups(low: int, high: int) -> dict[str, tuple[int, int]]:
    """The age groups of a study: the bands of the gap grid, cut to its ages.

    Examples
    --------
    >>> list(age_groups(9, 17)), list(age_groups(16, 19)), list(age_groups(8, 9))
    (['9-11', '12-14', '15-17'], ['16-17', '18-19'], ['8', '9'])
    """
    cut = [(max(a, low), min(b, high)) for a, b in AGE_BANDS if a <= high and b >= low]
    return {"-".join(dict.fromkeys(map(str, ages))): ages for ages in cut}


def topic_gaps(sources: pd.DataFrame, year: int, ages: tuple[int, int]) -> pd.DataFrame:
    """What has been measured, of whom, by which kind of source; and what nobody has measured.

    Parameters
    ----------
    sources : DataFrame
        The register `sources`.
    year : int
        Year of the study: what is ten years old or older is `old`.
    ages : (int, int)
        Of the study, whose groups `age_groups` are.

    Returns
    -------
    DataFrame
        construct, age_group, quality (the best kind of source that is not old, or ``none``), coverage (whole,
        part, old, none), n_sources, n_recent, latest_year, sources (ids).

    Examples
    --------
    >>> one = {"id": "a", "year": 2020, "ages": [9, 14], "sampling": "opt-in", "measured": ["risks"]}
    >>> grid = topic_gaps(pd.DataFrame([one]), 2026, (9, 17)).query("construct == 'risks'")
    >>> grid[["age_group", "quality"]].values.tolist()
    [['9-11', 'opt-in'], ['12-14', 'opt-in'], ['15-17', 'none']]
    """
    # A review of what others measured is no measurement; a source whose ages nobody knows fills no cell.
    rows = [s for s in sources.to_dict("records") if isinstance(s["ages"], list) and s["sampling"] in GRADES]
    constructs = load_codebook("registers")["registers"]["sources"]["measured"]["allowed"]
    cells = [(c, group, span) for c in constructs for group, span in age_groups(*ages).items()]
    return pd.DataFrame([_cell(*cell, rows, year) for cell in cells])


def _cell(construct: str, group: str, span: tuple[int, int], sources: list[Any], year: int) -> dict[str, Any]:
    low, high = span
    hits = [s for s in sources if construct in s["measured"] and s["ages"][0] <= high and s["ages"][1] >= low]
    fresh = [s for s in hits if s["year"] > year - STALE_YEARS]
    whole = any(s["ages"][0] <= low and s["ages"][1] >= high for s in fresh)
    return {
        "construct": construct,
        "age_group": group,
        "quality": min((s["sampling"] for s in fresh), key=GRADES.index, default="none"),
        "coverage": "whole" if whole else "part" if fresh else "old" if hits else "none",
        "n_sources": len(hits),
        "n_recent": len(fresh),
        "latest_year": max((int(s["year"]) for s in hits), default=0),
        "sources": ", ".join(str(s["id"]) for s in hits),
    }
