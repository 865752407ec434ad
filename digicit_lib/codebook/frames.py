"""Frames of findings: whole sentences in `codebooks/frames.yaml`, and the clauses that fill their slots."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from digicit_lib.codebook.answer_texts import answer_key
from digicit_lib.codebook.definitions import Breakdown, Indicator
from digicit_lib.codebook.indicators import FOLDER, catalogue, split_id
from digicit_lib.codebook.people import names_ages
from digicit_lib.codebook.says import BASES, PARENTS, RESPONDENTS
from digicit_lib.language import N_, is_translated, mid_sentence, translate
from digicit_lib.safe import load_yaml

# Other ways of asking for a group are spoken of in its words.
SPOKEN_AS = {"disability_cfm": "disability", "disability_wgss": "disability", "assets": "ses"}
_YES = ("yes", "да", "так", "evet")  # alone it goes without saying
ONE_AGE = re.compile(r" (?:of|aged) \d+$")
AS_ASKED = N_("their titles stand in the survey's own words and language")
MOST_ANSWERS = 3  # more are no sentence
_CYRILLIC = re.compile("[а-яёіїєґ]")
_LACKED = {"ru": set("іїєґ"), "uk": set("ыэъё")}
_TYPOGRAPHY = dict.fromkeys(map(ord, "’‘“”–—…"), ".")


@cache
def frames() -> Mapping[str, Any]:
    """All frames, by type, breakdown, kind of number and verdict.

    Examples
    --------
    >>> frames()["gender"]["ends"]
    ['girl', 'boy']
    """
    data, _ = load_yaml(FOLDER / "frames.yaml")
    return dict(data)


def people_of(noun: str, language: str = "en") -> str:
    """The respondents as they stand after "of" (in the genitive where a language has one).

    Examples
    --------
    >>> people_of("students")
    'students'
    """
    # Only English has a word of its own for it, and writes it in the frame.
    return translate(frames()["people"][noun], language).removeprefix("of ")


def fits(words: str, language: str) -> bool:
    """Whether words that a study wrote fit a sentence of a language: translated, or in its letters.

    Examples
    --------
    >>> [fits("were hurt online", lang) for lang in ("en", "tr")], fits("боялись ігор", "ru")
    ([True, False], False)
    """
    letters = words.lower()
    if language == "en":
        return letters.translate(_TYPOGRAPHY).isascii()
    if is_translated(words, language):
        return True
    if language in _LACKED:
        return bool(_CYRILLIC.search(letters)) and not _LACKED[language] & set(letters)
    return language == "tr" and bool(set(letters) & set("çğıöşü"))


def short_of(indicator: Indicator, language: str = "en") -> str:
    """The indicator's words for a row of a chart.

    Examples
    --------
    >>> short_of(catalogue()["RSK-01"])
    'Were treated in a hurtful way online'
    """
    short = indicator.says.short
    return translate(short if short and fits(short, language) else indicator.title, language)


def they_of(indicator: Indicator, language: str = "en") -> str:
    """The plural clause of an indicator; where it has none, its answers and question as they were asked.

    Examples
    --------
    >>> they_of(catalogue()["ACC-03"])
    'go online every day'
    >>> from digicit_lib.codebook.says import Says
    >>> they_of(catalogue()["ACC-03"].model_copy(update={"says": Says(), "answers": ("Daily", "Always")}))
    'answered “Daily” or “Always” to “These days, how often do you go online, from any place?”'
    """
    if indicator.says.they and fits(indicator.says.they, language):
        return translate(indicator.says.they, language)
    if 0 < len(indicator.answers) <= MOST_ANSWERS:
        return _as_asked(indicator, language)
    # Nobody counts as a question.
    frame = frames()["words"]["counted" if indicator.title.endswith("?") else "they"]
    return translate(frame, language, title=translate(indicator.title, language))


def _as_asked(indicator: Indicator, language: str) -> str:
    """Answers and question word for word; in the page's language where the question is."""
    question = translate(indicator.question or indicator.title, language)
    frame = frames()["words"]["answered"]
    return translate(frame, language, answers=_answers(indicator, language), question=question)


def _answers(indicator: Indicator, language: str) -> str:
    spoken = language if is_translated(indicator.question or indicator.title, language) else "en"
    return either([translate(text, spoken) for text in indicator.answers], language)


def either(answers: Sequence[str], language: str = "en") -> str:
    """Answers as they were given, each in quotation marks; more than a sentence holds are a list.

    Examples
    --------
    >>> either(["Daily", "Weekly", "Monthly"]), either(["Daily"])
    ('“Daily”, “Weekly” or “Monthly”', '“Daily”')
    """
    if len(answers) > MOST_ANSWERS:
        return ", ".join(translate("“{a}”", language, a=text) for text in answers)
    frame = frames()["words"]["answers"][len(answers) - 1]
    return translate(frame, language, **dict(zip("abc", answers, strict=False)))


def as_asked(indicators: Iterable[Indicator], language: str) -> list[list[str]]:
    """A cover's line, where titles in words of the study's own are not of the page's language.

    Examples
    --------
    >>> own = catalogue()["ACC-03"].model_copy(update={"title": "Онлайн каждый день"})
    >>> as_asked([own], "en"), as_asked([own], "ru")
    ([['Own questions', "their titles stand in the survey's own words and language"]], [])
    """
    line = [translate(words, language) for words in (N_("Own questions"), AS_ASKED)]
    return [line] if any(not fits(one.title, language) for one in indicators) else []


