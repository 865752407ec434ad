"""Frames of the report: who took part, COREQ, the joint display, frequency words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from qualitative_samples import study

from digicit_lib import Workbook, qualitative
from digicit_lib.errors import QualitativeError
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.qualitative import coreq, joint_display, participants, quotations, read_table
from digicit_lib.qualitative.memos import printable_memos, team_notes
from digicit_lib.qualitative.reported import coreq_answers
from digicit_lib.qualitative.sheet_drafts import drafts
from digicit_lib.report.story import read_story, summarize
from digicit_lib.safe import csv_frame, html


def estimates() -> pd.DataFrame:
    rows = [("ACC-03", 0.61), ("COP-01@other", 0.4), ("RSK-01", 0.2)]
    return pd.DataFrame(rows, columns=["indicator", "estimate"]).assign(ci_low=0.1, ci_high=0.9, unit="share")


def test_the_face_says_what_each_of_it_is() -> None:
    assert all(thing.__doc__ for thing in vars(qualitative).values() if callable(thing))


def test_coreq_has_32_items_in_three_domains() -> None:
    table = coreq({"24": "Two.", "32": " "})
    assert table["item"].tolist() == list(range(1, 33))
    assert table["domain"].value_counts().to_dict() == {
        "research team": 8,
        "study design": 15,
        "analysis and findings": 9,
    }
    assert table.set_index("item").loc[[24, 32], "answer"].tolist() == ["Two.", "not reported"]
    assert table["reported"].sum() == 1
    with pytest.raises(QualitativeError, match="no such item"):
        coreq({"33": "x"})


def test_participants_of_few_are_put_together() -> None:
    tables = study()
    people = tables["participants"].copy()
    people.loc[0, "sex"] = "boy"
    table = participants(read_table(tables | {"participants": people}))
    # One boy would stand alone as what the five girls leave, with his consent: all stand together.
    columns = ["role", "sex", "participants", "sources"]
    assert table[columns].to_numpy().tolist() == [["child", "other", 6, 2]]
    assert participants(read_table(tables), by=["shoe size"]).empty


def test_joint_display_links_by_the_codebook_and_never_judges() -> None:
    table = joint_display(read_table(study()), estimates())
    assert table[["indicator", "theme"]].to_numpy().tolist() == [
        ["ACC-03", "rights"],
        ["COP-01@other", "help"],
    ]
    assert set(table["relation"]) == {"not judged yet"}
    row = table.iloc[0]
    assert (row["text"], row["sources"], row["cases"]) == (
        "Nobody asked us before the rules were made.",
        1,
        1,
    )
    judged = pd.DataFrame([{"theme": "rights", "indicator": "ACC-03", "relation": "widens", "note": "n"}])
    assert joint_display(read_table(study()), estimates(), judged)["relation"].tolist() == [
        "widens",
        "not judged yet",
    ]
    with pytest.raises(QualitativeError, match="relation"):
        joint_display(read_table(study()), estimates(), judged.assign(relation="proves"))


def test_a_judged_theme_is_heard_in_whatever_code_of_it_has_words() -> None:
    tables = study()
    book = tables["codebook"].assign(indicator_ids="")
    judged = pd.DataFrame([{"theme": "rights", "indicator": "ACC-03", "relation": "widens", "note": ""}])
    row = joint_display(read_table(tables | {"codebook": book}), estimates(), judged).iloc[0]
    assert row["text"] == "Nobody asked us before the rules were made."
    against = tables["quotations"].assign(negative="да")  # said in whatever language, it contradicts
    told = joint_display(read_table(tables | {"codebook": book, "quotations": against}), estimates(), judged)
    assert told["text"].tolist() == [""]


@pytest.mark.parametrize(
    ("cells", "expected"), [(["yes", "no"], "recorded in 1 of 2"), (["audio", "no"], "audio: 1; no: 1")]
)
def test_how_sessions_were_recorded_is_told_where_the_sheet_says_it(cells: list[str], expected: str) -> None:
    tables = study()
    tables |= {"sessions": tables["sessions"].assign(recorded=cells)}
    assert coreq_answers(read_table(tables), given={})["19"] == expected


def test_joint_display_without_an_approved_quotation_has_none() -> None:
    tables = study()
    unsigned = tables | {"reviews": tables["reviews"].assign(reviewer="")}
    assert joint_display(read_table(unsigned), estimates())["text"].tolist() == ["", ""]


def test_what_leaves_the_room_can_be_escaped() -> None:
    said = study()["transcripts"].copy()
    said.loc[1, "text"] = "=HYPERLINK(1) <b>bold</b>, they said \u202eabc."
    tables = study(
        transcripts=said,
        quotations=study()["quotations"][:1].assign(
            char_end=27, flags_cleared="capital inside a sentence", cleared_by="B", cleared_on="2026-05-01"
        ),
        codings=study()["codings"][:1],
    )
    found = quotations(read_table(tables))
    assert found["text"].tolist() == ["=HYPERLINK(1) <b>bold</b>, "]
    assert "'=HYPERLINK" in csv_frame(found)
    assert "<b>" not in html(found["text"][0])


def test_no_message_of_the_room_holds_a_participants_words() -> None:
    tables = study()
    words = " ".join(tables["transcripts"]["text"]).split()
    attempts = [
        {"codings": tables["codings"].assign(turn_start="x")},
        {"transcripts": tables["transcripts"].assign(turn="x")},
        {"codebook": tables["codebook"].assign(parent="nothing")},
        {"participants": tables["participants"].drop(columns="pid")},
    ]
    for change in attempts:
        try:
            report = read_table(tables | change).report.to_csv()
        except QualitativeError as error:
            report = str(error)
        assert not any(w in report for w in words if len(w) > 6)


# --- what a chapter needs -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chapter() -> Workbook:
    return Workbook.open("turkey", "qualitative")


def test_the_demonstration_reports_most_of_coreq_from_its_facts(chapter: Any) -> None:
    answers = chapter.coreq().frame.iloc[:, -1]
    assert (answers != "not reported").sum() >= 25  # of 32: the round's number for the demonstration


def test_gaps_of_srqr_are_said(chapter: Any) -> None:
    answers = chapter.srqr().frame.iloc[:, -1]
    assert (len(answers), answers.iloc[17]) == (21, "not reported")  # prior work: nothing reports it


def test_a_key_finding_says_what_was_said_with_its_evidence(chapter: Any, capsys: Any) -> None:
    chapter.key_themes()
    found = chapter.evidence.findings[0]
    assert found.text.startswith("[SYNTHETIC] Friends are told first; ")
    assert found.text.endswith("8 of 8 discussions and interviews; people who spoke: 20)")
    assert len(found.ids) == 3


def test_a_key_finding_in_another_language_is_no_english_one(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[dict[str, Any]] = []
    book: Any = Workbook.open("turkey", "qualitative", language="tr")
    monkeypatch.setattr(type(book), "show", lambda self, block, *_, **__: blocks.append(block))
    book.key_themes()
    book.facts()
    said = [block for block in blocks if block["kind"] == "finding"]
    assert said and not [block for block in said if block["lang"] or "[English] " in block["parts"]]
    cover = next(block for block in blocks if block["kind"] == "cover")
    assert ["Konuşulan diller", "Türkçe"] in cover["facts"]


def test_themes_codes_and_groups_are_told_in_words(chapter: Any) -> None:
    words = chapter.words_by_group().frame
    assert set(words["Theme"]) == set(chapter.project.codes["theme"])
    assert (words["In words"] != "–").sum() >= 10
    book = chapter.codebook().frame
    # Words of a transcript wait for the gate, whatever the codebook gives as its example.
    assert set(book["Example"]) <= {"", *chapter._quoted["words"]} and (book["Example"] != "").sum() >= 10
    assert len(chapter.coding_tree().frame) == 17  # codes of the script
    assert list(chapter.codes_together().frame.columns)[2] == "Turns with both"


def test_few_people_are_not_told_apart_in_who_said_it_nor_by_what_is_left_of_all(chapter: Any) -> None:
    """A reader subtracts: all who spoke of a theme less those that are told are never one or two people."""
    table = chapter.who_said().frame
    hidden = 0
    for row in table.to_dict("records"):
        for head in ("Role", "Sex", "Age band"):
            parts = [part.rsplit(": ", 1)[1] for part in str(row.get(head, "")).split("; ") if ": " in part]
            told = [int(n) for n in parts if n != "not shown"]
            left = len(parts) - len(told)
            assert not {1, 2} & set(told) and left != 1
            assert not left or int(row["People"]) - sum(told) >= 3 or not any(told)
            hidden += left
    assert hidden


@pytest.mark.parametrize("cell", ["no", "", "pending"])
def test_a_no_and_an_empty_cell_are_one_in_what_is_said_of_consent(cell: str, monkeypatch: Any) -> None:
    book: Any = Workbook.open("turkey", "qualitative")
    people = book.project.cases.assign(quote_ok=cell, assent_child=cell)
    monkeypatch.setattr(book, "project", replace(book.project, cases=people))
    table = book.consent_cells().frame
    assert list(table) == ["Consent", "Yes", "No explicit yes"]
    # 31 children of the script and 10 adults: `interviews.yaml`
    assert table.set_index("Consent").loc["Agreed to be quoted"].tolist() == ["0", "41"]
    assert "Assent" not in book._told.consent()


def test_what_is_withheld_and_flagged_is_counted_without_a_word(chapter: Any) -> None:
    """One flag of harm is one child's: no number below k (3) of a flag or of a reason is told."""
    told = chapter.withheld().frame["Quotations"], chapter.flags().frame["Flags"]
    assert set(told[0]) == {"not shown"} and "50" in set(told[1])  # capitals at a beginning: the script's
    assert not {"0", "1", "2"} & {*told[0], *told[1]}
    assert "Agreed to be quoted" not in chapter.participants().frame  # a group less them is who said no


