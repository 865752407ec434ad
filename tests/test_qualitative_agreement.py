"""Coefficients against published values and other libraries; unitizing against brute force."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from qualitative_samples import fgd, study

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import (
    Project,
    agreement,
    coefficients,
    disagreements,
    read_table,
)
from digicit_lib.qualitative.agreement import COEFFICIENTS, weight_matrix

PUBLISHED = json.loads((Path(__file__).parent / "reference" / "agreement.json").read_text(encoding="utf-8"))


def ratings_of(name: str) -> pd.DataFrame:
    """A published table of ratings, restated with its source in tests/reference."""
    return pd.DataFrame(PUBLISHED[name]["ratings"])


def from_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs of ratings from a square table of counts."""
    return pd.DataFrame([(a, b) for a in table.index for b in table.columns for _ in range(table.loc[a, b])])


def from_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Ratings from a table of units by categories."""
    return pd.DataFrame(
        [[c for c in table.columns for _ in range(int(row[c]))] for _, row in table.iterrows()]
    )


def value(ratings: pd.DataFrame, name: str, **options: str) -> float:
    return float(coefficients(ratings, [name], **options)["value"][0])


# --- published values -------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorff_2011_four_observers(metric: str) -> None:
    # Krippendorff 2011, section C: .743, .815, .849, .797.
    expected = PUBLISHED["four observers"]["alpha"][metric]
    assert value(ratings_of("four observers"), "alpha", weights=metric) == pytest.approx(expected, abs=5e-4)


def test_gwets_vignette_with_missing_ratings() -> None:
    # irrCAC vignette, cac.raw4raters: coefficient, standard error.
    table = coefficients(ratings_of("four observers")).set_index("coefficient")
    published = {
        "percent": (0.8181818, 0.12561),
        "ac1": (0.77544, 0.14295),
        "fleiss": (0.76117, 0.15302),
        "kappa": (0.76282, 0.14917),
        "brennan_prediger": (0.77273, 0.14472),
    }
    for name, (coefficient, se) in published.items():
        assert table.loc[name, "value"] == pytest.approx(coefficient, abs=5e-6), name
        assert table.loc[name, "se"] == pytest.approx(se, abs=5e-6), name
    assert table.loc["alpha", "value"] == pytest.approx(0.74342, abs=5e-6)
    assert table.loc["ac1", ["ci_low", "ci_high"]].tolist() == pytest.approx([0.461, 1], abs=5e-4)
    assert table.loc["kappa", ["ci_low", "ci_high"]].tolist() == pytest.approx([0.435, 1], abs=1e-3)


def test_the_error_of_alpha_is_the_infinitesimal_jackknife() -> None:
    """Efron 1982: how alpha moves with the weight of a unit, here by small steps."""
    ratings = ratings_of("four observers").dropna(thresh=2)
    counts = np.array([[(row == k).sum() for k in range(1, 6)] for _, row in ratings.iterrows()], dtype=float)
    rated, n = counts.sum(1), len(counts)
    epsilon = 1 / rated.sum()

    def alpha(weights: np.ndarray) -> float:
        mean = weights @ rated
        seen = weights @ ((counts * (counts - 1)).sum(1) / (rated - 1)) / mean
        chance = ((weights @ counts / mean) ** 2).sum()
        return float(((1 - epsilon) * seen + epsilon - chance) / (1 - chance))

    equal, step = np.full(n, 1 / n), 1e-6
    moved = [(alpha((1 - step) * equal + step * unit) - alpha(equal)) / step for unit in np.eye(n)]
    found = coefficients(ratings_of("four observers"), ["alpha"]).iloc[0]
    assert found["value"] == pytest.approx(alpha(equal), abs=1e-12)
    assert found["se"] == pytest.approx(np.sqrt(np.square(moved).sum() / (n * (n - 1))), abs=1e-6)


def test_a_coder_of_one_unit_has_a_distribution_too() -> None:
    """Conger's chance by hand: (1, 0), (1/2, 1/2) and (1/2, 1/2) by pairs: 1/2 each."""
    ratings = pd.DataFrame([["a", "a", "a"], [None, "b", "b"], [None, "a", "b"], [None, "b", "a"]])
    found = coefficients(ratings, ["percent", "kappa"])["value"]
    assert found[0] == pytest.approx(0.5) and found[1] == pytest.approx((0.5 - 0.5) / 0.5)


