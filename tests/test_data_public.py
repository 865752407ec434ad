"""Real public files through their instruments, against R survey and the publishers' own tables."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from digicit_lib.codebook import instrument
from digicit_lib.data import Respondents, open_survey
from digicit_lib.data.files import read_columns
from digicit_lib.data.mapping import Mapper
from digicit_lib.data.quality import quality_table
from digicit_lib.errors import DataError
from digicit_lib.params import load_params
from digicit_lib.workbook.study_facts import ethics


@pytest.fixture(autouse=True)
def folder(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIGICIT_DATA", str(shared / "data"))
    return shared / "data"


def example(name: str) -> Respondents:
    return open_survey(load_params(f"params/examples/{name}.yaml", ROOT), ROOT)


def share(survey: Respondents, name: str, rows: pd.Series | None = None) -> float:
    values = survey.frame[name] if rows is None else survey.frame.loc[rows, name]
    weights = survey.frame.loc[values.index, survey.design["weight"]]
    valid = values.notna()
    return float(np.average(values[valid], weights=weights[valid]))


def expected(path: Path, **where: str) -> dict[str, str]:
    with path.open(encoding="utf-8") as stream:
        (row,) = [r for r in csv.DictReader(stream) if all(r[key] == value for key, value in where.items())]
    return row


def test_electronic_bullying_equals_the_published_share() -> None:
    survey = example("usa_yrbs2021")
    # CDC's 2021 codebook table, QN24: 15.9 %, 17,032 students answered.
    assert round(100 * share(survey, "RSK-01@yrbs"), 1) == 15.9
    assert survey.status.loc["RSK-01@yrbs", "valid_n"] == 17_032
    assert round(100 * share(survey, "ACC-11@yrbs_screen"), 1) == 75.9


@pytest.mark.parametrize(("domain", "level"), [("female", "girl"), ("male", "boy")])
def test_electronic_bullying_by_sex_equals_r(folder: Path, domain: str, level: str) -> None:
    survey = example("usa_yrbs2021")
    path = folder / "yrbs_2017_2019_2021" / "expected_r_survey.csv"  # r-cran-survey 4.1
    row = expected(path, dataset="yrbs2021", variable="qn24", domain=domain)
    assert share(survey, "RSK-01@yrbs", survey.frame["gender"] == level) == pytest.approx(
        float(row["estimate"])
    )


@pytest.mark.parametrize("year", ["2017", "2019"])
def test_earlier_waves_of_yrbs_equal_r(folder: Path, year: str) -> None:
    file = folder / "yrbs_2017_2019_2021" / f"yrbs{year}.parquet"
    raw, tool = read_columns(file, ["QN24", "Q1", "weight"]), instrument(f"yrbs{year}")
    values = Mapper(raw, tool).indicator("RSK-01@yrbs").value
    valid = ~np.isnan(values)
    row = expected(
        file.with_name("expected_r_survey.csv"), dataset=f"yrbs{year}", variable="qn24", domain="all"
    )
    found = np.average(values[valid], weights=raw.frame["weight"][valid])
    assert found == pytest.approx(float(row["estimate"])) and valid.sum() == int(row["n_unweighted"])


def test_the_publishers_spss_file_and_the_converted_one_give_the_same(folder: Path) -> None:
    tool = instrument("yrbs2019")
    columns = ["Q1", "QN24", "QN80"]
    sides = [
        Mapper(read_columns(folder / "yrbs_2017_2019_2021" / f"yrbs2019{suffix}", columns), tool)
        for suffix in (".sav", ".parquet")
    ]
    for name in tool.indicators:
        one, other = (side.indicator(name).value for side in sides)
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(*(side.age for side in sides))


@pytest.mark.parametrize(
    ("name", "variable"),
    [("ACC-04@pisa", "ST011Q06TA"), ("OPP-15@pisa", "IC008Q05TA"), ("MED-07@pisa", "ST158Q07HA")],
)
def test_pisa_2018_shares_equal_r(folder: Path, name: str, variable: str) -> None:
    survey = example("turkey_pisa2018")
    path = folder / "pisa_turkey_2018_2012" / "expected_r_survey_brr.csv"
    row = expected(path, variable=variable, domain="all")
    assert survey.status.loc[name, "valid_n"] == int(row["n_unweighted"])
    if variable != "IC008Q05TA":  # the reference counts "almost every day", this instrument weekly use
        assert share(survey, name) == pytest.approx(float(row["estimate"]))
    assert len([c for c in survey.frame if str(c).startswith("W_FSTURWT")]) == 80


def test_pisa_2018_gives_the_same_from_spss(folder: Path) -> None:
    tool = instrument("pisa2018").model_copy(update={"age": None})
    files = [folder / "pisa_turkey_2018_2012" / f"pisa_tur_2018{end}" for end in (".parquet", "_ict.sav")]
    for name, column in (("ACC-04@pisa", "ST011Q06TA"), ("ACC-11@pisa", "IC006Q01TA")):
        one, other = (Mapper(read_columns(file, [column]), tool).indicator(name).value for file in files)
        np.testing.assert_array_equal(one, other)


def test_pisa_2012_reads_the_text_codes_of_its_time_bands() -> None:
    survey = example("turkey_pisa2012")
    assert survey.status.loc["ACC-11@pisa", ["asked_n", "valid_n"]].tolist() == [4835, 4714]
    assert survey.gaps.keys() == {"age_group", "residence", "disability"}


def test_internet_at_home_rose_from_pisa_2012_to_2018() -> None:
    # CONTENT-2026 and the files: 57.3 % of students in 2012, 76.6 % in 2018.
    then, now = (example(f"turkey_pisa{year}") for year in (2012, 2018))
    assert round(100 * share(then, "ACC-04@pisa"), 1) == 57.3
    assert round(100 * share(now, "ACC-04@pisa"), 1) == 76.6


def test_pisa_2003_cuts_russia_out_and_finds_it_offline() -> None:
    survey = example("russia_pisa2003")
    assert len(survey.frame) == 5974
    # Counted in the file: 5,041 of 5,974 Russian students (84 %, unweighted) had no internet at home.
    assert (survey.frame["ACC-04@pisa"] == 0).sum() == 5041
    assert survey.status.loc["MED-01", "reason"] == "not measured in this survey"


@pytest.mark.parametrize(("domain", "level"), [("all", None), ("age15_24", "15-24")])
def test_ess_daily_use_equals_r(folder: Path, domain: str, level: str | None) -> None:
    survey = example("ukraine_ess2022")
    rows = None if level is None else survey.frame["age_group"] == level
    path = folder / "ess10_ukraine_2022" / "expected_r_survey.csv"
    row = expected(path, variable="netusoft_daily", domain=domain)
    assert share(survey, "ACC-03@ess", rows) == pytest.approx(float(row["estimate"]))


def test_ess_time_is_asked_of_frequent_users_and_refusals_are_no_places() -> None:
    survey = example("ukraine_ess2022")
    asked = survey.status.loc["ACC-11@ess"]
    assert (asked["base_n"], asked["valid_n"]) == (1110, 1086)
    # 38 of 1,531 refused or did not know where they can use the internet.
    assert survey.status.loc["ACC-04@ess", "valid_n"] == 1531 - 38


def test_a_study_of_young_people_has_no_line_on_children() -> None:
    params = load_params("params/examples/ukraine_ess2022.yaml", ROOT)
    items = {item.item for item in ethics(params, survey=example("ukraine_ess2022"))}
    assert "Consent and assent" in items
    assert "Part of children in the study" not in items


def test_russia_says_that_no_newer_file_was_at_hand() -> None:
    params = load_params("params/examples/russia_pisa2003.yaml", ROOT)
    assert "no public file newer than 2003 was at hand" in params.study.coverage


def test_examples_accept_the_tested_copies_and_warn_about_no_hash() -> None:
    for name in ("turkey_pisa2018", "turkey_pisa2012", "ukraine_ess2022", "russia_pisa2003", "usa_yrbs2021"):
        survey = example(name)
        (file,) = survey.files
        assert len(file["sha256"]) == len(hashlib.sha256().hexdigest()) and file["rows"] > 0
        assert not [warning for warning in survey.warnings if "sha256" in warning]
        assert not quality_table(survey).empty


MICS = {
    "WM17": [1, 1, 1, 2],
    "HH1": [1, 1, 2, 2],
    "HH2": [1, 2, 1, 2],
    "LN": [1, 1, 1, 1],
    "WB4": [15, 20, 40, 30],
    "wmweight": [1.0, 2.0, 1.0, np.nan],
    "stratum": [1, 1, 1, 1],
    "PSU": [1, 1, 2, 2],
    "HH6": [1, 2, 1, 1],
    "windex5": [1, 3, 5, 5],
    "MT5": [3, 9, np.nan, 0],
    "MT10": [1, 0, np.nan, 0],
    "MT11": [1, 2, 9, 1],
    "MT12": [3, 0, 2, 0],
    "MT6A": [1, 2, np.nan, 1],
    **{f"MT6{letter}": [2, 9, np.nan, 1] for letter in "BCDEFGHI"},
}


def test_mics_shares_follow_the_published_tabulation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By hand from the rules of tables SR.9.3W and SR.9.4W: incomplete interviews out, every non-yes is a no.
    from test_data import params

    pd.DataFrame(MICS).to_parquet(tmp_path / "wm.parquet")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    source = {"kind": "microdata", "instrument": "mics6", "files": [{"name": "wm.parquet"}]}
    survey = open_survey(params(source, population={"ages": (15, 49), "base": "women"}), tmp_path)
    shares = {"ACC-01@mics": 0.25, "ACC-02@mics": 0.0, "ACC-05@mics": 0.25, "SKL-04@mics": 0.25}
    assert {name: share(survey, name) for name in shares} == shares
    assert share(survey, "ACC-06@mics_computer") == 0.25 and share(survey, "ACC-06@mics_phone") == 0.5
    assert survey.status["valid_n"].max() == 3


def test_groups_by_origin_are_made_only_when_the_study_names_them() -> None:
    plain = load_params("params/examples/turkey_pisa2018.yaml", ROOT)
    assert "home_language" not in open_survey(plain, ROOT).breakdowns
    asked = plain.analysis.model_copy(update={"breakdowns": ("home_language",)})
    named = open_survey(plain.model_copy(update={"analysis": asked}), ROOT)
    assert named.breakdowns["home_language"] == ("test_language", "other_language")


def test_the_waves_of_pisa_are_drawn_with_the_levels_of_their_files() -> None:
    # CONTENT-2026 and the files: 57.3 % of students in 2012, 76.6 % in 2018.
    from digicit_lib.workbook.door import Workbook

    file = "params/examples/turkey_pisa2018.yaml"
    wb: Any = Workbook.open("turkey_pisa2018", "quantitative", params_file=file, root=ROOT)
    try:
        levels = wb.change(levels=True)
    except DataError:
        pytest.skip("the files of PISA 2012 and 2018 are not below $DIGICIT_DATA")
    home = levels.frame[levels.frame["indicator"] == "ACC-04@pisa"]
    assert home["period"].tolist() == ["2012", "2018"] and levels.figure == "slope"
    assert [round(100 * x, 1) for x in home["estimate"]] == [57.3, 76.6]
    assert home["definition_sha"].nunique() == 1
    # instruments/pisa2018.yaml: the index of resources holds the internet at home, not what students upload.
    notes = [note for note in wb.compare("ACC-04", "OPP-11", by="ses").notes if "by construction" in note]
    assert len(notes) == 1 and notes[0].startswith("Internet at home: ")
