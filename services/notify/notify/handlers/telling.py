"""From events to intended messages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.event import RequestEvent
from contracts.intake import (
    ContactErased,
    ContactProfile,
    DuplicateLinked,
    DuplicateUnlinked,
    RequestCreated,
    RequestUpdated,
)
from contracts.routing import RequestAssigned
from contracts.sla import RequestPromised
from contracts.survey import SurveyAnswered, SurveyInvited
from notify import store
from notify.domain.crowds import Lanes
from notify.domain.hours import is_heard
from notify.domain.intents import Happening, Intent, Telling, address, plan
from notify.domain.moments import (
    News,
    compared,
    flow_of,
    has_news,
    news_for_followers,
    news_of,
    promise_of,
    survey_transition,
)
from notify.domain.offices import Offices
from notify.domain.reaching import Reach
from notify.domain.superseding import replacing
from notify.handlers.campaigning import CampaignTeller
from notify.handlers.following_up import FollowUpTeller
from notify.handlers.returning import clear_flags, heed_texts

Heard = Sequence[tuple[Received[Any], News | None]]
_Told = tuple[UUID, Sequence[str], News, Received[Any]]


class Teller:
    """Intends messages by a city's rules of telling."""

    def __init__(self, telling: Telling, offices: Offices) -> None:
        self._telling, self._offices = telling, offices
        self.follow_ups = FollowUpTeller(telling, offices)
        self.campaigns = CampaignTeller(telling)

    async def tell(self, tx: Transaction, received: Sequence[Received[Any]]) -> None:
        """Intend messages to every contact about each event that is news."""
        await self._intend(tx, [(r, news_of(r.event)) for r in received])

    async def tell_updated(self, tx: Transaction, received: Sequence[Received[RequestUpdated]]) -> None:
        """Tell of changes; a request that follows another is told what that one's reporters are told from here on."""
        links: dict[UUID, Received[RequestUpdated]] = {
            r.event.request_id: r for r in received if isinstance(r.event.change, DuplicateLinked | DuplicateUnlinked)
        }
        if links:
            ended = [key for key, r in links.items() if isinstance(r.event.change, DuplicateUnlinked)]
            await store.save_links(tx, [_link(r) for key, r in links.items() if key not in ended], ended)
        await self.tell(tx, received)

    async def tell_received(self, tx: Transaction, received: Sequence[Received[RequestCreated]]) -> None:
        """Tell reporters their number, once."""
        # A later copy is the same request after an erasure: who is told of it may have changed.
        await store.keep_requests(tx, [(r.event, self._offices.of_areas(r.event.place.area)) for r in received])
        news = [(r, news_of(r.event)) for r in received if r.event.sequence == 1]
        await self._intend(tx, news, are_known=True)

    async def tell_assigned(self, tx: Transaction, received: Sequence[Received[RequestAssigned]]) -> None:
        """Tell who has it now."""
        await store.learn_agencies(tx, [r.event for r in received])
        await self._intend(tx, [(r, news_of(r.event)) for r in received], are_known=True)

    async def tell_promised(self, tx: Transaction, received: Sequence[Received[RequestPromised]]) -> None:
        """Tell a first promise, and a revised one that reads otherwise; of several the newest that is not sent yet."""
        told = await store.promises_told(tx, [r.event.request_id for r in received if r.event.revision > 1])
        newest: dict[UUID, tuple[Received[Any], News]] = {}
        passed: list[tuple[Received[Any], News]] = []
        for one in received:
            event = one.event
            before = told.get(event.request_id)
            if (news := news_of(event)) and has_news(event, before):
                passed += [newest.pop(event.request_id)] if event.request_id in newest else []
                newest[event.request_id] = one, compared(news, before)
            told[event.request_id] = promise_of(event)
        await store.learn_promises(tx, [r.event for r in received])
        await self._intend(tx, passed, are_known=True)  # taken back below: a rebuild, in other batches, does the same
        unsent = await store.take_back_promises(tx, [key for key, (r, _) in newest.items() if r.event.revision > 1])
        await self._intend(
            tx, [(r, replacing(one, unsent.get(key))) for key, (r, one) in newest.items()], are_known=True
        )

    async def keep_profiles(self, tx: Transaction, received: Sequence[Received[ContactProfile]]) -> None:
        """Keep how to reach people, and address the messages that waited for it."""
        newest = {r.event.contact_ref: r.event for r in received}
        await store.save_profiles(tx, [_profile(event) for event in newest.values()])
        await clear_flags(tx, list(newest))
        await heed_texts(tx, [r.event for r in received])
        waiting = await store.waiting_for(tx, list(newest))
        reaches = await store.reaches_of(tx, {intent.contact_ref for intent in waiting}) if waiting else {}
        addressed = {
            w.intent_id: address(self._telling, w, reaches[w.contact_ref], tx.now)
            for w in waiting
            if w.contact_ref in reaches
        }
        reached = [w for w in waiting if addressed.get(w.intent_id)]
        if reached:
            await store.replace_intents(tx, reached, [intent for w in reached for intent in addressed[w.intent_id]])

    async def _intend(self, tx: Transaction, heard: Heard, *, are_known: bool = False) -> None:
        """Intend one message for each contact and channel; what nobody is to be told of makes none."""
        told: list[_Told] = [
            (r.event.request_id, refs, one, r) for r, one in heard if one and (refs := _audience(r.event))
        ]
        told += await _told_followers(tx, heard)
        told += await self._told_offices(tx, heard)
        if not told:
            return
        if not are_known:
            await store.know_requests(tx, (r.event for _, _, _, r in told))
        everybody = {ref for _, audience, _, _ in told for ref in audience}
        reaches = await store.reaches_of(tx, everybody) | self._offices.reaches
        await store.save_intents(tx, self._plans(tx, told, reaches))

    def _plans(self, tx: Transaction, told: Sequence[_Told], reaches: dict[str, Reach]) -> list[Intent]:
        lanes, clock, crowd = Lanes(), self._telling.clock, self._telling.clock.telling.crowd
        followers = [request_id != r.event.request_id for request_id, _, _, r in told]
        is_crowd = sum(followers) > crowd
        intents: list[Intent] = []
        for (request_id, audience, one, r), follows in zip(told, followers, strict=True):
            happening = Happening(request_id, r.now, tx.now, r.traceparent)
            flow = flow_of(r.event)
            for place, ref in enumerate(audience):
                reach = reaches.get(ref)
                small = (is_crowd and follows) or (place > 0 and len(audience) > crowd)
                if is_heard(clock, one.moment, reach, in_crowd=small):
                    intents += plan(self._telling, one, happening, ref, reach, lanes.of(flow))
        return intents

    async def _told_offices(self, tx: Transaction, heard: Heard) -> list[_Told]:
        """Tell offices beside residents, in transitions of their own."""
        if not self._offices.reaches:
            return []
        told: list[_Told] = [
            (r.event.request_id, refs, one, r) for r, _ in heard for refs, one in self._offices.told(r.event)
        ]
        for_areas = [(r, one) for r, one in heard if one and self._offices.hears_of_areas(one.moment)]
        if for_areas:
            known = await store.offices_of(tx, {r.event.request_id for r, _ in for_areas})
            for r, one in for_areas:
                refs = self._offices.listening(known.get(r.event.request_id, ()), one.moment)
                told += [(r.event.request_id, refs, self._offices.as_news(one), r)] if refs else []
        return told


