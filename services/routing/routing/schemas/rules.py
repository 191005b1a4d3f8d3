"""Bodies about rules: rehearsed, published, and how services stand."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from contracts.city import Change, Move, Standing
from contracts.event import Utc

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class RehearsalBody(BaseModel, extra="forbid"):
    """Candidate rules as their YAML file, and the past requests to run them over."""

    rules: str = Field(min_length=1, max_length=2_000_000, description="The whole file, as routes.yaml is written.")
    on: date | None = Field(None, description="The day whose rules are asked for; by default the last day on which a"
                                              " candidate rule begins, else today.")  # fmt: skip
    since: Utc | None = Field(None, description="Only requests reported from then on.")
    until: Utc | None = Field(None, description="Only requests reported before.")
    most: int = Field(100_000, ge=0, le=1_000_000, description="How many moves are listed one by one.")


class MoveView(BaseModel):
    """A request that would go elsewhere; desks are `agency/queue`, or `triage`."""

    tracking_number: str
    service_code: str
    before: str
    after: str


class AgencyMoves(BaseModel):
    """How many requests would go from one agency to another."""

    before: str
    after: str
    requests: int


class ServiceMoves(AgencyMoves):
    """How many requests of a service would go from one desk to another."""

    service_code: str


class RehearsalView(BaseModel):
    """What would move. `moved` counts all, `requests` names them, up to the number asked for."""

    fingerprint: str
    version: int
    in_force: int
    on: date
    looked_at: int
    moved: int
    by_agency: list[AgencyMoves]
    by_service: list[ServiceMoves]
    requests: list[MoveView]


class PublicationBody(BaseModel, extra="forbid"):
    """Rules to be published, after they were rehearsed."""

    rules: str = Field(min_length=1, max_length=2_000_000)
    reason: Reason
    effective_at: Utc | None = Field(None, description="From when on; seconds from now, if not said.")


class RuleSetView(BaseModel):
    """A set of rules that was published: by whom, why, and from when on it holds."""

    version: int
    fingerprint: str
    effective_at: datetime
    published_at: datetime
    role: str
    subject: str
    reason: str
    rules: str | None = None


class RuleSets(BaseModel):
    """The version in force, the folder's own, and every set that was published, the newest first."""

    in_force: int
    folder: int
    published: list[RuleSetView]


class SwitchBody(BaseModel, extra="forbid"):
    """How a service shall stand."""

    mode: str = Field(pattern="^(live|pilot|off)$")
    areas: Mapping[str, tuple[str, ...]] = {}
    agencies: tuple[str, ...] = ()
    reason: Reason

    @model_validator(mode="after")
    def _stands(self) -> Self:
        self.standing()
        return self

    def standing(self) -> Standing:
        """Turn the body into a standing."""
        given = {"mode": self.mode, "areas": self.areas, "agencies": self.agencies}
        return Standing.model_validate(given)


class StepView(BaseModel):
    """One stage of a process in one language."""

    number: int
    name: str
    who: str
    outcome: str
    substatus: str | None


class ProcessView(BaseModel):
    """What happens to a request of this service, step by step, and who answers for it."""

    service_code: str
    service: str
    process: str
    owner: str | None
    language: str
    steps: list[StepView]


class OnboardingView(BaseModel):
    """How far a service has come: its standing now, what it lacks, and its way from today's work to the wanted one.

    `late` names what has not been reached by its day: the change of the work, or the move of calls to 311.
    """

    service_code: str
    enabled: bool
    phase: int | None
    owner_agency: str | None
    standing: Standing
    lacks: list[str]
    handling: Literal["routine", "specialised"]
    change: Change | None
    move: Move | None
    late: list[Literal["change", "move"]]
