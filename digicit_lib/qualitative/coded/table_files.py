"""Coded tables: our own folder of CSV files, and segment lists that other programs export."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError, suggest
from digicit_lib.language import N_
from digicit_lib.qualitative.coded.archive import Archive
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.parts import REPORT, Row, frame, our_heads
from digicit_lib.qualitative.coded.turns import (
    canonical_text,
    clean_name,
    code_path,
    parse_turns,
    spoken_lines,
)
from digicit_lib.safe import load_yaml

MAX_ROWS = 1_000_000
MAX_TABLE_BYTES = 64 * 1024 * 1024
MERGED_BYTES, MERGED_BLOCKS, MERGED_ROWS = 1024 * 1024, 10_000, 1000
_COLUMNS, _ = load_yaml(Path(__file__).parents[1] / "sheets.yaml")
OWN_FILES = {name: columns["need"] for name, columns in _COLUMNS["own"].items()}
_NAMES = {"session_id": "source", "pid": "case", "coder_id": "coder"}
_NUMBERS = ("turn", "turn_start", "turn_end", "char_start", "char_end")

# No table says in which program it was coded.
OWN_TABLES = N_("tables of the study's own, counted with digicit")


def read_csv(source: Path | bytes, encoding: str = "utf-8-sig", delimiter: str | None = None) -> pd.DataFrame:
    """A CSV file as text cells; the delimiter is the one of , ; tab that the heading holds most of."""
    data = source.read_bytes() if isinstance(source, Path) else source
    where = source.name if isinstance(source, Path) else "table"
    if len(data) > MAX_TABLE_BYTES:
        raise QualitativeError(
            "A table is too large.", where=where, got=f"{len(data)} bytes", allowed="64 MB"
        )
    text = _decoded(data, encoding, where, "A table")
    head = text.partition("\n")[0]
    sep = delimiter or max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(canonical_text(text)), delimiter=sep, strict=True))
    except csv.Error as error:
        raise QualitativeError("A table is not valid CSV.", where=where, got=str(error)) from error
    return _table(rows, where)


def _decoded(data: bytes, encoding: str, where: str, what: str) -> str:
    """A file's text: UTF-16 says so by its first two bytes, UTF-8 is no other encoding by chance."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for name in ("utf-16",) if marked else ("utf-8-sig", encoding):
        try:
            if "\0" not in (text := data.decode(name)):
                return text
        except (UnicodeDecodeError, LookupError):
            continue
    raise QualitativeError(
        f"{what} is not in the encoding {encoding}.", where=where, next="name it: encoding: cp1251 or cp1254"
    )


def _table(rows: list[list[str]], where: str) -> pd.DataFrame:
    """Cells below their heading, with the number of each row in the file as `attrs["rows"]`.

    A title in one cell above the heading, blank rows, and columns without heading or cell are left out.
    """
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(map(str.strip, row))]
    if not filled:
        raise QualitativeError("A table is empty.", where=where)
    titles = [sum(bool(cell.strip()) for cell in row) < 2 for _, row in filled]
    at = titles.index(False) if False in titles and len(filled[0][1]) > 1 else 0
    (top, head), cells = filled[at], filled[at + 1 :]
    uneven = next((number for number, row in cells if len(row) != len(head)), 0)
    columns = [
        i for i, name in enumerate(head) if name.strip() or any(i < len(r) and r[i].strip() for _, r in cells)
    ]
    names = [clean_name(head[i]) for i in columns]
    if uneven or len(set(names)) != len(names):
        what = "A table's rows and heading do not fit."
        raise QualitativeError(
            what, where=f"{where}, row {uneven or top}", allowed=f"{len(head)} different columns"
        )
    table = pd.DataFrame([[row[i] for i in columns] for _, row in cells], columns=names, dtype="object")
    table.attrs["rows"] = [number for number, _ in cells]
    return table


