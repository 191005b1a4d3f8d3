"""What routing knows of the city: its rules, and which desks exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.city import City, Rule


@dataclass(frozen=True, slots=True)
class Directory:
    """The desks of a city and the way to them.

    `rules` are ordered, by service; `queues` are by agency, the first is where unsorted work goes; `kinds` says on
    what kind of ground a service happens.
    """

    rules: Mapping[str, tuple[Rule, ...]]
    queues: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str] = field(default_factory=dict)
    triage_services: frozenset[str] = frozenset()
    language: str = "en"

    @classmethod
    def of(cls, city: City) -> "Directory":
        """Take from a city's folder what routing needs."""
        return cls(
            rules=city.rules_by_service,
            queues={agency.slug: tuple(queue.slug for queue in agency.queues) for agency in city.working_agencies},
            kinds={code: service.location_kind for code, service in city.services.items()},
            triage_services=frozenset(city.profile.triage_services),
            language=city.profile.languages[0],
        )

    def has(self, agency: str | None) -> bool:
        """Tell whether requests may be given to an agency.

        >>> desks = Directory({}, {"parks": ("trees", "lawns")})
        >>> desks.has("parks"), desks.has("circus"), desks.has(None)
        (True, False, False)
        """
        return agency in self.queues

    def default_queue(self, agency: str) -> str:
        """Name the queue of an agency where unsorted work goes.

        >>> Directory({}, {"parks": ("trees", "lawns")}).default_queue("parks")
        'trees'
        """
        return self.queues[agency][0]
