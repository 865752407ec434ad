"""Coded interviews: readers, tables, agreement, saturation, pseudonyms and the gate for quotations.

One face over a few rooms; a segment is one coding (source, half-open code points, code, coder), a case is a
participant, a theme groups codes. Counts are of segments, passages, sources and participants, never shares
of people.
"""

from digicit_lib.qualitative.agreement import coefficients
from digicit_lib.qualitative.analyses import code_tree, codebook, counts_out, framework, frequency
from digicit_lib.qualitative.checklists import coreq, srqr
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.readers import read, read_table
from digicit_lib.qualitative.coders import agreement
from digicit_lib.qualitative.consent import consent_table
from digicit_lib.qualitative.displays import joint_display, participants, saturation, saturation_point
from digicit_lib.qualitative.kwic import kwic
from digicit_lib.qualitative.neutral import neutral_ids
from digicit_lib.qualitative.pseudonyms import pseudonymise
from digicit_lib.qualitative.quotation_gate import (
    best_quotation,
    draft_reviews,
    negative_cases,
    quotations,
    withheld,
)
from digicit_lib.qualitative.relations import cooccurrence, disagreements
from digicit_lib.qualitative.risk import risk
from digicit_lib.qualitative.tokens import fold_token, tokens
from digicit_lib.qualitative.unitizing import unitizing, unitizing_alpha
