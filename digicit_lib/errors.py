"""Every error that digicit raises on purpose.

::

    DigicitError                 exit 2: usage, params or data refused
    ├── ParamsError              a params file; carries all its problems at once
    ├── CodebookError            the catalogue or an instrument
    ├── DataError                a data file, its columns, its codes
    ├── DesignError              weights, strata, PSUs, replicate weights
    ├── EvidenceError            ids, duplicates, tokens in findings
    ├── LanguageError            a language code, a message catalogue
    ├── QualitativeError         coded projects, quotations, pseudonyms
    ├── LandscapeError           desk-review files
    ├── RunError                 exit 1: a workbook or a check failed
    └── PublicationRefused       exit 3: the run worked, its output may not be published

A message says what went wrong, where, what was got, what is allowed, and the next command.
It never holds a respondent's answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
        self.what, self.where, self.got, self.allowed, self.next = what, where, got, allowed, next
        super().__init__(what)

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


class RunError(DigicitError):
    """A workbook or a check failed; the last good report still stands."""

    exit_code = 1


class PublicationRefused(DigicitError):
    """The work is done, but its output may not be published."""

    exit_code = 3


def suggest(word: str, options: Iterable[str]) -> str | None:
    """The likeliest meant option, or None.

    Examples
    --------
    >>> suggest("turkye", ["turkey", "ukraine"])
    'turkey'
    """
    close = difflib.get_close_matches(word, list(options), n=1, cutoff=0.6)
    return close[0] if close else None
