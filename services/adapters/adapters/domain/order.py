"""What an agency's system is told about a request: an order, complete, so that nobody types anything again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from contracts.routing import AgencyNotice
from contracts.vocabulary import NoticeKind


class Action(StrEnum):
    """What is done in the agency's system."""

    CREATE = "create"
    AMEND = "amend"
    MESSAGE = "message"
    CANCEL = "cancel"
    CLOSE = "close"


ACTIONS: Final[Mapping[NoticeKind, Action]] = {
    NoticeKind.ASSIGNED: Action.CREATE,
    NoticeKind.REOPENED: Action.CREATE,
    NoticeKind.AMENDED: Action.AMEND,
    NoticeKind.MESSAGE: Action.MESSAGE,
    NoticeKind.ESCALATED: Action.MESSAGE,
    NoticeKind.PRAISED: Action.MESSAGE,
    NoticeKind.UPDATE_REFUSED: Action.MESSAGE,
    NoticeKind.CANCELLED: Action.CANCEL,
    NoticeKind.CLOSED: Action.CLOSE,
}
"""What each notice asks for. A reopening is a new order: the agency had finished the first."""

ENDS: Final = frozenset({Action.CANCEL, Action.CLOSE})
_WORDS: Final = frozenset({"description", "text", "place", "photos", "details_url"})
_SENTENCES: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.ESCALATED: "The city's clock: this request is at risk or late.",
    NoticeKind.UPDATE_REFUSED: "Your last update was refused",
    NoticeKind.PRAISED: "A resident thanks the crew that did this work",
    NoticeKind.CANCELLED: "This request ended without you; nothing more is to be done.",
    NoticeKind.CLOSED: "This request has been closed.",
}


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do in the agency's system, in that system's own codes.

    `reference` is our number there and never changes; `number` is theirs, once it is known. `tries` counts the attempts
    before: after the first, what it made is looked for by our reference before it is made again.
    """

    delivery_id: str
    action: Action
    reference: str
    number: str | None
    version: str | None
    tries: int
    type_code: str
    priority: str
    fields: Mapping[str, Any]
    order: Mapping[str, Any]
    made_at: datetime

    @property
    def text(self) -> str:
        """What the errand says, in words."""
        return str(self.order.get("text") or "")


def reference_of(tracking_number: str, nth: int) -> str:
    """Name a request in the agency's system: by its tracking number, and which time it comes.

    >>> reference_of("4F2K-9QTR-1ZV0-3", 1), reference_of("4F2K-9QTR-1ZV0-3", 2)
    ('4F2K-9QTR-1ZV0-3', '4F2K-9QTR-1ZV0-3/2')
    """
    return tracking_number if nth == 1 else f"{tracking_number}/{nth}"


def order_of(notice: AgencyNotice, service_name: str, photo_base: str) -> dict[str, Any]:
    """Write a notice down as an order: everything the agency is told, photos by their addresses.

    >>> from uuid import UUID
    >>> from contracts.event import RequestFacts
    >>> about = RequestFacts(tracking_number="T-1", service_code="pothole", opened_at="2026-03-02T09:00:00Z")
    >>> notice = AgencyNotice(request_id=UUID(int=1), notice_id="n", sequence=1, kind="assigned",
    ...     assignment_id=UUID(int=2), about=about, description="A deep hole.", attributes={"size": "large"})
    >>> order = order_of(notice, "Pothole", "http://intake")
    >>> order["description"], order["attributes"], order["photos"], order["opened_at"]
    ('A deep hole.', {'size': 'large'}, [], '2026-03-02T09:00:00Z')
    """
    said = notice.model_dump(mode="json", exclude={"about", "photos", "sequence"})
    about = notice.about.model_dump(mode="json", exclude={"contact_refs", "clock"})
    photos = [
        {**photo.model_dump(mode="json"), "url": f"{photo_base}/photos/{photo.photo_id}"} for photo in notice.photos
    ]
    return {**said, **about, "service_name": service_name, "photos": photos, "text": text_of(notice)}


def without_words(order: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of an order what comparing needs; a resident's words are in the agency's system by then, and not kept here.

    >>> without_words({"service_code": "pothole", "description": "By my door.", "photos": [{}], "place": {}})
    {'service_code': 'pothole'}
    """
    return {name: value for name, value in order.items() if name not in _WORDS}


def text_of(notice: AgencyNotice) -> str | None:
    """Say a notice in a sentence, where it carries none; praise reaches the crew by its name.

    >>> from uuid import UUID
    >>> from contracts.event import RequestFacts
    >>> about = RequestFacts(tracking_number="T-1", service_code="pothole", opened_at="2026-03-02T09:00:00Z")
    >>> refused = AgencyNotice(request_id=UUID(int=1), notice_id="n", sequence=1, kind="update_refused", about=about,
    ...     assignment_id=UUID(int=2), code="evidence_missing", text="Send it.", field="evidence", allowed=("photo",))
    >>> text_of(refused)
    'Your last update was refused (evidence_missing): Send it. It is about: evidence. Allowed: photo.'
    >>> text_of(refused.model_copy(update={"kind": NoticeKind.PRAISED, "crew": "Night crew 12"}))
    'A resident thanks the crew that did this work: Night crew 12.'
    """
    if notice.kind is NoticeKind.UPDATE_REFUSED:
        about = f" It is about: {notice.field}." if notice.field else ""
        allowed = f" Allowed: {', '.join(notice.allowed)}." if notice.allowed else ""
        return f"{_SENTENCES[notice.kind]} ({notice.code}): {notice.text or ''}{about}{allowed}"
    if notice.kind is NoticeKind.PRAISED:
        crew = f": {notice.crew}." if notice.crew else "."
        more = (f" {notice.rating} of 5." if notice.rating else "", f" {notice.words_url}" if notice.words_url else "")
        return f"{_SENTENCES[notice.kind]}{crew}{''.join(more)}"
    return notice.text or _SENTENCES.get(notice.kind)
