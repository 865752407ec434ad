"""The sample design: what is refused, what the words say, how columns and arrays are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from digicit_lib.errors import DataError, DesignError
from digicit_lib.survey import SurveyDesign, mean, proportion, total


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two strata, four PSUs each, three rows a PSU."""
    rng = np.random.default_rng(3)
    psu = np.repeat(np.arange(8), 3)
    return pd.DataFrame(
        {
            "w": rng.uniform(1, 3, 24),
            "psu": psu,
            "stratum": psu // 4,
            "inner": psu % 4,
            "y": rng.integers(0, 2, 24),
        }
    )


def refused(frame: pd.DataFrame, **given: Any) -> str:
    with pytest.raises(DesignError) as caught:
        SurveyDesign(frame, **{"weight": "w", **given})
    return str(caught.value)


def test_report(frame: pd.DataFrame) -> None:
    facts = SurveyDesign(frame, weight="w", strata="stratum", psu="psu").report()
    w = frame["w"]
    assert (facts["n"], facts["strata"], facts["psus"], facts["df"]) == (24, 2, 8, 6)
    assert facts["kish_deff"] == pytest.approx(24 * (w**2).sum() / w.sum() ** 2)
    assert facts["design"] == (
        "24 respondents, 8 PSUs in 2 strata; Taylor standard errors; "
        f"design effect of weighting {facts['kish_deff']:.2f} (Kish)"
    )


def test_weights_that_are_refused(frame: pd.DataFrame) -> None:
    assert "no weights" in refused(frame, weight=None)
    assert "unweighted=True" in refused(frame, weight=None)
    assert "did you mean w?" in refused(frame.assign(wt=1), weight="ww")
    for value, words in ((np.nan, "missing values"), (-1.0, "negative"), (np.inf, "not finite")):
        message = refused(frame.assign(w=frame["w"].where(frame.index != 5, value)))
        assert words in message
        assert "1" in message
    assert "All weights are zero" in refused(frame.assign(w=0.0))
    assert "no rows" in refused(frame.iloc[:0])
    assert "drop one of the two" in refused(frame, unweighted=True)
    assert "differ in length" in refused(frame, weight=np.ones(3))


def test_labels_that_start_again_need_nest(frame: pd.DataFrame) -> None:
    message = refused(frame, strata="stratum", psu="inner")
    assert "more than one stratum" in message
    assert "nest=True" in message
    nested = SurveyDesign(frame, weight="w", strata="stratum", psu="inner", nest=True)
    plain = SurveyDesign(frame, weight="w", strata="stratum", psu="psu")
    assert nested.df == plain.df == 6
    assert proportion(nested, "y")["se"].tolist() == proportion(plain, "y")["se"].tolist()


def test_a_lonely_psu_names_the_remedies(frame: pd.DataFrame) -> None:
    alone = frame[(frame["stratum"] == 0) | (frame["psu"] == 4)]
    message = refused(alone, strata="stratum", psu="psu")
    assert all(word in message for word in ("1 such strata of 2", "adjust", "average", "certainty", "merge"))
    for lonely in ("adjust", "average", "certainty"):
        got = proportion(SurveyDesign(alone, weight="w", strata="stratum", psu="psu", lonely=lonely), "y")
        assert np.isfinite(got["se"]).all()
    assert "Unknown rule" in refused(frame, lonely="ignore")


def test_a_psu_taken_with_certainty_is_not_lonely(frame: pd.DataFrame) -> None:
    alone = frame[(frame["stratum"] == 0) | (frame["psu"] == 4)].assign(
        count=lambda f: np.where(f["stratum"] == 0, 9, 1)
    )
    assert SurveyDesign(alone, weight="w", strata="stratum", psu="psu", fpc="count").df == 3


def test_fpc_as_count_and_as_fraction(frame: pd.DataFrame) -> None:
    counted = SurveyDesign(frame.assign(N=16), weight="w", strata="stratum", psu="psu", fpc="N")
    share = SurveyDesign(frame.assign(f=0.25), weight="w", strata="stratum", psu="psu", fpc="f")
    plain = SurveyDesign(frame, weight="w", strata="stratum", psu="psu")
    whole = SurveyDesign(frame.assign(N=4), weight="w", strata="stratum", psu="psu", fpc="N")
    se = [proportion(d, "y")["se"].iloc[0] for d in (counted, share, plain, whole)]
    assert se[0] == pytest.approx(se[1]) == pytest.approx(se[2] * np.sqrt(0.75))
    assert se[3] == 0.0
    assert "smaller than the sample" in refused(frame.assign(N=3), strata="stratum", psu="psu", fpc="N")
    assert "differs within" in refused(frame.assign(N=frame.index + 9), strata="stratum", psu="psu", fpc="N")


