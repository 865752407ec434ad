"""Questionnaires beside a file of codes: every format gives the same labels, answers and bases."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib.codebook import catalogue
from digicit_lib.data.files import header
from digicit_lib.data.propose import propose
from digicit_lib.data.questionnaires import Skip, _condition, label_columns, questions
from digicit_lib.errors import DataError
from digicit_lib.language import translate

ASKED = {
    "q1": ("Do you have a mobile phone of your own?", {"1": "Yes", "2": "No"}),
    "q2": ("How often do you go online?", {"1": "Never", "2": "Daily"}),
}


def xlsform(path: Path) -> None:
    survey = [
        ["type", "name", "label::English (en)", "label::Türkçe (tr)", "relevant"],
        ["begin_group", "g", "", "", ""],
        ["select_one yn", "q1", ASKED["q1"][0], "Telefonun var mı?", ""],
        ["select_one f", "q2", ASKED["q2"][0], "Ne sıklıkla?", "${age} > 8 and ${q1} = '1'"],
        ["select_multiple m", "q3", "What keeps you?", "Ne engelliyor?", ""],
    ]
    choices = [
        ["list_name", "name", "label::English (en)"],
        ["yn", "1", "Yes"],
        ["yn", "2", "No"],
        ["f", "1", "Never"],
        ["f", "2", "Daily"],
        ["m", "cost", "Too dear"],
    ]
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, rows in (("survey", survey), ("choices", choices)):
            pd.DataFrame(rows).to_excel(book, sheet_name=name, index=False, header=False)


def limesurvey(path: Path) -> None:
    asked = "".join(
        f"<row><qid>{i}</qid><parent_qid>0</parent_qid><title>{q}</title><type>L</type></row>"
        for i, q in enumerate(ASKED, 1)
    )
    texts = "".join(
        f"<row><qid>{i}</qid><question><![CDATA[<p>{text}</p>]]></question></row>"
        for i, (text, _) in enumerate(ASKED.values(), 1)
    )
    pairs = [(i, c, t) for i, (_, answers) in enumerate(ASKED.values(), 1) for c, t in answers.items()]
    codes = "".join(
        f"<row><aid>{n}</aid><qid>{i}</qid><code>{c}</code></row>" for n, (i, c, _) in enumerate(pairs)
    )
    said = "".join(f"<row><aid>{n}</aid><answer>{t}</answer></row>" for n, (_, _, t) in enumerate(pairs))
    tables = {"questions": asked, "question_l10ns": texts, "answers": codes, "answer_l10ns": said}
    body = "".join(f"<{name}><rows>{rows}</rows></{name}>" for name, rows in tables.items())
    path.write_text(f"<document>{body}</document>", encoding="utf-8")


def qualtrics(path: Path) -> None:
    elements = [
        {
            "Element": "SQ",
            "Payload": {
                "DataExportTag": name,
                "QuestionText": f"<b>{text}</b>",
                "QuestionType": "MC",
                "Selector": "SAVR",
                "Choices": {str(i): {"Display": label} for i, label in enumerate(answers.values(), 4)},
                "RecodeValues": {str(i): code for i, code in enumerate(answers, 4)},
            },
        }
        for name, (text, answers) in ASKED.items()
    ]
    path.write_text(
        json.dumps({"SurveyElements": [{"Element": "BL", "Payload": []}, *elements]}), encoding="utf-8"
    )


def ddi(path: Path) -> None:
    told = "".join(
        f'<var name="{name}"><labl>{name}</labl><qstn><qstnLit>{text}</qstnLit></qstn>'
        + "".join(f"<catgry><catValu>{c}</catValu><labl>{t}</labl></catgry>" for c, t in answers.items())
        + "</var>"
        for name, (text, answers) in ASKED.items()
    )
    text = f'<codeBook xmlns="ddi:codebook:2_5"><dataDscr>{told}</dataDscr></codeBook>'
    path.write_text(text, encoding="utf-8")


def two_columns(path: Path) -> None:
    rows = [
        [n, text, "; ".join(f"{c} = {t}" for c, t in answers.items())] for n, (text, answers) in ASKED.items()
    ]
    pd.DataFrame(rows, columns=["name", "label", "answers"]).to_csv(path, index=False)


WRITERS = {".xlsx": xlsform, ".lss": limesurvey, ".qsf": qualtrics, ".xml": ddi, ".csv": two_columns}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_questions(suffix: str, tmp_path: Path) -> None:
    WRITERS[suffix](tmp_path / f"form{suffix}")
    asked = {q.name: (q.text, q.answers) for q in questions(tmp_path / f"form{suffix}")}
    assert {name: asked[name] for name in ASKED} == ASKED


def test_codes_with_an_xlsform_are_proposed_as_a_labelled_file_is(tmp_path: Path) -> None:
    """Names with KoBo's groups, a multiple choice split into columns, and the skip as the base."""
    columns = {"g/q1": [1, 2] * 10, "g/q2": [1, 2] * 10, "g/q3/cost": [0, 1] * 10}
    pd.DataFrame(columns).to_csv(tmp_path / "codes.csv", index=False)
    xlsform(tmp_path / "form.xlsx")
    raw = label_columns(header(tmp_path / "codes.csv"), tmp_path / "form.xlsx")
    assert raw.labels["g/q3/cost"] == "What keeps you?: Too dear" and raw.bases == {"g/q2": ("g/q1", ("1",))}
    made = propose(
        tmp_path / "codes.csv",
        slug="x",
        country="KEN",
        date=dt.date(2026, 1, 1),
        questionnaire=tmp_path / "form.xlsx",
    )
    assert made.guesses["ACC-05"] == "g/q1" and "ACC-05@mine" in made.certain
    assert 'base: {column: "g/q1", yes: [1]}' in made.instrument


