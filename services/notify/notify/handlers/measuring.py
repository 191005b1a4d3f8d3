"""What came of a campaign, as far as notify can tell."""

from datetime import datetime
from typing import Any

from chassis.errors import not_found
from chassis.transaction import Reads
from notify import store
from notify.domain.campaigns import shares_of, transition_of
from notify.domain.effects import NOTE, changes_of, difference, told_of, window_of

_ENDINGS = ("delivered", "suppressed", "failed", "expired", "waiting", "left")


async def measure(reads: Reads, code: str, now: datetime) -> dict[str, Any]:
    """Compare requests before and since a campaign, there and elsewhere. Raises a 404 problem for an unknown one."""
    campaign = await store.campaign_of(reads, code)
    if campaign is None:
        raise not_found("campaign of this code")
    window = window_of(campaign, now)
    groups = await store.requests_around(reads, campaign, window) if window.days else []
    endings = await store.endings_of(reads, shares_of(code), transition_of(code))
    here, elsewhere = changes_of(campaign, groups, window.days)
    return {
        "code": code,
        "state": campaign.state.value,
        "days": window.days,
        "before_from": window.before,
        "since_from": window.start,
        "since_until": window.until,
        "told": told_of({name: endings.get(name, 0) for name in _ENDINGS}),
        "here": here,
        "elsewhere": elsewhere,
        "difference": difference(here, elsewhere),
        "note": NOTE,
    }
