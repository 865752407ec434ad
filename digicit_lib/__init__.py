"""digicit: reproducible research workbooks for children's digital citizenship and online safety.

The public door. Importing it is light: a name loads its room when it is first used.

Examples
--------
>>> import digicit_lib
>>> digicit_lib.__version__.count(".")
2
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digicit_lib.errors import DigicitError
    from digicit_lib.evidence import Estimate, Evidence
    from digicit_lib.params import Params, load_params
    from digicit_lib.products.product import Product
    from digicit_lib.survey import SurveyDesign, association, difference, mean, proportion, table
    from digicit_lib.workbook.door import Workbook

__version__ = version("digicit")

_ROOMS = {
    "DigicitError": "errors",
    "Estimate": "evidence",
    "Evidence": "evidence",
    "Params": "params",
    "Product": "products.product",
    "SurveyDesign": "survey",
    "Workbook": "workbook.door",
    "association": "survey",
    "difference": "survey",
    "load_params": "params",
    "mean": "survey",
    "proportion": "survey",
    "table": "survey",
}
__all__ = sorted(["__version__", *_ROOMS])


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'digicit_lib' has no attribute {name!r}")
    return getattr(import_module(f"digicit_lib.{_ROOMS[name]}"), name)
