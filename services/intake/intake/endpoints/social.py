"""Webhooks of social networks, each in its provider's shape and signed by it."""

from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import SecretStr

from chassis.errors import Problem, not_found
from chassis.http import Doors, json_response
from chassis.principals import PUBLIC
from intake.domain.social import Provider, is_signed, meta_signature, posts_of, x_signature
from intake.handlers import Desk
from intake.handlers.social.posts import take_posts
from intake.handlers.social.questions import look_up_posts
from intake.settings import Settings

_FORGED = Problem(403, "Not permitted", "The signature does not fit the body; sign with the secret of this webhook.")


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for social networks; one whose secret is not set stays shut."""
    router = APIRouter(prefix="/social", tags=["social"])
    settings = desk.settings or Settings.model_construct()
    take = doors.command("POST /social", partial(take_posts, desk=desk))

    async def taken(provider: Provider, body: bytes) -> Response:
        posts = posts_of(provider, _read(body))
        await look_up_posts(desk, posts)
        answers = await take.many(posts, PUBLIC, [None] * len(posts)) if posts else []
        for answer in answers:
            if isinstance(answer, Problem):
                raise answer
        return json_response({"taken": len(answers)})

    @router.get("/x")
    async def prove_to_x(crc_token: Annotated[str, Query(max_length=500)]) -> Response:
        """Prove to X that the secret is known here (its challenge-response check)."""
        return json_response({"response_token": x_signature(_secret(settings.social_x_secret), crc_token.encode())})

    @router.post("/x")
    async def hear_x(
        request: Request, signature: Annotated[str | None, Header(alias="x-twitter-webhooks-signature")] = None
    ) -> Response:
        """Hear of mentions and messages on X."""
        body = await request.body()
        secrets = _secrets(settings.social_x_secret, settings.social_x_secret_before)
        _check(signature, *(x_signature(secret, body) for secret in secrets))
        return await taken("x", body)

    @router.get("/meta")
    async def prove_to_meta(
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)],
        token: Annotated[str, Query(alias="hub.verify_token", max_length=500)],
        mode: Annotated[str, Query(alias="hub.mode", pattern="^subscribe$")] = "subscribe",
    ) -> Response:
        """Confirm a subscription to Meta."""
        del mode
        _check(token, _secret(settings.social_meta_verify_token))
        return Response(challenge, media_type="text/plain", headers={"x-content-type-options": "nosniff"})

    @router.post("/meta")
    async def hear_meta(
        request: Request, signature: Annotated[str | None, Header(alias="x-hub-signature-256")] = None
    ) -> Response:
        """Hear of comments and messages on Meta's networks."""
        body = await request.body()
        secrets = _secrets(settings.social_meta_secret, settings.social_meta_secret_before)
        _check(signature, *(meta_signature(secret, body) for secret in secrets))
        return await taken("meta", body)

    return router


def _secret(known: SecretStr | None) -> str:
    if known is None or not known.get_secret_value():
        raise not_found("social network")
    return known.get_secret_value()


def _secrets(known: SecretStr | None, before: SecretStr | None) -> tuple[str, ...]:
    """Give the secret, and the one before it while the network may still sign with that."""
    return (_secret(known), *((before.get_secret_value(),) if before and before.get_secret_value() else ()))


def _check(given: str | None, *right: str) -> None:
    if not any(is_signed(given, one) for one in right):
        raise _FORGED


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(422, "Not readable", "The body is not JSON.") from None
