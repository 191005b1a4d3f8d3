"""Reading the provider's forms: signed by it, or not read at all."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from chassis.errors import FieldError, Problem, forbidden, invalid
from chassis.signed_forms import called_address, is_signed
from contracts.frontends import Place
from contracts.vocabulary import Channel, PlaceMethod
from intake.domain.people.telephone import e164
from intake.handlers import Desk, Spoken

SIGNATURE: Final = "x-twilio-signature"
_MOST_BYTES: Final = 64 * 1024
_MOST_FIELDS: Final = 200
_MOST_PHOTOS: Final = 10
_TAKEN_FOR: Final = frozenset({"STOP", "START", "HELP"})
Form = Mapping[str, str]


async def read_signed(request: Request, desk: Desk) -> Form:
    """Read a form of the provider's. Raises a 403 problem for any other sender's, a 422 one for no form."""
    pairs = _pairs(await _body(request))
    tokens, base = _agreed(desk)
    called, given = called_address(base, request.url.path, request.url.query), request.headers.get(SIGNATURE, "")
    if not any(is_signed(token, called, pairs, given) for token in tokens):
        raise forbidden("this signature", "the telephone's provider")
    return {name: value.replace("\x00", "") for name, value in pairs}


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise invalid([FieldError(field="body", problem="Expected a form of at most 200 fields in UTF-8.")]) from error


def _agreed(desk: Desk) -> tuple[Sequence[str], str]:
    """Give what was agreed with the provider: the tokens, and the address it calls; no token lets nobody in."""
    settings = desk.settings
    tokens = (settings.telephone_token, settings.telephone_token_before) if settings else ()
    base = settings.telephone_base_url if settings else None
    return [token.get_secret_value() for token in tokens if token], base or desk.intake_base_url


async def _body(request: Request) -> bytes:
    got = bytearray()
    async for chunk in request.stream():
        got += chunk
        if len(got) > _MOST_BYTES:
            raise Problem(413, "Too large", "A message of the telephone's provider holds at most 64 kB.")
    return bytes(got)


def text_of(form: Form, desk: Desk) -> Spoken:
    """Read a text message. Raises a 422 problem without the provider's own id."""
    return Spoken(
        Channel.SMS,
        _said(form),
        place=_place(form),
        photos=_media(form),
        phone=e164(form.get("From", ""), desk.city.conversation.region),
        provider_id=_id(form, "MessageSid"),
    )


def _said(form: Form) -> str:
    """Read the words; where the provider took them for STOP, START or HELP by a list of its own, that."""
    judged = form.get("OptOutType", "")
    return judged if judged in _TAKEN_FOR else form.get("Body", "")[:1600]


def call_of(form: Form, step: int, desk: Desk) -> Spoken:
    """Read a step of a call: keys pressed, words recognised, or a recording."""
    call = _id(form, "CallSid")
    return Spoken(
        Channel.IVR,
        (form.get("Digits") or form.get("SpeechResult") or form.get("TranscriptionText") or "")[:1600],
        phone=e164(form.get("From", ""), desk.city.conversation.region),
        call=call,
        provider_id=f"{call}:{step}",
        recorded=form.get("RecordingUrl", "")[:500] or None,
        begins=step == 0,
    )


def _id(form: Form, name: str) -> str:
    given = form.get(name, "")
    if not given.isalnum() or not len(given) <= 64:  # noqa: PLR2004 - the provider's own are 34
        raise invalid([FieldError(field=name, problem="Expected the provider's own id: letters and digits.")])
    return given


def _media(form: Form) -> tuple[str, ...]:
    told = form.get("NumMedia", "0")
    count = min(int(told), _MOST_PHOTOS) if told.isdecimal() and told.isascii() else 0
    return tuple(address for n in range(count) if (address := form.get(f"MediaUrl{n}", "")))


def _place(form: Form) -> Place | None:
    """Read a location that was shared."""
    try:
        found = {"latitude": float(form["Latitude"]), "longitude": float(form["Longitude"])}
        return Place(**found, address=form.get("Address", "")[:300] or None, method=PlaceMethod.GPS)
    except (KeyError, ValueError):
        return None
