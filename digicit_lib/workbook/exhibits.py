"""Showing: blocks, numbered figures and tables, and the files behind them."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.disclosure.written_words import all_written
from digicit_lib.errors import DigicitError, EvidenceError, PublicationRefused
from digicit_lib.exhibits import blocks, figures, own_charts, tables
from digicit_lib.exhibits.text_tables import sentence_of
from digicit_lib.language import take_said
from digicit_lib.safe import csv_frame, slug
from digicit_lib.workbook.findings import typed_claims
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.voice import Voice

DOORS = {"drawing": "show"}  # of a workbook, to a method here of another name


class Exhibits:
    """What a workbook has shown: it numbers exhibits and keeps the files that lie behind them.

    Parameters
    ----------
    voice : Voice
    data_kind : {"observed", "synthetic"}
        Of what has no kind of its own.
    source : callable
        Says where the data come from, for an exhibit that does not.
    gap_title : str
        What a note of missing things is called.
    folder : str
        Where the files lie beside the page; empty: `exhibits/` itself.
    on_show : callable, optional
        Gets each block and its HTML before it is displayed.
    root : Path, optional
        The project, in a run: what a cell says there is written somewhere in it.
    """

    def __init__(
        self,
        voice: Voice,
        data_kind: str,
        source: Callable[[], str],
        gap_title: str = "Not available",
        folder: str = "",
        on_show: Callable[[Mapping[str, Any], str], None] | None = None,
        root: Path | None = None,
    ) -> None:
        self.root = root
        self.voice, self.data_kind, self.source = voice, data_kind, source
        self.gap_title, self.folder, self.on_show = gap_title, folder, on_show
        self.files: dict[str, bytes] = {}
        self.figures: dict[str, Mapping[str, Any]] = {}
        self._numbers = {"figure": 0, "table": 0}
        self._gaps_shown: set[str] = set()
        self._notes_shown: set[str] = set()
        self.collected: list[str] | None = None
        self.labels: set[str] = set()  # words of what was shown
        self.given: set[str] = set()  # texts that are said as they stand: the params', a desk review's

    def show(self, block: dict[str, Any]) -> None:
        """Display one block as HTML and as data for the PDF."""
        from IPython.display import display

        if not isinstance(block, dict) or by_cell(1):
            raise DigicitError("A chart is shown of a result.", got="no `of`", next="wb.show(ax, of=result)")
        if self.folder and block.get("files"):
            block = {**block, "files": {k: f"{self.folder}/{v}" for k, v in block["files"].items()}}
        html = blocks.block_html(block, language=self.voice.language)
        messages = take_said(self.voice.own_in) if self.voice.language != "en" else {}
        block = {**block, "said": messages} if messages else block
        if self.on_show:
            self.on_show(block, html)
        data, sealed = blocks.block_output(block, "text/html", html)
        display(data, metadata=sealed, raw=True)  # type: ignore[no-untyped-call]

    def note(self, text: str, *, tone: str = "info", title: str = "", key: bool = False) -> None:
        """A boxed remark; `tone` is info, warning, gap or synthetic."""
        self._untyped(text, title)
        heading = self.voice.say(title) if title else None
        sentence = self.voice.capital(self.voice.say(text)) if title else self.voice.say(text)
        end = "." if title and sentence[-1:].isalnum() else ""  # a study's own words may lack it
        self.show({"kind": "note", "tone": tone, "title": heading, "text": sentence + end, "key": key})

    def gaps(self, *results: Result) -> None:
        """Say what was asked for and is not there, each thing once; kept for an annex where there is one."""
        for result in results:
            result.refuse_changed()
        gaps = dict.fromkeys(gap for result in results for gap in result.gaps)
        missing = [gap for gap in gaps if gap not in self._gaps_shown]
        self._gaps_shown.update(missing)
        if self.collected is not None:
            self.collected += missing
        elif missing:
            title = self.voice.say(self.gap_title)
            self.show({"kind": "note", "tone": "gap", "title": title, "text": "; ".join(missing) + "."})

    def definitions(self, title: str, rows: list[list[str]], *, own: bool = False) -> None:
        """A list of terms and what they mean; a title of the study's `own` stays in its words."""
        self._untyped(title, *(cell for row in rows for cell in row))
        head = title if own else self.voice.say(title)
        self.show({"kind": "definitions", "title": head if title else None, "rows": rows})

    def bullets(self, items: list[str], *, title: str = "", key: bool = False) -> None:
        """A plain list; nothing where nothing is listed."""
        self._untyped(title, *items)
        if items:
            heading = self.voice.say(title) if title else None
            self.show({"kind": "list", "title": heading, "items": items, "key": key})

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
        self._untyped(title)
        result.refuse_changed()
        shape = kind or result.figure
        if result.frame.empty or not shape:
            self.gaps(result)
            return
        words = self._words(result, title)
        number = self.next_number("figure")
        block = figures.draw(
            shape,
            result.frame,
            **words,
            unit=result.unit,
            language=self.voice.language,
            synthetic=self._is_synthetic(result),
            number=number,
            **{**_drawing(result), **options},
        )
        self._add_figure(block, result, key)

    def drawing(self, drawn: Any, of: Result, *, title: str = "", key: bool = False) -> None:
        """A chart that the notebook drew of a result, once nothing but its numbers is found in it.

        Raises
        ------
        PublicationRefused
            A mark that stands at no number of the result, a picture, a text with figures.
        """
        self._untyped(title)
        of.refuse_changed()
        figure = own_charts.drawing_of(drawn)
        own_charts.let_go(figure)
        along = own_charts.check_chart(figure, of.frame) if len(of.frame) else {}
        self.refuse_unwritten(own_charts.words_on(figure), texts_of(of.frame))
        if not along:
            self.gaps(of)
            return
        how = {"unit": of.unit or "share", "language": self.voice.language}
        words = self._words(of, title)
        number = self.next_number("figure")
        block = figures.draw_own(
            figure, along, of.frame, **words, **how, synthetic=self._is_synthetic(of), number=number
        )
        self._add_figure(block, of, key)

    def _add_figure(self, block: figures.Figure, result: Result, key: bool) -> None:
        name = self._name(block["number"], "figure", block["slug"], block["synthetic"])
        block["files"] = {ending: f"exhibits/{name}.{ending}" for ending in ("svg", "png", "csv")}
        self.files[block["files"]["svg"]] = figures.svg_bytes(block)
        self.figures[block["files"]["png"]] = block
        self.files[block["files"]["csv"]] = self._csv(result.frame).encode()
        self.show({**block, **self._topic(result, block["title"]), "key": key})

    def table(self, result: Result, *, title: str = "", **options: Any) -> list[Any]:
        """Print a result as an accessible table; its gaps where there is nothing to print.

        Returns
        -------
        list
            Of a single estimate nothing is printed: the parts of a sentence that says it.
        """
        self._untyped(title)
        result.refuse_changed()
        if result.frame.empty:
            self.gaps(result)
            return []
        words = self._words(result, title)
        estimates = "quality" in result.frame
        make = tables.estimates if estimates else tables.plain_table
        extra = {"language": self.voice.language}
        extra |= {} if estimates else result.options.get("table", {})
        block = make(result.frame, **words, synthetic=self._is_synthetic(result), **{**extra, **options})
        if estimates and len(block["rows"]) == 1:
            return sentence_of(block)
        number = block["number"] = self.next_number("table")
        name = self._name(number, "table", words["slug"], block["synthetic"])
        block["files"] = {"csv": f"exhibits/{name}.csv"}
        data = result.options.get("csv", result.frame)
        self.files[block["files"]["csv"]] = self._csv(data).encode()
        self.show({**block, **self._topic(result, block["title"])})
        return []

    def _untyped(self, *texts: str) -> None:
        """What a cell says may hold no number: a finding's come from evidence, other words from the params.

        Raises
        ------
        EvidenceError
        """
        if not by_cell(2):
            return
        self.refuse_unwritten(text for text in texts if text not in self.given)
        words = (str(text) for text in texts if text not in self.given)
        numbers = [claim for text in words for claim in typed_claims(text) if claim[0].isdigit()]
        if numbers:
            raise EvidenceError(
                "A remark, a list or a title may not type a number.",
                got=re.sub(r"\d", "#", ", ".join(numbers)),  # a cell may have put an answer there
                allowed="words, and texts of the params as they stand",
                next='say it as a finding: wb.finding("{ACC-03} of children …")',
            )

    def refuse_unwritten(self, texts: Iterable[Any], besides: Iterable[Any] = ()) -> None:
        """What a cell of a run says is written somewhere: else a cell may have made it of answers.

        Parameters
        ----------
        texts : iterable
        besides : iterable
            Texts whose words may stand in them besides, such as those of a result.

        Raises
        ------
        PublicationRefused
        """
        if self.root and not all_written(map(str, texts), self.root, {*map(str, besides), *self.labels}):
            what = "A cell says words that nobody has written, which could be an answer."
            allowed = "words of the workbook, the params, digicit, and of results as they stand"
            raise PublicationRefused(what, allowed=allowed, next="write the words into the cell, run again")

    def _is_synthetic(self, result: Result) -> bool:
        kinds = set(result.frame["data_kind"]) if "data_kind" in result.frame else {self.data_kind}
        return "synthetic" in kinds

    def _words(self, result: Result, title: str) -> dict[str, Any]:
        text = self.voice.say(title or result.title)
        self.labels |= texts_of(result.frame)
        return {
            "title": text,
            "subtitle": result.subtitle,
            "slug": slug(str(title or result.options.get("topic", "") or result.title)),
            "notes": [*result.options.get("always", ()), *self._once(result.notes)],
            "source": result.source or self.source(),
        }

    def _topic(self, result: Result, title: str) -> dict[str, str]:
        """What the later parts of a tall exhibit are about, where its title says one number of it."""
        topic = str(result.options.get("topic", ""))
        return {"topic": self.voice.say(topic)} if topic and title == self.voice.say(result.title) else {}

    def _once(self, notes: Sequence[str]) -> list[str]:
        """The notes that no exhibit before has printed: what was said once need not be said again."""
        new = [note for note in notes if note not in self._notes_shown]
        self._notes_shown.update(new)
        return new

    def next_number(self, kind: str) -> int:
        """The number of the next figure or table."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def _name(self, number: int, kind: str, words: str, synthetic: bool) -> str:
        return f"{'SYNTHETIC-' if synthetic else ''}{kind}-{number:02d}-{words[:60].rstrip('-')}"

    def _csv(self, frame: pd.DataFrame) -> str:
        if "quality" in frame:
            return str(tables.csv(frame))
        unmarked = self.data_kind == "synthetic" and "data_kind" not in frame
        return csv_frame(frame.assign(data_kind=self.data_kind) if unmarked else frame)


def texts_of(frame: pd.DataFrame) -> set[str]:
    """The texts of a frame's cells and its heads."""
    cells = {cell for name in frame for cell in frame[name].tolist() if isinstance(cell, str)}
    return {*cells, *map(str, frame.columns.tolist())}


def by_cell(depth: int) -> bool:
    """Whether a cell has called the method so many calls above, by the workbook's door or past it."""
    method = sys._getframe(depth).f_code.co_name
    caller = sys._getframe(depth + 1)
    while ours := str(caller.f_globals.get("__name__")).startswith("digicit_lib."):
        if caller.f_code.co_name != DOORS.get(method, method) or caller.f_back is None:
            break
        caller = caller.f_back
    return not ours


def _drawing(result: Result) -> dict[str, Any]:
    """A result's options but its topic, which only names its file."""
    return {name: value for name, value in result.options.items() if name != "topic"}
