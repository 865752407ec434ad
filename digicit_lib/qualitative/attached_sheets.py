"""Sheets beside a coded project: who took part, what is signed, which words may be shown.

A row is found by its document and, for a quotation, by the words that people copy. What does not fit is told
all at once, by file and row; no cell of a person and no word of a transcript is ever printed.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.language import language_code
from digicit_lib.qualitative.coded.model import FLAGS, QUOTATIONS, REVIEWS, Project, speaking
from digicit_lib.qualitative.coded.parts import frame
from digicit_lib.qualitative.coded.turns import COPIED, clean_name, loosely, stem
from digicit_lib.qualitative.consent import unknown_words
from digicit_lib.qualitative.memos import TEAM
from digicit_lib.qualitative.tokens import fold_token, tokens
from digicit_lib.safe import load_yaml

# What a sheet must have, and its further columns as a new one is laid out.
COLUMNS, _ = load_yaml(Path(__file__).with_name("sheets.yaml"))
SHEETS = {name: (columns["need"], columns["more"]) for name, columns in COLUMNS["attached"].items()}
_NAMES = {
    "document": "source",
    "session_id": "source",
    "pid": "case",
    "language": "lang",
    "date": "interview_date",
}
_EDGES = " \"'.…"


class AttachedSheet(NamedTuple):
    """A table as it was read: its file, its cells as text, and the number of each row in the file."""

    file: str
    rows: pd.DataFrame
    numbers: Sequence[int] = ()

    def named(self, name: str, wrong: list[str]) -> pd.DataFrame:
        """The filled rows with our column names and their number in the file; a missing column is told."""
        heads = {head: clean_name(head).lower().replace(" ", "_") for head in self.rows}
        rows = self.rows.rename(columns={k: v for k, v in heads.items() if [*heads.values()].count(v) == 1})
        rows = rows.rename(columns={k: v for k, v in _NAMES.items() if k in rows and v not in rows})
        missing = [c for c in SHEETS[name][0] if _NAMES.get(c, c) not in rows]
        wrong += [f"{self.file}: no column {column}" for column in missing]
        rows = frame(rows, [*(_NAMES.get(c, c) for c in SHEETS[name][0])]).assign(
            row=self.numbers or range(2, len(rows) + 2), file=self.file
        )
        filled = self.rows.astype(str).map(str.strip).ne("").any(axis=1).to_numpy()
        nameless = rows["source"].map(clean_name).eq("") & filled & ("document" not in missing)
        wrong += _lines(rows[nameless], "no document is named")
        names = {c: rows[c].map(clean_name) for c in ("case", "speaker") if c in rows}
        rows = rows.assign(source=rows["source"].map(stem), **names)
        return rows[rows["source"] != ""]


def attach(project: Project, sheets: Mapping[str, AttachedSheet]) -> tuple[Project, list[str]]:
    """The project with its sheets, and what does not fit it, as lines of file and row.

    Parameters
    ----------
    project : Project
        Before or after its names are replaced. A quotation whose words are not found yet keeps an empty
        source: `place_rest` looks again under pseudonyms.
    sheets : mapping
        Of the names in `SHEETS`.

    Examples
    --------
    >>> sheet = AttachedSheet("people.csv", pd.DataFrame({"document": ["b"], "speaker": ["P1"]}))
    >>> attach(Project.build({"a": "P1: yes"}, [], []), {"participants": sheet})[1]
    ['people.csv row 2: a participant in no session of the project']
    """
    wrong: list[str] = []
    parts = {
        "sessions": _sessions,
        "participants": _people,
        "quotations": _quotations,
        "reviews": _reviews,
        "flags": _flags,
        "routing": _routing,
    }
    for name, table in parts.items():
        if name in sheets:
            rows = sheets[name].named(name, wrong)
            here = rows["source"].isin({*project.sources["source"], *([TEAM] if name == "flags" else [])})
            what = _STRAY.get(name, "no such document in the project")
            wrong += _lines(rows[~here], what)
            project = table(project, rows[here].reset_index(drop=True), wrong)
    return project, wrong


_STRAY = {"participants": "a participant in no session of the project"}


def _lines(rows: pd.DataFrame, what: str) -> list[str]:
    return [f"{file} row {row}: {what}" for file, row in zip(rows["file"], rows["row"], strict=True)]


def refuse(wrong: Iterable[str]) -> None:
    """One error with every line.

    Raises
    ------
    QualitativeError
    """
    lines = list(wrong)
    if lines:
        raise QualitativeError(
            "\n  ".join(["The sheets do not fit the project.", *lines]),
            next="correct these rows; digicit sheets STUDY writes sheets that fit",
        )


# --- who took part ------------------------------------------------------------------------------------


def _sessions(project: Project, rows: pd.DataFrame, wrong: list[str]) -> Project:
    wrong += _lines(rows[rows["source"].duplicated()], "a document stands twice")
    rows = rows.drop_duplicates("source").drop(columns=["row", "file"])
    rows = rows.assign(lang=rows["lang"].map(language_code)) if "lang" in rows else rows
    fixed = ("source", "kind", "chars", "sha256")
    columns = [column for column in project.sources if column in fixed or column not in rows]
    sources = project.sources[columns].merge(
        rows.drop(columns=[c for c in rows if c in columns and c != "source"]), on="source", how="left"
    )
    sources = frame(sources, ["source", "kind", "lang", "chars", "sha256"])
    turns = spoken_in(project.turns, dict(zip(sources["source"], sources["lang"], strict=True)))
    return speaking(replace(project, sources=sources, turns=turns), project.cases)


def spoken_in(turns: pd.DataFrame, languages: Mapping[str, str]) -> pd.DataFrame:
    """Turns with the language of their document, where they have none of their own."""
    return turns.assign(lang=turns["lang"].where(turns["lang"] != "", turns["source"].map(languages)))


def _people(project: Project, rows: pd.DataFrame, wrong: list[str]) -> Project:
    """Cases from the sheet; a row without a speaker owns the document's turns, unless its case speaks."""
    rows = frame(rows, ["source", "speaker", "case"])
    # A row that nobody filled in, of a document whose speaker is not known, is nobody.
    rows = rows[rows.drop(columns=["source", "row", "file"], errors="ignore").ne("").any(axis=1)]
    rows = rows.reset_index(drop=True)
    nameless = rows["case"] == ""
    labels = set(zip(project.turns["source"], project.turns["speaker"], strict=True))
    by_id = [pair in labels for pair in zip(rows["source"], rows["case"], strict=True)]
    is_pid = rows["speaker"].eq("") & pd.Series(by_id, rows.index)
    rows["speaker"] = rows["speaker"].mask(is_pid, rows["case"])
    rows["case"] = rows["case"].mask(nameless, rows["source"] + "/" + rows["speaker"].replace("", "1"))
    speakers = set(zip(project.turns["source"], project.turns["case"], strict=True))
    coded = pd.Series(
        [pair in speakers for pair in zip(rows["source"], rows["case"], strict=True)], rows.index, dtype=bool
    )
    twice = rows.duplicated(["source", "case"]) | (~coded & rows[~coded].duplicated(["source", "speaker"]))
    wrong += _lines(rows[twice], "a participant stands twice in a document")
    wrong += consent_problems(rows)
    old = project.cases.drop_duplicates("case")
    more = [c for c in old if c not in rows]
    cases = rows.drop(columns=["row", "file"]).merge(old[["case", *more]], on="case", how="left")
    return speaking(project, frame(cases, ["case"]))


