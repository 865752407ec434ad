"""Forms of names, patterns of identifiers, flags for a human."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from qualitative_samples import study

from digicit_lib.language import po
from digicit_lib.qualitative import Project, flags, pseudonymise, read_table, risk, word_facts
from digicit_lib.qualitative.name_forms import forms, inflect
from digicit_lib.qualitative.names import _patterns, find_patterns
from digicit_lib.qualitative.needles import levelled, needles

TALK = yaml.load(Path(__file__).with_name("identifiers.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
ROSTER, PLANTED, CLEAN = TALK["roster"], TALK["planted"], TALK["clean"]
UNLISTED = yaml.load(
    Path(__file__).with_name("identifiers_unlisted.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
UNLISTED["roster"] = "real,pseudonym,kind,lang,aliases\n"
FRESH, SPOKEN = (
    yaml.load(
        Path(__file__).with_name(f"identifiers_{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    for name in ("fresh", "interviews")
)


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
        "I saw it on a website",
        "forty, or 42 of 45, said so",
        "General comment No. 25",
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


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("es", "nací el 3 de mayo de 2010", "date"),
        ("es", "quince de agosto, por la tarde", "date"),
        ("es", "es seis uno dos, tres cuatro cinco, siete", "phone"),
        ("ar", "ولدت في 3 مارس 2010", "date"),
        ("ar", "ستة واحد خمسة ثلاثة أربعة سبعة", "phone"),
    ],
)
def test_a_language_of_the_project_brings_its_months_and_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str, text: str, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digicit.toml").write_text('version = "0"\n')
    assert find_patterns(text) == []
    (tmp_path / "locale" / language).mkdir(parents=True)
    (tmp_path / "locale" / language / "digicit.po").write_text(po._text(po._new(language)), encoding="utf-8")
    assert [k for *_, k in find_patterns(text)] == [kind]
    assert find_patterns("tengo dos hermanos y 3 primos, en casa somos seis") == []


def test_a_pattern_is_left_out_only_where_it_cannot_match() -> None:
    """Every pattern and planted sentence, in its letters and in capitals: no match without a needle."""
    said = {
        word for row in [*PLANTED, *UNLISTED["written"], *FRESH["first"]] for word in (row[2], row[2].upper())
    }
    plain = {text: levelled(text) for text in said}
    for pattern in (p for section in ("patterns", "hints") for _, p in _patterns(section)):
        for text in said:
            may = not needles(pattern) or any(piece in plain[text] for piece in needles(pattern))
            assert may or not re.search(pattern, text), pattern


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


# --- planted identifiers and clean talk ---------------------------------------------------------------


def _left(
    planted: list[tuple[str, str, str, list[str]]], roster: str, folder: Path
) -> tuple[list[str], list[str]]:
    """What stays after the pseudonyms: (not flagged at rank 0 to 2, not flagged at all)."""
    (folder / "roster.csv").write_text(roster, encoding="utf-8")
    weak, unseen = [], []
    for lang in ("en", "ru", "uk", "tr"):
        rows = [row for row in planted if row[0] == lang]
        text = "\n".join(f"P{i}: {row[2]}" for i, row in enumerate(rows, 1))
        project = Project.build({lang: text}, [], [], sources=[{"source": lang, "lang": lang}])
        project = pseudonymise(project, folder / "roster.csv").project
        flags = risk(project)
        for turn, row in zip(project.turns.itertuples(), rows, strict=True):
            now = project.texts[lang][turn.text_start : turn.end]
            for word in row[3]:
                if word in now:
                    at = now.find(word) + turn.text_start
                    hits = flags[(flags["start"] < at + len(word)) & (flags["end"] > at)]
                    weak += [word] if hits["rank"].min() > 2 or hits.empty else []
                    unseen += [word] if hits.empty else []
    return weak, unseen


@pytest.mark.parametrize(
    ("planted", "roster"),
    [
        (PLANTED, ROSTER),
        *((FRESH[name], FRESH["roster"]) for name in ("first", "second", "third", "talks")),
        (SPOKEN["sentences"], SPOKEN["sentences_roster"]),
    ],
    ids=["planted", "first", "second", "third", "talks", "sentences"],
)
def test_planted_identifiers_are_gone_or_flagged(
    planted: list[tuple[str, str, str, list[str]]], roster: str, tmp_path: Path
) -> None:
    """At least 95 % of what is planted is replaced or flagged at rank 0 to 2; nothing is left unflagged."""
    weak, unseen = _left(planted, roster, tmp_path)
    assert unseen == []
    assert len(weak) <= 0.05 * sum(len(row[3]) for row in planted), weak


@pytest.mark.parametrize("talk", [name for name in UNLISTED if name not in ("roster", "clean")])
def test_talk_without_a_roster(talk: str, tmp_path: Path) -> None:
    """Rules and dictionaries leave at most one in twenty; no list of ours was made from `drawn`."""
    pytest.importorskip("pymorphy3", reason="the extra `names` is not installed")
    weak, unseen = _left(UNLISTED[talk], UNLISTED["roster"], tmp_path)
    assert len(weak) <= 0.05 * sum(len(row[3]) for row in UNLISTED[talk]), weak
    most = {"drawn": 3, "asked": 1, "chats": 2, "neighbours": 1, "yards": 1}.get(talk, 0)
    assert len(unseen) <= most, unseen


def test_a_dictionary_adds_to_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that no list of ours holds is flagged where pymorphy3 is; the rules are the floor without it."""
    pytest.importorskip("pymorphy3", reason="the extra `names` is not installed")
    said = "потом агриппина и настя ушли"
    assert [said[f.start : f.end] for f in flags.find_flags(said, set())] == ["агриппина", "настя"]
    monkeypatch.setattr(word_facts, "senses", lambda *_: frozenset())
    word_facts.word_facts.cache_clear()
    assert [said[f.start : f.end] for f in flags.find_flags(said, set())] == ["настя"]
    word_facts.word_facts.cache_clear()


