"""The tables every service has: its place in the log, its outbox, and what it has promised to do later."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

CHASSIS_TABLES = frozenset(
    {"platform", "consumer_offset", "inbox", "inbox_before", "outbox", "due", "parked", "idempotency", "audit"}
)
"""Their names; released as SQL in `chassis.ddl`."""
PARTED: Final[Mapping[str, str]] = {"inbox": "at", "audit": "at"}
"""Those that lie in parts by month, and the column that says in which."""


def new_base() -> Any:
    """Make a service's SQLModel base, with its own metadata that already holds the chassis tables."""
    own = registry()

    class Base(SQLModel, registry=own):
        metadata = own.metadata

    chassis_tables(own.metadata)
    return Base


def chassis_tables(metadata: MetaData) -> None:
    """Declare the chassis tables in a service's metadata."""
    moment = DateTime(timezone=True)
    Table("platform", metadata, Column("cluster_id", Text, primary_key=True))
    Table(
        "consumer_offset",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("part", Integer, primary_key=True),
        Column("next", BigInteger, nullable=False),
        postgresql_with={"fillfactor": "50"},
    )
    _inbox(metadata, moment)
    Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("part", Integer, nullable=False),
        Column("key", Text, nullable=False),
        Column("value", LargeBinary),
        Column("traceparent", Text),
    )
    Table(
        "due",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("due_at", moment, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("on_event_clock", Boolean, nullable=False),
        Column("traceparent", Text),
        Index("due_by_time", "kind", "due_at", postgresql_where=text("NOT on_event_clock")),
    )
    _parking(metadata, moment)
    _answers(metadata, moment)


def _inbox(metadata: MetaData, moment: DateTime) -> None:
    Table(
        "inbox",
        metadata,
        Column("event_id", UUID, primary_key=True),
        Column("at", moment, primary_key=True),
        postgresql_partition_by="RANGE (at)",
    )
    # What was seen before the inbox lay in months: ids whose time nobody noted.
    Table("inbox_before", metadata, Column("event_id", UUID, primary_key=True))


def _parking(metadata: MetaData, moment: DateTime) -> None:
    Table(
        "parked",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("part", Integer, nullable=False),
        Column("log_offset", BigInteger, nullable=False),
        Column("key", Text),
        Column("value", LargeBinary),
        Column("reason", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Column("parked_at", moment, nullable=False),
        Column("redriven_at", moment),
        Index("parked_keys", "topic", "key", postgresql_where=text("redriven_at IS NULL")),
    )


def _answers(metadata: MetaData, moment: DateTime) -> None:
    Table(
        "idempotency",
        metadata,
        Column("caller", Text, primary_key=True),
        Column("route", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("body_hash", LargeBinary, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("answer", JSONB, nullable=False),
        Column("answered_at", moment, nullable=False),
    )
    Table(
        "audit",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("at", moment, primary_key=True, server_default=func.now()),
        Column("role", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("agency", Text),
        Column("action", Text, nullable=False),
        Column("object", Text, nullable=False),
        Column("detail", JSONB, nullable=False),
        postgresql_partition_by="RANGE (at)",
    )
