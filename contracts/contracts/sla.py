"""What sla publishes: promise apart from forecast, and what the clock found."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from contracts.event import Event, RequestEvent, Texts, Utc, Value
from contracts.vocabulary import EscalationKind, ForecastMethod


class RevisionReason(StrEnum):
    """Why a promise was revised; a city says each in its own words."""

    REFERRED = "referred"
    REOPENED = "reopened"
    RESUMED = "resumed"
    SCHEDULED = "scheduled"
    SERVICE_CORRECTED = "service_corrected"
    LATE = "late"
    PAUSED = "paused"


class Basis(Value):
    """What a forecast rests on, shown to the resident with it."""

    method: ForecastMethod
    sample_size: int = Field(0, ge=0, description="Requests the figure was taken from.")
    days_80: float | None = Field(None, ge=0, description="Days in which 80 % were closed (nearest rank).")
    source: str = Field(
        "none",
        description="`closed_requests` (ranked as in the printed tables), `open_and_closed_requests` (the curve of "
        "closing by age, with what is still open), `historic_closure` (printed baselines) or `none`.",
    )
    area: str = Field("*", description="The area the figure was taken from; `*` for the whole city.")


class RequestPromised(RequestEvent):
    """The target (`due_at`, frozen when first given) and the forecast (`expected_at`, may move), first or revised."""

    TYPE: ClassVar[str] = "request.promised"
    revision: int = Field(ge=1)
    due_at: Utc | None = Field(None, description="The agency's target; absent where the city has set none.")
    signed: bool = Field(default=False, description="Whether the agency has signed this target.")
    expected_at: Utc | None = None
    earliest_at: Utc | None = None
    latest_at: Utc | None = None
    basis: Basis
    words: Texts = Field(description="The forecast in words; never empty.")
    reason: str | None = Field(None, description="Why it was revised: a `RevisionReason`, by its code.")
    reason_words: Texts = Field({}, description="Why it was revised, in the city's words.")
    deadline_at: Utc | None = Field(
        None, description="When the work is due now: `due_at`, later by what the request waited for listed reasons."
    )
    paused_at: Utc | None = Field(
        None, description="Since when the clock stands still; no day is told until it runs again."
    )
    pause_reason: str | None = Field(None, description="What it waits for, or has waited for: one of the city's list.")
    respond_by: Utc | None = Field(None, description="Until when somebody is to respond first; frozen with `due_at`.")


class RequestEscalated(RequestEvent):
    """At risk or breached, and which level of the agency's escalation chain is told."""

    TYPE: ClassVar[str] = "request.escalated"
    kind: EscalationKind
    level: int = Field(ge=1)
    role: str = Field(description="The role's name at that level, never a person's.")
    title: Texts = Field({}, description="What the role is called.")
    reminder: int = Field(0, ge=0, description="Which reminder of the last level this is; 0 when it is told first.")
    agency: str | None = None
    due_at: Utc
    since_assignment: int | None = Field(
        None, ge=0, description="The assignment that began this agency's chain, by its sequence; 0: none yet."
    )


class ForecastPublished(Event):
    """What may be promised at the moment of asking. Compacted by service and area."""

    TYPE: ClassVar[str] = "forecast.published"
    service_code: str
    area: str = Field("*", description="`*` for the whole city.")
    version: int = Field(ge=1)
    basis: Basis
    earliest_days: float | None = Field(None, ge=0, description="One in ten is closed sooner; from own history alone.")
    latest_days: float | None = Field(None, ge=0, description="One in ten takes longer; from own history alone.")
    target_words: Texts = Field({})
    words: Texts

    @property
    def key(self) -> str:
        """Service and area."""
        return f"{self.service_code}|{self.area}"
