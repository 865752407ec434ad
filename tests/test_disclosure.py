"""When a number may be shown: thresholds, complementary suppression, and an attacker who tries to undo it."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from digicit_lib import disclosure
from digicit_lib.codebook.instrument_files import instrument
from digicit_lib.disclosure.additions import Sum, _sum_of_weights
from digicit_lib.disclosure.attack import Attack, may_be_printed
from digicit_lib.disclosure.following import nested
from digicit_lib.disclosure.judging import working
from digicit_lib.disclosure.reasons import REASONS, reason_text
from digicit_lib.errors import DataError
from digicit_lib.language.codes import code
from digicit_lib.params import Publication
from digicit_lib.products.contrasts import WHY

PROFILE = Publication()
LIBRARY = Path(disclosure.__file__).parents[1]


def row(
    level: str = "", *, by: str = "", n: float = 1000, yes: float | None = None, **other: Any
) -> dict[str, Any]:
    """A precise share of a non-sensitive indicator; ACC-03 has sensitivity 0 in the catalogue."""
    yes = 0.5 * n if yes is None else yes
    p = yes / n if n else np.nan
    start = {
        "indicator": "ACC-03",
        "by": by,
        "level": level,
        "statistic": "share",
        "category": "",
        "period": "",
    }
    numbers = {
        "estimate": p,
        "se": 0.001,
        "ci_low": p - 0.01,
        "ci_high": p + 0.01,
        "n": n,
        "n_yes": yes,
        "df": 50.0,
    }
    return {**start, **numbers, "deff": 1.0, **other}


def applied(*rows: dict[str, Any], **how: Any) -> pd.DataFrame:
    return disclosure.apply(pd.DataFrame(rows), profile=PROFILE, **how)


def verdict(**facts: Any) -> tuple[str, str]:
    quality, reason = applied(row(**facts))[["quality", "reason"]].iloc[0]
    assert {part.partition("?")[0] for part in str(reason).split(";")} <= {"", *REASONS}
    return str(quality), str(reason)


# --- reliability: MICS 6 tabulation rules, NCHS Series 2 No. 175 (2017) ------------------------------


@pytest.mark.parametrize(
    ("n", "quality", "words"),
    [
        (24, "suppressed", "few_answers?n=25"),
        (30, "caution", "some_answers?low=25&high=49"),
        (49, "caution", "some_answers"),
        (50, "ok", ""),
        (0, "not_asked", "nobody_answered"),
    ],
)
def test_base_rule_of_mics(n: int, quality: str, words: str) -> None:
    found = verdict(n=n, ci_low=0.48, ci_high=0.52)
    assert found[0] == quality
    assert words in found[1]


@pytest.mark.parametrize(
    ("p", "width", "quality", "words"),
    [
        (0.5, 0.299, "ok", ""),
        (0.5, 0.301, "suppressed", "wide_interval"),
        (0.03, 0.049, "ok", ""),  # relative width 163 %, but absolute at most 0.05: shown
        (0.10, 0.129, "ok", ""),
        (0.10, 0.131, "suppressed", "wide_for_share"),
        (0.90, 0.131, "caution", "wide_for_complement"),
    ],
)
def test_width_rule_of_nchs(p: float, width: float, quality: str, words: str) -> None:
    found = verdict(n=1000, yes=1000 * p, ci_low=p - width / 2, ci_high=p + width / 2)
    assert found[0] == quality
    assert words in found[1]


def test_a_width_of_just_130_percent_is_shown() -> None:
    assert verdict(n=1000, yes=100, ci_low=0.0, ci_high=0.13)[0] == "ok"  # wider than that is hidden


def test_a_width_of_just_5_points_is_shown_however_small_the_share() -> None:
    """NCHS 2017: an absolute width of at most 0.05 is shown; the relative rule begins above it."""
    assert verdict(n=1000, yes=30, ci_low=0.0, ci_high=0.05)[0] == "ok"
    assert verdict(n=1000, yes=30, ci_low=0.0, ci_high=0.0501)[0] == "suppressed"


def test_no_relative_width_is_asked_of_a_share_of_none() -> None:
    assert verdict(n=1000, yes=0, ci_low=0.0, ci_high=0.08) == ("caution", "none_or_all")


def test_weights_of_levels_that_add_up_to_more_are_no_equation() -> None:
    """Weight of each, sum of weights, share, number of yes: of urban, rural and all."""
    parts = [SimpleNamespace(Index=1, each=1.7, sum_w=170.0), SimpleNamespace(Index=2, each=0.4, sum_w=40.0)]
    for of_all, equations in ((210.0, 1), (215.0, 1), (209.5, 0)):
        parent = SimpleNamespace(Index=0, sum_w=of_all, estimate=0.5, n_yes=100.0)
        assert len(list(_sum_of_weights(parts, parent))) == equations


def test_effective_sample_under_30_is_hidden_and_few_degrees_of_freedom_are_marked() -> None:
    # p (1 - p) / se^2 = 0.25 / 0.0961 ** 2 = 27.1
    assert "small_effective_sample" in verdict(se=0.0961, ci_low=0.4, ci_high=0.6)[1]
    assert verdict(se=0.0861, ci_low=0.4, ci_high=0.6)[0] == "ok"  # 33.7
    assert verdict(df=7.0) == ("caution", "few_df")


def test_intervals_of_another_level_are_judged_at_95_percent() -> None:
    # A 90 % interval of width 0.28 is 0.28 * 1.95996 / 1.64485 = 0.334 wide at 95 %.
    wide = {"ci_low": 0.36, "ci_high": 0.64}
    assert verdict(**wide)[0] == "ok"
    assert verdict(**wide, confidence_level=0.90)[0] == "suppressed"


def test_means_follow_the_base_rule_only() -> None:
    mean = {"statistic": "mean", "estimate": 9.2, "ci_low": 7.0, "ci_high": 11.0, "yes": np.nan, "n": 60}
    assert verdict(**mean)[0] == "ok"
    assert verdict(**{**mean, "n": 24})[0] == "suppressed"


def test_nothing_asked_stays_not_asked() -> None:
    found = applied(row(quality="not_asked", reason="not in this survey", estimate=np.nan))
    assert found["quality"].tolist() == ["not_asked"]
    assert found["reason"].tolist() == ["not in this survey"]


# --- privacy -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "hidden"), [(1, True), (4, True), (5, False), (995, False), (996, True), (999, True)]
)
def test_minimum_cell_counts_yes_and_no(yes: int, hidden: bool) -> None:
    assert (verdict(yes=yes)[0] == "suppressed") is hidden


@pytest.mark.parametrize(
    "facts",
    [
        {"indicator": "RSK-01"},
        {"indicator": "RSK-01@yrbs"},
        {"indicator": "not in the catalogue"},
        {"sensitivity": 3},
        {"by": "displaced", "level": "yes"},
    ],
)
def test_sensitive_questions_and_groups_need_ten(facts: dict[str, Any]) -> None:
    assert "privacy?n=10" in verdict(yes=9, **facts)[1]
    assert verdict(yes=10, **facts)[0] == "ok"


def test_a_column_of_sensitivity_wins_over_the_catalogue() -> None:
    assert verdict(yes=6, indicator="RSK-01", sensitivity=1)[0] == "ok"


def test_0_and_100_percent_are_marked_and_all_of_a_group_with_a_sensitive_yes_is_hidden() -> None:
    assert verdict(yes=0) == ("caution", "none_or_all")
    assert verdict(yes=1000) == ("caution", "none_or_all")
    assert verdict(yes=0, indicator="RSK-01")[0] == "caution"
    assert "privacy" in verdict(yes=1000, indicator="RSK-01")[1]


def test_a_hidden_row_keeps_n_and_loses_whatever_gives_it_back() -> None:
    found = applied(row(yes=3, sum_w=5000.0, p_value=0.04))
    assert found[[c for c in disclosure.GIVES_BACK if c in found]].isna().all(axis=None)
    assert found["n"].tolist() == [1000]
    assert found["reason"].str.contains("privacy").all()


def test_two_flags_keep_their_own_reasons() -> None:
    assert verdict(n=20, yes=2)[1] == "few_answers?n=25;privacy?n=5"


# --- complementary suppression -----------------------------------------------------------------------


def gender(girl: int, boy: int, n: int = 400, **other: Any) -> list[dict[str, Any]]:
    total = row("", n=2 * n, yes=girl + boy, **other)
    return [
        total,
        row("girl", by="gender", n=n, yes=girl, **other),
        row("boy", by="gender", n=n, yes=boy, **other),
    ]


def test_a_hidden_level_takes_another_with_it_when_the_total_is_shown() -> None:
    found = applied(*gender(3, 57))
    assert found["quality"].tolist() == ["ok", "suppressed", "suppressed"]
    assert found["reason"].iloc[1] == found["reason"].iloc[2]  # which of the two is small is not told


def test_without_a_total_nothing_more_is_hidden() -> None:
    assert applied(*gender(3, 57)[1:])["quality"].tolist() == ["suppressed", "ok"]


def test_a_companion_of_zero_does_not_protect() -> None:
    """girl 3, boy 0, third 60: hiding boy alone would leave 3 in all for girl and boy."""
    levels = [row(name, by="g", n=400, yes=yes) for name, yes in (("girl", 3), ("boy", 0), ("third", 60))]
    found = applied(row("", n=1200, yes=63), *levels).set_index("level")
    assert found.loc["third", "quality"] == "suppressed"
    assert found.loc["boy", "quality"] == "caution"


@pytest.mark.parametrize(("girl", "boy"), [(3, 0), (397, 400)])
def test_none_of_one_group_does_not_tell_whose_the_few_of_all_are(girl: int, boy: int) -> None:
    """Group disclosure: one of the few who said yes (or no) is a girl; so who of all said it is not told."""
    assert set(applied(*gender(girl, boy))["quality"]) == {"suppressed"}
    third = row("other", by="gender", n=400, yes=60)
    total, *levels = gender(girl, boy)
    shown = applied(total | {"n": 1200, "n_yes": girl + boy + 60}, *levels, third).set_index("level")
    assert shown.loc["boy", "quality"] == "caution"  # beside others it tells nothing
    earlier = applied(*levels)
    assert applied(total, published=earlier)["quality"].tolist() == ["suppressed"]


def groups_of(*, gender_: list[tuple[int, int]], few: tuple[int, int], **other: Any) -> list[dict[str, Any]]:
    """All, girls and boys, and a tiny group beside the others: each (answers, yes)."""
    n, yes = (sum(part) for part in zip(*gender_, strict=True))
    parts = [("girl", "gender", *gender_[0]), ("boy", "gender", *gender_[1])]
    parts += [("yes", "disability", *few), ("no", "disability", n - few[0], yes - few[1])]
    return [row(level, by=by, n=n, yes=yes, **other) for level, by, n, yes in [("", "", n, yes), *parts]]


def hidden_levels(frame: pd.DataFrame) -> set[str]:
    return {*frame.loc[frame["quality"] == "suppressed", "level"]}


def test_a_tiny_group_hides_the_rest_of_its_breakdown_and_nothing_else() -> None:
    """All 3 of the group said yes: the other 204 are known to have said it 158 to 161 times, no secret."""
    found = applied(*groups_of(gender_=[(94, 67), (113, 94)], few=(3, 3)))
    assert hidden_levels(found) == {"yes", "no"}
    assert disclosure.audit(found, profile=PROFILE)["safe"].all()


@pytest.mark.parametrize("yes", [0, 1])
def test_none_or_all_of_all_is_said_of_each_group_with_them(yes: int) -> None:
    found = applied(*groups_of(gender_=[(90, 90 * yes), (113, 113 * yes)], few=(4, 4 * yes)))
    assert hidden_levels(found) == {"yes"} and found["reason"].iloc[3] == "few_answers?n=25"


def test_a_count_of_a_group_in_which_few_answered_all_items_is_no_reason_to_hide_everything() -> None:
    """Of 10 who answered an item 9 answered all: any is at most 9, so no hiding makes the item 10 wide."""
    items = {
        "RSK-27": groups_of(gender_=[(139, 22), (132, 17)], few=(11, 2)),
        "RSK-28": groups_of(gender_=[(138, 23), (129, 21)], few=(10, 3)),
        "RSK-29": groups_of(gender_=[(143, 22), (130, 23)], few=(10, 2)),
        "RSK-30": groups_of(gender_=[(134, 53), (123, 47)], few=(9, 5)),
    }
    found = applied(*(one | {"indicator": name} for name, rows in items.items() for one in rows))
    assert hidden_levels(found) == {"yes", "no"}
    assert disclosure.audit(found, profile=PROFILE)["safe"].all()


@pytest.mark.parametrize(
    ("low", "high", "known"), [(5, 6, True), (5, 5, False), (4, 6, False), (94, 95, True), (94, 96, False)]
)
def test_what_may_be_any_of_several_printable_counts_is_no_secret(low, high, known: bool) -> None:
    assert may_be_printed(float(low), float(high), 100.0, 5.0) is known


def test_a_base_counts_a_hidden_yes_where_no_group_is_asked_for() -> None:
    shown = disclosure.apply(followed(**{"": 8.0}).iloc[[0, 3]], profile=PROFILE)
    assert set(shown["quality"]) == {"suppressed"} and np.isnan(shown["n"].iloc[1])


def test_nobody_asked_further_does_not_tell_that_nobody_said_yes() -> None:
    shown = disclosure.apply(followed(**{"": 8.0, "girl": 8.0, "boy": 0.0}), profile=PROFILE)
    assert set(shown["quality"]) == {"suppressed"} and shown["n"].iloc[3:].isna().all()


def test_a_total_published_later_gives_way() -> None:
    total, *levels = gender(3, 57)
    earlier = applied(*levels)
    later = applied(total, published=earlier)
    assert later["quality"].tolist() == ["suppressed"]
    assert len(later) == 1


def test_answers_of_a_distribution_protect_each_other() -> None:
    answers = {"never": 3, "sometimes": 200, "often": 97}
    found = applied(*(row(n=300, yes=k, statistic="category", category=a) for a, k in answers.items()))
    assert found["quality"].tolist() == ["suppressed", "ok", "suppressed"]


def test_answers_that_may_be_ticked_together_need_no_companion() -> None:
    answers = {"cost": 3, "signal": 200, "device": 180}
    other = {"school": 150, "home": 140, "street": 90}
    domains = [("girl", answers), ("boy", other | {"cost": 70})]
    rows = [
        row(level, by="gender", n=300, yes=k, statistic="category", category=a)
        for level, kinds in domains
        for a, k in kinds.items()
    ]
    found = applied(*rows)
    assert found["quality"].eq("suppressed").sum() >= 1
    assert found.loc[found["level"] == "boy", "quality"].eq("ok").all()


def test_answers_ticked_together_are_no_sum_that_hides_what_levels_tell() -> None:
    """Ticks make more than all children: that is no equation, and girls' 3 of 73 needs a helper."""
    ticks = {"": [73, 340, 320], "girl": [3, 170, 160], "boy": [70, 170, 160]}
    rows = [
        row(
            level,
            by="gender" if level else "",
            n=300 if level else 600,
            yes=k,
            statistic="category",
            category=name,
        )
        for level, counts in ticks.items()
        for name, k in zip(("cost", "signal", "device"), counts, strict=True)
    ]
    found = applied(*rows)
    assert found.loc[found["category"] == "cost", "quality"].eq("suppressed").sum() == 2
    girl = (pd.DataFrame(rows)[["level", "category"]] == ["girl", "cost"]).all(axis=1)
    careless = pd.DataFrame(rows).assign(
        quality=np.where(girl, "suppressed", "ok"), reason=np.where(girl, "privacy", "")
    )
    careless.loc[girl, ["estimate", "n_yes"]] = np.nan
    told = disclosure.audit(careless, profile=PROFILE).iloc[0]
    assert (told["low"], told["high"], bool(told["safe"])) == (3, 3, False)
    assert disclosure.audit(found, profile=PROFILE)["safe"].all()


