"""What a conversation leads to: the one create command, contacts that are counted, people who wait, late pictures."""

from dataclasses import replace
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.ids import derived_id, derived_uuid
from chassis.principals import Principal
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.intake import ContactRecorded, FieldProblem
from contracts.vocabulary import Channel, ContactKind
from intake import store
from intake.domain.conversations import (
    Answered,
    Facts,
    HandOver,
    Heard,
    Make,
    Picture,
    Record,
    Talk,
    Turn,
    drafted,
    finished,
    hung,
    made,
    not_made,
)
from intake.domain.people.contacts import known_as
from intake.domain.requests.report import Report
from intake.handlers.center.contacts import Begun, queue_contact
from intake.handlers.conversations.spoken import Spoken
from intake.handlers.conversations.surveys import hand_on
from intake.handlers.desk import Desk
from intake.handlers.photos.keeping import Added, add_photos
from intake.handlers.requests.taking import take_new_requests


async def carry_out(
    tx: Transaction, command: Command[Spoken], turn: Turn, heard: Heard, facts: Facts, desk: Desk
) -> Turn:
    """Send a confirmed draft by the one command of every channel, add late pictures, and say what came of it."""
    picture = next((deed for deed in turn.does if isinstance(deed, Picture)), None)
    if Make() in turn.does:
        after = await _make(tx, command, turn.talk, heard, facts, desk)
    elif picture:
        after = hung(turn.talk, facts, await _hang(tx, command, picture, desk))
    else:
        return turn
    others = tuple(deed for deed in turn.does if not isinstance(deed, Make | Picture))
    return finished(after.after(*turn.says, does=others), heard, facts)


async def _make(tx: Transaction, command: Command[Spoken], talk: Talk, heard: Heard, facts: Facts, desk: Desk) -> Turn:
    answer = await _take(tx, command, talk, desk)
    if isinstance(answer, Problem):
        return not_made(talk, facts, [FieldProblem(**error) for error in answer.errors])
    return made(talk, heard, facts, answer.body)


async def _take(tx: Transaction, command: Command[Spoken], talk: Talk, desk: Desk) -> Reply | Problem:
    """Take the report; pictures that cannot be had never stand in its way, nor in that of the others."""
    said, talk = command.payload, await _with_contact(tx, talk)
    report: Report = drafted(talk, said.channel, said.phone, said.reporter)
    order = Command(report, command.principal, _make_id(talk), command.now, command.key, command.traceparent)
    number = {order.id: talk.reference} if talk.draft is not None else {}
    (answer,) = await take_new_requests(tx, [order], desk, number)
    usable = _usable(talk.photos, answer)
    if usable != talk.photos:
        fewer: Report = drafted(talk.to(photos=usable), said.channel, said.phone, said.reporter)
        (answer,) = await take_new_requests(tx, [replace(order, payload=fewer)], desk, number)
    return answer


async def _with_contact(tx: Transaction, talk: Talk) -> Talk:
    """Fill in who an earlier report of this draft's writer was by, where the draft itself names nobody."""
    kept = talk.draft or {}
    ref = None if kept.get("reporter") else kept.get("contact_ref")
    row = await store.reporter_row(tx, ref) if ref else None
    return talk.to(draft={**kept, "reporter": {k: v for k, v in row.items() if v is not None}}) if row else talk


async def _hang(tx: Transaction, command: Command[Spoken], picture: Picture, desk: Desk) -> str | None:
    """Add what can be had of late pictures, as the requester; tells what stands in the way when nothing can."""
    request_id = UUID(picture.request_id)
    who = Principal("contact", picture.request_id, request_id=picture.request_id)
    order = Command(Added(request_id, picture.photos), who, command.id, command.now, command.key, command.traceparent)
    (answer,) = await add_photos(tx, [order], desk)
    usable = _usable(picture.photos, answer)
    if usable and usable != picture.photos:
        (answer,) = await add_photos(tx, [replace(order, payload=Added(request_id, usable))], desk)
    if isinstance(answer, Problem):
        return str(answer.errors[0]["problem"]) if answer.errors else answer.detail
    return None


def _usable(photos: tuple[str, ...], answer: Reply | Problem) -> tuple[str, ...]:
    """Leave out the pictures that an answer complains of."""
    bad = {error["field"] for error in answer.errors} if isinstance(answer, Problem) else set()
    return tuple(photo for n, photo in enumerate(photos) if f"photos.{n}" not in bad)


def _make_id(talk: Talk) -> str:
    """Name the command of a draft, so that danger is counted as one contact, told at once and again with the report."""
    return derived_id("conversation", talk.reference, talk.made)


async def do_all(tx: Transaction, command: Command[Spoken], turn: Turn, desk: Desk) -> None:
    """Do what a turn leads to, besides what was carried out."""
    who = _known_as(command.payload, turn.talk, desk)
    for ordinal, deed in enumerate(turn.does):
        match deed:
            case Record():
                tx.publish(_contact(command, turn.talk, deed, ordinal, who), because=command)
            case Answered():
                await hand_on(tx, deed, command.payload.channel, command)
            case HandOver():
                await _queue(tx, command, turn.talk, deed)
            case Picture() | Make():
                pass  # done already


def _known_as(said: Spoken, talk: Talk, desk: Desk) -> str | None:
    """Name who talks, as a request of theirs from this conversation would: by telephone, or by the draft's writer."""
    report: Report = drafted(talk, said.channel, said.phone, said.reporter)
    return known_as(desk.link_key, report.reporter) or (talk.draft or {}).get("contact_ref")


def _contact(
    command: Command[Spoken], talk: Talk, deed: Record, ordinal: int, contact_ref: str | None
) -> ContactRecorded:
    endangered = deed.kind is ContactKind.EMERGENCY_DIVERTED
    cause: tuple[object, ...] = (_make_id(talk),) if endangered else (command.id, ordinal)
    article_id, version = deed.article
    return ContactRecorded(
        contact_id=derived_uuid("contact.recorded", *cause),
        kind=deed.kind,
        channel=command.payload.channel,
        language=talk.language,
        article_id=article_id,
        article_version=version,
        destination=deed.destination,
        reason=deed.reason,
        request_id=UUID(deed.request_id) if deed.request_id else None,
        contact_ref=contact_ref,
    )


async def _queue(tx: Transaction, command: Command[Spoken], talk: Talk, deed: HandOver) -> None:
    """Put somebody in the contact center's line, with the recording and everything said so far beside it."""
    channel = Channel.VOICEMAIL if deed.kind == "voicemail" else command.payload.channel
    begun = Begun(channel, language=talk.language, phone=command.payload.phone, draft=talk.reference)
    contact = await queue_contact(tx, begun, command)
    if deed.kind == "callback":
        asked = {"contact_id": contact.contact_id, "callback_asked_at": command.now}
        await tx.update(store.DeskContact, [asked], ("contact_id",))
    row = {
        "queue_id": contact.contact_id,
        "reference": talk.reference,
        "kind": deed.kind,
        "channel": channel.value,
        "language": talk.language,
        "phone": command.payload.phone,
        "recording_url": deed.recording,
        "transcript": None,
        "at": command.now,
        "taken_at": command.now,  # by the line, which tells who waits
    }
    await tx.insert(store.VaultLiveQueue, [row], ignore=("queue_id",))
