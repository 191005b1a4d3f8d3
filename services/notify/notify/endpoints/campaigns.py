"""Campaigns: staff announce, end and measure them; banners are for every page to show."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from chassis.tagged import IfNoneMatch, cached, tag
from contracts.city import City
from contracts.event import in_language
from contracts.notify import CampaignChanged
from notify import store
from notify.domain.campaigns import shows
from notify.domain.policy import POLICY
from notify.endpoints.languages import spoken
from notify.handlers.campaigning import Campaigns, Ending, end_campaigns
from notify.handlers.measuring import measure
from notify.schemas import AskedBanners, BannerLine, CampaignBody, CampaignEffect, CampaignLine, EndBody

Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$", description="The campaign's own name.")]


def routes(doors: Doors, city: City) -> APIRouter:
    """Make the routes of campaigns."""
    router = APIRouter()
    announce = doors.command("PUT /campaigns", Campaigns(city).announce)
    end = doors.command("POST /campaigns/end", end_campaigns)

    @router.put("/campaigns/{code}", responses={200: {"model": CampaignLine}, 201: {"model": CampaignLine}})
    async def announce_campaign(code: Code, body: CampaignBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Announce a campaign, or change one that has not begun; who did it is noted."""
        allow(POLICY, caller, "campaigns.change")
        return await announce(CampaignChanged(code=code, **body.model_dump()), caller, key)

    @router.post("/campaigns/{code}/end", responses={200: {"model": CampaignLine}})
    async def end_campaign(code: Code, body: EndBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """End a campaign before its time: its banner goes, and what is unsent is not sent."""
        allow(POLICY, caller, "campaigns.change")
        return await end(Ending(code, body.because), caller, key)

    @router.get("/campaigns")
    async def list_campaigns(caller: Caller) -> list[CampaignLine]:
        """List every campaign, the first to start first."""
        allow(POLICY, caller, "campaigns.read")
        async with doors.reads() as reads:
            return [CampaignLine(**one.model_dump()) for one in await store.campaigns(reads)]

    @router.get("/campaigns/{code}/effect")
    async def measure_campaign(code: Code, caller: Caller) -> CampaignEffect:
        """Compare requests since a campaign began with those before, there and elsewhere: a comparison, no proof."""
        allow(POLICY, caller, "campaigns.measure")
        async with doors.reads() as reads:
            measured = await measure(reads, code, doors.database.clock())
        return CampaignEffect.model_validate(measured, from_attributes=True)

    @router.get("/banners", response_model=list[BannerLine])
    async def list_banners(asked: Annotated[AskedBanners, Query()], if_none_match: IfNoneMatch = None) -> Response:
        """List the banners that show now, for a service and in areas: for any page, which asks again with the tag."""
        language, now = spoken(city.profile.languages, asked.language), doors.database.clock()
        async with doors.reads() as reads:
            current = [one for one in await store.campaigns(reads, now) if shows(one, now, asked.service, asked.area)]
        lines = [_line(one, language) for one in current]
        return cached(lines, tag(language, *(f"{one.code}.{one.version}" for one in current)), if_none_match)

    return router


def _line(campaign: CampaignChanged, language: str) -> dict[str, Any]:
    told = campaign.model_dump(mode="json", include={"code", "article", "link", "ends_at"})
    return {
        "title": in_language(campaign.title, language),
        "text": in_language(campaign.text, language),
        **told,
    }
