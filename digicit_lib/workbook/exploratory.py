"""Questions to a desk review: series with their sources, registers, gaps, what the next phases should ask."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from digicit_lib import synthetic
from digicit_lib.codebook import SECTIONS, instrument, rights
from digicit_lib.data.opening import respondents_of
from digicit_lib.data.raw import Raw
from digicit_lib.evidence import Estimate
from digicit_lib.landscape import Landscape, open_landscape, pilot
from digicit_lib.landscape.countries import load_codebook
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.params import Design
from digicit_lib.params import LandscapeSection as Spec
from digicit_lib.workbook import review_chapters, review_law, review_tables, statements
from digicit_lib.workbook.base import BaseWorkbook
from digicit_lib.workbook.findings import NotShown, render, value
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.study_facts import NOBODY_ASKED, boxed, told
from digicit_lib.workbook.survey_guards import LEVELS

SERIES = ("IT.NET.USER.ZS", "IT.CEL.SETS.P2", "IT.NET.BBND.P2")
YOUTH = "SP.POP.YOUTH"
CONNECTIVITY = "UNICEF.SCHOOL.CONNECTIVITY"
PILOT = ("ACC-03", "ACC-08", "OPP-10", "SKL-02", "MED-02", "RGT-04")


class Exploratory(BaseWorkbook):
    """The desk review of a study."""

    phase = "exploratory"

    @cached_property
    def landscape(self) -> Landscape:
        """Series and registers of the country."""
        spec, study = self.params.data.landscape or Spec(), self.params.study
        ages = self.params.population.ages
        return open_landscape(spec, self.root, country=study.country, date=study.date, ages=ages)

    def _recorded(self, frame: pd.DataFrame) -> pd.DataFrame:
        return self.evidence.add(review_tables.named(self.voice, frame), kind="source")

    def find(self, token: str) -> Estimate:
        """The estimate of a token; the main figures are recorded before the first sentence."""
        _ = self._main
        name = token.split("/")[0]
        if name in (*SERIES, YOUTH) and name not in {r["indicator"] for r in self.evidence.rows.values()}:
            raise NotShown([self._unpublished(name)])
        return super().find(token)

    @cached_property
    def _main(self) -> int:
        """Record the figures that sentences may cite: series, the young, law, gaps."""
        for code in SERIES:
            self._recorded(self.landscape.series(code))
        self._recorded(self.landscape.youth(self.params.population.ages))
        self._recorded(self.landscape.facts())
        legal, grid = self.landscape.legal(), self.landscape.gap_grid()
        self._count("LEGAL.items", len(legal), N_("items of the legal and policy checklist"))
        self._count(
            "LEGAL.answered", review_law.answered(legal), N_("items with an answer from a text that was read")
        )
        verified = int((legal["status"] == "verified").sum())
        self._count("LEGAL.verified", verified, "items with a verified answer")
        self._count("GAPS.cells", len(grid), "combinations of topic and age group")
        empty, old = (int((grid["coverage"] == state).sum()) for state in ("none", "old"))
        self._count("GAPS.empty", empty, N_("combinations without a study in the register"))
        self._count("GAPS.old", old, N_("combinations with studies of before the last ten years only"))
        recent = len(grid) - old - empty
        self._count("GAPS.recent", recent, N_("combinations with a study of the last ten years"))
        return len(self.evidence)

    def _count(self, name: str, count: int, title: str) -> None:
        row = {
            "indicator": name,
            "statistic": "value",
            "estimate": float(count),
            "unit": "count",
            "title": title,
        }
        method = "count over the registers of this review"
        self._recorded(pd.DataFrame([{**row, "method": method, "quality": "ok"}]))

    # --- series -------------------------------------------------------------------------------------

    def series(self, *codes: str, title: str = "") -> Result:
        """Indicators over the years in the country and its comparison group, one panel an indicator.

        Parameters
        ----------
        codes : str
            Such as ``"IT.NET.USER.ZS"``.
        title : str
            Of several indicators together.
        """
        rows = pd.concat([self._recorded(self.landscape.series(code)) for code in codes], ignore_index=True)
        result = self._series(rows, ", ".join(codes), "trend")
        if len(codes) == 1 or rows.empty:
            return result
        firsts = rows.drop_duplicates("indicator")
        pairs = zip(firsts["title"], firsts["definition"], strict=True)
        notes = [f"{self.say(t)}: {self.say(d)}" for t, d in pairs]
        sources = "; ".join(dict.fromkeys(firsts["citation"] + " " + firsts["licence"]))
        topic = title or ", ".join(firsts["title"])
        titles = "; ".join(self._headed(part) for _, part in rows.groupby("indicator", sort=False))
        result = replace(result, title=titles, subtitle=self.say(topic), source=sources)
        return replace(result, notes=tuple(notes), options={**result.options, "topic": topic})

    def since(self, series: Result, year: str) -> Result:
        """A series from a year on, its first and last value above: `review_chapters.since`."""
        return review_chapters.since(self.voice, series, self.params.study.country, year)

    def latest(self, code: str) -> Result:
        """The newest observed value of each country, each with its year; alphabetical, not ranked.

        Parameters
        ----------
        code : str
        """
        rows = self._recorded(self.landscape.latest(code)).sort_values("country_name", ignore_index=True)
        return self._series(rows, code, "country_dots")

    def _unpublished(self, code: str) -> str:
        """The gap of a series of which there is no value, in words."""
        title = load_codebook("series")["series"].get(code, {}).get("title", N_("Population by age"))
        return f"{self.say(title)}: {self.say('no published value for this country')}"

    def _series(self, rows: pd.DataFrame, code: str, figure: str) -> Result:
        if rows.empty:
            return Result(rows, code, gaps=tuple(map(self._unpublished, code.split(", "))))
        rows = rows.rename(columns={"definition_break": "break", "projection": "projected"})
        first = rows.iloc[0]
        return Result(
            rows,
            self._headed(rows, figure == "country_dots"),
            figure,
            subtitle=self.say(str(first["base"])),
            unit=str(first["unit"]),
            source=f"{first['citation']} {first['licence']}",
            notes=tuple(filter(None, [self.say(str(first["definition"]))])),
            options={"highlight": self.params.study.country, "topic": str(first["title"])},
        )

    def _headed(self, rows: pd.DataFrame, others: bool = False) -> str:
        return review_chapters.headed(self.voice, rows, self.params.study.country, others)

    def youth(self) -> Result:
        """Children and young people by age and gender."""
        rows = self.landscape.population()
        if rows.empty:
            return Result(rows, N_("Population by age"), gaps=(self.say("Population by single year of age"),))
        rows = self._recorded(rows).rename(columns={"projection": "projected"})
        first, year = rows.iloc[0], str(rows.iloc[0]["period"])
        note = (self.say("{year} is a projection.", year=year),) if first["projected"] else ()
        _, topic = self._main, self.say("Young people by age, {year}", year=year)
        totals = {r["level"]: r["estimate"] for r in self.evidence.rows.values() if r["indicator"] == YOUTH}
        youngest, oldest = self.params.population.ages
        ages = f"{self.say('Ages')} {youngest}–{oldest}"
        title = f"{ages}: {value(totals[''], 'persons', self.language)} ({year})" if totals else topic
        source = f"{first['citation']} {first['licence']}"
        words = [[self.say(LEVELS.get(x, x)) for x in level.split(",")] for level in rows["level"]]
        counts = rows.assign(unit="count", level_label=list(map(", ".join, words)))
        base = f"{topic} · {self.say(str(first['base']))}"
        sums = {self.say(LEVELS.get(k, k)): value(n, "count", self.language) for k, n in totals.items()}
        options = {"topic": topic, "sums": sums, "ages": [*map(str, range(youngest, oldest + 1))]}
        return Result(counts, title, "pyramid", base, "count", source, note, options=options)

    def connectivity(self) -> Result:
        """Internet at home of school-age children by residence and wealth, where the file is there."""
        title = N_("Internet at home of children of school age")
        absent = [m for m in self.landscape.missing if m["indicator"] == CONNECTIVITY]
        gaps = tuple(f"{self.say(title)} ({self.say(m['why'])}; {self.say(m['where'])})" for m in absent)
        parts = [self.landscape.latest(CONNECTIVITY, by=by) for by in ("", "residence", "wealth")]
        rows = pd.concat([self._recorded(part).assign(group=part["level"]) for part in parts])
        if rows.empty:
            return Result(rows, title, gaps=gaps)
        values = zip(rows["estimate"], rows["unit"], strict=True)
        lines = [value(x, unit, self.language) for x, unit in values]
        last = rows["level"].astype(str).str.split(",").str[-1]
        totals = rows["by"].isin(["", "country"])
        rows = rows.assign(shown=lines, group=last.map(self.say).where(~totals, self.say("all")))
        columns = label_table("connectivity columns")
        table = review_tables.display(self.voice, rows, title, columns)
        return review_tables.placed(table, self.voice, rows)

    def pilot(self) -> Result:
        """The answers of a small opt-in pilot, unweighted and worded so."""
        spec = self.params.data.landscape.pilot if self.params.data.landscape else None
        if spec is None:
            return Result(pd.DataFrame(), N_("Pilot"), gaps=(self.say("Pilot: none was run"),))
        raw = synthetic.draw_pilot(spec.seed)
        tool = instrument("digicit").model_copy(update={"design": {"unweighted": True}})
        params = self.params.model_copy(update={"design": Design(unweighted=True)})
        survey = respondents_of(params, tool, Raw(raw), {"name": "SYNTHETIC pilot", "rows": len(raw)}, [])
        titles = {n: self.say(survey.indicators[n].title) for n in PILOT if n in survey.indicators}
        frame = self._recorded(pilot(survey.frame, titles, data_kind="synthetic"))
        base = self.say(str(frame["base"].iloc[0]))
        return Result(frame, N_("Pilot: what those who answered said"), subtitle=base, unit="share")

    def _stamped(self, result: Result, register: str) -> Result:
        return review_tables.stamped(result, self.landscape, self.voice, register)

    # --- registers ----------------------------------------------------------------------------------

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
        kinds = list(dict.fromkeys(rows["indicator"]))  # figures of one kind stand together
        rows = rows.sort_values("indicator", key=lambda names: names.map(kinds.index), kind="stable")
        table = review_tables.known_figures(self.voice, self._recorded(rows), title=title)
        return self._stamped(table, "facts")

    def flags(self) -> Result:
        """Breaks, projections, old values and disagreements in the figures: `review_tables.flags`."""
        return review_tables.flags(self.landscape, self.voice)

    def cautions(self) -> Result:
        """What the sources cannot see: `review_tables.cautions`."""
        return self._stamped(review_tables.cautions(self.landscape, self.voice), "cautions")

    def search(self) -> Result:
        """The search log: `review_tables.search`."""
        return self._stamped(review_tables.search(self.landscape, self.voice), "search")

    def flow(self) -> Result:
        """From searches to figures, with the days of reading: `review_tables.search_flow`."""
        return review_tables.search_flow(self.landscape, self.voice)

    def initiatives(self) -> Result:
        """What governments began: `review_tables.initiatives`."""
        return self._stamped(review_tables.initiatives(self.landscape, self.voice), "timeline")

    def sources(self, *, columns: list[str] | None = None, title: str = "") -> Result:
        """The register of studies and data sources: `review_tables.sources`."""
        table = review_tables.sources(self.landscape, self.voice, columns=columns, title=title)
        return self._stamped(table, "facts")

    def platforms(self, *, local: bool = False, title: str = "") -> Result:
        """Services that children use: `review_tables.platforms`."""
        table = review_tables.platforms(self.landscape, self.voice, local=local, title=title)
        return self._stamped(table, "platforms")

    def platform_questions(self, *, local: bool = False) -> list[str]:
        """What a children's panel would ask of each service: `review_tables.platform_questions`."""
        questions = review_tables.platform_questions(self.landscape, self.voice, local=local)
        self.exhibits.given |= set(questions)
        return questions

    def legal(self) -> Result:
        """The items of law and policy with their status: `review_law.legal`."""
        return self._stamped(review_law.legal(self.landscape, self.voice), "legal")

    def treaties(self) -> Result:
        """Treaties, their status and reservations: `review_law.treaties`."""
        return self._stamped(review_law.treaties(self.landscape, self.voice), "treaties")

    def timeline(self) -> Result:
        """Policy, research and steps of connectivity in the order of time: `review_tables.timeline`."""
        return self._stamped(review_tables.timeline_table(self.landscape, self.voice), "timeline")

    def stakeholders(self) -> Result:
        """Organisations by influence and interest: `review_tables.stakeholders`."""
        return self._stamped(review_tables.stakeholders(self.landscape, self.voice), "stakeholders")

    def gap_grid(self) -> Result:
        """Studies by topic and age group: `review_tables.gap_grid`."""
        return self._stamped(review_tables.gap_grid(self.landscape, self.voice), "facts")

    # --- rights, next steps, closing ----------------------------------------------------------------

    def rights(self) -> Result:
        """Articles with the studies and legal answers that speak to them."""
        facts_by_article = {a["article"]: self._known(a["article"]) for a in rights.articles()}
        names = (N_("Article"), N_("Right"), N_("General Comment 25, paragraphs"), N_("In this review"))
        heads = [self.say(name) for name in names]
        frame = rights.rights_table(facts_by_article, heads, self.say("nothing known"), self.say)
        return Result(frame, N_("Articles of the Convention and what is known"))

    def _known(self, article: int) -> list[str]:
        sections, legal = set(rights.sections_of(article)), self.landscape.legal()
        studies = [s for on in self.landscape.sources()["measured"] if (s := sections & set(on))]
        answers = legal[[article in (crc or []) for crc in legal["crc"]]]
        titles = [SECTIONS[s] for s in SECTIONS if s in set().union(*studies)]
        topics, n = ", ".join(self.voice.lower(self.say(title)) for title in titles), len(studies)
        facts = [self.say("studies in the register on {topics}: {n}", topics=topics, n=n)] if n else []
        law = self.say(review_law.ANSWERED, n=review_law.answered(answers), of=len(answers))
        if article in self._reserved:
            facts.append(self.say(statements.RESERVED))
        return [*facts, law] if len(answers) else facts

    @cached_property
    def _reserved(self) -> list[int]:
        return statements.reserved(self.landscape.treaties())

    def register_state(self) -> None:
        """What the register of studies holds: nothing, old studies only, or newer ones."""
        if self.landscape.sources().empty:
            self.bullets([self.say("The register of studies of this country has not been filled.")])
            return
        if line := review_chapters.headline(self.landscape, self.voice):
            before, token, after = line
            parts = render(token, self.find, self.language, written=True)
            self._found("".join(line), [before, *parts, after], True)
        self.finding(
            N_(
                "Of {GAPS.cells} combinations of topic and age group {GAPS.empty} are without a study in the "
                "register, {GAPS.old} have only studies of before the last ten years, {GAPS.recent} have a "
                "newer one."
            )
        )

    def opportunities(self) -> None:
        """What figures of the registers say of access, activities and skills, and what nobody measured."""
        self._chapter(review_chapters.OPPORTUNITIES)

    def risks_known(self) -> None:
        """What they say of risks, help, mediation and rights; never harm from risk."""
        self._chapter(review_chapters.RISKS)

    def _chapter(self, sections: tuple[str, ...]) -> None:
        for source, lines in review_chapters.stated(self.landscape, self.voice, sections).items():
            self.bullets(lines, title=source)
        gaps = review_chapters.unknown(self.landscape, self.voice, sections)
        self.bullets(gaps, title=N_("What is not known"))

    def measures(self) -> None:
        """Measures that touch expression, information or privacy, as far as texts were read."""
        self.bullets(review_law.measures(self.landscape, self.voice))

    def conclusions(self) -> None:
        """What the registers bear, topic by topic."""
        self.bullets(review_chapters.conclusions(self.landscape, self.voice))

    def recommendations(self) -> None:
        """What the gaps ask of the next phases; nothing follows from a register that nobody filled."""
        grid, legal = self.landscape.gap_grid(), self.landscape.legal()
        weak = grid[grid["quality"] != "probability"]  # topics and ages without a recent probability sample
        empty = self.landscape.sources().empty
        items = [] if empty else review_chapters.lines_of(review_chapters.WEAK, weak, self.voice)
        if empty:
            items.append(self.say("Fill the register of studies, with a log of the searches."))
        items += review_law.open_ends(legal, self.voice)
        for title, lines in review_law.asks(self.landscape, self.voice).items():
            self.bullets(lines, title=title)
        self.bullets(items, title=N_("For the next phases"))

    def facts(self) -> None:
        """The cover, with the box on ethics and safeguarding."""
        super().facts()
        nobody = "" if (self.params.data.landscape or Spec()).pilot else self.say(NOBODY_ASKED)
        items = boxed(self.params, consent=nobody, language=self.language)
        self.definitions(N_("Ethics and safeguarding"), told(items, self.language))

    def _facts(self) -> list[list[str]]:
        names = ", ".join(self.voice.country(code) for code in self.landscape.comparison)
        ages = "–".join(map(str, dict.fromkeys(self.params.population.ages)))
        return [[self.say("Ages"), ages], [self.say("Comparison group"), names]]

    def _write(self, folder: Path) -> None:
        """With the legal answers, which briefs print."""
        laws = statements.laws(self.landscape.legal(), self.params.slug)
        name = f"{self.params.slug}/exploratory/TREATY/CRC"
        treaty: statements.Statement = {"id": name, "kind": "reservation", "articles": self._reserved}
        self.exhibits.files[statements.FILE] = statements.as_file([*laws, treaty])
        super()._write(folder)

    def _inputs(self) -> list[list[str]]:
        return [[file["name"], f"sha256 {file['sha256'][:16]}…"] for file in self.landscape.files]
