"""What must hold for routing rules: they name what exists, each can be reached, and no service is forgotten."""

import datetime as dt
from collections.abc import Iterable

from contracts.city.checks_reach import check_reach
from contracts.city.reading import Reading
from contracts.city.routes import Desk, Rule, RuleSet
from contracts.city.services import Service
from contracts.city.yamllines import Place

NAME = "routes.yaml"


def check_routes(reading: Reading) -> None:
    """Run every check of the rules."""
    services = {service.code: service for service in reading.parts["services.yaml"].services}
    rules: RuleSet = reading.parts[NAME]
    _check_ground(reading, rules)
    for index, rule in enumerate(rules.rules):
        place: Place = ("rules", index)
        _check_desks(reading, place, rule)
        _check_services(reading, place, rule, services)
        _check_areas(reading, place, rule)
        _check_named(reading, place, rule, rules)
    _check_versions(reading, rules.rules)
    check_reach(reading, rules.rules, services)


def _check_ground(reading: Reading, rules: RuleSet) -> None:
    """Each outline is drawn once, and assets belong to services that exist."""
    reading.once(NAME, "outlines", "slug", (outline.slug for outline in rules.outlines))
    for index, asset in enumerate(rules.assets):
        strange = ", ".join(sorted(set(asset.services) - reading.service_codes()))
        text = f"'{strange}' is no service of this city; name one of services.yaml"
        reading.require(not strange, NAME, ("assets", index, "services"), text)


def _check_desks(reading: Reading, place: Place, rule: Rule) -> None:
    """Check that the rule's own desk and each parallel one exist."""
    _check_desk(reading, place, Desk(agency=rule.agency, queue=rule.queue))
    for number, desk in enumerate(rule.also):
        _check_desk(reading, (*place, "also", number), desk)


def _check_desk(reading: Reading, place: Place, desk: Desk) -> None:
    """Check that the agency exists and takes requests, and the queue is one of its own."""
    agencies = {agency.slug: agency for agency in reading.parts["agencies.yaml"].agencies}
    agency = agencies.get(desk.agency)
    text = f"'{desk.agency}' is no agency that takes requests; name one of agencies.yaml"
    reading.require(agency and agency.takes_requests, NAME, (*place, "agency"), text)
    if agency:
        queues = [queue.slug for queue in agency.queues]
        text = f"'{desk.queue}' is no queue of {desk.agency}; name one of {', '.join(queues)}"
        reading.require(desk.queue in queues, NAME, (*place, "queue"), text)


def _check_services(reading: Reading, place: Place, rule: Rule, services: dict[str, Service]) -> None:
    """Every service exists and asks for each attribute the rule looks at, with the options it names."""
    for number, code in enumerate(rule.services):
        service = services.get(code)
        text = f"'{code}' is no service of this city; name one of services.yaml"
        reading.require(service, NAME, (*place, "services", number), text)
        if service:
            _check_attributes(reading, place, rule, service)


def _check_attributes(reading: Reading, place: Place, rule: Rule, service: Service) -> None:
    """Check that the service asks each attribute as a list question that has these options."""
    for name, values in rule.when.attributes.items():
        question = service.question(name)
        at = (*place, "when", "attributes", name)
        reading.require(question, NAME, at, f"'{name}' is no attribute of {service.code}; name one of its questions")
        strange = ", ".join(sorted(set(values) - question.option_keys)) if question else ""
        reading.require(
            not strange, NAME, at, f"'{strange}' is no option of {name} in {service.code}; name its options"
        )


def _check_areas(reading: Reading, place: Place, rule: Rule) -> None:
    """Check that the kinds of area and their ids are the city's."""
    kinds = {area.kind: area.ids for area in reading.parts["city.yaml"].areas}
    for kind, values in rule.when.areas.items():
        at = (*place, "when", "areas", kind)
        reading.require(kind in kinds, NAME, at, f"'{kind}' is no kind of area in city.yaml; add it there or rename it")
        strange = ", ".join(sorted(set(values) - set(kinds.get(kind, ())))) if kinds.get(kind) else ""
        reading.require(not strange, NAME, at, f"'{strange}' is no {kind} of this city; name ids of city.yaml")


def _check_named(reading: Reading, place: Place, rule: Rule, rules: RuleSet) -> None:
    """Check that outlines, owners and the rules this one goes before are those of the same file."""
    owners = {asset.owner for asset in rules.assets if set(asset.services) & set(rule.services)}
    named: tuple[tuple[Place, Iterable[str], set[str], str], ...] = (
        (
            ("when", "outlines"),
            rule.when.outlines,
            {outline.slug for outline in rules.outlines},
            "outline of this file",
        ),
        (("when", "asset_owner"), rule.when.asset_owner, owners, "owner of this rule's assets; list them under assets"),
        (("before",), rule.before, {other.id for other in rules.rules} - {rule.id}, "other rule of this file"),
    )
    for at, names, known, what in named:
        strange = ", ".join(name for name in names if name not in known)
        reading.require(not strange, NAME, (*place, *at), f"'{strange}' is no {what}")


def _check_versions(reading: Reading, rules: tuple[Rule, ...]) -> None:
    """Each id names one rule on any day, and each of its versions is written once."""
    for index, rule in enumerate(rules):
        for other in (other for other in rules[:index] if other.id == rule.id):
            place: Place = ("rules", index, "id")
            text = f"'{rule.id}' is there twice in version {rule.version}; give what changed the next version"
            reading.require(rule.version != other.version, NAME, place, text)
            text = f"'{rule.id}' is twice in force on the same days, which is ambiguous; end one where the other begins"
            reading.require(not _share_a_day(rule, other), NAME, place, text)


def _share_a_day(one: Rule, other: Rule) -> bool:
    first = max(rule.effective_from or dt.date.min for rule in (one, other))
    return first < min(rule.effective_until or dt.date.max for rule in (one, other))
