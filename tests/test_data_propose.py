"""A new country from its file: guesses that a person confirms, and nothing in force before."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from digicit_lib.codebook import SCALES, catalogue, instrument
from digicit_lib.data import open_survey
from digicit_lib.data.labels import cut_answers, exit_of
from digicit_lib.data.matching import matches
from digicit_lib.data.periods import period_as_asked, periods_in
from digicit_lib.data.propose import Proposal, propose
from digicit_lib.data.recognise import instrument_columns
from digicit_lib.errors import DataError
from digicit_lib.language import translate
from digicit_lib.params import load_params
from digicit_lib.safe import load_yaml

ROWS = pd.DataFrame(
    {
        "wt": [0.8, 1.9, 1.3, 1.0],
        "sehir": [1.0, 2, 1, 2],
        "s1": [1.0, 2, 1, 9],
        "s2": [1.0, 3, 5, 5],
        "s3": [9.0, 12, 15, 15],
    }
)
LABELS = [
    "Agirlik",
    "Yerlesim yeri",
    "Evinizde internet bağlantısı var mı?",
    "Çevrim içi\n: indicators: {evil: 1}",
    "Kaç yaşındasınız?",
]
VALUES = {
    "sehir": {1.0: "Kent", 2.0: "Kır"},
    "s1": {1.0: "Evet", 2.0: "Hayır", 9.0: "Yanıt vermek istemiyor"},
    "s2": {1.0: "Hiç", 3.0: "Haftada bir", 5.0: "Her gün"},
}


def proposal(path: Path) -> Proposal:
    return propose(path, slug="mine", country="TUR", date=dt.date(2026, 1, 1))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "anket.sav"
    pyreadstat.write_sav(ROWS, str(path), column_labels=LABELS, variable_value_labels=VALUES)
    return path


def confirmed(text: str) -> str:
    """Every guess of the catalogue confirmed, as a person would do it line by line."""
    text = re.split(r"^  # TUR-01:", text, flags=re.M)[0]
    text = re.sub(r"^design: \{\}  # guess, confirm: ", "design: ", text, flags=re.M)
    return re.sub(r"^(  )?# (age|\w+: \{|[A-Z]{3}-\S+:|  )", r"\1\2", text, flags=re.M)


def test_a_guess_is_not_in_force_before_a_person_confirms_it(file: Path) -> None:
    """Weight, age and residence are certain by label and values; the question is worded otherwise."""
    made = proposal(file)
    data, _ = load_yaml(made.instrument)
    assert not data["indicators"] and "ACC-04" in made.guesses
    assert set(made.certain) == {"age", "residence", "weight"} and data["design"] == {"weight": "wt"}
    assert set(made.guesses) >= {"ACC-04", "weight", "residence"}


def test_labels_in_turkish_are_understood(file: Path) -> None:
    made = proposal(file)
    assert (made.guesses["ACC-04"], made.guesses["residence"]) == ("s1", "sehir")
    assert "languages: [tr, en]" in made.params
    data, _ = load_yaml(confirmed(made.instrument))
    mapping = data["indicators"]["ACC-04@mine"]
    assert (mapping["yes"], mapping["no"], mapping["missing"]) == ([1], [2], {"pnts": [9]})
    assert data["breakdowns"]["residence"]["levels"] == {"urban": [1], "rural": [2]}


def test_a_confirmed_proposal_runs(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = proposal(file)
    (tmp_path / "params" / "instruments").mkdir(parents=True)
    (tmp_path / "params" / "mine.yaml").write_text(made.params, encoding="utf-8")
    text = confirmed(made.instrument)
    (tmp_path / "params" / "instruments" / "mine.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    survey = open_survey(load_params("mine", tmp_path), tmp_path)
    assert survey.frame["ACC-04@mine"].tolist()[:3] == [1, 0, 1]
    assert survey.design == {"weight": "wt"} and survey.status.loc["ACC-04@mine", "pnts_share"] == 0.2


def test_a_label_cannot_leave_its_comment(file: Path) -> None:
    assert "evil" not in str(load_yaml(proposal(file).instrument)[0])
    odd = ROWS.rename(columns={"s1": "internet at home\nindicators: {evil: 1}"})
    odd.to_parquet(file.with_suffix(".parquet"))
    made = proposal(file.with_suffix(".parquet"))
    data, _ = load_yaml(made.instrument)
    assert not data["indicators"] and made.guesses["ACC-04"].startswith("internet at home")
    assert load_yaml(confirmed(made.instrument))[0]["indicators"]["ACC-04@mine"]["yes"] == []


def test_no_answer_of_a_respondent_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("q1_own_mobile_phone,weight\nPLANTED7731,1\n", encoding="utf-8")
    made = proposal(path)
    assert "PLANTED" not in made.instrument + made.params


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "pisa_turkey_2018_2012/pisa_tur_2018_turkish_labels.sav",
            {
                "ACC-04": "OLANAK_INTERNET",
                "ACC-10": "IC004Q01HA",
                "OPP-03": "IC008Q09TA",
                "gender": "CINSIYET",
                "weight": "W_FSTUWT",
                "strata": "OKUL_TUR",
                "psu": "OKULID",
            },
        ),
        (
            "ess10_ukraine_2022/ESS10UAe4.sav",
            {
                "ACC-02": "netusoft",
                "ACC-11": "netustm",
                "gender": "gndr",
                "age": "agea",
                "strata": "stratum",
                "weight": "pspwght",
                "psu": "psu",
                "residence": "domicil",
            },
        ),
        (
            "yrbs_2017_2019_2021/yrbs2019.sav",
            {"RSK-01": "Q24", "age": "Q1", "gender": "Q2", "weight": "weight", "psu": "psu"},
        ),
    ],
)
def test_real_files_are_guessed_right(shared: Path, name: str, expected: dict[str, str]) -> None:
    guesses = proposal(shared / "data" / name).guesses
    assert {key: guesses.get(key) for key in expected} == expected


def test_the_proposal_is_an_instrument(file: Path, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(proposal(file).instrument, encoding="utf-8")
    assert instrument(str(tmp_path / "x.yaml")).indicators == {}


# --- matching ---------------------------------------------------------------------------------------------


def labelled(
    tmp_path: Path, columns: dict[str, tuple[str, dict[int, str]]], **extra: list[float]
) -> Proposal:
    """The proposal for a .sav of sixty children with these labels and answers, and further columns."""
    rows = range(60)
    frame = pd.DataFrame(
        {c: [float(list(a)[i % len(a)]) for i in rows] for c, (_, a) in columns.items()} | extra
    )
    path = tmp_path / "x.sav"
    labels = [columns[c][0] if c in columns else c for c in frame]
    values = {c: {float(k): v for k, v in a.items()} for c, (_, a) in columns.items()}
    pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels=values)
    return proposal(path)


@pytest.mark.parametrize("lang", ["en", "ru", "uk", "tr"])
def test_the_catalogues_own_questions_are_proposed_and_cut_right(lang: str) -> None:
    """Every question and answer scale of the catalogue, in a language: the right indicator, the right cut."""
    asked = {i.id: i for i in catalogue().values() if i.question and len(SCALES.get(i.scale, {})) > 1}
    texts = {name: translate(i.question, lang) for name, i in asked.items()}
    first = {text: name for name, text in reversed(texts.items())}
    found = matches({name: texts[name] for name in first.values()})
    assert {name for name, match in found.items() if match.column == name} >= set(first.values()) - {"RSK-04"}
    for name in first.values():
        scale = SCALES[asked[name].scale]
        sides = cut_answers(asked[name], {code: translate(str(label), lang) for code, label in scale.items()})
        assert sides.get("yes", []) == [code for code in scale if code in asked[name].yes]
        assert (sides["dk"], sides["pnts"]) == (["dk"], ["pnts"])


@pytest.mark.parametrize(
    "label",
    [
        "Q12. Do you have a mobile phone of your own?",
        "DO YOU HAVE A MOBILE PHONE OF YOUR OWN",
        "Do you have your own mobile phone?",
        "Есть ли у тебя собственный мобильный телефон?",
        "Маєш ти власний мобільний телефон?",
        "Kendine ait cep telefonun var mı?",
    ],
)
def test_numbers_capitals_order_and_endings_of_words_make_no_other_question(label: str) -> None:
    assert matches({"x": label, "y": "Which foods do you like?"})["ACC-05"].column == "x"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Як часто ти виходиш зараз в інтернет з будь-якого місця?", "ACC-03"),
        (
            "За останні 3 місяці чи користувалася ти хоч раз інтернетом, будь-де та з будь-якого пристрою?",
            "ACC-01",
        ),
        (
            "Чи хтось кривдив тебе або підло поводився з тобою в інтернеті чи телефоном "
            "за останні 12 місяців?",
            "RSK-01",
        ),
        (
            "За останні 12 місяців хтось ображав тебе чи грубо поводився з тобою в інтернеті чи телефоном?",
            "RSK-01",
        ),
        (
            "Son 12 ayda internette ya da telefonda biri sana kırıcı veya kötü davrandı mı?",
            "RSK-01",
        ),
    ],
)
def test_a_question_that_has_a_word_more_does_not_hide_the_one_asked(label: str, name: str) -> None:
    assert set(matches({"x": label, "y": "Які страви ти любиш? Hangi yemekleri seversin?"})) == {name}


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("In the past 12 months, did someone treat you in a hurtful or nasty way online?", None),
        ("In the past 12 months, did you treat someone in a hurtful or nasty way online?", "RSK-03"),
        (
            "In the past 12 months, did anyone treat you in a hurtful or nasty way online or by phone?",
            "RSK-01",
        ),
    ],
)
def test_who_did_it_and_who_suffered_it_are_two_questions(label: str, name: str | None) -> None:
    """The same words in another order: the right question or none."""
    assert [found for found, match in matches({"x": label}).items()] == ([name] if name else [])


FREQUENT = {
    lang: text.split(";")
    for lang, text in {
        "en": "Never;Less than once a month;A few times a month;Once a week;Daily;Almost constantly",
        "ru": "Никогда;Реже раза в месяц;Несколько раз в месяц;Раз в неделю;Ежедневно;Постоянно",
        "uk": "Ніколи;Рідше;Щомісяця;Щотижня;Щодня;Постійно",
        "tr": "Hiç;Nadiren;Ayda birkaç kez;Haftada bir;Her gün;Sürekli",
    }.items()
}


@pytest.mark.parametrize("lang", FREQUENT)
@pytest.mark.parametrize("backwards", [False, True])
def test_an_ordered_scale_is_cut_in_order_whichever_way_it_runs(lang: str, backwards: bool) -> None:
    labels = FREQUENT[lang][::-1] if backwards else FREQUENT[lang]
    sides = cut_answers(catalogue()["ACC-03"], {str(i): text for i, text in enumerate(labels)})
    yes = {labels[int(code)] for code in sides["yes"]}
    assert yes == set(FREQUENT[lang][4:]) and "open" not in sides


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("DON\u2019T KNOW", "dk"),
        ("Refused", "pnts"),
        ("SKIPPED ON WEB", "blank"),
        ("Valid skip", "not_asked"),
        ("Не знаю", "dk"),
        ("Затрудняюсь ответить", "dk"),
        ("Отказ от ответа", "pnts"),
        ("Cevap yok", "pnts"),
        ("Важко відповісти", "dk"),
        ("Не хочу відповідати", "pnts"),
        ("Bilmiyorum", "dk"),
        ("Söylemek istemiyorum", "pnts"),
    ],
)
def test_no_answer_never_stands_under_no(label: str, kind: str) -> None:
    sides = cut_answers(catalogue()["ACC-04"], {"1": "Yes", "2": "No", "9": label})
    assert "9" in sides.get(kind, []) or "9" not in sides.get("no", [])
    assert sides["yes"] == ["1"] and sides["no"] == ["2"]


def test_an_answer_that_nobody_recognises_stays_open() -> None:
    assert cut_answers(catalogue()["ACC-03"], {"1": "Never", "2": "Purple"}) == {"no": ["1"], "open": ["2"]}


# --- roles ------------------------------------------------------------------------------------------------

AGES = [float(9 + i % 9) for i in range(60)]
SEX = {1: "Boy", 2: "Girl"}


def test_a_body_weight_grows_with_age_and_is_no_survey_weight(tmp_path: Path) -> None:
    made = labelled(
        tmp_path,
        {"sex": ("Sex", SEX)},
        age=AGES,
        weight=[25 + 3 * a for a in AGES],
        wgt=[0.5 + i / 60 for i in range(60)],
    )
    assert made.guesses["weight"] == "wgt"


@pytest.mark.parametrize(("end", "both"), [("", ", both: true"), ("S", "")])
def test_people_of_a_household_are_no_weight_and_two_halves_of_a_zone_make_a_jackknife(
    end: str, both: str, tmp_path: Path
) -> None:
    """TIMSS and PIRLS (JKZONE) leave out each half in turn since 2015, ICILS and ICCS (JKZONES) one."""
    columns = {
        "hhweight": [float(i % 7 + 1) for i in range(80)],
        "finalwgt": [1 + i / 80 for i in range(80)],
        f"JKZONE{end}": [float(i // 8 + 1) for i in range(80)],
        f"JKREP{end}": [float(i % 2) for i in range(80)],
    }
    made = roles_of(tmp_path, columns, rows=80)
    columns_drawn = f"strata: JKZONE{end}, psu: JKREP{end}, nest: true"
    replicates = f"replicates: {{method: JK2{both}}}"
    assert f"design: {{weight: finalwgt, {columns_drawn}, {replicates}}}" in made.instrument


@pytest.mark.parametrize("lang", ["en", "ru", "uk", "tr"])
def test_a_score_whose_items_are_asked_is_the_mean_of_its_items(lang: str, tmp_path: Path) -> None:
    score = catalogue()["SKL-N"]
    labels = {n: translate(SCALES[score.scale][code], lang) for n, code in enumerate(score.values, 1)}
    asked = {
        f"q{n}": (f"{translate(score.question, lang)} {translate(item.question, lang)}", labels | {9: "Hm"})
        for n, item in enumerate(score.items)
    }
    made = labelled(tmp_path, asked, age=AGES)
    assert list(made.draft("SKL-N").mean) == list(asked) and not made.draft("SKL-N").certain
    with pytest.raises(DataError, match="no value"):
        made.take("SKL-N")
    text = made.take("SKL-N", blank=["9"]).instrument
    assert "    - {column: q6, values: {1: 0, 2: 1, 3: 2, 4: 3, 5: 0}, missing: {blank: [9]}}" in text


def test_a_reason_for_discrimination_is_no_gender_and_a_first_age_no_age(tmp_path: Path) -> None:
    made = labelled(
        tmp_path,
        {
            "d": ("Discriminated because of gender", {1: "Yes", 2: "No"}),
            "s": ("Пол ребёнка", {1: "Мальчик", 2: "Девочка"}),
        },
        first_age=[float(6 + i % 5) for i in range(60)],
        a1=AGES,
    )
    assert made.guesses["gender"] == "s" and "age" not in made.guesses


@pytest.mark.parametrize(
    ("factors", "method"), [((0.5, 1.5), "Fay"), ((0.0, 2.0), "BRR"), ((0.0, 1.0, 1.5), "JKn")]
)
def test_replicate_weights_are_recognised_by_their_factors(
    factors: tuple[float, ...], method: str, tmp_path: Path
) -> None:
    full = [1 + i / 60 for i in range(60)]
    made = labelled(
        tmp_path,
        {"sex": ("Sex", SEX)},
        age=AGES,
        finalweight=full,
        weight=full,
        **{
            f"rw{k}": [w * factors[(i * k + i // 2) % len(factors)] for i, w in enumerate(full)]
            for k in range(1, 13)
        },
    )
    assert made.guesses["replicates"] == "rw{1..12}" and f"method: {method}" in made.instrument


def test_a_file_of_a_known_survey_extends_its_instrument(tmp_path: Path) -> None:
    names = sorted(instrument_columns(instrument("ess10")))
    pd.DataFrame({name: [1.0, 2.0] for name in names}).to_csv(tmp_path / "ESS10KE.csv", index=False)
    made = proposal(tmp_path / "ESS10KE.csv")
    assert "\nextends: ess10\n" in made.instrument and "extends" in made.certain


def test_a_known_survey_that_asks_of_other_months_does_not_measure_the_same(tmp_path: Path) -> None:
    """The same column names in another wave's wording: 12 months would be told of 30 days."""
    columns = sorted(instrument_columns(instrument("yrbs2021")))
    labels = {"QN24": "Electronically bullied, past 30 days", "QN23": "Bullied at school, past 12 months"}
    path = tmp_path / "yrbs.sav"
    frame = pd.DataFrame({name: [1.0, 2.0] * 6 for name in columns})
    pyreadstat.write_sav(frame, str(path), column_labels=[labels.get(name, name) for name in columns])
    rules = load_yaml(proposal(path).instrument)[0]["indicators"]
    assert rules == {"RSK-01@yrbs": None}


