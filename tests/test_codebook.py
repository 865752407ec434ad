"""The catalogue holds what it says; instruments map what files hold; other definitions do not compare."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from digicit_lib import codebook as cb
from digicit_lib.codebook import (
    CLEARANCE_ONLY,
    SCALES,
    Indicator,
    MissingCodes,
    Rule,
    catalogue,
    instrument,
    instruments,
    questionnaire,
)
from digicit_lib.codebook.indicators import check_links
from digicit_lib.errors import CodebookError

YAML = sorted((cb.FOLDER / "catalogue").glob("*.yaml"))
# Rows of the catalogue by prefix, counted in its published table.
# Rows whose name or source the corrections of CONTENT-2026, section 2, replaced: what they say now.
CORRECTED = {
    "RSK-12": ("Saw a claim later found false", "none found", "P"),  # C4
    "SKL-04": ("A basic skill in each of five areas", "SDG 4.4.1 as revised (areas); list P", "P"),  # C6
    "MED-03": ("Limits set by parents or carers", "GKO; EUKO", "I"),  # C9
    "EXC-01": (
        "At least one sign of use that gets in the way, every week",
        "EUKO items (paraphrased)",
        "I",
    ),  # C15
}
ROWS = {"ACC": 12, "OPP": 17, "SKL": 8, "RSK": 32, "EXC": 2, "HRM": 3, "COP": 9, "MED": 10, "RGT": 7}


def example(**changes: object) -> Indicator:
    return catalogue()["RSK-01"].model_copy(update=changes)


# --- the catalogue ------------------------------------------------------------------------------------


def test_all_hundred_indicators_are_there() -> None:
    assert Counter(name[:3] for name in questionnaire()) == ROWS
    assert sum(ROWS.values()) == 100


def published(shared: Path) -> dict[str, list[str]]:
    """The rows of the catalogue's published table: id to its cells."""
    found = {}
    for line in (shared / "CATALOGUE.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if len(cells) == 14 and re.fullmatch(r"[A-Z]{3}-\w+", cells[0]):
            found[cells[0]] = cells
    return found


def test_facts_equal_the_published_table(shared: Path) -> None:
    rows = published(shared)
    assert set(rows) == set(questionnaire())
    for name, (_, tier, competence, title, _, _, ages, period, _, _, crc, gc25, source, cert) in rows.items():
        held = catalogue()[name]
        title, source, cert = CORRECTED.get(name, (title, source, cert))
        assert (held.tier, held.competence, held.title) == (tier, competence, title), name
        assert (held.period, held.source, held.certainty) == (period, source, cert[0]), name
        assert ",".join(map(str, held.crc)) == crc, name
        assert ",".join(map(str, held.gc25)) == gc25, name
        if ages != "parents":
            assert "-".join(map(str, held.ages)) == ages, name


def test_sensitivity_follows_rule_nine() -> None:
    highest = {"RSK-16", "RSK-17", *CLEARANCE_ONLY}
    for name, held in questionnaire().items():
        expected = {3} if name in highest else {2} if name[:3] in ("RSK", "HRM", "COP") else {0, 1}
        assert held.sensitivity in expected, name


def test_only_the_clearance_rows_are_of_tier_m() -> None:
    of_abuse = "RSK-18 RSK-19 RSK-20 RSK-21 RSK-22 IBA-01 IBA-03 IBA-04 IBA-05 IBA-06 IBA-07 IBA-08 IBA-09"
    assert " ".join(CLEARANCE_ONLY) == f"{of_abuse} COP-10 COP-11 FLM-03"  # TRUTH.md: behind a clearance


def test_every_question_has_words_and_every_share_an_answer_that_counts() -> None:
    for name, held in catalogue().items():
        assert held.derived or held.question, name
        assert held.derived or held.type != "share" or held.yes, name


def test_a_new_indicator_costs_at_most_twenty_lines() -> None:
    # Multi-item rows take one more line an item; no row needs Python.
    for path in YAML:
        for block in re.split(r"\n(?=[A-Z]{3}-)", path.read_text(encoding="utf-8"))[1:]:
            lines = [
                line for line in block.splitlines() if line.strip() and not line.strip().startswith("- {")
            ]
            assert len(lines) <= 20, block.splitlines()[0]


def test_every_answer_is_offered_a_way_out() -> None:
    assert all({"dk", "pnts"} <= set(codes) for codes in SCALES.values() if codes)


def test_only_mics_types_count_every_other_answer_as_no() -> None:
    # CATALOGUE 2.2 rule 1 names them.
    assert {n for n, held in questionnaire().items() if held.missing == "as_no"} == {
        "ACC-01",
        "ACC-02",
        "ACC-05",
        "SKL-04",
    }


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"implied_no_if": "RSK-99"}, "names one that is not there"),
        ({"base": "ACC-01|ACC-99"}, "names one that is not there"),
        ({"derived": Rule(any=(Rule(of="RSK-99"),))}, "names one that is not there"),
        ({"scale": "YN9"}, "Unknown answer scale"),
        ({"yes": ("always",)}, "not in its scale"),
    ],
)
def test_a_wrong_row_is_refused(change: dict[str, object], what: str) -> None:
    with pytest.raises(CodebookError, match=what):
        known = {**dict(catalogue()), "RSK-01": example(**change)}
        check_links(known, known)