def test_totals_ratios_and_differences_of_a_hidden_share_are_hidden() -> None:
    girl = row("girl", by="gender", n=400, yes=3)
    boy = row("boy", by="gender", n=400, yes=57)
    total = row("girl", by="gender", n=400, statistic="total", estimate=3100.0, yes=np.nan)
    diff = row("girl-boy", by="gender", n=800, statistic="diff", estimate=-0.135, yes=np.nan)
    found = applied(girl, boy, total, diff)
    assert found["quality"].tolist() == ["suppressed", "ok", "suppressed", "suppressed"]
    assert found["reason"].str.contains("privacy").tolist() == [True, False, True, True]


def test_a_difference_of_an_unreliable_group_is_hidden_for_reliability() -> None:
    diff = row("girl-boy", by="gender", n=424, statistic="diff", estimate=-0.1, yes=np.nan)
    found = applied(row("girl", by="gender", n=24), row("boy", by="gender", n=400), diff)
    assert found["reason"].iloc[2] == "from_hidden"


def test_periods_and_indicators_do_not_protect_each_other() -> None:
    rows = [*gender(3, 57), *gender(50, 57, period="2023"), *gender(50, 57, indicator="ACC-05")]
    assert applied(*rows)["quality"].eq("suppressed").sum() == 2


