"""The way in: any coded project or table, by its ending, its content or a preset."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import QualitativeError, suggest
from digicit_lib.language import N_, language_code
from digicit_lib.qualitative.coded.databases import read_database
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import REPORT, Row, asks_or_notes, our_heads
from digicit_lib.qualitative.coded.refi import read_refi
from digicit_lib.qualitative.coded.table_files import OWN_TABLES, read_cells, read_own, read_texts
from digicit_lib.qualitative.coded.turns import (
    COPIED,
    canonical_text,
    clean_name,
    code_path,
    loosely,
    parse_turns,
    stem,
)
from digicit_lib.safe import load_yaml

REFI = (".qdpx", ".qde", ".qdc")
_PROGRAMS = {
    "dedoose": "Dedoose",
    "maxqda": "MAXQDA",
    "atlasti": "ATLAS.ti",
    "nvivo": "NVivo",
    "taguette": "Taguette",
}
COLUMNS = ("document", "code", "quote", "coder", "memo", "start", "end", "range", "applied", "path", "many")
_TREES = (" > ", "::", "\\")  # what programs write between a code and those above it
_SAID_BY = {"speaker": "speaker", "language": "language"}  # no program's own: any list may have them


def read(
    path: str | Path, *, offsets: str = "auto", encoding: str | None = None, coder: str | None = None
) -> Project:
    """Read a coded project: REFI-QDA, QualCoder, Taguette, or our own folder of tables.

    Parameters
    ----------
    path : path
        ``.qdpx``, ``.qde``, ``.qdc``; a QualCoder ``.qda`` folder or its ``data.qda``; a Taguette
        ``.sqlite3``; a folder of CSV files as in `read_table`.
    offsets : str
        ``auto``: found by evidence, refused under a margin. Else a convention such as ``point-crlf1``,
        ``utf16-crlf2`` (NVivo for Windows), ``utf8-crlf2``, with ``-bom`` or ``-inclusive`` after it.
    encoding : str, optional
        Of texts in an archive that are not UTF-8.
    coder : str, optional
        Who coded it, where the file does not say or says a login.

    Returns
    -------
    Project
        `Project.facts` holds writer, convention, score and margin; `Project.report` what was lost, by guid.

    Raises
    ------
    QualitativeError
        The file is hostile, damaged or unknown, or its positions cannot be told.

    Examples
    --------
    >>> read("interviews.docx")
    Traceback (most recent call last):
    ...
    digicit_lib.errors.QualitativeError: No coded project is there.
      got:     interviews.docx
    """
    path = Path(path)
    if not path.exists():
        raise QualitativeError("No coded project is there.", got=path.name)
    if path.suffix.lower() in REFI and path.is_file():
        return read_refi(path, offsets, encoding, coder)
    if path.is_dir() and not (path / "data.qda").is_file():
        return read_own(path, encoding or "utf-8-sig", None)
    if path.suffix.lower() in (".csv", ".xlsx"):
        raise QualitativeError(
            "A table needs a preset.", got=path.name, next="read_table(path, preset=…, transcripts=…)"
        )
    return read_database(path, coder)


@cache
def _presets() -> dict[str, dict[str, str]]:
    presets: dict[str, dict[str, str]] = load_yaml(Path(__file__).with_name("presets.yaml"))[0]
    return presets


def read_table(
    source: str | Path | Mapping[str, Any],
    *,
    preset: str = "own",
    columns: Mapping[str, str] | None = None,
    transcripts: str | Path | Mapping[str, str] | None = None,
    encoding: str = "utf-8-sig",
    delimiter: str | None = None,
) -> Project:
    """Read a coded project from tables.

    Parameters
    ----------
    source : path or mapping
        Our own shape: a folder, or a mapping of the same names to frames. Files: ``participants.csv``,
        ``sessions.csv``, ``transcripts.csv`` or ``transcripts/*.txt``, ``codebook.csv``, ``codings.csv``,
        ``reviews.csv``, ``quotations.csv``, ``routing.csv``. Else a CSV or XLSX list of coded segments.
    preset : {"own", "maxqda", "atlasti", "nvivo", "dedoose", "taguette", "segments"}
        Whose headings a list of segments has; with "segments" they tell the program.
    columns : mapping, optional
        Our column to the file's heading, over the preset: localised programs translate theirs.
    transcripts : path or mapping, optional
        Folder of ``.txt``, ``.vtt`` or ``.srt`` files, or document name to text, for a list of segments.
    encoding, delimiter : str
        Of the CSV files; recorded in `Project.facts`.

    Returns
    -------
    Project

    Raises
    ------
    QualitativeError
        A file, a column or a turn is missing. Codings that cannot be placed are listed in
        `Project.report` instead.

    Examples
    --------
    >>> said = pd.DataFrame({"session_id": ["S1"], "turn": [1], "pid": ["P1"], "text": ["I block them."]})
    >>> place = {"session_id": ["S1"], "turn_start": [1], "char_start": [2], "turn_end": [1], "char_end": [7]}
    >>> codings = pd.DataFrame({**place, "code": ["block"], "coder_id": ["A"]})
    >>> p = read_table({"transcripts": said, "codings": codings})
    >>> p.texts["S1"][p.segments.start[0]:p.segments.end[0]]
    'block'
    """
    if preset == "own":
        return read_own(source, encoding, delimiter)
    if isinstance(source, Mapping):
        raise QualitativeError("A list of segments is one CSV or XLSX file.", allowed="a path")
    _heads(preset, columns or {})  # refused before the file is read
    table = read_cells(Path(source), encoding, delimiter)
    program = _program_of(table) if preset == "segments" else preset
    heads = _heads(program, columns or {})
    written = {name.casefold(): name for name in table.columns}
    heads = {c: head if head in table else written.get(head.casefold(), head) for c, head in heads.items()}
    guessed = {*COLUMNS[:7], *_SAID_BY} - set(columns or {})
    absent = [ours for ours in heads if heads[ours] not in table and ours in guessed]
    table = our_heads(table, absent)  # localised programs and people head their columns otherwise
    heads |= {ours: ours for ours in absent if ours in table}
    if program == "segments" and "path" not in (columns or {}) and heads["code"] in table:
        codes = table[heads["code"]]
        heads["path"] = next((s for s in _TREES if codes.str.contains(s, regex=False).any()), "/")
    has_places = {heads.get("start", ""), heads.get("end", "")} <= set(table.columns)
    needs = ("document",) if has_places else ("document", "quote")
    for need in (*needs, *(() if "applied" in heads else ("code",))):
        if heads[need] not in table:
            near = suggest(heads[need], table.columns) or "…"
            what, fix = f"The list lacks a column: {need}.", f"columns: {{{need}: {near}}}"
            raise QualitativeError(what, where=Path(source).name, got=heads[need], next=fix)
    raw = read_texts(Path(transcripts), encoding) if isinstance(transcripts, str | Path) else transcripts
    texts = {stem(name): canonical_text(text) for name, text in (raw or {}).items()}
    if len(texts) < len(raw or {}):
        raise QualitativeError("Two transcripts have one name.", where="transcripts")
    log: list[Row] = []
    turns = None
    if transcripts is None:
        texts, turns = _excerpts(table, heads)
    said = _said(texts) if turns is None else turns.set_index(["source", "speaker"])[["text_start", "end"]]
    rows = list(_segments(table, heads, texts, said, log))
    writer = _PROGRAMS.get(program, OWN_TABLES)
    facts = {"writer": writer, "offsets": "found by their words", "encoding": encoding}
    kind = "text" if transcripts is not None else "excerpts"
    spoken = _column(table, heads, "language").map(language_code)
    langs = dict(reversed([pair for pair in zip(_documents(table, heads), spoken, strict=True) if pair[1]]))
    names = dict.fromkeys(row["source"] for row in rows)
    sources = [{"source": s, "kind": kind, "lang": langs.get(s, "")} for s in names]
    cases = _cases(table, heads)
    return Project.build(texts, rows, [], sources=sources, turns=turns, cases=cases, report=log, facts=facts)


def _program_of(table: pd.DataFrame) -> str:
    """The preset of a program whose headings a list has, else `segments`."""
    telling = ("document", "code", "quote")
    needs = {name: {heads[c] for c in telling if c in heads} for name, heads in _presets().items()}
    return next((n for n, need in needs.items() if n != "segments" and need <= {*table.columns}), "segments")


def _heads(preset: str, columns: Mapping[str, str]) -> dict[str, str]:
    """Our columns to the file's headings."""
    if preset not in _presets():
        near = suggest(preset, _presets())
        allowed = ", ".join(["own", *_presets()])
        raise QualitativeError("Unknown preset.", got=preset, allowed=allowed, next=near)
    unknown = set(columns) - {*COLUMNS, *_SAID_BY}
    if unknown:
        what = "Unknown column of a list of segments."
        raise QualitativeError(what, got=min(unknown), allowed=", ".join([*COLUMNS, *_SAID_BY]))
    return {**_SAID_BY, **_presets()[preset], **columns}


def _column(table: pd.DataFrame, heads: Mapping[str, str], ours: str) -> pd.Series:
    return table.get(heads[ours], pd.Series("", table.index)).map(clean_name)


def _documents(table: pd.DataFrame, heads: Mapping[str, str]) -> pd.Series:
    return table[heads["document"]].map(stem)


def _cases(table: pd.DataFrame, heads: Mapping[str, str]) -> pd.DataFrame | None:
    """Who speaks in the list; one name in two documents may be two people."""
    rows = pd.DataFrame({"source": _documents(table, heads), "speaker": _column(table, heads, "speaker")})
    rows = rows[rows["speaker"].ne("") & ~rows["speaker"].map(asks_or_notes)].drop_duplicates()
    return rows.assign(case=rows["source"] + "/" + rows["speaker"]) if len(rows) else None


def _said(texts: Mapping[str, str]) -> pd.DataFrame:
    """Where each speaker speaks in transcripts."""
    spans = [(s, who, a, b) for s, text in texts.items() for _, a, b, who in parse_turns(text)]
    table = pd.DataFrame(spans, columns=["source", "speaker", "text_start", "end"])
    return table.set_index(["source", "speaker"])


def _segments(
    table: pd.DataFrame,
    heads: Mapping[str, str],
    texts: Mapping[str, str],
    said: pd.DataFrame,
    notes: list[Row],
) -> Iterator[Row]:
    """The codings of each row; a row without a code is none."""
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for (source, speaker), a, b in said.itertuples():
        spans.setdefault((source, speaker), []).append((a, b))
    for number, row in zip(table.attrs["rows"], table.to_dict("records"), strict=True):
        codes = list(_codes_of(row, heads))
        if codes:
            source, memo = stem(row[heads["document"]]), row.get(heads.get("memo", ""), "")
            who = clean_name(row.get(heads.get("coder", ""), "")) or "unknown"
            speaks = spans.get((source, clean_name(row.get(heads["speaker"], ""))), [])
            place = _found(row, heads, texts.get(source), speaks, number, notes)
            for code in codes:
                yield {
                    "source": source,
                    "coder": who,
                    "memo": memo,
                    "guid": f"row {number}",
                    "code": code,
                    **place,
                }


def _excerpts(table: pd.DataFrame, heads: Mapping[str, str]) -> tuple[dict[str, str], pd.DataFrame]:
    """Without transcripts the coded words are all there is: a document is its passages, once each speaker."""
    quotes = table[heads["quote"]].map(lambda words: " ".join(canonical_text(str(words)).split()))
    rows = pd.DataFrame({"source": _documents(table, heads), "speaker": _column(table, heads, "speaker")})
    rows = rows.assign(words=quotes, lang=_column(table, heads, "language").map(language_code))
    rows = rows[rows["words"] != ""].drop_duplicates(["source", "speaker", "words"])
    label = (rows["speaker"] + ": ").where(rows["speaker"] != "", "")
    texts = {s: "\n".join(lines) for s, lines in (label + rows["words"]).groupby(rows["source"], sort=False)}
    end = (label.str.len() + rows["words"].str.len() + 1).groupby(rows["source"]).cumsum() - 1
    start = end - label.str.len() - rows["words"].str.len()
    turn = rows.groupby("source").cumcount() + 1
    turns = rows.assign(turn=turn, start=start, text_start=start + label.str.len(), end=end)
    return texts, turns.drop(columns="words").reset_index(drop=True)


def _codes_of(row: Mapping[Any, Any], heads: Mapping[str, str]) -> Iterator[str]:
    """Codes of one row: one cell, several in one cell, or a column a code that says true."""
    if "applied" in heads:
        names = [(re.fullmatch(heads["applied"], str(head)), cell) for head, cell in row.items()]
        cells = [m[1] for m, cell in names if m and str(cell).strip().lower() in ("true", "1", "yes")]
    else:
        cell = str(row.get(heads.get("code", ""), ""))
        cells = cell.split(heads["many"]) if "many" in heads else [cell]
    for cell in cells:
        parts = [clean_name(part) for part in cell.split(heads.get("path") or "/")]
        if any(parts):
            yield code_path([part for part in parts if part])


def _found(
    row: Mapping[Any, Any],
    heads: Mapping[str, str],
    text: str | None,
    speaks: Sequence[tuple[int, int]],
    number: int,
    notes: list[Row],
) -> Row:
    """The one place of a quote in its transcript; none or several is a loss that is listed."""
    quote = canonical_text(str(row.get(heads["quote"], ""))).strip()
    if text is None:
        return _lost(notes, number, N_("its transcript is not there"))
    ends = re.findall(r"\d+", str(row.get(heads.get("range", ""), "")))[:2] or [
        str(row.get(heads.get(c, ""), "")) for c in ("start", "end")
    ]
    if len(ends) == 2 and all(n.isascii() and n.isdigit() for n in ends):
        start, end = map(int, ends)
        worded = heads["quote"] in row
        if text[start:end].strip() == quote if worded else 0 <= start < end <= len(text):
            return {"start": start, "end": end}
    # Programs re-wrap what they export, so any blank may stand for any other.
    places = [m.span() for m in loosely(quote, 0).finditer(text.translate(COPIED))] if quote else []
    if len(places) > 1:  # the speaker's own comes first, a passage of its own before a part of another
        places = [p for p in places if any(a <= p[0] and p[1] <= b for a, b in speaks)] or places
        places = [p for p in places if p in speaks or _is_line(text, *p)] or places
    if len(places) == 1:
        return {"start": places[0][0], "end": places[0][1]}
    absent = N_("its words are not in the transcript")
    return _lost(notes, number, N_("its words stand more than once in the transcript") if places else absent)


def _is_line(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in ("", "\n") and text[end : end + 1] in ("", "\n")


def _lost(notes: list[Row], number: int, reason: str) -> Row:
    notes.append(dict(zip(REPORT, (f"row {number}", "segment", "lost", reason), strict=True)))
    return {"kind": "lost"}