def test_a_mistyped_id_gets_a_suggestion() -> None:
    with pytest.raises(CodebookError) as error:
        catalogue()["ACC-3"]
    assert "did you mean ACC-03" in str(error.value)


# --- definitions ----------------------------------------------------------------------------------------


def test_the_definition_sha_covers_what_decides_the_number_and_nothing_else() -> None:
    same = catalogue()["RSK-01"].definition_sha
    for change in ({"title": "x"}, {"note": "x"}, {"sensitivity": 1}, {"source": "x"}, {"gc25": (1,)}):
        assert example(**change).definition_sha == same
    for change in ({"numerator": "x"}, {"base": "ALL"}, {"ages": (9, 16)}, {"period": "x"}, {"yes": ("no",)}):
        assert example(**change).definition_sha != same
    assert len({held.definition_sha for held in catalogue().values()}) == len(catalogue())


def test_a_variant_compares_over_waves_of_its_programme_and_not_with_the_catalogue() -> None:
    old, new = (
        instrument("pisa2012").definition("ACC-04@pisa"),
        instrument("pisa2018").definition("ACC-04@pisa"),
    )
    assert old.definition_sha == new.definition_sha
    assert new.definition_sha != catalogue()["ACC-04"].definition_sha
    screen = instrument("yrbs2021").definition("ACC-11@yrbs_screen")
    computer = instrument("yrbs2019").definition("ACC-11@yrbs_computer")
    assert screen.definition_sha != computer.definition_sha


def test_a_variant_brings_its_own_words_and_keeps_the_catalogues_class() -> None:
    held = instrument("yrbs2021").definition("RSK-01@yrbs")
    assert (held.ages, held.period, held.sensitivity, held.yes) == ((12, 18), "past 12 months", 2, ())
    assert held.base_text == "students in grades 9 to 12 in public and private schools, ages 12 to 18"


# --- instruments ------------------------------------------------------------------------------------------


def test_each_instrument_says_where_it_comes_from_and_how_it_was_drawn() -> None:
    waves = {f"pisa{year}" for year in (2000, 2003, 2009, 2012, 2015, 2018, 2022)}
    assert {"digicit", "ess10", "mics6", "mics6_men", "timss2019", *waves} <= set(instruments())
    for name in instruments():
        tool = instrument(name)
        weighted = tool.design.get("weight") or tool.design["unweighted"]
        assert tool.citation and tool.licence and tool.where and weighted, name
        for key in tool.indicators:
            assert tool.generated or tool.indicators[key].variant, f"{name} {key} has no variant"


def test_the_own_questionnaire_asks_every_question_once() -> None:
    asked = [column for held in catalogue().values() for column in held.raw_columns]
    assert len(asked) == len(set(asked))
    columns = {leaf.column for rule in instrument("digicit").indicators.values() for leaf in rule.leaves()}
    assert columns - {None} == set(asked)


def test_the_own_questionnaire_reads_every_code_of_its_scales() -> None:
    for name, rule in instrument("digicit").indicators.items():
        held = catalogue()[name]
        codes = set(SCALES[held.scale]) - {"dk", "pnts", "not_needed"}
        for leaf in rule.leaves() if not (held.derived or held.several) else ():
            assert leaf.range or codes <= {*leaf.yes, *leaf.no, *leaf.values}, name


LABELS = {
    "pisa2018": "pisa_turkey_2018_2012/pisa_tur_2018_labels.json",
    "pisa2012": "pisa_turkey_2018_2012/pisa_tur_2012_labels.json",
    "yrbs2017": "yrbs_2017_2019_2021/yrbs2017_labels.json",
    "yrbs2019": "yrbs_2017_2019_2021/yrbs2019_labels.json",
    "yrbs2021": "yrbs_2017_2019_2021/yrbs2021_labels.json",
}


