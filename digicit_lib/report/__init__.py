"""Executed notebooks as pages and PDFs; the index, the page of a failure, the page of changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import DigicitError
from digicit_lib.report.page import page
from digicit_lib.report.pages import changes_page, failure_page, index_page
from digicit_lib.report.pdf import pdf
from digicit_lib.report.story import Story, read, summarize

if TYPE_CHECKING:
    from digicit_lib.report.exporters import DigicitHTMLExporter, DigicitPDFExporter

__all__ = [
    "DigicitHTMLExporter", "DigicitPDFExporter", "Story", "changes_page", "failure_page", "index_page",
    "page", "pdf", "read", "render", "summarize",
]  # fmt: skip
KINDS = ("report", "summary")
LINKS = {
    "report": (("PDF", "report.pdf"), ("Summary", "summary.html"), ("Notebook", "workbook.ipynb"),
               ("Evidence (CSV)", "evidence.csv")),
    "summary": (("PDF", "summary.pdf"), ("Full report", "report.html")),
}  # fmt: skip


def render(
    notebook: Mapping[str, Any] | Path, *, kind: str = "report", language: str | None = None,
    title: str | None = None,
) -> dict[str, bytes]:  # fmt: skip
    """The page and the PDF of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode, mapping or Path
        Executed; nothing runs here.
    kind : {"report", "summary"}
        Everything, or two pages of key findings.
    language : str, optional
        By default that of the notebook's parameters.
    title : str, optional
        By default the cover's.

    Returns
    -------
    dict
        ``{"html": bytes, "pdf": bytes}``; the same bytes for the same notebook.

    Raises
    ------
    DigicitError
        Unknown kind or language, a block that no renderer knows, a document that typst refuses.

    Examples
    --------
    >>> made = render({"cells": [], "metadata": {}}, title="Empty")
    >>> sorted(made), made["pdf"][:5]
    (['html', 'pdf'], b'%PDF-')
    """
    if kind not in KINDS:
        raise DigicitError("Unknown kind of report.", got=kind, allowed=", ".join(KINDS))
    story = read(_loaded(notebook), language, title)
    story = summarize(story) if kind == "summary" else story
    return {"html": page(story, LINKS[kind]).encode(), "pdf": pdf(story)}


def _loaded(notebook: Mapping[str, Any] | Path) -> Mapping[str, Any]:
    """Read as plain JSON: the first import of nbformat would cost more than the page."""
    if not isinstance(notebook, Path):
        return notebook
    import json

    found: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return found


def __getattr__(name: str) -> Any:
    """The exporters load nbconvert, which those who only render do not need."""
    if name in ("DigicitHTMLExporter", "DigicitPDFExporter"):
        from digicit_lib.report import exporters

        return getattr(exporters, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
