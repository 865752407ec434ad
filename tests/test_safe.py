"""Escaping and confining, against a hostile corpus."""

from __future__ import annotations

import datetime as dt
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib.errors import DigicitError
from digicit_lib.safe import (
    RELEASED,
    archive_bomb,
    csv_cell,
    csv_frame,
    file_sha256,
    fingerprint,
    has_come,
    html,
    inside,
    load_yaml,
    private_folder,
    refuse_bomb,
    refuse_special,
    slug,
    write_atomic,
    yaml_quoted,
)

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}",
    "&amp;<",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_html_leaves_nothing_to_run(text: str) -> None:
    out = html(text)
    assert not {"<", ">", '"', "'"} & set(out)


def test_html_drops_bidi_and_control_characters() -> None:
    assert html("a\u202eb\u2066c\0d\ne") == "abcd\ne"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\0x", "\nx"])
def test_csv_text_is_no_formula(text: str) -> None:
    assert str(csv_cell(text)).startswith("'")


def test_csv_frame_keeps_numbers_and_guards_text_and_names() -> None:
    frame = pd.DataFrame({"=name": ["=HYPERLINK(1)", "plain"], "x": [-1.5, 2.0]})
    assert csv_frame(frame) == "'=name,x\n'=HYPERLINK(1),-1.5\nplain,2.0\n"


def test_csv_frame_leaves_what_is_missing_empty_whatever_its_kind() -> None:
    columns = {"n": pd.array([1, None], dtype="Int64"), "x": [1.5, float("nan")], "t": ["a", None]}
    frame = pd.DataFrame(
        columns | {"day": [pd.Timestamp(2024, 1, 2), pd.NaT], "c": pd.Categorical(["=b", None])}
    )
    assert csv_frame(frame) == "n,x,t,day,c\n1,1.5,a,2024-01-02 00:00:00,'=b\n,,,,\n"


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("Ğırls & Boys", "girls-boys"),
        ("", "item"),
        ("../../x", "x"),
        ("Правила родителей", "pravila-roditelej"),
        ("Приватність", "privatnist"),
        ("家庭 الأسرة", "jia-ting-alasrt"),
    ],
)
def test_slug(text: str, out: str) -> None:
    assert slug(text) == out


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "CON", "nul.txt", "a\0b", "com1/x"])
def test_paths_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(DigicitError, match="outside the allowed folder"):
        inside(tmp_path / "root", name)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(DigicitError, match="outside the allowed folder"):
        inside(root, "link", "x")
    assert inside(root, "a", "b.txt") == root.resolve() / "a" / "b.txt"


def test_atomic_write_leaves_the_old_file_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_atomic(tmp_path / "deep" / "file.txt", "old")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert [p.name for p in target.parent.iterdir()] == ["file.txt"]


def test_hashes(tmp_path: Path) -> None:
    path = write_atomic(tmp_path / "a", "abc")
    # FIPS 180-2, appendix B.1: SHA-256 of "abc"
    assert file_sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert fingerprint([1, "ы"]) != fingerprint(["1", "ы"])


def test_yaml_has_no_surprises() -> None:
    data, lines = load_yaml(
        "a: NO\nb: 012\nc: 12:30\nd: 1.10\ne: 2026-11-01\nf: true\ng:\nh: [1, {k: x}]\ni: '5'\n"
    )
    expected = {
        "a": "NO",
        "b": "012",
        "c": "12:30",
        "d": 1.1,
        "e": dt.date(2026, 11, 1),
        "f": True,
        "g": None,
    }
    assert data == {**expected, "h": [1, {"k": "x"}], "i": "5"}
    assert lines[("h", 1, "k")] == 8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "Duplicate key"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("a: !!python/object:os.system x", "tags"),
        ("a: !local x", "tags"),
        ("a: [1", "Not valid YAML"),
        ("? [1]\n: 2", "must be a scalar"),
        ("a: '" + "x" * 300_000 + "'", "too large"),
    ],
)
def test_yaml_refuses(text: str, said: str) -> None:
    with pytest.raises(DigicitError, match=said):
        load_yaml(text)


def test_the_size_that_is_allowed_is_told_in_whole_kilobytes() -> None:
    with pytest.raises(DigicitError) as refused:
        load_yaml("a" * 300_000)
    assert refused.value.allowed == "256 kB"  # docs: size of a params file


def test_an_empty_file_begins_on_its_first_line() -> None:
    assert load_yaml("# nothing yet") == (None, {(): 1})


def test_yaml_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: ы".encode("cp1251"))
    with pytest.raises(DigicitError, match="not UTF-8"):
        load_yaml(path)


