"""Estimators on a plain frame, for one-off use: the numbers of its design, a short view, errors that help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import digicit_lib
from digicit_lib import SurveyDesign, association, difference, mean, proportion, table
from digicit_lib.errors import DigicitError
from digicit_lib.survey import quantile, ratio, regression, reliability, total, trend

DRAWN: dict[str, Any] = {"weights": "w", "strata": "stratum", "psu": "cluster"}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """The invented respondents of the R reference."""
    children = pd.read_csv(Path(__file__).parent / "reference" / "own.csv")
    return children.assign(cluster=children["stratum"] * 10 + children["psu"])


ESTIMATORS: dict[str, Callable[..., Any]] = {
    "table": lambda data, **how: table(data, ["qn1", "kind"], by=[(), "sex"], **how),
    "proportion": lambda data, **how: proportion(data, "qn1", by="age3", **how),
    "mean": lambda data, **how: mean(data, "y", **how),
    "total": lambda data, **how: total(data, "x", **how),
    "ratio": lambda data, **how: ratio(data, "y", "x", **how),
    "difference": lambda data, **how: difference(data, "qn1", "sex", **how),
    "association": lambda data, **how: association(data, "qn1", "sex", **how),
    "quantile": lambda data, **how: quantile(data, "x", **how),
    "trend": lambda data, **how: trend(data, "qn1", "stratum", **how),
    "regression": lambda data, **how: regression(data, "y ~ x", **how).coefficients,
    "reliability": lambda data, **how: pd.Series(reliability(data, ["a1", "a2", "a3"], **how)),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_frame_gives_the_numbers_of_its_design(frame: pd.DataFrame, name: str) -> None:
    estimate = ESTIMATORS[name]
    design = SurveyDesign(frame, weight="w", strata="stratum", psu="cluster")
    whole, once = estimate(design), estimate(frame, **DRAWN)
    assert once.equals(whole)
    if name != "reliability":  # which has no standard error
        assert not estimate(frame, weights="w").equals(whole)  # without strata and PSUs it is another design


def test_the_view_is_short_and_holds_everything(frame: pd.DataFrame) -> None:
    out = table(frame, "qn1", by="sex", **DRAWN)
    head = repr(out).splitlines()[0].split()
    assert head == ["indicator", "by", "level", "estimate", "ci_low", "ci_high", "n"]
    assert repr(out).endswith("[2 estimates, 20 columns]")
    assert "deff" not in out._repr_html_()
    assert {"deff", "df", "method"} <= set(out)
    assert type(out[["level", "se"]]) is pd.DataFrame
    assert len(repr(regression(frame, "y ~ x", **DRAWN)).splitlines()) == 4


# What people type first, and what they are told.
MISTAKES: dict[str, tuple[Callable[[pd.DataFrame], object], str]] = {
    "no weights": (lambda f: mean(f, "y"), 'weights="the column", or SurveyDesign(frame, unweighted=True)'),
    "weight": (
        lambda f: mean(f, "y", weight="w"),  # type: ignore[call-arg]
        "did you mean weights?",
    ),
    "a column": (lambda f: mean(f["y"], "y", weights="w"), "a SurveyDesign, or a DataFrame with weights="),
    "weights twice": (lambda f: mean(SurveyDesign(f, "w"), "y", weights="w"), "already"),
    "a misspelt column": (lambda f: mean(f, "yy", weights="w"), "did you mean y?"),
    "a misspelt group": (lambda f: mean(f, "y", by="sexx", weights="w"), "did you mean sex?"),
    "a misspelt weight": (lambda f: mean(f, "y", weights="ww"), "did you mean w?"),
    "a share of a score": (lambda f: proportion(f, "y", weights="w"), "use mean()"),
    "Wald": (lambda f: proportion(f, "qn1", weights="w", ci="wald"), "korn-graubard"),
    "PSUs that start again": (lambda f: mean(f, "y", weights="w", strata="stratum", psu="psu"), "nest=True"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_people_type_first_is_answered(frame: pd.DataFrame, name: str) -> None:
    call, help_ = MISTAKES[name]
    with pytest.raises(DigicitError) as caught:
        call(frame)
    assert help_ in str(caught.value)


def test_pandas_options_are_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGICIT_STAGE", raising=False)
    before = pd.get_option("mode.string_storage"), pd.get_option("display.max_columns")
    digicit_lib.Workbook.open("turkey", "quantitative", root=Path(__file__).parents[1])
    assert (pd.get_option("mode.string_storage"), pd.get_option("display.max_columns")) == before
