"""Tables of a chapter on interviews: people, codes, themes in words, what was withheld and lost."""

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from digicit_lib import project as folders
from digicit_lib import qualitative
from digicit_lib.codebook import rights
from digicit_lib.data import interview_sheets as sheets
from digicit_lib.data.interviews import open_interviews
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.qualitative import Project
from digicit_lib.qualitative.coded.model import recorded
from digicit_lib.qualitative.consent import KNOWN_NO, MISSING, YES
from digicit_lib.qualitative.memos import notes_for_print
from digicit_lib.qualitative.neutral import spelt_out
from digicit_lib.qualitative.reported import AGREED, only_adults
from digicit_lib.qualitative.tokens import unmasked
from digicit_lib.safe import slug
from digicit_lib.workbook import passages
from digicit_lib.workbook.base import BaseWorkbook
from digicit_lib.workbook.chapter_words import (
    CONSENT_COLUMNS,
    CONSENT_STATES,
    ELEMENTS,
    FLAG_KINDS,
    MEMO_KINDS,
    NO_ARTICLE,
    OUTCOMES,
    RIGHTS,
    RIGHTS_HEADS,
    WITHHELD,
)
from digicit_lib.workbook.findings import attribution_text
from digicit_lib.workbook.passages import Said
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.voice import MADE_UP

MOST_PAIRS = 15
OTHERWISE = ("sex",)  # what makes the groups where none of the attributes asked for is recorded
SPOKEN = N_("Passages on each theme, a dot a group")
BY = ("role", "sex", "age_band")
OWN_WORDS = ("theme", "label", "code", "text", "words")  # columns that hold what the team wrote


