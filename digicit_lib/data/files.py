"""Find a data file, check that it is the one meant, and read the needed columns of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.codebook import canonical
from digicit_lib.data.encodings import detected
from digicit_lib.data.layout import Layout
from digicit_lib.data.raw import Raw
from digicit_lib.data.sheets import read_sheet
from digicit_lib.data.texts import read_text
from digicit_lib.errors import DataError
from digicit_lib.project import ProjectFolder, find_root
from digicit_lib.safe import file_sha256, inside, refuse_special

FIRST_BYTES = {b"PK\x03\x04": ".xlsx", b"\xd0\xcf\x11\xe0": ".xls", b"$FL2": ".sav", b"$FL3": ".zsav"}
FIRST_BYTES |= {b"<stata_dta>": ".dta", b"PAR1": ".parquet", b"%PDF": ".pdf"}
FORMATS = (".sav", ".zsav", ".por", ".dta", ".xpt", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet")


FOREIGN = {
    (".zip", ".gz", ".rar", ".7z", ".tar", ".bz2", ".xz"): "unpack it and name the file that it holds",
    (".xls", ".ods", ".xlsb", ".numbers"): "open it in a spreadsheet program and save it as .xlsx",
    (".rds", ".rdata", ".rda"): "in R: haven::write_sav(data, 'file.sav')",
    (".sas7bdat", ".sas7bcat"): "save it as .xpt or .csv; in R: haven::write_sav(haven::read_sas(…), …)",
    (".json", ".jsonl", ".xml"): "export the answers again as .csv or .xlsx",
    (".doc", ".docx", ".pdf"): "this is a document; a survey is one row a respondent, as .csv or .xlsx",
}
MOST_COLUMNS = 16_384  # as many as a spreadsheet has


def existing(path: str | Path) -> Path:
    """A file by its path: as it stands, below the project folder, or where a run looks for data.

    Raises
    ------
    DataError
    """
    stated_path, root = Path(path).expanduser(), find_root()
    folders = [] if ".." in stated_path.parts else ProjectFolder(root).data
    places = [*filter(_lies, (stated_path, root / stated_path)), *_candidates(str(stated_path), folders)]
    if places:
        return refuse_special(places[0])
    hint = "write its path from here, from the project folder, or below the folder that DIGICIT_DATA names"
    raise DataError("The file is not there.", got=stated_path.name, next=hint)


def find(files: Sequence[Any], root: Path, *, strict: bool = False) -> tuple[Path, dict[str, Any], list[str]]:
    """The first accepted file that is there, its facts for the run record, and warnings.

    Parameters
    ----------
    files : sequence
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
    folders = ProjectFolder(root).data
    for file in files:
        paths = _candidates(file.name, folders)
        if paths:
            hashes = {path: file_sha256(path) for path in paths}
            path = next((p for p in paths if hashes[p] == file.sha256), paths[0])
            public = file.sha256 if file.sha256 == hashes[path] else ""  # no other may stand on a page
            facts = {"name": file.name, "sha256": public, "rows": file.rows}
            return path, facts, _hash_warnings(file, hashes[path], strict)
    accepted_files = "; ".join(f"{f.name} ({f.where})" if f.where else f.name for f in files)
    searched = ", ".join(folder.name + "/" for folder in folders) or "nothing: DIGICIT_DATA is not set"
    hint = "put the file into a folder and set DIGICIT_DATA to that folder"
    raise DataError("Data file not found.", got=f"searched {searched}", allowed=accepted_files, next=hint)


def _candidates(name: str, folders: Iterable[Path]) -> list[Path]:
    if Path(name).is_absolute():
        return [Path(name)] if _lies(Path(name)) else []
    direct = [inside(folder, name) for folder in folders]
    below = [(folder, path) for folder in folders for path in sorted(folder.rglob(Path(name).name))]
    ends = [inside(folder, path) for folder, path in below if path.as_posix().endswith("/" + name)]
    return list(dict.fromkeys(filter(_lies, [*direct, *ends])))


def _lies(path: Path) -> bool:
    """Whether something is there that is no folder; what is no ordinary file is told when it is read."""
    return path.exists() and not path.is_dir()


