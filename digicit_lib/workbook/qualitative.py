"""Questions to a coded project: who took part, themes, agreement, saturation, approved quotations."""

from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd

from digicit_lib import qualitative
from digicit_lib.data.theme_texts import ThemeText, theme_texts
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.params import Params
from digicit_lib.params.asks import read_asks
from digicit_lib.qualitative.coded.model import recorded
from digicit_lib.qualitative.coders import ONLY_CODED, reading
from digicit_lib.safe import slug
from digicit_lib.workbook import findings, passages, statements
from digicit_lib.workbook.chapter_words import ASKED, CAME_UP, NOT_TWICE, SILENT, UNCODED
from digicit_lib.workbook.finding_sentences import words
from digicit_lib.workbook.findings import attribution_text
from digicit_lib.workbook.interview_facts import InterviewFacts
from digicit_lib.workbook.interview_tables import OTHERWISE, InterviewTables
from digicit_lib.workbook.joint_display import JOINT_HEADS, beside_survey
from digicit_lib.workbook.result import Result

AGREEMENT = "AGREEMENT"
SUMMARY_QUOTATIONS = 2  # that the two-page summary carries, of different themes


class Qualitative(InterviewTables):
    """The interview phase of a study."""

    phase = "qualitative"

    def __init__(self, params: Params, root: Path, language: str = "en") -> None:
        super().__init__(params, root, language)
        self.exhibits.collected = []  # for the annex: `not_available`

    # --- themes as evidence -------------------------------------------------------------------------

    def find(self, token: str) -> Estimate:
        """The count or coefficient of a token; both are recorded before the first sentence."""
        _ = self._themes, self._agreed
        return super().find(AGREEMENT if token == "agreement" else token)

    @cached_property
    def _themes(self) -> pd.DataFrame:
        """Counts of each theme: groups, participants, segments, and the groups of which it could come up."""
        counts_of_themes = qualitative.frequency(self.project, level="theme")
        cells = qualitative.framework(self.project, rows="source")
        raised = cells[~cells["quality"].isin(["not_asked", "not_coded"])].groupby("theme")["row"].nunique()
        # What is coded on pictures or lost texts counts too, though nobody is known to speak there.
        spoken = cells.loc[cells["base_sources"] > 0, "row"]
        base = counts_of_themes["theme"].map(raised).fillna(0)
        base += len(set(self.project.segments["source"]) - set(spoken))
        counts = {"groups": counts_of_themes["sources"], self._whole: base}
        counts |= {"participants": counts_of_themes["cases"]} if self._speakers_known else {}
        counts |= {"segments": counts_of_themes["segments"]}
        rows = [
            {"indicator": self._id(theme), "title": theme, "statistic": name, "estimate": float(n)}
            | {"unit": "groups" if name == self._whole else name}
            for name, column in counts.items()
            for theme, n in zip(counts_of_themes["theme"], column, strict=True)
        ]
        method = "counts over the coded project; never shares of people"
        return self.evidence.add(pd.DataFrame(rows).assign(method=method, quality="ok"), kind="theme")

    @property
    def _whole(self) -> str:
        """What a theme's groups are counted of: those in which it was raised, where that is recorded."""
        return "raised" if len(self.project.routing) else "coded"

    @staticmethod
    def _id(theme: object) -> str:
        return f"T-{slug(theme)}"

    def key_themes(self) -> None:
        """One sentence a theme: what was said, in the team's words where it wrote them, and how widely."""
        for theme in dict.fromkeys(self._themes["title"]):
            name = self._id(theme)
            tail = f"{{{name}/groups/all}}/{{{name}/{self._whole}/all}}"
            tail += f"; {{{name}/participants/all}}" if self._speakers_known else ""
            parts = self._counted(self._whole, str(theme), name)
            text = self._team_texts.get(str(theme))
            if text and text.finding:
                words = findings.render(text.finding, self.find, self.language, written=bool(text.language))
                parts = [*words, " (", *self._counted("counts", str(theme), name), ")"]
            self._found(f"{theme}: {tail}", parts, key=True)

    @cached_property
    def _team_texts(self) -> dict[str, ThemeText]:
        """The team's words by theme, in the report's language."""
        texts = theme_texts(self.params, self.root)
        return {text.theme: text for text in texts if text.language in ("", self.language)}

    def _in_report(self, text: ThemeText, words: str) -> str:
        return words if text.language else self.say(words)

    def _counted(self, form: str, theme: str, name: str, *, speakers: bool = True) -> list[Any]:
        """How often a theme came up: a sentence, or in brackets the counts behind a team's own."""
        message = self.say(CAME_UP[form + " said by" * (speakers and self._speakers_known)])
        parts: list[Any] = []
        for text, token, _, _ in Formatter().parse(message):
            parts.append(text)
            if token == "theme":
                parts.append(self._own(theme))
            elif token:
                estimate = self.find(f"{name}/{self._whole if token == 'whole' else token}/all")
                figure = self.voice.number(estimate.estimate)
                parts.append({"text": figure, "id": estimate.id, "value": estimate.estimate})
        return [part for part in parts if part]

    @cached_property
    def _speakers_known(self) -> bool:
        """Whether any turn has a participant: without, people are not counted, not even as none."""
        return bool((self.project.turns["case"].astype(str) != "").any())

    # --- tables -------------------------------------------------------------------------------------

    def framework(self, *, rows: tuple[str, ...] = ("role", "age_band", "area")) -> Result:
        """The theme by group matrix: passages in which a theme came up.

        Parameters
        ----------
        rows : tuple of str
            Attributes that make the groups; those that the study recorded, or the sources where it has none.
        """
        if self.project.segments.empty:
            return self._nothing(N_("Themes by group"), self.say("Themes: nothing is coded yet"))
        rows = tuple(recorded(self.project, rows) or recorded(self.project, OTHERWISE)) or ("source",)
        cells = qualitative.framework(self.project, rows=list(rows), min_cell=self.k)
        options = {"hatched": UNCODED} if cells["quality"].eq("not_coded").any() else {}
        cells = cells.assign(quality=cells["quality"].replace("not_coded", "not_asked"))  # a dash, never zero
        level = [str(row).replace(",", ";").replace(" · ", ",") for row in cells["row"]]
        rowed = [attribution_text(row, self.voice, " · ") for row in cells["row"]]
        fixed = {"statistic": "passages", "by": ",".join(rows), "unit": "count"}
        frame = cells.assign(**fixed, level=level, level_label=rowed, estimate=cells["passages"])
        names = cells["theme"].map(self._own)
        frame = frame.assign(indicator=[self._id(theme) for theme in cells["theme"]], title=names)
        frame = frame[frame["quality"] != "empty"].assign(method="passages coded with the theme")
        themes = self.evidence.add(frame.drop(columns="row"), kind="theme")
        subtitle = self.say("Passages in which a theme came up, by group")
        counts = self._themes.query("statistic == 'groups'").itertuples()
        told = max(counts, key=lambda row: row.estimate, default=None)
        parts = self._counted("counts", str(told.title), str(told.indicator), speakers=False) if told else []
        title = words(parts) or N_("Themes by group")
        options |= {"topic": N_("Themes by group")}
        return Result(themes, title, "matrix", subtitle, "count", self.source, options=options)

    # --- quotations ---------------------------------------------------------------------------------

    def quotations(self, *, each: int = 3) -> None:
        """Each theme: the team's paragraph with its authors, sub-themes, approved quotations.

        Parameters
        ----------
        each : int
            At most so many for one theme.
        """
        book = qualitative.codebook(self.project)
        # What only holds codes is a heading.
        book = book[(book["segments"] > 0) | (book["segments_below"] == 0)]
        in_summary = 0
        themes = [str(theme) for theme in dict.fromkeys(self.project.codes["theme"]) if theme]
        silent = [theme for theme in themes if not self._body(theme)]
        elsewhere = {text.theme for text in theme_texts(self.params, self.root)}
        for message, written in SILENT.items():
            topics = ", ".join(self._own(theme) for theme in silent if (theme in elsewhere) == written)
            if topics:
                self.note(self.say(message, topics=topics), tone="gap")
        for theme in themes:
            self._paragraph(theme)
            rows = [self._sub_theme(row) for row in book[book["theme"] == theme].to_dict("records")]
            alone = [name for name, _ in rows] == [self._own(theme)]
            self.exhibits.definitions("" if alone else self._own(theme), rows, own=True)
            quotes = qualitative.quotations(
                self.project, str(theme), k=self.k, each=each, language=self.language
            )
            self._quote(quotes, key=1 if in_summary < SUMMARY_QUOTATIONS else 0)
            in_summary += min(len(quotes), 1)

    def _paragraph(self, theme: str) -> None:
        """What the team wrote on a theme, with its authors."""
        if not self._body(theme):
            return
        text = self._team_texts[theme]
        by = ", ".join(text.authors)
        title = (
            self.say("In the team's words: {authors}", authors=by) if by else self.say("In the team's words")
        )
        self.note(self._marked(self._in_report(text, text.body)), title=title)

    def _body(self, theme: str) -> str:
        text = self._team_texts.get(theme)
        return text.body if text else ""

    def _sub_theme(self, row: dict[str, Any]) -> list[str]:
        """A code with what it means and how often it was given."""
        count = self.say(
            "segments: {n}; discussions and interviews: {sources}",
            n=self.voice.number(row["segments"]),
            sources=self.voice.number(row["sources"]),
        )
        meant = f"{self._own(row['definition'])} ({count})" if row["definition"] else count
        return [self._labels()[row["code"]], meant]

    def _quote(self, rows: pd.DataFrame, *, key: int = 0) -> None:
        """Quotations with who, where and which turn; the first `key` of them are for the summary."""
        for number, row in enumerate(rows.itertuples()):
            is_key, study = number < key, self.params.slug
            self.show(passages.as_block(row, self.voice, study=study, synthetic=self.synthetic, key=is_key))

    def asked(self) -> None:
        """What children of the study agreed to ask for, and to ask those who read of it."""
        for title, key in ASKED.items():
            asks = read_asks(self.root, self.params.slug, key)
            self.bullets([ask.told(self.voice.date(ask.day)) for ask in asks], title=title)

    # --- agreement, saturation, survey ---------------------------------------------------------------

    @cached_property
    def _agreed(self) -> pd.DataFrame:
        """Agreement by code; the figure over all codes is evidence."""
        table = qualitative.agreement(self.project)
        whole = table[table["code"] == "all"].iloc[0]
        row: dict[str, Any] = {"indicator": AGREEMENT, "statistic": "alpha"}
        row |= {"title": "Krippendorff's alpha over all codes"}
        row |= {"estimate": whole["alpha"], "ci_low": whole["ci_low"], "ci_high": whole["ci_high"]}
        row |= {"n": whole["units"], "confidence_level": 0.95, "unit": "alpha"}
        row["method"] = "nominal alpha by turn; its interval resamples whole sources"
        withheld = {"quality": "suppressed", "reason": str(whole["reason"])}
        row |= {"quality": "ok"} if whole["alpha"] is not None else withheld
        self.evidence.add(pd.DataFrame([row]), kind="theme")
        return table

    def coding(self) -> None:
        """How many people coded, and the agreement of those who coded the same, where it can be computed."""
        self.bullets([sentence for sentence in (self._told.coders(), self._told.uncoded()) if sentence])
        if self._agreed.iloc[-1]["alpha"] is not None:
            self.finding(
                N_("Agreement over all codes between those who coded the same sources: alpha {agreement}.")
            )

    def agreement(self) -> Result:
        """Agreement by code: Krippendorff's alpha with its interval, Cohen's kappa and Gwet's AC1."""
        table = self._agreed
        if not int(table.iloc[-1]["sources"]):
            why = ONLY_CODED if table.iloc[-1]["reason"] == ONLY_CODED else NOT_TWICE
            return self._nothing(N_("Agreement between coders"), self.say(why))
        labels = self._labels() | {"all": self.say("All codes")}
        columns = ("alpha", "ci_low", "ci_high", "kappa", "ac1", "prevalence")
        texts = {c: [self._coefficient(x) for x in table[c]] for c in columns}
        ends = zip(texts["ci_low"], texts["ci_high"], strict=True)
        span = ["–" if "–" in p else self.say("{low} to {high}", low=p[0], high=p[1]) for p in ends]
        body = table.assign(**texts, code=[labels.get(c, c) for c in table["code"]], span=span)
        remarks = zip(table["reason"], table["ci_low"], strict=True)
        body = body.assign(reason=[self._remark(why or reading(low)) for why, low in remarks])
        heads = label_table("coders agree")
        return self._plain(body, N_("Agreement between coders"), heads)

    def _remark(self, why: str) -> str:
        return self.say(why) if " " in why else reason_text(why, self.language)

    def _coefficient(self, x: float | None) -> str:
        return "–" if x is None or x != x else self.voice.number(float(x), 2)

    def saturation(self) -> Result:
        """New codes in each further discussion, with the band of other orders."""
        if self.project.segments.empty:
            return self._nothing(N_("Saturation of codes"), self.say("Saturation: nothing is coded yet"))
        result = qualitative.saturation(self.project, language=self.language)
        curve = result.curve
        fixed = {"indicator": "SATURATION", "statistic": "codes", "by": "sources", "unit": "count"}
        names = {"codes": "estimate", "low": "ci_low", "high": "ci_high"}
        frame = curve.rename(columns=names).assign(
            **fixed, title=self.say("Codes found"), method=result.method
        )
        frame = frame.assign(level=curve["sources"].astype(str), estimate=curve["codes"].astype(float))
        themes = self.evidence.add(frame, kind="theme")
        subtitle = self.say("Different codes after each discussion or interview; band: other orders of them")
        topic = N_("Saturation of codes")
        options = {"x": "sources", "x_title": self.say("Discussions and interviews"), "topic": topic}
        judged = self.params.qualitative.saturation
        judgement = self.say("The team's own judgement: {text}", text=self.say(judged).rstrip(".")) + "."
        judgement_note = judgement if judged else self.say("The team's own judgement: not reported.")
        # Where only pictures or lost texts are coded, the curve has no point.
        counts = {"n": len(curve), "new": sum(curve["new"][-1:]), "codes": sum(curve["codes"][-1:])}
        message = N_("New codes in the last of {n} discussions and interviews: {new}; in all: {codes}")
        title = self.say(message, **{name: self.voice.number(int(x)) for name, x in counts.items()})
        title = title if counts["n"] else topic
        words = (result.says, judgement_note)
        return Result(themes, title, "curve", subtitle, "count", self.source, words, (), options)

    def joint_display(self) -> Result:
        """The survey's numbers on the topics of the codes beside what was said, where there is a survey."""
        if self.params.data.survey is None:
            return self._nothing(N_("Beside the survey"), self.say("Survey: this study has none"))
        body, pairs = beside_survey(
            self.project, self.params, self.root, self.voice, k=self.k, invented=self.synthetic
        )
        note = self.say("Reading: how the team judged the voices beside the number, pair by pair.")
        notes = (note, pairs) if self.params.judgements else (pairs,)
        said = zip(body["said"], body["spoken"], strict=True)
        return self._plain(body, N_("Survey and voices side by side"), JOINT_HEADS, said, notes=notes)

    # --- rights, closing ----------------------------------------------------------------------------

    def limits(self) -> None:
        """What this phase cannot say."""
        self.bullets(self._told.limits(), key=True)

    def not_available(self) -> None:
        """What the exhibits asked for and the project does not hold: an annex."""
        self.bullets(self.exhibits.collected or [])

    def protection(self) -> None:
        """What is recorded of consent, and of the names that were replaced."""
        self.bullets([self._told.agreed(), self._told.names()])

    @property
    def _told(self) -> InterviewFacts:
        return InterviewFacts(self.params, self.project, self.voice)

    def facts(self) -> None:
        """The cover, with the box on ethics and safeguarding."""
        super().facts()
        self.definitions(N_("Ethics and safeguarding"), self._told.ethics())

    def coreq(self) -> Result:
        """The thirty-two items of COREQ; what the study does not report says so."""
        return self._checklist(qualitative.coreq(self._told.coreq(self.k)), N_("COREQ checklist"))

    def srqr(self) -> Result:
        """The twenty-one standards of SRQR; what the study does not report says so."""
        return self._checklist(qualitative.srqr(self._told.srqr(self.k)), N_("SRQR checklist"))

    def _checklist(self, table: pd.DataFrame, title: str) -> Result:
        heads = label_table("checklist")
        return self._plain(table.assign(item=table["item"].astype(str)), title, heads)

    def reflexivity(self) -> None:
        """Who the team is to those it asked, in its own words."""
        statement = self.params.qualitative.reflexivity
        self.note(
            self.say(statement) if statement else self.say("Reflexivity: not reported."),
            tone="info" if statement else "gap",
            title=self.say("Who asked and who read"),
        )

    def _values(self) -> dict[str, object]:
        return {"k": self.k}

    def _texts(self, kind: str) -> list[tuple[str, str]]:
        """Without what this project did not do: measuring agreement."""
        absent = set() if int(self._agreed.iloc[-1]["sources"]) else {"Agreement", "Krippendorff's alpha"}
        return [row for row in super()._texts(kind) if row[0] not in absent]

    def _methods(self) -> list[tuple[str, str]]:
        return [*super()._methods(), *self._told.methods()]

    def _facts(self) -> list[list[str]]:
        return self._told.cover()

    def _write(self, folder: Path) -> None:
        """With the approved quotations, which forum packs and briefs print, and who agreed to take part."""
        slug, least = self.params.slug, self.params.publication.min_cell
        quotes = statements.quotation_statements(self.project, slug, k=self.k, synthetic=self.synthetic)
        quotes += statements.consent_sentences(self.project, slug, least=least)
        self.exhibits.files[statements.FILE] = statements.as_file(quotes)
        super()._write(folder)

    def _inputs(self) -> list[list[str]]:
        return self._told.inputs()
