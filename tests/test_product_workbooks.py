"""Sheets, briefs, forum packs and comparisons as workbooks: the gate says file and line, no digit escapes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from product_sample import (
    SURVEY,
    captured,
    change,
    project,
    publish,
    shown,
    sign,
    survey,
    template,
    voices,
    words,
)
from pypdf import PdfReader
from report_sample import code

from digicit_lib import Product, report
from digicit_lib.checks import check_project
from digicit_lib.errors import DigicitError, EvidenceError, LanguageError, NotMade, PublicationRefused
from digicit_lib.evidence.marks import read_file
from digicit_lib.exhibits import blocks as block_room
from digicit_lib.exhibits import canvas
from digicit_lib.language import message_id
from digicit_lib.products import contrasts as room
from digicit_lib.products import enough
from digicit_lib.products import gate as gate_room
from digicit_lib.products.infographic import sentences_of, told_first
from digicit_lib.products.kinds import KINDS, file_stem
from digicit_lib.products.rights_map import side
from digicit_lib.products.rights_page import articles_text
from digicit_lib.products.stray_digits import stray_digits
from digicit_lib.products.templates import SHIPPED

NOTEBOOKS = Path(__file__).resolve().parents[1] / "workbooks"
TEXT = """# Title

> One message.

## Numbers {{#numbers}}

- {line}
- {{RGT-04}} feel heard.

## Help {{#help}}

{{help}}

## Rights {{#rights}}

- You are heard (Article 12).

## Picture {{#figure}}

{{figure}}

- OPP-02: Learn
- RSK-01: Hurt

## Limits {{#limits}}

- None.

## Do {{#do}}

- Ask.

## How {{#how}}

{{how}}

{{numbers}}
"""
GOOD = "{OPP-02} learn, {RSK-01|ci} were hurt."


GAPS = "thresholds: {RGT-04: 99, MED-07: 5, OPP-02: 99, source: a plan}\n"


def with_gaps(root: Path, text: str = GAPS) -> Path:
    path = root / "params" / "land.yaml"
    path.write_text(path.read_text() + text)
    return root


@pytest.fixture(scope="module", autouse=True)
def reviews_read_once() -> Iterator[None]:
    """A file of five hundred signatures is read once, not with each product that a test opens."""
    files: dict[bytes, Any] = {}

    def known(root: Path, file: str) -> Any:
        content = (root / file).read_bytes() if (root / file).is_file() else b""
        if content not in files:
            files[content] = read_file(root, file)
        return files[content]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate_room, "read_file", known)
        yield


@pytest.fixture(autouse=True)
def unprinted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure is laid out, none is printed but where a test asks for `prints`."""
    if "prints" not in request.fixturenames:
        empty = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>'
        monkeypatch.setattr(canvas, "as_svg", lambda figure: empty)