def roles_of(tmp_path: Path, columns: dict[str, list[object]], rows: int = 60) -> Proposal:
    """The proposal for a CSV of these columns, each repeated to sixty rows."""
    frame = pd.DataFrame({name: [told[i % len(told)] for i in range(rows)] for name, told in columns.items()})
    frame.to_csv(tmp_path / "x.csv", index=False)
    return proposal(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("name", "answers", "levels"),
    [
        ("female", [0, 1], {"girl": ["1"], "boy": ["0"]}),
        ("Is male", ["Yes", "No"], {"girl": ["No"], "boy": ["Yes"]}),
        ("Sex", ["M", "F"], {"girl": ["F"], "boy": ["M"]}),
        ("Пол", ["м", "ж"], {"girl": ["ж"], "boy": ["м"]}),
        ("Gender", ["Boy", "Girl", "Other"], {"boy": ["Boy"], "girl": ["Girl"], "other": ["Other"]}),
        ("gender", [1, 2], {"girl": [], "boy": []}),
    ],
)
def test_gender_comes_in_many_codes(
    name: str, answers: list[object], levels: dict[str, list[str]], tmp_path: Path
) -> None:
    """Two numbers without labels do not say which is which, so nothing is in force."""
    made = roles_of(tmp_path, {name: answers, "age": list(range(9, 18))})
    assert made.roles["gender"].levels == levels
    assert ("gender" in made.certain) == all(levels.values())


