"""A first params file and a first mapping for a survey file: certain guesses in force, others behind a `#`.

A guess is certain only where the label is a question of the catalogue, word by word, and every answer is
known; each says why, and how many rows give each answer, so that nobody needs another program to map a file.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import BASES, SCALES, Indicator, canonical, catalogue, instrument
from digicit_lib.data import files, previews
from digicit_lib.data.files import header, read_columns
from digicit_lib.data.labels import (
    NO_ANSWER,
    asked_in,
    cut_answers,
    exit_of,
    fold,
    own_codes,
    steps_of,
    word_lists,
)
from digicit_lib.data.mapping import between
from digicit_lib.data.matching import Match, label_languages, matches, synonyms, turns, turns_in
from digicit_lib.data.periods import other_period, period_as_asked
from digicit_lib.data.previews import MOST_ANSWERS, answers_of, counts_of, preview, several_in
from digicit_lib.data.proposal import Proposal
from digicit_lib.data.proposal_text import OPTION, Draft, let_through
from digicit_lib.data.questionnaires import label_columns
from digicit_lib.data.raw import Raw
from digicit_lib.data.recognise import of_another_period, programme, recognised
from digicit_lib.data.replicate_weights import replicates
from digicit_lib.data.roles import Guess, candidates, folded, numbers, roles
from digicit_lib.data.score_items import certain, scores_asked, values_of

Mask = np.ndarray[Any, np.dtype[np.bool_]]
OFFERED = 40  # own questions
# "How true are these? [I can edit a photo]"
BATTERY = re.compile(r"(.{8,}?)\s*(?:\[|: | [-–—] )\s*(.{3,}?)\]?")
SENSITIVE = 2  # what is asked of the young only with care is not taken for granted
SILENT = "No column says what was asked: name the questionnaire (--questionnaire, or in the notebook)."
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
    texts = _texts(raw)
    scores = scores_asked(texts | _rows(texts))
    columns_asked = [match.column for match in matched.values() if match.likeness]
    columns_asked += [column for items in scores.values() for column in items]
    offered = _questions(raw, set(columns_asked))
    short = previews.short_heads(raw, [*columns_asked, *offered])
    columns = [*candidates(raw), *columns_asked, *offered, *(match.column for match in matched.values())]
    there = [name for name in dict.fromkeys([*columns, *short]) if name not in raw.doubled]
    all_columns = list(map(str, raw.frame.columns))
    full = read_columns(path, there or all_columns[:1], raw.layout)  # a file without rows is told
    full = replace(raw, frame=full.frame)
    guesses = roles(full)
    if guess := replicates(full, guesses):
        guesses["replicates"] = guess
    role_columns = {guess.column for guess in guesses.values()}
    age = guesses.get("age")
    questions = {name: match for name, match in matched.items() if match.column not in role_columns}
    drafts = [d for name, match in questions.items() if (d := _draft(name, match, full, age))]
    drafts += [d for name, items in scores.items() if (d := _score(name, items, full, age))]
    columns_used = role_columns | set(columns_asked) | {draft.column for draft in drafts}
    offered += previews.answered_in_words(full, short)
    others = {n: texts[n] for n in offered[:OFFERED] if n not in columns_used and n in full.frame}
    extra = list(_own(full, others, country, age, _options(raw)))
    notes = [*raw.notes, *(f"Duplicate column name: {name}." for name in raw.doubled)]
    notes += [] if extra or columns else [SILENT]
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
        of_another_period(instrument(tools[0]), raw.labels) if tools else {},
    )


def _texts(raw: Raw) -> dict[str, str]:
    """Column to what asks its question: its label, or its name without the groups of a KoBo path."""
    names = [str(name) for name in raw.frame.columns if name not in raw.doubled]
    return {name: _question(raw, name) for name in names}


def _question(raw: Raw, column: str) -> str:
    """What a column asks: its label, else its name without KoBo's groups, an option after its question."""
    head, _, option = column.rpartition("/")
    if head and option and head in raw.frame.columns:
        return raw.labels.get(column) or f"{asked_in(head)} {option}"
    return raw.labels.get(column) or asked_in(column)


def _rows(texts: Mapping[str, str]) -> dict[str, str]:
    """Column to its own words, where others have the same before them: the rows of a battery."""
    parts = {name: hit.groups() for name, text in texts.items() if (hit := BATTERY.fullmatch(text))}
    heads = Counter(head for head, _ in parts.values())
    return {name: row for name, (head, row) in parts.items() if heads[head] > 1}


