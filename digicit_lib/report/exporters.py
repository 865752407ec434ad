"""nbconvert's side: the preprocessor of the `digicit` template and two exporters."""

from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.preprocessors import Preprocessor
from traitlets import default

from digicit_lib.report.html_page import page, page_model
from digicit_lib.report.pdf import pdf
from digicit_lib.report.story import read_story


class StoryPreprocessor(Preprocessor):
    """Gives `jupyter nbconvert --to html --template digicit` what its template prints."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the page's model beside the notebook, which stays as it is."""
        resources["digicit"] = page_model(read_story(nb))
        return nb, resources


class DigicitHTMLExporter(Exporter):
    """`jupyter nbconvert --to digicit_html`: the page, wherever the template is installed."""

    export_from_notebook = "digicit report (HTML)"
    output_mimetype = "text/html"
    maker: Any = staticmethod(page)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """The notebook's story in this exporter's form."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return self.maker(read_story(notebook)), resources


class DigicitPDFExporter(DigicitHTMLExporter):
    """`jupyter nbconvert --to digicit_pdf`: a tagged PDF through typst, without LaTeX or a browser."""

    export_from_notebook = "digicit report (PDF)"
    output_mimetype = "application/pdf"
    maker = staticmethod(pdf)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"
