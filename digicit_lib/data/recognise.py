"""Which shipped instrument a file's column names are of, and which programme the rest may be."""

import re
from collections.abc import Collection, Mapping
from functools import cache

from digicit_lib.codebook import FOLDER, Instrument, catalogue, instrument, instruments
from digicit_lib.data.labels import word_lists
from digicit_lib.data.periods import other_period

ENOUGH, FEWEST, FEW = 0.6, 8, 5


def instrument_columns(tool: Instrument) -> set[str]:
    """Every column that an instrument names.

    Examples
    --------
    >>> instrument_columns(instrument("yrbs2021")) >= {"QN24", "weight", "Q1"}
    True
    """
    rules = [rule for mapped in tool.indicators.values() for rule in (mapped, mapped.base)]
    rules += [*tool.bases.values(), tool.age]
    columns = {column for rule in rules if rule for leaf in rule.leaves() for column in leaf.columns}
    columns |= {group.column for group in tool.breakdowns.values()} | set(tool.id) | {tool.country}
    return (columns | {str(v) for k, v in tool.design.items() if k in ("weight", "strata", "psu")}) - {""}


def recognised(there: Collection[str], file: str) -> list[str]:
    """Names of the shipped instruments whose columns a file has, the likeliest first.

    Of waves that share their names, the one whose year stands in the file's name goes first. Capitals do not
    matter: files that passed through Stata have small letters.

    Examples
    --------
    >>> recognised(instrument_columns(instrument("ess10")), "ESS10UA.sav"), recognised(["q1", "q2"], "x.csv")
    (['ess10'], [])
    """
    columns = {name.casefold() for name in there}
    scores = {}
    for name in instruments():
        if len(_words(name) & columns) < FEW:  # to read a file whole takes longer than to see that it is none
            continue
        needed_columns = {column.casefold() for column in instrument_columns(instrument(name))}
        common = len(needed_columns & columns)
        if common == len(needed_columns) or common >= max(FEWEST, ENOUGH * len(needed_columns)):
            year = re.sub(r"\D", "", name)
            scores[name] = (bool(year) and year in file, common / len(needed_columns), common)
    best = max((score[1] for score in scores.values()), default=0.0)
    near = [name for name, score in scores.items() if score[1] >= best - 0.1]
    return sorted(near, key=lambda name: scores[name], reverse=True)


@cache
def _words(name: str) -> frozenset[str]:
    """The words of a shipped instrument and of those that it extends, its columns among them."""
    text = (FOLDER / "instruments" / f"{name}.yaml").read_text(encoding="utf-8")
    parents = (_words(parent) for parent in re.findall(r"^extends: (\w+)", text, re.M))
    own = {name.casefold().replace("-", "_") for name in catalogue()} if "generated: true" in text else ()
    return frozenset(re.findall(r"\w+", text.casefold())).union(own, *parents)


def of_another_period(tool: Instrument, labels: Mapping[str, str]) -> dict[str, str]:
    """Indicators of an instrument that a file's labels ask of other months, each with its label.

    Examples
    --------
    >>> of_another_period(instrument("yrbs2021"), {"qn24": "Bullied online, past 30 days", "Q1": "Age"})
    {'RSK-01@yrbs': 'Bullied online, past 30 days'}
    """
    folded = {column.casefold(): label for column, label in labels.items()}
    return {
        name: label
        for name, rule in tool.indicators.items()
        for column in (column for leaf in rule.leaves() for column in leaf.columns)
        if (label := folded.get(column.casefold(), "")) and other_period(label, tool.definition(name).period)
    }


def programme(there: Collection[str]) -> str:
    """A programme known by its design variables, for which no instrument is shipped; empty: none.

    Examples
    --------
    >>> programme(["IDSCHOOL", "TOTWGT", "JKZONE", "JKREP"])
    'TIMSS, PIRLS or ICILS (IEA)'
    """
    heads = {name.upper() for name in there}
    return next((name for name, columns in word_lists()["programmes"].items() if set(columns) <= heads), "")