def test_several_columns_make_a_stratum(frame: pd.DataFrame) -> None:
    two = frame.assign(a=frame["psu"] // 4, b=(frame["psu"] // 2) % 2)
    assert SurveyDesign(two, weight="w", strata=["a", "b"], psu="psu").report()["strata"] == 4


def test_columns_and_arrays_are_the_same(frame: pd.DataFrame) -> None:
    named = SurveyDesign(frame, weight="w", strata="stratum", psu="psu")
    given = SurveyDesign(
        frame, weight=frame["w"].to_numpy(), strata=frame["stratum"], psu=frame["psu"].to_numpy()
    )
    assert mean(named, "y")["se"].tolist() == mean(given, "y")["se"].tolist()


def test_unweighted_says_so(frame: pd.DataFrame) -> None:
    got = proportion(SurveyDesign(frame, psu="psu", unweighted=True), "y")
    assert got["estimate"].iloc[0] == pytest.approx(frame["y"].mean())
    assert "unweighted" in got["method"].iloc[0]


def test_replicate_weights_by_pattern_list_and_array(frame: pd.DataFrame) -> None:
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (24, 4)) * frame["w"].to_numpy()[:, None]
    named = frame.join(pd.DataFrame(weights, columns=[f"rep{i}" for i in (1, 2, 3, 10)]))
    spelled: list[Any] = ["rep*", ["rep1", "rep2", "rep3", "rep10"], weights]
    errors = [
        mean(SurveyDesign(named, weight="w", replicates={"method": "BRR", "fay": 0.5, "weights": w}), "y")[
            "se"
        ][0]
        for w in spelled
    ]
    assert errors[0] == errors[1] == errors[2]
    full = np.average(frame["y"], weights=frame["w"])
    each = [np.average(frame["y"], weights=w) for w in weights.T]
    assert errors[0] == pytest.approx(np.sqrt(sum((e - full) ** 2 for e in each) / (4 * 0.25)))
    ranged = {"method": "BRR", "weights": "rep{1..3}"}
    assert "BRR (3)" in mean(SurveyDesign(named, weight="w", replicates=ranged), "y")["method"].iloc[0]


@pytest.mark.parametrize(
    ("replicates", "words"),
    [
        ({"method": "BRR", "weights": "rep{1..4}"}, "data lack"),
        ({"method": "brr", "weights": "y"}, "Unknown method"),
        ({"method": "JKn", "weights": ["w", "y"]}, "rscales"),
        ({"method": "BRR", "weights": ["w", "y"], "rho": 0.5}, "Unknown key"),
        ({"method": "BRR", "weights": np.ones((3, 2))}, "differ in length"),
        ({"method": "BRR", "weights": np.ones(24)}, "rows by replicates"),
        ({"method": "BRR", "weights": np.full((24, 2), np.nan)}, "missing values"),
    ],
)
def test_replicates_that_are_refused(frame: pd.DataFrame, replicates: dict[str, Any], words: str) -> None:
    assert words in refused(frame, replicates=replicates)


def test_no_message_holds_an_answer(frame: pd.DataFrame) -> None:
    secret = frame.assign(w=frame["w"].where(frame.index != 3, -987654.0))
    assert "987654" not in refused(secret)


@pytest.mark.parametrize("role", ["where", "weight", "in_base", "strata", "psu"])
def test_a_series_in_another_order_than_the_frame_is_refused(frame: pd.DataFrame, role: str) -> None:
    """Whether positions or labels were meant is not guessed: the caller says it."""
    given = {
        "where": frame["y"] == 1,
        "weight": frame["w"],
        "in_base": frame["inner"] > 0,
        "strata": frame["stratum"],
        "psu": frame["psu"],
    }[role]
    columns = {"weight": "w", "strata": "stratum", "psu": "psu"}

    def numbers(values: Any) -> pd.DataFrame:
        inner = {role: values} if role in ("where", "in_base") else {}
        return mean(SurveyDesign(frame, **{**columns, **({} if inner else {role: values})}), "y", **inner)

    pd.testing.assert_frame_equal(numbers(given.to_numpy()), numbers(given))
    shuffled = given.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(numbers(shuffled.reindex(frame.index)), numbers(given))
    for wrong in (
        shuffled,
        given.iloc[:-1],
        given.set_axis(frame.index + 1),
        pd.concat([given.iloc[1:], given.iloc[1:2]]),
    ):
        with pytest.raises(DesignError, match="not the index of the data"):
            numbers(wrong)


def test_a_design_tells_counts_and_never_rows(frame: pd.DataFrame) -> None:
    marked = frame.assign(w=7.918273645, stratum="ZYXSTR", psu=[f"ZYXPSU{i}" for i in frame["psu"]])
    design = SurveyDesign(marked, weight="w", strata="stratum", psu="psu")
    assert repr(design) == "SurveyDesign(n=24, strata=1, psus=8, df=7, deff of weighting 1.00, Taylor)"
    assert repr(SurveyDesign(marked, unweighted=True)).endswith("df=23, Taylor, unweighted)")
    assert not hasattr(design, "_repr_html_")


