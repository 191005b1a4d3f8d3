"""What leadership asks of the log is answered by the analyst's client from a file of real events."""

import importlib.util
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from contracts.event import Event, RequestFacts, encode
from contracts.frontends import Place
from contracts.intake import ContactRecorded, RequestClosed, RequestCreated, RequestReopened
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause, Channel, ContactKind, Disposition, Operator

ANALYST = Path(__file__).resolve().parents[1] / "examples" / "clients" / "analyst"
JANUARY = datetime(2026, 1, 12, 9, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 10, 9, tzinfo=UTC)


class Heard(NamedTuple):
    """A record, as a consumer is given it."""

    event: Event
    at: datetime
    place: int

    def topic(self) -> str:
        return self.event.TYPE

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.place

    def value(self) -> bytes:
        return encode(self.event, f"{self.event.TYPE}-{self.place}", "intake", self.at)


def created(number: int, service: str, channel: Channel, operator: Operator, at: datetime) -> tuple[Event, datetime]:
    about = RequestFacts(tracking_number=f"T-{number}", service_code=service, opened_at=at, channel=channel)
    event = RequestCreated(request_id=UUID(int=number), sequence=1, about=about, place=Place(), operator=operator)
    return event, at


def assigned(
    number: int, agency: str, at: datetime, cause: AssignmentCause = AssignmentCause.RULE, sequence: int = 1
) -> tuple[Event, datetime]:
    event = RequestAssigned(
        request_id=UUID(int=number),
        sequence=sequence,
        about=RequestFacts(tracking_number=f"T-{number}", service_code="x", opened_at=at),
        assignment_id=UUID(int=number * 10 + sequence),
        agency=agency,
        queue="",
        cause=cause,
        confidence=1.0,
        reason={"en": "By rule."},
        assigned_at=at,
    )
    return event, at


def closed(number: int, at: datetime) -> tuple[Event, datetime]:
    event = RequestClosed(
        request_id=UUID(int=number),
        sequence=1,
        about=RequestFacts(tracking_number=f"T-{number}", service_code="x", opened_at=JANUARY),
        closure_id=UUID(int=number + 100),
        disposition=Disposition.FIXED,
        explanation={"en": "Done."},
        closed_at=at,
        closed_by="agency:parks",
    )
    return event, at


def contact(
    number: int, kind: ContactKind, at: datetime, channel: Channel = Channel.PHONE, **more: Any
) -> tuple[Event, datetime]:
    return ContactRecorded(contact_id=UUID(int=1000 + number), kind=kind, channel=channel, **more), at


