"""A first params file and a first mapping for a survey file: certain guesses in force, others behind a `#`.

A guess is certain only where the label is a question of the catalogue, word by word, and every answer is
known; each says why, and how many rows give each answer, so that nobody needs another program to map a file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import BASES, Indicator, canonical, catalogue
from digicit_lib.data import files
from digicit_lib.data.files import header, read_columns
from digicit_lib.data.labels import NO_ANSWER, asked_in, cut_answers, exit_of, steps_of, word_lists
from digicit_lib.data.matching import Match, matches, synonyms
from digicit_lib.data.previews import MOST_ANSWERS, answers_of, counts_of, preview, several_in
from digicit_lib.data.proposal import Proposal
from digicit_lib.data.proposal_text import Draft
from digicit_lib.data.questionnaires import label_columns
from digicit_lib.data.raw import Raw
from digicit_lib.data.recognise import programme, recognised
from digicit_lib.data.roles import Guess, candidates, folded, roles
from digicit_lib.data.score_items import certain, scores_asked, values_of

Mask = np.ndarray[Any, np.dtype[np.bool_]]
OFFERED = 40  # own questions
FEW_SKIPS, ALWAYS = 10, 0.95  # rows and share by which empty cells tell a skip


def propose(
    path: str | Path,
    *,
    slug: str,
    country: str,
    date: dt.date | None = None,
    questionnaire: str | Path | None = None,
) -> Proposal:
    """Propose params and a mapping for a survey file.

    Parameters
    ----------
    path : str or Path
        A survey file in any format that `open_survey` reads; labels make better guesses than names.
    slug, country : str
        The study's slug and its ISO 3166 alpha-3 code.
    date : datetime.date, optional
        The date that the study's pages will carry; today when none is given.
    questionnaire : str or Path, optional
        A codebook beside the file (XLSForm, LimeSurvey, Qualtrics, DDI, a sheet) for labels and answers.

    Returns
    -------
    Proposal

    Raises
    ------
    DataError
        A file is empty, unreadable or of an unknown format.
    """
    path = files.existing(path)
    raw = header(path)
    if questionnaire:
        raw = label_columns(raw, files.existing(questionnaire))
    tools = recognised(list(map(str, raw.frame.columns)), path.name)
    matched = _asked(raw)
    scores = scores_asked(_texts(raw))
    columns_asked = [match.column for match in matched.values()]
    columns_asked += [column for items in scores.values() for column in items]
    offered = _questions(raw, set(columns_asked))
    columns = [*candidates(raw), *columns_asked, *offered]
    full = read_columns(
        path, [name for name in dict.fromkeys(columns) if name not in raw.doubled], raw.layout
    )
    full = replace(raw, frame=full.frame)
    guesses = roles(full)
    role_columns = {guess.column for guess in guesses.values()}
    drafts = [
        _draft(name, match, full, guesses.get("age"))
        for name, match in matched.items()
        if match.column not in role_columns
    ]
    drafts += [d for name, items in scores.items() if (d := _score(name, items, full, guesses.get("age")))]
    extra = list(_own(full, offered, country, guesses, role_columns | set(columns_asked)))
    notes = [*raw.notes, *(f"Duplicate column name: {name}." for name in raw.doubled)]
    if not tools and (like := programme(list(map(str, raw.frame.columns)))):
        notes.append(f"The columns look like {like}; digicit ships no instrument for this wave.")
    return Proposal(
        slug,
        country,
        date or dt.date.today(),
        path,
        raw.layout,
        guesses,
        _based([*drafts, *extra], full),
        tuple(notes),
        tuple(tools),
        tuple(map(str, raw.frame.columns)),
    )


def _texts(raw: Raw) -> dict[str, str]:
    """Column to what asks its question: its label, or its name without the groups of a KoBo path."""
    names = [str(name) for name in raw.frame.columns if name not in raw.doubled]
    return {name: raw.labels.get(name) or asked_in(name) for name in names}


def _asked(raw: Raw) -> dict[str, Match]:
    """Columns of the catalogue's questions: by their text, then by synonyms that their answers bear out."""
    best = matches(_texts(raw), lambda name, column: _fits(catalogue()[name], raw, column))
    columns_used = {match.column for match in best.values()}
    for key, columns in synonyms(word_lists()["indicators"], folded(raw)).items():
        column = next((c for c in columns if c not in columns_used and _fits(catalogue()[key], raw, c)), "")
        if key not in best and column:
            best[key] = Match(column, 0.0, "its label has the telling words")
            columns_used.add(column)
    return {name: best[name] for name in catalogue() if name in best}


