"""Reviewing targets: a shorter one is proposed once a month, and a person publishes it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from chassis.commands import Reply
from chassis.errors import Problem, conflict, not_found
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.city import Span
from sla import store
from sla.domain.review import Proposal, is_longer, is_news, proposal
from sla.domain.rules import Rules


class Dismissal(NamedTuple):
    """Why a person puts aside what a review has proposed for a service."""

    service: str
    reason: str


class NewTarget(NamedTuple):
    """A target as a person publishes it; `approved_by` names the office that lets it be longer than the present one.

    With an `agency` it is that agency's own.
    """

    service: str
    agency: str | None
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
    found, before = [], {row["service_code"]: _dismissed(row) for row in await store.reviews(tx)}
    for row in await store.forecasts(tx):
        target = rules.target(row["service_code"], on)
        if target is not None:
            history = store.history_of_row(row)
            found.append(
                proposal(target.service, target.due, rules.target_days(target.due, target.service, on), history)
            )
    news = [one for one in found if one is not None and is_news(one, before.get(one.service))]
    await store.save_reviews(tx, on, news)


def _dismissed(row: Mapping[str, Any]) -> Proposal | None:
    """Return what was last proposed of a service, where a person has dismissed it."""
    if row["dismissed_at"] is None:
        return None
    now, proposed = (Span(amount=row[name], unit=row["unit"]) for name in ("present", "amount"))
    return Proposal(row["service_code"], now, proposed, row["days_80"], row["sample_size"])


async def dismiss_reviews(
    tx: Transaction, commands: Sequence[Command[Dismissal]], rules: Rules
) -> Sequence[Reply | Problem]:
    """Put proposals aside for a reason; each is noted with who did it, and not proposed again until it is another."""
    await store.lock_published(tx)
    proposed = {row["service_code"]: row for row in await store.reviews(tx)}
    return [await _dismiss(tx, command, proposed.get(command.payload.service), rules) for command in commands]


async def _dismiss(
    tx: Transaction, command: Command[Dismissal], row: Mapping[str, Any] | None, rules: Rules
) -> Reply | Problem:
    wanted = command.payload
    if row is None or wanted.service not in rules.city.services:
        return not_found(f"proposal for the service {wanted.service!r}")
    if row["dismissed_at"] is not None:
        return conflict(f"This proposal was dismissed already: {row['reason']}")
    keys = {"service_code": wanted.service, "reviewed_on": row["reviewed_on"]}
    by = command.principal.role
    await store.dismiss(tx, keys | {"dismissed_at": command.now, "dismissed_by": by, "reason": wanted.reason})
    detail = {name: row[name] for name in ("amount", "unit", "present", "days_80")} | {"reason": wanted.reason}
    tx.audit(command.principal, "target.dismiss", wanted.service, detail)
    return Reply(200, {"service_code": wanted.service, "dismissed_by": by, "reason": wanted.reason})


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
    if wanted.service not in rules.city.services:
        return not_found(f"service {wanted.service!r}")
    if wanted.agency is not None:
        refused = _not_its_own(wanted.service, wanted.agency, rules)
        if refused is not None:
            return refused
    if wanted.effective_from <= today:
        soonest = today + timedelta(days=1)
        said = f"effective_from: a target holds from {soonest} on at the soonest; what was promised today stays."
        return Problem(422, "Too soon", said)
    if _is_longer(wanted, rules) and not wanted.approved_by:
        length = f"{wanted.due.amount:g} {wanted.due.unit}"
        said = f"approved_by: {length} is longer than the target that holds until then; name who approved it."
        return Problem(422, "A longer target needs an approval", said)
    return None


def _is_longer(wanted: NewTarget, rules: Rules) -> bool:
    """Tell whether a target is longer than the one that would hold by then; a service's first is longer than none."""
    service, day = wanted.service, wanted.effective_from
    before = rules.target(service, day)
    return before is not None and is_longer(
        rules.target_days(wanted.due, service, day), rules.target_days(before.due, service, day)
    )


def _not_its_own(service: str, agency: str, rules: Rules) -> Problem | None:
    """Refuse a target of an agency's own where it does not do the work, or not alone: promises come before routing."""
    able = sorted({rule.agency for rule in rules.city.rules_by_service[service]})
    if agency not in able:
        said = f"agency: {agency} does not do this work; name one of {', '.join(able)}, or none."
    elif len(able) > 1:
        said = f"agency: {', '.join(able)} share this work, and it is promised before routing; name none of them."
    else:
        return None
    return Problem(422, "Not the agency's own", said)


async def _publish(tx: Transaction, command: Command[NewTarget], rules: Rules) -> dict[str, Any]:
    wanted = command.payload
    present = rules.target(wanted.service, wanted.effective_from)
    row = {
        "service_code": wanted.service,
        "agency": wanted.agency,
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
