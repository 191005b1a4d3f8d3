"""A service's command line: serve, migrate, revision, openapi, rebuild, hash, retain."""

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
from chassis.running import Running, wall_clock
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.telemetry import configure_logging

S = TypeVar("S", bound=ServiceSettings)


def main(build: Callable[[S], Service], settings_type: type[S], argv: Sequence[str] | None = None) -> None:
    """Run a service from the command line: serve (default), or one of its other actions."""
    name = settings_type.__module__.split(".")[0]
    parser = argparse.ArgumentParser(prog=f"python -m {name}.app", description=f"The Relay311 {name} service.")
    parser.add_argument("action", nargs="?", default="serve", choices=list(_ACTIONS))
    parser.add_argument("message", nargs="?", default="change", help="what a revision does")
    parser.add_argument("--months", type=int, help="retain: keep so many months instead of each table's own time")
    parser.add_argument("--dry-run", action="store_true", help="retain: only say what would go")
    asked = parser.parse_args(argv)
    try:
        service = build(settings_type())
        _ACTIONS[asked.action](service, asked)
    except ValidationError as error:
        _fail("; ".join(f"RELAY311_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()))
    except FatalError as error:
        _fail(str(error))


def _fail(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
    os._exit(1)  # at once: a frozen client must not delay the supervisor's restart


def _serve(service: Service, _asked: argparse.Namespace) -> None:
    configure_logging(service.name, service.settings.log_level)
    uvloop.run(_serve_until_stopped(service))


def _access(service: Service) -> KafkaAccess:
    settings = service.settings
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    return KafkaAccess(
        settings.kafka_bootstrap, service.name, settings.instance, settings.kafka_username, password, settings.kafka_tls
    )


async def _serve_until_stopped(service: Service) -> None:
    settings = service.settings
    running = Running(service, KafkaLog(_access(service)))
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
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _migrate(service: Service, _asked: argparse.Namespace) -> None:
    url = service.settings.database_url.get_secret_value()
    done = asyncio.run(migrations.migrate(url, service.package or service.name, service.metadata))
    sys.stdout.write(f"{service.name}: {'migrated' if done else 'already current'}\n")


def _revision(service: Service, asked: argparse.Namespace) -> None:
    url = service.settings.database_url.get_secret_value()
    sys.stdout.write(
        f"{migrations.write_revision(url, service.package or service.name, service.metadata, asked.message)}\n"
    )


def _openapi(service: Service, _asked: argparse.Namespace) -> None:
    import json  # noqa: PLC0415 - this action alone

    from chassis.memory import MemoryCluster, MemoryLog  # noqa: PLC0415 - this action alone

    log = MemoryLog(MemoryCluster(lambda _topic: 1), service.name)
    sys.stdout.write(json.dumps(Running(service, log).app().openapi(), indent=2, sort_keys=True) + "\n")


def _rebuild(service: Service, _asked: argparse.Namespace) -> None:
    from chassis.rebuilding.procedure import rebuild  # noqa: PLC0415 - this action alone

    configure_logging(service.name, "warning")
    done = uvloop.run(rebuild(service, KafkaLog(_access(service)), _say))
    _say(f"{service.name}: rebuilt from {done.records:,} records in {done.seconds:.1f} s; {done.parked} parked anew")


def _hash(service: Service, _asked: argparse.Namespace) -> None:
    from chassis.rebuilding.procedure import plan_of  # noqa: PLC0415 - this action alone
    from chassis.rebuilding.state import digest_of, look  # noqa: PLC0415 - this action alone

    url = service.settings.database_url.get_secret_value()
    states = asyncio.run(look(url, plan_of(service), service.metadata))
    for state in states:
        _say(f"{state.digest}  {state.table} ({state.rows:,} rows)")
    _say(f"{digest_of(states)}  {service.name}")


def _retain(service: Service, asked: argparse.Namespace) -> None:
    asyncio.run(_retain_in(service, asked))


async def _retain_in(service: Service, asked: argparse.Namespace) -> None:
    import asyncpg  # noqa: PLC0415 - this action alone

    from chassis.retaining import CHASSIS, kept_for, retain  # noqa: PLC0415 - this action alone

    known = (*CHASSIS, *service.retains)
    months = kept_for(asked.months, service.settings.kept_months, known)
    connection = await asyncpg.connect(service.settings.database_url.get_secret_value())
    try:
        await retain(connection, wall_clock(), months, _say, known, dry_run=asked.dry_run)
    finally:
        await connection.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


_ACTIONS: dict[str, Callable[[Service, argparse.Namespace], None]] = {
    "serve": _serve,
    "migrate": _migrate,
    "revision": _revision,
    "openapi": _openapi,
    "rebuild": _rebuild,
    "hash": _hash,
    "retain": _retain,
}
