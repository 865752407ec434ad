"""Every error that digicit raises on purpose.

::

    DigicitError                 exit 2: usage, params or data refused
    ├── ParamsError              a params file; carries all its problems at once
    ├── CodebookError            the catalogue or an instrument
    ├── DataError                a data file, its columns, its codes; MisfitError: all that is wrong, at once
    ├── DesignError              weights, strata, PSUs, replicate weights
    ├── EvidenceError            ids, duplicates, tokens in findings
    ├── LanguageError            a language code, a message catalogue
    ├── QualitativeError         coded projects, quotations, pseudonyms
    ├── LandscapeError           desk-review files
    ├── RunError                 exit 1: a workbook or a check failed
    ├── PublicationRefused       exit 3: the run worked, its output may not be published
    └── NotMade                  exit 0: the study does not hold enough for a product

A message says what went wrong, where, what was got, what is allowed, and the next command.
It never holds a respondent's answer.
"""

import difflib
import errno
import os
from collections.abc import Iterable, Sequence
from typing import Any

LONGEST = 80  # characters of what a message quotes: a name or a cell may be a book


def plain_text(text: str | None, longest: int | None = None) -> Any:
    """Text for a terminal and a log: what is not printable is escaped (names come from outside), long is cut.

    Examples
    --------
    >>> plain_text("a\\x1b[31m\\u2028b"), plain_text("x" * 99, 5)
    ('a\\\\x1b[31m\\\\u2028b', 'xxxx…')
    """
    if text is None:
        return None
    lines = str(text).split("\n") if longest is None else [str(text)]
    if longest is not None and len(lines[0]) > longest:
        lines = [lines[0][: longest - 1] + "…"]
    return "\n".join("".join(c if _harmless(c) else ascii(c)[1:-1] for c in line) for line in lines)


def _harmless(character: str) -> bool:
    return character.isprintable() or character in "\u00a0\u202f"  # spaces that hold numbers together


