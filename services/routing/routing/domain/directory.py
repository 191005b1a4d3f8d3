"""What routing knows of the city: its rules, its ground and its days, and which desks exist."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from contracts.city import AssetOwner, City, Outline, Rule, RuleSet, Standing
from contracts.city.routes import DayKind, Sentences
from contracts.event import Texts

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Directory:
    """The desks of a city and the way to them.

    `rules` are ordered, by service; `queues` are by agency, the first is where unsorted work goes; `kinds` says on
    what kind of ground a service happens, `asset_questions` which answer is the number of an asset, `standings` where a
    service is open. `today` is the
    city's day by which rules are in force; none asks for rules of every day.
    """

    rules: Mapping[str, tuple[Rule, ...]]
    queues: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str] = field(default_factory=dict)
    triage_services: frozenset[str] = frozenset()
    language: str = "en"
    asset_questions: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    assets: tuple[AssetOwner, ...] = ()
    sentences: Sentences | None = None
    referred: Mapping[str, str] = field(default_factory=dict)
    zone: dt.tzinfo = dt.UTC
    working_days: frozenset[str] = frozenset(DAYS[:5])
    holidays: frozenset[dt.date] = frozenset()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    today: dt.date | None = None
    version: int = 0
    ordered: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, city: City) -> "Directory":
        """Take from a city's folder what routing needs."""
        asked = {code: service.asset_question for code, service in city.services.items()}
        return cls(
            rules={},
            queues={agency.slug: tuple(queue.slug for queue in agency.queues) for agency in city.working_agencies},
            kinds={code: service.location_kind for code, service in city.services.items()},
            triage_services=frozenset(city.profile.triage_services),
            language=city.profile.languages[0],
            asset_questions={code: question for code, question in asked.items() if question},
            referred=city.triage.referred.root,
            zone=ZoneInfo(city.profile.time_zone),
            working_days=frozenset(city.calendar.working_days),
            holidays=city.calendar.holiday_dates,
            standings={code: entry.standing for code, entry in city.onboarding.items()},
        ).under(city.rule_set)

    def quoting(self, words: str) -> Texts:
        """Let the city say in each of its languages that these are an agency's own words.

        >>> Directory({}, {}, referred={"en": "They say:", "es": "Dicen:"}).quoting("A park tree.")
        {'en': 'They say: “A park tree.”', 'es': 'Dicen: “A park tree.”'}
        >>> Directory({}, {}).quoting("A park tree.")
        {'en': 'A park tree.'}
        """
        said = {language: f"{before} “{words}”" for language, before in self.referred.items()}
        return said or {self.language: words}

    def under(self, rule_set: RuleSet) -> "Directory":
        """Go by another set of rules in the same city."""
        return replace(
            self,
            rules=rule_set.by_service,
            outlines={outline.slug: outline for outline in rule_set.outlines},
            assets=rule_set.assets,
            sentences=rule_set.sentences,
            version=rule_set.version,
            ordered=rule_set.rules,
        )

    def on(self, moment: dt.datetime) -> "Directory":
        """Go by the rules of the day that a moment belongs to in the city.

        >>> Directory({}, {}, zone=ZoneInfo("America/Los_Angeles")).on(dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)).today
        datetime.date(2026, 6, 30)
        """
        today = self.local(moment).date()
        return self if today == self.today else replace(self, today=today)

    def local(self, moment: dt.datetime) -> dt.datetime:
        """Tell a moment in the city's own time."""
        return moment.astimezone(self.zone)

    def kind_of_day(self, day: dt.date) -> DayKind:
        """Tell working days from days off.

        >>> year = Directory({}, {}, holidays=frozenset({dt.date(2026, 12, 25)}))
        >>> [year.kind_of_day(dt.date(2026, 12, day)) for day in (24, 25, 26)]
        ['working_day', 'day_off', 'day_off']
        """
        works = DAYS[day.weekday()] in self.working_days and day not in self.holidays
        return "working_day" if works else "day_off"

    def owner_of(self, service_code: str, asset_id: str) -> str | None:
        """Tell who owns the asset of this number; None when nobody's list has it."""
        return next((asset.owner for asset in self.assets if asset.owns(service_code, asset_id)), None)

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

    def sentence(self, kind: str, otherwise: str) -> Texts:
        """Say why a person, and no rule, gave a request to an agency, in every language of the city.

        >>> Directory({}, {}).sentence("triage", "A person decided.")
        {'en': 'A person decided.'}
        """
        return getattr(self.sentences, kind).root if self.sentences else {self.language: otherwise}
