"""What must hold for routing rules: they name what exists, each can be reached, and no service is forgotten."""

from contracts.city.reading import Reading
from contracts.city.routes import Desk, Rule
from contracts.city.services import Service
from contracts.city.yamllines import Place

NAME = "routes.yaml"


def check_routes(reading: Reading) -> None:
    """Run every check of the rules."""
    services = {service.code: service for service in reading.parts["services.yaml"].services}
    rules: tuple[Rule, ...] = reading.parts[NAME].rules
    for index, rule in enumerate(rules):
        place: Place = ("rules", index)
        twice = any(rule.id == earlier.id for earlier in rules[:index])
        reading.require(not twice, NAME, (*place, "id"), f"'{rule.id}' is there twice; give each rule its own id")
        _check_desks(reading, place, rule)
        _check_services(reading, place, rule, services)
        _check_areas(reading, place, rule)
        _check_reachable(reading, place, rule, rules[:index])
    _check_forgotten(reading, rules, services)


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


def _check_reachable(reading: Reading, place: Place, rule: Rule, earlier: tuple[Rule, ...]) -> None:
    """No earlier rule takes everything this one would match, for any of its services."""
    for code in rule.services:
        before = next((other for other in earlier if code in other.services and other.when.covers(rule.when)), None)
        text = f"can never be reached for {code}: rule {before.id if before else ''} takes the same before; move it up"
        reading.require(before is None, NAME, place, text)


def _check_forgotten(reading: Reading, rules: tuple[Rule, ...], services: dict[str, Service]) -> None:
    """Every service ends in a rule without conditions, except those that a person must read."""
    triage = set(reading.parts["city.yaml"].triage_services)
    caught = {code for rule in rules if not rule.when.tests() for code in rule.services}
    forgotten = ", ".join(sorted(services.keys() - caught - triage))
    text = f"have no rule without conditions for {forgotten}; add one, or list the service in triage_services"
    reading.require(not forgotten, NAME, ("rules",), text)
    ruled = ", ".join(sorted(triage & {code for rule in rules for code in rule.services}))
    reading.require(not ruled, NAME, ("rules",), f"name {ruled}, which city.yaml sends to triage; keep one of the two")
