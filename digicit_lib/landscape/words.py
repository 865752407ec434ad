"""Codes of a desk review and their names; what each says stands with the other reasons, in `disclosure`."""

from __future__ import annotations

from digicit_lib.language import N_

# What may be odd in a series.
FLAGS = {
    "mixed_units": N_("mixed units"),
    "impossible_percentage": N_("impossible percentage"),
    "year_after_study": N_("year after the study"),
    "two_values": N_("two values for a year"),
    "projection": N_("projection"),
    "definition_break": N_("definition break"),
    "ends_long_ago": N_("series ends long ago"),
    "outside_parts": N_("total outside its parts"),
    "urban_only": N_("urban areas only in this source"),
    "percent_sign_twice": N_("percent sign twice"),
    "citation_without_year": N_("citation without year"),
    "markup_in_citation": N_("markup in a citation"),
    "row_repeated": N_("row repeated"),
    "vintages_disagree": N_("vintages disagree"),
    "definition_changed": N_("definition changed"),
    "mixed_years": N_("mixed reference years"),
}
# What a flag does to the value: withheld, or shown with the reason; the others are told beside the series.
QUALITY = {
    **dict.fromkeys(("mixed_units", "impossible_percentage", "year_after_study", "two_values"), "suppressed"),
    **dict.fromkeys(("projection", "definition_break", "ends_long_ago", "outside_parts"), "caution"),
    **dict.fromkeys(("urban_only", "percent_sign_twice"), "caution"),
}
# Events of the timeline that the series tell.
EVENTS = {"milestone": N_("First year with at least {level} % of the population online")}
