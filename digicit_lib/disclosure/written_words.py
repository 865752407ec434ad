"""The words that somebody has written: digicit's, and those of params, workbooks and translations."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from unicodedata import normalize

from babel import Locale

from digicit_lib.disclosure.traces import words_in
from digicit_lib.language import languages

WRITTEN = (".py", ".yaml", ".po", ".css", ".js", ".j2", ".typ", ".json", ".md", ".ipynb")
FOLDERS = ("workbooks", "params", "locale")  # of a project


@cache
def own_words() -> frozenset[str]:
    """Every word that digicit is written with, countries and months in its languages too."""
    return frozenset().union(*map(words_in, _own_texts()))


def project_words(root: Path) -> set[str]:
    """Every word of a project's params, workbooks and translations."""
    return set().union(*map(words_in, _texts_of(root)))


def all_written(texts: Iterable[str], root: Path, besides: Iterable[str] = ()) -> bool:
    """Whether each word of some texts is known, or written somewhere: then no cell has made it of answers.

    Numbers are no words, but those in other signs than 0 to 9 are. Nothing is read once all words are known.
    """
    words = {word.casefold() for text in texts for word in words_in(text)}
    words = {word for word in words if sum(map(str.isalpha, word)) > 1 or not word.isascii()}
    for text in chain([" ".join(besides)], _texts_of(root), _own_texts()):
        if not words:
            break
        letters = normalize("NFC", text).casefold()
        if any(word in letters for word in words):  # to take all words of a text takes much longer
            words -= {word.casefold() for word in words_in(text)}
    return not words


def _own_texts() -> Iterator[str]:
    yield from _texts_below(Path(__file__).parents[1])
    for locale in map(Locale, languages()):
        yield " ".join([*locale.territories.values(), *locale.months["format"]["wide"].values()])


def _texts_of(root: Path) -> Iterator[str]:
    return chain.from_iterable(_texts_below(root / name) for name in FOLDERS)


def _texts_below(folder: Path) -> Iterator[str]:
    paths = (path for path in folder.rglob("*") if path.suffix in WRITTEN)
    return (path.read_text(encoding="utf-8", errors="replace") for path in paths)