def _asked(raw: Raw) -> dict[str, Match]:
    """Columns of the catalogue's questions: by their text, then by synonyms that their answers bear out."""
    whole, best = _texts(raw), dict[str, Match]()
    spoken = label_languages(whole.values())
    for texts_read in (whole, _rows(whole)):
        columns_used = {match.column for match in best.values()}
        rest = {name: text for name, text in texts_read.items() if name not in columns_used}
        fitting = matches(rest, lambda name, column: _fits(catalogue()[name], raw, column)) if rest else {}
        best = fitting | best
    columns_used, texts = {match.column for match in best.values()}, folded(raw)
    for key, columns in synonyms(word_lists()["indicators"], texts).items():
        kinds = turns_in(catalogue()[key].question, spoken) | {"online"}
        free = (c for c in columns if c in whole and c not in columns_used)
        free = (c for c in free if turns(" ".join(texts[c])) <= kinds)
        of_then = (c for c in free if not other_period(whole[c], catalogue()[key].question))
        column = next((c for c in of_then if _fits(catalogue()[key], raw, c)), "")
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


def _draft(name: str, match: Match, raw: Raw, age: Guess | None) -> Draft | None:
    """The rule of one indicator, certain where text and answers leave nothing to guess.

    None where telling words are all there is: answers that are no yes and no do not bear them out.
    """
    indicator = catalogue()[name]
    counts = counts_of(raw, match.column)
    answers = answers_of(raw, match.column, counts)
    if answers and match.column not in raw.values:  # few give it, but it is the catalogue's own answer
        texts_of_scale = own_codes(indicator.scale, counts) if indicator.scale in SCALES else {}
        answers |= {text: text for text in counts if fold(text) in texts_of_scale}
    sides = _declared(raw, match.column, cut_answers(indicator, answers) if answers else {})
    cut = bool(sides.get("yes") and sides.get("no"))
    ranged = bool(indicator.range and not answers)
    if not (match.likeness or cut or indicator.range or all(map(exit_of, answers.values()))):
        return None
    whole, all_known = cut and "open" not in sides, set(counts) <= set(answers)
    certain = match.certain and (whole or ranged) and all_known
    low, high = _ages(indicator.ages, age)
    younger = _younger(raw, match.column, low, age)
    early = f"; {sum(younger.values())} answers of children younger than {low}" if younger else ""
    if younger and indicator.sensitivity < SENSITIVE:
        low, early = min(younger), ""
    same = match.certain and whole and indicator.base in BASES
    says = {"short": indicator.says.short, "they": indicator.says.they} if same else {}
    return Draft(
        name=f"{name}@mine",
        column=match.column,
        title=indicator.title,
        numerator=indicator.numerator,
        ages=(low, high),
        period=period_as_asked(indicator.period, _question(raw, match.column), match.certain),
        question=_question(raw, match.column),
        reason=match.reason + ("; all answers known" if whole and all_known else "") + early,
        certain=certain and not early,
        yes=sides.get("yes", []),
        no=sides.get("no", []),
        lost={k: sides[k] for k in NO_ANSWER if k in sides},
        open=sides.get("open", []),
        base=raw.bases.get(match.column),
        range=indicator.range,
        preview=preview(raw, match.column, counts),
        says=says,
    )


def _declared(raw: Raw, column: str, sides: dict[str, list[str]]) -> dict[str, list[str]]:
    """The sides with open codes that the file itself declares missing among those without an answer."""
    spans = raw.user_missing.get(column, ())
    missing = [code for code in sides.get("open", ()) if any(between(code, *span) for span in spans)]
    rest = [code for code in sides.get("open", ()) if code not in missing]
    by_side = {**sides, "blank": [*sides.get("blank", ()), *missing], "open": rest}
    return {side: codes for side, codes in by_side.items() if codes}


def _younger(raw: Raw, column: str, low: int, age: Guess | None) -> dict[int, int]:
    """Answers by age of those below the age from which a question is asked, where the file has plain ages."""
    if not age or not age.certain or not {"born", "values"}.isdisjoint(age.told):
        return {}
    ages, cells = numbers(raw, age.column), raw.frame[column]
    answered = cells.notna() & (cells.astype(str) != "") & (ages >= 0) & (ages < low)
    return {int(year): int(n) for year, n in ages[answered].value_counts().items()}