@pytest.fixture
def prints() -> None:
    """Its figures are drawn whole."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = project(tmp_path / "p")
    sign(made)
    return made


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    made = with_gaps(project(tmp_path / "d", "synthetic"))
    voices(made, invented=True)
    return made


def product(
    root: Path, kind: str = "communication_parents", language: str = "en", study: str = "land", **which: Any
) -> Any:
    return Product.open(kind, study, root=root, language=language, **which)


def own(root: Path, line: str) -> Any:
    template(root, "communication_parents", TEXT.format(line=line))
    return product(root)


# --- sheets -------------------------------------------------------------------------------------------


def test_a_sheet_says_its_text_with_signed_numbers(root: Path) -> None:
    wb = own(root, GOOD)
    blocks = shown(lambda: (wb.facts(), wb.sheet()))
    kinds = [b["kind"] for b in blocks]
    assert kinds[:2] == ["cover", "note"]
    assert blocks[0]["status"] == "numbers signed by A. Person"
    assert not blocks[0]["synthetic"]
    learn, hurt, heard = (wb.find(token) for token in ("OPP-02", "RSK-01", "RGT-04"))
    finding = next(b for b in blocks if b["kind"] == "finding")
    assert [p["id"] for p in finding["parts"] if isinstance(p, dict)] == [learn.id, hurt.id]
    table = next(b for b in blocks if b["kind"] == "table")
    assert [row[0]["text"] for row in table["rows"]] == [learn.question, hurt.question, heard.question]
    figure = next(b for b in blocks if b["kind"] == "figure")
    assert figure["provenance"] == [learn.id, hurt.id]
    assert figure["files"]["svg"].startswith("communication_parents/exhibits/figure-01")


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ("{OPP-99} learn, {OPP-02}, {RSK-01}.", EvidenceError, "No published evidence"),
        ("{OPP-02|loud} learn, {RSK-01}.", EvidenceError, "Unknown form"),
        ("45% learn, {OPP-02} and {RSK-01}.", EvidenceError, "may not type"),
        ("Most learn.\n- {OPP-02} and {RSK-01}.", EvidenceError, "may not type"),
        ("{OPP-02|likely} learn, {RSK-01}.", EvidenceError, "needs a difference"),
        ("{OPP-14} learn, {RSK-01}.", PublicationRefused, "Only core"),
    ],
)
def test_what_may_not_be_said_stops_with_file_and_line(
    root: Path, line: str, error: type[DigicitError], said: str
) -> None:
    with pytest.raises(error) as caught, captured():
        own(root, line).sheet()
    assert said in str(caught.value)
    assert "params/products/communication_parents.md:7" in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [("{OPP-02}", "{OPP-99}", 7), ("- OPP-02", "- OPP-99", 22), ("{OPP-02}", "{opp-02}", 7)],
)
def test_an_unknown_number_has_its_place_and_neighbours_in_the_list_of_signatures_too(
    root: Path, before: str, after: str, place: int
) -> None:
    template(root, "communication_parents", TEXT.format(line=GOOD).replace(before, after))
    with pytest.raises(DigicitError, match="OPP-") as caught:
        product(root).signoffs()
    assert f"params/products/communication_parents.md:{place}" in str(caught.value)
    assert after.strip("-{} ") in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("> ", "> One.\n\n> ", "2 messages"), ("{how}", "{how}\n\n{figure}\n\n- OPP-02: Learn", "2 figures")],
)
def test_a_sheet_holds_one_message_and_one_figure(root: Path, before: str, after: str, said: str) -> None:
    template(root, "communication_parents", TEXT.format(line=GOOD).replace(before, after, 1))
    with pytest.raises(EvidenceError, match="A sheet is short") as caught:
        product(root)
    assert said in str(caught.value)
    assert caught.value.where == "params/products/communication_parents.md:1"


def test_a_hidden_or_stale_number_stops_with_file_and_line(root: Path) -> None:
    wb = own(root, GOOD)
    for values, said in (({"estimate": 0.99}, "changed since"), ({"quality": "suppressed"}, "not published")):
        change(root, "OPP-02", **values)
        with pytest.raises(PublicationRefused, match=said) as error, captured():
            product(root).sheet()
        assert "params/products/communication_parents.md:7" in str(error.value)
    assert wb.find("RSK-01").shown


def test_a_number_to_be_read_with_caution_is_marked(root: Path) -> None:
    change(root, "OPP-02", quality="caution")
    sign(root)
    text = words(shown(own(root, GOOD).sheet))
    assert "(" + str(round(100 * product(root).find("OPP-02").estimate)) + "%) learn" in text


def test_risks_without_opportunities_are_refused(root: Path) -> None:
    line = "{RSK-01} were hurt, {RSK-30} robbed, {HRM-01} upset."
    text = TEXT.format(line=line).replace("- OPP-02: Learn\n", "").replace("- {RGT-04} feel heard.\n", "")
    template(root, "communication_parents", text)
    with pytest.raises(EvidenceError, match="no opportunities") as error:
        product(root)
    assert error.value.where == "params/products/communication_parents.md:1"


def test_one_figure_never_mixes_bases(root: Path) -> None:
    template(
        root, "communication_parents", TEXT.format(line=GOOD).replace("- RSK-01: Hurt", "- ACC-01: Online")
    )
    with pytest.raises(EvidenceError, match="mixes respondents") as error, captured():
        product(root).sheet()
    assert "communication_parents.md:20" in str(error.value)


def test_a_digit_from_the_params_has_no_evidence_and_is_refused(root: Path) -> None:
    path = root / "params" / "land.yaml"
    path.write_text(path.read_text().replace("nothing on causes", "42 refused to answer"))
    wb = own(root, GOOD)
    with pytest.raises(PublicationRefused, match="without evidence") as error, captured():
        wb.sheet()
        wb.close()
    assert "42: 42 refused to answer" in str(error.value)


def test_a_verified_helpline_is_printed_and_none_in_a_demonstration(root: Path, demo: Path) -> None:
    line = "{name: Line, number: '116 111', source: a page, verified_by: C. D, verified_on: 2026-10-01}"
    for folder in (root, demo):
        path = folder / "params" / "land.yaml"
        path.write_text(path.read_text() + f"helplines:\n  - {line}\n")
    template(demo, "communication_parents", TEXT.format(line=GOOD))
    real = [b for b in shown(own(root, GOOD).sheet) if b["kind"] == "definitions"]
    assert "116 111" in str(real)
    with captured():  # its digits are the params', and no product is refused for them
        sheet = own(root, GOOD)
        sheet.sheet()
        sheet.close()
    assert "116 111" not in str(shown(product(demo, demonstration=True).sheet))


def test_unknown_kinds_and_languages_are_suggested(root: Path) -> None:
    with pytest.raises(DigicitError, match="Unknown product") as error:
        product(root, "communication_parent")
    assert "did you mean communication_parents?" in str(error.value)
    with pytest.raises(LanguageError, match="Unknown language"):
        product(root, language="ua")


def test_invented_data_ask_for_a_demonstration_and_say_so_everywhere(prints: None, demo: Path) -> None:
    with pytest.raises(PublicationRefused, match="demonstration"):
        product(demo)
    wb = product(demo, demonstration=True)
    blocks = shown(lambda: (wb.facts(), wb.sheet(), wb.infographic("square")))
    assert blocks[0]["title"].startswith("DEMONSTRATION: ")
    assert all(b["synthetic"] for b in blocks if b["kind"] in ("cover", "figure", "table"))
    findings = [b for b in blocks if b["kind"] == "finding"]
    assert all(b["parts"][0] == "[SYNTHETIC] " and b["synthetic"] for b in findings)
    assert {Path(name).name.startswith("SYNTHETIC-") for name in wb.exhibits.files} == {True}
    assert b"SYNTHETIC" in wb.exhibits.files["exhibits/SYNTHETIC-infographic-square.svg"]


@pytest.mark.parametrize("shape", ["square", "tall"])
def test_posters_have_their_size_and_their_words(prints: None, root: Path, shape: str) -> None:
    wb = product(root, "communication_public")
    with captured() as outputs:
        wb.infographic(shape)
    png = wb.exhibits.files[f"exhibits/infographic-{shape}.png"]
    size = (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big"))
    assert size == (1080, 1080 if shape == "square" else 1920)
    svg = wb.exhibits.files[f"exhibits/infographic-{shape}.svg"].decode()
    assert "Life online in numbers" in svg and "Article 12" in svg and "SYNTHETIC" not in svg
    alt = outputs[0]["data"][block_room.MIME]["title"]
    assert re.search(r"700; font-size: (?:96|80)px", svg)  # PAGES.md, section 6: one number of 96 pt
    assert alt.startswith("Life online in numbers") and re.search(r"ages 9 to 17 · n\s\d", svg)
    with pytest.raises(DigicitError, match="Unknown shape"):
        wb.infographic("round")


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith("communication")])
def test_a_poster_tells_first_what_children_can_do(demo: Path, name: str) -> None:
    wb = product(demo, name, demonstration=True)
    estimate, _ = told_first(wb, sentences_of(wb))
    assert side(wb.choice.forms[estimate.indicator]) == "opportunities"


def test_signoffs_list_what_to_sign_before_anything_stops(root: Path) -> None:
    (root / "params" / "land.review.yaml").unlink()
    frame = own(root, GOOD).signoffs().frame
    assert frame["state"].tolist() == ["A number has no sign-off."] * 3
    assert (
        len(product(root, "advocacy_rights").signoffs().frame) > 50
    )  # the rights map chooses among all core numbers
    assert frame["sign as"].str.fullmatch(r"v[0-9a-f]{12}").all()


def test_readability_is_shown_by_part(root: Path) -> None:
    frame = product(root).readability().frame
    assert frame["part"].tolist()[-1] == "all"
    assert "Flesch" in frame.columns[-1]
    ukrainian = product(root, language="uk").readability()
    assert ukrainian.notes == ("No formula is settled for this language: lengths only.",)


def read_all_of(wb: Product, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], set[str]]:
    """The fixed text of a product, which now somebody has read, and the messages of its findings."""
    fixed = {text for _, text in wb.template.messages()}
    monkeypatch.setattr(enough, "reviewed", lambda _: {message_id(text) for text in fixed})
    return fixed, set(wb.frames_said)


def test_observed_data_in_another_language_need_a_native_reader(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PublicationRefused, match="No native speaker has read") as error:
        product(root, language="uk").sheet()
    assert "translation_reviewers: {uk: …}" in str(error.value)
    fixed, said = read_all_of(product(root, language="uk"), monkeypatch)
    assert said - fixed, "findings are made of more than the text of the product"
    with pytest.raises(PublicationRefused, match=f"{len(said - fixed)} of {len(said | fixed)} in uk"):
        product(root, language="uk").sheet()
    monkeypatch.setattr(enough, "reviewed", lambda _: {message_id(text) for text in said | fixed})
    assert shown(product(root, language="uk").sheet)
    monkeypatch.undo()
    path = root / "params" / "land.yaml"
    path.write_text(path.read_text() + "translation_reviewers: {uk: A. Person}\n")
    assert shown(product(root, language="uk").sheet)


# --- every product that ships -------------------------------------------------------------------------


def test_the_products_have_their_names(demo: Path) -> None:
    assert len(KINDS) == 12
    for name in KINDS:
        assert product(demo, name, demonstration=True).name == name
    assert file_stem("forum_pack", synthetic=False) == "forum_pack"


@pytest.mark.parametrize("name", KINDS)
def test_no_product_has_a_digit_without_evidence(demo: Path, name: str) -> None:
    wb = product(demo, name, demonstration=True)
    blocks = shown(lambda: (wb.facts(), wb.sheet(), wb.close(save="outputs/try")))
    pages = [block_room.block_html(b) if b["kind"] != "prose" else f"<p>{b['text']}</p>" for b in blocks]
    assert stray_digits("".join(pages)) == []
    kept = pd.read_parquet(demo / "outputs/try/evidence.parquet")
    cited = {p["id"] for b in blocks for p in b.get("parts", []) if isinstance(p, dict)}
    assert cited <= set(kept["id"])
    assert json.loads((demo / "outputs/try/findings.json").read_text()) or not wb.kind.most


# --- briefs and forum packs -----------------------------------------------------------------------------


def test_a_recommendation_stands_only_where_its_gap_holds_by_the_whole_interval(root: Path) -> None:
    wb = product(with_gaps(root), "advocacy_brief")
    assert [(one.key, one.threshold) for one in wb.recommended] == [("hear_children", 99.0)]
    assert wb.gauged == 2  # MED-07 was measured too, OPP-02 has no recommendation
    level = wb.find("RGT-04")
    assert wb.recommended[0].distance == pytest.approx(99 - 100 * level.ci_high)  # the nearer end
    blocks = shown(wb.sheet)
    (row,) = next(b["rows"] for b in blocks if str(b.get("title")).startswith("Recommendations"))
    gap = {"text": "The gap begins at 99% (a plan); the whole interval lies beyond it.", "id": level.id}
    assert gap.items() <= row[3].items() and row[2]["value"] == level.estimate
    assert "Recommendations whose gap was measured: 2;" in words(blocks)


@pytest.mark.parametrize("at", [0.46, 0.53])  # within the interval, and on its other side
def test_an_open_gap_recommends_nothing(root: Path, at: float) -> None:
    change(root, "RGT-04", estimate=0.5, ci_low=0.45, ci_high=0.55)
    sign(root)
    wb = product(with_gaps(root, f"thresholds: {{RGT-04: {100 * at}, source: a plan}}\n"), "advocacy_brief")
    assert (wb.recommended, wb.gauged) == ([], 1)
    with pytest.raises(NotMade, match="No recommendation has a measured gap"):
        wb.sheet()


def test_a_brief_prints_only_verified_law_and_approved_voices(root: Path) -> None:
    voices(with_gaps(root))
    blocks = shown(product(root, "advocacy_rights").sheet)
    law = next(b for b in blocks if b["kind"] == "table" and b["title"].startswith("National law"))
    answers = [row[2]["text"] for row in law["rows"]]
    assert answers.count("not verified: to be confirmed by the country team") == 1  # item 20 has no verifier
    assert "yes (Law; verified by B. Lawyer, 2026-09-01)" in answers
    brief = shown(product(root, "advocacy_brief").sheet)
    assert [b["translator"] for b in brief if b["kind"] == "quotation"] == ["T1"]


def test_a_section_with_nothing_to_show_has_no_heading(root: Path) -> None:
    with_gaps(root)
    heads = [b["text"] for b in shown(product(root, "advocacy_brief").sheet) if b["kind"] == "prose"]
    assert "## Recommendations" in heads
    assert not {"## Voices", "## Arguments"} & set(heads)
    limits = next(text for text in heads if text.startswith("- Answers are what people remember"))
    assert "## Limits" in heads and "not what caused it" in limits  # whether or not a side has no number
    assert "A quotation shows" not in "".join(heads)


# --- what people wrote ----------------------------------------------------------------------------------

ASKS = """asks:
  - {text: Ask us before the rule is made., group: forum of May, day: 2026-05-02, agreed: by a show of hands,
     approved_by: A. Person}
