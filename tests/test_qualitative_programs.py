"""What programs write of people, memos and lists, by the standard and by headings of exports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from qualitative_samples import qdpx

from digicit_lib.qualitative import Project, neutral_ids, read, read_table
from digicit_lib.qualitative.attached_sheets import AttachedSheet, attach
from digicit_lib.qualitative.coded.model import recorded
from digicit_lib.qualitative.coded.turns import parse_turns
from digicit_lib.qualitative.flags import find_flags
from digicit_lib.qualitative.memos import notes_for_print, team_notes
from digicit_lib.qualitative.sheet_drafts import drafts

SAID = "Mod: Who?\r\nAnn: My sister helped me 😀 a lot.\r\nBen: Nobody did, so I told no one."


def _selection(guid: str, words: str, inner: str = "") -> str:
    """UTF-16 units of the file with its CRLF, as NVivo for Windows counts."""
    units = [len(part.encode("utf-16-le")) // 2 for part in (SAID[: SAID.index(words)], words)]
    place = f'startPosition="{units[0]}" endPosition="{sum(units)}"'
    return f'<PlainTextSelection guid="{guid}" name="" {place}>{inner}</PlainTextSelection>'


def _coded(guid: str, words: str, code: str) -> str:
    return _selection(
        guid, words, f'<Coding guid="k{guid}" creatingUser="u1"><CodeRef targetGUID="{code}"/></Coding>'
    )


@pytest.fixture
def nvivo(tmp_path: Path) -> Project:
    """By REFI-QDA 1.5: a case owns passages of a focus group, memos and annotations are notes.

    No export of NVivo with memos was to be had; elements and attributes are those of the standard's schema.
    """
    value = '<VariableValue><VariableRef targetGUID="v{}"/><TextValue>{}</TextValue></VariableValue>'
    people = [("Case 1", "Female", "q1"), ("Case 2", "Unassigned", "q2")]
    cases = "".join(
        f'<Case guid="{name[-1]}" name="{name}">{value.format(1, sex)}'
        f'<SelectionRef targetGUID="{at}"/></Case>'
        for name, sex, at in people
    )
    notes = "".join(
        f'<Note guid="n{i}" name="{name}" plainTextPath="internal://n{i}.txt" creatingUser="u1" '
        'creationDateTime="2026-09-03T09:00:00Z"/>'
        for i, name in enumerate(("On the talk", "", "", "Journal"))
    )
    selections = [
        _coded("p1", "My sister helped me 😀 a lot.", "c1"),
        _coded("p2", "Nobody did", "c1"),
        _coded("p3", "told no one", "c1"),
        _coded("p4", "helped me", "c1"),
        _selection("q1", "Ann: My sister helped me 😀 a lot."),
        _selection("q2", "Ben: Nobody did, so I told no one."),
        _selection("a1", "Nobody", '<NoteRef targetGUID="n2"/>'),
    ]
    project = (
        '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" origin="NVivo">'
        '<Users><User guid="u1" name="A"/></Users><CodeBook><Codes><Code guid="c1" name="Help">'
        '<NoteRef targetGUID="n1"/></Code></Codes></CodeBook><Variables><Variable guid="v1" name="Gender"/>'
        f'</Variables><Cases>{cases}</Cases><Sources><TextSource guid="s" name="T" '
        f'plainTextPath="internal://s.txt">{"".join(selections)}<NoteRef targetGUID="n0"/></TextSource>'
        f"</Sources><Notes>{notes}</Notes></Project>"
    )
    words = ("We asked again.", "Merge with Support?", "He looked down.", "Joined two codes.")
    texts = {"s": SAID.encode("utf-8-sig")} | {f"n{i}": w.encode() for i, w in enumerate(words)}
    return read(qdpx(tmp_path / "nvivo.qdpx", project, texts))


def test_nvivo_cases_own_passages_and_their_attributes_have_our_names(nvivo: Project) -> None:
    assert nvivo.facts["offsets"] == "utf16-crlf2"
    assert nvivo.turns[["speaker", "case"]].values.tolist() == [
        ["Mod", ""],
        ["Ann", "Case 1"],
        ["Ben", "Case 2"],
    ]
    assert dict(zip(nvivo.cases["case"], nvivo.cases["sex"], strict=True)) == {
        "Case 1": "Female",
        "Case 2": "",
    }
    assert len(nvivo.segments) == 4 and nvivo.report.empty


def test_nvivo_memos_say_what_they_hang_on(nvivo: Project) -> None:
    assert nvivo.memos[["kind", "name", "text"]].values.tolist() == [
        ["document", "On the talk", "We asked again."],
        ["code", "Help", "Merge with Support?"],
        ["annotation", "", "He looked down."],
        ["note", "Journal", "Joined two codes."],
    ]
    sheet = team_notes(nvivo).assign(publish="yes")
    rows = pd.DataFrame(
        {"code": ["Help", "Help"], "decision": ["only those told", "open"], "publish": ["yes", ""]}
    )
    cleared, total = notes_for_print(nvivo, sheet, rows, {"Help": "Help and advice"})
    # A document's title is the team's own and stays away; the words of a code do not.
    assert cleared[["kind", "name", "text"]].values.tolist() == [
        ["document", "", "We asked again."],
        ["code", "Help and advice", "Merge with Support?"],
        ["annotation", "", "He looked down."],
        ["note", "Journal", "Joined two codes."],
        ["decision", "Help and advice", "only those told"],
    ]
    assert total == 6


def test_a_sheet_that_was_drafted_for_attributes_of_a_program_is_read(nvivo: Project) -> None:
    people = drafts(nvivo, nvivo)["participants"]
    assert people["sex"].tolist() == ["", "Female", ""]
    more = people.assign(SEX="x")  # a column of the team's own beside ours
    back, wrong = attach(nvivo, {"participants": AttachedSheet("people.csv", more)})
    assert not wrong and recorded(back, ["sex", "age_band"]) == ["sex"]


@pytest.mark.parametrize(
    "heads",
    [
        ("Document name", "Code", "Segment", "Created by"),
        ("Belge adı", "Kod", "Bölüm", "Oluşturan"),
        ("Имя документа", "Код", "Сегмент", "Создано пользователем"),
        ("Документ", "Код", "Фрагмент", "Створено користувачем"),
    ],
)
def test_lists_of_coded_segments_keep_tree_and_coder(heads: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    pd.DataFrame([["I1", "Help > Friends", "My sister.", "A"]], columns=heads).to_csv(path, index=False)
    project = read_table(path, preset="segments")
    assert project.segments[["code", "coder"]].values.tolist() == [["Help/Friends", "A"]]


def test_a_mark_of_a_speaker_may_hold_an_apostrophe() -> None:
    text = "Інтерв'юерка: А вдома?\nМар’яна: Так.\nO'Neil: No."
    assert [who for *_, who in parse_turns(text)] == ["Інтерв'юерка", "Мар’яна", "O'Neil"]


def test_words_over_two_cues_are_one_passage_of_one_turn(tmp_path: Path) -> None:
    cues = ["<v Ann Lee>My sister helped", "<v Ann Lee>me a lot.</v>", "<v Ben>Nobody did."]
    times = [f"00:00:0{i}.000 --> 00:00:0{i}.900\n{cue}\n" for i, cue in enumerate(cues)]
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/I1.vtt").write_text("\n".join(["WEBVTT\n", *times]), encoding="utf-8")
    list_of = pd.DataFrame({"document": ["I1"], "code": ["Help"], "quote": ["sister helped me"]})
    list_of.to_csv(tmp_path / "list.csv", index=False)
    project = read_table(tmp_path / "list.csv", preset="segments", transcripts=tmp_path / "texts")
    spoken = [(t.speaker, project.texts["I1"][t.text_start : t.end]) for t in project.turns.itertuples()]
    assert spoken == [("Ann Lee", "My sister helped me a lot."), ("Ben", "Nobody did.")]
    assert project.report.empty and len(project.segments) == 1


def test_a_quotation_within_another_is_the_same_and_moderators_are_no_participants() -> None:
    place = {"source": "a", "start": 4, "code": "x"}
    rows = [{**place, "end": end, "coder": coder} for coder, end in (("A", 32), ("B", 20))]
    people = pd.DataFrame(
        {"source": "a", "speaker": ["Mod", "P1"], "case": ["m", "p"], "role": ["moderator", ""]}
    )
    text = "P1: we told our sister and our aunts\nMod: Yes?"
    project = Project.build({"a": text}, rows, [], cases=people)
    assert drafts(project, project)["quotations"]["words"].tolist() == ["we told our sister and our a"]
    assert neutral_ids(project)[0].cases["case"].tolist() == ["M1", "P01"]


@pytest.mark.parametrize(
    ("lang", "said", "told"),
    [  # kinds that two sets of planted talk showed, November 2026; the words here are others
        ("uk", "Вона із Качанів, там зимно.", "Качанів"),
        ("uk", "Він приїде в Веселе.", "Веселе"),
        ("uk", "Я з сьомого-Б, ми внизу.", "сьомого-Б"),
        ("uk", "Тепер там ліцей на Довгій Ниві.", "Довгій"),
        ("uk", "Я живу тут, Зеленська, шість.", "Зеленська"),
        ("ru", "Веду страничку «Мыши в деле», там сто человек.", "Мыши в деле"),
        ("en", "I was born on the third of the fourth.", "third of the fourth"),
        ("en", "Then Mr T laughed.", "Mr T"),
        ("tr", "Balışeyh'ten. Babam işini değiştirdi.", "Balışeyh'ten"),
        ("uk", "Така в нього кличка собаки.", ""),
        ("tr", "Orada bir şeyler satın alırsınız.", ""),
        ("tr", "Almanya'da oturuyor.", ""),
        ("tr", "Formu imzaladı, çantamda duruyor.", ""),
        ("en", "Can you send it later?", ""),
    ],
)
def test_kinds_of_identifiers_that_fresh_talk_showed(lang: str, said: str, told: str) -> None:
    for module in ("pymorphy3", "simplemma", "wordfreq"):
        pytest.importorskip(module, reason="the extra `names` is not installed")
    flagged = [said[f.start : f.end] for f in find_flags(said, set(), lang=lang) if f.rank <= 2]
    assert any(word in told or told in word for word in flagged) if told else not flagged