def test_a_value_that_one_coder_used_once_is_variation() -> None:
    """One of six ratings is b: AC1 (2/3 - 10/36) / (26/36) = 7/13, Scott's pi (2/3 - 26/36) / (10/36).

    Of two units, one agreed, the standard error is sqrt((1/4 + 1/4) / 2); of one unit there is none.
    """
    ratings = pd.DataFrame({"A": ["a", "a", "a"], "B": ["a", "a", "b"]})
    assert coefficients(ratings, ["ac1", "fleiss"])["value"].tolist() == pytest.approx([7 / 13, -0.2])
    assert coefficients(ratings.tail(2), ["percent"])["se"].tolist() == [pytest.approx(0.5)]
    assert coefficients(ratings.tail(1), ["percent"])["se"].tolist() == [None]


def test_a_coder_who_rated_nothing_changes_nothing() -> None:
    """Cohen's kappa by hand: (3/4 - 1/2) / (1/2)."""
    pair = pd.DataFrame({"A": ["x", "x", "y", "y"], "B": ["x", "x", "y", "x"]})
    both = coefficients(pair), coefficients(pair.assign(C=None))
    assert both[0]["value"][1] == pytest.approx(0.5)
    pd.testing.assert_frame_equal(*both)


def test_gwets_vignette_of_two_raters() -> None:
    # irrCAC vignette, cont3x3abstractors; its standard errors divide by n, ours by n - 1.
    found = coefficients(from_cells(ratings_of("abstractors"))).set_index("coefficient")
    published = {
        "kappa": 0.7964094,
        "ac1": 0.8493305,
        "brennan_prediger": 0.835,
        "percent": 0.89,
        "alpha": 0.7972585,
    }
    for name, expected in published.items():
        assert found.loc[name, "value"] == pytest.approx(expected, abs=5e-8), name
    assert found.loc["kappa", "se"] * np.sqrt(99 / 100) == pytest.approx(0.05891072, abs=5e-8)
    assert found.loc["fleiss", "value"] == pytest.approx(0.7962397, abs=5e-8)  # Scott's pi


def test_gwets_vignette_of_distributions() -> None:
    # irrCAC vignette, distrib.6raters and columns 2 to 4 of cac.dist4cat.
    found = coefficients(from_counts(ratings_of("six raters"))).set_index("coefficient")
    for name, expected in {
        "ac1": 0.4448007,
        "fleiss": 0.4139265,
        "alpha": 0.4204384,
        "brennan_prediger": 0.4388889,
    }.items():
        assert found.loc[name, "value"] == pytest.approx(expected, abs=5e-8), name
    assert found.loc["ac1", "se"] == pytest.approx(0.08418757, abs=5e-8)


def test_gwets_vignette_of_three_columns(shared: Path) -> None:
    counts = pd.read_csv(shared / "data" / "agreement_reference" / "irrCAC_cac.dist4cat.csv").iloc[:, 1:4]
    assert value(from_counts(counts), "ac1") == pytest.approx(0.3518903, abs=5e-8)


@pytest.mark.parametrize(
    ("name", "coefficient", "expected", "near"),
    [
        ("Meg and Owen", "alpha", 0.095, 5e-4),  # Krippendorff 2011, A
        ("Ben and Gerry", "alpha", 0.692, 5e-4),  # Krippendorff 2011, B
        ("diagnoses", "fleiss", 0.43024452006014074, 1e-12),  # Fleiss 1971, full precision
    ],
)
def test_classics(name: str, coefficient: str, expected: float, near: float) -> None:
    assert value(ratings_of(name), coefficient) == pytest.approx(expected, abs=near)


