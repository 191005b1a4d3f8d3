"""What happens to photos beside the doors: addresses are fetched, and what nobody needs is deleted."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from chassis.http import Doors
from chassis.ids import derived_id
from chassis.records import Due
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.intake import Photo
from intake import store
from intake.domain.photos.keeping import next_try
from intake.gateways.photos import NotKept, NotNow, Unusable
from intake.handlers.desk import Desk
from intake.handlers.life.cases import Cases
from intake.handlers.photos.keeping import hang, note

LEASE: Final = timedelta(minutes=2)
"""Longer than fetching, waiting for a turn and cleaning take; who dies holds an address no longer than this."""
AT_ONCE: Final = 4
SWEEP: Final = 20
PATIENCE: Final = timedelta(minutes=5)
"""A store that did not delete is asked again after this."""
_log = structlog.get_logger()


class Darkroom:
    """One loop of a service process; several may run side by side."""

    def __init__(self, doors: Doors, desk: Desk) -> None:
        self._doors, self._desk = doors, desk

    async def run(self, stop: asyncio.Event, poll_seconds: float) -> None:
        """Work until told to stop."""
        while not stop.is_set():
            if not await self.work():
                await _pause(stop, poll_seconds)

    async def work(self) -> bool:
        """Fetch what is due and sweep what nobody needs; tells whether there was anything."""
        async with self._doors.reads() as reads:
            work = await store.photo_work(reads, self._doors.database.clock())
        return (work["fetch"] and await self._fetch_due()) or (work["sweep"] and await self._sweep_due())

    async def _fetch_due(self) -> bool:
        async with self._doors.transaction() as tx:
            fetches = await store.lease_fetches(tx, tx.now + LEASE, AT_ONCE)
        await asyncio.gather(*(self._fetch(fetch) for fetch in fetches))
        return bool(fetches)

    async def _sweep_due(self) -> bool:
        async with self._doors.transaction() as tx:
            return await self._sweep(tx)

    async def _fetch(self, fetch: Row) -> None:
        try:
            cleaned = await self._desk.album.fetch(fetch["address"])
            await self._doors.persist(lambda tx: note(tx, [cleaned.photo]))
            await self._desk.album.put(cleaned)
        except Unusable as why:
            await self._give_up(fetch, str(why))
        except (NotNow, NotKept) as why:
            await self._put_off(fetch, str(why))
        else:
            await self._doors.persist(lambda tx: _hang_fetched(tx, fetch, cleaned.photo))

    async def _put_off(self, fetch: Row, why: str) -> None:
        again = next_try(fetch["tries"], self._doors.database.clock())
        if again is None:
            await self._give_up(fetch, "The photo's address did not answer, the last time of several.")
            return
        _log.info("photo put off", why=why, tries=fetch["tries"])
        await self._doors.persist(lambda tx: store.put_off(tx, fetch["fetch_id"], again))

    async def _give_up(self, fetch: Row, why: str) -> None:
        _log.info("photo given up", why=why, tries=fetch["tries"])
        await self._doors.persist(lambda tx: _note_refused(tx, fetch, why))

    async def _sweep(self, tx: Transaction) -> bool:
        """Delete bytes under the lock of their row, so that an upload of the same bytes waits, then keeps them anew."""
        rows = await store.lock_unneeded(tx, SWEEP)
        if not rows:
            return False
        used, unneeded = ([row["photo_id"] for row in rows if row["used"] is wanted] for wanted in (True, False))
        gone = [photo_id for photo_id in unneeded if await self._forgotten(photo_id)]
        await store.settle_swept(tx, used, gone)
        await store.sweep_later(tx, sorted(set(unneeded) - set(gone)), PATIENCE)
        return True

    async def _forgotten(self, photo_id: str) -> bool:
        try:
            await self._desk.album.forget(photo_id)
        except NotKept as why:
            _log.warning("photo not deleted", why=str(why))
            return False
        return True


async def _hang_fetched(tx: Transaction, fetch: Row, photo: Photo) -> None:
    cases = await Cases.load(tx, [fetch["request_id"]])
    if not await store.drop_fetch(tx, fetch["fetch_id"]):
        await store.sweep_at_once(tx, photo.photo_id)  # the request was erased meanwhile
    elif fetch["request_id"] in cases.files:
        await hang(tx, cases, fetch["request_id"], (photo,), "system", _cause(tx, fetch))
        await cases.save()


async def _note_refused(tx: Transaction, fetch: Row, why: str) -> None:
    cases = await Cases.load(tx, [fetch["request_id"]])
    if await store.drop_fetch(tx, fetch["fetch_id"]) and fetch["request_id"] in cases.files:
        cases.note(fetch["request_id"], tx.now, "photo_refused", {"reason": why})
        await cases.save()


def _cause(tx: Transaction, fetch: Row) -> Due:
    """Name the event after the address's own row: it is told of once, whoever fetches it."""
    key = fetch["fetch_id"]
    return Due("photo.fetch", key, tx.now, {}, derived_id("photo.fetched", key), tx.now, fetch["traceparent"])


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, unless told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