class DigicitError(Exception):
    """An error with the five facts a person needs to mend it.

    Parameters
    ----------
    what : str
        One sentence: what is wrong.
    where : str, optional
        File and line, column, cell or id.
    got, allowed : str, optional
        What was found and what would have been accepted; never microdata.
    next : str, optional
        The next command or edit.

    Examples
    --------
    >>> print(DigicitError("Unknown study.", got="turkye", next="digicit list"))
    Unknown study.
      got:     turkye
      next:    digicit list
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        got: str | None = None,
        allowed: str | None = None,
        next: str | None = None,
    ) -> None:
        whole = where and (where if len(where) <= 3 * LONGEST else "…" + where[1 - 3 * LONGEST :])
        self.what, self.where, self.got = plain_text(what), plain_text(whole), plain_text(got, LONGEST)
        self.allowed, self.next = plain_text(allowed), plain_text(next)
        super().__init__(self.what)

    def __str__(self) -> str:
        facts = (("where", self.where), ("got", self.got), ("allowed", self.allowed), ("next", self.next))
        return "\n".join([self.what, *(f"  {name + ':':<8} {text}" for name, text in facts if text)])

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.__dict__.copy())


def _rebuild(kind: type[DigicitError], what: str, state: dict[str, object]) -> DigicitError:
    """Unpickle: errors travel from worker processes to the one that prints them."""
    error = kind.__new__(kind)
    Exception.__init__(error, what)
    error.__dict__.update(state)
    return error


class CodebookError(DigicitError):
    """The catalogue or an instrument is wrong."""


class DataError(DigicitError):
    """A data file, its columns or its codes are refused."""


class DesignError(DigicitError):
    """The survey design cannot carry the estimate."""


class EvidenceError(DigicitError):
    """An evidence id or a finding token is wrong."""


class LanguageError(DigicitError):
    """A language code or a message catalogue is wrong."""


class QualitativeError(DigicitError):
    """A coded project, quotation or pseudonym is refused."""


class LandscapeError(DigicitError):
    """A desk-review file is refused."""


class ParamsError(DigicitError):
    """One or more problems in a params file, all told at once.

    Parameters
    ----------
    problems : iterable of DigicitError
        In the order of the file's lines.
    """

    def __init__(self, problems: Iterable[DigicitError], *, file: str = "params") -> None:
        self.problems = list(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in {file}.")

    def __str__(self) -> str:
        return "\n".join([self.what, *(str(problem) for problem in self.problems)])


def as_digicit_error(error: Exception, where: str | None = None) -> DigicitError:
    """Any error as one sentence with what, where, next.

    A disk that is full or read-only, a file that cannot be read; last, a mistake of digicit itself, whose own
    text may quote data and stays out.

    Examples
    --------
    >>> print(as_digicit_error(OSError(28, "No space left on device", "outputs/x.csv")))
    No space left on device.
      where:   outputs/x.csv
      next:    free some space there, then run again
    """
    if isinstance(error, DigicitError):
        return error
    if isinstance(error, OSError):
        lies = where or ("outputs/, or the folder of temporary files" if error.errno in _DISK else None)
        file = lies if error.filename is None else os.fsdecode(error.filename)
        return RunError(
            f"{error.strerror or type(error).__name__}.",
            where=file or "a file that this run reads or writes",
            next=_DISK.get(error.errno or 0, "see that the file is whole and can be read, then run again"),
        )
    what = f"digicit did not expect this: {type(error).__name__}."
    return RunError(what, where=where, next="digicit -v shows the traceback")


_DISK = {
    errno.ENOSPC: "free some space there, then run again",
    errno.EDQUOT: "free some space there, then run again",
    errno.EROFS: "make the folder writable, then run again",
    errno.EACCES: "ask for the right to read and write there, then run again",
    errno.ENOENT: "see that the folder and the file are there, then run again",
    errno.EPERM: "ask for the right to read and write there, then run again",
}


class RunError(DigicitError):
    """A workbook or a check failed; the last good report still stands."""

    exit_code = 1


class PublicationRefused(DigicitError):
    """The work is done, but its output may not be published."""

    exit_code = 3


class NotMade(DigicitError):
    """A study does not hold enough for a product: a state with its reason, no failure."""

    exit_code = 0


class InstrumentError(ParamsError, CodebookError):
    """An instrument or a file of own indicators; carries all its problems at once."""


class MisfitError(ParamsError, DataError):
    """A data file and its instrument; carries all that does not fit between them."""


def refuse_all(problems: Sequence[DataError], file: str) -> None:
    """Raise the problems of a data file, one as it is, several as a list; without any it does nothing.

    Raises
    ------
    DataError
    """
    if problems:
        raise problems[0] if len(problems) == 1 else MisfitError(problems, file=file)


def nearest(word: str, options: Iterable[str], n: int = 5) -> list[str]:
    """The few options that are most like a word, the likest first.

    Examples
    --------
    >>> nearest("gendr", ["age_group", "gender", "region"], 2)
    ['gender', 'age_group']
    """
    likeness = {
        option: difflib.SequenceMatcher(None, word.lower(), option.lower()).ratio() for option in options
    }
    return sorted(likeness, key=lambda option: (-likeness[option], option))[:n]


def suggest(word: str, options: Iterable[str]) -> str | None:
    """The likeliest meant option, or None.

    Examples
    --------
    >>> suggest("turkye", ["turkey", "ukraine"])
    'turkey'
    """
    close = difflib.get_close_matches(word, list(options), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """The question after the likeliest meant option, or None.

    Examples
    --------
    >>> did_you_mean("turkye", ["turkey", "ukraine"]), did_you_mean("Why", ["Why?"])
    ('did you mean turkey?', 'did you mean Why?')
    """
    close = suggest(word, options)
    return close and f"did you mean {close.removesuffix('?')}?"
