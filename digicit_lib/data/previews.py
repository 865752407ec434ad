"""The answers of a column with the rows that give each, none of them that few rows give."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from digicit_lib.codebook import canonical
from digicit_lib.data.labels import fold
from digicit_lib.data.mapping import LONGEST
from digicit_lib.data.raw import Raw
from digicit_lib.data.several import SEPARATORS, answers_in
from digicit_lib.params import Publication

MOST_ANSWERS = 15
MOST_HEADS = 400  # columns read for the answers that stand in them
# What programmes and interviewers note: no question to a child, and their names are nobody's business.
NOTED = re.compile(
    r"(enumerator|interviewer|supervisor|operator|device|user|status|version|language|browser|form|team|"
    r"интервьюер|анкетер|анкета|язык|мова|anketor|anket|dil|gorusmeci)\b"
)
NAMES = re.compile(r"[a-z0-9_]+( [a-z0-9_]+)*")  # as KoBo and ODK write several choices: their names


@dataclass(frozen=True)
class Preview:
    """Rows by answer.

    Attributes
    ----------
    rows : tuple of (code, label, n)
        Answers that at least `publication.min_cell` rows share, the most frequent first.
    others, empty : int
        Rows with a rarer answer, and rows without one.
    several : bool
        Whether a cell holds several answers, so that rows count once for each.
    """

    rows: tuple[tuple[str, str, int], ...] = ()
    others: int = 0
    empty: int = 0
    several: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        """On one line.

        Examples
        --------
        >>> print(Preview((("1", "Yes", 9), ("2", "", 7)), others=3))
        1 Yes: 9; 2: 7; other answers: 3
        """
        return "; ".join(f"{' '.join(filter(None, name))}: {n}" for *name, n in self.listed())

    def listed(self) -> list[tuple[str, str, int]]:
        """The rows by answer, then those with a rarer answer and those without one, where there are any."""
        rest = (("", "other answers", self.others), ("", "empty", self.empty))
        return [*self.rows, *(row for row in rest if row[-1])]


def short_heads(raw: Raw, known: Collection[str]) -> list[str]:
    """Columns without labels that are not known yet and that no programme notes; none of very many."""
    split = {str(name).rpartition("/")[0] for name in raw.frame}  # questions whose options stand beside them
    others = {*raw.values, *known, *raw.doubled, *split}
    names = [name for name in map(str, raw.frame) if name not in others]
    heads = [name for name in names if name[:1] != "_" and not NOTED.match(fold(name))]
    return heads if len(heads) <= MOST_HEADS else []


def answered_in_words(raw: Raw, names: Sequence[str]) -> list[str]:
    """Columns of a few answers in words that several children gave, whatever the columns are called."""
    few = (n for n in names if n in raw.frame and raw.frame[n].nunique() <= MOST_ANSWERS)
    counts = {name: counts_of(raw, name) for name in few}
    least = Publication().min_cell
    return [
        name
        for name, n in counts.items()
        if len(n) > 1 and all(any(map(str.isalpha, code)) for code in n) and sorted(n.values())[-2] >= least
    ]


def counts_of(raw: Raw, column: str) -> dict[str, int]:
    """Rows by answer, every answer in the form of a code."""
    counts: dict[str, int] = {}
    for value, n in raw.frame[column].value_counts(dropna=True).items():
        code = canonical(value)
        if n and code:
            counts[code] = counts.get(code, 0) + int(n)
    return counts


def answers_of(raw: Raw, column: str, counts: Mapping[str, int]) -> dict[str, str]:
    """Code to label: the file's labels, else texts that enough rows share; bare numbers have none."""
    labels = raw.values.get(column)
    if labels:
        return dict(labels)
    texts = {code: code for code, n in counts.items() if n >= Publication().min_cell and len(code) <= LONGEST}
    return texts if any(not code.lstrip("-").replace(".", "").isdigit() for code in texts) else {}


def preview(raw: Raw, column: str, counts: Mapping[str, int]) -> Preview:
    """Rows by answer of one column."""
    shared, labels = Publication().min_cell, raw.values.get(column, {})
    frequent = {c: n for c, n in counts.items() if n >= shared and len(c) <= LONGEST}
    most = sorted(frequent, key=lambda code: (-frequent[code], code))[: 2 * MOST_ANSWERS]
    return Preview(
        tuple((code, labels.get(code, ""), frequent[code]) for code in most),
        sum(counts.values()) - sum(frequent[code] for code in most),
        int(raw.frame[column].isna().sum()),
    )


def several_in(counts: Mapping[str, int]) -> Preview | None:
    """The answers of a multiple choice whose ticks stand in one cell; None: one answer a cell."""
    names = all(map(NAMES.fullmatch, counts))
    for mark in " " if names else SEPARATORS:
        cells = {text: text.split() for text in counts} if names else answers_in(counts, mark)
        if names and not _free(cells):
            break
        pieces = _pieces(counts, cells)
        joined = any(len(answers) > 1 for answers in cells.values())
        if joined and 2 <= len(pieces) <= min(len(counts), 2 * MOST_ANSWERS):
            return Preview(tuple((piece, "", n) for piece, n in pieces.items()), several=True)
    return None


def _free(cells: Mapping[str, list[str]]) -> bool:
    """Whether each word stands alone in some cell or beside several others: "not sure" is one answer."""
    beside: dict[str, set[tuple[str, ...]]] = {}
    for words in cells.values():
        for word in words:
            beside.setdefault(word, set()).add(tuple(w for w in words if w != word))
    return all(len(others) > 1 for others in beside.values())


def _pieces(counts: Mapping[str, int], cells: Mapping[str, list[str]]) -> dict[str, int]:
    """Rows by piece of a cell, for pieces that enough rows share; empty where a piece is nobody else's."""
    pieces: dict[str, int] = {}
    for text, answers in cells.items():
        for piece in set(answers):
            pieces[piece] = pieces.get(piece, 0) + counts[text]
    shared = {p: n for p, n in pieces.items() if n >= Publication().min_cell and len(p) <= LONGEST}
    if len(shared) * 2 < len(pieces):
        return {}
    return dict(sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])))
