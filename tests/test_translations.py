"""Translations: every message is collected, kept, counted; what is broken or fuzzy is never printed."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import polib
import pytest

import digicit_lib.language as lang
from digicit_lib import translation
from digicit_lib.errors import LanguageError
from digicit_lib.language import catalogue_files, po
from digicit_lib.language.message_context import SHORT, context_comments, token_examples
from digicit_lib.runner.notebooks import ENGLISH, compose
from digicit_lib.safe import load_yaml
from digicit_lib.translation import LIBRARY, is_words, messages, notebook_words

ROOT = Path(__file__).resolve().parents[1]
OTHERS = ["ru", "uk", "tr"]
HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || '
    'n%100>14) ? 1 : n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14) ? 2 : 3);\\n"\n\n'
)
CHILDREN = ("{n} child", "{n} children")
# Russian nominative after one, genitive singular after two to four and after fractions, genitive plural else.
RUSSIAN = 'msgid "{n} child"\nmsgid_plural "{n} children"\n' + "".join(
    f'msgstr[{i}] "{{n}} {word}"\n' for i, word in enumerate(["ребёнок", "ребёнка", "детей", "ребёнка"])
)


@pytest.fixture(scope="module")
def found() -> dict:
    return messages(ROOT)


@pytest.fixture
def russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of its own in place of the one that ships."""
    monkeypatch.setattr(catalogue_files, "LOCALE", tmp_path)
    lang._source.cache_clear(), lang._form_of.cache_clear(), lang._forms.cache_clear()
    (tmp_path / "ru").mkdir()
    yield tmp_path / "ru" / "digicit.po"
    lang._source.cache_clear(), lang._form_of.cache_clear(), lang._forms.cache_clear()


# --- collecting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("more likely than", "digicit_lib/language/__init__.py"),
        ("Figure {n}", "digicit_lib/exhibits/blocks.py"),
        ("Girls", "digicit_lib/codebooks/labels.yaml"),
        ("What has been measured, and what has not", "digicit_lib/workbook/review_tables.py"),
        ("Used the internet in the last 3 months", "digicit_lib/codebooks/catalogue/access.yaml"),
        ("last 3 months", "digicit_lib/codebooks/catalogue/access.yaml"),
        ("To be heard", "digicit_lib/codebooks/rights.yaml"),
        ("Krippendorff's alpha", "digicit_lib/codebooks/texts.yaml"),
        ("Grooming is a crime, and no meeting is needed", "digicit_lib/codebooks/landscape/legal.yaml"),
        ("### Words used here", "workbooks/quantitative.ipynb"),
        ("What the figures say", "digicit_lib/products/directives.py"),
        ("Parents and carers", "digicit_lib/products/kinds.yaml"),
        ("There is no report yet.", "digicit_lib/report/template/studies.html.j2"),
        (("{n} percentage point", "{n} percentage points"), "digicit_lib/workbook/findings.py"),
    ],
)
def test_messages_are_found_with_their_place(found: dict, message: object, place: str) -> None:
    assert place in [file for file, _ in found[message]]


def test_code_and_labels_name_the_same_tables() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in LIBRARY.rglob("*.py"))
    tables = load_yaml(LIBRARY / "codebooks" / "labels.yaml")[0]
    assert set(re.findall(r'label_table\("(.+?)"\)', sources)) == set(tables)


def test_findings_and_cells_of_workbooks_and_annexes_are_messages(found: dict) -> None:
    files = {file for places in found.values() for file, _ in places}
    assert {"workbooks/turkey/quantitative_annex.ipynb", "workbooks/comparison.ipynb"} <= files
    texts = [text for text in found if isinstance(text, str)]
    assert any(text.startswith("Of {GAPS.cells} combinations of topic") for text in texts)
    assert {"## Access", "were electronically bullied in the past 12 months"} <= set(texts)


