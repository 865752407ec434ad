"""A language of no country: every message with accents and up to 40 % longer.

A word without accents on a page was written in the code and never marked, or glued to a message.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest
from babel import Locale
from bs4 import BeautifulSoup, Doctype

from digicit_lib.language import po
from digicit_lib.products.kinds import KINDS
from digicit_lib.products.stray_digits import LISTS
from tests.test_reports import ROOT, copy_project, digicit
from tests.test_untranslated import NO_WORDS, citations

ACCENTS = str.maketrans("aceilnorstuyACEILNORSTUY", "áćéíłńőŕšťűýÁĆÉÍŁŃŐŔŠŤŰÝ")
KEPT = re.compile(r"(\{[^{}]*\}|`[^`]*`|<[^>]*>|\]\([^)]*\)|https?://\S+|\b[A-Z]{2,4}[-/][\w./=:-]+)")
PLAIN = re.compile(r"(?<![\w{])[A-Za-z]*[aceilnorstuy][A-Za-z]*(?![\w}])")
# A left-to-right and a right-to-left language that CLDR knows and nobody has translated.
LEFT, RIGHT = "eo", "ar"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


# `digicit run` of each line, in one process and without what is not read here: PDF, office files, pictures;
# the index in the language too, and what changed where every number of the first survey moved. What looks
# like English is not marked as English here: a word that nobody marked would stand with it.
PAGES_ONLY = """
import sys
from functools import partial
from pathlib import Path
from digicit_lib import cli, report
from digicit_lib.evidence import diff, load
from digicit_lib.report import foreign
from digicit_lib.runner import batch, execute, index
from digicit_lib.runner.rendering import publishable_changes, render_pages

language, *lines = sys.argv[1:]
foreign.is_english = lambda text, language: False
index.index_page = partial(report.index_page, language=language)

class Here:
    def __init__(self, size, environment): pass
    def run(self, next_job):
        while one := next_job():
            yield one[0], "end", execute.perform(one[0])
    def close(self): pass

batch.Pool = Here
report.pdf = lambda story: b""
execute.render_pages = lambda *page: {"html": render_pages(*page)["html"]}
execute.render_office = lambda stage, job: {}
execute.render_pictures = lambda stage: None
for line in lines:
    try:
        cli.digicit(["run", *line.split(), "--demonstration"])
    except SystemExit as end:
        if end.code:
            raise
for folder in Path("outputs").rglob("quantitative"):
    old = load(folder)
    moved = old.assign(**{name: old[name] * 0.8 for name in ("estimate", "ci_low", "ci_high")})
    changes = report.changes_page(publishable_changes(diff(old, moved)), title="turkey", language=language)
    (folder / "changes.html").write_text(changes, encoding="utf-8")
"""


def twin(text: str) -> str:
    """The message as this language says it; Markdown's marks stay where they are."""
    parts = "".join(p if i % 2 else p.translate(ACCENTS) for i, p in enumerate(KEPT.split(text)))
    if text in LISTS:  # lists of words: each stands for itself
        return parts
    lines = parts.split("\n")
    lines[-1] += "~" * max(1, round(0.4 * len(text)) if len(text) < 60 else 1)
    return "\n".join(lines)


def write_catalogue(root: Path, language: str) -> None:
    """Every message, as a catalogue that ships has it: that none lacks there, test_translations tells."""
    catalogue = po._new(language)
    for message in po.read("tr", po.path_of("tr")):
        if isinstance(message.id, str) and message.id:
            catalogue.add(message.id, twin(message.id))
        elif message.id:
            catalogue.add(message.id, (twin(message.id[1]),) * catalogue.num_plurals)
    file = root / "locale" / language / "digicit.po"
    file.parent.mkdir(parents=True)
    file.write_text(po._text(catalogue), encoding="utf-8")


