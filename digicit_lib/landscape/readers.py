"""Indicator files of seven layouts, read into one tidy frame: every value keeps its file, line and terms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import LandscapeError, suggest
from digicit_lib.landscape.countries import CODEBOOK, match, un_name
from digicit_lib.safe import load_yaml

TERMS = ("indicator", "title", "unit", "base", "definition", "source", "citation", "licence", "vintage",
         "access_date")  # fmt: skip
COLUMNS = ("country", "country_name", "kind", "indicator", "title", "by", "level", "period", "reference_year",
           "value", "unit", "base", "definition", "vintage", "source", "citation", "licence", "access_date",
           "file", "row", "projection", "definition_break", "mark")  # fmt: skip
MARKUP = re.compile(r"<[A-Za-z/!]|^\s*[=+@]|^\s*-[\w(]")
_YEAR = re.compile(r"(\d{4})(?:\s*[-–/]\s*\d{2,4}|-?(?:Q[1-4]|M?\d{2}))?")
_MISSING = {"", "..", "...", "-", "–", "n/a", "na", "nan", "null"}
_SDMX_LEVELS = {"F": "female", "M": "male", "R": "rural", "U": "urban", "Q1": "poorest", "Q5": "richest"}
_SDMX_NAMES = {"sex": "gender", "wealth_quintile": "wealth"}
_SDMX_FIXED = {"DATAFLOW", "REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE", "UNIT_MEASURE", "UNIT_MULTIPLIER",
               "UNIT_MULT", "OBS_STATUS", "DATA_SOURCE", "FREQ", "STRUCTURE", "STRUCTURE_ID", "ACTION", "SOURCE_LINK",
               "LOWER_BOUND", "UPPER_BOUND", "TIME_PERIOD_METHOD", "REF_PERIOD", "OBS_CONF", "SERIES_FOOTNOTE",
               "OBS_FOOTNOTE", "CUSTODIAN", "DATA_SOURCE_PRIORITY", "COVERAGE_TIME", "WGTD_SAMPL_SIZE",
               "COUNTRY_NOTES", "DEFINITION", "CURRENT_AGE", "AGE_GROUP_NOTE"}  # fmt: skip
_SDMX_UNITS = {"PCNT": "percent", "PT": "percent", "NUMBER": "persons", "PS": "persons"}

Terms = dict[str, str]


@lru_cache(maxsize=1)
def register() -> dict[str, Any]:
    """The known indicators: title, unit, base, definition, breaks, and the names that files give them."""
    data: dict[str, Any] = load_yaml(CODEBOOK / "series.yaml")[0]["series"]
    return data


def series(path: Path | str, format: str, **terms: object) -> pd.DataFrame:
    """Read one indicator file.

    Parameters
    ----------
    path : Path or str
        The file; a Gapminder or UN file finds its entity files beside it, an Our World in Data file its
        ``.metadata.json``.
    format : {"ddf", "wpp", "unicef_connectivity", "tidy", "wdi", "owid", "sdmx"}
    **terms
        indicator, title, unit, base, definition, source, citation, licence, vintage, access_date: they
        stand before what the file or the register of indicators says.

    Returns
    -------
    DataFrame
        One row a value: country (ISO 3166 alpha-3, empty for a group), country_name, kind (country,
        aggregate, other), indicator, title, by, level, period, reference_year, value, unit, base, definition,
        vintage, source, citation, licence, access_date, file, row (line of the file), projection,
        definition_break, mark (what was odd in the cell).

    Raises
    ------
    LandscapeError
        The file is missing, empty or not in this layout; a value is no number; a country is unknown.

    Examples
    --------
    >>> frame = series(CODEBOOK / "snapshot.csv", "wdi")
    >>> row = frame[(frame.country == "TUR") & (frame.indicator == "IT.NET.USER.ZS") & (frame.period == "2023")]
    >>> float(row.value.iloc[0]), row.licence.iloc[0]
    (85.96, 'CC BY 4.0')
    """
    reader = READERS.get(format)
    if reader is None:
        close = suggest(format, READERS)
        hint = f"did you mean {close}?" if close else None
        raise LandscapeError("Unknown series format.", got=format, allowed=", ".join(READERS), next=hint)
    file = Path(path)
    given = {k: str(v) for k, v in terms.items() if k in TERMS and v}
    rows, own = reader(file, given)
    return _finish(rows, {**own, **given}, file)


def _table(path: Path, header: int = 0) -> pd.DataFrame:
    """All cells as text, so that no code loses its zeros and Namibia's NA stays NA; index = line of the file."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, header=header, skip_blank_lines=False,
                            encoding="utf-8-sig", index_col=False)  # fmt: skip
    except FileNotFoundError:
        raise LandscapeError(
            "An indicator file is not there.", where=path.name, next="put it under $DIGICIT_DATA"
        ) from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise LandscapeError(
            "An indicator file cannot be read as CSV.", where=path.name, got=type(error).__name__
        ) from None
    if frame.empty:
        raise LandscapeError("An indicator file holds no rows.", where=path.name)
    frame.columns = [str(name).strip() for name in frame.columns]
    frame.index = pd.RangeIndex(header + 2, header + 2 + len(frame))
    return frame[(frame != "").any(axis=1)].apply(lambda column: column.str.strip())


