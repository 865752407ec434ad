"""Sheets beside any coded project: written, filled, found by document and words, refused all at once."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pandas as pd
import pytest
import yaml
from qualitative_samples import fgd_folder

from digicit_lib.data.interview_sheets import read_text_sheet
from digicit_lib.data.interview_work import ENDED, NO_NAMES, write_working_sheets
from digicit_lib.data.interviews import open_interviews, open_working
from digicit_lib.data.theme_texts import theme_texts
from digicit_lib.errors import DigicitError, QualitativeError
from digicit_lib.params import load_params
from digicit_lib.qualitative import (
    Project,
    agreement,
    consent_table,
    framework,
    frequency,
    pseudonymise,
    quotations,
    read,
    risk,
)
from digicit_lib.qualitative.attached_sheets import AttachedSheet, attach, find_words, place_rest
from digicit_lib.qualitative.coded.table_files import read_texts
from digicit_lib.qualitative.memos import TEAM, flags_of_team, not_cleared
from digicit_lib.qualitative.reported import uncoded
from digicit_lib.qualitative.sheet_drafts import drafts, merged, roster_draft
from digicit_lib.runner.inputs import input_files

TALK = "M: Hi?\nAnna: I block them at once.\nBen: I block them at once, we all do.\nAnna: Don’t  tell “mum”."
STUDY = {"country": "KEN", "date": "2026-11-01", "title": "T", "wave": "1", "languages": ["en"]}


def project() -> Project:
    rows = [
        {"source": "FG", "start": TALK.index(w), "end": TALK.index(w) + len(w), "code": c, "coder": "A"}
        for w, c in (("I block them at once.", "block"), ("we all do", "norm"))
    ]
    return Project.build({"FG": TALK}, rows, [])


def sheet(**columns: Any) -> AttachedSheet:
    return AttachedSheet(
        "s.csv", pd.DataFrame({k: v if isinstance(v, list) else [v] for k, v in columns.items()})
    )


def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[Path], **more: Any) -> Any:
    """A project elsewhere with data of its own, and its params."""
    root, data = tmp_path / "project", tmp_path / "data"
    (root / "params").mkdir(parents=True)
    data.mkdir()
    for file in files:
        (shutil.copytree if file.is_dir() else shutil.copy)(file, data / file.name)
    (root / "digicit.toml").write_text("")
    shutil.copy(Path(__file__).parents[1] / "params/defaults.yaml", root / "params")
    names = [file.name for file in files]
    spec = {"kind": "project", "path": names if len(names) > 1 else names[0], **more}
    content = {"study": {**STUDY, "phases": ["qualitative"]}, "population": {"ages": [9, 17], "base": "c"}}
    (root / "params/any.yaml").write_text(yaml.safe_dump(content | {"data": {"interviews": spec}}))
    monkeypatch.setenv("DIGICIT_DATA", str(data))
    monkeypatch.delenv("DIGICIT_ROSTER", raising=False)
    return load_params("any", root), root, data / "any_sheets"


def fill(folder: Path, name: str, **cells: str) -> None:
    """What a person types into the CSV, in every row that asks nobody."""
    table = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    table.assign(**cells).to_csv(folder / f"{name}.csv", index=False)
    at = (folder / f"{name}.xlsx").stat().st_mtime + 5
    os.utime(folder / f"{name}.csv", (at, at))


# --- by document and words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "turn", "code", "said"),
    [
        ("we all do", "", "", "we all do"),
        ("I block them at once", "", "block", "I block them at once"),
        ("I block them at once", "3", "", "I block them at once"),
        ('“don\'t tell "mum"”', "", "", "Don’t  tell “mum"),
        ("Anna: I block them at once.", "", "", "I block them at once."),
    ],
)
def test_words_that_people_copy_have_one_place(words: str, turn: str, code: str, said: str) -> None:
    place = find_words(project(), "FG", words, turn, code)
    assert place is not None
    assert TALK[slice(*place)] == said
    assert turn != "3" or place[0] > TALK.index("Ben")


def test_quotation_rows_are_placed_and_keep_their_decision() -> None:
    rows = sheet(document="FG.txt", words="we all do", approved="yes", approved_by="B")
    p, wrong = place_rest(attach(project(), {"quotations": rows})[0])
    row = p.quotations.iloc[0]
    assert (wrong, TALK[row.start : row.end], row.approved_by) == ([], "we all do", "B")


def test_all_that_does_not_fit_is_told_at_once_by_file_and_row() -> None:
    people = sheet(document=["FG", "XX"], speaker=["Anna", "Ben"], quote_ok=["sure, why not", "yes"])
    quotes = sheet(
        document=["FG", "FG", "FG"],
        words=["I would block all of them at once", "at once", "Zebras"],
    )
    p, wrong = attach(project(), {"participants": people, "quotations": quotes})
    wrong += place_rest(p)[1]
    assert [line.split(":")[0] for line in wrong] == [f"s.csv row {n}" for n in (3, 2, 2, 4)]
    assert "the nearest is turn 3" in wrong[2]
    assert "no passage is near" in wrong[3]
    told = " ".join(wrong)
    assert not any(word in told for word in ("why not", "block", "Zebras", "Anna"))


def test_a_missing_column_and_a_strange_theme_are_told() -> None:
    sheets = {"reviews": sheet(document="FG"), "routing": sheet(document="FG", theme="Moon", asked="no")}
    wrong = attach(project(), sheets)[1]
    assert "s.csv: no column reviewer" in wrong
    assert "s.csv row 2: a theme that is no theme of the project" in wrong


def test_people_of_the_sheet_speak_and_a_moderator_does_not() -> None:
    people = sheet(document=["FG"] * 3, speaker=["M", "Anna", "Ben"], role=["moderator", "child", "child"])
    p = attach(project(), {"participants": people})[0]
    assert p.turns["case"].tolist() == ["", "FG/Anna", "FG/Ben", "FG/Anna"]


def test_a_document_without_marks_belongs_to_the_one_person_of_its_row() -> None:
    p = Project.build({"a": "We talk.\nWe laugh."}, [], [])
    p = attach(p, {"participants": sheet(document="a", speaker="", pid="K1", sex="girl")})[0]
    assert p.turns["case"].tolist() == ["K1", "K1"]


def test_a_merge_keeps_what_people_wrote_and_asks_again_for_a_changed_text() -> None:
    new = pd.DataFrame(
        [
            {
                "document": "a",
                "reviewer": "",
                "signed_on": "",
                "safeguarding": "",
                "text_sha256": "2",
                "earlier": "",
            }
        ]
    )
    old = pd.DataFrame(
        [
            {
                "document": "a",
                "reviewer": "R",
                "signed_on": "2026-10-20",
                "safeguarding": "no",
                "text_sha256": "1",
                "earlier": "",
            }
        ]
    )
    row = merged("reviews", old, new).iloc[0]
    assert row[["reviewer", "signed_on", "text_sha256", "earlier"]].tolist() == ["", "", "2", "R 2026-10-20"]
    same = merged("reviews", old.assign(text_sha256="2"), new).iloc[0]
    assert same["reviewer"] == "R"


def test_proposals_that_nobody_took_up_go_where_none_are_left() -> None:
    old = pd.DataFrame(
        {
            "document": ["a", "b"],
            "turn": "1",
            "kind": "name",
            "cleared_by": ["", "R"],
            "word": ["Tamsin", "Kit"],
        }
    )
    assert merged("flags", old, old[:0])["document"].tolist() == ["b"]


def test_who_asks_in_a_document_of_a_case_is_not_the_case() -> None:
    """What `digicit sheets` proposes fits the project; a row that nobody filled in is nobody."""
    cases = [{"case": "Hala", "source": "II", "sex": "girl"}]
    texts = {"II": "I: Who helps?\nHala: My sister.", "pdf": "No phones here.", "empty": " \n"}
    p = Project.build(texts, [], [], cases=cases)
    people = drafts(p, p)["participants"]
    assert people[["speaker", "pid"]].values.tolist()[:2] == [["I", ""], ["Hala", "Hala"]]
    p, wrong = attach(p, {"participants": AttachedSheet("people.csv", people)})
    assert wrong == [] and p.turns["case"].tolist() == ["", "Hala", ""]
    assert sorted(set(p.cases["case"]) - {"II/I"}) == ["Hala"] and uncoded(p) == 2


def test_who_opens_a_talk_and_asks_is_proposed_as_its_moderator() -> None:
    texts = {
        "FG": "M: How was it?\nG1: Good.\nM: Why?\nG2: Really?",
        "II": "P1: I chat.\nP2: Do you?\nP1: Yes.",
    }
    project = Project.build(texts, [], [])
    people = drafts(project, project)["participants"].set_index(["document", "speaker"])["role"]
    assert people[people != ""].to_dict() == {("FG", "M"): "moderator"}
    assert risk(project).query("rank < 3 and end > 0").empty  # M and G1 tell nobody


def test_the_roster_proposes_people_and_places_that_no_list_knows() -> None:
    said = "I draw, and I send it to my cousin Nutsa. Sandro, our neighbour, said so. We live in Nokalakevi."
    rows = roster_draft(Project.build({"t": f"G1: {said}"}, [], [], sources=[{"source": "t", "lang": "en"}]))
    assert sorted(zip(rows["real"], rows["kind"], strict=True)) == [
        ("Nokalakevi", "name"),
        ("Nutsa", "name"),
        ("Sandro", "name"),
    ]


# --- written, filled, read ----------------------------------------------------------------------------


def test_sheets_are_filled_without_python_and_give_quotations(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, root, folder = home(tmp_path, monkeypatch, [fgd_folder(shared) / "digital_citizenship.qda"])
    assert quotations(open_interviews(params, root)).empty
    assert write_working_sheets(params, root)[1] == [NO_NAMES]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)
    roster = pd.read_csv(folder / "roster.csv", dtype=str, keep_default_na=False)
    roster = roster.assign(pseudonym=[f"<NAME{n}>" for n in range(1, len(roster) + 1)])
    fill(folder, "roster", pseudonym=roster["pseudonym"])
    assert write_working_sheets(params, root)[1] == []
    yes = {"consent_carer": "yes", "assent_child": "да", "quote_ok": "evet"}
    fill(folder, "participants", role="child", sex="girl", age_band="12-14", area="urban", **yes)
    fill(folder, "reviews", reviewer="R", signed_on="2026-10-20", safeguarding="no")
    fill(folder, "quotations", approved="yes", approved_by="R")
    fill(folder, "flags", cleared_by="R", cleared_on="2026-10-21")
    params_before = len(pd.read_csv(folder / "quotations.csv"))
    write_working_sheets(params, root)
    assert len(pd.read_csv(folder / "quotations.csv")) == params_before
    shown = quotations(open_interviews(params, root))
    assert len(shown) > 8
    assert not shown["text"].str.contains("Наташ|Ayşe").any()
    assert set(shown["source"]) <= {f"S{n}" for n in range(1, 7)}
    with_names = sum("<NAME" in path.read_text() for path in (folder / "texts").iterdir())
    fill(folder, "roster", pseudonym=roster["pseudonym"].str.replace("NAME", "PERSON"))
    assert write_working_sheets(params, root)[1] == [ENDED.format(n=with_names)]


def test_projects_of_two_coders_are_one(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [fgd_folder(shared) / f"taguette_coder_{who}.sqlite3" for who in "ab"]
    params, root, _ = home(tmp_path, monkeypatch, files, coders=["A", "B"], language="ru")
    p = open_working(params, root)
    assert (len(p.segments), sorted(set(p.segments["coder"])), set(p.turns["lang"])) == (
        102,
        ["A", "B"],
        {"ru"},
    )
    assert agreement(p, replicates=0).iloc[-1]["sources"] == 6


def two_transcripts(folder: Path) -> list[Path]:
    """Folders of tables whose transcripts of one name differ."""
    for name, text in (("one", "we talk a lot"), ("two", "we never talk")):
        (folder / name / "transcripts").mkdir(parents=True)
        (folder / name / "transcripts/FG.txt").write_text(f"P1: {text}\n")
        (folder / name / "codebook.csv").write_text("code,theme\nx,x\n")
    return [folder / "one", folder / "two"]


def test_two_projects_with_other_transcripts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, root, _ = home(tmp_path, monkeypatch, two_transcripts(tmp_path))
    with pytest.raises(QualitativeError, match=r"two: Two projects have different transcripts"):
        input_files(params, root)  # so before a kernel starts, and by `digicit check`


def test_sheets_never_lie_in_a_project(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    params, root, _ = home(tmp_path, monkeypatch, [fgd_folder(shared) / "taguette_coder_a.sqlite3"])
    (tmp_path / "data/.git").mkdir()
    with pytest.raises(DigicitError, match="inside a repository"):
        write_working_sheets(params, root)
    monkeypatch.delenv("DIGICIT_DATA")
    with pytest.raises(DigicitError, match="a folder of their own"):
        write_working_sheets(params, root)


def test_transcripts_of_one_folder_may_be_of_several_kinds_and_encodings(tmp_path: Path) -> None:
    """The encoding that is named is for those that are neither UTF-8 nor marked as UTF-16."""
    said = "Аня: мы блокируем"
    for name, encoding in (("a", "cp1251"), ("b", "utf-16"), ("c", "utf-8")):
        (tmp_path / f"{name}.txt").write_bytes(said.encode(encoding))
    document = docx.Document()
    document.add_paragraph("Аня: мы").add_run(" блокируем")
    document.add_paragraph("Борис: R&B")
    document.save(tmp_path / "d.docx")
    texts = read_texts(tmp_path, "cp1251")
    assert [texts[name] for name in "abc"] == [said] * 3
    assert texts["d"].split("\n")[:2] == [said, "Борис: R&B"]
    for encoding in ("utf-8-sig", "klingon"):
        with pytest.raises(QualitativeError, match="encoding: cp1251"):
            read_texts(tmp_path, encoding)


def test_columns_and_encoding_come_from_params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, texts = tmp_path / "list.csv", tmp_path / "texts"
    texts.mkdir()
    (texts / "FG.txt").write_bytes("Аня: мы блокируем".encode("cp1251"))
    file.write_bytes("Документ;Код;Текст\nFG;блок;мы блокируем\n".encode("cp1251"))
    heads = {"document": "Документ", "code": "Код", "quote": "Текст"}
    params, root, _ = home(
        tmp_path,
        monkeypatch,
        [file, texts],
        preset="segments",
        columns=heads,
        encoding="cp1251",
    )
    spec = params.data.interviews.model_copy(update={"path": "list.csv", "transcripts": "texts"})
    params = params.model_copy(update={"data": params.data.model_copy(update={"interviews": spec})})
    assert open_working(params, root).segments[["source", "start", "end", "code"]].values.tolist() == [
        ["FG", 5, 17, "блок"]
    ]


# --- as teams write them --------------------------------------------------------------------------------

HEADS = {
    "en": ["Transcript", "Speaker label", "Parental consent", "Child assent", "OK to quote?", "yes"],
    "ru": [
        "Документ",
        "Кто говорит",
        "Согласие родителя",
        "Согласие ребёнка",
        "Можно цитировать",
        "Да",
    ],
    "uk": ["Документ", "Мовець", "Згода батьків", "Згода дитини", "Можна цитувати", "так"],
    "tr": ["Belge", "Konuşan", "Veli izni", "Çocuk onayı", "Alıntı izni", "Evet"],
}


def typed(path: Path, rows: list[list[Any]], *merges: str) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for block in merges:
        book.active.merge_cells(block)
    book.save(path)
    return path


@pytest.mark.parametrize("lang", HEADS)
def test_a_typed_sheet_is_read_as_it_is_meant(lang: str, tmp_path: Path) -> None:
    """A title, a blank row, headings and consent in four languages, a document in cells merged downwards."""
    *heads, yes = HEADS[lang]
    rows = [["Who took part"], [], heads, ["FG", "Anna", yes, yes, yes], [None, "Ben", yes, "-", yes]]
    file = typed(tmp_path / "participants.xlsx", rows, "A4:A5")
    p, wrong = attach(project(), {"participants": read_text_sheet(file, "participants")})
    assert wrong == []
    assert consent_table(p)[["case", "state"]].values.tolist() == [
        *[["FG/Anna", "yes"]] * 3,
        ["FG/Ben", "yes"],
        ["FG/Ben", "no"],
        ["FG/Ben", "yes"],
    ]


def test_rows_are_told_by_their_number_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "participants.csv"
    file.write_text("document,speaker,quote_ok\n\nFG,Anna,perhaps\n,Ben,yes\n,,\nX,Cleo,yes\n")
    wrong = attach(project(), {"participants": read_text_sheet(file, "participants")})[1]
    assert sorted(line.split(":")[0] for line in wrong) == [f"participants.csv row {n}" for n in (3, 4, 6)]
    assert "perhaps" not in "".join(wrong)


def test_words_with_an_omission_are_asked_for_whole() -> None:
    """What was left out would be shown: the person who approved it never saw it in the quotation."""
    p, wrong = attach(project(), {"quotations": sheet(document="FG", words="I block […] once")})
    assert wrong == []
    assert place_rest(p)[1] == [
        "s.csv row 2: its words leave something out; copy them whole, or write a row for each part"
    ]


def test_themes_projects_and_sheets_are_refused_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = two_transcripts(tmp_path)
    params, root, folder = home(tmp_path, monkeypatch, files, themes=["y"])
    folder.mkdir()
    (folder / "participants.csv").write_text("document,speaker\nZZ,Ben\n")
    with pytest.raises(QualitativeError) as error:
        open_working(params, root)
    for part in ("two: Two projects", "params/any.yaml:", " y: a theme", "participants.csv row 2"):
        assert part in str(error.value)


def test_a_folder_of_workbooks_and_subtitles_is_our_own_too(tmp_path: Path) -> None:
    (tmp_path / "transcripts").mkdir()
    said = "WEBVTT\n\n00:01.000 --> 00:03.000\nAnna: We talk a lot.\n"
    (tmp_path / "transcripts/S1.vtt").write_text(said)
    typed(tmp_path / "participants.xlsx", [["Participant", "Session", "Gender"], ["Anna", "S1", "girl"]])
    heads = ["Session ID", "Turn start", "Char start", "Turn end", "Char end", "Code", "Coder"]
    typed(tmp_path / "codings.xlsx", [heads, ["S1", 1, 0, 1, 7, "talk", "A"]])
    p = read(tmp_path)
    assert [p.texts[s.source][s.start : s.end] for s in p.segments.itertuples()] == ["We talk"]
    assert p.cases["sex"].tolist() == ["girl"]


# --- themes -------------------------------------------------------------------------------------------


def test_a_theme_that_is_no_code_is_refused_with_its_line(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = fgd_folder(shared) / "digital_citizenship.qda"
    params, root, _ = home(tmp_path, monkeypatch, [file], themes=["Coping", "Copping"])
    line = 1 + (root / "params/any.yaml").read_text().splitlines().index("    - Copping")
    with pytest.raises(QualitativeError, match=rf"params/any.yaml:{line} Copping"):
        open_working(params, root)


@pytest.mark.parametrize(
    ("themes", "found"),
    [(["Coping", "Risks"], ["Coping", "Risks"]), (2, 18), (["Bullying"], ["Bullying"])],
)
def test_themes_are_a_level_or_a_list(
    themes: Any, found: Any, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = fgd_folder(shared) / "digital_citizenship.qda"
    params, root, _ = home(tmp_path, monkeypatch, [file], themes=themes)
    p = open_working(params, root)
    names = sorted(set(p.codes["theme"]) - {""})
    assert (len(names) if isinstance(found, int) else names) == found
    assert set(frequency(p, level="theme")["theme"]) <= set(names)


def test_a_paragraph_of_the_team_is_read_and_checked(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, root, _ = home(tmp_path, monkeypatch, [fgd_folder(shared) / "digital_citizenship.qda"])
    folder = root / "params/any/themes"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text("---\ntheme: Coping\nauthors: [A, B]\nfinding: They ask.\n---\nWords.\n")
    (text,) = theme_texts(params, root)
    assert (text.theme, text.authors, text.finding, text.body) == (
        "Coping",
        ("A", "B"),
        "They ask.",
        "Words.",
    )
    assert open_working(params, root).texts
    (folder / "b.md").write_text("---\nauthors: A\ntheme: Moon\n---\nWords.\n")
    with pytest.raises(QualitativeError, match=r"params/any/themes/b.md:3 Moon"):
        open_working(params, root)
    (folder / "b.md").write_text("Words.\n")
    with pytest.raises(DigicitError, match="begins with its heading"):
        open_working(params, root)


def test_a_participant_who_said_nothing_stands_in_the_sheet() -> None:
    people = pd.DataFrame({"case": ["P1", "P2"], "source": "a", "sex": ["girl", "boy"]})
    project = Project.build({"a": "P1: yes"}, [], [], cases=people)
    sheet = drafts(project, project)["participants"]
    assert sheet[["speaker", "pid", "sex"]].to_numpy().tolist() == [["P1", "P1", "girl"], ["P2", "P2", "boy"]]


def test_a_name_in_the_teams_own_words_is_listed_until_somebody_clears_it() -> None:
    """Of no roster: in a code's name, its definition, a paragraph; what definitions are about is no name."""
    codes = [
        {"code": "Blackmail", "definition": "he wanted pictures, as from Tamsin"},
        {"code": "Mr Pemberton"},
    ]
    p = Project.build({"FG": TALK}, [], codes)
    rows = drafts(p, p, {"themes/help.md": "Many tell a friend. Aaliyah told her nan."})["flags"]
    rows = rows[rows["document"] == TEAM]
    assert sorted(set(zip(rows["turn"], rows["word"], strict=True))) == [
        ("codebook: Blackmail", "Tamsin"),
        ("codebook: Mr Pemberton", "Pemberton"),
        ("themes/help.md", "Aaliyah"),
    ]
    signed = rows.assign(cleared_by="N.", cleared_on="2026-11-02").iloc[[0]].astype(str)
    cleared, wrong = attach(p, {"flags": AttachedSheet("f.csv", signed)})
    told = not_cleared(cleared, flags_of_team(p, {}))["token"]
    assert not wrong and set(told) == {"Pemberton"}


