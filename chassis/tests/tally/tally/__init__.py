"""A tiny service for the chassis's own tests: it tallies created requests and answers each."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlmodel import Field

from chassis.commands import Reply
from chassis.consuming import on
from chassis.errors import FatalError, Problem, conflict
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.rebuilding import Derived, Rebuild
from chassis.records import Command, Due, Received
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.tables import new_base
from chassis.timers import due
from chassis.transaction import Transaction
from contracts.intake import RequestCreated
from contracts.sla import Basis, RequestPromised
from contracts.vocabulary import ForecastMethod

Base = new_base()


class Tally(Base, table=True):
    """How often each request was applied, and the last sequence seen."""

    __tablename__ = "tally"
    request_id: UUID = Field(primary_key=True)
    applied: int
    sequence: int


async def count(tx: Transaction, received: Sequence[Received[RequestCreated]]) -> None:
    """Tally each request, answer with a promise, and remind a day later. "poison" cannot be applied."""
    if any(r.event.description == "poison" for r in received):
        raise ValueError("this one cannot be applied")
    if any(r.event.description == "fatal" for r in received):
        raise FatalError("going on would lose something")
    ids = Counter(r.event.request_id for r in received)
    known = {
        row["request_id"]: row["applied"]
        for row in await tx.sql("SELECT request_id, applied FROM tally WHERE request_id = ANY($1::uuid[])", list(ids))
    }
    last = {r.event.request_id: r.event.sequence for r in received}
    rows = [{"request_id": i, "applied": known.get(i, 0) + n, "sequence": last[i]} for i, n in ids.items()]
    await tx.upsert(Tally, rows, keys=("request_id",))
    for r in received:
        tx.publish(promise(r.event, r.event.sequence), because=r)
        tx.schedule("tally.remind", r.key, r.now + timedelta(days=1), {"sequence": r.event.sequence}, because=r)


def promise(created: RequestCreated, revision: int) -> RequestPromised:
    """Make an answer."""
    return RequestPromised(
        request_id=created.request_id,
        sequence=revision,
        about=created.about,
        revision=revision,
        due_at=None,
        basis=Basis(method=ForecastMethod.NONE),
        words={"en": "soon"},
    )


async def remind(tx: Transaction, ready: Sequence[Due]) -> None:
    """Note that a reminder fired, in the audit."""
    for d in ready:
        tx.audit(_SYSTEM, "remind", d.key, dict(d.payload))


class Add(BaseModel):
    """A command's body."""

    request_id: UUID
    fail: bool = False


async def add(tx: Transaction, commands: Sequence[Command[Add]]) -> list[Reply | Problem]:
    """Insert a tally by hand; `fail` is refused, and request id 0 breaks the whole batch."""
    if any(c.payload.request_id.int == 0 for c in commands):
        raise RuntimeError("a programming error")
    await tx.insert(
        Tally,
        [{"request_id": c.payload.request_id, "applied": 0, "sequence": 0} for c in commands if not c.payload.fail],
    )
    return [conflict("asked to fail") if c.payload.fail else Reply(201, {"id": c.id}) for c in commands]


def routes(doors: Doors) -> APIRouter:
    """One command."""
    router = APIRouter()
    adding = doors.command("POST /tallies", add)

    @router.post("/tallies", status_code=201)
    async def post_tally(body: Add, caller: Caller, key: IdempotencyKey = None) -> Response:
        return await adding(body, caller, key)

    return router


def build(settings: ServiceSettings) -> Service:
    """Compose the service. It stands in sla's place in the map."""
    return Service(
        name="sla",
        package="tally",
        settings=settings,
        metadata=Base.metadata,
        agencies=("parks",),
        subscriptions=(on(RequestCreated, count),),
        timers=(due("tally.remind", remind),),
        rebuild=Rebuild({"tally": Derived()}, (on(RequestCreated, count),)),
        routes=routes,
    )


from chassis.principals import SYSTEM as _SYSTEM
