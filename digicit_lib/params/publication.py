"""Thresholds of publication, and a person's word where one is lowered or a run replaced."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from digicit_lib.params.reporting import Day, Reported

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


class Republished(Reported):
    """A person's word on a publication whose bases differ from the last one's by fewer than `min_base`."""

    replaces: str = Field(pattern=r"^[0-9a-f]{16}$", description="`run` of the published run.json")
    reason: Words
    reviewer: Words
    on: Day = Field(description="the day of the decision")


class Publication(Reported):
    """Thresholds under which a number is marked or hidden; lower ones than these need a reason and a name."""

    min_base: Annotated[int, Field(ge=1)] = 25
    caution_base: Annotated[int, Field(ge=1)] = 50
    min_cell: Annotated[int, Field(ge=1)] = 5
    min_cell_sensitive: Annotated[int, Field(ge=1)] = 10
    reason: str = Field("", description="why a threshold is lower; it stands in the methods of the report")
    decided_by: str = Field("", description="the person who decided it, by name")
    republished: tuple[Republished, ...] = Field(
        (), description="runs that replace one whose bases differ by a few children"
    )

    @property
    def lowered(self) -> dict[str, int]:
        """The thresholds that are lower than the defaults."""
        usual = {name: field.default for name, field in Publication.model_fields.items()}
        return {n: v for n, v in self if isinstance(v, int) and v < usual[n]}

    def cell(self, *, sensitive: bool) -> int:
        """The smallest number of children behind a yes or a no that may be told."""
        return self.min_cell_sensitive if sensitive else self.min_cell

    @model_validator(mode="after")
    def _reasoned(self) -> Publication:
        if self.lowered and min(len(self.reason.strip()), len(self.decided_by.strip())) < 3:
            names = ", ".join(self.lowered)
            raise ValueError(f"thresholds below the defaults ({names}) need a reason and decided_by")
        return self
