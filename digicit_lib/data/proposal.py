"""A proposed study as a person confirms it: its guesses one by one, and the two files that it becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from digicit_lib.codebook import split_id
from digicit_lib.data.labels import NO_ANSWER, word_lists
from digicit_lib.data.layout import Layout
from digicit_lib.data.proposal_text import Draft, instrument_text, params_text, survey_names
from digicit_lib.data.roles import Guess
from digicit_lib.errors import DataError, did_you_mean, nearest
from digicit_lib.project import find_root
from digicit_lib.safe import write_atomic

KINDS = ("yes", "no", *NO_ANSWER)


@dataclass(frozen=True)
class Proposal:
    """What was guessed of a survey file; `take` and `leave` give a new one.

    Attributes
    ----------
    slug, country : str
        Of the study.
    date : datetime.date
        The date that its pages will carry.
    path : Path
        The survey file.
    layout : Layout
        How it was read.
    roles : dict
        `weight`, `strata`, `psu`, `replicates`, `age`, `gender`, `residence` to a guess.
    drafts : tuple of Draft
        Proposed rules: of the catalogue's indicators, then of own ones.
    notes : tuple of str
        What a person should know before confirming.
    tools : tuple of str
        Shipped instruments whose columns the file has, the likeliest first.
    columns : tuple of str
        Every column of the file.
    unlike : dict
        Indicators of the instrument that the file asks of another period, with the label that says so.
    """

    slug: str
    country: str
    date: dt.date
    path: Path
    layout: Layout
    roles: dict[str, Guess]
    drafts: tuple[Draft, ...]
    notes: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    columns: tuple[str, ...] = field(default=(), repr=False)
    unlike: dict[str, str] = field(default_factory=dict)

    @property
    def params(self) -> str:
        """The text of `params/<slug>.yaml`."""
        facts = (self.slug, self.country, self.date, self.path, self.layout, self.roles, self.tools)
        return params_text(*facts, self._questions)

    @property
    def instrument(self) -> str:
        """The text of `params/instruments/<slug>.yaml`: certain guesses in force, the others behind a `#`."""
        names = survey_names(self.path, self.country, self.date, self._questions)
        guesses = (self.roles, self.drafts, self.notes, self.tools, self.unlike)
        return instrument_text(self.path, names, *guesses)

    @property
    def _questions(self) -> list[str]:
        return [draft.question for draft in self.drafts]

    @property
    def guesses(self) -> dict[str, str]:
        """Indicator id of the catalogue, or role, to its column."""
        columns = {split_id(d.name)[0]: d.column for d in self.drafts if "@" in d.name}
        return columns | {key: guess.column for key, guess in self.roles.items()}

    @property
    def certain(self) -> list[str]:
        """Names of what is in force."""
        sure = [draft.name for draft in self.drafts if draft.certain]
        sure += [key for key, guess in self.roles.items() if guess.certain]
        return ["extends", *sure] if self.tools else sure

    @property
    def doubtful(self) -> list[str]:
        """Names of what waits for a person: roles first, then questions of the catalogue, then own ones."""
        if self.tools:
            return []
        waiting = [key for key, guess in self.roles.items() if not guess.certain]
        return waiting + [draft.name for draft in self.drafts if not draft.certain]

    def draft(self, name: str) -> Draft:
        """The proposed rule of an indicator, named with or without its variant.

        Raises
        ------
        DataError
            Nothing of that name was guessed.
        """
        draft = next((d for d in self.drafts if name in (d.name, split_id(d.name)[0])), None)
        if draft is None:
            raise self._unknown(name)
        return draft

    def take(self, *names: str, column: str = "", **sides: Sequence[str | int]) -> Proposal:
        """The proposal with guesses in force, as they stand or corrected.

        Parameters
        ----------
        names : str
            Roles (`weight`) and indicators (`ACC-05`, `KEN-01`).
        column : str
            Another column of the file than the one guessed; of one name.
        sides : sequences of codes
            Of one indicator: `yes`, `no`, and what is no answer (`dk`, `pnts`, `blank`, `not_asked`);
            `contains` where a cell holds several answers. Of a group its levels: `girl`, `boy`, `urban`,
            `rural`.

        Raises
        ------
        DataError
            Nothing of that name was guessed, no such column or code, or a side is empty.
        """
        proposal = self
        texts = {side: [str(code) for code in codes] for side, codes in sides.items()}
        for name in names:
            proposal = proposal._taken(name, column, texts)
        return proposal

    def leave(self, *names: str) -> Proposal:
        """The proposal without some guesses.

        Raises
        ------
        DataError
            Nothing of that name was guessed.
        """
        roles, drafts = dict(self.roles), list(self.drafts)
        for name in names:
            if name in roles:
                del roles[name]
            else:
                drafts.remove(self.draft(name))
        return replace(self, roles=roles, drafts=tuple(drafts))

    def _taken(self, name: str, column: str, sides: Mapping[str, list[str]]) -> Proposal:
        if column and column not in self.columns:
            raise _no_such("The file has no such column.", column, self.columns)
        if name in (*self.roles, *ROLES):
            guess = _role(name, self.roles.get(name), column, sides)
            return replace(self, roles={**self.roles, name: guess})
        draft = self.draft(name)
        draft_meant = replace(draft, column=column, says={}) if column else draft
        corrected = _corrected(draft_meant, sides)
        return replace(self, drafts=tuple(corrected if d is draft else d for d in self.drafts))

    def _unknown(self, name: str) -> DataError:
        names = [*self.roles, *(split_id(draft.name)[0] for draft in self.drafts)]
        return _no_such("Nothing of that name was guessed.", name, names)

    # --- to look at ---------------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """One row a guess: what it is of, its column, what it asks and counts, why, if it is in force."""
        rows = [_role_row(key, guess) for key, guess in self.roles.items()]
        rows += [_draft_row(draft) for draft in self.drafts]
        heads = ("name", "indicator", "column", "asks", "counts", "why", "in force")
        return pd.DataFrame(rows, columns=heads)

    def answers(self, *names: str) -> pd.DataFrame:
        """One row an answer that enough rows share: code, label, rows, and what it counts as; then the rest.

        Parameters
        ----------
        names : str
            Indicators; all of them when none is named.

        Raises
        ------
        DataError
            Nothing of that name was guessed.
        """
        rows = [
            (draft.name, draft.column, code, label, n, draft.side_of(code))
            for draft in (map(self.draft, names) if names else self.drafts)
            for code, label, n in sorted(draft.preview.listed(), key=_in_order)
        ]
        return pd.DataFrame(rows, columns=["name", "column", "code", "label", "rows", "counts as"])

    def write(self, root: Path | None = None, *, overwrite: bool = False) -> list[str]:
        """Write params file and instrument; returns their names below the project folder.

        Raises
        ------
        DataError
            The study has a params file already, and it is not to be overwritten.
        """
        root = root or find_root()
        texts = {"params": self.params, "params/instruments": self.instrument}
        texts = {f"{folder}/{self.slug}.yaml": text for folder, text in texts.items()}
        there = [name for name in texts if (root / name).exists()]
        if there and not overwrite:
            what = "The study has a params file already."
            raise DataError(what, where=there[0], next="edit it, or delete it to begin again")
        for name, text in texts.items():
            write_atomic(root / name, text)
        return list(texts)


def levels_of(name: str) -> list[str]:
    """The levels that a group must have."""
    return [level for level in word_lists()["levels"].get(name, ()) if level != "other"]


ROLES = ("weight", "strata", "psu", "age", "region", *word_lists()["levels"])


def _no_such(what: str, name: str, names: Sequence[str]) -> DataError:
    hint = did_you_mean(name, names) or ""
    return DataError(what, got=name, allowed=", ".join(nearest(name, names)), next=hint)


def _role(name: str, guess: Guess | None, column: str, sides: Mapping[str, list[str]]) -> Guess:
    """A role in force: of the column guessed, or of another that a person names."""
    if guess is None or (column and column != guess.column):
        if not column:
            raise DataError("No column was guessed.", where=name, next=f'take("{name}", column="…")')
        guess = Guess(column, "named by a person")
    levels = {**guess.levels, **sides}
    lacking = [level for level in levels_of(name) if not levels.get(level)]
    if lacking:
        raise _lacking("A level has no codes.", name, lacking)
    return replace(guess, certain=True, levels=levels)


def _lacking(what: str, name: str, sides: Sequence[str], got: str = "") -> DataError:
    example = ", ".join(f'{side}=["…"]' for side in sides)
    got = got or f"no {' and no '.join(sides)}"
    return DataError(what, where=name, got=got, next=f"name the answers: {example}")


def _corrected(draft: Draft, sides: Mapping[str, list[str]]) -> Draft:
    """A rule in force, its codes placed anew where a person placed them."""
    if draft.mean:
        return _score(draft, sides)
    codes_said = _named(draft, sides)
    rest = {side: [c for c in draft.codes_of(side) if c not in codes_said] for side in KINDS}
    rest |= {side: codes for side, codes in sides.items() if side in KINDS}
    corrected = replace(
        draft,
        yes=rest["yes"],
        no=rest["no"],
        lost={k: rest[k] for k in NO_ANSWER if rest[k]},
        open=[code for code in draft.open if code not in codes_said],
        counted=list(sides.get("contains", draft.counted)),
        says={} if sides else draft.says,
        certain=True,
    )
    if draft.contains:
        yes = " or ".join(corrected.counted)
        corrected = replace(corrected, yes=[], title=f"{draft.question}: {yes}", numerator=f"names {yes}")
        return _whole(corrected, [] if corrected.counted else ["contains"])
    sides_needed = ("yes",) if draft.blank == "no" else ("yes", "no")
    return _whole(corrected, [side for side in sides_needed if not (rest[side] or corrected.range)])


def _score(draft: Draft, sides: Mapping[str, list[str]]) -> Draft:
    """A score in force: its codes have values, so that a person can only say which are no answer."""
    codes_said = _named(draft, {side: codes for side, codes in sides.items() if codes})
    if strange := [side for side in ("yes", "no", "contains") if sides.get(side)]:
        raise DataError(
            "A score has no such side.", where=draft.name, got=strange[0], allowed=", ".join(NO_ANSWER)
        )
    missing = {kind: [c for c in codes if c not in codes_said] for kind, codes in draft.lost.items()}
    missing |= {kind: codes for kind, codes in sides.items() if codes}
    mean = {
        column: {code: value for code, value in values.items() if code not in codes_said}
        for column, values in draft.mean.items()
    }
    still = [code for code in draft.open if code not in codes_said]
    if still:
        raise _lacking("Answers have no value.", draft.name, NO_ANSWER, ", ".join(still))
    return replace(draft, mean=mean, lost={k: v for k, v in missing.items() if v}, open=[], certain=True)


def _named(draft: Draft, sides: Mapping[str, list[str]]) -> set[str]:
    """Every code that a person named; each is one of the column's, each side one that there is."""
    wrong = [side for side in sides if side not in (*KINDS, "contains")]
    if wrong:
        raise _no_such("No such side.", wrong[0], [*KINDS, "contains"])
    codes_said = {code for codes in sides.values() for code in codes}
    strange = sorted(codes_said - draft.codes)
    if draft.codes and strange:
        raise _no_such("The column has no such answer.", strange[0], sorted(draft.codes))
    return codes_said


