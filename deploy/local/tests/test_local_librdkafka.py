"""A department whose client is C works its inbox: librdkafka, in a wheel and in kcat, over TLS and SCRAM."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition, libversion
from confluent_kafka.admin import AdminClient

from chassis.ids import partition_of
from contracts.acls import acls
from contracts.topics import inbox, outbox
from relay311_local.access import Access
from relay311_local.provision import principals, provision_kafka
from relay311_local.testing import open_folder, private_kafka, running

AGENCY, USER = "police", "agency.police"
MENDED = (2, 6, 1)
"""The first librdkafka that says the server's nonce back as it came."""
SECONDS = 20


@pytest.fixture(scope="module")
def access() -> Iterator[Access]:
    """Start a broker with TLS for one agency; a password is its user's name."""
    with open_folder() as folder:
        kafka = private_kafka(folder / "kafka", secure=True, tls=True)
        with running(kafka):
            provision_kafka(kafka.access, [AGENCY], {user: user for user in principals(acls([AGENCY]))})
            yield kafka.access


def notify(access: Access, *requests: str) -> None:
    """Tell the agency of some requests."""
    producer = Producer(access.client())
    for request in requests:
        producer.produce(inbox(AGENCY), json.dumps({"data": {"request_id": request}}), request)
    assert producer.flush(SECONDS) == 0


def login(access: Access) -> dict[str, str]:
    return Access(access.bootstrap, USER, USER, access.authority).client()


@pytest.mark.slow
@pytest.mark.requirement("INT-15", "OPS-08")
def test_a_client_in_c_takes_its_notices_and_reports(access: Access) -> None:
    assert tuple(map(int, libversion()[0].split("-")[0].split("."))) >= MENDED
    settings = login(access) | {"group.id": USER, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    notify(access, "r-1", "r-2")
    consumer, producer = Consumer(settings), Producer(login(access) | {"partitioner": "murmur2_random"})
    consumer.subscribe([inbox(AGENCY)])
    sent: list[tuple[object, Message]] = []
    while len(sent) < 2:
        message = consumer.poll(SECONDS)
        assert message is not None, f"only {len(sent)} came within {SECONDS} s"
        assert not message.error(), message.error()
        request = json.loads(message.value() or b"")["data"]["request_id"]
        producer.produce(outbox(AGENCY), b"{}", request, on_delivery=lambda *told: sent.append(told))
        assert producer.flush(SECONDS) == 0
        consumer.commit(message, asynchronous=False)
    consumer.close()
    assert [error for error, _ in sent] == [None, None]
    assert sorted(str(message.key(), "utf-8") for _, message in sent) == ["r-1", "r-2"]


class Kcat:
    """Debian's kcat on some librdkafka: its own, or the newer one of the wheel; they are exchangeable."""

    def __init__(self, folder: Path, *, newer: bool) -> None:
        found = shutil.which("kcat") or shutil.which("kafkacat")
        if found is None:
            pytest.skip("kcat is not installed (on Debian: apt install kcat)")
        self._program, self._environment = found, dict(os.environ)
        if newer:
            (library,) = Path(confluent_kafka.__file__).parents[1].glob("confluent_kafka.libs/librdkafka-*.so.1")
            (folder / "librdkafka.so.1").symlink_to(library)
            self._environment["LD_LIBRARY_PATH"] = str(folder)

    @property
    def version(self) -> tuple[int, ...]:
        said = re.search(r"librdkafka (\d+)\.(\d+)\.(\d+)", self.run("-V").stdout)
        assert said
        return tuple(map(int, said.groups()))

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        asked = [self._program, *words]
        return subprocess.run(
            asked, env=self._environment, input=given, capture_output=True, text=True, timeout=90, check=False
        )


def words(access: Access) -> list[str]:
    return [word for name, value in login(access).items() for word in ("-X", f"{name}={value}")]


@pytest.mark.slow
@pytest.mark.requirement("INT-15")
def test_kcat_on_a_newer_librdkafka_works_the_inbox(access: Access, tmp_path: Path) -> None:
    kcat = Kcat(tmp_path, newer=True)
    assert kcat.version >= MENDED
    notify(access, "r-3", "r-4")
    read = kcat.run("-b", access.bootstrap, *words(access), "-G", USER, "-X", "auto.offset.reset=earliest",
                    "-q", "-c", "2", inbox(AGENCY))  # fmt: skip
    found = sorted(json.loads(line)["data"]["request_id"] for line in read.stdout.splitlines())
    assert found == ["r-3", "r-4"], read.stderr
    sent = kcat.run("-b", access.bootstrap, *words(access), "-P", "-t", outbox(AGENCY), "-k", "r-9",
                    "-X", "topic.partitioner=murmur2_random", given='{"from": "a shell"}')  # fmt: skip
    assert sent.returncode == 0, sent.stderr
    count = len(AdminClient(access.client()).list_topics(outbox(AGENCY)).topics[outbox(AGENCY)].partitions)
    consumer = Consumer(access.client() | {"group.id": "looks", "enable.auto.commit": False})
    consumer.assign([TopicPartition(outbox(AGENCY), partition_of("r-9", count), 0)])
    while (message := consumer.poll(SECONDS)) is not None and message.value() != b'{"from": "a shell"}':
        assert not message.error(), message.error()
    consumer.close()
    assert message is not None, "it stands in the partition where Kafka's own partitioner puts this request"


@pytest.mark.slow
@pytest.mark.requirement("INT-15", "OPS-08")
def test_kcat_on_an_older_librdkafka_is_refused_by_name(access: Access, tmp_path: Path) -> None:
    kcat = Kcat(tmp_path, newer=False)
    if kcat.version >= MENDED:
        pytest.skip("this kcat is built on a librdkafka that is mended")
    refused = kcat.run("-b", access.bootstrap, *words(access), "-v", "-L", "-m", "10")
    assert refused.returncode != 0
    assert (
        "Authentication failed during authentication due to invalid credentials with SASL mechanism" in refused.stderr
    )
