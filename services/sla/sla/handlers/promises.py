"""How a promise is published: the first of a request, or a revised one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.event import RequestEvent, Texts
from contracts.sla import RequestPromised
from sla.domain.clock import PromiseClock, promised
from sla.domain.forecast import Expected, expected
from sla.domain.rules import Rules
from sla.handlers.forecasting import Outlook, outlooks


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises of one batch: where they are published, and what may be promised of each service."""

    tx: Transaction
    rules: Rules
    known: dict[str, Outlook]

    def first(self, clock: PromiseClock, because: Received[Any]) -> PromiseClock:
        """Publish a request's first promise."""
        outlook = self.known[because.event.about.service_code]
        words = self.rules.promise_words(outlook.forecast, outlook.words, clock.due_at)
        return self._publish(clock, expected(outlook.forecast, clock.opened_at), words, because)

    def from_now(self, clock: PromiseClock, now: datetime, because: Received[Any], reason: str) -> PromiseClock:
        """Publish that the forecast is counted anew from `now`."""
        outlook = self.known[because.event.about.service_code]
        return self.moved(clock, expected(outlook.forecast, now), because, reason)

    def moved(self, clock: PromiseClock, to: Expected, because: Received[Any], reason: str) -> PromiseClock:
        """Publish that the work is expected at another moment; nothing is revised that was never promised or has ended.

        The target stays as first given.
        """
        if not clock.revision or clock.closed_at or to.expected_at is None:
            return clock
        outlook = self.known[because.event.about.service_code]
        words = self.rules.moved_words(to.expected_at) or outlook.words
        return self._publish(clock, to, words, because, reason)

    def _publish(
        self, clock: PromiseClock, to: Expected, words: Texts, because: Received[Any], reason: str | None = None
    ) -> PromiseClock:
        if self.tx.rebuilding:  # what was promised is on the log
            return clock
        event: RequestEvent = because.event
        clock = promised(clock, to.expected_at)
        published = RequestPromised(
            request_id=clock.request_id,
            sequence=clock.revision,
            about=event.about,
            revision=clock.revision,
            due_at=clock.due_at,
            signed=self.rules.is_signed(event.about.service_code),
            expected_at=to.expected_at,
            earliest_at=to.earliest_at,
            latest_at=to.latest_at,
            basis=self.known[event.about.service_code].forecast.basis,
            words=words,
            reason=reason,
        )
        self.tx.publish(published, because=because)
        return clock


async def promises_for(tx: Transaction, received: Iterable[Received[Any]], rules: Rules) -> Promises:
    """Load what may be promised of the services these events are about."""
    services = {r.event.about.service_code for r in received}
    return Promises(tx, rules, await outlooks(tx, services, rules) if services else {})
