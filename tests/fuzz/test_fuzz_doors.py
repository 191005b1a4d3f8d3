"""Every door of every service holds what its OpenAPI document says, whatever is thrown at it.

`make fuzz` makes up more calls: FUZZ_EXAMPLES is how many each operation gets, FUZZ_SEED where the dice begin.
"""

import asyncio
import os
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from typing import Any, Final, NamedTuple

import httpx2
import pytest
import schemathesis
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

import adapters.app
import adapters.settings
import intake.app
import intake.settings
import kb.app
import kb.settings
import notify.app
import notify.settings
import routing.app
import routing.settings
import sla.app
import sla.settings
import survey.app
import survey.settings
from chassis.testing import Bench

SERVICES: Final = {
    s.__name__: (s.app.build, s.settings.Settings) for s in (intake, routing, sla, notify, survey, kb, adapters)
}
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "5"))
SEED: Final = int(os.environ.get("FUZZ_SEED", "311"))
ROLES: Final = (None, "supervisor", "agent", "operator", "agency", "system")
OWN_ERRORS: Final = ("/open311/v2", "/open311/inquiry", "/open311/discovery", "/telephony", "/feedback/form")
"""Paths whose errors have the shape of a standard or a provider of their own, or are pages for people."""
ENDLESS: Final = ("/stream",)
GRAFFITI: Final = {
    "service_code": "graffiti-removal",
    "description": "Paint.",
    "place": {"address": "100 W 1st St"},
    "reporter": {"email": "pat@example.org"},
}


class Judged(NamedTuple):
    """What came of a call: its status, and what is wrong with the answer."""

    status: int
    wrong: str | None


@pytest.fixture
async def mail_port() -> AsyncIterator[int]:
    """Run a mail server that takes everything, so that no door waits for one."""
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: SMTP(Sink(), loop=loop), "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def bench(bench_factory: Any, tmp_path: Any, mail_port: int, request: Any) -> Any:
    build, chosen = SERVICES[request.param]
    given = {"smtp_port": mail_port, "photo_store": str(tmp_path)}
    return await bench_factory(build, chosen, **{name: v for name, v in given.items() if name in chosen.model_fields})


