"""The page of a run that failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from digicit_lib import errors
from digicit_lib.language import translate
from digicit_lib.report.html_page import fill
from digicit_lib.report.prose import inline_text, parse_markdown
from digicit_lib.safe import clean


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
    in_range = index is not None and 0 <= index < len(cells)
    failed_cell = _cell(cells, index) if in_range and index is not None else None
    anchor = f"#cell-id={failed_cell['id']}" if failed_cell and failed_cell["id"] else ""
    words = message or (_message(cells[index]) if in_range and index is not None else "")
    return _fill(
        "failure.html.j2",
        language,
        title=translate("{title} failed", language, title=clean(title)),
        message=clean(words or translate("The workbook failed.", language)),
        cell=failed_cell,
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
    prose = [
        part
        for cell in cells[: index + 1]
        if cell["cell_type"] == "markdown"
        for part in parse_markdown("".join(cell["source"]))
    ]
    headings = [inline_text(part["parts"]) for part in prose if part["type"] == "heading"]
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
        is_ours = isinstance(ours, type) and issubclass(ours, errors.DigicitError)
        return str(output["evalue"] if is_ours else output["ename"])
    return ""
