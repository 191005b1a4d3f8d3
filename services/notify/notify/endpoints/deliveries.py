"""How messages went, and how notices read."""

from uuid import UUID

from fastapi import APIRouter

from chassis.errors import invalid
from chassis.http import Caller, Doors
from chassis.principals import allow
from chassis.sql import Row
from contracts.vocabulary import Moment
from notify import store
from notify.domain.letters import Writer
from notify.domain.policy import POLICY
from notify.schemas import Delivery, Preview


def routes(doors: Doors, writer: Writer) -> APIRouter:
    """Make the routes of staff."""
    router = APIRouter()

    @router.get("/deliveries")
    async def list_deliveries(request_id: UUID, caller: Caller) -> list[Delivery]:
        """List the messages of a request, oldest first, and how each went."""
        allow(POLICY, caller, "deliveries.read")
        async with doors.reads() as reads:
            return [_delivery(row) for row in await store.deliveries_of(reads, request_id)]

    @router.get("/preview")
    async def preview(moment: Moment, caller: Caller, language: str = "en", service: str | None = None) -> Preview:
        """Show a notice as a resident would read it."""
        allow(POLICY, caller, "notices.preview")
        if language not in writer.languages:
            known = ", ".join(writer.languages)
            raise invalid([{"field": "language", "problem": f"the city does not write {language!r}; ask for {known}"}])
        words = writer.preview(moment, language, service)
        return Preview(moment=moment, language=language, subject=words.subject, text=words.text)

    return router


def _delivery(row: Row) -> Delivery:
    waits = row["next_attempt_at"] if row["settled_at"] is None else None
    return Delivery.model_validate({**row, "next_attempt_at": waits})
