"""nbconvert's side: the preprocessor of the `digicit` template and two exporters."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.preprocessors import Preprocessor
from traitlets import default

from digicit_lib.report.page import model, page
from digicit_lib.report.pdf import pdf
from digicit_lib.report.story import read


class StoryPreprocessor(Preprocessor):
    """Gives the `digicit` template what it prints, so that plain nbconvert makes the same page.

    Examples
    --------
    jupyter nbconvert --to html --template digicit workbook.ipynb
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the page's model beside the notebook, which stays as it is."""
        resources["digicit"] = model(read(nb))
        return nb, resources


class DigicitHTMLExporter(Exporter):
    """A notebook as the page of digicit, wherever its template is installed.

    Examples
    --------
    jupyter nbconvert --to digicit_html workbook.ipynb
    """

    export_from_notebook = "digicit report (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """The page as text."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return page(read(notebook)), resources


class DigicitPDFExporter(Exporter):
    """A notebook as a tagged PDF through typst, without LaTeX or a browser.

    Examples
    --------
    jupyter nbconvert --to digicit_pdf workbook.ipynb
    """

    export_from_notebook = "digicit report (PDF)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """The PDF as bytes."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return pdf(read(notebook)), resources
