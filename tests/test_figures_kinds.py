"""Each kind of figure: what it shows, and how it says what it cannot."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from figure_frames import (
    RUSSIAN,
    TURKISH,
    actors,
    axes,
    boxes_of,
    by_gender,
    drawn_text,
    made,
    series,
    shares,
    waves,
)
from matplotlib.colors import to_rgba

from digicit_lib.exhibits.canvas import MAIN, PAGE, QUIET, RULE
from digicit_lib.survey.verdicts import LESS, MORE, NOT_SHOWN


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
    assert "−5.0" in drawn_text(block["svg"])
    assert "percentage points" in drawn_text(block["svg"])


def test_gaps_stay_gaps_and_breaks_and_projections_are_told() -> None:
    frame = series().assign(**{"break": False, "projected": False})
    mine = frame["country"] == "C0"
    frame.loc[mine & (frame["period"] == "2015"), "break"] = True
    frame.loc[mine & (frame["period"] >= "2019"), "projected"] = True
    block = made("trend", frame)
    colour = "#12436d"
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
    assert len(block.paper.figure.axes) == 2
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
        t.get_text() for t in block.paper.figure.texts if t.get_weight() == "bold" and t.get_gid() != "words"
    ]
    assert [text for text in bold if "Country" in text] == ["Country 3 (2020)"]


def test_the_youngest_stand_at_the_foot_of_a_pyramid() -> None:
    block = made("pyramid")
    labels = {t.get_text(): t.get_position()[1] for t in block.paper.figure.texts}
    assert labels["0–4"] < labels["5–9"] < labels["10–14"]  # inches from the foot
    assert axes(block).get_xlim()[0] == pytest.approx(-axes(block).get_xlim()[1])


def test_the_ages_of_a_study_are_dark_in_a_pyramid_and_their_sums_stand_in_it() -> None:
    """`../shared/pages/PAGES.md` section 3: "50 hollow bars, study ages not marked" was the fault."""
    rows = [(g, age) for g in ("female", "male") for age in range(25)]
    frame = pd.DataFrame({"indicator": "POP", "title": "P", "by": "gender,age", "estimate": 6e5}, range(50))
    frame = frame.assign(
        level=[f"{g},{age}" for g, age in rows], unit="count", statistic="value", quality="caution"
    )
    sums = dict.fromkeys(("female", "male"), "5.4 million")
    block = made("pyramid", frame, ages=[str(age) for age in range(9, 18)], sums=sums)
    bars = axes(block).patches
    dark = [bar for bar in bars if bar.get_facecolor() == bar.get_edgecolor() != to_rgba(RULE)]
    assert (len(bars), len(dark)) == (50, 18)
    assert drawn_text(block["svg"]).count("5.4 million") == 2
    labels = [t.get_text() for t in block.paper.figure.texts if t.get_text().isdigit()]
    assert labels == ["20", "17", "15", "9", "5", "0"]
    assert block.paper.total < 4.6  # inches: two such figures stand on a page


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
    assert "(*) not shown" in text
    assert "- not asked" in text
    assert all(name in text for name in names)


def test_a_difference_that_no_test_shows_is_pale_and_hollow() -> None:
    """`../shared/pages/PAGES.md` section 0, rule 7: coloured only where the adjusted interval misses zero."""
    frame = shares(*((name, "gender", "girl-boy", 0.05) for name in "ABC"), statistic="diff")
    block = made("dots", frame.assign(verdict=[MORE, NOT_SHOWN, LESS]))
    marks = axes(block).collections[-1]
    assert [to_rgba(c) for c in (MAIN, QUIET, MAIN)] == [tuple(c) for c in marks.get_edgecolors()]
    assert [to_rgba(c) for c in (MAIN, PAGE, MAIN)] == [tuple(c) for c in marks.get_facecolors()]


def test_waves_with_another_definition_are_parted_by_a_double_stroke() -> None:
    frame = waves()
    school = frame["title"] == "At school"
    frame["break"] = school & (frame["period"] == frame["period"].min())
    figure, whole = (
        made("slope", frame, language="en"),
        made("slope", frame.assign(**{"break": False}), language="en"),
    )
    lines = {
        id(b): [line for line in b.paper.figure.axes[0].lines if len(line.get_xdata()) > 1]
        for b in (figure, whole)
    }
    strokes = [line for line in lines[id(figure)] if line.get_gid() == "break"]
    assert len(strokes) == 1 and 0 < min(strokes[0].get_xdata()) < max(strokes[0].get_xdata()) < 1
    joined = [
        [n for n in lines[id(b)] if list(n.get_xdata()) == [0, 1] and n.get_gid() != "break"]
        for b in (figure, whole)
    ]
    assert [len(n) for n in joined] == [len(joined[1]) - 1, len(joined[1])]
    words = "double stroke: another definition"
    assert words in drawn_text(figure["svg"]) and words not in drawn_text(whole["svg"])


def test_waves_are_joined_by_a_line_that_says_then_and_now() -> None:
    block = made("slope", language="en")
    text = drawn_text(block["svg"])
    assert all(part in text for part in ("57%", "77% At home", "37%", "70% At school", "2012", "2018"))
    assert "Hidden then" not in text and "(*)" in str(block["table"]["rows"])
    assert "57% (55–59) to" in block["alt"] and "77% (75–79)" in block["alt"]