def _hash_warnings(file: Any, digest: str, strict: bool) -> list[str]:
    if file.sha256 in (None, digest):
        return []
    if strict:
        what, allowed = "The data file has changed.", f"sha256 {file.sha256}"
        hint = "get the file named, or write the new hash into params"
        raise DataError(what, where=file.name, got=f"sha256 {digest}", allowed=allowed, next=hint)
    return [f"{file.name} is another file than the one named: sha256 {digest}, named {file.sha256}."]


def header(path: Path, layout: Layout | None = None) -> Raw:
    """A file's columns, labels and value labels, read without its rows.

    Raises
    ------
    DataError
        The file is empty, unreadable or of an unknown format, or holds more columns than a spreadsheet.
    """
    raw = _read(path, None, layout or Layout(), header=True)
    if not raw.frame.shape[1]:
        raise DataError("The data file is empty.", where=path.name)
    if raw.frame.shape[1] > MOST_COLUMNS:
        what, got = "The file has more columns than a survey.", f"{raw.frame.shape[1]} columns"
        hint = "a row a respondent and a column a question: the file may lie on its side"
        raise DataError(what, where=path.name, got=got, allowed=f"{MOST_COLUMNS}", next=hint)
    return raw


def read_columns(path: Path, columns: Iterable[str] | None, layout: Layout | None = None) -> Raw:
    """The named columns of a file, or all; one that is not there must have been told from `header` before.

    Raises
    ------
    DataError
        The file is empty, unreadable, holds no row, or names one of the columns twice.
    """
    names = None if columns is None else list(dict.fromkeys(columns))
    raw = _read(path, names, layout or Layout(), header=False)
    doubled = [name for name in raw.doubled if names and name in names]
    if doubled:
        what, got = "Duplicate column names.", "; ".join(doubled[:3])
        hint = "give each of these columns its own name in the file's header"
        raise DataError(what, where=path.name, got=got, allowed="one column a name", next=hint)
    if raw.frame.empty:
        raise DataError("The data file has no rows.", where=path.name)
    return raw


def aliases(names: Iterable[str], there: Sequence[str]) -> dict[str, str]:
    """Columns of the file that are meant by names in other capitals, as `.por` files write them.

    Examples
    --------
    >>> aliases(["weight", "Q1"], ["WEIGHT", "Q1"])
    {'WEIGHT': 'weight'}
    """
    lacking = [name for name in names if name not in set(there)]
    folded = {name: [column for column in there if column.casefold() == name.casefold()] for name in lacking}
    return {columns[0]: name for name, columns in folded.items() if len(columns) == 1}


def _read(path: Path, columns: list[str] | None, layout: Layout, *, header: bool) -> Raw:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise DataError(
            "Unknown file format.",
            where=path.name,
            got=suffix or "a name without an ending",
            allowed=", ".join(FORMATS),
            next=next((hint for endings, hint in FOREIGN.items() if suffix in endings), None),
        )
    if path.stat().st_size == 0:
        raise DataError("The data file is empty.", where=path.name)
    _refuse_other_ending(path, suffix)
    try:
        return READERS.get(suffix, _statistical)(path, columns, header, layout)
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  (each reader has its own exceptions; the cause is kept)
        kind = type(error).__name__
        raise DataError(
            "The data file cannot be read.",
            where=path.name,
            got=f"{kind} from the {suffix} reader",
            next="open it in its own program and save it again",
        ) from None


def _refuse_other_ending(path: Path, suffix: str) -> None:
    """A file whose first bytes are of another kind than its ending says: renamed, or saved by a web page."""
    with path.open("rb") as stream:
        head = stream.read(64)
    kinds = [ending for mark, ending in FIRST_BYTES.items() if head.startswith(mark)]
    is_table = head.isascii() and re.search(rb"[,;\t|]", head)
    ending = kinds[0] if kinds else ".csv" if is_table else ""
    text = suffix in (".csv", ".tsv", ".txt") and bool(kinds)
    book = suffix in (".xlsx", ".xlsm") and ending not in ("", ".xlsx")
    if text or book:
        what = "The file is of another kind than its name says."
        raise DataError(what, where=path.name, got=suffix, next=f"rename it, so that it ends in {ending}")


