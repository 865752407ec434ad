"""Rows, heads and spanners of a table block, with the roles that a screen reader needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from digicit_lib.safe import html

LONG = 60  # characters: a cell of more is a sentence
SCREEN, LETTER, NAME, PAD = (
    350,
    6.8,
    104,
    11,
)  # pixels: a phone's text, a letter, a name at least, a cell's sides
DENSE = 7  # columns that a page holds in letters of the usual size
Columns = Sequence[Mapping[str, Any]]
_SIDES = {"left": "start", "right": "end", "center": "center"}


def tag(name: str, *content: str, **attributes: object) -> str:
    """An element around HTML; attributes are escaped, empty ones left out."""
    pairs = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value}
    inside = "".join(f' {key}="{html(value)}"' for key, value in pairs.items())
    return f"<{name}{inside}>{''.join(content)}</{name}>"


def text_of(part: object) -> str:
    """The HTML of a cell or a piece of a sentence, inside its evidence when it has any.

    Examples
    --------
    >>> text_of({"text": "45%", "id": "turkey/quantitative/ACC-03/share/all", "value": 0.45})
    '<data class="evidence" value="0.45" data-id="turkey/quantitative/ACC-03/share/all">45%</data>'
    """
    if not isinstance(part, Mapping):
        return html("" if part is None else part)
    text = html(cell_words(part))
    if not part.get("id"):
        return text
    value = "" if part.get("value") is None else part["value"]
    return f'<data class="evidence" value="{html(value)}" data-id="{html(part["id"])}">{text}</data>'


def cell_words(cell: object) -> str:
    """The text of a cell.

    Examples
    --------
    >>> cell_words({"text": "45%", "value": 0.45}), cell_words(None)
    ('45%', '')
    """
    return str(cell.get("text", "") if isinstance(cell, Mapping) else "" if cell is None else cell)


def language_of(cell: object) -> str:
    """The language of a cell that is not in the page's; empty for all others.

    Examples
    --------
    >>> language_of({"text": "Soruyoruz.", "lang": "tr"}), language_of("45%")
    ('tr', '')
    """
    return str(cell.get("lang") or "") if isinstance(cell, Mapping) else ""


def rows_and_heads(block: Mapping[str, Any], form: str = "") -> str:
    """Column heads below a row of spanners, then one body for each row group; `form` as of `phone_form`."""
    columns = block["columns"]
    heads = "".join(_head(c["label"], "col", c.get("align")) for c in columns)
    spanners = "".join(_head(name, "colgroup", "center", span) for name, span in column_spans(columns))
    over = f'<tr class="spanners">{spanners}</tr>' if any(c.get("group") for c in columns) else ""
    return f"<thead>{over}<tr>{heads}</tr></thead>" + "".join(
        _body(block, name, start, end, form[:5] == "stack") for name, start, end in row_groups(block)
    )


def phone_form(block: Mapping[str, Any]) -> str:
    """How a table stands on a phone, where it would be wider than the screen.

    Returns
    -------
    str
        "fold": names above their numbers; "stack": names above a line of heads and cells; "stack dense":
        so many columns that those of a page are narrow, too; empty: as it is.

    Examples
    --------
    >>> heads = ("Group", "Girls", "Boys", "All", "Base", "n")
    >>> columns = [{"label": name, "align": "right"} for name in heads]
    >>> row = ["Asked somebody", "81% [78–84]", "80% [77–83]", "80% [78–82]", "1,225", "900"]
    >>> few = {"columns": columns[:2], "rows": [row[:2]]}
    >>> phone_form({"columns": columns, "rows": [row]}), phone_form(few)
    ('fold', '')
    """
    columns, lines = block["columns"], [[c["label"] for c in block["columns"]], *block["rows"]]
    words = [[cell_words(line[i]) for line in lines if i < len(line)] for i in range(len(columns))]
    most = [LETTER * max(len(piece) for text in c for piece in text.split(" ")) for c in words]
    prose = [i for i, column in enumerate(columns) if column.get("align") in (None, "left")]
    least = [max(wide, NAME * (i == 0 or i in prose)) + PAD for i, wide in enumerate(most)]
    if sum(least) <= SCREEN:
        return ""
    room = SCREEN / (len(columns) - 1) - PAD if len(columns) > 1 else SCREEN
    long = any(LETTER * len(text) > 2 * room for i in prose if i for text in words[i])
    several = int(block.get("row_headers") or 0) > 1
    if len(columns) > DENSE:
        return "stack dense"
    return "stack" if several or long or max(most[1:], default=0) > room else "fold"


def column_spans(columns: Columns) -> list[tuple[str, int]]:
    """Neighbouring columns of one group, as (group, number of columns).

    Examples
    --------
    >>> column_spans([{"group": None}, {"group": "Girls"}, {"group": "Girls"}])
    [('', 1), ('Girls', 2)]
    """
    runs: list[tuple[str, int]] = []
    for name in (str(column.get("group") or "") for column in columns):
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + 1)
        else:
            runs.append((name, 1))
    return runs


def row_groups(block: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Row groups as (label, start, end), end exclusive; rows of no group stand under an empty label.

    Examples
    --------
    >>> row_groups({"rows": [[1], [2], [3]], "groups": [{"label": "Risks", "start": 1, "end": 3}]})
    [('', 0, 1), ('Risks', 1, 3)]
    """
    groups, at = [], 0
    for group in block.get("groups") or ():
        groups += [("", at, group["start"])] if group["start"] > at else []
        groups.append((str(group["label"]), group["start"], group["end"]))
        at = group["end"]
    return [*groups, ("", at, len(block["rows"]))] if at < len(block["rows"]) else groups


