"""The roster: real names and what stands for them, outside any repository; their forms by first word."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.project import is_project
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import our_heads
from digicit_lib.qualitative.coded.table_files import read_cells
from digicit_lib.qualitative.name_forms import family_forms, forms, name_stem, short_names
from digicit_lib.qualitative.names import WORD, Place, word_list
from digicit_lib.qualitative.tokens import fold_token

_KEY_NAMES = re.compile(r"(?:^|[_\-. ])(?:roster|pseudonyms?|keyfile|key)(?:[_\-. ]|$)", re.I)
_SKIP = (".git", ".venv", "node_modules", "outputs", "__pycache__")


@dataclass(frozen=True)
class RosterEntry:
    """One thing of the roster: its words' forms, what stands for it."""

    words: tuple[Mapping[str, tuple[str, ...]], ...]
    pseudonym: str
    kind: str
    lang: str
    doubt: bool  # also a word
    stem: str = ""  # of a given name in Cyrillic letters, for its diminutives


def refuse_inside(path: Path, root: Path | None) -> None:
    if not path.is_file():
        what = "the path in data.interviews.roster or DIGICIT_ROSTER, beginning at the project"
        raise QualitativeError("The roster is not there.", got=path.name, allowed=what, next="put it there")
    for folder in path.resolve().parents:
        if (folder / ".git").exists() or is_project(folder):
            what = "The roster lies inside a repository: real names would be committed with it."
            raise QualitativeError(what, where=path.name, next="move it to a protected folder elsewhere")
    if root:
        files = (path for path in _files(root) if path.suffix in (".csv", ".xlsx", ".json"))
        inside = next((path for path in files if _KEY_NAMES.search(path.stem)), None)
        if inside:
            raise QualitativeError(
                "A file in the study's folder is named like a roster.",
                where=inside.name,
                next="move it out, or rename it if it holds no names",
            )


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        if path.is_dir() and path.name not in _SKIP and not path.is_symlink():
            yield from _files(path)
        elif path.is_file():
            yield path


def read_roster(path: Path) -> pd.DataFrame:
    """The cells of a roster under our names of its columns.

    Raises
    ------
    QualitativeError
        A column is missing.
    """
    table = our_heads(read_cells(path), ("real", "pseudonym", "kind", "lang", "aliases"))
    missing = [c for c in ("real", "pseudonym", "kind") if c not in table]
    if missing:
        allowed = "real, pseudonym, kind, lang, aliases"
        raise QualitativeError("The roster lacks a column.", got=", ".join(missing), allowed=allowed)
    return table


def entries_of(table: pd.DataFrame) -> list[RosterEntry]:
    entries: list[RosterEntry] = []
    pseudonyms: dict[tuple[str, ...], str] = {}
    for number, row in enumerate(table.to_dict("records"), 2):
        for real in (row["real"], *str(row.get("aliases", "")).split(";")):
            alias_of = str(row["real"]) if real != row["real"] else ""
            entries += _entries(
                str(real), str(row["pseudonym"]).strip(), row["kind"], str(row.get("lang", "")), alias_of
            )
            key = tuple(fold_token(word, str(row.get("lang", ""))) for word in WORD.findall(str(real)))
            if key and pseudonyms.setdefault(key, row["pseudonym"]) != row["pseudonym"]:
                raise QualitativeError("A name has two pseudonyms.", where=f"roster, row {number}")
    return entries


def _entries(real: str, pseudonym: str, kind: str, lang: str, alias_of: str = "") -> Iterator[RosterEntry]:
    """The whole name; where it is a person's, each of its parts, and the short forms of a given name."""
    words = WORD.findall(real)
    pseudonym = pseudonym.removeprefix("[").removesuffix("]").strip()  # as it will stand in the text
    if not words or not pseudonym:
        return
    person = kind in ("name", "person")
    parts = pseudonym.split()
    if alias_of and len(words) == 1:
        pseudonym = _alias_part(words[0], WORD.findall(alias_of), parts, lang) or pseudonym
    parts_of_name = parts if len(parts) == len(words) else [pseudonym] * len(words)
    if len(words) > 1 or not person:
        yield RosterEntry(tuple(forms(w, lang) for w in words), pseudonym, kind, lang, False)
    if person:
        for word, part in zip(words, parts_of_name, strict=True):
            folded = fold_token(word, lang, yo=True)
            if len(words) == 1 or (folded not in word_list("titles") and len(word) > 2):
                doubt = folded in word_list("also_words")
                yield RosterEntry((family_forms(word, lang),), part, kind, lang, doubt, name_stem(word, lang))
        if len(words) > 2:
            yield RosterEntry((forms(words[0] + words[1], lang),), parts_of_name[0], kind, lang, False)


