"""The link that ends messages: a page for people, and the one click of mail programs (RFC 8058)."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from chassis.errors import Problem, invalid, not_found
from chassis.http import Door, Doors, page_response, wants_page
from chassis.links import verify
from chassis.pages import first_spoken
from chassis.principals import Principal
from contracts.city import City
from contracts.event import RequestFacts
from contracts.vocabulary import DeliveryChannel
from notify import store
from notify.domain.leaving import EVERYTHING, NOTICES, PURPOSE, named, read_name, subject
from notify.domain.leaving_page import Standing, page_of, unknown_page
from notify.handlers.leaving import Step, take_steps

Contact = Annotated[str, Query(max_length=200, description="Whom the message went to, by reference.")]
About = Annotated[str, Query(alias="request", max_length=40, description="The request's id, `notices` or `all`.")]
By = Annotated[DeliveryChannel, Query(description="The channel the message came by.")]
Token = Annotated[str, Query(max_length=100, description="The link's secret.")]
Language = Annotated[str | None, Query(max_length=10, description="A language of the city, instead of one's own.")]
_STEPS: Final = ("leave", "leave-all", "return")
_MOST_BYTES: Final = 4096
_PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A page in the person's language.", "content": {"text/html": {"schema": {"type": "string"}}}},
}
_FORM: Final = {
    "schema": {
        "type": "object",
        "properties": {
            "List-Unsubscribe": {"type": "string", "const": "One-Click"},
            "do": {"type": "string", "enum": [*_STEPS]},
        },
    }
}
_BODY: Final = {
    "requestBody": {"content": {"application/x-www-form-urlencoded": _FORM, "multipart/form-data": _FORM}},
}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link names, signed here."""

    contact_ref: str
    channel: str
    request_id: UUID
    token: str
    language: str | None

    @property
    def action(self) -> str:
        """Where the page's form goes: to the link itself."""
        what = {"channel": self.channel, "request": named(self.request_id), "contact": self.contact_ref}
        return "?" + urlencode(what | {"token": self.token} | ({"lang": self.language} if self.language else {}))


def routes(doors: Doors, city: City, link_key: str) -> APIRouter:
    """Make the routes of the page."""
    pages = Pages(doors, city, link_key, doors.command("POST /unsubscribe", take_steps))
    router = APIRouter()

    @router.get("/unsubscribe", response_model=None, response_class=HTMLResponse, responses=_PAGE)
    async def show_page(
        contact: Contact, about: About, channel: By, token: Token, request: Request, lang: Language = None
    ) -> Response:
        """Ask whether messages shall end: to open a link ends nothing, for programs open links too."""
        link = pages.link(contact, about, channel, token, lang)
        return await pages.show(link) if link else pages.unknown(request, lang)

    @router.post("/unsubscribe", response_model=None, response_class=HTMLResponse, responses=_PAGE, openapi_extra=_BODY)
    async def unsubscribe(
        contact: Contact, about: About, channel: By, token: Token, request: Request, lang: Language = None
    ) -> Response:
        """End messages at once, as a mail program's button does (RFC 8058), or do what the page's button says."""
        link, do = pages.link(contact, about, channel, token, lang), _wanted(await _body(request))
        return await pages.take(link, do) if link else pages.unknown(request, lang)

    return router


@dataclass(frozen=True, slots=True)
class Pages:
    """The page as shown and taken; nothing is said to who does not hold the link."""

    doors: Doors
    city: City
    link_key: str
    step: Door

    def link(
        self, contact_ref: str, about: str, channel: DeliveryChannel, token: str, language: str | None
    ) -> Link | None:
        """Read a link; None for one that was not signed here."""
        request_id = read_name(about)
        if request_id is None:
            return None
        signed = subject(channel.value, request_id, contact_ref)
        if not verify(self.link_key, PURPOSE, signed, token):
            return None
        return Link(contact_ref, channel.value, request_id, token, language)

    async def show(self, link: Link, *, has_returned: bool = False) -> Response:
        """Show where somebody stands."""
        async with self.doors.reads() as reads:
            known = await store.known_of_leaving(reads, link.contact_ref, link.channel, link.request_id)
        number = RequestFacts.model_validate_json(known.about).tracking_number if known.about else None
        standing = Standing(
            self._language(link.language, known.language),
            self.city.profile.name,
            link.channel,
            number,
            link.request_id in known.left and link.request_id != EVERYTHING,
            EVERYTHING in known.left,
            has_returned,
            link.request_id == NOTICES,
        )
        return page_response(page_of(standing, link.action))

    async def take(self, link: Link, do: str) -> Response:
        """Do what is asked for, and show what is so now."""
        await self.step(Step(link.contact_ref, link.channel, link.request_id, do), Principal("contact"))
        return await self.show(link, has_returned=do == "return")

    def unknown(self, request: Request, language: str | None) -> Response:
        """Say that a link does not work: by a page to who reads pages. Raises a 404 problem for programs."""
        if not wants_page(request):
            raise not_found("link")
        return page_response(unknown_page(self._language(language), self.city.profile.name), 404)

    def _language(self, *wished: str | None) -> str:
        return first_spoken(self.city.profile.languages, *wished)


async def _body(request: Request) -> bytes:
    got = bytearray()
    async for chunk in request.stream():
        got += chunk
        if len(got) > _MOST_BYTES:
            raise Problem(413, "Too large", f"The form of this page holds at most {_MOST_BYTES} bytes.")
    return bytes(got)


def _wanted(body: bytes) -> str:
    """Read what is asked for; a mail program's one click, in whichever kind of form, asks to leave."""
    given = parse_qs(body.decode(errors="replace"), max_num_fields=20).get("do", ["leave"])[-1]
    if given not in _STEPS:
        raise invalid([{"field": "do", "problem": f"must be one of {', '.join(_STEPS)}"}])
    return given