def _need(frame: pd.DataFrame, names: list[str], path: Path) -> None:
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise LandscapeError(
            "An indicator file lacks columns.", where=path.name, got=", ".join(map(str, frame.columns[:8])),
            allowed=", ".join(lacking), next="check `format` of the series",
        )  # fmt: skip


def _ddf(path: Path, given: Mapping[str, str]) -> tuple[pd.DataFrame, Terms]:
    """Gapminder's layout: entity, time, further dimensions, and the value in the last column."""
    frame = _table(path)
    _need(frame, ["time"], path)
    place, concept = frame.columns[0], frame.columns[-1]
    entities = _entities(path.parent / "country.csv")
    rows = pd.DataFrame({"entity": frame[place], "period": frame["time"], "value": frame[concept]})
    listed = rows["entity"].map(lambda code: entities.get(code, (code, "")))
    rows["entity"], rows["name"] = listed.str[0], listed.str[1]
    # What the source lists without an ISO code is no country, whatever its name resembles.
    rows["kind"] = (rows["entity"] == "").map({True: "other", False: ""})
    dims = sorted(
        (c for c in frame.columns if c not in (place, "time", concept)), key=lambda c: c != "gender"
    )
    labels = {"age1yearinterval": "age"}
    rows["by"] = ",".join(labels.get(dim, dim) for dim in dims)
    rows["level"] = ""
    for dim in dims:
        named = _entities(path.parent / f"{dim}.csv")
        text = frame[dim].map(lambda code, named=named: named.get(code, ("", code))[1])
        rows["level"] = rows["level"].where(rows["level"] == "", rows["level"] + ",") + text
    return rows, {"indicator": concept}


def _entities(path: Path) -> dict[str, tuple[str, str]]:
    """A DDF entity file: code to (ISO code, name); nothing when the file is not there."""
    if not path.is_file():
        return {}
    frame = _table(path)
    iso = next((c for c in ("iso3166_1_alpha3", "iso3") if c in frame), None)
    keys = frame.iloc[:, 0]
    return dict(zip(keys, zip(frame[iso] if iso else keys, frame["name"], strict=True), strict=True))


