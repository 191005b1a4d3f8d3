"""What must hold for onboarding: entries name what exists, and no service is enabled that lacks anything."""

from contracts.city.gaps import Known, gaps
from contracts.city.onboarding import Onboarding, OnboardingFile
from contracts.city.reading import Reading
from contracts.city.yamllines import Place

NAME = "onboarding.yaml"


def check_onboarding(reading: Reading) -> None:
    """Run every check of the onboarding file."""
    file: OnboardingFile = reading.parts[NAME]
    reading.once(NAME, "processes", "slug", (process.slug for process in file.processes))
    reading.once(NAME, "services", "service", (entry.service for entry in file.services))
    for index, entry in enumerate(file.services):
        known = entry.service in reading.service_codes()
        text = f"'{entry.service}' is no service of this city; name one of services.yaml"
        reading.require(known, NAME, ("services", index, "service"), text)
        _check_names(reading, ("services", index), file, index)
    _check_complete(reading, file)


def _check_names(reading: Reading, place: Place, file: OnboardingFile, index: int) -> None:
    """Check that owner, process and the ground of a pilot exist."""
    entry, kinds = file.services[index], {area.kind: area.ids for area in reading.parts["city.yaml"].areas}
    agencies = {*(entry.standing.agencies), *((entry.owner.agency,) if entry.owner else ())}
    strange = ", ".join(sorted(agencies - reading.agency_slugs()))
    reading.require(not strange, NAME, place, f"'{strange}' is no agency of this city; name one of agencies.yaml")
    processes = {process.slug for process in file.processes}
    text = f"'{entry.process}' is no process of this file; name one of processes"
    reading.require(entry.process is None or entry.process in processes, NAME, (*place, "process"), text)
    _check_change(reading, place, entry)
    for kind, ids in entry.standing.areas.items():
        wrong = kind not in kinds or bool(kinds[kind] and set(ids) - set(kinds[kind]))
        text = f"'{kind}' is no kind of area in city.yaml, or has no such ids; name ones that exist"
        reading.require(not wrong, NAME, (*place, "standing", "areas"), text)


def _check_change(reading: Reading, place: Place, entry: Onboarding) -> None:
    """Check that whoever stands for a change exists, and the line that a service moves away from."""
    owner = entry.owner.agency if entry.owner else ""
    chains = {
        agency.slug: {level.role for level in agency.escalation} for agency in reading.parts["agencies.yaml"].agencies
    }
    if entry.change:
        text = f"'{entry.change.sponsor}' is no role of the owner's escalation chain; name one that is"
        reading.require(entry.change.sponsor in chains.get(owner, ()), NAME, (*place, "change", "sponsor"), text)
    routine = {service.code for service in reading.parts["services.yaml"].services if service.handling == "routine"}
    text = "moves to 311 although it is specialised; take out the move, or let its handling be routine in services.yaml"
    reading.require(not entry.move or entry.service in routine, NAME, (*place, "move"), text)
    transfers = reading.parts.get("transfers.yaml")
    if entry.move and entry.move.call_center and transfers:
        lines = {transfer.slug for transfer in transfers.transfers}
        text = f"'{entry.move.call_center}' is no transfer of this city; name one of transfers.yaml"
        reading.require(entry.move.call_center in lines, NAME, (*place, "move", "call_center"), text)


def _check_complete(reading: Reading, file: OnboardingFile) -> None:
    """Check that a service that is enabled lacks nothing."""
    entries = {entry.service: (index, entry) for index, entry in enumerate(file.services)}
    known = known_of(reading, file)
    for service in (one for one in reading.parts["services.yaml"].services if one.enabled):
        index, entry = entries.get(service.code, (None, None))
        missing = "; ".join(gaps(service, entry, known))
        place: Place = ("services",) if index is None else ("services", index)
        text = f"{service.code} is enabled without {missing}; add it, or write 'enabled: false' in services.yaml"
        reading.require(not missing, NAME, place, text)


def known_of(reading: Reading, file: OnboardingFile) -> Known:
    """Gather what the other files say."""
    targets, rules = reading.parts["targets.yaml"].targets, reading.parts["routes.yaml"].rules
    return Known(
        agencies={agency.slug: agency for agency in reading.parts["agencies.yaml"].agencies},
        processes={process.slug for process in file.processes},
        with_target={target.service for target in targets if target.agency is None},
        with_rules={code for rule in rules for code in rule.services},
        triage=reading.parts["city.yaml"].triage_services,
    )
