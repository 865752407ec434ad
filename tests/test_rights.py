"""What counts as evidence for a right: CONTENT-2026, section 3, article by article."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from digicit_lib.codebook import rights
from digicit_lib.products.rights_map import rights_map

BAD, GOOD = 0.3, 0.7  # a share of less than half, and of more


def numbers(*names: str) -> list[str]:
    """`RSK-05..10` as its ids."""
    out: list[str] = []
    for name in names:
        head, _, last = name.partition("..")
        first = int(head[-2:]) if last else 0
        out += [f"{head[:-2]}{n:02}" for n in range(first, int(last) + 1)] if last else [head]
    return out


# Article: enjoyment, gap or harm, and what proves nothing, as the section lists them. Where it
# accepts a difference between groups it stands in DIFFERENCES; "no" and "below half" in tests of conditions.
SECTION: dict[int, tuple[list[str], list[str], list[str]]] = {
    2: ([], ["RSK-04", "CRE-05"], []),
    3: ([], [], ["EXC-01", "HRM-03"]),
    5: (["MED-01", "PCT-02"], ["PCT-03"], ["MED-03", "ACC-10"]),
    12: (["RGT-04", "CIV-01", "SCP-02"], ["COP-06"], ["OPP-12"]),
    13: (["OPP-10", "RGT-05", "CRE-01"], ["CIV-02", "CIV-03", "AGE-04"], ["OPP-05", "OPP-15"]),
    15: (["OPP-13"], ["AGE-05", "CIV-02"], ["RSK-23", "RSK-24", "MED-09"]),
    16: (
        ["RGT-02", "CRE-04"],  # PRV-05 worked: whether it worked is not asked
        ["RSK-27", "RSK-28", "RSK-32", "PCT-03", "PRV-03", "FLM-01", "INF-03"],
        ["OPP-17", "AIX-11"],
    ),
    17: (
        ["OPP-02", "OPP-03", "OPP-08", "KNO-S"],
        [*numbers("RSK-05..10"), "DSN-01", "HVN-01", "CIV-03"],
        ["ACC-03", "ACC-11"],
    ),
    18: (["MED-10", "PAR-06"], ["MED-06"], ["MED-02"]),
    19: (
        [],
        [*numbers("RSK-01..04", "RSK-15..21"), "RSK-25", "COP-06", *numbers("IBA-01..06")],
        ["RSK-24", "GRM-01"],
    ),
    23: ([], [], []),
    24: (["OPP-04", "SLP-02", "WEL-01"], ["RSK-06", "RSK-07", "RSK-08", "SLP-01", "HVN-02"], ["EXC-02"]),
    28: (["OPP-01", "ACC-12", "EDU-01"], ["EDU-02"], ["SCP-01"]),
    29: (["RGT-06", "MED-07", "AIX-10", "KNO-S"], [], ["SKL-J", "SKL-C", "SKL-N", "SKL-K"]),
    31: (["OPP-06", "OPP-08", "CRE-01"], ["CRE-05", "MGM-02", "MGM-03", "MGM-04", "DSN-02"], ["ACC-11"]),
    34: (
        ["COP-09", "IBA-12"],
        [*numbers("RSK-16..22", "IBA-01..06"), "FLM-03"],
        ["RSK-13", "RSK-15", "GRM-01", "GRM-02"],
    ),
    36: ([], ["RSK-29", "MGM-03", "MGM-04", "MGM-05", "INF-03", "RCR-01"], ["OPP-07", "INF-02"]),
    38: ([], ["RCR-01", "HVN-01"], []),
    39: (["DSN-05"], ["COP-11", "IBA-09"], ["COP-05", "COP-07", "COP-08"]),
    42: (["RGT-01", "RGT-03", "RGT-07"], [], ["RGT-06"]),
}
DIFFERENCES = {
    2: ({"ACC-01", "ACC-04", "EDU-01"}, {"ACC-01", "ACC-04", "EDU-01", "ACC-09"}),
    23: ({"ACC-01", "ACC-08", "EDU-01"}, {"ACC-08", "EDU-01", "RSK-01"}),
    28: (set(), {"EDU-01"}),
}


def estimate(name: str, value: float, **facts: Any) -> dict[str, Any]:
    row = {"id": name, "indicator": name, "by": "", "level": "", "statistic": "share", "verdict": ""}
    return row | {"estimate": value, "ci_low": value - 0.02, "ci_high": value + 0.02} | facts


def mapped(*rows: dict[str, Any], generated: bool = False, verified: tuple[int, ...] = ()) -> dict[int, Any]:
    """The rights map of a study that has measured these rows and may print them all."""
    held = {str(row["id"]): row for row in rows}
    laws = [{"item": n, "verified": True, "articles": []} for n in verified]
    choice: Any = SimpleNamespace(
        rows=held,
        levels={(r["indicator"], r["by"], r["level"]): r for r in rows if r["statistic"] == "share"},
        published=SimpleNamespace(
            find=lambda name: SimpleNamespace(**held[name]), said=lambda kind: laws if kind == "law" else []
        ),
        gate=SimpleNamespace(passes=lambda _: True),
        tool=SimpleNamespace(generated=generated),
    )
    return {entry.article: entry for entry in rights_map(choice, cleared=True)}


def shown(cells: list[Any]) -> list[str]:
    return [cell.indicator for cell in cells if cell.estimate]


def test_every_article_of_the_section_is_there() -> None:
    assert [a["article"] for a in rights.articles()] == list(SECTION)


@pytest.mark.parametrize("article", SECTION)
def test_an_article_takes_exactly_what_the_section_takes(article: int) -> None:
    """Everything measured, all of it by more than half, help as well, and no group apart."""
    accepts, gaps, nothing = SECTION[article]
    every = {name for sides in SECTION.values() for side in sides for name in side}
    found = mapped(
        *(estimate(name, GOOD) for name in every | {"RSK-12C", "COP-02", "DSN-01", "AIX-12", "MED-04"})
    )
    assert sorted(shown(found[article].enjoyment)) == sorted(accepts)
    assert sorted(shown(found[article].gap)) == sorted(gaps)
    assert not {*accepts, *gaps} & set(nothing)


@pytest.mark.parametrize(
    ("article", "name"), [(12, "CIV-01"), (18, "PAR-06"), (29, "RGT-06"), (39, "DSN-05"), (42, "RGT-01")]
)
def test_less_than_half_is_a_gap_and_then_no_enjoyment(article: int, name: str) -> None:
    found = mapped(estimate(name, BAD))[article]
    assert shown(found.gap) == [name] and not shown(found.enjoyment)
    between = mapped(estimate(name, 0.5))[article]  # the interval holds the half
    assert not shown(between.gap) and shown(between.enjoyment) == [name]


@pytest.mark.parametrize(
    ("article", "name", "other"),
    [(3, "DSN-01", "DSN-05"), (3, "AIX-12", "DSN-05"), (5, "MED-04", "PCT-02"), (24, "AIX-05", "COP-02")],
)
def test_a_gap_that_needs_another_answer_stands_with_it_alone(article: int, name: str, other: str) -> None:
    assert shown(mapped(estimate(name, GOOD), estimate(other, BAD))[article].gap) == [name]
    assert not shown(mapped(estimate(name, GOOD), estimate(other, GOOD))[article].gap)
    assert not shown(mapped(estimate(name, GOOD))[article].gap)


def test_help_against_violence_counts_where_it_is_known_and_violence_is_rare() -> None:
    for share, accepted in ((0.1, ["COP-09"]), (BAD, [])):
        found = mapped(estimate("COP-09", GOOD), estimate("RSK-01", share))[19]
        assert shown(found.enjoyment) == accepted


def test_a_profile_counts_for_association_where_the_law_on_ages_is_verified() -> None:
    assert not shown(mapped(estimate("OPP-15", GOOD))[15].enjoyment)
    assert shown(mapped(estimate("OPP-15", GOOD), verified=(31,))[15].enjoyment) == ["OPP-15"]


@pytest.mark.parametrize("article", DIFFERENCES)
def test_a_difference_is_enjoyment_near_zero_and_a_gap_from_five_points_on(article: int) -> None:
    by = {2: "gender", 23: "disability", 28: "residence"}[article]
    accepts, gaps = DIFFERENCES[article]

    def found(value: float, verdict: str, generated: bool = False) -> tuple[set[str], set[str]]:
        rows = [
            estimate(name, value, statistic="diff", by=by, level="a,b", verdict=verdict)
            for name in accepts | gaps
        ]
        entry = mapped(*rows, generated=generated)[article]
        return set(shown(entry.enjoyment)), set(shown(entry.gap))

    assert found(0.0, "none") == (accepts, set())
    assert found(-0.08, "less") == (set(), gaps)
    assert found(0.03, "more") == (set(), set())  # shown, and of less than five points
    assert found(0.04, "none") == (set(), set())  # not shown, and not near zero either
    if by == "disability":  # the one question of our own form is no evidence (C20)
        assert found(-0.08, "less", generated=True) == (set(), set())
