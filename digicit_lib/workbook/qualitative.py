"""Questions to a coded project: who took part, themes, agreement, saturation, approved quotations."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from digicit_lib.codebook import rights
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.qualitative.tokens import unmasked
from digicit_lib.safe import slug
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.chapter_words import NOT_TWICE, RIGHTS_HEADS
from digicit_lib.workbook.findings import attribution_text
from digicit_lib.workbook.interview_facts import InterviewFacts
from digicit_lib.workbook.joint_display import JOINT_HEADS, beside_survey
from digicit_lib.workbook.result import Result

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.qualitative import Project

AGREEMENT = "AGREEMENT"


class Qualitative(Workbook):
    """The interview phase of a study."""

    phase = "qualitative"

    @cached_property
    def project(self) -> Project:
        """The coded project, pseudonymised; its quotations still pass the gate one by one."""
        from digicit_lib.data import open_interviews

        return open_interviews(self.params, self.root)

    @property
    def k(self) -> int:
        """The fewest participants whom an attribution must fit."""
        return int(getattr(self.params.data.interviews, "k", 3))

    @property
    def source(self) -> str:
        if self.synthetic:
            return self.say("SYNTHETIC interviews; no one was asked")
        return self.say("Coded interviews of the study")

    # --- themes as evidence -------------------------------------------------------------------------

    def find(self, token: str) -> Estimate:
        """The count or coefficient of a token; both are recorded before the first sentence."""
        _ = self._themes, self._agreed
        return super().find(AGREEMENT if token == "agreement" else token)

    @cached_property
    def _themes(self) -> pd.DataFrame:
        """Counts of each theme: groups, participants, segments, and the groups in which it was raised."""
        import pandas as pd

        from digicit_lib import qualitative

        found = qualitative.frequency(self.project, level="theme")
        asked = qualitative.framework(self.project, rows="source")
        raised = asked[~asked["quality"].isin(["not_asked", "not_coded"])].groupby("theme")["row"].nunique()
        counts = {"groups": found["sources"], "raised": found["theme"].map(raised).fillna(0)}
        counts |= {"participants": found["cases"]} if self._speakers_known else {}
        counts |= {"segments": found["segments"]}
        rows = [
            {"indicator": self._id(theme), "title": theme, "statistic": name, "estimate": float(n)}
            | {"unit": "groups" if name == "raised" else name}
            for name, column in counts.items()
            for theme, n in zip(found["theme"], column, strict=True)
        ]
        method = "counts over the coded project; never shares of people"
        return self.evidence.add(pd.DataFrame(rows).assign(method=method, quality="ok"), kind="theme")

    @staticmethod
    def _id(theme: object) -> str:
        return f"T-{slug(theme)}"

    def key_themes(self) -> None:
        """One sentence a theme: in how many discussions it came up, and how many people spoke of it."""
        for theme in dict.fromkeys(self._themes["title"]):
            name = self._id(theme)
            tail = f"{{{name}/groups/all}}/{{{name}/raised/all}}"
            tail += f"; {{{name}/participants/all}}" if self._speakers_known else ""
            self._found(f"{theme}: {tail}", self._theme_parts(str(theme), name), key=True)

    def _theme_parts(self, theme: str, name: str) -> list[Any]:
        message = self.say(
            "{theme} came up in {groups} of {raised} discussions and interviews where it was raised; "
            "people who spoke of it: {participants}."
        )
        if not self._speakers_known:
            message = self.say(
                "{theme} came up in {groups} of {raised} discussions and interviews where it was raised; "
                "who spoke is not recorded."
            )
        parts: list[Any] = []
        for text, token, _, _ in Formatter().parse(message):
            parts.append(text)
            if token == "theme":
                parts.append(self.say(theme))
            elif token:
                found = self.find(f"{name}/{token}/all")
                shown = self.voice.number(found.estimate)
                parts.append({"text": shown, "id": found.id, "value": found.estimate})
        return [part for part in parts if part]

    @cached_property
    def _speakers_known(self) -> bool:
        """Whether any turn has a participant: without, people are not counted, not even as none."""
        return bool((self.project.turns["case"].astype(str) != "").any())

    # --- tables -------------------------------------------------------------------------------------

    def participants(self) -> Result:
        """Who took part, by role, sex and age band; groups of few people stand together."""
        from digicit_lib import qualitative

        heads = {
            "role": N_("Role"), "sex": N_("Sex"), "age_band": N_("Age band"),
            "participants": N_("Participants"),
            "sources": N_("Groups"), "quote_ok": N_("Agreed to be quoted"),
        }  # fmt: skip
        return self._plain(
            qualitative.participants(self.project, min_cell=self.k), N_("Who took part"), heads
        )

    def sessions(self) -> Result:
        """The discussions and interviews, without places."""
        heads = {
            "source": N_("Session"), "type": N_("Kind"), "role": N_("With"), "age_band": N_("Age band"),
            "n_present": N_("Present"),
            "n_refused": N_("Refused"), "minutes": N_("Minutes"), "lang": N_("Language"),
        }  # fmt: skip
        table = self.project.sources.reindex(columns=list(heads)).astype(str)
        return self._plain(table, N_("Discussions and interviews"), heads)

    def codebook(self) -> Result:
        """The codebook with its rules and how often each code was used."""
        from digicit_lib import qualitative

        table = qualitative.codebook(self.project)
        label = table["code"].map(self._labels())
        heads = {
            "theme": N_("Theme"), "label": N_("Code"), "definition": N_("What it means"),
            "include_when": N_("Applies to"),
            "exclude_when": N_("Does not apply to"), "segments": N_("Segments"), "sources": N_("Groups"),
            "flag": N_("Remark"),
        }  # fmt: skip
        return self._plain(table.assign(label=label).sort_values(["theme", "label"]), N_("Codebook"), heads)

    def _plain(self, frame: pd.DataFrame, title: str, heads: dict[str, str], **more: Any) -> Result:
        shown = frame.reindex(columns=list(heads)).rename(columns={k: self.say(v) for k, v in heads.items()})
        shown = shown.map(self.voice.cell)
        return Result(shown, title, source=self.source, **more)

    def framework(self, *, rows: tuple[str, ...] = ("role", "age_band", "area")) -> Result:
        """The theme by group matrix: passages in which a theme came up.

        Parameters
        ----------
        rows : tuple of str
            Attributes that make the groups; those that the study recorded, or the sources where it has none.
        """
        from digicit_lib import qualitative
        from digicit_lib.qualitative.coded.model import recorded

        if self.project.segments.empty:
            return self._nothing(N_("Themes by group"), self.say("Themes: nothing is coded yet"))
        rows = tuple(recorded(self.project, rows)) or ("source",)
        cells = qualitative.framework(self.project, rows=list(rows), min_cell=self.k)
        level = [str(row).replace(",", ";").replace(" · ", ",") for row in cells["row"]]
        rowed = [self.voice.each(row, " · ") for row in cells["row"]]
        fixed = {"statistic": "passages", "by": ",".join(rows), "unit": "count"}
        frame = cells.assign(**fixed, level=level, level_label=rowed, estimate=cells["passages"])
        names = cells["theme"].map(self.say)
        frame = frame.assign(indicator=[self._id(theme) for theme in cells["theme"]], title=names)
        frame = frame[frame["quality"] != "empty"].assign(method="passages coded with the theme")
        recorded = self.evidence.add(frame.drop(columns="row"), kind="theme")
        subtitle = self.say("Passages in which a theme came up, by group")
        return Result(recorded, N_("Themes by group"), "matrix", subtitle, "count", self.source)

    def _nothing(self, title: str, gap: str) -> Result:
        import pandas as pd

        return Result(pd.DataFrame(), title, gaps=(gap,))

    # --- quotations ---------------------------------------------------------------------------------

    def quotations(self, *, each: int = 3) -> None:
        """Approved quotations of each theme, with the codes that make it up.

        Parameters
        ----------
        each : int
            At most so many for one theme.
        """
        from digicit_lib import qualitative

        for theme in filter(None, dict.fromkeys(self.project.codes["theme"])):
            codes = self.project.codes[self.project.codes["theme"] == theme]
            pairs = zip(codes["code"], codes["definition"], strict=True)
            self.definitions(str(theme), [[self._labels()[code], self.say(str(b))] for code, b in pairs])
            self._quote(qualitative.quotations(self.project, str(theme), k=self.k, each=each))

    def _quote(self, rows: pd.DataFrame) -> None:
        for row in rows.itertuples():
            text, other = unmasked(str(row.text), row.lang), unmasked(str(row.translation or ""))
            said = f"[invented] {text}" if self.synthetic else text
            translated = row.translation and row.lang != self.language
            told = f"[invented] {other}" if self.synthetic else other
            block = {"kind": "quotation", "text": said, "lang": row.lang}
            block |= {"attribution": attribution_text(row.attribution, self.voice)}
            block |= {"translation": told if translated else None, "synthetic": self.synthetic}
            block |= {"translator": row.translator if translated else None, "translation_lang": "en"}
            self.show({**block, "id": f"{self.params.slug}/qualitative/quotation/{row.quotation}"})

    def negative_cases(self) -> Result:
        """Voices against the usual run of a theme, approved ones in words, the others by their group only."""
        from digicit_lib import qualitative

        found = qualitative.negative_cases(self.project, k=self.k)
        mark, hidden = "[invented] " if self.synthetic else "", self.say("not approved for print")
        table = found.assign(
            text=[mark + unmasked(str(text)) if text else hidden for text in found["text"]],
            code=found["code"].map(self._labels()).fillna(found["code"]),
            attribution=found["attribution"].map(lambda who: attribution_text(who, self.voice)),
        )
        heads = {
            "theme": N_("Theme"), "code": N_("Code"), "text": N_("What was said"), "attribution": N_("Who"),
        }  # fmt: skip
        gaps = () if len(found) else (self.say("Negative cases: none were marked"),)
        return self._plain(table, N_("Voices that say otherwise"), heads, gaps=gaps)

    # --- agreement, saturation, survey ---------------------------------------------------------------

    @cached_property
    def _agreed(self) -> pd.DataFrame:
        """Agreement by code; the figure over all codes is evidence."""
        import pandas as pd

        from digicit_lib import qualitative

        table = qualitative.agreement(self.project)
        whole = table[table["code"] == "all"].iloc[0]
        row: dict[str, Any] = {
            "indicator": AGREEMENT,
            "title": "Krippendorff's alpha over all codes",
            "statistic": "alpha",
        }
        row |= {"estimate": whole["alpha"], "ci_low": whole["ci_low"], "ci_high": whole["ci_high"]}
        row |= {"n": whole["units"], "confidence_level": 0.95, "unit": "alpha"}
        row["method"] = "nominal alpha by turn; its interval resamples whole sources"
        hidden = {"quality": "suppressed", "reason": str(whole["reason"])}
        row |= {"quality": "ok"} if whole["alpha"] is not None else hidden
        self.evidence.add(pd.DataFrame([row]), kind="theme")
        return table

    def coding(self) -> None:
        """How many people coded, and the agreement of those who coded the same, where it can be computed."""
        self.bullets([told for told in (self._told.coders(), self._told.uncoded()) if told])
        if self._agreed.iloc[-1]["alpha"] is not None:
            self.finding(N_("Those who coded the same discussions agree over all codes by {agreement}."))

    def agreement(self) -> Result:
        """Agreement by code: Krippendorff's alpha with its interval, Cohen's kappa and Gwet's AC1."""
        table = self._agreed
        if not int(table.iloc[-1]["sources"]):
            return self._nothing(N_("Agreement between coders"), self.say(NOT_TWICE))
        labels = self._labels() | {"all": self.say("All codes")}
        columns = ("alpha", "ci_low", "ci_high", "kappa", "ac1", "prevalence")
        shown = {c: [self._coefficient(x) for x in table[c]] for c in columns}
        ends = zip(shown["ci_low"], shown["ci_high"], strict=True)
        span = ["–" if "–" in p else self.say("{low} to {high}", low=p[0], high=p[1]) for p in ends]
        body = table.assign(**shown, code=[labels.get(c, c) for c in table["code"]], span=span)
        body = body.assign(reason=[reason_text(why, self.language) for why in table["reason"]])
        heads = {
            "code": N_("Code"), "alpha": N_("Alpha"), "span": N_("Interval"), "kappa": N_("Kappa"),
            "ac1": "AC1", "prevalence": N_("Prevalence"), "units": N_("Turns"), "reason": N_("Remark"),
        }  # fmt: skip
        return self._plain(body, N_("Agreement between coders"), heads)

    def _labels(self) -> dict[str, str]:
        """What each code is called."""
        codes, labels = self.project.codes, self.project.codes["name"]
        labels = codes["label"].where(codes["label"] != "", labels) if "label" in codes else labels
        return {code: self.say(str(label)) for code, label in zip(codes["code"], labels, strict=True)}

    def _coefficient(self, x: float | None) -> str:
        return "–" if x is None or x != x else self.voice.number(float(x), 2)

    def saturation(self) -> Result:
        """New codes in each further discussion, with the band of other orders."""
        from digicit_lib import qualitative

        if self.project.segments.empty:
            return self._nothing(N_("Saturation of codes"), self.say("Saturation: nothing is coded yet"))
        found = qualitative.saturation(self.project, language=self.language)
        curve = found.curve
        fixed = {"indicator": "SATURATION", "statistic": "codes", "by": "sources", "unit": "count"}
        names = {"codes": "estimate", "low": "ci_low", "high": "ci_high"}
        frame = curve.rename(columns=names).assign(
            **fixed, title=self.say("Codes found"), method=found.method
        )
        frame = frame.assign(level=curve["sources"].astype(str), estimate=curve["codes"].astype(float))
        recorded = self.evidence.add(frame, kind="theme")
        subtitle = self.say("Different codes after each discussion; band: other orders of the discussions")
        options = {"x": "sources", "x_title": self.say("Discussions and interviews")}
        words, title = (found.says,), N_("Saturation of codes")
        return Result(recorded, title, "curve", subtitle, "count", self.source, words, (), options)

    def joint_display(self) -> Result:
        """The survey's numbers on the topics of the codes beside what was said, where there is a survey."""
        if self.params.data.survey is None:
            return self._nothing(N_("Beside the survey"), self.say("Survey: this study has none"))
        body = beside_survey(
            self.project, self.params, self.root, self.voice, k=self.k, invented=self.synthetic
        )
        note = self.say("Reading: how the team judged the voices beside the number, pair by pair.")
        return self._plain(body, N_("Survey and voices side by side"), JOINT_HEADS, notes=(note,))

    # --- rights, closing ----------------------------------------------------------------------------

    def rights(self) -> Result:
        """Articles that the codes speak to."""
        found: dict[int, list[str]] = {}
        for code in self.project.codes.itertuples():
            for article in str(getattr(code, "crc_articles", "")).split():
                if article.isdigit():
                    found.setdefault(int(article), []).append(self._labels()[code.code])
        heads = [self.say(head) for head in RIGHTS_HEADS]
        frame = rights.table(found, heads, self.say("not raised"), self.say)
        return Result(frame, N_("Articles of the Convention and what was said"), source=self.source)

    def limits(self) -> None:
        """What this phase cannot say."""
        self.bullets(self._told.limits())

    def protection(self) -> None:
        """What is recorded of consent, and of the names that were replaced."""
        consent = self._told.consent() or self.say("Consent and assent: not reported.")
        self.bullets([consent, self._told.names()])

    @property
    def _told(self) -> InterviewFacts:
        return InterviewFacts(self.params, self.project, self.voice)

    def facts(self) -> None:
        """The cover, with the box on ethics and safeguarding."""
        super().facts()
        self.definitions(N_("Ethics and safeguarding"), self._told.ethics())

    def coreq(self) -> Result:
        """The thirty-two items of COREQ; what the study does not report says so."""
        from digicit_lib import qualitative

        table = qualitative.coreq(self._told.coreq(self.k))
        heads = {
            "item": N_("Item"), "topic": N_("Topic"), "question": N_("Question"),
            "answer": N_("In this study"),
        }  # fmt: skip
        return self._plain(table.assign(item=table["item"].astype(str)), N_("COREQ checklist"), heads)

    def _values(self) -> dict[str, object]:
        return {"k": self.k}

    def _methods(self) -> list[tuple[str, str]]:
        """Without what this project did not do: measuring agreement."""
        absent = set() if int(self._agreed.iloc[-1]["sources"]) else {"Agreement"}
        return [*(row for row in super()._methods() if row[0] not in absent), *self._told.methods()]

    def _facts(self) -> list[list[str]]:
        return self._told.cover()

    def _write(self, folder: Path) -> None:
        """With the approved quotations, which forum packs and briefs print."""
        from digicit_lib.workbook import statements

        quotes = statements.quotations(self.project, self.params.slug, k=self.k, synthetic=self.synthetic)
        self.exhibits.files[statements.FILE] = statements.as_file(quotes)
        super()._write(folder)

    def _inputs(self) -> list[list[str]]:
        return self._told.inputs()