# --- the attacker ------------------------------------------------------------------------------------


def crossed(counts: np.ndarray, n: np.ndarray) -> pd.DataFrame:
    """A published table of gender by age with all its margins."""
    ages = [f"a{j}" for j in range(counts.shape[1])]
    rows = [row("", n=n.sum(), yes=counts.sum())]
    rows += [row(g, by="gender", n=n[i].sum(), yes=counts[i].sum()) for i, g in enumerate("gb")]
    rows += [row(a, by="age", n=n[:, j].sum(), yes=counts[:, j].sum()) for j, a in enumerate(ages)]
    rows += [
        row(f"{g},{a}", by="gender,age", n=n[i, j], yes=counts[i, j])
        for (i, g), (j, a) in product(enumerate("gb"), enumerate(ages))
    ]
    return pd.DataFrame(rows)


def whole_number_attack(published: pd.DataFrame, n: np.ndarray) -> dict[str, int]:
    """The range of each cell over all tables of whole numbers that agree with what is shown."""
    shown = published.set_index("level")["n_yes"]
    names = [f"{g},a{j}" for g in "gb" for j in range(2)]
    choices = [
        np.arange(m + 1) if np.isnan(shown[x]) else [shown[x]] for x, m in zip(names, n.ravel(), strict=True)
    ]
    g0, g1, b0, b1 = (grid.ravel() for grid in np.meshgrid(*choices, indexing="ij"))
    sums = {"": g0 + g1 + b0 + b1, "g": g0 + g1, "b": b0 + b1, "a0": g0 + b0, "a1": g1 + b1}
    agrees = np.all([np.isnan(shown[name]) | (total == shown[name]) for name, total in sums.items()], axis=0)
    return {name: int(np.ptp(cell[agrees])) for name, cell in zip(names, (g0, g1, b0, b1), strict=True)}


