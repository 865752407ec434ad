"""A seminar deck of a story: one finding a slide, its picture and its evidence; as PowerPoint and as PDF."""

import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pptx as powerpoint
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from digicit_lib.exhibits import blocks
from digicit_lib.exhibits.grid import cell_words
from digicit_lib.language import N_, date, direction, translate
from digicit_lib.report.foreign import is_english
from digicit_lib.report.html_page import ON_COVER, banners
from digicit_lib.report.office_parts import DOCUMENT_LANGUAGES, FONT, INK, MARK, SOFT, sealed
from digicit_lib.report.pdf import compiled
from digicit_lib.report.press import pngs
from digicit_lib.report.slide_room import lines_height, natural_size, size_that_fits
from digicit_lib.report.story import METHODS, Story, said_once, told_limits
from digicit_lib.report.tall_figures import has_rows, slices
from digicit_lib.safe import clean, html

WIDTH, HEIGHT = 13.333, 7.5  # inches of a slide, 16:9
MAX_FINDINGS, MAX_ALONE, MAX_VOICES, MAX_LINES = 8, 2, 2, 8
TITLE_SIZES, TEXT_SIZES, FOOT_SIZE = (
    (30, 26, 22, 20),
    (26, 24, 22, 20, 18),
    11,
)  # points, the largest that fits
STATEMENT_SIZES = (40, 36, 32, 28)  # of a finding that stands alone
ACROSS = WIDTH - 1.4  # inches between the edges
TEXT_HEIGHT, TITLE_HEIGHT, PICTURE_HEIGHT = HEIGHT - 2.3, 1.4, HEIGHT - 2.7
BESIDE = (6.4, HEIGHT - 1.2)  # inches of a picture beside its title
CARD_HEIGHT = 3.3  # inches of the words of a card, which stand above its middle
ASKED = (N_("What children ask for"), N_("Questions for discussion"))  # titles of lists of a report
ACCENT = "12436D"
GROUNDS = {
    "opening": (ACCENT, "FFFFFF"),
    "voice": ("F5F1E6", INK),
    "end": ("EEF2F6", INK),
}  # of a card, its ink
UPRIGHT = 0.7  # height of a picture by its width, from which it stands beside its title
LABEL = 12  # letters of a row's name that stand on one line whatever its width
REPEATED = 0.4  # inches of a heading of rows that a part of a picture has again
LEAST_SCALE = 1.4  # of a picture: its smallest letters, of 8.5 points, have 12 on a slide


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
    card : {"", "opening", "voice", "end"}
        On a ground of its own, its words in the middle.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    svg: str = ""
    alt: str = ""
    notes: tuple[str, ...] = field(default=())
    card: str = ""

    @property
    def form(self) -> str:
        """Where things stand: a picture "below" or "beside" the title, "lines", "card", "statement"."""
        if self.svg:
            wide, high = natural_size(self.svg)
            return "beside" if high > UPRIGHT * wide else "below"
        return "card" if self.card else "lines" if self.lines else "statement"


