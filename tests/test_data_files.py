"""Files: found, told apart by their hash, read in every format, refused with one clear message."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from test_data import SECRET, params, tool

from digicit_lib.data import open_survey
from digicit_lib.data.files import find, header, read_columns
from digicit_lib.data.mapping import BLANK, VALID, Mapper
from digicit_lib.data.opening import respondents_of
from digicit_lib.data.quality import quality_table
from digicit_lib.data.raw import Raw
from digicit_lib.data.selection import design_columns, lacking_columns
from digicit_lib.errors import DataError, DigicitError, MisfitError

FRAME = pd.DataFrame(
    {"id": [1.0, 2, 3, 4], "q": [1.0, 2, 9, 1], "w": [1.0, 1, 2, 2], "other": [0.0, 0, 0, 0]}
)
LABELS = {"q": {1.0: "Yes", 2.0: "No", 9.0: "No answer"}}
TOOL = tool(
    indicators={"RSK-01": {"column": "q", "yes": [1], "no": [2]}},
    missing={"blank": [9]},
    id=["id"],
    design={"weight": "w"},
)


def write(path: Path) -> Path:
    """The frame in the format of the file name, with value labels where it has them."""
    writers: dict[str, Any] = {
        ".sav": lambda p: pyreadstat.write_sav(
            FRAME, str(p), variable_value_labels=LABELS, missing_ranges={"q": [9]}
        ),
        ".zsav": lambda p: pyreadstat.write_sav(FRAME, str(p), variable_value_labels=LABELS, compress=True),
        ".dta": lambda p: pyreadstat.write_dta(FRAME, str(p)),
        ".xpt": lambda p: pyreadstat.write_xport(FRAME, str(p)),
        ".csv": lambda p: FRAME.to_csv(p, index=False),
        ".tsv": lambda p: FRAME.to_csv(p, index=False, sep="\t"),
        ".txt": lambda p: FRAME.to_csv(p, index=False, sep=";", encoding="utf-8-sig"),
        ".xlsx": lambda p: FRAME.to_excel(p, index=False),
        ".parquet": lambda p: FRAME.to_parquet(p),
    }
    writers[path.suffix](path)
    return path


def accepted(name: str, sha256: str | None = None, rows: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(name=name, sha256=sha256, rows=rows, where="the archive")


@pytest.mark.parametrize(
    "suffix", [".sav", ".zsav", ".dta", ".xpt", ".csv", ".tsv", ".txt", ".xlsx", ".parquet"]
)
def test_every_format_gives_the_same_answers_and_only_the_needed_columns(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"survey{suffix}")
    assert list(header(path).frame) == list(FRAME)
    raw = read_columns(path, ["id", "q", "w"])
    assert list(raw.frame) == ["id", "q", "w"]
    found = Mapper(raw, TOOL).indicator("RSK-01")
    np.testing.assert_array_equal(found.value, [1, 0, np.nan, 1])
    assert found.state.tolist() == [VALID, VALID, BLANK, VALID]


def test_user_missing_codes_that_only_the_file_declares_are_no_answers(tmp_path: Path) -> None:
    held = TOOL.model_copy(update={"missing": type(TOOL.missing)()})
    raw = read_columns(write(tmp_path / "survey.sav"), ["q"])
    assert Mapper(raw, held).indicator("RSK-01").state.tolist() == [VALID, VALID, BLANK, VALID]


def test_an_empty_cell_and_the_word_na_are_two_things_in_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("q,w\nna,1\n,2\n", encoding="utf-8")
    frame = read_columns(tmp_path / "a.csv", ["q"]).frame
    assert frame["q"].isna().tolist() == [False, True]


@pytest.mark.parametrize("place", ["here.csv", "deep/er/here.csv"])
def test_a_file_is_found_anywhere_below_the_folder(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    path = write(tmp_path / place)
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    assert find([accepted("here.csv")], tmp_path)[0] == path
    assert find([accepted(place)], tmp_path)[0] == path
    assert find([accepted(str(path))], tmp_path)[0] == path


def test_the_first_accepted_file_that_is_there_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "copy.csv")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    found, facts, warnings = find([accepted("original.sav"), accepted("copy.csv", sha256, 4)], tmp_path)
    assert (found, facts["sha256"], warnings) == (path, sha256, [])


def test_of_two_of_one_name_the_one_with_the_hash_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, text in (("a", "old"), ("b", "new")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    path, _, warnings = find([accepted("x.csv", hashlib.sha256(b"new").hexdigest())], tmp_path)
    assert path.parent.name == "b" and not warnings


def test_another_hash_is_a_warning_that_names_both_and_an_error_when_strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.csv")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    here, named = hashlib.sha256(path.read_bytes()).hexdigest(), "0" * 64
    (warning,) = find([accepted("x.csv", named)], tmp_path)[2]
    assert here in warning and named in warning
    with pytest.raises(DataError, match="has changed") as error:
        find([accepted("x.csv", named)], tmp_path, strict=True)
    assert here in str(error.value) and named in str(error.value)


def test_a_missing_file_says_what_is_accepted_and_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGICIT_DATA", raising=False)
    with pytest.raises(DataError, match="not found") as error:
        find([accepted("x.sav"), accepted("y.csv")], tmp_path)
    message = str(error.value)
    assert "x.sav (the archive); y.csv" in message and "DIGICIT_DATA is not set" in message


def test_no_path_leads_out_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "out.csv")
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path / "in"))
    with pytest.raises(Exception, match="outside the allowed folder"):
        find([accepted("../out.csv")], tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("x.csv", b"", "is empty"),
        ("x.sav", b"not SPSS " + SECRET.encode(), "cannot be read"),
        ("x.dta", b"not Stata " + SECRET.encode(), "cannot be read"),
        ("x.xlsx", b"not Excel " + SECRET.encode(), "cannot be read"),
        ("x.parquet", b"not Parquet " + SECRET.encode(), "cannot be read"),
        ("x.csv", b"q,w\n" + SECRET.encode() + b"\n1,2,3,4\n", "as many cells"),
        ("x.docx", b"x", "Unknown file format"),
        ("x.csv", b"\n\n\n", "is empty"),
        ("x.csv", b"PK\x03\x04" + b"0" * 99, "ends in .xlsx"),
        ("x.xlsx", b"q,w\n1,2\n", "ends in .csv"),
        ("x.csv", b"q,w\n", "no rows"),
        ("x.csv", b",".join(b"c%d" % i for i in range(16_385)) + b"\n1\n", "more columns"),
    ],
)
def test_a_bad_file_is_refused_in_one_message(name: str, content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=what) as error:
        read_columns(path, list(header(path).frame)[:2])
    assert SECRET not in str(error.value) and str(tmp_path) not in str(error.value)


def test_missing_columns_are_all_named_with_what_was_likely_meant() -> None:
    study = params({"kind": "microdata", "instrument": "t", "files": [{"name": "x"}]})
    wide = tool(design={"weight": "W_FSTUWT"}, id=["q1", "q2"])
    lacking = lacking_columns(wide, study, ["W_FSTUW", "q1", "q", "id", "w"])
    assert [error.got for error in lacking] == ["q2", "W_FSTUWT"]
    assert lacking[1].next == "did you mean W_FSTUW?"


def test_a_column_that_the_design_or_the_mapping_names_must_be_there() -> None:
    study = params(
        {"kind": "microdata", "instrument": "t", "files": [{"name": "x"}]}, design={"strata": "region"}
    )
    for there, lacking in (
        (["id", "q", "w"], "region"),
        (["id", "w", "region"], "q"),
        (["q", "w", "region"], "id"),
    ):
        assert [error.got for error in lacking_columns(TOOL, study, there)] == [lacking]


INSTRUMENT = """
title: T
programme: P
citation: C
licence: L
where: W
population: {base: children, ages: [9, 17]}
age: {column: age, range: [0, 120]}
design: {weight: w}
breakdowns:
  gender: {column: sex, levels: {girl: [1], boy: [2]}}
