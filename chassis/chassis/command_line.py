"""A service's command line: serve, migrate, write a revision, print the OpenAPI document."""

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import uvicorn
import uvloop
from pydantic import ValidationError

from chassis import migrations
from chassis.errors import FatalError
from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.running import Running
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.telemetry import configure_logging

S = TypeVar("S", bound=ServiceSettings)


def main(build: Callable[[S], Service], settings_type: type[S], argv: Sequence[str] | None = None) -> None:
    """Run a service from the command line: serve (default), migrate, revision or openapi."""
    name = settings_type.__module__.split(".")[0]
    parser = argparse.ArgumentParser(prog=f"python -m {name}.app", description=f"The Relay311 {name} service.")
    parser.add_argument("action", nargs="?", default="serve", choices=["serve", "migrate", "revision", "openapi"])
    parser.add_argument("message", nargs="?", default="change", help="what a revision does")
    asked = parser.parse_args(argv)
    try:
        service = build(settings_type())
        _ACTIONS[asked.action](service, asked.message)
    except ValidationError as error:
        _fail("; ".join(f"RELAY311_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()))
    except FatalError as error:
        _fail(str(error))


def _fail(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
    os._exit(1)  # at once: a frozen client must not delay the supervisor's restart


def _serve(service: Service, _message: str) -> None:
    configure_logging(service.name, service.settings.log_level)
    uvloop.run(_serve_until_stopped(service))


async def _serve_until_stopped(service: Service) -> None:
    settings = service.settings
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    access = KafkaAccess(
        settings.kafka_bootstrap, service.name, settings.instance, settings.kafka_username, password, settings.kafka_tls
    )
    running = Running(service, KafkaLog(access))
    config = uvicorn.Config(
        running.app(),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    async with running:
        spare_the_collector()
        serving = asyncio.create_task(server.serve())
        assert running.failed is not None  # noqa: S101 - set on entering
        await asyncio.wait({serving, running.failed}, return_when=asyncio.FIRST_COMPLETED)
        if running.failed.done() and running.failed.exception() is not None:
            _fail(f"{service.name} stops: {running.failed.exception()}")


def spare_the_collector() -> None:
    """Look for garbage cycles seldom: what a service starts with stays, and batches make none worth a scan."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _migrate(service: Service, _message: str) -> None:
    url = service.settings.database_url.get_secret_value()
    done = asyncio.run(migrations.migrate(url, service.package or service.name, service.metadata))
    sys.stdout.write(f"{service.name}: {'migrated' if done else 'already current'}\n")


def _revision(service: Service, message: str) -> None:
    url = service.settings.database_url.get_secret_value()
    sys.stdout.write(f"{migrations.write_revision(url, service.package or service.name, service.metadata, message)}\n")


def _openapi(service: Service, _message: str) -> None:
    import json  # noqa: PLC0415 - this action alone

    from chassis.memory import MemoryCluster, MemoryLog  # noqa: PLC0415 - this action alone

    log = MemoryLog(MemoryCluster(lambda _topic: 1), service.name)
    sys.stdout.write(json.dumps(Running(service, log).app().openapi(), indent=2, sort_keys=True) + "\n")


_ACTIONS: dict[str, Callable[[Service, str], None]] = {
    "serve": _serve,
    "migrate": _migrate,
    "revision": _revision,
    "openapi": _openapi,
}
