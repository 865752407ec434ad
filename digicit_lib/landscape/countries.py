"""Countries by name or code: one maintained library, UN names, and no group ever taken for a country."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import LandscapeError, suggest
from digicit_lib.safe import load_yaml

if TYPE_CHECKING:
    import pandas as pd

CODEBOOK = Path(__file__).parents[1] / "codebooks" / "landscape"


@lru_cache(maxsize=1)
def _library() -> tuple[pd.DataFrame, list[re.Pattern[str]]]:
    """The table and name patterns of `country_converter`, fed as a frame (its own reader fails on pandas 3)."""
    import pandas as pd
    from country_converter import CountryConverter
    from country_converter.country_converter import COUNTRY_DATA_FILE

    raw = pd.read_csv(COUNTRY_DATA_FILE, sep="\t", dtype=str, keep_default_na=False)
    for column in ("obsolete", "UNmember"):
        raw[column] = raw[column].where(raw[column] != "", None)
    library = CountryConverter(raw)
    return library.data, library.regexes


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    words: dict[str, Any] = load_yaml(CODEBOOK / "countries.yaml")[0]
    return words


def un_name(iso3: str) -> str:
    """The short name that the United Nations use.

    Examples
    --------
    >>> un_name("TUR"), un_name("MDA")
    ('Türkiye', 'Republic of Moldova')
    """
    table, _ = _library()
    found = table.loc[table["ISO3"] == iso3, "name_short"]
    return str(_words()["un_names"].get(iso3) or (found.iloc[0] if len(found) else iso3))


def un_members(region_of: str = "") -> list[str]:
    """ISO codes of the UN's member states, or of those in one country's UN subregion.

    Examples
    --------
    >>> len(un_members()), un_members("KEN")[:3]
    (193, ['BDI', 'COM', 'DJI'])
    """
    table, _ = _library()
    members = table[table["UNmember"].notna()]
    if region_of:
        members = members[members["UNregion"].isin(table.loc[table["ISO3"] == region_of, "UNregion"])]
    return sorted(members["ISO3"])


@lru_cache(maxsize=4096)
def match(entity: str, name: str = "") -> tuple[str, str]:
    """The country that a source's code or name means.

    Parameters
    ----------
    entity : str
        ISO 3166 alpha-3 or alpha-2 code, UN M49 number, or an English name.
    name : str
        The name that a source prints beside its code; it decides when the code is no country's.

    Returns
    -------
    iso3 : str
        Empty for a group of countries or an entity without ISO code.
    kind : {"country", "aggregate", "other"}

    Raises
    ------
    LandscapeError
        Unknown, or a name of several countries.

    Examples
    --------
    >>> [match(text)[0] for text in ("Turkey", "Türkiye", "tur", "792")]
    ['TUR', 'TUR', 'TUR', 'TUR']
    >>> match("SSF", "Sub-Saharan Africa")
    ('', 'aggregate')
    """
    words, parts = _words(), [part.strip() for part in (entity, name) if part.strip()]
    if any(part in words["other_codes"] or part in words["other_names"] for part in parts):
        return "", "other"
    code = _by_code(parts[0]) if parts else ""
    if code:
        return code, "country"
    if any(_is_group(part) for part in parts):
        return "", "aggregate"
    found = {iso for part in parts if len(part) > 3 for iso in _by_name(part)}
    if len(found) == 1:
        return found.pop(), "country"
    raise _refusal(parts, found)


def _by_code(text: str) -> str:
    """ISO code of an alpha-3 (any case), a capital alpha-2 or an M49 code; empty when it is none."""
    table, _ = _library()
    column = "ISOnumeric" if text.isdigit() else {2: "ISO2", 3: "ISO3"}.get(len(text), "")
    if not column or (column == "ISO2" and not text.isupper()):
        return ""
    wanted = text.lstrip("0") if text.isdigit() else text.upper()
    found = table.loc[table[column] == wanted, "ISO3"]
    return str(found.iloc[0]) if len(found) else ""


def _by_name(text: str) -> set[str]:
    table, patterns = _library()
    if text.lower() in _words()["ambiguous"]:
        return set(re.findall(r"[A-Z]{3}", _words()["ambiguous"][text.lower()])) | {"?"}
    exact = table.loc[table["name_short"].str.casefold() == text.casefold(), "ISO3"]
    return set(exact) or {table["ISO3"].iloc[i] for i, p in enumerate(patterns) if p.search(text)}


def _is_group(text: str) -> bool:
    words = _words()
    if text.upper() in words["aggregate_codes"]:
        return True
    patterns = words["aggregate_code_patterns"] if text.isupper() else []
    names = words["aggregate_name_patterns"] if len(text) > 2 else []
    return any(re.fullmatch(p, text) for p in patterns) or any(re.fullmatch(p, text, re.I) for p in names)


def _refusal(parts: list[str], found: set[str]) -> LandscapeError:
    got = " / ".join(parts) or "(blank)"
    if found:
        options = ", ".join(sorted(found - {"?"}))
        return LandscapeError(
            "A country name means several countries.", got=got, allowed=options, next="write the ISO code"
        )
    close = suggest(parts[-1], _library()[0]["name_short"]) if parts else None
    hint = f"did you mean {close}?" if close else "write the ISO 3166 alpha-3 code"
    return LandscapeError("Unknown country.", got=got, next=hint)
