"""Which columns are weight, strata, clusters, age and groups: by name, tested on values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import canonical
from digicit_lib.data.ages import CHILD, NUMBER, band_of, labelled_years, no_ages
from digicit_lib.data.dates import age_at, days_of, years_alone
from digicit_lib.data.labels import asked_in, exit_of, fold, level_of, steps_of, word_lists
from digicit_lib.data.matching import refused, synonyms
from digicit_lib.data.previews import counts_of
from digicit_lib.data.raw import Raw
from digicit_lib.errors import DataError

OLDEST = 99
KILOS = (12, 120)  # a median that may be a body's weight
PLAIN_WEIGHT = ("weight", "вес", "вага", "agirlik")  # the sample's or a body's
MOST_PEOPLE = 30  # whole numbers up to it are as likely the people of a household as weights
MOST_TEXTS = 40
MOST_REGIONS, FEWEST_ROWS = 30, 25  # places to compare, and children in two of them
FEWEST_REPLICATES = 10
FEWEST_CLUSTERS = 8  # fewer are as likely the answers of a question on school
MOST_WORDS = 4  # of a column's label that only has a word of clusters: a longer one asks something
MARK = re.compile(r"[-–—.?_/]{1,3}")  # what stands in a cell of numbers where there is none
STRAY = 0.05
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
    columns_by_role = synonyms(_named_roles(), folded(raw))
    columns_read = [column for columns in columns_by_role.values() for column in columns[:12]]
    rows = [name for names in numbered(list(map(str, raw.frame.columns))).values() for name in names]
    return list(dict.fromkeys(columns_read + rows))


def _named_roles() -> dict[str, list[str]]:
    dated = {key: word_lists()[key] for key in ("age", "born", "interviewed")}
    return {**word_lists()["design"], **word_lists()["groups"], **dated}


def folded(raw: Raw) -> dict[str, tuple[str, str]]:
    """Column to its folded name (the last part of a KoBo path, words of a compound name parted) and label."""
    parts = {name: asked_in(name).replace("_", " ") for name in map(str, raw.frame.columns)}
    texts = {name: (part, raw.labels.get(name, "")) for name, part in parts.items()}
    return {name: (fold(a.replace("/", " ")), fold(b.replace("/", " "))) for name, (a, b) in texts.items()}


def roles(raw: Raw) -> dict[str, Guess]:
    """The guessed role of columns, each tested on its values; what fits no test is not guessed.

    Parameters
    ----------
    raw : Raw
        The candidates' columns with all their rows.

    Returns
    -------
    dict
        `weight`, `strata`, `psu`, `age`, `gender`, `residence` to a guess.
    """
    texts = folded(raw)
    columns_by_role = {
        key: [c for c in columns if not refused(key.removesuffix("_odd"), " ".join(texts[c]))]
        for key, columns in synonyms(_named_roles(), texts).items()
    }
    guesses: dict[str, Guess] = {}
    tests = {
        "age": _age,
        "gender": _levels,
        "residence": _levels,
        "region": _places,
        "weight": _weight,
        "strata": _strata,
        "psu": _psu,
    }
    for key, test in tests.items():
        fitting = [g for c in columns_by_role.get(key, []) if (g := test(raw, c, key, guesses))]
        guess = next((g for g in fitting if g.certain), next(iter(fitting), None))
        if guess and guess.column not in {other.column for other in guesses.values()}:
            guesses[key] = guess
        other = (_age_by_birth(raw, columns_by_role), _age_by_bands(raw, texts)) if key == "age" else ()
        if age := next(filter(None, other), None):
            guesses.setdefault("age", age)
    if "gender" not in guesses and (gender := _gender_by_answers(raw, texts)):
        guesses["gender"] = gender
    _odd_weight(raw, columns_by_role["weight_odd"], guesses)
    return guesses


def _odd_weight(raw: Raw, columns: Sequence[str], guesses: dict[str, Guess]) -> None:
    """A weight under a name that other things have too is a doubtful guess."""
    guess = next((g for c in columns if (g := _weight(raw, c, "weight", guesses))), None)
    if guess and "weight" not in guesses:
        guesses["weight"] = replace(guess, certain=False)


def _age_by_birth(raw: Raw, columns_by_role: Mapping[str, Sequence[str]]) -> Guess | None:
    """Age from the birth and the day of the interview, where both stand in the file."""
    for born, day in product(columns_by_role["born"], columns_by_role["interviewed"]):
        try:
            ages = pd.Series(age_at(*(days_of(raw.frame[name], name) for name in (born, day)))).dropna()
        except (DataError, ValueError, TypeError, AttributeError):
            continue
        if len(ages) and ages.min() >= 0 and CHILD[0] <= ages.median() <= CHILD[1]:
            facts = {"born": born, "interviewed": day, "ages": [int(ages.min()), int(ages.max())]}
            years = years_alone(raw.frame[born])
            reason = f"from {born} to {day}" + (", years alone: an age may be one year off" if years else "")
            return Guess(born, reason, not years, told=facts)
    return None


def _age_by_bands(raw: Raw, texts: Mapping[str, tuple[str, str]]) -> Guess | None:
    """The middle year of groups of ages, where no column holds the ages themselves."""
    for column in synonyms({"age": word_lists()["age"]}, texts)["age"]:
        answers = raw.values.get(column) or _texts_of(raw, column) if column in raw.frame else {}
        bands = {code: band for code, text in answers.items() if any(band := band_of(text))}
        label = re.sub(r"\b(?:group|групп|груп|grub)\w*", "", " ".join(texts[column]))
        others = [text for code, text in answers.items() if code not in bands and not exit_of(text)]
        if len(bands) < 2 or others or refused("age", label):
            continue
        years = {code: float((low or high) + (high or low)) // 2 for code, (low, high) in bands.items()}
        if CHILD[0] <= float(np.median(list(years.values()))) <= CHILD[1]:
            levels: dict[str, list[str]] = {}
            for code in sorted(bands, key=lambda code: years[code]):
                levels.setdefault("{}-{}".format(*bands[code]), []).append(code)
            ends = [end for band in bands.values() for end in band if end]
            facts = {"values": years, "bands": levels, "ages": [min(ends), max(ends)]} | _lost(answers)
            reason = "its answers are groups of ages; each counts as its middle year"
            return Guess(column, reason, all(map(all, bands.values())), told=facts)
    return None


def numbers(raw: Raw, column: str) -> pd.Series:
    """A column's numbers without the codes that its labels call no answer (NaN)."""
    labels = raw.values.get(column, {})
    exits = [float(code) for code, text in labels.items() if exit_of(text) and _is_number(code)]
    values = pd.to_numeric(raw.frame[column].astype(object), errors="coerce").astype(float)
    for low, high in raw.user_missing.get(column, ()):
        if not isinstance(low, str):
            values = values.mask(values.between(low, high))
    return values.mask(values.isin(exits))


