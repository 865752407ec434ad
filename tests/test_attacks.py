"""A stranger with the published evidence alone: no hidden count comes back, at 60, 400 and 1,200 answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from digicit_lib import disclosure, synthetic
from digicit_lib.checks import audit_published
from digicit_lib.workbook import survey_annexes
from digicit_lib.workbook.door import Workbook
from digicit_lib.workbook.survey_estimates import SurveyEstimates

FOLLOW = {
    "HRM-01": ("COP-01", "COP-02", "COP-06"),
    "RSK-13": ("RSK-14",),
    "RSK-24": ("RSK-25",),
    "RSK-01": ("HRM-02",),
    "OPP-15": ("OPP-17",),  # the base "PROFILE"
}
PARAMS = """study: {{country: KEN, date: 2026-11-28, title: T, wave: 1, phases: [quantitative]}}
population: {{ages: [9, 17], base: children}}
data:
  survey: {{kind: microdata, instrument: digicit, files: [{{name: answers.csv}}]}}
design: {design}
analysis: {{breakdowns: [{groups}]}}
"""
GROUPS = "gender, residence, ses, age_group"
DESIGNS = {
    "unweighted": "{unweighted: true}",
    "weighted": "{weight: weight, strata: stratum, psu: psu}",
    "strata": "{unweighted: true, strata: residence}",
}
LARGE = pytest.mark.long
CASES = [
    pytest.param(60, "unweighted", id="60"),
    pytest.param(400, "unweighted", id="400"),
    pytest.param(60, "weighted", id="60-weighted", marks=LARGE),
    pytest.param(400, "weighted", id="400-weighted", marks=LARGE),
    pytest.param(1200, "unweighted", id="1200", marks=LARGE),
    pytest.param(1200, "weighted", id="1200-weighted", marks=LARGE),
]


def opened(folder: Path, n: int, design: str, groups: str = GROUPS, **renamed: dict[str, str]) -> Any:
    root = folder / f"{design}{n}"
    (root / "params").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "pyproject.toml").touch()
    answers = synthetic.survey(seed=7, n=max(n, 240)).head(n).replace(renamed)
    answers.to_csv(root / "data" / "answers.csv", index=False)
    (root / "params" / "attack.yaml").write_text(PARAMS.format(design=DESIGNS[design], groups=groups))
    return Workbook.open("attack", "quantitative", root=root)


@pytest.mark.parametrize(("n", "design"), CASES)
def test_no_hidden_count_is_computed(tmp_path: Path, monkeypatch, n: int, design: str) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    wb = opened(tmp_path, n, design)
    shown = wb._survey.estimates
    evidence = wb.evidence.to_frame()
    hidden = evidence[evidence["reason"].str.contains("privacy")]
    assert len(hidden) > 10
    reasons = {part.partition("?")[0] for text in hidden["reason"] for part in text.split(";")}
    assert reasons <= {"privacy", "few_answers"}  # how precise a hidden count is tells how large it is
    for out in (shown, evidence) if design == "weighted" else (shown,):  # else only what a reader has
        told = disclosure.audit(out, profile=wb.params.publication)
        assert told[~told["safe"]].empty, told[~told["safe"]].head().to_string()
        assert told["low"].notna().all()  # what nothing solves is shown to be safe by nothing
    assert _follow_up_bases(evidence) == []
    assert hidden[["estimate", "se", "ci_low", "ci_high", "deff", "p_value"]].isna().all(axis=None)
    small = evidence[evidence["n"] < wb.params.publication.min_base]
    assert small[small["quality"] != "not_asked"].empty
    gone = shown[(shown["by"] == "") & shown["quality"].isin(disclosure.HIDDEN)]["title"]
    assert not set(gone) & set(wb.quality().frame["What"])  # whose base may be a hidden count


@pytest.mark.parametrize(
    ("missing", "dont_know", "rather_not", "shown"),
    [
        (24, 22, 2, ["6.0%", "(*)", "(*)"]),
        (40, 20, 2, ["10.0%", "5.0%", "(*)"]),
        (6, 6, 0, ["(*)", "(*)", "0.0%"]),
        (40, 20, 20, ["10.0%", "5.0%", "5.0%"]),
    ],
)
def test_a_kind_of_missing_answer_does_not_give_a_small_one_back(
    tmp_path: Path, monkeypatch, missing: int, dont_know: int, rather_not: int, shown: list[str]
) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    survey = opened(tmp_path, 60, "unweighted", "gender")._survey
    counts = {"missing_share": missing, "dk_share": dont_know, "pnts_share": rather_not}
    row = {"base_n": 400, "low": 0.1, "high": 0.2, "missing_low": 0.1, "missing_high": 0.2}
    told = survey_annexes._missing_row(survey, "RSK-01", row | {k: v / 400 for k, v in counts.items()})
    assert told[2:5] == shown
    assert told[5] == ("" if shown[2] == "(*)" else "10.0–20.0%")


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_base_that_no_definition_names_is_found_in_the_answers(tmp_path, monkeypatch, answer: str) -> None:
    """A file may skip a question after any answer: how many were asked is how many gave that answer."""
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    whole = synthetic.survey

    def skipped(**how: int) -> pd.DataFrame:
        people = whole(**how)
        return people.assign(opp_10=people["opp_10"].where(people["rsk_24"] == answer, "na"))

    monkeypatch.setattr(synthetic, "survey", skipped)
    wb = opened(tmp_path, 400, "unweighted", "gender, ses")
    assert "RSK-24" in wb._survey.asked_of["OPP-10"]
    shown = wb._survey.estimates
    hidden = shown[(shown["indicator"] == "RSK-24") & shown["reason"].str.contains("privacy")]
    asked = shown[
        (shown["indicator"] == "OPP-10") & shown["by"].isin(hidden["by"]) & (shown["statistic"] == "share")
    ]
    asked = asked[asked["level"].isin(hidden["level"])]
    assert len(asked) and asked["n"].isna().all()


def test_the_audit_of_what_is_out_sees_skips_that_only_answers_show(tmp_path: Path, monkeypatch) -> None:
    """Opportunity 10 was asked of those with a no to RSK-24; published as if no one knew, its base tells."""
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    whole = synthetic.survey

    def skipped(**how: int) -> pd.DataFrame:
        people = whole(**how)
        return people.assign(opp_10=people["opp_10"].where(people["rsk_24"] == "no", "na"))

    monkeypatch.setattr(synthetic, "survey", skipped)
    wb = opened(tmp_path, 400, "unweighted", "gender, ses")
    with monkeypatch.context() as patch:
        patch.setattr(SurveyEstimates, "asked_of", {})
        hidden = wb._survey.estimates.query("indicator == 'RSK-24' and reason.str.contains('privacy')")
    wb.evidence.save(wb.root / "outputs" / "attack" / "quantitative")
    rows = audit_published(wb.root, ["params/attack.yaml"])
    solved = {row["id"] for row in rows if not row["safe"]}
    assert len(hidden) and any("/RSK-24/" in name for name in solved)


def exchanged(n: int, turn: int) -> pd.DataFrame:
    """Each girl has a twin, a boy of her weight; they differ in one question: 2 and 7 yes, or 7 and 2."""
    girls = synthetic.survey(seed=7, n=max(n // 2, 240)).head(n // 2).assign(gender="girl")
    who_was_asked = girls.index[girls["rsk_03"].isin(["yes", "no"])]
    girls.loc[who_was_asked, "rsk_03"] = "no"
    boys = girls.assign(gender="boy", id=girls["id"] + "b")
    two, seven = (girls, boys) if turn == 0 else (boys, girls)
    two.loc[who_was_asked[:2], "rsk_03"] = "yes"
    seven.loc[who_was_asked[2:9], "rsk_03"] = "yes"
    return pd.concat([girls, boys], ignore_index=True)


@pytest.mark.parametrize(
    ("n", "design"), [c if c.id == "400" else pytest.param(*c.values, id=c.id, marks=LARGE) for c in CASES]
)
def test_two_samples_whose_hidden_answers_are_exchanged_publish_the_same(
    tmp_path: Path, monkeypatch, n: int, design: str
) -> None:
    """Nothing that differs between them may depend on what is hidden; sums end in other last digits."""
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    frames = []
    for turn in (0, 1):
        people = exchanged(n, turn)
        with monkeypatch.context() as patch:
            patch.setattr(synthetic, "survey", lambda people=people, **_: people)
            frames.append(opened(tmp_path / str(turn), n, design)._survey.estimates)
    one = frames[0].query("indicator == 'RSK-03' and by == 'gender' and statistic == 'share'")
    assert len(one) == 2 and one["reason"].str.contains("privacy").all()
    pd.testing.assert_frame_equal(*frames, rtol=1e-9, atol=1e-12)


def _follow_up_bases(evidence: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Filters whose hidden yes the base of a further question tells."""
    shares = evidence[evidence["statistic"].isin(["share", "category"])]
    hidden = shares[shares["reason"].str.contains("privacy") & shares["indicator"].isin(FOLLOW)]
    found = []
    for row in hidden.itertuples():
        same = (
            shares["indicator"].isin(FOLLOW[row.indicator])
            & (shares["by"] == row.by)
            & (shares["level"] == row.level)
        )
        found += [
            (row.indicator, row.by, row.level)
            for told in shares[same].itertuples()
            if told.n == told.n and told.n > 0
        ]
    return found


