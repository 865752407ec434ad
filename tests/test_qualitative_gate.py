"""The gate: an unsigned quotation cannot be made to appear; here are the attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest
from qualitative_samples import study

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import (
    Project,
    best_quotation,
    consent_table,
    draft_reviews,
    negative_cases,
    passage_gate,
    quotations,
    read_table,
    withheld,
)
from digicit_lib.qualitative.consent import is_adult, may_be_quoted, says_yes

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


def test_one_voice_is_the_first_by_its_rank_and_reads_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    look = passage_gate.find_patterns
    monkeypatch.setattr(passage_gate, "find_patterns", lambda text: read.append(text) or look(text))
    last = quotations(read_table(study())).tail(1).reset_index(drop=True)
    read.clear()

    def rank(code: str, is_foreign: bool) -> tuple[bool, bool]:
        return is_foreign, code != last["code"][0]

    pd.testing.assert_frame_equal(best_quotation(read_table(study()), rank), last)
    assert read == last["text"].tolist()
    tables = study()
    hidden = tables["quotations"].assign(text_en="").astype(object)
    hidden.loc[3, "text_en"] = "ring 020 7946 0000"  # the best may not be shown: then the next
    project = read_table(tables | {"quotations": hidden})
    assert best_quotation(project, rank)["text"].tolist() == quotations(project)["text"].tolist()[:1]
    closed = tables | {"quotations": tables["quotations"].assign(approved="")}
    assert best_quotation(read_table(closed), rank).empty


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
        ("reviews", {"signed_on": "2099-01-01"}, "its source's review is not signed"),
        ("quotations", {"approved_by": "A"}, "approved by its own coder"),
        ("quotations", {"approved_by": " a "}, "approved by its own coder"),
        ("quotations", {"approved_by": "A."}, "approved by its own coder"),
        ("quotations", {"approved_by": "T.B.D."}, "not approved"),
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


def test_the_name_of_a_quotation_tells_of_no_other_words() -> None:
    """A hash of the whole transcript confirmed a guess of what another child, or a withheld one, had said."""
    said = study()["transcripts"]
    other = said.assign(text=said["text"].replace("I ignore it.", "I cry in the evening."))
    pd.testing.assert_frame_equal(*(quotations(read_table(study(transcripts=t))) for t in (said, other)))
    alike = said.assign(text=said["text"].mask(said["turn"] == 2, said.loc[1, "text"]))
    marked = study()["quotations"].assign(char_end=[12, 40, 12, 43])
    named = quotations(read_table(study(transcripts=alike, quotations=marked)))
    assert named["text"].tolist().count("I block them") == 2 and named["quotation"].is_unique


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
    assert "the attribution fits too few participants" in set(withheld(project)["reason"])
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
                "consent_carer": "yes",
                "assent_child": "yes",
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
    more = {"text_en": "English", "text_tr": "translated", "translator": "T1", "checked_by": "R9"}
    project = read_table(tables | {"quotations": tables["quotations"].assign(**more)})
    columns = ["translation", "translator", "checked_by", "lang"]
    assert quotations(project, language="tr").iloc[0][columns].tolist() == ["translated", "T1", "R9", "en"]
    assert quotations(project, language="uk").iloc[0]["translation"] == ""
    assert quotations(project, language="en").iloc[0]["translation"] == ""  # spoken in it


@pytest.mark.parametrize("column", ["text_en", "text_ru", "text_uk", "text_tr"])
def test_each_translation_passes_the_same_looks(column: str) -> None:
    tables = study()
    assert len(
        quotations(read_table(tables | {"quotations": tables["quotations"].assign(**{column: "yes"})}))
    )
    rows = tables["quotations"].assign(**{column: "ring 020 7946 0000"})
    assert quotations(read_table(tables | {"quotations": rows})).empty


# --- consent, signatures, flags -----------------------------------------------------------------------


def quotable(column: str, words: Sequence[object]) -> list[bool]:
    """Of six who agreed and one more participant a word: whether the gate lets the words of each be read."""
    people = study()["participants"].astype(object)
    more = pd.concat([people.head(1)] * len(words)).assign(pid=[f"W{n}" for n in range(len(words))])
    asked = pd.concat([people.assign(**{column: people.get(column, "")}), more.assign(**{column: words})])
    opened = may_be_quoted(read_table(study() | {"participants": asked}))
    assert opened[people["pid"]].all()
    return opened[more["pid"]].tolist()


@pytest.mark.parametrize("column", ["consent_carer", "assent_child", "quote_ok"])
def test_anything_but_an_accepted_yes_withholds(column: str) -> None:
    """That who may not be quoted is not, the tests of each condition and of a refused consent tell."""
    words = ["no", "false", "0", "refused", "", "нет", "ні", "hayır", "maybe", "?"]
    assert quotable(column, words) == [False] * len(words)


def test_an_accepted_yes_of_four_languages_opens() -> None:
    words = ["yes", "Да", "так", "EVET", "1", "True", True, 1]
    assert quotable("consent_carer", words) == [True] * len(words)


@pytest.mark.parametrize("head", ["withdrawn", "Согласие отозвано", "Geri çekildi"])
def test_who_withdrew_is_not_quoted_whatever_was_agreed_before(head: str) -> None:
    assert quotable(head, ["", "no", "нет", "-"]) == [True] * 4
    assert quotable(head, ["yes", "2026-03-01", "да", "?"]) == [False] * 4
    tables = study()
    assert not shown(tables | {"participants": tables["participants"].assign(**{head: "2026-03-01"})})


# A yes in letters that only look like it, with doubt, with another sign, or of a language nobody listed.
NO_YES = (
    "yes?|yes!|yes.|ye s|yess|yeah|yep|yes no|yes/no|not yes|yes, but|oui|ok|okay|✓|✔|"
    "👍|x|+|уes|yеs|ʏes|ＹＥＳ|y\u200bes|yes\u200b|да?|нет да|дa|ага|да нет|не да|конечно|"
    "соглаcен|согласен?|несогласен|незгоден|не згодна|так?|таk|ні так|угу|evet?|"
    "evet hayır|evett|olur|tamam|ewet|evet.|EVEТ|2|-1|1.5|01|1,0|100|nan|null|None|na|"
    "n/a|-|—|signed|yes (verbal)|see notes|TRUE?|truе|unknown|pending 2026|2026-10-01|"
    "withdrawn|yes → withdrawn|ЕТ|so|s"
)


@pytest.mark.parametrize("word", NO_YES.split("|"))
def test_what_only_looks_like_a_yes_opens_nothing(word: str) -> None:
    assert not says_yes(word)


@pytest.mark.parametrize("word", [" yes ", "Yes", "yes\u00a0", "\tEvet", "ДА", "Так", "1.0"])
def test_blanks_and_capitals_make_no_other_word(word: str) -> None:
    assert says_yes(word)


@pytest.mark.parametrize(
    ("band", "adult"),
    [
        *[
            (band, False)
            for band in (
                "under 18",
                "<18",
                "below 18",
                "up to 18",
                "0-18",
                "-18",
                "– 18",
                "18-",
                "до 18",
                "молодше 18",
            )
        ],
        *[
            (band, False)
            for band in ("18 altı", "not yet 18", "17 (almost 18)", "2008", "born 1999", "18?", "1 8")
        ],
        *[(band, False) for band in ("grade 20", "class 18", "≤ 18", "")],
        *[(band, True) for band in ("18", "18-24", "18–24", "18+", "over 18", "≥18", "> 20", "18 and over")],
        *[
            (band, True)
            for band in ("18 лет и старше", "від 18 років", "18 yaş ve üzeri", "aged 45", "60 years")
        ],
    ],
)
def test_a_word_beside_an_age_may_turn_it_round(band: str, adult: bool) -> None:
    """Who is taken for an adult needs neither a carer's consent nor assent."""
    assert is_adult("", band) is adult


