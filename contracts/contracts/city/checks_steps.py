"""What must hold between `steps.yaml` and the rest of a city folder."""

from collections.abc import Sequence

from contracts.city.reading import Reading
from contracts.city.steps import About, StepsFile
from contracts.vocabulary import Substatus

NAME = "steps.yaml"
RUNNING = frozenset(Substatus) - {Substatus.RECEIVED, Substatus.TRIAGED, Substatus.COMPLETED, Substatus.CLOSED}
"""Where an agency's part may stand while it is its own."""


def check_steps(reading: Reading) -> None:
    """Check that steps and verifications name services and agencies that exist, and each step's name once."""
    file = reading.parts.get(NAME)
    if not isinstance(file, StepsFile):
        return
    _check_about(reading, "steps", file.steps)
    _check_about(reading, "verifications", file.verifications)
    reading.once(NAME, "steps", "id", (step.id for step in file.steps))
    for index, step in enumerate(file.steps):
        text = "is nowhere an agency's part stands; choose another"
        reading.require(step.at in RUNNING, NAME, ("steps", index, "at"), text)


def _check_about(reading: Reading, key: str, entries: Sequence[About]) -> None:
    working = {agency.slug for agency in reading.parts["agencies.yaml"].agencies if agency.takes_requests}
    for index, entry in enumerate(entries):
        for field, names, known in (
            ("services", entry.services, reading.service_codes()),
            ("agencies", entry.agencies, working),
        ):
            for number, name in enumerate(names):
                text = f"'{name}' is none of this city's {field} that take requests; name one that is"
                reading.require(name in known, NAME, (key, index, field, number), text)
