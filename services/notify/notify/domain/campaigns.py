"""Campaigns: what one may say, when and where it shows, and who its messages go to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from unicodedata import category
from uuid import UUID

from chassis.errors import FieldError
from chassis.ids import derived_uuid
from contracts.city import City
from contracts.event import RequestFacts, in_language
from contracts.notify import CampaignChanged, CampaignState, CampaignWay
from contracts.vocabulary import Moment
from notify.domain.following_up import Matter
from notify.domain.moments import News

LONGEST: Final = timedelta(days=366)
MOST_TITLE, MOST_TEXT = 120, 600
AT_ONCE: Final = 500
"""So many who said something of the city's notices are looked at in one turn; the next turn comes a second later."""
_SHARES: Final = 256


def written(areas: Mapping[str, str]) -> str:
    r"""Write down the areas a place lies in, a line each.

    >>> written({"council_district": "13", "neighborhood_council": "ECHO PARK NC"})
    'council_district:13\nneighborhood_council:ECHO PARK NC'
    """
    return "\n".join(sorted(f"{kind}:{area}" for kind, area in areas.items()))


def lines_of(areas: Mapping[str, Iterable[str]]) -> list[str]:
    """List areas as they are written down with each request.

    >>> lines_of({"council_district": ("9", "15")})
    ['council_district:9', 'council_district:15']
    """
    return [f"{kind}:{area}" for kind, ids in areas.items() for area in ids]


def problems_of(city: City, campaign: CampaignChanged, now: datetime) -> list[FieldError]:
    """List what is wrong with a campaign, by field: it speaks every language of the city, of what the city has."""
    return [
        *_problems_of_words(city.profile.languages, "title", campaign.title, MOST_TITLE),
        *_problems_of_words(city.profile.languages, "text", campaign.text, MOST_TEXT),
        *_problems_of_place(city, campaign),
        *_problems_of_time(campaign, now),
    ]


def _problems_of_words(
    languages: Sequence[str], field: str, words: Mapping[str, str], most: int
) -> Iterator[FieldError]:
    for language in languages:
        said = words.get(language, "").strip()
        if not said:
            yield FieldError(field=f"{field}.{language}", problem="is missing; say it in every language of the city")
        elif len(said) > most:
            yield FieldError(field=f"{field}.{language}", problem=f"is too long; say it in {most} characters")
        elif any(category(letter) == "Cc" for letter in said.replace("\n", " ")):
            yield FieldError(field=f"{field}.{language}", problem="holds characters that are no text; take them out")
    for language in sorted(words.keys() - set(languages)):
        known = ", ".join(languages)
        yield FieldError(field=f"{field}.{language}", problem=f"is no language of the city; it speaks {known}")


def _problems_of_place(city: City, campaign: CampaignChanged) -> Iterator[FieldError]:
    for code in campaign.services:
        if code not in city.services:
            yield FieldError(
                field="services", problem=f"{code!r} is no service of the city; GET /services of kb lists them"
            )
    kinds = {area.kind: set(area.ids) for area in city.profile.areas}
    for kind, ids in campaign.areas.items():
        if kind not in kinds:
            known = ", ".join(kinds) or "none"
            yield FieldError(field=f"areas.{kind}", problem=f"is no kind of area of the city; there are: {known}")
        elif not ids:
            yield FieldError(field=f"areas.{kind}", problem="names no area; name some, or leave the kind out")
        elif strange := sorted(set(ids) - kinds[kind]) if kinds[kind] else []:
            yield FieldError(field=f"areas.{kind}", problem=f"has no {', '.join(strange)}; use the city's own ids")


def _problems_of_time(campaign: CampaignChanged, now: datetime) -> Iterator[FieldError]:
    if campaign.ends_at <= campaign.starts_at:
        yield FieldError(field="ends_at", problem="is not after starts_at; a campaign takes some time")
    elif campaign.ends_at - campaign.starts_at > LONGEST:
        yield FieldError(field="ends_at", problem="is more than 366 days after starts_at; end it sooner")
    elif campaign.ends_at <= now and set(campaign.ways) != {CampaignWay.EVENT}:
        yield FieldError(field="ends_at", problem="has passed; only an event can be noted afterwards")


