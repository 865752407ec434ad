"""Tests, models, scales and weights of a survey, each as a table."""

from __future__ import annotations

from typing import Any

from digicit_lib import codebook
from digicit_lib.disclosure import SENSITIVE
from digicit_lib.language import lower, number
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyDesk

FEW = "fewer complete answers than a number may rest on"
GIVES_BACK = "a group of it is hidden, and a test or model would give it back"
NO_MODEL = "the model cannot be estimated from these answers"
NOT_RECORDED = "not recorded in this survey"
MODEL_NOTE = (
    "Weighted logistic regression, standard errors by the sample design; answers used: {n}. An odds ratio "
    "compares a group with its reference group while the others are held equal; no finite estimate: a group "
    "answered only yes or only no."
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

        rows, found_rows, lost = [], [], []
        for name in (form for score in scores for form in self.measured(score)):
            items = self._survey.items(name)
            found: dict[str, Any] = dict(reliability(self._design, items))
            if found["n"] < self.params.publication.min_base:
                lost.append(f"{self._gap(name.partition('@')[0])}: {self.say(FEW)}")
                continue
            found_rows += [
                {
                    "indicator": name,
                    "statistic": kind,
                    "unit": "alpha",
                    "estimate": float(found[kind]),
                    "n": found["n"],
                }
                for kind in ("alpha", "omega")
            ]
            figures = [number(float(found[k]), self.language, 2) for k in ("alpha", "omega", "pingouin")]
            words = self.say(self._definition(name).title)
            rows.append([words, str(items.shape[1]), number(float(found["n"]), self.language), *figures])
        head = (
            "Score",
            "Items",
            "Complete answers",
            "Alpha, weighted",
            "Omega, weighted",
            "Alpha, unweighted",
        )
        gaps = (*(self._gap(score) for score in scores if not self.measured(score)), *lost)
        frame = pd.DataFrame(rows, columns=[self.say(words) for words in head])
        note = self.say("The unweighted alpha is pingouin's; it ignores weights and clusters.")
        shown = self._recorded(found_rows)
        title = "Reliability of the scores"
        return Result(frame, title, source=self.source, gaps=gaps, notes=(note,), options=shown)

    def _recorded(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Record what a test or model found; returns the ids behind its table, for `trace`."""
        import pandas as pd

        if not rows:
            return {}
        facts = [self._definition(row["indicator"]) for row in rows]
        told = pd.DataFrame(rows).assign(
            title=[self.say(i.title) for i in facts], base=[i.base_text for i in facts],
            question=[i.question for i in facts], definition_sha=[i.definition_sha for i in facts],
            source=self.source,
        )  # fmt: skip
        return {"table": {"provenance": self.evidence.add(told)["id"].tolist()}}

    def _cells_shown(self, name: str, by: str) -> bool:
        """Whether all numbers behind a test or model are shown: it would give a hidden one back."""
        from digicit_lib import disclosure
        from digicit_lib.survey import table

        rows = [self._select([name], "")]
        if by in self._survey.breakdowns:
            rows.append(self._select([name], by))
        elif self._definition(by).type == "share":
            crossed = table(self._design, [name], by=(by,), in_base=self._survey.in_base)
            profile = self.params.publication
            rows.append(disclosure.apply(self._worded(crossed), profile=profile, published=self.estimates))
        return all(part["quality"].isin(["ok", "caution"]).all() for part in rows)

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
        if not forms or not self._cells_shown(forms[0], by):
            return Result(pd.DataFrame(), "Effect size", gaps=(self._gap(name),))
        first, last = self._ends(by)
        whole = effect_size(self._design, forms[0], by, first, last)
        found = whole["estimate"]
        ids = self._recorded([{
            "indicator": forms[0], "by": by, "level": f"{first}-{last}", "statistic": "hedges_g",
            "estimate": float(found), "n": whole["n"], "method": whole["method"],
        }])  # fmt: skip
        groups = self._levels(by, f"{first}-{last}")
        row = [self.say(self._definition(forms[0]).title), groups, number(float(found), self.language, 2)]
        columns = [self.say(words) for words in ("Score", "Groups", "Hedges' g, unweighted")]
        return Result(
            pd.DataFrame([row], columns=columns),
            "Effect size, unweighted (pingouin)",
            source=self.source,
            options=ids,
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
        hidden = [form for form in forms if not self._cells_shown(form, by)]
        gaps = tuple(f"{self.say(self._definition(form).title)}: {self.say(GIVES_BACK)}" for form in hidden)
        forms = [form for form in forms if form not in hidden]
        if not forms:
            return Result(pd.DataFrame(), "Association", gaps=gaps or tuple(map(self._gap, names)))
        found = association(self._design, forms, by, df=self.params.analysis.df)
        rows = [
            [
                self.say(self._definition(row.indicator).title),
                number(row.statistic, self.language, 2),
                f"{number(row.ndf, self.language, 1)}; {number(row.ddf, self.language, 1)}",
                self._p(row.p_adjusted),
                number(row.cramers_v, self.language, 2),
                number(row.n, self.language),
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
        ids = self._recorded([
            {
                "indicator": row.indicator, "statistic": "association", "category": by,
                "estimate": row.statistic,
                "df": row.ddf, "n": row.n, "p_value": row.p_value, "p_adjusted": row.p_adjusted, "unit": "F",
                "family": f"association by {by} (Holm)", "m": len(found),
                "method": f"Rao-Scott F, ndf {row.ndf:.4g}",
            }
            for row in found.itertuples()
        ])  # fmt: skip
        return Result(
            frame,
            self.say("Association with {by}", by=lower(self._breakdown(by), self.language)),
            source=self.source,
            gaps=gaps,
            options=ids,
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
        forms = [form for form in forms if self._definition(form).type in ("numeric", "scale")]
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

        from digicit_lib.errors import DataError
        from digicit_lib.survey import regression

        named = {name: self._predictor(name) for name in predictors}
        target = next(iter(self.measured(outcome)), "")
        lost = [f"{self._breakdown(n)}: {self.say(NOT_RECORDED)}" for n, form in named.items() if not form]
        known = [form for form in named.values() if form]
        if not target or not known:
            return Result(
                pd.DataFrame(), "Odds ratios", gaps=tuple(lost) if target else (self._gap(outcome),)
            )
        words = self.say(self._definition(target).title)
        if not all(self._cells_shown(target, form) for form in known):
            return Result(pd.DataFrame(), "Odds ratios", gaps=(f"{words}: {self.say(GIVES_BACK)}", *lost))
        terms = " + ".join(f'Q("{name}")' for name in known)
        level = self.params.analysis.confidence_level
        try:
            fit = regression(self._design, f'Q("{target}") ~ {terms}', "binomial", level=level)
        except DataError:
            return Result(pd.DataFrame(), "Odds ratios", gaps=(f"{words}: {self.say(NO_MODEL)}", *lost))
        rows = self._odds_rows(fit, target, known)
        heads = ("Compared with the reference group", "Odds ratio", "Interval", "p, adjusted (Holm)")
        frame = pd.DataFrame(
            [self._odds_words(row) for row in rows], columns=[self.say(head) for head in heads]
        )
        title = self.say("Odds ratios: {title}", title=lower(words, self.language))
        notes = (self.say(MODEL_NOTE, n=number(fit.n, self.language)), *self._yes_count(fit, target))
        ids = self._recorded([{k: v for k, v in row.items() if k != "words"} for row in rows])
        return Result(frame, title, source=self.source, notes=notes, gaps=tuple(lost), options=ids)

    def _odds_rows(self, fit: Any, target: str, known: list[str]) -> list[dict[str, Any]]:
        """The coefficients of a model but its intercept, as rows of evidence."""
        from digicit_lib.survey import adjust_p

        shown = fit.coefficients[fit.coefficients["term"] != "Intercept"]
        adjusted = adjust_p(shown["p_value"].to_numpy(float), "holm")
        models = self.__dict__.setdefault("_models", {}).setdefault(target, [])
        models += [known] if known not in models else []
        # The first model of an outcome has the plain id; another one names its predictors.
        period = "" if models.index(known) == 0 else "+".join(known)
        made = []
        for row, p in zip(shown.itertuples(), adjusted, strict=True):
            name, level, words = self._term(row.term)
            lost = {"quality": "suppressed", "reason": "separated"} if row.separated else {}
            made.append({
                "indicator": target, "statistic": "odds", "by": name, "level": level, "period": period,
                "estimate": row.ratio, "ci_low": row.ratio_low, "ci_high": row.ratio_high, "df": row.df,
                "n": fit.n, "p_value": row.p_value, "p_adjusted": p, "m": len(shown), "unit": "odds ratio",
                "family": "odds of one model (Holm)", "method": fit.method, "words": words,
                "confidence_level": self.params.analysis.confidence_level, **lost,
            })  # fmt: skip
        return made

    def _odds_words(self, row: dict[str, Any]) -> list[str]:
        """One line of the table: a term that has no finite estimate is marked, never given a number."""
        if row.get("quality") == "suppressed":
            return [row["words"], self.say("no finite estimate"), "", ""]
        ends = f"{number(row['ci_low'], self.language, 2)}–{number(row['ci_high'], self.language, 2)}"
        return [row["words"], number(row["estimate"], self.language, 2), ends, self._p(row["p_adjusted"])]

    def _yes_count(self, fit: Any, target: str) -> list[str]:
        """How many answered yes, where no answer, and nothing that the model leaves out, is a small cell."""
        whole, profile = self._select([target], "").iloc[0], self.params.publication
        small = (
            profile.min_cell_sensitive
            if self._definition(target).sensitivity >= SENSITIVE
            else profile.min_cell
        )
        parts = [fit.n_yes, fit.n - fit.n_yes]
        left = [whole["n_yes"] - parts[0], whole["n"] - whole["n_yes"] - parts[1]]
        safe = min(parts) >= small and all(rest == 0 or rest >= small for rest in left)
        return (
            [self.say("Of these, {yes} answered yes.", yes=number(fit.n_yes, self.language))] if safe else []
        )

    def _predictor(self, name: str) -> str:
        """The column of a breakdown or of a measured indicator; empty when the survey has neither."""
        if name in self._survey.breakdowns:
            return name
        return next(iter(self.measured(name)), "") if name in codebook.catalogue() else ""

    def _term(self, term: str) -> tuple[str, str, str]:
        """A model's term: its variable, its level, and both in words with the group it is compared with."""
        name, _, level = term.replace('Q("', "").replace('")', "").partition("[T.")
        if level:
            level, first = level.rstrip("]"), self._survey.breakdowns[name][0]
            told = {"by": self._breakdown(name), "level": self._levels(name, level)}
            words = self.say(
                "{by}: {level}, against {reference}", reference=self._levels(name, first), **told
            )
            return name, level, words
        definition = self._definition(name)
        return name, "yes" if definition.type == "share" else "one more", self.say(definition.title)

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
