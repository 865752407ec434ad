"""Words of the chapter on interviews that are true of every study."""

from __future__ import annotations

from digicit_lib.language import N_

NOT_TWICE = N_("Agreement: no text was coded by two people")
RIGHTS_HEADS = (
    N_("Article"),
    N_("Right"),
    N_("General Comment 25, paragraphs"),
    N_("Codes that speak to it"),
)
