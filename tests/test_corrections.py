"""The corrections of CONTENT-2026, section 2, one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib import synthetic
from digicit_lib.codebook import CLEARANCE_ONLY, SCALES, Rule, catalogue, instrument
from digicit_lib.data import open_survey
from digicit_lib.data.mapping import BLANK, Mapper
from digicit_lib.data.opening import respondents_of
from digicit_lib.data.raw import Raw
from digicit_lib.data.xlsform import form_sheets
from digicit_lib.params import Params, load_params

ROOT = Path(__file__).parents[1]
# Definitions of the first edition, before the corrections, written from the catalogue of that day.
FIRST = json.loads((ROOT / "tests" / "reference" / "catalogue_first_edition.json").read_text("utf-8"))
C = catalogue()


def read(name: str, columns: dict[str, list[object]], edition: str = "digicit") -> pd.Series:
    """What the own questionnaire makes of raw answers to one indicator."""
    whole = {c: [""] * len(next(iter(columns.values()))) for c in sorted(instrument(edition).columns(name))}
    frame = pd.DataFrame({**whole, **columns, "age": 16})
    return pd.Series(Mapper(Raw(frame), instrument(edition)).indicator(name).value)


def test_an_indicator_that_changed_since_a_wave_is_a_variant() -> None:
    """A wave of the first edition holds variants of what changed, and the rest under its own name."""
    first = instrument("digicit_first")
    changed = {name for name, sha in FIRST.items() if C[name].definition_sha != sha}
    assert changed == {name.removesuffix("@first") for name in first.indicators if name.endswith("@first")}
    assert not changed & set(first.indicators)  # never silently the same
    for name in changed:
        old = first.definition(f"{name}@first")
        assert old.definition_sha != C[name].definition_sha and old.certainty == C[name].certainty, name
    assert set(FIRST) - changed <= set(first.indicators)


def test_c1_any_of_is_yes_by_one_part_and_no_only_by_all() -> None:
    for name in ("RSK-11", "RSK-22", "RSK-30"):
        rule = instrument("digicit").indicators[name]
        assert rule.any and not rule.at_least, name
    for name in ("EXC-01", "ACC-09", "MED-06"):
        assert instrument("digicit").indicators[name].any, name
    columns = {f"exc_01_{i}": ["never", "never", "dk"] for i in range(1, 5)} | {
        "exc_01_5": ["weekly", "never", "never"]
    }
    columns["exc_01_1"] = ["dk", "never", "never"]
    found = read("EXC-01", columns)
    assert (
        found[0] == 1 and found[1] == 0 and found[2] != found[2]
    )  # a yes decides; an incomplete no is unknown


def test_c2_and_c3_who_where_and_whom_they_told_stand_behind_clearance_with_bases_of_their_own() -> None:
    for name in ("IBA-07", "IBA-08", "IBA-09", "COP-10", "COP-11"):
        assert C[name].tier == "M" and C[name].sensitivity == 3 and name in CLEARANCE_ONLY
        assert C[name].ages[0] >= 12 and C[name].period == "last time"
    assert {"RSK-16", "RSK-17", "RSK-18", "IBA-01"} <= set(C["IBA-07"].base.split("|"))
    abused = {f"RSK-{n}" for n in (18, 19, 20, 21)}
    assert set(C["COP-10"].base.split("|")) == set(C["COP-11"].base.split("|")) == abused
    assert C["COP-05"].base == C["COP-06"].base == "HRM-01"
    told = read("COP-10", {"iba_09": ["friend police", "friend", "none", "dk"]})
    silent = read("COP-11", {"iba_09": ["friend police", "friend", "none", "dk"]})
    assert told[:3].tolist() == [1, 0, 0] and silent[:3].tolist() == [0, 0, 1] and told.isna()[3]


def test_c4_a_claim_found_false_being_unsure_and_checking_are_three_things() -> None:
    assert C["RSK-12"].polarity == "neither" and "unsure" not in C["RSK-12"].title
    assert (C["RSK-12B"].polarity, C["RSK-12B"].base, C["RSK-12B"].period) == ("bad", "NET", "past month")
    assert (C["RSK-12C"].polarity, C["RSK-12C"].competence) == ("good", "judge")


def test_c5_hurtful_treatment_anywhere_is_asked_first_and_only_offline_is_told() -> None:
    rows = form_sheets(country="TUR", languages=["en"], modules=["school"])["survey"]
    names = [row["name"] for row in rows]
    assert names.index("rsk_33") < names.index("rsk_01") < names.index("rsk_02")
    assert C["RSK-33"].base == "ALL" and C["RSK-01"].base == C["RSK-02"].base == "NET"
    offline = read("RSK-34", {"rsk_33": ["few", "few", "never", "few"], "rsk_01": ["no", "yes", "no", "na"]})
    assert offline.tolist() == [1, 0, 0, 1]


def test_c6_a_basic_skill_needs_an_act_in_each_of_five_areas() -> None:
    no = {f"skl_04_{i}": ["no", "no"] for i in range(1, 11)}
    acts = no | {f"skl_04_{i}": ["yes", "yes"] for i in (1, 3, 5, 7)} | {"skl_04_10": ["yes", "no"]}
    assert read("SKL-04", acts).tolist() == [1, 0]
    assert C["SKL-04"].certainty == "P"
    assert instrument("mics6").definition("SKL-04@mics").certainty == "S"  # the nine acts live on there


@pytest.mark.parametrize("name", ["SKL-J", "SKL-C", "SKL-N", "SKL-K"])
def test_c7_not_understood_is_the_lowest_answer_in_all_four_scores(name: str) -> None:
    columns = C[name].raw_columns
    found = read(name, {c: ["not_understood", "not_true", "very"] for c in columns})
    assert found.tolist() == [0, 0, 100] and C[name].certainty == "P"


def test_c8_tools_at_home_are_four_and_any_of_them_is_the_old_line() -> None:
    answers = {"med_04": ["filter location", "none", "reading", "dk"]}
    expected = {"MED-04": [1, 0, 1], "MED-04A": [1, 0, 0], "MED-04C": [1, 0, 0], "MED-04D": [0, 0, 1]}
    for name, values in expected.items():
        assert read(name, answers)[:3].tolist() == values and read(name, answers).isna()[3], name
    assert read("MED-04@first", {"med_04": ["yes", "no"]}, "digicit_first").tolist() == [1, 0]


def test_c9_limits_are_neither_good_nor_bad() -> None:
    said = " ".join([C["MED-03"].title, C["MED-03"].says.short, C["MED-03"].numerator]).lower()
    assert C["MED-03"].polarity == "neither" and "protect" not in said and "limits" in said


def test_c10_children_offline_name_their_barriers_too() -> None:
    assert C["ACC-09"].base == "ALL"
    assert {"power", "shutdown", "age"} <= {item.name for item in C["ACC-09"].items}
    frame = synthetic.survey(seed=5, n=240)
    assert frame.loc[frame["acc_01"] == "no", "acc_09_1"].ne("na").all()


def test_c11_the_age_at_first_use_is_no_trend() -> None:
    assert [name for name, one in C.items() if not one.trend] == ["ACC-10"]


def study(extra: dict[str, object]) -> Params:
    """The demonstration of Türkiye with other params."""
    params = load_params("turkey", ROOT)
    fields = params.model_dump(exclude={"slug", "file"}, exclude_unset=True)
    for key, value in extra.items():
        fields[key] = {**fields.get(key, {}), **value} if isinstance(value, dict) else value
    return Params(slug=params.slug, file=params.file, **fields)


def test_c12_the_age_of_the_law_counts_from_the_day_on_which_it_is_in_force() -> None:
    """Two ids: by the service's age (OPP-16), and by the law's (OPP-16@law) from its day on."""
    law = {"age": 15, "citation": "Law 1"}  # the report is of 30 November
    before = open_survey(study({"population": {"legal_minimum": {**law, "since": "2026-12-01"}}}), ROOT)
    assert "OPP-16" in before.indicators and "OPP-16@law" not in before.indicators
    since = open_survey(study({"population": {"legal_minimum": {**law, "since": "2026-11-30"}}}), ROOT)
    assert since.indicators["OPP-16"].ages == (9, 12) and since.indicators["OPP-16@law"].ages == (9, 14)
    age, asked = since.frame["age"], since.in_base["OPP-16@law"]
    assert (age[asked] == 14).any() and age[asked].max() == 14 and age[since.in_base["OPP-16"]].max() == 12
    rows = form_sheets(country="TUR", languages=["en"], legal_age=15)["survey"]
    gate = next(row["relevant"] for row in rows if row["name"] == "opp_16_1")
    assert gate.startswith("${age} >= 9 and ${age} <= 14")


def test_c12_a_law_that_is_not_in_force_is_told_and_nothing_is_counted_by_it() -> None:
    from digicit_lib.workbook.quantitative import Quantitative

    wb = Quantitative(study({"modules": []}), ROOT, "en")
    notes = wb._story.notes("activities")
    assert any("15 years as the lowest age for a profile, not yet in force" in note for note in notes)
    assert not [note for note in wb._story.notes("risks") if "not yet in force" in note]


def test_c20_and_c21_disability_by_domains_and_household_things_make_groups() -> None:
    """By hand: one domain is enough for a yes, a no needs all of them; a household has 0 to 13 things."""
    groups = instrument("digicit").breakdowns
    cfm, short, things = groups["disability_cfm"], groups["disability_wgss"], groups["assets"]
    assert len(cfm.columns) == 13 and len(short.columns) == 6 and len(things.columns) == 6
    assert sum(rule.range[1] for rule in things.made_of.count if rule.range) == 13
    frame = synthetic.survey(seed=3, n=240).assign(**dict.fromkeys(cfm.columns, "none"))
    frame[list(things.columns)] = "0"
    frame["cfm_anxious"] = frame["cfm_sad"] = "never"
    frame.loc[0, "cfm_learning"], frame.loc[1, "cfm_sad"], frame.loc[2, "cfm_hearing"] = "a_lot", "daily", ""
    frame.loc[160:, "assets_computers"], frame.loc[80:159, "assets_bathrooms"] = "3", "1"
    params = study({"design": {"unweighted": True}, "modules": []})
    made = respondents_of(params, instrument("digicit"), Raw(frame), {"name": "x", "rows": 240}, [])
    assert made.frame["disability_cfm"][:4].astype(object).fillna("").tolist() == ["yes", "yes", "", "no"]
    assert made.frame["assets"].value_counts(sort=False).tolist() == [80, 80, 80]
    assert "disability_wgss" not in made.breakdowns


def test_c22_groups_by_age_are_the_studys_own() -> None:
    made = open_survey(study({"analysis": {"age_bands": ["9-16", "17-17"]}, "modules": []}), ROOT)
    assert made.breakdowns["age_group"] == ("9-16", "17-17")
    assert (made.frame["age"][made.frame["age_group"] == "9-16"].max()) == 16


def test_c22_of_children_below_nine_a_carer_tells_in_a_frame_of_their_own() -> None:
    """The paper's two frames, [3-8 carer] and [9-17]: each child of the sample stands in one of them."""
    told = [name for name, one in C.items() if one.module == "young"]
    assert told == ["PAR-01", "PAR-02", "PAR-03", "PAR-04"]
    assert all(C[name].asked_of == "parent" and C[name].ages == (3, 8) for name in told)
    rows = form_sheets(country="TUR", languages=["en"], modules=["young"])["survey"]
    form = {row["name"]: row for row in rows if row["type"] != "end_group"}
    assert form["age"]["constraint"] == ". >= 3 and . <= 17"
    assert form["par_01"]["relevant"] == "${age} >= 3 and ${age} <= 8"
    # Nothing is put to a child below nine, nor to its carer what older children's carers are asked.
    assert form["child_assent"]["relevant"].endswith("and ${age} >= 9")
    assert form["med_06_1"]["relevant"].startswith("${age} >= 9")
    older = {row["name"]: row for row in form_sheets(country="TUR", languages=["en"])["survey"]}
    assert older["age"]["constraint"] == ". >= 9 and . <= 17" and "par_01" not in older
    assert older["med_06_1"]["relevant"] == "" and "age" not in older["child_assent"]["relevant"]

    frame = synthetic.survey(seed=3, n=240, modules=["young"]).astype(object)
    assert (frame["par_01"] == "na").all()  # the invented children are nine and older
    small = frame.head(60).assign(**{c: "na" for one in C.values() for c in one.raw_columns if c in frame})
    small = small.assign(id=[f"y{i}" for i in range(60)], age=[3 + i % 6 for i in range(60)])
    small = small.assign(par_01=["h2_3", "none", "h6_more"] * 20, par_02="yes", par_03="often", par_04="no")
    people = {"ages": (3, 17), "base": "children in private households"}
    extra = {"population": people, "design": {"unweighted": True}, "modules": ["young"]}
    params = study({**extra, "analysis": {"age_bands": ["3-5", "6-8", "9-17"]}})
    raw = Raw(pd.concat([frame, small], ignore_index=True))
    made = respondents_of(params, instrument("digicit"), raw, {"name": "x", "rows": 300}, [])
    assert made.in_base["PAR-01"].sum() == 60 and made.frame["PAR-01"].sum() == 40  # by hand: two of three
    assert made.in_base["ACC-01"].sum() == 240 and not made.in_base["ACC-01"][240:].any()
    assert made.frame["age_group"].value_counts(sort=False).tolist() == [30, 30, 240]


