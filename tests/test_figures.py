"""Figures: nothing clipped, nothing hidden drawn, the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from itertools import combinations

import matplotlib.style
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from figure_frames import (
    RUSSIAN,
    answers,
    axes,
    boxes_of,
    by_gender,
    drawn_text,
    events,
    grid,
    made,
    population,
    series,
    standard,
)
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure as Drawing

from digicit_lib.errors import DataError, DigicitError
from digicit_lib.exhibits import canvas, figures, own_charts
from digicit_lib.exhibits.alt_text import alt_text
from digicit_lib.exhibits.canvas import BAND, MARK, spread, width, wrap

# --- every kind --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", figures.KINDS)
def test_every_kind_is_a_block_with_clean_svg(kind: str) -> None:
    block = standard(kind, True)
    names = (
        "kind number slug title subtitle unit alt svg narrow notes source files table synthetic provenance"
    )
    assert set(names.split()) == set(block)
    assert json.loads(json.dumps(block)) == block
    root = ET.fromstring(block["svg"])
    assert root.tag.endswith("svg")
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("it-3-") for name in ids if name)
    used = re.findall(r"(?:url\(|href=\")#([^)\"]+)", block["svg"])
    assert set(used) <= set(ids)
    assert not re.search("metadata|<!--|<script|<image|http://(?!www.w3.org)", block["svg"])
    assert block["svg"].count("font-family") == 1, "the font is said once, not with each word"
    file = drawn_text(figures.svg_bytes(block).decode())
    assert any(mark in file for mark in ("SYNTHETIC", "СИНТЕТИЧЕСКИЕ", "SENTETİK"))
    assert block["alt"].count(". ") <= 3
    assert len(block["alt"]) > 20


@pytest.mark.parametrize("own", [False, True], ids=["ours", "own"])
def test_a_language_from_the_right_has_rows_named_right_and_numbers_leftwards(own: bool) -> None:
    frame = pd.DataFrame({"title": ["Daily use", "Own phone"], "indicator": ["ACC-03", "ACC-05"]})
    frame = frame.assign(
        estimate=[0.8, 0.2], ci_low=[0.75, 0.15], ci_high=[0.85, 0.25], n=[90, 90], quality="ok"
    )

    def drawn(language: str) -> tuple[list[float], float, bool]:
        if own:
            ax = sns.barplot(frame, x="estimate", y="title", ax=Drawing().subplots())
            along = own_charts.check_chart(ax.figure, frame)
            block = figures.draw_own(ax.figure, along, frame, title="T", language=language)
        else:
            block = figures.draw("dots", frame, title="T", slug="t", number=1, language=language)
        figure, svg = block.paper.figure, ET.fromstring(block["svg"])
        texts = svg.iter("{http://www.w3.org/2000/svg}text")
        starts = {text.text: text.get("x") or text.get("transform").partition("(")[2] for text in texts}
        names = [float(re.match(r"[\d.]+", starts[name])[0]) for name in frame["title"]]
        ends = figure.axes[0].get_xlim()
        return names, float(svg.get("viewBox").split()[2]), ends[0] > ends[1]

    left, wide, backwards = drawn("en")
    assert max(left) < wide / 2 and not backwards
    right, wide, backwards = drawn("ar")
    assert min(right) > wide / 2 and backwards


def test_long_names_of_rows_break_into_lines_where_a_sheet_has_no_room() -> None:
    """On one line each they took all of a phone's screen, and the plot collapsed: rows and numbers went."""
    titles = [f"{name} и право детей быть услышанными дома и в школе" for name in "АБ"]
    frame = pd.DataFrame({"title": titles, "indicator": ["ACC-03", "ACC-05"], "estimate": [0.8, 0.2]})
    frame = frame.assign(ci_low=[0.75, 0.15], ci_high=[0.85, 0.25], n=[90, 90], quality="ok")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "axes sizes collapsed to zero"
        ax = sns.barplot(frame, x="estimate", y="title", ax=Drawing().subplots())
        block = figures.draw_own(ax.figure, own_charts.check_chart(ax.figure, frame), frame, title="T")

    def lines(svg: str) -> list[str]:
        return [
            text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text") if text.text
        ]

    # In both drawings every row keeps its name and its number; a phone's names have more lines.
    for svg in (block["svg"], block["narrow"]):
        words = " ".join(lines(svg))
        assert all(f"{name} и право" in words and words.count("в школе") == 2 for name in "АБ")
    broad, slim = (sum("%" not in line for line in lines(block[name])) for name in ("svg", "narrow"))
    assert slim > broad >= len(titles)


@pytest.mark.parametrize("kind", figures.KINDS)
def test_nothing_is_clipped_and_no_two_labels_of_the_sheet_overlap(kind: str) -> None:
    block = standard(kind)
    figure = block.paper.figure
    axised = [a for a in figure.axes if a.axison]  # of the others no tick is drawn
    ticks = [t for a in axised for t in (*a.get_xticklabels(), *a.get_yticklabels())]
    written = (*figure.texts, *(t for a in figure.axes for t in a.texts))
    texts = [t for t in (*ticks, *written) if t.get_text()]
    sheet = figure.bbox
    for text, box in zip(texts, boxes_of(block, texts), strict=True):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= sheet.x1 + 1 and box.y1 <= sheet.y1 + 1
        assert inside, f"clipped: {text.get_text()}"
    ink = {
        text.get_text(): box.padded(-1.5)
        for text, box in zip(texts, boxes_of(block, texts), strict=True)
        if text.axes is None
    }
    assert [pair for pair in combinations(ink, 2) if ink[pair[0]].overlaps(ink[pair[1]])] == []


