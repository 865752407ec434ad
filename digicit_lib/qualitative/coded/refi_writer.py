"""A project as REFI-QDA 1.5: an archive that other programs open, and its codebook.

Positions are code points of texts with LF line ends; ids are made from content, so that the same project
gives the same bytes.
"""

import io
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from digicit_lib.qualitative.coded.model import Project
from digicit_lib.safe import load_yaml

ORIGIN = "digicit"
NOT_WRITTEN = load_yaml(Path(__file__).parents[1] / "sheets.yaml")[0]["not_written"]
OF_SOURCES = ("type", "lang")
_SPACE = uuid.UUID("6d1c7f0a-6d3e-5c5e-9d7a-0b6b8b0f3f11")
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_DAY = (1980, 1, 1, 0, 0, 0)
_FORBIDDEN = {n: None for n in (*range(32), 0xFFFE, 0xFFFF) if n not in (9, 10, 13)}


def refi_project(project: Project, name: str, note: str = "") -> bytes:
    """A ``.qdpx`` archive with texts, codes, participants and every coding of a text or a whole source.

    Parameters
    ----------
    project : Project
        Under pseudonyms and neutral names; all of its texts are written.
    name, note : str
        Of the project as other programs show it.

    Returns
    -------
    bytes

    Examples
    --------
    >>> rows = [dict(source="a", start=4, end=7, code="x", coder="A")]
    >>> refi_project(Project.build({"a": "P1: yes"}, rows, []), "p")[:2]
    b'PK'
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = {"project.qde": _HEAD + "".join(_project(project, name, note))}
        entries |= {f"sources/{_guid('source', s)}.txt": text for s, text in project.texts.items()}
        for entry, text in entries.items():
            archive.writestr(zipfile.ZipInfo(entry, _DAY), text.encode("utf-8", "replace"))
    return file.getvalue()


def refi_codebook(project: Project) -> str:
    """The code tree with its definitions, as a ``.qdc`` file.

    Examples
    --------
    >>> '<Code ' in refi_codebook(Project.build({}, [], [{"code": "x"}]))
    True
    """
    head = _tag("CodeBook", {"xmlns": "urn:QDA-XML:codebook:1.0", "origin": ORIGIN})
    return _HEAD + "".join([head, "<Codes>", *_codes(project), "</Codes></CodeBook>"])


def unwritten(project: Project) -> int:
    """Codings of pictures, times and lost texts, which the archive cannot hold."""
    return int((~project.segments["kind"].isin(["text", "source"])).sum())


def _guid(*parts: object) -> str:
    return str(uuid.uuid5(_SPACE, "\x1f".join(map(str, parts))))


def _tag(name: str, attributes: dict[str, object], closed: bool = False) -> str:
    text = "".join(f" {k}={quoteattr(str(v).translate(_FORBIDDEN))}" for k, v in attributes.items())
    return f"<{name}{text}{'/' if closed else ''}>"


def _text(name: str, text: object) -> str:
    plain = str(text).translate(_FORBIDDEN).strip()
    return f"<{name}>{escape(plain)}</{name}>" if plain else ""


def _project(project: Project, name: str, note: str) -> Iterator[str]:
    """The elements in the order of the schema."""
    coders = sorted(set(project.segments["coder"]))
    yield _tag("Project", {"xmlns": "urn:QDA-XML:project:1.0", "name": name, "origin": ORIGIN})
    users = (_tag("User", {"guid": _guid("user", c), "name": c}, True) for c in coders)
    yield from ("<Users>", *users, "</Users>", "<CodeBook><Codes>", *_codes(project), "</Codes></CodeBook>")
    sources = [*_attributes(project), *(c for c in OF_SOURCES if c in project.sources)]
    yield from _listed(
        "Variables",
        (
            _tag("Variable", {"guid": _guid("variable", c), "name": c, "typeOfVariable": "Text"}, True)
            for c in dict.fromkeys(sources)
        ),
    )
    yield from _listed("Cases", _cases(project))
    yield from _listed("Sources", _sources(project))
    yield _text("Description", note) + "</Project>"


def _listed(name: str, parts: Iterable[str]) -> list[str]:
    children = list(parts)
    return [f"<{name}>", *children, f"</{name}>"] if children else []


def _codes(project: Project) -> Iterator[str]:
    """The tree from the paths: a code above that no row has is a category."""
    rows = {row["code"]: row for row in project.codes.to_dict("records")}
    paths = list(rows)
    paths += [up for path in rows for up in _above(path) if up not in rows]
    yield from _branch("", rows, sorted(dict.fromkeys(paths)))


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def _branch(top: str, rows: dict[str, dict[str, object]], paths: list[str]) -> Iterator[str]:
    for path in (p for p in paths if p.rpartition("/")[0] == top):
        row = rows.get(path, {})
        codable = bool(row) and row.get("status") != "category"
        last = path.rpartition("/")[2].replace("\u2215", "/")
        yield _tag("Code", {"guid": _guid("code", path), "name": last, "isCodable": str(codable).lower()})
        yield _text("Description", row.get("definition", ""))
        yield from _branch(path, rows, [p for p in paths if p.startswith(f"{path}/")])
        yield "</Code>"


def _values(row: dict[str, object], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if str(row.get(name, "")).strip():
            ref = _tag("VariableRef", {"targetGUID": _guid("variable", name)}, True)
            yield f"<VariableValue>{ref}{_text('TextValue', row[name])}</VariableValue>"


def _attributes(project: Project) -> list[str]:
    return [str(c) for c in project.cases if c not in NOT_WRITTEN]


def _cases(project: Project) -> Iterator[str]:
    """People with their attributes; one who is alone in a source owns it."""
    alone = project.turns[project.turns["case"] != ""].groupby("source")["case"].unique()
    owned = {source: who[0] for source, who in alone.items() if len(who) == 1}
    for row in project.cases.drop_duplicates("case").to_dict("records"):
        sources = [source for source, who in owned.items() if who == row["case"]]
        yield _tag("Case", {"guid": _guid("case", row["case"]), "name": row["case"]})
        yield from _values({str(k): v for k, v in row.items()}, _attributes(project))
        yield from (_tag("SourceRef", {"targetGUID": _guid("source", s)}, True) for s in sources)
        yield "</Case>"


def _sources(project: Project) -> Iterator[str]:
    facts = {row["source"]: row for row in project.sources.to_dict("records")}
    coded = project.segments.groupby("source")
    for source, text in project.texts.items():
        guid = _guid("source", source)
        yield _tag("TextSource", {"guid": guid, "name": source, "plainTextPath": f"internal://{guid}.txt"})
        rows = coded.get_group(source) if source in coded.groups else project.segments[:0]
        yield from _selections(source, text, rows[rows["kind"] == "text"])
        yield from (_coding(row) for row in rows[rows["kind"] == "source"].itertuples())
        yield from _values({str(k): v for k, v in facts.get(source, {}).items()}, OF_SOURCES)
        yield "</TextSource>"


def _selections(source: str, text: str, rows: pd.DataFrame) -> Iterator[str]:
    """A selection a span, named by its words, with every coding that was made on it."""
    span = attrgetter("start", "end")
    for (start, end), same in groupby(sorted(rows.itertuples(), key=span), key=span):
        codings = list(same)
        place = {"startPosition": int(start), "endPosition": int(end)}
        words = " ".join(text[start:end].split())
        guid = _guid("selection", source, start, end)
        yield _tag("PlainTextSelection", {"guid": guid, "name": words, **place})
        memos = dict.fromkeys(str(memo) for memo in (row.memo for row in codings) if str(memo).strip())
        yield _text("Description", "\n".join(memos))
        yield from map(_coding, codings)
        yield "</PlainTextSelection>"


def _coding(row: object) -> str:
    guid, code, coder = (str(getattr(row, name)) for name in ("segment", "code", "coder"))
    ref = _tag("CodeRef", {"targetGUID": _guid("code", code)}, True)
    tag = _tag("Coding", {"guid": _guid("coding", guid), "creatingUser": _guid("user", coder)})
    return tag + ref + "</Coding>"
