"""Which columns are weight, strata, clusters, replicates, age and groups: by name, tested on values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import canonical
from digicit_lib.data.labels import exit_of, fold, level_of, words
from digicit_lib.data.matching import refused, synonyms
from digicit_lib.data.raw import Raw

CHILD = (5, 25)  # a median age outside is no age of children or young people
OLDEST = 99
FEWEST_REPLICATES = 10
FEWEST_CLUSTERS = 8  # fewer are as likely the answers of a question on school
BANDS = re.compile(r"\s*(\d{1,2})\s*(?:-|–|—|to|до|ila)\s*(\d{1,2})\b")
NUMBERED = re.compile(r"(.*?)(\d+)([A-Za-z_]*)")


@dataclass(frozen=True)
class Guess:
    """A column, or columns, in a role: whether it is certain, why, and the values of its levels."""

    column: str
    reason: str
    certain: bool = False
    levels: dict[str, list[str]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


def candidates(raw: Raw) -> list[str]:
    """Columns whose values decide about a role: those with a telling name, and numbered rows of weights."""
    named = {**words()["design"], **words()["groups"], "age": words()["age"]}
    listed = synonyms(named, folded(raw))
    told = [column for columns in listed.values() for column in columns[:12]]
    rows = [name for names in _numbered(list(map(str, raw.frame.columns))).values() for name in names]
    return list(dict.fromkeys(told + rows))


def folded(raw: Raw) -> dict[str, tuple[str, str]]:
    """Column to its folded name (the last part of a KoBo path, words of a compound name parted) and label."""
    last = {name: name.rpartition("/")[2] or name for name in map(str, raw.frame.columns)}
    return {
        name: (fold(part.replace("_", " ")), fold(raw.labels.get(name, ""))) for name, part in last.items()
    }


def roles(raw: Raw) -> dict[str, Guess]:
    """The guessed role of columns, each tested on its values; what fits no test is not guessed.

    Parameters
    ----------
    raw : Raw
        The candidates' columns with all their rows.

    Returns
    -------
    dict
        `weight`, `strata`, `psu`, `replicates`, `age`, `gender`, `residence` to a guess.
    """
    texts = folded(raw)
    listed = synonyms({**words()["design"], **words()["groups"], "age": words()["age"]}, texts)
    listed = {
        key: [c for c in columns if not refused(key, " ".join(texts[c]))] for key, columns in listed.items()
    }
    found: dict[str, Guess] = {}
    tests = {
        "age": _age,
        "gender": _levels,
        "residence": _levels,
        "weight": _weight,
        "strata": _strata,
        "psu": _psu,
    }
    for key, test in tests.items():
        guess = next((g for c in listed.get(key, []) if (g := test(raw, c, key, found))), None)
        if guess and guess.column not in {other.column for other in found.values()}:
            found[key] = guess
    if "weight" in found and (replicates := _replicates(raw, found["weight"].column)):
        found["replicates"] = replicates
    return found


def numbers(raw: Raw, column: str) -> pd.Series:
    """A column's numbers without the codes that its labels call no answer (NaN)."""
    labels = raw.values.get(column, {})
    lost = [float(code) for code, text in labels.items() if exit_of(text) and _is_number(code)]
    values = pd.to_numeric(raw.frame[column].astype(object), errors="coerce").astype(float)
    return values.mask(values.isin(lost))


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def _all_numbers(raw: Raw, column: str) -> bool:
    given = raw.frame[column].notna() & (raw.frame[column].astype(str) != "")
    return bool(given.any()) and bool(
        pd.to_numeric(raw.frame[column][given].astype(object), errors="coerce").notna().all()
    )


def _age(raw: Raw, column: str, key: str, found: Mapping[str, Guess]) -> Guess | None:
    labels = [text for text in raw.values.get(column, {}).values() if not exit_of(text)]
    bands = {code: hit for code, text in raw.values.get(column, {}).items() if (hit := BANDS.match(text))}
    values = numbers(raw, column).dropna()
    if len(bands) > 1 or not _all_numbers(raw, column) or values.empty:
        return None
    years = _labelled_years(raw, column)
    if years:
        return Guess(column, "its labels are ages", told={"values": years})
    low, middle, high = values.min(), values.median(), values.max()
    whole = bool((values % 1 == 0).mean() > 0.9) and values.nunique() > 2
    if not whole or not CHILD[0] <= middle <= OLDEST or high > OLDEST + 20 or low < 0 or len(labels) > 30:
        return None
    reason = f"whole numbers from {low:.0f} to {high:.0f}, half of them up to {middle:.0f}"
    return Guess(column, reason, middle <= CHILD[1], told={"ages": [int(low), int(high)]})


def _labelled_years(raw: Raw, column: str) -> dict[str, float]:
    """Codes that stand for ages: `4` is "15 years old" in some surveys of schools."""
    told = {}
    for code, text in raw.values.get(column, {}).items():
        hit = re.match(r"\D{0,12}?(\d{1,2})\s*(?:years|год|лет|рок|yas)", fold(text))
        if hit:
            told[code] = float(hit[1])
    shifted = any(_is_number(code) and float(code) != year for code, year in told.items())
    return told if len(told) > 2 and shifted else {}


