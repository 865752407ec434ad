"""A report in the forms that offices edit."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from digicit_lib.evidence.marks import Mark
from digicit_lib.report.slides import deck_pdf, pptx
from digicit_lib.report.spreadsheet import xlsx
from digicit_lib.report.story import Story, loaded, read_story, with_reviews
from digicit_lib.report.word import docx

OFFICE: dict[str, Callable[[Story], bytes]] = {
    "report.docx": docx,
    "tables.xlsx": xlsx,
    "deck.pptx": pptx,
    "deck.pdf": deck_pdf,
}


def office_files(
    notebook: Mapping[str, Any] | Path,
    language: str | None = None,
    marks: Mapping[str, Mark] | None = None,
) -> dict[str, bytes]:
    """A report in the forms that offices edit: Word, a spreadsheet of its tables, a deck of its findings.

    Parameters
    ----------
    notebook : NotebookNode, mapping or Path
        Executed; nothing runs here.
    language : str, optional
        By default that of the notebook's parameters.
    marks : mapping, optional
        What reviewers said, by `reviews.name_of`.

    Returns
    -------
    dict
        Contents by file name; the same bytes for the same notebook.

    Examples
    --------
    >>> sorted(office_files({"cells": [], "metadata": {}}))
    ['deck.pdf', 'deck.pptx', 'report.docx', 'tables.xlsx']
    """
    story = with_reviews(read_story(loaded(notebook), language), marks or {})
    return {name: write(story) for name, write in OFFICE.items()}
