"""Erasing a person: the vault, pictures, words on the log; what stays is the work, without who asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, forbidden
from chassis.ids import derived_id
from chassis.principals import may
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.city import City
from contracts.intake import ContactErased, RequestCreated
from contracts.vocabulary import CustomerType, Operator
from intake import store
from intake.domain.people.accounts import Address, address_hash
from intake.domain.people.telephone import ways_to_write
from intake.domain.policy import POLICY
from intake.handlers.desk import Desk
from intake.handlers.life.files import facts_of
from intake.handlers.people.history import refs_behind

_WITHOUT_WORDS: Final = 2
"""The sequence of a `request.created` that was erased: a request says its words once."""
_WRITTEN: Final = frozenset({"string", "text"})


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who is to be erased: a person's or a contact's reference."""

    ref: str


async def erase_people(tx: Transaction, commands: Sequence[Command[Erasure]], desk: Desk) -> list[Reply | Problem]:
    """Erase people: themselves signed in, or staff for them."""
    return [await _erase(tx, command, desk) for command in commands]


async def _erase(tx: Transaction, command: Command[Erasure], desk: Desk) -> Reply | Problem:
    ref, principal = command.payload.ref, command.principal
    own = ref if principal.role == "person" and principal.subject == ref else None
    if not (own or may(POLICY, principal, "person.erase")):
        return forbidden("person.erase", principal.role)
    person_id, refs = await refs_behind(tx, ref)
    request_ids = await store.erasing.requests_of_contacts(tx, refs)
    known = await _known(tx, desk, person_id, refs, request_ids)
    await _erase_requests(tx, request_ids, refs, command, desk.city)
    gone = await store.erasing.forget(tx, known)
    for contact_ref in refs:
        tx.tombstone("contact.profile", contact_ref, because=command)
        tx.publish(ContactErased(contact_ref=contact_ref), because=command)
    receipt, counts = derived_id("erasure", command.id), {"requests": len(request_ids), "rows": gone}
    tx.audit(principal, "person.erase", receipt, counts)
    return Reply(200, {"receipt": receipt, **counts})


async def _known(
    tx: Transaction, desk: Desk, person_id: str | None, refs: Sequence[str], request_ids: Sequence[UUID]
) -> store.erasing.Known:
    """Gather by what a person may be found in any table."""
    told = await store.erasing.addresses_of(tx, refs)
    proven = await store.accounts.identities(tx, person_id) if person_id else []
    emails = {row["email"] for row in told if row["email"]} | {i["address"] for i in proven if i["kind"] == "email"}
    phones = {row["phone"] for row in told if row["phone"]} | {i["address"] for i in proven if i["kind"] == "phone"}
    addresses = [*(Address("email", one) for one in emails), *(Address("phone", one) for one in phones)]
    region = desk.city.conversation.region
    written = sorted({digits for one in phones for digits in ways_to_write(one, region)})
    ties = await store.erasing.ties_of(tx, request_ids, written)
    return {
        **ties,
        "contact_ref": refs,
        "request_id": request_ids,
        "person_id": [person_id] if person_id else [],
        "email": sorted(emails),
        "phone": written,
        "address_hash": [address_hash(desk.link_key, one) for one in addresses],
    }


async def _erase_requests(
    tx: Transaction, request_ids: Sequence[UUID], refs: Sequence[str], command: Command[Erasure], city: City
) -> None:
    await store.lock_requests(tx, [*request_ids, *await store.erasing.followed_by(tx, refs)])
    await store.erasing.unfollow(tx, refs)
    rows = list((await store.requests_of(tx, request_ids)).values())
    places = await store.places_of(tx, request_ids)
    numbers = await store.erasing.numbers_elsewhere(tx, request_ids)
    kept = {row["request_id"]: _chosen(row, city) for row in rows}
    await store.erasing.blank_requests(tx, kept)
    await store.erase_photos(tx, request_ids)
    for row in rows:
        request_id = row["request_id"]
        event = _without_words(row, kept[request_id], places[request_id][1], numbers.get(request_id, ()))
        tx.publish(event, because=command, clock="event" if row["on_event_clock"] else None)


def _chosen(row: Row, city: City) -> dict[str, Any]:
    """Keep the answers that were picked from a list; what was written in one's own words goes."""
    service = city.services.get(row["service_code"])
    picked = {q.code for q in service.questions if q.kind not in _WRITTEN} if service else set()
    return {code: answer for code, answer in row["attributes"].items() if code in picked}


def _without_words(row: Row, answers: Mapping[str, Any], place: Any, numbers: Sequence[str]) -> RequestCreated:
    """Say again what is left: of a compacted log this alone remains, so that it must lack nothing but the words."""
    return RequestCreated(
        request_id=row["request_id"],
        sequence=_WITHOUT_WORDS,
        about=facts_of(row),
        description="",
        place=place,
        attributes=answers,
        operator=Operator(row["operator"]),
        external_ids=tuple(numbers),
        parent_request_id=row["parent_request_id"],
        recurrence_of=row["recurrence_of"],
        customer_type=CustomerType(row["customer_type"]),
    )