def _statistical(path: Path, columns: list[str] | None, header: bool, layout: Layout) -> Raw:
    import pyreadstat

    suffix = path.suffix.lower()
    readers: dict[str, Any] = {
        ".dta": pyreadstat.read_dta,
        ".xpt": pyreadstat.read_xport,
        ".por": pyreadstat.read_por,
    }
    reader = readers.get(suffix, pyreadstat.read_sav)
    options: dict[str, Any] = {} if suffix in (".xpt", ".por") else {"user_missing": True}
    options |= {"usecols": columns, "metadataonly": header, "disable_datetime_conversion": True}
    options |= {"output_format": "dict"} if header else {}  # thousands of empty columns take half a second
    encoding = layout.encoding
    frame, meta = reader(str(path), **options, **({"encoding": encoding} if encoding else {}))
    is_utf8 = suffix == ".dta" and UTF8_STATA.match(path.read_bytes()[:64])
    if not (encoding or is_utf8) and (encoding := _undeclared(meta)):
        frame, meta = reader(str(path), **options, encoding=encoding)
    if header:
        frame = pd.DataFrame(columns=meta.column_names)
    labels = {name: text or "" for name, text in meta.column_names_to_labels.items()}
    code = lru_cache(maxsize=None, typed=True)(canonical)  # the same few codes of thousands of columns
    values = {c: {code(k): str(v) for k, v in m.items()} for c, m in meta.variable_value_labels.items()}
    ranges = {c: [(r["lo"], r["hi"]) for r in spans] for c, spans in meta.missing_ranges.items()}
    note = f"{path.name} does not say its text encoding; it was read as {encoding}."
    notes = [note] if encoding and not layout.encoding else []
    frame = _dated(frame, meta.original_variable_types)
    return Raw(frame, labels, values, ranges, replace(layout, encoding=encoding), notes=notes)


def _undeclared(meta: Any) -> str:
    """The encoding of the labels of a file that declares none: old programs wrote their own."""
    declared_encoding = str(meta.file_encoding or "").upper()
    if declared_encoding not in ("WINDOWS-1252", "ISO-8859-1", "US-ASCII", ""):
        return ""
    answers = [str(text) for labels in meta.variable_value_labels.values() for text in labels.values()]
    text = "\n".join(dict.fromkeys([label for label in meta.column_labels if label] + answers))
    try:
        data = text.encode("cp1252", "digicit_kept")
    except UnicodeEncodeError:  # letters that cp1252 lacks: the text was read as it is meant
        return ""
    encoding = "" if text.isascii() else detected(data)
    return "" if encoding in ("cp1252", "cp1250", "utf_8") else encoding


UTF8_STATA = re.compile(rb"<stata_dta><header><release>1(1[89]|2)")  # since Stata 14
STATA, SPSS = "1960-01-01", "1582-10-14"  # the days from which the two count
DATES = {"%td": ("D", STATA), "%d": ("D", STATA), "%tc": ("ms", STATA)} | dict.fromkeys(
    ("DATE", "EDATE", "ADATE", "SDATE", "JDATE", "DATETIME", "YMDHMS"), ("s", SPSS)
)


def _dated(frame: pd.DataFrame, formats: dict[str, str]) -> pd.DataFrame:
    """Columns that their program shows as dates, as ISO dates."""
    dated = {}
    for column in frame:
        name = str(formats.get(column, "")).rstrip("0123456789.")
        kind = next((k for k in DATES if name in (k, f"{k}s")), "")
        if kind and pd.api.types.is_numeric_dtype(frame[column]):
            unit, origin = DATES[kind]
            since = pd.to_timedelta(frame[column].astype(float), unit=unit)
            dated[column] = (pd.Timestamp(origin) + since).dt.strftime("%Y-%m-%d")
    return frame.assign(**dated) if dated else frame


def _parquet(path: Path, columns: list[str] | None, header: bool, layout: Layout) -> Raw:
    import pyarrow.parquet as pq

    if header:
        return Raw(pd.DataFrame(columns=pq.read_schema(path).names), layout=layout)
    frame = pq.read_table(path, columns=columns).to_pandas(split_blocks=True, self_destruct=True)
    return Raw(frame, layout=layout)


READERS = {
    ".csv": read_text,
    ".tsv": read_text,
    ".txt": read_text,
    ".xlsx": read_sheet,
    ".xlsm": read_sheet,
    ".parquet": _parquet,
}
