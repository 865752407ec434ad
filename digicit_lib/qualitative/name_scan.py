"""The last look over what would be published: names of the roster in any file."""

from __future__ import annotations

import re
from pathlib import Path

from digicit_lib.qualitative.coded.table_files import read_cells
from digicit_lib.qualitative.names import WORD, word_list
from digicit_lib.qualitative.tokens import fold_token

TEXTS = (".html", ".json", ".ipynb", ".csv", ".svg", ".md", ".txt", ".xml", ".yaml")
_PICTURE = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")


def roster_names(roster: Path) -> frozenset[str]:
    """The folded words of the roster's people that are names and nothing else: what a scan can be sure of."""
    table = read_cells(roster)
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


def files_with_names(folder: Path, roster: Path) -> list[str]:
    """The files below a folder that hold a name of the roster, in their text or in their own name.

    Parameters
    ----------
    folder, roster : Path

    Returns
    -------
    list of str
        Relative paths; where a file's name itself holds one, only its kind is told.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     root = Path(place)
    ...     _ = (root / "roster.csv").write_text("real,pseudonym,kind\\nTamsin Blackwood,<NAME1>,name\\n")
    ...     (root / "out").mkdir()
    ...     _ = (root / "out" / "a.html").write_text("<p>Tamsin's phone</p>")
    ...     files_with_names(root / "out", root / "roster.csv")
    ['a.html']
    """
    names = roster_names(roster)
    hits = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        relative = path.relative_to(folder).as_posix()
        if names & _words(relative):
            hits.append(f"a {path.suffix or 'nameless'} file's own name")
        elif path.suffix in TEXTS and names & _words(_text(path)):
            hits.append(relative)
    return hits


def _text(path: Path) -> str:
    return _PICTURE.sub(" ", path.read_text(encoding="utf-8", errors="replace"))


def _words(text: str) -> set[str]:
    """The folded words of a text, each also without what follows its apostrophe."""
    words = {m[0] for m in re.finditer(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*", text)}
    words |= {re.split("['’ʼ]", word)[0] for word in words}
    return {fold_token(word, rule, yo=True) for word in words for rule in ("", "tr")}