def test_fleiss_on_the_publishers_file(shared: Path) -> None:
    data = pd.read_csv(shared / "data" / "agreement_reference" / "irr_diagnoses.csv")
    assert value(data, "fleiss") == pytest.approx(0.430, abs=5e-4)


@pytest.mark.parametrize(
    ("both", "first", "second", "neither", "kappa"),
    [(20, 5, 10, 15, 0.4), (45, 15, 25, 15, 0.1304), (25, 35, 5, 35, 0.2593)],
)
def test_textbook_two_by_two(both: int, first: int, second: int, neither: int, kappa: float) -> None:
    # Cohen (1960) by hand: (po - pe) / (1 - pe); of the last two 60 % agree each.
    cells = pd.DataFrame([[both, first], [second, neither]], index=["y", "n"], columns=["y", "n"])
    assert value(from_cells(cells), "kappa") == pytest.approx(kappa, abs=5e-5)


# --- other libraries, by hand -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_equal_to_the_libraries(seed: int) -> None:
    krippendorff = pytest.importorskip("krippendorff")
    from sklearn.metrics import cohen_kappa_score
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    ratings = np.random.default_rng(seed).choice([1, 2, 3, 5], size=(60, 3), p=[0.5, 0.2, 0.2, 0.1])
    pair = pd.DataFrame(ratings[:, :2])
    assert value(pair, "kappa") == pytest.approx(cohen_kappa_score(ratings[:, 0], ratings[:, 1]), abs=1e-12)
    assert value(pair, "kappa", weights="interval") == pytest.approx(
        cohen_kappa_score(
            *(np.searchsorted([1, 2, 3, 5], ratings[:, i]) for i in (0, 1)), weights="quadratic"
        ),
        abs=0.2,
    )
    assert value(pd.DataFrame(ratings), "fleiss") == pytest.approx(
        fleiss_kappa(aggregate_raters(ratings)[0]), abs=1e-12
    )
    holes = np.where(np.random.default_rng(seed + 9).random(ratings.shape) < 0.2, np.nan, ratings)
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        theirs = krippendorff.alpha(reliability_data=holes.T, level_of_measurement=metric)
        assert value(pd.DataFrame(holes), "alpha", weights=metric) == pytest.approx(theirs, abs=1e-12)


def test_ac2_by_hand() -> None:
    # Three values, quadratic weights 1, 3/4, 0; pairs 11 12 22 33: po = (1 + .75 + 1 + 1) / 4.
    ratings = pd.DataFrame([(1, 1), (1, 2), (2, 2), (3, 3)])
    share = np.array([3, 3, 2]) / 8
    pe = (3 + 4 * 0.75) / 6 * (share * (1 - share)).sum()
    assert value(ratings, "ac1", weights="interval") == pytest.approx((0.9375 - pe) / (1 - pe), abs=1e-12)
    # Gwet's ordinal weights: 1 - C(gap + 1, 2) / C(3, 2).
    assert weight_matrix("ordinal", np.arange(3))[0].tolist() == pytest.approx([1, 2 / 3, 0])


# --- what is not defined ----------------------------------------------------------------------------


def test_the_ratio_metric_of_small_values_is_krippendorffs() -> None:
    """((x - y) / (x + y)) squared, nought for nought beside nought: Krippendorff (2011), section E."""
    weights = weight_matrix("ratio", np.array([0.0, 0.25, 0.5]))
    assert weights == pytest.approx(np.array([[1, 0, 0], [0, 1, 8 / 9], [0, 8 / 9, 1]]))


@pytest.mark.parametrize("ratings", [[("x", "x"), ("x", "x")], [("x", None), (None, "x")], []])
def test_no_variation_is_none_with_a_reason(ratings: list[tuple[object, object]]) -> None:
    table = coefficients(pd.DataFrame(ratings, columns=["A", "B"]))
    chance = table[table["coefficient"] != "percent"]
    assert chance["value"].isna().all()
    assert chance["reason"].ne("").all()


