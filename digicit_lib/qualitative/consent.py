"""Consent: only an explicit yes opens, in each column that the person's age asks for."""

import re
from functools import cache
from pathlib import Path
from unicodedata import normalize

import pandas as pd

from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import ASKERS
from digicit_lib.safe import load_yaml

CHILD, ADULT = ("consent_carer", "assent_child", "quote_ok"), ("consent", "quote_ok")
_OPEN_BAND = re.compile(r"^\s*[-–—−]|[-–—−]\s*$")
YES, KNOWN_NO, OTHER, EMPTY, MISSING = "yes", "no", "another word", "empty", "no such column"


@cache
def _words() -> dict[str, frozenset[str]]:
    table, _ = load_yaml(Path(__file__).with_name("consent.yaml"))
    return {name: frozenset(str(word).casefold() for word in words) for name, words in table.items()}


def says_yes(value: object) -> bool:
    """Whether a cell holds an accepted yes of one of the four languages.

    Examples
    --------
    >>> says_yes("Да"), says_yes(True), says_yes("signed?"), says_yes("")
    (True, True, False, False)
    """
    return _plain(value) in _words()["yes"]


def says_no(value: object) -> bool:
    """Whether a cell holds a known no.

    Examples
    --------
    >>> says_no("Нет"), says_no("audio"), says_no("")
    (True, False, False)
    """
    return _state(value)[0] == KNOWN_NO


def _plain(value: object) -> str:
    text = str(value).strip().replace("İ", "i").casefold()
    return text.removesuffix(".0")


def signer(name: object) -> str:
    """Who signed, as names are compared; "" for a sign that holds a place for a name.

    Examples
    --------
    >>> signer("Yıldız, A.") == signer("A.  yıldız"), signer("T.B.D."), signer("-")
    (True, '', '')
    """
    words = re.findall(r"\w+", normalize("NFKC", str(name)).casefold())
    is_name = "".join(words) not in _words()["nobody"]
    return " ".join(sorted(words)) if is_name else ""


def is_adult(role: object, age_band: object = "") -> bool:
    """Whether a role or an age band says that somebody is of age; where neither does, a child.

    Examples
    --------
    >>> is_adult("teacher"), is_adult("child"), is_adult("", "18-24"), is_adult("", "15-17")
    (True, False, True, False)
    >>> is_adult("", "18 and older"), is_adult("", "under 18"), is_adult("teacher", "до 18")
    (True, False, False)
    """
    ages = [int(n) for n in re.findall(r"\d+", str(age_band))]
    if len(ages) == 1 and _OPEN_BAND.search(str(age_band)):  # "-18" may mean up to that age
        return False
    if ages:  # a word beside the number may turn it round
        words = set(re.findall(r"[^\s\d+>≥=–—-]+", _plain(age_band)))
        return words <= _words()["and_older"] and min(ages) >= 18 and max(ages) < 120
    return any(_plain(value) in _words()["adults"] for value in (role, age_band))


def consent_table(project: Project) -> pd.DataFrame:
    """What stands in each participant's consent cells: a word of the known ones, or only that it is another.

    Parameters
    ----------
    project : Project

    Returns
    -------
    DataFrame
        ``case row column state value``: `row` of the participants' sheet; `state` is ``yes``, ``no``,
        ``another word``, ``empty`` or ``no such column``; `value` is the cell's word only where it is a
        known one. Moderators are no participants.

    Examples
    --------
    >>> people = pd.DataFrame({"case": ["P1"], "quote_ok": ["да"], "consent_carer": ["maybe"]})
    >>> project = Project.build({}, [], [], cases=people)
    >>> consent_table(project)[["column", "state", "value"]].values.tolist()
    [['consent_carer', 'another word', ''], ['assent_child', 'no such column', ''], ['quote_ok', 'yes', 'да']]
    """
    people = project.cases
    rows = []
    for number, person in enumerate(people.to_dict("records")):
        if str(person.get("role", "")) in ASKERS:
            continue
        question = ADULT if is_adult(person.get("role", ""), person.get("age_band", "")) else CHILD
        for column in question:
            if column == "consent" and column not in people:
                continue  # an adult who agrees to be quoted consents
            state, word = _state(person[column]) if column in people else (MISSING, "")
            rows.append((person["case"], person.get("row", number + 2), column, state, word))
    return pd.DataFrame(rows, columns=["case", "row", "column", "state", "value"])


def unknown_words(people: pd.DataFrame) -> list[tuple[str, int, str]]:
    """File, row and column of consent cells whose word is no known yes or no; the word is not told."""
    columns = [c for c in dict.fromkeys((*CHILD, *ADULT)) if c in people]
    return [
        (person["file"], person["row"], column)
        for person in people.to_dict("records")
        for column in columns
        if _state(person[column])[0] == OTHER
    ]


def _state(value: object) -> tuple[str, str]:
    word = _plain(value)
    if word in ("", "nan", "none"):
        return EMPTY, ""
    if word in _words()["yes"]:
        return YES, str(value).strip()
    return (KNOWN_NO, str(value).strip()) if word in _words()["no"] else (OTHER, "")


def may_be_quoted(project: Project) -> pd.Series:
    """By participant, whether every consent that counts is an explicit yes in every row, and stands.

    A cell of `withdrawn` that is neither empty nor an explicit no (a yes, a date, another word) withholds.
    """
    table, people = consent_table(project), project.cases
    agreed = (table["state"] == YES).groupby(table["case"]).all()
    if "withdrawn" not in people:
        return agreed
    stays = people["withdrawn"].map(lambda cell: _plain(cell) in _words()["stays"] | {"", "nan", "none"})
    return agreed & stays.groupby(people["case"]).all().reindex(agreed.index)
