"""Asking people about a closing: now or when its time has come, unless the request was reopened meanwhile."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

from chassis.records import Due, Received
from chassis.transaction import Transaction
from contracts.city import City
from contracts.event import RequestFacts
from contracts.intake import RequestClosed, RequestReopened
from contracts.survey import SurveyInvited
from survey import store
from survey.domain.invitation import Invitation, State, invitations, terms_of

INVITE: Final = "survey.invite"


async def ask_about_closings(tx: Transaction, received: Sequence[Received[RequestClosed]], city: City) -> None:
    """Invite everyone who follows a closed request to say how it went: now, or once the service's delay has passed."""
    asked = [(r, _invitations(r, city)) for r in received]
    asked = [(r, found) for r, found in asked if found]
    if not asked:
        return
    reopened = await store.reopen_counts(tx, [r.event.request_id for r, _ in asked])
    known = await store.closings_asked_about(tx, [r.event.closure_id for r, _ in asked])
    forgotten = await store.forgotten(tx, sorted({one.contact_ref for _, found in asked for one in found}))
    rows = []
    for r, found in asked:
        if r.event.closure_id not in known:
            is_over = reopened.get(r.event.request_id, 0) > r.event.reopen_count
            rows += _withdrawn(r, found) if is_over else _ask(tx, r, found, forgotten)
    await store.add_invitations(tx, rows)


def _invitations(r: Received[RequestClosed], city: City) -> list[Invitation]:
    return invitations(r.event, terms_of(city, r.event.about.service_code), event_clock=r.event_clock)


def _withdrawn(r: Received[RequestClosed], found: Sequence[Invitation]) -> list[dict[str, Any]]:
    """Note whom a closing would have asked whose reopening was heard of first, as if it had come in its order."""
    return [_row(r.event, one, State.WITHDRAWN) for one in found]


def _ask(
    tx: Transaction, r: Received[RequestClosed], found: Sequence[Invitation], forgotten: AbstractSet[str]
) -> list[dict[str, Any]]:
    """Ask, or note whom to ask when; who was forgotten is left alone."""
    at_once = not tx.rebuilding and (r.event_clock or found[0].ask_at <= r.now)  # what was sent is on the log
    if not at_once:
        tx.schedule(INVITE, str(r.event.closure_id), found[0].ask_at, {}, because=r)
    state = State.SENT if at_once else State.WAITING
    rows = [_row(r.event, one, State.WITHDRAWN if one.contact_ref in forgotten else state) for one in found]
    for row in rows:
        if row["state"] == State.SENT:
            tx.publish(_invited(row, r.event.about), because=r)
    return rows


def _row(event: RequestClosed, one: Invitation, state: State) -> dict[str, Any]:
    return {
        **one._asdict(),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "reopen_count": event.reopen_count,
        "state": state.value,
        "service_code": event.about.service_code,
        "agency": event.agencies[0] if event.agencies else "",
        "about": event.about.model_dump(mode="json"),
    }


def _invited(row: store.Row, about: RequestFacts) -> SurveyInvited:
    return SurveyInvited(
        request_id=row["request_id"],
        sequence=row["sequence"],
        about=about,
        invitation_id=row["invitation_id"],
        closure_id=row["closure_id"],
        contact_ref=row["contact_ref"],
    )


async def send_invitations(tx: Transaction, due: Sequence[Due]) -> None:
    """Send what was waiting for its time, unless the request was reopened meanwhile."""
    causes = {UUID(d.key): d for d in due}
    rows = await store.waiting_invitations(tx, list(causes))
    reopened = await store.reopen_counts(tx, [row["request_id"] for row in rows])
    rows = [row for row in rows if reopened.get(row["request_id"], 0) <= row["reopen_count"]]
    for row in rows:
        about = RequestFacts.model_validate(row["about"])
        tx.publish(_invited(row, about), because=causes[row["closure_id"]])
    await store.set_state(tx, [row["invitation_id"] for row in rows], State.SENT)


async def withdraw_invitations(tx: Transaction, received: Sequence[Received[RequestReopened]]) -> None:
    """Ask no more about a closing that was disputed; the next one is asked about again."""
    counts: dict[UUID, int] = {}
    for r in received:
        counts[r.event.request_id] = max(counts.get(r.event.request_id, 0), r.event.reopen_count)
    closures = [r.event.closure_id for r in received]
    await store.keep_reopenings(tx, counts)
    await store.withdraw(tx, closures)
    await tx.cancel(INVITE, [str(closure_id) for closure_id in closures])
