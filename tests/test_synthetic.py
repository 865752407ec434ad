"""The demonstration survey: one model, the same on every machine, with the traps of a real survey."""

from __future__ import annotations

import hashlib
import inspect

import numpy as np
import pandas as pd
import pytest

from digicit_lib import synthetic
from digicit_lib.codebook import (
    CLEARANCE_ONLY,
    NOT_ASKED,
    SCALES,
    Indicator,
    catalogue,
    instrument,
    questionnaire,
)
from digicit_lib.errors import DataError
from digicit_lib.synthetic import answers, population

SEEDS = {"turkey": 20111117, "ukraine": 20111028, "russia": 20111027}
NO_ANSWER = ["", "dk", "pnts", "na"]
PINNED = "06e16ad73d2168b2d95d1efffc707784c05afbd9f3c1b54ebb837fadb15ab1f6"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return synthetic.survey(seed=SEEDS["turkey"])


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    return synthetic.survey(seed=SEEDS["turkey"], n=300)


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    """Enough children for a direction to be no accident."""
    return synthetic.survey(seed=3, n=30_000)


def share(rows: pd.DataFrame, column: str, *codes: str) -> float:
    valid = rows.loc[~rows[column].isin(NO_ANSWER), column]
    return float(valid.isin(codes).mean())


def score(rows: pd.DataFrame, stem: str, codes: list[str]) -> pd.Series:
    items = [c for c in rows if str(c).startswith(f"{stem}_")]
    return rows[items].apply(lambda s: s.map({c: i for i, c in enumerate(codes)}).astype(float)).mean(axis=1)


# --- the same everywhere ---------------------------------------------------------------------------


def test_a_seed_gives_the_same_bytes_on_every_machine() -> None:
    # Pinned from a first run on Linux x86-64, numpy 2.4: whole-number draws, so no libm or BLAS enters.
    # Columns of their own stream: a new catalogue row leaves these alone.
    columns = [
        "id",
        "age",
        "gender",
        "residence",
        "ses",
        "disability",
        "in_school",
        "stratum",
        "psu",
        "weight",
    ]
    rows = synthetic.survey(seed=20111117, n=240)[[*columns, "acc_01", "acc_10", "rsk_01", "med_01_1"]]
    text = rows.to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest() == PINNED


