"""The print room's door: letters that wait, a batch as one PDF, and the word that it was posted."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from notify import store
from notify.domain.paper import MOST_AT_ONCE
from notify.domain.policy import POLICY
from notify.gateways.printing import pages_of
from notify.handlers.printing import Posting, Taking, finish_batches, read_batch, take_batches
from notify.schemas import FinishedBatch, PostedBody, TakenBatch, WaitingLetter

Limit = Annotated[int, Query(ge=1, le=MOST_AT_ONCE)]
_PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The letters, as one PDF.", "content": {"application/pdf": {}}}
}


def routes(doors: Doors, font: Path | None) -> APIRouter:
    """Make the routes of the print room."""
    router = APIRouter(prefix="/letters")
    take = doors.command("PUT /letters/batches", take_batches)
    finish = doors.command("POST /letters/batches/posted", finish_batches)

    @router.get("")
    async def list_letters(caller: Caller, limit: Limit = 100) -> list[WaitingLetter]:
        """List the letters that wait, oldest first, without what is in them."""
        allow(POLICY, caller, "letters.print")
        async with doors.reads() as reads:
            found = await store.letters_waiting(reads, doors.database.clock(), limit)
        return [WaitingLetter(**row) for row in found]

    @router.put("/batches/{batch_id}", responses={200: {"model": TakenBatch}})
    async def take_batch(batch_id: UUID, caller: Caller, limit: Limit = 100) -> Response:
        """Take letters, under a name of one's own; asked for again it gives the same. It is held for a day."""
        allow(POLICY, caller, "letters.print")
        return await take(Taking(batch_id, limit), caller)

    @router.get("/batches/{batch_id}", response_model=None, response_class=Response, responses=_PDF)
    async def print_batch(batch_id: UUID, caller: Caller) -> Response:
        """Give a batch's letters as one PDF; every reading is noted."""
        async with doors.transaction() as tx:
            sheets = await read_batch(tx, batch_id, caller)
        pdf = await asyncio.to_thread(pages_of, sheets, font)
        return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "no-store"})

    @router.post("/batches/{batch_id}/posted", responses={200: {"model": FinishedBatch}})
    async def post_batch(batch_id: UUID, body: PostedBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Say that a batch was posted, but for letters that were spoilt: these wait for the next."""
        allow(POLICY, caller, "letters.print")
        return await finish(Posting(batch_id, tuple(body.spoilt)), caller, key)

    @router.delete("/batches/{batch_id}", responses={200: {"model": FinishedBatch}})
    async def give_batch_back(batch_id: UUID, caller: Caller) -> Response:
        """Give a batch back whole; its letters wait for the next."""
        allow(POLICY, caller, "letters.print")
        return await finish(Posting(batch_id, is_given_back=True), caller)

    return router
