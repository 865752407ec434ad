"""Pseudonyms that keep codings: a roster kept elsewhere, forms by case, patterns, an offset map, a log.

The project's texts change, so signatures of reviewers become void: they sign the pseudonymised text.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.table_files import read_csv
from digicit_lib.qualitative.coded.texts import text_sha256
from digicit_lib.qualitative.names import MASK, WORD, find_patterns, forms, inflect, suffix, word_list
from digicit_lib.qualitative.tokens import fold

_GAP = re.compile(r"[\s№#«»\"“”'.\-–]{1,4}")
_KEY_NAMES = re.compile(r"(?:^|[_\-. ])(?:roster|pseudonyms?|keyfile|key)(?:[_\-. ]|$)", re.I)
_SKIP = (".git", ".venv", "node_modules", "outputs", "__pycache__")


class Pseudonymised(NamedTuple):
    """A project under pseudonyms.

    Attributes
    ----------
    project : Project
        Texts, turns, segments, quotations, translations and memos, all moved together.
    log : DataFrame
        ``source start end kind replacement rule confirm hash``: what was put where in the new text; `confirm`
        where a name is also a word; `hash` keyed with the roster. Never an original.
    """

    project: Project
    log: pd.DataFrame


@dataclass(frozen=True)
class _Entry:
    """One thing of the roster: its words' forms, what stands for it."""

    words: tuple[Mapping[str, str], ...]
    pseudonym: str
    kind: str
    lang: str
    whole: bool  # of several words, or one part of such a name
    doubt: bool  # also a word


class _Hit(NamedTuple):
    start: int
    end: int
    kind: str
    text: str
    rule: str
    confirm: bool


def pseudonymise(project: Project, roster: str | Path, *, root: str | Path | None = None) -> Pseudonymised:
    """Replace what the roster and the patterns find, and carry turns, codings and quotations along.

    Parameters
    ----------
    project : Project
    roster : path
        CSV ``real, pseudonym, kind, lang, aliases`` (separated by semicolons), outside any repository.
        A pseudonym ``<NAME1>`` is written as it is, another in brackets and in the case of the name.
    root : path, optional
        The study's folder, which must not hold a file named like a roster.

    Returns
    -------
    Pseudonymised

    Raises
    ------
    QualitativeError
        The roster lies inside a repository, lacks a column, or gives one name two pseudonyms.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "roster.csv"
    >>> _ = path.write_text("real,pseudonym,kind,lang,aliases\\nНаташа,Алина,name,ru,\\n")
    >>> rows = [dict(source="a", start=6, end=20, code="x", coder="A")]
    >>> p = Project.build({"a": "P1: Я сказала Наташе."}, rows, [])
    >>> p = pseudonymise(p, path).project
    >>> p.texts["a"][p.segments.start[0]:p.segments.end[0]]
    'сказала [Алине]'
    >>> folder.cleanup()
    """
    path = Path(roster)
    _refuse_inside(path, Path(root) if root else None)
    entries, key = _roster(read_csv(path)), hashlib.sha256(path.read_bytes()).digest()
    index: dict[str, list[_Entry]] = {}
    for entry in sorted(entries, key=lambda e: -len(e.words)):
        for form in entry.words[0]:
            index.setdefault(form, []).append(entry)
    numbers = _Numbers([entry.pseudonym for entry in entries] + list(project.texts.values()), key)
    replaced = {
        source: _replaced(text, index, numbers, _labels(project, source))
        for source, text in project.texts.items()
    }

    def say(text: object) -> object:
        return _replaced(text, index, numbers, [])[0] if isinstance(text, str) and text else text

    return Pseudonymised(_moved(project, replaced, say), _log(replaced))


