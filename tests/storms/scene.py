"""notify alone on a real database and a real mail server, with very many people to tell."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from chassis.ids import partition_of
from chassis.migrations import migrate
from chassis.records import Outgoing
from chassis.testing import Bench, Keys, TestClock
from contracts.event import Event, RequestFacts, encode
from contracts.frontends import Place
from contracts.intake import ContactProfile, RequestClosed, RequestCreated, RequestUpdated, SubstatusChanged
from contracts.vocabulary import DeliveryChannel, Disposition, Frequency, Operator, Substatus
from notify.app import build
from notify.settings import Settings
from relay311_local.testing import postgres_server

CITY: Final = Path(__file__).resolve().parents[2] / "cities" / "los-angeles"
NOON: Final = datetime(2026, 3, 2, 20, tzinfo=UTC)
"""Midday in the city: no hour of digests, no quiet hours."""


class Noon(TestClock):
    """A clock that runs, from noon on."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        """Tell the time."""
        return NOON + timedelta(seconds=time.monotonic() - self._began)


@dataclass
class Letterbox:
    """What the mail server took: when each address got its mails, and how often each message came."""

    port: int
    arrived: dict[str, list[float]] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)

    def read(self, lines: Iterable[str]) -> None:
        """Note what the server says."""
        for line in lines:
            at, to, name = line.split(" ", 2)
            self.arrived.setdefault(to, []).append(float(at))
            self.names[name] += 1

    def count(self, prefix: str) -> int:
        """Count the mails to addresses that begin so."""
        return sum(len(times) for to, times in list(self.arrived.items()) if to.startswith(prefix))


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    """Run a mail server in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(__file__).with_name("sink.py")), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n", "the mail server did not start"
        box = Letterbox(port)
        threading.Thread(target=box.read, args=(process.stdout,), daemon=True).start()
        try:
            yield box
        finally:
            process.stdin.close()


@dataclass(frozen=True)
class Scene:
    """The service at work, and what it reaches."""

    bench: Bench
    box: Letterbox

    async def append(self, events: Sequence[Event]) -> None:
        """Put events on the log, as they come."""
        topology = self.bench.topology
        records = [
            Outgoing(
                event.TYPE,
                partition_of(event.key, topology.partitions(event.TYPE)),
                event.key,
                encode(event, uuid4().hex, "storm", self.bench.clock()),
            )
            for event in events
        ]
        await self.bench.cluster.append(records)

    async def waiting(self) -> int:
        """Count the messages that are due and not yet sent."""
        text = "SELECT count(*) AS n FROM open_intent WHERE next_attempt_at <= $1"
        return int((await self.bench.rows("notify", text, self.bench.clock()))[0]["n"])


@asynccontextmanager
async def scene(**given: Any) -> AsyncIterator[Scene]:
    """Start it."""
    with postgres_server() as server, letterbox() as box:
        url, keys = server.create_database(), Keys()
        known = {"database_url": url, "city": CITY, "token_public_key": keys.public, "smtp_port": box.port}
        service = build(Settings(**(known | given)))
        await migrate(url, "notify", service.metadata)
        async with Bench([service], keys, Noon()) as bench:
            yield Scene(bench, box)
            await asyncio.sleep(0)


def people(prefix: str, count: int, frequencies: Sequence[Frequency] = (Frequency.EVERY,)) -> list[Event]:
    """Introduce people, who wish to be told as often as these frequencies say, in turn."""
    return [
        ContactProfile(
            contact_ref=f"{prefix}{n}",
            email=f"{prefix}{n}@example.org",
            channels=(DeliveryChannel.EMAIL,),
            frequency=frequencies[n % len(frequencies)],
        )
        for n in range(count)
    ]


def facts(contact_refs: Sequence[str], request_id: UUID | None = None, sequence: int = 1) -> dict[str, Any]:
    """Write what all events of a request say."""
    request_id = request_id or uuid4()
    number = request_id.hex[:12].upper()
    about = RequestFacts(
        tracking_number=f"{number[:4]}-{number[4:8]}-{number[8:]}-A",
        service_code="graffiti-removal",
        contact_refs=tuple(contact_refs),
        opened_at=NOON,
    )
    return {"request_id": request_id, "sequence": sequence, "about": about}


def created(*contact_refs: str) -> Event:
    """Report something."""
    return RequestCreated(**facts(contact_refs), place=Place(), operator=Operator.CITY_311)


def old(contact_ref: str, request_id: UUID) -> Event:
    """Make a request known whose reporter was told long ago: a later copy of its words."""
    return RequestCreated(**facts([contact_ref], request_id, 2), place=Place(), operator=Operator.CITY_311)


def closed(contact_refs: Sequence[str], by: str, request_id: UUID | None = None) -> Event:
    """Close a request."""
    return RequestClosed(
        **facts(contact_refs, request_id),
        closure_id=uuid4(),
        disposition=Disposition.FIXED,
        closed_at=NOON,
        explanation={"en": "Painted over.", "es": "Se pintó."},
        closed_by=f"agency:{by}",
    )


def begun(contact_refs: Sequence[str]) -> Event:
    """Begin the work: a small step."""
    change = SubstatusChanged(substatus=Substatus.IN_PROGRESS, agency="sanitation")
    return RequestUpdated(**facts(contact_refs), by="agency:sanitation", change=change)
