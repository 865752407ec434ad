"""Words of the translations: none that the glossary avoids, none that claims what the English does not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polib
import pytest

import digicit_lib.language as lang
from digicit_lib.errors import LanguageError
from digicit_lib.evidence import Evidence
from digicit_lib.exhibits import blocks
from digicit_lib.language import catalogue_files, po
from digicit_lib.language import translation_gate as gate
from digicit_lib.language.typography import NBSP, typeset
from digicit_lib.products import directives
from digicit_lib.products.messages import check_messages
from digicit_lib.report.html_page import page as page_of
from digicit_lib.report.story import Story
from digicit_lib.workbook import closing, findings
from digicit_lib.workbook.voice import Voice

OTHERS = ["ru", "uk", "tr"]
FORMS = {language: catalogue_files.plural_forms(language) for language in (*OTHERS, "es")}
MEETING = "{RSK-24} of children met someone face to face whom they first met online."
# A translator's slip: each says a number, a share or a comparison that no evidence stands behind.
TYPED = [
    ("ru", "Большинство детей — 60 %, вдвое больше, чем раньше: {RSK-24} детей встречались с незнакомцами."),
    ("ru", "Каждый третий ребёнок: {RSK-24} детей встречались с незнакомцами."),
    ("ru", "Число таких встреч выросло: {RSK-24} детей."),
    ("ru", "Шестьдесят процентов: {RSK-24} детей."),
    ("uk", "Більшість дітей: {RSK-24} дітей зустрічалися з незнайомцями."),
    ("uk", "Удвічі частіше, ніж торік: {RSK-24} дітей."),
    ("uk", "{RSK-24} дітей, а це половина класу."),
    ("tr", "Çocukların çoğu, yani {RSK-24}, tanımadığı biriyle buluştu."),
    ("tr", "Öncekinden iki kat fazla: çocukların {RSK-24}."),
    ("tr", "Her üç çocuktan biri, 12 yaşında: {RSK-24}."),
]


@pytest.fixture(scope="module", params=OTHERS)
def catalogue(request: pytest.FixtureRequest) -> tuple[str, object]:
    return request.param, po.read(request.param, po.path_of(request.param))


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Catalogues of their own in place of those that ship."""
    monkeypatch.setattr(catalogue_files, "LOCALE", tmp_path)
    lang._source.cache_clear(), lang._form_of.cache_clear(), lang._forms.cache_clear()
    yield tmp_path
    lang._source.cache_clear(), lang._form_of.cache_clear(), lang._forms.cache_clear()


def piece(folder: Path, language: str, english: str, text: str) -> Path:
    """A translator's piece with its header."""
    file = polib.POFile()
    forms, rule = FORMS[language]
    file.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": f"nplurals={forms}; plural={rule};",
    }
    file.append(polib.POEntry(msgid=english, msgstr=text))
    path = folder / language / "digicit.po"
    path.parent.mkdir(exist_ok=True)
    file.save(str(path))
    return path


# --- the glossary -------------------------------------------------------------------------------------


def test_the_glossary_has_each_term_once_in_every_language_with_its_source() -> None:
    terms = gate.glossary()
    assert len({term["en"] for term in terms}) == len(terms) >= 80
    for term in terms:
        assert set(term) - {"english"} == {"en", "source", *OTHERS}
        for language in OTHERS:
            assert term[language]["use"]
            assert term[language]["avoid"], f"{term['en']} ({language})"


def test_no_message_has_a_word_to_avoid(catalogue: tuple) -> None:
    gate.check_glossary(catalogue[1], catalogue[0], catalogue[0])


def test_no_message_renders_a_term_otherwise(catalogue: tuple) -> None:
    language, messages = catalogue
    assert sum("english" in term for term in gate.glossary()) >= 60
    read = [
        (m.lineno, gate.rendered_otherwise(english, text, language))
        for m, english, text in gate._pairs(messages)
    ]
    assert [(line, terms) for line, terms in read if terms] == []


# The right words: ../shared/cases/languages, rows ru-10 and uk-445 and the glossary.
@pytest.mark.parametrize(
    ("language", "english", "wrong", "right"),
    [
        (
            "ru",
            "Subscriptions per 100 people",
            "Абонентские договоры на 100 человек",
            "Подключения на 100 человек",
        ),
        ("uk", "{level} interval", "Інтервал {level}", "Довірчий інтервал {level}"),
        (
            "tr",
            "The next wave of this study",
            "Bu çalışmanın sonraki dalgası",
            "Bu araştırmanın sonraki dalgası",
        ),
        ("uk", "General Comment No. 25", "Загальна рекомендація № 25", "Зауваження загального порядку № 25"),
    ],
)
def test_a_term_in_other_words_is_seen(language: str, english: str, wrong: str, right: str) -> None:
    assert gate.rendered_otherwise(english, wrong, language)
    assert not gate.rendered_otherwise(english, right, language)