def read_cells(path: Path, encoding: str = "utf-8-sig", delimiter: str | None = None) -> pd.DataFrame:
    """A CSV file, or the first sheet of an XLSX workbook, as text cells."""
    if path.suffix.lower() != ".xlsx":
        return read_csv(path, encoding, delimiter)
    import openpyxl

    with Archive(path, (".xml", ".rels")) as archive:
        if any(
            b"<!DOCTYPE" in next(archive.stream(n), b"")[:4096] for n in archive.names() if n.endswith(".xml")
        ):
            raise QualitativeError("A workbook may not hold a document type.", where=path.name)
        blocks = {name: _merged(archive, name) for name in archive.names() if "worksheets/sheet" in name}
    try:
        pages = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets
        names = [page.title.strip().casefold() for page in pages]
        at = names.index(path.stem.casefold()) if path.stem.casefold() in names else 0
        rows = [
            ["" if cell is None else re.sub(r" 00:00:00$", "", str(cell)) for cell in row]
            for row in pages[at].iter_rows(max_row=MAX_ROWS, values_only=True)
        ]
    except Exception as error:
        raise QualitativeError(
            "Not a readable XLSX workbook.", where=path.name, next="save it again"
        ) from error
    for column, first, last in blocks.get(f"xl/worksheets/sheet{at + 1}.xml", ()):
        for row in rows[first:last]:
            if column <= len(row) and column <= len(rows[first - 1]):
                row[column - 1] = rows[first - 1][column - 1]
    return _table(rows, path.name)


