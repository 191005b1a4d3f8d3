"""A person has messages sent again that were given up: each once, by the ways that lead to its reader today."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import orjson

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.principals import allow
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.vocabulary import Moment
from notify import store
from notify.domain.intents import Intent, Telling, address
from notify.domain.offices import Offices
from notify.domain.policy import POLICY
from notify.domain.reaching import Reach
from notify.domain.retries import fresh_until
from notify.domain.undelivered import again


class Redriving(NamedTuple):
    """Messages to be sent again, and why."""

    intent_ids: tuple[UUID, ...]
    because: str


class Redriver:
    """Sends again by a city's rules of telling."""

    def __init__(self, telling: Telling, offices: Offices) -> None:
        self._telling, self._offices = telling, offices

    async def redrive(self, tx: Transaction, commands: Sequence[Command[Redriving]]) -> list[Reply | Problem]:
        """Send again what was given up; what was sent again before, or leads to nobody, is left as it is."""
        return [await self._redrive(tx, command) for command in commands]

    async def _redrive(self, tx: Transaction, command: Command[Redriving]) -> Reply | Problem:
        allow(POLICY, command.principal, "undelivered.redrive")
        asked = list(dict.fromkeys(command.payload.intent_ids))
        held = await store.hold_undelivered(tx, asked)
        reaches = await store.reaches_of(tx, {row["contact_ref"] for row in held}) | self._offices.reaches
        told = {row["intent_id"]: self._again(tx, row, reaches) for row in held}
        sent = [key for key in asked if told.get(key)]
        await store.save_intents(tx, [intent for key in sent for intent in told[key]])
        await store.note_redriven(tx, sent, command.principal.subject)
        for key in sent:
            said = {"because": command.payload.because, "as": [str(intent.intent_id) for intent in told[key]]}
            tx.audit(command.principal, "undelivered.redrive", str(key), said)
            tx.count("relay311_redriven_total", "Messages that a person had sent again.")
        return Reply(200, _answer(asked, sent, told))

    def _again(self, tx: Transaction, row: Row, reaches: Mapping[str, Reach]) -> list[Intent]:
        reach, moment = reaches.get(row["contact_ref"]), Moment(row["moment"])
        if reach is None:
            return []
        given = {name: row[name] for name in ("intent_id", "request_id", "contact_ref", "moment", "at")}
        waiting = Intent(
            **given,
            channel=None,
            transition=again(row["transition"]),
            made_at=tx.now,
            next_attempt_at=tx.now,
            expires_at=fresh_until(moment, tx.now),
            details=orjson.loads(row["details"]),
            traceparent=None,
        )
        return address(self._telling, waiting, reach, tx.now)


def _answer(asked: Sequence[UUID], sent: Sequence[UUID], told: Mapping[UUID, list[Intent]]) -> dict[str, list[str]]:
    return {
        "redriven": [str(key) for key in sent],
        "unreachable": [str(key) for key in asked if key in told and not told[key]],
        "not_waiting": [str(key) for key in asked if key not in told],
    }