def _is_number(text: str) -> bool:
    return bool(NUMBER.fullmatch(text))


def _all_numbers(raw: Raw, column: str) -> bool:
    filled = raw.frame[column].notna() & (raw.frame[column].astype(str) != "")
    return bool(filled.any()) and bool(
        pd.to_numeric(raw.frame[column][filled].astype(object), errors="coerce").notna().all()
    )


def _age(raw: Raw, column: str, key: str, guesses: Mapping[str, Guess]) -> Guess | None:
    answers = raw.values.get(column) or _texts_of(raw, column)
    labels = [text for text in answers.values() if not exit_of(text)]
    if sum(any(band_of(text)) for text in answers.values()) > 1:
        return None
    if years := labelled_years(answers):
        low, high = int(min(years.values())), int(max(years.values()))
        facts = {"values": years, "ages": [low, high]} | _lost(answers)
        return Guess(column, "its answers are ages", _whole(years, answers), told=facts)
    words = {text: n for text, n in counts_of(raw, column).items() if not _is_number(text)}
    blanks = {text: "skipped" for text in words if MARK.fullmatch(text)}
    strange = sum(n for text, n in words.items() if text not in blanks and not exit_of(text))
    values = numbers(raw, column).dropna()
    codes = {canonical(code): "skipped" for code in no_ages(values)}
    values = values[~values.map(canonical).isin(codes)]
    if values.empty or strange > STRAY * len(values):
        return None
    low, middle, high = values.min(), values.median(), values.max()
    whole = bool((values % 1 == 0).mean() > 0.9) and values.nunique() > 2
    if not whole or not CHILD[0] <= middle <= OLDEST or high > OLDEST + 20 or len(labels) > 30:
        return None
    reason = f"whole numbers from {low:.0f} to {high:.0f}, half of them up to {middle:.0f}"
    reason += f"; no ages, so no answers: {', '.join(codes)}" if codes else ""
    reason += f"; {strange} rows hold words, correct them in the file" if strange else ""
    about: dict[str, Any] = {"ages": [int(low), int(high)]}
    about |= _lost({**answers, **{t: t for t in words}, **blanks, **codes})
    return Guess(column, reason, middle <= CHILD[1] and not strange, told=about)