def _head(cell: object, scope: str, align: str | None, span: int = 1) -> str:
    """A header cell; an empty one is no header."""
    across = {"colspan": str(span) if span > 1 else "", "style": _side(align), "class": _room(cell)}
    text = text_of(cell)
    return tag("th", text, scope=scope, **marks(cell), **across) if text else tag("td", **across)


def _room(cell: object) -> str:
    return "long" if len(cell_words(cell)) > LONG else ""


def _side(align: str | None) -> str:
    """Text begins where the page's language begins to read, numbers end where it ends."""
    return f"text-align:{_SIDES.get(align or 'left', 'start')}"


def marks(cell: object) -> dict[str, object]:
    """What a cell says of itself: that it is not quite sure, or that it speaks another language."""
    said = cell if isinstance(cell, Mapping) else {}
    quality = {"data-quality": said["quality"]} if said.get("quality") not in (None, "ok") else {}
    lang = language_of(cell)
    return quality | ({"lang": lang, "dir": "auto"} if lang else {})


def _body(block: Mapping[str, Any], name: str, start: int, end: int, told: bool) -> str:
    columns, headers = block["columns"], int(block.get("row_headers") or 0)
    title = f"<tr>{_group_head(name, len(columns))}</tr>" if name else ""
    lines = "".join(_row(row, columns, headers, told) for row in block["rows"][start:end])
    return f"<tbody>{title}{lines}</tbody>"


def _group_head(name: str, span: int) -> str:
    """Its words wrap on a narrow screen and stay in sight where the table is moved sideways."""
    words = tag("span", text_of(name), class_="of-group")
    return tag("th", words, scope="rowgroup", colspan=str(span) if span > 1 else "", style=_side("left"))


def _row(row: Sequence[object], columns: Columns, headers: int, told: bool) -> str:
    """The cells of a row; `told`: each says the head of its column, for a phone that shows no heads."""
    sides = [column.get("align") for column in columns]
    names = [
        " ".join(filter(None, (str(c.get("group") or ""), str(c["label"])))) if told else "" for c in columns
    ]
    heads = [_head(cell, "row", side) for cell, side in zip(row[:headers], sides, strict=False)]
    cells = [
        tag("td", text_of(cell), **marks(cell), style=_side(side), class_=_room(cell), data_head=name)
        for cell, side, name in zip(row[headers:], sides[headers:], names[headers:], strict=False)
    ]
    return f"<tr>{''.join(heads)}{''.join(cells)}</tr>"