def test_one_coder_is_no_agreement() -> None:
    assert coefficients(pd.DataFrame({"A": ["x", "y"]}))["reason"].ne("").all()


def test_choices_are_checked() -> None:
    ratings = pd.DataFrame({"A": ["x", "y"], "B": ["x", "y"]})
    for options in ({"which": ["gamma"]}, {"weights": "cubic"}, {"weights": "interval"}):
        with pytest.raises(QualitativeError):
            coefficients(ratings, **options)
    for options in ({"unit": "word"}, {"level": "colour"}, {"interval": "wald"}):
        with pytest.raises(QualitativeError):
            agreement(read_table(study()), **options)


# --- a project --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "key"), [("turn", "agreement_turn_level"), ("character", "agreement_character_level")]
)
def test_reference_project_by_code(shared: Path, unit: str, key: str) -> None:
    # expected.json: scikit-learn, krippendorff and loops over characters.
    expected = json.loads((shared / "reference/qualitative/projects/fgd/expected.json").read_text())[key]
    table = agreement(fgd(shared), unit=unit, replicates=0)
    table = table.assign(name=table["code"].str.split("/").str[-1]).set_index("name")
    names = {
        "cohen_kappa": "kappa",
        "krippendorff_alpha_nominal": "alpha",
        "gwet_ac1": "ac1",
        "percent": "percent",
    }
    for code, values in expected.items():
        for theirs, ours in names.items():
            if theirs in values:
                assert table.loc[code, ours] == pytest.approx(values[theirs], abs=1e-9), (code, ours)
    assert set(table["units"][:-1]) == {36 if unit == "turn" else 2529}


def test_pooled_row_and_themes(shared: Path) -> None:
    project = fgd(shared)
    table = agreement(project, replicates=0)
    marks = {c: set(zip(*_marked(project, c), strict=True)) for c in ("coder_a", "coder_b")}
    cells = [(turn, code) for turn in project.turns.index for code in project.codes["code"]]
    ratings = pd.DataFrame({c: [cell in marks[c] for cell in cells] for c in marks})
    assert table["alpha"].iloc[-1] == pytest.approx(value(ratings, "alpha"), abs=1e-12)
    assert agreement(project, level="theme", replicates=0)["theme"].tolist()[-2:] == ["Risks", "all"]


def _marked(project: Project, coder: str) -> tuple[list[int], list[str]]:
    """Turns by brute force: those that share a character with a segment."""
    rows, codes = [], []
    for s in project.only(coder=coder).segments.itertuples():
        for i, t in project.turns[project.turns["source"] == s.source].iterrows():
            if s.start < t["end"] and t["start"] < s.end:
                rows.append(i)
                codes.append(s.code)
    return rows, codes


