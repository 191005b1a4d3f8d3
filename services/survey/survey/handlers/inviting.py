"""Asking people about a closing: now or when its time has come, once more after some days, and nobody too often."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.records import Cause, Due, Received
from chassis.transaction import Transaction
from contracts.city import City
from contracts.event import RequestFacts
from contracts.intake import RequestClosed, RequestReopened
from contracts.survey import SurveyInvited
from survey import store
from survey.domain.invitation import Invitation, State, Terms, invitations, reminder_sequence, terms_of
from survey.domain.sparing import is_sampled, is_tired

INVITE: Final = "survey.invite"
REMIND: Final = "survey.remind"
AT_ONCE: Final = 1000
_HOUR: Final = timedelta(hours=1)


async def ask_about_closings(tx: Transaction, received: Sequence[Received[RequestClosed]], city: City) -> None:
    """Invite everyone who follows a closed request to say how it went: now, or once the service's delay has passed."""
    await _count(tx, received, city)
    asked = [(r, terms := _terms(r, city), invitations(r.event, terms, event_clock=r.event_clock)) for r in received]
    asked = [one for one in asked if one[-1]]
    if not asked:
        return
    reopened = await store.reopen_counts(tx, [r.event.request_id for r, _, _ in asked])
    known = await store.closings_asked_about(tx, [r.event.closure_id for r, _, _ in asked])
    forgotten = await store.forgotten(tx, sorted({one.contact_ref for _, _, found in asked for one in found}))
    rows = []
    for r, terms, found in asked:
        if r.event.closure_id not in known:
            is_over = reopened.get(r.event.request_id, 0) > r.event.reopen_count
            left_alone = {one.contact_ref for one in found} if is_over else forgotten
            rows += [_row(r.event, one, _state(one, left_alone, terms), city) for one in found]
    await _ask(tx, rows, {r.event.closure_id: r for r, _, _ in asked}, city)


async def _count(tx: Transaction, received: Sequence[Received[RequestClosed]], city: City) -> None:
    """Count every closing, so that those who answer can be held against them."""
    counts: Counter[store.Closing] = Counter()
    again: Counter[store.Closing] = Counter()
    for r in received:
        event = r.event
        one = store.Closing(
            event.closed_at.date(),
            _agency(event),
            event.about.service_code,
            _area(event, city),
            event.about.channel.value,
            event.crew or "",
            event.disposition.value,
        )
        counts[one] += 1
        again[one] += event.reopen_count > 0
    await store.count_closings(tx, {one: (counts[one], again[one]) for one in counts})


def _agency(event: RequestClosed) -> str:
    return event.agencies[0] if event.agencies else ""


def _area(event: RequestClosed, city: City) -> str:
    """Name the area of the first kind that the city is divided by."""
    return next((event.area[kind.kind] for kind in city.profile.areas if kind.kind in event.area), "")


def _terms(r: Received[RequestClosed], city: City) -> Terms:
    return terms_of(city, r.event.about.service_code, _agency(r.event), r.event.closed_at.date())


def _state(one: Invitation, left_alone: AbstractSet[str], terms: Terms) -> State:
    """Say how an invitation begins: who was forgotten, or has the request open again, is left alone."""
    if one.contact_ref in left_alone:
        return State.WITHDRAWN
    return State.WAITING if is_sampled(one.invitation_id, terms.share) else State.SPARED


async def _ask(
    tx: Transaction, rows: list[dict[str, Any]], causes: Mapping[UUID, Received[RequestClosed]], city: City
) -> None:
    """Keep invitations; those whose time has come are sent, the others wait for it."""
    waiting = [row for row in rows if row["state"] == State.WAITING]
    due = []
    for row in waiting:
        r = causes[row["closure_id"]]
        if not tx.rebuilding and (r.event_clock or row["ask_at"] <= r.now):  # what was sent is on the log
            due.append(row)
        else:
            tx.schedule(INVITE, str(row["closure_id"]), row["ask_at"], {}, because=r)
    await _spare(tx, due, city)
    for row in due:
        if row["state"] == State.WAITING:
            _send(tx, row, causes[row["closure_id"]])
    await store.add_invitations(tx, rows)


async def _spare(tx: Transaction, rows: Sequence[dict[str, Any]], city: City) -> None:
    """Mark invitations to people who were asked often enough of late."""
    fatigue = city.survey.fatigue
    if fatigue is None or not rows:
        return
    since = min(row["ask_at"] for row in rows) - timedelta(days=fatigue.in_days)
    asked = await store.asked_lately(tx, sorted({row["contact_ref"] for row in rows}), since)
    for row in rows:
        times = asked.setdefault(row["contact_ref"], [])
        if is_tired(times, row["ask_at"], fatigue, row["reopen_count"]):
            row["state"] = State.SPARED.value
        else:
            times.append(row["ask_at"])