@pytest.mark.parametrize(
    ("lang", "said", "names"),
    [
        ("en", "so me and bethan were on the bus and kimberley said stop", ["bethan", "kimberley"]),
        ("en", "my best mate amber had miss cooper for computing", ["amber", "cooper"]),
        ("tr", "sonra abdulmenaf geldi ve grubu kapattı, herkes çok kızdı ona", ["abdulmenaf"]),
        ("tr", "kuzenim tuğtaş gösterdi bana bu oyunu geçen hafta evde", ["tuğtaş"]),
        ("ru", "физрук владимиров отобрал телефон", ["владимиров"]),
    ],
)
def test_small_letters_hide_no_rare_name(lang: str, said: str, names: list[str], tmp_path: Path) -> None:
    """Names drawn from another's lists (Faker), in words that are ordinary in simplemma and wordfreq."""
    for module in ("pymorphy3", "simplemma", "wordfreq"):
        pytest.importorskip(module, reason="the extra `names` is not installed")
    project = Project.build({"t": f"P1: {said}"}, [], [], sources=[{"source": "t", "lang": lang}])
    table = risk(project, tokens=True)
    assert sorted(set(table.loc[(table["rank"] <= 2) & (table["end"] > 0), "token"])) == sorted(names)


def test_a_country_tells_nobody() -> None:
    """Names of countries in CLDR, in any case of Russian and Ukrainian, stand at rank 3."""
    for said in (
        "then from Brazil he wrote",
        "друг из Бразилии писал",
        "подруга з Польщі пише",
        "bir çocuk Brezilya'dan",
    ):
        assert [flag.rank for flag in flags.find_flags(said, set())] == [3], said


@pytest.mark.parametrize("lang", CLEAN)
@pytest.mark.parametrize("talk", [TALK, FRESH, UNLISTED], ids=["plain", "with near misses", "long"])
def test_ordinary_talk_is_left_alone(talk: dict[str, Any], lang: str, tmp_path: Path) -> None:
    """At most one false alarm in 200 words, replacements counted too."""
    (tmp_path / "roster.csv").write_text(talk["roster"], encoding="utf-8")
    project = Project.build({"t": talk["clean"][lang]}, [], [], sources=[{"source": "t", "lang": lang}])
    done = pseudonymise(project, tmp_path / "roster.csv")
    flags = risk(done.project).query("rank <= 2 and end > 0")
    assert len(flags) + len(done.log) <= len(re.findall(r"\w+", talk["clean"][lang])) / 200


