"""What an agency's system reports by calling us: in its own words, or in the shape of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adapters import store
from adapters.domain.codes import Step
from adapters.domain.news import News
from adapters.domain.policy import POLICY
from adapters.handlers.desk import Desk
from adapters.handlers.hearing import hear
from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.principals import allow
from chassis.records import Command
from chassis.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Update:
    """One report of one agency; `step` where it is told in our own words."""

    agency: str
    news: News
    step: Step | None


async def report(tx: Transaction, commands: Sequence[Command[Update]], desk: Desk) -> Sequence[Reply | Problem]:
    """Take reports; one that cannot be translated waits in sight, and its answer says so."""
    return [await _report(tx, command, desk) for command in commands]


async def _report(tx: Transaction, command: Command[Update], desk: Desk) -> Reply | Problem:
    agency = command.payload.agency
    allow(POLICY, command.principal, "update.report", agency=agency)
    if agency not in desk.agencies:
        return not_found("adapter of this agency")
    news = command.payload.news
    news = news if news.news_id else replace(news, news_id=command.id)
    found = await store.find_handovers(
        tx, agency, [news.reference or ""], [news.number or ""], [news.order_number or ""]
    )
    if not found:
        return not_found(f"request under {news.reference or news.number or news.order_number!r} at this agency")
    went = await hear(tx, agency, [(news, command.payload.step)], desk)
    state = next(iter(went), "heard_before")
    body = {"update_id": news.news_id, "state": state, "requests": [str(row["request_id"]) for row in found]}
    if state == "waits":
        body["detail"] = "Its code is not known yet: a person will say what it means, and then it is applied."
    return Reply(202 if state == "waits" else 200, body)