def _levels(raw: Raw, column: str, key: str, found: Mapping[str, Guess]) -> Guess | None:
    """Two levels that both have a name of the group; two codes without labels are a doubtful guess."""
    answers = raw.values.get(column) or {
        canonical(v): str(v) for v in raw.frame[column].dropna().unique()[:20]
    }
    answers = {code: text for code, text in answers.items() if text and not exit_of(text)}
    levels: dict[str, list[str]] = {}
    for code, text in answers.items():
        levels.setdefault(level_of(text, key), []).append(code)
    several = key == "residence" or len(answers) == 2
    if set(levels) == set(words()["levels"][key]) and several:
        return Guess(column, "its answers are " + " and ".join(sorted(levels)), True, levels)
    if key == "gender" and len(answers) == 2 and all(_is_number(text) for text in answers.values()):
        return Guess(
            column, "it has two codes without labels: say which is which", levels={"girl": [], "boy": []}
        )
    return None


def _weight(raw: Raw, column: str, key: str, found: Mapping[str, Guess]) -> Guess | None:
    """Positive numbers of many values, not kilograms: those grow with age."""
    values = numbers(raw, column)
    told = values.dropna()
    if not _all_numbers(raw, column) or len(told) < 0.9 * len(values) or told.empty or (told < 0).any():
        return None
    if told.nunique() < 3 or raw.values.get(column) or _numbered([column]):
        return None
    if "age" in found and told.median() > 10:
        both = pd.concat([values, numbers(raw, found["age"].column)], axis=1).dropna()
        if len(both) > 2 and abs(np.corrcoef(both.to_numpy().T)[0, 1]) > 0.5:
            return None
    spread = float(told.std() / told.mean()) if told.mean() else 0.0
    reason = (
        f"{told.nunique()} positive values around {told.mean():.3g}, coefficient of variation {spread:.2f}"
    )
    return Guess(column, reason, spread < 3)


def _strata(raw: Raw, column: str, key: str, found: Mapping[str, Guess]) -> Guess | None:
    sizes = raw.frame[column].value_counts()
    if len(sizes) < 2 or sizes.mean() < 4 or raw.frame[column].notna().mean() < 0.95:
        return None
    return Guess(column, f"{len(sizes)} values, {sizes.mean():.0f} rows each", _named(raw, column, key))


def _named(raw: Raw, column: str, key: str) -> bool:
    """Whether a column's name or label is a word of the role itself, and nothing more."""
    told = folded(raw)[column]
    alternatives = [fold(text) for text in words()["design"][key] if len(text) > 2]
    return any(text in told or (" " in text and told[1].startswith(text)) for text in alternatives)


def _psu(raw: Raw, column: str, key: str, found: Mapping[str, Guess]) -> Guess | None:
    """Clusters hold several rows each, and more than two of them exist."""
    sizes = raw.frame[column].value_counts()
    if len(sizes) < 3 or sizes.mean() < 1.5 or raw.frame[column].notna().mean() < 0.95:
        return None
    told: dict[str, Any] = {}
    if "strata" in found:
        strata = raw.frame.groupby(column, observed=True)[found["strata"].column].nunique()
        told = {"nest": True} if (strata > 1).any() else {}
    again = "; the numbers begin anew in each stratum" if told else ""
    reason = f"{len(sizes)} values, {sizes.mean():.0f} rows each{again}"
    enough = bool(told) or len(sizes) >= FEWEST_CLUSTERS
    return Guess(column, reason, enough and _named(raw, column, key), told=told)


# --- replicate weights --------------------------------------------------------------------------------------


def _numbered(names: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Rows of columns that differ in a running number alone, from 1 or 0 and without a gap."""
    rows: dict[tuple[str, str], dict[int, str]] = {}
    for name in names:
        hit = NUMBERED.fullmatch(name)
        if hit and re.search(r"w|rep|brr|jk", hit[1], re.I):
            rows.setdefault((hit[1], hit[3]), {})[int(hit[2])] = name
    whole = {key: places for key, places in rows.items() if len(places) >= FEWEST_REPLICATES}
    return {key: [places[i] for i in sorted(places)] for key, places in whole.items()
            if sorted(places) == list(range(min(places), min(places) + len(places)))}  # fmt: skip


def _replicates(raw: Raw, weight: str) -> Guess | None:
    """The numbered columns that are the weight times some factors; the factors tell the method."""
    for (start, end), names in _numbered([str(c) for c in raw.frame.columns]).items():
        full = numbers(raw, weight).to_numpy()
        block = np.stack([numbers(raw, name).to_numpy() for name in names])
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.round(block / full, 2)
        if not np.isfinite(factors).any() or not 0.5 < float(np.nanmean(factors)) < 1.5:
            continue
        first, last = (NUMBERED.fullmatch(name)[2] for name in (names[0], names[-1]))  # type: ignore[index]
        told = {**_method(factors), "weights": f"{start}{{{first}..{last}}}{end}"}
        return Guess(
            told["weights"], f"{len(names)} columns that are {weight} times {_shown(factors)}", told=told
        )
    return None


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
