"""From raw columns to `Respondents`: what the file holds, whom it speaks for, indicators and groups."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, cast

import numpy as np
import pandas as pd

from digicit_lib.codebook import (
    CLEARANCE_ONLY,
    Breakdown,
    Indicator,
    Instrument,
    Rule,
    catalogue,
    instrument,
    is_own,
    questionnaire,
    split_id,
)
from digicit_lib.codebook.generated import LAW, below_legal_age
from digicit_lib.codebook.people import called, noun_of
from digicit_lib.codebook.says import BASES, RESPONDENTS
from digicit_lib.data.mapping import DK, NOT_ASKED, PNTS, VALID, Answers, Array, Mapper, thirds
from digicit_lib.data.raw import Raw
from digicit_lib.data.respondents import Respondents, level_id
from digicit_lib.data.selection import CUT, check_outcomes, design_columns, design_of, filtered, rule_columns
from digicit_lib.errors import DataError, DigicitError, did_you_mean, refuse_all
from digicit_lib.language import ASKED

WARN_PNTS, EXACT_DIGITS = 0.10, 15
FACTS = ("title", "programme", "citation", "licence", "where", "wave", "fieldwork")
NO_CLEARANCE, NOT_HELD = "needs a recorded ethics clearance", "not measured in this survey"
NOBODY, NO_BASE = "no answers in this file", "the file does not tell who is in its base"


def respondents_of(
    params: Any, tool: Instrument, raw: Raw, file: Mapping[str, Any], warnings: list[str]
) -> Respondents:
    """The survey in `raw`, checked and mapped.

    Raises
    ------
    DataError
    """
    rows, cut = filtered(raw, params, tool)
    if cut:
        warnings.append(CUT.format(**cut))
    return _Opening(params, tool, rows, warnings).survey(dict(file), cut)


def strange_codes(params: Any, tool: Instrument, raw: Raw) -> list[DataError]:
    """What does not fit in the columns that are there, for a file that lacks others."""
    there = set(raw.frame)
    age = tool.age if set(rule_columns(tool.age)) <= there else None
    with suppress(DigicitError, KeyError):  # a filter, too, may rest on a column that is not there
        opening = _Opening(params, tool.model_copy(update={"age": age}), filtered(raw, params, tool)[0], [])
        for rule in (*tool.indicators.values(), *tool.bases.values()):
            for leaf in rule.leaves():
                if leaf.column in there:
                    opening.mapper.rule(leaf)
        for group in tool.breakdowns.values():
            if group.column in there and group.levels:
                opening.mapper.levels(group.column, group.levels, group.missing)
        return list(opening.codes_refused())
    return []


def _repeated(ids: pd.DataFrame, rows: int) -> DataError:
    """Ids that stand twice; a spreadsheet or a double keeps 15 digits and makes long ones alike."""
    texts = [str(value) for column in ids for value in ids[column].dropna().unique()]
    long = sum(len(text.split(".")[0].lstrip("-")) > EXACT_DIGITS or "E+" in text.upper() for text in texts)
    got, where = f"{rows} rows repeat one", ", ".join(map(str, ids))
    if long * 2 > len(texts):
        hint = "export the ids as text (CSV), or leave `id` out of the instrument; delete no row"
        what = "Ids lost their last digits: this format keeps 15 digits of a number."
        return DataError(what, where=where, got=got, next=hint)
    return DataError("Duplicate respondent ids.", where=where, got=got, next="remove the repeated interviews")


class _Opening:
    """One survey being opened; `survey` runs the checks and the mapping in their order."""

    def __init__(self, params: Any, tool: Instrument, raw: Raw, warnings: list[str]) -> None:
        self.params, self.frame, self.warnings = params, raw.frame, warnings
        self.reasons: dict[str, str] = {}
        self.tool = self._held(tool)
        self.mapper = Mapper(raw, self.tool)
        self.age = self.mapper.age
        self.design = design_of(tool, params)

    def survey(self, file: dict[str, Any], cut: Mapping[str, Any]) -> Respondents:
        groups = {name: self._group(self.tool.breakdowns[name]) for name in self._group_names()}
        narrowed = {name: self._narrowed(name) for name in self.tool.indicators}
        indicators = {name: definition for name, definition in narrowed.items() if definition}
        answers = {name: self._measured(name, definition) for name, definition in indicators.items()}
        self._check_all()
        self.warnings += self.mapper.notes
        people = groups["gender"].dropna().unique() if "gender" in groups else ()
        noun = noun_of(self.tool.respondents, people, self.params.population.ages)
        indicators = {n: self._whom(one, answers[n][0], noun) for n, one in indicators.items()}
        status = self._status(answers)
        measured = [name for name in answers if status.loc[name, "measured"]]
        values = {
            name: np.where(answers[name][1], answers[name][0].value, np.float32(np.nan)) for name in measured
        }
        design = {name: self.frame[name] for name in design_columns(self.design, [*map(str, self.frame)])}
        facts = {key: getattr(self.tool, key) for key in FACTS} | {"population": self.tool.population.base}
        facts |= {"n": len(self.frame), "of_ages": int(self._of_ages(self.params.population.ages).sum())}
        return Respondents(
            frame=pd.DataFrame({"age": self.age, **design, **groups, **values}, copy=False),
            design=self.design,
            status=status,
            in_base={name: answers[name][1] for name in measured},
            indicators={name: indicators[name] for name in measured},
            breakdowns={name: tuple(map(str, group.categories)) for name, group in groups.items()},
            gaps={n: NOT_HELD for n in self.params.analysis.breakdowns if n not in groups},
            facts={**facts, "instrument": self.tool.name, "cut": cut},
            files=[file],
            warnings=self.warnings,
            mapper=self.mapper,
            kind="synthetic" if self.params.data.survey.kind == "synthetic" else "observed",
        )

    # --- what the instrument holds here -----------------------------------------------------------------

    def _held(self, tool: Instrument) -> Instrument:
        """The instrument without what this file does not ask; an any-of goes when a part is gone (rule 5)."""
        ethics = self.params.ethics
        cleared = bool(ethics.clearance and ethics.board and ethics.date)
        there, modules = set(self.frame), questionnaire(self.params.modules)
        rules = {n: m for n, m in tool.indicators.items() if not tool.generated or split_id(n)[0] in modules}
        law = self.params.population.legal_minimum
        if tool.generated and law and law.in_force(self.params.study.date):
            rules[LAW] = below_legal_age(law.age)
        bands = {"age_group": Breakdown(bands=self.params.analysis.age_bands)}
        groups = tool.breakdowns | (bands if self.params.analysis.age_bands else {})
        tool = tool.model_copy(update={"indicators": rules, "breakdowns": groups})
        for name, mapped in tool.indicators.items():
            if split_id(name)[0] in CLEARANCE_ONLY and not cleared:
                self.reasons[name] = NO_CLEARANCE
            elif not set(rule_columns(mapped)) <= there:
                self.reasons[name] = NOT_HELD
        while absent := rules.keys() & self.reasons.keys():
            rules = {name: mapped for name, mapped in rules.items() if name not in absent}
            dependent = [
                name for name, mapped in rules.items() if absent & {leaf.of for leaf in mapped.leaves()}
            ]
            self.reasons |= dict.fromkeys(dependent, "a part of it was not asked")
        return tool.model_copy(update={"indicators": rules})

    def _narrowed(self, name: str) -> Indicator | None:
        """The definition, its ages cut to the study's: other ages are another definition (rule 7)."""
        definition = self.tool.definition(name)
        low, high = self.params.population.ages
        ages = (max(low, definition.ages[0]), min(high, definition.ages[1]))
        if ages[0] > ages[1]:
            self.reasons[name] = "the study has none of its ages"
            return None
        answers, rule = definition.answers or self._labelled(name), self.tool.indicators[name]
        least = self.params.publication.cell(sensitive=definition.sensitivity >= 2)
        if answers == rule.answers_in_words and self.mapper.rare_words(rule, least):
            answers = ()
        return definition.model_copy(update={"ages": ages, "answers": answers})

    def _whom(self, one: Indicator, answers: Answers, noun: str) -> Indicator:
        """With whom this survey asked where the catalogue, or a mapping without a base, would name others."""
        tool, text = self.tool, ""
        if one.id in catalogue() and not tool.generated:
            net = BASES["PARENTS"] if tool.respondents == "parents" else ""
            text = {"ALL": tool.people, "NET": net}.get(one.base, "")
        if (text or one.population) == tool.people:
            text = self._part(text or one.population)
        skipped = self._of_ages(one.ages) & (answers.state == NOT_ASKED)
        if one.base == "ALL" and not tool.indicators[one.id].base and skipped.any():
            text = f"{text or one.people}{ASKED}"
        through = called(one.people, noun) if one.id in catalogue() and not one.population else one.through
        return one.model_copy(update={"through": text or through})

    def _part(self, everyone: str) -> str:
        """The study's own words, where its filter keeps a part of those whom the instrument names."""
        base = self.params.population.base
        return base if getattr(self.params.data.survey, "filter", None) and base != RESPONDENTS else everyone

    def _labelled(self, name: str) -> tuple[str, ...]:
        """The answers of an own question that count, as the file labels their codes."""
        rule = self.tool.indicators[name]
        labels = self.mapper.raw.values.get(rule.column or "", {}) if is_own(split_id(name)[0]) else {}
        return tuple(labels.get(code, "") for code in rule.yes) if set(rule.yes) <= set(labels) else ()

    def _measured(self, name: str, definition: Indicator) -> tuple[Answers, Array]:
        """Answers and the base: whom the definition names, of its ages, and who was asked."""
        answers = self.mapper.indicator(name)
        base = self._base(definition.base) & self._of_ages(definition.ages) & (answers.state != NOT_ASKED)
        base_rule = self.tool.indicators[name].base
        return answers, base & self.mapper.asked(base_rule) if base_rule else base

    def _base(self, base: str) -> Array:
        nobody: Array = np.zeros(len(self.frame), dtype=bool)
        if base == "ALL":
            return ~nobody
        rules = [self.tool.bases.get(name) or Rule(of=name) for name in base.split("|")]
        usable = [rule for rule in rules if not rule.of or rule.of in self.tool.indicators]
        return np.logical_or.reduce([nobody, *(self.mapper.rule(rule).value == 1 for rule in usable)])

    def _of_ages(self, ages: tuple[int, int]) -> Array:
        """An unknown age is of these ages only where everybody in the survey is."""
        low, high = self.tool.population.ages
        inside: Array = (self.age >= ages[0]) & (self.age <= ages[1])
        return inside | np.isnan(self.age) if ages[0] <= low and high <= ages[1] else inside

    # --- checks -------------------------------------------------------------------------------------------

    def _check_all(self) -> None:
        """All that is wrong at once: who mends a file does not want to hear of it bit by bit."""
        problems = list(self.codes_refused())
        of_file = partial(check_outcomes, self.params, len(self.frame))
        for check in (self._check_ids, self._check_ages, lambda: self.weights, self._check_floors, of_file):
            try:
                check()
            except DataError as error:
                problems.append(error)
        refuse_all(problems, self.tool.name)

    def _check_ids(self) -> None:
        again = int(self.frame.duplicated(subset=list(self.tool.id)).sum()) if self.tool.id else 0
        if again:
            raise _repeated(self.frame[list(self.tool.id)], again)

    def _check_ages(self) -> None:
        """The instrument's and the study's ages bound those of the respondents."""
        (low, high), (first, last) = self.tool.population.ages, self.params.population.ages
        outside = int(((self.age < min(low, first)) | (self.age > max(high, last))).sum())
        if (self.age < 0).any() and self.tool.age and self.tool.age.born:
            where, got = f"column {self.tool.age.born}", f"{int((self.age < 0).sum())} rows"
            fix = "correct the dates, or which columns they are in"
            raise DataError("Interviews stand before the birth.", where=where, got=got, next=fix)
        if outside:
            allowed, got = f"{min(low, first)} to {max(high, last)}", f"{outside} rows"
            hint = "correct them, or widen population.ages"
            raise DataError("Ages lie outside the base.", where="age", got=got, allowed=allowed, next=hint)
        if self.tool.age and (unknown := int(np.isnan(self.age).sum())):
            self.warnings.append(f"The age of {unknown} respondents is not known.")

    @cached_property
    def weights(self) -> Array:
        """The weights as numbers, ones where there are none."""
        name = self.design.get("weight")
        if name is None:
            return np.ones(len(self.frame))
        values = pd.to_numeric(self.frame[name], errors="coerce").to_numpy(dtype=float)
        words = np.isnan(values) & self.frame[name].notna().to_numpy()
        if words.any():
            hint = "correct them; `decimal` under data.survey.files says which mark the file uses"
            got = f"{int(words.sum())} rows"
            raise DataError("Weights are not numbers.", where=f"column {name}", got=got, next=hint)
        leave = "or leave those rows out and say so"
        for what, bad, hint in (
            ("missing", np.isnan(values), f"complete the weights, {leave}"),
            ("negative", values < 0, f"correct the weights, {leave}"),
        ):
            if bad.any():
                where, got = f"column {name}", f"{int(bad.sum())} rows"
                raise DataError(f"Weights are {what}.", where=where, got=got, next=hint)
        if not values.any():
            raise DataError("All weights are zero.", where=f"column {name}")
        self.frame[name] = values
        return values

    def codes_refused(self) -> Iterator[DataError]:
        """What the columns hold beside the mapping, and what the mapping names beside the columns."""
        no_age = "write whole numbers within age: range, or name what is no age under age: missing"
        hint = "name these codes in the instrument (yes, no, values, missing), or correct the file"
        for column in (name for name in self.mapper.unknown if name not in self.mapper.misnamed):
            got = self.mapper.strangers(column, self.params.publication.min_cell)
            where = f"{self.tool.place(column)} column {column}"
            fix = no_age if self.tool.age and column in self.tool.age.columns else hint
            yield DataError("Codes outside the mapping.", where=where, got=got, next=fix)
        yield from self.mapper.misnamed.values()

    def _check_floors(self) -> None:
        """Rule 4: an answer from a child below the floor stops the run instead of giving a number."""
        for name, mapped in self.tool.indicators.items():
            floor = self.tool.definition(name).ages[0]
            younger = (self.age < floor) & (self.age >= 0)
            leaves = [leaf for leaf in mapped.leaves() if leaf.column] if younger.any() else []
            answers = [np.isin(self.mapper.rule(leaf).state, (VALID, DK, PNTS)) & younger for leaf in leaves]
            if count := int(np.logical_or.reduce(answers, initial=False).sum()) if answers else 0:
                hint = "remove these answers; the question must not be put to younger children"
                got, allowed = f"{count} rows", f"ages {floor} and over"
                what = "Children below the age floor answered this question."
                raise DataError(what, where=name, got=got, allowed=allowed, next=hint)

    # --- what is known about each indicator ----------------------------------------------------------------

    def _status(self, answers: Mapping[str, tuple[Answers, Array]]) -> pd.DataFrame:
        rows = {name: self._row(name, *pair) for name, pair in answers.items()}
        if not rows:  # whether none is mapped or the file has none of the columns
            hint = "compare the file's columns with the mapping; take the # away before a guess that is right"
            raise DataError("No indicator is mapped.", where=self.tool.name, next=hint)
        present = {split_id(name)[0] for name in (*rows, *self.reasons)}
        reasons = self.reasons | {name: NOT_HELD for name in self.tool.not_measured if name not in present}
        rows |= {name: {"measured": False, "reason": reason} for name, reason in reasons.items()}
        status = pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")
        counts = dict.fromkeys(("asked_n", "base_n", "valid_n"), 0)
        return status.fillna(counts).astype({**dict.fromkeys(counts, int), "measured": bool})

    def _row(self, name: str, answers: Answers, base: Array) -> dict[str, Any]:
        valid = base & (answers.state == VALID)
        shares = {k: base & (answers.state == s) for k, s in (("dk_share", DK), ("pnts_share", PNTS))}
        total = self.weights[base].sum() or np.nan
        missing = float(1 - self.weights[valid].sum() / total)
        weighted = {key: float(self.weights[mask].sum() / total) for key, mask in shares.items()}
        return {
            "measured": bool(valid.any()),
            "asked_n": int((answers.state != NOT_ASKED).sum()),
            "base_n": int(base.sum()),
            "valid_n": int(valid.sum()),
            "missing_share": missing,
            **weighted,
            **self._bounds(name, base, weighted["pnts_share"]),
            **self._open_bounds(name, answers, valid, missing),
            "reason": "" if valid.any() else self._why_none(name, answers),
        }

    def _why_none(self, name: str, answers: Answers) -> str:
        if self._base(base := self.tool.definition(name).base).any() or not (answers.state == VALID).any():
            return NOBODY
        words = f"Indicators of base {base} are left out: {NO_BASE}; name it under `bases`."
        self.warnings += [words] if words not in self.warnings else []
        return NO_BASE

    def _bounds(self, name: str, base: Array, pnts: float) -> dict[str, float]:
        """Rule 2: what "prefer not to say" could hide."""
        definition = self.tool.definition(name)
        if definition.sensitivity < 2 or definition.type != "share" or not pnts > 0:
            return {"low": np.nan, "high": np.nan}
        if pnts > WARN_PNTS:
            self.warnings.append(f"{name}: more than 10 % preferred not to say; read the bounds.")
        ends = {end: self.mapper.indicator(name, value).value for end, value in (("low", 0.0), ("high", 1.0))}
        valid = base & ~np.isnan(ends["low"])
        return {end: float(np.average(v[valid], weights=self.weights[valid])) for end, v in ends.items()}

    def _open_bounds(self, name: str, answers: Answers, valid: Array, missing: float) -> dict[str, float]:
        """A share with everyone who gave no valid answer counted as a no, and as a yes."""
        if self.tool.definition(name).type != "share" or not valid.any():
            return {"missing_low": np.nan, "missing_high": np.nan}
        low = float(np.average(answers.value[valid], weights=self.weights[valid])) * (1 - missing)
        return {"missing_low": low, "missing_high": low + missing}

    # --- groups --------------------------------------------------------------------------------------------

    def _group_names(self) -> list[str]:
        """Groups that the file holds; sensitive ones (class 3) only when the study names them."""
        there, names = set(self.frame), self.params.analysis.breakdowns
        group_names = {*self.tool.breakdowns, *instrument("digicit").breakdowns}
        for name in (name for name in names if name not in group_names):
            if hint := did_you_mean(name, self.tool.breakdowns):
                where = f"{self.params.file} analysis.breakdowns"
                raise DataError("Unknown breakdown.", where=where, got=name, next=hint)
        groups = self.tool.breakdowns.items()
        return [n for n, g in groups if set(g.columns) <= there and (g.sensitivity < 3 or n in names)]

    def _group(self, group: Breakdown) -> Any:
        if group.bands or group.tertiles:
            codes = self._bands(group.bands) if group.bands else self._thirds(group)
            return pd.Categorical.from_codes(codes, categories=pd.Index(group.names), ordered=True)
        if group.made_of:
            return self._made(group)
        present = sorted({text for text in self.mapper.codes(group.column)[1] if text})
        levels = group.levels or {text: (text,) for text in present}
        # Levels of a cross are joined by commas, so one in a name is escaped, as in an address.
        codes_by_level = {level_id(level): codes for level, codes in levels.items()}
        return self.mapper.levels(group.column, codes_by_level, group.missing)

    def _made(self, group: Breakdown) -> Any:
        """Levels of a number that a rule makes of several columns."""
        value = self.mapper.rule(cast(Rule, group.made_of)).value
        masks = [np.isin(value, [float(code) for code in codes]) for codes in group.levels.values()]
        codes = np.select(masks, range(len(masks)), default=-1).astype(np.int8)
        return pd.Categorical.from_codes(codes, categories=pd.Index(group.names), ordered=True)

    def _bands(self, bands: Sequence[str]) -> Array:
        edges = [tuple(map(int, band.split("-"))) for band in bands]
        masks = [(self.age >= low) & (self.age <= high) for low, high in edges]
        return np.select(masks, range(len(bands)), default=-1).astype(np.int8)

    def _thirds(self, group: Breakdown) -> Array:
        """Weighted thirds of the respondents whose number is known."""
        rule = group.made_of or Rule(column=group.column, range=group.range)
        return thirds(self.mapper.rule(rule).value, self.weights)
