"""Sheets, briefs, forum packs and comparisons as workbooks: the gate says file and line, no digit escapes."""

from __future__ import annotations

import json
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
    shipped,
    shown,
    sign,
    survey,
    template,
    voices,
    words,
)

from digicit_lib import Workbook
from digicit_lib.errors import DigicitError, EvidenceError, LanguageError, PublicationRefused
from digicit_lib.exhibits import blocks as block_room
from digicit_lib.products import AUDIENCES, PRODUCTS, file_stem
from digicit_lib.products import contrasts as room
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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = project(tmp_path / "p")
    sign(made)
    return made


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    made = project(tmp_path / "d", "synthetic")
    voices(made, invented=True)
    return made


def product(
    root: Path, phase: str = "communication", language: str = "en", study: str = "land", **which: Any
) -> Any:
    if phase == "communication":
        which = {"audience": "parents"} | which
    return Workbook.open(study, phase, root=root, language=language, **which)


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
        ("{OPP-02|likely} learn, {RSK-01}.", EvidenceError, "Only a difference"),
        ("{OPP-14} learn, {RSK-01}.", PublicationRefused, "Only core"),
    ],
)
def test_what_may_not_be_said_stops_with_file_and_line(
    root: Path, line: str, error: type[DigicitError], said: str
) -> None:
    wb = own(root, line)
    with pytest.raises(error) as caught, captured():
        wb.sheet()
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
    [
        ("> ", "> One.\n\n> ", "2 messages"),
        ("- {RGT-04} feel heard.\n", "", "2 numbers"),
        ("feel", "{OPP-06} {OPP-10} {COP-09} feel", "6 numbers"),
        ("{how}", "{how}\n\n{figure}\n\n- OPP-02: Learn", "2 figures"),
    ],
)
def test_a_sheet_holds_one_message_few_numbers_and_one_figure(
    root: Path, before: str, after: str, said: str
) -> None:
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
    with pytest.raises(EvidenceError, match="mixes children") as error, captured():
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
    line = "{name: Line, number: 'call us', source: a page, verified_by: C. D, verified_on: 2026-10-01}"
    for folder in (root, demo):
        path = folder / "params" / "land.yaml"
        path.write_text(path.read_text() + f"helplines:\n  - {line}\n")
    template(demo, "communication_parents", TEXT.format(line=GOOD))
    real = [b for b in shown(own(root, GOOD).sheet) if b["kind"] == "definitions"]
    assert "call us" in str(real)
    assert "call us" not in str(shown(product(demo, demonstration=True).sheet))


def test_unknown_readers_options_and_languages_are_suggested(root: Path) -> None:
    for which, said in (
        ({"audience": "parent"}, "parents"),
        ({"audiance": "parents"}, "audience"),
    ):
        with pytest.raises(DigicitError) as error:
            Workbook.open("land", "communication", root=root, **which)
        assert f"did you mean {said}?" in str(error.value)
    with pytest.raises(LanguageError, match="Unknown language"):
        product(root, language="ua")
    with pytest.raises(DigicitError, match="Unknown phase"):
        Workbook.open("land", "comunication", root=root)


def test_invented_data_ask_for_a_demonstration_and_say_so_everywhere(demo: Path) -> None:
    with pytest.raises(PublicationRefused, match="demonstration"):
        product(demo)
    wb = product(demo, demonstration=True)
    blocks = shown(lambda: (wb.facts(), wb.sheet(), wb.infographic("square")))
    assert blocks[0]["title"].startswith("DEMONSTRATION: ")
    assert all(b["synthetic"] for b in blocks if b["kind"] in ("cover", "figure", "table"))
    assert all(b["parts"][0] == "[SYNTHETIC] " for b in blocks if b["kind"] == "finding")
    assert {Path(name).name.startswith("SYNTHETIC-") for name in wb.exhibits.files} == {True}
    assert b"SYNTHETIC" in wb.exhibits.files["exhibits/SYNTHETIC-infographic-square.svg"]


