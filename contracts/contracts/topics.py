"""The flow on one page: each topic, its key, its one producer, its consumers and how long it is kept.

An agency that has no Kafka of its own is stood in for by the service `adapters`: it reads that agency's inbox and
writes its outbox, on its behalf. Which agencies these are is the city's word; every other agency's topics stay closed
to it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts import agencies, frontends, intake, kb, notify, routing, sla, survey
from contracts.event import Event

SERVICES: Final = ("intake", "routing", "sla", "notify", "survey", "kb", "adapters")
AGENCY: Final = "agency.{slug}"
STAND_IN: Final = "adapters"
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention_days` None keeps everything: it is the city's event log.

    `stand_in` is the service that stands in for an agency at this topic, where the city says that the agency has no
    Kafka of its own.
    """

    name: str
    event: type[Event]
    key: str
    producer: str
    consumers: tuple[str, ...]
    says: str
    partitions: int = 12
    retention_days: int | None = None
    compacted: bool = False
    personal: bool = False
    stand_in: str | None = None

    @property
    def writers(self) -> tuple[str, ...]:
        """Who may write: the producer, and who stands in for it."""
        return (
            (self.producer,) if self.stand_in is None or self.producer in SERVICES else (self.producer, self.stand_in)
        )

    @property
    def readers(self) -> tuple[str, ...]:
        """Who may read: the consumers, and who stands in for the agency among them."""
        others = () if self.stand_in is None or self.stand_in in (*self.consumers, *self.writers) else (self.stand_in,)
        return (*self.consumers, *others)

    @property
    def retention_ms(self) -> int:
        """Kafka's `retention.ms`; -1 keeps for ever."""
        return -1 if self.retention_days is None else self.retention_days * _DAY_MS

    @property
    def cleanup_policy(self) -> str:
        """Kafka's `cleanup.policy`."""
        return "compact" if self.compacted else "delete"


# fmt: off
TOPICS: Final[tuple[Topic, ...]] = (
    Topic("request.submitted", frontends.RequestSubmitted, "submission_key", "frontend", ("intake",),
          "a report, published instead of posted", retention_days=7, personal=True),
    Topic("request.accepted", intake.RequestAccepted, "submission_key", "intake", ("frontend",),
          "taken: tracking number, and the forecast in words", retention_days=7),
    Topic("request.refused", intake.RequestRefused, "submission_key", "intake", ("frontend",),
          "a submission that cannot be taken, field by field", retention_days=7),
    Topic("request.created", intake.RequestCreated, "request_id", "intake", ("routing", "sla", "notify", "kb"),
          "a request exists and has its tracking number", compacted=True),
    Topic("request.assigned", routing.RequestAssigned, "request_id", "routing", ("intake", "sla", "notify"),
          "this agency and queue have it now, by which rule, how sure, why"),
    Topic("request.diverted", routing.RequestDiverted, "request_id", "routing", ("intake",),
          "a person sent it where it belongs: 911, 211, county, state, a utility, or a desk of the city's own"),
    Topic("request.promised", sla.RequestPromised, "request_id", "sla", ("intake", "notify"),
          "the target and the forecast, first or revised"),
    Topic("request.updated", intake.RequestUpdated, "request_id", "intake", ("routing", "sla", "notify"),
          "substatus, referral asked, clock paused or resumed, message, cancellation, duplicate, amendment"),
    Topic("request.escalated", sla.RequestEscalated, "request_id", "sla", ("notify", "routing"),
          "at risk or breached; which level of the agency's chain"),
    Topic("request.closed", intake.RequestClosed, "request_id", "intake", ("routing", "sla", "notify", "survey"),
          "closed with a disposition, an explanation, evidence and a closure_id"),
    Topic("request.reopened", intake.RequestReopened, "request_id", "intake", ("routing", "sla", "notify", "survey"),
          "same number, same first start, reopen count + 1"),
    Topic("update.refused", intake.UpdateRefused, "request_id", "intake", ("routing",),
          "an agency's update that breaks the rules, and which are allowed"),
    Topic("forecast.published", sla.ForecastPublished, "service_code|area", "sla", ("intake", "kb"),
          "what may be promised at the moment of asking", compacted=True),
    Topic("survey.invited", survey.SurveyInvited, "request_id", "survey", ("intake", "notify"),
          "ask this contact, about this closure"),
    Topic("survey.answered", survey.SurveyAnswered, "request_id", "survey", ("intake", "notify"),
          "ratings; a dispute names its closure_id"),
    Topic("survey.replied", intake.SurveyReplied, "request_id", "intake", ("survey",),
          "an invitation was answered by text or by the keys of a telephone"),
    Topic("feedback.recorded", survey.FeedbackRecorded, "feedback_id", "survey", ("intake", "routing"),
          "feedback that nobody asked for, praise for a crew, complaints; words by reference"),
    Topic("followup.changed", survey.FollowUpChanged, "follow_up_id", "survey", ("notify",),
          "who looks after a low rating or a complaint, until when, and what came of it"),
    Topic("notification.settled", notify.NotificationSettled, "request_id", "notify", ("intake",),
          "the final outcome of one intended message"),
    Topic("campaign.changed", notify.CampaignChanged, "campaign code", "notify", ("intake", "frontend"),
          "a campaign of the city: what it says, about what, where, and from when to when", compacted=True),
    Topic("contact.recorded", intake.ContactRecorded, "contact_id", "intake", ("kb", "routing"),
          "a contact that made no request" ),
    Topic("contact.profile", intake.ContactProfile, "contact_ref", "intake", ("notify",),
          "how to reach a person; a tombstone erases it", compacted=True, personal=True),
    Topic("contact.erased", intake.ContactErased, "contact_ref", "intake", ("notify", "survey", "kb"),
          "a person asked to be forgotten: what is held of them is blanked"),
    Topic("article.published", kb.ArticlePublished, "article_id", "kb", ("intake",),
          "a knowledge article's new version" ),
)
"""Every topic of the platform itself. Topics without a stated retention are the city's event log."""

