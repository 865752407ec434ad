"""Figures: nothing clipped, nothing hidden drawn, the same bytes each time. All frames are SYNTHETIC."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from digicit_lib import figures
from digicit_lib.errors import DataError, DigicitError
from digicit_lib.figures.canvas import spread, width, wrap

RUSSIAN = (
    "Хотя бы одно препятствие для доступа: цена, слабый сигнал, нет устройства, запрет родителей или школы"
)
TURKISH = "İnterneti her gün veya neredeyse her gün, herhangi bir yerde ve herhangi bir cihazla kullanıyor"


def shares(*rows: tuple[str, str, str, float], **more: Any) -> pd.DataFrame:
    """Rows of (title, by, level, share) with an interval of four points each way."""
    made = [
        {"id": f"s/q/{title}/share/{by}={level}", "indicator": title, "title": title, "by": by,
         "level": level, "statistic": "share", "category": "", "period": "", "estimate": p,
         "ci_low": max(0, p - 0.04), "ci_high": min(1, p + 0.04), "n": 400, "unit": "share", **more}
        for title, by, level, p in rows
    ]  # fmt: skip
    return pd.DataFrame(made)


def by_gender(*titles: str) -> pd.DataFrame:
    return shares(*((t, "gender", g, 0.2 + 0.1 * i + 0.05 * (g == "boy"))
                    for i, t in enumerate(titles) for g in ("girl", "boy")))  # fmt: skip


def answers() -> pd.DataFrame:
    parts = {"girl": (0.1, 0.27, 0.63), "boy": (0.25, 0.35, 0.4), "other": (0.3, 0.3, 0.4)}
    rows = [shares(("Checks facts", "gender", level, p), category=answer) for level, ps in parts.items()
            for answer, p in zip(("no", "partly", "yes"), ps, strict=True)]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def series(countries: int = 7, years: range = range(2005, 2021)) -> pd.DataFrame:
    return pd.DataFrame(
        {"indicator": "NET", "title": "Internet users", "country": f"C{i}", "country_name": f"Country {i}",
         "period": str(year), "estimate": 20 + 2.0 * (year - 2005) + i, "unit": "% of people",
         "statistic": "value"}
        for i in range(countries) for year in years if not (i == 0 and year in (2010, 2011))
    )  # fmt: skip


def population() -> pd.DataFrame:
    return pd.DataFrame(
        {"indicator": "POP", "title": "Population", "by": "gender,age", "level": f"{g},{a}", "unit": "count",
         "estimate": 6e6 - 2e5 * i, "statistic": "value"}
        for i, a in enumerate(("0-4", "5-9", "10-14")) for g in ("female", "male")
    )  # fmt: skip


def grid() -> pd.DataFrame:
    rows = [("Help", "girls", 3.0, "ok"), ("Help", "boys", 0.0, "ok"), ("Fear", "girls", 7.0, "suppressed"),
            ("Fear", "boys", np.nan, "not_asked"), ("Learning", "girls", 12.0, "caution")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["title", "level", "estimate", "quality"])
    return frame.assign(indicator=frame["title"], by="group", unit="count")


def actors(count: int = 14) -> pd.DataFrame:
    names = (
        "Ministry of Education",
        "Telecom regulator",
        "Child helpline",
        "Parents' associations of the country",
    )
    return pd.DataFrame(
        {"title": f"{names[i % 4]} {i}", "category": ("state", "industry", "civil society")[i % 3],
         "influence": 1 + i % 5, "interest": 1 + (i * 2) % 4} for i in range(count)
    )  # fmt: skip


def events() -> pd.DataFrame:
    rows = [
        ("Law on data", "law", "2016-04-07"),
        ("Schools closed", "education", "2020-03"),
        (TURKISH, "law", "2014"),
    ]
    return pd.DataFrame(rows, columns=["title", "category", "period"])


def saturation() -> pd.DataFrame:
    k = np.arange(1, 21)
    top = {
        "estimate": 20 * (1 - np.exp(-k / 5)),
        "ci_low": 20 * (1 - np.exp(-k / 7)),
        "ci_high": 20 * (1 - np.exp(-k / 4)),
    }
    return pd.DataFrame(
        {"indicator": "SAT", "title": "Themes", "level": k.astype(str), "unit": "themes", **top}
    )


FRAMES: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    "dots": (by_gender("Daily use", RUSSIAN, TURKISH), {}),
    "bars": (by_gender("Daily use", RUSSIAN), {"language": "ru"}),
    "stacked": (answers(), {}),
    "trend": (series(), {"unit": "% of people", "highlight": "C0"}),
    "country_dots": (series(years=range(2020, 2021)), {"unit": "% of people", "highlight": "Country 3"}),
    "pyramid": (population(), {"unit": "count"}),
    "matrix": (grid(), {"unit": "count"}),
    "positions": (actors(), {"unit": ""}),
    "timeline": (events(), {"unit": "", "language": "tr"}),
    "curve": (saturation(), {"unit": "themes", "x_title": "interviews read"}),
}
WORDS = {
    "title": "Title of it",
    "subtitle": "Children aged 9 to 17",
    "source": "Source: invented",
    "slug": "it",
}


def made(kind: str, frame: pd.DataFrame | None = None, **how: Any) -> figures.Figure:
    own, options = FRAMES[kind]
    return figures.draw(kind, own if frame is None else frame, **{**WORDS, "number": 3, **options, **how})


@lru_cache
def standard(kind: str, synthetic: bool = False) -> figures.Figure:
    """The example of a kind, drawn once for all tests that only look at it."""
    return made(kind, synthetic=synthetic)


def drawn_text(svg: str) -> str:
    """All words of a drawing, lines joined."""
    return " ".join(
        text for text in (node.text for node in ET.fromstring(svg).iter()) if text and text.strip()
    )


def boxes_of(block: figures.Figure, texts: list[Any]) -> list[Any]:
    """Where texts stand, in pixels of the sheet."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(block.paper.figure).get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