def _whole(draft: Draft, empty: Sequence[str]) -> Draft:
    """The draft, when nothing is lacking: a code that counts as nothing would stop the run."""
    if empty:
        raise _lacking("Nothing says what counts.", draft.name, empty)
    unplaced = [code for code, _, _ in draft.preview.rows if code in draft.open]
    if unplaced:
        raise _lacking("Answers count as nothing.", draft.name, KINDS, ", ".join(unplaced))
    return draft


def _role_row(key: str, guess: Guess) -> tuple[object, ...]:
    counts = "; ".join(f"{level}: {', '.join(codes)}" for level, codes in guess.levels.items())
    return key, "", guess.column, "", counts, guess.reason, guess.certain


def _draft_row(draft: Draft) -> tuple[object, ...]:
    codes_by_side = {side: codes for side in (*KINDS, "open") if (codes := draft.codes_of(side))}
    counts = "; ".join(f"{side}: {', '.join(codes)}" for side, codes in codes_by_side.items())
    if draft.mean:
        counts = "; ".join([f"mean of {', '.join(draft.mean)}", *([counts] if counts else [])])
    return draft.name, draft.title, draft.column, draft.question, counts, draft.reason, draft.certain


def _in_order(answer: tuple[str, str, int]) -> tuple[bool, float]:
    """Numbered answers by number, so that a scale is seen as one; words stay, the commonest first."""
    number = answer[0].removeprefix("-")
    return (True, 0.0) if not number.isdigit() else (False, float(answer[0]))
