"""What somebody who is signed in sees and chooses."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.http import Doors
from chassis.principals import Principal
from chassis.records import Command
from chassis.transaction import Reads, Transaction
from contracts.frontends import Reporter
from intake import store
from intake.domain.people.accounts import reporter_as_proven, token_hash
from intake.handlers.desk import Desk, Facts
from intake.handlers.people.profiles import retell
from intake.handlers.public.views import show_rows

NOT_SIGNED_IN: Final = Problem(401, "Not signed in", "Sign in by a code; send the session's token in X-Session.")
_CHOSEN: Final = (
    "name", "language", "preferred_channel", "customer_type", "updates", "quiet_from", "quiet_until", "frequency",
    "push", "postal_address",
)  # fmt: skip
_CONSENT: Final = frozenset({"updates", "channels", "preferred_channel", "push", "surveys", "notices"})
"""Choices that say whether and by which ways somebody agrees to be told."""
MOST_REQUESTS: Final = 200


async def signed_in(doors: Doors, token: str | None) -> Principal:
    """Tell who is signed in. Raises a 401 problem when nobody is."""
    if token:
        async with doors.reads() as reads:
            person_id = await store.accounts.session_person(reads, token_hash(token), doors.database.clock())
        if person_id:
            return Principal("person", person_id)
    raise NOT_SIGNED_IN


async def reporter_of(doors: Doors, token: str | None) -> Reporter | None:
    """Say who is signed in, as a reporter; None without a session. Raises a 401 problem for one that ended."""
    if token is None:
        return None
    person_id = (await signed_in(doors, token)).subject
    async with doors.reads() as reads:
        person, proven = (
            await store.accounts.person(reads, person_id),
            await store.accounts.identities(reads, person_id),
        )
    return reporter_as_proven(person or {}, proven)


async def feedback_link(reads: Reads, person_id: str, desk: Desk, language: str) -> str:
    """Lead to where somebody tells the city something, known by a contact that is theirs, if there is one."""
    refs = await store.accounts.refs_of(reads, person_id)
    return desk.feedback_link(language, refs[0] if refs else None)


async def show_me(reads: Reads, person_id: str) -> Facts:
    """Show a person what is kept of them, and which addresses they proved."""
    row = await store.accounts.person(reads, person_id)
    if row is None:
        raise not_found("account")
    proven = [dict(one) for one in await store.accounts.identities(reads, person_id)]
    told = {"channels": row["channels"].split(), "consented_at": row["consented_at"]}
    told |= {"surveys": None if row["surveys"] is None else row["surveys"].split(), "notices": row["notices"].split()}
    return {"person_id": person_id, **{name: row[name] for name in _CHOSEN}, **told, "identities": proven}


async def change_choices(tx: Transaction, commands: Sequence[Command[Mapping[str, Any]]]) -> list[Reply | Problem]:
    """Keep what people chose, and tell at once how they are to be reached."""
    for command in commands:
        person_id = command.principal.subject
        if command.payload:
            row = {"person_id": person_id, **_kept(tx, command)}
            await tx.update(store.accounts.VaultPerson, [row], ("person_id",))
        await retell(tx, person_id, command, even_defaults=True)
    return [Reply(200, {"person_id": command.principal.subject}) for command in commands]


def _kept(tx: Transaction, command: Command[Mapping[str, Any]]) -> dict[str, Any]:
    """Write choices as they are kept; what was agreed to is audited, by its kind alone."""
    row = dict(command.payload)
    for name in ("channels", "surveys", "notices"):
        if row.get(name) is not None:
            row[name] = " ".join(row[name])
    if agreed := sorted(_CONSENT & row.keys()):
        row["consented_at"] = tx.now
        said = {name: bool(row[name]) if name == "push" else row[name] for name in agreed}
        tx.audit(command.principal, "person.consent", command.principal.subject, said)
    return row


async def list_own_requests(reads: Reads, person_id: str, desk: Desk) -> list[Facts]:
    """List a person's requests whatever channel they came by, newest first, each with its link."""
    refs = await store.accounts.refs_of(reads, person_id)
    rows = await store.accounts.requests_by(reads, refs, MOST_REQUESTS)
    shown = await show_rows(reads, rows, desk)
    links = [desk.manage_link(row["request_id"], row["tracking_number"], row["contact_ref"]) for row in rows]
    return [facts | {"manage_link": link} for facts, link in zip(shown, links, strict=True)]
