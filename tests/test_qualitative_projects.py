"""Any coded project gives a chapter: reference files of other programs, their oddities, neutral names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import seaborn
import yaml
from click.testing import CliRunner
from qualitative_samples import study

from digicit_lib import Workbook, cli
from digicit_lib.exhibits import canvas
from digicit_lib.qualitative import (
    Project,
    agreement,
    frequency,
    neutral_ids,
    participants,
    pseudonymise,
    read_table,
)
from digicit_lib.qualitative.coded.turns import parse_turns
from digicit_lib.qualitative.name_scan import RosterNames
from digicit_lib.runner.interview_files import neutral_names
from digicit_lib.runner.output_check import unpublishable_files
from digicit_lib.safe import slug

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = "reference/qualitative/projects"
FILES: dict[str, dict[str, str]] = {
    f"{PROJECTS}/atlasti23_win_codebook.qdpx": {},
    f"{PROJECTS}/atlasti8_mac_vendor_sample.qdpx": {},
    f"{PROJECTS}/nvivo15_mac_codebook.qdpx": {},
    f"{PROJECTS}/fgd/qualcoder_export_lf.qdpx": {},
    f"{PROJECTS}/fgd/qualcoder_export_maxqda_crlf.qdpx": {},
    f"{PROJECTS}/fgd/digital_citizenship.qda": {},
    f"{PROJECTS}/fgd/taguette_coder_a.sqlite3": {},
    f"{PROJECTS}/fgd/taguette_coder_b.sqlite3": {},
    f"{PROJECTS}/fgd/qualcoder_codebook.qdc": {},
    f"{PROJECTS}/fgd/taguette_codebook.qdc": {},
    f"{PROJECTS}/fgd/taguette_coder_a_highlights.csv": {"preset": "taguette"},
    f"{PROJECTS}/fgd/taguette_coder_b_highlights.xlsx": {"preset": "taguette"},
    "data/qual_qc_demo_qdpx/demo.qdpx": {},
    "data/qual_refi_atlasti_sample/TestProject.qdpx": {},
    "data/qual_refi_atlasti_sample/Project.qde": {},
}


def params_of(folder: Path, path: Path, **more: str) -> Path:
    """A study of one coded project, nothing else said."""
    content = {
        "study": {
            "country": "KEN",
            "date": "2026-11-01",
            "title": "A project",
            "wave": "2026",
            "languages": ["en"],
        },
        "population": {"ages": [9, 17], "base": "children"},
        "data": {"interviews": {"kind": "project", "path": path.name, **more}},
    }
    content["study"] |= {"languages": ["en"], "phases": ["qualitative"]}
    file = folder / "any_project.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def cells() -> list[str]:
    book = json.loads((ROOT / "workbooks/qualitative.ipynb").read_text(encoding="utf-8"))
    code = ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code"]
    return [c for c in code if "study =" not in c and "Workbook.open" not in c and "wb.close()" not in c]


# Transcripts and programs of their neighbours here: their codings are compared word for word in
# test_qualitative_readers (Taguette's second coder) and test_qualitative_model (the other ends of lines).
AGAIN = ("coder_b.sqlite3", "maxqda_crlf.qdpx")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name.endswith(AGAIN) else name for name in FILES]
)
def test_every_project_fills_the_workbook(
    name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared / name
    if not file.exists():
        pytest.skip(f"not in the reference data: {name}")
    monkeypatch.setenv("DIGICIT_DATA", str(file.parent))
    # Each figure is laid out, none is printed: that a drawing becomes a file, the run below tells.
    monkeypatch.setattr(canvas, "as_svg", lambda figure: "<svg></svg>")
    params = params_of(tmp_path, file, **FILES[name])
    wb: Any = Workbook.open("any_project", "qualitative", params_file=str(params))
    for cell in cells():
        exec(cell, {"wb": wb, "sns": seaborn})
    counts = wb._themes.pivot(index="title", columns="statistic", values="estimate")
    assert counts.empty or (counts["groups"] <= counts[wb._whole]).all()  # never "1 of 0"


def test_a_theme_coded_in_a_lost_transcript_has_it_in_its_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three documents are coded, the third's transcript is not there: "1 of 3", never "1 of 2"."""
    file = tmp_path / "segments.csv"
    file.write_text("document,segment,code\na,yes,good\nb,yes,good\nc,no,bad\n", encoding="utf-8")
    (tmp_path / "texts").mkdir()
    for name in "ab":
        (tmp_path / "texts" / f"{name}.txt").write_text("P1: yes", encoding="utf-8")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    params = params_of(tmp_path, file, transcripts="texts")
    wb: Any = Workbook.open("any_project", "qualitative", params_file=str(params))
    counts = wb._themes.pivot(index="title", columns="statistic", values="estimate")
    assert counts[["groups", "coded"]].values.tolist() == [[1, 3], [2, 3]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [name if "coder_a.sqlite3" in name else pytest.param(name, marks=pytest.mark.long) for name in FILES],
)
def test_a_project_runs(name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = shared / name
    if not file.exists():
        pytest.skip(f"not in the reference data: {name}")
    monkeypatch.setenv("DIGICIT_DATA", str(file.parent))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(
        ROOT / "workbooks", tmp_path / "workbooks", ignore=shutil.ignore_patterns("turkey", "u*", "r*")
    )
    (tmp_path / "params").mkdir()
    shutil.copy(ROOT / "params/defaults.yaml", tmp_path / "params")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    params = params_of(tmp_path / "params", file, **FILES[name])
    done = CliRunner().invoke(cli.digicit, ["run", params.stem, "qualitative"])
    assert done.exit_code == 0, done.stderr[-600:]
    assert (tmp_path / "outputs/any_project/qualitative/report.html").is_file()


# --- speakers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "speakers", "said"),
    [
        ("#Anna: Yes.\n#Ben: No.", ["Anna", "Ben"], ["Yes.", "No."]),
        ("[Anna] Yes.\n[Ben] No.", ["Anna", "Ben"], ["Yes.", "No."]),
        ("**Anna:** Yes.\n**Ben:** No.", ["Anna", "Ben"], ["Yes.", "No."]),
        ("Girl (14): Yes.\nBoy (15): No.", ["Girl (14)", "Boy (15)"], ["Yes.", "No."]),
        (
            "Moderator: Well?\nGirl 7: Yes.\nBoy 8: No.",
            ["Moderator", "Girl 7", "Boy 8"],
            ["Well?", "Yes.", "No."],
        ),
        ("I said it.\nRule 1: be kind.", ["", ""], ["I said it.", "Rule 1: be kind."]),
        ("P1: Yes.\n[laughs] and\nP2: No.", ["P1", "P2"], ["Yes.\n[laughs] and", "No."]),
        (
            "WEBVTT\n\n1\n00:01.000 --> 00:03.000\nAnna: Yes\n\n2\n00:04.000 --> 00:05.000\nBen: No",
            ["Anna", "Ben"],
            ["Yes", "No"],
        ),
        (
            "1\n00:00:01,000 --> 00:00:03,000\nAnna: Yes\n\n2\n00:00:04,000 --> 00:00:05,000\nand so on",
            ["Anna", "Anna"],
            ["Yes", "and so on"],
        ),
    ],
)
def test_marks_of_speakers_and_times(text: str, speakers: list[str], said: list[str]) -> None:
    turns = parse_turns(text)
    assert [who for *_, who in turns] == speakers
    assert [text[a:b] for _, a, b, _ in turns] == said


