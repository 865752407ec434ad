"""The team's own notes: printed only where its sheet says so, and without what may tell a person."""

from collections.abc import Mapping

import pandas as pd

from digicit_lib.qualitative.coded.model import MEMOS, Project
from digicit_lib.qualitative.coded.parts import frame
from digicit_lib.qualitative.consent import says_yes
from digicit_lib.qualitative.dictionaries import told_language
from digicit_lib.qualitative.flags import GRAVE, Flag, find_flags, small_words
from digicit_lib.qualitative.passage_gate import is_day

TEAM = "words of the team"  # stands for a document in the sheet of flags
_WORDS = ("name", "definition", "include_when", "exclude_when", "example")


def team_notes(project: Project) -> pd.DataFrame:
    """All notes of the team: of the project, its documents and people, and those written at a coding.

    Examples
    --------
    >>> rows = [{"source": "a", "start": 0, "end": 2, "code": "Rules", "coder": "A", "memo": "or help?"}]
    >>> team_notes(Project.build({"a": "no phones"}, rows, []))[["kind", "name", "text"]].values.tolist()
    [['coding', 'Rules', 'or help?']]
    """
    at_codings = project.segments[project.segments["memo"].astype(str).str.strip().ne("")]
    rows = at_codings.assign(kind="coding", name=at_codings["code"], text=at_codings["memo"], date="")
    rows = rows.rename(columns={"coder": "author"}).drop_duplicates(["name", "text", "author"])
    return pd.concat([frame(project.memos, MEMOS), frame(rows, MEMOS)[MEMOS]], ignore_index=True)


def flags_of_team(project: Project, paragraphs: Mapping[str, str]) -> pd.DataFrame:
    """What may tell a person in the codebook and the team's paragraphs, where no roster knows a name.

    Parameters
    ----------
    project : Project
        Under pseudonyms.
    paragraphs : mapping
        The team's other words, by the file or sheet they stand in.

    Returns
    -------
    DataFrame
        ``source turn kind token rank`` as the sheet of flags lists them; `turn` is the place.

    Examples
    --------
    >>> p = Project.build({}, [], [{"code": "Help", "definition": "as when Tamsin told her"}])
    >>> flags_of_team(p, {})[["turn", "token"]].values.tolist()
    [['codebook: Help', 'Tamsin']]
    """
    codes = project.codes.to_dict("records")
    rows = [(f"codebook: {code['code']}", str(code[c])) for code in codes for c in _WORDS]
    rows = [(place, text) for place, text in dict.fromkeys([*rows, *paragraphs.items()]) if text.strip()]
    names = {str(code["name"]): str(code["name"]).replace("_", " ") for code in codes}  # words, no handle
    titles = {word for name in names.values() for word in name.split()}  # flagged where the code itself is
    whole, small = "\n".join(text for _, text in rows), small_words(text for _, text in rows)
    flags = [
        (TEAM, place, flag.kind, token, flag.rank)
        for place, text in rows
        for flag in find_flags(
            names.get(text, text), small, lang=told_language(text if len(text) > 99 else whole)
        )
        if GRAVE <= flag.rank <= GRAVE + 1  # harm is what definitions are about
        and ((token := text[flag.start : flag.end]) not in titles or text in names)
    ]
    return pd.DataFrame(flags, columns=["source", "turn", "kind", "token", "rank"])


def not_cleared(project: Project, flags: pd.DataFrame) -> pd.DataFrame:
    """The flags of the team's words that no named person has cleared on a day, in the sheet of flags.

    Examples
    --------
    >>> nothing = Project.build({}, [], [])
    >>> list(not_cleared(nothing, flags_of_team(nothing, {})))
    ['source', 'turn', 'kind', 'token', 'rank']
    """
    sheet = project.flags[project.flags["cleared_by"].ne("") & project.flags["cleared_on"].map(is_day)]
    clearances = set(zip(sheet["source"], sheet["turn"], sheet["kind"], strict=True))
    places = zip(flags["source"], flags["turn"], flags["kind"], strict=True)
    is_open = [place not in clearances for place in places]
    return flags[pd.Series(is_open, flags.index, dtype=bool)]  # of no flags, too


def decisions_on_codings(sheet: pd.DataFrame) -> pd.DataFrame:
    """What the coders' meeting decided, as rows of the memo sheet: one a code and decision.

    Examples
    --------
    >>> rows = {"code": ["Rules"] * 2, "text": ["no", "yes"], "decision": ["only rules of a family"] * 2}
    >>> decisions_on_codings(pd.DataFrame(rows))[["kind", "name", "text"]].values.tolist()
    [['decision', 'Rules', 'only rules of a family']]
    """
    names = {"code": "name", "decision": "text", "decided_by": "author", "decided_on": "date"}
    rows = sheet.reindex(columns=[*names, "publish"]).rename(columns=names)
    rows = frame(rows, [*MEMOS, "publish"]).assign(kind="decision")
    rows = rows.sort_values("publish", key=lambda cells: ~cells.map(says_yes).astype(bool), kind="stable")
    return rows[rows["text"].astype(str).str.strip().ne("")].drop_duplicates(["name", "text"])


def notes_for_print(
    project: Project, notes: pd.DataFrame, settled: pd.DataFrame, labels: Mapping[str, str]
) -> tuple[pd.DataFrame, int]:
    """What the decisions log prints of the team's notes and decisions, and how many there are.

    Parameters
    ----------
    project : Project
    notes, settled : DataFrame
        The sheets `memos` and `disagreements`, empty where there are none.
    labels : mapping
        What each code is called.
    """
    memos, decisions = team_notes(project), decisions_on_codings(settled)
    rows = pd.concat([memos if notes.empty else notes, decisions], ignore_index=True)
    cleared = printable_memos(rows)
    # The title of a note on a document or a person is the team's name for it: never printed.
    own = cleared["kind"].isin(["document", "case"])
    names = [labels.get(name, name) for name in cleared["name"]]
    cleared = cleared.assign(name=pd.Series(names, cleared.index, dtype="object").mask(own, ""))
    return cleared, max(len(memos), len(notes)) + len(decisions)


def _flags(text: str, lang: str) -> list[Flag]:
    """Flags of a note; the word that it calls itself by is no Memo of Turkey."""
    flags = find_flags(text, small_words([text]), lang=told_language(text) or lang)
    return [flag for flag in flags if text[flag.start : flag.end].casefold() != "memo"]


def printable_memos(sheet: pd.DataFrame) -> pd.DataFrame:
    """The rows of the memo sheet that are cleared (`publish` is a yes) and hold no grave flag.

    Parameters
    ----------
    sheet : DataFrame
        ``kind name text author date`` and ``publish``.

    Examples
    --------
    >>> rows = [("code rules made shorter", "yes"), ("ask Tamsin again", "yes"), ("open", "")]
    >>> printable_memos(pd.DataFrame(rows, columns=["text", "publish"]))["text"].tolist()
    ['code rules made shorter']
    """
    rows = frame(sheet, [*MEMOS, "publish"])
    words = "\n".join(map(str, rows["text"]))  # for the language of a note too short to tell
    rows = rows[rows["publish"].map(says_yes).astype(bool)]
    lang = told_language(words) if len(rows) else ""  # else no dictionary is loaded
    plain = [
        not any(flag.rank <= GRAVE for part in (name, text) for flag in _flags(str(part), lang))
        for name, text in zip(rows["name"], rows["text"], strict=True)
    ]
    return rows[pd.Series(plain, index=rows.index, dtype=bool)].reset_index(drop=True)