def lived() -> Iterator[tuple[Event, datetime]]:
    """Five requests and six contacts of two months; the fifth request is from the year before."""
    hour = timedelta(hours=1)
    yield created(1, "pothole", Channel.APP, Operator.CITY_311, JANUARY)
    yield created(2, "pothole", Channel.PHONE, Operator.OWN_DEPARTMENT, JANUARY)
    yield created(3, "graffiti", Channel.WEB, Operator.CITY_311, FEBRUARY)
    yield created(4, "graffiti", Channel.PHONE, Operator.CITY_311, FEBRUARY)
    yield created(5, "pothole", Channel.PHONE, Operator.CITY_311, datetime(2025, 1, 2, tzinfo=UTC))
    erased, at = created(1, "pothole", Channel.APP, Operator.CITY_311, JANUARY)
    yield erased.model_copy(update={"sequence": 2}), at + 40 * hour
    yield assigned(1, "streets", JANUARY + hour)
    yield assigned(2, "streets", JANUARY + hour)
    yield assigned(3, "streets", FEBRUARY + hour)
    yield assigned(3, "beauty", FEBRUARY + 7 * hour, AssignmentCause.REFERRAL, 2)
    yield assigned(4, "beauty", FEBRUARY + hour)
    yield closed(1, JANUARY + 24 * hour)
    yield (
        RequestReopened(
            request_id=UUID(int=1),
            sequence=1,
            about=RequestFacts(tracking_number="T-1", service_code="pothole", opened_at=JANUARY),
            closure_id=UUID(int=101),
            reopen_count=1,
            reopened_at=JANUARY + 30 * hour,
        ),
        JANUARY + 30 * hour,
    )
    moved: dict[str, Any] = {"destination": "animal-shelter", "reason": "adoption"}
    yield contact(1, ContactKind.CALL_TRANSFERRED, JANUARY, wait_seconds=30, **moved)
    yield contact(2, ContactKind.CALL_TRANSFERRED, FEBRUARY, wait_seconds=90, **moved)
    yield contact(3, ContactKind.CALL_TRANSFERRED, FEBRUARY, wait_seconds=60, destination="police", reason="noise")
    yield contact(4, ContactKind.REQUEST_MADE, FEBRUARY, wait_seconds=30, request_id=UUID(int=4))
    yield contact(5, ContactKind.QUESTION_ANSWERED, FEBRUARY, Channel.CHAT, article_id="parks")
    yield contact(6, ContactKind.QUESTION_ANSWERED, JANUARY, Channel.WEB, article_id="parks")


ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "departments": [
        ("beauty", "311", 1, 100.0), ("streets", "311", 2, 66.7), ("streets", "own_department", 1, 33.3),
    ],
    "self-service": [("all channels of all departments", 2, 5, 40.0), ("taken in by 311", 2, 4, 50.0)],
    "channels": [(2025, "phone", 1, 100.0), (2026, "phone", 2, 50.0), (2026, "app", 1, 25.0), (2026, "web", 1, 25.0)],
    "types": [("pothole", 3, 66.7, 50.0), ("graffiti", 2, 100.0, 50.0)],
    "divertible": [("streets", 1, 100.0)],
    "transfers": [("animal-shelter", "adoption", 2, 50.0), ("police", "noise", 1, 25.0)],
    "twelve-months": [("call centre", 5), ("web", 2), ("app", 1), ("chat", 1)],
    "peers": [(2025, 1, 1, 0, 0), (2026, 5, 2, 1, 1)],
    "months": [("2026-01", 2, 30.0, 30.0), ("2026-02", 4, 60.0, 84.0)],
    "cost-shares": [("animal-shelter", 2, 50.0), ("beauty", 1, 25.0), ("police", 1, 25.0)],
    "information": [("2025-01", 0, 1), ("2026-01", 1, 2), ("2026-02", 1, 2)],
    "shift": [("graffiti", "2026-02", 2, 0), ("pothole", "2025-01", 1, 0), ("pothole", "2026-01", 1, 1)],
    "misroutes": [("2026-01", 2, 0, 0.0, None), ("2026-02", 2, 1, 50.0, 6.0)],
    "call-centres": [("311", 2, 40.0), ("own_department", 1, 20.0)],
    "avoidable": [(3, 75.0)],
    "journeys": [("phone", 3, 2, 0, 0), ("app", 1, 1, 1, 1), ("web", 1, 1, 0, 0)],
    "journey": [("2025-01-02 00:00", "request.created", None)],
}  # fmt: skip


@pytest.fixture(scope="module")
def analyst() -> ModuleType:
    spec = importlib.util.spec_from_file_location("client_analyst", ANALYST / "analyst.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def log(analyst: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "it's a log.parquet"
    heard: Iterable[Heard] = (Heard(event, at, place) for place, (event, at) in enumerate(lived()))
    assert analyst.to_parquet(heard, path) == len(list(lived()))
    return path


@pytest.mark.requirement(
    "ANA-01", "ANA-02", "ANA-03", "ANA-04", "ANA-05", "ANA-06", "ANA-10", "ANA-11", "ANA-12", "ANA-13", "ANA-14",
    "ANA-16", "ANA-18", "ANA-21", "ANA-22", "ANA-23",
)  # fmt: skip
@pytest.mark.parametrize("name", ANSWERS)
def test_what_leadership_asks_is_answered_from_the_log(
    analyst: ModuleType, log: Path, tmp_path: Path, name: str
) -> None:
    services = [{"code": "pothole", "handling": "routine"}, {"code": "graffiti", "handling": "specialised"}]
    (tmp_path / "services.json").write_text(json.dumps({"services": services}))
    assert analyst.ask(log, analyst.questions()[name], tmp_path / "services.json") == ANSWERS[name]


def test_every_question_that_is_offered_has_its_answer_here(analyst: ModuleType) -> None:
    assert analyst.questions().keys() == ANSWERS.keys()


@pytest.mark.requirement("ANA-07", "INT-15")
def test_any_field_of_any_period_can_be_asked_for_and_exported(analyst: ModuleType, log: Path, tmp_path: Path) -> None:
    table = tmp_path / "january.csv"
    asked = f"COPY (SELECT time, data->>'$.about.channel' AS channel FROM log WHERE time < '2026-01-13') TO '{table}'"
    analyst.ask(log, asked)
    assert len(table.read_text().splitlines()) > 3
