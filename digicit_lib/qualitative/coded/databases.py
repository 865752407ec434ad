"""Coded projects in SQLite: QualCoder and Taguette, read-only, columns found by looking."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.language import N_
from digicit_lib.qualitative.coded.archive import MAX_ENTRY, MAX_TOTAL
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.offsets import Text
from digicit_lib.qualitative.coded.parts import REPORT, Row
from digicit_lib.qualitative.coded.turns import clean_name, code_path, stem, unique

MAX_STEPS = 2_000  # of a million instructions each: a hostile database cannot keep us busy
_CODE_TEXT = ("ctid", "cid", "fid", "seltext", "pos0", "pos1", "owner", "memo")
_HIGHLIGHT = ("id", "document_id", "start_offset", "end_offset", "snippet")
Names = Mapping[str, str]
BLOCKS = frozenset(
    ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "tr", "br", "ul", "ol")
)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that cannot be written, whose views and triggers are not trusted."""
    if path.stat().st_size > MAX_TOTAL:
        raise QualitativeError("The database is larger than 192 MB.", where=path.name)
    link = None
    try:
        link = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        link.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ENTRY)
        steps = iter(range(MAX_STEPS))
        link.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
        link.execute("PRAGMA trusted_schema=OFF")
        yield link
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise QualitativeError(
            "Not a readable SQLite database.", where=path.name, next="copy it again"
        ) from error
    finally:
        if link:
            link.close()


def _table(link: sqlite3.Connection, name: str, *columns: str) -> list[Row]:
    """Rows of a table with these columns; one that this version does not have is None. No views."""
    if not link.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (name,)).fetchone():
        return []
    there = {row[1] for row in link.execute(f'PRAGMA table_info("{name}")')}
    selection = ", ".join(f'"{c}"' if c in there else f'NULL AS "{c}"' for c in columns)
    return [dict(zip(columns, row, strict=True)) for row in link.execute(f'SELECT {selection} FROM "{name}"')]


