"""Services as residents and staff see them: the steps of the work, and what a service lacks before it goes live."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chassis.errors import FieldError
from contracts.city import City, Service, Standing


def describe(city: City, service: Service, language: str) -> dict[str, Any]:
    """Say what happens to a request of a service, step by step, in a language of the city, else in its first."""
    spoken = language if language in city.profile.languages else city.profile.languages[0]
    entry = city.onboarding.get(service.code)
    process = city.processes.get(entry.process or "") if entry else None
    owner = city.agency_name(entry.owner.agency).say(spoken) if entry and entry.owner else None
    named = {"agency": owner or "", "city_311": city.agency_name(city.profile.operator_agency).say(spoken),
             "resident": city.onboarding_file.resident.say(spoken)}  # fmt: skip
    steps = [
        {"number": number, "name": step.name.say(spoken), "who": named[step.who], "outcome": step.outcome.say(spoken),
         "substatus": step.substatus}
        for number, step in enumerate(process.steps if process else (), 1)
    ]  # fmt: skip
    return {"service_code": service.code, "service": service.name.say(spoken), "owner": owner, "language": spoken,
            "process": process.name.say(spoken) if process else "", "steps": steps}  # fmt: skip


def lacks(city: City, service: Service, standings: Mapping[str, Standing], today: date) -> dict[str, Any]:
    """Say how far a service has come by a day."""
    entry = city.onboarding.get(service.code)
    return {
        "service_code": service.code,
        "enabled": service.enabled,
        "phase": entry.phase if entry else None,
        "owner_agency": entry.owner.agency if entry and entry.owner else None,
        "standing": standings.get(service.code, Standing()),
        "lacks": city.gaps(service.code),
        "handling": service.handling,
        "change": entry.change if entry else None,
        "move": entry.move if entry else None,
        "late": entry.late(today) if entry else (),
    }


def strange_ground(city: City, standing: Standing) -> list[FieldError]:
    """List what a pilot names that the city does not have."""
    kinds = {area.kind: set(area.ids) for area in city.profile.areas}
    working = {agency.slug for agency in city.working_agencies}
    areas = [
        FieldError(field=f"areas.{kind}", problem=f"{kind!r} is no kind of area here, or has no such ids.")
        for kind, ids in standing.areas.items()
        if kind not in kinds or (kinds[kind] and set(ids) - kinds[kind])
    ]
    strange = sorted(set(standing.agencies) - working)
    known = ", ".join(sorted(working))
    return areas + [
        FieldError(field="agencies", problem=f"{a!r} takes no requests; these do: {known}.") for a in strange
    ]