@pytest.mark.parametrize("seed", range(12))
def test_no_whole_table_narrows_a_hidden_count_to_less_than_the_minimum_cell(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(31, 36, (2, 2))
    counts = rng.integers(0, 16, (2, 2))
    counts[rng.integers(2), rng.integers(2)] = rng.integers(1, 5)
    found = applied(*crossed(counts, n).to_dict("records"))
    hidden = found[found["reason"].str.contains("privacy") & found["by"].eq("gender,age")]["level"]
    assert len(hidden) >= 1
    attack = whole_number_attack(found, n)
    assert {name: attack[name] for name in hidden if attack[name] < PROFILE.min_cell} == {}


@pytest.mark.parametrize("seed", range(6))
def test_the_audit_agrees_that_larger_tables_are_safe_and_most_of_them_stays_visible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(100, 300, (2, 5))
    counts = rng.integers(20, 90, (2, 5))
    counts[0, 0] = 2
    found = applied(*crossed(counts, n).to_dict("records"))
    audit = disclosure.audit(found, profile=PROFILE)
    assert audit["safe"].all()
    assert (audit["high"] - audit["low"] >= PROFILE.min_cell).all()
    assert audit[["low", "high"]].notna().all(axis=None)
    assert len(audit) <= 4  # the small cell and a rectangle around it


def test_the_audit_finds_a_planted_disclosure() -> None:
    careless = pd.DataFrame(gender(3, 57)).assign(
        quality=["ok", "suppressed", "ok"], reason=["", "privacy", ""]
    )
    careless.loc[1, ["estimate", "n_yes"]] = np.nan
    found = disclosure.audit(careless, profile=PROFILE).iloc[0]
    assert (found["low"], found["high"], bool(found["safe"])) == (3, 3, False)


@pytest.mark.parametrize("cell", [5, 10])
def test_the_audit_takes_the_smallest_cell_of_an_own_question_from_its_reason(cell: int) -> None:
    """The catalogue does not know it: taken for sensitive, 22 to 30 of 30 was called computed."""
    rows = pd.DataFrame([row(n=60, yes=52), *(row(g, by="gender", n=30, yes=26) for g in ("girl", "boy"))])
    rows = rows.assign(
        indicator="KEN-02", quality=["ok", "suppressed", "suppressed"], reason=f"privacy?n={cell}"
    )
    rows.loc[1:, ["estimate", "n_yes"]] = np.nan
    result = disclosure.audit(rows, profile=PROFILE)
    assert result[["low", "high", "needed", "safe"]].iloc[0].tolist() == [22, 30, cell, cell == 5]


def test_a_rest_without_the_breakdown_widens_what_can_be_told() -> None:
    """Forty children told no gender: the hidden count can be 3 less 0 to 40 of theirs, so nothing follows."""
    total, girl, boy = gender(30, 57)
    girl |= {"n_yes": 3.0, "estimate": 3 / 400}
    found = applied({**total, "n": 840.0, "n_yes": 90.0}, girl, boy)
    assert found["quality"].tolist() == ["ok", "suppressed", "ok"]


# --- the frame ---------------------------------------------------------------------------------------


def test_index_columns_and_input_are_left_alone() -> None:
    frame = pd.DataFrame(gender(3, 57)).set_axis([7, 9, 9]).assign(title="Daily use")
    frame["level"] = frame["level"].astype("category")
    before = frame.copy()
    found = disclosure.apply(frame, profile=PROFILE)
    pd.testing.assert_frame_equal(frame, before)
    assert found.index.tolist() == [7, 9, 9]
    assert list(found) == [*frame, "quality", "reason"]


def test_missing_columns_are_named_and_no_value_is() -> None:
    with pytest.raises(DataError, match="lack columns") as caught:
        disclosure.apply(pd.DataFrame({"indicator": ["ACC-03"], "estimate": [0.123]}), profile=PROFILE)
    assert "level" in str(caught.value)
    assert "0.123" not in str(caught.value)


def test_shares_without_counts_are_judged_by_n_times_the_share() -> None:
    frame = pd.DataFrame([row(yes=3)]).drop(columns="n_yes")
    assert disclosure.apply(frame, profile=PROFILE)["quality"].tolist() == ["suppressed"]


def test_the_rules_in_force_are_one_sentence_with_their_numbers() -> None:
    text = disclosure.describe(Publication(min_base=30, caution_base=60, min_cell=6, min_cell_sensitive=12))
    assert all(f" {number} " in f" {text} ".replace("(12", " 12") for number in (30, 60, 6, 12))


def test_every_reason_is_said_in_every_language() -> None:
    values = {"n": 10, "low": 25, "high": 49, "old": "9.5", "new": "9.7"}
    assert reason_text(code("few_answers", n=1200)) == "reliability: fewer than 1,200 answers (MICS)"
    for language in ("ru", "uk", "tr"):
        kept = [code(name, **values) for name in REASONS]
        assert not {reason_text(one, language) for one in kept} & {reason_text(one) for one in kept}
    said = "надійність: оцінку отримати не вдалося; ніхто з тих, кому ставили запитання, не відповів"
    assert reason_text("no_estimate;nobody_answered", "uk") == said


def test_every_code_of_a_reason_has_its_sentence() -> None:
    # Codes are the first words of `code(…)` and the keys of the two tables of rules.
    names = set()
    for file in LIBRARY.rglob("*.py"):
        calls = (n for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Call))
        named = [n.args[0] for n in calls if isinstance(n.func, ast.Name) and n.func.id == "code"]
        names |= {first.value for first in named if isinstance(first, ast.Constant)}
    assert {"few_answers", "privacy", "few_participants", "not_published"} <= names
    assert not names - set(REASONS) - set(WHY)


# --- bases that are counts, small groups, tests -------------------------------------------------------


def followed(**hidden: float) -> pd.DataFrame:
    """Yes of RSK-13 by gender and the question RSK-14 that only those with a yes were asked."""
    yes = {"": 220.0, "girl": 216.0, "boy": 4.0} | hidden
    levels = [("", "", 800.0), ("gender", "girl", 400.0), ("gender", "boy", 400.0)]
    rows = [row(level, by=by, n=n, yes=yes[level], indicator="RSK-13") for by, level, n in levels]
    follow = [
        row(level, by=by, n=yes[level], yes=yes[level] / 2, indicator="RSK-14", missing_share=0.0, n_psu=9.0)
        for by, level, _ in levels
    ]
    pair = row("girl-boy", by="gender", n=yes["girl"] + yes["boy"], yes=np.nan, indicator="RSK-14")
    return pd.DataFrame([*rows, *follow, pair | {"statistic": "diff", "estimate": 0.0}])


def test_a_base_that_counts_a_hidden_yes_is_hidden_with_it() -> None:
    shown = disclosure.apply(followed(), profile=PROFILE).set_index("indicator")
    assert shown.loc["RSK-13", "quality"].tolist() == ["ok", "suppressed", "suppressed"]
    follow = shown.loc["RSK-14"]
    assert follow["quality"].tolist() == ["ok", "suppressed", "suppressed", "suppressed"]
    assert follow["n"].isna().tolist() == [False, True, True, True]
    assert follow[["n_psu", "df", "missing_share"]].iloc[1:].isna().all(axis=None)
    assert follow["n"].iloc[0] == 220


@pytest.mark.parametrize(
    ("yes", "asked", "missing"),
    [(4.0, "yes", 0.0), (4.0, "yes", 0.5), (4.0, "no", 0.0), (396.0, "yes", 0.0)],
)
def test_a_base_out_before_its_filter_is_an_equation_of_the_audit(
    yes: float, asked: str, missing: float
) -> None:
    """What df50f4a published: n of RSK-14 among boys, and who left it out, is the hidden yes of RSK-13."""
    frame = followed(**{"": 216 + yes, "boy": yes})
    shown = disclosure.apply(frame, profile=PROFILE)
    base = frame["n"].where(frame["indicator"] != "RSK-14", frame["n"] * (1 - missing))
    if asked == "no":
        base[3:6] = frame["n"][:3].to_numpy() - frame["n"][3:6].to_numpy()
    audit = disclosure.audit(shown.assign(n=base, missing_share=missing), profile=PROFILE)
    boy = audit[(audit["indicator"] == "RSK-13") & (audit["level"] == "boy")].iloc[0]
    assert (boy["low"], boy["high"], boy["safe"]) == (yes, yes, False)
    assert boy["equations"] == f"girl ? + boy ? = all {216 + yes:g}; boy ? = {yes:g}"
    assert disclosure.audit(shown, profile=PROFILE)["safe"].all()


