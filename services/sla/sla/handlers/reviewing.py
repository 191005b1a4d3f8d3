"""Reviewing targets: a shorter one is proposed once a month, and a person publishes it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.city import Span
from sla import store
from sla.domain.review import is_longer, proposal
from sla.domain.rules import Rules


class NewTarget(NamedTuple):
    """A target as a person publishes it; `approved_by` names the office that lets it be longer than the present one."""

    service: str
    due: Span
    effective_from: date
    signed: bool
    set_by: str
    source: str
    approved_by: str


async def review(tx: Transaction, on: date, rules: Rules) -> None:
    """Propose, on the first day of a month, a shorter target for each service that keeps one already."""
    if on.day != 1:
        return
    found = []
    for row in await store.forecasts(tx):
        target = rules.target(row["service_code"])
        if target is not None:
            history = store.history_of_row(row)
            found.append(proposal(target.service, target.due, rules.target_days(target.due), history))
    await store.save_reviews(tx, on, [one for one in found if one is not None])


async def publish_target(
    tx: Transaction, commands: Sequence[Command[NewTarget]], rules: Rules
) -> Sequence[Reply | Problem]:
    """Publish targets from a day to come on; each is noted with who did it, and promises already made stay."""
    await store.lock_published(tx)
    rules.take_up(await store.published_targets(tx))
    answers: list[Reply | Problem] = []
    for command in commands:
        refused = _refusal(command.payload, command.now.astimezone(rules.work.zone).date(), rules)
        answers.append(refused or Reply(201, await _publish(tx, command, rules)))
    return answers


def _refusal(wanted: NewTarget, today: date, rules: Rules) -> Problem | None:
    present = rules.target(wanted.service)
    if present is None:
        return not_found(f"service {wanted.service!r}")
    if wanted.effective_from <= today:
        soonest = today + timedelta(days=1)
        said = f"effective_from: a target holds from {soonest} on at the soonest; what was promised today stays."
        return Problem(422, "Too soon", said)
    longer = is_longer(rules.target_days(wanted.due), rules.target_days(present.due))
    if longer and not wanted.approved_by:
        length = f"{wanted.due.amount:g} {wanted.due.unit}"
        said = f"approved_by: {length} is longer than the present target; name who approved it."
        return Problem(422, "A longer target needs an approval", said)
    return None


async def _publish(tx: Transaction, command: Command[NewTarget], rules: Rules) -> dict[str, Any]:
    wanted = command.payload
    present = rules.target(wanted.service)
    row = {
        "service_code": wanted.service,
        "amount": wanted.due.amount,
        "unit": wanted.due.unit,
        "signed": wanted.signed,
        "set_by": wanted.set_by,
        "effective_from": wanted.effective_from,
        "source": wanted.source,
        "approved_by": wanted.approved_by,
    }
    await store.publish_target(tx, row | {"published_at": command.now})
    detail = row | {"effective_from": wanted.effective_from.isoformat(), "before": present and present.due.model_dump()}
    tx.audit(command.principal, "target.publish", wanted.service, detail)
    return detail
