"""Doors to services: what happens to a request step by step, how far each has come, and its switch."""

from html import escape
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from chassis.errors import invalid, not_found
from chassis.http import Caller, Doors, IdempotencyKey, page_response
from chassis.pages import page
from chassis.principals import allow
from contracts.city import City, Service
from routing.domain.policy import POLICY
from routing.domain.processes import describe, lacks, strange_ground
from routing.handlers import Office, publishing
from routing.schemas.rules import OnboardingView, ProcessView, SwitchBody

Language = Annotated[str | None, Query(min_length=2, max_length=8)]


def routes(doors: Doors, city: City, office: Office) -> APIRouter:
    """Open the doors to services."""
    router = APIRouter(tags=["services"])
    _open_processes(router, city)
    _open_switch(router, doors, city, office)
    return router


def _open_processes(router: APIRouter, city: City) -> None:
    @router.get("/services/{code}/process")
    async def show_process(code: str, caller: Caller, language: Language = None) -> ProcessView:
        """Show what happens to a request of a service, step by step, in one language of the city."""
        allow(POLICY, caller, "process.read")
        return ProcessView(**describe(city, _service(city, code), language or ""))

    @router.get("/services/{code}/process.html", response_class=HTMLResponse)
    async def show_page(code: str, caller: Caller, language: Language = None) -> Response:
        """Show the same as a page that needs no script."""
        allow(POLICY, caller, "process.read")
        return page_response(_page(ProcessView(**describe(city, _service(city, code), language or ""))))


def _open_switch(router: APIRouter, doors: Doors, city: City, office: Office) -> None:
    switch = doors.command("POST /services/standing", publishing.switch_services)

    @router.get("/onboarding")
    async def list_onboarding(caller: Caller) -> list[OnboardingView]:
        """List every service: its phase and standing, what it lacks, and its way from today's to the wanted work."""
        allow(POLICY, caller, "onboarding.read")
        async with doors.reads() as reads:
            await publishing.keep_up(reads, office)
        now = doors.database.clock()
        standings, today = office.rulebook.at(now).standings, now.astimezone(ZoneInfo(city.profile.time_zone)).date()
        return [OnboardingView(**lacks(city, service, standings, today)) for service in city.services.values()]

    @router.post("/services/{code}/standing")
    async def switch_service(code: str, body: SwitchBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Make a service live, a pilot in some areas or for some agencies, or off; audited, and switched back alike."""
        allow(POLICY, caller, "service.switch")
        answer = await switch(_switch(city, code, body), caller, key)
        await publishing.refresh(doors, office)
        return answer


def _service(city: City, code: str) -> Service:
    found = city.services.get(code)
    if found is None:
        raise not_found(f"service {code!r}")
    return found


def _switch(city: City, code: str, body: SwitchBody) -> publishing.Switch:
    """Turn the body into a switch of a service that exists, on ground that exists."""
    service, standing = _service(city, code), body.standing()
    wrong = strange_ground(city, standing)
    if wrong:
        raise invalid(wrong)
    return publishing.Switch(service.code, standing, body.reason)


def _page(view: ProcessView) -> str:
    """Write a process as a page: a heading and an ordered list, which every screen reader knows."""
    steps = "".join(
        f"<li><h2>{escape(step.name)}</h2><p>{escape(step.who)}</p><p>{escape(step.outcome)}</p></li>"
        for step in view.steps
    )
    return page(view.language, f"{view.service}: {view.process}", f"<ol>{steps}</ol>")
