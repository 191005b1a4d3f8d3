"""The whole matrix on a real broker with TLS and SCRAM: who, whose topics and group, every operation; denied off it."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from broker_answers import PER_AGENCY, SECONDS, Cell
from broker_asked import Asking
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from contracts.acls import acls
from contracts.city import load_city
from contracts.topics import inbox, outbox
from relay311_local.access import ADMIN, Access
from relay311_local.provision import principals, provision_kafka
from relay311_local.testing import open_folder, private_kafka, running

CITY = load_city(Path(__file__).parents[3] / "cities/los-angeles")
AGENCIES = tuple(agency.slug for agency in CITY.working_agencies)
ADAPTED = tuple(CITY.adapters)
WHO = (*principals(acls(AGENCIES, ADAPTED)), "nobody")
"""Everybody to whom the contract gives anything, and somebody to whom it gives nothing."""


def allowed(cell: Cell) -> bool:
    """Say by the contract alone, written out: an agency at its own, its adapter for it, and the two services beside.

    What is not named here (making, altering, deleting, granting, transactions) is nobody's.
    """
    own = cell.who == f"agency.{cell.slug}"
    adapter = cell.who == "adapters" and cell.slug in ADAPTED
    routing, intake = cell.who == "routing", cell.who == "intake"
    everyday = {
        "describe inbox": own or adapter or routing,
        "list offsets inbox": own or adapter or routing,
        "read inbox": own or adapter or routing,  # routing reads what it wrote, to be rebuilt from it
        "write inbox": routing,
        "write idempotently inbox": routing,
        "describe outbox": own or adapter or intake,
        "list offsets outbox": own or adapter or intake,
        "read outbox": intake,
        "write outbox": own or adapter,
        "write idempotently outbox": own or adapter,
        "see group": own,
        "describe group": own,
        "join group": own,
        "read offsets group": own,
        "commit offsets group": own,
    }
    return everyday.get(cell.operation, False)


@pytest.fixture(scope="module")
def access() -> Iterator[Access]:
    """Start a broker with TLS and every permission of the city; a password is its user's name."""
    with open_folder() as folder:
        kafka = private_kafka(folder / "kafka", secure=True, tls=True)
        with running(kafka):
            provision_kafka(kafka.access, AGENCIES, {user: user for user in WHO}, adapted=ADAPTED)
            _add_user(kafka.access, "nobody")
            _seed(kafka.access)
            yield kafka.access


def _add_user(access: Access, user: str) -> None:
    made = UserScramCredentialUpsertion(user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), user.encode())
    admin = AdminClient(access.client())  # held: its futures fail when it is collected
    for future in admin.alter_user_scram_credentials([made]).values():
        future.result(SECONDS)
    time.sleep(0.5)


def _seed(access: Access) -> None:
    """Put a record into each topic and an offset into each group, so that whoever may read has something to read."""
    producer, admin = Producer(access.client()), AdminClient(access.client())
    for slug, topic in product(AGENCIES, (inbox, outbox)):
        producer.produce(topic(slug), b"{}", b"seed", partition=0)
    assert producer.flush(SECONDS) == 0
    end = time.monotonic() + SECONDS
    while missing := [slug for slug in AGENCIES if f"agency.{slug}" not in _groups(admin)]:
        assert time.monotonic() < end, f"no group of {missing}"  # the first commit may come before the coordinator
        for slug in missing:
            read = ConsumerGroupTopicPartitions(f"agency.{slug}", [TopicPartition(inbox(slug), 0, 0)])
            for future in admin.alter_consumer_group_offsets([read]).values():
                future.result(SECONDS)


def _groups(admin: AdminClient) -> set[str]:
    return {one.group_id for one in admin.list_consumer_groups().result(SECONDS).valid}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.requirement("OPS-08", "INT-15", "INT-10")
def test_the_matrix_is_what_the_contract_says_and_nothing_else(access: Access, figure: Any) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        tried: Sequence[dict[Cell, bool]] = list(pool.map(lambda who: Asking(access, who, who, AGENCIES).cells(), WHO))
    found = {cell: leave for cells in tried for cell, leave in cells.items()}
    assert len(found) == len(WHO) * len(AGENCIES) * PER_AGENCY
    wrong = {cell: leave for cell, leave in found.items() if leave != allowed(cell)}
    assert wrong == {}
    # The same questions by the administrator: each can be granted, so that a denial is a denial.
    control = Asking(access, ADMIN, access.password or "", AGENCIES).cells()
    assert [cell for cell, leave in control.items() if not leave] == []
    leaves, seconds = sum(found.values()), time.monotonic() - started
    figure(f"ACL matrix: {len(found)} cells ({len(AGENCIES)} agencies, {len(WHO)} principals, {PER_AGENCY} operations),"
           f" {leaves} allowed, {seconds:.0f} s, TLS and SCRAM")  # fmt: skip


@pytest.mark.slow
@pytest.mark.requirement("OPS-08")
def test_nobody_gets_in_without_tls_or_with_anothers_password(access: Access) -> None:
    bare = {**Access(access.bootstrap, "routing", "routing").client(), "log_level": "0"}
    wrong = Access(access.bootstrap, "routing", "intake", access.authority).client() | {"log_level": "0"}
    for settings in (bare, wrong):
        with pytest.raises(KafkaException):
            AdminClient({**settings, "socket.timeout.ms": "3000"}).list_topics(timeout=4)
