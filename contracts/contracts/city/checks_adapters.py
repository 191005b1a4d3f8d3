"""What must hold for adapters: they stand in for agencies that there are, and their codes mean what the city knows."""

from collections.abc import Mapping

from contracts.city.adapters import Adapter, ReasonMeaning, StatusMeaning
from contracts.city.reading import Reading
from contracts.city.yamllines import Place
from contracts.vocabulary import ReportKind

NAME = "adapters.yaml"
_WORDY = frozenset({ReportKind.MESSAGE, ReportKind.NEEDS_INFORMATION, ReportKind.REFERRED})
_OWN_SHAPE = frozenset({"webhook", "files"})
"""Kinds whose records have our own shape, which has a field for everything."""
_HAS_ORDERS = frozenset({"sap_pm"})
"""Kinds whose work orders can be read by themselves."""
_ENDINGS = frozenset({ReportKind.COMPLETED, ReportKind.CANNOT_COMPLETE})


def check_adapters(reading: Reading) -> None:
    """Run every check of the adapters and of the register of integrations."""
    file = reading.adapters()
    seen: set[str] = set()
    for index, adapter in enumerate(file.adapters):
        place: Place = ("adapters", index)
        twice = f"'{adapter.agency}' has an adapter already; keep one, an agency has one system"
        reading.require(adapter.agency not in seen, NAME, (*place, "agency"), twice)
        seen.add(adapter.agency)
        _check_agency(reading, (*place, "agency"), adapter.agency)
        _check_mapping(reading, (*place, "mapping"), adapter)
    for index, integration in enumerate(file.integrations):
        _check_agency(reading, ("integrations", index, "agency"), integration.agency)
        for number, code in enumerate(integration.services):
            reading.known(NAME, ("integrations", index, "services", number), code, reading.service_codes(), "service")


def _check_agency(reading: Reading, place: Place, slug: str) -> None:
    takes = {agency.slug for agency in reading.parts["agencies.yaml"].agencies if agency.takes_requests}
    text = f"'{slug}' is no agency that takes requests; name one of agencies.yaml"
    reading.require(slug in takes, NAME, place, text)


def _check_mapping(reading: Reading, place: Place, adapter: Adapter) -> None:
    services = {service.code: service for service in reading.parts["services.yaml"].services}
    mapping = adapter.mapping
    for code in mapping.types:
        reading.known(NAME, (*place, "types", code), code, reading.service_codes(), "service")
    for code, meaning in mapping.statuses.items():
        _check_status(reading, (*place, "statuses", code), meaning, has_reasons=bool(mapping.reasons))
    _check_duplicates(reading, place, adapter)
    _check_told(reading, place, adapter)
    _check_orders(reading, place, adapter)
    for code, slug in mapping.agencies.items():
        _check_agency(reading, (*place, "agencies", code), slug)
    asked = [q for code in mapping.types if code in services for q in services[code].questions]
    for name in {*mapping.attributes, *mapping.values}:
        text = f"no service of this adapter asks for '{name}'; name an attribute that one of them has"
        reading.require(any(q.code == name for q in asked), NAME, (*place, "attributes", name), text)
    for name, values in mapping.values.items():
        options = {key for q in asked if q.code == name for key in q.option_keys}
        strange = ", ".join(sorted(values.keys() - options))
        text = f"has {strange}, which are no answers to '{name}'; name its options"
        reading.require(not strange, NAME, (*place, "values", name), text)


def _check_told(reading: Reading, place: Place, adapter: Adapter) -> None:
    profile = reading.parts.get("city.yaml")
    if profile is None:
        return  # what is wrong with it is said elsewhere
    spoken = adapter.mapping.language
    text = f"'{spoken}' is no language of this city; name one of {', '.join(profile.languages)}"
    reading.require(spoken in {None, *profile.languages}, NAME, (*place, "language"), text)
    kinds = sorted({"asset_id", "setting", *(area.kind for area in profile.areas)})
    for name in adapter.mapping.place:
        text = f"'{name}' is nothing that a place has; name one of {', '.join(kinds)}"
        reading.require(name in kinds, NAME, (*place, "place", name), text)


def _check_duplicates(reading: Reading, place: Place, adapter: Adapter) -> None:
    """Check that a system that ends requests as duplicates can name the request that stands for them."""
    mapping, rules = adapter.mapping, reading.parts["dispositions.yaml"].dispositions
    needs = {rule.code for rule in rules if rule.needs_parent}
    own = "is for systems without our shape; records of this kind name it as duplicate_of, so take this out"
    is_own = adapter.kind in _OWN_SHAPE
    reading.require(not (is_own and mapping.duplicate_field), NAME, (*place, "duplicate_field"), own)
    text = "ends a request as a duplicate, and their records name no other request; give the mapping a duplicate_field"
    tables: dict[str, Mapping[str, StatusMeaning | ReasonMeaning]] = {
        "statuses": mapping.statuses, "reasons": mapping.reasons}  # fmt: skip
    for table, meanings in tables.items():
        for code, meaning in meanings.items():
            named = meaning.disposition not in needs or is_own or mapping.duplicate_field
            reading.require(bool(named), NAME, (*place, table, code), text)


def _check_orders(reading: Reading, place: Place, adapter: Adapter) -> None:
    """Check that work orders are mapped where they can be read, and that one can be work, and be over."""
    orders = adapter.mapping.orders
    if orders is None:
        return
    kinds = ", ".join(sorted(_HAS_ORDERS))
    text = f"maps work orders that a system of kind {adapter.kind} does not show by themselves; only {kinds} does"
    reading.require(adapter.kind in _HAS_ORDERS, NAME, (*place, "orders"), text)
    text = "no type of order is work; let one of them mean work"
    reading.require("work" in orders.types.values(), NAME, (*place, "orders", "types"), text)
    text = "no status ends an order; let one of them mean finished"
    means = {meaning.means for meaning in orders.statuses.values()}
    reading.require("finished" in means, NAME, (*place, "orders", "statuses"), text)


def _check_status(reading: Reading, place: Place, meaning: StatusMeaning, *, has_reasons: bool) -> None:
    """Check that an ending says why, by itself or by a reason, and that what must have words can get them."""
    says_why = meaning.means not in _ENDINGS or meaning.disposition or has_reasons
    reading.require(says_why, NAME, place, "ends a request without saying why; give its disposition, or list reasons")
    has_words = meaning.means not in _WORDY or meaning.text
    reading.require(has_words, NAME, place, "needs words for when they send none; give its text in every language")
    rules = {rule.code: rule for rule in reading.parts["dispositions.yaml"].dispositions}
    if meaning.disposition in rules:
        done = rules[meaning.disposition].work_done
        text = "does not go with its disposition; completed is for work done, cannot_complete for work not done"
        reading.require(done == (meaning.means is ReportKind.COMPLETED), NAME, place, text)
        explained = done or meaning.text or not rules[meaning.disposition].needs_explanation
        reading.require(explained, NAME, place, "needs an explanation for when they send none; give its text")