def _fits(indicator: Indicator, raw: Raw, column: str) -> bool:
    """Whether a column's labelled answers can be counted as the indicator counts; without labels, yes."""
    answers = raw.values.get(column)
    if not answers or indicator.range:
        return True
    sides = cut_answers(indicator, answers)
    return bool(sides.get("yes")) or not indicator.yes or len(sides.get("open", ())) < len(answers)


def _draft(name: str, match: Match, raw: Raw, age: Guess | None) -> Draft:
    """The rule of one indicator, certain where text and answers leave nothing to guess."""
    indicator = catalogue()[name]
    counts = counts_of(raw, match.column)
    answers = answers_of(raw, match.column, counts)
    sides = cut_answers(indicator, answers) if answers else {}
    whole = bool(sides.get("yes") and sides.get("no")) and "open" not in sides
    all_known = set(counts) <= set(answers)
    certain = match.certain and (whole or bool(indicator.range and not answers)) and all_known
    return Draft(
        name=f"{name}@mine",
        column=match.column,
        title=indicator.title,
        numerator=indicator.numerator,
        ages=_ages(indicator.ages, age),
        period=_period(indicator.period, raw.labels.get(match.column) or match.column, match.certain),
        question=raw.labels.get(match.column) or match.column,
        reason=match.reason + ("; all answers known" if whole and all_known else ""),
        certain=certain,
        yes=sides.get("yes", []),
        no=sides.get("no", []),
        lost={k: sides[k] for k in NO_ANSWER if k in sides},
        open=sides.get("open", []),
        base=raw.bases.get(match.column),
        range=indicator.range,
        preview=preview(raw, match.column, counts),
    )


def _period(usual: str, question: str, same: bool) -> str:
    """The catalogue's period where the question as asked names it, or is the `same` and names no other."""
    numbers, others = (set(re.findall(r"\d+", text)) for text in (usual, question))
    return usual if numbers == others and (numbers or same or usual.endswith("now")) else ""


def _score(name: str, items: Mapping[str, float], raw: Raw, age: Guess | None) -> Draft | None:
    """The rule of a score, the mean of its items; none where nothing tells what the codes are."""
    indicator, first = catalogue()[name], next(iter(items))
    counts = {column: counts_of(raw, column) for column in items}
    answers = {
        code: text for column in items for code, text in answers_of(raw, column, counts[column]).items()
    }
    values, missing, unplaced = values_of(indicator, answers)
    if len(values) < 2:
        return None
    unplaced += sorted({code for codes in counts.values() for code in codes} - set(answers))
    return Draft(
        name=f"{name}@mine",
        column=first,
        title=indicator.title,
        numerator=indicator.numerator,
        ages=_ages(indicator.ages, age),
        period=indicator.period,
        question=indicator.question,
        reason=f"{len(items)} of its {len(indicator.items)} items are asked",
        certain=certain(items, indicator, unplaced),
        lost=missing,
        open=unplaced,
        mean=dict.fromkeys(items, values),
        preview=preview(raw, first, counts[first]),
    )


def _based(drafts: Sequence[Draft], raw: Raw) -> tuple[Draft, ...]:
    """The drafts with who was asked: what a questionnaire says, else what empty cells tell.

    A question that stands empty wherever an earlier yes-or-no question was a no, and is answered elsewhere,
    was skipped there.
    """
    order = {name: place for place, name in enumerate(raw.frame)}
    filters = [
        (draft, *_answered(raw, draft)) for draft in drafts if draft.yes and draft.no and not draft.base
    ]
    results = []
    for draft in drafts:
        cells = raw.frame[draft.column]
        empty = (cells.isna() | (cells.astype(str) == "")).to_numpy(dtype=bool)
        earlier = (f for f in filters if order[f[0].column] < order[draft.column]) if empty.any() else ()
        filter_draft = next((first for first, no, yes in earlier if _skipped(empty, no, yes)), None)
        if filter_draft and not draft.base:
            draft = replace(
                draft,
                base=(filter_draft.column, tuple(filter_draft.yes)),
                population=_population(filter_draft),
            )
        results.append(draft)
    return tuple(results)


