"""Which columns are replicate weights: numbered ones that are the weight times the factors of a method."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from digicit_lib.data.raw import Raw
from digicit_lib.data.roles import NUMBERED, Guess, numbered, numbers

HALVES = re.compile(r"JKZONE(S?) JKREP\1")  # with S: ICILS and ICCS, without: TIMSS and PIRLS


def replicates(raw: Raw, guesses: Mapping[str, Guess]) -> Guess | None:
    """The guessed replicates of a weight, or the zones and halves from which IEA's surveys make them.

    Parameters
    ----------
    raw : Raw
        The candidates' columns with all their rows.
    guesses : mapping
        Role to what was guessed: `weight`, `strata`, `psu`.
    """
    guess = _replicates(raw, guesses["weight"].column) if "weight" in guesses else None
    return guess or _halves(raw, guesses)


def _replicates(raw: Raw, weight: str) -> Guess | None:
    """The numbered columns that are the weight times some factors; the factors tell the method."""
    for (start, end), names in numbered([str(c) for c in raw.frame.columns]).items():
        full = numbers(raw, weight).to_numpy()
        block = np.stack([numbers(raw, name).to_numpy() for name in names])
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.round(block / full, 2)
        if not np.isfinite(factors).any() or not 0.5 < float(np.nanmean(factors)) < 1.5:
            continue
        first, last = (NUMBERED.fullmatch(name)[2] for name in (names[0], names[-1]))  # type: ignore[index]
        facts = {**_method(factors), "weights": f"{start}{{{first}..{last}}}{end}"}
        reason = f"{len(names)} columns that are {weight} times {_shown(factors)}"
        return Guess(facts["weights"], reason, told=facts)
    return None


def _halves(raw: Raw, guesses: Mapping[str, Guess]) -> Guess | None:
    """The jackknife of IEA's surveys, where strata and clusters are its zones and their two halves."""
    if not {"weight", "strata", "psu"} <= set(guesses):
        return None
    zone, half = guesses["strata"].column, guesses["psu"].column
    name = HALVES.fullmatch(f"{zone} {half}".upper())
    if not name or (raw.frame.groupby(zone, observed=True)[half].nunique() != 2).any():
        return None
    facts: dict[str, Any] = {"method": "JK2"} | ({} if name[1] else {"both": True})
    when = "" if name[1] else "; both: true since TIMSS 2015 and PIRLS 2016, not before"
    reason = f"two halves in each zone, as IEA's surveys are drawn{when}"
    return Guess(f"{zone}, {half}", reason, True, told=facts)


def _method(factors: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Fay and BRR halve the sample, jackknives leave one unit out; anything else is a bootstrap.

    Examples
    --------
    >>> _method(np.array([[0.5, 1.5]])), _method(np.array([[0.0, 1.33, 1.0]]))
    ({'method': 'Fay', 'fay': 0.5}, {'method': 'JKn'})
    """
    common = list(_common(factors))
    low, high = min(common), max(common)
    if low > 0 and len(common) <= 4 and abs(low + high - 2) < 0.05:
        return {"method": "Fay", "fay": round(float(low), 2)}
    if low == 0 and abs(high - 2) < 0.05 and 1.0 not in common:
        return {"method": "BRR"}
    if low == 0 and 1.0 in common:
        return {"method": "JKn"}
    return {"method": "JK1"} if low == 0 and len(common) <= 3 else {"method": "bootstrap"}


def _common(factors: np.ndarray[Any, Any]) -> Iterator[float]:
    values, counts = np.unique(factors[np.isfinite(factors)], return_counts=True)
    yield from (float(v) for v, n in zip(values, counts, strict=True) if n >= 0.005 * counts.sum())


def _shown(factors: np.ndarray[Any, Any]) -> str:
    common = list(_common(factors))
    return " or ".join(f"{value:g}" for value in common) if len(common) <= 4 else "several factors"