def test_none_at_all_may_be_known_of_a_group_whose_base_is_hidden() -> None:
    """A total of nought is out; a cross that is asked for later hides its groups for their bases alone."""
    levels = [row("", n=220, yes=0), *gender(0, 0, 110)]
    frame = pd.DataFrame([level | {"indicator": "RSK-14"} for level in levels])
    hidden = frame["level"] != ""
    shown = frame.assign(quality="ok", reason="").astype({"estimate": float, "n_yes": float})
    shown.loc[hidden, ["estimate", "n_yes"]] = np.nan
    shown.loc[hidden, ["quality", "reason"]] = ["suppressed", "privacy?n=10"]
    told = disclosure.audit(shown, profile=PROFILE)
    assert told["high"].eq(0).all() and told["safe"].all() and len(told) == 2


def test_the_base_of_an_either_question_bounds_each_of_its_filters() -> None:
    frame = followed()
    shown = disclosure.apply(frame, profile=PROFILE, bases={"RSK-14": ("RSK-13", "RSK-01")})
    leaked = shown.assign(n=frame["n"], missing_share=0.0)
    told = disclosure.audit(leaked, profile=PROFILE, bases={"RSK-14": ("RSK-13", "RSK-01")})
    boy = told[(told["indicator"] == "RSK-13") & (told["level"] == "boy")].iloc[0]
    assert (boy["low"], boy["high"]) == (4.0, 4.0)
    assert boy["equations"] == "girl ? + boy ? = all 220; boy ? + others 0 to 4 = 4"


def test_a_group_under_the_smallest_base_has_no_n() -> None:
    shown = applied(row("girl", by="gender", n=500), row("other", by="gender", n=24, yes=12.0))
    assert shown["n"].isna().tolist() == [False, True]
    assert applied(row("girl", by="gender", n=25, yes=12.0))["n"].tolist() == [25.0]


def test_a_group_of_one_hides_its_answer_and_a_group_of_none_has_nothing_to_hide() -> None:
    shown = applied(*[row(k, by="gender", n=n, yes=n, indicator="RSK-13") for k, n in (("x", 1), ("y", 0))])
    assert shown["reason"].tolist() == ["few_answers?n=25;privacy?n=10", "nobody_answered"]
    girls = row("girl", by="gender", indicator="RSK-13", se=0.0012345)
    shown = applied(girls, row("y", by="gender", n=0, yes=0.0, indicator="RSK-13"))
    assert shown["se"].iloc[0] == 0.0012345  # digits are cut only beside a hidden count


@pytest.mark.parametrize("pair", ["girl-boy", "boy-girl"])
def test_a_difference_with_a_hidden_end_is_hidden_whichever_end_it_is(pair: str) -> None:
    """Mutant 16: 0.500 less 0.497 gives the hidden share of boys."""
    shown = applied(
        row("girl", by="gender"),
        row("boy", by="gender", yes=3.0),
        row(pair, by="gender", statistic="diff", estimate=0.497, yes=np.nan),
    )
    assert shown["quality"].tolist()[1:] == ["suppressed", "suppressed"]


@pytest.mark.parametrize("pair", ["girl-boy", "boy-girl"])
def test_the_base_of_a_difference_is_untold_whichever_end_is_small(pair: str) -> None:
    """424 less 400 gives the base of the small group: `or` between its ends, no `and`."""
    shown = applied(
        row("girl", by="gender", n=24, yes=12.0),
        row("boy", by="gender", n=400),
        row(pair, by="gender", n=424, statistic="diff", estimate=0.0, yes=np.nan),
    )
    assert shown["n"].isna().tolist() == [True, False, True]


def test_a_hidden_count_keeps_the_whole_width_of_its_cell() -> None:
    """Mutant 18: 0 to 4 is four wide, one less than a cell of five, so the total goes too."""
    shown = applied(
        row(n=1000, yes=504.0),
        row("girl", by="gender", n=500, yes=500.0),
        row("boy", by="gender", n=500, yes=4.0),
        row("x", by="gender", n=0, yes=0.0),
    )
    told = disclosure.audit(shown, profile=PROFILE)
    assert (told["high"] - told["low"] >= 5).all()
    assert set(told["level"]) > {"boy"}


def test_a_level_with_a_comma_is_a_part_of_all() -> None:
    """Ours are written without one; a frame made elsewhere may hold it."""
    pair = (("Izmir, Aydin", 4.0), ("Ankara", 496.0))
    shown = applied(row(n=1000, yes=500.0), *(row(k, by="region", n=500, yes=yes) for k, yes in pair))
    assert shown["quality"].tolist() == ["ok", "suppressed", "suppressed"]


# --- weights, and the attacker's short cuts -------------------------------------------------------------


def by_residence(urban: float, rural: float, weights: tuple[float, float] = (1.7, 0.4)) -> pd.DataFrame:
    """A sensitive share in two groups of 400, each child of a group with the same weight."""
    each = dict(zip(("urban", "rural"), weights, strict=True))
    parts = [
        row(level, by="residence", n=400, yes=yes, indicator="RSK-24", sum_w=400 * each[level])
        for level, yes in (("urban", urban), ("rural", rural))
    ]
    total = sum(part["sum_w"] for part in parts)
    share = sum(part["sum_w"] * part["estimate"] for part in parts) / total
    whole = row(n=800, yes=urban + rural, indicator="RSK-24", sum_w=total)
    return pd.DataFrame([whole | {"estimate": share, "ci_low": share, "ci_high": share}, *parts])


def test_weighted_and_plain_sums_together_are_two_equations_for_two_groups() -> None:
    """1.7 u + 0.4 r and u + r are both out: u = 4 and r = 25 would follow, so the total is hidden too."""
    shown = disclosure.apply(by_residence(4, 25), profile=PROFILE)
    assert shown["quality"].tolist() == ["suppressed"] * 3
    leaked = shown.assign(quality=["ok", "suppressed", "suppressed"], reason=["", "privacy", "privacy"])
    leaked.loc[0, ["estimate", "n_yes"]] = by_residence(4, 25).loc[0, ["estimate", "n_yes"]]
    other = disclosure.apply(by_residence(90, 80).assign(indicator="ACC-03"), profile=PROFILE)
    told = disclosure.audit(pd.concat([leaked, other], ignore_index=True), profile=PROFILE)
    assert told[["low", "high"]].round(6).to_numpy().tolist() == [[4, 4], [25, 25]]
    assert told["equations"].iloc[0].startswith("urban ? + rural ? = all 29; 1.7 × urban ? + 0.4 × rural ?")


def test_equal_weights_are_no_further_equation_and_uneven_ones_none_for_counts() -> None:
    for frame in (by_residence(4, 25, (1.3, 1.3)), by_residence(4, 25).drop(columns="sum_w")):
        assert disclosure.apply(frame, profile=PROFILE)["quality"].tolist() == ["ok", *["suppressed"] * 2]
    uneven = by_residence(4, 25)
    uneven.loc[1, "estimate"] = 0.011  # the four weigh more than the others
    assert disclosure.apply(uneven, profile=PROFILE)["quality"].iloc[0] == "ok"


