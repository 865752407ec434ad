"""Mutated studies of the other kinds: interviews, registers, waves, products. One thing is changed in each.

No page may say what the change has made untrue; what must stand is recomputed from the inputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from qualitative_samples import study as tables
from truth_sample import ASKED, NEVER, Study, answers

from digicit_lib import Workbook
from digicit_lib.errors import NotMade

Tables = dict[str, pd.DataFrame]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    return Study(tmp_path, monkeypatch)


def stands(name: str, text: str, gone: list[str], there: list[str]) -> None:
    """Nothing of what is untrue, all of what is true."""
    assert not [pattern for pattern in (*NEVER, *gone) if re.search(pattern, text)], name
    assert not [pattern for pattern in there if not re.search(pattern, text)], name


def kinds(cases: dict[str, Any]) -> list[Any]:
    """The first of a kind in every run, the others with the long tests."""
    return [pytest.param(n, marks=() if i == 0 else pytest.mark.long) for i, n in enumerate(cases)]


# --- interviews -----------------------------------------------------------------------------------------

CHILDREN = [r"recorded for .* children", r"[Aa]ssent", r"[Cc]arer"]
TWICE = [r"its interval resamples", r"Agreement over all codes", r"2 people coded"]
INTERVIEWS = [r"Agreement is measured by turn", r"in front of others", r"mood shape"]
PEOPLE = ["consent_carer", "assent_child"]


def _adults(role: str) -> Callable[[Tables], None]:
    def change(made: Tables) -> None:
        people = made["participants"].drop(columns=PEOPLE)
        made["participants"] = people.assign(role=role, sex="female", age_band="adult", consent="yes")

    return change


def _one_coder(made: Tables) -> None:
    made["codings"] = made["codings"][made["codings"]["coder_id"] == "A"]


def _apart(made: Tables) -> None:
    """Two people coded, each another source."""
    codings = made["codings"]
    made["codings"] = codings[(codings["session_id"] == "G1") == (codings["coder_id"] == "A")]


def _people(drop: list[str] = [], **values: Any) -> Callable[[Tables], None]:  # noqa: B006
    def change(made: Tables) -> None:
        made["participants"] = made["participants"].drop(columns=drop).assign(**values)

    return change


def _quotes(**values: Any) -> Callable[[Tables], None]:
    def change(made: Tables) -> None:
        made["quotations"] = made["quotations"].assign(**values)

    return change


def _sessions(**values: Any) -> Callable[[Tables], None]:
    def change(made: Tables) -> None:
        made["sessions"] = made["sessions"].assign(**values)

    return change


MUTATED_TALK: dict[str, tuple[Callable[[Tables], None], list[str], list[str]]] = {
    "25 one coder": (
        _one_coder,
        [*TWICE, INTERVIEWS[0], r"## Agreement between coders"],
        [r"One person coded all sources; agreement between coders was not measured"],
    ),
    "as they are": (
        lambda made: None,
        [r"replaced by pseudonyms", r"One person coded"],
        [
            r"Consent of a carer is recorded for 6 of 6 children",
            r"2 people coded; 2 of 2 sources",
            INTERVIEWS[1],
            r"I block them",
            r"No list of names was used",
            r"No clearance on record",
        ],
    ),
    "25 two coders apart": (
        _apart,
        [*TWICE[:2], INTERVIEWS[0]],
        [r"2 people coded, each other sources; agreement between coders was not measured"],
    ),
    "26 no consent columns": (
        _people(PEOPLE),
        [r"recorded for .* children"],
        [r"Consent and assent: not reported"],
    ),
    "26 one pending": (
        _people(assent_child=["yes"] * 5 + ["pending"]),
        [r"Assent is recorded for 6 of 6"],
        [r"Assent is recorded for most children"],  # one of six is fewer than a count may be of
    ),
    "roles not recorded": (
        _people(["role"]),
        [r"recorded for .* (children|adults)", r"\bchild,"],
        [r"Consent of a carer is recorded for 6 of 6 participants"],
    ),
    "27 teachers only": (
        _adults("teacher"),
        [*CHILDREN, r"Part of children", r"\b(girl|boy)s?\b"],
        [r"Consent is recorded for 6 of 6 adults"],
    ),
    "27 parents only": (_adults("parent"), CHILDREN, [r"Consent is recorded for 6 of 6 adults", r"parent"]),
    "28 no roster": (
        lambda made: None,
        [r"Names replaced", r"pseudonyms before"],
        [r"No list of names was used"],
    ),
    "29 none approved": (
        _quotes(approved=""),
        [r"I block them", r"Nobody asked us"],
        [r"no quotation is approved", r"not approved by a second person"],
    ),
    "29 nobody to be quoted": (_people(quote_ok="no"), [r"I block them"], [r"no quotation is approved"]),
    "single interviews": (
        _sessions(type="interview"),
        INTERVIEWS[1:],
        [r"Those who did not come are not heard"],
    ),
    "nobody refused": (_sessions(n_refused=0), [r"How many refused or left, and why\?\nnot reported"], []),
    "long ones": (_sessions(minutes=[50, 70]), [r"groups last\?\nnot reported"], [r"60 minutes"]),
}


@pytest.mark.parametrize("name", kinds(MUTATED_TALK))
def test_no_report_of_interviews_says_what_did_not_happen(name: str, study: Study) -> None:
    change, gone, there = MUTATED_TALK[name]
    made = tables()
    change(made)
    study.interviews(made)
    stands(name, study.text(phase="qualitative"), gone, there)


def test_what_nobody_has_coded_is_a_dash_and_no_saturation(study: Study) -> None:
    made = tables()
    made["codings"] = made["codings"][made["codings"]["session_id"] == "G1"]
    made["quotations"] = made["quotations"][made["quotations"]["session_id"] == "G1"]
    made["participants"]["area"] = ["urban"] * 3 + ["rural"] * 3
    study.interviews(made)
    book: Any = Workbook.open("made", "qualitative", root=study.root)
    cells = book.framework().frame
    assert set(cells.loc[cells["level"].str.contains("rural"), "quality"]) == {"not_asked"}
    assert len(book.saturation().frame) == 1  # two interviews, one of them read


# --- registers ------------------------------------------------------------------------------------------


def _source(year: int, **more: Any) -> dict[str, Any]:
    measured = {"measured": ["access", "risks"], "sampling": "probability", "basis": "read"}
    who = {"id": f"s{year}", "citation": f"A study ({year})", "population": "children", "ages": [9, 17]}
    return who | {"year": year} | measured | more


OF_CELLS = "Of 21 combinations of topic and age group {} are without a study in the register, {} have only"
REGISTERS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "30 only an old one": (
        {"sources": [_source(2010)]},
        [r"without any study", r"21 are without"],
        [OF_CELLS.format(15, 6), r"a list of sources, not a review\."],
    ),
    "30 not filled": (
        {},
        [r"\d+ combinations", r"combinations of topic", r"list of sources", r"no study"],
        [r"The register of studies of this country has not been filled"],
    ),
    "30 a recent one": ({"sources": [_source(2024)]}, [], [OF_CELLS.format(15, 0)]),
    "30 old and recent": (
        {"sources": [_source(2010, measured=["skills"]), _source(2024)]},
        [],
        [OF_CELLS.format(12, 3)],
    ),
    "30 ten years old to the year": (
        {
            "sources": [
                _source(2016, measured=["skills"]),
                _source(2010, measured=["risks"], ages=[9, 11]),
                _source(2014, measured=["risks"], ages=[12, 14]),
            ]
        },
        [r"older than ten years"],
        [
            r"Skills, ages 9–11, 12–14, 15–17: the newest study is ten years old or older \(of 2016\)",
            r"Risks, ages 9–11: the newest study is ten years old or older \(of 2010\)",
            r"Risks, ages 12–14: the newest study is ten years old or older \(of 2014\)",
        ],
    ),
    "counts of authorities": (
        {"sources": [_source(2024, sampling="administrative", measured=["risks"])]},
        [r"Passages were read", r"On which day the sources"],
        [r"Risks, ages 9–11, 12–14, 15–17: the register has no probability sample"],
    ),
    "recalled": (
        {
            "sources": [_source(2024, basis="recalled")],
            "facts": [
                {"id": "N", "section": "access", "title": "Go online", "value": 41, "unit": "percent"}
                | {"base": "children", "year": 2024, "source": "s2024", "basis": "read"}
            ],
        },
        [r"Go online: 41%"],
        [r"recalled, not read", r"No figure in the register is on: access"],
    ),
    "no one judged": ({"sources": [_source(2024)]}, [r"team's judgement", r"as the country team judges"], []),
}


@pytest.mark.parametrize("name", kinds(REGISTERS))
def test_no_desk_review_says_more_than_its_registers(name: str, study: Study) -> None:
    registers, gone, there = REGISTERS[name]
    study.registers(**registers)
    stands(name, study.text(phase="exploratory"), gone, there)


def test_the_grid_shades_what_its_words_call_recent(study: Study) -> None:
    """Two old studies are no darker than none: words, shade and data tell the same."""
    old = [_source(2010, measured=["access"]), _source(2012, measured=["access"])]
    study.registers(sources=[*old, _source(2024, measured=["risks"], ages=[9, 11])])
    cells = Workbook.open("made", "exploratory", root=study.root).gap_grid().frame
    shade = dict(zip(zip(cells["construct"], cells["level"], strict=True), cells["estimate"], strict=True))
    assert {place for place, number in shade.items() if number} == {("risks", "9-11")}
    assert set(cells["text"][cells["construct"] == "access"]) == {"ten years old or older"}


def test_every_pair_that_the_team_judged_stands_beside_the_survey(study: Study) -> None:
    """Measured or not, by theme or code, with its note; a pair without a number says why."""
    made, frame = tables(), answers()
    for name, table in made.items():
        path = study.root / "data" / "talk" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False)
    judged = {
        "ACC-03": ("rights", "agrees"),
        "AIX-01": ("help", "widens"),
        "COP-02": ("block", "contradicts"),
    }
    pairs = [{"theme": t, "indicator": i, "relation": r, "note": f"n {i}"} for i, (t, r) in judged.items()]
    study.write(frame, judgements=pairs)
    path = study.root / "params" / "made.yaml"
    text = path.read_text(encoding="utf-8").replace("data:\n", "data:\n  interviews: {path: talk}\n")
    path.write_text(text, encoding="utf-8")
    book: Any = Workbook.open("made", "qualitative", root=study.root)
    display = book.joint_display()
    counts = [int(n) for n in re.findall(r"\d+", next(n for n in display.notes if n.startswith("Pairs")))]
    assert counts[1:] == [3, len(display.frame) - 3] and counts[0] >= len(display.frame)
    rows = display.frame.set_index("Theme")
    assert rows["Reading"].to_dict() == {t: f"{r}: n {i}" for i, (t, r) in judged.items()}
    assert rows["Survey: value"][["help", "block"]].tolist() == ["not measured", "not measured"]
    assert rows["Base"]["rights"] == "children who used the internet in the last 3 months, ages 9 to 17"


# --- waves ----------------------------------------------------------------------------------------------


def _all(answer: str) -> pd.DataFrame:
    """Every user makes something of their own, or nobody does, but for one in nine."""
    frame = answers()
    asked = frame.index[frame["opp_10"] != "na"]
    other = "never" if answer == "daily" else "daily"
    frame.loc[asked, "opp_10"] = [other if i % 9 == 0 else answer for i in range(len(asked))]
    return frame


ROSE, FELL = r"FINDING .*shared it online.* points more", r"FINDING .*shared it online.* points less"
WAVES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "22 fell": ("daily", "never", [ROSE], [FELL]),
    "22 rose": ("never", "daily", [FELL], [ROSE]),
    "21 the same": ("daily", "daily", [ROSE, FELL], [r"no change is shown"]),
}


@pytest.mark.parametrize("name", kinds(WAVES))
def test_a_change_is_said_as_it_went(name: str, study: Study) -> None:
    then, now, gone, there = WAVES[name]
    study.write(_all(then), "before", study={"wave": "2022"})
    study.write(_all(now), study={"earlier": ["before"]})
    stands(name, study.text(), gone, [*there, r"2022"])


@pytest.mark.long
def test_without_an_earlier_wave_nothing_has_changed(study: Study) -> None:
    stands(
        "21", study.report(answers()), [r"no change is shown", r"points (more|less) \(", r"Then and now"], []
    )


# --- products of mutated studies -------------------------------------------------------------------------

BRIEF, PRESS, CARDS = "advocacy_brief", "communication_press", "advocacy_cards"

VOICES = [r"what children said", r"approved quotations from", r"These voices", r"[Ww]e ask (to|for|that)"]
GAPS = [r"reach too few", r"left to chance", r"exists on paper", r"without children", r"left to companies"]
LOW = {"thresholds": {"COP-09": 50, "source": "the plan of the ministry"}}


def _help(answer: str) -> pd.DataFrame:
    """Of those who were asked all but one in nine give this answer."""
    frame = answers()
    asked = frame.index[frame["cop_09"] != "na"]
    other = "no" if answer == "yes" else "yes"
    frame.loc[asked, "cop_09"] = [other if i % 9 == 0 else answer for i in range(len(asked))]
    return frame


def _only(*asked: str) -> pd.DataFrame:
    return answers().drop(columns=[name for name in ASKED if name not in asked])


SHEETS: dict[str, tuple[Callable[[], pd.DataFrame], dict[str, Any], str, list[str], list[str]]] = {
    "two indicators": (
        lambda: _only("acc_01", "rsk_01"),
        {},
        PRESS,
        [r"where to get help if", r"made something of their own"],
        [r"treated in a hurtful"],
    ),
    "girls only": (
        lambda: answers()[lambda rows: rows["gender"] == "girl"],
        {},
        CARDS,
        [r"\bboys?\b"],
        [r"treated in a hurtful"],
    ),
    "ages 12 to 14": (
        answers,
        {"population": {"ages": [12, 14], "base": "children aged 12 to 14"}},
        CARDS,
        [r"9 to 17", r"9–11", r"15–17"],
        [r"ages 12 to 14"],
    ),
    "help is asked from twelve": (answers, {}, CARDS, [], [r"children aged 12–17 who use the internet say"]),
}


@pytest.mark.parametrize("name", kinds(SHEETS))
def test_no_product_says_more_than_its_study(name: str, study: Study) -> None:
    frame, more, kind, gone, there = SHEETS[name]
    study.write(frame(), **more)
    study.text()
    stands(
        name, study.product(kind), [*VOICES, *GAPS, *gone], [*there, r"No clearance on record", r"Consent"]
    )


@pytest.mark.long
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_recommendation_stands_only_where_its_gap_was_measured(answer: str, study: Study) -> None:
    study.write(_help(answer), **LOW)
    study.text()
    if answer == "yes":
        with pytest.raises(NotMade, match="No recommendation has a measured gap"):
            study.product(BRIEF)
    else:
        assert "where help against sexual abuse online is found" in study.product(BRIEF)
