"""People are called what a study's words and answers show; what compares nothing is not printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_truth_own import frame, write
from truth_sample import Study, answers

from digicit_lib import Workbook
from digicit_lib.checks import check_project
from digicit_lib.errors import DigicitError, NotMade
from digicit_lib.language import translate

PRESS = "communication_press"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    return Study(tmp_path, monkeypatch)


def told(
    study: Study,
    base: str,
    ages: list[int],
    language: str = "en",
    years: dict[str, int] | None = None,
    **columns: list[object],
) -> str:
    """The report of `test_truth_own`'s survey, its people named otherwise; answers as in `frame`."""
    write(study, ages=ages)
    tool = study.root / "params" / "instruments" / "own.yaml"
    if years:
        told_by_file = json.loads(tool.read_text(encoding="utf-8"))
        told_by_file["age"]["values"] = years
        tool.write_text(json.dumps(told_by_file), encoding="utf-8")
    if columns:
        frame().assign(**columns).to_csv(study.root / "data" / "made.csv", index=False)
    path = study.root / "params" / "made.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    params["population"] = {"base": base, "ages": ages}
    path.write_text(yaml.safe_dump(params, allow_unicode=True), encoding="utf-8")
    return study.text(language=language)


HURT = 100 * frame()["hurt"].mean()


def test_people_are_called_what_the_study_calls_them(study: Study) -> None:
    text = told(study, "pupils of grades 7 to 12 in Esbjerg", [12, 21])
    assert f"FINDING {HURT:.0f}% of pupils of grades 7 to 12 were hurt online" in text
    page = study.product(PRESS)  # the digits of a base are no finding and refuse no product
    assert f"{HURT:.0f}% of pupils of grades 7 to 12 were hurt online" in page
    assert "pupils of grades 7 to 12 in Esbjerg" in page


@pytest.mark.parametrize(("language", "noun"), [("en", "girls"), ("ru", "девочек"), ("tr", "kızlar")])
def test_one_gender_that_answered_is_named(study: Study, language: str, noun: str) -> None:
    text = told(study, "people aged 12 to 21", [12, 21], language, sex=["female"] * len(frame()))
    levels = [line for line in text.splitlines() if line.startswith("FINDING") and f"{HURT:.0f}" in line]
    assert any(noun in line.casefold() for line in levels)


def test_grown_people_are_no_girls_and_boys_and_no_child_was_asked(study: Study) -> None:
    """Nobody is young where all are grown: levels are of everybody, and groups are women and men."""
    years = {"12-14": 30, "15-17": 40, "18-21": 50}  # what the groups stand for here
    text = told(study, "teachers", [18, 60], years=years)
    assert f"FINDING {HURT:.0f}% of teachers were hurt online" in text
    assert "A larger share of women than of men were hurt online" in text
    assert "FINDING No child was asked: all who answered are 18 or older." in text
    assert not re.search(r"\b[Gg]irls\b|\b[Bb]oys\b|people aged 12", text)


@pytest.mark.parametrize(
    ("ages", "language", "groups"),
    [
        ([15, 24], "en", "young women|young men"),
        ([12, 21], "en", "girls and young women|boys and young men"),
        ([15, 24], "ru", "молодые женщины|молодые мужчины"),
        ([15, 24], "uk", "молоді жінки|молоді чоловіки"),
        ([15, 24], "tr", "genç kadınlar|genç erkekler"),
    ],
)
def test_who_is_young_and_no_girl_any_more_is_called_so(
    study: Study, ages: list[int], language: str, groups: str
) -> None:
    years = {"12-14": 16, "15-17": 18, "18-21": ages[1]} if ages[0] == 15 else None
    text = told(study, "people", ages, language, years)
    lines = [line for line in text.splitlines() if line.startswith("FINDING")]
    assert any(all(group in line for group in groups.split("|")) for line in lines), lines
    assert not re.search(r"\b[Gg]irls\b(?! and)|Women and girls|девоч|дівч|kızlar", text)


