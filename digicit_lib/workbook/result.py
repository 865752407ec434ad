"""What a workbook's questions answer with: a tidy frame and how it wants to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
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
    options: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The frame, to work on with pandas."""
        return self.frame.copy()

    def _repr_html_(self) -> str:
        columns = ["title", "level_label", "estimate", "ci_low", "ci_high", "n", "quality"]
        shown = self.frame[[c for c in columns if c in self.frame]] if "quality" in self.frame else self.frame
        html: str = shown.to_html(index=False, float_format=lambda x: f"{x:.3f}", max_rows=20, border=0)
        return html