def test_a_questionnaire_of_another_file_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"other": [1]}).to_csv(tmp_path / "x.csv", index=False)
    two_columns(tmp_path / "form.csv")
    with pytest.raises(DataError, match="No question"):
        label_columns(header(tmp_path / "x.csv"), tmp_path / "form.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.lss", "<document>"),
        ("x.qsf", "[]"),
        ("x.xml", '<!DOCTYPE a [<!ENTITY b "c">]><codeBook/>'),
        ("x.docx", ""),
    ],
)
def test_a_file_that_is_no_questionnaire_is_refused_in_one_message(
    name: str, content: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="questionnaire"):
        questions(tmp_path / name)


@pytest.mark.parametrize(
    ("when", "base"),
    [
        ("${a1} = '1'", Skip("a1", ("1",))),
        ('${a1} = "1" and ${age} >= 9', Skip("a1", ("1",))),
        ("selected(${A1}, 'yes')", Skip("a1", ("yes",))),
        ("not(selected(${a1}, 'yes'))", Skip("a1", ("yes",), but=True)),
        ("${a1} != 'never' and ${a1} != 'dk'", Skip("a1", ("never", "dk"), but=True)),
        ("${a1} = '1' or selected(${a1}, '2')", Skip("a1", ("1", "2"))),
        ("${a1} = '1' or ${a2} = '1'", None),
        ("${a1} = '1' and (${a2} = '1' or ${a2} = '2')", None),
        ("not(${a1} = '1')", None),
        ("not(selected(${a1}, '1') and selected(${a2}, '2'))", None),
        ("${a1} = '1' or ${age} >= 12", None),
        ("is_empty(a2.NAOK) or a1.NAOK == 1", None),
        ("${age} >= 12", None),
        ("count-selected(${a1}) > 1", None),
        ('((a1.NAOK == "A1"))', Skip("a1", ("A1",))),
        ("!is_empty(a1.NAOK) && a1.NAOK == 1", Skip("a1", ("1",))),
        ('a1.NAOK != "A1"', Skip("a1", ("A1",), but=True)),
        ("1", None),
    ],
)
def test_the_answers_of_one_question_that_let_through_are_the_base(when: str, base: Skip | None) -> None:
    assert _condition(when) == base


def test_whoever_did_not_say_never_is_asked_every_option_of_a_multiple_choice(tmp_path: Path) -> None:
    """Kobo's most usual skip: a cell that stands empty there was not asked and is not missing."""
    rows = [
        ["select_one freq", "freq", "How often do you go online?", ""],
        ["select_multiple dev", "dev", "Which of these do you use to go online?", "${freq} != 'never'"],
        ["select_one yn", "own", "Is the phone your own?", "selected(${dev}, 'phone')"],
    ]
    lists = [("freq", "daily"), ("freq", "less"), ("freq", "never"), ("dev", "phone"), ("dev", "pc")]
    lists += [("yn", "1"), ("yn", "0")]
    with pd.ExcelWriter(tmp_path / "form.xlsx") as book:
        columns = ["type", "name", "label", "relevant"]
        pd.DataFrame(rows, columns=columns).to_excel(book, sheet_name="survey", index=False)
        choices = pd.DataFrame([(*pair, pair[1]) for pair in lists], columns=["list_name", "name", "label"])
        choices.to_excel(book, sheet_name="choices", index=False)
    answers = {
        "mydev/phone": [1, 1, 1],  # another question's option
        "freq": ["daily", "less", "never"],
        "dev/phone": [1, 0, ""],
        "dev/pc": [1, 0, ""],
        "own": [1, "", ""],
    }
    pd.DataFrame(answers).to_csv(tmp_path / "x.csv", index=False)
    asked = ("freq", ("daily", "less"))
    raw = label_columns(header(tmp_path / "x.csv"), tmp_path / "form.xlsx")
    assert raw.bases == {"dev/phone": asked, "dev/pc": asked, "own": ("dev/phone", ("1",))}
    facts = {"slug": "x", "country": "KEN", "date": dt.date(2026, 1, 1)}
    frame = pd.DataFrame(answers)
    frame.loc[frame.index.repeat(20)].to_csv(tmp_path / "x.csv", index=False)
    made = propose(tmp_path / "x.csv", **facts, questionnaire=tmp_path / "form.xlsx").instrument
    assert (
        'question: "Which of these do you use to go online?"' in made and "answers: [phone]" in made
    )  # nobody counts as a tick
    said = (
        "those who answered “daily” or “less” to “How often do you go online?”",
        "those who answered “phone” to “Which of these do you use to go online?”",
    )
    assert all(f'population: "{words}"' in made for words in said)


