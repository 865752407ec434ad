"""News of a study: a short dated text of what a publication adds, from its evidence and behind the gate."""

import html
import json
from pathlib import Path
from typing import Any

from digicit_lib.errors import EvidenceError, PublicationRefused
from digicit_lib.language import N_, check_language, translate
from digicit_lib.params import Params
from digicit_lib.products.gate import Gate, Published, read_review
from digicit_lib.safe import inside, write_atomic

MOST = 4  # sentences: a newsletter's reader has a minute
MADE_UP = N_("DEMONSTRATION: every answer is invented.")
REPORT = N_("The whole report")


def write_news(params: Params, root: Path, language: str, *, demonstration: bool = False) -> list[Path]:
    """Write `news.md` and `news.html` of a study's published survey beside its reports.

    Parameters
    ----------
    params : Params
    root : Path
        The project folder.
    language : str
        That of the report whose sentences are told.
    demonstration : bool
        Allow invented data; file names and texts then say what they are.

    Returns
    -------
    list of Path

    Raises
    ------
    EvidenceError
        The survey's report has not been published in this language.
    PublicationRefused
        Invented data without a demonstration; no key finding of which each number has passed the gate.
    """
    synthetic = params.is_synthetic("quantitative")
    published = Published(root, params.slug, phases=("quantitative",))
    gate = Gate(
        published,
        read_review(root, params.slug, params.file),
        synthetic=synthetic,
        demonstration=demonstration,
        params_file=params.file,
    )
    lines_told = _told(_findings(root, params.slug, language), gate)
    lines = {
        "title": translate(params.study.title, language),
        "day": params.study.date.isoformat(),
        "made_up": translate(MADE_UP, language) if synthetic else "",
        "report": translate(REPORT, language),
    }
    folder, mark = inside(root, "outputs", params.slug, "news"), "SYNTHETIC-" if synthetic else ""
    texts = {
        f"{mark}news.md": _markdown(lines, lines_told),
        f"{mark}news.html": _html(lines, lines_told, language),
    }
    return [write_atomic(folder / name, text.encode()) for name, text in texts.items()]


def _findings(root: Path, study: str, language: str) -> list[dict[str, Any]]:
    """Key findings of the published report, in the language that was asked for."""
    folder = inside(root, "outputs", study, "quantitative")
    ran = json.loads((folder / "run.json").read_text(encoding="utf-8"))["language"]
    if ran != check_language(language):
        what, hint = "The report is published in another language.", f"digicit news {study} --language {ran}"
        raise EvidenceError(what, where=f"outputs/{study}/quantitative", got=language, allowed=ran, next=hint)
    findings: list[dict[str, Any]] = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    return [finding for finding in findings if finding["key"] and finding["ids"]]


def _told(findings: list[dict[str, Any]], gate: Gate) -> list[str]:
    """The first sentences of which each number passes; one that does not is left out whole."""
    problems, lines = [], []
    for finding in findings:
        estimates = [gate.published.find(name) for name in dict.fromkeys(finding["ids"])]
        wrong = [problem for estimate in estimates if (problem := gate.problem(estimate))]
        problems += wrong
        lines += [] if wrong else [str(finding["text"])]
    if lines:
        return lines[:MOST]
    if problems:
        raise problems[0]
    raise PublicationRefused("There is no key finding to tell.", where=gate.published.study)


def _markdown(lines: dict[str, str], sentences: list[str]) -> str:
    head = [f"# {lines['title']}", lines["day"], *([f"**{lines['made_up']}**"] if lines["made_up"] else [])]
    points = "\n".join(f"- {text}" for text in sentences)
    return "\n\n".join([*head, points, f"[{lines['report']}](../quantitative/report.html)"]) + "\n"


def _html(lines: dict[str, str], sentences: list[str], language: str) -> str:
    say = {name: html.escape(text) for name, text in lines.items()}
    notice = f"<p><strong>{say['made_up']}</strong></p>" if say["made_up"] else ""
    points = "".join(f"<li>{html.escape(text)}</li>" for text in sentences)
    return (
        f'<!DOCTYPE html><html lang="{language}"><meta charset="utf-8"><title>{say["title"]}</title>'
        f"<main><article><h1>{say['title']}</h1>"
        f'<p><time datetime="{say["day"]}">{say["day"]}</time></p>{notice}<ul>{points}</ul>'
        f'<p><a href="../quantitative/report.html">{say["report"]}</a></p></article></main></html>\n'
    )
