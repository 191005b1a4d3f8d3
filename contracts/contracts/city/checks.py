"""What must hold between the files of a city folder."""

from collections.abc import Callable, Iterable

from contracts.city.base import PLACEHOLDER
from contracts.city.checks_adapters import check_adapters
from contracts.city.checks_agreements import check_agreements, check_calendars, check_protocols
from contracts.city.checks_onboarding import check_onboarding
from contracts.city.checks_routes import check_routes
from contracts.city.checks_spoken import check_spoken
from contracts.city.checks_steps import check_steps
from contracts.city.checks_telling import check_telling
from contracts.city.messages import VALUES
from contracts.city.reading import Reading
from contracts.city.services import LISTS, Question, Service
from contracts.city.yamllines import Place
from contracts.vocabulary import Disposition, Moment, Substatus


def check_references(reading: Reading) -> None:
    """Run every check whose files could be read; what is wrong is noted in the reading's findings."""
    for needed, check in CHECKS:
        if needed <= reading.parts.keys():
            check(reading)


def check_profile(reading: Reading) -> None:
    """Check that the city's own agency and its triage services exist."""
    profile = reading.parts["city.yaml"]
    reading.known("city.yaml", ("operator_agency",), profile.operator_agency, reading.agency_slugs(), "agency")
    for index, code in enumerate(profile.triage_services):
        reading.known("city.yaml", ("triage_services", index), code, reading.service_codes(), "service")


def check_outside(reading: Reading) -> None:
    """Check that the transfers named for places outside exist."""
    outside = reading.parts["city.yaml"].outside
    slugs = {transfer.slug for transfer in reading.parts["transfers.yaml"].transfers}
    for index, slug in enumerate(outside.transfers if outside else ()):
        reading.known("city.yaml", ("outside", "transfers", index), slug, slugs, "transfer")


def check_agencies(reading: Reading) -> None:
    """Slugs are unique; parents exist; whoever takes requests has a queue and an escalation chain for late work."""
    name, agencies = "agencies.yaml", reading.parts["agencies.yaml"].agencies
    reading.once(name, "agencies", "slug", (agency.slug for agency in agencies))
    for index, agency in enumerate(agencies):
        place: Place = ("agencies", index)
        if agency.parent:
            reading.known(name, (*place, "parent"), agency.parent, reading.agency_slugs(), "agency")
        if agency.takes_requests:
            late = {level.trigger for level in agency.escalation} & {"at_risk", "breached"}
            reading.require(agency.queues, name, place, "takes requests but has no queue; add one under queues")
            reading.require(late, name, place, "takes requests but nobody is told when it is late; add an escalation")


def check_services(reading: Reading) -> None:
    """Codes are unique, groups exist, and questions hang together."""
    name, file = "services.yaml", reading.parts["services.yaml"]
    reading.once(name, "services", "code", (service.code for service in file.services))
    groups = {group.slug for group in file.groups}
    for index, service in enumerate(file.services):
        reading.known(name, ("services", index, "group"), service.group, groups, "group")
        asked = service.asset_question is None or service.question(service.asset_question)
        reading.require(asked, name, ("services", index, "asset_question"), "names no question of this service")
        for number, code in enumerate(service.related):
            reading.known(name, ("services", index, "related", number), code, reading.service_codes(), "service")
        for number, question in enumerate(service.questions):
            _check_question(reading, ("services", index, "questions", number), service, question)


def _check_question(reading: Reading, place: Place, service: Service, question: Question) -> None:
    """List questions have options, others none; a condition asks an earlier question for one of its options."""
    is_list = question.kind in LISTS
    text = "is a list question without options; add options" if is_list else "has options but is no list; change kind"
    reading.require(is_list == bool(question.options), "services.yaml", place, text)
    if question.shown_when is None:
        return
    asked = service.question(question.shown_when.attribute)
    answers = asked.option_keys if asked and asked is not question else frozenset[str]()
    known = answers >= set(question.shown_when.one_of)
    text = "asks for an attribute or option that this service does not have; name one of its list questions"
    reading.require(known, "services.yaml", (*place, "shown_when"), text)


def check_appointments(reading: Reading) -> None:
    """Check that what may be booked exists, once each."""
    bookable, codes = reading.bookable(), reading.service_codes()
    reading.once("appointments.yaml", "services", "service", (entry.service for entry in bookable))
    for index, entry in enumerate(bookable):
        reading.known("appointments.yaml", ("services", index, "service"), entry.service, codes, "service")


def check_conversation(reading: Reading) -> None:
    """Check that the voice menu names transfers, services and languages that exist."""
    file, profile = "conversation.yaml", reading.parts["city.yaml"]
    slugs = {transfer.slug for transfer in reading.parts["transfers.yaml"].transfers}
    for choice in reading.parts[file].voice.all_choices():
        if choice.transfer:
            reading.known(file, ("voice",), choice.transfer, slugs, "transfer")
        if choice.service:
            reading.known(file, ("voice",), choice.service, reading.service_codes(), "service")
        if choice.language:
            reading.known(file, ("voice",), choice.language, profile.languages, "language")


def check_targets(reading: Reading) -> None:
    """Targets name what exists, once each, and every service has one or the stated reason for having none."""
    name, targets = "targets.yaml", reading.parts["targets.yaml"].targets
    reading.once(name, "targets", "service", (f"{t.service} {t.agency or ''} {t.effective_from}" for t in targets))
    for index, target in enumerate(targets):
        reading.known(name, ("targets", index, "service"), target.service, reading.service_codes(), "service")
        if target.agency:
            reading.known(name, ("targets", index, "agency"), target.agency, reading.agency_slugs(), "agency")
    onboarding = reading.parts.get("onboarding.yaml")
    stated = {entry.service for entry in onboarding.services if entry.no_target} if onboarding else set()
    with_target = {target.service for target in targets if target.agency is None}
    silent = sorted(reading.service_codes() - with_target - stated)
    text = f"has no target for {', '.join(silent)}; add one for each, or the reason for having none in onboarding.yaml"
    reading.require(not silent, name, ("targets",), text)


