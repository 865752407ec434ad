"""Executed notebooks as pages and PDFs; the index, the page of a failure, the page of changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import DigicitError
from digicit_lib.evidence.marks import Mark
from digicit_lib.language import N_, translate
from digicit_lib.language.codes import label_table
from digicit_lib.report.changes import changes_page
from digicit_lib.report.html_page import Links, page
from digicit_lib.report.pages import failure_page
from digicit_lib.report.pdf import pdf
from digicit_lib.report.press import pngs
from digicit_lib.report.story import (
    Story,
    loaded,
    read_story,
    readers_notebook,
    summarize,
    to_product,
    with_reviews,
)
from digicit_lib.report.study_index import feed, index_page

if TYPE_CHECKING:
    from digicit_lib.report.exporters import DigicitHTMLExporter, DigicitPDFExporter

KINDS = ("report", "summary", "product")
FORM_NAMES = label_table("form names")
REPORT_FORMS = ("report.pdf", "summary.html", "report.docx", "tables.xlsx", "deck.pptx", "deck.pdf")
OTHER_FORMS = {
    "report": (*REPORT_FORMS, "workbook.ipynb", "evidence.csv"),
    "summary": ("summary.pdf", "report.html"),
}
FORMS = {"summary": summarize, "product": to_product}
POSTERS = {"square": N_("Poster, square"), "tall": N_("Poster, tall")}


def render(
    notebook: Mapping[str, Any] | Path,
    *,
    kind: str = "report",
    language: str | None = None,
    title: str | None = None,
    links: Links | None = None,
    marks: Mapping[str, Mark] | None = None,
) -> dict[str, bytes]:
    """The page and the PDF of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode, mapping or Path
        Executed; nothing runs here.
    kind : {"report", "summary", "product"}
        Everything, two pages of key findings, or what a product shows to its readers.
    language : str, optional
        By default that of the notebook's parameters.
    title : str, optional
        By default the cover's.
    links : sequence of (str, str), optional
        Words and addresses of the other forms; by default those that a run puts beside a report.
    marks : mapping, optional
        What reviewers said, by `reviews.name_of`.

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
    document = loaded(notebook)
    story = with_reviews(
        read_story(readers_notebook(document) if kind == "product" else document, language, title),
        marks or {},
    )
    story = FORMS[kind](story) if kind in FORMS else story
    links_to = [(FORM_NAMES[name], name) for name in OTHER_FORMS.get(kind, ())] if links is None else links
    return {"html": page(story, links_to).encode(), "pdf": pdf(story)}


def product_links(stem: str, name: str, exhibits: Path, language: str = "en") -> list[tuple[str, str]]:
    """Other forms of a product: its PDF, and the posters that lie in its folder of exhibits.

    Parameters
    ----------
    stem : str
        Name of the page's file.
    name : str
        Of the product, and of the folder beside the page.
    exhibits : Path
        Where its exhibits are now.
    language : str

    Returns
    -------
    list of (str, str)
        Words and addresses relative to the page.

    Examples
    --------
    >>> product_links("SYNTHETIC-forum_pack", "forum_pack", Path("nowhere"))
    [('PDF', 'SYNTHETIC-forum_pack.pdf')]
    """
    posters = [
        (f"{translate(words, language)} ({path.suffix[1:].upper()})", f"{name}/exhibits/{path.name}")
        for shape, words in POSTERS.items()
        for path in sorted(exhibits.glob(f"*infographic-{shape}.*"))
    ]
    return [("PDF", f"{stem}.pdf"), *posters]


def __getattr__(name: str) -> Any:
    """The exporters load nbconvert, which those who only render do not need."""
    if name in ("DigicitHTMLExporter", "DigicitPDFExporter"):
        from digicit_lib.report import exporters

        return getattr(exporters, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