def test_a_cover_counts_those_of_the_studys_ages(study: Study) -> None:
    """Of 1,200 answers of 12 to 21 those of 18 to 21 are a third (`test_truth_own.frame`)."""
    write(study)
    path = study.root / "params" / "made.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(params | {"population": {"base": "pupils", "ages": [12, 17]}}))
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    assert ["Respondents", "800 of the study's ages, 1,200 in all"] in book._facts()
    assert "800 of the study's ages, 1,200 in all" in dict(book._methods())["Sample sizes and precision"]


def test_what_has_one_group_compares_nothing_and_says_why(study: Study) -> None:
    ages = ["12-14"] * len(frame())
    text = told(study, "children of 13 in Esbjerg", [12, 14], age=ages, sex=["female"] * len(frame()))
    assert "Significance letters" not in text and "All answers are of one group (Age group" not in text
    assert "Gender: everybody who answered is of one group" in text
    assert "a test or model would give it back" not in text
    assert "ages 12 to 14." in text


def test_whoever_is_of_no_group_is_not_of_the_only_one(study: Study) -> None:
    """Half of those who answered are outside the bands: "all are of one group" would be false."""
    ages = ["12-14" if i % 2 else "" for i in range(len(frame()))]
    write(study)
    frame().assign(age=ages).to_csv(study.root / "data" / "made.csv", index=False)
    assert "All answers are of one group" not in study.text()


def test_a_study_without_the_ages_of_a_sheet_says_which_it_has(study: Study) -> None:
    told(study, "pupils", [12, 21])
    with pytest.raises(NotMade, match=r"aged 9–11: its age groups are 12–14, 15–17, 18–21"):
        study.product("communication_children_9_11")


def test_titles_of_own_questions_in_another_language_are_announced_on_the_cover(study: Study) -> None:
    assert "their titles stand in the survey's own words" not in told(study, "pupils", [12, 21])
    assert "их названия приведены в формулировке" in study.text(language="ru")


def test_a_sheet_tells_how_a_survey_was_made_as_its_report_does(study: Study) -> None:
    told(study, "pupils", [12, 21])
    page = study.product(PRESS)
    assert "No weights: the numbers describe those who answered." in page
    assert "Limits" not in next(line for line in page.splitlines() if line.startswith("What was done"))
    assert "for the whole population" not in page


def test_a_number_of_many_answers_is_not_called_one_of_few(study: Study) -> None:
    """100 % of 1,200 asks for care for another reason than few answers, and says none of it."""
    text = told(study, "pupils", [12, 21], name=["yes"] * len(frame()))
    said = [line for line in text.splitlines() if line.startswith("FINDING 100%")]
    assert said and not [line for line in said if "few answers" in line]


def test_an_interval_of_whole_percents_that_are_alike_has_a_decimal(study: Study) -> None:
    """Clopper and Pearson: of 1,200 who all answer yes the lower end is 0.025 ** (1 / 1200), 99.7 %."""
    text = told(study, "pupils", [12, 21], name=["yes"] * len(frame()))
    assert f"({100 * 0.025 ** (1 / 1200):.1f}–100.0; n 1,200)" in text


def test_methods_tell_of_differences_only_where_there_are_some(study: Study) -> None:
    term = "Differences use the covariance"
    assert term in told(study, "pupils", [12, 21])
    alone = {"age": ["12-14"] * len(frame()), "sex": ["female"] * len(frame())}
    frame().assign(**alone).to_csv(study.root / "data" / "made.csv", index=False)
    assert term not in study.text()


def test_outcomes_that_count_others_than_the_file_are_refused(study: Study) -> None:
    told(study, "pupils", [12, 21])
    path = study.root / "params" / "made.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}\noutcomes: {{child: {{complete: 1300, refusal: 5}}}}\n", encoding="utf-8")
    with pytest.raises(DigicitError, match="outcomes and the file count different") as error:
        study.text()
    assert "rows in the file: 1200" in str(error.value)
    path.write_text(f"{whole}\noutcomes: {{child: {{complete: 1150, partial: 50}}}}\n", encoding="utf-8")
    assert "RR" in study.text()


