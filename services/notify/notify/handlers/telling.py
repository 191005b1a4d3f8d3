"""From events to intended messages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

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
from notify.domain.intents import Happening, Intent, address, plan
from notify.domain.moments import News, has_news, news_for_followers, news_of, survey_transition


async def tell(tx: Transaction, received: Sequence[Received[Any]]) -> None:
    """Intend messages to every contact about each event that is news."""
    await _intend(tx, [(r, news_of(r.event)) for r in received])


async def tell_updated(tx: Transaction, received: Sequence[Received[RequestUpdated]]) -> None:
    """Tell of changes; a request that follows another is told what that one's reporters are told from here on."""
    links: dict[UUID, Received[RequestUpdated]] = {
        r.event.request_id: r for r in received if isinstance(r.event.change, DuplicateLinked | DuplicateUnlinked)
    }
    if links:
        ended = [key for key, r in links.items() if isinstance(r.event.change, DuplicateUnlinked)]
        await store.save_links(tx, [_link(r.event) for key, r in links.items() if key not in ended], ended)
    await tell(tx, received)


def _link(event: RequestUpdated) -> dict[str, Any]:
    assert isinstance(event.change, DuplicateLinked)  # noqa: S101 - chosen for it
    refs = " ".join(event.about.contact_refs)
    return {"request_id": event.request_id, "parent_id": event.change.parent_request_id, "contact_refs": refs}


async def tell_received(tx: Transaction, received: Sequence[Received[RequestCreated]]) -> None:
    """Tell reporters their number, once."""
    # A later copy is the same request after an erasure: who is told of it may have changed.
    await store.keep_requests(tx, [r.event for r in received])
    await _intend(tx, [(r, news_of(r.event)) for r in received if r.event.sequence == 1], are_known=True)


async def tell_assigned(tx: Transaction, received: Sequence[Received[RequestAssigned]]) -> None:
    """Tell who has it now."""
    await store.learn_agencies(tx, [r.event for r in received])
    await _intend(tx, [(r, news_of(r.event)) for r in received], are_known=True)


async def tell_promised(tx: Transaction, received: Sequence[Received[RequestPromised]]) -> None:
    """Tell a first promise, and a revised one that reads otherwise."""
    told = await store.words_told(tx, [r.event.request_id for r in received if r.event.revision > 1])
    worth: list[tuple[Received[Any], News | None]] = []
    for one in received:
        event = one.event
        if has_news(event.revision, event.words, told.get(event.request_id)):
            worth.append((one, news_of(event)))
        told[event.request_id] = event.words
    await store.learn_promises(tx, [r.event for r in received])
    await _intend(tx, worth, are_known=True)


async def drop_answered(tx: Transaction, received: Sequence[Received[SurveyAnswered]]) -> None:
    """Take back an invitation that was answered before it was sent."""
    transitions = [survey_transition(r.event.invitation_id, reminder=one) for r in received for one in (False, True)]
    await store.expire_intents(tx, transitions, [r.event.request_id for r in received], tx.now)


async def keep_profiles(tx: Transaction, received: Sequence[Received[ContactProfile]]) -> None:
    """Keep how to reach people, and address the messages that waited for it."""
    newest = {r.event.contact_ref: r.event for r in received}
    await store.save_profiles(tx, [_profile(event) for event in newest.values()])
    waiting = await store.waiting_for(tx, list(newest))
    reaches = await store.reaches_of(tx, {intent.contact_ref for intent in waiting}) if waiting else {}
    addressed = {w.intent_id: address(w, reaches[w.contact_ref], tx.now) for w in waiting if w.contact_ref in reaches}
    reached = [w for w in waiting if addressed.get(w.intent_id)]
    if reached:
        await store.replace_intents(tx, reached, [intent for w in reached for intent in addressed[w.intent_id]])


async def forget_contacts(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Forget people; what was still to be told them ends as suppressed."""
    await store.forget_profiles(tx, contact_refs)
    await store.forget_followers(tx, contact_refs)


async def forget_people(tx: Transaction, received: Sequence[Received[ContactErased]]) -> None:
    """Forget people for good: also when the log is read again, where a tombstone may be long gone."""
    await forget_contacts(tx, sorted({r.event.contact_ref for r in received}))


async def _intend(
    tx: Transaction, heard: Sequence[tuple[Received[Any], News | None]], *, are_known: bool = False
) -> None:
    """Intend one message for each contact and channel; what nobody is to be told of makes none."""
    told: list[_Told] = [(r.event.request_id, refs, one, r) for r, one in heard if one and (refs := _audience(r.event))]
    told += await _told_followers(tx, heard)
    if not told:
        return
    if not are_known:
        await store.know_requests(tx, (r.event for _, _, _, r in told))
    reaches = await store.reaches_of(tx, {ref for _, audience, _, _ in told for ref in audience})
    intents: list[Intent] = []
    for request_id, audience, one, r in told:
        happening = Happening(request_id, r.now, tx.now, r.traceparent)
        for ref in audience:
            intents += plan(one, happening, ref, reaches.get(ref))
    await store.save_intents(tx, intents)


_Told = tuple[UUID, Sequence[str], News, Received[Any]]


async def _told_followers(tx: Transaction, news: Sequence[tuple[Received[Any], News | None]]) -> list[_Told]:
    """Tell those whose request follows another what is told of that one, under their own number."""
    shared = [(r, also) for r, one in news if one and (also := news_for_followers(r.event, one))]
    links = await store.followers_of(tx, {r.event.request_id for r, _ in shared}) if shared else {}
    return [(child, refs, one, r) for r, one in shared for child, refs in links.get(r.event.request_id, ())]


def _audience(event: RequestEvent) -> tuple[str, ...]:
    return (event.contact_ref,) if type(event) is SurveyInvited else event.about.contact_refs


def _profile(event: ContactProfile) -> dict[str, Any]:
    return {
        "contact_ref": event.contact_ref,
        "version": event.version,
        "email": event.email,
        "webhook_url": event.webhook_url,
        "channels": " ".join(channel.value for channel in event.channels),
        "language": event.language,
    }
