"""Pseudonyms that keep codings: a roster kept elsewhere, forms by case, patterns, an offset map, a log.

The project's texts change, so signatures of reviewers become void: they sign the pseudonymised text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import ASKERS
from digicit_lib.qualitative.coded.turns import text_sha256
from digicit_lib.qualitative.dictionaries import is_ordinary
from digicit_lib.qualitative.name_forms import POSSESSIVE, case_said, inflect, stem_readings
from digicit_lib.qualitative.names import MASK, WORD, Place, find_patterns, suffix, word_list
from digicit_lib.qualitative.roster import (
    Masks,
    NameIndex,
    RosterEntry,
    entries_of,
    place_entries,
    read_roster,
    refuse_inside,
    with_code_names,
)
from digicit_lib.qualitative.tokens import fold_token

_GAP = re.compile(r"[\s№#«»\"“”'.\-–_]{1,4}")

# -ciğim, -cım: only somebody is called so, whatever else the word may mean.
_FOND = re.compile("~c[ıiuü](?:ğ[ıiuü])?m")
_SAID = ("translation", "memo", "words", "speaker")


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
    refuse_inside(path, Path(root) if root else None)
    entries, key = entries_of(read_roster(path)), hashlib.sha256(path.read_bytes()).digest()
    numbers = Masks([entry.pseudonym for entry in entries] + list(project.texts.values()), key)
    patterns = {source: find_patterns(text) for source, text in project.texts.items()}
    index = NameIndex.of([*entries, *place_entries(project.texts, patterns, numbers)])
    handles = {project.texts[s][a:b] for s, places in patterns.items() for a, b, k in places if k == "handle"}

    def say(text: object) -> object:
        if not (isinstance(text, str) and text):
            return text
        return _replaced(text, find_patterns(text), index, numbers)[0]

    @cache
    def say_code(name: str) -> str:
        """A code's name: `well_known` is a handle only with its @ or where a text has it as one."""
        marked = [(name[a:b], (a, b, kind)) for a, b, kind in find_patterns(name)]
        places = [at for word, at in marked if at[2] != "handle" or word[0] == "@" or word in handles]
        return _replaced(name, places, index, numbers)[0]

    # Codes come first: the number of a mask in a code's name may not hang on what the sheets hold.
    project = with_code_names(project, say_code)
    replaced = {
        source: _replaced(text, _beside_labels(project, source, patterns[source]), index, numbers)
        for source, text in project.texts.items()
    }
    return Pseudonymised(_moved(project, replaced, say), _log(replaced))


def with_neutral_marks(project: Project) -> Project:
    """The project whose texts mark who speaks by the neutral id: a team's own mark may be a name.

    Parameters
    ----------
    project : Project
        As `neutral_ids` gives it.

    Examples
    --------
    >>> p = Project.build({"a": "Tamsin: yes"}, [], [], cases=pd.DataFrame({"case": ["Tamsin"]}))
    >>> from digicit_lib.qualitative.neutral import neutral_ids
    >>> with_neutral_marks(neutral_ids(p)[0]).texts
    {'S1': 'P01: yes'}
    """
    replaced = {source: _marked(project, source, text) for source, text in project.texts.items()}
    count = project.facts.get("pseudonyms", 0)
    moved = _moved(project, replaced, lambda text: text)
    return replace(moved, facts={**project.facts, "pseudonyms": count})


def _marked(project: Project, source: str, text: str) -> tuple[str, list[tuple[_Hit, str]]]:
    turns = project.turns[project.turns["source"] == source]
    parts, at, replaced = [], 0, []
    for turn in turns[turns["text_start"] > turns["start"]].itertuples():
        who = turn.case or ("MOD" if turn.role in ASKERS else "S")
        hit = _Hit(int(turn.start), int(turn.text_start), "speaker", f"{who}: ", "mark", False)
        parts += [text[at : hit.start], hit.text]
        at = hit.end
        replaced.append((hit, ""))
    return "".join([*parts, text[at:]]), replaced


# --- finding ----------------------------------------------------------------------------------------


def _folds(word: str) -> tuple[str, ...]:
    """A word as either alphabet rule folds it: a text does not say whose capital I it has."""
    plain = fold_token(word, yo=True)
    return (plain, fold_token(word, "tr")) if "I" in word or "İ" in word else (plain,)


def _hits(text: str, index: NameIndex) -> Iterator[_Hit]:
    """What the roster knows, longest first at each word."""
    masks = [m.span() for m in MASK.finditer(text)] if "<" in text or "[" in text else []
    words = (
        [m for m in WORD.finditer(text) if not any(a <= m.start() < b for a, b in masks)]
        if masks
        else list(WORD.finditer(text))
    )
    at = 0
    while at < len(words):
        hit, length = _at(text, words, at, index)
        if hit:
            yield hit
        at += length


