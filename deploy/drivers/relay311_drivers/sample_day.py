"""Sends a generated day of reports through the running platform, until the first one is closed."""

import argparse
import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from contracts.frontends import RequestSubmitted
from relay311_drivers.bodies import form_of
from relay311_drivers.generator import sample_day
from relay311_drivers.log import LogReader, reading
from relay311_drivers.problems import DriverError
from relay311_drivers.progress import Progress
from relay311_drivers.running import Platform
from relay311_drivers.web import Web

_AT_ONCE: Final = 8
_PATIENCE_SECONDS: Final = 90.0
_SEEDS: Final = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `sample-day`."""
    parser.add_argument("--count", type=int, default=60, help="how many reports (default: 60)")
    parser.add_argument("--seed", type=int, help="the same seed sends the same day, and only once (default: a new day)")
    parser.add_argument("--no-wait", action="store_true", help="do not wait for the first closed request")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Send the day; the last line is JSON."""
    seed = secrets.randbelow(_SEEDS) if options.seed is None else options.seed
    if options.count < 1:
        raise DriverError(f"COUNT is {options.count}: send at least one report.")
    reports = list(sample_day(platform.city(), options.count, seed))
    print(json.dumps({"seed": seed, **asyncio.run(_send_day(platform, reports, wait=not options.no_wait))}))
    return 0


async def _send_day(platform: Platform, reports: list[RequestSubmitted], *, wait: bool) -> dict[str, Any]:
    started = time.monotonic()
    async with _listening(platform, wait=wait) as reader:
        sent = {report["request_id"]: report["tracking_number"] for report in await _post_all(platform, reports)}
        said: dict[str, Any] = {"sent": len(sent), "seconds_to_send": round(time.monotonic() - started, 1)}
        print(f"{len(sent)} reports sent: {_mix(reports)}")
        if reader:
            closed = await _first_closed(reader, set(sent))
            said |= {"first_closed": sent[closed], "seconds_to_first_closed": round(time.monotonic() - started, 1)}
    return said


@asynccontextmanager
async def _listening(platform: Platform, *, wait: bool) -> AsyncIterator[LogReader | None]:
    if not wait:
        yield None
        return
    async with reading(platform, ("request.closed",), from_start=False) as reader:
        yield reader


async def _post_all(platform: Platform, reports: list[RequestSubmitted]) -> list[dict[str, Any]]:
    """Post every report, a few at once; the first refusal ends it."""
    gate, progress, answered = asyncio.Semaphore(_AT_ONCE), Progress(), Counter[str]()

    async def post(report: RequestSubmitted, web: Web) -> dict[str, Any]:
        async with gate:
            answer: dict[str, Any] = await web.post(
                platform.url("intake", "/requests"), form_of(report), key=report.key
            )
        answered["sent"] += 1
        progress.say(f"{answered['sent']} of {len(reports)} reports sent")
        return answer

    async with Web() as web:
        return await asyncio.gather(*(post(report, web) for report in reports))


async def _first_closed(reader: LogReader, ours: set[str]) -> str:
    """Wait for the first of these requests to be closed."""
    until, progress = time.monotonic() + _PATIENCE_SECONDS, Progress()
    while time.monotonic() < until:
        for heard in await reader.read():
            if heard.envelope.subject in ours:
                return heard.envelope.subject
        progress.say("waiting for the first closed request")
    raise DriverError(
        f"No request was closed within {_PATIENCE_SECONDS:.0f} s; see `make status` and whether the agencies run."
    )


def _mix(reports: Iterable[RequestSubmitted]) -> str:
    """Say the most frequent services.

    >>> _mix([])
    ''
    """
    counted = Counter(report.service_code for report in reports)
    return ", ".join(f"{count} {service}" for service, count in counted.most_common(5))
