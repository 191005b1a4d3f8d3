"""Signing in by a one-time code; codes and tokens are known here by their hashes alone."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.ids import derived_id
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.city.wording import fill
from contracts.vocabulary import CustomerType, Frequency
from intake import store
from intake.domain.people import accounts as people
from intake.domain.people.accounts import CODE_DIGITS, CODE_LIVES, CODE_TRIES, CODES_AN_HOUR, SESSION_LIVES, Address
from intake.gateways.codes import NotSent
from intake.handlers.desk import Desk
from intake.handlers.people.profiles import retell

TOO_SOON: Final = Problem(
    429, "Too many", "A code was sent just now, or too often this hour. Use the newest, or wait.", retry_after=60
)
AWAY: Final = Problem(503, "Not available just now", "The code could not be sent. Try again in a minute.")
WRONG: Final = Problem(401, "Not signed in", "The code is wrong, used or too old. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class AskedCode:
    """A code to be kept for an address, both by hash."""

    address_hash: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A code given back for an address, and the token (by hash) that the session will have."""

    address: Address
    address_hash: str
    code_hash: str
    token_hash: str
    person_id: str | None = None


def code_wanted(link_key: str, address: Address) -> tuple[str, AskedCode]:
    """Make up a code for an address; it goes into a mail and is kept nowhere."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    hashed = people.address_hash(link_key, address)
    return code, AskedCode(hashed, people.code_hash(link_key, hashed, code))


async def ask_codes(tx: Transaction, commands: Sequence[Command[AskedCode]]) -> list[Reply | Problem]:
    """Keep codes: one a minute and five an hour for each address."""
    return [await _ask(tx, command) for command in commands]


async def _ask(tx: Transaction, command: Command[AskedCode]) -> Reply | Problem:
    asked = command.payload
    hashes, until = (asked.address_hash, asked.code_hash), tx.now + CODE_LIVES
    kept = await store.accounts.keep_code(tx, hashes, until, CODE_TRIES, CODES_AN_HOUR)
    return Reply(202, {"expires_in_seconds": int(CODE_LIVES.total_seconds())}) if kept else TOO_SOON


async def send_code(desk: Desk, address: Address, code: str, language: str | None) -> None:
    """Mail a code in the language asked for, else the city's first. Raises a 503 problem when the mail does not go."""
    city, mail = desk.city.profile, desk.city.people.code_mail
    values = {"code": code, "minutes": int(CODE_LIVES.total_seconds() // 60), "city_name": city.name}
    subject, body = (fill(text.say(language or city.languages[0]), values) for text in (mail.subject, mail.body))
    if desk.codes is None:
        raise AWAY
    try:
        await desk.codes.send(address.text, subject, body)
    except NotSent as error:
        raise AWAY from error


async def open_sessions(tx: Transaction, commands: Sequence[Command[Proof]]) -> list[Reply | Problem]:
    """Sign in who gives the right code; the address is theirs from now on."""
    return [await _open(tx, command) for command in commands]


async def _open(tx: Transaction, command: Command[Proof]) -> Reply | Problem:
    proof = command.payload
    kept = await store.accounts.try_code(tx, proof.address_hash)
    if not people.same(kept or secrets.token_hex(16), proof.code_hash):
        return WRONG
    await store.accounts.drop_code(tx, proof.address_hash)
    person_id = await _person(tx, command)
    session = {"token_hash": proof.token_hash, "person_id": person_id}
    times = {"made_at": tx.now, "expires_at": tx.now + SESSION_LIVES}
    await tx.insert(store.accounts.AccountSession, [session | times])
    await retell(tx, person_id, command)
    return Reply(201, {"person_id": person_id, "expires_at": times["expires_at"].isoformat()})


async def _person(tx: Transaction, command: Command[Proof]) -> str:
    """Find or make the person; who is signed in and proves another's address too is that person."""
    proof = command.payload
    owner = await store.accounts.identity_owner(tx, proof.address_hash)
    person_id = proof.person_id or owner or derived_id("person", command.id)
    if not (proof.person_id or owner):
        await tx.insert(store.accounts.VaultPerson, [_new_person(person_id, tx)])
    if owner is None:
        await tx.insert(store.accounts.VaultIdentity, [_identity(proof, person_id, tx)])
        tx.audit(command.principal, "person.prove", person_id, {"kind": proof.address.kind})
    elif owner != person_id:
        await store.accounts.join_persons(tx, owner, person_id)
        tx.audit(command.principal, "person.join", person_id, {"other": owner})
    return person_id


def _new_person(person_id: str, tx: Transaction) -> dict[str, object]:
    nothing: dict[str, object] = dict.fromkeys(("name", "language", "preferred_channel", "quiet_from", "quiet_until"))
    nothing |= {"frequency": Frequency.EVERY.value, "channels": "", "push": None}
    nothing |= {"postal_address": None, "consented_at": None, "surveys": None, "notices": ""}
    known = {"customer_type": CustomerType.RESIDENT.value, "updates": True, "made_at": tx.now}
    return {"person_id": person_id, **nothing, **known}


def _identity(proof: Proof, person_id: str, tx: Transaction) -> dict[str, object]:
    address = {"kind": proof.address.kind, "address": proof.address.text}
    return {"address_hash": proof.address_hash, "person_id": person_id, **address, "proven_at": tx.now}


async def end_sessions(tx: Transaction, commands: Sequence[Command[str]]) -> list[Reply | Problem]:
    """Sign out."""
    for command in commands:
        await store.accounts.end_session(tx, command.payload)
    return [Reply(200, {"signed_out": True}) for _ in commands]
