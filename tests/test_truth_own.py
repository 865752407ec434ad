"""Surveys of their own questions alone, of people past 17: what is said is of those who answered."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from truth_sample import Study

from digicit_lib import Workbook
from digicit_lib.checks import check_project

AGES = [12, 21]
MORE = "A larger share of girls and young women than of boys and young men"
GROUPS = {"12-14": 13, "15-17": 16, "18-21": 19}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    return Study(tmp_path, monkeypatch)


def frame() -> pd.DataFrame:
    """Of 1,200: half girls; hurt 40 in 100 girls and 20 in 100 boys, the older ones more."""
    rows = range(1200)
    sex = ["female" if i % 2 else "male" for i in rows]
    age = [list(GROUPS)[i // 2 % 3] for i in rows]
    step = [i // 6 % 10 for i in rows]
    hurt = [
        int(s < (4 if g == "female" else 2) + (a == "18-21")) for s, g, a in zip(step, sex, age, strict=True)
    ]
    return pd.DataFrame(
        {"sex": sex, "age": age, "hurt": hurt, "name": ["yes" if s < 3 else "no" for s in step]}
    )


def write(study: Study, ages: list[int] = AGES, **rules: Any) -> None:
    told = {"ages": ages, "period": ""}
    hurt = {
        "title": "Was hurt online",
        "question": "Were you hurt online?",
        "section": "risks",
        "polarity": "bad",
    }
    hurt |= {"numerator": "Says so", "says": {"they": "were hurt online", "lead": 1}}
    name = {
        "title": "Shows the name",
        "question": "Do you show your name?",
        "numerator": "Says so",
        "sensitivity": 0,
    }
    folder = study.root / "params"
    (folder / "indicators").mkdir()
    own = {"ESP-01": hurt | told, "ESP-02": name | told}
    (folder / "indicators" / "own.yaml").write_text(json.dumps(own), encoding="utf-8")
    tool = dict.fromkeys(("title", "citation", "programme", "licence", "where"), "Pupils 2026")
    tool |= {"respondents": "people", "design": {}, "population": {"base": "respondents", "ages": ages}}
    tool["age"] = {"column": "age", "values": GROUPS}
    tool["breakdowns"] = {
        "gender": {"column": "sex", "levels": {"girl": ["female"], "boy": ["male"]}},
        "age_group": {"column": "age", "levels": {group: [group] for group in GROUPS}},
    }
    hurt_rule = {"column": "hurt", "yes": ["1"], "no": ["0"]} | rules
    tool["indicators"] = {"ESP-01": hurt_rule, "ESP-02": {"column": "name", "yes": ["yes"], "no": ["no"]}}
    (folder / "instruments").mkdir()
    (folder / "instruments" / "own.yaml").write_text(json.dumps(tool), encoding="utf-8")
    study.write(
        frame(),
        instrument="params/instruments/own.yaml",
        design={},
        analysis={"breakdowns": ["gender", "age_group"]},
        population={"base": "respondents", "ages": ages},
    )


def test_a_survey_of_own_questions_compares_them_and_speaks_of_those_who_answered(study: Study) -> None:
    write(study)
    text = study.text()
    hurt = frame()["hurt"]
    assert f"FINDING {100 * hurt.mean():.0f}% of people aged 12–21 were hurt online" in text
    means = hurt.groupby(frame()["sex"]).mean()
    said = f"{MORE} were hurt online: {100 * means['female']:.0f}% against"
    assert f"FINDING {said} {100 * means['male']:.0f}%" in text
    assert "Do you show your name? (respondents, ages 12 to 21)" in text
    never = ("all children surveyed", "not piloted", "no difference between its groups can be shown")
    assert not [claim for claim in never if claim in text]


def test_the_title_of_an_exhibit_says_what_stands_in_it(study: Study) -> None:
    """Of people of all ages key findings tell the youngest; an exhibit of everybody says theirs."""
    write(study, ages=[12, 40])
    text, share = study.text(), 100 * frame()["hurt"].mean()
    young = 100 * frame().query("age == '12-14'")["hurt"].mean()
    assert f"FINDING {young:.0f}% of people aged 12–14 were hurt online" in text
    assert re.search(
        rf"(?m)^FINDING {share:.0f}% of people aged 12–40 were hurt online \(.*Were you hurt online\? ", text
    )
    assert not re.search(r"(?m)^\d+% of people aged 12–14", text)


def test_check_reads_the_answers(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    write(study, no=["2"])
    problems = [p for p in check_project(study.root, ["made"]) if p["where"].startswith("params/made")]
    assert "column hurt" in problems[0]["what"] and "note" not in problems[0]
    assert f"0: {(frame()['hurt'] == 0).sum()} rows" in problems[0]["what"]
    monkeypatch.delenv("DIGICIT_DATA")
    (study.root / "data").rename(study.root / "elsewhere")
    note = next(p for p in check_project(study.root, ["made"]) if p["where"].startswith("params/made"))
    assert note["note"] and "its data were not looked at" in note["what"]


def test_words_of_a_study_stand_in_no_sentence_of_another_language(study: Study) -> None:
    """The clause is English: on a Turkish page the question is quoted as it was asked."""
    write(study)
    text = study.text(language="tr")
    assert "were hurt online" not in text
    assert "“Was hurt online”" in text and "“Do you show your name?”" in text


def test_an_own_question_says_the_answers_that_its_file_labels(study: Study) -> None:
    """A share of "How often …?" is of nobody who "counts as" it; without labels answers count."""
    write(study, column="hurt")
    asked = study.root / "params" / "indicators" / "own.yaml"
    own = json.loads(asked.read_text(encoding="utf-8"))
    del own["ESP-01"]["says"]
    own["ESP-01"] |= {"title": "How often were you hurt?", "question": "How often were you hurt?"}
    asked.write_text(json.dumps(own), encoding="utf-8")
    text = study.text()
    assert "gave one of the answers that count to “How often were you hurt?”" in text and "?:" not in text
    labels = {"hurt": {0: "Never", 1: "Often"}}
    pyreadstat.write_sav(frame(), str(study.root / "data" / "made.sav"), variable_value_labels=labels)
    params = study.root / "params" / "made.yaml"
    params.write_text(params.read_text(encoding="utf-8").replace("made.csv", "made.sav"), encoding="utf-8")
    assert "answered “Often” to “How often were you hurt?”" in study.text()


@pytest.mark.parametrize(("rows", "is_told"), [(4, False), (5, True)])  # min_cell is 5
def test_an_answer_in_words_that_few_gave_is_named_nowhere(study: Study, rows: int, is_told: bool) -> None:
    """What stands in a column of plain texts may be what a child has typed."""
    write(study, column="said", yes=["Often", "My uncle"], no=["Never"])
    asked = study.root / "params" / "indicators" / "own.yaml"
    own = json.loads(asked.read_text(encoding="utf-8"))
    own["ESP-01"].pop("says")
    asked.write_text(json.dumps(own | {"ESP-01": own["ESP-01"] | {"sensitivity": 0}}), encoding="utf-8")
    said = frame()["hurt"].map({0: "Never", 1: "Often"})
    said[said[said == "Often"].index[:rows]] = "My uncle"
    frame().assign(said=said).to_csv(study.root / "data" / "made.csv", index=False)
    assert ("uncle" in study.text()) is is_told


def test_nothing_else_is_compared_where_one_indicator_is_asked_for(study: Study) -> None:
    write(study)
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    assert book.compare("RSK-01", by="gender").frame.empty
    assert len(book.compare("RSK-01", by="gender", rest=True).frame) == 2


def test_check_notes_interviews_that_are_elsewhere(study: Study) -> None:
    study.params("talks", data={"interviews": {"kind": "project", "path": "gone.qdpx"}})
    (note,) = [p for p in check_project(study.root, ["talks"]) if p["where"].startswith("params/talks")]
    assert note["note"] and "Interview data not found" in note["what"]


def mapped(study: Study, *, columns: dict[str, list[str]] | None = None, **more: Any) -> str:
    """What the report says of the survey with a core indicator beside its own questions, and other facts."""
    write(study)
    path = study.root / "params" / "instruments" / "own.yaml"
    tool = json.loads(path.read_text(encoding="utf-8"))
    online = {
        "title": "Uses it",
        "numerator": "Says so",
        "question": "Do you use it?",
        "ages": AGES,
        "period": "",
    }
    tool["indicators"]["ACC-01@own"] = {"column": "name", "yes": ["yes"], "no": ["no"], "variant": online}
    path.write_text(json.dumps(tool | more), encoding="utf-8")
    if columns:
        frame().assign(**columns).to_csv(study.root / "data" / "made.csv", index=False)
    return study.text()


def test_own_questions_are_compared_beside_core_ones_in_a_family_of_their_own(study: Study) -> None:
    text, hurt = mapped(study), frame()["hurt"].groupby(frame()["sex"]).mean()
    said = f"{MORE} were hurt online: {100 * hurt['female']:.0f}% against"
    assert f"FINDING {said} {100 * hurt['male']:.0f}%" in text  # a lead; 2 own questions by 2 groups make 4
    assert "a family of their own: the 95% intervals of their 4 differences hold together" in text
    assert "hold for all 2 declared comparisons together" in text
    assert "Differences, gender: Girls and young women − Boys and young men: shown in 1 of 3" in text
    assert "Further declared comparisons, none of which shows a difference: 1." in text


def test_girls_and_boys_do_not_answer_where_their_parents_do(study: Study) -> None:
    text = mapped(study, respondents="parents")
    assert "A larger share of parents of girls than of parents of boys were hurt online" in text
    assert not re.search("(share of|between) girls", text)


def test_who_chose_to_answer_and_who_is_of_one_group_is_told_with_the_findings(study: Study) -> None:
    text = mapped(study, kind="opt-in", columns={"sex": ["female"] * len(frame())})
    assert "FINDING A survey of those who chose to answer." in text
    assert "FINDING All answers are of one group (Gender: Girls and young women)." in text


def test_a_code_of_the_whole_file_is_no_answer_that_every_question_had(study: Study) -> None:
    """`missing` of the file names it for all; only where somebody gave it is it told to have been there."""
    text = mapped(study, missing={"pnts": ["9"]}, columns={"hurt": [9, *frame()["hurt"][1:]]})
    assert "prefer not to say is an answer to 1 of 3 questions" in text


def test_who_was_not_asked_is_in_no_base(study: Study) -> None:
    """A mapping without a base whose file holds "not asked" is of those who were asked."""
    text = mapped(study, missing={"not_asked": ["8"]}, columns={"hurt": [8] * 300 + [*frame()["hurt"][300:]]})
    assert "respondents who were asked this question, ages 12 to 21" in text
    assert "Do you show your name? (respondents, ages 12 to 21)" in text


def test_what_a_mapping_leaves_out_is_not_said_to_be_missing_from_the_questionnaire(study: Study) -> None:
    """Nobody knows what else the pupils were asked."""
    write(study)
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    rows = book.not_measured().frame
    assert set(rows["Reason"]) == {"not in the file as it is mapped"} and "Risks" in set(rows["Section"])


def test_an_article_counts_the_studies_on_its_topics_and_names_them(study: Study) -> None:
    """A study of access says nothing of children's health (article 24); a desk review asks nobody."""
    one = {"id": "s1", "citation": "A survey, 2014", "year": 2014, "population": "children", "ages": [9, 16]}
    one |= {
        "sampling": "probability",
        "measured": ["access", "risks"],
        "basis": "press",
        "read_on": dt.date(2026, 10, 1),
    }
    study.registers(sources=[one])
    text = study.text(phase="exploratory")
    assert "studies in the register on access, risks: 1" in text and "register on risks: 1" in text
    assert "Nobody was asked in this phase: it reads what others have published." in text
