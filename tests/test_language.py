"""Numbers, names and phrases in four languages."""

from __future__ import annotations

import datetime as dt

import pytest

from digicit_lib import language as lang
from digicit_lib.codebook import catalogue, instrument, instruments
from digicit_lib.errors import LanguageError
from digicit_lib.language import translate
from digicit_lib.language.codes import code, say_codes
from digicit_lib.workbook.findings import attribution_text
from digicit_lib.workbook.voice import Voice


@pytest.mark.parametrize(
    ("language", "whole", "tenth"),
    [
        ("en", "45%", "1,234.5"),
        ("tr", "%45", "1.234,5"),
        ("ru", "45\u00a0%", "1\u00a0234,5"),
        ("uk", "45\u00a0%", "1\u00a0234,5"),
    ],
)
def test_numbers_have_the_language_s_form(language: str, whole: str, tenth: str) -> None:
    # CLDR 47: percent patterns #,##0% (en), %#,##0 (tr), #,##0 % (ru); uk prints without a space there,
    # Ukrainian style guides and DSTU 3582 with one, which is what we print.
    assert lang.percent(0.45, language) == whole
    assert lang.number(1234.5, language, 1) == tenth


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (0.004, "<1%"), (0.006, "1%"), (1.0, "100%"), (float("nan"), "–")]
)
def test_small_shares_never_become_nothing(share: float, text: str) -> None:
    assert lang.percent(share) == text


def test_negative_numbers_have_a_minus_sign() -> None:
    assert lang.number(-3.2, "en", 1) == "−3.2"


def test_dates_and_countries() -> None:
    assert lang.date(dt.date(2026, 11, 1), "tr") == "1 Kasım 2026"
    assert [lang.country("UKR", c) for c in lang.LANGUAGES] == ["Ukraine", "Украина", "Україна", "Ukrayna"]
    assert lang.country("XXX") == "XXX"


def test_unknown_language_gets_a_suggestion() -> None:
    with pytest.raises(LanguageError) as caught:
        lang.check_language("trk")
    assert "did you mean tr?" in str(caught.value)


@pytest.mark.parametrize("verdict", ["more", "less"])
def test_a_comparison_comes_from_the_verdict(verdict: str) -> None:
    assert lang.comparison("likely", verdict).startswith(verdict)
    with pytest.raises(LanguageError, match="needs a verdict"):
        lang.comparison("likely", "not shown")


def test_no_language_calls_what_is_not_shown_equal() -> None:
    phrases = [
        lang.comparison(kind, v)
        for kind in ("likely", "often", "higher", "changed")
        for v in ("more", "less")
    ]
    assert not [words for words in phrases if "as likely" in words or "the same" in words]


def test_unknown_comparison() -> None:
    with pytest.raises(LanguageError, match="Unknown comparison"):
        lang.comparison("bigger", "more")


@pytest.mark.parametrize(
    ("share", "words"),  # 17 % is not "one in five", 29 % not "one in four": the readers' review
    [
        (0.0, "almost none"),
        (0.03, "fewer than 1 in 10"),
        (0.17, "nearly 2 in 10"),
        (0.29, "about 3 in 10"),
        (0.5, "about 5 in 10"),
        (0.66, "nearly 7 in 10"),
        (0.34, "more than 3 in 10"),
        (0.97, "almost all"),
        (1, "all"),
    ],
)
def test_shares_in_words(share: float, words: str) -> None:
    assert lang.share_in_words(share) == words


# --- codes that evidence keeps ----------------------------------------------------------


def test_codes_are_said_with_their_values_and_numbers() -> None:
    sentences = {
        "few": "reliability: fewer than {n} answers (MICS)",
        "not_published": "not published ({reason})",
    }
    kept = code("not_published", reason=code("few", n=1200))
    assert say_codes(kept, sentences, "tr") == "yayımlanmadı (güvenilirlik: 1.200 yanıttan az (MICS))"
    assert say_codes(kept, sentences) == "not published (reliability: fewer than 1,200 answers (MICS))"
    assert say_codes("no such sentence; 2023?", sentences, "ru") == "no such sentence; 2023?"
    assert say_codes("", sentences, "ru") == ""


def test_values_of_codes_survive_marks_of_the_code() -> None:
    value = "ACC-03, a=b; c&d? 82.68"
    assert say_codes(code("other", own=value), {"other": "({own})"}) == f"({value})"
    assert say_codes("was?old=82.68&year=2023", {"was": "{old} in {year}"}, "ru") == "82,68 in 2023"


@pytest.mark.parametrize("language", ["ru", "uk"])
def test_quotation_marks_within_quotation_marks_are_the_inner_ones(language: str) -> None:
    # The rules of both languages (Milchin for Russian, the orthography of 2019 for Ukrainian): «… „…“ …».
    said = translate("count as “{title}”", language, title=translate("Judging score", language))
    assert said.endswith("“»") and said.count("«") == said.count("»") == said.count("„") == 1


def test_words_of_a_list_are_said_one_by_one() -> None:
    assert lang.each("child, girl, 12-14, urban", "ru") == "ребёнок, девочка, 12–14, город"
    assert lang.each("child · rural", "uk", " · ") == "дитина · село"


def test_a_minus_zero_is_a_zero_whichever_is_asked_first() -> None:
    lang.number.cache_clear()
    assert [lang.number(-0.0, "en", 1), lang.number(0.0, "en", 1), lang.number(0, "en", 1)] == ["0.0"] * 3


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ru", ["мать, город", "учительница, село", "девочка, 12–14 лет, город"]),
        ("uk", ["мати, місто", "учителька, село", "дівчина, 12–14 років, місто"]),
        ("tr", ["anne, kent", "kadın öğretmen, kır", "kız, 12–14 yaş, kent"]),
    ],
)
def test_who_said_it_is_said_as_one_speaks_of_a_person(language: str, told: list[str]) -> None:
    # The right texts of `parent, female, adult`: uk-718 and uk-725 of the errors that readers listed.
    who = ["parent, female, adult, urban", "teacher, female, adult, rural", "child, girl, 12-14, urban"]
    said = [attribution_text(text, Voice(language)) for text in who]
    assert [text.replace("\u00a0", " ") for text in said] == told


@pytest.mark.parametrize("language", ["ru", "uk", "tr"])
@pytest.mark.parametrize("ages", [(12, 14), (15, 24)])
def test_a_base_of_other_ages_is_said_in_the_language(language: str, ages: tuple[int, int]) -> None:
    """A study of ages 12 to 14 narrows every definition: whole messages with places for the ages."""
    tools = map(instrument, instruments())
    for one in (*catalogue().values(), *(t.definition(name) for t in tools for name in t.indicators)):
        text = one.model_copy(update={"ages": ages}).base_text
        said = translate(text, language)
        assert f"{ages[0]}–{ages[1]}" in said and "{" not in said, text
        assert not said.isascii() and "children" not in said and "ages" not in said, text