def _merged(archive: Archive, name: str) -> list[tuple[int, int, int]]:
    """Cells merged downwards, as column, first and last row: each row means the first one's word."""
    tail = b""
    for piece in archive.stream(name):  # they stand behind the cells
        tail = (tail + piece)[-MERGED_BYTES:]
    blocks = re.findall(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"', tail)[:MERGED_BLOCKS]
    rows = [(_column(letters), int(first), int(last)) for letters, first, last in blocks]
    return [block for block in rows if 0 < block[1] < block[2] < block[1] + MERGED_ROWS]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def read_own(source: str | Path | Mapping[str, Any], encoding: str, delimiter: str | None) -> Project:
    """Our own folder of tables, or a mapping of the same names to frames."""
    tables = _own_tables(source, encoding, delimiter)
    texts, turns = _own_texts(tables, source, encoding)
    notes: list[Row] = []
    sessions, cases = tables.get("sessions"), _people(tables.get("participants"))
    if sessions is not None:
        sessions = sessions.rename(columns={"language": "lang"})
    codes = _own_codes(tables.get("codebook"))
    codings = _placed(tables.get("codings"), turns, notes, "codings")
    if codings is not None and len(codes):
        keys = dict(zip(codes["name"], codes["code"], strict=True))
        stray = ~codings["code"].isin(keys)
        notes += [
            dict(zip(REPORT, (g, "code", "noted", N_("code is not in the codebook")), strict=True))
            for g in codings["guid"][stray]
        ]
        codings = codings.assign(code=codings["code"].map(keys).fillna(codings["code"]))
    return Project.build(
        texts,
        codings,
        codes,
        sources=sessions,
        turns=turns,
        cases=cases,
        report=notes,
        facts={"writer": OWN_TABLES, "offsets": N_("characters within turns"), "encoding": encoding},
        reviews=tables.get("reviews"),
        quotations=_placed(tables.get("quotations"), turns, notes, "quotations"),
        routing=tables.get("routing"),
        flags=tables.get("flags"),
    )


def _own_tables(
    source: str | Path | Mapping[str, Any], encoding: str, delimiter: str | None
) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = {}
    if isinstance(source, Mapping):
        unknown = next((name for name in source if name not in OWN_FILES), None)
        if unknown:
            near = suggest(unknown, OWN_FILES)
            raise QualitativeError("Unknown table.", got=unknown, allowed=", ".join(OWN_FILES), next=near)
        tables = {name: table for name, table in source.items() if isinstance(table, pd.DataFrame)}
    else:
        folder = Path(source)
        if not folder.is_dir():
            raise QualitativeError("No such folder of coded tables.", got=folder.name)
        paths = {
            name: folder / f"{name}{end}"
            for end in (".xlsx", ".csv")
            for name in OWN_FILES
            if (folder / f"{name}{end}").is_file()
        }
        tables = {name: read_cells(path, encoding, delimiter) for name, path in paths.items()}
    return {name: _own_table(name, table) for name, table in tables.items()}


def _people(table: pd.DataFrame | None) -> pd.DataFrame | None:
    """Participants by an id of their own: where two sessions use one, it is told apart by the session."""
    if table is None:
        return table
    one = table[["source", "case"]].map(lambda name: unicodedata.normalize("NFKC", str(name)).casefold())
    if not one["case"].duplicated().any():
        return table
    if one.duplicated(["source", "case"]).any():
        raise QualitativeError("A participant stands twice in a session.", where="participants.csv")
    return table.assign(speaker=table["case"], case=table["source"] + "/" + table["case"])


def _own_table(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """One table with our column names and whole numbers where turns and characters are counted."""
    table = our_heads(table, [*OWN_FILES[name], *_COLUMNS["own"][name]["more"]])
    missing = [c for c in OWN_FILES[name] if c not in table.columns]
    if missing:
        raise QualitativeError("A table lacks a column.", where=f"{name}.csv", got=", ".join(missing))
    numbers = {c: pd.to_numeric(table[c], errors="coerce") for c in _NUMBERS if c in table}
    table = frame(table, list(table.columns)).assign(**numbers).rename(columns=_NAMES)
    ids = {c: table[c].map(clean_name) for c in ("source", "case", "coder") if c in table}
    return table.assign(**ids)


def _own_texts(
    tables: Mapping[str, pd.DataFrame], source: str | Path | Mapping[str, Any], encoding: str
) -> tuple[dict[str, str], pd.DataFrame]:
    if "transcripts" in tables:
        return _joined_turns(tables["transcripts"])
    whole_texts = (
        source.get("transcripts", {})
        if isinstance(source, Mapping)
        else read_texts(Path(source) / "transcripts", encoding)
    )
    texts = {clean_name(name): canonical_text(text) for name, text in whole_texts.items()}
    if not texts:
        raise QualitativeError("There are no transcripts.", allowed="transcripts.csv, or transcripts/*.txt")
    rows = [(s, n, *span) for s, text in texts.items() for n, span in enumerate(parse_turns(text), 1)]
    return texts, pd.DataFrame(rows, columns=["source", "turn", "start", "text_start", "end", "speaker"])


def read_texts(folder: Path, encoding: str = "utf-8-sig") -> dict[str, str]:
    """The texts of a folder by stem: ``.txt``, ``.docx``, and the subtitles ``.vtt`` and ``.srt``."""
    texts = {}
    kinds = (".txt", ".vtt", ".srt", ".docx")
    for path in sorted(f for f in folder.glob("*") if f.suffix.lower() in kinds and f.name[:2] != "~$"):
        if path.stem in texts:
            raise QualitativeError("Two transcripts have one name.", where=path.name)
        is_word = path.suffix.lower() == ".docx"
        text = (
            _paragraphs(path) if is_word else _decoded(path.read_bytes(), encoding, path.name, "A transcript")
        )
        texts[path.stem] = text if path.suffix.lower() in (".txt", ".docx") else spoken_lines(text)
    return texts


def _paragraphs(path: Path) -> str:
    """The paragraphs of a Word document, a line each, as they read with all changes accepted."""
    with Archive(path, (".xml",)) as archive:
        if not (body := archive.find("word/document.xml")):
            raise QualitativeError(
                "A transcript is no Word document.", where=path.name, next="save it as .txt"
            )
        xml = archive.read(body).decode("utf-8", "replace")
    xml = re.sub(r"<w:(?:tab|br|cr)(?: [^>]*)?/>", "<w:t> </w:t>", xml)
    lines = (re.findall(r"<w:t(?: [^>]*)?>([^<]*)", line) for line in xml.split("</w:p>"))
    return unescape("\n".join(map("".join, lines)))


def _joined_turns(table: pd.DataFrame) -> tuple[dict[str, str], pd.DataFrame]:
    """Texts made from a table of turns, one line a turn; a line end inside a turn becomes a blank."""
    table = table.sort_values(["source", "turn"], kind="stable")
    if table["turn"].isna().any() or table.duplicated(["source", "turn"]).any():
        raise QualitativeError("Turns need a number each, once in a session.", where="transcripts.csv")
    texts: dict[str, list[str]] = {}
    place: dict[str, int] = {}
    rows = []
    for source, turn, who, words in zip(*(table[c] for c in ("source", "turn", "case", "text")), strict=True):
        label = f"{who}: " if who else ""
        line = label + canonical_text(str(words)).replace("\n", " ")
        start = place.get(source, 0)
        rows.append((source, int(turn), start, start + len(label), start + len(line), who))
        texts.setdefault(source, []).append(line)
        place[source] = start + len(line) + 1
    turns = pd.DataFrame(rows, columns=["source", "turn", "start", "text_start", "end", "speaker"])
    extra = {n: table[c].to_numpy() for n, c in (("lang", "lang"), ("translation", "text_en")) if c in table}
    return {source: "\n".join(lines) for source, lines in texts.items()}, turns.assign(**extra)


def _own_codes(table: pd.DataFrame | None) -> pd.DataFrame:
    """The codebook with path keys; a parent must stand in the table and may not be its own ancestor."""
    if table is None:
        return pd.DataFrame({"code": [], "name": []}, dtype="object")
    if table["code"].duplicated().any() or table["code"].eq("").any():
        raise QualitativeError("A code stands twice, or has no name.", where="codebook.csv")
    parents = dict(zip(table["code"], table.get("parent", pd.Series("", table.index)), strict=True))
    paths = [code_path(_lineage(code, parents)) for code in table["code"]]
    return table.assign(name=table["code"], code=paths)


def _lineage(code: str, parents: Mapping[str, str]) -> list[str]:
    path = [code]
    while parents.get(path[0]):
        parent = parents[path[0]]
        if parent in path or parent not in parents:
            what = (
                "A code is its own ancestor." if parent in path else "A code's parent is not in the codebook."
            )
            raise QualitativeError(what, where="codebook.csv", got=parent, next=suggest(parent, parents))
        path.insert(0, parent)
    return path


def _placed(
    table: pd.DataFrame | None, turns: pd.DataFrame, notes: list[Row], name: str
) -> pd.DataFrame | None:
    """Spans given by turn and character as spans of the text; one that does not fit is listed as lost."""
    if table is None:
        return None
    by = turns.set_index(["source", "turn"])[["text_start", "end"]]
    first, last = (
        by.reindex(pd.MultiIndex.from_arrays([table["source"], table[c]])) for c in ("turn_start", "turn_end")
    )
    start = first["text_start"].to_numpy() + table["char_start"].to_numpy()
    end = last["text_start"].to_numpy() + table["char_end"].to_numpy()
    fits = (
        (table["char_start"] >= 0).to_numpy()
        & (start < end)
        & (end <= last["end"].to_numpy())
        & (start < first["end"].to_numpy())
    )
    guid = [f"{name}.csv:{n}" for n in range(2, len(table) + 2)]
    reason = N_("turn or character outside the transcript")
    notes += [
        {"guid": g, "element": name, "outcome": "lost", "reason": reason}
        for g, ok in zip(guid, fits, strict=True)
        if not ok
    ]
    rows = table.assign(start=start, end=end, guid=guid)[fits]
    return rows.astype({"start": np.int64, "end": np.int64}).drop(columns=list(_NUMBERS[1:]))
