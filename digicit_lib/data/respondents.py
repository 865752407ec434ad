"""The respondents of a survey, mapped to the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np
import pandas as pd

from digicit_lib.codebook import Indicator, catalogue, is_own, split_id
from digicit_lib.data.mapping import Array, Mapper
from digicit_lib.errors import PublicationRefused

ROWS = "answer"  # the name of the index: what keeps it is made of rows, not of groups or statistics


class _Rows:
    """Rows of respondents, or a column of them: whole, or in slices of which nobody is told anything.

    A statistic that another library makes knows no base. So a slice is looked at when it is made: neither
    it nor the rest may be a few answers.
    """

    holds_rows = True  # which no result may be made of
    least = whole = 0  # the smallest base, how many complete answers: `Sample.of` sets them
    across: int | None = 0  # the axis along which answers stand, if they do

    def _ruled(self, least: int, whole: int, across: int | None = 0) -> Self:
        for name, number in (("least", least), ("whole", whole), ("across", across)):
            object.__setattr__(self, name, number)
        return self

    def _derived(self: Any, kind: type, *parts: Any, **options: Any) -> Any:
        """What pandas makes of this: where it is rows, of enough answers."""
        part = kind(*parts, **options)
        across = next((a for a, axis in enumerate(part.axes) if self._numbers_answers(a, axis)), None)
        part._ruled(self.least, self.whole, across)
        beyond = len(part.axes[across]) % self.whole if self.whole and across is not None else 0
        if beyond and min(beyond, self.whole - beyond) < self.least <= self.whole:
            raise PublicationRefused(
                "A slice of a sample holds, or leaves out, a few answers.",
                allowed=f"{self.least} answers or more, and as many left out, or all",
                next="wb.sample(…) with a breakdown of larger groups, run again",
            )
        return part._marked()

    def _numbers_answers(self: Any, across: int, axis: pd.Index) -> bool:
        """Whether an axis of what pandas makes of this is of answers, under whatever names or numbers."""
        if ROWS in axis.names or self.across is None:
            return ROWS in axis.names
        own = self.axes[self.across]
        # Numbered anew, stacked, joined: no statistic is so long.
        if across == 0 and len(axis) >= len(own) > 0:
            return True
        if own.nlevels > 1:  # of which some may be left
            return {*axis.names} <= {*own.names}
        return axis.names == own.names and axis.dtype == own.dtype and bool(axis.isin(own).all())

    def _marked(self: Any) -> Any:
        """This, its answers known as such where they have lost their name."""
        if self.across == 0 and self.index.names == [None]:
            self.index = self.index.rename(ROWS)
        return self

    @property
    def _constructor(self) -> Any:
        return partial(self._derived, type(self))

    @property
    def _constructor_sliced(self) -> Any:
        return partial(self._derived, SampleColumn)

    @property
    def _constructor_expanddim(self) -> Any:
        return partial(self._derived, Sample)

    def reset_index(self, *parts: Any, **options: Any) -> Any:
        """Rows with other numbers are rows."""
        frame = super().reset_index(*parts, **options)  # type: ignore[misc]
        return frame if frame is None else frame._marked()

    def rename_axis(self, *parts: Any, **options: Any) -> Any:
        """Rows of another name are rows."""
        frame = super().rename_axis(*parts, **options)  # type: ignore[misc]
        return frame if frame is None else frame._marked()

    def to_string(self, *_: Any, **__: Any) -> str:
        """Its counts, in every form that it is printed in."""
        return repr(self)

    __str__ = to_markdown = to_latex = to_string


class Sample(_Rows, pd.DataFrame):
    """Rows of respondents for statistics that need columns; it shows how many, never which.

    Every pandas step that gives a frame gives a `Sample` again, so that the type tells rows of respondents
    from statistics of them, which other libraries return as plain frames.

    Examples
    --------
    >>> Sample({"a": [1.0, 2.0], "b": [3.0, 4.0]}).query("a > 1")
    Sample(n=1, columns=['a', 'b'])
    >>> Sample({"a": [1.0, 2.0]})["a"]
    SampleColumn(n=2, name='a')
    """

    @classmethod
    def of(cls, frame: pd.DataFrame, least: int) -> Sample:
        """Complete answers of which no slice is smaller than `least`, nor leaves out fewer."""
        sample = cls(frame.dropna(ignore_index=True).rename_axis(ROWS))
        return sample._ruled(least, len(sample))

    def __repr__(self) -> str:
        return f"Sample(n={len(self)}, columns={list(map(str, self.columns))})"

    to_html = _Rows.to_string
    _repr_html_ = __repr__


class SampleColumn(_Rows, pd.Series):
    """One column of a `Sample`."""

    def __repr__(self) -> str:
        return f"SampleColumn(n={len(self)}, name={self.name!r})"


class SurveyFacts(NamedTuple):
    """What is known about a survey's file, without any respondent."""

    facts: dict[str, Any]
    warnings: list[str]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        hint = "wb.data for a profile, wb.sample(columns…) for statistics, run again"
        raise PublicationRefused("Rows of respondents are private.", got=f"wb.survey.{name}", next=hint)