def slides(story: Story) -> list[Slide]:
    """The slides of a report: title, who was asked and how safely, findings, voices, limits, methods.

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
    boxes = [b for b in story.blocks("definitions") if b.get("title") == say("Ethics and safeguarding")]
    safe = [row for block in boxes for row in block["rows"][:ON_COVER]]
    people = [*(cover.get("facts") or ())[:MAX_LINES], *safe]
    facts = tuple((str(term), str(text)) for term, text in people)
    day = date(dt.date.fromisoformat(str(cover["date"])), story.language) if cover.get("date") else ""
    start = tuple(("", str(words)) for words in (cover.get("subtitle"), cover.get("status"), day) if words)
    cautions = [block for block in _key(story) if block.get("caution")]
    limits = [line for block in told_limits(story) for line in block.get("items") or [block["text"]]]
    limits += [_words(block) for block in cautions]
    methods = [b for b in story.blocks("definitions") if b.get("title") == say(METHODS)]
    rows = tuple((str(term), str(text)) for block in methods for term, text in block["rows"][:4])
    return [
        Slide(story.title, start, card="opening"),
        *several(say("The study at a glance"), facts),
        *_findings(story),
        *_voices(story),
        *several(say("What these numbers do not say"), [("", str(line)) for line in limits[:MAX_LINES]]),
        *_asked(story),
        *several(say(METHODS), rows),
        Slide(say("How to cite"), (("", story.citation),), card="end"),
    ]


def _asked(story: Story) -> Iterator[Slide]:
    """What children agreed to ask for and to ask, which a report prints only with its approval."""
    titles = {translate(title, story.language) for title in ASKED}
    for block in (block for block in story.blocks("list") if block.get("title") in titles):
        yield from several(str(block["title"]), [("", str(item)) for item in block["items"]])


def several(title: str, lines: Iterable[tuple[str, str]]) -> Iterator[Slide]:
    """As many slides as the lines need, each about as full as the others."""
    rows = list(lines)
    parts = [_packed(rows, TEXT_HEIGHT * share / 10) for share in range(1, 11)]
    yield from (Slide(title, part) for part in next(some for some in parts if len(some) == len(parts[-1])))


def _packed(lines: Iterable[tuple[str, str]], room: float) -> list[tuple[tuple[str, str], ...]]:
    """Lines in the smallest letters, on slides that hold so much."""
    parts: list[tuple[tuple[str, str], ...]] = []
    for line in lines:
        more = (*parts[-1], line) if parts else ()
        if more and lines_height(_spoken(more), TEXT_SIZES[-1], ACROSS) <= room:
            parts[-1] = more
        else:
            parts.append((line,))
    return parts


def _spoken(lines: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{term}: {text}" if term else text for term, text in lines]


def _key(story: Story) -> list[dict[str, Any]]:
    return [block for block in said_once(story).blocks("finding") if block.get("key")]


def _words(finding: Mapping[str, Any]) -> str:
    return "".join(part if isinstance(part, str) else str(part["text"]) for part in finding["parts"])


def _findings(story: Story) -> Iterator[Slide]:
    """A key finding with the figure, or its part, that shows the same estimates; each is shown once.

    A key figure that shows those of none has a slide of its own, under what it says.
    """
    pictures = [(figure, svg) for figure in story.blocks("figure") for svg in legible(figure)]
    alone = {str(figure["number"]): (figure, svg) for figure, svg in reversed(pictures) if figure.get("key")}
    for block in [block for block in _key(story) if not block.get("caution")][:MAX_FINDINGS]:
        ids = [str(part["id"]) for part in block["parts"] if isinstance(part, Mapping) and part.get("id")]
        scores = [_shown(figure, svg, set(ids)) for figure, svg in pictures]
        figure, svg = pictures.pop(scores.index(max(scores))) if any(scores) else ({}, "")
        alone.pop(str(figure.get("number")), None)
        yield _pictured(_words(block), figure, svg, ids)
    for figure, svg in [*alone.values()][::-1][:MAX_ALONE]:
        yield _pictured(str(figure["title"]), figure, svg, ())


def _pictured(title: str, figure: Mapping[str, Any], svg: str, ids: Iterable[str]) -> Slide:
    about = [figure.get("title"), figure.get("subtitle"), figure.get("source")]
    alt = str(figure.get("alt") or figure.get("title") or "")
    shown = blocks.sanitise_svg(svg, "") if svg else ""
    return Slide(title, svg=shown, alt=alt, notes=(*map(str, filter(None, about)), *ids))


def _shown(figure: Mapping[str, Any], svg: str, ids: set[str]) -> int:
    """How many of some estimates a picture shows; in a part of it their rows are looked for by name."""
    if svg in (figure["svg"], figure.get("narrow")):
        return len(ids & set(figure.get("provenance") or ()))
    rows = (figure.get("table") or {}).get("rows") or ()
    names = [row[0] for row in rows if ids & {cell.get("id") for cell in row if isinstance(cell, dict)}]
    return sum(f">{html(cell_words(name))[:LABEL]}" in svg for name in names)


def legible(figure: Mapping[str, Any]) -> list[str]:
    """A figure as slides can show it: whole, in parts where rows can be parted, else its form for phones."""
    room = PICTURE_HEIGHT / LEAST_SCALE
    cut = 72 * (room - REPEATED)
    parts = slices(figure["svg"], 72 * room, cut) if has_rows(figure["svg"]) else [figure["svg"]]
    parts = [svg for svg in parts if natural_size(svg)[1] <= room]
    narrow = str(figure.get("narrow") or "")
    beside = narrow if narrow and natural_size(narrow)[1] <= BESIDE[1] / LEAST_SCALE else ""
    return parts or [beside] * bool(beside)


def _voices(story: Story) -> Iterator[Slide]:
    for block in story.blocks("quotation")[:MAX_VOICES]:
        words = block.get("translation") or block["text"]
        mark = translate(blocks.SYNTHETIC, story.language) if block.get("synthetic") else ""
        lines = (("", f"— {block['attribution']}"), *([("", mark)] if mark else []))
        yield Slide(translate("“{a}”", story.language, a=words), lines, card="voice")


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
    foot, mark = _foot(story), MARK if story.synthetic else SOFT
    deck = slides(story)
    pictures = iter(pngs([slide.svg for slide in deck if slide.svg]))
    for number, slide in enumerate(deck, 1):
        _add(file, slide, foot, number, mark, next(pictures) if slide.svg else b"")
    _name_languages(file, story.language)
    stream = io.BytesIO()
    file.save(stream)
    return sealed(stream)


def _name_languages(file: Any, language: str) -> None:
    """Each run says its language, so that it is read aloud as it is; lines from the right begin there."""
    for slide in file.slides:
        for part in (slide, slide.notes_slide) if slide.has_notes_slide else (slide,):
            for run in part._element.iter(qn("a:r")):
                spoken = "en" if is_english(run.text, language) else language
                run.get_or_add_rPr().set("lang", DOCUMENT_LANGUAGES.get(spoken, spoken))
            for line in part._element.iter(qn("a:p")) if direction(language) == "rtl" else ():
                line.get_or_add_pPr().set("rtl", "1")
                line.get_or_add_pPr().set("algn", "r")


def _foot(story: Story) -> str:
    """The mark of invented data and the state; the title where there is room."""
    _, label = banners(story)
    words = [text for text in (label, str(story.cover.get("status") or ""), story.title) if text]
    return clean(
        " · ".join(words if lines_height([" · ".join(words)], FOOT_SIZE, ACROSS) < 0.4 else words[:-1])
    )


_ANCHORS = {"card": MSO_ANCHOR.BOTTOM, "beside": MSO_ANCHOR.MIDDLE, "statement": MSO_ANCHOR.MIDDLE}


def _title_box(slide: Slide) -> tuple[float, float, int]:
    """Width and height of a title, and the size of its letters."""
    across = ACROSS - BESIDE[0] - 0.3 if slide.form == "beside" else ACROSS
    sizes = STATEMENT_SIZES if slide.form in ("statement", "card") else TITLE_SIZES
    room = {"below": TITLE_HEIGHT, "lines": TITLE_HEIGHT, "card": CARD_HEIGHT}.get(slide.form, BESIDE[1])
    return across, room, size_that_fits([slide.title], sizes, (across, room))


def _letters(slide: Slide) -> int:
    """The size of a slide's lines; those of a card stand below words that are larger."""
    return size_that_fits(_spoken(slide.lines), TEXT_SIZES[-2 * bool(slide.card) :], (ACROSS, TEXT_HEIGHT))


