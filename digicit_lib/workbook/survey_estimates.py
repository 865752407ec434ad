"""Every estimate of a survey at once: mapped, estimated, worded, marked and hidden, recorded as evidence."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from digicit_lib import codebook
from digicit_lib.language import number
from digicit_lib.workbook.base import Workbook

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.data import Respondents, Sample
    from digicit_lib.survey import SurveyDesign

BREAKDOWNS = {
    "gender": "Gender",
    "age_group": "Age group",
    "residence": "Place of residence",
    "ses": "Household resources",
    "disability": "Disability",
    "grade": "School grade",
    "computer_at_home": "Computer at home",
    "bullied_at_school": "Bullied at school",
    "in_school": "In school",
    "region": "Region",
}
LEVELS = {
    "girl": "Girls", "boy": "Boys", "urban": "Urban", "rural": "Rural", "low": "Low", "middle": "Middle",
    "high": "High", "yes": "Yes", "no": "No", "female": "Women and girls", "male": "Men and boys",
}  # fmt: skip
DISTRIBUTION = "distribution"


class SurveyDesk(Workbook):
    """What the survey phase knows before a question is asked; `Quantitative` asks."""

    phase = "quantitative"

    @cached_property
    def _survey(self) -> Respondents:
        """Respondents mapped to the catalogue; looking at them is `respondents()`."""
        from digicit_lib.data import open_survey

        return open_survey(self.params, self.root)

    @cached_property
    def _delivered_design(self) -> SurveyDesign:
        """The sample design over the full file, with the weights as they came."""
        from digicit_lib.survey import SurveyDesign

        return SurveyDesign(self._with_categories(), **self._survey.design)

    def _with_categories(self) -> pd.DataFrame:
        """The respondents' frame, its distributions as labels: a mean of category numbers says nothing."""
        import pandas as pd

        frame = self._survey.frame
        spread = {n: i for n, i in self._survey.indicators.items() if i.type == DISTRIBUTION}
        labels = {
            name: pd.Categorical.from_codes(frame[name].fillna(0).astype(int) - 1, list(i.categories))
            for name, i in spread.items()
        }
        return frame.assign(**labels) if labels else frame

    @cached_property
    def _design(self) -> SurveyDesign:
        """The design that estimates: the sample's, calibrated and trimmed where the params say so."""
        from digicit_lib.data.respondents import level_id
        from digicit_lib.survey import calibrate, trim

        spec = self.params.design.calibration
        if spec is None:
            return self._delivered_design
        totals = {by: {level_id(name): n for name, n in part.items()} for by, part in spec.totals.items()}
        fitted = calibrate(self._delivered_design, totals, kind=spec.kind, bounds=spec.bounds)
        return trim(fitted, *spec.trim) if spec.trim else fitted

    @property
    def data(self) -> pd.DataFrame:
        """A profile of the data, one row an indicator: counts, never rows of respondents."""
        return self._survey.status

    def design_facts(self) -> dict[str, Any]:
        """What the sample design is, in counts: see `SurveyDesign.report`."""
        return self._design.report(self.language)

    def respondents(self) -> pd.DataFrame:
        """The respondents themselves; from now on this run is *not publishable*."""
        self.publishable = False
        return self._survey.frame

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
        from digicit_lib.data import Sample
        from digicit_lib.survey.columns import one_of

        known = [*self._survey.indicators, *self._survey.breakdowns]
        for name in columns:
            one_of(name, known, "This survey has no such indicator or breakdown.", "wb.sample")
        return Sample(self._with_categories()[list(columns)]).dropna(ignore_index=True)

    @property
    def source(self) -> str:
        if self.synthetic:
            return self.say("SYNTHETIC demonstration data; no one was asked")
        facts = self._survey.facts
        return str(facts.get("citation") or facts.get("title") or "")

    # --- estimates ----------------------------------------------------------------------------------

    @property
    def breakdowns(self) -> list[str]:
        """The breakdowns of the params that this survey recorded."""
        return [name for name in self.params.analysis.breakdowns if name in self._survey.breakdowns]

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Every measured indicator for everyone and by every breakdown, marked and hidden as the rules say.

        All at once, because a hidden cell is only hidden when no other table gives it back.
        """
        return self._published([(), *((name,) for name in self.breakdowns)], list(self._survey.indicators))

    def _published(self, by: list[tuple[str, ...]], names: list[str]) -> pd.DataFrame:
        """Estimates and the differences between each breakdown's first and last group, after the rules."""
        import pandas as pd

        from digicit_lib import disclosure
        from digicit_lib.survey import difference, families, table

        analysis = self.params.analysis
        options: dict[str, Any] = {"level": analysis.confidence_level, "df": analysis.df}
        frames = [table(self._design, names, by=by, ci=analysis.ci, in_base=self._survey.in_base, **options)]
        compared = [name for name in names if self._definition(name).type != DISTRIBUTION]
        for one in (pair[0] for pair in by if len(pair) == 1 and len(self._survey.breakdowns[pair[0]]) > 1):
            options |= {"in_base": self._survey.in_base}
            contrasts = difference(self._design, compared, one, *self._ends(one), **options)
            frames.append(families(contrasts, self.declared, level=analysis.confidence_level))
        frame = self._worded(pd.concat(frames, ignore_index=True))
        known = self.__dict__.get("estimates")
        return self.evidence.add(disclosure.apply(frame, profile=self.params.publication, published=known))

    @cached_property
    def declared(self) -> dict[str, frozenset[tuple[str, str]]]:
        """The contrasts that are tested together: every core indicator measured by every breakdown recorded.

        Fixed by catalogue, params and what the file holds, before any estimate is looked at.
        """
        core = [name for name, i in self._survey.indicators.items() if i.core and i.type != DISTRIBUTION]
        groups = [by for by in self.breakdowns if len(self._survey.breakdowns[by]) > 1]
        return {"report": frozenset((name, by) for name in core for by in groups)}

    def _ends(self, by: str) -> tuple[str, str]:
        """The first and the last group of a breakdown, the pair that is compared."""
        levels = self._survey.breakdowns[by]
        return levels[0], levels[-1]

    def _worded(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Titles, bases, definitions and level names beside the numbers."""
        facts = {name: self._definition(name) for name in self._survey.indicators}
        words = {
            "title": lambda i: self.say(i.title),
            "question": lambda i: i.question,
            "base": lambda i: i.base_text,
            "definition_sha": lambda i: i.definition_sha,
            "sensitivity": lambda i: i.sensitivity,
            "unit": lambda i: i.unit or ("score 0-100" if i.type == "scale" else ""),
        }
        made = {
            key: frame["indicator"].map({n: get(i) for n, i in facts.items()}) for key, get in words.items()
        }
        made["unit"] = frame["unit"].where(frame["unit"] != "", made["unit"])
        labels = [self._levels(by, level) for by, level in zip(frame["by"], frame["level"], strict=True)]
        return frame.assign(**made, level_label=labels, source=self.source)

    def _definition(self, name: str) -> codebook.Indicator:
        return self._survey.indicators[name]

    def _levels(self, by: str, level: str) -> str:
        if not by:
            return self.say("All")
        if by in self._survey.breakdowns and level == "-".join(self._ends(by)):
            return " − ".join(self._levels(by, end) for end in self._ends(by))
        from digicit_lib.data.respondents import level_name

        names = map(level_name, level.split(","))
        return ", ".join(self.say(LEVELS.get(name, name)) for name in names)

    def _breakdown(self, by: str) -> str:
        return " × ".join(
            self.say(BREAKDOWNS.get(part, part.replace("_", " ").capitalize())) for part in by.split(",")
        )

    def private(self, *names: str) -> bool:
        """Whether a count of one of the indicators is hidden for privacy in any group of the report.

        A test, an odds ratio or an effect size over such a table is one more equation for the hidden count,
        so none is printed.
        """
        rows = self.estimates[self.estimates["indicator"].isin(names)]
        hidden: bool = rows["reason"].str.contains(r"(?:^|;)privacy\b").any()
        return bool(hidden)

    def measured(self, name: str) -> list[str]:
        """The measured forms of an indicator: itself, or this survey's variants of it.

        Raises
        ------
        CodebookError
            When the catalogue has no such indicator.
        """
        plain = codebook.split_id(name)[0]
        _ = codebook.catalogue()[plain]
        held = list(self._survey.indicators)
        return [name] if name in held else [other for other in held if codebook.split_id(other)[0] == plain]

    def _gap(self, name: str) -> str:
        return f"{self.say(codebook.catalogue()[name].title)} ({name})"

    def _select(self, forms: list[str], by: str, *, differences: bool = False) -> pd.DataFrame:
        if "," in by and not (self.estimates["by"] == by).any():
            self.estimates = self._joined(by)
        known, order = self.estimates, {name: i for i, name in enumerate(forms)}
        place = np.array([order.get(name, -1) for name in known["indicator"].tolist()])
        domain = (known["by"].to_numpy() == by) & ((known["statistic"].to_numpy() == "diff") == differences)
        asked = np.flatnonzero(domain & (place >= 0))
        return known.iloc[asked[np.argsort(place[asked], kind="stable")]].reset_index(drop=True)

    def _joined(self, by: str) -> pd.DataFrame:
        """Estimates with one more cross of breakdowns."""
        import pandas as pd

        names = list(self._survey.indicators)
        return pd.concat([self.estimates, self._published([tuple(by.split(","))], names)], ignore_index=True)

    def _p(self, p: float) -> str:
        return "p < 0.001" if p < 0.001 else f"p = {number(p, self.language, 3)}"
