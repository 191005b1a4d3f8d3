"""Offices told beside residents: an agency's own people of what escalates, an area's office of what it asks for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from contracts.city import City, Office
from contracts.event import RequestEvent
from contracts.sla import RequestEscalated
from contracts.vocabulary import Moment
from notify.domain.moments import News
from notify.domain.reaching import Reach

PREFIX: Final = "office:"
"""How the contact of an office, and what it is told, are named: apart from people's."""


class Offices:
    """The offices of a city, by what they hear."""

    def __init__(self, city: City) -> None:
        self._agencies = [office for office in city.offices if office.agency]
        self._areas = {(office.area_kind, office.area_id): office for office in city.offices if office.area_kind}
        self._by_slug = {office.slug: office for office in city.offices}
        self.reaches = {PREFIX + office.slug: _reach(office) for office in city.offices}
        self.languages = {PREFIX + office.slug: office.language for office in city.offices}
        self._moments = frozenset(moment for office in self._areas.values() for moment in office.moments)

    def frequency(self, contact_ref: str) -> str | None:
        """Tell how often an office is told; None for anybody else."""
        reach = self.reaches.get(contact_ref) if self.reaches else None
        return reach.frequency if reach else None

    def of_areas(self, areas: Mapping[str, str]) -> str:
        """Name the offices of the areas a place lies in, parted by spaces; mostly there are none."""
        if not self._areas:
            return ""
        return " ".join(office.slug for place in areas.items() if (office := self._areas.get(place)))

    def told(self, event: RequestEvent) -> list[tuple[tuple[str, ...], News]]:
        """Tell an agency's people of a request that is late, or about to be."""
        if not isinstance(event, RequestEscalated):
            return []
        refs = self.of_role(event.agency, event.role)
        return [(refs, _escalation(event))] if refs else []

    def of_role(self, agency: str | None, role: str) -> tuple[str, ...]:
        """List the contacts of an agency's offices that hear what one of its roles is told."""
        return tuple(
            PREFIX + office.slug for office in self._agencies if office.agency == agency and role in office.roles
        )

    def hears_of_areas(self, moment: Moment) -> bool:
        """Tell whether any area's office asks for a moment."""
        return moment in self._moments

    def listening(self, slugs: Iterable[str], moment: Moment) -> tuple[str, ...]:
        """List the contacts of these offices that ask for a moment."""
        return tuple(PREFIX + slug for slug in slugs if moment in self._by_slug[slug].moments)

    def as_news(self, news: News) -> News:
        """Name news for offices as a transition of its own."""
        return news._replace(transition=PREFIX + news.transition)


def _escalation(event: RequestEscalated) -> News:
    due: datetime = event.due_at
    details = {"due_at": due.isoformat(), "agency": event.agency, "role": event.role, "kind": event.kind.value}
    return News(Moment.ESCALATED, f"{PREFIX}{event.kind.value}:{event.level}:{due.isoformat()}", details)


def _reach(office: Office) -> Reach:
    return Reach(
        office.email,
        office.webhook_url,
        tuple(channel.value for channel in office.channels),
        phone=office.phone,
        postal_address=office.postal_address,
        frequency=office.frequency.value,
    )
