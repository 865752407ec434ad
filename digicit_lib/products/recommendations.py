"""Recommendations keyed to measured gaps: one is printed only when its gap holds by the whole interval."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from digicit_lib.codebook import FOLDER, split_id
from digicit_lib.params import Params
from digicit_lib.products.choice import Choice
from digicit_lib.safe import load_yaml
from digicit_lib.workbook.choosing import Statement

MOST = 4


@dataclass(frozen=True)
class Recommendation:
    """One entry of the library whose gap holds in a study.

    Attributes
    ----------
    key, duty_bearer, action : str
    crc, gc25 : tuple of int
        Articles of the Convention, paragraphs of General Comment 25.
    statement : Statement
        The level that shows the gap.
    threshold, distance : float
        In percent or points; how far the interval's nearer end is from the threshold.
    """

    key: str
    duty_bearer: str
    action: str
    crc: tuple[int, ...]
    gc25: tuple[int, ...]
    statement: Statement
    threshold: float
    distance: float


@cache
def library() -> Mapping[str, Mapping[str, Any]]:
    """All recommendations by key: gap, side, duty_bearer, action, crc, gc25.

    Examples
    --------
    >>> library()["train_teachers"]["gap"], library()["train_teachers"]["side"]
    (['MED-07'], 'below')
    """
    data, _ = load_yaml(FOLDER / "recommendations.yaml")
    return dict(data)


def distance(low: float, high: float, side: str, threshold: float) -> float:
    """How far a gap holds by the whole interval; zero or less where it is open or closed.

    Examples
    --------
    >>> distance(20.0, 30.0, "below", 50.0), distance(45.0, 55.0, "below", 50.0)
    (20.0, -5.0)
    """
    return threshold - high if side == "below" else low - threshold


def recommendations(params: Params, choice: Choice) -> tuple[list[Recommendation], int]:
    """The recommendations whose gap holds, the largest gap first, and how many had their gap measured.

    Parameters
    ----------
    params : Params
        Its `thresholds`, in percent by plain indicator or variant; without any nothing is recommended.
    choice : Choice
        Of the same study: what may be printed.
    """
    gauges = [one for key, entry in library().items() if (one := _measured(key, entry, params, choice))]
    gaps = sorted((one for one in gauges if one.distance > 0), key=lambda one: (-one.distance, one.key))
    return gaps[:MOST], len(gauges)


def _measured(key: str, entry: Mapping[str, Any], params: Params, choice: Choice) -> Recommendation | None:
    """An entry with the first of its indicators that has a threshold and a number that may be printed."""
    for statement, threshold in _gauged(entry["gap"], params.thresholds.values, choice):
        row = choice.rows[statement.id]
        scale = 100 if row["unit"] == "share" else 1
        gap = distance(scale * row["ci_low"], scale * row["ci_high"], entry["side"], threshold)
        crc, gc25 = (tuple(entry.get(name, ())) for name in ("crc", "gc25"))
        words = (entry["duty_bearer"], entry["action"], crc, gc25)
        return Recommendation(key, *words, statement, threshold, gap)
    return None


def _gauged(
    plain: list[str], thresholds: Mapping[str, float], choice: Choice
) -> Iterator[tuple[Statement, float]]:
    for form in (form for name in plain for form in choice.forms_of(name)):
        limit = thresholds.get(form, thresholds.get(split_id(form)[0]))
        statement = choice.level(form) if limit is not None else None
        if statement and limit is not None and choice.may(statement.id):
            yield statement, limit