def test_codes_and_names_of_files_are_no_messages(found: dict) -> None:
    assert not {"ACC-03", "report.html", "gap", "cover", "IT.NET.USER.ZS", "age_group"} & set(found)
    assert not [
        text for text in found if isinstance(text, str) and (text != text.strip() or not is_words(text))
    ]


def test_the_order_is_fixed(found: dict) -> None:
    translation._code.cache_clear()
    assert list(messages(ROOT).items()) == list(found.items())


def test_words_of_a_cell_are_its_findings_notes_and_titles() -> None:
    code = (
        "rows = wb.estimate('ACC-03', by='gender', title='Daily use')\n"
        "wb.figure(rows, kind='dots', subtitle='Of all')\n"
        "wb.finding('{ACC-03} of children '\n    'go online.')\nwb.note(text, tone='gap')\n"
    )
    assert notebook_words(code) == ["Daily use", "Of all", "{ACC-03} of children go online."]


def test_every_literal_that_is_said_stands_alone_in_its_mark(found: dict) -> None:
    # Babel reads tokens: it does not see a mark within an f-string, and it glues the two ends of a condition.
    known = {text for message in found for text in (message if isinstance(message, tuple) else (message,))}
    for file in sorted(LIBRARY.rglob("*.py")):
        for call in (n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            for first in call.args[: {"N_": 1, "say": 1, "translate": 1, "plural": 2}.get(name, 0)]:
                where = f"{file.name}:{call.lineno}"
                if isinstance(first, ast.Constant):
                    assert first.value in {*known, ""}, f"{where}: the extractor does not see {first.value!r}"
                parts = first.values if isinstance(first, ast.BoolOp) else []
                parts += [first.body, first.orelse] if isinstance(first, ast.IfExp) else []
                glued = [p.value for p in parts if isinstance(p, ast.Constant) and is_words(str(p.value))]
                assert not glued, f"{where}: mark {glued} one by one"
                assert name != "N_" or isinstance(first, ast.Constant), f"{where}: one literal a mark"


# --- the files that ship ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_tokens_survive_translation_in_every_entry(language: str) -> None:
    path = po.path_of(language)
    po.check_tokens(po.read(language, path), path.name)


@pytest.mark.parametrize("language", OTHERS)
def test_every_tool_reads_the_file_and_it_is_complete(language: str) -> None:
    path = po.path_of(language)
    entries = polib.pofile(str(path), check_for_duplicates=True)
    assert not entries.untranslated_entries() + entries.fuzzy_entries()
    if shutil.which("msgfmt"):
        done = subprocess.run(["msgfmt", "-c", "-o", "/dev/null", path], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_has_an_entry_and_no_entry_is_without_a_message(found: dict, language: str) -> None:
    catalogue = po.read(language, po.path_of(language))
    known = {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in catalogue if m.id}
    assert known == set(found), f"run: digicit translate {language}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_short_message_has_its_line_and_every_token_an_example(language: str) -> None:
    short = []
    for entry in (e for e in polib.pofile(str(po.path_of(language))) if not e.obsolete):
        told = " ".join(entry.comment.split())
        tokens = set(re.findall(r"\{[^{}]+\}", entry.msgid + entry.msgid_plural))
        where = f"{entry.msgid}: run digicit translate {language}"
        assert not {token for token in tokens if f"{token}: " not in told}, where
        if len(entry.msgid) < SHORT:
            assert told.startswith("said in: "), where
            short.append(" ".join(entry.msgid.split()) in told.removeprefix("said in: "))
    assert sum(short) > 0.95 * len(short) > 1000  # the line itself; else the name of the file


def test_a_token_that_means_something_else_in_a_message_has_that_example() -> None:
    assert token_examples("{share} of {base} {they}")["base"] == "of children who use the internet"
    assert token_examples("Not shown: fewer than {base} answers")["base"] == "25"
    assert context_comments(("{n} child", "{n} children"), [], ROOT) == ["{n}: 1,205"]


@pytest.mark.parametrize("language", OTHERS)
def test_the_file_says_that_no_native_speaker_has_read_it(language: str) -> None:
    assert po.DRAFT in po.path_of(language).read_text(encoding="utf-8")[:300]


@pytest.mark.parametrize("language", OTHERS)
def test_structure_of_translated_cells_is_kept(language: str) -> None:
    # A heading keeps its level, or the report's sections would change with the language.
    for message in po.read(language, po.path_of(language)):
        if isinstance(message.id, str) and message.id.startswith("#") and message.string:
            marks = [
                [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
                for text in (message.id, message.string)
            ]
            assert marks[0] == marks[1], f"{language}: {message.id[:60]}"


def test_turkish_has_its_apostrophe_and_no_comma_before_or() -> None:
    # The typewriter's mark came back with new messages; Turkish has no comma before "ya da" and "veya".
    wrong = re.compile(r"\w'\w|, (?:ya da|veya) ")
    assert [text for text in lang.catalogue_texts("tr").values() if wrong.search(text)] == []


def test_a_turkish_sentence_after_a_colon_begins_with_a_capital() -> None:
    # Rule of the Turkish Language Society; a value after a label ("Onam: bildirilmedi") stays small.
    verb = r"(?:yor|[dt][ıiuü]r|m[ae]z|m[ae]l[ıi]|(?<![lğ])[ae]r)\."
    wrong = re.compile(r"\A(?!\{).*: [a-zçğıöşü](?:[^\s.:;]+ ){4}[^.:;]*" + verb, re.S)
    assert [text for text in lang.catalogue_texts("tr").values() if wrong.search(text)] == []


def test_a_turkish_heading_that_asks_bears_its_mark() -> None:
    # Rule of the Turkish Language Society: "Nasıl kodlandı?" as a heading too, as English has no mark there.
    word = r"(?:kim|kimler|kimlere|ne|neler|nelere|neye|nasıl|nerede)"
    wrong = re.compile(
        rf"^(?:[^\n.;]*\W)?{word}\b[^\n.:;?]*(?:[dt][ıiuü]|yor|l[ıi]r|m[ae]l[ıi])$", re.I | re.M
    )
    assert [text for text in lang.catalogue_texts("tr").values() if wrong.search(text)] == []


def test_turkish_words_of_an_indicator_go_before_the_people() -> None:
    # Frames say "{they} kişiler": "uğrayan kişiler", never "uğradı kişiler".
    files = (LIBRARY / "codebooks").rglob("*.yaml")
    they = re.compile(r"\bthey: (?:\"(.+?)\"|(.+?))(?:, (?:base|short): |[}\n])")
    words = {first or second for file in files for first, second in they.findall(file.read_text("utf-8"))}
    said = {word: lang.catalogue_texts("tr").get(word, "") for word in words}
    verbs = {w: text for w, text in said.items() if text and not re.search(r"(?:[ae]n|ğ[ıiuü])$", text)}
    assert len([text for text in said.values() if text]) > 200 and verbs == {}


# --- refreshing ---------------------------------------------------------------------------------------

PLACES = [("here.py", 1)]


def test_refreshing_keeps_marks_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "digicit.po"
    old = "The answer of each child, " + "and of each parent or carer, " * 6 + "counts."
    entries = {
        "Kept": "Остаётся",
        old: "Ответ каждого ребёнка.",
        "Gone entirely": "Нет",
    }
    path.write_text(HEAD + "".join(f'msgid "{a}"\nmsgstr "{b}"\n\n' for a, b in entries.items()))
    now = {"Kept": PLACES, old.replace("answer", "answers"): PLACES, "New": PLACES}
    counts = po.refresh("ru", now, path=path)
    assert (counts.translated, counts.missing, counts.stale, counts.obsolete) == (1, 1, 1, 1)
    text = path.read_text(encoding="utf-8")
    assert "#: here.py\n" in text
    offered = po.read("ru", path)[old.replace("answer", "answers")]
    assert (offered.string, offered.fuzzy) == ("Ответ каждого ребёнка.", True)
    assert '#~ msgid "Gone entirely"' in text
    assert po.refresh("ru", now, path=path) == counts
    assert path.read_text(encoding="utf-8") == text


def test_a_sentence_without_a_plural_is_no_offer_for_one_with_a_plural(tmp_path: Path) -> None:
    path = tmp_path / "digicit.po"
    path.write_text(HEAD + 'msgid "{n} children of the class"\nmsgstr "{n} детей класса"\n')
    po.refresh("ru", {("{n} child of the class", "{n} children of the class"): PLACES}, path=path)
    assert (
        po.count(po.read("ru", path)).missing,
        po.count(po.read("ru", path)).stale,
    ) == (1, 0)


def test_a_message_that_returns_gets_its_translation_back(tmp_path: Path) -> None:
    path = tmp_path / "digicit.po"
    path.write_text(HEAD + 'msgid "Away and back"\nmsgstr "Туда"\n')
    po.refresh("ru", {"Other": PLACES}, path=path)
    assert po.refresh("ru", {"Away and back": PLACES}, path=path).translated == 1


def test_reviewers_of_the_study_end_the_draft(tmp_path: Path) -> None:
    path = tmp_path / "digicit.po"
    po.refresh("ru", {"New": PLACES}, "A. Reader", path=path)
    text = path.read_text(encoding="utf-8")
    assert "Read by native speakers: A. Reader." in text
    assert po.DRAFT not in text


def test_a_translator_s_piece_is_merged_and_strangers_are_refused(tmp_path: Path) -> None:
    path, piece = tmp_path / "digicit.po", tmp_path / "part-01.po"
    po.refresh("ru", {"New": PLACES, CHILDREN: PLACES}, path=path)
    piece.write_text(po.missing("ru", path))
    assert {message.id for message in po.read("ru", piece) if message.id} == {"New", CHILDREN}
    piece.write_text(HEAD + 'msgid "New"\nmsgstr "Новое"\n\n' + RUSSIAN)
    assert po.merge("ru", [piece], path).missing == 0
    piece.write_text(HEAD + 'msgid "Nowhere"\nmsgstr "Нигде"\n')
    with pytest.raises(LanguageError, match=r"part-01\.po:6"):
        po.merge("ru", [piece], path)
    piece.write_text('msgid "New"\nmsgstr "Новое"\n')
    with pytest.raises(LanguageError, match="nplurals=4 for ru"):
        po.merge("ru", [piece], path)


@pytest.mark.parametrize("language", ["xx", "en", "trk"])
def test_unknown_languages_are_refused(language: str) -> None:
    with pytest.raises(LanguageError):
        po.path_of(language)


# --- speaking -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "1 ребёнок"),
        (3, "3 ребёнка"),
        (12, "12 детей"),
        (21, "21 ребёнок"),
        (5, "5 детей"),
        (0, "0 детей"),
        (111, "111 детей"),
        (1.5, "1,5 ребёнка"),
    ],
)
def test_russian_has_four_forms(russian: Path, n: float, said: str) -> None:
    # CLDR 47, plural rules of ru: one, few, many, other (fractions).
    russian.write_text(HEAD + RUSSIAN)
    assert lang.plural(*CHILDREN, n, "ru") == said


def test_plural_without_a_translation_is_english(russian: Path) -> None:
    russian.write_text(HEAD)
    assert [lang.plural(*CHILDREN, n, "ru") for n in (1, 2, 1.5)] == ["1 child", "2 children", "1,5 children"]


def test_a_missing_plural_form_is_refused_with_its_line_when_anything_is_said(russian: Path) -> None:
    russian.write_text(HEAD + RUSSIAN.replace('msgstr[3] "{n} ребёнка"\n', ""))
    with pytest.raises(LanguageError) as caught:
        lang.translate("Region", "ru")
    assert "A plural form is missing" in str(caught.value)
    assert "ru/digicit.po:6" in str(caught.value)


def test_wrongly_declared_forms_are_refused(russian: Path) -> None:
    russian.write_text(HEAD.replace("nplurals=4", "nplurals=2"))
    with pytest.raises(LanguageError, match="nplurals=4 for ru"):
        lang.translate("Region", "ru")


def test_a_fuzzy_translation_is_never_printed(russian: Path) -> None:
    russian.write_text(HEAD + '#, fuzzy\nmsgid "Region"\nmsgstr "Регион?"\n')
    assert lang.translate("Region", "ru") == "Region"
    assert not lang.is_translated("Region", "ru")


# --- workbooks ----------------------------------------------------------------------------------------


def test_prose_of_a_workbook_speaks_and_what_is_left_is_marked(russian: Path) -> None:
    russian.write_text(HEAD + 'msgid "### Words used here"\nmsgstr "### Слова"\n')
    cells = compose(ROOT / "workbooks" / "qualitative.ipynb", None, "ru")["cells"]
    prose = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    assert "### Слова" in prose
    assert f"{ENGLISH} A theme is only as good as the voices that contradict it." in prose
    assert cells[-1]["source"].endswith(f"each is marked {ENGLISH}.")
    marked = [cell for cell in cells if cell["metadata"].get("lang") == "en"]
    assert cells[-1]["source"].startswith(f"{len(marked)} passages")
    assert not [cell for cell in marked if "lab" in cell["metadata"].get("tags", [])]


def test_an_english_workbook_is_left_alone() -> None:
    text = str(compose(ROOT / "workbooks" / "quantitative.ipynb", None))
    assert ENGLISH not in text


def test_a_turkish_page_says_so_and_writes_percentages_as_turkish_does() -> None:
    from digicit_lib.evidence import Evidence
    from digicit_lib.report.html_page import page
    from digicit_lib.report.story import read_story

    store = Evidence("s", "quantitative")
    from digicit_lib.workbook import findings

    row = {"indicator": "ACC-01", "statistic": "share", "unit": "share", "estimate": 0.453, "quality": "ok"}
    store.add(pd.DataFrame([row]))
    one = store["ACC-01"]
    parts = [{"text": findings.form(one, "", "tr"), "id": one.id, "value": one.estimate}]
    block = {"kind": "finding", "key": True, "parts": parts, "exhibit": None}
    output = {"output_type": "display_data", "data": {"application/vnd.digicit.block+json": block}}
    cell = {"cell_type": "code", "source": "x", "outputs": [output]}
    html = page(read_story({"cells": [cell], "metadata": {}}, "tr"))
    assert '<html lang="tr"' in html
    assert "%45" in html


# Suffixes after 0, 1, 2, 5, 11, 21, 101 (as read: sıfır, bir, iki, beş, on bir, yirmi bir, yüz bir), 0.5 and
# 1.5, from the vowel harmony and the consonants of the Turkish Language Association's guide to spelling.
@pytest.mark.parametrize(
    ("n", "said"),
    [
        *((0, "0’ı"), (1, "1’i"), (2, "2’si"), (3, "3’ü"), (5, "5’i"), (6, "6’sı"), (9, "9’u"), (11, "11’i")),
        *((21, "21’i"), (30, "30’u"), (100, "100’ü"), (101, "101’i"), (0.5, "0,5’i"), (1.5, "1,5’i")),
    ],
)
def test_a_turkish_suffix_follows_the_number_as_it_is_read(n: float, said: str) -> None:
    text = "recorded in {n} of {all}"
    assert lang.translate(text, "tr", n=n, all=200) == f"200 görüşmeden {said} kaydedildi"
