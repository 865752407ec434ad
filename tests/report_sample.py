"""A notebook as a run leaves it, from invented data: every kind of block, prose, code, an annex's output."""

from __future__ import annotations

import io
from functools import cache
from typing import Any
from zlib import crc32

MIME = "application/vnd.digicit.block+json"
GROUPS = ("Girls", "Boys", "9-11 years", "12-14 years", "15-17 years", "Urban", "Rural")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}} {% raw %} ${7*7}",
    '#eval("1+1") $x^2$ *strong* _emph_ @cite <label> \\u{41}',
    "javascript:alert(1)",
    "\u202eabc\u202c \u0007",
)
LETTERS = "ґ є і ї Ґ Є І Ї ğ ı İ ş Ş ç ö ü ₺ ₴ ≥ − –"


def estimate(value: float, quality: str = "ok", tail: str = "ACC-03/share/all") -> dict[str, Any]:
    text = {"suppressed": "(*)", "not_asked": "-", "caution": f"({value:.1%})"}.get(quality, f"{value:.1%}")
    return {"text": text, "id": f"demo/quantitative/{tail}", "value": value, "quality": quality}


@cache
def svg(title: str) -> str:
    """A chart of invented shares, drawn as the figures room draws: text as text, the word in the plot."""
    import matplotlib.style
    from matplotlib.figure import Figure

    looks = {"svg.fonttype": "none", "svg.hashsalt": "digicit", "font.family": "DejaVu Sans"}
    with matplotlib.style.context(looks, after_reset=True):  # whatever another test has set
        figure = Figure(figsize=(6.6, 3.1))
        axes = figure.subplots()
        shares = [0.81, 0.78, 0.62, 0.85, 0.93, 0.84, 0.71]
        axes.errorbar(shares, range(7), xerr=0.04, fmt="o", color="#12436D", capsize=3)
        axes.set_yticks(range(7), GROUPS)
        axes.invert_yaxis()
        axes.set(xlim=(0, 1), xlabel=f"Share of children · {title}")
        axes.text(0.3, 3, "SYNTHETIC", fontsize=26, color="#B45309", alpha=0.18, ha="center", va="center")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return buffer.getvalue()


def figure(
    number: int = 1, *, key: bool = True, title: str = "Most children go online daily"
) -> dict[str, Any]:
    name = f"exhibits/SYNTHETIC-figure-{number:02d}-daily-use"
    data = {
        "columns": [{"label": "Group", "align": "left", "group": None}, {"label": "Share", "align": "right"}],
        "rows": [[group, estimate(0.8, tail=f"ACC-03/share/{i}")] for i, group in enumerate(GROUPS)],
        "row_headers": 1,
        "groups": [],
    }
    return {
        "kind": "figure",
        "number": number,
        "slug": "daily-use",
        "title": title,
        "key": key,
        "subtitle": "Children aged 9 to 17 who use the internet, with 95% intervals",
        "unit": "share",
        "alt": "Dots with intervals: the share rises with age, from 62% at 9-11 to 93% at 15-17.",
        "svg": svg("question ACC-03"),
        "notes": ["Intervals: Korn-Graubard."],
        "source": "Demonstration survey, 2018",
        "files": {e: f"{name}.{e}" for e in ("svg", "png", "csv")},
        "table": data,
        "synthetic": True,
        "provenance": ["demo/quantitative/ACC-03/share/all"],
    }


def table(number: int = 1, columns: int = 4, rows: int = 8) -> dict[str, Any]:
    """Spanners over pairs of columns, two row groups, cells of each quality."""
    quality = ("ok", "caution", "suppressed", "not_asked")
    heads = [{"label": "Indicator", "align": "left", "group": None}] + [
        {"label": "% (95% CI)" if i % 2 == 0 else "n", "align": "right", "group": f"Group {i // 2 + 1}"}
        for i in range(columns)
    ]
    body = [
        [f"Uses the internet for purpose {r + 1}, at least weekly"]
        + [
            estimate(0.5, quality[(r + i) % 4], f"OPP-{r:02d}/share/{i}") if i % 2 == 0 else f"{900 + r}"
            for i in range(columns)
        ]
        for r in range(rows)
    ]
    half = rows // 2
    groups = [{"label": "Learning", "start": 0, "end": half}, {"label": "Play", "start": half, "end": rows}]
    return {
        "kind": "table",
        "number": number,
        "slug": "activities",
        "title": "Activities online",
        "subtitle": "Children who use the internet",
        "columns": heads,
        "rows": body,
        "row_headers": 1,
        "groups": groups,
        "notes": ["( ) few answers", "(*) not shown", "- not asked"],
        "source": "Demonstration survey, 2018",
        "files": {"csv": "exhibits/SYNTHETIC-table-01.csv"},
        "synthetic": True,
        "provenance": [],
    }


