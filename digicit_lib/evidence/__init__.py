"""Evidence: every published number is a row with a readable id; tables, figures and sentences are views."""

from digicit_lib.evidence.store import (
    CONTRASTS,
    DEFAULT_STATISTICS,
    Estimate,
    Evidence,
    Finding,
    row_dicts,
    tail,
)
from digicit_lib.evidence.trail import checked_records, diff, load, publishable_changes, trace