@pytest.mark.parametrize("kind", figures.KINDS)
def test_invented_data_are_marked_above_and_around_the_picture_never_across_it(kind: str) -> None:
    from PIL import Image

    plain, marked = (
        Image.open(io.BytesIO(figures.png_bytes(standard(kind, s), dpi=50))) for s in (False, True)
    )
    band = marked.height - plain.height
    assert band == round(BAND * 50)
    inner = slice(4, -4), slice(4, -4)
    left, right = np.asarray(plain)[inner], np.asarray(marked)[band:][inner]
    assert np.mean(np.abs(left.astype(int) - right) > 40) < 0.02  # half a pixel of height moves the letters
    texts = standard(kind, True).paper.figure.texts
    mark = next(t for t in texts if t.get_gid() == "words" and t.get_color() == MARK)
    box = boxes_of(standard(kind, True), [mark])[0]
    assert not any(box.overlaps(axes.bbox) for axes in standard(kind, True).paper.figure.axes)
    assert mark.get_text() not in drawn_text(standard(kind)["svg"])


@pytest.mark.parametrize("kind", figures.KINDS)
def test_a_figure_is_what_matplotlib_itself_would_save(kind: str) -> None:
    """Measuring a text once for all figures moves none."""
    drawing, stream = standard(kind).paper.figure, io.StringIO()
    with matplotlib.style.context(canvas.STYLE, after_reset=True):
        drawing.savefig(stream, format="svg")
        assert canvas.strip_svg(canvas.as_svg(drawing), "a") == canvas.strip_svg(stream.getvalue(), "a")


def test_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); import hashlib, figure_frames as t\n"
        "blocks = [t.made(kind, synthetic=True) for kind in t.figures.KINDS]\n"
        "parts = [(t.figures.svg_bytes(b), t.figures.png_bytes(b, dpi=50)) for b in blocks]\n"
        "print(hashlib.sha256(b''.join(sum(parts, ()))).hexdigest())"
    )
    root = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "2"},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    blocks = [standard(kind, True) for kind in figures.KINDS]
    parts = [(figures.svg_bytes(b), figures.png_bytes(b, dpi=50)) for b in blocks]
    assert done.stdout.strip() == hashlib.sha256(b"".join(sum(parts, ()))).hexdigest()


def test_a_check_draws_nothing_and_loads_no_matplotlib() -> None:
    code = "import sys, digicit_lib.checks; print({'matplotlib', 'seaborn'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_a_figure_leaves_matplotlib_as_it_was() -> None:
    import matplotlib
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    made("dots")
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []


# --- files -------------------------------------------------------------------------------------------


def test_a_file_carries_title_source_and_description_and_the_page_does_not_repeat_them() -> None:
    block = made("dots")
    file = figures.svg_bytes(block).decode()
    root = ET.fromstring(file)
    assert [node.text for node in root[:2]] == ["Title of it", block["alt"]]
    assert all(
        words in drawn_text(file) for words in ("Title of it", "Children aged 9 to 17", "Source: invented")
    )
    assert not any(words in drawn_text(block["svg"]) for words in ("Title of it", "Source: invented"))
    height = [float(ET.fromstring(svg).get("height", "0")[:-2]) for svg in (block["svg"], file)]
    assert height[0] < height[1]
    assert figures.png_bytes(block).startswith(b"\x89PNG")


def test_the_page_is_white_whatever_surrounds_it() -> None:
    first = ET.fromstring(made("dots")["svg"]).find(".//{*}path")
    assert first is not None
    assert "fill: #ffffff" in (first.get("style") or "")


def test_files_need_the_block_that_draw_returned() -> None:
    with pytest.raises(DigicitError, match="the block that"):
        figures.svg_bytes(dict(made("dots")))


# --- what may be seen --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dots", "bars"])
def test_hidden_rows_say_so_and_their_number_is_nowhere(kind: str) -> None:
    frame = by_gender("Daily use", "Own phone")
    frame["quality"] = ["ok", "suppressed", "ok", "ok"]
    frame.loc[1, "estimate"] = 0.777  # left in by mistake
    block = made(kind, frame, language="en")
    assert "(*)" in drawn_text(block["svg"])
    everything = json.dumps(block)
    assert not any(number in everything for number in ("0.777", "77.7", "78%"))
    assert "Values not shown: 1." in block["alt"]


def test_a_stacked_row_with_one_hidden_answer_is_not_drawn() -> None:
    frame = answers()
    frame["quality"] = ["ok", "suppressed", *["ok"] * 7]
    block = made("stacked", frame)
    assert drawn_text(block["svg"]).count("(*) not shown") == 1
    assert "63%" not in drawn_text(block["svg"])  # another answer of the same row
    assert "35%" in drawn_text(block["svg"])


