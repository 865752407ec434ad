"""Modules of the questionnaire: a study chooses them; they ask whom they say; their topics have passages."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from digicit_lib import synthetic
from digicit_lib.codebook import CLEARANCE_ONLY, FOLDER, MODULES, catalogue, instrument, questionnaire
from digicit_lib.codebook.catalogue_page import catalogue_markdown, topic_passages
from digicit_lib.data.xlsform import asked, form_sheets, minutes, write_form
from digicit_lib.errors import CodebookError
from digicit_lib.params.schema import Module

NEW = [i for i in catalogue().values() if i.module]


def test_the_catalogue_holds_what_the_round_asked_for() -> None:
    # Issue 18, numbers: at least 145 indicators, a topic source of at least 35 new ones read.
    assert len(catalogue()) >= 145
    assert sum(bool(i.read) for i in NEW) >= 35


def test_the_modules_are_one_list() -> None:
    assert set(get_args(Module)) == set(MODULES) == {p.stem for p in FOLDER.glob("modules/*.yaml")}
    with pytest.raises(CodebookError, match="Unknown module"):
        questionnaire(["games"])


def test_every_new_indicator_says_its_topic_and_that_nobody_has_piloted_it() -> None:
    for indicator in NEW:
        assert indicator.certainty == "P", indicator.id
        assert indicator.source and indicator.says, indicator.id
        assert set(indicator.read) <= set(topic_passages()), indicator.id


def test_a_passage_has_its_address_its_day_and_its_words() -> None:
    for name, told in topic_passages().items():
        assert set(told) == {"citation", "where", "on", "quote"}, name
        assert str(told["where"]).startswith("http") and isinstance(told["on"], dt.date), name
        assert len(str(told["quote"]).split()) >= 5, name
    assert set(topic_passages()) == {name for indicator in NEW for name in indicator.read}
    assert topic_passages()["gc25_42"]["quote"] in catalogue_markdown()


def test_questions_on_abuse_are_behind_clearance_and_never_below_twelve() -> None:
    # CONTENT-2026, rule P of section 1.
    for indicator in NEW:
        assert (indicator.tier == "M") == (indicator.id in CLEARANCE_ONLY), indicator.id
        assert indicator.tier != "M" or (indicator.ages[0] >= 12 and indicator.sensitivity == 3)
    names = {row["name"] for row in form_sheets(country="UKR", modules=["image_abuse"])["survey"]}
    assert "iba_02" in names and "iba_01" not in names
    rows = form_sheets(country="UKR", languages=["en"], modules=["image_abuse"], clearance=True)["survey"]
    order = [row["name"] for row in rows]
    assert order.index("help_iba_01") < order.index("iba_01") < order.index("stop_iba_01")


def test_a_study_that_chooses_no_module_asks_what_it_asked_before() -> None:
    before = synthetic.survey(seed=11, n=240)
    more = synthetic.survey(seed=11, n=240, modules=MODULES)
    assert more[before.columns].equals(before)
    assert not {i.raw for i in NEW} & set(before.columns)
    asked_more = {c for i in NEW if i.id not in CLEARANCE_ONLY for c in i.raw_columns}
    assert asked_more <= set(more.columns)


def test_the_form_with_every_module_routes_children_as_the_demonstration_does() -> None:
    from test_forms import truth

    rows = form_sheets(country="TUR", languages=["en"], modules=MODULES)["survey"]
    by_name = {row["name"]: row for row in rows if row["type"] != "end_group"}
    frame = synthetic.survey(seed=6, n=240, modules=MODULES).astype(str)
    frame["age"] = frame["age"].astype(float).astype(int)
    columns = [c for i in asked(MODULES) if i.module and i.asked_of == "child" for c in i.raw_columns]
    for person in frame.to_dict("records"):
        given = {key: "" if value == "na" else value for key, value in person.items()}
        for column in columns:
            assert truth(by_name[column]["relevant"], given) == (person[column] != "na"), column


def test_the_core_form_takes_at_most_twenty_five_minutes() -> None:
    assert minutes(core=True)["base"] <= 25
    whole = minutes(MODULES)
    assert set(whole) == {"base", *MODULES} and all(length > 0 for length in whole.values())
    assert minutes(MODULES, core=True)["ai"] < whole["ai"]


def test_a_core_form_puts_the_questions_that_its_core_rests_on() -> None:
    rows = form_sheets(country="TUR", languages=["en"], modules=MODULES, core=True)["survey"]
    names = {row["name"] for row in rows}
    assert {"mgm_03", "opp_07"} <= names and "mgm_04" not in names


def opened(modules: tuple[str, ...]) -> SimpleNamespace:
    from digicit_lib.data import open_survey
    from digicit_lib.params import load_params

    root = Path(__file__).parents[1]
    params = load_params("turkey", root).model_copy(update={"modules": modules})
    return open_survey(params, root)


def test_a_test_counts_right_answers_and_not_knowing_is_not_right() -> None:
    respondents = opened(("abilities", "ai"))
    frame, raw = respondents.frame, respondents.mapper.raw.frame
    old = (raw["acc_01"] == "yes") & (raw["age"].astype(int) >= 11)
    right = sum(
        (raw[c].astype(str) == code).astype(int)
        for c, code in (
            ("kno_01", "is_false"),
            ("kno_02", "b"),
            ("kno_03", "b"),
            ("kno_04", "a"),
            ("kno_05", "is_false"),
            ("prv_04", "is_true"),
        )
    )
    assert (frame.loc[old, "KNO-S"] == right[old]).all()
    # What did not come up leaves the base: it is no "no".
    checked = raw["aix_08"].astype(str)
    assert frame.loc[checked == "not_needed", "AIX-08"].isna().all()
    assert "MGM-01" not in frame and "KNO-S" not in opened(()).frame


def test_the_own_questionnaire_maps_every_module() -> None:
    assert set(catalogue()) == set(instrument("digicit").indicators)


def test_a_form_with_modules_is_valid_for_the_tools_that_read_it(tmp_path: Path) -> None:
    xls2json = pytest.importorskip(
        "pyxform.xls2xform", reason="pyxform, the reader of XLSForms, is not there"
    )
    path = write_form(tmp_path / "form.xlsx", country="TUR", modules=MODULES, clearance=True)
    told = xls2json.convert(path, validate=False)
    assert told.xform.count("<bind ") > 200 and "iba_01" in told.xform


def test_what_is_shown_believed_and_met_stands_apart() -> None:
    from digicit_lib.params import load_params
    from digicit_lib.workbook.quantitative import Quantitative

    root = Path(__file__).parents[1]
    params = load_params("turkey", root)
    without = params.model_copy(update={"modules": ()})
    assert Quantitative(without, root, "en").abilities().frame.empty  # no test was asked
    wb = Quantitative(params.model_copy(update={"modules": ("abilities",)}), root, "en")
    rows = wb.abilities().frame.set_index("Ability")
    assert list(rows.index) == ["Judge", "Create", "Navigate", "Consume"]
    assert rows.loc["Consume"].iloc[0] == "not measured"
    shown, believed, met = rows.loc["Judge"]
    assert "Right answers of six" in shown and "Judging score" in believed
    assert "Saw hate" in met and "Saw hate" not in shown
