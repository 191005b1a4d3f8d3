"""Appointments: free slots, and booking, moving and giving one back; a slot never takes more than it may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, invalid, not_found
from chassis.ids import derived_uuid
from chassis.principals import may
from chassis.records import Command
from chassis.transaction import Reads, Transaction
from contracts.city import Bookable
from contracts.intake import AppointmentChanged
from contracts.vocabulary import AppointmentState, Substatus
from intake import store
from intake.domain.policy import POLICY
from intake.domain.requests.appointments import Slot, Step, is_too_late, slots_of, step_problem
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why

_STATES: Final[Mapping[Step, AppointmentState]] = {
    "book": AppointmentState.BOOKED,
    "move": AppointmentState.MOVED,
    "cancel": AppointmentState.CANCELLED,
}
_LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Booking:
    """A step with the appointment of a request; `starts_at` names the slot to book or to move to."""

    request_id: UUID
    step: Step
    starts_at: datetime | None = None


@dataclass(slots=True)
class _Calendar:
    """What is booked, while it changes within one transaction."""

    cases: Cases
    booked: dict[UUID, Facts]
    taken: dict[tuple[str, datetime], int]
    changed: set[UUID]


async def show_slots(reads: Reads, service: str, now: datetime, desk: Desk) -> Facts:
    """List the slots of a service with how many places each has left. Raises a 404 problem."""
    bookable = desk.city.bookable.get(service)
    if bookable is None:
        raise not_found(f"service {service!r} that takes appointments")
    taken = await store.taken_slots(reads, [service], now)
    slots = slots_of(bookable, desk.city, now)
    return {"service_code": service, "slots": [_shown(slot, taken.get((service, slot.starts_at), 0)) for slot in slots]}


def _shown(slot: Slot, taken: int) -> Facts:
    return {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "left": max(0, slot.capacity - taken)}


async def change_appointments(
    tx: Transaction, commands: Sequence[Command[Booking]], desk: Desk
) -> list[Reply | Problem]:
    """Book, move or give back; the services are locked, so that nobody books the same last place."""
    calendar = await _load(tx, [command.payload.request_id for command in commands])
    answers = [_change(calendar, command, desk) for command in commands]
    rows = [calendar.booked[request_id] for request_id in sorted(calendar.changed)]
    await tx.upsert(store.Appointment, rows, ("request_id",))
    await calendar.cases.save()
    return answers


async def _load(tx: Transaction, request_ids: Sequence[UUID]) -> _Calendar:
    cases = await Cases.load(tx, request_ids)
    services = {file.about.service_code for file in cases.files.values()}
    await store.lock_services(tx, list(services))
    taken = await store.taken_slots(tx, list(services), tx.now - _LONGEST)
    booked = {key: dict(row) for key, row in (await store.appointments_of(tx, request_ids)).items()}
    return _Calendar(cases, booked, taken, set())


def _change(calendar: _Calendar, command: Command[Booking], desk: Desk) -> Reply | Problem:
    asked = command.payload
    bookable, current = _bookable(calendar, command, desk), _current(calendar, asked.request_id)
    if isinstance(bookable, Problem):
        return bookable
    refused = step_problem(asked.step, has_one=current is not None)
    if refused:
        return conflict(refused)
    if current and is_too_late(current["starts_at"], bookable, command.now):
        return conflict("It is too late to change this appointment; write a message to those who work on the request.")
    slot = _slot(calendar, asked, bookable, current, command.now, desk)
    return slot if isinstance(slot, Problem) else _write(calendar, command, slot)


def _bookable(calendar: _Calendar, command: Command[Booking], desk: Desk) -> Bookable | Problem:
    request_id = command.payload.request_id
    file = calendar.cases.files.get(request_id)
    if file is None:
        return not_found("request")
    if not may(POLICY, command.principal, "request.appointment", request_id=str(request_id)):
        return forbidden("request.appointment", command.principal.role)
    if file.case.substatus is Substatus.CLOSED:
        return conflict("The request is closed; there is nothing to come for.")
    known = desk.city.bookable.get(file.about.service_code)
    return known or conflict(f"Requests of {file.about.service_code!r} have no appointments.")


def _current(calendar: _Calendar, request_id: UUID) -> Facts | None:
    row = calendar.booked.get(request_id)
    return row if row and row["state"] != AppointmentState.CANCELLED.value else None


def _slot(
    calendar: _Calendar, asked: Booking, bookable: Bookable, current: Facts | None, now: datetime, desk: Desk
) -> Slot | Problem:
    """Find the slot meant, with a place left in it; an appointment that is given back keeps its own."""
    if asked.step == "cancel" and current:
        return Slot(current["starts_at"], current["ends_at"], 0)
    slots = slots_of(bookable, desk.city, now)
    slot = next((slot for slot in slots if slot.starts_at == asked.starts_at), None)
    if slot is None:
        problem = f"No slot starts then; see GET /services/{bookable.service}/slots."
        return invalid([{"field": "starts_at", "problem": problem}])
    if current and current["starts_at"] == slot.starts_at:
        return conflict("The appointment is at that time already.")
    if calendar.taken.get((bookable.service, slot.starts_at), 0) >= slot.capacity:
        return conflict(f"This slot is full; see GET /services/{bookable.service}/slots for the others.")
    return slot


def _write(calendar: _Calendar, command: Command[Booking], slot: Slot) -> Reply:
    asked, request_id = command.payload, command.payload.request_id
    service, before = calendar.cases.files[request_id].about.service_code, _current(calendar, request_id)
    if before:
        calendar.taken[service, before["starts_at"]] = calendar.taken.get((service, before["starts_at"]), 1) - 1
    if asked.step != "cancel":
        calendar.taken[service, slot.starts_at] = calendar.taken.get((service, slot.starts_at), 0) + 1
    named = before["appointment_id"] if before else derived_uuid("appointment", command.id)
    change = AppointmentChanged(
        state=_STATES[asked.step], appointment_id=named, starts_at=slot.starts_at, ends_at=slot.ends_at
    )
    calendar.cases.tell(request_id, (change,), command.principal.role, Why(command, command.now))
    told = {"state": change.state.value, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    where = {"request_id": request_id, "appointment_id": named, "service_code": service}
    calendar.booked[request_id] = where | told | {"at": command.now}
    calendar.changed.add(request_id)
    return Reply(200, {"appointment_id": str(named), "state": told["state"], **_times(slot)})


def _times(slot: Slot) -> Facts:
    return {"starts_at": slot.starts_at.isoformat(), "ends_at": slot.ends_at.isoformat()}
