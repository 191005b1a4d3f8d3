"""What every handler of kb is given: the city, what can be found, and what is counted in passing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.city import Article, City
from kb.handlers.counting import Ledger
from kb.handlers.library import Library


@dataclass(frozen=True)
class ReadingRoom:
    """One city's knowledge at hand. `key` names, for those who have it, words that few people typed."""

    city: City
    folder: Mapping[str, Article]
    library: Library
    key: str = "only-for-tests"
    ledger: Ledger = field(default_factory=Ledger)

    def local(self, now: datetime) -> datetime:
        """Tell the time of day in the city, without its zone."""
        return now.astimezone(ZoneInfo(self.city.profile.time_zone)).replace(tzinfo=None)
