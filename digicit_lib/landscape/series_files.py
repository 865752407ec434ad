"""Indicator files of seven layouts, read into one tidy frame: every value keeps its file, line and terms."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import LandscapeError, did_you_mean
from digicit_lib.landscape.countries import load_codebook, match, un_name
from digicit_lib.language import N_

_FORMATS = load_codebook("series")["formats"]
TERMS, COLUMNS = (tuple(_FORMATS[name]) for name in ("terms", "columns"))
_YEAR = re.compile(r"^(\d{4})(?:\s*[-–/]\s*\d{2,4}|-?(?:Q[1-4]|M?\d{2}))?$")
_MISSING = ("", "..", "...", "-", "–", "n/a", "na", "nan", "null")
_UNICEF = {
    "Total": ("", ""),
    "Rural (Residence)": ("residence", "rural"),
    "Urban (Residence)": ("residence", "urban"),
    "Poorest (Wealth quintile)": ("wealth", N_("poorest")),
    "Richest (Wealth quintile)": ("wealth", N_("richest")),
}

Terms = dict[str, str]
Read = tuple[pd.DataFrame, Terms]


def series(path: Path | str, format: str, **terms: object) -> pd.DataFrame:
    """Read one indicator file.

    Parameters
    ----------
    path : Path or str
        Entity files (DDF) and ``.metadata.json`` (Our World in Data) are found beside it.
    format : {"ddf", "wpp", "unicef_connectivity", "tidy", "wdi", "owid", "sdmx"}
    **terms
        indicator, title, unit, base, definition, source, citation, licence, vintage, access_date. A cell of
        the row stands first, then these, then the file's metadata, then the register of indicators.

    Returns
    -------
    DataFrame
        One row a value, columns `COLUMNS`: country is ISO 3166 alpha-3 (empty for a group), kind is country,
        aggregate or other, row is the line of the file, mark tells what was odd in the cell.

    Raises
    ------
    LandscapeError
        The file is missing, empty or not in this layout; a value is no number; a country is unknown.

    Examples
    --------
    >>> from digicit_lib.landscape.countries import CODEBOOK
    >>> frame = series(CODEBOOK / "snapshot.csv", "wdi").query("country == 'TUR' and period == '2023'")
    >>> frame.loc[frame.indicator == "IT.NET.USER.ZS", ["value", "licence"]].values.tolist()
    [[85.96, 'CC BY 4.0']]
    """
    reader = READERS.get(format)
    if reader is None:
        hint = did_you_mean(format, READERS)
        raise LandscapeError("Unknown series format.", got=format, allowed=", ".join(READERS), next=hint)
    file, words = Path(path), {k: str(v) for k, v in terms.items() if k in TERMS and v}
    if not file.is_file():
        raise LandscapeError(
            "An indicator file is not there.", where=file.name, next="put it under $DIGICIT_DATA"
        )
    rows, defaults = reader(file, words)
    return _finish(rows, {**defaults, **words}, file)


def _table(path: Path, need: tuple[str, ...] = (), header: int = 0) -> pd.DataFrame:
    """All cells as text, so that no code loses its zeros and Namibia's NA stays; index: line of the file."""
    try:
        frame = pd.read_csv(
            path,
            dtype=str,
            keep_default_na=False,
            header=header,
            skip_blank_lines=False,
            encoding="utf-8-sig",
            index_col=False,
        )
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise LandscapeError(
            "An indicator file cannot be read as CSV.", where=path.name, got=type(error).__name__
        ) from None
    frame.columns = [str(name).strip() for name in frame.columns]
    frame.index = pd.RangeIndex(header + 2, header + 2 + len(frame))
    _need(frame, need, path)
    return frame[(frame != "").any(axis=1)].apply(lambda column: column.str.strip())


