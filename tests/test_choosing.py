"""The rule of key findings: what is chosen, in which words, and what is never said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from digicit_lib.codebook import BASES, Breakdown, Indicator, Says, catalogue, instrument, instruments
from digicit_lib.codebook.frames import base_of, frames
from digicit_lib.evidence import Evidence
from digicit_lib.workbook.choosing import Facts, choose
from digicit_lib.workbook.door import Workbook
from digicit_lib.workbook.finding_sentences import Speaker, words
from digicit_lib.workbook.survey_findings import facts_of, speaker_of

IDS = ("ACC-01", "ACC-03", "OPP-01", "SKL-J", "RSK-01", "HRM-01", "MED-02", "RGT-04")
FACTS = Facts({i: catalogue()[i] for i in IDS}, breakdowns=("gender", "residence", "age_group"))
ENDS = {"gender": ("girl", "boy"), "residence": ("urban", "rural"), "age_group": ("9-11", "15-17")}


def levels(indicator: str, value: float, by: str = "", level: str = "", **more: object) -> dict:
    score = catalogue()[indicator].type == "scale"
    row = {"indicator": indicator, "statistic": "mean" if score else "share", "by": by, "level": level}
    row |= {"estimate": value, "ci_low": value - 0.03, "ci_high": value + 0.03, "n": 600.0, "quality": "ok"}
    return row | {"unit": "score 0-100" if score else "share", "verdict": "", "missing_share": 0.01} | more


def difference(indicator: str, by: str, a: float, b: float, half: float, **more: object) -> list[dict]:
    """Both groups and their difference, its simultaneous interval d ± half."""
    first, last = ENDS[by]
    low, high = a - b - half, a - b + half
    verdict = "more" if low > 0 else "less" if high < 0 else "not shown"
    row = levels(indicator, a - b, by, f"{first}-{last}", sim_low=low, sim_high=high)
    row |= {"statistic": "diff", "verdict": verdict}
    return [levels(indicator, a, by, first), levels(indicator, b, by, last), row | more]


def change(indicator: str, by: float, half: float, **more: object) -> dict:
    low, high = by - half, by + half
    verdict = "more" if low > 0 else "less" if high < 0 else "not shown"
    row = levels(indicator, by, sim_low=low, sim_high=high, period="2012")
    return row | {"statistic": "change", "verdict": verdict} | more


def evidence(*rows: dict) -> pd.DataFrame:
    store = Evidence("study", "quantitative", {"wave": "2018"})
    store.add(pd.DataFrame([*(levels(i, 0.4) for i in IDS), *rows]))
    return store.to_frame()


def chosen(*rows: dict, facts: Facts = FACTS) -> list[tuple[str, str, str]]:
    return [(s.kind, s.indicator, s.by) for s in choose(evidence(*rows), facts)]


def said(*rows: dict, facts: Facts = FACTS, **speaking: object) -> str:
    frame = evidence(*rows)
    speaker = Speaker({r["id"]: r for r in frame.to_dict("records")}, facts.indicators, **speaking)
    return "\n".join(words(speaker.say(s)) for s in choose(frame, facts))


# --- what is chosen -----------------------------------------------------------------------------------


def test_leads_speak_for_their_sections_in_the_order_of_the_report() -> None:
    speak = ["ACC-01", "OPP-01", "SKL-J", "RSK-01", "HRM-01", "MED-02", "RGT-04"]
    # A small study says all it has (TRUTH.md), also what does not lead; not where that is too much for nine.
    assert [i for _, i, _ in chosen()] == ["ACC-01", "ACC-03", *speak[1:]]
    many = replace(
        FACTS, indicators={**FACTS.indicators, **{i: catalogue()[i] for i in ("ACC-04", "OPP-10")}}
    )
    more = [levels(i, 0.4) for i in ("ACC-04", "OPP-10")]
    assert [i for _, i, _ in chosen(*more, facts=many)] == speak


def test_the_difference_that_is_at_least_so_large_comes_first_not_the_largest_estimate() -> None:
    wide = difference("OPP-01", "gender", 0.9, 0.5, 0.35)
    narrow = difference("RSK-01", "residence", 0.40, 0.20, 0.02)
    rows = evidence(*wide, *narrow)
    first = [s for s in choose(rows, replace(FACTS, breakdowns=("gender", "residence"))) if s.by]
    assert {s.indicator for s in first} == {"OPP-01", "RSK-01"}
    one = replace(FACTS, columns={"OPP-01": frozenset("q"), "RSK-01": frozenset("q")})
    assert [s.indicator for s in choose(rows, one) if s.kind == "difference"] == ["RSK-01"]


@pytest.mark.parametrize(
    "change_",
    [
        {"circular": frozenset({("OPP-01", "gender")})},
        {"breakdowns": ("residence", "age_group")},
    ],
)
def test_circular_and_sensitive_breakdowns_make_no_finding(change_: dict) -> None:
    rows = difference("OPP-01", "gender", 0.9, 0.5, 0.1)
    assert ("difference", "OPP-01", "gender") in chosen(*rows)
    assert ("difference", "OPP-01", "gender") not in chosen(*rows, facts=replace(FACTS, **change_))


@pytest.mark.parametrize("quality", ["caution", "suppressed"])
@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_difference_needs_both_groups_and_itself_without_a_mark(quality: str, row: int) -> None:
    rows = difference("OPP-01", "gender", 0.9, 0.5, 0.1)
    rows[row]["quality"] = quality
    assert "difference" not in [kind for kind, *_ in chosen(*rows)]


def test_a_marked_lead_gives_its_turn_to_the_next() -> None:
    frame = evidence()
    frame.loc[frame["indicator"] == "ACC-01", "quality"] = "caution"
    assert choose(frame, FACTS)[0].indicator == "ACC-03"


def test_by_age_comes_last_and_two_by_a_breakdown_are_enough() -> None:
    rows = [
        *difference("OPP-01", "age_group", 0.9, 0.1, 0.05),
        *difference("MED-02", "gender", 0.6, 0.4, 0.05),
        *difference("RGT-04", "gender", 0.6, 0.41, 0.05),
        *difference("HRM-01", "gender", 0.6, 0.42, 0.05),
    ]
    taken = [(i, by) for kind, i, by in chosen(*rows) if kind == "difference"]
    assert taken == [("MED-02", "gender"), ("RGT-04", "gender")] or ("OPP-01", "age_group") in taken
    assert sum(by == "gender" for _, by in taken) == 2


def test_changes_are_the_largest_and_the_largest_for_the_worse_of_another_section() -> None:
    rows = [change("ACC-01", 0.3, 0.1), change("OPP-01", -0.07, 0.03), change("RGT-04", 0.06, 0.03)]
    assert [i for kind, i, _ in chosen(*rows) if kind == "change"] == ["ACC-01", "OPP-01"]


def test_of_several_earlier_waves_the_nearest_speaks() -> None:
    older = change("ACC-01", 0.3, 0.05, period="2009")
    assert ("change", "ACC-01", "") in chosen(change("ACC-01", 0.01, 0.05), older)
    text = said(change("ACC-01", 0.01, 0.05), older, wave="2018")
    assert "in 2018" in text and "in 2012; no change is shown" in text and "2009" not in text


def test_no_change_is_said_of_the_first_lead_when_none_is_shown() -> None:
    rows = [change("RSK-01", 0.01, 0.03), change("ACC-01", 0.01, 0.03)]
    assert [i for kind, i, _ in chosen(*rows) if kind == "change"] == ["ACC-01"]


def test_levels_of_a_survey_of_all_ages_are_those_of_the_young() -> None:
    facts = replace(FACTS, young="9-11")
    text = said(*[levels("ACC-01", 0.9, "age_group", "9-11")], facts=facts, noun="people")
    assert text.startswith("90% of people aged 9–11 used the internet in the last 3 months (87–93; n 600).")
    assert len(text.splitlines()) == 1


def test_at_most_nine() -> None:
    rows = [r for i in ("OPP-01", "RSK-01", "HRM-01") for r in difference(i, "gender", 0.9, 0.5, 0.1)]
    rows += [
        change("ACC-01", 0.3, 0.1),
        change("MED-02", -0.3, 0.1),
        *difference("RGT-04", "residence", 0.9, 0.5, 0.1),
    ]
    assert len(chosen(*rows)) == 9


# --- the words ----------------------------------------------------------------------------------------


def test_one_sentence_for_more_one_for_less_one_for_not_shown() -> None:
    more = said(*difference("RSK-01", "gender", 0.20, 0.11, 0.02))
    assert "A larger share of girls than of boys were treated in a hurtful or nasty way" in more
    assert "20% against 11%, a difference of 9 points (7 to 11)." in more
    less = said(*difference("RSK-01", "gender", 0.11, 0.20, 0.02))
    assert "A smaller share of girls than of boys" in less
    assert "11% against 20%, a difference of 9 points (7 to 11)." in less
    none = said(*difference("RSK-01", "gender", 0.22, 0.16, 0.11))
    assert "No difference between girls and boys is shown in who were treated" in none
    assert "22% and 16% (−5 to 17 points)." in none.replace("−5.0", "−5")
    twins = said(*difference("RSK-01", "gender", 0.19, 0.19, np.nan))  # a standard error of nought
    assert "is shown in who were treated in a hurtful or nasty way" in twins and "19% and 19%." in twins


def test_groups_that_stand_the_other_way_round_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENDS, "gender", ("boy", "girl"))
    text = said(*difference("RSK-01", "gender", 0.11, 0.20, 0.02))
    assert "A larger share of girls than of boys" in text
    assert "20% against 11%, a difference of 9 points (7 to 11)." in text


def test_groups_are_said_in_the_words_of_the_instrument(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Breakdown(column="x", says=("people on low incomes", "people on high incomes"))
    text = said(*difference("RSK-01", "gender", 0.2, 0.1, 0.02), breakdowns={"gender": spec})
    assert "A larger share of people on low incomes than of people on high incomes were treated" in text


def test_a_change_names_both_years() -> None:
    text = said(change("ACC-01", 0.33, 0.06, estimate=0.33), wave="2018")
    assert "last 3 months in 2018, 7% in 2012: 33 points more (27 to 39)." in text


def test_a_form_without_words_of_its_own_is_said_by_its_title() -> None:
    bare = catalogue()["ACC-01"].model_copy(update={"says": Says(lead=1)})
    text = said(facts=replace(FACTS, indicators={**FACTS.indicators, "ACC-01": bare}))
    assert "40% of children count as “Used the internet in the last 3 months” (37–43; n 600)." in text


def test_a_clause_that_nothing_follows_has_no_comma_at_its_end() -> None:
    frame = evidence(levels("COP-01", 0.4))
    speaker = Speaker({r["id"]: r for r in frame.to_dict("records")}, FACTS.indicators, language="ru")
    slots = {"short": "Балл", "share": "61", "base": "детей, которые ходят в школу,", "n": "9"}
    frames = "{share} {base} выше", "{short}: {share} среди {base} (n {n}).", "{share} среди {base}."
    texts = [words(speaker._fill(text, slots)) for text in frames]
    assert texts[0] == "61 детей, которые ходят в школу, выше"  # the rule of Russian commas
    assert texts[1:] == [
        "Балл: 61 среди детей, которые ходят в школу (n 9).",
        "61 среди детей, которые ходят в школу.",
    ]


def test_headlines_are_short_and_carry_no_interval() -> None:
    frame = evidence(*difference("RSK-01", "gender", 0.20, 0.11, 0.02))
    speaker = Speaker({r["id"]: r for r in frame.to_dict("records")}, FACTS.indicators)
    titles = [words(speaker.headline(s)) for s in choose(frame, FACTS)]
    assert all(len(title) <= 90 and "(" not in title for title in titles)


def test_every_base_has_words() -> None:
    for i in catalogue().values():
        assert "{" not in base_of(i, "children") and len(base_of(i, "children")) > 7, i.id
    # Users of the internet are never called children without it.
    assert base_of(catalogue()["ACC-03"], "children") == "children who use the internet"
    named = catalogue()["ACC-03"].model_copy(
        update={"population": BASES["NET"]}
    )  # as `digicit new` writes it
    assert "детей" in base_of(named, "children", "ru", whole="respondents")  # genitive, after a share


@pytest.mark.parametrize("language", ["ru", "uk", "tr"])
@pytest.mark.parametrize("name", ["digicit_first", "pisa2022"])
def test_whom_a_sentence_is_of_is_said_in_its_language(name: str, language: str) -> None:
    """A share of those whom a question let through named them in English, in brackets."""
    tool = instrument(name)
    known = {form: tool.definition(form) for form in tool.indicators}
    for one in (one for one in known.values() if one.population):
        assert one.population not in base_of(one, tool.respondents, language, known=known, whole=tool.people)


def test_all_indicators_and_variants_say_themselves() -> None:
    forms = [*catalogue().values()]
    forms += [tool.definition(n) for tool in map(instrument, instruments()) for n in tool.indicators]
    lacking = [i.id for i in forms if i.type == "share" and not i.says.they]
    assert not lacking


def test_wrong_words_are_refused_with_what_is_allowed() -> None:
    fields = catalogue()["ACC-01"].model_dump() | {
        "says": {"short": "x", "level": "{ACC-99} of {base} go online"}
    }
    with pytest.raises(ValueError, match=r"unknown slot \{ACC-99\}.*\{share\}"):
        Indicator(**fields)


def test_frames_of_difference_hold_the_same_slots_in_every_verdict() -> None:
    for name in ("gender", "women", "residence", "ses", "disability", "age_group", "other"):
        for kind in ("share", "score"):
            slots = {
                v: set(re.findall(r"\{(\w+)\}", text)) - {"d"} for v, text in frames()[name][kind].items()
            }
            assert slots["more"] == slots["less"] == slots["none"], name


# --- four studies against a script that knows nothing of this code ------------------------------------

# As cases/truth-key-findings.py chose them from the same evidence (TRUTH.md 3.6), without earlier waves.
CHOSEN = {
    "usa_yrbs2021": {
        ("level", "ACC-11@yrbs_screen", ""),
        ("difference", "RSK-01@yrbs", "gender"),
        ("difference", "ACC-11@yrbs_screen", "gender"),
        ("level", "RSK-01@yrbs", ""),
        ("none", "RSK-01@yrbs", "age_group"),
    },
    "turkey_pisa2018": {
        ("level", "ACC-04@pisa", ""),
        ("difference", "OPP-06@pisa", "gender"),
        ("difference", "ACC-10@pisa", "ses"),
        ("level", "SKL-N@pisa", ""),
        ("level", "EXC-01@pisa", ""),
        ("level", "MED-07@pisa", ""),
        ("level", "RGT-06@pisa", ""),
        ("none", "EXC-01@pisa", "gender"),
        ("difference", "EXC-01@pisa", "ses"),
    },
    "ukraine_ess2022": {
        ("level", "ACC-03@ess", ""),
        ("difference", "SKL-N@ess", "ses"),
        ("difference", "ACC-03@ess", "disability"),
        ("level", "OPP-12@ess", ""),
        ("level", "SKL-N@ess", ""),
        ("none", "ACC-03@ess", "gender"),
        ("difference", "ACC-04@ess", "disability"),
    },
}
WORDS = {
    "usa_yrbs2021": "A larger share of girls than of boys were electronically bullied in the past 12 months: "
    "20% against 11%, a difference of 9 points (7 to 11).",
    "turkey_pisa2018": "A smaller share of girls than of boys play online games with others weekly: 20% "
    "against 69%, a difference of 49 points (45 to 53).",
    "ukraine_ess2022": "90% of people aged 15–24 use the internet every day (83–94; n 138).",
}


@pytest.mark.parametrize("study", CHOSEN)
def test_real_surveys_get_the_findings_of_the_written_rule(
    study: str, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICIT_DATA", str(shared / "data"))
    wb = Workbook.open(study, "quantitative", params_file=f"params/examples/{study}.yaml", root=ROOT)
    survey = wb._survey
    facts = facts_of(survey.respondents, survey.breakdowns, wb.params.population.ages)
    rows = survey.estimates
    found = choose(rows, facts)
    assert {(s.kind, s.indicator, s.by if s.kind != "level" else "") for s in found} == CHOSEN[study]
    speaker = speaker_of(survey.respondents, wb.evidence.rows, {}, "", "en", wb.params.population)
    assert WORDS[study] in [words(speaker.say(s)) for s in found]
