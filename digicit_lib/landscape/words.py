"""Codes of a desk review and their names; what each says stands with the other reasons, in `disclosure`."""

from digicit_lib.language import N_
from digicit_lib.language.codes import label_table

# What may be odd in a series.
FLAGS = label_table("series flags")
# What a flag does to the value: withheld, or shown with the reason; the others are told beside the series.
QUALITY = {
    **dict.fromkeys(("mixed_units", "impossible_percentage", "year_after_study", "two_values"), "suppressed"),
    **dict.fromkeys(("projection", "definition_break", "ends_long_ago", "outside_parts"), "caution"),
    **dict.fromkeys(("urban_only", "percent_sign_twice"), "caution"),
}
# Events of the timeline that the series tell.
EVENTS = {"milestone": N_("First year with at least {level} % of the population online")}