def _need(frame: pd.DataFrame, names: tuple[str, ...], path: Path) -> None:
    lacking = [name for name in names if name not in frame]
    if lacking or frame.empty:
        what = "An indicator file lacks columns." if lacking else "An indicator file holds no rows."
        columns, missing = ", ".join(frame.columns[:8]), ", ".join(lacking) or None
        raise LandscapeError(what, where=path.name, got=columns, allowed=missing, next="check its `format`")


def _ddf(path: Path, terms: Mapping[str, str]) -> Read:
    """Gapminder's layout: entity, time, further dimensions, and the value in the last column."""
    frame = _table(path, ("time",))
    place, concept = frame.columns[0], frame.columns[-1]
    entities = _entities(path.parent / "country.csv")
    places = frame[place].map(lambda code: entities.get(code, (code, "")))
    rows = pd.DataFrame(
        {
            "entity": places.str[0],
            "name": places.str[1],
            "period": frame["time"],
            "value": frame[concept],
            "level": "",
        }
    )
    # What the source lists without an ISO code is no country, whatever its name resembles.
    rows["kind"] = (rows["entity"] == "").map({True: "other", False: ""})
    dims = sorted(set(frame.columns) - {place, "time", concept}, key=lambda c: (c != "gender", c))
    rows["by"] = ",".join("age" if dim.startswith("age") else dim for dim in dims)
    for dim in dims:
        names = _entities(path.parent / f"{dim}.csv")
        text = frame[dim].map(lambda code, names=names: names.get(code, ("", code))[1])
        rows["level"] = (rows["level"] + "," + text).str.lstrip(",")
    return rows, {"indicator": concept}


def _entities(path: Path) -> dict[str, tuple[str, str]]:
    """A DDF entity file: code to (ISO code, name); nothing when the file is not there."""
    if not path.is_file():
        return {}
    frame = _table(path, ("name",))
    iso = next((c for c in ("iso3166_1_alpha3", "iso3") if c in frame), frame.columns[0])
    return dict(zip(frame.iloc[:, 0], zip(frame[iso], frame["name"], strict=True), strict=True))


def _unicef(path: Path, terms: Mapping[str, str]) -> Read:
    """UNICEF's school-age connectivity: a row of letters, then the names; five percentages a row."""
    header = 0 if "ISO3" in _table(path).columns else 1
    frame = _table(path, ("ISO3", "Countries and areas", *_UNICEF, "Data source", "Time period"), header)
    shared = frame[["ISO3", "Countries and areas", "Data source", "Time period"]].set_axis(
        ["entity", "name", "source", "period"], axis=1
    )
    urban = (frame["Rural (Residence)"] == "").map({True: "urban_only", False: ""})
    parts = [
        shared.assign(value=frame[column], by=by, level=level, mark="" if by else urban)
        for column, (by, level) in _UNICEF.items()
    ]
    return pd.concat(parts).sort_index(kind="stable"), {"indicator": "UNICEF.SCHOOL.CONNECTIVITY"}


def _tidy(path: Path, terms: Mapping[str, str]) -> Read:
    """One row a value: country, period, value, and any of the frame's own columns."""
    frame = _table(path)
    plain = _FORMATS["tidy"]
    frame.columns = [plain.get(c.lower(), c.lower().replace(" ", "_")) for c in frame.columns]
    standard = {*COLUMNS, "entity", "name"} - {"country", "country_name", "file", "row"}
    odd = [c for c in frame.columns if c not in standard]
    if odd:
        what, allowed = "A tidy file has an unknown column.", ", ".join(sorted(standard))
        hint = did_you_mean(odd[0], standard)
        raise LandscapeError(what, where=path.name, got=odd[0], allowed=allowed, next=hint)
    _need(frame, ("entity", "period", "value"), path)
    return frame, {}


