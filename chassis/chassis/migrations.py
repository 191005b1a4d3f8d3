"""Database migrations: Alembic over a service's own metadata, skipped quickly when there is nothing to do."""

import asyncio
import re
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
from sqlalchemy import MetaData

from chassis.backoff import until_up
from chassis.database import is_transient
from chassis.errors import FatalError
from chassis.tables import CHASSIS_TABLES, PARTED

MIGRATION_LOCK = 311_003
_PART = re.compile(rf"({'|'.join(PARTED)})_(rest|\d{{4}}_\d{{2}})")
_ONE_AT_A_TIME = threading.Lock()  # Alembic works through module globals


def folder_of(service: str) -> Path:
    """Find a service's migrations beside its package."""
    package: ModuleType = sys.modules[service]
    return Path(str(package.__file__)).resolve().parents[1] / "migrations"


def head_of(folder: Path) -> str:
    """Name the newest revision: files are `NNNN_name.py`, in order."""
    found = [path.stem.split("_")[0] for path in (folder / "versions").glob("[0-9]*.py")]
    if not found:
        raise FatalError(f"No migration in {folder}/versions; write one with `python -m <service>.app revision`.")
    return max(found)


async def migrate(url: str, service: str, metadata: MetaData) -> bool:
    """Bring the database to the newest revision; returns whether anything was done."""
    folder = folder_of(service)

    async def connected() -> asyncpg.Connection:
        return await asyncpg.connect(url)

    connection = await until_up("PostgreSQL", connected, is_transient)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        if await _revision(connection) == head_of(folder):
            return False
        await asyncio.to_thread(_upgrade, url, folder, metadata)
        return True
    finally:
        await connection.close()


async def _revision(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return found


def _upgrade(url: str, folder: Path, metadata: MetaData) -> None:
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - costly, and seldom needed

    config, script = _alembic(folder)

    def upgrade(revision: str, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - Alembic's way without an env.py

    with _ONE_AT_A_TIME, EnvironmentContext(config, script, fn=upgrade) as context:
        asyncio.run(_online(url, context, metadata))


def _alembic(folder: Path) -> tuple[Any, Any]:
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


async def _online(url: str, context: Any, metadata: MetaData) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - as above
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - as above

    def run(connection: Any) -> None:
        context.configure(connection=connection, target_metadata=metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(run)


def write_revision(url: str, service: str, metadata: MetaData, message: str) -> Path:
    """Write the next revision by comparing the metadata with a database at the present head."""
    from alembic.autogenerate import produce_migrations, render_python_code  # noqa: PLC0415 - as above
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - as above

    folder = folder_of(service) / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    known = sorted(path.stem.split("_")[0] for path in folder.glob("[0-9]*.py"))
    number = f"{len(known) + 1:04d}"

    options = {"compare_type": True, "include_name": _is_own}

    async def compare() -> str:
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
        async with engine.connect() as connection:
            made = await connection.run_sync(
                lambda c: produce_migrations(MigrationContext.configure(c, opts=options), _own_tables(metadata))
            )
        await engine.dispose()
        return str(render_python_code(made.upgrade_ops_list[0], imports=[]))

    body = asyncio.run(compare())
    path = folder / f"{number}_{message.replace(' ', '_')}.py"
    body = body.replace("astext_type=Text()", "").replace(
        "    # ### commands auto generated by Alembic - please adjust! ###\n", ""
    )
    body = body.replace("    # ### end Alembic commands ###", "").strip()
    path.write_text(
        _TEMPLATE.format(
            message=message[:1].upper() + message[1:],
            number=number,
            down=repr(known[-1]) if known else "None",
            chassis="" if known else _CHASSIS,
            body=body,
        )
    )
    return path


def _is_own(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or not (name in CHASSIS_TABLES or _is_part(str(name)))


def _is_part(name: str) -> bool:
    """Tell a chassis table's part from a table.

    >>> _is_part("inbox_2026_03"), _is_part("inbox_rest"), _is_part("audit_of_desks")
    (True, True, False)
    """
    return _PART.fullmatch(name) is not None


def _own_tables(metadata: MetaData) -> MetaData:
    own = MetaData()
    for table in metadata.sorted_tables:
        if table.name not in CHASSIS_TABLES:
            table.to_metadata(own)
    return own


_CHASSIS = """for statement in ddl.statements(ddl.FIRST_TABLES + ddl.MONTHS):
        op.execute(statement)
    """

_TEMPLATE = '''"""{message}."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from chassis import ddl
from sqlalchemy.dialects import postgresql

revision = "{number}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {chassis}{body}
'''
