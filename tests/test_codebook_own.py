"""Own indicators, and everything that is wrong in an instrument at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from digicit_lib.codebook import Instrument, instrument
from digicit_lib.codebook.frames import they_of
from digicit_lib.codebook.json_schemas import indicators_schema, instrument_schema
from digicit_lib.codebook.own import is_own, own_indicators
from digicit_lib.errors import CodebookError, InstrumentError, nearest

OWN = {"title": "Owns a smartphone", "numerator": "says so", "ages": [9, 17], "question": "Do you own one?"}
VARIANT = {**OWN, "period": "now"}


def unshared(told: dict[str, Any]) -> dict[str, Any]:
    """Without shared parts, which YAML would write as anchors."""
    return dict(json.loads(json.dumps(told)))


def written(folder: Path, indicators: dict[str, Any], **more: Any) -> str:
    told: dict[str, Any] = dict.fromkeys(("title", "programme", "citation", "licence", "where"), "t")
    told |= {
        "population": {"base": "children", "ages": [9, 17]},
        "design": {},
        "indicators": indicators,
        **more,
    }
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(unshared(told), sort_keys=False), encoding="utf-8")
    return str(path)


def files(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return sorted(folder.glob("*.yaml"))


def test_an_own_question_is_defined_in_a_file_of_the_project(tmp_path: Path) -> None:
    own = own_indicators(files(tmp_path, kenya=yaml.safe_dump({"KEN-01": {**OWN, "section": "access"}})))
    (tmp_path / "in").mkdir()
    tool = instrument(written(tmp_path / "in", {"KEN-01": {"column": "q", "yes": [1], "no": [2]}}), own)
    made = tool.definition("KEN-01")
    assert (made.title, made.section, made.unit, made.sensitivity) == (OWN["title"], "access", "share", 2)


def test_an_own_question_is_defined_by_its_variant(tmp_path: Path) -> None:
    rule = {"column": "q", "yes": [1], "no": [2], "variant": {**VARIANT, "sensitivity": 0}}
    made = instrument(written(tmp_path, {"KEN-01": rule})).definition("KEN-01")
    assert (made.id, made.section, made.sensitivity, made.unit) == ("KEN-01", "other", 0, "share")


@pytest.mark.parametrize(
    ("base", "rule", "words"),
    [
        ("ALL", {}, "teachers"),
        ("KEN-01", {}, "people who count as “Owns a smartphone”"),
        ("ALL", {"base": {"column": "q", "yes": [1]}}, "teachers who were asked this question"),
    ],
)
def test_whom_a_question_was_asked_of_is_said_in_words(
    base: str, rule: dict[str, Any], words: str, tmp_path: Path
) -> None:
    rules = {
        "KEN-01": {"column": "q", "yes": [1], "no": [2], "variant": VARIANT},
        "KEN-02": {"column": "r", "yes": [1], "no": [2], "variant": {**VARIANT, "base": base}, **rule},
    }
    whom = {"population": {"base": "teachers", "ages": [9, 17]}, "respondents": "people"}
    made = instrument(written(tmp_path, rules, **whom)).definition("KEN-02")
    assert made.base_text == f"{words}, ages 9 to 17"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"yes": ["A friend", "A teacher"], "no": ["No one"]}, "answered “A friend” or “A teacher” to “{q}”"),
        ({"yes": ["1"], "no": ["2"]}, "count as “{t}”"),
        ({"yes": ["A1", "A2"], "no": ["A3"]}, "count as “{t}”"),
        ({"yes": ["aa", "bb", "cc", "dd"], "no": ["ee"]}, "count as “{t}”"),  # too many for a sentence
    ],
)
def test_a_question_without_words_of_its_own_is_told_as_it_was_asked(
    rule: dict[str, Any], said: str, tmp_path: Path
) -> None:
    rules = {"KEN-01": {"column": "q", **rule, "variant": VARIANT}}
    made = instrument(written(tmp_path, rules)).definition("KEN-01")
    assert they_of(made) == said.format(q=VARIANT["question"], t=VARIANT["title"])
    assert they_of(made.model_copy(update={"answers": ("Yes",)}), "tr") == (
        f"“{VARIANT['question']}” sorusuna “Yes” yanıtını veren"  # nobody translated it: as it was asked
    )


def test_an_own_question_needs_a_definition(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="1 problem") as error:
        instrument(written(tmp_path, {"KEN-01": {"column": "q", "yes": [1], "no": [2]}}))
    assert "without a definition" in str(error.value)


def test_letters_of_the_catalogue_are_taken_and_a_slip_gets_a_suggestion(tmp_path: Path) -> None:
    assert is_own("KEN-01") and not is_own("RSK-99")
    with pytest.raises(InstrumentError) as error:
        instrument(written(tmp_path, {"RSK-99": {"column": "q", "yes": [1], "no": [2], "variant": VARIANT}}))
    assert "did you mean RSK-" in str(error.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("RSK-99: {title: a}", "Not an own id"),
        ("KEN-01: {title: a, numerator: b, question: c}", "KEN-01.ages|ages"),
        ("KEN-01: {title: a, numerator: b, ages: [9, 17], colour: red}", "Unknown key"),
        ("KEN-01: {title: <title of it>, numerator: b, ages: [9, 17]}", "placeholder"),
        ('KEN-01: {title: "a\\x1b[2J", numerator: b, ages: [9, 17]}', "nobody sees"),
        ("KEN-01: {title: a, numerator: b, ages: [9, 17], base: NOBODY}", "not there"),
        ("KEN-01: {title: a, numerator: b, ages: [9, 17], scale: FREQ5, yes: [hourly]}", "not in its scale"),
    ],
)
def test_the_catalogues_rules_hold_for_own_indicators(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(CodebookError) as error:
        own_indicators(files(tmp_path, kenya=text))
    assert any(part in str(error.value) for part in what.split("|"))


def test_one_id_stands_in_one_file(tmp_path: Path) -> None:
    text = yaml.safe_dump({"KEN-01": OWN})
    with pytest.raises(CodebookError, match="Duplicate indicator"):
        own_indicators(files(tmp_path, a=text, b=text))


def test_all_mistakes_of_an_instrument_come_at_once_with_their_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "ACC-01@mine": {"column": "q1", "variant": VARIANT},
            "ACC-05@mine": {"yes": [1], "variant": VARIANT},
            "ACC-99": {"column": "q", "yes": [1], "no": [2]},
        },
        title="<title of the survey>",
        colour="red",
    )
    with pytest.raises(InstrumentError) as error:
        instrument(path)
    text, lines = str(error.value), Path(path).read_text(encoding="utf-8").split("\n")
    assert [name for name in ("ACC-01@mine", "ACC-05@mine", "colour", "<title") if name not in text] == []
    line = 1 + next(i for i, found in enumerate(lines) if found.startswith("  ACC-05@mine:"))
    assert f"mine.yaml:{line}" in text and "Value error" not in text


def test_lists_of_names_are_cut_to_the_nearest() -> None:
    assert nearest("pisa20188", ["ess10", "pisa2018", "pisa2012", "mics6"], 2) == ["pisa2018", "pisa2012"]


def test_the_schemas_name_every_key() -> None:
    made = instrument_schema()["properties"]
    assert set(made) == {*Instrument.model_fields, "extends"} - {"name", "own"}
    (one,) = indicators_schema()["patternProperties"].values()
    assert set(one["required"]) == set(OWN) - {"question"} and "section" in one["properties"]


def test_a_section_that_no_report_has_is_refused(tmp_path: Path) -> None:
    """The question would be lost without a word, from either file."""
    with pytest.raises(CodebookError, match="Unknown section") as error:
        own_indicators(files(tmp_path, kenya=yaml.safe_dump({"KEN-01": {**OWN, "section": "acess"}})))
    assert error.value.next == "did you mean access?"
    rule = {"column": "q", "yes": [1], "no": [2], "variant": {**VARIANT, "section": "acess"}}
    with pytest.raises(InstrumentError, match="Unknown section"):
        instrument(written(tmp_path, {"KEN-02": rule}))


def test_a_wrong_value_is_told_in_plain_words(tmp_path: Path) -> None:
    path = written(tmp_path, {"KEN-02": {"column": "q", "yes": 1, "no": [2], "variant": VARIANT}})
    with pytest.raises(InstrumentError, match=r"a list, as \[1, 2\]"):
        instrument(path)
    path = written(tmp_path, {"KEN-02": {"column": "q", "yes": [1], "no": [1], "variant": VARIANT}})
    with pytest.raises(InstrumentError, match=r"KEN-02 contradicts itself"):
        instrument(path)
