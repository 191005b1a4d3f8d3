"""The contact center: contacts begin, wait, are answered, handed on and ended; each is told of once, at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import FieldError, Problem, conflict, forbidden, invalid, not_found
from chassis.ids import derived_uuid
from chassis.principals import may
from chassis.records import Cause, Command
from chassis.transaction import Transaction
from contracts.frontends import Reporter
from contracts.intake import ContactRecorded
from contracts.vocabulary import Channel, Direction, Operator
from intake import store
from intake.domain.center import Contact, Happening, kind_of, moved, spans
from intake.domain.masking import mask
from intake.domain.people.contacts import known_as
from intake.domain.people.telephone import e164, ways_to_write
from intake.domain.policy import POLICY
from intake.domain.requests.tracking import parse_tracking_number
from intake.handlers.desk import Desk, Facts, wrapped
from intake.store.vault import contact_by_phone

_INSIDE: Final = frozenset({"city_desk"})
"""Transfers of these kinds go on within the contact center: the next desk gets a contact of its own."""
_MOST_NOTES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Begun:
    """A contact that begins; one that goes out is talking at once."""

    channel: Channel
    direction: Direction = Direction.INBOUND
    language: str = "en"
    operator: Operator = Operator.CITY_311
    phone: str | None = None
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class ContactHappening:
    """Something that happens to a contact, and what is known with it."""

    contact_id: UUID
    happening: Happening
    note: str | None = None
    phone: str | None = None
    draft: str | None = None
    number: str | None = None
    made: bool = False
    article_id: str | None = None
    helped: bool | None = None
    destination: str | None = None
    reason: str | None = None


async def begin_contacts(tx: Transaction, commands: Sequence[Command[Begun]]) -> list[Reply | Problem]:
    """Begin contacts: those that come in wait in line, those that go out are under way."""
    answers: list[Reply | Problem] = []
    for command in commands:
        if not may(POLICY, command.principal, "contact.work"):
            answers.append(forbidden("contact.work", command.principal.role))
            continue
        contact = await queue_contact(tx, command.payload, command, agent=command.principal.subject)
        answers.append(Reply(201, {"contact_id": str(contact.contact_id), "state": contact.state}))
    return answers


async def queue_contact(tx: Transaction, begun: Begun, because: Cause, agent: str | None = None) -> Contact:
    """Put somebody in line: every door that needs a person (voicemail, chat, mail, social) asks for one here."""
    out = begun.direction is Direction.OUTBOUND
    contact = Contact(
        contact_id=derived_uuid("contact", because.id),
        state="talking" if out else "waiting",
        channel=begun.channel,
        direction=begun.direction,
        language=begun.language,
        started_at=because.now,
        operator=begun.operator,
        agent=agent if out else None,
        answered_at=because.now if out else None,
        draft=parse_tracking_number(begun.draft or ""),
    )
    await tx.insert(store.DeskContact, [_row(contact)], ignore=("contact_id",))
    note = {"contact_id": contact.contact_id, "phone": begun.phone, "notes": ""}
    await tx.insert(store.VaultContactNote, [note], ignore=("contact_id",))
    return contact


def _row(contact: Contact) -> Facts:
    return asdict(contact) | {name: getattr(contact, name).value for name in ("channel", "direction", "operator")}


def _contact(row: Mapping[str, Any]) -> Contact:
    kinds: Mapping[str, Any] = {"channel": Channel, "direction": Direction, "operator": Operator}
    return Contact(**{f.name: kinds.get(f.name, _same)(row[f.name]) for f in fields(Contact)})


def _same(value: Any) -> Any:
    return value


async def note_events(
    tx: Transaction, commands: Sequence[Command[ContactHappening]], desk: Desk
) -> list[Reply | Problem]:
    """Take down what happens to contacts; at its end each is told of, with its spans."""
    return [await _note(tx, command, desk) for command in commands]


async def _note(tx: Transaction, command: Command[ContactHappening], desk: Desk) -> Reply | Problem:
    event = command.payload
    if not may(POLICY, command.principal, "contact.work"):
        return forbidden("contact.work", command.principal.role)
    row = (await store.lock_contacts(tx, [event.contact_id])).get(event.contact_id)
    if row is None:
        return not_found("contact")
    before = _contact(row)
    changes = moved(before, event.happening, command.now)
    if changes is None:
        return conflict(f"'{event.happening}' cannot happen to a contact that is {before.state}; read it again.")
    told = await _told(tx, event, before, desk)
    if isinstance(told, Problem):
        return told
    named: Facts = {"agent": command.principal.subject} if "answered_at" in changes else {}
    after = replace(before, **changes, **told, **named)
    return Reply(200, await _follow(tx, command, after, desk))


async def _told(tx: Transaction, event: ContactHappening, before: Contact, desk: Desk) -> Facts | Problem:
    """Check what is known with an event, and say which facts of the contact change."""
    wrong: list[FieldError] = []
    told: Facts = {"made": before.made or event.made}
    if event.number:
        told |= await _about(tx, event.number, before, wrong)
    if event.article_id:
        version = (await store.article_versions(tx, [event.article_id])).get(event.article_id)
        told |= {"article_id": event.article_id, "article_version": version}
        wrong += [] if version else [FieldError(field="article_id", problem="There is no article of this name.")]
    if event.happening == "transferred":
        known = event.destination in desk.city.transfers
        problem = f"Name a transfer of this city: {', '.join(desk.city.transfers)}."
        wrong += [] if known else [FieldError(field="destination", problem=problem)]
        told |= {"destination": event.destination, "reason": mask(event.reason or "")[:200] or None}
    draft = {"draft": parse_tracking_number(event.draft)} if event.draft else {}
    helped = {"helped": event.helped} if event.helped is not None else {}
    return invalid(wrong) if wrong else told | draft | helped


async def _about(tx: Transaction, number: str, before: Contact, wrong: list[FieldError]) -> Facts:
    parsed = parse_tracking_number(number)
    found = await store.request_ids_of(tx, [parsed] if parsed else [], [number])
    if not found:
        wrong.append(FieldError(field="number", problem="There is no request of this number."))
        return {}
    ids = [*before.numbers.split(), *(str(request_id) for request_id in found.values())]
    return {"numbers": wrapped(list(dict.fromkeys(ids)))}


async def _follow(tx: Transaction, command: Command[ContactHappening], contact: Contact, desk: Desk) -> Facts:
    event = command.payload
    await tx.update(store.DeskContact, [_row(contact)], ("contact_id",))
    notes = await _keep_notes(tx, event, command.now)
    body: Facts = {"contact_id": str(contact.contact_id), "state": contact.state}
    if event.happening == "transferred":
        body |= await _hand_on(tx, command, contact, notes, desk)
    if contact.state == "ended":
        tx.publish(recorded(contact, await _known_as(tx, contact, notes, desk)), because=command)
        body["kind"] = kind_of(contact).value
    return body


async def _keep_notes(tx: Transaction, event: ContactHappening, now: datetime) -> Facts:
    kept = dict((await store.notes_of(tx, [event.contact_id])).get(event.contact_id) or {})
    before = {"contact_id": event.contact_id, "phone": kept.get("phone"), "notes": kept.get("notes", "")}
    line = f"{now:%H:%M} {event.note}\n" if event.note else ""
    after = before | {"phone": event.phone or before["phone"], "notes": (before["notes"] + line)[-_MOST_NOTES:]}
    if after != before:
        await tx.upsert(store.VaultContactNote, [after], ("contact_id",))
    return after


async def _hand_on(
    tx: Transaction, command: Command[ContactHappening], contact: Contact, notes: Facts, desk: Desk
) -> Facts:
    """Say where to, and, within the contact center, put the caller in the next line with all that is known."""
    transfer = desk.city.transfers[contact.destination or ""]
    body: Facts = {"destination": {"slug": transfer.slug, "name": transfer.name.root, "phone": transfer.phone}}
    if transfer.kind not in _INSIDE:
        return body
    following = Contact(
        contact_id=derived_uuid("contact", command.id),
        state="waiting",
        channel=contact.channel,
        direction=Direction.INBOUND,
        language=contact.language,
        started_at=command.now,
        operator=Operator.OWN_DEPARTMENT if transfer.agency else contact.operator,
        draft=contact.draft,
        numbers=contact.numbers,
        transferred_from=contact.contact_id,
    )
    await tx.insert(store.DeskContact, [_row(following)], ignore=("contact_id",))
    await tx.upsert(store.VaultContactNote, [notes | {"contact_id": following.contact_id}], ("contact_id",))
    return body | {"next_contact_id": str(following.contact_id)}


async def _known_as(tx: Transaction, contact: Contact, notes: Facts, desk: Desk) -> str | None:
    """Name who it was: whose request it is about, else whoever gave this telephone, else who will have given it."""
    about = [UUID(number) for number in contact.numbers.split()[:1]]
    if about and (rows := await store.requests_of(tx, about)):
        return next(iter(rows[about[0]]["contact_refs"].split()), None)
    phone = notes.get("phone")
    if not phone:
        return None
    region = desk.city.conversation.region
    found = await contact_by_phone(tx, ways_to_write(phone, region))
    told = Reporter(phone=e164(phone, region) or phone, language=contact.language)
    return found or known_as(desk.link_key, told)


def recorded(contact: Contact, contact_ref: str | None) -> ContactRecorded:
    """Tell of a contact that has ended; one that nobody answered was given up by whoever waited."""
    abandoned = contact.answered_at is None
    first = contact.numbers.split()[:1]
    return ContactRecorded(
        contact_id=contact.contact_id,
        kind=kind_of(contact),
        channel=contact.channel,
        operator=contact.operator,
        language=contact.language,
        article_id=contact.article_id,
        article_version=contact.article_version,
        resolved=False if abandoned else contact.helped,
        destination=contact.destination,
        reason=contact.reason or ("abandoned" if abandoned else None),
        direction=contact.direction,
        request_id=UUID(first[0]) if first else None,
        transferred_from=contact.transferred_from,
        contact_ref=contact_ref,
        **spans(contact),
    )
