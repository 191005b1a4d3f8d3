"""An order of ours in the agency's own codes."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from adapters.domain.codes import Codes, Unknown
from contracts.city import CodeMapping


class Outward(NamedTuple):
    """An order in the agency's own codes."""

    type_code: str
    priority: str
    fields: Mapping[str, Any]


def outward(codes: Codes, order: Mapping[str, Any]) -> Outward | Unknown:
    """Put an order into the agency's codes.

    >>> from contracts.city import StatusMeaning
    >>> table = CodeMapping(types={"pothole": "POTH"}, statuses={"NEW": StatusMeaning(means="accepted")},
    ...     attributes={"size": "SIZE"}, values={"size": {"large": "L"}})
    >>> order = {"service_code": "pothole", "attributes": {"size": "large"}, "priority": True}
    >>> outward(Codes(table, {}), order)
    Outward(type_code='POTH', priority='high', fields={'SIZE': 'L'})
    >>> outward(Codes(table, {}), order | {"service_code": "crater"}).kind
    'type'
    >>> outward(Codes(table, {}), order | {"attributes": {"size": "huge"}}).code
    'size=huge'
    >>> outward(Codes(table, {("value", "size=huge"): "XL"}), order | {"attributes": {"size": "huge"}}).fields
    {'SIZE': 'XL'}

    A place's asset, setting and areas go into fields of their own where the agency has some:

    >>> lights = Codes(table.model_copy(update={"place": {"asset_id": "POLE", "district": "DISTRICT"}}), {})
    >>> outward(lights, order | {"attributes": {}, "place": {"asset_id": "L-7", "area": {"district": "13"}}}).fields
    {'POLE': 'L-7', 'DISTRICT': '13'}
    """
    type_code = codes.type_of(order["service_code"])
    if type_code is None:
        detail = "The agency's system has no type for this service; say which it is."
        return Unknown("type", order["service_code"], detail)
    fields: dict[str, Any] = {}
    for name, answer in (order.get("attributes") or {}).items():
        translated = [(one, codes.value(name, str(one))) for one in (answer if isinstance(answer, list) else [answer])]
        missing = next((one for one, theirs in translated if theirs is None), None)
        if missing is not None:
            detail = f"The agency's system has no code for this answer to '{name}'; say which it is."
            return Unknown("value", f"{name}={missing}", detail)
        theirs = [code for _, code in translated]
        fields[codes.mapping.attributes.get(name, name)] = theirs if isinstance(answer, list) else theirs[0]
    fields |= _placed(codes.mapping, order.get("place") or {})
    priority: Literal["normal", "high"] = "high" if order.get("priority") else "normal"
    return Outward(type_code, codes.mapping.priorities.get(priority, priority), fields)


def _placed(mapping: CodeMapping, place: Mapping[str, Any]) -> dict[str, Any]:
    """Put what the agency has own fields for into them: the asset, the setting, and areas by their kind."""
    told = {**(place.get("area") or {}), "asset_id": place.get("asset_id"), "setting": place.get("setting")}
    return {theirs: told[ours] for ours, theirs in mapping.place.items() if told.get(ours)}
