"""Products that are laid out for paper: cards to be cut, facing pages, an agenda; no word of them is lost."""

from __future__ import annotations

import importlib
import io
import re
from typing import Any

import pandas as pd
import pytest
from pypdf import PdfReader
from report_sample import code, figure, markdown

from digicit_lib import report
from digicit_lib.exhibits import figures
from digicit_lib.report.layouts import facing_pages
from digicit_lib.report.story import read_story, to_product
from digicit_lib.report.white import MOST, half_empty, white_bands

PDF = importlib.import_module("digicit_lib.report.pdf")  # the package's function has its name
MM = 72 / 25.4
CARD = (105 * MM, 74.25 * MM)


def cover(**other: Any) -> dict[str, Any]:
    block = {"kind": "cover", "title": "Cards", "subtitle": "Land", "date": "2026-11-01", "status": ""}
    return {**block, "facts": [], "pages": 4, "synthetic": True, "language": "en", **other}


def prose(text: str, key: str = "") -> dict[str, Any]:
    return {"kind": "prose", "text": text, "key": key}


def card(number: int, questions: int = 3) -> list[dict[str, Any]]:
    """Each word of a card carries its number, so that a word that strays is seen."""
    share = {"text": f"{number}4%w{number}x", "id": "a/b/c", "value": 0.4}
    asked = "\n".join(f"- {'ask ' * 12}w{number}x{i}x?" for i in range(questions))
    return [
        prose(f"## Topic w{number}x", "card"),
        {
            "kind": "finding",
            "key": True,
            "parts": [share, f" of children say so w{number}x."],
            "exhibit": None,
        },
        prose(f"Right: to be heard w{number}x (Article 12).\n\n{asked}"),
    ]


def paper(*blocks: dict[str, Any], **of_cover: Any) -> PdfReader:
    cells = [code("p.facts()", cover(**of_cover)), code("p.sheet()", *blocks)]
    made = report.render({"cells": cells, "metadata": {}}, kind="product", links=[])
    return PdfReader(io.BytesIO(made["pdf"]))


def bands(*blocks: dict[str, Any]) -> list[float]:
    """The tallest white band of each page of a product."""
    notebook = {"cells": [code("p.sheet()", cover(), *blocks)], "metadata": {}}
    data = PDF.document(to_product(read_story(notebook)))
    return white_bands(PDF._pictures(data), "other")


def places(page: Any) -> list[tuple[str, float, float]]:
    """Each piece of text with its place in points from the top left corner."""
    pieces: list[tuple[str, float, float]] = []
    top = float(page.mediabox.height)

    def seen(text: str, matrix: list[float], at: list[float], font: Any, size: float) -> None:
        x, y = at[4] * matrix[0] + matrix[4], at[5] * matrix[3] + matrix[5]
        pieces.append((text, x, top - y if y >= 0 else -y))

    page.extract_text(visitor_text=seen)
    return [piece for piece in pieces if piece[0].strip()]


