"""Traces of respondents in a text: values that point to one of them, their answers in rows or in columns."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    import pandas as pd

ROW = 8  # neighbouring answers of one respondent that make a row
MANY = 20  # answers and names of groups with one other word between them at most: a table of respondents
PERIODS, ALIKE = 60, 0.9  # the names of groups that panel after panel repeats are no respondents
LONG = 5  # characters from which a value may point to somebody
MOST_GROUPS = 8
# Coordinates are no answers; pictures in base64 are copies of drawings that are read.
_DRAWN = re.compile(
    r'\b(?:d|points|transform|viewBox|x|y|x1|x2|y1|y2|cx|cy|r|width|height|style)="[^"]*"'
    r"|data:[a-z]+/[-+.a-z]+;base64,[A-Za-z0-9+/=]+"
)
_TAG = re.compile(r"<[^<>]*>")
# 1,17 is one number of a Russian page and no two answers; 1,0 may be two in a row, and 1,0,1 is a row, as is
# a line that holds nothing but 1,17: an answer and an age.
_DECIMAL = re.compile(r"(?<![\d.,])(?!(?<![^\n])\d+,\d+\r?$)(?![01],[01](?!\d))(\d+),(\d+)(?![\d,])", re.M)
_WORD = re.compile(r"[^\W_](?:[\w.\-]*[^\W_])?")
_SPELLINGS = {"NaN": "nan", "None": "nan", "NA": "nan", "null": "nan", "True": "1", "False": "0"}


class Identifying:
    """What points to a respondent: values of columns that no report prints, rows of answers, rare groups.

    Parameters
    ----------
    raw : DataFrame
        The survey as it stands in its file.
    printed : set of str
        Columns that estimates and groups are made of: their values may be printed, their runs may not.
    design : set of str
        Ids, weights, strata, clusters.
    rare : int
        The smallest cell: answers that as many share point to nobody.
    known : callable
        Words that may be printed whatever the file holds: those of the params and of digicit.
    mapped : DataFrame, optional
        The same respondents as workbooks get them.
    groups : sequence of str
        Columns of `mapped` that hold the groups.
    """

    def __init__(
        self,
        raw: pd.DataFrame,
        printed: set[str],
        design: set[str],
        rare: int,
        known: Callable[[], set[str]],
        mapped: pd.DataFrame | None = None,
        groups: Sequence[str] = (),
    ) -> None:
        frames = [raw] if mapped is None else [raw, mapped]
        self.names = {str(name) for frame in frames for name in frame}
        self.values: set[str] = set()
        self.phrases: set[tuple[str, ...]] = set()
        texts: Counter[str] = Counter()
        for name in map(str, raw):
            distinct = set(raw[name].dropna().astype(str).unique())
            if name not in printed and (name in design or len(distinct) > max(20, len(raw) // 20)):
                texts.update(word for text in raw[name].dropna().astype(str) for word in set(_words(text)))
                self._remember(distinct)
        self._remember_names({word for word, count in texts.items() if count < rare}, known)
        self.rows = _rare_runs(raw, rare)
        levels = {str(x) for name in groups for x in frames[-1][name].dropna().unique()}
        answers = {str(x) for name in printed & set(map(str, raw)) for x in raw[name].dropna().unique()}
        spoken = {word for text in answers | levels for word in _words(text) if word.lower() != word.upper()}
        self.answers = {"0", "1", "nan", *spoken, *levels}
        self.combinations = _rare_groups(frames[-1], groups[:MOST_GROUPS], rare)

    def without_words(self) -> Identifying:
        """Ids, weights and rows only: what others say in a report may be the words of an answer too."""
        self.phrases, self.answers, self.combinations = set(), set(), set()
        self.values = {value for value in self.values if _pointing(value)}
        return self

    def _remember(self, texts: set[str]) -> None:
        for text in texts:
            words = _words(text)
            self.values |= {form for word in words if _pointing(word) for form in _spellings(word)}
            self.phrases |= {*_side_by_side(words, 4)}

    def _remember_names(self, words: set[str], known: Callable[[], set[str]]) -> None:
        """Plain words, such as a name, point to somebody where digicit itself has no such word."""
        self.values |= {word.casefold() for word in words if word.isalpha() and len(word) >= LONG - 1}
        self.values -= {word.casefold() for word in known()}

    def found_in(self, text: str) -> list[str]:
        """What is wrong with a text, in words that hold no answer."""
        read = html.unescape(_DRAWN.sub(" ", text))
        words = _words(read)
        wrong = []
        if self.values & {word.casefold() for word in words_in(read)}:
            wrong.append("values of columns that point to respondents (ids, weights, clusters, free text)")
        if not self.phrases.isdisjoint(_side_by_side(words, 4)):
            wrong.append("free text of respondents")
        # Of a row only the answers: neither the tags of its cells nor the names of its columns.
        cells = _DECIMAL.sub(r"\1.\2", _TAG.sub(" ", read))
        answers = [word for word in _words(cells) if word not in self.names]
        if any(run in self.rows for run in _runs(answers)) or self._is_table([*map(_plain, answers)]):
            wrong.append("rows of respondents")
        if self.combinations and any(
            tuple(sorted(run)) in self.combinations for size in (3, 4) for run in _side_by_side(answers, size)
        ):
            wrong.append("groups that only a few respondents are in")
        return wrong

    def _is_table(self, words: list[str]) -> bool:
        """Whether answers stand side by side, but for numbers and for one word, as of a row's type."""
        answers, filler = [], ""
        for word in [*words, "", " "]:
            if word in self.answers:
                answers.append(word)
            elif word != filler and not word.isdigit():
                if len(answers) >= MANY and _varied(answers):
                    return True
                answers, filler = [], word
        return False


