"""Mutated studies in this process: their workbooks run without drawing, and what they would print is text."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from product_sample import shown, sign

from digicit_lib import Product, Workbook, synthetic
from digicit_lib.exhibits import figures
from digicit_lib.exhibits.alt_text import alt_text
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.exhibits.tables import labelled
from digicit_lib.report.printing import printed
from digicit_lib.workbook.finding_sentences import words

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = ["id", "age", "gender", "residence", "ses", "disability", "in_school", "stratum", "psu", "weight"]
ASKED = [
    "acc_01",
    "acc_03",
    "opp_01",
    "opp_10",
    "rsk_01",
    "hrm_01",
    "cop_01",
    "cop_09",
    "med_07",
    "rgt_04",
]
# What no page may say, of whatever study.
NEVER = [
    r"Weights make the sample speak",
    r"always in use",
    r"so the base is small by design",
    r"(?m)^All \d+ ?%",
    r"about as likely",
    r"stayed about the same",
    r"told us",
    r"they spoke of",
    r"[Ww]e ask ",
    r"<NAME\d+>",
    r"\[NAME",
    r"Where two intervals overlap",
    r"Base and period differ",
    r"in private, with the choice",
    r"asked from the age of eleven",
    r"country team wrote",
    r"Not shown: fewer than 25 answers.*Not shown: fewer than 25",
]


# --- studies in this process ---------------------------------------------------------------------------


@cache
def _answers() -> pd.DataFrame:
    frame = synthetic.survey(seed=11, n=500)
    return frame[[*PEOPLE, *ASKED, "minutes"]].astype(str)


def answers() -> pd.DataFrame:
    return _answers().copy()


def all_say(frame: pd.DataFrame, column: str, answer: str) -> None:
    frame.loc[~frame[column].isin(["na"]), column] = answer


class Study:
    """A study in a folder of its own, and what its reports say."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (root / "params").mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text("")
        self.root = root
        monkeypatch.setenv("DIGICIT_DATA", str(root / "data"))
        monkeypatch.setattr(figures, "draw", _undrawn)
        monkeypatch.setattr(figures, "svg_bytes", lambda block: b"")

    # --- what it is made of -----------------------------------------------------------------------------

    def write(self, frame: pd.DataFrame, slug: str = "made", **more: Any) -> None:
        """A survey: its answers and its params."""
        (self.root / "data").mkdir(exist_ok=True)
        frame.to_csv(self.root / "data" / f"{slug}.csv", index=False, quoting=csv.QUOTE_MINIMAL)
        survey = {"kind": "microdata", "instrument": more.pop("instrument", "digicit")}
        survey |= {"files": [{"name": f"{slug}.csv", "where": "the study"}]} | more.pop("survey", {})
        design = {"weight": "weight", "strata": "stratum", "psu": "psu"}
        analysis = {"breakdowns": ["gender", "age_group", "residence", "ses"]}
        made = {"data": {"survey": survey}, "design": design, "analysis": analysis}
        self.params(slug, **(made | more))

    def interviews(self, tables: Mapping[str, pd.DataFrame], slug: str = "made", **more: Any) -> None:
        """A coded project: a table a file, and its params."""
        folder = self.root / "data" / slug
        folder.mkdir(parents=True)
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
        self.params(slug, **({"data": {"interviews": {"kind": "project", "path": slug}}} | more))

    def registers(self, slug: str = "made", **tables: Any) -> None:
        """A desk review: a register a file, and its params."""
        folder = self.root / "params" / "landscape" / slug
        folder.mkdir(parents=True)
        for name, rows in tables.items():
            (folder / f"{name}.yaml").write_text(yaml.safe_dump({name: rows}), encoding="utf-8")
        self.params(slug, data={"landscape": {"folder": f"params/landscape/{slug}"}})

    def params(self, slug: str, **more: Any) -> None:
        study = {"country": "KEN", "date": "2026-11-28", "title": "A study", "wave": "2026"}
        params = {
            "study": study | more.pop("study", {}),
            "population": {"ages": [9, 17], "base": "children aged 9 to 17"},
        }
        text = yaml.safe_dump(params | more, allow_unicode=True).replace("'2026-11-28'", "2026-11-28")
        (self.root / "params" / f"{slug}.yaml").write_text(text, encoding="utf-8")

    # --- what it says -----------------------------------------------------------------------------------

    def report(self, frame: pd.DataFrame, **more: Any) -> str:
        self.write(frame, **more)
        return self.text()

    def text(self, slug: str = "made", language: str = "en", phase: str = "quantitative") -> str:
        """What a report prints, a line a text; its evidence is published for products."""
        book: Any = Workbook.open(slug, phase, root=self.root, language=language)
        cells = self.run(book, phase)
        book.evidence.save(self.root / "outputs" / slug / phase)
        return "\n".join(_said(printed(cells)))

    def run(self, book: Any, phase: str) -> list[dict[str, Any]]:
        """The cells of a phase's workbook with what each shows."""
        outputs: list[dict[str, Any]] = []
        names: dict[str, Any] = {"wb": book}
        book.exhibits.show = lambda block: outputs.append(
            {"output_type": "display_data", "data": {MIME: block}}
        )
        cells = [dict(cell) for cell in _cells(phase)]
        for cell in (c for c in cells if c["cell_type"] == "code"):
            outputs.clear()
            source = "".join(cell["source"])
            if re.search(r"\b(sns|pg|pd)\.", source):
                continue  # pictures and statistics of one's own take time and are told elsewhere
            source = "wb.facts()" if "Workbook.open" in source else source
            if "parameters" not in cell["metadata"].get("tags", ()):
                exec(compile(source, cell["id"], "exec"), names)
            cell["outputs"] = list(outputs)
        return cells

    def product(self, kind: str, slug: str = "made") -> str:
        """What a product says of the published numbers, each signed."""
        sign(self.root, slug)
        page = Product.open(kind, slug, root=self.root)
        blocks = shown(lambda: (page.facts(), page.sheet(), page.close()))
        return "\n".join(text for block in blocks for text in _texts(block))


@cache
def _cells(phase: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads((ROOT / "workbooks" / f"{phase}.ipynb").read_text("utf-8"))[
        "cells"
    ]
    return cells


def _undrawn(kind: str, frame: pd.DataFrame, **words: Any) -> dict[str, Any]:
    table = labelled(frame, language=words["language"])
    alt = alt_text(kind, table, title=words["title"], language=words["language"])
    shown = {"kind": "figure", "slug": "x", "svg": "", "files": {}, "alt": alt} | words
    return shown | {"provenance": list(frame.get("id", ()))}


def _said(cells: list[dict[str, Any]]) -> Iterator[str]:
    for cell in cells:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
        for output in cell.get("outputs", ()):
            yield from _texts(output["data"][MIME])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value.get("kind") == "finding":
        yield "FINDING " + words(value["parts"])
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("id", "provenance", "files", "slug", "kind", "tone", "quality"):
                yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str) and value:
        yield value
