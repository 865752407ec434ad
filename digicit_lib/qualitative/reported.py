"""COREQ's items filled from the project itself; what no column and no author reports stays "not reported"."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from digicit_lib.language import N_, number, plural, translate
from digicit_lib.language.codes import label_table
from digicit_lib.qualitative.analyses import final, passages
from digicit_lib.qualitative.coded.model import Project, headings
from digicit_lib.qualitative.coded.parts import ASKERS
from digicit_lib.qualitative.consent import says_no, says_yes
from digicit_lib.qualitative.displays import DATES, saturation
from digicit_lib.qualitative.passage_gate import K
from digicit_lib.qualitative.quotation_gate import negative_cases, quotations

Consent = Sequence[tuple[str, str | Sequence[int]]]
CHILDREN = ("child", "pupil", "student")
# What is said of each column of consent: of children, of adults, and of people whose role is not recorded.
AGREED = (
    label_table("consent of children"),
    {"consent": N_("Consent is recorded for {count} adults.")},
    label_table("consent of participants"),
)


def counted(n: int, of: int, least: int) -> str | tuple[int, int]:
    """So many of so many, or a word where the count or its complement is of few people.

    Parameters
    ----------
    n, of : int
    least : int
        The fewest people that a count may be of.

    Examples
    --------
    >>> counted(54, 60, 5), counted(58, 60, 5), counted(2, 60, 5), counted(60, 60, 5), counted(1, 1, 5)
    ((54, 60), 'most', 'some', (60, 60), 'all')
    """
    if 0 < n == of < least:
        return N_("all")
    if n and (0 < n < least or 0 < of - n < least):
        return N_("most") if 2 * n >= of else N_("some")
    return n, of


def speakers(project: Project) -> pd.DataFrame:
    """The people who spoke and did not ask, one row each."""
    cases = project.cases.drop_duplicates("case")
    return cases[~_roles(cases).isin([*ASKERS])]


def agreed(people: pd.DataFrame, column: str) -> tuple[int, int] | None:
    """How many said yes in a column of consent, of how many; None where nobody did.

    Anything but an accepted yes is a no: an empty cell tells the same.

    Examples
    --------
    >>> agreed(pd.DataFrame({"consent_carer": ["yes", "pending", "Evet"]}), "consent_carer")
    (2, 3)
    """
    if column not in people or people.empty:
        return None
    yes = int(sum(people[column].map(says_yes)))
    return (yes, len(people)) if yes else None


def consent_counts(project: Project, *, least: int = K) -> Consent:
    """Who agreed, from the columns of participants; empty where none is recorded.

    Children's consent is that of a carer with their own assent; of adults it is their own. People whose role
    is not recorded are neither.

    Returns
    -------
    list of (str, str or (int, int))
        A message, and what `counted` gives for it; `consent_text` says them.

    Examples
    --------
    >>> consent_counts(Project.build({}, [], []))
    []
    """
    people = speakers(project)
    role = _roles(people)
    child = role.isin(CHILDREN)
    groups = zip((child, ~child & (role != ""), role == ""), AGREED, strict=True)
    asked = ((agreed(people[who], name), said) for who, said_of in groups for name, said in said_of.items())
    return [(said, counted(*answers, least)) for answers, said in asked if answers]


def consent_text(counts: Consent, language: str = "en") -> str:
    """What `consent_counts` gave, in words.

    Examples
    --------
    >>> consent_text([("Consent is recorded for {count} adults.", (6, 6))])
    'Consent is recorded for 6 of 6 adults.'
    """

    def words(count: str | Sequence[int]) -> str:
        if isinstance(count, str):
            return translate(count, language)
        n, of = (number(one, language) for one in count)
        return translate("{n} of {all}", language, n=n, all=of)

    return " ".join(translate(message, language, count=words(count)) for message, count in counts)


def only_adults(project: Project) -> bool:
    """Whether everybody who spoke has a role, and nobody that of a child."""
    role = _roles(speakers(project))
    return bool(len(role)) and not (role.isin(CHILDREN) | (role == "")).any()


def _roles(people: pd.DataFrame) -> pd.Series:
    roles = people["role"].astype("str") if "role" in people else pd.Series("", index=people.index)
    return roles.str.strip().str.lower()


def coders(project: Project, language: str = "en") -> str:
    """How many people coded, and how many sources more than one of them.

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
    >>> coders(Project.build({"a": "P1: yes"}, rows, []))
    'One person coded all sources; agreement between coders was not measured.'
    """
    spans = project.segments[project.segments["coder"].astype("str") != ""]
    people, sources = spans["coder"].nunique(), spans["source"].nunique()
    if not people:
        return ""
    if people == 1:
        alone = N_("One person coded all sources; agreement between coders was not measured.")
        some = N_("One person coded; agreement between coders was not measured.")
        return translate(some if uncoded(project) else alone, language)
    both = int((spans.groupby("source")["coder"].nunique() > 1).sum())
    if not both:
        return translate(
            "{n} people coded, each other sources; agreement between coders was not measured.",
            language,
            n=number(people, language),
        )
    return translate(
        "{n} people coded; {both} of {all} sources were coded by more than one.",
        language,
        n=number(people, language),
        both=number(both, language),
        all=number(sources, language),
    )


def uncoded(project: Project) -> int:
    """Transcripts in which nothing is coded yet."""
    return len(_told(project) - set(project.segments["source"]))


def _told(project: Project) -> set[str]:
    """The documents in which something is said: an empty file is no discussion."""
    return {source for source, text in project.texts.items() if text.strip()}


def coreq_answers(
    project: Project,
    *,
    given: Mapping[str, str],
    team: Sequence[Any] = (),
    interviews: Any = None,
    k: int = K,
    language: str = "en",
) -> dict[str, str]:
    """What a study reports on COREQ's items: the authors' words first, else what the project shows.

    Parameters
    ----------
    project : Project
    given : mapping
        Item number to the authors' words.
    team : sequence
        Members with id, role, occupation, gender and training, from the params.
    interviews : object, optional
        Orientation, sampling, approach, guide, returned and checked, from the params.
    k : int
        The fewest people that a count may be of.
    language : str

    Returns
    -------
    dict
        Item number to a sentence; an item that nothing fills is absent.
    """
    makers: dict[str, Callable[[], str]] = {
        "12": lambda: _sample(project, language),
        "13": lambda: _refused(project, language),
        "14": lambda: _kinds(project, "setting", language),
        "15": lambda: _others(project, language),
        "16": lambda: translate("see the table of participants", language) if len(speakers(project)) else "",
        "18": lambda: _repeats(project, language),
        "19": lambda: _yes(project, "recorded", language),
        "20": lambda: _notes(project, language),
        "21": lambda: _minutes(project, language),
        "22": lambda: _saturated(project, language),
        "24": lambda: coders(project, language),
        "25": lambda: _tree(project, language),
        "26": lambda: _origin(project, language),
        "27": lambda: translate(str(project.facts.get("writer", "")), language),
        "29": lambda: _quoted(project, k, language),
        "31": lambda: _themes(project, language),
        "32": lambda: _minor(project, language),
    }
    answers = {item: make() for item, make in makers.items()}
    answers |= _of_team(project, team, language) | _of_authors(interviews, language)
    own_words = {str(item): str(text or "").strip() for item, text in given.items()}
    answers |= {item: translate(text, language) for item, text in own_words.items() if text}
    return {item: text for item, text in answers.items() if text}


# --- the authors' and the team's ----------------------------------------------------------------------


def _of_team(project: Project, team: Sequence[Any], language: str) -> dict[str, str]:
    """Items 1 to 5: who moderated, of the members that the sessions name."""
    speakers = project.sources.get("moderator_id", pd.Series(dtype=str)).astype("str")
    members = {member.id: member for member in team if member.id}
    here = [members[name] for name in dict.fromkeys(speakers) if name in members] or list(team)
    if not here:
        return {}
    count = plural("{n} member of the team", "{n} members of the team", len(here), language)
    roles = ", ".join(dict.fromkeys(translate(member.role, language) for member in here))
    answers = {"1": f"{count}: {roles}"}
    for item, name in (("3", "occupation"), ("4", "gender"), ("5", "training")):
        values = [str(getattr(member, name)) for member in here if getattr(member, name)]
        answers[item] = "; ".join(dict.fromkeys(translate(text, language) for text in values))
    return answers


def _of_authors(interviews: Any, language: str) -> dict[str, str]:
    """Items 9 to 11, 17, 23 and 28, in the authors' words."""
    if interviews is None:
        return {}
    places = {"9": "orientation", "10": "sampling", "11": "approach", "23": "returned", "28": "checked"}
    answers = {item: translate(getattr(interviews, name), language) for item, name in places.items()}
    if interviews.guide:
        tried = translate(interviews.guide.piloted, language)
        answers["17"] = (
            translate("guide in the annex; tried first: {tried}", language, tried=tried)
            if tried
            else translate("guide in the annex; whether it was tried first: not reported", language)
        )
    return answers