def consent_problems(rows: pd.DataFrame) -> list[str]:
    """Cells of consent whose word nobody accepts or refuses, by file and row; the word is not told."""
    what = "holds a word that is no known yes or no (qualitative/consent.yaml lists them)"
    return [f"{file} row {row}: {column} {what}" for file, row, column in unknown_words(rows)]


# --- signatures, flags, routing -----------------------------------------------------------------------


def _reviews(project: Project, rows: pd.DataFrame, _: list[str]) -> Project:
    rows = rows[rows[["reviewer", "signed_on", "safeguarding"]].ne("").any(axis=1)]
    return replace(project, reviews=frame(rows.drop(columns=["row", "file"]), REVIEWS))


def _flags(project: Project, rows: pd.DataFrame, _: list[str]) -> Project:
    return replace(project, flags=frame(rows.drop(columns=["row", "file"]), FLAGS))


def _routing(project: Project, rows: pd.DataFrame, wrong: list[str]) -> Project:
    stray = ~rows["theme"].isin(set(project.codes["theme"]))
    wrong += _lines(rows[stray], "a theme that is no theme of the project")
    return replace(project, routing=rows[~stray].drop(columns=["row", "file"]))


# --- quotations ---------------------------------------------------------------------------------------


def _quotations(project: Project, rows: pd.DataFrame, _: list[str]) -> Project:
    rows = rows[rows["words"].map(str.strip) != ""].reset_index(drop=True)
    rows = frame(rows, ["source", "words", "turn", "code"]).assign(document=rows["source"])
    return _placed(project, rows.assign(start=0, end=0))


