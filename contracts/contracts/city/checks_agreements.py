"""What must hold between `agreements.yaml` and the rest of a city folder."""

from contracts.city.agreements import Agreement
from contracts.city.reading import Reading
from contracts.city.yamllines import Place

NAME = "agreements.yaml"


def check_agreements(reading: Reading) -> None:
    """Agreements name agencies, services and roles that exist, each version once."""
    agreements = reading.parts[NAME].agreements
    reading.once(NAME, "agreements", "version", (f"{one.agency} {one.version}" for one in agreements))
    for index, agreement in enumerate(agreements):
        place = ("agreements", index)
        reading.known(NAME, (*place, "agency"), agreement.agency, reading.agency_slugs(), "agency")
        for number, code in enumerate(agreement.services):
            reading.known(NAME, (*place, "services", number), code, reading.service_codes(), "service")
        _check_roles(reading, (*place, "feedback"), agreement)


def _check_roles(reading: Reading, place: Place, agreement: Agreement) -> None:
    roles, terms = _roles_of(reading, agreement.agency), agreement.feedback
    for part, role in (("shared_with", terms.shared_with), ("answered_by", terms.answered_by)):
        if role is not None and roles:
            reading.known(NAME, (*place, part), role, roles, "role of the agency's escalation chain")


def _roles_of(reading: Reading, agency: str | None) -> set[str]:
    """Return the roles of an agency's chain, or of its parent's where it has none of its own."""
    agencies = {one.slug: one for one in reading.parts["agencies.yaml"].agencies}
    while (found := agencies.get(agency or "")) is not None:
        if found.escalation:
            return {level.role for level in found.escalation}
        agency = found.parent
    return set()


def check_protocols(reading: Reading) -> None:
    """Agreements ask what the survey asks and what it needs always, and remind while a link is open."""
    survey = reading.parts["survey.yaml"]
    codes, needed = {q.code for q in survey.questions}, {q.code for q in survey.questions if q.required}
    for index, agreement in enumerate(reading.parts[NAME].agreements):
        protocol, place = agreement.survey, ("agreements", index, "survey")
        for number, code in enumerate(protocol.questions):
            reading.known(NAME, (*place, "questions", number), code, codes, "question")
        missing = ", ".join(sorted(needed - set(protocol.questions))) if protocol.questions else ""
        reading.require(not missing, NAME, (*place, "questions"), f"leaves out {missing}, which has to be asked")
        is_open = (protocol.reminder_days or 0) < survey.link_valid_days
        text = "reminds after the link has run out; make it smaller than link_valid_days of survey.yaml"
        reading.require(is_open, NAME, (*place, "reminder_days"), text)


def check_calendars(reading: Reading) -> None:
    """Agencies and agreements name calendars that exist, and each that is named is used."""
    named, used = set(reading.parts["calendar.yaml"].named), set()
    users = (("agencies.yaml", "agencies"), (NAME, "agreements"))
    for file, part in users:
        for index, one in enumerate(getattr(reading.parts[file], part) if file in reading.parts else ()):
            if one.calendar is not None:
                used.add(one.calendar)
                text = f"'{one.calendar}' is no calendar of this city; name one of `named` in calendar.yaml"
                reading.require(one.calendar in named, file, (part, index, "calendar"), text)
    idle = ", ".join(sorted(named - used))
    text = f"names {idle}, by which nobody works; let an agency or an agreement name it, or remove it"
    reading.require(not idle, "calendar.yaml", ("named",), text)