@pytest.mark.parametrize(
    ("lang", "said", "flagged"),
    [
        ("en", "I have it in Drama, with Brown Owl", ["Brown Owl"]),
        ("en", "it said that the Second World War ended", []),
        ("en", "we play Ravensbourne Academy, and I sat by Storm", ["Ravensbourne Academy", "Storm"]),
        ("en", "he told Baker and it was on Pear Tree Close", ["Baker", "Pear Tree Close"]),
        ("ru", "нам на Физике сказали нажать «Пожаловаться»", []),
        ("ru", "мы с Ирой были в Дубках", ["Ирой", "Дубках"]),
        ("ru", "гуляем на Заречной, а он из «Эврики»", ["Заречной", "Эврики"]),
        ("ru", "видео из Парижа, а теперь живём в Париже", ["Париже"]),
        ("uk", "нам на Історії показали Candy Crush", []),
        ("uk", "Ім'я? П'ятнадцять", []),  # an apostrophe before a suffix is Turkish
        ("uk", "гуляли на Левандівці після Алгебри", ["Левандівці"]),
        ("ru", "он выкинул. Один раз, а на улице 5 человек и в школе 30 учеников", []),
        ("tr", "Veli toplantısı vardı, salyangozlarım. Salyangozlarım var", []),
        ("tr", "bize Beden Eğitimi'nde dediler, Ağustos'ta olmuş", []),
        ("tr", "güzel bir adam, Ankara'nın denizi var dedi", []),
        ("tr", "biz Ankara'da oturuyoruz, Karaca Hoca gördü", ["Ankara'da", "Karaca"]),
    ],
)
def test_a_capital_that_is_only_a_word_is_no_name(lang: str, said: str, flagged: list[str]) -> None:
    """Lessons, buttons, titles and the cities of clocks tell nobody, unless a home is told by them."""
    for module in ("pymorphy3", "simplemma", "wordfreq"):
        pytest.importorskip(module, reason="the extra `names` is not installed")
    spoken = f"so {said}" if lang == "en" else said
    spans = [spoken[f.start : f.end] for f in flags.find_flags(spoken, set(), lang=lang) if f.rank <= 2]
    assert all(any(span in name for name in flagged) for span in spans), spans
    assert all(any(span in name for span in spans) for name in flagged), spans


def test_a_capital_makes_no_name_of_a_word_that_is_common_in_small_letters() -> None:
    """A title ("the Board") is flagged where it has its capital, and not in every later sentence."""
    talk = ["we met the Glorpington there", "then glorpington left", "we asked the Board of it"]
    talk += ["the board said no"] * 5
    text = "\n".join(f"P{n}: {said}" for n, said in enumerate(talk))
    flags = risk(Project.build({"t": text}, [], []), tokens=True)
    small = flags.loc[flags["kind"] == "name in small letters", "token"]
    assert small.tolist() == ["glorpington"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Я написала Кате.", "Я написала [Марине]."),
        ("Без Кати скучно.", "Без [Марины] скучно."),
        ("Это Катин телефон.", "Это [Марины] телефон."),
        ("Мы у Воронцовых.", "Мы у [Луговых]."),
        ("Я сказала Екатерине Воронцовой.", "Я сказала [Марине Луговой]."),
        ("Катюхой её зовут.", "[Мариной] её зовут."),
        ("Я подарила Соломії книжку.", "Я подарила [Ярині] книжку."),
        ("Без Соломії нудно.", "Без [Ярини] нудно."),
    ],
)
def test_the_case_of_a_replacement_is_that_of_the_name(said: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    lang = "uk" if "Солом" in said else "ru"
    project = Project.build({"t": said}, [], [], sources=[{"source": "t", "lang": lang}])
    assert pseudonymise(project, tmp_path / "roster.csv").project.texts["t"] == expected


@pytest.mark.parametrize(
    ("lang", "said", "token", "most"),
    [
        ("en", "19:02 maisie: done\n19:03 Fin🐸: no", "maisie", 2),  # who speaks in a chat that was pasted
        ("en", "19:02 maisie: done\n19:03 Fin🐸: no", "Fin", 2),
        ("en", "P1: it was the x14, it never comes", "14", 2),
        ("en", "P1: they meet in room two hundred six", "two hundred six", 2),
        ("en", "P1: we talk there, it is called three wise chickens. All good", "wise", 2),
        ("en", "P1: with two of them. Yas came", "Yas", 3),  # no Turkish "ya" in the plural
        ("ru", "P1: номер у неё два-двенадцать-сорок, городской", "два-двенадцать-сорок", 2),
        ("ru", "P1: она едет на семьдесят восьмом, до конечной", "семьдесят восьмом", 2),
        ("ru", "P1: мы ходим на ту горку, к тридцати", "тридцати", 4),
        ("uk", "P1: у мене нік зіркапад, як завжди", "зіркапад", 2),  # a rare word where names are told
        ("uk", "P1: там був зіркапад", "зіркапад", 3),
        ("uk", "P1: ми йдемо під «Калинку» разом", "Калинку", 2),
        ("tr", "P1: eskiden ben Barbaros'taydım, biliyorsun", "Barbaros'taydım", 2),
        ("tr", "P1: oradaki ejder hep komut veriyor", "ejder", 3),
    ],
)
def test_what_may_tell_somebody_is_caught_by_a_fall_back(lang: str, said: str, token: str, most: int) -> None:
    """Expected: kinds that rules of names missed in four planted sets at first sight (talk made up here)."""
    for module in ("pymorphy3", "simplemma", "wordfreq"):
        pytest.importorskip(module, reason="the extra `names` is not installed")
    flags = risk(Project.build({"t": said}, [], [], sources=[{"source": "t", "lang": lang}]), tokens=True)
    ranks = [
        row.rank for row in flags.itertuples() if (row.token and row.token in token) or token in row.token
    ]
    assert min(ranks, default=9) <= most
