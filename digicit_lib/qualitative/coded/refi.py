"""REFI-QDA projects and codebooks: one pass of a streaming parser, no tree, no document type."""

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from digicit_lib.errors import QualitativeError
from digicit_lib.language import N_
from digicit_lib.qualitative.coded.archive import CHUNK, MAX_ENTRY, Archive
from digicit_lib.qualitative.coded.assemble import assemble
from digicit_lib.qualitative.coded.model import Project
from digicit_lib.qualitative.coded.offsets import Text
from digicit_lib.qualitative.coded.parts import REPORT, Row
from digicit_lib.qualitative.coded.turns import canonical_text, clean_name, stem, unique

MAX_DEPTH = 256
MAX_ELEMENTS = 1_000_000
MEDIA = {
    "TextSource": "text",
    "PDFSource": "pdf",
    "PictureSource": "picture",
    "AudioSource": "audio",
    "VideoSource": "video",
    "Representation": "text",
    "Transcript": "text",
}
SPANS = {
    "PlainTextSelection": "text",
    "TranscriptSelection": "time",
    "PDFSelection": "area",
    "PictureSelection": "area",
    "AudioSelection": "time",
    "VideoSelection": "time",
}
UNREAD = ("Link", "Graph")
HOLDERS = {
    "Code": "code",
    "Case": "case",
    **dict.fromkeys(MEDIA, "document"),
    **dict.fromkeys(SPANS, "annotation"),
}


