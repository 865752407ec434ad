"""Word, Excel and PowerPoint: the document of the PDF in files that offices edit."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import docx as word
import openpyxl
import pptx as powerpoint
import pytest
from figure_frames import made, shares
from pptx.oxml.ns import qn
from report_sample import HOSTILE, notebook

from digicit_lib.exhibits.blocks import MIME
from digicit_lib.report.fitting import em
from digicit_lib.report.office_parts import STRIP, add_run
from digicit_lib.report.slides import Slide, deck_pdf, legible, pptx, several, slides
from digicit_lib.report.spreadsheet import xlsx
from digicit_lib.report.story import Story, read_story
from digicit_lib.report.tall_figures import strips
from digicit_lib.report.word import docx

MARK = "SYNTHETIC: invented data"


@pytest.fixture(scope="module")
def story() -> Story:
    return read_story(notebook())


@pytest.fixture(scope="module")
def document(story: Story) -> word.document.Document:
    return word.Document(io.BytesIO(docx(story)))


@pytest.mark.parametrize("made", [docx, xlsx, pptx, deck_pdf])
def test_the_same_story_gives_the_same_bytes(made: Callable[[Story], bytes], story: Story) -> None:
    assert made(story) == made(story)


def test_headings_captions_and_contents_are_words_own(document: word.document.Document) -> None:
    styles = [p.style.name for p in document.paragraphs]
    assert styles[0] == "Title"
    assert styles.count("Caption") >= 2
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    xml = document.element.xml
    assert "TOC \\o" in xml
    texts = [p.text for p in document.paragraphs]
    assert all(sum(text in line for line in texts) >= 2 for text in headings[1:])


def test_a_table_of_sentences_is_written_name_by_name(story: Story) -> None:
    long = "A sentence that is far too long for a cell of a narrow column of a table on paper. "
    rows = [[name, long + name, "2025", "a source"] for name in ("first law", "second law")]
    columns = [{"label": head} for head in ("Item", "What it says", "Year", "Where")]
    block = {
        "kind": "table",
        "title": "Laws",
        "number": 1,
        "columns": columns,
        "rows": rows,
        "row_headers": 1,
    }
    parts = [{"type": "block", "block": block}]
    texts = [p.text for p in word.Document(io.BytesIO(docx(replace(story, parts=parts)))).paragraphs]
    assert {"first law", "second law"} <= set(texts)
    assert sum(long in text for text in texts) == 2


def test_pictures_have_a_description_and_heads_of_tables_are_repeated(
    document: word.document.Document,
) -> None:
    shapes = document.inline_shapes
    assert len(shapes) >= 1
    assert all(shape._inline.docPr.get("descr") for shape in shapes)
    grids = [t for t in document.tables if "tblHeader" in t._tbl.xml]
    assert grids
    assert [cell.text for cell in grids[0].rows[0].cells][:1] != [""]


def test_a_page_of_a_word_file_may_end_between_the_rows_of_a_figure(story: Story) -> None:
    """PAGES.md, 5: ten of 41 feet were over a fifth below a figure of 300 points; pieces have heads."""
    rows = "".join(f'<text x="{x}" y="{y}">{y}</text>' for y in range(60, 500, 20) for x in (0, 200, 400))
    size = 'width="453.6pt" height="500pt" viewBox="0 0 453.6 500"'
    plot = '<defs><clipPath id="c"><rect x="60" y="40" width="100" height="440"/></clipPath></defs>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><text x="400" y="20">n</text>{rows}{plot}</svg>'
    figure = next(part for part in story.parts if part.get("block", {}).get("kind") == "figure")
    parts = ({**figure, "block": {**figure["block"], "svg": svg, "alt": "Rows", "notes": []}},)
    made = word.Document(io.BytesIO(docx(replace(story, parts=parts))))
    pieces = [shape.height.pt for shape in made.inline_shapes]
    assert len(pieces) == 3 and max(pieces) <= STRIP
    assert [piece.count(">n</text>") for piece in strips(svg, STRIP)] == [1, 1, 1]
    lines = [p for p in made.paragraphs if "graphicData" in p._p.xml]
    assert not any(line.paragraph_format.keep_with_next for line in lines[:-1])
    assert [shape._inline.docPr.get("descr")[-5:] for shape in made.inline_shapes][:2] == ["Rows", "(2/3)"]


def test_mark_and_state_stand_in_the_head_of_each_page(
    document: word.document.Document, story: Story
) -> None:
    head = document.sections[0].header.paragraphs[0].text
    assert MARK in head
    assert str(story.cover["status"]) in head
    assert document.core_properties.author == ""


def test_hostile_text_is_only_text() -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "\n\n".join(HOSTILE)}]
    made = docx(read_story({"cells": cells, "metadata": {}}, title=HOSTILE[0]))
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(parts.read(name))
    text = "\n".join(p.text for p in word.Document(io.BytesIO(made)).paragraphs)
    assert HOSTILE[0] in text


def test_a_spreadsheet_holds_numbers_marks_and_no_formula(story: Story) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(story)))
    exhibits = story.blocks("figure", "table")
    assert len(book.sheetnames) == 1 + len(exhibits)
    sheets = [book[name] for name in book.sheetnames[1:]]
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(isinstance(cell.value, float) and cell.number_format == "0.0%" for cell in cells)
    assert {"(*) not shown", "Caution", "- not asked"} <= {cell.value for cell in cells}
    assert not any(cell.value == "(*)" for cell in cells)
    assert all(any(cell.value == MARK for cell in sheet["A"]) for sheet in sheets)


def test_a_deck_has_a_title_a_slide_descriptions_and_notes_with_evidence(story: Story) -> None:
    deck = powerpoint.Presentation(io.BytesIO(pptx(story)))
    assert [s.shapes.title.text_frame.text for s in deck.slides] == [s.title for s in slides(story)]
    pictures = [shape for s in deck.slides for shape in s.shapes if shape.shape_type == 13]
    assert pictures
    assert all(p._element.nvPicPr.cNvPr.get("descr") for p in pictures)
    notes = [s.notes_slide.notes_text_frame.text for s in deck.slides if s.has_notes_slide]
    assert any("demo/quantitative/ACC-03/share/all" in text for text in notes)
    texts = [[shape.text_frame.text for shape in s.shapes if shape.has_text_frame] for s in deck.slides]
    assert all(any(MARK in text for text in slide) for slide in texts)


def test_each_run_of_a_deck_names_its_language_and_lines_from_the_right_begin_there(story: Story) -> None:
    def runs(language: str) -> list[Any]:
        deck = powerpoint.Presentation(io.BytesIO(pptx(replace(story, language=language))))
        return [r for s in deck.slides for r in s._element.iter(qn("a:r"))]

    assert {run.rPr.get("lang") for run in runs("en")} == {"en-GB"}
    turkish = {run.rPr.get("lang") for run in runs("tr")}  # the sample's own words are English
    assert turkish == {"en-GB", "tr-TR"}
    assert {run.getparent().pPr.get("rtl") for run in runs("ar")} == {"1"}


def test_plain_numbers_and_the_ends_of_intervals_are_numbers_too() -> None:
    import pandas as pd
    from report_sample import code

    from digicit_lib.exhibits.tables import estimates, plain_table

    frame = pd.DataFrame(
        {
            "indicator": "ACC-03",
            "title": "Daily use",
            "by": "gender",
            "level": ["girl", "boy"],
            "estimate": [0.512, 0.4],
            "ci_low": [0.47, 0.3],
            "ci_high": [0.55, 0.5],
            "n": [1400, 30],
            "quality": "ok",
        }
    )
    counts = plain_table(pd.DataFrame({"Theme": ["Help"], "Segments": [1204]}), title="Themes", number=2)
    cells = [code("x", estimates(frame, title="Daily use", number=1), counts)]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(read_story({"cells": cells, "metadata": {}}))))
    first, second = (list(book[name].iter_rows(values_only=True)) for name in book.sheetnames[1:])
    assert ("girl", 0.512, 0.47, 0.55, 1400) in [row[:5] for row in first]
    assert ("Help", 1204) in [row[:2] for row in second]


def _table(heads: list[str], rows: list[list[str]], times: int = 1) -> word.document.Document:
    sides = ["left", "left", *["right"] * len(heads)]
    columns = [{"label": head, "align": side} for head, side in zip(heads, sides, strict=False)]
    block = {"kind": "table", "title": "Rows", "number": 1, "columns": columns, "rows": rows}
    block |= {"row_headers": 1, "groups": [{"label": "Of all", "start": 0, "end": len(rows)}]}
    cell = {"cell_type": "code", "id": "c", "source": "x", "metadata": {}}
    outputs = [{"output_type": "display_data", "data": {MIME: block}, "metadata": {}}] * times
    story = read_story({"cells": [cell | {"outputs": outputs}], "metadata": {}}, title="T")
    return word.Document(io.BytesIO(docx(story)))


def test_a_narrow_column_of_a_word_table_holds_its_longest_word() -> None:
    """Word broke "Оценка" into three lines and "42,1 %" into two beside a long column of questions."""
    question = "Как часто приложение показывало тебе что-то неприятное?"
    rows = [["Сообщили ИИ что-то личное", question, "42,1\u00a0%", "n\u00a01\u00a0026"]] * 3
    file = _table(["Показатель", "Вопрос", "Оценка", "без весов"], rows)
    widths = [column.width.inches for column in file.tables[-1].columns]
    assert sum(widths) == pytest.approx(6.3, abs=0.01)
    assert widths[2] > em("Оценка") * 8 / 72 + 0.1 and widths[2] > em("42,1\u00a0%") * 8 / 72 + 0.1
    assert widths[1] == max(widths)
    kept = [row._tr.xpath(".//w:keepNext") != [] for row in file.tables[-1].rows]
    assert kept == [True, True, False, False, False]  # heads and the name of the group stay with a row


def test_a_word_table_too_wide_for_its_words_stands_across_below_its_heading() -> None:
    heads = [f"Действительного {n}" for n in range(7)]
    file = _table(heads, [["1"] * 7])
    assert [section.orientation for section in file.sections] == [0, 1, 0]
    two = _table(heads, [["1"] * 7], times=2)  # an upright page between two of them held nothing
    assert [section.orientation for section in two.sections] == [0, 1, 1, 0]


def test_the_font_lies_inside_a_word_file(story: Story) -> None:
    with zipfile.ZipFile(io.BytesIO(docx(story))) as file:
        fonts, table = (
            [n for n in file.namelist() if n.endswith(".odttf")],
            file.read("word/fontTable.xml").decode(),
        )
        keys = re.findall(r'fontKey="{([^}]*)}"', table)
        key = bytes.fromhex(keys[0].replace("-", ""))[::-1]  # ISO/IEC 29500-4, 4.2.4: the last byte first
        head = bytes(a ^ b for a, b in zip(file.read(fonts[0])[:4], key[:4], strict=True))
    assert len(fonts) == len(keys) == 3 and head == b"\x00\x01\x00\x00"  # how a TrueType font begins


@pytest.mark.parametrize("make", [docx, pptx])
def test_pictures_of_an_office_file_are_not_packed_twice(
    make: Callable[[Story], bytes], story: Story
) -> None:
    with zipfile.ZipFile(io.BytesIO(make(story))) as file:
        packed = {(entry.filename.endswith(".png"), entry.compress_type) for entry in file.infolist()}
    assert packed == {(True, zipfile.ZIP_STORED), (False, zipfile.ZIP_DEFLATED)}


def test_a_run_keeps_line_breaks_and_blanks_at_its_ends() -> None:
    line = word.Document().add_paragraph()
    assert add_run(line, " two\nlines ").text == " two\nlines "
    assert add_run(line, " one ").text == " one " and add_run(line, "").text == ""
    assert line.text == " two\nlines  one "


def test_slides_set_nothing_smaller_or_lower_than_can_be_read() -> None:
    """A drawing of 15 rows stood at half its size, and four methods ran over the foot of their slide."""
    wide, tall, endless = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="450pt" height="{high}pt" viewBox="0 0 450 {high}"/>'
        for high in (200, 480, 900)
    )
    forms = [Slide("A finding", svg=svg).form for svg in (wide, tall, "")]
    assert forms == ["below", "beside", "statement"]
    assert [len(legible({"svg": svg})) for svg in (wide, tall, endless)] == [1, 0, 0]
    assert legible({"svg": endless, "narrow": wide}) == [wide]
    long = [("Method", "A sentence of many words about how this was done. " * 9)] * 4
    made = list(several("How this was done", long))
    assert len(made) > 1 and [line for slide in made for line in slide.lines] == long


def test_a_long_figure_is_cut_between_rows_until_a_slide_shows_letters_of_twelve_points() -> None:
    """`../shared/pages/PAGES.md` section 6: letters of 18 points or more, a picture's of 12."""
    frame = shares(*((f"Indicator {number}", "", "", number / 40) for number in range(30)))
    block = made("dots", frame)
    parts = legible(block)
    sizes = [float(re.search(r'height="([\d.]+)pt"', svg)[1]) for svg in parts]  # type: ignore[index]
    assert len(sizes) > 2 and all(8.5 * 4.8 * 72 / size >= 12 for size in sizes)
    told = {"kind": "finding", "key": True, "parts": [{"id": frame["id"][0], "text": "0%", "value": 0.0}]}
    shown = Story("T", "en", {}, tuple({"type": "block", "block": one} for one in (told, block)), "")
    (slide,) = [slide for slide in slides(shown) if slide.title == "0%"]
    assert "Indicator 0<" in slide.svg and "Indicator 29<" not in slide.svg


