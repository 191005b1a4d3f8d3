"""One description of a resource, two formats: JSON by the Spark convention, and the XML it comes from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import Response

from chassis.http import json_response

ITEMS: Final[Mapping[str, str]] = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "service_request_updates": "request_update", "errors": "error", "endpoints": "endpoint", "formats": "format",
    "notes": "note", "areas": "area", "external_ids": "external_id", "categories": "",
    "facilities": "facility", "web_faqs": "web_faq", "web_actions": "web_action",
}  # fmt: skip
"""What an element of each list is called in XML, nothing where its fields stand bare; JSON has arrays instead."""

ATTRIBUTES: Final[Mapping[str, str]] = {"web_action": "type"}
"""What Inquiry writes as an attribute in XML, by element."""

MEDIA: Final[Mapping[str, str]] = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def rendered(
    root: str, resource: Any, fmt: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a resource in the format of the address; `root` is what its XML begins with."""
    if fmt == "json":
        answer = json_response(resource, status, MEDIA["json"])
    else:
        answer = Response(to_xml(root, resource), status, media_type=MEDIA["xml"])
    answer.headers.update(headers or {})
    return answer


def to_xml(root: str, resource: Any) -> str:
    """Write a resource as XML.

    >>> to_xml("web_actions", [{"type": "Link", "label": "Pay"}]).partition("?>")[2].strip()
    '<web_actions><web_action type="Link"><label>Pay</label></web_action></web_actions>'
    >>> to_xml("categories", [{"category_name": "Trees"}]).partition("?>")[2].strip()
    '<categories><category_name>Trees</category_name></categories>'

    >>> to_xml("services", [{"service_code": "a&b", "metadata": True, "keywords": None}]).partition("?>")[2].strip()
    '<services><service><service_code>a&amp;b</service_code><metadata>true</metadata><keywords/></service></services>'
    """
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_element(root, resource))


def _element(name: str, value: Any) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        yield f"<{name}/>"
        return
    inner, attribute = _apart(name, value)
    yield f"<{name}{attribute}>"
    yield from _content(name, inner)
    yield f"</{name}>"


def _apart(name: str, value: Any) -> tuple[Any, str]:
    """Tell what stands within an element, and its attribute."""
    known = ATTRIBUTES.get(name)
    if known is None:
        return value, ""
    return {field: inner for field, inner in value.items() if field != known}, f' {known}="{_text(value[known])}"'


def _content(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for field, inner in value.items():
            yield from _element(field, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _element(ITEMS[name], inner) if ITEMS[name] else _content(name, inner)
    else:
        yield _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("", str(value)).translate(_ESCAPES)