def _score(name: str, items: Mapping[str, float], raw: Raw, age: Guess | None) -> Draft | None:
    """The rule of a score, the mean of its items; none where nothing tells what the codes are."""
    indicator, first = catalogue()[name], next(iter(items))
    counts = {column: counts_of(raw, column) for column in items}
    answers = {code: text for c in items for code, text in answers_of(raw, c, counts[c]).items()}
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
    filters = [(d, *_answered(raw, d)) for d in drafts if d.yes and d.no and not d.base]
    results = []
    for draft in drafts:
        cells = raw.frame[draft.column]
        empty = (cells.isna() | (cells.astype(str) == "")).to_numpy(dtype=bool)
        earlier = (f for f in filters if order[f[0].column] < order[draft.column]) if empty.any() else ()
        filter_draft = next((first for first, no, yes in earlier if _skipped(empty, no, yes)), None)
        if draft.base:
            column, answers = draft.base
            filter_draft = next((replace(d, yes=[*answers]) for d in drafts if d.column == column), None)
        if filter_draft:
            base = (filter_draft.column, tuple(filter_draft.yes))
            draft = replace(draft, base=base, population=let_through(filter_draft))
        results.append(draft)
    return tuple(results)


def _answered(raw: Raw, draft: Draft) -> tuple[Mask, Mask]:
    """The rows with a no and those with a yes to a question."""
    cells = raw.frame[draft.column]
    codes, answers = pd.factorize(cells.astype(object))
    answer_codes = [canonical(answer) for answer in answers]
    no, yes = ([i for i, code in enumerate(answer_codes) if code in side] for side in (draft.no, draft.yes))
    return np.isin(codes, no), np.isin(codes, yes)


def _skipped(empty: Mask, no: Mask, yes: Mask) -> bool:
    enough = min(no.sum(), yes.sum()) > FEW_SKIPS
    return bool(enough and empty[no].mean() > ALWAYS and empty[yes].mean() < 1 - ALWAYS)


def _ages(ages: tuple[int, int], age: Guess | None) -> tuple[int, int]:
    low, high = (age.told.get("ages") or ages) if age and age.certain else ages
    both = (max(ages[0], low), min(ages[1], high))
    return both if both[0] <= both[1] else ages


# --- questions that the catalogue does not have -----------------------------------------------------------


def _questions(raw: Raw, columns_used: set[str]) -> list[str]:
    """Columns that read like a question of the survey and are none of the catalogue's."""
    options = _options(raw)
    offered = {*options, *raw.repeats}  # short names as they are
    questions = {name.rpartition("/")[0] for name in options}
    columns = [
        name
        for name, text in _texts(raw).items()
        if name not in columns_used | questions
        and (name in offered or len(text.split()) > 2 or text.rstrip().endswith("?"))
        and len(raw.values.get(name, "")) <= 2 * MOST_ANSWERS
    ]
    return columns[:OFFERED]


def _options(raw: Raw) -> set[str]:
    """Columns that are options of a multiple choice, beside it as `question/option` or labelled with both."""
    names = set(map(str, raw.frame.columns))
    labelled = {name for name in names if OPTION.fullmatch(raw.labels.get(name, ""))}
    return labelled | {name for name in names if name.rpartition("/")[0] in names}


def _own(
    raw: Raw, questions: Mapping[str, str], country: str, age: Guess | None, options: set[str]
) -> Iterator[Draft]:
    """Own indicators, one a question that has few answers; yes and no only where the answers say so."""
    number = 0
    for column, text in questions.items():
        counts = counts_of(raw, column)
        several = several_in(counts)
        is_option = column in options and set(counts) == {"0", "1"}
        answers = {"1": "Yes", "0": "No"} if is_option else answers_of(raw, column, counts)
        rows_shown = several or preview(raw, column, counts)
        one = len(counts) == len(rows_shown.rows) == 1 and not any(map(exit_of, counts))
        ticked = not several and one and rows_shown.empty > 0
        # A long list is named by its labels.
        most = 2 * MOST_ANSWERS if column in raw.values else MOST_ANSWERS
        if not several and not ticked and not 2 <= len(answers) <= most:
            continue
        number += 1
        sides = {} if several else {"yes": list(counts)} if ticked else _plain_sides(answers)
        yield Draft(
            name=f"{country}-{number:02}",
            column=column,
            title=text,
            numerator="as mapped",
            ages=_ages((0, 99), age),
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
            blank="no" if ticked else "not_asked" if column in raw.repeats else "",
        )


def _plain_sides(answers: Mapping[str, str]) -> dict[str, list[str]]:
    """Codes by what they count as where they say yes, no or nothing; every other answer is open."""
    scale, steps = steps_of(answers.values())
    sides: dict[str, list[str]] = {}
    for (code, text), step in zip(answers.items(), steps, strict=True):
        side = exit_of(text) or (step if scale == "yesno" else "") or "open"
        sides.setdefault(side, []).append(code)
    return sides