def _at(text: str, words: list[re.Match[str]], at: int, index: NameIndex) -> tuple[_Hit | None, int]:
    spoken, start = words[at][0], words[at].start()
    before = text[max(start - 24, 0) : start]
    for word, end, ending in _readings(spoken):
        for folded in _folds(word):
            for entry in index.forms.get(folded, ()):
                if ending.startswith("~") and not _suffixed(spoken, folded, ending, entry):
                    continue
                phrase = _phrase(text, words, at, entry, folded, start + end)
                if phrase and (_sure(spoken, entry) or _FOND.match(fold_token(ending, "tr"))):
                    stop, cases = phrase
                    tail = f"'{ending[1:]}" if ending.startswith("~") and len(entry.words) == 1 else ""
                    pseudonym = _pseudonym(entry, case_said(cases, before)) + tail
                    return _Hit(start, stop, entry.kind, pseudonym, "roster", entry.doubt), len(entry.words)
    for folded in _folds(spoken):
        for stem, cases in stem_readings(folded):
            for entry in index.stems.get(stem, ()):
                possessive = POSSESSIVE in cases and spoken[0].islower() and is_ordinary(folded)
                if _short_form(spoken, stem) and not possessive:  # "людиною" is no Людин of Люда
                    pseudonym = _pseudonym(entry, case_said(cases, before))
                    return _Hit(start, words[at].end(), entry.kind, pseudonym, "short form", entry.doubt), 1
    return None, 1


def _pseudonym(entry: RosterEntry, case: str) -> str:
    """A mask as it is, another pseudonym in brackets and in the case that was said."""
    if entry.pseudonym.startswith("<"):
        return entry.pseudonym
    return f"[{inflect(entry.pseudonym, case, entry.lang)}]"


def _suffixed(spoken: str, folded: str, ending: str, entry: RosterEntry) -> bool:
    """A Turkish suffix without an apostrophe: behind four letters; in small ones no word."""
    small = spoken[0].islower()
    long = len(folded) >= (4 if len(ending) > 2 else 5) if small else len(folded) >= 4
    doubt = entry.doubt or fold_token(spoken, "tr") in word_list("also_words")
    doubt = doubt and not _FOND.match(fold_token(ending, "tr"))
    return long and not (small and (doubt or entry.lang not in ("tr", "")))


def _short_form(spoken: str, stem: str) -> bool:
    """A diminutive is taken with a capital; in small letters where it is long and no word."""
    if fold_token(spoken, yo=True) in word_list("also_words") or len(stem) < 2:
        return False
    return len(spoken) >= (4 if spoken[0].isupper() else 5) and (len(stem) >= 3 or spoken[0].isupper())


def _readings(word: str) -> Iterator[tuple[str, int, str]]:
    """A word as a name: whole, before its apostrophe, before a Turkish suffix (with ``~`` and the suffix)."""
    yield word, len(word), ""
    cut = re.search("['’ʼ]", word)
    if cut:
        yield word[: cut.start()], cut.start(), ""
    else:
        for size in range(len(word) - 1, max(3, len(word) - 13), -1):
            if suffix().fullmatch(fold_token(word[size:], "tr")):
                yield word[:size], len(word), "~" + word[size:]


def _phrase(
    text: str, words: list[re.Match[str]], at: int, entry: RosterEntry, first: str, stop: int
) -> tuple[int, tuple[str, ...]] | None:
    """The end and the possible cases of an entry that begins at a word, or None."""
    cases = entry.words[0][first]
    for i, options in enumerate(entry.words[1:], at + 1):
        if i >= len(words) or not _GAP.fullmatch(text, words[i - 1].end(), words[i].start()):
            return None
        readings = [(w, end) for w, end, ending in _readings(words[i][0]) if not ending]
        hit = next(
            ((f, words[i].start() + end) for w, end in readings for f in _folds(w) if f in options), None
        )
        if hit is None:
            return None
        both = tuple(c for c in cases if c in options[hit[0]])
        cases, stop = both or (cases if cases[0] != "nominative" else options[hit[0]]), hit[1]
    return stop, cases


def _sure(spoken: str, entry: RosterEntry) -> bool:
    """A small first letter is a name only where it is long and no word: not ``вере``."""
    if spoken[0].isupper() or len(entry.words) > 1 or spoken[0].isdigit():
        return True
    return not entry.doubt and len(spoken) >= 4 and fold_token(spoken, yo=True) not in word_list("also_words")