def test_all_rows_hidden_still_makes_a_figure() -> None:
    for kind in ("dots", "bars"):
        block = made(kind, by_gender("Daily use").assign(quality="suppressed"), language="en")
        assert drawn_text(block["svg"]).split().count("(*)") == 2
        assert "No value is shown" in block["alt"]


def test_caution_is_hollow_and_explained() -> None:
    frame = by_gender("Daily use")
    frame["quality"] = ["ok", "caution"]
    block = made("dots", frame)
    faces = axes(block).collections[-1].get_facecolor()
    assert [tuple(face) == (1, 1, 1, 1) for face in faces] == [False, True]
    assert "hollow: read with caution" in drawn_text(block["svg"])


def test_empty_zero_hidden_and_not_asked_differ_in_a_grid() -> None:
    text = drawn_text(made("matrix")["svg"])
    for word in ("0", "(*)", "–", "(12)", "empty: nothing recorded", "– hatched: not asked", "(*) not shown"):
        assert word in text
    assert " 7 " not in f" {text} "  # the hidden value


def test_words_may_stand_in_a_grid() -> None:
    block = made("matrix", grid().assign(text="probability sample of schools", quality="ok"))
    assert drawn_text(block["svg"]).count("probability") == 5


def test_groups_differ_by_shape_and_by_colour() -> None:
    block = made("dots", by_gender("Daily use", "Own phone"))
    marks = [c for c in axes(block).collections if isinstance(c, PathCollection)]
    assert len({tuple(c) for mark in marks for c in mark.get_edgecolor()}) == 2
    assert len({path.vertices.tobytes() for mark in marks for path in mark.get_paths()}) == 2


def test_years_are_not_drawn_on_an_axis_of_shares() -> None:
    frame = pd.concat(
        [by_gender("Daily use"), by_gender("Age at first use").assign(unit="years", estimate=9.5)]
    )
    block = made("dots", frame)
    assert block["notes"] == ["Not drawn, because the unit differs: Age at first use."]
    assert "9.5" not in drawn_text(block["svg"])
    assert "9.5" in json.dumps(block["table"])


# --- refusals ----------------------------------------------------------------------------------------


def test_an_unknown_kind_gets_a_suggestion() -> None:
    with pytest.raises(DigicitError) as caught:
        figures.draw("dotts", by_gender("Daily use"), title="x")
    assert "did you mean dots?" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "frame", "words"),
    [
        ("dots", pd.DataFrame({"title": ["x"]}), "lacks columns"),
        ("dots", by_gender("Daily use").iloc[:0], "without rows"),
        ("dots", pd.concat([by_gender("Daily use")] * 2), "Two estimates for one place"),
        ("trend", series().drop(columns="period"), "lacks columns"),
        ("matrix", pd.concat([grid()] * 2), "Two values for one cell"),
        ("timeline", events().assign(period="soon"), "Not a date"),
        ("pyramid", population().assign(level="female,0-4"), "two sides"),
    ],
)
def test_what_cannot_be_drawn_is_refused(kind: str, frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(DigicitError, match=words):
        made(kind, frame)


def test_more_than_four_series_need_a_country_to_highlight() -> None:
    with pytest.raises(DataError, match="Too many series"):
        made("trend", highlight="")


# --- letters -----------------------------------------------------------------------------------------


def test_wrapped_text_fits_and_loses_no_letter() -> None:
    for room in (0.4, 1.0, 2.5):
        lines = wrap(RUSSIAN, room)
        assert width(lines) <= room
        assert lines.replace("-\n", "").replace("\n", "").replace(" ", "") == RUSSIAN.replace(" ", "")
    # Hyphenation of Russian: Lopatin (2006), Правила русской орфографии, § 211.
    assert wrap("коммерческие данные", 0.75) == "коммерчес-\nкие данные"
    assert wrap("распоряжение №\u00a02471-р", 0.9) == "распоряжение\n№\u00a02471-р"


def test_a_timeline_says_a_year_once_and_no_day() -> None:
    said = {
        first: alt_text("timeline", pd.DataFrame({"period": [first, "2010-03-02"]}), title="X", language="ru")
        for first in ("2008", "2010")
    }
    assert [text.partition("X. ")[2] for text in said.values()] == [
        "2 события, 2008–2010.",
        "2 события, 2010.",
    ]


def test_spread_keeps_the_order_and_the_distance() -> None:
    moved = spread([5.0, 1.0, 1.1, 1.2], 0.5)
    assert np.diff(np.sort(moved)).min() >= 0.5 - 1e-4
    assert np.argsort(moved).tolist() == [1, 2, 3, 0]


def test_the_style_sheet_of_figures_has_the_colours_of_pages() -> None:
    inks = {name: value for name, value in canvas.STYLE.items() if name.endswith("color")}
    assert inks.pop("axes.facecolor", canvas.PAGE) == canvas.PAGE
    assert set(inks.values()) == {canvas.INK, canvas.SOFT, canvas.RULE, canvas.QUIET}
