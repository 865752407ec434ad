"""Annexes of a survey report: sampling errors, answers that are missing, response, changes, first use."""

from __future__ import annotations

from typing import Any

from digicit_lib.disclosure import SENSITIVE
from digicit_lib.language import N_, number, percent
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_models import Models

FIRST_USE, FIRST_AGES = "ACC-10", (7, 9, 11)
SCALES = {
    "population": N_("The weights add up to {sum}, the number of people that the sample stands for."),
    "answers": N_(
        "The weights add up to the number of answers: they say how much one answer counts against another."
    ),
    "none": N_("No weights: the numbers describe those who answered."),
}
SPREAD = N_(
    "Their spread costs precision: {n} answers are worth {effective} of a sample with equal weights (Kish's "
    "design effect {deff})."
)
NOT_REPORTED = N_("Response rate: not reported")


class Annexes(Models):
    """The part of the survey phase that says how far its numbers may be trusted."""

    def sampling_errors(self) -> Result:
        """Estimate, standard error, CV, design effect, n, interval: everyone here, groups in the CSV."""
        rows = self.estimates
        rows = rows[rows["statistic"].isin(["share", "mean"]) & rows["quality"].isin(["ok", "caution"])]
        whole = rows[rows["by"] == ""]
        if whole.empty:
            return Result(whole, "Sampling errors")
        note = self.say(
            "The design effect is the ratio of the variance to that of a simple random sample of that size; "
            "the interval widens by its root. Groups of all breakdowns stand in the data of this table."
        )
        shown = {"table": {"provenance": whole["id"].tolist()}, "csv": self._errors(rows, False)}
        return Result(
            self._errors(whole, True), "Sampling errors", source=self.source, notes=(note,), options=shown
        )

    def _errors(self, rows: Any, page: bool) -> Any:
        """The columns of a sampling-error table; as text for a page, as numbers for its data."""
        import numpy as np
        import pandas as pd

        cv = rows["se"] / rows["estimate"].abs().where(rows["estimate"] != 0)
        columns: dict[str, Any] = {
            "Indicator": rows["title"], "Group": rows["level_label"], "Estimate": rows["estimate"],
            "Standard error": rows["se"], "CV": cv, "Design effect": rows["deff"],
            "Root": np.sqrt(rows["deff"]),
            "Unweighted n": rows["n"], "No answer": rows["missing_share"], "Low": rows["ci_low"],
            "High": rows["ci_high"],
        }  # fmt: skip
        if page:
            del columns["Group"]
            units = rows["unit"].tolist()
            columns = {
                head: [self._error_text(head, x, unit) for x, unit in zip(values, units, strict=True)]
                for head, values in columns.items()
            }
        return pd.DataFrame({self.say(head): list(values) for head, values in columns.items()})

    def _error_text(self, head: str, value: Any, unit: str) -> str:
        """One cell of the page's table: shares in percent, all else as a number."""
        if isinstance(value, str) or value != value:
            return str(value) if isinstance(value, str) else ""
        places = {"Unweighted n": 0, "Design effect": 2, "Root": 2, "Standard error": 2}.get(head, 1)
        of_share = unit == "share" and head in ("Estimate", "Standard error", "Low", "High")
        form = percent if of_share or head in ("CV", "No answer") else number
        return form(value, self.language, places)

    def nonresponse(self) -> Result:
        """Who gave no valid answer, and how far a share could move if all of them had said no, or yes."""
        import pandas as pd

        status = self._survey.status
        shown = (
            self._select(list(self._survey.indicators), "")
            .drop_duplicates("indicator")
            .set_index("indicator")
        )
        told = [name for name in shown.index if shown.loc[name, "quality"] in ("ok", "caution")]
        rows = [
            self._missing_row(name, status.loc[name])
            for name in told
            if status.loc[name, "missing_share"] > 0
        ]
        heads = ("Indicator", "Asked", "No valid answer", "Do not know", "Prefer not to say",
                 "Bounds by prefer not to say", "Bounds by every missing answer")  # fmt: skip
        frame = pd.DataFrame(rows, columns=[self.say(head) for head in heads])
        note = self.say(
            "Bounds: the share with these answers counted as no, and as yes. Where several questions make "
            "one number, one yes decides, and a no needs a no to every part that was asked."
        )
        return Result(frame, "Missing answers and their bounds", source=self.source, notes=(note,))

    def _missing_row(self, name: str, row: Any) -> list[str]:
        """One line of the table; a kind of answer that only a few gave is not told, nor are its bounds."""
        definition, profile = self._definition(name), self.params.publication
        sensitive = definition.sensitivity >= SENSITIVE
        cell = profile.min_cell_sensitive if sensitive else profile.min_cell
        few = {
            key: 0 < row[key] * row["base_n"] < cell for key in ("missing_share", "dk_share", "pnts_share")
        }
        shares = ["(*)" if hide else percent(row[key], self.language, 1) for key, hide in few.items()]
        bounds = [
            "" if few[key] else self._bounds_text(row[f"{kind}low"], row[f"{kind}high"])
            for kind, key in (("", "pnts_share"), ("missing_", "missing_share"))
        ]
        return [self.say(definition.title), number(row["base_n"], self.language), *shares, *bounds]

    def _bounds_text(self, low: float, high: float) -> str:
        return (
            "" if low != low else f"{number(100 * low, self.language, 1)}–{percent(high, self.language, 1)}"
        )

    def response(self) -> Result:
        """Response rates: AAPOR's from outcome counts, or those of an agency; else not reported."""
        import pandas as pd

        from digicit_lib.survey.response import overall, printed_rates

        published = self.params.response
        if self.params.outcomes:
            rates = {
                name: printed_rates(counts.model_dump()) for name, counts in self.params.outcomes.items()
            }
        else:
            stages = published.stages if published else ()
            rates = {stage.name: {"took part": stage.took_part / stage.of} for stage in stages}
        if not rates:
            return Result(pd.DataFrame(), "Response rates", gaps=(self.say(NOT_REPORTED),))
        if len(rates) > 1:
            together = overall(rates.values())
            rates[self.say("All stages together")] = together
        rows = [
            [self.say(stage), self.say(name), percent(rate, self.language, 1)]
            for stage, found in rates.items()
            for name, rate in found.items()
        ]
        frame = pd.DataFrame(rows, columns=[self.say(head) for head in ("Stage", "Rate", "Value")])
        note = self.say("RR1 to RR4 by AAPOR's Standard Definitions.")
        notes = (note,) if self.params.outcomes else ()
        return Result(
            frame, "Response rates", source=published.source if published else self.source, notes=notes
        )

    def weighting_story(self) -> list[str]:
        """What the weights of this file are, in sentences that its numbers allow."""
        from digicit_lib.survey import weight_report, weight_scale

        design = self._delivered_design
        scale = weight_scale(design)
        row = weight_report(design=design).iloc[0]
        words = [self.say(SCALES[scale], sum=number(row["sum_w"], self.language))]
        if scale != "none":
            facts = {
                "n": number(row["n"], self.language),
                "effective": number(row["n_effective"], self.language),
            }
            words.append(self.say(SPREAD, deff=number(row["kish_deff"], self.language, 2), **facts))
        return words

    def change(self) -> Result:
        """Changes since earlier waves, each pair of waves one family, with the verdict of each."""
        rows = self.changes
        rows = rows[rows["statistic"] == "change"]
        if rows.empty:
            return Result(rows, "Changes since earlier waves")
        told = rows.assign(ci_low=rows["sim_low"], ci_high=rows["sim_high"], level=rows["period"], by="wave")
        told["level_label"] = [self.say("since {year}", year=period) for period in rows["period"]]
        level = percent(self.params.analysis.confidence_level, self.language)
        note = self.say(
            "{level} intervals hold for all {m} changes since one wave together (Bonferroni); the samples "
            "are independent. An interval that meets zero shows no change.",
            level=level, m=number(rows["m"].max(), self.language),
        )  # fmt: skip
        waves = list(dict.fromkeys(rows["period"]))
        title = (
            self.say("Changes since {year}", year=waves[0])
            if len(waves) == 1
            else "Changes since earlier waves"
        )
        coverage = () if self.params.study.coverage else (self.say("Coverage of the waves: not reported."),)
        return Result(
            told, title, unit=str(told["unit"].iloc[0]), source=self.source, notes=(note, *coverage)
        )

    def first_use(self) -> Result:
        """The share who were online by an age, among those who are older than it."""
        import dataclasses

        import pandas as pd

        from digicit_lib import disclosure
        from digicit_lib.survey import table

        forms = [name for name in self.measured(FIRST_USE) if self._definition(name).type == "numeric"]
        if not forms:
            return Result(pd.DataFrame(), "Online by an age", gaps=(self._gap(FIRST_USE),))
        frame, age = self._design.frame, self._survey.frame["age"]
        known = frame[forms[0]]
        columns = {f"by_{k}": (known <= k).astype(float).where(known.notna() & (age > k)) for k in FIRST_AGES}
        design = dataclasses.replace(self._design, frame=frame.assign(**columns))
        asked = {
            name: self._survey.in_base[forms[0]] & (age > k).to_numpy()
            for name, k in zip(columns, FIRST_AGES, strict=True)
        }
        analysis = self.params.analysis
        found = table(
            design,
            list(columns),
            in_base=asked,
            ci=analysis.ci,
            df=analysis.df,
            level=analysis.confidence_level,
        )
        definition = self._definition(forms[0])
        told = found.assign(
            title=[self.say("Online by the age of {k}", k=k) for k in FIRST_AGES],
            base=[self.say("users aged {k} and over", k=k + 1) for k in FIRST_AGES],
            level_label=self.say("All"),
            sensitivity=definition.sensitivity, definition_sha=definition.definition_sha,
            question=definition.question, source=self.source,
        )  # fmt: skip
        shown = disclosure.apply(told, profile=self.params.publication)
        rows = self.evidence.add(shown.assign(category=shown["indicator"], indicator=forms[0]))
        note = self.say(
            "Of internet users who are older than the age named: a mean age would rise with the age of those "
            "who were asked. What is remembered of early years is uncertain."
        )
        table_rows = rows.assign(level_label=rows["title"], level=rows["category"], by="age", category="")
        return Result(
            table_rows,
            "Online by an age",
            "",
            self.say("Users who are older than the age named"),
            "share",
            self.source,
            (note,),
        )
