"""Words for telling people: how, how often, of what, and how it went."""

from enum import StrEnum


class DeliveryChannel(StrEnum):
    """How a person is told."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    SMS = "sms"
    PUSH = "push"
    SOCIAL = "social"
    VOICE = "voice"
    LETTER = "letter"


class Frequency(StrEnum):
    """How often a person wishes to be told: of every step, of milestones alone, or once a day of everything."""

    EVERY = "every"
    MILESTONES = "milestones"
    DIGEST = "digest"


class DeliveryOutcome(StrEnum):
    """How an intended message ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


class Moment(StrEnum):
    """A change to tell, with a template in every language; `escalated` and `follow_up_due` are for offices."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    PROMISED = "promised"
    PROMISE_CHANGED = "promise_changed"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    NEEDS_INFORMATION = "needs_information"
    MESSAGE = "message"
    REFERRED = "referred"
    LATE = "late"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    SURVEY_INVITED = "survey_invited"
    ON_HOLD = "on_hold"
    LINKED = "linked"
    ESCALATED = "escalated"
    FOLLOW_UP_DUE = "follow_up_due"
    FOLLOW_UP_SETTLED = "follow_up_settled"
    CAMPAIGN = "campaign"
