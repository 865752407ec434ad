"""A stranger with the published evidence alone: no hidden count comes back, at 60, 400 and 1,200 answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from digicit_lib import disclosure, synthetic
from digicit_lib.workbook import Workbook

FOLLOW = {
    "HRM-01": ("COP-01", "COP-02", "COP-06"), "RSK-13": ("RSK-14",), "RSK-24": ("RSK-25",),
    "RSK-01": ("HRM-02",),
}  # fmt: skip
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
}
LARGE = pytest.mark.long
CASES = [
    pytest.param(60, "unweighted", id="60"),
    pytest.param(400, "unweighted", id="400"),
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
    told = disclosure.audit(shown, profile=wb.params.publication)
    assert told[~told["safe"]].empty, told[~told["safe"]].head().to_string()
    assert _follow_up_bases(evidence) == []
    assert hidden[["estimate", "se", "ci_low", "ci_high", "deff", "p_value"]].isna().all(axis=None)
    small = evidence[evidence["n"] < wb.params.publication.min_base]
    assert small[small["quality"] != "not_asked"].empty


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


def test_tests_and_odds_over_hidden_counts_are_not_printed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    wb = opened(tmp_path, 400, "unweighted")
    private = [name for name in ("RSK-01", "RSK-24", "COP-01") if wb._survey.private(name)]
    assert private
    for result in (wb.associations(*private, by="gender"), wb.odds(private[0], "gender")):
        assert result.frame.empty
        assert "would give it back" in " ".join(result.gaps)


def test_a_level_may_hold_a_comma(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    wb = opened(tmp_path, 240, "unweighted", "region", region={"R1": "Izmir, Aydin", "R2": "Ankara"})
    shown = wb.estimate("ACC-03", by="region").frame
    assert "Izmir, Aydin" in set(shown["level_label"])
    assert "ACC-03/share/region=Izmir%2C Aydin" in {name.split("/", 2)[2] for name in shown["id"]}