@pytest.mark.parametrize(("share", "safe"), [(0.938, True), (0.95, False)])
def test_a_weighted_share_that_is_out_is_of_as_many_as_the_rule_asks(share: float, safe: bool) -> None:
    """Of 60 answers 93.8 % are 56.28, by weights: at least five said no. 57 are 57."""
    levels = [row(by="gender", level=k, n=n) for k, n in (("girl", 26), ("boy", 34))]
    hidden = [r | {"estimate": np.nan, "n_yes": np.nan, "reason": "privacy?n=5"} for r in levels]
    out = pd.DataFrame([row(n=60) | {"estimate": share, "n_yes": np.nan, "reason": ""}, *hidden])
    told = disclosure.audit(out.assign(quality=["ok", *["suppressed"] * 2]), profile=PROFILE)
    assert told["safe"].tolist() == [safe] * 2


def hidden_counts(yes: list[float], most: list[float], unknown: list[bool], cell: float = 1e9) -> Any:
    """Counts of which none could be printed, unless the smallest cell is told."""
    yes_, n = np.array(yes), np.array(most)
    small = np.minimum(yes_, n - yes_)
    return SimpleNamespace(yes=yes_, n=n, most=n, unknown=unknown, small=small, cell=np.full(len(yes), cell))


def random_sums(rng: np.random.Generator) -> tuple[Any, list[Sum]]:
    """Sums over a few counts, parts and totals, that the true counts keep."""
    rows = int(rng.integers(3, 7))
    yes, n = rng.integers(0, 12, rows).astype(float), rng.integers(12, 16, rows).astype(float)
    unknown = rng.random(rows) < 0.7
    counts = hidden_counts(yes, n, unknown)
    sums = []
    for _ in range(int(rng.integers(1, 4))):
        of = rng.choice(rows, size=int(rng.integers(2, rows + 1)), replace=False)
        signs = {int(i): float(rng.choice([1.0, 1.0, -1.0, 0.5])) for i in of}
        rest = float(rng.integers(0, 3))
        sums.append(Sum(signs, sum(sign * yes[i] for i, sign in signs.items()) + rest, rest))
    return counts, sums


@pytest.mark.parametrize("seed", range(150))
def test_short_cuts_of_the_attacker_say_what_the_linear_programmes_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, sums = random_sums(rng)
    attack = Attack(counts, sums)
    assert attack.consistent
    for own in attack.hidden:
        low, high = attack.end(own, 1), attack.end(own, -1)
        assert low - 1e-6 <= counts.yes[own] <= high + 1e-6
        for need in (1.0, 3.0, 5.0, 10.0):
            if abs(high - low - need) > 1e-6:
                fresh = Attack(counts, sums)  # that has solved nothing yet
                for attacker in (fresh, attack, Attack(counts, sums, attack)):
                    assert attacker.hides(own, need) == (high - low > need), (own, need, low, high)
                    width = attacker.width(own, enough=need)
                    assert width == pytest.approx(high - low) or need <= width < high - low
    known = Attack(hidden_counts(counts.yes, counts.n, counts.unknown, cell=2.0), sums)
    for own in known.hidden:
        low, high = attack.end(own, 1), attack.end(own, -1)
        printable = low > 2 - 1e-6 and counts.n[own] - high > 2 - 1e-6 and high - low > 1 - 1e-6
        if abs(high - low - 5) > 1e-6:
            assert known.hides(own, 5.0) == (high - low > 5 or printable), (own, low, high)


def test_what_solves_the_sums_solves_them_with_one_more_count_hidden_too() -> None:
    """Four hidden ones of ten, then a fifth: how far each was seen to go is kept, and goes no less far."""
    counts = hidden_counts([1.0, 2.0, 3.0, 4.0], [9.0] * 4, [True] * 2 + [False] * 2)
    sums = [Sum(dict.fromkeys(range(4), 1), 10.0, 0.0)]
    first = Attack(counts, sums)
    assert (first.end(0, 1), first.end(0, -1)) == (0.0, 3.0)
    counts.unknown[2] = True
    second = Attack(counts, sums, first)
    assert np.ptp(second.seen, axis=0).tolist() == [3.0, 3.0, 0.0]
    assert second.hides(0, 6.0) and not second.hides(0, 6.1)  # of six among three


def test_a_count_that_can_lie_as_far_apart_as_the_rule_asks_is_safe() -> None:
    """Of two hidden ones that add up to five each is between nought and five: five wide, as asked."""
    counts = hidden_counts([2.0, 3.0], [9.0, 9.0], [True, True])
    attack = Attack(counts, [Sum({0: 1, 1: 1}, 5.0, 0.0)])
    assert attack.hides(0, 5.0) and not attack.hides(0, 5.1)


def test_a_count_whose_sums_nothing_solves_is_not_safe() -> None:
    """More boys than all, so the girls were fewer than nobody: the number of all or of boys is wrong."""
    counts = hidden_counts([10.0, 12.0, np.nan], [50.0] * 3, [False, False, True])
    attack = Attack(counts, [Sum({1: 1, 2: 1, 0: -1}, 0.0, 0.0)])
    assert np.isnan([attack.end(2, 1), attack.end(2, -1)]).all() and not attack.hides(2, 1.0)
    out = [
        row(n=800, yes=60),
        row("girl", by="gender", n=400, yes=30),
        row("boy", by="gender", n=400, yes=90),
    ]
    frame = pd.DataFrame(out).assign(quality=["ok", "suppressed", "ok"], reason=["", "privacy?n=5", ""])
    frame.loc[1, ["estimate", "n_yes"]] = np.nan
    told = disclosure.audit(frame, profile=PROFILE).iloc[0]
    assert not told["safe"] and np.isnan(told["low"]) and "girl ? + boy 90 = all 60" in told["equations"]


def test_sums_of_weighted_shares_give_way_a_little_where_they_contradict_each_other() -> None:
    """28.25 girls and 31.5 boys of 60.5: three quarters have no group. Of each level 5 of 20 to 15 remain."""
    counts = hidden_counts(
        [60.5, 28.25, 31.5, 40.0, np.nan, np.nan],
        [99.0, 50.0, 50.0, 60.0, 15.0, 20.0],
        [False] * 4 + [True] * 2,
    )
    sums = [
        Sum({1: 1, 2: 1, 0: -1}, 0.0, 0.0),
        Sum({3: 1, 4: 1, 5: 1, 0: -1}, 0.0, 0.0),
    ]
    attack = Attack(counts, sums)
    assert [attack.end(4, sign) for sign in (1, -1)] == pytest.approx([0.5, 15.0])  # 20.5 - 20, all of 15
    counts.yes[:3] = 60.0, 28.0, 31.0  # plain counts never give way
    assert np.isnan(Attack(counts, sums).end(4, 1))