def blocks() -> dict[str, dict[str, Any]]:
    """One block of every kind."""
    share = {"text": "81%", "id": "demo/quantitative/ACC-03/share/all", "value": 0.81}
    return {
        "cover": {
            "kind": "cover",
            "title": "DEMONSTRATION: Digital citizenship and safety",
            "country": "Türkiye",
            "subtitle": "Türkiye · Quantitative report",
            "study": "demo",
            "phase": "quantitative",
            "date": "2026-11-01",
            "wave": "2018",
            "languages": ["en", "tr"],
            "status": "draft, not reviewed",
            "synthetic": True,
            "facts": [
                ["Country", "Türkiye"],
                ["Wave", "2018"],
                ["Children asked", "1,200"],
                ["Fieldwork", "demonstration, no fieldwork"],
                ["Design", "40 clusters in 8 strata"],
                ["Date of this report", "1 November 2026"],
            ],
        },
        "figure": figure(),
        "table": table(),
        "finding": {
            "kind": "finding",
            "key": True,
            "exhibit": 1,
            "synthetic": True,
            "parts": ["[SYNTHETIC] ", share, " of children who use the internet go online every day."],
        },
        "note": {
            "kind": "note",
            "tone": "warning",
            "title": "Coverage",
            "text": "Schools in eight regions only.",
        },
        "definitions": {
            "kind": "definitions",
            "title": "How this was done",
            "rows": [
                ["Estimates", "Every share is a domain estimate over the full design, weights included."],
                ["Small numbers", "Below 25 answers a number is not shown; below 50 it stands in brackets."],
            ],
        },
        "quotation": {
            "kind": "quotation",
            "text": f"[invented] Telefonu annem alıyor, 100 ₺ ceza. {LETTERS}",
            "lang": "tr",
            "attribution": "girl, 12-14, urban",
            "translator": "the project team",
            "translation": "[invented] My mother takes the phone away.",
            "id": "Q-1",
            "synthetic": True,
        },
        "list": {
            "kind": "list",
            "title": "Not measured in this survey",
            "items": ["Parental mediation", "Sleep"],
        },
        "prose": {"kind": "prose", "text": "## Words\n\nProse of a *product*."},
        "grid": {
            "kind": "grid",
            "title": "Numbers and their sign-offs",
            "rows": [["ACC-03", "81%"]],
            "columns": [{"label": "id", "align": "left"}, {"label": "value", "align": "right"}],
        },
        "files": {"kind": "files", "title": "Poster: three numbers", "files": {"png": "exhibits/poster.png"}},
        "provenance": {
            "kind": "provenance",
            "rows": [
                ["Parameters", "params/demo.yaml"],
                ["Run", "0123abcd"],
                ["Cite as", "DEMONSTRATION: Digital citizenship and safety: Türkiye, 2018. 2026."],
            ],
        },
    }


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": f"m{crc32(source.encode()):x}", "metadata": {}, "source": source}


def code(source: str, *shown: dict[str, Any]) -> dict[str, Any]:
    """A code cell with its outputs: blocks, or outputs as nbformat writes them."""
    outputs = [
        o
        if "output_type" in o
        else {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>old</b>", MIME: o}}
        for o in shown
    ]
    return {
        "cell_type": "code",
        "id": f"c{crc32(source.encode()):x}",
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": outputs,
    }


def notebook(*more: dict[str, Any]) -> dict[str, Any]:
    """The whole sample, `more` cells before the closing ones."""
    b = blocks()
    frame = "<table><tr><th></th><th>n</th></tr><tr><th>&lt;b&gt;girls</th><td>612</td></tr></table>"
    gap = {"kind": "note", "tone": "gap", "title": None, "text": "Sleep was not asked."}
    invented = {"kind": "note", "tone": "synthetic", "title": None, "text": "Everything here is invented."}
    cells = [
        markdown("# Quantitative workbook\n\nThis workbook turns the survey into its report. Set `study`."),
        code('study = "demo"\nlanguage = "en"'),
        markdown("Open the study."),
        code("wb.facts()", b["cover"], invented),
        markdown(
            "## 1 Key findings\n\nDigital citizenship is the ability to **judge**, *create*, navigate "
            "and consume content. See [the Convention](https://www.ohchr.org/en) and `ACC-03`."
        ),
        code("wb.finding(…)", b["finding"], {**b["finding"], "exhibit": "table-1"}, b["note"]),
        markdown(
            "## 2 Access\n\n#### How often\n\nAccess is the first condition of every digital right.\n\n"
            "- daily\n- weekly\n  1. at home\n  2. at school\n\n> A quotation from a document.\n\n"
            "| Word | Meaning |\n|---|--:|\n| base | who was asked |"
        ),
        code("wb.figure(daily)", figure(1), figure(2, key=False)),
        code("wb.table(daily)", table(1), table(2, 10, 30), table(3, 26, 6)),
        markdown("### In their words"),
        code("wb.quotations()", b["quotation"], b["list"], gap),
        code(
            "frame",
            {
                "output_type": "execute_result",
                "metadata": {},
                "execution_count": 1,
                "data": {"text/html": frame, "text/plain": "girls 612"},
            },
        ),
        *more,
        markdown("## 3 Methods"),
        code("wb.methods()", b["definitions"]),
        code("wb.close()", b["provenance"]),
    ]
    parameters = {"study": "demo", "language": "en"}
    return {
        "cells": cells,
        "metadata": {"papermill": {"parameters": parameters}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def changed(name: str) -> Any:
    """One row of what a run changed, as `evidence.diff` gives it."""
    import pandas as pd

    row = {"id": name, "change": "new", "before": float("nan"), "after": 0.25, "quality_after": "ok"}
    return pd.DataFrame([row | {"quality_before": float("nan")}])


def register_block() -> dict[str, Any]:
    """Two themes with two codes each, one sentence a code, as a codebook has them."""
    names = ("Theme", "Code", "What it means", "Remark")
    columns = [{"label": name, "align": "left"} for name in names]
    sentence = "Words that were said about {} by those who know it from their own life and say so."
    rows = [[t, c, sentence.format(c), "draft"] for t, c in (("A", "a"), ("A", "b"), ("B", "c"), ("B", "d"))]
    return {"kind": "table", "number": 1, "title": "Codebook", "columns": columns, "rows": rows} | {
        "row_headers": 1,
        "groups": [],
    }
