"""The only room that escapes or confines: HTML, CSV cells, slugs, paths, strict YAML, atomic writes."""

import csv
import datetime as dt
import hashlib
import html as _html
import io
import json
import math
import os
import re
import secrets
import unicodedata
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from digicit_lib.errors import DigicitError

MAX_YAML_BYTES, MAX_YAML_DEPTH = 256 * 1024, 50
MAX_ENTRY, MAX_TOTAL = 64 * 1024 * 1024, 192 * 1024 * 1024
MAX_SHEET = 512 * 1024 * 1024  # bytes of XML: ten million cells and more
MAX_RATIO, RATIO_FROM = 100, 1024 * 1024  # text packs 3 to 20 times
RELEASED = dt.date(2026, 11, 29)  # a clock that stands before this is wrong
# Of xlsxwriter: what people have written is no formula and no link of a spreadsheet.
TEXT_IS_TEXT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_DEVICE_NAMES = {"con", "prn", "aux", "nul", *(f"{p}{i}" for p in ("com", "lpt") for i in range(1, 10))}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean(text: object) -> str:
    """Text without control and direction characters.

    Examples
    --------
    >>> clean("a\\x00b\\u202ec")
    'abc'
    """
    return _CONTROL.sub("", str(text))


def html(text: object) -> str:
    """Escape text for an HTML element or a quoted attribute; bidi and control characters go.

    Examples
    --------
    >>> html('<a onclick="x">')
    '&lt;a onclick=&quot;x&quot;&gt;'
    """
    return _html.escape(clean(text), quote=True)


def csv_cell(value: object) -> object:
    """A text cell that no spreadsheet reads as a formula; numbers stay numbers.

    Examples
    --------
    >>> csv_cell("=HYPERLINK(1)"), csv_cell(-2.5)
    ("'=HYPERLINK(1)", -2.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_frame(frame: Any) -> str:
    """A pandas frame as CSV text: text columns through `csv_cell`, floats in full, LF line ends."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([csv_cell(str(name)) for name in frame.columns])
    lines.writerows(zip(*(_cells(values) for _, values in frame.items()), strict=True))
    return text.getvalue()


def _cells(values: Any) -> list[object]:
    """A column's cells, empty where nothing is: only what is missing differs from itself."""
    if repr(getattr(values.dtype, "na_value", None)) == "<NA>":  # which cannot be compared
        values = values.astype(object).where(values.notna(), None)
    return [
        None if cell is None or cell != cell else csv_cell(cell)
        for cell in values.to_numpy(dtype=object).tolist()
    ]


def yaml_quoted(text: str) -> str:
    """Text as a double-quoted YAML scalar on one line: what is not clean is escaped.

    Examples
    --------
    >>> yaml_quoted("a: \x85b")
    '"a: \\\\U00000085b"'
    """
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


def slug(text: object) -> str:
    """A file-name part of lower-case ASCII letters, digits and hyphens; other alphabets in Latin letters.

    Examples
    --------
    >>> slug("Uses the internet daily — girls & boys"), slug("Правила родителей"), slug("Ağ kullanımı")
    ('uses-the-internet-daily-girls-boys', 'pravila-roditelej', 'ag-kullanimi')
    """
    words = str(text)
    if not words.isascii():
        words = re.sub(r"[^\x00-\x7f]|'", "", _latin().transliterate(unicodedata.normalize("NFC", words)))
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:80] or "item"


@lru_cache
def _latin() -> Any:
    import icu

    return icu.Transliterator.createInstance("Any-Latin; Latin-ASCII")


def inside(root: Path, *parts: str | os.PathLike[str]) -> Path:
    """The path below `root`, or an error: no escape by `..`, links, absolute or device names."""
    base = Path(root).resolve()
    path = base.joinpath(*parts)
    names = [name for part in parts for name in Path(part).parts]
    bad = any("\0" in n or n.split(".")[0].lower() in _DEVICE_NAMES for n in names)
    try:
        out = not path.resolve().is_relative_to(base)
    except (OSError, RuntimeError, ValueError):  # a link to itself, a name that no file can have
        out = True
    if bad or out:
        what = "The path is outside the allowed folder."
        hint = "links are followed inside the folder only: put the file itself there"
        raise DigicitError(what, got="/".join(names), allowed=f"below {base.name}/", next=hint)
    return path