def test_a_base_that_is_not_told_makes_no_exact_sum() -> None:
    """Happy, neither and upset of girls: 24 at most of whom no n is told, as of fewer than 25."""
    answers = [
        row(level, by="gender" if level else "", n=36, yes=12) | {"category": answer, "statistic": "category"}
        for level in ("", "girl", "boy")
        for answer in ("happy", "neither", "upset")
    ]
    frame = pd.DataFrame(answers).assign(quality="suppressed", reason="few_answers?n=25;privacy?n=10")
    frame[["estimate", "n_yes"]] = np.nan
    frame.loc[frame["level"] != "", "n"] = np.nan
    told = disclosure.audit(frame, profile=PROFILE)
    assert told["safe"].all() and told["high"].tolist() == [36.0] * 3 + [24.0] * 6


def imprecise(yes: float, n: float, level: str) -> dict[str, Any]:
    """Hidden as its interval is wider than 5 points and than 1.3 times the share."""
    return row(level, by="ses", n=n, yes=yes, ci_low=0.0, ci_high=2 * yes / n + 0.05)


def test_of_a_count_that_nobody_may_know_no_reason_tells_how_large_it_is() -> None:
    """With n = 100 `wide_for_share` said "few" (2), the reason without it "not so few" (of its helper)."""
    frame = applied(row(n=400, yes=40), imprecise(2, 100, "low"), row("high", by="ses", n=300, yes=38))
    assert frame["reason"].tolist() == ["", "privacy?n=5", "privacy?n=5"]
    small = applied(row(n=24, yes=2, ci_low=0.0, ci_high=0.5))
    assert small["reason"].tolist() == ["few_answers?n=25;privacy?n=5"]


def test_a_count_that_is_only_imprecise_hides_no_other_one() -> None:
    """Its reason bounds it, so it gets the reason of privacy before one that is printed is hidden."""
    frame = applied(
        row(n=600, yes=53),
        row("low", by="ses", n=200, yes=3),
        imprecise(8, 100, "middle"),
        row("high", by="ses", n=300, yes=42),
    )
    assert frame["reason"].tolist() == ["", "privacy?n=5", "privacy?n=5", ""]


def test_a_small_group_hides_a_count_only_with_the_reason_of_privacy() -> None:
    """56 - 50 leaves 6 for two groups: with `few_answers` alone the second has none or five and more (its
    cell is not small), so the first, of one to four, is 1."""
    frame = applied(
        row(n=200, yes=56),
        row("low", by="ses", n=60, yes=1),
        row("middle", by="ses", n=20, yes=5),
        row("high", by="ses", n=120, yes=50),
    )
    assert frame["reason"].tolist() == ["", "privacy?n=5", "few_answers?n=25;privacy?n=5", ""]
    alone = applied(row(n=80, yes=40), row("low", by="ses", n=60, yes=35), row("high", by="ses", n=20, yes=5))
    assert alone["reason"].tolist() == ["", "", "few_answers?n=25"]


@pytest.mark.parametrize("counts", [(60, 40), (40, 60)])
def test_which_of_two_counts_hides_a_third_does_not_tell_which_is_smaller(counts: tuple[int, int]) -> None:
    """An attacker knows the rule: what is chosen by its hidden count would bound that count."""
    frame = applied(
        row(n=500, yes=103),
        row("low", by="ses", n=100, yes=3),
        row("middle", by="ses", n=150, yes=counts[0]),
        row("high", by="ses", n=250, yes=counts[1]),
    )
    assert frame["reason"].tolist() == ["", "privacy?n=5", "privacy?n=5", ""]


def test_a_hidden_answer_that_stands_alone_is_not_its_base() -> None:
    only = pd.DataFrame([row(n=300, yes=3, statistic="category", category="never")])
    told = disclosure.audit(disclosure.apply(only, profile=PROFILE), profile=PROFILE).iloc[0]
    assert (told["low"], told["high"], told["equations"]) == (0.0, 300.0, "")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"n": 25, "statistic": "mean"}, "some_answers?low=25&high=49"),
        ({"df": 8.0}, ""),
        ({"df": 7.99}, "few_df"),
        ({"n": 28, "se": 0.0}, "small_effective_sample"),
        ({"n": 30, "se": 0.0}, "some_answers?low=25&high=49"),
        ({"n": 28, "statistic": "mean", "se": 0.0}, "some_answers?low=25&high=49"),
    ],
)
def test_thresholds_hold_at_their_edge(facts: dict[str, Any], reason: str) -> None:
    assert verdict(**facts)[1] == reason


def test_only_the_columns_that_decide_are_needed() -> None:
    few = ["indicator", "by", "level", "statistic", "estimate", "n"]
    assert disclosure.apply(pd.DataFrame([row()])[few], profile=PROFILE)["quality"].tolist() == ["ok"]
    for name in few:
        with pytest.raises(DataError, match="lack columns"):
            disclosure.apply(pd.DataFrame([row()])[few].drop(columns=name), profile=PROFILE)


# --- digits, tests and models as equations ----------------------------------------------------------


def test_beside_a_hidden_count_numbers_have_the_digits_that_are_printed() -> None:
    """With all its digits the standard error of all, by strata, tells how two of them share a sum."""
    exact = {"se": 0.0234567, "deff": 1.0345, "t": 2.3456, "p_value": 0.012345, "estimate": 0.123456}
    rows = [row(yes=60, n=800, se=0.0234567, deff=1.0345), *gender(3, 57)[1:]]
    pair = {**row("girl-boy", by="gender", statistic="diff", yes=np.nan), **exact}
    found = applied(
        *rows,
        {**pair, "indicator": "ACC-01"},
        pair,
        {**row(yes=60, n=800, se=0.0234567), "indicator": "ACC-01"},
    )
    assert found["se"].tolist()[-1] == 0.0234567  # of another indicator, which hides nothing
    assert found.loc[3, list(exact)].tolist() == list(exact.values())
    assert found.loc[0, ["estimate", "se", "deff"]].tolist() == [60 / 800, 0.023, 1.0]
    weighted = applied(*({**r, "estimate": r["estimate"] + 0.0123456} for r in rows))
    assert weighted["estimate"].iloc[0] == 0.087  # 0.075 + 0.0123456
    others = dict.fromkeys(
        [name for name in disclosure.DECIMALS if name not in ("se", "deff", "t")], 0.0756789
    )
    fine = applied(*(r | others for r in rows))
    assert set(fine.loc[0, list(others)]) == {0.076}  # tenths of a percent, as tables print


def test_a_base_that_no_row_of_its_group_tells_is_under_the_smallest_one() -> None:
    untold = pd.DataFrame([row("girl", by="gender", n=np.nan)])
    assert working(untold, PROFILE, {})["most"].tolist() == [PROFILE.min_base - 1]


