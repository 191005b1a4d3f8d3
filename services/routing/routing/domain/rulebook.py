"""Which rules are in force: the city folder's, or the newest set that was published since and whose moment has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from contracts.city import City, Rule, RuleSet, Standing
from routing.domain.directory import Directory

LEAD: Final = timedelta(seconds=5)
"""A set takes effect no sooner than this after it is published: until then every instance has read it."""
FRESH_SECONDS: Final = 3.0
"""How old an instance's reading of what was published may be; less than the lead, so that none decides by old rules."""


@dataclass(frozen=True, slots=True)
class Published:
    """A set of rules and the moment from which it holds."""

    effective_at: datetime
    rules: RuleSet


@dataclass(frozen=True, slots=True)
class Switched:
    """How a service stands from a moment on; the later of two wins."""

    effective_at: datetime
    service_code: str
    standing: Standing


@dataclass(slots=True)
class Rulebook:
    """The city's rules over time. `directory` goes by those in force at the moment it was last turned to.

    A set that is published holds from its moment on, while the folder's own is not newer:

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> book = Rulebook(Directory({}, {}, version=4))
    >>> book.learn([Published(noon, RuleSet(version=5, rules=())), Published(noon, RuleSet(version=3, rules=()))])
    >>> [book.at(moment).version for moment in (noon - timedelta(seconds=1), noon)]
    [4, 5]
    """

    folder: Directory
    directory: Directory = field(init=False)
    _sets: dict[int, tuple[datetime, Directory]] = field(default_factory=dict)
    _switched: list[Switched] = field(default_factory=list)
    _read_at: float = float("-inf")

    @classmethod
    def of(cls, city: City) -> "Rulebook":
        """Begin with the rules of a city's folder."""
        return cls(Directory.of(city))

    def __post_init__(self) -> None:
        self.directory = self.folder

    def knows(self) -> list[int]:
        """List the versions that were learned."""
        return list(self._sets)

    def learn(self, published: Iterable[Published], switched: Sequence[Switched] | None = None) -> None:
        """Take up sets that were published, and how services stand since they were last switched."""
        for one in published:
            self._sets[one.rules.version] = one.effective_at, self.folder.under(one.rules)
        if switched is not None:
            self._switched = sorted(switched, key=lambda one: one.effective_at)

    def was_read(self, monotonic: float) -> None:
        """Note when what was published was last read."""
        self._read_at = monotonic

    def is_stale(self, monotonic: float) -> bool:
        """Tell whether what was published must be read again before anything is decided."""
        return monotonic - self._read_at > FRESH_SECONDS

    def turn(self, now: datetime) -> None:
        """Go by the rules in force at a moment."""
        self.directory = self.at(now)

    def at(self, now: datetime) -> Directory:
        """Find the rules in force at a moment, and how services stand then."""
        due = (directory for at, directory in self._sets.values() if at <= now)
        newest = max((self.folder, *due), key=lambda directory: directory.version)
        switched = {one.service_code: one.standing for one in self._switched if one.effective_at <= now}
        return replace(newest, standings={**newest.standings, **switched}, today=newest.local(now).date())


def unnumbered(old: Mapping[tuple[str, int], Rule], new: RuleSet) -> list[str]:
    """List rules that say something else under a number that was given before: id and version name one rule for good.

    >>> say = {"services": ("tree",), "agency": "parks", "queue": "trees", "reason": {"en": "Trees."}}
    >>> told = Rule(id="trees", version=1, **say)
    >>> known = {("trees", 1): told}
    >>> unnumbered(known, RuleSet(rules=(told,))), unnumbered(known, RuleSet(rules=(told.model_copy(
    ...     update={"queue": "lawns"}),)))
    ([], ['trees'])
    """
    return [rule.id for rule in new.rules if old.get((rule.id, rule.version), rule) != rule]
