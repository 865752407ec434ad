"""Pages around the reports: a failure, what changed since the last run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from digicit_lib import errors
from digicit_lib.exhibits.blocks import scrolling
from digicit_lib.language import N_, number, translate
from digicit_lib.report.html_page import clean, fill
from digicit_lib.report.prose import parse, plain
from digicit_lib.safe import html

if TYPE_CHECKING:
    import pandas as pd

_DIFFERENCES = {"gone": N_("gone"), "new": N_("new"), "changed": N_("changed")}
_CHANGES = (
    N_("Evidence"),
    N_("Change"),
    N_("Before"),
    N_("After"),
    N_("Quality before"),
    N_("Quality after"),
)


def _fill(template: str, language: str, **values: Any) -> str:
    return fill(template, language=language, say=partial(translate, language=language), **values)


def failure_page(
    notebook: Path | Mapping[str, Any],
    *,
    title: str,
    message: str = "",
    cell: int | None = None,
    language: str = "en",
) -> str:
    """The page beside a failed notebook, with a link to the cell that failed.

    Parameters
    ----------
    notebook : Path or mapping
        As it was left; the link goes to a file of that name (`workbook.ipynb`) beside the page.
    title : str
        What failed, such as "turkey quantitative".
    message : str
        One that may be shown. Without it: the text of an error of digicit, only the type of any other.
    cell : int, optional
        Index of the cell, from 0; found by its error output when not given.
    language : str

    Returns
    -------
    str
        Without traceback and without values.

    Examples
    --------
    >>> failed = {"output_type": "error", "ename": "ValueError", "evalue": "Ayşe 555 12"}
    >>> cells = [{"cell_type": "code", "id": "a", "source": "1/0", "outputs": [failed]}]
    >>> page = failure_page({"cells": cells, "metadata": {}}, title="demo")
    >>> "ValueError" in page, "Ayşe" in page, "workbook.ipynb#cell-id=a" in page
    (True, False, True)
    """
    name, cells = _cells(notebook)
    index = _failed(cells) if cell is None else cell
    known = index is not None and 0 <= index < len(cells)
    found = _cell(cells, index) if known and index is not None else None
    anchor = f"#cell-id={found['id']}" if found and found["id"] else ""
    told = message or (_message(cells[index]) if known and index is not None else "")
    return _fill(
        "failure.html.j2",
        language,
        title=translate("{title} failed", language, title=clean(title)),
        message=clean(told or translate("The workbook failed.", language)),
        cell=found,
        address=clean(name + anchor),
    )


def _cells(notebook: Path | Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """Name and cells; a notebook that was left half written has none."""
    if not isinstance(notebook, Path):
        return "workbook.ipynb", list(notebook.get("cells", ()))
    try:
        return notebook.name, list(json.loads(notebook.read_text(encoding="utf-8")).get("cells", ()))
    except (OSError, ValueError):
        return notebook.name, []


def _errors(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [output for output in cell.get("outputs", ()) if output["output_type"] == "error"]


def _failed(cells: Sequence[Mapping[str, Any]]) -> int | None:
    return next((i for i, cell in enumerate(cells) if _errors(cell)), None)


def _cell(cells: Sequence[Mapping[str, Any]], index: int) -> dict[str, Any]:
    """Number as a reader counts, source, and the heading above it."""
    prose = [part for cell in cells[: index + 1] if cell["cell_type"] == "markdown"
             for part in parse("".join(cell["source"]))]  # fmt: skip
    headings = [plain(part["parts"]) for part in prose if part["type"] == "heading"]
    source, name = "".join(cells[index]["source"]), str(cells[index].get("id") or "")
    return {
        "number": index + 1,
        "id": name,
        "source": clean(source),
        "heading": clean((headings or [""])[-1]),
    }


def _message(cell: Mapping[str, Any]) -> str:
    """Only our own errors promise that they quote no answer."""
    for output in _errors(cell):
        ours = getattr(errors, output["ename"], None)
        told = isinstance(ours, type) and issubclass(ours, errors.DigicitError)
        return str(output["evalue"] if told else output["ename"])
    return ""


def changes_page(diff: pd.DataFrame, *, title: str, language: str = "en") -> str:
    """What changed against the run that was replaced.

    Parameters
    ----------
    diff : DataFrame
        As `evidence.diff` returns it.
    title : str
    language : str

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"id": "turkey/x", "change": "changed", "before": 0.5, "after": 0.25,
    ...        "quality_before": "ok", "quality_after": "ok"}
    >>> "0.25" in changes_page(pd.DataFrame([row]), title="turkey")
    True
    """
    columns = [{"label": translate(w, language), "align": "right" if w in ("Before", "After") else "left"}
               for w in _CHANGES]  # fmt: skip
    rows = [_change(row, language) for row in diff.to_dict("records")]
    words = translate("Estimates that changed", language)
    grid = scrolling({"columns": columns, "rows": rows, "row_headers": 1}, html(words), words)
    return _fill(
        "changes.html.j2",
        language,
        title=translate("{title}: what changed", language, title=clean(title)),
        counts=sorted(Counter(row[1] for row in rows).items()),
        table=Markup(grid) if rows else "",
    )


def _change(row: Mapping[Any, Any], language: str) -> list[str]:
    numbers = [_shown(row[key], language) for key in ("before", "after")]
    quality = [row[key] if isinstance(row[key], str) else "" for key in ("quality_before", "quality_after")]
    change = str(row["change"])
    return [str(row["id"]), translate(_DIFFERENCES.get(change, change), language), *numbers, *quality]


def _shown(value: float, language: str) -> str:
    """In full where it matters: four places of a share, one of a count."""
    if value != value:
        return "–"
    return number(value, language, 4 if abs(value) < 10 else 1).rstrip("0").rstrip(".,")
