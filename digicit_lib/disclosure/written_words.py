"""The words that somebody has written: digicit's, and those of params, workbooks and translations."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from babel import Locale

from digicit_lib.disclosure.traces import words_in
from digicit_lib.language import languages

WRITTEN = (".py", ".yaml", ".po", ".css", ".js", ".j2", ".typ", ".json", ".md", ".ipynb")
FOLDERS = ("params", "workbooks", "locale")  # of a project


@cache
def own_words() -> frozenset[str]:
    """Every word that digicit is written with, countries and months in its languages too."""
    words = _words_below(Path(__file__).parents[1])
    for locale in map(Locale, languages()):
        words |= words_in(" ".join([*locale.territories.values(), *locale.months["format"]["wide"].values()]))
    return frozenset(words)


def project_words(root: Path) -> set[str]:
    """Every word of a project's params, workbooks and translations."""
    return set().union(*(_words_below(root / name) for name in FOLDERS))


def all_written(texts: Iterable[str], root: Path, besides: Iterable[str] = ()) -> bool:
    """Whether each word of some texts is known, or written somewhere: then no cell has made it of answers.

    Numbers are no words, but those in other signs than 0 to 9 are.
    """
    words = {word.casefold() for text in texts for word in words_in(text)}
    words = {word for word in words if sum(map(str.isalpha, word)) > 1 or not word.isascii()}
    sources = (lambda: words_in(" ".join(besides)), lambda: project_words(root), own_words)
    for source in sources:
        words = words and words - {word.casefold() for word in source()}
    return not words


def _words_below(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.suffix in WRITTEN)
    return set().union(*(words_in(path.read_text(encoding="utf-8", errors="replace")) for path in paths))
