"""Response rates by the standard definitions of AAPOR (2023, tenth edition)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import nan, prod

RATES = ("RR1", "RR2", "RR3", "RR4", "RR5", "RR6")


def response_rates(counts: Mapping[str, float | None]) -> dict[str, float]:
    """AAPOR's six response rates of one stage.

    Parameters
    ----------
    counts : mapping
        Final outcomes: complete (I), partial (P), refusal (R), noncontact (NC), other (O), unknown (UH) and
        unknown_other (UO); absent ones are zero. `e`, the estimated eligible share of the unknown.

    Returns
    -------
    dict
        RR1 to RR6, shares from 0 to 1; RR3 and RR4 are NaN without `e` where any case is unknown, and a rate
        without any case is NaN.

    Notes
    -----
    RR1 = I / (I + P + R + NC + O + UH + UO); RR3 counts e (UH + UO) for the unknown, RR5 none of them. RR2,
    RR4 and RR6 have I + P above the same line.

    Examples
    --------
    >>> counts = {"complete": 600, "partial": 50, "refusal": 150, "noncontact": 100, "unknown": 200, "e": 0.5}
    >>> {name: round(rate, 3) for name, rate in response_rates(counts).items()}
    {'RR1': 0.545, 'RR2': 0.591, 'RR3': 0.6, 'RR4': 0.65, 'RR5': 0.667, 'RR6': 0.722}
    """
    number = {key: float(value or 0) for key, value in counts.items()}
    whole, part = number.get("complete", 0.0), number.get("partial", 0.0)
    eligible = whole + part + sum(number.get(key, 0.0) for key in ("refusal", "noncontact", "other"))
    unknown = number.get("unknown", 0.0) + number.get("unknown_other", 0.0)
    e = counts.get("e")
    likely = (nan if e is None else e * unknown) if unknown else 0.0
    lines = [eligible + more for more in (unknown, likely, 0.0)]
    shares = [over / line if line else nan for line in lines for over in (whole, whole + part)]
    return dict(zip(RATES, shares, strict=True))


def printed_rates(counts: Mapping[str, float | None]) -> dict[str, float]:
    """The rates that the counts allow: RR1 and RR2, with `e` RR3 and RR4; RR5 and RR6 claim that none of the
    unknown was eligible, which only counts without unknown cases show, and then they equal RR1 and RR2.

    Examples
    --------
    >>> sorted(printed_rates({"complete": 60, "refusal": 40, "unknown": 20}))
    ['RR1', 'RR2']
    """
    unknown = float(counts.get("unknown") or 0) + float(counts.get("unknown_other") or 0)
    names = RATES[:4] if unknown and counts.get("e") is not None else RATES[:2]
    rates = response_rates(counts)
    return {name: rates[name] for name in names}


def overall(stages: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Rates of several stages together: the product of each rate that all of them have.

    Examples
    --------
    >>> schools, students = {"RR1": 152 / 209}, {"RR1": 17232 / 21791}
    >>> round(overall([schools, students])["RR1"], 3)
    0.575
    """
    known = list(stages)
    common = [name for name in (known[0] if known else ()) if all(name in one for one in known)]
    return {name: prod(one[name] for one in known) for name in common}
