"""HTTP bodies of adapters."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from adapters.domain.codes import Step
from adapters.domain.news import News
from chassis.bodies import exactly
from contracts.event import Texts
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, ReportKind

Short = Annotated[str, Field(min_length=1, max_length=200)]


class UpdateIn(BaseModel):
    """A report: `kind`, as on an outbox, or `status` in the system's own words; about a record or a work order."""

    model_config = ConfigDict(extra="forbid")
    update_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    reference: Short | None = Field(None, description="Our number for it, as it was handed over.")
    number: Short | None = Field(None, description="The system's own number for it.")
    order_number: Short | None = Field(None, description="The work order that works on it.")
    kind: ReportKind | None = None
    status: Short | None = None
    reported_at: AwareDatetime
    text: str | None = Field(None, max_length=4000)
    reason: Short | None = None
    scheduled_for: AwareDatetime | None = None
    refer_to: Short | None = None
    duplicate_of: Short | None = Field(
        None, description="With an ending as a duplicate: the request that stands for it, by our number or by yours."
    )
    disposition: Disposition | None = None
    explanation: Texts = {}
    evidence: tuple[Annotated[Evidence, exactly(Evidence)], ...] = Field((), max_length=50)
    photos: tuple[Annotated[str, Field(max_length=500)], ...] = Field(
        (),
        max_length=10,
        description="Pictures at the system's own address, fetched before the call is answered; or "
        "claims of the city's POST /photos.",
    )

    @model_validator(mode="after")
    def _told_one_way(self) -> Self:
        if (self.kind is None) == (self.status is None):
            raise ValueError("say either kind, as on an outbox, or status, in your own words")
        if not (self.reference or self.number or self.order_number):
            raise ValueError("name the record by reference, number or order_number")
        return self

    def news(self) -> News:
        """Read it as news."""
        return News(
            news_id=self.update_id or "", status=self.status or f"({self.kind})", at=self.reported_at,
            reference=self.reference, number=self.number, order_number=self.order_number, reason=self.reason,
            text=self.text, scheduled_for=self.scheduled_for, refer_to=self.refer_to, photos=self.photos,
            duplicate_of=self.duplicate_of,
        )  # fmt: skip

    def step(self) -> Step | None:
        """Read it as a step, where it is told in our own words."""
        if self.kind is None:
            return None
        return Step(
            self.kind, self.text, self.scheduled_for, self.refer_to, self.disposition, self.explanation, self.evidence,
            self.duplicate_of,
        )  # fmt: skip


class Updated(BaseModel):
    """What became of a report."""

    update_id: str
    state: str
    requests: list[UUID]
    detail: str | None = None


class WorkOrderView(BaseModel):
    """A work order of the agency's own system; its type and dates where orders are read by themselves."""

    number: str
    status: str | None
    type: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class HandoverView(BaseModel):
    """A request as an agency's system has it."""

    agency: str
    reference: str
    request_id: UUID
    assignment_id: UUID
    service_code: str
    is_open: bool
    number: str | None
    status: str | None
    status_at: datetime | None
    handed_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    work_orders: list[WorkOrderView] = []


class DeliveryView(BaseModel):
    """One errand and how it went."""

    delivery_id: UUID
    agency: str
    reference: str
    action: str
    state: str
    attempts: int
    made_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    detail: str | None


class ExceptionView(BaseModel):
    """What waits for a person, or waited."""

    exception_id: UUID
    agency: str
    direction: str
    kind: str
    code: str
    detail: str
    reference: str | None
    made_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


class Resolution(BaseModel):
    """How an exception is decided. `means` for `map`: their code as text, or what a status or reason means."""

    model_config = ConfigDict(extra="forbid")
    how: Literal["map", "retry", "by_hand"]
    means: str | dict[str, Any] | None = None
    note: str = Field(min_length=1, max_length=1000)


class ResolvedException(BaseModel):
    """What a decision set free."""

    exception_id: UUID
    how: str
    released: int


class RegisterEntry(BaseModel):
    """One service of one agency: how it is reached, and what is unfinished."""

    agency: str
    service: str
    link: str
    wanted: str
    taken_in: str
    by: str
    unfinished: list[str]


class Register(BaseModel):
    """The register of integrations, with counts."""

    counts: dict[str, int]
    entries: list[RegisterEntry]


class WatchView(BaseModel):
    """How far an agency's system was read."""

    agency: str
    read_at: datetime | None
    problem: str | None


class ReconciliationView(BaseModel):
    """A comparison of both sides: what it found, and what was done."""

    run_id: UUID
    agency: str
    wanted_at: datetime
    finished_at: datetime | None
    compared: int
    findings: list[dict[str, Any]]
    problem: str | None