def holds(campaign: CampaignChanged, now: datetime) -> bool:
    """Tell whether a campaign goes on: it was not ended, and its time has come and not passed.

    >>> def said(state): return CampaignChanged.model_construct(
    ...     state=state, starts_at=datetime(2026, 3, 9), ends_at=datetime(2026, 4, 6))
    >>> [holds(said(CampaignState.ANNOUNCED), datetime(2026, month, 9)) for month in (2, 3, 4)]
    [False, True, False]
    >>> holds(said(CampaignState.ENDED), datetime(2026, 3, 9))
    False
    """
    return campaign.state is CampaignState.ANNOUNCED and campaign.starts_at <= now < campaign.ends_at


def shows(campaign: CampaignChanged, now: datetime, service: str | None, areas: Iterable[str]) -> bool:
    """Tell whether a page shows a campaign's banner now, to who asks for a service, in some areas."""
    return CampaignWay.BANNER in campaign.ways and holds(campaign, now) and is_for(campaign, service, areas)


def is_for(campaign: CampaignChanged, service: str | None, areas: Iterable[str]) -> bool:
    """Tell whether a banner is for who asks for a service, in some areas; what is not known excludes nothing.

    >>> made = CampaignChanged.model_construct(services=("pothole-repair",), areas={"council_district": ("9",)})
    >>> is_for(made, None, []), is_for(made, "graffiti", []), is_for(made, "pothole-repair", ["council_district:9"])
    (True, False, True)
    >>> is_for(made, None, ["council_district:1"]), is_for(made, None, ["police_precinct:4"])
    (False, True)
    """
    if service is not None and campaign.services and service not in campaign.services:
        return False
    known = [area.partition(":") for area in areas]
    compared = [area in campaign.areas[kind] for kind, _, area in known if kind in campaign.areas]
    return any(compared) or not compared


def transition_of(code: str) -> str:
    """Name what a campaign tells, so that each reader is told once.

    >>> transition_of("pothole-week")
    'campaign:pothole-week'
    """
    return f"campaign:{code}"


def shares_of(code: str) -> list[UUID]:
    """Name the shares a campaign's readers are parted into: one line each for all of them would be too long."""
    return [_share(code, nth) for nth in range(_SHARES)]


def share_of(code: str, contact_ref: str) -> UUID:
    """Name the share that a reader belongs to, always the same: it stands for the request that a message is about.

    >>> share_of("a", "c1") in shares_of("a"), share_of("a", "c1") == share_of("b", "c1")
    (True, False)
    """
    return _share(code, blake2b(contact_ref.encode(), digest_size=1).digest()[0])


def _share(code: str, nth: int) -> UUID:
    return derived_uuid("campaign", code, nth)


def matters_of(campaign: CampaignChanged) -> list[Matter]:
    """Say what the messages of a campaign are about: no request, but the campaign under its code.

    >>> made = CampaignChanged.model_construct(code="pothole-week", services=(), starts_at=datetime(2026, 3, 9))
    >>> matters = matters_of(made)
    >>> matters[0].about.tracking_number, len(matters) == len({matter.request_id for matter in matters}) == 256
    ('pothole-week', True)
    """
    service = campaign.services[0] if len(campaign.services) == 1 else ""
    about = RequestFacts.model_construct(
        tracking_number=campaign.code, service_code=service, opened_at=campaign.starts_at
    )
    return [Matter(share, about) for share in shares_of(campaign.code)]


def news_in(campaign: CampaignChanged, language: str) -> News:
    """Say what one reader is told, in their language.

    >>> words = {"en": "Seen a pothole?", "es": "¿Vio un bache?"}
    >>> news_in(CampaignChanged.model_construct(code="pothole-week", title=words, text=words), "es").details["title"]
    '¿Vio un bache?'
    """
    words = {"title": in_language(campaign.title, language), "text": in_language(campaign.text, language)}
    details: dict[str, Any] = {**words, "link": campaign.link, "no_page": True}
    return News(Moment.CAMPAIGN, transition_of(campaign.code), details)


def is_same(campaign: CampaignChanged, other: CampaignChanged) -> bool:
    """Tell whether two versions of a campaign say the same.

    >>> first = CampaignChanged.model_construct(code="a", version=1)
    >>> is_same(first, first.model_copy(update={"version": 2}))
    True
    """
    return campaign == other.model_copy(update={"version": campaign.version})
