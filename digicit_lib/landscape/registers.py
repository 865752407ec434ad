"""The desk review's registers: small YAML files, checked whole, each entry with its line."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import DigicitError, LandscapeError, suggest
from digicit_lib.landscape.checks import plain
from digicit_lib.landscape.countries import CODEBOOK
from digicit_lib.safe import Lines, load_yaml

REGISTERS = ("sources", "facts", "platforms", "legal", "stakeholders", "timeline", "cautions", "search")
CONSTRUCTS = ("access", "activities", "skills", "risks", "harm_coping", "mediation", "rights")
AGE_GROUPS = {"9-11": (9, 11), "12-14": (12, 14), "15-17": (15, 17)}
# From the strongest kind of evidence on a population to the weakest.
GRADES = ("probability", "administrative", "purposive", "opt-in", "commercial", "unknown", "desk review")
UNREVIEWED = "to be confirmed by the country team"
_CONTACT = re.compile(r"\S+@\S+\.\w|(?:\+|\b00)\d[\d\s().-]{6,}|\b\d{3}[\s.-]\d{2,4}[\s.-]\d{2,4}")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b|\bn\.d\.")
_TYPES: dict[str, tuple[type, ...]] = {"text": (str, int, dt.date), "whole": (int,), "year": (int,), "flag": (bool,),
    "number": (int, float), "day": (dt.date,), "list": (list,), "ages": (list,)}  # fmt: skip


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = load_yaml(CODEBOOK / "registers.yaml")[0]
    return rules


def load_register(folder: Path, name: str) -> pd.DataFrame:
    """Read one register of a country.

    Parameters
    ----------
    folder : Path
        Such as ``params/landscape/turkey``.
    name : {"sources", "facts", "platforms", "legal", "stakeholders", "timeline", "cautions", "search"}

    Returns
    -------
    DataFrame
        A row an entry, a column a field, with `file` and `row` (its line); no rows when there is no file.
        A field that was made up for a demonstration begins ``[invented]``.

    Raises
    ------
    LandscapeError
        Every problem of the file at once, each with its line.

    Examples
    --------
    >>> load_register(Path("nowhere"), "platforms").empty
    True
    """
    rules = {**_rules()["registers"][name], **_rules()["common"]}
    path = folder / f"{name}.yaml"
    columns = [*rules, "file", "row"]
    if not path.is_file():
        return pd.DataFrame(columns=columns)
    try:
        data, lines = load_yaml(path)
    except DigicitError as error:
        raise LandscapeError(error.what, where=error.where, got=error.got, next=error.next) from None
    entries = data.get(name) if isinstance(data, dict) and set(data) == {name} else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LandscapeError("A register is one list of entries.", where=path.name, allowed=f"{name}: [ … ]")
    problems = [p for i, entry in enumerate(entries) for p in _problems(entry, rules, name, lines, i)]
    if problems:
        told = "\n".join(f"  {path.name}:{line}: {words}" for line, words in sorted(problems))
        raise LandscapeError(f"{len(problems)} problem(s) in a register.\n{told}", where=str(path))
    rows = [{**_shown(entry), "file": path.name, "row": lines[(name, i)]} for i, entry in enumerate(entries)]
    return pd.DataFrame(rows, columns=columns)


def _problems(
    entry: dict[str, Any], rules: dict[str, Any], name: str, lines: Lines, i: int
) -> list[tuple[int, str]]:
    top = lines[(name, i)]
    found = [
        (top, f"`{field}` is missing")
        for field, rule in rules.items()
        if rule.get("required") and field not in entry
    ]
    for field, value in entry.items():
        line = lines.get((name, i, field), top)
        if field not in rules:
            close = suggest(str(field), rules)
            found.append((line, f"unknown field `{field}`" + (f"; did you mean `{close}`?" if close else "")))
        elif value is not None:
            found += [(line, f"`{field}` {words}") for words in _wrong(value, rules[field], name)]
    return found + [(top, words) for words in _together(entry, name)]


def _wrong(value: Any, rule: dict[str, Any], register: str) -> list[str]:
    """What one value breaks, in words."""
    kind, texts = rule["type"], value if isinstance(value, list) else [value]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "flag"):
        return [f"is {kind}, not {type(value).__name__}"]
    if kind == "ages" and not (
        len(value) == 2 and all(isinstance(a, int) for a in value) and value[0] <= value[1]
    ):
        return ["is two ages, the lower first"]
    words = []
    if rule.get("allowed") and (odd := [str(t) for t in texts if t not in rule["allowed"]]):
        words.append(f"is one of {', '.join(rule['allowed'])}; got {', '.join(odd)}")
    low, high = rule.get("range", (1800, 2100) if kind == "year" else (float("-inf"), float("inf")))
    if isinstance(value, int | float) and not low <= value <= high:
        words.append(f"lies between {low} and {high}")
    if rule.get("year") and not _YEAR.search(str(value)):
        words.append("names no year (write n.d. when the work has no date)")
    if not all(plain(text) for text in texts):
        words.append("holds markup or begins like a formula; write plain text")
    if register == "stakeholders" and any(_CONTACT.search(str(text)) for text in texts):
        words.append("holds an e-mail address or telephone number; name a role instead")
    return words


def _together(entry: dict[str, Any], name: str) -> list[str]:
    if name == "platforms" and entry.get("share") is not None:
        lacking = [f for f in ("share_base", "share_year", "source") if not entry.get(f)]
        return [f"a share needs {', '.join(lacking)}"] if lacking else []
    if (
        name in ("platforms", "facts")
        and entry.get("unit") == "percent"
        and not 0 <= entry.get("value", 0) <= 100
    ):
        return ["`value` is a percentage outside 0 to 100"]
    if name == "legal" and entry.get("item") not in range(1, 31):
        return ["`item` is a number of the checklist, 1 to 30"]
    return []


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    """Words that were made up say so in the cell itself; made-up numbers are told in `invented`."""
    made = entry.get("invented") or []
    return {
        field: f"[invented] {value}" if field in made and isinstance(value, str) else value
        for field, value in entry.items()
    }


def checklist(answers: pd.DataFrame) -> pd.DataFrame:
    """The 30 legal and policy items with the answers that may be printed.

    Parameters
    ----------
    answers : DataFrame
        The register `legal`; empty for a country that nobody has reviewed.

    Returns
    -------
    DataFrame
        item, title, norm, crc, answer (yes, partly, no, unknown), status, citation, dated, quoted,
        verified_by, verified_on, file, row. An answer without citation, verifier and date is `unknown`.

    Raises
    ------
    LandscapeError
        An item is answered twice.

    Examples
    --------
    >>> import pandas as pd
    >>> set(checklist(pd.DataFrame(columns=["item"]))["answer"])
    {'unknown'}
    """
    fields = ["answer", "citation", "dated", "quoted", "verified_by", "verified_on", "note", "file", "row"]
    if answers["item"].duplicated().any():
        item = answers.loc[answers["item"].duplicated(), "item"].iloc[0]
        raise LandscapeError(
            "A checklist item is answered twice.", got=f"item {item}", next="keep one answer"
        )
    items = pd.DataFrame(load_yaml(CODEBOOK / "legal.yaml")[0]["items"])
    given = answers.reindex(columns=["item", *fields]).set_index("item")
    out = items.join(given, on="item").astype(object)
    out = out.where(out.notna(), "")
    proven = (out[["citation", "verified_by", "verified_on"]] != "").all(axis=1)
    claimed = ~out["answer"].isin(["", "unknown"])
    out["status"] = [
        "verified" if p and c else "nothing found, verified" if p else UNREVIEWED
        for p, c in zip(proven, claimed, strict=True)
    ]
    out["answer"] = out["answer"].where(proven & claimed, "unknown")
    return out[["item", "title", "norm", "crc", "answer", "status", *fields[1:]]]


def gap_grid(sources: pd.DataFrame) -> pd.DataFrame:
    """What has been measured, of whom, by which kind of source; and what nobody has measured.

    Parameters
    ----------
    sources : DataFrame
        The register `sources`.

    Returns
    -------
    DataFrame
        construct, age_group, quality (the best kind of source, or ``none``), coverage (whole, part, none),
        n_sources, latest_year, sources (ids).

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame([{"id": "a", "year": 2020, "ages": [9, 14], "sampling": "opt-in", "measured": ["risks"]}])
    >>> gap_grid(one).query("construct == 'risks'")[["age_group", "quality", "coverage"]].values.tolist()
    [['9-11', 'opt-in', 'whole'], ['12-14', 'opt-in', 'whole'], ['15-17', 'none', 'none']]
    """
    rows = []
    for construct in CONSTRUCTS:
        for group, (low, high) in AGE_GROUPS.items():
            hits = [
                s for s in sources.to_dict("records") if construct in s["measured"] and _touches(s, low, high)
            ]
            # A review of what others measured is no measurement.
            hits = [s for s in hits if s["sampling"] != "desk review"]
            best = min((GRADES.index(s["sampling"]) for s in hits), default=-1)
            whole = any(s["ages"][0] <= low and s["ages"][1] >= high for s in hits)
            rows.append({"construct": construct, "age_group": group, "quality": GRADES[best] if hits else "none",
                         "coverage": "whole" if whole else "part" if hits else "none", "n_sources": len(hits),
                         "latest_year": max((int(s["year"]) for s in hits), default=0),
                         "sources": ", ".join(str(s["id"]) for s in hits)})  # fmt: skip
    return pd.DataFrame(rows)


def _touches(source: dict[str, Any], low: int, high: int) -> bool:
    ages = source["ages"]
    return isinstance(ages, list) and ages[0] <= high and ages[1] >= low
