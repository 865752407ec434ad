"""Questions to a sample survey: every indicator by every breakdown, differences, scales, data quality."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from digicit_lib import codebook
from digicit_lib.codebook.own import OTHER
from digicit_lib.errors import DigicitError, PublicationRefused, suggest
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.workbook import survey_annexes, survey_models
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.sentences import TOKEN, Part, value
from digicit_lib.workbook.survey_estimates import SurveyEstimates
from digicit_lib.workbook.thresholds import lowered

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.data import Sample
    from digicit_lib.data.respondents import SurveyFacts


ADULT = 18
# AAPOR's items for immediate disclosure, which the params hold.
AAPOR = {
    "collection_strategy": N_("Collection strategy"),
    "sponsor_and_conductor": N_("Sponsor and conductor"),
    "instruments": N_("Instruments"),
    "population": N_("Population"),
    "sample_recruitment": N_("Sample recruitment"),
    "method_and_mode": N_("Method and mode"),
    "dates": N_("Dates"),
    "sample_sizes_and_precision": N_("Sample sizes and precision"),
    "weighting": N_("Weighting"),
    "processing_and_checks": N_("Processing and checks"),
    "limits": N_("Limits"),
}
# Headings of several indicators: a section or a competence of the catalogue.
GROUPS = {
    **codebook.SECTIONS,
    OTHER: N_("Other questions of this survey"),
    "judge": N_("Judge"),
    "create": N_("Create"),
    "navigate": N_("Navigate"),
    "consume": N_("Consume"),
    "cross": N_("Cross"),
}
DEGREES = {"domain": N_("domain"), "design": N_("design")}  # whose degrees of freedom an interval takes
OTHER_AGES = N_(
    "The text of this workbook was written for surveys of children. This survey asked people aged {low} and "
    "over: its own base stands beside each number."
)


class Private:
    """A name that would lead to rows of respondents: asking for it ends a run without publication."""

    def __init__(self, instead: str) -> None:
        self.instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, workbook: object, owner: type | None = None) -> NoReturn:
        raise PublicationRefused(
            "Rows of respondents are private.", got=f"wb.{self.name}", next=f"{self.instead}, run again"
        )


class Quantitative(Workbook):
    """The survey phase of a study."""

    phase = "quantitative"
    design = Private("wb.design_facts() for its counts")
    gap_title = N_("Not measured in this survey")

    @cached_property
    def _survey(self) -> SurveyEstimates:
        return SurveyEstimates(self.params, self.root, self.voice, self.evidence)

    @property
    def data(self) -> pd.DataFrame:
        """A profile of the data, one row an indicator: counts, never rows of respondents."""
        return self._survey.respondents.status

    @property
    def survey(self) -> SurveyFacts:
        """What is known about the file: its facts and warnings, never its rows."""
        from digicit_lib.data.respondents import SurveyFacts

        return SurveyFacts(self._survey.respondents.facts, self._survey.respondents.warnings)

    def respondents(self) -> pd.DataFrame:
        """The respondents themselves; from now on this run is *not publishable*."""
        self.publishable = False
        return self._survey.respondents.frame

    def sample(self, *columns: str) -> Sample:
        """Complete answers to some indicators, with breakdowns: for pingouin, never for a page.

        Parameters
        ----------
        columns : str
            Indicators that were measured and breakdowns.

        Returns
        -------
        Sample
            A frame whose repr tells counts; what is derived from it as a frame stays one. Unweighted.

        Raises
        ------
        DataError
            A column that this survey does not have.
        """
        return self._survey.sample(*columns)

    def design_facts(self) -> dict[str, Any]:
        """What the sample design is, in counts: see `SurveyDesign.report`."""
        return self._survey.design.report(self.language)

    @property
    def source(self) -> str:
        return self._survey.source

    def estimate(
        self, *names: str, section: str = "", competence: str = "", by: str = "", title: str = ""
    ) -> Result:
        """Estimates of indicators, for everyone asked or by a breakdown.

        Parameters
        ----------
        names : str
            Indicator ids; a survey's own variants of them are found too.
        section : str
            All shares of a construct: access, activities, skills, risks, harm_coping, mediation, rights.
        competence : {"judge", "create", "navigate", "consume", "cross"}, optional
            Only those of one competence.
        by : str
            A breakdown, or two joined by a comma (``"gender,age_group"``).
        title : str
            What exhibits of it are called.

        Returns
        -------
        Result
            Rows of evidence; what is not measured stands in `gaps`.
        """
        wanted = list(names) or self._of(section, competence)
        held = {name: self._survey.measured(name) for name in wanted}
        gaps = [self._survey.gap(name) for name, forms in held.items() if not forms]
        forms = [form for found in held.values() for form in found]
        missing = [part for part in by.split(",") if part and part not in self._survey.respondents.breakdowns]
        if missing:
            gap = self._survey.breakdown_text(by) + ": " + self.say("not recorded")
            return Result(self._survey.estimates.iloc[:0], title, gaps=(gap,))
        frame = self._survey.select(forms, by)
        heading = title or self._heading(forms, section, competence, by)
        return Result(
            frame,
            heading,
            figure="dots",
            subtitle=self._base_words(forms),
            unit=_unit(frame),
            source=self.source,
            gaps=tuple(gaps),
        )

    def _of(self, section: str, competence: str) -> list[str]:
        sections = (*codebook.CONSTRUCTS, OTHER)
        if section and section not in sections:
            close = suggest(section, sections)
            raise DigicitError("Unknown section.", got=section, allowed=", ".join(sections), next=close)
        own = self._survey.respondents.own
        chosen = [
            codebook.split_id(i.id)[0]
            for i in {**codebook.catalogue(), **own}.values()
            if (not section or i.section == section) and (not competence or i.competence == competence)
            if i.type == "share"
        ]
        clearance = self.params.ethics.clearance is not None
        return [name for name in chosen if clearance or name not in codebook.CLEARANCE_ONLY]

    def other_questions(self) -> None:
        """Own questions of the survey in no section of the catalogue; nothing where it has none."""
        respondents = self._survey.respondents
        own = [name for name, indicator in respondents.own.items() if indicator.section == OTHER]
        if own:
            asked = self.estimate(*own, title=self.say(GROUPS[OTHER]))
            self.figure(asked, title=asked.title)
            self.table(self.estimate(*own, by=next(iter(respondents.breakdowns), "")))
            rows = [[i.title, f"{i.question} ({self.say(i.base_text)})"] for i in map(respondents.known, own)]
            self.definitions(self.say("How these questions were asked"), rows)

    def _heading(self, forms: list[str], section: str, competence: str, by: str) -> str:
        if len(forms) == 1:
            start = self.say(self._survey.definition(forms[0]).title)
        else:
            start = self.say(GROUPS.get(competence or section) or N_("Indicators"))
        groups = self.voice.lower(self._survey.breakdown_text(by)) if by else ""
        return start + ", " + self.say("by") + f" {groups}" if by else start

    def _base_words(self, forms: list[str]) -> str:
        """Base and period when all rows share them; else each row has its own in the data."""
        found = [self._survey.definition(name) for name in forms]
        bases = list(dict.fromkeys(i.base_text for i in found))
        periods = list(dict.fromkeys(i.period for i in found))
        shared = [self.say(words[0]) for words in (bases, periods) if len(words) == 1]
        return " · ".join(shared) if shared else self.say("Base and period differ between rows")

    def compare(self, *names: str, by: str, section: str = "", title: str = "") -> Result:
        """Differences between the groups of a breakdown, with the verdict of their declared family.

        Parameters
        ----------
        names : str
            Indicator ids.
        by : str
            A breakdown: its first group less its last.
        section, title : str
            As for `estimate`.

        Returns
        -------
        Result
            Rows of evidence, statistic ``diff``; the difference of two shares is a share. The intervals are
            those of the test.
        """
        survey = self._survey
        if by not in survey.respondents.breakdowns:
            gap = survey.breakdown_text(by) + ": " + self.say("not recorded in this survey")
            return Result(survey.estimates.iloc[:0], title, gaps=(gap,))
        wanted = list(names) or self._of(section, "")
        forms = [form for name in wanted for form in survey.measured(name)]
        rows = survey.select(forms, by, differences=True)
        tested = rows["family"] != ""
        gaps = [f"{title}: {self.say(survey_annexes.UNDECLARED)}" for title in rows["title"][~tested]]
        rows = rows[tested].assign(ci_low=rows["sim_low"], ci_high=rows["sim_high"])
        groups = survey.level_text(by, "-".join(survey.ends(by)))
        heading = title or self.say("Differences: {groups}", groups=groups)
        base = self.say("Percentage points, or points of the score, with intervals")
        notes = tuple(survey_annexes.family_note(survey, name) for name in dict.fromkeys(rows["family"]))
        return Result(rows, heading, "dots", base, _unit(rows), self.source, notes, tuple(gaps))

    def find(self, token: str) -> Estimate:
        """The estimate of a token, in this survey's own variant where the catalogue's is not measured."""
        plain, slash, rest = token.partition("/")
        _ = self._survey.estimates
        known = {**codebook.catalogue(), **self._survey.respondents.own}
        if plain in known and plain not in self._survey.respondents.indicators:
            forms = self._survey.measured(plain)
            token = f"{forms[0]}{slash}{rest}" if forms else token
        return super().find(token)

    def finding(self, template: str, *, key: bool = True) -> None:
        """As in every workbook, but the survey's own definition is never told in the catalogue's words.

        A variant differs in wording, base, ages or period, so the sentence would claim something that was not
        asked: its title and base are printed instead. What is not measured leaves no sentence here; the gaps
        of its section name it.

        Parameters
        ----------
        template : str
        key : bool
        """
        plain = list(dict.fromkeys(match[1].split("/")[0] for match in TOKEN.finditer(template)))
        foreign = [
            name
            for name in plain
            if name in codebook.catalogue() and name not in self._survey.respondents.indicators
        ]
        if not foreign:
            super().finding(template, key=key)
            return
        for form in (form for name in foreign for form in self._survey.measured(name)):
            self._own_words(form, key)

    def _own_words(self, name: str, key: bool) -> None:
        definition, estimate = self._survey.definition(name), self.find(name)
        if estimate.shown:
            number = {"text": value(estimate.estimate, estimate.unit, self.language), "id": estimate.id}
            tail = f" ({self.say(definition.base_text)})."
            parts: list[Part] = [
                f"{self.say(definition.title)}: ",
                {**number, "value": estimate.estimate},
                tail,
            ]
            self._found(f"{{{name}}}", parts, key)

    # --- scales, tests, models ----------------------------------------------------------------------

    def reliability(self, *scores: str) -> Result:
        """Alpha and omega of scores: `survey_models.reliability`."""
        return survey_models.reliability(self._survey, *scores)

    def effect_size(self, name: str, *, by: str) -> Result:
        """Hedges' g between the first and last group, unweighted: `survey_models.effect_size`."""
        return survey_models.effect_size(self._survey, name, by=by)

    def associations(self, *names: str, by: str) -> Result:
        """Whether indicators and a breakdown are related: `survey_models.associations`."""
        return survey_models.associations(self._survey, *names, by=by)

    def letters(self, *names: str, by: str) -> Result:
        """Which groups are higher than which: `survey_models.letters`."""
        return survey_models.letters(self._survey, *names, by=by)

    def medians(self, *names: str, by: str = "", title: str = "") -> Result:
        """Medians with intervals: `survey_models.medians`."""
        return survey_models.medians(self._survey, *names, by=by, title=title)

    def odds(self, outcome: str, *predictors: str) -> Result:
        """Odds ratios of a weighted logistic regression: `survey_models.odds`."""
        return survey_models.odds(self._survey, outcome, *predictors)

    def weighting(self) -> Result:
        """The weights before and after calibration: `survey_models.weighting`."""
        return survey_models.weighting(self._survey)

    def change(self) -> Result:
        """Changes since earlier waves, with their verdicts: `survey_annexes.change`."""
        return survey_annexes.change(self._survey)

    def first_use(self) -> Result:
        """The share online by an age, among those older: `survey_annexes.first_use`."""
        return survey_annexes.first_use(self._survey)

    def sampling_errors(self) -> Result:
        """Standard errors, CV and design effects: `survey_annexes.sampling_errors`."""
        return survey_annexes.sampling_errors(self._survey)

    def nonresponse(self) -> Result:
        """Missing answers and what they could change: `survey_annexes.nonresponse`."""
        return survey_annexes.nonresponse(self._survey)

    # --- quality, methods ---------------------------------------------------------------------------

    def quality(self) -> Result:
        """What to worry about in the data, before any result."""
        return Result(
            self._survey.respondents.quality(self.language),
            N_("Data quality: what to worry about"),
            source=self.source,
        )

    def facts(self) -> None:
        """The cover; a survey of other ages says at once that the text's children are not all its people."""
        super().facts()
        low, high = self.params.population.ages
        if high > ADULT:
            text = self.say(OTHER_AGES, low=low)
            self.note(text, tone="warning", title=N_("Whom this survey speaks for"))

    def _facts(self) -> list[list[str]]:
        facts, report = self._survey.respondents.facts, self.design_facts()
        rows = [
            [N_("Survey"), self.say(str(facts.get("title", "")))],
            [N_("Population"), self.say(self.params.population.base)],
            [N_("Ages"), f"{self.params.population.ages[0]}–{self.params.population.ages[1]}"],
            [N_("Interviews"), self.voice.number(report["n"])],
            [N_("Design"), str(report["design"])],
        ]
        return [[self.say(name), text] for name, text in rows if text]

    def _methods(self) -> list[tuple[str, str]]:
        design = [(N_("Design"), str(self.design_facts()["design"]))]
        aapor = [(AAPOR[name], self.say(text or N_("not reported"))) for name, text in self.params.disclosure]
        return design + super()._methods() + lowered(self.params.publication, self.say) + aapor

    def _values(self) -> dict[str, object]:
        analysis, publication = self.params.analysis, self.params.publication
        level = self.voice.percent(analysis.confidence_level)
        names = {"korn-graubard": "Korn-Graubard", "beta": "beta", "logit": "logit", "wilson": "Wilson"}
        return {
            "level": level,
            "ci": names[analysis.ci],
            "df": self.say(DEGREES[analysis.df]),
            **publication.model_dump(),
        }

    def _inputs(self) -> list[list[str]]:
        names = [f["name"] for f in self._survey.respondents.files]
        if self.synthetic:
            seed = getattr(self.params.data.survey, "seed", "")
            names = [self.say("SYNTHETIC survey, seed {seed}", seed=seed)]
        rows = [
            [n, f"sha256 {f['sha256'][:16]}…"]
            for n, f in zip(names, self._survey.respondents.files, strict=True)
        ]
        licence = self.say(str(self._survey.respondents.facts.get("licence", "")))
        return [*rows, [self.say("Licence"), licence]] if rows else []


def _unit(frame: pd.DataFrame) -> str:
    return str(frame["unit"].iloc[0]) if len(frame) else "share"
