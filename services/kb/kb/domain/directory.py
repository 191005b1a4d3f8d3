"""The city's service directory: each service with its steps, agency, hours, time, fees and articles."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

from contracts.city import Agency, City
from contracts.vocabulary import Substatus

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STEPS: Final = (
    Substatus.RECEIVED,
    Substatus.ASSIGNED,
    Substatus.SCHEDULED,
    Substatus.IN_PROGRESS,
    Substatus.COMPLETED,
    Substatus.CLOSED,
)
"""The way of a request that nothing holds up, in the city's own words for it, where no process is told."""


def entry_of(
    code: str, city: City, language: str, forecast: Mapping[str, Any] | None, articles: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Tell all that somebody must know of a service, in one language; `articles` are those linked to it."""
    service, agency = city.services[code], agency_of(code, city)
    return {
        "code": code,
        "name": service.name.say(language),
        "description": service.description.say(language),
        "group": city.groups[service.group].name.say(language),
        "agency": agency.slug if agency else None,
        "agency_name": agency.name.say(language) if agency else None,
        "phone": (agency.phone if agency else None) or city.profile.phone,
        "hours": agency.hours.root if agency and agency.hours else None,
        "steps": _steps_of(code, city, language),
        "target": _said((forecast or {}).get("target_words"), language),
        "forecast": _said((forecast or {}).get("words"), language),
        "days_80": (forecast or {}).get("days_80"),
        "fees": next((fee for article in articles if (fee := _said(article.get("fees"), language))), None),
        "articles": [
            {"id": article["id"], "version": article["version"], "title": _said(article["title"], language)}
            for article in articles
        ],
        "language": language,
    }


def _steps_of(code: str, city: City, language: str) -> list[dict[str, str]]:
    """Tell what is done about a service, in order, by whom and with what outcome; else how a request stands."""
    told = city.onboarding.get(code)
    process = city.processes.get(told.process) if told and told.process else None
    if process is None:
        found = [(city.statuses[step].name, city.statuses[step].meaning) for step in STEPS]
        return [{"name": name.say(language), "meaning": meaning.say(language)} for name, meaning in found]
    operator = city.agencies[city.profile.operator_agency]
    who = {"resident": city.onboarding_file.resident, "city_311": operator.name}
    who["agency"] = (agency_of(code, city) or operator).name
    return [
        {"name": step.name.say(language), "who": who[step.who].say(language), "meaning": step.outcome.say(language)}
        for step in process.steps
    ]


def agency_of(code: str, city: City) -> Agency | None:
    """Name the agency that the first rule of a service names; None where only a person decides."""
    rules = city.rules_by_service.get(code, ())
    return next((city.agencies[rule.agency] for rule in rules), None)


def _said(texts: Mapping[str, str] | None, language: str) -> str | None:
    return (texts or {}).get(language) or next(iter((texts or {}).values()), None)


def linked_data(entry: Mapping[str, Any], city: City) -> dict[str, Any]:
    """Tell of a service as a schema.org GovernmentService, its steps as a HowTo, its articles as what to read."""
    provider = {"@type": "GovernmentOrganization", "name": entry["agency_name"] or city.profile.name}
    found: dict[str, Any] = {
        "@type": "GovernmentService",
        "@id": f"/directory/{entry['code']}",
        "identifier": entry["code"],
        "name": entry["name"],
        "description": entry["description"],
        "serviceType": entry["group"],
        "provider": provider | ({"telephone": entry["phone"]} if entry["phone"] else {}),
        "areaServed": {"@type": "City", "name": city.profile.name},
        "availableChannel": _channel(entry, city),
        "subjectOf": [_how_to(entry), *map(_reading, entry["articles"])],
    }
    found |= {"hoursAvailable": open_hours(entry["hours"])} if entry["hours"] else {}
    return found | ({"offers": {"@type": "Offer", "description": entry["fees"]}} if entry["fees"] else {})


def _channel(entry: Mapping[str, Any], city: City) -> dict[str, Any]:
    channel = {
        "@type": "ServiceChannel",
        "serviceUrl": f"/directory/{entry['code']}",
        "servicePhone": {"@type": "ContactPoint", "telephone": city.profile.phone},
        "availableLanguage": list(city.profile.languages),
    }
    said = entry["forecast"] or entry["target"]
    channel |= {"description": said} if said else {}
    return channel | ({"processingTime": f"PT{ceil(entry['days_80'] * 24)}H"} if entry["days_80"] else {})


def _how_to(entry: Mapping[str, Any]) -> dict[str, Any]:
    steps = [
        {"@type": "HowToStep", "position": n, "name": step["name"], "text": step["meaning"]}
        for n, step in enumerate(entry["steps"], 1)
    ]
    return {"@type": "HowTo", "name": entry["name"], "inLanguage": entry["language"], "step": steps}


def _reading(article: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "Article",
        "@id": f"/articles/{article['id']}",
        "headline": article["title"],
        "version": article["version"],
    }


def open_hours(hours: str) -> dict[str, Any]:
    """Say hours as schema.org does.

    >>> open_hours("Mon-Tue 08:00-16:30")["dayOfWeek"], open_hours("Mon-Tue 08:00-16:30")["closes"]
    (['Monday', 'Tuesday'], '16:30')
    >>> len(open_hours("24/7")["dayOfWeek"]), open_hours("24/7")["closes"]
    (7, '23:59')
    """
    if hours == "24/7":
        return {"@type": "OpeningHoursSpecification", "dayOfWeek": list(_DAYS), "opens": "00:00", "closes": "23:59"}
    days, _, times = hours.partition(" ")
    first, _, last = days.partition("-")
    short = [day[:3] for day in _DAYS]
    opens, _, closes = times.partition("-")
    week = list(_DAYS[short.index(first) : short.index(last or first) + 1])
    return {"@type": "OpeningHoursSpecification", "dayOfWeek": week, "opens": opens, "closes": closes}
