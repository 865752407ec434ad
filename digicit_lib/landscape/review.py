"""A country's desk review: series, registers and flags, each as a frame that a table or figure can show."""

import datetime as dt
import os
import re
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.errors import LandscapeError
from digicit_lib.landscape.countries import CODEBOOK, load_codebook, match, un_members, un_name
from digicit_lib.landscape.registers import checklist, grade, load_register, topic_gaps
from digicit_lib.landscape.series_checks import judge_values, mixed_years
from digicit_lib.landscape.series_files import series
from digicit_lib.landscape.series_places import series_files
from digicit_lib.language import N_
from digicit_lib.language.codes import code as coded
from digicit_lib.safe import file_sha256, inside

DESK_METHOD = "desk review: figure of the source, not estimated here"
USERS, AGE = "IT.NET.USER.ZS", "SP.POP.AGE"
MILESTONES = (25, 50, 75, 90)
# Codes of the sources that are no strong ones, by their kind of sample.
READ_AS = {"press": "press_report", "recalled": "recalled"}
EMPTY = re.findall(r"\w+", "se ci_low ci_high confidence_level n n_yes n_psu df deff sum_w missing_share")

# A file of the snapshot is read once: no study changes it.
_shipped = cache(lambda name: series(CODEBOOK / name, "wdi"))


