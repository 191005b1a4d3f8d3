"""What intake publishes: the life of every request, and who may be told of it."""

from contracts.intake.answers import (
    FieldProblem,
    RequestAccepted,
    RequestRefused,
    UpdateRefused,
)
from contracts.intake.changes import (
    AdditionalAsked,
    AppointmentChanged,
    Cancelled,
    Change,
    ClockPaused,
    ClockResumed,
    DetailsAmended,
    DuplicateLinked,
    DuplicateUnlinked,
    Followed,
    MessageSent,
    Photo,
    PhotosAdded,
    ReferralAsked,
    SubstatusChanged,
)
from contracts.intake.contacts import (
    ContactErased,
    ContactProfile,
    ContactRecorded,
    Seconds,
)
from contracts.intake.life import (
    Evidence,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
)

__all__ = [
    "AdditionalAsked",
    "AppointmentChanged",
    "Cancelled",
    "Change",
    "ClockPaused",
    "ClockResumed",
    "ContactErased",
    "ContactProfile",
    "ContactRecorded",
    "DetailsAmended",
    "DuplicateLinked",
    "DuplicateUnlinked",
    "Evidence",
    "FieldProblem",
    "Followed",
    "MessageSent",
    "Photo",
    "PhotosAdded",
    "ReferralAsked",
    "RequestAccepted",
    "RequestClosed",
    "RequestCreated",
    "RequestRefused",
    "RequestReopened",
    "RequestUpdated",
    "Seconds",
    "SubstatusChanged",
    "UpdateRefused",
]
