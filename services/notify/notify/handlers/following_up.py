"""From follow-ups to messages: to the offices that hear of their role, and to who told the city so."""

from collections.abc import Sequence

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.survey import FollowUpChanged
from notify import store
from notify.domain.following_up import Matter, matter_of, news_of_follow_up
from notify.domain.hours import is_heard
from notify.domain.intents import Happening, Telling, plan
from notify.domain.moments import News
from notify.domain.offices import Offices

_Told = tuple[Matter, str, News, Received[FollowUpChanged]]


class FollowUpTeller:
    """Tells of follow-ups by a city's rules."""

    def __init__(self, telling: Telling, offices: Offices) -> None:
        self._telling, self._offices = telling, offices

    async def tell(self, tx: Transaction, received: Sequence[Received[FollowUpChanged]]) -> None:
        """Intend messages to who has a follow-up, and to who called for it once it is settled."""
        told = [one for r in received for one in self._told(r)]
        if not told:
            return
        await store.know_requests(tx, (matter for matter, *_ in told))
        reaches = await store.reaches_of(tx, {ref for _, ref, _, _ in told}) | self._offices.reaches
        await store.save_intents(
            tx,
            [
                intent
                for matter, ref, news, r in told
                if is_heard(self._telling.clock, news.moment, reaches.get(ref), in_crowd=False)
                for intent in plan(
                    self._telling,
                    news,
                    Happening(matter.request_id, r.now, tx.now, r.traceparent),
                    ref,
                    reaches.get(ref),
                )
            ],
        )

    def _told(self, r: Received[FollowUpChanged]) -> list[_Told]:
        news = news_of_follow_up(r.event)
        if news is None:
            return []
        matter, for_offices = matter_of(r.event), self._offices.as_news(news)
        told: list[_Told] = [
            (matter, ref, for_offices, r) for ref in self._offices.of_role(r.event.agency, r.event.role)
        ]
        return told + ([(matter, r.event.contact_ref, news, r)] if r.event.contact_ref else [])
