"""What routing remembers of a request, and what it may decide to do about it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from contracts.event import RequestFacts
from contracts.frontends import Answer, Place
from contracts.intake import AppointmentChanged, Photo
from contracts.vocabulary import Disposition, NoticeKind
from routing.domain.rules import Choice


@dataclass(slots=True)
class Held:
    """An agency holds a request, or held it. `cycle` counts the reopenings before; `ended` says why it ended."""

    assignment_id: UUID
    agency: str
    queue: str
    cycle: int = 0
    ended: str | None = None


@dataclass(slots=True)
class Triage:
    """A request waits for a person to find its desk. `replaces` is the assignment that was given up."""

    reason: str
    since: datetime
    replaces: UUID | None = None
    referred_from: str | None = None


@dataclass(slots=True)
class Case:
    """One request as routing knows it. Decisions read it; only carrying them out changes it.

    `closes` and `reopens` count from 1 on the first; a closing and its reopening may arrive in either order.
    `created_sequence` is 0 until the request itself was heard of. `waiting` are messages no agency has been told of.
    `follows` is the id of the request this one is a duplicate of, empty since it stands for itself again.
    """

    request_id: UUID
    about: RequestFacts
    description: str = ""
    place: Place | None = None
    attributes: dict[str, Answer] = field(default_factory=dict)
    photos: tuple[Photo, ...] = ()
    created_sequence: int = 0
    amended: bool = False
    follows: str | None = None
    retyped: str | None = None
    closes: int = 0
    reopens: int = 0
    made: int = 0
    notices: dict[str, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    triage: Triage | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the last closing was not followed by a reopening."""
        return self.closes > self.reopens

    @property
    def active(self) -> list[Held]:
        """Who has it now."""
        return [held for held in self.held if held.ended is None]

    def holds(self, agency: str) -> bool:
        """Tell whether an agency has it now."""
        return any(held.agency == agency for held in self.active)

    def assignment(self, assignment_id: UUID) -> Held | None:
        """Find an assignment that has not ended."""
        return next((held for held in self.active if held.assignment_id == assignment_id), None)


class Comment(NamedTuple):
    """Where a resident's words lie, by their reference: with survey, or else in intake's vault."""

    ref: str
    with_survey: bool = True


@dataclass(frozen=True, slots=True)
class Assign:
    """Give it to a desk. `replaces` names the assignment this one follows."""

    choice: Choice
    replaces: UUID | None = None
    referred_from: str | None = None
    text: str | None = None
    comment: Comment | None = None


@dataclass(frozen=True, slots=True)
class Retype:
    """It asks for another service than the one named."""

    service_code: str


@dataclass(frozen=True, slots=True)
class End:
    """An assignment is over; the reason is for the record."""

    assignment_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell an agency something about an assignment."""

    agency: str
    assignment_id: UUID
    kind: NoticeKind
    text: str | None = None
    message_ref: str | None = None
    due_at: datetime | None = None
    update_id: str | None = None
    code: str | None = None
    allowed: tuple[str, ...] = ()
    field: str | None = None
    priority: bool = False
    appointment: AppointmentChanged | None = None
    comment: Comment | None = None
    crew: str | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave a number of an agency's inbox unused."""

    agency: str


@dataclass(frozen=True, slots=True)
class AskTriage:
    """Let a person find the desk."""

    reason: str
    replaces: UUID | None = None
    referred_from: str | None = None


@dataclass(frozen=True, slots=True)
class Amend:
    """Remember a corrected place or corrected answers."""

    place: Place | None
    attributes: dict[str, Answer] | None


@dataclass(frozen=True, slots=True)
class AddPhotos:
    """Remember photos that came later."""

    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep a message until an agency has the request."""

    message_ref: str


@dataclass(frozen=True, slots=True)
class Follow:
    """Remember the request this one is a duplicate of; empty when it stands for itself again."""

    parent: str


@dataclass(frozen=True, slots=True)
class LeaveTriage:
    """No person needs to look any more."""

    why: str


Effect: TypeAlias = Assign | End | Tell | Skip | AskTriage | Amend | AddPhotos | Hold | LeaveTriage | Follow | Retype
"""Everything that may follow from a decision."""

WITHDRAWN = frozenset({Disposition.CANCELLED_BY_REQUESTER})
"""Closings that tell an agency to stop, rather than that it is done."""


def example(**changes: Any) -> Case:
    """Make a made-up case, for the doctests of this package.

    >>> example(closes=1).is_closed, example(closes=1, reopens=1).is_closed
    (True, False)
    """
    opened = datetime(2026, 1, 5, 9, tzinfo=UTC)
    about = RequestFacts(tracking_number="ABCD-EFGH", service_code="pothole", opened_at=opened)
    return Case(**{"request_id": UUID(int=7), "about": about, "created_sequence": 1, **changes})
