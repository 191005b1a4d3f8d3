"""What people tell of a place and of themselves, and whether it can be kept."""

from typing import Annotated, Any, TypeAlias

from chassis.bodies import exactly
from contracts.frontends import Place, Reporter

ToldPlace: TypeAlias = Annotated[Place, exactly(Place)]
ToldReporter: TypeAlias = Annotated[Reporter, exactly(Reporter)]


def has_nul(told: Any) -> bool:
    r"""Tell whether a NUL, which PostgreSQL keeps nowhere, stands in any text or name of a value.

    >>> has_nul({"a": ["b", None, 1]}), has_nul({"a": ["\0"]}), has_nul({"\0": 1})
    (False, True, True)
    """
    if isinstance(told, str):
        return "\0" in told
    if isinstance(told, dict):
        return any(has_nul(part) for pair in told.items() for part in pair)
    return isinstance(told, list | tuple) and any(map(has_nul, told))
