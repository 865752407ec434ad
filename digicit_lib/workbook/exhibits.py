"""Showing: blocks, numbered figures and tables, and the files behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from digicit_lib.evidence import Evidence
from digicit_lib.language import country, translate
from digicit_lib.params import Params
from digicit_lib.safe import csv_frame, slug
from digicit_lib.workbook.result import Result

if TYPE_CHECKING:
    import pandas as pd

BLOCK = "application/vnd.digicit.block+json"


class Desk:
    """The part of a workbook that shows things; `Workbook` completes it."""

    phase: ClassVar[str] = ""
    params: Params
    language: str
    evidence: Evidence
    _files: dict[str, bytes]
    _drawn: dict[str, Mapping[str, Any]]
    _numbers: dict[str, int]
    _told: set[str]

    # --- words --------------------------------------------------------------------------------------

    def say(self, message: str, **values: object) -> str:
        """A message in the workbook's language."""
        return translate(message, self.language, **values)

    def _spoken(self, cell: Any) -> Any:
        """A cell of a display table: words that the catalogue knows are translated, all else stays."""
        if not isinstance(cell, str):
            return cell
        return "[invented] " + self.say(cell[11:]) if cell.startswith("[invented] ") else self.say(cell)

    @property
    def synthetic(self) -> bool:
        """Whether any respondent or interview behind this workbook is invented."""
        return self.params.is_synthetic(self.phase)

    @property
    def demonstration(self) -> bool:
        """Whether any phase of the study is invented, so that none of its reports is a real study's."""
        return any(self.params.is_synthetic(phase) for phase in self.params.phases)

    @property
    def data_kind(self) -> str:
        return "synthetic" if self.synthetic else "observed"

    @property
    def country(self) -> str:
        return country(self.params.study.country, self.language)

    @property
    def title(self) -> str:
        """Title of the report; a demonstration's begins DEMONSTRATION."""
        start = self.say("DEMONSTRATION") + ": " if self.demonstration else ""
        return start + self.say(self.params.study.title)

    # --- blocks -------------------------------------------------------------------------------------

    def show(self, block: dict[str, Any]) -> None:
        """Display one block as HTML and as data for the PDF."""
        from IPython.display import display

        from digicit_lib.exhibits import blocks

        html = blocks.render(block, language=self.language)
        display({"text/html": html, BLOCK: block}, raw=True)  # type: ignore[no-untyped-call]

    def note(self, text: str, *, tone: str = "info", title: str = "") -> None:
        """A boxed remark; `tone` is info, warning, gap or synthetic."""
        heading = self.say(title) if title else None
        self.show({"kind": "note", "tone": tone, "title": heading, "text": self.say(text)})

    def gaps(self, *results: Result) -> None:
        """Say what was asked for and is not there, each thing once."""
        missing = [gap for gap in dict.fromkeys(g for r in results for g in r.gaps) if gap not in self._told]
        self._told.update(missing)
        if missing:
            title = self.say(
                "Not measured in this survey" if self.phase == "quantitative" else "Not available"
            )
            self.show({"kind": "note", "tone": "gap", "title": title, "text": "; ".join(missing) + "."})

    def definitions(self, title: str, rows: list[list[str]]) -> None:
        """A list of terms and what they mean."""
        self.show({"kind": "definitions", "title": self.say(title) if title else None, "rows": rows})

    def bullets(self, items: list[str], *, title: str = "") -> None:
        """A plain list."""
        self.show({"kind": "list", "title": self.say(title) if title else None, "items": items})

    def figure(
        self, result: Result, *, title: str = "", kind: str = "", key: bool = False, **options: Any
    ) -> None:
        """Draw a result; nothing but its gaps when there is nothing to draw.

        Parameters
        ----------
        result : Result
        title : str
            Another title than the result's own.
        kind : str
            Another kind of figure than the result's own.
        key : bool
            Whether it belongs in the two-page summary.
        options
            Passed to the figure.
        """
        from digicit_lib.exhibits import figures

        shape = kind or result.figure
        if result.frame.empty or not shape:
            self.gaps(result)
            return
        words = self._words(result, title)
        number = self._next("figure")
        block = figures.draw(
            shape,
            result.frame,
            **words,
            unit=result.unit,
            language=self.language,
            synthetic=self._is_synthetic(result),
            number=number,
            **{**result.options, **options},
        )
        name = self._name(number, "figure", words["slug"], block["synthetic"])
        block["files"] = {ending: f"exhibits/{name}.{ending}" for ending in ("svg", "png", "csv")}
        self._files[block["files"]["svg"]] = figures.svg_bytes(block)
        self._drawn[block["files"]["png"]] = block
        self._files[block["files"]["csv"]] = self._csv(result.frame).encode()
        self.show({**block, "key": key})

    def table(self, result: Result, *, title: str = "", **options: Any) -> None:
        """Print a result as an accessible table; its gaps where there is nothing to print."""
        from digicit_lib.exhibits import tables

        if result.frame.empty:
            self.gaps(result)
            return
        words = self._words(result, title)
        number = self._next("table")
        estimates = "quality" in result.frame
        make = tables.estimates if estimates else tables.plain
        extra = {} if estimates else {"language": self.language, **result.options.get("table", {})}
        if estimates:
            extra = {"profile": self._profile(), "language": self.language}
        block = make(
            result.frame, **words, number=number, synthetic=self._is_synthetic(result), **{**extra, **options}
        )
        name = self._name(number, "table", words["slug"], block["synthetic"])
        block["files"] = {"csv": f"exhibits/{name}.csv"}
        self._files[block["files"]["csv"]] = self._csv(result.frame).encode()
        self.show(block)

    def _profile(self) -> Any:
        return self.params.publication

    def _is_synthetic(self, result: Result) -> bool:
        kinds = set(result.frame["data_kind"]) if "data_kind" in result.frame else {self.data_kind}
        return "synthetic" in kinds

    def _words(self, result: Result, title: str) -> dict[str, Any]:
        text = self.say(title or result.title)
        return {
            "title": text,
            "subtitle": result.subtitle,
            "slug": slug(title or result.title),
            "notes": result.notes,
            "source": result.source or self.source,
        }

    @property
    def source(self) -> str:
        """The line under every exhibit that says where its data come from."""
        return ""

    def _next(self, kind: str) -> int:
        self._numbers[kind] += 1
        return self._numbers[kind]

    def _name(self, number: int, kind: str, words: str, synthetic: bool) -> str:
        return f"{'SYNTHETIC-' if synthetic else ''}{kind}-{number:02d}-{words[:60].rstrip('-')}"

    def _csv(self, frame: pd.DataFrame) -> str:
        from digicit_lib.exhibits import tables

        if "quality" in frame:
            return str(tables.csv(frame))
        labelled = (
            frame.assign(data_kind=self.data_kind) if self.synthetic and "data_kind" not in frame else frame
        )
        return csv_frame(labelled)
