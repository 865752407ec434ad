"""Questionnaires beside a file of codes: every format gives the same labels, answers and bases."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib.data.files import header
from digicit_lib.data.propose import propose
from digicit_lib.data.questionnaires import label_columns, questions
from digicit_lib.errors import DataError

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
