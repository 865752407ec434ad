"""The registers of a desk review as tables and figures: sources, law, platforms, actors, events, gaps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from digicit_lib.landscape.words import CELL, DETAILS, MILESTONE
from digicit_lib.language import country, each, retell
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.sentences import value

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.landscape import Landscape

UNREVIEWED = "not yet reviewed by the country team"
SECTORS = {
    "state": (
        "ministry",
        "regulator",
        "police",
        "ombudsperson",
        "parliament",
        "statistics office",
        "school body",
    ),
    "industry and media": ("industry", "media"),
    "civil society and research": ("NGO", "academia", "helpline"),
    "children": ("child-led group",),
    "international": ("donor", "intergovernmental"),
}
QUESTIONS = (
    "Can a child report harm in a language of the country, and does someone answer (Article 19)?",
    "Who sees what a child posts when nothing is changed in the settings (Article 16)?",
    "What is a child shown, why, and can the child change it (Article 17)?",
    "Can a child take part with others without giving up personal data (Article 15)?",
)


class Registers(Workbook):
    """The part of the desk review that reads registers; `Exploratory` completes it."""

    @cached_property
    def landscape(self) -> Landscape:
        """Series and registers of the country."""
        from digicit_lib.landscape import open_landscape
        from digicit_lib.params import Landscape as Spec

        spec, study = self.params.data.landscape or Spec(), self.params.study
        return open_landscape(spec, self.root, country=study.country, date=study.date)

    def _recorded(self, frame: pd.DataFrame) -> pd.DataFrame:
        return self.evidence.add(self._named(frame), kind="source")

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What was measured and where, in the workbook's language; English keeps the names of the UN."""
        if self.language != "en" and "country_name" in frame:
            codes = zip(frame["country"], frame["country_name"], strict=True)
            named = [country(code, self.language) if code else name for code, name in codes]
            frame = frame.assign(country_name=named)
        return frame.assign(title=frame["title"].map(self.say)) if "title" in frame else frame

    def _display(self, frame: pd.DataFrame, title: str, columns: dict[str, str], note: str = "") -> Result:
        """Columns of a register under their printed names."""
        shown = frame[list(columns)].astype(object)
        shown = shown.where(shown.notna(), "").rename(columns={k: self.say(v) for k, v in columns.items()})
        gaps = () if len(frame) else (f"{self.say(title)}: {self.say(UNREVIEWED)}",)
        shown = shown.map(self._spoken)
        return Result(shown, title, notes=(self.say(note),) if note else (), gaps=gaps)

    def flags(self) -> Result:
        """Breaks, projections, old values and disagreements in the figures of this review."""
        columns = {"flag": "What", "country_name": "Country", "indicator": "Figure", "period": "Year"}
        title = "What to worry about in the figures"
        found = self._named(self.landscape.flags())
        found = found.assign(detail=[retell(text, DETAILS, self.language) for text in found["detail"]])
        return self._display(found, title, {**columns, "detail": "Detail"})

    def known(self, *sections: str, title: str = "") -> Result:
        """Figures that the sources of the register printed, each with its year, base and source.

        Parameters
        ----------
        sections : str
            Constructs: access, activities, skills, risks, harm_coping, mediation, rights; empty: all.
        title : str
        """
        rows = self.landscape.facts()
        rows = rows[rows["section"].isin(sections)] if sections else rows
        rows = self._recorded(rows)
        shown = [
            value(x, unit, self.language) for x, unit in zip(rows["estimate"], rows["unit"], strict=True)
        ]
        group = rows["level"].astype(str).replace("", self.say("all"))
        told = {"reason": [each(text, self.language) for text in rows["reason"]]}
        told |= {"source": [retell(text, [CELL], self.language) for text in rows["source"]]}
        marked = rows.assign(shown=shown, group=group, **told)
        columns = {"title": "What", "group": "Group", "shown": "Value", "base": "Base", "period": "Year"}
        columns |= {"source": "Source", "reason": "Caution"}
        return self._display(marked, title or "Figures that sources have printed", columns)

    def cautions(self) -> Result:
        """What the sources cannot see: territories, groups, breaks."""
        columns = {"text": "Caution", "citation": "Source"}
        return self._display(self.landscape.cautions(), "What the sources cannot see", columns)

    def search(self) -> Result:
        """The search log: which databases were asked, when, with which words, and what was kept."""
        columns = {
            "searched_on": "Date",
            "database": "Database",
            "query": "Words",
            "found": "Found",
            "kept": "Kept",
        }
        return self._display(self.landscape.search(), "Search log", {**columns, "rule": "Rule"})

    def initiatives(self) -> Result:
        """What governments began, with what each may mean for expression and information."""
        frame = self.landscape.timeline()
        frame = frame[frame["kind"] == "policy"]
        frame = frame.assign(crc=[_listed(x) for x in frame["crc"]])
        columns = {"date": "Date", "event": "Initiative", "crc": "Articles", "citation": "Source"}
        columns["tension"] = "Tension with expression and information (Articles 13 and 17)"
        return self._display(frame, "Government initiatives", columns)

    def sources(self, *, columns: list[str] | None = None, title: str = "") -> Result:
        """The register of studies and data sources, graded by their kind of sample.

        Parameters
        ----------
        columns : list of str, optional
            Some of study, population, ages, n, sampling, year, measured.
        title : str
        """
        names = {"study": "Study", "population": "Population", "ages": "Ages", "n": "Size"}
        names |= {"sampling": "Kind of sample", "year": "Year", "measured": "Topics"}
        frame = self.landscape.sources()
        lists = {
            name: [each(_listed(x), self.language) for x in frame[name]] for name in ("ages", "measured")
        }
        chosen = {name: names[name] for name in columns or names}
        frame = frame.assign(study=frame["citation"], year=frame["year"].astype(str), **lists)
        return self._display(frame, title or "Studies and data sources", chosen)

    def platforms(self, *, local: bool = False, title: str = "") -> Result:
        """Services that children use, as far as the team has reviewed them.

        Parameters
        ----------
        local : bool
            Only services with a local name in the country's register.
        title : str
        """
        columns = {
            "name": "Service",
            "owner": "Owner",
            "main_use": "Main use",
            "minimum_age": "Stated minimum age",
        }
        columns |= {"reporting_tool": "Reporting in a local language", "legal_status": "Legal status"}
        columns |= {"checked_on": "Checked on"}
        return self._display(self._platforms(local), title or "Platform landscape", columns)

    def _platforms(self, local: bool) -> pd.DataFrame:
        frame = self.landscape.platforms()
        return frame[~frame["local_name"].isin(["", "not yet reviewed"])] if local else frame

    def platform_questions(self, *, local: bool = False) -> list[str]:
        """What a children's panel would ask of each service that has not been reviewed."""
        frame = self._platforms(local)
        names = ", ".join(frame.loc[frame["reporting_tool"] == "not yet reviewed", "name"].astype(str))
        lead = [self.say("Not yet reviewed: {names}", names=names)] if names else []
        return lead + [self.say(question) for question in QUESTIONS]

    def legal(self) -> Result:
        """The thirty items of law and policy with their status."""
        columns = {"item": "Item", "title": "Question", "norm": "Norm", "answer": "Answer"}
        columns |= {"status": "Status", "citation": "Where to look"}
        frame = self.landscape.legal()
        status = frame["status"].replace("to be confirmed by the country team", "to be confirmed")
        frame = frame.assign(item=frame["item"].astype(str), status=status, norm=frame["norm"].map(self.norm))
        note = "A place to look is not a finding: only a verified answer is."
        return self._display(frame, "Legal and policy checklist", columns, note)

    def timeline(self) -> Result:
        """Policy, research and steps of connectivity in the order of time."""
        names = {"event": "title", "date": "period", "kind": "category"}
        frame = self.landscape.timeline().rename(columns=names)
        frame = frame.assign(title=[retell(text, [MILESTONE], self.language) for text in frame["title"]])
        gaps = () if len(frame) else (f"{self.say('Timeline')}: {self.say(UNREVIEWED)}",)
        source = self.say("Register of the study and its series")
        return Result(frame, "Policy, research and connectivity", "timeline", source=source, gaps=gaps)

    def stakeholders(self) -> Result:
        """Organisations by influence and interest, as the team judges them."""
        frame = self.landscape.stakeholders()
        whole = [[isinstance(x, int) for x in frame[name]] for name in ("influence", "interest")]
        rated = frame.loc[[a and b for a, b in zip(*whole, strict=True)]]
        gaps = () if len(rated) else (f"{self.say('Stakeholder map')}: {self.say(UNREVIEWED)}",)
        sector = {kind: name for name, kinds in SECTORS.items() for kind in kinds}
        sectors = [self.say(sector[str(kind)]) for kind in rated["type"]]
        rated = rated.rename(columns={"name": "title"}).assign(category=sectors)
        rated = rated.assign(title=rated["title"].map(self._spoken))
        note = self.say("Positions are the team's judgement, from one (low) to five (high).")
        made = [bool(_invented(row)) for row in rated["invented"]] if len(rated) else []
        rated = rated.assign(data_kind=["synthetic" if yes else "observed" for yes in made])
        return Result(rated, "Who acts: influence and interest", "positions", notes=(note,), gaps=gaps)

    def gap_grid(self) -> Result:
        """Studies by topic and age group, with the best kind of sample."""
        grid = self.landscape.gap_grid()
        topics = [self.say(str(name).replace("_", " and ").capitalize()) for name in grid["construct"]]
        words = [self.say(quality) for quality in grid["quality"]]
        numbers = grid["n_sources"].astype(float)
        fixed = {"by": "age_group", "statistic": "value", "unit": "count"}
        frame = grid.assign(title=topics, level=grid["age_group"], estimate=numbers, text=words, **fixed)
        frame = frame.assign(indicator=grid["construct"])
        shown = frame.drop(columns=["quality"])
        subtitle = self.say("Best kind of source in the register, by topic and age group")
        return Result(shown, "What has been measured, and what has not", "matrix", subtitle, "count")


def _listed(cell: object) -> str:
    if not isinstance(cell, list):
        return ""
    numbers = all(isinstance(x, int) for x in cell)
    return "–".join(map(str, cell)) if numbers else ", ".join(str(x).replace("_", " and ") for x in cell)


def _invented(fields: object) -> list[str]:
    return fields if isinstance(fields, list) else []
