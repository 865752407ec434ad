"""Row heads of a PDF's tables: typst's binding cannot tag them, so the tags of the file are mended."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Name, NameTree, String

# Where tables stand in the tags that typst writes.
_AROUND = ("/Document", "/Part", "/Sect", "/Div", "/L", "/LI", "/LBody")
_BODY = ("/TBody", "/TFoot")  # the last rows of a long table stand in its foot, with the notes


def with_row_heads(made: bytes) -> bytes:
    """A tagged PDF in which the heads of rows are TH of the scope Row, and the cells of a row name them.

    Parameters
    ----------
    made : bytes
        As typst writes it from `report.typ`, which tags the words of a row's head as strong.

    Returns
    -------
    bytes
        The same for the same PDF; as it was where no row of a table has a head.

    Notes
    -----
    ISO 32000-1, 14.8.5.7: a header cell is a TH with a Scope; a cell lists its headers by their ID.
    """
    with pikepdf.open(io.BytesIO(made)) as file:
        if "/StructTreeRoot" not in file.Root:
            return made
        root = file.Root.StructTreeRoot
        rows = [row for table in _tables(root) for row in _rows(table)]
        heads_of_rows = [_mark(row, f"R{number}") for number, row in enumerate(rows)]
        if not any(heads_of_rows):
            return made
        ids = NameTree(root.IDTree)
        for head in (head for heads in heads_of_rows for head in heads):
            ids[str(head.ID)] = head
        stream = io.BytesIO()
        file.save(
            stream,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return stream.getvalue()


def _tables(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for child in _children(element):
        if child.S == "/Table":
            yield child
        elif child.S in _AROUND:
            yield from _tables(child)


def _rows(table: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for part in _children(table):
        if part.S in _BODY:
            yield from _children(part)


def _children(element: pikepdf.Object) -> list[pikepdf.Object]:
    """Elements below one; marked content and links to annotations are none."""
    below: Any = element.get("/K", ())
    every = below if isinstance(below, pikepdf.Array) else (below,)
    return [child for child in every if isinstance(child, pikepdf.Dictionary) and "/S" in child]


def _mark(row: pikepdf.Object, name: str) -> list[pikepdf.Object]:
    """Its first cells of strong words become heads; each other cell names them beside those of its column."""
    cells = _children(row)
    count = next((at for at, cell in enumerate(cells) if not _is_strong(cell)), len(cells))
    for at, cell in enumerate(cells[:count]):
        cell.S, cell.ID = Name.TH, String(f"{name}x{at}")
        _of_table(cell).Scope = Name.Row
    for cell in cells[count:] if count else ():
        attributes = _of_table(cell)
        attributes.Headers = pikepdf.Array([*attributes.get("/Headers", []), *(h.ID for h in cells[:count])])
    return cells[:count]


def _is_strong(cell: pikepdf.Object) -> bool:
    below = _children(cell)
    return cell.S == "/TD" and [child.S for child in below] == ["/Strong"]


def _of_table(cell: pikepdf.Object) -> pikepdf.Object:
    """The attributes of a cell that belong to its table; a cell without any gets them."""
    if "/A" not in cell:
        cell.A = pikepdf.Array()
    for attributes in cell.A:
        if attributes.O == "/Table":
            return attributes
    cell.A.append(pikepdf.Dictionary(O=Name.Table))
    return cell.A[len(cell.A) - 1]