def test_c13_and_c14_the_profile_used_most_and_money_in_games() -> None:
    assert "use most" in C["OPP-17"].question and C["OPP-17"].yes == ("public",)
    assert C["CRE-04"].base == "PROFILE" and C["OPP-07"].period == "past 12 months"
    assert [f"MGM-0{n}" in C for n in range(1, 7)] == [True] * 6


def test_c15_use_that_gets_in_the_way_holds_no_sleep_and_no_word_of_addiction() -> None:
    said = json.dumps(C["EXC-01"].model_dump(), default=str).lower()
    assert "sleep" not in said and "addict" not in said and "excessive" not in said
    assert "SLP-01" in C


def test_c16_problematic_use_needs_all_nine_answers() -> None:
    columns: dict[str, list[object]] = {f"exc_02_{i}": ["yes", "yes", "no"] for i in range(1, 10)}
    columns["exc_02_9"] = ["no", "", "no"]
    found = read("EXC-02", columns)
    assert found[0] == 1 and found.isna()[1] and found[2] == 0
    whole = Rule(count=(Rule(column="a", yes=("1",), no=("0",)),) * 2, at_least=1, complete=True)
    assert (
        Mapper(Raw(pd.DataFrame({"a": [""], "age": [1]})), instrument("digicit")).rule(whole).state[0]
        == BLANK
    )


