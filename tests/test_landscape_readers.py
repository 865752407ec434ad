"""Readers of indicator files: the shared public sets, and small files of our own in each other layout."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pandas as pd
import pytest

from digicit_lib.errors import LandscapeError
from digicit_lib.landscape import COLUMNS, match, series, un_members
from digicit_lib.landscape.countries import CODEBOOK

# File, rows of values (`wc -l` less the header), and one line of the file as `grep -n` prints it:
# number, ISO code, year, value in the unit of the register.
GAPMINDER = {
    "internet_users": (6024, 5542, "TUR", "2023", 85.9607),
    "broadband_subscribers_per_100_people": (4135, 3791, "TUR", "2023", 22.4592),
    "cell_phones_per_100_people": (10350, 9496, "TUR", "2023", 105.684),
    "personal_computers_per_100_people": (2196, 1721, "RUS", "2005", 12.15),
    "total_population_with_projections": (22064, 20072, "TUR", "2050", 91_620_000),
    "children_and_elderly_per_100_adults": (35636, 32540, "TUR", "2023", 46.715),
    "children_out_of_school_primary": (4494, 4145, "TUR", "2022", 13955),
}
# M49 code, line, ISO code, year, level, persons: the file counts in thousands.
WPP = {
    643: (22944, "RUS", "2026", "female,15", 879_231),
    792: (22332, "TUR", "2020", "female,9", 669_071),
    804: (2, "UKR", "1950", "male,0", 410_251),
}
CONNECTIVITY = "indicators_unicef_school_connectivity/School-Age-Digital-Connectivity-A1data.csv"


def cell(frame: pd.DataFrame, **where: object) -> pd.Series:
    """The one row of these values."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.parametrize("name", GAPMINDER)
def test_gapminder_sets_are_read_whole(name: str, shared: Path) -> None:
    rows, line, country, year, value = GAPMINDER[name]
    path = shared / "data/indicators_gapminder_sg" / f"{name}.csv"
    frame = series(path, "ddf")
    assert len(frame) == rows and list(frame.columns) == list(COLUMNS)
    found = cell(frame, row=line)
    assert (found["country"], found["period"], found["value"]) == (country, year, pytest.approx(value))
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith(f"{country.lower()},{year},")
    assert (frame[["title", "unit", "definition", "source", "citation", "licence"]] != "").all(axis=None)


def test_gapminder_entities_without_iso_code_stay_and_are_no_country(shared: Path) -> None:
    frame = series(shared / "data/indicators_gapminder_sg/internet_users.csv", "ddf")
    kosovo = frame[frame["row"].isin([3078, 3079])]
    assert set(kosovo["kind"]) == {"other"} and set(kosovo["country"]) == {""}
    assert cell(frame, row=3995)["country"] == "NAM"  # Namibia, whose alpha-2 code reads as a missing value
    people = series(shared / "data/indicators_gapminder_sg/total_population_with_projections.csv", "ddf")
    merged = people[people["country_name"] == "Eritrea and Ethiopia"]
    assert len(merged) and set(merged["country"]) == {""}
    assert (
        cell(people, row=20072)["projection"] and not people[people["period"] == "2013"]["projection"].any()
    )
    dependants = series(
        shared / "data/indicators_gapminder_sg/children_and_elderly_per_100_adults.csv", "ddf"
    )
    assert cell(dependants, row=13592)["country"] == "VAT"  # the file calls the Holy See `hos`


@pytest.mark.parametrize("m49", WPP)
def test_population_by_single_age_is_read_whole(m49: int, shared: Path) -> None:
    line, country, year, level, persons = WPP[m49]
    frame = series(shared / f"data/population_wpp2019_ddf/population_country-{m49}.csv", "wpp")
    assert len(frame) == 151 * 101 * 2 == 30_502  # years 1950 to 2100, ages 0 to 100, two sexes
    found = cell(frame, row=line)
    assert (found["country"], found["period"], found["level"], found["by"]) == (
        country,
        year,
        level,
        "gender,age",
    )
    assert found["value"] == pytest.approx(persons) and found["unit"] == "persons"
    assert set(frame[frame["projection"]]["reference_year"]) == set(range(2021, 2101))


