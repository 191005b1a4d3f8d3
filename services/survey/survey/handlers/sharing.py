"""Sharing results: each agency is given its own as often as was agreed on, and somebody there assesses them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.records import Cause, Command, Due
from chassis.transaction import Transaction
from contracts.city import City
from contracts.survey import FollowUpKind, FollowUpState
from survey import store
from survey.domain.following_up import Called
from survey.domain.results import by_stage, compared
from survey.domain.sharing import Period, Sharing, covered, period_of, shared_at, sharing_of
from survey.handlers import following_up
from survey.store import sharing as shelf

SHARE: Final = "survey.share"
ASSESSED: Final = "assessed"
"""How a follow-up of shared results is settled by what is written of them."""


def plan_sharing(tx: Transaction, agencies: Iterable[str], because: Cause, city: City) -> None:
    """Plan the next sharing with agencies of whose work something was heard; imported history is not shared."""
    if getattr(because, "event_clock", False):
        return
    zone = ZoneInfo(city.profile.time_zone)
    today = because.now.astimezone(zone).date()
    for agency in sorted(set(agencies)):
        terms = sharing_of(city, agency, today)
        period = period_of(terms.anchor, terms.days, today)
        tx.schedule(SHARE, f"{agency} {period.until}", shared_at(period, zone), {}, because=because)


async def share_results(tx: Transaction, due: Sequence[Due], city: City) -> None:
    """Tell agencies what was heard in the time that has ended, and ask somebody there to assess it."""
    for one in due:
        agency, _, until = one.key.partition(" ")
        await _share(tx, agency, date.fromisoformat(until) - timedelta(days=1), one, city)
        plan_sharing(tx, [agency], one, city)


async def _share(tx: Transaction, agency: str, last_day: date, one: Due, city: City) -> None:
    terms = sharing_of(city, agency, last_day)
    period = period_of(terms.anchor, terms.days, last_day)
    figures = await _figures(tx, agency, period, terms)
    if figures is None:
        return
    called = Called(FollowUpKind.ASSESSMENT, agency, f"{period.since}/{period.until}")
    row = following_up.opened(called, {}, one.now, city)
    await shelf.share(
        tx, [{"agency": agency, **period._asdict(), "at": one.now, "role": row["role"], "figures": figures}]
    )
    following_up.tell(tx, row, one, city)
    await store.add_follow_ups(tx, [row])


async def _figures(tx: Transaction, agency: str, period: Period, terms: Sharing) -> dict[str, Any] | None:
    """Count what was heard; None where nothing was closed, asked or said."""
    closed = await store.closed_by(tx, "service", agency, *period)
    answered = await store.answered_by(tx, "service", agency, *period)
    heard = await store.heard_by_stage(tx, agency, *period)
    if not (closed or answered or heard):
        return None
    return covered({**compared(closed, answered), "stages": by_stage(heard)}, terms.covers)


async def settle_assessed(
    tx: Transaction, agency: str, since: date, until: date, command: Command[Any], city: City
) -> None:
    """Settle what waited for this assessment: shared results of times that it covers."""
    settled = []
    for found in await shelf.lock_to_assess(tx, agency, since, until):
        state = {"state": FollowUpState.SETTLED.value, "outcome": ASSESSED, "version": found["version"] + 1}
        settled.append({**found, **state})
        following_up.tell(tx, settled[-1], command, city)
    await store.add_follow_ups(tx, settled)
    await tx.cancel(following_up.LATE, [str(row["follow_up_id"]) for row in settled])
