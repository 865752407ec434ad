"""What a notebook talks to: it numbers exhibits, applies language and disclosure, records evidence."""

from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.exploratory import Exploratory
from digicit_lib.workbook.qualitative import Qualitative
from digicit_lib.workbook.quantitative import Quantitative
from digicit_lib.workbook.result import Result

KINDS: dict[str, type[Workbook]] = {
    "exploratory": Exploratory, "quantitative": Quantitative, "qualitative": Qualitative,
}  # fmt: skip

__all__ = ["KINDS", "Exploratory", "Qualitative", "Quantitative", "Result", "Workbook"]
