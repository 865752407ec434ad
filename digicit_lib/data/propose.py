"""A first params file and a first mapping for a survey file: certain guesses in force, others behind a `#`.

A guess is certain only where the label is a question of the catalogue, word by word, and every answer is
known; each says why, and how many rows give each answer, so that nobody needs another program to map a file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from digicit_lib.codebook import Indicator, canonical, catalogue, split_id
from digicit_lib.data.files import header, read
from digicit_lib.data.labels import NO_ANSWER, cut, exit_of, steps_of, words
from digicit_lib.data.mapping import LONGEST, SEPARATORS
from digicit_lib.data.matching import Match, matches, synonyms
from digicit_lib.data.proposal_text import Draft, instrument_text, params_text
from digicit_lib.data.raw import Raw
from digicit_lib.data.recognise import programme, recognised
from digicit_lib.data.roles import Guess, candidates, folded, roles
from digicit_lib.params import Publication

OFFERED, MOST_ANSWERS = 40, 15  # own questions offered, answers of one


@dataclass(frozen=True)
class Proposal:
    """Texts to write to `params/<slug>.yaml` and `params/instruments/<slug>.yaml`, and what was guessed.

    Attributes
    ----------
    guesses : dict
        An indicator id, `weight`, `strata`, `psu`, `replicates`, `age` or a group to a column.
    certain : list of str
        Which of them are in force.
    notes : list of str
        What a person should know before confirming.
    """

    params: str
    instrument: str
    guesses: dict[str, str]
    certain: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def propose(
    path: Path, *, slug: str, country: str, date: dt.date, questionnaire: Path | None = None
) -> Proposal:
    """Propose params and a mapping for a survey file.

    Parameters
    ----------
    path : Path
        A survey file in any format that `open_survey` reads; labels make better guesses than names.
    slug, country : str
        The study's slug and its ISO 3166 alpha-3 code.
    date : datetime.date
        The date that the study's pages will carry.
    questionnaire : Path, optional
        A codebook beside the file (XLSForm, LimeSurvey, Qualtrics, DDI, a sheet) for labels and answers.

    Returns
    -------
    Proposal

    Raises
    ------
    DataError
        A file is empty, unreadable or of an unknown format.
    """
    raw = header(path)
    if questionnaire:
        from digicit_lib.data.questionnaires import labelled

        raw = labelled(raw, questionnaire)
    tools = recognised(list(map(str, raw.frame.columns)), path.name)
    asked = _asked(raw)
    offered = _questions(raw, {match.column for match in asked.values()})
    wanted = [*candidates(raw), *(match.column for match in asked.values()), *offered]
    full = read(path, [name for name in dict.fromkeys(wanted) if name not in raw.doubled], raw.layout)
    full = replace(raw, frame=full.frame)
    named = roles(full)
    used = {guess.column for guess in named.values()}
    drafts = [
        _draft(name, match, full, named.get("age"))
        for name, match in asked.items()
        if match.column not in used
    ]
    own = list(_own(full, offered, country, named, used | {draft.column for draft in drafts}))
    notes = [*raw.notes, *(f"Duplicate column name: {name}." for name in raw.doubled)]
    if not tools and (like := programme(list(map(str, raw.frame.columns)))):
        notes.append(f"The columns look like {like}; digicit ships no instrument for this wave.")
    sure = [draft.name for draft in drafts if draft.certain] + [key for key, g in named.items() if g.certain]
    return Proposal(
        params_text(slug, country, date, path, raw.layout, named.get("age"), tools),
        instrument_text(path, named, [*drafts, *own], notes, tools),
        {split_id(d.name)[0]: d.column for d in drafts} | {key: guess.column for key, guess in named.items()},
        sure if not tools else ["extends", *sure], notes,
    )  # fmt: skip


def _texts(raw: Raw) -> dict[str, str]:
    """Column to what asks its question: its label, or its name without the groups of a KoBo path."""
    names = [str(name) for name in raw.frame.columns if name not in raw.doubled]
    return {name: raw.labels.get(name) or name.rpartition("/")[2] or name for name in names}


def _asked(raw: Raw) -> dict[str, Match]:
    """Columns of the catalogue's questions: by their text, then by synonyms that their answers bear out."""
    found = matches(_texts(raw))
    taken = {match.column for match in found.values()}
    for key, columns in synonyms(words()["indicators"], folded(raw)).items():
        column = next((c for c in columns if c not in taken and _fits(catalogue()[key], raw, c)), "")
        if key not in found and column:
            found[key] = Match(column, 0.0, "its label has the telling words")
            taken.add(column)
    return {name: found[name] for name in catalogue() if name in found}


def _fits(indicator: Indicator, raw: Raw, column: str) -> bool:
    """Whether a column's labelled answers can be counted as the indicator counts; without labels, yes."""
    answers = raw.values.get(column)
    if not answers or indicator.range:
        return True
    sides = cut(indicator, answers)
    return bool(sides.get("yes")) or not indicator.yes or len(sides.get("open", ())) < len(answers)


def _draft(name: str, match: Match, raw: Raw, age: Guess | None) -> Draft:
    """The rule of one indicator, certain where text and answers leave nothing to guess."""
    indicator = catalogue()[name]
    counts = _counts(raw, match.column)
    answers = _answers(raw, match.column, counts)
    sides = cut(indicator, answers) if answers else {}
    whole = bool(sides.get("yes") and sides.get("no")) and "open" not in sides
    known = set(counts) <= set(answers)
    certain = match.certain and (whole or bool(indicator.range and not answers)) and known
    return Draft(
        name=f"{name}@mine", column=match.column, title=indicator.title, numerator=indicator.numerator,
        ages=_ages(indicator.ages, age), period=indicator.period,
        question=raw.labels.get(match.column) or match.column,
        reason=match.reason + ("; all answers known" if whole and known else ""), certain=certain,
        yes=sides.get("yes", []), no=sides.get("no", []), lost={k: sides[k] for k in NO_ANSWER if k in sides},
        open=sides.get("open", []), base=raw.bases.get(match.column),
        range=indicator.range, preview=_preview(raw, match.column, counts),
    )  # fmt: skip


