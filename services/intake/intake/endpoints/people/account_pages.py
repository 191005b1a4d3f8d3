"""The account as pages: forms that work everywhere; who is signed in is told by a cookie that no script can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Cookie, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from chassis.errors import Problem, invalid_fields
from chassis.http import Door, Doors, wants_page
from chassis.principals import Principal
from intake.domain.pages.account import CHANNELS, SCRIPT, WORKER, account_page, sign_in_page
from intake.domain.people.accounts import address_of, token_hash
from intake.endpoints.people.accounts import ANYBODY, made, new_session
from intake.endpoints.public.pages import Language, html, language_of
from intake.handlers import Desk, people
from intake.schemas.people import ChoicesBody, Chosen, CodeBody, PushBody, SessionBody

Model = TypeVar("Model", bound=BaseModel)
COOKIE: Final = "account"
Session = Annotated[str | None, Cookie(alias=COOKIE)]
_MONTH: Final = 30 * 24 * 3600
_LONGEST: Final = 20_000
_PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/html": {}}}}
_MOVED: Final[dict[int | str, dict[str, Any]]] = {303: {"description": "Done; the account's page follows."}}
_SCRIPT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/javascript": {}}}}
_SAFE: Final = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
_FORM: Final[dict[str, Any]] = {
    "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
}


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the pages."""
    router = APIRouter(tags=["account"])
    account = Account(doors, desk, doors.command("PATCH /me", people.change_choices))
    _sign_in(router, account)
    _choose(router, account)

    @router.get("/account-page.js", response_class=Response, responses=_SCRIPT)
    async def page_script() -> Response:
        """Give the script that subscribes a browser."""
        return Response(SCRIPT, media_type="text/javascript", headers=_SAFE)

    @router.get("/push-worker.js", response_class=Response, responses=_SCRIPT)
    async def push_worker() -> Response:
        """Give what shows notices in a browser."""
        return Response(WORKER, media_type="text/javascript", headers=_SAFE)

    return router


def _sign_in(router: APIRouter, account: "Account") -> None:
    @router.post("/account/code", response_class=Response, responses=_PAGE, openapi_extra=_FORM)
    async def ask_code(request: Request, lang: Language = None) -> Response:
        """Send a one-time code, and ask for it."""
        form = await form_of(request)
        try:
            wanted = read(CodeBody, {"email": form.get("email", "")})
            await account.send_code(wanted, account.language(request, lang))
        except Problem as refused:
            return await account.again(request, lang, "address", form, refused)
        language = account.language(request, lang)
        return await account.page(sign_in_page(language, "code", form["email"]), language)

    @router.post("/account/session", response_class=Response, responses=_PAGE | _MOVED, openapi_extra=_FORM)
    async def sign_in(request: Request, lang: Language = None) -> Response:
        """Sign in by the code."""
        form = await form_of(request)
        try:
            given = read(SessionBody, {name: form.get(name, "").strip() for name in ("email", "code")})
            opened = await new_session(account.doors, account.desk, given)
        except Problem as refused:
            return await account.again(request, lang, "code", form, refused)
        return account.home(lang, opened["session"])

    @router.post("/account/sign-out", response_class=Response, responses=_MOVED)
    async def sign_out(request: Request, session: Session = None, lang: Language = None) -> Response:
        """End the session at once."""
        check_origin(request)
        caller = await people.signed_in(account.doors, session)
        await account.doors.command("DELETE /accounts/session", people.end_sessions)(token_hash(session or ""), caller)
        return account.home(lang, "")


def _choose(router: APIRouter, account: "Account") -> None:
    @router.get("/account", response_class=Response, responses=_PAGE)
    async def show(request: Request, session: Session = None, lang: Language = None) -> Response:
        """Show the account of who is signed in; ask others to sign in."""
        try:
            me = await people.signed_in(account.doors, session)
        except Problem:
            language = account.language(request, lang)
            return await account.page(sign_in_page(language, "address"), language)
        return await account.show(me, request, lang)

    @router.post("/account", response_class=Response, responses=_PAGE, openapi_extra=_FORM)
    async def choose(request: Request, session: Session = None, lang: Language = None) -> Response:
        """Keep what was chosen on the page."""
        form = await form_of(request, many=("channels", "notices"))
        me = await people.signed_in(account.doors, session)
        try:
            chosen = read(ChoicesBody, choices_in(form))
        except Problem as refused:
            return await account.show(me, request, lang, problem=refused.detail)
        await account.change(chosen.model_dump(mode="json", exclude_unset=True), me)
        return await account.show(me, request, chosen.language or lang, saved=True)

    @router.post("/account/push", responses={200: {"model": Chosen}})
    async def subscribe(body: PushBody, request: Request, session: Session = None) -> Response:
        """Keep a browser's subscription, and agree to be told by it."""
        check_origin(request)
        me = await people.signed_in(account.doors, session)
        async with account.doors.reads() as reads:
            channels = (await people.show_me(reads, me.subject))["channels"]
        agreed = [*channels, *(() if "push" in channels else ("push",))] if channels else ["email", "push"]
        return await account.change({"push": body.model_dump(), "channels": agreed}, me)


