"""Questions to a coded project: who took part, themes, agreement, saturation, approved quotations."""

from __future__ import annotations

from functools import cached_property
from string import Formatter
from typing import TYPE_CHECKING, Any

from digicit_lib import codebook as catalogue_room
from digicit_lib.evidence import Estimate
from digicit_lib.language import number
from digicit_lib.safe import slug
from digicit_lib.workbook import rights
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.findings import value
from digicit_lib.workbook.result import Result

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.qualitative import Project

GROUPS = ("role", "age_band", "area")
AGREEMENT = "AGREEMENT"
LIMITS = (
    "Discussions show what matters and why. They do not show how common it is.",
    "Those who did not come, and what was not said in front of others, are not heard here.",
    "A moderator's words and the group's mood shape what is said.",
    "Codes are the coders' reading; another team might read otherwise.",
)


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
        """The count or coefficient of a token; themes and agreement are recorded before the first sentence."""
        _ = self._themes, self._agreed
        return super().find(AGREEMENT if token == "agreement" else token)

    @cached_property
    def _themes(self) -> pd.DataFrame:
        """Counts of each theme: groups, participants, segments, and the groups in which it was raised."""
        import pandas as pd

        from digicit_lib import qualitative

        found = qualitative.frequency(self.project, level="theme")
        asked = qualitative.framework(self.project, rows="source")
        raised = asked[asked["quality"] != "not_asked"].groupby("theme")["row"].nunique()
        rows = [
            {"indicator": self._id(row["theme"]), "title": row["theme"], "statistic": statistic, "unit": unit, "estimate": float(n)}
            for _, row in found.iterrows()
            for statistic, unit, n in (
                ("groups", "groups", row["sources"]),
                ("raised", "groups", raised.get(row["theme"], 0)),
                ("participants", "participants", row["cases"]),
                ("segments", "segments", row["segments"]),
            )
        ]  # fmt: skip
        method = "counts over the coded project; never shares of people"
        return self.evidence.add(pd.DataFrame(rows).assign(method=method, quality="ok"), kind="theme")

    @staticmethod
    def _id(theme: object) -> str:
        return f"T-{slug(theme)}"

    def key_themes(self) -> None:
        """One sentence a theme: in how many discussions it came up, and how many people spoke of it."""
        for theme in dict.fromkeys(self._themes["title"]):
            name = self._id(theme)
            tail = f"{{{name}/groups/all}}/{{{name}/raised/all}}; {{{name}/participants/all}}"
            self._found(f"{theme}: {tail}", self._theme_parts(str(theme), name), key=True)

    def _theme_parts(self, theme: str, name: str) -> list[Any]:
        message = self.say(
            "{theme} came up in {groups} of {raised} discussions and interviews where it was raised; "
            "people who spoke of it: {participants}."
        )
        parts: list[Any] = []
        for text, token, _, _ in Formatter().parse(message):
            parts.append(text)
            if token == "theme":
                parts.append(self.say(theme))
            elif token:
                found = self.find(f"{name}/{token}/all")
                shown = number(found.estimate, self.language)
                parts.append({"text": shown, "id": found.id, "value": found.estimate})
        return [part for part in parts if part]

    # --- tables -------------------------------------------------------------------------------------

    def participants(self) -> Result:
        """Who took part, by role, age band and area; cells of few people are not broken down further."""
        cases = self.project.cases
        columns = [c for c in GROUPS if c in cases]
        table = cases.groupby(columns, sort=True).size().reset_index(name="n")
        table["n"] = table["n"].map(lambda n: number(n, self.language))
        heads = {"role": "Role", "age_band": "Age band", "area": "Area", "n": "Participants"}
        return self._plain(table, "Who took part", heads)

    def sessions(self) -> Result:
        """The discussions and interviews, without places."""
        heads = {
            "source": "Session",
            "type": "Kind",
            "role": "With",
            "age_band": "Age band",
            "n_present": "Present",
        }
        heads |= {"n_refused": "Refused", "minutes": "Minutes", "lang": "Language"}
        table = self.project.sources.reindex(columns=list(heads)).astype(str)
        return self._plain(table, "Discussions and interviews", heads)

    def codebook(self) -> Result:
        """The codebook with its rules and how often each code was used."""
        from digicit_lib import qualitative

        table = qualitative.codebook(self.project)
        label = (
            table["label"].where(table["label"] != "", table["name"]) if "label" in table else table["name"]
        )
        heads = {
            "theme": "Theme",
            "label": "Code",
            "definition": "What it means",
            "include_when": "Applies to",
        }
        heads |= {
            "exclude_when": "Does not apply to",
            "segments": "Segments",
            "sources": "Groups",
            "flag": "Remark",
        }
        return self._plain(table.assign(label=label).sort_values(["theme", "label"]), "Codebook", heads)

    def _plain(self, frame: pd.DataFrame, title: str, heads: dict[str, str], **more: Any) -> Result:
        shown = frame.reindex(columns=list(heads)).rename(columns={k: self.say(v) for k, v in heads.items()})
        return Result(shown, title, source=self.source, **more)

    def framework(self, *, rows: tuple[str, ...] = ("role", "age_band", "area")) -> Result:
        """The theme by group matrix: discussions in which a theme came up.

        Parameters
        ----------
        rows : tuple of str
            Attributes that make the groups.
        """
        from digicit_lib import qualitative

        cells = qualitative.framework(self.project, rows=list(rows), min_cell=self.k)
        frame = cells.assign(
            indicator=[self._id(theme) for theme in cells["theme"]], title=cells["theme"], statistic="passages",
            by=",".join(rows), level=[str(row).replace(",", ";").replace(" · ", ",") for row in cells["row"]],
            level_label=cells["row"], estimate=cells["passages"], unit="count",
        )  # fmt: skip
        frame = frame[frame["quality"] != "empty"].assign(method="passages coded with the theme")
        recorded = self.evidence.add(frame, kind="theme")
        subtitle = self.say("Passages in which a theme came up, by group")
        return Result(recorded, "Themes by group", "matrix", subtitle, "count", self.source)

    # --- quotations ---------------------------------------------------------------------------------

    def quotations(self, *, each: int = 3) -> None:
        """Approved quotations of each theme, with the codes that make it up.

        Parameters
        ----------
        each : int
            At most so many for one theme.
        """
        for theme in dict.fromkeys(self.project.codes["theme"]):
            codes = self.project.codes[self.project.codes["theme"] == theme]
            labels = codes["label"] if "label" in codes else codes["name"]
            self.definitions(
                str(theme), [[str(a), str(b)] for a, b in zip(labels, codes["definition"], strict=True)]
            )
            self._quote(self.approved[self.approved["theme"] == theme].head(each))

    @cached_property
    def approved(self) -> pd.DataFrame:
        """What the gate lets through."""
        from digicit_lib import qualitative

        return qualitative.quotations(self.project, k=self.k)

    def _quote(self, rows: pd.DataFrame) -> None:
        for row in rows.itertuples():
            said = f"[invented] {row.text}" if self.synthetic else row.text
            translated = row.translation and row.lang != self.language
            told = f"[invented] {row.translation}" if self.synthetic else row.translation
            self.show(
                {
                    "kind": "quotation", "text": said, "lang": row.lang, "attribution": row.attribution,
                    "translation": told if translated else None, "translator": row.translator if translated else None,
                    "id": f"{self.params.slug}/qualitative/quotation/{row.quotation}", "synthetic": self.synthetic,
                }
            )  # fmt: skip

    def negative_cases(self) -> Result:
        """Voices against the usual run of a theme, approved ones in words, the others by their group only."""
        from digicit_lib import qualitative

        found = qualitative.negative_cases(self.project, k=self.k)
        mark = "[invented] " if self.synthetic else ""
        table = found.assign(
            text=[mark + str(t) if t else self.say("not approved for print") for t in found["text"]]
        )
        heads = {"theme": "Theme", "code": "Code", "text": "What was said", "attribution": "Who"}
        gaps = () if len(found) else (self.say("Negative cases: none were marked"),)
        return self._plain(table, "Voices that say otherwise", heads, gaps=gaps)

    # --- agreement, saturation, survey ---------------------------------------------------------------

    @cached_property
    def _agreed(self) -> pd.DataFrame:
        from digicit_lib import qualitative

        table = qualitative.agreement(self.project)
        whole = table[table["code"] == "all"].iloc[0]
        import pandas as pd

        row = {
            "indicator": AGREEMENT,
            "title": "Krippendorff's alpha over all codes",
            "statistic": "alpha",
            "unit": "alpha",
        }
        numbers = {"estimate": whole["alpha"], "ci_low": whole["ci_low"], "ci_high": whole["ci_high"]}
        extra = {
            "n": whole["units"],
            "confidence_level": 0.95,
            "method": "nominal alpha by turn; intervals resample sources",
        }
        self.evidence.add(pd.DataFrame([{**row, **numbers, **extra}]), kind="theme")
        return table

    def agreement(self) -> Result:
        """Agreement by code: Krippendorff's alpha with its interval, Cohen's kappa and Gwet's AC1 beside it."""
        table = self._agreed
        labels = self._labels() | {"all": self.say("All codes")}
        columns = ("alpha", "ci_low", "ci_high", "kappa", "ac1", "prevalence")
        shown = {c: [self._coefficient(x) for x in table[c]] for c in columns}
        span = [
            f"{a} to {b}" if "–" not in (a, b) else "–"
            for a, b in zip(shown["ci_low"], shown["ci_high"], strict=True)
        ]
        body = table.assign(**shown, code=[labels.get(c, c) for c in table["code"]], span=span)
        heads = {"code": "Code", "alpha": "Alpha", "span": "Interval", "kappa": "Kappa", "ac1": "AC1"}
        heads |= {"prevalence": "Prevalence", "units": "Turns", "reason": "Remark"}
        return self._plain(body, "Agreement between coders", heads)

    def _labels(self) -> dict[str, str]:
        codes = self.project.codes
        return dict(zip(codes["code"], codes["label"] if "label" in codes else codes["name"], strict=True))

    def _coefficient(self, x: float | None) -> str:
        return "–" if x is None or x != x else number(float(x), self.language, 2)

    def saturation(self) -> Result:
        """New codes in each further discussion, with the band of other orders."""
        from digicit_lib import qualitative

        found = qualitative.saturation(self.project)
        frame = found.curve.assign(
            indicator="SATURATION", title=self.say("Codes found"), statistic="codes", by="sources",
            level=found.curve["sources"].astype(str), estimate=found.curve["codes"].astype(float),
            ci_low=found.curve["low"], ci_high=found.curve["high"], unit="count", method=found.method,
        )  # fmt: skip
        recorded = self.evidence.add(frame, kind="theme")
        subtitle = self.say("Different codes after each discussion; band: other orders of the discussions")
        options = {"x": "sources", "x_title": self.say("Discussions and interviews")}
        return Result(
            recorded,
            "Saturation of codes",
            "curve",
            subtitle,
            "count",
            self.source,
            (found.says,),
            (),
            options,
        )

    def joint_display(self) -> Result:
        """Themes beside the survey's numbers on the same topics, where the study has a survey."""
        import pandas as pd

        if self.params.data.survey is None:
            return Result(
                pd.DataFrame(), "Beside the survey", gaps=(self.say("Survey: this study has none"),)
            )
        rows = [row for code in self.project.codes.itertuples() for row in self._joint(code)]
        heads = ("Theme", "What was said", "Survey: indicator", "Survey: value", "Reading")
        frame = pd.DataFrame(rows, columns=[self.say(h) for h in heads])
        note = self.say(
            "Reading: the team's judgement whether the voices agree with, widen or contradict the number."
        )
        return Result(frame, "Survey and voices side by side", source=self.source, notes=(note,))

    @cached_property
    def _survey(self) -> Any:
        from digicit_lib.workbook.quantitative import Quantitative

        return Quantitative(self.params, self.root, self.language)

    def _joint(self, code: Any) -> list[list[str]]:
        """At most one row a code: its first indicator that the survey may print."""
        named = [
            i for i in str(getattr(code, "indicator_ids", "")).split() if i in catalogue_room.catalogue()
        ]
        held = [form for name in named for form in self._survey.measured(name)]
        quotes = self.approved[self.approved["code"] == code.code]
        for estimate in (self._survey.find(form) for form in held):
            if estimate.shown and len(quotes):
                said = quotes.iloc[0]
                words = (
                    said["translation"]
                    if said["translation"] and said["lang"] != self.language
                    else said["text"]
                )
                low, high = (
                    value(x, estimate.unit, self.language) for x in (estimate.ci_low, estimate.ci_high)
                )
                shown = f"{value(estimate.estimate, estimate.unit, self.language)} ({low}–{high})"
                mark = "[invented] " if self.synthetic else ""
                reading = self.say(str(getattr(code, "reading", "")) or "not judged yet")
                return [[code.theme, f"{mark}{words}", self.say(estimate.title), shown, reading]]
        return []

    # --- rights, closing ----------------------------------------------------------------------------

    def rights(self) -> Result:
        """Articles that the codes speak to."""
        found: dict[int, list[str]] = {}
        for code in self.project.codes.itertuples():
            for article in str(getattr(code, "crc_articles", "")).split():
                if article.isdigit():
                    found.setdefault(int(article), []).append(str(getattr(code, "label", "") or code.name))
        heads = [
            self.say(h)
            for h in ("Article", "Right", "General Comment 25, paragraphs", "Codes that speak to it")
        ]
        frame = rights.table(found, heads, self.say("not raised"), self.say)
        return Result(frame, "Articles of the Convention and what was said", source=self.source)

    def limits(self) -> None:
        """What this phase cannot say."""
        self.bullets([self.say(text) for text in LIMITS])

    def coreq(self) -> Result:
        """The thirty-two items of COREQ; what the study does not report says so."""
        from digicit_lib import qualitative

        table = qualitative.coreq(self.params.coreq)
        heads = {"item": "Item", "topic": "Topic", "question": "Question", "answer": "In this study"}
        return self._plain(table.assign(item=table["item"].astype(str)), "COREQ checklist", heads)

    def _values(self) -> dict[str, object]:
        return {"k": self.k}

    def _facts(self) -> list[list[str]]:
        project = self.project
        languages = sorted(set(project.sources["lang"]) - {""})
        return [
            [self.say("Discussions and interviews"), number(len(project.sources), self.language)],
            [self.say("Participants"), number(len(project.cases), self.language)],
            [self.say("Coders"), number(len(project.coders), self.language)],
            [self.say("Languages spoken"), ", ".join(languages)],
        ]

    def _inputs(self) -> list[list[str]]:
        facts = self.project.facts
        return [
            [self.say("Project"), str(facts.get("writer", ""))],
            [self.say("Offsets"), str(facts.get("offsets", ""))],
        ]