def test_intervals_resample_sources_and_are_seeded(shared: Path) -> None:
    project = fgd(shared)
    one, two, other = (agreement(project, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one["ci_low"].equals(other["ci_low"])
    whole = one.iloc[-1]
    assert whole["ci_low"] < whole["alpha"] < whole["ci_high"]
    corrected = agreement(project, interval="bca").iloc[-1]
    assert corrected["ci_low"] < corrected["alpha"] < corrected["ci_high"]


def test_bootstrap_equals_a_plain_one(shared: Path) -> None:
    """The same resamples of whole sources, each alpha from its ratings: the shortcut changes nothing."""
    project = fgd(shared)
    sources = sorted(set(project.turns["source"]))
    weights = np.random.default_rng(5).multinomial(6, np.full(6, 1 / 6), size=200)
    block = project.only(code="Coping/Block")
    marks = {c: set(_marked(block, c)[0]) for c in ("coder_a", "coder_b")}
    turns = {s: project.turns.index[project.turns["source"] == s] for s in sources}
    draws = []
    for row in weights:
        drawn = [i for s, n in zip(sources, row, strict=True) for _ in range(n) for i in turns[s]]
        draws.append(
            coefficients(pd.DataFrame({c: [i in m for i in drawn] for c, m in marks.items()}), ["alpha"])[
                "value"
            ][0]
        )
    found = agreement(project, replicates=200, seed=5).query("code == 'Coping/Block'").iloc[0]
    usable = np.array([d for d in draws if d is not None and not pd.isna(d)], dtype=float)
    assert found[["ci_low", "ci_high"]].tolist() == pytest.approx(
        np.quantile(usable, [0.025, 0.975]).tolist(), abs=1e-12
    )


def test_only_double_coded_sources_and_first_rounds_count() -> None:
    tables = study()
    later = tables["codings"].assign(round=2, coder_id="A")
    alone = tables["codings"].query("session_id == 'G1' and coder_id == 'A'").assign(round=1)
    both = tables["codings"].query("session_id == 'G2'").assign(round=1)
    agreed = tables["codings"].assign(round=3, coder_id="consensus")
    table = agreement(read_table(tables | {"codings": pd.concat([alone, both, later, agreed])}))
    assert table["sources"].tolist()[-1] == 1
    assert table["units"].tolist()[0] == 3
    assert set(table["coders"]) == {2}
    assert table.set_index("code").loc["block", "alpha"] is None


def test_rare_code_has_no_interval_and_says_why() -> None:
    table = agreement(read_table(study())).set_index("code")
    assert table.loc["heard", "alpha"] == 1
    assert table.loc["heard", "ci_low"] is None
    assert table.loc["heard", "reason"] == "unstable_interval"


def test_a_code_that_only_holds_others_is_no_rating() -> None:
    """Nobody decides whether a heading applies: with it all coders would agree on one code more."""
    rows = [
        {"source": s, "start": 4, "end": 7, "code": "help/adults", "coder": c} for s in "ab" for c in "AB"
    ]
    texts = {"a": "P1: yes\nP2: no", "b": "P1: yes\nP2: no"}
    plain = Project.build(texts, rows, [])
    under = Project.build(texts, rows, [{"code": "help"}])
    assert agreement(under, replicates=0)["code"].tolist() == ["help/adults", "all"]
    assert agreement(under, replicates=0)["ac1"].tolist() == agreement(plain, replicates=0)["ac1"].tolist()


def test_nobody_double_coded() -> None:
    table = agreement(read_table(study(codings=study()["codings"].query("coder_id == 'A'"))))
    assert table["alpha"].isna().all()
    assert set(table["reason"]) == {"no_common_source"}


def test_three_coders_match_the_general_coefficients() -> None:
    rng = np.random.default_rng(3)
    text = "\n".join(f"P{i % 4}: word" for i in range(40))
    at = list(range(0, len(text), 9))
    marks = {c: np.flatnonzero(rng.random(40) < 0.4) for c in "ABC"}
    rows = [
        {"source": "a", "start": at[i] + 4, "end": at[i] + 8, "code": "x", "coder": c}
        for c, m in marks.items()
        for i in m
    ]
    table = agreement(Project.build({"a": text}, rows, []), replicates=0).iloc[0]
    ratings = pd.DataFrame({c: np.isin(np.arange(40), m) for c, m in marks.items()})
    for name in [c for c in COEFFICIENTS if c != "brennan_prediger"]:
        assert table[name] == pytest.approx(value(ratings, name), abs=1e-12), name


def test_disagreements_stand_side_by_side(shared: Path) -> None:
    table = disagreements(fgd(shared), "Contact by stranger")
    # expected.json, turn level: 3 turns only coder_a, 3 only coder_b.
    assert len(table) == 6
    assert (table["coder_a"].eq("").sum(), table["coder_b"].eq("").sum()) == (3, 3)
    assert disagreements(fgd(shared), "Friends").empty
