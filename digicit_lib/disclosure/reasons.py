"""Why a number is hidden, marked or flagged: evidence keeps codes with values, pages say these sentences."""

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
    "privacy": N_("privacy: fewer than {n} people behind it, or it would give back such a number"),
    "few_participants": N_("privacy: fewer than {n} participants in the group"),
    "separated": N_("reliability: no finite estimate, one group has only yes or only no"),
    "few_coders": N_("fewer than two coders rated a unit"),
    "no_common_source": N_("no source was coded by two coders"),
    "no_common_code": N_("not computable: no code was used by two coders"),
    "one_value": N_("undefined: only one value was used"),
    "no_variation": N_("undefined: no variation or nothing marked by two coders"),
    "overlapping_codes": N_("undefined: a coder's codes overlap within the domain"),
    "unstable_interval": N_("interval: undefined in too many resamples"),
    "few_df": N_("review: fewer than 8 degrees of freedom (NCHS)"),
    "none_or_all": N_("review: 0 % or 100 % (NCHS)"),
    "wide_for_complement": N_("review: interval wider than 130 % of the complement (NCHS)"),
    "nobody_answered": N_("nobody in the base answered"),
    # Of a desk review: flags of its series, marks of the figures that its sources printed.
    "mixed_units": N_("another unit than the rest of the series"),
    "impossible_percentage": N_("a share of people cannot lie outside 0 to 100 percent"),
    "year_after_study": N_("later than the study: another calendar, or a projection not marked"),
    "two_values": N_("one file gives two values for this year"),
    "projection": N_("a projection, not an observation"),
    "definition_break": N_("definition break: not comparable with earlier years"),
    "ends_long_ago": N_("the series ends ten years before the study or earlier"),
    "outside_parts": N_("the total lies outside the range of its parts"),
    "urban_only": N_("urban areas only in this source"),
    "percent_sign_twice": N_("the percent sign stands twice in the file"),
    "citation_without_year": N_("the citation names no year"),
    "markup_in_citation": N_("the citation holds markup or a formula, shown as plain text"),
    "row_repeated": N_("the same row again; counted once"),
    "vintages": N_("{old} in this vintage, {new} in the newest"),
    "years": N_("latest values are from {low} to {high}"),
    "opt_in_source": N_("opt-in source"),
    "purposive_source": N_("purposive source"),
    "commercial_source": N_("commercial source"),
    "desk_review_source": N_("desk review source"),
    "unknown_source": N_("unknown source"),
    "press_report": N_("press report"),
    "recalled": N_("recalled, not read"),
    "broken_series": N_("definition break"),
    "opt_in_pilot": N_("opt-in pilot: describes those who took part and nobody else"),
}


def reason_text(reason: str, language: str = "en", between: str = "; ") -> str:
    """The reason of an estimate in words.

    Parameters
    ----------
    reason : str
        Codes with values, as evidence keeps them.
    language : str
    between : str
        Stands between two reasons.

    Examples
    --------
    >>> reason_text("few_df"), reason_text("some_answers?low=25&high=49")
    ('review: fewer than 8 degrees of freedom (NCHS)', 'reliability: 25 to 49 answers (MICS)')
    """
    return say_codes(reason, REASONS, language, between)