def test_school_connectivity_with_two_headers_and_real_faults(shared: Path) -> None:
    frame = series(shared / "data" / CONNECTIVITY, "unicef_connectivity")
    # 78 rows of five cells; 15 are blank (BOL 2, CHN 1, EGY 1, KEN 3, MEX 2, MAR 2, LCA 1, UKR 3, by hand).
    assert frame["row"].nunique() == 78 and len(frame) == 78 * 5 - 15
    assert cell(frame, row=72, by="", country="TUR")["value"] == 36
    assert list(frame.loc[(frame["country"] == "TUR") & (frame["by"] == ""), "row"]) == [72, 73, 74]
    assert cell(frame, country="GEO", level="richest")["value"] == 99  # ISO3 is written "    GEO"
    ukraine = frame[frame["country"] == "UKR"]
    assert list(ukraine["level"]) == ["", "urban"] and ukraine["mark"].iloc[0] == "urban_only"
    assert cell(frame, country="COL", by="")["mark"] == "percent_sign_twice"
    assert cell(frame, country="DZA", by="")["reference_year"] == 2018  # "2018-19"


def test_the_snapshot_is_what_its_sources_give(shared: Path) -> None:
    made = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "snapshot.py"))["snapshot"](
        shared / "data"
    )
    for name, text in made.items():
        assert (CODEBOOK / name).read_text(encoding="utf-8") == text
        assert len(text) < 200_000
    frame = series(CODEBOOK / "snapshot.csv", "wdi")
    assert set(frame["country"]) <= set(un_members()) and set(frame["licence"]) == {"CC BY 4.0"}
    assert cell(frame, country="UKR", period="2022", indicator="IT.NET.USER.ZS")["value"] == 82.68  # 82.6753
    assert "UNICEF" not in (CODEBOOK / "snapshot.csv").read_text(encoding="utf-8")
    people = series(CODEBOOK / "population.csv", "wdi")
    turkey = people[(people["country"] == "TUR") & (people["period"] == "2020")]
    # Sum of column `population`, time 2020, in population_country-792.csv: 84 339.067 thousand.
    assert turkey["value"].sum() == pytest.approx(84_339_067, rel=1e-5)


WDI = """"Data Source","World Development Indicators",

"Last Updated Date","2025-07-01",

"Country Name","Country Code","Indicator Name","Indicator Code","2021","2022","2023",
"Turkiye","TUR","Individuals using the Internet","IT.NET.USER.ZS","81.4","83.4","",
"Arab World","ARB","Individuals using the Internet","IT.NET.USER.ZS","70.1","71.0","72.5",
"Namibia","NAM","Individuals using the Internet","IT.NET.USER.ZS","..","53","62.2",
"""


def test_world_bank_wide_layout(tmp_path: Path) -> None:
    (tmp_path / "API_IT.csv").write_text(WDI, encoding="utf-8")
    frame = series(tmp_path / "API_IT.csv", "wdi")
    assert len(frame) == 2 + 3 + 2
    found = cell(frame, country="TUR", period="2022")
    assert (found["value"], found["row"], found["unit"], found["vintage"]) == (
        83.4,
        6,
        "percent",
        "2025-07-01",
    )
    assert set(frame.loc[frame["country_name"] == "Arab World", "kind"]) == {"aggregate"}
    (tmp_path / "bank.csv").write_text(
        WDI.split("\n\n")[-1].replace('"2021"', '"2021 [YR2021]"'), encoding="utf-8"
    )
    assert len(series(tmp_path / "bank.csv", "wdi", licence="CC BY 4.0")) == 7