@pytest.mark.parametrize("statistic", disclosure.TESTS)
def test_a_test_over_a_table_with_a_hidden_count_is_an_equation_of_the_audit(statistic: str) -> None:
    shown = applied(*gender(3, 57))
    assert disclosure.audit(shown, profile=PROFILE)["safe"].all()
    test = row(statistic=statistic, category="gender", estimate=2.5, yes=np.nan) | {
        "quality": "ok",
        "reason": "",
    }
    told = disclosure.audit(pd.concat([shown, pd.DataFrame([test])]), profile=PROFILE)
    assert len(told) == 2 and not told["safe"].any()
    assert told["equations"].str.endswith(f"; {statistic} gender = 2.5").all()
    held = pd.DataFrame([test | {"quality": "suppressed", "reason": "privacy?n=5", "estimate": np.nan}])
    assert disclosure.audit(pd.concat([shown, held]), profile=PROFILE)["safe"].all()


# --- what is made of other indicators -------------------------------------------------------------------


def of_two(name: str, girl: float, boy: float, n: float = 400, **other: Any) -> list[dict[str, Any]]:
    return [one | {"indicator": name} for one in gender(girl, boy, n, **other)]


def counted_activities() -> list[dict[str, Any]]:
    """Three girls watch no videos; the mean number of activities adds up five shares."""
    yes = {"OPP-01": (200, 200), "OPP-02": (200, 200), "OPP-05": (397, 300), "OPP-06": (150, 180)}
    yes["OPP-10"] = (100, 120)
    rows = [one for name, pair in yes.items() for one in of_two(name, *pair)]
    girl, boy = (sum(pair[k] for pair in yes.values()) for k in (0, 1))
    means = of_two("OPP-09", girl, boy)
    return rows + [one | {"statistic": "mean", "n_yes": None, "se": 0.01} for one in means]


MADE_OF = {
    "count": counted_activities(),
    # Of three kinds of misuse boys met one only, so that any of them is that one.
    "any": [
        *of_two("RSK-27", 30, 0),
        *of_two("RSK-28", 0, 0),
        *of_two("RSK-29", 3, 40),
        *of_two("RSK-30", 31, 40),
    ],
    "none": [*of_two("COP-01", 30, 390), *of_two("COP-06", 370, 10)],
}


@pytest.mark.parametrize("kind", MADE_OF)
def test_what_is_made_of_indicators_gives_none_of_them_back(kind: str) -> None:
    result = applied(*MADE_OF[kind])
    assert disclosure.audit(result, profile=PROFILE)["safe"].all()
    hidden = result[result["quality"] == "suppressed"].groupby("level")["indicator"].nunique()
    assert kind == "none" or hidden.min() > 1  # in each group of girls and boys more than the one count


@pytest.mark.parametrize(
    ("kind", "hidden", "told"), [("count", "OPP-05", 397.0), ("any", "RSK-29", 3.0), ("none", "COP-01", 30.0)]
)
def test_the_audit_reads_an_indicator_and_its_parts_together(kind: str, hidden: str, told: float) -> None:
    rows = pd.DataFrame(MADE_OF[kind]).assign(quality="ok", reason="")
    gone = (rows["indicator"] == hidden) & (rows["by"] != "")
    rows.loc[gone, ["quality", "reason"]] = ["suppressed", "privacy?n=5"]
    rows.loc[gone, ["estimate", "n_yes"]] = None
    girl, _ = disclosure.audit(rows, profile=PROFILE).itertuples()
    assert not girl.safe and girl.low == girl.high == told, girl
    assert f"{hidden} girl ?" in girl.equations
    alone = rows[rows["indicator"] == hidden]
    assert disclosure.audit(alone, profile=PROFILE)["safe"].all()  # which its own sums do not tell


def daily_and_weekly(between: int) -> list[dict[str, Any]]:
    """Daily use, and use every day or week, which so many girls more have said; of boys a hundred more."""
    daily = [row(yes=400), row("girl", by="gender", n=500, yes=250), row("boy", by="gender", n=500, yes=150)]
    more = [100 + between, between, 100]
    weekly = [
        {**one, **row(one["level"], by=one["by"], n=one["n"], yes=one["n_yes"] + k)}
        for one, k in zip(daily, more, strict=True)
    ]
    return [*daily, *({**one, "indicator": "ACC-02"} for one in weekly)]


def test_a_few_answers_between_two_counts_of_one_column_hide_one_of_them() -> None:
    """Of the girls 250 are online daily and 253 daily or weekly: three only weekly."""

    def hidden_of(rows: list[dict[str, Any]], **how: Any) -> set[tuple[str, str]]:
        result = applied(*rows, within=[("ACC-03", "ACC-02")], **how)
        gone = result[result["quality"] == "suppressed"]
        assert gone["reason"].str.contains("privacy").all()
        return set(zip(gone["indicator"], gone["level"], strict=True))

    few = daily_and_weekly(3)
    assert ("ACC-03", "girl") in hidden_of(few) and len(hidden_of(few)) > 1  # not what is left of all, either
    assert not {name for name, _ in hidden_of(few)} - {"ACC-03"}
    for far in (0, 5, 60):
        assert hidden_of(daily_and_weekly(far)) == set(), far
    # What is out already stays, and what comes later gives way.
    published = applied(*few[:3])
    later = hidden_of(few[3:], published=published)
    assert ("ACC-02", "girl") in later and len(later) > 1
    assert set(applied(*few)["quality"]) == {"ok"}  # nobody says that they are of one column
    girls, *others = disclosure.audit(
        applied(*few), profile=PROFILE, within=[("ACC-03", "ACC-02")]
    ).itertuples()
    assert (girls.level, girls.low, girls.high, girls.safe) == ("girl", 3, 3, False)
    assert girls.equations == "ACC-02 - ACC-03 = 3" and not [row for row in others if row.level == "boy"]
    assert disclosure.audit(
        applied(*daily_and_weekly(60)), profile=PROFILE, within=[("ACC-03", "ACC-02")]
    ).empty


def test_counts_of_one_column_are_read_in_the_instrument() -> None:
    pairs = nested(instrument("ess10").indicators)
    assert ("ACC-03@ess", "ACC-02@ess") in pairs and ("ACC-02@ess", "ACC-03@ess") not in pairs
    assert ("MED-04A", "MED-04") in nested(instrument("digicit").indicators)
    assert not [pair for pair in pairs if pair[0] == pair[1]]


def test_whoever_left_out_an_item_widens_what_a_mean_number_tells() -> None:
    rows = pd.DataFrame(counted_activities()).assign(quality="ok", reason="")
    gone = (rows["indicator"] == "OPP-05") & (rows["by"] != "")
    rows.loc[gone, ["quality", "reason"]] = ["suppressed", "privacy?n=5"]
    rows.loc[gone, ["estimate", "n_yes"]] = None
    is_mean = (rows["statistic"] == "mean") & (rows["by"] != "")
    # Four girls and four boys, who said yes ten times each, left an item out: up to twenty yes more.
    rows.loc[is_mean, "estimate"] = (400 * rows.loc[is_mean, "estimate"] - 10) / 396
    rows.loc[is_mean, "n"] = 396
    girl, _ = disclosure.audit(rows, profile=PROFILE).itertuples()
    assert girl.high - girl.low >= 3