def axes(block: figures.Figure) -> Any:
    return next(a for a in block.paper.figure.axes if a.get_label() != "ink")


# --- every kind --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", figures.KINDS)
def test_every_kind_is_a_block_with_clean_svg(kind: str) -> None:
    block = standard(kind, True)
    names = "kind number slug title subtitle unit alt svg notes source files table synthetic provenance"
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
    assert "SYNTHETIC" in drawn_text(block["svg"])
    assert block["alt"].count(". ") <= 3
    assert len(block["alt"]) > 20


@pytest.mark.parametrize("kind", figures.KINDS)
def test_nothing_is_clipped_and_no_two_labels_of_the_sheet_overlap(kind: str) -> None:
    block = standard(kind)
    figure = block.paper.figure
    plots = [a for a in figure.axes if a is not block.paper.ink]
    ticks = [t for a in plots for t in (*a.get_xticklabels(), *a.get_yticklabels())]
    texts = [t for t in (*ticks, *(t for a in figure.axes for t in a.texts)) if t.get_text()]
    sheet = figure.bbox
    for text, box in zip(texts, boxes_of(block, texts), strict=True):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= sheet.x1 + 1 and box.y1 <= sheet.y1 + 1
        assert inside, f"clipped: {text.get_text()}"
    ink = {text.get_text(): box.padded(-1.5) for text, box in zip(texts, boxes_of(block, texts), strict=True)
           if text.axes is block.paper.ink}  # fmt: skip
    assert [pair for pair in combinations(ink, 2) if ink[pair[0]].overlaps(ink[pair[1]])] == []


@pytest.mark.parametrize("kind", figures.KINDS)
def test_the_word_synthetic_is_in_the_picture_too(kind: str) -> None:
    from PIL import Image

    plain, marked = (
        Image.open(io.BytesIO(figures.png_bytes(standard(kind, s), dpi=50))) for s in (False, True)
    )
    assert plain.size == marked.size
    assert np.mean(np.asarray(plain) != np.asarray(marked)) > 0.002
    assert "SYNTHETIC" not in drawn_text(standard(kind)["svg"])


