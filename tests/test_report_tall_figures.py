"""A figure that no page holds is printed in parts: no row is lost, cut or said twice, no letter is small."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from figure_frames import made, shares

from digicit_lib.exhibits import blocks, figures
from digicit_lib.report.html_page import piece
from digicit_lib.report.tall_figures import TALLEST, readable


def tall_figure(rows: int, words: str, alike: int = 7) -> str:
    names = [f"Row{n}x {words}" for n in range(rows)]
    frame = pd.DataFrame({"title": names, "indicator": names, "estimate": 0.5, "n": 400})
    frame["base_text"] = [f"group{n // alike}x" for n in range(rows)]
    return blocks.sanitise_svg(figures.draw("dots", frame, title="T", slug="t")["svg"], "")


def lines(svg: str) -> list[str]:
    """Rows and headings as they stand, from above; repeated ones are moved."""
    moved = [
        (m.start(), m.end(), float(m[1]))
        for m in re.finditer(r'<g transform="translate\(0 ([-\d.]+)\)">.*?</g>', svg, re.S)
    ]
    feet = [
        (float(m[1]) + sum(down for a, b, down in moved if a < m.start() < b), m[2])
        for m in re.finditer(
            r'<text [^>]*?(?: y="|[-\d.]+ )([\d.]+)[")][^>]*>(?:<tspan[^>]*>)?((?:Row|group)\d+x)', svg
        )
    ]
    return [words for _, words in sorted(feet)]


@pytest.mark.parametrize(
    ("rows", "words"), [(12, ""), (50, ""), (50, "whose label takes two lines or three " * 2)]
)
def test_all_rows_stand_once_in_parts_that_fit(rows: int, words: str) -> None:
    svg = tall_figure(rows, words)
    whole = {"type": "figure", "svg": svg, "alt": "A", "title": "T", "name": "figure-1", "notes": ["n"]}
    parts = readable({"language": "en", "parts": [whole]})["parts"]
    assert (len(parts) > 1) is (rows > 12)
    heights = [float(re.findall(r'height="([\d.]+)pt"', part["svg"])[0]) for part in parts]
    assert max(heights) <= TALLEST
    for part in parts:  # by hand of PAGES.md section 2: no row without its base, its n and its axis
        assert re.search(r">n</text>", part["svg"]) and ">100%" in part["svg"]
        assert lines(part["svg"])[0].startswith("group") and lines(part["svg"])[-1].startswith("Row")
    seen = [int(n) for part in parts for n in sorted(map(int, re.findall(r"Row(\d+)x", part["svg"])))]
    assert seen == list(range(rows))
    assert [part["name"] for part in parts] == ["figure-1", *[""] * (len(parts) - 1)]
    assert [part["notes"] for part in parts] == [*[[]] * (len(parts) - 1), ["n"]]


def test_a_later_part_is_headed_by_its_topic_and_not_by_a_number_of_the_first() -> None:
    whole = {"type": "figure", "svg": tall_figure(50, ""), "alt": "A", "name": "f", "notes": []}
    whole |= {"title": "Row1x: 50%", "topic": "Activities", "subtitle": "Activities · children"}
    first, second, *_ = readable({"language": "en", "parts": [whole]})["parts"]
    assert (first["title"], first["subtitle"]) == ("Row1x: 50%", "Activities · children")
    assert (second["title"], second["subtitle"]) == ("Activities", "children")
    assert second["alt"].startswith("Activities, part 2 of ")


@pytest.mark.parametrize("heading_at", ["7.2", "446.4"], ids=["left", "right"])
def test_no_heading_ends_a_part(heading_at: str) -> None:
    """The rows of a heading stand below it: it may not be the last that a part says; mirrored charts too."""
    svg = re.sub(r'(weight: 700[^>]*x=)"7\.2"', rf'\1"{heading_at}"', tall_figure(50, "", alike=1))
    whole = {"type": "figure", "svg": svg, "alt": "", "title": "T", "name": "f", "notes": []}
    for part in readable({"language": "en", "parts": [whole]})["parts"]:
        assert lines(part["svg"])[-1].startswith("Row")


def test_a_browser_prints_a_tall_figure_window_by_window() -> None:
    """Chromium printed a caption, an empty page and then the figure, cut through a row (issue 16, item 3)."""
    rows, counts = [(f"Indicator {number}", "", "", 0.3) for number in range(60)], []
    for some in (rows, rows[:5]):
        page = piece({"type": "block", "block": dict(made("dots", shares(*some)))}, "en")
        boxes = re.findall(r'<svg viewBox="\S+ (\S+) \S+ (\S+)"><use', page)
        assert all(float(height) <= 520 for _, height in boxes)
        counts.append(len(boxes))
    assert counts[0] >= 2 and counts[1] == 0
