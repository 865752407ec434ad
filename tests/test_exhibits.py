"""Blocks as HTML: every kind, roles for screen readers, nothing that a hostile string could become."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_sample import HOSTILE, blocks, figure, svg, table

from digicit_lib.errors import DigicitError
from digicit_lib.exhibits import blocks as block_room
from digicit_lib.exhibits.blocks import sanitise_svg
from digicit_lib.exhibits.row_layout import arrange
from digicit_lib.exhibits.tables import plain_table
from digicit_lib.workbook import passages
from digicit_lib.workbook.voice import Voice


def soup(block: dict[str, object], **options: str) -> BeautifulSoup:
    return BeautifulSoup(block_room.block_html(block, **options), "html.parser")


@pytest.mark.parametrize("kind", blocks())
def test_every_kind_shows_all_its_words(kind: str) -> None:
    block = blocks()[kind]
    text = soup(block).get_text(" ")
    for key in ("title", "subtitle", "text", "source", "attribution", "translation"):
        if block.get(key):
            assert block[key] in text
    for row in block.get("facts", []) + (block["rows"] if kind in ("definitions", "provenance") else []):
        assert row[0] in text and row[1] in text


def test_kinds_are_those_of_the_contract() -> None:
    assert set(block_room.RENDERERS) == set(blocks())


def test_unknown_kind_is_refused_with_the_likely_one() -> None:
    with pytest.raises(DigicitError, match="Unknown kind of block") as caught:
        block_room.block_html({"kind": "figur"})
    assert caught.value.next == "did you mean figure?"


def hostile_blocks(text: str) -> list[dict[str, object]]:
    """Each kind with the text in every place that takes one."""
    cell = {"text": text, "id": text, "value": text, "quality": text}
    grid = {
        "columns": [{"label": text, "align": text, "group": text}] * 2,
        "rows": [[cell, text]],
        "row_headers": 1,
        "groups": [{"label": text, "start": 0, "end": 1}],
        "notes": [text],
        "source": text,
        "title": text,
        "subtitle": text,
        "number": text,
        "files": {text: text, "csv": text},
        "provenance": [text],
        "synthetic": True,
    }
    return [
        {"kind": "table", **grid},
        {"kind": "figure", **grid, "alt": text, "svg": svg("x"), "table": grid},
        {"kind": "cover", "title": text, "subtitle": text, "facts": [[text, text]], "synthetic": True},
        {"kind": "finding", "parts": [text, cell], "exhibit": text},
        {"kind": "note", "tone": text, "title": text, "text": text},
        {"kind": "definitions", "title": text, "rows": [[text, text]]},
        {
            "kind": "quotation",
            "text": text,
            "lang": text,
            "attribution": text,
            "translation": text,
            "translator": text,
            "id": text,
            "synthetic": True,
        },
        {"kind": "list", "title": text, "items": [text]},
        {"kind": "provenance", "rows": [[text, text]]},
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_stays_text_everywhere(text: str) -> None:
    for block in hostile_blocks(text):
        page = block_room.block_html(block)
        made = BeautifulSoup(page, "html.parser")
        assert not made.find_all(["script", "img", "iframe"])
        assert not [name for tag in made.find_all(True) for name in tag.attrs if name.startswith("on")]
        assert not [a for a in made.find_all(href=True) if not a["href"].startswith("#")], block["kind"]
        assert "\u202e" not in page and "\x07" not in page


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/x.csv",
        "//example.org/x",
        "/etc/passwd",
        "../../x.csv",
        "javascript:alert(1)",
        "a?b",
    ],
)
def test_downloads_lead_into_the_report_only(path: str) -> None:
    page = soup({**table(), "files": {"csv": path}})
    assert not page.select(".downloads")


def test_a_table_tells_its_structure() -> None:
    page = soup(table())
    assert page.caption and "Table 1" in page.caption.get_text()
    assert {th["scope"] for th in page.find_all("th")} == {"col", "colgroup", "row", "rowgroup"}
    assert [body.th.get_text() for body in page.find_all("tbody")] == ["Learning", "Play"]
    region = page.select_one(".region")
    assert region and region["tabindex"] == "0" and region["aria-label"] == "Table 1: Activities online"
    widths = {
        sum(int(cell.get("colspan", 1)) for cell in row.find_all(["th", "td"])) for row in page.find_all("tr")
    }
    assert widths == {5}


def test_cells_carry_their_evidence_and_quality() -> None:
    page = soup(table())
    cell = page.find("data")
    assert cell["value"] == "0.5" and cell["data-id"] == "demo/quantitative/OPP-00/share/0"
    assert {td.get("data-quality") for td in page.find_all("td")} == {
        None,
        "caution",
        "suppressed",
        "not_asked",
    }


def test_a_figure_has_a_description_a_table_and_its_files() -> None:
    page = soup(figure())
    drawing = page.svg
    assert drawing["role"] == "img" and drawing["aria-label"] == figure()["alt"]
    assert page.figure.figcaption.get_text(" ").startswith("Figure 1")
    assert page.select("details.data table caption")
    assert [a["href"].rsplit(".", 1)[1] for a in page.select(".downloads a")] == ["svg", "png", "csv"]


def test_ids_of_two_figures_never_meet() -> None:
    one, two = (soup(figure(number)) for number in (1, 2))
    ids = [tag["id"] for page in (one, two) for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids)) > 10
    used = {u["href"] for u in one.svg.find_all("use")}
    assert used and all(name[1:] in ids for name in used)


@pytest.mark.parametrize("kind", ["cover", "figure", "table", "quotation"])
def test_invented_data_say_so(kind: str) -> None:
    block = blocks()[kind]
    assert "SYNTHETIC: invented data" in soup(block).get_text()
    assert "SYNTHETIC: invented" not in soup({**block, "synthetic": False}).get_text()


def test_a_quotation_keeps_its_language() -> None:
    page = soup(blocks()["quotation"], language="en")
    said, told = page.blockquote.find_all("p")
    assert said["lang"] == "tr" and told["lang"] == "en" and "the project team" in told.get_text()


def test_a_passage_in_a_cell_names_its_language_where_it_is_another_than_the_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quotes = pd.DataFrame(
        {"text": ["Teyzeme gösterdim.", "Sorduk."], "translation": ["", "We asked."], "lang": ["tr", "tr"]}
    )
    monkeypatch.setattr(passages, "quotations", lambda *_, **__: quotes)
    said = passages.quoted(None, 5, Voice("en"), invented=False)
    frame = said[["words"]].rename(columns={"words": "Example"})
    frame.attrs["languages"] = passages.foreign(zip(said["words"], said["spoken"], strict=True), Voice("en"))
    block = plain_table(frame.sort_values("Example"), title="Codebook", row_headers=0)
    cells = [(cell.get_text(), cell.get("lang")) for cell in soup(block).find_all("td")]
    assert cells == [("Teyzeme gösterdim.", "tr"), ("We asked.", None)]
    assert passages.foreign([("Sorduk.", "tr"), ("?", "")], Voice("tr")) == {}


def test_a_card_sets_the_first_number_large_that_is_no_year() -> None:
    """Russian says "2024 год: 94 %": the share is the finding, not the year."""
    share, year = (
        {"text": text, "id": "a/b/c", "value": value} for text, value in (("94 %", 0.94), ("2024", 2024))
    )
    for parts in ([year, " год: ", share], [share, " in ", year]):
        (large,) = soup({"kind": "finding", "parts": parts}).select(".finding .lead")
        assert large.get_text() == "94 %"
    assert not soup({"kind": "finding", "parts": ["Since ", year]}).select(".lead")
    whole = {"text": "78% (95% interval: 76% to 79%)", "id": "a/b/c", "value": 0.78}
    assert soup({"kind": "finding", "parts": [whole]}).select_one(".lead").text == "78%"


def test_a_finding_leads_to_its_exhibit() -> None:
    finding = blocks()["finding"]
    assert soup(finding).a["href"] == "#figure-1"
    assert soup({**finding, "exhibit": "table-2"}).a.get_text() == "Table 2"
    assert soup({**finding, "exhibit": None}).a is None


@pytest.mark.parametrize(
    "inner",
    [
        "<script>x()</script>",
        '<g onclick="x()"/>',
        "<foreignObject><b/></foreignObject>",
        '<image href="https://example.org/x"/>',
        '<use href="https://example.org/x.svg#a"/>',
        '<a href="javascript:x()"/>',
        "<metadata>https://example.org</metadata>",
        '<style>@import "https://example.org/x.css";</style>',
        '<rect fill="url(https://example.org/x)"/>',
        '<rect style="fill:u\\72l(https://example.org/x)"/>',
        '<animate values="javascript:x()"/>',
        '<style>rect{background:image-set("https://example.org/x" 1x)}</style>',
    ],
)
def test_a_drawing_fetches_and_runs_nothing(inner: str) -> None:
    made = sanitise_svg(f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>', "f-", "alt")
    assert "example.org" not in made and "script" not in made and "onclick" not in made
    assert "foreignObject" not in made and "animate" not in made


def test_entities_of_a_drawing_are_not_expanded() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg><text>&b;</text></svg>'
    with pytest.raises(DigicitError, match="not well-formed"):
        sanitise_svg(bomb, "figure-1-")


def test_what_is_no_drawing_is_refused() -> None:
    with pytest.raises(DigicitError, match="not SVG"):
        sanitise_svg("<html/>", "figure-1-")


def test_the_room_is_light() -> None:
    code = "import sys; import digicit_lib.exhibits.blocks; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pandas", "numpy", "matplotlib", "nbconvert", "jinja2", "babel", "bs4"} & set(loaded)


def test_two_heads_that_are_one_word_of_a_language_are_two_columns() -> None:
    frame = pd.DataFrame([["a", 1, "b", 2.5]], columns=["Tipo", "n", "Tipo", "n"])
    block = plain_table(frame, title="T")
    assert [column["align"] for column in block["columns"]] == ["left", "right", "left", "right"]


def test_two_indicators_with_one_title_in_a_language_are_two_rows() -> None:
    rows = [
        {"indicator": name, "indicator_text": "Uso diario", "base": "b", "period": "p"} for name in ("A", "B")
    ]
    told = {"by": "", "level": "", "category": "", "category_text": "", "level_text": "", "by_text": ""}
    table = pd.DataFrame(
        [row | told | {"estimate": 0.5, "id": row["indicator"], "base_text": "b"} for row in rows]
    )
    assert arrange(table)["row"].tolist() == ["Uso diario (A)", "Uso diario (B)"]
