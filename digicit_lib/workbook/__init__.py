"""What a notebook talks to: it numbers exhibits, applies language and disclosure, records evidence."""

from digicit_lib.workbook.base import BaseWorkbook
from digicit_lib.workbook.door import KINDS, Workbook
from digicit_lib.workbook.exploratory import Exploratory
from digicit_lib.workbook.qualitative import Qualitative
from digicit_lib.workbook.quantitative import Quantitative
from digicit_lib.workbook.result import Result

__all__ = ["KINDS", "BaseWorkbook", "Exploratory", "Qualitative", "Quantitative", "Result", "Workbook"]
