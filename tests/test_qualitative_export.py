"""Out again: a REFI-QDA project that reads back word for word, and the table of segments behind the gate."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from qualitative_samples import fgd, fgd_folder, spans
from test_qualitative_sheets import fill, home

from digicit_lib.data.interview_work import export_segments, write_working_sheets
from digicit_lib.data.interviews import open_interviews
from digicit_lib.qualitative import Project, frequency, neutral_ids, read
from digicit_lib.qualitative.coded.refi_writer import refi_codebook, refi_project
from digicit_lib.qualitative.pseudonyms import with_neutral_marks
from digicit_lib.qualitative.segment_table import segment_table

NAMESPACE = "{urn:QDA-XML:project:1.0}"
# REFI-QDA 1.5, Project.xsd: what may stand below an element, in its order.
ORDER = {
    "Project": [
        "Users",
        "CodeBook",
        "Variables",
        "Cases",
        "Sources",
        "Notes",
        "Links",
        "Sets",
        "Graphs",
        "Description",
        "NoteRef",
    ],
    "Code": ["Description", "NoteRef", "Code"],
    "Case": ["Description", "CodeRef", "VariableValue", "SourceRef", "SelectionRef"],
    "TextSource": [
        "Description",
        "PlainTextContent",
        "PlainTextSelection",
        "Coding",
        "NoteRef",
        "VariableValue",
    ],
    "PlainTextSelection": ["Description", "Coding", "NoteRef"],
    "Coding": ["CodeRef", "NoteRef"],
    "VariableValue": ["VariableRef", "TextValue"],
}
REQUIRED = {
    "Code": ["guid", "name", "isCodable"],
    "User": ["guid"],
    "TextSource": ["guid"],
    "Case": ["guid"],
    "PlainTextSelection": ["guid", "startPosition", "endPosition"],
    "Coding": ["guid"],
    "Variable": ["guid", "name", "typeOfVariable"],
    "CodeRef": ["targetGUID"],
}


def back(project: Project, tmp_path: Path) -> Project:
    path = tmp_path / "out.qdpx"
    path.write_bytes(refi_project(project, "p"))
    return read(path)


def test_every_quotation_of_the_reference_set_comes_back(shared: Path, tmp_path: Path) -> None:
    project = fgd(shared)
    again = back(project, tmp_path)
    # 102 codings of two coders in four languages: codings_truth.csv.
    assert (len(again.segments), spans(again)) == (102, spans(project))
    assert set(again.codes["code"]) >= set(project.codes["code"])
    assert set(again.report["outcome"]) <= {"noted"}
    named = with_neutral_marks(neutral_ids(project)[0])
    counts = [frequency(p, "country", min_cell=0) for p in (named, back(named, tmp_path))]
    assert counts[0][["code", "country", "cases"]].equals(counts[1][["code", "country", "cases"]])


@pytest.mark.parametrize("text", ["P1: 😀 we <talk> & “laugh”\nP2: нет\u0007", "We chat. 👎🏽 It is fun."])
def test_hard_texts_come_back(text: str, tmp_path: Path) -> None:
    rows = [{"source": "a", "start": 4, "end": len(text) - 1, "code": "x/y∕z", "coder": "A", "memo": "a < b"}]
    again = back(Project.build({"a": text}, rows, []), tmp_path)
    row = again.segments.iloc[0]
    assert (again.texts["a"], row.start, row.end) == (text, 4, len(text) - 1)
    assert (row.code, row.memo) == ("x/y∕z", "a < b")


def test_the_archive_is_of_the_schema_and_the_same_again(shared: Path) -> None:
    project = fgd(shared)
    data = refi_project(project, "p")
    assert data == refi_project(project, "p")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ElementTree.fromstring(archive.read("project.qde"))
        texts = {name for name in archive.namelist() if name.startswith("sources/")}
    guids = [e.get("guid") for e in root.iter() if e.get("guid")]
    assert len(guids) == len(set(guids))
    targets = {e.get("targetGUID") for e in root.iter()} - {None}
    assert targets <= set(guids)
    assert {f"sources/{e.get('guid')}.txt" for e in root.iter(f"{NAMESPACE}TextSource")} == texts
    for element in root.iter():
        name = element.tag.removeprefix(NAMESPACE)
        order = [ORDER[name].index(child.tag.removeprefix(NAMESPACE)) for child in element if name in ORDER]
        assert order == sorted(order), name
        assert all(element.get(a) for a in REQUIRED.get(name, ())), name


def test_thousands_of_selections_are_written_at_once() -> None:
    """60,000 segments in ten seconds is the round's number: 4,000 have two thirds of one, doubled here."""
    rows = [{"source": "a", "start": n, "end": n + 9, "code": "x", "coder": "A"} for n in range(4000)]
    project = Project.build({"a": "P1: " + "yes and no " * 500}, rows, [])
    start = time.process_time()
    assert refi_project(project, "p")
    assert time.process_time() - start < 4 / 3


def test_the_codebook_reads_back(shared: Path, tmp_path: Path) -> None:
    project = fgd(shared)
    path = tmp_path / "book.qdc"
    path.write_text(refi_codebook(project), encoding="utf-8")
    assert set(read(path).codes["code"]) >= set(project.codes["code"])


def test_words_stand_in_the_table_only_behind_the_gate(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, root, folder = home(tmp_path, monkeypatch, [fgd_folder(shared) / "digital_citizenship.qda"])
    made, notes = export_segments(params, root, refi=True)
    table = pd.read_csv(made[0], keep_default_na=False)
    assert (len(table), set(table["words"])) == (102, {""})
    assert any("no list of names" in note for note in notes)
    write_working_sheets(params, root)
    yes = {"consent_carer": "yes", "assent_child": "yes", "quote_ok": "yes"}
    fill(folder, "participants", role="child", sex="girl", age_band="12-14", area="urban", **yes)
    fill(folder, "reviews", reviewer="R", signed_on="2026-10-20", safeguarding="no")
    made, _ = export_segments(params, root, refi=True)
    table = pd.read_csv(made[0], keep_default_na=False)
    shown = table[table["words"] != ""]
    assert len(shown) > 20
    assert set(shown["participant"].str[0]) == {"P"}
    assert not shown["words"].str.contains("Наташ|Ayşe").any()
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}
    again = read(made[2])
    assert (len(again.segments), sorted(set(again.segments["coder"]))) == (102, ["C1", "C2"])
    words = sorted(w for *_, w in spans(again))
    assert words == sorted(w for *_, w in spans(open_interviews(params, root)))
    assert set(again.turns["case"]) <= {"", *(f"P{n:02d}" for n in range(1, 30))}


def test_a_table_of_nothing_has_its_columns() -> None:
    table: Any = segment_table(Project.build({}, [], []))
    assert (len(table), list(table.columns[:3])) == (0, ["theme", "code", "document"])
