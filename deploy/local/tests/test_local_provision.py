"""The broker is what the contracts say: twice the same, and nothing is allowed that is not written there."""

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, TopicAuthorizationFailedError
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, ConfigResource

from contracts.acls import acls
from contracts.topics import city_topics
from relay311_local.access import Access
from relay311_local.provision import principals, provision_kafka, topic_config
from relay311_local.testing import open_folder, private_kafka, running

AGENCIES = ("street-lighting", "sanitation")
PASSWORDS = {name: f"password of {name}" for name in principals(acls((*AGENCIES, "parks")))}


@pytest.fixture(scope="module")
def access() -> Iterator[Access]:
    with open_folder() as folder:
        kafka = private_kafka(folder, secure=True)
        with running(kafka):
            provision_kafka(kafka.access, AGENCIES, PASSWORDS)
            yield kafka.access


def sasl(access: Access, user: str, password: str | None = None) -> dict[str, str]:
    return {
        "bootstrap_servers": access.bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": password or PASSWORDS[user],
    }


def test_provisioning_again_changes_nothing(access: Access) -> None:
    again = provision_kafka(access, AGENCIES, PASSWORDS)
    assert again.made == 0
    assert again.topics == len(city_topics(AGENCIES))


def test_a_new_agency_adds_its_topics(access: Access) -> None:
    more = provision_kafka(access, (*AGENCIES, "parks"), PASSWORDS)
    assert more.made == len(city_topics((*AGENCIES, "parks"))) - len(city_topics(AGENCIES))


def test_topics_are_as_the_contracts_say(access: Access) -> None:
    admin = AdminClient(access.client())
    found = admin.list_topics(timeout=10).topics
    for topic in city_topics(AGENCIES):
        assert len(found[topic.name].partitions) == topic.partitions, topic.name
    resource = ConfigResource(ConfigResource.Type.TOPIC, "request.created")
    settings = admin.describe_configs([resource])[resource].result(10)
    assert settings["cleanup.policy"].value == "compact"
    assert settings["compression.type"].value == "zstd"


async def test_a_producer_writes_and_a_consumer_reads_its_topic(access: Access) -> None:
    async with AIOKafkaProducer(**sasl(access, "routing"), enable_idempotence=True) as producer:
        await producer.send_and_wait("request.assigned", b"compressed by the broker " * 40, key=b"k")
    async with AIOKafkaConsumer(
        "request.assigned", **sasl(access, "sla"), group_id="sla", auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    assert record.value == b"compressed by the broker " * 40


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("routing", "request.created"),
        ("analyst", "request.created"),
        ("agency.street-lighting", "agency.sanitation.outbox"),
        ("agency.street-lighting", "agency.street-lighting.inbox"),
        ("frontend", "request.accepted"),
    ],
)
async def test_nobody_writes_what_is_not_theirs(access: Access, user: str, topic: str) -> None:
    async with AIOKafkaProducer(**sasl(access, user)) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topic, b"x")


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("agency.street-lighting", "agency.sanitation.inbox"),
        ("agency.street-lighting", "request.created"),
        ("analyst", "contact.profile"),
        ("analyst", "request.submitted"),
        ("survey", "contact.profile"),
    ],
)
def test_nobody_reads_what_is_not_for_them(access: Access, user: str, topic: str) -> None:
    consumer = Consumer({**Access(access.bootstrap, user, PASSWORDS[user]).client(), "group.id": user})
    consumer.subscribe([topic])
    message = consumer.poll(20)
    consumer.close()
    assert message is not None
    assert message.error().name() == "TOPIC_AUTHORIZATION_FAILED"


async def test_nobody_joins_another_group(access: Access) -> None:
    consumer = AIOKafkaConsumer("request.created", **sasl(access, "sla"), group_id="routing")
    with pytest.raises(GroupAuthorizationFailedError):
        await asyncio.wait_for(consumer.start(), 10)
    await consumer.stop()


async def test_a_wrong_password_opens_nothing(access: Access) -> None:
    with pytest.raises(KafkaConnectionError):
        async with AIOKafkaProducer(**sasl(access, "sla", "wrong")):
            pass


def test_of_three_copies_two_must_have_a_record() -> None:
    topic = city_topics(AGENCIES)[0]
    assert topic_config(topic, replicas=3).items() - topic_config(topic).items() == {("min.insync.replicas", "2")}
