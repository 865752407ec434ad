"""Real files against what R or the publisher printed; skipped with the reason where the data are absent."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from digicit_lib.survey import SurveyDesign, mean, proportion, table
from digicit_lib.survey.verdicts import changes

PISA_YES = {  # the `recode` column of expected_r_survey_brr.csv
    "ST011Q06TA": lambda c: c == 1,
    "IC006Q01TA": lambda c: c >= 6,
    "IC008Q05TA": lambda c: c >= 4,
    "ST158Q07HA": lambda c: c == 1,
    "IC004Q01HA": lambda c: c <= 2,
}


def expected(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name)


def near(got: pd.Series, wanted: pd.Series, tolerance: float = 1e-8) -> None:
    np.testing.assert_allclose(got.to_numpy(float), wanted.to_numpy(float), rtol=tolerance)


@pytest.fixture(scope="module")
def pisa(shared: Path) -> SurveyDesign:
    data = pd.read_parquet(shared / "data/pisa_turkey_2018_2012/pisa_tur_2018.parquet")
    for column, yes in PISA_YES.items():
        data[column] = yes(data[column]).astype(float).where(data[column].notna())
    data["sex"] = data["ST004D01T"].map({1: "female", 2: "male"})
    replicates = {"method": "BRR", "fay": 0.5, "weights": "W_FSTURWT{1..80}"}
    return SurveyDesign(data, weight="W_FSTUWT", replicates=replicates)


def test_pisa_2018_by_brr_fay(pisa: SurveyDesign, shared: Path) -> None:
    """r-cran-survey 4.1, svrepdesign(type = "Fay", rho = 0.5, mse = TRUE): every row of the file."""
    wanted = expected(shared / "data/pisa_turkey_2018_2012", "expected_r_survey_brr.csv")
    got = table(pisa, [*PISA_YES, "ESCS", "AUTICT"], by=[(), "sex"]).assign(
        domain=lambda f: f["level"].replace("", "all")
    )
    rows = wanted.merge(got, left_on=["variable", "domain"], right_on=["indicator", "domain"])
    assert len(rows) == len(wanted) == 21
    assert (rows["n"] == rows["n_unweighted"]).all()
    near(rows["estimate_y"], rows["estimate_x"])
    near(rows["se_y"], rows["se_x"])
    # R's interval there is the normal one: estimate -/+ 1.959964 se.
    near(rows["estimate_y"] - 1.959963984540054 * rows["se_y"], rows["ci_low_x"])
    assert set(got["method"]) == {"BRR-Fay 0.5 (80), Korn-Graubard", "BRR-Fay 0.5 (80), t"}


def yrbs(folder: Path, year: int) -> SurveyDesign:
    data = pd.read_parquet(folder / f"yrbs{year}.parquet")
    data.columns = [c.lower() for c in data.columns]
    for column in ("qn23", "qn24", "qn25"):
        data[column] = data[column].map({1: 1.0, 2: 0.0})
    return SurveyDesign(data, weight="weight", strata="stratum", psu="psu", nest=True)


@pytest.mark.parametrize("year", [2017, 2019, 2021])
def test_yrbs_prevalence(shared: Path, year: int) -> None:
    """r-cran-survey 4.1, svymean and svyciprop(method = "logit") on subset(): every row of the file."""
    folder = shared / "data/yrbs_2017_2019_2021"
    wanted = expected(folder, "expected_r_survey.csv").query(
        "dataset == @name", local_dict={"name": f"yrbs{year}"}
    )
    design = yrbs(folder, year)
    answers = design.frame["q2"].astype(str).str.lower(), design.frame["q3"].astype(str).str.lower()
    domains = {
        "all": np.ones(len(design.frame), dtype=bool),
        "female": answers[0] == "female",
        "male": answers[0] == "male",
        "grade9": answers[1].str.startswith("9th"),
        "grade12": answers[1].str.startswith("12th"),
    }
    for domain, rows in wanted.groupby("domain"):
        got = proportion(design, list(rows["variable"]), where=domains[str(domain)], ci="logit")
        assert list(got["n"]) == list(rows["n_unweighted"])
        near(got["estimate"], rows["estimate"])
        near(got["se"], rows["se"])
        near(got["ci_low"], rows["ci_low"], 1e-7)  # that R method stops its iterations at 1e-8
        near(got["ci_high"], rows["ci_high"], 1e-7)
        printed = rows["note"].str.extract(r"df=(\d+); deff=([\d.]+)").astype(float)
        assert list(got["df"]) == list(printed[0])
        np.testing.assert_allclose(got["deff"], printed[1], atol=6e-5)


def test_yrbs_2021_codebook(shared: Path) -> None:
    """CDC's own table of the 2021 user guide: all 794 cells that compare, to 0.1 point.

    Q5 is a set of letters that the table counts otherwise; "During" is a heading that the extraction took for
    a variable.
    """
    folder = shared / "data/yrbs_2017_2019_2021"
    data = pd.read_parquet(folder / "yrbs2021.parquet")
    labels = json.loads((folder / "yrbs2021_labels.json").read_text())
    printed = pd.read_csv(folder / "published_weighted_pct_2021.csv").dropna(subset="weighted_pct")
    known = {c.lower(): c for c in data}
    names = {name: known[name.lower()] for name in printed["variable"].unique() if name.lower() in known}
    for column in names.values():
        if data[column].dtype.kind == "f":
            data[column] = data[column].astype("Int64").astype("string")
        data[column] = data[column].astype("string").str.strip().astype(object)
    design = SurveyDesign(data, weight="weight", strata="stratum", psu="psu", nest=True)
    got = table(design, sorted(set(names.values()))).set_index(["indicator", "category"])["estimate"]
    close, off = 0, set()
    for row in printed.itertuples():
        column, code = names.get(row.variable), str(row.code).strip()
        values = labels.get(column, {}).get("values", {})
        words = [
            w for w in (code, str(values.get(code)).strip(), str(row.label).strip()) if (column, w) in got
        ]
        if words and abs(100 * got[column, words[0]] - row.weighted_pct) <= 0.1 + 1e-9:
            close += 1
        else:
            off.add(row.variable)
    assert close == 794
    assert off == {"Q5", "During"}


def test_ess_round_10_ukraine(shared: Path) -> None:
    """r-cran-survey 4.1, lonely PSUs adjusted, t intervals: every row of the file."""
    pyreadstat = pytest.importorskip("pyreadstat")
    folder = shared / "data/ess10_ukraine_2022"
    columns = ["netusoft", "netustm", "acchome", "mcpriv", "agea", "gndr", "stratum", "psu", "pspwght"]
    data, _ = pyreadstat.read_sav(folder / "ESS10UAe4.sav", usecols=columns, user_missing=True)
    data["netusoft_daily"] = (data["netusoft"] == 5).astype(float).where(data["netusoft"] <= 5)
    data["netustm"] = data["netustm"].where(data["netustm"] < 6666)
    data["mcpriv_agree7plus"] = (data["mcpriv"] >= 7).astype(float).where(data["mcpriv"] <= 10)
    design = SurveyDesign(data, weight="pspwght", strata="stratum", psu="psu", nest=True, lonely="adjust")
    domains = {
        "all": np.ones(len(data), dtype=bool),
        "age15_24": data["agea"].between(15, 24),
        "female": data["gndr"] == 2,
        "male": data["gndr"] == 1,
    }
    wanted = expected(folder, "expected_r_survey.csv")
    for domain, rows in wanted.groupby("domain", sort=False):
        got = mean(design, list(rows["variable"]), where=domains[str(domain)])
        assert list(got["n"]) == list(rows["n_unweighted"])
        assert list(got["df"]) == list(rows["note"].str.extract(r"df=(\d+)")[0].astype(float))
        for column in ("estimate", "se", "ci_low", "ci_high"):
            near(got[column], rows[column])


def test_cyberbullying_2021_is_the_published_figure(shared: Path) -> None:
    """CDC, YRBS 2021: 15.9 % electronically bullied."""
    got = proportion(yrbs(shared / "data/yrbs_2017_2019_2021", 2021), "qn24")
    assert round(100 * got["estimate"].iloc[0], 1) == 15.9


@pytest.mark.parametrize(("then", "now"), [(2017, 2019), (2019, 2021)])
def test_yrbs_trends_equal_r(shared: Path, then: int, now: int) -> None:
    """Thirty changes: three questions in five domains over two steps, against r-cran-survey 4.1.

    R's file has each wave's estimate and standard error; the waves are independent samples, so the change is
    their difference and its variance the sum of theirs.
    """
    folder = shared / "data/yrbs_2017_2019_2021"
    wanted = expected(folder, "expected_r_survey.csv")
    waves = {}
    for year in (then, now):
        design = yrbs(folder, year)
        sex, grade = (design.frame[q].astype(str).str.lower() for q in ("q2", "q3"))
        domains = {
            "all": pd.Series(True, index=sex.index),
            "female": sex == "female",
            "male": sex == "male",
            "grade9": grade.str.startswith("9th"),
            "grade12": grade.str.startswith("12th"),
        }
        parts = [
            proportion(design, ["qn23", "qn24", "qn25"], where=mask.to_numpy()).assign(domain=name)
            for name, mask in domains.items()
        ]
        waves[year] = pd.concat(parts).set_index(["indicator", "domain"])
    found = changes(waves[now], waves[then])
    r = wanted.set_index(["dataset", "variable", "domain"])
    assert len(found) == 15
    for (variable, domain), row in found.iterrows():
        one, other = (r.loc[(f"yrbs{year}", variable, domain)] for year in (now, then))
        assert row["estimate"] == pytest.approx(one["estimate"] - other["estimate"], abs=1e-8)
        assert row["se"] == pytest.approx(np.hypot(one["se"], other["se"]), rel=1e-7)