def test_our_world_in_data_layout(tmp_path: Path) -> None:
    column = "Individuals using the Internet (% of population)"
    (tmp_path / "net.csv").write_text(
        f"Entity,Code,Year,{column}\nTurkey,TUR,2022,83.4\nWorld,OWID_WRL,2022,63.1\nKosovo,OWID_KOS,2018,89\n"
        "Sub-Saharan Africa (WB),,2022,36\n",
        encoding="utf-8",
    )
    meta = {
        "titleShort": "Share online",
        "shortUnit": "%",
        "lastUpdated": "2025-01-24",
        "descriptionShort": "Used in the last three months.",
        "citationShort": "ITU (2025)",
        "citationLong": "ITU via World Bank (2025) – processed by Our World in Data",
    }
    text = json.dumps({"columns": {column: meta}, "dateDownloaded": "2026-02-01"})
    (tmp_path / "net.metadata.json").write_text(text, encoding="utf-8")
    frame = series(tmp_path / "net.csv", "owid", indicator="IT.NET.USER.ZS", licence="CC BY 4.0")
    assert list(frame["kind"]) == ["country", "aggregate", "other", "aggregate"]
    found = cell(frame, country="TUR")
    assert (found["title"], found["unit"], found["access_date"]) == ("Share online", "percent", "2026-02-01")
    assert found["citation"].startswith("ITU via World Bank (2025)") and found["vintage"] == "2025-01-24"
    (tmp_path / "net.metadata.json").write_text("[]", encoding="utf-8")
    with pytest.raises(LandscapeError, match="metadata"):
        series(tmp_path / "net.csv", "owid")


def test_sdmx_layout_with_breakdowns_breaks_and_multiplier(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(
        "DATAFLOW,REF_AREA:Geographic area,INDICATOR:Indicator,SEX:Sex,WEALTH_QUINTILE,TIME_PERIOD,OBS_VALUE,"
        "UNIT_MEASURE,UNIT_MULTIPLIER,OBS_STATUS,DATA_SOURCE\n"
        "UNICEF:GENDER(1.0),TUR: Turkey,GN_X: Own a phone,F: Female,_T: Total,2019,61.5,PCNT,0,A,DHS\n"
        "UNICEF:GENDER(1.0),TUR: Turkey,GN_X: Own a phone,_T: Total,Q1: Poorest,2019,40,PCNT,0,B,DHS\n"
        "UNICEF:GENDER(1.0),UNICEF_ECA: Europe,GN_X,_T: Total,_T: Total,2019-06,70,PCNT,0,F,DHS\n"
        "UNICEF:GENDER(1.0),UKR: Ukraine,DM_POP: Children,_T: Total,_T: Total,2020,7.5,NUMBER,3,A,WPP\n",
        encoding="utf-8",
    )
    frame = series(tmp_path / "s.csv", "sdmx")
    assert list(frame["by"]) == ["gender", "wealth", "", ""]
    assert list(frame["level"]) == ["female", "poorest", "", ""]
    assert list(frame["value"]) == [61.5, 40, 70, 7500] and list(frame["unit"][:1]) == ["percent"]
    assert list(frame["definition_break"]) == [False, True, False, False]
    assert list(frame["projection"]) == [False, False, True, False]
    assert list(frame["country"]) == ["TUR", "TUR", "", "UKR"] and frame["source"].iloc[0] == "DHS"


def test_tidy_layout(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "country,year,value,by,level,definition_break,citation\n792,2024,91.3%,,,yes,TurkStat 2024\n"
        "Republic of Moldova,2024,88,,,,\n",
        encoding="utf-8",
    )
    frame = series(tmp_path / "t.csv", "tidy", indicator="X", unit="percent", citation="Someone (2025)")
    assert list(frame["country_name"]) == ["Türkiye", "Republic of Moldova"]
    assert list(frame["definition_break"]) == [True, False]
    assert list(frame["citation"]) == ["TurkStat 2024", "Someone (2025)"]  # the row's own stands first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("country,year,value\nTurky,2020,1\n", "Unknown country"),
        ("country,year,value\nKorea,2020,1\n", "several countries"),
        ("country,year,value\nTurkey and Ukraine,2020,1\n", "several countries"),
        ("country,year,value\n,2020,1\n", "Unknown country"),
        ('country,year,value\nTUR,2020,"85,9"\n', "not a number"),
        ("country,year,value\nTUR,2020,inf\n", "not a number"),
        ("country,year,value\nTUR,recent,1\n", "not a year"),
        ("country,year,valeu\nTUR,2020,1\n", "unknown column"),
        ("country,year\nTUR,2020\n", "lacks columns"),
        ("country,year,value\n", "no rows"),
        ("", "cannot be read as CSV"),
    ],
)
def test_bad_files_are_refused_with_their_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LandscapeError, match=said) as error:
        series(tmp_path / "bad.csv", "tidy")
    assert error.value.where and error.value.where.startswith("bad.csv")