def _wdi(path: Path, terms: Mapping[str, str]) -> Read:
    """The World Bank's wide layout: a column a year; its own downloads put four lines above the header."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        head = [next(stream, "") for _ in range(12)]
    header = next((i for i, line in enumerate(head) if line.lstrip('"').startswith("Country Name")), 0)
    frame = _table(path, ("Country Name", "Country Code", "Indicator Name", "Indicator Code"), header)
    years = [c for c in frame.columns if re.fullmatch(r"\d{4}( \[YR\d{4}\])?", c)]
    names = _FORMATS["wdi"]
    columns = frame[[c for c in names if c in frame]].rename(columns=names)
    long = columns.join(frame[years].rename(columns=lambda c: c[:4])).melt(
        list(columns), var_name="period", value_name="value", ignore_index=False
    )
    updated = re.search(r'Last Updated Date"?,"?(\d{4}-\d\d-\d\d)', "".join(head))
    provenance = {
        "source": "World Bank, World Development Indicators",
        "vintage": updated[1] if updated else "",
    }
    return long.sort_index(kind="stable"), provenance


def _owid(path: Path, terms: Mapping[str, str]) -> Read:
    """Our World in Data: Entity, Code, Year, a value column; terms from the download's metadata file."""
    fixed = ("Entity", "Code", "Year")
    frame = _table(path, fixed)
    values = [c for c in frame.columns if c not in fixed and "annotations" not in c.lower()]
    columns = [c for c in values if c == terms.get("title")] or values
    if len(columns) != 1:
        what = "An Our World in Data file needs one value column."
        hint = "name it as the series' title"
        raise LandscapeError(what, where=path.name, got=", ".join(values) or "none", next=hint)
    names = {"Code": "entity", "Entity": "name", "Year": "period", columns[0]: "value"}
    return frame[list(names)].rename(columns=names), _owid_terms(path, columns[0])


def _owid_terms(path: Path, column: str) -> Terms:
    file, terms = path.with_suffix(".metadata.json"), {"indicator": path.stem, "title": column}
    if not file.is_file():
        return terms
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
        facts = meta["columns"].get(column) or next(iter(meta["columns"].values()))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise LandscapeError(
            "Not an Our World in Data metadata file.", where=file.name, got=type(error).__name__
        ) from None
    terms |= {ours: str(facts[theirs]) for ours, theirs in _FORMATS["owid"] if facts.get(theirs)}
    unit = {"unit": "percent"} if facts.get("shortUnit") == "%" else {}
    return {**terms, **unit, "access_date": str(meta.get("dateDownloaded", ""))}


def _sdmx(path: Path, terms: Mapping[str, str]) -> Read:
    """SDMX-CSV: codes, or `code: label`; breakdowns but the total make the level; status B is a break."""
    frame = _table(path)
    frame.columns = [c.split(":")[0] for c in frame.columns]
    _need(frame, ("REF_AREA", "TIME_PERIOD", "OBS_VALUE"), path)
    words, code = load_codebook("series")["sdmx"], frame.apply(lambda column: column.str.split(": ").str[0])
    columns = _FORMATS["sdmx"]
    rows = code[[c for c in columns if c in code]].rename(columns=columns)
    rows["name"] = frame["REF_AREA"].str.split(": ").str[1].fillna("")
    rows["value"], rows["source"] = frame["OBS_VALUE"], frame.get("DATA_SOURCE", "")
    status = code.get("OBS_STATUS", pd.Series("", index=code.index))
    rows["projection"], rows["definition_break"] = status == "F", status == "B"
    if "unit" in rows:
        rows["unit"] = rows["unit"].replace(words["units"])
    dims = [c for c in code.columns if c not in words["fixed"]]
    pairs = [_sdmx_level(dims, values, words) for values in code[dims].itertuples(index=False)]
    rows["by"], rows["level"] = [p[0] for p in pairs], [p[1] for p in pairs]
    return rows, {"vintage": code["DATAFLOW"].iloc[0]} if "DATAFLOW" in code else {}


def _sdmx_level(dims: list[str], values: tuple[str, ...], words: Mapping[str, Any]) -> tuple[str, str]:
    parts = [(d.lower(), v) for d, v in zip(dims, values, strict=True) if v not in words["total"]]
    levels = [words["levels"].get(value, value.replace(",", ";")) for _, value in parts]
    return ",".join(words["names"].get(name, name) for name, _ in parts), ",".join(levels)


