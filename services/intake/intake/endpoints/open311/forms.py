"""Forms read into what the one contract asks for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from chassis.errors import Problem, invalid_fields, not_found
from contracts.city import City
from contracts.frontends import Place, Reporter
from contracts.vocabulary import Channel
from intake.domain.open311.keys import key_hash
from intake.domain.open311.parameters import Parameters, wrong
from intake.domain.open311.statuses import STEPS
from intake.domain.open311.updates import Update
from intake.endpoints.open311.context import language_of, zone_of
from intake.handlers.open311 import Filing
from intake.schemas import NewRequest

NO_KEY: Final = Problem(403, "Not allowed", "Send your api_key; the discovery document says how to get one.")
_LONGEST_NAME, _LONGEST_ID, _LONGEST_WORDS = 200, 100, 4000


def api_key(given: Parameters) -> str:
    """Give the hash of the client's key. Raises a 403 problem when there is none."""
    key = given.get("api_key")
    if key is None:
        raise NO_KEY
    return key_hash(key)


def filing_of(given: Parameters, claims: Sequence[str], city: City) -> Filing:
    """Read a report; `claims` are those of pictures that came with it.

    Raises a problem that names every wrong field, or says that there is no such service.
    """
    key, code = api_key(given), given.need("service_code")
    service = city.services.get(code)
    if service is None or not service.enabled:
        raise not_found("service_code of this name")
    return Filing(
        report=_report(given, code, claims, city),
        key=key,
        wants_token=given.flag("token"),
        device_id=short(given, "device_id"),
        account_id=short(given, "account_id"),
        address_id=short(given, "address_id"),
    )


def _report(given: Parameters, code: str, claims: Sequence[str], city: City) -> NewRequest:
    fields: dict[str, Any] = {
        "service_code": code,
        "description": given.get("description") or "",
        "attributes": given.answers(),
        "photos": (*claims, *given.every("media_url")),
        "channel": Channel.OPEN311,
    }
    try:
        place, reporter = _place(given), _reporter(given, city)
        return NewRequest(place=place, reporter=reporter, **fields)
    except ValidationError as error:
        raise invalid_fields(error.errors(include_url=False)) from None


def _place(given: Parameters) -> Place:
    """Read the place; an address known by its id alone is kept in words, to be found by people."""
    address, address_id = given.get("address_string"), short(given, "address_id")
    if address is None and address_id:
        address = f"address_id {address_id}"
    if address and len(address) > _LONGEST_NAME + _LONGEST_ID:
        raise wrong("address_string", "Expected at most 300 characters.")
    return Place(address=address, latitude=given.degrees("lat", 90), longitude=given.degrees("long", 180))


def _reporter(given: Parameters, city: City) -> Reporter | None:
    name = " ".join(part for part in (given.get("first_name"), given.get("last_name")) if part)
    known = {"name": name or None, "email": given.get("email"), "phone": given.get("phone")}
    if not any(known.values()):
        return None
    long = [field for field, value in known.items() if value and len(value) > _LONGEST_NAME]
    if long:
        raise wrong({"name": "first_name"}.get(long[0], long[0]), f"Expected at most {_LONGEST_NAME} characters.")
    return Reporter(language=language_of(given, city), **known)


def short(given: Parameters, name: str) -> str | None:
    """Give an id. Raises a problem when it is too long to be one."""
    value = given.get(name)
    if value is not None and (len(value) > _LONGEST_ID or not value.isprintable()):
        raise wrong(name, f"Expected at most {_LONGEST_ID} printable characters.")
    return value


def update_of(given: Parameters, request_id: UUID, key: str, now: datetime, city: City) -> Update:
    """Read an agency's update. Raises a problem that names the wrong field."""
    status = given.need("status").strip().lower()
    if status not in STEPS:
        raise wrong("status", f"An agency may send {', '.join(sorted(STEPS))}.")
    at, described = given.moment("updated_datetime", zone_of(city)), given.get("description") or ""
    if len(described) > _LONGEST_WORDS:
        raise wrong("description", f"Expected at most {_LONGEST_WORDS} characters.")
    return Update(
        request_id=request_id,
        key=key,
        update_id=_needed(given, "update_id"),
        status=status,
        at=at or now,
        description=described,
        language=language_of(given, city),
        assignment_id=_assignment(given),
        disposition=(given.get("external_status_code") or "").lower() or None,
        scheduled_for=given.moment("scheduled_datetime", zone_of(city)),
        media_url=_link(given),
        duplicate_of=short(given, "duplicate_of"),
    )


def _needed(given: Parameters, name: str) -> str:
    given.need(name)
    return short(given, name) or ""


def _assignment(given: Parameters) -> UUID | None:
    text = given.get("assignment_id")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise wrong("assignment_id", "Expected the assignment_id of the notice.") from None


def _link(given: Parameters) -> str | None:
    link = given.get("media_url")
    if link and (len(link) > _LONGEST_WORDS // 8 or not link.startswith(("http://", "https://"))):
        raise wrong("media_url", "Expected an http or https address of at most 500 characters.")
    return link
