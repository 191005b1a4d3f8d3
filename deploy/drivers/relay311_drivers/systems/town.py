"""All made-up systems of a city behind one web server, and the loop that lets their work go on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, TypeAlias

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from relay311_drivers.systems.book import PICTURE, Book
from relay311_drivers.systems.exchange import FileExchange
from relay311_drivers.systems.open311 import Open311Server
from relay311_drivers.systems.sap import SapGateway
from relay311_drivers.systems.webhook import CaseSystem

System: TypeAlias = CaseSystem | Open311Server | SapGateway | FileExchange


class SystemsTown:
    """Every system by its agency. `delay` is the time between two steps of the work; None lets nothing happen alone."""

    def __init__(self, systems: Mapping[str, System], delay: float | None) -> None:
        self.systems, self._delay = systems, delay

    def app(self) -> Starlette:
        """Make the web server's app."""
        doors = [Mount(f"/{slug}", routes=list(system.routes)) for slug, system in self.systems.items()]
        control = [
            Route("/control", self.reset, methods=["DELETE"]),
            Route("/control/{agency}", self.show),
            Route("/control/{agency}/orders", self.show_orders),
            Route("/control/{agency}", self.control, methods=["POST"]),
            Route("/{agency}/photos/{name}", self.picture),
        ]
        return Starlette(routes=[*control, *doors], lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        work = asyncio.create_task(self.work())
        yield
        work.cancel()

    async def work(self) -> None:
        """Let files be taken and work go on, step by step."""
        while True:
            for system in self.systems.values():
                if isinstance(system, FileExchange):
                    await system.look()
                if self._delay is not None:
                    await self._step(system)
            await asyncio.sleep(self._delay if self._delay is not None else 0.1)

    async def _step(self, system: System) -> None:
        for record in system.book.open_records():
            system.book.step(record)
            try:
                await system.told(record)
            except httpx2.HTTPError as error:
                print(f"{system.book.name}: {record.number} is not told: {type(error).__name__}", flush=True)

    async def reset(self, _request: Request) -> Response:
        """Begin with empty books."""
        for system in self.systems.values():
            system.book.clear()
        return JSONResponse({})

    async def show_orders(self, request: Request) -> Response:
        """Show a system's work orders, where it has some of their own."""
        system = self.systems[request.path_params["agency"]]
        found = system.book.orders.orders.values() if isinstance(system, SapGateway) else ()
        return JSONResponse([asdict(one) for one in found])

    async def show(self, request: Request) -> Response:
        """Show a system's books."""
        return JSONResponse([asdict(one) for one in self._book(request).records.values()])

    async def picture(self, _request: Request) -> Response:
        """Show the picture that every crew sends."""
        return Response(PICTURE, media_type="image/jpeg")

    async def control(self, request: Request) -> Response:
        """Do what a test asks: cause faults, move, forget or tell of a record, write a snapshot."""
        system, asked = self.systems[request.path_params["agency"]], await request.json()
        system.book.faults |= asked.get("faults", {})
        for number in asked.get("forget", ()):
            del system.book.records[number]
        for number, change in asked.get("change", {}).items():
            record = system.book.records[number]
            for name, value in change.items():
                setattr(record, name, value)
            system.book.changed(record)
            if asked.get("tell", True):
                await system.told(record)
        for number, change in asked.get("orders", {}).items():
            if isinstance(system, SapGateway):
                system.book.orders.put(number, change)
        if asked.get("snapshot") and isinstance(system, FileExchange):
            system.snapshot()
        return JSONResponse(_counts(system))

    def _book(self, request: Request) -> Book:
        return self.systems[request.path_params["agency"]].book


def _counts(system: System) -> dict[str, Any]:
    return {"records": len(system.book.records), "open": len(system.book.open_records())}
