"""What staff may see of a person: everything from every channel in one view, and every look at it audited."""

from typing import Final

from chassis.errors import not_found
from chassis.principals import Principal
from chassis.transaction import Transaction
from intake import store
from intake.domain.people.accounts import address_of
from intake.domain.people.telephone import ways_to_write
from intake.handlers.desk import Desk, Facts
from intake.handlers.people.me import MOST_REQUESTS, show_me
from intake.handlers.public.views import show_rows
from intake.store.people import histories

_CONTACT: Final = ("contact_ref", "name", "email", "phone", "language")
_MOST_MESSAGES: Final = 200
_SURVEYS: Final = ("survey_answered", "survey")


async def find_people(tx: Transaction, email: str | None, phone: str | None, caller: Principal) -> Facts:
    """Find the contacts of an address and whose they are; audited."""
    address = address_of(email, phone)
    wanted = (address.text, None) if address.kind == "email" else (None, address.text)
    refs = await store.accounts.find_contacts(tx, *wanted)
    found = [{"contact_ref": ref, "person_id": await store.accounts.owner_of(tx, ref)} for ref in refs]
    tx.audit(caller, "person.search", address.kind, {"found": len(found)})
    return {"contacts": found}


async def refs_behind(tx: Transaction, ref: str) -> tuple[str | None, list[str]]:
    """Find the person (if any) and the contacts that a person's or a contact's reference stands for.

    Raises a 404 problem for a reference that nobody has.
    """
    if await store.accounts.person(tx, ref):
        return ref, await store.accounts.refs_of(tx, ref)
    if not await store.known_contacts(tx, [ref]):
        raise not_found("person")
    owner = await store.accounts.owner_of(tx, ref)
    return (owner, await store.accounts.refs_of(tx, owner)) if owner else (None, [ref])


async def show_person(tx: Transaction, ref: str, desk: Desk, caller: Principal) -> Facts:
    """Show one person's contacts, requests, messages, conversations, calls and surveys; audited."""
    person_id, refs = await refs_behind(tx, ref)
    contacts = await store.accounts.contacts(tx, refs)
    rows = await store.accounts.requests_by(tx, refs, MOST_REQUESTS)
    ids = [row["request_id"] for row in rows]
    lines = await store.timelines_of(tx, ids)
    region = desk.city.conversation.region
    phones = sorted({digits for one in contacts if one["phone"] for digits in ways_to_write(one["phone"], region)})
    ties = await store.erasing.ties_of(tx, ids, phones)
    tx.audit(caller, "person.read", ref, {"requests": len(ids)})
    return {
        "person": await show_me(tx, person_id) if person_id else None,
        "contacts": [{name: one[name] for name in _CONTACT} for one in contacts],
        "requests": await show_rows(tx, rows, desk),
        "messages": [dict(one) for one in await store.accounts.messages_of(tx, ids, _MOST_MESSAGES)],
        "conversations": [dict(one) for one in await histories.talks(tx, ties["reference"], _MOST_MESSAGES)],
        "calls": [
            dict(one) for one in await histories.contacts_with_agents(tx, ties["contact_id"], phones, _MOST_MESSAGES)
        ],
        "surveys": [dict(line) for one in lines.values() for line in one if line["kind"] in _SURVEYS],
    }
