"""Walks a person through the doubtful guesses of a proposal, one by one, in a terminal."""

from collections.abc import Callable, Iterator

from digicit_lib.data.labels import NO_ANSWER
from digicit_lib.data.proposal import KINDS, Proposal, levels_of
from digicit_lib.errors import DataError

Ask = Callable[[str], str]
Say = Callable[[str], None]
QUESTION = "Take it? y yes, n drop it, e correct it, Enter later, s skip the rest"
MEANINGS = {
    "yes": "counts as yes",
    "no": "counts as no",
    "dk": "don't know",
    "pnts": "prefer not to say",
    "blank": "no answer",
    "not_asked": "not asked",
    "contains": "any of these counts as yes",
}


def confirm(proposal: Proposal, ask: Ask, say: Say) -> Proposal:
    """The proposal after a person has looked at what is doubtful.

    Parameters
    ----------
    proposal : Proposal
    ask : callable
        A prompt to the line that the person writes; empty at the end of input.
    say : callable
        Shows a line.

    Examples
    --------
    >>> import datetime as dt
    >>> from pathlib import Path
    >>> from digicit_lib.data.layout import Layout
    >>> from digicit_lib.data.roles import Guess
    >>> made = Proposal("x", "KEN", dt.date(2026, 1, 1), Path(), Layout(), {"age": Guess("a3", "whole")}, ())
    >>> confirm(made, lambda prompt: "y", lambda line: None).certain
    ['age']
    """
    waiting = proposal.doubtful
    for number, name in enumerate(waiting, 1):
        say(f"\n[{number} of {len(waiting)}] {name}")
        for line in _shown(proposal, name):
            say(f"  {line}")
        answer = _choice(ask, QUESTION, "ynes")
        if answer == "s":
            break
        proposal = _answered(proposal, name, answer, ask, say) if answer else proposal
    return proposal


def _choice(ask: Ask, prompt: str, letters: str) -> str:
    """One of some letters; asked again until it is one, or nothing."""
    while answer := ask(prompt).strip().lower()[:1]:
        if answer in letters:
            break
    return answer


def _answered(proposal: Proposal, name: str, answer: str, ask: Ask, say: Say) -> Proposal:
    """The proposal after one answer; a guess that lacks something is corrected until it is whole."""
    if answer == "n":
        return proposal.leave(name)
    while True:
        try:
            return _corrected(proposal, name, ask) if answer == "e" else proposal.take(name)
        except DataError as error:
            say("  " + str(error).replace("\n", "\n  "))
            answer = "e"
            if _choice(ask, "Correct it? y yes, n no", "yn") != "y":
                return proposal


def _shown(proposal: Proposal, name: str) -> Iterator[str]:
    if name in proposal.roles:
        guess = proposal.roles[name]
        yield f"column    {guess.column}"
        yield f"why       {guess.reason}"
        return
    draft = proposal.draft(name)
    yield f"indicator {draft.title}"
    yield f"column    {draft.column}"
    if draft.question not in (draft.title, draft.column):
        yield f"asks      {draft.question}"
    yield f"why       {draft.reason}"
    yield f"answers   {draft.preview}"
    for side in (*KINDS, "open"):
        if codes := draft.codes_of(side):
            yield f"{side:<9} {', '.join(codes)}"


def _corrected(proposal: Proposal, name: str, ask: Ask) -> Proposal:
    """A guess in force with the column and codes that a person writes; an empty line keeps what stands."""
    role = name in proposal.roles
    column = ask("column (empty: as it stands)").strip() if role else ""
    if role:
        codes_by_level = {level: proposal.roles[name].levels.get(level, []) for level in levels_of(name)}
    else:
        draft = proposal.draft(name)
        kinds = ("contains",) if draft.contains else NO_ANSWER if draft.mean else KINDS
        codes_by_level = {side: draft.codes_of(side) for side in kinds}
    answers = {
        side: ask(f"{side}, {MEANINGS.get(side, 'its codes')} [{', '.join(codes)}]").strip()
        for side, codes in codes_by_level.items()
    }
    sides = {side: [code.strip() for code in text.split(",")] for side, text in answers.items() if text}
    return proposal.take(name, column=column, **sides)