@dataclass
class _Reader:
    """What the parser has seen, as lists; nothing is looked up before the end of the file."""

    codes: list[Row] = field(default_factory=list)
    codings: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    sets: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    memos: list[Row] = field(default_factory=list)
    noted: dict[str, Row] = field(default_factory=dict)  # what a note hangs on
    said_by: dict[str, str] = field(default_factory=dict)  # the case whose words a selection is
    count: Counter[str] = field(default_factory=Counter)
    project: dict[str, str] = field(default_factory=dict)
    stack: list[tuple[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    seen: int = 0

    def words_in(self, text: str) -> None:
        self.words.append(text)

    def lose(self, guid: str, element: str, outcome: str, reason: str) -> None:
        self.notes.append(dict(zip(REPORT, (guid, element, outcome, reason), strict=True)))

    def near(self, *names: str) -> Any:
        """What was kept of the innermost open element of these names."""
        for name, entry in reversed(self.stack):
            if name in names:
                return entry
        return None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if len(self.stack) >= MAX_DEPTH:
            raise QualitativeError(
                "Elements are nested too deep.", got=f"{len(self.stack)} levels", allowed=str(MAX_DEPTH)
            )
        self.count[name] += 1
        self.seen += 1
        if self.seen > MAX_ELEMENTS:
            raise QualitativeError("The project file has too many elements.", allowed=f"{MAX_ELEMENTS:,}")
        self.words = []
        handler = HANDLERS.get(name)
        self.stack.append((name, handler(self, name, attributes) if handler else None))

    def end(self, _: str) -> None:
        name, entry = self.stack.pop()
        parent, outer = self.stack[-1] if self.stack else ("", None)
        text = "".join(self.words)
        self.words = []
        if name == "VariableValue" and (holder := self.near("Case", *MEDIA)) is not None:
            holder["variables"][entry["ref"]] = entry["value"]
        elif name in SPANS and not entry["coded"]:
            self.lose(entry["guid"], name, "noted", N_("a selection without a coding is not read"))
        elif outer is None:
            return
        elif name == "Description" and (parent == "Code" or parent in SPANS):
            outer["definition" if parent == "Code" else "memo"] = text.strip()
        elif (name == "PlainTextContent" and parent in MEDIA) or (
            name in ("PlainTextContent", "Description") and parent == "Note"
        ):
            outer["content"] = text
        elif name.endswith("Value") and parent == "VariableValue":
            outer["value"] = text

    def _project(self, _: str, attributes: dict[str, str]) -> None:
        # basePath holds the researcher's name and home folder: it is never kept.
        self.project = {k: attributes.get(k, "") for k in ("origin", "name")}

    def _codebook(self, _: str, attributes: dict[str, str]) -> None:
        self.project = self.project or {"origin": attributes.get("origin", ""), "name": ""}

    def _user(self, _: str, attributes: dict[str, str]) -> None:
        self.users[_guid(attributes)] = clean_name(attributes.get("name", "")) or _guid(attributes)

    def _code(self, _: str, attributes: dict[str, str]) -> Row:
        parent = self.near("Code")
        name = clean_name(attributes.get("name", "")) or "unnamed"
        if name != attributes.get("name", ""):
            self.lose(_guid(attributes), "Code", "repaired", N_("marks or blanks were taken from the name"))
        path = [*(parent["path"] if parent else []), name]
        row = {
            "guid": _guid(attributes),
            "path": path,
            "definition": "",
            "status": "" if attributes.get("isCodable", "true") != "false" else "category",
        }
        self.codes.append(row)
        return row

    def _source(self, name: str, attributes: dict[str, str]) -> Row | None:
        outer = self.near(*MEDIA)
        if name == "Representation" and any(n in SPANS for n, _ in self.stack):
            return None
        title = clean_name(attributes.get("name", ""))
        row: Row = {
            "guid": _guid(attributes),
            "name": title,
            "kind": MEDIA[name],
            "path": attributes.get("plainTextPath") or "",
            "content": None,
            "variables": {},
        }
        if name == "Representation" and outer is not None:
            # The text layer of a picture of pages: its words are the outer source's words.
            outer["layer"] = row
            return row
        self.sources.append(row | {"kind": "transcript"} if outer is not None else row)
        return self.sources[-1]

    def _case(self, _: str, attributes: dict[str, str]) -> Row:
        row: Row = {
            "guid": _guid(attributes),
            "case": clean_name(attributes.get("name", "")),
            "sources": [],
            "variables": {},
        }
        self.cases.append(row)
        return row

    def _sourceref(self, _: str, attributes: dict[str, str]) -> None:
        if (case := self.near("Case")) is not None:
            case["sources"].append(attributes.get("targetGUID", "").strip().lower())

    def _selectionref(self, _: str, attributes: dict[str, str]) -> None:
        if (case := self.near("Case")) is not None:
            self.said_by[attributes.get("targetGUID", "").strip().lower()] = case["guid"]

    def _noteref(self, _: str, attributes: dict[str, str]) -> None:
        """NVivo's memos and annotations: a note and the document, code, case or passage it is of."""
        nothing: Row = {}
        kind, holder = next(
            ((kind, entry) for name, entry in reversed(self.stack) if entry and (kind := HOLDERS.get(name))),
            ("project" if self.stack[-1][0] == "Project" else "note", nothing),
        )
        name = holder.get("name") or holder.get("case") or (holder.get("path") or [""])[-1]
        if kind == "annotation":
            holder["coded"], name = True, ""  # its words are a participant's
        self.noted[attributes.get("targetGUID", "").strip().lower()] = {"kind": kind, "name": name}

    def _selection(self, name: str, attributes: dict[str, str]) -> Row:
        start, end = attributes.get("startPosition"), attributes.get("endPosition")
        row: Row = {
            "guid": _guid(attributes),
            "kind": SPANS[name],
            "name": attributes.get("name", ""),
            "memo": "",
            "start": start,
            "end": end,
            "coded": _guid(attributes) in self.said_by,
        }
        if row["coded"] and (source := self.near(*MEDIA)) is not None:
            target = self.said_by[row["guid"]]
            self.codings.append(
                {"guid": row["guid"], "user": "", "source": source, "span": row, "target": target}
            )
        return row

    def _coding(self, _: str, attributes: dict[str, str]) -> Row:
        source, span = self.near(*MEDIA), self.near(*SPANS)
        user = attributes.get("creatingUser", "").lower()
        row = {"guid": _guid(attributes), "user": user, "source": source, "span": span, "target": ""}
        if source is None:
            self.lose(row["guid"], "Coding", "lost", N_("it stands outside a source"))
        else:
            self.codings.append(row)
        if span is not None:
            span["coded"] = True
        return row

    def _coderef(self, _: str, attributes: dict[str, str]) -> None:
        coding = self.near("Coding")
        if coding is not None:
            coding["target"] = attributes.get("targetGUID", "").lower()

    def _variable(self, _: str, attributes: dict[str, str]) -> None:
        self.variables[_guid(attributes)] = clean_name(attributes.get("name", ""))

    def _variablevalue(self, *_: Any) -> Row:
        return {"ref": "", "value": ""}

    def _variableref(self, _: str, attributes: dict[str, str]) -> None:
        if self.near("VariableValue") is not None:
            self.near("VariableValue")["ref"] = attributes.get("targetGUID", "").lower()

    def _set(self, _: str, attributes: dict[str, str]) -> str:
        return clean_name(attributes.get("name", ""))

    def _member(self, _: str, attributes: dict[str, str]) -> None:
        self.sets.append((attributes.get("targetGUID", "").lower(), self.near("Set") or ""))

    def _note(self, _: str, attributes: dict[str, str]) -> Row:
        row = {
            "guid": _guid(attributes),
            "name": clean_name(attributes.get("name", "")),
            "content": None,
            "path": attributes.get("plainTextPath") or "",
            "user": attributes.get("creatingUser", "").lower(),
            "date": attributes.get("creationDateTime", "")[:10],
        }
        self.memos.append(row)
        return row

    def _unread(self, name: str, attributes: dict[str, str]) -> None:
        self.lose(_guid(attributes), name, "noted", N_("not read"))


def _guid(attributes: dict[str, str]) -> str:
    return attributes.get("guid", "").lower()


# Elements with a method of their name.
ELEMENTS = (
    "Project",
    "CodeBook",
    "User",
    "Code",
    "Case",
    "Coding",
    "Set",
    "Note",
    "Variable",
    "VariableValue",
)
REFERENCES = ("SourceRef", "SelectionRef", "NoteRef", "CodeRef", "VariableRef")
HANDLERS: dict[str, Callable[[_Reader, str, dict[str, str]], Any]] = {
    **{name: getattr(_Reader, f"_{name.lower()}") for name in (*ELEMENTS, *REFERENCES)},
    **dict.fromkeys(("MemberSource", "MemberCode"), _Reader._member),
    **dict.fromkeys(MEDIA, _Reader._source),
    **dict.fromkeys(SPANS, _Reader._selection),
    **dict.fromkeys(UNREAD, _Reader._unread),
}


def _refuse_dtd(*_: object) -> None:
    raise QualitativeError("A project file may not hold a document type or entities.", next="export it again")


def parse_refi(pieces: Iterator[bytes], where: str) -> _Reader:
    """Read one project or codebook file as it streams."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.words_in
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_dtd
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = "The project file is not well-formed XML."
        raise QualitativeError(what, where=f"{where}:{error.lineno}", next="export it again") from error
    except (ValueError, LookupError) as error:
        raise QualitativeError("The project file is in no known encoding.", where=where) from error
    if not reader.count["Project"] and not reader.count["CodeBook"]:
        raise QualitativeError("Not a REFI-QDA project or codebook.", where=where)
    return reader


def _pieces(path: Path) -> Iterator[bytes]:
    if path.stat().st_size > MAX_ENTRY:
        raise QualitativeError("The project file is larger than 64 MB.", where=path.name)
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece


def read_refi(
    path: Path, offsets: str = "auto", encoding: str | None = None, coder: str | None = None
) -> Project:
    """A ``.qdpx`` archive, a ``.qde`` project or a ``.qdc`` codebook."""
    with ExitStack() as stack:
        archive = stack.enter_context(Archive(path)) if path.suffix.lower() == ".qdpx" else None
        entry = None
        if archive:
            inner = [n for n in archive.names() if n.endswith(".qde") and n.count("/") == 0]
            entry = archive.find("project.qde") or (inner[0] if len(inner) == 1 else None)
            if entry is None:
                raise QualitativeError("The archive does not hold one project file.", where=path.name)
        reader = parse_refi(archive.stream(entry) if archive and entry else _pieces(path), path.name)
        names = _names(reader)
        texts = dict(_texts(reader, archive, encoding))
        for note in reader.memos:
            text = note["content"] or _file(reader, note, note["path"], archive, encoding)
            note["content"] = canonical_text(text or "").strip()
    return assemble(reader, names, texts, offsets, coder)


def _names(reader: _Reader) -> dict[int, str]:
    """A name for each source (by identity): its own without a file ending, else its file's, else its guid."""
    raw_names = (row["name"] or posixpath.basename(row["path"]) or row["guid"] for row in reader.sources)
    names = dict(zip(map(id, reader.sources), unique(map(stem, raw_names)), strict=True))
    return names | {id(row["layer"]): names[id(row)] for row in reader.sources if "layer" in row}


def _texts(reader: _Reader, archive: Archive | None, encoding: str | None) -> Iterator[tuple[int, Text]]:
    for row in reader.sources:
        layer = row.get("layer", row)
        raw = layer["content"]
        if raw is None:
            raw = _file(reader, row, layer["path"], archive, encoding)
        if raw is not None:
            yield id(row), Text.of(raw)


def _file(reader: _Reader, row: Row, path: str, archive: Archive | None, encoding: str | None) -> str | None:
    """The text of a source's file in the archive, or None with a line in the report."""
    name = path.removeprefix("internal://").replace("\\", "/")
    entry = archive.find(f"sources/{name}", name) if archive and path and "://" not in name else None
    if entry is None:
        if path:
            reader.lose(row["guid"], "Source", "lost", N_("its text is not in the archive"))
        return None
    data = archive.read(entry) if archive else b""
    for guess in (
        (encoding,) if encoding else ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8",)
    ):
        try:
            return data.decode(guess or "utf-8")
        except (UnicodeDecodeError, LookupError):
            reader.lose(row["guid"], "Source", "lost", N_("its text is in another encoding: name it"))
    return None