def test_blanks_around_labels_make_no_strata_and_no_psus() -> None:
    frame = pd.DataFrame({"s": ["1", "1 ", " 1", "2", "2", "2 "], "p": ["a", "b ", "b", "c", "d", " d"]})
    clean = frame.apply(lambda column: column.str.strip())
    got, want = (SurveyDesign(f, strata="s", psu="p", unweighted=True) for f in (frame, clean))
    assert (got.df, got.report()["psus"], got.report()["strata"]) == (want.df, 4, 2)
    with pytest.raises(DesignError, match="missing values"):
        SurveyDesign(frame.assign(s=["1", " ", "1", "2", "2", "2"]), strata="s", psu="p", unweighted=True)


def test_rscales_are_one_a_replicate() -> None:
    frame = pd.DataFrame({"w": 1.0, "r1": [0.0, 2, 1], "r2": [2.0, 0, 1], "r3": [1.0, 1, 1]})
    spec = {"method": "JKn", "weights": "r{1..3}", "rscales": [0.5, 0.5]}
    with pytest.raises(DesignError, match="2 rscales"):
        SurveyDesign(frame, weight="w", replicates=spec)


def test_infinite_answers_are_refused() -> None:
    frame = pd.DataFrame({"w": 1.0, "y": [1.0, np.inf, 2.0], "x": [1.0, 0.0, 1.0]})
    design = SurveyDesign(frame, weight="w")
    assert mean(design, "x")["estimate"].notna().all()
    with pytest.raises(DataError, match="infinite") as caught:
        mean(design, ["x", "y"])
    assert "y" in str(caught.value)


def halves(**more: object) -> SurveyDesign:
    """The invented respondents of `tests/reference`: ten strata of two PSUs, as zones and halves."""
    frame = pd.read_csv(Path(__file__).parent / "reference" / "own.csv")
    names = {"weight": "w", "strata": "stratum", "psu": "psu", "nest": True}
    return SurveyDesign(frame, **{**names, "replicates": {"method": "JK2", **more}})


@pytest.mark.parametrize("both", [False, True])
def test_replicates_of_zones_and_halves_are_those_of_iea(both: bool) -> None:
    """R intsvy: `ifelse(JKZONE == i, 2 * TOTWGT * JKREP, TOTWGT)`, root of the sum of squares."""
    design = halves(both=both)
    frame, squares = design.frame.dropna(subset=["y"]), []
    later = frame.groupby("stratum")["psu"].transform("max").eq(frame["psu"])
    for zone in frame["stratum"].unique():
        for half in (later, ~later) if both else (later,):
            w = frame["w"].where(frame["stratum"] != zone, 2 * frame["w"] * half)
            squares.append(
                (np.average(frame["y"], weights=w) - np.average(frame["y"], weights=frame["w"])) ** 2
            )
    want = np.sqrt(sum(squares) / (2 if both else 1))
    made = mean(design, "y").iloc[0]
    assert made["se"] == pytest.approx(want, rel=1e-12)
    assert design.method == f"JK2 ({20 if both else 10})"


def test_replicates_of_halves_are_those_of_r() -> None:
    """R survey 4.1-1: JKn of two PSUs a stratum leaves out each in turn; a total is as linearised."""
    results = pd.read_csv(Path(__file__).parent / "reference" / "results.csv").query("stat == 'se'")
    wanted = results.set_index("case_id")["value"].astype(float)
    for name in ("y", "x", "qn1"):
        jkn = float(wanted[f"mean_own_jkn_{name}"])
        got = mean(halves(both=True, mse=False), name)["se"].iloc[0]
        assert got == pytest.approx(jkn, rel=1e-8)
    one = total(halves(), "x")["se"].iloc[0]
    assert one == pytest.approx(float(wanted["total_own_strata_x"]), rel=1e-8)


def test_zones_that_are_no_pairs_are_named() -> None:
    frame = pd.read_csv(Path(__file__).parent / "reference" / "own.csv")
    alone = frame.query("not (stratum == 4 and psu == 2)")
    drawn = {"weight": "w", "strata": "stratum", "psu": "psu", "nest": True, "replicates": {"method": "JK2"}}
    with pytest.raises(DesignError, match="two clusters in each stratum") as error:
        SurveyDesign(alone, **drawn)
    assert "1 of 10 strata" in str(error.value)
    rest = SurveyDesign(frame.query("stratum != 4"), **drawn)
    kept = SurveyDesign(alone, **drawn, lonely="certainty")  # the zone with one half adds nothing
    assert kept.variance.weights.shape == (len(alone), 10)
    assert total(kept, "x")["se"].iloc[0] == pytest.approx(total(rest, "x")["se"].iloc[0], rel=1e-12)


def test_weights_whose_sums_have_no_end_are_refused() -> None:
    frame = pd.DataFrame({"a": [0.0, 1.0] * 20, "w": 1e308})
    with pytest.raises(DesignError, match="not finite"):
        SurveyDesign(frame, weight="w")