def test_a_code_is_found_again_by_the_name_that_a_sheet_has(tmp_path: Path) -> None:
    said = "P1: ask @kite_flyer or kite_flyer or Anna\nP1: we all play that same game every single day"
    at = {"start": said.index("we all"), "end": len(said), "source": "FG", "coder": "A"}
    codes = ["well_known", "a/b_c", "@kite_flyer", "kite_flyer", "@other_one", "with Anna", "by_anna_k"]
    p = Project.build({"FG": said}, [{**at, "code": c} for c in codes], [])
    roster = tmp_path / "roster.csv"
    roster.write_text("real,pseudonym,kind\nAnna,Vera,name\nanna_k,Vera,person\n")
    under = pseudonymise(p, roster).project
    # By hand: a handle begins with @ or was said; the roster's names are replaced; the rest are plain words.
    names = ["well_known", "a/b_c", "<HANDLE1>", "<HANDLE1>", "<HANDLE2>", "with [Vera]", "by_[Vera]"]
    assert under.segments["code"].tolist() == names
    written = AttachedSheet("q.csv", drafts(p, under)["quotations"].assign(text_en="@third_one and @more"))
    again, wrong = attach(p, {"quotations": written})
    again, unplaced = place_rest(pseudonymise(again, roster).project)
    assert [*wrong, *unplaced] == []
    assert flags_of_team(Project.build({}, [], [{"code": "well_known"}, {"code": "of_tamsin"}]), {})[
        ["turn", "token"]
    ].to_numpy().tolist() == [["codebook: of_tamsin", "tamsin"]]
    assert set(again.quotations["code"]) == set(names)


def test_sheets_of_a_project_without_texts_are_written() -> None:
    for texts, sources in (({}, []), ({}, [{"source": "a"}]), ({"a": ""}, [])):
        p = Project.build(texts, [], [{"code": "x"}], sources=sources)
        assert drafts(p, p)["reviews"]["document"].tolist() == list(texts)
        assert framework(p, ["source"], themes=[]).empty
