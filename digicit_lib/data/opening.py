"""From raw columns to a `Survey`: ages, ids and weights checked, indicators and groups made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib.codebook import CLEARANCE_ONLY, Breakdown, Indicator, Instrument, Rule, split_id
from digicit_lib.data.files import Raw, missing_columns
from digicit_lib.data.mapping import DK, NOT_ASKED, PNTS, VALID, Answers, Array, Mapper
from digicit_lib.data.respondents import Survey
from digicit_lib.errors import DataError

WARN_PNTS = 0.10
NO_CLEARANCE = "needs a recorded ethics clearance"


def needed_columns(tool: Instrument, params: Any, there: Sequence[str], where: str) -> list[str]:
    """The columns to read: those that design, filter, groups and indicators name.

    Raises
    ------
    DataError
        One that is named is not there. Our own questionnaire may leave questions out: they are not measured.
    """
    filters = list(getattr(params.data.survey, "filter", {}))
    firm = [*filters, *tool.id, *_columns(tool.age), *_design_columns(design_of(tool, params), there)]
    loose = [*_mapped_columns(tool), *(group.column for group in tool.breakdowns.values() if group.column)]
    missing_columns(firm if tool.generated else [*firm, *loose], there, where)
    return [name for name in dict.fromkeys([*firm, *loose, tool.minutes, tool.country]) if name in set(there)]


def _columns(rule: Rule | None) -> Iterator[str]:
    yield from (leaf.column for leaf in (rule.leaves() if rule else ()) if leaf.column)


def _mapped_columns(tool: Instrument) -> Iterator[str]:
    for mapped in tool.indicators.values():
        yield from _columns(mapped)
        yield from _columns(mapped.base)
    for base in tool.bases.values():
        yield from _columns(base)


def design_of(tool: Instrument, params: Any) -> dict[str, Any]:
    """The instrument's design with what the params replace; replicate weights drop what they replace."""
    given = (
        params.design if isinstance(params.design, Mapping) else params.design.model_dump(exclude_unset=True)
    )
    own = {} if given.get("unweighted") else dict(tool.design)
    if given.get("replicates"):
        own = {key: own[key] for key in ("weight",) if key in own}
    elif given.get("strata") or given.get("psu"):
        own.pop("replicates", None)
    return own | {key: value for key, value in given.items() if value is not None}


def _design_columns(design: Mapping[str, Any], there: Sequence[str]) -> list[str]:
    single = [design[key] for key in ("weight", "strata", "psu", "fpc", "ssu", "ssu_fpc") if design.get(key)]
    pattern = (design.get("replicates") or {}).get("weights", [])
    return single + (replicate_columns(pattern, there) if isinstance(pattern, str) else list(pattern))


def replicate_columns(pattern: str, there: Sequence[str]) -> list[str]:
    """Columns of `W{1..80}`, all of them, or of `W*`, those that are there.

    Examples
    --------
    >>> replicate_columns("R{1..3}", []), replicate_columns("R*", ["R1", "R10", "R2", "Rx"])
    (['R1', 'R2', 'R3'], ['R1', 'R2', 'R10'])
    """
    span = re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", pattern)
    if span:
        head, first, last, tail = span.groups()
        return [f"{head}{i}{tail}" for i in range(int(first), int(last) + 1)]
    stem = pattern.removesuffix("*")
    found = [name for name in there if re.fullmatch(re.escape(stem) + r"\d+", name)]
    return sorted(found, key=lambda name: int(name[len(stem) :])) or [pattern]


def opened(
    params: Any, tool: Instrument, raw: Raw, file: list[dict[str, Any]], warnings: list[str]
) -> Survey:
    """The survey in `raw`, checked and mapped.

    Raises
    ------
    DataError
    """
    return _Opening(params, tool, _filtered(raw, params, tool), warnings).survey(file)


def _filtered(raw: Raw, params: Any, tool: Instrument) -> Raw:
    """Rows of one country of many: each country is a sample of its own, so this cuts no domain."""
    frame = raw.frame
    for column, wanted in getattr(params.data.survey, "filter", {}).items():
        frame = frame[frame[column].astype(str).str.strip() == str(wanted)]
    if frame.empty:
        raise DataError("The filter leaves no rows.", where="data.survey.filter")
    if tool.country in frame and frame[tool.country].nunique() > 1:
        raise DataError(
            "The file holds several countries.", where=f"column {tool.country}",
            got=f"{frame[tool.country].nunique()} countries", next=f"add data.survey.filter: {{{tool.country}: …}}",
        )  # fmt: skip
    return Raw(frame.reset_index(drop=True), raw.labels, raw.values, raw.user_missing)


