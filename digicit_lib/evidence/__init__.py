"""Evidence: every published number is a row with a readable id; tables, figures and sentences are views."""

from digicit_lib.evidence.store import (
    CONTRASTS,
    DEFAULT_STATISTICS,
    KINDS,
    QUALITIES,
    Estimate,
    Evidence,
    Finding,
    tail,
)
from digicit_lib.evidence.trail import diff, for_readers, load, records, trace

__all__ = [
    "CONTRASTS",
    "DEFAULT_STATISTICS",
    "KINDS",
    "QUALITIES",
    "Estimate",
    "Evidence",
    "Finding",
    "diff",
    "for_readers",
    "load",
    "records",
    "tail",
    "trace",
]
