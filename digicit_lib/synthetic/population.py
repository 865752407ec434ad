"""The invented children: who they are, where they live, and the traits that move their answers.

Every draw is whole-number arithmetic on PCG64 bits, because `log` and `exp` (and so the usual normal
generators) may differ in the last bit from one machine to the next. Traits are in thousandths of a
standard deviation. Each column has a random stream of its own, so a new one leaves the others as they are.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from digicit_lib.errors import DataError
from digicit_lib.safe import load_yaml

Whole = npt.NDArray[np.int64]
SMALLEST = 240  # below this some stratum would have fewer children than two a cluster
_BY_CHANCE = NormalDist()


@cache
def model(name: str = "survey") -> dict[str, Any]:
    """The parameters as written in `codebooks/synthetic/<name>.yaml`."""
    text = (files("digicit_lib") / "codebooks" / "synthetic" / f"{name}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", load_yaml(text, name=f"{name}.yaml")[0])


def stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one column of one study."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def bell(rng: np.random.Generator, size: int) -> Whole:
    """Near-normal whole numbers, mean 0, standard deviation 1000: sums of four 16-bit integers."""
    lanes = rng.integers(0, 2**16, size=(4, size), dtype=np.uint16)
    return (lanes.sum(axis=0, dtype=np.int64) - 131070) * 1000 // 37837


def chance(rng: np.random.Generator, per_mille: int, size: int) -> npt.NDArray[np.bool_]:
    """True with the given probability."""
    return rng.integers(0, 1000, size) < per_mille


def cut(share: float) -> int:
    """The trait value that this share of the population stays below."""
    return round(1000 * _BY_CHANCE.inv_cdf(min(max(share, 1e-6), 1 - 1e-6)))


@dataclass(frozen=True)
class Children:
    """Drawn children: columns of the raw frame, and the numbers behind them."""

    seed: int
    columns: dict[str, npt.NDArray[Any]]
    place: Whole  # running number of the cluster
    values: dict[str, Whole]  # characteristics and traits, in thousandths
    vectors: dict[str, dict[str, float]]  # each of them as a weighted sum of independent sources

    def __len__(self) -> int:
        return len(self.place)

    def score(self, name: str, loads: Mapping[str, int], psu: int = 0) -> Whole:
        """A standard score that leans on traits; what they leave open is the cluster's and chance's."""
        taken = _variance(_combine(loads, self.vectors)) + (psu / 100) ** 2
        open_part = round(1000 * math.sqrt(max(0.0, 1 - taken)))
        rng = stream(self.seed, name)
        total = bell(rng, len(self)) * open_part
        for trait, load in loads.items():
            total += self.values[trait] * (load * 10)
        return (total + bell(rng, int(self.place.max()) + 1)[self.place] * (psu * 10)) // 1000


def draw(seed: int, n: int) -> Children:
    """`n` children in clusters of 12 strata (six regions, urban and rural)."""
    if n < SMALLEST:
        raise DataError(
            "A demonstration survey is too small for its strata.",
            got=f"n = {n}",
            allowed=f"at least {SMALLEST}",
        )
    spec = model()
    columns, place = _places(seed, n, spec)
    return _people(seed, columns, place, spec)


def convenience(seed: int, n: int) -> Children:
    """`n` children who came by themselves: no frame, no strata; each is a cluster alone."""
    rural = chance(stream(seed, "residence"), 10 * model()["rural"], n)
    region = np.array(list(model()["regions"]), dtype=object)[stream(seed, "region").integers(0, 6, n)]
    columns = {"region": region, "residence": np.where(rural, "rural", "urban").astype(object)}
    return _people(seed, columns, np.arange(n), model())


def _places(seed: int, n: int, spec: Mapping[str, Any]) -> tuple[dict[str, npt.NDArray[Any]], Whole]:
    rows = []
    for region, share in spec["regions"].items():
        for residence, part in (("urban", 100 - spec["rural"]), ("rural", spec["rural"])):
            rows.append(
                (region, residence, share * part, share * part * spec["oversample"].get(residence, 100))
            )
    people = _apportion(n, [row[3] for row in rows])
    stratum = np.repeat(np.arange(len(rows)), people)
    place = _clusters(seed, people, spec["take"])
    columns = {
        "region": np.array([row[0] for row in rows], dtype=object)[stratum],
        "residence": np.array([row[1] for row in rows], dtype=object)[stratum],
        "stratum": np.array([f"{row[0]}-{row[1]}" for row in rows], dtype=object)[stratum],
        "psu": np.array([f"P{i + 1:05d}" for i in range(place.max() + 1)], dtype=object)[place],
        "weight": _weights(seed, n, np.array([row[2] for row in rows])[stratum], people[stratum], place),
    }
    return columns, place


def _apportion(n: int, parts: list[int]) -> Whole:
    """`n` split in proportion, whole and without remainder."""
    steps = np.cumsum([0, *parts]) * n // sum(parts)
    return np.diff(steps)


def _clusters(seed: int, people: Whole, take: int) -> Whole:
    """A cluster for each child: at least four in a stratum, sizes uneven as in the field."""
    rng, start, found = stream(seed, "psu"), 0, []
    for count in people:
        ends = np.cumsum(rng.integers(8, 17, max(4, round(int(count) / take))))
        inside = np.searchsorted(ends * int(count) // ends[-1], np.arange(count), side="right")
        found.append(start + inside)
        start += len(ends)
    return np.concatenate(found)


def _weights(seed: int, n: int, size: Whole, sampled: Whole, place: Whole) -> npt.NDArray[np.float64]:
    """Inverse chance of selection: stratum, children in the household, response in the cluster; mean 1."""
    rng = stream(seed, "weight")
    household = np.array([2, 2, 2, 2, 2, 3, 3, 3, 4, 5])[rng.integers(0, 10, n)]
    response = rng.integers(85, 126, int(place.max()) + 1)[place]
    whole = size * household * response * 1000 // sampled
    return np.round(whole * n / int(whole.sum()), 4)


def _people(
    seed: int, columns: dict[str, npt.NDArray[Any]], place: Whole, spec: Mapping[str, Any]
) -> Children:
    n, low, high = len(place), spec["ages"][0], spec["ages"][1]
    age = stream(seed, "age").integers(low, high + 1, n)
    girl = chance(stream(seed, "gender"), 500, n)
    disability = chance(stream(seed, "disability"), spec["disability"], n)
    rural = columns["residence"] == "rural"
    wealth = (
        bell(stream(seed, "wealth"), int(place.max()) + 1)[place] * 500 + bell(stream(seed, "ses"), n) * 866
    )
    ses = np.searchsorted([cut(1 / 3), cut(2 / 3)], wealth // 1000)
    bound = np.where(age >= 15, spec["not_in_school"][15], spec["not_in_school"][9])
    away = stream(seed, "in_school").integers(0, 1000, n) < bound
    unknown = chance(stream(seed, "unknown_ses"), spec["unknown_ses"], n)
    person = {
        "id": np.array([f"S{i + 1:06d}" for i in range(n)], dtype=object),
        "age": age,
        "gender": np.where(girl, "girl", "boy").astype(object),
        "ses": np.where(unknown, "", np.array(["low", "middle", "high"])[ses]).astype(object),
        "disability": np.where(disability, "yes", "no").astype(object),
        "in_school": np.where(away, "no", "yes").astype(object),
    }
    values = {
        "age": (age - (low + high) // 2) * 387,
        "girl": np.where(girl, 1000, -1000),
        "ses": (ses - 1) * 1225,
        "rural": _standard(rural, spec["rural"] / 100),
        "disability": _standard(disability, spec["disability"] / 1000),
        "psu": bell(stream(seed, "place"), int(place.max()) + 1)[place],
    }
    return _with_traits(Children(seed, person | columns, place, values, {k: {k: 1.0} for k in values}), spec)


def _standard(true: npt.NDArray[np.bool_], share: float) -> Whole:
    """A yes/no characteristic with mean 0 and standard deviation 1000."""
    spread = math.sqrt(share * (1 - share))
    return np.where(true, round(1000 * (1 - share) / spread), round(-1000 * share / spread))


def _with_traits(children: Children, spec: Mapping[str, Any]) -> Children:
    for name, weights in spec["traits"].items():
        children.values[name] = children.score(f"trait {name}", weights)
        own = math.sqrt(max(0.0, 1 - _variance(_combine(weights, children.vectors))))
        children.vectors[name] = {**_combine(weights, children.vectors), name: own}
    return children


def _combine(weights: Mapping[str, int], vectors: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for name, weight in weights.items():
        for source, part in vectors[name].items():
            total[source] = total.get(source, 0.0) + weight / 100 * part
    return total


def _variance(vector: Mapping[str, float]) -> float:
    return sum(part * part for part in vector.values())
