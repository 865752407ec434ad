"""The indicator catalogue and the instruments: what is asked, of whom, and what counts as a yes.

The catalogue (`codebooks/catalogue/*.yaml`, one file a construct) is the only list of indicators. An
instrument (`codebooks/instruments/*.yaml`) maps the variables of one survey programme to it once. The
own questionnaire, instrument `digicit`, is generated from the catalogue, so nobody keeps a second list.
"""

from collections.abc import Mapping
from typing import Any

from digicit_lib.codebook.answer_texts import APOSTROPHES, answer_key, canonical, column_name
from digicit_lib.codebook.definitions import (
    BASES,
    OTHER,
    YOUNGEST,
    Age,
    Breakdown,
    Indicator,
    Mapped,
    MissingCodes,
    Rule,
    Says,
)
from digicit_lib.codebook.indicators import (
    CONSTRUCTS,
    DONT_KNOW,
    FOLDER,
    MODULES,
    NOT_ASKED,
    NOT_SAY,
    SECTIONS,
    TOPICS,
    Module,
    catalogue,
    clearance_only,
    is_own,
    questionnaire,
    scales,
    split_id,
)
from digicit_lib.codebook.instrument_files import Instrument, instrument, instruments

SCALES: Mapping[str, Mapping[str, str]]
CLEARANCE_ONLY: tuple[str, ...]


def __getattr__(name: str) -> Any:
    """What rests on the catalogue is read at its first use, so that importing this room stays light."""
    if name in ("SCALES", "CLEARANCE_ONLY"):
        return scales() if name == "SCALES" else clearance_only()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
