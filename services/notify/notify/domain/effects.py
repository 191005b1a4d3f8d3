"""What came after a campaign: requests before and since, there and elsewhere. A comparison, and no proof."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chassis.small_counts import FEWEST_SHOWN, kept_back
from contracts.notify import CampaignChanged
from contracts.vocabulary import Channel

SELF_SERVICE: Final = frozenset({Channel.WEB, Channel.APP, Channel.CHAT, Channel.SMS, Channel.IVR, Channel.OPEN311})
"""Channels by which people help themselves, without somebody of the city at the other end."""
NOTE: Final = (
    "Requests per day since the campaign began, compared with the same number of days before it, there and elsewhere. "
    "It shows what changed, not why: season, weather, news or another campaign may have done it."
)
_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


class Window(NamedTuple):
    """Two spans of as many days: one that ends when a campaign starts, and one that begins then."""

    before: datetime
    start: datetime
    until: datetime
    days: int


class Group(NamedTuple):
    """So many requests: since the start or before, by a channel, of the services and in the areas or not."""

    is_since: bool
    channel: str
    is_asked_for: bool
    is_there: bool
    requests: int


class Share(NamedTuple):
    """Requests by one channel; None where too few to be told."""

    channel: str
    before: int | None
    since: int | None


class Change(NamedTuple):
    """How many requests came before and since; None where too few to be told, or nothing to divide by."""

    before: int | None
    since: int | None
    before_per_day: float | None
    since_per_day: float | None
    ratio: float | None
    self_service_before: float | None
    self_service_since: float | None
    channels: list[Share]


def window_of(campaign: CampaignChanged, now: datetime) -> Window:
    """Say which days are compared: whole weeks as soon as there is one, for a Sunday is not a Monday; else whole days.

    >>> made = CampaignChanged.model_construct(starts_at=datetime(2026, 3, 9), ends_at=datetime(2026, 4, 6))
    >>> [window_of(made, datetime(2026, 3, 9) + timedelta(days=d)).days for d in (0, 3, 8, 20, 200)]
    [0, 3, 7, 14, 28]
    >>> window_of(made, datetime(2026, 3, 18)).before.isoformat()
    '2026-03-02T00:00:00'
    """
    passed = max(0, (min(now, campaign.ends_at) - campaign.starts_at) // _DAY)
    days = passed // _WEEK * _WEEK or passed
    return Window(campaign.starts_at - days * _DAY, campaign.starts_at, campaign.starts_at + days * _DAY, days)


def changes_of(campaign: CampaignChanged, groups: Iterable[Group], days: int) -> tuple[Change, Change | None]:
    """Compare what a campaign was about with what it was not; there is no elsewhere for all services of the whole city.

    Elsewhere is the same services in other areas, or other services where a campaign was for the whole city.

    >>> counted = [Group(True, "web", True, there, n) for there, n in ((True, 30), (False, 7))]
    >>> made = CampaignChanged.model_construct(services=("pothole-repair",), areas={"council_district": ("9",)})
    >>> [change.since for change in changes_of(made, [*counted, Group(True, "web", False, True, 50)], 7)]
    [30, 7]
    >>> changes_of(CampaignChanged.model_construct(services=(), areas={}), counted[:1], 7)[1] is None
    True
    """
    here: Counter[tuple[bool, str]] = Counter()
    elsewhere: Counter[tuple[bool, str]] = Counter()
    for group in groups:
        if group.is_asked_for and group.is_there:
            here[group.is_since, group.channel] += group.requests
        elif group.is_asked_for or not campaign.areas:
            elsewhere[group.is_since, group.channel] += group.requests
    compared = bool(campaign.areas or campaign.services)
    return change_of(here, days), change_of(elsewhere, days) if compared else None


def change_of(counts: Mapping[tuple[bool, str], int], days: int) -> Change:
    """Compare two spans, by channel; what is too small to be told stays in, and so does what would tell of it.

    >>> many = change_of({(False, "web"): 20, (False, "phone"): 20, (True, "web"): 60, (True, "phone"): 20}, 7)
    >>> many.ratio, many.self_service_before, many.self_service_since, many.since_per_day
    (2.0, 0.5, 0.75, 11.43)
    >>> few = change_of({(False, "web"): 20, (True, "web"): 30, (True, "phone"): 3}, 7)
    >>> few.since, few.channels, few.self_service_since
    (33, [Share(channel='phone', before=0, since=None), Share(channel='web', before=20, since=None)], None)
    >>> change_of({(False, "web"): 2}, 7).before is None, change_of({(True, "web"): 9}, 7).ratio is None
    (True, True)
    """
    channels = sorted({channel for _, channel in counts})
    spans = [[counts.get((is_since, channel), 0) for channel in channels] for is_since in (False, True)]
    shown = [_shown(span) for span in spans]
    before, since = (_told(sum(span)) for span in spans)
    return Change(
        before,
        since,
        _per_day(before, days),
        _per_day(since, days),
        round(since / before, 3) if before and since is not None else None,
        _self_service(channels, shown[False]),
        _self_service(channels, shown[True]),
        [Share(channel, *told) for channel, *told in zip(channels, *shown, strict=True)],
    )


def difference(here: Change, elsewhere: Change | None) -> float | None:
    """Say by how much more requests grew than elsewhere; None where either is not known.

    >>> grown, still = change_of({(False, "web"): 10, (True, "web"): 15}, 7), change_of({(False, "web"): 10}, 7)
    >>> difference(grown, still), difference(grown, None)
    (1.5, None)
    """
    if elsewhere is None or here.ratio is None or elsewhere.ratio is None:
        return None
    return round(here.ratio - elsewhere.ratio, 3)


def told_of(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Say how many messages ended how; small counts stay in.

    >>> told_of({"delivered": 200, "suppressed": 3, "left": 0})
    {'delivered': 200, 'suppressed': None, 'left': 0}
    """
    return {name: _told(count) for name, count in counts.items()}


def _shown(span: list[int]) -> list[int | None]:
    hidden = kept_back(span)
    return [None if nth in hidden else count for nth, count in enumerate(span)]


def _told(count: int) -> int | None:
    return None if 0 < count < FEWEST_SHOWN else count


def _per_day(count: int | None, days: int) -> float | None:
    return round(count / days, 2) if count is not None and days else None


def _self_service(channels: list[str], shown: list[int | None]) -> float | None:
    """Say which share came without help; nothing where a count stays in, for the share would tell of it."""
    known = [count for count in shown if count is not None]
    if len(known) < len(shown) or not sum(known):
        return None
    alone = sum(count for channel, count in zip(channels, known, strict=True) if channel in SELF_SERVICE)
    return round(alone / sum(known), 3)