def test_a_participant_who_stands_twice_under_two_spellings_is_refused() -> None:
    tables = study()
    people = tables["participants"]
    for other in (str.lower, str.swapcase, lambda name: f" {name} "):
        again = people.head(1).assign(pid=people["pid"].head(1).map(other), quote_ok="no")
        with pytest.raises(QualitativeError, match="stands twice"):
            read_table(tables | {"participants": pd.concat([people, again], ignore_index=True)})


@pytest.mark.parametrize("column", ["consent_carer", "assent_child"])
def test_a_column_that_is_not_there_withholds(column: str) -> None:
    tables = study()
    assert not shown(tables | {"participants": tables["participants"].drop(columns=column)})


def test_adults_need_their_own_consent_only() -> None:
    tables = study()
    people = tables["participants"].drop(columns=["consent_carer", "assent_child"])
    adults = people.assign(role="teacher", age_band="")
    assert len(shown(tables | {"participants": adults})) == 4
    assert not shown(tables | {"participants": adults.assign(consent="no")})


def test_consent_cells_are_listed_by_row_and_only_known_words_are_said() -> None:
    tables = study()
    people = tables["participants"].copy()
    people["consent_carer"] = ["yes", "refused", "her aunt Tamsin said ok", "", "yes", "yes"]
    table = consent_table(read_table(tables | {"participants": people}))
    rows = table[table["state"] != "yes"]
    assert rows[["row", "column", "state", "value"]].to_numpy().tolist() == [
        [3, "consent_carer", "no", "refused"],
        [4, "consent_carer", "another word", ""],
        [5, "consent_carer", "empty", ""],
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"reviewer": "A"}, "its source's review is signed by its own coder"),
        ({"reviewer": " a "}, "its source's review is signed by its own coder"),
        ({"reviewer": "(Ａ)"}, "its source's review is signed by its own coder"),
        ({"reviewer": "not yet"}, "its source's review is not signed"),
        ({"reviewer": "to be confirmed"}, "its source's review is not signed"),
        ({"reviewer": "?"}, "its source's review is not signed"),
        ({"reviewer": "TBD"}, "its source's review is not signed"),
        ({"signed_on": "no"}, "its source's review is not signed"),
        ({"signed_on": "not yet"}, "its source's review is not signed"),
        ({"signed_on": "2026-02-30"}, "its source's review is not signed"),
    ],
)
def test_a_review_is_signed_by_another_on_a_day(values: dict[str, str], reason: str) -> None:
    tables = study()
    project = read_table(tables | {"reviews": tables["reviews"].assign(**values)})
    assert quotations(project).empty
    assert set(withheld(project)["reason"]) == {reason}


