"""The YAML of a proposed study: a params file and an instrument, guesses behind a `#`."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from digicit_lib.codebook import BASES, CONSTRUCTS, instrument
from digicit_lib.codebook.frames import either
from digicit_lib.codebook.says import RESPONDENTS
from digicit_lib.data.labels import fold, word_lists
from digicit_lib.data.layout import Layout
from digicit_lib.data.matching import label_languages
from digicit_lib.data.previews import Preview
from digicit_lib.data.roles import Guess
from digicit_lib.language import N_, translate
from digicit_lib.language import country as country_name
from digicit_lib.safe import yaml_quoted
from digicit_lib.starter import starting_text

DESIGN, GROUPS = ("weight", "strata", "psu"), ("gender", "residence", "region")
CHILDREN = (9, 17)
TITLES = {
    True: N_("Digital citizenship and online safety of children"),
    False: N_("Digital citizenship and online safety"),
}
OPTION = re.compile(r"(.*?\?) ?[:–—-] (\S.*)")  # "Which of these do you use?: Phone", as programs write it
_BLANKS = {
    "no": '"no"  # not ticked; `missing` where the question could be skipped',
    "not_asked": 'not_asked  # no row of the repeat; "no" where having none is an answer',
}
SURVEY, TEAM = N_("Survey"), N_("the study team")
_BREAKDOWNS = "analysis:\n  breakdowns: [gender, age_group, residence, ses, disability, region]\n"


@dataclass(frozen=True)
class Draft:
    """The proposed rule of one indicator: codes by what they count as, and `contains`, the answers of a cell
    that holds several, of which `counted` make a yes; of a score `mean`, the values of each item's codes."""

    name: str
    column: str
    title: str
    numerator: str
    ages: tuple[int, int]
    period: str
    question: str
    reason: str
    certain: bool = False
    yes: list[str] = field(default_factory=list)
    no: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    lost: dict[str, list[str]] = field(default_factory=dict)
    contains: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    base: tuple[str, tuple[str, ...]] | None = None
    population: str = ""
    range: tuple[float, float] | None = None
    mean: dict[str, dict[str, float]] = field(default_factory=dict)
    preview: Preview = field(default_factory=Preview)
    says: dict[str, str] = field(default_factory=dict)  # the catalogue's words, of its very question
    blank: str = ""  # what an empty cell says: an option that was not ticked, a repeat that has no row

    @property
    def codes(self) -> set[str]:
        """Every code that is known of the column."""
        answers = {code for codes in (self.yes, self.no, self.open, *self.lost.values()) for code in codes}
        item_codes = {code for values in self.mean.values() for code in values}
        return answers | item_codes | {code for code, _, _ in self.preview.rows} | set(self.contains)

    def codes_of(self, side: str) -> list[str]:
        """The codes of a side: `yes`, `no`, `open`, or a kind of no answer."""
        sides = {"yes": self.yes or self.counted, "no": self.no, "open": self.open}
        return sides[side] if side in sides else self.lost.get(side, [])

    def side_of(self, code: str) -> str:
        """What a code counts as; empty: nothing says."""
        return next((side for side in ("yes", "no", "open", *self.lost) if code in self.codes_of(side)), "")


def let_through(first: Draft) -> str:
    """Those whom an earlier question lets through, in the language of its words."""
    if first.name.startswith("ACC-01@"):
        return BASES["NET"]
    labels = {code: label or code for code, label, _ in first.preview.rows}
    question, option = _option(first)
    answers = [option] if option else [labels.get(code, code) for code in first.yes]
    whom = N_("those who answered {answers} to “{question}”")
    language = label_languages([first.question])[0]
    return translate(whom, language, answers=either(answers, language), question=question)


def _option(draft: Draft) -> tuple[str, str]:
    """The question and the option that a column of ticks stands for; the question alone where it is none."""
    ticks = draft.yes == ["1"] and not any(label for _, label, _ in draft.preview.rows)
    parts = OPTION.fullmatch(draft.question) if ticks else None
    return (parts[1], parts[2]) if parts else (draft.question, "")