class Unapproved:
    """Words of participants that stand in no approved quotation: eight in a row are found.

    Examples
    --------
    >>> said = "then my friend told me to block him and we never spoke of it again"
    >>> Unapproved([said], ["we never spoke of it again"]).found_in(f"<p>{said}</p>")
    ['words of participants that no approved quotation has']
    """

    def __init__(self, spoken: Iterable[str], approved: Iterable[str]) -> None:
        self.runs = {run for text in spoken for run in _speech(text)}
        self.runs -= {run for text in approved for run in _speech(text)}

    def found_in(self, text: str) -> list[str]:
        clean = self.runs.isdisjoint(_speech(html.unescape(_DRAWN.sub(" ", text))))
        return [] if clean else ["words of participants that no approved quotation has"]


def _speech(text: str) -> Iterator[tuple[str, ...]]:
    return _side_by_side([word.lower() for word in _words(_TAG.sub(" ", text))], ROW)


def _side_by_side(words: list[str], size: int) -> Iterator[tuple[str, ...]]:
    """Neighbouring words, so many at a time."""
    return zip(*(words[k:] for k in range(size)), strict=False)


def words_in(text: str) -> set[str]:
    """The words of a text, and the parts of those with dots and hyphens.

    Examples
    --------
    >>> sorted(words_in("wb.close(): well-kept"))
    ['close', 'kept', 'wb', 'wb.close', 'well', 'well-kept']
    """
    words = {*_words(text)}
    parted = (word for word in words if not word.isalnum())
    return words | {part for word in parted for part in re.split(r"[.\-_]", word)}


def _words(text: str) -> list[str]:
    return _WORD.findall(text if text.isascii() else normalize("NFC", text))


def _spellings(word: str) -> set[str]:
    """A value in small letters, and a number as a spreadsheet keeps it: without zeros before it."""
    plain = word.lstrip("0")
    return {word.casefold()} | ({plain} if plain.isdigit() and _pointing(plain) else set())


def _plain(word: str) -> str:
    """One spelling of an answer: 1.0 is 1, None is nan.

    Examples
    --------
    >>> [_plain(word) for word in ("1.0", "NaN", "girl", "9-11")]
    ['1', 'nan', 'girl', '9-11']
    """
    return _SPELLINGS.get(word) or re.sub(r"^(\d+)\.0+$", r"\1", word)


def _pointing(word: str) -> bool:
    """Long enough, and not a plain word: an id, a code, a number of six figures."""
    figures = sum(c.isdigit() for c in word)
    return len(word) >= LONG and (figures >= LONG + 1 or 0 < figures < len(word.replace(".", "")))


def _varied(words: list[str]) -> bool:
    """Whether a run repeats its words, but neither one all the time nor all of them again and again."""
    most = Counter(words).most_common(1)[0][1]
    repeated = (
        sum(a == b for a, b in zip(words, words[period:], strict=False)) / (len(words) - period)
        for period in range(1, min(PERIODS, len(words) // 2) + 1)
    )
    some = len(words) - most >= ROW // 2 and len(set(words)) <= len(words) // 2
    return some and max(repeated) < ALIKE


def _runs(words: list[str]) -> Iterator[int]:
    """Each run of neighbouring words as a number, where more than half of them are different."""
    return (hash(run) for run in _side_by_side(words, ROW) if len(set(run)) > ROW // 2)


def _rare_runs(raw: pd.DataFrame, rare: int) -> set[int]:
    """Runs of neighbouring answers that fewer than `rare` respondents share."""
    runs: Counter[int] = Counter()
    texts = [raw[name].astype(object).where(raw[name].notna(), "").astype(str).tolist() for name in raw]
    for row in zip(*texts, strict=True):
        runs.update(set(_runs([word for cell in row for word in _words(cell)])))
    return {run for run, count in runs.items() if count < rare}


def _rare_groups(frame: pd.DataFrame, groups: Collection[str], rare: int) -> set[tuple[str, ...]]:
    """Three or four groups that fewer than `rare` respondents are in together; no report crosses so many."""
    texts = frame[list(groups)].astype(str)
    rare_ones: set[tuple[str, ...]] = set()
    for size in (3, 4):
        for names in combinations(texts, size):
            counts = texts[list(names)].value_counts()
            few = (tuple(sorted(map(str, levels))) for levels in counts.index[counts < rare])
            rare_ones |= {levels for levels in few if _spoken(levels)}
    return rare_ones


def _spoken(levels: Collection[str]) -> bool:
    """Words enough to be no figures of a table, and nobody's missing answer."""
    words = [level for level in levels if level.lower() != level.upper()]
    return len(words) >= 3 and not {"nan", "NaN"} & set(levels) and len(set(levels)) == len(levels)
