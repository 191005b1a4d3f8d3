"""What routing hears, and which handler acts on it."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.gate import Gate
from chassis.rebuilding import Rebuild
from chassis.service import Worker
from contracts.intake import (
    ContactRecorded,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
    UpdateRefused,
)
from contracts.routing import RequestAssigned, RequestDiverted
from contracts.sla import RequestEscalated
from contracts.survey import FeedbackRecorded
from routing import handlers
from routing.handlers import Office, center, publishing, reading, restoring


def subscriptions(office: Office) -> tuple[Subscription, ...]:
    """List event type and handler."""
    return (
        on(RequestCreated, partial(handlers.assign_new_requests, office=office)),
        on(RequestUpdated, partial(handlers.follow_updates, office=office)),
        on(RequestClosed, partial(handlers.follow_closings, office=office)),
        on(RequestReopened, partial(handlers.follow_reopenings, office=office)),
        on(RequestEscalated, partial(handlers.pass_on_escalations, office=office)),
        on(ContactRecorded, partial(center.hear_contacts, office=office)),
        on(UpdateRefused, partial(handlers.hand_back_refusals, office=office)),
        on(FeedbackRecorded, partial(handlers.pass_on_praise, office=office)),
    )


def workers(office: Office, gate: Gate) -> tuple[Worker, ...]:
    """List what runs beside the events: the reading of rules that are published, and the opening of the reader."""
    return (
        Worker("rules", partial(publishing.follow_published, office=office)),
        Worker("reader", partial(reading.open_early, reader=office.reader)),
        *gate.workers,
    )


def rebuild(office: Office) -> Rebuild:
    """Say how the state is made again from the log: what was heard, then who was given it."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(
            *subscriptions(office),
            on(RequestAssigned, partial(restoring.restore_assignments, office=office)),
            on(RequestDiverted, partial(restoring.restore_diversions, office=office)),
        ),
        finish=restoring.go_on_from_here,
    )