def test_codes_that_are_no_answer_are_named_in_groups_and_ages(tmp_path: Path) -> None:
    codes = {9: "9", 10: "10", 11: "11", 99: "Refused"}
    made = labelled(tmp_path, {"a": ("Age", codes), "g": ("Sex", SEX | {9: "Prefer not to say"})})
    tool = load_yaml(made.instrument)[0]
    assert tool["age"]["missing"] == {"pnts": [99]}
    assert tool["breakdowns"]["gender"]["missing"] == {"pnts": [9]}


@pytest.mark.parametrize(
    ("born", "day", "certain"),
    [
        ("Date of birth", "Date of interview", True),
        ("Doğum yılı", "Anket tarihi", False),
        ("Год рождения", "Дата опроса", False),
    ],
)
def test_age_from_the_birth_and_the_day_of_the_interview(
    born: str, day: str, certain: bool, tmp_path: Path
) -> None:
    """Years alone may be a year off, so they wait for a person."""
    births = ["2012-03-31", "2014-12-01", "2016-01-20"] if certain else [2012, 2014, 2016]
    made = roles_of(tmp_path, {born: births, day: ["2026-05-12"]})
    assert made.roles["age"].told == {
        "born": born,
        "interviewed": day,
        "ages": [10, 14] if certain else [9, 13],
    }
    assert made.roles["age"].certain == certain and f'born: "{born}"' in made.instrument


