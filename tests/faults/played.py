"""The services that the storm runs: all but adapters, whose own suite breaks the systems it speaks with."""

from typing import Final

from contracts import topics

SERVICES: Final = tuple(one for one in topics.SERVICES if one != topics.STAND_IN)
PARTS: Final = ",".join((*SERVICES, "agencies"))
"""What is started; the agencies' simulator plays every agency over Kafka then."""
