"""The gate: an unsigned quotation cannot be made to appear; here are the attempts."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from qualitative_samples import study

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import Project, draft_reviews, negative_cases, quotations, read_table, withheld

WORDS = {
    "I block them",
    "I tell my sister,",
    "We talk about it in the break, ",
    "Nobody asked us before the rules were made.",
}


def shown(tables: dict[str, pd.DataFrame], **options: object) -> set[str]:
    return set(quotations(read_table(tables), **options)["text"])


def set_where(table: pd.DataFrame, where: str, **values: object) -> pd.DataFrame:
    table = table.copy()
    for column, value in values.items():
        table.loc[table.eval(where), column] = value
    return table


def test_what_is_approved_signed_and_consented_is_shown_word_for_word() -> None:
    tables = study()
    spoken = " ".join(tables["transcripts"]["text"])
    found = quotations(read_table(tables))
    assert len(found) == 4
    assert all(text in spoken for text in found["text"])
    assert found["attribution"].unique().tolist() == ["child, girl, 12-14, urban"]
    assert found["theme"].tolist() == ["help", "help", "help", "rights"]
    assert found["quotation"].is_unique


# --- each condition alone closes it -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "values", "reason"),
    [
        ("reviews", {"signed_on": ""}, "its source's review is not signed"),
        ("reviews", {"reviewer": " "}, "its source's review is not signed"),
        ("reviews", {"text_sha256": "0" * 64}, "its source changed after the review"),
        ("reviews", {"text_sha256": ""}, "its source changed after the review"),
        ("reviews", {"safeguarding": "yes"}, "a safeguarding flag is up"),
        ("reviews", {"safeguarding": ""}, "a safeguarding flag is up"),
        ("reviews", {"safeguarding": "cleared?"}, "a safeguarding flag is up"),
        ("participants", {"quote_ok": "no"}, "no consent to be quoted"),
        ("participants", {"quote_ok": ""}, "no consent to be quoted"),
        ("quotations", {"approved": ""}, "not approved"),
        ("quotations", {"approved": "maybe"}, "not approved"),
        ("quotations", {"approved_by": ""}, "not approved"),
        ("quotations", {"approved_by": "A"}, "approved by its own coder"),
    ],
)
def test_each_condition_closes_the_gate(table: str, values: dict[str, str], reason: str) -> None:
    tables = study()
    project = read_table(tables | {table: tables[table].assign(**values)})
    assert quotations(project).empty
    assert set(withheld(project)["reason"]) == {reason}
    assert not WORDS & set(withheld(project).to_numpy().ravel())


def test_no_review_no_consent_file_no_quotation() -> None:
    for table in ("reviews", "participants", "quotations"):
        tables = study()
        project = read_table({name: t for name, t in tables.items() if name != table})
        assert quotations(project).empty


def test_a_changed_word_voids_the_signature() -> None:
    tables = study()
    said = tables["transcripts"]
    changed = tables | {"transcripts": said.assign(text=said["text"].str.replace("home", "house"))}
    assert {t[:2] for t in shown(changed)} == {"I ", "I "[:2]}
    assert set(withheld(read_table(changed))["reason"]) == {"its source changed after the review"}


def test_two_reviews_of_one_source_count_as_the_stricter() -> None:
    tables = study()
    rows = tables["reviews"]
    flagged = pd.concat([rows, rows[rows["session_id"] == "G2"].assign(safeguarding="yes")])
    assert set(quotations(read_table(tables | {"reviews": flagged}))["source"]) == {"G1"}


def test_refused_consent_of_a_carer_or_child_counts_too() -> None:
    for column in ("consent_carer", "assent_child"):
        tables = study()
        assert not shown(tables | {"participants": tables["participants"].assign(**{column: "no"})})


# --- attributions -----------------------------------------------------------------------------------


def test_an_attribution_must_fit_k_participants() -> None:
    tables = study()
    one_boy = tables | {"participants": set_where(tables["participants"], "pid == 'G1-1'", sex="boy")}
    project = read_table(one_boy)
    assert set(quotations(project)["source"]) == {"G2"}
    assert "the attribution fits fewer than 3 participants" in set(withheld(project)["reason"])
    # A coarser attribution for all, never for one: nobody stands out by what is missing.
    assert len(quotations(project, attribution=("role", "age_band"))) == 4
    assert quotations(project, attribution=("role", "age_band"))["attribution"].unique().tolist() == [
        "child, 12-14"
    ]
    assert quotations(read_table(tables), k=7).empty
    assert len(quotations(read_table(tables), k=6)) == 4


@pytest.mark.parametrize(
    "options", [{"k": 1}, {"k": 0}, {"attribution": ("role", "case")}, {"attribution": ("quote_ok",)}]
)
def test_the_gate_cannot_be_widened(options: dict[str, object]) -> None:
    with pytest.raises(QualitativeError, match="attribution"):
        shown(study(), **options)


# --- spans ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"turn_end": 3, "char_end": 5}, "not inside one participant's turn"),
        ({"turn_start": 1, "turn_end": 1, "char_end": 7}, "the speaker is not a participant"),
        ({"char_start": 50, "char_end": 60, "code": ""}, "no segment has these words"),
        ({"code": "talk"}, "no segment has these words"),
    ],
)
def test_a_quotation_is_words_of_one_participant_that_were_coded(
    values: dict[str, object], reason: str
) -> None:
    tables = study()
    project = read_table(tables | {"quotations": tables["quotations"][:1].assign(**values)})
    assert quotations(project).empty
    assert withheld(project)["reason"].tolist() == [reason]


def test_a_span_outside_its_turn_is_listed_at_reading() -> None:
    tables = study()
    project = read_table(tables | {"quotations": tables["quotations"][:1].assign(char_end=999)})
    assert quotations(project).empty
    assert project.report["element"].tolist() == ["quotations"]


@pytest.mark.parametrize(
    "left",
    ["call 0000 123 45 67", "see https://a.example", "I am @someone_17", "in school No. 907", "class 7/B"],
)
def test_an_identifier_that_was_left_in_closes_the_gate(left: str) -> None:
    tables = study()
    said = tables["transcripts"].copy()
    said.loc[1, "text"] = f"I block, {left}."
    tables = {k: v for k, v in tables.items() if k != "reviews"} | {"transcripts": said}
    tables["quotations"] = tables["quotations"][:1].assign(char_end=len(f"I block, {left}."))
    tables["codings"] = tables["codings"][:1]
    tables = study(**tables)
    assert set(withheld(read_table(tables))["reason"]) == {"an identifier is left in it"}


def test_a_translation_that_holds_an_identifier_closes_it_too() -> None:
    tables = study()
    rows = tables["quotations"].assign(text_en=["call 0000 123 45 67", "fine", "", ""])
    project = read_table(tables | {"quotations": rows})
    assert withheld(project)["reason"].tolist() == ["an identifier is left in its translation"]
    assert len(quotations(project)) == 3


def test_participants_of_two_sessions_with_one_id_are_two_people() -> None:
    tables = study()
    people, said = tables["participants"].copy(), tables["transcripts"].copy()
    people["pid"] = people["pid"].str[-1].radd("P")
    said["pid"] = said["pid"].where(said["pid"] == "MOD", said["pid"].str[-1].radd("P"))
    people.loc[people["session_id"] == "G2", "quote_ok"] = "no"
    changed = study(participants=people, transcripts=said)
    project = read_table(changed)
    assert set(project.turns["case"]) == {"", "G1/P1", "G1/P2", "G2/P1", "G2/P3"}
    assert set(quotations(project)["source"]) == {"G1"}
    with pytest.raises(QualitativeError, match="twice in a session"):
        read_table(changed | {"participants": pd.concat([people, people[:1]])})


def test_masks_are_no_identifiers() -> None:
    said = study()["transcripts"].copy()
    said.loc[1, "text"] = "I block <HANDLE1> and <PHONE2> and [Alina], because they asked me."
    tables = study(transcripts=said, quotations=study()["quotations"][:1])
    assert shown(tables) == {"I block <HAN"}


# --- attempts from code -----------------------------------------------------------------------------


def test_a_project_put_together_by_hand_shows_nothing_unsigned() -> None:
    rows = [{"source": "a", "start": 4, "end": 7, "code": "x", "coder": "A"}]
    marks = pd.DataFrame([{"source": "a", "start": 4, "end": 7, "approved": "yes", "approved_by": "R1"}])
    cases = pd.DataFrame(
        [
            {
                "case": f"P{n}",
                "role": "child",
                "sex": "girl",
                "age_band": "9-11",
                "area": "rural",
                "quote_ok": "yes",
            }
            for n in (1, 2, 3)
        ]
    )
    project = Project.build({"a": "P1: yes"}, rows, [], cases=cases, quotations=marks)
    assert quotations(project).empty
    signed = (
        draft_reviews(project)
        .rename(columns={"session_id": "source"})
        .assign(reviewer="R1", signed_on="2026-01-01", safeguarding="no")
    )
    assert quotations(replace(project, reviews=signed))["text"].tolist() == ["yes"]
    other = replace(project, reviews=signed, texts={"a": "P1: no!"})
    assert quotations(other).empty


def test_a_draft_is_unsigned() -> None:
    tables = study()
    assert not shown(tables | {"reviews": draft_reviews(read_table(tables))})


# --- choice, negative cases -------------------------------------------------------------------------


def test_a_choice_takes_groups_in_turn_and_is_the_same_again() -> None:
    project = read_table(study())
    one = quotations(project, "help", each=2)
    assert set(one["source"]) == {"G1", "G2"}
    pd.testing.assert_frame_equal(one, quotations(project, "help", each=2))
    assert len(quotations(project, each=1)) == 2
    assert quotations(project, "none").empty


def test_negative_cases_are_told_in_words_only_behind_the_gate() -> None:
    tables = study()
    rows = tables["quotations"].assign(negative=["yes", "", "", "yes"], approved=["no", "yes", "yes", "yes"])
    found = negative_cases(read_table(tables | {"quotations": rows}))
    assert found[["code", "text", "reason"]].to_numpy().tolist() == [
        ["block", "", "not approved"],
        ["heard", "Nobody asked us before the rules were made.", ""],
    ]


def test_translation_stands_beside_with_its_translator() -> None:
    tables = study()
    rows = tables["quotations"].assign(text_en="translated", translator="T1")
    found = quotations(read_table(tables | {"quotations": rows})).iloc[0]
    assert found[["translation", "translator", "lang"]].tolist() == ["translated", "T1", "en"]