def counted_answers(indicator: Indicator, language: str = "en") -> str:
    """The answers that count, of a question without words of its own; empty where they go without saying.

    Examples
    --------
    >>> from digicit_lib.codebook.says import Says
    >>> own = catalogue()["ACC-03"].model_copy(update={"says": Says(), "answers": ("Daily", "Always")})
    >>> counted_answers(own), counted_answers(own.model_copy(update={"answers": ("Yes",)}))
    ('“Daily” or “Always”', '')
    """
    plain = len(indicator.answers) == 1 and answer_key(indicator.answers[0]) in _YES
    if indicator.says.they or plain or not indicator.answers:
        return ""
    return _answers(indicator, language)


def population_of(base: str, noun: str) -> str:
    """The whole population in words, as it stands before ages: those of parents are their children's.

    Examples
    --------
    >>> population_of("respondents", "parents"), population_of("pupils of grade 8", "parents")
    ('parents or carers of children', 'pupils of grade 8')
    """
    return PARENTS if noun == "parents" and base == RESPONDENTS else base


def base_of(
    indicator: Indicator,
    noun: str,
    language: str = "en",
    *,
    ages: str = "",
    known: Mapping[str, Indicator] | None = None,
    whole: str = "",
    name: str = "",
) -> str:
    """Whom a level is of, as it stands after "of".

    Parameters
    ----------
    indicator : Indicator
    noun : str
        The survey's noun for its respondents: children, students, people or parents.
    language : str
    ages : str
        Of an age group that the level is of.
    known : mapping, optional
        The survey's own forms of the indicators, for bases made of other answers.
    whole : str
        The survey's whole population in its own words; a variant with another one names its own.
    name : str
        What English sentences call the people, in place of the noun.

    Examples
    --------
    >>> base_of(catalogue()["ACC-03"], "children"), base_of(catalogue()["ACC-01"], "people", ages="15–24")
    ('children who use the internet', 'people aged 15–24')
    >>> base_of(catalogue()["COP-01"], "children")
    'children who were bothered or upset by something online in the past 12 months'
    >>> own = catalogue()["ACC-03"].model_copy(update={"population": "students who go online"})
    >>> base_of(own, "students", ages="16–17", whole="students")
    'students who go online aged 16–17'
    """
    by_name = name and language == "en"
    words, people = frames()["base"], name if by_name else people_of(noun, language)
    if ages and not (by_name and ONE_AGE.search(name)):
        people = translate(words["aged"], language, people=people, ages=ages)
    if indicator.says.base and fits(indicator.says.base, language):
        return translate(indicator.says.base, language)
    population = indicator.population
    own_base = next((key for key in words if population and BASES.get(key) == population), "")
    if own_base:  # `digicit new` writes the catalogue's own words, which have their case in a frame
        return translate(words[own_base], language, people=people)
    forms = {**catalogue(), **{split_id(name)[0]: one for name, one in (known or {}).items()}}
    framed = indicator.model_copy(update={"population": ""})
    if population and whole and population not in (whole, base_of(framed, noun, known=forms)):
        # A study's words stand as they were written: a frame needs a case that only our catalogues know.
        known_here = population.isascii() if language == "en" else is_translated(population, language)
        text = translate(population, language)
        if ages and known_here and not _of_ages(text, ages):
            return translate(words["aged"], language, people=text, ages=ages)
        return text if known_here else f"{people} ({population})"
    if noun == "parents" and indicator.base == "NET":  # the child uses it, whoever answers
        return translate(words["PARENTS"], language)
    if indicator.base in words:
        return translate(words[indicator.base], language, people=people)
    filters = [forms[part] for part in indicator.base.split("|") if part in forms]
    if len(filters) == 1:
        return translate(words["those"], language, people=people, they=they_of(filters[0], language))
    if filters:
        titles = "; ".join(mid_sentence(short_of(one, language), language) for one in filters)
        return translate(words["any"], language, people=people, list=titles)
    return people


def _of_ages(text: str, ages: str) -> bool:
    low, *rest = map(int, re.findall(r"\d+", ages))
    return names_ages(text, low, *(rest or [low]))


def parents_of(by: str, level: str, language: str = "en") -> str:
    """A group of children as the parents who answered for them; empty where it is no such group.

    Examples
    --------
    >>> parents_of("gender", "girl"), parents_of("age_group", "6-8"), parents_of("residence", "urban")
    ('parents of girls', 'parents of children aged 6–8', '')
    """
    group = frames()["words"]["parents"].get(by, {})
    message = group if isinstance(group, str) else group.get(level, "")
    return translate(message, language, ages=level.replace("-", "–")) if message else ""


def ends_of(by: str, levels: tuple[str, str], spec: Breakdown | None) -> tuple[str, bool]:
    """Which frames speak of a breakdown's two ends, and whether they stand the other way round.

    Parameters
    ----------
    by : str
        The breakdown.
    levels : (str, str)
        Its first and last group.
    spec : Breakdown, optional
        With words of its own (`says`) a breakdown is spoken of in these.

    Examples
    --------
    >>> ends_of("gender", ("boy", "girl"), None), ends_of("gender", ("female", "male"), None)
    (('gender', True), ('women', False))
    >>> ends_of("grade", ("9", "12"), None)
    ('other', False)
    """
    if spec is not None and spec.says:
        return "other", False
    for name in ("gender", "women") if by == "gender" else (SPOKEN_AS.get(by, by),):
        frame = frames().get(name, {})
        ends = tuple(frame.get("ends", ())) if isinstance(frame, dict) else ()
        if levels in (ends, ends[::-1]) and ends:
            return name, levels != ends
    return ("age_group", False) if by == "age_group" else ("other", False)