"""
ARGUMENT = """---
authors: [{name: A. Person, role: author}, {name: B. Person, role: author}]
date: 2026-10-01
---
## Why now {#why}

Rules made in haste forbid what is visible.
"""


def write(root: Path, kind: str, text: str) -> None:
    path = root / "params" / kind / ("land.yaml" if kind == "asks" else "land.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_asks_are_printed_as_recorded_and_arguments_with_their_authors(root: Path) -> None:
    with pytest.raises(NotMade, match="no recorded asks"):
        product(root, "forum_pack").sheet()
    write(root, "asks", ASKS)
    write(root, "arguments", ARGUMENT)
    pack = shown(product(root, "forum_pack").sheet)
    listed = next(b for b in pack if b["kind"] == "list")
    assert listed["items"] == [
        "Ask us before the rule is made. (forum of May, 2 May 2026; by a show of hands)"
    ]
    brief = shown(product(root, "advocacy_brief").sheet)  # an argument with authors is enough for a brief
    note = next(b for b in brief if b["kind"] == "note" and "haste" in b["text"])
    assert note["title"] == "Argument of A. Person, B. Person"


@pytest.mark.parametrize(
    ("kind", "text", "said", "where"),
    [
        ("asks", ASKS.replace("A. Person", "''"), "no approved_by", "params/asks/land.yaml:2"),
        ("asks", ASKS.replace("text: Ask us", "text: So <NAME5> says"), "<NAME5>", "params/asks/land.yaml:2"),
        ("arguments", ARGUMENT.replace("authors:", "writers:"), "no authors", "params/arguments/land.md:1"),
        (
            "arguments",
            ARGUMENT.replace(", role: author", "", 1),
            "name and role",
            "params/arguments/land.md:1",
        ),
        ("asks", "asks: 5\n", "no text", "params/asks/land.yaml:1"),
        ("asks", "asks: {a: b}\n", "no text", "params/asks/land.yaml:1"),
        ("arguments", "---\nauthors: 5\n---\n", "name and role", "params/arguments/land.md:1"),
        ("asks", ASKS.replace("2026-05", "2099-05"), "in the future", "params/asks/land.yaml:2"),
        ("arguments", ARGUMENT.replace("2026", "2099"), "no date that", "params/arguments/land.md:1"),
        ("arguments", ARGUMENT.replace("Rules", "80 rules"), "80", "params/arguments/land.md:7"),
        ("arguments", ARGUMENT.replace("Rules", "<the rule>"), "<the rule>", "params/arguments/land.md:7"),
    ],
)
def test_what_people_wrote_is_refused_with_file_and_line(
    root: Path, kind: str, text: str, said: str, where: str
) -> None:
    write(root, kind, text)
    with pytest.raises(PublicationRefused) as error:
        product(root)
    assert said in str(error.value) and error.value.where == where
    assert where in str([problem["what"] for problem in check_project(root)])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{if: measurd OPP-02}", "Unknown fact"),
        ("{if: measured OPP-99}", "Unknown indicator"),
        ("{if: asks and clearance or authors}", "not by both"),
        ("{if: asks}\n{if: clearance}", "within another"),
        ("{if: asks}", "no end"),
        ("{if: asks}\na\n{else}\nb\n{else}", "one {else}"),
        pytest.param("{if: ages " + "9" * 5000 + "-17}", "Unknown fact", id="digits"),
        ("{say: oportunity}", "Unknown token"),
        ("So says [NAME5].", "placeholder"),
        ("Study of <title of the study>", "placeholder"),
    ],
)
def test_a_text_that_cannot_be_evaluated_is_refused_with_its_line(root: Path, line: str, said: str) -> None:
    template(root, "communication_parents", TEXT.format(line=GOOD) + f"\n{line}\n")
    with pytest.raises(DigicitError, match=said) as error:
        product(root)
    last = 39 + line.count("\n")
    assert error.value.where == f"params/products/communication_parents.md:{last}"


def test_a_condition_keeps_its_lines_only_where_it_holds(root: Path) -> None:
    lines = (
        "{if: measured OPP-02 and not asks}\nOne.\n{else}\nTwo.\n{end}\n{if: RSK-01 > 99}\nThree.\n{end}\n"
    )
    template(root, "communication_parents", TEXT.format(line=GOOD) + lines)
    text = words(shown(product(root).sheet))
    assert "One." in text and "Two." not in text and "Three." not in text


# --- studies that hold little -----------------------------------------------------------------------------


def small(folder: Path, names: tuple[str, ...]) -> Path:
    made = project(folder, names=names)
    sign(made)
    return made


def test_a_study_of_two_indicators_makes_cards_and_says_why_nothing_else(tmp_path: Path) -> None:
    root = small(tmp_path / "s", ("RSK-01", "ACC-11"))
    text = words(shown(product(root, "advocacy_cards").sheet))
    assert "Opportunities were not asked in this survey." in text
    assert "## Making something of your own" not in text
    for name, kind in KINDS.items():
        if name != "advocacy_cards":
            with pytest.raises(NotMade, match=r"Statements of this|No (approved|recommendation|opportunity)"):
                product(root, name).sheet()
        assert kind.least <= 3


def test_real_children_are_told_numbers_only_beside_verified_help(root: Path) -> None:
    with pytest.raises(NotMade, match="No help service"):
        product(root, "communication_children_12_14").sheet()


@pytest.mark.usefixtures("prints")
@pytest.mark.parametrize("language", ["en", "ru", "uk", "tr"])
def test_the_sheet_for_the_youngest_has_three_numbers_on_one_page(demo: Path, language: str) -> None:
    sheet = product(demo, "communication_children_9_11", language, demonstration=True)
    cells = [code("p.facts()", *shown(sheet.facts)), code("p.sheet()", *shown(sheet.sheet))]
    made = report.render({"cells": cells, "metadata": {}}, kind="product", links=[], language=language)
    assert len(sheet.statements) == 3 and sheet.sides() == {"opportunities", "risks"}
    assert len(PdfReader(io.BytesIO(made["pdf"])).pages) == 1
    assert made["html"].count(b"<svg ") == 2  # on the web the picture stands, wide and narrow


def test_ages_that_nobody_was_asked_of_make_no_sheet(root: Path) -> None:
    path = root / "outputs" / "land" / "quantitative" / "evidence.parquet"
    frame = pd.read_parquet(path)
    frame[frame["level"] != "9-11"].to_parquet(path, index=False)
    with pytest.raises(NotMade, match="aged 9–11"):
        product(root, "communication_children_9_11").sheet()


def test_where_everything_is_reached_nothing_is_recommended(root: Path) -> None:
    for name in ("RGT-04", "RGT-07", "COP-09", "MED-07", "MED-02"):
        change(root, name, estimate=0.97, ci_low=0.95, ci_high=0.98)
    sign(root)
    limits = "thresholds: {RGT-04: 50, RGT-07: 60, COP-09: 60, MED-07: 50, source: a plan}\n"
    wb = product(with_gaps(root, limits), "advocacy_brief")
    assert (wb.recommended, wb.gauged) == ([], 4)
    text = words(shown(product(root, "advocacy_summary").sheet))
    assert "97%" in text and "sexually bothered or abused online" in text
    assert not [word for word in ("too few", "left to chance", "We ask", "discussions") if word in text]


def test_a_variant_is_said_in_the_words_of_its_own_question(tmp_path: Path) -> None:
    root = small(tmp_path / "v", ("OPP-02", "RSK-01", "HRM-01"))
    change(root, "RSK-01", indicator="RSK-01@yrbs", id="land/quantitative/RSK-01@yrbs/share/all")
    path = root / "params" / "land.yaml"
    path.write_text(path.read_text().replace("pisa2018", "yrbs2021"))
    sign(root)
    text = words(shown(product(root, "communication_public").sheet))
    assert "were electronically bullied in the past 12 months" in text and "hurtful" not in text


def test_sentences_of_other_languages_begin_and_end_as_they_should(demo: Path) -> None:
    text = words(shown(product(demo, "advocacy_summary", "tr", demonstration=True).sheet))
    assert "İnternet kullanan" in text and "Internet kullanan" not in text
    text = words(shown(product(demo, "communication_children_9_11", "uk", demonstration=True).sheet))
    assert " з учнів" not in text and ",." not in text and "віком 9–11 років" in text


def test_the_cover_says_what_is_known_of_ethics(root: Path) -> None:
    facts = dict(shown(product(root).facts)[0]["facts"])
    assert "Consent and assent" in facts["Not reported"]
    assert facts["Ethics clearance"].startswith("Asked under the agency's own rules")  # of PISA
    path = root / "params" / "land.yaml"
    path.write_text(path.read_text().replace("pisa2018", "digicit"))
    blocks = shown(product(root).facts)
    assert "No clearance on record." in [b["text"] for b in blocks if b["kind"] == "note"]
    assert "Ethics clearance" not in dict(blocks[0]["facts"])  # said once, loudly
    with_gaps(root, "ethics: {clearance: E-2026-17, board: A Board, date: 2026-05-02}\n")
    blocks = shown(lambda: (wb := product(root)).facts() or wb.sheet() or wb.close())
    assert dict(blocks[0]["facts"])["Ethics clearance"] == "Cleared by A Board, E-2026-17, 2 May 2026."


def test_the_forum_sets_voices_beside_numbers_and_maps_all_rights(root: Path) -> None:
    voices(root)
    assert "came up in" not in words(shown(product(root, "forum_pack").sheet))  # nobody signed the counts yet
    sign(root)
    blocks = shown(product(root, "forum_pack").sheet)
    point = next(b for b in blocks if b["kind"] == "table" and "Being heard" in b["title"])
    said, figures = ([row[i] for row in point["rows"] if row[i]] for i in (1, 2))
    assert said[0]["text"].startswith("Listen to us on ")
    assert {cell["id"] for cell in figures} == {
        "land/quantitative/RGT-04/share/all"
    }  # COP-04 is no core number
    assert all(row[0].endswith("(Article 12: To be heard)") for row in point["rows"] if row[0])
    norms = {(): "", (12, 13): " (Articles 12, 13)", (8,): " (Articles 8)"}  # 8 has no place in the map
    assert {found: articles_text(product(root, "forum_pack"), list(found)) for found in norms} == norms
    rights = next(b for b in blocks if b["kind"] == "table" and b["title"].startswith("Rights"))
    articles = {row[0].split(":")[0] for row in rights["rows"]}
    assert {f"Article {n}" for n in (2, 3, 12, 13, 15, 16, 17, 19, 23, 24, 28, 29, 31, 34, 36)} <= articles
    sheet = product(root, "forum_pack")
    shares, scores = map(sheet.find, ("RSK-01/share/all", "SKL-J/mean/all"))
    assert sheet.figure_cell(shares)["share"] == shares.estimate
    assert sheet.figure_cell(scores)["share"] == scores.estimate / 100  # of a hundred, which stands beside it
    assert sheet.figure_cell(scores)["base"] == f"score 0-100 · {scores.base}"
    counts = next(b for b in blocks if b["kind"] == "finding")
    assert (
        words([counts]) == "Being heard came up in 3 of 4 discussions and interviews where it was raised.\n"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [("{rights_map: 12 99}", "No such article"), ("{laws: 12 x}", "No such item of the legal checklist")],
)
def test_an_article_or_law_that_is_not_there_is_told_with_its_line(root: Path, line: str, said: str) -> None:
    voices(root)
    sign(root)
    text = (SHIPPED / "forum_pack.md").read_text()
    template(root, "forum_pack", f"{text}\n## Annex {{#annex}}\n\n{line}\n")
    with pytest.raises(EvidenceError, match=said) as error, captured():
        product(root, "forum_pack").sheet()
    place = len(text.splitlines()) + 4
    assert f"params/products/forum_pack.md:{place}" in str(error.value)


# --- comparison -----------------------------------------------------------------------------------------

ASKED = ("ACC-03", "OPP-02", "RSK-01")


@pytest.fixture
def region(tmp_path: Path) -> Path:
    made = project(tmp_path / "r", studies={"turkey": "TUR", "ukraine": "UKR", "georgia": "GEO"})
    publish(made, "ukraine", survey("observed", shift=0.3))
    for slug in ("turkey", "ukraine", "georgia"):
        sign(made, slug)
    return made


def test_differences_by_hand() -> None:
    rows = pd.DataFrame({"study": ["a", "b"], "estimate": [0.5, 0.4], "se": [0.03, 0.04], "df": [20.0, 30.0]})
    found = room.country_differences(rows, indicators=2).iloc[0]
    df = 0.0025**2 / (0.0009**2 / 20 + 0.0016**2 / 30)  # Welch and Satterthwaite
    assert (found["estimate"], found["se"], found["df"]) == pytest.approx((0.1, 0.05, df))
    t = 2.3113910784  # R: qt(1 - 0.05 / 4, 49.66887417218543)
    assert found["ci_high"] == pytest.approx(0.1 + t * 0.05, abs=1e-9)
    assert found["method"].endswith("Bonferroni over 2 comparisons")


def test_many_countries_stand_against_the_mean_of_the_others() -> None:
    rows = pd.DataFrame(
        {"study": list("abcde"), "estimate": [0.5, 0.1, 0.2, 0.3, 0.4], "se": 0.02, "df": 40.0}
    )
    found = room.country_differences(rows)
    assert found["level"].tolist() == [f"{name}-others" for name in "abcde"]
    assert found["estimate"].iloc[0] == pytest.approx(0.5 - 0.25)
    assert found["se"].iloc[0] == pytest.approx(np.sqrt(0.02**2 + 4 * (0.02 / 4) ** 2))


def test_a_comparison_shows_what_may_be_compared_first(region: Path) -> None:
    wb = product(region, "comparison", study="")
    with pytest.raises(EvidenceError, match="only after the table"):
        wb.values()
    table = shown(lambda: wb.comparability(*ASKED))[0]
    assert [row[0] for row in table["rows"]] == ["Georgia", "Türkiye", "Ukraine"]
    assert [row[-1] for row in table["rows"]] == ["3 of 3"] * 3
    with pytest.raises(EvidenceError, match="only after the table"):
        wb.compare("HRM-01")


def test_no_country_is_ranked_and_only_separate_intervals_differ(region: Path) -> None:
    wb = product(region, "comparison", study="")
    blocks = shown(lambda: (wb.comparability(*ASKED), wb.values(), wb.regional()))
    assert [row[1] for row in blocks[1]["rows"]] == 3 * ["Georgia", "Türkiye", "Ukraine"]
    assert {row[2] for row in blocks[1]["rows"]} == {"2026"}  # the year stands in each row, as the base does
    text = words(blocks)  # the alphabet orders, though Ukraine has the largest values
    told = [line for line in text.splitlines() if "higher in" in line]
    assert len(told) == 6 and all("higher in Ukraine by 30 points" in line for line in told)
    assert all("; 9 comparisons)." in line for line in told)
    assert text.count("on average over 3 countries") == 3


def test_a_difference_of_scores_is_not_called_percentage_points(region: Path) -> None:
    change(region, "ACC-10", "ukraine", estimate=60.0, ci_low=58.0, ci_high=62.0)
    sign(region, "ukraine")
    wb = product(region, "comparison", study="")
    text = words(shown(lambda: (wb.comparability("ACC-10"), wb.regional())))
    assert "; higher in Ukraine by 10 (" in text and "points" not in text


def test_what_is_not_shown_is_said_once_and_two_countries_have_no_mean(region: Path) -> None:
    wb = product(region, "comparison", study="turkey, georgia")
    blocks = shown(lambda: (wb.comparability(*ASKED), wb.differences(), wb.regional()))
    assert words(blocks).count("No difference is shown for: ") == 1
    assert "on average" not in words(blocks)
    table = next(b for b in blocks if b["title"] == "Differences between countries")
    assert {row[-1] for row in table["rows"]} == {"no difference shown"}
    assert wb.title == "Students' digital citizenship and safety, compared"  # pisa2018 asks students


def test_another_definition_or_age_is_left_out_with_the_reason(region: Path) -> None:
    change(region, "OPP-02", "georgia", definition_sha="other1234567", base="pupils of grade 7")
    path = region / "params" / "turkey.yaml"
    path.write_text(path.read_text().replace("ages: [9, 17]", "ages: [12, 17]"))
    sign(region, "georgia")
    wb = product(region, "comparison", study="")
    with captured():
        wb.comparability(*ASKED)
    gaps = "\n".join(wb.compare().gaps)
    assert "Georgia: other definition (OPP-02, other1234567: pupils of grade 7" in gaps
    assert "Türkiye: other ages (12–17; the others 9–17)" in gaps


def test_real_and_invented_data_never_stand_together(region: Path) -> None:
    path = region / "params" / "turkey.yaml"
    path.write_text(path.read_text().replace(SURVEY["observed"], SURVEY["synthetic"]))
    with pytest.raises(DigicitError, match="cannot be compared"):
        product(region, "comparison", study="turkey, georgia", demonstration=True)
    wb = product(region, "comparison", study="", demonstration=True)
    assert list(wb.members) == ["georgia", "ukraine"]
    table = shown(lambda: wb.comparability(*ASKED))[0]
    assert "turkey: invented data never stand beside real ones" in table["notes"][0]
    with pytest.raises(DigicitError, match="two studies"):
        product(region, "comparison", study="turkey", demonstration=True)


def test_a_comparison_needs_signatures_and_one_base(region: Path) -> None:
    (region / "params" / "georgia.review.yaml").unlink()
    wb = product(region, "comparison", study="")
    with captured():
        wb.comparability(*ASKED)
    with pytest.raises(PublicationRefused, match="no sign-off"):
        wb.values()
    with captured():
        wb.comparability("ACC-01", "ACC-03")
    with pytest.raises(EvidenceError, match="different bases"):
        wb.values()


def test_countries_stand_within_an_indicator_and_differ_by_points(region: Path) -> None:
    """Issue 16, item 6. A panel a country let nobody compare; "−2%" of 40% was read as a share."""
    wb = product(region, "comparison", study="")
    with captured():
        wb.comparability(*ASKED)
    frame = wb.multiples().frame
    assert frame.groupby("indicator")["level_label"].nunique().eq(len(wb.members)).all()
    (table,) = (b for b in shown(wb.differences) if b["kind"] == "table")
    assert all("points" in cell["text"] for row in table["rows"] for cell in row if isinstance(cell, dict))


@pytest.mark.long
def test_sixty_countries(tmp_path: Path) -> None:
    from digicit_lib.landscape import un_members

    codes = un_members()[:60]
    root = project(tmp_path / "w", "synthetic", {f"s{code.lower()}": code for code in codes}, ASKED)
    wb = product(root, "comparison", study="", demonstration=True)
    blocks = shown(
        lambda: (
            wb.facts(),
            wb.comparability(*ASKED),
            wb.figure(wb.multiples()),
            wb.values(),
            wb.differences(),
            wb.regional(),
            wb.limits(),
            wb.close(save="outputs/comparison"),
        )
    )
    tables = [b for b in blocks if b["kind"] == "table"]
    assert [len(t["rows"]) for t in tables] == [60, 180, 180]
    assert len(pd.read_parquet(root / "outputs/comparison/evidence.parquet")) == 3 * 60 + 3 * 60 + 3
    assert words(blocks).count("No difference is shown for: ") == 1


# --- notebooks ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("prints")
@pytest.mark.parametrize("name", ["communication", "advocacy", "forum", "comparison"])
def test_the_notebooks_run(demo: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(demo, "other", survey("synthetic"))
    (demo / "params" / "other.yaml").write_text(
        (demo / "params" / "land.yaml").read_text().replace("TUR", "UKR")
    )
    monkeypatch.chdir(demo)
    space: dict[str, Any] = {}
    with captured() as outputs:
        for cell in json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                exec(source.replace('study = "turkey"', 'study = "land"'), space)
    assert len(outputs) > 8
    assert len(space["wb"].evidence) >= 5
