"""The gate, templates, readability, digits, translations, statements: every bad input says where and what."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from product_sample import change, project, publish, sign, survey, voices

from digicit_lib.codebook import Indicator, catalogue, rights
from digicit_lib.errors import DigicitError, EvidenceError, LanguageError, ParamsError, PublicationRefused
from digicit_lib.language import catalogue_texts, invented
from digicit_lib.params import load_params
from digicit_lib.products.choice import Choice, slot_names, slots
from digicit_lib.products.directives import DIRECTIVES
from digicit_lib.products.gate import Gate, Published, read_review, value_hash
from digicit_lib.products.kinds import KINDS
from digicit_lib.products.messages import check_messages
from digicit_lib.products.readability import english_syllables, measure
from digicit_lib.products.recommendations import library
from digicit_lib.products.rights_map import rights_map
from digicit_lib.products.stray_digits import stray, stray_digits
from digicit_lib.products.templates import SHIPPED, load_template, parse_template, shipped_messages
from digicit_lib.workbook.findings import TOKEN, typed_claims
from digicit_lib.workbook.statements import FILE, as_file, laws, quotation_statements

TEMPLATES = sorted(path.stem for path in SHIPPED.glob("*.md"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "p")


def gate(root: Path, *, synthetic: bool = False, demonstration: bool = False, audience: str = "") -> Gate:
    review = read_review(root, "land")
    options = {"synthetic": synthetic, "demonstration": demonstration}
    return Gate(Published(root, "land"), review, audience=audience, **options)


# --- the gate -----------------------------------------------------------------------------------------


def test_a_signed_core_number_passes(root: Path) -> None:
    sign(root)
    found = gate(root).find("OPP-02/share/age_group=9-11")
    assert found.id == "land/quantitative/OPP-02/share/age_group=9-11"
    full = "land/quantitative/OPP-02/share/all"
    assert {gate(root).find(token).id for token in ("OPP-02", "quantitative/OPP-02", full)} == {full}


def test_an_unknown_number_names_the_nearest(root: Path) -> None:
    with pytest.raises(EvidenceError) as error:
        gate(root).find("OPP-02/share/age_group=9-12")
    assert "OPP-02/share/age_group=9-11" in str(error.value)
    with pytest.raises(EvidenceError, match="No published evidence"):
        gate(root).find("exploratory/IT.NET.USER.ZS")


@pytest.mark.parametrize("slip", ["OPP-92", "opp-02", "OPP-2"])
def test_a_slip_of_the_pen_is_told_indicators_of_the_survey(root: Path, slip: str) -> None:
    with pytest.raises(EvidenceError) as error:
        gate(root).find(slip)
    assert error.value.where == "land/quantitative"
    assert "OPP-02/share/all" in str(error.value)


def test_a_variant_is_offered_and_never_taken_for_the_indicator(root: Path) -> None:
    change(root, "OPP-02", indicator="OPP-02@other", id="land/quantitative/OPP-02@other/share/all")
    with pytest.raises(EvidenceError) as error:
        gate(root).find("OPP-02")
    assert "OPP-02@other/share/all" in str(error.value)


def test_a_hidden_number_is_refused_with_its_reason(root: Path) -> None:
    change(root, "OPP-02", quality="suppressed", reason="privacy: minimum cell", estimate=float("nan"))
    sign(root)
    with pytest.raises(PublicationRefused, match="not published") as error:
        gate(root).find("OPP-02")
    assert "privacy: minimum cell" in str(error.value)
    near = str(error.value.allowed).split(", ")
    assert "OPP-02/share/age_group=9-11" in near and "OPP-02/share/all" not in near


@pytest.mark.parametrize("name", ["OPP-14", "OPP-16", "RSK-16", "RSK-22"])  # tiers O, A, O, M
def test_only_core_indicators_reach_the_public(root: Path, name: str) -> None:
    sign(root)
    with pytest.raises(PublicationRefused, match="Only core"):
        gate(root).find(name)


def test_a_number_without_signature_says_what_to_add(root: Path) -> None:
    with pytest.raises(PublicationRefused, match="no sign-off") as error:
        gate(root).find("OPP-02")
    value = value_hash(Published(root, "land").find("OPP-02"))
    assert f"land/quantitative/OPP-02/share/all: {{name: …, date: …, value: {value}}}" in str(error.value)
    assert "params/land.review.yaml" in str(error.value)


def test_a_changed_estimate_breaks_its_signature(root: Path) -> None:
    sign(root)
    change(root, "OPP-02", estimate=0.4321)
    with pytest.raises(PublicationRefused, match="changed since it was signed") as error:
        gate(root).find("OPP-02")
    lines = (root / "params/land.review.yaml").read_text().splitlines()
    line = next(i for i, text in enumerate(lines, 1) if "OPP-02/share/all" in text)
    assert f"params/land.review.yaml:{line}" in str(error.value)
    assert "A. Person" in str(error.value)


def test_the_value_signed_is_the_number_its_base_and_its_definition(root: Path) -> None:
    one = Published(root, "land").find("OPP-02")
    others = [{"ci_low": 0.1}, {"n": 901.0}, {"quality": "caution"}, {"definition_sha": "x"}, {"id": "y"}]
    hashes = {value_hash(replace(one, **other)) for other in others}
    assert len(hashes | {value_hash(one)}) == len(others) + 1
    assert value_hash(replace(one, estimate=one.estimate + 1e-9)) == value_hash(one)


def test_invented_data_need_a_demonstration_and_then_no_signature(root: Path) -> None:
    with pytest.raises(PublicationRefused, match="demonstration only"):
        gate(root, synthetic=True)
    assert gate(root, synthetic=True, demonstration=True).find("OPP-02").shown
    with pytest.raises(PublicationRefused, match="no sign-off"):
        gate(root, demonstration=True).find("OPP-02")


@pytest.mark.parametrize("name", ["RSK-13", "RSK-24"])
def test_the_youngest_are_not_told_of_sexual_abuse(root: Path, name: str) -> None:
    sign(root)
    assert gate(root, audience="children_12_14").find(name).shown
    with pytest.raises(PublicationRefused, match="not for the youngest"):
        gate(root, audience="children_9_11").find(name)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{name: A, date: 2026-10-01, values: v1}", "Unknown key"),
        ("{name: '', date: 2026-10-01, value: v1}", "no name"),
        ("{name: A, value: v1}", "no date"),
        ("{name: A, date: soon, value: v1}", "date soon"),
        ("{name: A, date: 2099-01-01, value: v1}", "date 2099"),
        ("A", "no name, date, value"),
    ],
)
def test_a_sign_off_is_whole_or_refused_with_its_line(root: Path, entry: str, said: str) -> None:
    (root / "params/land.review.yaml").write_text(f"signoffs:\n  a/b/c: {entry}\n")
    with pytest.raises(DigicitError, match="sign-off") as error:
        read_review(root, "land")
    assert "params/land.review.yaml:2" in str(error.value)
    assert said in str(error.value)


def test_a_study_without_a_published_run_says_what_to_run(root: Path) -> None:
    with pytest.raises(EvidenceError, match="published no evidence") as error:
        Published(root, "elsewhere")
    assert "digicit run elsewhere" in str(error.value)


def test_words_that_another_version_published_are_told_with_the_next_command(root: Path) -> None:
    file = root / "outputs" / "land" / "qualitative" / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(root / "outputs/land/quantitative", file.parent, dirs_exist_ok=True)
    file.write_text('[{"id": "land/qualitative/consent", "kind": "consent", "text": {"en": "31 of 31"}}]')
    with pytest.raises(EvidenceError, match="digicit run land qualitative --force"):
        Published(root, "land")


def help_line(root: Path, verified_by: str) -> None:
    path = root / "params" / "land.yaml"
    line = "{name: Line, number: '000', source: a page, verified_on: 2026-10-01" + verified_by + "}"
    path.write_text(path.read_text() + f"helplines:\n  - {line}\n")


@pytest.mark.parametrize("verified_by", ["", ", verified_by: ' '"])
def test_a_helpline_that_nobody_verified_is_refused(root: Path, verified_by: str) -> None:
    help_line(root, verified_by)
    with pytest.raises(ParamsError) as caught:
        load_params("land", root)
    assert "params/land.yaml:7" in str(caught.value)
    assert "verified_by" in str(caught.value)


# --- templates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("# T\n\nSo {ACC-03 do.\n", "not closed", 3),
        ("# T\n\n## H\n{halp}\n", "{halp}", 4),
        ("Words\n", "begins with its title", 1),
        ("# T\n## Help {#help}\n", "no {#rights}", 1),
    ],
)
def test_a_broken_template_says_file_and_line(root: Path, text: str, said: str, line: int) -> None:
    path = root / "params" / "products" / "x.md"
    path.parent.mkdir()
    path.write_text(text)
    required = ("help", "rights") if "{#help}" in text else ()
    with pytest.raises(EvidenceError) as error:
        load_template("x", root, directives=DIRECTIVES, required=required)
    assert f"params/products/x.md:{line}" in str(error.value)
    assert said in str(error.value)


def test_an_unknown_template_names_those_there_are(root: Path) -> None:
    with pytest.raises(EvidenceError, match="no such template") as error:
        load_template("communication_cats", root)
    assert "communication_parents" in str(error.value)


def test_a_study_s_own_text_comes_before_the_project_s_and_the_shipped(root: Path) -> None:
    name = "communication_parents"
    assert load_template(name, root, "land", directives=DIRECTIVES, slots=slot_names()).file.startswith(name)
    for folder in ("", "land"):
        path = root / "params" / "products" / folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Own {folder}\n")
        assert load_template(name, root, "land").title == f"Own {folder}".strip()


def test_pieces_keep_their_lines_and_lists_their_items() -> None:
    pieces = parse_template("<!-- a\nnote -->\n# T\n> One\n> two\n\n- a\n  b\n- c\n\ntext\nmore\n")
    assert [(p.kind, p.text, p.line) for p in pieces] == [
        ("heading", "T", 3),
        ("message", "One", 4),
        ("message", "two", 5),
        ("item", "a b", 7),
        ("item", "c", 9),
        ("paragraph", "text more", 11),
    ]


def test_translators_get_every_text_with_its_place() -> None:
    found = list(shipped_messages())
    assert {Path(file).name for file, _, _ in found} == {f"{name}.md" for name in TEMPLATES}
    assert (
        "digicit_lib/products/texts/forum_pack.md",
        3,
        "Children and policymakers: pack for a hearing",
    ) in found


@pytest.mark.parametrize("name", TEMPLATES)
def test_shipped_texts_type_no_number_and_name_none(name: str, root: Path) -> None:
    template = load_template(name, root, directives=DIRECTIVES, slots=slot_names())
    claims = [(line, typed_claims(text)) for line, text in template.messages() if typed_claims(text)]
    assert claims == []
    assert not [text for _, text in template.messages() if TOKEN.search(text)]  # slots choose, not texts
    # Nobody is told to keep a sexual image of a child, not as proof either (CONTENT-2026, 5.2, the guard).
    proof = [text for _, text in template.messages() if "proof" in text]
    assert all("never" in text and "sexual picture" in text for text in proof)


def test_slots_name_indicators_of_the_catalogue_for_readers_that_there_are() -> None:
    readers = {"all"} | {kind.audience for kind in KINDS.values()}
    for name, lists in slots().items():
        assert set(lists) <= readers and "all" in lists, name
        assert {one for ids in lists.values() for one in ids} <= set(catalogue()), name


def test_recommendations_name_indicators_a_side_and_norms() -> None:
    for key, entry in library().items():
        assert set(entry["gap"]) <= set(catalogue()), key
        assert entry["side"] in ("above", "below") and (entry.get("crc") or entry.get("gc25")), key
        assert {catalogue()[name].polarity for name in entry["gap"]} == {
            "good" if entry["side"] == "below" else "bad"
        }, key


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.startswith("communication")])
def test_sheets_hold_all_parts(name: str, root: Path) -> None:
    template = load_template(name, root, directives=DIRECTIVES, slots=slot_names())
    keys = [head.key for head, _ in template.parts() if head]
    assert {"help", "rights", "numbers", "figure", "limits", "do", "how"} <= set(keys)
    asked = [p.key for p in template.section("numbers") if p.text == "say"]
    assert len(asked) >= 5
    assert {"opportunity", "risk"} & set(asked)
    assert 2 <= len([p for p in template.section("do") if p.kind == "item"]) <= 6
    assert len([p for p in template.pieces if p.kind == "message"]) == 1


@pytest.mark.parametrize("name", [name for name in TEMPLATES if "children" in name])
def test_children_are_addressed_helped_first_and_not_frightened(name: str, root: Path) -> None:
    template = load_template(name, root, directives=DIRECTIVES, slots=slot_names())
    keys = [head.key for head, _ in template.parts() if head]
    # The page for the youngest begins with rights and ends with a box of help (PAGES, section 6).
    assert keys[:2] == (["rights", "numbers"] if name.endswith("9_11") else ["help", "rights"])
    assert "help" in keys
    text = "\n".join(TOKEN.sub("one", words) for _, words in template.messages()).lower()
    assert " you " in text
    assert not [
        word
        for word in ("predator", "danger", "victim", "addict", "beware", "warning", "stranger d")
        if word in text
    ]
    assert measure(text).words_per_sentence < (11 if "9_11" in name else 15)


# --- readability, by hand -----------------------------------------------------------------------------


def test_english_by_hand() -> None:
    found = measure("The cat sat. It was warm and safe.")  # 8 words, 2 sentences, 8 syllables
    assert (found.sentences, found.words, found.longest, found.syllables_per_word) == (2, 8, 5, 1.0)
    assert found.score == pytest.approx(206.835 - 1.015 * 4 - 84.6 * 1)


def test_russian_and_turkish_by_hand() -> None:
    russian = measure("Мама мыла раму.", "ru")  # 3 words, 6 vowels
    assert russian.score == pytest.approx(206.835 - 1.3 * 3 - 60.1 * 2)
    turkish = measure("Ali eve geldi. Su içti.", "tr")  # 5 words, 2 sentences, 9 vowels
    assert turkish.score == pytest.approx(198.825 - 2.610 * 2.5 - 40.175 * 9 / 5)
    assert turkish.formula.startswith("Ateşman")


def test_ukrainian_has_lengths_and_no_score() -> None:
    found = measure("Мама мила раму. Тато спав.", "uk")
    assert (found.words_per_sentence, found.score, found.formula) == (2.5, None, "")


def test_syllables_and_emptiness() -> None:
    assert [english_syllables(w) for w in ("asked", "wanted", "people", "see", "shared")] == [1, 2, 2, 1, 1]
    assert measure("").words == 0
    with pytest.raises(LanguageError, match="Unknown language"):
        measure("a", "ukr")


# --- digits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Articles 13, 15 and 17; General Comment 25, paragraphs 67–78; 1 November 2026; ages 9 to 17", []),
        ("По статье 12, пункт 16, Замечание общего порядка № 25, дети 9–11 лет, 2026", []),
        ("Стаття 12, пункти 16–18, діти віком 9–17 років, 2026", []),
        ("12. madde, Genel Yorum No. 25, 9-11 yaş, Madde 13 ve 17, 2026", []),
        ("land/quantitative/ACC-03/share/age_group=9-11", []),
        ("45% of 1,200 children in 3 towns", ["45", "1,200", "3"]),
    ],
)
def test_what_is_no_claim_and_what_is(text: str, left: list[str]) -> None:
    assert stray(text) == left


@pytest.mark.parametrize("language", ["ru", "tr", "uk"])
def test_references_to_articles_are_no_stray_digits_in_any_language(language: str) -> None:
    """The Turkish brief was refused for its own "Maddeler: 28, 29"."""
    texts = catalogue_texts(language)
    references = ("Articles {list}", "General Comment 25, paragraphs {list}", "Article {n}: {right}")
    assert stray("; ".join(texts[text].format(list="28, 29", n=12, right="") for text in references)) == []


def test_evidence_exhibits_and_quotations_are_settled_and_prose_is_not() -> None:
    ids = '<details class="ids"><ul><li>a/b/c</li></ul></details>'
    page = (
        '<p><data class="evidence" data-id="a/b/c">45%</data> of 45</p>'
        f'<div class="exhibit"><table><td>7</td></table>{ids}</div><div class="exhibit"><td>8</td></div>'
        '<figure class="quotation"><p>I am 9</p></figure><svg><text>6</text></svg>'
    )
    assert [found.split(":")[0] for found in stray_digits(page)] == ["45", "8"]


# --- translations -------------------------------------------------------------------------------------

HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals={n}; plural={p};\\n"\n\n'
)
PLURAL = 'msgid "{n} child"\nmsgid_plural "{n} children"\n'
RUSSIAN = HEAD.format(n=4, p="(n%10==1 ? 0 : n%10>=2 ? 1 : 2)")


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (PLURAL + 'msgstr[0] "{n} a"\nmsgstr[1] "{n} b"\n', "plural form", 6),
        ('msgid "{ACC-03|words} do"\nmsgstr "{ACC-04|words} x"\n', "token", 6),
        ('msgid "{ACC-03} do"\nmsgstr "so"\n', "token", 6),
        ('msgid "a"\nmsgstr "b"\nstray words\n', "cannot be read", 8),
    ],
)
def test_broken_translations_are_refused_with_their_line(
    tmp_path: Path, text: str, said: str, line: int
) -> None:
    path = tmp_path / "digicit.po"
    path.write_text(RUSSIAN + text)
    with pytest.raises(LanguageError) as error:
        check_messages("ru", path)
    assert said in str(error.value)
    assert error.value.where == f"{tmp_path.name}/digicit.po:{line}"


def test_wrong_plural_forms_of_a_language_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "digicit.po"
    path.write_text(HEAD.format(n=2, p="(n!=1)"))
    with pytest.raises(LanguageError, match="plural forms") as error:
        check_messages("uk", path)
    assert "nplurals=4 for uk" in str(error.value)


@pytest.mark.parametrize("language", ["en", "ru", "uk", "tr"])
def test_shipped_translations_are_whole(language: str) -> None:
    check_messages(language)


def test_good_translations_pass(tmp_path: Path) -> None:
    path = tmp_path / "digicit.po"
    plural = PLURAL + "".join(f'msgstr[{i}] "{{n}} x"\n' for i in range(4))
    path.write_text(RUSSIAN + plural + '\nmsgid "{ACC-03} do"\nmsgstr "y {ACC-03}"\n')
    check_messages("ru", path)


# --- statements and the rights map ----------------------------------------------------------------------


def test_only_approved_quotations_are_published_and_invented_ones_say_so() -> None:
    from digicit_lib.data.interviews import open_interviews

    root = Path(__file__).resolve().parents[1]
    project_ = open_interviews(load_params("turkey", root), root)
    found = quotation_statements(project_, "turkey", k=3, synthetic=True)
    assert found
    assert all(s["text"].startswith(invented("", s["lang"])) for s in found)  # in the words' own language
    assert all(s["attribution"].count(",") >= 2 for s in found)
    assert not [s for s in found if "FG5" in str(s) or "II1" in str(s)]  # unsigned and flagged sources
    assert {s["against"] for s in found} == {True, False}  # marked by reviewers of the demonstration
    assert as_file(found) == as_file(reversed(found))


def test_a_legal_answer_is_given_only_with_citation_and_verifier() -> None:
    full = {
        "item": 1,
        "title": "T",
        "norm": "N",
        "crc": [4],
        "answer": "yes",
        "status": "verified",
        "citation": "Law",
        "verified_by": "B",
        "verified_on": "2026-01-01",
    }
    rows = [
        full,
        full | {"item": 2, "verified_by": ""},
        full | {"item": 3, "citation": ""},
        full | {"item": 4, "status": "recalled"},
    ]
    found = laws(pd.DataFrame(rows), "land")
    assert [(s["verified"], s["answer"]) for s in found] == [
        (True, "yes"),
        (False, ""),
        (False, ""),
        (False, ""),
    ]


def choice(root: Path) -> Choice:
    """What the study's products choose from, as an advocacy brief does."""
    params = load_params("land", root)
    return Choice(params, root, Published(root, "land"), gate(root), next(iter(KINDS.values())), "en")


