"""Forms: how far each filling-in came, as pages, drafts and conversations tell; counted, knowing nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.links import sign
from chassis.records import Command
from chassis.transaction import Reads, Transaction
from contracts.vocabulary import Channel
from intake.domain.forms import GIVEN_UP, SENT, STEPS, Step, shown_forms
from intake.handlers.desk import Desk, Facts
from intake.store import forms

_PURPOSE: Final = "form visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """How far one filling-in of a form has come; `name` is known to whoever fills it in, and not kept."""

    name: str
    step: Step
    channel: Channel = Channel.WEB
    service_code: str | None = None
    again: bool = False


async def tell_steps(tx: Transaction, commands: Sequence[Command[Visit]], desk: Desk) -> list[Reply | Problem]:
    """Take down the steps that pages tell of."""
    await note_steps(tx, [command.payload for command in commands], desk)
    return [Reply(200, {"step": command.payload.step}) for command in commands]


async def note_steps(tx: Transaction, visits: Sequence[Visit], desk: Desk) -> None:
    """Note how far forms have come, under names that nobody can lead back to a request or a person."""
    furthest: dict[str, Facts] = {}
    for visit in visits:
        row = _row(visit, desk)
        known = furthest.get(row["visit_key"], row)
        furthest[row["visit_key"]] = row | {"reached": max(row["reached"], known["reached"])}
    if furthest:
        await forms.note_visits(tx, list(furthest.values()), tx.now, SENT)


def _row(visit: Visit, desk: Desk) -> Facts:
    known = visit.service_code if visit.service_code in desk.city.services else None
    return {
        "visit_key": sign(desk.link_key, _PURPOSE, visit.name),
        "service_code": known or "",
        "channel": visit.channel.value,
        "again": visit.again,
        "reached": STEPS.index(visit.step),
    }


async def show_forms(reads: Reads, since: datetime | None, until: datetime | None, now: datetime) -> Facts:
    """Tell how forms fare, those begun in the last thirty days unless asked else; small counts are kept back."""
    begin, end = since or now - timedelta(days=30), until or now + timedelta(seconds=1)
    counts = await forms.count_visits(reads, begin, end, now - GIVEN_UP)
    return {"since": begin, "until": end, "forms": shown_forms(counts, await forms.paces(reads, begin, end, SENT))}
