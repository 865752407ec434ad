"""The unitizing family against brute force over all pairs of characters, and the reference cases."""

from __future__ import annotations

import json
import warnings
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from qualitative_samples import fgd

from digicit_lib.qualitative import unitizing, unitizing_alpha


def folder(shared: Path) -> Path:
    return shared / "reference" / "qualitative" / "agreement"


CODERS = list[list[tuple[int, int, str]]]


def brute(length: int, coders: CODERS, codes: list[str]) -> tuple[float, float]:
    """u and binary alpha by counting all pairs of characters (Krippendorff et al. 2016)."""
    values = ["", *codes]
    lines = [[next((c for a, b, c in units if a <= x < b), "") for x in range(length)] for units in coders]
    seen = np.zeros((len(values),) * 2)
    for one, two in permutations(lines, 2):
        for x in range(length):
            seen[values.index(one[x]), values.index(two[x])] += 1 / (len(coders) - 1)
    everyone = [(i, x, v, _unit(coders[i], x)) for i, line in enumerate(lines) for x, v in enumerate(line)]
    expected, total = np.zeros_like(seen), 0
    for i, x, v, unit in everyone:
        for j, y, w, other in everyone:
            # A unit is not paired with itself; of a gap only a character is not paired with itself.
            if i == j and ((unit is not None and unit == other) or (unit is None and x == y)):
                continue
            expected[values.index(v), values.index(w)] += 1
            total += 1
    expected *= seen.sum() / total
    fold = [[0, *[1] * len(codes)]]
    folded = (
        [np.add.reduceat(np.add.reduceat(m, [0, 1], 0), [0, 1], 1) for m in (seen, expected)] if fold else []
    )
    return tuple(1 - (a.sum() - np.trace(a)) / (b.sum() - np.trace(b)) for a, b in ((seen, expected), folded))  # type: ignore[return-value]


def _unit(units: list[tuple[int, int, str]], x: int) -> int | None:
    return next((n for n, (a, b, _) in enumerate(units) if a <= x < b), None)


def random_units(rng: np.random.Generator, length: int, codes: list[str]) -> list[tuple[int, int, str]]:
    edges = np.sort(rng.choice(np.arange(length + 1), 2 * int(rng.integers(1, 4)), replace=False))
    return [(int(a), int(b), str(rng.choice(codes))) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("seed", range(12))
def test_unitizing_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = ["p", "q", "r"][: int(rng.integers(1, 4))]
    length = int(rng.integers(20, 34))
    coders = [random_units(rng, length, codes) for _ in range(int(rng.integers(2, 5)))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = unitizing_alpha([(length, coders)], codes)["value"]
    assert found.tolist()[:2] == pytest.approx(brute(length, coders, codes), abs=1e-9)


def test_unitizing_reference_cases(shared: Path) -> None:
    cases = json.loads((folder(shared) / "unitizing_cases.json").read_text())["cases"]
    for name, case in cases.items():
        codes = sorted({u[2] for units in case["coders"] for u in units})
        table = unitizing_alpha(
            [(case["continuum_length"], [[tuple(u) for u in units] for units in case["coders"]])], codes
        )
        expected = [
            case["u_alpha"],
            case["alpha_binary"],
            case["cu_alpha"],
            *(case.get("k_u_alpha", dict.fromkeys(codes))[c] for c in codes),
        ]
        for ours, theirs in zip(table["value"], expected, strict=True):
            assert ours is None if theirs is None else ours == pytest.approx(theirs, abs=1e-9), name
        assert table.loc[table["value"].isna(), "reason"].ne("").all()


def test_unitizing_reference_project(shared: Path) -> None:
    expected = json.loads((shared / "reference/qualitative/projects/fgd/expected.json").read_text())
    for theme, values in expected["unitizing_alpha_by_theme_concatenated_documents"]["themes"].items():
        table = unitizing(fgd(shared), [theme], replicates=50)
        theirs = [
            values["u_alpha"],
            values["alpha_binary"],
            values["cu_alpha"],
            *values["k_u_alpha"].values(),
        ]
        assert table["value"].tolist() == pytest.approx(theirs, abs=1e-9)


def test_sources_are_not_joined_into_one_unit() -> None:
    # Units that touch across two sources stay two: squared lengths 16 + 16, not 64.
    two = [(4, [[(0, 4, "x")], []]), (8, [[(0, 4, "x")], [(0, 8, "x")]])]
    joined = [(12, [[(0, 4, "x"), (4, 8, "x")], [(4, 12, "x")]])]
    assert unitizing_alpha(two, ["x"])["value"].tolist() == pytest.approx(
        unitizing_alpha(joined, ["x"])["value"].tolist()
    )


def test_codes_that_overlap_within_a_domain_are_undefined(shared: Path) -> None:
    table = unitizing(fgd(shared), ["Coping"])
    assert table["value"].isna().all()
    assert table["reason"].str.contains("overlap").all()
