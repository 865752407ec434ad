"""The page of an instrument's keys: complete by the schema, and every example read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from digicit_lib.codebook import Age, Breakdown, Instrument, Mapped, MissingCodes, Rule
from digicit_lib.codebook.definitions import Variant
from digicit_lib.params.schema import Design, Replicates

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "instruments.md").read_text(encoding="utf-8")
PARTS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")}
LEAST = dict.fromkeys(("title", "programme", "citation", "licence", "where"), "t") | {
    "name": "x",
    "population": {"base": "children", "ages": [9, 17]},
    "design": {},
}
RULE = {"column": "q", "yes": [1], "no": [2]}
VARIANT = {"title": "t", "numerator": "n", "ages": [9, 17], "period": "now", "question": "q"}


def rows(part: str) -> list[tuple[list[str], str]]:
    """Keys and example of each row of a part's table."""
    cells = [line.split(" | ") for line in PARTS[part].split("\n") if line.startswith("| `")]
    return [(re.findall(r"`(\w+)`", row[0]), row[-1].strip("| `").replace("\\|", "|")) for row in cells]


def example(text: str) -> Any:
    return yaml.load(text, yaml.BaseLoader)


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("The file", {*Instrument.model_fields, "extends"} - {"name", "own"}),
        ("A rule", {*Rule.model_fields, *Mapped.model_fields, "missing"}),
        ("A variant, or an own question", set(Variant.model_fields)),
        ("A group", set(Breakdown.model_fields)),
        ("The design, here or in the params", set(Design.model_fields)),
    ],
)
def test_every_key_has_a_row(part: str, fields: set[str]) -> None:
    assert {key for keys, _ in rows(part) for key in keys} >= fields
    told = {*Age.model_fields, *MissingCodes.model_fields, *Replicates.model_fields}
    assert [key for key in told if f"`{key}" not in PAGE and f"{key}:" not in PAGE] == []


def test_every_example_is_read() -> None:
    for _, text in rows("The file"):
        if not text.startswith("extends"):
            Instrument(**{**LEAST, **example(text)})
    for _, text in rows("A rule"):
        told = example(text if text.startswith("{") else f"{{{text}, yes: [1], no: [2]}}")
        Mapped(**told)
    for _, text in rows("A variant, or an own question"):
        Variant(**{**VARIANT, **example(text)})
    for _, text in rows("A group"):
        Breakdown(**example(text))
    for _, text in rows("The design, here or in the params"):
        Design(**example(text))
