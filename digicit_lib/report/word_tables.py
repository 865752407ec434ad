"""Tables of a Word file, each written as XML in one piece: thousands of cells are slow one by one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from digicit_lib.exhibits.grid import cell_words, language_of
from digicit_lib.safe import html

RULES = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:color="B8C0CC"/>' for side in ("top", "bottom", "insideH")
)
WHOLE = 8  # facts that stand on one page
TWENTIETHS = 1440  # of a point in an inch, Word's unit of widths


class Box(NamedTuple):
    """One cell: its words, side ("left", "right" or "center"), columns that it spans, weight."""

    words: str | Mapping[str, str]
    side: str = "left"
    span: int = 1
    bold: bool = False


def add_table(
    file: Document,
    rows: Sequence[Sequence[Box]],
    widths: Sequence[float],
    size: float,
    heads: int = 0,
    ruled: bool = False,
) -> None:
    """A table at the end of a document.

    Parameters
    ----------
    file : docx.document.Document
    rows : sequence of sequence of Box
        The spans of a row add up to the number of columns.
    widths : sequence of float
        Of the columns, in inches.
    size : float
        Of the type, in points.
    heads : int
        How many of the first rows head the table: read as heads, and again at the top of each page.
    ruled : bool
        Thin lines between the rows.
    """
    sides = [round(width * TWENTIETHS) for width in widths]
    columns = "".join(f'<w:gridCol w:w="{side}"/>' for side in sides)
    lines = f"<w:tblBorders>{RULES}</w:tblBorders>" if ruled else ""
    # A box of few facts stays on one page, as does a head with the row below it.
    last = len(rows) - 1 if not ruled and len(rows) <= WHOLE else heads
    body = "".join(_row(row, sides, size, i < heads, i < last) for i, row in enumerate(rows))
    file._body._element._insert_tbl(
        parse_xml(
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(sides)}" w:type="dxa"/>{lines}'
            '<w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:firstRow="1" w:firstColumn="1" w:noVBand="1"/></w:tblPr>'
            f"<w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>"
        )
    )


def _row(row: Sequence[Box], sides: Sequence[int], size: float, head: bool, stays: bool) -> str:
    """A row that `stays` never ends a page, nor does the name of a group."""
    cells, at = [], 0
    keep = "<w:keepNext/>" if stays or (len(row) == 1 and row[0].span > 1) else ""
    for box in row:
        cells.append(_cell(box, sum(sides[at : at + box.span]), size, keep))
        at += box.span
    again = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{again}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(box: Box, width: int, size: float, keep: str) -> str:
    span = f'<w:gridSpan w:val="{box.span}"/>' if box.span > 1 else ""
    lang = f'<w:lang w:val="{html(language_of(box.words))}"/>' if language_of(box.words) else ""
    words = html(cell_words(box.words)).replace("\n", '</w:t><w:br/><w:t xml:space="preserve">')
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}</w:tcPr>'
        f'<w:p><w:pPr>{keep}<w:spacing w:before="30" w:after="30"/><w:jc w:val="{box.side}"/></w:pPr>'
        f'<w:r><w:rPr>{"<w:b/>" if box.bold else ""}<w:sz w:val="{round(size * 2)}"/>{lang}</w:rPr>'
        f'<w:t xml:space="preserve">{words}</w:t></w:r></w:p></w:tc>'
    )
