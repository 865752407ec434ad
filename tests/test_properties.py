"""Properties of any input: parsers refuse in their own words, ids are stable, lookups stay inside."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digicit_lib.codebook import answer_key, canonical, column_name, is_own, split_id
from digicit_lib.data.respondents import level_id, level_name
from digicit_lib.errors import DigicitError
from digicit_lib.products.conditions import KnownFacts, holds
from digicit_lib.products.rights_page import spans
from digicit_lib.safe import fingerprint, inside, load_yaml, slug
from digicit_lib.survey import SurveyDesign, table

settings.register_profile("house", max_examples=80, deadline=None, derandomize=True)
settings.load_profile("house")
TEXT = st.text(max_size=40)


@given(TEXT)
def test_normal_forms_of_answers_and_heads_are_stable(text: str) -> None:
    for form in (canonical, answer_key, column_name):
        assert form(form(text)) == form(text)


@given(st.integers(0, 10**9))
def test_one_code_whatever_a_file_format_made_of_it(code: int) -> None:
    assert canonical(code) == canonical(float(code)) == canonical(f" 0{code}.0") == str(code)


@given(TEXT.filter(lambda text: "%2C" not in text))
def test_a_level_comes_back_from_its_id(level: str) -> None:
    assert level_name(level_id(level)) == level
    assert "," not in level_id(level)


@given(TEXT, TEXT)
def test_an_id_falls_into_indicator_and_variant(name: str, variant: str) -> None:
    plain, rest = split_id(f"{name.replace('@', '')}@{variant}")
    assert (plain, rest) == (name.replace("@", ""), variant)
    assert isinstance(is_own(name), bool)


@given(TEXT)
def test_a_slug_is_a_plain_file_name(text: str) -> None:
    name = slug(text)
    assert slug(name) == name
    assert not set(name) & set('/\\:*?"<>|\n\0') and name not in (".", "..")


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=5))
def test_a_fingerprint_does_not_hang_on_the_order_of_keys(values: dict[str, int]) -> None:
    assert fingerprint(values) == fingerprint(dict(reversed(values.items())))


@given(st.sets(st.integers(0, 200), max_size=30))
def test_spans_hold_exactly_the_numbers(numbers: set[int]) -> None:
    text = spans(sorted(numbers))
    back: set[int] = set()
    for part in text.split(", ") if text else []:
        low, _, high = part.partition("–")
        back |= set(range(int(low), int(high or low) + 1))
    assert back == numbers


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_yaml_is_read_or_refused_in_our_words(text: str) -> None:
    with suppress(DigicitError):
        load_yaml(text)


FACTS = st.sampled_from(
    ["measured ACC-03", "shown RSK-01", "ACC-03 < 50", "asks", "clearance", "lang tr", "phase qualitative"]
)


@given(FACTS, FACTS, st.sampled_from([" and ", " or "]))
def test_conditions_compose_as_logic_does(one: str, other: str, join: str) -> None:
    known = KnownFacts(intervals={"ACC-03": (20.0, 30.0)}, measured=frozenset({"ACC-03"}), asks=True)
    both, either = holds(one, known) and holds(other, known), holds(one, known) or holds(other, known)
    assert holds(one + join + other, known) == (both if join == " and " else either)
    assert holds(f"not {one}", known) == (not holds(one, known))


@given(TEXT)
def test_a_condition_is_read_or_refused_in_our_words(text: str) -> None:
    try:
        assert holds(text, KnownFacts()) in (True, False)
    except DigicitError as refused:
        assert refused.what


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, max_size=3))
def test_no_path_leads_out_of_its_folder(tmp_path: Path, parts: list[str]) -> None:
    try:
        path = inside(tmp_path, *parts)
    except (DigicitError, ValueError, OSError):
        return
    assert path.resolve().is_relative_to(tmp_path.resolve())


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1000))
def test_shares_do_not_hang_on_the_order_of_rows_nor_on_the_scale_of_weights(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "y": rng.integers(0, 2, 40).astype(float),
            "w": rng.uniform(1, 5, 40),
            "s": np.repeat([1, 2], 20),
            "p": np.repeat(range(8), 5),
            "g": rng.choice(list("ab"), 40),
        }
    )
    mixed = frame.sample(frac=1, random_state=seed % 1000).assign(w=lambda d: d["w"] * scale)
    one, other = (
        table(SurveyDesign(data, "w", strata="s", psu="p"), "y", by=[(), "g"]) for data in (frame, mixed)
    )
    for name in ("estimate", "se", "ci_low", "ci_high", "n"):
        assert one[name].to_numpy(float) == pytest.approx(other[name].to_numpy(float), nan_ok=True), name
