"""The invented children: who they are, where they live, and the traits that move their answers.

Every draw is whole-number arithmetic on PCG64 bits, because `log` and `exp` (and so the usual normal
generators) may differ in the last bit from one machine to the next. Traits are in thousandths of a
standard deviation. Each column has a random stream of its own, so a new one leaves the others as they are.
"""

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
def population_model(name: str = "survey") -> dict[str, Any]:
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


def trait_cut(share: float) -> int:
    """The trait value that this share of the population stays below."""
    return round(1000 * _BY_CHANCE.inv_cdf(min(max(share, 1e-6), 1 - 1e-6)))


@dataclass(frozen=True)
class Children:
    """Drawn children: columns of the raw frame, and the numbers behind them."""

    seed: int
    columns: dict[str, npt.NDArray[Any]]
    place: Whole  # running number of the cluster
    values: dict[str, Whole]  # characteristics and traits, in thousandths
    parts: dict[str, npt.NDArray[np.float64]]  # each of them as a sum of independent sources

    def score(self, name: str, loads: Mapping[str, int], psu: int = 0) -> Whole:
        """A standard score that leans on traits; what they leave open is the cluster's and chance's."""
        lean = self.leaning(loads)
        rest = round(1000 * math.sqrt(max(0.0, 1 - sum(lean * lean) - (psu / 100) ** 2)))
        rng = stream(self.seed, name)
        total = bell(rng, len(self.place)) * rest + self.nearby(rng) * (psu * 10)
        for trait, load in loads.items():
            total += self.values[trait] * (load * 10)
        return total // 1000

    def leaning(self, loads: Mapping[str, int]) -> npt.NDArray[np.float64]:
        """The weighted sum of traits as one of independent sources: its squares add up to its variance."""
        return sum((load / 100 * self.parts[trait] for trait, load in loads.items()), np.zeros(32))

    def nearby(self, rng: np.random.Generator) -> Whole:
        """A number that children of one cluster share."""
        return bell(rng, int(self.place.max()) + 1)[self.place]


def draw_children(seed: int, n: int) -> Children:
    """`n` children in clusters of 12 strata (six regions, urban and rural)."""
    if n < SMALLEST:
        got, allowed = f"n = {n}", f"at least {SMALLEST}"
        raise DataError("A demonstration survey is too small for its strata.", got=got, allowed=allowed)
    spec = population_model()
    columns, place = _places(seed, n, spec)
    return _people(seed, columns, place, spec)


def _places(seed: int, n: int, spec: Mapping[str, Any]) -> tuple[dict[str, npt.NDArray[Any]], Whole]:
    rows = []
    for region, share in spec["regions"].items():
        for residence, part in (("urban", 100 - spec["rural"]), ("rural", spec["rural"])):
            size = share * part
            rows.append((region, residence, size, size * spec["oversample"].get(residence, 100)))
    bounds = np.cumsum([0, *(row[3] for row in rows)])
    people = np.diff(bounds * n // bounds[-1])
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


def _clusters(seed: int, people: Whole, take: int) -> Whole:
    """A cluster for each child: at least four in a stratum, sizes uneven as in the field."""
    rng, start, clusters = stream(seed, "psu"), 0, []
    for count in people:
        ends = np.cumsum(rng.integers(8, 17, max(4, round(int(count) / take))))
        inside = np.searchsorted(ends * int(count) // ends[-1], np.arange(count), side="right")
        clusters.append(start + inside)
        start += len(ends)
    return np.concatenate(clusters)


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
    n, (low, high) = len(place), spec["ages"]
    children = Children(seed, {}, place, {}, {})
    age = stream(seed, "age").integers(low, high + 1, n)
    girl = chance(stream(seed, "gender"), 500, n)
    disability = chance(stream(seed, "disability"), spec["disability"], n)
    wealth = 500 * children.nearby(stream(seed, "wealth")) + 866 * bell(stream(seed, "ses"), n)
    ses = np.searchsorted([trait_cut(1 / 3), trait_cut(2 / 3)], wealth // 1000)
    unknown = chance(stream(seed, "unknown_ses"), spec["unknown_ses"], n)
    away_from = np.where(age >= 15, spec["not_in_school"][15], spec["not_in_school"][9])
    children.columns.update(
        id=np.array([f"S{i + 1:06d}" for i in range(n)], dtype=object),
        age=age,
        gender=_either(girl, "girl", "boy"),
        ses=np.where(unknown, "", np.array(["low", "middle", "high"])[ses]).astype(object),
        disability=_either(disability, "yes", "no"),
        in_school=_either(stream(seed, "in_school").integers(0, 1000, n) < away_from, "no", "yes"),
        minutes=np.maximum(12, 41 + 9 * bell(stream(seed, "minutes"), n) // 1000),
        **columns,
    )
    children.values.update(
        age=(age - (low + high) // 2) * 387,
        girl=_standard(girl, 0.5),
        ses=(ses - 1) * 1225,
        rural=_standard(columns["residence"] == "rural", spec["rural"] / 100),
        disability=_standard(disability, spec["disability"] / 1000),
        psu=children.nearby(stream(seed, "place")),
    )
    children.parts.update(zip(children.values, np.eye(32), strict=False))
    for row, (name, loads) in enumerate(spec["traits"].items(), len(children.values)):
        children.values[name] = children.score(f"trait {name}", loads)
        lean = children.leaning(loads)
        children.parts[name] = lean + math.sqrt(max(0.0, 1 - sum(lean * lean))) * np.eye(32)[row]
    return children


def _either(true: npt.NDArray[np.bool_], yes: str, no: str) -> npt.NDArray[np.object_]:
    return np.where(true, yes, no).astype(object)


def _standard(true: npt.NDArray[np.bool_], share: float) -> Whole:
    """A yes/no characteristic with mean 0 and standard deviation 1000."""
    spread = math.sqrt(share * (1 - share))
    return np.where(true, round(1000 * (1 - share) / spread), round(-1000 * share / spread))
