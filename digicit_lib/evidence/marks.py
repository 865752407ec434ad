"""What reviewers say of findings and exhibits: marks and comments, kept in ``params/<study>.review.yaml``.

A mark holds for what was read: it names the value of the finding or exhibit, so that one whose numbers have
changed since says so. Sign-offs of products stand in the same file and are read by `products.gate`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from digicit_lib.errors import DigicitError, suggest
from digicit_lib.language import N_, date, translate
from digicit_lib.safe import fingerprint, has_come, inside, load_yaml, write_atomic

VERDICTS = {
    "agree": N_("agreed by {name}, {day}"),
    "query": N_("queried by {name}, {day}"),
    "wrong": N_("called wrong by {name}, {day}"),
}
MARK = ("mark", "name", "date", "value", "note")
MAX_BYTES = 8 * 1024 * 1024  # a sign-off of every number of a large study
HEAD = "# Written by `digicit review` from the sheets of reviewers; `signoffs` may be written by hand too.\n"


@dataclass(frozen=True)
class Mark:
    """One person's word on a finding or an exhibit.

    Attributes
    ----------
    mark : {"agree", "query", "wrong"}
    name : str
    date : datetime.date
    value : str
        Of what was read.
    note : str
    """

    mark: str
    name: str
    date: dt.date
    value: str
    note: str = ""


def name_of(block: Mapping[str, Any]) -> str:
    """What a finding or an exhibit is called in a review, in every language and every version.

    Examples
    --------
    >>> name_of({"kind": "finding", "name": "f1a2b3c4d5e"}), name_of({"kind": "figure", "number": 3})
    ('f1a2b3c4d5e', 'figure-3')
    >>> name_of({"kind": "table", "number": 3, "provenance": ["s/quantitative/ACC-01"]})
    'x9117dac551'
    """
    if block["kind"] == "finding":
        return str(block.get("name", ""))
    ids = [block["kind"], *sorted(map(str, block.get("provenance") or ()))]
    return "x" + fingerprint(ids)[:10] if len(ids) > 1 else f"{block['kind']}-{block['number']}"


def value_of(block: Mapping[str, Any]) -> str:
    """What a reviewer reads there: another number gives another value, another language does not.

    Examples
    --------
    >>> said = {"kind": "finding", "parts": ["So ", {"id": "a", "value": 0.5, "text": "50%"}]}
    >>> value_of(said) == value_of({**said, "parts": [{"id": "a", "value": 0.5, "text": "% 50"}]})
    True
    >>> len(value_of(said))
    13
    """
    if block["kind"] == "finding":
        cells = [part for part in block["parts"] if isinstance(part, Mapping)]
    else:
        table = block.get("table") or block
        cells = [cell for row in table.get("rows", ()) for cell in row if isinstance(cell, Mapping)]
    return "v" + fingerprint([_number(cell.get("value")) for cell in cells])[:12]


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else str(value or "")


def review_file(study: str, params_file: str = "") -> str:
    """Where people sign and mark what a study has published: beside its params file.

    Examples
    --------
    >>> review_file("land"), review_file("land", "params/examples/land.yaml")
    ('params/land.review.yaml', 'params/examples/land.review.yaml')
    """
    folder = params_file.rpartition("/")[0] or "params"
    return f"{folder}/{study}.review.yaml"


def read_file(root: Path, file: str) -> tuple[dict[str, Any], Mapping[tuple[Any, ...], int]]:
    """A `review_file` with its line numbers; empty where nobody has reviewed anything."""
    path = inside(root, *file.split("/"))
    if not path.is_file():
        return {}, {}
    data, lines = load_yaml(path, most=MAX_BYTES)
    if data and not isinstance(data, dict):
        allowed = "signoffs, reviews and comments"
        raise DigicitError("A file of reviews has keys.", where=f"{file}:1", allowed=allowed)
    return data or {}, lines


def read_marks(root: Path, file: str, phase: str) -> dict[str, Mark]:
    """The marks on a phase's findings and exhibits in a `review_file`, by their names.

    Raises
    ------
    DigicitError
        An entry without mark, name, date or value, or with another key, with its line.
    """
    data, lines = read_file(root, file)
    phases = data.get("reviews") or {}
    entries = phases.get(phase) or {} if isinstance(phases, dict) else phases
    if not isinstance(entries, dict):
        line = lines.get(("reviews", phase), lines.get(("reviews",), 1))
        allowed = "reviews: {quantitative: {f0123456789: {mark: …, name: …, date: …, value: …}}}"
        raise DigicitError("Marks stand by their phase and name.", where=f"{file}:{line}", allowed=allowed)
    return {name: _mark(entry, f"{file}:{lines['reviews', phase, name]}") for name, entry in entries.items()}


def _mark(entry: Any, where: str) -> Mark:
    entry = entry if isinstance(entry, Mapping) else {}
    if other := {*map(str, entry)} - {*MARK}:
        key = min(other)
        raise DigicitError("Unknown key in a review.", where=where, got=key, next=suggest(key, MARK))
    blank = [key for key in MARK[:-1] if not str(entry.get(key) or "").strip()]
    day = entry["date"] if not blank else None
    if blank or entry["mark"] not in VERDICTS or not isinstance(day, dt.date) or not has_come(day):
        what = "A review needs a mark, a person, a day that has come, and the value."
        got = f"no {', '.join(blank)}" if blank else f"mark {entry['mark']}, date {entry['date']}"
        allowed = f"mark: {', '.join(VERDICTS)}; a name; a day such as 2026-10-01; the value"
        raise DigicitError(what, where=where, got=got, allowed=allowed)
    return Mark(**entry)


def words_of(mark: Mark, value: str, language: str = "en") -> str:
    """A mark in words, for those who read the report; it says so where the numbers have changed since."""
    day = date(mark.date, language)
    same = mark.value == value
    text = VERDICTS[mark.mark] if same else N_("reviewed by {name}, {day}; changed since")
    return translate(text, language, name=mark.name, day=day)


def review_state(findings: Iterable[tuple[str, str]], marks: Mapping[str, Mark], language: str = "en") -> str:
    """How far the review of a report is, in words.

    Parameters
    ----------
    findings : iterable of (str, str)
        Name and value of each finding.
    marks : mapping
    language : str

    Examples
    --------
    >>> mark = Mark("agree", "A. Person", dt.date(2026, 10, 1), "v1")
    >>> review_state([("f1", "v1"), ("f2", "v2")], {}), review_state([("f1", "v1")], {"f1": mark})
    ('draft, not reviewed', 'reviewed by A. Person, 1 October 2026')
    >>> review_state([("f1", "v1"), ("f2", "v2")], {"f1": mark})
    'draft, in review: 1 of 2 findings agreed'
    """
    values = list(dict(findings).items())
    valid = [marks[name] for name, value in values if name in marks and marks[name].value == value]
    agreed = [mark for mark in valid if mark.mark == "agree"]
    if not valid:
        return translate("draft, not reviewed", language)
    if len(agreed) == len(values):
        names = ", ".join(dict.fromkeys(mark.name for mark in agreed))
        day = date(max(mark.date for mark in agreed), language)
        return translate("reviewed by {name}, {day}", language, name=names, day=day)
    counts = {"agreed": len(agreed), "all": len(values), "open": len(valid) - len(agreed)}
    if counts["open"]:
        text = N_("draft, in review: {agreed} of {all} findings agreed, {open} queried or called wrong")
    else:
        text = N_("draft, in review: {agreed} of {all} findings agreed")
    return translate(text, language, **counts)


# --- writing ------------------------------------------------------------------------------------------


def keep_marks(
    root: Path, file: str, phase: str, marks: Mapping[str, Mark], signatures: Mapping[str, Mapping[str, Any]]
) -> Path:
    """Put marks and sign-offs into a `review_file`; later ones replace those of the same thing."""
    data, _ = read_file(root, file)
    reviews = {**(data.get("reviews") or {})}
    entries = {name: {k: v for k, v in asdict(mark).items() if v != ""} for name, mark in marks.items()}
    reviews[phase] = {**(reviews.get(phase) or {}), **entries}
    signoffs = {**(data.get("signoffs") or {}), **signatures}
    return _write(root, file, {**data, "reviews": reviews, **({"signoffs": signoffs} if signoffs else {})})


def keep_comments(root: Path, file: str, comments: Sequence[Mapping[str, Any]]) -> int:
    """Add comments to the list of a `review_file`, each once however often its document comes back.

    Returns
    -------
    int
        How many were new.
    """
    data, _ = read_file(root, file)
    stored = list(data.get("comments") or [])
    keys = {_same(comment) for comment in stored}
    new = [dict(comment) for comment in comments if _same(comment) not in keys]
    if new:
        _write(root, file, {**data, "comments": [*stored, *new]})
    return len(new)


def _same(comment: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(comment.get(key, "")) for key in ("name", "date", "on", "text"))


def _write(root: Path, file: str, data: Mapping[str, Any]) -> Path:
    class Plain(yaml.SafeDumper):
        """Two sign-offs of one day share nothing: an alias would be refused when the file is read."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    path = inside(root, *file.split("/"))
    text = yaml.dump(dict(data), Dumper=Plain, default_flow_style=None, allow_unicode=True, sort_keys=False)
    write_atomic(path, HEAD + text)
    return path