def has_come(day: dt.date) -> bool:
    """Whether somebody can have signed on a day: since 2000, and not in the future.

    One day more is allowed: somewhere it is tomorrow already.

    Examples
    --------
    >>> has_come(dt.date(2026, 10, 1)), has_come(dt.date(2626, 10, 1)), has_come(dt.date(226, 10, 1))
    (True, False, False)
    """
    latest = max(dt.date.today(), RELEASED) + dt.timedelta(days=1)
    return dt.date(2000, 1, 1) <= dt.date(day.year, day.month, day.day) <= latest


def write_private(path: Path, content: bytes | str) -> Path:
    """Write a file whole or not at all, for its owner alone (0600)."""
    return write_atomic(path, content, mode=0o600)


def write_atomic(path: Path, content: bytes | str, *, mode: int = 0o666) -> Path:
    """Write a file whole or not at all (a temporary neighbour, fsync, rename); the user's umask holds."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(f".writing-{secrets.token_hex()}")
    try:
        with os.fdopen(os.open(neighbour, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        neighbour.replace(path)
    finally:
        neighbour.unlink(missing_ok=True)
    return path


def private_folder(path: Path) -> Path:
    """A folder that only its owner may look into: staging, failures, logs."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def archive_bomb(
    wanted: Sequence[zipfile.ZipInfo],
    infos: Sequence[zipfile.ZipInfo],
    *,
    entry: int = MAX_ENTRY,
    total: int = MAX_TOTAL,
) -> str:
    """What is wrong with the sizes that an archive declares, or "".

    Parameters
    ----------
    wanted, infos : sequence of ZipInfo
        The entries that would be read, and all.
    entry, total : int
        Most bytes of one of them and of all together.
    """
    megabyte = 1024 * 1024
    for info in wanted:
        if info.file_size > entry:
            return f"An entry of the archive is larger than {entry // megabyte} MB."
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * info.compress_size:
            return "An entry of the archive is packed too tightly to be a text."
    if sum(info.file_size for info in wanted) > total:
        return f"The texts of the archive are larger than {total // megabyte} MB together."
    # Entries that share bytes: one kernel quoted many times.
    places = sorted((info.header_offset, info.compress_size) for info in infos)
    if any(start + size > after for (start, size), (after, _) in pairwise(places)):
        return "Entries of the archive overlap."
    return ""


def refuse_bomb(path: Path, error: type[DigicitError] = DigicitError) -> None:
    """An office file is an archive: what it unpacks to is looked at before anything is read.

    Parameters
    ----------
    path : Path
        A workbook or a Word file.
    error : type of DigicitError
        Of the room that reads it.

    Raises
    ------
    DigicitError
        It is no archive, or would fill the memory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            what = archive_bomb(archive.infolist(), archive.infolist(), entry=MAX_SHEET, total=2 * MAX_SHEET)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        kind = "Word" if path.suffix.lower() == ".docx" else "Excel"
        what = f"The {kind} file cannot be read."
    if what:
        raise error(what, where=path.name, next="save it again, or a table as CSV (UTF-8)")


def own_umask() -> int:
    """This process's umask, which is read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def refuse_special(path: Path) -> Path:
    """The path, or a DigicitError: a pipe, a socket, a device and the system's own files are no input."""
    real = Path(os.path.realpath(path))
    if real.parts[1:2] in (("proc",), ("sys",)) or (real.exists() and not (real.is_file() or real.is_dir())):
        what, after = "This is no ordinary file.", "copy what it holds into a file"
        allowed = "a file on a disk, no pipe, socket or device"
        raise DigicitError(what, where=path.name, allowed=allowed, next=after)
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of an ordinary file's bytes, in hex."""
    with refuse_special(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(value: object) -> str:
    """SHA-256 of a value's canonical JSON: the same for equal content on any machine.

    Examples
    --------
    >>> fingerprint({"b": 1, "a": 2}) == fingerprint({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


# --- strict YAML ------------------------------------------------------------------------------------


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2 scalars only (no sexagesimals, no octals, NO stays text); aliases are refused."""


_StrictLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]{0,17})", "-+0123456789"),  # longer ones stay text, as ids are
    ("float", r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
):
    _StrictLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )

