"""Why a number is hidden or marked: evidence keeps codes with values, pages say these sentences."""

from __future__ import annotations

from digicit_lib.language import N_
from digicit_lib.language.codes import say_codes

REASONS = {
    "few_answers": N_("reliability: fewer than {n} answers (MICS)"),
    "some_answers": N_("reliability: {low} to {high} answers (MICS)"),
    "no_estimate": N_("reliability: no estimate could be made"),
    "small_effective_sample": N_("reliability: effective sample under 30 (NCHS)"),
    "wide_interval": N_("reliability: interval of 30 points or more (NCHS)"),
    "wide_for_share": N_("reliability: interval wider than 130 % of the share (NCHS)"),
    "from_hidden": N_("reliability: computed from a number that is not shown"),
    "privacy": N_("privacy: fewer than {n} children behind it, or it would give back such a number"),
    "few_participants": N_("privacy: fewer than {n} participants in the group"),
    "separated": N_("reliability: no finite estimate, one group has only yes or only no"),
    "few_df": N_("review: fewer than 8 degrees of freedom (NCHS)"),
    "none_or_all": N_("review: 0 % or 100 % (NCHS)"),
    "wide_for_complement": N_("review: interval wider than 130 % of the complement (NCHS)"),
    "nobody_answered": N_("nobody in the base answered"),
}


def reason_text(reason: str, language: str = "en") -> str:
    """The reason of an estimate in words.

    Parameters
    ----------
    reason : str
        Codes with values, as evidence keeps them.
    language : str

    Examples
    --------
    >>> reason_text("few_df"), reason_text("some_answers?low=25&high=49")
    ('review: fewer than 8 degrees of freedom (NCHS)', 'reliability: 25 to 49 answers (MICS)')
    """
    return say_codes(reason, REASONS, language)