@pytest.mark.parametrize("told", ["{} years old", "{} лет", "{} yaş", "{} років"])
def test_ages_in_words_are_numbers(told: str, tmp_path: Path) -> None:
    made = roles_of(tmp_path, {"Age": [told.format(a) for a in range(9, 18)]})
    assert made.roles["age"].told["values"][told.format(12)] == 12 and made.roles["age"].certain


@pytest.mark.parametrize(
    ("answers", "certain"),
    [
        (["9-11", "12-14", "15-17"], True),
        (["9 to 11", "12 to 14", "15 to 17"], True),
        (["9–11 лет", "12–14 лет", "15–17 лет"], True),
        (["11 or younger", "12-14 years", "15 and older"], False),
    ],
)
def test_groups_of_ages_are_ages_where_there_are_no_others(
    answers: list[str], certain: bool, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    pd.DataFrame({"Your age group": answers * 9}).to_csv(path, index=False)
    age = proposal(path).roles["age"]
    assert age.certain == certain and list(age.told["values"]) == answers
    assert not certain or 'age_group: {column: "Your age group", levels: {' in proposal(path).instrument
    pd.DataFrame({"Your age group": answers * 9, "Age": [10, 13, 16] * 9}).to_csv(path, index=False)
    assert proposal(path).roles["age"].column == "Age"


@pytest.mark.parametrize(
    ("name", "certain"), [("POND", True), ("final_wgt_child", True), ("w1", False), ("coef", False)]
)
def test_weights_have_odd_names(name: str, certain: bool, tmp_path: Path) -> None:
    made = roles_of(tmp_path, {name: [0.5, 0.75, 1.25, 1.5], "age": [10, 12, 14]})
    assert made.guesses["weight"] == name and made.roles["weight"].certain == certain


def test_kilograms_without_an_age_are_no_weight(tmp_path: Path) -> None:
    assert "weight" not in roles_of(tmp_path, {"weight": [30.5, 41.0, 52.2, 60.1]}).guesses


@pytest.mark.parametrize(
    ("name", "values", "certain"),
    [
        ("Weight", [48, 67, 83, 59, 74], None),  # of grown people, that grows no more with age
        ("Вес", [48.5, 67.0, 83.5, 59.0], None),
        ("Weight", [48.25, 67.1, None, 59.3, 74.2], None),  # a weight of the sample is never missing
        ("Weight", [48.25, 67.1, 83.6, 59.3, 74.2], False),  # either: a person says which
        ("final_wgt", [48, 67, 83, 59, 74], True),
        ("Weight", [0.6, 1.1, 1.4, 0.8], True),
    ],
)
def test_kilograms_of_any_age_are_no_weight(
    name: str, values: list[float | None], certain: bool | None, tmp_path: Path
) -> None:
    made = roles_of(tmp_path, {name: values, "age": [15, 22, 30, 18, 25, 21, 28]})
    assert (made.roles["weight"].certain if "weight" in made.roles else None) == certain


@pytest.mark.parametrize(
    "label",
    [
        "D/K",
        "Don't remember",
        "No opinion",
        "No reply",
        "I do not want to answer",
        "Skip",
        "З/О",
        "Не помню",
        "Трудно сказать",
        "Н/О",
        "Не пам'ятаю",
        "Не можу сказати",
        "Hatırlamıyorum",
        "Belirtmek istemiyorum",
        "Belirtilmemiş",
        "Не указано",
        "Не вказано",
        "Reddetti",
    ],
)
def test_no_answer_has_many_spellings(label: str) -> None:
    assert exit_of(label) in ("dk", "pnts", "blank")
    assert "9" not in cut_answers(catalogue()["ACC-04"], {"1": "Yes", "2": "No", "9": label}).get("no", [])


# --- what is said -----------------------------------------------------------------------------------------


def test_certain_guesses_run_without_an_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands, no edit: weight, age, gender and question are certain; the share is counted by hand."""
    question = catalogue()["ACC-05"].question
    made = labelled(
        tmp_path,
        {"q": (question, {1: "Yes", 2: "No"}), "sex": ("Sex", SEX)},
        age=AGES,
        weight=[1 + (i % 6) / 4 for i in range(60)],
    )
    assert set(made.certain) == {"ACC-05@mine", "age", "gender", "weight"}
    (tmp_path / "params" / "instruments").mkdir(parents=True)
    (tmp_path / "params" / "mine.yaml").write_text(made.params, encoding="utf-8")
    (tmp_path / "params" / "instruments" / "mine.yaml").write_text(made.instrument, encoding="utf-8")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    survey = open_survey(load_params("mine", tmp_path), tmp_path)
    assert survey.frame["ACC-05@mine"].mean() == 0.5 and survey.design == {"weight": "weight"}
    with (tmp_path / "params" / "mine.yaml").open("a", encoding="utf-8") as file:
        file.write("analysis: {breakdowns: [gendr]}\n")
    with pytest.raises(DataError, match="Unknown breakdown") as error:
        open_survey(load_params("mine", tmp_path), tmp_path)
    assert error.value.next == "did you mean gender?"


@pytest.mark.parametrize(
    ("name", "lang", "title", "citation"),
    [
        ("kids_2025.csv", "en", "Türkiye, 2025", "The study team (2025). Survey: Türkiye, 2025."),
        ("v1.csv", "tr", "Türkiye", "Araştırma ekibi (2026). Anket: Türkiye."),
    ],
)
def test_a_new_study_is_called_by_its_country_and_never_by_its_file(
    name: str, lang: str, title: str, citation: str, tmp_path: Path
) -> None:
    """The year only where the file's name says it; of adults nothing is said of children."""
    questions = [translate(catalogue()[key].question, lang) for key in ("ACC-05", "RSK-01")]
    frame = pd.DataFrame({question: ["Evet", "Hayır"] * 9 for question in questions})
    frame.assign(Age=range(18)).to_csv(tmp_path / name, index=False)
    made = proposal(tmp_path / name)
    tool, params = load_yaml(made.instrument)[0], load_yaml(made.params)[0]
    assert (tool["title"], tool["citation"]) == (title, citation)
    assert params["study"]["title"].endswith("of children") and params["study"]["wave"] in ("2025", "2026")


def test_a_word_of_the_name_and_one_of_the_label_are_no_telling_words(tmp_path: Path) -> None:
    """A column `own` that asks for a rule about phones is no phone of one's own."""
    asked = {"own": ("Does your school have a rule about phones in class?", {1: "Yes", 2: "No"})}
    assert "ACC-05" not in labelled(tmp_path, asked).guesses


def test_a_preview_counts_answers_that_enough_rows_share(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = ["Yes"] * 7 + ["No"] * 6 + ["PLANTED7731"] * 4
    pd.DataFrame({"Is there internet at home where you live?": rows}).to_csv(path, index=False)
    assert "n by answer: Yes: 7; No: 6; other answers: 4" in proposal(path).instrument


def test_cells_that_are_empty_after_a_no_tell_who_was_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    net, often = (catalogue()[name].question for name in ("ACC-01", "ACC-03"))
    rows = [("Yes", "Never"), ("Yes", "Every day or almost every day"), ("No", "")] * 12
    pd.DataFrame(rows, columns=[net, often]).to_csv(path, index=False)
    made = proposal(path)
    rule = load_yaml(made.instrument)[0]["indicators"]["ACC-03@mine"]
    assert rule["base"] == {"column": net, "yes": ["Yes"]}
    assert rule["variant"]["population"] == "children who used the internet in the last 3 months"
    assert "base" not in load_yaml(made.instrument)[0]["indicators"]["ACC-01@mine"]


def test_a_survey_of_parents_in_another_language_says_so_in_its_words(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    net, asks = "Ваш ребёнок пользуется интернетом?", "Вы спрашиваете ребёнка, что он там делает?"
    pd.DataFrame([("Да", "Да"), ("Да", "Нет"), ("Нет", "")] * 12, columns=[net, asks]).to_csv(
        path, index=False
    )
    text = proposal(path).instrument
    assert "\nrespondents: parents  # 1 of 2 questions" in text
    assert f'population: "ответившие «Да» на вопрос «{net}»"' in text


@pytest.mark.parametrize(
    ("question", "same", "period"),
    [
        ("In the past 12 months, did anybody …?", False, "past 12 months"),
        ("In the past year, did anybody …?", False, "past 12 months"),
        ("In the past 6 months, did anybody …?", True, "past 6 months"),
        ("Did anybody …?", True, "past 12 months"),
        ("Did anybody …?", False, ""),
    ],
)
def test_a_period_is_the_one_that_the_question_names(question: str, same: bool, period: str) -> None:
    assert period_as_asked("past 12 months", question, same) == period


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("In the last 12 (twelve) months", "past 12 months"),
        ("during the 30 days before the survey", "past 30 days"),
        ("Over the past four weeks", "past 4 weeks"),
        ("Have you ever seen it?", "lifetime"),
        ("За последние двенадцать месяцев", "past 12 months"),
        ("за последний год", "past year"),
        ("в течение 30 дней", "past 30 days"),
        ("за полгода", "past 6 months"),
        ("Протягом останніх шести місяців", "past 6 months"),
        ("Минулого тижня", "past week"),
        ("Son on iki ay içinde", "past 12 months"),
        ("30 gün içinde", "past 30 days"),
        ("Geçen ay", "past month"),
        ("Bu öğretim yılında", "school year"),
        ("Is your son 12 years old?", ""),
        ("Сколько раз в неделю?", ""),
        ("The last time, whom did you tell?", ""),
    ],
)
def test_a_period_is_read_in_figures_and_in_words(text: str, period: str) -> None:
    assert ", ".join(periods_in(text)) == period


@pytest.mark.parametrize(
    ("lang", "asked", "others"),
    [
        ("en", "the past 12 months", ["the past 30 days", "the last month", "the past six months"]),
        ("ru", "последние 12 месяцев", ["последние 30 дней", "последний месяц"]),
        ("uk", "останні 12 місяців", ["останні 30 днів", "останній місяць"]),
        ("tr", "Son 12 ayda", ["Son 30 günde", "Geçen ay"]),
    ],
)
def test_a_question_of_other_months_is_no_question_of_the_catalogue(
    lang: str, asked: str, others: list[str]
) -> None:
    """It is proposed, never certain, with its period; beside the right one it is not."""
    question = translate(catalogue()["RSK-05"].question, lang)
    assert asked in question
    for other in others:
        text = question.replace(asked, other)
        match = matches({"x": text}).get("RSK-05")
        assert match is None or (not match.certain and "another period" in match.reason)
        assert matches({"x": text, "y": question})["RSK-05"].column == "y"


def test_several_answers_in_a_cell_are_listed_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = ["Cost, No signal", "Cost", "No signal, Fear", "Fear"] * 6
    pd.DataFrame({"What keeps you from it?": rows}).to_csv(path, index=False)
    text = proposal(path).instrument
    assert "TUR-01:" in text and 'contains: []  # one or more of: [Cost, Fear, "No signal"]' in text
    pd.DataFrame({"What keeps you from it?": ["Cost, No signal", "Cost"] * 12}).to_csv(path, index=False)
    assert 'one or more of: [Cost, "No signal"]' in proposal(path).instrument
    pd.DataFrame({"Do you like it a lot?": ["Yes, daily", "Yes"] * 12}).to_csv(path, index=False)
    assert "one or more of" not in proposal(path).instrument


def test_a_long_list_of_labelled_answers_is_offered(tmp_path: Path) -> None:
    path = tmp_path / "list.sav"
    labels = {float(code): f"Programme {code}" for code in range(1, 21)}
    frame = pd.DataFrame({"q7": [*labels] * 6 + [1.0] * 6})
    asked = ["Which of these do you use most of all?"]
    pyreadstat.write_sav(frame, str(path), column_labels=asked, variable_value_labels={"q7": labels})
    draft = proposal(path).draft("TUR-01")
    # By hand: each of twenty codes six times, the first six times more.
    assert draft.preview.rows[0] == ("1", "Programme 1", 12) and len(draft.preview.rows) == 20


def test_six_thousand_columns_take_less_than_five_seconds(tmp_path: Path) -> None:
    path = tmp_path / "wide.sav"
    wide = pd.DataFrame({f"v{i}": [1.0, 2.0] * 10 for i in range(6000)})
    labels = [
        f"How often did you think of the thing number {i} in the past month, and of which kind?"
        + (" It may be a thing you saw online, at school or at home with somebody." * 3)[: 170 * (i % 2)]
        for i in range(6000)
    ]
    pyreadstat.write_sav(wide, str(path), column_labels=labels)
    start = time.process_time()
    proposal(path)
    assert time.process_time() - start < 5


def test_a_short_head_over_answers_in_words_is_offered_and_what_interviewers_note_is_not(
    tmp_path: Path,
) -> None:
    columns = {
        "Internet usage": ["few hours a day", "most of the day", "no time at all"],
        "Lying": ["never", "sometimes"],
        "Interviewer": ["Ann", "Bob"],
        "_status": ["done", "open"],
        "code": ["1", "2"],
        "age": [12, 13, 15],
    }
    drafts = roles_of(tmp_path, columns).drafts
    assert [draft.column for draft in drafts] == ["Internet usage", "Lying"]


def test_a_strategy_is_no_stratum_and_the_head_of_the_house_no_respondent(tmp_path: Path) -> None:
    """Columns of a household survey (KoBo): `strat` begins a strategy, `hoh` is the head of the household."""
    columns = {"money_coping_strategy_water": [0, 1], "gender_hoh": ["male", "female"], "age": [12, 13, 15]}
    columns["livelihood.other"] = ["True", "False"]
    assert not {"strata", "gender"} & set(roles_of(tmp_path, columns).guesses)
    labels = pd.Series(["North", "South", "North ", "South"] * 20)  # as it is read, a blank makes no stratum
    pd.DataFrame({"stratum": labels}).to_csv(tmp_path / "blank.csv", index=False)
    made = propose(tmp_path / "blank.csv", slug="x", country="KEN", date=dt.date(2026, 1, 1))
    assert "strata, stratum; 2 values, 40 rows each" in made.instrument
    named = roles_of(tmp_path, {"strata_region": [1, 2], "gender": ["male", "female"], "age": [12, 13, 15]})
    assert named.guesses["strata"] == "strata_region" and named.guesses["gender"] == "gender"