def speaking(folder: Path, language: str, *slugs: str) -> Path:
    """A project whose studies are published in the language."""
    copy_project(folder)
    write_catalogue(folder, language)
    for slug in slugs:
        params = folder / "params" / f"{slug}.yaml"
        text = params.read_text(encoding="utf-8")
        params.write_text(re.sub(r"languages: \[.*\]", f"languages: [{language}]", text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speaking(tmp_path_factory.mktemp("pseudo"), LEFT, "turkey", "ukraine")


@lru_cache
def kept() -> set[str]:
    """Names that CLDR gives the language, names of methods, symbols of statistics, the studies' own names."""
    locale = Locale.parse(LEFT)
    names = " ".join(
        (*locale.territories.values(), *locale.languages.values(), *locale.months["format"]["wide"].values())
    )
    return {
        "digicit",
        "BibTeX",
        "Holm",
        "Korn",
        "Graubard",
        "Taylor",
        "n",
        "turkey",
        *("ukraine", "russia", "Ukraine", "Russia"),  # in the index as their own reports call them
        LEFT,
        "en",
        *re.findall(r"[^\W\d_]+", names),
    }


def sources(root: Path) -> list[str]:
    """Titles of series as their publishers gave them."""
    tables = (root / "outputs").rglob("exploratory/evidence.csv")
    cells = {str(cell) for table in tables for cell in pd.read_csv(table)["source"].dropna()}
    return sorted({part for cell in cells for part in (cell, *cell.split("; "))}, key=len, reverse=True)


def voices(root: Path) -> list[str]:
    """What was said, in the language in which it was said or translated."""
    files = (root / "outputs").rglob("statements.json")
    said = (row for file in files for row in json.loads(file.read_text(encoding="utf-8")))
    texts = {row[key] for row in said if row["kind"] == "quotation" for key in ("text", "translation")}
    # An example of the codebook is the project's own, with the mark in the page's language.
    script = (ROOT / "digicit_lib/codebooks/synthetic/interviews.yaml").read_text(encoding="utf-8")
    parts = re.findall(r"\{\w+: ([^{}]*)\}", script)
    return sorted(
        {*texts, *(text.partition("] ")[2] for text in texts), *parts} - {""}, key=len, reverse=True
    )


def foreign_words(text: str) -> set[str]:
    return set(PLAIN.findall(NO_WORDS.sub("", text))) - kept()


def plain_words(html: str, kept_words: list[str]) -> list[str]:
    """Texts in the page's language with a word that came from no message; others say their language."""
    found = []
    soup = BeautifulSoup(html, "lxml")
    for node in soup(["code", "pre", "style", "script"]):
        node.decompose()
    texts = [(node, " ".join(str(node).split())) for node in soup.find_all(string=True)]
    texts += [
        (node, node[name]) for name in ("alt", "aria-label") for node in soup.find_all(attrs={name: True})
    ]
    for node, text in texts:
        if type(node) is Doctype or not foreign_words(text):
            continue
        spoken = node.find_parent(attrs={"lang": True}) or soup.html
        bare = text
        for citation in (*citations("turkey"), *kept_words):
            bare = bare.replace(citation, "")
        if spoken["lang"] == LEFT and foreign_words(bare):
            found.append(text)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    "commands",
    [
        ("turkey", "turkey advocacy_brief"),
        pytest.param(
            ("turkey", "turkey products", "ukraine quantitative", "comparison"), marks=pytest.mark.long
        ),
    ],
)
def test_every_word_of_every_page_comes_from_the_catalogue(root: Path, commands: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", PAGES_ONLY, LEFT, *commands]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = sorted((root / "outputs").rglob("*.html"))
    assert {"index.html", "changes.html", "report.html"} <= {page.name for page in pages}
    assert len(pages) >= 3 * 2 + 1 + 2
    kept_words = [*sources(root), *voices(root), *(name.replace("_", " ").capitalize() for name in KINDS)]
    kept_words += ["Several countries", "Comparison", "comparison"]  # the index has one language
    left = {str(page): plain_words(page.read_text(encoding="utf-8"), kept_words) for page in pages}
    assert not {name: texts for name, texts in left.items() if texts}
    assert not {name: texts for name, texts in clipped(pages).items() if texts}


# Heads and words of figures that end outside what shows them, or outside the page.
CUT = """() => [...document.querySelectorAll("h1,h2,h3,h4,th,figcaption,summary,svg text")].filter(one => {
  const box = one.getBoundingClientRect();
  const around = (one.closest("svg") || document.documentElement).getBoundingClientRect();
  const room = one.closest("svg") ? around : {left: 0, right: Math.max(innerWidth, around.width)};
  const cut = getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
  const hidden = one.closest(".hidden,.visually-hidden") || box.width < 2;
  const region = one.closest(".region");
  if (region && region.scrollWidth > region.clientWidth) return cut;  // what is too wide scrolls
  return !hidden && (cut || box.left < room.left - 2 || box.right > room.right + 2);
}).map(one => one.textContent.trim().slice(0, 80))"""


def clipped(pages: list[Path]) -> dict[str, list[str]]:
    """By page and width the heads that a reader does not see whole; a phone and a desk."""
    tool = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    cut = {}
    with tool.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (1280, 390):
            sheet = browser.new_page(viewport={"width": width, "height": 844})
            for page in pages:
                sheet.goto(page.as_uri())
                sheet.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
                cut[f"{page.parent.name}/{page.name} {width}"] = sheet.evaluate(CUT)
        browser.close()
    return cut


def test_nothing_of_a_page_is_set_to_one_side_by_name() -> None:
    # A language from the right mirrors what is said by start and end, not what is said by left and right.
    sides = re.compile(r"(?:margin|padding|border|inset|text-align)(?:-|: ?)(?:left|right)|float:|[ {]left:")
    styles = [*(ROOT / "digicit_lib/report/template").glob("*.css"), *(ROOT / "digicit_lib").rglob("*.j2")]
    assert len(styles) > 3
    assert not {file.name: hit for file in styles if (hit := sides.findall(file.read_text(encoding="utf-8")))}
    named = re.compile(r"\((?:left|right): |dir: ltr|\b(?:left|right) \+ (?:hor|bot|top)|{ (?:left|right) }")
    papers = sorted((ROOT / "digicit_lib/report/typst").glob("*.typ"))
    assert len(papers) > 3
    assert not {file.name: hit for file in papers if (hit := named.findall(file.read_text(encoding="utf-8")))}


@pytest.mark.long
def test_a_language_from_the_right_is_set_from_the_right(tmp_path: Path) -> None:
    root = speaking(tmp_path, RIGHT, "turkey")
    done = digicit(root, "run", "turkey", "--demonstration")
    assert done.exit_code == 0, done.stderr
    for phase in ("exploratory", "quantitative", "qualitative"):
        page = (root / f"outputs/turkey/{phase}/report.html").read_text(encoding="utf-8")
        assert '<html lang="ar" dir="rtl"' in page
        assert (root / f"outputs/turkey/{phase}/report.pdf").read_bytes()[:5] == b"%PDF-"