def _alias_part(alias: str, words: list[str], parts: list[str], lang: str) -> str:
    """What stands for a one-word alias: the part of the pseudonym for the name that it shortens."""
    if len(words) != len(parts):
        return ""
    same = [i for i, word in enumerate(words) if fold_token(word, lang, yo=True) in short_names(alias, lang)]
    return parts[same[0] if same else 0]


def place_entries(
    texts: Mapping[str, str], patterns: Mapping[str, list[Place]], numbers: Masks
) -> Iterator[RosterEntry]:
    """Proper names of schools and streets that a pattern found, to be found again without the noun."""
    for source, text in texts.items():
        for start, end, kind in patterns[source]:
            if kind in ("school", "street"):
                phrase = text[start:end]
                words = [w for w in WORD.findall(phrase) if w[0].isupper() and not _common(w)]
                if len(words) > 1:
                    yield RosterEntry(
                        tuple(forms(w) for w in words), numbers.mask(kind, phrase), kind, "", False
                    )


def _common(word: str) -> bool:
    folded = fold_token(word, yo=True)
    return folded in word_list("titles") or folded in word_list("known") or folded in word_list("place_nouns")


@dataclass(frozen=True)
class NameIndex:
    """Entries by a form of the first word and by the stem of a given name; the roster's own first."""

    forms: Mapping[str, list[RosterEntry]]
    stems: Mapping[str, list[RosterEntry]]

    @classmethod
    def of(cls, entries: list[RosterEntry]) -> NameIndex:
        index: dict[str, list[RosterEntry]] = {}
        stems: dict[str, list[RosterEntry]] = {}
        for entry in sorted(entries, key=lambda e: -len(e.words)):
            for form in entry.words[0]:
                index.setdefault(form, []).append(entry)
            if entry.stem:
                stems.setdefault(entry.stem, []).append(entry)
        for entry in [e for e in entries if len(e.words) == 1 and e.kind in ("name", "person")]:
            # A form in the nominative is the name itself; its short forms stand for the same person.
            name = next(iter(entry.words[0]))
            for short in short_names(name, entry.lang):
                doubt = short in word_list("also_words") or len(short) < 4
                more = replace(entry, words=(forms(short, entry.lang),), doubt=doubt)
                for form in more.words[0]:
                    index.setdefault(form, []).append(more)
                if stem := name_stem(short, entry.lang):
                    stems.setdefault(stem, []).append(more)
        return cls(index, stems)


class Masks:
    """Masks ``<PHONE1>`` that are the same for the same thing throughout, after those already there."""

    def __init__(self, texts: list[str], key: bytes) -> None:
        self._key, self._given, self._next = key, {}, {}  # type: bytes, dict[tuple[str, str], str], dict[str, int]
        for kind, number in (m.groups() for text in texts for m in re.finditer(r"<([A-Z]+)(\d{1,6})>", text)):
            self._next[kind] = max(self._next.get(kind, 1), int(number) + 1)

    def mask(self, kind: str, original: str) -> str:
        same = (kind, "".join(c for c in fold_token(original) if c.isalnum()))
        if same not in self._given:
            self._given[same] = f"<{kind.upper()}{self._next.setdefault(kind.upper(), 1)}>"
            self._next[kind.upper()] += 1
        return self._given[same]

    def hash(self, original: str) -> str:
        return hmac.new(self._key, fold_token(original).encode(), hashlib.sha256).hexdigest()[:16]


def with_code_names(project: Project, say: Callable[[str], str]) -> Project:
    """The project with its codes under pseudonyms, wherever one is named; a path part by part."""

    @cache
    def path(key: str) -> str:
        return "/".join(say(part) for part in key.split("/"))

    columns = {"code": path, "parent": path, "name": say, "label": say, "theme": say}
    tables = {name: getattr(project, name) for name in ("codes", "segments", "quotations", "routing")}
    return replace(
        project,
        **{
            name: rows.assign(**{c: rows[c].map(to) for c, to in columns.items() if c in rows})
            for name, rows in tables.items()
        },
    )