@dataclass(frozen=True, slots=True)
class Account:
    """The pages, as shown and taken."""

    doors: Doors
    desk: Desk
    change: Door

    def language(self, request: Request, wished: str | None) -> str:
        """Choose the language of a page."""
        return language_of(request, self.desk.city, wished)

    async def send_code(self, wanted: CodeBody, language: str) -> None:
        """Send a one-time code."""
        address = address_of(wanted.email, None)
        code, asked = people.code_wanted(self.desk.link_key, address)
        ask = self.doors.command("POST /accounts/code", people.ask_codes)
        made((await ask.many([asked], ANYBODY, [None]))[0])
        await people.send_code(self.desk, address, code, language)

    async def page(self, made: str, language: str, status: int = 200) -> Response:
        """Answer with a page."""
        return await html(self.doors, made, language, status)

    async def again(
        self, request: Request, lang: str | None, step: Any, form: Mapping[str, Any], refused: Problem
    ) -> Response:
        """Show a form again, with what was wrong; programs get the problem."""
        if not wants_page(request):
            raise refused
        language = self.language(request, lang)
        made = sign_in_page(language, step, str(form.get("email", "")), refused.detail)
        return await self.page(made, language, refused.status)

    async def show(
        self, me: Principal, request: Request, lang: str | None, *, saved: bool = False, problem: str = ""
    ) -> Response:
        """Show the account of somebody."""
        async with self.doors.reads() as reads:
            known = await people.show_me(reads, me.subject)
            own = await people.list_own_requests(reads, me.subject, self.desk)
            language = self.language(request, lang or known["language"])
            link = await people.feedback_link(reads, me.subject, self.desk, language)
        key = self.desk.settings.push_public_key if self.desk.settings else ""
        shown = account_page(
            self.desk.city, {**known, "feedback_link": link}, own, language, key, saved=saved, problem=problem
        )
        return await self.page(shown, language, 422 if problem else 200)

    def home(self, lang: str | None, session: str) -> Response:
        """Go to the account's page, with a session or without."""
        where = f"/account?lang={lang}" if lang in self.desk.city.profile.languages else "/account"
        answer = RedirectResponse(f"{urlsplit(self.desk.web_base_url).path.rstrip('/')}{where}", 303)
        secure = self.desk.web_base_url.startswith("https:")
        age = _MONTH if session else 0
        answer.set_cookie(COOKIE, session, age, httponly=True, samesite="strict", secure=secure)
        return answer


def check_origin(request: Request) -> None:
    """Refuse what another site's page sends. Raises a 403 problem."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "Not allowed", "This form was sent from another site; open the account's own page.")


async def form_of(request: Request, many: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read a form that this site's own page sent."""
    check_origin(request)
    body = await request.body()
    if len(body) > _LONGEST:
        raise Problem(413, "Too large", f"A form here holds at most {_LONGEST} bytes.")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values if name in many else values[-1] for name, values in fields.items()}


def choices_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a form chose; a box that is not ticked is not sent."""
    blank = {name: form.get(name, "").strip() or None for name in ("name", "language", "quiet_from", "quiet_until")}
    ways = {name: [way for way in form.get(name, ()) if way in CHANNELS] for name in ("channels", "notices")}
    more = {"postal_address": form.get("postal_address", "").strip() or None, "updates": "updates" in form}
    return blank | more | ways | {"frequency": form.get("frequency", "every")}


def read(model: type[Model], given: Mapping[str, Any]) -> Model:
    """Check what a form says. Raises a 422 problem that names each field."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        raise invalid_fields(wrong.errors()) from wrong
