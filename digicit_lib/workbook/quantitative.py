"""Questions to a sample survey: every indicator by every breakdown, differences, scales, data quality."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib import codebook
from digicit_lib.codebook import OTHER
from digicit_lib.codebook.frames import as_asked, population_of
from digicit_lib.data import Sample
from digicit_lib.data.respondents import SurveyFacts
from digicit_lib.disclosure import describe
from digicit_lib.errors import DigicitError, suggest
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.params import Params
from digicit_lib.workbook import passages, survey_annexes, survey_models, survey_odds, survey_sections
from digicit_lib.workbook.base import BaseWorkbook
from digicit_lib.workbook.findings import TOKEN, Part, absent_groups, value
from digicit_lib.workbook.own_tables import SampleRules
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.study_facts import ethics, told
from digicit_lib.workbook.survey_estimates import SurveyEstimates
from digicit_lib.workbook.survey_guards import DEGREES, Private
from digicit_lib.workbook.survey_methods import aapor, missing_rule, response, sample_size, surveyed
from digicit_lib.workbook.survey_prints import Prints
from digicit_lib.workbook.survey_story import SHOWN, SurveyStory
from digicit_lib.workbook.thresholds import lowered


class Quantitative(BaseWorkbook):
    """The survey phase of a study."""

    phase = "quantitative"
    design = Private("wb.design_facts() for its counts")
    gap_title = N_("Not measured in this survey")

    def __init__(self, params: Params, root: Path, language: str = "en") -> None:
        super().__init__(params, root, language)
        self.exhibits.collected = []  # for the annex: `not_measured`

    @cached_property
    def _survey(self) -> SurveyEstimates:
        return SurveyEstimates(self.params, self.root, self.voice, self.evidence)

    @cached_property
    def _story(self) -> SurveyStory:
        return SurveyStory(self._survey)

    @cached_property
    def _prints(self) -> Prints:
        return Prints()

    @property
    def data(self) -> pd.DataFrame:
        """A profile of the data, one row an indicator: counts, never rows of respondents."""
        return self._survey.respondents.status

    @property
    def survey(self) -> SurveyFacts:
        """What is known about the file: its facts and warnings, never its rows."""
        return SurveyFacts(self._survey.respondents.facts, self._survey.respondents.warnings)

    def respondents(self) -> pd.DataFrame:
        """The respondents themselves; from now on this run is *not publishable*."""
        self._look()
        return self._survey.respondents.frame

    def sample(self, *columns: str, items: bool = False) -> Sample:
        """Complete answers to some indicators, with breakdowns: for pingouin, never for a page.

        Parameters
        ----------
        columns : str
            Indicators and breakdowns; where this survey did not measure one, the sample is empty.
        items : bool
            The items of each score instead of the score.

        Returns
        -------
        Sample
            Unweighted; its repr tells counts, and what is derived from it as a frame stays one.
        """
        return self._survey.sample(*columns, items=items)

    @property
    def sample_rules(self) -> SampleRules:  # type: ignore[override]
        return self._survey.sample_rules

    def may_print(self, sample: Sample) -> bool:
        """Whether `wb.table(frame, of=sample)` prints statistics of it: enough answers in every group."""
        return not self.sample_rules.against(sample)

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
            A breakdown, two joined by a comma (``"gender,age_group"``), or ``"auto:age_group"``: it, else the
            first breakdown that the survey recorded and that has two groups shown, else the level for all.
        title : str
            What exhibits of it are called.

        Returns
        -------
        Result
            Rows of evidence; what is not measured stands in the annex (`not_measured`).
        """
        ids = list(names) or self._of(section, competence)
        forms = [form for name in ids for form in self._survey.measured(name)]
        if by.startswith("auto:"):
            by = self._story.breakdown(by, forms)
            forms = self._story.answers(by, forms)
        missing = [part for part in by.split(",") if part and part not in self._survey.respondents.breakdowns]
        if missing or not forms:
            lacking = [self._survey.breakdown_text(by), self.say("not recorded")] if missing else []
            return Result(
                self._survey.estimates.iloc[:0], title, gaps=tuple(filter(None, [": ".join(lacking)]))
            )
        frame = self._survey.select(forms, by)
        frame = frame if frame["quality"].isin(SHOWN).any() else frame.iloc[:0]
        return self._story.exhibit(frame, title or self._story.topic(forms, section, competence, by), by)

    def _of(self, section: str, competence: str) -> list[str]:
        sections = (*codebook.CONSTRUCTS, OTHER)
        if section and section not in sections:
            close = suggest(section, sections)
            raise DigicitError("Unknown section.", got=section, allowed=", ".join(sections), next=close)
        extra = self._survey.respondents.own
        ids = [
            codebook.split_id(i.id)[0]
            for i in {**codebook.catalogue(), **extra}.values()
            if (not section or i.section == section) and (not competence or i.competence == competence)
            if i.type == "share"
        ]
        clearance = self.params.ethics.clearance is not None
        return [name for name in ids if clearance or name not in codebook.CLEARANCE_ONLY]

    def findings(self, section: str = "", **changes: Sequence[Any]) -> None:
        """Key findings chosen by rule, then what to beware of; of one `section` its findings only.

        `order`, `replace` and `drop` are the authors': see `authors_choice`. The page says what was changed.
        """
        survey_sections.findings(self, self._survey, self._story, section, changes)

    def abilities(self) -> Result:
        """The four abilities, shown, believed and met apart: `survey_sections.abilities`."""
        return survey_sections.abilities(self._survey)

    def other_questions(self) -> None:
        """Own questions of the survey in no section of the catalogue; nothing where it has none."""
        survey_sections.other_questions(self, self._survey, self._story, self.estimate)

    def others(self, section: str) -> Result:
        """Measured indicators of a section that no exhibit has shown yet: each is printed once."""
        forms = [n for n in self._story.levels_of(section) if n not in self._prints.indicators]
        rows = self._survey.select(forms, "")
        rows = rows[rows["quality"].isin(SHOWN)]
        topic = self.voice.lower(self._story.topic(forms, section, "", ""))
        return self._story.exhibit(rows, self.say("Further indicators: {section}", section=topic))

    def exploitation(self) -> None:
        """Questions on sexual abuse and exploitation: behind a recorded clearance, with help first."""
        survey_sections.exploitation(self, self._survey, self._story)

    def notes_on(self, section: str) -> None:
        """What is to be known of the questions of a section: the instrument's notes on what is printed."""
        self.bullets(self._story.notes(section))

    def not_measured(self) -> Result:
        """What the catalogue holds and this report does not show, with the reason: the annex."""
        return self._story.not_measured(self.exhibits.collected or ())

    def table(self, result: Any, *, of: Any = None, title: str = "", **options: Any) -> None:
        """As in every workbook; nothing where a figure of one indicator holds all its rows."""
        self._prints.remember(result)
        if not self._prints.says_already(result):
            super().table(result, of=of, title=title, **options)

    def figure(
        self, result: Result, *, title: str = "", kind: str = "", key: bool = False, **options: Any
    ) -> None:
        """As in every workbook, but a figure of one indicator shows its groups beside the whole.

        `least`: rows below which nothing is drawn, where a table of the same rows says enough.
        """
        least = options.pop("least", 1)
        result.refuse_changed()
        self._prints.remember(result)
        lone = self._prints.stands_alone(result, self._story)
        if result.frame.empty or len(result.frame) >= least:
            super().figure(lone, title=title, kind=kind, key=key, **options)

    def compare(self, *names: str, by: str, section: str = "", title: str = "", rest: bool = False) -> Result:
        """Differences between the groups of a breakdown, with the verdict of their declared family.

        Parameters
        ----------
        names : str
            Indicator ids.
        by : str
            A breakdown: its first group less its last.
        section, title : str
            As for `estimate`.
        rest : bool
            Also what else was declared: differences that are shown, the number of others.

        Returns
        -------
        Result
            Rows of evidence, statistic ``diff``, with the intervals of the test.
        """
        survey = self._survey
        if by not in survey.respondents.breakdowns:
            return Result(survey.estimates.iloc[:0], title, gaps=(survey.gap_of_groups(by),))
        ids = list(names) or self._of(section, "")
        forms = [form for name in ids for form in survey.measured(name)]
        others = [form for form in survey.declared_by(by) if form not in forms] if rest else []
        return self._story.rebased(survey_annexes.differences(survey, forms, by, title, others))

    def find(self, token: str) -> Estimate:
        """The estimate of a token, in this survey's own variant where the catalogue's is not measured."""
        plain, slash, rest = token.partition("/")
        _ = self._survey.estimates
        indicators = {**codebook.catalogue(), **self._survey.respondents.own}
        if plain in indicators and plain not in self._survey.respondents.indicators:
            forms = self._survey.measured(plain)
            token = f"{forms[0]}{slash}{rest}" if forms else token
        return super().find(token)

    def finding(self, template: str, *, key: bool = True) -> None:
        """As in every workbook, but the survey's own definition is never told in the catalogue's words.

        A variant differs in wording, base, ages or period, so the sentence would claim something that was not
        asked: each number is told with its own title and base instead. A sentence that names a form of this
        survey (`{RSK-01@mine}`) was written for it and stands as its author wrote it. What is not measured
        leaves no sentence here; the gaps of its section name it.

        Parameters
        ----------
        template : str
        key : bool
        """
        if absent := absent_groups(template, self._survey.respondents.breakdowns):
            gaps = tuple(map(self._survey.gap_of_groups, absent))
            self.gaps(Result(self._survey.estimates.iloc[:0], "", gaps=gaps))
            return
        plain = list(dict.fromkeys(match[1].split("/")[0] for match in TOKEN.finditer(template)))
        here = self._survey.respondents.indicators
        foreign = [name for name in plain if name in codebook.catalogue() and name not in here]
        written_for_it = any("@" in name for name in plain)
        if not foreign or (written_for_it and all(map(self._survey.measured, foreign))):
            super().finding(template, key=key)
            return
        for form in (form for name in plain for form in self._survey.measured(name)):
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
        return survey_models.reliability_table(self._survey, *scores)

    def effect_size(self, name: str, *, by: str) -> Result:
        """Hedges' g between the first and last group, unweighted: `survey_models.effect_size`."""
        return survey_models.effect_size_table(self._survey, name, by=by)

    def associations(self, *names: str, by: str) -> Result:
        """Whether indicators and a breakdown are related: `survey_models.associations`."""
        return survey_models.associations(self._survey, *names, by=by)

    def letters(self, *names: str, by: str) -> Result:
        """Which groups are higher than which: `survey_models.letters`."""
        return survey_models.letters_table(self._survey, *names, by=by)

    def medians(self, *names: str, by: str = "", title: str = "") -> Result:
        """Medians with intervals: `survey_models.medians`."""
        return survey_models.medians(self._survey, *names, by=by, title=title)

    def odds(self, outcome: str, *predictors: str) -> Result:
        """Odds ratios of a weighted logistic regression: `survey_odds.odds`."""
        breakdowns = self._survey.respondents.breakdowns
        varied = [name for name in predictors if len(breakdowns.get(name, ("", ""))) > 1]
        return survey_odds.odds(self._survey, outcome, *varied)

    def weighting(self) -> Result:
        """The weights before and after calibration: `survey_models.weighting`."""
        return survey_models.weighting(self._survey)

    def change(self, *, levels: bool = False) -> Result:
        """Changes since earlier waves, with their verdicts, or the levels of the waves: `survey_annexes`."""
        maker = survey_annexes.wave_levels if levels else survey_annexes.change
        result = self._story.rebased(maker(self._survey))
        return self._story.headed(result) if levels else result

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
        """What to worry about in the data."""
        return survey_annexes.quality(self._survey)

    def facts(self) -> None:
        """The cover, with the box on ethics and safeguarding."""
        super().facts()
        items = ethics(self.params, survey=self._survey.respondents, language=self.language)
        self.definitions(N_("Ethics and safeguarding"), told(items, self.language))

    def _facts(self) -> list[list[str]]:
        facts, report = self._survey.respondents.facts, self.design_facts()
        noun = self._survey.respondents.mapper.instrument.respondents
        ages = "–".join(map(str, dict.fromkeys(self.params.population.ages)))
        rows = [
            [N_("Survey"), self.say(str(facts.get("title", "")))],
            [N_("Population"), self.say(population_of(self.params.population.base, noun))],
            [N_("Ages of the children") if noun == "parents" else N_("Ages"), ages],
            [N_("Respondents"), sample_size(surveyed(self._survey, report))],
            [N_("Design"), str(report["design"])],
        ]
        own = as_asked(self._survey.respondents.own.values(), self.language)
        return [*([self.say(name), text] for name, text in rows if text), *own]

    def _methods(self) -> list[tuple[str, str]]:
        facts = surveyed(self._survey, self.design_facts())
        items = [*aapor(facts), *response(self.params, self.language)]
        rules = describe(self.params.publication, self.language)
        rows = [(N_("Small numbers"), rules), (N_("Missing answers"), missing_rule(facts))]
        rows += [(name, text) for name, text in told(items, self.language)]
        return [*super()._methods(), *lowered(self.params.publication, self.say), *rows]

    def _texts(self, kind: str) -> list[tuple[str, str]]:
        """Only terms that this survey has: no weight without weights, no cluster without clusters."""
        lacking = survey_sections.lacking_terms(self._survey, self._prints.marks, self.title)
        return [(term, text) for term, text in super()._texts(kind) if term not in lacking]

    def in_their_words(self) -> None:
        """An approved quotation of the study's interviews, on a topic of a key finding where one is."""
        for block in passages.beside_numbers(self.params, self.root, self.voice, self._story.topics):
            self.show(block)

    def _values(self) -> dict[str, object]:
        analysis, publication = self.params.analysis, self.params.publication
        level, degrees = self.voice.percent(analysis.confidence_level), self.say(DEGREES[analysis.df])
        names = {"korn-graubard": "Korn-Graubard", "beta": "beta", "logit": "logit", "wilson": "Wilson"}
        return {"level": level, "ci": names[analysis.ci], "df": degrees, **publication.model_dump()}

    def _inputs(self) -> list[list[str]]:
        files, keyed = self._survey.respondents.files, self.say("keyed hash in run.json")
        rows = [[f["name"], f"sha256 {f['sha256'][:16]}…" if f["sha256"] else keyed] for f in files]
        if self.synthetic:
            seed = getattr(self.params.data.survey, "seed", "")
            rows[0][0] = self.say("SYNTHETIC survey, seed {seed}", seed=seed)
        licence = self.say(str(self._survey.respondents.facts.get("licence", "")))
        return [*rows, [self.say("Licence"), licence]] if rows else []
