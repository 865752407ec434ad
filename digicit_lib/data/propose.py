"""A first params file and a first mapping for a survey file, guessed from its variable labels.

A guess stands behind a `#` until a person takes it away, so that no number rests on one.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from digicit_lib.codebook import FOLDER, Indicator, catalogue
from digicit_lib.data.files import Raw, header
from digicit_lib.safe import file_sha256, load_yaml, yaml_quoted

STEPS = ("monthly", "weekly", "daily")
LOST = ("dk", "pnts", "blank", "not_asked")


@dataclass(frozen=True)
class Proposal:
    """Texts to write to `params/<slug>.yaml` and `params/instruments/<slug>.yaml`, and what was guessed."""

    params: str
    instrument: str
    guesses: dict[str, str]


def propose(path: Path, *, slug: str, country: str, date: dt.date) -> Proposal:
    """Propose params and a mapping for a survey file.

    Parameters
    ----------
    path : Path
        A survey file in any format that `open_survey` reads; labels make better guesses than names.
    slug, country : str
        The study's slug and its ISO 3166 alpha-3 code.
    date : datetime.date
        The date that the study's pages will carry.

    Returns
    -------
    Proposal
        `guesses` maps an indicator id, `weight`, `strata`, `psu`, `age` or a group to a column.

    Raises
    ------
    DataError
        The file is empty, unreadable or of an unknown format.
    """
    raw = header(path)
    words, _ = load_yaml(FOLDER / "words.yaml")
    folded = {name: (_fold(name), _fold(raw.labels.get(name, ""))) for name in map(str, raw.frame.columns)}
    whole = {**words["indicators"], **words["design"], **words["groups"], "age": words["age"]}
    guesses = _matched(whole, folded)
    held = [catalogue()[key] for key in words["indicators"] if key in guesses]
    blocks = [line for i in held for line in _block(i, guesses[i.id], raw, words["answers"])]
    design = ", ".join(f"{role}: {_word(guesses[role])}" for role in words["design"] if role in guesses)
    found = {key: guesses[key] for key in words["groups"] if key in guesses}
    groups = [
        f"  # {k}: {{column: {_word(c)}, levels: {_levels(raw, c)}}}  # guess, confirm"
        for k, c in found.items()
    ]
    text = _INSTRUMENT.format(
        file=_line(path.name), design=design or "weight: …, strata: …, psu: …",
        age=_word(guesses.get("age", "…")), groups="\n".join(groups), blocks="\n".join(blocks),
    )  # fmt: skip
    study = _PARAMS.format(
        slug=slug, country=country, date=date, file=_word(path.name), sha256=file_sha256(path)
    )
    return Proposal(study, text, guesses)


def _fold(text: str) -> str:
    """Lower case without accents, words parted by single spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("İ", "i").lower())
    kept = "".join(c if c.isalnum() or c in "'/" else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


def _matched(whole: Mapping[str, list[str]], folded: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Each key's best column, each used once: a telling name, the longest alternative, the shortest label."""
    scored = [
        (not _opens(alternative, name), -len(alternative), len(label), key, column)
        for key, alternatives in whole.items()
        for alternative in map(_fold, alternatives)
        for column, (name, label) in folded.items()
        if _opens(alternative, f"{name} {label}")
    ]
    found: dict[str, str] = {}
    for *_, key, column in sorted(scored):
        if key not in found and column not in found.values():
            found[key] = column
    return found


def _opens(alternative: str, text: str) -> bool:
    """Whether each beginning opens a word; a very short one must be the word."""
    return all(f" {stem}{' ' if len(stem) < 4 else ''}" in f" {text} " for stem in alternative.split())


def _block(indicator: Indicator, column: str, raw: Raw, answers: Mapping[str, list[str]]) -> Iterator[str]:
    """One indicator's mapping as comment lines, a variant because the wording is another."""
    label = _line(raw.labels.get(column) or column)
    texts = "; ".join(f"{code} {_line(text)}" for code, text in raw.values.get(column, {}).items())
    kinds = {code: _kind(text, answers) for code, text in raw.values.get(column, {}).items()}
    steps = STEPS[STEPS.index(first) :] if (first := (*indicator.yes, "")[0]) in STEPS else ("daily",)
    counted = next((words for words in (("yes",), ("agree",), steps) if set(words) & set(kinds.values())), ())
    by_kind = {
        kind: [code for code, k in kinds.items() if k == kind] for kind in LOST if kind in kinds.values()
    }
    yes = [code for code, kind in kinds.items() if kind in counted]
    no = [code for code, kind in kinds.items() if yes and kind not in (*counted, *LOST)]
    yield f"  # {indicator.id}@mine:  # guess, confirm: {indicator.title}"
    yield f"  #   column: {_word(column)}  # {texts}"
    if indicator.range:
        yield f"  #   range: [{indicator.range[0]:g}, {indicator.range[1]:g}]"
    else:
        yield from (f"  #   yes: {_flow(yes)}", f"  #   no: {_flow(no)}")
    if by_kind:
        yield f"  #   missing: {{{', '.join(f'{kind}: {_flow(codes)}' for kind, codes in by_kind.items())}}}"
    told = {"title": indicator.title, "numerator": indicator.numerator, "ages": list(indicator.ages),
            "period": indicator.period, "question": label}  # fmt: skip
    yield "  #   variant:  # say here how wording, base, ages and period differ from the catalogue's"
    yield from (f"  #     {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items())


def _kind(label: str, answers: Mapping[str, list[str]]) -> str:
    """What an answer label says, by the longest word beginning that opens one of its words."""
    text = _fold(label)
    hits = [
        (len(word), kind)
        for kind, words in answers.items()
        for word in map(_fold, words)
        if _opens(word, text)
    ]
    return max(hits, default=(0, "no"))[1]


def _levels(raw: Raw, column: str) -> str:
    values = raw.values.get(column) or {"…": "…"}
    named = (
        f"{_word(_fold(text).replace(' ', '_') or code)}: {_flow([code])}" for code, text in values.items()
    )
    return "{" + ", ".join(named) + "}"


def _flow(codes: list[str]) -> str:
    return f"[{', '.join(map(_word, codes))}]"


def _word(text: str) -> str:
    """Text as a YAML scalar; names of columns and files come from outside and may hold anything."""
    return text if re.fullmatch(r"[^\W\d][\w.]*|\d+", text) else yaml_quoted(text)


def _line(text: str) -> str:
    """A label on one line, so that it cannot leave its comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


_PARAMS = """# Written by `digicit new {slug} --survey {file}`. Complete what stands between < >.
study:
  country: {country}
  date: {date}
  title: "<title of the study>"
  wave: "<wave or year>"
  languages: [en]
  phases: [quantitative]
population:
  ages: [9, 17]
  base: "<whom the survey speaks for>"
data:
  survey:
    kind: microdata
    instrument: params/instruments/{slug}.yaml
    files:
      - name: {file}
        sha256: {sha256}
        where: "<where a reader gets the file>"
"""

_INSTRUMENT = """# Proposed from the labels of {file}.
# Nothing behind a # is in force: check each guess against the questionnaire, mend it, take the # away.
# A code that is named nowhere stops the run, so none is lost.
title: "<title of the survey>"
programme: "<survey programme>"
citation: "<how to cite it>"
licence: "<licence>"
where: "<where a reader gets the file>"
population: {{base: "<whom the survey speaks for>", ages: [9, 17]}}
# age: {{column: {age}, range: [0, 120]}}  # guess, confirm
design: {{}}  # guess, confirm: {{{design}}}
breakdowns:
{groups}
indicators:
{blocks}
"""
