"""The table of topics is consistent, and permissions follow from it alone."""

import re

import pytest

from contracts.acls import acls, is_log
from contracts.topics import AGENCY_TOPICS, EVENTS, SERVICES, TOPICS, city_topics, consumed_by

SLUGS = ("street-services", "sanitation")


def test_one_topic_has_one_name_and_one_event_type() -> None:
    names = [topic.name for topic in city_topics(SLUGS)]
    assert len(names) == len(set(names))
    assert len(EVENTS) == len(TOPICS) + len(AGENCY_TOPICS)


def test_names_are_literal_and_fit_the_broker() -> None:
    assert all(re.fullmatch(r"[a-z0-9.-]{1,249}", topic.name) for topic in city_topics(SLUGS))


def test_every_service_reads_something_and_reads_no_topic_of_its_own() -> None:
    for service in SERVICES:
        topics = [topic for topic in city_topics(SLUGS, SLUGS[:1]) if service in topic.consumers]
        assert topics, service
        assert all(topic.producer != service for topic in topics)
        assert {topic.name for topic in topics} == set(consumed_by(service, SLUGS, SLUGS[:1]))


@pytest.mark.requirement("OPS-07")
def test_personal_data_travels_in_three_topics_and_their_dlqs_only() -> None:
    personal = {topic.name for topic in city_topics(["parks"]) if topic.personal and not topic.name.startswith("dlq.")}
    assert personal == {"request.submitted", "contact.profile", "agency.parks.outbox"}
    assert all(
        topic.personal
        for topic in city_topics(["parks"])
        if topic.name.startswith("dlq.") and _from(topic.name) in personal
    )


@pytest.mark.requirement("OPS-08")
def test_an_agency_may_touch_its_own_two_topics_only() -> None:
    own = {
        (acl.name, "WRITE" in acl.operations)
        for acl in acls(SLUGS)
        if acl.principal == "agency.sanitation" and acl.resource == "topic"
    }
    assert own == {("agency.sanitation.inbox", False), ("agency.sanitation.outbox", True)}


@pytest.mark.requirement("OPS-08", "ANA-07")
def test_the_analyst_reads_the_log_and_writes_nothing() -> None:
    held = [acl for acl in acls(SLUGS) if acl.principal == "analyst"]
    assert all("WRITE" not in acl.operations for acl in held)
    assert {acl.name for acl in held if acl.resource == "topic"} == {t.name for t in city_topics(SLUGS) if is_log(t)}
    assert not {acl.name for acl in held} & {"contact.profile", "request.submitted", "agency.sanitation.outbox"}


def test_nobody_but_its_producer_may_write_a_topic() -> None:
    writers = {(acl.name, acl.principal) for acl in acls(SLUGS) if "WRITE" in acl.operations}
    assert writers == {(topic.name, topic.producer) for topic in city_topics(SLUGS)}


@pytest.mark.requirement("OPS-08", "INT-10")
def test_who_stands_in_for_an_agency_touches_that_agencys_two_topics_only() -> None:
    held = {
        (acl.name, "WRITE" in acl.operations)
        for acl in acls(SLUGS, adapted=["sanitation"])
        if acl.principal == "adapters" and acl.resource == "topic" and not acl.name.startswith("dlq.")
    }
    assert held == {("agency.sanitation.inbox", False), ("agency.sanitation.outbox", True)}
    assert not [acl for acl in acls(SLUGS) if acl.principal == "adapters"]


def _from(name: str) -> str:
    return name.split(".", 2)[2]