def test_a_moderator_is_no_participant() -> None:
    tables = study()
    moderator = {"pid": "MOD", "session_id": "G1", "role": "moderator", "quote_ok": "yes"}
    people = pd.concat([tables["participants"], pd.DataFrame([moderator])], ignore_index=True)
    assert participants(read_table(tables | {"participants": people}))["participants"].sum() == 6


# --- what is not coded yet, who never met ---------------------------------------------------------------


def test_an_uncoded_transcript_is_no_group_where_a_theme_did_not_come_up() -> None:
    texts = {"a": "P1: we chat", "b": "P1: nobody coded this"}
    project = Project.build(texts, [{"source": "a", "start": 4, "end": 11, "code": "x", "coder": "A"}], [])
    row = frequency(project).iloc[0]
    assert (row["base_sources"], row["of_sources"]) == (2, 1)


def test_coders_who_never_met_have_no_agreement() -> None:
    text = "\n".join(f"P{i}: word{i}" for i in range(1, 11))
    rows = [
        {
            "source": "a",
            "start": text.index(f"word{i}"),
            "end": text.index(f"word{i}") + 5,
            "code": "x",
            "coder": "A",
        }
        for i in range(1, 9)
    ] + [
        {"source": "a", "start": 4, "end": 9, "code": "z", "coder": "C"},
        {"source": "b", "start": 4, "end": 9, "code": "x", "coder": "B"},
        {"source": "b", "start": 4, "end": 9, "code": "z", "coder": "C"},
    ]
    table = agreement(Project.build({"a": text, "b": text + "\nP11: end"}, rows, []), replicates=0)
    assert table["kappa"].isna().all()
    assert set(table["reason"]) == {"no_common_code"}


