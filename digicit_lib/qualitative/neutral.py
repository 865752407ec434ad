"""What is published for a team's own names: FG1 for a session, P01 for a person, area 1 for a place."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

import pandas as pd

from digicit_lib.language import N_
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import ASKERS, frame
from digicit_lib.qualitative.flags import GRAVE, find_flags
from digicit_lib.qualitative.names import word_list
from digicit_lib.qualitative.tokens import fold_token

_KINDS = (
    ("FG", re.compile(r"fgd|focus|group|фокус|групп|груп|odak|grup", re.I)),
    ("KI", re.compile(r"\bkii?\b|key|expert|ключев|эксперт|експерт|uzman", re.I)),
    ("II", re.compile(r"interview|idi|\bii\b|интервью|інтерв|görüşme|mülakat", re.I)),
)
_SHORT = re.compile(r"(fgd?s?)|(kii?s?)|(?:idi|ii)s?", re.I)
_PLACES = re.compile(
    r"area|place|school|district|region|village|town|city|location|site|site|address|район|област|регион|город|місто|школ|місце"
    r"|село|bölge|ilçe|okul|şehir|köy|mahalle|yer",
    re.I,
)
_IDS = ("source", "case", "speaker", "guid", "sha256", "kind", "chars", "row", "lang", "sets")


def neutral_ids(project: Project) -> tuple[Project, dict[str, str]]:
    """A project whose sources, people and places have neutral names, and the old name of each new one.

    Parameters
    ----------
    project : Project
        Under pseudonyms.

    Returns
    -------
    Project
        Sources as FG1, II2 (by the kind of session, in their order; S1 where none is told), people as P01;
        an area is kept where it is a kind of place (urban, village) and numbered where it is a name.
    dict
        New to old: for the team's working sheets, never for a report.

    Examples
    --------
    >>> p = Project.build({"Hill": "P1: yes"}, [], [], sources=[dict(source="Hill", type="FGD")])
    >>> neutral_ids(p)[0].sources["source"].tolist()
    ['FG1']
    """
    sources = _numbered_sources(project.sources)
    roles = frame(project.cases, ["case", "role"]).set_index("case")["role"]
    asking = {case: role in ASKERS for case, role in roles.items() if case}
    people, askers = ([case for case, asks in asking.items() if asks == part] for part in (False, True))
    cases = {case: f"P{n:0{max(2, len(str(len(people))))}d}" for n, case in enumerate(people, 1)}
    cases |= {case: f"M{n}" for n, case in enumerate(askers, 1)}
    frames = {}
    for name in ("sources", "turns", "segments", "cases", "reviews", "quotations", "routing", "flags"):
        rows = getattr(project, name)
        for column, names in (("source", sources), ("case", cases)):
            if column in rows:
                new = [names.get(value, "") for value in rows[column]]
                rows = rows.assign(**{column: pd.Series(new, index=rows.index, dtype="object")})
        frames[name] = rows
    frames["turns"] = frames["turns"].assign(speaker=frames["turns"]["case"])
    if "speaker" in frames["cases"]:
        frames["cases"] = frames["cases"].drop(columns="speaker")
    for name in ("sources", "cases"):
        frames[name] = _without_places(frames[name])
    texts = {sources[source]: text for source, text in project.texts.items()}
    old = {new: name for name, new in {**sources, **cases}.items()}
    return replace(project, texts=texts, **frames), old


def kind_of_session(said: str) -> str:
    """FG, KI or II for the kind of a session as a team writes it in its language; S for another.

    Examples
    --------
    >>> [kind_of_session(said) for said in ("FGD", "фокус-група", "KII", "II", "letter")]
    ['FG', 'FG', 'KI', 'II', 'S']
    """
    return next((short for short, pattern in _KINDS if pattern.search(said)), "S")


def spelt_out(said: str) -> str:
    """A kind of session in words, where a team wrote the letters of its trade.

    Examples
    --------
    >>> spelt_out("KII"), spelt_out("paired interview")
    ('interview with a key informant', 'paired interview')
    """
    letters = _SHORT.fullmatch(said.strip())
    if letters is None:
        return said
    if letters[1]:
        return N_("focus group")
    return N_("interview with a key informant") if letters[2] else N_("interview")


def _numbered_sources(rows: pd.DataFrame) -> dict[str, str]:
    kinds = rows["type"].astype(str) if "type" in rows else pd.Series("", index=rows.index)
    counts: Counter[str] = Counter()
    names = {}
    for source, kind in zip(rows["source"], kinds, strict=True):
        short = kind_of_session(kind)
        counts[short] += 1
        names[source] = f"{short}{counts[short]}"
    return names


def _without_places(rows: pd.DataFrame) -> pd.DataFrame:
    """Attributes without names of places and people: such a value becomes its column and a number."""
    columns = [c for c in rows.columns if c not in _IDS and not pd.api.types.is_numeric_dtype(rows[c])]
    return rows.assign(**{c: rows[c].map(_neutral_values(str(c), rows[c])) for c in columns})


def _neutral_values(column: str, values: Iterable[object]) -> Mapping[object, object]:
    place = bool(_PLACES.search(column))
    neutral_of: dict[object, object] = {}
    count = 0
    for value in dict.fromkeys(values):
        text = str(value).strip().replace("_", " ")  # focus_group is no name that hides
        if text and (not _generic(text) if place else _tells(text)):
            count += 1
            neutral_of[value] = f"{column} {count}"
        else:
            neutral_of[value] = text if "_" in str(value) else value
    return neutral_of


@cache
def _generic(text: str) -> bool:
    """Whether every word of a place says what it is, not which."""
    words = re.findall(r"[^\W\d_]+", text)
    kinds = word_list("place_kinds")
    return all(fold_token(w) in kinds or fold_token(w, "tr") in kinds for w in words)


@cache
def _tells(text: str) -> bool:
    if text in ASKERS or re.fullmatch(r"[\d.:/ –-]+", text):
        return False
    return any(flag.rank <= GRAVE for flag in find_flags(text, set()))