def _refuse_inside(path: Path, root: Path | None) -> None:
    if not path.is_file():
        raise QualitativeError("The roster is not there.", got=path.name)
    for folder in path.resolve().parents:
        if (folder / ".git").exists() or (
            (folder / "pyproject.toml").is_file() and (folder / "params").is_dir()
        ):
            what = "The roster lies inside a repository: real names would be committed with it."
            raise QualitativeError(what, where=path.name, next="move it to a protected folder elsewhere")
    if root:
        inside = next(
            (p for p in _files(root) if _KEY_NAMES.search(p.stem) and p.suffix in (".csv", ".xlsx", ".json")),
            None,
        )
        if inside:
            raise QualitativeError("A file in the study's folder is named like a roster.", where=inside.name,
                                   next="move it out, or rename it if it holds no names")  # fmt: skip


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        if path.is_dir() and path.name not in _SKIP and not path.is_symlink():
            yield from _files(path)
        elif path.is_file():
            yield path


# --- the roster -------------------------------------------------------------------------------------


def _roster(table: pd.DataFrame) -> list[_Entry]:
    missing = [c for c in ("real", "pseudonym", "kind") if c not in table]
    if missing:
        raise QualitativeError(
            "The roster lacks a column.",
            got=", ".join(missing),
            allowed="real, pseudonym, kind, lang, aliases",
        )
    entries: list[_Entry] = []
    known: dict[tuple[str, ...], str] = {}
    for number, row in enumerate(table.to_dict("records"), 2):
        for real in (row["real"], *str(row.get("aliases", "")).split(";")):
            entries += _entries(
                str(real), str(row["pseudonym"]).strip(), row["kind"], str(row.get("lang", ""))
            )
            key = tuple(fold(word, str(row.get("lang", ""))) for word in WORD.findall(str(real)))
            if key and known.setdefault(key, row["pseudonym"]) != row["pseudonym"]:
                raise QualitativeError("A name has two pseudonyms.", where=f"roster, row {number}")
    return entries


def _entries(real: str, pseudonym: str, kind: str, lang: str) -> Iterator[_Entry]:
    """The whole name, and where it is a person's, each of its parts."""
    words = WORD.findall(real)
    if not words or not pseudonym:
        return
    doubt = len(words) == 1 and fold(words[0], lang, yo=True) in word_list("also_words")
    yield _Entry(tuple(forms(w, lang) for w in words), pseudonym, kind, lang, True, doubt)
    if len(words) > 1 and kind in ("name", "person"):
        told = pseudonym.split()
        for i, word in enumerate(words):
            if fold(word, lang, yo=True) not in word_list("titles") and len(word) > 2:
                part = told[i] if len(told) == len(words) else pseudonym
                doubt = fold(word, lang, yo=True) in word_list("also_words")
                yield _Entry((forms(word, lang),), part, kind, lang, False, doubt)


class _Numbers:
    """Masks ``<PHONE1>`` that are the same for the same thing throughout, after those already there."""

    def __init__(self, texts: list[str], key: bytes) -> None:
        self._key, self._given, self._next = key, {}, {}  # type: bytes, dict[tuple[str, str], str], dict[str, int]
        for kind, number in (m.groups() for text in texts for m in re.finditer(r"<([A-Z]+)(\d{1,6})>", text)):
            self._next[kind] = max(self._next.get(kind, 1), int(number) + 1)

    def mask(self, kind: str, original: str) -> str:
        same = (kind, "".join(c for c in fold(original) if c.isalnum()))
        if same not in self._given:
            self._given[same] = f"<{kind.upper()}{self._next.setdefault(kind.upper(), 1)}>"
            self._next[kind.upper()] += 1
        return self._given[same]

    def hash(self, original: str) -> str:
        return hmac.new(self._key, fold(original).encode(), hashlib.sha256).hexdigest()[:16]


# --- finding ----------------------------------------------------------------------------------------


def _folds(word: str) -> tuple[str, ...]:
    """A word as either alphabet rule folds it: a text does not say whose capital I it has."""
    plain = fold(word, yo=True)
    return (plain, fold(word, "tr")) if "I" in word or "İ" in word else (plain,)