def test_two_draws_are_equal_and_two_seeds_are_not(small: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(small, synthetic.survey(seed=SEEDS["turkey"], n=300))
    assert not small["acc_03"].astype(str).equals(synthetic.survey(seed=4, n=300)["acc_03"].astype(str))


def test_a_new_indicator_changes_no_other_column(
    small: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = catalogue()["OPP-01"].model_copy(update={"id": "NEW-01"})
    monkeypatch.setattr(
        answers, "questionnaire", lambda chosen, **_: {"NEW-01": new, **questionnaire(chosen)}
    )
    more = synthetic.survey(seed=SEEDS["turkey"], n=300)
    pd.testing.assert_frame_equal(more.drop(columns="new_01"), small)
    assert 0.2 < share(more, "new_01", *new.yes) < 0.6


def test_one_population_for_all_countries() -> None:
    assert "country" not in inspect.signature(synthetic.survey).parameters
    text = (population.files("digicit_lib") / "codebooks/synthetic/survey.yaml").read_text(encoding="utf-8")
    assert not any(word in text.lower() for word in ("turkey", "türkiye", "ukrain", "russia", "tur:", "ukr:"))
    # Large draws agree: what differs between two seeds is chance. 4 standard errors of a share of n = 9,000.
    drawn = [synthetic.survey(seed=seed, n=9_000) for seed in SEEDS.values()]
    for column, codes in (
        ("acc_01", ["yes"]),
        ("rsk_01", ["yes"]),
        ("opp_06", ["weekly", "daily", "several_daily"]),
    ):
        shares = [share(rows, column, *codes) for rows in drawn]
        assert max(shares) - min(shares) < 4 * np.sqrt(2 * 0.25 / 9_000)


# --- what was asked of whom ------------------------------------------------------------------------


def test_columns_are_those_of_the_own_questionnaire(frame: pd.DataFrame) -> None:
    own = instrument("digicit")
    rules = [own.indicators[name] for name in questionnaire()]
    read = {leaf.column for rule in rules for leaf in rule.leaves() if leaf.column}
    hidden = {c for name in CLEARANCE_ONLY for c in catalogue()[name].raw_columns}
    assert read - hidden <= set(frame.columns)
    assert not hidden & set(frame.columns)
    assert {b.column for b in own.breakdowns.values() if b.column} <= set(frame.columns)


def test_clearance_lets_the_ocsea_module_exist() -> None:
    cleared = synthetic.survey(seed=1, n=240, clearance=True)
    assert {"rsk_18", "rsk_19", "rsk_20", "rsk_21"} <= set(cleared.columns)
    assert cleared.loc[cleared["age"] < 12, "rsk_18"].eq(NOT_ASKED).all()


def questions() -> list[tuple[Indicator, str]]:
    return [(i, c) for i in questionnaire().values() if i.tier != "M" for c in i.raw_columns]


def test_no_child_outside_the_ages_is_asked(frame: pd.DataFrame) -> None:
    for indicator, column in questions():
        low, high = indicator.ages
        outside = (frame["age"] < low) | (frame["age"] > high)
        assert frame.loc[outside, column].eq(NOT_ASKED).all(), column


def test_every_answer_is_a_code_of_its_scale(frame: pd.DataFrame) -> None:
    for indicator, column in questions():
        allowed = {*SCALES[indicator.scale], *NO_ANSWER} if indicator.scale != "INT" else None
        found = set(frame[column].astype(str).unique())
        assert allowed is None or found <= allowed, column


def test_skips_follow_the_bases(frame: pd.DataFrame) -> None:
    offline = frame["acc_01"] != "yes"
    for indicator, column in questions():
        if indicator.base == "NET" and indicator.asked_of == "child":
            assert frame.loc[offline, column].eq(NOT_ASKED).all(), column
        if indicator.base == "ALL" and indicator.ages == (9, 17) and not indicator.implied_no_if:
            assert frame[column].ne(NOT_ASKED).all(), column
    gates = {
        "rsk_25": "rsk_24",
        "rsk_14": "rsk_13",
        "rsk_02": "rsk_01",
        "cop_01": "hrm_01",
        "cop_02": "cop_01",
    }
    for follow_up, gate in gates.items():
        assert frame[follow_up].ne(NOT_ASKED).equals(frame[gate].eq("yes")), follow_up
    assert frame.loc[frame["in_school"] == "no", "rgt_06"].eq(NOT_ASKED).all()


def test_answers_of_one_child_do_not_contradict_each_other(frame: pd.DataFrame) -> None:
    assert not frame["acc_02"].eq("never").any()
    assert not (frame["rsk_24"].eq("yes") & ~frame["rsk_23"].eq("yes")).any()
    first = pd.to_numeric(frame["acc_10"], errors="coerce")
    assert (first.dropna() <= frame["age"][first.notna()]).all()
    assert (first.dropna() >= 1).all()


def test_a_parent_is_not_routed_by_the_childs_confidence(frame: pd.DataFrame) -> None:
    asked = frame["med_06_1"].ne(NOT_ASKED)
    assert frame.loc[asked, "rsk_01"].eq("no").any()
    assert 0.8 < asked[frame["acc_01"] == "yes"].mean() < 0.95


def test_left_out_not_asked_and_declined_are_three_things(frame: pd.DataFrame) -> None:
    asked = frame.loc[frame["rsk_16"] != NOT_ASKED, "rsk_16"]
    mild = frame.loc[frame["acc_08"] != NOT_ASKED, "acc_08"]
    assert asked.eq("").any()
    assert asked.eq("pnts").mean() > 2 * mild.eq("pnts").mean()  # sensitive questions are declined more


# --- the design ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [*SEEDS.values(), 1, 2])
def test_twelve_strata_of_four_clusters_and_unequal_weights(seed: int) -> None:
    rows = synthetic.survey(seed=seed)
    assert len(rows) == 1200
    clusters = rows.groupby("stratum")["psu"].nunique()
    assert len(clusters) == 12
    assert clusters.min() >= 4
    assert rows.groupby("psu")["stratum"].nunique().eq(1).all()
    assert rows["weight"].gt(0).all()
    assert rows["weight"].sum() == pytest.approx(1200, abs=0.1)
    assert 1.05 < (rows["weight"] ** 2).mean() / rows["weight"].mean() ** 2 < 1.5


def test_a_small_sample_keeps_four_clusters_and_a_smaller_one_is_refused() -> None:
    assert synthetic.survey(seed=8, n=240).groupby("stratum")["psu"].nunique().min() >= 4
    with pytest.raises(DataError, match="too small for its strata"):
        synthetic.survey(seed=8, n=239)


def test_children_of_one_cluster_are_alike(large: pd.DataFrame) -> None:
    # Intra-class correlation by one-way analysis of variance, equal-size form.
    rows = large[~large["acc_12"].isin(NO_ANSWER)]
    value = rows["acc_12"].isin(catalogue()["ACC-12"].yes).astype(float)
    groups = value.groupby(rows["psu"])
    size = groups.size().mean()
    between, within = groups.mean().var() * size, groups.var().mean()
    assert 0.03 < (between - within) / (between + (size - 1) * within) < 0.3


@pytest.mark.parametrize("seed", SEEDS.values())
def test_one_domain_is_so_small_that_it_must_be_suppressed(seed: int) -> None:
    rows = synthetic.survey(seed=seed)
    disabled = rows[rows["disability"] == "yes"]
    assert 0 < (~disabled["rsk_05"].isin(NO_ANSWER)).sum() < 25  # the MICS limit
    assert len(disabled) >= 10


# --- what goes with what ---------------------------------------------------------------------------


def test_age_goes_with_use_and_risk(large: pd.DataFrame) -> None:
    young, old = large[large["age"] <= 11], large[large["age"] >= 15]
    daily = ("daily", "several_daily", "all_the_time")
    assert share(old, "acc_03", *daily) > share(young, "acc_03", *daily) + 0.1
    assert share(old, "rsk_24", "yes") > share(young, "rsk_24", "yes") + 0.03
    tools = catalogue()["MED-04"].yes
    assert share(old, "med_04", *tools) < share(young, "med_04", *tools) - 0.1


def test_gender_goes_with_the_kind_of_risk(large: pd.DataFrame) -> None:
    girls, boys = large[large["gender"] == "girl"], large[large["gender"] == "boy"]
    for column in ("rsk_01", "rsk_08"):
        assert share(girls, column, "yes") > share(boys, column, "yes") + 0.03
    for column in ("rsk_10", "rsk_13"):
        assert share(girls, column, "yes") < share(boys, column, "yes") - 0.03
    assert abs(share(girls, "acc_01", "yes") - share(boys, "acc_01", "yes")) < 0.02


def test_means_and_residence_go_with_access(large: pd.DataFrame) -> None:
    poor, rich = large[large["ses"] == "low"], large[large["ses"] == "high"]
    assert share(rich, "acc_04", "yes") > share(poor, "acc_04", "yes") + 0.1
    urban, rural = large[large["residence"] == "urban"], large[large["residence"] == "rural"]
    assert share(urban, "acc_04", "yes") > share(rural, "acc_04", "yes") + 0.05


def test_skills_go_with_opportunity_and_with_risk(large: pd.DataFrame) -> None:
    skill = score(large, "skl_n", ["not_true", "not_very", "fairly", "very"])
    low, high = large[skill < skill.quantile(0.3)], large[skill > skill.quantile(0.7)]
    weekly = ("weekly", "daily", "several_daily")
    assert share(high, "opp_10", *weekly) > share(low, "opp_10", *weekly) + 0.1
    assert share(high, "rsk_23", "yes") > share(low, "rsk_23", "yes") + 0.05


def test_mediation_goes_with_coping(large: pd.DataFrame) -> None:
    guidance = score(large, "med_01", ["never", "hardly_ever", "sometimes", "often", "very_often"])
    low, high = large[guidance < guidance.quantile(0.3)], large[guidance > guidance.quantile(0.7)]
    assert share(high, "cop_01", "yes") > share(low, "cop_01", "yes") + 0.1


def test_risk_goes_with_harm_but_is_not_harm(large: pd.DataFrame) -> None:
    bullied, spared = large[large["rsk_01"] == "yes"], large[large["rsk_01"] == "no"]
    assert share(spared, "hrm_01", "yes") + 0.15 < share(bullied, "hrm_01", "yes") < 0.9


def test_targets_are_met_where_everyone_is_asked() -> None:
    # Binomial error of 60,000 children, clusters allowed for: within 2 points.
    rows = synthetic.survey(seed=9, n=60_000)
    for name in ("ACC-01", "ACC-04", "RGT-01"):
        valid = rows[~rows[catalogue()[name].raw].isin(NO_ANSWER)]
        hit = valid[catalogue()[name].raw].isin(catalogue()[name].yes)
        assert np.average(hit, weights=valid["weight"]) == pytest.approx(
            answers.target_of(name)["share"] / 100, abs=0.02
        )


def test_the_pilot_has_no_design() -> None:
    rows = synthetic.draw_pilot(171)
    assert len(rows) == 60
    assert not {"stratum", "psu", "weight"} & set(rows.columns)
    assert rows.attrs["data_kind"] == "synthetic"
    assert set(rows.columns) < set(synthetic.survey(seed=171, n=240).columns)


def test_a_base_that_cannot_be_one_is_an_error() -> None:
    from digicit_lib.errors import CodebookError

    filled = answers.Questionnaire(population.draw_children(1, 240), clearance=False)
    with pytest.raises(CodebookError, match="can be a base"):
        filled.yes("SKL-J")
