"""Files of other programs: what stands in their cells, names and rows, as a newcomer gives them to `new`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from digicit_lib.codebook import catalogue, instrument
from digicit_lib.data import Respondents, open_survey
from digicit_lib.data.files import aliases, header
from digicit_lib.data.propose import Proposal, propose
from digicit_lib.data.recognise import instrument_columns
from digicit_lib.errors import DataError
from digicit_lib.params import load_params

ASKED, YES_NO = catalogue()["RSK-01"].question, ("Yes", "No")


def proposal(path: Path) -> Proposal:
    return propose(path, slug="mine", country="TUR", date=dt.date(2026, 1, 1))


def repeated(tmp_path: Path, columns: dict[str, list[object]], rows: int = 60) -> Proposal:
    """The proposal for a CSV of these columns, their values again and again."""
    frame = pd.DataFrame({name: [told[i % len(told)] for i in range(rows)] for name, told in columns.items()})
    frame.to_csv(tmp_path / "x.csv", index=False)
    return proposal(tmp_path / "x.csv")


def opened(made: Proposal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Respondents:
    """The survey of a proposal as it stands, opened as a run opens it."""
    (folder / "params" / "instruments").mkdir(parents=True, exist_ok=True)
    made.write(folder, overwrite=True)
    monkeypatch.setenv("DIGICIT_DATA", str(folder))
    return open_survey(load_params("mine", folder), folder)


@pytest.mark.parametrize("code", [99, 998, -9, "-", "#NULL!", "NaN"])
def test_what_is_no_age_is_no_answer(code: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = repeated(tmp_path, {"Age": [9, 11, 13, 15, code], ASKED: ["Yes", "No"]})
    assert made.roles["age"].told == {"ages": [9, 15], "missing": {"blank": [str(code)]}}
    survey = opened(made, tmp_path, monkeypatch)
    assert survey.frame["age"].isna().sum() == 12 and survey.frame["age"].max() == 15


def test_old_people_are_no_codes(tmp_path: Path) -> None:
    assert "missing" not in repeated(tmp_path, {"Age": [18, 40, 60, 99]}).roles["age"].told


def test_a_row_of_totals_makes_the_age_a_doubtful_guess_that_says_so(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Age": [*range(9, 18)] * 10 + ["PLANTED7731"]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    age = proposal(tmp_path / "x.csv").roles["age"]
    assert not age.certain and "1 rows hold words" in age.reason and "PLANTED" not in age.reason


def test_ages_that_the_file_declares_missing_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.sav"
    frame = pd.DataFrame({"v1": [9.0, 12, 15, 998] * 15, "v2": [1.0, 2] * 30})
    spans = {"v1": [{"lo": 997, "hi": 999}]}
    labels, answers = ["Age of child", ASKED], {"v2": {1.0: "Yes", 2.0: "No"}}
    pyreadstat.write_sav(
        frame, str(path), column_labels=labels, variable_value_labels=answers, missing_ranges=spans
    )
    made = proposal(path)
    assert made.roles["age"].told == {"ages": [9, 15]} and made.roles["age"].certain
    assert opened(made, tmp_path, monkeypatch).frame["age"].isna().sum() == 15


def test_answers_and_questions_in_html_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["<p>Yes</p>", "<p>No</p>", "<em>I prefer not to&nbsp;say</em>"]
    made = repeated(tmp_path, {"Age": [12, 14, 16], f"<strong>{ASKED}</strong>": answers})
    draft = made.draft("RSK-01")
    assert (draft.yes, draft.no, draft.lost) == (answers[:1], answers[1:2], {"pnts": answers[2:]})
    row = opened(made, tmp_path, monkeypatch).status.loc["RSK-01@mine"]
    assert row["valid_n"] == 40 and row["pnts_share"] == pytest.approx(1 / 3)


def test_a_slash_between_words_is_no_path(tmp_path: Path) -> None:
    made = repeated(tmp_path, {"Are you a boy/girl?": ["Boy", "Girl"]})
    assert set(made.certain) == {"gender"}


@pytest.mark.parametrize("tick", ["Yes", "Phone", 1])
def test_an_option_that_is_ticked_or_empty_is_offered(
    tick: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = repeated(tmp_path, {"Age": [12, 14, 16], "Which do you use? [Phone]": [tick, "", ""]})
    assert (made.draft("TUR-01").yes, made.draft("TUR-01").no) == ([str(tick)], [])
    survey = opened(made.take("TUR-01"), tmp_path, monkeypatch)
    assert (
        survey.frame["TUR-01"].mean() == pytest.approx(1 / 3) and survey.status.loc["TUR-01", "valid_n"] == 60
    )


def test_one_answer_of_one_person_is_no_option(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Age": [12, 14, 16] * 20, "What else do you use?": ["PLANTED7731", *[""] * 59]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    made = proposal(tmp_path / "x.csv")
    assert not made.drafts and "PLANTED" not in made.instrument


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_of_delimiters_alone_are_no_respondents(
    delimiter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        f"{9 + i % 9}{delimiter}{1 + i % 4 / 4}{delimiter}{i // 12}{delimiter}{YES_NO[i % 2]}"
        for i in range(120)
    ]
    empty = [delimiter * 3, f" {delimiter} {delimiter}{delimiter}"] * 10
    text = "\n".join(
        [delimiter.join(("Age", "Weight", "PSU", f'"{ASKED}"')), *rows[:60], *empty, *rows[60:], *empty]
    )
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    made = proposal(tmp_path / "x.csv")
    assert set(made.certain) == {"age", "weight", "psu", "RSK-01@mine"}
    assert len(opened(made, tmp_path, monkeypatch).frame) == 120


@pytest.mark.parametrize(
    ("born", "day"),
    [
        ("Рік народження", "Рік опитування"),
        ("Год рождения", "Год опроса"),
        ("Doğum yılı", "Görüşme yılı"),
        ("Year of birth", "Year of interview"),
    ],
)
def test_the_year_of_a_survey_is_known_by_its_name(born: str, day: str, tmp_path: Path) -> None:
    made = repeated(tmp_path, {born: [2012, 2014, 2016], day: [2026]})
    assert made.roles["age"].told == {"born": born, "interviewed": day, "ages": [10, 14]}


def test_hbsc_is_read_as_its_open_file_is_laid_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Layout and codes as github.com/wguillioli/HBSC reads the file (scripts/hbsc_eda.py); rows are made up,
    # answers by hand: 99 is a skip, a space no answer; five yes and four blanks tell neither.
    from test_data import params

    head = ["HBSC", "seqno_int", "cluster", "countryno", "weight", "age", "sex", "lifesat"]
    head += ["cbulliedothers", "cbeenbullied", "IRRELFAS_LMH"]
    head += [f"emcsocmed{i}" for i in range(1, 10)]
    rows = [
        ["2018", "1", "10", "804000", "1,5", "11,58", "1", "9", "1", "1", "1", *["1"] * 9],
        ["2018", "2", "10", "804000", "0,5", "13,42", "2", "4", "2", "2", "2", *["2"] * 6, *["1"] * 3],
        ["2018", "3", "11", "804000", "1", "15,5", "2", "0", "1", "5", "3", *["99"] * 9],
        ["2018", "4", "11", "804000", "1", "15,92", "1", " ", " ", "1", " ", *["2"] * 5, *["1"] * 4],
        ["2018", "5", "12", "804000", "1", "12,99", "2", "10", "1", " ", "2", *["2"] * 5, *[" "] * 4],
        ["2018", "6", "13", "643000", "1", "13,5", "2", "1", "3", "3", "2", *["2"] * 9],
    ]
    (tmp_path / "HBSC2018OAed1.1.csv").write_text("\n".join(";".join(row) for row in [head, *rows]) + "\n")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    file = {"name": "HBSC2018OAed1.1.csv", "delimiter": ";", "decimal": ","}
    source = {
        "kind": "microdata",
        "instrument": "hbsc2018",
        "files": [file],
        "filter": {"countryno": [804000]},
    }
    survey = open_survey(params(source, population={"ages": (10, 17), "base": "students"}), tmp_path)
    assert list(survey.frame["RSK-01@hbsc"].fillna(-1)) == [0, 1, 1, 0, -1]
    assert list(survey.frame["RSK-03@hbsc"].fillna(-1)) == [0, 1, 0, -1, 0]
    assert list(survey.frame["EXC-02@hbsc"].fillna(-1)) == [0, 1, -1, 0, -1]
    assert list(survey.frame["WEL-01@hbsc"].fillna(-1)) == [9, 4, 0, -1, 10]
    assert list(survey.frame["gender"]) == ["boy", "girl", "girl", "boy", "girl"]
    assert list(survey.frame["age_group"].astype(str)) == ["10-12", "13-14", "15-17", "15-17", "10-12"]
    assert (survey.design["weight"], survey.design["psu"]) == ("weight", "cluster")


def test_icils_ratings_count_from_moderately_well_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes as the scripts that the instrument cites read them; rows are made up, counted by hand."""
    from test_data import params

    weights = {f"SRWGT{i}": [2.0, 0.0, 1.0, 1.0, 1.0] for i in range(1, 76)}
    ratings = {"IS3G24J": [1, 2, 3, 4, 8], "IS3G24E": [4, 1, 9, 2, 3]}
    frame = pd.DataFrame({"CNTRY": "KAZ", "IDSCHOOL": range(5), "IDSTUD": range(5), "S_AGE": 14.2, **ratings})
    frame = frame.assign(S_SEX=[1, 0, 1, 0, 1], TOTWGTS=1.0, **weights)
    frame.to_csv(tmp_path / "bsgkazi3.csv", index=False)
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    source = {"kind": "microdata", "instrument": "icils2023", "files": [{"name": "bsgkazi3.csv"}]}
    survey = open_survey(params(source, population={"ages": (12, 17), "base": "students"}), tmp_path)
    assert list(survey.frame["SKL-01@icils"].fillna(-1)) == [1, 1, 0, 0, -1]
    assert list(survey.frame["SKL-02@icils"].fillna(-1)) == [0, 1, -1, 1, 0]
    assert list(survey.frame["gender"]) == ["girl", "boy", "girl", "boy", "girl"]
    assert survey.design["replicates"] == {"method": "JK2", "weights": "SRWGT{1..75}"}


