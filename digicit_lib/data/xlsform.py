"""Our own questionnaire as an XLSForm (KoBo, ODK, SurveyCTO), made from the catalogue.

It begins with the carer's consent and the child's assent, asks the carer first so that no adult pages
through a child's answers, keeps the age floors, and offers to stop and to find help on each sensitive page.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from openpyxl import Workbook

from digicit_lib.codebook import (
    BASES,
    CLEARANCE_ONLY,
    CONSTRUCTS,
    FOLDER,
    SCALES,
    YOUNGEST,
    Indicator,
    catalogue,
    questionnaire,
)
from digicit_lib.language import capital, check_language, language_name, translate
from digicit_lib.language import languages as every_language
from digicit_lib.safe import load_yaml, write_atomic

COLUMNS = ("type", "name", "required", "relevant", "constraint", "appearance", "calculation")
SENSITIVE = 2
GATES = {"NET": "${acc_01} = 'yes'", "SCHOOL": "${in_school} = 'yes'", "PROFILE": "${opp_15} = 'yes'"}
# "None", not knowing and not saying stand alone among the answers to one question.
ALONE = "count-selected(.) <= 1 or not(selected(., 'none') or selected(., 'dk') or selected(., 'pnts'))"
Row = dict[str, str]
# What the length of an interview is guessed from until a pilot's own `minutes` are there: minutes of consent,
# household and practice, then seconds a question and seconds more on a page with help and a stop.
OPENING, SECONDS, HELP_SECONDS = 4, 12, 5


class FormChoice(TypedDict, total=False):
    """What a form asks; `write_form` says what each means."""

    clearance: bool
    modules: Sequence[str]
    core: bool
    legal_age: int


def _head(code: str) -> str:
    """A language in the heads of columns, as ODK writes it: Türkçe (tr)."""
    return f"{capital(language_name(code, code), code)} ({code})"


def write_form(path: Path, *, country: str, **choice: Unpack[FormChoice]) -> Path:
    """Write the questionnaire as an XLSForm workbook.

    Parameters
    ----------
    path : Path
        An `.xlsx` file.
    country : str
        ISO code, part of the form's id.
    languages : sequence of str
        Labels in each, or in all; the first is the default. What is not translated stands in English.
    clearance : bool
        Whether a recorded ethics clearance lets the questions of tier M be asked.
    modules : sequence of str
        Modules that are asked beside the base.
    core : bool
        Only the core of the base and of the modules, with the questions that these rest on.
    legal_age : int
        Age that the law sets for a profile: children below it are asked for theirs, too.

    Returns
    -------
    Path

    Raises
    ------
    LanguageError
        An unknown language.
    """
    book = Workbook()
    book.remove(book.active)
    for name, rows in form_sheets(country=country, **choice).items():
        sheet = book.create_sheet(name)
        header = list(dict.fromkeys(key for row in rows for key in row))
        for line in (header, *([row.get(key, "") for key in header] for row in rows)):
            sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return write_atomic(path, stream.getvalue())


def form_sheets(
    *, country: str, languages: Sequence[str] = (), **choice: Unpack[FormChoice]
) -> dict[str, list[Row]]:
    """The form's three sheets: survey, choices, settings, each a list of rows.

    Examples
    --------
    >>> form_sheets(country="TUR", languages=["tr", "en"])["settings"][0]["form_title"]
    "Çocukların çevrim içi yaşamı / Children's life online"
    >>> sheets = form_sheets(country="TUR", languages=["en"])
    >>> next(row["relevant"] for row in sheets["survey"] if row["name"] == "rsk_02")
    "${age} >= 9 and ${age} <= 17 and ${acc_01} = 'yes' and ${rsk_01} = 'yes'"
    """
    indicators = asked(**choice)
    form = _Form([check_language(code) for code in languages or every_language()], indicators)
    default = _head(form.languages[0])
    settings = {"form_id": f"digicit_{country.lower()}", "default_language": default, "style": "pages"}
    # XLSForm knows one title for all languages.
    title = " / ".join(dict.fromkeys(translate(form.words["title"], code) for code in form.languages))
    return {
        "survey": list(form.survey()),
        "choices": list(form.choices()),
        "settings": [{"form_title": title, **settings}],
    }


def asked(
    modules: Sequence[str] = (), *, clearance: bool = False, core: bool = False, legal_age: int = 0
) -> list[Indicator]:
    """The indicators whose questions a form puts, in the catalogue's order.

    Parameters
    ----------
    modules, clearance, core, legal_age
        As in `write_form`.

    Examples
    --------
    >>> ["OPP-07" in [i.id for i in asked(chosen, core=True)] for chosen in ([], ["money_design"])]
    [False, True]
    """
    shut = () if clearance else CLEARANCE_ONLY
    every = questionnaire(modules, legal_age=legal_age)
    indicators = {name: i for name, i in every.items() if name not in shut}
    ids = {name for name, i in indicators.items() if i.core or not core}
    while rest := {n for name in ids for n in _rests_on(indicators[name]) if n in indicators} - ids:
        ids |= rest
    return [i for name, i in indicators.items() if name in ids and i.raw_columns]


def _rests_on(indicator: Indicator) -> Iterator[str]:
    """Indicators that its base, its skip and its parts name."""
    yield from [] if indicator.base in BASES else indicator.base.split("|")
    yield from [indicator.implied_no_if] if indicator.implied_no_if else []
    yield from (leaf.of for leaf in (indicator.derived.leaves() if indicator.derived else ()) if leaf.of)


def minutes(modules: Sequence[str] = (), *, clearance: bool = False, core: bool = False) -> dict[str, float]:
    """How long an interview takes by part, for a child to whom every question is put: a guess by questions.

    Parameters
    ----------
    modules, clearance, core
        As in `write_form`.

    Returns
    -------
    dict of str to float
        Minutes of the base (consent and household included) and of each module.

    Examples
    --------
    >>> {name: round(length, 1) for name, length in minutes(["wellbeing"], core=True).items()}
    {'base': 24.0, 'wellbeing': 0.2}
    """
    lengths = dict.fromkeys(("base", *modules), 0.0) | {"base": float(OPENING)}
    for indicator in asked(modules, clearance=clearance, core=core):
        pages = indicator.sensitivity >= SENSITIVE and indicator.asked_of == "child"
        seconds = SECONDS * len(indicator.raw_columns) + HELP_SECONDS * pages
        lengths[indicator.module or "base"] += seconds / 60
    return lengths


class _Form:
    """Rows of the form; `ended` is the last calculated field that says whether the child stopped."""

    def __init__(self, languages: Sequence[str], indicators: list[Indicator]) -> None:
        self.languages, self.asked = languages, indicators
        self.words, _ = load_yaml(FOLDER / "form.yaml")
        self.low = min(YOUNGEST, *(i.ages[0] for i in indicators))
        self.ended = ""

    def survey(self) -> Iterator[Row]:
        words = self.words
        yield from ({"type": kind, "name": kind} for kind in ("start", "end"))
        yield self._row("calculate", "id", calculation="once(uuid())")
        spent = "round((decimal-date-time(now()) - decimal-date-time(${start})) * 1440, 0)"
        yield self._row("calculate", "minutes", calculation=spent)
        sample = [self._row("text", name, text, required="yes") for name, text in words["sample"].items()]
        yield from self._page("sample", words["interviewer"], sample)
        yield self._row("select_one YESNO", "carer_consent", words["carer_consent"], required="yes")
        refused = "${carer_consent} = 'no'"
        yield self._row("note", "no_consent", words["no_consent"], relevant=refused)
        consent = "${carer_consent} = 'yes'"
        yield from self._page("about_child", words["about_child"], list(self._background()), consent)
        for indicator in self.asked:
            if indicator.asked_of == "parent":
                yield from self._page(f"p_{indicator.raw}", "", self._questions(indicator), consent)
        if self.low < YOUNGEST:
            consent += f" and ${{age}} >= {YOUNGEST}"  # of the younger ones the carer has told
        yield self._row("note", "hand_over", words["hand_over"], relevant=consent)
        assent = words["child_assent"]
        yield self._row("select_one YESNO", "child_assent", assent, required="yes", relevant=consent)
        yield from self._child("${child_assent} = 'yes'")
        yield self._row("note", "thanks", words["thanks"], relevant="${carer_consent} = 'yes'")

    def _background(self) -> Iterator[Row]:
        for name, text in self.words["background"].items():
            if name == "age":
                limits = f". >= {self.low} and . <= 17"
                yield self._row("integer", name, text, required="yes", constraint=limits)
            else:
                yield self._row(f"select_one {name}", name, text, required="yes")

    def _child(self, assent: str) -> Iterator[Row]:
        """The child's pages in the order of the sections, sensitive ones with help and a way to stop."""
        yield self._row("select_one YESNO", "practice", self.words["practice"], relevant=assent)
        for section in CONSTRUCTS:
            for indicator in self.asked:
                if indicator.section == section and indicator.asked_of == "child":
                    going = f"{assent} and ${{{self.ended}}} = 0" if self.ended else assent
                    yield from self._sensitive(indicator, going)

    def _sensitive(self, indicator: Indicator, going: str) -> Iterator[Row]:
        rows = self._questions(indicator)
        if indicator.sensitivity < SENSITIVE:
            yield from self._page(f"p_{indicator.raw}", "", rows, going)
            return
        raw, gate = indicator.raw, rows[0]["relevant"]
        stop = self._row("select_one GO_ON", f"stop_{raw}", self.words["go_on"], relevant=gate)
        help_ = self._row("note", f"help_{raw}", self.words["sensitive"], relevant=gate)
        yield from self._page(f"p_{raw}", "", [help_, *rows, stop], going)
        before = f" or ${{{self.ended}}} = 1" if self.ended else ""
        condition = f"if(${{stop_{raw}}} = 'stop'{before}, 1, 0)"
        self.ended = f"ended_{raw}"
        yield self._row("calculate", self.ended, calculation=condition)

    def _questions(self, indicator: Indicator) -> list[Row]:
        """One row a raw column; the question of a battery stands above its items."""
        gate = _gate(indicator, self.low)
        hint = self.words["rgt_hint"] if indicator.scale == "PICK3" else ""
        kind, limits = f"select_one {indicator.scale}", ""
        if indicator.several:
            kind, limits = f"select_multiple {indicator.scale}", ALONE
        if indicator.range:
            low, high = (f"{bound:g}" for bound in indicator.range)
            grown = " and . <= ${age}" if indicator.unit == "years" else ""
            kind, limits = "integer", f". >= {low} and . <= {high}{grown}"
        texts = [item.question for item in indicator.items] or [indicator.question]
        rows = []
        if indicator.items:
            rows.append(self._row("note", f"q_{indicator.raw}", indicator.question, relevant=gate))
        # A child must be able to leave a sensitive page, or a number it does not know, without an answer.
        delicate = indicator.sensitivity >= SENSITIVE and indicator.asked_of == "child"
        need = "" if indicator.range or delicate else "yes"
        for name, text in zip(indicator.raw_columns, texts, strict=True):
            rows.append(self._row(kind, name, text, hint, required=need, relevant=gate, constraint=limits))
        return rows

    def choices(self) -> Iterator[Row]:
        lists = {name: SCALES[name] for name in dict.fromkeys(i.scale for i in self.asked) if SCALES[name]}
        plain = {"YESNO": self.words["levels"]["in_school"], "GO_ON": self.words["go_on_answers"]}
        for name, codes in {**plain, **self.words["levels"], **lists}.items():
            for code, text in codes.items():
                yield {"list_name": name, "name": code, **self._labels("label", text)}

    def _page(self, name: str, text: str, rows: list[Row], relevant: str = "") -> Iterator[Row]:
        yield self._row("begin_group", name, text, relevant=relevant, appearance="field-list")
        yield from rows
        yield {"type": "end_group", "name": name}

    def _row(self, kind: str, name: str, text: str = "", hint: str = "", **more: str) -> Row:
        labels = {**self._labels("label", text), **(self._labels("hint", hint) if hint else {})}
        return {"type": kind, "name": name, **labels, **{key: more.get(key, "") for key in COLUMNS[2:]}}

    def _labels(self, kind: str, text: str) -> Row:
        return {f"{kind}::{_head(code)}": translate(text, code) for code in self.languages}


def _gate(indicator: Indicator, youngest: int) -> str:
    """Who is asked, as an XLSForm expression: age floor, base, skip."""
    low, high = indicator.ages
    aged = f"${{age}} >= {low} and ${{age}} <= {high}"
    if indicator.asked_of == "parent":  # never routed by what the child tells; the ages part two frames alone
        return aged if youngest < YOUNGEST else ""
    base = GATES.get(indicator.base, "") if indicator.base in BASES else _yes_any(indicator.base.split("|"))
    skip = _yes_any([indicator.implied_no_if]) if indicator.implied_no_if else ""
    return " and ".join(filter(None, [aged, base, skip]))


def _yes_any(names: Sequence[str]) -> str:
    """That any of these indicators has an answer that counts."""
    indicators = [catalogue()[name] for name in names]
    tests = [f"${{{column}}} = '{code}'" for i in indicators for column in i.raw_columns for code in i.yes]
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"
