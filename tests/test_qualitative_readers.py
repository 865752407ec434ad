"""Projects of real programs and tables: element counts, positions, every quote word for word."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from qualitative_samples import fgd_folder, fgd_texts, qde, qdpx, spans, study, true_spans, truth

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import agreement, frequency, quotations, read, read_table
from digicit_lib.qualitative.themes import strange_themes, with_themes

VENDOR = ("atlasti8_mac_vendor_sample.qdpx", "atlasti23_win_codebook.qdpx", "nvivo15_mac_codebook.qdpx")


# --- REFI-QDA ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VENDOR)
def test_vendor_exports_have_the_elements_that_were_counted(shared: Path, name: str) -> None:
    # expected_projects.json: counted with the standard XML parser.
    folder = shared / "reference" / "qualitative" / "projects"
    expected = json.loads((folder / "expected_projects.json").read_text())[name]
    project = read(folder / name)
    assert {k: project.facts["elements"].get(k) for k in expected["counts"]} == expected["counts"]
    assert project.facts["writer"] == expected["origin"]
    assert len(project.codes) == expected["codes_all"]
    assert (project.codes["depth"] == 0).sum() == expected["codes_top_level"]
    assert (project.sources["kind"] != "transcript").sum() == len(expected["sources"])


def test_codings_without_their_text_are_listed_and_never_quoted(shared: Path) -> None:
    project = read(shared / "reference" / "qualitative" / "projects" / VENDOR[0])
    # 16 codings; two stand on a page's picture and on its text, one segment each.
    assert len(project.segments) == 14
    assert project.segments["kind"].value_counts().to_dict() == {"lost": 9, "area": 4, "time": 1}
    assert not project.texts
    lost = project.report[project.report["outcome"] == "lost"]
    assert (lost["reason"] == "its text is not in the archive").all()
    assert project.report["guid"].ne("").all()
    assert not any("sebpe" in str(value) for value in project.facts.values())


def test_consortium_sample_alone_and_in_its_archive(shared: Path) -> None:
    folder = shared / "data" / "qual_refi_atlasti_sample"
    for name in ("Project.qde", "TestProject.qdpx"):
        project = read(folder / name)
        counts = project.facts["elements"]
        assert [counts[e] for e in ("Code", "Coding", "TextSource", "PDFSource", "SyncPoint", "Set")] == [
            14,
            16,
            6,
            2,
            13,
            16,
        ]
        assert len(project.segments) == 14
    assert "gender: female" in project.sources.set_index("source").loc["Mabel", "sets"]


def test_qc_selections_are_the_lines_that_they_name(shared: Path) -> None:
    project = read(shared / "data" / "qual_qc_demo_qdpx" / "demo.qdpx")
    assert (len(project.codes), len(project.segments)) == (262, 205)
    assert len(project.segments.drop_duplicates(["source", "start"])) == 158
    text = project.texts["board_2017"]
    lines = text.splitlines(keepends=True)
    assert all(
        text[a:b] in lines for a, b in zip(project.segments["start"], project.segments["end"], strict=True)
    )


@pytest.mark.parametrize(
    "name", ["qualcoder_export_lf.qdpx", "qualcoder_export_maxqda_crlf.qdpx", "digital_citizenship.qda"]
)
def test_qualcoder_quotes_are_all_right(shared: Path, name: str) -> None:
    project = read(fgd_folder(shared) / name)
    assert spans(project) == true_spans(shared)
    assert project.facts["offsets"] == "point-crlf1"
    assert len(project.cases) == 20
    attributes = project.sources.set_index("source")
    assert attributes.loc["TR_FGD1_girls_12-14", "country"] == "TR"


def test_qualcoder_cases_are_speakers_and_notes_are_memos(shared: Path) -> None:
    project = read(fgd_folder(shared) / "digital_citizenship.qda" / "data.qda")
    turns = project.turns[project.turns["source"] == "RU_FGD1_girls_12-14"]
    assert turns["case"].tolist()[:4] == ["", "RU_FGD1-У1", "RU_FGD1-У2", "RU_FGD1-У3"]
    assert project.memos[["kind", "author", "date"]].values.tolist() == [
        ["journal", "coder_a", "2026-03-01"],
        ["annotation", "coder_a", "2026-03-01"],
    ]


def test_notes_of_a_refi_project_are_memos(shared: Path) -> None:
    project = read(shared / "data/qual_refi_atlasti_sample/TestProject.qdpx")
    # The sample's two notes: "Research Plan" and "My favorite Coke ad", of March 2018.
    notes = project.memos[["kind", "name", "date"]].values.tolist()
    lost = project.report[project.report["element"] == "Note"]
    assert len(notes) + len(lost) == 2
    assert all(day == "2018-03-27" for *_, day in notes)


@pytest.mark.parametrize("name", ["taguette_codebook.qdc", "qualcoder_codebook.qdc"])
def test_codebooks_give_the_same_tree(shared: Path, name: str) -> None:
    project = read(fgd_folder(shared) / name)
    assert len(project.codes) == 23
    assert "Risks/Bullying" in set(project.codes["code"])
    assert (project.codes["depth"] == 1).sum() == 18


def test_upper_case_guids_name_clashes_and_variables(tmp_path: Path) -> None:
    codes = '<Code guid="C1" name="a/b"><Code guid="c2" name="x"/><Code guid="c3" name="x"/></Code>'
    tail = '<Variables><Variable guid="V" name="kind"/></Variables>'
    project = read(
        qdpx(tmp_path / "p.qdpx", qde({"a": [(0, 3, "one")]}, codes=codes, tail=tail), {"a": b"one two"})
    )
    assert project.codes["code"].tolist() == ["a\u2215b", "a\u2215b/x"]
    assert spans(project) == {("a", "A", "a\u2215b", "one")}
    assert "taken as one" in project.report["reason"].str.cat()


def test_a_whole_source_coding_and_one_beside_no_source(tmp_path: Path) -> None:
    coding = '<Coding guid="k9" creatingUser="u1"><CodeRef targetGUID="c1"/></Coding>'
    text = qde({"a": []}).replace("</TextSource>", f"{coding}</TextSource>{coding}")
    project = read(qdpx(tmp_path / "p.qdpx", text, {"a": b"one two"}))
    assert project.segments["kind"].tolist() == ["source"]
    assert project.report["reason"].tolist() == ["it stands outside a source"]


def test_text_inside_the_project_file_and_a_case_as_target(tmp_path: Path) -> None:
    text = qde({"a": [(4, 7, "")]}, tail='<Cases><Case guid="c1" name="Person 1"/></Cases>', codes="")
    text = text.replace(' plainTextPath="internal://a.txt">', "><PlainTextContent>P1: yes</PlainTextContent>")
    project = read(qdpx(tmp_path / "p.qdpx", text))
    assert project.turns["case"].tolist() == ["Person 1"]
    assert project.segments.empty


# --- Taguette ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("coder", ["a", "b"])
def test_taguette_bytes_over_text_nodes(shared: Path, coder: str) -> None:
    project = read(fgd_folder(shared) / f"taguette_coder_{coder}.sqlite3", coder=f"coder_{coder}")
    assert spans(project) == {row for row in true_spans(shared) if row[1] == f"coder_{coder}"}
    assert all(project.texts[s].rstrip() == text.rstrip() for s, text in fgd_texts(shared).items())
    assert project.report.empty


def test_taguette_author_comes_from_its_log(shared: Path) -> None:
    assert read(fgd_folder(shared) / "taguette_coder_a.sqlite3").coders["coder"].tolist() == ["admin"]


def test_a_highlight_whose_snippet_is_not_there_is_listed(shared: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(fgd_folder(shared) / "taguette_coder_a.sqlite3", tmp_path / "x.sqlite3"))
    path.chmod(0o644)
    with sqlite3.connect(path) as link:
        link.execute("UPDATE highlights SET start_offset = start_offset + 3 WHERE id = 1")
        link.execute("UPDATE highlights SET end_offset = 'many' WHERE id = 2")
    project = read(path)
    assert len(project.segments) == 49
    assert project.report["guid"].tolist() == ["highlight:1", "highlight:2"]


@pytest.mark.parametrize("end", ["csv", "xlsx"])
def test_taguette_tables_are_placed_by_their_words(shared: Path, end: str) -> None:
    folder = fgd_folder(shared)
    path = folder / f"taguette_coder_a_highlights.{end}"
    project = read_table(path, preset="taguette", transcripts=folder / "transcripts")
    rows = truth(shared).query("coder == 'coder_a'")
    found = project.segments[["source", "start", "end"]].itertuples(index=False, name=None)
    assert set(found) == set(rows[["document", "start", "end"]].itertuples(index=False, name=None))


# --- QualCoder of other versions --------------------------------------------------------------------


def test_an_old_database_without_newer_columns(tmp_path: Path) -> None:
    path = tmp_path / "data.qda"
    with sqlite3.connect(path) as link:
        link.executescript(
            """CREATE TABLE source (id integer, name text, fulltext text);
            CREATE TABLE code_name (cid integer, name text, catid integer);
            CREATE TABLE code_cat (catid integer, name text, supercatid integer);
            CREATE TABLE code_text (ctid integer, cid integer, fid integer, seltext text,
                                    pos0 integer, pos1 integer, owner text);
            INSERT INTO code_cat VALUES (1, 'top', 2), (2, 'loop', 1);
            INSERT INTO code_name VALUES (1, 'x', 1);
            INSERT INTO code_text VALUES (1, 1, 1, 'two', 5, 8, 'A'), (2, 1, 1, 'one', 5, 8, 'A'),
                                         (3, 1, 9, 'q', 0, 1, 'A');"""
        )
        link.execute("INSERT INTO source VALUES (1, 'a.txt', ?)", ("one\r\ntwo",))
    project = read(path)
    # The database counts both characters of a line end: 5 there is 4 in the canonical text.
    assert project.texts["a"][project.segments["start"][0] : project.segments["end"][0]] == "two"
    assert sorted(project.report["guid"]) == ["code_text:2", "code_text:3"]
    assert project.codes["code"].tolist() == ["loop/top/x"]


# --- tables -----------------------------------------------------------------------------------------


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_dedoose_codes_come_from_their_columns(tmp_path: Path) -> None:
    head = [
        "Media Title",
        "Excerpt Copy",
        "Excerpt Creator",
        "Excerpt Range",
        "Codes Applied Combined",
        "Code: Risks\\Scam Applied",
        "Code: Help, quick Applied",
    ]
    rows = [
        ["a.txt", "yes", "A", "4-7", "Scam", True, "True"],
        ["a.txt", "yes", "A", "", "Scam", True, False],
    ]
    project = read_table(
        workbook(tmp_path / "d.xlsx", [head, *rows]), preset="dedoose", transcripts={"a": "P1: yes yes"}
    )
    assert project.segments[["code", "start"]].to_numpy().tolist()[:2] == [
        ["Risks/Scam", 4],
        ["Help, quick", 4],
    ]
    assert project.report[["guid", "reason"]].to_numpy().tolist() == [
        ["row 3", "its words stand more than once in the transcript"]
    ]


@pytest.mark.parametrize(
    ("preset", "head", "row", "codes"),
    [
        (
            "maxqda",
            ["Document name", "Code", "Segment", "Created by"],
            ["a", "Risks > Scam", "yes indeed", "A"],
            ["Risks/Scam"],
        ),
        (
            "atlasti",
            ["Document", "Codes", "Quotation Content", "Created by"],
            ["a.docx", "Risks::Scam\nHelp", "yes indeed", "A"],
            ["Risks/Scam", "Help"],
        ),
        (
            "nvivo",
            ["File name", "Code", "Coded text", "Coded by"],
            ["a", "Risks\\Scam", "yes indeed", "A"],
            ["Risks/Scam"],
        ),
        (
            "segments",
            ["document", "code", "quote", "coder"],
            ["a", "Risks/Scam", "yes indeed", "A"],
            ["Risks/Scam"],
        ),
    ],
)
def test_presets_map_headings_and_split_codes(
    tmp_path: Path, preset: str, head: list[object], row: list[object], codes: list[str]
) -> None:
    path = workbook(tmp_path / "t.xlsx", [head, row])
    for named in (preset, "segments"):  # headings tell the program
        project = read_table(path, preset=named, transcripts={"a": "P1: yes\n indeed"})
        assert project.segments["code"].tolist() == codes
    assert project.segments[["start", "end", "coder"]].to_numpy().tolist() == [[4, 15, "A"]] * len(codes)


def test_a_localised_heading_is_named_by_the_user(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("Документ;Код;Фрагмент;Где\na;x;да;a\n".encode("cp1251"))
    with pytest.raises(QualitativeError, match="encoding"):
        read_table(path, preset="maxqda")
    with pytest.raises(QualitativeError, match="lacks a column"):
        read_table(path, preset="maxqda", encoding="cp1251", columns={"document": "Папка"})
    heads = {"document": "Где", "code": "Код", "quote": "Фрагмент"}
    project = read_table(path, preset="maxqda", encoding="cp1251", columns=heads, transcripts={"a": "П1: да"})
    assert (project.segments["start"][0], project.segments["coder"][0]) == (4, "unknown")


def test_a_list_without_a_column_of_codes_is_refused(tmp_path: Path) -> None:
    """A project of no segment would be reported as one in which nothing came up."""
    (tmp_path / "t.csv").write_text("Interview,Quote,Label\nFG1,we block them,Coping\n")
    with pytest.raises(QualitativeError, match=r"lacks a column: code\.(.|\n)*columns: \{code: "):
        read_table(tmp_path / "t.csv", preset="segments")
    (tmp_path / "t.csv").write_text("Interview,Quote,Theme\nFG1,we block them,Coping\n")
    assert read_table(tmp_path / "t.csv", preset="segments").segments["code"].tolist() == ["Coping"]


def test_segments_without_a_transcript_are_counted_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("document,code,quote\na,x,yes\na,y,yes\nb,x,yes and no\n")
    project = read_table(path, preset="segments")
    assert project.sources[["source", "kind"]].to_numpy().tolist() == [["a", "excerpts"], ["b", "excerpts"]]
    counts = frequency(project)[["code", "segments", "sources"]]
    assert counts.to_numpy().tolist() == [["x", 2, 2], ["y", 1, 1]]
    assert quotations(project).empty


def test_our_own_folder_with_text_files(tmp_path: Path) -> None:
    tables = study()
    for name, table in tables.items():
        if name != "transcripts":
            table.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "transcripts").mkdir()
    for session, turns in tables["transcripts"].groupby("session_id"):
        lines = [f"[00:0{t.turn}:00] {t.pid}: {t.text}" for t in turns.itertuples()]
        (tmp_path / "transcripts" / f"{session}.txt").write_text("\n".join(lines), encoding="utf-8")
    project = read(tmp_path)
    assert spans(project) == spans(read_table(tables))
    assert project.sources["lang"].tolist() == ["en", "en"]


def test_own_codebook_tree_and_codings_outside_it(tmp_path: Path) -> None:
    book = pd.DataFrame({"code": ["risk", "scam"], "parent": ["", "risk"], "theme": "Risks"})
    marks = study()["codings"].assign(code=["scam", "new", "risk", "scam"] * 2)
    project = read_table(study(codebook=book, codings=marks))
    assert set(project.segments["code"]) == {"risk", "risk/scam", "new"}
    assert project.report["reason"].tolist() == ["code is not in the codebook"] * 2


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"turn_end": 99}, True),
        ({"char_start": -1}, True),
        ({"char_end": 4000}, True),
        ({"char_end": 0}, True),
        ({"turn_start": "two", "char_start": "x", "turn_end": "", "char_end": "y"}, True),
        ({"memo": "x"}, False),
    ],
)
def test_codings_that_do_not_fit_their_turn_are_listed(change: dict[str, object], lost: bool) -> None:
    project = read_table(study(codings=study()["codings"][:1].assign(**change)))
    assert (project.report["guid"].tolist() == ["codings.csv:2"]) is lost
    assert len(project.segments) == (0 if lost else 1)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"codebok": pd.DataFrame()}, "Unknown table"),
        ({"codings": pd.DataFrame({"code": []})}, "lacks a column"),
        ({"codings": study()["codings"]}, "no transcripts"),
        ({**study(), "codebook": pd.DataFrame({"code": ["a", "b"], "parent": ["b", "a"]})}, "own ancestor"),
        ({**study(), "codebook": pd.DataFrame({"code": ["a"], "parent": ["z"]})}, "parent is not in"),
        ({**study(), "codebook": pd.DataFrame({"code": ["a", "a"]})}, "twice"),
        ({**study(), "transcripts": study()["transcripts"].assign(turn=1)}, "number each"),
    ],
)
def test_own_tables_are_refused_with_a_reason(tables: dict[str, pd.DataFrame], message: str) -> None:
    with pytest.raises(QualitativeError, match=message):
        read_table(tables)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("a,b\n1\n", "do not fit"),
        ("a,a\n1,2\n", "do not fit"),
        ('a,b\n"1,2\n', "not valid CSV"),
    ],
)
def test_broken_csv(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(QualitativeError, match=message):
        read_table(tmp_path / "t.csv", preset="segments")


def test_unknown_presets_columns_and_files(tmp_path: Path) -> None:
    with pytest.raises(QualitativeError, match="Unknown preset") as caught:
        read_table(tmp_path, preset="maxda")
    assert "maxqda" in str(caught.value)
    with pytest.raises(QualitativeError, match="Unknown column"):
        read_table(tmp_path, preset="maxqda", columns={"colour": "x"})
    (tmp_path / "t.csv").write_text("a\n")
    with pytest.raises(QualitativeError, match="needs a preset"):
        read(tmp_path / "t.csv")
    with pytest.raises(QualitativeError, match="No coded project"):
        read(tmp_path / "none.qdpx")


def test_documents_of_one_name_do_not_take_each_others_words(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    with sqlite3.connect(path) as link:
        link.executescript(
            """CREATE TABLE documents (id integer, name text, contents text, description text);
            CREATE TABLE tags (id integer, path text, description text);
            CREATE TABLE highlights (id integer, document_id integer, start_offset integer,
                                     end_offset integer, snippet text);
            CREATE TABLE highlight_tags (highlight_id integer, tag_id integer);
            INSERT INTO documents VALUES (1, 'a.txt', '<p>P1: yes</p>', ''),
                                         (2, 'a', '<p>P1: no!</p><p>P2: &amp;</p>', '');
            INSERT INTO tags VALUES (1, 'x', '');
            INSERT INTO highlights VALUES (1, 1, 4, 7, 'yes'), (2, 2, 4, 12, '<p>no!</p><p>P2: &amp;</p>');
            INSERT INTO highlight_tags VALUES (1, 1), (2, 1);"""
        )
    link.close()
    assert {(s, words) for s, *_, words in spans(read(path))} == {
        ("a", "yes"),
        ("a (2)", "no!\nP2: &"),
    }


def test_sources_of_one_name_in_an_archive_stay_apart(tmp_path: Path) -> None:
    text = qde({"a": [(4, 7, "yes")], "b": [(4, 7, "no!")]}).replace('name="b.txt"', 'name="a.docx"')
    path = qdpx(tmp_path / "p.qdpx", text, {"a": b"P1: yes", "b": b"P1: no!"})
    assert {(s, words) for s, *_, words in spans(read(path))} == {("a", "yes"), ("a (2)", "no!")}
    with pytest.raises(QualitativeError, match="one name"):
        (tmp_path / "t.csv").write_text("document,code,quote\na,x,yes\n")
        read_table(
            tmp_path / "t.csv", preset="segments", transcripts={"a.txt": "P1: yes", "a.docx": "P1: no"}
        )


@pytest.mark.parametrize(
    ("encoding", "heads"), [("utf-16", str), ("utf-8", str.upper), ("utf-8-sig", str.title)]
)
def test_a_list_of_segments_as_spreadsheets_save_it(encoding: str, heads: Any, tmp_path: Path) -> None:
    rows = pd.DataFrame({"document": ["FG1", "FG2"], "code": ["A", "B"], "quote": ["так", "ні"]})
    rows.rename(columns=heads).to_csv(tmp_path / "list.csv", index=False, encoding=encoding)
    assert len(read_table(tmp_path / "list.csv", preset="segments").segments) == 2


@pytest.mark.parametrize(
    "heads",
    [
        ["document", "code", "quote", "Speaker", "Language"],
        ["Документ", "Код", "Цитата", "Говорящий", "Язык"],
        ["Документ", "Код", "Цитата", "Мовець", "Мова"],
        ["document", "kod", "alıntı", "Konuşmacı", "Dil"],
    ],
)
def test_a_list_of_segments_says_who_spoke_in_which_language(heads: list[str], tmp_path: Path) -> None:
    """Equal answers of two people are two; a name in two documents is two people; who asks is nobody."""
    rows = [
        ["FG1", "A", "да", "Girl 1", "Russian"],
        ["FG1", "A", "да", "Boy 2", "русский"],
        ["FG1", "B", "почему", "Moderator", ""],
        ["FG2", "A", "так", "Girl 1", "uk"],
    ]
    pd.DataFrame(rows, columns=heads).to_csv(tmp_path / "list.csv", index=False)
    project = read_table(tmp_path / "list.csv", preset="segments")
    said = [(s, project.texts[s][a:b]) for s, a, b in project.segments[["source", "start", "end"]].to_numpy()]
    assert said == [("FG1", "да"), ("FG1", "да"), ("FG1", "почему"), ("FG2", "так")]
    assert project.turns["case"].tolist() == ["FG1/Girl 1", "FG1/Boy 2", "", "FG2/Girl 1"]
    assert project.sources["lang"].tolist() == ["ru", "uk"]
    texts = {"FG1": "Girl 1: да\nBoy 2: да\nModerator: почему\nGirl 1: а?\nBoy 2: б?", "FG2": "Girl 1: так"}
    project = read_table(tmp_path / "list.csv", preset="segments", transcripts=texts)
    assert project.segments["start"].tolist()[:2] == [8, 18]


def test_two_coders_lists_of_one_document_meet(tmp_path: Path) -> None:
    """Without transcripts each list has other words of the document: together they are its passages."""
    rows = {"a": ["we chat", "I block them"], "b": ["I block them", "then I wait", "we chat, often"]}
    lists = []
    for coder, quotes in rows.items():
        table = pd.DataFrame({"document": "FG1", "code": "A", "quote": quotes, "coder": coder})
        table.assign(speaker="P1").to_csv(tmp_path / f"{coder}.csv", index=False)
        lists.append(read_table(tmp_path / f"{coder}.csv", preset="segments"))
    both, other = lists[0].merge(lists[1]), lists[1].merge(lists[0])
    assert both.texts == other.texts
    rows_coded = both.segments[["source", "start", "end", "coder"]].to_numpy()
    words = [(coder, both.texts[source][start:end]) for source, start, end, coder in rows_coded]
    assert sorted(words) == sorted((coder, quote) for coder, quotes in rows.items() for quote in quotes)
    assert set(both.turns["case"]) == {"FG1/P1"} and both.sources["sha256"].nunique() == 1
    remarks = set(agreement(both)["reason"])  # what nobody coded is not there: chance cannot be told
    assert remarks == {"not computable: only the coded words are there, not what was left uncoded"}


def test_a_group_of_codes_may_be_a_theme(tmp_path: Path) -> None:
    """ATLAS.ti keeps no tree: its groups of codes stand as REFI sets (REFI-QDA 1.5, Set/MemberCode)."""
    tail = '<Sets><Set guid="g1" name="Risks"><MemberCode targetGUID="c1"/></Set></Sets>'
    project = read(qdpx(tmp_path / "p.qdpx", qde({"a": [(0, 3, "one")]}, tail=tail), {"a": b"one two"}))
    assert strange_themes(project, ["Risks", "Riks"]) == ["Riks"]
    assert with_themes(project, ["Risks"]).codes["theme"].tolist() == ["Risks"]
