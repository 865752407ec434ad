"""Desk review: what is already known of a country, each figure with its file, line, source and licence."""

from __future__ import annotations

from digicit_lib.landscape.countries import match, un_members, un_name
from digicit_lib.landscape.pilot import PILOT_METHOD, pilot
from digicit_lib.landscape.register_sheets import take_workbook, write_workbook
from digicit_lib.landscape.registers import checklist, gap_grid, load_register
from digicit_lib.landscape.review import Landscape, data_files, open_landscape
from digicit_lib.landscape.series_checks import check
from digicit_lib.landscape.series_files import COLUMNS, series

__all__ = [
    "COLUMNS",
    "PILOT_METHOD",
    "Landscape",
    "check",
    "checklist",
    "data_files",
    "gap_grid",
    "load_register",
    "match",
    "open_landscape",
    "pilot",
    "series",
    "take_workbook",
    "un_members",
    "un_name",
    "write_workbook",
]
