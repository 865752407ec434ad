"""Products: what evidence becomes outside the report, and the gate before the public.

Sheets, briefs, forum packs and comparisons read published evidence only. The room holds the gate, the texts
that people edit, readability, statements, the rights map and the comparison of countries; the workbook room
shows them.
"""

from digicit_lib.products.gate import (
    Gate,
    Published,
    SignOff,
    check_helplines,
    located,
    read_review,
    value_hash,
)
from digicit_lib.products.templates import Piece, Template, load_template

__all__ = [
    "Gate", "Piece", "Published", "SignOff", "Template", "check_helplines", "load_template", "located",
    "read_review", "value_hash",
]  # fmt: skip
