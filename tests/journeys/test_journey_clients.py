"""The example clients work on the real platform, each with its own principal's permissions and no more."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException
from people import Life
from town import ROOT, Town

from contracts.acls import is_log

CLIENTS = ROOT / "contracts" / "examples" / "clients"


def client(name: str) -> ModuleType:
    """Load a client as the file it is: it is not part of any package."""
    spec = importlib.util.spec_from_file_location(f"client_{name}", CLIENTS / name / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def login(town: Town, principal: str) -> dict[str, str]:
    """Give the environment of a client's process."""
    settings = town.kafka(principal)
    return {
        "KAFKA_BOOTSTRAP": settings["bootstrap.servers"],
        "KAFKA_USERNAME": principal,
        "KAFKA_PASSWORD": settings["sasl.password"],
    }


@pytest.mark.requirement("INT-15", "STA-02", "INT-12")
def test_the_analyst_reads_the_log_into_parquet_and_asks_one_question(town: Town, tmp_path: Path) -> None:
    life = Life(town).report("bulky-item-pickup")
    life.until(status="closed")
    analyst, path = client("analyst"), tmp_path / "log.parquet"
    count = analyst.to_parquet(analyst.read_log(analyst.settings(login(town, "analyst"))), path)
    log = {topic.name for topic in town.topics if is_log(topic)}
    read = dict(analyst.ask(path, "SELECT topic, count(*) FROM log GROUP BY topic"))
    assert set(read) <= log
    assert sum(read.values()) == count > 10
    assert analyst.ask(path, "SELECT min(log_offset) FROM log WHERE topic = 'request.created'") == [(0,)]
    answer: dict[str, Any] = {agency: (n, hours) for agency, n, hours in analyst.ask(path)}
    number, hours = answer[life.assigned()]
    assert number >= 1
    assert hours >= 0


@pytest.mark.requirement("OPS-07", "OPS-08")
@pytest.mark.parametrize("topic", ["contact.profile", "request.submitted", "dlq.intake.request.submitted"])
def test_the_analyst_may_not_read_what_is_personal(town: Town, topic: str) -> None:
    consumer = Consumer(town.kafka("analyst") | {"group.id": "analyst", "enable.auto.commit": False})
    try:
        consumer.subscribe([topic])
        message = consumer.poll(20)
        assert message is not None
        assert message.error().name() == "TOPIC_AUTHORIZATION_FAILED"
    finally:
        consumer.close()


@pytest.mark.requirement("OPS-08")
@pytest.mark.parametrize(("principal", "topic"), [("analyst", "request.closed"), ("frontend", "request.created")])
def test_nobody_writes_where_another_is_the_producer(town: Town, principal: str, topic: str) -> None:
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        town.publish(principal, topic, b"{}", "key")


@pytest.mark.requirement("CH-11", "CH-13", "CH-20", "CH-21")
def test_a_frontend_publishes_a_report_and_hears_its_number_and_forecast(town: Town) -> None:
    frontend, settings = client("frontend"), client("frontend").settings(login(town, "frontend"))
    report = {
        "service_code": "bulky-item-pickup",
        "place": {"address": "100 Acorn Street"},
        "description": "Huele a fuga de gas",
        "attributes": Life(town).answers("bulky-item-pickup"),
    }
    key = os.urandom(8).hex()
    accepted = frontend.submit(settings, key, report)
    assert accepted["type"] == "request.accepted"
    assert accepted["forecast"]["en"]
    assert accepted["emergency"] == town.city.profile.emergency.text.root
    shown = town.ask("GET", town.url("intake", f"/requests/{accepted['tracking_number']}")).json()
    assert shown["request_id"] == accepted["request_id"]
    again = frontend.submit(settings, key, report)
    assert again["tracking_number"] == accepted["tracking_number"]


@pytest.mark.requirement("CH-13")
def test_a_bad_report_is_refused_by_its_field(town: Town) -> None:
    frontend = client("frontend")
    report = {"service_code": "bulky-item-pickup", "place": {"latitude": 34.0}, "attributes": {}}
    refused = frontend.submit(frontend.settings(login(town, "frontend")), os.urandom(8).hex(), report)
    assert refused["type"] == "request.refused"
    fields = {problem["field"] for problem in refused["problems"]}
    assert "place.longitude" in fields