class _Opening:
    """One survey being opened; `survey` runs the checks and the mapping in their order."""

    def __init__(self, params: Any, tool: Instrument, raw: Raw, warnings: list[str]) -> None:
        self.params, self.raw, self.warnings = params, raw, warnings
        self.cleared = bool(params.ethics.clearance and params.ethics.board and params.ethics.date)
        self.reasons: dict[str, str] = {}
        self.tool = self._held(tool)
        self.mapper = Mapper(raw, self.tool)
        self.design = design_of(tool, params)

    def survey(self, file: list[dict[str, Any]]) -> Survey:
        self._check_ids()
        columns: dict[str, Any] = {"age": self.age}
        columns |= {name: self.raw.frame[name] for name in _design_columns(self.design, list(self.raw.frame))}
        if self.weights is None:
            self.warnings.append("No weights: every respondent counts one.")
        groups, gaps = self._groups()
        definitions = {name: self._narrowed(name) for name in self.tool.indicators}
        made = {
            name: self._measured(name, definition) for name, definition in definitions.items() if definition
        }
        self._check_unknown()
        self._check_floors()
        status = self._status(made)
        measured = [name for name in made if status.loc[name, "measured"]]
        columns |= groups | {name: self._values(made[name]) for name in measured}
        return Survey(
            frame=pd.DataFrame(columns, copy=False), design=self._design(), status=status,
            in_base={name: made[name][1] for name in measured},
            indicators={name: d for name in measured if (d := definitions[name])},
            breakdowns={name: tuple(map(str, group.categories)) for name, group in groups.items()}, gaps=gaps,
            facts=self._facts(), files=file, warnings=self.warnings, mapper=self.mapper,
            kind="synthetic" if self.params.data.survey.kind == "synthetic" else "observed",
        )  # fmt: skip

    # --- what the instrument holds here -----------------------------------------------------------------

    def _held(self, tool: Instrument) -> Instrument:
        """The instrument without what this file does not ask; an any-of goes when a part is gone (rule 5)."""
        there, gone = set(self.raw.frame), dict[str, str]()
        for name, mapped in tool.indicators.items():
            if split_id(name)[0] in CLEARANCE_ONLY and not self.cleared:
                gone[name] = NO_CLEARANCE
            elif not set(_columns(mapped)) <= there:
                gone[name] = "not asked in this survey"
        grew = True
        while grew:
            parts = {n: {leaf.of for leaf in m.leaves()} for n, m in tool.indicators.items() if n not in gone}
            lost = {name for name, of in parts.items() if of & set(gone)}
            gone |= {name: gone.get(name, "a part of it was not asked") for name in lost}
            grew = bool(lost)
        self.reasons |= gone
        kept = {name: mapped for name, mapped in tool.indicators.items() if name not in gone}
        return tool.model_copy(update={"indicators": kept})

    def _narrowed(self, name: str) -> Indicator | None:
        """The definition, its ages cut to the study's: other ages are another definition (rule 7)."""
        definition = self.tool.definition(name)
        low, high = self.params.population.ages
        ages = (max(low, definition.ages[0]), min(high, definition.ages[1]))
        if ages[0] > ages[1]:
            self.reasons[name] = "the study has none of its ages"
            return None
        return definition.model_copy(update={"ages": ages})

    # --- ages, ids, weights ------------------------------------------------------------------------------

    @cached_property
    def age(self) -> Array:
        """Completed years; NaN where not known. The instrument's and the study's ages bound them."""
        if self.tool.age is None:
            return np.full(len(self.raw.frame), np.nan, dtype=np.float32)
        years = np.floor(self.mapper.rule(self.tool.age).value)
        low, high = self._age_range
        outside = int(((years < low) | (years > high)).sum())
        if outside:
            raise DataError(
                "Ages lie outside the base.", where="age", got=f"{outside} rows", allowed=f"{low} to {high}",
                next="correct them, leave those rows out, or widen population.ages",
            )  # fmt: skip
        unknown = int(np.isnan(years).sum())
        if unknown:
            self.warnings.append(f"The age of {unknown} respondents is not known.")
        return years

    @property
    def _age_range(self) -> tuple[int, int]:
        (low, high), (first, last) = self.tool.population.ages, self.params.population.ages
        return min(low, first), max(high, last)

    def _check_ids(self) -> None:
        if not self.tool.id:
            return
        again = int(self.raw.frame.duplicated(subset=list(self.tool.id)).sum())
        if again:
            raise DataError(
                "Ids stand twice.", where=", ".join(self.tool.id), got=f"{again} rows repeat one",
                next="remove the repeated interviews",
            )  # fmt: skip

    @cached_property
    def weights(self) -> Array | None:
        """The weights as numbers, checked."""
        name = self.design.get("weight")
        if name is None:
            return None
        values = pd.to_numeric(self.raw.frame[name], errors="coerce").to_numpy(dtype=float)
        counts = {"missing": int(np.isnan(values).sum()), "negative": int((values < 0).sum())}
        for what, count in counts.items():
            if count:
                raise DataError(
                    f"Weights are {what}.", where=f"column {name}", got=f"{count} rows",
                    next="complete the weights, or leave those rows out and say so",
                )  # fmt: skip
        if not values.any():
            raise DataError("All weights are zero.", where=f"column {name}")
        self.raw.frame[name] = values
        return values

    def _design(self) -> dict[str, Any]:
        """The design as `SurveyDesign` takes it, with the replicate columns spelt out."""
        design = dict(self.design)
        if design.get("replicates"):
            pattern = design["replicates"]["weights"]
            listed = replicate_columns(pattern, list(self.raw.frame)) if isinstance(pattern, str) else pattern
            design["replicates"] = {**design["replicates"], "weights": listed}
        elif self.weights is None:
            design["unweighted"] = True
        return design

    # --- indicators ---------------------------------------------------------------------------------------

    def _measured(self, name: str, definition: Indicator) -> tuple[Answers, Array]:
        """Answers and the base: whom the definition names, of its ages, and who was asked."""
        found = self.mapper.indicator(name)
        base = self._base(definition.base) & self._of_ages(definition.ages) & (found.state != NOT_ASKED)
        own = self.tool.indicators[name].base
        return found, base & (self.mapper.rule(own).value == 1) if own else base

    def _base(self, base: str) -> Array:
        everyone: Array = np.ones(len(self.raw.frame), dtype=bool)
        if base == "ALL":
            return everyone
        names = [base] if base in self.tool.bases else base.split("|")
        rules = [self.tool.bases.get(name) or Rule(of=name) for name in names]
        held = [r for r in rules if not r.of or r.of in self.tool.indicators]
        return np.logical_or.reduce([self.mapper.rule(r).value == 1 for r in held]) if held else ~everyone

    def _of_ages(self, ages: tuple[int, int]) -> Array:
        """An unknown age is of these ages only where everybody in the survey is."""
        low, high = self.tool.population.ages
        inside: Array = (self.age >= ages[0]) & (self.age <= ages[1])
        return inside | np.isnan(self.age) if ages[0] <= low and high <= ages[1] else inside

    def _values(self, made: tuple[Answers, Array]) -> Array:
        answers, base = made
        return np.where(base, answers.value, np.float32(np.nan))

    def _check_floors(self) -> None:
        """Rule 4: an answer from a child below the floor stops the run instead of giving a number."""
        for name, mapped in self.tool.indicators.items():
            floor = self.tool.definition(name).ages[0]
            younger = self.age < floor
            leaves = [leaf for leaf in mapped.leaves() if leaf.column] if younger.any() else []
            given = [np.isin(self.mapper.rule(leaf).state, (VALID, DK, PNTS)) & younger for leaf in leaves]
            count = int(np.logical_or.reduce(given).sum()) if given else 0
            if count:
                raise DataError(
                    "Children below the age floor answered this question.", where=name, got=f"{count} rows",
                    allowed=f"ages {floor} and over",
                    next="remove these answers from the file; the question must not be put to younger children",
                )  # fmt: skip

    def _check_unknown(self) -> None:
        if self.mapper.unknown:
            told = [f"{column}: {count} rows" for column, count in self.mapper.unknown.items()]
            raise DataError(
                "Codes outside the mapping.", where=self.tool.name,
                got="; ".join(told[:8]) + (f" and {len(told) - 8} more columns" if len(told) > 8 else ""),
                next="name these codes in the instrument (yes, no, values or missing), or correct the file",
            )  # fmt: skip

    def _status(self, made: Mapping[str, tuple[Answers, Array]]) -> pd.DataFrame:
        rows = {name: self._row(name, *pair) for name, pair in made.items()}
        for name, reason in self.reasons.items():
            rows[name] = {"measured": False, "reason": reason}
        for name in self.tool.not_measured:
            if not any(split_id(held)[0] == name for held in rows):
                rows[name] = {"measured": False, "reason": "not measured in this survey"}
        status = pd.DataFrame.from_dict(rows, orient="index")
        counts = ["asked_n", "base_n", "valid_n"]
        status[counts] = status[counts].fillna(0).astype(int)
        return status.astype({"measured": bool}).rename_axis("indicator")

    def _row(self, name: str, answers: Answers, base: Array) -> dict[str, Any]:
        weights = np.ones(len(base)) if self.weights is None else self.weights
        total = float(weights[base].sum())
        share = lambda mask: float(weights[base & mask].sum()) / total if total else np.nan  # noqa: E731
        valid = answers.state == VALID
        row: dict[str, Any] = {
            "measured": bool((base & valid).any()), "asked_n": int((answers.state != NOT_ASKED).sum()),
            "base_n": int(base.sum()), "valid_n": int((base & valid).sum()), "missing_share": share(~valid),
            "dk_share": share(answers.state == DK), "pnts_share": share(answers.state == PNTS), "reason": "",
        }  # fmt: skip
        if not row["measured"]:
            row["reason"] = "no answers in this file"
        return row | self._bounds(name, base, row["pnts_share"], weights)

    def _bounds(self, name: str, base: Array, pnts: float, weights: Array) -> dict[str, float]:
        """Rule 2: what "prefer not to say" could hide."""
        definition = self.tool.definition(name)
        if definition.sensitivity < 2 or definition.type != "share" or not pnts > 0:
            return {"low": np.nan, "high": np.nan}
        if pnts > WARN_PNTS:
            self.warnings.append(f"{name}: more than 10 % preferred not to say; read the bounds.")
        found = {}
        for end, value in (("low", 0.0), ("high", 1.0)):
            answers = self.mapper.indicator(name, value).value
            known = base & ~np.isnan(answers)
            found[end] = float(np.average(answers[known], weights=weights[known])) if known.any() else np.nan
        return found

    # --- groups --------------------------------------------------------------------------------------------

    def _groups(self) -> tuple[dict[str, pd.Categorical], dict[str, str]]:
        """Groups that the file holds; sensitive ones (class 3) only when the study names them."""
        asked = self.params.analysis.breakdowns
        groups, gaps = {}, {}
        for name, group in self.tool.breakdowns.items():
            absent = group.column and group.column not in self.raw.frame
            if not absent and (group.sensitivity < 3 or name in asked):
                groups[name] = self._group(group)
        for name in asked:
            if name not in groups:
                gaps[name] = "not recorded in this survey"
        return groups, gaps

    def _group(self, group: Breakdown) -> pd.Categorical:
        if group.bands:
            return self._bands(group.bands)
        if group.tertiles:
            return self._thirds(group)
        levels = group.levels or {
            text: (text,) for text in sorted(self.mapper.codes(group.column)[1]) if text
        }
        return self.mapper.levels(group.column, levels, group.missing)

    def _bands(self, bands: Sequence[str]) -> pd.Categorical:
        codes = np.full(len(self.age), -1, dtype=np.int8)
        for place, band in enumerate(bands):
            low, _, high = band.partition("-")
            codes[(self.age >= int(low)) & (self.age <= int(high))] = place
        return pd.Categorical.from_codes(codes, categories=list(bands), ordered=True)

    def _thirds(self, group: Breakdown) -> pd.Categorical:
        """Weighted thirds of the respondents whose number is known."""
        value = self.mapper.rule(Rule(column=group.column, range=group.range)).value
        known = ~np.isnan(value)
        weights = np.ones(len(value)) if self.weights is None else self.weights
        order = np.argsort(value[known], kind="stable")
        cumulated = np.cumsum(weights[known][order])
        cuts = value[known][order][np.searchsorted(cumulated, cumulated[-1] * np.array([1 / 3, 2 / 3]))]
        codes = np.where(known, np.searchsorted(cuts, np.nan_to_num(value), side="left"), -1)
        return pd.Categorical.from_codes(
            codes.astype(np.int8), categories=list(group.tertiles or ()), ordered=True
        )

    def _facts(self) -> dict[str, Any]:
        tool = self.tool
        told = ("title", "programme", "citation", "licence", "where", "wave", "fieldwork")
        facts = {key: getattr(tool, key) for key in told}
        return {
            **facts,
            "instrument": tool.name,
            "population": tool.population.base,
            "n": len(self.raw.frame),
        }
