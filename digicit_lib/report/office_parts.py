"""Small parts of Office files: runs, fields, bookmarks, links, fixed times."""

import io
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as OpcPart
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from digicit_lib.exhibits.colours import FAMILY as FONT
from digicit_lib.exhibits.colours import FONT_FILES
from digicit_lib.exhibits.grid import cell_words, language_of
from digicit_lib.report.press import pngs
from digicit_lib.report.story import Node
from digicit_lib.report.tall_figures import strips

DOCUMENT_LANGUAGES = {"en": "en-GB", "ru": "ru-RU", "uk": "uk-UA", "tr": "tr-TR"}
INK, SOFT, MARK = "1B2430", "4A5564", "8A3B00"
STRIP = 240.0  # points of a piece of a figure, its heads and axis included: where a page ends between two
EPOCH = (1980, 1, 1, 0, 0, 0)  # of the files inside, so that the same story gives the same bytes
Part = Mapping[str, Any]
Words = str | Mapping[str, str]  # a passage in another language stands with it


def sealed(file: io.BytesIO) -> bytes:
    """An Office file with fixed times inside; pictures are packed already."""
    stream = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return stream.getvalue()


def embed_font(file: Document) -> None:
    """The font inside a Word file: it looks alike where nobody installed the font.

    Its first 32 bytes are masked by a key beside it, as the format asks (ISO/IEC 29500-4, 4.2.4).
    """
    table = file.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    cuts = ""
    for number, cut in enumerate(("Regular", "Bold", "Italic"), 1):
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"{FONT} {cut}")
        data = (FONT_FILES / f"SourceSans3-{cut}.ttf").read_bytes()
        content = bytes(a ^ b for a, b in zip(data[:32], key.bytes[::-1] * 2, strict=True)) + data[32:]
        name = PackURI(f"/word/fonts/font{number}.odttf")
        font = OpcPart(name, "application/vnd.openxmlformats-officedocument.obfuscatedFont", content)
        link = table.relate_to(font, RELATIONSHIP_TYPE.FONT)
        cuts += f'<w:embed{cut} r:id="{link}" w:fontKey="{{{str(key).upper()}}}"/>'
    entry = f'<w:font w:name="{FONT}">{cuts}</w:font></w:fonts>'
    table._blob = table.blob.replace(b"</w:fonts>", entry.encode())


def line_of(
    file: Document, words: Words | Sequence[Words], colour: str = INK, size: float | None = None
) -> Paragraph:
    """A paragraph of one run, or of the pieces of a line."""
    line = file.add_paragraph()
    for piece in [words] if isinstance(words, str | Mapping) else words:
        add_run(line, piece, colour, size)
    return line


def add_run(line: Paragraph, words: Words, colour: str | None = None, size: float | None = None) -> Any:
    """A run; a passage in another language than the page's names it."""
    run, text = Run(deepcopy(_look(colour, size, language_of(words))), line), cell_words(words)
    line._p.append(run._r)
    if not {*text}.isdisjoint("\t\r\n"):
        run.text = text  # goes through it letter by letter
    elif text:
        run.add_text(text)
    return run


@lru_cache
def _look(colour: str | None, size: float | None, language: str) -> Any:
    """A run without words, as thousands look, made once each."""
    run = Run(OxmlElement("w:r"), None)  # type: ignore[arg-type]  # of no document
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)
    if size:
        run.font.size = Pt(size)
    if language:
        run._r.get_or_add_rPr().append(element("lang", val=language))
    return run._r


def with_pictures(parts: Sequence[Part]) -> list[Part]:
    """The parts, and with each figure the pictures of its pieces."""
    pieces = [strips(part["svg"], STRIP) if part["type"] == "figure" else [] for part in parts]
    pictures = iter(pngs([*chain.from_iterable(pieces)]))
    return [
        {**part, "pictures": [*islice(pictures, len(some))]} for part, some in zip(parts, pieces, strict=True)
    ]


def styled(file: Document, style: str, words: str = "") -> Paragraph:
    """A paragraph of a style of the template, whose id is its name: to look for it goes through them all."""
    line = file.add_paragraph(words)
    line._p.style = style.replace(" ", "")
    return line


@contextmanager
def in_language(file: Document, language: str | None) -> Iterator[None]:
    """What is written meanwhile is in a language: runs that name none name this one."""
    start = len(file.element.body)
    yield
    for run in (run for part in file.element.body[start - 1 :] for run in part.iter(qn("w:r")) if language):
        properties = run.get_or_add_rPr()
        if properties.find(qn("w:lang")) is None:
            properties.append(element("lang", val=language))


def add_inline(line: Paragraph, parts: Sequence[Node], **looks: bool) -> None:
    """Inline parts as runs; a link is its words and, where it leads outside, its address."""
    for part in parts:
        kind = part["type"]
        if kind == "break":
            line.add_run().add_break()
        elif kind in ("strong", "em", "s"):
            add_inline(
                line,
                part["parts"],
                **looks,
                **{{"strong": "bold", "em": "italic", "s": "strike"}[kind]: True},
            )
        elif kind == "link":
            outside = part["url"].startswith(("http", "mailto:"))
            add_inline(line, part["parts"], **looks)
            add_run(line, f" ({part['url']})" if outside else "", SOFT)
        else:
            run = line.add_run(part["text"])
            for name, value in looks.items():
                setattr(run.font, name, value)


def element(tag: str, /, **attributes: object) -> Any:
    node = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        node.set(qn(f"w:{key}"), str(value))
    return node


def add_field(line: Paragraph, code: str, text: str) -> None:
    start_field(line, code)
    line.add_run(text)
    end_field(line)


def start_field(line: Paragraph, code: str) -> None:
    instruction = element("instrText")
    instruction.text = code
    for piece in (
        element("fldChar", fldCharType="begin"),
        instruction,
        element("fldChar", fldCharType="separate"),
    ):
        line.add_run()._r.append(piece)


def end_field(line: Paragraph) -> None:
    line.add_run()._r.append(element("fldChar", fldCharType="end"))


def bookmark_numbers(parts: Sequence[Part]) -> Iterator[int]:
    """Numbers for bookmarks; Word wants each once."""
    return iter(
        range(1, 2 + sum(1 for part in parts if part["type"] in ("heading", "figure", "table", "across")) * 9)
    )


def add_bookmark(line: Paragraph, name: str, marks: Iterator[int]) -> None:
    """A bookmark around a line, for the contents and for references."""
    if name:
        number = next(marks)
        line._p.insert(
            1 if line._p.pPr is not None else 0, element("bookmarkStart", id=number, name=name[:40])
        )
        line._p.append(element("bookmarkEnd", id=number))


def add_link(line: Paragraph, name: str, words: str) -> None:
    link = element("hyperlink", anchor=name[:40], history="1")
    run = line.add_run(words)
    link.append(run._r)
    line._p.append(link)