def test_a_character_that_yaml_forbids_is_told_with_its_reason_and_line() -> None:
    with pytest.raises(DigicitError) as caught:
        load_yaml("a: 1\nb: \x07\n", name="x.yaml")
    assert caught.value.where == "x.yaml:2" and "not allowed" in str(caught.value.got)


def test_a_folder_is_no_special_file_and_a_pipe_is_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refuse_special(tmp_path) == tmp_path
    with pytest.raises(DigicitError, match="no ordinary file"):
        refuse_special(tmp_path / "pipe")
    for name in ("/proc/version", "/sys/kernel"):
        with pytest.raises(DigicitError, match="no ordinary file"):
            refuse_special(Path(name))


def test_a_yaml_bomb_is_refused_before_it_expands() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    with pytest.raises(DigicitError, match="aliases"):
        load_yaml(text)


def test_an_anchor_is_refused_without_an_alias_too() -> None:
    """Mutant 26: the documented rule is about anchors and aliases."""
    for text in ("a: &x 1", "&x {a: 1}", "a: &x [1]"):
        with pytest.raises(DigicitError, match="anchors and aliases"):
            load_yaml(text)


# --- limits, at their edge ------------------------------------------------------------------------------


def test_html_drops_each_control_and_bidi_character_and_keeps_their_neighbours() -> None:
    """C0 but tab, line feed and carriage return, DEL; U+202A to U+202E, U+2066 to U+2069 (Unicode, UAX 9)."""
    gone = {
        *range(0x09),
        0x0B,
        0x0C,
        *range(0x0E, 0x20),
        0x7F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    }
    looked_at = [*range(0x22), 0x7E, 0x7F, 0x80, *range(0x2028, 0x2031), *range(0x2064, 0x206C)]
    assert {n for n in looked_at if html(chr(n)) == ""} == gone


@pytest.mark.parametrize("name", ["com0", "com10", "lpt0", "console", "x.con", "LPT"])
def test_names_like_those_of_devices_are_names(tmp_path: Path, name: str) -> None:
    assert inside(tmp_path, name).name == name


@pytest.mark.parametrize("name", ["aux", "prn.csv", "lpt1", "LPT9.txt", "com9", "COM1"])
def test_names_of_devices_are_refused_wherever_they_stand(tmp_path: Path, name: str) -> None:
    for parts in ((name,), (name, "x"), ("x", name)):
        with pytest.raises(DigicitError, match="outside the allowed folder"):
            inside(tmp_path, *parts)


def test_slugs_are_at_most_80_characters() -> None:
    assert slug("x" * 80) == "x" * 80 and slug("x" * 81) == "x" * 80
    assert slug("—") == "item"


