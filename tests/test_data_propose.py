"""A new country from its file: guesses that a person confirms, and nothing in force before."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from digicit_lib.codebook import instrument
from digicit_lib.data import open_survey
from digicit_lib.data.propose import Proposal, propose
from digicit_lib.params import load_params
from digicit_lib.safe import load_yaml

ROWS = pd.DataFrame(
    {"wt": [1.0, 2, 1, 1], "sehir": [1.0, 2, 1, 2], "s1": [1.0, 2, 1, 9], "s2": [1.0, 3, 5, 5],
     "s3": [9.0, 9, 15, 15]}
)  # fmt: skip
LABELS = [
    "Agirlik", "Yerlesim yeri", "Evinizde internet bağlantısı var mı?", "Çevrim içi\n: indicators: {evil: 1}",
    "Kaç yaşındasınız?",
]  # fmt: skip
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
    """Every guess confirmed, as a person would do it line by line."""
    text = re.sub(r"^design: \{\}  # guess, confirm: ", "design: ", text, flags=re.M)
    return re.sub(r"^(  )?# (age|\w+: \{|[A-Z]{3}-\S+:|  )", r"\1\2", text, flags=re.M)


def test_nothing_is_in_force_before_a_person_confirms_it(file: Path) -> None:
    made = proposal(file)
    data, _ = load_yaml(made.instrument)
    assert not data["indicators"] and not data["breakdowns"] and not data["design"]
    assert set(made.guesses) >= {"ACC-04", "weight", "residence"}


def test_labels_in_turkish_are_understood(file: Path) -> None:
    made = proposal(file)
    assert (made.guesses["ACC-04"], made.guesses["residence"]) == ("s1", "sehir")
    data, _ = load_yaml(confirmed(made.instrument))
    mapping = data["indicators"]["ACC-04@mine"]
    assert (mapping["yes"], mapping["no"], mapping["missing"]) == ([1], [2], {"pnts": [9]})
    assert data["breakdowns"]["residence"]["levels"] == {"kent": [1], "kir": [2]}


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
        ("pisa_turkey_2018_2012/pisa_tur_2018_turkish_labels.sav",
         {"ACC-04": "OLANAK_INTERNET", "ACC-10": "IC004Q01HA", "OPP-03": "IC008Q09TA", "MED-07": "ST158Q07HA",
          "gender": "CINSIYET", "weight": "W_FSTUWT", "strata": "OKUL_TUR", "psu": "OKULID"}),
        ("ess10_ukraine_2022/ESS10UAe4.sav",
         {"ACC-02": "netusoft", "ACC-11": "netustm", "gender": "gndr", "age": "agea", "strata": "stratum",
          "weight": "pspwght", "psu": "psu", "residence": "domicil"}),
        ("yrbs_2017_2019_2021/yrbs2019.sav",
         {"RSK-01": "Q24", "age": "Q1", "gender": "Q2", "weight": "weight", "psu": "psu"}),
    ],
)  # fmt: skip
def test_real_files_are_guessed_right(shared: Path, name: str, expected: dict[str, str]) -> None:
    guesses = proposal(shared / "data" / name).guesses
    assert {key: guesses.get(key) for key in expected} == expected


def test_the_proposal_is_an_instrument(file: Path, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(proposal(file).instrument, encoding="utf-8")
    assert instrument(str(tmp_path / "x.yaml")).indicators == {}