def params_text(
    slug: str,
    country: str,
    date: dt.date,
    path: Path,
    layout: Layout,
    roles: Mapping[str, Guess],
    tools: Sequence[str],
    questions: Sequence[str] = (),
) -> str:
    """The params file of a study, complete as it stands; its pages speak the language of its questions."""
    spoken = "en" if tools else label_languages(questions)[0]
    ages = instrument(tools[0]).population.ages if tools else _ages(roles.get("age"))
    reading = "".join(f"\n        {key}: {_value(value)}" for key, value in layout.unusual().items())
    base = instrument(tools[0]).population.base if tools else RESPONDENTS
    return starting_text(
        "survey.txt",
        slug=slug,
        country=country,
        date=date,
        file=word(path.name),
        reading=reading,
        title=yaml_quoted(TITLES[ages[1] <= CHILDREN[1]]),
        year=year_of(path) or date.year,
        languages=spoken if spoken == "en" else f"{spoken}, en",
        low=ages[0],
        high=ages[1],
        base=yaml_quoted(base),
        groups=_BREAKDOWNS * ("region" in roles and not tools),
    )


def _ages(age: Guess | None) -> tuple[int, int]:
    ages = age.told.get("ages") if age and age.certain else None
    return (ages[0], ages[1]) if ages else CHILDREN