@pytest.mark.parametrize("count", [1, 8, 9])
def test_eight_cards_stand_on_a_sheet_and_their_backs_behind_them(count: int) -> None:
    cards = [block for n in range(1, count + 1) for block in card(n)]
    reader = paper(prose("## How to use the cards", "use"), prose("Sit together."), *cards)
    sheets = [page for page in reader.pages if re.search(r"w\dx", page.extract_text())]
    assert len(sheets) == 2 * -(-count // 8)
    assert reader.pages.index(sheets[0]) % 2 == 0  # fronts on the right-hand side
    for number, page in enumerate(sheets):
        back, first = number % 2, number // 2 * 8
        for text, x, y in places(page):
            for name in re.findall(r"w(\d)x", text):
                row, column = divmod(int(name) - 1 - first, 2)
                cell = (int(x // CARD[0]), int(y // CARD[1]))
                assert cell == ((1 - column) if back else column, row), (text, x, y)
    fronts = sheets[0].extract_text()
    assert "w1x2x" in fronts and "Article 12" not in fronts
    assert sheets[0].extract_text().count("SYNTHETIC") == min(count, 8)  # each card has its own


def test_a_card_that_is_too_long_goes_on_to_another_and_loses_no_word() -> None:
    reader = paper(*card(1, 40))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert {f"w1x{i}x" for i in range(40)} <= set(re.findall(r"w1x\d+x", text))
    for page in reader.pages[2:]:
        assert all(0 < x < 210 * MM and 0 < y < 297 * MM for _, x, y in places(page))


def theme(count: int, numbers: int) -> dict[str, Any]:
    """A table of voices beside numbers, as `directives.print_points` shows it."""
    rows: list[list[Any]] = []
    for i in range(max(count, numbers)):
        voice = {"text": "…", "id": "q", "said": f"{'So we said ' * 9}voice{i}x", "by": "girl, aged 12–14"}
        of = {
            "text": "…",
            "id": "e",
            "name": f"Number{i}x",
            "shown": "27% [21–34]",
            "base": "children",
            "n": 1025,
        }
        rows.append(
            [
                "Point" if i == 0 else "",
                voice if i < count else "",
                {**of, "share": 0.27} if i < numbers else "",
            ]
        )
    columns = [{"label": head, "align": "left", "group": None} for head in ("Point", "Said", "Figures")]
    shape = {"columns": columns, "rows": rows, "row_headers": 1, "groups": [], "files": {}, "subtitle": ""}
    words = {"number": 1, "title": "Coping: voices and figures", "slug": "t", "source": "", "notes": []}
    return {"kind": "table", **words, **shape, "synthetic": True, "provenance": ["q"], "spread": "Coping"}


@pytest.mark.parametrize(("count", "numbers"), [(3, 2), (2, 0), (60, 12), (4, 40)])
def test_a_theme_is_two_facing_pages_children_left_numbers_right(count: int, numbers: int) -> None:
    counts = {"kind": "finding", "key": False, "parts": ["Coping came up in all."], "exhibit": None}
    reader = paper(prose("## Point by point", "points"), counts, theme(count, numbers))
    texts = [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]
    left = [i for i, text in enumerate(texts) if "What children said" in text]
    assert left and all(i % 2 == 1 for i in left)  # the second, fourth … page: the left one of an open book
    assert all("What the survey counts" in texts[i + 1] and "For the room" in texts[i + 1] for i in left)
    assert "Coping came up in all." in texts[left[0] + 1] and "Point by point" not in "".join(texts)
    said = set(re.findall(r"voice\d+x", "".join(texts[i] for i in left)))
    shown = set(re.findall(r"Number\d+x", "".join(texts[i + 1] for i in left)))
    assert len(said) == count and len(shown) == numbers
    assert all(f"voice{i}x" in "".join(texts) for i in range(count))
    assert count < len(left) or all("voice" in texts[i] for i in left), (
        "no page stands empty beside a full one"
    )
    assert all("SYNTHETIC" in text for text in texts)
    assert ("no number that may stand beside" in "".join(texts)) is (numbers == 0)
    foot = 297 * MM - 24 * MM
    for i in left:
        assert all(
            y < foot or "Words" in text or "/" in text or "Land" in text
            for text, _, y in places(reader.pages[i])
        )


@pytest.mark.parametrize("words", [0, 3, 9], ids=lambda n: f"{n} sentences a chapter")
def test_each_figure_stands_under_its_own_heading_and_pages_are_filled(
    words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a small study: fourteen sections of a figure or two and few words (issue 16, PAGES.md section 5).

    No figure passes a heading of either level, none shrinks until its letters are under 8 points.
    """
    cells: list[dict[str, Any]] = [code("wb.facts()", cover(phase="quantitative"))]
    for n in range(1, 15):
        cells += [
            markdown(
                f"{'#' * (2 + n % 2)} Heading{n}x\n\n{'One sentence after another. ' * (words * n % 40 + 3)}"
            )
        ]
        for k in range(2 * n - 1, 2 * n + n % 2):
            cells += [code(f"wb.figure({k})", {**figure(k), "title": f"Drawing{n}x"})]
    arranged, arrange = list[dict[str, Any]](), PDF._report
    monkeypatch.setattr(PDF, "_report", lambda story: arranged.append(arrange(story)) or arranged[-1])
    made = report.render({"cells": cells, "metadata": {}}, links=[])
    spots: dict[str, tuple[int, float]] = {}
    for number, page in enumerate(PdfReader(io.BytesIO(made["pdf"])).pages[1:]):  # behind the cover
        for text, _, y in places(page):
            spots |= dict.fromkeys(re.findall(r"(?:Heading|Drawing)\d+x", text), (number, y))
    after = {**spots, "Heading15x": (99, 0.0)}
    chapters = [
        (spots[f"Heading{n}x"], spots[f"Drawing{n}x"], after[f"Heading{n + 1}x"]) for n in range(1, 15)
    ]
    assert all(head < drawn for head, drawn, _ in chapters)
    assert not [head for head, drawn, beyond in chapters if drawn > beyond]
    (data,) = arranged
    assert PDF._white_and_layout(data)[0] == []
    assert all(part.get("size", 1) >= 0.95 for part in data["parts"])


def test_a_voice_that_says_otherwise_stands_last_and_says_so() -> None:
    block = theme(3, 0)
    block["rows"][0][1] |= {"against": True}
    text = " ".join(page.extract_text() for page in paper(block).pages)
    places_of = [
        text.index(words) for words in ("voice1x", "voice2x", "And a voice that says otherwise", "voice0x")
    ]
    assert places_of == sorted(places_of)


def test_a_lone_number_stands_in_the_middle_of_its_page() -> None:
    """It stood at the head, above two thirds of white; the page's numbers end 224 of 297 mm from its top."""
    page = paper(prose("## Point by point", "points"), theme(1, 1)).pages[2]
    (y,) = {y for text, _, y in places(page) if "Number0x" in text}
    assert 110 * MM < y < 170 * MM


def test_an_agenda_leaves_times_and_names_to_be_written() -> None:
    reader = paper(prose("## Agenda of a workshop", "agenda"), prose("- Welcome\n- Break\n- Close"))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert [word in text for word in ("From – to", "Who leads", "Welcome", "Close")] == [True] * 4


def test_neither_an_agenda_nor_what_stands_before_facing_pages_leaves_a_page_half_empty() -> None:
    rules = [prose(f"## Rules {n}") for n in range(3)]
    said = "- A child may stop.\n- Nobody asks why.\n- Names stay here."
    parts = [part for rule in rules for part in (rule, prose(said))]
    agenda = [prose("## Agenda", "agenda"), prose("- Welcome\n- Break\n- Close")]
    pages = bands(*parts, theme(3, 2), *agenda)
    assert max(pages[0], pages[-1]) <= MOST + 0.05, pages


def test_no_letter_of_a_sheet_for_young_readers_is_small() -> None:
    """12 points and more on paper, marks and the figure too, also where the text shrinks to its pages."""
    ten = figures.draw(
        "pictogram",
        pd.DataFrame({"title": ["Play", "Learn"], "indicator": ["a", "b"], "estimate": [0.61, 0.29]}),
        title="In a picture",
        slug="t",
        synthetic=True,
        letters=14.0,
    )
    long = "\n".join(f"- {'You may play and rest. ' * 5}" for _ in range(20))
    reader = paper(
        prose("## Your rights"), prose(long), dict(ten), prose("## More"), prose(long), letters=14.0
    )
    sizes = {round(size, 1) for page in reader.pages for size in letters_of(page)}
    assert len(sizes) > 3 and min(sizes) >= 12, sizes


def test_a_sheet_for_young_readers_is_one_page_without_tables() -> None:
    """Each share with its ten children, a picture of the same numbers and what is for adults left away."""
    share = {"text": "about 6 in 10", "id": "a/q/OPP-06/share/all", "value": 0.61}
    finding = {"kind": "finding", "key": True, "parts": ["Played: ", share, "."], "exhibit": None}
    frame = pd.DataFrame({"title": ["Play", "Learn"], "indicator": ["a", "b"], "estimate": [0.61, 0.29]})
    ten = figures.draw("pictogram", frame, title="Same", slug="t", letters=14.0)
    same = {**ten, "provenance": [share["id"]]}
    other = {**same, "title": "Other", "provenance": ["a/q/OPP-02/share/all"]}
    warning = {"kind": "note", "tone": "warning", "title": "Clearance", "text": "No clearance."}
    columns = [{"label": name, "align": "left", "group": None} for name in ("Asked", "Value")]
    table = {"kind": "table", "number": 1, "title": "Numbers", "slug": "n", "columns": columns}
    table |= {"row_headers": 1, "rows": [["Games?", "61%"]], "groups": [], "files": {}, "notes": []}
    table |= {"provenance": []}
    asked = {"kind": "definitions", "title": "", "rows": [["Who was asked", "children"]]}
    parts = [warning, prose("## In numbers", "numbers"), finding, same, other, prose("## Help", "help")]
    parts += [prose("Tell an adult."), prose("## How we know", "how"), asked, table]
    facts = [["Clearance", "No clearance."], ["Wave", "2026"]]
    reader = paper(*parts, letters=14.0, pages=1, facts=facts)
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    assert len(reader.pages) == 1
    assert "about 6 in 10" in text and "Other" in text and "Same" not in text
    assert "Numbers" not in text and "61%" not in text and "How we know" not in text
    assert text.index("Tell an adult.") < text.index("Who was asked: children") < text.index("Wave: 2026")
    assert text.count("No clearance.") == 1


def letters_of(page: Any) -> list[float]:
    """The sizes of all letters of a page, in points as they are printed."""
    sizes: list[float] = []

    def seen(text: str, matrix: list[float], at: list[float], font: Any, size: float) -> None:
        if text.strip():
            sizes.append(abs(size * at[3] * matrix[3]))

    page.extract_text(visitor_text=seen)
    return sizes


@pytest.mark.parametrize(("count", "pages"), [(46, 1), (58, 2)])
def test_a_product_ends_with_no_page_of_a_few_lines(count: int, pages: int) -> None:
    """46 paragraphs ran over to a page of two lines; briefs and press sheets did in every language."""
    reader = paper(*(prose(f"A sentence of a page, number {i}.", f"p{i}") for i in range(count)))
    assert len(reader.pages) == pages


def test_a_sheet_over_its_two_pages_gets_smaller_letters() -> None:
    """Sheets for 12 to 17 were three pages in Russian and Turkish, the press sheet in Russian."""
    sheet = [prose(f"A sentence of a page, number {i}.", f"p{i}") for i in range(106)]
    assert len(paper(*sheet).pages) == 3 and len(paper(*sheet, pages=2).pages) == 2


def test_words_of_children_stand_in_the_quotation_marks_of_the_page() -> None:
    rows = [["", {"said": "слова", "by": "девочка"}, None]]
    pages = {
        language: facing_pages({"spread": "T", "rows": rows}, language) for language in ("en", "ru", "uk")
    }
    said = [part["voices"][0]["said"] for part in pages.values()]
    assert said == ["“слова”", "«слова»", "«слова»"]


def test_text_of_a_product_flows_on_past_a_figure_that_would_leave_its_page_half_empty() -> None:
    words = "\n\n".join(["Children were asked what they do and what they think of it. " * 4] * 13)
    rows = [
        {"title": f"Number {n}", "indicator": f"i{n}", "estimate": 0.5, "unit": "share"} for n in range(16)
    ]
    tall = figures.draw("dots", pd.DataFrame(rows), title="Many numbers", slug="t")
    notebook = {"cells": [code("p.sheet()", cover(), prose(words), dict(tall), prose(words))]}
    data = PDF.document(to_product(read_story({**notebook, "metadata": {}})))
    assert half_empty(PDF._pictures(data), "other")
    assert not half_empty(PDF._pictures(PDF._product(data, 0)), "other")


def test_what_leads_up_to_a_quotation_stands_on_its_page() -> None:
    voice = {"kind": "quotation", "text": "spokenwords " * 150, "lang": "en", "attribution": "a girl"}
    voice |= {"id": "a/b", "translation": None, "translation_lang": "en", "translator": None}
    lines = "\n\n".join([f"Line {n}." for n in range(30)])
    led_up = prose("## Voices\n\nA leading sentence of it.")
    pages = paper(prose(lines), led_up, {**voice, "synthetic": True, "key": True}).pages
    texts = [page.extract_text() for page in pages]
    assert [[word in text for word in ("Voices", "leading", "spokenwords")] for text in texts] == [
        [False] * 3,
        [True] * 3,
    ]