def _texts_of(raw: Raw, column: str) -> dict[str, str]:
    """The distinct texts of a column that has no labels; none where they are numbers or too many."""
    texts = {canonical(value): str(value) for value in raw.frame[column].dropna().unique()[:MOST_TEXTS]}
    return {} if all(map(_is_number, texts)) or len(texts) == MOST_TEXTS else texts


def _lost(answers: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """Codes whose labels are no answer, by kind."""
    missing: dict[str, list[str]] = {}
    for code, text in answers.items():
        if kind := exit_of(text):
            missing.setdefault(kind, []).append(code)
    return {"missing": missing} if missing else {}


def _whole(years: Mapping[str, float], answers: Mapping[str, str]) -> bool:
    """Whether every answer is an age or no answer, and the ages are those of children."""
    all_placed = all(code in years or exit_of(text) for code, text in answers.items())
    return all_placed and CHILD[0] <= float(np.median(list(years.values()))) <= CHILD[1]


def _levels(raw: Raw, column: str, key: str, guesses: Mapping[str, Guess]) -> Guess | None:
    """Levels that have a name of the group; two codes without labels are a doubtful guess."""
    labels_by_code = raw.values.get(column) or {
        canonical(v): str(v) for v in raw.frame[column].dropna().unique()[:MOST_TEXTS]
    }
    answers = {code: text for code, text in labels_by_code.items() if text and not exit_of(text)}
    levels: dict[str, list[str]] = {}
    for code, text in answers.items():
        levels.setdefault(level_of(text, key), []).append(code)
    two = set(word_lists()["levels"][key]) - {"other"}
    several = key == "residence" or all(len(codes) == 1 for codes in levels.values())
    if two <= set(levels) <= {*two, "other"} and several:
        reason = "its answers say " + " and ".join(sorted(levels))
        return Guess(column, reason, True, levels, told=_lost(labels_by_code))
    if key == "gender" and len(answers) == 2:
        return _one_of_two(raw, column, answers, _lost(labels_by_code))
    return None


def _places(raw: Raw, column: str, key: str, guesses: Mapping[str, Guess]) -> Guess | None:
    """Places under their names, enough rows in two of them: numbers alone say nothing to a reader."""
    labels = raw.values.get(column) or _texts_of(raw, column)
    names = {code: text for code, text in labels.items() if text.strip() and not exit_of(text)}
    counts = counts_of(raw, column)
    short = len(asked_in(raw.labels.get(column) or column).split()) <= MOST_WORDS
    if not short or not 2 <= len(names) <= MOST_REGIONS or any(map(_is_number, names.values())):
        return None
    if set(counts) - set(labels) or len(set(names.values())) < len(names):
        return None
    if sum(counts.get(code, 0) >= FEWEST_ROWS for code in names) < 2:
        return None
    levels = {text: [code] for code, text in names.items()}
    return Guess(column, f"{len(names)} places by name", True, levels, told=_lost(labels))


def _one_of_two(
    raw: Raw, column: str, answers: Mapping[str, str], missing: dict[str, dict[str, list[str]]]
) -> Guess | None:
    """Gender in two codes: `female`, yes or no, tells which; a name that says neither leaves it open."""
    steps = {code: _yes_of(code, text) for code, text in answers.items()}
    meant = {level_of(text, "gender") for text in folded(raw)[column] if text and len(text.split()) < 4}
    if len(meant - {""}) == 1 and meant <= {"girl", "boy", ""} and set(steps.values()) == {True, False}:
        level = next(iter(meant - {""}))
        other = next(name for name in ("girl", "boy") if name != level)
        levels = {level if yes else other: [code] for code, yes in steps.items()}
        return Guess(column, f"yes or no to {level}", True, levels, told=missing)
    if all(_is_number(text) for text in answers.values()):
        reason = "it has two codes without labels: say which is which"
        return Guess(column, reason, levels={"girl": [], "boy": []}, told=missing)
    return None


def _gender_by_answers(raw: Raw, texts: Mapping[str, tuple[str, str]]) -> Guess | None:
    """The only column with a short label whose answers are girl and boy: "I am a …"; doubtful, being so."""
    short = [
        column
        for column in raw.frame
        if len((texts[column][1] or texts[column][0]).split()) <= MOST_WORDS
        and not refused("gender", " ".join(texts[column]))
    ]
    guesses = [g for c in short if (g := _levels(raw, c, "gender", {})) and g.certain]
    return replace(guesses[0], certain=False) if len(guesses) == 1 else None


def _yes_of(code: str, text: str) -> bool | None:
    if text in ("0", "1", "0.0", "1.0"):
        return float(text) == 1
    _, (step,) = steps_of([text])
    return {"yes": True, "no": False}.get(step)


def _weight(raw: Raw, column: str, key: str, guesses: Mapping[str, Guess]) -> Guess | None:
    """Positive numbers of many values, no kilograms: those grow with age, are whole or half, and may lack."""
    values = numbers(raw, column)
    weights = values.dropna()
    if (
        not _all_numbers(raw, column)
        or len(weights) < 0.9 * len(values)
        or weights.empty
        or (weights < 0).any()
    ):
        return None
    if weights.nunique() < 3 or raw.values.get(column) or numbered([column]):
        return None
    if "age" in guesses and weights.median() > 10:
        both = pd.concat([values, numbers(raw, guesses["age"].column)], axis=1).dropna()
        if len(both) > 2 and abs(np.corrcoef(both.to_numpy().T)[0, 1]) > 0.5:
            return None
    spread = float(weights.std() / weights.mean()) if weights.mean() else 0.0
    plain = any(text in PLAIN_WEIGHT for text in folded(raw)[column])
    kilos = KILOS[0] < weights.median() < KILOS[1] and spread < 0.5
    halves_or_gaps = bool((weights * 2 % 1 == 0).all()) or len(weights) < len(values)
    if kilos and ("age" not in guesses or (plain and halves_or_gaps)):
        return None
    around = f"{weights.nunique()} positive values around {weights.mean():.3g}"
    reason = f"{around}, coefficient of variation {spread:.2f}"
    counts = bool((weights % 1 == 0).all()) and weights.max() <= MOST_PEOPLE
    return Guess(column, reason, spread < 3 and not counts and not (kilos and plain))


def _strata(raw: Raw, column: str, key: str, guesses: Mapping[str, Guess]) -> Guess | None:
    labels = raw.frame[column].dropna()
    sizes = labels.map(canonical).value_counts()  # as they are read: a blank makes no stratum
    if len(sizes) < 2 or sizes.mean() < 4 or raw.frame[column].notna().mean() < 0.95:
        return None
    return Guess(column, f"{len(sizes)} values, {sizes.mean():.0f} rows each", _named(raw, column, key))


def _named(raw: Raw, column: str, key: str) -> bool:
    """Whether a column's name or label is a word of the role itself, and nothing more."""
    texts = folded(raw)[column]
    alternatives = [fold(text) for text in word_lists()["design"][key] if len(text) > 2]
    opened = tuple(text for text in alternatives if " " in text)
    return any(text in texts for text in alternatives) or any(part.startswith(opened) for part in texts)


def _psu(raw: Raw, column: str, key: str, guesses: Mapping[str, Guess]) -> Guess | None:
    """Clusters hold several rows each, and more than two of them exist, or two in each of many strata."""
    facts: dict[str, Any] = {}
    sizes = raw.frame[column].value_counts()
    if "strata" in guesses:
        strata = raw.frame.groupby(column, observed=True)[guesses["strata"].column].nunique()
        facts = {"nest": True} if (strata > 1).any() else {}
    if facts and len(sizes) == 2 and not raw.values.get(column):
        sizes = raw.frame[[guesses["strata"].column, column]].value_counts()
    if len(sizes) < 3 or sizes.mean() < 1.5 or raw.frame[column].notna().mean() < 0.95:
        return None
    again = "; the numbers begin anew in each stratum" if facts else ""
    reason = f"{len(sizes)} values, {sizes.mean():.0f} rows each{again}"
    is_named, words = _named(raw, column, key), len((raw.labels.get(column) or column).split())
    if (not facts and len(sizes) < FEWEST_CLUSTERS) or (words > MOST_WORDS and not is_named):
        return None
    return Guess(column, reason, is_named, told=facts)


def numbered(names: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Rows of columns that differ in a running number alone, from 1 or 0 and without a gap."""
    rows: dict[tuple[str, str], dict[int, str]] = {}
    for name in names:
        hit = NUMBERED.fullmatch(name)
        if hit and re.search(r"w|rep|brr|jk", hit[1], re.I):
            rows.setdefault((hit[1], hit[3]), {})[int(hit[2])] = name
    whole = {key: places for key, places in rows.items() if len(places) >= FEWEST_REPLICATES}
    return {
        key: [places[i] for i in sorted(places)]
        for key, places in whole.items()
        if sorted(places) == list(range(min(places), min(places) + len(places)))
    }