@pytest.mark.parametrize("shape", ["square", "tall"])
def test_posters_have_their_size_and_their_words(root: Path, shape: str) -> None:
    wb = product(root, audience="children_12_14")
    with captured() as outputs:
        wb.infographic(shape)
    png = wb.exhibits.files[f"exhibits/infographic-{shape}.png"]
    size = (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big"))
    assert size == (1080, 1080 if shape == "square" else 1920)
    svg = wb.exhibits.files[f"exhibits/infographic-{shape}.svg"].decode()
    assert "Your life online" in svg and "Article 12" in svg and "SYNTHETIC" not in svg
    alt = outputs[0]["data"][block_room.MIME]["title"]
    assert alt.count(";") == (2 if shape == "square" else 4)
    with pytest.raises(DigicitError, match="Unknown shape"):
        wb.infographic("round")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_square_poster_pairs_risk_with_opportunity_as_well(root: Path, audience: str) -> None:
    wb = product(root, audience=audience)
    items = [piece for piece in wb.template.section("numbers") if piece.kind == "item"]
    sides = {wb._side_of(piece) for piece in wb._paired(items, 3)}
    assert {"risks", "opportunities"} <= sides


def test_signoffs_list_what_to_sign_before_anything_stops(root: Path) -> None:
    (root / "params" / "land.review.yaml").unlink()
    frame = own(root, GOOD).signoffs().frame
    assert frame["state"].tolist() == ["A number has no sign-off."] * 3
    assert (
        len(product(root, "advocacy").signoffs().frame) > 50
    )  # the rights map chooses among all core numbers
    assert frame["sign as"].str.fullmatch(r"v[0-9a-f]{12}").all()


def test_readability_is_shown_by_part(root: Path) -> None:
    frame = product(root).readability().frame
    assert frame["part"].tolist()[-1] == "all"
    assert "Flesch" in frame.columns[-1]
    ukrainian = product(root, language="uk").readability()
    assert ukrainian.notes == ("No formula is settled for this language: lengths only.",)


# --- every product that ships -------------------------------------------------------------------------


def test_the_products_have_their_names(demo: Path) -> None:
    assert set(PRODUCTS) == {f"communication_{a}" for a in AUDIENCES} | {
        "advocacy_brief", "advocacy_summary", "advocacy_cards", "forum_pack",
    }  # fmt: skip
    for name, (phase, which) in PRODUCTS.items():
        assert product(demo, phase, demonstration=True, **which).name == name
    assert file_stem("forum_pack", synthetic=False) == "forum_pack"


@pytest.mark.parametrize("name", PRODUCTS)
def test_no_product_has_a_digit_without_evidence(demo: Path, name: str) -> None:
    phase, which = PRODUCTS[name]
    wb = product(demo, phase, demonstration=True, **which)
    blocks = shown(lambda: (wb.facts(), wb.sheet(), wb.close(save="outputs/try")))
    pages = [block_room.render(b) if b["kind"] != "prose" else f"<p>{b['text']}</p>" for b in blocks]
    assert stray_digits("".join(pages)) == []
    kept = pd.read_parquet(demo / "outputs/try/evidence.parquet")
    cited = {p["id"] for b in blocks for p in b.get("parts", []) if isinstance(p, dict)}
    assert cited <= set(kept["id"])
    assert json.loads((demo / "outputs/try/findings.json").read_text())


# --- briefs and forum packs -----------------------------------------------------------------------------


def test_a_brief_without_a_deadline_is_refused(root: Path) -> None:
    voices(root)
    text = shipped("advocacy_brief").replace("- Deadline: binding rules within a year of the hearing.\n", "")
    template(root, "advocacy_brief", text)
    with pytest.raises(EvidenceError, match="recommendation lacks a line") as error, captured():
        product(root, "advocacy").sheet()
    assert "no Deadline" in str(error.value)
    assert "params/products/advocacy_brief.md:" in str(error.value)


def test_a_brief_prints_only_verified_law_and_approved_voices(root: Path) -> None:
    voices(root)
    blocks = shown(product(root, "advocacy").sheet)
    law = next(b for b in blocks if b["kind"] == "table" and b["title"].startswith("National law"))
    answers = [row[2]["text"] for row in law["rows"]]
    assert answers.count("not verified: to be confirmed by the country team") == 1  # item 20 has no verifier
    assert "yes (Law; verified by B. Lawyer, 2026-09-01)" in answers
    assert [b["translator"] for b in blocks if b["kind"] == "quotation"] == ["T1"] * 4


def test_a_study_without_interviews_or_review_says_so(root: Path) -> None:
    blocks = shown(product(root, "advocacy").sheet)
    gaps = [b["text"] for b in blocks if b["kind"] == "note" and b["tone"] == "gap"]
    assert "The desk review of this study is not published." in gaps
    assert "No approved quotation on this point: heard." in gaps


def test_the_forum_sets_voices_beside_numbers_and_maps_all_rights(root: Path) -> None:
    voices(root)
    assert "Came up in" not in words(shown(product(root, "forum").sheet))  # nobody signed the counts yet
    sign(root)
    blocks = shown(product(root, "forum").sheet)
    point = next(b for b in blocks if b["kind"] == "table" and "Being heard" in b["title"])
    said, figures = ([row[i] for row in point["rows"] if row[i]] for i in (1, 2))
    assert said[0]["text"].startswith("Listen to us on ")
    assert {cell["id"] for cell in figures} == {
        "land/quantitative/RGT-04/share/all"
    }  # COP-04 is no core number
    assert all(row[0].endswith("(Article 12: To be heard)") for row in point["rows"] if row[0])
    norms = {(): "", (12, 13): " (Articles 12, 13)", (8,): " (Articles 8)"}  # 8 has no place in the map
    assert {found: product(root, "forum")._norm(list(found)) for found in norms} == norms
    rights = next(b for b in blocks if b["kind"] == "table" and b["title"].startswith("Rights"))
    articles = {row[0].split(":")[0] for row in rights["rows"]}
    assert {f"Article {n}" for n in (2, 3, 12, 13, 15, 16, 17, 19, 23, 24, 28, 29, 31, 34, 36)} <= articles
    counts = next(b for b in blocks if b["kind"] == "finding")
    assert words([counts]) == "Came up in 3 of 4 discussions and interviews where it was raised.\n"


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
        product(root, "forum").sheet()
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
    found = room.differences(rows, indicators=2).iloc[0]
    df = 0.0025**2 / (0.0009**2 / 20 + 0.0016**2 / 30)  # Welch and Satterthwaite
    assert (found["estimate"], found["se"], found["df"]) == pytest.approx((0.1, 0.05, df))
    t = 2.3113910784  # R: qt(1 - 0.05 / 4, 49.66887417218543)
    assert found["ci_high"] == pytest.approx(0.1 + t * 0.05, abs=1e-9)
    assert found["method"].endswith("Bonferroni over 2 comparisons")


def test_many_countries_stand_against_the_mean_of_the_others() -> None:
    rows = pd.DataFrame(
        {"study": list("abcde"), "estimate": [0.5, 0.1, 0.2, 0.3, 0.4], "se": 0.02, "df": 40.0}
    )
    found = room.differences(rows)
    assert found["level"].tolist() == [f"{name}-others" for name in "abcde"]
    assert found["estimate"].iloc[0] == pytest.approx(0.5 - 0.25)
    assert found["se"].iloc[0] == pytest.approx(np.sqrt(0.02**2 + 4 * (0.02 / 4) ** 2))


def test_a_comparison_shows_what_may_be_compared_first(region: Path) -> None:
    wb = product(region, "comparison", study="")
    with pytest.raises(EvidenceError, match="only after the table"):
        wb.estimate()
    table = shown(lambda: wb.comparability(*ASKED))[0]
    assert [row[0] for row in table["rows"]] == ["Georgia", "Türkiye", "Ukraine"]
    assert [row[-1] for row in table["rows"]] == ["3 of 3"] * 3
    with pytest.raises(EvidenceError, match="only after the table"):
        wb.compare("HRM-01")


def test_no_country_is_ranked_and_only_separate_intervals_differ(region: Path) -> None:
    wb = product(region, "comparison", study="")
    blocks = shown(lambda: (wb.comparability(*ASKED), wb.table(wb.estimate()), wb.regional()))
    heads = [c["label"] for c in blocks[1]["columns"]]
    assert heads[1:] == [
        "Georgia",
        "Türkiye",
        "Ukraine",
    ]  # the alphabet, though Ukraine has the largest values
    text = words(blocks)
    assert "A difference is shown for: Georgia − Ukraine; Türkiye − Ukraine." in text
    assert "Georgia − Türkiye" not in text


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
    with pytest.raises(DigicitError, match="never stand beside"):
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
        wb.estimate()
    with captured():
        wb.comparability("ACC-01", "ACC-03")
    with pytest.raises(EvidenceError, match="different bases"):
        wb.estimate()


def test_sixty_countries(tmp_path: Path) -> None:
    from digicit_lib.landscape import un_members

    codes = un_members()[:60]
    root = project(tmp_path / "w", "synthetic", {f"s{code.lower()}": code for code in codes}, ASKED)
    wb = product(root, "comparison", study="", demonstration=True)
    blocks = shown(
        lambda: (
            wb.facts(), wb.comparability(*ASKED), wb.figure(wb.multiples()), wb.table(wb.estimate()),
            wb.table(wb.compare()), wb.regional(), wb.limits(), wb.close(save="outputs/comparison"),
        )
    )  # fmt: skip
    tables = [b for b in blocks if b["kind"] == "table"]
    assert [len(t["rows"]) for t in tables] == [60, 61, 60]
    assert len(pd.read_parquet(root / "outputs/comparison/evidence.parquet")) == 3 * 60 + 3 * 60 + 3
    assert "No difference between countries is shown." in words(blocks)


# --- notebooks ------------------------------------------------------------------------------------------


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