def read_database(path: Path, coder: str | None = None) -> Project:
    """A QualCoder folder or database, or a Taguette database."""
    file = path / "data.qda" if path.is_dir() else path
    if not file.is_file():
        raise QualitativeError("No coded project is there.", got=path.name)
    with _opened(file) as link:
        tables = {row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        if {"code_name", "code_text", "source"} <= tables:
            return _qualcoder(link)
        if {"highlights", "tags", "documents"} <= tables:
            return _taguette(link, file.name, coder)
    raise QualitativeError("Neither a QualCoder nor a Taguette database.", where=file.name)


def _lost(guid: object, element: str, reason: str, outcome: str = "lost") -> Row:
    return dict(zip(REPORT, (str(guid), element, outcome, reason), strict=True))


def _qualcoder(link: sqlite3.Connection) -> Project:
    """Its positions are code points of the stored text; the words stored with each coding prove it."""
    sources = {r["id"]: r for r in _table(link, "source", "id", "name", "fulltext")}
    names = dict(zip(sources, unique(stem(r["name"]) for r in sources.values()), strict=True))
    raws = {names[i]: str(r["fulltext"]) for i, r in sources.items() if r["fulltext"]}
    codes = _qualcoder_codes(link)
    notes: list[Row] = []
    rows = [*_qualcoder_texts(link, raws, names, codes, notes), *_qualcoder_media(link, names, codes)]
    cases = {r["caseid"]: clean_name(r["name"]) for r in _table(link, "cases", "caseid", "name")}
    spoken = [
        {"source": names.get(r["fid"]), "case": cases.get(r["caseid"]), "start": r["pos0"], "end": r["pos1"]}
        for r in _table(link, "case_text", "caseid", "fid", "pos0", "pos1")
    ]
    attributes, memos = _attributes(link), _table(link, "code_name", "cid", "memo")
    kinds = {i: "text" if r["fulltext"] else "media" for i, r in sources.items()}
    version = next((r["databaseversion"] for r in _table(link, "project", "databaseversion")), "")
    facts = {"writer": f"QualCoder database {version}", "offsets": "point-crlf1"}
    return Project.build(
        raws,
        rows,
        [{"code": codes[r["cid"]], "definition": r["memo"]} for r in memos],
        sources=[{"source": names[i], "kind": kinds[i], **attributes.get(("file", i), {})} for i in sources],
        cases=pd.DataFrame([{"case": c, **attributes.get(("case", i), {})} for i, c in cases.items()]),
        spoken=pd.DataFrame(spoken).dropna(),
        report=notes,
        memos=pd.DataFrame(_qualcoder_memos(link)),
        facts=facts | {"offsets_evidence": "the words stored with each coding"},
    )


def _qualcoder_memos(link: sqlite3.Connection) -> list[Row]:
    """The journal, the annotations of texts, the memos of documents and people, with who wrote them when."""
    journal = _table(link, "journal", "name", "jentry", "date", "owner")
    marks = _table(link, "annotation", "memo", "date", "owner")
    rows = [{"kind": "journal", "name": r["name"], "text": r["jentry"]} | _when(r) for r in journal]
    rows += [{"kind": "annotation", "name": "", "text": r["memo"]} | _when(r) for r in marks]
    fixed = dict.fromkeys(("name", "author", "date"), "")
    rows += [{"kind": "project", "text": r["memo"] or "", **fixed} for r in _table(link, "project", "memo")]
    for kind, table in (("document", "source"), ("case", "cases"), ("category", "code_cat")):
        notes = _table(link, table, "name", "memo", "date", "owner")
        rows += [{"kind": kind, "name": r["name"], "text": r["memo"] or ""} | _when(r) for r in notes]
    return [row for row in rows if str(row["text"]).strip()]


def _when(row: Row) -> Row:
    return {"author": clean_name(row["owner"]), "date": str(row["date"])[:10]}


def _qualcoder_texts(
    link: sqlite3.Connection,
    raws: Names,
    names: Mapping[Any, str],
    codes: Mapping[int, str],
    notes: list[Row],
) -> Iterator[Row]:
    texts = {source: Text.of(raw) for source, raw in raws.items()}
    table = _table(link, "code_text", *_CODE_TEXT)
    # Python counted on the text as it is stored: both characters of a line end, the mark too.
    for source, r, span in _converted(texts, names, table, ("fid", "pos0", "pos1"), "point-crlf2-bom"):
        guid = f"code_text:{r['ctid']}"
        if span is None or r["cid"] not in codes:
            notes.append(_lost(guid, "coding", N_("its text, code or position is not there")))
        elif r["seltext"] is not None and raws[source][r["pos0"] : r["pos1"]] != r["seltext"]:
            notes.append(_lost(guid, "coding", N_("the words stored with it are not at its position")))
        else:
            place = {"source": source, "start": span[0], "end": span[1], "memo": r["memo"] or ""}
            yield {"guid": guid, **place, **_coded(r, codes)}


def _qualcoder_media(
    link: sqlite3.Connection, names: Mapping[Any, str], codes: Mapping[int, str]
) -> Iterator[Row]:
    for table, key, kind in (("code_image", "imid", "area"), ("code_av", "avid", "time")):
        for r in _table(link, table, key, "id", "cid", "owner"):
            if r["cid"] in codes and r["id"] in names:
                yield {"guid": f"{table}:{r[key]}", "source": names[r["id"]], "kind": kind} | _coded(r, codes)


def _coded(row: Row, codes: Mapping[int, str]) -> Row:
    return {"code": codes[row["cid"]], "coder": clean_name(row["owner"] or "unknown")}


def _converted(
    texts: Mapping[str, Text],
    names: Mapping[Any, str],
    rows: list[Row],
    columns: tuple[str, str, str],
    convention: str,
) -> Iterator[tuple[str, Row, tuple[int, int] | None]]:
    """Rows with their source and span in the text; each source's positions are looked up in one go."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(names.get(row[columns[0]], ""), []).append(row)
    for source, mine in by.items():
        positions = [[row[c] if isinstance(row[c], int) else -1 for c in columns[1:]] for row in mine]
        detection = [[-1, -1]] * len(mine)
        if source in texts:
            detection = texts[source].spans(convention, np.array(positions)).tolist()
        for row, (start, end) in zip(mine, detection, strict=True):
            yield source, row, (start, end) if 0 <= start < end else None


def _qualcoder_codes(link: sqlite3.Connection) -> dict[int, str]:
    """Code ids to paths; a category or a code that is its own ancestor stands at the top."""
    groups = {r["catid"]: r for r in _table(link, "code_cat", "catid", "name", "supercatid")}
    codes = {r["cid"]: r for r in _table(link, "code_name", "cid", "name", "catid", "supercid")}

    def path(rows: dict[int, Row], key: int | None, up: str) -> list[str]:
        visited: list[int] = []
        while key in rows and key not in visited:
            visited.insert(0, key)
            key = rows[key][up]
        return [clean_name(rows[k]["name"]) for k in visited]

    def top(cid: int) -> int | None:
        visited = {cid}
        while (above := codes[cid]["supercid"]) in codes and above not in visited:
            visited.add(cid := above)
        return codes[cid]["catid"]

    return {
        cid: code_path([*path(groups, top(cid), "supercatid"), *path(codes, cid, "supercid")])
        for cid in codes
    }


def _attributes(link: sqlite3.Connection) -> dict[tuple[str, int], Row]:
    values: dict[tuple[str, int], Row] = {}
    for r in _table(link, "attribute", "name", "attr_type", "value", "id"):
        name = clean_name(r["name"])
        key = f"{name} (file)" if name in ("source", "case", "kind", "chars", "sha256") else name
        values.setdefault((r["attr_type"], r["id"]), {})[key] = r["value"] or ""
    return values


class _Nodes(HTMLParser):
    """Text nodes of a document, and where a paragraph ends between them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.breaks: list[int] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in BLOCKS:
            self.breaks.append(len(self.parts))

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.breaks.append(len(self.parts))


def _plain(contents: str) -> tuple[str, Text, np.ndarray]:
    """The text with a line end between paragraphs, the bare text nodes, and the place of each in the text."""
    nodes = _Nodes()
    nodes.feed(contents)
    nodes.close()
    ends, at = set(nodes.breaks), 0
    text: list[str] = []
    place: list[np.ndarray] = []
    for i, part in enumerate(nodes.parts):
        if i in ends and text and not text[-1].endswith("\n"):
            text.append("\n")
            at += 1
        place.append(np.arange(at, at + len(part)))
        text.append(part)
        at += len(part)
    bare = Text.of("".join(nodes.parts))
    where = np.concatenate([*place, [at]]) if place else np.array([0])
    return "".join(text), bare, where


def _taguette(link: sqlite3.Connection, where: str, coder: str | None) -> Project:
    """Its positions are UTF-8 bytes over the text nodes; the stored snippets prove it, one by one."""
    if len(_table(link, "projects", "id")) > 1:
        raise QualitativeError("The database holds several projects.", where=where, next="export one of them")
    documents = _table(link, "documents", "id", "name", "contents", "description")
    names = dict(zip((d["id"] for d in documents), unique(stem(d["name"]) for d in documents), strict=True))
    texts = {names[d["id"]]: _plain(str(d["contents"])) for d in documents}
    tags = {t["id"]: t for t in _table(link, "tags", "id", "path", "description")}
    paths = {i: code_path([clean_name(part) for part in str(t["path"]).split(".")]) for i, t in tags.items()}
    notes: list[Row] = []
    spans = _highlights(link, names, texts, notes)
    authors = _authors(link)
    rows = [
        {
            "guid": f"highlight:{r['highlight_id']}",
            "code": paths[r["tag_id"]],
            **spans[r["highlight_id"]],
            "coder": coder or authors.get(r["highlight_id"], "unknown"),
        }
        for r in _table(link, "highlight_tags", "highlight_id", "tag_id")
        if r["highlight_id"] in spans and r["tag_id"] in paths
    ]
    facts = {
        "writer": "Taguette",
        "offsets": "utf8-crlf1",
        "offsets_evidence": "the snippet stored with each",
    }
    return Project.build(
        {source: text for source, (text, _, _) in texts.items()},
        rows,
        [{"code": paths[i], "definition": t["description"]} for i, t in tags.items()],
        sources=[{"source": names[d["id"]], "description": d["description"]} for d in documents],
        report=notes,
        facts=facts,
    )


def _highlights(
    link: sqlite3.Connection,
    names: Mapping[Any, str],
    texts: Mapping[str, tuple[str, Text, np.ndarray]],
    notes: list[Row],
) -> dict[int, Row]:
    """Highlights by id with their place in the text, if the words there are those of the snippet."""
    spans: dict[int, Row] = {}
    bare = {source: text for source, (_, text, _) in texts.items()}
    table = _table(link, "highlights", *_HIGHLIGHT)
    for source, r, span in _converted(bare, names, table, _HIGHLIGHT[1:4], "utf8-crlf1"):
        words = "".join(_plain(str(r["snippet"]))[1].text.split())
        if span is None or "".join(bare[source].text[slice(*span)].split()) != words:
            reason = N_("the words stored with it are not at its position")
            notes.append(_lost(f"highlight:{r['id']}", "highlight", reason))
        else:
            at = texts[source][2]
            spans[r["id"]] = {"source": source, "start": int(at[span[0]]), "end": int(at[span[1] - 1]) + 1}
    return spans


def _authors(link: sqlite3.Connection) -> dict[int, str]:
    """Who made a highlight stands only in the log of commands."""
    authors: dict[int, str] = {}
    for r in _table(link, "commands", "user_login", "payload"):
        try:
            payload = json.loads(r["payload"])
        except (ValueError, RecursionError):
            continue
        if isinstance(payload, dict) and str(payload.get("type", "")).startswith("highlight_add"):
            authors.setdefault(payload.get("highlight_id", 0), clean_name(r["user_login"]))
    return authors
