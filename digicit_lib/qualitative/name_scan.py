"""The last look over what would be published: names of the roster in any file."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from digicit_lib.qualitative.name_forms import family_forms
from digicit_lib.qualitative.names import WORD, suffix, word_list
from digicit_lib.qualitative.roster import read_roster
from digicit_lib.qualitative.tokens import fold_token

SHORTEST = 4  # letters of a name that is looked for
_TURKISH = re.compile("[çğışöüÇĞİŞÖÜ]")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_JOINED = re.compile(r"([a-zа-яёіїєґәғқңөұүһўçğıöşü])([A-ZА-ЯЁІЇЄҐӘҒҚҢӨҰҮҺЎÇĞİÖŞÜ])")
_PICTURE = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")


def _people(roster: Path) -> list[dict[str, str]]:
    table = read_roster(roster)
    is_name = table["kind"].isin(["name", "person"]) & table["pseudonym"].str.strip().ne("")
    return [{k: str(v) for k, v in row.items()} for row in table[is_name].to_dict("records")]


def _names(people: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """The words of people that are names and nothing else, each with its language."""
    # A word that the report or the pseudonyms use is no proof of a name.
    stems = {fold_token(w, yo=True) for row in people for w in WORD.findall(row["pseudonym"])}
    plain = word_list("also_words") | word_list("known") | word_list("titles") | stems
    for row in people:
        lang = row.get("lang", "")
        for word in WORD.findall(f"{row['real']};{row.get('aliases', '')}"):
            folded = fold_token(word, lang, yo=True)
            if len(folded) >= SHORTEST and folded not in plain:
                yield word, lang


class RosterNames:
    """Whether a text holds a name of the roster, in whichever spelling of its letters, case and suffix.

    Parameters
    ----------
    roster : Path
    printable : callable, optional
        Words that may be printed: a form of a name that is one of them, such as Russian "любой" of Люба, is
        no proof of it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place) / "roster.csv"
    ...     _ = path.write_text("real,pseudonym,kind\\nTamsin Blackwood,<A>,name\\nДенис,<B>,name\\n")
    ...     names = RosterNames(path)
    >>> names.found_in("<p>Tamsin's phone</p>"), names.found_in("TamsinBlackwood_FG1"), names.found_in("Tam")
    (['a name of the roster'], ['a name of the roster'], [])
    >>> names.found_in("телефон Дениса")
    ['a name of the roster']
    """

    def __init__(self, roster: Path, printable: Callable[[], set[str]] = set) -> None:
        people = _people(roster)
        words = list(_names(people))
        self.names = {fold_token(word, lang, yo=True) for word, lang in words}
        turkish = [word for word, lang in words if lang == "tr" or _TURKISH.search(word)]
        self.suffixed = {fold_token(word, "tr", yo=True) for word in turkish}
        stand_ins = {(word, row.get("lang", "")) for row in people for word in WORD.findall(row["pseudonym"])}
        self._stand_ins = {form for word, lang in stand_ins for form in family_forms(word, lang)}
        cases = {form for word, lang in words for form in family_forms(word, lang)} - self._stand_ins
        self.cases = {form for form in cases if len(form) >= SHORTEST}
        self._printable = printable

    @cached_property
    def common(self) -> set[str]:
        """Words that prove no name; those of all pages are many, and read only where one may matter."""
        printed = self._printable()
        return self._stand_ins | {fold_token(word, rule, yo=True) for word in printed for rule in ("", "tr")}

    def found_in(self, text: str) -> list[str]:
        """What is wrong with a text, in words that hold no name."""
        read = html.unescape(_PICTURE.sub(" ", text)).translate(_INVISIBLE)
        words = _words(unicodedata.normalize("NFC", read))
        doubt = (self.cases & words) | {word for word in words if self._is_suffixed(word)}
        is_there = self.names & words or (doubt and doubt - self.common)
        return ["a name of the roster"] if is_there else []

    def _is_suffixed(self, word: str) -> bool:
        """Whether a Turkish name stands before a suffix, without an apostrophe: ``Ayşenin``."""
        stems = (size for size in range(SHORTEST, len(word)) if word[:size] in self.suffixed)
        return any(suffix().fullmatch(word, size) for size in stems)


def _words(text: str) -> set[str]:
    """The folded words of a text, also without what follows an apostrophe, and the parts of joined ones."""
    words = {m[0] for m in re.finditer(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*", text)}
    words |= {re.split("['’ʼ]", word)[0] for word in words}
    words |= {
        part for word in words if not word[1:].islower() for part in _JOINED.sub(r"\1 \2", word).split()
    }
    return {fold_token(word, rule, yo=True) for word in words for rule in ("", "tr")}
