"""What staff rule of contacts: this one is that person's, or stands apart; each can be ruled otherwise again."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.records import Command
from chassis.transaction import Transaction
from intake import store
from intake.domain.masking import mask
from intake.handlers.people.profiles import retell, retell_alone


@dataclass(frozen=True, slots=True)
class Ruled:
    """A contact, whose it is (None: nobody's but its own), and why."""

    contact_ref: str
    person_id: str | None
    reason: str


async def rule_contacts(tx: Transaction, commands: Sequence[Command[Ruled]]) -> list[Reply | Problem]:
    """Link contacts to persons, or part them; the audit keeps who did it, from what to what, and why."""
    return [await _rule(tx, command) for command in commands]


async def _rule(tx: Transaction, command: Command[Ruled]) -> Reply | Problem:
    ruled = command.payload
    if not await store.known_contacts(tx, [ruled.contact_ref]):
        return not_found("contact")
    if ruled.person_id and await store.accounts.person(tx, ruled.person_id) is None:
        return not_found("person")
    before = await store.accounts.owner_of(tx, ruled.contact_ref)
    row = {"contact_ref": ruled.contact_ref, "person_id": ruled.person_id}
    by = {"ruled_by": command.principal.subject, "at": tx.now}
    await tx.upsert(store.accounts.PersonContact, [row | by], ("contact_ref",))
    detail = {"from": before, "to": ruled.person_id, "reason": mask(ruled.reason, ())}
    tx.audit(command.principal, "person.link" if ruled.person_id else "person.part", ruled.contact_ref, detail)
    await (retell(tx, ruled.person_id, command) if ruled.person_id else retell_alone(tx, ruled.contact_ref, command))
    return Reply(200, row)
