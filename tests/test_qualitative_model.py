"""The coded project: canonical texts, turns, checked spans, ids from content, merges."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from qualitative_samples import fgd, fgd_folder, spans, study, true_spans

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import Project, read, read_table
from digicit_lib.qualitative.coded.turns import (
    canonical_text,
    clean_name,
    code_path,
    parse_turns,
    text_sha256,
)


def one(text: str = "P1: yes", **row: object) -> Project:
    return Project.build(
        {"a": text}, [{"source": "a", "start": 4, "end": 7, "code": "x", "coder": "A", **row}], []
    )


# --- texts and turns --------------------------------------------------------------------------------


def test_canonical_text_has_no_mark_and_one_line_end() -> None:
    assert canonical_text("\ufeffa\r\nb\rc\n") == "a\nb\nc\n"


def test_names_lose_what_misleads_the_eye() -> None:
    assert clean_name("abc\u202egnp.exe\u2066\n x\0") == "abcgnp.exe x"
    assert len(clean_name("x" * 500)) == 200


def test_paths_keep_a_slash_in_a_name_apart() -> None:
    assert code_path(["home/school", "rules"]) == "home\u2215school/rules"


def test_turns_by_hand() -> None:
    text = "Notes before.\n[00:01:02] M: Well?\nP-1: First line\nsecond line\n\nP2: No.\n"
    assert [(text[a:b], text[b:c], who) for a, b, c, who in parse_turns(text)] == [
        ("", "Notes before.", ""),
        ("[00:01:02] M: ", "Well?", "M"),
        ("P-1: ", "First line\nsecond line", "P-1"),
        ("P2: ", "No.", "P2"),
    ]


def test_a_sentence_with_a_colon_is_no_speaker_but_a_name_that_returns_is() -> None:
    text = "P1: So\nThe rule was: none\nSpeaker 1: a\nSpeaker 1: b\n12: c"
    assert [who for *_, who in parse_turns(text)] == ["P1", "Speaker 1", "Speaker 1"]


@pytest.mark.parametrize(
    "text",
    [
        "ANNA: Yes.\nBEN: No.",
        "00:00:01 ANNA: Yes.\n00:04 BEN: No.",
        "(00:01) ANNA: Yes.\n(00:04) BEN: No.",
        "**ANNA**: Yes.\n**BEN**: No.",
        "ANNA> Yes.\nBEN> No.",
        "*ANNA*: Yes.\n*BEN*: No.",
        "ANNA : Yes.\nBEN : No.",
        "- ANNA: Yes.\n- BEN: No.",
        "# ANNA: Yes.\n# BEN: No.",
        "ANNA:\u00a0Yes.\nBEN:\u00a0No.",
        "<ANNA> Yes.\n<BEN> No.",
        "ANNA\tYes.\nBEN\tNo.",
        "WEBVTT\n\nSTYLE\n::a\n\n00:01.000 --> 00:02.000\nANNA: Yes.\n\n00:04.000 --> 00:05.000\nBEN: No.",
        "ANNA：Yes.\nBEN：No.",
        "(ANNA) Yes.\n(BEN) No.",
        "ANNA - Yes.\nBEN – No.",
        "ANNA 00:00:01\nYes.\nBEN [00:04]\nNo.",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v ANNA>Yes.</v>\n\n00:04.000 --> 00:05.000\n<v.loud BEN>No.</v>",
        "1\n00:00:01,000 --> 00:00:02,000\nANNA: Yes.\n\n2\n00:00:04,000 --> 00:00:05,000\nBEN: No.\n",
    ],
)
def test_speakers_in_the_ways_that_programs_mark_them(text: str) -> None:
    speech = [(who, text[b:c].strip()) for _, b, c, who in parse_turns(text)]
    assert speech == [("ANNA", "Yes."), ("BEN", "No.")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("K1 (kız, 13): Evet\nE2 (erkek, 14): Yok", ["K1 (kız, 13)", "E2 (erkek, 14)"]),
        ("Дівчина, 14: Так\nХлопець, 15: Ні", ["Дівчина, 14", "Хлопець, 15"]),
        ("Speaker 1: a\nSpeaker 2: b", ["Speaker 1", "Speaker 2"]),
        ("Respondent 1: a\nRespondent 2: b\nThe rule was: none", ["Respondent 1", "Respondent 2"]),
    ],
)
def test_numbers_and_ages_belong_to_a_name(text: str, names: list[str]) -> None:
    assert [who for *_, who in parse_turns(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "<NAME1> told me\nand <NAME2> left.",
        "(Laughter) and then\nI left.",
        "Well - no.\nI did not.",
        "We met at\nnoon 12:30\nand ate.",
    ],
)
def test_a_remark_is_no_speaker(text: str) -> None:
    assert {who for *_, who in parse_turns(text)} == {""}


def test_text_without_speakers_has_a_turn_a_paragraph() -> None:
    assert [(a, c) for a, _, c, _ in parse_turns("one\n\n  \ntwo")] == [(0, 3), (8, 11)]


def test_an_empty_turn_is_kept() -> None:
    assert parse_turns("P1:\nP2: x") == [(0, 3, 3, "P1"), (4, 8, 9, "P2")]


# --- building ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (4, 4), (5, 4), (4, 99), ("x", 7), (None, 7)])
def test_a_span_outside_its_text_is_listed_and_left_out(start: object, end: object) -> None:
    project = one(start=start, end=end, guid="g1")
    assert project.segments.empty
    assert project.report[["guid", "outcome"]].to_numpy().tolist() == [["g1", "lost"]]


def test_a_coding_of_a_text_that_is_not_there_is_listed() -> None:
    assert one(source="b").report["outcome"].tolist() == ["lost"]


def test_the_same_coding_twice_is_one() -> None:
    row = {"source": "a", "start": 4, "end": 7, "code": "x", "coder": "A"}
    project = Project.build({"a": "P1: yes"}, [row, row], [])
    assert len(project.segments) == 1
    assert project.report["reason"].tolist() == ["same coding twice"]


def test_ids_come_from_content_and_not_from_guids_or_names() -> None:
    assert one(guid="1").segments["segment"].tolist() == one(guid="2").segments["segment"].tolist()
    same = Project.build(
        {"b": "P1: yes\r\n"}, [{"source": "b", "start": 4, "end": 7, "code": "x", "coder": "A"}], []
    )
    assert same.segments["segment"].tolist() == one().segments["segment"].tolist()
    assert one(coder="B").segments["segment"].tolist() != one().segments["segment"].tolist()


def test_the_representation_shows_no_text() -> None:
    assert repr(one()) == "Project(1 sources, 1 turns, 1 segments, 1 codes, 0 cases)"


def test_a_code_is_found_by_path_or_by_its_only_name() -> None:
    project = Project.build({}, [], [{"code": "a/x"}, {"code": "b/x"}, {"code": "b/y"}])
    assert project.find_code("y") == "b/y"
    assert project.find_code("a/x") == "a/x"
    with pytest.raises(QualitativeError, match="Several"):
        project.find_code("x")
    with pytest.raises(QualitativeError, match="No code"):
        project.find_code("z")


def test_only_refuses_an_unknown_column() -> None:
    with pytest.raises(QualitativeError, match="no such column"):
        one().only(colour="red")


@pytest.mark.parametrize(
    "role",
    [
        "Moderator",
        "модератор",
        "Moderatör",
        "note-taker",
        "Observer",
        "ведучий",
        "Ведущая",
        "протоколист",
        "interpreter",
    ],
)
def test_who_asks_takes_no_part_however_the_role_is_written(role: str) -> None:
    people = pd.DataFrame({"case": ["M1", "P1"], "role": [role, "child"]})
    project = Project.build({"a": "M1: So?\nP1: Yes."}, [], [], cases=people)
    assert project.turns["case"].tolist() == ["", "P1"]


def test_context_puts_speaker_and_attributes_beside_a_segment() -> None:
    project = read_table(study())
    row = project.context.iloc[0]
    assert (row["speaker"], row["case"], row["sex"], row["type"]) == ("G1-1", "G1-1", "girl", "focus group")
    assert set(project.turns.loc[project.turns["speaker"] == "MOD", "role"]) == {"moderator"}
    assert set(project.turns.loc[project.turns["speaker"] == "MOD", "case"]) == {""}


# --- merging ----------------------------------------------------------------------------------------


def test_two_coders_projects_become_one(shared: Path) -> None:
    folder = fgd_folder(shared)
    a, b = (read(folder / f"taguette_coder_{c}.sqlite3", coder=f"coder_{c}") for c in "ab")
    assert spans(a.merge(b)) == true_spans(shared)


def test_exports_of_two_programs_meet_by_content(shared: Path) -> None:
    folder = fgd_folder(shared)
    database = read(folder / "digital_citizenship.qda")
    for name in ("qualcoder_export_lf.qdpx", "qualcoder_export_maxqda_crlf.qdpx"):
        merged = database.merge(read(folder / name))
        assert len(merged.segments) == 102
        assert len(merged.sources) == 6
    assert len(database.merge(fgd(shared)).segments) == 102


def test_merging_follows_a_renamed_source_and_refuses_a_changed_one() -> None:
    renamed = Project.build(
        {"z": "P1: yes"}, [{"source": "z", "start": 0, "end": 2, "code": "y", "coder": "B"}], []
    )
    merged = one().merge(renamed)
    assert merged.segments["source"].tolist() == ["a", "a"]
    assert list(merged.texts) == ["a"]
    with pytest.raises(QualitativeError, match="differ"):
        one().merge(one("P1: yes!"))


def test_the_hash_of_a_signature_ignores_blanks_at_the_end_only() -> None:
    assert text_sha256("a\n") == text_sha256("a")
    assert text_sha256("a b") != text_sha256("ab")