def test_small_letters_hide_no_instrument(tmp_path: Path) -> None:
    """Files that passed through Stata: the instrument is named, and its columns are found at opening."""
    columns = instrument_columns(instrument("timss2019"))
    frame = pd.DataFrame({name.lower(): [1.0, 2.0] for name in columns})
    pyreadstat.write_dta(frame, str(tmp_path / "bsgturm7.dta"))
    made = proposal(tmp_path / "bsgturm7.dta")
    assert made.tools[0] == "timss2019"
    assert set(aliases(columns, list(frame)).values()) == {name for name in columns if name != name.lower()}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a.zip", "unpack"),
        ("a.csv.gz", "unpack"),
        ("a.xls", "xlsx"),
        ("a.rds", "write_sav"),
        ("a.json", "csv"),
    ],
)
def test_a_foreign_format_says_what_to_do(name: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match="Unknown file format") as error:
        proposal(tmp_path / name)
    assert hint in str(error.value.next)


def test_a_study_without_a_mapped_question_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="No indicator is mapped"):
        opened(repeated(tmp_path, {"Age": [9, 12, 15]}), tmp_path, monkeypatch)


def test_a_csv_of_six_thousand_questions_is_read(tmp_path: Path) -> None:
    """Under a wrong delimiter its header is one cell, longer than the 128 KiB that `csv` allows."""
    asked = [f"How often did you do the thing of number {i} in the past month?" for i in range(6000)]
    row = ";".join(["1"] * 6000)
    (tmp_path / "x.csv").write_text("\n".join([";".join(asked), *[row] * 20]), encoding="utf-8")
    assert header(tmp_path / "x.csv").frame.shape[1] == 6000