def _hits(text: str, index: Mapping[str, list[_Entry]]) -> Iterator[_Hit]:
    """What the roster knows, longest first at each word."""
    masks = [m.span() for m in MASK.finditer(text)] if "<" in text or "[" in text else []
    words = (
        [m for m in WORD.finditer(text) if not any(a <= m.start() < b for a, b in masks)]
        if masks
        else list(WORD.finditer(text))
    )
    at = 0
    while at < len(words):
        hit, used = _at(text, words, at, index)
        if hit:
            yield hit
        at += used


def _at(
    text: str, words: list[re.Match[str]], at: int, index: Mapping[str, list[_Entry]]
) -> tuple[_Hit | None, int]:
    spoken = words[at][0]
    for word, end, ending in _readings(spoken):
        for folded in _folds(word):
            for entry in index.get(folded, ()):
                if ending.startswith("~") and (len(folded) < 4 or not spoken[0].isupper()):
                    continue
                found = _phrase(text, words, at, entry, folded, words[at].start() + end)
                if found and _sure(spoken, entry):
                    stop, case = found
                    told = (
                        entry.pseudonym
                        if entry.pseudonym.startswith("<")
                        else f"[{inflect(entry.pseudonym, case, entry.lang)}]"
                    )
                    tail = f"'{ending[1:]}" if ending.startswith("~") and len(entry.words) == 1 else ""
                    return _Hit(words[at].start(), stop, entry.kind, told + tail, "roster", entry.doubt), len(
                        entry.words
                    )
    return None, 1


def _readings(word: str) -> Iterator[tuple[str, int, str]]:
    """A word as a name: whole, before its apostrophe, before a Turkish suffix (with ``~`` and the suffix)."""
    yield word, len(word), ""
    cut = re.search("['’ʼ]", word)
    if cut:
        yield word[: cut.start()], cut.start(), ""
    elif word[0].isupper():
        for size in range(len(word) - 1, max(3, len(word) - 9), -1):
            if suffix().fullmatch(word[size:].lower()):
                yield word[:size], len(word), "~" + word[size:]


def _phrase(
    text: str, words: list[re.Match[str]], at: int, entry: _Entry, first: str, stop: int
) -> tuple[int, str] | None:
    """The end and the case of an entry that begins at a word, or None."""
    case = entry.words[0][first]
    for i, options in enumerate(entry.words[1:], at + 1):
        if i >= len(words) or not _GAP.fullmatch(text, words[i - 1].end(), words[i].start()):
            return None
        readings = [(w, end) for w, end, ending in _readings(words[i][0]) if not ending]
        hit = next(
            ((f, words[i].start() + end) for w, end in readings for f in _folds(w) if f in options), None
        )
        if hit is None:
            return None
        case, stop = (case if case != "nominative" else options[hit[0]]), hit[1]
    return stop, case


def _sure(spoken: str, entry: _Entry) -> bool:
    """A small first letter is a name only where it is long and no word: not ``вере``."""
    return (
        spoken[0].isupper()
        or len(entry.words) > 1
        or (not entry.doubt and len(spoken) >= 5)
        or spoken[0].isdigit()
    )


def _replaced(
    text: str, index: Mapping[str, list[_Entry]], numbers: _Numbers, labels: list[tuple[int, int]]
) -> tuple[str, list[tuple[_Hit, str]]]:
    """The new text and its replacements in order, each with the hash of what stood there."""
    patterns = [_Hit(a, b, kind, "", "pattern", False) for a, b, kind in find_patterns(text)]
    patterns = [p for p in patterns if not any(p.start < y and x < p.end for x, y in labels)]
    candidates = [*_hits(text, index), *patterns]
    taken: list[_Hit] = []
    for hit in sorted(candidates, key=lambda h: (h.start - h.end, h.rule != "roster", h.start)):
        if not any(hit.start < t.end and t.start < hit.end for t in taken):
            taken.append(hit)
    parts, at, done = [], 0, []
    for hit in sorted(taken):
        was = text[hit.start : hit.end]
        hit = hit._replace(text=hit.text or numbers.mask(hit.kind, was))
        parts += [text[at : hit.start], hit.text]
        at = hit.end
        done.append((hit, numbers.hash(was)))
    return "".join([*parts, text[at:]]), done


