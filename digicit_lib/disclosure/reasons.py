"""Why a number is hidden, marked or flagged: evidence keeps codes with values, pages say these sentences."""

from __future__ import annotations

from digicit_lib.language.codes import label_table, say_codes

REASONS = label_table("reasons")


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
