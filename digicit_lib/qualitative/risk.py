"""What may still tell a person after the pseudonyms: flags, ranked for a human who decides."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import ASKERS, asks_or_notes
from digicit_lib.qualitative.dictionaries import is_ordinary, told_language
from digicit_lib.qualitative.flags import RANKS, find_flags, small_words
from digicit_lib.qualitative.names import mask_free_words, suffix
from digicit_lib.qualitative.passage_gate import ATTRIBUTION, K
from digicit_lib.qualitative.tokens import fold_token

SMALL_GROUP = 6
_CHATS = re.compile(r"\d:\d\d|[\u2600-\u27bf\U0001f300-\U0001faff]")  # a time or an emoji beside a speaker
_CYRILLIC = re.compile("[\u0400-\u04ff]")
Row = tuple[str, int, int, int, str, str]


def risk(project: Project, *, k: int = K, tokens: bool = False) -> pd.DataFrame:
    """Flags for the person who checks a pseudonymised project, the gravest first.

    Parameters
    ----------
    project : Project
    k : int
        Fewest participants whom role, sex, age band and area together must fit.
    tokens : bool
        Also show the word itself, for the reviewer's desk and never in a report.

    Returns
    -------
    DataFrame
        ``rank kind source turn start end`` (and ``token``). Rank 0 is for the safeguarding lead; 1 likely
        names a person; 2 may; 3 and 4 are for completeness. A group or a combination has no place.

    Examples
    --------
    >>> p = Project.build({"a": "P1: then I asked Наташа about it"}, [], [])
    >>> risk(p)[["rank", "kind"]].values.tolist()
    [[1, 'name']]
    """
    small = small_words(project.texts.values())
    turns = list(project.turns.itertuples(index=False))
    unsaid = {turn.source for turn in turns if not turn.lang}  # a dictionary is read where it must be
    langs = {source: told_language(text) for source, text in project.texts.items() if source in unsaid}
    rows = [
        row
        for turn, last in zip(turns, [None, *turns], strict=False)
        for row in _turn(project, turn, last, small, turn.lang or langs[turn.source])
    ]
    rows += _labels(project, turns, small, langs)
    echoes = [row for turn in turns for row in _echoes(project, turn, turn.lang or langs[turn.source])]
    near = _named(rows, echoes)
    rows += [row for row in echoes if _repeats(row[4], near)]
    columns = ["source", "turn", "start", "end", "token", "kind"]
    table = pd.DataFrame([*rows, *_people(project, k)], columns=columns)
    table = table.assign(rank=table["kind"].map(RANKS)).drop_duplicates(["source", "start", "end", "kind"])
    table = table.sort_values(["rank", "source", "start"], kind="stable", ignore_index=True)
    return table[["rank", "kind", "source", "turn", "start", "end", *(["token"] if tokens else [])]]


def _stem(word: str) -> str:
    """What the forms of a word share: Latin letters keep theirs before a suffix, Cyrillic ones do not."""
    folded = fold_token(word, yo=True)
    if _CYRILLIC.search(folded):
        return folded[: max(4, len(folded) - 2)]
    return folded.split("'")[0].removesuffix("s")


def _repeats(word: str, near: set[str]) -> bool:
    """Whether a word is one of these stems, as it is or with a Turkish suffix."""
    stem = _stem(word)
    shorter = [] if _CYRILLIC.search(stem) else range(max(4, len(stem) - 3), len(stem))
    return stem in near or any(stem[:size] in near and suffix().fullmatch(stem, size) for size in shorter)


def _turn(project: Project, turn: Any, last: Any, small: set[str], lang: str) -> Iterator[Row]:
    """Flags of one turn by its own words, and by what the turn before it asked."""
    base, text = turn.text_start, project.texts[turn.source][turn.text_start : turn.end]
    heard = project.texts[last.source][last.text_start : last.end] if last else ""
    for start, end, kind in find_flags(text, small, asks=turn.role in ASKERS, lang=lang, heard=heard):
        yield (turn.source, turn.turn, base + start, base + end, text[start:end], kind)


def _labels(project: Project, turns: list[Any], small: set[str], langs: Mapping[str, str]) -> Iterator[Row]:
    """Speakers whose label may be a name, at each of their turns; a label that tells little, once."""
    speakers: set[tuple[str, str]] = set()
    for turn in turns:
        label = project.texts[turn.source][turn.start : turn.text_start]
        # A letter, or letters and a number, tell nobody.
        tells = len(turn.speaker) > 1 and turn.speaker[-2:].isalpha()
        if not tells or asks_or_notes(turn.speaker):
            continue
        first = (turn.source, turn.speaker) not in speakers
        speakers.add((turn.source, turn.speaker))
        for start, end, kind in find_flags(label, small, lang=turn.lang or langs[turn.source]):
            chats = _CHATS.search(label) or kind == "word that is also a name"
            kind = "name by its context" if RANKS[kind] == RANKS["rare word"] and chats else kind
            if RANKS[kind] < RANKS["rare word"] or (RANKS[kind] == RANKS["rare word"] and first):
                yield (turn.source, turn.turn, turn.start + start, turn.start + end, label[start:end], kind)


def _named(rows: Sequence[Row], small: Sequence[Row]) -> set[str]:
    """Stems of names; a capital alone makes none of a word that stands far oftener in small letters."""
    capitals = Counter(_stem(word) for *_, word, kind in rows if kind == "capital inside a sentence")
    often = Counter(_stem(row[4]) for row in small)
    names = {_stem(word) for *_, word, kind in rows if kind == "name"}
    return names | {stem for stem, count in capitals.items() if often[stem] <= 2 * count + 1}


def _echoes(project: Project, turn: Any, lang: str) -> Iterator[Row]:
    """Words in small letters that may be a name flagged elsewhere: a chat does not keep capitals."""
    base, text = turn.text_start, project.texts[turn.source][turn.text_start : turn.end]
    for match in mask_free_words(text):
        word = match[0]
        if word[0].islower() and len(word) >= 4 and not is_ordinary(fold_token(word, lang, yo=True), lang):
            place = (base + match.start(), base + match.end())
            yield (turn.source, turn.turn, *place, word, "name in small letters")


def _people(project: Project, k: int) -> Iterator[Sequence[object]]:
    """Groups and combinations so small that a reader who knows the place knows the person."""
    keys = [c for c in ATTRIBUTION if c in project.cases]
    people = project.cases.drop_duplicates("case")
    if keys:
        rare = people.groupby(keys)["case"].transform("size") < k
        for source in people.loc[rare, "source"] if "source" in people else [""] * int(rare.sum()):
            yield (source, 0, 0, 0, "", "combination of attributes")
    spoke = project.turns[project.turns["case"] != ""].groupby("source")["case"].nunique()
    present = pd.to_numeric(project.sources.get("n_present", pd.Series(dtype=float)), errors="coerce")
    for source, count in zip(project.sources["source"], present.reindex(project.sources.index), strict=True):
        size = spoke.get(source, 0) if pd.isna(count) else count
        if 1 < size < SMALL_GROUP:
            yield (source, 0, 0, 0, "", "small group")