# --- the project's ------------------------------------------------------------------------------------


def _sample(project: Project, language: str) -> str:
    people, sources = len(speakers(project)), len(_told(project))
    if not people:
        return translate(
            "people who spoke: not reported; sources: {n}", language, n=number(sources, language)
        )
    n, of = number(people, language), number(sources, language)
    return translate(
        "{people} participants in {sources} discussions and interviews", language, people=n, sources=of
    )


def _column(project: Project, name: str) -> pd.Series:
    """A column of the sources as text, without empty cells; empty where it is not there."""
    if name not in project.sources:
        return pd.Series(dtype=str)
    text = project.sources[name].astype("str").str.strip()
    return text[~text.isin(["", "nan", "<NA>", "None"])]


def _refused(project: Project, language: str) -> str:
    counts = pd.to_numeric(_column(project, "n_refused"), errors="coerce").dropna()
    return translate("refused: {n}", language, n=number(counts.sum(), language)) if len(counts) else ""


def _kinds(project: Project, column: str, language: str) -> str:
    """Counts by kind, never a place."""
    counts = _column(project, column).value_counts()
    return "; ".join(f"{translate(str(kind), language)}: {number(n, language)}" for kind, n in counts.items())


def _others(project: Project, language: str) -> str:
    return _kinds(project, "others", language)


