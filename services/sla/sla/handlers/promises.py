"""How a promise is published: the first of a request, or a revised one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chassis.records import Cause, Received
from chassis.transaction import Transaction
from contracts.event import RequestFacts, Texts
from contracts.sla import RequestPromised, RevisionReason
from sla.domain.clock import PromiseClock, promised
from sla.domain.forecast import Expected, expected
from sla.domain.rules import Rules
from sla.handlers.forecasting import Outlook, Outlooks, outlooks

LATE: Final = RevisionReason.LATE
"""Why a forecast is revised that has passed while the work is not done."""
NO_DAY: Final = Expected(None, None, None)


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises of one batch: where they are published, and what may be promised of each service."""

    tx: Transaction
    rules: Rules
    known: Outlooks

    def first(self, clock: PromiseClock, because: Received[Any]) -> PromiseClock:
        """Publish a request's first promise."""
        outlook = self._outlook(clock)
        to = expected(outlook.forecast, clock.opened_at)
        words = self.rules.promise_words(outlook.words, to.expected_at, clock.due_at)
        return self._publish(clock, to, words, because, because.event.about)

    def from_now(self, clock: PromiseClock, now: datetime, because: Received[Any], reason: str) -> PromiseClock:
        """Publish that the forecast is counted anew from `now`."""
        return self.moved(clock, expected(self._outlook(clock).forecast, now), because, because.event.about, reason)

    def anew(self, clock: PromiseClock, because: Received[Any], reason: str) -> PromiseClock:
        """Publish another target and forecast for those given; what is yet to be promised, or ended, needs none."""
        if not clock.revision or clock.closed_at:
            return clock
        outlook = self._outlook(clock)
        to = expected(outlook.forecast, clock.opened_at)
        if to.expected_at and to.expected_at <= because.at:
            to = expected(outlook.forecast, because.at)
        words = self.rules.promise_words(outlook.words, to.expected_at, clock.due_at)
        return self._publish(clock, to, words, because, because.event.about, reason)

    def moved(
        self, clock: PromiseClock, to: Expected, because: Cause, about: RequestFacts, reason: str
    ) -> PromiseClock:
        """Publish that the work is expected at another moment; nothing is revised that was never promised or has ended.

        The target stays as first given.
        """
        if not clock.revision or clock.closed_at or to.expected_at is None:
            return clock
        words = self.rules.moved_words(to.expected_at) or self._outlook(clock).words
        return self._publish(clock, to, words, because, about, reason)

    def waits(self, clock: PromiseClock, because: Received[Any]) -> PromiseClock:
        """Publish that the clock stands still and no day is told; what was expected is known when it runs again."""
        if not clock.revision or clock.closed_at or clock.paused_at is None or clock.linked:
            return clock
        words = self.rules.waiting_words(clock.pause_reason)
        after = self._publish(clock, NO_DAY, words, because, because.event.about, RevisionReason.PAUSED)
        return after._replace(expected_at=clock.expected_at)

    def resumed(self, clock: PromiseClock, expected_at: datetime | None, because: Received[Any]) -> PromiseClock:
        """Publish the days to which forecast and target have moved, now that the clock runs again."""
        if not clock.revision or clock.closed_at:
            return clock
        words = self.rules.resumed_words(expected_at, clock.deadline_at) or self._outlook(clock).words
        to = Expected(expected_at, None, None)
        return self._publish(clock, to, words, because, because.event.about, RevisionReason.RESUMED)

    def gone(self, clock: PromiseClock, because: Cause, about: RequestFacts) -> PromiseClock:
        """Publish that the forecast has passed and that nothing is known in its place."""
        return self._publish(clock, NO_DAY, self.rules.none_words(clock.due_at), because, about, LATE)

    def _outlook(self, clock: PromiseClock) -> Outlook:
        return self.known.of(clock.service_code, clock.area)

    def _publish(
        self,
        clock: PromiseClock,
        to: Expected,
        words: Texts,
        because: Cause,
        about: RequestFacts,
        reason: str | None = None,
    ) -> PromiseClock:
        if self.tx.rebuilding:  # what was promised is on the log
            return clock
        clock = promised(clock, to.expected_at)
        published = RequestPromised(
            request_id=clock.request_id,
            sequence=clock.revision,
            about=about,
            revision=clock.revision,
            due_at=clock.due_at,
            signed=self.rules.is_signed(clock.service_code, self.rules.day(clock.opened_at)),
            expected_at=to.expected_at,
            earliest_at=to.earliest_at,
            latest_at=to.latest_at,
            basis=self._outlook(clock).forecast.basis,
            words=words,
            reason=reason,
            reason_words=self.rules.why(reason),
            deadline_at=clock.deadline_at,
            paused_at=None if clock.linked else clock.paused_at,
            pause_reason=clock.pause_reason or None,
            respond_by=clock.respond_by,
        )
        self.tx.publish(published, because=because)
        return clock


async def promises_for(tx: Transaction, clocks: Iterable[PromiseClock], rules: Rules) -> Promises:
    """Load what may be promised of the services and areas these clocks are about."""
    places = {(clock.service_code, clock.area) for clock in clocks}
    return Promises(tx, rules, await outlooks(tx, places, rules) if places else Outlooks({}, rules, rules.day(tx.now)))