indicators:
  RSK-01: {column: q, yes: [1], no: [2]}
  RSK-02: {column: gone, yes: [1], no: [2]}
"""


def test_columns_codes_and_ages_that_do_not_fit_are_told_at_once_with_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGICIT_DATA", str(tmp_path))
    frame = pd.DataFrame({"age": [12, 13, 40] * 6, "sex": [1, 2, 3] * 6, "q": [1, 2, 7] * 6, "w": 1.0})
    frame.to_csv(tmp_path / "x.csv", index=False)
    source = {"kind": "microdata", "instrument": "own.yaml", "files": [{"name": "x.csv"}]}
    both = {("own.yaml:12 column q", "7: 6 rows"), ("own.yaml:10 column sex", "3: 6 rows")}
    for column, more in (("gone", ("own.yaml:13", "gone")), ("q", ("age", "6 rows"))):
        (tmp_path / "own.yaml").write_text(INSTRUMENT.strip().replace("gone", column))
        with pytest.raises(MisfitError) as error:
            open_survey(params(source), tmp_path)
        assert {(p.where, p.got) for p in error.value.problems} == both | {more}


def test_replicate_weights_are_told_by_a_span_or_a_star() -> None:
    design = {"weight": "w", "replicates": {"weights": "r*"}}
    assert design_columns(design, ["r1", "r2", "rx", "w"]) == ["w", "r1", "r2"]
    assert design_columns(design, ["w"]) == ["w", "r*"]  # so that the missing column is named


def test_a_mapping_whose_values_the_labels_do_not_know_is_refused(tmp_path: Path) -> None:
    raw = read_columns(write(tmp_path / "survey.sav"), ["id", "q", "w"])
    wrong = TOOL.model_copy(
        update={"indicators": {"RSK-01": TOOL.indicators["RSK-01"].model_copy(update={"yes": ("5",)})}}
    )
    mapper = Mapper(raw, wrong)
    mapper.indicator("RSK-01")
    assert "values that the column does not have" in mapper.misnamed["q"].what


def test_a_filter_says_what_it_cut_from_the_sample() -> None:
    """Choosing a country cuts nothing; another filter takes rows, PSUs and strata out of the design."""
    columns = {"psu": [1, 2, 1, 2, 1], "area": ["a", "a", "b", "b", "a"], "w": 1.0}
    raw = Raw(pd.DataFrame({"land": [1, 1, 1, 1, 2], "kept": ["1", "0", "0", "0", "1"], "q": 1, **columns}))
    design = {"weight": "w", "strata": "area", "psu": "psu", "nest": True, "lonely": "certainty"}
    rule = {"column": "q", "yes": [1], "no": [2]}
    held = tool(design=design, country="land", indicators={"RSK-01": rule})
    source = {"kind": "microdata", "instrument": "t", "files": [{"name": "x.csv"}]}
    warnings: list[str] = []
    survey = respondents_of(params({**source, "filter": {"land": 1, "kept": 1}}), held, raw, {}, warnings)
    cut = {
        "filter": "kept = 1",
        "rows": 3,
        "of_rows": 4,
        "psus": 3,
        "of_psus": 4,
        "strata": 1,
        "of_strata": 2,
    }
    assert survey.facts["cut"] == cut
    assert "3 of 4 rows; 3 of 4 PSUs and 1 of 2 strata" in warnings[0]
    assert quality_table(survey)["What"].str.contains("3 of 4 PSUs").any()
    assert not respondents_of(params({**source, "filter": {"land": 1}}), held, raw, {}, []).facts["cut"]


def test_one_country_of_many_is_cut_out_by_a_filter() -> None:
    held = TOOL.model_copy(update={"country": "id", "id": ()})
    source: dict[str, Any] = {"kind": "microdata", "instrument": "t", "files": [{"name": "x"}]}
    raw = Raw(FRAME)
    with pytest.raises(DataError, match="holds 4 countries"):
        respondents_of(params(source), held, raw, {}, [])
    survey = respondents_of(params({**source, "filter": {"id": 2}}), held, raw, {}, [])
    assert len(survey.frame) == 1
    several = held.model_copy(update={"country": ""})
    assert len(respondents_of(params({**source, "filter": {"id": [2, 4]}}), several, raw, {}, []).frame) == 2
    assert tool(filter={"a": [1, 2.0], "b": 3}).filter == {"a": ("1", "2"), "b": "3"}  # docs/instruments.md
    with pytest.raises(DataError, match="leaves no rows"):
        respondents_of(params({**source, "filter": {"id": 7}}), held, raw, {}, [])


# --- links ----------------------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a file in a folder of it, and another file outside."""
    data = tmp_path / "data"
    for place in (data / "sub", tmp_path / "out"):
        place.mkdir(parents=True)
        (place / "a.csv").write_text("x\n1\n")
    monkeypatch.setenv("DIGICIT_DATA", str(data))
    return data