class Landscape:
    """The desk review of one country; open one with `open_landscape`.

    Attributes
    ----------
    country, name : str
        ISO code and UN name.
    comparison : list of str
        ISO codes of the comparison group; default the UN members of the country's UN subregion.
    rows : DataFrame
        Every value read, as `series` returns it, with `quality` and `reason`.
    files : list of dict
        name, sha256, rows of every file read.
    missing : list of dict
        Known files that cannot ship and were not found: indicator, file, where to get it, why.
    """

    def __init__(
        self, spec: Any, root: Path, country: str, date: dt.date, data: Path | None, ages: tuple[int, int]
    ) -> None:
        self.ages = ages
        self.country, self.date, folder = match(country)[0], date, getattr(spec, "folder", "")
        if not self.country:
            raise LandscapeError("A study needs a country, not a group.", got=country)
        self.name = un_name(self.country)
        peers = [match(code)[0] for code in getattr(spec, "comparison", ())] or un_members(self.country)
        self.comparison = [code for code in dict.fromkeys(peers) if code and code != self.country]
        self.folder = inside(root, folder) if folder else None
        self.invented: bool = getattr(spec, "invented", True)
        self.files: list[dict[str, Any]] = []
        self._registers: dict[str, pd.DataFrame] = {}
        shipped = [(CODEBOOK / name, _shipped(name)) for name in ("snapshot.csv", "population.csv")]
        files, self.missing = series_files(spec, data)
        others = [(path, series(path, format, **terms)) for path, format, terms in files]
        parts = [self._taken(path, rows) for path, rows in (*shipped, *others)]
        self.rows, self._flags = judge_values(pd.concat(parts, ignore_index=True), date.year)

    def _taken(self, path: Path, rows: pd.DataFrame) -> pd.DataFrame:
        self.files.append({"name": path.name, "sha256": file_sha256(path), "rows": len(rows)})
        return rows[rows["country"].isin([self.country, *self.comparison])]

    # --- series -------------------------------------------------------------------------------------

    def codes(self) -> list[str]:
        """Indicators that have a value for the country."""
        return sorted(set(self.rows.loc[self.rows["country"] == self.country, "indicator"]))

    def series(self, code: str, countries: Sequence[str] | None = None, *, by: str = "") -> pd.DataFrame:
        """An indicator over the years, in the country and its comparison group.

        Parameters
        ----------
        code : str
            Such as ``"IT.NET.USER.ZS"``.
        countries : sequence of str, optional
            ISO codes or names; default the country and its comparison group.
        by : str
            A breakdown, such as ``"residence"``; default the totals.

        Returns
        -------
        DataFrame
            Estimates frame (statistic value, percentages as shares of 1) with country_name, citation, source,
            licence, vintage, reference_year, projection, definition_break, file, row. Values of other
            countries have ``by`` "country", so that every id is unique. No rows when nobody has them.

        Raises
        ------
        LandscapeError
            A country that is neither the study's nor in its comparison group.
        """
        members = [self.country, *self.comparison]
        codes = [match(c)[0] for c in countries] if countries else members
        if set(codes) - set(members):
            what = "A country is not in this desk review."
            got = ", ".join(sorted(set(codes) - set(members)))
            hint = "add it to data.landscape.comparison"
            raise LandscapeError(what, got=got, allowed=", ".join(members), next=hint)
        rows = self.rows[self.rows["indicator"].eq(code) & self.rows["by"].eq(by) & ~self.rows["superseded"]]
        places = {country: place for place, country in enumerate(codes)}
        rows = rows.assign(place=rows["country"].map(places)).dropna(subset="place")
        return self._estimates(rows.sort_values(["place", "reference_year"], kind="stable"))

    def latest(self, code: str, countries: Sequence[str] | None = None, *, by: str = "") -> pd.DataFrame:
        """The newest observed value of each country and level: never a projection, never a withheld one."""
        rows = self.series(code, countries, by=by)
        rows = rows[~rows["projection"] & (rows["quality"] != "suppressed")]
        return rows.drop_duplicates(["country", "level"], keep="last").reset_index(drop=True)

    def population(self, ages: tuple[int, int] = (0, 24), year: int | None = None) -> pd.DataFrame:
        """Population by gender and single year of age (``by`` "gender,age"): a pyramid of the young.

        The shipped figures go to age 24; the year is the study's, or the nearest in the file. No rows for a
        country whose population file is not there.
        """
        rows = self._ages(year)
        rows = rows[rows["age"].between(*ages) & ~rows["open"]]
        return self._estimates(rows.sort_values(["gender", "age"]))

    def youth(self, ages: tuple[int, int], year: int | None = None) -> pd.DataFrame:
        """How many there are of these ages: SP.POP.YOUTH (persons, by gender), SP.POP.YOUTH.ZS (share)."""
        rows = self._ages(year)
        part = rows[rows["age"].between(*ages) & ~rows["open"]]
        if part.empty:
            return self._estimates(part)
        words, total = f"ersons aged {ages[0]} to {ages[1]}", part["value"].sum()
        first = part.iloc[[0]].assign(
            indicator="SP.POP.YOUTH",
            by="",
            level="",
            base=f"p{words}",
            title=f"P{words}",
            method="sum of single years of age",
        )
        sexes = part.groupby("gender")["value"].sum()
        groups = [first.assign(by="gender", level=str(g), value=v) for g, v in sexes.items()]
        share = first.assign(
            indicator="SP.POP.YOUTH.ZS",
            unit="percent",
            title=f"P{words}, share of all",
            base="total population",
            value=100 * total / rows["value"].sum(),
        )
        return self._estimates(pd.concat([first.assign(value=total), *groups, share]))

    def _ages(self, year: int | None) -> pd.DataFrame:
        mine = self.rows[(self.rows["indicator"] == AGE) & (self.rows["country"] == self.country)]
        mine = mine[~mine["superseded"]]
        parts = mine["level"].str.extract(r"^(\w+),(\d+)(\+?)$")
        mine = mine.assign(gender=parts[0], age=pd.to_numeric(parts[1]), open=parts[2] == "+")
        target = year or self.date.year
        nearest = min(set(mine["reference_year"]), key=lambda y: (abs(y - target), y), default=0)
        mine = mine[mine["reference_year"] == nearest]
        # A whole UN file has the ages from 25 on one by one, beside the shipped file's group of them.
        return mine[~mine["open"]] if (mine["age"] > 25).any() else mine

    def _estimates(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The contract's columns; a withheld value is empty and keeps its reason."""
        here, share = rows["country"] == self.country, rows["unit"] == "percent"
        words = rows[["citation", "source", "vintage"]]
        method = rows.get("method", DESK_METHOD)
        figure = (rows["value"] / share.map({True: 100.0, False: 1.0})).mask(rows["quality"] == "suppressed")
        out = rows.assign(
            statistic="value",
            category="",
            method=method,
            data_kind="observed",
            question=rows["definition"],
            unit=rows["unit"].mask(share, "share"),
            estimate=figure,
            by=rows["by"].where(here, ("country," + rows["by"]).str.rstrip(",")),
            level=rows["level"].where(here, (rows["country"] + "," + rows["level"]).str.rstrip(",")),
            source=[_source(*cell) for cell in words.itertuples(index=False)],
            **dict.fromkeys(EMPTY, float("nan")),
        )
        return out.drop(columns=["value", "superseded", "place"], errors="ignore").reset_index(drop=True)

    # --- registers ----------------------------------------------------------------------------------

    def _register(self, name: str) -> pd.DataFrame:
        if name not in self._registers:
            self._registers[name] = load_register(self.folder, name, invented=self.invented)
        return self._registers[name].copy(deep=False)

    def sources(self) -> pd.DataFrame:
        """The literature and data sources, graded by their kind of sampling."""
        return self._register("sources")

    def gap_grid(self) -> pd.DataFrame:
        """Construct by age group of the study: the best kind of source, or none."""
        return topic_gaps(self.sources(), self.date.year, self.ages)

    def facts(self, section: str = "") -> pd.DataFrame:
        """Figures that the literature printed, as an estimates frame; each cites a source by its id.

        Raises
        ------
        LandscapeError
            A fact cites a source that the register of sources lacks.
        """
        rows = self._stated
        return rows[(rows["section"] == section) | (not section)].reset_index(drop=True)

    @cached_property
    def _stated(self) -> pd.DataFrame:
        facts, sources = self._register("facts"), self.sources().set_index("id")
        unknown = sorted(set(facts["source"]) - set(sources.index))
        if unknown:
            raise LandscapeError(
                "A fact cites an unknown source.", where="facts.yaml", got=", ".join(unknown)
            )
        cited, broken = sources.reindex(facts["source"]), facts["definition_break"].eq(True)
        strong = cited["sampling"].isin(["probability", "administrative"])
        read_as = facts["basis"].mask((cited["basis"] == "recalled").to_numpy(), "recalled").map(READ_AS)
        marks = zip(strong, cited["sampling"], read_as, broken, strict=True)
        remarks = [
            (
                "" if good else re.sub("[- ]", "_", f"{kind}_source"),
                how if how == how else "",
                cut * "broken_series",
            )
            for good, kind, how, cut in marks
        ]
        reasons = [";".join(filter(None, codes)) for codes in remarks]
        return self._estimates(
            facts.assign(
                country=self.country,
                country_name=self.name,
                kind="country",
                indicator=facts["id"],
                period=facts["year"].astype(str),
                reference_year=facts["year"],
                definition=facts["title"],
                vintage="",
                mark="",
                citation=list(cited["citation"]),
                source="",
                projection=False,
                licence="figure restated with its source",
                definition_break=broken,
                reason=reasons,
                grade=[grade(row, self.date.year) for row in cited.to_dict("records")],
                quality=["caution" if reason else "ok" for reason in reasons],
                value=facts["value"].astype(float),
                **_told(facts[["by", "level"]], "").astype(str).set_index(facts.index),
            )
        )

    def platforms(self) -> pd.DataFrame:
        """Services that the young use; a field that nobody has looked up says so."""
        return _told(self._register("platforms"), N_("not yet reviewed"))

    def legal(self) -> pd.DataFrame:
        """The items of the legal and policy checklist."""
        return self._checklist.copy(deep=False)

    @cached_property
    def _checklist(self) -> pd.DataFrame:
        return checklist(self._register("legal"))

    def treaties(self) -> pd.DataFrame:
        """The treaties of the checklist and what was read on each; a field that nobody read is empty."""
        names = load_codebook("registers")["registers"]["treaties"]["treaty"]["allowed"]
        return _told(pd.DataFrame({"treaty": names}).merge(self._register("treaties"), how="left"), "")

    def stakeholders(self) -> pd.DataFrame:
        """Who acts, by influence and interest; organisations and roles, no persons."""
        return _told(self._register("stakeholders"), N_("not yet reviewed"))

    def cautions(self) -> pd.DataFrame:
        """Whom and what the figures leave out: territories, displaced children, breaks."""
        return self._register("cautions")

    def search(self) -> pd.DataFrame:
        """The search log: which databases were asked, when, for what, how much was kept."""
        return self._register("search")

    def read(self, register: str = "") -> tuple[str, str, str]:
        """First and last day of reading, and the day of the last search; empty where it is not recorded.

        Parameters
        ----------
        register : str
            One of the registers; empty: all that hold passages.
        """
        rows = [self._register(name) for name in ([register] if register else ["facts", "legal"])]
        if not any(map(len, rows)):
            return "", "", ""
        days = sorted(str(day) for frame in rows for day in frame["read_on"].dropna())
        searched = sorted(map(str, self.search()["searched_on"]))
        return (days or [""])[0], (days or [""])[-1], (searched or [""])[-1]

    def timeline(self) -> pd.DataFrame:
        """Policy and research from the register, connectivity milestones from the series."""
        events, users, rows = self._register("timeline"), self.series(USERS, [self.country]), []
        for level in MILESTONES:
            above = users[users["estimate"] >= level / 100]
            if len(above) and (users["estimate"] < level / 100).any():
                first = above.iloc[0]
                event = coded("milestone", level=level)
                rows.append(
                    {
                        "date": first["period"],
                        "kind": "connectivity",
                        "event": event,
                        "basis": "read",
                        "citation": first["source"],
                        **first[["file", "row"]],
                    }
                )
        both = pd.concat([events.astype(object), pd.DataFrame(rows, columns=events.columns, dtype=object)])
        return _told(both.assign(date=both["date"].astype(str)).sort_values("date", kind="stable"), "")

    def flags(self) -> pd.DataFrame:
        """Everything odd in the series: breaks, projections, stale ends, disagreements, mixed years."""
        latest = [self.latest(code) for code in self.codes() if code != AGE]
        # The projected population is one remark of the exhibit, not a flag for each age.
        flags = self._flags[(self._flags["flag"] != "projection") | (self._flags["indicator"] != AGE)]
        return pd.concat([flags, *(mixed_years(rows) for rows in latest)], ignore_index=True)


def open_landscape(
    spec: Any,
    root: Path | str,
    *,
    country: str,
    date: dt.date,
    data: Path | str | None = None,
    ages: tuple[int, int] = (9, 17),
) -> Landscape:
    """Open a country's desk review: the shipped snapshot, its registers, further files.

    Parameters
    ----------
    spec : params.data.landscape
        `folder` of registers, `comparison` group, further `series`; all may be empty.
    root : Path or str
        The project folder, which `folder` is below.
    country : str
        ISO code or name.
    date : datetime.date
        Date of the study: what ends ten years before it is stale, what lies after it is a projection.
    data : Path or str, optional
        Folder with data files; default ``$DIGICIT_DATA``.
    ages : (int, int)
        Of the study: what the gap grid asks for.

    Returns
    -------
    Landscape

    Raises
    ------
    LandscapeError
        Unknown country, a named file that is not there, a file that is refused.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> spec = SimpleNamespace(comparison=("UGA", "TZA"))
    >>> kenya = open_landscape(spec, ".", country="Kenya", date=dt.date(2026, 11, 1), data="")
    >>> kenya.latest("IT.NET.USER.ZS")["country"].tolist()
    ['KEN', 'UGA', 'TZA']
    """
    folder = os.environ.get("DIGICIT_DATA", "") if data is None else str(data)
    return Landscape(spec, Path(root), country, date, Path(folder) if folder else None, ages)


def _told(frame: pd.DataFrame, blank: str) -> pd.DataFrame:
    out = frame.convert_dtypes().astype(object).reset_index(drop=True)  # a year beside a blank is no decimal
    return out.where(out.notna(), blank)


def _source(citation: str, source: str, vintage: str) -> str:
    """Citation, survey and vintage; the columns `file` and `row` lead to the cell."""
    parts = [citation or source, source if citation and source not in citation else "", vintage]
    return "; ".join(filter(None, parts))
