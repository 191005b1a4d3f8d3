"""One word for each concept, the field's own term. The glossary is generated from here."""

from enum import StrEnum

from contracts.vocabulary.telling import DeliveryChannel, DeliveryOutcome, Frequency, Moment


class Channel(StrEnum):
    """How a contact reached the city."""

    PHONE = "phone"
    WEB = "web"
    APP = "app"
    EMAIL = "email"
    SMS = "sms"
    VOICEMAIL = "voicemail"
    IVR = "ivr"
    CHAT = "chat"
    SOCIAL = "social"
    MAIL = "mail"
    FAX = "fax"
    IN_PERSON = "in_person"
    CREW = "crew"
    OPEN311 = "open311"
    EVENT = "event"
    IMPORT = "import"


class Operator(StrEnum):
    """Who runs the channel a request came in by; counted apart from the channel."""

    OWN_DEPARTMENT = "own_department"
    CITY_311 = "311"
    COUNCIL_OR_OTHER = "council_or_other"


class CustomerType(StrEnum):
    """Who asks: a person at home or a business; counted apart, served alike."""

    RESIDENT = "resident"
    BUSINESS = "business"


class PlaceMethod(StrEnum):
    """How a place was told."""

    TYPED = "typed"
    GPS = "gps"
    PIN = "pin"
    ASSET = "asset"


class Setting(StrEnum):
    """Whose ground a place is on; the agency often depends on it."""

    RIGHT_OF_WAY = "right_of_way"
    PRIVATE_PROPERTY = "private_property"


class Direction(StrEnum):
    """Who began a contact."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Clock(StrEnum):
    """Whose time a request lives by."""

    WALL = "wall"
    EVENT = "event"


class Status(StrEnum):
    """The two public states of a service request."""

    OPEN = "open"
    CLOSED = "closed"


class Substatus(StrEnum):
    """Where an open request stands; `referred` is never terminal."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    AWAITING_REQUESTER = "awaiting_requester"
    ON_HOLD = "on_hold"
    REFERRED = "referred"
    COMPLETED = "completed"
    CLOSED = "closed"


class Disposition(StrEnum):
    """Why a request was closed."""

    FIXED = "fixed"
    NO_ISSUE_FOUND = "no_issue_found"
    DUPLICATE = "duplicate"
    NOT_OUR_JURISDICTION = "not_our_jurisdiction"
    UNABLE_TO_ACT = "unable_to_act"
    REFERRED_EXTERNAL = "referred_external"
    CANCELLED_BY_REQUESTER = "cancelled_by_requester"


class EvidenceKind(StrEnum):
    """What shows that work was done."""

    WORK_ORDER = "work_order"
    PHOTO = "photo"
    CREW_NOTE = "crew_note"
    LEGACY_RECORD = "legacy_record"


class AssignmentCause(StrEnum):
    """Why an agency has a request now."""

    RULE = "rule"
    READING = "reading"
    TRIAGE = "triage"
    REFERRAL = "referral"
    ADDITIONAL = "additional"
    REOPENED = "reopened"


class ReportKind(StrEnum):
    """What an agency reports on its outbox."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    NOTE = "note"
    MESSAGE = "message"
    NEEDS_INFORMATION = "needs_information"
    REFERRED = "referred"
    COMPLETED = "completed"
    CANNOT_COMPLETE = "cannot_complete"


class NoticeKind(StrEnum):
    """What an agency is told on its inbox."""

    ASSIGNED = "assigned"
    AMENDED = "amended"
    MESSAGE = "message"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    UPDATE_REFUSED = "update_refused"
    CLOSED = "closed"
    PRAISED = "praised"


class EscalationKind(StrEnum):
    """What the clock found."""

    AT_RISK = "at_risk"
    BREACHED = "breached"


class ForecastMethod(StrEnum):
    """What a forecast rests on."""

    HISTORY = "history"
    BASELINE = "baseline"
    TARGET = "target"
    NONE = "none"


class AppointmentState(StrEnum):
    """What became of an appointment."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"


class VerificationState(StrEnum):
    """Whether somebody has looked at what an agency says it finished."""

    ASKED = "asked"
    PASSED = "passed"
    FAILED = "failed"


class ContactKind(StrEnum):
    """What a contact was about; counted apart from the requests it may have made."""

    QUESTION_ANSWERED = "question_answered"
    CALL_TRANSFERRED = "call_transferred"
    EMERGENCY_DIVERTED = "emergency_diverted"
    STATUS_ASKED = "status_asked"
    REFERRED_ONWARD = "referred_onward"
    REQUEST_MADE = "request_made"
    NOT_UNDERSTOOD = "not_understood"


__all__ = [
    "AppointmentState",
    "AssignmentCause",
    "Channel",
    "Clock",
    "ContactKind",
    "CustomerType",
    "DeliveryChannel",
    "DeliveryOutcome",
    "Direction",
    "Disposition",
    "EscalationKind",
    "EvidenceKind",
    "ForecastMethod",
    "Frequency",
    "Moment",
    "NoticeKind",
    "Operator",
    "PlaceMethod",
    "ReportKind",
    "Setting",
    "Status",
    "Substatus",
    "VerificationState",
]
