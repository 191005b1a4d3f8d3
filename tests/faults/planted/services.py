"""Bugs in what the services do with the chassis: commands, lives, promises and mails."""

from typing import Final

from faults.planted.bug import Bug, Edit

_COMMANDS: Final = "chassis/chassis/commands.py"
_DELIVERING: Final = "services/notify/notify/handlers/delivering.py"

SERVICES: Final = (
    Bug(
        "key_not_stored",
        "the answer to a command is not kept under its idempotency key",
        (
            Edit(
                _COMMANDS,
                'await tx.insert(tx.table("idempotency"), rows)',
                'await tx.insert(tx.table("idempotency"), rows[:0])',
            ),
        ),
        ("I1",),
        ("kill_service",),
    ),
    Bug(
        "body_not_compared",
        "a key that comes again with another body is answered as if it were the same",
        (Edit(_COMMANDS, 'if bytes(stored["body_hash"]) != waiting.body_hash:', "if False:"),),
        ("I1",),
        ("kill_service",),
    ),
    Bug(
        "request_not_locked",
        "a request's row is read without a lock, so that two transactions decide on the same facts",
        (
            Edit(
                "services/intake/intake/store/requests/batches.py",
                "ORDER BY request_id FOR UPDATE\n",
                "ORDER BY request_id\n",
            ),
        ),
        ("I3", "I6", "I8"),
        ("slow_wires", "kill_service"),
    ),
    Bug(
        "closed_while_work_goes_on",
        "a request is closed as soon as one of its agencies is done",
        (
            Edit(
                "services/intake/intake/domain/life/case.py",
                "if any(not part.ended for part in case.parts):",
                "if not case.parts:",
            ),
        ),
        ("I3",),
        ("kill_service",),
        ("services/intake/tests/test_intake_domain.py::test_apply_report_ends_the_request_only_with_its_last_part",),
    ),
    Bug(
        "closed_again",
        "an agency may report its part done after it has ended",
        (
            Edit(
                "services/intake/intake/domain/life/lifecycle.py",
                'R.COMPLETED:         Step(_CREW,                       "part",  _HELD,  ',
                'R.COMPLETED:         Step(_CREW, "part", (*_HELD, S.COMPLETED, S.CLOSED), ',
            ),
        ),
        ("I3",),
        ("duplicates", "kill_service"),
        (
            "services/intake/tests/test_intake_domain.py::test_every_agency_step_is_in_the_table_and_nothing_leaves_closed_but_a_dispute",
        ),
    ),
    Bug(
        "promise_not_saved",
        "a promise is published and its clock not kept",
        (
            Edit(
                "services/sla/sla/handlers/promising.py",
                "            watch(tx, clock, r, rules)\n            sheet.put(clock)\n",
                "            watch(tx, clock, r, rules)\n",
            ),
        ),
        ("I6",),
        ("kill_service",),
        ("services/sla/tests/test_sla_handlers.py::test_a_new_request_is_promised_a_target_and_a_forecast",),
    ),
    Bug(
        "older_overwrites_newer",
        "a row is overwritten by an older version of itself",
        (
            Edit(
                "chassis/chassis/sql.py",
                'excluded."{newer}"\' if newer else ""',
                'excluded."{newer}"\' if False else ""',
            ),
        ),
        ("I8",),
        ("duplicates", "duplicate_topic", "kill_service"),
        (
            "services/intake/tests/test_intake_requests.py::test_the_answer_holds_the_forecast_published_for_the_service",
        ),
    ),
    Bug(
        "intent_id_by_chance",
        "a message's id is made anew each time, so that the same news can be told twice",
        (
            Edit(
                "services/notify/notify/domain/intents.py",
                'return derived_uuid("intent", request_id, transition, contact_ref, channel)',
                'return __import__("uuid").uuid4()',
            ),
        ),
        ("I4",),
        ("duplicates", "duplicate_topic", "kill_service"),
        ("services/notify/tests/test_notify_delivery.py::test_news_is_told_once_however_often_it_is_heard",),
    ),
    Bug(
        "mail_noted_before_it_is_sent",
        "a mail is recorded as delivered, and then sent",
        (
            Edit(
                _DELIVERING,
                "sent = await self._send_all(claim.rows, began + SEND_WITHIN.total_seconds())",
                """noted = [
            Sent(row, facts_of(row["about"], row["contact_ref"]), Answer(Verdict.TAKEN))
            for row in claim.rows
            if row["channel"] == "email"
        ]
        await self._doors.persist(lambda tx: record(tx, claim.id, noted, self._telling))
        sent = await self._send_all(claim.rows, began + SEND_WITHIN.total_seconds())""",
            ),
        ),
        ("I4",),
        ("failpoint",),
        ("services/notify/tests/test_notify_delivery.py::test_a_busy_mail_server_is_asked_again_and_keeps_the_order",),
        points={"mail.before": ("notify",)},
    ),
    Bug(
        "mail_without_a_lease",
        "a message that is being sent counts as due",
        (Edit(_DELIVERING, "store.claim_due(tx, LEASE, self._batch)", "store.claim_due(tx, LEASE * 0, self._batch)"),),
        ("I4",),
        ("grow", "slow_wires"),
        services=("notify",),
    ),
    Bug(
        "mail_named_by_chance",
        "a mail's Message-ID is made anew with each attempt",
        (
            Edit(
                "services/notify/notify/gateways/mail.py",
                'return f"<{letter.intent_id}@{domain}>"',
                "return f\"<{__import__('uuid').uuid4()}@{domain}>\"",
            ),
        ),
        ("I4",),
        ("kill_service",),
        ("services/notify/tests/test_notify_delivery.py::test_a_life_is_told_in_order",),
    ),
    Bug(
        "mail_given_up_at_once",
        "a mail server that asks for patience is taken to refuse",
        (
            Edit(
                "services/notify/notify/gateways/smtp.py",
                "verdict = Verdict.REFUSED if code >= PERMANENT else Verdict.LATER",
                "verdict = Verdict.REFUSED",
            ),
        ),
        ("I4",),
        ("refuse_mail", "greylist_mail"),
        ("services/notify/tests/test_notify_delivery.py::test_a_busy_mail_server_is_asked_again_and_keeps_the_order",),
    ),
)
"""In the order of a request's life."""
