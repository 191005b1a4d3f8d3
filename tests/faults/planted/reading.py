"""Bugs on the way in: how the log is read, deduplicated, applied and parked."""

from typing import Final

from faults.planted.bug import Bug, Edit

_CONSUMING: Final = "chassis/chassis/consuming.py"
_KAFKA: Final = "chassis/chassis/kafka.py"
_OFFSETS: Final = "chassis/chassis/offsets.py"
_NO_OFFSET_CHECK: Final = Edit(
    _OFFSETS, "return [r for r in batch if r.offset >= before[r.place]]", "return list(batch)"
)
_NO_ID_CHECK: Final = Edit(_CONSUMING, "if received.id in new:", "if received.id:")

READING: Final = (
    Bug(
        "acknowledge_first",
        "the position is committed in a transaction of its own, before the batch's effects are",
        (
            Edit(
                _CONSUMING,
                "fresh = await offsets.claim(tx.connection, batch, self._topology.may_jump)",
                """async with self._database.transaction() as first:
                    fresh = await offsets.claim(first.connection, batch, self._topology.may_jump)""",
            ),
        ),
        ("I1", "I3", "I7", "I12"),
        ("kill_postgres", "kill_service", "failpoint"),
    ),
    Bug(
        "hint_first",
        "the log is told that a batch is done before its transaction has committed",
        (
            Edit(
                _KAFKA,
                "            if wanted:\n                await apply(wanted)",
                "            hints.note(records)\n            await hints.tell()\n"
                "            if wanted:\n                await apply(wanted)",
            ),
        ),
        ("I12",),
        ("failpoint",),
        points={"batch.claimed": ("intake", "routing", "sla", "notify")},
    ),
    Bug(
        "position_too_far",
        "the stored position is one record too far",
        (Edit(_OFFSETS, "nexts[place] = record.offset + 1", "nexts[place] = record.offset + 2"),),
        ("I1", "I7", "I12"),
        ("kill_service",),
        ("tests/faults/planted/test_planted_positions.py",),
    ),
    Bug(
        "position_a_batch_behind",
        "the position stored is where the batch began: the next batch alone commits this one",
        (
            Edit(
                _OFFSETS,
                "before = await _advance(connection, nexts)",
                "before = await _advance(connection, firsts)",
            ),
        ),
        ("I11", "I12"),
        ("kill_service", "poison"),
        ("tests/faults/planted/test_planted_positions.py",),
    ),
    Bug(
        "no_dedupe_by_offset",
        "records below the stored position are applied again",
        (_NO_OFFSET_CHECK,),
        ("I11",),
        ("kill_service", "kill_postgres", "poison", "lost_commit", "failpoint", "zombie"),
        ("tests/faults/planted/test_planted_fencing.py",),
    ),
    Bug(
        "no_dedupe_by_id",
        "an event whose id was seen before is applied again",
        (_NO_ID_CHECK,),
        ("I5",),
        ("duplicates", "unknown_field", "duplicate_topic", "kill_service"),
        ("chassis/tests/test_chassis_bench.py::test_an_event_is_applied_once_and_answered_in_its_partition",),
    ),
    Bug(
        "dedupe_in_another_transaction",
        "event ids are noted in a transaction of their own",
        (
            Edit(
                _CONSUMING,
                "new = await offsets.first_seen(tx.connection, [r.id for r in heard], [r.at for r in heard])",
                """async with self._database.transaction() as other:
            new = await offsets.first_seen(other.connection, [r.id for r in heard], [r.at for r in heard])""",
            ),
        ),
        ("I1", "I3", "I7", "I12"),
        ("poison", "kill_postgres"),
    ),
    Bug(
        "no_fencing",
        "the rows of positions are read without a lock: two members of a group may apply the same batch",
        (Edit(_OFFSETS, "USING (topic, part) ORDER BY o.topic, o.part FOR UPDATE OF o", "USING (topic, part)"),),
        ("I5", "I11"),
        ("zombie", "freeze_service", "rebalance", "poison", "kill_service"),
        ("tests/faults/planted/test_planted_fencing.py",),
    ),
    Bug(
        "reset_to_latest",
        "reading begins at the newest record, and an assignment is not followed by a seek",
        (
            Edit(_KAFKA, 'auto_offset_reset="earliest",', 'auto_offset_reset="latest",'),
            Edit(
                "chassis/chassis/seeking.py", "consumer.seek(TopicPartition(*place), position)", '_log.debug("no seek")'
            ),
        ),
        ("I1", "I3", "I7", "I12"),
        ("kill_service", "grow"),
        ("tests/integration/test_log_contract.py",),
    ),
    Bug(
        "poison_swallowed",
        "a record that cannot be applied is logged and skipped, not parked",
        (
            Edit(
                _CONSUMING,
                "park.put(tx, records[0], reason, _safe_words(error))",
                '_log.warning("record skipped", reason=reason)',
            ),
        ),
        ("I11",),
        ("poison", "kill_service"),
    ),
    Bug(
        "second_half_dropped",
        "a failing batch is halved, and its second half forgotten",
        (
            Edit(
                _CONSUMING,
                "await self._apply_records(tx, [r for r in records[middle:] if not park.holds(r)], park)",
                '_log.debug("halved")',
            ),
        ),
        ("I1", "I3", "I7", "I11", "I12"),
        ("poison", "kill_service", "duplicates"),
    ),
    Bug(
        "parked_key_overtaken",
        "later records of a parked key are applied all the same",
        (Edit(_CONSUMING, "Park(self._service), await parked_keys(tx, fresh)", "Park(self._service), set()"),),
        ("I11",),
        ("poison", "kill_service"),
        ("chassis/tests/test_chassis_bench.py::test_a_poison_record_parks_its_key_alone_and_is_redriven_in_order",),
    ),
    Bug(
        "failed_batch_keeps_its_events",
        "a batch that is undone leaves the events it had published",
        (
            Edit(
                "chassis/chassis/transaction.py",
                "del self._outgoing[sent:], self._audit[noted:]",
                "del self._audit[noted:]",
            ),
        ),
        ("I1", "I8"),
        ("poison", "kill_service"),
        ("tests/faults/planted/test_planted_undoing.py",),
    ),
)
"""In the order of a record's way."""