def place_rest(project: Project) -> tuple[Project, list[str]]:
    """Quotations whose words stand only in the text under pseudonyms; the others are told, none is lost.

    A code too may stand in a sheet as people read it, under pseudonyms.
    """
    rows = project.quotations
    if "document" not in rows:
        return project, []
    project = _placed(project, rows)
    rows = project.quotations
    codes = {*project.codes["code"], *project.codes["name"], ""}
    wrong = _lines(rows[~rows["code"].isin(codes)], "a code that is not in the project")
    unplaced = rows[rows["source"] == ""]
    for row in unplaced.itertuples():
        why = _why(project, row.document, row.words, row.turn)
        wrong.append(f"{row.file} row {row.row}: {why}")
    rows_placed = rows[rows["source"] != ""].drop(columns=["document", "row", "file"]).reset_index(drop=True)
    return replace(project, quotations=rows_placed), wrong


def _placed(project: Project, rows: pd.DataFrame) -> Project:
    """Rows with the one place of their words; where there is none or there are several, with no source."""
    spans = [
        (row.source, row.start, row.end)
        if row.end
        else (row.document, *at)
        if (at := find_words(project, row.document, row.words, row.turn, row.code))
        else ("", 0, 0)
        for row in rows.itertuples()
    ]
    source, start, end = (list(part) for part in zip(*spans, strict=True)) if spans else ([], [], [])
    return replace(project, quotations=frame(rows.assign(source=source, start=start, end=end), QUOTATIONS))


def find_words(
    project: Project, document: str, words: str, turn: object = "", code: str = ""
) -> tuple[int, int] | None:
    """The one place of a passage in its document: by turn, else by its code, where it stands several times.

    Blanks, quotation marks, dashes and the case of letters may differ, as programs change them.

    Examples
    --------
    >>> find_words(Project.build({"a": "P1: Don’t  tell"}, [], []), "a", "\\"don't tell\\"")
    (4, 15)
    """
    places = list(_places(project, document, words))
    if str(turn).removesuffix(".0").isdigit():
        at = int(float(str(turn)))
        places = [p for p in places if p[2] == at]
    if len(places) > 1:
        coded = project.segments[project.segments["source"] == document]
        if code:
            coded = coded[(coded["code"] == code) | coded["code"].str.endswith(f"/{code}")]
        spans = list(zip(coded["start"], coded["end"], strict=True))
        places = [p for p in places if any(a < p[1] and p[0] < b for a, b in spans)]
    return places[0][:2] if len(places) == 1 else None


def _places(project: Project, document: str, words: str) -> Iterator[tuple[int, int, int]]:
    """Where the words stand, without the mark of who speaks: start, end and turn."""
    text = project.texts.get(document, "").translate(COPIED)
    turns = project.turns[project.turns["source"] == document]
    spans = list(zip(*(turns[c] for c in ("start", "text_start", "end", "turn")), strict=True))
    for form_of in dict.fromkeys((words.strip(), words.strip(f"{_EDGES}“”„«»’‘"))):
        forms = dict.fromkeys(unicodedata.normalize(form, form_of) for form in ("NFC", "NFD"))
        matches = [m.span() for form in forms if form.split() for m in loosely(form).finditer(text)]
        for start, end in matches:
            begins = next(((a, n) for s, a, e, n in spans if s <= start < max(e, s + 1)), (start, 0))
            yield max(start, begins[0]), end, int(begins[1])
        if matches:
            return


def _why(project: Project, document: str, words: str, turn: object) -> str:
    """Why a row has no place: how often its words stand there, or the turn that is nearest to them."""
    count = len(list(_places(project, document, words)))
    if count:
        reason = "not in that turn" if count == 1 else f"{count} times in its document"
        return f"its words stand {reason}; name the right turn"
    if re.search(r"\w ?(?:…|\.{3}|\[(?:…|\.{3})\]|\(\.{3}\)) ?\w", words):
        return "its words leave something out; copy them whole, or write a row for each part"
    stems = {fold_token(m[0]) for m in tokens(words)}
    turns = project.turns[project.turns["source"] == document]
    text = project.texts.get(document, "")
    shares = {
        int(n): len(stems & {fold_token(m[0]) for m in tokens(text[a:b])}) / max(len(stems), 1)
        for a, b, n in zip(turns["text_start"], turns["end"], turns["turn"], strict=True)
    }
    best = max(shares, key=lambda n: shares[n], default=0)
    near = f"the nearest is turn {best}" if shares.get(best, 0) >= 0.3 else "no passage is near them"
    return f"its words are not in its document; {near}"