@pytest.mark.parametrize("name", LABELS)
def test_every_mapped_code_stands_in_the_files_own_labels_and_none_is_left_out(
    shared: Path, name: str
) -> None:
    labels = json.loads((shared / "data" / LABELS[name]).read_text(encoding="utf-8"))
    tool = instrument(name)
    missing = {code for kind in MissingCodes.model_fields for code in getattr(tool.missing, kind)}
    for leaf in (leaf for rule in tool.indicators.values() for leaf in rule.leaves() if leaf.column):
        known = {cb.canonical(code) for code in labels[leaf.column]["values"] or {}}
        mapped = {*leaf.yes, *leaf.no, *leaf.values}
        if known:  # CDC's dichotomies (QN…) carry no value labels
            assert mapped <= known, leaf.column
            assert known - mapped <= missing, leaf.column


def test_waves_of_pisa_share_the_link_at_home_and_what_was_asked_otherwise_is_another_variant() -> None:
    """The codebooks of 2000, 2009, 2015 and 2022: read where the header of each file says."""
    waves = [f"pisa{year}" for year in (2000, 2009, 2012, 2015, 2018, 2022)]
    columns = [instrument(wave).indicators["ACC-04@pisa"].column for wave in waves]
    assert columns == ["ST21Q04", "ST20Q06", "ST26Q06", "ST011Q06TA", "ST011Q06TA", "ST250Q05JA"]
    assert len({instrument(wave).definition("ACC-04@pisa").definition_sha for wave in waves}) == 1
    shared = set(instrument("pisa2018").indicators)
    assert shared - set(instrument("pisa2015").indicators) == {"SKL-01@pisa", "MED-07@pisa", "RGT-06@pisa"}
    assert [shared & set(instrument(wave).indicators) for wave in ("pisa2009", "pisa2022")] == [
        {"ACC-04@pisa"}
    ] * 2
    upset = instrument("pisa2022").definition("HRM-02@pisa_2022")
    assert upset.base_text.startswith("students who received unkind, vulgar or offending messages")


def test_a_further_wave_inherits_and_replaces(tmp_path: Path) -> None:
    assert instrument("yrbs2017").indicators["ACC-11@yrbs_computer"].column == "QN81"
    assert "ACC-11@yrbs_screen" not in instrument("yrbs2019").indicators
    assert "RSK-01" not in instrument("yrbs2021").not_measured
    assert len(instrument("yrbs2021").not_measured) == 98


MINE = """
title: My survey
programme: mine
citation: me
licence: mine
where: here
population: {base: children, ages: [9, 17]}
design: {weight: w}
indicators:
  ACC-04: {column: q1, yes: [1], no: [2]}
"""


def write(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_instrument_of_ones_own_is_a_file(tmp_path: Path) -> None:
    tool = instrument(write(tmp_path, MINE))
    assert tool.definition("ACC-04") == catalogue()["ACC-04"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("yes: [1], no: [2]", "yes: [1], range: [0, 3]", "exactly one of"),
        ("column: q1, ", "", "exactly one of"),
        ("no: [2]", 'no: [2], missing: {not_asked: [""]}', "`blank: not_asked`"),
        ("licence: mine", "licens: mine", "licence"),
        ("ACC-04:", "ACC-44:", "Unknown indicator"),
    ],
)
def test_a_wrong_instrument_is_refused_with_its_file(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(CodebookError) as error:
        instrument(write(tmp_path, MINE.replace(old, new)))
    assert what in str(error.value)


def test_ones_own_file_may_extend_a_shipped_one_and_never_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: yrbs2021\ntitle: mine\nbreakdowns: {grade: null}\n", encoding="utf-8")
    tool = instrument(str(path))
    assert (tool.title, "grade" in tool.breakdowns, len(tool.indicators)) == ("mine", False, 2)
    path.write_text("extends: mine\n", encoding="utf-8")
    with pytest.raises(CodebookError, match="Unknown instrument"):
        instrument(str(path))
    path.write_text("- a list\n", encoding="utf-8")
    with pytest.raises(CodebookError, match="is a mapping"):
        instrument(str(path))


def test_an_unknown_instrument_gets_a_suggestion() -> None:
    with pytest.raises(CodebookError) as error:
        instrument("pisa2081")
    assert "did you mean pisa2018" in str(error.value)


def test_importing_the_codebook_is_light() -> None:
    code = "import sys, digicit_lib.codebook; print([m for m in ('pandas', 'numpy') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_page_of_the_documentation_is_current() -> None:
    from digicit_lib.codebook.catalogue_page import catalogue_markdown

    stored = Path(__file__).resolve().parents[1] / "docs" / "catalogue.md"
    made = (
        "from digicit_lib.codebook.catalogue_page import catalogue_markdown as page; print(page(), end=str())"
    )
    hint = f'python -c "{made}" > docs/catalogue.md'
    assert stored.read_text(encoding="utf-8") == catalogue_markdown(), hint