def test_a_summary_carries_two_quotations_of_two_themes(chapter: Any, monkeypatch: Any) -> None:
    blocks: list[Any] = []
    monkeypatch.setattr(type(chapter), "show", lambda _, block: blocks.append(block))
    chapter.quotations()
    quotes = [block for block in blocks if block["kind"] == "quotation"]
    assert [block["key"] for block in quotes].count(True) == 2
    assert re.search(r" · (\w+)-P\d, \1, turn [1-9]\d*$", quotes[0]["attribution"])
    cells = [
        {
            "cell_type": "code",
            "source": "x",
            "outputs": [{"output_type": "display_data", "data": {MIME: block}} for block in quotes],
        }
    ]
    story = summarize(read_story({"cells": cells, "metadata": {}}, title="T"))
    assert len(story.blocks("quotation")) == 2


def test_memos_are_printed_where_the_sheet_says_so_and_no_name_is_in_them() -> None:
    rows = [("rule made shorter", "yes"), ("Tamsin Blackwood cried", "yes"), ("not yet", "")]
    assert printable_memos(pd.DataFrame(rows, columns=["text", "publish"]))["text"].tolist() == [
        "rule made shorter"
    ]


def test_a_project_that_does_not_say_what_was_recorded_says_nothing_of_it() -> None:
    """Answers of nobody are none: no sum of nothing stops the report."""
    project = qualitative.Project.build({"a": "P1: hi there"}, [], [])
    assert "19" not in coreq_answers(project, given={})


