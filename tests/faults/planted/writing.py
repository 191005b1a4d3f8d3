"""Bugs on the way out: the commit, the outbox, the relay and the log's own partitions."""

from typing import Final

from faults.planted.bug import Bug, Edit

_DATABASE: Final = "chassis/chassis/database.py"
_KAFKA: Final = "chassis/chassis/kafka.py"
_OUTBOX: Final = "chassis/chassis/outbox.py"
_TRANSACTION: Final = "chassis/chassis/transaction.py"
_LOST: Final = ("I1", "I3", "I4", "I5", "I6", "I7", "I8")
"""What an event that never reaches the log breaks; which of them depends on whose event it was."""

WRITING: Final = (
    Bug(
        "publish_before_commit",
        "the outbox is committed in a transaction of its own, before the effects are",
        (
            Edit(
                _DATABASE,
                "            sent = await tx.flush()\n",
                "            async with self.pool.acquire() as other, other.transaction():\n"
                "                sent = await tx.flush(other)\n",
            ),
            Edit(_TRANSACTION, "async def flush(self) -> int:", "async def flush(self, other: Any) -> int:"),
            Edit(_TRANSACTION, "await append_outbox(self.connection,", "await append_outbox(other,"),
        ),
        ("I1", "I2", "I6", "I8"),
        ("failpoint",),
        points={"commit.before": ("intake",)},
    ),
    Bug(
        "publish_after_commit",
        "the outbox is written in a second transaction, when the effects have been committed",
        (
            Edit(_DATABASE, "            sent = await tx.flush()\n", "            sent = 1\n"),
            Edit(
                _DATABASE,
                "        if sent:\n",
                "        async with self.pool.acquire() as tx.connection, tx.connection.transaction():\n"
                "            sent = await tx.flush()\n"
                "        if sent:\n",
            ),
        ),
        _LOST,
        ("failpoint",),
        points={"commit.after": ("intake", "routing", "sla")},
    ),
    Bug(
        "no_order_lock",
        "the outbox is appended without the lock that makes the order of ids the order of commits",
        (Edit(_OUTBOX, "SELECT pg_advisory_xact_lock($1)", "SELECT $1::bigint"),),
        _LOST,
        ("slow_wires",),
        ("tests/faults/planted/test_planted_order.py",),
    ),
    Bug(
        "relay_skips_a_late_row",
        "the relay forgets everything there is, not only what it has sent",
        (Edit(_OUTBOX, "DELETE FROM outbox WHERE id <= $1", "DELETE FROM outbox WHERE id <= $1 OR id > 0"),),
        ("I1", "I7", "I8"),
        ("kill_service",),
    ),
    Bug(
        "relay_forgets_first",
        "the relay forgets what it is about to send",
        (
            Edit(
                "chassis/chassis/relay.py",
                "await self._log.append(records)",
                "await forget_outbox(connection, last_id)\n            await self._log.append(records)",
            ),
        ),
        _LOST,
        ("failpoint", "kill_unheard"),
        points={"log.sent": ("intake", "routing", "sla")},
    ),
    Bug(
        "relay_without_acknowledgement",
        "the relay forgets what it has handed to the client, acknowledged or not",
        (Edit(_KAFKA, "    await sent\n", "    del sent\n"),),
        _LOST,
        ("kill_unheard",),
        services=("intake", "routing", "sla"),
    ),
    Bug(
        "relay_newest_first",
        "the relay sends what waits in reverse",
        (Edit("chassis/chassis/relay.py", "await self._log.append(records)", "await self._log.append(records[::-1])"),),
        ("I6",),
        ("kill_broker", "kill_service"),
    ),
    Bug(
        "random_partition",
        "an event's partition is chosen by chance, not by its key",
        (
            Edit(
                _TRANSACTION,
                "return partition_of(key, count)",
                "return int(derived_id(key, because.id), 16) % count",
            ),
        ),
        ("I6",),
        ("kill_service",),
    ),
    Bug(
        "event_id_by_chance",
        "an event's id is made anew each time, not from its cause",
        (Edit(_TRANSACTION, "return derived_id(topic, cause_id, ordinal)", 'return __import__("uuid").uuid4().hex'),),
        ("I9",),
        ("kill_service", "duplicates", "lost_commit"),
        ("tests/faults/planted/test_planted_ids.py",),
    ),
    Bug(
        "timer_taken_first",
        "due rows are deleted in a transaction of their own, before their effect",
        (
            Edit(
                "chassis/chassis/timers.py",
                "rows = await tx.sql(TAKE, timer.kind, tx.now, SWEEP)",
                """async with self._database.transaction() as first:
                rows = await first.sql(TAKE, timer.kind, tx.now, SWEEP)""",
            ),
        ),
        ("I5", "I12"),
        ("failpoint",),
        points={"timer.taken": ("survey",)},
    ),
)
"""In the order of an event's way."""
