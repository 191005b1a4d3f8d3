"""Which events are counted."""

from chassis.consuming import Subscription, on
from contracts.intake import ContactRecorded, RequestCreated
from kb import handlers


def subscriptions() -> tuple[Subscription, ...]:
    """List event -> handler."""
    return (on(RequestCreated, handlers.count_filed), on(ContactRecorded, handlers.count_contacts))
