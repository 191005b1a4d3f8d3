"""Staff announce campaigns and end them; the readers of one are told share by share, after everybody else."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from chassis.commands import Reply
from chassis.errors import Problem, conflict, invalid, not_found
from chassis.principals import allow
from chassis.records import Cause, Command, Due, Received
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.city import City
from contracts.notify import CampaignChanged, CampaignState, CampaignWay
from notify import store
from notify.domain.campaigns import (
    AT_ONCE,
    holds,
    is_same,
    matters_of,
    news_in,
    problems_of,
    share_of,
    shares_of,
    transition_of,
)
from notify.domain.crowds import BACK
from notify.domain.intents import Happening, Intent, Telling, plan
from notify.domain.policy import POLICY
from notify.domain.reaching import Reach

TELL: Final = "campaign"
_NEXT: Final = timedelta(seconds=1)


class Ending(NamedTuple):
    """A campaign that is to end before its time, and why."""

    code: str
    because: str


class Campaigns:
    """Takes the campaigns of a city."""

    def __init__(self, city: City) -> None:
        self._city = city

    async def announce(self, tx: Transaction, commands: Sequence[Command[CampaignChanged]]) -> list[Reply | Problem]:
        """Announce campaigns, or change those that have not begun; said twice it is announced once."""
        return [await self._announce(tx, command) for command in commands]

    async def _announce(self, tx: Transaction, command: Command[CampaignChanged]) -> Reply | Problem:
        allow(POLICY, command.principal, "campaigns.change")
        said = command.payload
        held = await store.hold_campaign(tx, said.code)
        if held and is_same(held[0], said):
            return _reply(held[0])
        if held and (held[0].state is CampaignState.ENDED or held[0].starts_at <= command.now):
            return conflict("This campaign has begun or ended. End it, and announce another under a new code.")
        if problems := problems_of(self._city, said, command.now):
            return invalid(problems)
        campaign = said.model_copy(update={"version": held[0].version + 1 if held else 1})
        await _publish(tx, campaign, command, "campaigns.announce", {"version": campaign.version})
        return _reply(campaign, 200 if held else 201)


async def end_campaigns(tx: Transaction, commands: Sequence[Command[Ending]]) -> list[Reply | Problem]:
    """End campaigns before their time: no banner shows any more, and what is unsent is not sent."""
    return [await _end(tx, command) for command in commands]


async def _end(tx: Transaction, command: Command[Ending]) -> Reply | Problem:
    allow(POLICY, command.principal, "campaigns.change")
    held = await store.hold_campaign(tx, command.payload.code)
    if held is None:
        return not_found("campaign of this code")
    if held[0].state is CampaignState.ENDED:
        return _reply(held[0])
    if held[0].ends_at <= command.now:
        return conflict("This campaign is over; there is nothing to end.")
    changed = {"version": held[0].version + 1, "state": CampaignState.ENDED, "ends_at": command.now}
    campaign = held[0].model_copy(update=changed)
    await _publish(tx, campaign, command, "campaigns.end", {"because": command.payload.because})
    return _reply(campaign)


async def _publish(
    tx: Transaction, campaign: CampaignChanged, command: Command[Any], action: str, noted: Mapping[str, Any]
) -> None:
    await _keep(tx, campaign, command)
    tx.audit(command.principal, action, campaign.code, noted)
    tx.publish(campaign, because=command)


async def keep_published(tx: Transaction, received: Sequence[Received[CampaignChanged]]) -> None:
    """Keep campaigns as they lie on the log."""
    for r in received:
        await _keep(tx, r.event, r)


async def _keep(tx: Transaction, campaign: CampaignChanged, because: Cause) -> None:
    await store.save_campaigns(tx, [campaign])
    if CampaignWay.MESSAGES not in campaign.ways:
        return
    await store.save_matters(tx, matters_of(campaign))
    if campaign.state is CampaignState.ENDED:
        shares = shares_of(campaign.code)
        await store.expire_intents(tx, [transition_of(campaign.code)], shares, campaign.ends_at)
    else:
        tx.schedule(TELL, campaign.code, campaign.starts_at, {}, because)


class CampaignTeller:
    """Tells of campaigns by a city's rules."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    async def tell_next(self, tx: Transaction, due: Sequence[Due]) -> None:
        """Intend a campaign's messages to the next of its readers, until all of them are told."""
        for one in due:
            await self._tell_next(tx, one)

    async def _tell_next(self, tx: Transaction, due: Due) -> None:
        held = await store.hold_campaign(tx, due.key)
        if held is None or CampaignWay.MESSAGES not in held[0].ways or not holds(held[0], tx.now):
            return
        campaign, told_to = held
        page = await store.readers_of(tx, campaign, transition_of(campaign.code), told_to, AT_ONCE)
        await store.save_intents(tx, [i for row in page if row["is_asked_for"] for i in self._plan(tx, campaign, row)])
        if page:
            await store.note_told_to(tx, campaign.code, page[-1]["contact_ref"])
        if len(page) == AT_ONCE:
            tx.schedule(TELL, campaign.code, tx.now + _NEXT, {}, due)

    def _plan(self, tx: Transaction, campaign: CampaignChanged, row: Row) -> list[Intent]:
        ref, reach = row["contact_ref"], store.reach_of({name: row[name] for name in ("contact_ref", *Reach._fields)})
        happening = Happening(share_of(campaign.code, ref), tx.now, tx.now)
        planned = plan(self._telling, news_in(campaign, row["language"]), happening, ref, reach, BACK)
        # Nobody waits for a way to who agreed to none.
        reached = (intent for intent in planned if intent.channel)
        return [intent._replace(expires_at=min(intent.expires_at, campaign.ends_at)) for intent in reached]


def _reply(campaign: CampaignChanged, status: int = 200) -> Reply:
    return Reply(status, campaign.model_dump(mode="json"))