def test_a_private_folder_is_its_owners_alone_wherever_it_stood_before(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    for folder in (tmp_path / "open", tmp_path / "a" / "new"):
        assert private_folder(folder).stat().st_mode & 0o777 == 0o700


def test_a_written_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        assert write_atomic(tmp_path / "x", b"1").stat().st_mode & 0o777 == 0o664
    finally:
        os.umask(before)


def test_quoted_names_come_back_and_escape_what_cannot_be_printed() -> None:
    text = 'a"\\\n\u2028\x85é'
    assert yaml_quoted(text) == '"a\\"\\\\\\n\\U00002028\\U00000085é"'
    assert load_yaml(f"x: {yaml_quoted(text)}")[0] == {"x": text}


MB = 1024 * 1024


def entry(size: int, packed: int, at: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.file_size, info.compress_size, info.header_offset = size, packed, at
    return info


@pytest.mark.parametrize(
    ("infos", "said"),
    [
        ([(64 * MB, MB)], ""),
        ([(64 * MB + 1, MB)], "larger than 64 MB"),
        ([(100 * 20_000, 20_000)], ""),
        ([(100 * 20_000 + 1, 20_000)], "packed too tightly"),
        ([(MB, 1)], ""),  # small ones may be packed however tightly
        ([(MB + 1, 1)], "packed too tightly"),
        ([(MB, 0)], ""),
        ([(MB + 1, 0)], "packed too tightly"),
        ([(64 * MB, MB, k * MB) for k in range(3)], ""),
        ([*((64 * MB, MB, k * MB) for k in range(3)), (1, 1, 3 * MB)], "larger than 192 MB together"),
        ([(10, 10, 0), (10, 10, 10)], ""),
        ([(10, 10, 10), (10, 10, 0)], ""),
        ([(10, 11, 0), (10, 10, 10)], "overlap"),
        ([(10, 10, 10), (10, 11, 0)], "overlap"),
    ],
)
def test_archives_are_refused_by_what_they_declare(infos: list[tuple[int, ...]], said: str) -> None:
    infos_made = [entry(*info) for info in infos]
    told = archive_bomb(infos_made, infos_made)
    assert said in told and bool(said) == bool(told)


@pytest.mark.parametrize("clock", [dt.date(2001, 1, 1), RELEASED, RELEASED + dt.timedelta(days=40)])
def test_a_day_has_come_by_the_clock_or_by_the_release_that_reads_it(monkeypatch, clock: dt.date) -> None:
    class Day(dt.date):
        @classmethod
        def today(cls) -> dt.date:
            return clock

    monkeypatch.setattr(dt, "date", Day)
    latest = max(clock, RELEASED) + dt.timedelta(days=1)
    assert has_come(latest) and has_come(Day(2000, 1, 1))
    assert not has_come(latest + dt.timedelta(days=1)) and not has_come(Day(1999, 12, 31))


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([512 * MB], ""),
        ([512 * MB + 1], "larger than 512 MB."),
        ([512 * MB, 512 * MB], ""),
        ([512 * MB, 512 * MB, 1], "larger than 1024 MB together"),
    ],
)
def test_an_office_file_may_be_as_large_as_ten_million_cells(
    tmp_path: Path, monkeypatch, sizes: list[int], said: str
) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("sheet.xml", "x")
    infos = [entry(size, size // 50, k * 100 * MB) for k, size in enumerate(sizes)]
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda _: infos)
    if not said:
        refuse_bomb(tmp_path / "a.xlsx")
        return
    with pytest.raises(DigicitError, match=said):
        refuse_bomb(tmp_path / "a.xlsx")


def test_limits_of_an_archive_can_be_set_and_unread_entries_count_for_overlaps_only() -> None:
    assert "larger than 2 MB." in archive_bomb([entry(3 * MB, MB)], [], entry=2 * MB)
    assert "larger than 2 MB together" in archive_bomb([entry(3 * MB, MB)], [], total=2 * MB)
    assert archive_bomb([], [entry(10**12, 1)]) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("123456789012345678", 123456789012345678),
        ("007", "007"),
        ("1234567890123456789", "1234567890123456789"),
        ("1e5", 1e5),
        ("1.5E-3", 0.0015),
        (".5", ".5"),
        ("1e999", "1e999"),
        ("-1e999", "-1e999"),
        ("yes", "yes"),
        ("on", "on"),
        ("TRUE", True),
        ("false", False),
        ("~", None),
        ("NULL", None),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("2026-13-40", "2026-13-40"),
        ("2026-1-4", "2026-1-4"),
        (".inf", ".inf"),
    ],
)
def test_yaml_scalars_are_what_they_look_like(text: str, value: object) -> None:
    assert load_yaml(f"x: {text}")[0] == {"x": value}


def test_yaml_may_be_256_kb_and_50_levels_deep() -> None:
    whole = "x: " + "y" * (256 * 1024 - 3)
    assert load_yaml(whole)[0]["x"].count("y") == 256 * 1024 - 3
    with pytest.raises(DigicitError, match="too large"):
        load_yaml(whole + "y")
    assert load_yaml("[" * 50 + "]" * 50)[0] is not None
    with pytest.raises(DigicitError, match="nested too deeply"):
        load_yaml("[" * 51 + "]" * 51)
    assert load_yaml("\n".join("- [1]" for _ in range(60)))[0] == [[1]] * 60  # beside each other is not deep


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\n\na: 2", 3),
        ("a: 1\nb: &x 1", 2),
        ("\na:\n  - !x y", 3),
        ("a: 1\n? [1]\n: 2", 2),
        ("a: 1\n~: 1", 2),
        ("a: 1\nb: [1]]\n", 2),
        ("a: 1\n\tb: 1", 2),
        ("a: 1\nb: \x01", 2),
        ("a:\n  " + "[" * 51 + "]" * 51, 2),
    ],
)
def test_what_yaml_refuses_it_names_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DigicitError) as refused:
        load_yaml(text, name="own.yaml")
    assert f"where:   own.yaml:{line}" in str(refused.value)


def test_lines_of_keys_and_items_are_where_they_stand() -> None:
    lines = load_yaml("a: 1\nb:\n  - x\n  - c: 2\n    d:\n      e: 3\n")[1]
    assert lines == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
        ("b", 1, "d"): 5,
        ("b", 1, "d", "e"): 6,
    }
