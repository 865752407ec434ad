"""Response rates from final dispositions, as AAPOR's Standard Definitions (2023) number them."""

from typing import Protocol


class Dispositions(Protocol):
    """Counts of one stage: see the params key `outcomes`."""

    @property
    def complete(self) -> int: ...
    @property
    def partial(self) -> int: ...
    @property
    def refusal(self) -> int: ...
    @property
    def noncontact(self) -> int: ...
    @property
    def other(self) -> int: ...
    @property
    def unknown(self) -> int: ...
    @property
    def unknown_other(self) -> int: ...
    @property
    def e(self) -> float | None: ...


def response_rates(outcomes: Dispositions) -> dict[str, float]:
    """The response rates that the counts allow, by AAPOR's names.

    Parameters
    ----------
    outcomes : Dispositions
        I, P, R, NC, O, UH, UO; `e`, the share of unknown units that are eligible, where it was estimated.

    Returns
    -------
    dict
        RR1 = I/(I+P+R+NC+O+UH+UO); RR2 = (I+P)/same; RR3 and RR4 the same with e(UH+UO), only with `e`; RR5
        and RR6 without the unknown, only where there is none: else they would say that none is eligible.

    Examples
    --------
    >>> from types import SimpleNamespace as S
    >>> known = {"complete": 80, "partial": 4, "refusal": 10, "noncontact": 4, "other": 2}
    >>> counts = S(**known, unknown=20, unknown_other=0, e=0.5)
    >>> {name: round(rate, 3) for name, rate in response_rates(counts).items()}
    {'RR1': 0.667, 'RR2': 0.7, 'RR3': 0.727, 'RR4': 0.764}
    """
    whole, some = outcomes.complete, outcomes.complete + outcomes.partial
    eligible = some + outcomes.refusal + outcomes.noncontact + outcomes.other
    unknown = outcomes.unknown + outcomes.unknown_other
    pairs: list[tuple[str, str, float]] = [("RR1", "RR2", eligible + unknown)]
    if outcomes.e is not None:
        pairs.append(("RR3", "RR4", eligible + outcomes.e * unknown))
    elif not unknown:
        pairs.append(("RR5", "RR6", eligible))
    return {name: n / base for a, b, base in pairs for name, n in ((a, whole), (b, some))}
