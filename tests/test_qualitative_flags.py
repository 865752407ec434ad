"""Flags by what stands around a word: kinds that rules missed, or saw where none were, in sets tried once."""

from pathlib import Path

import pytest

from digicit_lib.qualitative import Project, pseudonymise, risk
from digicit_lib.qualitative.flags import find_flags

for module in ("pymorphy3", "simplemma", "wordfreq"):
    pytest.importorskip(module, reason="the extra `names` is not installed")


@pytest.mark.parametrize(
    ("lang", "said", "token"),
    [
        ("en", "they call me Toast or Quibble in there", "Toast"),  # what somebody goes by
        ("en", "she is in form seven gee two", "seven gee"),
        ("en", "my zip code is b nine, four q r", "b nine"),
        ("ru", "ждём на станции берёзовая", "берёзовая"),  # the nominative behind another case
        ("uk", "дід живе в селі липове", "липове"),
        ("uk", "малий у садочку веселка", "веселка"),
        ("tr", "poyrazın babası aradı", "poyrazın"),
        ("tr", "söğüt durağında iniyorum", "söğüt"),
        ("en", "hers finishes in five five three", "five five three"),
        ("en", "then May deleted it", "May"),  # no month acts
        ("en", "we moved to grimble heath", "grimble heath"),
        ("en", "my cousin fio broke it", "fio"),
        ("en", "it is a shop on grint row", "grint row"),
        ("en", "I was born on Boxing Day", "Boxing Day"),
        ("ru", "кафе на липовой горке", "липовой горке"),
        ("uk", "наша класна сливецька сувора", "сливецька"),
        ("tr", "kestane yokuşunda bir dükkân", "kestane yokuşu"),
        ("ru", "а номер кончается на три три семь", "три три семь"),
        ("ru", "Мира дала мне наушники", "Мира"),
        ("ru", "пацан из шестого бэшек", "шестого бэшек"),
        ("uk", "Усі в тринадцятій такі", "тринадцятій"),
        ("tr", "telefonu dokuz dokuz ikiyle bitiyor", "dokuz dokuz"),
        ("tr", "ninem akçaova da oturuyor", "akçaova"),
        ("tr", "demircioğulları taşındı", "demircioğulları"),
        ("tr", "o çocuk yedi fe sınıfında", "yedi fe"),
        ("tr", "doğum günüm ayın on dokuzu", "on dokuz"),
    ],
)
def test_a_kind_of_identifier_is_flagged(lang: str, said: str, token: str) -> None:
    flags = risk(
        Project.build({"t": f"P1: {said}"}, [], [], sources=[{"source": "t", "lang": lang}]), tokens=True
    )
    rows = zip(flags["token"], flags["rank"], strict=True)
    assert min([rank for word, rank in rows if word and (word in token or token in word)], default=9) <= 2


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "we have Snapchat, Discord, Quibblio and it was cyberbullying"),  # one of several services
        ("en", "we had a video call with a class in Japan at teatime"),  # nobody is called so
        ("en", "the code was 1234. Will it work"),
        ("ru", "купили Леново, играем в карты, в Монополию"),  # as services sound
        ("uk", "робили на платформі Дрібниця. Ніколи там бурундук"),  # "нік" is not in "ніколи"
        ("ru", "мы на Природоведении читаем Чехова"),  # a lesson by its form, an author in class
        ("tr", "derste Yaşar Kemal okuyoruz"),
        ("tr", "şimdi Bilişimde klibe baktık, susmayan gruplar. Yağmur yağdı"),
    ],
)
def test_a_word_by_its_form_is_no_name(lang: str, said: str) -> None:
    assert [said[f.start : f.end] for f in find_flags(said, set(), lang=lang) if f.rank <= 2] == []


@pytest.mark.parametrize(
    ("lang", "said", "rank"),
    [
        ("en", "Grace posted it", 1),
        ("en", "Grace period of an hour", 3),
        ("ru", "Слава мне пишет", 1),
        ("ru", "Слава богатых людей", 3),
        ("tr", "Güneş bana dedi", 2),
        ("tr", "Barış istiyorum", 3),
    ],
)
def test_a_word_that_is_a_name_is_told_by_what_follows(lang: str, said: str, rank: int) -> None:
    """At the beginning of a sentence, in a project that does not have the word in small letters."""
    assert [flag.rank for flag in find_flags(said, set(), lang=lang)][:1] == [rank]


def test_a_word_in_small_letters_is_no_possessive_of_a_name(tmp_path: Path) -> None:
    """Ukrainian "людиною" is also the form of Russian Людина, whose name shortens to Мила."""
    (tmp_path / "roster.csv").write_text("real,pseudonym,kind,lang,aliases\nМила,Алина,name,ru,\n")
    project = Project.build({"t": "P1: зустрівся з людиною і з Милой"}, [], [])
    assert (
        pseudonymise(project, tmp_path / "roster.csv").project.texts["t"]
        == "P1: зустрівся з людиною і з [Алиной]"
    )
