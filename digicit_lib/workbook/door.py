"""The door of a study's phases: `Workbook.open`."""

import os
import sys
from pathlib import Path
from typing import Literal, TypedDict, Unpack, overload

import pandas as pd

from digicit_lib.errors import DigicitError, did_you_mean
from digicit_lib.exhibits.canvas import set_style
from digicit_lib.language import check_language
from digicit_lib.project import find_root
from digicit_lib.workbook.base import STAGE, BaseWorkbook
from digicit_lib.workbook.exploratory import Exploratory
from digicit_lib.workbook.qualitative import Qualitative
from digicit_lib.workbook.quantitative import Quantitative


class How(TypedDict, total=False):
    """What `Workbook.open` may be told besides."""

    language: str
    params_file: str
    root: str | Path | None


KINDS: dict[str, type[BaseWorkbook]] = {
    "exploratory": Exploratory,
    "quantitative": Quantitative,
    "qualitative": Qualitative,
}


def _read_texts_one_by_one() -> None:
    """Words are read cell by cell, which pandas does several times sooner on Python's own strings.

    In the process of a run only: by hand pandas' options are the user's.
    """
    if os.environ.get(STAGE):
        pd.set_option("mode.string_storage", "python")


def _style_own_charts() -> None:
    """A notebook that means to draw has imported seaborn or pyplot."""
    if "matplotlib.pyplot" in sys.modules:
        set_style()


class Workbook:
    """The door of a study's phases; the phase decides which questions a workbook can answer."""

    @overload
    @staticmethod
    def open(study: str, phase: Literal["exploratory"], **how: Unpack[How]) -> Exploratory: ...

    @overload
    @staticmethod
    def open(study: str, phase: Literal["quantitative"], **how: Unpack[How]) -> Quantitative: ...

    @overload
    @staticmethod
    def open(study: str, phase: Literal["qualitative"], **how: Unpack[How]) -> Qualitative: ...

    @overload
    @staticmethod
    def open(study: str, phase: str, **how: Unpack[How]) -> BaseWorkbook: ...

    @staticmethod
    def open(
        study: str,
        phase: str,
        *,
        language: str = "en",
        params_file: str = "",
        root: str | Path | None = None,
    ) -> BaseWorkbook:
        """Open a study's phase; a product of what it has published is opened by `Product.open`.

        Parameters
        ----------
        study : str
            Slug of the study (`params/<study>.yaml`).
        phase : str
            exploratory, quantitative or qualitative.
        language : {"en", "ru", "uk", "tr"}
        params_file : str
            A params file elsewhere, such as `params/examples/turkey_pisa2018.yaml`.
        root : str or Path, optional
            The project folder; found from the working directory.

        Returns
        -------
        Exploratory, Quantitative or Qualitative

        Raises
        ------
        DigicitError
            Unknown phase or language, or params and data that are refused.
        """
        if phase not in KINDS:
            hint = did_you_mean(phase, KINDS)
            raise DigicitError("Unknown phase.", got=phase, allowed=", ".join(KINDS), next=hint)
        check_language(language)
        _read_texts_one_by_one()
        _style_own_charts()
        folder = find_root(Path(root) if root else None)
        return KINDS[phase].from_study(params_file or study, folder, language)