def test_a_term_s_own_names_and_code_need_no_rendering() -> None:
    text = "`wb.codebook()` из EU Kids Online (base.garant.ru)"
    assert not gate.rendered_otherwise("`wb.codebook()` of EU Kids Online (base.garant.ru)", text, "ru")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Право голоса (статья 12)"),
        ("ru", "разведочных отчётов"),
        ("ru", "Медиацию"),
        ("uk", "розвідувального звіту"),
        ("uk", "Право голосу"),
        ("tr", "geçen yıl"),
        ("tr", "Seslerin sayısı"),
    ],
)
def test_a_word_to_avoid_is_seen_in_its_inflections(language: str, text: str) -> None:
    assert gate.avoided("A message", text, language)


def test_a_word_is_right_where_its_english_asks_for_it() -> None:
    assert not gate.avoided("Do not call a child a victim.", "Не называйте ребёнка жертвой.", "ru")
    assert gate.avoided("A child who met a risk", "Ребёнок-жертва", "ru")


def test_abbreviations_to_avoid_are_told_by_their_capitals() -> None:
    assert gate.avoided("Convention", "по КПР", "ru")
    assert not gate.avoided("Marmot", "кпр", "ru")


def test_a_word_to_avoid_is_refused_with_the_word_to_use(tmp_path: Path) -> None:
    path = piece(tmp_path, "ru", "Coping", "Преодоление")
    with pytest.raises(LanguageError, match="как дети справляются"):
        check_messages("ru", path)


# --- claims -------------------------------------------------------------------------------------------


def test_no_translation_claims_what_its_english_does_not(catalogue: tuple) -> None:
    gate.check_claims(catalogue[1], catalogue[0], catalogue[0])


@pytest.mark.parametrize(("language", "text"), TYPED)
def test_a_claim_of_the_translation_is_refused_at_merge_and_by_the_check(
    tmp_path: Path, language: str, text: str
) -> None:
    here = tmp_path / "here.po"
    po.refresh(language, {MEETING: [("a.py", 1)]}, path=here)
    before, bad = here.read_bytes(), piece(tmp_path, language, MEETING, text)
    with pytest.raises(LanguageError, match=r"claims what its English does not[\s\S]*digicit\.po:\d"):
        po.merge(language, [bad], here)
    assert here.read_bytes() == before
    with pytest.raises(LanguageError, match="claims what its English does not"):
        check_messages(language, bad)


@pytest.mark.parametrize(
    ("language", "english", "text"),
    [
        ("ru", MEETING, "{RSK-24} детей встретились с тем, с кем познакомились в интернете."),
        ("ru", "1,200 children aged 12-14", "1200 детей 12–14 лет"),
        ("uk", "cities of 100 000 and more", "міста з населенням 100\u00a0000 і більше"),
        ("tr", "Most children, 45% of them", "Çocukların çoğu, %45"),
        ("tr", "Half of them", "Yarısı"),
    ],
)
def test_what_the_english_says_is_no_claim(language: str, english: str, text: str) -> None:
    assert gate.claims(english, text, language) == []


SHARE, SIDES = "{A} of children", "Girls {a}, boys {b}"


@pytest.mark.parametrize(
    ("language", "english", "text"),
    [
        ("ru", SHARE, "Почти каждый ребёнок: {A}"),
        ("ru", SHARE, "Двое из трёх детей: {A}"),
        ("ru", SHARE, "Лишь {A} детей"),
        ("ru", SIDES, "Девочки обгоняют мальчиков: {a}, {b}"),
        ("uk", SHARE, "Майже кожна дитина: {A}"),
        ("uk", SHARE, "Лише {A} дітей"),
        ("tr", SHARE, "Her üç çocuktan biri: {A}"),
        ("tr", SHARE, "Çocukların yalnızca {A}"),
        ("tr", SIDES, "Kızlar {a}, erkekler {b}: kızlar daha aktif"),
        ("ru", SHARE, "Семь из десяти детей: {A}"),
        ("uk", SHARE, "Семеро дітей з десяти: {A}"),
        ("tr", SHARE, "On çocuktan yedisi: {A}"),
        ("ru", SIDES, "Девочки {a}, мальчики {b}: девочкам опаснее"),
        ("uk", SIDES, "Дівчата {a}, хлопці {b}: дівчатам гірше"),
        ("tr", SIDES, "Kızlar {a}, erkekler {b}: kızlar için daha kötü"),
        ("ru", SHARE, "Рекордные {A} детей"),
        ("uk", SHARE, "Більша частина дітей: {A}"),
    ],
)
def test_a_word_that_weighs_or_ranks_a_number_is_a_claim(language: str, english: str, text: str) -> None:
    assert gate.claims(english, text, language) and not gate.left_out(english, text, language)


