"""Targets that people have published, and the reviews that proposed them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from chassis.transaction import Reads, Transaction
from contracts.city import Span, Target
from sla.domain.review import Proposal
from sla.store.tables import PublishedTarget, TargetReview

_ALL: Final = "SELECT * FROM published_target ORDER BY number"
# One at a time: whoever publishes sees what the one before has published.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('published_target'))"


async def published_targets(reads: Reads) -> list[Target]:
    """Return every target that was published, in the order of publishing."""
    return [_target(row) for row in await reads.sql(_ALL)]


async def lock_published(tx: Transaction) -> None:
    """Let one person publish at a time."""
    await tx.sql(_LOCK)


async def publish_target(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keep a target that a person publishes."""
    await tx.insert(PublishedTarget, [row])


async def save_reviews(tx: Transaction, on: date, found: Sequence[Proposal]) -> None:
    """Keep what a review proposes; the same day's is kept once."""
    rows = [
        {
            "service_code": one.service,
            "reviewed_on": on,
            "amount": one.proposed.amount,
            "unit": one.proposed.unit,
            "present": one.now.amount,
            "days_80": one.days_80,
            "sample_size": one.sample_size,
        }
        for one in found
    ]
    await tx.insert(TargetReview, rows, ignore=("service_code", "reviewed_on"))


async def reviews(reads: Reads) -> list[Mapping[str, Any]]:
    """Return what was last proposed of each service, with the reason it was dismissed for, if it was."""
    newest = "SELECT DISTINCT ON (service_code) * FROM target_review ORDER BY service_code, reviewed_on DESC"
    return list(await reads.sql(newest))


async def dismiss(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Note why a person has put a proposal aside."""
    await tx.update(TargetReview, [row], keys=("service_code", "reviewed_on"))


def _target(row: Mapping[str, Any]) -> Target:
    return Target(
        service=row["service_code"],
        due=Span(amount=row["amount"], unit=row["unit"]),
        signed=row["signed"],
        set_by=row["set_by"],
        basis="agreed",
        effective_from=row["effective_from"],
        source=row["source"],
        agency=row["agency"],
    )
