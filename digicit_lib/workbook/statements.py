"""Words that a run publishes beside its numbers: approved quotations, consent, legal answers.

A phase's workbook writes them as `statements.json`; products and forum packs read nothing else. A quotation
is here only when the gate of the qualitative room let it through; an answer of the law counts as given only
with its citation, verifier and date.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from digicit_lib import qualitative
from digicit_lib.language import N_, invented
from digicit_lib.qualitative import Project
from digicit_lib.qualitative.consent import says_yes
from digicit_lib.qualitative.reported import consent_counts
from digicit_lib.qualitative.tokens import unmasked

Statement = dict[str, Any]
FILE = "statements.json"
RESERVED = N_("the register of treaties holds a reservation of the State on this article")


def _roles(project: Any) -> dict[str, str]:
    """Roles by participant, and by source where sessions record one."""
    frames = ((project.sources, "source"), (project.cases, "case"))
    return {
        str(key): str(role)
        for frame, column in frames
        if "role" in frame
        for key, role in zip(frame[column], frame["role"], strict=True)
    }


def quotation_statements(project: Project, study: str, *, k: int, synthetic: bool) -> list[Statement]:
    """The approved quotations of a project with what they speak to.

    Parameters
    ----------
    project : Project
    study : str
        Slug, which starts each id.
    k : int
        The fewest participants whom an attribution must fit.
    synthetic : bool
        Whether they are invented; each then says so in its own words.

    Returns
    -------
    list of dict
        id, kind, role, theme, code, label, indicators, articles, text, lang, attribution, translation,
        translator, and whether a reviewer marked it as against its theme's usual run.
    """
    codes = {row["code"]: row for row in project.codes.to_dict("records")}
    roles = _roles(project)
    rows = []
    for row in qualitative.quotations(project, k=k).to_dict("records"):
        code = codes[row["code"]]
        rows.append(
            {
                "id": f"{study}/qualitative/quotation/{row['quotation']}",
                "kind": "quotation",
                "synthetic": synthetic,
                "against": says_yes(row["negative"]),
                "role": roles.get(row["participant"]) or roles.get(row["source"], ""),
                "indicators": str(code.get("indicator_ids") or "").split(),
                "articles": [int(a) for a in str(code.get("crc_articles") or "").split() if a.isdigit()],
                "label": str(code.get("label") or code["name"]),
                **{
                    key: str(row[key] or "") for key in ("theme", "code", "lang", "attribution", "translator")
                },
                **{
                    key: _marked(unmasked(str(row[key]), lang), lang, synthetic) if row[key] else ""
                    for key, lang in (("text", row["lang"]), ("translation", "en"))
                },
            }
        )
    return rows


def consent_sentences(project: Project, study: str, *, least: int) -> list[Statement]:
    """How many agreed to take part; nothing where no column records it.

    Parameters
    ----------
    project : Project
    study : str
    least : int
        The fewest people that a count may be of.

    Returns
    -------
    list of dict
        id, kind, counts as `consent_text` says them in any language.
    """
    counts = consent_counts(project, least=least)
    return [{"id": f"{study}/qualitative/consent", "kind": "consent", "counts": counts}] if counts else []


def _marked(text: str, language: str, synthetic: bool) -> str:
    return invented(text, language) if synthetic else text


def laws(checklist: pd.DataFrame, study: str) -> list[Statement]:
    """The items of law and policy with their answers, verified or not.

    Parameters
    ----------
    checklist : DataFrame
        Of the landscape room: item, title, norm, crc, answer, status, citation, verified_by, verified_on.
    study : str

    Returns
    -------
    list of dict
        id, kind, item, title, norm, articles, verified, status; answer, citation, verified_by and verified_on
        are empty where nobody has verified the answer.
    """
    rows = []
    for row in checklist.to_dict("records"):
        verified = row["status"] == "verified" and bool(row["citation"]) and bool(row["verified_by"])
        keys = ("answer", "citation", "verified_by", "verified_on")
        answer = {key: str(row[key]) if verified else "" for key in keys}
        rows.append(
            {
                "id": f"{study}/exploratory/LEGAL/{row['item']}",
                "kind": "law",
                "item": int(row["item"]),
                "title": str(row["title"]),
                "norm": str(row["norm"]),
                "articles": [a for a in row["crc"] or [] if isinstance(a, int)],
                "verified": verified,
                "status": "verified" if verified else str(row["status"]),
                **answer,
            }
        )
    return rows


def reserved(treaties: pd.DataFrame) -> list[int]:
    """Articles of the Convention on the Rights of the Child that a reservation in the register names."""
    lists = treaties.loc[treaties["treaty"] == "CRC", "articles"]
    return [article for numbers in lists for article in numbers or () if isinstance(article, int)]


def as_file(statements: Iterable[Mapping[str, Any]]) -> bytes:
    """The content of `statements.json`: the same bytes for the same statements."""
    ordered = sorted((dict(s) for s in statements), key=lambda s: (s["id"], s.get("code", "")))
    return (json.dumps(ordered, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
