"""Products made from a template: its words in their order, published numbers through the gate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from digicit_lib.codebook import BASES, catalogue, split_id
from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_, number
from digicit_lib.params import Params
from digicit_lib.products.readability import read
from digicit_lib.products.rights_map import side
from digicit_lib.products.signoff_gate import (
    Gate,
    Published,
    check_helplines,
    located,
    read_review,
    value_hash,
)
from digicit_lib.products.templates import Piece, load_template
from digicit_lib.workbook import findings
from digicit_lib.workbook.closing import help_services
from digicit_lib.workbook.findings import TOKEN, typed_claims, value
from digicit_lib.workbook.product import Product
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.survey_estimates import BREAKDOWNS

if TYPE_CHECKING:
    from pathlib import Path

ROW = re.compile(r"([A-Z]{3}-(?:\d\d|[A-Z])(?:@\w+)?): ?(.+)")
HOW = (
    (N_("What was done"), "collection_strategy"),
    (N_("How children were asked"), "method_and_mode"),
    (N_("When"), "dates"),
    (N_("Who paid for it and did it"), "sponsor_and_conductor"),
    (N_("What it cannot say"), "limits"),
)


class Sheet(Product):
    """A product whose words people edit in a Markdown file.

    Parameters
    ----------
    params : Params
    root : Path
    language : str
    name : str
        Of the product and its template.
    reader : str
    audience : str
        For what the youngest are not told.
    demonstration : bool
        Allow invented data; every page then says what it is.

    Raises
    ------
    DigicitError
        What the gate, the template or the translations refuse.
    """

    directives: ClassVar[dict[str, str]] = {
        "figure": "_draw", "help": "_print_help", "how": "_print_how", "numbers": "_print_numbers",
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ()
    labelled: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, params: Params, root: Path, language: str, *, name: str, reader: str,
                 audience: str = "", demonstration: bool = False) -> None:  # fmt: skip
        super().__init__(params, root, language, name=name, reader=reader)
        self.published = Published(root, params.slug)
        review = read_review(root, params.slug)
        self.gate = Gate(
            self.published, review, synthetic=self.synthetic, demonstration=demonstration, audience=audience
        )
        check_helplines(params, root)
        self.template = load_template(
            name, root, params.slug, directives=self.directives, required=self.required
        )
        self._check_pairs()
        self._check_shape()
        self._prose: list[str] = []
        self._cited: dict[str, Estimate] = {}

    def _check_pairs(self) -> None:
        """A text that names risks names opportunities, and the other way round."""
        named = [split_id(token.partition("/")[0])[0] for token in self._places()]
        sides = {side(catalogue()[name]) for name in named if name in catalogue()} - {""}
        if len(sides) == 1:
            lacks = "opportunities" if sides == {"risks"} else "risks"
            what = f"The numbers of a product pair risks with opportunities; these have no {lacks}."
            raise EvidenceError(what, where=f"{self.template.file}:1", got=", ".join(dict.fromkeys(named)))

    def _check_shape(self) -> None:
        """How much a product may hold, where that is bounded."""

    def _places(self) -> dict[str, Piece]:
        """Every number that the template names, in sentences and figures, with its first place."""
        found: dict[str, Piece] = {}
        for _, pieces in self.template.parts():
            domain = ""
            for piece in pieces:
                row = ROW.fullmatch(piece.text)
                domain = piece.key if piece.text == "figure" else domain
                with located(self.template.where(piece)):
                    named = [_tail(row[1], domain)] if row else []
                named += [match[1].strip() for match in TOKEN.finditer(piece.text)]
                found |= {token: piece for token in named if token not in found}
        return found

    def _chosen(self) -> list[str]:
        """Ids of numbers that the text does not name and that a list of its own may print."""
        return []

    @property
    def title(self) -> str:
        start = self.say("DEMONSTRATION") + ": " if self.synthetic else ""
        return start + self.say(self.template.title)

    @property
    def source(self) -> str:
        if self.synthetic:
            return self.say("SYNTHETIC demonstration data; no one was asked")
        frame = self.published.frames.get("quantitative")
        return str(frame["source"].iloc[0]) if frame is not None and len(frame) else ""

    def _signers(self) -> str:
        names = sorted({signed.name for signed in self.gate.review.values()})
        return self.say("numbers signed by {names}", names=", ".join(names)) if names else ""

    # --- numbers ------------------------------------------------------------------------------------

    def find(self, token: str) -> Estimate:
        """The estimate of a token, if it passes the gate.

        Raises
        ------
        EvidenceError
            Unknown, with the nearest ids.
        PublicationRefused
            Hidden, not core, not signed, or changed since it was signed.
        """
        estimate = self.gate.find(token)
        self.evidence.rows[estimate.id] = asdict(estimate)
        return estimate

    def estimate(self, *names: str, domain: str = "", labels: dict[str, str] | None = None) -> Result:
        """Published numbers of one base, each of which has passed the gate.

        Parameters
        ----------
        names : str
            Indicator ids.
        domain : str
            Such as ``age_group=9-11``; empty: everyone asked.
        labels : dict, optional
            Other words for an indicator than its title.

        Returns
        -------
        Result

        Raises
        ------
        EvidenceError
            Bases that may not stand in one chart.
        """
        import pandas as pd

        found = [self.find(_tail(name, domain)) for name in names]
        bases = {indicator.base for e in found if (indicator := self._definition(e))}
        if len(bases) > 1:
            what = "One figure mixes children who were asked with different bases."
            raise EvidenceError(what, got=", ".join(sorted(bases)), next="one figure for each base")
        titles = [(labels or {}).get(n) or self._title_of(e) for n, e in zip(names, found, strict=True)]
        rows = [asdict(e) | {"title": t, "level_label": e.level} for e, t in zip(found, titles, strict=True)]
        base = self._base_words(found, domain)
        return Result(pd.DataFrame(rows), "", "dots", base, found[0].unit, self.source)

    def _base_words(self, found: list[Estimate], domain: str) -> str:
        """Who was asked, of which group; ages that differ are told once."""
        texts = list(dict.fromkeys(e.base for e in found))
        definition = self._definition(found[0])
        shared = BASES.get(definition.base, "") if definition else ""
        base = self.say(texts[0]) if len(texts) == 1 else self.say(shared)
        more = [] if len(texts) == 1 else [self.say("ages differ: see the table of the numbers")]
        name, _, level = domain.partition("=")
        named = self.say(BREAKDOWNS.get(name) or name.replace("_", " ").capitalize())
        group = [f"{named} {level.replace('-', '–')}"] if domain else []
        return " · ".join([*group, base, *more])

    # --- the words ----------------------------------------------------------------------------------

    def sheet(self) -> None:
        """Everything that the template says, in its order.

        Raises
        ------
        DigicitError
            The first thing that may not be printed, with file and line of the template.
        """
        for heading, pieces in self.template.parts():
            if heading and heading.key != "figure":  # there the figure's own title says it
                self.prose(f"{'#' * heading.level} {self._plain(heading)}")
            if heading and heading.key in self.labelled:
                self._labels(heading, pieces)
            else:
                self._say(heading, list(pieces))

    def _say(self, heading: Piece | None, rest: list[Piece]) -> None:
        while rest:
            piece = rest.pop(0)
            if piece.kind == "directive":
                rows = []
                while piece.text == "figure" and rest and ROW.fullmatch(rest[0].text):
                    rows.append(rest.pop(0))
                self._flush()
                with located(self.template.where(piece)):
                    getattr(self, self.directives[piece.text])(piece.key, heading, rows)
            elif TOKEN.search(piece.text):
                self._flush()
                self._found(piece.text, self._parts(piece), key=True)
            elif piece.kind == "message":
                self.note(self._plain(piece), title=N_("In one sentence"))
            else:
                self._collect(("- " if piece.kind == "item" else "") + self._plain(piece))
        self._flush()

    def _parts(self, piece: Piece) -> list[findings.Part]:
        """A sentence with its numbers; one that begins with a number in words gets a capital."""
        with located(self.template.where(piece)):
            parts = findings.render(piece.text, self.find, self.language)
        for part in (p for p in parts if isinstance(p, dict)):
            self._cited[part["id"]] = estimate = self.gate.used[part["id"]]
            if estimate.quality == "caution":
                part["text"] = f"({part['text']})"
        if isinstance(parts[0], dict):
            first = str(parts[0]["text"])
            start = "İ" if self.language == "tr" and first.startswith("i") else first[:1].upper()
            parts[0]["text"] = start + first[1:]
        return parts

    def _plain(self, piece: Piece) -> str:
        """Words without numbers: typed ones, and comparisons that nothing has tested, are refused."""
        claims = typed_claims(piece.text)
        if claims:
            raise EvidenceError(
                "A product may not type a number or a comparison.",
                where=self.template.where(piece),
                got=", ".join(claims),
                allowed="tokens such as {ACC-03}",
            )
        return self.say(piece.text)

    def _collect(self, markdown: str) -> None:
        """Prose waits for what belongs to it: items of one list stay together."""
        together = self._prose and markdown.startswith("- ") and self._prose[-1].startswith("- ")
        self._prose += [markdown] if together or not self._prose else ["", markdown]

    def _flush(self) -> None:
        if self._prose:
            self.prose("\n".join(self._prose))
            self._prose = []

    def _labels(self, heading: Piece, pieces: list[Piece]) -> None:
        """Items such as "Duty bearer: …" as terms and meanings; those with numbers follow as sentences."""
        labels = [piece.text.partition(":")[0] for piece in pieces]
        lacking = [label for label in self.labelled[heading.key] if label not in labels]
        if lacking:
            raise EvidenceError(
                f"A {heading.key} lacks a line.",
                where=self.template.where(heading),
                got=f"no {lacking[0]}",
                allowed=", ".join(self.labelled[heading.key]),
            )
        numbers = [(piece, self._parts(piece)) for piece in pieces if TOKEN.search(piece.text)]
        rows = [self._plain(piece).partition(":") for piece in pieces if not TOKEN.search(piece.text)]
        ids = dict.fromkeys(part["id"] for _, parts in numbers for part in parts if isinstance(part, dict))
        traced = [[self.say("Evidence id"), ", ".join(ids)]] if ids else []
        self.definitions("", [[term, text.strip()] for term, _, text in rows] + traced)
        for piece, parts in numbers:
            self._found(piece.text, parts, key=True)

    # --- what a line of its own asks for ------------------------------------------------------------

    def _draw(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        labels = {name: text.strip() for name, _, text in (self.say(row.text).partition(":") for row in rows)}
        title = heading.text if heading else self.template.title
        self.figure(self.estimate(*labels, domain=words, labels=labels), title=title)

    def _print_help(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        self.definitions("", help_services(self.params, self.voice, self.synthetic))

    def _print_how(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        told = [(term, getattr(self.params.disclosure, key) or N_("not reported")) for term, key in HOW]
        all_ = [(N_("Who was asked"), self.params.population.base), *told]
        self.definitions("", [[self.say(term), self.say(text)] for term, text in all_])

    def _print_numbers(self, words: str, heading: Piece | None, rows: list[Piece]) -> None:
        """What stands behind the numbers of the sentences: question, interval, base, answers."""
        cited = [estimate for estimate in self._cited.values() if estimate.kind == "estimate"]
        if not cited:
            return
        heads = (N_("What was asked"), N_("Value [interval]"), N_("Who was asked"), N_("Answers"))
        level = value(cited[0].confidence_level, "share", self.language)
        wave = self.say(str(self.params.study.wave))
        note = self.say("Wave: {wave}. Interval: {level}. ( ): read with caution.", wave=wave, level=level)
        self._grid(N_("The numbers on these pages"), heads, [self._number(e) for e in cited], note)

    def _number(self, estimate: Estimate) -> list[dict[str, Any]]:
        asked = self.say(estimate.question) if estimate.question else self._title_of(estimate)
        group = "; " + estimate.level.replace("-", "–") if estimate.by else ""
        texts = (self.say(estimate.base) + group, number(estimate.n, self.language))
        shown = self._cell(estimate, self._value(estimate), estimate.estimate)
        return [self._cell(estimate, asked), shown, *(self._cell(estimate, text) for text in texts)]

    # --- for those who make it ----------------------------------------------------------------------

    def signoffs(self) -> Result:
        """Each number that may be printed, whether it passes, and the value that a person would sign."""
        import pandas as pd

        found = [self._find_at(piece, token) for token, piece in self._places().items()]
        found += [self.published.find(token) for token in self._chosen()]
        rows = [self._state(estimate) for estimate in {e.id: e for e in found}.values()]
        columns = ["id", "value", "tier", "state", "sign as"]
        return Result(pd.DataFrame(rows, columns=columns), N_("Numbers and their sign-offs"))

    def _find_at(self, piece: Piece, token: str) -> Estimate:
        with located(self.template.where(piece)):
            return self.published.find(token)

    def _state(self, estimate: Estimate) -> list[str]:
        problem, indicator = self.gate.problem(estimate), self._definition(estimate)
        signed = self.gate.review.get(estimate.id)
        good = f"signed by {signed.name}, {signed.date}" if signed else "passes: demonstration"
        shown = self._value(estimate) if estimate.shown else "(*)"
        tier = indicator.tier if indicator else ""
        return [estimate.id, shown, tier, problem.what if problem else good, value_hash(estimate)]

    def readability(self) -> Result:
        """Sentence and word length of each part, with a score where the language has a formula."""
        import pandas as pd

        parts = {head.text: list(self._spoken(pieces)) for head, pieces in self.template.parts() if head}
        parts["all"] = [text for texts in parts.values() for text in texts]
        found = {name: read("\n".join(texts), self.language) for name, texts in parts.items() if texts}
        formula = found["all"].formula
        heads = ["part", "sentences", "words a sentence", "longest sentence"]
        rows = [[name, r.sentences, round(r.words_per_sentence, 1), r.longest] for name, r in found.items()]
        frame = pd.DataFrame(rows, columns=heads)
        if formula:
            frame[f"{formula}, 0 hard to 100 easy"] = [round(r.score or 0) for r in found.values()]
        none = () if formula else (N_("No formula is settled for this language: lengths only."),)
        return Result(frame, N_("Readability"), notes=none)

    def _spoken(self, pieces: list[Piece]) -> Iterator[str]:
        """The words of pieces as they are printed."""
        for piece in pieces:
            if TOKEN.search(piece.text):
                yield "".join(p if isinstance(p, str) else p["text"] for p in self._parts(piece))
            elif piece.kind != "directive" and not ROW.fullmatch(piece.text):
                yield self._plain(piece)

    def _inputs(self) -> list[list[str]]:
        return [[self.say("Text"), self.template.file]]


def _tail(name: str, domain: str) -> str:
    """The token of an indicator in a domain."""
    kind = "share" if catalogue()[split_id(name)[0]].type == "share" else "mean"
    return f"{name}/{kind}/{domain}" if domain else name
