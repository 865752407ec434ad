"""Thresholds that a study has lowered, said in its methods."""

from collections.abc import Callable

from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.params import Publication

NAMES = label_table("thresholds")
LOWERED = N_("Lower than usual in this study: {limits}. Reason: {reason} (decided by {name}).")


def lowered(profile: Publication, say: Callable[..., str]) -> list[tuple[str, str]]:
    """A row of the methods: which thresholds are lower than the defaults, why, and who decided it.

    Parameters
    ----------
    profile : Publication
    say : callable
        Says a message in the report's language.

    Examples
    --------
    >>> profile = Publication(min_cell=3, reason="Adults only.", decided_by="A. Person")
    >>> lowered(profile, lambda text, **values: text.format(**values))[0][1][:44]
    'Lower than usual in this study: children beh'
    >>> lowered(Publication(), str)
    []
    """
    if not profile.lowered:
        return []
    limits = "; ".join(f"{say(NAMES[name])}: {limit}" for name, limit in profile.lowered.items())
    text = say(LOWERED, limits=limits, reason=profile.reason, name=profile.decided_by)
    return [(N_("Lower thresholds"), text)]