class InterviewTables(BaseWorkbook):
    """The project of the interview phase and its tables."""

    @cached_property
    def project(self) -> Project:
        """The coded project, pseudonymised; its quotations still pass the gate one by one."""
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

    def _plain(
        self, frame: pd.DataFrame, title: str, heads: dict[str, str], said: Said = (), **more: Any
    ) -> Result:
        table = frame.reindex(columns=list(heads)).rename(columns={k: self.say(v) for k, v in heads.items()})
        own = [] if self.synthetic else [self.say(heads[name]) for name in OWN_WORDS if name in heads]
        table = table.apply(lambda cells: cells if cells.name in own else cells.map(self.voice.cell))
        table.attrs["languages"] = passages.foreign(said, self.voice)
        return Result(table, title, source=self.source, **more)

    def _nothing(self, title: str, gap: str) -> Result:
        return Result(pd.DataFrame({"title": [], "level_label": [], "estimate": []}), title, gaps=(gap,))

    def _labels(self) -> dict[str, str]:
        """What each code is called."""
        codes, labels = self.project.codes, self.project.codes["name"]
        labels = codes["label"].where(codes["label"] != "", labels) if "label" in codes else labels
        return {code: self._own(label) for code, label in zip(codes["code"], labels, strict=True)}

    # --- people and codes ---------------------------------------------------------------------------

    def participants(self) -> Result:
        """Who took part, by role, sex and age band; groups of few people stand together."""
        heads = label_table("participants")
        table = qualitative.participants(self.project, min_cell=self.k)
        return self._plain(table, N_("Who took part"), heads)

    def sessions(self) -> Result:
        """The discussions and interviews, without places."""
        heads = label_table("sessions")
        table = self.project.sources.reindex(columns=list(heads)).astype(str).fillna("")
        table = table.assign(lang=table["lang"].map(self.voice.spoken), type=table["type"].map(spelt_out))
        return self._plain(table, N_("Discussions and interviews"), passages.filled(table, heads))

    def who_said(self) -> Result:
        """Who spoke of each theme, by role, sex and age band; groups of few people are not told apart."""
        if not (self.project.turns["case"].astype(str) != "").any():
            return self._nothing(N_("Speakers of each theme"), self.say("Who spoke: not recorded"))
        whole = qualitative.frequency(self.project, level="theme")
        rows = whole[["theme", "cases", "sources"]].rename(columns={"cases": "participants"})
        for by in recorded(self.project, BY):
            cells = qualitative.frequency(self.project, by, level="theme", min_cell=self.k)
            cells = cells[(cells[by] != "") & (cells["base_cases"] > 0)]
            cells = cells.sort_values(["theme", "base_cases"], kind="stable")
            lines = {theme: self._people(part, by) for theme, part in cells.groupby("theme")}
            rows[by] = rows["theme"].map(lines).fillna("")
        heads = label_table("who said")
        return self._plain(rows, N_("Speakers of each theme"), passages.filled(rows, heads))

    def _people(self, cells: pd.DataFrame, by: str) -> str:
        """Counts of people by group; neither one below k is told nor what would give it back."""
        few = (cells["quality"] != "ok") | (cells["cases"] < self.k) & (cells["cases"] > 0)
        out = qualitative.counts_out(cells["cases"].fillna(0).tolist(), few.tolist(), self.k)
        texts = {
            cell[by]: self.say("not shown") if is_out else self.voice.number(cell["cases"])
            for cell, is_out in zip(cells.to_dict("records"), out, strict=True)
        }
        return "; ".join(f"{self.voice.each(group)}: {texts[group]}" for group in sorted(texts))

    def codebook(self) -> Result:
        """The codebook with its rules, how often each code was used, and an example that may be printed."""
        table = qualitative.codebook(self.project).sort_values(["theme", "code"])
        label = table["code"].map(self._labels())
        heads = label_table("codebook")
        examples = self._examples()
        printed = [
            examples.get(code) or self._of_the_team(str(text))
            for code, text in zip(table["code"], table["example"], strict=True)
        ]
        table = table.assign(label=label, printed=printed)
        return self._plain(table, N_("Codebook"), passages.filled(table, heads), self._said)

    @cached_property
    def _quoted(self) -> pd.DataFrame:
        return passages.quoted(self.project, self.k, self.voice, invented=self.synthetic)

    @property
    def _said(self) -> list[tuple[str, str]]:
        return list(zip(self._quoted["words"], self._quoted["spoken"], strict=True))

    def _examples(self) -> dict[str, str]:
        """The first approved quotation of each code."""
        return dict(reversed(list(zip(self._quoted["code"], self._quoted["words"], strict=True))))

    def _marked(self, text: str) -> str:
        return self.voice.invented(text) if self.synthetic else text

    def _of_the_team(self, example: str) -> str:
        """An example that the codebook gives: words of a transcript wait for the gate."""
        words = " ".join(example.removeprefix(MADE_UP).split())
        texts = [*self.project.texts.values(), *self.project.turns.get("translation", ())]
        spoken = any(words and words in " ".join(str(text).split()) for text in texts)
        return "" if spoken else example

    def coding_tree(self) -> Result:
        """The tree of codes with the passages of each."""
        if self.project.segments.empty:
            return self._nothing(N_("Coding tree"), self.say("Coding tree: nothing is coded yet"))
        rows, labels = qualitative.code_tree(self.project), self._labels()
        rows = rows.assign(
            indicator=[f"C-{slug(path)}" for path in rows["code"]],
            title=rows["code"].map(labels),
            branch=[self._own(theme) for theme in rows["theme"]],
            estimate=rows["passages"].astype(float),
        )
        fixed = {
            "statistic": "passages",
            "unit": "count",
            "quality": "ok",
            "method": "passages coded with the code",
        }
        passages = self.evidence.add(rows.drop_duplicates("indicator").assign(**fixed), kind="theme")
        subtitle = self.say("Passages of each code, by theme")
        title, options = self._most_passages(passages), {"topic": N_("Coding tree")}
        return Result(passages, title, "tree", subtitle, "count", self.source, options=options)

    def _most_passages(self, codes: pd.DataFrame) -> str:
        """How many codes mark how many passages, and which marks the most, where it is one."""
        if codes.empty:  # only pictures or lost texts are coded
            return N_("Coding tree")
        most = codes[codes["estimate"] == codes["estimate"].max()]
        counts = {"n": self.voice.number(most["estimate"].iloc[0]), "codes": self.voice.number(len(codes))}
        if len(most) > 1:
            return self.say(N_("Codes in use: {codes}; most passages of one code: {n}"), **counts)
        message = N_("Codes in use: {codes}; most passages: {what} ({n})")
        return self.say(message, what=most["title"].iloc[0], **counts)

    def most(self, result: Result) -> Result:
        """A matrix of counts under a headline of its largest cell.

        Parameters
        ----------
        result : Result
            Such as `framework` gives.
        """
        shown = result.frame[result.frame.get("quality", "ok") == "ok"] if len(result.frame) else result.frame
        if shown.empty:
            return result
        most = shown[shown["estimate"] == shown["estimate"].max()]
        cell = most.iloc[0]
        words = {"theme": cell["title"], "level": cell["level_label"]} if len(most) == 1 else {}
        message = N_("Most passages of one group: {n} ({theme}; {level})")
        message = message if words else N_("Most passages of one group on one theme: {n}")
        title = self.say(message, n=self.voice.number(cell["estimate"]), **words)
        return replace(result, title=title, subtitle=self.say(SPOKEN), options={"topic": SPOKEN})

    def codes_together(self) -> Result:
        """The pairs of codes that meet most often in one turn of speech."""
        table = qualitative.cooccurrence(self.project, "turn", scope="any")
        if table.empty:
            return self._nothing(N_("Codes that meet"), self.say("Codes that meet: none share a turn"))
        keys = ["pairs", "code_a", "code_b"]
        table = table.sort_values(keys, ascending=[False, True, True]).head(MOST_PAIRS)
        labels = self._labels()
        body = table.assign(
            code_a=table["code_a"].map(labels),
            code_b=table["code_b"].map(labels),
            jaccard=[self.voice.number(x, 2) for x in table["jaccard_turns"]],
        )
        heads = label_table("codes together")
        note = self.say("The pairs that share the most turns; a turn counts once.")
        return self._plain(body, N_("Codes that meet"), heads, notes=(note,))

    # --- themes in words ----------------------------------------------------------------------------

    def words_by_group(self, *, rows: tuple[str, ...] = ("role", "age_band", "area")) -> Result:
        """Theme by group in words: the team's summary, else an approved quotation.

        Parameters
        ----------
        rows : tuple of str
            As in `framework`.
        """
        if self.project.segments.empty:
            return self._nothing(N_("Themes by group, in words"), self.say("Themes: nothing is coded yet"))
        keys = recorded(self.project, rows) or recorded(self.project, OTHERWISE) or ["source"]
        summaries = self._sheet("summaries")
        summaries = None if summaries.empty else summaries
        # Words are told here and no counts, so no group is hidden for another's sake.
        cells = qualitative.framework(
            self.project, keys, min_cell=self.k, summaries=summaries, together=False
        ).query("quality == 'ok'")
        quotes = self._quotes_by_group(keys)
        words = [
            summary or quotes.get((row, theme), "–")
            for row, theme, summary in zip(cells["row"], cells["theme"], cells["summary"], strict=True)
        ]
        group = [attribution_text(str(row).replace(" · ", ", "), self.voice) for row in cells["row"]]
        body = cells.assign(words=words, group=group).sort_values("theme", kind="stable")
        heads = {"theme": N_("Theme"), "group": N_("Group"), "words": N_("In words")}
        note = self.say(
            "In words: the team's summary where there is one, else an approved quotation; – neither."
        )
        grouped = {"table": {"group": self.say(heads["theme"])}}
        title = N_("Themes by group, in words")
        return self._plain(body, title, heads, self._said, notes=(note,), options=grouped)

    def _sheet(self, name: str) -> pd.DataFrame:
        """A working sheet as the team filled it in; empty where there is none."""
        path = None if self.synthetic else folders.sheet_paths(self.params, self.root).get(name)
        return sheets.read_text_sheet(path, name).rows if path else pd.DataFrame()

    def _quotes_by_group(self, keys: list[str]) -> dict[tuple[str, str], str]:
        """An approved quotation by group and theme."""
        quotes = self._quoted.rename(columns={"participant": "case"})
        attributes = self.project.attributes(quotes[["source", "case"]])
        rows = [" · ".join(map(str, at)) for at in attributes[keys].itertuples(index=False)]
        texts: dict[tuple[str, str], str] = {}
        for row, theme, text in zip(rows, quotes["theme"], quotes["words"], strict=True):
            texts.setdefault((row, theme), text)
        return texts

    def negative_cases(self) -> Result:
        """Voices against the usual run of a theme, approved ones in words, the others by their group only."""
        cases = qualitative.negative_cases(self.project, k=self.k, language=self.language)
        no_words = self.say("not approved for print")
        table = cases.assign(
            text=[
                self._marked(unmasked(str(text), lang)) if text else no_words
                for text, lang in zip(cases["text"], cases["lang"], strict=True)
            ],
            code=cases["code"].map(self._labels()).fillna(cases["code"]),
            attribution=cases["attribution"].map(lambda who: attribution_text(who, self.voice)),
        )
        heads = label_table("negative cases")
        gaps = () if len(cases) else (self.say("Negative cases: none were marked"),)
        said = zip(table["text"], cases["lang"].where(cases["text"] != "", ""), strict=True)
        return self._plain(table, N_("Voices that say otherwise"), heads, said, gaps=gaps)

    def rights(self) -> Result:
        """Articles that the codes speak to."""
        articles: dict[int, list[str]] = {}
        for code in self.project.codes.itertuples():
            for article in filter(str.isdigit, str(getattr(code, "crc_articles", "")).split()):
                articles.setdefault(int(article), []).append(self._labels()[code.code])
        if not articles:
            return self._nothing(RIGHTS, self.say(NO_ARTICLE))
        heads, nothing = [self.say(head) for head in RIGHTS_HEADS], self.say("no code names it")
        return Result(rights.rights_table(articles, heads, nothing, self.say), RIGHTS, source=self.source)

    # --- what stands behind -------------------------------------------------------------------------

    def withheld(self) -> Result:
        """How many proposed quotations are not shown, by reason."""
        refused = qualitative.withheld(self.project, k=self.k)
        if refused.empty:
            return self._nothing(N_("Quotations withheld"), self.say("Quotations withheld: none"))
        counts = refused.drop_duplicates(["quotation", "reason"])["reason"].value_counts().sort_index()
        words = {reason: WITHHELD.get(reason, N_("another reason")) for reason in counts.index}
        rows = [(self.say(words[reason], k=self.k), self._of_some(n)) for reason, n in counts.items()]
        heads = {"reason": N_("Reason"), "count": N_("Quotations")}
        return self._plain(pd.DataFrame(rows, columns=list(heads)), N_("Quotations withheld"), heads)

    def _of_some(self, n: int) -> str:
        """A number of what people said, but for a few: one word of harm is one child's."""
        return self.voice.number(n) if n >= self.k else self.say("not shown")

    def flags(self) -> Result:
        """What may still tell a person or mean harm, counted by kind, without a word of it."""
        risks = qualitative.risk(self.project, k=self.k)
        if risks.empty:
            return self._nothing(N_("Flags for a person to look at"), self.say("Flags: none"))
        body = risks.groupby(["rank", "kind"]).size().rename("flags").reset_index()
        body["flags"] = [self._of_some(n) for n in body["flags"]]
        body["kind"] = [self.say(FLAG_KINDS[kind]) for kind in body["kind"]]
        heads = {"rank": N_("Rank"), "kind": N_("Kind of flag"), "flags": N_("Flags")}
        note = self.say("Ranks 0 and 1 withhold a quotation until a named person has cleared the flag.")
        return self._plain(body, N_("Flags for a person to look at"), heads, notes=(note,))

    def consent_cells(self) -> Result:
        """How many consent cells hold a yes, and how many none: nobody is told apart who said no."""
        consents = qualitative.consent_table(self.project)
        if only_adults(self.project):
            consents = consents[~consents["column"].isin(AGREED[0])]
        if consents.empty:
            return self._nothing(N_("Consent as recorded"), self.say("Consent: no participants are recorded"))
        states = consents["state"].where(consents["state"].isin([YES, MISSING]), KNOWN_NO)
        columns = [YES, KNOWN_NO, *states[states == MISSING].unique()]
        counts = pd.crosstab(consents["column"], states).reindex(columns=columns, fill_value=0)
        heads = {"column": N_("Consent"), **{state: CONSENT_STATES[state] for state in columns}}
        few = [[n < self.k and bool(n or sum(row) < self.k) for n in row] for row in counts.to_numpy()]
        rows = zip(counts.to_numpy(), few, strict=True)
        few_out = np.array([qualitative.counts_out(row, out, self.k) for row, out in rows])
        texts = counts.map(self.voice.number).mask(few_out, self.say("not shown"))
        body = texts.rename(lambda column: self.say(CONSENT_COLUMNS[column])).reset_index()
        return self._plain(body, N_("Consent as recorded"), heads)

    def imports(self) -> Result:
        """What reading the project lost, repaired or only noted."""
        report = self.project.report
        if report.empty:
            return self._nothing(N_("Losses at reading"), self.say("Losses at reading: none"))
        report = report.assign(
            outcome=report["outcome"].replace(OUTCOMES), element=report["element"].replace(ELEMENTS)
        )
        counts = report.groupby(["outcome", "element", "reason"]).size().rename("count").reset_index()
        heads = label_table("imports")
        return self._plain(counts, N_("Losses at reading"), heads)

    def decisions(self) -> Result:
        """Notes and decisions of the team that its sheet clears for print and that hold no flag."""
        notes, settled = (self._sheet(name) for name in ("memos", "disagreements"))
        cleared, total = notes_for_print(self.project, notes, settled, self._labels())
        title, n = N_("Decisions and memos of the team"), self.voice.number(total)
        count = self.voice.number(len(cleared))
        gap = self.say("Memos: {n} in the project, {shown} cleared for print", n=n, shown=count)
        if cleared.empty:
            return self._nothing(title, gap)
        heads = {"date": N_("Day"), "kind": N_("Kind"), "name": N_("Title"), "text": N_("Words of the team")}
        return self._plain(cleared.replace({"kind": MEMO_KINDS}), title, heads, notes=(gap,))
