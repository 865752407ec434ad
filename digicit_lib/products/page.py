"""What every product shares: a cover for a reader, cells with evidence, no digit without it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from digicit_lib.codebook import Indicator, catalogue, split_id
from digicit_lib.errors import PublicationRefused
from digicit_lib.evidence import CONTRASTS, Estimate
from digicit_lib.exhibits.blocks import block_output
from digicit_lib.exhibits.cell_text import interval_text, value_text
from digicit_lib.language import N_, date
from digicit_lib.params import Params
from digicit_lib.products.messages import check_messages
from digicit_lib.products.stray_digits import stray, stray_digits
from digicit_lib.safe import slug
from digicit_lib.workbook import closing, findings
from digicit_lib.workbook.base import BaseWorkbook
from digicit_lib.workbook.findings import value
from digicit_lib.workbook.study_facts import ChecklistItem, told


class Page(BaseWorkbook):
    """A workbook that reads published evidence only, for readers outside the study.

    Parameters
    ----------
    params : Params
    root : Path
    language : str
    name : str
        Such as ``communication_parents``: it names the page and the folder of its files.
    reader : str
        Whom it is for, as the cover says it.
    """

    pages = 0  # that the printed product may have; 0: as many as it takes
    letters = 0.0  # points of its text on paper; 0: as every page

    def __init__(self, params: Params, root: Path, language: str, *, name: str, reader: str) -> None:
        super().__init__(params, root, language)
        self.exhibits.folder, self.exhibits.on_show = name, self._check_digits
        check_messages(self.language)
        self.name, self.reader = name, reader
        self._strays: list[str] = []

    @property
    def synthetic(self) -> bool:
        return self.demonstration

    def facts(self) -> None:
        """The cover: title, for whom, where and when, who has signed the numbers, ethics and safeguarding."""
        ethics = self._ethics()
        boxed = [*self._facts(), *told([item for item in ethics if not item.loud], self.language)]
        state = {"status": self._status(), "languages": [self.language]}
        self.show(self._cover(self.reader, boxed, **state, pages=self.pages, letters=self.letters))
        for item in ethics:
            if item.loud:
                self.note(item.text, tone="warning", title=item.item)

    def _ethics(self) -> list[ChecklistItem]:
        """The box on ethics and safeguarding; a page of several studies has none."""
        return []

    def _facts(self) -> list[list[str]]:
        study = self.params.study
        wave, day = self.say(str(study.wave)), date(study.date, self.language)
        return [[self.say("Wave"), wave], [self.say("Version of"), day]]

    def _status(self) -> str:
        return self.say("demonstration, signed by nobody") if self.synthetic else self._signers()

    def _signers(self) -> str:
        return ""

    # --- cells and sentences ------------------------------------------------------------------------

    def _definition(self, estimate: Estimate) -> Indicator | None:
        return catalogue().get(split_id(estimate.indicator)[0])

    def _title_of(self, estimate: Estimate) -> str:
        indicator = catalogue().get(estimate.indicator)
        return self.say(indicator.title if indicator else estimate.title)

    def _value(self, estimate: Estimate) -> str:
        """A number with its interval as a cell says it; brackets ask for caution."""
        said, unit, statistic, language = estimate.estimate, estimate.unit, estimate.statistic, self.language
        text = value(said, unit, language)
        if apart := statistic in CONTRASTS:
            text = value_text(said, unit=unit, statistic=statistic, language=language)
        text = f"({text})" if estimate.quality == "caution" else text
        places = 0 if unit == "share" and not apart else 1
        form: dict[str, Any] = {"unit": unit, "language": language, "decimals": places}
        ends = interval_text(*estimate.interval, **form)
        return f"{text} [{ends}]" if ends else text

    def _cell(self, estimate: Estimate, text: str, worth: float | None = None) -> dict[str, Any]:
        return {"text": text, "id": estimate.id, "value": worth, "quality": estimate.quality}

    def _grid(
        self, title: str, heads: Sequence[str], rows: list[list[Any]], note: str = "", **other: Any
    ) -> None:
        """A table made by hand, whose cells carry their evidence."""
        columns = [{"label": self.say(head), "align": "left", "group": None} for head in heads]
        ids = dict.fromkeys(cell["id"] for row in rows for cell in row if isinstance(cell, dict))
        words = {"title": self.say(title), "subtitle": "", "slug": slug(title), "source": self.source}
        shape = {"columns": columns, "rows": rows, "row_headers": 1, "groups": [], "files": {}}
        facts = {"synthetic": self.synthetic, "provenance": list(ids), "notes": [note] if note else []}
        number = self.exhibits.next_number("table")
        self.show({"kind": "table", "number": number, **words, **shape, **facts, **other})

    def _filled(self, message: str, parts: dict[str, findings.Part]) -> list[findings.Part]:
        """A message of ours with words and numbers in its places."""
        parts_filled: list[findings.Part] = []
        for text, name, _, _ in Formatter().parse(self.say(message)):
            parts_filled += [text, *([parts[name]] if name else [])]
        return [part for part in parts_filled if part]

    def _invented(self, parts: list[findings.Part]) -> bool:
        ids = [part["id"] for part in parts if isinstance(part, dict)]
        return any(self.evidence.rows[name]["data_kind"] == "synthetic" for name in ids)

    # --- showing and closing ------------------------------------------------------------------------

    def prose(self, markdown: str, key: str = "") -> None:
        """Show prose, a heading with the key of its section; its digits are checked like all others."""
        from IPython.display import display

        self._strays += stray(markdown)
        block = {"kind": "prose", "text": markdown, "key": key}
        data, sealed = block_output(block, "text/markdown", markdown)
        display(data, metadata=sealed, raw=True)  # type: ignore[no-untyped-call]

    def _check_digits(self, block: Mapping[str, Any], page: str) -> None:
        if not block.get("provenance"):
            self._strays += stray_digits(page)

    def close(self, save: str = "") -> None:
        """As in every workbook; a digit that no evidence covers is refused first.

        Parameters
        ----------
        save : str
            A folder below the project.

        Raises
        ------
        PublicationRefused
            With the digits and the words around them.
        """
        if self._strays:
            what = "Digits stand in the product without evidence."
            hint = "cite a number by its token"
            raise PublicationRefused(what, where=self.name, got="; ".join(self._strays[:5]), next=hint)
        super().close(save)

    def _provenance(self) -> list[list[str]]:
        """How to cite it: files and commands are told in the notebook, not to readers."""
        cite = closing.citation(self.params, self.voice, self.title, self.country)
        return [[self.say(N_("Cite as")), cite]]
