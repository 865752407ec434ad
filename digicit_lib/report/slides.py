"""A seminar deck of a story: one finding a slide, its picture and its evidence; as PowerPoint and as PDF."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pptx as powerpoint
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from digicit_lib.exhibits import blocks
from digicit_lib.language import translate
from digicit_lib.report.html_page import banners
from digicit_lib.report.office_parts import FONT, INK, MARK, SOFT, sealed
from digicit_lib.report.pdf import compiled, png
from digicit_lib.report.story import METHODS, Story, said_once
from digicit_lib.safe import clean

WIDTH, HEIGHT = 13.333, 7.5  # inches of a slide, 16:9
MAX_FINDINGS, MAX_VOICES, MAX_LINES = 8, 2, 8
TITLE_SIZE, TEXT_SIZE, LEAST_SIZE = 30, 20, 18  # points; nothing but the foot is smaller


@dataclass(frozen=True)
class Slide:
    """What one slide holds.

    Attributes
    ----------
    title : str
        A finding, or what the slide is about.
    lines : tuple of (str, str)
        Terms and their texts; an empty term makes a plain line.
    svg, alt : str
        A picture and its description; empty without one.
    notes : tuple of str
        What the speaker may want to say: base, source, evidence.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    svg: str = ""
    alt: str = ""
    notes: tuple[str, ...] = field(default=())


def slides(story: Story) -> list[Slide]:
    """The slides of a report: title, who was asked, findings, voices, limits, methods, how to cite.

    Parameters
    ----------
    story : Story
        Of a whole report.

    Returns
    -------
    list of Slide
        A slide stands only where the report has what it shows.

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> [slide.title for slide in slides(read_story({"cells": [], "metadata": {}}, title="T"))]
    ['T', 'How to cite']
    """
    say = lambda words: translate(words, story.language)  # noqa: E731 - three words shorter than a closure
    cover = story.cover
    facts = tuple((str(term), str(text)) for term, text in (cover.get("facts") or ())[:MAX_LINES])
    start = tuple(("", str(cover[name])) for name in ("subtitle", "status", "date") if cover.get(name))
    limits = tuple(("", str(note["text"])) for note in story.blocks("note") if note.get("tone") == "warning")
    methods = [b for b in story.blocks("definitions") if b.get("title") == say(METHODS)]
    rows = tuple((str(term), str(text)) for block in methods for term, text in block["rows"][:4])
    return [
        Slide(story.title, start),
        *([Slide(say("Who was asked"), facts)] if facts else []),
        *_findings(story),
        *_voices(story),
        *([Slide(say("What these numbers do not say"), limits[:3])] if limits else []),
        *([Slide(say(METHODS), rows)] if rows else []),
        Slide(say("How to cite"), (("", story.citation),)),
    ]


def _findings(story: Story) -> Iterator[Slide]:
    """A key finding with the figure that shows the same estimates; each figure is shown once."""
    figures = story.blocks("figure")
    for block in [b for b in said_once(story).blocks("finding") if b.get("key")][:MAX_FINDINGS]:
        words = "".join(part if isinstance(part, str) else str(part["text"]) for part in block["parts"])
        ids = [str(part["id"]) for part in block["parts"] if isinstance(part, Mapping) and part.get("id")]
        shared = [len(set(ids) & set(figure.get("provenance") or ())) for figure in figures]
        figure = figures.pop(shared.index(max(shared))) if any(shared) else None
        about = [figure["title"], figure.get("subtitle") or "", figure.get("source") or ""] if figure else []
        yield Slide(
            words,
            svg=blocks.sanitise_svg(figure["svg"], "") if figure else "",
            alt=str(figure["alt"] or figure["title"]) if figure else "",
            notes=(*filter(None, about), *ids),
        )


def _voices(story: Story) -> Iterator[Slide]:
    for block in story.blocks("quotation")[:MAX_VOICES]:
        words = block.get("translation") or block["text"]
        mark = translate(blocks.SYNTHETIC, story.language) if block.get("synthetic") else ""
        yield Slide(f"“{words}”", (("", f"— {block['attribution']}"), *([("", mark)] if mark else [])))


# --- PowerPoint ---------------------------------------------------------------------------------------