def _add(file: Any, slide: Slide, foot: str, number: int, mark: str, picture: bytes) -> None:
    slide_ = file.slides.add_slide(file.slide_layouts[5])  # a title and nothing else
    title, form = slide_.shapes.title, slide.form
    ground, ink = GROUNDS.get(slide.card, ("", INK))
    if ground:
        slide_.background.fill.solid()
        slide_.background.fill.fore_color.rgb = RGBColor.from_string(ground)
    across, room, size = _title_box(slide)
    high = lines_height([slide.title], size, across) if form == "lines" else room
    title.left, title.top, title.width, title.height = map(Inches, (0.7, 0.45, across, high))
    side = _ANCHORS.get(form, MSO_ANCHOR.TOP)
    accent = ink if slide.card == "opening" else ACCENT
    _text(title.text_frame, [("", slide.title)], size, bold=True, colour=accent, side=side)
    if slide.svg:
        _draw(slide_, slide, picture)
    if slide.lines:
        box = slide_.shapes.add_textbox(*map(Inches, (0.7, high + 0.65, ACROSS, TEXT_HEIGHT)))
        _text(box.text_frame, slide.lines, _letters(slide), colour=ink)
    box = slide_.shapes.add_textbox(*map(Inches, (0.7, HEIGHT - 0.6, ACROSS, 0.4)))
    mark = ink if slide.card == "opening" else mark
    _text(box.text_frame, [("", f"{foot} · {number}")], FOOT_SIZE, colour=mark)
    if slide.notes:
        slide_.notes_slide.notes_text_frame.text = "\n".join(map(clean, slide.notes))


def _text(
    frame: Any,
    lines: Sequence[tuple[str, str]],
    size: int,
    *,
    bold: bool = False,
    colour: str = INK,
    side: Any = MSO_ANCHOR.TOP,
) -> None:
    frame.word_wrap, frame.vertical_anchor = True, side
    for number, (term, words) in enumerate(lines):
        line = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        line.alignment, line.space_after = PP_ALIGN.LEFT, Pt(8)
        for text, heavy in ((f"{term}: " if term else "", True), (words, bold)):
            run = line.add_run()
            run.text, run.font.size, run.font.name, run.font.bold = clean(text), Pt(size), FONT, heavy
            run.font.color.rgb = RGBColor.from_string(colour)


def _draw(target: Any, slide: Slide, picture: bytes) -> None:
    """The picture as large as the slide allows, below its title or to the right of it."""
    shape = target.shapes.add_picture(io.BytesIO(picture), 0, 0)
    wide, high = BESIDE if slide.form == "beside" else (ACROSS, PICTURE_HEIGHT)
    fit = min(Inches(wide) / shape.width, Inches(high) / shape.height)
    shape.width, shape.height = int(shape.width * fit), int(shape.height * fit)
    shape.left = Inches(WIDTH - 0.7 - wide) + (Inches(wide) - shape.width) // 2
    shape.top = Inches(0.45 if slide.form == "beside" else 1.9)
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
        "foot": _foot(story),
        "beside": BESIDE[0],
        "slides": [
            {
                "title": clean(s.title),
                "lines": [[clean(a), clean(b)] for a, b in s.lines],
                "svg": s.svg,
                "alt": clean(s.alt),
                "form": s.form,
                "size": _title_box(s)[2],
                "letters": _letters(s),
                "ground": GROUNDS.get(s.card, ("FFFFFF",))[0],
                "dark": s.card == "opening",
            }
            for s in slides(story)
        ],
    }
    return compiled(data, story, "deck.typ")
