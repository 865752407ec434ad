"""Right or silent: what `digicit new` must not take for another thing, and what exports say without words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from digicit_lib.codebook import catalogue
from digicit_lib.data.files import header
from digicit_lib.data.matching import matches
from digicit_lib.data.propose import Proposal, propose
from digicit_lib.language import translate

ROWS = 60
AGES = [10 + i % 8 for i in range(ROWS)]


def proposal(path: Path) -> Proposal:
    return propose(path, slug="mine", country="TUR", date=dt.date(2026, 1, 1))


def of_csv(folder: Path, columns: Mapping[str, list[Any]]) -> Proposal:
    """The proposal for a CSV of sixty children whose columns repeat these values."""
    frame = pd.DataFrame(
        {name: [cells[i % len(cells)] for i in range(ROWS)] for name, cells in columns.items()}
    )
    frame.to_csv(folder / "x.csv", index=False)
    return proposal(folder / "x.csv")


@pytest.mark.parametrize(
    ("label", "answers"),
    [
        ("Does your mother have a mobile phone of her own?", ["Yes", "No"]),
        ("Does your best friend have a mobile phone of his or her own?", ["Yes", "No"]),
        (catalogue()["ACC-01"].question.replace("you", "your parents"), ["Yes", "No"]),
        ("In the past 12 months, did you NOT see sexual pictures or videos online?", ["Yes", "No"]),
        ("У твоей мамы есть собственный мобильный телефон?", ["Да", "Нет"]),
        ("Чи має твій друг власний мобільний телефон?", ["Так", "Ні"]),
        ("Annenin kendi telefonu var mı?", ["Evet", "Hayır"]),
    ],
)
def test_a_question_about_somebody_else_or_its_contrary_is_an_own_one(
    label: str, answers: list[str], tmp_path: Path
) -> None:
    made = of_csv(tmp_path, {"Age": AGES, label: answers})
    assert [(d.name, d.yes, d.no) for d in made.drafts] == [("TUR-01", answers[:1], answers[1:])]


def test_the_age_and_sex_of_another_person_are_not_the_childs(tmp_path: Path) -> None:
    made = of_csv(
        tmp_path,
        {
            "Age of oldest sibling": [6, 14, 20],
            "Sex of your teacher": ["Male", "Female"],
            "Child's age": AGES,
            "I am a": ["girl", "boy"],
        },
    )
    assert (made.guesses["age"], made.guesses["gender"]) == ("Child's age", "I am a")
    assert "gender" in made.doubtful  # its answers alone tell it


def test_a_question_about_school_is_no_cluster(tmp_path: Path) -> None:
    school = [f"S{i // 5}" for i in range(ROWS)]
    asked = {
        "Do you like school?": [0, 1, 99],
        "How many pupils are in your school class?": list(range(9, 39)),
    }
    assert "psu" not in of_csv(tmp_path, {"Age": AGES, **asked}).guesses
    made = of_csv(tmp_path, {"Age": AGES, **asked, "Код закладу освіти": school})
    assert made.guesses["psu"] == "Код закладу освіти"
    made = of_csv(tmp_path, {"stratum_weight": [1.2, 0.8], "Stratum": ["a", "b", "c"]})
    assert made.guesses["strata"] == "Stratum"


def test_telling_words_without_answers_that_bear_them_out_are_no_match(tmp_path: Path) -> None:
    made = of_csv(tmp_path, {"Age": AGES, "What do you do online? Games": ["x", ""]})
    assert [(d.name, d.yes, d.blank) for d in made.drafts] == [("TUR-01", ["x"], "no")]


def test_what_younger_children_answered_widens_the_ages_or_waits_for_a_person(tmp_path: Path) -> None:
    """OPP-13 is asked from 12 and nobody minds it; RSK-12, of sensitivity 2, is."""
    asked = {catalogue()[name].question: ["Yes", "No"] for name in ("OPP-13", "RSK-12")}
    made = of_csv(tmp_path, {"Age": AGES, **asked})
    civic, false = made.draft("OPP-13"), made.draft("RSK-12")
    assert civic.certain and civic.ages == (10, 17)
    younger = sum(age < 12 for age in AGES)
    assert not false.certain and f"; {younger} answers of children younger than 12" in false.reason
    made = of_csv(tmp_path, {"Age": [age + 2 for age in AGES], **asked})
    assert made.draft("RSK-12").certain and made.draft("RSK-12").ages == (12, 17)


@pytest.mark.parametrize(
    "head", ["How true is this? [{}]", "How true is this? - {}", "How true is this?: {}"]
)
def test_the_rows_of_a_battery_are_asked_by_their_own_words(head: str, tmp_path: Path) -> None:
    answers = ["Not at all true of me", "Not very true of me", "Fairly true of me", "Very true of me"]
    asked = {head.format(catalogue()[name].question): answers for name in ("SKL-01", "SKL-03")}
    made = of_csv(tmp_path, {"Age": AGES, **asked})
    assert {d.name: d.yes for d in made.drafts} == dict.fromkeys(("SKL-01@mine", "SKL-03@mine"), answers[2:])


def test_options_beside_their_question_are_offered_instead_of_it(tmp_path: Path) -> None:
    cells = {
        "net/barriers": ["cost signal", "cost", ""],
        "net/barriers/cost": [1, 1, 0],
        "net/barriers/signal": [1, 0, 0],
    }
    made = of_csv(tmp_path, {"Age": AGES, **cells})
    assert [(d.column, d.yes, d.no) for d in made.drafts] == [
        ("net/barriers/cost", ["1"], ["0"]),
        ("net/barriers/signal", ["1"], ["0"]),
    ]  # fmt: skip


def test_names_of_choices_in_one_cell_are_listed_one_by_one(tmp_path: Path) -> None:
    apps = ["tiktok", "youtube", "tiktok youtube", "whatsapp tiktok", "whatsapp youtube", "whatsapp"]
    made = of_csv(tmp_path, {"Age": AGES, "Which apps did you use?": apps})
    assert sorted(made.draft("TUR-01").contains) == ["tiktok", "whatsapp", "youtube"]
    made = of_csv(tmp_path, {"Age": AGES, "Which apps did you use?": ["tiktok", "not sure", "youtube"]})
    assert not made.draft("TUR-01").contains


@pytest.mark.parametrize("lang", ["ru", "uk", "tr"])
def test_labels_of_stata_are_read_as_they_are(lang: str, tmp_path: Path) -> None:
    """Stata writes UTF-8 since version 14 and, as older ones, says nothing of it."""
    question = translate(catalogue()["ACC-05"].question, lang)
    frame = pd.DataFrame({"q": [0, 1] * 30})
    answers = {"q": {0: "Нет", 1: "Да"}}
    pyreadstat.write_dta(frame, tmp_path / "x.dta", column_labels=[question], variable_value_labels=answers)
    raw = header(tmp_path / "x.dta")
    assert raw.labels["q"] == question and raw.values["q"] == {"0": "Нет", "1": "Да"} and not raw.notes


def test_codes_that_the_file_declares_missing_are_no_answer(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q": [1.0, 2, 97] * 20, "age": [float(age) for age in AGES]})
    pyreadstat.write_sav(
        frame,
        tmp_path / "x.sav",
        column_labels=[catalogue()["ACC-01"].question, "Age"],
        variable_value_labels={"q": {1: "Yes", 2: "No", 97: "Inconsistent"}},
        missing_ranges={"q": [97]},
    )
    draft = proposal(tmp_path / "x.sav").draft("ACC-01")
    assert draft.certain and draft.lost == {"blank": ["97"]} and not draft.open


@pytest.mark.parametrize(
    ("label", "name"),
    [  # what each asks is read off the catalogue's own question
        ("In the past 12 months, have you met in person someone you first got to know online?", "RSK-24"),
        ("Did you use the internet in the last three months?", "ACC-01"),
        ("How often did you use the internet in the last 3 months?", "ACC-02"),
        (
            "Встречались ли Вы за последние 12 месяцев лично с кем-то, с кем познакомились в интернете?",
            "RSK-24",
        ),
        ("Чи є у тебе власний мобільний телефон?", "ACC-05"),
        ("Son 12 ay içinde internette cinsel içerikli görüntü ya da video gördünüz mü?", "RSK-13"),
        ("Do you have a mobile phone of your own? (Choose one answer)", "ACC-05"),
        ("In the past 12 months, did anything at school bother or upset you?", None),
        ("За последние 12 месяцев что-нибудь в школе расстроило или встревожило тебя?", None),
        ("Yaşadığın evde çalışan bir bilgisayar var mı?", None),
        ("Чи має твоя сестра власний мобільний телефон?", None),
        ("Did your teacher use AI to help with lessons in the past month?", None),
    ],
)
def test_near_wordings_match_and_look_alikes_do_not(label: str, name: str | None) -> None:
    assert list(matches({"x": label})) == ([name] if name else [])


def test_a_label_cut_by_its_format_is_a_doubtful_match() -> None:
    """Stata keeps 80 letters; IBA-03 in Russian is longer than the 256 bytes of SPSS."""
    for text in (catalogue()["RSK-24"].question[:80], translate(catalogue()["IBA-03"].question, "ru")):
        label = text.encode()[:256].decode(errors="ignore").strip()
        ((name, match),) = matches({"x": label}).items()
        assert name in ("RSK-24", "IBA-03")
        assert not match.certain


def test_a_region_is_a_group_by_the_names_of_its_places(tmp_path: Path) -> None:
    rows = {"Область": ["Північ", "Південь"] * 40, "Вік": [10, 11, 12, 13] * 20, "Region code": [1, 2] * 40}
    path = tmp_path / "a.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    proposal = propose(path, slug="x", country="UKR")
    assert "region: {column: Область, levels: {Північ: [Північ], Південь: [Південь]}}" in proposal.instrument
    assert "disability, region]" in proposal.params


def test_columns_that_say_nothing_ask_for_the_questionnaire(tmp_path: Path) -> None:
    """A file of codes under v1, v2 … has rows, and its proposal says what is missing."""
    pd.DataFrame({"v1": [9, 10, 11], "v2": [1, 2, 1]}).to_csv(tmp_path / "x.csv", index=False)
    proposal = propose(tmp_path / "x.csv", slug="x", country="KEN")
    assert not proposal.drafts and ["questionnaire" in note for note in proposal.notes] == [True]


def test_a_column_whose_name_stands_twice_is_told_and_the_others_are_proposed(tmp_path: Path) -> None:
    asked = "Do you have a mobile phone of your own?"
    lines = [f"Age,{asked},{asked}", "9,Yes,x", "10,No,x"]
    (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
    proposal = propose(tmp_path / "x.csv", slug="x", country="KEN")
    assert [asked in note for note in proposal.notes] == [True] and not proposal.drafts
