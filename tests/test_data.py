"""Answers to indicators: the rules of every indicator, on small frames counted by hand."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from digicit_lib import synthetic
from digicit_lib.codebook import MODULES, Instrument, catalogue, instrument
from digicit_lib.data import Respondents, open_survey
from digicit_lib.data.mapping import BLANK, DK, NOT_ASKED, PNTS, VALID, Mapper
from digicit_lib.data.quality import quality_table
from digicit_lib.data.raw import Raw
from digicit_lib.errors import CodebookError, DataError
from digicit_lib.params import Params

MISSING = {"dk": [8], "pnts": [7], "blank": [9], "not_asked": [6]}
NAN = np.nan


def tool(**changes: Any) -> Instrument:
    told = dict.fromkeys(("name", "title", "programme", "citation", "licence", "where"), "t")
    people = {"base": "children", "ages": [9, 17]}
    return Instrument(**{**told, "population": people, "design": {}, "missing": MISSING, **changes})


def mapped(rule: dict[str, Any], columns: dict[str, list[Any]], **changes: Any) -> Any:
    """The answers of RSK-01 under a rule."""
    held = tool(indicators={"RSK-01": rule}, **changes)
    return Mapper(Raw(pd.DataFrame(columns)), held).indicator("RSK-01")


def params(source: dict[str, Any], **changes: Any) -> Params:
    study = {"country": "TUR", "date": dt.date(2026, 1, 1), "title": "t", "wave": 1}
    people = {"ages": (9, 17), "base": "children"}
    whole = {"study": study, "population": people, "data": {"survey": source}, **changes}
    return Params(slug="t", file="params/t.yaml", **whole)


def own(frame: pd.DataFrame, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Respondents:
    """A file of our own questionnaire, opened."""
    frame.to_csv(folder / "own.csv", index=False)
    monkeypatch.setenv("DIGICIT_DATA", str(folder))
    source = {"kind": "microdata", "instrument": "digicit", "files": [{"name": "own.csv"}]}
    return open_survey(params(source, **changes), folder)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return synthetic.survey(seed=1, n=400).astype(str)


def test_respondents_tell_counts_and_never_rows() -> None:
    survey = open_survey(params({"kind": "synthetic", "seed": 1, "n": 300}), Path())
    columns = survey.frame.shape[1]
    assert repr(survey) == f"Respondents(instrument='digicit', kind='synthetic', n=300, columns={columns})"
    assert not hasattr(survey, "_repr_html_")
    assert "frame" not in repr(survey.mapper.raw)


# --- one rule ----------------------------------------------------------------------------------------


def test_five_states_are_kept_apart() -> None:
    found = mapped({"column": "q", "yes": [1], "no": [2]}, {"q": [1, 2, 8, 7, 9, 6, None]})
    assert found.state.tolist() == [VALID, VALID, DK, PNTS, BLANK, NOT_ASKED, BLANK]
    np.testing.assert_array_equal(found.value, [1, 0, NAN, NAN, NAN, NAN, NAN])


def test_codes_are_one_code_in_every_file_format() -> None:
    for column in ([1, 2], [1.0, 2.0], ["1", "2"], ["01", "2.0"], [" 1", "2 "]):
        assert mapped({"column": "q", "yes": [1], "no": [2]}, {"q": column}).value.tolist() == [1, 0]


def test_a_code_that_is_mapped_and_also_a_missing_code_is_an_answer() -> None:
    # Time bands use 7, which is "refused" everywhere else in such files.
    assert mapped({"column": "q", "yes": [7], "no": [1]}, {"q": [7, 1]}).value.tolist() == [1, 0]


def test_a_number_within_its_range_and_its_missing_codes_beyond_it() -> None:
    found = mapped({"column": "q", "range": [0, 5]}, {"q": [0, 5, 7, 8]})
    assert found.state.tolist() == [VALID, VALID, PNTS, DK]
    assert mapped({"column": "q", "range": [0, 5], "at_least": 3}, {"q": [2, 3]}).value.tolist() == [0, 1]


def test_one_yes_decides_any_of_and_a_no_needs_every_part_that_was_asked() -> None:
    parts = [{"column": name, "yes": [1], "no": [2]} for name in "ab"]
    found = mapped({"any": parts}, {"a": [1, 1, 2, 2, 2, 6, 8], "b": [2, 8, 2, 6, 7, 6, 1]})
    np.testing.assert_array_equal(found.value, [1, 1, 0, 0, NAN, NAN, 1])
    assert found.state.tolist() == [VALID, VALID, VALID, VALID, PNTS, NOT_ASKED, VALID]


def test_a_joint_part_that_lacks_an_answer_is_not_ignored() -> None:
    # The child says yes (1), the parent was not asked (6): nobody knows whether the parent is aware.
    pair = {"all": [{"column": "child", "yes": [1], "no": [2]}, {"column": "parent", "yes": [2], "no": [1]}]}
    other = {"column": "other", "yes": [1], "no": [2]}
    found = mapped({"any": [pair, other]}, {"child": [1, 1, 2], "parent": [6, 6, 6], "other": [2, 1, 2]})
    np.testing.assert_array_equal(found.value, [NAN, 1, 0])
    assert found.state.tolist() == [NOT_ASKED, VALID, VALID]


@pytest.mark.parametrize(
    ("n", "cleared", "name", "share", "valid"),
    [
        (1200, False, "RSK-11", 77.2, 602),
        (1200, False, "RSK-30", 41.3, 892),
        (3000, True, "RSK-22", 12.95, 1237),
    ],
)
def test_children_with_a_yes_are_never_dropped(
    n: int, cleared: bool, name: str, share: float, valid: int, tmp_path: Path
) -> None:
    """Shares and bases computed without the product: cases/truth/any_rule.py (numpy on the raw answers)."""
    ethics = {"clearance": "1", "board": "b", "date": "2026-01-01"} if cleared else {}
    survey = open_survey(params({"kind": "synthetic", "seed": 20111117, "n": n}, ethics=ethics), tmp_path)
    values = survey.frame[name]
    known = values.notna()
    got = 100 * np.average(values[known], weights=survey.frame["weight"][known])
    assert (float(got), int(known.sum())) == (pytest.approx(share, abs=0.05), valid)
    row = survey.status.loc[name]
    assert row["missing_low"] == pytest.approx(got / 100 * (1 - row["missing_share"]), rel=1e-5)
    assert row["missing_high"] - row["missing_low"] == pytest.approx(row["missing_share"])


def test_all_none_and_count() -> None:
    parts = [{"column": name, "yes": [1], "no": [2]} for name in "ab"]
    columns = {"a": [1, 1, 2, 8], "b": [1, 2, 8, 8]}
    np.testing.assert_array_equal(mapped({"all": parts}, columns).value, [1, 0, 0, NAN])
    np.testing.assert_array_equal(mapped({"none": parts}, columns).value, [0, 0, NAN, NAN])
    np.testing.assert_array_equal(mapped({"count": parts, "at_least": 1}, columns).value, [1, 1, NAN, NAN])
    np.testing.assert_array_equal(mapped({"count": parts}, columns).value, [2, 1, NAN, NAN])
    np.testing.assert_array_equal(mapped({"count": parts, "at_least": 2}, columns).value, [1, 0, 0, NAN])


def test_a_score_needs_two_thirds_of_its_items() -> None:
    parts = [{"column": name, "values": {1: 0, 2: 1, 3: 2, 4: 3}} for name in "abc"]
    found = mapped({"mean": parts}, {"a": [4, 4, 1, 4], "b": [4, 1, 8, 8], "c": [4, 8, 1, 9]})
    # By hand: 100; (100 + 0) / 2; 0; one of three answered.
    np.testing.assert_array_equal(found.value, [100, 50, 0, NAN])


def test_mics_counts_every_other_answer_as_no_but_never_the_not_asked() -> None:
    nine = [{"column": f"MT6{letter}", "yes": [1], "no": [2]} for letter in "ABCDEFGHI"]
    columns = {part["column"]: [2, 9, None, 6] for part in nine} | {"MT6A": [1, 1, None, 6]}
    held = tool(indicators={"SKL-04": {"any": nine}}, missing={"blank": [9], "not_asked": [6]})
    found = Mapper(Raw(pd.DataFrame(columns)), held).indicator("SKL-04")
    np.testing.assert_array_equal(found.value, [1, 1, 0, NAN])


def test_a_skip_that_implies_no_is_a_no_and_a_lost_filter_is_lost() -> None:
    rules = {name: {"column": name, "yes": [1], "no": [2]} for name in ("RSK-01", "RSK-02")}
    frame = pd.DataFrame({"RSK-01": [2, 2, 1, 8], "RSK-02": [6, None, 1, 6]})
    found = Mapper(Raw(frame), tool(indicators=rules)).indicator("RSK-02")
    np.testing.assert_array_equal(found.value, [0, 0, 1, NAN])
    assert found.state.tolist() == [VALID, VALID, VALID, DK]


def test_bounds_count_prefer_not_to_say_as_no_and_as_yes() -> None:
    parts = [{"column": name, "yes": [1], "no": [2]} for name in "ab"]
    frame = pd.DataFrame({"a": [1, 7, 7, 2], "b": [2, 2, 8, 2]})
    mapper = Mapper(Raw(frame), tool(indicators={"RSK-01": {"any": parts}, "COP-06": {"none": ["RSK-01"]}}))
    np.testing.assert_array_equal(mapper.indicator("RSK-01", 0.0).value, [1, 0, NAN, 0])
    np.testing.assert_array_equal(mapper.indicator("RSK-01", 1.0).value, [1, 1, 1, 0])
    # "Told no one" is low where "prefer not to say" means that somebody was told.
    np.testing.assert_array_equal(mapper.indicator("COP-06", 0.0).value, [0, 0, 0, 1])
    np.testing.assert_array_equal(mapper.indicator("COP-06", 1.0).value, [0, 1, NAN, 1])


def test_a_rule_on_what_is_not_mapped_is_refused() -> None:
    with pytest.raises(CodebookError, match="not mapped"):
        mapped({"none": ["COP-01"]}, {"q": [1]})


# --- a whole survey ---------------------------------------------------------------------------------------


def test_the_demonstration_goes_the_same_way_as_a_file(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = open_survey(params({"kind": "synthetic", "seed": 1, "n": 400}), tmp_path)
    read = own(answers, tmp_path, monkeypatch)
    assert (made.kind, read.kind) == ("synthetic", "observed")
    assert list(made.indicators) == list(read.indicators) and len(made.indicators) == 95
    pd.testing.assert_frame_equal(made.status, read.status)
    columns = list(made.indicators)
    pd.testing.assert_frame_equal(made.frame[columns], read.frame[columns])
    assert made.breakdowns["age_group"] == ("9-11", "12-14", "15-17")


def test_not_asked_missing_and_zero_are_three_things(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = own(answers, tmp_path, monkeypatch)
    raw, row, base = answers["rsk_07"], survey.status.loc["RSK-07"], survey.in_base["RSK-07"]
    assert row["base_n"] == base.sum() == (raw != "na").sum()
    assert row["valid_n"] == raw.isin(["yes", "no"]).sum()
    assert survey.frame["RSK-07"].eq(0).sum() == raw.eq("no").sum()
    assert survey.frame.loc[~base, "RSK-07"].isna().all()
    assert (survey.frame["age"][base] >= 12).all()


def test_blank_for_skipped_is_read_as_not_asked(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # KoBo and ODK leave a skipped question empty and have no word for "not asked".
    with_word = own(answers, tmp_path, monkeypatch)
    without = own(answers.replace("na", ""), tmp_path, monkeypatch)
    derived = ["RSK-11", "MED-06", "HRM-03", "COP-06", "SKL-04"]
    pd.testing.assert_frame_equal(with_word.frame[derived], without.frame[derived])


def test_weighted_shares_of_the_status(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = own(answers, tmp_path, monkeypatch)
    weight, raw = answers["weight"].astype(float), answers["rsk_01"]
    base = raw != "na"
    row = survey.status.loc["RSK-01"]
    assert row["pnts_share"] == pytest.approx(weight[raw == "pnts"].sum() / weight[base].sum())
    assert row["missing_share"] == pytest.approx(
        weight[raw.isin(["", "dk", "pnts"])].sum() / weight[base].sum()
    )
    known = raw.isin(["yes", "no", "pnts"])
    assert row["high"] == pytest.approx(weight[raw.isin(["yes", "pnts"])].sum() / weight[known].sum())
    low, high = survey.bounds("RSK-01")
    assert np.average(low.dropna(), weights=weight[known]) == pytest.approx(row["low"])
    assert (high.dropna() >= low.dropna()).all()


def test_clearance_opens_the_most_sensitive_rows_and_nothing_else_does(tmp_path: Path) -> None:
    source = {"kind": "synthetic", "seed": 1, "n": 400}
    shut = open_survey(params(source), tmp_path)
    assert "RSK-22" not in shut.frame and "clearance" in shut.status.loc["RSK-22", "reason"]
    ethics = {"clearance": "yes", "board": "b", "date": dt.date(2026, 1, 1)}
    assert "RSK-22" in open_survey(params(source, ethics=ethics), tmp_path).frame


def test_a_dropped_part_drops_the_any_of(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = own(answers.drop(columns="rsk_07"), tmp_path, monkeypatch)
    assert survey.status.loc["RSK-07", "reason"] == "not measured in this survey"
    assert survey.status.loc["RSK-11", "reason"] == "a part of it was not asked"
    assert {"RSK-07", "RSK-11"}.isdisjoint(survey.frame)


def test_an_item_all_missing_is_not_measured(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = own(answers.assign(opp_07=""), tmp_path, monkeypatch)
    assert "OPP-07" not in survey.frame
    assert survey.status.loc["OPP-07", "reason"] == "no answers in this file"


def test_the_studys_ages_narrow_bases_and_definitions(tmp_path: Path) -> None:
    source, older = {"kind": "synthetic", "seed": 1, "n": 400}, {"ages": (12, 16), "base": "b"}
    whole, part = (open_survey(params(source, **p), tmp_path) for p in ({}, {"population": older}))
    assert part.frame["age"][part.in_base["RSK-01"]].between(12, 16).all()
    assert len(part.frame) == len(whole.frame)  # domains, never filtered rows
    assert part.indicators["RSK-01"].definition_sha != whole.indicators["RSK-01"].definition_sha
    assert part.indicators["RSK-01"].ages == (12, 16)


def test_groups_asked_for_and_not_recorded_are_gaps(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = own(answers.drop(columns="disability"), tmp_path, monkeypatch)
    assert "disability" not in survey.breakdowns
    assert survey.gaps == {"disability": "not measured in this survey"}


def test_the_params_design_replaces_the_instruments(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = answers.assign(r1="1", r2="2", id2=range(400))
    replicates = {"method": "BRR", "fay": 0.5, "weights": "r{1..2}"}
    survey = own(wide, tmp_path, monkeypatch, design={"replicates": replicates})
    assert survey.design == {
        "weight": "weight",
        "replicates": {"method": "BRR", "fay": 0.5, "weights": "r{1..2}"},
    }
    assert {"weight", "r1", "r2"} <= set(survey.frame)
    clusters = own(wide, tmp_path, monkeypatch, design={"psu": "id2"})
    assert clusters.design == {"weight": "weight", "psu": "id2"}
    alone = own(wide, tmp_path, monkeypatch, design={"unweighted": True})
    assert alone.design == {"unweighted": True}


def test_thirds_are_weighted() -> None:
    from digicit_lib.data.opening import respondents_of

    held = tool(
        design={"weight": "w"},
        breakdowns={"ses": {"column": "x", "tertiles": ["low", "middle", "high"]}},
        indicators={"RSK-01": {"column": "q", "yes": [1], "no": [2]}},
    )
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, None], "w": [1.0, 2, 3, 3, 1], "q": [1, 2, 1, 2, 1]})
    source = {"kind": "microdata", "instrument": "digicit", "files": [{"name": "x"}]}
    survey = respondents_of(params(source), held, Raw(frame), {}, [])
    # By hand: cumulated weights 1, 3, 6, 9; the thirds end at 3 and 6.
    assert survey.frame["ses"].astype(object).where(survey.frame["ses"].notna(), "-").tolist() == [
        "low",
        "low",
        "middle",
        "high",
        "-",
    ]


# --- quality ------------------------------------------------------------------------------------------------


def test_quality_names_what_to_worry_about_first(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = pd.concat([answers, answers.head(3).assign(id=["x", "y", "z"])])
    skills = [name for name in twins if name.startswith("skl_j_")]
    twins.loc[twins.index[50:400], skills] = "fairly"
    twins["minutes"] = ["40"] * 300 + ["10"] * 103
    report = quality_table(own(twins, tmp_path, monkeypatch)).set_index("Check")
    assert report["Mark"].tolist() == sorted(report["Mark"], reverse=True)
    assert int(report.loc["Twin interviews", "Value"]) >= 2
    lined = report.loc["Straight-lining"].set_index("What")
    assert lined["Mark"].filter(like="Judging").tolist() == ["look"]
    # By hand: 103 of 403 interviews took 10 minutes, under half of the median of 40.
    assert report.loc["Interview length", "Value"] == "25.6%"


def test_quality_of_weights_is_kishs_formula(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = own(answers.assign(weight=["1", "3"] * 200), tmp_path, monkeypatch)
    row = quality_table(survey).set_index("Check").loc["Weights"]
    # By hand: n * sum(w^2) / sum(w)^2 = 400 * 2000 / 800^2 = 1.25, effective n 320.
    assert row["Value"] == "1.25" and "effective n 320" in row["What"]


def test_age_heaping_of_adults_is_whipples_index() -> None:
    from digicit_lib.data.quality import _heaping

    class Heaped:
        frame = pd.DataFrame(
            {"age": [float(age) for age in range(20, 70) for _ in range(3 if age % 5 == 0 else 1)]}
        )

    (row,) = _heaping(Heaped())  # type: ignore[arg-type]
    # By hand: ages 23 to 62 hold 8 years of 3 and 32 of 1: 500 * 24 / 56.
    assert row[2] == f"{500 * 24 / 56:.0f}"


# --- what is refused -------------------------------------------------------------------------------------

SECRET = "PLANTED7731"


def few(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The answer of four children, one fewer than `publication.min_cell`, in place of theirs."""
    return frame.assign(**{column: [SECRET] * 4 + list(frame[column][4:])})


