"""The load: residents, agents and frontends who report by every door, repeat themselves, write and dispute."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import httpx2
from town import Town

from contracts.frontends import Reporter, RequestSubmitted
from contracts.vocabulary import DeliveryChannel
from faults.ledger import Answer, Kind, Ledger, Operation, Outcome, hash_of
from faults.targets import Targets
from faults.writer import Writer
from relay311_drivers.bodies import form_of
from relay311_drivers.generator import make_report

Action: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
PER_SECOND: Final = 8.0
_TIMEOUT: Final = 5.0
_TRIES: Final = 12
_PAUSE: Final = 1.0
_LINES: Final = 8
_WRITERS: Final = 32
_BY_WEBHOOK: Final = 0.25
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
_WEIGHTS: Final = {
    "single": 40,
    "keyless": 8,
    "same_twice": 10,
    "other_body": 6,
    "bulk": 6,
    "published": 16,
    "published_twice": 6,
    "message": 8,
    "dispute": 10,
}


class Load:
    """Sends until told to stop; every operation is in the ledger first."""

    def __init__(self, town: Town, ledger: Ledger, writer: Writer, targets: Targets, seed: int) -> None:
        self._town, self._ledger, self._writer, self._targets = town, ledger, writer, targets
        self._chance, self._seed, self._count = random.Random(f"load-{seed}"), seed, 0
        self._services = [s for s in town.city.services.values() if s.enabled and s.code in town.city.rules_by_service]
        self._taken: list[dict[str, Any]] = []
        self._threads = ThreadPoolExecutor(_WRITERS, thread_name_prefix="frontend")
        self._http = httpx2.AsyncClient(timeout=_TIMEOUT, limits=httpx2.Limits(max_connections=64))
        self._agent = {"Authorization": f"Bearer {town.token('agent')}"}

    async def run(self, stop: asyncio.Event) -> None:
        """Start operations at random moments until `stop`, then wait for those under way."""
        actions: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            name: getattr(self, f"_{name}") for name in _WEIGHTS
        }
        async with asyncio.TaskGroup() as group, self._http:
            running: set[asyncio.Task[None]] = set()
            while not stop.is_set():
                name = self._chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
                running.add(task := group.create_task(actions[name]()))
                task.add_done_callback(running.discard)
                await asyncio.sleep(self._chance.expovariate(PER_SECOND))
            await asyncio.gather(*running)

    # --- reports over HTTP -------------------------------------------------------------------------------------

    async def _single(self) -> None:
        operation, body = self._report(Kind.POST)
        self._ledger.write([operation])
        await self._post(operation, body, tries=_TRIES if self._chance.random() < 3 / 4 else 1)

    async def _keyless(self) -> None:
        operation, body = self._report(Kind.POST)
        operation.key = ""
        self._ledger.write([operation])
        await self._post(operation, body, tries=1)

    async def _same_twice(self) -> None:
        operation, body = self._report(Kind.POST)
        self._ledger.write([operation])
        await asyncio.gather(self._post(operation, body), self._post(operation, body))

    async def _other_body(self) -> None:
        first, body = self._report(Kind.POST)
        second, other = self._report(Kind.POST)
        second.key = first.key
        self._ledger.write([first, second])
        await self._post(first, body)
        await self._post(second, other)

    async def _post(self, operation: Operation, body: dict[str, Any], tries: int = _TRIES) -> None:
        headers = {"Idempotency-Key": operation.key} if operation.key else {}
        said = await self._until_clear([operation], "/requests", tries, json=body, headers=headers)
        if said and said.get("manage_link"):
            self._taken.append(said)

    async def _bulk(self) -> None:
        made = [self._report(Kind.LINE) for _ in range(_LINES)]
        self._ledger.write([operation for operation, _ in made])
        lines = b"\n".join(json.dumps({**body, "key": operation.key}).encode() for operation, body in made)
        headers = {**self._agent, "Content-Type": "application/x-ndjson"}
        for _ in range(_TRIES):
            answer = await self._send("/requests/bulk", content=lines, headers=headers)
            results = answer.json()["results"] if answer is not None and answer.is_success else [{}] * len(made)
            noted = [_answer(result.get("status"), result) for result in results]
            for (operation, _), one in zip(made, noted, strict=True):
                self._ledger.note(operation, one)
            if all(one.outcome is not Outcome.MAYBE for one in noted):
                return
            await asyncio.sleep(_PAUSE)

    # --- reports on the log ------------------------------------------------------------------------------------

    async def _published(self) -> None:
        operation, report = self._published_report()
        self._ledger.write([operation])
        await self._publish(operation, report)

    async def _published_twice(self) -> None:
        operation, report = self._published_report()
        self._ledger.write([operation])
        await asyncio.gather(self._publish(operation, report), self._publish(operation, report))

    async def _publish(self, operation: Operation, report: RequestSubmitted) -> None:
        taken = await asyncio.get_running_loop().run_in_executor(self._threads, self._writer.submit, report)
        self._ledger.note(operation, Answer(Outcome.OK if taken else Outcome.MAYBE, time.time()))

    def _published_report(self) -> tuple[Operation, RequestSubmitted]:
        report = self._make()
        return self._operation(Kind.EVENT, report, report.model_dump(mode="json")), report

    # --- what residents do with their link -----------------------------------------------------------------------

    async def _message(self) -> None:
        if self._taken:
            taken = self._chance.choice(self._taken)
            await self._through_link(taken, Kind.MESSAGE, "messages", {"text": "Is there any news?"})

    async def _dispute(self) -> None:
        """Dispute the oldest closing that nobody has disputed yet."""
        for taken in [one for one in self._taken if not one.get("disputed")][:3]:
            answer = await self._send(f"/requests/{taken['tracking_number']}", method="GET")
            closure = answer.json().get("closure_id") if answer is not None and answer.is_success else None
            if closure and not taken.get("disputed"):
                taken["disputed"] = True
                await self._through_link(taken, Kind.DISPUTE, "dispute", {"closure_id": closure})
                return

    async def _through_link(self, taken: dict[str, Any], kind: Kind, step: str, body: dict[str, Any]) -> None:
        name = self._name()
        about = f"{taken['request_id']}/{body.get('closure_id', '')}"
        operation = Operation(name, kind, name, hash_of(body), about)
        self._ledger.write([operation])
        path = f"/requests/{taken['tracking_number']}/{step}?{urlsplit(taken['manage_link']).query}"
        await self._until_clear([operation], path, _TRIES, json=body, headers={"Idempotency-Key": name})

    # --- sending -------------------------------------------------------------------------------------------------

    async def _until_clear(
        self, operations: list[Operation], path: str, tries: int, **parts: Any
    ) -> dict[str, Any] | None:
        """Send until the answer is clear; returns it."""
        for _ in range(tries):
            answer = await self._send(path, **parts)
            said: dict[str, Any] = answer.json() if answer is not None and answer.status_code < _SERVER_ERROR else {}
            noted = _answer(answer.status_code if answer is not None else None, said)
            for operation in operations:
                self._ledger.note(operation, noted)
            if noted.outcome is not Outcome.MAYBE:
                return said
            await asyncio.sleep(_PAUSE)
        return None

    async def _send(self, path: str, method: str = "POST", **parts: Any) -> httpx2.Response | None:
        try:
            return await self._http.request(method, self._town.url("intake", path), **parts)
        except httpx2.HTTPError:
            return None

    # --- making --------------------------------------------------------------------------------------------------

    def _report(self, kind: Kind) -> tuple[Operation, dict[str, Any]]:
        report = self._make()
        body = form_of(report)
        return self._operation(kind, report, body), body

    def _operation(self, kind: Kind, report: RequestSubmitted, body: dict[str, Any]) -> Operation:
        assert report.external_id is not None
        return Operation(report.external_id, kind, report.submission_key, hash_of(body))

    def _make(self) -> RequestSubmitted:
        name = self._name()
        made = make_report(self._town.city, self._chance.choice(self._services), self._chance, name)
        return made.model_copy(update={"external_id": name, "reporter": self._reporter(made.reporter, name)})

    def _reporter(self, made: Reporter | None, name: str) -> Reporter | None:
        """Let some be told by webhook instead of mail."""
        if made is None or self._chance.random() > _BY_WEBHOOK:
            return made
        called = {"webhook_url": self._targets.url(name), "email": None, "preferred_channel": DeliveryChannel.WEBHOOK}
        return made.model_copy(update=called)

    def _name(self) -> str:
        self._count += 1
        return f"op-{self._seed}-{self._count}"


def _answer(status: int | None, said: dict[str, Any]) -> Answer:
    """Read an answer: what the server failed at, or never answered, may have happened."""
    unclear = status is None or status >= _SERVER_ERROR or status == _TOO_MANY
    taken = not unclear and status is not None and status < 400
    outcome = Outcome.MAYBE if unclear else Outcome.OK if taken else Outcome.REFUSED
    return Answer(
        outcome,
        time.time(),
        status or 0,
        str(said.get("request_id", "")) if taken else "",
        str(said.get("tracking_number", "")) if taken else "",
        str(said.get("state") or said.get("detail") or ""),
    )
