"""A report as every channel hands it in: whatever has these facts can become a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contracts.frontends import Answer, Place, Reporter
from contracts.vocabulary import Channel, Clock, Operator


class Report(Protocol):
    """What any channel hands in, posted or published."""

    @property
    def service_code(self) -> str:
        """The catalog's code."""

    @property
    def description(self) -> str:
        """The resident's own words."""

    @property
    def place(self) -> Place:
        """Where the problem is."""

    @property
    def attributes(self) -> Mapping[str, Answer]:
        """Answers by question code."""

    @property
    def reporter(self) -> Reporter | None:
        """Who reports; None is anonymous."""

    @property
    def photos(self) -> Sequence[str]:
        """Claims of uploads, and addresses to fetch."""

    @property
    def channel(self) -> Channel:
        """How it came in."""

    @property
    def operator(self) -> Operator:
        """Who took it in."""

    @property
    def external_id(self) -> str | None:
        """The number another system knows it by."""

    @property
    def requested_at(self) -> datetime | None:
        """When it was reported; imported history only."""

    @property
    def clock(self) -> Clock:
        """Whose time it lives by."""


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report that intake writes itself, from free words or from what was told before."""

    service_code: str
    description: str
    place: Place
    attributes: Mapping[str, Answer] = field(default_factory=dict)
    reporter: Reporter | None = None
    photos: Sequence[str] = ()
    channel: Channel = Channel.WEB
    operator: Operator = Operator.CITY_311
    external_id: str | None = None
    requested_at: datetime | None = None
    clock: Clock = Clock.WALL
