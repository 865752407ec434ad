"""Find a data file, check that it is the one meant, and read the needed columns of it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.codebook import canonical
from digicit_lib.errors import DataError, suggest
from digicit_lib.safe import file_sha256, inside

FORMATS = (".sav", ".zsav", ".dta", ".xpt", ".csv", ".tsv", ".txt", ".xlsx", ".parquet")


@dataclass(frozen=True)
class Raw:
    """Columns of one file as they stand in it, with the labels and user-missing codes it declares."""

    frame: pd.DataFrame = field(repr=False)
    labels: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    user_missing: dict[str, list[tuple[Any, Any]]] = field(default_factory=dict)


def find(
    accepted: Sequence[Any], root: Path, *, strict: bool = False
) -> tuple[Path, dict[str, Any], list[str]]:
    """The first accepted file that is there, its facts for the run record, and warnings.

    Parameters
    ----------
    accepted : sequence
        Objects with `name`, `sha256`, `rows` and `where`.
    root : Path
        Project folder; its `data/` is searched after `$DIGICIT_DATA`.
    strict : bool
        Whether an unknown hash is an error.

    Raises
    ------
    DataError
        No accepted file is there; or it is another file than the one named, and `strict`.
    """
    folders = [Path(part) for part in os.environ.get("DIGICIT_DATA", "").split(os.pathsep) if part]
    folders = [folder for folder in [*folders, root / "data"] if folder.is_dir()]
    for file in accepted:
        paths = _candidates(file.name, folders)
        if paths:
            hashes = {path: file_sha256(path) for path in paths}
            path = next((p for p in paths if hashes[p] == file.sha256), paths[0])
            facts = {"name": file.name, "sha256": hashes[path], "rows": file.rows}
            return path, facts, _hash_warnings(file, hashes[path], strict)
    wanted = "; ".join(f"{f.name} ({f.where})" if f.where else f.name for f in accepted)
    searched = ", ".join(folder.name + "/" for folder in folders) or "nothing: DIGICIT_DATA is not set"
    raise DataError(
        "The data file is not there.", got=f"searched {searched}", allowed=wanted,
        next="put the file into a folder and set DIGICIT_DATA to that folder",
    )  # fmt: skip


def _candidates(name: str, folders: Iterable[Path]) -> list[Path]:
    if Path(name).is_absolute():
        return [Path(name)] if Path(name).is_file() else []
    direct = [inside(folder, name) for folder in folders]
    below = [path for folder in folders for path in sorted(folder.rglob(Path(name).name))]
    ends = [path for path in below if path.is_file() and path.as_posix().endswith("/" + name)]
    return list(dict.fromkeys([path for path in direct if path.is_file()] + ends))


def _hash_warnings(file: Any, found: str, strict: bool) -> list[str]:
    if file.sha256 in (None, found):
        known = file.sha256 is not None
        return [] if known else [f"{file.name} has no hash in the params file; found sha256 {found}."]
    if strict:
        raise DataError(
            "The data file has changed.", where=file.name, got=f"sha256 {found}",
            allowed=f"sha256 {file.sha256}", next="get the file named, or write the new hash into params",
        )  # fmt: skip
    return [f"{file.name} is another file than the one named: sha256 {found}, named {file.sha256}."]


def header(path: Path) -> Raw:
    """A file's columns, labels and value labels, read without its rows.

    Raises
    ------
    DataError
        The file is empty, unreadable or of an unknown format.
    """
    return _read(path, None, header=True)


def read(path: Path, columns: Iterable[str]) -> Raw:
    """The named columns of a file; one that is not there must have been told from `header` before.

    Raises
    ------
    DataError
        The file is empty, unreadable or holds no row.
    """
    raw = _read(path, list(dict.fromkeys(columns)), header=False)
    if raw.frame.empty:
        raise DataError("The data file has no rows.", where=path.name)
    return raw


def missing_columns(wanted: Iterable[str], there: Sequence[str], where: str) -> None:
    """Raise with every column that is named and not there, the likeliest meant one beside it.

    Raises
    ------
    DataError
    """
    lacking = [name for name in dict.fromkeys(wanted) if name not in set(there)]
    if lacking:
        close = [
            f"{name} (did you mean {suggest(name, there)}?)" if suggest(name, there) else name
            for name in lacking
        ]
        more = f" and {len(close) - 8} more" if len(close) > 8 else ""
        raise DataError(
            "The file lacks columns that the instrument or the design names.", where=where,
            got=", ".join(close[:8]) + more, next="correct the mapping, or set these indicators to null",
        )  # fmt: skip


def _read(path: Path, columns: list[str] | None, *, header: bool) -> Raw:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise DataError("Unknown file format.", where=path.name, got=suffix, allowed=", ".join(FORMATS))
    if path.stat().st_size == 0:
        raise DataError("The data file is empty.", where=path.name)
    readers = {".csv": _text, ".tsv": _text, ".txt": _text, ".xlsx": _excel, ".parquet": _parquet}
    try:
        return readers.get(suffix, _statistical)(path, columns, header)
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  (each reader has its own exceptions; the cause is kept)
        kind = type(error).__name__
        raise DataError(
            "The data file cannot be read.", where=path.name, got=f"{kind} from the {suffix} reader",
            next="open it in its own program and save it again (text as UTF-8)",
        ) from None  # fmt: skip


def _statistical(path: Path, columns: list[str] | None, header: bool) -> Raw:
    import pyreadstat

    suffix = path.suffix.lower()
    reader: Any = {".dta": pyreadstat.read_dta, ".xpt": pyreadstat.read_xport}.get(
        suffix, pyreadstat.read_sav
    )
    options = {} if suffix == ".xpt" else {"user_missing": True}
    frame, meta = reader(
        str(path), usecols=columns, metadataonly=header, disable_datetime_conversion=True, **options
    )
    if header:
        frame = pd.DataFrame(columns=meta.column_names)
    labels = {name: text or "" for name, text in meta.column_names_to_labels.items()}
    values = {c: {canonical(k): str(v) for k, v in m.items()} for c, m in meta.variable_value_labels.items()}
    ranges = {c: [(r["lo"], r["hi"]) for r in spans] for c, spans in meta.missing_ranges.items()}
    return Raw(frame, labels, values, ranges)


def _parquet(path: Path, columns: list[str] | None, header: bool) -> Raw:
    import pyarrow.parquet as pq

    if header:
        return Raw(pd.DataFrame(columns=pq.read_schema(path).names))
    return Raw(pq.read_table(path, columns=columns).to_pandas(split_blocks=True, self_destruct=True))


def _text(path: Path, columns: list[str] | None, header: bool) -> Raw:
    """Everything as text: `na` (not asked) and an empty cell (no answer) are two things."""
    import pyarrow as pa
    from pyarrow import csv as pc

    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
    comma = csv.Sniffer().sniff(first, delimiters=",;\t|").delimiter if len(first.split()) > 0 else ","
    names = next(csv.reader([first], delimiter=comma))
    if header:
        return Raw(pd.DataFrame(columns=names))
    kind = pa.dictionary(pa.int32(), pa.string())
    convert = pc.ConvertOptions(
        include_columns=columns,
        column_types=dict.fromkeys(names, kind),
        null_values=[""],
        strings_can_be_null=True,
    )
    table = pc.read_csv(path, parse_options=pc.ParseOptions(delimiter=comma), convert_options=convert)
    return Raw(table.to_pandas())


def _excel(path: Path, columns: list[str] | None, header: bool) -> Raw:
    frame = pd.read_excel(
        path,
        usecols=columns,
        nrows=0 if header else None,
        dtype=object,
        keep_default_na=False,
        na_values=[""],
    )
    return Raw(frame)
