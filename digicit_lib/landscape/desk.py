"""A country's desk review: series, registers and flags, each as a frame that a table or figure can show."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from digicit_lib.errors import LandscapeError
from digicit_lib.landscape import registers
from digicit_lib.landscape.checks import check, mixed_years
from digicit_lib.landscape.countries import CODEBOOK, match, un_members, un_name
from digicit_lib.landscape.readers import TERMS, series
from digicit_lib.safe import file_sha256, inside, load_yaml

PILOT_METHOD = "unweighted, opt-in: not a population estimate"
DESK_METHOD = "desk review: figure of the source, not estimated here"
AGE = "SP.POP.AGE"
_EMPTY = (
    "se",
    "ci_low",
    "ci_high",
    "confidence_level",
    "n",
    "n_yes",
    "n_psu",
    "df",
    "deff",
    "sum_w",
    "missing_share",
)
_UNITS = {"percent": ("share", 100)}


class Spec(Protocol):
    """What `data.landscape` of a params file says."""

    folder: str
    comparison: tuple[str, ...]
    series: tuple[Any, ...]


class Landscape:
    """The desk review of one country; open one with `open_landscape`.

    Attributes
    ----------
    country, name : str
        ISO code and UN name.
    comparison : list of str
        ISO codes of the comparison group.
    rows : DataFrame
        Every value read, as `series` returns it, with `quality` and `reason`.
    """

    def __init__(self, spec: Spec, root: Path, country: str, date: dt.date, data: Path | None) -> None:
        self.country, self.name, self.date = match(country)[0], un_name(country), date
        if not self.country:
            raise LandscapeError("A study needs a country, not a group.", got=country)
        peers = [match(code)[0] for code in spec.comparison] or un_members(self.country)
        self.comparison = [code for code in dict.fromkeys(peers) if code and code != self.country]
        self.folder = inside(root, spec.folder) if spec.folder else None
        self.files: list[dict[str, Any]] = []
        self.missing: list[dict[str, str]] = []
        read = self._shipped() + self._named(spec.series, data) + self._optional(data)
        scope = [part[part["country"].isin([self.country, *self.comparison])] for part in read]
        self.rows, self._flags = check(pd.concat(scope, ignore_index=True), date.year)

    # --- reading ------------------------------------------------------------------------------------

    def _shipped(self) -> list[pd.DataFrame]:
        return [self._read(CODEBOOK / name, "wdi", {}) for name in ("snapshot.csv", "population.csv")]

    def _named(self, specs: Iterable[Any], data: Path | None) -> list[pd.DataFrame]:
        """Files that the params name: they must be there, or the report would lose them silently."""
        found = []
        for spec in specs:
            terms = {term: getattr(spec, term, "") for term in TERMS}
            path = _find(data, spec.file)
            if path is None:
                raise LandscapeError(
                    "An indicator file named in the params is not there.", got=spec.file,
                    where="data.landscape.series", next="put it under $DIGICIT_DATA, or take it out",
                )  # fmt: skip
            found.append(self._read(path, spec.format, terms))
        return found

    def _optional(self, data: Path | None) -> list[pd.DataFrame]:
        """Known files that cannot ship: read when they are there, else told with the way to get them."""
        found = []
        for entry in load_yaml(CODEBOOK / "series.yaml")[0]["optional"]:
            if any(file["name"] == entry["file"] for file in self.files):
                continue
            path = _find(data, entry["file"])
            if path is None:
                self.missing.append({k: entry[k] for k in ("indicator", "file", "where", "why")})
            else:
                found.append(self._read(path, entry["format"], {}))
        return found

    def _read(self, path: Path, format: str, terms: Mapping[str, object]) -> pd.DataFrame:
        rows = series(path, format, **terms)
        self.files.append({"name": path.name, "sha256": file_sha256(path), "rows": len(rows)})
        return rows

    def _register(self, name: str) -> pd.DataFrame:
        return registers.load_register(self.folder or Path(), name) if self.folder else _no_rows(name)

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
            Estimates frame (`statistic` value, percentages as shares of 1), with country_name, source,
            licence, reference_year, projection, definition_break, file, row. Values of other countries than
            the study's have ``by`` "country", so that every id is unique. No rows when nobody has them.

        Raises
        ------
        LandscapeError
            A country that is neither the study's nor in its comparison group.
        """
        wanted = [match(c)[0] for c in countries] if countries else [self.country, *self.comparison]
        outside = set(wanted) - {self.country, *self.comparison}
        if outside:
            raise LandscapeError(
                "A country is not in this desk review.", got=", ".join(sorted(outside)),
                allowed=", ".join([self.country, *self.comparison]), next="add it to data.landscape.comparison",
            )  # fmt: skip
        rows = self.rows[
            (self.rows["indicator"] == code) & (self.rows["by"] == by) & ~self.rows["superseded"]
        ]
        rows = rows[rows["country"].isin(wanted)]
        order = rows["country"].map({c: i for i, c in enumerate(wanted)})
        return self._estimates(rows.assign(o=order).sort_values(["o", "reference_year"], kind="stable"))

    def latest(self, code: str, countries: Sequence[str] | None = None, *, by: str = "") -> pd.DataFrame:
        """The newest observed value of each country and level: never a projection, never a withheld one."""
        rows = self.series(code, countries, by=by)
        rows = rows[~rows["projection"] & (rows["quality"] != "suppressed")]
        return rows.drop_duplicates(["country", "level"], keep="last").reset_index(drop=True)

    def population(self, ages: tuple[int, int] = (0, 24), year: int | None = None) -> pd.DataFrame:
        """Population by gender and single year of age in the study's year: a pyramid of the young.

        Parameters
        ----------
        ages : (int, int)
            First and last age in completed years, at most 24 in the shipped figures.
        year : int, optional
            Default the study's year, or the nearest that the file has.

        Returns
        -------
        DataFrame
            Estimates frame with ``by`` "gender,age"; no rows for a country whose file is not there.
        """
        rows = self._ages(year)
        return self._estimates(
            rows[rows["age"].between(*ages) & ~rows["open"]].sort_values(["gender", "age"])
        )

    def youth(self, ages: tuple[int, int], year: int | None = None) -> pd.DataFrame:
        """How many children of the study's ages there are, by gender and together, and their share of all.

        Returns
        -------
        DataFrame
            Estimates frame: SP.POP.YOUTH (persons; all, female, male) and SP.POP.YOUTH.ZS (share of all).
        """
        rows = self._ages(year)
        if rows.empty:
            return self._estimates(rows)
        inside_ages = rows["age"].between(*ages) & ~rows["open"]
        base = f"persons aged {ages[0]} to {ages[1]}"
        first = rows.iloc[[0]].assign(by="", level="", base=base, title=base.capitalize())
        part = rows.loc[inside_ages]
        counts = [("", "", part["value"].sum())]
        counts += [("gender", str(g), v) for g, v in part.groupby("gender")["value"].sum().items()]
        found = [first.assign(indicator="SP.POP.YOUTH", by=b, level=g, value=v) for b, g, v in counts]
        share = {"indicator": "SP.POP.YOUTH.ZS", "unit": "percent", "base": "total population",
                 "title": f"Share of the population aged {ages[0]} to {ages[1]}"}  # fmt: skip
        found.append(first.assign(**share, value=100 * counts[0][2] / rows["value"].sum()))
        return self._estimates(pd.concat(found))

    def _ages(self, year: int | None) -> pd.DataFrame:
        rows = self.rows
        mine = rows[(rows["indicator"] == AGE) & (rows["country"] == self.country) & ~rows["superseded"]]
        mine = mine.assign(gender=mine["level"].str.split(",").str[0], open=mine["level"].str.endswith("+"))
        mine["age"] = pd.to_numeric(mine["level"].str.extract(r",(\d+)")[0])
        if mine.empty:
            return mine
        years = sorted(set(mine["reference_year"]))
        nearest = min(years, key=lambda y: abs(y - (year or self.date.year)))
        mine = mine[mine["reference_year"] == nearest]
        # A whole UN file has ages 25 and over one by one, beside the shipped file's group of them.
        return mine[~mine["open"]] if (mine["age"] > 25).any() else mine

    def _estimates(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The contract's columns; a withheld value is empty and keeps its reason."""
        own = rows["country"] == self.country
        divisor = rows["unit"].map(lambda unit: _UNITS.get(unit, (unit, 1))[1]).astype(float)
        out = rows.assign(
            statistic="value", category="", method=DESK_METHOD, data_kind="observed", question=rows["definition"],
            unit=rows["unit"].map(lambda unit: _UNITS.get(unit, (unit, 1))[0]),
            estimate=(rows["value"] / divisor).where(rows["quality"] != "suppressed"),
            by=rows["by"].where(own, ("country," + rows["by"]).str.rstrip(",")),
            level=rows["level"].where(own, (rows["country"] + "," + rows["level"]).str.rstrip(",")),
            source=[_source(*r) for r in rows[["citation", "source", "vintage", "file", "row"]].itertuples(index=False)],
            **dict.fromkeys(_EMPTY, float("nan")),
        )  # fmt: skip
        return out.drop(columns=["value", "superseded", "o"], errors="ignore").reset_index(drop=True)

    # --- registers ----------------------------------------------------------------------------------

    def sources(self) -> pd.DataFrame:
        """The literature and data sources, graded by their kind of sampling."""
        return self._register("sources")

    def gap_grid(self) -> pd.DataFrame:
        """Construct by age group: the best kind of source, or none."""
        return registers.gap_grid(self.sources())

    def facts(self, section: str = "") -> pd.DataFrame:
        """Figures that the sources printed, as an estimates frame; each cites its source by id."""
        facts, known = self._register("facts"), self.sources().set_index("id")
        lost = sorted(set(facts["source"]) - set(known.index))
        if lost:
            raise LandscapeError("A fact cites an unknown source.", where="facts.yaml", got=", ".join(lost))
        facts = facts[facts["section"] == section] if section else facts
        cited = known.reindex(facts["source"])
        year = facts["year"].astype("Int64").astype(str)
        broken = facts["definition_break"].fillna(False).astype(bool)
        weak = ~cited["sampling"].isin(["probability", "administrative"]).to_numpy()
        marks = ["press report" if basis == "press" else "" for basis in facts["basis"]]
        reasons = [", ".join(filter(None, (f"{s} source" if w else "", m, "definition break" if b else "")))
                   for s, w, m, b in zip(cited["sampling"], weak, marks, broken, strict=True)]  # fmt: skip
        rows = facts.assign(
            country=self.country, country_name=self.name, kind="country", indicator=facts["id"], period=year,
            reference_year=facts["year"], definition=facts["title"], vintage="", citation=list(cited["citation"]),
            licence="figure restated with its source", projection=False, definition_break=broken, mark="",
            source="", quality=["caution" if r else "ok" for r in reasons], reason=reasons,
            by=facts["by"].fillna(""), level=facts["level"].fillna("").astype(str),
        )  # fmt: skip
        return self._estimates(rows)

    def platforms(self) -> pd.DataFrame:
        """Services that the young use; a field that nobody has looked up says so."""
        return _told(self._register("platforms"), "not yet reviewed")

    def legal(self) -> pd.DataFrame:
        """The 30 items of the legal and policy checklist."""
        return registers.checklist(self._register("legal"))

    def stakeholders(self) -> pd.DataFrame:
        """Who acts, by influence and interest; organisations and roles, no persons."""
        return _told(self._register("stakeholders"), "not yet reviewed")

    def cautions(self) -> pd.DataFrame:
        """Whom and what the figures leave out: territories, displaced children, breaks."""
        return self._register("cautions")

    def search(self) -> pd.DataFrame:
        """The search log: which databases were asked, when, for what, how much was kept."""
        return self._register("search")

    def timeline(self) -> pd.DataFrame:
        """Policy and research from the register, connectivity milestones from the series."""
        kept = self._register("timeline")
        users = self.series("IT.NET.USER.ZS", [self.country])
        users = users[users["quality"] != "suppressed"]
        rows = []
        for level in (0.25, 0.5, 0.75, 0.9):
            above = users[users["estimate"] >= level]
            if len(above) and (users["estimate"] < level).any():
                first = above.iloc[0]
                rows.append({"date": str(first["period"]), "kind": "connectivity", "citation": first["source"],
                             "event": f"First year in which at least {level:.0%} of the population used the internet",
                             "basis": "read", "file": first["file"], "row": first["row"]})  # fmt: skip
        out = pd.concat(
            [kept, pd.DataFrame(rows, columns=kept.columns if not rows else None)], ignore_index=True
        )
        return _told(
            out.assign(date=out["date"].astype(str)).sort_values("date", kind="stable", ignore_index=True), ""
        )

    def flags(self) -> pd.DataFrame:
        """Everything odd in the series: definition breaks, projections, stale ends, disagreements, mixed years."""
        latest = [self.latest(code) for code in self.codes() if code != AGE]
        shown = [mixed_years(frame) for frame in latest if len(frame)]
        flags = self._flags[(self._flags["flag"] != "projection") | (self._flags["indicator"] != AGE)]
        return pd.concat([flags, *shown], ignore_index=True)


def open_landscape(
    spec: Spec, root: Path | str, *, country: str, date: dt.date, data: Path | str | None = None
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

    Returns
    -------
    Landscape

    Raises
    ------
    LandscapeError
        Unknown country, a named file that is not there, a file or register that is refused.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> spec = SimpleNamespace(folder="", comparison=("UGA", "TZA"), series=())
    >>> kenya = open_landscape(spec, ".", country="Kenya", date=dt.date(2026, 11, 1), data="")
    >>> kenya.latest("IT.NET.USER.ZS")["country"].tolist()
    ['KEN', 'UGA', 'TZA']
    """
    named = os.environ.get("DIGICIT_DATA", "") if data is None else str(data)
    return Landscape(spec, Path(root), country, date, Path(named) if named else None)


def pilot(
    answers: pd.DataFrame,
    indicators: Mapping[str, str],
    *,
    by: Sequence[str] = ("",),
    data_kind: str = "observed",
) -> pd.DataFrame:
    """Describe a small opt-in survey: plain shares of those who answered, and no claim beyond them.

    Parameters
    ----------
    answers : DataFrame
        Respondents: a column an indicator (1.0, 0.0, NaN), a column a breakdown.
    indicators : mapping of str to str
        Column to title.
    by : sequence of str
        Breakdown columns; "" is everyone.
    data_kind : {"observed", "synthetic"}

    Returns
    -------
    DataFrame
        Estimates frame without standard error or interval; every row is `caution`, with the reason.

    Raises
    ------
    LandscapeError
        A column is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> shown = pilot(pd.DataFrame({"ACC-03": [1.0, 0.0, None, 1.0]}), {"ACC-03": "Goes online daily"})
    >>> round(float(shown["estimate"].iloc[0]), 3), int(shown["n"].iloc[0]), shown["method"].iloc[0]
    (0.667, 3, 'unweighted, opt-in: not a population estimate')
    """
    lacking = [c for c in (*indicators, *filter(None, by)) if c not in answers]
    if lacking:
        raise LandscapeError("The pilot lacks a column.", got=", ".join(lacking))
    rows = []
    for name, title in indicators.items():
        for breakdown in by:
            groups = answers.groupby(breakdown, observed=True) if breakdown else [("", answers)]
            for level, group in groups:
                valid = group[name].dropna()
                rows.append({"indicator": name, "title": title, "by": breakdown, "level": str(level), "n": len(valid),
                             "n_yes": float(valid.sum()), "estimate": float(valid.mean()),
                             "missing_share": 1 - len(valid) / max(len(group), 1)})  # fmt: skip
    fixed = {"statistic": "share", "category": "", "period": "", "unit": "share", "method": PILOT_METHOD,
             "base": "those who took part in the pilot", "quality": "caution", "data_kind": data_kind,
             "reason": "opt-in pilot: describes those who took part and nobody else"}  # fmt: skip
    rest = [column for column in _EMPTY if column not in ("n", "n_yes", "missing_share")]
    return pd.DataFrame(rows).assign(**fixed, **dict.fromkeys(rest, float("nan")))


def _find(data: Path | None, name: str) -> Path | None:
    """A file below the data folder: at its place, or in a folder just below."""
    if data is None or not data.is_dir():
        return None
    direct = inside(data, name)
    if direct.is_file():
        return direct
    return next((path for path in sorted(data.glob(f"*/{Path(name).name}")) if path.is_file()), None)


def _no_rows(name: str) -> pd.DataFrame:
    return registers.load_register(Path("/nonexistent"), name)


def _told(frame: pd.DataFrame, blank: str) -> pd.DataFrame:
    out = frame.astype(object)
    return out.where(out.notna(), blank)


def _source(citation: str, source: str, vintage: str, file: str, row: int) -> str:
    """One line that leads back to the cell: citation, survey, vintage, file and line."""
    parts = [citation or source, source if citation and source not in citation else "", vintage]
    return "; ".join([*filter(None, parts), f"{file} line {row}"])