# --- names ------------------------------------------------------------------------------------------


def test_sessions_people_and_places_get_neutral_names() -> None:
    tables = study()
    people = tables["participants"].assign(area=["Stockport Heights"] * 3 + ["urban"] * 3)
    project, old = neutral_ids(read_table(tables | {"participants": people}))
    assert project.sources["source"].tolist() == ["FG1", "FG2"]
    assert set(project.cases["area"]) == {"area 1", "urban"}
    assert project.cases["case"].tolist() == [f"P{n:02d}" for n in range(1, 7)]
    assert old["FG1"] == "G1"
    assert set(project.turns["case"]) <= {"", *project.cases["case"]}


def test_names_of_codes_pass_the_roster(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("real,pseudonym,kind,lang,aliases\nOliver Whitcombe,<NAME1>,name,en,Ollie\n")
    rows = [{"source": "a", "start": 4, "end": 7, "code": "Oliver story", "coder": "A"}]
    project = pseudonymise(Project.build({"a": "P1: yes"}, rows, [{"code": "Oliver story"}]), roster).project
    assert project.codes["code"].tolist() == ["<NAME1> story"]
    assert project.segments["code"].tolist() == ["<NAME1> story"]


def test_files_with_names_are_told(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("real,pseudonym,kind,lang,aliases\nAyşe Blackwood,Rose Hill,name,tr,\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.html").write_text("<p>Blackwood’s phone</p>")
    (out / "b.csv").write_text("AYŞE,1")
    (out / "c.json").write_text('{"said": "Rose came"}')
    hits = [name for name, _ in unpublishable_files(out, RosterNames(roster))]
    assert hits == ["a.html", "b.csv"]


def test_names_of_interview_files_are_not_published() -> None:
    files = {
        "x/participants.csv": "/d/x/participants.csv",
        "x/transcripts/Hill.txt": "/d/x/transcripts/Hill.txt",
    }
    assert list(neutral_names(files)) == ["participants.csv", "interviews 2.txt"]


def test_an_empty_moderator_makes_nobody_ask() -> None:
    """The sessions sheet has a column `moderator_id`; left empty, who has no mark is a participant."""
    rows = [{"source": "Veli 1", "start": 0, "end": 4, "code": "Правила", "coder": "A"}]
    people = pd.DataFrame({"case": ["V1"], "source": ["Veli 1"], "speaker": [""], "role": ["parent"]})
    sessions = [{"source": "Veli 1", "type": "II", "moderator_id": ""}]
    project = Project.build({"Veli 1": "evet"}, rows, [], sources=sessions, cases=people)
    assert project.turns["case"].tolist() == ["V1"]
    assert neutral_ids(project)[0].sources["source"].tolist() == ["II1"]
    assert frequency(project)["cases"].tolist() == [1]


def test_few_people_keep_what_they_share() -> None:
    """Three teachers, two women and a man: the sex is not told, that they are teachers is."""
    rows = [{"case": f"T{n}", "role": "teacher", "sex": sex} for n, sex in enumerate(["f", "f", "m"])]
    table = participants(Project.build({}, [], [], cases=pd.DataFrame(rows)), ("role", "sex"), min_cell=3)
    assert table[["role", "sex", "participants"]].to_numpy().tolist() == [["teacher", "other", 3]]


def test_themes_in_another_alphabet_have_names_of_their_own() -> None:
    names = [slug(theme) for theme in ("Правила", "Допомога", "Правила 1", "Допомога 1", "Online safety")]
    assert len(set(names)) == 5
    assert names[-1] == "online-safety"
