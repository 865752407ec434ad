"""Desk review: what is already known of a country, each figure with its file, line, source and licence."""

from digicit_lib.landscape.countries import match, un_members, un_name
from digicit_lib.landscape.pilot import PILOT_METHOD, pilot
from digicit_lib.landscape.registers import checklist, load_register
from digicit_lib.landscape.review import Landscape, open_landscape
from digicit_lib.landscape.series_checks import judge_values
from digicit_lib.landscape.series_files import COLUMNS, series
from digicit_lib.landscape.series_places import series_files