def test_limesurvey_and_qualtrics_tell_who_was_asked(tmp_path: Path) -> None:
    rows = (
        "<questions><rows><row><qid>7</qid><title>q1</title><question>Net?</question></row><row><qid>8</qid>"
        "<title>q2</title><question>How?</question><relevance>1X2X7.NAOK == 'Y'</relevance></row></rows>"
        "</questions>"
    )
    (tmp_path / "x.lss").write_text(f"<document>{rows}</document>", encoding="utf-8")
    assert {q.name: q.base for q in questions(tmp_path / "x.lss")} == {"q1": None, "q2": Skip("q1", ("Y",))}
    logic = {"0": {"0": {"Operator": "Selected", "LeftOperand": "q://QID1/SelectableChoice/4"}}}
    asked = [
        {"QuestionID": "QID1", "DataExportTag": "q1", "QuestionText": "Net?", "RecodeValues": {"4": "1"}},
        {"QuestionID": "QID2", "DataExportTag": "q2", "QuestionText": "How?", "DisplayLogic": logic},
    ]
    elements = [{"Element": "SQ", "Payload": payload} for payload in asked]
    (tmp_path / "x.qsf").write_text(json.dumps({"SurveyElements": elements}), encoding="utf-8")
    assert {q.name: q.base for q in questions(tmp_path / "x.qsf")} == {"q1": None, "q2": Skip("q1", ("1",))}


def test_a_form_speaks_its_default_language_and_a_group_says_who_was_asked(tmp_path: Path) -> None:
    """What rests on a group is of those whom the group let through, and its people are told in words."""
    survey = pd.DataFrame(
        [
            ["select_one yn", "a1", "Net?", translate(catalogue()["ACC-01"].question, "ru"), ""],
            ["begin_group", "g", "", "", "${a1} = '1'"],
            ["select_one yn", "a2", "Phone?", "Есть ли правило о телефонах?", ""],
            ["end_group", "", "", "", ""],
            ["select_one yn", "a4", "Free?", "Нравится ли тебе школа?", ""],
        ],
        columns=["type", "name", "label::English (en)", "label::Русский (ru)", "relevant"],
    )
    choices = pd.DataFrame(
        [["yn", "1", "Yes", "Да"], ["yn", "2", "No", "Нет"]],
        columns=["list_name", "name", "label::English (en)", "label::Русский (ru)"],
    )
    with pd.ExcelWriter(tmp_path / "form.xlsx") as book:
        survey.to_excel(book, sheet_name="survey", index=False)
        choices.to_excel(book, sheet_name="choices", index=False)
        pd.DataFrame({"default_language": ["Русский (ru)"]}).to_excel(
            book, sheet_name="settings", index=False
        )
    pd.DataFrame({"a1": [1, 2] * 20, "a2": [1, 2] * 20, "a4": [1, 2] * 20}).to_csv(
        tmp_path / "x.csv", index=False
    )
    form = tmp_path / "form.xlsx"
    made = propose(tmp_path / "x.csv", slug="x", country="KAZ", date=dt.date(2026, 1, 1), questionnaire=form)
    assert "languages: [ru, en]" in made.params
    base = {draft.column: (draft.base, draft.population) for draft in made.drafts}
    assert base["a2"] == (("a1", ("1",)), "children who used the internet in the last 3 months")
    assert base["a4"] == (None, "")


@pytest.mark.parametrize(
    ("suffix", "delimiter", "encoding"), [(".csv", ";", "cp1251"), (".txt", "\t", "utf-16")]
)
def test_a_sheet_of_questions_is_read_as_a_table_of_answers_is(
    suffix: str, delimiter: str, encoding: str, tmp_path: Path
) -> None:
    rows = [
        ("name", "label", "answers"),
        ("v2", "Пол ребёнка", "1=Мальчик, 2=Девочка"),
        ("v1", "Возраст", ""),
    ]
    path = tmp_path / f"q{suffix}"
    path.write_bytes("\n".join(map(delimiter.join, rows)).encode(encoding))
    sex, age = questions(path)
    assert (sex.text, sex.answers) == ("Пол ребёнка", {"1": "Мальчик", "2": "Девочка"})
    assert (age.name, age.answers) == ("v1", {})


@pytest.mark.parametrize(
    "cell", ["1 - Yes; 2 - No, never", "1. Yes\n2. No, never", "1) Yes | 2) No, never", "1=Yes,2=No, never"]
)
def test_answers_are_numbered_in_any_of_the_usual_ways(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f'name;label;answers\nq1;Do you go online?;"{cell}"\n', encoding="utf-8")
    assert questions(path)[0].answers == {"1": "Yes", "2": "No, never"}
