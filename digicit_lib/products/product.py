"""A product of one study: a text that people edit, and the statements that its evidence allows."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digicit_lib.codebook import catalogue, split_id
from digicit_lib.codebook.frames import as_asked
from digicit_lib.codebook.indicators import UNITS, is_own
from digicit_lib.codebook.own import own_of
from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_, check_language, messages_of
from digicit_lib.params import Params, load_params
from digicit_lib.params.asks import read_asks
from digicit_lib.products import directives
from digicit_lib.products.authored import read_arguments
from digicit_lib.products.choice import Choice, Told, instrument_of, slot_names
from digicit_lib.products.enough import check_enough, check_read, known_of
from digicit_lib.products.gate import Gate, Published, read_review, with_place
from digicit_lib.products.infographic import infographic
from digicit_lib.products.kinds import COMPARISON, ProductKind, kind_of
from digicit_lib.products.makers_notes import readability, signoffs
from digicit_lib.products.page import Page
from digicit_lib.products.recommendations import recommendations
from digicit_lib.products.rights_map import side
from digicit_lib.products.templates import Piece, load_template
from digicit_lib.project import find_root
from digicit_lib.qualitative.reported import consent_text
from digicit_lib.workbook import findings
from digicit_lib.workbook.findings import TOKEN, typed_claims
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.study_facts import ChecklistItem, boxed


class Product(Page):
    """What a product's notebook talks to; `Product.open` gives one.

    Parameters
    ----------
    params : Params
    root : Path
    language : str
    kind : ProductKind
    demonstration : bool
        Allow invented data; every page then says what it is.

    Raises
    ------
    DigicitError
        What the gate, the text or the translations refuse.
    """

    def __init__(
        self, params: Params, root: Path, language: str, kind: ProductKind, *, demonstration: bool = False
    ) -> None:
        self.phase, self.kind, self.pages, self.letters = kind.notebook, kind, kind.pages, kind.letters
        super().__init__(params, root, language, name=kind.name, reader=kind.reader)
        self.published = Published(root, params.slug)
        self.gate = Gate(
            self.published,
            read_review(root, params.slug, params.file),
            synthetic=self.synthetic,
            demonstration=demonstration,
            audience=kind.audience,
            params_file=params.file,
            own_indicators=own_of(instrument_of(params, root)),
        )
        self.asks, self.arguments = read_asks(root, params.slug), read_arguments(root, params.slug)
        self.choice = Choice(params, root, self.published, self.gate, kind, language)
        self.recommended, self.gauged = recommendations(params, self.choice)
        asked_for = {"directives": set(directives.DIRECTIVES), "slots": slot_names()}
        text = load_template(kind.name, root, params.slug, required=kind.required, **asked_for)
        self.template = text.of_study(known_of(self))
        self._prose: list[str] = []
        self._heads: list[tuple[int, str, str]] = []
        self._shown = 0
        self.cited: dict[str, Estimate] = {}
        self._check_shape()
        self.told, self.frames_said = messages_of(self._choose)

    @staticmethod
    def open(
        kind: str,
        study: str,
        *,
        language: str = "en",
        params_file: str = "",
        root: str | Path | None = None,
        demonstration: bool = False,
    ) -> Any:
        """Open a product of what a study has published, or the comparison of several studies.

        Parameters
        ----------
        kind : str
            A name of `kinds.KINDS`, such as ``communication_parents``; or ``comparison``.
        study : str
            Slug; of a comparison slugs with commas between, or empty for all.
        language : {"en", "ru", "uk", "tr"}
        params_file : str
            A params file elsewhere, such as `params/examples/turkey_pisa2018.yaml`.
        root : str or Path, optional
            The project folder; found from the working directory.
        demonstration : bool

        Returns
        -------
        Product or Comparison

        Raises
        ------
        DigicitError
        """
        folder = find_root(Path(root) if root else None)
        language = check_language(language)
        if kind == COMPARISON:
            from digicit_lib.products.country_comparison import Comparison

            return Comparison.from_studies(study, folder, language, demonstration=demonstration)
        which = kind_of(kind)
        params = load_params(params_file or study, folder)
        return Product(params, folder, language, which, demonstration=demonstration)

    # --- what it is ---------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return (self.say("DEMONSTRATION") + ": " if self.synthetic else "") + self.say(self.template.title)

    @property
    def source(self) -> str:
        if self.synthetic:
            return self.say("SYNTHETIC demonstration data; no one was asked")
        frame = self.published.frames.get("quantitative")
        return str(frame["source"].iloc[0]) if frame is not None and len(frame) else ""

    def _signers(self) -> str:
        names = ", ".join(sorted({signature.name for signature in self.gate.review.values()}))
        return self.say("numbers signed by {names}", names=names) if names else ""

    def _facts(self) -> list[list[str]]:
        forms = self.choice.forms.items()
        return [*super()._facts(), *as_asked([i for n, i in forms if is_own(split_id(n)[0])], self.language)]

    def _ethics(self) -> list[ChecklistItem]:
        """Clearance, consent and referral; an item that nobody reported says so."""
        statements = self.published.said("consent")
        consent = "".join(consent_text(statement["counts"], self.language) for statement in statements)
        return boxed(self.params, self.choice.tool, consent=consent, language=self.language)

    # --- what it may hold ---------------------------------------------------------------------------

    def _check_shape(self) -> None:
        """A sheet has one message and one figure at most; typed numbers pair risks with opportunities."""
        pieces, where = self.template.pieces, f"{self.template.file}:1"
        counts = {
            "messages": sum(piece.kind == "message" for piece in pieces),
            "figures": sum((piece.kind, piece.text) == ("directive", "figure") for piece in pieces),
        }
        for what, n in counts.items():
            if self.kind.notebook == "communication" and n > 1:
                raise EvidenceError("A sheet is short.", where=where, got=f"{n} {what}", allowed=f"1 {what}")
        ids = [split_id(token.partition("/")[0])[0] for token in self.named()]
        sides = {side(catalogue()[name]) for name in ids if name in catalogue()} - {""}
        slots = any(piece.kind == "directive" and piece.text == "say" for piece in pieces)
        if len(sides) == 1 and not slots:
            lacks = "opportunities" if sides == {"risks"} else "risks"
            what = f"The numbers of a product pair risks with opportunities; these have no {lacks}."
            raise EvidenceError(what, where=where, got=", ".join(dict.fromkeys(ids)))

    def named(self) -> dict[str, Piece]:
        """Every number that the text names, in sentences and figures, with its first place."""
        places: dict[str, Piece] = {}
        for piece in self.template.pieces:
            row = directives.ROW.fullmatch(piece.text)
            tokens = [row[1]] if row else [match[1].strip() for match in TOKEN.finditer(piece.text)]
            places |= {token: piece for token in tokens if token not in places and piece.kind != "directive"}
        return places

    def _choose(self) -> dict[int, list[Told]]:
        """The statements of each line that asks for one, in the order of the text, until it is full."""
        statements: dict[int, list[Told]] = {}
        lines = (p for p in self.template.pieces if p.kind != "directive" and self.whole(p))
        count = len({match[1].strip() for p in lines for match in TOKEN.finditer(p.text)})
        for piece in self.template.pieces:
            if piece.kind == "directive" and piece.text == "say":
                statements[piece.line] = self.choice.take(piece.key, self.kind.most - count)
                count += len(statements[piece.line])
        self.held = count
        choices = [one.statement for group in statements.values() for one in group]
        # Their sentences say the level as well.
        of_change = {s.indicator for s in choices if s.kind == "change"}
        self.unsaid = {s.id for s in choices if s.kind == "level" and s.indicator in of_change and not s.by}
        return statements

    @property
    def statements(self) -> list[Told]:
        """What it says, in the order of the text."""
        return [one for group in self.told.values() for one in group]

    def sides(self) -> set[str]:
        """Whether opportunities and risks are among the statements and named numbers."""
        ids = {one.statement.indicator for one in self.statements}
        for token in (token for token, piece in self.named().items() if self.whole(piece)):
            ids.update(self.choice.forms_of(split_id(token.partition("/")[0])[0]))
        return {side(self.choice.forms[name]) for name in ids} - {""}

    # --- numbers that the text names ----------------------------------------------------------------

    def find(self, token: str) -> Estimate:
        """The estimate of a token, if it passes the gate.

        Raises
        ------
        EvidenceError
            Unknown, with the nearest ids.
        PublicationRefused
            Hidden, not core, not signed, or changed since it was signed.
        """
        return self.use(self.gate.find(token))

    def whole(self, piece: Piece) -> bool:
        """Whether the study has measured all numbers of a line; a typing error is an error.

        Raises
        ------
        EvidenceError
            A token of an indicator that is published, with a group or form that is not, or an unknown one.
        """
        row = directives.ROW.fullmatch(piece.text)
        tokens = [row[1]] if row else [match[1].strip() for match in TOKEN.finditer(piece.text)]
        with with_place(self.template.where(piece)):
            return all(self._has(token) for token in tokens)

    def _has(self, token: str) -> bool:
        try:
            self.published.find(token)
        except EvidenceError:
            if self._not_measured(token):
                return False
            raise
        return True

    def _not_measured(self, token: str) -> bool:
        """Whether the study lacks what a token asks for: the indicator, or the breakdown."""
        head, _, tail = token.removeprefix("quantitative/").partition("/")
        frame = self.published.frames.get("quantitative")
        if head not in catalogue():
            return False
        if frame is None or head not in set(frame["indicator"]):
            return True
        by = tail.partition("/")[2].partition("=")[0]
        return bool(by) and by not in set(frame["by"])

    # --- the words ----------------------------------------------------------------------------------

    def sheet(self) -> None:
        """Everything that the text says, in its order; a section with nothing to show is left out.

        Raises
        ------
        NotMade
            The study does not hold enough for this kind of product.
        DigicitError
            The first thing that may not be printed, with file and line of the text.
        """
        check_enough(self)
        check_read(self)
        for heading, pieces in self.template.parts():
            self._section(heading, list(pieces))

    def _section(self, heading: Piece | None, rest: list[Piece]) -> None:
        if heading:
            self._heads = [head for head in self._heads if head[0] < heading.level]
            if heading.key != "figure":  # there the figure's own title says it
                text = f"{'#' * heading.level} {self._plain(heading)}"
                self._heads.append((heading.level, text, heading.key))
        live, start = any(directives.needs_evidence(piece) for piece in rest), self._shown
        while rest:
            piece = rest.pop(0)
            if piece.kind == "directive":
                self._directive(piece, heading, rest)
            elif TOKEN.search(piece.text):
                self._sentence(piece)
            elif piece.kind == "message":
                self.note(self._plain(piece), title=N_("In one sentence"))
            else:
                self._collect(("- " if piece.kind == "item" else "") + self._plain(piece))
        if live and self._shown == start:
            self._prose = []
        self._flush()

    def _directive(self, piece: Piece, heading: Piece | None, rest: list[Piece]) -> None:
        rows = []
        while piece.text == "figure" and rest and directives.ROW.fullmatch(rest[0].text):
            rows.append(rest.pop(0))
        with with_place(self.template.where(piece)):
            if piece.text == "say":
                for one in self.told[piece.line]:
                    self.tell(one)
            else:
                directives.DIRECTIVES[piece.text](self, piece.key, heading, rows)

    def use(self, estimate: Estimate) -> Estimate:
        """An estimate, now among the evidence of the product."""
        self.evidence.rows[estimate.id] = asdict(estimate)
        return estimate

    def figure_cell(self, estimate: Estimate) -> dict[str, Any]:
        """A cell with a number, its interval and what it is of; its part of a whole, for a bar."""
        parts = {"name": self._title_of(self.use(estimate)), "shown": self._value(estimate)}
        whole = {"share": 1, UNITS["scale"]: 100}.get(estimate.unit)
        share = estimate.estimate / whole if whole else None
        base = [self.say(estimate.unit)] * (whole == 100) + [self.say(estimate.base)]
        of = {"base": " · ".join(base), "n": estimate.n, "share": share}
        return self._cell(estimate, f"{parts['name']}: {parts['shown']}", estimate.estimate) | parts | of

    def tell(self, one: Told) -> None:
        """Say a statement, and remember what it rests on; no level that a change says again."""
        for estimate in one.estimates:
            self.use(estimate)
        self.cited |= {e.id: e for e in one.estimates if e.statistic in ("share", "mean")}
        if one.statement.id not in self.unsaid:
            self._found(f"{{{one.statement.id}}}", one.parts, key=True)

    def _sentence(self, piece: Piece) -> None:
        """A line with numbers that it names; one that the study has not measured is left out."""
        if self.whole(piece):
            self._found(piece.text, self.parts_of(piece), key=True)

    def parts_of(self, piece: Piece) -> list[findings.Part]:
        """A sentence with its numbers; one that begins with a number in words gets a capital."""
        with with_place(self.template.where(piece)):
            parts = findings.render(piece.text, self.find, self.language)
        for part in (p for p in parts if isinstance(p, dict)):
            self.cited[part["id"]] = estimate = self.gate.used[part["id"]]
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
            what = "A product may not type a number or a comparison."
            where = self.template.where(piece)
            raise EvidenceError(what, where=where, got=", ".join(claims), allowed="tokens such as {ACC-03}")
        return self.say(piece.text)

    # --- what waits ---------------------------------------------------------------------------------

    def _check_digits(self, block: Mapping[str, Any], page: str) -> None:
        """Before a block is shown: the headings and the prose that wait stand above it."""
        self._shown += 1
        self._flush(always=True)
        super()._check_digits(block, page)

    def _collect(self, markdown: str) -> None:
        """Prose waits for what belongs to it: items of one list stay together."""
        together = self._prose and markdown.startswith("- ") and self._prose[-1].startswith("- ")
        self._prose += [markdown] if together or not self._prose else ["", markdown]

    def _flush(self, *, always: bool = False) -> None:
        """Print what waits; a heading without words of its own waits for the section below it."""
        if not self._prose and not always:
            return
        heads, prose, self._heads, self._prose = self._heads, self._prose, [], []
        for _, text, key in heads:
            self.prose(text, key)
        if prose:
            self.prose("\n".join(prose))

    # --- for those who make it ----------------------------------------------------------------------

    def signoffs(self) -> Result:
        """Each number that may be printed, whether it passes, and the value that a person would sign."""
        return signoffs(self)

    def readability(self) -> Result:
        """Sentence and word length of each part, with a score where the language has a formula."""
        return readability(self)

    def infographic(self, shape: str = "square") -> None:
        """A poster of the sheet's numbers, as SVG and PNG beside the page: `infographic.infographic`."""
        infographic(self, shape)