def test_tests_and_odds_over_hidden_counts_are_withheld_and_listed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    wb = opened(tmp_path, 400, "unweighted")
    private = [name for name in ("RSK-01", "RSK-24", "COP-01") if wb._survey.private(name)]
    assert private
    for result in (wb.associations(*private, by="gender"), wb.odds(private[0], "gender", "ses")):
        assert result.frame.empty
        assert "would give it back" in " ".join(result.gaps)
    wb.evidence.save(folder := wb.root / "outputs" / "attack" / "quantitative")
    rows = audit_published(wb.root, ["params/attack.yaml"])
    withheld = {row["id"].split("/", 2)[2]: row["withheld"] for row in rows if row["withheld"]}
    assert {f"{name}/association:gender/all" for name in private} < set(withheld)
    assert f"{private[0]}/odds:gender+ses/all" in withheld and len(withheld) == len(private) + 1
    assert all(text.startswith("privacy: fewer than") for text in withheld.values())
    assert all(row["safe"] for row in rows) and len(rows) > len(withheld) + 10
    assert pd.read_parquet(folder / "evidence.parquet")["statistic"].isin(disclosure.TESTS).sum() == len(
        withheld
    )


def test_the_standard_error_of_all_tells_no_stratum(tmp_path: Path, monkeypatch) -> None:
    """With all its digits it solved each pair of strata that is hidden under a total (6 of 6)."""
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    wb = opened(tmp_path, 400, "strata")
    size = wb._survey.design.frame["residence"].value_counts()
    shown = wb._survey.estimates
    shares = shown[(shown["statistic"] == "share") & shown["by"].isin(["", "residence"])]
    tried = 0
    for _, rows in shares.groupby("indicator"):
        whole, parts = rows[rows["by"] == ""].iloc[0], rows[rows["by"] == "residence"]
        if (
            whole["quality"] in disclosure.HIDDEN
            or parts["estimate"].notna().any()
            or parts["n"].isna().any()
        ):
            continue
        tried += 1
        fits = [x for x in range(int(whole["n_yes"]) + 1) if _fits(x, whole, parts, size)]
        assert max(fits) - min(fits) >= wb.params.publication.min_cell
    assert tried > 3


def _fits(first: int, whole: Any, parts: pd.DataFrame, size: pd.Series) -> bool:
    """Whether so many yes in the first stratum give the published standard error.

    Variance of a mean in a domain of a stratified sample: Cochran, Sampling Techniques (1977), 5A.14.
    """
    p, variance = whole["n_yes"] / whole["n"], 0.0
    for level, n, yes in zip(parts["level"], parts["n"], (first, whole["n_yes"] - first), strict=True):
        if not 0 <= yes <= n:
            return False
        squares = yes * (1 - p) ** 2 + (n - yes) * p**2 - (yes - n * p) ** 2 / size[level]
        variance += size[level] / (size[level] - 1) * squares / whole["n"] ** 2
    return bool(round(variance**0.5, 3) == whole["se"])


def test_a_level_may_hold_a_comma(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    wb = opened(tmp_path, 240, "unweighted", "region", region={"R1": "Izmir, Aydin", "R2": "Ankara"})
    shown = wb.estimate("ACC-03", by="region").frame
    assert "Izmir, Aydin" in set(shown["level_label"])
    assert "ACC-03/share/region=Izmir%2C Aydin" in {name.split("/", 2)[2] for name in shown["id"]}
