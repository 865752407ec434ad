"""What a notebook talks to: it numbers exhibits, applies language and disclosure, records evidence."""

from digicit_lib.workbook.advocacy import Advocacy, Forum
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.communication import Communication
from digicit_lib.workbook.comparison import Comparison
from digicit_lib.workbook.exploratory import Exploratory
from digicit_lib.workbook.qualitative import Qualitative
from digicit_lib.workbook.quantitative import Quantitative
from digicit_lib.workbook.result import Result

PHASE_KINDS = (Exploratory, Quantitative, Qualitative)
PRODUCT_KINDS = (Communication, Advocacy, Forum, Comparison)
KINDS: dict[str, type[Workbook]] = {kind.phase: kind for kind in (*PHASE_KINDS, *PRODUCT_KINDS)}

__all__ = ["KINDS", "PRODUCT_KINDS", "Exploratory", "Qualitative", "Quantitative", "Result", "Workbook"]
