"""What must hold between the rules of telling, the offices, and the rest of a city folder."""

from contracts.city.reading import Reading
from contracts.city.telling import Office
from contracts.sla import RevisionReason

_FILE = "messages.yaml"


def check_telling(reading: Reading) -> None:
    """Every language has a voice; offices are unique, and name languages, agencies, roles and areas that exist."""
    file, languages = reading.parts[_FILE], reading.parts["city.yaml"].languages
    silent = ", ".join(sorted(set(languages) - set(file.telling.voices)))
    reading.require(not silent, _FILE, ("telling", "voices"), f"has no voice for {silent}; add one for each language")
    _check_reasons(reading)
    slugs = [office.slug for office in file.offices]
    for index, office in enumerate(file.offices):
        place = ("offices", index)
        reading.require(slugs.index(office.slug) == index, _FILE, place, f"'{office.slug}' is there twice; keep one")
        spoken = office.language in languages
        reading.require(spoken, _FILE, (*place, "language"), f"the city does not speak '{office.language}'")
        _check_place(reading, office, index)


def _check_reasons(reading: Reading) -> None:
    """Whatever stops a clock, or moves a promise, is said to people in words."""
    codes = [*reading.parts["targets.yaml"].rules.pause_reasons, *(reason.value for reason in RevisionReason)]
    silent = ", ".join(sorted(set(codes) - set(reading.parts[_FILE].telling.because)))
    text = f"has no words for {silent}; add them, for people are told why their request waits or moves"
    reading.require(not silent, _FILE, ("telling", "because"), text)


def _check_place(reading: Reading, office: Office, index: int) -> None:
    """Check the agency with its roles, or the kind of area."""
    if office.area_kind:
        kinds = {area.kind for area in reading.parts["city.yaml"].areas}
        reading.known(_FILE, ("offices", index, "area_kind"), office.area_kind, kinds, "kind of area")
        return
    agencies = {agency.slug: agency for agency in reading.parts["agencies.yaml"].agencies}
    agency = agencies.get(office.agency or "")
    reading.known(_FILE, ("offices", index, "agency"), office.agency or "", agencies, "agency")
    known = {level.role for level in agency.escalation} if agency else set(office.roles)
    strange = ", ".join(role for role in office.roles if role not in known)
    text = f"{strange} is no role of {office.agency}'s escalation; name one of {', '.join(sorted(known))}"
    reading.require(not strange, _FILE, ("offices", index, "roles"), text)
