"""The live stream of requests' public changes: one look at the timeline serves everybody who listens here."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from chassis.http import Doors
from chassis.sql import Row
from chassis.transaction import Reads
from intake import store
from intake.domain.pages.request import change_of, state_of
from intake.domain.pages.telling import TOLD
from intake.domain.public.live import HEARTBEAT_SECONDS, LASTS_SECONDS, RETRY_MS, SEEN_BEFORE, Reading, event
from intake.domain.public.view import public_entry
from intake.handlers.desk import Desk, Facts
from intake.handlers.public.listeners import Listener, Said
from intake.handlers.public.views import show_rows
from intake.store.public import live

LOOK_SECONDS: Final = 0.4


async def follow(doors: Doors, desk: Desk, request_id: UUID, after: int | None) -> AsyncIterator[bytes]:
    """Tell where a request stands, what was missed since `after`, then what happens, for at most an hour."""
    listeners = desk.listeners
    mine = listeners.add(request_id)
    try:
        await listeners.looking.wait()
        async with doors.reads() as reads:
            missed = await live.lines_since(reads, request_id, after) if after is not None else []
            told = await _told(reads, desk, [request_id], {request_id: missed})
        yield b"retry: %d\n\n" % RETRY_MS
        for _, said in told.get(request_id, ()):
            yield said
        async for said in _heard(mine, {line["id"] for line in missed}):
            yield said
    finally:
        listeners.forget(request_id, mine)


async def watch(doors: Doors, stop: asyncio.Event, desk: Desk) -> None:
    """Look at what is new while anybody listens."""
    listeners = desk.listeners
    while not stop.is_set():
        await listeners.wanted.wait()
        if not listeners.looking.is_set():
            await _begin(doors, desk)
        while listeners.by_request:
            await _look(doors, desk)
            await asyncio.sleep(LOOK_SECONDS)
        listeners.wanted.clear()
        listeners.looking.clear()


async def _begin(doors: Doors, desk: Desk) -> None:
    async with doors.reads() as reads:
        newest = await live.newest_line(reads)
        reading = Reading(max(0, newest - SEEN_BEFORE))
        seen = await live.new_lines(reads, [(reading.newest + 1, newest)])
    reading.note([line["id"] for line in seen], asyncio.get_running_loop().time())
    desk.listeners.reading = reading
    desk.listeners.looking.set()


async def _look(doors: Doors, desk: Desk) -> None:
    listeners = desk.listeners
    async with doors.reads() as reads:
        new = await live.new_lines(reads, listeners.reading.ranges())
        heard = listeners.hearing({line["request_id"] for line in new}) if new else set()
        told = await _told(reads, desk, heard, await _own(reads, new, heard)) if heard else {}
    listeners.reading.note([line["id"] for line in new], asyncio.get_running_loop().time())
    for request_id, said in told.items():
        for listener in listeners.by_request.get(request_id, ()):
            listener.hear(said)


async def _own(reads: Reads, new: Sequence[Row], heard: set[UUID]) -> Mapping[UUID, Sequence[Row]]:
    """Read whole lines of those requests alone that somebody listens to."""
    by_request: defaultdict[UUID, list[Row]] = defaultdict(list)
    for line in await live.lines(reads, [line["id"] for line in new if line["request_id"] in heard]):
        by_request[line["request_id"]].append(line)
    return by_request


async def _told(
    reads: Reads, desk: Desk, request_ids: Iterable[UUID], lines: Mapping[UUID, Sequence[Row]]
) -> dict[UUID, list[Said]]:
    """Write, once for everybody, where requests stand and what these lines say."""
    views = await show_rows(reads, await store.show_requests(reads, list(request_ids)), desk)
    for view in views:
        desk.listeners.parents.pop(view["request_id"], None)
        if view.get("parent_request_id"):
            desk.listeners.parents[view["request_id"]] = view["parent_request_id"]
    return {view["request_id"]: _events(view, lines.get(view["request_id"], ()), desk) for view in views}


def _events(view: Facts, lines: Sequence[Row], desk: Desk) -> list[Said]:
    stands = state_of(desk.city, view)
    shown = [(line["id"], public_entry(line["kind"], line["at"].isoformat(), line["detail"])) for line in lines]
    changes: list[Said] = [
        (number, event("change", change_of(desk.city, entry) | stands, number))
        for number, entry in shown
        if entry and entry["kind"] in TOLD
    ]
    return [(None, event("state", stands)), *changes]


async def _heard(listener: Listener, known: set[Any]) -> AsyncIterator[bytes]:
    """Give what one listener hears, and a sign of life when there is nothing."""
    ends = asyncio.get_running_loop().time() + LASTS_SECONDS
    while asyncio.get_running_loop().time() < ends:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                heard = await listener.events.get()
        except TimeoutError:
            yield b": still here\n\n"
            continue
        if heard is None:
            return
        if heard[0] is None or heard[0] not in known:
            yield heard[1]
