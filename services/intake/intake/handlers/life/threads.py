"""News of requests made on social networks, back to the thread they came from."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.ids import derived_id
from chassis.transaction import Transaction
from contracts.event import in_language
from intake import store
from intake.domain.social import news_of
from intake.handlers.desk import Facts


async def tell_threads(tx: Transaction, entries: Sequence[Mapping[str, Any]]) -> None:
    """Intend an answer to each thread for what these lines of the timeline say that its writer should know."""
    told = {entry["request_id"]: entry for entry in entries if news_of(entry["kind"], entry["detail"])}
    if not told:
        return
    threads = await store.social.threads_of(tx, list(told))
    rows = [_row(thread, told[thread["request_id"]]) for thread in threads]
    await tx.insert(store.social.VaultSocialReply, rows, ignore=("reply_id",))


def _row(thread: Mapping[str, Any], entry: Mapping[str, Any]) -> Facts:
    cause, words = news_of(entry["kind"], entry["detail"]) or ("", {})
    said = in_language(words, thread["language"])
    return {
        "reply_id": derived_id("social.reply", thread["thread_ref"], cause),
        "thread_ref": thread["thread_ref"],
        "request_id": thread["request_id"],
        "answers": thread["thread_id"],
        "text": f"{thread['tracking_number']}: {said}",
        "state": "waiting",
        "posted_id": None,
        "due_at": entry["at"],
        "tries": 0,
    }
