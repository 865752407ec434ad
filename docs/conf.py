"""Sphinx: `make docs` builds the site into `build/docs`, without the network."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "digicit"
author = "The digicit developers"
copyright = "The digicit developers, GPL-3.0-or-later"
release = version = installed("digicit")

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
source_suffix = {
    ".rst": "restructuredtext",
    ".md": "myst-nb",
    ".ipynb": "myst-nb",
}  # pages of the API are .rst
exclude_patterns = ["pictures"]
templates_path = ["_templates"]
nb_execution_mode = "off"
myst_enable_extensions = ["attrs_block", "attrs_inline"]
myst_heading_anchors = 3
# Pages name files of the repository, which are no pages; the catalogue has 170 headings.
suppress_warnings = ["myst.xref_missing", "myst.header", "misc.highlighting_failure"]

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = f"digicit {release}"
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 3,
}
html_show_sourcelink = False
