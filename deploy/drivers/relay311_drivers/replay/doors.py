"""The doors of the platform that a replay uses: bulk reports, the triage desk, cancellations, parked records."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from contracts.city import City
from relay311_drivers.dlq import Parked, list_parked
from relay311_drivers.replay.ledger import Ending
from relay311_drivers.replay.rows import Refused
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web, must

_AT_ONCE: Final = 8
NOT_A_FIELD: Final = "intake:refused"
"""The reason of a refusal that names no field: the row is good, so something else is wrong."""
_CLOSED_ALREADY: Final = 409
_TAKEN: Final = frozenset({200, 201})


class Line(NamedTuple):
    """One row to submit: where it stands in the file, its number and its report as JSON."""

    line: int
    number: str
    body: bytes


class Taken(NamedTuple):
    """A row the platform took."""

    request_id: str
    tracking_number: str
    number: str


async def submit(web: Web, platform: Platform, lines: Sequence[Line]) -> list[Taken | Refused]:
    """Post rows in one go; each is answered for itself, in order."""
    content = b"\n".join(line.body for line in lines)
    headers = {"content-type": "application/x-ndjson", **bearer(platform, "system", "import")}
    answer = must(await web.ask("POST", platform.url("intake", "/requests/bulk"), content=content, headers=headers))
    results = orjson.loads(answer.content)["results"]
    return [_result(line, said) for line, said in zip(lines, results, strict=True)]


def _result(line: Line, said: dict[str, Any]) -> Taken | Refused:
    """Read one line's answer.

    >>> _result(Line(7, "1-77", b""), {"status": 422, "errors": [{"field": "place", "problem": "needs an address"}]})
    Refused(line=7, number='1-77', reason='intake:place', detail='needs an address')
    """
    if said["status"] in _TAKEN:
        return Taken(said["request_id"], said["tracking_number"], line.number)
    if not said.get("errors"):
        return Refused(line.line, line.number, NOT_A_FIELD, str(said.get("detail") or said["status"]))
    first = said["errors"][0]
    return Refused(line.line, line.number, f"intake:{first['field']}", str(first["problem"]))


async def resolve(web: Web, platform: Platform, city: City, waiting: Iterable[tuple[str, str, str]]) -> None:
    """Play the triage desk: give (request_id, number, owner) to the recorded owner."""
    lines = [
        {
            "request_id": request_id,
            "agency": owner,
            "queue": city.agencies[owner].default_queue,
            "reason": f"Owner in legacy record {number}.",
        }
        for request_id, number, owner in waiting
    ]
    if lines:
        url = platform.url("routing", "/triage/resolve")
        await web.post(url, {"lines": lines}, headers=bearer(platform, "agent", "import"))


async def cancel(web: Web, platform: Platform, endings: Iterable[Ending]) -> None:
    """Cancel requests for their requesters, at the time of the record."""
    gate = asyncio.Semaphore(_AT_ONCE)
    headers = bearer(platform, "system", "import")

    async def one(ending: Ending) -> None:
        async with gate:
            url = platform.url("intake", f"/requests/{ending.tracking_number}/cancel")
            named = {**headers, "Idempotency-Key": f"cancel-{ending.request_id}"}
            answer = await web.ask("POST", url, json={"at": ending.ended}, headers=named)
            if answer.status_code != _CLOSED_ALREADY:
                must(answer)

    await asyncio.gather(*(one(ending) for ending in endings))


async def parked(platform: Platform) -> set[Parked]:
    """List what the services have parked."""
    headers = bearer(platform, "operator", "import")
    async with Web(headers, patience=10) as web:
        return {record for record, _ in await list_parked(web, platform)}
