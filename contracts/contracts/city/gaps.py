"""What a service still lacks before it may go live, in one list for the loader and for people."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.city.agencies import Agency
from contracts.city.onboarding import Onboarding
from contracts.city.services import Service


@dataclass(frozen=True, slots=True)
class Known:
    """What the other files of a city say."""

    agencies: Mapping[str, Agency]
    processes: Collection[str]
    with_target: Collection[str]
    with_rules: Collection[str]
    triage: Collection[str]


def gaps(service: Service, entry: Onboarding | None, known: Known) -> list[str]:
    """List what is missing, each as a thing to add; empty when the service may go live."""
    if entry is None:
        return ["everything: it has no entry in onboarding.yaml"]
    return [text for text, lacks in _LOOKS if lacks(service, entry, known)]


def _owner(_: Service, entry: Onboarding, known: Known) -> bool:
    agency = known.agencies.get(entry.owner.agency) if entry.owner else None
    return agency is None or entry.owner is None or entry.owner.role not in {lv.role for lv in agency.escalation}


def _process(_: Service, entry: Onboarding, known: Known) -> bool:
    return entry.process not in known.processes


def _target(service: Service, entry: Onboarding, known: Known) -> bool:
    return service.code not in known.with_target and entry.no_target is None


def _chain(service: Service, entry: Onboarding, known: Known) -> bool:
    agency = known.agencies.get(entry.owner.agency) if entry.owner else None
    wanted = {"at_risk", "breached"} | ({"emergency"} if service.urgent else set())
    return agency is None or not wanted <= {level.trigger for level in agency.escalation}


def _rules(service: Service, _: Onboarding, known: Known) -> bool:
    return service.code not in known.with_rules and service.code not in known.triage


_LOOKS: Final[tuple[tuple[str, Callable[[Service, Onboarding, Known], bool]], ...]] = (
    ("a process map (process)", _process),
    ("an owner: an agency and a role of its escalation chain (owner)", _owner),
    ("the department's own name for it (vocabulary)", lambda _service, entry, _known: not entry.vocabulary),
    ("a target in targets.yaml, or the reason for having none (no_target)", _target),
    ("an escalation chain of its owner for late work, and for emergencies where it is urgent", _chain),
    ("a measure of how well it is done (measures)", lambda _service, entry, _known: not entry.measures),
    ("a routing rule in routes.yaml", _rules),
)
