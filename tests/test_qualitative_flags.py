"""Flags by what stands around a word: kinds that rules missed, or saw where none were, in sets tried once."""

import re
from pathlib import Path

import pytest
import yaml

from digicit_lib.qualitative import Project, pseudonymise, risk
from digicit_lib.qualitative.flags import find_flags

for module in ("pymorphy3", "simplemma", "wordfreq"):
    pytest.importorskip(module, reason="the extra `names` is not installed")

MARKED = yaml.safe_load(Path(__file__).with_name("identifiers_interviews.yaml").read_text(encoding="utf-8"))


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


@pytest.mark.parametrize("lang", ["en", "ru", "uk", "tr"])
def test_whole_interviews_hide_their_identifiers(lang: str, tmp_path: Path) -> None:
    """One in twenty at most is weak, none unflagged; a false alarm in 150 words at most, towns too."""
    (tmp_path / "roster.csv").write_text(MARKED["roster"], encoding="utf-8")
    weak, alarms, count, said = [], [], 0, 0
    for marked in MARKED[lang]:
        plain = re.sub("[{}]", "", marked)
        project = Project.build({lang: plain}, [], [], sources=[{"source": lang, "lang": lang}])
        done = pseudonymise(project, tmp_path / "roster.csv").project
        flags = risk(done, tokens=True).query("rank <= 4 and end > 0")
        lines = zip(marked.splitlines(), done.turns.itertuples(), strict=True)
        planted = re.findall(r"{([^}]*)}", marked)
        for words, turn in [(w, turn) for line, turn in lines for w in re.findall(r"{([^}]*)}", line)]:
            at = done.texts[lang].find(words, turn.text_start, turn.end)
            hits = flags[(flags["start"] < at + len(words)) & (flags["end"] > at)] if at >= 0 else flags
            assert len(hits), words
            weak += [words] if hits["rank"].min() > 2 else []
        grave = flags.loc[flags["rank"] <= 2, "token"]
        alarms += [t for t in grave if not any(t.split("'")[0] in w or w in t for w in planted)]
        count, said = count + len(planted), said + len(re.findall(r"\w+", re.sub("{[^}]*}", "", marked)))
    assert len(weak) <= 0.05 * count, weak
    assert len(alarms) <= said / 150, alarms


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "a girl in New Zealand and a boy in South Korea saw it on World Book Day"),
        ("en", "I watched Squid Game. Mine was on the iPad, in PowerPoint"),
        ("ru", "друг в Южной Корее смотрит Гравити Фолз, а в США сдают не ЕГЭ, а День Победы"),
        ("uk", "були в Південній Кореї на День Незалежності, школа одна"),
        ("tr", "Güney Kore'de Anneler Günü yok. Çocuk sokakta oynasın, tuşlardan anlamam"),
    ],
)
def test_public_names_of_several_words_tell_nobody(lang: str, said: str) -> None:
    project = Project.build({"t": f"P1: {said}"}, [], [], sources=[{"source": "t", "lang": lang}])
    assert risk(project, tokens=True).query("rank <= 2 and end > 0")["token"].tolist() == []


@pytest.mark.parametrize(
    ("lang", "said", "token"),
    [
        ("en", "my dad works at Tesco", "Tesco"),  # a known firm is a place of work
        ("tr", "ablam Migros'ta kasiyer", "Migros'ta"),
        ("ru", "родился давно, шестое ноль восьмое", "шестое ноль восьмое"),
        ("uk", "народилась, здається, перше третього", "перше третього"),
        ("uk", "Софійчина подруга поїхала", "Софійчина"),
        ("en", "the code is bs four, two r t", "bs four, two r t"),
        ("en", "she is in ten yellow", "in ten yellow"),
        ("tr", "sonu otuz dört elli iki", "otuz dört elli iki"),
    ],
)
def test_kinds_that_whole_interviews_showed(lang: str, said: str, token: str) -> None:
    project = Project.build({"t": f"P1: {said}"}, [], [], sources=[{"source": "t", "lang": lang}])
    assert token in risk(project, tokens=True).query("rank <= 2")["token"].tolist()
