"""Tables of a coded project against the reference set's expected values and hand counts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from qualitative_samples import fgd, fgd_folder, study

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import (
    Project,
    code_tree,
    codebook,
    cooccurrence,
    fold_token,
    framework,
    frequency,
    kwic,
    read_table,
    saturation,
    saturation_point,
    tokens,
)


@pytest.fixture(scope="module")
def one_coder(shared: Path) -> Project:
    return fgd(shared).only(coder="coder_a")


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((fgd_folder(shared) / "expected.json").read_text())
    return found


def leaf(paths: pd.Series) -> pd.Series:
    return paths.str.split("/").str[-1]


def pairs(table: pd.DataFrame, column: str = "pairs") -> dict[str, int]:
    keys = zip(leaf(table["code_a"]), leaf(table["code_b"]), strict=True)
    return {" | ".join(sorted(k)): int(n) for k, n in zip(keys, table[column], strict=True)}


# --- codebook and frequency -------------------------------------------------------------------------


def test_frequency_by_code(one_coder: Project, expected: dict[str, dict[str, object]]) -> None:
    table = frequency(one_coder).set_index(leaf(frequency(one_coder)["code"]))
    for code, counts in expected["code_frequency_coder_a"].items():
        assert table.loc[code, ["segments", "sources", "chars"]].tolist() == list(counts.values()), code


@pytest.mark.parametrize(
    ("by", "column", "key"),
    [
        ("country", "sources", "code_by_country_documents_coder_a"),
        ("group", "segments", "code_by_group_segments_coder_a"),
    ],
)
def test_frequency_by_group(
    one_coder: Project, expected: dict[str, dict[str, object]], by: str, column: str, key: str
) -> None:
    table = frequency(one_coder, by, min_cell=0)
    found = {(c, g): n for c, g, n in zip(leaf(table["code"]), table[by], table[column], strict=True)}
    for code, groups in expected[key].items():
        assert all(found.get((code, group), 0) == n for group, n in groups.items()), code


def test_codebook_counts_descendants_and_flags(one_coder: Project) -> None:
    book = codebook(one_coder).set_index("code")
    assert book.loc["Risks/Bullying", ["segments", "sources", "cases", "coders"]].tolist() == [6, 6, 6, 1]
    assert book.loc["Coping/Protective skills", "flag"] == "one source"
    tree = Project.build({}, [], [{"code": "a"}, {"code": "a/b"}, {"code": "ab"}])
    assert codebook(tree)["flag"].tolist() == ["unused"] * 3
    assert codebook(read_table(study()))["first_used"].tolist() == ["G1", "G2", "G2", "G1"]


def test_overlapping_codings_are_one_passage_and_its_characters_count_once() -> None:
    rows = [
        {"source": "a", "start": a, "end": b, "code": "x", "coder": c}
        for a, b, c in ((4, 10, "A"), (6, 12, "B"), (12, 15, "A"))
    ]
    table = frequency(Project.build({"a": "P1: a long enough text"}, rows, [])).iloc[0]
    assert table[["segments", "passages", "chars"]].tolist() == [3, 2, 11]


def test_the_consensus_coder_counts_where_there_is_one() -> None:
    tables = study()
    agreed = tables["codings"].query("session_id == 'G1'")[:1].assign(coder_id="consensus")
    table = frequency(read_table(tables | {"codings": pd.concat([tables["codings"], agreed])})).set_index(
        "code"
    )
    assert table["segments"].to_dict() == {"block": 1, "talk": 2, "heard": 2}


def test_words_of_the_moderator_are_not_counted() -> None:
    table = frequency(read_table(study()), "source").set_index(["code", "source"])
    # By hand: G1-1 says 15 words, G1-2 three; two codings of block are one passage.
    assert table.loc[("block", "G1"), ["words", "passages"]].tolist() == [18, 1]
    assert table.loc[("block", "G1"), "per_1000_words"] == pytest.approx(1000 / 18)


def test_small_groups_of_people_are_suppressed_with_a_reason(shared: Path) -> None:
    project = read_table(study())
    assert frequency(project, "sex")["quality"].unique().tolist() == ["ok"]
    hidden = frequency(project, "sex", min_cell=7)
    assert hidden["segments"].isna().all()
    assert hidden["cases"].isna().all()
    assert (hidden["reason"] == "few_participants?n=7").all()
    assert frequency(project, "source", min_cell=7)["quality"].unique().tolist() == ["ok"]


@pytest.mark.parametrize("who", ["P4", "P7"])
def test_two_projects_whose_hidden_speakers_are_exchanged_give_one_table(who: str) -> None:
    """Two girls are few where k is 3; three boys are hidden with them, or all less the rest would tell."""
    sexes = ["other"] * 4 + ["boy"] * 3 + ["girl"] * 2
    cases = pd.DataFrame({"case": [f"P{i}" for i in range(9)], "sex": sexes})
    text = "\n".join(f"{case}: yes" for case in cases["case"])
    told = [text.index(f"{case}:") + len(case) + 2 for case in ("P0", "P1", who)]
    rows = [{"source": "a", "start": at, "end": at + 3, "code": "x", "coder": "A"} for at in told]
    project = Project.build({"a": text}, rows, [{"code": "x"}], cases=cases)
    table = frequency(project, "sex", min_cell=3)
    assert table.loc[table["quality"] == "ok", ["sex", "cases"]].to_numpy().tolist() == [["other", 2]]
    assert table.loc[table["quality"] != "ok", "cases"].isna().all()


def test_unknown_attributes_and_levels() -> None:
    with pytest.raises(QualitativeError, match="attribute"):
        frequency(read_table(study()), "shoe size")
    with pytest.raises(QualitativeError, match="level"):
        frequency(read_table(study()), level="word")


# --- framework --------------------------------------------------------------------------------------


def test_empty_is_not_the_same_as_not_asked() -> None:
    routing = pd.DataFrame({"session_id": ["G1"], "theme": ["rights"], "asked": ["no"]})
    cells = framework(read_table(study(routing=routing))).set_index(["row", "theme"])
    assert cells["quality"].to_dict() == {
        ("G1", "help"): "ok",
        ("G1", "rights"): "not_asked",
        ("G2", "help"): "ok",
        ("G2", "rights"): "ok",
    }
    assert (
        framework(read_table(study())).set_index(["row", "theme"]).loc[("G1", "rights"), "quality"] == "empty"
    )


def test_framework_counts_with_and_of(one_coder: Project) -> None:
    cells = framework(one_coder, ["country"], min_cell=0).set_index(["row", "theme"])
    row = cells.loc[("RU", "Risks")]
    # By hand from the truth file: coder_a's risk codes in three Russian documents; 8 children, a teacher.
    assert row[["segments", "sources", "base_sources", "base_cases"]].tolist() == [8, 3, 3, 9]


def test_human_summaries_are_kept_between_runs(tmp_path: Path) -> None:
    path = tmp_path / "summaries.csv"
    path.write_text(
        "row,theme,summary\nG1,help,They block first.\nG9,help,A group that is gone.\n", encoding="utf-8"
    )
    cells = framework(read_table(study()), summaries=path)
    assert cells.loc[0, "summary"] == "They block first."
    assert cells.iloc[-1][["row", "quality"]].tolist() == ["G9", "orphan"]
    with pytest.raises(QualitativeError, match="lack a column"):
        framework(read_table(study()), summaries=pd.DataFrame({"row": []}))


def test_framework_takes_themes_in_the_order_asked_for() -> None:
    cells = framework(read_table(study()), themes=["rights", "help"])
    assert cells["theme"].tolist() == ["rights", "help"] * 2
    with pytest.raises(QualitativeError, match="theme"):
        framework(read_table(study()), themes=["riches"])


def test_small_rows_of_the_framework_are_hidden() -> None:
    cells = framework(read_table(study()), ["sex", "area"], min_cell=7)
    assert set(cells["quality"]) == {"suppressed"}
    assert cells["segments"].isna().all()


# --- how codes meet ---------------------------------------------------------------------------------


def test_overlaps_of_anyone(shared: Path, expected: dict[str, dict[str, object]]) -> None:
    assert pairs(cooccurrence(fgd(shared), scope="any")) == expected["overlap_pairs_across_coders"]
    split = [pairs(cooccurrence(fgd(shared), scope=s)) for s in ("coder", "across")]
    both = {k: split[0].get(k, 0) + split[1].get(k, 0) for k in {**split[0], **split[1]}}
    assert both == expected["overlap_pairs_across_coders"]


def test_same_turn(one_coder: Project, expected: dict[str, dict[str, object]]) -> None:
    assert pairs(cooccurrence(one_coder, "turn")) == expected["same_turn_coder_a"]


def test_same_source(one_coder: Project, expected: dict[str, dict[str, object]]) -> None:
    table = cooccurrence(one_coder, "source")
    both, either = pairs(table), pairs(table, "either")
    theirs = {
        " | ".join(sorted(k.split(" | "))): v
        for k, v in expected["document_jaccard_coder_a_[both,either]"].items()
    }
    assert {k: [both[k], either[k]] for k in both} == {k: v for k, v in theirs.items() if v[0]}
    assert table["jaccard_sources"].tolist() == pytest.approx((table["pairs"] / table["either"]).tolist())


def test_overlaps_equal_two_loops() -> None:
    rng = np.random.default_rng(2)
    text = "P1: " + "word " * 60
    rows = []
    for _ in range(60):
        start = int(rng.integers(4, 290))
        row = {"source": str(rng.choice(list("ab"))), "start": start, "end": start + int(rng.integers(1, 25))}
        rows.append(row | {"code": str(rng.choice(list("xyz"))), "coder": str(rng.choice(list("AB")))})
    project = Project.build({"a": text, "b": text}, rows, [])
    kept = list(project.segments.itertuples())
    for gap in (None, 3):
        for scope in ("coder", "any", "across"):
            count: dict[tuple[str, str], int] = {}
            for i, s in enumerate(kept):
                for t in kept[i + 1 :]:
                    met = (
                        s.start < t.end and t.start < s.end
                        if gap is None
                        else 0 <= max(t.start - s.end, s.start - t.end) <= gap
                    )
                    fits = scope == "any" or (s.coder == t.coder) == (scope == "coder")
                    if s.source == t.source and s.code != t.code and met and fits:
                        key = (min(s.code, t.code), max(s.code, t.code))
                        count[key] = count.get(key, 0) + 1
            table = cooccurrence(project, "overlap" if gap is None else "adjacent", scope=scope, gap=gap or 0)
            assert (
                dict(zip(zip(table["code_a"], table["code_b"], strict=True), table["pairs"], strict=True))
                == count
            )


def test_indices_by_hand_and_the_warning_above_one() -> None:
    # x at 4-14; y at 4-8, 8-12, 12-20: three pairs of 1 and 3 segments; they share 10 of 16 characters.
    rows = [
        {"source": "a", "start": a, "end": b, "code": c, "coder": "A"}
        for a, b, c in ((4, 14, "x"), (4, 8, "y"), (8, 12, "y"), (12, 20, "y"))
    ]
    row = cooccurrence(Project.build({"a": "P1: " + "a" * 30}, rows, [])).iloc[0]
    assert row[["pairs", "equal", "inside", "crossing"]].tolist() == [3, 0, 2, 1]
    assert row["c_coefficient"] == pytest.approx(3 / (1 + 3 - 3))
    assert row["jaccard_characters"] == pytest.approx(10 / 16)
    more = cooccurrence(
        Project.build({"a": "P1: " + "a" * 30}, [*rows, dict(rows[0], start=4, end=20, coder="A")], [])
    )
    assert more["above_one"].tolist() == [True]


def test_cooccurrence_refuses_unknown_ways() -> None:
    with pytest.raises(QualitativeError, match="co-occurrence"):
        cooccurrence(read_table(study()), "near")


def test_a_project_without_segments_gives_empty_tables() -> None:
    project = Project.build({"a": "P1: yes"}, [], [{"code": "x"}])
    for how in ("overlap", "adjacent", "turn", "source"):
        assert cooccurrence(project, how).empty
    assert frequency(project).empty
    assert framework(project)["quality"].tolist() == ["not_coded"]
    assert saturation(project).point is None


def test_saturation_of_guest_namey_and_chen(shared: Path) -> None:
    data = json.loads((shared / "reference/qualitative/saturation/guest2020.json").read_text())
    new, expected = data["series"]["new_themes"], data["expected"]
    for name, case in expected.items():
        base, run, threshold = name.split("_")
        point, ratios = saturation_point(new, int(base[4:]), int(run[3:]), int(threshold[:-3]) / 100)
        assert point == case["saturated"], name
        if "ratios" in case:
            assert [round(r, 4) for r in ratios] == case["ratios"]
    for case in data["edge_cases"]:
        assert (
            saturation_point(case["new_themes"], case["base"], case["run"], case["threshold"])[0]
            == case["expected"]
        ), case["why"]


def test_saturation_goes_by_the_date_of_the_interview() -> None:
    found = saturation(read_table(study()), base=1, run=1)
    # G2 was in January and brings two codes, G1 in February two more.
    assert found.curve["source"].tolist() == ["G2", "G1"]
    assert found.curve["codes"].tolist() == [2, 4]
    assert found.curve["ratio"].tolist()[1] == 1.0
    assert found.point is None
    assert saturation(read_table(study()), order="source").curve["source"].tolist() == ["G1", "G2"]
    with pytest.raises(QualitativeError, match="order"):
        saturation(read_table(study()), order="weight")


def test_the_band_holds_the_curve_of_a_random_order(one_coder: Project) -> None:
    curve = saturation(one_coder, permutations=500).curve
    assert (curve["low"] <= curve["high"]).all()
    assert curve["low"].iloc[-1] == curve["high"].iloc[-1] == curve["codes"].iloc[-1] == 18
    pd.testing.assert_frame_equal(curve, saturation(one_coder, permutations=500).curve)


# --- words ------------------------------------------------------------------------------------------


def test_tokens_and_folding_of_the_reference_set(shared: Path) -> None:
    for case in json.loads((shared / "reference/qualitative/text/tokenise_cases.json").read_text()):
        found = [m[0] for m in tokens(case["text"])]
        assert found == case["tokens"], case["why"]
        if "folded" in case:
            assert [fold_token(t, case["lang"], yo=True) for t in found] == case["folded"], case["why"]


def test_yo_is_kept_unless_asked_and_turkish_i_only_in_turkish() -> None:
    assert fold_token("Ёлка") == "ёлка"
    assert fold_token("IŞIK") == "işik"
    assert fold_token("INTERNET", "en") == "internet"


def test_keyword_in_context_passes_the_gate() -> None:
    tables = study()
    found = kwic(read_table(tables), "rule*", window=2)
    assert found[["left", "keyword", "right"]].to_numpy().tolist() == [
        ["than any ", "rule", " at home"],
        ["before the ", "rules", " were made"],
    ]
    assert found["attribution"].tolist() == ["child, girl, 12-14, urban"] * 2
    unsigned = tables | {"reviews": tables["reviews"].assign(signed_on=["2026-03-01", ""])}
    hidden = kwic(read_table(unsigned), "rule*")
    assert (len(hidden), hidden.attrs["withheld"]) == (0, 2)
    assert kwic(read_table(tables), "WHAT").shape[0] == 1  # the moderator's own words are no finding
    assert kwic(read_table(tables), "rule*", lang="ru").empty
    with pytest.raises(QualitativeError):
        kwic(read_table(tables), "*")


def test_keyword_orders() -> None:
    project = read_table(study())
    by_right, by_left = (kwic(project, "rule*", sort=s)["keyword"].tolist() for s in ("right", "left"))
    assert (by_right, by_left) == (["rule", "rules"], ["rule", "rules"])
    assert kwic(project, "rule*", sort="source")["source"].tolist() == ["G2", "G2"]


def test_the_tree_hangs_codes_below_their_theme_and_codes_below_codes() -> None:
    at = {"help": (4, 7), "help/adults": (4, 8), "help/adults/teacher": (8, 11), "alone": (4, 11)}
    rows = [{"source": "a", "start": a, "end": b, "code": c, "coder": "A"} for c, (a, b) in at.items()]
    tree = code_tree(Project.build({"a": "P1: yes and no"}, rows, [{"code": "unused"}]))
    assert tree.to_numpy().tolist() == [
        ["alone", "alone", 0, 1],
        ["help", "help", 0, 1],
        ["help/adults", "help", 1, 1],
        ["help/adults/teacher", "help", 2, 1],
    ]
