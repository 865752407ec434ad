"""Sentences that a desk review makes from values, as templates: one place to write and to translate them."""

from __future__ import annotations

VINTAGES = "{old} in this vintage, {new} in the newest"
YEARS = "latest values are from {low} to {high}"
MILESTONE = "First year with at least {level} % of the population online"
DETAILS = (VINTAGES, YEARS)
# Where a number stands in its file.
CELL = "{file} line {row}"