def _ages(ages: tuple[int, int], age: Guess | None) -> tuple[int, int]:
    low, high = (age.told.get("ages") or ages) if age and age.certain else ages
    both = (max(ages[0], low), min(ages[1], high))
    return both if both[0] <= both[1] else ages


def _counts(raw: Raw, column: str) -> dict[str, int]:
    """Rows by answer, every answer in the form of a code."""
    counts: dict[str, int] = {}
    for value, n in raw.frame[column].value_counts(dropna=True).items():
        code = canonical(value)
        if n and code:
            counts[code] = counts.get(code, 0) + int(n)
    return counts


def _answers(raw: Raw, column: str, counts: Mapping[str, int]) -> dict[str, str]:
    """Code to label: the file's labels, else texts that enough rows share; bare numbers have none."""
    labels = raw.values.get(column)
    if labels:
        return dict(labels)
    texts = {code: code for code, n in counts.items() if n >= Publication().min_cell and len(code) <= LONGEST}
    return texts if any(not code.lstrip("-").replace(".", "").isdigit() for code in texts) else {}


def _preview(raw: Raw, column: str, counts: Mapping[str, int]) -> str:
    """Rows by answer, for answers that at least `min_cell` rows share; the others as one count."""
    shared, labels = Publication().min_cell, raw.values.get(column, {})
    shown = {c: n for c, n in counts.items() if n >= shared and len(c) <= LONGEST}
    most = sorted(shown, key=lambda code: (-shown[code], code))[: 2 * MOST_ANSWERS]
    told = [
        f"{code} {labels[code]}: {shown[code]}" if code in labels else f"{code}: {shown[code]}"
        for code in most
    ]
    rest = sum(counts.values()) - sum(shown[code] for code in most)
    empty = int(raw.frame[column].isna().sum())
    others = [f"other answers: {rest}"] * bool(rest) + [f"empty: {empty}"] * bool(empty)
    return "; ".join([*told, *others])


# --- questions that the catalogue does not have -----------------------------------------------------------


def _questions(raw: Raw, taken: set[str]) -> list[str]:
    """Columns that read like a question of the survey and are none of the catalogue's."""
    texts = _texts(raw)
    named = set(candidates(raw))
    asked = [
        name for name, text in texts.items()
        if name not in taken | named and (len(text.split()) > 2 or text.rstrip().endswith("?"))
        and (2 <= len(raw.values.get(name, "ab")) <= MOST_ANSWERS)
    ]  # fmt: skip
    return asked[:OFFERED]


def _own(
    raw: Raw, offered: Sequence[str], country: str, named: Mapping[str, Guess], used: set[str]
) -> Iterator[Draft]:
    """Own indicators, one a question that has few answers; yes and no only where the answers say so."""
    number = 0
    for column in (name for name in offered if name not in used and name in raw.frame):
        counts = _counts(raw, column)
        several = _several(counts)
        answers = _answers(raw, column, counts)
        if not several and not 2 <= len(answers) <= MOST_ANSWERS:
            continue
        number += 1
        scale, steps = steps_of(answers.values())
        sides = {
            side: [c for c, s in zip(answers, steps, strict=True) if s == side] for side in ("yes", "no")
        }
        lost: dict[str, list[str]] = {}
        for code, text in answers.items():
            if kind := exit_of(text):
                lost.setdefault(kind, []).append(code)
        plain = scale == "yesno" and not several
        text = raw.labels.get(column) or column
        yield Draft(
            name=f"{country}-{number:02}", column=column, title=text, numerator="as mapped",
            ages=_ages((0, 99), named.get("age")), period="as asked", question=text,
            reason="a question that the catalogue does not have", yes=sides["yes"] if plain else [],
            no=sides["no"] if plain else [], lost=lost, contains=several, base=raw.bases.get(column),
            preview=_several_preview(counts, several) if several else _preview(raw, column, counts),
        )  # fmt: skip


def _several(counts: Mapping[str, int]) -> list[str]:
    """The answers of a multiple choice whose ticks stand in one cell; empty: one answer a cell."""
    for mark in SEPARATORS:
        pieces = _pieces(counts, mark)
        joined = sum(mark in text for text in counts)
        if joined and 2 <= len(pieces) < len(counts) and len(pieces) <= 2 * MOST_ANSWERS:
            return list(pieces)
    return []


def _pieces(counts: Mapping[str, int], mark: str) -> dict[str, int]:
    """Rows by piece of a cell, for pieces that enough rows share; empty where a piece is nobody else's."""
    pieces: dict[str, int] = {}
    for text, n in counts.items():
        for piece in {part.strip() for part in text.split(mark)} - {""}:
            pieces[piece] = pieces.get(piece, 0) + n
    shared = {p: n for p, n in pieces.items() if n >= Publication().min_cell and len(p) <= LONGEST}
    return (
        dict(sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])))
        if len(shared) * 2 >= len(pieces)
        else {}
    )


def _several_preview(counts: Mapping[str, int], several: Sequence[str]) -> str:
    mark = next(mark for mark in SEPARATORS if list(_pieces(counts, mark)) == list(several))
    return "; ".join(f"{piece}: {n}" for piece, n in _pieces(counts, mark).items())