def _repeats(project: Project, language: str) -> str:
    ids = _column(project, "session_id")
    if not len(ids):
        return ""
    twice = int(ids.duplicated().sum())
    if twice:
        return translate("repeated: {n}", language, n=number(twice, language))
    return translate("no repeats", language)


def _yes(project: Project, column: str, language: str) -> str:
    """In how many sessions; or how, where the sheet says that: ``audio``."""
    answers = _column(project, column)
    if not all(says_yes(answer) or says_no(answer) for answer in answers):
        return _kinds(project, column, language)
    n, of = number(int(sum(answers.map(says_yes))), language), number(len(project.sources), language)
    return translate("recorded in {n} of {all}", language, n=n, all=of) if len(answers) else ""


def _notes(project: Project, language: str) -> str:
    took = _column(project, "note_taker_id")
    n, of = number(len(took), language), number(len(project.sources), language)
    return translate("notes taken in {n} of {all}", language, n=n, all=of) if len(took) else ""


def _minutes(project: Project, language: str) -> str:
    minutes = pd.to_numeric(_column(project, "minutes"), errors="coerce").dropna()
    if minutes.empty:
        return ""
    middle, low, high = (number(x, language) for x in (minutes.median(), minutes.min(), minutes.max()))
    return translate("median {median} minutes, {low} to {high}", language, median=middle, low=low, high=high)


def _saturated(project: Project, language: str) -> str:
    if not len(project.segments) or len(project.texts) < 2:
        return ""
    ordered = any(len(_column(project, name)) == len(project.sources) for name in DATES)
    if not ordered:
        return translate("computed in the order of the files: not a point of saturation", language)
    return saturation(project, language=language).says


def _tree(project: Project, language: str) -> str:
    codes, themes = (
        len(project.codes) - len(headings(project)),
        project.codes.loc[project.codes["theme"] != "", "theme"].nunique(),
    )
    text = translate(
        "{codes} codes in {themes} themes, see the codebook",
        language,
        codes=number(codes, language),
        themes=number(themes, language),
    )
    return text if codes else ""


def _origin(project: Project, language: str) -> str:
    if "origin" not in project.codes:
        return ""
    origins = project.codes["origin"].astype("str").str.lower()
    prior, data = (number(int((origins == name).sum()), language) for name in ("prior", "data"))
    told_at_all = origins.isin(["prior", "data"]).any()
    message = translate("{prior} set beforehand, {data} from the data", language, prior=prior, data=data)
    return message if told_at_all else ""


def _quoted(project: Project, k: int, language: str) -> str:
    quotes = quotations(project, k=k)
    if quotes.empty:
        return translate("no quotation is approved", language)
    passages_coded = passages(final(project).segments, ["code"])
    n, of = number(quotes["quotation"].nunique(), language), number(len(passages_coded), language)
    return translate(
        "{n} approved quotations of {all} coded passages, each with an attribution", language, n=n, all=of
    )


def _themes(project: Project, language: str) -> str:
    coded = final(project).segments.merge(project.codes[["code", "theme"]], on="code", how="left")
    n = number(coded.loc[coded["theme"] != "", "theme"].nunique(), language)
    return translate("{n} themes, each in the table of themes", language, n=n) if len(coded) else ""


def _minor(project: Project, language: str) -> str:
    coded = final(project).segments
    if coded.empty:
        return ""
    alone = int((coded.groupby("code")["source"].nunique() == 1).sum())
    against = len(negative_cases(project)) if len(project.quotations) else 0
    n, voices = number(alone, language), number(against, language)
    return translate(
        "codes in one source only: {n}; voices that say otherwise: {voices}", language, n=n, voices=voices
    )
