"""Questions to a coded project: who took part, themes, agreement, saturation, approved quotations."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digicit_lib.safe import inside
from digicit_lib.workbook.base import Workbook

if TYPE_CHECKING:
    from digicit_lib.qualitative import Project

NOT_REPORTED = "not reported"


class Qualitative(Workbook):
    """The interview phase of a study."""

    phase = "qualitative"

    @cached_property
    def project(self) -> Project:
        """The coded project, pseudonymised; its quotations still pass the gate one by one."""
        from digicit_lib import qualitative, synthetic

        spec = self.params.data.interviews
        if spec is None or spec.kind == "synthetic":
            seed = spec.seed if spec else 0
            frames = synthetic.interviews(seed=seed, country=self.params.study.country)
            return qualitative.read_table(frames)
        return qualitative.read(inside(Path(os.environ["DIGICIT_DATA"]), spec.path), offsets=spec.offsets)

    @property
    def k(self) -> int:
        """The fewest participants whom an attribution must fit."""
        spec = self.params.data.interviews
        return int(getattr(spec, "k", 3))
