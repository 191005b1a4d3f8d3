"""From events to intended messages."""

from collections.abc import Sequence
from typing import Any

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.event import RequestEvent
from contracts.intake import ContactProfile, RequestCreated
from contracts.routing import RequestAssigned
from contracts.sla import RequestPromised
from contracts.survey import SurveyAnswered, SurveyInvited
from notify import store
from notify.domain.intents import Happening, Intent, address, plan
from notify.domain.moments import News, has_news, news_of, survey_transition


async def tell(tx: Transaction, received: Sequence[Received[Any]]) -> None:
    """Intend messages to every contact about each event that is news."""
    await _intend(tx, [(r, news_of(r.event)) for r in received])


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
    transitions = [survey_transition(r.event.invitation_id) for r in received]
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


async def _intend(
    tx: Transaction, heard: Sequence[tuple[Received[Any], News | None]], *, are_known: bool = False
) -> None:
    """Intend one message for each contact and channel; what nobody is to be told of makes none."""
    worth = [(r, news, refs) for r, news in heard if news is not None and (refs := _audience(r.event))]
    if not worth:
        return
    if not are_known:
        await store.know_requests(tx, (r.event for r, _, _ in worth))
    reaches = await store.reaches_of(tx, {ref for _, _, refs in worth for ref in refs})
    intents: list[Intent] = []
    for r, news, refs in worth:
        happening = Happening(r.event.request_id, r.now, tx.now, r.traceparent)
        for ref in refs:
            intents += plan(news, happening, ref, reaches.get(ref))
    await store.save_intents(tx, intents)


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
