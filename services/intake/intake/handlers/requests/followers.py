"""Whoever wants to be told of a request that another reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, invalid, not_found
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.frontends import Reporter
from contracts.intake import Followed
from contracts.vocabulary import Status
from intake import store
from intake.domain.people.contacts import contact_ref, is_reachable, profile_of
from intake.domain.requests.submission import reporter_problems
from intake.domain.requests.taking import forecast_words
from intake.handlers.desk import Desk, wrapped
from intake.handlers.life.cases import Cases, File, Why
from intake.handlers.people.profiles import heeding
from intake.handlers.requests.rows import contact_row
from intake.store.public import expected

MOST_FOLLOWERS = 200
"""Each event names all who are told; beyond this many, a report of one's own is linked instead."""


@dataclass(frozen=True, slots=True)
class Following:
    """Somebody wants to be told of a request that another reported."""

    request_id: UUID
    reporter: Reporter


async def follow_requests(tx: Transaction, commands: Sequence[Command[Following]], desk: Desk) -> list[Reply | Problem]:
    """Tell whoever asks of everything that is told about a request; those that follow another lead to that one."""
    parents = await store.parents_of(tx, [command.payload.request_id for command in commands])
    abouts = {command.id: parents.get(command.payload.request_id) or command.payload.request_id for command in commands}
    cases = await Cases.load(tx, list(abouts.values()))
    forecasts = await expected.forecasts_of(tx, [file.about.service_code for file in cases.files.values()])
    new: dict[UUID, str] = {}
    answers = [await _follow(tx, cases, command, abouts[command.id], new, forecasts, desk) for command in commands]
    await cases.save()
    await store.set_followers(tx, new)
    return answers


async def _follow(
    tx: Transaction,
    cases: Cases,
    command: Command[Following],
    request_id: UUID,
    new: dict[UUID, str],
    forecasts: Mapping[str, Row],
    desk: Desk,
) -> Reply | Problem:
    file, reporter = cases.files.get(request_id), command.payload.reporter
    if file is None:
        return not_found("request")
    problem = _follow_problem(file, reporter)
    if problem:
        return problem
    ref = contact_ref(desk.link_key, reporter)
    if ref not in file.about.contact_refs:
        if len(file.about.contact_refs) >= MOST_FOLLOWERS:
            return conflict("Very many follow this request; send a report of your own that `follows` it.")
        await _meet(tx, command, ref, desk)
        _add(cases, command, request_id, ref, new)
    body = {
        "request_id": str(request_id),
        "tracking_number": file.about.tracking_number,
        "status": file.case.status.value,
        "forecast": forecast_words(forecasts.get(file.about.service_code), desk.city),
        "status_url": desk.status_url(file.about.tracking_number),
    }
    return Reply(200, body)


def _follow_problem(file: File, reporter: Reporter) -> Problem | None:
    wrong = reporter_problems(reporter)
    if wrong:
        return invalid([{"field": p.field, "problem": p.problem} for p in wrong])
    if not is_reachable(reporter):
        return conflict("Whoever follows a request must be reachable; give an e-mail address.")
    if file.case.status is Status.CLOSED:
        return conflict("The request is closed. If it is there again, report it: it is kept as a recurrence.")
    return None


async def _meet(tx: Transaction, command: Command[Following], ref: str, desk: Desk) -> None:
    """Keep who they are, and say how they are reached, when they are new."""
    if await store.known_contacts(tx, [ref]):
        return
    given = [profile_of(ref, command.payload.reporter, command.now)]
    profile = (await heeding(tx, given, desk.city.conversation.region))[ref]
    await tx.insert(store.VaultContact, [contact_row(profile, command.now)], ignore=("contact_ref",))
    tx.publish(profile, because=command)


def _add(cases: Cases, command: Command[Following], request_id: UUID, ref: str, new: dict[UUID, str]) -> None:
    file = cases.files[request_id]
    file.about = file.about.model_copy(update={"contact_refs": (*file.about.contact_refs, ref)})
    own = file.row["contact_refs"].split()
    new[request_id] = wrapped([one for one in file.about.contact_refs if one not in own])
    cases.tell(request_id, (Followed(contact_ref=ref),), command.principal.role, Why(command, command.now))
