"""What a survey's report says of its exhibits: headlines, bases, what is printed, what was not measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import pandas as pd

from digicit_lib import codebook
from digicit_lib.codebook.frames import counted_answers
from digicit_lib.codebook.generated import SERVICE
from digicit_lib.data.opening import NO_BASE, NOBODY
from digicit_lib.language import N_
from digicit_lib.workbook.choosing import Facts, Kind, Statement, choose, leads, nearest_end
from digicit_lib.workbook.finding_sentences import Speaker, words
from digicit_lib.workbook.findings import Part
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import SurveyEstimates
from digicit_lib.workbook.survey_findings import facts_of, reader_cautions, section_title, speaker_of
from digicit_lib.workbook.survey_guards import BREAKDOWNS, GROUPS

GRAVEST = 3  # the class of questions that make no headline
SHOWN = ("ok", "caution")
MANY_TITLES = 12  # so many are counted on the page and listed in the data
NOT_ASKED = N_("not in the questionnaire of this survey")
NOT_MAPPED = N_("not in the file as it is mapped")
NO_CLEARANCE = N_("no clearance on record")
NO_ANSWERS = N_("nobody was in the base of the question, or nobody answered")
BASELESS = N_("asked, but the file does not tell who is in its base")
WITHHELD = N_("measured, not shown: too few answers, or privacy")


class SurveyStory:
    """Statements and words of a survey, made of its estimates.

    Parameters
    ----------
    survey : SurveyEstimates
    """

    def __init__(self, survey: SurveyEstimates) -> None:
        self.survey, self.voice = survey, survey.voice

    @cached_property
    def facts(self) -> Facts:
        """What the rule of choice knows."""
        ages = self.survey.params.population.ages
        return facts_of(self.survey.respondents, self.survey.breakdowns, ages)

    @cached_property
    def speaker(self) -> Speaker:
        """Who says the statements; its rows are those recorded when it is first asked."""
        _ = self.survey.estimates, self.survey.changes
        labels = {by: self.survey.breakdown_text(by) for by in BREAKDOWNS}
        for by, levels in self.survey.respondents.breakdowns.items():
            labels |= {f"{by}={level}": self.survey.level_text(by, level) for level in levels}
        wave = str(self.survey.respondents.mapper.instrument.wave or self.survey.params.study.wave)
        rows = dict(self.survey.evidence.rows)
        population = self.survey.params.population
        return speaker_of(self.survey.respondents, rows, labels, wave, self.voice.language, population)

    @cached_property
    def statements(self) -> list[Statement]:
        """The key findings that the rule chose, changes since earlier waves among them."""
        if not len(self.survey.estimates):
            return []
        _ = self.survey.changes
        return choose(self.survey.evidence.to_frame(), self.facts)

    @property
    def topics(self) -> list[str]:
        """Indicators of the key findings."""
        return [statement.indicator for statement in self.statements]

    def cautions(self) -> list[list[Part]]:
        """What a reader of the key findings must beware of."""
        synthetic = self.survey.params.is_synthetic("quantitative")
        sources = (self.survey.params, self.survey.respondents, self.speaker, self.statements)
        return reader_cautions(*sources, synthetic)

    # --- exhibits ---------------------------------------------------------------------------------------

    def exhibit(self, frame: pd.DataFrame, topic: str, by: str = "") -> Result:
        """Rows with their words: one indicator is the exhibit's name, several have a headline."""
        forms = list(dict.fromkeys(frame["indicator"]))
        if not forms:
            return Result(frame, topic)
        frame, base, notes = self.based(frame)
        definitions = [self.survey.definition(form) for form in forms]
        if any(d.module for d in definitions) or all(d.certainty == "P" for d in definitions):
            proposal_note = N_(
                "The wording of these questions is a proposal that is not piloted yet (certainty P)."
            )
            notes = (*notes, self.voice.say(proposal_note))
        alone = len(forms) == 1
        title = self.voice.say(self.survey.definition(forms[0]).title) if alone else self.voice.say(topic)
        title = f"{title}, {self._by_text(by)}" if alone and by else title
        headline = self.headline(frame, by)
        frame = frame.assign(level_label=frame["title"]) if alone and not by else frame
        subtitle = " · ".join(filter(None, (title if headline else "", base)))
        more = {"topic": title} if headline else {}
        return Result(
            frame,
            headline or title,
            "dots",
            subtitle,
            unit_of(frame),
            self.survey.source,
            notes,
            options=more,
        )

    def beside_groups(self, result: Result) -> Result:
        """A lone number with its groups: a figure of one row says little."""
        frame = result.frame
        if len(frame) != 1 or "quality" not in frame or frame["by"].iloc[0] or frame["period"].iloc[0]:
            return result
        form = str(frame["indicator"].iloc[0])
        by = self.breakdown("auto:gender", [form])
        if not by or not self.answers(by, [form]):
            return result
        everyone = frame.assign(level_label=self.voice.say("All who were asked"))
        groups = self.survey.select([form], by)
        result_of_all = self.exhibit(pd.concat([everyone, groups], ignore_index=True), "", by)
        title = self.headline(groups, by) if self._told_of([form], by) else result.title
        return replace(result_of_all, title=title, subtitle=result.subtitle, options=result.options)

    def _by_text(self, by: str) -> str:
        return self.voice.say("by {by}", by=self.voice.lower(self.survey.breakdown_text(by)))

    def topic(self, forms: list[str], section: str, competence: str, by: str) -> str:
        """The topic of an exhibit: its section, where all rows are of one; else what they share."""
        sections = {self.survey.definition(form).section for form in forms}
        alone = section or (next(iter(sections)) if len(sections) == 1 else "indicators")
        start = self.voice.say(GROUPS.get(competence or alone) or N_("Indicators"))
        return f"{start}, {self._by_text(by)}" if by else start

    def notes(self, section: str) -> list[str]:
        """The instrument's notes on a section, those of whose indicators a number is shown."""
        rows = self.survey.estimates
        measured = set(rows.loc[rows["quality"].isin(SHOWN), "indicator"])
        notes = self.survey.respondents.mapper.instrument.notes.get(section, ())
        texts = [self.voice.say(note.text) for note in notes if measured & set(note.indicators)]
        law, day = self.survey.params.population.legal_minimum, self.survey.params.study.date
        if law and not law.in_force(day) and SERVICE in measured and section == "activities":
            texts.append(
                self.voice.say(
                    "{citation}: {age} years as the lowest age for a profile, not yet in force on the day of "
                    "this study. Profiles are counted by the age that a service states.",
                    citation=self.voice.say(law.citation),
                    age=law.age,
                )
            )
        return texts

    # --- titles -----------------------------------------------------------------------------------------

    def headline(self, rows: pd.DataFrame, by: str = "") -> str:
        """What is true of some rows, as a title: the largest difference of groups, else a level.

        Empty where none may be told, as of the gravest questions.
        """
        names = list(dict.fromkeys(rows["indicator"]))
        if any(self.survey.definition(n).sensitivity >= GRAVEST for n in names):
            return ""
        statement = self._told_of(names, by) if by else self._level(names)
        return words(self.speaker.headline(statement)) if statement else ""

    def headed(self, result: Result) -> Result:
        """The waves under the largest change that the key findings state, if they state one."""
        largest = self._changed(list(result.frame["indicator"])) if len(result.frame) else None
        if largest is None:
            return result
        base = " · ".join(filter(None, (result.title, result.subtitle)))
        topic = {**result.options, "topic": result.title}
        return replace(result, title=words(self.speaker.headline(largest)), subtitle=base, options=topic)

    def _told_of(self, names: Sequence[str], by: str) -> Statement | None:
        """The largest difference that is shown between groups of a breakdown, of some indicators."""
        rows = [
            row
            for row in self.speaker.rows.values()
            if row["by"] == by and row["indicator"] in names and row["verdict"] in ("more", "less")
            if row["statistic"] == "diff" and row["quality"] == "ok"
        ]
        largest = max(rows, key=lambda row: (row["unit"] == "share", nearest_end(row)), default=None)
        return self._stated(largest, "difference") if largest else None

    def _changed(self, names: Sequence[str]) -> Statement | None:
        """The largest change that the key findings state of some indicators."""
        stands = [(nearest_end(self.speaker.rows[s.id]), s) for s in self.statements if s.kind == "change"]
        stands = [(size, s) for size, s in stands if size and s.indicator in names]
        return max(stands, key=lambda pair: pair[0])[1] if stands else None

    def _level(self, names: Sequence[str]) -> Statement | None:
        """The level of what leads a section, else of the first that may be told, among all who were asked."""
        first = [n for section in codebook.CONSTRUCTS for n in leads(self.facts.indicators, section)]
        for name in sorted(names, key=lambda n: first.index(n) if n in first else len(first)):
            row = self._row(name)
            if row is not None:
                return self._stated(row, "level")
        return None

    def _stated(self, row: Mapping[str, Any], kind: Kind) -> Statement:
        name = row["indicator"]
        return Statement(kind, row["id"], name, self.survey.definition(name).section, row["by"])

    def _row(self, name: str) -> Mapping[str, Any] | None:
        for row in self.speaker.rows.values():
            here = (row["indicator"], row["by"], row["period"]) == (name, "", "")
            if here and row["statistic"] in ("share", "mean") and row["quality"] == "ok":
                return row
        return None

    # --- base, period, question -------------------------------------------------------------------------

    def based(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
        """Base and period of some rows: one line where all share them, else one a group of rows.

        Returns
        -------
        (DataFrame, str, tuple of str)
            The rows, with `base_text` where bases or periods differ and `question_text` where there are
            several indicators; what all share; of one indicator the question as asked.
        """
        definitions = [self.survey.definition(name) for name in dict.fromkeys(frame["indicator"])]
        untimed = {i.period for i in definitions} == {"", "now"}  # a head "now" over some would say nothing
        periods = {i.id: "" if untimed else self.voice.say(i.period) for i in definitions}
        pairs = {i.id: (self.voice.say(i.base_text), periods[i.id]) for i in definitions}
        questions = tuple(filter(None, map(self._question, definitions))) if len(definitions) == 1 else ()
        differ = [k for k in (0, 1) if len({pair[k] for pair in pairs.values()}) > 1]
        first = next(iter(pairs.values()))
        shared = " · ".join(first[k] for k in (0, 1) if k not in differ and first[k])
        bases = {name: " · ".join(pair[k] for k in differ if pair[k]) for name, pair in pairs.items()}
        words = {"polarity": {i.id: i.polarity for i in definitions}} | (
            {"base_text": bases} if differ else {}
        )
        if len(definitions) > 1:
            words["question_text"] = {i.id: self.asked(i) for i in definitions}
        frame = frame.assign(**{name: frame["indicator"].map(text) for name, text in words.items()})
        return widest_first(frame, [pairs[name][0] for name in frame["indicator"]]), shared, questions

    def rebased(self, result: Result) -> Result:
        """A result of differences or changes whose rows name their bases."""
        if result.frame.empty:
            return result
        frame, shared, _ = self.based(result.frame)
        return replace(result, frame=frame, subtitle=" · ".join(filter(None, (result.subtitle, shared))))

    def asked(self, indicator: codebook.Indicator) -> str:
        """The question, where the title is not it, and of one in its own words the answers that count."""
        say, title = self.voice.say, indicator.title
        question = say(indicator.question) if indicator.question not in ("", title) else ""
        answers = counted_answers(indicator, self.voice.language)
        if question and answers:
            return say("{question} Counted: {answers}.", question=question, answers=answers)
        return say("Counted: {answers}.", answers=answers) if answers else question

    def _question(self, indicator: codebook.Indicator) -> str:
        text = self.asked(indicator)
        no_question = indicator.question in ("", indicator.title)
        return text if no_question else self.voice.say("Asked: {question}", question=text)

    # --- breakdowns, what is printed ---------------------------------------------------------------------

    def breakdown(self, asked: str, forms: Sequence[str]) -> str:
        """The breakdown that `auto:NAME` stands for: the first recorded one with two groups shown.

        The name itself first, then those of the params in their order; empty: the level for all.
        """
        first = asked.removeprefix("auto:")
        for by in dict.fromkeys([first, *self.survey.breakdowns]):
            if self.survey.compares(by) and self._groups_shown(by, forms) > 1:
                return by
        return ""

    def _groups_shown(self, by: str, forms: Sequence[str]) -> int:
        rows = self.survey.select(list(forms), by)
        return int(rows.loc[rows["quality"].isin(SHOWN), "level"].nunique())

    def answers(self, by: str, forms: Sequence[str]) -> list[str]:
        """The forms that a breakdown may be shown of: not those that its groups are made of."""
        return [name for name in forms if (name, by) not in self.facts.circular]

    def levels_of(self, section: str) -> list[str]:
        """Measured forms of a section, of every type, in the catalogue's order; none that needs clearance."""
        indicators = self.survey.respondents.indicators
        return [
            n
            for n, i in indicators.items()
            if i.section == section and codebook.split_id(n)[0] not in codebook.CLEARANCE_ONLY
        ]

    # --- the annex ---------------------------------------------------------------------------------------

    def not_measured(self, lacking: Iterable[str]) -> Result:
        """What the catalogue holds and this report does not show, by section, with the reason.

        Parameters
        ----------
        lacking : iterable of str
            What an exhibit asked for and did not get.
        """
        groups: dict[tuple[str, str], list[str]] = {}
        rows = self.survey.select(list(self.survey.respondents.indicators), "").drop_duplicates("indicator")
        overall = rows.set_index("indicator")[["quality", "n"]].T.to_dict()
        for indicator in codebook.questionnaire(self.survey.params.modules).values():
            if reason := self._reason(indicator.id, overall):
                groups.setdefault((indicator.section, reason), []).append(indicator.id)
        say = self.voice.say
        entries = [[say(why), say(section_title(section)), ids] for (section, why), ids in groups.items()]
        entries.sort(key=lambda row: [say(NOT_ASKED), say(NOT_MAPPED), row[0]].index(row[0]))
        reasons_gone = {self.survey.gap(name) for ids in groups.values() for name in ids}
        groupless = self._groups_lacking()
        other = [
            t
            for t in lacking
            if t not in reasons_gone and not t.startswith(tuple(f"{g}:" for g in groupless))
        ]
        more = [(self._absent, N_("Groups"), groupless), (N_("not possible"), N_("Analyses"), other)]
        ends = [[say(why), say(head), "; ".join(texts)] for why, head, texts in more if texts]
        heads = [say(head) for head in (N_("Reason"), N_("Section"), N_("Indicators"))]
        short, whole = (
            pd.DataFrame([*([*row[:2], self._listed(row[2], one)] for row in entries), *ends], columns=heads)
            for one in (True, False)
        )
        note = (say("Titles that are not listed stand in the data of this table."),)
        notes = () if short.equals(whole) else note
        title, options = N_("Not measured in this survey"), {"csv": whole, "table": {"group": heads[0]}}
        return Result(short, title, source=self.survey.source, notes=notes, options=options)

    def _listed(self, names: Sequence[str], short: bool) -> str:
        """Titles of indicators; where they are many or a whole section, their number."""
        indicators, number = codebook.questionnaire(self.survey.params.modules), self.voice.number
        section = [i for i in indicators.values() if i.section == indicators[names[0]].section]
        if short and len(names) in (len(section), *range(MANY_TITLES, len(section))):
            n, whole = number(len(names)), number(len(section))
            return self.voice.say("{n} of the {whole} indicators of the catalogue", n=n, whole=whole)
        return "; ".join(self.voice.say(indicators[name].title) for name in names)

    def _groups_lacking(self) -> list[str]:
        breakdowns, measured = self.survey.params.analysis.breakdowns, self.survey.respondents.breakdowns
        return [self.survey.breakdown_text(by) for by in breakdowns if by not in measured]

    @property
    def _absent(self) -> str:
        """Why a file has no such answers: a mapping does not tell what else its questionnaire asks."""
        return NOT_ASKED if self.survey.respondents.mapper.instrument.generated else NOT_MAPPED

    def _reason(self, name: str, overall: Mapping[str, Mapping[str, Any]]) -> str:
        """Why an indicator is not in the report; empty where it is. `overall`: rows without breakdown."""
        forms = self.survey.measured(name)
        if not forms:
            why = self.survey.respondents.status["reason"]
            whys = {why[form] for form in why.index if codebook.split_id(form)[0] == name}
            if whys & {NOBODY, NO_BASE}:
                return NO_ANSWERS if NOBODY in whys else BASELESS
            generated = self.survey.respondents.mapper.instrument.generated
            needs = name in codebook.CLEARANCE_ONLY and self.survey.params.ethics.clearance is None
            return NO_CLEARANCE if generated and needs else self._absent
        rows = [overall[form] for form in forms if form in overall]
        if any(row["quality"] in SHOWN for row in rows):
            return ""
        return WITHHELD if any(row["n"] > 0 for row in rows) else NO_ANSWERS


def unit_of(frame: pd.DataFrame) -> str:
    """The unit of the first row; a share where there is none."""
    return str(frame["unit"].iloc[0]) if len(frame) else "share"


def widest_first(frame: pd.DataFrame, people: Sequence[str]) -> pd.DataFrame:
    """Rows of the widest base first: everyone, then users, then those of them who were asked further.

    Examples
    --------
    >>> frame = pd.DataFrame({"row": list("abc"), "n": [40.0, 90.0, 38.0]})
    >>> widest_first(frame, ["users", "everyone", "users"])["row"].tolist()
    ['b', 'a', 'c']
    """
    place = {name: k for k, name in enumerate(dict.fromkeys(people))}
    size = frame["n"].fillna(0).groupby(list(people)).max()
    return frame.iloc[sorted(range(len(frame)), key=lambda k: (-size[people[k]], place[people[k]]))]