def test_the_rights_map_takes_only_what_is_accepted_for_an_article(root: Path) -> None:
    sign(root)
    voices(root)
    found = {e.article: e for e in rights_map(choice(root), cleared=False)}
    assert set(found) == {a["article"] for a in rights.articles()}
    assert [c.indicator for c in found[12].enjoyment if c.estimate] == ["RGT-04", "SCP-02"]
    risks = [c.indicator for c in found[34].gap if c.indicator.startswith("RSK")]
    assert risks == [f"RSK-{n}" for n in (16, 17, 18, 19, 20, 21, 22)]
    assert found[34].gap[2].state == "asked without clearance"  # RSK-18
    assert {c.state for c in [*found[23].enjoyment, *found[23].gap]} == {
        "not measured"
    }  # no disability asked
    assert found[12].voices and found[12].verified


def test_the_rights_map_prints_nothing_that_nobody_signed(root: Path) -> None:
    found = rights_map(choice(root), cleared=True)
    assert not [c for e in found for c in [*e.enjoyment, *e.gap] if c.estimate]
    assert {c.state for c in found[3].enjoyment} == {"measured, not shown"}


def test_the_rights_map_names_indicators_that_there_are() -> None:
    entries = [one for a in rights.articles() for key in ("accepts", "gaps") for one in a.get(key, ())]
    entries += [other for one in entries if isinstance(one, dict) for other in one.get("given", ())]
    assert {one if isinstance(one, str) else one["of"] for one in entries} <= set(catalogue())


def test_an_own_number_has_no_tier_and_the_gravest_is_not_for_the_youngest(root: Path) -> None:
    """`sensitivity: 3` of an own indicator counts as it does in the catalogue."""
    rows = survey("observed", names=("OPP-02",)).assign(indicator="KEN-01", title="Mine")
    publish(root, "land", rows)
    sign(root)
    fields = catalogue()["OPP-16"].model_dump() | {
        "id": "KEN-01"
    }  # tier A: of the catalogue, not for the public
    for sensitivity, refused in ((2, False), (3, True)):
        own = {"KEN-01": Indicator(**fields | {"sensitivity": sensitivity})}
        one = Gate(
            Published(root, "land"),
            read_review(root, "land"),
            synthetic=False,
            audience="children_9_11",
            own_indicators=own,
        )
        assert (one.problem(one.published.find("KEN-01")) is not None) == refused