READERS: dict[str, Callable[[Path, Mapping[str, str]], Read]] = {
    "ddf": _ddf,
    "wpp": _ddf,
    "unicef_connectivity": _unicef,
    "tidy": _tidy,
    "wdi": _wdi,
    "owid": _owid,
    "sdmx": _sdmx,
}


def _finish(rows: pd.DataFrame, terms: Mapping[str, str], path: Path) -> pd.DataFrame:
    """Numbers, years, countries and terms, the same for every layout; cells without a value are no rows."""
    out = rows.assign(file=path.name, row=rows.index)
    out = out[~out["value"].str.casefold().isin(_MISSING)].reset_index(drop=True)
    for column in {*TERMS, "by", "level", "name", "mark", "kind", "power"} - set(out):
        out[column] = ""
    out[list(TERMS)] = out[list(TERMS)].apply(lambda c: c.mask(c == "", terms.get(c.name, "")))
    year = out["period"].str.extract(_YEAR.pattern)[0]
    plain = out["value"].str.replace(r"[%\s]+$", "", regex=True)
    numbers = pd.to_numeric(plain, errors="coerce").where(lambda n: n.abs() < float("inf"))
    _refuse(out, year.isna(), "period", path, "A period is not a year.", "2023, 2018-19")
    _refuse(out, numbers.isna(), "value", path, "A value is not a number.", "12.5, 12.5%")
    out["mark"] = out["mark"].mask(out["value"].str.contains("%%"), "percent_sign_twice")
    power = pd.to_numeric(out["power"], errors="coerce").fillna(0)
    out["reference_year"], out["value"] = year.astype(int), numbers * 10.0**power
    for flag in ("projection", "definition_break"):
        marks = out.get(flag, pd.Series("", index=out.index)).astype(str)
        out[flag] = marks.str.casefold().isin(["true", "yes", "1"])
    _places(out, path)
    return _registered(out)[list(COLUMNS)]


def _refuse(out: pd.DataFrame, bad: pd.Series, column: str, path: Path, what: str, allowed: str) -> None:
    if bad.any():
        first = out[bad].iloc[0]
        where = f"{path.name}:{first['row']}"
        raise LandscapeError(what, where=where, got=repr(first[column]), allowed=allowed)


def _places(out: pd.DataFrame, path: Path) -> None:
    kinds = out["kind"].where(out["kind"].isin(["aggregate", "other"]), "")
    keys = list(zip(out["entity"], out["name"], kinds, strict=True))
    matches = {}
    for key in dict.fromkeys(keys):
        entity, name, kind = key
        try:
            iso, kind = ("", kind) if kind else match(entity, name)
        except LandscapeError as error:
            error.where = f"{path.name}:{out['row'].iloc[keys.index(key)]}"
            raise
        matches[key] = (iso, kind, un_name(iso) if iso else name or entity)
    for i, column in enumerate(("country", "kind", "country_name")):
        out[column] = [matches[key][i] for key in keys]


def _registered(out: pd.DataFrame) -> pd.DataFrame:
    """Terms that neither file nor caller gave, and the unit's multiplier, from the register of indicators."""
    codes = load_codebook("series")["series"]
    aliases = {alias: code for code, entry in codes.items() for alias in entry.get("aliases", ())}
    out["indicator"] = out["indicator"].replace(aliases)
    for code in out["indicator"].unique():
        entry, mine = codes.get(code, {}), out["indicator"] == code
        for term in TERMS[1:]:
            out.loc[mine & (out[term] == ""), term] = str(entry.get(term, ""))
        out.loc[mine, "value"] *= entry.get("multiply", 1)
        out.loc[mine & (out["reference_year"] > entry.get("projection_after", 9999)), "projection"] = True
    return out
