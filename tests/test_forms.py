"""The form asks whom the catalogue says, keeps consent, floors, stop and help."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from digicit_lib import synthetic
from digicit_lib.codebook import SCALES, catalogue, instrument
from digicit_lib.data.xlsform import asked, form_sheets, write_form
from digicit_lib.errors import LanguageError
from digicit_lib.language import po

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return form_sheets(country="TUR", languages=["en"])["survey"]


@pytest.fixture(scope="module")
def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row["name"]: row for row in rows if row["type"] != "end_group"}


def truth(expression: str, answers: dict[str, Any]) -> bool:
    """An XLSForm expression of this form, evaluated for one respondent."""
    text = re.sub(r"\$\{(\w+)\}", lambda m: repr(answers.get(m[1], "")), expression)
    text = re.sub(r"(?<![<>!])=", "==", text)
    return bool(eval(text, {}, {})) if text else True


def test_the_form_routes_children_as_the_demonstration_does(by_name: dict[str, Row]) -> None:
    # Two independent readings of bases, age floors and skips: this form, and the generator of answers.
    frame = synthetic.survey(seed=5, n=300).astype(str)
    frame["age"] = frame["age"].astype(float).astype(int)
    child = [c for i in catalogue().values() if i.asked_of == "child" for c in i.raw_columns if c in by_name]
    assert len(child) > 140
    for person in frame.to_dict("records"):
        given = {key: "" if value == "na" else value for key, value in person.items()}
        for column in child:
            asked = truth(by_name[column]["relevant"], given)
            assert asked == (person[column] != "na"), f"{column}: {by_name[column]['relevant']}"


def test_consent_and_assent_come_before_any_question(rows: list[Row]) -> None:
    order = [row["name"] for row in rows]
    assert order.index("carer_consent") < order.index("age") < order.index("med_06_1")
    # The carer's part comes first, so that no adult pages back through a child's answers.
    assert (
        order.index("med_10") < order.index("hand_over") < order.index("child_assent") < order.index("acc_01")
    )


def test_without_consent_or_assent_nothing_is_asked(rows: list[Row]) -> None:
    gate = ""
    for row in rows[rows.index(next(r for r in rows if r["name"] == "no_consent")) :]:
        if row["type"] == "begin_group":
            gate = row["relevant"]
        elif row["type"].startswith("select_one") or row["type"] == "integer":
            relevant = f"{gate} {row['relevant']}"
            assert "${carer_consent} = 'yes'" in relevant or "${child_assent} = 'yes'" in relevant, row[
                "name"
            ]
        elif row["type"] == "end_group":
            gate = ""


def test_every_sensitive_page_offers_help_and_a_way_to_stop(rows: list[Row], by_name: dict[str, Row]) -> None:
    sensitive = [i for i in catalogue().values() if i.sensitivity >= 2 and i.raw in by_name]
    # 44 rows of RSK, HRM and COP; 5 of them derived, 4 shut without clearance.
    assert len(sensitive) == 44 - 5 - 4
    for indicator in sensitive:
        raw = indicator.raw
        page = [row["name"] for row in rows]
        inside = page[page.index(f"p_{raw}") : len(page) - page[::-1].index(f"p_{raw}")]
        assert {f"help_{raw}", raw, f"stop_{raw}"} <= set(inside)
        assert not by_name[raw]["required"]  # to stop needs no answer


def test_a_child_who_stops_is_asked_nothing_more(rows: list[Row]) -> None:
    ended, seen = "", False
    for row in rows:
        if row["type"] == "calculate" and row["name"].startswith("ended_"):
            assert not ended or f"${{{ended}}} = 1" in row["calculation"]  # what has ended stays ended
            ended = row["name"]
        if row["type"] == "begin_group" and row["name"] == "p_rgt_07":
            assert row["relevant"].endswith(f"${{{ended}}} = 0")
            seen = True
    assert seen


@pytest.mark.parametrize("cleared", [False, True])
def test_abuse_is_asked_only_with_clearance(cleared: bool) -> None:
    names = {row["name"] for row in form_sheets(country="TUR", languages=["en"], clearance=cleared)["survey"]}
    assert ({"rsk_18", "rsk_19", "rsk_20", "rsk_21"} <= names) is cleared
    assert cleared or not any(name.endswith(("rsk_18", "rsk_21")) for name in names)


def test_the_form_is_well_formed(rows: list[Row]) -> None:
    sheets = form_sheets(country="UKR", clearance=True)
    names = [row["name"] for row in sheets["survey"] if row["type"] != "end_group"]
    assert len(names) == len(set(names))
    lists = {row["list_name"] for row in sheets["choices"]}
    open_groups: list[str] = []
    for row in sheets["survey"]:
        kind, _, chosen = row["type"].partition(" ")
        assert kind != "select_one" or chosen in lists
        for used in re.findall(r"\$\{(\w+)\}", row.get("relevant", "") + row.get("calculation", "")):
            assert used in names
        if kind == "begin_group":
            open_groups.append(row["name"])
        elif kind == "end_group":
            assert open_groups.pop() == row["name"]
    assert not open_groups


def test_the_columns_of_the_form_are_those_the_instrument_reads(by_name: dict[str, Row]) -> None:
    tool = instrument("digicit")
    columns = {
        leaf.column
        for name, rule in tool.indicators.items()
        if name in {i.id for i in asked()}
        for leaf in rule.leaves()
        if leaf.column
    }
    assert columns <= set(by_name)
    assert {*tool.id, tool.minutes, "age", "stratum", "psu"} <= set(by_name)
    assert {group.column for group in tool.breakdowns.values() if group.column} <= set(by_name)


# Names of the languages: Unicode CLDR 48.
HEADS = ("English (en)", "Русский (ru)", "Українська (uk)", "Türkçe (tr)")


def test_a_fifth_language_of_the_project_is_in_the_form(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digicit.toml").write_text('version = "0"\n')
    (tmp_path / "locale" / "es").mkdir(parents=True)
    (tmp_path / "locale" / "es" / "digicit.po").write_text(po._text(po._new("es")), encoding="utf-8")
    assert any("label::Español (es)" in row for row in form_sheets(country="TUR")["survey"])


def test_every_label_stands_in_four_languages() -> None:
    sheets = form_sheets(country="TUR", clearance=True)
    brands = {"Instagram", "TikTok", "Snapchat", "Facebook", ""}
    for row in (*sheets["survey"], *sheets["choices"]):
        for kind in ("label", "hint"):
            told = [row.get(f"{kind}::{name}", "") for name in HEADS]
            assert told[0] in brands or ("" not in told and told[0] not in told[1:]), told[0]
    with pytest.raises(LanguageError):
        form_sheets(country="TUR", languages=["xx"])


def test_a_written_form_holds_its_three_sheets_and_every_code(tmp_path: Path) -> None:
    path = write_form(tmp_path / "form.xlsx", country="TUR", languages=["en", "tr"])
    choices = pd.read_excel(path, sheet_name="choices", keep_default_na=False)
    assert set(choices.loc[choices["list_name"] == "TRUE4", "name"]) == set(SCALES["TRUE4"])
    assert openpyxl.load_workbook(path).sheetnames == ["survey", "choices", "settings"]