AGENCY_TOPICS: Final[tuple[Topic, ...]] = (
    Topic(f"{AGENCY}.inbox", routing.AgencyNotice, "request_id", "routing", (AGENCY,),
          "assigned, amended, message, cancelled, reopened, update refused, praised", partitions=3, retention_days=30,
          stand_in=STAND_IN),
    Topic(f"{AGENCY}.outbox", agencies.AgencyReport, "request_id", AGENCY, ("intake",),
          "accepted, scheduled, in progress, message, needs information, referred, completed, cannot complete",
          partitions=3, retention_days=30, personal=True, stand_in=STAND_IN),
)
"""The two topics each agency has to itself."""
# fmt: on

EVENTS: Final[dict[str, type[Event]]] = {topic.event.TYPE: topic.event for topic in (*TOPICS, *AGENCY_TOPICS)}
"""CloudEvents type -> model."""


def inbox(slug: str) -> str:
    """Name the topic an agency reads.

    >>> inbox("street-lighting")
    'agency.street-lighting.inbox'
    """
    return f"agency.{slug}.inbox"


def outbox(slug: str) -> str:
    """Name the topic an agency writes.

    >>> outbox("street-lighting")
    'agency.street-lighting.outbox'
    """
    return f"agency.{slug}.outbox"


def dlq(group: str, topic: str) -> str:
    """Name the topic of what a consumer group could not apply.

    >>> dlq("sla", "request.created")
    'dlq.sla.request.created'
    """
    return f"dlq.{group}.{topic}"


def city_topics(slugs: Sequence[str], adapted: Collection[str] = ()) -> tuple[Topic, ...]:
    """List every topic of a city with these agencies: the platform's, each agency's two, and the DLQs.

    `adapted` are the agencies that an adapter stands in for.
    """
    named = (*TOPICS, *(_of_agency(topic, slug, slug in adapted) for slug in slugs for topic in AGENCY_TOPICS))
    return (*named, *(_dlq_of(topic, group) for topic in named for group in topic.consumers if group in SERVICES))


def consumed_by(service: str, slugs: Sequence[str], adapted: Collection[str] = ()) -> tuple[str, ...]:
    """List the topics a service reads in a city with these agencies.

    >>> consumed_by("survey", ["street-lighting"])
    ('request.closed', 'request.reopened', 'survey.replied', 'contact.erased')
    >>> consumed_by("adapters", ["street-lighting", "parks"], adapted=["parks"])
    ('agency.parks.inbox',)
    """
    return tuple(t.name for t in city_topics(slugs, adapted) if service in t.consumers)


def _of_agency(topic: Topic, slug: str, is_adapted: bool) -> Topic:  # noqa: FBT001 - says which of the two topics it is
    owner = AGENCY.format(slug=slug)
    reads = (topic.stand_in,) if is_adapted and topic.stand_in and topic.producer != AGENCY else ()
    return replace(
        topic,
        name=topic.name.format(slug=slug),
        producer=topic.producer.format(slug=slug),
        consumers=(*(c.format(slug=slug) for c in topic.consumers), *reads),
        stand_in=topic.stand_in if is_adapted else None,
        says=topic.says if topic.producer != AGENCY else f"{topic.says} ({owner})",
    )


def _dlq_of(topic: Topic, group: str) -> Topic:
    return replace(
        topic,
        name=dlq(group, topic.name),
        producer=group,
        consumers=("operator",),
        says=f"what {group} could not apply from {topic.name}",
        partitions=1,
        retention_days=30,
        compacted=False,
        stand_in=None,
    )