_CONSTRUCTOR = yaml.constructor.SafeConstructor()
Lines = dict[tuple[str | int, ...], int]


def load_yaml(source: Path | str, *, name: str = "text", most: int = MAX_YAML_BYTES) -> tuple[Any, Lines]:
    """Read YAML strictly: no duplicate keys, anchors, aliases, tags or surprises; 256 kB, 50 levels.

    What looks like a date or a number and is none (2026-13-40, 1e999, more than 18 digits) stays text, so
    that whoever asks for one tells it with the file's other problems.

    Parameters
    ----------
    source : Path or str
        A file, or the text itself.
    name : str
        How messages call a text.
    most : int
        Bytes that a file may have.

    Returns
    -------
    data : object
    lines : dict
        Key path, such as ``("study", "country")``, to its line number (from 1).

    Raises
    ------
    DigicitError
        With file and line.

    Examples
    --------
    >>> load_yaml("country: NO\\nwave: 12:30")
    ({'country': 'NO', 'wave': '12:30'}, {(): 1, ('country',): 1, ('wave',): 2})
    """
    label = str(source) if isinstance(source, Path) else name
    data = refuse_special(source).read_bytes() if isinstance(source, Path) else source.encode()
    if len(data) > most:
        got = f"{len(data)} bytes"
        raise DigicitError("A YAML file is too large.", where=label, got=got, allowed=f"{most // 1024} kB")
    try:
        text = data.decode("utf-8-sig")
        _refuse_at_sight(text, label)
        node = yaml.compose(text, _StrictLoader)
    except UnicodeDecodeError as error:
        raise DigicitError("A YAML file is not UTF-8.", where=label, next="save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark, at = getattr(error, "problem_mark", None), getattr(error, "position", None)
        line = mark.line if mark else None if at is None else data[:at].count(b"\n")
        where = label if line is None else f"{label}:{line + 1}"
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise DigicitError("Not valid YAML.", where=where, got=problem) from error
    lines: Lines = {(): 1}
    return (None if node is None else _build(node, (), lines, label)), lines


def _refuse_at_sight(text: str, label: str) -> None:
    """Before anything is composed: depth without end, aliases, which expand without bound, and tags."""
    depth = 0
    for event in yaml.parse(text, _StrictLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        where = f"{label}:{event.start_mark.line + 1}" if event.start_mark else label
        if depth > MAX_YAML_DEPTH:
            raise DigicitError("YAML is nested too deeply.", where=where, allowed=f"{MAX_YAML_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DigicitError(
                "YAML anchors and aliases are not read.", where=where, next="write the value out"
            )
        if tag := getattr(event, "tag", None):
            raise DigicitError("YAML tags are not read.", where=where, got=tag)


def _build(node: yaml.Node, path: tuple[str | int, ...], lines: Lines, label: str) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, path, lines, label)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*path, i), lines, label) for i, child in enumerate(node.value)]
    try:
        value = _CONSTRUCTOR.construct_object(node)
    except ValueError:  # a thirteenth month
        return node.value
    return node.value if value in (math.inf, -math.inf) else value


def _build_mapping(
    node: yaml.MappingNode, path: tuple[str | int, ...], lines: Lines, label: str
) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise DigicitError("A YAML key must be a scalar.", where=f"{label}:{line}")
        key = _build(key_node, (*path, "?"), {}, label)
        if key is None:
            raise DigicitError("A YAML key is empty.", where=f"{label}:{line}", next="name it, or quote it")
        if key in result:
            raise DigicitError(
                "Duplicate key.", where=f"{label}:{line}", got=str(key), next="keep one of them"
            )
        result[key] = _build(value_node, (*path, key), lines, label)
        lines[(*path, key)] = line
    return result
