"""The ledger of fixed sentences: what a report may print word for word, and who accepted that it may.

A sentence with slots is filled from facts, a finding is made of evidence, an argument is signed. Every other
sentence says the same about every study, so it must be true of every study, or stand only where a study's
own files show it.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from digicit_lib.codebook import FOLDER
from digicit_lib.errors import CodebookError
from digicit_lib.project import LIBRARY
from digicit_lib.translation import fixed_messages

FILE = FOLDER / "sentences.csv"
OWN = "params/sentences.csv"  # what a project has accepted for its own workbooks and texts of products
COLUMNS = ("hash", "kind", "accepted_by", "text")
KINDS = {"a": "true of every study", "b": "said only where the study's own files show it"}
# What a word gives away, for whoever reads the refusal: the ledger decides, not the words.
_SUSPECT = {
    "a fact of one study: fill a slot": r"the survey|this study|team|in private"
    r"|(?:was|were) (?:asked|invited|held|coded|kept|replaced|counted)|consent|coders?"
    r"|discussions?|weights|register",
    "a finding: tokens, or `says` of the catalogue": r"few|many|most|only|rarely|too|no one|more|less|rose|"
    r"reach|shape|because|lead to|decide|left to|on paper|without|told us|said|spoke of|\d+",
    "an argument: params/arguments, with its authors": r"should|must|owe|task|need|matter|we ask|call for|"
    r"best",
}


def sentence_hash(text: str) -> str:
    """Twelve hex digits by which the ledger knows a sentence, whatever its blanks.

    Examples
    --------
    >>> sentence_hash("A  sentence.") == sentence_hash("A sentence.")
    True
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def ledger(file: Path = FILE) -> dict[str, dict[str, str]]:
    """The rows of the ledger by hash: kind, who accepted the sentence, and its text.

    Parameters
    ----------
    file : Path

    Returns
    -------
    dict of str to dict

    Raises
    ------
    CodebookError
        A file whose first line lacks a column.
    """
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if lacking := set(COLUMNS) - set(rows.fieldnames or ()):
            got = f"no {', '.join(sorted(lacking))}"
            what = "A ledger of sentences lacks a column."
            raise CodebookError(what, where=f"{file.name}:1", got=got, allowed=", ".join(COLUMNS))
        return {row["hash"]: row for row in rows}


def not_accepted(root: Path, *, library: bool = True) -> Iterator[dict[str, str]]:
    """Fixed sentences that reach a page and that no ledger holds: the package's, or the project's own.

    Parameters
    ----------
    root : Path
        The project folder: its workbooks and texts of products are read.
    library : bool
        Whether what the package ships is read as well.

    Yields
    ------
    dict
        `where` (file and line), and `what`: the sentence, what it looks like, and the row that accepts it.
    """
    own = root / OWN
    rows = ledger() | (ledger(own) if own.is_file() else {})
    known = {key for key, row in rows.items() if row["kind"] in KINDS and row["accepted_by"].strip()}
    for text, (file, line) in fixed_messages(root, library=library).items():
        if (key := sentence_hash(text)) not in known:
            looks = next(
                (f"; it looks like {kind}" for kind, words in _SUSPECT.items() if _says(words, text)), ""
            )
            row = f'{key},a,WHO,"{" ".join(text.split())}"'
            place = FILE.name if file.startswith(f"{LIBRARY.name}/") or root == LIBRARY.parent else OWN
            what = f"“{_short(text)}” is not accepted as {KINDS['a']}{looks}"
            yield {"where": f"{file}, line {line}", "what": f"{what}; after review, a row of {place}: {row}"}


def _says(words: str, text: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) is not None


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79].rstrip() + "…"
