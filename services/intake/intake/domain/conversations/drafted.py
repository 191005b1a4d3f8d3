"""A draft that was confirmed, as the report that every channel hands in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.frontends import Answer, Place, Reporter
from contracts.vocabulary import Channel, Clock, CustomerType, Operator
from intake.domain.conversations.state import Talk


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a conversation hands in."""

    service_code: str
    description: str
    place: Place
    reporter: Reporter | None
    channel: Channel
    attributes: Mapping[str, Answer] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    operator: Operator = Operator.CITY_311
    external_id: str | None = None
    requested_at: datetime | None = None
    clock: Clock = Clock.WALL
    follows: str | None = None
    customer_type: CustomerType = CustomerType.RESIDENT


def drafted(talk: Talk, channel: Channel, phone: str | None, signed_in: Reporter | None = None) -> Drafted:
    """Make the report of a confirmed draft; the same telephone is the same contact, and so is the same account.

    >>> from intake.domain.conversations.examples import example
    >>> talk, _ = example(service_code="pothole", description="A hole", photos=("https://a.example/1.jpg",))
    >>> report = drafted(talk, Channel.SMS, "+12135550142")
    >>> report.reporter.phone, report.photos, drafted(talk, Channel.CHAT, None).reporter
    ('+12135550142', ('https://a.example/1.jpg',), None)
    >>> begun = talk.to(draft={"reporter": {"email": "a@b.example"}, "operator": "own_department"})
    >>> drafted(begun, Channel.SMS, "+12135550142").reporter.model_dump(include={"email", "phone"})
    {'email': 'a@b.example', 'phone': '+12135550142'}
    >>> drafted(talk, Channel.CHAT, None, Reporter(email="a@b.example")).reporter.email
    'a@b.example'
    """
    kept = talk.draft or {}
    account = signed_in.model_dump(exclude_none=True) if signed_in else {}
    told = kept.get("reporter") or account
    told = ({"phone": phone} if phone else {}) | told
    return Drafted(
        service_code=talk.service_code or "",
        description=talk.description[:4000],
        place=talk.place or Place(),
        reporter=Reporter(**{"language": talk.language, **told}) if told else None,
        channel=channel,
        attributes=talk.answers,
        photos=talk.photos,
        operator=Operator(kept.get("operator", Operator.CITY_311)),
        follows=kept.get("follows"),
    )