# What a reader of the gate tried, by language: bounds, rounding, everybody and nobody, how often, how much,
# sameness, who is ahead, what changed, and feelings, causes and proofs that no number has.
TRIED = {
    "ru": "Свыше {A}|Как минимум {A}|Около {A}|Почти {A}|Все дети: {A}|Никто из детей: {A}|Ни один: {A}"
    "|Часто: {A}|Редко: {A}|Как правило, {A}|Высокий уровень: {A}|Основная часть: {A}"
    "|Практически все: {A}|Девочки наравне с мальчиками: {A}|Девочки уступают: {A}"
    "|Девочки превзошли: {A}|Ухудшилось: {A}|Уже {A}|По-прежнему {A}|В разы: {A}|К сожалению, {A}"
    "|Тревожные {A}|Из-за интернета {A}|Это приводит к вреду: {A}|Доказано: {A}|Всего {A}"
    "|Каждый второй: {A}|Один из двух: {A}",
    "uk": "Понад {A}|Щонайменше {A}|Близько {A}|Майже {A}|Усі діти: {A}|Ніхто з дітей: {A}|Жоден: {A}"
    "|Часто: {A}|Рідко: {A}|Зазвичай {A}|Висока частка: {A}|Основна частина: {A}"
    "|Практично всі: {A}|Дівчата нарівні з хлопцями: {A}|Дівчата поступаються: {A}"
    "|Погіршилося: {A}|Уже {A}|Досі {A}|У рази: {A}|На жаль, {A}|Тривожні {A}"
    "|Це спричиняє шкоду: {A}|Доведено: {A}|Усього {A}|Кожен другий: {A}|Один із двох: {A}",
    "tr": "En azından {A}|{A}'den fazla|{A} üzerinde|Yaklaşık {A}|Neredeyse {A}|Bütün çocuklar: {A}"
    "|Hiçbir çocuk: {A}|Sıkça: {A}|Nadiren: {A}|Genellikle {A}|Yüksek bir oran: {A}"
    "|Önemli bir kısmı: {A}|Kızlar erkeklerle eşit: {A}|Kızlar erkeklerin gerisinde: {A}"
    "|Kızlar erkekleri geçti: {A}|Kötüleşti: {A}|Artık {A}|Hâlâ {A}|Defalarca: {A}"
    "|Ne yazık ki {A}|Endişe verici: {A}|İnternet yüzünden {A}|Kanıtlandı: {A}|Ancak {A}"
    "|Her ikiden biri: {A}",
}


@pytest.mark.parametrize(("language", "texts"), TRIED.items(), ids=TRIED)
def test_what_no_number_says_is_a_claim(language: str, texts: str) -> None:
    assert [text for text in texts.split("|") if not gate.claims(SHARE, text, language)] == []


@pytest.mark.parametrize(
    ("language", "english", "text", "lost"),
    [
        ("ru", "No difference is shown: {a} and {b}", "Показано различие: {a} и {b}", "No"),
        ("uk", "Nobody was asked of {topic}.", "Про {topic} запитали.", "Nobody"),
        ("tr", "not measured: {n}", "ölçüldü: {n}", "not"),
        ("ru", "in the past 12 months", "за последнее время", "12"),
        ("tr", "in the past 12 months", "yakın zamanda", "12"),
        ("es", "in the past 12 months", "hace poco", "12"),
    ],
)
def test_a_number_or_a_not_that_is_left_out_is_refused(
    tmp_path: Path, language: str, english: str, text: str, lost: str
) -> None:
    assert gate.left_out(english, text, language) == [lost]
    catalogue = po.read("ru", piece(tmp_path, "ru", english, text))
    if language == "ru":
        with pytest.raises(LanguageError, match=f"leaves out what its English says[\\s\\S]*no {lost} in"):
            gate.check_claims(catalogue, language, "ru")


def test_a_language_of_the_project_s_own_lists_its_words_in_its_folder(locale: Path) -> None:
    # A fifth language is one folder: its catalogue, its comparing words, its terms.
    piece(locale, "es", MEETING, "La mayoría: {RSK-24}")
    (locale / "es" / "claims.yaml").write_text("majority: [mayoría]\ndenial: [no, nadie]\n", encoding="utf-8")
    term = "terms: [{en: risk, source: usage, es: {use: riesgo, avoid: [peligr*]}}]\n"
    (locale / "es" / "glossary.yaml").write_text(term, encoding="utf-8")
    gate._lists.cache_clear(), gate._avoided.cache_clear(), gate._any_avoided.cache_clear()
    assert gate.claims(MEETING, "La mayoría: {RSK-24}", "es") == ["mayoría"]
    assert gate.left_out("Nobody was asked.", "Se preguntó.", "es") == ["Nobody"]
    assert gate.avoided("A risk", "Un peligro", "es") == [("peligro", "riesgo")]
    assert lang.translate(MEETING, "es") == MEETING
    (locale / "es" / "claims.yaml").write_text("mayority: [mayoría]\n", encoding="utf-8")
    gate._lists.cache_clear()
    with pytest.raises(LanguageError, match=r"Unknown kind of claim[\s\S]*mayority"):
        gate.claims(MEETING, "x", "es")
    gate._lists.cache_clear(), gate._avoided.cache_clear(), gate._any_avoided.cache_clear()


