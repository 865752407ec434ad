"""Sentences: every number and every comparison from evidence, and a headline that stays true."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate, Evidence
from digicit_lib.workbook.findings import NotShown, render, typed_claims


@pytest.fixture
def estimate() -> Estimate:
    store = Evidence("s", "quantitative")
    numbers = {
        "estimate": [0.453],
        "ci_low": [0.42],
        "ci_high": [0.48],
        "confidence_level": [0.95],
        "n": [1200],
    }
    store.add(pd.DataFrame({"indicator": ["ACC-03"], "statistic": ["share"], "unit": ["share"], **numbers}))
    return store["ACC-03"]


def said(template: str, estimate: Estimate) -> str:
    parts = render(template, lambda _: estimate)
    return "".join(p if isinstance(p, str) else p["text"] for p in parts)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{ACC-03} go online.", "45% go online."),
        ("{ACC-03|ci}", "45% (95% interval 42% to 48%)"),
        ("{ACC-03|n} answered", "1,200 answered"),
        ("{ACC-03|words} do", "nearly 5 in 10 do"),
        ("{ACC-03|points}", "45 percentage points"),
    ],
)
def test_forms(template: str, text: str, estimate: Estimate) -> None:
    assert said(template, estimate) == text


def test_each_number_carries_its_evidence(estimate: Estimate) -> None:
    parts = render("So {ACC-03} do.", lambda _: estimate)
    assert parts == ["So ", {"text": "45%", "id": estimate.id, "value": 0.453}, " do."]


def test_a_headline_follows_flipped_data(estimate: Estimate) -> None:
    template = "Girls are {D|likely} boys to do so."
    # The plain interval of the last excludes zero: the verdict of the declared family decides, not it.
    tested = {"statistic": "diff", "ci_low": 0.01, "ci_high": 0.12, "sim_low": -0.05, "sim_high": 0.17}
    girls = replace(estimate, **tested, estimate=0.06, verdict="more")
    boys = replace(girls, estimate=-0.1, verdict="less")
    unclear = replace(girls, verdict="not shown")
    assert said(template, girls) == "Girls are more likely than boys to do so."
    assert said(template, boys) == "Girls are less likely than boys to do so."
    with pytest.raises(NotShown, match=r"no difference is shown \(−5 to 17 points\)"):
        said(template, unclear)
    with pytest.raises(EvidenceError, match="not declared"):
        said(template, replace(girls, verdict=""))


def test_a_number_without_an_interval_has_no_brackets(estimate: Estimate) -> None:
    none = float("nan")
    alone = replace(estimate, statistic="diff", verdict="more", sim_low=none, sim_high=none)
    assert said("{D|ci}.", alone) == said("{D|ci}.", replace(estimate, ci_low=none)) == "45%."
    with pytest.raises(NotShown, match=r"no difference is shown$"):
        said("{D|likely}", replace(alone, verdict="not shown"))


def test_the_interval_beside_a_comparison_is_that_of_its_test(estimate: Estimate) -> None:
    tested = replace(estimate, statistic="diff", unit="share", verdict="more", sim_low=0.005, sim_high=0.102)
    assert "(0.5 to 10 points; the 95% intervals of all declared" in said("{D|ci}.", tested)


def test_a_hidden_number_hides_the_sentence(estimate: Estimate) -> None:
    hidden = replace(
        estimate, quality="suppressed", reason="privacy: fewer than 5 answers", estimate=float("nan")
    )
    with pytest.raises(NotShown, match="privacy"):
        render("{ACC-03} do.", lambda _: hidden)


@pytest.mark.parametrize(
    "text", ["45 children", "Most children", "Half of girls", "use is rising", "fewer than {X}"]
)
def test_typed_claims_are_refused(text: str, estimate: Estimate) -> None:
    assert typed_claims(text)
    with pytest.raises(EvidenceError, match="may not type"):
        render(text, lambda _: estimate)


@pytest.mark.parametrize(
    "text",
    [
        "Article 17 and Articles 13, 15 and 17",
        "in 2021",
        "aged 9 to 17",
        "General Comment 25",
        "12-year-olds",
        "see section 10",
        "RSK-01",
    ],
)
def test_years_ages_and_articles_are_no_claims(text: str) -> None:
    assert typed_claims(text) == []


def test_only_a_difference_compares(estimate: Estimate) -> None:
    with pytest.raises(EvidenceError, match="needs a difference"):
        render("{ACC-03|likely}", lambda _: estimate)
    with pytest.raises(EvidenceError, match="Unknown form"):
        render("{ACC-03|bold}", lambda _: estimate)
