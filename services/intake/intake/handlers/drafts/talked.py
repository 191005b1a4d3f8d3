"""A draft that a form and a conversation hand to each other: the same report under the same reference."""

from collections.abc import Mapping
from typing import Any, Final

from chassis.sql import Row
from chassis.transaction import Transaction
from intake import store
from intake.domain.conversations import Talk
from intake.domain.drafts import KEPT
from intake.handlers.desk import Facts

_KEPT: Final = ("reporter", "operator", "follows")
_TOLD: Final = ("description", "place", "photos")


async def draft_of_talk(tx: Transaction, reference: str) -> Facts | None:
    """Read a conversation as the row of a draft; None where there is none, or it became a request already.

    Nothing more is heard in the conversation until this transaction ends.
    """
    found = await store.conversation(tx, reference)
    if found is None or await store.request_ids_of(tx, [reference], []):
        return None
    await store.lock_talks(tx, [key for key in (reference, found["phone"], found["call"]) if key])
    row = await store.conversation(tx, reference)
    return _as_draft(row, tx) if row else None


def _as_draft(row: Row, tx: Transaction) -> Facts:
    return {
        "reference": row["reference"],
        "body": _body(Talk.model_validate(row["talk"]), row["channel"], row["phone"]),
        "contact_ref": (row["talk"].get("draft") or {}).get("contact_ref"),
        "begun_in": row["channel"],
        "begun_at": row["at"],
        "forget_at": tx.now + KEPT,
    }


def _body(talk: Talk, channel: str, phone: str | None) -> dict[str, Any]:
    """Tell what was told so far; the same telephone is the same contact."""
    told = talk.model_dump(mode="json", include={"service_code", "description", "place", "photos"}, exclude_none=True)
    reporter = {"reporter": {"phone": phone, "language": talk.language}} if phone else {}
    kept = {name: value for name, value in (talk.draft or {}).items() if name in _KEPT}
    return {name: value for name, value in told.items() if value} | {
        "attributes": dict(talk.answers),
        "channel": channel,
        **reporter,
        **kept,
    }


async def leave_talk(tx: Transaction, reference: str) -> None:
    """Let a conversation begin anew, its draft being gone on with elsewhere; what was said stays for staff to read."""
    row = await store.conversation(tx, reference)
    if row is not None:
        talk = Talk.model_validate(row["talk"])
        anew = talk.anew(said=talk.said).model_dump(mode="json")
        await tx.update(store.VaultConversation, [{"reference": reference, "talk": anew}], ("reference",))


async def talk_of_draft(tx: Transaction, reference: str, services: Mapping[str, object], language: str) -> Talk | None:
    """Read a draft that was begun by a form as a conversation; None where there is none."""
    row = (await store.lock_drafts(tx, [reference])).get(reference)
    if row is None:
        return None
    body, contact_ref = row["body"], row["contact_ref"]
    known = {"service_code": body["service_code"]} if body.get("service_code") in services else {}
    answers = {code: answer for code, answer in (body.get("attributes") or {}).items() if answer is not None}
    kept = {name: body[name] for name in _KEPT if body.get(name)} | (
        {"contact_ref": contact_ref} if contact_ref else {}
    )
    told = {name: body[name] for name in _TOLD if body.get(name)} | known | {"answers": answers, "draft": kept}
    spoken = (body.get("reporter") or {}).get("language", language)
    return Talk.model_validate({"reference": reference, "language": spoken, **told})
