"""Every estimate of a survey at once: mapped, estimated, worded, marked and hidden, recorded as evidence."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from digicit_lib import codebook, disclosure
from digicit_lib.data import Sample, open_survey
from digicit_lib.data.respondents import level_id, level_name
from digicit_lib.disclosure.following import asked_of, filters, nested
from digicit_lib.disclosure.judging import SENSITIVE
from digicit_lib.errors import DigicitError, did_you_mean, nearest
from digicit_lib.evidence import Evidence
from digicit_lib.language import N_
from digicit_lib.params import Params, earlier_waves
from digicit_lib.survey import SurveyDesign, calibrate, changes, difference, families, trim, within_scale
from digicit_lib.survey import table as estimate_table
from digicit_lib.survey.columns import one_of
from digicit_lib.workbook.own_tables import SampleRules
from digicit_lib.workbook.study_facts import GRAVEST
from digicit_lib.workbook.survey_guards import BREAKDOWNS, level_words
from digicit_lib.workbook.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path

    from digicit_lib.data import Respondents

DISTRIBUTION = "distribution"
ONE_GROUP = N_("everybody who answered is of one group")


class SurveyEstimates:
    """Respondents kept to themselves, and every estimate of them after disclosure, with its words.

    Parameters
    ----------
    params : Params
    root : Path
        The project folder.
    voice : Voice
    evidence : Evidence
        Gets each estimate that is made.
    """

    def __init__(self, params: Params, root: Path, voice: Voice, evidence: Evidence) -> None:
        self.params, self.root, self.voice, self.evidence = params, root, voice, evidence
        self.rewording: dict[str, list[str]] = {}  # what an earlier wave asked otherwise, by its name
        self.models: dict[str, list[list[str]]] = {}  # predictors of each outcome's models, in their order

    @cached_property
    def respondents(self) -> Respondents:
        """Respondents mapped to the catalogue; looking at them is `respondents()`."""
        return open_survey(self.params, self.root)

    @cached_property
    def delivered_design(self) -> SurveyDesign:
        """The sample design over the full file, with the weights as they came."""
        return SurveyDesign(self._with_categories(), **self.respondents.design)

    def _with_categories(self) -> pd.DataFrame:
        """The respondents' frame, its distributions as labels: a mean of category numbers says nothing."""
        frame = self.respondents.frame
        spread = {n: i for n, i in self.respondents.indicators.items() if i.type == DISTRIBUTION}
        labels = {
            name: pd.Categorical.from_codes(frame[name].fillna(0).astype(int) - 1, list(i.categories))
            for name, i in spread.items()
        }
        return frame.assign(**labels) if labels else frame

    @cached_property
    def design(self) -> SurveyDesign:
        """The design that estimates: the sample's, calibrated and trimmed where the params say so."""
        spec = self.params.design.calibration
        if spec is None:
            return self.delivered_design
        totals = {by: {level_id(name): n for name, n in part.items()} for by, part in spec.totals.items()}
        fitted = calibrate(self.delivered_design, totals, kind=spec.kind, bounds=spec.bounds)
        return trim(fitted, *spec.trim) if spec.trim else fitted

    def sample(self, *columns: str, items: bool = False) -> Sample:
        """Complete answers to indicators, with breakdowns, behind a type that tells counts.

        Raises
        ------
        DataError
            A name that is neither an indicator nor a breakdown.
        """
        here = [*self.respondents.indicators, *self.respondents.breakdowns]
        names = {*here, *BREAKDOWNS, *codebook.catalogue(), *self.respondents.gaps}
        for name in columns:
            one_of(name, sorted(names), "There is no such indicator or breakdown.", "wb.sample")
        if not {*columns} <= {*here}:
            return Sample(columns=list(columns))
        rules = self.respondents.mapper.instrument.indicators
        scores = [name for name in columns if items and name in rules and rules[name].mean]
        plain = self._with_categories()[[name for name in columns if name not in scores]]
        answers = pd.concat([plain, *map(self.respondents.items, scores)], axis="columns")
        return Sample.of(answers, self.params.publication.min_base)

    @cached_property
    def sample_rules(self) -> SampleRules:
        """What decides whether statistics of a sample may be printed."""

        def sensitivity(name: str) -> int:
            indicators = self.respondents.indicators
            return indicators[name].sensitivity if name in indicators else SENSITIVE

        return SampleRules(self.params.publication, sensitivity, self.private)

    @property
    def source(self) -> str:
        if self.params.is_synthetic("quantitative"):
            return self.voice.say("SYNTHETIC demonstration data; no one was asked")
        if self.respondents.mapper.instrument.generated:  # a questionnaire does not tell who asked it
            return self.params.study.title
        facts = self.respondents.facts
        return str(facts.get("citation") or facts.get("title") or "")

    # --- estimates ----------------------------------------------------------------------------------

    @property
    def breakdowns(self) -> list[str]:
        """The breakdowns of the params that this survey recorded."""
        return [name for name in self.params.analysis.breakdowns if name in self.respondents.breakdowns]

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Every measured indicator for everyone and by every breakdown, marked and hidden as the rules say.

        All at once, because a hidden cell is only hidden when no other table gives it back.
        """
        return self.evidence.add(self._estimated(self._everything, list(self.respondents.indicators)))

    @cached_property
    def levels(self) -> pd.DataFrame:
        """`estimates` without differences, which decide about no other number."""
        names = list(self.respondents.indicators)
        return self.evidence.add(self._estimated(self._everything, names, contrasts=False))

    @property
    def _everything(self) -> list[tuple[str, ...]]:
        return [(), *((name,) for name in self.breakdowns)]

    def _estimated(
        self, by: list[tuple[str, ...]], names: list[str], *, contrasts: bool = True
    ) -> pd.DataFrame:
        """Estimates and the differences between each breakdown's first and last group, after the rules."""
        analysis = self.params.analysis
        options: dict[str, Any] = {"level": analysis.confidence_level, "df": analysis.df}
        how = {"by": by, "ci": analysis.ci, "in_base": self.respondents.in_base, **options}
        frames = [estimate_table(self.design, names, **how)]
        compared = [name for name in names if self.definition(name).type != DISTRIBUTION]
        singles = [pair[0] for pair in by if len(pair) == 1] if contrasts else []
        for one in (name for name in singles if len(self.respondents.breakdowns[name]) > 1):
            options |= {"in_base": self.respondents.in_base}
            rows = difference(self.design, compared, one, *self.ends(one), **options)
            frames.append(families(rows, self.declared, level=analysis.confidence_level))
        frame = self.worded(pd.concat(frames, ignore_index=True))
        estimates = self.__dict__.get("estimates")
        return self.judged(frame, estimates)

    def judged(self, frame: pd.DataFrame, published: pd.DataFrame | None) -> pd.DataFrame:
        """Estimates after the rules of publication, those that are out already in view."""
        profile, bases = self.params.publication, self.asked_of
        return disclosure.apply(frame, profile=profile, published=published, bases=bases, within=self.within)

    @cached_property
    def within(self) -> list[tuple[str, str]]:
        """Indicators of one column that count some of another's answers."""
        measured, rules = self.respondents.indicators, self.respondents.mapper.instrument.indicators
        return nested({name: rules[name] for name in measured if name in rules})

    @cached_property
    def asked_of(self) -> dict[str, tuple[str, ...]]:
        """Indicator to those whose answer let a child be asked it: as defined, and as the answers show."""
        people = self.respondents
        shares = [name for name, i in people.indicators.items() if i.type == "share"]
        shown = asked_of(people.frame[shares], people.in_base, people.frame["age"])
        defined = filters(people.indicators)
        names = defined | shown
        return {name: tuple(dict.fromkeys((*defined.get(name, ()), *shown.get(name, ())))) for name in names}

    @cached_property
    def declared(self) -> dict[str, frozenset[tuple[str, str]]]:
        """The contrasts that are tested together: every core indicator measured by every breakdown recorded.

        Own questions are a family of theirs, so that none costs a core indicator its power; a survey that
        measures no core indicator compares all that it asked. Fixed by catalogue, params and what the file
        holds, before any estimate is looked at.
        """
        measures = {n: i for n, i in self.respondents.indicators.items() if i.type != DISTRIBUTION}
        core = [n for n, i in measures.items() if i.core]
        rest = [n for n, i in measures.items() if not i.core and i.sensitivity < GRAVEST]
        own_names = [n for n in rest if codebook.split_id(n)[0] in self.respondents.own] if core else []
        groups = [by for by in self.breakdowns if len(self.respondents.breakdowns[by]) > 1]
        sets = {"report": core or rest, "own": own_names}
        families = {f: frozenset((n, by) for n in names for by in groups) for f, names in sets.items()}
        families = {family: pairs for family, pairs in families.items() if pairs or family == "report"}
        primary = frozenset(
            (form, one.by)
            for one in self.params.analysis.primary
            for form in (self.measured(one.indicator) or [one.indicator])[:1]
        )
        return {**families, "primary": primary} if primary else families

    def declared_by(self, by: str) -> list[str]:
        """The indicators whose groups of a breakdown the report compares."""
        pairs = frozenset().union(*self.declared.values())
        return [name for name in self.respondents.indicators if (name, by) in pairs]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Changes since each earlier wave, with the earlier levels beside them, as evidence.

        A family a pair of waves: core indicators and own questions that both measured with one definition.
        The samples are independent, so variances add; degrees of freedom by Satterthwaite.
        """
        frames = [self._change_since(wave) for wave in earlier_waves(self.params, self.root)]
        parts = [self.evidence.add(rows) for rows in frames if len(rows)]
        return pd.concat(parts, ignore_index=True) if parts else self.estimates.iloc[:0]

    def _change_since(self, params: Params) -> pd.DataFrame:
        """Level then, and change since one earlier wave where the definition is the same, by indicator."""
        apart = type(self.evidence)(params.slug, "quantitative")
        earlier = SurveyEstimates(params, self.root, self.voice, apart)
        then, now = earlier._levels_of_everyone(), self._levels_of_everyone()
        both = [name for name in now.index if name in then.index and self._asked_again(name, earlier)]
        same = [n for n in both if now.at[n, "definition_sha"] == then.at[n, "definition_sha"]]
        plain, period = lambda names: {codebook.split_id(n)[0] for n in names}, str(params.study.wave)
        again = plain(now.index) & plain(then.index) - plain(n for n in both if n in same)
        self.rewording[period] = [
            n
            for n in now.index
            if codebook.split_id(n)[0] in again
            and not (n in then.index and now.at[n, "definition_sha"] == then.at[n, "definition_sha"])
        ]
        if not both:
            return self.estimates.iloc[:0]
        level = self.params.analysis.confidence_level
        moved = within_scale(changes(now.loc[same], then.loc[same], level=level)) if same else None
        kind = "synthetic" if params.is_synthetic("quantitative") else "observed"
        levels = then.loc[both].assign(data_kind=kind)
        return pd.concat([levels, moved]).assign(period=period).reset_index()

    def _asked_again(self, name: str, earlier: SurveyEstimates) -> bool:
        """Whether waves measure an indicator that bears it: of own questions those with the same answers."""
        if name not in self.respondents.own:
            return self.definition(name).core and self.definition(name).trend
        now, then = (w.respondents.mapper.instrument.indicators[name] for w in (self, earlier))
        alike = self.definition(name).definition_sha == earlier.definition(name).definition_sha
        return alike and (now.yes, now.no) == (then.yes, then.no)

    def _levels_of_everyone(self) -> pd.DataFrame:
        """Shares and means of all who were asked, by indicator."""
        rows = self.estimates
        rows = rows[(rows["by"] == "") & rows["statistic"].isin(["share", "mean"]) & (rows["period"] == "")]
        return rows.set_index("indicator")

    def ends(self, by: str) -> tuple[str, str]:
        """The first and the last group of a breakdown, the pair that is compared."""
        levels = self.respondents.breakdowns[by]
        return levels[0], levels[-1]

    def worded(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Titles, bases, definitions and level names beside the numbers."""
        facts = {name: self.definition(name) for name in self.respondents.indicators}
        words = {
            "title": lambda i: self.voice.say(i.title),
            "question": lambda i: i.question,
            "base": lambda i: i.base_text,
            "definition_sha": lambda i: i.definition_sha,
            "sensitivity": lambda i: i.sensitivity,
            "unit": lambda i: i.unit or (N_("score 0-100") if i.type == "scale" else ""),
        }
        made = {
            key: frame["indicator"].map({n: get(i) for n, i in facts.items()}) for key, get in words.items()
        }
        whole = (frame["by"] == "") & (frame["statistic"] == "share")
        for end in ("low", "high"):
            bound = frame["indicator"].map(self.respondents.status[f"missing_{end}"])
            made[f"bound_{end}"] = bound.where(whole)
        made["unit"] = frame["unit"].where(frame["unit"] != "", made["unit"])
        labels = [self.level_text(by, level) for by, level in zip(frame["by"], frame["level"], strict=True)]
        return within_scale(frame.assign(**made, level_label=labels, source=self.source))

    def definition(self, name: str) -> codebook.Indicator:
        return self.respondents.indicators[name]

    def level_text(self, by: str, level: str) -> str:
        if not by:
            return self.voice.say("All")
        if by in self.respondents.breakdowns and level == "-".join(self.ends(by)):
            return " − ".join(self.level_text(by, end) for end in self.ends(by))
        ages = self.params.population.ages
        return ", ".join(self.voice.say(level_words(level_name(name), ages)) for name in level.split(","))

    def breakdown_text(self, by: str) -> str:
        """A breakdown in words; a name that nobody knows is a typing error, not a gap of the survey."""
        names = {*BREAKDOWNS, *self.respondents.breakdowns, *self.respondents.gaps}
        names |= set(self.params.analysis.breakdowns)
        for part in by.split(","):
            if part not in names and part not in {**codebook.catalogue(), **self.respondents.own}:
                hint = did_you_mean(part, names)
                allowed = ", ".join(nearest(part, names))
                raise DigicitError("Unknown breakdown.", got=part, allowed=allowed, next=hint)
        words = (BREAKDOWNS.get(part, part.replace("_", " ").capitalize()) for part in by.split(","))
        return " × ".join(map(self.voice.say, words))

    def private(self, *names: str) -> bool:
        """Whether a count of one of the indicators is hidden for privacy in any group of the report.

        A test, an odds ratio or an effect size over such a table is one more equation for the hidden count,
        so none is printed.
        """
        rows = self.estimates[self.estimates["indicator"].isin(names)]
        withheld: bool = rows["reason"].str.contains(r"(?:^|;)privacy\b").any()
        return bool(withheld)

    def measured(self, name: str) -> list[str]:
        """The measured forms of an indicator: itself, or this survey's variants of it.

        Raises
        ------
        CodebookError
            When neither the catalogue nor the project has such an indicator.
        """
        plain = codebook.split_id(name)[0]
        _ = self.respondents.known(plain)
        ids = list(self.respondents.indicators)
        return [name] if name in ids else [other for other in ids if codebook.split_id(other)[0] == plain]

    def gap(self, name: str) -> str:
        return f"{self.voice.say(self.respondents.known(name).title)} ({name})"

    def gap_of_groups(self, by: str) -> str:
        why = ONE_GROUP if by in self.respondents.breakdowns else N_("not recorded in this survey")
        return f"{self.breakdown_text(by)}: {self.voice.say(why)}"

    def compares(self, by: str) -> bool:
        """Whether people of more than one group of a breakdown answered."""
        return by in self.respondents.breakdowns and self.respondents.frame[by].nunique() > 1

    def select(self, forms: list[str], by: str, *, differences: bool = False) -> pd.DataFrame:
        if "," in by and not (self.estimates["by"] == by).any():
            self.estimates = self._joined(by)
        estimates, order = self.estimates, {name: i for i, name in enumerate(forms)}
        place = np.array([order.get(name, -1) for name in estimates["indicator"].tolist()])
        is_difference = estimates["statistic"].to_numpy() == "diff"
        domain = (estimates["by"].to_numpy() == by) & (is_difference == differences)
        positions = np.flatnonzero(domain & (place >= 0))
        return estimates.iloc[positions[np.argsort(place[positions], kind="stable")]].reset_index(drop=True)

    def _joined(self, by: str) -> pd.DataFrame:
        """Estimates with one more cross of breakdowns."""
        names = list(self.respondents.indicators)
        crossed = self.evidence.add(self._estimated([tuple(by.split(","))], names))
        return pd.concat([self.estimates, crossed], ignore_index=True)
