"""A corpus of hostile and broken files: a clear message or a listed loss, and nothing else."""

from __future__ import annotations

import os
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from qualitative_samples import qde, qdpx, spans

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import read, read_table

GOOD = qde({"a": [(4, 7, "")]})
TEXT = b"P1: yes 'tis a secret sentence"


def archive(
    path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], kind: int = zipfile.ZIP_DEFLATED
) -> Path:
    with zipfile.ZipFile(path, "w", kind) as out:
        for name, data in entries:
            out.writestr(name, data)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def patched(path: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(bytes(data))
    return path


def flag_encrypted(data: bytearray) -> None:
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)


def same_offset(data: bytearray) -> None:
    """Every central entry points at the first local one: one kernel, many entries."""
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 42 : place + 46] = struct.pack("<I", 0)
        place = data.find(b"PK\x01\x02", place + 4)


REFUSED: dict[str, Callable[[Path], Path]] = {
    "escapes upwards": lambda p: archive(p, ("project.qde", GOOD.encode()), ("../../evil.txt", b"x")),
    "absolute": lambda p: archive(p, ("project.qde", GOOD.encode()), ("/etc/evil.txt", b"x")),
    "drive": lambda p: archive(p, ("project.qde", GOOD.encode()), ("c:/evil.txt", b"x")),
    "backslashes": lambda p: archive(p, ("project.qde", GOOD.encode()), ("sources\\..\\..\\evil.txt", b"x")),
    "symlink": lambda p: archive(p, ("project.qde", GOOD.encode()), (link("sources/a.txt"), b"/etc/passwd")),
    "duplicate": lambda p: archive(
        p, ("project.qde", GOOD.encode()), ("Sources/A.txt", b"x"), ("sources/a.txt", b"y")
    ),
    "encrypted": lambda p: patched(archive(p, ("project.qde", GOOD.encode())), flag_encrypted),
    "overlapping": lambda p: patched(
        archive(p, *((f"sources/{i}.txt", b"a" * 99) for i in range(9)), ("project.qde", b"x")), same_offset
    ),
    "bomb of text": lambda p: archive(
        p, ("project.qde", GOOD.encode()), ("sources/a.txt", b"\0" * 60_000_000)
    ),
    "bomb of xml": lambda p: archive(p, ("project.qde", b" " * 60_000_000)),
    "too large": lambda p: archive(p, ("project.qde", b" " * 65_000_000)),
    "too many": lambda p: archive(
        p, *((f"sources/{i}.txt", b"") for i in range(20_001)), kind=zipfile.ZIP_STORED
    ),
    "two projects": lambda p: archive(p, ("a.qde", GOOD.encode()), ("b.qde", GOOD.encode())),
    "no project": lambda p: archive(p, ("sources/a.txt", b"x")),
    "not a zip": lambda p: Path(p).write_bytes(b"PK\x05\x06 nothing") and p,
    "empty": lambda p: (Path(p).write_bytes(b"") and p) or p,
    "truncated zip": lambda p: patched(
        qdpx(p, GOOD, {"a": os.urandom(5000)}), lambda d: d.__delitem__(slice(2000, 4000))
    ),
    "billion laughs": lambda p: qdpx(p, qde({}, head='<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>')),
    "external entity": lambda p: qdpx(p, qde({}, head='<!DOCTYPE x SYSTEM "file:///etc/passwd">')),
    "truncated xml": lambda p: qdpx(p, GOOD[:-30]),
    "control character": lambda p: qdpx(p, GOOD.replace("a.txt", "a\x01.txt")),
    "not refi": lambda p: qdpx(p, "<html/>"),
    "unknown encoding": lambda p: qdpx(p, GOOD.replace("utf-8", "klingon-8")),
    "wrong encoding": lambda p: qdpx(p, GOOD.replace('name="one"', 'name="один"').encode("cp1251")),
    "very deep": lambda p: qdpx(p, qde({}, codes='<Code guid="c1" name="d">' * 3000 + "</Code>" * 3000)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_archive_is_refused_and_writes_nothing(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = REFUSED[case](folder / "p.qdpx")
    with pytest.raises(QualitativeError) as caught:
        read(path)
    assert "secret" not in str(caught.value)
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "p.qdpx"]


LISTED = {
    "missing source": (
        qde({"a": [(4, 7, "")]}, paths={"a": "internal://b.txt"}),
        TEXT,
        "its text is not in the archive",
        1,
    ),
    "absolute source": (
        qde({"a": [(4, 7, "")]}, paths={"a": "absolute:///etc/passwd"}),
        TEXT,
        "its text is not in the archive",
        1,
    ),
    "climbing source": (
        qde({"a": [(4, 7, "")]}, paths={"a": "internal://../../etc/passwd"}),
        TEXT,
        "its text is not in the archive",
        1,
    ),
    "wrong text encoding": (
        GOOD,
        "П1: да и нет".encode("cp1251"),
        "its text is in another encoding: name it",
        1,
    ),
    "beyond the end": (qde({"a": [(4, 700, "")]}), TEXT, "its position is none of its text's", 0),
    "before the start": (qde({"a": [(-4, 7, "")]}), TEXT, "its position is not a number", 0),
    "huge": (qde({"a": [(4, "9" * 400, "")]}), TEXT, "its position is not a number", 0),
    "words": (qde({"a": [("four", "sëven", "")]}), TEXT, "its position is not a number", 0),
    "other digits": (qde({"a": [("٤", "٧", "")]}), TEXT, "its position is not a number", 0),
    "backwards": (qde({"a": [(7, 4, "")]}), TEXT, "span is empty or outside its text", 0),
    "of no length": (qde({"a": [(4, 4, "")]}), TEXT, "span is empty or outside its text", 0),
    "dangling code": (
        qde({"a": [(4, 7, "")]}, codes='<Code guid="c9" name="x"/>'),
        TEXT,
        "its code is not in the codebook",
        0,
    ),
    "shared guid": (
        qde({"a": [(4, 7, "")]}, codes='<Code guid="c1" name="x"/><Code guid="C1" name="y"/>'),
        TEXT,
        "two codes have its code's guid",
        0,
    ),
}


@pytest.mark.parametrize("case", LISTED)
def test_a_broken_part_is_listed_by_guid_and_never_quoted(tmp_path: Path, case: str) -> None:
    project, text, reason, kept = LISTED[case]
    found = read(qdpx(tmp_path / "p.qdpx", project, {"a": text}))
    assert reason in set(found.report["reason"])
    assert found.report.loc[found.report["reason"] == reason, "guid"].ne("").all()
    assert len(found.segments) == kept
    assert not spans(found)


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = qdpx(
        tmp_path / "p.qdpx",
        GOOD.replace('startPosition="4" endPosition="7"', 'startPosition="4" endPosition="6"'),
        {"a": "П1: да и нет".encode("cp1251")},
    )
    assert {words for *_, words in spans(read(path, encoding="cp1251", offsets="point-crlf1"))} == {"да"}
    with pytest.raises(QualitativeError, match="do not tell"):
        read(path, encoding="cp1251")  # one selection is too little to tell characters from bytes


def test_utf16_text_with_its_mark_is_read(tmp_path: Path) -> None:
    path = qdpx(tmp_path / "p.qdpx", GOOD, {"a": "P1: yes".encode("utf-16")})
    assert {words for *_, words in spans(read(path))} == {"yes"}


def test_names_with_markup_formulas_and_bidi_controls_are_only_names(tmp_path: Path) -> None:
    codes = '<Code guid="c1" name="&lt;script&gt;alert(1)&lt;/script&gt;">'
    codes += '<Code guid="c2" name="=HYPERLINK(1)"/><Code guid="c3" name="ab\u202ecd"/></Code>'
    project = read(qdpx(tmp_path / "p.qdpx", qde({"a": [(4, 7, "")]}, codes=codes), {"a": TEXT}))
    assert project.codes["name"].tolist() == ["<script>alert(1)</script>", "=HYPERLINK(1)", "abcd"]
    assert project.report["outcome"].tolist() == ["repaired"]


def test_element_names_are_no_way_into_the_reader(tmp_path: Path) -> None:
    text = GOOD.replace(
        "<Sources>", "<Start/><Lose/><__class__/><Value/><Description>x</Description><Sources>"
    )
    assert len(spans(read(qdpx(tmp_path / "p.qdpx", text, {"a": TEXT})))) == 1


def test_a_plain_project_file_has_the_same_limits(tmp_path: Path) -> None:
    (tmp_path / "p.qde").write_text(qde({}, head="<!DOCTYPE x>"))
    with pytest.raises(QualitativeError, match="document type"):
        read(tmp_path / "p.qde")
    with (tmp_path / "q.qde").open("wb") as out:
        out.truncate(70_000_000)
    with pytest.raises(QualitativeError, match="64 MB"):
        read(tmp_path / "q.qde")


@pytest.mark.parametrize("name", ["data.qda", "x.sqlite3"])
def test_what_is_no_database(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"SQLite format 3\0" + b"\xff" * 3000)
    with pytest.raises(QualitativeError, match="SQLite"):
        read(tmp_path / name)
    sqlite3.connect(tmp_path / f"other{name}").execute("CREATE TABLE t (a)")
    with pytest.raises(QualitativeError, match="Neither"):
        read(tmp_path / f"other{name}")


def test_a_database_whose_tables_are_views_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.qda"
    with sqlite3.connect(path) as made:
        made.executescript(
            "CREATE VIEW source AS SELECT 1 id; CREATE VIEW code_name AS SELECT 1;"
            "CREATE VIEW code_text AS SELECT 1;"
        )
    before = path.read_bytes()
    with pytest.raises(QualitativeError, match="Neither"):
        read(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["data.qda"]


def test_a_workbook_that_is_a_bomb_or_holds_entities(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "a.xlsx", ("xl/a.xml", b" " * 60_000_000))
    entity = archive(tmp_path / "b.xlsx", ("xl/a.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'))
    broken = archive(tmp_path / "c.xlsx", ("xl/a.xml", b"<x/>"))
    for path in (bomb, entity, broken):
        with pytest.raises(QualitativeError):
            read_table(path, preset="segments")


def test_a_case_loop_and_a_formula_in_a_table_stay_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('document,code,quote\na,"=cmd|x",yes\n')
    project = read_table(tmp_path / "t.csv", preset="segments", transcripts={"a": "P1: yes"})
    assert project.codes["name"].tolist() == ["=cmd|x"]
