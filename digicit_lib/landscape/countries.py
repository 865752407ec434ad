"""Countries by name or code: one maintained library, UN names, and no group ever taken for a country."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import LandscapeError, did_you_mean
from digicit_lib.safe import load_yaml

CODEBOOK = Path(__file__).parents[1] / "codebooks" / "landscape"


@lru_cache
def load_codebook(name: str) -> dict[str, Any]:
    """A YAML file of the room's codebook."""
    data: dict[str, Any] = load_yaml(CODEBOOK / f"{name}.yaml")[0]
    return data


@lru_cache(maxsize=1)
def _library() -> tuple[pd.DataFrame, list[re.Pattern[str]]]:
    """Table and name patterns of `country_converter`, given as a frame: its own reader fails on pandas 3."""
    from country_converter import country_converter

    raw = pd.read_csv(country_converter.COUNTRY_DATA_FILE, sep="\t", dtype=str, keep_default_na=False)
    for column in ("obsolete", "UNmember"):
        raw[column] = raw[column].where(raw[column] != "", None)
    library = country_converter.CountryConverter(raw)
    return library.data, library.regexes


@lru_cache
def un_name(iso3: str) -> str:
    """The short name that the United Nations use.

    Examples
    --------
    >>> un_name("TUR"), un_name("MDA")
    ('Türkiye', 'Republic of Moldova')
    """
    return str(load_codebook("countries")["un_names"].get(iso3) or _short_names().get(iso3, iso3))


@lru_cache(maxsize=1)
def _short_names() -> dict[str, str]:
    table = _library()[0]
    return dict(zip(table["ISO3"], table["name_short"], strict=True))


def un_members(region_of: str = "") -> list[str]:
    """ISO codes of the UN's member states, or of those in one country's UN subregion.

    Examples
    --------
    >>> len(un_members()), un_members("KEN")[:3]
    (193, ['BDI', 'COM', 'DJI'])
    """
    table = _library()[0]
    if region_of:
        table = table[table["UNregion"].isin(table.loc[table["ISO3"] == region_of, "UNregion"])]
    return sorted(table.loc[table["UNmember"].notna(), "ISO3"])


@lru_cache(maxsize=4096)
def match(entity: str, name: str = "") -> tuple[str, str]:
    """ISO alpha-3 code and kind (country, aggregate, other) of what a source calls `entity` and `name`.

    Codes are ISO 3166 (alpha-3, capital alpha-2) or UN M49; the name decides when the code is no country's.

    Raises
    ------
    LandscapeError
        Unknown, or a name of several countries.

    Examples
    --------
    >>> {match(text)[0] for text in ("Turkey", "Türkiye", "tur", "792")}, match("SSF", "Sub-Saharan Africa")
    ({'TUR'}, ('', 'aggregate'))
    """
    words, parts = load_codebook("countries"), [part.strip() for part in (entity, name) if part.strip()]
    if any(part in words["other_codes"] or part in words["other_names"] for part in parts):
        return "", "other"
    code = _by_code(parts[0]) if parts else ""
    if code:
        return code, "country"
    if any(_is_group(part, words) for part in parts):
        return "", "aggregate"
    codes = {iso for part in parts if len(part) > 3 for iso in _by_name(part, words)}
    if len(codes) == 1:
        return codes.pop(), "country"
    raise _refusal(parts, codes)


def _by_code(text: str) -> str:
    column = "ISOnumeric" if text.isdigit() else {2: "ISO2", 3: "ISO3"}.get(len(text), "")
    if not column or (column == "ISO2" and not text.isupper()):
        return ""
    return _codes(column).get((text.lstrip("0") or "0").upper(), "")


@lru_cache
def _codes(column: str) -> dict[str, str]:
    """ISO alpha-3 by another code; the first country where a code stands twice."""
    table = _library()[0].drop_duplicates(column)
    return dict(zip(table[column], table["ISO3"], strict=True))


def _by_name(text: str, words: dict[str, Any]) -> set[str]:
    if text.lower() in words["ambiguous"]:
        return {*words["ambiguous"][text.lower()].split(", "), "?"}
    table, patterns = _library()
    exact = table.loc[table["name_short"].str.casefold() == text.casefold(), "ISO3"]
    return set(exact) or {table["ISO3"].iloc[i] for i, p in enumerate(patterns) if p.search(text)}


def _is_group(text: str, words: dict[str, Any]) -> bool:
    codes = words["aggregate_code_patterns"] if text.isupper() else []
    names = words["aggregate_name_patterns"] if len(text) > 2 else []
    is_code = text.upper() in words["aggregate_codes"] or any(re.fullmatch(p, text) for p in codes)
    return is_code or any(re.fullmatch(p, text, re.IGNORECASE) for p in names)


def _refusal(parts: list[str], codes: set[str]) -> LandscapeError:
    got = " / ".join(parts) or "(blank)"
    options = ", ".join(sorted(codes - {"?"})) or None
    what = "A country name means several countries." if codes else "Unknown country."
    hint = did_you_mean(parts[-1], _library()[0]["name_short"]) if parts and not codes else None
    return LandscapeError(what, got=got, allowed=options, next=hint or "write the ISO 3166 alpha-3 code")