@pytest.mark.parametrize(("language", "text"), TYPED)
def test_a_translation_that_claims_is_never_printed(locale: Path, language: str, text: str) -> None:
    piece(locale, language, MEETING, text)
    assert not lang.is_translated(MEETING, language)
    assert lang.translate(MEETING, language) == MEETING


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_without_a_translation_is_english_as_a_whole(language: str) -> None:
    store = Evidence("s", "quantitative")
    row = {
        "indicator": "RSK-01",
        "statistic": "diff",
        "by": "gender",
        "level": "girl-boy",
        "unit": "share",
        "estimate": 0.1,
        "ci_low": 0.02,
        "ci_high": 0.18,
        "quality": "ok",
        "verdict": "more",
    }
    store.add(pd.DataFrame([row]))
    token = "RSK-01/diff:gender=girl-boy"
    parts = findings.render(
        f"In our city girls are {{{token}|likely}} boys to be hurt, by {{{token}|points}}.",
        lambda _: store[token],
        language,
    )
    said = "".join(part if isinstance(part, str) else part["text"] for part in parts)
    assert said == (
        "[English] In our city girls are more likely than boys to be hurt, by 10 percentage points."
    )


def test_a_finding_in_english_says_its_language_to_screen_readers() -> None:
    assert '<p class="digicit finding" lang="en">' in blocks.block_html(
        {"kind": "finding", "parts": ["[English] All."], "lang": "en"}, "tr"
    )


def test_a_small_p_value_has_the_decimal_mark_of_the_language() -> None:
    # CLDR 47, numbers: a point in English, a comma in ru, uk and tr.
    said = {code: Voice(code).p_value(0.0002) for code in ("en", *OTHERS)}
    assert said == {"en": "p < 0.001"} | dict.fromkeys(OTHERS, "p < 0,001")


# --- pieces that are put together -----------------------------------------------------------------------


def test_the_articles_of_a_treaty_stand_after_a_colon() -> None:
    said = findings.norm("CRC 13, 17; Lanzarote", Voice("uk"))
    assert said == "Конвенція про права дитини: 13, 17; Лансаротська конвенція"


def test_a_breakdown_is_named_whole() -> None:
    assert Voice("uk").say("by {by}", by="стать") == "за ознакою «стать»"


def test_a_title_inside_a_sentence_keeps_the_capitals_of_its_later_words() -> None:
    assert Voice("uk").lower("Питали ШІ про YouTube") == "питали ШІ про YouTube"


def test_numbers_of_articles_and_paragraphs_stay_beside_their_word() -> None:
    said = typeset("зі статтями 13 і 15, частина 3", "uk")
    assert said.replace(NBSP, "~") == "зі статтями~13 і 15, частина~3"


def test_the_ages_behind_a_number_are_called_an_age_group() -> None:
    page = Voice("uk")
    estimate: Any = SimpleNamespace(by="age_group", level="12-14")
    params = SimpleNamespace(population=SimpleNamespace(ages=(9, 17)))
    product: Any = SimpleNamespace(voice=page, say=page.say, params=params)
    assert directives._groups(product, estimate) == ["вікова група: 12–14"]


@pytest.mark.parametrize(("language", "option"), [("en", ""), ("ru", " --language ru")])
def test_a_page_says_how_to_build_it_in_its_own_language(language: str, option: str) -> None:
    study = SimpleNamespace(languages=["en", "ru"])
    params: Any = SimpleNamespace(slug="russia", file="params/russia.yaml", study=study)
    rows = closing.provenance(params, Voice(language), "quantitative", [], "", "")
    assert f"digicit run russia quantitative{option}" in [value for _, value in rows]


@pytest.mark.parametrize(
    ("title", "spoken"), [("Digital safety of children", "en"), ("Çocukların güvenliği", "tr")]
)
def test_the_title_of_a_window_says_its_language(title: str, spoken: str) -> None:
    tag = "<title>" if spoken == "tr" else f'<title lang="{spoken}">'
    assert f"{tag}{title}</title>" in page_of(Story(title, "tr", {}, (), ""))
