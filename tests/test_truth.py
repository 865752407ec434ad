"""Mutated studies: one thing is changed, and no page may say what the change has made untrue.

Each study is made of the same invented answers, its workbook runs in this process without drawing, and what
it would print is read as text. The expected sentences are recomputed from the answers, not by the product.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from truth_sample import ASKED, NEVER, Study, all_say, answers

from digicit_lib import Workbook
from digicit_lib.errors import DigicitError
from digicit_lib.ledger import KINDS, ledger, not_accepted, sentence_hash
from digicit_lib.workbook.finding_sentences import words

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    return Study(tmp_path, monkeypatch)


# --- the mutations: change, what must not stand, what must ----------------------------------------------

Change = Callable[[pd.DataFrame], dict[str, Any] | None]


def _without(*columns: str, **more: Any) -> Change:
    def change(frame: pd.DataFrame) -> dict[str, Any]:
        for column in columns:
            del frame[column]
        return more

    return change


def _with(**more: Any) -> Change:
    return lambda frame: more


def _girls(frame: pd.DataFrame) -> None:
    frame.drop(frame.index[frame["gender"] != "girl"], inplace=True)


def _swapped(frame: pd.DataFrame) -> None:
    frame["gender"] = frame["gender"].map({"girl": "boy", "boy": "girl"}).fillna(frame["gender"])


def _marked(frame: pd.DataFrame, girls: float, boys: float) -> None:
    """RSK-01: so many girls and boys of a hundred answer yes, evenly spread."""
    yes, no = "sometimes", "never"
    codes = set(answers()["rsk_01"]) - {"na", "", "dk", "pnts"}
    no = "never" if "never" in codes else "no"
    yes = next(code for code in sorted(codes) if code != no)
    for name, share in (("girl", girls), ("boy", boys)):
        rows = frame.index[(frame["gender"] == name) & (frame["rsk_01"] != "na")]
        for i, row in enumerate(rows):
            frame.loc[row, "rsk_01"] = yes if (37 * i) % 100 < 100 * share else no


def _more_girls(frame: pd.DataFrame) -> None:
    _marked(frame, 0.6, 0.1)


def _more_boys(frame: pd.DataFrame) -> None:
    _marked(frame, 0.1, 0.6)


def _equal(frame: pd.DataFrame) -> None:
    _marked(frame, 0.3, 0.3)


def _nobody_bothered(frame: pd.DataFrame) -> None:
    all_say(frame, "hrm_01", "no")
    frame["cop_01"] = "na"


def _six_bothered(frame: pd.DataFrame) -> None:
    """Six children answer what they did next, and all of them told a parent."""
    asked = frame.index[frame["hrm_01"] != "na"]
    frame["cop_01"] = "na"
    frame.loc[asked, "hrm_01"] = "no"
    frame.loc[asked[::60][:6], ["hrm_01", "cop_01"]] = ["yes", "yes"]


def _all_but_some(most: dict[str, str], few: dict[str, str]) -> Change:
    """Every question that is named is answered so by 97 in a hundred of those who were asked."""

    def change(frame: pd.DataFrame) -> None:
        for column, answer in most.items():
            asked = frame.index[frame[column] != "na"]
            frame.loc[asked, column] = [few[column] if i % 33 == 0 else answer for i in range(len(asked))]

    return change


def _mean_one(frame: pd.DataFrame) -> None:
    weight = frame["weight"].astype(float)
    frame["weight"] = (weight / weight.mean()).astype(str)


def _people(frame: pd.DataFrame) -> None:
    weight = frame["weight"].astype(float)
    frame["weight"] = (weight / weight.sum() * 70000).astype(str)


def _silent(frame: pd.DataFrame) -> None:
    frame.loc[frame.index[::5], "opp_01"] = ""


HIGH = {"opp_01": "daily", "opp_10": "daily", "cop_09": "yes", "med_07": "very_often"}
HIGH |= {"rgt_04": "strongly_agree", "rsk_01": "yes"}
LOW = {"opp_01": "never", "opp_10": "never", "cop_09": "no", "med_07": "never"}
LOW |= {"rgt_04": "disagree", "rsk_01": "no"}


def _silent_risk(frame: pd.DataFrame) -> None:
    """A third does not answer a question that is cited only where no difference is shown."""
    _equal(frame)
    frame.loc[frame.index[::3], "rsk_01"] = ""


RESPONSE = {"stages": [{"name": "schools", "of": 200, "took_part": 100}], "source": "the study"}
OUTCOMES = {"child": {"complete": 400, "partial": 100, "refusal": 250, "noncontact": 250}}
ETHICS = {"clearance": "E-2026-17", "board": "Example Board", "date": "2026-05-02"}
UNWEIGHTED = {"design": {"unweighted": True}}
AGES = {"population": {"ages": [12, 14], "base": "children aged 12 to 14"}}

MUTATED: dict[str, tuple[Change, list[str], list[str]]] = {
    "as it is": (
        lambda f: None,
        [],
        [r"Who is left out: not reported", r"No clearance on record", r"Not reported"],
    ),
    "1 no gender": (
        _without("gender"),
        [r"girls and boys", r"FINDING .*\b[Gg]irls\b"],
        [r"FINDING ", r"Gender"],
    ),
    "2 girls only": (_girls, [r"FINDING .*\bboys?\b", r"girls and boys", r"Girls − Boys"], [r"FINDING "]),
    "3 more girls": (
        _more_girls,
        [r"smaller share of girls than of boys were treated"],
        [r"larger share of girls than of boys were treated"],
    ),
    "3 more boys": (
        _more_boys,
        [r"larger share of girls than of boys were treated"],
        [r"smaller share of girls than of boys were treated"],
    ),
    "6 equal": (
        _equal,
        [r"(larger|smaller) share of girls than of boys were treated", r"as likely"],
        [r"No difference between girls and boys is shown in who were treated"],
    ),
    "8 one left": (_without("opp_10"), [r"Activities and opportunities\n.*\nActivities:"], [r"schoolwork"]),
    "9 no activities": (
        _without("opp_01", "opp_10"),
        [r"## Activities and opportunities", r"leisure \(Article 31\)"],
        [r"No number here: Activities"],
    ),
    "9 no risks": (
        _without("rsk_01", "hrm_01", "cop_01", "cop_09"),
        [r"A risk that somebody met", r"met a risk has done"],
        [r"FINDING .*learn|FINDING .*schoolwork"],
    ),
    "15 silent on a risk": (
        _silent_risk,
        [],
        [r"FINDING .* gave no valid answer to: Were treated in a hurtful way"],
    ),
    "9 no rights": (_without("rgt_04"), [r"## Rights", r"Article 42"], [r"No number here: .*Rights"]),
    "9 no guidance": (
        _without("med_07"),
        [r"## Guidance", r"prefers guidance to control"],
        [r"No number here: .*Mediation"],
    ),
    "10 no weights": (
        _with(**UNWEIGHTED),
        [r"what the weights add up to stands", r"design effect of the weights"],
        [r"No weights: the numbers describe those who answered"],
    ),
    "11 weights of mean one": (_mean_one, [r"add up to [\d,]+"], [r"add up to the number of answers"]),
    "11 weights of people": (_people, [r"add up to the number of answers"], [r"add up to 70,000\b"]),
    "12 no strata": (
        _without("stratum", design={"weight": "weight", "psu": "psu"}),
        [r"in \d+ strata"],
        [r"strata not known"],
    ),
    "15 silent": (_silent, [], [r"over a tenth gave no valid answer to: .*[Ll]earning"]),
    "16 no mode": (lambda f: None, [r"in private"], [r"Not reported\n.*\bSetting\b"]),
    "19 ages 12 to 14": (_with(**AGES), [r"ages 9 to 17"], [r"12 to 14"]),
    "20 cleared": (
        _with(ethics=ETHICS),
        [r"No clearance on record"],
        [r"Cleared by Example Board, E-2026-17, May 2, 2026|Cleared by Example Board, E-2026-17"],
    ),
    "20 not cleared": (lambda f: None, [r"Cleared by"], [r"No clearance on record"]),
    "24 outcomes": (_with(outcomes=OUTCOMES), [], [r"RR1 40"]),
    "24 stages": (
        _with(response=RESPONSE),
        [],
        [r"50\.0% of schools", r"FINDING .*50% of the sample took part"],
    ),
    "24 no response": (lambda f: None, [r"took part \(", r"RR1"], [r"Response rate"]),
    "coverage": (
        _with(study={"coverage": "Children in institutions were not reached."}),
        [r"Who is left out: not reported"],
        [r"institutions"],
    ),
    "5 all no": (
        lambda f: [all_say(f, c, "no") for c in ("cop_09",)] and None,
        [r"know where to get help"],
        [r"FINDING "],
    ),
    "4 all yes": (
        lambda f: [all_say(f, c, "yes") for c in ("cop_09", "hrm_01")] and None,
        [r"[Hh]elp.*too few", r"do not reach"],
        [r"FINDING "],
    ),
    "follow-up of nobody": (
        _nobody_bothered,
        [r"What they do next", r"## .*coping\n.*Told someone"],
        [r"FINDING "],
    ),
    "follow-up of six": (
        _six_bothered,
        [r"FINDING .*told someone", r"Told someone\n\d", r"Told someone: \d"],
        [r"Told someone\n\(\*\)"],
    ),
    "everything at 97 percent": (
        _all_but_some(HIGH, LOW),
        [r"reach too few", r"left to chance", r"exists on paper", r"without children"],
        [r"FINDING 9[5-8]% of children .*adults take seriously"],
    ),
    "everything at 3 percent": (
        _all_but_some(LOW, HIGH),
        [r"[Oo]pportunities are there", r"[Mm]ost children"],
        [r"FINDING [2-5]% of children .*adults take seriously"],
    ),
    "two indicators": (
        _without(*[c for c in ASKED if c not in ("acc_01", "rsk_01")]),
        [r"## Skills", r"## Rights", r"## Activities"],
        [r"FINDING ", r"No number here"],
    ),
    "no minutes": (_without("minutes"), [r"median length"], [r"Interview length"]),
    "minutes": (lambda f: None, [], [r"median length \d+ minutes"]),
    "residence lost": (
        _without("residence"),
        [r"FINDING .*in towns", r"Urban − Rural"],
        [r"Place of residence"],
    ),
}


EACH_TIME = {
    "as it is",
    "2 girls only",
    "3 more girls",
    "9 no activities",
    "10 no weights",
    "12 no strata",
    "19 ages 12 to 14",
    "20 cleared",
    "24 outcomes",
    "follow-up of six",
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in EACH_TIME else pytest.mark.long) for n in MUTATED]
)
def test_nothing_stands_that_the_study_has_made_untrue(name: str, study: Study) -> None:
    change, gone, there = MUTATED[name]
    frame = answers()
    more = change(frame) or {}
    text = study.report(frame, **more)
    assert not [pattern for pattern in (*NEVER, *gone) if re.search(pattern, text)], name
    assert not [pattern for pattern in there if not re.search(pattern, text)], name


def test_thirty_studies_are_mutated() -> None:
    assert len(MUTATED) >= 30


# --- the authors and the ledger -------------------------------------------------------------------------


def _opened(study: Study, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[dict[str, Any]]]:
    frame = answers()
    _more_girls(frame)
    study.write(frame)
    book: Any = Workbook.open("made", "quantitative", root=study.root)
    blocks: list[dict[str, Any]] = []
    monkeypatch.setattr(book.exhibits, "show", blocks.append)
    return book, blocks


SIGNED = {"by": "A. Person", "on": "2026-11-20"}
DIFFERENCE = "RSK-01/diff:gender=girl-boy"


def test_authors_order_reword_and_silence_findings_and_the_page_says_so(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, blocks = _opened(study, monkeypatch)
    book.findings()
    chosen = [words(b["parts"]) for b in blocks if b["kind"] == "finding"]
    blocks.clear()
    own = {
        "id": DIFFERENCE,
        "text": "Girls are {RSK-01/diff:gender=girl-boy|likely} boys to be hurt.",
    } | SIGNED
    gone = {"id": "ACC-01", "why": "It is known."} | SIGNED
    book.findings(order=["RGT-04"], replace=[own], drop=[gone])
    said = [words(b["parts"]) for b in blocks if b["kind"] == "finding"]
    assert "feel that adults take seriously" in said[0]
    assert "Girls are more likely than boys to be hurt." in said
    assert len(said) == len(chosen) - 1
    assert not any("used the internet in the last 3 months" in text for text in said)
    assert said[-1] == chosen[-1]  # what to beware of always stands
    notes = " ".join(b["text"] for b in blocks if b["kind"] == "note")
    assert "Left out of" in notes
    assert "Reason: It is known." in notes
    assert "reworded by A. Person: 1" in notes


def test_authors_may_not_hide_evidence_verdict_or_all_bad_news(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, _ = _opened(study, monkeypatch)
    bare = {"id": DIFFERENCE, "text": "Girls are hurt {RSK-01/diff:gender=girl-boy|points} apart."} | SIGNED
    bad = [s.id for s in book._story.statements if s.indicator in ("RSK-01", "HRM-01")]
    for changes, said in (
        ({"replace": [bare]}, "does not keep the evidence"),
        ({"replace": [bare | {"text": "Girls are hurt."}]}, "does not keep the evidence"),
        ({"drop": [{"id": "ACC-01", "why": "", "by": "A. Person", "on": "2026-11-20"}]}, "signed and dated"),
        ({"drop": [{"id": "ACC-01", "why": "It is known."}]}, "signed and dated"),
        ({"order": ["OPP-01/share/gender=girl"]}, "did not choose"),
        ({"drop": [{"id": name, "why": "no"} | SIGNED for name in bad]}, "may not all be left out"),
    ):
        with pytest.raises(DigicitError, match=said):
            book.findings(**changes)


def test_every_fixed_sentence_of_a_report_is_accepted() -> None:
    assert [problem["where"] + ": " + problem["what"] for problem in not_accepted(ROOT)] == []


@pytest.mark.parametrize("name", ["quantitative.ipynb", "kenya/quantitative_annex.ipynb"])
def test_a_sentence_that_nobody_accepted_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    path = tmp_path / "workbooks" / name
    path.parent.mkdir(parents=True)
    book = json.loads((ROOT / "workbooks" / "quantitative.ipynb").read_text(encoding="utf-8"))
    text = "Help and guidance reach too few."
    book["cells"].insert(5, {"cell_type": "markdown", "id": "own", "metadata": {}, "source": text})
    path.write_text(json.dumps(book), encoding="utf-8")
    (problem,) = not_accepted(tmp_path)
    assert problem["where"] == f"workbooks/{name}, line 6"
    assert "it looks like a finding" in problem["what"]
    assert f"{sentence_hash(text)},a,WHO" in problem["what"]


def test_rows_of_the_ledger_are_whole() -> None:
    for key, row in ledger().items():
        assert key == sentence_hash(row["text"]), row
        assert row["kind"] in KINDS, row
        assert row["accepted_by"], row
        assert not re.search(r"told us|spoke of|[Ww]e ask\b", row["text"]), row


# --- real surveys: the key findings of TRUTH.md 3.6 with the change since the wave before -----------------

SAID = yaml.load((Path(__file__).parent / "key_findings.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@pytest.mark.parametrize("name", SAID)
def test_real_surveys_say_the_findings_of_the_written_rule(
    name: str, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICIT_DATA", str(shared / "data"))
    book: Any = Workbook.open(name, "quantitative", params_file=f"params/examples/{name}.yaml", root=ROOT)
    blocks: list[dict[str, Any]] = []
    monkeypatch.setattr(book.exhibits, "show", blocks.append)
    book.findings()
    assert [words(b["parts"]) for b in blocks if b["kind"] == "finding"] == SAID[name]


def test_a_survey_of_parents_is_one_of_parents(study: Study) -> None:
    """Ages are their children's, consent is their own, and no child was asked anything."""
    net, asks, rules = (
        "Does your child use the internet?",
        "Do you ask your child about it?",
        "Do you set rules?",
    )
    indicators = {}
    for number, question in enumerate((net, asks, rules), 1):
        told = {
            "ages": [9, 17],
            "title": question,
            "numerator": "said yes",
            "period": "",
            "question": question,
        }
        indicators[f"KEN-0{number}"] = {
            "column": question,
            "yes": ["Yes"],
            "no": ["No"],
            "variant": told | {"sensitivity": 1},
            **({"base": {"column": net, "yes": ["Yes"]}} if question != net else {}),
        }
    tool = dict.fromkeys(("title", "citation"), "Parents 2026") | {"respondents": "parents", "design": {}}
    tool |= {"programme": "own", "licence": "not stated", "where": "the team", "indicators": indicators}
    tool["population"] = {"base": "respondents", "ages": [9, 17]}
    folder = study.root / "params" / "instruments"
    folder.mkdir(parents=True)
    (folder / "parents.yaml").write_text(yaml.safe_dump(tool), encoding="utf-8")
    rows = [("Yes", "Yes", "No"), ("Yes", "No", "Yes"), ("No", "", "")] * 60
    study.write(
        pd.DataFrame(rows, columns=[net, asks, rules]),
        instrument="params/instruments/parents.yaml",
        design={},
        analysis={"breakdowns": []},
        population=tool["population"],
    )
    text, sheet = study.text(), study.product("communication_parents")
    assert "parents or carers of children, ages 9 to 17" in text.lower()
    assert "Ages of the children" in text and "children's ages 9 to 17" in text
    assert asks in sheet and "parents or carers of children" in sheet
    never = ("Consent and assent", "Part of children", "asked from age", "respondents, ages")
    never += ("after weighting", "weighted; unweighted", "all children surveyed")
    assert not [claim for claim in never if claim in text + sheet]