def cases_of(operation: Any) -> Iterator[Any]:
    """Make up calls of one operation, from the same dice each time: half as its schema says, half against it."""
    for mode, count in ((GenerationMode.POSITIVE, EXAMPLES - EXAMPLES // 2), (GenerationMode.NEGATIVE, EXAMPLES // 2)):
        yield from _made(operation, mode, count)


def _made(operation: Any, mode: GenerationMode, count: int) -> Sequence[Any]:
    made: list[Any] = []

    @seed(SEED)
    @settings(
        max_examples=max(count, 1),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        made.append(case)

    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():  # nothing may be wrong there
        collect()
    return made[:count]


async def written(bench: Bench, case: Any, role: str | None) -> Any:
    """Write a call down; None for what no client can send."""
    given = case.as_transport_kwargs(base_url="http://test")
    wanted = {name: given[name] for name in ("method", "url", "params", "json", "data", "files") if given.get(name)}
    sent = {name: value for name, value in (given.get("headers") or {}).items() if str(value).isascii()}
    headers = {name: value for name, value in sent.items() if str(value).isprintable() and str(name).isascii()}
    headers |= bench.token(role, agency="parks" if role == "agency" else None) if role else {}
    body = wanted.pop("data", None)
    if isinstance(body, bytes | str):
        wanted["content"] = body
    elif body is not None:
        wanted["data"] = body
    try:
        request = bench.http.build_request(**wanted, headers=headers)
        await request.aread()
    except (UnicodeError, ValueError, TypeError, AttributeError, httpx2.InvalidURL):
        return None
    return request


async def judge(bench: Bench, operation: Any, request: Any) -> Judged:
    """Send a call and name what is wrong with its answer."""
    said = f"{request.method} {request.url}"[:300] + f" {request.content[:300]!r}"
    try:
        answer = await bench.http.send(request)
    except Exception as broken:  # noqa: BLE001 - whatever breaks a door is a finding
        return Judged(500, f"{said} broke: {broken!r}"[:900])
    wrong = _wrong(operation, answer)
    return Judged(answer.status_code, f"{wrong}: {answer.status_code} {answer.text[:300]} to {said}" if wrong else None)


def _wrong(operation: Any, answer: Any) -> str | None:
    known = {str(status) for status in operation.definition.raw.get("responses", {})}
    if answer.status_code >= 500:
        return "a 5xx"
    if not {str(answer.status_code), f"{answer.status_code // 100}XX", "default"} & known:
        return f"undocumented, of {sorted(known)}"
    refused = answer.status_code >= 400 and not operation.path.startswith(OWN_ERRORS)
    return "no problem document" if refused and "problem+json" not in answer.headers.get("content-type", "") else None


async def known_values(bench: Bench) -> dict[str, str]:
    """Make a request where requests are made; gives what calls may name by a path's parameters."""
    answer = await bench.http.post("/requests", json=GRAFFITI)
    if answer.status_code != 201:
        return {}
    made = answer.json()
    return {"number": made["tracking_number"], "request_id": made["request_id"]}


@pytest.mark.requirement("CH-13")
@pytest.mark.parametrize("bench", SERVICES, indirect=True)
async def test_no_call_breaks_a_door_or_gets_an_answer_that_is_not_documented(
    bench: Bench, figure: Callable[[str], None]
) -> None:
    (service,) = bench.clients
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = schemathesis.openapi.from_dict(bench.clients[service]._transport.app.openapi())  # type: ignore[attr-defined]
        found = [found.ok() for found in document.get_all_operations()]
    operations = [one for one in found if not any(part in one.path for part in ENDLESS)]
    wrong, seen = [], Counter[int]()
    for at, operation in enumerate(operations):
        called, known = 0, await known_values(bench)
        for n, case in enumerate(cases_of(operation)):
            case.path_parameters.update(named(known, case, n))
            request = await written(bench, case, ROLES[(at + n) % len(ROLES)])
            if request is not None:
                judged = await judge(bench, operation, request)
                seen[judged.status], called = seen[judged.status] + 1, called + 1
                wrong += [judged.wrong] if judged.wrong else []
        assert called, f"{operation.label} was never called"
    failed = sum(count for status, count in seen.items() if status >= 500)
    by_status = f"by status {dict(sorted(seen.items()))} (FUZZ_SEED={SEED} FUZZ_EXAMPLES={EXAMPLES})"
    figure(f"{service}: {len(operations)} operations, {seen.total()} made-up calls, 5xx: {failed}, {by_status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("bench", SERVICES, indirect=True)
async def test_no_field_of_a_body_is_dropped_in_silence(bench: Bench) -> None:
    (service,) = bench.clients
    document = bench.clients[service]._transport.app.openapi()  # type: ignore[attr-defined]
    bodies = [
        content["schema"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    ]
    assert bodies
    seen: dict[str, bool] = {}
    for body in bodies:
        look_at(body, document["components"]["schemas"], seen)
    assert [name for name, is_lenient in seen.items() if is_lenient] == [], "say extra='forbid', or `exactly`"


def look_at(schema: Any, known: dict[str, Any], seen: dict[str, bool]) -> None:
    """Note of every object within a schema whether fields beyond its own would be dropped."""
    if isinstance(schema, list):
        for part in schema:
            look_at(part, known, seen)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen[name] = known[name].get("type") == "object" and known[name].get("additionalProperties", True) is True
            look_at(known[name], known, seen)
        look_at(list(schema.values()), known, seen)


def named(known: dict[str, str], case: Any, turn: int) -> dict[str, str]:
    """Let every second call name what there is: a door that finds nothing shows little."""
    return {name: value for name, value in known.items() if name in (case.path_parameters or {})} if turn % 2 else {}