def test_what_nobody_of_its_base_answered_was_in_the_questionnaire(study: Study) -> None:
    """Daily use is asked of users; without the question who uses the internet nobody is in its base."""
    study.write(answers().drop(columns="acc_01"))
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    rows = book.not_measured().options["csv"].set_index("Reason")["Indicators"]
    title = "Uses the internet daily"
    told_by = [reason for reason, titles in rows.items() if title in titles.split("; ")]
    assert told_by == ["asked, but the file does not tell who is in its base"]
    (warning,) = [words for words in book.survey.warnings if "base NET" in words]
    assert warning.endswith("name it under `bases`.")
    assert warning in [note["what"] for note in check_project(study.root, ["made"])]


def base_of(study: Study, name: str) -> str:
    """The base line of an indicator of the study as it is written."""
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    return str(book._survey.respondents.indicators[name].base_text)


def test_a_base_names_those_who_answered_and_their_ages_once(study: Study) -> None:
    study.write(answers()[lambda rows: rows["gender"] == "boy"])
    base = base_of(study, "ACC-03")
    assert base == "boys who used the internet in the last 3 months, ages 9 to 17"
    assert base_of(study, "ACC-01") == "all boys surveyed, ages 9 to 17"
    assert Workbook.open("made", "quantitative", root=study.root).source == "A study"
    assert translate(base, "ru") == "мальчики 9–17 лет, пользовавшиеся интернетом за последние 3 месяца"
    assert translate(base, "tr") == "son 3 ayda internet kullanan erkek çocuklar, 9–17 yaş"


def test_ages_that_the_words_of_a_base_name_are_not_said_again(study: Study) -> None:
    write(study)
    tool, base = study.root / "params" / "instruments" / "own.yaml", "pupils aged 12 to 21 in Esbjerg"
    tool.write_text(tool.read_text(encoding="utf-8").replace('"base": "respondents"', f'"base": "{base}"'))
    assert base_of(study, "ESP-01") == base


def test_answers_of_grown_people_to_questions_for_children_are_told_to_be_left_out(study: Study) -> None:
    older = answers().assign(age=[str(16 + i % 4) for i in range(len(answers()))])
    text = study.report(older, population={"ages": [16, 19], "base": "young people aged 16 to 19"})
    said = re.search(r"(\d+) of (\d+) indicators are defined for children: answers of people aged 18", text)
    assert said and 0 < int(said[1]) <= int(said[2])


def test_a_note_on_questions_stands_with_a_number_of_theirs(study: Study) -> None:
    """With 40 answers nothing on risks is shown, and nothing is said of their questions."""
    study.write(answers().head(40))
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    assert book._story.notes("risks") == []
    study.write(answers())
    book = Workbook.open("made", "quantitative", root=study.root)
    assert any("Words such as bullying are avoided" in note for note in book._story.notes("risks"))


def test_what_was_asked_otherwise_in_an_earlier_wave_is_named_and_not_compared(study: Study) -> None:
    write(study)
    tool = json.loads((study.root / "params" / "instruments" / "own.yaml").read_text(encoding="utf-8"))
    tool["indicators"]["ESP-01"]["variant"] = {"title": "Was hurt online", "question": "Were you hit?"}
    tool["indicators"]["ESP-01"]["variant"] |= {
        "numerator": "Says so",
        "ages": [12, 21],
        "period": "past week",
    }
    (study.root / "params" / "instruments" / "then.yaml").write_text(json.dumps(tool), encoding="utf-8")
    common = {"design": {}, "population": {"base": "respondents", "ages": [12, 21]}}
    study.write(
        frame(), "before", instrument="params/instruments/then.yaml", study={"wave": "2022"}, **common
    )
    study.write(frame(), instrument="params/instruments/own.yaml", study={"earlier": ["before"]}, **common)
    text = study.text()
    assert "Asked otherwise in 2022, so no change is told: Was hurt online." in text
    assert "## Changes since earlier waves" in text


def test_a_difference_by_age_stands_in_a_table(study: Study) -> None:
    assert "Differences, age group: 12–14 − 18–21: shown in" in told(study, "pupils", [12, 21])
