"""Reports and products in another language, read as a reader does: no English word is left on any page.

What a page may say in Latin letters: words that the translation itself keeps (names of methods, of services),
citations as they were published, identifiers and addresses.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from digicit_lib.codebook import FOLDER
from digicit_lib.language import LANGUAGES, po
from digicit_lib.safe import load_yaml
from tests.test_reports import ROOT, copy_project, digicit

STUDIES = {"ru": "russia", "uk": "ukraine", "tr": "turkey"}
# No Turkish, Russian or Ukrainian sentence has one of these.
ENGLISH = {
    "the",
    "of",
    "and",
    "with",
    "is",
    "are",
    "from",
    "for",
    "by",
    "than",
    "which",
    "who",
    "was",
    "were",
    "this",
    "these",
    "children",
    "answers",
    "fewer",
    "years",
    "survey",
    "report",
    "source",
    "text",
    "table",
    "value",
    "check",
    "line",
    "unknown",
    "reached",
    "yes",
    "girl",
    "boy",
    "urban",
    "rural",
}
NAMES = {"digicit", "Holm", "Korn", "Graubard", "BibTeX"}
TITLES = ("Youth of Turkey Online", "The RuNet Generation", "The UaNet Generation")
NO_WORDS = re.compile(
    r"https?://\S+|\b[\w.-]+\.(?:ya?ml|md|html|csv|png|svg|ipynb|ru|com|net|org|int|me|su|ua|tr)\b"
    r"|^[\w-]+/\w+/[A-Z]{3}-\w+/.*$"  # an evidence id, whose answer may hold spaces
    r"|<NAME\d+>|\b\w+=[\w-]+|\b[\w-]+/[\w./:=,-]+|\b[A-Z]{2,}\b|\b[A-Z]{2,3}(?:\.[A-Z0-9]+)+"
    r"|\b[A-Z]{2}\d+(?:-P\d+)?\b"  # a session and its participant
    r"|\b[A-Z]{3}-\w+|\bsha256 \w+|\bdigicit (?:run|trace) .*|\b[0-9a-f]{12,}\b|^russia, turkey, ukraine$"
)
WORD = re.compile(r"[^\W\d_]{2,}")
LATIN = re.compile(r"[A-Za-z]{2,}")


class Reader(HTMLParser):
    """The texts of a page, alternative texts included, without code and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("code", "pre", "style", "script")
        self.texts += [value for name, value in attrs if name in ("alt", "aria-label") and value]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("code", "pre", "style", "script")

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.hidden:
            self.texts.append(" ".join(data.split()))


@lru_cache
def citations(study: str) -> list[str]:
    """Titles as they were published, names of services, licences; the longest first."""
    files = sorted((ROOT / "params" / "landscape" / study).glob("*.yaml"))
    found = [entry for path in files for entry in next(iter(load_yaml(path)[0].values()))]
    found += list(load_yaml(FOLDER / "landscape" / "series.yaml")[0]["series"].values())
    told = {
        str(entry.get(key) or "")
        for entry in found
        for key in ("citation", "licence", "name", "owner", "query")
    }
    return [*sorted(told - {""}, key=len, reverse=True), *TITLES]


@lru_cache
def kept(language: str) -> set[str]:
    """Latin words of the translations themselves."""
    texts = [
        text
        for message in po.read(language, po.path_of(language))
        if message.id and not message.fuzzy
        for text in (message.string if isinstance(message.string, tuple) else (message.string,))
    ]
    return {word for text in texts for word in LATIN.findall(re.sub(r"\{[^}]*\}", "", text))}


def leftovers(html: str, language: str) -> list[str]:
    """Texts of a page with an English word that nobody chose to keep."""
    reader = Reader()
    reader.feed(html)
    found = []
    for text in dict.fromkeys(reader.texts):
        bare = text
        for citation in citations(STUDIES[language]):
            bare = bare.replace(citation, "")
        bare = NO_WORDS.sub("", bare)
        words = set(WORD.findall(bare) if language == "tr" else LATIN.findall(bare))
        alien = set() if language == "tr" else words - kept(language) - NAMES
        if alien or {word.lower() for word in words} & ENGLISH:
            found.append(text)
    return found


@pytest.fixture(scope="module", params=sorted(STUDIES))
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Path]]:
    language, study = request.param, STUDIES[request.param]
    other = next(slug for slug in STUDIES.values() if slug != study)
    root = copy_project(tmp_path_factory.mktemp(language))
    for slug in (study, other):
        params = root / "params" / f"{slug}.yaml"
        text = params.read_text(encoding="utf-8")
        params.write_text(re.sub(r"languages: \[.*\]", f"languages: [{language}]", text), encoding="utf-8")
    for words in ((study,), (other, "quantitative"), (study, "products"), ("comparison",)):
        done = digicit(root, "run", *words, "--demonstration")
        assert done.exit_code == 0, done.stderr
    found = sorted((root / "outputs").rglob("*.html"))
    return language, [path for path in found if path.name not in ("index.html", "changes.html")]


@pytest.mark.long  # four minutes; test_pseudo_locale.py finds unmarked words on every page kind
def test_nothing_is_left_in_english(pages: tuple[str, list[Path]]) -> None:
    language, found = pages
    assert len(found) >= 4 * 2 + 11 + 1
    left = {path.name: leftovers(path.read_text(encoding="utf-8"), language) for path in found}
    assert not {name: texts for name, texts in left.items() if texts}


@pytest.mark.parametrize("language", sorted(STUDIES))
@pytest.mark.parametrize(
    "text",
    [
        "median of the indicators",
        "100 PSUs in 12 strata; Taylor standard errors and weights",
        "privacy: fewer than 10 children behind it",
        "— child, girl, 12-14, urban",
    ],
)
def test_the_reader_finds_english(language: str, text: str) -> None:
    assert leftovers(f"<p>{text}</p>", language) == [text]
    assert leftovers(f"<pre>{text}</pre>", language) == []


def test_every_other_language_is_read() -> None:
    assert set(STUDIES) == set(LANGUAGES) - {"en"}
