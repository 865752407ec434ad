"""Tests, models, scales and weights of a survey, each as a table."""

from __future__ import annotations

from typing import Any

from digicit_lib import codebook
from digicit_lib.errors import DataError
from digicit_lib.exhibits.cell_text import MARKS
from digicit_lib.language import N_, lower, number
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyDesk

HELD_BACK = N_("not printed, because it would tell more about a number that is held back for privacy")
CANNOT = N_(
    "{title}: the model cannot be estimated, because a group or a combination of groups all say the same"
)


class Models(SurveyDesk):
    """The part of the survey phase that tests and models; `Quantitative` completes it."""

    def reliability(self, *scores: str) -> Result:
        """Alpha and omega of scores, weighted and listwise, with pingouin's unweighted alpha beside them.

        Parameters
        ----------
        scores : str
            Indicator ids of type scale.
        """
        import pandas as pd

        from digicit_lib.survey import reliability

        rows = []
        for name in (form for score in scores for form in self.measured(score)):
            items = self._survey.items(name)
            found: dict[str, Any] = dict(reliability(self._design, items))
            figures = [number(float(found[k]), self.language, 2) for k in ("alpha", "omega", "pingouin")]
            words = self.say(self._definition(name).title)
            told = [number(float(found["n"]), self.language), *figures]
            few = found["n"] < self.params.publication.min_base
            rows.append([words, str(items.shape[1]), *([MARKS["suppressed"]] * 4 if few else told)])
        head = (
            "Score",
            "Items",
            "Complete answers",
            "Alpha, weighted",
            "Omega, weighted",
            "Alpha, unweighted",
        )
        gaps = tuple(self._gap(score) for score in scores if not self.measured(score))
        frame = pd.DataFrame(rows, columns=[self.say(words) for words in head])
        note = self.say("The unweighted alpha is pingouin's; it ignores weights and clusters.")
        return Result(frame, "Reliability of the scores", source=self.source, gaps=gaps, notes=(note,))

    def effect_size(self, name: str, *, by: str) -> Result:
        """Hedges' g between the first and last group, by pingouin: unweighted, it describes the sample only.

        Parameters
        ----------
        name : str
            An indicator of type scale or numeric.
        by : str
            A breakdown.
        """
        import pandas as pd

        from digicit_lib.survey import effect_size

        forms = self.measured(name) if by in self._survey.breakdowns else []
        if not forms:
            return Result(pd.DataFrame(), "Effect size", gaps=(self._gap(name),))
        if self.private(forms[0]) or self._few(forms[0], by):
            return Result(pd.DataFrame(), "Effect size", gaps=(self._held_back(forms[0]),))
        first, last = self._ends(by)
        found = effect_size(self._design, forms[0], by, first, last)["estimate"]
        groups = self._levels(by, f"{first}-{last}")
        row = [self.say(self._definition(forms[0]).title), groups, number(float(found), self.language, 2)]
        columns = [self.say(words) for words in ("Score", "Groups", "Hedges' g, unweighted")]
        return Result(
            pd.DataFrame([row], columns=columns), "Effect size, unweighted (pingouin)", source=self.source
        )

    def associations(self, *names: str, by: str) -> Result:
        """Whether indicators and a breakdown are related: Rao-Scott F, adjusted within the table (Holm).

        Parameters
        ----------
        names : str
            Indicator ids of shares.
        by : str
            A breakdown.
        """
        import pandas as pd

        from digicit_lib.survey import association

        forms = (
            [form for name in names for form in self.measured(name)] if by in self._survey.breakdowns else []
        )
        if not forms:
            return Result(pd.DataFrame(), "Association", gaps=tuple(map(self._gap, names)))
        found = association(self._design, forms, by, df=self.params.analysis.df)
        rows = [
            [
                self.say(self._definition(row.indicator).title),
                *(
                    [MARKS["suppressed"]] * 5
                    if self.private(row.indicator)
                    else [
                        number(row.statistic, self.language, 2),
                        f"{number(row.ndf, self.language, 1)}; {number(row.ddf, self.language, 1)}",
                        self._p(row.p_adjusted),
                        number(row.cramers_v, self.language, 2),
                        number(row.n, self.language),
                    ]
                ),
            ]
            for row in found.itertuples()
        ]
        heads = (
            "Indicator",
            "F (Rao-Scott)",
            "Degrees of freedom",
            "p, adjusted (Holm)",
            "Cramér's V",
            "Answers",
        )
        frame = pd.DataFrame(rows, columns=[self.say(head) for head in heads])
        return Result(
            frame,
            self.say("Association with {by}", by=lower(self._breakdown(by), self.language)),
            source=self.source,
            notes=(self.say(HELD_BACK),) if self.private(*forms) else (),
        )

    def letters(self, *names: str, by: str) -> Result:
        """Which groups of a breakdown are significantly higher than which: letters, with the rule.

        Parameters
        ----------
        names : str
            Indicator ids.
        by : str
            A breakdown.
        """
        import pandas as pd

        from digicit_lib.survey import letters

        rows = self._select([f for n in names for f in self.measured(n)], by)
        if rows.empty:
            return Result(rows, "Significance letters", gaps=tuple(map(self._gap, names)))
        marks, rule = letters(
            self._design,
            list(dict.fromkeys(rows["indicator"])),
            by,
            df=self.params.analysis.df,
            level=self.params.analysis.confidence_level,
            m=len(self.declared["report"]),
            language=self.language,
        )
        marks = rows.merge(marks, on=["indicator", "level"])
        hidden = ~marks["quality"].isin(["ok", "caution"])
        # A hidden cell carries no letter, and nobody else's letter speaks of it.
        lost = marks[hidden].groupby("indicator")["letter"].agg("".join)
        told = [
            "(*)"
            if gone
            else "".join(c for c in row.higher_than if c not in lost.get(row.indicator, "")) or "·"
            for row, gone in zip(marks.itertuples(), hidden, strict=True)
        ]
        marks = marks.assign(told=told, head=marks["level_label"] + " (" + marks["letter"] + ")")
        wide = marks.pivot(index="title", columns="head", values="told").loc[
            list(dict.fromkeys(marks["title"]))
        ]
        wide = wide[list(dict.fromkeys(marks["head"]))].rename_axis(self.say("Indicator")).reset_index()
        title = self.say("Significance letters, by {by}", by=lower(self._breakdown(by), self.language))
        return Result(pd.DataFrame(wide), title, source=self.source, notes=(rule,))

    def medians(self, *names: str, by: str = "", title: str = "") -> Result:
        """Medians with Woodruff intervals, for everyone asked or by a breakdown.

        Parameters
        ----------
        names : str
            Indicator ids of type numeric or scale.
        by : str
            A breakdown.
        title : str
        """
        import pandas as pd

        from digicit_lib import disclosure
        from digicit_lib.survey import quantile

        forms = [form for name in names for form in self.measured(name)]
        if not forms or (by and by not in self._survey.breakdowns):
            gaps = tuple(map(self._gap, names)) if not forms else (self._breakdown(by),)
            return Result(pd.DataFrame(), title or "Medians", gaps=gaps)
        analysis = self.params.analysis
        found = quantile(self._design, forms, by or (), df=analysis.df, level=analysis.confidence_level)
        profile = self.params.publication
        shown = disclosure.apply(self._worded(found), profile=profile, published=self.estimates)
        rows = self.evidence.add(shown)
        return Result(rows, title or "Medians", unit=str(rows["unit"].iloc[0]), source=self.source)

    def odds(self, outcome: str, *predictors: str) -> Result:
        """Odds ratios of a weighted logistic regression with design-based standard errors.

        Parameters
        ----------
        outcome : str
            Indicator id of a share.
        predictors : str
            Breakdowns, or indicator ids.
        """
        import pandas as pd

        from digicit_lib.survey import regression

        named = {name: self._predictor(name) for name in predictors}
        known = [form for form in named.values() if form]
        target = self.measured(outcome)
        if not target or not known:
            gaps = (self._gap(outcome),) if not target else tuple(map(self._breakdown, predictors))
            return Result(pd.DataFrame(), "Odds ratios", gaps=gaps)
        counted = [target[0], *(name for name in known if name not in self._survey.breakdowns)]
        if self.private(*counted):
            return Result(pd.DataFrame(), "Odds ratios", gaps=(self._held_back(target[0]),))
        terms = " + ".join(f'Q("{name}")' for name in known)
        level = self.params.analysis.confidence_level
        try:
            fit = regression(self._design, f'Q("{target[0]}") ~ {terms}', "binomial", level=level)
        except DataError:
            words = self.say(CANNOT, title=self.say(self._definition(target[0]).title))
            return Result(pd.DataFrame(), "Odds ratios", gaps=(words,))
        shown = fit.coefficients[fit.coefficients["term"] != "Intercept"]
        rows = [
            [
                self._term(row.term),
                number(row.ratio, self.language, 2),
                f"{number(row.ratio_low, self.language, 2)}–{number(row.ratio_high, self.language, 2)}",
                self._p(row.p_value),
            ]
            for row in shown.itertuples()
        ]
        heads = ("Compared with the first group", "Odds ratio", "Interval", "p")
        title = self.say(
            "Odds ratios: {title}", title=lower(self.say(self._definition(target[0]).title), self.language)
        )
        note = self.say(
            "Weighted logistic regression, standard errors by the sample design; answers used: {n}.", n=fit.n
        )
        frame = pd.DataFrame(rows, columns=[self.say(head) for head in heads])
        lost = [self._breakdown(name) for name, form in named.items() if not form]
        gaps = tuple(f"{name}: {self.say('not recorded in this survey')}" for name in lost)
        return Result(frame, title, source=self.source, notes=(note,), gaps=gaps)

    def _few(self, name: str, by: str) -> bool:
        """Whether a group of a breakdown has fewer answers than a number may rest on."""
        rows = self._select([name], by)
        return bool((rows["n"].isna() | (rows["n"] < self.params.publication.min_base)).any())

    def _held_back(self, name: str) -> str:
        return f"{self.say(self._definition(name).title)}: {self.say(HELD_BACK)}"

    def _predictor(self, name: str) -> str:
        """The column of a breakdown or of a measured indicator; empty when the survey has neither."""
        if name in self._survey.breakdowns:
            return name
        return next(iter(self.measured(name)), "") if name in codebook.catalogue() else ""

    def _term(self, term: str) -> str:
        """A model's term in words: the breakdown and its level, or the indicator."""
        name, _, level = term.replace('Q("', "").replace('")', "").partition("[T.")
        if level:
            return f"{self._breakdown(name)}: {self._levels(name, level.rstrip(']'))}"
        return self.say(self._definition(name).title) if name in self._survey.indicators else name

    def weighting(self) -> Result:
        """The weights: their spread and what they cost, before and after calibration."""
        from digicit_lib.survey import weight_report

        designs = {"as delivered": self._delivered_design}
        designs |= {"calibrated": self._design} if self._design is not self._delivered_design else {}
        report = weight_report(**designs).rename_axis("weights").reset_index()
        whole = report[["n", "n_effective", "sum_w"]].map(lambda x: number(x, self.language))
        parts = report[["min", "median", "max", "kish_deff"]].map(lambda x: number(x, self.language, 2))
        shown = report[["weights"]].map(self.say).join(whole).join(parts)
        heads = (
            "Weights",
            "Answers",
            "Effective number",
            "Sum",
            "Least",
            "Median",
            "Greatest",
            "Design effect (Kish)",
        )
        spec = self.params.design.calibration
        notes = (self.say("Calibrated to: {source}", source=spec.source),) if spec else ()
        frame = shown.set_axis([self.say(head) for head in heads], axis=1)
        return Result(frame, "Weights", source=self.source, notes=notes)