def test_c17_what_it_was_splits_those_who_were_upset() -> None:
    assert C["HRM-04"].base == "HRM-01" and C["HRM-04"].type == "distribution"
    assert sum(C["HRM-04"].categories.values(), ()) == tuple(
        c for c in SCALES["KIND8"] if c not in ("dk", "pnts")
    )


def test_c18_real_war_stands_beside_cruel_pictures_and_does_not_replace_them() -> None:
    assert C["RSK-10"].definition_sha == FIRST["RSK-10"] and "war" in C["HVN-01"].question


def test_c19_whoever_shows_meetings_shows_how_children_felt_after_them() -> None:
    """No product text or slot speaks of meetings without the feeling; the report has it on the same page."""
    folder = ROOT / "digicit_lib"
    texts = [*(folder / "products" / "texts").rglob("*"), folder / "codebooks" / "slots.yaml"]
    for path in texts:
        text = path.read_text("utf-8") if path.is_file() else ""
        assert "RSK-24" not in text or "RSK-26" in text, path.name
    assert 'wb.estimate(\\"RSK-26\\")' in (ROOT / "workbooks" / "quantitative.ipynb").read_text("utf-8")


def test_c23_rights_are_proposals_and_say_so() -> None:
    assert {C[f"RGT-0{n}"].certainty for n in range(1, 8)} == {"P"}


def test_c24_grounds_of_hate_are_kept_and_only_any_of_them_is_published() -> None:
    assert read("RSK-04", {"rsk_04": ["origin faith", "none", "sex", "pnts"]})[:3].tolist() == [1, 0, 1]
    reading = [name for name, one in C.items() if one.raw == "rsk_04" or "rsk_04" in str(one.derived)]
    assert reading == ["RSK-04"]


def test_c25_a_chart_of_proposals_alone_carries_the_line() -> None:
    from digicit_lib.workbook.quantitative import Quantitative

    wb = Quantitative(load_params("turkey", ROOT), ROOT, "en")
    line = "not piloted yet (certainty P)"
    assert line in str(wb.estimate("RGT-01", "RGT-04").notes)
    assert line not in str(wb.estimate("ACC-01", "ACC-04").notes)