def _labels(project: Project, source: str) -> list[tuple[int, int]]:
    turns = project.turns[project.turns["source"] == source]
    return list(zip(turns["start"], turns["text_start"], strict=True))


# --- moving -----------------------------------------------------------------------------------------


def _shift(done: list[tuple[_Hit, str]], at: pd.Series, *, end: bool) -> np.ndarray:
    """Positions of the old text in the new; one inside a replacement goes to that replacement's edge."""
    at = at.to_numpy(dtype="int64")
    starts, ends = (np.array([getattr(h, side) for h, _ in done], dtype="int64") for side in ("start", "end"))
    grown = np.concatenate([[0], np.cumsum([len(h.text) - (h.end - h.start) for h, _ in done])]).astype(
        "int64"
    )
    before = np.searchsorted(ends, at, side="right")
    inner = np.minimum(before, max(len(done) - 1, 0))
    inside = (before < len(done)) & (starts[inner] < at) if len(done) else np.zeros(len(at), bool)
    edge = (
        (ends + grown[1:])[inner] if end and len(done) else (starts + grown[:-1])[inner] if len(done) else at
    )
    return np.where(inside, edge, at + grown[before])


def _moved(
    project: Project,
    replaced: Mapping[str, tuple[str, list[tuple[_Hit, str]]]],
    say: Callable[[object], object],
) -> Project:
    """The project on the new texts."""
    frames = {}
    for name, columns in (
        ("turns", ("start", "text_start", "end")),
        ("segments", ("start", "end")),
        ("quotations", ("start", "end")),
    ):
        rows = getattr(project, name)
        moved = {c: rows[c].to_numpy(dtype="int64").copy() for c in columns}
        for source, place in rows.groupby("source").indices.items():
            for c in columns:
                moved[c][place] = (
                    _shift(replaced[source][1], rows[c].iloc[place], end=c == "end")
                    if source in replaced
                    else moved[c][place]
                )
        texts = [c for c in ("translation", "memo", "text_en", "speaker") if c in rows]
        frames[name] = rows.assign(**moved, **{c: rows[c].map(say) for c in texts})
    spoken = frames["segments"]["kind"] != "text"
    frames["segments"].loc[spoken, ["start", "end"]] = 0
    codes = project.codes.assign(
        **{c: project.codes[c].map(say) for c in ("definition", "include_when", "exclude_when", "example")}
    )
    texts_now = {source: text for source, (text, _) in replaced.items()}
    sources = project.sources.assign(
        chars=[len(texts_now.get(s, "")) for s in project.sources["source"]],
        sha256=[text_sha256(texts_now[s]) if s in texts_now else "" for s in project.sources["source"]],
    )
    count = sum(len(done) for _, done in replaced.values())
    return replace(
        project,
        texts=texts_now,
        sources=sources,
        codes=codes,
        facts={**project.facts, "pseudonyms": count},
        **frames,
    )


def _log(replaced: Mapping[str, tuple[str, list[tuple[_Hit, str]]]]) -> pd.DataFrame:
    rows = []
    for source, (_, done) in replaced.items():
        grown = 0
        for hit, secret in done:
            start = hit.start + grown
            grown += len(hit.text) - (hit.end - hit.start)
            end = start + len(hit.text)
            rows.append((source, start, end, hit.kind, hit.text, hit.rule, hit.confirm, secret))
    columns = ["source", "start", "end", "kind", "replacement", "rule", "confirm", "hash"]
    return pd.DataFrame(rows, columns=columns)