def _unicef(path: Path, given: Mapping[str, str]) -> tuple[pd.DataFrame, Terms]:
    """UNICEF's school-age connectivity: column letters, then the names; five percentages a row."""
    first = _table(path)
    header = 0 if "ISO3" in first.columns else 1
    frame = _table(path, header)
    cells = {"Total": ("", ""), "Rural (Residence)": ("residence", "rural"),
             "Urban (Residence)": ("residence", "urban"), "Poorest (Wealth quintile)": ("wealth", "poorest"),
             "Richest (Wealth quintile)": ("wealth", "richest")}  # fmt: skip
    _need(frame, ["ISO3", "Countries and areas", *cells, "Data source", "Time period"], path)
    urban = (frame["Rural (Residence)"] == "").map({True: "urban areas only in this source", False: ""})
    parts = [
        pd.DataFrame({"entity": frame["ISO3"], "name": frame["Countries and areas"], "value": frame[column],
                      "period": frame["Time period"], "source": frame["Data source"], "by": by, "level": level,
                      "mark": "" if by else urban})
        for column, (by, level) in cells.items()
    ]  # fmt: skip
    return pd.concat(parts).sort_index(kind="stable"), {"indicator": "UNICEF.SCHOOL.CONNECTIVITY"}


def _tidy(path: Path, given: Mapping[str, str]) -> tuple[pd.DataFrame, Terms]:
    """One row a value: country, period, value, and any of the frame's own columns."""
    frame = _table(path)
    frame.columns = [c.lower().replace(" ", "_") for c in frame.columns]
    frame = frame.rename(columns={"country": "entity", "iso3": "entity", "geo": "entity", "year": "period",
                                  "time": "period", "country_name": "name"})  # fmt: skip
    _need(frame, ["entity", "period", "value"], path)
    known = {*COLUMNS, "entity", "name"}
    for column in (c for c in frame.columns if c not in known):
        close = suggest(column, known)
        raise LandscapeError(
            "A tidy file has an unknown column.", where=path.name, got=column,
            allowed=", ".join(sorted(known - {"kind", "file", "row"})), next=close and f"did you mean {close}?",
        )  # fmt: skip
    return frame, {}