def _answered(raw: Raw, draft: Draft) -> tuple[Mask, Mask]:
    """The rows with a no and those with a yes to a question."""
    cells = raw.frame[draft.column]
    codes, answers = pd.factorize(cells.astype(object))
    answer_codes = [canonical(answer) for answer in answers]
    no, yes = (
        [place for place, code in enumerate(answer_codes) if code in side] for side in (draft.no, draft.yes)
    )
    return np.isin(codes, no), np.isin(codes, yes)


def _skipped(empty: Mask, no: Mask, yes: Mask) -> bool:
    enough = min(no.sum(), yes.sum()) > FEW_SKIPS
    return bool(enough and empty[no].mean() > ALWAYS and empty[yes].mean() < 1 - ALWAYS)


def _population(first: Draft) -> str:
    """Those who were asked, in words."""
    if first.name.startswith("ACC-01@"):
        return BASES["NET"]
    answers = {code: label or code for code, label, _ in first.preview.rows}
    yes = ", ".join(answers.get(code, code) for code in first.yes)
    return f"those who answered {yes} to “{first.question}”"


def _ages(ages: tuple[int, int], age: Guess | None) -> tuple[int, int]:
    low, high = (age.told.get("ages") or ages) if age and age.certain else ages
    both = (max(ages[0], low), min(ages[1], high))
    return both if both[0] <= both[1] else ages


# --- questions that the catalogue does not have -----------------------------------------------------------


def _questions(raw: Raw, columns_used: set[str]) -> list[str]:
    """Columns that read like a question of the survey and are none of the catalogue's."""
    columns = [
        name
        for name, text in _texts(raw).items()
        if name not in columns_used
        and (len(text.split()) > 2 or text.rstrip().endswith("?"))
        and len(raw.values.get(name, "")) <= MOST_ANSWERS
    ]
    return columns[:OFFERED]


def _own(
    raw: Raw, offered: Sequence[str], country: str, guesses: Mapping[str, Guess], columns_used: set[str]
) -> Iterator[Draft]:
    """Own indicators, one a question that has few answers; yes and no only where the answers say so."""
    number = 0
    for column in (name for name in offered if name not in columns_used and name in raw.frame):
        counts = counts_of(raw, column)
        several = several_in(counts)
        answers = answers_of(raw, column, counts)
        rows_shown = several or preview(raw, column, counts)
        one = len(counts) == len(rows_shown.rows) == 1 and not any(map(exit_of, counts))
        ticked = not several and one and rows_shown.empty > 0
        if not several and not ticked and not 2 <= len(answers) <= MOST_ANSWERS:
            continue
        number += 1
        sides = {} if several else {"yes": list(counts)} if ticked else _plain_sides(answers)
        text = raw.labels.get(column) or column
        yield Draft(
            name=f"{country}-{number:02}",
            column=column,
            title=text,
            numerator="as mapped",
            ages=_ages((0, 99), guesses.get("age")),
            period="",
            question=text,
            reason="a question that the catalogue does not have",
            yes=sides.get("yes", []),
            no=sides.get("no", []),
            lost={kind: sides[kind] for kind in NO_ANSWER if kind in sides},
            open=sides.get("open", []),
            contains=[code for code, _, _ in several.rows] if several else [],
            base=raw.bases.get(column),
            preview=rows_shown,
            ticked=ticked,
        )


def _plain_sides(answers: Mapping[str, str]) -> dict[str, list[str]]:
    """Codes by what they count as where they say yes, no or nothing; every other answer is open."""
    scale, steps = steps_of(answers.values())
    sides: dict[str, list[str]] = {}
    for (code, text), step in zip(answers.items(), steps, strict=True):
        side = exit_of(text) or (step if scale == "yesno" else "") or "open"
        sides.setdefault(side, []).append(code)
    return sides
