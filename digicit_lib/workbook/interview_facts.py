"""What is printed about how interviews were held and coded: from project and params, never assumed."""

from dataclasses import dataclass

from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.params import Params
from digicit_lib.qualitative import Project
from digicit_lib.qualitative.neutral import kind_of_session
from digicit_lib.qualitative.reported import (
    coders,
    consent_counts,
    consent_text,
    coreq_answers,
    only_adults,
    speakers,
    uncoded,
)
from digicit_lib.workbook.study_facts import ethics, told
from digicit_lib.workbook.voice import Voice

LIMITS = tuple(label_table("limits of interviews").values())
LIMITS_OF_GROUPS = tuple(label_table("limits of groups").values())


@dataclass(frozen=True)
class InterviewFacts:
    """Facts of one coded project, said in a language."""

    params: Params
    project: Project
    voice: Voice

    def coders(self) -> str:
        """How many people coded which sources."""
        return coders(self.project, self.voice.language)

    def uncoded(self) -> str:
        """How many transcripts nobody has coded yet, if any."""
        count = uncoded(self.project)
        return self.voice.say("Transcripts not coded yet: {n}.", n=self.voice.number(count)) if count else ""

    def agreed(self) -> str:
        """Who agreed to take part, or that it is not reported."""
        if text := self.params.ethics.consent:
            return self.voice.say(text)
        alone, both = N_("Consent: not reported."), N_("Consent and assent: not reported.")
        return self.consent() or self.voice.say(alone if only_adults(self.project) else both)

    def consent(self) -> str:
        """Consent and assent as the participants' columns record them; empty where they record none."""
        least = self.params.publication.min_cell
        return consent_text(consent_counts(self.project, least=least), self.voice.language)

    def names(self) -> str:
        """How many names a list replaced."""
        count = self.project.facts.get("pseudonyms")
        if not count:
            return self.voice.say("No list of names was used.")
        return self.voice.say("Names replaced by pseudonyms: {n}.", n=self.voice.number(float(count)))

    def ethics(self) -> list[list[str]]:
        """The rows of the box on ethics and safeguarding."""
        language, names = self.voice.language, {N_("Names"): self.names()}
        adults = only_adults(self.project)
        items = ethics(self.params, consent=self.consent(), adults=adults, others=names, language=language)
        return told(items, language)

    def methods(self) -> list[tuple[str, str]]:
        """Coding and names, for the methods."""
        coded = self.coders() or self.voice.say("not reported")
        return [(self.voice.say("Coding"), coded), (self.voice.say("Names"), self.names())]

    def coreq(self, k: int) -> dict[str, str]:
        """Answers to COREQ's items."""
        params, say = self.params, self.voice.say
        answers = coreq_answers(
            self.project,
            given=params.coreq,
            team=params.team,
            interviews=params.qualitative,
            k=k,
            language=self.voice.language,
        )
        judged = params.qualitative.saturation
        if judged and "22" not in params.coreq:  # the team's word on it comes before what is computed
            own = say("The team's own judgement: {text}", text=say(judged).rstrip(".")) + "."
            answers["22"] = " ".join(filter(None, [own, answers.get("22", "")]))
        return answers

    def srqr(self, k: int) -> dict[str, str]:
        """Answers to SRQR's standards: from COREQ's where they ask the same, and from the authors' words."""
        coreq, params, say = self.coreq(k), self.params.qualitative, self.voice.say
        texts = {
            "7": params.context,
            "15": params.trustworthiness,
            "20": params.conflicts,
            "21": params.funding,
        }
        answers = {item: say(text) for item, text in texts.items() if text}
        answers |= {"6": say(params.reflexivity)} if params.reflexivity else {}
        same = {
            "5": ("9",),
            "8": ("10", "22"),
            "10": ("14", "19", "20", "21"),
            "11": ("17",),
            "12": ("12",),
            "14": ("24", "25", "26"),
            "16": ("31",),
            "17": ("29",),
        }
        for item, others in same.items():
            parts = [coreq[other].rstrip(".") for other in others if coreq.get(other)]
            answers |= {item: "; ".join([*parts[:1], *map(self.voice.lower, parts[1:])])} if parts else {}
        answers |= {"1": say(self.params.study.title), "2": say("see the two-page summary")}
        answers |= {"9": self.consent(), "13": " ".join(filter(None, [self.coders(), self.names()]))}
        return answers | {"19": say("see the section on limits")}

    def limits(self) -> list[str]:
        """What interviews cannot say; what only holds of groups where there were groups."""
        kinds = self.project.sources["type"].astype(str) if "type" in self.project.sources else ()
        groups = any(kind_of_session(kind) == "FG" for kind in kinds)
        return [self.voice.say(text) for text in (*LIMITS, *(LIMITS_OF_GROUPS if groups else ()))]

    def articles(self, labels: dict[str, str]) -> dict[int, list[str]]:
        """Articles of the Convention to the codes that speak to them."""
        articles: dict[int, list[str]] = {}
        for code in self.project.codes.itertuples():
            for article in str(getattr(code, "crc_articles", "")).split():
                if article.isdigit():
                    articles.setdefault(int(article), []).append(labels[str(code.code)])
        return articles

    def cover(self) -> list[list[str]]:
        """Counts of the project for the cover."""
        project, say, number = self.project, self.voice.say, self.voice.number
        languages, people = sorted(set(project.sources["lang"]) - {""}), len(speakers(project))
        return [
            [say("Discussions and interviews"), number(len(project.sources))],
            [say("Participants"), number(people) if people else say("not recorded")],
            [say("Coders"), number(len(project.coders))],
            [say("Languages spoken"), ", ".join(map(self.voice.spoken, languages)) or say("not recorded")],
        ]

    def inputs(self) -> list[list[str]]:
        """What wrote the project, and how its positions are counted."""
        facts, voice = self.project.facts, self.voice
        margin = facts.get("offsets_margin")
        more = []
        if margin:
            more = [[voice.say("Lead of this way of counting over the next"), voice.percent(margin)]]
        names = {"writer": N_("Project written by"), "offsets": N_("Positions of segments")}
        say = self.voice.say
        return [[say(w), say(str(facts[k]))] for k, w in names.items() if facts.get(k)] + more