BAD = {
    "unknown code": (lambda f: few(f, "rsk_01"), "Codes outside the mapping"),
    "age floor": (lambda f: f.assign(age="9", rsk_07="yes"), "below the age floor"),
    "ages outside": (lambda f: f.assign(age="31"), "Ages lie outside the base"),
    "age no number": (lambda f: few(f, "age"), "write whole numbers within age: range"),
    "double ids": (lambda f: f.assign(id=SECRET), "Duplicate respondent ids"),
    "weight text": (lambda f: f.assign(weight=SECRET), "Weights are not numbers"),
    "some weights": (lambda f: f.assign(weight=["", *f["weight"][1:]]), "Weights are missing"),
    "negative": (lambda f: f.assign(weight=["-7731", *f["weight"][1:]]), "Weights are negative"),
    "zero": (lambda f: f.assign(weight="0"), "All weights are zero"),
    "group code": (lambda f: few(f, "gender"), "Codes outside the mapping"),
    "no weight": (lambda f: f.drop(columns="weight"), "write `design: {unweighted: true}`"),
    "no rows": (lambda f: f.head(0), "no rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_refused_without_telling_an_answer(
    case: str, answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, what = BAD[case]
    with pytest.raises(DataError) as error:
        own(spoil(answers), tmp_path, monkeypatch)
    message = str(error.value)
    assert what in message and error.value.exit_code == 2
    assert not re.search("PLANTED|7731|31 rows", message)


def test_an_interview_before_the_birth_is_told_once(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    born = [f"{2025 - int(age)}-01-01" for age in answers["age"]]
    days = ["1990-01-01", *["2026-03-01"] * (len(answers) - 1)]
    frame = answers.drop(columns="age").assign(born=born, day=days)
    (tmp_path / "mine.yaml").write_text(
        "extends: digicit\nage: {column: null, born: born, interviewed: day}\n", encoding="utf-8"
    )
    frame.to_csv(tmp_path / "own.csv", index=False)
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    source = {"kind": "microdata", "instrument": "mine.yaml", "files": [{"name": "own.csv"}]}
    with pytest.raises(DataError, match="Interviews stand before the birth") as error:
        open_survey(params(source), tmp_path)
    assert "Children below" not in str(error.value)


def test_a_code_that_several_share_is_named_and_one_of_a_few_is_not(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`publication.min_cell` is 5: five rows name a code, four do not."""
    spoilt = answers.assign(rsk_01=["refused"] * 5 + [SECRET] * 4 + list(answers["rsk_01"][9:]))
    with pytest.raises(DataError) as error:
        own(spoilt, tmp_path, monkeypatch)
    assert error.value.got == "refused: 5 rows, other codes: 4 rows"


def test_counts_stand_in_the_message(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = answers.copy()
    spoilt.loc[spoilt.index[:3], "acc_04"] = SECRET
    with pytest.raises(DataError) as error:
        own(spoilt, tmp_path, monkeypatch)
    assert (error.value.where, error.value.got) == ("digicit column acc_04", "3 rows")


def test_a_study_without_a_survey_says_so(tmp_path: Path) -> None:
    whole = params({"kind": "synthetic", "seed": 1}).model_copy(
        update={"data": Params.model_fields["data"].annotation()}
    )
    with pytest.raises(DataError, match="no survey"):
        open_survey(whole, tmp_path)


def test_every_indicator_of_the_generated_instrument_can_be_read() -> None:
    mapper = Mapper(
        Raw(synthetic.survey(seed=2, n=300, clearance=True, modules=MODULES)), instrument("digicit")
    )
    unread = {
        name for name in mapper.instrument.indicators if not (mapper.indicator(name).state == VALID).any()
    }
    # Carers are asked of children of three to eight, whom no demonstration holds.
    assert unread == {name for name, one in catalogue().items() if one.module == "young"}
