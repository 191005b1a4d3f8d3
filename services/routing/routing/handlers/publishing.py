"""Rules that change while the service runs: rehearsed, published, taken up by every instance; services switched."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from chassis.commands import Reply
from chassis.errors import FieldError, Problem, conflict, invalid
from chassis.http import Doors
from chassis.records import Command
from chassis.transaction import Reads, Transaction
from chassis.waiting import happens
from contracts.city import RuleSet, Standing, parse_rules
from routing.domain.directory import Directory
from routing.domain.rehearsal import Rehearsal, touched
from routing.domain.rulebook import LEAD, Published, Switched, unnumbered
from routing.handlers.occasions import Office
from routing.store import rules as kept

READ_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Publication:
    """Rules to be published: as written and as read, why, and from when on (at once if not said)."""

    text: str
    rules: RuleSet
    fingerprint: str
    reason: str
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A rehearsal that was held."""

    fingerprint: str
    looked_at: int
    moved: int


@dataclass(frozen=True, slots=True)
class Switch:
    """How a service shall stand, and why."""

    service_code: str
    standing: Standing
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """Which past requests a rehearsal looks at, and the day whose rules it asks for."""

    on: date
    since: datetime | None = None
    until: datetime | None = None


async def keep_up(reads: Reads, office: Office) -> None:
    """Read what was published and switched, if the last reading is too old to decide by."""
    if office.rulebook.is_stale(time.monotonic()):
        await read_published(reads, office)


async def read_published(reads: Reads, office: Office) -> None:
    """Take up what was published and switched."""
    book, now = office.rulebook, time.monotonic()
    sets = [
        Published(row["effective_at"], parse_rules(row["rules"])) for row in await kept.read_sets(reads, book.knows())
    ]
    standings = [
        Switched(row["effective_at"], row["service_code"], Standing.model_validate(row["standing"]))
        for row in await kept.read_standings(reads)
    ]
    book.learn(sets, standings)
    book.was_read(now)


async def refresh(doors: Doors, office: Office) -> None:
    """Take up at once what was just published or switched here."""
    async with doors.reads() as reads:
        await read_published(reads, office)


async def follow_published(doors: Doors, stop: asyncio.Event, office: Office) -> None:
    """Keep reading what is published, so that a batch never has to wait for it."""
    while not stop.is_set():
        await refresh(doors, office)
        await happens(stop, READ_SECONDS)


async def rehearse(reads: Reads, current: Directory, candidate: Directory, span: Span) -> Rehearsal:
    """Ask two sets of rules about the past requests of every service whose rules differ."""
    rehearsal, services = Rehearsal(current, candidate), touched(current, candidate)
    async for page in kept.read_past(reads, services, span.since, span.until):
        await asyncio.to_thread(rehearsal.look_at, page)  # the doors stay open meanwhile
    rehearsal.looked_at = await kept.count_past(reads, span.since, span.until)
    return rehearsal


async def note_rehearsals(tx: Transaction, commands: Sequence[Command[Held]]) -> Sequence[Reply]:
    """Note that rules were rehearsed: only such may be published."""
    for command in commands:
        held = command.payload
        row = {"fingerprint": held.fingerprint, "held_at": tx.now, "looked_at": held.looked_at, "moved": held.moved}
        await kept.note_rehearsal(tx, row)
        detail = {"looked_at": held.looked_at, "moved": held.moved}
        tx.audit(command.principal, "rules.rehearse", held.fingerprint, detail)
    return [Reply(200, {"fingerprint": command.payload.fingerprint}) for command in commands]


async def publish_rules(
    tx: Transaction, commands: Sequence[Command[Publication]], office: Office
) -> Sequence[Reply | Problem]:
    """Publish sets of rules; each takes effect at its moment, in every instance, without a restart."""
    return [await _publish(tx, command, office) for command in commands]


async def _publish(tx: Transaction, command: Command[Publication], office: Office) -> Reply | Problem:
    given = command.payload
    before = [(row["version"], parse_rules(row["rules"])) for row in await kept.lock_sets(tx)]
    wrong = _wrong(given, before, office, tx.now)
    if wrong:
        return invalid(wrong)
    if not await kept.was_rehearsed(tx, given.fingerprint):
        return conflict("These rules were not rehearsed. POST them to /rules/rehearse, and look at what would move.")
    effective_at = given.effective_at or tx.now + LEAD
    who = command.principal
    row = {"version": given.rules.version, "fingerprint": given.fingerprint, "rules": given.text,
           "effective_at": effective_at, "published_at": tx.now, "role": who.role, "subject": who.subject,
           "reason": given.reason}  # fmt: skip
    await kept.add_set(tx, row)
    detail = {"fingerprint": given.fingerprint, "effective_at": effective_at.isoformat(), "reason": given.reason}
    tx.audit(who, "rules.publish", str(given.rules.version), detail)
    return Reply(201, {"version": given.rules.version, **detail})


def _wrong(
    given: Publication, before: Sequence[tuple[int, RuleSet]], office: Office, now: datetime
) -> list[FieldError]:
    """List why a set may not be published, by field."""
    newest = max([office.rulebook.folder.version, *(version for version, _ in before)])
    told = {(rule.id, rule.version): rule for rules in office.rulebook.folder.rules.values() for rule in rules}
    told |= {(rule.id, rule.version): rule for _, rules in before for rule in rules.rules}
    changed = ", ".join(unnumbered(told, given.rules))
    soon = (now + LEAD).isoformat(timespec="seconds")
    checks: tuple[tuple[bool, str, str], ...] = (
        (given.rules.version <= newest, "rules.version", f"must be {newest + 1} or more; {newest} was published."),
        (bool(changed), "rules", f"{changed} say something else than before; give each the next version."),
        (
            given.effective_at is not None and given.effective_at < now + LEAD,
            "effective_at",
            f"must be {soon} or later, so that every instance has read the rules by then.",
        ),
    )
    return [FieldError(field=field, problem=problem) for is_wrong, field, problem in checks if is_wrong]


async def switch_services(tx: Transaction, commands: Sequence[Command[Switch]]) -> Sequence[Reply | Problem]:
    """Let services be live, a pilot somewhere, or off; the former standing stays on record."""
    replies = []
    for command in commands:
        given, who, effective_at = command.payload, command.principal, tx.now + LEAD
        standing: dict[str, Any] = given.standing.model_dump(mode="json")
        row = {"service_code": given.service_code, "effective_at": effective_at, "standing": standing,
               "role": who.role, "subject": who.subject, "reason": given.reason}  # fmt: skip
        await kept.add_standing(tx, row)
        tx.audit(who, "service.switch", given.service_code, {"standing": standing, "reason": given.reason})
        said = {"service_code": given.service_code, "effective_at": effective_at.isoformat(), **standing}
        replies.append(Reply(200, said))
    return replies
