"""Bodies of the triage desk's diversions."""

from uuid import UUID

from pydantic import BaseModel, Field

from routing.domain.diverting import Sending


class DivertBody(BaseModel, extra="forbid"):
    """Where it belongs, and why; what the resident reads is written from the city's own sentences."""

    to: str = Field(max_length=40, description="The destination, by the slug of the city's transfers.")
    reason: str = Field(max_length=40, description="One of the listed reasons, by its code: the resident reads it.")
    note: str = Field("", max_length=500, description="A clerk's own words; kept with routing, never published.")
    handed_over: bool = Field(
        default=False, description="311 itself passed it on, rather than telling the resident where."
    )

    def sending(self, request_id: UUID) -> Sending:
        """Turn the body into a decision on one request."""
        return Sending(request_id, self.to, self.reason, self.note, self.handed_over)


class DivertLine(DivertBody):
    """A decision among many; `key` makes a repeat harmless."""

    request_id: UUID
    key: str | None = Field(None, max_length=200)


class DivertLines(BaseModel, extra="forbid"):
    """Up to 1,000 decisions at once."""

    lines: list[DivertLine] = Field(min_length=1, max_length=1000)


class DivertedView(BaseModel):
    """How a request ended, or which agency has it now, and what the resident reads."""

    request_id: UUID
    destination: str
    phone: str | None
    hours: str | None
    was_open: bool | None
    disposition: str | None = Field(description="None where it stays open.")
    agency: str | None
    explanation: dict[str, str]


class DivertedLine(BaseModel):
    """How one decision went: its status, and what follows or what is wrong with it."""

    request_id: UUID
    status: int
    diverted: DivertedView | None = None
    detail: str | None = None


class DivertedLines(BaseModel):
    """How many decisions were carried out, and how each went, in the order given."""

    diverted: int
    results: list[DivertedLine]


class Destination(BaseModel):
    """Where a request may be sent, with number and hours; what goes to the city's own stays open."""

    slug: str
    name: dict[str, str]
    kind: str
    phone: str | None
    hours: str | None
    is_open: bool | None
    stays_open: bool
    agency: str | None
    takes: dict[str, str] = Field(description="What they take care of.")


class Reason(BaseModel):
    """A reason to send a request elsewhere, as the resident reads it."""

    code: str
    says: dict[str, str]


class Destinations(BaseModel):
    """Everything a clerk may choose from."""

    destinations: list[Destination]
    reasons: list[Reason]
