"""Escaping and confining, against a hostile corpus."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib.errors import DigicitError
from digicit_lib.safe import (
    csv_cell,
    csv_frame,
    file_sha256,
    fingerprint,
    html,
    inside,
    load_yaml,
    slug,
    write_atomic,
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


@pytest.mark.parametrize(("text", "out"), [("Ğırls & Boys", "grls-boys"), ("", "item"), ("../../x", "x")])
def test_slug(text: str, out: str) -> None:
    assert slug(text) == out


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "CON", "nul.txt", "a\0b", "com1/x"])
def test_paths_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(DigicitError, match="out of its folder"):
        inside(tmp_path / "root", name)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(DigicitError, match="out of its folder"):
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
        ("a: 1\na: 2", "stands twice"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("a: !!python/object:os.system x", "tags"),
        ("a: !local x", "tags"),
        ("a: [1", "Not valid YAML"),
        ("? [1]\n: 2", "must be plain"),
        ("a: '" + "x" * 300_000 + "'", "too large"),
    ],
)
def test_yaml_refuses(text: str, said: str) -> None:
    with pytest.raises(DigicitError, match=said):
        load_yaml(text)


def test_yaml_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: ы".encode("cp1251"))
    with pytest.raises(DigicitError, match="not UTF-8"):
        load_yaml(path)


def test_a_yaml_bomb_is_refused_before_it_expands() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    with pytest.raises(DigicitError, match="aliases"):
        load_yaml(text)


def test_an_anchor_is_refused_without_an_alias_too() -> None:
    """Mutant 26: the documented rule is about anchors and aliases."""
    for text in ("a: &x 1", "&x {a: 1}", "a: &x [1]"):
        with pytest.raises(DigicitError, match="anchors and aliases"):
            load_yaml(text)
