"""What a study reports of itself: team, interviews, response, weights; an empty field is "not reported"."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from digicit_lib.safe import has_come

Count = Annotated[int, Field(ge=0)]
Stage = Literal["household", "school", "child", "person"]


def _signed(day: dt.date) -> dt.date:
    if not has_come(day):
        raise ValueError("a day that has come: nobody signs in the future")
    return day


Day = Annotated[dt.date, AfterValidator(_signed)]  # on which somebody has decided, verified or cleared
Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Reported(BaseModel):
    """Unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LegalMinimum(Reported):
    """The lowest age that the law of the country sets for a profile, and since when it is in force."""

    age: Annotated[int, Field(ge=1, le=21)]
    since: dt.date | None = Field(None, description="in force since this day; empty: not yet")
    citation: Annotated[str, Field(min_length=1)]

    def in_force(self, day: dt.date) -> bool:
        """Whether the law binds on a day."""
        return self.since is not None and self.since <= day


class Primary(Reported):
    """One comparison that was declared before fieldwork began, and where that stands."""

    indicator: str
    by: str
    declared_on: dt.date
    where: Annotated[str, Field(min_length=1)]


class Member(Reported):
    """Someone who asked, moderated or coded; no name is needed, `id` is that of the project's columns."""

    id: str = ""
    role: str
    occupation: str = ""
    gender: str = ""
    training: str = ""


class Referral(Reported):
    """What happens when a child needs help: the procedure, the service, how often it was used."""

    procedure: str
    service: str = ""
    used: Count | None = None


class Guide(Reported):
    """The guide of the interviews and with whom it was tried."""

    path: str
    piloted: str = ""


class InterviewReporting(Reported):
    """What COREQ asks about interviews and no file holds, in the authors' words."""

    orientation: str = ""
    sampling: str = ""
    approach: str = ""
    guide: Guide | None = None
    returned: str = ""
    checked: str = ""
    reflexivity: str = Field(
        "", description="who the team is to the people it asked, and how that was handled"
    )
    saturation: str = Field("", description="the team's own judgement of when enough had been heard")
    context: str = Field("", description="the setting that a reader must know")
    trustworthiness: str = Field("", description="what was done so that others can trust the reading")
    conflicts: str = ""
    funding: str = ""


class Outcomes(Reported):
    """Final dispositions of one stage, as AAPOR counts them; `sampled` is their sum."""

    complete: Count
    partial: Count = 0
    refusal: Count = 0
    noncontact: Count = 0
    other: Count = 0
    unknown: Count = 0
    unknown_other: Count = 0
    not_eligible: Count = 0
    e: Annotated[float, Field(ge=0, le=1)] | None = None
    e_source: str = ""
    sampled: Count | None = None

    @property
    def counted(self) -> int:
        """All dispositions together."""
        eligible = self.complete + self.partial + self.refusal + self.noncontact + self.other
        return eligible + self.unknown + self.unknown_other + self.not_eligible

    @model_validator(mode="after")
    def _adds_up(self) -> Outcomes:
        if self.sampled is not None and self.sampled != self.counted:
            raise ValueError(f"the counts add up to {self.counted}, and sampled says {self.sampled}")
        if not self.complete + self.partial:
            raise ValueError("somebody answered: complete and partial together are at least 1")
        if self.e is not None and not self.e_source:
            raise ValueError("an estimate of who is eligible (e) needs its e_source")
        return self


class Part(Reported):
    """One stage of a published response rate."""

    name: str
    of: Annotated[int, Field(ge=1)]
    took_part: Count

    @model_validator(mode="after")
    def _within(self) -> Part:
        if self.took_part > self.of:
            raise ValueError(f"took_part is at most of ({self.of})")
        return self


class Response(Reported):
    """Rates that an agency has published; all stages multiplied are the overall rate."""

    stages: Annotated[tuple[Part, ...], Field(min_length=1)]
    source: str


class Weighting(Reported):
    """How the weights were made, step by step, in the authors' words."""

    base: str = ""
    nonresponse: str = ""
    calibration: str = ""
    trimming: str = ""


class Signed(Reported):
    """Whose decision it is."""

    by: Person
    on: Day


class Replaced(Signed):
    """A finding in the authors' words: the tokens of the statement stay."""

    id: str
    text: str


class Added(Signed):
    """A further finding in the authors' words."""

    text: str


class Dropped(Signed):
    """A finding that the authors leave out, and why."""

    id: str
    why: str


class Findings(Reported):
    """What authors do with the key findings that the rule chose."""

    order: tuple[str, ...] = ()
    replace: tuple[Replaced, ...] = ()
    add: tuple[Added, ...] = ()
    drop: tuple[Dropped, ...] = ()


class Thresholds(Reported):
    """Where a gap begins, in percent, by indicator: a recommendation fires only below or above it."""

    values: dict[str, Annotated[float, Field(ge=0, le=100)]] = {}
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: object) -> object:
        """`{MED-07: 50, source: …}`: the indicators stand beside the source."""
        if isinstance(data, dict) and "values" not in data:
            rest = {key: value for key, value in data.items() if key != "source"}
            return {"values": rest, "source": data.get("source", "")}
        return data

    @model_validator(mode="after")
    def _sourced(self) -> Thresholds:
        if self.values and not self.source:
            raise ValueError("thresholds need a source: who decided them, and where it is written")
        return self