@pytest.mark.parametrize("language", ["ru", "tr"])
def test_a_code_called_as_a_word_of_the_library_is_not_translated(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """The team's own word stands on every page as it was written."""
    tables = study()
    codebook = tables["codebook"].assign(theme="All", name="Yes")
    wb: Any = Workbook.open("turkey", "qualitative", language=language)
    monkeypatch.setattr(type(wb), "synthetic", False)
    wb.__dict__["project"] = read_table(tables | {"codebook": codebook})
    assert set(wb.framework().frame["title"]) == {"All"}
    assert set(wb.coding_tree().frame["branch"]) == {"All"}
    assert set(wb.codebook().frame.iloc[:, 0]) == {"All"}


def test_the_figure_of_themes_says_which_came_up_most_widely() -> None:
    """`../shared/pages/PAGES.md` section 0, rule 1: a headline says what was found, with a number."""
    wb: Any = Workbook.open("turkey", "qualitative")
    result, counts = wb.framework(), wb._themes.query("statistic == 'groups'")
    widest = counts["estimate"].max()
    told = {f"{row.title}: {row.estimate:.0f} of" for row in counts.itertuples() if row.estimate == widest}
    assert any(result.title.startswith(words) for words in told)
    assert result.options["topic"] == "Themes by group"


def test_notes_at_codings_are_notes_of_the_team() -> None:
    """The column `memo` of our own codings is offered in the sheet, once for each coder, code and text."""
    tables = study()
    project = read_table(tables | {"codings": tables["codings"].assign(memo="help or habit?")})
    notes = team_notes(project)
    assert set(notes["text"]) == {"help or habit?"}
    assert set(notes["kind"]) == {"coding"}
    assert drafts(project, project)["memos"]["text"].tolist() == notes["text"].tolist()