def test_other_refusals(tmp_path: Path) -> None:
    with pytest.raises(LandscapeError) as error:
        series(tmp_path / "x.csv", "wdx")
    assert error.value.next == "did you mean wdi?"
    with pytest.raises(LandscapeError, match="not there"):
        series(tmp_path / "x.csv", "wdi")
    (tmp_path / "o.csv").write_text("Entity,Code,Year,A,B\nTurkey,TUR,2020,1,2\n", encoding="utf-8")
    with pytest.raises(LandscapeError, match="one value column"):
        series(tmp_path / "o.csv", "owid")
    assert len(series(tmp_path / "o.csv", "owid", title="B")) == 1
    (tmp_path / "l1.csv").write_bytes("country,year,value\nCôte d'Ivoire,2020,1\n".encode("latin-1"))
    with pytest.raises(LandscapeError, match="CSV"):
        series(tmp_path / "l1.csv", "tidy")


@pytest.mark.parametrize(
    "text",
    [
        "World",
        "Arab World",
        "Sub-Saharan Africa",
        "Southern Africa",
        "European Union",
        "High income",
        "OECD members",
        "Middle East, North Africa, Afghanistan & Pakistan",
        "Europe & Central Asia (excluding high income)",
        "Latin America & Caribbean",
        "IDA only",
        "Caribbean small states",
        "Micronesia (region)",
        "AFE",
        "WLD",
        "OWID_WRL",
        "UNICEF_ECA",
        "Least developed countries: UN classification",
        "Euro area",
        "Africa",
    ],
)
def test_no_group_is_taken_for_a_country(text: str) -> None:
    assert match(text) == ("", "aggregate")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Turkey", "TUR"),
        ("Türkiye", "TUR"),
        ("TUR", "TUR"),
        ("792", "TUR"),
        ("TR", "TUR"),
        ("004", "AFG"),
        ("South Africa", "ZAF"),
        ("Central African Republic", "CAF"),
        ("American Samoa", "ASM"),
        ("Niger", "NER"),
        ("Guinea-Bissau", "GNB"),
        ("Korea, Rep.", "KOR"),
        ("Congo, Dem. Rep.", "COD"),
        ("Timor-Leste", "TLS"),
        ("Russian Federation", "RUS"),
        ("Namibia", "NAM"),
        ("NA", "NAM"),
        ("United States of America", "USA"),
    ],
)
def test_countries_by_name_and_code(text: str, iso: str) -> None:
    assert match(text) == (iso, "country")


def test_every_un_member_is_known_by_its_own_un_name() -> None:
    from digicit_lib.landscape import un_name

    # "Congo" is the UN's name of one country and, without a code, everybody's name of two.
    assert [iso for iso in un_members() if iso != "COG" and match(un_name(iso)) != (iso, "country")] == []
    assert match("Czechoslovakia") == match("Kosovo") == ("", "other")