@pytest.mark.parametrize(
    "said",
    [
        "I wanna die sometimes, really.",
        "I dont want to live any more.",
        "She told me to kys in the chat.",
        "He made me take my top off there.",
        "Он просил фото без одежды тогда.",
        "Я хотіла померти після цього всього.",
        "Beni kıyafetsiz görmek istedi orada.",
        "катя с третьего подъезда скинула.",
        "It was brenda who said no to it.",
    ],
)
def test_words_of_harm_and_names_in_small_letters_withhold(said: str) -> None:
    words = study()["transcripts"].copy()
    words.loc[1, "text"] = said
    assert not shown(
        study(transcripts=words, quotations=study()["quotations"][:1].assign(char_end=len(said)))
    )


def _flagged_study(**row: str) -> dict[str, pd.DataFrame]:
    said = study()["transcripts"].copy()
    said.loc[1, "text"] = "I block them because he hits me."
    words = study()["quotations"][:1].assign(char_end=32, **row)
    return study(transcripts=said, quotations=words)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ({}, 0),
        ({"flags_cleared": "words that may mean harm", "cleared_by": "S", "cleared_on": "2026-05-02"}, 1),
        ({"flags_cleared": "name", "cleared_by": "S", "cleared_on": "2026-05-02"}, 0),
        ({"flags_cleared": "words that may mean harm", "cleared_by": "", "cleared_on": "2026-05-02"}, 0),
        ({"flags_cleared": "words that may mean harm", "cleared_by": "A", "cleared_on": "2026-05-02"}, 0),
        ({"flags_cleared": "words that may mean harm", "cleared_by": "S", "cleared_on": "soon"}, 0),
    ],
)
def test_a_flag_withholds_until_a_named_person_clears_it(row: dict[str, str], count: int) -> None:
    assert len(shown(_flagged_study(**row))) == count


def test_a_flag_can_be_cleared_on_the_sheet_of_flags() -> None:
    sheet = pd.DataFrame(
        [("G1", 2, "words that may mean harm", "S", "2026-05-02")],
        columns=["session_id", "turn", "kind", "cleared_by", "cleared_on"],
    )
    assert len(shown(_flagged_study() | {"flags": sheet})) == 1
    assert not shown(_flagged_study() | {"flags": sheet.assign(turn=3)})


def test_a_name_at_the_edge_of_a_quotation_is_seen_in_its_turn() -> None:
    said = study()["transcripts"].copy()
    said.loc[1, "text"] = "I block them. And then Wendelin laughed."
    words = study()["quotations"][:1].assign(char_start=23, char_end=39, code="")
    assert not shown(study(transcripts=said, quotations=words))
