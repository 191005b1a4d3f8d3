"""Publishes one report to the city and waits for its tracking number, or for what is wrong with it."""
# ruff: noqa: INP001, T201 - a program of its own, outside any package, that talks on stdout

import argparse
import json
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

ANSWERS = ("request.accepted", "request.refused")
SUBMITTER = "example-frontend"
PATIENCE_SECONDS = 30.0


def settings(environment: dict[str, str]) -> dict[str, Any]:
    """Give the settings of a client from KAFKA_BOOTSTRAP, KAFKA_USERNAME and KAFKA_PASSWORD; no user name, no login."""
    plain = {"bootstrap.servers": environment.get("KAFKA_BOOTSTRAP", "127.0.0.1:19092"), "log_level": 2}
    if "KAFKA_USERNAME" not in environment:
        return plain
    return plain | {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": environment["KAFKA_USERNAME"],
        "sasl.password": environment["KAFKA_PASSWORD"],
    }


def submission(key: str, report: dict[str, Any], now: datetime) -> bytes:
    """Write a report as a CloudEvents value; the same key is the same report, however often it is published.

    >>> value = json.loads(submission("k-1", {"service_code": "x"}, datetime(2026, 1, 1, tzinfo=UTC)))
    >>> value["type"], value["subject"], value["data"]["service_code"]
    ('request.submitted', 'k-1', 'x')
    """
    event = {
        "specversion": "1.0",
        "id": secrets.token_hex(16),  # published again is told again: only the key says that it is the same report
        "source": f"/{SUBMITTER}",
        "type": "request.submitted",
        "subject": key,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": {"submission_key": key, "submitter": SUBMITTER, **report},
    }
    return json.dumps(event).encode()


def submit(config: dict[str, Any], key: str, report: dict[str, Any]) -> dict[str, Any]:
    """Publish a report and wait for the answer to it. Raises TimeoutError when none comes."""
    consumer = Consumer(config | {"group.id": "frontend", "enable.auto.commit": False})
    try:
        listen(consumer)
        # Kafka's own default partitioner; librdkafka's default would put the key elsewhere.
        producer = Producer(config | {"partitioner": "murmur2_random", "enable.idempotence": False, "acks": "all"})
        producer.produce("request.submitted", submission(key, report, datetime.now(UTC)), key)
        if producer.flush(PATIENCE_SECONDS):
            raise TimeoutError("Kafka did not take the report in time; publish it again with the same key.")
        return wait_for(consumer, key)
    finally:
        consumer.close()


def listen(consumer: Consumer) -> None:
    """Take up the answers from now on, before the question is asked."""
    known = consumer.list_topics(timeout=15).topics
    parts = [TopicPartition(topic, part) for topic in ANSWERS for part in known[topic].partitions]
    ends = [(part, consumer.get_watermark_offsets(part, timeout=15)[1]) for part in parts]
    consumer.assign([TopicPartition(part.topic, part.partition, end) for part, end in ends])


def wait_for(consumer: Consumer, key: str) -> dict[str, Any]:
    """Read answers until the one to this key."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        message = consumer.poll(1)
        if message is not None and message.error() is None and message.key() == key.encode():
            event: dict[str, Any] = json.loads(message.value())
            if event["data"]["submitter"] == SUBMITTER:
                return {"type": event["type"], **event["data"]}
    raise TimeoutError(
        f"No answer to {key!r} came within {PATIENCE_SECONDS:.0f} s; publish it again with the same key."
    )


def main() -> None:
    """Publish a report from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service_code", help="what to ask for, as in the city's catalog (GET /services of intake)")
    parser.add_argument("--address", help="street address or crossing")
    parser.add_argument("--description", default="", help="the resident's words")
    parser.add_argument("--email", help="whom to tell; use an address at example.org to try it out")
    parser.add_argument(
        "--attributes", type=json.loads, default={}, help='answers as JSON, such as {"surface": "wall"}'
    )
    parser.add_argument("--key", default=secrets.token_hex(8), help="the report's own key (default: a new one)")
    options = parser.parse_args()
    report = {
        "service_code": options.service_code,
        "description": options.description,
        "place": {"address": options.address} if options.address else {},
        "attributes": options.attributes,
        "reporter": {"email": options.email} if options.email else None,
    }
    try:
        answer = submit(settings(dict(os.environ)), options.key, report)
    except (TimeoutError, KafkaException) as error:
        raise SystemExit(f"The report was not answered: {error}") from error
    print(json.dumps(answer, indent=2))
    sys.exit(answer["type"] != "request.accepted")


if __name__ == "__main__":
    main()