def _send(tx: Transaction, row: dict[str, Any], because: Cause) -> None:
    """Publish an invitation, and plan the one look at whether it was answered."""
    row |= {"state": State.SENT.value, "sent_at": because.now}
    tx.publish(_invited(row), because=because)
    plan_reminder(tx, because.now, because, row["remind_days"])


def plan_reminder(tx: Transaction, sent_at: datetime, because: Cause, remind_days: int | None) -> None:
    """Plan reminders for all that was sent within the same hour and waits as long, imported history excepted.

    After a rebuild hours long past are looked at again: whoever was reminded then is not reminded twice.
    """
    if not remind_days or getattr(because, "event_clock", False):
        return
    hour = sent_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    due_at = hour + _HOUR + timedelta(days=remind_days)
    tx.schedule(REMIND, f"{hour.isoformat()} {remind_days}", due_at, {}, because=because)


def _row(event: RequestClosed, one: Invitation, state: State, city: City) -> dict[str, Any]:
    return {
        **one._asdict(),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "reopen_count": event.reopen_count,
        "state": state.value,
        "service_code": event.about.service_code,
        "agency": _agency(event),
        "about": event.about.model_dump(mode="json"),
        "area": _area(event, city),
        "channel": event.about.channel.value,
        "crew": event.crew or "",
        "sent_at": None,
        "reminded_at": None,
    }


def _invited(row: store.Row, *, reminder: bool = False) -> SurveyInvited:
    return SurveyInvited(
        request_id=row["request_id"],
        sequence=reminder_sequence(row["sequence"]) if reminder else row["sequence"],
        about=RequestFacts.model_validate(row["about"]),
        invitation_id=row["invitation_id"],
        closure_id=row["closure_id"],
        contact_ref=row["contact_ref"],
        reminder=reminder,
        expires_at=row["expires_at"],
        questions=tuple(row["questions"].split()),
    )


async def send_invitations(tx: Transaction, due: Sequence[Due], city: City) -> None:
    """Send what was waiting for its time, unless the request was reopened meanwhile."""
    causes = {UUID(d.key): d for d in due}
    found = await store.waiting_invitations(tx, list(causes))
    reopened = await store.reopen_counts(tx, [row["request_id"] for row in found])
    rows = [dict(row) for row in found if reopened.get(row["request_id"], 0) <= row["reopen_count"]]
    await _spare(tx, rows, city)
    for row in rows:
        if row["state"] == State.WAITING:
            _send(tx, row, causes[row["closure_id"]])
    await store.set_sent(tx, {row["invitation_id"]: row["sent_at"] for row in rows if row["state"] == State.SENT})
    await store.set_state(tx, [row["invitation_id"] for row in rows if row["state"] == State.SPARED], State.SPARED)


async def remind(tx: Transaction, due: Sequence[Due], city: City) -> None:
    """Remind once whoever has not answered: all that was sent within an hour and waits as long, a thousand at a time.

    A key without days was planned before agreements had some of their own.
    """
    for one in due:
        text, _, days = one.key.partition(" ")
        hour = datetime.fromisoformat(text)
        rows = await store.to_remind(tx, hour, hour + _HOUR, int(days or city.survey.reminder_days or 0), AT_ONCE)
        for row in rows:
            tx.publish(_invited(row, reminder=True), because=one)
        await store.set_reminded(tx, {row["invitation_id"]: one.now for row in rows})
        if len(rows) == AT_ONCE:
            tx.schedule(REMIND, one.key, one.now, {}, because=one)


async def withdraw_invitations(tx: Transaction, received: Sequence[Received[RequestReopened]]) -> None:
    """Ask no more about a closing that was disputed; the next one is asked about again."""
    counts: dict[UUID, int] = {}
    for r in received:
        counts[r.event.request_id] = max(counts.get(r.event.request_id, 0), r.event.reopen_count)
    closures = [r.event.closure_id for r in received]
    await store.keep_reopenings(tx, counts)
    await store.withdraw(tx, closures)
    await tx.cancel(INVITE, [str(closure_id) for closure_id in closures])


async def spare_what_was_not_sent(tx: Transaction, city: City) -> None:
    """After a rebuild: what was kept back then is not on the log, and is kept back by the same rule now.

    Who is asked too often already by what was sent would be at its time as well.
    """
    rows = [dict(row) for row in await store.every_waiting(tx)]
    await _spare(tx, rows, city)
    spared = [row for row in rows if row["state"] == State.SPARED]
    await store.set_state(tx, [row["invitation_id"] for row in spared], State.SPARED)
    await tx.cancel(INVITE, sorted({str(row["closure_id"]) for row in spared}))
