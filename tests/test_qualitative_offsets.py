"""Positions: every convention is told by its evidence, or the reader refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from qualitative_samples import fgd_texts, qde, qdpx, spans, truth

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative import read
from digicit_lib.qualitative.coded.offsets import CONVENTIONS, Text, detect, offset_convention

UNITS = {"point": ("start", "end"), "utf16": ("start_utf16", "end_utf16"), "utf8": ("start_utf8", "end_utf8")}


def written(shared: Path, folder: Path, convention: str, *, names: bool = False) -> Path:
    """The reference project as a program of that convention would write it, with or without stored words.

    The truth file counts with LF; each line end before a position adds one where a CRLF counts as two.
    """
    unit, crlf, *rest = convention.split("-")
    bom = {"point": 1, "utf16": 1, "utf8": 3}[unit] if "bom" in rest else 0
    texts, selections = fgd_texts(shared), {}
    for source, rows in truth(shared).groupby("document"):
        place = [[r[c] for c in UNITS[unit]] for _, r in rows.iterrows()]
        lines = [[texts[source][: r[c]].count("\n") for c in UNITS["point"]] for _, r in rows.iterrows()]
        add = np.array(lines) * (crlf == "crlf2") + bom - np.array([0, int("inclusive" in rest)])
        # One character back for an inclusive end; the last characters are one unit wide in `point` only.
        selections[source] = [
            (*map(int, at), q if names else "")
            for at, q in zip(np.array(place) + add, rows["quote"], strict=True)
        ]
    data = {s: ("\ufeff" + t).replace("\n", "\r\n").encode("utf-8") for s, t in texts.items()}
    paths = {s: f"internal://{i}.txt" for i, s in enumerate(data)}
    return qdpx(
        folder / "p.qdpx", qde(selections, paths=paths), {str(i): d for i, d in enumerate(data.values())}
    )


def quotes(path: Path, shared: Path, **options: str) -> tuple[int, dict[str, object]]:
    """How many of the quotes are word for word right."""
    project = read(path, **options)
    found = project.segments
    words = {
        (s, project.texts[s][a:b])
        for s, a, b in zip(found["source"], found["start"], found["end"], strict=True)
    }
    rows = truth(shared)
    return sum(pair in words for pair in zip(rows["document"], rows["quote"], strict=True)), dict(
        project.facts
    )


@pytest.mark.parametrize("convention", [c for c in CONVENTIONS if "inclusive" not in c])
def test_each_convention_is_found_by_the_edges_of_words(
    shared: Path, tmp_path: Path, convention: str
) -> None:
    right, facts = quotes(written(shared, tmp_path, convention), shared)
    assert facts["offsets"] == convention
    assert right == 102
    assert facts["offsets_margin"] > 0.15


@pytest.mark.parametrize("convention", ["point-crlf2", "utf16-crlf2", "point-crlf1-inclusive"])
def test_stored_words_settle_it(shared: Path, tmp_path: Path, convention: str) -> None:
    right, facts = quotes(written(shared, tmp_path, convention, names=True), shared)
    assert (facts["offsets"], right, facts["offsets_score"]) == (convention, 102, 1.0)


def test_an_inclusive_end_wins_only_where_the_exclusive_one_fails(shared: Path, tmp_path: Path) -> None:
    right, facts = quotes(written(shared, tmp_path, "point-crlf1-inclusive"), shared)
    assert (facts["offsets"], right) == ("point-crlf1-inclusive", 102)


def test_a_named_convention_is_used_and_said(shared: Path, tmp_path: Path) -> None:
    path = written(shared, tmp_path, "utf16-crlf2")
    right, facts = quotes(path, shared, offsets="utf16-crlf2")
    assert (right, facts["offsets_evidence"]) == (102, "named by the user")
    assert quotes(path, shared, offsets="point-crlf1")[0] < 20
    with pytest.raises(QualitativeError, match="Unknown offset"):
        offset_convention("utf16")


def test_cuts_in_the_middle_of_words_are_not_guessed(shared: Path, tmp_path: Path) -> None:
    texts = {s: t for s, t in fgd_texts(shared).items() if s.startswith("RU")}
    rng = np.random.default_rng(4)
    cuts = {
        s: [(*tuple(sorted(map(int, rng.choice(len(t) - 5, 2, replace=False)))), "") for _ in range(20)]
        for s, t in texts.items()
    }
    paths = {s: f"internal://{i}.txt" for i, s in enumerate(texts)}
    data = {str(i): t.replace("\n", "\r\n").encode() for i, t in enumerate(texts.values())}
    with pytest.raises(QualitativeError, match="do not tell") as caught:
        read(qdpx(tmp_path / "p.qdpx", qde(cuts, paths=paths), data))
    assert "offsets=" in str(caught.value)
    assert not any(
        word in str(caught.value) for word in texts["RU_FGD1_girls_12-14"].split() if len(word) > 4
    )


def test_where_all_conventions_agree_there_is_nothing_to_tell(tmp_path: Path) -> None:
    facts = read(
        qdpx(tmp_path / "p.qdpx", qde({"a": [(4, 7, ""), (8, 11, "")]}), {"a": b"P1: yes and no"})
    ).facts
    assert facts["offsets"] == "point-crlf1"
    assert read(qdpx(tmp_path / "q.qdpx", qde({"a": []}), {"a": b"x"})).facts["offsets"] == "not needed"


def test_behind_one_emoji_a_few_clear_selections_are_enough_and_one_is_not(tmp_path: Path) -> None:
    text = "P1: 😀 I block them at once. And that helps."
    for shift, name in ((0, "point-crlf1"), (1, "utf16-crlf1")):
        rows = [(a + shift, b + shift, "") for a, b in ((8, 18), (19, 26), (28, 36))]
        project = read(qdpx(tmp_path / "p.qdpx", qde({"a": rows}), {"a": text.encode()}))
        assert project.facts["offsets"] == name
        assert {w for *_, w in spans(project)} == {"block them", "at once", "And that"}
    with pytest.raises(QualitativeError, match="do not tell"):
        read(qdpx(tmp_path / "p.qdpx", qde({"a": [(9, 19, "")]}), {"a": text.encode()}))


# --- the map itself ---------------------------------------------------------------------------------


def test_positions_by_hand() -> None:
    # canonical "a😀\nя": code points 0-3; UTF-16 0 1 3 4(5 after CRLF); UTF-8 0 1 5 6(7).
    text = Text.of("\ufeffa😀\r\nя")
    assert text.text == "a😀\nя"
    assert text.edges("point-crlf1").tolist() == [0, 1, 2, 3, 4]
    assert text.edges("point-crlf2").tolist() == [0, 1, 2, 4, 5]
    assert text.edges("utf16-crlf2").tolist() == [0, 1, 3, 5, 6]
    assert text.edges("utf8-crlf2").tolist() == [0, 1, 5, 7, 9]
    assert text.edges("utf8-crlf1-bom").tolist() == [3, 4, 8, 9, 11]


def test_a_position_inside_a_character_or_outside_the_text_is_none() -> None:
    text = Text.of("a😀\r\nя")
    spans = np.array([[0, 2], [1, 3], [3, 4], [-1, 1], [0, 99]])
    assert text.spans("utf16-crlf2", spans).tolist() == [[0, -1], [1, 2], [2, 2], [-1, 1], [0, -1]]


@pytest.mark.parametrize("raw", ["", "\ufeff", "\r\n", "\r", "a\r\r\nb", "\ud83d"])
def test_odd_texts_survive(raw: str) -> None:
    text = Text.of(raw)
    for convention in CONVENTIONS:
        assert len(text.edges(convention)) == len(text.text) + 1


def test_detection_does_not_depend_on_the_order_of_sources(shared: Path, tmp_path: Path) -> None:
    path = written(shared, tmp_path, "utf16-crlf2")
    facts = [read(path).facts for _ in range(2)]
    assert facts[0] == facts[1]
    assert isinstance(pd.Series(facts[0]), pd.Series)


@pytest.mark.parametrize("convention", ["point-crlf1", "point-crlf2", "utf16-crlf2", "utf8-crlf1"])
@pytest.mark.parametrize("noise", [0.0, 0.2, 0.5])
def test_careless_selections_are_told_or_refused_never_mistaken(convention: str, noise: float) -> None:
    """Whole sentences and runs of words, some a character off, some with the blank behind them."""
    said = (
        "P1: Так, я думаю 😀 — “так” і ні. It helps, мабуть 👎🏽! Evet, çünkü ışık var. Потом, не знаю…\r\n"
    )
    text = Text.of(said * 12)
    starts = [
        i for i in range(1, len(text.text)) if text.text[i].isalnum() and not text.text[i - 1].isalnum()
    ]
    outcomes = set()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        rows = []
        for _ in range(40):
            a = int(rng.choice(starts[:-9]))
            b = max(
                i for i in range(a + 1, a + 40) if text.text[i - 1].isalnum() and not text.text[i].isalnum()
            )
            if rng.random() < noise:
                a, b = a + int(rng.integers(-1, 2)), b + int(rng.integers(-1, 2))
            rows.append((a, b))
        spans = text.edges(convention)[np.array(rows)]
        try:
            found = detect({"t": text}, {"t": spans}, {"t": [""] * 40})["offsets"]
        except QualitativeError:
            outcomes.add("refused")
            continue
        assert text.spans(str(found), spans).tolist() == text.spans(convention, spans).tolist()
        outcomes.add("told")
    assert noise > 0.2 or "told" in outcomes