@dataclass(frozen=True, repr=False)
class Respondents:
    """Respondents, mapped: indicators, groups, design, and what is known about each indicator.

    Its repr tells counts; who wants to see rows asks for `frame`, or in a workbook for `wb.respondents()`.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a respondent, all rows of the file: a float32 column an indicator (NaN: no valid answer or
        not in the base), a categorical column a breakdown, the design's columns.
    design : dict
        Keyword arguments of `SurveyDesign`: `weight`, `strata`, `psu`, `fpc`, `replicates`, `lonely`.
    status : pandas.DataFrame
        Index indicator; columns measured, asked_n, base_n, valid_n, missing_share, dk_share, pnts_share,
        low, high (bounds of a sensitive share by "prefer not to say", weighted), missing_low, missing_high
        (bounds of a share by every missing answer), reason.
    in_base : dict of numpy.ndarray
        Indicator to a mask of the respondents who were to be asked and were asked.
    indicators : dict
        Id to its definition: the catalogue's, or the instrument's variant, ages narrowed to the study's.
    breakdowns : dict
        Name to its levels in order.
    gaps : dict
        What the study asks for and this survey does not hold, with the reason.
    warnings : list of str
        What a reader should know; never a respondent's answer.
    """

    frame: pd.DataFrame
    design: dict[str, Any]
    status: pd.DataFrame
    in_base: dict[str, Array]
    indicators: dict[str, Indicator]
    breakdowns: dict[str, tuple[str, ...]]
    gaps: dict[str, str]
    facts: dict[str, Any]
    files: list[dict[str, Any]]
    kind: str
    warnings: list[str]
    mapper: Mapper

    def __repr__(self) -> str:
        rows, columns = self.frame.shape
        name = self.mapper.instrument.name
        return f"Respondents(instrument={name!r}, kind={self.kind!r}, n={rows}, columns={columns})"

    def known(self, name: str) -> Indicator:
        """What an id means: the catalogue's indicator, or an own one that the instrument maps.

        Raises
        ------
        CodebookError
            Nobody knows the id; the likeliest meant one is named.
        """
        tool = self.mapper.instrument
        mapped = next((form for form in tool.indicators if split_id(form)[0] == name), name)
        if is_own(name) and mapped in tool.indicators:
            return tool.definition(mapped)
        return tool.own.get(name) or catalogue()[name]

    @property
    def own(self) -> dict[str, Indicator]:
        """Own indicators that this survey measures, by id without variant."""
        return {split_id(n)[0]: i for n, i in self.indicators.items() if split_id(n)[0] not in catalogue()}

    def bounds(self, name: str) -> tuple[pd.Series, pd.Series]:
        """A share's answers with "prefer not to say" counted as no, and as yes (rule 2).

        Returns
        -------
        low, high : pandas.Series
            Index of `frame`; NaN where there is no answer of another kind.
        """
        both = (self.mapper.indicator(name, pnts).value for pnts in (0.0, 1.0))
        low, high = (pd.Series(np.where(self.in_base[name], v, np.nan), self.frame.index) for v in both)
        return low, high

    def items(self, name: str) -> pd.DataFrame:
        """Answers to the items of a score, one column an item, for its reliability (NaN: no answer)."""
        parts = self.mapper.instrument.indicators[name].mean
        values = [np.where(self.in_base[name], self.mapper.rule(part).value, np.nan) for part in parts]
        return pd.DataFrame({part.column: value for part, value in zip(parts, values, strict=True)})


def level_id(name: str) -> str:
    """A level's name in ids, where commas join the levels of a cross: its own are escaped, as in an address.

    Examples
    --------
    >>> level_id("Izmir, Aydin"), level_name("Izmir%2C Aydin")
    ('Izmir%2C Aydin', 'Izmir, Aydin')
    """
    return name.replace(",", "%2C")


def level_name(level: str) -> str:
    """The name behind a level of an id."""
    return level.replace("%2C", ",")