def _replaced(
    text: str, places: list[Place], index: NameIndex, numbers: Masks
) -> tuple[str, list[tuple[_Hit, str]]]:
    """The new text and its replacements in order, each with the hash of what stood there."""
    patterns = [_Hit(a, b, kind, "", "pattern", False) for a, b, kind in places]
    candidates = [*_hits(text, index), *patterns]
    hits: list[_Hit] = []
    for hit in sorted(candidates, key=lambda h: (h.start - h.end, h.rule != "roster", h.start)):
        if not any(hit.start < t.end and t.start < hit.end for t in hits):
            hits.append(hit)
    parts, at, changes = [], 0, []
    for hit in sorted(hits):
        was = text[hit.start : hit.end]
        hit = hit._replace(text=hit.text or numbers.mask(hit.kind, was))
        parts += [text[at : hit.start], hit.text]
        at = hit.end
        changes.append((hit, numbers.hash(was)))
    return "".join([*parts, text[at:]]), changes


def _beside_labels(project: Project, source: str, places: list[Place]) -> list[Place]:
    """What patterns found outside the marks of who speaks."""
    turns = project.turns[project.turns["source"] == source]
    labels = list(zip(turns["start"], turns["text_start"], strict=True))
    return [p for p in places if not any(p[0] < b and a < p[1] for a, b in labels)]


# --- moving -----------------------------------------------------------------------------------------


def _shift(changes: list[tuple[_Hit, str]], at: pd.Series, *, end: bool) -> np.ndarray:
    """Positions of the old text in the new; one inside a replacement goes to that replacement's edge."""
    at = at.to_numpy(dtype="int64")
    starts, ends = (
        np.array([getattr(h, side) for h, _ in changes], dtype="int64") for side in ("start", "end")
    )
    grown = np.concatenate([[0], np.cumsum([len(h.text) - (h.end - h.start) for h, _ in changes])]).astype(
        "int64"
    )
    before = np.searchsorted(ends, at, side="right")
    inner = np.minimum(before, max(len(changes) - 1, 0))
    inside = (before < len(changes)) & (starts[inner] < at) if len(changes) else np.zeros(len(at), bool)
    edge = at
    if len(changes):
        edge = (ends + grown[1:] if end else starts + grown[:-1])[inner]
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
                if source in replaced:
                    moved[c][place] = _shift(replaced[source][1], rows[c].iloc[place], end=c == "end")
        texts = [c for c in rows if c in _SAID or (str(c).startswith("text_") and c != "text_start")]
        frames[name] = rows.assign(**moved, **{c: rows[c].map(say) for c in texts})
    spoken = frames["segments"]["kind"] != "text"
    frames["segments"].loc[spoken, ["start", "end"]] = 0
    codes = project.codes.assign(
        **{c: project.codes[c].map(say) for c in ("definition", "include_when", "exclude_when", "example")}
    )
    memos = project.memos.assign(**{c: project.memos[c].map(say) for c in ("name", "text", "author")})
    texts_now = {source: text for source, (text, _) in replaced.items()}
    sources = project.sources.assign(
        chars=[len(texts_now.get(s, "")) for s in project.sources["source"]],
        sha256=[text_sha256(texts_now[s]) if s in texts_now else "" for s in project.sources["source"]],
    )
    sources, cases = (_attributes_said(rows, say) for rows in (sources, project.cases))
    count = sum(len(changes) for _, changes in replaced.values())
    return replace(
        project,
        texts=texts_now,
        sources=sources,
        codes=codes,
        cases=cases,
        memos=memos,
        facts={**project.facts, "pseudonyms": count},
        **frames,
    )


def _attributes_said(rows: pd.DataFrame, say: Callable[[object], object]) -> pd.DataFrame:
    """Attributes under pseudonyms; ids stay, since rows are joined by them."""
    keys = ("source", "case", "speaker", "sha256", "guid", "kind")
    return rows.assign(**{c: rows[c].map(say) for c in rows if c not in keys and rows[c].dtype == object})


def _log(replaced: Mapping[str, tuple[str, list[tuple[_Hit, str]]]]) -> pd.DataFrame:
    rows = []
    for source, (_, changes) in replaced.items():
        grown = 0
        for hit, secret in changes:
            start = hit.start + grown
            grown += len(hit.text) - (hit.end - hit.start)
            end = start + len(hit.text)
            rows.append((source, start, end, hit.kind, hit.text, hit.rule, hit.confirm, secret))
    columns = ["source", "start", "end", "kind", "replacement", "rule", "confirm", "hash"]
    return pd.DataFrame(rows, columns=columns)