def pptx(story: Story) -> bytes:
    """The deck as an editable PowerPoint file.

    Parameters
    ----------
    story : Story

    Returns
    -------
    bytes
        Titles are titles, so that they can be found and read aloud; pictures carry their description; the
        mark of invented data and the state stand at the foot. The same for the same story.

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> pptx(read_story({"cells": [], "metadata": {}}, title="T"))[:2]
    b'PK'
    """
    file = powerpoint.Presentation()
    file.slide_width, file.slide_height = Inches(WIDTH), Inches(HEIGHT)
    properties, day = file.core_properties, str(story.cover.get("date") or "2000-01-01")
    properties.title, properties.author, properties.last_modified_by = clean(story.title), "", ""
    properties.created = properties.modified = dt.datetime.fromisoformat(day)
    foot = _foot(story)
    for number, slide in enumerate(slides(story), 1):
        _add(file, slide, foot, number)
    stream = io.BytesIO()
    file.save(stream)
    return sealed(stream)


def _foot(story: Story) -> str:
    _, label = banners(story)
    return " · ".join(filter(None, (label, str(story.cover.get("status") or ""), story.title)))


def _add(file: Any, slide: Slide, foot: str, number: int) -> None:
    slide_ = file.slides.add_slide(file.slide_layouts[5])  # a title and nothing else
    title = slide_.shapes.title
    title.left, title.top, title.width, title.height = map(Inches, (0.7, 0.45, WIDTH - 1.4, 1.6))
    _text(title.text_frame, [("", slide.title)], TITLE_SIZE if len(slide.title) < 160 else 24, bold=True)
    if slide.svg:
        _draw(slide_, slide)
    if slide.lines:
        box = slide_.shapes.add_textbox(*map(Inches, (0.7, 2.2, WIDTH - 1.4, HEIGHT - 3.1)))
        _text(box.text_frame, list(slide.lines), TEXT_SIZE if len(slide.lines) < 6 else LEAST_SIZE)
    box = slide_.shapes.add_textbox(*map(Inches, (0.7, HEIGHT - 0.6, WIDTH - 1.4, 0.4)))
    _text(
        box.text_frame,
        [("", f"{clean(foot)} · {number}")],
        11,
        colour=MARK if "SYNTHETIC" in foot else SOFT,
    )
    if slide.notes:
        slide_.notes_slide.notes_text_frame.text = "\n".join(map(clean, slide.notes))


def _text(
    frame: Any, lines: list[tuple[str, str]], size: int, *, bold: bool = False, colour: str = INK
) -> None:
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    for number, (term, words) in enumerate(lines):
        line = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        line.alignment, line.space_after = PP_ALIGN.LEFT, Pt(8)
        for text, heavy in ((f"{term}: " if term else "", True), (words, bold)):
            run = line.add_run()
            run.text, run.font.size, run.font.name, run.font.bold = clean(text), Pt(size), FONT, heavy
            run.font.color.rgb = RGBColor.from_string(colour)


def _draw(target: Any, slide: Slide) -> None:
    """The picture as large as the slide allows."""
    shape = target.shapes.add_picture(io.BytesIO(png(slide.svg)), Inches(0.7), Inches(2.1))
    fit = min(Inches(WIDTH - 1.4) / shape.width, Inches(HEIGHT - 2.9) / shape.height)
    shape.width, shape.height = int(shape.width * fit), int(shape.height * fit)
    shape.left = int((Inches(WIDTH) - shape.width) / 2)
    shape._element.nvPicPr.cNvPr.set("descr", clean(slide.alt))


# --- PDF ----------------------------------------------------------------------------------------------


def deck_pdf(story: Story) -> bytes:
    """The same slides as a tagged PDF, for those who only look.

    Parameters
    ----------
    story : Story

    Returns
    -------
    bytes

    Examples
    --------
    >>> from digicit_lib.report.story import read_story
    >>> deck_pdf(read_story({"cells": [], "metadata": {}}, title="T"))[:5]
    b'%PDF-'
    """
    _, label = banners(story)
    data = {
        "title": clean(story.title),
        "language": story.language,
        "label": label,
        "foot": clean(_foot(story)),
        "slides": [
            {
                "title": clean(s.title),
                "lines": [[clean(a), clean(b)] for a, b in s.lines],
                "svg": s.svg,
                "alt": clean(s.alt),
            }
            for s in slides(story)
        ],
    }
    return compiled(data, story, "deck.typ")