def test_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); import hashlib, test_figures as t\n"
        "blocks = [t.made(kind, synthetic=True) for kind in t.figures.KINDS]\n"
        "parts = [(t.figures.svg_bytes(b), t.figures.png_bytes(b, dpi=50)) for b in blocks]\n"
        "print(hashlib.sha256(b''.join(sum(parts, ()))).hexdigest())"
    )
    run = [sys.executable, "-W", "error::UserWarning", "-c", code]
    root = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
    found = [
        subprocess.run(
            run,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert found[0].stdout == found[1].stdout
    assert len(found[0].stdout.strip()) == hashlib.sha256().digest_size * 2


def test_the_door_is_light_and_leaves_matplotlib_as_it_was() -> None:
    code = "import sys, digicit_lib.figures; print(any(m in sys.modules for m in ('matplotlib', 'seaborn')))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )
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
    assert "(*) not shown" in drawn_text(block["svg"])
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
        assert drawn_text(block["svg"]).count("(*) not shown") == 2
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
    marks = axes(block).collections[-1]
    assert len({tuple(c) for c in marks.get_edgecolor()}) == 2
    assert len({path.vertices.tobytes() for path in marks.get_paths()}) == 2


def test_years_are_not_drawn_on_an_axis_of_shares() -> None:
    frame = pd.concat(
        [by_gender("Daily use"), by_gender("Age at first use").assign(unit="years", estimate=9.5)]
    )
    block = made("dots", frame)
    assert block["notes"] == ["Not drawn, because the unit differs: Age at first use."]
    assert "9.5" not in drawn_text(block["svg"])
    assert "9.5" in json.dumps(block["table"])


# --- kinds -------------------------------------------------------------------------------------------


def test_rows_keep_their_order_and_long_labels_are_whole() -> None:
    text = drawn_text(made("dots")["svg"])
    assert RUSSIAN in text
    assert TURKISH in text
    assert text.index("Daily use") < text.index(RUSSIAN) < text.index(TURKISH)


def test_breakdowns_of_one_indicator_become_sections() -> None:
    frame = shares(
        ("Daily use", "", "", 0.8),
        ("Daily use", "gender", "girl", 0.7),
        ("Daily use", "age_group", "9-11", 0.6),
    )
    text = drawn_text(made("dots", frame)["svg"])
    assert all(word in text for word in ("All", "Gender", "girl", "Age group", "9-11"))


def test_bars_start_at_zero_and_values_follow_the_language() -> None:
    block = made("bars", by_gender("Erişim"), language="tr")
    assert axes(block).get_xlim()[0] == 0
    assert "%20" in drawn_text(block["svg"])


def test_differences_are_in_points_around_a_line_at_nought() -> None:
    frame = shares(("Daily use", "gender", "girl-boy", -0.05), statistic="diff").assign(
        ci_low=-0.09, ci_high=-0.01
    )
    block = made("dots", frame)
    low, high = axes(block).get_xlim()
    assert low < 0 <= high
    assert "−5.0 " in drawn_text(block["svg"])
    assert "percentage points" in drawn_text(block["svg"])


def test_gaps_stay_gaps_and_breaks_and_projections_are_told() -> None:
    frame = series().assign(**{"break": False, "projected": False})
    mine = frame["country"] == "C0"
    frame.loc[mine & (frame["period"] == "2015"), "break"] = True
    frame.loc[mine & (frame["period"] >= "2019"), "projected"] = True
    block = made("trend", frame)
    colour = "#12436D"
    lines = [line.get_xdata() for line in axes(block).lines if line.get_color() == colour]
    spans = sorted((float(min(x)), float(max(x))) for x in lines)
    # 2010 and 2011 are missing; the definition changes before 2015; the projection starts at 2018
    assert spans == [(2005, 2009), (2012, 2014), (2015, 2018), (2018, 2020)]
    text = drawn_text(block["svg"])
    assert all(
        word in text
        for word in ("Country 0", "comparison group (6 countries)", "projection", "break in series")
    )
    assert "From Country 0, 2005, 20.0 to Country 0, 2020, 50.0." in block["alt"]


def test_indicators_get_a_panel_each_with_their_own_unit() -> None:
    frame = pd.concat(
        [series(2), series(2).assign(indicator="MOB", title="Mobile subscriptions", unit="per 100")]
    )
    block = made("trend", frame)
    assert len(block.paper.figure.axes) == 3
    assert all(
        word in drawn_text(block["svg"]) for word in ("% of people", "per 100", "Mobile subscriptions")
    )


def test_waves_of_a_survey_are_marked_on_the_axis() -> None:
    frame = pd.concat([by_gender("Bullied").assign(period=year) for year in ("2017", "2021")])
    ticks = [t.get_text() for t in axes(made("trend", frame, highlight="", unit="share")).get_xticklabels()]
    assert ticks == ["2017", "2021"]


def test_the_country_is_bold_and_each_year_stands_beside_its_name() -> None:
    block = made("country_dots")
    assert "Country 3 (2020)" in drawn_text(block["svg"])
    bold = [
        t.get_text() for t in block.paper.ink.texts if t.get_weight() == "bold" and t.get_gid() != "words"
    ]
    assert bold == ["Country 3 (2020)"]


def test_the_youngest_stand_at_the_foot_of_a_pyramid() -> None:
    block = made("pyramid")
    labels = {t.get_text(): t.get_position()[1] for t in block.paper.ink.texts}
    assert labels["0-4"] > labels["5-9"] > labels["10-14"]  # inches from the top
    assert axes(block).get_xlim()[0] == pytest.approx(-axes(block).get_xlim()[1])


def test_names_of_positions_never_cover_each_other_or_a_point() -> None:
    block = made("positions", actors(18))
    boxes = [box.padded(-2) for box in boxes_of(block, axes(block).texts)]
    assert len(boxes) == 18
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_dates_say_no_more_than_is_known() -> None:
    text = drawn_text(made("timeline")["svg"])
    assert all(word in text for word in ("2014", "Mart 2020", "7 Nisan 2016"))


def test_markup_dollars_and_control_characters_are_only_text() -> None:
    wicked = "Costs $5 & <b>more</b>\x07 $x^2$"
    text = drawn_text(made("dots", by_gender(wicked, "Other"), title=wicked)["svg"])
    assert "Costs $5 & <b>more</b>" in text
    assert "$x^2$" in text


def test_labels_replace_raw_values() -> None:
    text = drawn_text(
        made("dots", by_gender("Daily use"), labels={"girl": "девочки", "boy": "мальчики"})["svg"]
    )
    assert "девочки" in text
    assert "girl" not in text


def test_many_rows_move_together_so_that_a_page_holds_them() -> None:
    names = [f"Indicator {i} of a long section" for i in range(27)]
    frame = pd.concat(
        [shares(*((name, "age_group", age, 0.3) for age in ("9-11", "12-14", "15-17"))) for name in names]
    )
    frame["quality"] = ["suppressed", "not_asked", *["ok"] * (len(frame) - 2)]
    block = made("dots", frame, language="en")
    assert block.paper.height < 9.2
    text = drawn_text(block["svg"])
    assert "(*) 9-11; - 12-14" in text
    assert "(*) not shown" in text
    assert all(name in text for name in names)


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
        assert lines.replace("\n", "").replace(" ", "") == RUSSIAN.replace(" ", "")


def test_spread_keeps_the_order_and_the_distance() -> None:
    moved = spread([5.0, 1.0, 1.1, 1.2], 0.5)
    assert np.diff(np.sort(moved)).min() >= 0.5 - 1e-4
    assert np.argsort(moved).tolist() == [1, 2, 3, 0]