async def drop_answered(tx: Transaction, received: Sequence[Received[SurveyAnswered]]) -> None:
    """Take back an invitation that was answered before it was sent."""
    transitions = [survey_transition(r.event.invitation_id, reminder=one) for r in received for one in (False, True)]
    await store.expire_intents(tx, transitions, [r.event.request_id for r in received], tx.now)


async def forget_contacts(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Forget people; what was still to be told them ends as suppressed."""
    await store.forget_profiles(tx, contact_refs)
    await store.forget_followers(tx, contact_refs)
    await store.forget_letters(tx, contact_refs)
    await store.forget_texts(tx, contact_refs)
    await store.forget_leavings(tx, contact_refs)
    await store.forget_returns(tx, contact_refs)
    await store.forget_undelivered(tx, contact_refs)


async def forget_people(tx: Transaction, received: Sequence[Received[ContactErased]]) -> None:
    """Forget people for good: also when the log is read again, where a tombstone may be long gone."""
    await forget_contacts(tx, sorted({r.event.contact_ref for r in received}))


async def _told_followers(tx: Transaction, news: Heard) -> list[_Told]:
    """Tell those whose request follows another what is told of that one from then on, under their own number."""
    shared = [(r, also) for r, one in news if one and (also := news_for_followers(r.event, one))]
    links = await store.followers_of(tx, {r.event.request_id for r, _ in shared}) if shared else {}
    return [
        (child, refs, one, r)
        for r, one in shared
        for child, refs, since in links.get(r.event.request_id, ())
        if r.at >= since
    ]


def _audience(event: RequestEvent) -> tuple[str, ...]:
    return (event.contact_ref,) if type(event) is SurveyInvited else event.about.contact_refs


def _link(r: Received[RequestUpdated]) -> dict[str, Any]:
    assert isinstance(r.event.change, DuplicateLinked)  # noqa: S101 - chosen for it
    parent, refs = r.event.change.parent_request_id, " ".join(r.event.about.contact_refs)
    return {"request_id": r.event.request_id, "parent_id": parent, "contact_refs": refs, "since": r.at}


def _profile(event: ContactProfile) -> dict[str, Any]:
    return {
        "contact_ref": event.contact_ref,
        "version": event.version,
        "email": event.email,
        "webhook_url": event.webhook_url,
        "channels": " ".join(channel.value for channel in event.channels),
        "language": event.language,
        "phone": event.phone,
        "push": orjson.dumps(event.push.model_dump()).decode() if event.push else None,
        "social": event.social,
        "postal_address": event.postal_address,
        "frequency": event.frequency.value,
        "quiet_from": event.quiet_from,
        "quiet_until": event.quiet_until,
        "consents": orjson.dumps([one.model_dump(mode="json") for one in event.consents]).decode()
        if event.consents
        else None,
    }
