"""Agencies' systems in a process of their own, and what is told to a bench of adapters."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from chassis.ids import derived_uuid
from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import Photo
from contracts.routing import AgencyNotice
from contracts.topics import inbox
from relay311_local.ports import free_port

ROOT = Path(__file__).parents[3]
REQUEST = UUID("0198f000-0000-7000-8000-000000000001")
PICTURE = b"\xff\xd8\xff\xe0 a picture, as far as anybody here looks \xff\xd9"
SERVICES = {
    "housing": ("tenant-housing-complaint", {"conditions": ["mold", "no_heat"]}),
    "water-and-power": ("utility-outage", {"utility": "power"}),
    "engineering": ("sidewalk-repair", {"damage": "access"}),
    "fire": ("fire-safety", {"hazard": "hydrant"}),
}
"""A service of each agency, and answers to its questions."""


class Systems:
    """The made-up systems, and how to make them do something."""

    def __init__(self, port: int, folder: Path, photos: str) -> None:
        self.url, self.folder, self.photos = f"http://127.0.0.1:{port}", folder, photos
        self.watchful_city = _city_that_looks(0.2, folder.parent / f"{folder.name}-watchful")
        self.patient_city = _city_that_looks(3600, folder.parent / f"{folder.name}-patient")

    @property
    def settings(self) -> dict[str, Any]:
        """What adapters is told."""
        return {
            "systems_base_url": self.url,
            "adapter_folder": self.folder,
            "allow_private_systems": True,
            "intake_base_url": self.photos,
            "adapter_poll_seconds": 0.1,
        }

    def records(self, agency: str) -> list[dict[str, Any]]:
        """Look into an agency's books."""
        found: list[dict[str, Any]] = httpx2.get(f"{self.url}/control/{agency}").json()
        return found

    def orders(self, agency: str) -> list[dict[str, Any]]:
        """Look into an agency's work orders."""
        found: list[dict[str, Any]] = httpx2.get(f"{self.url}/control/{agency}/orders").json()
        return found

    def reset(self) -> None:
        """Begin with empty books and empty folders."""
        httpx2.delete(f"{self.url}/control").raise_for_status()
        shutil.rmtree(self.folder / "fire", ignore_errors=True)

    def do(self, agency: str, **asked: Any) -> dict[str, Any]:
        """Make a system do something."""
        answer = httpx2.post(f"{self.url}/control/{agency}", json=asked)
        answer.raise_for_status()
        done: dict[str, Any] = answer.json()
        return done


def _city_that_looks(every: float, folder: Path) -> Path:
    """Copy the city, and let its adapters look every so many seconds."""
    shutil.copytree(ROOT / "cities" / "los-angeles", folder)
    adapters = folder / "adapters.yaml"
    text, count = re.subn(r"poll_seconds: \d+", f"poll_seconds: {every}", adapters.read_text())
    assert count, "adapters.yaml has no poll_seconds"
    adapters.write_text(text)
    return folder


@contextmanager
def systems_running(folder: Path) -> Iterator[Systems]:
    """Run the systems in a process of their own, where nothing happens that is not asked for."""
    port, photos = free_port(), free_port()
    city = {"RELAY311_CITY": str(ROOT / "cities/los-angeles"), "RELAY311_RUN": str(folder)}
    known = {"RELAY311_SYSTEMS_PORT": str(port), "RELAY311_SYSTEMS_FOLDER": str(folder), "RELAY311_SIM_DELAY": "none"}
    process = subprocess.Popen(
        [sys.executable, "-m", "relay311_drivers.systems"], env={**os.environ, **city, **known}, cwd=ROOT
    )
    album = subprocess.Popen([sys.executable, str(Path(__file__).with_name("album_played.py")), str(photos)])
    systems = Systems(port, folder, f"http://127.0.0.1:{photos}")
    try:
        for url in (f"{systems.url}/control/fire", f"{systems.photos}/photos/x"):
            _wait(url)
        yield systems
    finally:
        for one in (process, album):
            one.terminate()
            one.wait(10)


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            httpx2.get(url)
        except httpx2.HTTPError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return


def notice(agency: str, kind: str = "assigned", sequence: int = 1, nth: int = 1, **more: Any) -> AgencyNotice:
    """Make what routing would tell an agency; `nth` is the assignment, and `more` changes any field."""
    service, attributes = SERVICES[agency]
    request_id = more.pop("request_id", REQUEST)
    about = RequestFacts(
        tracking_number=more.pop("tracking_number", "T-1"),
        service_code=more.pop("service_code", service),
        opened_at="2026-03-02T08:00:00Z",
    )
    whole = {
        "queue": "desk",
        "description": "Water runs out of the wall & smells, says «Ana».",
        "place": Place(address="100 W 1st St", latitude=34.0522, longitude=-118.2437),
        "attributes": attributes,
        "due_at": "2026-03-09T08:00:00Z",
        "details_url": "http://intake.example/requests/1/details",
        "photos": (Photo(photo_id="ab" * 32, width=800, height=600),),
    }
    known = {
        "request_id": request_id,
        "notice_id": f"{request_id}-{agency}-{sequence}",
        "sequence": sequence,
        "kind": kind,
        "assignment_id": derived_uuid("assignment", request_id, agency, nth),
        "about": about,
        **(whole if kind in {"assigned", "amended", "reopened"} else {}),
    }
    return AgencyNotice(**{**known, **more})


async def tell(bench: Bench, agency: str, *notices: AgencyNotice) -> None:
    """Put notices into an agency's inbox."""
    for one in notices:
        await bench.feed(one, topic=inbox(agency))


async def eventually(find: Callable[[], Awaitable[Any]], what: str, seconds: float = 15) -> Any:
    """Ask until there is an answer."""
    end = time.monotonic() + seconds
    while not (found := await find()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        await asyncio.sleep(0.05)
    return found


async def handed(bench: Bench, systems: Systems, agency: str, count: int) -> dict[str, str]:
    """Hand requests over, and give their numbers by reference."""
    for nth in range(1, count + 1):
        await tell(bench, agency, notice(agency, request_id=UUID(int=nth), tracking_number=f"T-{nth}"))
    await sent(bench, count)

    async def booked() -> object:
        found = systems.records(agency)
        return {one["reference"]: one["number"] for one in found} if len(found) == count else None

    numbers: dict[str, str] = await eventually(booked, "the records")
    return numbers


async def compared(bench: Bench, agency: str) -> dict[str, Any]:
    """Compare now, and give the report once it is there."""
    asked = await bench.http.post(f"/reconciliations/{agency}", headers=bench.token("operator"))
    assert asked.status_code == 202, asked.text

    async def told() -> object:
        found = (await bench.http.get("/reconciliations", headers=bench.token("operator"))).json()
        return [one for one in found if one["run_id"] == asked.json()["run_id"] and one["finished_at"]]

    (report,) = await eventually(told, "the comparison")
    done: dict[str, Any] = report
    return done


async def deliveries(bench: Bench, state: str = "sent") -> Sequence[Any]:
    """List the errands in a state."""
    return await bench.rows("adapters", "SELECT * FROM delivery WHERE state = $1 ORDER BY seq", state)


async def sent(bench: Bench, count: int) -> Sequence[Any]:
    """Wait until so many errands are sent."""

    async def enough() -> Any:
        found = await deliveries(bench)
        return found if len(found) >= count else None

    found: Sequence[Any] = await eventually(enough, f"{count} errands sent")
    return found


def dumped(value: Any) -> str:
    """Write a value down, to look for words in it."""
    return json.dumps(value, ensure_ascii=False)
