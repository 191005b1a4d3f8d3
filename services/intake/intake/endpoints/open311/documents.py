"""The OpenAPI description of Open311's doors, from one table of parameters."""

from collections.abc import Mapping
from typing import Any, Final

PARAMETERS: Final[Mapping[str, str]] = {
    "jurisdiction_id": "the city's; it may be left out, for there is one",
    "locale": "the language of texts, for example `es`",
    "service_request_id": "tracking numbers, separated by commas; overrides everything else",
    "service_code": "service codes, separated by commas",
    "start_date": "opened at or after, W3C date and time; at most 90 days before `end_date`",
    "end_date": "opened at or before",
    "updated_after": "changed at or after",
    "updated_before": "changed at or before",
    "status": "`open`, `closed` or both, separated by commas",
    "bbox": "west,south,east,north in degrees",
    "page": "from 1",
    "page_size": "from 1 to 1000",
    "q": "a question, answered by the article that holds the answer",
    "extensions": "`true` adds answers, the finer state and notes",
}
FORM: Final[Mapping[str, str]] = {
    "api_key": "the client's key",
    "jurisdiction_id": PARAMETERS["jurisdiction_id"],
    "service_code": "a code of the service list",
    "lat": "WGS 84 degrees, with `long`",
    "long": "WGS 84 degrees, with `lat`",
    "address_string": "where, in words",
    "address_id": "where, by an address's id",
    "attribute[code]": "an answer; `attribute[code][]` once for each of several",
    "email": "the reporter's",
    "first_name": "the reporter's",
    "last_name": "the reporter's",
    "phone": "the reporter's",
    "device_id": "kept, never shown",
    "account_id": "the client's own; answered back",
    "description": "at most 4,000 characters",
    "media_url": "address of a picture; may be repeated",
    "locale": "the reporter's language",
    "token": "`true` asks for a token instead of a number",
}
UPDATE_FORM: Final[Mapping[str, str]] = {
    "api_key": "the key of an agency",
    "service_request_id": "the request's number",
    "update_id": "the agency's own id of this update; a repeat changes nothing",
    "status": "OPEN, CLOSED or a finer state",
    "updated_datetime": "when it happened",
    "description": "words for the requester, or the crew's note of the work done",
    "assignment_id": "which assignment; else the agency's latest",
    "external_status_code": "a disposition, for an ending",
    "duplicate_of": "needed by `duplicate`: the number of the request that stands for it",
    "scheduled_datetime": "needed by `action_scheduled`",
    "media_url": "address of a picture of the work",
    "locale": "the language of the description",
}
_ERRORS: Final[Mapping[int, str]] = {
    400: "what is wrong, field by field",
    403: "the api_key is missing, unknown or not for this",
    404: "not here",
}


def documented(name: str, *parameters: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe a route: its parameters, its form, and the three errors of the standard."""
    extra: dict[str, Any] = {"parameters": [_parameter(each) for each in ("jurisdiction_id", *parameters)]}
    if form:
        extra = {"requestBody": {"required": True, "content": _content(form)}}
    responses = {status: {"description": says} for status, says in _ERRORS.items()}
    return {"tags": ["open311"], "operation_id": name, "responses": responses, "openapi_extra": extra}


def _parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "query", "required": False, "description": PARAMETERS[name], "schema": schema}


def _content(form: Mapping[str, str]) -> dict[str, Any]:
    fields = {name: {"type": "string", "description": says} for name, says in form.items()}
    schema = {"type": "object", "properties": fields}
    return {kind: {"schema": schema} for kind in ("application/x-www-form-urlencoded", "multipart/form-data")}
