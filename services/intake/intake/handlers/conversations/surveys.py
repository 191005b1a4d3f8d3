"""Surveys by telephone: whom to hear, and what was answered, handed on to where it is counted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.records import Cause, Due, Received
from chassis.transaction import Transaction
from contracts.intake import SurveyReplied
from contracts.survey import SurveyAnswered, SurveyInvited
from contracts.vocabulary import Channel
from intake import store
from intake.domain.conversations import Answered, Talk, answered_so_far
from intake.domain.people.telephone import e164
from intake.handlers.desk import Desk
from intake.handlers.life.disputes import follow_survey_answers
from intake.store.conversations import surveys

PAUSE: Final = "conversation.survey"


async def note_invited(tx: Transaction, received: Sequence[Received[SurveyInvited]], desk: Desk) -> None:
    """Remember who with a telephone was asked, so that a text or a call of theirs can answer."""
    if desk.city.survey.by_keys is None:
        return
    phones = await surveys.phones_of(tx, sorted({r.event.contact_ref for r in received}))
    days, region = timedelta(days=desk.city.survey.link_valid_days), desk.city.conversation.region
    rows = {}
    for r in received:
        phone = e164(phones.get(r.event.contact_ref, ""), region)
        if phone and not r.event.reminder:
            rows[r.event.invitation_id] = {
                "invitation_id": r.event.invitation_id,
                "request_id": r.event.request_id,
                "contact_ref": r.event.contact_ref,
                "phone": phone,
                "channel": r.event.about.channel.value,
                "questions": " ".join(r.event.questions),
                "at": r.at,
                "until": r.event.expires_at or r.at + days,
            }
    await surveys.keep_asked(tx, list(rows.values()), tx.now)


async def follow_answers(tx: Transaction, received: Sequence[Received[SurveyAnswered]], desk: Desk) -> None:
    """Hear no more by telephone what was answered, and follow the answer."""
    if desk.city.survey.by_keys is not None:
        await surveys.forget_asked(tx, [r.event.invitation_id for r in received])
    await follow_survey_answers(tx, received, desk)


async def hand_on(tx: Transaction, given: Answered, via: Channel, because: Cause) -> None:
    """Publish what was answered; it is heard once."""
    invitation_id = UUID(given.survey["invitation_id"])
    event = SurveyReplied(
        request_id=UUID(given.survey["request_id"]),
        invitation_id=invitation_id,
        contact_ref=given.survey["contact_ref"],
        via=via,
        answers=dict(given.answers),
    )
    tx.publish(event, because=because)
    await surveys.forget_asked(tx, [invitation_id])


async def end_surveys(tx: Transaction, due: Sequence[Due]) -> None:
    """Count what was answered so far where nobody went on."""
    for one in due:
        row = await store.conversation(tx, one.key)
        talk = Talk.model_validate(row["talk"]) if row else None
        if row is None or talk is None or talk.step != "survey":
            continue
        if given := answered_so_far(talk):
            await hand_on(tx, given, Channel(row["channel"]), one)
        after = talk.anew(said=talk.said).model_dump(mode="json")
        await tx.update(store.VaultConversation, [{"reference": one.key, "talk": after}], ("reference",))