def _value(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else yaml_quoted(str(value))


def year_of(path: Path) -> str:
    """The year that a file's name says; empty: none, or several."""
    years = set(re.findall(r"(?<!\d)(?:19[89]|20\d)\d(?!\d)", path.stem))
    return years.pop() if len(years) == 1 else ""


def survey_names(path: Path, country: str, date: dt.date, questions: Sequence[str]) -> tuple[str, str]:
    """A title and a citation of a survey that say only what is known: the country, the year, who made it.

    Examples
    --------
    >>> survey_names(Path("kenya2025.sav"), "KEN", dt.date(2026, 1, 2), ["Have you ever been online?"])
    ('Kenya, 2025', 'The study team (2025). Survey: Kenya, 2025.')
    """
    spoken, year = label_languages(questions)[0], year_of(path)
    title = ", ".join(filter(None, (country_name(country, spoken), year)))  # below the word "Survey"
    team, survey = translate(TEAM, spoken), translate(SURVEY, spoken)
    return title, f"{team[:1].upper()}{team[1:]} ({year or date.year}). {survey}: {title}."


def instrument_text(
    path: Path,
    names: tuple[str, str],
    roles: Mapping[str, Guess],
    drafts: Sequence[Draft],
    notes: Sequence[str],
    tools: Sequence[str],
    unlike: Mapping[str, str],
) -> str:
    """The mapping: `extends` of a recognised instrument, or the guesses one by one."""
    head = [f"# Proposed from {line(path.name)}. What stands behind a # is not in force: compare it"]
    head += [
        "# with the questionnaire, mend it, take the # away. A code that is named nowhere stops the run."
    ]
    head += [f"# - {line(note)}" for note in notes]
    if tools:
        others = f" (the same columns: {', '.join(tools[1:])})" if tools[1:] else ""
        head += [f"# - its columns are those of {tools[0]}{others}", f"extends: {tools[0]}"]
        head += ["indicators:" if unlike else "indicators: {}"]
        head += [f"  {name}: null  # asked of another period: {line(text)}" for name, text in unlike.items()]
        return "\n".join(head) + "\n"
    low, high = _ages(roles.get("age"))
    title, citation = map(yaml_quoted, names)
    head += [f"title: {title}  # its own name, where it has one", "programme: own survey"]
    head += [f"citation: {citation}  # as it is to be cited", "licence: not stated"]
    head += ["where: the study team", f"population: {{base: {RESPONDENTS}, ages: [{low}, {high}]}}"]
    head += _respondents(drafts, high)
    head += _age(roles.get("age")) + list(_design(roles)) + list(_groups(roles))
    head += ["indicators:"] + [text for draft in drafts for text in _block(draft)]
    return "\n".join(head) + "\n"


def _respondents(drafts: Sequence[Draft], oldest: int) -> list[str]:
    """Whom the survey asked: parents where questions speak of "your child", people where they are grown."""
    own_child = re.compile(rf"\b(?:{'|'.join(word_lists()['parents'])})")
    about = sum(bool(own_child.search(fold(draft.question))) for draft in drafts)
    if about > len(drafts) / 3:
        return [f"respondents: parents  # {about} of {len(drafts)} questions speak of the answerer's child"]
    return [] if oldest <= CHILDREN[1] else ["respondents: people"]


def _age(age: Guess | None) -> list[str]:
    if age is None:
        return [
            "# age: {column: …, range: [0, 120]}  # no column looks like an age; or {born: …, interviewed: …}"
        ]
    text = f"age: {_age_rule(age)}"
    return [f"{text}  # {age.reason}" if age.certain else f"# {text}  # guess, confirm: {age.reason}"]


def _age_rule(age: Guess) -> str:
    if "born" in age.told:
        return f"{{born: {word(age.told['born'])}, interviewed: {word(age.told['interviewed'])}}}"
    rule = f"values: {_map(age.told['values'])}" if "values" in age.told else "range: [0, 120]"
    return f"{{column: {word(age.column)}, {rule}{_missing(age)}}}"


def _missing(guess: Guess) -> str:
    """The codes of a role that are no answer, as the end of its rule."""
    kinds = ", ".join(f"{kind}: {yaml_list(codes)}" for kind, codes in guess.told.get("missing", {}).items())
    return f", missing: {{{kinds}}}" if kinds else ""


def _design(roles: Mapping[str, Guess]) -> Iterator[str]:
    """The design, in force whole or not at all: a part of it gives wrong errors."""
    parts = {key: word(roles[key].column) for key in DESIGN if key in roles}
    if "psu" in roles and roles["psu"].told.get("nest"):
        parts["nest"] = "true"
    if "replicates" in roles:
        facts = roles["replicates"].told
        parts = {"weight": parts["weight"]} if "weights" in facts else parts
        parts["replicates"] = _map(facts)
    text = "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"
    for key in (*DESIGN, "replicates"):
        if key in roles:
            yield f"# - {key}, {line(roles[key].column)}; {roles[key].reason}"
    if parts and all(roles[key].certain for key in parts if key in roles):
        yield f"design: {text}"
    else:
        yield f"design: {{}}  # guess, confirm: {text if parts else '{weight: …, strata: …, psu: …}'}"


def _groups(roles: Mapping[str, Guess]) -> Iterator[str]:
    yield "breakdowns:"
    for key in GROUPS:
        if key in roles:
            guess = roles[key]
            ordered = [name for name in word_lists()["levels"].get(key, guess.levels) if name in guess.levels]
            levels = ", ".join(f"{word(name)}: {yaml_list(guess.levels[name])}" for name in ordered)
            text = f"{key}: {{column: {word(guess.column)}, levels: {{{levels}}}{_missing(guess)}}}"
            yield (
                f"  {text}  # {guess.reason}"
                if guess.certain
                else f"  # {text}  # guess, confirm: {guess.reason}"
            )
    age = roles.get("age")
    if age and age.certain and "bands" in age.told:
        levels = ", ".join(f"{name}: {yaml_list(codes)}" for name, codes in age.told["bands"].items())
        yield f"  age_group: {{column: {word(age.column)}, levels: {{{levels}}}{_missing(age)}}}"
    elif age and age.certain and "ages" in age.told:
        low, high = age.told["ages"]
        starts = [start for start in range(low, high + 1, 3) if start < high or start == low]
        bands = [f"{a}-{b - 1}" for a, b in pairwise([*starts, high + 1])]
        if 1 < len(bands) < 6:
            yield f"  age_group: {{bands: [{', '.join(bands)}]}}"


def _block(draft: Draft) -> Iterator[str]:
    """One indicator's mapping, a variant because the wording may be another."""
    mark = "" if draft.certain else "# "
    state = "certain" if draft.certain else "guess, confirm"
    yield f"  {mark}{draft.name}:  # {state}: {line(draft.title)}; {draft.reason}"
    yield f"  {mark}  # n by answer: {line(str(draft.preview))}"
    yield f"  {mark}  mean:" if draft.mean else f"  {mark}  column: {word(draft.column)}"
    missing = ", ".join(f"{kind}: {yaml_list(codes)}" for kind, codes in draft.lost.items())
    if draft.mean:
        ending = f", missing: {{{missing}}}" if missing else ""
        for column, values in draft.mean.items():
            numbers = {code: f"{value:g}" for code, value in values.items()}
            yield f"  {mark}    - {{column: {word(column)}, values: {_map(numbers)}{ending}}}"
    elif draft.contains:
        yield f"  {mark}  contains: {yaml_list(draft.counted)}  # one or more of: {yaml_list(draft.contains)}"
    elif draft.range:
        yield f"  {mark}  range: [{draft.range[0]:g}, {draft.range[1]:g}]"
    else:
        yield from (f"  {mark}  yes: {yaml_list(draft.yes)}", f"  {mark}  no: {yaml_list(draft.no)}")
    if draft.open:
        what = "without a value" if draft.mean else "neither yes nor no"
        yield f"  {mark}  # not recognised, so {what}: {yaml_list(draft.open)}"
    if draft.blank:
        yield f"  {mark}  blank: {_BLANKS[draft.blank]}"
    if missing and not draft.mean:
        yield f"  {mark}  missing: {{{missing}}}"
    if draft.base:
        yield f"  {mark}  base: {{column: {word(draft.base[0])}, yes: {yaml_list(draft.base[1])}}}"
    question, option = _option(draft)
    fields = {
        **({"population": draft.population} if draft.population else {}),
        "title": draft.title,
        "numerator": draft.numerator,
        "period": draft.period,
        "question": question,
    }
    labels = {code: label for code, label, _ in draft.preview.rows}
    names = [option] if option else [labels.get(code, "") for code in draft.yes or draft.counted]
    yield f"  {mark}  variant:  # say here how wording, base, ages and period differ from the catalogue's"
    yield f"  {mark}    ages: [{draft.ages[0]}, {draft.ages[1]}]"
    yield from (f"  {mark}    {key}: {yaml_quoted(line(value))}" for key, value in fields.items())
    if words := {key: text for key, text in draft.says.items() if text}:
        yield f"  {mark}    says: {_map(words)}"
    if names and all(names):
        yield f"  {mark}    answers: {yaml_list(list(map(line, names)))}"
    if "@" not in draft.name:
        yield f"  {mark}    section: other  # or {', '.join(CONSTRUCTS)}"
        yield f"  {mark}    sensitivity: 2  # 0 where nobody minds the question, 3 where it may hurt"


def _map(values: Mapping[str, object]) -> str:
    words = {key: "true" if value is True else word(str(value)) for key, value in values.items()}
    return "{" + ", ".join(f"{word(str(key))}: {value}" for key, value in words.items()) + "}"


def yaml_list(codes: Sequence[str]) -> str:
    """Codes as a YAML list on one line."""
    return f"[{', '.join(map(word, codes))}]"


def word(text: str) -> str:
    """Text as a YAML scalar; names of columns and files come from outside and may hold anything."""
    plain = re.fullmatch(r"[^\W\d][\w.]*|\d+(\.\d+)?", text) and text.lower() not in ("true", "false", "null")
    return text if plain else yaml_quoted(text)


def line(text: str) -> str:
    """A label on one line, so that it cannot leave its comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