def named(name: str) -> list[Any]:
    return [SimpleNamespace(name=name, sha256=None, rows=None, where="")]


def test_a_link_is_followed_inside_the_data_folder(linked: Path, tmp_path: Path) -> None:
    (linked / "link.csv").symlink_to(linked / "sub" / "a.csv")
    (linked / "folder").symlink_to(linked / "sub")
    for name in ("link.csv", "folder/a.csv"):
        assert find(named(name), tmp_path)[0].read_text() == "x\n1\n"


@pytest.mark.parametrize(
    ("link", "target", "name"),
    [
        ("b.csv", "../out/a.csv", "b.csv"),
        ("b.csv", "../out/none.csv", "b.csv"),
        ("b.csv", "b.csv", "b.csv"),
        ("folder", "../out", "folder/a.csv"),
        ("sub/b.csv", "../../out/a.csv", "b.csv"),
    ],
)
def test_a_link_out_of_the_data_folder_is_said(linked, tmp_path, link: str, target: str, name: str) -> None:
    (linked / link).symlink_to(target)
    with pytest.raises(DigicitError, match="outside the allowed folder") as refused:
        find(named(name), tmp_path)
    assert "links are followed inside the folder only" in str(refused.value)


def test_a_stray_cell_in_the_last_corner_of_a_sheet_is_refused_at_once(tmp_path: Path) -> None:
    """Read as it stands it makes seventeen thousand million cells and fills the memory."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["q", "w"])
    book.active.cell(1_048_576, 16_384, SECRET)
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(DataError, match="far below or beside") as error:
        header(tmp_path / "far.xlsx")
    assert SECRET not in str(error.value)
