"""Key findings of a survey: the statements that the rule chose, said, and what a reader must beware of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from digicit_lib.codebook import CONSTRUCTS
from digicit_lib.codebook.frames import frames, short_of
from digicit_lib.codebook.people import ADULT, YOUTH, mixed, noun_of, people_name
from digicit_lib.language import number, percent, translate
from digicit_lib.workbook.choosing import LAST_BREAKDOWN, Facts, Statement
from digicit_lib.workbook.finding_sentences import Speaker
from digicit_lib.workbook.findings import Part

if TYPE_CHECKING:
    from digicit_lib.data import Respondents
    from digicit_lib.params import Params
    from digicit_lib.params.schema import Population

GROUP_SENSITIVITY = 1  # a breakdown of a higher class makes no finding
FEW_TOOK_PART, MANY_SILENT = 0.70, 0.10
CAUTIONS = 2


def facts_of(survey: Respondents, breakdowns: Sequence[str], ages: tuple[int, int]) -> Facts:
    """What the rule of choice must know of a survey.

    Parameters
    ----------
    survey : Respondents
    breakdowns : sequence of str
        Those declared in the params that the survey recorded, in their order.
    ages : (int, int)
        Of the study: where children and people beyond 24 answered, levels are of the youngest age group.
    """
    tool = survey.mapper.instrument
    fit = [by for by in breakdowns if _class(tool, by) <= GROUP_SENSITIVITY]
    circular = {(name, by) for by, spec in tool.breakdowns.items() for name in spec.contains}
    groups = survey.breakdowns.get(LAST_BREAKDOWN, ()) if mixed(ages) else ()
    return Facts(
        survey.indicators,
        {name: tool.columns(name) for name in survey.indicators if name in tool.indicators},
        tuple(fit),
        frozenset(circular),
        groups[0] if groups else "",
    )


def _class(tool: Any, by: str) -> int:
    return int(tool.breakdowns[by].sensitivity) if by in tool.breakdowns else 0


def speaker_of(
    survey: Respondents,
    rows: Mapping[str, Mapping[str, Any]],
    labels: Mapping[str, str],
    wave: str,
    language: str,
    population: Population,
) -> Speaker:
    """Whoever says the statements of a survey in a language."""
    tool = survey.mapper.instrument
    return Speaker(
        rows,
        survey.indicators,
        tool.breakdowns,
        noun_of(tool.respondents, _genders(survey), population.ages),
        tool.people,
        people_name(population.base, tool.respondents),
        labels,
        wave,
        language,
        span=population.ages,
    )


def _genders(survey: Respondents) -> list[str]:
    return list(survey.frame["gender"].dropna().unique()) if "gender" in survey.frame else []


def reader_cautions(
    params: Params, survey: Respondents, speaker: Speaker, statements: Sequence[Statement], synthetic: bool
) -> list[list[Part]]:
    """What a reader of the key findings must beware of: the first two that hold, and who is left out.

    Parameters
    ----------
    params : Params
    survey : Respondents
    speaker : Speaker
        Of the same survey.
    statements : sequence of Statement
        The key findings.
    synthetic : bool
        Whether the answers are invented; then nothing else matters.

    Returns
    -------
    list of parts
        Sentences; never empty.
    """
    caution = _Caution(params, survey, speaker, statements)
    if synthetic:
        return [caution.frame("invented")]
    sentences = [*caution.sample(), *(p for _, p in zip(range(CAUTIONS), caution.holding(), strict=False))]
    return sentences if params.study.coverage else [*sentences, caution.frame("no_coverage")]


class _Caution:
    def __init__(
        self, params: Params, survey: Respondents, speaker: Speaker, statements: Sequence[Statement]
    ) -> None:
        self.params, self.survey, self.speaker, self.statements = params, survey, speaker, statements
        self.language = speaker.language

    def frame(self, name: str, **slots: Part) -> list[Part]:
        return self.speaker._fill(translate(frames()["caution"][name], self.language), slots)

    def sample(self) -> Iterator[list[Part]]:
        """That people chose to answer, are of one group or left out by age: no number speaks of others."""
        ends = [i.ages[1] for i in self.survey.indicators.values()]
        if ADULT - 1 in ends and self.params.population.ages[1] >= ADULT:
            counts = {"n": ends.count(ADULT - 1), "all": len(ends)}
            words = {name: number(n, self.language) for name, n in counts.items()}
            yield self.frame("children", low=str(ADULT), **words)
        if self.survey.mapper.instrument.kind == "opt-in":
            yield self.frame("chosen")
        labels = self.speaker.labels
        for by in (by for by in self.params.analysis.breakdowns if by in self.survey.breakdowns):
            groups = self.survey.frame[by].unique()  # whoever is of no group is a group as well
            if len(groups) == 1 and groups[0] == groups[0] and not self._goes_unsaid(by, str(groups[0])):
                level = labels.get(f"{by}={groups[0]}", str(groups[0]))
                yield self.frame("one_group", by=labels.get(by, by), level=level)

    def _goes_unsaid(self, by: str, level: str) -> bool:
        """Whether the study's own ages make one age group of everybody."""
        ends = re.findall(r"\d+", level)
        low, high = self.params.population.ages
        return by == LAST_BREAKDOWN and len(ends) == 2 and int(ends[0]) <= low and high <= int(ends[1])

    def holding(self) -> Iterator[list[Part]]:
        """Those that hold, in their order."""
        rules: tuple[Callable[[], list[Part] | None], ...] = (
            self._coverage,
            self._adults,
            self._response,
            self._sections,
            self._missing,
        )
        yield from (parts for rule in rules if (parts := rule()))
        yield self.frame("ratings")

    def _coverage(self) -> list[Part] | None:
        text = self.params.study.coverage
        return self.frame("coverage", coverage=translate(text, self.language).rstrip(".")) if text else None

    def _adults(self) -> list[Part] | None:
        """How many of a survey of all ages are young, where a number of theirs is shown; or that none is."""
        low, high = self.params.population.ages
        if low >= ADULT and self.survey.mapper.instrument.respondents != "parents":
            return self.frame("grown", low=str(low))
        ages = (self.survey.breakdowns.get(LAST_BREAKDOWN) or ("",))[0]
        rows = [r for r in self.speaker.rows.values() if r["statistic"] in ("share", "mean")]
        young = [r for r in rows if (r["by"], r["level"]) == (LAST_BREAKDOWN, ages) and r["n"] == r["n"]]
        if high <= YOUTH or not young:
            return None
        groups = self.survey.frame[LAST_BREAKDOWN]
        count = {"young": int((groups == ages).sum()), "n": len(groups)}
        counts = {name: number(n, self.language) for name, n in count.items()}
        return self.frame("adults", low=str(low), ages=ages.replace("-", "–"), **counts)

    def _response(self) -> list[Part] | None:
        rate = self.params.response_rate
        if rate is None or rate >= FEW_TOOK_PART:
            return None
        stages = self.params.response.stages if self.params.response else ()
        took = "; ".join(map(self._stage, stages))
        share = percent(rate, self.language)
        part = "_of_all" if getattr(self.params.data.survey, "filter", None) else ""
        if not took:
            return self.frame(f"response_alone{part}", rate=share)
        return self.frame(f"response{part}", rate=share, stages=took)

    def _stage(self, stage: Any) -> str:
        took, of = (number(n, self.language) for n in (stage.took_part, stage.of))
        return translate("{took} of {of} {name}", self.language, took=took, of=of, name=self._named(stage))

    def _named(self, stage: Any) -> str:
        return translate(stage.name, self.language)

    def _sections(self) -> list[Part] | None:
        printed = {r["indicator"] for r in self.speaker.rows.values() if r["quality"] in ("ok", "caution")}
        sections = {self.survey.indicators[i].section for i in printed if i in self.survey.indicators}
        names = [translate(section_title(s), self.language) for s in CONSTRUCTS if s not in sections]
        return self.frame("sections", sections=", ".join(names)) if names else None

    def _missing(self) -> list[Part] | None:
        """Of all that is cited the indicator with most answers missing, where these are many."""
        cited = {s.indicator for s in self.statements}
        now = (r for r in self.speaker.rows.values() if not r["by"] and not r["period"])
        levels = [r for r in now if r["indicator"] in cited and r["statistic"] in ("share", "mean")]
        silent = [r for r in levels if r["missing_share"] > MANY_SILENT]
        if not silent:
            return None
        row = max(silent, key=lambda r: r["missing_share"])
        value = row["missing_share"]
        share: Part = {"text": percent(value, self.language), "id": row["id"], "value": value}
        of = self.survey.indicators[row["indicator"]]
        return self.frame("missing", share=share, short=short_of(of, self.language))


def section_title(section: str) -> str:
    """A construct as a heading.

    Examples
    --------
    >>> section_title("harm_coping")
    'Harm and coping'
    """
    return section.replace("_", " and ").capitalize()
