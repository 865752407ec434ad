"""Briefs, discussion cards and forum packs: numbers and voices side by side, each with its right."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any, ClassVar

from digicit_lib.codebook import catalogue, rights
from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_, number
from digicit_lib.params import load_params
from digicit_lib.products import PARTS
from digicit_lib.products.rights_map import Entry, rights_map
from digicit_lib.products.signoff_gate import CORE
from digicit_lib.products.templates import Piece
from digicit_lib.safe import slug
from digicit_lib.workbook.base import Workbook
from digicit_lib.workbook.findings import attribution_text, norm
from digicit_lib.workbook.product import one_of, options
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.template_product import Sheet

SIDES = {
    "opportunities": N_("Opportunities"),
    "risks": N_("Risks"),
    "voices": N_("Voices"),
    "laws": N_("Law verified"),
    "missing": N_("Not known"),
}
UNVERIFIED = N_("not verified: to be confirmed by the country team")


class Hearing(Sheet):
    """What briefs and forum packs share: voices, law, the rights map, numbers and voices point by point."""

    directives: ClassVar[dict[str, str]] = Sheet.directives | {
        "voices": "_print_voices",
        "laws": "_print_laws",
        "rights_map": "_print_rights",
        "points": "_print_points",
        "sources": "_print_sources",
    }
    labelled: ClassVar[dict[str, tuple[str, ...]]] = {
        "recommendation": ("Duty bearer", "Action", "Norm", "Evidence", "Deadline", "Measure"),
        "option": ("What it changes", "Cost class", "Owner", "Risk for rights"),
    }

    def _chosen(self) -> list[str]:
        """Core indicators for the rights map and the points, and how often themes came up."""
        asked = {piece.text for piece in self.template.pieces if piece.kind == "directive"}
        found: list[str] = []
        if asked & {"rights_map", "points"} and "quantitative" in self.published.frames:
            core = [i.id for i in catalogue().values() if i.tier in CORE]
            found += [str(name) for name in self.published.rows(core)["id"]]
        if "points" in asked:
            themes = dict.fromkeys(slug(s["theme"]) for s in self.published.said("quotation"))
            found += [f"T-{theme}/{key}/all" for theme in themes for key in ("groups", "raised")]
        return found

    def _gap(self, text: str) -> None:
        self.note(text, tone="gap", title=N_("Not available"))

    # --- voices -------------------------------------------------------------------------------------

    def _print_voices(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        """For each code its first approved quotation, a child's where there is one."""
        quotes = self.published.said("quotation")
        for code in words.split():
            found = sorted((s for s in quotes if s["code"] == code), key=lambda s: s["role"] != "child")
            if found:
                self._quote(found[0])
            else:
                self._gap(self.say("No approved quotation on this point: {code}.", code=code))

    def _quote(self, said: dict[str, Any]) -> None:
        told = said["translation"] if said["lang"] != self.language else ""
        block = {key: said[key] for key in ("text", "lang", "id", "synthetic")}
        block |= {"attribution": attribution_text(said["attribution"], self.voice)}
        more = {"translation": told or None, "translator": said["translator"] if told else None}
        self.show({"kind": "quotation", **block, **more})

    def _print_points(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        """Theme by theme: what children said beside what the survey measured on the same topic."""
        quotes = self.published.said("quotation")
        if not quotes:
            self._gap(N_("This study has published no approved quotations."))
        for theme in dict.fromkeys(s["theme"] for s in quotes):
            self.prose(f"### {self.say(theme)}")
            self._theme_counts(theme)
            self._point(theme, [s for s in quotes if s["theme"] == theme and s["role"] == "child"])

    def _theme_counts(self, theme: str) -> None:
        found = {key: self.published.find(f"T-{slug(theme)}/{key}/all") for key in ("groups", "raised")}
        if not all(self.gate.passes(self._use(e)) for e in found.values()):
            return
        message = N_("Came up in {groups} of {raised} discussions and interviews where it was raised.")
        parts = {
            key: self._cell(e, number(e.estimate, self.language), e.estimate) for key, e in found.items()
        }
        self._found(theme, self._filled(message, parts), key=False)  # type: ignore[arg-type]

    def _point(self, theme: str, quotes: list[dict[str, Any]]) -> None:
        body: list[list[Any]] = []
        for code in dict.fromkeys(s["code"] for s in quotes):
            said = [s for s in quotes if s["code"] == code]
            figures = [self._figure_cell(e) for e in self._printed(said[0]["indicators"])]
            norm = self._norm(said[0]["articles"])
            pairs = list(zip_longest([self._voice_cell(s) for s in said], figures, fillvalue=""))
            heads = [f"{self.say(said[0]['label'])}{norm}", *[""] * (len(pairs) - 1)]
            body += [[head, *pair] for head, pair in zip(heads, pairs, strict=True)]
        title = self.say("{theme}: voices and figures", theme=self.say(theme))
        if body:
            self._grid(title, (N_("Point"), N_("What children said"), N_("What the figures say")), body)

    def _norm(self, articles: list[int]) -> str:
        """Articles in brackets, a single one with the right's name; nothing where there is none."""
        named = {a["article"]: self.say(str(a["right"])) for a in rights.articles()}
        norm = self.say("Articles {list}", list=", ".join(map(str, articles)))
        if len(articles) == 1 and articles[0] in named:
            norm = self.say("Article {n}: {right}", n=articles[0], right=named[articles[0]])
        return f" ({norm})" if articles else ""

    def _printed(self, names: list[str]) -> list[Estimate]:
        """The numbers of some indicators that may be printed; the others stay out of the pack."""
        if "quantitative" not in self.published.frames:
            return []
        found = [self.published.find(str(name)) for name in self.published.rows(names)["id"]]
        return [self._use(e) for e in found if self.gate.passes(e)]

    def _use(self, estimate: Estimate) -> Estimate:
        self.evidence.rows[estimate.id] = asdict(estimate)
        return estimate

    def _figure_cell(self, estimate: Estimate) -> dict[str, Any]:
        return self._cell(estimate, f"{self._title_of(estimate)}: {self._value(estimate)}", estimate.estimate)

    def _voice_cell(self, said: dict[str, Any]) -> dict[str, Any]:
        told = said["translation"] if said["translation"] and said["lang"] != self.language else said["text"]
        return {
            "text": f"{told} ({attribution_text(said['attribution'], self.voice)})",
            "id": said["id"],
            "value": None,
            "quality": "ok",
        }

    # --- law and rights -----------------------------------------------------------------------------

    def _print_laws(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        laws = {s["item"]: s for s in self.published.said("law")}
        if not laws:
            self._gap(N_("The desk review of this study is not published."))
            return
        wanted = _named(words, laws, "No such item of the legal checklist.")
        body = [self._law(laws[item]) for item in wanted]
        source = self.say("Register of law and policy of the study")
        heads = (N_("Question"), N_("Norm"), N_("Answer today"))
        self._grid(N_("National law: what has been verified"), heads, body, synthetic=False, source=source)

    def _law(self, law: dict[str, Any]) -> list[Any]:
        day = self.say("verified by {name}, {day}", name=law["verified_by"], day=law["verified_on"])
        answer = (
            f"{self.say(law['answer'])} ({law['citation']}; {day})"
            if law["verified"]
            else self.say(UNVERIFIED)
        )
        cell = {"text": answer, "id": law["id"], "value": None, "quality": "ok"}
        return [self.say(str(law["title"])), norm(law["norm"], self.voice), cell]

    def rights(self) -> list[Entry]:
        """Every article with what was found on it."""
        return rights_map(self.gate, rights.articles())

    def _print_rights(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        """A figure and a table of all articles; only the table of those that are named.

        Articles 12, 13, 15 and 17 appear in either.
        """
        entries = self.rights()
        if words:
            named = _named(words, [e.article for e in entries], "No such article in the rights map.")
            always = [a["article"] for a in rights.articles() if a.get("always")]
            entries = [e for e in entries if e.article in (*always, *named)]
        else:
            self.figure(self._rights_figure(entries))
        heads = (N_("Article"), N_("Opportunity"), N_("Risk"), N_("Voices, law, and what is not known"))
        note = self.say(
            "Value [interval], answers. Not known: core indicators not measured, hidden or not signed."
        )
        body = [self._right(entry) for entry in entries]
        self._grid(N_("Rights: opportunity and risk, article by article"), heads, body, note)

    def _rights_figure(self, entries: list[Entry]) -> Result:
        import pandas as pd

        rows = [
            {"indicator": f"RIGHTS.{e.article}", "title": f"{e.article} {self.say(e.right)}", "level": side,
             "level_label": self.say(SIDES[side]), "estimate": float(self._count(e, side))}
            for e in entries for side in SIDES
        ]  # fmt: skip
        frame = pd.DataFrame(rows).assign(by="side", statistic="value", unit="count", quality="ok")
        method = "count over the published evidence of the study"
        recorded = self.evidence.add(frame.assign(method=method), kind="source")
        subtitle = self.say("Core indicators, approved quotations and legal items on each article")
        title = N_("What is known on each article of the Convention")
        return Result(recorded, title, "matrix", subtitle, "count", self.source)

    def _count(self, entry: Entry, side: str) -> int:
        return entry.verified if side == "laws" else len(getattr(entry, side))

    def _right(self, entry: Entry) -> list[Any]:
        paragraphs = self.say("General Comment 25: {list}", list=_spans(entry.paragraphs))
        name = self.say("Article {n}: {right}", n=entry.article, right=self.say(entry.right))
        sides = [self._side(found) for found in (entry.opportunities, entry.risks)]
        return [f"{name}. {paragraphs}", *sides, " ".join(self._beside(entry))]

    def _beside(self, entry: Entry) -> Iterator[str]:
        """Voices, law and gaps of an article, each as a sentence."""
        voices = ", ".join(dict.fromkeys(self.say(str(s["label"])) for s in entry.voices))
        yield self.say("Voices: {list}.", list=voices or self.say("none"))
        if entry.laws:
            yield self.say("Law verified: {n} of {all}.", n=entry.verified, all=len(entry.laws))
        lacks = [self.say(title) for title in entry.missing]
        if lacks:
            yield self.say("Not known: {list}.", list="; ".join([*lacks[:3], *["…"][: len(lacks) - 3]]))

    def _side(self, found: list[Estimate]) -> Any:
        if not found:
            return self.say("no core indicator")
        cell = self._figure_cell(self._use(found[0]))
        return {**cell, "text": f"{cell['text']}, {number(found[0].n, self.language)}"}

    def _print_sources(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        told = {str(row["source"]) for row in self.evidence.rows.values() if row["source"]}
        norms = N_("Convention on the Rights of the Child (1989); General Comment 25 (2021), CRC/C/GC/25")
        body = [
            [self.say("Norms"), self.say(norms)],
            *([self.say("Data"), self.say(text)] for text in sorted(told)),
        ]
        self.definitions(N_("Sources"), body)


class Advocacy(Hearing):
    """A brief, its one-page summary, or discussion cards for a workshop."""

    phase = "advocacy"

    @property
    def pages(self) -> int:
        return {"advocacy_brief": 6, "advocacy_summary": 1, "advocacy_cards": 2}[self.name]

    @classmethod
    def from_study(cls, study: str, root: Path, language: str, **which: str | bool) -> Workbook:
        """A `part`: brief, summary or cards."""
        given = options(which, part="brief", demonstration=False)
        part = one_of(given.pop("part"), PARTS, "part")
        return cls(
            load_params(study, root), root, language, name=f"advocacy_{part}", reader=PARTS[part], **given
        )


class Forum(Hearing):
    """The pack of a children's forum and a policymakers' conference that speak together."""

    phase = "forum"
    required = ("points", "asks", "questions", "rights", "how")

    @classmethod
    def from_study(cls, study: str, root: Path, language: str, **which: str | bool) -> Workbook:
        """The forum pack of a study."""
        given = options(which, demonstration=False)
        reader = N_("Children and policymakers at a hearing")
        return cls(load_params(study, root), root, language, name="forum_pack", reader=reader, **given)


def _named(words: str, known: Collection[int], what: str) -> list[int]:
    """The numbers of a line of its own, each of which must be there."""
    there = {str(number): number for number in known}
    for word in words.split():
        if word not in there:
            raise EvidenceError(what, got=word, allowed=_spans(sorted(known)))
    return [there[word] for word in words.split()]


def _spans(numbers: list[int]) -> str:
    """Numbers in order, runs of three or longer by their ends.

    Examples
    --------
    >>> _spans([9, 10, 11, 44])
    '9–11, 44'
    """
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(f"{r[0]}–{r[-1]}" if len(r) > 2 else ", ".join(map(str, r)) for r in runs)
