"""Restoring what survey decided from what it published."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from chassis.rebuilding import CHASSIS_DUE, Derived, Fate, Kept
from chassis.records import Received
from chassis.transaction import Transaction
from contracts.city import City
from contracts.survey import SurveyAnswered, SurveyInvited
from survey import store
from survey.domain.invitation import State, as_invited, reopen_count_of, terms_of
from survey.domain.questions import MEASURES
from survey.handlers.inviting import INVITE, REMIND, plan_reminder
from survey.handlers.sharing import SHARE

TABLES: Final[Mapping[str, Fate]] = {
    "invitation": Derived(),
    "reopening": Derived(),
    "forgotten": Derived(),
    "due": replace(CHASSIS_DUE, rows=f"kind NOT IN ('{REMIND}', '{SHARE}')"),
    "closings": Derived(),
    "follow_up": Derived(),
    "follow_up_note": Kept("what staff noted never travels"),
    "feedback": Derived(),
    "feedback_words": Kept("words, and what was answered, never travel"),
    "token_bucket": Kept("how much a caller has said is nobody's news"),
    "shared_results": Kept("figures as they were then are written here alone"),
    "assessment": Kept("what was made of results is written here alone"),
    "answer": Derived(
        emptied=False,
        without={"comment": "a resident's own words never travel", "other": "only the common measures are published"},
    ),
}
"""What becomes of each table in a rebuild."""


async def restore_invitations(tx: Transaction, received: Sequence[Received[SurveyInvited]], city: City) -> None:
    """Note what was sent; an invitation that today's rules would not have made is made by them as well as can be."""
    known = await store.known_invitations(tx, [r.event.invitation_id for r in received])
    asked = [r for r in received if not r.event.reminder]
    reminded = {r.event.invitation_id: r.at for r in received if r.event.reminder}
    unknown = {r.event.invitation_id: r for r in asked if r.event.invitation_id not in known}
    await store.add_invitations(tx, [_as_invited(r, city) for r in unknown.values()])
    await store.set_sent(tx, {r.event.invitation_id: r.at for r in asked})
    await store.set_reminded(tx, reminded)
    await tx.cancel(INVITE, [str(r.event.closure_id) for r in asked])
    waits = await store.reminders_of(tx, [r.event.invitation_id for r in asked])
    for r in asked:
        plan_reminder(tx, r.at, r, waits[r.event.invitation_id])


def _as_invited(r: Received[SurveyInvited], city: City) -> dict[str, Any]:
    event = r.event
    return {
        **as_invited(event, r.at, terms_of(city, event.about.service_code, "", r.at.date()))._asdict(),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "reopen_count": reopen_count_of(event.sequence),
        "state": State.SENT.value,
        "service_code": event.about.service_code,
        "agency": "",
        "about": event.about.model_dump(mode="json"),
        "area": "",
        "channel": event.about.channel.value,
        "crew": "",
        "sent_at": r.at,
        "reminded_at": None,
    }


async def restore_answers(tx: Transaction, received: Sequence[Received[SurveyAnswered]]) -> None:
    """Note what was answered; comments stay where they are."""
    rows = {r.event.invitation_id: _as_answered(r) for r in received}
    await tx.insert(store.AnswerRow, list(rows.values()), ignore=("invitation_id",))
    await store.set_state(tx, list(rows), State.ANSWERED)


def _as_answered(r: Received[SurveyAnswered]) -> dict[str, Any]:
    published = {name: getattr(r.event, name) for name in (*MEASURES.values(), "disputed", "comment_ref")}
    return {
        **published,
        "invitation_id": r.event.invitation_id,
        "answered_at": r.at,
        "other": {},
        "comment": None,
        "via": r.event.via.value,
    }
