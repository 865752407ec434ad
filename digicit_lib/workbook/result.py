"""What a workbook's questions answer with: a tidy frame and how it wants to be shown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from digicit_lib.errors import PublicationRefused
from digicit_lib.exhibits.blocks import block_html, block_output
from digicit_lib.language import N_
from digicit_lib.safe import fingerprint

if TYPE_CHECKING:
    import pandas as pd


MOST_ROWS = 60  # of a result looked at by hand


@dataclass(frozen=True, repr=False)
class Result:
    """A frame of estimates, or a display frame, with its own words.

    Attributes
    ----------
    frame : DataFrame
        Evidence rows (column `id`), or a display table.
    title, subtitle : str
        What an exhibit of it is called.
    figure : str
        The kind of figure that suits it; empty: it is only a table.
    unit, source : str
    notes : tuple of str
    gaps : tuple of str
        What was asked for and is not there: not measured, not asked.
    options : dict
        Further arguments of the figure or table.
    """

    frame: pd.DataFrame
    title: str
    figure: str = ""
    subtitle: str = ""
    unit: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    seal: str = field(init=False, default="")

    def __post_init__(self) -> None:
        maker = sys._getframe(2)
        while maker.f_back and maker.f_globals.get("__name__") in ("copy", "dataclasses"):
            maker = maker.f_back
        by_hand = maker.f_globals.get("__name__") == "__main__"  # in a cell
        if by_hand or getattr(self.frame, "holds_rows", False):
            what = "A result is what digicit has estimated, never a frame of a cell."
            hint = "wb.estimate(…) for shares; wb.table(frame, of=sample) for tests, run again"
            raise PublicationRefused(what, got="Result(…)", next=hint)
        object.__setattr__(self, "options", MappingProxyType({**self.options}))
        object.__setattr__(self, "seal", self._content())

    def _content(self) -> str:
        """What a page would print of it, in short."""
        words = (self.title, self.subtitle, self.unit, self.source, self.notes, self.gaps)
        return fingerprint(repr((words, [(name, self.frame[name].tolist()) for name in self.frame])))

    def refuse_changed(self) -> None:
        """A cell has written into its frame, where answers could stand for estimates.

        Raises
        ------
        PublicationRefused
        """
        if self._content() != self.seal:
            what = "A result was changed after it was estimated."
            hint = "change a copy, result.to_frame(), and print it by wb.table(frame, of=result)"
            raise PublicationRefused(what, got=f"result.frame of {len(self.frame)} rows", next=hint)

    def to_frame(self) -> pd.DataFrame:
        """The frame, to work on with pandas."""
        return self.frame.copy()

    def __repr__(self) -> str:
        return f"Result({self.title!r}, {len(self.frame)} rows)"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A block without a number: what a run publishes, were the result left as a cell's last line."""
        block = {"kind": "grid", "title": self.title, **self._grid()}
        return block_output(block, "text/html", block_html(block))

    def _grid(self) -> dict[str, Any]:
        """Column heads and cells as text."""
        columns = ["title", "level_label", "estimate", "ci_low", "ci_high", N_("n"), "quality"]
        frame = self.frame[[c for c in columns if c in self.frame]] if "quality" in self.frame else self.frame
        sides = ["left" if i == 0 else "right" for i in range(frame.shape[1])]
        heads = [{"label": str(c), "align": side} for c, side in zip(frame.columns, sides, strict=True)]
        rows = [[_text(cell) for cell in row] for row in frame.head(MOST_ROWS).itertuples(index=False)]
        return {"columns": heads, "rows": rows, "row_headers": 1}


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return "" if cell != cell else f"{cell:.3f}"
    return "" if cell is None else str(cell)