def check_baselines(reading: Reading) -> None:
    """Baselines belong to services that exist, once each."""
    baselines = reading.parts["baselines.yaml"].baselines
    reading.once("baselines.yaml", "baselines", "service", (baseline.service for baseline in baselines))
    for index, baseline in enumerate(baselines):
        place: Place = ("baselines", index, "service")
        reading.known("baselines.yaml", place, baseline.service, reading.service_codes(), "service")


def check_transfers(reading: Reading) -> None:
    """Transfers name agencies and services that exist."""
    name, transfers = "transfers.yaml", reading.parts["transfers.yaml"].transfers
    reading.once(name, "transfers", "slug", (transfer.slug for transfer in transfers))
    for index, transfer in enumerate(transfers):
        if transfer.agency:
            reading.known(name, ("transfers", index, "agency"), transfer.agency, reading.agency_slugs(), "agency")
        for number, code in enumerate(transfer.services):
            reading.known(name, ("transfers", index, "services", number), code, reading.service_codes(), "service")


def check_messages(reading: Reading) -> None:
    """Each moment and substatus has its words once, and notices name only values there are, the number always."""
    name, file = "messages.yaml", reading.parts["messages.yaml"]
    _complete(reading, name, "notices", [notice.moment for notice in file.notices], Moment)
    _complete(reading, name, "statuses", [words.substatus for words in file.statuses], Substatus)
    for index, notice in enumerate(file.notices):
        for part in ("subject", "body", "sms"):
            for language, text in getattr(notice, part).root.items():
                place: Place = ("notices", index, part, language)
                used = set(PLACEHOLDER.findall(text))
                strange = ", ".join(sorted(used - VALUES))
                reading.require(not strange, name, place, f"names {strange}, which no notice is given")
                reading.require("tracking_number" in used, name, place, "does not tell the tracking_number; add it")


def check_dispositions(reading: Reading) -> None:
    """Each disposition of the vocabulary has its rule; work done needs evidence, work not done an explanation."""
    name, rules = "dispositions.yaml", reading.parts["dispositions.yaml"].dispositions
    _complete(reading, name, "dispositions", [rule.code for rule in rules], Disposition)
    for index, rule in enumerate(rules):
        shown = rule.needs_evidence and rule.evidence_kinds if rule.work_done else rule.needs_explanation
        text = "must need evidence of some kind for work done, or an explanation for work not done"
        reading.require(shown, name, ("dispositions", index), text)


def check_imports(reading: Reading) -> None:
    """Check that the codes of an export are mapped to services, agencies and kinds of area that exist."""
    kinds = {area.kind for area in reading.parts["city.yaml"].areas}
    for name, mapping in reading.imports().items():
        for legacy, code in mapping.types.items():
            reading.known(name, ("types", legacy), code, reading.service_codes(), "service")
        for legacy, slug in mapping.owners.items():
            reading.known(name, ("owners", legacy), slug, reading.agency_slugs(), "agency")
        for kind in mapping.columns.areas:
            reading.known(name, ("columns", "areas", kind), kind, kinds, "kind of area")


def _complete(reading: Reading, file: str, key: str, found: list[str], wanted: Iterable[str]) -> None:
    """Note names that are missing or there twice."""
    missing = ", ".join(str(name) for name in wanted if name not in found)
    twice = ", ".join(sorted({str(name) for name in found if found.count(name) > 1}))
    reading.require(not missing, file, (key,), f"has nothing for {missing}; add an entry for each")
    reading.require(not twice, file, (key,), f"has {twice} twice; keep one entry of each")


_BASE = {"city.yaml", "agencies.yaml", "services.yaml"}

CHECKS: tuple[tuple[set[str], Callable[[Reading], None]], ...] = (
    (_BASE, check_profile),
    ({"agencies.yaml"}, check_agencies),
    ({"services.yaml"}, check_services),
    ({*_BASE, "routes.yaml", "calendar.yaml"}, check_routes),
    ({*_BASE, "targets.yaml"}, check_targets),
    ({*_BASE, "agreements.yaml"}, check_agreements),
    ({"agreements.yaml", "survey.yaml"}, check_protocols),
    ({"agencies.yaml", "calendar.yaml"}, check_calendars),
    ({"services.yaml", "baselines.yaml"}, check_baselines),
    ({*_BASE, "transfers.yaml"}, check_transfers),
    ({"city.yaml", "transfers.yaml"}, check_outside),
    ({"messages.yaml"}, check_messages),
    ({*_BASE, "messages.yaml", "targets.yaml"}, check_telling),
    ({"dispositions.yaml"}, check_dispositions),
    (_BASE, check_imports),
    ({*_BASE, "transfers.yaml", "conversation.yaml"}, check_conversation),
    ({"services.yaml", "appointments.yaml"}, check_appointments),
    ({"city.yaml", "services.yaml", "phrases.yaml"}, check_spoken),
    ({*_BASE, "targets.yaml", "routes.yaml", "onboarding.yaml"}, check_onboarding),
    ({"agencies.yaml", "services.yaml", "steps.yaml"}, check_steps),
    ({"agencies.yaml", "services.yaml", "dispositions.yaml", "adapters.yaml"}, check_adapters),
)
"""Every check with the files it needs."""
