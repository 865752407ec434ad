"""Pages around the reports: a failure, what changed since the last run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from digicit_lib import errors
from digicit_lib.exhibits.blocks import SYNTHETIC, scrolling, tag
from digicit_lib.exhibits.tables import interval_text, value_text
from digicit_lib.language import N_, each, number, translate
from digicit_lib.report.html_page import fill
from digicit_lib.report.prose import inline_text, parse_markdown
from digicit_lib.safe import clean, html

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 20  # changes that stand on the page; the evidence of both runs holds the rest
POINT = 0.01  # of a share, from which a change is told as one
_HEADS = (N_("Indicator and group"), N_("Before"), N_("Now"), N_("Interval now"), N_("Change"))


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


def changes_page(diff: pd.DataFrame, *, title: str, language: str = "en") -> str:
    """What changed against the run that was replaced, for people: how much, and the largest changes.

    Parameters
    ----------
    diff : DataFrame
        As `evidence.diff` returns it, and `evidence.for_readers` where children were asked. Rows that are
        gone or newly hidden are counted, never told: with the new run they would tell what was hidden.
    title : str
    language : str

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"id": "turkey/x", "title": "Daily use", "change": "changed", "before": 0.5, "after": 0.25,
    ...        "unit": "share", "quality_before": "ok", "quality_after": "ok"}
    >>> page = changes_page(pd.DataFrame([row]), title="turkey")
    >>> "Daily use" in page, "25%" in page, "\u221225 points" in page
    (True, True, True)
    """
    say = partial(translate, language=language)
    both = diff[diff["before"].notna() & diff["after"].notna()]
    moved = both.assign(move=both["after"] - both["before"])
    moved = moved.assign(size=moved["move"].abs() / _scale(moved)).sort_values("size", ascending=False)
    removed_rows = int((diff["after"].isna() & diff["before"].notna()).sum())
    counts = {"all": len(diff), "moved": int((moved["size"] >= POINT).sum()), "gone": removed_rows}
    counts["new"] = int((diff["before"].isna() & diff["after"].notna()).sum())
    text = N_(
        "Numbers that changed: {all}; by a point or more: {moved}; new: {new}; no longer shown: {gone}."
    )
    largest = moved.head(LARGEST)
    invented = "data_kind" in diff and (diff["data_kind"] == "synthetic").any()
    mark = tag("p", tag("strong", html(say(SYNTHETIC)), class_="synthetic-mark")) if invented else ""
    return _fill(
        "changes.html.j2",
        language,
        title=say("{title}: what changed", title=clean(title)),
        lead=say(text, **{k: number(n, language) for k, n in counts.items()})
        if len(diff)
        else say("No estimate changed."),
        content=Markup(mark + (_largest(largest, language) if len(largest) else "")),
    )


def _scale(rows: pd.DataFrame) -> pd.Series:
    """What a change is measured by: shares in points, anything else against its own size."""
    size = rows["before"].abs().where(rows["before"] != 0, 1.0)
    return size.where(rows["unit"] != "share", 1.0) if "unit" in rows else size


def _largest(rows: pd.DataFrame, language: str) -> str:
    heads = [translate(words, language) for words in _HEADS]
    columns = [{"label": head, "align": "right" if k else "left"} for k, head in enumerate(heads)]
    cells = [_change(row, language) for row in rows.to_dict("records")]
    words = translate("The largest changes", language)
    return scrolling({"columns": columns, "rows": cells, "row_headers": 1}, html(words), words)


def _change(row: Mapping[Any, Any], language: str) -> list[str]:
    """One row: what it is of, then and now, rounded, and the difference."""
    form: dict[str, Any] = {"unit": str(row.get("unit") or ""), "language": language}
    form["decimals"] = 0 if form["unit"] in ("share", "count") else 1
    by, level, base, *others = (
        str(row.get(name) or "") for name in ("by", "level", "base", "category", "period")
    )
    group = f"{translate(by.replace('_', ' ').capitalize(), language)}: {each(level, language)}" if by else ""
    of = ", ".join(filter(None, (str(row.get("title") or row["id"]), group, *others)))
    of = " · ".join(filter(None, (of, translate(base, language))))
    statistic = str(row.get("statistic") or "share")
    then, now = (value_text(float(row[key]), statistic=statistic, **form) for key in ("before", "after"))
    moved = value_text(float(row["move"]), **{**form, "statistic": "diff"})
    ends = interval_text(row.get("ci_low", np.nan), row.get("ci_high", np.nan), **form)
    return [of, then, now, ends, moved]
