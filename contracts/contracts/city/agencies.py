"""Who does the work: agencies, their queues, their escalation chains, and where else a caller may be sent."""

from typing import Literal

from pydantic import Field

from contracts.city.base import CityModel, LocalizedText, LocalizedWords, OpeningHours, Slug


class Queue(CityModel):
    """A desk of an agency that receives requests."""

    slug: Slug
    name: LocalizedText


class EscalationLevel(CityModel):
    """One step of an agency's escalation chain: who is told, after what, how long after."""

    level: int = Field(ge=1, le=9)
    role: Slug
    title: LocalizedText
    trigger: Literal["at_risk", "breached", "emergency", "complaint"]
    after_hours: float = Field(default=0, ge=0, description="elapsed hours after the trigger")


class Agency(CityModel):
    """A department, bureau or office of the city.

    `takes_requests` says that requests may be routed to it: it then has an inbox, an outbox and an escalation chain.
    `codes` are its names in the city's older exports. `source` says which document names it.
    """

    slug: Slug
    name: LocalizedText
    short_name: str
    parent: Slug | None = None
    phone: str | None = None
    hours: OpeningHours | None = None
    calendar: Slug | None = Field(
        None, description="its working time: one of `named` in calendar.yaml; none: the city's"
    )
    takes_requests: bool = False
    phase: int = Field(default=1, ge=1, description="the step of the city's roll-out in which it joins")
    queues: tuple[Queue, ...] = ()
    codes: tuple[str, ...] = ()
    escalation: tuple[EscalationLevel, ...] = ()
    source: str

    @property
    def default_queue(self) -> str:
        """The first queue, where work goes that no rule sends elsewhere; empty if the agency takes no requests."""
        return self.queues[0].slug if self.queues else ""


class Transfer(CityModel):
    """A place outside the platform that a contact may be handed to, and why."""

    slug: Slug
    name: LocalizedText
    kind: Literal["emergency", "city_desk", "police_line", "social_services", "county", "state", "utility", "other"]
    agency: Slug | None = None
    phone: str | None = None
    hours: OpeningHours | None = None
    reasons: LocalizedText
    keywords: LocalizedWords = LocalizedWords({})
    services: tuple[Slug, ...] = ()
    share_of_calls: float | None = Field(default=None, ge=0, le=100, description="percent of all calls handled")
    source: str