def test_few_words_stand_in_the_middle_of_a_card(story: Story) -> None:
    """The title, a voice and the citation hung from the top of a white slide, three quarters of it empty."""
    made = slides(story)
    assert [made[0].form, made[-1].form] == ["card", "card"]
    assert {s.form for s in made if s.title.startswith("“")} <= {"card"}
    first = powerpoint.Presentation(io.BytesIO(pptx(story))).slides[0]
    title, words = first.shapes.title, first.shapes[1]
    assert str(first.background.fill.fore_color.rgb) == "12436D"
    assert 3.5 < (title.top + title.height) / 914400 < 4 <= words.top / 914400 + 0.1  # of 7.5 inches


def test_the_first_slide_says_its_day_in_words() -> None:
    story = Story("T", "ru", {"date": "2026-11-01"}, (), "")
    assert [" ".join(words.split()) for _, words in slides(story)[0].lines] == ["1 ноября 2026 г."]


def test_the_slide_on_who_was_asked_says_how_safely_too() -> None:
    """`../shared/pages/PAGES.md` section 6: slide 3 says who and ethics; the cover's box stood in no deck."""
    rows = [["Ethics clearance", "Cleared."], ["Consent", "By a carer."], ["Referral", "."], ["Who", "Two."]]
    box = {"kind": "definitions", "title": "Ethics and safeguarding", "rows": rows}
    shown = Story("T", "en", {"facts": [["Ages", "9–17"]]}, ({"type": "block", "block": box},), "")
    (slide,) = [one for one in slides(shown) if one.title == "The study at a glance"]
    assert slide.lines == (("Ages", "9–17"), *(tuple(row) for row in rows[:3]))


def test_a_deck_says_what_its_numbers_do_not_say_and_cautions_are_no_findings() -> None:
    """`../shared/pages/PAGES.md` section 6: slide 10; a caution stood alone, as large as a result."""
    note = {"kind": "note", "tone": "info", "text": "A risk is not a harm.", "key": True}
    told = [{"kind": "finding", "key": True, "parts": [w], "caution": w == "Few."} for w in ("Many.", "Few.")]
    listed = {"kind": "list", "title": None, "items": ["Who stayed away is not heard."], "key": True}
    parts = tuple({"type": "block", "block": block} for block in (*told, note, listed))
    made = slides(Story("T", "en", {}, parts, ""))
    limits = ["A risk is not a harm.", "Who stayed away is not heard.", "Few."]
    assert [words for _, words in made[2].lines] == limits
    assert [slide.title for slide in made[1:3]] == ["Many.", "What these numbers do not say"]
