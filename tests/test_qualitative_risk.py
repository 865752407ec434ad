"""Forms of names, patterns of identifiers, flags for a human."""

from __future__ import annotations

import pytest
from qualitative_samples import study

from digicit_lib.qualitative import Project, read_table, risk
from digicit_lib.qualitative.names import find_patterns, forms, inflect


@pytest.mark.parametrize(
    ("name", "lang", "said"),
    [
        ("Мария", "ru", "Мария Марии Марию Марией"),
        ("Илья", "ru", "Илья Ильи Илье Илью Ильёй"),
        ("Андрей", "ru", "Андрей Андрея Андрею Андреем Андрее"),
        ("Пётр", "ru", "Пётр Петра Петру Петром Петре"),
        ("Иванова", "ru", "Иванова Ивановой Иванову"),
        ("Достоевский", "ru", "Достоевского Достоевскому Достоевским Достоевском"),
        ("Любовь", "ru", "Любовь Любови Любовью"),
        ("Ольга", "uk", "Ольги Ользі Ольгу Ольгою Ольго"),
        ("Андрій", "uk", "Андрія Андрієві Андрієм Андрію"),
        ("Шевченко", "uk", "Шевченко Шевченка Шевченкові Шевченком"),
        ("Київ", "uk", "Києва Києву Києвом Києві"),
    ],
)
def test_forms_of_names(name: str, lang: str, said: str) -> None:
    known = forms(name, lang)
    assert [w for w in said.lower().replace("ё", "е").split() if w not in known] == []


@pytest.mark.parametrize(
    ("name", "case", "lang", "expected"),
    [
        ("Алина", "dative", "ru", "Алине"),
        ("Кирилл", "instrumental", "ru", "Кириллом"),
        ("Алина Орлова", "genitive", "ru", "Алины Орловой"),
        ("Леся", "accusative", "uk", "Лесю"),
        ("Тарас", "dative", "uk", "Тарасу"),
        ("Elif", "dative", "tr", "Elif"),
        ("<NAME1>", "dative", "ru", "<NAME1>"),
    ],
)
def test_a_pseudonym_takes_the_case_of_the_name(name: str, case: str, lang: str, expected: str) -> None:
    assert inflect(name, case, lang) == expected


@pytest.mark.parametrize(
    "text",
    [
        "5-й раз",
        "в 2018 году",
        "12 лет",
        "10 минут",
        "3 Вопроса",
        "25 друзей",
        "7 девочек",
        "[00:12:33]",
        "<PHONE1>",
        "9-11",
        "«Б»",
    ],
)
def test_patterns_leave_ordinary_numbers_alone(text: str) -> None:
    assert find_patterns(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("t.me/abc", "url"),
        ("пиши на vk.com/id0", "url"),
        ("a.b-c@example.org", "email"),
        ("8 (912) 000-00-00", "phone"),
        ("123-45-67", "phone"),
        ("лицей № 5", "school"),
        ("в 25-й школе", "school"),
        ("в 7 «Б»", "class"),
        ("7б", "class"),
        ("вул. Лесі Українки, 5", "street"),
        ("Atatürk Caddesi'nde", "street"),
        ("14.03.2010", "date"),
        ("3 марта 2010", "date"),
        ("5 Mayıs", "date"),
        ("12345678901", "phone"),
    ],
)
def test_patterns_by_example(text: str, kind: str) -> None:
    assert [k for *_, k in find_patterns(text)] == [kind]


def test_flags_are_ranked_and_show_no_words_unless_asked() -> None:
    text = "MOD: Скажи, Наташа?\nP1: Никому не говори. Мой код 12345 и #привет."
    project = Project.build({"t": text}, [], [], sources=[{"source": "t", "moderator_id": "MOD"}])
    flags = risk(project)
    assert flags[["rank", "kind"]].to_numpy().tolist() == [
        [0, "words that may mean harm"],
        [1, "name in a moderator's turn"],
        [2, "long number"],
        [2, "hashtag"],
        [3, "capital at a beginning"],
        [3, "capital at a beginning"],
    ]
    assert "token" not in flags
    assert risk(project, tokens=True)["token"][1] == "Наташа"


def test_small_groups_and_rare_combinations_are_flagged() -> None:
    tables = study()
    people = tables["participants"].copy()
    people.loc[0, "area"] = "rural"
    flags = risk(read_table(tables | {"participants": people}))
    assert flags.loc[flags["kind"] == "small group", "source"].tolist() == ["G1", "G2"]
    assert flags.loc[flags["kind"] == "combination of attributes", "source"].tolist() == ["G1"]


def test_masked_text_carries_no_flags_of_names() -> None:
    project = Project.build({"t": "P1: я видела <NAME1> и [Алину] в <SCHOOL2>"}, [], [])
    assert risk(project).empty
