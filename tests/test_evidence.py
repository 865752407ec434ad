"""Evidence: ids, duplicates, tokens, what changed, and the trail of one number."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from digicit_lib import evidence as ev
from digicit_lib.errors import EvidenceError


def rows(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"indicator": ["ACC-03"], "statistic": ["share"], "estimate": [0.4], **columns})


@pytest.fixture
def store() -> ev.Evidence:
    made = ev.Evidence("turkey", "quantitative", {"country": "TUR", "data_kind": "synthetic"})
    made.add(rows())
    made.add(rows(by=["gender"], level=["girl"]))
    return made


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("ACC-10", "median"), "ACC-10/median/all"),
        (
            ("RSK-01@yrbs", "share", "gender,age_group", "girl,9-11"),
            "RSK-01@yrbs/share/gender=girl,age_group=9-11",
        ),
        (("RSK-26", "share", "", "", "upset"), "RSK-26/share:upset/all"),
        (("X", "diff", "gender", "girl-boy"), "X/diff:gender=girl-boy"),
        (("X", "value", "", "", "", "2023"), "X/value/all/2023"),
    ],
)
def test_tails_are_readable(args: tuple[str, ...], expected: str) -> None:
    assert ev.tail(*args) == expected


def test_rows_get_ids_context_and_quality(store: ev.Evidence) -> None:
    found = store["ACC-03/share/gender=girl"]
    assert found.id == "turkey/quantitative/ACC-03/share/gender=girl"
    assert (found.country, found.data_kind, found.quality, found.shown) == ("TUR", "synthetic", "ok", True)


def test_a_bare_indicator_is_everyone(store: ev.Evidence) -> None:
    assert store["ACC-03"].by == ""
    # Python 3.13 compares dataclasses field by field, and what is not a number is not even equal to itself.
    assert repr(store["turkey/quantitative/ACC-03/share/all"]) == repr(store["ACC-03"])


def test_a_bare_series_is_its_latest_period(store: ev.Evidence) -> None:
    for year, value in (("2022", 1.0), ("2023", 2.0), ("2021", 3.0)):
        store.add(
            pd.DataFrame({"indicator": ["X"], "statistic": ["value"], "period": [year], "estimate": [value]})
        )
    assert store["X"].period == "2023"


def test_the_same_row_twice_is_one_row_and_another_value_an_error(store: ev.Evidence) -> None:
    store.add(rows())
    assert len(store) == 2
    store.add(rows(by="gender", level="boy", estimate=np.nan))
    for level, other in (("girl", 0.5), ("girl", np.nan), ("boy", 0.5)):
        with pytest.raises(EvidenceError, match="two different numbers"):
            store.add(rows(by="gender", level=level, estimate=other))


def test_duplicate_rows_in_one_frame_are_refused(store: ev.Evidence) -> None:
    with pytest.raises(EvidenceError, match="twice"):
        store.add(pd.concat([rows(), rows()]))


def test_unknown_token_names_the_nearest(store: ev.Evidence) -> None:
    with pytest.raises(EvidenceError) as caught:
        _ = store["ACC-03/share/gender=grl"]
    assert "ACC-03/share/gender=girl" in str(caught.value)


def test_saved_evidence_is_the_same_bytes_and_reads_back(store: ev.Evidence, tmp_path: Path) -> None:
    store.findings.append(ev.Finding("{ACC-03} x", "40% x", ("turkey/quantitative/ACC-03/share/all",)))
    for name in ("a", "b"):
        store.save(tmp_path / name)
    for file in ("evidence.parquet", "evidence.csv", "findings.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    pd.testing.assert_frame_equal(ev.load(tmp_path / "a"), store.to_frame(), check_dtype=False)
    assert (tmp_path / "a" / "findings.json").read_text().startswith('[\n {\n  "text"')  # a line a fact
    heads = (tmp_path / name / "evidence.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert heads[heads.index("reason") + 1] == "reason_text"


def test_diff_names_the_strongest_cause_of_a_change_and_no_other() -> None:
    old = pd.DataFrame({"id": [*"abcd"], "estimate": 1.0, "quality": "ok", "definition_sha": "x", "n": 90.0})
    new = old.assign(estimate=2.0, definition_sha=["y", "y", "x", "x"], n=[90.0, 80.0, 80.0, 90.0])
    found = ev.diff(old, new).set_index("id")["cause"].to_dict()
    assert found == {"a": "definition", "b": "definition", "c": "answers", "d": "inputs"}


def test_a_changed_difference_has_the_interval_that_its_verdict_follows() -> None:
    """The plain interval is above zero, that of all comparisons together is not: no difference is shown."""
    row = {"id": "a", "estimate": 0.1, "quality": "ok", "ci_low": 0.01, "ci_high": 0.19}
    row |= {"verdict": "not shown", "sim_low": -0.02, "sim_high": 0.22}
    old, new = pd.DataFrame([row | {"estimate": 0.2}]), pd.DataFrame([row])
    assert ev.diff(old, new)[["ci_low", "ci_high"]].values.tolist() == [[-0.02, 0.22]]
    untested = {"verdict": ""}
    assert ev.diff(old, new.assign(**untested))["ci_low"].tolist() == [0.01]


def test_diff_tells_new_gone_changed_and_hidden() -> None:
    old = pd.DataFrame({"id": ["a", "b", "c", "d"], "estimate": [1.0, 2.0, 3.0, 4.0], "quality": "ok"})
    new = pd.DataFrame(
        {
            "id": ["a", "b", "c", "e"],
            "estimate": [1.0, 2.5, None, 5.0],
            "quality": ["ok", "ok", "suppressed", "ok"],
        }
    )
    found = ev.diff(old, new).set_index("id")["change"].to_dict()
    assert found == {"b": "changed", "c": "changed", "d": "gone", "e": "new"}
    assert ev.diff(old, old).empty


def test_trace_leads_from_the_number_to_file_and_cell(store: ev.Evidence, tmp_path: Path) -> None:
    folder = tmp_path / "outputs" / "turkey" / "quantitative"
    store.findings.append(ev.Finding("{ACC-03} x", "40% x", ("turkey/quantitative/ACC-03/share/all",)))
    store.save(folder)
    record = {
        "inputs": {"data a.sav": "0" * 64, "params": "1", "workbook w": "2"},
        "commit": "abc",
        "run": "r1",
    }
    (folder / "run.json").write_text(json.dumps(record))
    block = {"kind": "figure", "provenance": ["turkey/quantitative/ACC-03/share/all"]}
    output = {"output_type": "display_data", "data": {"application/vnd.digicit.block+json": block}}
    other = {"output_type": "display_data", "data": {"application/vnd.digicit.block+json": {"id": "x"}}}
    cells = [
        {"cell_type": "markdown", "source": ["x"]},
        {"id": "c1", "source": ["wb.facts()"], "outputs": [other]},
        {"id": "c2", "source": ["wb.figure(a)"], "outputs": [output]},
    ]
    (folder / "workbook.ipynb").write_text(json.dumps({"cells": cells}))
    found = ev.trace(tmp_path, "turkey/quantitative/ACC-03")
    assert found["id"] == "turkey/quantitative/ACC-03/share/all"
    assert found["sentences"] == ["40% x"]
    assert found["files"][0] == {"name": "data a.sav", "sha256": "0" * 64}
    assert found["cell"] == {"number": 3, "id": "c2", "source": "wb.figure(a)"}
    assert found["run"]["commit"] == "abc"


def test_trace_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no evidence") as caught:
        ev.trace(tmp_path, "turkey/quantitative/ACC-03")
    assert "digicit run turkey quantitative" in str(caught.value)
    with pytest.raises(EvidenceError, match="Not an evidence id"):
        ev.trace(tmp_path, "ACC-03")


def test_a_share_that_moves_by_less_than_a_tenth_of_a_point_has_changed() -> None:
    """Mutant 30: a tolerance of 0.001 would call it equal."""
    frames = [pd.DataFrame({"id": ["a"], "estimate": [p], "quality": ["ok"]}) for p in (0.5, 0.5000001)]
    assert ev.diff(*frames)["change"].tolist() == ["changed"]
    assert ev.diff(frames[0], frames[0]).empty


def test_unknown_token_names_three_at_most(store: ev.Evidence) -> None:
    for k in range(5):
        store.add(pd.DataFrame({"indicator": [f"ACC-0{k + 4}"], "statistic": "share", "estimate": 0.1}))
    with pytest.raises(EvidenceError) as told:
        store["ACC-99"]
    assert told.value.allowed is not None and told.value.allowed.count(",") == 2


def test_a_diff_names_titles_where_both_runs_have_them() -> None:
    old, new = (pd.DataFrame({"id": ["a"], "estimate": [p], "quality": ["ok"]}) for p in (0.1, 0.2))
    assert "title" not in ev.diff(old, new.assign(title="A"))
    assert "title" not in ev.diff(old.assign(title="A"), new)
    assert ev.diff(old.assign(title="A"), new.assign(title="B"))["title"].tolist() == ["B"]


def test_readers_are_told_whole_percents_and_one_decimal() -> None:
    changes = pd.DataFrame(
        {
            "id": list("abc"),
            "data_kind": "observed",
            "change": "changed",
            "before": [0.504, 1.04, -0.996],
            "after": [0.516, 1.26, 0.016],
        }
    )
    told = ev.publishable_changes(changes)
    assert told[["before", "after"]].to_numpy().tolist() == [[0.5, 0.52], [1.0, 1.3], [-1.0, 0.02]]


def test_evidence_without_numbers_or_without_a_column_is_damaged(tmp_path: Path) -> None:
    store = ev.Evidence("land", "quantitative")
    store.add(pd.DataFrame([{"indicator": "ACC-03", "statistic": "share", "estimate": 0.5}]), kind="estimate")
    store.save(folder := tmp_path / "land" / "quantitative")
    whole = ev.load(folder)
    for frame in (whole.assign(estimate="x"), whole.drop(columns="indicator")):
        frame.to_parquet(folder / "evidence.parquet")
        with pytest.raises(EvidenceError, match="damaged") as caught:
            ev.load(folder)
        assert caught.value.where == "land/quantitative/evidence.parquet"
        assert caught.value.next == "digicit run land quantitative --force"
