"""The last look over what would be published: names of the roster in any file."""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

from digicit_lib.qualitative.coded.table_files import read_cells
from digicit_lib.qualitative.names import WORD, word_list
from digicit_lib.qualitative.roster import refuse_incomplete
from digicit_lib.qualitative.tokens import fold_token

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_JOINED = re.compile(r"([a-zа-яёіїєґçğıöşü])([A-ZА-ЯЁІЇЄҐÇĞİÖŞÜ])")
_PICTURE = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")


def roster_names(roster: Path) -> frozenset[str]:
    """The folded words of the roster's people that are names and nothing else: what a scan can be sure of."""
    table = read_cells(roster)
    refuse_incomplete(table)
    is_name = table["kind"].isin(["name", "person"]) & table["pseudonym"].str.strip().ne("")
    rows = table[is_name].to_dict("records")
    words = {
        fold_token(word, str(row.get("lang", "")), yo=True)
        for row in rows
        for name in (row["real"], *str(row.get("aliases", "")).split(";"))
        for word in WORD.findall(str(name))
    }
    # A word that the report or the pseudonyms use is no proof of a name.
    stems = {fold_token(w, yo=True) for row in rows for w in WORD.findall(str(row["pseudonym"]))}
    plain = word_list("also_words") | word_list("known") | word_list("titles") | stems
    return frozenset(word for word in words if len(word) >= 4 and word not in plain)


class RosterNames:
    """Whether a text holds a name of the roster, in whichever spelling of its letters.

    Parameters
    ----------
    roster : Path

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place) / "roster.csv"
    ...     _ = path.write_text("real,pseudonym,kind\\nTamsin Blackwood,<NAME1>,name\\n")
    ...     names = RosterNames(path)
    >>> names.found_in("<p>Tamsin's phone</p>"), names.found_in("TamsinBlackwood_FG1"), names.found_in("Tam")
    (['a name of the roster'], ['a name of the roster'], [])
    """

    def __init__(self, roster: Path) -> None:
        self.names = roster_names(roster)

    def found_in(self, text: str) -> list[str]:
        """What is wrong with a text, in words that hold no name."""
        read = html.unescape(_PICTURE.sub(" ", text)).translate(_INVISIBLE)
        return ["a name of the roster"] if self.names & _words(unicodedata.normalize("NFC", read)) else []


def _words(text: str) -> set[str]:
    """The folded words of a text, also without what follows an apostrophe, and the parts of joined ones."""
    words = {m[0] for m in re.finditer(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*", text)}
    words |= {re.split("['’ʼ]", word)[0] for word in words}
    words |= {
        part for word in words if not word[1:].islower() for part in _JOINED.sub(r"\1 \2", word).split()
    }
    return {fold_token(word, rule, yo=True) for word in words for rule in ("", "tr")}