def _wdi(path: Path, given: Mapping[str, str]) -> tuple[pd.DataFrame, Terms]:
    """The World Bank's wide layout: a column a year; its own downloads put four lines above the header."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            head = [next(stream, "") for _ in range(12)]
    except FileNotFoundError:
        head = []
    header = next((i for i, line in enumerate(head) if line.lstrip('"').startswith("Country Name")), 0)
    frame = _table(path, header)
    _need(frame, ["Country Name", "Country Code", "Indicator Name", "Indicator Code"], path)
    years = {c: c[:4] for c in frame.columns if re.fullmatch(r"\d{4}( \[YR\d{4}\])?", c)}
    extra = {c: c.lower() for c in ("Source", "Vintage", "Licence", "Citation", "By", "Level") if c in frame}
    long = frame.rename(columns={**years, **extra, "Country Code": "entity", "Country Name": "name",
                                 "Indicator Code": "indicator", "Indicator Name": "title"})  # fmt: skip
    keep = ["entity", "name", "indicator", "title", *extra.values()]
    rows = long.melt(keep, list(years.values()), "period", "value", ignore_index=False)
    updated = re.search(r'Last Updated Date"?,"?(\d{4}-\d\d-\d\d)', "".join(head))
    own = {"source": "World Bank, World Development Indicators"} if "Source" not in frame else {}
    return rows.sort_index(kind="stable"), {**own, **({"vintage": updated[1]} if updated else {})}


def _owid(path: Path, given: Mapping[str, str]) -> tuple[pd.DataFrame, Terms]:
    """Our World in Data: Entity, Code, Year, a value column; terms from the metadata file of the download."""
    frame = _table(path)
    _need(frame, ["Entity", "Code", "Year"], path)
    values = [
        c for c in frame.columns if c not in ("Entity", "Code", "Year") and "annotations" not in c.lower()
    ]
    wanted = [c for c in values if c == given.get("title")] or values
    if len(wanted) != 1:
        raise LandscapeError(
            "An Our World in Data file needs one value column.", where=path.name, got=", ".join(values) or "none",
            next="name it as the series' title",
        )  # fmt: skip
    rows = pd.DataFrame({"entity": frame["Code"], "name": frame["Entity"], "period": frame["Year"],
                         "value": frame[wanted[0]]})  # fmt: skip
    return rows, _owid_terms(path, wanted[0])


def _owid_terms(path: Path, column: str) -> Terms:
    file = path.with_suffix(".metadata.json")
    if not file.is_file():
        return {"indicator": path.stem, "title": column}
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
        found = meta["columns"].get(column) or next(iter(meta["columns"].values()))
    except (ValueError, KeyError, AttributeError, StopIteration) as error:
        raise LandscapeError(
            "Not an Our World in Data metadata file.", where=file.name, got=type(error).__name__
        ) from None
    unit = "percent" if found.get("shortUnit") == "%" else found.get("unit")
    terms = {"indicator": path.stem, "title": found.get("titleShort") or column, "unit": unit,
             "definition": found.get("descriptionShort"), "vintage": found.get("lastUpdated"),
             "citation": found.get("citationLong"), "source": found.get("citationShort"),
             "access_date": meta.get("dateDownloaded")}  # fmt: skip
    return {k: str(v) for k, v in terms.items() if v}


def _sdmx(path: Path, given: Mapping[str, str]) -> tuple[pd.DataFrame, Terms]:
    """SDMX-CSV: codes, or `code: label`; breakdowns other than the total make the level; B is a break."""
    frame = _table(path)
    frame.columns = [c.split(":")[0] for c in frame.columns]
    _need(frame, ["REF_AREA", "TIME_PERIOD", "OBS_VALUE"], path)
    code = frame.apply(lambda column: column.str.split(": ").str[0])
    label = frame["REF_AREA"].str.split(": ").str[1].fillna("")
    blank = pd.Series("", index=frame.index)
    rows = pd.DataFrame({"entity": code["REF_AREA"], "name": label, "period": code["TIME_PERIOD"],
                         "value": frame["OBS_VALUE"], "source": frame.get("DATA_SOURCE", blank)})  # fmt: skip
    rows["indicator"] = code.get("INDICATOR", blank)
    unit = code.get("UNIT_MEASURE", blank)
    rows["unit"] = unit.map(lambda u: _SDMX_UNITS.get(u, u))
    rows["power"] = code.get("UNIT_MULTIPLIER", code.get("UNIT_MULT", blank))
    status = code.get("OBS_STATUS", blank)
    rows["projection"], rows["definition_break"] = status == "F", status == "B"
    dims = [c for c in code.columns if c not in _SDMX_FIXED and c.isupper()]
    pairs = [_sdmx_level(dims, values) for values in code[dims].itertuples(index=False)]
    rows["by"], rows["level"] = [p[0] for p in pairs], [p[1] for p in pairs]
    return rows, {"vintage": code["DATAFLOW"].iloc[0]} if "DATAFLOW" in code else {}


def _sdmx_level(dims: list[str], values: tuple[str, ...]) -> tuple[str, str]:
    kept = [
        (d.lower(), v) for d, v in zip(dims, values, strict=True) if v not in ("", "_T", "_Z", "T", "TOTAL")
    ]
    names = [_SDMX_NAMES.get(name, name) for name, _ in kept]
    return ",".join(names), ",".join(_SDMX_LEVELS.get(value, value.replace(",", ";")) for _, value in kept)


READERS: dict[str, Callable[[Path, Mapping[str, str]], tuple[pd.DataFrame, Terms]]] = {
    "ddf": _ddf, "wpp": _ddf, "unicef_connectivity": _unicef, "tidy": _tidy, "wdi": _wdi, "owid": _owid,
    "sdmx": _sdmx,
}  # fmt: skip


def _finish(rows: pd.DataFrame, terms: Mapping[str, str], path: Path) -> pd.DataFrame:
    """Numbers, years, countries and terms, the same for every layout; cells without a value are no rows."""
    out = rows.assign(file=path.name, row=rows.index).reset_index(drop=True)
    out = out[~out["value"].str.casefold().isin(_MISSING)].reset_index(drop=True)
    out["value"], odd = _numbers(out["value"], out["row"], path)
    out["mark"] = out.get("mark", odd).where(odd == "", odd)
    for term in (*TERMS, "by", "level", "name"):
        out[term] = out.get(term, pd.Series("", index=out.index)).fillna("")
        out[term] = out[term].where(out[term] != "", terms.get(term, ""))
    out = _registered(out)
    _years(out, path)
    _places(out, path)
    for flag in ("projection", "definition_break"):
        found = out.get(flag, pd.Series(False, index=out.index))
        out[flag] = found if found.dtype == bool else found.str.casefold().isin({"true", "yes", "1"})
    return _breaks(out)[list(COLUMNS)]


def _numbers(text: pd.Series, row: pd.Series, path: Path) -> tuple[pd.Series, pd.Series]:
    plain = text.str.replace(r"[%\s]+$", "", regex=True)
    numbers = pd.to_numeric(plain, errors="coerce")
    bad = ~(numbers.abs() < float("inf"))
    if bad.any():
        where = f"{path.name}:{row[bad].iloc[0]}"
        raise LandscapeError(
            "A value is not a number.", where=where, got=repr(text[bad].iloc[0]), allowed="12.5, 12.5%"
        )
    return numbers, pd.Series("", index=text.index).where(~text.str.contains("%%"), "percent sign twice")


def _years(out: pd.DataFrame, path: Path) -> None:
    first = out["period"].str.extract(f"^{_YEAR.pattern}$", expand=True)[0]
    if first.isna().any():
        bad = out[first.isna()].iloc[0]
        raise LandscapeError(
            "A period is not a year.", where=f"{path.name}:{bad['row']}", got=repr(bad["period"]),
            allowed="2023, 2018-19",
        )  # fmt: skip
    out["reference_year"] = first.astype(int)


def _places(out: pd.DataFrame, path: Path) -> None:
    told = out.get("kind", pd.Series("", index=out.index)).where(
        lambda kind: kind.isin(["aggregate", "other"]), ""
    )
    keys = list(zip(out["entity"], out["name"], told, strict=True))
    found, first = {}, dict(zip(reversed(keys), reversed(out["row"].tolist()), strict=True))
    for entity, name, kind in dict.fromkeys(keys):
        try:
            iso, kind_found = ("", kind) if kind else match(entity, name)
        except LandscapeError as error:
            error.where = f"{path.name}:{first[entity, name, kind]}"
            raise
        found[entity, name, kind] = (iso, kind_found, un_name(iso) if iso else name or entity)
    for i, column in enumerate(("country", "kind", "country_name")):
        out[column] = [found[key][i] for key in keys]


def _registered(out: pd.DataFrame) -> pd.DataFrame:
    """Terms that neither file nor caller gave, from the register; its multiplier turns thousands into persons."""
    aliases = {alias: code for code, entry in register().items() for alias in entry.get("aliases", [])}
    out["indicator"] = out["indicator"].replace(aliases)
    power = pd.to_numeric(out.get("power", pd.Series("", index=out.index)), errors="coerce").fillna(0)
    out["value"] *= 10.0**power
    for code in out["indicator"].unique():
        entry, mine = register().get(code, {}), out["indicator"] == code
        for term in TERMS[1:]:
            out.loc[mine & (out[term] == ""), term] = str(entry.get(term, ""))
        out.loc[mine, "value"] *= entry.get("multiply", 1)
    return out


def _breaks(out: pd.DataFrame) -> pd.DataFrame:
    for code in out["indicator"].unique():
        entry, mine = register().get(code, {}), out["indicator"] == code
        out.loc[mine & (out["reference_year"] > entry.get("projection_after", 9999)), "projection"] = True
    return out
